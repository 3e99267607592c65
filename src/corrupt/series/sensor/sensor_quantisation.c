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

/* Rows that are worked on at once: channels lie side by side, often fewer than a vector holds. */
enum { ROWS = 8 };

/* Least and largest of each channel: of each place in ROWS rows, then of those of one channel. */
static FRAY_DISPATCH void ranges(const float *restrict x, size_t n, size_t wide,
                                 float *restrict least, float *restrict largest) {
  for (size_t at = 0; at < n; at += wide)
    for (size_t i = 0; i < FRAY_MIN(wide, n - at); i++) {
      least[i] = x[at + i] < least[i] ? x[at + i] : least[i];
      largest[i] = x[at + i] > largest[i] ? x[at + i] : largest[i];
    }
}

/* Steps of 0 are those of channels that have no range, and stay as they are. */
static FRAY_DISPATCH void quantise(float *restrict x, size_t n, const double *restrict low,
                                   const double *restrict step, double most) {
  for (size_t i = 0; i < n; i++) {
    const double asked = rint(((double)x[i] - low[i]) / step[i]);
    const double level = asked < 0 ? 0 : asked > most ? most : asked;
    const float made = (float)(low[i] + (level + 0.5) * step[i]);
    x[i] = step[i] > 0 ? made : x[i];
  }
}

/* Of the window, as published, or of the sensor: a real one has the same steps at rest and in
 * movement. round(v L) cut to L - 1, and not floor: the law of the published one, whose lowest
 * level is half as wide. A constant channel has no range, and stays. */
static enum fray_status apply(const void *params, double n, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const double full_scale = ((const struct sensor_quantisation *)params)->full_scale;
  const size_t width = x->channels, wide = ROWS * width, all = x->length * width;
  float *least, *largest;
  double *low, *step;
  FRAY_ALLOC(least, place->scratch, wide, err);
  FRAY_ALLOC(largest, place->scratch, wide, err);
  FRAY_ALLOC(low, place->scratch, wide, err);
  FRAY_ALLOC(step, place->scratch, wide, err);
  for (size_t i = 0; i < wide; i++)
    least[i] = largest[i] = x->x[i % width];
  ranges(x->x, all, wide, least, largest);
  for (size_t i = width; i < wide; i++) {
    least[i % width] = FRAY_MIN(least[i % width], least[i]);
    largest[i % width] = FRAY_MAX(largest[i % width], largest[i]);
  }
  for (size_t i = 0; i < wide; i++) {
    low[i] = isnan(full_scale) ? (double)least[i % width] : -full_scale;
    step[i] = ((isnan(full_scale) ? (double)largest[i % width] : full_scale) - low[i]) / n;
  }
  for (size_t at = 0; at < all; at += wide)
    quantise(x->x + at, FRAY_MIN(wide, all - at), low, step, n - 1);
  return FRAY_OK;
}

/* A reading in the middle of a wide level may move less than at the edge of a narrow one. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "few levels of the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
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
