/* Single readings far off. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/channels.h"

#include "fray/base/size.h"

struct spikes {
  double share; /* NaN: by severity */
  double height;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct spikes, share, .optional = true, .min = 0, .max = 1,
               .unit = "share", .help = "The probability that a value of a channel is a spike."),
    FRAY_FIELD(REAL, "height", struct spikes, height, .def = 5, .open_min = true, .min = 0,
               .max = 1000, .unit = "deviations",
               .help =
                   "What a spike adds or takes, the sign being drawn, in standard deviations of "
                   "the channel over the window."),
    FRAY_SIGNAL_ENTRIES,
};
/* Five deviations are rare enough in any window to be told from movement. */
static FRAY_TABLE(table, "spikes", struct spikes, fields, .help = "Single readings far off.");

/* Steps of our own. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray", SIZE_MAX, 0, .01, .02, .05, .1, .2)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct spikes *)params)->share;
}

/* One draw a value: its high bits say whether, its lowest which way. */
static enum fray_status apply(const void *params, double share, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct spikes *spikes = params;
  struct fray_channel *channel;
  FRAY_TRY(fray_channels_measure(x, place->scratch, &channel, err));
  for (size_t t = 0; t < x->length; t++)
    for (size_t c = 0; c < x->channels; c++) {
      const uint64_t bits = fray_rng_u64(&place->rng);
      const double by = spikes->height * channel[c].sd * (bits & 1 ? 1 : -1);
      float *at = &x->x[t * x->channels + c];
      if ((double)(bits >> 11) * 0x1p-53 < share)
        *at = (float)((double)*at + by);
    }
  return FRAY_OK;
}

/* More spikes among the same ones, each as high: nothing moves less. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_SERIES);
static const struct fray_corruption_ops ops = {.words = "spikes in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "spikes",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_spikes = {
    .name = "spikes",
    .meaning = "Series with single readings far off.",
    .source = "x +- height sd with probability share, value by value",
    .table = &table,
    .impl = &ops};
