/* The tables of a matrix and the dictionary of their columns.
 *
 *   matrix.csv       a row for each number that could be there: value with interval, or the reason
 *   families.csv     clean and all conditions of a test together, and of all tests
 *   not_tested.csv   kinds of damage that act on these modalities, and that no condition uses
 *
 * Rows stand in the order of the folders as given, of their cells and conditions; so the same
 * folders give the same bytes. */
#include "matrix_parts.h"

#include "fray/base/columns.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* What two tables begin with. */
#define CELL(FILE_)                                                                                \
  {FILE_, "folder", "text", "", "results folder as given", "never"},                               \
      {FILE_, "cell", "text", "", "swept keys with their values, or all", "never"},                \
      {FILE_,  "trainings", "integer", "trials", "of which the numbers are, folds one by one",     \
       "never"},                                                                                   \
  {                                                                                                \
    FILE_, "diverged", "integer", "trials", "of these, that count as the constant predictor",      \
        "never"                                                                                    \
  }
#define NUMBER(FILE_)                                                                              \
  {FILE_, "value", "real", "", "mean over the trainings", "see status"},                           \
      {FILE_, "low", "real", "", "of its 95 % interval", "see status"},                            \
      {FILE_, "high", "real", "", "likewise", "see status"},                                       \
      {FILE_,                                                                                      \
       "df",                                                                                       \
       "real",                                                                                     \
       "",                                                                                         \
       "degrees of freedom of the interval",                                                       \
       "it is made of percentiles, or there is none"},                                             \
      {FILE_,                                                                                      \
       "interval",                                                                                 \
       "text",                                                                                     \
       "",                                                                                         \
       "what it is over: people and trainings, people, or trainings",                              \
       "no number"},                                                                               \
  {                                                                                                \
    FILE_, "status", "text", "", "ok, or the reason why there is no number", "never"               \
  }

static const struct fray_column columns[] = {
    CELL("matrix.csv"),
    {"matrix.csv", "condition", "text", "",
     "NAME, or NAME=SEVERITY; guard/NAME: asked by a guard alone", "never"},
    {"matrix.csv", "family", "text", "", "the test that it is a point of", "it is a point of none"},
    {"matrix.csv", "measure", "text", "",
     "right: share of right answers, a refusal is none; worst_case: share right under the worst of "
     "clean and all conditions of the family, chosen for each sample by itself; worst_of_means: "
     "under the worst condition of the family for all samples together; mean_of_means: their mean; "
     "gap: largest difference between groups of people; refused: share of refused answers; a "
     "metric of scores.csv; bytes, flops: of a training",
     "never"},
    {"matrix.csv", "of", "text", "", "column of groups of a gap; gate of a guard that refused",
     "another measure"},
    NUMBER("matrix.csv"),
    {"matrix.csv", "null_mean", "real", "",
     "mean gap where people change groups by chance (2,000 permutations)", "no gap"},
    {"matrix.csv", "null_95", "real", "", "which chance exceeds in 5 % of the cases", "no gap"},
    {"matrix.csv", "p", "real", "",
     "share of such gaps that are as large; not corrected for the number of rows", "no gap"},
    CELL("families.csv"),
    {"families.csv", "family", "text", "", "a test, or all tests", "never"},
    {"families.csv", "conditions", "integer", "", "of it, beside clean", "never"},
    {"families.csv", "measure", "text", "", "as in matrix.csv", "never"},
    NUMBER("families.csv"),
    {"not_tested.csv", "kind", "text", "", "as in fray list corruptions", "never"},
    {"not_tested.csv", "category", "text", "", "what is wrong with the input", "never"},
    {"not_tested.csv", "modalities", "text", "",
     "of these data that it acts on; one that is not called after its kind may be of any", "never"},
};

/* From the same rows as the headers, so that no column is without its meaning. */
void matrix_columns(const void *found, struct fray_text *out) {
  (void)found;
  fray_columns_csv_head(out);
  fray_columns_csv(columns, FRAY_COUNT(columns), out);
}

/* Names are free text, and a spreadsheet must not run them. */
static void put_text(struct fray_text *out, const char *text) {
  fray_text_puts(out, ",");
  fray_text_csv(out, text);
}

/* What rows of two tables begin with; a folder is told as it was given. */
static void put_cell(const struct matrix_cell *cell, struct fray_text *out) {
  fray_text_csv(out, cell->folder);
  put_text(out, cell->name);
  fray_text_printf(out, ",%zu,%zu", cell->trainings, cell->diverged);
}

/* An empty field is never a 0: the status beside it says what is missing. */
static void put_number(const struct matrix_number *number, struct fray_text *out) {
  const double field[] = {number->value, number->low, number->high, number->df};
  for (size_t k = 0; k < FRAY_COUNT(field); k++)
    fray_rep_csv_put_real(out, field[k]);
  put_text(out, number->interval);
  put_text(out, number->why);
}

/* Long and not wide: a row a number, so that its interval and its reason stand beside it. */
void matrix_table(const void *found, struct fray_text *out) {
  const struct matrix *m = found;
  fray_columns_header(columns, FRAY_COUNT(columns), "matrix.csv", NULL, out);
  for (size_t c = 0; c < m->n_cells; c++)
    for (size_t i = 0; i < m->cell[c].n_rows; i++)
      for (size_t k = 0; k < m->n_columns; k++) {
        const struct matrix_row *row = &m->cell[c].row[i];
        const struct fray_gap_null *null = &row->number[k].null;
        put_cell(&m->cell[c], out);
        put_text(out, row->condition);
        put_text(out, row->family);
        put_text(out, m->column[k].name);
        put_text(out, m->column[k].of);
        put_number(&row->number[k], out);
        fray_rep_csv_put_real(out, null->mean);
        fray_rep_csv_put_real(out, null->q95);
        fray_rep_csv_put_real(out, null->p);
        fray_text_puts(out, "\n");
      }
}

/* The three stand together: what is lost by choosing for each sample is seen beside what is lost by
 * choosing once. */
void matrix_families(const void *found, struct fray_text *out) {
  static const char *const measure[] = {"worst_case", "worst_of_means", "mean_of_means"};
  const struct matrix *m = found;
  fray_columns_header(columns, FRAY_COUNT(columns), "families.csv", NULL, out);
  for (size_t c = 0; c < m->n_cells; c++)
    for (size_t f = 0; f < m->cell[c].n_families; f++) {
      const struct matrix_family *family = &m->cell[c].family[f];
      const struct matrix_number *number[] = {&family->worst, &family->worst_of_means,
                                              &family->mean_of_means};
      for (size_t k = 0; k < FRAY_COUNT(measure); k++) {
        put_cell(&m->cell[c], out);
        put_text(out, family->name);
        fray_text_printf(out, ",%zu", family->conditions);
        put_text(out, measure[k]);
        put_number(number[k], out);
        fray_text_puts(out, "\n");
      }
    }
}

/* In the order of the registry, which is that of reports. */
void matrix_not_tested(const void *found, struct fray_text *out) {
  const struct matrix *m = found;
  fray_columns_header(columns, FRAY_COUNT(columns), "not_tested.csv", NULL, out);
  for (size_t k = 0; k < m->n_untested; k++) {
    fray_text_csv(out, m->untested[k].kind);
    put_text(out, m->untested[k].category);
    put_text(out, m->untested[k].modalities);
    fray_text_puts(out, "\n");
  }
}

/* Of fields and not of conditions: a condition with one number of ten is no covered one. */
void matrix_coverage(const struct matrix *m, size_t *filled, size_t *all) {
  *filled = *all = 0;
  for (size_t c = 0; c < m->n_cells; c++)
    for (size_t i = 0; i < m->cell[c].n_rows; i++)
      for (size_t k = 0; k < m->n_columns; k++) {
        *filled += isnan(m->cell[c].row[i].number[k].value) ? 0 : 1;
        ++*all;
      }
}
