/* Missing label: samples that nobody annotated. */
#include "corrupt/scope/scope.h"

#include <math.h>

struct missing_label {
  const struct fray_node *rate_by;
};
static const struct fray_field fields[] = {
    FRAY_ENTRY(REAL, rate, .optional = true, .min = 0, .max = 1,
               .help = "Probability that a sample (or client) has no label. Required, but with "
                       "`with`."),
    FRAY_ENTRY(ENUM, unit, .def_text = "sample", .names = fray_unit_names,
               .help = "What loses labels at once: a sample, or a client with all its samples."),
    FRAY_RATE_BY(struct missing_label),
    FRAY_LABEL_IF_HIT,
};
static FRAY_TABLE(table, "missing_label", struct missing_label, fields,
                  .help = "Samples without a label; supervised training skips them.");

/* Which groups there are is asked when the data are open. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct missing_label *p = entry->kind.params;
  (void)at;
  FRAY_CHECK(entry->with || !isnan(entry->rate), err, INPUT, "rate: required, but not given");
  FRAY_CHECK(!entry->with || !p->rate_by, err, INPUT,
             "rate_by: with: %s says whom it hits; leave this key out", entry->with);
  return fray_rate_by_check(p->rate_by, err);
}

static enum fray_status apply(const struct fray_corruption_config *p, struct fray_scope *scope,
                              struct fray_err *err) {
  const struct missing_label *own = p->kind.params;
  struct fray_rate_by by;
  FRAY_TRY(fray_rate_by_make(own->rate_by, p->rate, scope, &by, err));
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_scope_takes(scope, i) || scope->damage->label[i] == FRAY_UNLABELLED)
      continue;
    /* Of a client the same stream is begun for each of its samples: its first number is one for
     * all, so that they lose their labels together. No table of clients is needed. */
    size_t unit = p->unit == FRAY_UNIT_CLIENT ? scope->people->client[i] : i;
    struct fray_rng rng = fray_scope_stream(scope, (enum fray_unit)p->unit, unit, 0);
    const double rate = fray_rate_by_of(&by, scope, i);
    const bool lost = scope->tie ? fray_scope_follows(scope, i, FRAY_MAX_MODALITIES)
                                 : fray_rng_uniform(&rng) < rate;
    fray_scope_drew(scope, i, lost ? FRAY_DRAWN_LABEL : 0);
    fray_scope_count(scope, i, 1, lost);
    fray_scope_expect(scope, rate, 1);
    if (lost)
      /* The sample stays: methods that use unlabelled ones may want it. */
      scope->damage->label[i] = FRAY_UNLABELLED;
  }
  return FRAY_OK;
}

/* The draw does not depend on the rate: who has lost a label at a smaller one has lost it at a
 * larger. */
static unsigned nests(const struct fray_corruption_config *entry) {
  (void)entry;
  return FRAY_NESTS_SET | FRAY_NESTS_VALUE;
}

static struct fray_volume volume(const struct fray_corruption_config *entry) {
  return entry->if_hit == FRAY_IF_HIT_KEEP
             ? (struct fray_volume){"if_hit", fray_if_hit_names[FRAY_IF_HIT_DROP]}
             : (struct fray_volume){NULL, NULL};
}

static const struct fray_corruption_ops ops = {.words = "missing labels",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .strength = {"rate", "share", 0, 1},
                                               .labels = true,
                                               .unlabels = true,
                                               .ties = true,
                                               .nests = nests,
                                               .volume = volume,
                                               .check = check,
                                               .apply = apply};
const struct fray_choice fray_corruption_missing_label = {
    .name = "missing_label",
    .meaning = "Training samples, or whole clients, have no labels.",
    .source = "one uniform per unit, unlabelled where it is below the rate",
    .table = &table,
    .impl = &ops};
