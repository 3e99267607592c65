/* Pictures as the kinds see them: floats 0 .. 1, (height, width, channels), rows from the top. */
#ifndef FRAY_CORRUPT_IMAGE_PIXELS_H
#define FRAY_CORRUPT_IMAGE_PIXELS_H

#include "fray/corrupt/signal.h"

/** Numbers of a picture. */
static inline size_t fray_pixels(const struct fray_signal *image) {
  return image->height * image->width * image->channels;
}
static inline float fray_clip01(float x) {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}
/** The same of a sum in double. */
static inline float fray_cut01(double x) {
  return (float)(x < 0 ? 0 : x > 1 ? 1 : x);
}
/** Cuts every number at 0 and 1: sums of rounded weights may pass the ends by the last place. */
static inline void fray_clip_picture(struct fray_signal *image) {
  for (size_t i = 0; i < fray_pixels(image); i++)
    image->x[i] = fray_clip01(image->x[i]);
}

#endif
