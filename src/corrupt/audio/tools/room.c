/* Rooms: a tail of decaying noise, of which no echo stands out. */
#include "room.h"

#include "fray/base/size.h"
#include "fray/signal/fft.h"

#include <math.h>

size_t fray_room_taps(double rt60, double rate) {
  return FRAY_MAX(2, (size_t)(1.1 * rt60 * rate));
}

/* No delay before h[0]: labels and other modalities stay in time. */
void fray_room_response(struct fray_rng *rng, double rt60, double rate, float *h, size_t taps) {
  const double fall = exp(-log(1000) / (rate * rt60)); /* of a tap; 60 dB are 1000 */
  double level = 1, energy = 0;
  for (size_t k = 1; k < taps; k++) {
    level *= fall;
    h[k] = (float)(level * fray_rng_normal(rng));
    energy += (double)h[k] * (double)h[k];
  }
  const double scale = energy > 0 ? 1 / sqrt(energy) : 0;
  h[0] = 1;
  for (size_t k = 1; k < taps; k++)
    h[k] = (float)(scale * (double)h[k]);
}

/* Divided by the energy of the whole response: else loudness, and not the room, would be what
 * gives the damage away. */
enum fray_status fray_room_hear(float *x, size_t n, const float *h, size_t taps,
                                struct fray_arena *scratch, struct fray_err *err) {
  double energy = 0;
  for (size_t k = 0; k < taps; k++)
    energy += (double)h[k] * (double)h[k];
  FRAY_TRY(fray_convolve(x, n, h, taps, x, scratch, err));
  const double scale = 1 / sqrt(energy);
  for (size_t i = 0; i < n; i++)
    x[i] = (float)((double)x[i] * scale);
  return FRAY_OK;
}
