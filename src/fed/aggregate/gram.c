/* Inner products of updates, the same to the bit for any ranks: each rank adds those of its
 * coordinates block by block, as integers. */
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"
#include "fray/fed/exact.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

enum {
  EMPTY = INT32_MIN, /* exponent of a vector of zeros */
  WIDE = 8,          /* partial sums of a product, added in their order */
  STRIP = 256,       /* coordinates at a time: what all pairs go over stays in the cache */
  STEPS = STRIP / WIDE,
  TALL = 2, /* vectors of a tile, down and across: its sums stay in registers, and fill one */
  BROAD = 4,
  PANEL = 8 /* vectors that stay in the first cache while all others pass them */
};

/* Sums are taken in an order that depends on neither the pair's place nor on how many there are:
 * equal vectors get equal products. A BLAS promises no such thing. The product of two floats is
 * exact in double, so fusing it with the addition changes no bit either. */
typedef double wide __attribute__((vector_size(WIDE * sizeof(double))));
typedef float narrow __attribute__((vector_size(WIDE * sizeof(float)), aligned(4)));

/* One order, whatever the machine has registers for. */
static inline __attribute__((always_inline)) double add_up(const wide *sums) {
  const wide v = *sums;
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/* The same order for eight vectors at once: halves, quarters and single values of all of them are
 * brought side by side. Element k is what add_up makes of v + k. */
static inline __attribute__((always_inline)) void add_up_all(const wide v[WIDE], wide *out) {
  wide half[4], quarter[2];
  for (int k = 0; k < 4; k++)
    half[k] = __builtin_shufflevector(v[2 * k], v[2 * k + 1], 0, 1, 2, 3, 8, 9, 10, 11) +
              __builtin_shufflevector(v[2 * k], v[2 * k + 1], 4, 5, 6, 7, 12, 13, 14, 15);
  for (int k = 0; k < 2; k++)
    quarter[k] = __builtin_shufflevector(half[2 * k], half[2 * k + 1], 0, 1, 4, 5, 8, 9, 12, 13) +
                 __builtin_shufflevector(half[2 * k], half[2 * k + 1], 2, 3, 6, 7, 10, 11, 14, 15);
  *out = __builtin_shufflevector(quarter[0], quarter[1], 0, 2, 4, 6, 8, 10, 12, 14) +
         __builtin_shufflevector(quarter[0], quarter[1], 1, 3, 5, 7, 9, 11, 13, 15);
}

/* The product of two rows over a strip, added to that of the block. */
static inline __attribute__((always_inline)) void add_pair(const wide *x, const wide *y,
                                                           double *block) {
  wide sum = {0};
  for (size_t i = 0; i < STEPS; i++)
    sum += x[i] * y[i];
  *block += add_up(&sum);
}

/* Products of rows a, a + 1 with rows b .. b + 3 over a strip, added to those of the block. */
static inline __attribute__((always_inline)) void add_tile(size_t n, const wide *strip, size_t a,
                                                           size_t b, double *block) {
  const wide *x = strip + a * STEPS, *y = strip + b * STEPS;
  wide sum[TALL * BROAD] = {{0}};
  for (size_t i = 0; i < STEPS; i++)
    for (size_t p = 0; p < TALL; p++)
      for (size_t q = 0; q < BROAD; q++)
        sum[p * BROAD + q] += x[p * STEPS + i] * y[q * STEPS + i];
  wide sums;
  add_up_all(sum, &sums);
  for (size_t p = 0; p < TALL; p++)
    for (size_t q = 0; q < BROAD; q++)
      block[(a + p) * n + b + q] += sums[p * BROAD + q];
}

/* The lower half, and what tiles cover beyond it. */
FRAY_DISPATCH
static void add_strip(size_t n, const wide *strip, double *block) {
  for (size_t panel = 0; panel < n; panel += PANEL)
    for (size_t a = panel; a < n; a += TALL)
      for (size_t b = panel; b < FRAY_MIN(panel + PANEL, FRAY_MIN(a + TALL, n)); b += BROAD)
        if (a + TALL <= n && b + BROAD <= n)
          add_tile(n, strip, a, b, block);
        else
          for (size_t p = a; p < FRAY_MIN(a + TALL, n); p++)
            for (size_t q = b; q < FRAY_MIN(b + BROAD, n); q++)
              add_pair(strip + p * STEPS, strip + q * STEPS, &block[p * n + q]);
}

/* Coordinates behind the end are 0, and add nothing. */
FRAY_DISPATCH
static void widen(size_t n, const float *x, double *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = (double)x[i];
  for (size_t i = n; i < STRIP; i++)
    out[i] = 0;
}

/* Of two vectors alone: in the same order, without a copy of them. */
FRAY_DISPATCH
static double multiply_pair(size_t n, const float *x, const float *y) {
  double all = 0;
  for (size_t at = 0; at < n; at += STRIP) {
    const size_t end = FRAY_MIN(n, at + STRIP), whole = at + (end - at) / WIDE * WIDE;
    wide sum = {0};
    for (size_t i = at; i < whole; i += WIDE)
      sum += __builtin_convertvector(*(const narrow *)(x + i), wide) *
             __builtin_convertvector(*(const narrow *)(y + i), wide);
    for (size_t i = whole; i < end; i++)
      sum[i - whole] += (double)x[i] * (double)y[i];
    all += add_up(&sum);
  }
  return all;
}

double fray_gram_length2(size_t n, const float *x) {
  return multiply_pair(n, x, x);
}

/* Coordinates at .. at + n - 1 of the slice that lie in one block: blocks are cut where they are
 * cut for all, whoever holds them and wherever a part begins. */
static size_t piece(const struct fray_slice *slice, size_t at, size_t end) {
  const size_t block = FRAY_EXACT_BLOCK - (slice->first + at) % FRAY_EXACT_BLOCK;
  return FRAY_MIN(block, end - at);
}

/* The squared length of vector k over a piece; of a whole block of an update the slice knows it. */
static double length2_of(const struct fray_slice *slice, const struct fray_product_table *of,
                         size_t k, size_t at, size_t n) {
  const bool is_whole =
      at % FRAY_EXACT_BLOCK == 0 && n == FRAY_MIN((size_t)FRAY_EXACT_BLOCK, slice->n - at);
  if (is_whole && of->length2 && of->length2[k])
    return of->length2[k][at / FRAY_EXACT_BLOCK];
  return multiply_pair(n, of->row[k] + at, of->row[k] + at);
}

/* What a run of coordinates has in the slice: at .. *end - 1 of it, maybe nothing. */
static size_t inside(const struct fray_slice *slice, const struct fray_block_run *run,
                     size_t *end) {
  const size_t last = slice->first + slice->n;
  const size_t first = FRAY_MIN(FRAY_MAX(run->offset, slice->first), last);
  *end = FRAY_MIN(FRAY_MAX(run->offset + run->n, first), last) - slice->first;
  return first - slice->first;
}

/* The exponent of the largest length that a vector has within one of its blocks, here. */
static int32_t longest(const struct fray_slice *slice, const struct fray_product_table *of,
                       size_t k) {
  int32_t most = EMPTY;
  for (size_t r = 0; r < of->runs; r++) {
    size_t end, at = inside(slice, &of->run[r], &end);
    for (size_t n; at < end; at += n) {
      n = piece(slice, at, end);
      const double length2 = length2_of(slice, of, k, at, n);
      int e;
      frexp(length2, &e);
      if (length2 > 0)
        most = FRAY_MAX(most, e);
    }
  }
  return most;
}

/* |x . y| over a block is below 2^((e_x + e_y) / 2), with one bit for rounding; the sum of all
 * blocks fits into 62 bits. */
static inline int shift_of(int32_t a, int32_t b, int bits) {
  const int sum = a + b;
  return 61 - bits - (sum >= 0 ? (sum + 1) / 2 : sum / 2);
}

static int bits_of(size_t blocks) {
  int bits = 0;
  while (((size_t)1 << bits) < blocks)
    bits++;
  return bits;
}

/* 2^shift: squared lengths of floats and their sums lie between 2^-298 and 2^320, so it is a normal
 * double, and multiplying by it rounds nothing. */
static inline double power(int shift) {
  const uint64_t bits = (uint64_t)(1023 + shift) << 52;
  double out;
  memcpy(&out, &bits, sizeof out);
  return out;
}

/* A row of the block's table, as integers of the pairs' units. Vectors of zeros have no unit, and
 * products of 0 whatever it is. */
FRAY_DISPATCH
static void add_rounded(size_t n, const double *block, int32_t own, const int32_t *exponent,
                        int bits, int64_t *sum) {
  for (size_t b = 0; b < n; b++) {
    const int32_t other = exponent[b] == EMPTY ? own : exponent[b];
    sum[b] += (int64_t)rint(block[b] * power(shift_of(own, other, bits)));
  }
}

struct room {
  wide *strip;   /* (n, STRIP) */
  double *block; /* (n, n) */
};

/* All pairs of a piece. */
static void add_pairs(const struct fray_product_table *of, size_t at, size_t size,
                      struct room *room) {
  const size_t n = of->n;
  memset(room->block, 0, n * n * sizeof *room->block);
  for (size_t done = 0; done < size; done += STRIP) {
    for (size_t k = 0; k < n; k++) {
      const float *x = of->row[k] + at + done;
      /* Many short pieces of memory are more than hardware sees ahead. */
      for (size_t i = 0; i < STRIP && done + STRIP + i < size; i += 16)
        __builtin_prefetch(x + STRIP + i);
      widen(FRAY_MIN(size - done, (size_t)STRIP), x, (double *)(room->strip + k * STEPS));
    }
    add_strip(n, room->strip, room->block);
  }
}

/* Lengths, and products with the vectors from `all` on: what clipping and trust ask for. Vector
 * after vector, each from its first coordinate to its last, as memory likes it: sums of integers
 * have no order. */
static void add_lengths(const struct fray_slice *slice, const struct fray_product_table *of,
                        int bits, const int32_t *exponent, int64_t *sum) {
  for (size_t b = 0; b < of->n; b++)
    for (size_t r = 0; r < of->runs; r++) {
      size_t end, at = inside(slice, &of->run[r], &end);
      for (size_t size; at < end; at += size) {
        size = piece(slice, at, end);
        for (size_t a = b; a < of->n; a = FRAY_MAX(a + 1, of->all)) {
          const double product = a == b ? length2_of(slice, of, a, at, size)
                                        : multiply_pair(size, of->row[a] + at, of->row[b] + at);
          if (exponent[a] != EMPTY && exponent[b] != EMPTY)
            add_rounded(1, &product, exponent[a], exponent + b, bits, sum + a * of->n + b);
        }
      }
    }
}

/* What this rank has of a table of all pairs, as integers. */
static void add_own(const struct fray_slice *slice, const struct fray_product_table *of, int bits,
                    const int32_t *exponent, struct room *room, int64_t *sum) {
  const size_t n = of->n;
  for (size_t r = 0; r < of->runs; r++) {
    size_t end, at = inside(slice, &of->run[r], &end);
    for (size_t size; at < end; at += size) {
      size = piece(slice, at, end);
      add_pairs(of, at, size, room);
      for (size_t a = 0; a < n; a++)
        if (exponent[a] != EMPTY)
          add_rounded(a + 1, room->block + a * n, exponent[a], exponent, bits, sum + a * n);
    }
  }
}

static void finish(const struct fray_product_table *of, int bits, const int32_t *exponent,
                   const int64_t *sum) {
  const size_t n = of->n;
  for (size_t a = 0; a < n; a++)
    for (size_t b = 0; b <= a; b++) {
      const bool is_zero = exponent[a] == EMPTY || exponent[b] == EMPTY;
      of->gram[a * n + b] = of->gram[b * n + a] =
          is_zero ? 0 : ldexp((double)sum[a * n + b], -shift_of(exponent[a], exponent[b], bits));
    }
}

/* Sums of all tables side by side: one exchange of exponents and one of sums, however many tables
 * there are. A run may begin within a block: one more for each. */
static enum fray_status make_room(size_t tables, const struct fray_product_table *of,
                                  struct fray_arena *arena, struct room *room, int32_t **exponent,
                                  int64_t **sum, size_t *vectors, size_t *pairs,
                                  struct fray_err *err) {
  size_t most = 0;
  *vectors = *pairs = 0;
  for (size_t t = 0; t < tables; t++) {
    most = FRAY_MAX(most, of[t].n);
    *vectors += of[t].n;
    *pairs += of[t].n * of[t].n;
  }
  FRAY_ALLOC(*exponent, arena, *vectors, err);
  FRAY_ALLOC_ZERO(*sum, arena, *pairs, err);
  FRAY_ALLOC(room->strip, arena, most * STEPS, err);
  FRAY_ALLOC(room->block, arena, most * most, err);
  return FRAY_OK;
}

/* Ranks without any coordinate of a table add nothing to it, and go along. */
enum fray_status fray_gram_tables(struct fray_comm *comm, const struct fray_slice *slice,
                                  size_t total, size_t tables, const struct fray_product_table *of,
                                  struct fray_arena *arena, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  struct room room = {0};
  int32_t *exponent = NULL;
  int64_t *sum = NULL;
  size_t vectors = 0, pairs = 0;
  FRAY_TRY(fray_comm_agree(
      comm, make_room(tables, of, arena, &room, &exponent, &sum, &vectors, &pairs, err), err));
  for (size_t t = 0, at = 0; t < tables; at += of[t++].n)
    for (size_t k = 0; k < of[t].n; k++)
      exponent[at + k] = longest(slice, &of[t], k);
  fray_comm_max_i32(comm, exponent, vectors);
  for (size_t t = 0, at = 0, pair = 0; t < tables; at += of[t].n, pair += of[t].n * of[t].n, t++)
    if (of[t].all)
      add_lengths(slice, &of[t], bits_of(fray_exact_blocks(total) + of[t].runs), exponent + at,
                  sum + pair);
    else
      add_own(slice, &of[t], bits_of(fray_exact_blocks(total) + of[t].runs), exponent + at, &room,
              sum + pair);
  fray_comm_sum_i64(comm, sum, pairs);
  for (size_t t = 0, at = 0, pair = 0; t < tables; at += of[t].n, pair += of[t].n * of[t].n, t++)
    finish(&of[t], bits_of(fray_exact_blocks(total) + of[t].runs), exponent + at, sum + pair);
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Part by part: tables may be many, and the room for the sums of one is enough. */
enum fray_status fray_gram_parts(struct fray_comm *comm, const struct fray_slice *slice, size_t n,
                                 const float *const *row, size_t total, size_t parts,
                                 const size_t *end, struct fray_arena *arena, double *gram,
                                 struct fray_err *err) {
  for (size_t part = 0, from = 0; part < parts; from = end[part++]) {
    const struct fray_block_run run = {.offset = from, .n = end[part] - from};
    const struct fray_product_table of = {
        .n = n, .row = row, .runs = 1, .run = &run, .gram = gram + part * n * n};
    FRAY_TRY(fray_gram_tables(comm, slice, total, 1, &of, arena, err));
  }
  return FRAY_OK;
}

enum fray_status fray_gram(struct fray_comm *comm, const struct fray_slice *slice, size_t n,
                           const float *const *row, size_t total, struct fray_arena *arena,
                           double *gram, struct fray_err *err) {
  return fray_gram_parts(comm, slice, n, row, total, 1, &total, arena, gram, err);
}
