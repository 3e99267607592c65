/* A black box in a picture, as of a sticker on the lens or a hand before it. Its area is the
 * strength; its place is drawn as a share of the room that is left, and so that a larger box covers
 * a smaller one. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

struct erasing {
  double area; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "area", struct erasing, area, .optional = true, .min = 0, .max = 1,
               .unit = "share of the area",
               .help = "Made black, of the shape of the picture, at a place that each sample "
                       "draws; a larger box "
                       "covers a smaller one."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "erasing", struct erasing, fields, .help = "A black box.");

static const struct fray_levels levels[] = {
    FRAY_LEVELS("waves", SIZE_MAX, 0, .05, .1, .15, .2, .25),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct erasing *)params)->area;
}

/* Rounded down, as the top must not fall while the box grows: then boxes nest pixel by pixel. */
static enum fray_status apply(const void *params, double area, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const size_t rows = (size_t)lrint((double)image->height * sqrt(area));
  const size_t columns = (size_t)lrint((double)image->width * sqrt(area));
  const size_t top = (size_t)(fray_rng_uniform(&place->rng) * (double)(image->height - rows));
  const size_t left = (size_t)(fray_rng_uniform(&place->rng) * (double)(image->width - columns));
  (void)params, (void)err;
  /* Rows of the box lie apart in memory; what is in one lies together. */
  for (size_t r = top; r < top + rows; r++)
    memset(image->x + (r * image->width + left) * image->channels, 0,
           columns * image->channels * sizeof *image->x);
  return FRAY_OK;
}

/* Grows value by value: what a larger box adds was not black before, and nothing is spared. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_IMAGE,
                                                  .levels = levels,
                                                  .n_levels = FRAY_COUNT(levels),
                                                  .strength = strength,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "a black box in the %s",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .brief = "black box",
                                               .strength = {"area", "share of the area", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_erasing = {
    .name = "erasing",
    .meaning = "Pictures with a black box.",
    .source = "box of area a at 0; severities: An et al. 2024 (WAVES, 0 to 25 %)",
    .table = &table,
    .impl = &ops};
