/* How many updates look as if they lied, where nobody says. */
#include "fray/fed/rule.h"
#include "nearest.h"

#include <math.h>
#include <stdlib.h>

/* Finite numbers alone. */
static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The lower one of two in the middle: of an even number nothing between two values is needed. */
static double middle(double *v, size_t n) {
  qsort(v, n, sizeof *v, by_value);
  return v[(n - 1) / 2];
}

/* An update is far if it is far from most: fewer than half that stick together far away are far
 * from the other half, however near one another. */
size_t fray_count_outliers(const struct fray_judged *of, size_t most, double *scratch) {
  double *score = scratch, *sorted = scratch + of->n;
  size_t count = 0;
  if (of->n < 3)
    return 0;
  for (size_t a = 0; a < of->n; a++) {
    size_t others = 0;
    for (size_t b = 0; b < of->n; b++)
      if (b != a)
        sorted[others++] = fray_judged_distance2(of, a, b);
    score[a] = middle(sorted, others);
  }
  for (size_t a = 0; a < of->n; a++)
    sorted[a] = score[a];
  const double usual = middle(sorted, of->n);
  for (size_t a = 0; a < of->n; a++)
    sorted[a] = fabs(score[a] - usual);
  /* Of updates that are all alike the deviation is 0, and rounding alone would be far. */
  const double bound = usual + fmax(3 * 1.4826 * middle(sorted, of->n), 1e-9 * usual);
  for (size_t a = 0; a < of->n; a++)
    count += score[a] > bound;
  return count < most ? count : most;
}
