/* The median of each coordinate: half of the clients may send anything. */
#include "fray/fed/rule.h"

/* Of an even number the mean of the two in the middle, as numpy and ByzFL have it; torch.median
 * would give the lower one, which pulls every coordinate down. */
static void coordinates(const void *params, const struct fray_lanes *lanes, float *out, float *low,
                        float *high) {
  const float *upper = lanes->value[lanes->n / 2], *lower = lanes->value[(lanes->n - 1) / 2];
  (void)params;
  for (size_t i = 0; i < FRAY_LANES; i++) {
    /* Halves first: their sum could overflow. */
    out[i] = (float)(0.5 * (double)lower[i] + 0.5 * (double)upper[i]);
    low[i] = lower[i];
    high[i] = upper[i];
  }
}

/* It needs no f: whoever is outvoted is outvoted, however many there are.
 * Liars that the median outvotes: fewer than half, in each coordinate. */
static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return (n - 1) / 2;
}

static const struct fray_rule_ops ops = {.form = FRAY_RULE_COORDINATE,
                                         .tolerates = tolerates,
                                         .in_order = true,
                                         .coordinates = coordinates};

extern const struct fray_choice fray_rule_median;
const struct fray_choice fray_rule_median = {
    .name = "median",
    .meaning = "the median of each coordinate, every client alike; of an even number the mean of "
               "the two in the middle",
    .source = "Yin et al. 2018, arXiv 1803.01498, Alg. 1, option I",
    .impl = &ops,
};
