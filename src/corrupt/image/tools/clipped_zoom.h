/* The middle of a picture, enlarged to its size. */
#ifndef FRAY_CORRUPT_IMAGE_CLIPPED_ZOOM_H
#define FRAY_CORRUPT_IMAGE_CLIPPED_ZOOM_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

/** sum (height, width, channels) += x enlarged by factor >= 1: of each axis of n values the
 *  ceil(n / factor) from (n - that) / 2 on, bilinearly to m = round(that factor) values at places
 *  i (that - 1) / (m - 1), trimmed by (m - n) / 2. Source: clipped_zoom() of ImageNet-C with
 *  scipy.ndimage.zoom(order=1); there of squares only. MEMORY. */
enum fray_status fray_clipped_zoom_add(const float *x, size_t height, size_t width, size_t channels,
                                       double factor, float *sum, struct fray_arena *scratch,
                                       struct fray_err *err);

#endif
