/* Sums of clients' moments as integers: what is fitted to training data is the same to the bit
 * however clients are dealt to ranks, and the server needs no more than sums.
 *
 * Each place has a unit of its own, since how many, sums and products differ by orders. With the
 * largest value of all clients below 2^e and `head` bits for the number of clients, the unit is
 * 2^(e
 * + head - 62): each value is off by at most half of it, 2^-55 of the largest for a hundred. */
#include "fray/metric/gate.h"

#include <math.h>
#include <string.h>

/* The triangle of products is one for all classes: the covariance is common to them, and the means
 * of the classes can be taken off it afterwards. */
size_t fray_moments_size(size_t classes, size_t width) {
  return classes * (1 + width) + width * (width + 1) / 2;
}

/* Samples that a model broke on are left out: one of them would make the whole fit void. */
bool fray_moments_add(size_t classes, size_t width, const double *x, int32_t label,
                      double *moments) {
  double *sum = moments + classes, *product = sum + classes * width;
  if (label < 0 || (size_t)label >= classes)
    return false;
  for (size_t i = 0; i < width; i++)
    if (!isfinite(x[i]))
      return false;
  moments[label]++;
  sum += (size_t)label * width;
  for (size_t i = 0; i < width; i++) {
    sum[i] += x[i];
    for (size_t j = 0; j <= i; j++)
      *product++ += x[i] * x[j];
  }
  return true;
}

/* Of values that are not finite nothing is made: fray_moments_add lets none in, and a sum that
 * overflows leaves a fit that is refused later. */
void fray_moments_scale(size_t n, const double *moments, int32_t *exponent) {
  for (size_t i = 0; i < n; i++) {
    int e = 0;
    if (moments[i] == 0 || !isfinite(moments[i]))
      continue;
    (void)frexp(moments[i], &e);
    exponent[i] = exponent[i] > e ? exponent[i] : (int32_t)e;
  }
}

/* log2 of the unit of a place. */
static int unit_of(size_t cohort, int32_t exponent) {
  int head = 0;
  while (((size_t)1 << head) < cohort)
    head++;
  return exponent + head - 62;
}

/* A place where nobody has anything has no exponent, and its sum stays 0. */
void fray_moments_quantise(size_t n, const double *moments, size_t cohort, const int32_t *exponent,
                           int64_t *sum) {
  for (size_t i = 0; i < n; i++)
    if (exponent[i] != FRAY_MOMENTS_NONE)
      sum[i] += llrint(ldexp(moments[i], -unit_of(cohort, exponent[i])));
}

/* Rounded once, to the nearest double of the sum of integers. */
void fray_moments_finish(size_t n, const int64_t *sum, size_t cohort, const int32_t *exponent,
                         double *moments) {
  for (size_t i = 0; i < n; i++)
    moments[i] =
        exponent[i] == FRAY_MOMENTS_NONE ? 0 : ldexp((double)sum[i], unit_of(cohort, exponent[i]));
}
