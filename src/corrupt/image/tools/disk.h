/* The disk that a point becomes in a lens out of focus. */
#ifndef FRAY_CORRUPT_IMAGE_DISK_H
#define FRAY_CORRUPT_IMAGE_DISK_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

/** Side of the square that the kernel of a radius (px, 0 .. 64) lies in: 17 up to 8, then
 *  2 floor(radius) + 1. */
size_t fray_disk_side(double radius);
/** kernel (side, side): ones where i^2 + j^2 <= radius^2, divided by their sum, then a Gaussian of
 *  deviation `edge` px on 3 x 3 (5 x 5 above 8), border reflect-101. As published it is not
 *  normalised again: where the disk touches the square it sums to more than 1 (1.013 at 8).
 *  Source: disk() of ImageNet-C. MEMORY. */
enum fray_status fray_disk_kernel(double radius, double edge, float *kernel,
                                  struct fray_arena *scratch, struct fray_err *err);
/** Correlates x (height, width, channels) in place with a kernel (side, side), side odd; border
 *  reflect-101. MEMORY. */
enum fray_status fray_correlate(float *x, size_t height, size_t width, size_t channels,
                                const float *kernel, size_t side, struct fray_arena *scratch,
                                struct fray_err *err);

#endif
