/* Minimum-diameter averaging: the mean of the n - f updates whose farthest two are nearest.
 *
 * Trying all subsets is hopeless beyond a few liars. A bound on the diameter makes a graph of the
 * pairs that lie farther apart; whoever is left out must cover all its edges, and whether f of
 * them can is decided by branching, which real cohorts, with few far pairs, end at once. */
#include "fray/fed/rule.h"

#include <stdlib.h>
#include <string.h>

#define MOST_WORK 4e9 /* pairs looked at: some seconds */

struct search {
  size_t n;
  const double *distance2; /* (n, n) */
  double bound;            /* pairs farther apart than it are edges */
  uint8_t *gone;           /* (n) left out so far */
  uint32_t *undo;          /* (n) in the order in which they went */
  size_t n_undo;
  double work;
};

static bool is_edge(const struct search *s, size_t a, size_t b) {
  return s->distance2[a * s->n + b] > s->bound;
}

/* Noted in order, so that a branch can be undone. */
static void leave_out(struct search *s, size_t a) {
  s->gone[a] = 1;
  s->undo[s->n_undo++] = (uint32_t)a;
}

/* Back to how it was when so many were gone. */
static void take_back(struct search *s, size_t to) {
  while (s->n_undo > to)
    s->gone[s->undo[--s->n_undo]] = 0;
}

/* The one with most edges among those that are there, the first of equals; *edges: of all. */
static size_t busiest(const struct search *s, size_t *degree, size_t *edges) {
  size_t best = 0;
  *degree = *edges = 0;
  for (size_t a = 0; a < s->n; a++) {
    size_t d = 0;
    for (size_t b = 0; b < s->n && !s->gone[a]; b++)
      d += b != a && !s->gone[b] && is_edge(s, a, b);
    *edges += d;
    if (d > *degree) {
      *degree = d;
      best = a;
    }
  }
  *edges /= 2;
  return best;
}

/* Can `most` more cover all edges that are left? Either the busiest goes, or all its neighbours do.
 * Whether it can or not, all is as before afterwards. */
static bool can_cover(struct search *s, size_t most) {
  const size_t before = s->n_undo;
  size_t degree, edges;
  const size_t a = busiest(s, &degree, &edges);
  if (edges == 0)
    return true;
  s->work += (double)s->n * (double)s->n;
  if (edges > most * degree || s->work > MOST_WORK)
    return false;
  leave_out(s, a);
  bool can = can_cover(s, most - 1);
  take_back(s, before);
  if (can || degree > most || degree == 1) /* of one edge either end will do */
    return can;
  for (size_t b = 0; b < s->n; b++)
    if (b != a && !s->gone[b] && is_edge(s, a, b))
      leave_out(s, b);
  can = can_cover(s, most - degree);
  take_back(s, before);
  return can;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The least of the distances that a subset can have as its diameter. */
static double least_diameter(struct search *s, size_t f, double *sorted) {
  size_t low = 0, high = s->n * s->n - 1; /* with the largest there is no edge */
  memcpy(sorted, s->distance2, s->n * s->n * sizeof *sorted);
  qsort(sorted, s->n * s->n, sizeof *sorted, by_value);
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    s->bound = sorted[middle];
    if (can_cover(s, f))
      high = middle;
    else
      low = middle + 1;
  }
  return sorted[low];
}

/* Several subsets may have that diameter: the first in the order of indices, as a search through
 * all of them would meet it. stays (n): in the subset. */
static void first_subset(struct search *s, size_t f, uint8_t *stays) {
  size_t chosen = 0;
  for (size_t a = 0; a < s->n; a++) {
    const size_t before = s->n_undo;
    if (s->gone[a])
      continue;
    if (chosen < s->n - f) {
      /* With it, all who are far from it go. */
      for (size_t b = 0; b < s->n; b++)
        if (b != a && !s->gone[b] && is_edge(s, a, b))
          leave_out(s, b);
      if (s->n_undo <= f && can_cover(s, f - s->n_undo)) {
        stays[a] = 1;
        chosen++;
        continue;
      }
      take_back(s, before);
    }
    leave_out(s, a);
  }
}

/* The honest must be more than the liars, or two sets would do. */
static size_t fewest(const void *params, size_t f) {
  (void)params;
  return 2 * f + 1;
}

static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return (n - 1) / 2;
}

static enum fray_status mix(const void *params, const struct fray_judged *of, double *weight,
                            struct fray_arena *scratch, struct fray_err *err) {
  const size_t n = of->n;
  struct search s = {.n = n};
  double *distance2, *sorted;
  uint8_t *stays;
  (void)params;
  FRAY_ALLOC(distance2, scratch, n * n, err);
  FRAY_ALLOC(sorted, scratch, n * n, err);
  FRAY_ALLOC_ZERO(s.gone, scratch, n, err);
  FRAY_ALLOC_ZERO(stays, scratch, n, err);
  FRAY_ALLOC(s.undo, scratch, n, err);
  for (size_t a = 0; a < n; a++)
    for (size_t b = 0; b < n; b++)
      distance2[a * n + b] = a == b ? 0 : fray_judged_distance2(of, a, b);
  s.distance2 = distance2;
  s.bound = least_diameter(&s, of->f, sorted);
  first_subset(&s, of->f, stays);
  FRAY_CHECK(s.work <= MOST_WORK, err, INPUT,
             "training.aggregation.rule: %zu updates of which %zu may lie have too many subsets of "
             "much the same diameter for mda; take a smaller f, or another rule (multi_krum)",
             n, of->f);
  for (size_t a = 0; a < n; a++)
    weight[a] = stays[a] ? 1.0 / (double)(n - of->f) : 0;
  return FRAY_OK;
}

static const struct fray_rule_ops ops = {
    .form = FRAY_RULE_MIX, .uses_f = true, .fewest = fewest, .tolerates = tolerates, .mix = mix};

extern const struct fray_choice fray_rule_mda;
const struct fray_choice fray_rule_mda = {
    .name = "mda",
    .meaning = "minimum-diameter averaging: the mean of the n - f updates whose largest distance "
               "from one another is least",
    .source = "Rousseeuw 1985; El Mhamdi et al. 2020, arXiv 1905.03853 (MDA)",
    .impl = &ops,
};
