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
 *  (update[k] (n) finite floats) with their weights (>= 0); cohort: clients on all ranks together.
 *  Each term is off by at most 2^(headroom - 63) of the block's largest term, headroom =
 *  ceil(log2(cohort)) + 1; the result is then rounded to float. Workspace (8 n bytes) from the
 *  arena, rewound. Collective. INTERNAL if an update is not finite. */
enum fray_status fray_exact_sum(struct fray_comm *comm, size_t n, size_t mine,
                                const float *const *update, const double *weight, size_t cohort,
                                struct fray_arena *arena, float *out, struct fray_err *err);

/** Makes values known to every rank that each stand on exactly one rank (0.0 elsewhere): bit
 *  patterns are added as integers, so nothing is rounded. values (n). Collective. */
enum fray_status fray_exact_share(struct fray_comm *comm, double *values, size_t n,
                                  struct fray_arena *arena, struct fray_err *err);

#endif
