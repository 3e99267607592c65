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

/** As ImageMagick 6 writes 8 bits: rounded to 16 bits, halves up, of which the lower 8 are cut. */
static inline float fray_cut_to_8_of_16_bits(float x) {
  const double fine = floor((double)x * 65535 + 0.5);
  return (float)(fmin(fmax(floor(fine / 257), 0), 255) / 255);
}

#endif
