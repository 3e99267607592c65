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

/* What was read so far, beside the trials themselves: a table may have many thousand rows. */
struct reading {
  struct fray_rep_results *r;
  struct fray_hash_places cell, point; /* point: a trial by its cell and seed */
};

bool fray_rep_trial_find(const struct fray_rep_trial *trial, const struct fray_hash_places *names,
                         const char *name, size_t *at) {
  for (size_t step = 0; fray_hash_places_next(names, fray_hash_text(name), &step, at);)
    if (strcmp(trial[*at].name, name) == 0)
      return true;
  return false;
}

/* Lists trial[t] under its name unless another has it already: *first. */
static enum fray_status name_trial(const struct fray_rep_trial *trial, size_t t,
                                   struct fray_hash_places *names, struct fray_arena *arena,
                                   size_t *first, struct fray_err *err) {
  if (fray_rep_trial_find(trial, names, trial[t].name, first))
    return FRAY_OK;
  *first = t;
  return fray_hash_places_add(names, fray_hash_text(trial[t].name), t, arena, err);
}

/* A cell is what its keys say: rows of equal values, in the order of their first appearance. */
static enum fray_status find_cell(struct reading *reading, struct fray_rep_trial *t,
                                  struct fray_err *err) {
  struct fray_rep_results *r = reading->r;
  uint64_t hash = 0;
  for (size_t k = 0; k < r->n_keys; k++) {
    const uint64_t next[] = {hash, fray_hash_text(t->value[k])};
    hash = fray_hash64(next, sizeof next);
  }
  for (size_t step = 0; fray_hash_places_next(&reading->cell, hash, &step, &t->cell);)
    if (same_cell(r, r->cell[t->cell], t))
      return FRAY_OK;
  t->cell = r->n_cells;
  r->cell[r->n_cells++] = t;
  return fray_hash_places_add(&reading->cell, hash, t->cell, r->arena, err);
}

/* *same: the trial of the same cell and seed, or t itself. */
static enum fray_status find_point(struct reading *reading, size_t t, size_t *same,
                                   struct fray_err *err) {
  const struct fray_rep_results *r = reading->r;
  const uint64_t at[] = {r->trial[t].cell, r->trial[t].seed}, hash = fray_hash64(at, sizeof at);
  for (size_t step = 0; fray_hash_places_next(&reading->point, hash, &step, same);)
    if (r->trial[*same].cell == at[0] && r->trial[*same].seed == at[1])
      return FRAY_OK;
  *same = t;
  return fray_hash_places_add(&reading->point, hash, t, r->arena, err);
}

/* Of two complaints the one about the earlier line is made, and that of a name first. */
static enum fray_status place(struct reading *reading, struct fray_rep_trial *t,
                              struct fray_err *err) {
  struct fray_rep_results *r = reading->r;
  const struct fray_rep_csv *csv = &r->trials_csv;
  const size_t at = (size_t)(t - r->trial);
  size_t named, point;
  FRAY_TRY(name_trial(r->trial, at, &r->trial_name, r->arena, &named, err));
  FRAY_TRY(find_cell(reading, t, err));
  FRAY_TRY(find_point(reading, at, &point, err));
  FRAY_CHECK(named == at || named > point, err, INPUT,
             "%s:%zu: trial \"%.60s\" appears twice (also in line %zu)", csv->path, t->line,
             t->name, r->trial[named].line);
  /* Two rows of one point and seed would count twice in every mean. */
  FRAY_CHECK(point == at, err, INPUT, "%s:%zu: the same swept values and seed as in line %zu",
             csv->path, t->line, r->trial[point].line);
  return FRAY_OK;
}

/* Controls are listed apart: they are no points of the sweep, though they have its columns. */
static enum fray_status read_trial(struct reading *reading, size_t row, size_t status_column,
                                   size_t control, struct fray_err *err) {
  struct fray_rep_results *r = reading->r;
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
  if (*of) {
    size_t first;
    return name_trial(r->control, r->n_controls - 1, &r->control_name, r->arena, &first, err);
  }
  r->n_diverged += t->diverged;
  return place(reading, t, err);
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
  struct reading reading = {.r = r};
  for (size_t row = 0; row < csv->n_rows; row++)
    FRAY_TRY(read_trial(&reading, row, status, control, err));
  FRAY_CHECK(r->n_trials > 0, err, INPUT, "%s: holds no trial but controls", csv->path);
  drop_empty_damages(r);
  return index_trials(r, err);
}

/* Controls that share a training have one name and count once. */
enum fray_status fray_rep_controls_place(struct fray_rep_results *r,
                                         const struct fray_rep_results *of, struct fray_err *err) {
  FRAY_ALLOC_ZERO(r->trial, r->arena, of->n_controls, err);
  FRAY_ALLOC_ZERO(r->cell, r->arena, of->n_controls, err);
  struct reading reading = {.r = r};
  for (size_t i = 0; i < of->n_controls; i++) {
    struct fray_rep_trial *t = &r->trial[r->n_trials];
    size_t known;
    if (fray_rep_trial_find(r->trial, &r->trial_name, of->control[i].name, &known))
      continue;
    *t = of->control[i];
    FRAY_TRY(fray_rep_intern(&r->seeds, t->seed_text, r->arena, &t->seed, err));
    r->n_trials++;
    r->n_diverged += t->diverged;
    FRAY_TRY(place(&reading, t, err));
  }
  return index_trials(r, err);
}
