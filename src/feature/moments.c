/* Sums of floats and of their squares as long integers: a float is 24 bits somewhere between 2^-149
 * and 2^128, so a fixed point that spans them all needs no rounding, and no agreement beforehand on
 * how large values are. */
#include "moments.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum {
  LONGEST = 24, /* digits of n times the sum of squares, and of the square of the sum */
  DIGIT_BITS = 32
};
#define DIGIT_MASK UINT64_C(0xffffffff)
/* An addition puts less than 2^34 into a digit, which holds 2^63: 2^28 of them leave one bit. */
static const uint64_t most_between_carries = UINT64_C(1) << 28;

/* Digits stand channel by channel: those that a value needs are neighbours in the cache. */
enum fray_status moments_start(struct moments *m, size_t channels, struct fray_arena *arena,
                               struct fray_err *err) {
  *m = (struct moments){.channels = channels, .room = most_between_carries};
  FRAY_ALLOC_ZERO(m->digit, arena, channels * MOMENT_DIGITS, err);
  return FRAY_OK;
}

/* Digits into 0 .. 2^32 - 1, but the highest, which keeps the sign. Shifting a negative number
 * right rounds down with every compiler that fray is built by. */
static void carry(int64_t *digit, size_t n) {
  for (size_t i = 0; i + 1 < n; i++) {
    digit[i + 1] += digit[i] >> DIGIT_BITS;
    digit[i] &= (int64_t)DIGIT_MASK;
  }
}

/* Of both numbers of each channel, however full they are. */
static void carry_all(struct moments *m) {
  for (size_t c = 0; c < m->channels; c++) {
    carry(m->digit + c * MOMENT_DIGITS, MOMENT_SUM);
    carry(m->digit + c * MOMENT_DIGITS + MOMENT_SUM, MOMENT_SQUARES);
  }
  m->room = most_between_carries;
}

/* x = +-mantissa 2^(place - 149), by its bits (IEEE 754, binary32). */
static void add_one(int64_t *digit, float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t exponent = bits >> 23 & 0xff, fraction = bits & 0x7fffff;
  const uint64_t mantissa = exponent ? fraction | 0x800000 : fraction;
  const uint32_t place = exponent ? exponent - 1 : 0;
  const uint64_t shifted = mantissa << place % DIGIT_BITS;
  const int64_t low = (int64_t)(shifted & DIGIT_MASK), high = (int64_t)(shifted >> DIGIT_BITS);
  int64_t *sum = digit + place / DIGIT_BITS;
  sum[0] += bits >> 31 ? -low : low;
  sum[1] += bits >> 31 ? -high : high;
  /* 48 bits, shifted by up to 31, in two halves that each stay below 2^63. */
  const uint64_t square = mantissa * mantissa;
  const uint32_t shift = 2 * place % DIGIT_BITS;
  const uint64_t lower = (square & DIGIT_MASK) << shift, upper = square >> DIGIT_BITS << shift;
  int64_t *squares = digit + MOMENT_SUM + 2 * place / DIGIT_BITS;
  squares[0] += (int64_t)(lower & DIGIT_MASK);
  squares[1] += (int64_t)((lower >> DIGIT_BITS) + (upper & DIGIT_MASK));
  squares[2] += (int64_t)(upper >> DIGIT_BITS);
}

/* Rows may be more than digits have room for: then in pieces. */
void moments_add(struct moments *m, const float *x, size_t rows) {
  while (rows > 0) {
    const size_t now = (size_t)FRAY_MIN((uint64_t)rows, m->room);
    for (size_t i = 0; i < now; i++)
      for (size_t c = 0; c < m->channels; c++)
        add_one(m->digit + c * MOMENT_DIGITS, x[i * m->channels + c]);
    m->n += now;
    m->room -= now;
    if (m->room == 0)
      carry_all(m);
    x += now * m->channels;
    rows -= now;
  }
}

/* Carried digits are below 2^32, so those of 2^31 ranks can be added. */
void moments_share(struct moments *m, struct fray_comm *comm) {
  int64_t n = (int64_t)m->n;
  carry_all(m);
  fray_comm_sum_i64(comm, &n, 1);
  fray_comm_sum_i64(comm, m->digit, m->channels * MOMENT_DIGITS);
  m->n = (uint64_t)n;
  carry_all(m);
}

/* ---- the end: long integers without sign ---- */

struct longer {
  uint32_t digit[LONGEST];
};

/* Digits that were carried; negative: of the absolute value, which is taken where they stand. */
static struct longer absolute(int64_t *digit, size_t n, bool *negative) {
  struct longer out = {{0}};
  *negative = digit[n - 1] < 0;
  for (size_t i = 0; *negative && i < n; i++)
    digit[i] = -digit[i];
  carry(digit, n);
  for (size_t i = 0; i < n; i++)
    out.digit[i] = (uint32_t)digit[i];
  return out;
}

/* What would lie beyond the longest is 0: see the bounds of both products. */
static struct longer times(const struct longer *a, const struct longer *b) {
  struct longer out = {{0}};
  for (size_t i = 0; i < LONGEST; i++) {
    uint64_t over = 0;
    for (size_t k = 0; a->digit[i] && i + k < LONGEST; k++) {
      over += (uint64_t)a->digit[i] * b->digit[k] + out.digit[i + k];
      out.digit[i + k] = (uint32_t)over;
      over >>= DIGIT_BITS;
    }
  }
  return out;
}

/* a - b, which is not negative. */
static struct longer less(const struct longer *a, const struct longer *b) {
  struct longer out;
  int64_t over = 0;
  for (size_t i = 0; i < LONGEST; i++) {
    over += (int64_t)a->digit[i] - (int64_t)b->digit[i];
    out.digit[i] = (uint32_t)((uint64_t)over & DIGIT_MASK);
    over >>= DIGIT_BITS;
  }
  return out;
}

/* To the nearest double: the highest 64 bits, of which the last stands for all below it. At most
 * 2^768, so nothing overflows. */
static double nearest(const struct longer *a) {
  size_t top = LONGEST;
  while (top > 0 && a->digit[top - 1] == 0)
    top--;
  if (top == 0)
    return 0;
  uint32_t digit[3] = {0}; /* the highest first */
  for (size_t i = 0; i < 3 && i < top; i++)
    digit[i] = a->digit[top - 1 - i];
  const int shift = __builtin_clz(digit[0]);
  uint64_t high = (uint64_t)digit[0] << DIGIT_BITS | digit[1];
  bool rest = (digit[2] & DIGIT_MASK >> shift) != 0;
  if (shift)
    high = high << shift | digit[2] >> (DIGIT_BITS - shift);
  for (size_t i = 3; i < top; i++)
    rest = rest || a->digit[top - 1 - i] != 0;
  return ldexp((double)(high | rest), ((int)top - 2) * DIGIT_BITS - shift);
}

/* variance = (n S2 - S1^2) / n^2. n < 2^62, S1 < 2^339, S2 < 2^616: both products are below 2^678.
 */
void moments_finish(struct moments *m, double *mean, double *deviation) {
  const struct longer n = {{(uint32_t)m->n, (uint32_t)(m->n >> DIGIT_BITS)}};
  carry_all(m);
  for (size_t c = 0; c < m->channels; c++) {
    bool negative, never;
    const struct longer sum = absolute(m->digit + c * MOMENT_DIGITS, MOMENT_SUM, &negative);
    const struct longer squares =
        absolute(m->digit + c * MOMENT_DIGITS + MOMENT_SUM, MOMENT_SQUARES, &never);
    const struct longer first = times(&n, &squares), second = times(&sum, &sum);
    const struct longer spread = less(&first, &second);
    const double count = FRAY_MAX((double)m->n, 1.0);
    mean[c] = ldexp(nearest(&sum), -149) / (negative ? -count : count);
    deviation[c] = ldexp(sqrt(nearest(&spread)), -149) / count;
  }
}
