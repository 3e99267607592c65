/* Quantiles of a few thousand numbers, without sorting them. */
#ifndef FRAY_SRC_CORRUPT_QUANTILE_H
#define FRAY_SRC_CORRUPT_QUANTILE_H

#include <stddef.h>

/** The p-quantile of n >= 1 numbers, none of them NaN, 0 <= p <= 1: linear between the two order
 * statistics about (n - 1) p (type 7 of Hyndman & Fan 1996, numpy's default). Reorders v. O(n) in
 * the mean. */
double fray_quantile(float *v, size_t n, double p);

#endif
