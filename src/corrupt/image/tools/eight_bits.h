/* Values 0 .. 1 on the 256 levels of 8 bits, for kinds that pass through them. */
#ifndef FRAY_CORRUPT_IMAGE_EIGHT_BITS_H
#define FRAY_CORRUPT_IMAGE_EIGHT_BITS_H

#include <math.h>

/** The level below, as a conversion to uint8 cuts; what lies within float's rounding of the level
 *  above is that. */
static inline float fray_cut_to_8_bits(float x) {
  const double level = floor((double)x * 255 + 1e-4);
  return (float)(fmin(fmax(level, 0), 255) / 255);
}

/** The nearest level, halves up. */
static inline float fray_round_to_8_bits(float x) {
  const double level = floor((double)x * 255 + 0.5);
  return (float)(fmin(fmax(level, 0), 255) / 255);
}

#endif
