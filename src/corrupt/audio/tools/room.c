/* Rooms: a tail of decaying noise, of which no echo stands out. */
#include "room.h"

#include "corrupt/scope/normals.h"
#include "fray/base/size.h"
#include "fray/signal/fft.h"

#include <math.h>

size_t fray_room_taps(double rt60, double rate) {
  return FRAY_MAX(2, (size_t)(1.1 * rt60 * rate));
}

static inline float at_level(double z, size_t i, const void *with) {
  return (float)(((const double *)with)[i] * z);
}

/* No delay before h[0]: labels and other modalities stay in time. */
FRAY_DISPATCH void fray_room_response(struct fray_rng *rng, double rt60, double rate, float *h,
                                      size_t taps) {
  const double fall = exp(-log(1000) / (rate * rt60)); /* of a tap; 60 dB are 1000 */
  double level[FRAY_NORMALS], last = 1, energy = 0;
  for (size_t k = 1; k < taps; k += FRAY_NORMALS) {
    const size_t n = FRAY_MIN(taps - k, (size_t)FRAY_NORMALS);
    for (size_t i = 0; i < n; i++)
      level[i] = last *= fall;
    fray_normals_each(rng, n, at_level, level, h + k);
  }
  for (size_t k = 1; k < taps; k++)
    energy += (double)h[k] * (double)h[k];
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
