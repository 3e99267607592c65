/* Convolution over a picture: windows that slide over its lines. */
#include "fray/nn/conv2d.h"

#include "nn/window/windows.h"

static struct windows windows_of(const struct fray_conv2d *conv) {
  return (struct windows){conv->height, conv->width,  conv->in,
                          conv->out,    conv->kernel, conv->kernel};
}

/* All pixels of an image are its rows, however many lines they make. */
static struct fray_steps pixels_of(const struct fray_conv2d *conv, const struct fray_rows *x) {
  return (struct fray_steps){
      .n = x->n, .time = conv->height * conv->width, .stride = x->ld, .x = x->x};
}

/* Line by line and pixel by pixel with its channels, as a window lies. */
enum fray_status fray_conv2d_plan(const struct fray_param_scope *scope, const char *name,
                                  struct fray_conv2d *conv, struct fray_err *err) {
  return fray_param_add_layer(scope, name,
                              (size_t[4]){conv->out, conv->kernel, conv->kernel, conv->in},
                              &conv->w, &conv->b, err);
}

/* No whole y is ever there: of a batch it would not fit into the caches. */
enum fray_status fray_conv2d_forward(const struct fray_conv2d *conv, const struct fray_pass *pass,
                                     const struct fray_rows *x, const struct fray_conv2d_bands *to,
                                     struct fray_err *err) {
  const struct windows windows = windows_of(conv);
  const struct fray_steps pixels = pixels_of(conv, x);
  const struct windows_bands bands = {to->take, to->user};
  return windows_forward_bands(&windows, pass->w + conv->w, &pixels, &bands, pass->arena, err);
}

/* The bias adds to every pixel of its filter: its gradient is the sum over all of them. */
enum fray_status fray_conv2d_backward(const struct fray_conv2d *conv, const struct fray_pass *pass,
                                      const struct fray_rows *x, const struct fray_conv2d_slope *dy,
                                      float *dx, struct fray_err *err) {
  const struct windows windows = windows_of(conv);
  const struct fray_steps pixels = pixels_of(conv, x);
  const struct windows_slope slope = {dy->put, dy->user};
  return windows_backward_each(&windows, pass->w + conv->w, &pixels, &slope, pass->grad + conv->w,
                               pass->grad + conv->b, dx, pass->arena, err);
}
