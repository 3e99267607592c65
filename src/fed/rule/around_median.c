/* The mean of the values nearest the median, of values in order: they lie side by side, so two ends
 * that move inwards find them. */
#include "around_median.h"

#include "fray/tensor/vec.h"

/* From both ends, whichever is farther from the median goes; of equals the upper one. */
FRAY_DISPATCH
void rule_mean_around_median(const struct fray_lanes *lanes, size_t keep, float *out, float *low,
                             float *high) {
  const size_t n = lanes->n;
  const float *upper = lanes->value[n / 2], *lower = lanes->value[(n - 1) / 2];
  for (size_t i = 0; i < FRAY_LANES; i++) {
    const double median = 0.5 * (double)lower[i] + 0.5 * (double)upper[i];
    size_t first = 0, last = n - 1;
    double sum = 0;
    while (last - first + 1 > keep)
      if (median - (double)lanes->value[first][i] > (double)lanes->value[last][i] - median)
        first++;
      else
        last--;
    for (size_t k = first; k <= last; k++)
      sum += (double)lanes->value[k][i];
    out[i] = (float)(sum / (double)keep);
    low[i] = lanes->value[first][i];
    high[i] = lanes->value[last][i];
  }
}
