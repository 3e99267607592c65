/* Motion blur of pictures: the camera moves while the shutter is open. */
#include "corrupt/image/tools/motion.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct motion_blur {
  double sigma;  /* px; NaN: by severity */
  double radius; /* px; NaN: 3 sigma */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "sigma", struct motion_blur, sigma, .optional = true, .min = 0, .max = 100,
               .unit = "px",
               .help = "Standard deviation of the streak, which falls off to one side of a point "
                       "alone: the picture moves too. Its direction is drawn within 45 degrees of "
                       "the horizontal; the result is cut to 8 bits. 0: no motion."),
    FRAY_FIELD(REAL, "radius", struct motion_blur, radius, .optional = true, .min = 0, .max = 300,
               .unit = "px",
               .help = "The streak ends after 2 ceil(radius) pixels. Default: 3 sigma."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "motion_blur", struct motion_blur, fields,
                  .help = "Motion blur of pictures.");

/* Radii in px, where the streak ends. From severity 3 to 4 of cifar32 only this end moves, and the
 * mean distance even falls: severities of this kind are no amounts. */
static const double large[] = {10, 15, 15, 15, 20};
static const double cifar32[] = {6, 6, 6, 8, 9};
static const double tiny64[] = {10, 10, 10, 10, 12};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 28, 1, large, 3, 5, 8, 12, 15),
    FRAY_LEVELS_MORE("cifar32", 48, 0, cifar32, 1, 1.5, 2, 2, 2.5),
    FRAY_LEVELS_MORE("tiny64", 128, 0, tiny64, 1, 1.5, 2, 2.5, 3),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, large, 3, 5, 8, 12, 15),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct motion_blur *)params)->sigma;
}

/* One direction a picture, drawn first and alone, so that it is the same at every strength. The
 * published sets came through a library that cuts to 8 bits; that is kept. */
static enum fray_status apply(const void *params, double sigma, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct motion_blur *own = params;
  const double radius = place->more          ? place->more[0]
                        : isnan(own->radius) ? ceil(3 * sigma)
                                             : own->radius;
  /* Within 45 degrees of the horizontal, as cameras are swung. */
  const double degrees = 90 * fray_rng_uniform(&place->rng) - 45;
  return fray_motion_blur(image->x, image->height, image->width, image->channels, radius, sigma,
                          degrees * (3.14159265358979323846 / 180), place->scratch, err);
}

/* A longer end of the same streak changes next to nothing, so no growth is declared. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 1, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "the %s blurred by motion",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .turn = {{"radius", .column = 1}},
                                               .brief = "motion blur",
                                               .strength = {"sigma", "px", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_motion_blur = {
    .name = "motion_blur",
    .meaning = "Pictures blurred by motion along a line.",
    .source = "ImageMagick 6 MotionBlurImage; severities: Hendrycks & Dietterich 2019 (ImageNet-C, "
              "CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
