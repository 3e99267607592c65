/* The Poisson quantile: by a series in the normal quantile, and by sums of the law where the series
 * cannot tell two counts apart. So every count is exact, and few are dear. */
#include "poisson.h"

#include "corrupt/scope/near_log.h"
#include "fray/tensor/vec.h"

#include <math.h>

enum { SMALL = 10 }; /* means below are searched from 0 */

/* The normal quantile for |u - 1/2| <= 0.49999, to 1e-7 (Wichura 1988, algorithm AS 241, PPND7). */
static double normal_quantile(double u) {
  const double q = u - 0.5;
  if (fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
           (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0);
  }
  const double r = sqrt(-log(q < 0 ? u : 1 - u)) - 1.6;
  const double z = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) /
                   ((0.12021132975 * r + 0.73700164250) * r + 1.0);
  return q < 0 ? -z : z;
}

/* By logarithms, since factorials overflow; good to 1e-12 at the means of pictures. */
static double probability(double k, double lambda) {
  int sign;
  return exp(k * log(lambda) - lambda - lgamma_r(k + 1, &sign));
}

/* P(X <= k), from the largest term down, which loses nothing to rounding. */
static double at_most(double k, double lambda) {
  double term = probability(k, lambda), sum = 0;
  const double inverse = 1 / lambda;
  for (double j = k; j >= 0 && term > sum * 1e-17; j--) {
    sum += term;
    term *= j * inverse;
  }
  return sum;
}

/* From any guess to the count itself: the sum at the guess, then term by term. */
static double search(double u, double lambda, double k) {
  double sum = at_most(k, lambda), term = probability(k, lambda);
  while (k > 0 && sum - term >= u) {
    sum -= term;
    term *= k / lambda;
    k--;
  }
  while (sum < u) {
    k++;
    term *= lambda / k;
    if (sum + term == sum) /* u is as good as 1 */
      return k;
    sum += term;
  }
  return k;
}

/* Small means term by term, large ones by the series, what the series leaves open by sums. */
double fray_poisson_quantile(double u, double lambda) {
  if (lambda < SMALL) {
    double term = exp(-lambda), sum = term, k = 0;
    while (sum < u && sum + term > sum) {
      k++;
      term *= lambda / k;
      sum += term;
    }
    return k;
  }
  const double root = sqrt(lambda);
  if (u < 0.0013 || u > 0.9987) /* beyond three deviations the series is not good enough */
    return search(u, lambda, floor(lambda + (u < 0.5 ? -3 : 3) * root));
  /* Giles 2016 (ACM TOMS 42, algorithm 955), eq. 12: the expansion in 1 / root; its error was
   * measured to be below 0.63 root^-3 for |w| <= 3 and means of 8 to 2000, and the quantile of the
   * normal law adds 1e-7 root. */
  const double w = normal_quantile(u), ww = w * w;
  const double y = lambda + root * w + (1.0 / 3 + ww / 6) - (w / 36 + w * ww / 72) / root +
                   (-8.0 / 405 + 7 * ww / 810 + ww * ww / 270) / lambda;
  const double slack = 0.8 / (lambda * root) + 1e-6 * root;
  const double k = floor(y), part = y - k;
  return part > slack && part < 1 - slack ? k : search(u, lambda, k);
}

/* The series alone, without a branch: -1 where it does not decide. A count that it gives lies far
 * enough from both ends of its step for the last bits of logarithm and root not to matter. */
static FRAY_DISPATCH void by_series(const double *restrict u, const double *restrict lambda,
                                    size_t n, double *restrict count) {
  for (size_t i = 0; i < n; i++) {
    const double q = u[i] - 0.5, tail = q < 0 ? u[i] : 1 - u[i];
    const double r = 0.180625 - q * q;
    const double middle =
        q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
        (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0);
    /* Tails beyond the last term are given up below; the logarithm wants a positive number. */
    const double t = sqrt(-fray_near_log(tail < 1e-12 ? 1e-12 : tail)) - 1.6;
    const double far =
        (((0.17023821103 * t + 1.3067284816) * t + 2.7568153900) * t + 1.4234372777) /
        ((0.12021132975 * t + 0.73700164250) * t + 1.0);
    const double w = fabs(q) <= 0.425 ? middle : q < 0 ? -far : far, ww = w * w;
    const double mean = lambda[i] < SMALL ? SMALL : lambda[i], root = sqrt(mean);
    const double y = mean + root * w + (1.0 / 3 + ww / 6) - (w / 36 + w * ww / 72) / root +
                     (-8.0 / 405 + 7 * ww / 810 + ww * ww / 270) / mean;
    const double slack = 0.8 / (mean * root) + 1e-6 * root, k = floor(y), part = y - k;
    count[i] = ((lambda[i] >= SMALL) & (u[i] >= 0.0013) & (u[i] <= 0.9987) & (part > slack) &
                (part < 1 - slack))
                   ? k
                   : -1;
  }
}

/* Pictures are mostly brighter than the mean below which counts are searched, so few are left over:
 * dark places, and numbers near the edge of a step. */
void fray_poisson_quantiles(const double *u, const double *lambda, size_t n, double *count) {
  by_series(u, lambda, n, count);
  for (size_t i = 0; i < n; i++)
    if (count[i] < 0)
      count[i] = fray_poisson_quantile(u[i], lambda[i]);
}
