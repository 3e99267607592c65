/* Softmax over rows and its gradient, sixteen rows at a time: while they are in the nearest cache,
 * and so that their sums do not wait for each other. */
#include "fray/tensor/softmax_rows.h"

#include "fray/base/size.h"
#include "fray/tensor/lanes.h"
#include "fray/tensor/vec.h"
#include "vec_body.h"

#include <math.h>

enum { ROWS = FRAY_LANES };

/* Up to the next row, so that all loops are of whole vectors. */
VEC_INLINE void fill_gap(size_t n, size_t ld, float value, float *x) {
  for (size_t j = n; j < ld; j++)
    x[j] = value;
}

/* lane[l] = the larger of it and of what lies `by` further. */
VEC_INLINE void fold(size_t by, float lane[FRAY_LANES]) {
  for (size_t l = 0; l < by; l++)
    lane[l] = lane[l + by] > lane[l] ? lane[l + by] : lane[l];
}

/* The same whatever the order. NaN, if it is not the first, is passed by, and comes out of exp. */
VEC_INLINE float largest(size_t ld, const float *x) {
  float lane[FRAY_LANES];
  for (size_t l = 0; l < FRAY_LANES; l++)
    lane[l] = x[l];
  for (size_t j = FRAY_LANES; j < ld; j += FRAY_LANES)
    for (size_t l = 0; l < FRAY_LANES; l++)
      lane[l] = x[j + l] > lane[l] ? x[j + l] : lane[l];
  fold(8, lane);
  fold(4, lane);
  fold(2, lane);
  fold(1, lane);
  return lane[0];
}

/* Up to ROWS rows. Each step goes over all of them, since a row is too short to keep the units busy
 * while its own exp is on the way. Less the largest, no exp overflows and the sum is at least 1;
 * times the inverse, one division a row. exp(-INFINITY) is 0, which changes neither. */
VEC_INLINE void softmax(size_t rows, size_t n, size_t ld, float *x) {
  float lane[ROWS][FRAY_LANES], total[ROWS];
  for (size_t r = 0; r < rows; r++) {
    float *row = x + r * ld;
    fill_gap(n, ld, -INFINITY, row);
    const float top = largest(ld, row);
    for (size_t j = 0; j < ld; j++)
      row[j] -= top;
  }
  vec_exp_body(rows * ld, x, x);
  for (size_t r = 0; r < rows; r++)
    fray_lanes_add(ld, x + r * ld, lane[r]);
  fray_lanes_totals(rows, lane, total);
  for (size_t r = 0; r < rows; r++) {
    const float by = 1 / total[r];
    for (size_t j = r * ld; j < (r + 1) * ld; j++)
      x[j] *= by;
  }
}

FRAY_DISPATCH void fray_softmax_rows(size_t m, size_t n, float *x) {
  const size_t ld = fray_softmax_ld(n);
  for (size_t i = 0; i < m; i += ROWS)
    softmax(FRAY_MIN(m - i, (size_t)ROWS), n, ld, x + i * ld);
}

VEC_INLINE void backward(size_t rows, size_t n, size_t ld, const float *restrict p,
                         float *restrict d) {
  float lane[ROWS][FRAY_LANES], total[ROWS];
  for (size_t r = 0; r < rows; r++) {
    fill_gap(n, ld, 0, d + r * ld);
    fray_lanes_add_dot(ld, p + r * ld, d + r * ld, lane[r]);
  }
  fray_lanes_totals(rows, lane, total);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = r * ld; j < (r + 1) * ld; j++)
      d[j] = p[j] * (d[j] - total[r]);
}

FRAY_DISPATCH void fray_softmax_backward(size_t m, size_t n, const float *p, float *d) {
  const size_t ld = fray_softmax_ld(n);
  for (size_t i = 0; i < m; i += ROWS)
    backward(FRAY_MIN(m - i, (size_t)ROWS), n, ld, p + i * ld, d + i * ld);
}
