/* Weather with given draws, for the kinds and for tests of them. Pictures are (height, width,
 * channels) from 0 to 1 and are changed in place. */
#ifndef FRAY_CORRUPT_IMAGE_WEATHER_H
#define FRAY_CORRUPT_IMAGE_WEATHER_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/base/status.h"

#include <stdbool.h>
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

struct fray_spatter {
  double amount;                 /* 0 .. 1: how opaque mud is, how bright water */
  double mean, deviation, sigma; /* of the layer of normal numbers, and its blur in px */
  double threshold;              /* above it there is liquid */
  double finish;                 /* mud: px, blur of its mask; water: weight of its light */
  bool water;
};
/** layer = gaussian(mean + deviation z, sigma). Mud: m = gaussian(layer > threshold, finish), 0
 * where below 0.8, times amount; x (1 - m) + m mud, mud = (63, 42, 20) / 255, on grey 63 / 255.
 * Water: clip(x + amount finish light water), light by droplets.h of the layer, 0 below the
 * threshold, water = (175, 238, 238) / 255, on grey its luminance. z (height, width). Source:
 * spatter() of ImageNet-C and MNIST-C. MEMORY. */
enum fray_status fray_spatter_on(float *x, size_t height, size_t width, size_t channels,
                                 const struct fray_spatter *spatter, const float *z,
                                 struct fray_arena *scratch, struct fray_err *err);

/** Ice (height, width) from 0 to 1: a bright rim of clouds and feathers that grow inwards from the
 *  border. Drawn here; the published sets use photographs. MEMORY. */
enum fray_status fray_frost_ice(struct fray_rng *rng, size_t height, size_t width, float *ice,
                                struct fray_arena *scratch, struct fray_err *err);

#endif
