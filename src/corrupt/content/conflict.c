/* Conflict: a modality that belongs to another sample, of another class. The model is told nothing:
 * sound and picture are each as good as ever, and say different things. So it measures which of
 * them a model believes, where noise measures what it makes of a bad one.
 *
 * The label stays that of the sample: what was not exchanged is right. Each modality that is hit
 * has a donor of its own, and two of them need not agree in their mistake. A new seed is a fresh
 * set of contradictions, so that none of them can have been learnt. */
#include "corrupt/scope/donors.h"

#include "fray/base/size.h"

#include <string.h>

enum { DONOR_ANY, DONOR_SIMILAR };
static const char *const donor_names[] = {"any", "similar", NULL};

struct conflict {
  int donor;
  const struct fray_node *alike;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "donor", struct conflict, donor, .def_text = "any", .names = donor_names,
               .help = "Whose value comes instead. any: of any other class, all samples alike "
                       "likely. similar: of the class that `alike` names; classes that it does "
                       "not name are not hit."),
    FRAY_FIELD(NODE, "alike", struct conflict, alike,
               .help = "similar: a map from classes to the class that each is most easily taken "
                       "for, as {five: nine, nine: five}. It is given and not guessed: damage is "
                       "planned before any model is trained, and what a model confuses is seen in "
                       "the answers of an earlier run on one modality (results.h5). Instruments, "
                       "which ask finished models, fill it in from their dev samples."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "conflict", struct conflict, fields,
                  .help = "Modalities that contradict the others.");

/* Confusion is measured on answers of a trained model, and damage is planned before there is one:
 * so who asks for it brings it. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct conflict *p = entry->kind.params;
  (void)at;
  FRAY_CHECK(p->donor != DONOR_SIMILAR || p->alike, err, INPUT,
             "donor: similar needs the key alike, a map from classes to the class that each is "
             "most easily taken for, as alike: {five: nine}");
  FRAY_CHECK(p->donor == DONOR_SIMILAR || !p->alike, err, INPUT,
             "alike: is of donor: similar, and donor is any");
  return FRAY_OK;
}

/* Of a model that is trained its answers on dev can be asked. */
static const char *confusion(const struct fray_node *entry) {
  const struct fray_node *donor = fray_node_get(entry, "donor");
  const bool similar = donor && donor->kind == FRAY_NODE_SCALAR &&
                       strcmp(donor->scalar, donor_names[DONOR_SIMILAR]) == 0;
  return similar && !fray_node_get(entry, "alike") ? "alike" : NULL;
}

/* The whole value is that of one other sample. */
static size_t donors(const void *params) {
  (void)params;
  return 1;
}

/* A sample without a label contradicts nothing, and neither is it contradicted. */
static enum fray_status choose(const void *params, struct fray_donors *from, size_t i, size_t m,
                               uint32_t *out, size_t *n, struct fray_err *err) {
  const struct conflict *p = params;
  struct fray_rng rng = fray_donors_stream(from, i, m);
  int32_t like = FRAY_UNLABELLED;
  FRAY_TRY(fray_donors_need_classes(from, err));
  if (p->donor == DONOR_SIMILAR)
    FRAY_TRY(fray_donors_partner(from, i, "alike", p->alike, &like, err));
  if (p->donor == DONOR_ANY)
    *out = fray_donors_draw(from, i, m, &rng, FRAY_OF_ANOTHER_CLASS, 0);
  else
    *out = like == FRAY_UNLABELLED ? FRAY_NO_DONOR
                                   : fray_donors_draw(from, i, m, &rng, FRAY_OF_ONE_CLASS, like);
  *n = *out != FRAY_NO_DONOR;
  return FRAY_OK;
}

static enum fray_status apply(const void *params, double one, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  (void)one;
  (void)err;
  fray_take_value(x, place->donor);
  return FRAY_OK;
}

/* Of a text the bytes, of a picture the pixels, of all else the length too. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO | 1u << FRAY_IMAGE |
                                                           1u << FRAY_SERIES | 1u << FRAY_TEXT |
                                                           1u << FRAY_FEATURES,
                                                  .grows = FRAY_GROWS_NOT,
                                                  .beside = true,
                                                  .donor_lengths = true,
                                                  .lures = true,
                                                  .donors = donors,
                                                  .choose = choose,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "%s of another class",
                                               .category = FRAY_CATEGORY_CONTRADICTION,
                                               .brief = "contradicted",
                                               .strength = {"rate", "share", 0, 1},
                                               .modalities_key = true,
                                               .check = check,
                                               .confusion = confusion,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_conflict = {
    .name = "conflict",
    .meaning = "A modality of another sample, which is of another class.",
    .source = "value of a sample of another class; as INVITE puts another entity into a valid fact",
    .table = &table,
    .impl = &ops};
