/* Sums and maxima of a row in lanes that a vector unit takes at once. Their number is fixed, so
 * that a row has one order of addition whatever the width of the machine's registers. */
#ifndef FRAY_TENSOR_LANES_H
#define FRAY_TENSOR_LANES_H

#include <stddef.h>

enum { FRAY_LANES = 16 };
#define FRAY_LANES_INLINE                                                                          \
  static inline __attribute__((always_inline)) /* into each clone of a function */

/* The lanes of a row's sum. */
FRAY_LANES_INLINE void fray_lanes_add(size_t n, const float *x, float out[FRAY_LANES]) {
  float lane[FRAY_LANES] = {0};
  size_t j = 0;
  for (; j + FRAY_LANES <= n; j += FRAY_LANES)
    for (size_t l = 0; l < FRAY_LANES; l++)
      lane[l] += x[j + l];
  for (size_t l = 0; j < n; j++, l++)
    lane[l] += x[j];
  for (size_t l = 0; l < FRAY_LANES; l++)
    out[l] = lane[l];
}

/* Of the sum of a b. */
FRAY_LANES_INLINE void fray_lanes_add_dot(size_t n, const float *a, const float *b,
                                          float out[FRAY_LANES]) {
  float lane[FRAY_LANES] = {0};
  size_t j = 0;
  for (; j + FRAY_LANES <= n; j += FRAY_LANES)
    for (size_t l = 0; l < FRAY_LANES; l++)
      lane[l] += a[j + l] * b[j + l];
  for (size_t l = 0; j < n; j++, l++)
    lane[l] += a[j] * b[j];
  for (size_t l = 0; l < FRAY_LANES; l++)
    out[l] = lane[l];
}

/* Of the sum of a b c. */
FRAY_LANES_INLINE void fray_lanes_add_dot3(size_t n, const float *a, const float *b, const float *c,
                                           float out[FRAY_LANES]) {
  float lane[FRAY_LANES] = {0};
  size_t j = 0;
  for (; j + FRAY_LANES <= n; j += FRAY_LANES)
    for (size_t l = 0; l < FRAY_LANES; l++)
      lane[l] += a[j + l] * b[j + l] * c[j + l];
  for (size_t l = 0; j < n; j++, l++)
    lane[l] += a[j] * b[j] * c[j];
  for (size_t l = 0; l < FRAY_LANES; l++)
    out[l] = lane[l];
}

/* Totals of up to sixteen rows of lanes, each in the order of its lanes. One row's additions wait
 * for each other; side by side sixteen of them are as fast as one. */
FRAY_LANES_INLINE void fray_lanes_totals(size_t rows, float lane[FRAY_LANES][FRAY_LANES],
                                         float total[FRAY_LANES]) {
  typedef float four __attribute__((vector_size(16)));
  for (size_t r = rows; r < (rows + 3) / 4 * 4; r++)
    for (size_t l = 0; l < FRAY_LANES; l++)
      lane[r][l] = 0;
  for (size_t r = 0; r < rows; r += 4) {
    four sum = {0};
    for (size_t l = 0; l < FRAY_LANES; l += 4) {
      four row[4];
      for (size_t i = 0; i < 4; i++)
        __builtin_memcpy(&row[i], lane[r + i] + l, sizeof row[i]);
      const four low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
      const four low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
      const four high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
      const four high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
      sum += __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
      sum += __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
      sum += __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
      sum += __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
    }
    __builtin_memcpy(total + r, &sum, sizeof sum);
  }
}

#endif
