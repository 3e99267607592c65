/* Two-dimensional convolution, stride 1, same padding, channels last. */
#ifndef FRAY_NN_CONV2D_H
#define FRAY_NN_CONV2D_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

/** kernel is odd. Weights (out, kernel, kernel, in): PyTorch's (out, in, kernel, kernel) with the
 *  input channel last. Parameter shape {out, kernel, kernel, in}, PyTorch's bound
 *  1 / sqrt(in * kernel * kernel) for weight and bias. */
struct fray_conv2d {
  size_t height, width, in, out, kernel;
};

/** y (n, height, width, out) = x (n, height, width, in) * w, without bias (it is added by
 *  fray_relu_pool2d_forward). Scratch from the arena, given back. MEMORY. */
enum fray_status fray_conv2d_forward(const struct fray_conv2d *conv, size_t n, const float *x,
                                     const float *w, float *y, struct fray_arena *arena,
                                     struct fray_err *err);
/** dw += and db += (out) from dy (as y); dx (as x) overwritten, NULL: not needed. MEMORY. */
enum fray_status fray_conv2d_backward(const struct fray_conv2d *conv, size_t n, const float *x,
                                      const float *w, const float *dy, float *dw, float *db,
                                      float *dx, struct fray_arena *arena, struct fray_err *err);

#endif
