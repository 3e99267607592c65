/* For whom does it break? Groups and clients. */
#ifndef FRAY_METRIC_FAIRNESS_H
#define FRAY_METRIC_FAIRNESS_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAY_GROUP_MIN_SAMPLES = 30, FRAY_GROUP_MIN_CLUSTERS = 5, FRAY_PERMUTATIONS = 2000 };

/** True if too small to speak of: under 30 samples or 5 clusters. */
bool fray_group_suppressed(size_t samples, size_t clusters);

/** Largest difference between the values of groups (NaN: left out); NaN below two groups. */
double fray_gap(const double *value, size_t n, const char **status);
/** The worst of them, and its index (n if none). */
double fray_worst(const double *value, size_t n, bool higher_is_better, size_t *which);

/** Permutation null of the gap: the groups of clusters are exchanged between clusters, so that the
 *  law that "groups do not matter" holds and everything else stays. */
struct fray_gap_null {
  double mean, q95; /* of the gap under the null */
  double p;         /* (1 + #(gap_null >= gap)) / (1 + permutations) */
};
/** gap_of(user, group_of_cluster) -> gap with these labels. group: (clusters) true labels. */
enum fray_status fray_gap_permute(uint64_t key, const uint32_t *group, size_t n_clusters,
                                  size_t permutations,
                                  double (*gap_of)(void *user, const uint32_t *group), void *user,
                                  double gap, struct fray_arena *arena, struct fray_gap_null *out,
                                  struct fray_err *err);

/** Exchange i of fray_gap_permute, for who looks at many of them side by side: out (n_clusters). */
void fray_gap_exchange(uint64_t key, const uint32_t *group, size_t n_clusters, size_t i,
                       uint32_t *out);
/** What fray_gap_permute tells of gaps by exchange (n), which are put in another order. */
struct fray_gap_null fray_gap_null_of(double *gaps, size_t n, double gap);

/** max over y', y, g, g' of |P(y'|y,g) - P(y'|y,g')|. confusion: (groups, classes, classes) counts
 *  [true][predicted]; cells (y, g) under min_count samples are left out. Source: Hardt et al. 2016,
 *  for several classes. */
double fray_equalised_odds(const int64_t *confusion, size_t groups, size_t classes,
                           size_t min_count, const char **status);

/** Distribution over clients of a value (NaN: left out). worst10, best10: mean of the worst and the
 *  best tenth (at least one client). variance: n - 1. */
struct fray_client_spread {
  size_t n;
  double mean, variance, worst10, best10;
};
enum fray_status fray_client_spread_of(const double *value, size_t n, bool higher_is_better,
                                       struct fray_arena *arena, struct fray_client_spread *out,
                                       struct fray_err *err);
/** The same of values that are in order, the lowest first, and none of them NaN. */
struct fray_client_spread fray_client_spread_of_ordered(const double *value, size_t n,
                                                        bool higher_is_better);

#endif
