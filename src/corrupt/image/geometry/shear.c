/* Sheared pictures, as of writing that slants: rows shift sideways in proportion to their height.
 * scikit-image's shear also shortens the columns by the cosine of the angle, and the published set
 * was made by it; so is this. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"
#include "fray/corrupt/affine.h"

#include "fray/base/size.h"

#include <math.h>

struct shear {
  double angle; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "angle", struct shear, angle, .optional = true, .min = 0, .max = 1.5,
               .unit = "rad",
               .help = "Rows are shifted by the sine of it per row, and columns shortened by the "
                       "cosine, to the left or "
                       "to the right as each sample draws; bilinear, black outside."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "shear", struct shear, fields, .help = "Sheared pictures.");

/* Published for digits of 28 pixels; an angle is for all sizes. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", SIZE_MAX, 0, .2, .4, .6, .8, 1),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct shear *)params)->angle;
}

/* The cosine is that of scikit-image's AffineTransform, by which the published set was made. */
static enum fray_status apply(const void *params, double angle, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const double sign = fray_rng_uniform(&place->rng) < 0.5 ? -1 : 1;
  /* As published: the map from the result back to the source. */
  const struct fray_affine map = fray_affine_about_middle(
      1, -sin(sign * angle), 0, cos(sign * angle), 0, 0, image->height, image->width);
  (void)params;
  return fray_affine_see(image, map, place->scratch, err);
}

/* The side is drawn once for a sample, and stays it at every angle. */
static const struct fray_signal_ops signal_ops = FRAY_PICTURE_OPS(.grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {.words = "sheared %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "sheared",
                                               .strength = {"angle", "rad", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_shear = {
    .name = "shear",
    .meaning = "Pictures sheared to the left or to the right.",
    .source = "(1 -sin c; 0 cos c) about the middle; severities: Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
