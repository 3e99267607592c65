/* Exact sums of floats and of their squares, for means and deviations that are the same to the bit
 * in whatever order and on however many ranks the values are added. Private to this layer and its
 * tests. */
#ifndef FRAY_FEATURE_MOMENTS_H
#define FRAY_FEATURE_MOMENTS_H

#include "fray/base/arena.h"
#include "fray/comm/comm.h"

#include <stddef.h>
#include <stdint.h>

/** Digits to the base 2^32 of the sum and of the sum of squares of one channel. */
enum { MOMENT_SUM = 12, MOMENT_SQUARES = 20, MOMENT_DIGITS = MOMENT_SUM + MOMENT_SQUARES };

/** Sums of all channels, as integers: of values in units of 2^-149, the smallest float, and of
 *  squares in units of 2^-298. So every finite float is added without rounding, and up to 2^62 of
 *  them fit. Arena memory, 256 bytes a channel. */
struct moments {
  size_t channels;
  uint64_t n;     /* values of each channel */
  int64_t *digit; /* (channels, MOMENT_DIGITS) the lowest first; carried now and then */
  uint64_t room;  /* values until digits must be carried */
};

enum fray_status moments_start(struct moments *moments, size_t channels, struct fray_arena *arena,
                               struct fray_err *err);
/** x (rows, channels), finite. */
void moments_add(struct moments *moments, const float *x, size_t rows);
/** Of all ranks together, on all of them. Collective. */
void moments_share(struct moments *moments, struct fray_comm *comm);
/** mean, deviation (channels): of the population. The variance is made of the exact sums, so a
 *  large mean costs no digits; both are off by a few units of the last digit of a double. A
 *  deviation is 0 if and only if all values are equal; of no values both are 0. Once: the sums are
 * used up. */
void moments_finish(struct moments *moments, double *mean, double *deviation);

#endif
