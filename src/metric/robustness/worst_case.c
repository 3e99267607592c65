/* The worst case per instance: what is left when whoever asks may choose the condition for each
 * instance by itself, beside what is left when one condition is chosen for all. */
#include "fray/metric/robustness.h"

#include <math.h>

/* HELM's compute_worst_case_metrics takes the least of every metric, of losses too, and says in a
 * remark that it ought not to; here the worst of a loss is the largest. */
static double worse_of(double a, double b, bool higher_is_better) {
  return higher_is_better == (b < a) ? b : a;
}

/* One pass by condition and one by instance: rows are conditions, so the second strides. */
struct fray_worst_case fray_worst_case_of(const double *value, size_t conditions, size_t n,
                                          bool higher_is_better, double *worst) {
  struct fray_worst_case out = {NAN, NAN, NAN};
  if (conditions == 0 || n == 0)
    return out;
  out = (struct fray_worst_case){0, higher_is_better ? INFINITY : -INFINITY, 0};
  for (size_t c = 0; c < conditions; c++) {
    double sum =
        0; /* divided afterwards: counts of right answers stay exact, and so does the law */
    for (size_t i = 0; i < n; i++)
      sum += value[c * n + i];
    out.mean_of_means += sum / (double)n;
    out.worst_of_means = worse_of(out.worst_of_means, sum / (double)n, higher_is_better);
  }
  out.mean_of_means /= (double)conditions;
  for (size_t i = 0; i < n; i++) {
    double least = value[i];
    for (size_t c = 1; c < conditions; c++)
      least = worse_of(least, value[c * n + i], higher_is_better);
    out.mean_of_worst += least;
    if (worst)
      worst[i] = least;
  }
  out.mean_of_worst /= (double)n;
  return out;
}
