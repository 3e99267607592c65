/* Plasma: a map of clouds, rough at every size, without an edge. */
#ifndef FRAY_CORRUPT_IMAGE_PLASMA_H
#define FRAY_CORRUPT_IMAGE_PLASMA_H

#include "fray/base/rng.h"

#include <stddef.h>

/** map (side, side), side a power of 2 and at least 2, on a torus, from 0 to 1: diamond-square. At
 *  each level a point becomes the mean of four neighbours plus b U(-b, b); b begins at 100 and is
 *  divided by decay > 0 a level, so that the step shrinks by decay^2 an octave. Draws half
 *  of side^2 numbers. Source: plasma_fractal() of ImageNet-C. */
void fray_plasma(struct fray_rng *rng, size_t side, double decay, float *map);
/** The smallest power of 2 that is at least n and at least 32. */
size_t fray_plasma_side(size_t n);

#endif
