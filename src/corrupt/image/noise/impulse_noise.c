/* Impulse noise of pictures, or salt and pepper: dead and hot cells of a sensor, bits that fell
 * over. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>

struct impulse_noise {
  double share; /* of the values; NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct impulse_noise, share, .optional = true, .min = 0, .max = 1,
               .unit = "share of values",
               .help = "Share of the values that become black or white, each half of them. Each "
                       "value of each channel by itself, so that grey copies in three channels "
                       "turn coloured."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "impulse_noise", struct impulse_noise, fields,
                  .help = "Impulse noise (salt and pepper) of pictures.");

/* The share that is replaced; what was black or white before may stay so, and of the rest a share
 * of share (1 - ends / 2) changes. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", 28, 1, .03, .06, .09, .17, .27),
    FRAY_LEVELS("cifar32", 48, 0, .01, .02, .03, .05, .07),
    FRAY_LEVELS("tiny64", 128, 0, .01, .02, .05, .08, .14),
    FRAY_LEVELS("imagenet224", SIZE_MAX, 0, .03, .06, .09, .17, .27),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct impulse_noise *)params)->share;
}

/* What is not hit is written too, as it was: a store that depends would be a branch. */
static FRAY_DISPATCH void strike(float *restrict x, const uint64_t *bits, uint64_t most, size_t n) {
  for (size_t i = 0; i < n; i++)
    x[i] = bits[i] >> 11 < most ? (float)(int32_t)(bits[i] & 1) : x[i];
}

/* Values and not pixels are hit, as the published code has it.
 * Salt or pepper is the lowest bit of the number whose upper 53 decide about the hit: a larger
 * share hits the same values, in the same way, and more. */
static enum fray_status apply(const void *params, double share, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const size_t n = image->height * image->width * image->channels;
  (void)params;
  (void)err;
  enum { BLOCK = 512 };
  uint64_t bits[BLOCK];
  /* As a whole number: u < share for the 53 bits of u. */
  const uint64_t most = (uint64_t)ceil(share * 0x1p53);
  for (size_t at = 0; at < n; at += BLOCK) {
    const size_t count = FRAY_MIN(n - at, (size_t)BLOCK);
    fray_rng_fill(&place->rng, count, bits);
    strike(image->x + at, bits, most, count);
  }
  return FRAY_OK;
}

/* Pictures alone: other values have no black and white. */
static const struct fray_signal_ops signal_ops = FRAY_PICTURE_OPS(.grows = FRAY_GROWS_EACH);
static const struct fray_corruption_ops ops = {.words = "impulse noise in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "impulse noise",
                                               .strength = {"share", "share of values", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_impulse_noise = {
    .name = "impulse_noise",
    .meaning = "Pictures with impulse noise: values that are black or white.",
    .source = "scikit-image random_noise s&p; severities: Hendrycks & Dietterich 2019 (ImageNet-C, "
              "CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
