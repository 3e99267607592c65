/* Figure: what each point of a test costs each group of people, where `fray lastmile` has left
 * lastmile/ in the folder. A panel for everybody and one for each group, as maps of the two keys
 * that the test varies; what training never met is hatched.
 *
 * A map shows differences that nobody has tested, and the largest of many always looks large: so
 * the caption has the one verdict there is, of the point that dev chose. */
#include "report/figure/figures.h"

#include "report/plot/build.h"
#include "report/words/names.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/results/csv_table.h"

#include <math.h>
#include <string.h>

/* Columns of plane.csv: a row for each cell, point and group, and the same points of dev, which are
 * passed over here. */
struct table {
  struct fray_rep_csv csv;
  size_t cell, test, key[2], value[2], held, worst, role, column, group, trials, clusters, drop;
};

/* Columns of spread.csv, one row a cell: how far groups lie apart at one point, and how far chance
 * would put them. */
struct spreads {
  struct fray_rep_csv csv;
  size_t cell, spread, null_mean, null_95, p, resolved;
};

/* Values of a key, ascending; a map of more could not be read. */
struct axis {
  double v[2 * FRAY_REP_MOST_COLUMNS];
  size_t n;
};

/* By name: a later program may add some, and one that has lost one is no such table. */
static enum fray_status find_columns(struct table *t, struct spreads *s, struct fray_err *err) {
  const struct {
    const struct fray_rep_csv *csv;
    const char *name;
    size_t *at;
  } needed[] = {
      {&t->csv, "cell", &t->cell},
      {&t->csv, "test", &t->test},
      {&t->csv, "first_key", &t->key[0]},
      {&t->csv, "second_key", &t->key[1]},
      {&t->csv, "first_value", &t->value[0]},
      {&t->csv, "second_value", &t->value[1]},
      {&t->csv, "held_out", &t->held},
      {&t->csv, "worst", &t->worst},
      {&t->csv, "role", &t->role},
      {&t->csv, "column", &t->column},
      {&t->csv, "group", &t->group},
      {&t->csv, "trials", &t->trials},
      {&t->csv, "clusters", &t->clusters},
      {&t->csv, "drop", &t->drop},
      {&s->csv, "cell", &s->cell},
      {&s->csv, "spread", &s->spread},
      {&s->csv, "null_mean", &s->null_mean},
      {&s->csv, "null_95", &s->null_95},
      {&s->csv, "p", &s->p},
      {&s->csv, "resolved", &s->resolved},
  };
  for (size_t k = 0; k < FRAY_COUNT(needed); k++)
    FRAY_TRY(fray_rep_csv_need(needed[k].csv, needed[k].name, needed[k].at, err));
  return FRAY_OK;
}

/* Fields live as long as the table, which is freed when the figures stand: what stays in one is
 * copied. */
static const char *text_of(const struct table *t, size_t row, size_t column) {
  return fray_rep_csv_at(&t->csv, row, column);
}

/* The test's samples alone: dev chose a point, and is not shown. */
static bool is_of(const struct table *t, size_t row, const char *cell, const char *group) {
  return strcmp(text_of(t, row, t->role), "report") == 0 &&
         strcmp(text_of(t, row, t->cell), cell) == 0 &&
         (!group || strcmp(text_of(t, row, t->group), group) == 0);
}

/* Axes have the values in ascending order, whatever the order of the scenario. Puts a value into
 * its place; the file is not trusted, and one value too many ends the map. */
static bool insert(struct axis *axis, double value, size_t most) {
  size_t at = 0;
  while (at < axis->n && axis->v[at] < value)
    at++;
  if (at < axis->n && axis->v[at] == value)
    return true;
  if (axis->n == most || isnan(value))
    return false;
  memmove(&axis->v[at + 1], &axis->v[at], (axis->n - at) * sizeof *axis->v);
  axis->v[at] = value;
  axis->n++;
  return true;
}

/* Found by value: equal numbers were written alike. Past the last: a value that is on no axis. */
static size_t place(const struct axis *axis, double value) {
  size_t i = 0;
  while (i < axis->n && axis->v[i] != value)
    i++;
  return i;
}

/* Every row is looked at, so a table that was cut gives the map of what is left. False where the
 * test varies fewer than two keys, or too many values of them for a map. */
static enum fray_status find_axes(const struct table *t, const char *cell, struct axis axis[2],
                                  bool *fits, struct fray_err *err) {
  *fits = true;
  for (size_t row = 0; row < t->csv.n_rows; row++)
    for (size_t k = 0; k < 2 && is_of(t, row, cell, NULL); k++) {
      double value;
      FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->value[k], &value, err));
      *fits = *fits && insert(&axis[k], value,
                              k ? FRAY_REP_MOST_COLUMNS : 2 * (size_t)FRAY_REP_MOST_COLUMNS);
    }
  *fits = *fits && axis[0].n > 0 && axis[1].n > 0;
  return FRAY_OK;
}

/* What is said of a point beside its number: on paper, where nothing is hatched, it is a sign with
 * its words below the maps. */
static const char *remark(bool held, bool worst) {
  if (held && worst)
    return "costs most on dev, and was held out";
  if (worst)
    return "costs most on dev";
  return held ? "held out: training never met it" : NULL;
}

/* A point that was not asked, or whose group is too small, leaves its cell empty; what no such
 * table can hold ends the report with its line. */
static enum fray_status put_point(struct fray_rep_build *b, const struct table *t, size_t row,
                                  const struct axis axis[2], struct fray_rep_panel *panel,
                                  struct fray_err *err) {
  double value[2], drop, trials, people;
  for (size_t k = 0; k < 2; k++)
    FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->value[k], &value[k], err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->drop, &drop, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->trials, &trials, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->clusters, &people, err));
  FRAY_CHECK(!(fabs(drop) > 1) && trials >= 1 && trials <= 1e6 && people >= 0 && people <= 1e9, err,
             INPUT, "%s, line %zu: no row of a last mile", t->csv.path, t->csv.line[row]);
  struct fray_rep_series *series = &panel->series[place(&axis[0], value[0])];
  if (series->n >= axis[1].n) /* the same point twice */
    return FRAY_OK;
  const bool held = text_of(t, row, t->held)[0] == '1', worst = text_of(t, row, t->worst)[0] == '1';
  /* Means over people; they have no interval of their own here. */
  const struct fray_rep_stat stat = {.n = (size_t)trials,
                                     .n_clusters = (size_t)people,
                                     .mean = drop,
                                     .low = NAN,
                                     .high = NAN,
                                     .p = NAN,
                                     .interval = {.low = NAN,
                                                  .high = NAN,
                                                  .error = NAN,
                                                  .df = NAN,
                                                  .kind = FRAY_INTERVAL_NONE,
                                                  .status = "ok"},
                                     .status = "ok"};
  fray_rep_build_put(b, series, (double)place(&axis[1], value[1]), stat, remark(held, worst));
  return FRAY_OK;
}

/* All panels have the same rows and columns, so that points of two groups stand at one place. Rows
 * are values of the first key. A group that is too small has no number in any point, and no
 * panel either. */
static enum fray_status put_panel(struct fray_rep_build *b, const struct table *t, const char *cell,
                                  const char *group, const char *title, const struct axis axis[2],
                                  struct fray_err *err) {
  struct fray_rep_panel *panel;
  FRAY_TRY(fray_rep_build_panel(b, title, axis[0].n, &panel, err));
  for (size_t k = 0; k < axis[0].n; k++) {
    struct fray_rep_series *series;
    const char *label;
    char number[32];
    fray_format_double(axis[0].v[k], number);
    FRAY_TRY(fray_rep_words(b->r, &label, err, "%s", number));
    FRAY_TRY(fray_rep_build_series(b, panel, label, k, axis[1].n, &series, err));
  }
  for (size_t row = 0; row < t->csv.n_rows; row++)
    if (is_of(t, row, cell, group))
      FRAY_TRY(put_point(b, t, row, axis, panel, err));
  return FRAY_OK;
}

/* Names are of the table's memory, and are given to titles by copies. Groups of which plane.csv has
 * a number, in its order; more than panels are left out. */
static enum fray_status list_groups(const struct table *t, const char *cell, const char **group,
                                    size_t *n, size_t *all, struct fray_err *err) {
  *n = *all = 0;
  for (size_t row = 0; row < t->csv.n_rows; row++) {
    const char *name = text_of(t, row, t->group);
    double drop;
    size_t k = 0;
    if (!is_of(t, row, cell, NULL) || !*name || text_of(t, row, t->worst)[0] != '1')
      continue;
    FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->drop, &drop, err));
    if (isnan(drop))
      continue;
    while (k < *n && strcmp(group[k], name) != 0)
      k++;
    *all += k == *n;
    if (k == *n && *n + 1 < FRAY_REP_MOST_PANELS + 3)
      group[(*n)++] = name;
  }
  return FRAY_OK;
}

/* As `fray lastmile` says it on a terminal, so that the map does not outlive its verdict.
 * "groups lie 4.1 points apart, by chance 5.2": the one thing that was tested. */
static enum fray_status verdict_of(struct fray_rep_results *r, const struct spreads *s,
                                   const char *cell, const char **out, struct fray_err *err) {
  size_t row = 0;
  double spread, mean, most, p;
  while (row < s->csv.n_rows && strcmp(fray_rep_csv_at(&s->csv, row, s->cell), cell) != 0)
    row++;
  *out = "";
  if (row == s->csv.n_rows)
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_real(&s->csv, row, s->spread, &spread, err));
  FRAY_TRY(fray_rep_csv_real(&s->csv, row, s->null_mean, &mean, err));
  FRAY_TRY(fray_rep_csv_real(&s->csv, row, s->null_95, &most, err));
  FRAY_TRY(fray_rep_csv_real(&s->csv, row, s->p, &p, err));
  if (isnan(spread))
    return fray_rep_words(r, out, err, " Fewer than two groups are large enough to be compared.");
  /* Shares, all of them: what is said of them is a sentence of the page, and the file may be
   * edited.
   */
  FRAY_CHECK(spread >= 0 && spread <= 1 && mean >= 0 && mean <= 1 && most >= 0 && most <= 1 &&
                 p >= 0 && p <= 1,
             err, INPUT, "%s, line %zu: no spread of groups", s->csv.path, s->csv.line[row]);
  return fray_rep_words(
      r, out, err,
      " At the point that costs most on dev groups lie %.1f points apart; where people change "
      "groups "
      "by chance it is %.1f in the mean, and at most %.1f in 95 %% of the cases (p %.2g): %s.",
      100 * spread, 100 * mean, 100 * most, p,
      fray_rep_csv_at(&s->csv, row, s->resolved)[0] == '1' ? "resolved" : "not resolved");
}

/* Keys as the scenario calls them: a kind's own words for them do not stand in the table. */
static enum fray_status label_axes(struct fray_rep_build *b, const struct table *t,
                                   const struct axis axis[2], struct fray_err *err) {
  FRAY_ALLOC(b->f->category, b->r->arena, axis[1].n + 1, err);
  for (size_t k = 0; k < axis[1].n; k++) {
    char number[32];
    fray_format_double(axis[1].v[k], number);
    FRAY_TRY(fray_rep_words(b->r, &b->f->category[k], err, "%s", number));
  }
  b->f->n_categories = axis[1].n;
  b->f->y_label = fray_arena_strdup(b->r->arena, text_of(t, 0, t->key[0]));
  b->f->x_label = fray_arena_strdup(b->r->arena, text_of(t, 0, t->key[1]));
  b->f->z_label = "accuracy lost (points)";
  FRAY_CHECK(b->f->x_label && b->f->y_label, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* All models of a cell, everybody first: what the damage costs at all is asked before whom. A test
 * of one key has a curve elsewhere, and no map here. */
static enum fray_status draw_cell(struct fray_rep_results *r, size_t section, size_t index,
                                  const struct table *t, const struct spreads *s, const char *cell,
                                  struct fray_rep_figures *out, struct fray_err *err) {
  const char *group[FRAY_REP_MOST_PANELS + 3], *verdict, *title;
  struct axis axis[2] = {{{0}, 0}, {{0}, 0}};
  struct fray_rep_build b;
  size_t n, all;
  bool fits;
  FRAY_TRY(find_axes(t, cell, axis, &fits, err));
  if (!fits)
    return FRAY_OK;
  FRAY_TRY(list_groups(t, cell, group, &n, &all, err));
  FRAY_TRY(verdict_of(r, s, cell, &verdict, err));
  FRAY_TRY(fray_rep_words(r, &title, err, "What a damage costs whom: %s", cell));
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_HEAT,
                                fray_rep_figure_name(r->arena, section, "lastmile", index, ""),
                                title, err));
  b.is_score = false; /* a difference of two shares */
  b.f->percent = true;
  b.f->hatched = "held out"; /* as both of its remarks have it */
  FRAY_TRY(label_axes(&b, t, axis, err));
  FRAY_TRY(fray_rep_build_panels(&b, n + 1, err));
  FRAY_TRY(put_panel(&b, t, cell, "", "everybody", axis, err));
  for (size_t g = 0; g < n; g++) {
    const char *name = fray_rep_group_title(r, text_of(t, 0, t->column), group[g]);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    FRAY_TRY(put_panel(&b, t, cell, group[g], name, axis, err));
  }
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "Accuracy without damage less accuracy under it, on the test: means over people and models "
      "of "
      "this cell (lastmile/plane.csv). Cells have no intervals, and differences between them are "
      "not tested.%s%s",
      verdict, fray_rep_left_out(r, all, n, "groups"));
}

/* A figure for each cell, in the order of the file: maps of two methods side by side would be read
 * as a comparison of methods, which other figures make with their intervals. */
static enum fray_status draw(struct fray_rep_results *r, size_t section, struct table *t,
                             struct spreads *s, struct fray_rep_figures *out,
                             struct fray_err *err) {
  const char *last = "";
  size_t made = 0;
  FRAY_TRY(find_columns(t, s, err));
  for (size_t row = 0; row < t->csv.n_rows && made < FRAY_REP_MOST_FIGURES; row++) {
    const char *cell = text_of(t, row, t->cell);
    if (strcmp(cell, last) == 0) /* rows of a cell follow one another */
      continue;
    last = cell;
    FRAY_TRY(draw_cell(r, section, made++, t, s, cell, out, err));
  }
  return FRAY_OK;
}

/* Both files or no figure: a map without its verdict would be read as one. Nothing without the
 * files. A damaged one ends the report, as damaged tables do. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct table table = {0};
  struct spreads spreads = {0};
  const char *plane = fray_arena_printf(r->arena, "%s/lastmile/plane.csv", r->folder);
  const char *spread = fray_arena_printf(r->arena, "%s/lastmile/spread.csv", r->folder);
  FRAY_CHECK(plane && spread, err, MEMORY, "out of memory");
  if (!fray_file_exists(plane) || !fray_file_exists(spread))
    return FRAY_OK;
  enum fray_status status = fray_rep_csv_read(plane, r->arena, &table.csv, err);
  if (status == FRAY_OK)
    status = fray_rep_csv_read(spread, r->arena, &spreads.csv, err);
  if (status == FRAY_OK)
    status = draw(r, section, &table, &spreads, out, err);
  fray_rep_csv_free(&table.csv);
  fray_rep_csv_free(&spreads.csv);
  return status;
}

extern const struct fray_rep_figure_kind fray_rep_figure_last_mile;
const struct fray_rep_figure_kind fray_rep_figure_last_mile = {
    .key = "last_mile",
    .heading = "What a damage costs whom",
    .meaning =
        "What each point of a test of two keys costs each group of people, by fray lastmile.",
    .make = make,
};
