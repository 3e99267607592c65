/* Pictures made smaller on a black ground, as of something further away. Bilinear without a wider
 * filter, as in the published set, so that small ones alias; `resize` filters. */
#include "corrupt/image/tools/affine.h"
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

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
  float *out;
  FRAY_ALLOC(out, place->scratch, fray_pixels(image), err);
  fray_affine_warp(image->x, image->height, image->width, image->channels, map, FRAY_EDGE_ZERO,
                   out);
  for (size_t i = 0; i < fray_pixels(image); i++)
    image->x[i] = fray_clip01(out[i]);
  return FRAY_OK;
}

/* Less of the picture is seen the smaller it is, but single pixels may happen to agree. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_IMAGE,
                                                  .levels = levels,
                                                  .n_levels = FRAY_COUNT(levels),
                                                  .grows = FRAY_GROWS_MEAN,
                                                  .fixed = true,
                                                  .strength = strength,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "smaller %s",
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
