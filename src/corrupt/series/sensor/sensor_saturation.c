/* Sensors whose range is too small. */
#include "corrupt/scope/quantile.h"
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/channels.h"

#include "fray/base/size.h"

#include <math.h>

enum { ABOUT_ZERO, ABOUT_MEAN };
static const char *const about_names[] = {"zero", "mean", NULL};

struct sensor_saturation {
  double percentile; /* NaN: by severity */
  int about;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "percentile", struct sensor_saturation, percentile, .optional = true, .min = 0,
               .max = 100, .unit = "%",
               .help = "The range of a channel ends at this percentile of its distances from the "
                       "middle, over the window (linear between readings). Less is worse; 100: "
                       "nothing is cut. Of a window of 128 steps 99 cuts one or two."),
    FRAY_FIELD(ENUM, "about", struct sensor_saturation, about, .def_text = "zero",
               .names = about_names,
               .help = "The middle of the range: zero, as of a sensor; mean, of the channel over "
                       "the window."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "sensor_saturation", struct sensor_saturation, fields,
                  .help = "Ranges of sensors that are too small.");

/* Steps of our own, the same as those of clipped sound. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, 99, 95, 90, 80, 60)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct sensor_saturation *)params)->percentile;
}

/* The end of the range depends on the window, as a share that is cut does: a fixed range would
 * leave quiet windows whole and cut others flat, which says more about the data than about the
 * sensor. Ties at the percentile are not cut. */
static enum fray_status apply(const void *params, double percentile, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct sensor_saturation *range = params;
  const size_t width = x->channels;
  struct fray_channel *channel;
  float *far;
  FRAY_TRY(fray_channels_measure(x, place->scratch, &channel, err));
  FRAY_ALLOC(far, place->scratch, x->length, err);
  for (size_t c = 0; c < width; c++) {
    const double middle = range->about == ABOUT_MEAN ? channel[c].mean : 0;
    for (size_t t = 0; t < x->length; t++)
      far[t] = (float)fabs((double)x->x[t * width + c] - middle);
    const double most = fray_quantile(far, x->length, percentile / 100);
    /* Ends as floats: a reading at the end stays what it is. */
    const float low = (float)(middle - most), high = (float)(middle + most);
    for (size_t t = 0; t < x->length; t++) {
      float *at = &x->x[t * width + c];
      *at = FRAY_MIN(FRAY_MAX(*at, low), high);
    }
  }
  return FRAY_OK;
}

/* Nothing is drawn: neither seed nor client matters, and features are shared over seeds. Quiet
 * readings stay, loud ones move farther the smaller the range. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_SERIES, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "cut range of the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "cut range",
                                               .strength = {"percentile", "%", 100, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_sensor_saturation = {
    .name = "sensor_saturation",
    .meaning = "Series cut at the ends of a range that is too small.",
    .source = "min(max(x, -t), t), t a percentile of |x| by channel (type 7)",
    .table = &table,
    .impl = &ops};
