/* One-dimensional convolution over time, stride 1, same padding, channels last. */
#ifndef FRAY_NN_CONV1D_H
#define FRAY_NN_CONV1D_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

/** kernel is odd. Weights (out, kernel, in): PyTorch's (out, in, kernel) with the input channel
 *  last. PyTorch's bound is 1 / sqrt(in * kernel) for weight and bias. */
struct fray_conv1d {
  size_t in, out, kernel;
};

/** y (n, time, out) = x * w, without bias (it is added by fray_relu_pool1d_forward).
 *  x: n samples of (time, in), `stride` floats apart. Scratch from the arena, given back. MEMORY.
 */
enum fray_status fray_conv1d_forward(const struct fray_conv1d *conv, size_t n, size_t time,
                                     const float *x, size_t stride, const float *w, float *y,
                                     struct fray_arena *arena, struct fray_err *err);
/** dw += and db += (out) from dy (n, time, out); dx (n, time, in) packed, overwritten; NULL: not
 *  needed (first layer). MEMORY. */
enum fray_status fray_conv1d_backward(const struct fray_conv1d *conv, size_t n, size_t time,
                                      const float *x, size_t stride, const float *w,
                                      const float *dy, float *dw, float *db, float *dx,
                                      struct fray_arena *arena, struct fray_err *err);

#endif
