/* Time stamps that are off, and a receiver that believes them. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/clock.h"

#include "fray/base/size.h"

#include <string.h>

struct timestamp_jitter {
  double sigma; /* in periods; NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "sigma", struct timestamp_jitter, sigma, .optional = true, .min = 0,
               .max = 1000, .unit = "periods",
               .help = "Standard deviation of the errors of the time stamps, in times between two "
                       "readings. All channels share them; readings are put in the order of their "
                       "stamps and read off between them at the times of the steps."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "timestamp_jitter", struct timestamp_jitter, fields,
                  .help = "Time stamps that are off.");

/* Steps of our own. At 0.2 one pair of neighbours in five thousand changes its order, at 0.5 one in
 * thirteen: Phi(-1 / (sigma sqrt 2)). */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .35, .5)};

static double strength(const void *params) {
  return ((const struct timestamp_jitter *)params)->sigma;
}

/* The readings themselves are right; it is the receiver that puts them in a wrong place, and then
 * reads its own grid off the line through them. One clock stamps all channels. Draws do not depend
 * on sigma, so each stamp is off by more of the same; where stamps change their order a single step
 * may come out nearer, which is why only the mean is said to grow. */
static enum fray_status apply(const void *params, double sigma, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const size_t size = x->length * x->channels;
  double *time;
  uint32_t *row;
  float *from;
  (void)params;
  FRAY_ALLOC(time, place->scratch, x->length, err);
  FRAY_ALLOC(row, place->scratch, x->length, err);
  FRAY_ALLOC(from, place->scratch, size, err);
  memcpy(from, x->x, size * sizeof *from);
  fray_draw_stamps(&place->rng, sigma, x->length, time);
  fray_order_stamps(time, row, x->length);
  fray_read_between(from, time, row, x);
  return FRAY_OK;
}

static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {.words = "wrong time stamps of the %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "wrong time stamps",
                                               .strength = {"sigma", "periods", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_timestamp_jitter = {
    .name = "timestamp_jitter",
    .meaning = "Series whose time stamps are off, put back onto the steps.",
    .source = "t + sigma z, sorted, then linear between stamps",
    .table = &table,
    .impl = &ops};
