/* Less contrast, as in haze or through a dirty lens: every value moves towards the mean of its
 * channel over the picture, and what is left of the distance is the strength. Nothing is lost at
 * the ends, so a reader of floats could undo it; features made of bytes, and noise after it,
 * cannot. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>

struct contrast {
  double factor; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "factor", struct contrast, factor, .optional = true, .min = 0, .max = 1,
               .unit = "",
               .help = "What is left of the distance of a value from the mean of its channel over "
                       "the picture. Less is worse; 1: all of it."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "contrast", struct contrast, fields, .help = "Paler pictures.");

static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", 28, 1, .4, .3, .2, .1, .05),
    FRAY_LEVELS("cifar32", 48, 0, .75, .5, .4, .3, .15),
    FRAY_LEVELS("tiny64", 128, 0, .4, .3, .2, .1, .05),
    FRAY_LEVELS("imagenet224", SIZE_MAX, 0, .4, .3, .2, .1, .05),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct contrast *)params)->factor;
}

/* A line of the picture, whose means stand side by side as its values do. */
static FRAY_DISPATCH void fade(float *restrict x, const double *restrict mean, size_t n,
                               double factor) {
  for (size_t i = 0; i < n; i++)
    x[i] = fray_clip01((float)(((double)x[i] - mean[i]) * factor + mean[i]));
}

static FRAY_DISPATCH void add_line(double *restrict sum, const float *restrict x, size_t n) {
  for (size_t i = 0; i < n; i++)
    sum[i] += (double)x[i];
}

static enum fray_status apply(const void *params, double factor, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const size_t n = image->channels, row = image->width * n;
  double *mean; /* (width, channels): of each channel on its own, or colour would go too */
  (void)params;
  FRAY_ALLOC_ZERO(mean, place->scratch, row, err);
  /* In double: a large picture has more pixels than a float counts. Columns first, side by side,
   * so that no sum waits for itself. */
  for (size_t i = 0; i < image->height; i++)
    add_line(mean, image->x + i * row, row);
  for (size_t i = n; i < row; i++)
    mean[i % n] += mean[i];
  for (size_t c = 0; c < n; c++)
    mean[c] /= (double)(image->height * image->width);
  for (size_t i = n; i < row; i++)
    mean[i] = mean[i - n];
  for (size_t i = 0; i < image->height; i++)
    fade(image->x + i * row, mean, row, factor);
  return FRAY_OK;
}

/* Each value is off by a share of its distance from the mean, which grows as the factor falls. */
static const struct fray_signal_ops signal_ops = FRAY_PICTURE_OPS(.fixed = true);
static const struct fray_corruption_ops ops = {.words = "less contrast in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "contrast",
                                               .strength = {"factor", "", 1, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_contrast = {
    .name = "contrast",
    .meaning = "Pictures with less contrast.",
    .source = "clip((x - mu) c + mu), mu of each channel; severities: Hendrycks & Dietterich 2019 "
              "(ImageNet-C, CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
