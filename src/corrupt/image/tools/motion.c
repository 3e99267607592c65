/* Motion blur along a line of pixels, as ImageMagick has it. */
#include "motion.h"

#include "eight_bits.h"
#include "padded.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

/* Offsets are rounded to whole pixels (ceil(v - 0.5) is halves down), so that a streak is a
 * staircase. Its weights begin with the largest at the point itself: half a Gaussian. */
enum fray_status fray_motion_blur(float *x, size_t height, size_t width, size_t channels,
                                  double radius, double sigma, double angle,
                                  struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  const size_t most = 2 * (size_t)ceil(radius) + 1, n = height * width * channels;
  struct fray_padded picture;
  struct fray_tap *tap;
  float *out;
  size_t n_taps = 0, reach = 0;
  double sum = 0;
  FRAY_ALLOC(tap, scratch, most, err);
  FRAY_ALLOC(out, scratch, n, err);
  /* Over the whole streak, also where its end is left out below. */
  for (size_t i = 0; i < most; i++)
    sum += exp(-0.5 * (double)(i * i) / (sigma * sigma));
  for (size_t i = 0; i < most; i++) {
    const double weight = exp(-0.5 * (double)(i * i) / (sigma * sigma)) / sum;
    if (weight < 1e-9) /* a long tail of a small sigma, which no 8 bits show */
      break;
    const ptrdiff_t dx = (ptrdiff_t)ceil((double)i * cos(angle) - 0.5);
    const ptrdiff_t dy = (ptrdiff_t)ceil((double)i * sin(angle) - 0.5);
    tap[n_taps++] = (struct fray_tap){dy, dx, (float)weight};
    reach = FRAY_MAX(reach, (size_t)FRAY_MAX(llabs(dy), llabs(dx)));
  }
  FRAY_TRY(fray_padded_make(x, height, width, channels, reach, FRAY_BORDER_REPEAT, scratch,
                            &picture, err));
  fray_padded_sum(&picture, tap, n_taps, out);
  for (size_t i = 0; i < n; i++)
    x[i] = fray_cut_to_8_of_16_bits(out[i]);
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}
