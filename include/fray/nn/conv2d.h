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
/** y = x * W, without bias (it is added by fray_relu_pool2d_forward). A row of x is an image
 * (height, width, in). `take` gets y image by image and from above, in bands of two lines, the last
 * of an odd number alone: y (lines, width, out) of image i, from line `first` on, which is then
 *  forgotten. Scratch from the arena, given back. MEMORY. */
struct fray_conv2d_bands {
  void (*take)(void *user, size_t i, size_t first, size_t lines, const float *y);
  void *user;
};
enum fray_status fray_conv2d_forward(const struct fray_conv2d *conv, const struct fray_pass *pass,
                                     const struct fray_rows *x,
                                     const struct fray_conv2d_bands *bands, struct fray_err *err);
/** The gradient of y image by image: `put` is asked for each of them once, in order, to write all
 * of dy (height, width, out), whose lines are `line` floats apart. */
struct fray_conv2d_slope {
  void (*put)(void *user, size_t i, float *dy, size_t line);
  void *user;
};
/** Adds the gradients of weights and bias to pass->grad; dx (n, height, width, in) packed,
 *  overwritten; NULL: not needed. MEMORY. */
enum fray_status fray_conv2d_backward(const struct fray_conv2d *conv, const struct fray_pass *pass,
                                      const struct fray_rows *x, const struct fray_conv2d_slope *dy,
                                      float *dx, struct fray_err *err);

#endif
