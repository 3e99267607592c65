/* Regression trees that look for groups: leaves in which another answer is better on the whole. */
#include "fray/instrument/bounty.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tree in the making. What it takes of the arena goes with whoever hunts: thousands of samples
 * and a few dozen nodes. */
struct grower {
  const struct fray_traits *traits;
  const uint8_t *used;
  const int8_t *w;
  size_t least;
  struct fray_arena *arena;
  struct fray_bounty_leaf *leaf; /* room for 2^depth */
  size_t n_leaves;
};

/* What is true of all samples of a node, trait by trait. */
struct region {
  struct fray_term *term; /* (n_traits) */
};

/* A split: samples of which the term holds go left. better: how much squared error falls. */
struct split {
  bool found;
  struct fray_term left, right;
  double better;
};

/* Sums of whole numbers, so that equal splits are equal to the last bit. */
static double merit(double sum_left, double n_left, double sum, double n) {
  const double right = sum - sum_left, n_right = n - n_left;
  return sum_left * sum_left / n_left + right * right / n_right - sum * sum / n;
}

/* Between two values, and of all numbers there one with few digits, as people read it: the middle
 * as short as it can be said. Below all numbers there is no middle. */
static double middle(double low, double high) {
  const double at = isinf(low) ? high - fmax(1, fabs(high)) : low + (high - low) / 2;
  for (int digits = 1; digits < 17; digits++) {
    char text[40];
    snprintf(text, sizeof text, "%.*g", digits, at);
    const double said = strtod(text, NULL);
    if (said > low && said < high)
      return said;
  }
  return at;
}

/* As terms take it: what is not there is the least there is, so that both sides of a split are said
 * by ranges and nobody is on neither. */
static double number_of(double x) {
  return isnan(x) ? -(double)INFINITY : x;
}

/* For qsort, which has no place for what belongs to whom: the value travels with the sample. */
struct placed {
  double x;
  int8_t w;
};
/* NaN was turned into the least number before, so that this is an order. */
static int by_value(const void *a, const void *b) {
  const double x = ((const struct placed *)a)->x, y = ((const struct placed *)b)->x;
  return (x > y) - (x < y);
}

/* Strictly better than the best so far: of equal splits the first one stays, whatever the order in
 * which a machine adds. A split that gains nothing is none. */
static bool is_better(const struct grower *g, const struct split *best, double better, size_t left,
                      size_t right) {
  return left >= g->least && right >= g->least && better > 1e-9 &&
         (!best->found || better > best->better);
}

/* A number: between each two neighbours that differ. A middle that rounds to one of them divides
 * nothing. */
static enum fray_status try_number(const struct grower *g, size_t t, const uint32_t *sample,
                                   size_t n, double sum, struct split *best, struct fray_err *err) {
  const double *x = g->traits->x + t * g->traits->n;
  struct placed *order = malloc((n + 1) * sizeof *order);
  double left = 0;
  FRAY_CHECK(order, err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++)
    order[i] = (struct placed){number_of(x[sample[i]]), g->w[sample[i]]};
  qsort(order, n, sizeof *order, by_value);
  for (size_t i = 0; i + 1 < n; i++) {
    left += order[i].w;
    const double at = middle(order[i].x, order[i + 1].x);
    if (!(at > order[i].x && at < order[i + 1].x))
      continue;
    const double better = merit(left, (double)(i + 1), sum, (double)n);
    if (!is_better(g, best, better, i + 1, n - i - 1))
      continue;
    *best = (struct split){.found = true, .better = better};
    best->left = (struct fray_term){.trait = t, .low = -(double)INFINITY, .high = at};
    best->right = (struct fray_term){.trait = t, .low = at, .high = (double)INFINITY};
  }
  free(order);
  return FRAY_OK;
}

/* A category: each of its values against the others. */
static enum fray_status try_category(const struct grower *g, size_t t, const uint32_t *sample,
                                     size_t n, double sum, struct split *best,
                                     struct fray_err *err) {
  const size_t values = g->traits->trait[t].n_values;
  const double *x = g->traits->x + t * g->traits->n;
  for (size_t v = 0; v < values; v++) {
    double left = 0;
    size_t n_left = 0;
    for (size_t i = 0; i < n; i++)
      if (!isnan(x[sample[i]]) && (size_t)x[sample[i]] == v) {
        left += g->w[sample[i]];
        n_left++;
      }
    if (n_left == 0 || n_left == n)
      continue;
    const double better = merit(left, (double)n_left, sum, (double)n);
    if (!is_better(g, best, better, n_left, n - n_left))
      continue;
    uint8_t *one, *others;
    FRAY_ALLOC_ZERO(one, g->arena, values, err);
    FRAY_ALLOC(others, g->arena, values, err);
    memset(others, 1, values);
    one[v] = 1;
    others[v] = 0;
    *best = (struct split){.found = true, .better = better};
    best->left = (struct fray_term){.trait = t, .takes = one};
    best->right = (struct fray_term){.trait = t, .takes = others};
  }
  return FRAY_OK;
}

/* What holds above and what the split adds: a smaller range, or fewer values. */
static enum fray_status narrow(const struct grower *g, const struct region *above,
                               const struct fray_term *by, struct region *out,
                               struct fray_err *err) {
  const size_t n = g->traits->n_traits, values = g->traits->trait[by->trait].n_values;
  FRAY_ALLOC(out->term, g->arena, n, err);
  memcpy(out->term, above->term, n * sizeof *out->term);
  struct fray_term *term = &out->term[by->trait];
  if (by->takes) {
    uint8_t *takes;
    FRAY_ALLOC(takes, g->arena, values, err);
    for (size_t v = 0; v < values; v++)
      takes[v] = (uint8_t)(by->takes[v] && (!term->takes || term->takes[v]));
    term->takes = takes;
  }
  term->low = fmax(term->low, by->takes ? term->low : by->low);
  term->high = fmin(term->high, by->takes ? term->high : by->high);
  return FRAY_OK;
}

/* Only the traits that were split by are said. */
static enum fray_status add_leaf(struct grower *g, const struct region *region,
                                 const uint32_t *sample, size_t n, struct fray_err *err) {
  struct fray_bounty_leaf *leaf = &g->leaf[g->n_leaves++];
  *leaf = (struct fray_bounty_leaf){.n = n};
  FRAY_ALLOC(leaf->group.term, g->arena, g->traits->n_traits + 1, err);
  for (size_t t = 0; t < g->traits->n_traits; t++) {
    const struct fray_term *term = &region->term[t];
    if (term->takes || !isinf(term->low) || !isinf(term->high))
      leaf->group.term[leaf->group.n++] = *term;
  }
  for (size_t i = 0; i < n; i++)
    leaf->gain += g->w[sample[i]];
  return FRAY_OK;
}

/* Those of whom a term holds come first, in the order in which they were. */
static enum fray_status divide(const struct grower *g, const struct fray_term *left,
                               uint32_t *sample, size_t n, size_t *n_left, struct fray_err *err) {
  const double *x = g->traits->x + left->trait * g->traits->n;
  uint32_t *others;
  size_t rest = 0;
  FRAY_ALLOC(others, g->arena, n + 1, err);
  *n_left = 0;
  for (size_t i = 0; i < n; i++)
    if (fray_term_holds(left, x[sample[i]]))
      sample[(*n_left)++] = sample[i];
    else
      others[rest++] = sample[i];
  memcpy(sample + *n_left, others, rest * sizeof *sample);
  return FRAY_OK;
}

/* Splits what is left to a depth; where no split gains, the region is a leaf. Regions are disjoint
 * and together they are all samples, but for those that have no value of a category. */
static enum fray_status grow(struct grower *g, const struct region *region, uint32_t *sample,
                             size_t n, size_t depth, struct fray_err *err) {
  struct region left, right;
  struct split best = {0};
  double sum = 0;
  size_t n_left = 0;
  for (size_t i = 0; i < n; i++)
    sum += g->w[sample[i]];
  for (size_t t = 0; depth > 0 && t < g->traits->n_traits; t++) {
    if (!g->used[t])
      continue;
    FRAY_TRY(g->traits->trait[t].n_values ? try_category(g, t, sample, n, sum, &best, err)
                                          : try_number(g, t, sample, n, sum, &best, err));
  }
  if (!best.found)
    return add_leaf(g, region, sample, n, err);
  FRAY_TRY(narrow(g, region, &best.left, &left, err));
  FRAY_TRY(narrow(g, region, &best.right, &right, err));
  FRAY_TRY(divide(g, &best.left, sample, n, &n_left, err));
  FRAY_TRY(grow(g, &left, sample, n_left, depth - 1, err));
  return grow(g, &right, sample + n_left, n - n_left, depth - 1, err);
}

/* The order of samples is that of the caller; leaves hold the same ones whatever that order is, as
 * sums are whole numbers and all splits are by value. */
enum fray_status fray_bounty_tree(const struct fray_traits *traits, const uint8_t *used,
                                  const int8_t *w, size_t depth, size_t least,
                                  struct fray_arena *arena, struct fray_bounty_leaf **out,
                                  size_t *n_leaves, struct fray_err *err) {
  struct grower g = {traits, used, w, FRAY_MAX(least, (size_t)1), arena, NULL, 0};
  struct region all;
  uint32_t *sample;
  FRAY_CHECK(depth <= 16, err, INTERNAL, "a tree of depth %zu: 16 at most", depth);
  FRAY_ALLOC_ZERO(g.leaf, arena, (size_t)1 << depth, err);
  FRAY_ALLOC(all.term, arena, traits->n_traits + 1, err);
  FRAY_ALLOC(sample, arena, traits->n + 1, err);
  for (size_t t = 0; t < traits->n_traits; t++)
    all.term[t] =
        (struct fray_term){.trait = t, .low = -(double)INFINITY, .high = (double)INFINITY};
  for (size_t i = 0; i < traits->n; i++)
    sample[i] = (uint32_t)i;
  FRAY_TRY(grow(&g, &all, sample, traits->n, depth, err));
  *out = g.leaf;
  *n_leaves = g.n_leaves;
  return FRAY_OK;
}
