/* Order statistics of magnitudes by their bits: those of floats that are not negative have the
 * order of whole numbers. How many values are at most so large is counted in whole vectors, and
 * halving finds the asked one without sorting or copying. A few values tell where to begin (Floyd &
 * Rivest 1975), and when few are left they are selected from. */
#include "magnitudes.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { TRIED = 128, FEW = 32, BLOCK = 32, CHUNK = 1 << 20, LARGEST = 0x7fffffff };

/* Signed: older vectors have no other comparison. */
static inline __attribute__((always_inline)) int32_t bits_of(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & LARGEST;
}

/* Interpolated in double, as the two may lie far apart. */
static double value_of(int32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return (double)x;
}

/* How many are at most so large; in chunks that a lane can count. */
static FRAY_DISPATCH size_t count_upto(const float *x, size_t n, int32_t most) {
  size_t all = 0;
  for (size_t begin = 0; begin < n; begin += CHUNK) {
    const size_t end = FRAY_MIN(n, begin + CHUNK);
    int32_t count = 0;
    for (size_t i = begin; i < end; i++)
      count += bits_of(x[i]) <= most;
    all += (size_t)count;
  }
  return all;
}

struct pair {
  int32_t low, high;
};

/* The largest that is at most so large, and the least that is larger. */
static FRAY_DISPATCH struct pair around(const float *x, size_t n, int32_t middle) {
  struct pair out = {0, LARGEST};
  for (size_t i = 0; i < n; i++) {
    const int32_t bits = bits_of(x[i]);
    const int32_t low = bits <= middle ? bits : 0, high = bits > middle ? bits : LARGEST;
    out.low = FRAY_MAX(out.low, low);
    out.high = FRAY_MIN(out.high, high);
  }
  return out;
}

/* Those within a range, which are known to be at most FEW; returns how many. Most blocks have none.
 */
static FRAY_DISPATCH size_t gather(const float *x, size_t n, struct pair range, int32_t *out) {
  size_t m = 0, i = 0;
  for (; i + BLOCK <= n; i += BLOCK) {
    int32_t any = 0;
    for (size_t j = 0; j < BLOCK; j++) {
      const int32_t bits = bits_of(x[i + j]);
      any |= (bits >= range.low) & (bits <= range.high);
    }
    for (size_t j = 0; any && j < BLOCK; j++)
      if (bits_of(x[i + j]) >= range.low && bits_of(x[i + j]) <= range.high)
        out[m++] = bits_of(x[i + j]);
  }
  for (; i < n; i++)
    if (bits_of(x[i]) >= range.low && bits_of(x[i]) <= range.high)
      out[m++] = bits_of(x[i]);
  return m;
}

/* The k-th smallest of a few, to its place, with nothing larger before it (Hoare's partition). */
static int32_t select_few(int32_t *v, size_t n, size_t k) {
  size_t low = 0, high = n - 1;
  while (low < high) {
    const int32_t pivot = v[low + (high - low) / 2];
    size_t i = low, j = high;
    for (;;) {
      while (v[i] < pivot)
        i++;
      while (pivot < v[j])
        j--;
      if (i >= j)
        break;
      const int32_t keep = v[i];
      v[i++] = v[j];
      v[j--] = keep;
    }
    if (k <= j)
      high = j;
    else
      low = j + 1;
  }
  return v[k];
}

/* Where place k of n nearly surely lies by every so many-th value: three deviations of a share of
 * TRIED to each side. */
static struct pair likely(const float *x, size_t n, size_t k) {
  const double share = (double)k / (double)n, at = share * TRIED;
  const double far = 3 * sqrt(TRIED * share * (1 - share)) + 2;
  struct pair out = {0, LARGEST};
  int32_t tried[TRIED];
  for (size_t i = 0; i < TRIED; i++)
    tried[i] = bits_of(x[i * n / TRIED]);
  if (at - far >= 0)
    out.low = select_few(tried, TRIED, (size_t)(at - far));
  if (at + far < TRIED - 1)
    out.high = select_few(tried, TRIED, (size_t)(at + far));
  return out;
}

/* The k-th smallest from 0 and the one after it, k + 1 < n. Both lie within `range` all the time,
 * `below` values before it and `upto` up to its end. */
static struct pair select_two(const float *x, size_t n, size_t k) {
  struct pair range = likely(x, n, k);
  size_t below = range.low > 0 ? count_upto(x, n, range.low - 1) : 0;
  size_t upto = range.high < LARGEST ? count_upto(x, n, range.high) : n;
  if (k < below || k + 1 >= upto) {
    range = (struct pair){0, LARGEST};
    below = 0;
    upto = n;
  }
  while (upto - below > FEW && range.low < range.high) {
    const int32_t middle = range.low + (range.high - range.low) / 2;
    const size_t count = count_upto(x, n, middle);
    if (count == k + 1) /* between the two */
      return around(x, n, middle);
    if (count > k) {
      range.high = middle;
      upto = count;
    } else {
      range.low = middle + 1;
      below = count;
    }
  }
  /* Many of one value. */
  if (range.low == range.high)
    return range;
  int32_t few[FEW];
  const size_t m = gather(x, n, range, few);
  struct pair out = {select_few(few, m, k - below), LARGEST};
  for (size_t i = k - below + 1; i < m; i++)
    out.high = FRAY_MIN(out.high, few[i]);
  return out;
}

float fray_magnitude_percentile(const float *x, size_t n, double percent) {
  const double place = percent / 100 * (double)(n - 1);
  const size_t k = (size_t)place;
  /* After the last there is none. */
  if (k + 1 >= n)
    return (float)value_of(around(x, n, LARGEST).low);
  const struct pair two = select_two(x, n, k);
  const double a = value_of(two.low), b = value_of(two.high);
  return (float)(a + (b - a) * (place - (double)k));
}
