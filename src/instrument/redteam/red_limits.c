/* Limits, without which a red team wins by destroying what it damages: strengths stay in ranges,
 * and what is left of a value is measured. */
#include "fray/base/size.h"
#include "fray/instrument/redteam.h"

#include <math.h>
#include <stdlib.h>

/* Severities of some kinds are names, and of some no damage is at infinity: so by value. */
void fray_red_range(double none, const double level[FRAY_RED_LEVELS], size_t cap, double *low,
                    double *high) {
  *low = *high = isfinite(none) ? none : level[0];
  for (size_t i = 0; i < cap && i < FRAY_RED_LEVELS; i++) {
    if (isnan(level[i])) /* a short table */
      continue;
    *low = FRAY_MIN(*low, level[i]);
    *high = FRAY_MAX(*high, level[i]);
  }
}

/* In double: values are floats, and clips are long. */
static double distortion(const float *x, const float *y, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += ((double)y[i] - (double)x[i]) * ((double)y[i] - (double)x[i]);
  return sum;
}

/* Nothing against nothing is no distortion. */
static double decibels(double signal, double sum) {
  return sum == 0 ? INFINITY : 10 * log10(signal / sum);
}

/* Of sound and series, whose level is what people hear damage against. */
double fray_red_snr(const float *x, const float *y, size_t n) {
  double signal = 0;
  for (size_t i = 0; i < n; i++)
    signal += (double)x[i] * (double)x[i];
  return decibels(signal, distortion(x, y, n));
}

/* Pictures go from 0 to 1: a dark one is not to be damaged more easily than a bright one. */
double fray_red_psnr(const float *x, const float *y, size_t n) {
  return decibels((double)n, distortion(x, y, n));
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Whole numbers, as .05 (n - 1) in binary lies a little beside. */
double fray_red_floor(double *v, size_t n) {
  qsort(v, n, sizeof *v, by_value);
  return v[(n - 1) / 20];
}
