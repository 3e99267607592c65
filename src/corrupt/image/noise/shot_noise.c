/* Shot noise of pictures: light comes in photons, and few of them are counted in little light. */
#include "corrupt/image/tools/poisson.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct shot_noise {
  double photons; /* that white is counted as; NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "photons", struct shot_noise, photons, .optional = true, .min = 0.01,
               .max = INFINITY, .infinite = true, .unit = "photons at white",
               .help = "Photons that a white value is counted as, on average. Each value becomes a "
                       "count of the Poisson law divided by this number, cut at 1; its variance is "
                       "the value divided by this number, so black stays black. Less is worse; "
                       ".inf: no noise. At most 1e6, or .inf."),
    FRAY_SIGNAL_ENTRIES,
};

enum { MOST = 1000000 }; /* beyond, no float picture shows it */
/* A bound of the row would refuse .inf, which is no noise. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const double photons = ((const struct shot_noise *)section)->photons;
  (void)node;
  FRAY_CHECK(!(photons > MOST) || isinf(photons), err, INPUT,
             "photons: %g is more than %d; .inf: no noise", photons, MOST);
  return FRAY_OK;
}
static FRAY_TABLE(table, "shot_noise", struct shot_noise, fields, .check = check,
                  .help = "Shot noise of pictures.");

/* Photons at white, by size: a small picture of 500 looks like a large one of 60. Severities are
 * those of the makers; variance goes with 1 / photons. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", 28, 1, 60, 25, 12, 5, 3),
    FRAY_LEVELS("cifar32", 48, 0, 500, 250, 100, 75, 50),
    FRAY_LEVELS("tiny64", 128, 0, 250, 100, 50, 30, 15),
    FRAY_LEVELS("imagenet224", SIZE_MAX, 0, 60, 25, 12, 5, 3),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct shot_noise *)params)->photons;
}

/* Brightness is a count of photons, and counts of a mean m have the variance m: bright places are
 * noisier, but less so in proportion. Only the upper end is cut; a count is never below 0.
 * One uniform number a value, and the count is its quantile: fewer photons then are nearly more of
 * the same noise; only nearly, since counts are whole. */
static enum fray_status apply(const void *params, double photons, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const size_t n = image->height * image->width * image->channels;
  (void)params;
  (void)err;
  /* Blocks that stay in the nearest cache: three arrays of doubles. */
  enum { BLOCK = 256 };
  double u[BLOCK], mean[BLOCK], count[BLOCK];
  for (size_t at = 0; at < n; at += BLOCK) {
    const size_t many = FRAY_MIN(n - at, (size_t)BLOCK);
    float *x = image->x + at;
    for (size_t i = 0; i < many; i++) {
      u[i] = fray_rng_uniform(&place->rng);
      mean[i] = photons * (double)x[i];
    }
    fray_poisson_quantiles(u, mean, many, count);
    for (size_t i = 0; i < many; i++) {
      const double share = count[i] / photons;
      x[i] = (float)(share < 1 ? share : 1);
    }
  }
  return FRAY_OK;
}

/* Counts are whole, so a value may by chance lie nearer with fewer photons: the mean grows. */
static const struct fray_signal_ops signal_ops = FRAY_PICTURE_OPS(.grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {
    .words = "shot noise in the %s",
    .category = FRAY_CATEGORY_NOISE,
    .brief = "shot noise",
    .strength = {"photons", "photons at white", INFINITY, -1},
    .modalities_key = true,
    .signal = &signal_ops};
const struct fray_choice fray_corruption_shot_noise = {
    .name = "shot_noise",
    .meaning = "Pictures with shot noise: counts of photons.",
    .source = "Poisson(c x) / c; severities: Hendrycks & Dietterich 2019 (ImageNet-C, CIFAR-10-C, "
              "Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
