/* A part of a picture, enlarged to its size, as of a careless crop. The strength is the area that
 * is kept, not the side, as in WAVES; what was outside is gone. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"
#include "fray/corrupt/resizing.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

struct resized_crop {
  double area; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "area", struct resized_crop, area, .optional = true, .min = 0.001, .max = 1,
               .unit = "share of the area",
               .help =
                   "What is kept, of the shape of the picture, at a place that each sample draws; "
                   "bilinear. Less is worse; 1: all of it."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "resized_crop", struct resized_crop, fields,
                  .help = "A part of a picture, enlarged.");

/* The range of WAVES in five equal steps. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("waves", SIZE_MAX, 0, .9, .8, .7, .6, .5),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct resized_crop *)params)->area;
}

/* The place is a share of the room that there is, so that smaller parts lie in larger ones. */
static enum fray_status apply(const void *params, double area, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const double side = sqrt(area);
  const double down = fray_rng_uniform(&place->rng), right = fray_rng_uniform(&place->rng);
  const double rows = (double)image->height * side, columns = (double)image->width * side;
  /* Edges of the part may lie between pixels; what is outside of the picture is never asked for. */
  struct fray_resize_from from = {.height = image->height,
                                  .width = image->width,
                                  .channels = image->channels,
                                  .top = down * ((double)image->height - rows),
                                  .left = right * ((double)image->width - columns),
                                  .rows = rows,
                                  .columns = columns};
  float *x;
  (void)params;
  FRAY_ALLOC(x, place->scratch, fray_pixels(image), err);
  memcpy(x, image->x, fray_pixels(image) * sizeof *x);
  from.x = x;
  FRAY_TRY(fray_resize(&from, FRAY_RESIZE_TRIANGLE, image->height, image->width, image->x,
                       place->scratch, err));
  fray_clip_picture(image);
  return FRAY_OK;
}

/* What moves further is further off in the mean; single pixels may meet their like. */
static const struct fray_signal_ops signal_ops = FRAY_PICTURE_OPS(.grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {.words = "cropped %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "cropped",
                                               .strength = {"area", "share of the area", 1, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_resized_crop = {
    .name = "resized_crop",
    .meaning = "A part of the picture, enlarged.",
    .source = "crop of area a, resized back; severities: An et al. 2024 (WAVES: area, not side)",
    .table = &table,
    .impl = &ops};
