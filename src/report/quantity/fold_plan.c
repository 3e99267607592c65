/* Folds of one plan as one study. A sweep over them tests every client once, each by a model that
 * had not seen it: whoever reads the fold as an axis compares people and calls them settings.
 * docs/decisions has the reasons; the tables on the disk stay as they are. */
#include "fold_plan.h"

#include "fray/base/size.h"
#include "fray/data/partition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- which trainings belong together ---- */

/* The key that numbers folds, by the kind of partition of the scenario; NULL: there is none. */
static const struct fray_partition_plan *plan_of(const struct fray_rep_results *by) {
  const struct fray_node *kind = fray_node_at(by->scenario, "data.partition.kind");
  return kind && kind->scalar ? fray_partition_plan_of(kind->scalar) : NULL;
}

/* A field of trials.csv as it was written. */
static const char *at(const struct fray_rep_results *by, size_t row, size_t column) {
  return fray_rep_csv_at(&by->trials_csv, row, column);
}

/* Rows of one cell and seed, or of one control of them. */
static bool same_group(const struct fray_rep_results *by, const struct fray_rep_fold_plan *p,
                       size_t a, size_t b) {
  for (size_t c = 1; c < p->n_fixed; c++)
    if (c != p->column && strcmp(at(by, a, c), at(by, b, c)) != 0)
      return false;
  return true;
}

/* Rows whose folds are those of one plan: other data, or another number of folds, have their own.
 */
static bool same_plan(const struct fray_rep_results *by, const struct fray_rep_fold_plan *p,
                      size_t a, size_t b) {
  for (size_t c = 1; c <= by->n_keys; c++)
    if (c != p->column && strncmp(by->trials_csv.column[c], "data.", 5) == 0 &&
        strcmp(at(by, a, c), at(by, b, c)) != 0)
      return false;
  return true;
}

/* Place of a training by its name; 0 where there is no such study, which the caller tests. */
static size_t find_part(const struct fray_rep_results *r, const char *name) {
  size_t t = 0;
  while (r && t < r->n_trials && strcmp(r->trial[t].name, name) != 0)
    t++;
  return r ? t : 0;
}

/* The trainings of a group: of a control, those of the study of controls. */
static enum fray_status place_parts(struct fray_rep_results *by, struct fray_rep_fold_group *g,
                                    struct fray_err *err) {
  const struct fray_rep_results *in = g->of_control ? by->controls : by;
  FRAY_ALLOC(g->part, by->arena, g->n + 1, err);
  for (size_t i = 0; i < g->n; i++) {
    g->part[i] = find_part(in, at(by, g->row[i], 0));
    FRAY_CHECK(in && g->part[i] < in->n_trials, err, INTERNAL, "a fold without a training");
  }
  return FRAY_OK;
}

/* By the text of the key: one program wrote all rows. */
static bool has_fold(const struct fray_rep_results *by, const struct fray_rep_fold_plan *p,
                     const struct fray_rep_fold_group *g, const char *fold) {
  for (size_t i = 0; i < g->n; i++)
    if (strcmp(at(by, g->row[i], p->column), fold) == 0)
      return true;
  return false;
}

/* Whole is a group that has every fold which any training of its plan has: else cells would be
 * compared on different people. O(rows) for each group. */
static bool is_whole(const struct fray_rep_results *by, const struct fray_rep_fold_plan *p,
                     const struct fray_rep_fold_group *g, size_t control) {
  for (size_t row = 0; row < by->trials_csv.n_rows; row++)
    if ((control == by->trials_csv.n_columns || !*at(by, row, control)) &&
        same_plan(by, p, row, g->row[0]) && !has_fold(by, p, g, at(by, row, p->column)))
      return false;
  return true;
}

/* Groups stand in the order of their first row, which becomes that of cells and seeds. */
static enum fray_status add_row(const struct fray_rep_results *by, struct fray_rep_fold_plan *p,
                                size_t row, size_t control, struct fray_err *err) {
  size_t k = 0;
  while (k < p->n && !same_group(by, p, p->group[k].row[0], row))
    k++;
  struct fray_rep_fold_group *g = &p->group[k];
  if (k == p->n) {
    *g = (struct fray_rep_fold_group){.of_control = control < by->trials_csv.n_columns &&
                                                    *at(by, row, control)};
    FRAY_ALLOC(g->row, by->arena, p->pooling.n_folds + 1, err);
    p->n++;
  }
  FRAY_CHECK(g->n < p->pooling.n_folds, err, INPUT,
             "%s:%zu: a fold of a control stands there twice", by->trials_csv.path,
             by->trials_csv.line[row]);
  g->row[g->n++] = row;
  return FRAY_OK;
}

/* Distinct values of the key, however many cells have them. */
static size_t count_folds(const struct fray_rep_results *by, size_t column) {
  size_t n = 0;
  for (size_t row = 0; row < by->trials_csv.n_rows; row++) {
    size_t k = 0;
    while (k < row && strcmp(at(by, k, column), at(by, row, column)) != 0)
      k++;
    n += k == row;
  }
  return n;
}

/* Controls that share their trainings are one in scores.csv. */
static void mark_twins(const struct fray_rep_results *by, struct fray_rep_fold_plan *p) {
  for (size_t k = 0; k < p->n; k++)
    for (size_t o = 0; o < k && !p->group[k].is_twin; o++)
      p->group[k].is_twin =
          strcmp(at(by, p->group[o].row[0], 0), at(by, p->group[k].row[0], 0)) == 0;
}

/* Groups that lack a fold are left out and counted. */
static enum fray_status keep_whole(struct fray_rep_results *by, struct fray_rep_fold_plan *p,
                                   size_t control, struct fray_err *err) {
  size_t kept = 0;
  for (size_t k = 0; k < p->n; k++) {
    struct fray_rep_fold_group g = p->group[k];
    const bool whole = is_whole(by, p, &g, control);
    p->pooling.n_pooled += whole && !g.of_control;
    p->pooling.n_lacking += !whole && !g.of_control;
    /* A control that lacks a fold goes without a word: it is told with the model that it is of. One
     * without any score is no study. */
    if (!whole || (g.of_control && !by->controls))
      continue;
    FRAY_TRY(place_parts(by, &g, err));
    p->group[kept++] = g;
  }
  p->n = kept;
  return FRAY_OK;
}

/* How many folds the plan has, if the scenario says so. */
static size_t planned(const struct fray_rep_results *by, const char *parts) {
  const struct fray_node *map = fray_node_at(by->scenario, "data.partition");
  const struct fray_node *k = fray_node_get(map, parts);
  double n;
  return k && k->scalar && fray_rep_parse_real(k->scalar, &n) && n > 0 ? (size_t)n : 0;
}

/* A single fold is a split like any other: nothing is pooled, and nothing stands apart. */
enum fray_status fray_rep_fold_plan_find(struct fray_rep_results *by,
                                         struct fray_rep_fold_plan *out, struct fray_err *err) {
  const struct fray_partition_plan *keys = plan_of(by);
  const struct fray_rep_csv *csv = &by->trials_csv;
  *out = (struct fray_rep_fold_plan){0};
  if (!keys)
    return FRAY_OK;
  const char *name = fray_arena_printf(by->arena, "data.partition.%s", keys->part);
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  for (size_t k = 0; k < by->n_keys; k++)
    if (strcmp(by->key[k], name) == 0)
      out->column = k + 1; /* behind the name of the trial */
  if (out->column == 0)
    return FRAY_OK;
  const size_t control = fray_rep_csv_find(csv, "control");
  /* A swept key may have the name of a column; the column stands right behind the keys. */
  const size_t at_control = control == by->n_keys + 1 ? control : csv->n_columns;
  out->n_fixed = fray_rep_csv_find(csv, "seed") + 1;
  out->pooling.key = name;
  out->pooling.n_folds = count_folds(by, out->column);
  out->pooling.n_planned = planned(by, keys->parts);
  FRAY_ALLOC_ZERO(out->group, by->arena, csv->n_rows + 1, err);
  for (size_t row = 0; row < csv->n_rows; row++)
    FRAY_TRY(add_row(by, out, row, at_control, err));
  FRAY_TRY(keep_whole(by, out, at_control, err));
  mark_twins(by, out);
  if (out->pooling.n_folds < 2)
    out->pooling.why_not = "a single fold was run";
  else if (out->pooling.n_pooled == 0)
    out->pooling.why_not = "no model has all of its folds yet";
  return FRAY_OK;
}

/* ---- tables ---- */

/* What folds agree on stays; numbers become means over folds; the rest is told of none. */
static void put_field(const struct fray_rep_results *by, const struct fray_rep_fold_group *g,
                      size_t column, struct fray_text *out) {
  const char *first = at(by, g->row[0], column);
  double sum = 0, value;
  size_t n = 0, same = 0;
  bool numbers = true;
  for (size_t i = 0; i < g->n; i++) {
    const char *text = at(by, g->row[i], column);
    same += strcmp(text, first) == 0;
    if (*text && (numbers = numbers && fray_rep_parse_real(text, &value))) {
      sum += value;
      n++;
    }
  }
  if (same == g->n)
    fray_rep_csv_put_text(out, first);
  else
    fray_rep_csv_put_real(out, numbers && n ? sum / (double)n : NAN);
}

/* A training is only said to have diverged if every fold did: of others, those folds alone count as
 * the constant predictor. */
static void put_status(const struct fray_rep_results *by, const struct fray_rep_fold_group *g,
                       size_t column, struct fray_text *out) {
  bool all = true;
  for (size_t i = 0; i < g->n; i++)
    all = all && strcmp(at(by, g->row[i], column), "diverged") == 0;
  fray_rep_csv_put_text(out, all ? "diverged" : "ok");
}

/* A group bears the name of its first fold, which nothing else has. */
/* The columns are those of the file but for the fold, in their order, since swept keys are known by
 * where they stand. */
static void put_trials(const struct fray_rep_results *by, const struct fray_rep_fold_plan *p,
                       struct fray_text *out) {
  const struct fray_rep_csv *csv = &by->trials_csv;
  const size_t status = fray_rep_csv_find(csv, "status");
  fray_text_csv(out, csv->column[0]);
  for (size_t c = 1; c < csv->n_columns; c++)
    if (c != p->column)
      fray_rep_csv_put_text(out, csv->column[c]);
  for (size_t k = 0; k < p->n; k++) {
    const struct fray_rep_fold_group *g = &p->group[k];
    fray_text_puts(out, "\n");
    fray_text_csv(out, at(by, g->row[0], 0));
    for (size_t c = 1; c < csv->n_columns; c++)
      if (c == status)
        put_status(by, g, c, out);
      else if (c != p->column)
        put_field(by, g, c, out);
  }
  fray_text_puts(out, "\n");
}

/* The text goes to the study's arena, where fields point into it as long as the study lives. */
static enum fray_status parse(struct fray_rep_results *r, const char *path, struct fray_text *text,
                              struct fray_rep_csv *out, struct fray_err *err) {
  FRAY_CHECK(!text->failed && text->data, err, MEMORY, "out of memory");
  char *kept = fray_arena_strndup(r->arena, text->data, text->size);
  FRAY_CHECK(kept, err, MEMORY, "out of memory");
  return fray_rep_csv_of_text(path, kept, text->size, r->arena, out, err);
}

/* Each pooled training knows its folds, by the name of the first of them. */
static void link_parts(struct fray_rep_results *r, const struct fray_rep_fold_plan *p,
                       bool of_controls, const bool *disagrees) {
  const struct fray_rep_results *by = r->folds;
  r->n_diverged = 0;
  for (size_t t = 0; t < r->n_trials; t++)
    for (size_t k = 0; k < p->n; k++) {
      const struct fray_rep_fold_group *g = &p->group[k];
      struct fray_rep_trial *trial = &r->trial[t];
      if (g->of_control != of_controls || trial->part ||
          strcmp(by->trial[g->part[0]].name, trial->name) != 0)
        continue;
      trial->part = g->part;
      trial->n_parts = g->n;
      trial->disagrees = disagrees[k];
      trial->n_diverged = 0;
      for (size_t i = 0; i < g->n; i++)
        trial->n_diverged += by->trial[g->part[i]].diverged;
      r->n_diverged += trial->n_diverged;
    }
}

/* ---- one study ---- */

/* Whether clients train whom no fold tests. Where all folds were run, who trains is tested in
 * another one: a training then has fewer clients than were tested, or as many at most if folds
 * share clients. */
static bool lacks_people(const struct fray_rep_results *r) {
  const struct fray_rep_csv *csv = &r->folds->trials_csv;
  const size_t column = fray_rep_csv_find(csv, "clients");
  const bool shares = r->scope[FRAY_REP_KNOWN] || r->scope[FRAY_REP_MIXED];
  double tested = 0, most = 0, n;
  for (size_t i = 0; i < r->n_scores; i++)
    if (!r->score[i].own && r->score[i].group == FRAY_REP_ALL)
      tested = fmax(tested, r->score[i].clusters);
  for (size_t row = 0; row < csv->n_rows && column < csv->n_columns; row++)
    if (fray_rep_parse_real(fray_rep_csv_at(csv, row, column), &n))
      most = fmax(most, n);
  return tested > 0 && (shares ? most > tested : most >= tested);
}

/* The study of the tables that were made; it shares all else with the trainings. */
static enum fray_status make_study(struct fray_rep_results *by, const struct fray_rep_fold_plan *p,
                                   struct fray_text *scores, const bool *disagrees,
                                   struct fray_rep_results *out, struct fray_err *err) {
  struct fray_text trials = {0};
  *out = (struct fray_rep_results){.arena = by->arena,
                                   .folder = by->folder,
                                   .title = by->title,
                                   .strength = by->strength,
                                   .n_strengths = by->n_strengths,
                                   .knows_strengths = by->knows_strengths,
                                   .scenario = by->scenario,
                                   .scenario_text = by->scenario_text,
                                   .provenance_text = by->provenance_text,
                                   .state = by->state,
                                   .provenance = by->provenance,
                                   .pooling = p->pooling,
                                   .folds = by};
  put_trials(by, p, &trials);
  enum fray_status status = parse(out, by->trials_csv.path, &trials, &out->trials_csv, err);
  fray_text_free(&trials);
  FRAY_TRY(status);
  FRAY_TRY(parse(out, by->scores_csv.path, scores, &out->scores_csv, err));
  FRAY_TRY(fray_rep_results_place(out, err));
  link_parts(out, p, false, disagrees);
  out->pooling.lacks_people = out->pooling.n_planned == 0 && lacks_people(out);
  /* Controls are a study of their own and have folds of their own. */
  if (out->controls) {
    out->controls->folds = by->controls;
    out->controls->pooling = p->pooling;
    link_parts(out->controls, p, true, disagrees);
  }
  return FRAY_OK;
}

/* Files are opened for a moment: the study opens its own, when its folds are known. */
static enum fray_status pool(struct fray_rep_results *by, struct fray_rep_fold_plan *p,
                             struct fray_answer_file *files[2], struct fray_text *scores,
                             struct fray_rep_results *out, struct fray_err *err) {
  bool *disagrees;
  FRAY_ALLOC_ZERO(disagrees, by->arena, p->n + 1, err);
  FRAY_TRY(fray_answer_file_open(by, &files[0], err));
  if (by->controls)
    FRAY_TRY(fray_answer_file_open(by->controls, &files[1], err));
  FRAY_TRY(fray_rep_fold_scores(by, p, files, disagrees, scores, &p->pooling.why_not, err));
  return p->pooling.why_not ? FRAY_OK : make_study(by, p, scores, disagrees, out, err);
}

/* The study is exchanged as the last step, so that a failure leaves the one that was read. */
enum fray_status fray_rep_pool_folds(struct fray_rep_results *study, struct fray_err *err) {
  struct fray_rep_fold_plan plan;
  struct fray_answer_file *files[2] = {0};
  struct fray_rep_results *by, pooled;
  struct fray_text scores = {0};
  FRAY_TRY(fray_rep_fold_plan_find(study, &plan, err));
  study->pooling = plan.pooling;
  if (!plan.pooling.key || plan.pooling.why_not)
    return FRAY_OK;
  FRAY_ALLOC(by, study->arena, 1, err);
  *by = *study;
  enum fray_status status = pool(by, &plan, files, &scores, &pooled, err);
  fray_answer_file_close(files[0]);
  fray_answer_file_close(files[1]);
  fray_text_free(&scores);
  FRAY_TRY(status);
  if (plan.pooling.why_not)
    study->pooling.why_not = plan.pooling.why_not;
  else
    *study = pooled;
  return FRAY_OK;
}
