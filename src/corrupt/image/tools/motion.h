/* The streak that a point becomes while the camera, or a flake, moves. */
#ifndef FRAY_CORRUPT_IMAGE_MOTION_H
#define FRAY_CORRUPT_IMAGE_MOTION_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

/** x (height, width, channels), in place: the sum over i = 0 .. 2 ceil(radius) of
 *  k_i x(row + ceil(i sin t - .5), column + ceil(i cos t - .5)), k_i proportional to
 *  exp(-i^2 / 2 sigma^2), t the angle in radians; the value at the border is repeated, and the
 *  result is rounded to 16 bits, halves up, and cut to 8, as the published pictures were. The
 * kernel has one side, so the picture moves: that is part of it. Source: ImageMagick 6's
 * MotionBlurImage, which made the published sets. radius: 0 .. 1000 px, sigma > 0 px. MEMORY. */
enum fray_status fray_motion_blur(float *x, size_t height, size_t width, size_t channels,
                                  double radius, double sigma, double angle,
                                  struct fray_arena *scratch, struct fray_err *err);

#endif
