/* Sums of weighted floats that come out the same to the bit in whatever order they are added: as
 * 64-bit integers with an exponent for each block of coordinates. */
#include "fray/fed/exact.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

enum {
  EMPTY = INT32_MIN,     /* exponent of a block of zeros */
  LOWEST_EXPONENT = -900 /* keeps the scale 2^shift below the double range */
};

/* In double: a float times a power of two is exact there, so rint is the only rounding. */
FRAY_DISPATCH
static void add_quantised(size_t n, const float *x, double factor, int64_t *sum) {
  for (size_t i = 0; i < n; i++)
    sum[i] += (int64_t)rint((double)x[i] * factor);
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

/* Exponent of the largest |weight x update| from coordinate `first` on. */
static enum fray_status scale_block(size_t first, size_t size, size_t mine,
                                    const float *const *update, const double *weight,
                                    int32_t *exponent, struct fray_err *err) {
  *exponent = EMPTY; /* stays so where all is 0, and loses against any other in the maximum */
  for (size_t k = 0; k < mine; k++) {
    const double largest = fabs(weight[k]) * (double)fray_vec_max_abs(size, update[k] + first);
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
static void quantise_block(size_t first, size_t size, size_t mine, const float *const *update,
                           const double *weight, size_t cohort, int32_t exponent, int64_t *sum) {
  const int top = 63 - headroom_bits(cohort);
  if (exponent == EMPTY)
    return;
  for (size_t k = 0; k < mine; k++)
    add_quantised(size, update[k] + first, weight[k] * ldexp(1.0, top - exponent), sum);
}

/* Blocks, not the whole vector: a layer with small updates keeps its bits beside one with large
 * ones. */
enum fray_status fray_exact_scale(size_t n, size_t mine, const float *const *update,
                                  const double *weight, int32_t *exponent, struct fray_err *err) {
  for (size_t first = 0, b = 0; first < n; first += FRAY_EXACT_BLOCK, b++)
    FRAY_TRY(scale_block(first, FRAY_MIN(n - first, (size_t)FRAY_EXACT_BLOCK), mine, update, weight,
                         &exponent[b], err));
  return FRAY_OK;
}

/* Block by block, not update by update: the sums of a block stay in the cache. */
void fray_exact_quantise(size_t n, size_t mine, const float *const *update, const double *weight,
                         size_t cohort, const int32_t *exponent, int64_t *sum) {
  for (size_t first = 0, b = 0; first < n; first += FRAY_EXACT_BLOCK, b++)
    quantise_block(first, FRAY_MIN(n - first, (size_t)FRAY_EXACT_BLOCK), mine, update, weight,
                   cohort, exponent[b], sum + first);
}

void fray_exact_finish(size_t n, const int64_t *sum, size_t cohort, const int32_t *exponent,
                       float *out) {
  const int top = 63 - headroom_bits(cohort);
  for (size_t first = 0, b = 0; first < n; first += FRAY_EXACT_BLOCK, b++)
    round_sums(FRAY_MIN(n - first, (size_t)FRAY_EXACT_BLOCK), sum + first,
               exponent[b] == EMPTY ? 0.0 : ldexp(1.0, exponent[b] - top), out + first);
}

static enum fray_status sum_all(struct fray_comm *comm, size_t n, size_t mine,
                                const float *const *update, const double *weight, size_t cohort,
                                struct fray_arena *arena, float *out, struct fray_err *err) {
  /* Allocated before ranks agree: one without memory must not leave the others in the exchange. */
  const size_t blocks = fray_exact_blocks(n);
  int32_t *exponent = fray_arena_alloc(arena, blocks, sizeof *exponent);
  int64_t *sum = fray_arena_zero(arena, n, sizeof *sum);
  enum fray_status status = FRAY_OK;
  if (!exponent || !sum)
    status = fray_fail(err, FRAY_MEMORY, "out of memory (%zu sums)", n);
  else
    status = fray_exact_scale(n, mine, update, weight, exponent, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_max_i32(comm, exponent, blocks);
  fray_exact_quantise(n, mine, update, weight, cohort, exponent, sum);
  fray_comm_sum_i64(comm, sum, n);
  fray_exact_finish(n, sum, cohort, exponent, out);
  return FRAY_OK;
}

/* Where nobody is to be asked for exponents, a block is finished while its terms are still in the
 * cache: the updates are read from memory once, and its sums never leave for it. */
static enum fray_status sum_here(size_t n, size_t mine, const float *const *update,
                                 const double *weight, size_t cohort, float *out,
                                 struct fray_err *err) {
  int64_t sum[FRAY_EXACT_BLOCK];
  for (size_t first = 0; first < n; first += FRAY_EXACT_BLOCK) {
    const size_t size = FRAY_MIN(n - first, (size_t)FRAY_EXACT_BLOCK);
    int32_t exponent; /* nobody else has terms, so the largest here is the largest of all */
    FRAY_TRY(scale_block(first, size, mine, update, weight, &exponent, err));
    memset(sum, 0, size * sizeof *sum);
    quantise_block(first, size, mine, update, weight, cohort, exponent, sum);
    fray_exact_finish(size, sum, cohort, &exponent, out + first);
  }
  return FRAY_OK;
}

/* Only `out` outlives the call: 8 bytes a parameter are given back before the next vector is
 * added. */
enum fray_status fray_exact_sum(struct fray_comm *comm, size_t n, size_t mine,
                                const float *const *update, const double *weight, size_t cohort,
                                struct fray_arena *arena, float *out, struct fray_err *err) {
  if (fray_comm_size(comm) == 1)
    return sum_here(n, mine, update, weight, cohort, out, err);
  struct fray_arena_place mark = fray_arena_mark(arena);
  enum fray_status status = sum_all(comm, n, mine, update, weight, cohort, arena, out, err);
  fray_arena_rewind(arena, mark);
  return status;
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
