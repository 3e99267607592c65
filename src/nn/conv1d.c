/* Windows of the input are gathered into rows ("im2col"), so that each layer is one product per
 * chunk of samples. The gathered rows are cheap to make and are made again in backward. */
#include "fray/nn/conv1d.h"

#include "fray/base/size.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <string.h>

/* Gathered floats per chunk: 256 KiB, a share of the second-level cache. */
enum { CHUNK_FLOATS = 1 << 16 };

/* Whole samples, at least one; of ragged ones as many as if each were the longest. Which rows a
 * product has together changes its last bits, so a chunk may depend on sizes only, never on what
 * else is in memory. */
static size_t chunk_samples(const struct fray_conv1d *conv, size_t n, size_t time) {
  const size_t per_sample = time * conv->kernel * conv->in;
  return FRAY_MIN(n, FRAY_MAX((size_t)1, CHUNK_FLOATS / FRAY_MAX(per_sample, (size_t)1)));
}

/* cols (time, kernel * in): row t holds rows t - pad .. t + pad of x, zero outside. */
static void gather(const struct fray_conv1d *conv, size_t time, const float *x, float *cols) {
  const size_t pad = conv->kernel / 2, c = conv->in, width = conv->kernel * c;
  for (size_t t = 0; t < time; t++, cols += width) {
    const size_t before = t < pad ? pad - t : 0;
    const size_t after = t + pad >= time ? t + pad + 1 - time : 0;
    const size_t inside = conv->kernel - before - after;
    if (before)
      memset(cols, 0, before * c * sizeof *cols);
    memcpy(cols + before * c, x + (t + before - pad) * c, inside * c * sizeof *cols);
    if (after)
      memset(cols + (before + inside) * c, 0, after * c * sizeof *cols);
  }
}

/* Windows of samples i .. i + m - 1, packed; returns how many. */
static size_t gather_chunk(const struct fray_conv1d *conv, const struct fray_steps *x, size_t i,
                           size_t m, float *cols) {
  const size_t width = conv->kernel * conv->in, before = fray_steps_before(x, i);
  for (size_t j = i; j < i + m; j++)
    gather(conv, fray_steps_rows(x, j), fray_steps_at(x, j, conv->in),
           cols + (fray_steps_before(x, j) - before) * width);
  return fray_steps_before(x, i + m) - before;
}

/* The transpose of gather: dx (time, in) = sum over the windows that saw each row. */
static FRAY_DISPATCH void scatter(const struct fray_conv1d *conv, size_t time, const float *dcols,
                                  float *restrict dx) {
  const size_t pad = conv->kernel / 2, c = conv->in, width = conv->kernel * c;
  for (size_t s = 0; s < time; s++) {
    float *restrict out = dx + s * c;
    memset(out, 0, c * sizeof *out);
    for (size_t k = 0; k < conv->kernel; k++) {
      if (s + pad < k || s + pad - k >= time) /* no window has row s at place k */
        continue;
      const float *restrict in = dcols + (s + pad - k) * width + k * c;
      for (size_t j = 0; j < c; j++)
        out[j] += in[j];
    }
  }
}

enum fray_status fray_conv1d_plan(const struct fray_param_scope *scope, const char *name,
                                  struct fray_conv1d *conv, struct fray_err *err) {
  return fray_param_add_layer(scope, name, (size_t[4]){conv->out, conv->kernel, conv->in, 1},
                              &conv->w, &conv->b, err);
}

/* The weights are put in the form that products are fastest with once for all chunks; the windows
 * of a chunk are used up by its product, so one piece of scratch serves all. */
enum fray_status fray_conv1d_forward(const struct fray_conv1d *conv, const struct fray_pass *pass,
                                     const struct fray_steps *x, float *y, struct fray_err *err) {
  struct fray_arena *arena = pass->arena;
  const struct fray_arena_place mark = fray_arena_mark(arena);
  const size_t n = x->n, time = x->time, width = conv->kernel * conv->in;
  const size_t chunk = chunk_samples(conv, n, time);
  struct fray_right weights;
  float *cols;
  FRAY_ALLOC(cols, arena, chunk * time * width, err);
  FRAY_TRY(fray_right_make(n * time, conv->out, width, pass->w + conv->w, arena, &weights, err));
  for (size_t i = 0; i < n; i += chunk) {
    const size_t m = FRAY_MIN(chunk, n - i);
    const size_t rows = gather_chunk(conv, x, i, m, cols);
    fray_right_times(&weights, rows, cols, width, 0, y + fray_steps_before(x, i) * conv->out,
                     conv->out);
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* With the windows as rows, y = cols W^T: dW = dy^T cols, dcols = dy W, and dx takes from each
 * window what it gave. dcols overwrites the chunk's windows, which nothing needs any more. */
enum fray_status fray_conv1d_backward(const struct fray_conv1d *conv, const struct fray_pass *pass,
                                      const struct fray_steps *x, const float *dy, float *dx,
                                      struct fray_err *err) {
  struct fray_arena *arena = pass->arena;
  const struct fray_arena_place mark = fray_arena_mark(arena);
  const size_t n = x->n, time = x->time, out = conv->out, width = conv->kernel * conv->in;
  const size_t chunk = chunk_samples(conv, n, time);
  float *cols;
  FRAY_ALLOC(cols, arena, chunk * time * width, err);
  for (size_t i = 0; i < n; i += chunk) {
    const size_t m = FRAY_MIN(chunk, n - i), before = fray_steps_before(x, i);
    const float *d = dy + before * out;
    const size_t rows = gather_chunk(conv, x, i, m, cols);
    fray_gemm(true, false, out, width, rows, 1, d, out, cols, width, 1, pass->grad + conv->w,
              width);
    if (!dx)
      continue;
    fray_gemm(false, false, rows, width, out, 1, d, out, pass->w + conv->w, width, 0, cols, width);
    for (size_t j = i; j < i + m; j++) {
      const size_t at = fray_steps_before(x, j);
      scatter(conv, fray_steps_rows(x, j), cols + (at - before) * width, dx + at * conv->in);
    }
  }
  /* The bias adds to every row of its filter. All rows at once: the order of the sum is theirs. */
  fray_column_sums(fray_steps_before(x, n), out, dy, out, 1, pass->grad + conv->b);
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}
