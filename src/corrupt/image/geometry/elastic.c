/* Arithmetic of the elastic transform, in the order of the published code. */
#include "elastic.h"

#include "corrupt/image/tools/pixels.h"
#include "fray/corrupt/affine.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

/* The map of the plane that takes three points `to` back to `from`: solved by Cramer's rule, once
 * for each coordinate. The points lie a third of the side apart, and are moved by less, so the
 * determinant is far from 0. */
static struct fray_affine affine_back(const double from[3][2], const double to[3][2]) {
  const double x1 = to[1][0] - to[0][0], y1 = to[1][1] - to[0][1];
  const double x2 = to[2][0] - to[0][0], y2 = to[2][1] - to[0][1];
  const double determinant = x1 * y2 - x2 * y1;
  /* Relative to the first point, so that the shift falls out of the equations. */
  double row[2][3];
  for (size_t k = 0; k < 2; k++) {
    const double u1 = from[1][k] - from[0][k], u2 = from[2][k] - from[0][k];
    row[k][0] = (u1 * y2 - u2 * y1) / determinant;
    row[k][1] = (u2 * x1 - u1 * x2) / determinant;
    row[k][2] = from[0][k] - row[k][0] * to[0][0] - row[k][1] * to[0][1];
  }
  return (struct fray_affine){row[0][0], row[0][1], row[0][2], row[1][0], row[1][1], row[1][2]};
}

/* One pass over lines of n numbers that lie `step` apart; the kernel is half of a symmetric one. */
static FRAY_DISPATCH void smooth_lines(const float *x, size_t lines, size_t line_step, size_t n,
                                       size_t step, const double *kernel, size_t radius,
                                       float *out) {
  for (size_t l = 0; l < lines; l++)
    for (size_t i = 0; i < n; i++) {
      double sum = kernel[0] * (double)x[l * line_step + i * step];
      for (size_t k = 1; k <= radius; k++) {
        const size_t left = fray_reflect((ptrdiff_t)i - (ptrdiff_t)k, n, FRAY_EDGE_SYMMETRIC);
        const size_t right = fray_reflect((ptrdiff_t)(i + k), n, FRAY_EDGE_SYMMETRIC);
        sum += kernel[k] *
               ((double)x[l * line_step + left * step] + (double)x[l * line_step + right * step]);
      }
      out[l * line_step + i * step] = (float)sum;
    }
}

/* scipy's gaussian_filter(mode reflect, truncate 3). Another border and another end than the blur
 * of pictures has, and both show, as sigma may be most of the picture. */
static enum fray_status smooth(const float *field, size_t height, size_t width, double sigma,
                               struct fray_arena *scratch, float **out, struct fray_err *err) {
  const size_t radius = (size_t)(3 * sigma + 0.5);
  /* Half a kernel: it is symmetric. Of sigma 0 it is one number, and nothing is smoothed. */
  double *kernel, sum = 0;
  float *middle;
  FRAY_ALLOC(*out, scratch, height * width, err);
  FRAY_ALLOC(middle, scratch, height * width, err);
  FRAY_ALLOC(kernel, scratch, radius + 1, err);
  for (size_t k = 0; k <= radius; k++) {
    kernel[k] = radius ? exp(-0.5 * (double)(k * k) / (sigma * sigma)) : 1;
    sum += (k ? 2 : 1) * kernel[k];
  }
  for (size_t k = 0; k <= radius; k++)
    kernel[k] /= sum;
  smooth_lines(field, width, 1, height, width, kernel, radius, middle);
  smooth_lines(middle, height, width, width, 1, kernel, radius, *out);
  return FRAY_OK;
}

/* The jolt: points as the published code has them, in whole pixels from the middle. */
static void jolt(const struct fray_signal *image, const double offset[3][2], float *out) {
  const double x = (double)(image->width / 2), y = (double)(image->height / 2);
  const double third = (double)(FRAY_MIN(image->height, image->width) / 3);
  const double from[3][2] = {
      {x + third, y + third}, {x + third, y - third}, {x - third, y - third}};
  double to[3][2];
  for (size_t i = 0; i < 3; i++)
    for (size_t k = 0; k < 2; k++)
      to[i][k] = from[i][k] + offset[i][k];
  fray_affine_warp(image->x, image->height, image->width, image->channels, affine_back(from, to),
                   FRAY_EDGE_MIRROR, out);
}

enum fray_status fray_elastic(struct fray_signal *image, double amplitude, double sigma,
                              const struct fray_elastic_draws *draws, struct fray_arena *scratch,
                              struct fray_err *err) {
  const size_t h = image->height, w = image->width;
  float *across, *down, *jolted;
  FRAY_ALLOC(jolted, scratch, fray_pixels(image), err);
  /* Below three pixels there is no third of a side, and no map. */
  if (FRAY_MIN(h, w) >= 3)
    jolt(image, draws->offset, jolted);
  else
    memcpy(jolted, image->x, fray_pixels(image) * sizeof *jolted);
  FRAY_TRY(smooth(draws->across, h, w, sigma, scratch, &across, err));
  FRAY_TRY(smooth(draws->down, h, w, sigma, scratch, &down, err));
  /* From displacements to places, in the arrays that hold them. */
  for (size_t i = 0; i < h * w; i++) {
    across[i] = (float)((double)(i % w) + amplitude * (double)across[i]);
    down[i] = (float)((double)(i / w) + amplitude * (double)down[i]);
  }
  fray_remap(jolted, h, w, image->channels, across, down, FRAY_EDGE_SYMMETRIC, image->x);
  fray_clip_picture(image);
  return FRAY_OK;
}
