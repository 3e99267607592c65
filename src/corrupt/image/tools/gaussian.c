/* The Gaussian filter: one pass an axis, each as sums of whole rows, so that the compiler makes
 * vectors of them. */
#include "fray/corrupt/gaussian.h"

#include "padded.h"

#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

/* Four deviations, rounded, as scipy cuts its kernels. */
static size_t reach_of(double sigma) {
  return (size_t)(4 * sigma + 0.5);
}

/* weight[0] of the middle, weight[j] of both neighbours at distance j. */
static enum fray_status weights_of(double sigma, struct fray_arena *scratch, float **out,
                                   struct fray_err *err) {
  const size_t reach = reach_of(sigma);
  double sum = 0;
  FRAY_ALLOC(*out, scratch, reach + 1, err);
  for (size_t j = 0; j <= reach; j++)
    sum += (j ? 2 : 1) * exp(-0.5 * (double)(j * j) / (sigma * sigma));
  for (size_t j = 0; j <= reach; j++)
    (*out)[j] = (float)(exp(-0.5 * (double)(j * j) / (sigma * sigma)) / sum);
  return FRAY_OK;
}

/* The kernel is symmetric: one product for two neighbours. */
static FRAY_DISPATCH void add_pair(float *restrict out, const float *before, const float *after,
                                   float weight, size_t n) {
  for (size_t i = 0; i < n; i++)
    out[i] += weight * (before[i] + after[i]);
}

/* Sets and does not add, so that nothing has to be cleared before. */
static FRAY_DISPATCH void scale(float *restrict out, const float *x, float weight, size_t n) {
  for (size_t i = 0; i < n; i++)
    out[i] = weight * x[i];
}

/* Down the columns: a row of the result is a sum of rows. */
static void blur_down(const float *x, size_t height, size_t n, const float *weight, size_t reach,
                      float *out) {
  for (size_t i = 0; i < height; i++) {
    float *to = out + i * n;
    scale(to, x + i * n, weight[0], n);
    for (size_t j = 1; j <= reach; j++) {
      const ptrdiff_t at = (ptrdiff_t)i, by = (ptrdiff_t)j;
      add_pair(to, x + fray_border_at(FRAY_BORDER_REPEAT, at - by, height) * n,
               x + fray_border_at(FRAY_BORDER_REPEAT, at + by, height) * n, weight[j], n);
    }
  }
}

/* Along a row: sums of the row shifted by whole pixels, out of a copy with its ends repeated. */
static void blur_along(const float *x, size_t height, size_t width, size_t channels,
                       const float *weight, size_t reach, float *padded, float *out) {
  const size_t n = width * channels, edge = reach * channels;
  for (size_t i = 0; i < height; i++) {
    const float *from = x + i * n;
    float *to = out + i * n, *middle = padded + edge;
    for (size_t k = 0; k < edge; k++) {
      padded[k] = from[k % channels];
      middle[n + k] = from[n - channels + k % channels];
    }
    memcpy(middle, from, n * sizeof *from);
    scale(to, middle, weight[0], n);
    for (size_t j = 1; j <= reach; j++)
      add_pair(to, middle - j * channels, middle + j * channels, weight[j], n);
  }
}

/* Columns first and rows then; the order only matters to rounding. */
enum fray_status fray_gaussian_filter(float *x, size_t height, size_t width, size_t channels,
                                      double down, double along, struct fray_arena *scratch,
                                      struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  const size_t n = height * width * channels, reach = reach_of(along);
  float *weight, *other, *padded; /* other: what a pass writes, as it cannot write over its input */
  FRAY_ALLOC(other, scratch, n, err);
  if (reach_of(down) > 0) {
    FRAY_TRY(weights_of(down, scratch, &weight, err));
    blur_down(x, height, width * channels, weight, reach_of(down), other);
    memcpy(x, other, n * sizeof *x);
  }
  if (reach > 0) {
    FRAY_TRY(weights_of(along, scratch, &weight, err));
    FRAY_ALLOC(padded, scratch, (width + 2 * reach) * channels, err);
    blur_along(x, height, width, channels, weight, reach, padded, other);
    memcpy(x, other, n * sizeof *x);
  }
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}
