/* Exact addition: the weighted mean of client updates, the same to the bit for any order, any
 * number of ranks and any assignment of clients to them.
 *
 * Per block of FRAY_EXACT_BLOCK coordinates the exponent of the largest |weight x update| of the
 * whole cohort is agreed by an integer maximum; values become 64-bit integers with
 * ceil(log2(cohort)) + 1 bits of headroom; integer sums are associative. */
#ifndef FRAY_FED_EXACT_H
#define FRAY_FED_EXACT_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/comm/comm.h"

#include <stddef.h>

enum { FRAY_EXACT_BLOCK = 1024 };

/** out (n) = sum over the cohort of weight x update. This rank holds `mine` of the updates
 *  (update[k] (n) finite floats) with their weights (finite); cohort: clients on all ranks
 * together. Each term is off by at most 2^(headroom - 63) of the block's largest term, headroom =
 *  ceil(log2(cohort)) + 1; the result is then rounded to float. Workspace (8 n bytes, none on
 *  one rank) from the arena, rewound. Collective. INTERNAL if an update is not finite; out then
 * says nothing. */
enum fray_status fray_exact_sum(struct fray_comm *comm, size_t n, size_t mine,
                                const float *const *update, const double *weight, size_t cohort,
                                struct fray_arena *arena, float *out, struct fray_err *err);

/** The same of updates of which it is known where they may differ from 0: touched[k]
 *  (fray_touched_words of n, a word for each block) of update[k]; n a multiple of FRAY_LINE. Bytes
 *  are those of fray_exact_sum; other places are not read, and what the ranks exchange are the sums
 *  of touched lines. touched NULL, on all ranks: nothing is known. */
enum fray_status fray_exact_sum_touched(struct fray_comm *comm, size_t n, size_t mine,
                                        const float *const *update, const uint64_t *const *touched,
                                        const double *weight, size_t cohort,
                                        struct fray_arena *arena, float *out, struct fray_err *err);

/* The same sum in its three steps, for what goes between them: masks of a secure sum are added to
 * the integers, noise too, and a client that hides its terms quantises them itself. fray_exact_sum
 * is scale, an agreed maximum of the exponents, quantise, an integer sum over the ranks, finish. */

/** Blocks of FRAY_EXACT_BLOCK coordinates in a vector of n. */
static inline size_t fray_exact_blocks(size_t n) {
  return (n + FRAY_EXACT_BLOCK - 1) / FRAY_EXACT_BLOCK;
}
/** 1. Exponents of the largest |weight x update| in each block, of the updates given; those of
 *  several calls (ranks, clients) are put together by their maximum. exponent (blocks):
 * overwritten. INTERNAL if an update is not finite. */
enum fray_status fray_exact_scale(size_t n, size_t mine, const float *const *update,
                                  const double *weight, int32_t *exponent, struct fray_err *err);
/** 2. Adds weight x update to sum (n), as integers of the unit that the agreed exponents and the
 *  cohort's headroom give. Sums of all parts of the cohort can be added in any order, and modulo
 *  2^64 what is added and taken off again leaves nothing. */
void fray_exact_quantise(size_t n, size_t mine, const float *const *update, const double *weight,
                         size_t cohort, const int32_t *exponent, int64_t *sum);
/** 3. The sum of the whole cohort as floats. out (n). */
void fray_exact_finish(size_t n, const int64_t *sum, size_t cohort, const int32_t *exponent,
                       float *out);

/** Makes values known to every rank that each stand on exactly one rank (0.0 elsewhere): bit
 *  patterns are added as integers, so nothing is rounded. values (n). Collective. */
enum fray_status fray_exact_share(struct fray_comm *comm, double *values, size_t n,
                                  struct fray_arena *arena, struct fray_err *err);

#endif
