/* Tones of machines: pulsed ones, and the mains with their harmonics. */
#include "hum.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdbool.h>

static const double ramp_s = 0.005;
enum { HARMONICS = 5 };

/* At `on` seconds into a pulse that lasts `length`. Ramps lie inside, so that the pulse keeps its
 * duty; without them each edge would be a click, which is another sound. */
static double envelope(double on, double length) {
  const double ramp = FRAY_MIN(ramp_s, length / 2), edge = FRAY_MIN(on, length - on);
  if (edge <= 0)
    return 0;
  return edge >= ramp ? 1 : 0.5 - 0.5 * cos(M_PI * edge / ramp);
}

/* Its turn is counted from the first sample and not from the onset: a machine that is heard through
 * a door turns on while the door is shut. */
void fray_hum_tone(const struct fray_hum *hum, double rate, float *out, size_t n) {
  const double length = hum->duty * hum->period, step = 2 * M_PI * hum->f0 / rate;
  for (size_t i = 0; i < n; i++) {
    const double t = (double)i / rate - hum->start;
    const double on = t - hum->period * floor(t / hum->period);
    const double env = hum->duty >= 1 ? 1 : envelope(on, length);
    out[i] = env > 0 ? (float)(env * sin(step * (double)i + hum->phase)) : 0;
  }
}

/* A clip that caught the last millisecond of a pulse would make that as loud as a whole one, since
 * ratios are of the clip. */
double fray_hum_start(const struct fray_hum *hum, double rate, size_t n, double u) {
  const double clip = (double)n / rate;
  return u * (clip >= hum->period ? hum->period : fmax(0, clip - hum->duty * hum->period));
}

/* Harmonics from one sine and one cosine: sin (k + 1) a = 2 cos a sin k a - sin (k - 1) a. */
void fray_hum_mains(double mains, double phase, double rate, float *out, size_t n) {
  const double step = 2 * M_PI * mains / rate;
  int harmonics = 0; /* above half the rate they would come out as other tones */
  while (harmonics < HARMONICS && (harmonics + 1) * mains < rate / 2)
    harmonics++;
  for (size_t i = 0; i < n; i++) {
    const double a = step * (double)i + phase, twice = 2 * cos(a);
    double now = sin(a), before = 0, sum = 0;
    for (int k = 1; k <= harmonics; k++) {
      const double next = twice * now - before;
      sum += now / k;
      before = now;
      now = next;
    }
    out[i] = (float)sum;
  }
}
