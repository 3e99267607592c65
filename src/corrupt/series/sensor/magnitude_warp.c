/* Gains that wander: each channel times a smooth curve about 1. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/channels.h"
#include "corrupt/series/tools/spline.h"

#include "fray/base/size.h"

struct magnitude_warp {
  double sigma; /* NaN: by severity */
  int64_t knots;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "sigma", struct magnitude_warp, sigma, .optional = true, .min = 0, .max = 10,
               .unit = "deviation of knots",
               .help = "The curve goes through 1 + sigma z at each knot, z standard normal, each "
                       "channel with a curve of its own."),
    FRAY_FIELD(INT, "knots", struct magnitude_warp, knots, .def = 4, .min = 0,
               .max = FRAY_MOST_KNOTS,
               .help = "Knots between the first and the last step, which have one each too."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "magnitude_warp", struct magnitude_warp, fields,
                  .help = "Gains of sensors that wander.");

/* Steps of our own; Um takes 0.2. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .1, .2, .3, .4, .5)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct magnitude_warp *)params)->sigma;
}

/* A spline is linear in its values, so the curve is 1 + sigma times that through z: a larger sigma
 * moves every reading farther. */
static enum fray_status apply(const void *params, double sigma, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const size_t n = (size_t)((const struct magnitude_warp *)params)->knots + 2;
  double z[FRAY_MOST_KNOTS + 2], *curve;
  FRAY_ALLOC(curve, place->scratch, x->length, err);
  for (size_t c = 0; c < x->channels; c++) {
    struct fray_spline spline;
    for (size_t k = 0; k < n; k++)
      z[k] = fray_rng_normal(&place->rng);
    fray_spline_make(&spline, z, 1, n);
    fray_spline_fill(&spline, x->length, curve);
    fray_channel_multiply(x, c, sigma, curve);
  }
  return FRAY_OK;
}

/* Each channel wanders by itself, as amplifiers do; a device that is held otherwise is `placement`.
 */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_SERIES);
static const struct fray_corruption_ops ops = {.words = "wandering gain of the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "wandering gain",
                                               .strength = {"sigma", "deviation of knots", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_magnitude_warp = {
    .name = "magnitude_warp",
    .meaning = "Series times a smooth curve about 1, each channel its own.",
    .source =
        "x c(t), c the not-a-knot cubic spline through 1 + sigma z; Um et al. 2017 (sigma 0.2, "
        "4 knots)",
    .table = &table,
    .impl = &ops};
