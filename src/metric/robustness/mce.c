/* Corruption error against a reference, averaged over corruptions (Hendrycks and Dietterich
 * 2019); relative: of what each loses from its clean error. */
#include "fray/metric/robustness.h"

#include <math.h>

/* Sums of one corruption; false if a severity is there for one of the two only, or none is. */
static bool sums(const double *error, const double *reference, size_t severities,
                 double clean_error, double clean_reference, double *sum, double *reference_sum) {
  size_t n = 0;
  *sum = *reference_sum = 0;
  for (size_t i = 0; i < severities; i++) {
    /* A severity that only one of them has would compare different damage. */
    if (isnan(error[i]) != isnan(reference[i]))
      return false;
    if (isnan(error[i]))
      continue;
    *sum += error[i] - clean_error;
    *reference_sum += reference[i] - clean_reference;
    n++;
  }
  return n > 0;
}

/* A ratio of sums, not a mean of ratios, as in the paper: severities at which the reference makes
 * few errors do not decide alone. */
static double mean_ratio(const double *error, const double *reference, size_t corruptions,
                         size_t severities, double clean_error, double clean_reference,
                         const char *at_zero, const char **status) {
  double total = 0;
  *status = corruptions == 0 ? "no corruptions" : "ok";
  for (size_t c = 0; c < corruptions; c++) {
    double sum, reference_sum;
    if (!sums(error + c * severities, reference + c * severities, severities, clean_error,
              clean_reference, &sum, &reference_sum)) {
      *status = "a value is missing";
      return NAN;
    }
    /* Not "== 0": a reference that gains, or a NaN, gives no ratio either, and gains and losses
     * that cancel leave a rounding error, by which nothing can be divided. */
    if (!(reference_sum > 1e-12)) {
      *status = at_zero;
      return NAN;
    }
    total += sum / reference_sum;
  }
  return total / (double)corruptions; /* none: 0/0 is the NaN that the status explains */
}

double fray_mce(const double *error, const double *reference, size_t corruptions, size_t severities,
                const char **status) {
  return mean_ratio(error, reference, corruptions, severities, 0, 0, "reference makes no errors",
                    status);
}

double fray_relative_mce(const double *error, const double *reference, size_t corruptions,
                         size_t severities, double clean_error, double clean_reference,
                         const char **status) {
  if (isnan(clean_error) || isnan(clean_reference)) {
    *status = "a value is missing";
    return NAN;
  }
  return mean_ratio(error, reference, corruptions, severities, clean_error, clean_reference,
                    "reference loses nothing", status);
}
