/* The kernel of bulk normal numbers: Box and Muller by series in double, which the compiler
 * vectorises where libm is called for one number after another.
 *
 * Nothing rests on its last bits, which may differ between machines: callers only take from it what
 * rounds to the same float wherever in a small interval the number lies. */
#include "normals.h"

#include "near_log.h"

#include <math.h>

/* fray_rng_uniform without a conversion of integers, which AVX2 has not: 52 bits below the exponent
 * of 1, and the 53rd by itself. Exact. */
static inline double uniform(uint64_t bits) {
  const double high = fray_double_of(bits >> 12 | fray_bits_of(1.0)) - 1;
  return high + fray_double_of((0 - (bits >> 11 & 1)) & fray_bits_of(0x1p-53));
}

/* cos(2 pi v) = -sin(2 pi b), b = 1/4 - |v - 1/2|, which is exact: a sine of at most a right angle.
 */
static inline double cos_of_turns(double v) {
  const double y = 2 * 3.14159265358979323846 * (0.25 - fabs(v - 0.5)), w = y * y;
  double q = -1.0 / 25852016738884976640000.0; /* 1 / 23!, and so on down to 1 / 3! */
  q = q * w + 1.0 / 51090942171709440000.0;
  q = q * w - 1.0 / 121645100408832000.0;
  q = q * w + 1.0 / 355687428096000.0;
  q = q * w - 1.0 / 1307674368000.0;
  q = q * w + 1.0 / 6227020800.0;
  q = q * w - 1.0 / 39916800.0;
  q = q * w + 1.0 / 362880.0;
  q = q * w - 1.0 / 5040.0;
  q = q * w + 1.0 / 120.0;
  q = q * w - 1.0 / 6.0;
  return -(y + y * w * q);
}

static FRAY_DISPATCH void make(size_t n, const uint64_t *restrict bits, double *restrict z) {
  for (size_t i = 0; i < n; i++) {
    const double u = 1 - uniform(bits[2 * i]), v = uniform(bits[2 * i + 1]);
    z[i] = sqrt(-2 * fray_near_log(u)) * cos_of_turns(v);
  }
}

/* Numbers of the stream first and then what they become: neither waits for the other. */
void fray_normals_next(struct fray_normals *block, struct fray_rng *rng, size_t n) {
  fray_rng_fill(rng, 2 * n, block->bits);
  make(n, block->bits, block->z);
}

/* Asked of the generator itself, with the two numbers as what is left of its block. */
double fray_normals_exact(const struct fray_normals *block, size_t i) {
  struct fray_rng rng = {.block = {0, 0, block->bits[2 * i], block->bits[2 * i + 1]}, .left = 2};
  return fray_rng_normal(&rng);
}

static inline float as_float(double z, size_t i, const void *with) {
  (void)i;
  (void)with;
  return (float)z;
}

FRAY_DISPATCH void fray_normals_draw(struct fray_rng *rng, size_t n, float *out) {
  fray_normals_each(rng, n, as_float, NULL, out);
}
