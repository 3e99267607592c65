/* A picture with a border around it, and weighted sums of shifted copies of it: what small filters
 * are made of. */
#ifndef FRAY_CORRUPT_IMAGE_PADDED_H
#define FRAY_CORRUPT_IMAGE_PADDED_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

enum fray_border {
  FRAY_BORDER_REPEAT, /* aaa|abc|ccc */
  FRAY_BORDER_REFLECT /* cb|abc|ba: the value at the edge once (OpenCV's reflect-101) */
};
/** Which of 0 .. n-1 stands at place i, which may lie outside; n >= 1. */
size_t fray_border_beyond(enum fray_border border, ptrdiff_t i, size_t n);
/** The same; most places are inside, and only the others are a call. */
static inline size_t fray_border_at(enum fray_border border, ptrdiff_t i, size_t n) {
  return i >= 0 && i < (ptrdiff_t)n ? (size_t)i : fray_border_beyond(border, i, n);
}

struct fray_padded {
  const float *x;                 /* (height + 2 reach, width + 2 reach, channels) */
  size_t height, width, channels; /* of the picture */
  size_t reach;                   /* of the border */
};
/** x: (height, width, channels). Memory: scratch. MEMORY. */
enum fray_status fray_padded_make(const float *x, size_t height, size_t width, size_t channels,
                                  size_t reach, enum fray_border border, struct fray_arena *scratch,
                                  struct fray_padded *out, struct fray_err *err);

struct fray_tap {
  ptrdiff_t dy, dx; /* |dy|, |dx| <= reach */
  float weight;
};
/** out (height, width, channels) = sum of weight * picture(row + dy, column + dx). */
void fray_padded_sum(const struct fray_padded *picture, const struct fray_tap *tap, size_t n_taps,
                     float *out);

#endif
