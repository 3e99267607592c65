/* Pictures of fewer pixels, brought back to their size, as of a thumbnail that is shown large. The
 * filter is the definition: other libraries' defaults (cubic down and up) damage a quarter less. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"
#include "fray/corrupt/resizing.h"

#include "fray/base/size.h"

#include <math.h>

struct resize {
  double factor; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "factor", struct resize, factor, .optional = true, .min = 0.001, .max = 1,
               .unit = "share of the sides",
               .help =
                   "Down to this share of the sides and up again, with a triangle that widens as "
                   "the picture shrinks. Less is worse; 1: as it was."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "resize", struct resize, fields, .help = "Pictures of fewer pixels.");

/* No set publishes one: from hardly visible to a quarter of the sides. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray", SIZE_MAX, 0, .9, .75, .5, .35, .25),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct resize *)params)->factor;
}

static enum fray_status apply(const void *params, double factor, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  FRAY_TRY(fray_resize_there_and_back(image->x, image->height, image->width, image->channels,
                                      factor, FRAY_RESIZE_TRIANGLE, place->scratch, err));
  /* Sums of rounded weights may pass the ends by a bit of the last place. */
  fray_clip_picture(image);
  return FRAY_OK;
}

/* A side that is divided evenly loses less than one that is not: the mean alone grows. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "coarser %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "coarser",
                                               .strength = {"factor", "share of the sides", 1, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_resize = {
    .name = "resize",
    .meaning = "Pictures of fewer pixels, smoothed.",
    .source = "antialiased bilinear resampling down and up (as Pillow), in floats",
    .table = &table,
    .impl = &ops};
