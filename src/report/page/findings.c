/* The answers first, in words: which damage costs most, for whom, and how sure that is. Each
 * sentence asks a verdict (verdict.h) whether it may be said; docs/measures.md lists them. */
#include "costs.h"
#include "page.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>

enum { FEW = 4 }; /* damages, or groups, that are named one by one */

/* How a score is written here. */
struct style {
  struct fray_text *out;
  bool percent, higher;
};

/* A difference of percentages is in points; "5 %" would read as a twentieth of the score. */
static void put_points(const struct style *w, double value) {
  fray_rep_put_score(w->out, value, w->percent);
  fray_text_puts(w->out, w->percent ? " points" : "");
}

/* fray_rep_blank takes the interval away from what it is given, hence the copy: others still read
 * that of s. */
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

/* From which of the measured strengths on half of what lay above chance is gone. From the largest
 * down, as long as it is resolved, so that all of them together err in at most 5 % of studies. */
static enum fray_status put_half(const struct style *w, struct fray_rep_results *r,
                                 const struct fray_rep_cost *c, struct fray_err *err) {
  size_t x = c->axis->n_x;
  bool gone = true;
  while (x > 1 && gone) {
    FRAY_TRY(fray_rep_half_gone(r, c, w->higher, x - 1, &gone, err));
    /* One step down for every strength that is resolved. */
    x -= gone;
  }
  /* Not even at the largest one: silence, since "not half gone" would be a claim of its own. */
  if (x == c->axis->n_x)
    return FRAY_OK;
  fray_text_puts(w->out, " More than half of what lay above chance is gone at ");
  fray_rep_put_number(w->out, c->axis->x[x]);
  fray_text_puts(w->out, x + 1 < c->axis->n_x ? " and beyond." : ".");
  return FRAY_OK;
}

/* The loss of one series of a cost. weight: room for two, the caller's, which the result points to.
 * Whole weights and not those of the mean, which would divide by the number of series. */
static struct fray_rep_terms drop_of(const struct style *w, const struct fray_rep_cost *c, size_t i,
                                     double *weight) {
  weight[0] = w->higher ? 1 : -1;
  weight[1] = -weight[0];
  return (struct fray_rep_terms){c->drop.at + 2 * i, weight, 2};
}

/* ", most for avg" if that series loses more than each of the others. Pairs are not adjusted: all
 * of them must be resolved, and that all err at once is no more likely than that one does. */
static enum fray_status put_most(const struct style *w, struct fray_rep_results *r,
                                 const struct fray_rep_cost *c, struct fray_err *err) {
  size_t n = c->drop.n / 2, most = 0;
  const struct fray_rep_axis *a = c->axis;
  for (size_t i = 1; i < n; i++)
    if (c->loss[c->series[i]].stat.mean > c->loss[c->series[most]].stat.mean)
      most = i;
  for (size_t i = 0; i < n; i++) {
    double weights[2][2];
    struct fray_rep_terms first = drop_of(w, c, most, weights[0]),
                          other = drop_of(w, c, i, weights[1]);
    struct fray_rep_stat stat;
    if (i == most)
      continue;
    FRAY_TRY(fray_rep_terms_difference(r, &first, &other, &stat, err));
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

/* Both strengths are named, since a loss is of this range alone: another grid has another one. */
static void put_change(const struct style *w, const struct fray_rep_cost *c) {
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

/* is_most: that every other damage costs less is resolved, so that the word "most" is earned. What
 * was left out of the mean is said with it. */
static enum fray_status put_cost(const struct style *w, struct fray_rep_results *r,
                                 const struct fray_rep_cost *c, bool is_most,
                                 struct fray_err *err) {
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

/* The names of some damages with their numbers: "a (5.0 points), b (1.2 points) and 3 more". In the
 * order of the axes and not of their size, as no order among them is resolved. */
static void put_list(const struct style *w, const struct fray_rep_cost *costs, size_t n,
                     const bool *in) {
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

/* True if of all of them more is worse. "Largest strength" would mislead of a ratio in dB, whose
 * smallest value is the worst; then the page says "worst". */
static bool all_grow(const struct fray_rep_cost *costs, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (costs[i].axis->strength->worse < 0)
      return false;
  return true;
}

/* The largest of the losses that are resolved, and how far its order to the others is. */
static enum fray_status put_first(const struct style *w, struct fray_rep_results *r,
                                  const struct fray_rep_cost *costs, size_t n, size_t first,
                                  struct fray_err *err) {
  bool *open;
  size_t n_open = 0, n_other = 0, other = n;
  FRAY_ALLOC_ZERO(open, r->arena, n, err);
  for (size_t i = 0; i < n; i++) {
    struct fray_rep_stat stat;
    if (i == first || costs[i].drop.n == 0)
      continue;
    FRAY_TRY(fray_rep_terms_difference(r, &costs[first].drop, &costs[i].drop, &stat, err));
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
                     const struct fray_rep_cost *costs, size_t n) {
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

/* Only resolved losses compete for the first place: a larger mean that is not may be luck. Of equal
 * ones the first axis, as in the tables. */
static enum fray_status put_worst_damage(const struct style *w, struct fray_rep_results *r,
                                         const struct fray_rep_cost *costs, size_t n,
                                         struct fray_err *err) {
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

/* Both numbers: what the group loses, and how much more that is than what all lose. The interval is
 * that of the second, on which the claim rests. */
static void put_group(const struct style *w, const struct fray_rep_group_cost *g) {
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
static void put_groups(const struct style *w, const struct fray_rep_group_search *search) {
  size_t found = 0;
  /* All that are found are counted, FEW are named. */
  for (size_t i = 0; i < search->n; i++) {
    if (!fray_rep_loses_more(&search->group[i]) || found++ >= FEW)
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

/* Why nothing is said is told from the most general reason down: no model learnt, no group is large
 * enough, a single seed. speaks: some damage has a loss that sentences may be about. */
static void put_whom(const struct style *w, const struct fray_rep_results *r,
                     const struct fray_rep_group_search *search, bool speaks) {
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

/* resolved and silent are of pairs and exclude each other; what is left is open. */
struct tally {
  size_t pairs, resolved, silent;
};

/* The same pairs as in the tables, adjusted within each axis as there: counts on top that differ
 * from the tables below would be read as an error. */
static enum fray_status count_pairs(struct fray_rep_results *r, const struct fray_rep_cost *costs,
                                    size_t n, bool higher, struct tally *out,
                                    struct fray_err *err) {
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

/* How many are resolved says more than any single pair does: few of many is what luck looks like.
 */
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

/* What every number above rests on. Counts of samples may be missing in old tables: NaN, and then
 * nothing is said of them. */
static enum fray_status put_sure(const struct style *w, struct fray_rep_results *r,
                                 const struct fray_rep_cost *costs, size_t n,
                                 struct fray_err *err) {
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

/* All is measured before the first word: a verdict holds over its family, whose last p-value may
 * change the first sentence. Without axes nothing is put, not even an empty list. */
enum fray_status fray_rep_findings(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                   size_t n_axes, struct fray_text *out, struct fray_err *err) {
  struct style w = {out, fray_rep_is_percent(r, r->main_metric),
                    fray_rep_higher_is_better(r->metrics.v[r->main_metric])};
  struct fray_rep_cost *costs;
  struct fray_rep_group_search search = {0};
  bool speaks = false, at_chance = false;
  if (n_axes == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_measure_costs(r, axes, n_axes, w.higher, &costs, err));
  for (size_t i = 0; i < n_axes; i++) {
    speaks = speaks || costs[i].drop.n;
    at_chance = at_chance || costs[i].n_at_chance;
  }
  FRAY_TRY(fray_rep_find_groups(r, costs, n_axes, w.higher, &search, err));
  fray_text_puts(out, "<dl class=\"answers\">\n");
  FRAY_TRY(put_worst_damage(&w, r, costs, n_axes, err));
  /* Where nothing was measured at both ends though models learnt, the groups may still say why. */
  put_whom(&w, r, &search, speaks || !at_chance);
  FRAY_TRY(put_sure(&w, r, costs, n_axes, err));
  fray_text_puts(out, "</dl>\n");
  return FRAY_OK;
}
