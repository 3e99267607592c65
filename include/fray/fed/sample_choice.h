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

/** How many samples of n get another label (FedCorr): the whole part of n level ratio, which is a
 *  whole number where level is a count of samples over n. */
size_t fray_relabel_count(size_t n, double level, double ratio);
/** chosen (n): 1 for those of the `count` largest losses, the first on ties, whose confidence is
 *  above the threshold. Returns how many. scratch, order (n). */
size_t fray_choose_relabelled(size_t n, const double *loss, const double *confidence, size_t count,
                              double threshold, double *scratch, uint32_t *order, uint8_t *chosen);

/** Local intrinsic dimensions (Houle 2013; Ma et al. 2018, by maximum likelihood): of each of n
 *  points -(1/k sum_i ln(r_i / r_k))^-1, r_1 <= .. <= r_k the distances to its k nearest others;
 * all others, if they are fewer. 0 where another lies on the point, which is the limit; NaN where
 * there is none: fewer than two others, or k of one distance. x (n, d); out (n); nearest (k)
 * scratch. O(n^2 (d + k)). */
void fray_local_dimensions(size_t n, size_t d, const double *x, size_t k, double *nearest,
                           double *out);

/** share x the loss with label a + (1 - share) x that with label b, and its gradient dlogits
 *  (n, classes). scratch (n, classes). */
double fray_mixed_loss(const struct fray_objective *objective, size_t n, size_t classes,
                       const float *logits, const int32_t *a, const int32_t *b, double share,
                       float *dlogits, float *scratch);

#endif
