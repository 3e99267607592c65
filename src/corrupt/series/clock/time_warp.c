/* Movements that are now slower, now faster. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/clock.h"
#include "corrupt/series/tools/spline.h"

#include "fray/base/size.h"

#include <string.h>

struct time_warp {
  double sigma; /* NaN: by severity */
  int64_t knots;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "sigma", struct time_warp, sigma, .optional = true, .min = 0, .max = 10,
               .unit = "deviation of speed knots",
               .help = "The speed goes smoothly through 1 + sigma z at each knot, z standard "
                       "normal, and is never below 0.1; both ends of the window stay. At 0.1 a "
                       "movement of 2 Hz is off by about half its deviation."),
    FRAY_FIELD(INT, "knots", struct time_warp, knots, .def = 4, .min = 0, .max = FRAY_MOST_KNOTS,
               .help = "Knots between the first and the last step, which have one each too."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "time_warp", struct time_warp, fields,
                  .help = "Movements that are now slower, now faster.");

/* Steps of our own; Um takes 0.2, which moves a window of 128 steps by three of them in the mean.
 */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .02, .05, .1, .2, .4)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct time_warp *)params)->sigma;
}

/* One path for all channels: the sensors of a device share its clock. */
/* The published ones differ, and both let the channels run apart. Of one of them time runs
 * backwards in a tenth of the draws at 0.1, in four tenths at 0.2; here the speed is never below a
 * tenth.
 */
static enum fray_status apply(const void *params, double sigma, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const size_t n = (size_t)((const struct time_warp *)params)->knots + 2;
  const size_t size = x->length * x->channels;
  double value[FRAY_MOST_KNOTS + 2], *speed, *path;
  float *from;
  struct fray_spline spline;
  FRAY_ALLOC(speed, place->scratch, x->length, err);
  FRAY_ALLOC(path, place->scratch, x->length, err);
  FRAY_ALLOC(from, place->scratch, size, err);
  memcpy(from, x->x, size * sizeof *from);
  for (size_t k = 0; k < n; k++)
    value[k] = 1 + sigma * fray_rng_normal(&place->rng);
  fray_spline_make(&spline, value, 1, n);
  fray_spline_fill(&spline, x->length, speed);
  fray_path_of_speed(speed, x->length, path);
  fray_read_along(from, path, x);
  return FRAY_OK;
}

/* Of something periodic a path that is farther off may fit better; over many windows more is more.
 */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {
    .words = "warped time of the %s",
    .category = FRAY_CATEGORY_GEOMETRY,
    .brief = "warped time",
    .strength = {"sigma", "deviation of speed knots", 0, 1},
    .modalities_key = true,
    .signal = &signal_ops};
const struct fray_choice fray_corruption_time_warp = {
    .name = "time_warp",
    .meaning = "Series that run now slower, now faster, all channels on one clock.",
    .source =
        "y(t) = x(path(t)), path the sum of max(1 + sigma z, 0.1) scaled to both ends; um: Um et "
        "al. 2017; uchida: Iwana & Uchida 2021",
    .table = &table,
    .impl = &ops};
