/* Gaussian noise of pictures: every value by itself, as of a sensor in little light. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/normals.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct gaussian_noise {
  double sigma; /* of full scale; NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "sigma", struct gaussian_noise, sigma, .optional = true, .min = 0, .max = 10,
               .unit = "full scale",
               .help = "Standard deviation of the noise, where black is 0 and white 1. Each value "
                       "of each channel has its own; the sum is cut at 0 and 1 and not rounded."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "gaussian_noise", struct gaussian_noise, fields,
                  .help = "Gaussian noise of pictures.");

/* Constants for large pictures are far too strong for small ones: each size has its own table. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", 28, 1, .08, .12, .18, .26, .38),
    FRAY_LEVELS("cifar32", 48, 0, .04, .06, .08, .09, .10),
    FRAY_LEVELS("tiny64", 128, 0, .04, .08, .12, .15, .18),
    FRAY_LEVELS("imagenet224", SIZE_MAX, 0, .08, .12, .18, .26, .38),
};

/* NaN where sigma was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct gaussian_noise *)params)->sigma;
}

struct sum {
  const float *x;
  double sigma;
};
/* Cut, so that a sensor saturates: at large sigma many values are black or white. */
static inline float noisy(double z, size_t i, const void *with) {
  const struct sum *s = with;
  return fray_cut01((double)s->x[i] + s->sigma * z);
}

/* The draws do not depend on sigma, so a larger one moves each value at least as far. The published
 * sets cut to 8 bits, which darkens them by half a grey level; here values stay as they are. */
static FRAY_DISPATCH enum fray_status apply(const void *params, double sigma,
                                            struct fray_signal *image, struct fray_place *place,
                                            struct fray_err *err) {
  const size_t n = image->height * image->width * image->channels;
  (void)params;
  (void)err;
  fray_normals_each(&place->rng, n, noisy, &(struct sum){image->x, sigma}, image->x);
  return FRAY_OK;
}

/* Pictures alone: sound has noise by a ratio, and other values have no full scale that sigma could
 * be a share of. */
static const struct fray_signal_ops signal_ops = FRAY_PICTURE_OPS(.grows = FRAY_GROWS_EACH);
static const struct fray_corruption_ops ops = {.words = "noise in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "picture noise",
                                               .strength = {"sigma", "full scale", 0, 1},
                                               .modalities_key = true,
                                               .usual = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_gaussian_noise = {
    .name = "gaussian_noise",
    .meaning = "Pictures with Gaussian noise.",
    .source = "clip(x + sigma z); severities: Hendrycks & Dietterich 2019 (ImageNet-C, CIFAR-10-C, "
              "Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
