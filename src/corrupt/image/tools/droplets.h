/* Water on glass: what light a layer of liquid adds to a picture. */
#ifndef FRAY_CORRUPT_IMAGE_DROPLETS_H
#define FRAY_CORRUPT_IMAGE_DROPLETS_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

/** layer (height, width): liquid, 0 where there is none, about 0 .. 1. light (height, width), 0 ..
 * 1: level (cut to 8 bits) times relief, over its largest; 0 where all is dry. The relief is what
 * the published chain makes of the edges of the level: Canny (thresholds 50, 150, L1), distance to
 * the nearest edge (5 x 5 chamfer, at most 20), mean of 3 x 3, cut to 8 bits, histogram equalised,
 *  embossed, mean of 3 x 3. Source: spatter() of ImageNet-C with OpenCV 4.6. MEMORY. */
enum fray_status fray_droplets(const float *layer, size_t height, size_t width, float *light,
                               struct fray_arena *scratch, struct fray_err *err);

#endif
