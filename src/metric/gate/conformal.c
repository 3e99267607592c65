/* Split-conformal thresholds and p-values: the promise about false refusals.
 *
 * If a new sample and the n dev samples are exchangeable, its place among them is uniform, so p <=
 * alpha happens with at most the chance alpha, whatever the score. Several values share alpha
 * (Bonferroni), and so do two tails. */
#include "fray/base/size.h"
#include "fray/metric/gate.h"

#include <math.h>
#include <stdlib.h>

/* ceil, but a product that misses its whole number by rounding is that number: (99 + 1)(1 - .29) is
 * 71.00000000000001. */
size_t fray_conformal_rank(size_t n, double alpha) {
  const double rank = ceil((double)(n + 1) * (1 - alpha) - 1e-9);
  return rank > 0 ? (size_t)rank : 0;
}

/* Infinite where nothing, or everything, is refused: a sample is compared with it like any other.
 */
double fray_conformal_threshold(const double *sorted, size_t n, double alpha) {
  const size_t rank = fray_conformal_rank(n, alpha);
  if (rank == 0)
    return -(double)INFINITY;
  return rank > n ? (double)INFINITY : sorted[rank - 1];
}

/* Infinite values are in order with the others; NaN was left out before. */
static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* NaN says nothing, on dev too: such a value is left out, and n is smaller for the others. */
enum fray_status fray_gate_line_make(size_t samples, size_t values, bool two_sided,
                                     const double *value, struct fray_arena *arena,
                                     struct fray_gate_line *out, struct fray_err *err) {
  struct fray_gate_dev *dev;
  FRAY_ALLOC_ZERO(dev, arena, values + 1, err);
  for (size_t v = 0; v < values; v++) {
    double *sorted;
    FRAY_ALLOC(sorted, arena, samples + 1, err);
    for (size_t i = 0; i < samples; i++)
      if (!isnan(value[i * values + v]))
        sorted[dev[v].n++] = value[i * values + v];
    qsort(sorted, dev[v].n, sizeof *sorted, ascending);
    dev[v].sorted = sorted;
  }
  *out = (struct fray_gate_line){.n = values, .two_sided = two_sided, .dev = dev};
  return FRAY_OK;
}

size_t fray_gate_below(const struct fray_gate_dev *dev, double x, bool or_equal) {
  size_t low = 0, high = dev->n;
  while (low < high) {
    const size_t at = low + (high - low) / 2;
    if (dev->sorted[at] < x || (or_equal && dev->sorted[at] == x))
      low = at + 1;
    else
      high = at;
  }
  return low;
}

/* A whole number over another: equal to an alpha such as .05 whenever it is that fraction, as both
 * are rounded once. */
static double share(size_t shares, size_t as_extreme, size_t n) {
  const double p = (double)(shares * (1 + as_extreme)) / (double)(n + 1);
  return p < 1 ? p : 1;
}

/* Each way to be refused takes its share of alpha: tails, values of the score, scores. */
static size_t ways(const struct fray_gate *gate, const struct fray_gate_line *line) {
  return (line->two_sided ? (size_t)2 : 1) * line->n * gate->n;
}

/* As extreme as the sample: at least as large, or for the other tail at most as large. Those equal
 * to it count on both sides, so ties never make a sample look rarer than it is. */
double fray_gate_p(const struct fray_gate *gate, const double *value) {
  double least = 1;
  for (size_t s = 0; s < gate->n; s++) {
    const struct fray_gate_line *line = &gate->line[s];
    for (size_t v = 0; v < line->n; v++, value++) {
      const struct fray_gate_dev *dev = &line->dev[v];
      if (isnan(*value))
        continue;
      const size_t right = dev->n - fray_gate_below(dev, *value, false);
      const size_t left = line->two_sided ? fray_gate_below(dev, *value, true) : dev->n;
      least = fmin(least, share(ways(gate, line), FRAY_MIN(left, right), dev->n));
    }
  }
  return least;
}

/* That of a sample beyond all of dev, in the value with most dev samples. */
double fray_gate_least(const struct fray_gate *gate, size_t s, double alpha, size_t *needed) {
  const struct fray_gate_line *line = &gate->line[s];
  double least = 1;
  for (size_t v = 0; v < line->n; v++)
    least = fmin(least, share(ways(gate, line), 0, line->dev[v].n));
  if (needed)
    *needed = alpha > 0 ? (size_t)ceil((double)ways(gate, line) / alpha - 1 - 1e-9) : SIZE_MAX;
  return least;
}
