/* The answers first: which damage costs most, for whom, and how sure that is. Each sentence asks a
 * verdict (verdict.h) whether it may be said; docs/measures.md lists them. */
#include "page.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

enum { FEW = 4 }; /* damages, or groups, that are named one by one */

/* A number made of scores: sum of weight x score. */
struct sum {
  struct fray_rep_address *at;
  double *weight;
  size_t n;
};

/* What one damage costs, as a mean over the series that have something to lose. */
struct cost {
  const struct fray_rep_axis *axis;
  struct fray_rep_grid grid;
  struct fray_rep_loss *loss; /* (n_series) */
  struct sum drop; /* quality lost from the smallest to the largest strength, two scores a series */
  size_t *series;  /* (drop.n / 2) that are in the mean */
  size_t n_at_chance;
  struct fray_rep_stat stat; /* p holds over all damages of the study */
};

/* How a score is written here. */
struct style {
  struct fray_text *out;
  bool percent, higher;
};

/* Mean over series of what each loses. A series without any value is left out, and so is one at
 * chance; a seed counts only where all others have one, so that means are of the same series. */
static enum fray_status mean_drop(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                  const struct fray_rep_loss *loss, bool higher, struct sum *out,
                                  size_t *series, struct fray_err *err) {
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

/* Statistics of a - b, seed by seed and draw by draw (b NULL: of a). */
static enum fray_status difference(struct fray_rep_results *r, const struct sum *a,
                                   const struct sum *b, struct fray_rep_stat *out,
                                   struct fray_err *err) {
  struct sum both = {0};
  struct fray_rep_quantity q;
  size_t n_b = b ? b->n : 0;
  FRAY_ALLOC(both.at, r->arena, a->n + n_b, err);
  FRAY_ALLOC(both.weight, r->arena, a->n + n_b, err);
  for (size_t i = 0; i < a->n + n_b; i++) {
    both.at[i] = i < a->n ? a->at[i] : b->at[i - a->n];
    both.weight[i] = i < a->n ? a->weight[i] : -b->weight[i - a->n];
  }
  FRAY_TRY(fray_rep_sum(r, both.at, both.weight, a->n + n_b, &q, err));
  *out = fray_rep_stat_of(r, &q);
  return FRAY_OK;
}

static enum fray_status measure(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                bool higher, struct cost *out, struct fray_err *err) {
  out->axis = axis;
  /* Where nothing was measured; zeros would be a verdict of no loss. */
  out->stat.mean = out->stat.low = out->stat.p = NAN;
  FRAY_TRY(fray_rep_make_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &out->grid, err));
  FRAY_TRY(fray_rep_losses(r, &out->grid, higher, &out->loss, err));
  for (size_t s = 0; s < axis->n_series; s++)
    out->n_at_chance += out->loss[s].start == FRAY_REP_AT_CHANCE;
  FRAY_ALLOC(out->series, r->arena, axis->n_series, err);
  FRAY_TRY(mean_drop(r, &out->grid, out->loss, higher, &out->drop, out->series, err));
  return out->drop.n ? difference(r, &out->drop, NULL, &out->stat, err) : FRAY_OK;
}

/* The losses of the study are one family. */
static enum fray_status adjust(struct fray_rep_results *r, struct cost *costs, size_t n,
                               struct fray_err *err) {
  double **p;
  FRAY_ALLOC(p, r->arena, n, err);
  for (size_t i = 0; i < n; i++)
    p[i] = &costs[i].stat.p;
  return fray_rep_adjust(r, p, n, err);
}

static void put_points(const struct style *w, double value) {
  fray_rep_put_score(w->out, value, w->percent);
  fray_text_puts(w->out, w->percent ? " points" : "");
}

static void put_interval(const struct style *w, const struct fray_rep_stat *s) {
  struct fray_rep_stat copy = *s;
  if (w->percent && fray_rep_blank(&copy, false)) {
    fray_text_puts(w->out, " (any change would fit)");
    return;
  }
  if (isnan(s->low)) {
    fray_text_puts(w->out, " (no interval)");
    return;
  }
  fray_text_puts(w->out, " (95&nbsp;% interval ");
  fray_rep_put_range(w->out, s->low, s->high, w->percent);
  fray_text_puts(w->out, ")");
}

static void put_bold(struct fray_text *out, const char *text) {
  fray_text_puts(out, "<b>");
  fray_rep_html(out, text);
  fray_text_puts(out, "</b>");
}

/* ---- what breaks first ---- */

/* Mean over the series of a cost of values that lie as a grid's do, at one strength. */
static double level(const struct cost *c, const double *values, size_t x) {
  double sum = 0;
  size_t n = c->drop.n / 2;
  for (size_t i = 0; i < n; i++)
    sum += fray_rep_mean(values + fray_rep_grid_at(&c->grid, c->series[i], x), c->grid.n_seeds);
  return sum / (double)n;
}

/* Whether less than half of what lay above chance is left at a strength: score(x) - score(0) / 2 is
 * told from chance(x) - chance(0) / 2. */
static enum fray_status is_half_gone(const struct style *w, struct fray_rep_results *r,
                                     const struct cost *c, size_t x, bool *out,
                                     struct fray_err *err) {
  struct sum rest = {0};
  struct fray_rep_quantity q;
  double *by_seed, *draw, sign = w->higher ? 1 : -1;
  *out = false;
  FRAY_ALLOC(rest.at, r->arena, c->drop.n, err);
  FRAY_ALLOC(rest.weight, r->arena, c->drop.n, err);
  for (; rest.n < c->drop.n; rest.n++) {
    bool start = rest.n % 2 == 0;
    rest.at[rest.n] = fray_rep_grid_address(&c->grid, c->series[rest.n / 2], start ? 0 : x);
    rest.weight[rest.n] = sign * (start ? -1 : 2) / (double)c->drop.n;
  }
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

/* From which of the measured strengths on half of what lay above chance is gone. From the largest
 * down, as long as it is resolved, so that all of them together err in at most 5 % of studies. */
static enum fray_status put_half(const struct style *w, struct fray_rep_results *r,
                                 const struct cost *c, struct fray_err *err) {
  size_t x = c->axis->n_x;
  bool gone = true;
  while (x > 1 && gone) {
    FRAY_TRY(is_half_gone(w, r, c, x - 1, &gone, err));
    /* One step down for every strength that is resolved. */
    x -= gone;
  }
  if (x == c->axis->n_x)
    return FRAY_OK;
  fray_text_puts(w->out, " More than half of what lay above chance is gone at ");
  fray_rep_put_number(w->out, c->axis->x[x]);
  fray_text_puts(w->out, x + 1 < c->axis->n_x ? " and beyond." : ".");
  return FRAY_OK;
}

/* The loss of one series of a cost. */
static struct sum drop_of(const struct style *w, const struct cost *c, size_t i, double *weight) {
  weight[0] = w->higher ? 1 : -1;
  weight[1] = -weight[0];
  return (struct sum){c->drop.at + 2 * i, weight, 2};
}

/* ", most for avg" if that series loses more than each of the others. */
static enum fray_status put_most(const struct style *w, struct fray_rep_results *r,
                                 const struct cost *c, struct fray_err *err) {
  size_t n = c->drop.n / 2, most = 0;
  const struct fray_rep_axis *a = c->axis;
  for (size_t i = 1; i < n; i++)
    if (c->loss[c->series[i]].stat.mean > c->loss[c->series[most]].stat.mean)
      most = i;
  for (size_t i = 0; i < n; i++) {
    double weights[2][2];
    struct sum first = drop_of(w, c, most, weights[0]), other = drop_of(w, c, i, weights[1]);
    struct fray_rep_stat stat;
    if (i == most)
      continue;
    FRAY_TRY(difference(r, &first, &other, &stat, err));
    if (fray_rep_verdict_of(&stat) != FRAY_REP_MORE)
      return FRAY_OK;
  }
  fray_text_puts(w->out, ", most for ");
  /* A series is told apart by its panel too. */
  if (a->n_panels > 1) {
    fray_rep_html(w->out, a->panel_title[a->panel[c->series[most]]]);
    fray_text_puts(w->out, ", ");
  }
  fray_rep_html(w->out, a->series[c->series[most]]);
  return FRAY_OK;
}

static void put_change(const struct style *w, const struct cost *c) {
  const struct fray_rep_axis *a = c->axis;
  put_points(w, c->stat.mean);
  fray_text_puts(w->out, " from ");
  fray_rep_put_number(w->out, a->x[0]);
  fray_text_puts(w->out, " to ");
  fray_rep_put_number(w->out, a->x[a->n_x - 1]);
  put_interval(w, &c->stat);
  if (c->drop.n > 2)
    fray_text_printf(w->out, " in the mean of %zu series", c->drop.n / 2);
}

static enum fray_status put_cost(const struct style *w, struct fray_rep_results *r,
                                 const struct cost *c, bool is_most, struct fray_err *err) {
  put_bold(w->out, c->axis->title);
  fray_text_puts(w->out, is_most ? " costs most: " : " costs ");
  put_change(w, c);
  if (c->drop.n > 2)
    FRAY_TRY(put_most(w, r, c, err));
  if (c->n_at_chance)
    fray_text_printf(w->out, ", leaving out %zu series not told from chance to begin with",
                     c->n_at_chance);
  fray_text_puts(w->out, ".");
  return put_half(w, r, c, err);
}

/* The names of some damages with their numbers: "a (5.0 points), b (1.2 points) and 3 more". */
static void put_list(const struct style *w, const struct cost *costs, size_t n, const bool *in) {
  size_t listed = 0;
  for (size_t i = 0; i < n; i++) {
    if (!in[i] || listed++ >= FEW)
      continue;
    fray_text_puts(w->out, listed > 1 ? ", " : "");
    put_bold(w->out, costs[i].axis->title);
    fray_text_puts(w->out, " (");
    put_points(w, costs[i].stat.mean);
    fray_text_puts(w->out, ")");
  }
  if (listed > FEW)
    fray_text_printf(w->out, " and %zu more", listed - (size_t)FEW);
}

/* True if of all of them more is worse. */
static bool all_grow(const struct cost *costs, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (costs[i].axis->strength->worse < 0)
      return false;
  return true;
}

/* The largest of the losses that are resolved, and how far its order to the others is. */
static enum fray_status put_first(const struct style *w, struct fray_rep_results *r,
                                  const struct cost *costs, size_t n, size_t first,
                                  struct fray_err *err) {
  bool *open;
  size_t n_open = 0, n_other = 0, other = n;
  FRAY_ALLOC_ZERO(open, r->arena, n, err);
  for (size_t i = 0; i < n; i++) {
    struct fray_rep_stat stat;
    if (i == first || costs[i].drop.n == 0)
      continue;
    FRAY_TRY(difference(r, &costs[first].drop, &costs[i].drop, &stat, err));
    /* Pair by pair and not adjusted: the first is only called so if it beats every other one. */
    open[i] = fray_rep_verdict_of(&stat) != FRAY_REP_MORE;
    n_open += open[i];
    n_other++;
    other = i;
  }
  FRAY_TRY(put_cost(w, r, &costs[first], n_other && n_open == 0, err));
  if (n_open) {
    fray_text_puts(w->out, " Which damage costs most is <b>not resolved</b>: it is not told apart "
                           "from ");
    put_list(w, costs, n, open);
    fray_text_puts(w->out, ".");
  } else if (n_other == 1) {
    fray_text_puts(w->out, " That ");
    put_bold(w->out, costs[other].axis->title);
    fray_text_puts(w->out, " (");
    put_points(w, costs[other].stat.mean);
    fray_text_puts(w->out, ") costs less is resolved.");
  } else if (n_other) {
    fray_text_printf(w->out, " That each of the other %zu costs less is resolved.", n_other);
  }
  if (n_other)
    fray_text_printf(w->out, " Each damage is judged at the %s strength it was measured at.",
                     all_grow(costs, n) ? "largest" : "worst");
  return FRAY_OK;
}

/* No loss is resolved: why, and what was measured. */
static void put_none(const struct style *w, const struct fray_rep_results *r,
                     const struct cost *costs, size_t n) {
  size_t measured = 0, at_chance = 0, listed = 0, known = 0;
  for (size_t i = 0; i < n; i++) {
    /* Why there is no verdict depends on what is missing: a measurement, a model that learnt, or
     * certainty. */
    measured += costs[i].drop.n > 0;
    at_chance += costs[i].n_at_chance;
    known += fray_rep_verdict_of(&costs[i].stat) != FRAY_REP_UNKNOWN;
  }
  if (measured == 0) {
    fray_text_puts(w->out, at_chance ? "No verdict: no model here is told from chance where damage "
                                       "is least, so none has anything to lose."
                                     : "No damage was measured at both ends.");
    return;
  }
  fray_text_puts(w->out, known             ? "<b>Not resolved by these data</b>: no loss is told "
                                             "apart from none"
                         : r->seeds.n == 1 ? "<b>Not known from a single seed</b>: what one "
                                             "training shows may be its luck"
                                           : "<b>Not known</b>: there are no intervals");
  /* Otherwise an interval beside it that leaves out 0 reads as a contradiction. */
  if (known > 1)
    fray_text_printf(w->out, ", with p adjusted for the %zu damages", known);
  fray_text_puts(w->out, ". Measured losses: ");
  for (size_t i = 0; i < n; i++) {
    if (costs[i].drop.n == 0 || listed++ >= FEW)
      continue;
    fray_text_puts(w->out, listed > 1 ? "; " : "");
    put_bold(w->out, costs[i].axis->title);
    fray_text_puts(w->out, ", ");
    put_change(w, &costs[i]);
  }
  if (listed > FEW)
    fray_text_printf(w->out, "; and %zu more", listed - (size_t)FEW);
  fray_text_puts(w->out, ".");
}

static enum fray_status put_worst_damage(const struct style *w, struct fray_rep_results *r,
                                         const struct cost *costs, size_t n, struct fray_err *err) {
  size_t first = n;
  for (size_t i = 0; i < n; i++)
    if (fray_rep_verdict_of(&costs[i].stat) == FRAY_REP_MORE &&
        (first == n || costs[i].stat.mean > costs[first].stat.mean))
      first = i;
  fray_text_puts(w->out, "<div><dt>What breaks first</dt><dd>");
  if (first == n)
    put_none(w, r, costs, n);
  else
    FRAY_TRY(put_first(w, r, costs, n, first, err));
  fray_text_puts(w->out, "</dd></div>\n");
  return FRAY_OK;
}

/* ---- for whom ---- */

/* A group against all samples, among those large enough to speak of. */
struct group {
  const char *column, *value;
  const struct cost *cost;
  struct fray_rep_stat loss, excess; /* over all samples; p of both holds over all groups */
};
struct search {
  struct group *group;
  size_t n, capacity, small;
};

static enum fray_status try_group(struct fray_rep_results *r, const struct cost *cost,
                                  const struct fray_rep_groups *groups, size_t i, bool higher,
                                  struct search *search, struct fray_err *err) {
  struct fray_rep_grid grid;
  struct sum drop;
  struct group g = {.column = groups->column, .value = groups->value[i], .cost = cost};
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
  FRAY_TRY(difference(r, &drop, NULL, &g.loss, err));
  FRAY_TRY(difference(r, &drop, &cost->drop, &g.excess, err));
  if (!isnan(g.excess.mean))
    search->group[search->n++] = g;
  return FRAY_OK;
}

static int by_excess(const void *a, const void *b) {
  double x = ((const struct group *)a)->excess.mean, y = ((const struct group *)b)->excess.mean;
  return (x < y) - (x > y);
}

static enum fray_status adjust_groups(struct fray_rep_results *r, struct search *search,
                                      struct fray_err *err) {
  double **p;
  FRAY_ALLOC(p, r->arena, search->n + 1, err);
  /* Two families, for two questions: does it lose, does it lose more than the others. */
  for (int excess = 0; excess < 2; excess++) {
    for (size_t i = 0; i < search->n; i++)
      p[i] = excess ? &search->group[i].excess.p : &search->group[i].loss.p;
    FRAY_TRY(fray_rep_adjust(r, p, search->n, err));
  }
  if (search->n)
    qsort(search->group, search->n, sizeof *search->group, by_excess);
  return FRAY_OK;
}

static enum fray_status find_groups(struct fray_rep_results *r, const struct cost *costs, size_t n,
                                    bool higher, struct search *search, struct fray_err *err) {
  struct fray_rep_groups *columns, groups;
  size_t n_columns;
  FRAY_TRY(fray_rep_group_columns(r, &columns, &n_columns, err));
  FRAY_ALLOC(search->group, r->arena, n * r->groups.n + 1, err);
  for (size_t a = 0; a < n; a++)
    for (size_t k = 0; k < n_columns; k++) {
      FRAY_TRY(fray_rep_scored_groups(r, costs[a].axis, &columns[k], &groups, err));
      for (size_t i = 0; i < groups.n; i++)
        FRAY_TRY(try_group(r, &costs[a], &groups, i, higher, search, err));
    }
  return adjust_groups(r, search, err);
}

static bool loses_more(const struct group *g) {
  /* More than all is no finding if it may lose nothing. */
  return fray_rep_verdict_of(&g->loss) == FRAY_REP_MORE &&
         fray_rep_verdict_of(&g->excess) == FRAY_REP_MORE;
}

static void put_group(const struct style *w, const struct group *g) {
  fray_rep_html(w->out, g->column);
  fray_text_puts(w->out, " ");
  put_bold(w->out, g->value);
  fray_text_puts(w->out, " loses ");
  put_points(w, g->loss.mean);
  fray_text_puts(w->out, " along ");
  fray_rep_html(w->out, g->cost->axis->name);
  fray_text_puts(w->out, ", ");
  put_points(w, g->excess.mean);
  fray_text_puts(w->out, " more than all test samples");
  put_interval(w, &g->excess);
}

/* The groups that lose more than all do, those with the largest means; no order among them is
 * claimed. */
static void put_groups(const struct style *w, const struct search *search) {
  size_t found = 0;
  for (size_t i = 0; i < search->n; i++) {
    if (!loses_more(&search->group[i]) || found++ >= FEW)
      continue;
    fray_text_puts(w->out, found > 1 ? "; " : "");
    put_group(w, &search->group[i]);
  }
  if (found == 0) {
    fray_text_printf(
        w->out,
        "<b>Not resolved by these data</b>: of %zu group%s and damages looked at, none "
        "is told apart from all test samples.",
        search->n, search->n == 1 ? "" : "s");
    return;
  }
  fray_text_printf(w->out, found > FEW ? "; and %zu more. " : ". ", found - (size_t)FEW);
  fray_text_puts(w->out, found == 1 ? "That is resolved" : "These are resolved");
  if (search->n > 1)
    fray_text_printf(w->out, ", with p adjusted for the %zu groups and damages looked at",
                     search->n);
  fray_text_puts(w->out, ".");
}

static void put_whom(const struct style *w, const struct fray_rep_results *r,
                     const struct search *search, bool speaks) {
  fray_text_puts(w->out, "<div><dt>For whom</dt><dd>");
  if (!speaks)
    fray_text_puts(w->out, "No verdict: see above.");
  else if (search->n == 0)
    fray_text_puts(w->out,
                   search->small
                       ? "Not known: no group has 30 samples and 5 clients at test, so none is "
                         "spoken of. The figures by group show what there is."
                       : "Not known: no groups were scored (<code>evaluate.groups</code>).");
  else if (r->seeds.n == 1)
    fray_text_puts(w->out,
                   "Not known from a single seed. The figures by group show what there is.");
  else
    put_groups(w, search);
  if (search->n && search->small)
    fray_text_puts(w->out, " Groups under 30 samples or 5 clients are left out.");
  fray_text_puts(w->out, "</dd></div>\n");
}

/* ---- how sure ---- */

struct tally {
  size_t pairs, resolved, silent;
};

static enum fray_status count_pairs(struct fray_rep_results *r, const struct cost *costs, size_t n,
                                    bool higher, struct tally *out, struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    struct fray_rep_pair *pair;
    size_t count;
    FRAY_TRY(fray_rep_pairs(r, &costs[i].grid, higher, &pair, &count, err));
    out->pairs += count;
    for (size_t k = 0; k < count; k++) {
      out->silent += pair[k].silence != FRAY_REP_SPOKEN;
      out->resolved += fray_rep_resolved(&pair[k].level) || fray_rep_resolved(&pair[k].drop);
    }
  }
  return FRAY_OK;
}

static void put_tally(const struct style *w, const struct tally *t) {
  if (t->pairs == 0)
    return;
  fray_text_printf(w->out,
                   " Of %zu paired comparison%s of series, <b>%zu</b> %s resolved in score or in "
                   "loss",
                   t->pairs, t->pairs == 1 ? "" : "s", t->resolved,
                   t->resolved == 1 ? "is" : "are");
  if (t->silent)
    fray_text_printf(w->out,
                     "; of %zu nothing is said, since a model in %s is not told from chance",
                     t->silent, t->silent == 1 ? "it" : "them");
  fray_text_puts(w->out, ".");
}

static enum fray_status put_sure(const struct style *w, struct fray_rep_results *r,
                                 const struct cost *costs, size_t n, struct fray_err *err) {
  struct tally tally = {0};
  FRAY_TRY(count_pairs(r, costs, n, w->higher, &tally, err));
  fray_text_printf(w->out, "<div><dt>How sure</dt><dd>%zu seed%s", r->seeds.n,
                   r->seeds.n == 1 ? "" : "s");
  /* All damages are tested on the same samples, so the first one speaks for all. */
  if (!isnan(costs[0].grid.samples))
    fray_text_printf(w->out, ", %.0f test sample%s of %.0f client%s", costs[0].grid.samples,
                     costs[0].grid.samples == 1 ? "" : "s", costs[0].grid.clusters,
                     costs[0].grid.clusters == 1 ? "" : "s");
  fray_text_puts(w->out, costs[0].grid.clusters == 1
                             ? ": all that is said here holds for that one client alone."
                             : ".");
  put_tally(w, &tally);
  if (r->n_diverged)
    fray_text_printf(w->out, " %zu of %zu trainings diverged and %s.", r->n_diverged, r->n_trials,
                     fray_rep_has_chance(r, r->main_metric)
                         ? "count as chance"
                         : "are in no mean, since this score has no chance level");
  fray_text_puts(w->out, "</dd></div>\n");
  return FRAY_OK;
}

enum fray_status fray_rep_findings(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                   size_t n_axes, struct fray_text *out, struct fray_err *err) {
  struct style w = {out, fray_rep_is_percent(r, r->main_metric),
                    fray_rep_higher_is_better(r->metrics.v[r->main_metric])};
  struct cost *costs;
  struct search search = {0};
  bool speaks = false, at_chance = false;
  if (n_axes == 0)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(costs, r->arena, n_axes, err);
  for (size_t i = 0; i < n_axes; i++) {
    FRAY_TRY(measure(r, &axes[i], w.higher, &costs[i], err));
    speaks = speaks || costs[i].drop.n;
    at_chance = at_chance || costs[i].n_at_chance;
  }
  FRAY_TRY(adjust(r, costs, n_axes, err));
  FRAY_TRY(find_groups(r, costs, n_axes, w.higher, &search, err));
  fray_text_puts(out, "<dl class=\"answers\">\n");
  FRAY_TRY(put_worst_damage(&w, r, costs, n_axes, err));
  put_whom(&w, r, &search, speaks || !at_chance);
  FRAY_TRY(put_sure(&w, r, costs, n_axes, err));
  fray_text_puts(out, "</dl>\n");
  return FRAY_OK;
}
