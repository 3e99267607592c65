/* Two-dimensional convolution, stride 1, same padding, channels last. */
#ifndef FRAY_NN_CONV2D_H
#define FRAY_NN_CONV2D_H

#include "fray/nn/params.h"
#include "fray/nn/pass.h"

/** kernel is odd. Weights (out, kernel, kernel, in): PyTorch's (out, in, kernel, kernel) with the
 *  input channel last. w, b: offsets in the flat vector. */
struct fray_conv2d {
  size_t height, width, in, out, kernel;
  size_t w, b;
};

/** Adds NAME.weight and NAME.bias (out), both with PyTorch's bound 1 / sqrt(in * kernel * kernel);
 *  sets w and b. INPUT, INTERNAL, MEMORY: as fray_param_add. */
enum fray_status fray_conv2d_plan(const struct fray_param_scope *scope, const char *name,
                                  struct fray_conv2d *conv, struct fray_err *err);
/** y (n, height, width, out) = x * W, without bias (it is added by fray_relu_pool2d_forward). A row
 *  of x is an image (height, width, in). Scratch from the arena, given back. MEMORY. */
enum fray_status fray_conv2d_forward(const struct fray_conv2d *conv, const struct fray_pass *pass,
                                     const struct fray_rows *x, float *y, struct fray_err *err);
/** The gradient of y image by image: `of` is asked for each of them once, in order, and what it
 *  returns (height, width, out) is read before the next one is asked for. */
struct fray_conv2d_slope {
  const float *(*of)(void *user, size_t i);
  void *user;
};
/** Adds the gradients of weights and bias to pass->grad; dx (n, height, width, in) packed,
 *  overwritten; NULL: not needed. MEMORY. */
enum fray_status fray_conv2d_backward(const struct fray_conv2d *conv, const struct fray_pass *pass,
                                      const struct fray_rows *x, const struct fray_conv2d_slope *dy,
                                      float *dx, struct fray_err *err);

#endif
