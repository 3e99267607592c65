/* Cubic splines without a knot at the second value from either end. */
#include "spline.h"

#include "fray/base/size.h"

/* For distance 1 the second derivatives m obey m[i-1] + 4 m[i] + m[i+1] = 6 (second difference).
 * Not-a-knot: m[0] = 2 m[1] - m[2], so the first of these rows becomes 6 m[1] = 6 (difference), and
 * so the last: the ends are known at once, and between them lies a common band. */
static void find_bends(const double *y, size_t n, double *m) {
  double ratio[FRAY_MOST_KNOTS + 2];
  const size_t last = n - 2;
  for (size_t i = 1; i <= last; i++)
    m[i] = 6 * (y[i - 1] - 2 * y[i] + y[i + 1]);
  m[1] /= 6;
  if (last > 1)
    m[last] /= 6;
  ratio[1] = 0;
  for (size_t i = 2; i < last; i++) {
    const double pivot = 4 - ratio[i - 1];
    ratio[i] = 1 / pivot;
    m[i] = (m[i] - m[i - 1]) / pivot;
  }
  for (size_t i = last; i-- > 2;)
    m[i] -= ratio[i] * m[i + 1];
  m[0] = last > 1 ? 2 * m[1] - m[2] : m[1];
  m[n - 1] = last > 1 ? 2 * m[last] - m[last - 1] : m[1];
}

void fray_spline_make(struct fray_spline *spline, const double *value, size_t stride, size_t n) {
  spline->n = n;
  for (size_t i = 0; i < n; i++)
    spline->value[i] = value[i * stride];
  if (n > 2)
    find_bends(spline->value, n, spline->bend);
  else
    spline->bend[0] = spline->bend[1] = 0;
}

/* u from 0 at value k to 1 at the next one. */
static double piece(const struct fray_spline *s, size_t k, double u) {
  const double v = 1 - u;
  return s->value[k] * v + s->value[k + 1] * u +
         (s->bend[k] * (v * v * v - v) + s->bend[k + 1] * (u * u * u - u)) / 6;
}

double fray_spline_at(const struct fray_spline *s, double at) {
  const size_t k = at <= 0 ? 0 : FRAY_MIN((size_t)at, s->n - 2);
  return piece(s, k, at - (double)k);
}

/* Both ends are steps, so the curve ends in its last value. */
void fray_spline_fill(const struct fray_spline *s, size_t steps, double *out) {
  const double per_step = steps > 1 ? (double)(s->n - 1) / (double)(steps - 1) : 0;
  for (size_t t = 0; t < steps; t++)
    out[t] = fray_spline_at(s, (double)t * per_step);
}
