/* As conv1d.c: windows gathered into rows, one product per chunk of samples. A window is `kernel`
 * lines of the image one under the other, so gathering copies lines, not pixels. */
#include "fray/nn/conv2d.h"

#include "fray/base/size.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <string.h>

/* Gathered floats per chunk: 256 KiB, a share of the second-level cache. */
enum { CHUNK_FLOATS = 1 << 16 };

static size_t window(const struct fray_conv2d *conv) {
  return conv->kernel * conv->kernel * conv->in;
}

/* Whole images, at least one, by sizes alone, as in conv1d.c. */
static size_t chunk_samples(const struct fray_conv2d *conv, size_t n) {
  const size_t per_sample = conv->height * conv->width * window(conv);
  return FRAY_MIN(n, FRAY_MAX((size_t)1, CHUNK_FLOATS / FRAY_MAX(per_sample, (size_t)1)));
}

/* A line of the window around (r, c): kernel positions of image row r + k - pad, of which
 * [*from, *to) lie inside the image; none when the row itself is outside. */
static void inside(const struct fray_conv2d *conv, size_t r, size_t c, size_t k, size_t *from,
                   size_t *to) {
  const size_t pad = conv->kernel / 2;
  *from = *to = 0;
  if (r + k < pad || r + k - pad >= conv->height)
    return;
  *from = c < pad ? pad - c : 0;
  *to = FRAY_MIN(conv->kernel, conv->width + pad - c);
}

/* cols (height * width, kernel * kernel * in) of one sample, zero outside the image. */
static void gather(const struct fray_conv2d *conv, const float *x, float *cols) {
  const size_t pad = conv->kernel / 2, in = conv->in, line = conv->kernel * in;
  for (size_t r = 0; r < conv->height; r++)
    for (size_t c = 0; c < conv->width; c++)
      for (size_t k = 0; k < conv->kernel; k++, cols += line) {
        size_t from, to;
        inside(conv, r, c, k, &from, &to);
        memset(cols, 0, from * in * sizeof *cols); /* left of the image */
        if (to > from)
          memcpy(cols + from * in, x + ((r + k - pad) * conv->width + c + from - pad) * in,
                 (to - from) * in * sizeof *cols);
        memset(cols + to * in, 0,
               (conv->kernel - to) * in * sizeof *cols); /* right of it, or all */
      }
}

/* The transpose of gather: adds every window to the image rows it saw. */
static FRAY_DISPATCH void scatter(const struct fray_conv2d *conv, const float *dcols,
                                  float *restrict dx) {
  const size_t pad = conv->kernel / 2, in = conv->in, line = conv->kernel * in;
  memset(dx, 0, conv->height * conv->width * in * sizeof *dx);
  for (size_t r = 0; r < conv->height; r++)
    for (size_t c = 0; c < conv->width; c++)
      for (size_t k = 0; k < conv->kernel; k++, dcols += line) {
        size_t from, to;
        inside(conv, r, c, k, &from, &to);
        if (to <= from)
          continue;
        float *restrict out = dx + ((r + k - pad) * conv->width + c + from - pad) * in;
        const float *restrict d = dcols + from * in;
        for (size_t j = 0; j < (to - from) * in; j++)
          out[j] += d[j];
      }
}

enum fray_status fray_conv2d_plan(const struct fray_param_scope *scope, const char *name,
                                  struct fray_conv2d *conv, struct fray_err *err) {
  return fray_param_add_layer(scope, name,
                              (size_t[4]){conv->out, conv->kernel, conv->kernel, conv->in},
                              &conv->w, &conv->b, err);
}

enum fray_status fray_conv2d_forward(const struct fray_conv2d *conv, const struct fray_pass *pass,
                                     const struct fray_rows *x, float *y, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  const size_t pixels = conv->height * conv->width, width = window(conv);
  const size_t chunk = chunk_samples(conv, x->n);
  float *cols;
  FRAY_ALLOC(cols, pass->arena, chunk * pixels * width, err);
  for (size_t i = 0; i < x->n; i += chunk) {
    const size_t m = FRAY_MIN(chunk, x->n - i);
    for (size_t j = 0; j < m; j++)
      gather(conv, x->x + (i + j) * x->ld, cols + j * pixels * width);
    fray_gemm(false, true, m * pixels, conv->out, width, 1, cols, width, pass->w + conv->w, width,
              0, y + i * pixels * conv->out, conv->out);
  }
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* dW = dy^T cols and dcols = dy W, chunk by chunk; dcols takes the place of the windows, which
 * nothing needs after dW; dx adds what each window gives back. The bias adds to every pixel of its
 * filter: its gradient is the sum over all of them. */
enum fray_status fray_conv2d_backward(const struct fray_conv2d *conv, const struct fray_pass *pass,
                                      const struct fray_rows *x, const float *dy, float *dx,
                                      struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  const size_t pixels = conv->height * conv->width, width = window(conv), out = conv->out;
  const size_t chunk = chunk_samples(conv, x->n);
  float *cols;
  FRAY_ALLOC(cols, pass->arena, chunk * pixels * width, err);
  for (size_t i = 0; i < x->n; i += chunk) {
    const size_t m = FRAY_MIN(chunk, x->n - i), rows = m * pixels;
    const float *d = dy + i * pixels * out;
    for (size_t j = 0; j < m; j++)
      gather(conv, x->x + (i + j) * x->ld, cols + j * pixels * width);
    fray_gemm(true, false, out, width, rows, 1, d, out, cols, width, 1, pass->grad + conv->w,
              width);
    if (!dx)
      continue;
    fray_gemm(false, false, rows, width, out, 1, d, out, pass->w + conv->w, width, 0, cols, width);
    for (size_t j = 0; j < m; j++)
      scatter(conv, cols + j * pixels * width, dx + (i + j) * pixels * conv->in);
  }
  fray_column_sums(x->n * pixels, out, dy, out, 1, pass->grad + conv->b);
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}
