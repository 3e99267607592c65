/* Sensors whose zero wanders: within a window, or over all that a client recorded. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/channels.h"
#include "corrupt/series/tools/spline.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { OVER_RECORD, OVER_WINDOW };
static const char *const over_names[] = {"record", "window", NULL};
enum { SHAPE_LINE, SHAPE_CURVE };
static const char *const shape_names[] = {"line", "curve", NULL};

struct drift {
  double amount; /* in deviations of the channel; NaN: by severity */
  int over, shape;
  int64_t knots;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct drift, amount, .optional = true, .min = 0, .max = 1000,
               .unit = "deviations",
               .help = "The farthest that a channel gets, in standard deviations of the channel "
                       "over the window."),
    FRAY_FIELD(ENUM, "over", struct drift, over, .def_text = "record", .names = over_names,
               .help = "record: one drift from the first sample of a client to its last, in the "
                       "order of the data and over all splits, of which each window gets its part. "
                       "window: every window begins anew."),
    FRAY_FIELD(ENUM, "shape", struct drift, shape, .def_text = "line", .names = shape_names,
               .help =
                   "line: from 0 to the whole amount, up or down. curve: smooth, through a "
                   "random walk of the knots, scaled so that its farthest point is the amount."),
    FRAY_FIELD(INT, "knots", struct drift, knots, .def = 4, .min = 0, .max = FRAY_MOST_KNOTS,
               .help = "Knots of a curve between its ends."),
    FRAY_SIGNAL_LEVELS,
    FRAY_SIGNAL_HITS,
    FRAY_SIGNAL_PER_CLIENT,
};
static FRAY_TABLE(table, "drift", struct drift, fields, .help = "Zeros of sensors that wander.");

/* Steps of our own. Over a record a window in its middle has half of it. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .1, .25, .5, 1, 2)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct drift *)params)->amount;
}

/* Each window drawing its own direction would be jumps between windows, and no drift. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct drift *drift = entry->kind.params;
  (void)at;
  FRAY_CHECK(drift->over == OVER_WINDOW || strcmp(entry->per, fray_per_names[1]) == 0, err, INPUT,
             "per: a drift over the record is the client's; use 'per: client' or 'over: window'");
  return FRAY_OK;
}

/* Steps of the curve of a record, which has as many as there are: enough that the farthest of them
 * is the farthest point. */
enum { FINE = 2048 };

/* The part begin .. end of a curve whose farthest point is 1. Over a window the farthest step is
 * meant, as in tsaug. */
static enum fray_status curve_of(const struct drift *drift, struct fray_place *place, size_t steps,
                                 double *out, struct fray_err *err) {
  const bool record = drift->over == OVER_RECORD;
  const size_t n = (size_t)drift->knots + 2, fine = record ? FINE : steps;
  double walk[FRAY_MOST_KNOTS + 2], *all, farthest = 0;
  struct fray_spline spline;
  walk[0] = fray_rng_normal(&place->rng);
  for (size_t k = 1; k < n; k++)
    walk[k] = walk[k - 1] + fray_rng_normal(&place->rng);
  fray_spline_make(&spline, walk, 1, n);
  FRAY_ALLOC(all, place->scratch, fine, err);
  fray_spline_fill(&spline, fine, all);
  for (size_t t = 0; t < fine; t++)
    farthest = fmax(farthest, fabs(all[t]));
  const double begin = record ? place->begin : 0, end = record ? place->end : 1;
  for (size_t t = 0; t < steps; t++) {
    const double at = steps > 1 ? (double)t / (double)(steps - 1) : 0;
    out[t] = fray_spline_at(&spline, (begin + (end - begin) * at) * (double)(n - 1)) /
             (farthest > 0 ? farthest : 1);
  }
  return FRAY_OK;
}

/* The direction of each channel is drawn once: with the numbers of a client all its windows go the
 * same way, each from where the one before it ended. The deviation is that of the window at hand;
 * where windows of a record differ much, so does what a drift is measured by. */
static enum fray_status apply(const void *params, double amount, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct drift *drift = params;
  const bool record = drift->over == OVER_RECORD;
  struct fray_channel *channel;
  double *size, *curve;
  FRAY_TRY(fray_channels_measure(x, place->scratch, &channel, err));
  FRAY_ALLOC(size, place->scratch, x->channels, err);
  FRAY_ALLOC(curve, place->scratch, x->length, err);
  fray_draw_signs(&place->rng, size, x->channels);
  for (size_t c = 0; c < x->channels; c++)
    size[c] *= amount * channel[c].sd;
  if (drift->shape == SHAPE_LINE) {
    fray_channels_add_line(x, size, record ? place->begin : 0, record ? place->end : 1);
    return FRAY_OK;
  }
  for (size_t c = 0; c < x->channels; c++) {
    FRAY_TRY(curve_of(drift, place, x->length, curve, err));
    for (size_t t = 0; t < x->length; t++) {
      float *at = &x->x[t * x->channels + c];
      *at = (float)((double)*at + size[c] * curve[t]);
    }
  }
  return FRAY_OK;
}

/* Linear in its amount, whatever the shape: each reading moves farther with more. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_SERIES, .record = true);
static const struct fray_corruption_ops ops = {.words = "drift of the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "drift",
                                               .strength = {"amount", "deviations", 0, 1},
                                               .modalities_key = true,
                                               .check = check,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_drift = {
    .name = "drift",
    .meaning = "Series whose zero wanders, over the record of a client or within a window.",
    .source = "x + amount sd sign t / (T - 1); curves: tsaug Drift",
    .table = &table,
    .impl = &ops};
