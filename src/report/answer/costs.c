/* What each damage costs, and which costs most: the means over series, their one family of
 * p-values, and the paired differences that an order rests on. docs/measures.md lists the claims.
 */
#include "parts.h"

#include "fray/base/size.h"

#include <math.h>

/* A series without any value is left out, and so is one at chance; a seed counts only where all
 * others have one, so that means are of the same series. */
enum fray_status fray_rep_mean_drop(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    const struct fray_rep_loss *loss, bool higher,
                                    struct fray_rep_terms *out, size_t *series,
                                    struct fray_err *err) {
  double *one;
  size_t n = g->axis->n_series;
  FRAY_ALLOC(one, r->arena, g->n_seeds, err);
  FRAY_ALLOC(out->at, r->arena, 2 * n, err);
  FRAY_ALLOC(out->weight, r->arena, 2 * n, err);
  out->n = 0;
  for (size_t s = 0; s < n; s++) {
    fray_rep_drop(g, s, higher, one);
    if (loss[s].start == FRAY_REP_AT_CHANCE || isnan(fray_rep_mean(one, g->n_seeds)))
      continue;
    series[out->n / 2] = s;
    out->at[out->n++] = fray_rep_grid_address(g, s, 0);
    out->at[out->n++] = fray_rep_grid_address(g, s, g->axis->n_x - 1);
  }
  for (size_t i = 0; i < out->n; i++)
    /* Start less end for a score that should be high, the other way round for one that should be
     * low; half the number of terms is the number of series. */
    out->weight[i] = ((i % 2 == 0) == higher ? 2 : -2) / (double)out->n;
  return FRAY_OK;
}

/* One sum of all terms rather than two that are subtracted: what both have in common, a seed's luck
 * and the people tested, cancels in every draw. */
enum fray_status fray_rep_terms_less(struct fray_rep_results *r, const struct fray_rep_terms *a,
                                     const struct fray_rep_terms *b, struct fray_rep_stat *out,
                                     struct fray_err *err) {
  struct fray_rep_terms both = {0};
  size_t n_b = b ? b->n : 0;
  FRAY_ALLOC(both.at, r->arena, a->n + n_b, err);
  FRAY_ALLOC(both.weight, r->arena, a->n + n_b, err);
  for (size_t i = 0; i < a->n + n_b; i++) {
    both.at[i] = i < a->n ? a->at[i] : b->at[i - a->n];
    both.weight[i] = i < a->n ? a->weight[i] : -b->weight[i - a->n];
  }
  return fray_rep_sum_stat(r, both.at, both.weight, a->n + n_b, out, err);
}

/* Mean score of the series of a cost at one of its ends (0 or 1). */
static enum fray_status mean_at(struct fray_rep_results *r, const struct fray_rep_cost *c,
                                size_t end, struct fray_rep_stat *out, struct fray_err *err) {
  struct fray_rep_terms terms = {0};
  FRAY_ALLOC(terms.at, r->arena, c->n_series, err);
  FRAY_ALLOC(terms.weight, r->arena, c->n_series, err);
  for (; terms.n < c->n_series; terms.n++) {
    terms.at[terms.n] = c->drop.at[2 * terms.n + end];
    terms.weight[terms.n] = 1 / (double)c->n_series;
  }
  return fray_rep_terms_less(r, &terms, NULL, out, err);
}

/* Series at chance are counted, not averaged: they have nothing to lose, and would make every
 * damage look harmless. */
static enum fray_status measure(struct fray_rep_answer *a, const struct fray_rep_axis *axis,
                                struct fray_rep_cost *out, struct fray_err *err) {
  struct fray_rep_results *r = a->r;
  out->axis = axis;
  /* Where nothing was measured; zeros would be a verdict of no loss. */
  out->lost.mean = out->lost.low = out->lost.high = out->lost.p = NAN;
  out->start = out->end = out->lost;
  FRAY_TRY(fray_rep_make_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &out->grid, err));
  FRAY_TRY(fray_rep_losses(r, &out->grid, a->higher, &out->loss, err));
  for (size_t s = 0; s < axis->n_series; s++)
    out->n_at_chance += out->loss[s].start == FRAY_REP_AT_CHANCE;
  FRAY_ALLOC(out->series, r->arena, axis->n_series, err);
  FRAY_TRY(fray_rep_mean_drop(r, &out->grid, out->loss, a->higher, &out->drop, out->series, err));
  out->n_series = out->drop.n / 2;
  if (out->n_series == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_terms_less(r, &out->drop, NULL, &out->lost, err));
  FRAY_TRY(mean_at(r, out, 0, &out->start, err));
  return mean_at(r, out, 1, &out->end, err);
}

/* The losses of the study are one family. */
static enum fray_status adjust(struct fray_rep_answer *a, struct fray_err *err) {
  double **p;
  FRAY_ALLOC(p, a->r->arena, a->n_axes + 1, err);
  for (size_t i = 0; i < a->n_axes; i++)
    p[i] = &a->cost[i].lost.p;
  return fray_rep_adjust(a->r, p, a->n_axes, err);
}

/* ---- half ---- */

/* Mean over the series of a cost of values that lie as a grid's do, at one strength. */
static double level(const struct fray_rep_cost *c, const double *values, size_t x) {
  double sum = 0;
  for (size_t i = 0; i < c->n_series; i++)
    sum += fray_rep_mean(values + fray_rep_grid_at(&c->grid, c->series[i], x), c->grid.n_seeds);
  return sum / (double)c->n_series;
}

/* Whether less than half of what lay above chance is left at a strength: score(x) - score(0) / 2 is
 * told from chance(x) - chance(0) / 2. */
static enum fray_status is_half_gone(const struct fray_rep_answer *a, const struct fray_rep_cost *c,
                                     size_t x, bool *out, struct fray_err *err) {
  struct fray_rep_results *r = a->r;
  struct fray_rep_terms rest = {0};
  struct fray_rep_quantity q;
  double *by_seed, *draw, sign = a->higher ? 1 : -1;
  *out = false;
  FRAY_ALLOC(rest.at, r->arena, c->drop.n, err);
  FRAY_ALLOC(rest.weight, r->arena, c->drop.n, err);
  for (; rest.n < c->drop.n; rest.n++) {
    bool start = rest.n % 2 == 0;
    rest.at[rest.n] = fray_rep_grid_address(&c->grid, c->series[rest.n / 2], start ? 0 : x);
    rest.weight[rest.n] = sign * (start ? -1 : 2) / (double)c->drop.n;
  }
  double chance = sign * (level(c, c->grid.chance, x) - level(c, c->grid.chance, 0) / 2);
  FRAY_TRY(fray_rep_sum(r, rest.at, rest.weight, rest.n, r->arena, &q, err));
  if (isnan(chance) || isnan(q.value))
    return FRAY_OK;
  FRAY_ALLOC(by_seed, r->arena, r->seeds.n, err);
  for (size_t s = 0; s < r->seeds.n; s++)
    by_seed[s] = q.by_seed[s] - chance;
  if (q.draw) {
    FRAY_ALLOC(draw, r->arena, FRAY_DRAWS, err);
    for (size_t d = 0; d < FRAY_DRAWS; d++)
      draw[d] = q.draw[d] - chance;
    q.draw = draw;
  }
  q.by_seed = by_seed;
  q.value -= chance;
  struct fray_rep_stat stat = fray_rep_stat_of(r, &q);
  *out = fray_rep_verdict_of(&stat) == FRAY_REP_LESS;
  return FRAY_OK;
}

/* From the largest strength down, as long as it is resolved, so that all of them together err in at
 * most 5 % of studies. */
static enum fray_status find_half(struct fray_rep_answer *a, const struct fray_rep_cost *c,
                                  struct fray_err *err) {
  size_t x = c->axis->n_x;
  bool gone = true;
  while (x > 1 && gone) {
    FRAY_TRY(is_half_gone(a, c, x - 1, &gone, err));
    /* One step down for every strength that is resolved. */
    x -= gone;
  }
  a->half = x;
  return FRAY_OK;
}

/* ---- order ---- */

/* The loss of one series of a cost. weight: room for two, the caller's, which the result points to.
 * Whole weights and not those of the mean, which would divide by the number of series. */
static struct fray_rep_terms drop_of(const struct fray_rep_answer *a, const struct fray_rep_cost *c,
                                     size_t i, double *weight) {
  weight[0] = a->higher ? 1 : -1;
  weight[1] = -weight[0];
  return (struct fray_rep_terms){c->drop.at + 2 * i, weight, 2};
}

/* The series that loses more than each of the others, if that is told. Pairs are not adjusted: all
 * of them must be resolved, and that all err at once is no more likely than that one does. */
static enum fray_status find_most(struct fray_rep_answer *a, const struct fray_rep_cost *c,
                                  struct fray_err *err) {
  size_t most = 0;
  a->most = c->axis->n_series;
  for (size_t i = 1; i < c->n_series; i++)
    if (c->loss[c->series[i]].stat.mean > c->loss[c->series[most]].stat.mean)
      most = i;
  for (size_t i = 0; i < c->n_series; i++) {
    double weights[2][2];
    struct fray_rep_terms first = drop_of(a, c, most, weights[0]),
                          other = drop_of(a, c, i, weights[1]);
    struct fray_rep_stat stat;
    if (i == most)
      continue;
    FRAY_TRY(fray_rep_terms_less(a->r, &first, &other, &stat, err));
    if (fray_rep_verdict_of(&stat) != FRAY_REP_MORE)
      return FRAY_OK;
  }
  if (c->n_series > 1)
    a->most = c->series[most];
  return FRAY_OK;
}

/* Pair by pair and not adjusted: the first is only said to cost most if it beats every other one.
 */
static enum fray_status find_order(struct fray_rep_answer *a, struct fray_err *err) {
  for (size_t i = 0; i < a->n_axes; i++) {
    struct fray_rep_cost *c = &a->cost[i];
    struct fray_rep_stat stat;
    if (i == a->first || c->n_series == 0)
      continue;
    FRAY_TRY(fray_rep_terms_less(a->r, &a->cost[a->first].drop, &c->drop, &stat, err));
    c->is_less = fray_rep_verdict_of(&stat) == FRAY_REP_MORE;
    a->n_open += !c->is_less;
  }
  return FRAY_OK;
}

/* The largest of the losses; resolved: of those alone that are, as a larger mean that is not may be
 * luck. Of equal ones the first axis, as in the tables. n_axes: there is none. */
static size_t largest(const struct fray_rep_answer *a, bool resolved) {
  size_t found = a->n_axes;
  for (size_t i = 0; i < a->n_axes; i++) {
    const struct fray_rep_stat *lost = &a->cost[i].lost;
    if (isnan(lost->mean) || (resolved && fray_rep_verdict_of(lost) != FRAY_REP_MORE))
      continue;
    if (found == a->n_axes || lost->mean > a->cost[found].lost.mean)
      found = i;
  }
  return found;
}

/* What is first is asked of adjusted p-values, so all axes are measured before. main is never
 * "none": table and curve are of some damage, even where no loss is resolved. */
enum fray_status fray_rep_find_costs(struct fray_rep_answer *a, struct fray_err *err) {
  FRAY_ALLOC_ZERO(a->cost, a->r->arena, a->n_axes + 1, err);
  for (size_t i = 0; i < a->n_axes; i++) {
    FRAY_TRY(measure(a, &a->axes[i], &a->cost[i], err));
    a->n_measured += a->cost[i].n_series > 0;
  }
  FRAY_TRY(adjust(a, err));
  a->first = largest(a, true);
  a->main = a->first < a->n_axes ? a->first : largest(a, false);
  /* Nothing was measured along any: the first one stands for all. */
  if (a->main == a->n_axes)
    a->main = 0;
  if (a->first == a->n_axes)
    return FRAY_OK;
  FRAY_TRY(find_half(a, &a->cost[a->first], err));
  FRAY_TRY(find_most(a, &a->cost[a->first], err));
  return find_order(a, err);
}
