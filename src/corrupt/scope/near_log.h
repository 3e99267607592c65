/* The logarithm as a series that the compiler vectorises, for those who settle what its last bits
 * leave open in another way. */
#ifndef FRAY_SRC_CORRUPT_NEAR_LOG_H
#define FRAY_SRC_CORRUPT_NEAR_LOG_H

#include <stdint.h>
#include <string.h>

#define FRAY_NEAR static inline __attribute__((always_inline))

FRAY_NEAR double fray_double_of(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
FRAY_NEAR uint64_t fray_bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* log(u) for 2^-53 <= u <= 1: u = 2^e m with m about 1, log m = 2 atanh((m - 1) / (m + 1)), whose
 * terms fall below 1e-17 after eleven. Exact in relation to itself near 1, where log is small. */
FRAY_NEAR double fray_near_log(double u) {
  const uint64_t bits = fray_bits_of(u);
  /* The exponent changes at sqrt(1/2), so that |m - 1| stays below 0.42. */
  const uint64_t up = (bits + (UINT64_C(0x3ff0000000000000) - UINT64_C(0x3fe6a09e667f3bcd))) >> 52;
  const double m = fray_double_of(bits - (up << 52) + fray_bits_of(1.0));
  /* up is 0 .. 2047 as an integer; below the exponent of 2^52 it becomes a number. */
  const double e = fray_double_of(up | fray_bits_of(0x1p52)) - (0x1p52 + 1023);
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

#endif
