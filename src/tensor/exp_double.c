/* exp in double, many at once. Softmax and likelihoods are made of it, and a linear model's
 * training would wait for calls of one value each. */
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The way of Szabolcs Nagy's exp in Arm's optimized routines (copyright 2018 Arm Ltd., MIT licence,
 * as are its coefficients below), which glibc has too, with the same roundings as where that has
 * fused multiply-adds: with ln 2 / 128 k + r = x, |r| < .0028, exp(x) = 2^(k / 128) (1 + tail + r +
 * r^2 p(r)), 0.51 units in the last place. So what this gives there is what exp gives. */
enum { BITS = 7, SIZE = 1 << BITS };
#define PER_LN2 (0x1.71547652b82fep0 * SIZE)
#define LN2_HIGH (-0x1.62e42fefa0000p-8)
#define LN2_LOW (-0x1.cf79abc9e3b39p-47)
#define SHIFT 0x1.8p52 /* adding it rounds to an integer, which then lies in the low bits */
#define C2 0x1.ffffffffffdbdp-2
#define C3 0x1.555555555543cp-3
#define C4 0x1.55555cf172b91p-5
#define C5 0x1.1111167a4d017p-7

#include "exp_table.inc"

static double of_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static uint64_t to_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* True if some value is beyond what the formula holds for. */
static FRAY_DISPATCH bool fused(size_t n, const double *restrict x, double *restrict out) {
  uint64_t beyond = 0;
  for (size_t i = 0; i < n; i++) {
    const double v = x[i], z = __builtin_fma(v, PER_LN2, SHIFT), k = z - SHIFT;
    const double r = __builtin_fma(k, LN2_LOW, __builtin_fma(k, LN2_HIGH, v)), r2 = r * r;
    const uint64_t bits = to_bits(z), at = bits % SIZE;
    const double low = __builtin_fma(__builtin_fma(r, C3, C2), r2, tail[at] + r);
    const double more = __builtin_fma(r2 * r2, __builtin_fma(r, C5, C4), low);
    const double scale = of_bits(base[at] + (bits << (52 - BITS)));
    beyond |= (uint64_t) !(v > -512 && v < 512);
    out[i] = __builtin_fma(scale, more, scale);
  }
  return beyond;
}

/* Without fused operations the library is faster than they would be one by one. */
static bool is_fused(void) {
  static int fused_here = -1;
  if (fused_here < 0)
    fused_here = strcmp(fray_vec_level(), "baseline") != 0;
  return fused_here;
}

enum { PIECE = 64 };

void fray_vec_exp_double(size_t n, const double *x, double *out) {
  double y[PIECE];
  for (size_t i = 0, here; i < n; i += here) {
    here = n - i < PIECE ? n - i : PIECE;
    const bool whole = is_fused() && !fused(here, x + i, y);
    for (size_t j = 0; !whole && j < here; j++)
      y[j] = exp(x[i + j]);
    memcpy(out + i, y, here * sizeof *y);
  }
}
