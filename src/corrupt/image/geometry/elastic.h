/* The elastic transform of given draws. */
#ifndef FRAY_CORRUPT_IMAGE_ELASTIC_H
#define FRAY_CORRUPT_IMAGE_ELASTIC_H

#include "fray/corrupt/signal.h"

/** Random numbers of one picture. */
struct fray_elastic_draws {
  double offset[3][2];        /* px: by how much three points (right and down) are moved */
  const float *across, *down; /* (height, width) -1 .. 1, before smoothing */
};
/** Changes a picture in place. The points lie about the middle (width / 2, height / 2, whole) at
 *  (+, +), (+, -) and (-, -) a third of the shorter side; the affine map that moves them is applied
 *  bilinear with the edge mirrored, then each pixel is taken from amplitude times the field away,
 *  which is smoothed with standard deviation sigma (to 3 sigma, the edge doubled), both in px.
 * MEMORY. */
enum fray_status fray_elastic(struct fray_signal *image, double amplitude, double sigma,
                              const struct fray_elastic_draws *draws, struct fray_arena *scratch,
                              struct fray_err *err);

#endif
