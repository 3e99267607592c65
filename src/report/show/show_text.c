/* A study on a terminal: the answer, the table, and in words what its intervals resolve. */
#include "shown.h"
#include "text_table.h"

#include "report/answer/answer.h"
#include "report/contrast/contrasts.h"
#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/codec/text_width.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of the comparisons under one condition: n methods have n (n - 1) / 2. Names without numbers are
 * fewer, so that a condition is a line. */
enum { MOST_LISTED = 8, MOST_NAMED = 3 };

/* Where the lines go to, and how wide they are. */
struct screen {
  const struct fray_rep_shown *s;
  size_t columns;
  struct fray_text *out;
};

/* A paragraph; further lines are indented. Words of data pass through here, so what a terminal
 * would obey is taken out of them. */
static void say(const struct screen *w, size_t indent, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(const struct screen *w, size_t indent, const char *format, ...) {
  struct fray_text words = {0}, safe = {0}, filled = {0};
  va_list list;
  va_start(list, format);
  fray_text_vprintf(&words, format, list);
  va_end(list);
  fray_text_safe(&safe, words.data ? words.data : "", false);
  fray_columns_wrap(&filled, safe.data ? safe.data : "", indent, w->columns);
  /* Filled from the indent on, but the first line begins at the edge. */
  fray_text_puts(w->out, filled.data ? filled.data : "");
  fray_text_puts(w->out, "\n");
  w->out->failed |= words.failed || safe.failed || filled.failed;
  fray_text_free(&words);
  fray_text_free(&safe);
  fray_text_free(&filled);
}

/* One decimal of a percent, else three digits; as the page has them, with a plain minus. */
static void format_value(const struct fray_rep_shown *s, double value, char out[48]) {
  snprintf(out, 48, s->percent ? "%.1f" : "%.3g", s->percent ? 100 * value : value);
  if (isnan(value))
    snprintf(out, 48, "-");
  if (out[0] == '-' && out[1] && out[strspn(out, "-0.")] == '\0') /* "-0.0" is 0 */
    memmove(out, out + 1, strlen(out));
}

/* "76.6 [68.0, 85.1]", "76.6" without an interval; "" where nothing was measured. */
static const char *cell_text(const struct fray_rep_shown *s, const struct fray_rep_shown_score *v) {
  char value[48], low[48], high[48];
  if (v->stat.n == 0 || isnan(v->stat.mean))
    return v->at.cell < s->r->n_cells ? "-" : "";
  format_value(s, v->stat.mean, value);
  format_value(s, v->stat.low, low);
  format_value(s, v->stat.high, high);
  if (isnan(v->stat.low))
    return fray_arena_printf(s->r->arena, "%s", value);
  return fray_arena_printf(s->r->arena, "%s [%s, %s]", value, low, high);
}

/* " [3.1, 7.3]", "" without an interval. Of an amount both ends are turned with it: a loss that is
 * told as a gain lies between the other two. */
static const char *range_text(const struct fray_rep_shown *s, const struct fray_rep_stat *stat,
                              bool turned, char out[120]) {
  char low[48], high[48];
  *out = '\0';
  if (isnan(stat->low))
    return out;
  format_value(s, turned ? -stat->high : stat->low, low);
  format_value(s, turned ? -stat->low : stat->high, high);
  snprintf(out, 120, " [%s, %s]", low, high);
  return out;
}

/* Before the layout and not behind it: a question mark may take another number of columns than what
 * it stands for. NULL without memory. */
static const char *safe_copy(const struct fray_rep_shown *s, const char *text) {
  struct fray_text safe = {0};
  fray_text_safe(&safe, text, false);
  const char *out = safe.failed ? NULL : fray_arena_strdup(s->r->arena, safe.data ? safe.data : "");
  fray_text_free(&safe);
  return out;
}

/* Texts are made first and laid out by what knows nothing of scores. Their memory is that of the
 * results: a study has some hundred cells at most.
 * Conditions are the rows: there are more of them than methods, and their names are longer. */
static enum fray_status put_table(const struct screen *w, struct fray_err *err) {
  const struct fray_rep_shown *s = w->s;
  struct fray_rep_text_table t = {.n_rows = s->n_conditions, .n_columns = s->n_models};
  bool failed = false;
  FRAY_ALLOC(t.row, s->r->arena, t.n_rows + 1, err);
  FRAY_ALLOC(t.column, s->r->arena, t.n_columns + 1, err);
  FRAY_ALLOC(t.cell, s->r->arena, t.n_rows * t.n_columns + 1, err);
  for (size_t m = 0; m < s->n_models; m++) {
    t.column[m] = safe_copy(s, s->model[m].label);
    failed = failed || !t.column[m];
  }
  for (size_t c = 0; c < s->n_conditions; c++) {
    t.row[c] = safe_copy(s, s->condition[c].label);
    failed = failed || !t.row[c];
    for (size_t m = 0; m < s->n_models; m++) {
      t.cell[c * s->n_models + m] = cell_text(s, &s->score[m * s->n_conditions + c]);
      failed = failed || !t.cell[c * s->n_models + m];
    }
  }
  FRAY_CHECK(!failed, err, MEMORY, "out of memory");
  fray_rep_put_text_table(&t, w->columns, fray_rep_store_work(s->r), w->out);
  return FRAY_OK;
}

/* What the numbers are of, above the table: without it none of them can be read. */
static void put_head(const struct screen *w) {
  const struct fray_rep_shown *s = w->s;
  struct fray_text text = {0};
  bool any = false;
  for (size_t i = 0; i < s->n_models * s->n_conditions; i++)
    any = any || !isnan(s->score[i].stat.low);
  const char *metric = fray_rep_metric_title(s->r, s->r->metrics.v[s->metric]);
  fray_text_printf(&text, "%s%s%s, %s%s", metric ? metric : "", s->percent ? " in %" : "",
                   s->higher ? "" : " (less is better)", s->r->seeds.n > 1 ? "mean of " : "",
                   FRAY_N(s->r->seeds.n, "seed"));
  if (s->r->folds)
    fray_text_printf(&text, " and %s", FRAY_N(s->r->pooling.n_folds, "fold"));
  if (!isnan(s->samples)) /* counts of samples may be unknown, and so come as doubles */
    fray_text_printf(&text, ", %s of %s", FRAY_N((size_t)s->samples, "test sample"),
                     FRAY_N((size_t)s->clients, "client"));
  fray_text_puts(&text, any ? " [95 % interval]" : "; no intervals");
  fray_text_puts(&text, s->last ? ", last round:" : ":");
  say(w, 0, "%s", text.data ? text.data : "");
  w->out->failed |= text.failed;
  fray_text_free(&text);
}

/* ---- what is resolved ---- */

/* What is said of one condition, or of all; of a long list the first few are written out. */
struct list {
  struct fray_text text;
  size_t n;
};

/* Counted also where it is not written out, so that the rest can be told as a number. */
static void add(struct list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct list *l, const char *format, ...) {
  va_list args;
  va_start(args, format);
  if (l->n < MOST_LISTED) {
    fray_text_puts(&l->text, l->n ? "; " : "");
    fray_text_vprintf(&l->text, format, args);
  }
  l->n++;
  va_end(args);
}

/* By what is known: resolved, open, nothing. */
enum { RESOLVED, OPEN, UNKNOWN, KINDS };

/* Neither sign nor size of a mean is looked at: what is resolved is the verdict's alone to say. */
static size_t kind_of(const struct fray_rep_stat *stat) {
  const enum fray_rep_verdict verdict = fray_rep_verdict_of(stat);
  return verdict == FRAY_REP_UNKNOWN ? UNKNOWN : verdict == FRAY_REP_OPEN ? OPEN : RESOLVED;
}

/* NULL for a series that no shown model begins.
 * A series by the words of its model; where all trainings are shown the model is only where a swept
 * strength begins, and the series has words of its own. */
static const char *series_label(const struct fray_rep_shown *s, const struct fray_rep_axis *a,
                                size_t series) {
  const size_t m = fray_rep_shown_model_of(s, a, series);
  if (m == s->n_models)
    return NULL;
  if (!s->all || !a->is_key)
    return s->model[m].label;
  const char *panel = a->n_panels > 1 ? a->panel_title[a->panel[series]] : "";
  return fray_arena_printf(s->r->arena, "%s%s%s", panel, *panel ? ", " : "", a->series[series]);
}

/* One item for each model that is shown. A loss is quality lost, so a gain is below 0 whichever way
 * the metric runs. Series that no shown model begins stay out: their numbers are not in the table.
 */
static void add_losses(const struct fray_rep_shown *s, size_t axis, struct list *lists) {
  const struct fray_rep_axis *a = &s->axes[axis];
  for (size_t i = 0; i < a->n_series; i++) {
    const struct fray_rep_stat *loss = &s->verdicts[axis].loss[i].stat;
    const char *label = series_label(s, a, i);
    char value[48], range[120];
    if (!label || loss->n == 0 || isnan(loss->mean))
      continue;
    format_value(s, fabs(loss->mean), value);
    range_text(s, loss, loss->mean < 0, range);
    /* Of what is not told from nothing the measured number is said, and no verb that claims it. */
    if (kind_of(loss) == RESOLVED)
      add(&lists[RESOLVED], "%s %s %s%s", label, loss->mean < 0 ? "gains" : "loses", value, range);
    else if (value[strspn(value, "0.")] == '\0')
      add(&lists[kind_of(loss)], "%s unchanged%s", label, range);
    else
      add(&lists[kind_of(loss)], "%s %s by %s%s", label, loss->mean < 0 ? "better" : "worse", value,
          range);
  }
}

/* The first of a pair is the better one at the strongest damage, by its mean; whether that may be
 * said is asked of the verdict, whose p holds over all pairs of the axis. */
static void add_pairs(const struct fray_rep_shown *s, size_t axis, struct list *lists) {
  const struct fray_rep_axis *a = &s->axes[axis];
  for (size_t i = 0; i < s->verdicts[axis].n_pairs; i++) {
    const struct fray_rep_pair *p = &s->verdicts[axis].pair[i];
    const char *ahead = series_label(s, a, p->a), *behind = series_label(s, a, p->b);
    char value[48], range[120];
    if (!ahead || !behind || p->level.n == 0 || isnan(p->level.mean))
      continue;
    format_value(s, fabs(p->level.mean), value);
    range_text(s, &p->level, p->level.mean < 0, range);
    if (kind_of(&p->level) == RESOLVED)
      add(&lists[RESOLVED], "%s ends %s%s ahead of %s", ahead, value, range, behind);
    else
      add(&lists[kind_of(&p->level)], "%s and %s %s%s apart", ahead, behind, value, range);
  }
}

/* The series whose loss under this condition is not resolved, and how many there are in all. */
static void name_losses(const struct fray_rep_shown *s, size_t axis, struct list *open,
                        size_t *n_all) {
  const struct fray_rep_axis *a = &s->axes[axis];
  for (size_t i = 0; i < a->n_series; i++) {
    const struct fray_rep_stat *loss = &s->verdicts[axis].loss[i].stat;
    const char *label = series_label(s, a, i);
    if (!label || loss->n == 0 || isnan(loss->mean))
      continue;
    ++*n_all;
    if (kind_of(loss) == RESOLVED)
      continue;
    if (open->n < MOST_NAMED)
      fray_text_printf(&open->text, "%s%s", open->n ? ", " : "", label);
    open->n++;
  }
}

/* Pairs of which neither may be said to be ahead; they are too many to be named. */
static size_t count_leads(const struct fray_rep_shown *s, size_t axis, size_t *n_all) {
  const struct fray_rep_axis *a = &s->axes[axis];
  size_t n = 0;
  for (size_t i = 0; i < s->verdicts[axis].n_pairs; i++) {
    const struct fray_rep_pair *p = &s->verdicts[axis].pair[i];
    if (!series_label(s, a, p->a) || !series_label(s, a, p->b) || p->level.n == 0 ||
        isnan(p->level.mean))
      continue;
    ++*n_all;
    n += kind_of(&p->level) != RESOLVED;
  }
  return n;
}

/* "the loss of gated; 2 of 3 leads": what is not resolved under a condition, without numbers,
 * which would be read as results. */
static void put_unresolved(const struct screen *w, const struct fray_rep_shown_condition *at) {
  struct list open = {0};
  struct fray_text line = {0};
  size_t n_losses = 0, n_pairs = 0;
  name_losses(w->s, at->axis, &open, &n_losses);
  const size_t n_leads = count_leads(w->s, at->axis, &n_pairs);
  if (open.n > MOST_NAMED)
    fray_text_printf(&open.text, " and %zu more", open.n - MOST_NAMED);
  if (open.n && open.n == n_losses && n_losses > 1)
    fray_text_puts(&line, "every loss");
  else if (open.n)
    fray_text_printf(&line, "the loss of %s", open.text.data ? open.text.data : "");
  fray_text_puts(&line, open.n && n_leads ? "; " : "");
  if (n_leads && n_leads == n_pairs)
    fray_text_puts(&line, n_pairs == 1 ? "the lead" : "every lead");
  else if (n_leads)
    fray_text_printf(&line, "%zu of %zu leads", n_leads, n_pairs);
  if (line.size)
    say(w, 2, "- %s: %s", at->label, line.data);
  w->out->failed |= open.text.failed || line.failed;
  fray_text_free(&open.text);
  fray_text_free(&line);
}

/* Losses and orders under all conditions that are shown, by what is known of them. */
static void count(const struct fray_rep_shown *s, size_t n[KINDS]) {
  for (size_t c = 0; c < s->n_conditions; c++) {
    struct list lists[KINDS] = {0};
    if (!s->condition[c].is_end)
      continue;
    add_losses(s, s->condition[c].axis, lists);
    add_pairs(s, s->condition[c].axis, lists);
    for (size_t kind = 0; kind < KINDS; kind++) {
      n[kind] += lists[kind].n;
      fray_text_free(&lists[kind].text);
    }
  }
}

/* In short: where nothing can be resolved, why, in a sentence; else a line for each damage. answer
 * is NULL of another metric than the main one. */
static void put_rest(const struct screen *w, const struct fray_rep_answer *answer) {
  size_t n[KINDS] = {0};
  count(w->s, n);
  if (n[OPEN] + n[UNKNOWN] == 0)
    return;
  if (n[RESOLVED] == 0 && w->s->r->seeds.n == 1) {
    say(w, 0,
        "Nothing is resolved: a single seed does not tell a method or a damage from the luck "
        "of one training. What was measured: --all.");
    return;
  }
  if (n[RESOLVED] == 0 && answer && answer->n_at_chance && answer->n_learnt == 0) {
    say(w, 0,
        "Nothing is resolved: no model learnt anything that could be lost. What was measured: "
        "--all.");
    return;
  }
  say(w, 0, "Not resolved by these data (numbers with --all):");
  for (size_t c = 0; c < w->s->n_conditions; c++)
    if (w->s->condition[c].is_end)
      put_unresolved(w, &w->s->condition[c]);
}

/* One paragraph for each condition, under what is known of it. */
static void put_kind(const struct screen *w, size_t kind) {
  static const char *const head[] = {[RESOLVED] = "Resolved",
                                     [OPEN] = "Measured, but not resolved by these data",
                                     [UNKNOWN] = "Measured, without a verdict"};
  const struct fray_rep_shown *s = w->s;
  bool any = false;
  for (size_t c = 0; c < s->n_conditions; c++) {
    const struct fray_rep_shown_condition *at = &s->condition[c];
    struct list lists[KINDS] = {0};
    if (!at->is_end)
      continue;
    add_losses(s, at->axis, lists);
    add_pairs(s, at->axis, lists);
    struct list *l = &lists[kind];
    if (l->n > MOST_LISTED)
      fray_text_printf(&l->text, "; and %zu more", l->n - MOST_LISTED);
    if (l->n && !any)
      say(w, 0, "%s%s:", head[kind], s->percent ? ", in points" : "");
    any = any || l->n;
    if (l->n)
      say(w, 2, "- %s: %s", at->label, l->text.data ? l->text.data : "");
    for (size_t i = 0; i < KINDS; i++) {
      w->out->failed |= lists[i].text.failed;
      fray_text_free(&lists[i].text);
    }
  }
}

/* ---- all of it ---- */

/* A sentence above that speaks of the mean of all models of an axis has numbers that are not those
 * of the table, which has the models without damage in training. It speaks of the first axis, or of
 * all of them. */
static void put_damaged(const struct screen *w, const struct fray_rep_answer *a) {
  const struct fray_rep_shown *s = w->s;
  bool differs = false;
  for (size_t i = 0; a && i < a->n_axes; i++)
    differs = differs || ((i == a->first || a->first == a->n_axes) &&
                          a->cost[i].axis->n_series > s->n_models + s->n_left_out);
  if (s->n_damaged == 0) /* all there are stand in the table, or are counted below it */
    return;
  say(w, 0, "Models trained with the least damage; %s trained with more, with --all.%s",
      FRAY_N(s->n_damaged, "model"), differs ? " The means above are of all of them." : "");
}

/* The sentence that the page begins with. It speaks of the main metric and the selected models. */
static enum fray_status put_answer(const struct screen *w, const struct fray_rep_answer *a,
                                   struct fray_err *err) {
  struct fray_rep_sentence sentence = {0};
  const char *text;
  FRAY_TRY(fray_rep_headline(a, &sentence, err));
  FRAY_TRY(fray_rep_sentence_text(w->s->r, &sentence, false, &text, err));
  say(w, 0, "%s", text);
  fray_text_puts(w->out, "\n");
  return FRAY_OK;
}

/* Only where it is told apart from all others: of a group that is worst by chance nothing is said.
 */
static void put_group(const struct screen *w, const struct fray_rep_answer *a) {
  if (a->worst_group == a->n_groups)
    return;
  const struct fray_rep_group_loss *g = &a->group[a->worst_group];
  const char *group = fray_rep_group_text(a, g), *more = fray_rep_points(a, g->excess.mean);
  if (group && more)
    say(w, 2, "Group that loses most, resolved: %s, %s more (%s) than all under %s.", group, more,
        fray_rep_interval_text(a, &g->excess, false), g->cost->axis->title);
}

/* For whom one is better than another: what is resolved, and of how many. In the words of the page,
 * which are made of the same rows. */
static enum fray_status put_contrasts(const struct screen *w, struct fray_err *err) {
  struct fray_rep_contrasts contrasts;
  FRAY_TRY(fray_rep_contrasts_of(w->s->r, &contrasts, err));
  const char *words = fray_rep_contrasts_words(&contrasts);
  FRAY_CHECK(words, err, MEMORY, "out of memory");
  if (*words)
    say(w, 2, "%s", words);
  return FRAY_OK;
}

/* The gravest first, as they come. Said in any case: also of a study in which all is resolved. */
static enum fray_status put_limits(const struct screen *w, const struct fray_rep_answer *a,
                                   struct fray_err *err) {
  const char **limit;
  size_t n;
  struct list list = {0};
  FRAY_TRY(fray_rep_limits(a, &limit, &n, err));
  for (size_t i = 0; i < n; i++)
    add(&list, "%s", limit[i]);
  if (n)
    say(w, 2, "What this cannot say: %s.", list.text.data ? list.text.data : "");
  w->out->failed |= list.text.failed;
  fray_text_free(&list.text);
  return FRAY_OK;
}

/* Counted, so without intervals; of `brief` it would be one line too many. */
static void put_costs(const struct screen *w) {
  struct fray_text line = {0};
  fray_rep_put_costs(w->s, &line);
  if (line.size)
    say(w, 2, "%s", line.data);
  w->out->failed |= line.failed;
  fray_text_free(&line);
}

/* What may be said is decided over all pairs, shown here or not. */
static enum fray_status put_volumes(const struct screen *w, struct fray_err *err) {
  const char **line;
  size_t n;
  FRAY_TRY(fray_rep_volume_lines(w->s, &line, &n, err));
  if (n)
    say(w, 0,
        "Beside the same volume of data without the method%s:", w->s->percent ? ", in points" : "");
  for (size_t i = 0; i < n; i++)
    say(w, 2, "- %s", line[i]);
  return FRAY_OK;
}

/* What became of updates is of no metric and no round, so it stands whichever is shown. */
static enum fray_status put_updates(const struct screen *w, struct fray_err *err) {
  const char **line, *words;
  size_t n;
  FRAY_TRY(fray_rep_update_lines(w->s, &line, &n, &words, err));
  if (n)
    say(w, 0, "Updates that the rules turned down, or the mean part that they took of each:");
  for (size_t i = 0; i < n; i++)
    say(w, 2, "- %s", line[i]);
  if (*words)
    say(w, 2, "%s", words);
  return FRAY_OK;
}

/* Of no metric and no damage, so it stands whichever is shown. */
static enum fray_status put_leaks(const struct screen *w, struct fray_err *err) {
  const char **line, *words;
  size_t n;
  FRAY_TRY(fray_rep_leak_lines(w->s, &line, &n, &words, err));
  if (n)
    say(w, 0, "Who was in the training: area under ROC of each attack, .5 is chance:");
  for (size_t i = 0; i < n; i++)
    say(w, 2, "- %s", line[i]);
  if (*words)
    say(w, 2, "%s", words);
  return FRAY_OK;
}

/* Of the mechanism and not of a score, so it stands whichever is shown too. */
static enum fray_status put_budgets(const struct screen *w, struct fray_err *err) {
  const char **line;
  size_t n;
  FRAY_TRY(fray_rep_budget_lines(w->s, &line, &n, err));
  if (n)
    say(w, 0, "Privacy of clients, simulated: epsilon by privacy loss distribution:");
  for (size_t i = 0; i < n; i++)
    say(w, 2, "- %s", line[i]);
  return FRAY_OK;
}

/* The answer is computed anew for each call, as a folder is shown once; it is that of the main
 * metric and the selected models, and of others there is none. brief leaves out what `fray show`
 * adds. */
enum fray_status fray_rep_show_text(const struct fray_rep_shown *s, size_t columns, bool brief,
                                    struct fray_text *out, struct fray_err *err) {
  const struct screen w = {s, columns, out};
  struct fray_rep_answer answer;
  const bool main = s->metric == s->r->main_metric && !s->last;
  if (main) {
    FRAY_TRY(fray_rep_answer_of(s->r, &answer, err));
    FRAY_TRY(put_answer(&w, &answer, err));
  }
  put_head(&w);
  FRAY_TRY(put_table(&w, err));
  if (s->n_left_out)
    say(&w, 0, "and %s more, with --all", FRAY_N(s->n_left_out, "model"));
  put_damaged(&w, main ? &answer : NULL);
  if (!brief) {
    fray_text_puts(out, "\n");
    put_kind(&w, RESOLVED);
    for (size_t kind = OPEN; s->all && kind < KINDS; kind++)
      put_kind(&w, kind);
    if (!s->all)
      put_rest(&w, main ? &answer : NULL);
  }
  if (main && !brief)
    FRAY_TRY(put_volumes(&w, err));
  if (!brief)
    FRAY_TRY(put_updates(&w, err));
  if (!brief)
    FRAY_TRY(put_leaks(&w, err));
  if (!brief)
    FRAY_TRY(put_budgets(&w, err));
  if (!brief)
    put_costs(&w);
  if (main && !brief) {
    put_group(&w, &answer);
    FRAY_TRY(put_contrasts(&w, err));
    FRAY_TRY(put_limits(&w, &answer, err));
  }
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}
