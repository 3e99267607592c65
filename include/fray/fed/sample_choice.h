/* Which samples of a client teach, where labels are wrong or missing. */
#ifndef FRAY_FED_SAMPLE_CHOICE_H
#define FRAY_FED_SAMPLE_CHOICE_H

#include "fray/nn/loss.h"

#include <stdbool.h>

/** Share of the samples that is left out in a round (from 1): tau, reached in equal parts after
 *  `ramp` rounds (Han et al. 2018, Alg. 1: R(T) = 1 - this). */
double fray_left_out(int64_t round, double tau, int64_t ramp);
/** As their published code: tau^exponent (round - 1) / (ramp - 1) for `ramp` rounds, then tau. */
double fray_left_out_by_authors(int64_t round, double tau, int64_t ramp, double exponent);

/** How many of n samples stay: (1 - left_out) n rounded down, but one at least if there is any. */
size_t fray_stay(size_t n, double left_out);
/** kept (n): 1 for the `keep` samples of the smallest nll, the first on ties; NaN is the largest.
 *  scratch (n). */
void fray_keep_smallest(size_t n, const double *nll, size_t keep, uint32_t *scratch, uint8_t *kept);

/** Per sample: the class of the largest probability (first on ties), and whether that reaches the
 *  threshold; never where a probability is NaN. p (n, classes); label, sure (n). Returns how many
 *  are sure. */
size_t fray_sure(size_t n, size_t classes, const float *p, double threshold, int32_t *label,
                 uint8_t *sure);

/** share x the loss with label a + (1 - share) x that with label b, and its gradient dlogits
 *  (n, classes). scratch (n, classes). */
double fray_mixed_loss(const struct fray_objective *objective, size_t n, size_t classes,
                       const float *logits, const int32_t *a, const int32_t *b, double share,
                       float *dlogits, float *scratch);

#endif
