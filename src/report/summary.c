/* The summary in plain words. It says no more than the intervals do. */
#include "markup.h"
#include "page.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { FEW = 4 }; /* series, or pairs, that are spoken of one by one */

struct words {
  struct fray_rep_results *r;
  const struct fray_rep_grid *g;
  const struct fray_rep_stat *drops; /* loss of each series of the axis */
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

static void put_drop(const struct words *w, size_t series, const struct fray_rep_stat *s) {
  put_name(w, series);
  if (s->n == 0) {
    fray_text_puts(w->out, " has no value at both ends");
    return;
  }
  fray_text_puts(w->out, s->mean < 0 ? " gains " : " loses ");
  put_size(w, s->mean);
  put_interval(w, s, "95&nbsp;% interval ");
}

/* What the intervals of up to four changes say, one sentence. */
static void put_resolved(const struct words *w) {
  const struct fray_rep_stat *drops = w->drops;
  size_t n = w->g->axis->n_series, resolved = 0, losses = 0;
  for (size_t s = 0; s < n; s++) {
    resolved += fray_rep_resolved(&drops[s]) != 0;
    losses += fray_rep_resolved(&drops[s]) > 0;
  }
  if (losses == n)
    fray_text_puts(w->out, n == 1   ? " The loss is resolved: its interval lies above 0."
                           : n == 2 ? " Both losses are resolved: their intervals lie above 0."
                                    : " All these losses are resolved: their intervals lie above "
                                      "0.");
  else if (resolved == n)
    fray_text_puts(w->out, n == 1 ? " The gain is resolved: its interval does not hold 0."
                                  : " Each of these changes is resolved: no interval holds 0.");
  else if (resolved == 0)
    fray_text_puts(w->out, n == 1   ? " That is not resolved from no change."
                           : n == 2 ? " Neither is resolved from no change."
                                    : " None of these is resolved from no change.");
  for (int yes = 1; yes >= 0 && resolved > 0 && resolved < n; yes--) {
    const char *before = yes ? " Resolved from no change: " : "; not resolved: ";
    for (size_t s = 0; s < n; s++)
      if ((fray_rep_resolved(&drops[s]) != 0) == (yes != 0)) {
        fray_text_puts(w->out, before);
        put_name(w, s);
        before = ", ";
      }
    fray_text_puts(w->out, yes ? "" : ".");
  }
}

/* Many series: the range of their losses. */
static void put_losses(const struct words *w) {
  size_t resolved = 0, known = 0, n = 0;
  double least = NAN, most = NAN;
  for (size_t s = 0; s < w->g->axis->n_series; s++) {
    n += w->drops[s].n > 0;
    known += !isnan(w->drops[s].p);
    resolved += fray_rep_resolved(&w->drops[s]) > 0;
    least = fmin(least, w->drops[s].mean);
    most = fmax(most, w->drops[s].mean);
  }
  fray_text_puts(w->out, ", the mean loss lies between ");
  fray_rep_put_score(w->out, least, w->percent);
  fray_text_puts(w->out, " and ");
  fray_rep_put_score(w->out, most, w->percent);
  fray_text_printf(w->out, "%s over %zu series", w->percent ? " points" : "", n);
  if (known)
    fray_text_printf(w->out, "; in %zu of them its 95&nbsp;%% interval lies above 0", resolved);
  fray_text_puts(w->out, ".");
}

/* "From 0 to 0.5, avg loses 12.1 points (...) and mom loses 8.0 points (...)." */
static void put_drops(const struct words *w) {
  const struct fray_rep_axis *a = w->g->axis;
  fray_text_puts(w->out, "From ");
  fray_rep_put_number(w->out, a->x[0]);
  fray_text_puts(w->out, " to ");
  fray_rep_put_number(w->out, a->x[a->n_x - 1]);
  if (a->n_series > FEW || a->n_panels > 1) {
    put_losses(w);
    return;
  }
  bool known = false;
  for (size_t s = 0; s < a->n_series; s++) {
    fray_text_puts(w->out, s == 0 ? ", " : s + 1 == a->n_series ? " and " : ", ");
    put_drop(w, s, &w->drops[s]);
    known = known || !isnan(w->drops[s].p);
  }
  fray_text_puts(w->out, ".");
  if (known)
    put_resolved(w);
}

/* "ends 5.7 points higher (1.0 to 10.4)": the first of the pair, at the largest strength. */
static void put_level(const struct words *w, const struct fray_rep_pair *p) {
  fray_text_puts(w->out, "ends ");
  put_size(w, p->level.mean);
  fray_text_puts(w->out, w->higher ? " higher" : " lower");
  put_interval(w, &p->level, "");
}

/* "loses 3.0 points less (1.0 to 5.0)" */
static void put_loss(const struct words *w, const struct fray_rep_pair *p, bool less) {
  fray_text_puts(w->out, "loses ");
  put_size(w, p->drop.mean);
  fray_text_puts(w->out, less ? " less" : " more");
  put_interval(w, &p->drop, "");
}

/* Only the loss is resolved. Whoever starts lower has less to lose, so that is said. */
static void put_loss_verdict(const struct words *w, const struct fray_rep_pair *p) {
  bool a_less = p->drop.mean < 0;
  double a_ahead = fabs(p->level.mean); /* in quality; at the start it is so much plus the drop */
  double winner_start = a_less ? a_ahead + p->drop.mean : -(a_ahead + p->drop.mean);
  put_name(w, a_less ? p->a : p->b);
  fray_text_puts(w->out, " ");
  put_loss(w, p, true);
  fray_text_puts(w->out, " than ");
  put_name(w, a_less ? p->b : p->a);
  fray_text_puts(w->out, winner_start < 0 ? ", which is resolved, but it starts behind; "
                                          : ", which is resolved; ");
  fray_text_puts(w->out, "which of them ends ahead is not resolved by these data (");
  put_name(w, p->a);
  fray_text_puts(w->out, " ");
  put_level(w, p);
  fray_text_puts(w->out, ").");
}

/* One pair in words. Better is only who ends ahead and loses less, both resolved. */
static void put_pair(const struct words *w, const struct fray_rep_pair *p) {
  bool level = fray_rep_resolved(&p->level) != 0, drop = fray_rep_resolved(&p->drop) != 0;
  bool less = p->drop.mean < 0;
  if (drop && !level) {
    put_loss_verdict(w, p);
    return;
  }
  put_name(w, p->a);
  if (level && drop && less)
    fray_text_puts(w->out, " <b>copes better</b>: it");
  fray_text_puts(w->out, " ");
  put_level(w, p);
  if (level && drop && less) {
    fray_text_puts(w->out, " and ");
    put_loss(w, p, true);
    fray_text_puts(w->out, " than ");
    put_name(w, p->b);
    fray_text_puts(w->out, ", both resolved.");
    return;
  }
  fray_text_puts(w->out, " than ");
  put_name(w, p->b);
  if (level && drop)
    fray_text_puts(w->out, " because it starts ahead; it ");
  else
    fray_text_puts(w->out, level ? ", which is resolved; that it " : " and ");
  put_loss(w, p, less);
  fray_text_puts(w->out, level && drop ? ", both resolved, so it does not cope better."
                         : level       ? " is not resolved by these data."
                                       : ", neither of which is resolved: which of the two copes "
                                         "better is <b>not resolved by these data</b>.");
}

/* Whether any of the pairs has an interval, with a sentence if none has. */
static bool can_compare(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!isnan(pairs[i].level.p) || !isnan(pairs[i].drop.p))
      return true;
  fray_text_printf(w->out, " No comparison is made (%s).",
                   n ? pairs[0].level.interval.status : "no pairs");
  return false;
}

static void put_only_pair(const struct words *w, const struct fray_rep_pair *p) {
  if (!can_compare(w, p, 1))
    return;
  fray_text_puts(w->out, " At ");
  fray_rep_put_number(w->out, w->g->axis->x[w->g->axis->n_x - 1]);
  fray_text_puts(w->out, ", paired by seed, ");
  put_pair(w, p);
}

/* The rivals of the leader of which these two verdicts hold. */
static void put_rivals(const struct words *w, const struct fray_rep_pair *pairs, size_t n,
                       size_t leader, bool level, int drop, const char *before) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    if (pairs[i].a != leader || (fray_rep_resolved(&pairs[i].level) != 0) != level ||
        fray_rep_resolved(&pairs[i].drop) != drop)
      continue;
    fray_text_puts(w->out, count++ ? ", " : before);
    put_name(w, pairs[i].b);
  }
}

static void put_leader(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  size_t leader = pairs[0].a;
  if (!can_compare(w, pairs, n))
    return;
  for (size_t k = 0; k < w->g->axis->n_series; k++)
    for (size_t i = 0; i < n; i++)
      if (pairs[i].b == leader)
        leader = pairs[i].a;
  fray_text_puts(w->out, " At ");
  fray_rep_put_number(w->out, w->g->axis->x[w->g->axis->n_x - 1]);
  fray_text_puts(w->out,
                 w->higher ? " the highest mean is that of " : " the lowest mean is that of ");
  put_name(w, leader);
  put_rivals(w, pairs, n, leader, true, -1,
             "; it <b>copes better</b> (ends ahead, loses less) than ");
  put_rivals(w, pairs, n, leader, true, 0,
             "; it ends ahead, but a smaller loss is not resolved, of ");
  put_rivals(w, pairs, n, leader, true, 1, "; it ends ahead, but loses more, against ");
  put_rivals(w, pairs, n, leader, false, -1,
             "; it loses less, but an end ahead is not resolved, than ");
  put_rivals(w, pairs, n, leader, false, 1,
             "; it loses more, and an end ahead is not resolved, than ");
  put_rivals(w, pairs, n, leader, false, 0, "; nothing is resolved against ");
  fray_text_printf(w->out, " (%zu comparisons, adjusted to hold together).", n);
}

static bool is_resolved(const struct fray_rep_pair *p) {
  return fray_rep_resolved(&p->level) != 0 || fray_rep_resolved(&p->drop) != 0;
}

static bool copes_better(const struct fray_rep_pair *p) {
  return fray_rep_resolved(&p->level) != 0 && fray_rep_resolved(&p->drop) < 0;
}

/* How often a line copes better. */
static void put_wins(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  const struct fray_rep_axis *a = w->g->axis;
  const char *before = ": ";
  for (size_t s = 0; s < a->n_series; s++) {
    size_t wins = 0;
    bool seen = false;
    for (size_t i = 0; i < s; i++)
      seen = seen || a->style[i] == a->style[s];
    for (size_t i = 0; i < n && !seen; i++)
      wins += copes_better(&pairs[i]) && a->style[pairs[i].a] == a->style[s];
    if (wins == 0)
      continue;
    fray_text_puts(w->out, before);
    put_name(w, s);
    fray_text_printf(w->out, " copes better (ends ahead and loses less) in %zu", wins);
    before = ", ";
  }
}

/* The resolved pairs one by one, each with its panel. */
static void put_each(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  const struct fray_rep_axis *a = w->g->axis;
  for (size_t i = 0; i < n; i++) {
    if (!is_resolved(&pairs[i]))
      continue;
    fray_text_puts(w->out, " With ");
    fray_rep_html(w->out, a->panel_title[a->panel[pairs[i].a]]);
    fray_text_puts(w->out, ", ");
    put_pair(w, &pairs[i]);
  }
}

static void put_many(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  size_t resolved = 0;
  if (!can_compare(w, pairs, n))
    return;
  for (size_t i = 0; i < n; i++)
    resolved += is_resolved(&pairs[i]);
  fray_text_printf(w->out, " Of %zu paired comparisons, all else equal, ", n);
  fray_text_printf(w->out, resolved ? "%zu %s resolved" : "none is resolved", resolved,
                   resolved == 1 ? "is" : "are");
  if (resolved > 0 && resolved <= FEW && w->g->axis->n_panels > 1) {
    fray_text_puts(w->out, ", in score or in loss.");
    put_each(w, pairs, n);
    return;
  }
  if (resolved)
    put_wins(w, pairs, n);
  fray_text_puts(w->out, "; the table below the figure lists them.");
}

static enum fray_status put_axis(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                 struct fray_text *out, struct fray_err *err) {
  struct fray_rep_grid g;
  struct fray_rep_pair *pairs;
  struct fray_rep_stat *drops;
  size_t n;
  FRAY_TRY(fray_rep_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &g, err));
  struct words w = {.r = r, .g = &g, .out = out};
  w.percent = fray_rep_is_percent(r, r->main_metric);
  w.higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric]);
  FRAY_ALLOC(drops, r->arena, axis->n_series, err);
  for (size_t s = 0; s < axis->n_series; s++)
    FRAY_TRY(fray_rep_drop_stat(r, &g, s, w.higher, &drops[s], err));
  w.drops = drops;
  FRAY_TRY(fray_rep_pairs(r, &g, w.higher, &pairs, &n, err));
  fray_text_puts(out, "<li><span class=\"lead\">");
  fray_rep_html(out, axis->title);
  fray_text_puts(out, ".</span> ");
  put_drops(&w);
  if (n == 1)
    put_only_pair(&w, &pairs[0]);
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

/* Whose samples the scores are of. */
static const char *scope_words(const struct fray_rep_results *r) {
  if (r->scope[FRAY_REP_UNSEEN] && !r->scope[FRAY_REP_KNOWN] && !r->scope[FRAY_REP_MIXED])
    return "on the test split, clients that no training saw";
  if (r->scope[FRAY_REP_KNOWN] && !r->scope[FRAY_REP_UNSEEN] && !r->scope[FRAY_REP_MIXED])
    return "on the test split, held-out samples of the training clients";
  return "on the test split, partly clients that no training saw and partly held-out samples of "
         "the training clients";
}

/* "The reference is method attention, lost.rate 0." as the scenario says it. */
static void put_reference(const struct fray_rep_results *r, struct fray_text *out) {
  const struct fray_node *map = fray_node_get(r->scenario, "reference");
  size_t found = 0;
  for (size_t c = 0; c < r->n_cells; c++)
    found += r->is_reference[c];
  if (found == 0)
    return;
  fray_text_puts(out, found == 1 ? " The reference is the cell with "
                                 : " The reference cells are those with ");
  for (const struct fray_node *n = map->child; n; n = n->next) {
    fray_text_puts(out, n == map->child ? "<code>" : ", <code>");
    fray_rep_html(out, n->key);
    fray_text_puts(out, "</code> ");
    fray_rep_html(out, n->scalar);
  }
  fray_text_puts(out, ".");
}

void fray_rep_run(const struct fray_rep_results *r, struct fray_text *out) {
  fray_text_printf(out, "<p>%zu training%s", r->n_trials, r->n_trials == 1 ? "" : "s");
  for (size_t k = 0; k < r->n_keys; k++) {
    size_t n = distinct_values(r, k);
    bool steps = false;
    for (size_t j = 0; j < k && n > 1; j++)
      steps = steps || fray_rep_in_step(r, j, k);
    if (steps)
      fray_text_puts(out, " in step with <code>");
    else
      fray_text_printf(out, "%s%zu %s of <code>", k ? " &times; " : ": ", n,
                       n == 1 ? "value" : "values");
    fray_rep_html(out, r->key[k]);
    fray_text_puts(out, "</code>");
  }
  fray_text_printf(out, "%s%zu seed%s", r->n_keys ? " &times; " : ", ", r->seeds.n,
                   r->seeds.n == 1 ? "" : "s");
  if (r->n_diverged)
    fray_text_printf(out, ", of which <b>%zu diverged</b>", r->n_diverged);
  fray_text_puts(out, ". The score is <code>");
  fray_rep_html(out, r->metrics.v[r->main_metric]);
  fray_text_printf(out, "</code>%s %s, at the round that the dev data select.",
                   fray_rep_higher_is_better(r->metrics.v[r->main_metric]) ? ""
                                                                           : " (less is better)",
                   scope_words(r));
  put_reference(r, out);
  fray_text_puts(out, "</p>\n");
}

enum fray_status fray_rep_summary(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                  size_t n_axes, struct fray_text *out, struct fray_err *err) {
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
