/* Layer normalisation: each row to mean 0 and variance 1, then a learnt gain and bias. */
#include "fray/nn/layer_norm.h"

#include "fray/tensor/lanes.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* y may be x: a row is read once, into its centred form. The variance is that of centred values;
 * the mean of squares less the squared mean would lose it to rounding where the mean is large. */
static FRAY_DISPATCH void normalise(size_t n, size_t width, const float *x,
                                    const float *restrict gain, const float *restrict bias,
                                    float *restrict hat, float *restrict scale, float *y) {
  for (size_t r = 0; r < n; r++, x += width, y += width) {
    const float mean = fray_lanes_sum(width, x) / (float)width;
    for (size_t j = 0; j < width; j++)
      y[j] = x[j] - mean;
    const float by = 1 / sqrtf(fray_lanes_dot(width, y, y) / (float)width + EPSILON);
    for (size_t j = 0; j < width; j++)
      y[j] *= by;
    if (hat) {
      memcpy(hat + r * width, y, width * sizeof *hat);
      scale[r] = by;
    }
    for (size_t j = 0; j < width; j++)
      y[j] = gain[j] * y[j] + bias[j];
  }
}

void fray_norm_forward(const struct fray_norm *norm, const struct fray_pass *pass, size_t n,
                       const float *x, float *hat, float *scale, float *y) {
  normalise(n, norm->width, x, pass->w + norm->gain, pass->w + norm->bias, hat, scale, y);
}

/* With g = gain dy: dx = scale (g - mean(g) - hat mean(g hat)), the means over the row, since each
 * value moves mean and variance of all. */
static FRAY_DISPATCH void through(size_t n, size_t width, const float *restrict gain,
                                  const float *restrict hat, const float *restrict scale,
                                  const float *restrict dy, float *restrict dx,
                                  float *restrict dgain, float *restrict dbias) {
  for (size_t r = 0; r < n; r++, hat += width, dy += width, dx += width) {
    const float of_g = fray_lanes_dot(width, gain, dy) / (float)width;
    const float of_gh = fray_lanes_dot3(width, gain, dy, hat) / (float)width;
    for (size_t j = 0; j < width; j++) {
      dx[j] += scale[r] * (gain[j] * dy[j] - of_g - hat[j] * of_gh);
      dgain[j] += dy[j] * hat[j];
      dbias[j] += dy[j];
    }
  }
}

void fray_norm_backward(const struct fray_norm *norm, const struct fray_pass *pass, size_t n,
                        const float *hat, const float *scale, const float *dy, float *dx) {
  through(n, norm->width, pass->w + norm->gain, hat, scale, dy, dx, pass->grad + norm->gain,
          pass->grad + norm->bias);
}
