/* Kernels of defocus, and correlation with a small kernel that is mostly empty. */
#include "disk.h"

#include "padded.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t fray_disk_side(double radius) {
  return radius <= 8 ? 17 : 2 * (size_t)radius + 1;
}

/* OpenCV's small Gaussian: its own sampled values, normalised. */
static void small_gaussian(double sigma, ptrdiff_t reach, double *weight) {
  double sum = 0;
  for (ptrdiff_t i = -reach; i <= reach; i++)
    sum += weight[i + reach] =
        sigma > 0 ? exp(-0.5 * (double)(i * i) / (sigma * sigma)) : (double)(i == 0);
  for (ptrdiff_t i = 0; i <= 2 * reach; i++)
    weight[i] /= sum;
}

/* At the edge of the square the mirror counts some of the disk twice: that is the published kernel.
 */
static double smoothed(const float *disk, ptrdiff_t side, ptrdiff_t y, ptrdiff_t x,
                       const double *weight, ptrdiff_t reach) {
  double sum = 0;
  for (ptrdiff_t i = -reach; i <= reach; i++)
    for (ptrdiff_t j = -reach; j <= reach; j++) {
      const size_t row = fray_border_at(FRAY_BORDER_REFLECT, y + i, (size_t)side);
      const size_t column = fray_border_at(FRAY_BORDER_REFLECT, x + j, (size_t)side);
      sum += weight[i + reach] * weight[j + reach] * (double)disk[row * (size_t)side + column];
    }
  return sum;
}

/* In float as published, but for the sums. */
enum fray_status fray_disk_kernel(double radius, double edge, float *kernel,
                                  struct fray_arena *scratch, struct fray_err *err) {
  const ptrdiff_t side = (ptrdiff_t)fray_disk_side(radius), half = side / 2;
  const ptrdiff_t reach = radius <= 8 ? 1 : 2; /* of the softening: 3 x 3, or 5 x 5 */
  double weight[5], sum = 0;
  float *disk;
  FRAY_ALLOC_ZERO(disk, scratch, side * side, err);
  /* Small disks lie in a square that is mostly empty: only what may be in the disk is asked. */
  const ptrdiff_t within = FRAY_MIN((ptrdiff_t)radius, half);
  for (ptrdiff_t y = -within; y <= within; y++)
    for (ptrdiff_t x = -within; x <= within; x++)
      sum += (double)(disk[(y + half) * side + x + half] =
                          (double)(y * y + x * x) <= radius * radius ? 1.0f : 0.0f);
  for (ptrdiff_t y = half - within; y <= half + within; y++)
    for (ptrdiff_t x = half - within; x <= half + within; x++)
      disk[y * side + x] = (float)((double)disk[y * side + x] / sum);
  small_gaussian(edge, reach, weight);
  /* Beyond what the softening reaches of the disk all terms are 0, as most are of a small one. */
  const ptrdiff_t far = FRAY_MIN((ptrdiff_t)radius + reach, half);
  memset(kernel, 0, (size_t)(side * side) * sizeof *kernel);
  for (ptrdiff_t y = half - far; y <= half + far; y++)
    for (ptrdiff_t x = half - far; x <= half + far; x++)
      kernel[y * side + x] = (float)smoothed(disk, side, y, x, weight, reach);
  return FRAY_OK;
}

/* Most of a kernel of a small disk is empty: only what is not costs time, and only as much border
 * is laid around the picture as that reaches. */
enum fray_status fray_correlate(float *x, size_t height, size_t width, size_t channels,
                                const float *kernel, size_t side, struct fray_arena *scratch,
                                struct fray_err *err) {
  const ptrdiff_t half = (ptrdiff_t)side / 2;
  struct fray_padded picture;
  struct fray_tap *tap;
  float *out;
  size_t n_taps = 0, reach = 0; /* of what is not empty */
  FRAY_ALLOC(tap, scratch, side * side, err);
  FRAY_ALLOC(out, scratch, height * width * channels, err);
  for (ptrdiff_t dy = -half; dy <= half; dy++)
    for (ptrdiff_t dx = -half; dx <= half; dx++, kernel++) {
      if (*kernel == 0)
        continue;
      tap[n_taps++] = (struct fray_tap){dy, dx, *kernel};
      reach = FRAY_MAX(reach, (size_t)FRAY_MAX(llabs(dy), llabs(dx)));
    }
  FRAY_TRY(fray_padded_make(x, height, width, channels, reach, FRAY_BORDER_REFLECT, scratch,
                            &picture, err));
  fray_padded_sum(&picture, tap, n_taps, out);
  memcpy(x, out, height * width * channels * sizeof *x);
  return FRAY_OK;
}
