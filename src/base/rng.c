/* Random streams: Philox blocks in the order of their counter, and the laws that are drawn from
 * them. A value is a function of seed, purpose and counter alone; results rest on every bit of this
 * file. */
#include "fray/base/rng.h"

#include "fray/base/hash.h"

#include <math.h>
#include <Random123/philox.h>

__extension__ typedef unsigned __int128 u128;

/* 64 bits of hash: two purposes that clash would share a stream; a study refuses that at its
 * start. */
uint64_t fray_rng_purpose(const char *purpose) {
  return fray_hash_text(purpose);
}

struct fray_rng fray_rng_keyed(uint64_t seed, uint64_t purpose, uint64_t who, uint64_t when,
                               uint64_t step) {
  return (struct fray_rng){.key = {seed, purpose}, .counter = {who, when, step, 0}};
}

struct fray_rng fray_rng_for(uint64_t seed, const char *purpose, uint64_t who, uint64_t when,
                             uint64_t step) {
  return fray_rng_keyed(seed, fray_rng_purpose(purpose), who, when, step);
}

/* A block of four numbers; the last word of the counter says which block of the stream it is. */
static inline void next_block(struct fray_rng *rng, uint64_t out[4]) {
  philox4x64_ctr_t counter = {{rng->counter[0], rng->counter[1], rng->counter[2], rng->counter[3]}};
  philox4x64_key_t key = {{rng->key[0], rng->key[1]}};
  philox4x64_ctr_t block = philox4x64(counter, key);
  for (int i = 0; i < 4; i++)
    out[i] = block.v[i];
  rng->counter[3]++;
}

uint64_t fray_rng_u64(struct fray_rng *rng) {
  if (rng->left == 0) {
    next_block(rng, rng->block);
    rng->left = 4;
  }
  return rng->block[4 - rng->left--];
}

/* What Random123's philox4x64 gives of n blocks that follow each other: with the keys of all rounds
 * made once, and without the products that are the same in every block, since only the last word
 * of the counter differs, they take two thirds of the time. One block does not wait for another, so
 * the processor works at several at once. */
static void fill_blocks(struct fray_rng *rng, size_t n, uint64_t *out) {
  enum { ROUNDS = 10 };
  const uint64_t who = rng->counter[0], when = rng->counter[1], step = rng->counter[2];
  uint64_t key0[ROUNDS], key1[ROUNDS];
  for (uint64_t r = 0; r < ROUNDS; r++) {
    key0[r] = rng->key[0] + r * PHILOX_W64_0;
    key1[r] = rng->key[1] + r * PHILOX_W64_1;
  }
  for (size_t i = 0; i < n; i++, out += 4) {
    uint64_t a = who, b = when, c = step, d = rng->counter[3] + i;
    _Pragma("GCC unroll 10") for (int r = 0; r < ROUNDS; r++) {
      const u128 p = (u128)PHILOX_M4x64_0 * a, q = (u128)PHILOX_M4x64_1 * c;
      a = (uint64_t)(q >> 64) ^ b ^ key0[r];
      b = (uint64_t)q;
      c = (uint64_t)(p >> 64) ^ d ^ key1[r];
      d = (uint64_t)p;
    }
    out[0] = a, out[1] = b, out[2] = c, out[3] = d;
  }
  rng->counter[3] += n;
}

/* Blocks go straight to where they are wanted. The last one is kept, as the stream may go on in the
 * middle of it. */
void fray_rng_fill(struct fray_rng *rng, size_t n, uint64_t *out) {
  for (; n && rng->left; n--)
    *out++ = fray_rng_u64(rng);
  fill_blocks(rng, n / 4, out);
  for (out += n / 4 * 4, n %= 4; n; n--)
    *out++ = fray_rng_u64(rng);
}

double fray_rng_uniform(struct fray_rng *rng) {
  /* The 53 leading bits: every double that is a multiple of 2^-53 has the same chance. */
  return (double)(fray_rng_u64(rng) >> 11) * 0x1p-53;
}

uint64_t fray_rng_below(struct fray_rng *rng, uint64_t n) {
  u128 product = (u128)fray_rng_u64(rng) * n;
  /* Lemire 2019: only here the low half can lie in the part that would favour some values; the
   * division is hardly ever made. */
  if ((uint64_t)product < n) {
    uint64_t threshold = -n % n;
    while ((uint64_t)product < threshold)
      product = (u128)fray_rng_u64(rng) * n;
  }
  return (uint64_t)(product >> 64);
}

/* One value of the pair that Box and Muller give: the second would be a state that a stream must
 * not have, since who draws next would depend on who drew before. */
double fray_rng_normal(struct fray_rng *rng) {
  double u = 1.0 - fray_rng_uniform(rng); /* in (0, 1], so that log is finite */
  double v = fray_rng_uniform(rng);
  return sqrt(-2.0 * log(u)) * cos(2.0 * 3.14159265358979323846 * v);
}

double fray_rng_gamma(struct fray_rng *rng, double shape) {
  if (shape < 1.0) { /* boost: Gamma(a) = Gamma(a + 1) U^(1/a) */
    double u = 1.0 - fray_rng_uniform(rng);
    return fray_rng_gamma(rng, shape + 1.0) * pow(u, 1.0 / shape);
  }
  /* Marsaglia and Tsang 2000, without their squeeze: log is cheap here and the law is the same. */
  double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
  for (;;) {
    double x = fray_rng_normal(rng);
    double v = 1.0 + c * x;
    if (v <= 0.0)
      continue;
    v = v * v * v;
    double u = 1.0 - fray_rng_uniform(rng);
    if (log(u) < 0.5 * x * x + d - d * v + d * log(v))
      return d * v;
  }
}

void fray_rng_dirichlet(struct fray_rng *rng, double alpha, size_t n, double *out) {
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    sum += out[i] = fray_rng_gamma(rng, alpha);
  if (sum > 0.0) {
    for (size_t i = 0; i < n; i++)
      out[i] /= sum;
    return;
  }
  /* With a tiny alpha every gamma may underflow; the limit law puts all mass on one part. */
  size_t all = (size_t)fray_rng_below(rng, n);
  for (size_t i = 0; i < n; i++)
    out[i] = i == all ? 1.0 : 0.0;
}

/* The next value of a stream that gives `least` or more. They are made many at once, and none that
 * is not asked for: the stream goes on behind the last. */
struct supply {
  struct fray_rng *rng;
  size_t at, n;
  uint64_t value[64];
};

static uint64_t supplied(struct supply *s, size_t least) {
  if (s->at == s->n) {
    s->n = least < sizeof s->value / sizeof *s->value ? least : sizeof s->value / sizeof *s->value;
    s->at = 0;
    fray_rng_fill(s->rng, s->n, s->value);
  }
  return s->value[s->at++];
}

/* From the end, so that what is left is always a prefix. Each place takes one value, or seldom
 * more. */
void fray_rng_shuffle(struct fray_rng *rng, uint32_t *items, size_t n) {
  struct supply supply = {.rng = rng};
  for (size_t i = n; i > 1; i--) {
    u128 product = (u128)supplied(&supply, i - 1) * i;
    if ((uint64_t)product < i) { /* as in fray_rng_below */
      const uint64_t threshold = -(uint64_t)i % i;
      while ((uint64_t)product < threshold)
        product = (u128)supplied(&supply, i - 1) * i;
    }
    const size_t j = (size_t)(product >> 64);
    uint32_t t = items[i - 1];
    items[i - 1] = items[j];
    items[j] = t;
  }
}
