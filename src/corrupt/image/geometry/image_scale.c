/* Pictures made smaller on a black ground, as of something further away. Bilinear without a wider
 * filter, as in the published set, so that small ones alias; `resize` filters. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"
#include "fray/corrupt/affine.h"

#include "fray/base/size.h"

#include <math.h>

struct image_scale {
  double factor; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "factor", struct image_scale, factor, .optional = true, .min = 0.01, .max = 1,
               .unit = "",
               .help = "Size of what is shown, about the middle; the rest is black. Less is worse; "
                       "1: as it was."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "image_scale", struct image_scale, fields, .help = "Smaller pictures.");

/* Published for digits of 28 pixels; as a share it is for all sizes. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", SIZE_MAX, 0, .9, .8, .7, .6, .5),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct image_scale *)params)->factor;
}

/* Bilinear without a wider filter, as in the published set: a small picture aliases. */
static enum fray_status apply(const void *params, double factor, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  /* The map from the result back to the source, about the middle. */
  const struct fray_affine map =
      fray_affine_about_middle(1 / factor, 0, 0, 1 / factor, 0, 0, image->height, image->width);
  (void)params;
  return fray_affine_see(image, map, place->scratch, err);
}

/* Less of the picture is seen the smaller it is, but single pixels may happen to agree. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "smaller %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "smaller",
                                               .strength = {"factor", "", 1, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_image_scale = {
    .name = "image_scale",
    .meaning = "Pictures made smaller, on black.",
    .source = "inverse map (1/c 0; 0 1/c) about the middle; severities: Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
