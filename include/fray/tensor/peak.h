/* What this machine can do at most, to put measured speeds beside. For timing only. */
#ifndef FRAY_TENSOR_PEAK_H
#define FRAY_TENSOR_PEAK_H

#include <stddef.h>

/** Fused multiply-adds of float32 on one core, in GFLOP/s (an FMA counts as 2): the best of several
 *  runs of independent chains in registers, with the widest vectors that the CPU has (AVX-512,
 * AVX2; elsewhere what the compiler makes of the baseline). About 0.1 s. */
double fray_peak_gflops(void);

/** One copy between two buffers too large for the caches, `bytes` each, on one core: seconds. Moves
 *  2 x bytes. */
double fray_copy_seconds(void *to, const void *from, size_t bytes);

/** STREAM's triad, a[i] = b[i] + s c[i] over n values each, on one core: seconds. Counts as
 *  3 x 4 n bytes. The arrays must not overlap; their values must be finite. */
double fray_triad_seconds(float *restrict a, const float *restrict b, const float *restrict c,
                          size_t n);

#endif
