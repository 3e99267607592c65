/* Quantiles and tails of Student's t and of the normal law, from the incomplete beta function. */
#include "fray/metric/metric.h"

#include <float.h>

/* Continued fraction of the incomplete beta function (A&S 26.5.8) by Lentz's method. */
static double beta_fraction(double a, double b, double x) {
  const double tiny = 1e-300;
  double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
  d = 1.0 / (fabs(d) < tiny ? tiny : d);
  double value = d;
  /* An even and an odd term a step. */
  for (int m = 1; m <= 100000; m++) {
    double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double step = 1.0;
    for (int half = 0; half < 2; half++) {
      double term = half == 0 ? even : odd;
      d = 1.0 + term * d;
      d = 1.0 / (fabs(d) < tiny ? tiny : d);
      c = 1.0 + term / c;
      c = fabs(c) < tiny ? tiny : c;
      step = c * d;
      value *= step;
    }
    if (fabs(step - 1.0) < 4 * DBL_EPSILON)
      break;
  }
  return value;
}

static double log_gamma(double x) {
  int sign = 0; /* lgamma keeps the sign in a global; this form does not */
  return lgamma_r(x, &sign);
}

/* I_x(a, b) with y = 1 - x given apart, so that neither end loses digits. */
static double incomplete_beta(double a, double b, double x, double y) {
  if (x <= 0.0 || y <= 0.0)
    return x <= 0.0 ? 0.0 : 1.0;
  double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log(y));
  /* The fraction converges fast on this side only; the other one is its complement. */
  if (x < (a + 1.0) / (a + b + 2.0))
    return front * beta_fraction(a, b, x) / a;
  return 1.0 - front * beta_fraction(b, a, y) / b;
}

/* P(T > t), t >= 0; the normal law for infinite df. */
static double upper_tail(double t, double df) {
  if (isinf(df))
    return 0.5 * erfc(t / sqrt(2.0));
  /* P(|T| > t) = I_x(df / 2, 1 / 2) at x = df / (df + t^2), A&S 26.7.1; half of it lies above. The
   * complement of x is formed from t^2, not by subtraction from 1. */
  double square = t * t;
  return 0.5 * incomplete_beta(0.5 * df, 0.5, df / (df + square), square / (df + square));
}

/* Beyond 1e150 t^2 would overflow; such quantiles belong to degrees of freedom near 0. */
static double quantile(double tail, double df) {
  double low = 0.0, high = 1.0;
  /* Doubling, then halving: the tail falls steadily, so this cannot miss. */
  while (upper_tail(high, df) > tail && high < 1e150)
    low = high, high *= 2.0;
  for (int i = 0; i < 200 && high - low > 1e-15 * high; i++) {
    double middle = 0.5 * (low + high);
    if (upper_tail(middle, df) > tail)
      low = middle;
    else
      high = middle;
  }
  return 0.5 * (low + high);
}

double fray_student_t(double p, double df) {
  if (!(p > 0.5 && p < 1.0 && df > 0.0))
    return NAN;
  if (df < 1e6)
    return quantile(1.0 - p, df);
  /* Differences of log-gamma lose digits here, while the expansion's next term is below 1e-11. */
  double z = quantile(1.0 - p, INFINITY);
  return isinf(df) ? z : z + (z * z * z + z) / (4.0 * df);
}

double fray_student_tail(double t, double df) {
  return t >= 0.0 && df > 0.0 ? upper_tail(t, df) : NAN;
}
