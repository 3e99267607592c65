/* Bias, ReLU and max-pooling in one pass over a convolution's result, channels last. */
#ifndef FRAY_NN_POOL_H
#define FRAY_NN_POOL_H

#include <stddef.h>
#include <stdint.h>

/** Rows after a pool of 2 over `time` rows: time / 2, but at least 1 (a lone row passes alone). */
static inline size_t fray_pooled(size_t time) {
  return time < 2 ? 1 : time / 2;
}

/** n samples, packed: sample i has rows first[i] .. first[i + 1] - 1, at least one, counted from
 *  first[0]; first NULL: `time` rows each. */
struct fray_pool1d {
  size_t n, time, channels;
  const size_t *first; /* (n + 1) */
};
/** out (fray_pooled(rows) of each sample, channels), packed, = relu(max over pairs of rows of y
 *  (rows, channels) + bias). An odd last row is left out (PyTorch's floor), ties go to the first
 *  row, NaN wins. kept: (as out) for backward: 1 + index of the row that won, 0 where ReLU is
 *  closed; NULL if no backward follows. */
void fray_relu_pool1d_forward(const struct fray_pool1d *pool, const float *y, const float *bias,
                              float *out, int32_t *kept);
/** dy (rows, channels), overwritten, from dout times factor; rows that did not win get 0. */
void fray_relu_pool1d_backward(const struct fray_pool1d *pool, const int32_t *kept, float factor,
                               const float *dout, float *dy);

struct fray_pool2d {
  size_t height, width, channels;
};
/** The same over 2 x 2 windows of a picture, or of a band of its lines: y (height, width, channels)
 *  -> out, kept (fray_pooled(height), fray_pooled(width), channels); order of the window: rows
 *  first. A dimension of 1 is pooled alone. */
void fray_relu_pool2d_forward(const struct fray_pool2d *pool, const float *y, const float *bias,
                              float *out, int32_t *kept);
/** line: floats from one line of dy to the next; what lies between lines is left as it is. */
void fray_relu_pool2d_backward(const struct fray_pool2d *pool, const int32_t *kept, float factor,
                               const float *dout, float *dy, size_t line);

#endif
