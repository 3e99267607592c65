/* Poisoning of one modality: attackers harm one encoder and leave all else of the model as it was.
 *
 * What is sent is 0 outside of the blocks of that modality (its encoder, and with late fusion its
 * own head), so an attacker looks like a client that learnt of one modality alone. */
#include "attack_parts.h"

#include <string.h>

enum { BY_LABELS, BY_ASCENT };
static const char *const by_names[] = {"labels", "ascent", NULL};

struct params {
  const char *modality;
  int by;
  double scale;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "modality", struct params, modality, .required = true,
               .help = "the modality whose blocks of the model are attacked"),
    FRAY_FIELD(ENUM, "by", struct params, by, .names = by_names, .def_text = "labels",
               .help =
                   "what is sent there: labels: what it trained on K - 1 - y in the place of y; "
                   "ascent: the opposite of what it trained on its own data, which climbs "
                   "their loss"),
    FRAY_FIELD(REAL, "scale", struct params, scale, .def = 1, .min = 0, .open_min = true,
               .max = 1e6, .help = "how many times the length of what it trained there"),
};
static FRAY_TABLE(table, "modality_poisoning", struct params, fields, .help = "");

/* The same labels as those of label_flip, so that the two differ in what is sent alone. */
static enum fray_status poison(const void *params, const struct fray_poison *of,
                               struct fray_samples *data, int32_t *label, struct fray_arena *arena,
                               struct fray_err *err) {
  (void)params, (void)data, (void)arena;
  return attack_flip_labels(of, label, err);
}

/* Who climbs needs no other data. */
static bool poisons(const void *params) {
  return ((const struct params *)params)->by == BY_LABELS;
}

/* Its number is of the data, and the block of that number of the model: see
 * fray_federation_poison. */
static const char *modality(const void *params) {
  return ((const struct params *)params)->modality;
}

/* Padding between tensors is 0 and stays so. */
static void own(const void *params, const struct fray_own_attack *of, float *update) {
  const struct params *p = params;
  const struct fray_param_table *all = of->params;
  attack_stretch(of, p->by == BY_ASCENT ? -p->scale : p->scale, update);
  for (size_t t = 0; all && t < all->n; t++)
    if (all->v[t].modality != of->modality)
      memset(update + all->v[t].offset, 0, all->v[t].size * sizeof *update);
}

static const struct fray_attack_ops ops = {.form = FRAY_ATTACK_OWN,
                                           .poison = poison,
                                           .poisons = poisons,
                                           .modality = modality,
                                           .own = own};

extern const struct fray_choice fray_attack_modality_poisoning;
const struct fray_choice fray_attack_modality_poisoning = {
    .name = "modality_poisoning",
    .meaning = "each attacker sends an update that is 0 but in the blocks of one modality, where "
               "it is what wrong labels taught or the opposite of what it learnt; it knows its own "
               "data and which parameters encode the modality",
    .source = "label_flip or sign_flip, cut to the blocks of one modality: fray's own",
    .table = &table,
    .impl = &ops,
};
