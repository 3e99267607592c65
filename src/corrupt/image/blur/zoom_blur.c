/* Zoom blur of pictures: the camera comes nearer while the shutter is open. */
#include "corrupt/image/tools/clipped_zoom.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct zoom_blur {
  double zoom; /* the largest factor; NaN: by severity */
  double step; /* between factors */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "zoom", struct zoom_blur, zoom, .optional = true, .min = 1, .max = 10,
               .unit = "times",
               .help =
                   "Largest factor. The result is the mean of the picture and of its middle "
                   "enlarged by 1, 1 + step, 1 + 2 step, up to this, so that the picture itself "
                   "counts twice. 1: no blur."),
    FRAY_FIELD(REAL, "step", struct zoom_blur, step, .def = 0.01, .min = 0.001, .max = 10,
               .help = "From one factor to the next."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "zoom_blur", struct zoom_blur, fields, .help = "Zoom blur of pictures.");

/* The published ranges are open at their ends, but rounding lets some ends in: these are the last
 * factors that the published code really takes. */
static const double large[] = {.01, .01, .02, .02, .03};
static const double small[] = {.01, .01, .01, .01, .01};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 28, 1, large, 1.11, 1.15, 1.2, 1.24, 1.3),
    FRAY_LEVELS_MORE("cifar32", 48, 0, small, 1.06, 1.11, 1.15, 1.2, 1.25),
    FRAY_LEVELS_MORE("tiny64", 128, 0, small, 1.06, 1.11, 1.15, 1.2, 1.25),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, large, 1.11, 1.15, 1.2, 1.24, 1.3),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct zoom_blur *)params)->zoom;
}

/* Factors are 1 + k step and not sums of steps, so that rounding neither loses nor adds one. A
 * factor below 1 + 1 / side enlarges nothing; it shifts by a part of a pixel, as published. */
static enum fray_status apply(const void *params, double zoom, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct zoom_blur *own = params;
  const double step = place->more ? place->more[0] : own->step;
  /* A hair more than whole steps, so that 1.06 is six of .01. */
  const size_t last = (size_t)((zoom - 1) / step + 1e-6);
  /* As numpy's arange counts: the last bit decides whether half a pixel is rounded up. */
  const double grain = (1 + step) - 1;
  const size_t n = image->height * image->width * image->channels;
  float *sum;
  FRAY_ALLOC(sum, place->scratch, n, err);
  for (size_t i = 0; i < n; i++)
    sum[i] = 2 * image->x[i]; /* the picture, and the factor 1 */
  for (size_t k = 1; k <= last; k++)
    FRAY_TRY(fray_clipped_zoom_add(image->x, image->height, image->width, image->channels,
                                   1 + (double)k * grain, sum, place->scratch, err));
  for (size_t i = 0; i < n; i++)
    image->x[i] = FRAY_MIN(sum[i] / (float)(last + 2), 1.0f);
  return FRAY_OK;
}

/* Draws nothing. Each factor keeps more of the middle, so that the mean distance grows. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 1, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "the %s blurred by zooming",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .turn = {{"step", .column = 1}},
                                               .brief = "zoom blur",
                                               .strength = {"zoom", "times", 1, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_zoom_blur = {
    .name = "zoom_blur",
    .meaning = "Pictures blurred by zooming in.",
    .source = "clipped_zoom of ImageNet-C (scipy.ndimage.zoom, order 1); severities: Hendrycks & "
              "Dietterich 2019 (ImageNet-C, CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 "
              "(MNIST-C)",
    .table = &table,
    .impl = &ops};
