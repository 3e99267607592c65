/* Pictures in coarse blocks, as of a face that must not be known or a window that is too small.
 * The library imagecorruptions goes up by the nearest pixel instead of a box, which moves the edges
 * of blocks where their size is no whole number. */
#include "fray/corrupt/resizing.h"

#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct pixelate {
  double factor; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(
        REAL, "factor", struct pixelate, factor, .optional = true, .min = 0.001, .max = 1,
        .unit = "share of the sides",
        .help = "Down to this share of the sides by boxes, and up again. Less is worse; 1: as it "
                "was."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "pixelate", struct pixelate, fields, .help = "Pictures in blocks.");

/* Of small pictures a block is most of what there is: each size has its own table. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", 28, 1, .6, .5, .4, .3, .25),
    FRAY_LEVELS("cifar32", 48, 0, .95, .9, .85, .75, .65),
    FRAY_LEVELS("tiny64", 128, 0, .9, .8, .7, .6, .5),
    FRAY_LEVELS("imagenet224", SIZE_MAX, 0, .6, .5, .4, .3, .25),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct pixelate *)params)->factor;
}

/* In floats, where Pillow rounds to bytes after each of four passes: up to one grey level apart. */
static enum fray_status apply(const void *params, double factor, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  FRAY_TRY(fray_resize_there_and_back(image->x, image->height, image->width, image->channels,
                                      factor, FRAY_RESIZE_BOX, place->scratch, err));
  /* Sums of rounded weights may pass the ends by a bit of the last place. */
  fray_clip_picture(image);
  return FRAY_OK;
}

/* Blocks that happen to fit the edges of one picture spare it; the mean over many grows. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "coarse blocks in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "blocks",
                                               .strength = {"factor", "share of the sides", 1, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_pixelate = {
    .name = "pixelate",
    .meaning = "Pictures in coarse blocks.",
    .source = "box filter down and up; severities: Hendrycks & Dietterich 2019 (ImageNet-C, "
              "CIFAR-10-C, Tiny-ImageNet-C)",
    .table = &table,
    .impl = &ops};
