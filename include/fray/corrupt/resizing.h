/* Pictures made smaller or larger. */
#ifndef FRAY_CORRUPT_RESIZING_H
#define FRAY_CORRUPT_RESIZING_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

/** How a pixel of the result weighs those of the source: a box or a triangle about its middle, as
 *  wide as a pixel where the picture grows, and as the step where it shrinks. */
enum fray_resize_filter { FRAY_RESIZE_BOX, FRAY_RESIZE_TRIANGLE };
/** What is resized: `rows` x `columns` pixels from (top, left) on, which may lie between pixels, of
 *  x (height, width, channels). */
struct fray_resize_from {
  const float *x;
  size_t height, width, channels;
  double top, left, rows, columns;
};
/** out (rows, columns, channels). Source: the separable resampling of Pillow, in floats. Memory:
 *  scratch. MEMORY. */
enum fray_status fray_resize(const struct fray_resize_from *from, enum fray_resize_filter filter,
                             size_t rows, size_t columns, float *out, struct fray_arena *scratch,
                             struct fray_err *err);
/** Down to floor(factor n) of each side, at least 1, and up again, in place. */
enum fray_status fray_resize_there_and_back(float *x, size_t height, size_t width, size_t channels,
                                            double factor, enum fray_resize_filter filter,
                                            struct fray_arena *scratch, struct fray_err *err);

#endif
