/* Features that are not there, and read as 0. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct feature_dropout {
  double share; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct feature_dropout, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "The probability that a feature is set to 0. The others stay as they are, "
                       "without the scaling that dropout has in training."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "feature_dropout", struct feature_dropout, fields,
                  .help = "Features that are not there.");

/* Steps of our own. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .3, .5)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct feature_dropout *)params)->share;
}

/* In training dropout multiplies what is left by 1 / (1 - share), so that sums keep their mean; a
 * feature that is really missing does nothing of the kind. 0 is a value like others where features
 * were not centred: then this is a shift too. */
static enum fray_status apply(const void *params, double share, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  (void)err;
  for (size_t i = 0; i < x->length * x->channels; i++)
    if (fray_rng_uniform(&place->rng) < share)
      x->x[i] = 0;
  return FRAY_OK;
}

/* A larger share sets the same features to 0 and more. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_FEATURES);
static const struct fray_corruption_ops ops = {.words = "zeros in the %s",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .brief = "zeros",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_feature_dropout = {
    .name = "feature_dropout",
    .meaning = "Feature vectors of which some features are 0.",
    .source = "0 where u < share, feature by feature",
    .table = &table,
    .impl = &ops};
