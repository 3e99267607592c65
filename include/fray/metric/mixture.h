/* Two groups in numbers: a mixture of two Gaussians, as FedCorr (arXiv 2204.04677) and FedNoRo
 * (arXiv 2305.05230) tell clients or samples with wrong labels from others. */
#ifndef FRAY_METRIC_MIXTURE_H
#define FRAY_METRIC_MIXTURE_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Component 1 is that with the larger sum of means, over the d dimensions: the larger losses, the
 *  larger LID. Memory from the arena of the fit. */
struct fray_mixture {
  bool split;            /* both components have a point; false: one group, and all below is 0 */
  uint8_t *of;           /* (n) the more probable component of each point, 0 or 1 */
  double *upper;         /* (n) probability of component 1 */
  double weight[2];      /* sum to 1 */
  double *mean[2];       /* (d) */
  double *covariance[2]; /* (d, d), with the addend below on its diagonal */
  size_t iterations;     /* of EM */
};

/** Maximum likelihood by EM, with full covariances, as scikit-learn's GaussianMixture(2): from
 *  hard groups, those of k-means (k-means++ with the better of two draws, then Lloyd's steps);
 *  1e-6 is added to variances; ends when the mean log likelihood changes by less than 1e-3, after
 *  100 steps at most. So values should be of order 1; those far above get a larger addend, 1e-9 of
 *  their mean variance, so that a covariance can be inverted.
 *
 *  x (n, d), d >= 1. rng is drawn from; the same stream gives the same bytes, in whatever order the
 *  points come: equal points get the same answer. No split: n < 2, all points equal, a value that
 *  is not finite, or a fit that leaves one component without a point. O(n d^2) a step and
 *  O(n log n). MEMORY. Source: Dempster, Laird & Rubin 1977; Arthur & Vassilvitskii 2007. */
enum fray_status fray_mixture_fit(size_t n, size_t d, const double *x, struct fray_rng *rng,
                                  struct fray_arena *arena, struct fray_mixture *out,
                                  struct fray_err *err);

/** The points of component 1 by the majority of `fits` starts, each drawn from rng: the set that
 *  most of them name, the first of those on ties (FedNoRo has 9); no point where a fit finds no
 *  split. upper (n): 0 or 1. agreeing: how many fits named it. Scratch from the arena, given back.
 *  MEMORY. */
enum fray_status fray_mixture_vote(size_t n, size_t d, const double *x, size_t fits,
                                   struct fray_rng *rng, struct fray_arena *arena, uint8_t *upper,
                                   size_t *agreeing, struct fray_err *err);

#endif
