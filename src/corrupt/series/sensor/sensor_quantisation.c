/* Sensors with few levels. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>

struct sensor_quantisation {
  double levels;     /* NaN: by severity */
  double full_scale; /* NaN: the range of the window */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "levels", struct sensor_quantisation, levels, .optional = true, .min = 1,
               .max = INFINITY, .infinite = true, .unit = "levels",
               .help =
                   "How many values a channel can take, a whole number; each reading becomes the "
                   "middle of its level. Less is worse; .inf: any."),
    FRAY_FIELD(REAL, "full_scale", struct sensor_quantisation, full_scale, .optional = true,
               .open_min = true, .min = 0, .max = 1e30, .unit = "of the data",
               .help =
                   "The levels divide the range from -full_scale to full_scale, as of a real "
                   "sensor, and what lies beyond is cut. Default: from the least to the largest "
                   "reading of the channel in the window."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "sensor_quantisation", struct sensor_quantisation, fields,
                  .help = "Sensors with few levels.");

/* Steps of our own: six bits down to two. tsaug takes 10 levels. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, 64, 32, 16, 8, 4)};

static double strength(const void *params) {
  return ((const struct sensor_quantisation *)params)->levels;
}

/* A number and not a count of bits, so that .inf can be said; but a whole one. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct sensor_quantisation *steps = entry->kind.params;
  (void)at;
  FRAY_CHECK(!(steps->levels != floor(steps->levels)) || isnan(steps->levels), err, INPUT,
             "levels: %g is not a whole number", steps->levels);
  return FRAY_OK;
}

/* Of the window, as published, or of the sensor: a real one has the same steps at rest and in
 * movement. */
static void range_of(const struct fray_signal *x, size_t c, double full_scale, double *low,
                     double *high) {
  float least = x->x[c], largest = x->x[c];
  for (size_t t = 1; t < x->length; t++) {
    least = FRAY_MIN(least, x->x[t * x->channels + c]);
    largest = FRAY_MAX(largest, x->x[t * x->channels + c]);
  }
  *low = isnan(full_scale) ? (double)least : -full_scale;
  *high = isnan(full_scale) ? (double)largest : full_scale;
}

/* One channel, whose readings lie a row apart. */
static FRAY_DISPATCH void quantise(float *x, size_t n, size_t stride, double low, double step,
                                   double most) {
  for (size_t t = 0; t < n; t++, x += stride) {
    const double asked = rint(((double)*x - low) / step);
    const double level = asked < 0 ? 0 : asked > most ? most : asked;
    *x = (float)(low + (level + 0.5) * step);
  }
}

/* round(v L) cut to L - 1, and not floor: the law of the published one, whose lowest level is half
 * as wide. A constant channel has no range, and stays. */
static enum fray_status apply(const void *params, double n, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct sensor_quantisation *steps = params;
  (void)place;
  (void)err;
  for (size_t c = 0; c < x->channels; c++) {
    double low, high;
    range_of(x, c, steps->full_scale, &low, &high);
    if (high > low)
      quantise(x->x + c, x->length, x->channels, low, (high - low) / n, n - 1);
  }
  return FRAY_OK;
}

/* A reading in the middle of a wide level may move less than at the edge of a narrow one. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "few levels of the %s",
                                               .brief = "few levels",
                                               .strength = {"levels", "levels", INFINITY, -1},
                                               .modalities_key = true,
                                               .check = check,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_sensor_quantisation = {
    .name = "sensor_quantisation",
    .meaning = "Series whose readings take few levels.",
    .source = "(min(round(v L), L - 1) + 0.5) / L of the range; tsaug Quantize (uniform)",
    .table = &table,
    .impl = &ops};
