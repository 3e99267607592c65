/* Coloured noise, drawn as a spectrum: exact in every octave, where filters with a few poles are so
 * only in the middle. */
#include "coloured.h"

#include "fray/base/size.h"
#include "fray/signal/fft.h"

#include <math.h>
#include <string.h>

static const double lowest_hz = 20;

enum fray_status fray_coloured_noise(enum fray_colour colour, struct fray_rng *rng, double rate,
                                     float *out, size_t n, struct fray_arena *scratch,
                                     struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  const size_t length = fray_fft_length(n), bins = length / 2;
  const double step = rate / (double)length, low = FRAY_MIN(lowest_hz, rate / 4);
  float *spectrum, *noise;
  struct fray_fft *fft;
  FRAY_ALLOC(spectrum, scratch, 2 * (bins + 1), err);
  FRAY_ALLOC(noise, scratch, length, err);
  FRAY_TRY(fray_fft_new(length, true, scratch, &fft, err));
  spectrum[0] = spectrum[1] = 0; /* a constant is no sound */
  for (size_t k = 1; k <= bins; k++) {
    const double hz = (double)k * step, octave = colour == FRAY_PINK ? sqrt(low / hz) : low / hz;
    /* Also where it is not heard, so that the draws of what is do not depend on the rate. */
    const double re = fray_rng_normal(rng), im = fray_rng_normal(rng);
    const double gain = hz < low ? 0 : octave;
    spectrum[2 * k] = (float)(gain * re);
    spectrum[2 * k + 1] = (float)(gain * im);
  }
  /* A spectrum of that length is periodic; what is longer than the clip is cut off, so that its end
   * does not run on into its beginning. */
  fray_fft_inverse(fft, spectrum, noise);
  memcpy(out, noise, n * sizeof *out);
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}
