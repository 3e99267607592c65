/* Inner products of all updates, the same to the bit for any ranks: each rank adds those of its
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
  TALL = 2,          /* vectors of a tile, down and across: its sums stay in registers */
  BROAD = 4
};

/* Sums are taken in an order that depends on neither the pair's place nor on how many there are:
 * equal vectors get equal products. A BLAS promises no such thing. */
typedef double wide __attribute__((vector_size(WIDE * sizeof(double))));

/* One order, whatever the machine has registers for. */
static double add_up(wide v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/* Products of rows a .. a + tall - 1 with rows b .. b + broad - 1 over a strip, added to those of
 * the block. */
/* Sizes are known where it is called, so that the loops over them are gone when it is compiled. */
static inline __attribute__((always_inline)) void add_tile(size_t n, const wide *strip, size_t a,
                                                           size_t tall, size_t b, size_t broad,
                                                           double *block) {
  enum { STEPS = STRIP / WIDE };
  const wide *x = strip + a * STEPS, *y = strip + b * STEPS;
  wide sum[TALL][BROAD] = {{{0}}};
  for (size_t i = 0; i < STEPS; i++)
    for (size_t p = 0; p < tall; p++)
      for (size_t q = 0; q < broad; q++)
        sum[p][q] += x[p * STEPS + i] * y[q * STEPS + i];
  for (size_t p = 0; p < tall; p++)
    for (size_t q = 0; q < broad; q++)
      block[(a + p) * n + b + q] += add_up(sum[p][q]);
}

/* Lengths, and products with the vectors from `all` on: what clipping and trust ask for. */
FRAY_DISPATCH
static void add_lengths(size_t n, size_t all, const wide *strip, double *block) {
  for (size_t a = 0; a < n; a++)
    for (size_t b = a < all ? a : 0; b <= a; b++)
      add_tile(n, strip, a, 1, b, 1, block);
}

/* The lower half, and what tiles cover beyond it. */
FRAY_DISPATCH
static void add_strip(size_t n, const wide *strip, double *block) {
  for (size_t a = 0; a < n; a += TALL)
    for (size_t b = 0; b < FRAY_MIN(a + TALL, n); b += BROAD)
      if (a + TALL <= n && b + BROAD <= n)
        add_tile(n, strip, a, TALL, b, BROAD, block);
      else
        for (size_t p = a; p < FRAY_MIN(a + TALL, n); p++)
          for (size_t q = b; q < FRAY_MIN(b + BROAD, n); q++)
            add_tile(n, strip, p, 1, q, 1, block);
}

/* Coordinates behind the end are 0, and add nothing. */
FRAY_DISPATCH
static void widen(size_t n, const float *x, double *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = (double)x[i];
  for (size_t i = n; i < STRIP; i++)
    out[i] = 0;
}

/* Coordinates at .. at + n - 1 of the slice that lie in one block: blocks are cut where they are
 * cut for all, whoever holds them and wherever a part begins. */
static size_t piece(const struct fray_slice *slice, size_t at, size_t end) {
  const size_t block = FRAY_EXACT_BLOCK - (slice->first + at) % FRAY_EXACT_BLOCK;
  return FRAY_MIN(block, end - at);
}

/* The exponent of the largest length that a vector has within one of its blocks, here. */
static int32_t longest(const struct fray_slice *slice, const float *x, size_t at, size_t end) {
  int32_t most = EMPTY;
  for (size_t n; at < end; at += n) {
    n = piece(slice, at, end);
    const double length2 = fray_vec_norm2(n, x + at);
    int e;
    frexp(length2, &e);
    if (length2 > 0)
      most = FRAY_MAX(most, e);
  }
  return most;
}

/* |x . y| over a block is below 2^((e_x + e_y) / 2), with one bit for rounding; the sum of all
 * blocks fits into 62 bits. */
static int shift_of(int32_t a, int32_t b, size_t blocks) {
  int bits = 0;
  while (((size_t)1 << bits) < blocks)
    bits++;
  const int sum = a + b;
  return 61 - bits - (sum >= 0 ? (sum + 1) / 2 : sum / 2);
}

struct room {
  int32_t *exponent; /* (n) */
  wide *strip;       /* (n, STRIP) */
  double *block;     /* (n, n) */
  int64_t *sum;      /* (n, n) */
};

/* Two tables of all pairs: the block at hand, and the sums. */
static enum fray_status make_room(size_t n, struct fray_arena *arena, struct room *out,
                                  struct fray_err *err) {
  FRAY_ALLOC(out->exponent, arena, n, err);
  FRAY_ALLOC(out->strip, arena, n * (STRIP / WIDE), err);
  FRAY_ALLOC(out->block, arena, n * n, err);
  FRAY_ALLOC(out->sum, arena, n * n, err);
  return FRAY_OK;
}

/* One block of all vectors. */
static void add_block(size_t n, size_t all, const float *const *row, size_t first, size_t size,
                      size_t blocks, struct room *room) {
  memset(room->block, 0, n * n * sizeof *room->block);
  for (size_t at = 0; at < size; at += STRIP) {
    for (size_t k = 0; k < n; k++)
      widen(FRAY_MIN(size - at, (size_t)STRIP), row[k] + first + at,
            (double *)(room->strip + k * (STRIP / WIDE)));
    if (all == 0)
      add_strip(n, room->strip, room->block);
    else
      add_lengths(n, all, room->strip, room->block);
  }
  for (size_t a = 0; a < n; a++)
    for (size_t b = 0; b <= a && room->exponent[a] != EMPTY; b++)
      if (room->exponent[b] != EMPTY)
        room->sum[a * n + b] += (int64_t)rint(
            ldexp(room->block[a * n + b], shift_of(room->exponent[a], room->exponent[b], blocks)));
}

/* Coordinates at .. end - 1 of the slice, which may be none of it. */
static void add_part(struct fray_comm *comm, const struct fray_slice *slice, size_t n, size_t all,
                     const float *const *row, size_t at, size_t end, size_t blocks,
                     struct room *room, double *gram) {
  memset(room->sum, 0, n * n * sizeof *room->sum);
  for (size_t k = 0; k < n; k++)
    room->exponent[k] = longest(slice, row[k], at, end);
  fray_comm_max_i32(comm, room->exponent, n);
  for (size_t size; at < end; at += size) {
    size = piece(slice, at, end);
    add_block(n, all, row, at, size, blocks, room);
  }
  fray_comm_sum_i64(comm, room->sum, n * n);
  for (size_t a = 0; a < n; a++)
    for (size_t b = 0; b <= a; b++) {
      const bool is_zero = room->exponent[a] == EMPTY || room->exponent[b] == EMPTY;
      gram[a * n + b] = gram[b * n + a] =
          is_zero ? 0
                  : ldexp((double)room->sum[a * n + b],
                          -shift_of(room->exponent[a], room->exponent[b], blocks));
    }
}

/* Ranks without any coordinate of a part add nothing to it, and go along. all: vectors from it on
 * are multiplied with all others, those before with themselves; 0: all with all. */
static enum fray_status multiply(struct fray_comm *comm, const struct fray_slice *slice, size_t n,
                                 size_t all, const float *const *row, size_t total, size_t parts,
                                 const size_t *end, struct fray_arena *arena, double *gram,
                                 struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  /* A part may begin within a block: one more for that. */
  const size_t blocks = fray_exact_blocks(total) + 1, last = slice->first + slice->n;
  struct room room = {0};
  FRAY_TRY(fray_comm_agree(comm, make_room(n, arena, &room, err), err));
  for (size_t part = 0, from = 0; part < parts; from = end[part++]) {
    const size_t first = FRAY_MIN(FRAY_MAX(from, slice->first), last);
    const size_t behind = FRAY_MIN(FRAY_MAX(end[part], first), last);
    add_part(comm, slice, n, all, row, first - slice->first, behind - slice->first, blocks, &room,
             gram + part * n * n);
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

enum fray_status fray_gram_parts(struct fray_comm *comm, const struct fray_slice *slice, size_t n,
                                 const float *const *row, size_t total, size_t parts,
                                 const size_t *end, struct fray_arena *arena, double *gram,
                                 struct fray_err *err) {
  return multiply(comm, slice, n, 0, row, total, parts, end, arena, gram, err);
}

enum fray_status fray_gram(struct fray_comm *comm, const struct fray_slice *slice, size_t n,
                           const float *const *row, size_t total, struct fray_arena *arena,
                           double *gram, struct fray_err *err) {
  return multiply(comm, slice, n, 0, row, total, 1, &total, arena, gram, err);
}

enum fray_status fray_gram_lengths(struct fray_comm *comm, const struct fray_slice *slice, size_t n,
                                   size_t all, const float *const *row, size_t total,
                                   struct fray_arena *arena, double *gram, struct fray_err *err) {
  /* With none to be multiplied by all, the bound lies behind them. */
  return multiply(comm, slice, n, FRAY_MAX(all, (size_t)1), row, total, 1, &total, arena, gram,
                  err);
}
