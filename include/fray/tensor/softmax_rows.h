/* Softmax over rows, and its gradient. Rows lie fray_softmax_ld(n) floats apart, whole vectors, so
 * that none of the work is done value by value. NaN goes through. */
#ifndef FRAY_TENSOR_SOFTMAX_ROWS_H
#define FRAY_TENSOR_SOFTMAX_ROWS_H

#include <stddef.h>

/** Distance of rows of n values: the next multiple of 16. */
static inline size_t fray_softmax_ld(size_t n) {
  return (n + 15) / 16 * 16;
}
/** x (m, n), n >= 1, becomes exp(x - the largest) / their sum; what lies between rows 0. */
void fray_softmax_rows(size_t m, size_t n, float *x);
/** d (m, n) becomes p (d - the sum over the row of p d), with p of fray_softmax_rows: the gradient
 *  before the softmax from that behind it. */
void fray_softmax_backward(size_t m, size_t n, const float *p, float *d);

#endif
