/* Figures: the two fronts of a guard, where `fray guard` has left guard/ in the folder.
 *
 * First the fronts against one another (curves.csv, overall.csv): what is refused of each condition
 * that ought to be refused, against what is refused of clean samples, as more may be refused. A dot
 * where as many clean samples are refused as were asked for, a ring where the gate came to be on
 * the test. A gate that is good on one front alone is none, so no figure shows one alone.
 *
 * Then for each column of groups (groups.csv) of whom clean samples are refused, beside what the
 * largest of these shares would be if groups did not matter. */
#include "figures.h"

#include "report/plot/build.h"
#include "report/words/names.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/metric/fairness.h"
#include "fray/results/csv_table.h"

#include <math.h>
#include <string.h>

/* Names in the order in which a table has them. */
struct list {
  const char *v[FRAY_REP_MOST_COLUMNS];
  size_t n, most;
};

/* Columns of overall.csv: what came of the asked rate. */
struct rows {
  struct fray_rep_csv csv;
  size_t cell, gate, condition, asked, refused, low, high, df, trials, clusters;
};

/* Columns of curves.csv. */
struct curves {
  struct fray_rep_csv csv;
  size_t cell, condition, side, clean, refused;
  struct rows overall;
  struct list cells, names;
};

/* Columns of groups.csv. */
struct groups {
  struct fray_rep_csv csv;
  size_t cell, gate, column, group, n, trials, clusters, asked, refused, low, high, df, null, p;
  struct list cells, columns, values;
};

/* Place in a list, to which it is added if there is room; `most`: there was none. */
static size_t place(struct list *list, const char *text) {
  size_t i = 0;
  while (i < list->n && strcmp(list->v[i], text) != 0)
    i++;
  if (i == list->n && i < list->most)
    list->v[list->n++] = text;
  return i;
}

/* Columns by name: a later program may add some. */
static enum fray_status need(const struct fray_rep_csv *csv, const char *const *name,
                             size_t *const *at, size_t n, struct fray_err *err) {
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_rep_csv_need(csv, name[i], at[i], err));
  return FRAY_OK;
}

/* Names are compared as they stand in the file: both tables are of one program. */
static bool is_of(const struct fray_rep_csv *csv, size_t row, size_t column, const char *text) {
  return strcmp(fray_rep_csv_at(csv, row, column), text) == 0;
}

/* Where a share with its interval stands in a row. Both tables have the same columns for it, at
 * places of their own. */
struct shares {
  size_t refused, low, high, df, trials, clusters;
};

/* The share of a row. The file is not trusted: what is no share, or no count, ends the report with
 * its line. */
static enum fray_status read_share(const struct fray_rep_csv *csv, size_t row,
                                   const struct shares *at, struct fray_rep_stat *out,
                                   struct fray_err *err) {
  double trials, clusters, df;
  *out = (struct fray_rep_stat){.p = NAN, .status = "ok"};
  FRAY_TRY(fray_rep_csv_real(csv, row, at->refused, &out->mean, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, at->low, &out->low, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, at->high, &out->high, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, at->df, &df, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, at->trials, &trials, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, at->clusters, &clusters, err));
  FRAY_CHECK(!(out->mean < 0) && !(out->mean > 1) && trials >= 1 && trials <= 1e6 &&
                 clusters >= 0 && clusters <= 1e9,
             err, INPUT, "%s, line %zu: no row of a guard", csv->path, csv->line[row]);
  out->n = (size_t)trials;
  out->n_clusters = (size_t)clusters;
  out->interval = (struct fray_interval){.low = out->low,
                                         .high = out->high,
                                         .error = NAN,
                                         .df = df,
                                         .kind = isnan(out->low) ? FRAY_INTERVAL_NONE
                                                 : isnan(df)     ? FRAY_INTERVAL_PERCENTILE
                                                                 : FRAY_INTERVAL_T,
                                         .status = "ok"};
  return FRAY_OK;
}

/* ---- the fronts against one another ---- */

/* Cells and conditions that ought to be refused, in the order of the file. */
static enum fray_status find_curves(struct curves *c, struct fray_err *err) {
  static const char *const names[] = {"cell", "condition", "side", "clean", "refused"};
  size_t *const at[] = {&c->cell, &c->condition, &c->side, &c->clean, &c->refused};
  struct rows *t = &c->overall;
  static const char *const of_rows[] = {"cell", "gate", "condition", "asked",  "refused",
                                        "low",  "high", "df",        "trials", "clusters"};
  size_t *const at_rows[] = {&t->cell, &t->gate, &t->condition, &t->asked,  &t->refused,
                             &t->low,  &t->high, &t->df,        &t->trials, &t->clusters};
  FRAY_TRY(need(&c->csv, names, at, FRAY_COUNT(names), err));
  FRAY_TRY(need(&t->csv, of_rows, at_rows, FRAY_COUNT(of_rows), err));
  c->cells.most = FRAY_REP_MOST_PANELS;
  c->names.most = FRAY_REP_MOST_MODELS;
  for (size_t row = 0; row < c->csv.n_rows; row++) {
    place(&c->cells, fray_rep_csv_at(&c->csv, row, c->cell));
    if (is_of(&c->csv, row, c->side, "adherence"))
      place(&c->names, fray_rep_csv_at(&c->csv, row, c->condition));
  }
  return FRAY_OK;
}

/* A row of this line: clean samples have none, as they would lie on the diagonal. */
static bool is_curve(const struct curves *c, size_t row, const char *cell, const char *condition) {
  return is_of(&c->csv, row, c->cell, cell) && is_of(&c->csv, row, c->condition, condition);
}

/* The row of the gate of all scores, which comes first in the file; n_rows: there is none. */
static size_t find_overall(const struct rows *t, const char *cell, const char *condition) {
  size_t row = 0;
  while (row < t->csv.n_rows &&
         !(is_of(&t->csv, row, t->gate, fray_rep_csv_at(&t->csv, 0, t->gate)) &&
           is_of(&t->csv, row, t->cell, cell) && is_of(&t->csv, row, t->condition, condition)))
    row++;
  return row;
}

/* A point of a mean, which has no interval of its own. */
static struct fray_rep_point point_at(double x, double y) {
  return (struct fray_rep_point){.x = x, .y = y, .low = NAN, .high = NAN, .realised = NAN, .n = 1};
}

/* Both shares grow with the asked rate, so a curve passes each x once; between its points it is
 * straight. NaN outside. */
static double height_at(const struct fray_rep_series *line, double x) {
  for (size_t i = 1; i < line->n; i++) {
    const struct fray_rep_point *a = &line->point[i - 1], *b = &line->point[i];
    if (a->x <= x && x <= b->x)
      return b->x > a->x ? a->y + (b->y - a->y) * (x - a->x) / (b->x - a->x) : b->y;
  }
  return NAN;
}

/* As far as somebody would let a gate refuse: the axis ends there, and so does the line. */
static enum fray_status put_line(struct fray_rep_build *b, const struct curves *c, const char *cell,
                                 const char *condition, struct fray_rep_series *line,
                                 struct fray_err *err) {
  line->line = true;
  for (size_t row = 0; row < c->csv.n_rows; row++) {
    double x, y;
    if (!is_curve(c, row, cell, condition))
      continue;
    FRAY_TRY(fray_rep_csv_real(&c->csv, row, c->clean, &x, err));
    FRAY_TRY(fray_rep_csv_real(&c->csv, row, c->refused, &y, err));
    /* Nothing was hit: there is no curve. */
    if (isnan(x) || isnan(y))
      continue;
    FRAY_CHECK(x >= 0 && x <= 1 && y >= 0 && y <= 1, err, INPUT,
               "%s, line %zu: no shares of a guard", c->csv.path, c->csv.line[row]);
    line->point[line->n++] = point_at(100 * x, 100 * y);
    b->n_points++;
    if (100 * x > b->f->x1) {
      line->point[line->n - 1] = point_at(b->f->x1, height_at(line, b->f->x1));
      break;
    }
  }
  return FRAY_OK;
}

/* A line, its dot and its ring, all of one colour, so that the legend needs the line alone. */
static enum fray_status put_curve(struct fray_rep_build *b, const struct curves *c,
                                  struct fray_rep_panel *panel, const char *cell, size_t which,
                                  struct fray_err *err) {
  const struct rows *t = &c->overall;
  const struct shares at = {t->refused, t->low, t->high, t->df, t->trials, t->clusters};
  const size_t row = find_overall(t, cell, c->names.v[which]);
  const size_t clean = find_overall(t, cell, "clean");
  const char *label = fray_arena_strdup(b->r->arena, c->names.v[which]);
  struct fray_rep_series *line, *dot, *ring;
  struct fray_rep_stat got;
  double asked, x;
  size_t n = 0;
  for (size_t k = 0; k < c->csv.n_rows; k++)
    n += is_curve(c, k, cell, c->names.v[which]);
  FRAY_TRY(fray_rep_build_series(b, panel, label, which, n, &line, err));
  FRAY_TRY(put_line(b, c, cell, c->names.v[which], line, err));
  /* Tables of two guards do not belong together; then there are lines alone. */
  if (row == t->csv.n_rows || clean == t->csv.n_rows)
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_real(&t->csv, clean, t->asked, &asked, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, clean, t->refused, &x, err));
  FRAY_CHECK(!(asked < 0) && !(asked > 1) && !(x < 0) && !(x > 1), err, INPUT,
             "%s, line %zu: no row of a guard", t->csv.path, t->csv.line[clean]);
  const double height = height_at(line, 100 * asked); /* NaN of a gate of cost */
  if (!isnan(height)) {
    FRAY_TRY(fray_rep_build_series(b, panel, label, which, 1, &dot, err));
    dot->point[dot->n++] = point_at(100 * asked, height);
  }
  if (isnan(x) || 100 * x > b->f->x1)
    return FRAY_OK;
  FRAY_TRY(fray_rep_build_series(b, panel, label, which, 1, &ring, err));
  ring->hollow = true;
  FRAY_TRY(read_share(&t->csv, row, &at, &got, err));
  fray_rep_build_put(b, ring, 100 * x, got, NULL);
  return FRAY_OK;
}

/* The axis ends at some times the asked share: nobody lets a gate refuse half of everything, and
 * what happens there would leave no room for the rest. */
static enum fray_status set_axis(struct fray_rep_build *b, const struct rows *t,
                                 struct fray_err *err) {
  double asked = NAN;
  if (t->csv.n_rows)
    FRAY_TRY(fray_rep_csv_real(&t->csv, 0, t->asked, &asked, err));
  b->f->x0 = 0;
  b->f->x1 = isnan(asked) ? 100 : 100 * fmin(fmax(5 * asked, 0.2), 1);
  return FRAY_OK;
}

/* A panel a cell, a line a condition. Of tables that do not fit together no more is drawn than what
 * each says by itself. */
static enum fray_status draw_curves(struct fray_rep_results *r, size_t section, struct curves *c,
                                    struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_build b;
  FRAY_TRY(find_curves(c, err));
  /* A file without rows is of a guard that found no model. */
  if (c->cells.n == 0 || c->names.n == 0)
    return FRAY_OK;
  const char *name = fray_rep_figure_name(r->arena, section, "fronts", 0, "");
  const char *gate =
      c->overall.csv.n_rows ? fray_rep_csv_at(&c->overall.csv, 0, c->overall.gate) : "all scores";
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_POINTS, name, "Two fronts of a gate", err));
  b.is_score = false; /* of no metric, but a share as many are */
  b.f->percent = true;
  b.f->diagonal = true;
  b.f->x_label = "refused of clean samples (%)";
  b.f->y_label = "refused (%)";
  FRAY_TRY(set_axis(&b, &c->overall, err));
  FRAY_TRY(fray_rep_build_panels(&b, c->cells.n, err));
  for (size_t k = 0; k < c->cells.n; k++) {
    struct fray_rep_panel *panel;
    const char *title = c->cells.n > 1 ? fray_arena_strdup(r->arena, c->cells.v[k]) : "";
    FRAY_TRY(fray_rep_build_panel(&b, title, 3 * c->names.n, &panel, err));
    for (size_t i = 0; i < c->names.n; i++)
      FRAY_TRY(put_curve(&b, c, panel, c->cells.v[k], i, err));
  }
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "What the gate of %s refuses of samples that ought to be refused, against what it refuses of "
      "clean ones, as more may be refused: the mean over trainings. A filled mark lies where as "
      "many "
      "clean samples are refused as were asked for, a hollow one where the gate came to be on the "
      "test, with the interval of what it refused there (guard/curves.csv, guard/overall.csv).",
      gate);
}

/* ---- groups ---- */

/* "received (2 clients: too few)": why there is no bar. A bar of height 0 would say that nothing
 * was refused, and a hollow one that something is known. */
static enum fray_status name_group(struct fray_rep_build *b, const struct groups *t, size_t row,
                                   const char **out, struct fray_err *err) {
  const char *column = fray_rep_csv_at(&t->csv, row, t->column);
  const char *value = fray_rep_csv_at(&t->csv, row, t->group);
  const char *title = fray_rep_group_title(b->r, column, value);
  double clusters, refused, n, trials;
  FRAY_CHECK(title, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->clusters, &clusters, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->refused, &refused, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->n, &n, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->trials, &trials, err));
  /* Clients are named first: many samples of few people say as little of a group. */
  const bool is_few = clusters < FRAY_GROUP_MIN_CLUSTERS;
  const double count = is_few ? clusters : n / trials;
  if (isnan(refused) && count >= 0 && count <= 1e9)
    return fray_rep_words(b->r, out, err, "%s (%s: too few)", title,
                          is_few ? FRAY_N((size_t)count, "client")
                                 : FRAY_N((size_t)count, "sample"));
  *out = fray_arena_strdup(b->r->arena, title);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Levels of a panel, and how likely its largest bar is: once, from any row. */
static enum fray_status put_levels(struct fray_rep_build *b, const struct groups *t, size_t row,
                                   struct fray_rep_panel *panel, struct fray_err *err) {
  double asked, null, p;
  if (panel->reference)
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->asked, &asked, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->null, &null, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->p, &p, err));
  FRAY_ALLOC(panel->reference, b->r->arena, 2, err);
  if (!isnan(asked)) /* a gate of cost promises nothing */
    panel->reference[panel->n_references++] =
        (struct fray_rep_reference){.y = 100 * asked, .label = "asked"};
  if (!isnan(null))
    panel->reference[panel->n_references++] =
        (struct fray_rep_reference){.y = 100 * null, .label = "largest, if groups do not matter"};
  if (isnan(p)) {
    panel->note = "no null";
    return FRAY_OK;
  }
  return fray_rep_words(b->r, &panel->note, err, "largest: p %.2g", p);
}

/* One column: bars of its groups, a panel for each cell. All panels have the same groups at the
 * same places, as the data are the same. */
static enum fray_status fill_groups(struct fray_rep_build *b, struct groups *t, const char *column,
                                    struct fray_err *err) {
  const struct shares at = {t->refused, t->low, t->high, t->df, t->trials, t->clusters};
  FRAY_ALLOC_ZERO(b->f->category, b->r->arena, t->values.n + 1, err);
  b->f->n_categories = t->values.n;
  FRAY_TRY(fray_rep_build_panels(b, t->cells.n, err));
  for (size_t k = 0; k < t->cells.n; k++) {
    struct fray_rep_panel *panel;
    struct fray_rep_series *series;
    const char *title = t->cells.n > 1 ? fray_arena_strdup(b->r->arena, t->cells.v[k]) : "";
    FRAY_TRY(fray_rep_build_panel(b, title, 1, &panel, err));
    FRAY_TRY(fray_rep_build_series(b, panel, "clean samples", 0, t->values.n, &series, err));
    for (size_t row = 0; row < t->csv.n_rows; row++) {
      struct fray_rep_stat got;
      if (!is_of(&t->csv, row, t->column, column) || !is_of(&t->csv, row, t->cell, t->cells.v[k]))
        continue;
      const size_t x = place(&t->values, fray_rep_csv_at(&t->csv, row, t->group));
      if (x >= t->values.n) /* no room, and none is left out of the table */
        continue;
      FRAY_TRY(name_group(b, t, row, &b->f->category[x], err));
      FRAY_TRY(read_share(&t->csv, row, &at, &got, err));
      FRAY_TRY(put_levels(b, t, row, panel, err));
      if (series->n < t->values.n)
        fray_rep_build_put(b, series, (double)x, got, NULL);
    }
  }
  return FRAY_OK;
}

/* The groups of one column in the order of the data; those beyond the room of a figure are in the
 * table. */
static enum fray_status draw_column(struct fray_rep_results *r, size_t section, size_t index,
                                    struct groups *t, struct fray_rep_figures *out,
                                    struct fray_err *err) {
  const char *column = fray_arena_strdup(r->arena, t->columns.v[index]); /* outlives the table */
  const char *title = column ? fray_rep_column_title(r, column) : NULL;
  const char *name = fray_rep_figure_name(r->arena, section, "fronts", index + 1, "");
  struct fray_rep_build b;
  t->values = (struct list){.most = FRAY_REP_MOST_COLUMNS};
  for (size_t row = 0; row < t->csv.n_rows; row++)
    if (is_of(&t->csv, row, t->column, column))
      place(&t->values, fray_rep_csv_at(&t->csv, row, t->group));
  FRAY_CHECK(title, err, MEMORY, "out of memory");
  /* Several columns are several figures, which the list of contents tells apart. */
  const char *heading = fray_arena_printf(r->arena, "Of whom a gate refuses: %s", title);
  FRAY_CHECK(heading, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_BARS, name, heading, err));
  b.is_score = false;
  b.f->percent = true;
  b.f->x_label = title;
  b.f->y_label = "refused of clean samples (%)";
  FRAY_TRY(fill_groups(&b, t, column, err));
  if (b.n_points == 0) { /* nothing but groups of too few people */
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "Share of clean samples that the gate refuses, by %s. Where people change groups by chance "
      "the largest bar stays below its line in 95 %% of the cases: one that does not pass it says "
      "nothing of its group. Groups of fewer than 5 people or 30 samples have no bar "
      "(guard/groups.csv).",
      title);
}

/* One figure a column, as the groups of two columns are the same people twice. */
static enum fray_status draw_groups(struct fray_rep_results *r, size_t section, struct groups *t,
                                    struct fray_rep_figures *out, struct fray_err *err) {
  static const char *const names[] = {"cell",   "gate",     "column", "group",   "n",
                                      "trials", "clusters", "asked",  "refused", "low",
                                      "high",   "df",       "null",   "p"};
  size_t *const at[] = {&t->cell,   &t->gate,     &t->column, &t->group,   &t->n,
                        &t->trials, &t->clusters, &t->asked,  &t->refused, &t->low,
                        &t->high,   &t->df,       &t->null,   &t->p};
  FRAY_TRY(need(&t->csv, names, at, FRAY_COUNT(names), err));
  t->cells.most = FRAY_REP_MOST_PANELS;
  t->columns.most = FRAY_REP_MOST_FIGURES - 1;
  for (size_t row = 0; row < t->csv.n_rows; row++) {
    place(&t->cells, fray_rep_csv_at(&t->csv, row, t->cell));
    place(&t->columns, fray_rep_csv_at(&t->csv, row, t->column));
  }
  for (size_t k = 0; k < t->columns.n; k++)
    FRAY_TRY(draw_column(r, section, k, t, out, err));
  return FRAY_OK;
}

/* ---- both ---- */

/* Nothing without the file. A damaged one ends the report, as damaged tables do. */
static enum fray_status open_table(struct fray_rep_results *r, const char *file,
                                   struct fray_rep_csv *csv, bool *there, struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/guard/%s", r->folder, file);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  *there = fray_file_exists(path);
  return *there ? fray_rep_csv_read(path, r->arena, csv, err) : FRAY_OK;
}

/* A guard of before the curves has none, and then there is no figure. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct curves curves = {0};
  struct groups groups = {0};
  bool has_curves = false, has_rows = false, has_groups = false;
  enum fray_status status = open_table(r, "curves.csv", &curves.csv, &has_curves, err);
  if (status == FRAY_OK)
    status = open_table(r, "overall.csv", &curves.overall.csv, &has_rows, err);
  if (status == FRAY_OK && has_curves && has_rows)
    status = draw_curves(r, section, &curves, out, err);
  if (status == FRAY_OK)
    status = open_table(r, "groups.csv", &groups.csv, &has_groups, err);
  if (status == FRAY_OK && has_groups)
    status = draw_groups(r, section, &groups, out, err);
  fray_rep_csv_free(&curves.csv);
  fray_rep_csv_free(&curves.overall.csv);
  fray_rep_csv_free(&groups.csv);
  return status;
}

extern const struct fray_rep_figure_kind fray_rep_figure_fronts;
const struct fray_rep_figure_kind fray_rep_figure_fronts = {
    .key = "fronts",
    .heading = "Two fronts of a gate",
    .meaning = "What a gate refuses of what it ought to refuse, against what it refuses of clean "
               "samples; and of whom.",
    .make = make,
};
