/* Weather with given draws, for the kinds and for tests of them. Pictures are (height, width,
 * channels) from 0 to 1 and are changed in place. */
#ifndef FRAY_CORRUPT_IMAGE_WEATHER_H
#define FRAY_CORRUPT_IMAGE_WEATHER_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/base/status.h"

#include <stddef.h>

/** clip((x + amount map) m / (m + amount)), m the largest value of the picture, one map (stride
 *  values a row, at least height rows of width) for all channels. Source: fog() of ImageNet-C. */
void fray_fog_lay(float *x, size_t height, size_t width, size_t channels, double amount,
                  const float *map, size_t stride);

struct fray_snow {
  double amount;          /* of all of it, 0 .. 1 */
  double mean, deviation; /* of the layer of normal numbers that flakes are cut out of */
  double zoom, threshold; /* the layer is enlarged; what is below is no flake */
  double radius, sigma;   /* px; of the motion of the flakes */
  double weight;          /* of the picture; the rest is its whitened grey */
};
/** A layer of flakes: zoom(mean + deviation z), 0 below the threshold, clipped, cut to 8 bits,
 *  blurred by motion; y = w x + (1 - w) max(x, 1.5 grey + 0.5); clip(y + layer + layer turned by
 * 180 degrees). z (height, width); angle in radians. Source: snow() of ImageNet-C. MEMORY. */
enum fray_status fray_snow_fall(float *x, size_t height, size_t width, size_t channels,
                                const struct fray_snow *snow, const float *z, double angle,
                                struct fray_arena *scratch, struct fray_err *err);

struct fray_mud {
  double amount;                 /* 0 .. 1: how opaque mud is */
  double mean, deviation, sigma; /* of the layer of normal numbers, and its blur in px */
  double threshold;              /* above it there is mud */
  double edge;                   /* px; blur of the mud's mask, of which what is below 0.8 goes */
};
/** layer = gaussian(mean + deviation z, sigma); m = gaussian(layer > threshold, edge), 0 where
 * below 0.8; x (1 - m) + m mud, mud = (63, 42, 20) / 255, on grey 63 / 255. z (height, width).
 * Source: spatter() of ImageNet-C at severities 4 and 5, of MNIST-C at all. MEMORY. */
enum fray_status fray_mud_spatter(float *x, size_t height, size_t width, size_t channels,
                                  const struct fray_mud *mud, const float *z,
                                  struct fray_arena *scratch, struct fray_err *err);

/** Ice (height, width) from 0 to 1: a bright rim of clouds and feathers that grow inwards from the
 *  border. Drawn here; the published sets use photographs. MEMORY. */
enum fray_status fray_frost_ice(struct fray_rng *rng, size_t height, size_t width, float *ice,
                                struct fray_arena *scratch, struct fray_err *err);

#endif
