/* Sums of weighted floats that come out the same to the bit in whatever order they are added: as
 * 64-bit integers with an exponent for each block of coordinates. */
#include "fray/fed/exact.h"

#include "fray/base/size.h"
#include "fray/nn/touched.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

enum {
  EMPTY = INT32_MIN,      /* exponent of a block of zeros */
  LOWEST_EXPONENT = -900, /* keeps the scale 2^shift below the double range */
  PIECE = 256             /* values that are rounded, then added */
};

/* In double: a float times a power of two is exact there, so rint is the only rounding. In two
 * loops, as the compiler makes lrint of both at once, and that one value at a time. */
FRAY_DISPATCH
static void add_quantised(size_t n, const float *x, double factor, int64_t *sum) {
  double whole[PIECE];
  for (size_t at = 0, here; at < n; at += here) {
    here = FRAY_MIN(n - at, (size_t)PIECE);
    for (size_t i = 0; i < here; i++)
      whole[i] = rint((double)x[at + i] * factor);
    for (size_t i = 0; i < here; i++)
      sum[at + i] += (int64_t)whole[i];
  }
}

/* Sums of an empty block are 0, and so is their unit. */
FRAY_DISPATCH
static void round_sums(size_t n, const int64_t *sum, double unit, float *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = (float)((double)sum[i] * unit);
}

/* A sum of `cohort` terms below 2^e is below 2^(e + bits), and rounding adds half a unit to each:
 * hence one bit more than the logarithm. 40 bits are more clients than there can be. */
static int headroom_bits(size_t cohort) {
  int bits = 0;
  while (bits < 40 && ((size_t)1 << bits) < cohort)
    bits++;
  return bits + 1;
}

_Static_assert((int)FRAY_EXACT_BLOCK == (int)FRAY_LINE * (int)FRAY_LINES_OF_WORD,
               "a word of touched lines is a block");

/* The updates of this rank; touched (mine): where each may differ from 0, or NULL. */
struct terms {
  size_t mine;
  const float *const *update;
  const uint64_t *const *touched;
  const double *weight;
};

/* The lines of update k in the block that begins at coordinate `first`; NULL: all. */
static const uint64_t *lines_of(const struct terms *t, size_t k, size_t first) {
  return t->touched ? &t->touched[k][first / FRAY_EXACT_BLOCK] : NULL;
}

/* The largest |x| of lines; all else is 0. */
static float largest_of(const uint64_t *lines, size_t size, const float *x) {
  float most = 0;
  size_t at = 0, lo, hi;
  while (fray_touched_next(lines, &at, size, &lo, &hi))
    most = FRAY_MAX(most, fray_vec_max_abs(hi - lo, x + lo));
  return most;
}

/* Exponent of the largest |weight x update| from coordinate `first` on. */
static enum fray_status scale_block(size_t first, size_t size, const struct terms *t,
                                    int32_t *exponent, struct fray_err *err) {
  *exponent = EMPTY; /* stays so where all is 0, and loses against any other in the maximum */
  for (size_t k = 0; k < t->mine; k++) {
    const double largest =
        fabs(t->weight[k]) * (double)largest_of(lines_of(t, k, first), size, t->update[k] + first);
    FRAY_CHECK(isfinite(largest), err, INTERNAL, "an update is not finite in block %zu",
               first / FRAY_EXACT_BLOCK);
    int e = 0;
    frexp(largest, &e); /* largest < 2^e */
    if (largest > 0.0)
      *exponent = FRAY_MAX(*exponent, FRAY_MAX(e, LOWEST_EXPONENT));
  }
  return FRAY_OK;
}

/* sum (size): of the block alone. */
static void quantise_block(size_t first, size_t size, const struct terms *t, size_t cohort,
                           int32_t exponent, int64_t *sum) {
  const int top = 63 - headroom_bits(cohort);
  if (exponent == EMPTY)
    return;
  for (size_t k = 0; k < t->mine; k++) {
    const double factor = t->weight[k] * ldexp(1.0, top - exponent);
    const uint64_t *lines = lines_of(t, k, first);
    size_t at = 0, lo, hi;
    while (fray_touched_next(lines, &at, size, &lo, &hi))
      add_quantised(hi - lo, t->update[k] + first + lo, factor, sum + lo);
  }
}

/* Blocks, not the whole vector: a layer with small updates keeps its bits beside one with large
 * ones. */
static enum fray_status scale(size_t n, const struct terms *t, int32_t *exponent,
                              struct fray_err *err) {
  for (size_t first = 0, b = 0; first < n; first += FRAY_EXACT_BLOCK, b++)
    FRAY_TRY(
        scale_block(first, FRAY_MIN(n - first, (size_t)FRAY_EXACT_BLOCK), t, &exponent[b], err));
  return FRAY_OK;
}

enum fray_status fray_exact_scale(size_t n, size_t mine, const float *const *update,
                                  const double *weight, int32_t *exponent, struct fray_err *err) {
  return scale(n, &(struct terms){.mine = mine, .update = update, .weight = weight}, exponent, err);
}

/* Block by block, not update by update: the sums of a block stay in the cache. */
void fray_exact_quantise(size_t n, size_t mine, const float *const *update, const double *weight,
                         size_t cohort, const int32_t *exponent, int64_t *sum) {
  const struct terms t = {.mine = mine, .update = update, .weight = weight};
  for (size_t first = 0, b = 0; first < n; first += FRAY_EXACT_BLOCK, b++)
    quantise_block(first, FRAY_MIN(n - first, (size_t)FRAY_EXACT_BLOCK), &t, cohort, exponent[b],
                   sum + first);
}

void fray_exact_finish(size_t n, const int64_t *sum, size_t cohort, const int32_t *exponent,
                       float *out) {
  const int top = 63 - headroom_bits(cohort);
  for (size_t first = 0, b = 0; first < n; first += FRAY_EXACT_BLOCK, b++)
    round_sums(FRAY_MIN(n - first, (size_t)FRAY_EXACT_BLOCK), sum + first,
               exponent[b] == EMPTY ? 0.0 : ldexp(1.0, exponent[b] - top), out + first);
}

/* What is exchanged of a sum: lines that are 0 in all updates are left out. */
struct exchange {
  uint64_t *lines; /* (blocks) touched by somebody; NULL: all are exchanged */
  int32_t *exponent;
  int64_t *sum; /* of these, packed */
  size_t n;
};

/* Lines that somebody touched, known to all ranks. */
static enum fray_status agree_on_lines(struct fray_comm *comm, size_t n, const struct terms *t,
                                       struct fray_arena *arena, struct exchange *x,
                                       struct fray_err *err) {
  const size_t blocks = fray_exact_blocks(n);
  enum fray_status status = FRAY_OK;
  x->lines = fray_arena_zero(arena, blocks, sizeof *x->lines);
  if (!x->lines)
    status = fray_fail(err, FRAY_MEMORY, "out of memory (%zu blocks)", blocks);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  for (size_t k = 0; k < t->mine; k++)
    for (size_t b = 0; b < blocks; b++)
      x->lines[b] |= t->touched[k][b];
  fray_comm_or_u64(comm, x->lines, blocks);
  x->n = 0;
  for (size_t at = 0, lo, hi; fray_touched_next(x->lines, &at, n, &lo, &hi);)
    x->n += hi - lo;
  return FRAY_OK;
}

/* Allocated before ranks agree: one without memory must not leave the others in the exchange. */
static enum fray_status start_exchange(struct fray_comm *comm, size_t n, const struct terms *t,
                                       struct fray_arena *arena, struct exchange *x,
                                       struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  *x = (struct exchange){.n = n};
  if (t->touched)
    FRAY_TRY(agree_on_lines(comm, n, t, arena, x, err));
  x->exponent = fray_arena_alloc(arena, fray_exact_blocks(n), sizeof *x->exponent);
  x->sum = fray_arena_zero(arena, x->n, sizeof *x->sum);
  if (!x->exponent || (!x->sum && x->n))
    status = fray_fail(err, FRAY_MEMORY, "out of memory (%zu sums)", x->n);
  else
    status = scale(n, t, x->exponent, err);
  return fray_comm_agree(comm, status, err);
}

/* Between the sums of a block, at their places, and those of its touched lines, side by side from
 * `packed` on; returns what follows them. */
static int64_t *pack(const uint64_t *lines, size_t size, int64_t *sum, int64_t *packed, bool out) {
  size_t at = 0, lo, hi;
  while (fray_touched_next(lines, &at, size, &lo, &hi)) {
    memcpy(out ? packed : sum + lo, out ? sum + lo : packed, (hi - lo) * sizeof *sum);
    packed += hi - lo;
  }
  return packed;
}

/* Twice through the blocks, whose sums are made in a piece that stays in the cache; between them
 * only what is exchanged is kept. */
static enum fray_status sum_all(struct fray_comm *comm, size_t n, const struct terms *t,
                                size_t cohort, struct fray_arena *arena, float *out,
                                struct fray_err *err) {
  struct exchange x;
  int64_t sum[FRAY_EXACT_BLOCK], *packed;
  FRAY_TRY(start_exchange(comm, n, t, arena, &x, err));
  fray_comm_max_i32(comm, x.exponent, fray_exact_blocks(n));
  packed = x.sum;
  for (size_t first = 0, b = 0; first < n; first += FRAY_EXACT_BLOCK, b++) {
    const size_t size = FRAY_MIN(n - first, (size_t)FRAY_EXACT_BLOCK);
    memset(sum, 0, size * sizeof *sum);
    quantise_block(first, size, t, cohort, x.exponent[b], sum);
    packed = pack(x.lines ? &x.lines[b] : NULL, size, sum, packed, true);
  }
  fray_comm_sum_i64(comm, x.sum, x.n);
  packed = x.sum;
  for (size_t first = 0, b = 0; first < n; first += FRAY_EXACT_BLOCK, b++) {
    const size_t size = FRAY_MIN(n - first, (size_t)FRAY_EXACT_BLOCK);
    /* Lines that were not exchanged have the sum 0 on all ranks. */
    memset(sum, 0, size * sizeof *sum);
    packed = pack(x.lines ? &x.lines[b] : NULL, size, sum, packed, false);
    fray_exact_finish(size, sum, cohort, &x.exponent[b], out + first);
  }
  return FRAY_OK;
}

/* Where nobody is to be asked for exponents, a block is finished while its terms are still in the
 * cache: the updates are read from memory once, and its sums never leave for it. */
static enum fray_status sum_here(size_t n, const struct terms *t, size_t cohort, float *out,
                                 struct fray_err *err) {
  int64_t sum[FRAY_EXACT_BLOCK];
  for (size_t first = 0; first < n; first += FRAY_EXACT_BLOCK) {
    const size_t size = FRAY_MIN(n - first, (size_t)FRAY_EXACT_BLOCK);
    int32_t exponent; /* nobody else has terms, so the largest here is the largest of all */
    FRAY_TRY(scale_block(first, size, t, &exponent, err));
    /* Of zeros alone, as most blocks of a table are that few words came from. */
    if (exponent == EMPTY) {
      memset(out + first, 0, size * sizeof *out);
      continue;
    }
    memset(sum, 0, size * sizeof *sum);
    quantise_block(first, size, t, cohort, exponent, sum);
    fray_exact_finish(size, sum, cohort, &exponent, out + first);
  }
  return FRAY_OK;
}

/* Only `out` outlives the call: 8 bytes a parameter are given back before the next vector is
 * added. */
enum fray_status fray_exact_sum_touched(struct fray_comm *comm, size_t n, size_t mine,
                                        const float *const *update, const uint64_t *const *touched,
                                        const double *weight, size_t cohort,
                                        struct fray_arena *arena, float *out,
                                        struct fray_err *err) {
  const struct terms t = {mine, update, touched, weight};
  if (fray_comm_size(comm) == 1)
    return sum_here(n, &t, cohort, out, err);
  struct fray_arena_place mark = fray_arena_mark(arena);
  enum fray_status status = sum_all(comm, n, &t, cohort, arena, out, err);
  fray_arena_rewind(arena, mark);
  return status;
}

enum fray_status fray_exact_sum(struct fray_comm *comm, size_t n, size_t mine,
                                const float *const *update, const double *weight, size_t cohort,
                                struct fray_arena *arena, float *out, struct fray_err *err) {
  return fray_exact_sum_touched(comm, n, mine, update, NULL, weight, cohort, arena, out, err);
}

enum fray_status fray_exact_share(struct fray_comm *comm, double *values, size_t n,
                                  struct fray_arena *arena, struct fray_err *err) {
  if (fray_comm_size(comm) == 1)
    return FRAY_OK;
  /* Where one rank has a value and the others 0.0, whose bits are all 0, the sum of bit patterns is
   * it. */
  struct fray_arena_place mark = fray_arena_mark(arena);
  int64_t *bits = fray_arena_alloc(arena, n, sizeof *bits);
  enum fray_status status =
      bits ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory (%zu values)", n);
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK) {
    _Static_assert(sizeof(double) == sizeof(int64_t), "bit patterns of doubles fit int64");
    memcpy(bits, values, n * sizeof *bits);
    fray_comm_sum_i64(comm, bits, n);
    memcpy(values, bits, n * sizeof *bits);
  }
  fray_arena_rewind(arena, mark);
  return status;
}
