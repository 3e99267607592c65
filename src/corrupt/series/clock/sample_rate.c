/* Sensors that sample more slowly than they should. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/clock.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { BETWEEN_HOLD, BETWEEN_LINEAR };
static const char *const between_names[] = {"hold", "linear", NULL};

struct sample_rate {
  double share; /* NaN: by severity */
  int between;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct sample_rate, share, .optional = true, .min = 0,
               .open_min = true, .max = 1, .unit = "share of the rate",
               .help = "Share of the readings that is kept, at equal distances: 0.5 keeps every "
                       "second. No filter comes before it: a slow sensor folds down what it is too "
                       "slow for. 1: nothing is lost."),
    FRAY_FIELD(
        ENUM, "between", struct sample_rate, between, .def_text = "hold", .names = between_names,
        .help = "What stands at the other steps: hold, the last reading; linear, the line to "
                "the next one."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "sample_rate", struct sample_rate, fields,
                  .help = "Sensors that sample too slowly.");

/* Steps of our own: down to a sixteenth. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray", SIZE_MAX, 0, .8, .5, .25, .125, .0625)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct sample_rate *)params)->share;
}

/* Reading k is that of the step floor(k / share): the last whole step before its time. */
static size_t step_of(size_t k, double share) {
  return (size_t)floor((double)k / share + 1e-9);
}

/* In place: behind the step at hand nothing was changed yet. */
static enum fray_status apply(const void *params, double share, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct sample_rate *slow = params;
  const size_t width = x->channels;
  (void)place;
  (void)err;
  for (size_t k = 0, begin = 0; begin < x->length; k++) {
    const size_t end = step_of(k + 1, share), stop = FRAY_MIN(end, x->length);
    const float *a = x->x + begin * width;
    const float *b = slow->between == BETWEEN_LINEAR && end < x->length ? x->x + end * width : a;
    for (size_t t = begin + 1; t < stop; t++) {
      const float u = (float)(t - begin) / (float)(end - begin);
      for (size_t c = 0; c < width; c++)
        x->x[t * width + c] = a[c] + u * (b[c] - a[c]);
    }
    begin = end;
  }
  return FRAY_OK;
}

/* Nothing is drawn. Nothing is said to grow: a tone that is folded down lies farther off at one
 * rate and nearer at a slower one. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .grows = FRAY_GROWS_NOT, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "slow sampling of the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "slow sampling",
                                               .strength = {"share", "share of the rate", 1, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_sample_rate = {
    .name = "sample_rate",
    .meaning = "Series sampled at a share of their rate, held or joined by lines.",
    .source = "x[floor(k / share)], no filter",
    .table = &table,
    .impl = &ops};
