/* Layer normalisation: each row to mean 0 and variance 1, then a learnt gain and bias. */
#include "fray/nn/layer_norm.h"

#include "fray/base/size.h"
#include "fray/tensor/lanes.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define EPSILON 1e-5f /* as PyTorch: a constant row becomes zeros */

/* Gains are given, not drawn: the table knows bounds around 0 only. The ones live as long as it. */
enum fray_status fray_norm_plan(const struct fray_param_scope *scope, const char *name,
                                struct fray_norm *norm, struct fray_err *err) {
  const size_t shape[4] = {norm->width, 1, 1, 1};
  char full[2 * FRAY_PARAM_NAME];
  float *ones;
  FRAY_ALLOC(ones, scope->table->arena, norm->width, err);
  for (size_t i = 0; i < norm->width; i++)
    ones[i] = 1;
  snprintf(full, sizeof full, "%s.weight", name);
  FRAY_TRY(fray_param_add_given(scope, full, shape, ones, &norm->gain, err));
  snprintf(full, sizeof full, "%s.bias", name);
  return fray_param_add(scope, full, shape, 0, &norm->bias, err);
}

enum { ROWS = FRAY_LANES }; /* at a time, so that their sums do not wait for each other */

/* Up to ROWS rows. y may be x: a row is read once, into its centred form. The variance is that of
 * centred values; the mean of squares less the squared mean would lose it to rounding where the
 * mean is large. */
INLINE void normalise_some(size_t rows, size_t width, const float *x, const float *restrict gain,
                           const float *restrict bias, float *restrict hat, float *restrict scale,
                           float *y) {
  float lane[ROWS][FRAY_LANES], mean[ROWS], by[ROWS];
  for (size_t r = 0; r < rows; r++)
    fray_lanes_add(width, x + r * width, lane[r]);
  fray_lanes_totals(rows, lane, mean);
  for (size_t r = 0; r < rows; r++) {
    const float middle = mean[r] / (float)width;
    for (size_t j = r * width; j < (r + 1) * width; j++)
      y[j] = x[j] - middle;
    fray_lanes_add_dot(width, y + r * width, y + r * width, lane[r]);
  }
  fray_lanes_totals(rows, lane, by);
  for (size_t r = 0; r < rows; r++)
    by[r] = 1 / sqrtf(by[r] / (float)width + EPSILON);
  for (size_t r = 0; r < rows; r++, y += width) {
    for (size_t j = 0; hat && j < width; j++)
      hat[r * width + j] = y[j] * by[r];
    for (size_t j = 0; j < width; j++)
      y[j] = gain[j] * (y[j] * by[r]) + bias[j];
    if (hat)
      scale[r] = by[r];
  }
}

static FRAY_DISPATCH void normalise(size_t n, size_t width, const float *x, const float *gain,
                                    const float *bias, float *hat, float *scale, float *y) {
  for (size_t i = 0; i < n; i += ROWS)
    normalise_some(FRAY_MIN(n - i, (size_t)ROWS), width, x + i * width, gain, bias,
                   hat ? hat + i * width : NULL, scale + (hat ? i : 0), y + i * width);
}

void fray_norm_forward(const struct fray_norm *norm, const struct fray_pass *pass, size_t n,
                       const float *x, float *hat, float *scale, float *y) {
  normalise(n, norm->width, x, pass->w + norm->gain, pass->w + norm->bias, hat, scale, y);
}

/* With g = gain dy: dx = scale (g - mean(g) - hat mean(g hat)), the means over the row, since each
 * value moves mean and variance of all. */
INLINE void through_some(size_t rows, size_t width, const float *restrict gain,
                         const float *restrict hat, const float *restrict scale,
                         const float *restrict dy, float *restrict dx, float *restrict dgain,
                         float *restrict dbias) {
  float lane[ROWS][FRAY_LANES], sum_g[ROWS], sum_gh[ROWS];
  for (size_t r = 0; r < rows; r++)
    fray_lanes_add_dot(width, gain, dy + r * width, lane[r]);
  fray_lanes_totals(rows, lane, sum_g);
  for (size_t r = 0; r < rows; r++)
    fray_lanes_add_dot3(width, gain, dy + r * width, hat + r * width, lane[r]);
  fray_lanes_totals(rows, lane, sum_gh);
  for (size_t r = 0; r < rows; r++, hat += width, dy += width, dx += width) {
    const float of_g = sum_g[r] / (float)width, of_gh = sum_gh[r] / (float)width;
    for (size_t j = 0; j < width; j++) {
      dx[j] += scale[r] * (gain[j] * dy[j] - of_g - hat[j] * of_gh);
      dgain[j] += dy[j] * hat[j];
      dbias[j] += dy[j];
    }
  }
}

static FRAY_DISPATCH void through(size_t n, size_t width, const float *gain, const float *hat,
                                  const float *scale, const float *dy, float *dx, float *dgain,
                                  float *dbias) {
  for (size_t i = 0; i < n; i += ROWS)
    through_some(FRAY_MIN(n - i, (size_t)ROWS), width, gain, hat + i * width, scale + i,
                 dy + i * width, dx + i * width, dgain, dbias);
}

void fray_norm_backward(const struct fray_norm *norm, const struct fray_pass *pass, size_t n,
                        const float *hat, const float *scale, const float *dy, float *dx) {
  through(n, norm->width, pass->w + norm->gain, hat, scale, dy, dx, pass->grad + norm->gain,
          pass->grad + norm->bias);
}
