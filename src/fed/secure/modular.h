/* Integers modulo the prime 2^61 - 1, all below it. */
#ifndef FED_SECURE_MODULAR_H
#define FED_SECURE_MODULAR_H

#include "fray/fed/secure.h"

static inline uint64_t secure_plus(uint64_t a, uint64_t b) {
  const uint64_t sum = a + b; /* below 2^62 */
  return sum >= FRAY_SHAMIR_PRIME ? sum - FRAY_SHAMIR_PRIME : sum;
}

/* 2^61 is 1 here: the upper bits of a product are added to the lower ones. */
static inline uint64_t secure_times(uint64_t a, uint64_t b) {
  __extension__ typedef unsigned __int128 u128;
  const u128 product = (u128)a * b;
  return secure_plus((uint64_t)product & FRAY_SHAMIR_PRIME, (uint64_t)(product >> 61));
}

static inline uint64_t secure_power(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = secure_times(result, base);
    base = secure_times(base, base);
  }
  return result;
}

#endif
