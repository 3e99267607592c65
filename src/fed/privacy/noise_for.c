/* The noise that a budget asks for. */
#include "fray/fed/privacy.h"

#include <math.h>

enum { MOST_NOISE = 10000 };

/* Noise with what it is worth: too little, and enough. */
struct bracket {
  double low, at_low, high, at_high;
};

/* Puts z in the place of the end that it is better than; outside it says nothing new. */
static enum fray_status look(struct fray_mechanism *m, double z, double epsilon,
                             struct fray_arena *scratch, struct bracket *b, struct fray_err *err) {
  double found;
  if (z <= b->low || z >= b->high)
    return FRAY_OK;
  m->z = z;
  FRAY_TRY(fray_privacy_by_pld(m, scratch, &found, err));
  if (found <= epsilon) {
    b->high = z;
    b->at_high = found;
  } else {
    b->low = z;
    b->at_low = found;
  }
  return FRAY_OK;
}

/* Epsilon is nearly a power of the noise, so a line through the ends in logarithms hits well: both
 * sides of the hit are looked at, then the middle, should the line have missed. */
static enum fray_status narrow(struct fray_mechanism *m, double epsilon, struct fray_arena *scratch,
                               struct bracket *b, struct fray_err *err) {
  const double share = log(b->at_low / epsilon) / log(b->at_low / b->at_high);
  const double hit = b->low * pow(b->high / b->low, share), width = b->high / b->low;
  FRAY_TRY(look(m, hit * (1 + 4e-5), epsilon, scratch, b, err));
  FRAY_TRY(look(m, hit * (1 - 4e-5), epsilon, scratch, b, err));
  if (b->high / b->low > sqrt(width))
    FRAY_TRY(look(m, sqrt(b->low * b->high), epsilon, scratch, b, err));
  return FRAY_OK;
}

/* The upper end is what is given: its epsilon was seen to be low enough. */
enum fray_status fray_privacy_noise_for(const struct fray_mechanism *mechanism, double epsilon,
                                        struct fray_arena *scratch, double *z,
                                        struct fray_err *err) {
  struct fray_mechanism m = *mechanism;
  struct bracket b = {0, 0, 0, 0};
  double found;
  for (m.z = FRAY_LEAST_NOISE; m.z <= MOST_NOISE && b.high == 0; m.z *= 2) {
    FRAY_TRY(fray_privacy_by_pld(&m, scratch, &found, err));
    if (found <= epsilon)
      b.high = m.z, b.at_high = found;
    else
      b.low = m.z, b.at_low = found;
  }
  FRAY_CHECK(b.high > 0, err, INPUT,
             "epsilon %g needs noise of more than %d times the clip in %.0f rounds", epsilon,
             MOST_NOISE, m.rounds);
  while (b.low > 0 && b.high > b.low * (1 + 1e-4)) {
    if (b.at_high > 0)
      FRAY_TRY(narrow(&m, epsilon, scratch, &b, err));
    else /* no logarithm */
      FRAY_TRY(look(&m, sqrt(b.low * b.high), epsilon, scratch, &b, err));
  }
  *z = b.high;
  return FRAY_OK;
}
