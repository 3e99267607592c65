/* trials.csv: swept keys, cells, seeds, nominal and realised rates.
 *
 * Which columns are swept keys is known from where they stand, between `trial` and `control`:
 * names are free. */
#include "fray/results/trial_table.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The swept keys are the columns between `trial` and `control`, behind which `seed` stands. Older
 * files have no `control`; *control is then past the columns. */
static enum fray_status find_keys(struct fray_rep_results *r, size_t *control,
                                  struct fray_err *err) {
  const struct fray_rep_csv *csv = &r->trials_csv;
  size_t trial, seed;
  FRAY_TRY(fray_rep_csv_need(csv, "trial", &trial, err));
  FRAY_TRY(fray_rep_csv_need(csv, "seed", &seed, err));
  FRAY_CHECK(trial == 0 && seed > 0, err, INPUT,
             "%s:1: the first column must be trial, and seed must follow the swept keys",
             csv->path);
  r->key = csv->column + 1;
  *control = strcmp(csv->column[seed - 1], "control") == 0 ? seed - 1 : csv->n_columns;
  r->n_keys = FRAY_MIN(*control, seed) - 1;
  return FRAY_OK;
}

/* Splits "lost.test_realised" into the id's length and the kind of column. */
static bool damage_column(const char *name, const char *suffix, size_t *id_length) {
  size_t n = strlen(name), m = strlen(suffix);
  *id_length = n - m;
  return n > m && strcmp(name + n - m, suffix) == 0;
}

/* Which entries there are is known from the header alone: ID.nominal and ID.test_nominal. */
static enum fray_status find_damages(struct fray_rep_results *r, size_t first,
                                     struct fray_err *err) {
  const struct fray_rep_csv *csv = &r->trials_csv;
  FRAY_ALLOC_ZERO(r->damage, r->arena, csv->n_columns + 1, err);
  for (size_t i = first; i < csv->n_columns; i++) {
    size_t length;
    bool test = damage_column(csv->column[i], ".test_nominal", &length);
    if (!test && !damage_column(csv->column[i], ".nominal", &length))
      continue;
    struct fray_rep_damage *d = &r->damage[r->n_damages++];
    d->at_test = test;
    d->id = fray_arena_strndup(r->arena, csv->column[i], length);
    FRAY_CHECK(d->id, err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* A column that is missing leaves NaN, since entries of one stage have none of the other. */
static enum fray_status read_damages(struct fray_rep_results *r, size_t row,
                                     struct fray_rep_trial *t, struct fray_err *err) {
  const struct fray_rep_csv *csv = &r->trials_csv;
  FRAY_ALLOC(t->nominal, r->arena, r->n_damages + 1, err);
  FRAY_ALLOC(t->realised, r->arena, r->n_damages + 1, err);
  for (size_t i = 0; i < r->n_damages; i++) {
    const char *at = r->damage[i].at_test ? "test_" : "";
    char name[512];
    size_t column;
    t->nominal[i] = t->realised[i] = NAN;
    snprintf(name, sizeof name, "%s.%snominal", r->damage[i].id, at);
    if ((column = fray_rep_csv_find(csv, name)) < csv->n_columns)
      FRAY_TRY(fray_rep_csv_real(csv, row, column, &t->nominal[i], err));
    snprintf(name, sizeof name, "%s.%srealised", r->damage[i].id, at);
    if ((column = fray_rep_csv_find(csv, name)) < csv->n_columns)
      FRAY_TRY(fray_rep_csv_real(csv, row, column, &t->realised[i], err));
  }
  return FRAY_OK;
}

/* As texts: they were written by one program, from one scenario. */
static bool same_cell(const struct fray_rep_results *r, const struct fray_rep_trial *a,
                      const struct fray_rep_trial *b) {
  for (size_t k = 0; k < r->n_keys; k++)
    if (strcmp(a->value[k], b->value[k]) != 0)
      return false;
  return true;
}

/* A cell is what its keys say: rows of equal values, in the order of their first appearance. */
static enum fray_status place(struct fray_rep_results *r, struct fray_rep_trial *t,
                              struct fray_err *err) {
  const struct fray_rep_csv *csv = &r->trials_csv;
  for (const struct fray_rep_trial *o = r->trial; o < t; o++) {
    FRAY_CHECK(strcmp(o->name, t->name) != 0, err, INPUT,
               "%s:%zu: trial \"%.60s\" appears twice (also in line %zu)", csv->path, t->line,
               t->name, o->line);
    /* Two rows of one point and seed would count twice in every mean. */
    FRAY_CHECK(o->seed != t->seed || !same_cell(r, o, t), err, INPUT,
               "%s:%zu: the same swept values and seed as in line %zu", csv->path, t->line,
               o->line);
  }
  for (t->cell = 0; t->cell < r->n_cells; t->cell++)
    if (same_cell(r, r->cell[t->cell], t))
      return FRAY_OK;
  r->cell[r->n_cells++] = t;
  return FRAY_OK;
}

/* Controls are listed apart: they are no points of the sweep, though they have its columns. */
static enum fray_status read_trial(struct fray_rep_results *r, size_t row, size_t status_column,
                                   size_t control, struct fray_err *err) {
  const struct fray_rep_csv *csv = &r->trials_csv;
  const char *status = fray_rep_csv_at(csv, row, status_column);
  const char *of = control < csv->n_columns ? fray_rep_csv_at(csv, row, control) : "";
  struct fray_rep_trial *t = *of ? &r->control[r->n_controls++] : &r->trial[r->n_trials++];
  t->control = of;
  t->line = csv->line[row];
  t->name = fray_rep_csv_at(csv, row, 0);
  t->value = csv->field + row * csv->n_columns + 1;
  t->seed_text = fray_rep_csv_at(csv, row, r->n_keys + (control < csv->n_columns ? 2 : 1));
  t->diverged = strcmp(status, "diverged") == 0;
  t->n_diverged = t->diverged;
  t->constant = -1;
  FRAY_CHECK(t->diverged || strcmp(status, "ok") == 0, err, INPUT,
             "%s:%zu: status: \"%.60s\" is neither ok nor diverged", csv->path, t->line, status);
  FRAY_TRY(fray_rep_intern(&r->seeds, t->seed_text, r->arena, &t->seed, err));
  FRAY_TRY(read_damages(r, row, t, err));
  if (*of)
    return FRAY_OK;
  r->n_diverged += t->diverged;
  return place(r, t, err);
}

/* Every entry has columns for training and for test; those of a stage where it never acts are empty
 * in every trial, and dropped. */
static void drop_empty_damages(struct fray_rep_results *r) {
  size_t kept = 0;
  for (size_t d = 0; d < r->n_damages; d++) {
    bool known = false;
    for (size_t i = 0; i < r->n_trials; i++)
      known = known || !isnan(r->trial[i].nominal[d]) || !isnan(r->trial[i].realised[d]);
    if (!known)
      continue;
    r->damage[kept] = r->damage[d];
    for (size_t i = 0; i < r->n_trials + r->n_controls; i++) {
      struct fray_rep_trial *t = i < r->n_trials ? &r->trial[i] : &r->control[i - r->n_trials];
      t->nominal[kept] = t->nominal[d];
      t->realised[kept] = t->realised[d];
    }
    kept++;
  }
  r->n_damages = kept;
}

/* By cell and seed, with a hole where a trial is missing: interrupted studies are read as well. */
static enum fray_status index_trials(struct fray_rep_results *r, struct fray_err *err) {
  FRAY_ALLOC(r->trial_of, r->arena, r->n_cells * r->seeds.n, err);
  for (size_t i = 0; i < r->n_cells * r->seeds.n; i++)
    r->trial_of[i] = r->n_trials;
  for (size_t t = 0; t < r->n_trials; t++)
    r->trial_of[r->trial[t].cell * r->seeds.n + r->trial[t].seed] = t;
  return FRAY_OK;
}

/* Room for all rows at once: how many of them are controls is known only behind the last. */
enum fray_status fray_rep_trials_read(struct fray_rep_results *r, struct fray_err *err) {
  const struct fray_rep_csv *csv = &r->trials_csv;
  size_t status, control = csv->n_columns;
  FRAY_TRY(find_keys(r, &control, err));
  FRAY_TRY(fray_rep_csv_need(csv, "status", &status, err));
  FRAY_TRY(find_damages(r, r->n_keys + 2, err));
  FRAY_CHECK(csv->n_rows > 0, err, INPUT, "%s: holds no trial", csv->path);
  FRAY_ALLOC_ZERO(r->trial, r->arena, csv->n_rows, err);
  FRAY_ALLOC_ZERO(r->control, r->arena, csv->n_rows, err);
  FRAY_ALLOC_ZERO(r->cell, r->arena, csv->n_rows, err);
  for (size_t row = 0; row < csv->n_rows; row++)
    FRAY_TRY(read_trial(r, row, status, control, err));
  FRAY_CHECK(r->n_trials > 0, err, INPUT, "%s: holds no trial but controls", csv->path);
  drop_empty_damages(r);
  return index_trials(r, err);
}

/* Controls that share a training have one name and count once. */
enum fray_status fray_rep_controls_place(struct fray_rep_results *r,
                                         const struct fray_rep_results *of, struct fray_err *err) {
  FRAY_ALLOC_ZERO(r->trial, r->arena, of->n_controls, err);
  FRAY_ALLOC_ZERO(r->cell, r->arena, of->n_controls, err);
  for (size_t i = 0; i < of->n_controls; i++) {
    struct fray_rep_trial *t = &r->trial[r->n_trials];
    bool known = false;
    for (size_t k = 0; k < r->n_trials; k++)
      known = known || strcmp(r->trial[k].name, of->control[i].name) == 0;
    if (known)
      continue;
    *t = of->control[i];
    FRAY_TRY(fray_rep_intern(&r->seeds, t->seed_text, r->arena, &t->seed, err));
    r->n_trials++;
    r->n_diverged += t->diverged;
    FRAY_TRY(place(r, t, err));
  }
  return index_trials(r, err);
}
