/* Speckle noise of pictures: noise that is in proportion to the light, as of a laser, radar or
 * ultrasound. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/normals.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct speckle_noise {
  double sigma; /* of the value itself; NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "sigma", struct speckle_noise, sigma, .optional = true, .min = 0, .max = 10,
               .unit = "of the value",
               .help = "Standard deviation of the noise as a share of the value that it is added "
                       "to, so that black stays black. Each value of each channel has its own; the "
                       "sum is cut at 0 and 1 and not rounded."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "speckle_noise", struct speckle_noise, fields,
                  .help = "Speckle noise of pictures.");

/* As for Gaussian noise each size has its own table; the numbers are shares of the value itself. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", 28, 1, .15, .2, .35, .45, .6),
    FRAY_LEVELS("cifar32", 48, 0, .06, .1, .12, .16, .2),
    FRAY_LEVELS("tiny64", 128, 0, .15, .2, .25, .3, .35),
    FRAY_LEVELS("imagenet224", SIZE_MAX, 0, .15, .2, .35, .45, .6),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct speckle_noise *)params)->sigma;
}

struct product {
  const float *x;
  double sigma;
};
static inline float noisy(double z, size_t i, const void *with) {
  const struct product *p = with;
  return fray_cut01((double)p->x[i] * (1 + p->sigma * z));
}

/* The draws do not depend on sigma, and the sum is cut as a sensor saturates: a larger sigma moves
 * each value at least as far. Black has nothing to multiply. */
static FRAY_DISPATCH enum fray_status apply(const void *params, double sigma,
                                            struct fray_signal *image, struct fray_place *place,
                                            struct fray_err *err) {
  const size_t n = image->height * image->width * image->channels;
  (void)params;
  (void)err;
  fray_normals_each(&place->rng, n, noisy, &(struct product){image->x, sigma}, image->x);
  return FRAY_OK;
}

/* Pictures alone: of sound or sensors it would be a gain that trembles. */
static const struct fray_signal_ops signal_ops = FRAY_PICTURE_OPS(.grows = FRAY_GROWS_EACH);
static const struct fray_corruption_ops ops = {.words = "speckle noise in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "speckle noise",
                                               .strength = {"sigma", "of the value", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_speckle_noise = {
    .name = "speckle_noise",
    .meaning = "Pictures with speckle noise, in proportion to the light.",
    .source = "clip(x + x sigma z); severities: Hendrycks & Dietterich 2019 (ImageNet-C, "
              "CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
