/* Sensors that hold a value for a while. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/channels.h"

#include "fray/base/size.h"

#include <math.h>

enum { STUCK_EACH, STUCK_ONE, STUCK_TOGETHER };
static const char *const stuck_names[] = {"each", "one", "together", NULL};

struct stuck_at {
  double share; /* of the window; NaN: by severity */
  int stuck;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct stuck_at, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help =
                   "Share of the window, rounded down to whole steps, for which a channel keeps "
                   "the value that it had at a step that is drawn."),
    FRAY_FIELD(ENUM, "channels", struct stuck_at, stuck, .def_text = "each", .names = stuck_names,
               .help = "each: every channel, from a step of its own. one: a channel that is drawn. "
                       "together: all of them, from the same step, as when a device hangs."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "stuck_at", struct stuck_at, fields, .help = "Sensors that hang.");

/* Steps of our own. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .25, .5, .75)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct stuck_at *)params)->share;
}

/* A start at u (T - L + 1) lets longer holds cover the shorter ones; the value that is held may be
 * another, so single readings may come out nearer. */
static enum fray_status apply(const void *params, double share, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct stuck_at *stuck = params;
  const size_t steps = x->length;
  /* 0.29 of 100 is 29, not 28 by rounding of doubles. */
  const size_t length = FRAY_MIN((size_t)floor(share * (double)steps + 1e-9), steps);
  const size_t only = (size_t)fray_rng_below(&place->rng, x->channels);
  double u = 0;
  (void)err;
  for (size_t c = 0; c < x->channels; c++) {
    if (c == 0 || stuck->stuck != STUCK_TOGETHER)
      u = fray_rng_uniform(&place->rng);
    if (length && (stuck->stuck != STUCK_ONE || c == only))
      fray_channel_hold(x, c, (size_t)(u * (double)(steps - length + 1)), length);
  }
  return FRAY_OK;
}

/* Which step is held changes with how long it is; over many windows longer is worse. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {.words = "hanging %s",
                                               .category = FRAY_CATEGORY_AVAILABILITY,
                                               .brief = "hanging",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_stuck_at = {
    .name = "stuck_at",
    .meaning = "Series whose channels keep a value for a share of the window.",
    .source = "x[a] for floor(share T) steps from a = floor(u (T - L + 1))",
    .table = &table,
    .impl = &ops};
