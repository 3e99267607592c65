/* Equalised odds: the largest difference between groups in how often a true class gets an
 * answer. */
#include "fray/metric/fairness.h"

#include <math.h>

static int64_t row_sum(const int64_t *row, size_t classes) {
  int64_t sum = 0;
  for (size_t i = 0; i < classes; i++)
    sum += row[i];
  return sum;
}

/* One cell of the definition: how far P(answer | truth) ranges over the groups. */
static double range_of(const int64_t *confusion, size_t groups, size_t classes, size_t truth,
                       size_t answer, size_t min_count, size_t *n_groups) {
  double low = INFINITY, high = -INFINITY;
  *n_groups = 0;
  for (size_t g = 0; g < groups; g++) {
    const int64_t *row = confusion + (g * classes + truth) * classes;
    int64_t n = row_sum(row, classes);
    /* A probability of few samples is mostly luck, and the largest of many such ranges is all
     * luck. */
    if (n <= 0 || (uint64_t)n < min_count)
      continue;
    double p = (double)row[answer] / (double)n;
    low = fmin(low, p);
    high = fmax(high, p);
    ++*n_groups;
  }
  return high - low;
}

double fray_equalised_odds(const int64_t *confusion, size_t groups, size_t classes,
                           size_t min_count, const char **status) {
  /* fmax takes the other one of a NaN, so the first range replaces it. */
  double worst = NAN;
  bool all = true;
  for (size_t truth = 0; truth < classes; truth++)
    for (size_t answer = 0; answer < classes; answer++) {
      size_t n;
      double range = range_of(confusion, groups, classes, truth, answer, min_count, &n);
      all = all && n == groups;
      if (n >= 2)
        worst = fmax(worst, range);
    }
  if (isnan(worst))
    *status = "fewer than two groups";
  else
    *status = all ? "ok" : "small cells left out";
  return worst;
}
