/* A study as JSON: what the terminal shows, in full precision and in the unit of the metric. The
 * keys are described in docs/results-format.md, and stay. */
#include "shown.h"

#include "report/answer/answer.h"
#include "report/answer/volumes.h"
#include "report/contrast/contrasts.h"
#include "report/measure/catalogue.h"
#include "report/words/names.h"

#include "fray/base/version.h"

#include <math.h>
#include <string.h>

enum { OBJECT = false, ARRAY = true };

/* Words of the file, not of the screen: they may be compared with, and do not change. */
static const char *verdict_key(const struct fray_rep_stat *s) {
  static const char *const key[] = {[FRAY_REP_UNKNOWN] = "unknown",
                                    [FRAY_REP_OPEN] = "open",
                                    [FRAY_REP_MORE] = "more",
                                    [FRAY_REP_LESS] = "less"};
  return key[fray_rep_verdict_of(s)];
}

/* Of what was not measured there is no value, and so no interval of it. Three keys that many rows
 * share, always in this order. The unit is that of the metric: a share is no percentage here. */
static void put_stat(struct fray_json_writer *w, const struct fray_rep_stat *s) {
  const bool any = s->n > 0;
  fray_json_member_real(w, "value", any ? s->mean : NAN);
  fray_json_member_real(w, "low", any ? s->low : NAN);
  fray_json_member_real(w, "high", any ? s->high : NAN);
}

/* The swept values of one training, as trials.csv has them. */
static void put_keys(struct fray_json_writer *w, const struct fray_rep_results *r, size_t cell) {
  fray_json_open(w, "keys", OBJECT);
  for (size_t k = 0; k < r->n_keys; k++)
    fray_json_member_text(w, r->key[k], r->cell[cell]->value[k]);
  fray_json_close(w, OBJECT);
}

/* Both the words for people and the swept values as trials.csv has them: the one may change with a
 * title, by the other a program finds the rows. */
static void put_models(struct fray_json_writer *w, const struct fray_rep_shown *s) {
  fray_json_open(w, "models", ARRAY);
  for (size_t m = 0; m < s->n_models; m++) {
    const struct fray_rep_shown_model *model = &s->model[m];
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "label", model->label);
    fray_json_member_bool(w, "reference", model->is_reference);
    put_keys(w, s->r, model->cell);
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
}

/* name: as in tables/methods.csv and measures.csv. A swept key damages training as well. */
static void put_conditions(struct fray_json_writer *w, const struct fray_rep_shown *s) {
  fray_json_open(w, "conditions", ARRAY);
  for (size_t c = 0; c < s->n_conditions; c++) {
    const struct fray_rep_shown_condition *at = &s->condition[c];
    const struct fray_rep_axis *a = at->axis < s->n_axes ? &s->axes[at->axis] : NULL;
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "name", a ? a->name : "clean");
    fray_json_member_text(w, "title", at->title);
    fray_json_member_bool(w, "is_swept", a && a->is_key);
    fray_json_member_real(w, "strength", a ? a->x[at->x] : NAN);
    fray_json_member_text(w, "shown_strength", a && *at->strength ? at->strength : NULL);
    fray_json_member_bool(w, "is_strongest", at->is_end);
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
}

/* By index of model and condition rather than nested: rows of a table as programs load them. A
 * combination that was not trained has no row; one without a value has null. */
static void put_scores(struct fray_json_writer *w, const struct fray_rep_shown *s) {
  fray_json_open(w, "scores", ARRAY);
  for (size_t m = 0; m < s->n_models; m++)
    for (size_t c = 0; c < s->n_conditions; c++) {
      const struct fray_rep_shown_score *v = &s->score[m * s->n_conditions + c];
      const bool any = v->stat.n > 0;
      if (v->at.cell >= s->r->n_cells)
        continue;
      fray_json_open(w, NULL, OBJECT);
      fray_json_member_count(w, "model", m);
      fray_json_member_count(w, "condition", c);
      put_stat(w, &v->stat);
      fray_json_member_text(
          w, "interval", fray_rep_interval_key(any ? v->stat.interval.kind : FRAY_INTERVAL_NONE));
      fray_json_member_count(w, "seeds", v->stat.n);
      fray_json_close(w, OBJECT);
    }
  fray_json_close(w, ARRAY);
}

/* Losses are positive where it gets worse, whatever the metric. */
static void put_losses(struct fray_json_writer *w, const struct fray_rep_shown *s) {
  fray_json_open(w, "losses", ARRAY);
  for (size_t c = 0; c < s->n_conditions; c++)
    for (size_t m = 0; s->condition[c].is_end && m < s->n_models; m++) {
      const struct fray_rep_axis *a = &s->axes[s->condition[c].axis];
      const size_t series = a->series_of_cell[s->model[m].cell];
      const struct fray_rep_loss *loss = &s->verdicts[s->condition[c].axis].loss[series];
      if (fray_rep_shown_model_of(s, a, series) != m)
        continue;
      fray_json_open(w, NULL, OBJECT);
      fray_json_member_count(w, "model", m);
      fray_json_member_count(w, "condition", c);
      put_stat(w, &loss->stat);
      fray_json_member_real(w, "p_holm", loss->stat.p);
      fray_json_member_text(w, "verdict", verdict_key(&loss->stat));
      fray_json_close(w, OBJECT);
    }
  fray_json_close(w, ARRAY);
}

/* Score of one model less that of another, under the strongest damage. */
static void put_differences(struct fray_json_writer *w, const struct fray_rep_shown *s) {
  fray_json_open(w, "differences", ARRAY);
  for (size_t c = 0; c < s->n_conditions; c++) {
    const size_t axis = s->condition[c].axis;
    for (size_t i = 0; s->condition[c].is_end && i < s->verdicts[axis].n_pairs; i++) {
      const struct fray_rep_pair *p = &s->verdicts[axis].pair[i];
      const size_t a = fray_rep_shown_model_of(s, &s->axes[axis], p->a),
                   b = fray_rep_shown_model_of(s, &s->axes[axis], p->b);
      if (a == s->n_models || b == s->n_models)
        continue;
      fray_json_open(w, NULL, OBJECT);
      fray_json_member_count(w, "condition", c);
      fray_json_member_count(w, "model", a);
      fray_json_member_count(w, "minus", b);
      put_stat(w, &p->level);
      fray_json_member_real(w, "p_holm", p->level.p);
      fray_json_member_text(w, "verdict", verdict_key(&p->level));
      fray_json_close(w, OBJECT);
    }
  }
  fray_json_close(w, ARRAY);
}

/* As the table of the page has them; models by the names of the scenario, since against clients
 * alone there is no second model. */
static enum fray_status put_contrasts(struct fray_json_writer *w, const struct fray_rep_shown *s,
                                      struct fray_err *err) {
  struct fray_rep_contrasts c = {0};
  if (s->metric == s->r->main_metric && !s->last)
    FRAY_TRY(fray_rep_contrasts_of(s->r, &c, err));
  fray_json_open(w, "group_differences", ARRAY);
  for (size_t i = 0; i < c.n; i++) {
    const struct fray_rep_contrast *v = &c.v[i];
    const bool alone = v->second == v->axis->n_series;
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "axis", v->axis->name);
    fray_json_member_text(w, "first", v->axis->csv[v->first]);
    fray_json_member_text(w, "second", alone ? NULL : v->axis->csv[v->second]);
    fray_json_member_text(w, "column", v->column);
    fray_json_member_text(w, "group", v->value);
    fray_json_member_bool(w, "is_worst_group", v->of == FRAY_REP_OF_WORST);
    fray_json_member_bool(w, "against_each_client_alone", alone);
    put_stat(w, &v->stat);
    fray_json_member_real(w, "p_holm", v->stat.p);
    fray_json_member_text(w, "verdict", verdict_key(&v->stat));
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
  return FRAY_OK;
}

/* Models are named by their values, since those under swept damage are not among the models above.
 * Of the main metric and the selected round alone, as on the page; empty otherwise. */
static enum fray_status put_volumes(struct fray_json_writer *w, const struct fray_rep_shown *s,
                                    struct fray_err *err) {
  struct fray_rep_volume *v;
  size_t n = 0;
  if (s->metric == s->r->main_metric && !s->last)
    FRAY_TRY(fray_rep_volumes_of(s->r, &v, &n, err));
  fray_json_open(w, "volumes", ARRAY);
  for (size_t i = 0; i < n; i++) {
    fray_json_open(w, NULL, OBJECT);
    /* The name of the control, not its words, which a title may change. */
    put_keys(w, s->r, v[i].cell);
    fray_json_member_text(w, "without", v[i].what);
    fray_json_member_text(w, "condition", v[i].condition);
    fray_json_member_real(w, "score", v[i].score.mean);
    fray_json_member_real(w, "same_volume", v[i].other.mean);
    put_stat(w, &v[i].lead);
    fray_json_member_real(w, "p_holm", v[i].lead.p);
    fray_json_member_text(w, "verdict", verdict_key(&v[i].lead));
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
  return FRAY_OK;
}

/* In the words of the page; null where another metric or the last round was asked for, of which the
 * page has no such sentence. */
static enum fray_status put_words(struct fray_json_writer *w, const struct fray_rep_shown *s,
                                  struct fray_err *err) {
  struct fray_rep_answer answer;
  struct fray_rep_sentence sentence = {0};
  const char *text, **limit;
  size_t n;
  if (s->metric != s->r->main_metric || s->last) {
    fray_json_member_null(w, "headline");
    fray_json_member_null(w, "limits");
    return FRAY_OK;
  }
  FRAY_TRY(fray_rep_answer_of(s->r, &answer, err));
  FRAY_TRY(fray_rep_headline(&answer, &sentence, err));
  FRAY_TRY(fray_rep_sentence_text(s->r, &sentence, true, &text, err));
  FRAY_TRY(fray_rep_limits(&answer, &limit, &n, err));
  fray_json_member_text(w, "headline", text);
  fray_json_open(w, "limits", ARRAY);
  for (size_t i = 0; i < n; i++)
    fray_json_member_text(w, NULL, limit[i]);
  fray_json_close(w, ARRAY);
  return FRAY_OK;
}

/* All keys are there in every study with scores, so that a reader needs no case for each. */
static enum fray_status put_study(struct fray_json_writer *w, const struct fray_rep_shown *s,
                                  struct fray_err *err) {
  const struct fray_rep_results *r = s->r;
  const char *line = fray_rep_state_line(r);
  FRAY_CHECK(line, err, MEMORY, "out of memory");
  fray_json_open(w, NULL, OBJECT);
  fray_json_member_text(w, "folder", r->folder);
  fray_json_member_text(w, "state", *line ? line : NULL);
  fray_json_member_bool(w, "has_scores", r->n_trials > 0);
  if (r->n_trials == 0) { /* what it has no tables of, is not told as empty */
    fray_json_close(w, OBJECT);
    return FRAY_OK;
  }
  fray_json_member_text(w, "title", fray_rep_study_title(r));
  fray_json_member_count(w, "mixed_environments", fray_rep_n_mixed(r));
  fray_json_member_text(w, "metric", r->metrics.v[s->metric]);
  fray_json_member_bool(w, "is_share", s->percent);
  fray_json_member_bool(w, "higher_is_better", s->higher);
  fray_json_member_text(w, "selection", s->last ? "last" : "best");
  fray_json_member_count(w, "seeds", r->seeds.n);
  fray_json_member_count(w, "trials", fray_rep_by_training(r)->n_trials);
  fray_json_member_real(w, "pooled_folds", r->folds ? (double)r->pooling.n_folds : NAN);
  fray_json_member_count(w, "diverged", r->n_diverged);
  fray_json_member_real(w, "test_samples", s->samples);
  fray_json_member_real(w, "test_clients", s->clients);
  FRAY_TRY(put_words(w, s, err));
  put_models(w, s);
  put_conditions(w, s);
  put_scores(w, s);
  put_losses(w, s);
  put_differences(w, s);
  FRAY_TRY(put_contrasts(w, s, err));
  FRAY_TRY(put_volumes(w, s, err));
  FRAY_TRY(fray_rep_update_members(s, w, err));
  FRAY_TRY(fray_rep_leak_members(s, w, err));
  FRAY_TRY(fray_rep_budget_members(s, w, err));
  fray_json_close(w, OBJECT);
  return FRAY_OK;
}

/* A failure on the way leaves half a document in out, which nobody prints then. */
enum fray_status fray_rep_show_json(const struct fray_rep_shown *s, size_t n, struct fray_text *out,
                                    struct fray_err *err) {
  struct fray_json_writer w = {.text = out};
  fray_json_open(&w, NULL, OBJECT);
  fray_json_member_text(&w, "fray", fray_version);
  fray_json_open(&w, "studies", ARRAY);
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(put_study(&w, &s[i], err));
  fray_json_close(&w, ARRAY);
  fray_json_close(&w, OBJECT);
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}
