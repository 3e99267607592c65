/* Uncertainty: seeds and test clusters are crossed factors, so both are resampled. */
#ifndef FRAY_METRIC_RESAMPLE_H
#define FRAY_METRIC_RESAMPLE_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Draws of a study: 2,000 crossed ones, then 500 of the seeds alone and 500 of the clusters alone.
 *  Percentiles come from the crossed ones. The others tell how much of the variance is whose, since
 *  the crossed draws alone count the interaction of seeds and clusters three times. A build for
 *  fuzzing (FRAY_FEW_DRAWS) has fewer: an input cannot tell how many there are. */
#ifdef FRAY_FEW_DRAWS
enum { FRAY_DRAWS = 60 };
#else
enum { FRAY_DRAWS = 3000 };
#endif
/** Of n draws, how many are crossed (the first ones), and how many follow of each factor alone. */
static inline size_t fray_draws_of_factor(size_t n) {
  return n / 6;
}
static inline size_t fray_draws_crossed(size_t n) {
  return n - 2 * fray_draws_of_factor(n);
}

/** Crossed (pigeonhole) bootstrap: in each draw the seeds, and independently the test clusters, are
 *  taken with replacement. The same draws serve every seed, condition and method, so that
 *  differences are paired; any number made of several scores is resampled by making it anew from
 *  their draws, row by row, in all rows. Sources: McCullagh 2000; Owen 2007, The pigeonhole
 *  bootstrap. */
struct fray_resample {
  size_t draws, n_seeds, n_clusters;
  const uint16_t *seed;    /* (draws, n_seeds) how often a draw holds each; a row adds to n_seeds */
  const uint16_t *cluster; /* (draws, n_clusters) likewise */
};
/** The draws of seeds depend on key and n_seeds alone, those of clusters on key and n_clusters
 *  alone. A factor with a single member is not resampled. MEMORY; INPUT: a factor with none, or
 *  with more than 65,535 members; fewer than 60 draws. O(draws x members). */
enum fray_status fray_resample_make(uint64_t key, size_t n_seeds, size_t n_clusters, size_t draws,
                                    struct fray_arena *arena, struct fray_resample *out,
                                    struct fray_err *err);

/** The mean over seeds of part / of, each seed and each of its clusters as often as it was drawn.
 *  of, part (n_seeds, n_clusters): sums of clusters, so that thousands of draws need no samples.
 *  seed (n_seeds), cluster (n_clusters): one draw of fray_resample_make; NULL: each once. NaN if a
 *  seed that was drawn has nobody. O(n_seeds n_clusters). */
double fray_mean_of_shares(size_t n_seeds, size_t n_clusters, const double *of, const double *part,
                           const uint16_t *seed, const uint16_t *cluster);

/** How an interval was made. */
enum fray_interval_kind {
  FRAY_INTERVAL_NONE,       /* nothing can be said: see status */
  FRAY_INTERVAL_PERCENTILE, /* of the crossed bootstrap */
  FRAY_INTERVAL_T,          /* value +- t(df) x standard error of the crossed bootstrap */
  FRAY_INTERVAL_SEEDS       /* t over seeds alone: no predictions by cluster are at hand */
};
/** 95 % interval of one number; low and high NaN if there is none. */
struct fray_interval {
  double low, high, error; /* error: standard error, NaN if not known */
  double df;               /* degrees of freedom of t, NaN without an interval */
  enum fray_interval_kind kind;
  const char *status; /* static: "ok", "single seed: clusters only", "few draws are defined", ... */
};

/** Interval around value from its draws (n_draws, laid out as fray_resample_make does; NaN where
 *  the number is undefined in a draw, in at most 5 % of each part). n_seeds, n_clusters: those that
 *  the number rests on, so for a group of samples the clusters of that group.
 *
 *  error^2 = V_seeds + V_clusters - V_interaction, each freed of the bias (n - 1)/n of a bootstrap
 *  of n, and at least the largest of the three. Degrees of freedom: Satterthwaite's, at least
 *  (smaller count - 1); that alone where the smaller count is 2. A factor with a single member
 *  counts for nothing, and the status says so.
 *
 *  Below 10 seeds or clusters the interval is value +- t error, else it is made of percentiles of
 *  the crossed draws, at the levels that would give a normal law the same width.
 *
 *  O(n_draws log n_draws), with a copy of the draws for a moment. Sources: Cameron, Gelbach &
 *  Miller 2011; MacKinnon, Nielsen & Webb 2021 (the floor); Satterthwaite 1946; Hesterberg 2015
 *  (expanded percentiles). */
struct fray_interval fray_interval_of(double value, const double *draw, size_t n_draws,
                                      size_t n_seeds, size_t n_clusters);
/** Of the interval of a share: within 0 and 1. Where all of n_clusters agree, draws do too and
 * would be too sure: of k people none with chance q or more each was met with chance (1 - q)^k,
 * which bounds it (Clopper & Pearson 1934, people as the units). */
void fray_interval_bound_share(double value, size_t n_clusters, struct fray_interval *interval);
/** Of a number that cannot lie outside of [least, most], such as a share that Student's law, which
 *  knows of no ends, puts below 0: what is impossible is no part of the interval. error, df and p
 * are those of the whole one. */
void fray_interval_within(double least, double most, struct fray_interval *interval);
/** Student interval over the values by seed that are not NaN; none below 3. */
struct fray_interval fray_interval_of_seeds(const double *value, size_t n_seeds);

/** Two-sided p of "the number is 0", of the same law as the interval: below 0.05 exactly when a
 *  95 % interval lies on one side of 0. PERCENTILE, with 0 beyond all draws: t's tail of value over
 *  error, at most the least p of so many draws. NaN without an interval, and where value and draws
 * are 0 throughout: the least p that could come out is 1, and hypotheses that cannot be rejected
 * are left out of a family before it is corrected (Tarone 1990, Biometrics 46:515). draw: NULL will
 * do for T, SEEDS. */
double fray_p_value(double value, const struct fray_interval *interval, const double *draw,
                    size_t n_draws);
/** Holm's step-down adjustment of n p-values (NaN: not in the family, stays NaN). adjusted (n) may
 *  be p. INPUT: a value outside [0, 1]; MEMORY. O(n log n). Source: Holm 1979. */
enum fray_status fray_holm(const double *p, size_t n, double *adjusted, struct fray_err *err);

#endif
