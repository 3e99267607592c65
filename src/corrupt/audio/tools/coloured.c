/* Coloured noise, drawn as a spectrum: exact in every octave, where filters with a few poles are so
 * only in the middle. */
#include "coloured.h"

#include "corrupt/scope/normals.h"
#include "fray/base/size.h"
#include "fray/signal/fft.h"

#include <math.h>
#include <string.h>

static const double lowest_hz = 20;

struct slope {
  double step, low; /* Hz */
};
/* Real and imaginary parts in turn, from the first bin above 0 Hz on. Drawn also where it is not
 * heard, so that the draws of what is do not depend on the rate. */
static inline float pink(double z, size_t i, const void *with) {
  const struct slope *s = with;
  const double hz = (double)(uint32_t)(1 + i / 2) * s->step;
  return (float)((hz < s->low ? 0 : sqrt(s->low / hz)) * z);
}
static inline float brown(double z, size_t i, const void *with) {
  const struct slope *s = with;
  const double hz = (double)(uint32_t)(1 + i / 2) * s->step;
  return (float)((hz < s->low ? 0 : s->low / hz) * z);
}

FRAY_DISPATCH enum fray_status fray_coloured_noise(enum fray_colour colour, struct fray_rng *rng,
                                                   double rate, float *out, size_t n,
                                                   struct fray_arena *scratch,
                                                   struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  const size_t length = fray_fft_length(n), bins = length / 2;
  const struct slope slope = {rate / (double)length, FRAY_MIN(lowest_hz, rate / 4)};
  float *spectrum, *noise;
  struct fray_fft *fft;
  FRAY_ALLOC(spectrum, scratch, 2 * (bins + 1), err);
  FRAY_ALLOC(noise, scratch, length, err);
  FRAY_TRY(fray_fft_new(length, true, scratch, &fft, err));
  spectrum[0] = spectrum[1] = 0; /* a constant is no sound */
  if (colour == FRAY_PINK)
    fray_normals_each(rng, 2 * bins, pink, &slope, spectrum + 2);
  else
    fray_normals_each(rng, 2 * bins, brown, &slope, spectrum + 2);
  /* A spectrum of that length is periodic; what is longer than the clip is cut off, so that its end
   * does not run on into its beginning. */
  fray_fft_inverse(fft, spectrum, noise);
  memcpy(out, noise, n * sizeof *out);
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}
