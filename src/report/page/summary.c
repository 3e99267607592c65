/* The summary in plain words. It says no more than the verdicts (verdict.h) do. */
#include "page.h"

#include "report/words/markup.h"
#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <string.h>

enum { FEW = 4 }; /* series, or pairs, that are spoken of one by one */

struct words {
  struct fray_rep_results *r;
  const struct fray_rep_grid *g;
  const struct fray_rep_loss *loss; /* of each series of the axis */
  bool percent, higher;
  struct fray_text *out;
};

/* Without a sign, behind a verb that has the direction: "loses 5 points". */
static void put_size(const struct words *w, double value) {
  fray_rep_put_score(w->out, fabs(value), w->percent);
  fray_text_puts(w->out, w->percent ? " points" : "");
}

/* With its sign, where no verb may have a direction since none is resolved. */
static void put_signed(const struct words *w, double value) {
  fray_rep_put_score(w->out, value, w->percent);
  fray_text_puts(w->out, w->percent ? " points" : "");
}

/* "what 1.2 to 3.4", seen from the side on which the mean is positive. */
static void put_range(const struct words *w, const struct fray_rep_stat *s, const char *what,
                      bool turns) {
  /* "Loses less by 3 (1 to 5)" reads better than minus signs; the interval turns along. */
  bool turn = turns && s->mean < 0;
  struct fray_rep_stat copy = *s;
  if (w->percent && fray_rep_blank(&copy, false)) {
    fray_text_puts(w->out, "any would fit");
    return;
  }
  if (isnan(s->low)) {
    fray_text_puts(w->out, "no interval");
    return;
  }
  fray_text_puts(w->out, what);
  fray_rep_put_range(w->out, turn ? -s->high : s->low, turn ? -s->low : s->high, w->percent);
}

static void put_interval(const struct words *w, const struct fray_rep_stat *s, const char *what) {
  fray_text_puts(w->out, " (");
  put_range(w, s, what, true);
  fray_text_puts(w->out, ")");
}

static void put_name(const struct words *w, size_t series) {
  fray_text_puts(w->out, "<b>");
  fray_rep_html(w->out, w->g->axis->series[series]);
  fray_text_puts(w->out, "</b>");
}

/* "60 %": one of the strengths of the axis. */
static void put_strength(const struct words *w, size_t x) {
  fray_rep_put_name(w->out, fray_rep_strength_title(w->r, w->g->axis->strength, w->g->axis->x[x]));
}

/* "at 60 %" */
static void put_at(const struct words *w, bool end) {
  fray_text_puts(w->out, "at ");
  put_strength(w, end ? w->g->axis->n_x - 1 : 0);
}

/* ---- losses ---- */

/* "avg loses 12.1 points (95 % interval ...)", or that it is not told apart from no change. */
static void put_drop(const struct words *w, size_t series) {
  const struct fray_rep_loss *loss = &w->loss[series];
  /* What is missing and what is at chance come first: of both the verdict is UNKNOWN, which would
   * read as a measured loss that nobody knows. */
  enum fray_rep_verdict verdict = fray_rep_verdict_of(&loss->stat);
  put_name(w, series);
  if (loss->stat.n == 0) {
    fray_text_puts(w->out, " lacks a value at one end or at both");
  } else if (loss->start == FRAY_REP_AT_CHANCE) {
    fray_text_puts(w->out, " is not told from chance ");
    put_at(w, false);
    fray_text_puts(w->out, ", so nothing is said of it");
  } else if (verdict == FRAY_REP_MORE || verdict == FRAY_REP_LESS) {
    fray_text_puts(w->out, verdict == FRAY_REP_MORE ? " loses " : " gains ");
    put_size(w, loss->stat.mean);
    put_interval(w, &loss->stat, "95&nbsp;% interval ");
  } else {
    bool single = loss->stat.n == 1;
    fray_text_puts(w->out, single ? " is not known to change (loss "
                                  : " is not told apart from no change (loss ");
    put_signed(w, loss->stat.mean);
    fray_text_puts(w->out, single ? " in a single training, which may be its luck; " : ", ");
    put_range(w, &loss->stat, "95&nbsp;% interval ", false);
    fray_text_puts(w->out, ")");
  }
}

/* Many series: how many are known to lose, and the range of what was measured. */
static void put_losses(const struct words *w) {
  size_t lose = 0, gain = 0, known = 0, n = 0, at_chance = 0;
  double least = NAN, most = NAN; /* fmin and fmax leave NaN aside: of those that have a value */
  for (size_t s = 0; s < w->g->axis->n_series; s++) {
    const struct fray_rep_loss *loss = &w->loss[s];
    at_chance += loss->start == FRAY_REP_AT_CHANCE;
    n += loss->stat.n > 0;
    known += isnan(loss->stat.p) ? 0 : 1;
    lose += fray_rep_resolved(&loss->stat) > 0;
    gain += fray_rep_resolved(&loss->stat) < 0;
    least = fmin(least, loss->stat.mean);
    most = fmax(most, loss->stat.mean);
  }
  if (known && lose + gain == 0)
    fray_text_printf(w->out, ", none of %zu series is told apart from no change", n);
  else if (known)
    fray_text_printf(w->out,
                     ", of %zu series %zu lose%s and %zu gain%s (adjusted to hold together)", n,
                     lose, lose == 1 ? "s" : "", gain, gain == 1 ? "s" : "");
  else
    fray_text_printf(w->out, ", %zu series are not known to change", n);
  if (at_chance)
    fray_text_printf(w->out, ", %zu %s not told from chance to begin with", at_chance,
                     at_chance == 1 ? "is" : "are");
  fray_text_puts(w->out, "; the measured losses lie between ");
  fray_rep_put_score(w->out, least, w->percent);
  fray_text_puts(w->out, " and ");
  put_signed(w, most);
  fray_text_puts(w->out, ".");
}

/* "From 0 to 0.5, avg loses 12.1 points (...) and mom loses 8.0 points (...)." Of a few series each
 * is named; of many, or in several panels, they are counted. */
static void put_drops(const struct words *w) {
  const struct fray_rep_axis *a = w->g->axis;
  fray_text_puts(w->out, "From ");
  put_strength(w, 0);
  fray_text_puts(w->out, " to ");
  put_strength(w, a->n_x - 1);
  if (a->n_series > FEW || a->n_panels > 1) {
    put_losses(w);
    return;
  }
  size_t judged = 0;
  for (size_t s = 0; s < a->n_series; s++) {
    fray_text_puts(w->out, s == 0 ? ", " : s + 1 == a->n_series ? " and " : ", ");
    put_drop(w, s);
    judged += isnan(w->loss[s].stat.p) ? 0 : 1;
  }
  fray_text_puts(w->out, judged > 1 ? "; adjusted to hold together." : ".");
}

/* ---- pairs ---- */

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

/* A difference of which no more is said than its size: "1.0 points, -3.3 to 5.3". */
static void put_open(const struct words *w, const struct fray_rep_stat *s) {
  put_signed(w, s->mean);
  fray_text_puts(w->out, ", ");
  put_range(w, s, "", false);
}

/* +1: the first of the pair is known to start with the better score; -1: the worse; 0: not known.
 */
static int start_of(const struct words *w, const struct fray_rep_pair *p) {
  int sign = fray_rep_resolved(&p->start);
  return w->higher ? sign : -sign;
}

/* Only the loss is resolved. Whoever starts lower has less to lose, so that is said. */
static void put_loss_verdict(const struct words *w, const struct fray_rep_pair *p) {
  bool a_less = p->drop.mean < 0;
  int winner_start = a_less ? start_of(w, p) : -start_of(w, p);
  put_name(w, a_less ? p->a : p->b);
  fray_text_puts(w->out, " ");
  put_loss(w, p, true);
  fray_text_puts(w->out, " than ");
  put_name(w, a_less ? p->b : p->a);
  fray_text_puts(w->out, winner_start < 0   ? ", which is resolved, but it starts behind; "
                         : winner_start > 0 ? ", which is resolved; "
                                            : ", which is resolved, but it may start behind; ");
  fray_text_puts(w->out, "which of them ends ahead is not resolved by these data (");
  put_name(w, p->a);
  fray_text_puts(w->out, " \u2212 ");
  put_name(w, p->b);
  fray_text_puts(w->out, ": ");
  put_open(w, &p->level);
  fray_text_puts(w->out, ").");
}

/* Neither is resolved: the numbers, without a direction. */
static void put_open_pair(const struct words *w, const struct fray_rep_pair *p) {
  put_name(w, p->a);
  fray_text_puts(w->out, " and ");
  put_name(w, p->b);
  fray_text_puts(w->out, " are not told apart (first \u2212 second: score ");
  put_open(w, &p->level);
  fray_text_puts(w->out, "; loss ");
  put_open(w, &p->drop);
  fray_text_puts(w->out, "): which of the two copes better is <b>not resolved by these data</b>.");
}

/* Why nothing is said of two series. */
static void put_silence(const struct words *w, const struct fray_rep_pair *p) {
  put_name(w, p->a);
  fray_text_puts(w->out, " and ");
  put_name(w, p->b);
  fray_text_puts(w->out, " are not compared: ");
  put_name(w, p->silent);
  fray_text_puts(w->out, " is not told from chance ");
  put_at(w, p->silence == FRAY_REP_SILENT_END);
  fray_text_puts(w->out, p->silence == FRAY_REP_SILENT_END
                             ? ", so what is ahead there is chance as well."
                             : ", so it has nothing to lose.");
}

/* The end is resolved, and perhaps the loss. Better is only who ends ahead and loses less. */
static void put_end_verdict(const struct words *w, const struct fray_rep_pair *p) {
  int drop = fray_rep_resolved(&p->drop);
  put_name(w, p->a);
  fray_text_puts(w->out, drop < 0 ? " <b>copes better</b>: it " : " ");
  put_level(w, p);
  if (drop < 0) {
    fray_text_puts(w->out, " and ");
    put_loss(w, p, true);
    fray_text_puts(w->out, " than ");
    put_name(w, p->b);
    fray_text_puts(w->out, ", both resolved.");
    return;
  }
  fray_text_puts(w->out, " than ");
  put_name(w, p->b);
  if (drop > 0) {
    fray_text_puts(w->out, start_of(w, p) > 0 ? " because it starts ahead; it " : "; it ");
    put_loss(w, p, false);
    fray_text_puts(w->out, ", both resolved, so it does not cope better.");
    return;
  }
  fray_text_puts(w->out, ", which is resolved; their losses are not told apart (first \u2212 "
                         "second: ");
  put_open(w, &p->drop);
  fray_text_puts(w->out, ").");
}

/* One pair in words. */
static void put_pair(const struct words *w, const struct fray_rep_pair *p) {
  /* From the strongest claim that holds to none; the end counts before the loss. */
  if (p->silence != FRAY_REP_SPOKEN)
    put_silence(w, p);
  else if (fray_rep_resolved(&p->level))
    put_end_verdict(w, p);
  else if (fray_rep_resolved(&p->drop))
    put_loss_verdict(w, p);
  else
    put_open_pair(w, p);
}

/* Whether any of the pairs has an interval, with a sentence if none has. */
static bool can_compare(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (pairs[i].silence != FRAY_REP_SPOKEN || !isnan(pairs[i].level.p) || !isnan(pairs[i].drop.p))
      return true;
  fray_text_printf(w->out, " No comparison is made (%s).",
                   n ? pairs[0].level.interval.status : "no pairs");
  return false;
}

/* A silent pair is not introduced by a strength: put_silence names the one it is about. */
static void put_only_pair(const struct words *w, const struct fray_rep_pair *p) {
  if (!can_compare(w, p, 1))
    return;
  if (p->silence == FRAY_REP_SPOKEN) {
    fray_text_puts(w->out, " At ");
    put_strength(w, w->g->axis->n_x - 1);
    fray_text_puts(w->out, ", paired by seed, ");
  } else {
    fray_text_puts(w->out, " ");
  }
  put_pair(w, p);
}

/* What is known of a pair, seen from one of its two series. */
enum relation { BETTER, AHEAD, AHEAD_LOSING, LOSES_LESS, RELATIONS };

/* Each resolved pair has one relation, seen from one of its series: a is the one ahead, so only a
 * can be better or ahead; losing less alone may be true of either. */
static bool has_relation(const struct fray_rep_pair *p, size_t series, enum relation which,
                         size_t *rival) {
  bool level = fray_rep_resolved(&p->level) != 0;
  int drop = fray_rep_resolved(&p->drop);
  *rival = p->a == series ? p->b : p->a;
  if (p->a == series && level)
    return which == (drop < 0 ? BETTER : drop > 0 ? AHEAD_LOSING : AHEAD);
  return !level && which == LOSES_LESS &&
         ((p->a == series && drop < 0) || (p->b == series && drop > 0));
}

/* "; mom copes better (ends ahead, loses less) than avg, prox". first: nothing was said before, so
 * no semicolon is due. Returns how many pairs it named, which is how the caller knows. */
static size_t put_relation(const struct words *w, const struct fray_rep_pair *pairs, size_t n,
                           size_t series, enum relation which, bool first) {
  static const char *const words[RELATIONS] = {
      [BETTER] = " <b>copes better</b> (ends ahead, loses less) than ",
      [AHEAD] = " ends ahead, but a smaller loss is not resolved, of ",
      [AHEAD_LOSING] = " ends ahead, but loses more, against ",
      [LOSES_LESS] = " loses less, but an end ahead is not resolved, than "};
  size_t count = 0, rival;
  for (size_t i = 0; i < n; i++) {
    if (!has_relation(&pairs[i], series, which, &rival))
      continue;
    if (count == 0) {
      fray_text_puts(w->out, first ? " " : "; ");
      put_name(w, series);
    }
    fray_text_puts(w->out, count++ ? ", " : words[which]);
    put_name(w, rival);
  }
  return count;
}

/* In score or in loss; both were adjusted with those of all pairs of the axis. A silent pair has no
 * p-value, so it is never resolved. */
static bool is_resolved(const struct fray_rep_pair *p) {
  return fray_rep_resolved(&p->level) != 0 || fray_rep_resolved(&p->drop) != 0;
}

/* "; not told apart: a and b, a and c". Silent pairs apart from open ones: of these the data were
 * asked, of those nothing could be asked. */
static void put_open_pairs(const struct words *w, const struct fray_rep_pair *pairs, size_t n,
                           bool silent, const char *before) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    if (is_resolved(&pairs[i]) || (pairs[i].silence != FRAY_REP_SPOKEN) != silent)
      continue;
    fray_text_puts(w->out, count++ ? ", " : before);
    put_name(w, pairs[i].a);
    fray_text_puts(w->out, " and ");
    put_name(w, pairs[i].b);
  }
}

/* All pairs of a few series, which are 3 at least: what is resolved, series by series, and what is
 * not. What is resolved comes first; what is open is listed too, as silence would look like
 * equality. */
static void put_every_pair(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  size_t said = 0, open = 0;
  if (!can_compare(w, pairs, n))
    return;
  fray_text_puts(w->out, " At ");
  put_strength(w, w->g->axis->n_x - 1);
  fray_text_puts(w->out, ", paired by seed,");
  for (size_t i = 0; i < n; i++)
    open += pairs[i].silence == FRAY_REP_SPOKEN && !is_resolved(&pairs[i]);
  /* One sentence instead of a list of every pair there is. */
  if (open == n) {
    fray_text_printf(w->out,
                     " none of the %zu comparisons is resolved: the series are not told apart.", n);
    return;
  }
  for (size_t s = 0; s < w->g->axis->n_series; s++)
    for (int which = 0; which < RELATIONS; which++)
      said += put_relation(w, pairs, n, s, (enum relation)which, said == 0);
  put_open_pairs(w, pairs, n, false, said ? "; not told apart: " : " these are not told apart: ");
  put_open_pairs(w, pairs, n, true,
                 said + open ? "; not compared, since one is not told from chance: "
                             : " nothing is compared, since one of each is not told from chance: ");
  fray_text_printf(w->out, " (%zu comparisons, adjusted to hold together).", n);
}

/* Both: ahead at the end alone may come of a better start, and a smaller loss of having less to
 * lose. a is the one ahead, so no sign of level is asked. */
static bool copes_better(const struct fray_rep_pair *p) {
  return fray_rep_resolved(&p->level) != 0 && fray_rep_resolved(&p->drop) < 0;
}

/* How often a line copes better. Lines that never do are not named: "0 of 12" of a method whose
 * comparisons are open would read as a defeat. */
static void put_wins(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  const struct fray_rep_axis *a = w->g->axis;
  const char *before = ": ";
  for (size_t s = 0; s < a->n_series; s++) {
    size_t wins = 0;
    bool seen = false;
    for (size_t i = 0; i < s; i++)
      /* One line of the legend is one method, in whichever panel it stands. */
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

/* The resolved pairs one by one, each with its panel: the other swept values, which both share. */
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

/* Pairs are named only if few are resolved; the table has the others. */
static void put_many(const struct words *w, const struct fray_rep_pair *pairs, size_t n) {
  size_t resolved = 0, silent = 0;
  if (!can_compare(w, pairs, n))
    return;
  for (size_t i = 0; i < n; i++) {
    resolved += is_resolved(&pairs[i]);
    silent += pairs[i].silence != FRAY_REP_SPOKEN;
  }
  fray_text_printf(w->out, " Of %s, all else equal, ", FRAY_N(n, "paired comparison"));
  fray_text_printf(w->out, resolved ? "%zu %s resolved" : "none is resolved", resolved,
                   resolved == 1 ? "is" : "are");
  if (silent)
    fray_text_printf(w->out, " (of %zu nothing is said: a model in %s is not told from chance)",
                     silent, silent == 1 ? "it" : "them");
  /* In several panels a pair means nothing without its panel, so each has a sentence of its own. */
  if (resolved > 0 && resolved <= FEW && w->g->axis->n_panels > 1) {
    fray_text_puts(w->out, ", in score or in loss.");
    put_each(w, pairs, n);
    return;
  }
  if (resolved)
    put_wins(w, pairs, n);
  fray_text_puts(w->out, "; the table below the figure lists them.");
}

/* No series is told from chance: one sentence instead of all the others. */
static bool nobody_learnt(const struct words *w) {
  size_t n = w->g->axis->n_series;
  for (size_t s = 0; s < n; s++)
    if (w->loss[s].start != FRAY_REP_AT_CHANCE)
      return false;
  fray_text_puts(w->out,
                 n == 1 ? "The model is not told from chance " : "No series is told from chance ");
  put_at(w, false);
  fray_text_puts(w->out, ", so nothing is said of what is lost or of who copes better.</li>\n");
  return true;
}

/* Of one axis: losses first, then who copes better. With one series there is nobody to compare,
 * with a few each pair is spoken of, with many they are counted. */
static enum fray_status put_axis(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                 struct fray_text *out, struct fray_err *err) {
  struct fray_rep_grid g;
  struct fray_rep_pair *pairs;
  struct fray_rep_loss *loss;
  size_t n;
  FRAY_TRY(fray_rep_make_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &g, err));
  struct words w = {.r = r, .g = &g, .out = out};
  w.percent = fray_rep_is_percent(r, r->main_metric);
  w.higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric]);
  FRAY_TRY(fray_rep_losses(r, &g, w.higher, &loss, err));
  w.loss = loss;
  FRAY_TRY(fray_rep_pairs(r, &g, w.higher, &pairs, &n, err));
  fray_text_puts(out, "<li><span class=\"lead\">");
  fray_rep_html(out, axis->title);
  fray_text_puts(out, ".</span> ");
  /* All other sentences would be about noise. */
  if (nobody_learnt(&w))
    return FRAY_OK;
  put_drops(&w);
  if (n == 1)
    put_only_pair(&w, &pairs[0]);
  /* Beyond that a sentence would be longer than the table below. */
  else if (n > 1 && axis->n_panels == 1 && axis->n_series <= 5)
    put_every_pair(&w, pairs, n);
  else if (n > 1)
    put_many(&w, pairs, n);
  fray_text_puts(out, "</li>\n");
  return FRAY_OK;
}

/* As texts, as trials.csv has them. Quadratic in cells, of which a study has thousands at most. */
static size_t distinct_values(const struct fray_rep_results *r, size_t key) {
  size_t n = 0;
  for (size_t i = 0; i < r->n_cells; i++) {
    size_t k = 0;
    /* Ends at i itself at the latest. */
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
  for (const struct fray_node *n = map->child, *first = NULL; n; n = n->next)
    if (!r->folds || strcmp(n->key, r->pooling.key) != 0) {
      fray_text_puts(out, first ? ", " : "");
      fray_rep_put_name(out, fray_rep_value_label(r, n->key, n->scalar));
      first = n;
    }
  fray_text_puts(out, ".");
}

/* "24 trainings: 2 values of method x 3 seeds." Cells may lack a seed, which a remark says. */
void fray_rep_run(const struct fray_rep_results *r, struct fray_text *out) {
  fray_text_printf(out, "<p>%s", FRAY_N(fray_rep_by_training(r)->n_trials, "training"));
  for (size_t k = 0; k < r->n_keys; k++) {
    size_t n = distinct_values(r, k);
    bool steps = false;
    if (n > 1)
      for (size_t j = 0; j < k; j++)
        /* Keys that move together are one dimension of the sweep, not two. */
        steps = steps || fray_rep_in_step(r, j, k);
    if (steps)
      fray_text_puts(out, " in step with <b>");
    else
      fray_text_printf(out, "%s%s of <b>", k ? " &times; " : ": ", FRAY_N(n, "value"));
    fray_rep_put_name(out, fray_rep_key_title(r, r->key[k]));
    fray_text_puts(out, "</b>");
  }
  fray_text_printf(out, "%s%s", r->n_keys ? " &times; " : ", ", FRAY_N(r->seeds.n, "seed"));
  if (r->folds)
    fray_text_printf(out, " &times; %s of clients", FRAY_N(r->pooling.n_folds, "fold"));
  if (r->n_diverged)
    fray_text_printf(out, ", of which <b>%zu diverged</b>", r->n_diverged);
  fray_text_puts(out, ". The score is ");
  fray_rep_put_name(out, fray_rep_metric_title(r, r->metrics.v[r->main_metric]));
  fray_text_printf(out, "%s %s, at the round that the dev data select.",
                   fray_rep_higher_is_better(r->metrics.v[r->main_metric]) ? ""
                                                                           : " (less is better)",
                   scope_words(r));
  put_reference(r, out);
  fray_text_puts(out, " Results in <code>");
  fray_rep_html(out, r->folder);
  fray_text_puts(out, "</code>.</p>\n");
}

/* A study without axes gets a sentence and no empty list: it may have been meant to have some. */
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
