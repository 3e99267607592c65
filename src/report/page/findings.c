/* The answers at length: which damage costs most, for whom, and how sure that is, with every
 * interval. What may be said was decided by the answer (report/answer); here are its words. */
#include "page.h"

#include "report/words/markup.h"

#include "fray/base/text.h"

#include <math.h>

enum { FEW = 4 }; /* damages, or groups, that are named one by one */

/* Where the words go, and what they are about. */
struct writer {
  struct fray_text *out;
  const struct fray_rep_answer *a;
};

/* A difference of percentages is in points; "5 %" would read as a twentieth of the score. */
static void put_points(const struct writer *w, double value) {
  fray_rep_html(w->out, fray_rep_points(w->a, value));
}

/* fray_rep_blank takes the interval away from what it is given, hence the copy: others still read
 * that of s. */
static void put_interval(const struct writer *w, const struct fray_rep_stat *s) {
  struct fray_rep_stat copy = *s;
  if (w->a->percent && fray_rep_blank(&copy, false)) {
    fray_text_puts(w->out, " (any change would fit)");
    return;
  }
  if (isnan(s->low)) {
    fray_text_puts(w->out, " (no interval)");
    return;
  }
  fray_text_puts(w->out, " (95&nbsp;% interval ");
  fray_rep_put_range(w->out, s->low, s->high, w->a->percent);
  fray_text_puts(w->out, ")");
}

static void put_bold(struct fray_text *out, const char *text) {
  fray_text_puts(out, "<b>");
  fray_rep_html(out, text);
  fray_text_puts(out, "</b>");
}

/* The damage of a cost by its name. */
static void put_damage(const struct writer *w, const struct fray_rep_cost *c) {
  put_bold(w->out, c->axis->title);
}

/* ---- what breaks first ---- */

/* With its unit, as the axis of the figure shows it. */
static void put_strength(const struct writer *w, const struct fray_rep_axis *axis, size_t x) {
  fray_rep_html(w->out, fray_rep_strength_text(w->a, axis, axis->x[x]));
}

/* Both strengths are named, since a loss is of this range alone: another grid has another one. */
static void put_change(const struct writer *w, const struct fray_rep_cost *c) {
  put_points(w, c->lost.mean);
  fray_text_puts(w->out, " from ");
  put_strength(w, c->axis, 0);
  fray_text_puts(w->out, " to ");
  put_strength(w, c->axis, c->axis->n_x - 1);
  put_interval(w, &c->lost);
  if (c->n_series > 1)
    fray_text_printf(w->out, " in the mean of %zu series", c->n_series);
}

/* is_most: that every other damage costs less is resolved, so that the word "most" is earned. What
 * was left out of the mean is said with it. */
static void put_cost(const struct writer *w, const struct fray_rep_cost *c, bool is_most) {
  const struct fray_rep_answer *a = w->a;
  put_damage(w, c);
  fray_text_puts(w->out, is_most ? " costs most: " : " costs ");
  put_change(w, c);
  if (a->most < c->axis->n_series) {
    fray_text_puts(w->out, ", most for ");
    /* A series is told apart by its panel too. */
    fray_rep_html(w->out, c->axis->full[a->most]);
  }
  if (c->n_at_chance)
    fray_text_printf(w->out, ", leaving out %zu series not told from chance to begin with",
                     c->n_at_chance);
  fray_text_puts(w->out, ".");
  if (a->half == c->axis->n_x)
    return;
  fray_text_puts(w->out, " More than half of what lay above chance is gone at ");
  put_strength(w, c->axis, a->half);
  fray_text_puts(w->out, a->half + 1 < c->axis->n_x ? " and beyond." : ".");
}

/* The damages that are not told to cost less than the first: "a (5.0 points), b (1.2 points) and 3
 * more". In the order of the axes and not of their size, as no order among them is resolved. */
static void put_open_list(const struct writer *w) {
  const struct fray_rep_answer *a = w->a;
  size_t listed = 0;
  for (size_t i = 0; i < a->n_axes; i++) {
    if (i == a->first || a->cost[i].n_series == 0 || a->cost[i].is_less || listed++ >= FEW)
      continue;
    fray_text_puts(w->out, listed > 1 ? ", " : "");
    put_damage(w, &a->cost[i]);
    fray_text_puts(w->out, " (");
    put_points(w, a->cost[i].lost.mean);
    fray_text_puts(w->out, ")");
  }
  if (listed > FEW)
    fray_text_printf(w->out, " and %zu more", listed - (size_t)FEW);
}

/* The one other damage, which costs less. */
static void put_only_other(const struct writer *w) {
  const struct fray_rep_answer *a = w->a;
  size_t i = 0;
  while (i == a->first || a->cost[i].n_series == 0)
    i++;
  fray_text_puts(w->out, " That ");
  put_damage(w, &a->cost[i]);
  fray_text_puts(w->out, " (");
  put_points(w, a->cost[i].lost.mean);
  fray_text_puts(w->out, ") costs less is resolved.");
}

/* The largest of the losses that are resolved, and how far its order to the others is. */
static void put_first(const struct writer *w) {
  const struct fray_rep_answer *a = w->a;
  size_t n_other = a->n_measured - 1;
  put_cost(w, &a->cost[a->first], n_other && a->n_open == 0);
  if (a->n_open) {
    fray_text_puts(w->out, " Which damage costs most is <b>not resolved</b>: it is not told apart "
                           "from ");
    put_open_list(w);
    fray_text_puts(w->out, ".");
  } else if (n_other == 1) {
    put_only_other(w);
  } else if (n_other) {
    fray_text_printf(w->out, " That each of the other %zu costs less is resolved.", n_other);
  }
  if (n_other)
    fray_text_printf(w->out, " Each damage is judged at the %s strength it was measured at.",
                     fray_rep_all_grow(a) ? "largest" : "worst");
}

/* What was measured of each damage, as none of it is resolved. */
static void put_measured(const struct writer *w) {
  const struct fray_rep_answer *a = w->a;
  size_t listed = 0;
  fray_text_puts(w->out, ". Measured losses: ");
  for (size_t i = 0; i < a->n_axes; i++) {
    if (a->cost[i].n_series == 0 || listed++ >= FEW)
      continue;
    fray_text_puts(w->out, listed > 1 ? "; " : "");
    put_damage(w, &a->cost[i]);
    fray_text_puts(w->out, ", ");
    put_change(w, &a->cost[i]);
  }
  if (listed > FEW)
    fray_text_printf(w->out, "; and %zu more", listed - (size_t)FEW);
  fray_text_puts(w->out, ".");
}

/* The least that can be said, and why it is no more. */
/* No loss is resolved. Why there is no verdict depends on what is missing: a measurement, a model
 * that learnt, or certainty. */
static void put_none(const struct writer *w) {
  const struct fray_rep_answer *a = w->a;
  size_t at_chance = 0, known = 0;
  for (size_t i = 0; i < a->n_axes; i++) {
    at_chance += a->cost[i].n_at_chance;
    known += fray_rep_verdict_of(&a->cost[i].lost) != FRAY_REP_UNKNOWN;
  }
  if (a->n_measured == 0) {
    fray_text_puts(w->out, at_chance ? "No verdict: no model here is told from chance where damage "
                                       "is least, so none has anything to lose."
                                     : "No damage was measured at both ends.");
    return;
  }
  fray_text_puts(w->out, known ? "<b>Not resolved by these data</b>: no loss is told "
                                 "apart from none"
                         : a->r->seeds.n == 1 ? "<b>Not known from a single seed</b>: what one "
                                                "training shows may be its luck"
                                              : "<b>Not known</b>: no loss has an interval");
  /* Otherwise an interval beside it that leaves out 0 reads as a contradiction. */
  if (known > 1)
    fray_text_printf(w->out, ", with p adjusted for the %zu damages", known);
  put_measured(w);
}

/* ---- for whom ---- */

static void put_group(const struct writer *w, const struct fray_rep_group_loss *g) {
  put_bold(w->out, fray_rep_group_text(w->a, g));
  fray_text_puts(w->out, " loses ");
  put_points(w, g->loss.mean);
  fray_text_puts(w->out, " along ");
  fray_rep_html(w->out, g->cost->axis->title);
  fray_text_puts(w->out, ", ");
  put_points(w, g->excess.mean);
  fray_text_puts(w->out, " more than all test samples");
  put_interval(w, &g->excess);
}

/* The groups that lose more than all do, those with the largest means; no order among them is
 * claimed. */
static void put_groups(const struct writer *w) {
  const struct fray_rep_answer *a = w->a;
  size_t found = 0, n = a->n_groups;
  for (size_t i = 0; i < n; i++) {
    if (!a->group[i].loses_more || found++ >= FEW)
      continue;
    fray_text_puts(w->out, found > 1 ? "; " : "");
    put_group(w, &a->group[i]);
  }
  if (found == 0) {
    fray_text_printf(
        w->out,
        "<b>Not resolved by these data</b>: of %zu group%s and damages looked at, none "
        "is told apart from all test samples.",
        n, n == 1 ? "" : "s");
    return;
  }
  fray_text_printf(w->out, found > FEW ? "; and %zu more. " : ". ", found - (size_t)FEW);
  fray_text_puts(w->out, found == 1 ? "That is resolved" : "These are resolved");
  if (n > 1)
    fray_text_printf(w->out, ", with p adjusted for the %zu groups and damages looked at", n);
  fray_text_puts(w->out, ".");
}

/* Why there is nothing to say comes first: whether groups were scored at all, whether they are
 * large enough, whether one seed could tell. */
static void put_whom(const struct writer *w) {
  const struct fray_rep_answer *a = w->a;
  bool at_chance = false;
  for (size_t i = 0; i < a->n_axes; i++)
    at_chance = at_chance || a->cost[i].n_at_chance;
  if (a->n_measured == 0 && at_chance)
    fray_text_puts(w->out, "No verdict: see above.");
  else if (a->n_groups == 0)
    fray_text_puts(
        w->out, a->n_small ? "Not known: no group has 30 samples and 5 clients at test, so none is "
                             "spoken of. The figures by group show what there is."
                           : "Not known: no groups were scored (<code>evaluate.groups</code>).");
  else if (a->r->seeds.n == 1)
    fray_text_puts(w->out,
                   "Not known from a single seed. The figures by group show what there is.");
  else
    put_groups(w);
  if (a->n_groups && a->n_small)
    fray_text_puts(w->out, " Groups under 30 samples or 5 clients are left out.");
}

/* ---- how sure ---- */

/* How much of what was asked got an answer; a page of few resolved pairs is to be read as such. */
static void put_tally(const struct writer *w) {
  const struct fray_rep_answer *a = w->a;
  if (a->n_pairs == 0)
    return;
  fray_text_printf(w->out,
                   " Of %zu paired comparison%s of series, <b>%zu</b> %s resolved in score or in "
                   "loss",
                   a->n_pairs, a->n_pairs == 1 ? "" : "s", a->n_pairs_resolved,
                   a->n_pairs_resolved == 1 ? "is" : "are");
  if (a->n_pairs_silent)
    fray_text_printf(w->out,
                     "; of %zu nothing is said, since a model in %s is not told from chance",
                     a->n_pairs_silent, a->n_pairs_silent == 1 ? "it" : "them");
  fray_text_puts(w->out, ".");
}

/* All damages are tested on the same samples, so the main one speaks for all. */
static void put_sure(const struct writer *w) {
  const struct fray_rep_answer *a = w->a;
  const struct fray_rep_results *r = a->r;
  fray_text_printf(w->out, "%zu seed%s", r->seeds.n, r->seeds.n == 1 ? "" : "s");
  if (!isnan(a->samples))
    fray_text_printf(w->out, ", %.0f test sample%s of %.0f client%s", a->samples,
                     a->samples == 1 ? "" : "s", a->clients, a->clients == 1 ? "" : "s");
  fray_text_puts(
      w->out, a->clients == 1 ? ": all that is said here holds for that one client alone." : ".");
  put_tally(w);
  if (r->n_diverged)
    fray_text_printf(w->out, " %zu of %s diverged and %s.", r->n_diverged,
                     FRAY_N(fray_rep_by_training(r)->n_trials, "training"),
                     fray_rep_has_chance(r, r->main_metric)
                         ? "count as chance"
                         : "are in no mean, since this score has no chance level");
}

/* Three questions that every study is asked; each has an answer, and be it that there is none. */
void fray_rep_findings(const struct fray_rep_answer *a, struct fray_text *out) {
  const struct writer w = {out, a};
  if (a->n_axes == 0)
    return;
  fray_text_puts(out, "<dl class=\"answers\">\n<div><dt>What breaks first</dt><dd>");
  if (a->first < a->n_axes)
    put_first(&w);
  else
    put_none(&w);
  fray_text_puts(out, "</dd></div>\n<div><dt>For whom</dt><dd>");
  put_whom(&w);
  fray_text_puts(out, "</dd></div>\n<div><dt>How sure</dt><dd>");
  put_sure(&w);
  fray_text_puts(out, "</dd></div>\n</dl>\n");
}
