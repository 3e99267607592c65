/* Missing label: samples that nobody annotated. */
#include "scope.h"

struct missing_label {
  double rate;
  int unit;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "rate", struct missing_label, rate, .required = true, .min = 0, .max = 1,
               .help = "Probability that a sample (or client) has no label."),
    FRAY_FIELD(ENUM, "unit", struct missing_label, unit, .def_text = "sample",
               .names = fray_unit_names,
               .help = "What loses labels at once: a sample, or a client with all its samples."),
};
static FRAY_TABLE(table, "missing_label", struct missing_label, fields,
                  .help = "Samples without a label; supervised training skips them.");

static enum fray_status apply(const void *params, struct fray_scope *scope, struct fray_err *err) {
  const struct missing_label *p = params;
  (void)err;
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_scope_takes(scope, i) || scope->damage->label[i] == FRAY_UNLABELLED)
      continue;
    size_t unit = p->unit == FRAY_UNIT_CLIENT ? scope->people->client[i] : i;
    struct fray_rng rng = fray_scope_stream(scope, (enum fray_unit)p->unit, unit, 0);
    bool lost = fray_rng_uniform(&rng) < p->rate;
    fray_scope_count(scope, i, 1, lost);
    if (lost)
      scope->damage->label[i] = FRAY_UNLABELLED;
  }
  return FRAY_OK;
}

static double nominal(const void *params) {
  return ((const struct missing_label *)params)->rate;
}

static unsigned nests(const void *params) {
  (void)params;
  return FRAY_NESTS_SET | FRAY_NESTS_VALUE;
}

static const struct fray_corruption_ops ops = {
    .strength = "rate", .labels = true, .nominal = nominal, .nests = nests, .apply = apply};
const struct fray_choice fray_corruption_missing_label = {
    .name = "missing_label",
    .meaning = "Training samples, or whole clients, have no labels.",
    .source = "one uniform per unit, unlabelled where it is below the rate",
    .table = &table,
    .impl = &ops};
