/* Feature vectors that are off in one direction, as from another extractor or place. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct feature_shift {
  double amount; /* units of the data; NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct feature_shift, amount, .optional = true, .min = 0, .max = 1e6,
               .unit = "of the data",
               .help = "What is added to each feature or taken from it, the signs being drawn, in "
                       "the units of the data: of features that were standardised, deviations over "
                       "the training set."),
    FRAY_SIGNAL_LEVELS,
    FRAY_SIGNAL_HITS,
    FRAY_SIGNAL_PER_CLIENT,
};
static FRAY_TABLE(table, "feature_shift", struct feature_shift, fields,
                  .help = "Feature vectors that are off in one direction.");

/* Steps of our own, for features of deviation 1. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .1, .25, .5, 1, 2)};

/* The deviation of a feature over the training set would be the better unit. It is not known here:
 * damage is planned from the index alone, before any value is read. */
static double strength(const void *params) {
  return ((const struct feature_shift *)params)->amount;
}

/* One direction for a client: another extractor, another room, another instrument. Each feature
 * moves by the same amount, so the length of the shift is amount sqrt(features). A vector of
 * several steps moves alike in all of them. */
static enum fray_status apply(const void *params, double amount, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  (void)err;
  for (size_t c = 0; c < x->channels; c++) {
    const double by = fray_rng_uniform(&place->rng) < 0.5 ? -amount : amount;
    for (size_t t = 0; t < x->length; t++)
      x->x[t * x->channels + c] = (float)((double)x->x[t * x->channels + c] + by);
  }
  return FRAY_OK;
}

/* Feature vectors alone: series have an offset in deviations of their own. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_FEATURES);
static const struct fray_corruption_ops ops = {.words = "shifted %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "shifted",
                                               .strength = {"amount", "of the data", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_feature_shift = {
    .name = "feature_shift",
    .meaning = "Feature vectors that are off in one direction, client by client.",
    .source = "x + amount sign, one sign a feature and client",
    .table = &table,
    .impl = &ops};
