/* Sums and maxima of a row in lanes that a vector unit takes at once. Their number is fixed, so
 * that a row has one order of addition whatever the width of the machine's registers. */
#ifndef FRAY_TENSOR_LANES_H
#define FRAY_TENSOR_LANES_H

#include <stddef.h>

enum { FRAY_LANES = 16 };
#define FRAY_LANES_INLINE                                                                          \
  static inline __attribute__((always_inline)) /* into each clone of a function */

FRAY_LANES_INLINE float fray_lanes_total(const float lane[FRAY_LANES]) {
  float sum = 0;
  for (size_t l = 0; l < FRAY_LANES; l++)
    sum += lane[l];
  return sum;
}

FRAY_LANES_INLINE float fray_lanes_sum(size_t n, const float *x) {
  float lane[FRAY_LANES] = {0};
  size_t j = 0;
  for (; j + FRAY_LANES <= n; j += FRAY_LANES)
    for (size_t l = 0; l < FRAY_LANES; l++)
      lane[l] += x[j + l];
  for (size_t l = 0; j < n; j++, l++)
    lane[l] += x[j];
  return fray_lanes_total(lane);
}

FRAY_LANES_INLINE float fray_lanes_dot(size_t n, const float *a, const float *b) {
  float lane[FRAY_LANES] = {0};
  size_t j = 0;
  for (; j + FRAY_LANES <= n; j += FRAY_LANES)
    for (size_t l = 0; l < FRAY_LANES; l++)
      lane[l] += a[j + l] * b[j + l];
  for (size_t l = 0; j < n; j++, l++)
    lane[l] += a[j] * b[j];
  return fray_lanes_total(lane);
}

/* The sum of a b c. */
FRAY_LANES_INLINE float fray_lanes_dot3(size_t n, const float *a, const float *b, const float *c) {
  float lane[FRAY_LANES] = {0};
  size_t j = 0;
  for (; j + FRAY_LANES <= n; j += FRAY_LANES)
    for (size_t l = 0; l < FRAY_LANES; l++)
      lane[l] += a[j + l] * b[j + l] * c[j + l];
  for (size_t l = 0; j < n; j++, l++)
    lane[l] += a[j] * b[j] * c[j];
  return fray_lanes_total(lane);
}

/* n >= 1. */
FRAY_LANES_INLINE float fray_lanes_max(size_t n, const float *x) {
  float lane[FRAY_LANES], top = x[0];
  size_t j = 0;
  for (size_t l = 0; l < FRAY_LANES; l++)
    lane[l] = x[0];
  for (; j + FRAY_LANES <= n; j += FRAY_LANES)
    for (size_t l = 0; l < FRAY_LANES; l++)
      lane[l] = x[j + l] > lane[l] ? x[j + l] : lane[l];
  for (; j < n; j++)
    top = x[j] > top ? x[j] : top;
  for (size_t l = 0; l < FRAY_LANES; l++)
    top = lane[l] > top ? lane[l] : top;
  return top;
}

#endif
