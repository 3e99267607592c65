/* The numbers behind the findings: what each damage costs in the mean of its series, and what it
 * costs each group of test clients. Words are made of them in findings.c. */
#include "costs.h"

#include <math.h>
#include <stdlib.h>

/* Mean over series of what each loses. A series without any value is left out, and so is one at
 * chance; a seed counts only where all others have one, so that means are of the same series. */
static enum fray_status mean_drop(struct fray_rep_results *r, const struct fray_rep_grid *g,
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

enum fray_status fray_rep_terms_difference(struct fray_rep_results *r,
                                           const struct fray_rep_terms *a,
                                           const struct fray_rep_terms *b,
                                           struct fray_rep_stat *out, struct fray_err *err) {
  struct fray_rep_terms both = {0};
  struct fray_rep_quantity q;
  size_t n_b = b ? b->n : 0;
  FRAY_ALLOC(both.at, r->arena, a->n + n_b, err);
  FRAY_ALLOC(both.weight, r->arena, a->n + n_b, err);
  for (size_t i = 0; i < a->n + n_b; i++) {
    both.at[i] = i < a->n ? a->at[i] : b->at[i - a->n];
    both.weight[i] = i < a->n ? a->weight[i] : -b->weight[i - a->n];
  }
  /* One sum of all terms and not a difference of two means: seeds and draws stay paired, so what is
   * common to both goes out of the interval. */
  FRAY_TRY(fray_rep_sum(r, both.at, both.weight, a->n + n_b, &q, err));
  *out = fray_rep_stat_of(r, &q);
  return FRAY_OK;
}

/* Series at chance are counted, as a mean over the others would otherwise pass for one of all. A
 * damage without any series keeps NaN and is no member of the family: Holm leaves NaN aside. */
static enum fray_status measure(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                bool higher, struct fray_rep_cost *out, struct fray_err *err) {
  out->axis = axis;
  /* Where nothing was measured; zeros would be a verdict of no loss. */
  out->stat.mean = out->stat.low = out->stat.p = NAN;
  FRAY_TRY(fray_rep_make_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &out->grid, err));
  FRAY_TRY(fray_rep_losses(r, &out->grid, higher, &out->loss, err));
  for (size_t s = 0; s < axis->n_series; s++)
    out->n_at_chance += out->loss[s].start == FRAY_REP_AT_CHANCE;
  FRAY_ALLOC(out->series, r->arena, axis->n_series, err);
  FRAY_TRY(mean_drop(r, &out->grid, out->loss, higher, &out->drop, out->series, err));
  return out->drop.n ? fray_rep_terms_difference(r, &out->drop, NULL, &out->stat, err) : FRAY_OK;
}

/* The losses of the study are one family, whatever their axes: the sentence that names the worst
 * looks at all of them. */
enum fray_status fray_rep_measure_costs(struct fray_rep_results *r,
                                        const struct fray_rep_axis *axes, size_t n, bool higher,
                                        struct fray_rep_cost **out, struct fray_err *err) {
  double **p;
  FRAY_ALLOC_ZERO(*out, r->arena, n, err);
  FRAY_ALLOC(p, r->arena, n, err);
  for (size_t i = 0; i < n; i++) {
    FRAY_TRY(measure(r, &axes[i], higher, &(*out)[i], err));
    p[i] = &(*out)[i].stat.p;
  }
  return fray_rep_adjust(r, p, n, err);
}

/* Mean over the series of a cost of values that lie as a grid's do, at one strength. Over those of
 * the cost alone: chance must be that of the very series whose scores are held against it. */
static double level(const struct fray_rep_cost *c, const double *values, size_t x) {
  double sum = 0;
  size_t n = c->drop.n / 2;
  for (size_t i = 0; i < n; i++)
    sum += fray_rep_mean(values + fray_rep_grid_at(&c->grid, c->series[i], x), c->grid.n_seeds);
  return sum / (double)n;
}

/* Whether less than half of what lay above chance is left at a strength: score(x) - score(0) / 2 is
 * told from chance(x) - chance(0) / 2. Written as a sum, since a ratio of two uncertain numbers has
 * no interval of this kind. Not gone where chance or a score is not known. */
enum fray_status fray_rep_half_gone(struct fray_rep_results *r, const struct fray_rep_cost *c,
                                    bool higher, size_t x, bool *out, struct fray_err *err) {
  struct fray_rep_terms rest = {0};
  struct fray_rep_quantity q;
  double *by_seed, *draw, sign = higher ? 1 : -1;
  *out = false;
  FRAY_ALLOC(rest.at, r->arena, c->drop.n, err);
  FRAY_ALLOC(rest.weight, r->arena, c->drop.n, err);
  for (; rest.n < c->drop.n; rest.n++) {
    bool start = rest.n % 2 == 0;
    rest.at[rest.n] = fray_rep_grid_address(&c->grid, c->series[rest.n / 2], start ? 0 : x);
    rest.weight[rest.n] = sign * (start ? -1 : 2) / (double)c->drop.n;
  }
  /* A number and no quantity: the level is that of all test samples, the same in every draw, and
   * only shifts them. */
  double chance = sign * (level(c, c->grid.chance, x) - level(c, c->grid.chance, 0) / 2);
  FRAY_TRY(fray_rep_sum(r, rest.at, rest.weight, rest.n, &q, err));
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

/* ---- groups ---- */

/* One group along one axis. Room in search->group is the caller's: one place for every group of
 * every axis. */
static enum fray_status try_group(struct fray_rep_results *r, const struct fray_rep_cost *cost,
                                  const struct fray_rep_groups *groups, size_t i, bool higher,
                                  struct fray_rep_group_search *search, struct fray_err *err) {
  struct fray_rep_grid grid;
  struct fray_rep_terms drop;
  struct fray_rep_group_cost g = {
      .column = groups->column, .value = groups->value[i], .cost = cost};
  size_t *series;
  FRAY_TRY(fray_rep_make_grid(r, cost->axis, false, groups->group[i], r->main_metric, &grid, err));
  /* Counted, so that the reader knows that groups are missing here. */
  if (fray_rep_unresolved(&grid)) {
    search->small++;
    return FRAY_OK;
  }
  FRAY_ALLOC(series, r->arena, cost->axis->n_series, err);
  /* Judged by what all samples say of the series: a group alone is too small to say who learnt. */
  FRAY_TRY(mean_drop(r, &grid, cost->loss, higher, &drop, series, err));
  if (drop.n == 0 || cost->drop.n == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_terms_difference(r, &drop, NULL, &g.loss, err));
  FRAY_TRY(fray_rep_terms_difference(r, &drop, &cost->drop, &g.excess, err));
  if (!isnan(g.excess.mean))
    search->group[search->n++] = g;
  return FRAY_OK;
}

/* Largest first. None is NaN (try_group), with which this would be no order and qsort undefined. */
static int by_excess(const void *a, const void *b) {
  double x = ((const struct fray_rep_group_cost *)a)->excess.mean,
         y = ((const struct fray_rep_group_cost *)b)->excess.mean;
  return (x < y) - (x > y);
}

/* All groups along all axes together, as a reader looks at the largest of all. A column with many
 * values costs the others power, which is the price of looking. */
static enum fray_status adjust_groups(struct fray_rep_results *r,
                                      struct fray_rep_group_search *search, struct fray_err *err) {
  double **p;
  FRAY_ALLOC(p, r->arena, search->n + 1, err);
  /* Two families, for two questions: does it lose, does it lose more than the others. */
  for (int excess = 0; excess < 2; excess++) {
    for (size_t i = 0; i < search->n; i++)
      p[i] = excess ? &search->group[i].excess.p : &search->group[i].loss.p;
    FRAY_TRY(fray_rep_adjust(r, p, search->n, err));
  }
  /* Last: the pointers above lead into the list. */
  if (search->n)
    qsort(search->group, search->n, sizeof *search->group, by_excess);
  return FRAY_OK;
}

enum fray_status fray_rep_find_groups(struct fray_rep_results *r, const struct fray_rep_cost *costs,
                                      size_t n, bool higher, struct fray_rep_group_search *search,
                                      struct fray_err *err) {
  struct fray_rep_groups *columns, groups;
  size_t n_columns;
  FRAY_TRY(fray_rep_group_columns(r, &columns, &n_columns, err));
  /* Groups of all columns together are fewer than r->groups.n, which counts "all" too. */
  FRAY_ALLOC(search->group, r->arena, n * r->groups.n + 1, err);
  for (size_t a = 0; a < n; a++)
    for (size_t k = 0; k < n_columns; k++) {
      FRAY_TRY(fray_rep_scored_groups(r, costs[a].axis, &columns[k], &groups, err));
      for (size_t i = 0; i < groups.n; i++)
        FRAY_TRY(try_group(r, &costs[a], &groups, i, higher, search, err));
    }
  return adjust_groups(r, search, err);
}

bool fray_rep_loses_more(const struct fray_rep_group_cost *g) {
  /* More than all is no finding if it may lose nothing. */
  return fray_rep_verdict_of(&g->loss) == FRAY_REP_MORE &&
         fray_rep_verdict_of(&g->excess) == FRAY_REP_MORE;
}
