/* Mixing of sound and noise. Libraries mean three things by one ratio: some turn the signal down,
 * so that only the ratio is right; some leave the level of the signal out of it. Here the signal
 * stays. */
#include "mix.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>

/* Squares in double: a clip has millions of samples, and float would lose the late ones. Side by
 * side, as one sum would wait for itself. */
double fray_rms(const float *x, size_t n) {
  return sqrt(fray_vec_norm2(n, x) / (double)n);
}

/* In a longer one it does not wrap: its end and its beginning were never heard together. */
void fray_loop_piece(const float *x, size_t n, double where, float *out, size_t length) {
  const size_t places = n > length ? n - length + 1 : n;
  size_t at = FRAY_MIN((size_t)(where * (double)places), places - 1);
  for (size_t i = 0; i < length; i++) {
    out[i] = x[at];
    at = at + 1 < n ? at + 1 : 0;
  }
}

FRAY_DISPATCH bool fray_mix_noise(float *x, const float *noise, size_t n, double snr_db) {
  const double level = fray_rms(x, n), own = fray_rms(noise, n);
  /* Also where a level is NaN: then nothing is mixed rather than all spoilt. */
  if (!(level > 0) || !(own > 0))
    return false;
  const double gain = level / own * pow(10, -snr_db / 20);
  for (size_t i = 0; i < n; i++)
    x[i] = (float)((double)x[i] + gain * (double)noise[i]);
  return true;
}
