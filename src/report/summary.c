/* The summary in plain words. It says no more than the intervals do. */
#include "markup.h"
#include "page.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

struct words {
  struct fray_rep_results *r;
  const struct fray_rep_grid *g;
  bool percent, higher;
  struct fray_text *out;
};

static void put_size(const struct words *w, double value) {
  fray_rep_put_score(w->out, fabs(value), w->percent);
  fray_text_puts(w->out, w->percent ? " points" : "");
}

/* " (95 % interval 1.2 to 3.4)", seen from the side on which the mean is positive. */
static void put_interval(const struct words *w, const struct fray_rep_stat *s, const char *what) {
  if (isnan(s->low)) {
    fray_text_puts(w->out, " (no interval)");
    return;
  }
  bool turn = s->mean < 0;
  fray_text_printf(w->out, " (%s", what);
  fray_rep_put_range(w->out, turn ? -s->high : s->low, turn ? -s->low : s->high, w->percent);
  fray_text_puts(w->out, ")");
}

static void put_name(const struct words *w, size_t series) {
  fray_text_puts(w->out, "<b>");
  fray_rep_html(w->out, w->g->axis->series[series]);
  fray_text_puts(w->out, "</b>");
}

static void put_drop(const struct words *w, size_t series, const double *drops) {
  struct fray_rep_stat s = fray_rep_stat(drops, w->g->n_seeds, 1);
  put_name(w, series);
  if (s.n == 0) {
    fray_text_puts(w->out, " has no value at both ends");
    return;
  }
  fray_text_puts(w->out, s.mean < 0 ? " gains " : " loses ");
  put_size(w, s.mean);
  put_interval(w, &s, "95&nbsp;% interval ");
  if (!isnan(s.low) && !fray_rep_resolved(&s))
    fray_text_puts(w->out, ", which these data do not resolve from no change");
}

/* Many series: the range of their losses. */
static void put_losses(const struct words *w, double *scratch) {
  size_t resolved = 0;
  double least = NAN, most = NAN;
  for (size_t s = 0; s < w->g->axis->n_series; s++) {
    fray_rep_drop(w->g, s, w->higher, scratch);
    struct fray_rep_stat stat = fray_rep_stat(scratch, w->g->n_seeds, 1);
    resolved += fray_rep_resolved(&stat) > 0;
    least = fmin(least, stat.mean);
    most = fmax(most, stat.mean);
  }
  fray_text_puts(w->out, ", the mean loss lies between ");
  fray_rep_put_score(w->out, least, w->percent);
  fray_text_puts(w->out, " and ");
  fray_rep_put_score(w->out, most, w->percent);
  fray_text_printf(w->out, "%s over %zu series", w->percent ? " points" : "", w->g->axis->n_series);
  if (w->g->n_seeds >= 3)
    fray_text_printf(w->out, "; in %zu of them its 95&nbsp;%% interval lies above 0", resolved);
  fray_text_puts(w->out, ".");
}

/* "From 0 to 0.5, avg loses 12.1 points (...) and mom loses 8.0 points (...)." */
static void put_drops(const struct words *w, double *scratch) {
  const struct fray_rep_axis *a = w->g->axis;
  fray_text_puts(w->out, "From ");
  fray_rep_put_number(w->out, a->x[0]);
  fray_text_puts(w->out, " to ");
  fray_rep_put_number(w->out, a->x[a->n_x - 1]);
  if (a->n_series > 4 || a->n_panels > 1) {
    put_losses(w, scratch);
    return;
  }
  for (size_t s = 0; s < a->n_series; s++) {
    fray_text_puts(w->out, s == 0 ? ", " : s + 1 == a->n_series ? " and " : ", ");
    fray_rep_drop(w->g, s, w->higher, scratch);
    put_drop(w, s, scratch);
  }
  fray_text_puts(w->out, ".");
}

static void put_verdict(const struct words *w, const struct fray_rep_pair *p, int level, int drop) {
  fray_text_puts(w->out, " ");
  if (!level && !drop) {
    fray_text_puts(w->out, "Which of the two copes better is <b>not resolved by these data</b>.");
    return;
  }
  if (level && drop < 0) {
    put_name(w, p->a);
    fray_text_puts(w->out, " <b>copes better</b> here: ahead at the end, and it loses less.");
  } else if (level && drop > 0) {
    put_name(w, p->a);
    fray_text_puts(w->out, " ends ahead although it loses more: it starts higher.");
  } else if (level) {
    put_name(w, p->a);
    fray_text_puts(w->out, " ends ahead; that it also loses less is not resolved by these data.");
  } else {
    put_name(w, drop < 0 ? p->a : p->b);
    fray_text_puts(w->out, " loses less; which is ahead at the end is not resolved by these data.");
  }
}

static void put_pair(const struct words *w, const struct fray_rep_pair *p) {
  if (p->level.n < 3) {
    fray_text_puts(w->out, " Fewer than 3 paired seeds: no comparison is made.");
    return;
  }
  fray_text_puts(w->out, " At ");
  fray_rep_put_number(w->out, w->g->axis->x[w->g->axis->n_x - 1]);
  fray_text_puts(w->out, ", ");
  put_name(w, p->a);
  fray_text_puts(w->out, w->higher ? " is above " : " is below ");
  put_name(w, p->b);
  fray_text_puts(w->out, " by ");
  put_size(w, p->level.mean);
  put_interval(w, &p->level, "");
  fray_text_puts(w->out, ", and it loses ");
  put_size(w, p->drop.mean);
  fray_text_puts(w->out, p->drop.mean < 0 ? " less" : " more");
  put_interval(w, &p->drop, "");
  fray_text_puts(w->out, ", paired by seed.");
  put_verdict(w, p, fray_rep_resolved(&p->level) != 0, fray_rep_resolved(&p->drop));
}

/* The rivals of the leader whose difference, in score or in loss, has this verdict. */
static void put_rivals(const struct words *w, const struct fray_rep_pair *pairs, size_t n,
                       size_t leader, bool loss, int verdict, const char *before) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    const struct fray_rep_stat *s = loss ? &pairs[i].drop : &pairs[i].level;
    int found = fray_rep_resolved(s);
    if (pairs[i].a != leader || (loss ? found : found != 0) != verdict)
      continue;
    fray_text_puts(w->out, count++ ? ", " : before);
    put_name(w, pairs[i].b);
  }
}

static void put_leader(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  size_t leader = pairs[0].a;
  if (w->g->n_seeds < 3) {
    fray_text_puts(w->out, " Fewer than 3 paired seeds: no comparison is made.");
    return;
  }
  for (size_t k = 0; k < w->g->axis->n_series; k++)
    for (size_t i = 0; i < n; i++)
      if (pairs[i].b == leader)
        leader = pairs[i].a;
  fray_text_puts(w->out, " At ");
  fray_rep_put_number(w->out, w->g->axis->x[w->g->axis->n_x - 1]);
  fray_text_puts(w->out,
                 w->higher ? " the highest mean is that of " : " the lowest mean is that of ");
  put_name(w, leader);
  put_rivals(w, pairs, n, leader, false, 1, "; it is ahead of ");
  put_rivals(w, pairs, n, leader, false, 0, "; not resolved by these data against ");
  put_rivals(w, pairs, n, leader, true, -1, "; it loses less than ");
  put_rivals(w, pairs, n, leader, true, 1, "; it loses more than ");
  put_rivals(w, pairs, n, leader, true, 0, "; its loss is not resolved against ");
  fray_text_printf(w->out, " (%zu comparisons, intervals widened to hold together).", n);
}

/* How often a line is ahead in a resolved comparison. */
static void put_wins(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  const struct fray_rep_axis *a = w->g->axis;
  const char *before = ": ";
  for (size_t s = 0; s < a->n_series; s++) {
    size_t wins = 0;
    bool seen = false;
    for (size_t i = 0; i < s; i++)
      seen = seen || a->style[i] == a->style[s];
    for (size_t i = 0; i < n && !seen; i++)
      wins += fray_rep_resolved(&pairs[i].level) != 0 && a->style[pairs[i].a] == a->style[s];
    if (wins == 0)
      continue;
    fray_text_puts(w->out, before);
    put_name(w, s);
    fray_text_printf(w->out, " is ahead in %zu", wins);
    before = ", ";
  }
}

static void put_many(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  size_t resolved = 0;
  if (w->g->n_seeds < 3) {
    fray_text_puts(w->out, " Fewer than 3 paired seeds: no comparison is made.");
    return;
  }
  for (size_t i = 0; i < n; i++)
    resolved += fray_rep_resolved(&pairs[i].level) != 0;
  fray_text_printf(w->out,
                   " Of %zu paired differences at the largest strength, all else equal, %zu %s "
                   "resolved",
                   n, resolved, resolved == 1 ? "is" : "are");
  put_wins(w, pairs, n);
  fray_text_puts(w->out, "; the table below the figure lists them.");
}

static enum fray_status put_axis(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                 struct fray_text *out, struct fray_err *err) {
  struct fray_rep_grid g;
  struct fray_rep_pair *pairs;
  double *scratch;
  size_t n;
  FRAY_TRY(fray_rep_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &g, err));
  struct words w = {.r = r, .g = &g, .out = out};
  w.percent = fray_rep_is_percent(r, r->main_metric);
  w.higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric]);
  FRAY_ALLOC(scratch, r->arena, g.n_seeds, err);
  FRAY_TRY(fray_rep_pairs(r, &g, w.higher, &pairs, &n, err));
  fray_text_puts(out, "<li><span class=\"lead\">");
  fray_rep_html(out, axis->title);
  fray_text_puts(out, ".</span> ");
  put_drops(&w, scratch);
  if (n == 1)
    put_pair(&w, &pairs[0]);
  else if (n > 1 && axis->n_panels == 1 && axis->n_series <= 5)
    put_leader(&w, pairs, n);
  else if (n > 1)
    put_many(&w, pairs, n);
  fray_text_puts(out, "</li>\n");
  return FRAY_OK;
}

static size_t distinct_values(const struct fray_rep_results *r, size_t key) {
  size_t n = 0;
  for (size_t i = 0; i < r->n_cells; i++) {
    size_t k = 0;
    while (strcmp(r->cell[k]->value[key], r->cell[i]->value[key]) != 0)
      k++;
    n += k == i;
  }
  return n;
}

static void put_run(const struct fray_rep_results *r, struct fray_text *out) {
  fray_text_printf(out, "<p>%zu training%s", r->n_trials, r->n_trials == 1 ? "" : "s");
  for (size_t k = 0; k < r->n_keys; k++) {
    fray_text_printf(out, "%s%zu %s of <code>", k ? " &times; " : ": ", distinct_values(r, k),
                     distinct_values(r, k) == 1 ? "value" : "values");
    fray_rep_html(out, r->key[k]);
    fray_text_puts(out, "</code>");
  }
  fray_text_printf(out, "%s%zu seed%s", r->n_keys ? " &times; " : ", ", r->seeds.n,
                   r->seeds.n == 1 ? "" : "s");
  if (r->n_diverged)
    fray_text_printf(out, ", of which <b>%zu diverged</b>", r->n_diverged);
  fray_text_puts(out, ". The score is <code>");
  fray_rep_html(out, r->metrics.v[r->main_metric]);
  fray_text_puts(out, "</code> on the test split, which no training saw, at the "
                      "round that the dev data select.</p>\n");
}

enum fray_status fray_rep_summary(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                  size_t n_axes, struct fray_text *out, struct fray_err *err) {
  put_run(r, out);
  if (n_axes == 0)
    fray_text_puts(out, "<p>No strength was swept or tested at more than one value, so there is no "
                        "robustness curve; the table of cells has every score.</p>\n");
  else
    fray_text_puts(out, "<ul class=\"findings\">\n");
  for (size_t i = 0; i < n_axes; i++)
    FRAY_TRY(put_axis(r, &axes[i], out, err));
  if (n_axes)
    fray_text_puts(out, "</ul>\n");
  return FRAY_OK;
}
