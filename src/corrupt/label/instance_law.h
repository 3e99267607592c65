/* Wrong labels that depend on what a sample looks like: the maths, of given numbers.
 *
 * Source: Xia et al. 2020 (part-dependent label noise), as in three public copies of its generator;
 * Wu et al. 2023 (FedNoRo), mode instance. */
#ifndef FRAY_SRC_CORRUPT_INSTANCE_LAW_H
#define FRAY_SRC_CORRUPT_INSTANCE_LAW_H

#include "fray/corrupt/signal.h"

enum { FRAY_INSTANCE_PARTS = 32 };

/** Quantile u of the normal law of this mean and deviation, cut off outside of [0, 1]. */
double fray_truncated_normal(double u, double mean, double deviation);
/** What a sample of class y becomes: p[j] = q softmax_j(x W_y) over the other classes, p[y] = 1 -
 * q. x (n), w (n, classes), out (classes). */
void fray_instance_row(const double *x, size_t n, const double *w, size_t y, double q,
                       size_t classes, double *out);
/** The class other than y that holds u, in [0, 1), of the cumulated p of the others. */
size_t fray_instance_target(const double *p, size_t y, double u, size_t classes);
/** What a value looks like, as numbers of one scale whatever it is made of: out (PARTS) sums to 0
 * and its squares to 1, or is 0 of a value without shape. Pictures, series and vectors by the means
 * of equal stretches of their numbers, sound by their levels, texts by how often each byte (mod
 * PARTS) stands in them. */
void fray_instance_look(const struct fray_signal *value, double *out);

#endif
