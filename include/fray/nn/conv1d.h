/* One-dimensional convolution over time, stride 1, same padding, channels last. */
#ifndef FRAY_NN_CONV1D_H
#define FRAY_NN_CONV1D_H

#include "fray/nn/params.h"
#include "fray/nn/pass.h"

/** kernel is odd. Weights (out, kernel, in): PyTorch's (out, in, kernel) with the input channel
 *  last. w, b: offsets in the flat vector. */
struct fray_conv1d {
  size_t in, out, kernel;
  size_t w, b;
};

/** Adds NAME.weight and NAME.bias (out), both with PyTorch's bound 1 / sqrt(in * kernel); sets w
 * and b. INPUT, INTERNAL, MEMORY: as fray_param_add. */
enum fray_status fray_conv1d_plan(const struct fray_param_scope *scope, const char *name,
                                  struct fray_conv1d *conv, struct fray_err *err);
/** y (rows of all samples, out), packed, = x * W, without bias (it is added by
 *  fray_relu_pool1d_forward). x: rows of in. Past a sample's rows there are zeros. Scratch from the
 *  arena, given back. MEMORY. */
enum fray_status fray_conv1d_forward(const struct fray_conv1d *conv, const struct fray_pass *pass,
                                     const struct fray_steps *x, float *y, struct fray_err *err);
/** Adds the gradients of weights and bias to pass->grad, from dy (rows, out); dx (rows, in),
 *  packed, overwritten; NULL: not needed (first layer). MEMORY. */
enum fray_status fray_conv1d_backward(const struct fray_conv1d *conv, const struct fray_pass *pass,
                                      const struct fray_steps *x, const float *dy, float *dx,
                                      struct fray_err *err);

#endif
