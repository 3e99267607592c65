/* What a reader must know before believing a number: in a few words, and in full. */
#include "page.h"

#include "report/words/markup.h"
#include "report/words/names.h"

#include "fray/base/log.h"
#include "fray/base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 20 }; /* things that a remark lists one by one */

/* A remark that an id from data begins, in both lists. */
void fray_rep_warn_begin(struct fray_rep_warnings *w, const char *id) {
  struct fray_text *const lists[] = {&w->brief, &w->full};
  for (int i = 0; i < 2; i++) {
    fray_text_puts(lists[i], "<li>");
    if (id) {
      fray_text_puts(lists[i], "<b>");
      fray_rep_html(lists[i], id);
      fray_text_puts(lists[i], "</b>: ");
    }
  }
  w->n++;
}

/* Between begin and end the caller writes both lists, the brief one in a few words. A remark is
 * counted where it begins, so whoever begins one must have something to say. */
void fray_rep_warn_end(struct fray_rep_warnings *w) {
  fray_text_puts(&w->brief, "</li>\n");
  fray_text_puts(&w->full, "</li>\n");
}

/* A remark of fixed words. */
static void say(struct fray_rep_warnings *w, const char *brief, const char *full) {
  fray_rep_warn_begin(w, NULL);
  fray_text_puts(&w->brief, brief);
  fray_text_puts(&w->full, full);
  fray_rep_warn_end(w);
}

static const char *plural(size_t n) {
  return n == 1 ? "" : "s";
}

/* Far from what was asked for: more than 20 % of it and more than .02. */
static bool is_far(double realised, double nominal) {
  /* Both: a fifth of a tiny rate is nothing, and 0.02 of a large one is drawing luck. */
  double gap = fabs(realised - nominal);
  return gap > 0.02 && gap > 0.2 * fabs(nominal);
}

/* The places where a rate came out far from what it was to be, and the worst of them. */
struct far {
  size_t count, of;
  double nominal, realised;
};

static void look(struct far *far, double nominal, double realised) {
  /* Only where a rate is known is it counted as looked at. */
  far->of += isnan(realised) ? 0 : 1;
  if (!is_far(realised, nominal)) /* also when one is not known */
    return;
  if (far->count++ == 0 || fabs(realised - nominal) > fabs(far->realised - far->nominal)) {
    far->nominal = nominal;
    far->realised = realised;
  }
}

/* The worst case is named so that a reader can tell a slip of drawing from a setting that cannot be
 * reached. */
static void say_far(struct fray_rep_warnings *w, const char *id, const char *where,
                    const char *places, const struct far *far) {
  if (far->count == 0)
    return;
  fray_rep_warn_begin(w, id);
  fray_text_printf(&w->brief, "%s: realised rates far from the nominal ones", where);
  fray_text_printf(&w->full,
                   "%s: the realised rate is far from the nominal one in %zu of %zu %s (worst: ",
                   where, far->count, far->of, places);
  fray_rep_put_number(&w->full, far->realised);
  fray_text_puts(&w->full, " instead of ");
  fray_rep_put_number(&w->full, far->nominal);
  fray_text_puts(&w->full, "). Far: by more than 0.02 and by more than a fifth. Curves stand over "
                           "the nominal rates; triangles under the axis show the realised ones.");
  fray_rep_warn_end(w);
}

/* Over trainings and not over scores: the rate of an entry is a property of the trial, whatever it
 * was tested on. */
static void warn_damage(const struct fray_rep_results *r, size_t d, struct fray_rep_warnings *w) {
  struct far far = {0};
  if (!fray_strength_is_share(r->damage[d].strength))
    return; /* what was hit is a share, and says nothing of a ratio in dB */
  /* At test the people of all folds together are asked. */
  const struct fray_rep_results *by = r->damage[d].at_test ? r : fray_rep_by_training(r);
  for (size_t i = 0; i < by->n_trials; i++)
    look(&far, by->trial[i].nominal[d], by->trial[i].realised[d]);
  say_far(w, r->damage[d].id, r->damage[d].at_test ? "at test" : "at training", "trainings", &far);
}

/* What conditions ask for; of folders that do not say it (there is false) their severities are it.
 */
struct asking {
  struct fray_asked *v;
  size_t n;
  bool there;
};

/* NaN where nothing is known, so that nothing is far from it: conditions that only later cells
 * have, or of several entries, whose shares do not add up. Until this was noted, a rate by group or
 * k of m modalities looked like a fault of the draw, since the severity of a curve is the key
 * `rate` and not what the law makes of it. Severities are compared as they are: both files have
 * them from one number, and print all of its digits. */
static double asked_at(const struct asking *asking, const char *condition, double severity) {
  for (size_t i = 0; i < asking->n && asking->there; i++)
    if (asking->v[i].severity == severity && strcmp(asking->v[i].condition, condition) == 0)
      return asking->v[i].share;
  return asking->there ? NAN : severity;
}

/* Only shares can be held against what was hit; 30 dB of noise on every sample is realised as 1. */
static void warn_condition(const struct fray_rep_results *r, size_t c, const struct asking *asking,
                           struct fray_rep_warnings *w) {
  struct far far = {0};
  size_t n;
  const struct fray_rep_score *s = fray_rep_scores(r, false, c, FRAY_REP_ALL, r->main_metric, &n);
  /* Folders that do not say what a strength is call the shares among them rates. */
  if (r->knows_strengths ? !fray_strength_is_share(r->of_condition[c])
                         : !r->parameter[c] || strcmp(r->parameter[c], "rate") != 0)
    return;
  for (size_t i = 0; i < n; i++)
    look(&far, asked_at(asking, r->conditions.v[c], s[i].severity), s[i].realised);
  say_far(w, fray_rep_condition_title(r, c), "at test", "scores", &far);
}

/* "3 scores undefined and left out (class absent)", or the same with a remark. Such scores are in
 * no mean, or are doubtful; either way the table in scores.csv says which. */
static void warn_scores(struct fray_rep_warnings *w, size_t count, bool empty, const char *status,
                        const char *metrics) {
  if (count == 0)
    return;
  fray_rep_warn_begin(w, NULL);
  struct fray_text *const lists[] = {&w->brief, &w->full};
  for (int i = 0; i < 2; i++) {
    fray_text_printf(lists[i], "%zu score%s %s (", count, plural(count),
                     empty ? "undefined and left out" : "with a remark");
    fray_rep_html(lists[i], strcmp(status, "ok") ? status : "empty value");
    fray_text_puts(lists[i], ")");
  }
  fray_text_puts(&w->full, ", of ");
  fray_rep_html(&w->full, metrics);
  fray_text_puts(&w->full, ". They stand in scores.csv with this status.");
  fray_rep_warn_end(w);
}

/* The metrics that have scores with a status, empty or not, as words. A NaN with status "ok" is
 * counted as empty: the status is what the writer believed. */
static enum fray_status metrics_of(struct fray_rep_results *r, size_t status, bool empty,
                                   const char **out, size_t *count, struct fray_err *err) {
  bool *seen;
  FRAY_ALLOC_ZERO(seen, r->arena, r->metrics.n, err);
  *out = "";
  *count = 0;
  for (size_t i = 0; i < r->n_scores; i++)
    if (r->score[i].status == status && isnan(r->score[i].value) == empty) {
      seen[r->score[i].metric] = true;
      ++*count;
    }
  for (size_t m = 0; m < r->metrics.n; m++) {
    if (!seen[m])
      continue;
    /* Asked in each step, since the next one reads the text. */
    *out = fray_arena_printf(r->arena, "%s%s%s", *out, **out ? ", " : "",
                             fray_rep_metric_title(r, r->metrics.v[m]));
    FRAY_CHECK(*out, err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* Scores without a value, and those with a remark ("class absent"); diverged ones are told apart.
 */
static enum fray_status warn_undefined(struct fray_rep_results *r, struct fray_rep_warnings *w,
                                       struct fray_err *err) {
  for (size_t i = 0; i < r->statuses.n; i++) {
    const char *status = r->statuses.v[i], *metrics;
    size_t count;
    /* Said of trainings, with their names. */
    if (strcmp(status, "diverged") == 0)
      continue;
    FRAY_TRY(metrics_of(r, i, true, &metrics, &count, err));
    warn_scores(w, count, true, status, metrics);
    if (strcmp(status, "ok") == 0)
      continue;
    FRAY_TRY(metrics_of(r, i, false, &metrics, &count, err));
    warn_scores(w, count, false, status, metrics);
  }
  return FRAY_OK;
}

/* Two remarks: too few seeds in the study, and cells that lack some of them. Two are a spread with
 * one degree of freedom, of which t is 12.7: an interval over them would say nothing. */
static void warn_seeds(const struct fray_rep_results *r, struct fray_rep_warnings *w) {
  size_t n = r->seeds.n, few = 0;
  if (n < 3) {
    fray_rep_warn_begin(w, NULL);
    fray_text_printf(&w->brief, "Only %zu seed%s", n, plural(n));
    fray_text_printf(&w->full,
                     "Only %zu seed%s: intervals, where there are any, say little or nothing about "
                     "other seeds. Three are the least, five or more are better.",
                     n, plural(n));
    fray_rep_warn_end(w);
  }
  for (size_t c = 0; c < r->n_cells; c++) {
    size_t trials = 0;
    for (size_t i = 0; i < r->n_trials; i++)
      trials += r->trial[i].cell == c;
    few += trials < n;
  }
  /* A seed that failed to run, or a share of a study that is still missing: means are of fewer
   * seeds there. */
  if (few) {
    fray_rep_warn_begin(w, NULL);
    fray_text_printf(&w->brief, "%zu of %s lack a trial", few, FRAY_N(r->n_cells, "cell"));
    fray_text_printf(&w->full, "%zu of %s lack a trial for some seed.", few,
                     FRAY_N(r->n_cells, "cell"));
    fray_rep_warn_end(w);
  }
}

/* The values are those that were swept. A study without a sweep has one model, which needs no name.
 */
void fray_rep_put_values(const struct fray_rep_results *r, const struct fray_rep_trial *t,
                         struct fray_text *out) {
  for (size_t k = 0; k < r->n_keys; k++) {
    fray_text_puts(out, k ? ", " : "");
    fray_rep_put_name(out, fray_rep_value_label(r, r->key[k], t->value[k]));
  }
  fray_text_puts(out, r->n_keys ? "" : "the model");
}

/* "method=avg, lost.rate=0.5, seed 3" Unlike a cell, a trial of a study without a sweep is told by
 * its seed alone. */
static void put_trial(const struct fray_rep_results *r, const struct fray_rep_trial *t,
                      struct fray_text *out) {
  if (r->n_keys)
    fray_rep_put_values(r, t, out);
  fray_text_puts(out, r->n_keys ? ", seed " : "seed ");
  fray_rep_html(out, t->seed_text);
}

/* What diverged trainings count as depends on the metric: some have no chance value. */
static void warn_diverged(const struct fray_rep_results *study, struct fray_rep_warnings *w) {
  const struct fray_rep_results *r = fray_rep_by_training(study);
  if (r->n_diverged == 0)
    return;
  fray_rep_warn_begin(w, NULL);
  fray_text_printf(&w->brief, "%zu of %s diverged", r->n_diverged, FRAY_N(r->n_trials, "training"));
  fray_text_printf(&w->full, "%zu of %s diverged; they %s: ", r->n_diverged,
                   FRAY_N(r->n_trials, "training"),
                   fray_rep_has_chance(r, r->main_metric)
                       ? "count as the constant predictor (the chance value) in every mean"
                       : "are in no mean, since the constant predictor has no such score");
  size_t listed = 0;
  for (size_t i = 0; i < r->n_trials && listed < MOST; i++)
    if (r->trial[i].diverged) {
      fray_text_puts(&w->full, listed++ ? "; " : "");
      put_trial(r, &r->trial[i], &w->full);
    }
  if (listed < r->n_diverged)
    fray_text_printf(&w->full, "; and %zu more in trials.csv", r->n_diverged - listed);
  fray_text_puts(&w->full, ".");
  fray_rep_warn_end(w);
}

/* Counts are kept as reals, since results of an older program do not know the clients. */
static void put_size(const struct fray_rep_grid *grid, struct fray_text *out) {
  fray_text_puts(out, " (");
  if (grid->samples >= 0)
    fray_text_puts(out, FRAY_N((size_t)grid->samples, "sample"));
  if (grid->clusters >= 0)
    fray_text_printf(out, "%s%s", grid->samples >= 0 ? ", " : "",
                     FRAY_N((size_t)grid->clusters, "client"));
  fray_text_puts(out, ")");
}

/* The values of a column that are too small to speak of. No TRY while the list is held, as it lies
 * on the heap and not in the arena. */
static enum fray_status warn_column(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                    const struct fray_rep_groups *column,
                                    struct fray_rep_warnings *w, struct fray_err *err) {
  struct fray_rep_groups groups;
  struct fray_rep_grid grid;
  struct fray_text list = {0};
  size_t few = 0;
  FRAY_TRY(fray_rep_scored_groups(r, axis, column, &groups, err));
  for (size_t i = 0; i < groups.n; i++) {
    enum fray_status status =
        fray_rep_make_grid(r, axis, false, groups.group[i], r->main_metric, &grid, err);
    if (status != FRAY_OK) {
      fray_text_free(&list);
      return status;
    }
    if (!fray_rep_unresolved(&grid) || few++ >= MOST)
      continue;
    fray_text_puts(&list, list.size ? ", " : "");
    fray_rep_put_name(&list, fray_rep_group_title(r, column->column, groups.value[i]));
    put_size(&grid, &list);
  }
  if (few) {
    fray_rep_warn_begin(w, fray_rep_column_title(r, column->column));
    fray_text_printf(&w->brief, "%zu of %zu groups too small to speak of", few, groups.n);
    fray_text_printf(&w->full,
                     "%zu of %zu groups %s under 30 samples or 5 clients at test, too few to "
                     "speak of the group. %s drawn and marked, and no finding rests on %s: ",
                     few, groups.n, few == 1 ? "has" : "have", few == 1 ? "It is" : "They are",
                     few == 1 ? "it" : "them");
    fray_text_add(&w->full, list.data, list.size);
    fray_text_puts(&w->full, few > MOST ? " and more." : ".");
    fray_rep_warn_end(w);
  }
  w->full.failed |= list.failed;
  fray_text_free(&list);
  return FRAY_OK;
}

/* Without an axis no group is drawn, so none needs a remark. One remark a column and not one a
 * group, of which there may be hundreds. */
static enum fray_status warn_groups(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                    size_t n_axes, struct fray_rep_warnings *w,
                                    struct fray_err *err) {
  struct fray_rep_groups *columns;
  size_t n;
  if (n_axes == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_group_columns(r, &columns, &n, err));
  for (size_t k = 0; k < n; k++)
    /* Groups have the same samples along every axis. */
    FRAY_TRY(warn_column(r, &axes[0], &columns[k], w, err));
  return FRAY_OK;
}

/* Comparisons of series that these data do not decide. Of those alone that were asked of the data:
 * a pair with a model at chance is silent whatever the seeds, and has a remark of its own. */
static enum fray_status warn_unresolved(struct fray_rep_results *r,
                                        const struct fray_rep_axis *axis,
                                        struct fray_rep_warnings *w, struct fray_err *err) {
  struct fray_rep_grid g;
  struct fray_rep_pair *pairs;
  size_t n, open = 0, spoken = 0;
  bool higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric]);
  FRAY_TRY(fray_rep_make_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &g, err));
  FRAY_TRY(fray_rep_pairs(r, &g, higher, &pairs, &n, err));
  for (size_t i = 0; i < n; i++) {
    bool is_spoken = pairs[i].silence == FRAY_REP_SPOKEN;
    spoken += is_spoken;
    open += is_spoken && !fray_rep_resolved(&pairs[i].level) && !fray_rep_resolved(&pairs[i].drop);
  }
  /* With fewer seeds nothing is resolved anyway, and that remark stands above. */
  if (open == 0 || r->seeds.n < 3)
    return FRAY_OK;
  fray_rep_warn_begin(w, axis->title);
  fray_text_printf(&w->brief, "%zu of %s not resolved", open, FRAY_N(spoken, "comparison"));
  fray_text_printf(&w->full,
                   "%zu of %zu comparisons of series %s resolved neither in score nor in loss: "
                   "these data do not say who copes better. More seeds, or more test clients, may. "
                   "That is not evidence of equality.",
                   open, spoken, open == 1 ? "is" : "are");
  fray_rep_warn_end(w);
  return FRAY_OK;
}

/* One figure rests on that file, so damage to it does not end the report. The complaint holds words
 * of the file, which are escaped like all text from data. */
static void warn_rounds(const struct fray_rep_results *r, struct fray_rep_warnings *w) {
  if (!r->rounds_complaint)
    return;
  fray_rep_warn_begin(w, NULL);
  fray_text_puts(&w->brief, "rounds.csv is damaged");
  fray_text_puts(&w->full, "rounds.csv is damaged (");
  fray_rep_html(&w->full, r->rounds_complaint);
  fray_text_puts(&w->full, "); the figure of the rounds is left out. Nothing else rests on it.");
  fray_rep_warn_end(w);
}

/* Every trial's predictions are looked at, so that no damage goes unsaid. */
static enum fray_status warn_predictions(const struct fray_rep_results *r,
                                         struct fray_rep_warnings *w, struct fray_err *err) {
  const char *complaint;
  const struct fray_rep_answers *answers;
  for (enum fray_rep_samples k = 0; k < FRAY_REP_N_SAMPLES; k++)
    for (size_t t = 0; t < r->n_trials; t++)
      FRAY_TRY(fray_rep_file_answers(fray_rep_store_file(r), k, t, &answers, err));
  /* Asked after the loop, since damage is found only by reading. */
  size_t n = fray_rep_file_damage(fray_rep_store_file(r), &complaint);
  size_t differ = fray_rep_store_disagreements(r);
  if (n) {
    fray_rep_warn_begin(w, NULL);
    const size_t all = fray_rep_by_training(r)->n_trials;
    fray_text_printf(&w->brief, "results.h5 is damaged for %zu of %s", n, FRAY_N(all, "training"));
    fray_text_printf(&w->full, "results.h5 is damaged for %zu of %s (", n, FRAY_N(all, "training"));
    fray_rep_html(&w->full, complaint);
    fray_text_puts(&w->full, "); intervals that need their predictions are of seeds alone.");
    fray_rep_warn_end(w);
  }
  if (differ) {
    fray_rep_warn_begin(w, NULL);
    fray_text_printf(&w->brief, "results.h5 and scores.csv disagree about %s",
                     FRAY_N(differ, "training"));
    fray_text_printf(&w->full,
                     "results.h5 and scores.csv disagree about %zu of %zu trainings; intervals "
                     "that need their predictions are of seeds alone.",
                     differ, r->n_trials);
    fray_rep_warn_end(w);
  }
  return FRAY_OK;
}

/* The state is a word and perhaps details behind it. No state at all is an old folder and no
 * remark. */
static void warn_folder(const struct fray_rep_results *r, struct fray_rep_warnings *w) {
  size_t n = r->state.size ? strcspn(r->state.data, " \t\r\n:") : 0;
  if (n && (n != 4 || memcmp(r->state.data, "done", 4) != 0)) {
    char word[24];
    snprintf(word, sizeof word, "%.*s", (int)(n < 23 ? n : 23), r->state.data);
    fray_rep_warn_begin(w, NULL);
    fray_text_puts(&w->brief, "The run is not finished");
    fray_text_puts(&w->full, "The run is not finished (state: ");
    fray_rep_html(&w->full, word);
    fray_text_puts(&w->full, "); these are partial results.");
    fray_rep_warn_end(w);
  }
  if (!r->scenario)
    say(w, "No scenario", "scenario.yaml is missing or cannot be read.");
  if (!r->provenance)
    say(w, "No provenance", "provenance.json is missing or cannot be read.");
}

/* The round is selected on windows that training half knows. Counted by whoever wrote the shards
 * and kept as text; folders that lack it get no remark. */
static void warn_overlap(const struct fray_rep_results *r, struct fray_rep_warnings *w) {
  const char *count = fray_json_text(fray_json_get(r->provenance, "dev_windows_beside_training"));
  double n;
  if (!count || !fray_rep_parse_real(count, &n) || !(n > 0))
    return;
  fray_rep_warn_begin(w, NULL);
  fray_text_puts(&w->brief, "Dev windows overlap training windows");
  fray_rep_put_number(&w->full, n);
  fray_text_puts(&w->full, " dev windows lie beside a training window of the same client and share "
                           "a part of it: the dev score is optimistic. It only selects the round.");
  fray_rep_warn_end(w);
}

/* Merged from several numeric environments, or gone on with in another, because somebody insisted.
 */
static void warn_mixed(const struct fray_rep_results *r, struct fray_rep_warnings *w) {
  size_t n = fray_rep_n_mixed(r);
  if (n == 0)
    return;
  /* On the terminal too: whoever insisted once may have forgotten, and not all read the page. */
  fray_warn("%s: its numbers were made in %zu numeric environments (--environment mixed)",
            r->folder, n);
  fray_rep_warn_begin(w, NULL);
  fray_text_printf(&w->brief, "Made by %zu programs or machines, whose numbers do not quite agree",
                   n);
  fray_text_printf(
      &w->full,
      "The numbers were made in %zu numeric environments (programs or machines) and put "
      "together all the same; provenance.json names them. Equal trainings give other "
      "last digits there, so a difference between trainings may be one between "
      "environments, and nobody can make these numbers again in one place.",
      n);
  fray_rep_warn_end(w);
}

/* In the order in which a reader needs them: what the results are, then trainings, data, damage,
 * comparisons, files. */
enum fray_status fray_rep_list_warnings(struct fray_rep_results *r,
                                        const struct fray_rep_axis *axes, size_t n_axes,
                                        struct fray_rep_warnings *out, struct fray_err *err) {
  struct asking asking = {0};
  FRAY_TRY(fray_asked_read(r->folder, r->arena, &asking.v, &asking.n, &asking.there, err));
  warn_folder(r, out);
  warn_mixed(r, out);
  warn_overlap(r, out);
  warn_seeds(r, out);
  warn_diverged(r, out);
  FRAY_TRY(fray_rep_warn_training(r, out, err));
  FRAY_TRY(fray_rep_warn_data(r, out, err));
  for (size_t d = 0; d < r->n_damages; d++)
    warn_damage(r, d, out);
  for (size_t c = 0; c < r->conditions.n; c++)
    warn_condition(r, c, &asking, out);
  FRAY_TRY(warn_groups(r, axes, n_axes, out, err));
  for (size_t i = 0; i < n_axes; i++)
    FRAY_TRY(warn_unresolved(r, &axes[i], out, err));
  FRAY_TRY(warn_undefined(r, out, err));
  warn_rounds(r, out);
  return warn_predictions(r, out, err);
}
