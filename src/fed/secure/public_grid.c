/* The public grid of a secure sum: floats to integers modulo 2^64 and back. */
#include "fray/fed/secure.h"
#include "fray/tensor/vec.h"

#include <math.h>

/* floor(v + 1/2), where v + 1/2 may have no place in a double: of odd integers above 2^52 it would
 * be the next one. */
static inline double nearest(double v) {
  const double below = floor(v);
  return below + (v - below >= 0.5 ? 1 : 0);
}

/* In double: a float is exact there and so is the power of two; the weight rounds once. Halves go
 * upwards, below 0 as well, so that q does not depend on the mode of rounding. A negative integer
 * is its complement modulo 2^64. */
FRAY_DISPATCH
static void to_integers(size_t n, const float *x, double clip, double factor, uint64_t *out) {
  for (size_t i = 0; i < n; i++) {
    double v = (double)x[i];
    v = v > clip ? clip : v;
    v = v < -clip ? -clip : v;
    out[i] = (uint64_t)(int64_t)nearest(v * factor);
  }
}

FRAY_DISPATCH
static size_t count_beyond(size_t n, const float *x, double clip) {
  size_t beyond = 0;
  for (size_t i = 0; i < n; i++)
    beyond += fabs((double)x[i]) > clip;
  return beyond;
}

FRAY_DISPATCH
static void to_floats(size_t n, const uint64_t *sum, double unit, float *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = (float)((double)(int64_t)sum[i] * unit);
}

size_t fray_secure_quantise(const struct fray_secure_config *config, size_t n, const float *x,
                            double weight, uint64_t *out) {
  to_integers(n, x, config->clip, ldexp(weight, (int)config->exponent), out);
  return count_beyond(n, x, config->clip);
}

uint64_t fray_secure_number(const struct fray_secure_config *config, double x, double most) {
  const double v = fmin(fmax(x, -most), most);
  return (uint64_t)(int64_t)nearest(ldexp(v, (int)config->exponent));
}

double fray_secure_decoded(const struct fray_secure_config *config, uint64_t sum) {
  return ldexp((double)(int64_t)sum, -(int)config->exponent);
}

void fray_secure_decode(const struct fray_secure_config *config, size_t n, const uint64_t *sum,
                        double factor, float *out) {
  to_floats(n, sum, ldexp(factor, -(int)config->exponent), out);
}
