/* More or less colour: the saturation of HSV is scaled and shifted, hue and value stay.
 *
 * Severities 1 and 2 of the published tables take colour out and 3 to 5 add it, and a mean distance
 * falls between them: they are names, no amounts. MNIST-C's version reads grey pictures as if they
 * had a hue and is left out; grey pictures stay as they are. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>

struct saturate {
  double factor, added; /* factor NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "factor", struct saturate, factor, .optional = true, .min = 0, .max = 1000,
               .unit = "",
               .help =
                   "The saturation is multiplied by it: below 1 takes colour out, above 1 adds. "
                   "Grey pictures (one channel) have none and stay as they are."),
    FRAY_FIELD(REAL, "added", struct saturate, added, .def = 0, .min = 0, .max = 1, .unit = "",
               .help = "Added to the saturation afterwards. Grey pixels of colour pictures, whose "
                       "hue counts as 0, turn red by it."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "saturate", struct saturate, fields, .help = "Pictures of other colour.");

/* The shift of each severity; the same in all three sets. */
static const double added[] = {0, 0, 0, .1, .2};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("cifar32", 48, 0, added, .3, .1, 1.5, 2, 2.5),
    FRAY_LEVELS_MORE("tiny64", 128, 0, added, .3, .1, 2, 5, 30),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, added, .3, .1, 2, 5, 20),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct saturate *)params)->factor;
}

/* Hue is where a channel lies between the least and the largest; that order stays. */
static inline __attribute__((always_inline)) void colour(float *x, double factor, double shift) {
  const double value = (double)FRAY_MAX(x[0], FRAY_MAX(x[1], x[2]));
  const double low = (double)FRAY_MIN(x[0], FRAY_MIN(x[1], x[2]));
  const double share = (value - low) / value, old = value > 0 ? share : 0;
  const double asked = old * factor + shift, now = asked < 0 ? 0 : asked > 1 ? 1 : asked;
  const double ratio = now / old;
  const float grey = (float)(value * (1 - now));
  /* All distances from the value are in proportion to the saturation. */
  for (size_t k = 0; k < 3; k++) {
    const float coloured = fray_clip01((float)(value - (value - (double)x[k]) * ratio));
    x[k] = old > 0 ? coloured : k == 0 ? x[k] : grey;
  }
}

/* Without a branch a pixel, since both ways are cheap: so several pixels are done at once. */
static FRAY_DISPATCH void colour_all(float *x, size_t pixels, double factor, double shift) {
  for (size_t i = 0; i < pixels; i++)
    colour(x + 3 * i, factor, shift);
}

static enum fray_status apply(const void *params, double factor, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct saturate *p = params;
  const double shift = place->more ? place->more[0] : p->added;
  (void)err;
  if (image->channels != 3)
    return FRAY_OK;
  colour_all(image->x, image->height * image->width, factor, shift);
  return FRAY_OK;
}

/* Severities 1 and 2 take colour out and 3 to 5 add it, so there is no order among them. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 1, .grows = FRAY_GROWS_NOT, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "other colours in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .turn = {{"added", .column = 1}},
                                               .brief = "colour",
                                               .strength = {"factor", "", NAN, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_saturate = {
    .name = "saturate",
    .meaning = "Pictures with less colour, or more.",
    .source = "S' = clip(S c + d) in HSV; severities: Hendrycks & Dietterich 2019 (ImageNet-C, "
              "CIFAR-10-C, Tiny-ImageNet-C); a validation kind there",
    .table = &table,
    .impl = &ops};
