/* Uncertainty: seeds and test clusters are crossed factors, so both are resampled. */
#ifndef FRAY_METRIC_RESAMPLE_H
#define FRAY_METRIC_RESAMPLE_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAY_DRAWS = 2000 };

/** Crossed (pigeonhole) bootstrap: in each draw the seeds, and independently the test clusters, are
 *  taken with replacement. The same draws serve every seed, condition and method, so that
 *  differences are paired. Source: Owen 2007, The pigeonhole bootstrap. */
struct fray_resample {
  size_t draws, n_seeds, n_clusters;
  const uint16_t *seed;    /* (draws, n_seeds) how often a draw holds each; a row adds to n_seeds */
  const uint16_t *cluster; /* (draws, n_clusters) likewise */
};
/** Draws that depend on key, n_seeds and n_clusters alone. A factor with a single member is not
 *  resampled. MEMORY; INPUT: a factor with none, or with more than 65,535 members. */
enum fray_status fray_resample_make(uint64_t key, size_t n_seeds, size_t n_clusters, size_t draws,
                                    struct fray_arena *arena, struct fray_resample *out,
                                    struct fray_err *err);

/** How an interval was made. */
enum fray_interval_kind {
  FRAY_INTERVAL_NONE,       /* nothing can be said: see status */
  FRAY_INTERVAL_PERCENTILE, /* of the crossed bootstrap */
  FRAY_INTERVAL_T,          /* estimate +- t(df) x standard error of the crossed bootstrap */
  FRAY_INTERVAL_SEEDS       /* t over seeds alone: no predictions by cluster are at hand */
};
/** 95 % interval of one number; low and high NaN if there is none. */
struct fray_interval {
  double low, high, error; /* error: standard error, NaN if not known */
  double df;               /* of t; infinite for the percentile interval */
  enum fray_interval_kind kind;
  const char *status; /* static: "ok", "single seed: clusters only", "few draws are defined", ... */
};

/** Interval around value from its draws (n_draws; NaN where the number is undefined in a draw).
 *  Below 10 seeds or clusters: Student's t with (smaller count - 1) degrees of freedom; a factor
 *  with a single member is left out of that count, and the status says so. */
struct fray_interval fray_interval_of(double value, const double *draw, size_t n_draws,
                                      size_t n_seeds, size_t n_clusters);
/** Student interval over the values by seed that are not NaN; none below 3. */
struct fray_interval fray_interval_of_seeds(const double *value, size_t n_seeds);

/** Two-sided p of "the number is 0", of the same law as the interval: below 0.05 exactly when a 95
 * % interval lies on one side of 0. NaN without an interval. draw may be NULL for T and SEEDS. */
double fray_p_value(double value, const struct fray_interval *interval, const double *draw,
                    size_t n_draws);
/** Holm's step-down adjustment of n p-values (NaN: not in the family, stays NaN). adjusted may be
 * p. Source: Holm 1979. */
enum fray_status fray_holm(const double *p, size_t n, double *adjusted, struct fray_err *err);

#endif
