/* Frosted glass with given draws, for the kind and for tests of it. */
#ifndef FRAY_CORRUPT_IMAGE_GLASS_H
#define FRAY_CORRUPT_IMAGE_GLASS_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

struct fray_glass {
  double sigma;         /* px, of the blur before and after */
  size_t reach, passes; /* px; of the shuffle */
};

/** Pixels that the shuffle visits: rows n - reach down to reach + 1, columns likewise, passes
 * times.
 */
size_t fray_glass_visits(const struct fray_glass *glass, size_t height, size_t width);
/** x (height, width, channels), in place: blur, cut to 8 bits, then each visited pixel becomes the
 *  one at (row + dy, column + dx), from the bottom right up, then blur again. The source stays as
 * it is: the published code means a swap, but copies. dxdy (visits, 2): dx, dy in -reach .. reach -
 * 1, in the order of the visits. Source: glass_blur() of ImageNet-C. MEMORY. */
enum fray_status fray_glass_blur(float *x, size_t height, size_t width, size_t channels,
                                 const struct fray_glass *glass, const int8_t *dxdy,
                                 struct fray_arena *scratch, struct fray_err *err);

#endif
