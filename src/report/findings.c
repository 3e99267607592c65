/* The answers first: which damage costs most, for whom, and how sure that is. */
#include "markup.h"
#include "page.h"

#include "fray/base/size.h"

#include <math.h>

/* A number made of scores: sum of weight x score. */
struct sum {
  struct fray_rep_address *at;
  double *weight;
  size_t n;
};

/* What one damage costs, as a mean over the series. */
struct cost {
  const struct fray_rep_axis *axis;
  struct fray_rep_grid grid;
  struct sum drop; /* quality lost from the smallest to the largest strength */
  struct fray_rep_stat stat;
  size_t worst; /* the series that loses most, n_series if none has a value */
};

/* How a score is written here. */
struct style {
  struct fray_text *out;
  bool percent, higher;
};

/* Mean over series of what each loses. A series without any value is left out; a seed counts only
 * where all others have one, so that means are of the same series. */
static enum fray_status mean_drop(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                  bool higher, struct sum *out, size_t *worst,
                                  struct fray_err *err) {
  double *one, most = -INFINITY;
  size_t n = g->axis->n_series;
  FRAY_ALLOC(one, r->arena, g->n_seeds, err);
  FRAY_ALLOC(out->at, r->arena, 2 * n, err);
  FRAY_ALLOC(out->weight, r->arena, 2 * n, err);
  out->n = 0;
  *worst = n;
  for (size_t s = 0; s < n; s++) {
    fray_rep_drop(g, s, higher, one);
    double mean = fray_rep_mean(one, g->n_seeds);
    if (isnan(mean))
      continue;
    if (mean > most) {
      most = mean;
      *worst = s;
    }
    out->at[out->n++] = fray_rep_grid_address(g, s, 0);
    out->at[out->n++] = fray_rep_grid_address(g, s, g->axis->n_x - 1);
  }
  for (size_t i = 0; i < out->n; i++)
    out->weight[i] = ((i % 2 == 0) == higher ? 2 : -2) / (double)out->n;
  return FRAY_OK;
}

/* Statistics of a - b, seed by seed and draw by draw (b NULL: of a). n comparisons are made, so p
 * is adjusted for as many (Bonferroni); the interval is a 95 % interval by itself. */
static enum fray_status difference(struct fray_rep_results *r, const struct sum *a,
                                   const struct sum *b, size_t n, struct fray_rep_stat *out,
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
  out->p = fmin(1, (double)n * out->p);
  return FRAY_OK;
}

static enum fray_status measure(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                bool higher, struct cost *out, struct fray_err *err) {
  out->axis = axis;
  out->stat.mean = NAN;
  FRAY_TRY(fray_rep_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &out->grid, err));
  FRAY_TRY(mean_drop(r, &out->grid, higher, &out->drop, &out->worst, err));
  return out->drop.n ? difference(r, &out->drop, NULL, 1, &out->stat, err) : FRAY_OK;
}

static void put_points(const struct style *w, double value) {
  fray_rep_put_score(w->out, value, w->percent);
  fray_text_puts(w->out, w->percent ? " points" : "");
}

static void put_interval(const struct style *w, const struct fray_rep_stat *s) {
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

/* Mean over series and seeds of values that lie as a grid's do, at one strength. */
static double level(const struct fray_rep_grid *g, const double *values, size_t x) {
  double sum = 0;
  size_t n = 0;
  for (size_t s = 0; s < g->axis->n_series; s++) {
    double mean = fray_rep_mean(values + fray_rep_grid_at(g, s, x), g->n_seeds);
    sum += isnan(mean) ? 0 : mean;
    n += !isnan(mean);
  }
  return n ? sum / (double)n : NAN;
}

/* Where half of what lay above chance is gone, among the strengths that were measured. */
static void put_half(const struct style *w, const struct cost *c) {
  const struct fray_rep_grid *g = &c->grid;
  const struct fray_rep_axis *a = c->axis;
  double above = level(g, g->value, 0) - level(g, g->chance, 0);
  if (isnan(above) || (w->higher ? above <= 0 : above >= 0))
    return;
  for (size_t x = 1; x < a->n_x; x++)
    if ((level(g, g->value, x) - level(g, g->chance, x)) / above < 0.5) {
      fray_text_puts(w->out, " More than half of what lay above chance is gone at ");
      fray_rep_put_number(w->out, a->x[x]);
      fray_text_puts(w->out, ".");
      return;
    }
}

static void put_cost(const struct style *w, const struct cost *c, size_t n) {
  const struct fray_rep_axis *a = c->axis;
  put_bold(w->out, a->title);
  fray_text_puts(w->out, n > 1 ? " costs most: " : " costs ");
  put_points(w, c->stat.mean);
  fray_text_puts(w->out, " from ");
  fray_rep_put_number(w->out, a->x[0]);
  fray_text_puts(w->out, " to ");
  fray_rep_put_number(w->out, a->x[a->n_x - 1]);
  put_interval(w, &c->stat);
  if (c->drop.n > 2 && c->worst < a->n_series) {
    fray_text_printf(w->out, " in the mean of %zu series, most for ", c->drop.n / 2);
    if (a->n_panels > 1) {
      fray_rep_html(w->out, a->panel_title[a->panel[c->worst]]);
      fray_text_puts(w->out, ", ");
    }
    fray_rep_html(w->out, a->series[c->worst]);
  }
  fray_text_puts(w->out, ".");
}

static enum fray_status put_runner_up(const struct style *w, struct fray_rep_results *r,
                                      const struct cost *first, const struct cost *second, size_t n,
                                      struct fray_err *err) {
  struct fray_rep_stat stat;
  FRAY_TRY(difference(r, &first->drop, &second->drop, n - 1, &stat, err));
  fray_text_puts(w->out, " Next comes ");
  put_bold(w->out, second->axis->title);
  fray_text_puts(w->out, " with ");
  put_points(w, second->stat.mean);
  fray_text_puts(w->out, fray_rep_resolved(&stat) > 0
                             ? "; that it costs less is resolved."
                             : "; which of the two costs more is <b>not resolved</b>.");
  fray_text_puts(w->out, " Each damage is judged at the largest strength it was measured at.");
  return FRAY_OK;
}

static size_t largest(const struct cost *costs, size_t n, size_t except) {
  size_t best = n;
  for (size_t i = 0; i < n; i++)
    if (i != except && !isnan(costs[i].stat.mean) &&
        (best == n || costs[i].stat.mean > costs[best].stat.mean))
      best = i;
  return best;
}

static enum fray_status put_worst_damage(const struct style *w, struct fray_rep_results *r,
                                         const struct cost *costs, size_t n, struct fray_err *err) {
  size_t first = largest(costs, n, n), second = largest(costs, n, first);
  fray_text_puts(w->out, "<div><dt>What breaks first</dt><dd>");
  if (first == n || costs[first].stat.mean <= 0) {
    fray_text_puts(w->out, first == n ? "No damage was measured at both ends."
                                      : "No damage costs anything in the mean over series.");
  } else {
    put_cost(w, &costs[first], n);
    put_half(w, &costs[first]);
    if (second < n)
      FRAY_TRY(put_runner_up(w, r, &costs[first], &costs[second], n, err));
  }
  fray_text_puts(w->out, "</dd></div>\n");
  return FRAY_OK;
}

/* A group that loses more than all samples do, among those large enough to speak of. */
struct group {
  const char *column, *value;
  const struct cost *cost;
  double loss;
  struct fray_rep_stat excess; /* over all samples */
};
struct search {
  struct group worst;
  size_t judged, small;
};

static enum fray_status try_group(struct fray_rep_results *r, const struct cost *cost,
                                  const struct fray_rep_groups *groups, size_t i, bool higher,
                                  struct search *search, struct fray_err *err) {
  struct fray_rep_grid grid;
  struct sum drop;
  struct fray_rep_stat loss, excess;
  size_t worst;
  FRAY_TRY(fray_rep_grid(r, cost->axis, false, groups->group[i], r->main_metric, &grid, err));
  if (fray_rep_unresolved(&grid)) {
    search->small++;
    return FRAY_OK;
  }
  FRAY_TRY(mean_drop(r, &grid, higher, &drop, &worst, err));
  if (drop.n == 0 || cost->drop.n == 0)
    return FRAY_OK;
  FRAY_TRY(difference(r, &drop, NULL, 1, &loss, err));
  FRAY_TRY(difference(r, &drop, &cost->drop, 1, &excess, err));
  if (isnan(excess.mean))
    return FRAY_OK;
  if (search->judged++ == 0 || excess.mean > search->worst.excess.mean)
    search->worst = (struct group){groups->column, groups->value[i], cost, loss.mean, excess};
  return FRAY_OK;
}

static enum fray_status find_group(struct fray_rep_results *r, const struct cost *costs, size_t n,
                                   bool higher, struct search *search, struct fray_err *err) {
  struct fray_rep_groups *columns, groups;
  size_t n_columns;
  FRAY_TRY(fray_rep_group_columns(r, &columns, &n_columns, err));
  for (size_t a = 0; a < n; a++)
    for (size_t k = 0; k < n_columns; k++) {
      FRAY_TRY(fray_rep_scored_groups(r, costs[a].axis, &columns[k], &groups, err));
      for (size_t i = 0; i < groups.n; i++)
        FRAY_TRY(try_group(r, &costs[a], &groups, i, higher, search, err));
    }
  return FRAY_OK;
}

static void put_group(const struct style *w, const struct search *search) {
  const struct group *g = &search->worst;
  struct fray_rep_stat stat = g->excess;
  stat.p = fmin(1, (double)search->judged * stat.p);
  fray_rep_html(w->out, g->column);
  fray_text_puts(w->out, " ");
  put_bold(w->out, g->value);
  fray_text_puts(w->out, " loses ");
  put_points(w, g->loss);
  fray_text_puts(w->out, " along ");
  fray_rep_html(w->out, g->cost->axis->name);
  fray_text_puts(w->out, ", ");
  put_points(w, stat.mean);
  fray_text_puts(w->out, " more than all test samples");
  put_interval(w, &stat);
  fray_text_puts(w->out, fray_rep_resolved(&stat) > 0
                             ? ". That is resolved"
                             : ". That it loses more than the others is <b>not resolved</b>");
  if (search->judged > 1)
    fray_text_printf(w->out, ", with p adjusted for the %zu groups and damages looked at",
                     search->judged);
  fray_text_puts(w->out, ".");
}

static void put_whom(const struct style *w, const struct search *search) {
  fray_text_puts(w->out, "<div><dt>For whom</dt><dd>");
  if (search->judged == 0)
    fray_text_puts(w->out,
                   search->small
                       ? "Not known: no group has 30 samples and 5 clients at test, so none is "
                         "spoken of. The figures by group show what there is."
                       : "Not known: no groups were scored (<code>evaluate.groups</code>).");
  else if (search->worst.excess.mean <= 0)
    fray_text_puts(w->out, "No group loses more than all test samples do.");
  else
    put_group(w, search);
  if (search->judged && search->small)
    fray_text_puts(w->out, " Groups under 30 samples or 5 clients are left out.");
  fray_text_puts(w->out, "</dd></div>\n");
}

static enum fray_status put_sure(const struct style *w, struct fray_rep_results *r,
                                 const struct cost *costs, size_t n, struct fray_err *err) {
  size_t pairs = 0, resolved = 0;
  for (size_t i = 0; i < n; i++) {
    struct fray_rep_pair *pair;
    size_t count;
    FRAY_TRY(fray_rep_pairs(r, &costs[i].grid, w->higher, &pair, &count, err));
    pairs += count;
    for (size_t k = 0; k < count; k++)
      resolved += fray_rep_resolved(&pair[k].level) || fray_rep_resolved(&pair[k].drop);
  }
  fray_text_printf(w->out, "<div><dt>How sure</dt><dd>%zu seed%s", r->seeds.n,
                   r->seeds.n == 1 ? "" : "s");
  if (!isnan(costs[0].grid.samples))
    fray_text_printf(w->out, ", %.0f test samples of %.0f clients", costs[0].grid.samples,
                     costs[0].grid.clusters);
  fray_text_puts(w->out, ".");
  if (pairs)
    fray_text_printf(w->out,
                     " Of %zu paired comparison%s of series, <b>%zu</b> %s resolved in "
                     "score or in loss.",
                     pairs, pairs == 1 ? "" : "s", resolved, resolved == 1 ? "is" : "are");
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
  if (n_axes == 0)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(costs, r->arena, n_axes, err);
  for (size_t i = 0; i < n_axes; i++)
    FRAY_TRY(measure(r, &axes[i], w.higher, &costs[i], err));
  FRAY_TRY(find_group(r, costs, n_axes, w.higher, &search, err));
  fray_text_puts(out, "<dl class=\"answers\">\n");
  FRAY_TRY(put_worst_damage(&w, r, costs, n_axes, err));
  put_whom(&w, &search);
  FRAY_TRY(put_sure(&w, r, costs, n_axes, err));
  fray_text_puts(out, "</dl>\n");
  return FRAY_OK;
}
