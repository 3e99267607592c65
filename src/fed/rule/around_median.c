/* The mean of the values nearest the median, of values in order: they lie side by side, so two ends
 * that move inwards find them. */
#include "around_median.h"

#include "fray/tensor/vec.h"

#include <stdint.h>

/* From both ends, whichever is farther from the median goes; of equals the upper one. All lanes
 * take as many steps, each on ends of its own. */
static inline __attribute__((always_inline)) void
narrow(const struct fray_lanes *lanes, size_t keep, int32_t *first, int32_t *last) {
  const size_t n = lanes->n;
  const float *all = lanes->value[0], *upper = lanes->value[n / 2],
              *lower = lanes->value[(n - 1) / 2];
  double median[FRAY_LANES];
  for (size_t i = 0; i < FRAY_LANES; i++) {
    median[i] = 0.5 * (double)lower[i] + 0.5 * (double)upper[i];
    first[i] = (int32_t)i;
    last[i] = (int32_t)((n - 1) * FRAY_LANES + i);
  }
  for (size_t left = n; left > keep; left--)
    for (size_t i = 0; i < FRAY_LANES; i++) {
      const bool is_below = median[i] - (double)all[first[i]] > (double)all[last[i]] - median[i];
      first[i] += is_below ? FRAY_LANES : 0;
      last[i] -= is_below ? 0 : FRAY_LANES;
    }
}

/* What is left of each lane is added in its order; what is not adds 0. */
FRAY_DISPATCH
void rule_mean_around_median(const struct fray_lanes *lanes, size_t keep, float *out, float *low,
                             float *high) {
  const float *all = lanes->value[0];
  int32_t first[FRAY_LANES], last[FRAY_LANES];
  double sum[FRAY_LANES] = {0};
  narrow(lanes, keep, first, last);
  for (size_t k = 0; k < lanes->n; k++)
    for (size_t i = 0; i < FRAY_LANES; i++) {
      const int32_t here = (int32_t)(k * FRAY_LANES + i);
      sum[i] += here >= first[i] && here <= last[i] ? (double)lanes->value[k][i] : 0;
    }
  for (size_t i = 0; i < FRAY_LANES; i++) {
    out[i] = (float)(sum[i] / (double)keep);
    low[i] = all[first[i]];
    high[i] = all[last[i]];
  }
}
