/* Noise of feature vectors. */
#include "corrupt/scope/normals.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct feature_noise {
  double sigma; /* units of the data; NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "sigma", struct feature_noise, sigma, .optional = true, .min = 0, .max = 1e6,
               .unit = "of the data",
               .help =
                   "Standard deviation of the noise of every feature, in the units of the data: "
                   "of features that were standardised, deviations over the training set."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "feature_noise", struct feature_noise, fields,
                  .help = "Noise of feature vectors.");

/* Steps of our own, for features of deviation 1. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .1, .25, .5, 1, 2)};

/* A deviation over one vector would say nothing: its features have different units. That of each
 * over the training set is not known when damage is planned, which is from the index alone. */
static double strength(const void *params) {
  return ((const struct feature_noise *)params)->sigma;
}

struct sum {
  const float *x;
  double sigma;
};
static inline float noisy(double z, size_t i, const void *with) {
  const struct sum *s = with;
  return (float)((double)s->x[i] + s->sigma * z);
}

/* Draws do not depend on sigma: more is more of the same noise, feature by feature. */
static FRAY_DISPATCH enum fray_status apply(const void *params, double sigma, struct fray_signal *x,
                                            struct fray_place *place, struct fray_err *err) {
  (void)params;
  (void)err;
  fray_normals_each(&place->rng, x->length * x->channels, noisy, &(struct sum){x->x, sigma}, x->x);
  return FRAY_OK;
}

static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_FEATURES);
static const struct fray_corruption_ops ops = {.words = "noise in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "feature noise",
                                               .strength = {"sigma", "of the data", 0, 1},
                                               .modalities_key = true,
                                               .usual = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_feature_noise = {
    .name = "feature_noise",
    .meaning = "Feature vectors with Gaussian noise.",
    .source = "x + sigma z",
    .table = &table,
    .impl = &ops};
