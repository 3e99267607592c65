/* Figure: what a mark stands, from mark/conditions.csv of the folder, where `fray detect` has left
 * one.
 *
 * A row an edit, as strong as it was: how many clients were found, how many that carry no mark, how
 * many single values, and the area of these. What was found without a mark stands beside what was
 * found with one, as neither says anything alone. */
#include "report/figure/figures.h"
#include "report/plot/build.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/results/csv_table.h"

#include <math.h>
#include <string.h>

/* Columns of conditions.csv by name: a later program may add some. */
struct table {
  struct fray_rep_csv csv;
  size_t condition, severity, modality, unit, n, found, against_n, against_found, auroc;
};

enum { MOST_ROWS = 24, N_COLUMNS = 4 };
static const char *const columns[N_COLUMNS] = {"clients found", "falsely found", "values found",
                                               "area, values"};

static enum fray_status find_columns(struct table *t, struct fray_err *err) {
  const struct {
    const char *name;
    size_t *place;
  } need[] = {{"condition", &t->condition},
              {"severity", &t->severity},
              {"modality", &t->modality},
              {"unit", &t->unit},
              {"n", &t->n},
              {"found", &t->found},
              {"against_n", &t->against_n},
              {"against_found", &t->against_found},
              {"auroc", &t->auroc}};
  for (size_t i = 0; i < FRAY_COUNT(need); i++)
    FRAY_TRY(fray_rep_csv_need(&t->csv, need[i].name, need[i].place, err));
  return FRAY_OK;
}

static const char *at(const struct table *t, size_t row, size_t column) {
  return fray_rep_csv_at(&t->csv, row, column);
}

/* A count over a count; NaN where nothing was compared. The file is not trusted. */
static enum fray_status share(const struct table *t, size_t row, size_t part, size_t whole,
                              double *out, struct fray_err *err) {
  double a, b;
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, part, &a, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, whole, &b, err));
  FRAY_CHECK(!(a < 0) && !(b < 0) && !(a > b), err, INPUT, "%s, line %zu: no counts of marks",
             t->csv.path, t->csv.line[row]);
  *out = b > 0 ? a / b : NAN;
  return FRAY_OK;
}

/* Shares of counts of one detection: no trainings stand behind them, so there is no interval, nor a
 * word on what it rests on. NaN, as without shards to compare with, leaves its place empty. */
static void put(struct fray_rep_build *b, struct fray_rep_series *series, size_t column,
                double value) {
  if (isnan(value))
    return;
  series->point[series->n++] = (struct fray_rep_point){
      .x = (double)column, .y = 100 * value, .low = NAN, .high = NAN, .realised = NAN, .n = 1};
  b->n_points++;
}

/* Of a client's row, and of the row of values that stands before it. */
static enum fray_status put_row(struct fray_rep_build *b, const struct table *t,
                                struct fray_rep_panel *panel, size_t clients, size_t values,
                                struct fray_err *err) {
  struct fray_rep_series *series;
  const char *label, *severity = at(t, clients, t->severity);
  double number;
  FRAY_TRY(fray_rep_words(b->r, &label, err, *severity ? "%s %s" : "%s%s",
                          at(t, clients, t->condition), severity));
  FRAY_TRY(fray_rep_build_series(b, panel, label, 0, N_COLUMNS, &series, err));
  FRAY_TRY(share(t, clients, t->found, t->n, &number, err));
  put(b, series, 0, number);
  FRAY_TRY(share(t, clients, t->against_found, t->against_n, &number, err));
  put(b, series, 1, number);
  if (values == t->csv.n_rows)
    return FRAY_OK;
  FRAY_TRY(share(t, values, t->found, t->n, &number, err));
  put(b, series, 2, number);
  FRAY_TRY(fray_rep_csv_real(&t->csv, values, t->auroc, &number, err));
  FRAY_CHECK(!(number < 0) && !(number > 1), err, INPUT, "%s, line %zu: no area under a curve",
             t->csv.path, t->csv.line[values]);
  put(b, series, 3, number);
  return FRAY_OK;
}

/* Rows of one modality, in the order of the file, the undamaged ones first. */
static enum fray_status put_panel(struct fray_rep_build *b, const struct table *t,
                                  const char *modality, struct fray_err *err) {
  struct fray_rep_panel *panel;
  size_t rows = 0, values = t->csv.n_rows;
  const char *title = fray_arena_strdup(b->r->arena, modality);
  FRAY_CHECK(title, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_build_panel(b, title, MOST_ROWS, &panel, err));
  for (size_t row = 0; row < t->csv.n_rows && rows < MOST_ROWS; row++) {
    if (strcmp(at(t, row, t->modality), modality) != 0)
      continue;
    if (strcmp(at(t, row, t->unit), "client") != 0) {
      values = row;
      continue;
    }
    FRAY_TRY(put_row(b, t, panel, row, values, err));
    values = t->csv.n_rows;
    rows++;
  }
  return FRAY_OK;
}

/* Modalities in the order in which the file has them. */
static enum fray_status draw(struct fray_rep_results *r, size_t section, struct table *t,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_build b;
  const char *seen[FRAY_REP_MOST_PANELS];
  size_t n = 0;
  FRAY_TRY(find_columns(t, err));
  for (size_t row = 0; row < t->csv.n_rows; row++) {
    size_t k = 0;
    while (k < n && strcmp(seen[k], at(t, row, t->modality)) != 0)
      k++;
    if (k == n && n < FRAY_REP_MOST_PANELS)
      seen[n++] = at(t, row, t->modality);
  }
  if (n == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_HEAT,
                                fray_rep_figure_name(r->arena, section, "mark", 0, ""),
                                "What a mark stands", err));
  b.is_score = false;
  b.f->percent = true;
  b.f->x_label = "";
  b.f->y_label = "edit";
  b.f->z_label = "share (%)";
  FRAY_ALLOC(b.f->category, r->arena, N_COLUMNS, err);
  memcpy(b.f->category, columns, sizeof columns);
  b.f->n_categories = N_COLUMNS;
  FRAY_TRY(fray_rep_build_panels(&b, n, err));
  for (size_t k = 0; k < n; k++)
    FRAY_TRY(put_panel(&b, t, seen[k], err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "Clients and single values in which the mark of a key was found (p of "
      "at most .05 among 199 random keys), as they are and after edits; "
      "clients without the mark that were found falsely, of whom one of twenty is "
      "expected; the area under the curve of single values with the mark "
      "against those without (mark/conditions.csv). At most %d edits of a "
      "modality are drawn.",
      MOST_ROWS);
}

static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/mark/conditions.csv", r->folder);
  struct table t = {0};
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_read(path, r->arena, &t.csv, err));
  const enum fray_status status = draw(r, section, &t, out, err);
  fray_rep_csv_free(&t.csv);
  return status;
}

extern const struct fray_rep_figure_kind fray_rep_figure_mark_finds;
const struct fray_rep_figure_kind fray_rep_figure_mark_finds = {
    .key = "mark_finds",
    .heading = "What a mark stands",
    .meaning = "How often the mark of a key is found after edits, and falsely.",
    .make = make,
};
