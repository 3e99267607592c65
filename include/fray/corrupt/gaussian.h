/* The Gaussian filter of pictures and of layers that are laid over them. */
#ifndef FRAY_CORRUPT_GAUSSIAN_H
#define FRAY_CORRUPT_GAUSSIAN_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

/** Blurs x (height, width, channels) in place, each channel by itself, with standard deviations in
 *  pixels down the columns and along the rows (0: not along that axis). The kernel ends at
 *  int(4 sigma + 0.5) and sums to 1, the value at the border is repeated: scikit-image's gaussian
 *  with mode nearest. sigma: 0 .. 1000. MEMORY. */
enum fray_status fray_gaussian_filter(float *x, size_t height, size_t width, size_t channels,
                                      double down, double along, struct fray_arena *scratch,
                                      struct fray_err *err);

#endif
