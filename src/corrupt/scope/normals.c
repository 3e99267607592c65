/* The kernel of bulk normal numbers: Box and Muller by series in double, which the compiler
 * vectorises where libm is called for one number after another.
 *
 * Nothing rests on its last bits, which may differ between machines: callers only take from it what
 * rounds to the same float wherever in a small interval the number lies. */
#include "normals.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

INLINE double double_of(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
INLINE uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* fray_rng_uniform without a conversion of integers, which AVX2 has not: 52 bits below the exponent
 * of 1, and the 53rd by itself. Exact. */
INLINE double uniform(uint64_t bits) {
  const double high = double_of(bits >> 12 | bits_of(1.0)) - 1;
  return high + double_of((0 - (bits >> 11 & 1)) & bits_of(0x1p-53));
}

/* log(u) for 2^-53 <= u <= 1: u = 2^e m with m about 1, log m = 2 atanh((m - 1) / (m + 1)), whose
 * terms fall below 1e-17 after eleven. Exact in relation to itself near 1, where log is small. */
INLINE double log_of(double u) {
  const uint64_t bits = bits_of(u);
  /* The exponent changes at sqrt(1/2), so that |m - 1| stays below 0.42. */
  const uint64_t up = (bits + (UINT64_C(0x3ff0000000000000) - UINT64_C(0x3fe6a09e667f3bcd))) >> 52;
  const double m = double_of(bits - (up << 52) + bits_of(1.0));
  /* up is 0 .. 2047 as an integer; below the exponent of 2^52 it becomes a number. */
  const double e = double_of(up | bits_of(0x1p52)) - (0x1p52 + 1023);
  const double s = (m - 1) / (m + 1), w = s * s;
  double q = 1.0 / 23;
  q = q * w + 1.0 / 21;
  q = q * w + 1.0 / 19;
  q = q * w + 1.0 / 17;
  q = q * w + 1.0 / 15;
  q = q * w + 1.0 / 13;
  q = q * w + 1.0 / 11;
  q = q * w + 1.0 / 9;
  q = q * w + 1.0 / 7;
  q = q * w + 1.0 / 5;
  q = q * w + 1.0 / 3;
  return e * 0.69314718055994530942 + 2 * (s + s * w * q);
}

/* cos(2 pi v) = -sin(2 pi b), b = 1/4 - |v - 1/2|, which is exact: a sine of at most a right angle.
 */
INLINE double cos_of_turns(double v) {
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
    z[i] = sqrt(-2 * log_of(u)) * cos_of_turns(v);
  }
}

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
