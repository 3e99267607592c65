/* Convolution over time: windows that slide over one line of steps. */
#include "fray/nn/conv1d.h"

#include "fray/tensor/blas.h"
#include "nn/window/windows.h"

/* Time is the width of a picture one line high, so both convolutions are the same code. */
static struct windows windows_of(const struct fray_conv1d *conv, const struct fray_steps *x) {
  return (struct windows){1, x->time, conv->in, conv->out, 1, conv->kernel};
}

/* A filter lies as a window does, step by step with its channels: no product has to reorder it. */
enum fray_status fray_conv1d_plan(const struct fray_param_scope *scope, const char *name,
                                  struct fray_conv1d *conv, struct fray_err *err) {
  return fray_param_add_layer(scope, name, (size_t[4]){conv->out, conv->kernel, conv->in, 1},
                              &conv->w, &conv->b, err);
}

enum fray_status fray_conv1d_forward(const struct fray_conv1d *conv, const struct fray_pass *pass,
                                     const struct fray_steps *x, float *y, struct fray_err *err) {
  const struct windows windows = windows_of(conv, x);
  return windows_forward(&windows, pass->w + conv->w, x, y, pass->arena, err);
}

/* The bias adds to every row of its filter: its gradient is the sum over all of them, in order. */
enum fray_status fray_conv1d_backward(const struct fray_conv1d *conv, const struct fray_pass *pass,
                                      const struct fray_steps *x, const float *dy, float *dx,
                                      struct fray_err *err) {
  const struct windows windows = windows_of(conv, x);
  fray_column_sums(fray_steps_before(x, x->n), conv->out, dy, conv->out, 1, pass->grad + conv->b);
  return windows_backward(&windows, pass->w + conv->w, x, dy, pass->grad + conv->w, dx, pass->arena,
                          err);
}
