/* Turned pictures, as of a camera that is held askew. Bilinear about the middle of the pixels;
 * WAVES takes the nearest pixel by Pillow's default, which tears thin strokes. Two libraries agree
 * where all four neighbours lie inside, and differ at the rim, where one fades to black and one
 * stops. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"
#include "fray/corrupt/affine.h"

#include "fray/base/size.h"

#include <math.h>

struct rotation {
  double angle; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "angle", struct rotation, angle, .optional = true, .min = 0, .max = 180,
               .unit = "deg",
               .help =
                   "Turned by so much about the middle, to the left or to the right as each sample "
                   "draws; bilinear, black outside. Digits 6 and 9 change places at 180."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "rotation", struct rotation, fields, .help = "Turned pictures.");

#define RADIAN 57.29577951308232 /* degrees */
/* WAVES: its range in five equal steps. MNIST-C: up to one radian. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", 28, 1, .2 * RADIAN, .4 * RADIAN, .6 * RADIAN, .8 * RADIAN, RADIAN),
    FRAY_LEVELS("waves", SIZE_MAX, 0, 9, 18, 27, 36, 45),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct rotation *)params)->angle;
}

/* The sign is drawn before anything else, and is the same at every angle. */
static enum fray_status apply(const void *params, double angle, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const double sign = fray_rng_uniform(&place->rng) < 0.5 ? -1 : 1;
  const double turn = sign * angle / RADIAN;
  /* Rows count downwards: a positive angle turns counter-clockwise as the picture is shown. */
  const struct fray_affine map = fray_affine_about_middle(
      cos(turn), -sin(turn), sin(turn), cos(turn), 0, 0, image->height, image->width);
  (void)params;
  return fray_affine_see(image, map, place->scratch, err);
}

static const struct fray_signal_ops signal_ops = FRAY_PICTURE_OPS(.grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {.words = "turned %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .class_limit = 45,
                                               .brief = "turned",
                                               .strength = {"angle", "deg", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_rotation = {
    .name = "rotation",
    .meaning = "Pictures turned to the left or to the right.",
    .source = "bilinear rotation about the middle; severities: Mu & Gilmer 2019 (MNIST-C), An et "
              "al. 2024 (WAVES, 0 to 45 degrees)",
    .table = &table,
    .impl = &ops};
