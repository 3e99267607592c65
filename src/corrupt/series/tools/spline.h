/* Smooth random curves: cubic splines through values at equal distances. */
#ifndef FRAY_CORRUPT_SERIES_SPLINE_H
#define FRAY_CORRUPT_SERIES_SPLINE_H

#include "fray/base/arena.h"

#include <stddef.h>

/** The most knots that kinds take. */
enum { FRAY_MOST_KNOTS = 64 };

/** The cubic spline through n values at distance 1, 2 <= n <= FRAY_MOST_KNOTS + 2, whose third
 * derivative does not jump at the second and the last but one ("not-a-knot", as scipy's
 * CubicSpline); of 2 values the line, of 3 the parabola. */
struct fray_spline {
  size_t n;
  double value[FRAY_MOST_KNOTS + 2], bend[FRAY_MOST_KNOTS + 2]; /* bend: second derivative */
};
/** Through value[0], value[stride], .. */
void fray_spline_make(struct fray_spline *spline, const double *value, size_t stride, size_t n);
/** At 0 <= at <= n - 1; beyond, what the end pieces give. */
double fray_spline_at(const struct fray_spline *spline, double at);
/** At `steps` equal distances from the first value to the last; of 1 step at the first. */
void fray_spline_fill(const struct fray_spline *spline, size_t steps, double *out);

#endif
