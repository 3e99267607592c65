/* For whom it breaks: the loss of each group that is large enough, against that of all samples. */
#include "parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is put together of one group along one damage. */
struct candidate {
  struct fray_rep_group_loss g;
  struct fray_rep_terms drop;
};
struct search {
  struct fray_rep_answer *a;
  struct candidate *v;
  size_t n;
};

static enum fray_status try_group(struct search *search, const struct fray_rep_cost *cost,
                                  const struct fray_rep_groups *groups, size_t i,
                                  struct fray_err *err) {
  struct fray_rep_answer *a = search->a;
  struct fray_rep_results *r = a->r;
  struct fray_rep_grid grid;
  struct candidate c = {.g = {.column = groups->column, .value = groups->value[i], .cost = cost}};
  size_t *series;
  FRAY_TRY(fray_rep_make_grid(r, cost->axis, false, groups->group[i], r->main_metric, &grid, err));
  /* Counted, so that the reader knows that groups are missing here. */
  if (fray_rep_unresolved(&grid)) {
    a->n_small++;
    return FRAY_OK;
  }
  FRAY_ALLOC(series, r->arena, cost->axis->n_series, err);
  /* Judged by what all samples say of the series: a group alone is too small to say who learnt. */
  FRAY_TRY(fray_rep_mean_drop(r, &grid, cost->loss, a->higher, &c.drop, series, err));
  if (c.drop.n == 0 || cost->drop.n == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_terms_less(r, &c.drop, NULL, &c.g.loss, err));
  FRAY_TRY(fray_rep_terms_less(r, &c.drop, &cost->drop, &c.g.excess, err));
  if (!isnan(c.g.excess.mean))
    search->v[search->n++] = c;
  return FRAY_OK;
}

/* The largest first. Equal ones keep no order, and none is claimed. */
static int by_excess(const void *a, const void *b) {
  double x = ((const struct candidate *)a)->g.excess.mean,
         y = ((const struct candidate *)b)->g.excess.mean;
  return (x < y) - (x > y);
}

/* Two families, for two questions: does it lose, does it lose more than the others. */
static enum fray_status adjust(struct search *s, struct fray_err *err) {
  double **p;
  FRAY_ALLOC(p, s->a->r->arena, s->n + 1, err);
  for (int excess = 0; excess < 2; excess++) {
    for (size_t i = 0; i < s->n; i++)
      p[i] = excess ? &s->v[i].g.excess.p : &s->v[i].g.loss.p;
    FRAY_TRY(fray_rep_adjust(s->a->r, p, s->n, err));
  }
  for (size_t i = 0; i < s->n; i++)
    /* More than all is no finding if it may lose nothing. */
    s->v[i].g.loses_more = fray_rep_verdict_of(&s->v[i].g.loss) == FRAY_REP_MORE &&
                           fray_rep_verdict_of(&s->v[i].g.excess) == FRAY_REP_MORE;
  if (s->n)
    qsort(s->v, s->n, sizeof *s->v, by_excess);
  return FRAY_OK;
}

/* Whether a candidate loses more than each other group of its column that was looked at. Pair by
 * pair: it is only called the worst if it beats every one. */
static enum fray_status is_worst(const struct search *s, size_t at, bool *out,
                                 struct fray_err *err) {
  const struct candidate *c = &s->v[at];
  size_t others = 0;
  *out = false;
  for (size_t i = 0; i < s->n; i++) {
    struct fray_rep_stat stat;
    if (i == at || s->v[i].g.cost != c->g.cost || strcmp(s->v[i].g.column, c->g.column) != 0)
      continue;
    FRAY_TRY(fray_rep_terms_less(s->a->r, &c->drop, &s->v[i].drop, &stat, err));
    if (fray_rep_verdict_of(&stat) != FRAY_REP_MORE)
      return FRAY_OK;
    others++;
  }
  /* Alone, or with no other that is large enough, it is the most of nothing. */
  *out = others > 0;
  return FRAY_OK;
}

/* Of the first damage alone, since that is what the sentence before it speaks of. */
static enum fray_status find_worst(const struct search *s, struct fray_err *err) {
  struct fray_rep_answer *a = s->a;
  bool found = false;
  a->worst_group = a->n_groups;
  for (size_t i = 0; i < s->n && !found; i++) {
    if (!s->v[i].g.loses_more || s->v[i].g.cost != &a->cost[a->first])
      continue;
    FRAY_TRY(is_worst(s, i, &found, err));
    if (found)
      a->worst_group = i;
  }
  return FRAY_OK;
}

/* Every group along every damage, as the family of what was looked at; only afterwards it is asked
 * which of them is of the damage that the headline names. */
enum fray_status fray_rep_find_groups(struct fray_rep_answer *a, struct fray_err *err) {
  struct fray_rep_results *r = a->r;
  struct fray_rep_groups *columns, groups;
  struct search s = {.a = a};
  size_t n_columns;
  FRAY_TRY(fray_rep_group_columns(r, &columns, &n_columns, err));
  FRAY_ALLOC(s.v, r->arena, a->n_axes * r->groups.n + 1, err);
  for (size_t i = 0; i < a->n_axes; i++)
    for (size_t k = 0; k < n_columns; k++) {
      FRAY_TRY(fray_rep_scored_groups(r, a->cost[i].axis, &columns[k], &groups, err));
      for (size_t g = 0; g < groups.n; g++)
        FRAY_TRY(try_group(&s, &a->cost[i], &groups, g, err));
    }
  FRAY_TRY(adjust(&s, err));
  FRAY_ALLOC(a->group, r->arena, s.n + 1, err);
  for (; a->n_groups < s.n; a->n_groups++)
    a->group[a->n_groups] = s.v[a->n_groups].g;
  return find_worst(&s, err);
}
