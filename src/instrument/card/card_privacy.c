/* What attacks by membership inference found, from membership.csv: whether the model gives away who
 * trained it. The area under the curve is told, of all samples, by attack.
 *
 * Trainings are each other's shadows, so their values hang together; the interval is that of the
 * pseudo-values of the file, moved to where the values are, as in the report. */
#include "card_parts.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Columns of the file, by name. */
enum { TRIAL, SELECTION, ATTACK, GROUP, METRIC, VALUE, PSEUDO, COLUMNS };
static const char *const names[COLUMNS] = {"trial",  "selection", "attack", "group",
                                           "metric", "value",     "pseudo"};
/* Read anew for each cell: a study has few of them, and the text would have to outlive them all. */
struct table {
  struct fray_rep_csv csv;
  size_t column[COLUMNS];
};

/* Columns are found by name, since a newer program may write more of them. */
static bool says(const struct table *t, size_t row, size_t column, const char *word) {
  return strcmp(fray_rep_csv_at(&t->csv, row, t->column[column]), word) == 0;
}

/* The area is the one number without a rate of false alarms. */
static bool is_area(const struct table *t, size_t row) {
  return says(t, row, SELECTION, "best") && says(t, row, GROUP, "all") &&
         says(t, row, METRIC, "roc_auc");
}

/* The row of a training; n_rows: it was not attacked. */
static size_t row_of(const struct table *t, const char *attack, const char *trial) {
  size_t row = 0;
  while (row < t->csv.n_rows &&
         !(is_area(t, row) && says(t, row, ATTACK, attack) && says(t, row, TRIAL, trial)))
    row++;
  return row;
}

/* Folds are trainings of their own: their mean stands for them, as in the report. n: how many were
 * attacked. */
static enum fray_status take(const struct table *t, const struct fray_rep_results *r, size_t trial,
                             const char *attack, double *value, double *pseudo, size_t *n,
                             struct fray_err *err) {
  const struct fray_rep_trial *one = &r->trial[trial];
  *value = *pseudo = 0;
  *n = 0;
  for (size_t p = 0; p < (one->n_parts ? one->n_parts : 1); p++) {
    double x, y;
    const size_t row =
        row_of(t, attack, one->n_parts ? r->folds->trial[one->part[p]].name : one->name);
    if (row == t->csv.n_rows)
      continue;
    FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->column[VALUE], &x, err));
    FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->column[PSEUDO], &y, err));
    *value += x;
    *pseudo += y;
    ++*n;
  }
  *value /= (double)(*n ? *n : 1);
  *pseudo /= (double)(*n ? *n : 1);
  return FRAY_OK;
}

/* Of the trainings of the cell that did not diverge, each with a row. */
static enum fray_status number_of(const struct table *t, struct card *c,
                                  const struct card_cell *cell, const char *attack,
                                  struct matrix_number *out, struct fray_err *err) {
  const struct fray_rep_results *r = cell->r;
  double *value, *pseudo, mean = 0, centre = 0;
  size_t n = 0;
  FRAY_ALLOC(value, c->arena, r->seeds.n + 1, err);
  FRAY_ALLOC(pseudo, c->arena, r->seeds.n + 1, err);
  *out = matrix_nothing;
  for (size_t s = 0; s < r->seeds.n; s++) {
    const size_t trial = r->trial_of[cell->cell * r->seeds.n + s];
    size_t attacked = 0;
    if (trial < r->n_trials)
      FRAY_TRY(take(t, r, trial, attack, &value[n], &pseudo[n], &attacked, err));
    if (attacked == 0)
      continue;
    mean += value[n];
    centre += pseudo[n++];
  }
  struct fray_interval interval = fray_interval_of_seeds(pseudo, n);
  out->why = n ? interval.status : "no training of the cell was attacked";
  if (isnan(mean))
    out->why = "the table does not say it of every training";
  if (n == 0 || isnan(interval.low) || isnan(mean))
    return FRAY_OK;
  const double shift = (mean - centre) / (double)n;
  interval.low += shift;
  interval.high += shift;
  fray_interval_within(0, 1, &interval); /* as an area lies */
  out->value = mean / (double)n;
  out->low = interval.low;
  out->high = interval.high;
  return FRAY_OK;
}

/* Attacks in the order of the file. */
static enum fray_status read_attacks(const struct table *t, struct card *c,
                                     const struct card_cell *cell, struct card_attacks *out,
                                     struct fray_err *err) {
  for (size_t row = 0; row < t->csv.n_rows && out->n < CARD_ATTACKS; row++) {
    const char *attack = fray_rep_csv_at(&t->csv, row, t->column[ATTACK]);
    size_t k = 0;
    while (k < out->n && strcmp(out->name[k], attack) != 0)
      k++;
    if (k < out->n || !is_area(t, row))
      continue;
    out->name[k] = fray_arena_strdup(c->arena, attack);
    FRAY_CHECK(out->name[k], err, MEMORY, "out of memory");
    FRAY_TRY(number_of(t, c, cell, attack, &out->number[k], err));
    out->n++;
  }
  return FRAY_OK;
}

/* The file was held against its hash when the folder was read. */
enum fray_status card_attacks_read(struct card *c, const struct card_cell *cell,
                                   struct card_attacks *out, struct fray_err *err) {
  struct table t;
  char path[4096];
  *out = (struct card_attacks){0};
  FRAY_TRY(fray_folder_path(cell->r->folder, "membership.csv", path, err));
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_read(path, c->arena, &t.csv, err));
  enum fray_status status = FRAY_OK;
  for (size_t k = 0; k < COLUMNS && status == FRAY_OK; k++)
    status = fray_rep_csv_need(&t.csv, names[k], &t.column[k], err);
  if (status == FRAY_OK)
    status = read_attacks(&t, c, cell, out, err);
  fray_rep_csv_free(&t.csv);
  return status;
}

/* Half of the area is what guessing reaches, which the caller says once. */
const char *card_attack(struct card *c, const struct card_cell *cell,
                        const struct card_attacks *attacks, size_t k) {
  return card_number(
      c, &attacks->number[k], true,
      card_note(c, cell->r->folder, "membership.csv",
                ", column value: mean over trainings, and Student's "
                "interval within 0 and 1 of column pseudo: folder=%s cell=%s selection=%s "
                "attack=%s group=%s metric=%s",
                card_name(c, cell->made->folder), card_name(c, cell->made->name),
                card_name(c, "best"), card_name(c, attacks->name[k]), card_name(c, "all"),
                card_name(c, "roc_auc")));
}
