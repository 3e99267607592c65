/* What the gates of a guard refused, where `fray guard` left its folder in the results: a column
 * for each gate. Of clean samples its number stands in their row; what else it was asked is a row
 * of its own, `guard/NAME`, since a name of gate.yaml may be that of a test and mean something
 * else.
 */
#include "matrix_parts.h"

#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Columns of guard/overall.csv, by name: a newer program may write more of them. */
enum { CELL, TRIALS, SELECTION, ROLE, GATE, CONDITION, REFUSED, LOW, HIGH, DF, COLUMNS };
static const char *const names[COLUMNS] = {"cell",      "trials",  "selection", "role", "gate",
                                           "condition", "refused", "low",       "high", "df"};

/* Of folds that are pooled each training by itself, and of them the controls too: a guard asks all
 * models, and a red team may have attacked one of a control, whatever numbers stand here. */
bool matrix_knows_training(const struct fray_rep_results *r, const char *name) {
  const struct fray_rep_results *all = fray_rep_by_training(r);
  for (size_t t = 0; t < all->n_trials; t++)
    if (strcmp(all->trial[t].name, name) == 0)
      return true;
  for (size_t t = 0; t < all->n_controls; t++)
    if (strcmp(all->control[t].name, name) == 0)
      return true;
  return false;
}

/* A folder may have been put there from other results: the trainings that it asked are told by
 * hashes of what they were made of. */
static enum fray_status check_trials(const struct fray_rep_results *r, struct fray_arena *arena,
                                     struct fray_err *err) {
  struct fray_rep_csv csv;
  size_t column;
  char path[4096];
  FRAY_TRY(fray_folder_path(r->folder, "guard/fronts.csv", path, err));
  FRAY_TRY(fray_checksums_check_path(path, err));
  FRAY_TRY(fray_rep_csv_read(path, arena, &csv, err));
  enum fray_status status = fray_rep_csv_need(&csv, "trial", &column, err);
  for (size_t row = 0; status == FRAY_OK && row < csv.n_rows; row++) {
    const char *trial = fray_rep_csv_at(&csv, row, column);
    if (!matrix_knows_training(r, trial))
      status = fray_fail(err, FRAY_INPUT, "%s: asked the training '%.40s', which is none of %s",
                         path, trial, r->folder);
  }
  fray_rep_csv_free(&csv);
  return status;
}

/* A number without an interval is none, here as elsewhere. */
static enum fray_status read_number(const struct fray_rep_csv *csv, size_t row,
                                    const size_t column[COLUMNS], struct matrix_number *out,
                                    struct fray_err *err) {
  double trials, refused, low, high, df;
  *out = matrix_nothing;
  FRAY_TRY(fray_rep_csv_real(csv, row, column[TRIALS], &trials, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, column[REFUSED], &refused, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, column[LOW], &low, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, column[HIGH], &high, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, column[DF], &df, err));
  out->why = isnan(refused) ? "fewer than 5 people or 30 samples" : "the guard knows no interval";
  if (isnan(refused) || isnan(low) || isnan(high))
    return FRAY_OK;
  *out = (struct matrix_number){.value = refused,
                                .low = low,
                                .high = high,
                                .df = df,
                                .interval = trials > 1 ? "people and trainings" : "people",
                                .why = "ok",
                                .null = {NAN, NAN, NAN}};
  return FRAY_OK;
}

/* Scores are joined by a plus, which none of them has in its name. */
static size_t scores_of(const char *gate) {
  size_t n = 1;
  for (; *gate; gate++)
    n += *gate == '+';
  return n;
}

/* Of the models that a user would get, on the people who chose nothing. */
static enum fray_status read_rows(const struct fray_rep_csv *csv, struct fray_arena *arena,
                                  struct matrix_study *study, struct fray_err *err) {
  size_t column[COLUMNS];
  for (size_t k = 0; k < COLUMNS; k++)
    FRAY_TRY(fray_rep_csv_need(csv, names[k], &column[k], err));
  size_t most = 0;
  for (size_t row = 0; row < csv->n_rows; row++) {
    const size_t scores = scores_of(fray_rep_csv_at(csv, row, column[GATE]));
    most = scores > most ? scores : most;
  }
  FRAY_ALLOC_ZERO(study->refusal, arena, csv->n_rows + 1, err);
  for (size_t row = 0; row < csv->n_rows; row++) {
    struct matrix_refusal *one = &study->refusal[study->n_refusals];
    if (strcmp(fray_rep_csv_at(csv, row, column[SELECTION]), "best") != 0 ||
        strcmp(fray_rep_csv_at(csv, row, column[ROLE]), "report") != 0 ||
        scores_of(fray_rep_csv_at(csv, row, column[GATE])) < most)
      continue;
    one->cell = fray_arena_strdup(arena, fray_rep_csv_at(csv, row, column[CELL]));
    one->gate = fray_arena_strdup(arena, fray_rep_csv_at(csv, row, column[GATE]));
    one->condition = fray_arena_strdup(arena, fray_rep_csv_at(csv, row, column[CONDITION]));
    FRAY_CHECK(one->cell && one->gate && one->condition, err, MEMORY, "out of memory");
    FRAY_TRY(read_number(csv, row, column, &one->number, err));
    study->n_refusals++;
  }
  return FRAY_OK;
}

/* Where a list of checksums lies beside the tables they are held against it first: a table that was
 * edited is refused there, whatever it says.
 *
 * Without the folder there is nothing to say; with a damaged one nothing of it is believed. */
enum fray_status matrix_guard_read(struct matrix_study *study, struct fray_arena *arena,
                                   struct fray_err *err) {
  struct fray_rep_csv csv;
  char path[4096];
  FRAY_TRY(fray_folder_path(study->r.folder, "guard/overall.csv", path, err));
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_checksums_check_path(path, err));
  FRAY_TRY(check_trials(&study->r, arena, err));
  FRAY_TRY(fray_rep_csv_read(path, arena, &csv, err));
  const enum fray_status status = read_rows(&csv, arena, study, err);
  fray_rep_csv_free(&csv);
  return status;
}

/* Each once, in the order of the file. */
/* The names have the arena's lifetime, as rows borrow them. */
enum fray_status matrix_guard_conditions(const struct matrix_study *study, const char *cell,
                                         bool knows_clean, struct fray_rep_names *out,
                                         struct fray_arena *arena, struct fray_err *err) {
  size_t at;
  *out = (struct fray_rep_names){0};
  for (size_t k = 0; k < study->n_refusals; k++) {
    const struct matrix_refusal *one = &study->refusal[k];
    if (strcmp(one->cell, cell) == 0 && !(knows_clean && strcmp(one->condition, "clean") == 0))
      FRAY_TRY(fray_rep_intern(out, one->condition, arena, &at, err));
  }
  return FRAY_OK;
}

/* A gate that was fitted for one cell alone has no number in the others. Of two rows of one name,
 * which no guard writes, the first counts. */
void matrix_refused_by(const struct matrix_study *study, const char *cell, const char *gate,
                       const char *condition, struct matrix_number *out) {
  *out = matrix_nothing;
  out->why = "this gate was not asked it";
  for (size_t k = 0; k < study->n_refusals; k++) {
    const struct matrix_refusal *one = &study->refusal[k];
    if (strcmp(one->cell, cell) == 0 && strcmp(one->gate, gate) == 0 &&
        strcmp(one->condition, condition) == 0) {
      *out = one->number;
      return;
    }
  }
}
