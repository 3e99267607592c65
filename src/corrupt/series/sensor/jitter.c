/* Noise of a sensor: every reading of every channel by itself. */
#include "corrupt/scope/normals.h"
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/channels.h"

#include "fray/base/size.h"

struct jitter {
  double sigma; /* in deviations of the channel; NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "sigma", struct jitter, sigma, .optional = true, .min = 0, .max = 100,
               .unit = "deviations",
               .help =
                   "Standard deviation of the noise, in standard deviations of the channel over "
                   "the window: a window at rest gets little, a constant channel none."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "jitter", struct jitter, fields, .help = "Noise of sensors.");

/* Steps of our own: at 1 noise and signal have the same power. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .5, 1)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct jitter *)params)->sigma;
}

struct sum {
  const float *x;
  const double *scale; /* (as x) */
};
static inline float noisy(double z, size_t i, const void *with) {
  const struct sum *s = with;
  return (float)((double)s->x[i] + s->scale[i] * z);
}

/* By the deviation of the window and not of the training set: a gain that was wrong before is then
 * no part of the ratio, and every window that moves has the same one. Numbers are drawn for
 * constant channels too, so that those of the others do not depend on them. */
static FRAY_DISPATCH enum fray_status apply(const void *params, double sigma, struct fray_signal *x,
                                            struct fray_place *place, struct fray_err *err) {
  const size_t n = x->length * x->channels;
  struct fray_channel *channel;
  double *scale;
  (void)params;
  FRAY_TRY(fray_channels_measure(x, place->scratch, &channel, err));
  FRAY_ALLOC(scale, place->scratch, n, err);
  for (size_t t = 0; t < x->length; t++)
    for (size_t c = 0; c < x->channels; c++)
      scale[t * x->channels + c] = sigma * channel[c].sd;
  fray_normals_each(&place->rng, n, noisy, &(struct sum){x->x, scale}, x->x);
  return FRAY_OK;
}

/* Series alone: pictures have a full scale and sound a ratio to go by, and kinds of their own. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_SERIES);
static const struct fray_corruption_ops ops = {.words = "sensor noise in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "sensor noise",
                                               .strength = {"sigma", "deviations", 0, 1},
                                               .modalities_key = true,
                                               .usual = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_jitter = {
    .name = "jitter",
    .meaning = "Series with Gaussian noise on every reading.",
    .source = "x + sigma sd z; Um et al. 2017, whose sigma is in units of the data",
    .table = &table,
    .impl = &ops};
