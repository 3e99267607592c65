/* Differences in differences, with the null of people who change groups by chance. */
#include "fray/metric/did.h"

#include "fray/base/arena.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/metric/fairness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums of the same numbers in another order differ in their last bits, and are no difference. */
static const double same = 1e-12;

/* Assignments of people to groups of these sizes, or infinity when that is more than anybody would
 * go through. Exact far beyond FRAY_DID_ALL: each factor is a binomial. */
static double count_assignments(const size_t *size, size_t n_groups) {
  double all = 1, placed = 0;
  for (size_t g = 0; g < n_groups; g++)
    for (size_t k = 1; k <= size[g]; k++) {
      placed++;
      all = rint(all * placed / (double)k);
      if (all > 1e12)
        return INFINITY;
    }
  return rint(all);
}

/* The next arrangement of equal and unequal labels in the order of a dictionary; false after the
 * last. Starting from sorted labels every arrangement comes once. */
static bool next_arrangement(uint32_t *label, size_t n) {
  size_t i = n - 1, j = n - 1;
  while (i > 0 && label[i - 1] >= label[i])
    i--;
  if (i == 0)
    return false;
  while (label[j] <= label[i - 1])
    j--;
  const uint32_t kept = label[i - 1];
  label[i - 1] = label[j];
  label[j] = kept;
  /* What is behind falls; turned round it rises. */
  for (size_t a = i, b = n - 1; a < b; a++, b--) {
    const uint32_t swap = label[a];
    label[a] = label[b];
    label[b] = swap;
  }
  return true;
}

/* What is looked at under each assignment: the mean drop of every group, in room (n_groups). */
struct null {
  const double *drop;
  size_t n, n_groups;
  const size_t *size;
  double *mean;
};

/* Once for each assignment: the sizes stay what they are, as people only change places. */
static void find_means(const struct null *null, const uint32_t *label) {
  memset(null->mean, 0, null->n_groups * sizeof *null->mean);
  for (size_t i = 0; i < null->n; i++)
    null->mean[label[i]] += null->drop[i];
  for (size_t g = 0; g < null->n_groups; g++)
    null->mean[g] /= (double)null->size[g];
}

/* Largest less smallest, of all groups: with which group which lies at the end does not matter. */
static double spread_of(void *user, const uint32_t *label) {
  const struct null *null = user;
  const char *status;
  find_means(null, label);
  return fray_gap(null->mean, null->n_groups, &status);
}

/* Of two groups, 1 is the one that is asked about. */
static double did_of(void *user, const uint32_t *label) {
  const struct null *null = user;
  find_means(null, label);
  return null->mean[1] - null->mean[0];
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Every arrangement once, that of the people among them: no draw, and the least p is 1 / all. */
static enum fray_status go_through(struct null *null, double observed,
                                   double (*statistic)(void *user, const uint32_t *label),
                                   struct fray_arena *arena, size_t *assignments,
                                   struct fray_gap_null *out, struct fray_err *err) {
  uint32_t *label;
  double *value, sum = 0;
  size_t n = 0, at = 0, as_large = 0;
  FRAY_ALLOC(label, arena, null->n + 1, err);
  FRAY_ALLOC(value, arena, FRAY_DID_ALL + 1, err);
  for (uint32_t g = 0; g < null->n_groups; g++)
    for (size_t k = 0; k < null->size[g]; k++)
      label[at++] = g;
  do {
    value[n] = statistic(null, label);
    sum += value[n];
    as_large += value[n++] >= observed - same;
  } while (n < FRAY_DID_ALL && next_arrangement(label, null->n));
  qsort(value, n, sizeof *value, ascending);
  *out = (struct fray_gap_null){.mean = sum / (double)n,
                                .q95 = value[(size_t)ceil(0.95 * (double)n) - 1],
                                .p = (double)as_large / (double)n};
  *assignments = n;
  return FRAY_OK;
}

/* label: as people are. key: of the draws, where there are more assignments than anybody would go
 * through; each statistic has its own. */
static enum fray_status null_of(struct null *null, const uint32_t *label, double observed,
                                double (*statistic)(void *user, const uint32_t *label),
                                uint64_t key, struct fray_arena *arena, size_t *assignments,
                                struct fray_gap_null *out, struct fray_err *err) {
  if (count_assignments(null->size, null->n_groups) <= FRAY_DID_ALL)
    return go_through(null, observed, statistic, arena, assignments, out, err);
  *assignments = FRAY_PERMUTATIONS + 1;
  return fray_gap_permute(key, label, null->n, FRAY_PERMUTATIONS, statistic, null, observed - same,
                          arena, out, err);
}

/* 0: the spread, then groups from 1. */
static uint64_t key_of(uint64_t seed, uint64_t which) {
  const uint64_t parts[] = {seed, which};
  return fray_hash64(parts, sizeof parts);
}

/* The group against all others: only who is in it matters. */
static enum fray_status one_group(const double *drop, const uint32_t *group, size_t n, uint32_t g,
                                  const size_t *sizes, uint64_t seed, struct fray_arena *arena,
                                  struct fray_did *out, struct fray_err *err) {
  const size_t size[2] = {n - sizes[g], sizes[g]};
  double mean[2];
  struct null null = {drop, n, 2, size, mean};
  struct fray_gap_null found;
  size_t assignments;
  uint32_t *label;
  FRAY_ALLOC(label, arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    label[i] = group[i] == g;
  find_means(&null, label);
  *out =
      (struct fray_did){.n = size[1], .drop = mean[1], .others = mean[0], .did = mean[1] - mean[0]};
  FRAY_TRY(null_of(&null, label, out->did, did_of, key_of(seed, g + 1), arena, &assignments, &found,
                   err));
  out->p = found.p;
  out->smallest = 1 / (double)assignments;
  return FRAY_OK;
}

/* Its own null: the largest of several differences is large by chance alone. */
static enum fray_status all_groups(const double *drop, const uint32_t *group, size_t n,
                                   size_t n_groups, const size_t *size, uint64_t seed,
                                   struct fray_arena *arena, struct fray_did_spread *out,
                                   struct fray_err *err) {
  struct fray_gap_null found;
  double *mean;
  FRAY_ALLOC(mean, arena, n_groups, err);
  struct null null = {drop, n, n_groups, size, mean};
  *out = (struct fray_did_spread){.spread = spread_of(&null, group)};
  FRAY_TRY(null_of(&null, group, out->spread, spread_of, key_of(seed, 0), arena, &out->assignments,
                   &found, err));
  out->null_mean = found.mean;
  out->null_95 = found.q95;
  out->p = found.p;
  out->smallest = 1 / (double)out->assignments;
  return FRAY_OK;
}

/* Counts people; what cannot be compared is refused. */
static enum fray_status count_people(const double *drop, const uint32_t *group, size_t n,
                                     size_t n_groups, size_t *size, struct fray_err *err) {
  FRAY_CHECK(n_groups >= 2, err, INPUT, "%zu group: differences are between two or more", n_groups);
  for (size_t i = 0; i < n; i++) {
    FRAY_CHECK(group[i] < n_groups, err, INTERNAL, "person %zu is of group %u of %zu", i, group[i],
               n_groups);
    FRAY_CHECK(isfinite(drop[i]), err, INPUT, "the drop of person %zu is no number", i);
    size[group[i]]++;
  }
  for (size_t g = 0; g < n_groups; g++)
    FRAY_CHECK(size[g] > 0, err, INPUT, "group %zu has nobody in it", g);
  return FRAY_OK;
}

static enum fray_status compare(const double *drop, const uint32_t *group, size_t n,
                                size_t n_groups, uint64_t seed, struct fray_arena *arena,
                                struct fray_did *out, struct fray_did_spread *spread,
                                struct fray_err *err) {
  size_t *size;
  FRAY_ALLOC_ZERO(size, arena, n_groups + 1, err);
  FRAY_TRY(count_people(drop, group, n, n_groups, size, err));
  for (size_t g = 0; g < n_groups; g++) {
    const struct fray_arena_place mark = fray_arena_mark(arena);
    FRAY_TRY(one_group(drop, group, n, (uint32_t)g, size, seed, arena, &out[g], err));
    fray_arena_rewind(arena, mark);
  }
  return all_groups(drop, group, n, n_groups, size, seed, arena, spread, err);
}

enum fray_status fray_did_of(const double *drop, const uint32_t *group, size_t n, size_t n_groups,
                             uint64_t seed, struct fray_did *out, struct fray_did_spread *spread,
                             struct fray_err *err) {
  struct fray_arena arena = {0};
  const enum fray_status status = compare(drop, group, n, n_groups, seed, &arena, out, spread, err);
  fray_arena_free(&arena);
  return status;
}

/* Variances of the difference under no drop, q, and under the drop, q - d^2. Rounded up: a part of
 * a sample cannot be collected. */
double fray_customer_samples(double drop, double changed) {
  const double z_95 = 1.6448536269514722, z_80 = 0.8416212335729143; /* of the normal law */
  if (!(drop > 0))
    return INFINITY;
  if (!(changed >= drop && changed <= 1))
    return NAN;
  const double root = (z_95 * sqrt(changed) + z_80 * sqrt(changed - drop * drop)) / drop;
  return ceil(root * root);
}
