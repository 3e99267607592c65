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

/* -log B(a, b) */
static double log_scale(double a, double b) {
  return log_gamma(a + b) - log_gamma(a) - log_gamma(b);
}

/* I_x(a, b) with y = 1 - x given apart, so that neither end loses digits. */
static double incomplete_beta(double a, double b, double scale, double x, double y) {
  if (x <= 0.0 || y <= 0.0)
    return x <= 0.0 ? 0.0 : 1.0;
  double front = exp(scale + a * log(x) + b * log(y));
  /* The fraction converges fast on this side only; the other one is its complement. */
  if (x < (a + 1.0) / (a + b + 2.0))
    return front * beta_fraction(a, b, x) / a;
  return 1.0 - front * beta_fraction(b, a, y) / b;
}

/* Student's law, with what is the same of all its values. */
struct law {
  double df, scale;
};

static struct law law_of(double df) {
  return (struct law){df, isinf(df) ? 0 : log_scale(0.5 * df, 0.5)};
}

/* P(T > t), t >= 0; the normal law for infinite df. */
static double upper_tail(double t, const struct law *law) {
  const double df = law->df, square = t * t;
  if (isinf(df))
    return 0.5 * erfc(t / sqrt(2.0));
  /* P(|T| > t) = I_x(df / 2, 1 / 2) at x = df / (df + t^2), A&S 26.7.1; half of it lies above. The
   * complement of x is formed from t^2, not by subtraction from 1. */
  return 0.5 *
         incomplete_beta(0.5 * df, 0.5, law->scale, df / (df + square), square / (df + square));
}

/* Where the tail is known without looking: above `tail` up to low, not above it from high on. */
struct known {
  double low, high;
};

/* Newton's steps on the logarithm of the tail, which end next to the quantile; nothing is known
 * where they do not, since both sides are looked at before they are believed. A step squares what
 * is missing, so that behind one of 1e-7 nothing is; the margin is wider than the tail is rough,
 * which it is in proportion to the degrees. */
static struct known close_in(double tail, const struct law *law) {
  const double df = law->df, margin = 4e-14 + 4e-15 * df;
  double t = 2.0;
  for (int i = 0; i < 12; i++) {
    const double above = upper_tail(t, law);
    const double density = exp(law->scale - 0.5 * (df + 1.0) * log1p(t * t / df)) / sqrt(df);
    const double step = log(above / tail) * above / density;
    t = fmax(t + step, 0.5 * t);
    if (fabs(step) < 1e-7 * t)
      break;
  }
  const struct known found = {t * (1.0 - margin), t * (1.0 + margin)};
  if (t < 1e100 && upper_tail(found.low, law) > tail && upper_tail(found.high, law) < tail)
    return found;
  return (struct known){0.0, INFINITY};
}

static bool is_above(double t, double tail, const struct law *law, const struct known *known) {
  if (t <= known->low || t >= known->high)
    return t <= known->low;
  return upper_tail(t, law) > tail;
}

/* Beyond 1e150 t^2 would overflow; such quantiles belong to degrees of freedom near 0. The halving
 * alone says where it ends, to the last bit; what is known spares most of its looks. Of many
 * degrees the logarithms are large, and the tail rougher than what is known. */
static double quantile(double tail, double df) {
  const struct law law = law_of(df);
  const struct known known = df > 1e3 ? (struct known){0.0, INFINITY} : close_in(tail, &law);
  double low = 0.0, high = 1.0;
  /* Doubling, then halving: the tail falls steadily, so this cannot miss. */
  while (is_above(high, tail, &law, &known) && high < 1e150)
    low = high, high *= 2.0;
  for (int i = 0; i < 200 && high - low > 1e-15 * high; i++) {
    double middle = 0.5 * (low + high);
    if (is_above(middle, tail, &law, &known))
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
  const struct law law = law_of(df);
  return t >= 0.0 && df > 0.0 ? upper_tail(t, &law) : NAN;
}
