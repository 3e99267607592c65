/* Order statistics of magnitudes by their bits: those of floats that are not negative have the
 * order of whole numbers, so three counts of 11 bits each find a value without sorting or copying.
 */
#include "magnitudes.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { BITS = 11, DIGITS = 1 << BITS };

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & 0x7fffffff;
}

/* The k-th smallest, from 0: digit by digit, the highest first. */
static uint32_t select_bits(const float *x, size_t n, size_t k) {
  uint32_t found = 0, known = 0; /* the digits so far, and which bits they are */
  for (int shift = 2 * BITS; shift >= 0; shift -= BITS) {
    size_t count[DIGITS] = {0}, digit = 0;
    for (size_t i = 0; i < n; i++) {
      const uint32_t bits = bits_of(x[i]);
      count[bits >> shift & (DIGITS - 1)] += (bits & known) == found;
    }
    while (k >= count[digit])
      k -= count[digit++];
    found |= (uint32_t)digit << shift;
    known |= (uint32_t)(DIGITS - 1) << shift;
  }
  return found;
}

/* The smallest above, or the value itself where there are more of it. */
static uint32_t next_bits(const float *x, size_t n, size_t k, uint32_t value) {
  uint32_t next = UINT32_MAX;
  size_t not_above = 0;
  for (size_t i = 0; i < n; i++) {
    const uint32_t bits = bits_of(x[i]);
    not_above += bits <= value;
    if (bits > value && bits < next)
      next = bits;
  }
  return not_above > k + 1 ? value : next;
}

/* Interpolated in double, as the two may lie far apart. */
static double value_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return (double)x;
}

float fray_magnitude_percentile(const float *x, size_t n, double percent) {
  const double place = percent / 100 * (double)(n - 1);
  const size_t k = (size_t)place;
  const uint32_t low = select_bits(x, n, k);
  const double part = place - (double)k;
  /* At the last value there is none above. */
  if (!(part > 0))
    return (float)value_of(low);
  const double a = value_of(low), b = value_of(next_bits(x, n, k, low));
  return (float)(a + (b - a) * part);
}
