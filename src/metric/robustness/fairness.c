/* Gaps between groups, their permutation null, and the spread of a value over clients. */
#include "fray/metric/fairness.h"

#include "fray/base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Clusters as well as samples: samples of one client are alike, so thirty of them from two clients
 * say little of a group. */
bool fray_group_suppressed(size_t samples, size_t clusters) {
  return samples < FRAY_GROUP_MIN_SAMPLES || clusters < FRAY_GROUP_MIN_CLUSTERS;
}

double fray_gap(const double *value, size_t n, const char **status) {
  double low = INFINITY, high = -INFINITY;
  size_t groups = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(value[i])) {
      low = fmin(low, value[i]);
      high = fmax(high, value[i]);
      groups++;
    }
  *status = groups < 2 ? "fewer than two groups" : "ok";
  return groups < 2 ? NAN : high - low;
}

double fray_worst(const double *value, size_t n, bool higher_is_better, size_t *which) {
  *which = n;
  for (size_t i = 0; i < n; i++) {
    if (isnan(value[i]))
      continue;
    /* The first of equals, so that a name in a table does not depend on anything else. */
    bool worse =
        *which == n || (higher_is_better ? value[i] < value[*which] : value[i] > value[*which]);
    *which = worse ? i : *which;
  }
  return *which < n ? value[*which] : NAN;
}

static int ascending(const void *a, const void *b) {
  const double *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

/* Summary of defined gaps under the null, sorted here. */
static struct fray_gap_null summary(double *null, size_t n, double gap) {
  double sum = 0, slack = 1e-12 * fabs(gap); /* the same gap added up in another order is a tie */
  size_t reached = 0;
  for (size_t i = 0; i < n; i++) {
    sum += null[i];
    reached += null[i] >= gap - slack ? 1 : 0;
  }
  qsort(null, n, sizeof *null, ascending);
  double at = 0.95 * (double)(n - 1);
  size_t below = (size_t)at;
  double q95 = null[below];
  if (below + 1 < n)
    q95 += (at - (double)below) * (null[below + 1] - null[below]);
  return (struct fray_gap_null){
      /* The gap itself is one of the permutations, so p is never 0 (Phipson and Smyth 2010). */
      .mean = sum / (double)n,
      .q95 = q95,
      .p = (double)(1 + reached) / (double)(1 + n)};
}

/* Undefined gaps are those of odd groups, not a random choice of all; a few may be left out. */
struct fray_gap_null fray_gap_null_of(double *gaps, size_t n, double gap) {
  size_t known = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(gaps[i]))
      gaps[known++] = gaps[i];
  if (isnan(gap) || known == 0 || (double)known < 0.95 * (double)n)
    return (struct fray_gap_null){NAN, NAN, NAN};
  return summary(gaps, known, gap);
}

/* Keyed by the exchange, not drawn in a row: a study with more models has the same null. */
void fray_gap_exchange(uint64_t key, const uint32_t *group, size_t n_clusters, size_t i,
                       uint32_t *out) {
  struct fray_rng rng = fray_rng_keyed(key, fray_rng_purpose("permute/groups"), i, n_clusters, 0);
  if (n_clusters > 0)
    memcpy(out, group, n_clusters * sizeof *out);
  fray_rng_shuffle(&rng, out, n_clusters);
}

/* Whole clusters change groups. Samples exchanged one by one would treat those of a client as
 * independent, and the null gap would come out too small. */
enum fray_status fray_gap_permute(uint64_t key, const uint32_t *group, size_t n_clusters,
                                  size_t permutations,
                                  double (*gap_of)(void *user, const uint32_t *group), void *user,
                                  double gap, struct fray_arena *arena, struct fray_gap_null *out,
                                  struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(arena);
  uint32_t *shuffled;
  double *null;
  FRAY_ALLOC(shuffled, arena, n_clusters, err);
  FRAY_ALLOC(null, arena, permutations, err);
  for (size_t i = 0; i < permutations && !isnan(gap); i++) {
    fray_gap_exchange(key, group, n_clusters, i, shuffled);
    null[i] = gap_of(user, shuffled);
  }
  *out = isnan(gap) ? (struct fray_gap_null){NAN, NAN, NAN}
                    : fray_gap_null_of(null, permutations, gap);
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

static double mean_of(const double *v, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += v[i];
  return sum / (double)n;
}

static double variance_of(const double *v, size_t n, double mean) {
  double squares = 0;
  for (size_t i = 0; i < n; i++)
    squares += (v[i] - mean) * (v[i] - mean);
  /* Of a sample of clients: n - 1, as the clients stand for others. */
  return n > 1 ? squares / (double)(n - 1) : NAN;
}

/* Asked of a few clients again and again, of which qsort would want memory each time. */
static void put_in_order(double *v, size_t n) {
  enum { FEW = 48 };
  if (n > FEW)
    qsort(v, n, sizeof *v, ascending);
  for (size_t i = 1; i < n && n <= FEW; i++) {
    const double x = v[i];
    size_t at = i;
    for (; at > 0 && v[at - 1] > x; at--)
      v[at] = v[at - 1];
    v[at] = x;
  }
}

struct fray_client_spread fray_client_spread_of_ordered(const double *v, size_t n,
                                                        bool higher_is_better) {
  struct fray_client_spread made = {
      .n = n, .mean = NAN, .variance = NAN, .worst10 = NAN, .best10 = NAN};
  if (n == 0)
    return made;
  /* Of fewer than ten clients the tenth is the worst one. */
  const size_t tenth = n / 10 > 0 ? n / 10 : 1;
  const double low = mean_of(v, tenth), high = mean_of(v + n - tenth, tenth);
  made.mean = mean_of(v, n);
  made.variance = variance_of(v, n, made.mean);
  made.worst10 = higher_is_better ? low : high;
  made.best10 = higher_is_better ? high : low;
  return made;
}

/* A client whose value is undefined is no client with the value 0: it is left out of n as well. */
enum fray_status fray_client_spread_of(const double *value, size_t n, bool higher_is_better,
                                       struct fray_arena *arena, struct fray_client_spread *out,
                                       struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(arena);
  double *v;
  FRAY_ALLOC(v, arena, n, err);
  size_t known = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(value[i]))
      v[known++] = value[i];
  put_in_order(v, known);
  *out = fray_client_spread_of_ordered(v, known, higher_is_better);
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}
