/* What a study found, in one to three sentences. Each begins with the question whether its verdict
 * allows it (docs/measures.md); where nothing is resolved the same numbers stand in words that
 * claim nothing. */
#include "parts.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A sentence that grows. failed: memory is out, which is told once at the end. */
struct speech {
  const struct fray_rep_answer *a;
  struct fray_rep_sentence *out;
  bool failed;
};

/* Pieces and not one text: the page marks numbers and names, the terminal does not. */
static void add(struct speech *s, const char *text, const char *detail, bool is_name) {
  struct fray_rep_sentence *out = s->out;
  if (out->n == out->capacity) {
    size_t capacity = out->capacity ? 2 * out->capacity : 16;
    struct fray_rep_piece *grown = fray_arena_alloc(s->a->r->arena, capacity, sizeof *grown);
    if (!grown) {
      s->failed = true;
      return;
    }
    if (out->n)
      memcpy(grown, out->piece, out->n * sizeof *grown);
    out->piece = grown;
    out->capacity = capacity;
  }
  out->piece[out->n++] = (struct fray_rep_piece){text, detail, is_name};
}

static void words(struct speech *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Cut at 511 bytes, which no format here reaches: what has any length goes through name. */
static void words(struct speech *s, const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const char *kept = fray_arena_strdup(s->a->r->arena, text);
  s->failed = s->failed || !kept;
  if (kept)
    add(s, kept, NULL, false);
}

/* Names have any length, so they never go through the buffer of words. */
static void name(struct speech *s, const char *text) {
  add(s, text, NULL, true);
}

/* The metric, with a capital where a sentence begins with it. */
static void metric(struct speech *s, bool begins) {
  char *text = fray_arena_strdup(s->a->r->arena, s->a->metric);
  s->failed = s->failed || !text;
  if (text && begins && (unsigned char)*text < 0x80)
    *text = (char)toupper((unsigned char)*text);
  if (text)
    add(s, text, NULL, false);
}

/* A number and, for whoever asks, what it is and how sure. */
static void number(struct speech *s, const char *text, const char *of, const char *interval) {
  const char *detail = fray_arena_printf(s->a->r->arena, "%s%s%s", of, *of ? ": " : "", interval);
  s->failed = s->failed || !detail;
  if (detail)
    add(s, text, detail, false);
}

/* A score as a headline shows it: whole percents, unless those would hide the change; the note has
 * the digits. */
static void score(struct speech *s, const struct fray_rep_stat *stat, double other,
                  const char *of) {
  const struct fray_rep_answer *a = s->a;
  const char *text = fray_rep_score_text(a, stat->mean), *full;
  if (a->percent && !(fabs(stat->mean - other) < 0.03)) {
    const char *whole = fray_arena_printf(a->r->arena, "%.0f %%", 100 * stat->mean);
    full = fray_arena_printf(a->r->arena, "%s%s%s", text, *of ? ", " : "", of);
    if (whole && full) {
      number(s, whole, full, fray_rep_interval_text(a, stat, true));
      return;
    }
    s->failed = true;
  }
  number(s, text, of, fray_rep_interval_text(a, stat, true));
}

/* The way of a difference is in the words around it, so its sign is not. */
static void points(struct speech *s, const struct fray_rep_stat *stat, const char *of) {
  number(s, fray_rep_points(s->a, fabs(stat->mean)), of, fray_rep_interval_text(s->a, stat, false));
}

/* "method", where the lines of an axis are that; else "model". */
static const char *noun(const struct fray_rep_answer *a, const struct fray_rep_axis *axis) {
  const struct fray_rep_results *r = a->r;
  size_t k = 0;
  while (k < r->n_keys && strcmp(r->key[k], "method") != 0)
    k++;
  for (size_t i = 0; i < axis->n_series && k < r->n_keys; i++)
    for (size_t j = 0; j < i; j++)
      if (strcmp(r->cell[axis->cell_of_series[i]]->value[k],
                 r->cell[axis->cell_of_series[j]]->value[k]) == 0)
        return "model";
  return k < r->n_keys ? "method" : "model";
}

/* What is compared within a setting: methods, if these vary at all, else models. */
static const char *line_noun(const struct fray_rep_answer *a) {
  const struct fray_rep_results *r = a->r;
  for (size_t k = 0; k < r->n_keys; k++)
    for (size_t c = 1; c < r->n_cells && strcmp(r->key[k], "method") == 0; c++)
      if (strcmp(r->cell[c]->value[k], r->cell[0]->value[k]) != 0)
        return "method";
  return "model";
}

/* "With sound lost (60 %)", or "(from 10 % to 60 %)" where the weak end is damaged too. */
static void with(struct speech *s, const struct fray_rep_axis *axis, bool begins) {
  words(s, begins ? "With " : "with ");
  name(s, axis->title);
  words(s, " (");
  if (!fray_rep_begins_clean(axis))
    words(s, "from %s to ", fray_rep_strength_text(s->a, axis, axis->x[0]));
  words(s, "%s)", fray_rep_strength_text(s->a, axis, axis->x[axis->n_x - 1]));
}

/* "accuracy falls from 80 % to 35 %", of what was found (is) or was merely measured (was). */
static void change(struct speech *s, const struct fray_rep_cost *c, const char *verb) {
  const char *weak = fray_rep_begins_clean(c->axis) ? "without damage" : "where damage is least",
             *mean = "";
  if (c->n_series > 1)
    mean = fray_arena_printf(s->a->r->arena, ", mean of %zu %ss", c->n_series, noun(s->a, c->axis));
  weak = mean ? fray_arena_printf(s->a->r->arena, "%s%s", weak, mean) : NULL;
  const char *strong = mean ? fray_arena_printf(s->a->r->arena, "under damage%s", mean) : NULL;
  s->failed = s->failed || !weak || !strong;
  if (s->failed)
    return;
  metric(s, false);
  words(s, " %s from ", verb);
  score(s, &c->start, c->end.mean, weak);
  words(s, " to ");
  score(s, &c->end, c->start.mean, strong);
  if (!s->a->higher)
    words(s, " (less is better)");
  /* Whom the mean leaves out is said in the same breath: it looks better without them. */
  if (c->n_at_chance)
    words(s, ", in the %s%zu of %zu %ss that beat%s chance", c->n_series > 1 ? "mean of the " : "",
          c->n_series, c->n_series + c->n_at_chance, noun(s->a, c->axis),
          c->n_series > 1 ? "" : "s");
  else if (c->n_series > 1)
    words(s, ", in the mean of %zu %ss", c->n_series, noun(s->a, c->axis));
}

/* ---- what costs most ---- */

/* The one other damage that was measured and is (not) told to cost less than the first; asked only
 * where there is exactly one such. */
static const char *other(const struct fray_rep_answer *a, bool is_less) {
  for (size_t i = 0; i < a->n_axes; i++)
    if (i != a->first && a->cost[i].n_series && a->cost[i].is_less == is_less)
      return a->cost[i].axis->title;
  return "";
}

/* "Nothing else" is said of what was tried, and only if each of them is told to cost less. */
static void put_order(struct speech *s) {
  const struct fray_rep_answer *a = s->a;
  if (a->n_measured < 2)
    return;
  if (a->n_open > 1) {
    words(s, "; whether another damage costs as much is not resolved");
  } else if (a->n_open == 1) {
    words(s, "; whether ");
    name(s, other(a, false));
    words(s, " costs as much is not resolved");
  } else if (a->n_measured > 2) {
    words(s, "; none of the other %zu tried costs as much", a->n_measured - 1);
  } else {
    words(s, "; ");
    name(s, other(a, true));
    words(s, " costs less");
  }
}

/* The group that loses most along the first damage; else one that loses more than all samples. */
static void put_group(struct speech *s) {
  const struct fray_rep_answer *a = s->a;
  size_t i = a->worst_group;
  bool worst = i < a->n_groups;
  if (!worst)
    for (i = 0; i < a->n_groups; i++)
      if (a->group[i].loses_more && a->group[i].cost == &a->cost[a->first])
        break;
  if (i == a->n_groups)
    return;
  const struct fray_rep_group_loss *g = &a->group[i];
  words(s, " Of the groups, ");
  name(s, fray_rep_group_text(a, g));
  words(s, worst ? " loses most: " : " loses more than all samples do: ");
  points(s, &g->loss, "what the group loses");
  words(s, ".");
}

/* The loss comes first, its order among the others behind it in the same sentence: alone, "costs
 * most" would not say how much. */
static void put_loss(struct speech *s) {
  const struct fray_rep_cost *c = &s->a->cost[s->a->first];
  with(s, c->axis, true);
  words(s, ", ");
  change(s, c, s->a->higher ? "falls" : "rises");
  put_order(s);
  words(s, ".");
  put_group(s);
}

/* ---- who is ahead ---- */

/* Panels hold what is compared with all else equal; of one with a single series there is nothing to
 * say. */
static bool can_compare(const struct fray_rep_answer *a) {
  return a->main_axis->n_series > a->main_axis->n_panels;
}

/* How many stand beside it in its panel, which are those that it was held against. */
static size_t panel_size(const struct fray_rep_answer *a, size_t panel) {
  size_t n = 0;
  for (size_t i = 0; i < a->main_axis->n_series; i++)
    n += a->main_axis->panel[i] == panel;
  return n;
}

/* One panel: the score of the one ahead, and its lead over the next. */
static void put_ahead(struct speech *s, const struct fray_rep_standing *best) {
  const struct fray_rep_answer *a = s->a;
  size_t n = panel_size(a, a->main_axis->panel[best->series]);
  name(s, a->main_axis->series[best->series]);
  words(s, a->n_axes ? " ends ahead, at " : " is ahead, at ");
  score(s, &best->end, best->end.mean + 1, "its score there");
  words(s, ", ");
  points(s, &best->lead, "paired by seed");
  words(s, a->higher ? " above " : " below ");
  name(s, a->main_axis->series[best->rival]);
  if (n > 2)
    words(s, " and further from the other%s", n == 3 ? "" : "s");
}

/* In how many settings the line of a series is told to be ahead. */
static size_t count_wins(const struct fray_rep_answer *a, size_t series) {
  const struct fray_rep_axis *axis = a->main_axis;
  size_t n = 0;
  for (size_t i = 0; i < axis->n_series; i++)
    n += a->standing[i].is_ahead && axis->style[a->standing[i].series] == axis->style[series];
  return n;
}

/* "avg ends ahead in 2 of 3 settings, mom in 1": nobody is in each of them. */
static void put_winners(struct speech *s) {
  enum { FEW = 3 };
  const struct fray_rep_answer *a = s->a;
  const struct fray_rep_axis *axis = a->main_axis;
  size_t winner[FEW], n = 0; /* all, of whom the first stand in the list */
  for (size_t i = 0; i < axis->n_series; i++) {
    const size_t series = a->standing[i].series;
    bool seen = !a->standing[i].is_ahead;
    for (size_t k = 0; k < i; k++)
      seen = seen ||
             (a->standing[k].is_ahead && axis->style[a->standing[k].series] == axis->style[series]);
    if (!seen && n < FEW)
      winner[n] = series;
    n += !seen;
  }
  if (n > FEW) {
    words(s, "%zu %ss %s ahead in %zu of %zu settings, none of them in all", n, line_noun(a),
          a->n_axes ? "end" : "are", a->n_panels_ahead, axis->n_panels);
    return;
  }
  for (size_t k = 0; k < n; k++) {
    words(s, k ? ", " : "");
    name(s, axis->series[winner[k]]);
    if (k)
      words(s, " in %zu", count_wins(a, winner[k]));
    else
      words(s, " %s ahead in %zu of %zu settings", a->n_axes ? "ends" : "is",
            count_wins(a, winner[k]), axis->n_panels);
  }
}

/* there: the sentence before has named the damage. */
static void put_best(struct speech *s, bool there) {
  const struct fray_rep_answer *a = s->a;
  if (!can_compare(a))
    return;
  if (a->n_panels_ahead == 0) {
    words(s, " Which %s %s ahead", line_noun(a), a->n_axes ? "ends" : "is");
    words(s, there ? " there" : "");
    if (!there && a->n_axes) {
      words(s, " ");
      with(s, a->main_axis, false);
    }
    words(s, " is not resolved.");
    return;
  }
  words(s, there ? " There " : " ");
  if (!there && a->n_axes) {
    with(s, a->main_axis, true);
    words(s, ", ");
  }
  if (a->best < a->main_axis->n_series && a->main_axis->n_panels == 1) {
    put_ahead(s, &a->standing[0]);
  } else if (a->best < a->main_axis->n_series) {
    name(s, a->main_axis->series[a->best]);
    words(s, " %s ahead in each of the %zu settings", a->n_axes ? "ends" : "is",
          a->main_axis->n_panels);
  } else {
    put_winners(s);
  }
  words(s, ".");
}

/* ---- where nothing is resolved ---- */

/* One training of each, or no intervals: what was measured, and that it may be luck. Or a change of
 * exactly nothing, as of damage that features undo: no p, since no data could have shown more. */
static void put_unknown(struct speech *s) {
  const struct fray_rep_answer *a = s->a;
  const struct fray_rep_cost *c = &a->cost[a->main];
  with(s, c->axis, true);
  words(s, ", ");
  change(s, c, "went");
  words(s, a->r->seeds.n == 1
               ? ". That is a single training of each model, which may be its luck: nothing is "
                 "claimed."
           : c->lost.interval.kind == FRAY_INTERVAL_NONE
               ? ". There is no interval of that change: nothing is claimed."
               : ": the same with every seed.");
}

/* Of several damages the range of what was measured, of one its interval. */
static void put_open(struct speech *s) {
  const struct fray_rep_answer *a = s->a;
  const struct fray_rep_cost *c = &a->cost[a->main];
  double least = INFINITY;
  if (a->n_measured == 1) {
    with(s, c->axis, true);
    words(s, ", no loss of ");
    metric(s, false);
    words(s, " is told apart from none: ");
    number(s, fray_rep_points(a, c->lost.mean), "measured loss",
           fray_rep_interval_text(a, &c->lost, false));
    words(s, " were measured.");
    return;
  }
  for (size_t i = 0; i < a->n_axes; i++)
    least = fmin(least, a->cost[i].lost.mean);
  words(s, "Of %s tried, none is told apart from no loss of ", FRAY_N(a->n_measured, "damage"));
  metric(s, false);
  words(s, ": the measured losses lie between %s and ", fray_rep_points(a, least));
  words(s, "%s.", fray_rep_points(a, c->lost.mean));
}

/* The largest of the gains that are resolved; NULL: there is none. */
static const struct fray_rep_cost *largest_gain(const struct fray_rep_answer *a) {
  const struct fray_rep_cost *found = NULL;
  for (size_t i = 0; i < a->n_axes; i++)
    if (fray_rep_verdict_of(&a->cost[i].lost) == FRAY_REP_LESS &&
        (!found || a->cost[i].lost.mean < found->lost.mean))
      found = &a->cost[i];
  return found;
}

/* That damage helps may be said as well, if it is resolved; but never as the whole answer. */
static void put_gain(struct speech *s, const struct fray_rep_cost *c) {
  words(s, "No damage tried is told apart from no loss. ");
  with(s, c->axis, true);
  words(s, ", ");
  change(s, c, s->a->higher ? "rises" : "falls");
  words(s, ".");
}

/* Without an axis: the scores as they are. */
static void put_scores(struct speech *s) {
  const struct fray_rep_answer *a = s->a;
  words(s, "No damage was tried at more than one strength, so nothing is said of what it costs.");
  if (a->main_axis->n_series == 1) {
    words(s, " ");
    metric(s, true);
    words(s, " is ");
    score(s, &a->standing[0].end, a->standing[0].end.mean + 1, "of the one model");
    words(s, ".");
  }
  put_best(s, false);
}

/* Why there is no verdict depends on what is missing: a model that learnt, or a measurement. */
static void put_nothing(struct speech *s) {
  bool at_chance = s->a->n_at_chance && s->a->n_learnt == 0;
  for (size_t i = 0; i < s->a->n_axes; i++)
    at_chance = at_chance || s->a->cost[i].n_at_chance;
  words(s, at_chance ? "No model here is told from chance where damage is least, so none has "
                       "anything to lose: nothing is said of what damage costs."
                     : "No damage was measured at both ends, so nothing is said of what it costs.");
}

/* Whether any damage has a verdict; without one the sentences speak of luck. */
static bool is_known(const struct fray_rep_answer *a) {
  for (size_t i = 0; i < a->n_axes; i++)
    if (fray_rep_verdict_of(&a->cost[i].lost) != FRAY_REP_UNKNOWN)
      return true;
  return false;
}

/* From what leaves nothing to say to what can be said: each branch presumes that those before it
 * do not hold. Who is ahead is a question of its own, and asked where there are verdicts. */
static void put_all(struct speech *s) {
  const struct fray_rep_answer *a = s->a;
  const struct fray_rep_results *r = a->r;
  const size_t n = fray_rep_by_training(r)->n_trials;
  if (n && r->n_diverged == n)
    words(s, "%s diverged, so there is no model to speak of.",
          n == 1 ? "The one training" : "Every training");
  else if (a->n_axes == 0)
    put_scores(s);
  else if (a->n_measured == 0 || (a->first == a->n_axes && a->n_at_chance && a->n_learnt == 0))
    put_nothing(s);
  else if (!is_known(a))
    put_unknown(s);
  else {
    const struct fray_rep_cost *gain = largest_gain(a);
    if (a->first < a->n_axes)
      put_loss(s);
    else if (gain)
      put_gain(s, gain);
    else
      put_open(s);
    put_best(s, a->first < a->n_axes || (!gain && a->n_measured == 1));
  }
}

enum fray_status fray_rep_headline(const struct fray_rep_answer *a, struct fray_rep_sentence *out,
                                   struct fray_err *err) {
  struct speech s = {.a = a, .out = out};
  *out = (struct fray_rep_sentence){0};
  put_all(&s);
  FRAY_CHECK(!s.failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}
