/* Channels that are too large or too small, each by a factor of its own. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct sensor_scaling {
  double sigma; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "sigma", struct sensor_scaling, sigma, .optional = true, .min = 0, .max = 10,
               .unit = "deviation of the factor",
               .help =
                   "Each channel is multiplied by 1 + sigma z, z standard normal and drawn once "
                   "for the window. Gravity is scaled too, and above 0.3 some signs turn."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "sensor_scaling", struct sensor_scaling, fields,
                  .help = "Wrong scales of sensors.");

/* Steps of our own; Um takes 0.1. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .3, .4)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct sensor_scaling *)params)->sigma;
}

/* Factors apart from values: they depend neither on the window nor on sigma, so each reading moves
 * farther with more. What is at rest moves as well, since gravity is a reading like others; a
 * sensor whose axes should share a factor is `placement`. */
static enum fray_status apply(const void *params, double sigma, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  double *factor;
  (void)params;
  FRAY_ALLOC(factor, place->scratch, x->channels, err);
  for (size_t c = 0; c < x->channels; c++)
    factor[c] = 1 + sigma * fray_rng_normal(&place->rng);
  for (size_t t = 0; t < x->length; t++)
    for (size_t c = 0; c < x->channels; c++)
      x->x[t * x->channels + c] = (float)((double)x->x[t * x->channels + c] * factor[c]);
  return FRAY_OK;
}

/* Linear in sigma. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_SERIES);
static const struct fray_corruption_ops ops = {
    .words = "wrong scale of the %s",
    .category = FRAY_CATEGORY_CHANNEL,
    .brief = "wrong scale",
    .strength = {"sigma", "deviation of the factor", 0, 1},
    .modalities_key = true,
    .signal = &signal_ops};
const struct fray_choice fray_corruption_sensor_scaling = {
    .name = "sensor_scaling",
    .meaning = "Series whose channels are too large or too small.",
    .source = "x (1 + sigma z) by channel; Um et al. 2017 (sigma 0.1)",
    .table = &table,
    .impl = &ops};
