/* Renyi accounting of the Poisson-sampled Gaussian, and the epsilon that follows from it. */
#include "fray/fed/privacy.h"

#include "fray/base/size.h"

#include <math.h>

/* log(exp(a) + exp(b)). */
static double log_add(double a, double b) {
  const double high = fmax(a, b), low = fmin(a, b);
  return low == -INFINITY ? high : high + log1p(exp(low - high));
}

/* log(exp(x) - 1), x > 0, without an overflow. */
static double log_expm1(double x) {
  return x > 40 ? x : log(expm1(x));
}

/* From log(A - 1) of a moment A, which may be 1 + 1e-6 as well as 10^1000. */
static double order_of(double log_excess, double alpha) {
  const double log_moment = log_excess > 30 ? log_excess : log1p(exp(log_excess));
  return log_moment / (alpha - 1);
}

/* A = sum over k of Binomial(alpha, q)(k) exp((k^2 - k) / (2 z^2)). The weights add up to 1, so A -
 * 1 is the same sum of expm1, none of whose terms is below 0: small moments lose no digits. */
static double by_binomial(double q, double z, unsigned alpha) {
  double log_excess = -INFINITY, log_choose = 0;
  for (unsigned k = 1; k <= alpha; k++) {
    log_choose += log((double)(alpha - k + 1) / k);
    if (k < 2) /* the exponent is 0 */
      continue;
    log_excess = log_add(log_excess, log_choose + k * log(q) + (alpha - k) * log1p(-q) +
                                         log_expm1((double)k * (k - 1) / (2 * z * z)));
  }
  return order_of(log_excess, alpha);
}

/* N0 (r^alpha - 1 - alpha (r - 1)) at x, whose integral is A - 1, since r has the mean 1 under N0;
 * r: density with the client over that without. Never below 0, as powers are convex. */
static double log_integrand(double q, double z, double alpha, double x) {
  const double log_n0 = -x * x / (2 * z * z) - log(z * sqrt(2 * acos(-1.0)));
  const double t = (2 * x - 1) / (2 * z * z);
  /* log r without overflow, and r - 1 where r is near 1. */
  const double log_r = t > 40 ? t + log(q) + log1p((1 - q) / q * exp(-t)) : log1p(q * expm1(t));
  const double excess = t > 40 ? 0 : q * expm1(t), power = alpha * log_r;
  if (power > 30) /* what is taken off is below the rounding */
    return log_n0 + power;
  /* Cancellation: the second-order term alone is left of what is close to 1. */
  double value = expm1(power) - alpha * excess;
  if (fabs(excess) < 1e-5)
    value = alpha * (alpha - 1) / 2 * excess * excess * (1 + (alpha - 2) / 3 * excess);
  return value > 0 ? log_n0 + log(value) : -INFINITY;
}

/* The trapezoid of a function that is analytic in a strip and falls off like a Gaussian converges
 * like exp(-2 pi d / h): d = pi z^2 is where r has its zeros, z is the width of the Gaussians. Both
 * exponents are above 39 here. */
double fray_privacy_rdp_quadrature(double q, double z, double alpha) {
  const double step = fmin(z / 4, z * z / 2), low = -14 * z - 1, high = alpha + 14 * z + 1;
  double log_sum = -INFINITY;
  for (size_t i = 0; low + (double)i * step <= high; i++)
    log_sum = log_add(log_sum, log_integrand(q, z, alpha, low + (double)i * step));
  return order_of(log_sum + log(step), alpha);
}

/* Of q = 1 nothing is left to draw: the divergence of two Gaussians. */
double fray_privacy_rdp(double q, double z, double alpha) {
  if (q >= 1)
    return alpha / (2 * z * z);
  if (alpha == floor(alpha) && alpha <= 4096)
    return by_binomial(q, z, (unsigned)alpha);
  return fray_privacy_rdp_quadrature(q, z, alpha);
}

/* Order number k of the list that the libraries share; 0 behind the last. */
static double order_number(unsigned k) {
  if (k < 99) /* 1.1 to 10.9, as the quotient that their lists are written by */
    return (double)(k + 11) / 10;
  if (k < 99 + 53)
    return (double)(k - 99 + 11);
  return k < 99 + 53 + 4 ? ldexp(128, (int)(k - 99 - 53)) : 0;
}

/* The least over orders is no order of its own: each holds, so the best one does. Spent budgets of
 * rounds add up at each order, and are converted once. */
double fray_privacy_by_rdp(const struct fray_mechanism *m, bool classic) {
  double least = INFINITY, alpha;
  if (m->z <= 0)
    return INFINITY;
  for (unsigned k = 0; (alpha = order_number(k)) > 0; k++) {
    const double spent = m->rounds * fray_privacy_rdp(m->q, m->z, alpha);
    const double more = classic ? -log(m->delta) / (alpha - 1)
                                : log1p(-1 / alpha) - log(m->delta * alpha) / (alpha - 1);
    least = fmin(least, spent + more);
  }
  return fmax(least, 0);
}
