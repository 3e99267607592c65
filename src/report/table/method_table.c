/* The method table: a row for each curve, with its measures and their intervals. */
#include "method_table.h"

#include "cost_table.h"

#include "report/stat/path.h"
#include "report/stat/verdict.h"
#include "report/words/markup.h"
#include "report/words/names.h"
#include "report/words/table_columns.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum column {
  STUDY,
  AXIS,
  SERIES,
  CLEAN,
  END,
  RAUC,
  RETENTION,
  S50,
  SLOPE,
  CE,
  RELATIVE_CE,
  EFFECTIVE,
  LATE,
  ECE,
  NLL,
  DIFFERENCE,
  P,
  SEEDS,
  DIVERGED,
  COLUMNS
};

/* Literals rather than a function, as the template is a constant. NUMBER_COLUMN allows an
 * interval; make_columns takes it away from counts. */
#define TEXT_COLUMN(column_key, column_name)                                                       \
  { .key = column_key, .name = column_name, .unit = "", .kind = FRAY_REP_COLUMN_TEXT }
#define NUMBER_COLUMN(column_key, column_name, digits)                                             \
  {                                                                                                \
    .key = column_key, .name = column_name, .unit = "", .kind = FRAY_REP_COLUMN_NUMBER,            \
    .interval = true, .decimals = digits                                                           \
  }

/* The order is that of enum column; text columns must come first, as the CSV repeats them at the
 * start of each row. Keys are what scripts read, so they stay when a name changes. */
static const struct fray_rep_table_column template[COLUMNS] = {
    [STUDY] = TEXT_COLUMN("study", "study"),
    [AXIS] = TEXT_COLUMN("axis", "axis"),
    [SERIES] = TEXT_COLUMN("series", "series"),
    [CLEAN] = NUMBER_COLUMN("clean", "clean", 3),
    [END] = NUMBER_COLUMN("end", "strongest damage", 3),
    [RAUC] = NUMBER_COLUMN("rauc", "RAUC", 3),
    [RETENTION] = NUMBER_COLUMN("retention", "retention", 3),
    [S50] = NUMBER_COLUMN("s50", "s50", 3),
    [SLOPE] = NUMBER_COLUMN("slope", "slope", 3),
    [CE] = NUMBER_COLUMN("mce", "mCE", 3),
    [RELATIVE_CE] = NUMBER_COLUMN("relative_mce", "relative mCE", 3),
    [EFFECTIVE] = NUMBER_COLUMN("effective_robustness", "effective robustness", 3),
    [LATE] = NUMBER_COLUMN("against_late_fusion", "against late fusion", 3),
    [ECE] = NUMBER_COLUMN("ece", "ECE, clean", 3),
    [NLL] = NUMBER_COLUMN("nll", "NLL, clean", 3),
    [DIFFERENCE] = NUMBER_COLUMN("difference", "difference to the reference", 3),
    [P] =
        {.key = "p_holm", .name = "p (Holm)", .unit = "", .kind = FRAY_REP_COLUMN_P, .decimals = 3},
    [SEEDS] = NUMBER_COLUMN("seeds", "seeds", 0),
    [DIVERGED] = NUMBER_COLUMN("diverged", "diverged", 0),
};

/* Filled by a loop of lookups. CLEAN, ECE and NLL are not here: they are scores at the first
 * strength, found otherwise. */
static const struct {
  enum column column;
  enum fray_rep_entry_kind kind;
} of_curve[] = {{END, FRAY_REP_SCORE},
                {RAUC, FRAY_REP_RAUC},
                {RETENTION, FRAY_REP_RETENTION},
                {S50, FRAY_REP_S50},
                {SLOPE, FRAY_REP_SLOPE},
                {CE, FRAY_REP_CE},
                {RELATIVE_CE, FRAY_REP_RELATIVE_CE},
                {EFFECTIVE, FRAY_REP_EFFECTIVE},
                {LATE, FRAY_REP_AGAINST_LATE},
                {DIFFERENCE, FRAY_REP_DIFFERENCE}};

/* Columns in the unit of the score. Made from the first study: a table of several shows one
 * unit. Ratios (RAUC, retention, CE) have none and keep their scale. */
static enum fray_status make_columns(struct fray_arena *arena, bool percent,
                                     const struct fray_rep_table_column **out,
                                     struct fray_err *err) {
  static const enum column scores[] = {CLEAN, END};
  static const enum column points[] = {SLOPE, EFFECTIVE, LATE, DIFFERENCE};
  struct fray_rep_table_column *columns;
  FRAY_ALLOC(columns, arena, COLUMNS, err);
  memcpy(columns, template, sizeof template);
  /* Counts have none. */
  columns[SEEDS].interval = columns[DIVERGED].interval = false;
  if (percent)
    for (size_t i = 0; i < FRAY_COUNT(scores); i++) {
      columns[scores[i]].unit = "%";
      columns[scores[i]].scale = 100;
      columns[scores[i]].decimals = 1;
    }
  if (percent)
    for (size_t i = 0; i < FRAY_COUNT(points); i++) {
      columns[points[i]].unit = "points";
      columns[points[i]].scale = 100;
      columns[points[i]].decimals = 1;
    }
  *out = columns;
  return FRAY_OK;
}

/* Passed through all rows; m changes from study to study while remarks gather, since there is
 * one caption. */
struct filler {
  const struct fray_rep_catalogue *m;
  struct fray_rep_table *table;
  struct fray_rep_names remarks; /* on intervals: they would stand at every number */
};

/* NULL leaves the cell as it was made, NaN without a reason: the measure does not apply, and
 * that needs no footnote. */
static enum fray_status put(struct filler *f, const struct fray_rep_entry *v,
                            struct fray_rep_cell *cell, struct fray_err *err) {
  size_t ignored;
  if (!v)
    return FRAY_OK;
  cell->value = v->e.value;
  cell->low = v->e.interval.low;
  cell->high = v->e.interval.high;
  /* An empty cell has its reason as a footnote; a remark on an interval would stand at every
   * number, and goes into the caption. */
  if (isnan(v->e.value))
    cell->status = v->e.status;
  else if (strcmp(v->e.status, "ok") != 0)
    return fray_rep_intern(&f->remarks, v->e.status, f->table->arena, &ignored, err);
  return FRAY_OK;
}

/* An interval that any score would fit says nothing; the number stands alone then. Known for
 * scores in percent alone, whose range is 0 to 1; a score may span that, a difference twice as
 * much. The value is kept, since it is a measurement all the same. */
static void blank(struct filler *f, enum column column, struct fray_rep_cell *cell) {
  struct fray_rep_stat stat = {.low = cell->low, .high = cell->high};
  if (f->table->column[column].scale != 100 || isnan(cell->value) ||
      !fray_rep_blank(&stat, column == CLEAN || column == END))
    return;
  cell->low = cell->high = NAN;
  cell->status = "any value would fit";
}

/* A strength at which half is lost is only said with an interval, and that half is never lost
 * only if what is left at the end is told from a half. Draws that never cross have no strength,
 * so an interval is missing just where the crossing is in doubt. Must follow put and blank,
 * whose outcome it judges. */
static void settle_s50(const struct filler *f, size_t axis, size_t series,
                       struct fray_rep_cell *cell) {
  const struct fray_rep_entry *left = fray_rep_entry_of(f->m, axis, series, FRAY_REP_RETENTION);
  bool crosses = !isnan(cell->value), kept = left && left->e.interval.low > 0.5;
  bool never = cell->status && strcmp(cell->status, "> s_max") == 0;
  if ((crosses && !isnan(cell->low)) || (!crosses && (!never || kept)))
    return;
  *cell = (struct fray_rep_cell){.value = NAN, .low = NAN, .high = NAN, .status = "not resolved"};
}

/* A study that did not ask for the metric leaves an empty column, which is then not shown. */
static enum fray_status put_metric(struct filler *f, const char *metric, size_t axis, size_t series,
                                   struct fray_rep_cell *cell, struct fray_err *err) {
  size_t i = fray_rep_name_find(&f->m->r->metrics, metric);
  if (i == f->m->r->metrics.n)
    return FRAY_OK;
  return put(f, fray_rep_clean_entry(f->m, axis, series, i), cell, err);
}

/* Titles for people, the names of the scenario for the CSV. Panels are named only if there are
 * several: a title that all rows share would tell none apart. */
static enum fray_status label(struct filler *f, size_t axis, size_t series,
                              struct fray_rep_cell *out, struct fray_err *err) {
  const struct fray_rep_axis *a = &f->m->axes[axis];
  bool panels = a->n_panels > 1;
  const char *reference =
      fray_rep_reference_series(f->m->r, a, series) == series ? " (reference)" : "";
  out->text = fray_arena_printf(f->table->arena, "%s%s", a->csv[series], reference);
  out->shown =
      fray_arena_printf(f->table->arena, "%s%s%s%s", panels ? a->panel_title[a->panel[series]] : "",
                        panels ? ": " : "", a->series[series], reference);
  FRAY_CHECK(out->text && out->shown, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* A model at chance has a note at its clean score. Its note replaces that of the interval:
 * whoever reads the relative measures of the row must know first that they start from nothing. */
static enum fray_status note_chance(struct filler *f, size_t axis, size_t series,
                                    struct fray_rep_cell *clean, struct fray_err *err) {
  struct fray_rep_results *r = f->m->r;
  const struct fray_rep_axis *a = &f->m->axes[axis];
  enum fray_rep_learnt learnt;
  size_t cell = fray_rep_cell_at(r, a, series, a->x[0]), at = fray_rep_clean_condition(r);
  blank(f, CLEAN, clean);
  if (cell == r->n_cells || at == r->conditions.n)
    return FRAY_OK;
  struct fray_rep_address address = fray_rep_main_score(r, cell, at, NAN);
  FRAY_TRY(fray_rep_learnt_at(r, &address, &learnt, err));
  if (learnt == FRAY_REP_AT_CHANCE)
    clean->status = "not told from chance";
  return FRAY_OK;
}

/* No row where the end of the curve was not scored: measures of a curve that was cut off would
 * stand beside those of whole ones. */
static enum fray_status add_curve(struct filler *f, size_t axis, size_t series,
                                  struct fray_err *err) {
  struct fray_rep_cell *cells;
  const struct fray_rep_entry *end = fray_rep_entry_of(f->m, axis, series, FRAY_REP_SCORE);
  if (!end)
    return FRAY_OK;
  FRAY_TRY(fray_rep_table_row(f->table, &cells, err));
  cells[STUDY].text = f->m->study;
  cells[AXIS].text = f->m->axes[axis].name;
  cells[AXIS].shown = f->m->axes[axis].title;
  FRAY_TRY(label(f, axis, series, &cells[SERIES], err));
  FRAY_TRY(
      put(f, fray_rep_clean_entry(f->m, axis, series, f->m->r->main_metric), &cells[CLEAN], err));
  FRAY_TRY(note_chance(f, axis, series, &cells[CLEAN], err));
  for (size_t i = 0; i < FRAY_COUNT(of_curve); i++) {
    FRAY_TRY(put(f, fray_rep_entry_of(f->m, axis, series, of_curve[i].kind),
                 &cells[of_curve[i].column], err));
    blank(f, of_curve[i].column, &cells[of_curve[i].column]);
  }
  settle_s50(f, axis, series, &cells[S50]);
  /* Where these are among the metrics: robustness of a model that is sure of wrong answers is
   * worth less. */
  FRAY_TRY(put_metric(f, "ece", axis, series, &cells[ECE], err));
  FRAY_TRY(put_metric(f, "nll", axis, series, &cells[NLL], err));
  const struct fray_rep_entry *difference =
      fray_rep_entry_of(f->m, axis, series, FRAY_REP_DIFFERENCE);
  /* p after Holm over the study; the raw one would tempt to pick the least of many. */
  cells[P].value = difference ? difference->p_holm : NAN;
  /* The measure of the whole curve rests on the fewest seeds of its points. */
  const struct fray_rep_entry *whole = fray_rep_entry_of(f->m, axis, series, FRAY_REP_RAUC);
  cells[SEEDS].value = (double)(whole ? whole : end)->e.n_seeds;
  cells[DIVERGED].value = (double)(whole ? whole : end)->e.n_diverged;
  return FRAY_OK;
}

/* "attention, lost.rate 0.3": all swept values of a cell. A number needs its key to mean
 * anything; a name ("attention") speaks for itself. A study that sweeps nothing has one model,
 * and it is called so. */
static enum fray_status describe(struct filler *f, size_t cell, struct fray_rep_cell *out,
                                 struct fray_err *err) {
  const struct fray_rep_results *r = f->m->r;
  struct fray_arena *arena = f->table->arena;
  const char *text = "", *shown = "";
  double number;
  for (size_t k = 0; k < r->n_keys && text && shown; k++) {
    const char *value = r->cell[cell]->value[k], *comma = k ? ", " : "";
    const char *label = fray_rep_value_label(r, r->key[k], value);
    bool is_number = fray_rep_parse_real(value, &number);
    text = fray_arena_printf(arena, "%s%s%s%s%s", text, comma, is_number ? r->key[k] : "",
                             is_number ? " " : "", value);
    shown = label ? fray_arena_printf(arena, "%s%s%s", shown, comma, label) : NULL;
  }
  FRAY_CHECK(text && shown, err, MEMORY, "out of memory");
  out->text = *text ? text : "model";
  out->shown = *shown ? shown : "model";
  return FRAY_OK;
}

/* A model under all test conditions together. Looked up at axis n_axes, where a row's series is
 * its cell. */
static enum fray_status add_cell(struct filler *f, size_t cell, struct fray_err *err) {
  struct fray_rep_cell *cells;
  const struct fray_rep_entry *mce = fray_rep_entry_of(f->m, f->m->n_axes, cell, FRAY_REP_MCE);
  if (!mce)
    return FRAY_OK;
  FRAY_TRY(fray_rep_table_row(f->table, &cells, err));
  cells[STUDY].text = f->m->study;
  /* mCE is a mean over all test conditions, so it is a row of its own. */
  cells[AXIS].text = "all tests";
  FRAY_TRY(describe(f, cell, &cells[SERIES], err));
  FRAY_TRY(put(f, mce, &cells[CE], err));
  FRAY_TRY(put(f, fray_rep_entry_of(f->m, f->m->n_axes, cell, FRAY_REP_RELATIVE_MCE),
               &cells[RELATIVE_CE], err));
  cells[SEEDS].value = (double)mce->e.n_seeds;
  cells[DIVERGED].value = (double)mce->e.n_diverged;
  return FRAY_OK;
}

/* Curves come first, so that rows that compare stand together; models under all tests are below. */
static enum fray_status fill(struct filler *f, struct fray_err *err) {
  for (size_t i = 0; i < f->m->n_axes; i++)
    for (size_t s = 0; s < f->m->axes[i].n_series; s++)
      FRAY_TRY(add_curve(f, i, s, err));
  for (size_t cell = 0; cell < f->m->r->n_cells; cell++)
    FRAY_TRY(add_cell(f, cell, err));
  return FRAY_OK;
}

/* Last of all, as remarks are gathered while rows are filled and an empty column is only known
 * then. mCE is explained only where it is shown. */
static enum fray_status make_caption(struct filler *f, struct fray_err *err) {
  struct fray_rep_table *t = f->table;
  const struct fray_rep_results *r = f->m->r;
  t->caption = fray_arena_printf(
      t->arena,
      "Robustness by %s of the model selected on dev, with 95 %% intervals over new seeds and new "
      "test clients. RAUC: area under the curve above chance, relative to the clean score.%s",
      fray_rep_metric_title(r, r->metrics.v[r->main_metric]),
      fray_rep_table_is_empty_column(t, CE) ? ""
                                            : " mCE: errors relative to those of the reference.");
  for (size_t i = 0; i < f->remarks.n && t->caption; i++)
    t->caption = fray_arena_printf(t->arena, "%s%s%s%s", t->caption,
                                   i ? "; " : " Of some intervals: ", f->remarks.v[i],
                                   i + 1 == f->remarks.n ? "." : "");
  FRAY_CHECK(t->caption, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* m is not empty; all memory is of the first study's arena, so the table must not outlive that
 * one. The name of the study is filled in always and cut out at the end: one layout is simpler
 * than two. */
enum fray_status fray_rep_method_table(const struct fray_rep_catalogue *const *m, size_t n,
                                       bool with_studies, const char *name,
                                       struct fray_rep_table *out, struct fray_err *err) {
  struct filler f = {.table = out};
  struct fray_rep_results *first = m[0]->r;
  *out = (struct fray_rep_table){.name = name, .arena = first->arena, .n_columns = COLUMNS};
  FRAY_TRY(
      make_columns(out->arena, fray_rep_is_percent(first, first->main_metric), &out->column, err));
  for (size_t i = 0; i < n; i++) {
    f.m = m[i];
    FRAY_TRY(fill(&f, err));
  }
  FRAY_TRY(make_caption(&f, err));
  if (with_studies)
    return FRAY_OK;
  /* Without the first column; the cells lie behind each other. */
  for (size_t i = 0; i < out->n_rows; i++)
    memmove(out->cell + i * (COLUMNS - 1), out->cell + i * COLUMNS + 1,
            (COLUMNS - 1) * sizeof *out->cell);
  out->column += 1;
  out->n_columns = COLUMNS - 1;
  out->capacity = out->n_rows; /* a next row would lie elsewhere */
  return FRAY_OK;
}

/* What the table cannot show, and why. A column that is missing looks like a measure that was
 * forgotten; here is what the scenario would have to say. mCE needs both a reference and test
 * conditions, so only the first lack is told. */
static void put_missing(const struct fray_rep_catalogue *m, struct fray_text *out) {
  bool reference = false, tests = false;
  for (size_t c = 0; c < m->r->n_cells; c++)
    reference = reference || m->r->is_reference[c];
  for (size_t i = 0; i < m->n_axes; i++)
    tests = tests || !m->axes[i].is_key;
  fray_text_puts(out, "<p class=\"sub\"><small>");
  if (!m->has_baselines)
    fray_text_puts(out, "Effective robustness is not shown, since the scenario declares no "
                        "<code>baselines</code>. ");
  if (!m->has_late)
    fray_text_puts(out, "Nothing is compared with late fusion, since no series has it. ");
  if (!reference)
    fray_text_puts(out, "There are no differences and no mCE, since the scenario names no "
                        "<code>reference</code>. ");
  else if (!tests)
    fray_text_puts(out, "There is no mCE, since no test condition has several severities. ");
  fray_text_puts(out, "Files: <code>tables/</code>.</small></p>\n");
}

/* All rows as text. Run twice only if the first time came to nothing, so that rows are never there
 * twice: in a copy of this process, and then here. */
static enum fray_status make_measures(void *user, struct fray_text *out, struct fray_err *err) {
  struct fray_rep_catalogue *m = user;
  FRAY_TRY(fray_rep_catalogue_complete(m, err));
  fray_rep_catalogue_csv(m, out);
  return FRAY_OK;
}

/* The text is freed whatever happens; failed of it means that memory ran out on the way, and then
 * no file is written rather than a short one. */
enum fray_status fray_rep_measures_end(struct fray_rep_measures_file *f, struct fray_err *err) {
  struct fray_text csv = {0};
  enum fray_status status = FRAY_OK;
  if (!f->m)
    return FRAY_OK;
  if (!fray_beside_end(&f->beside, &csv))
    status = make_measures(f->m, &csv, err);
  if (status == FRAY_OK)
    status = csv.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                        : fray_file_write(f->path, csv.data, csv.size, err);
  f->m = NULL;
  fray_text_free(&csv);
  return status;
}

void fray_rep_measures_drop(struct fray_rep_measures_file *f) {
  fray_beside_drop(&f->beside);
  f->m = NULL;
}

/* The rows of curves, and where the file is to be. */
static enum fray_status place_measures(struct fray_rep_results *r, size_t section,
                                       const char *folder, struct fray_rep_measures_file *f,
                                       struct fray_err *err) {
  const char *before = section ? fray_arena_printf(r->arena, "r%zu-", section + 1) : "";
  FRAY_CHECK(before, err, MEMORY, "out of memory");
  f->path = fray_arena_printf(r->arena, "%s/tables/%smeasures.csv", folder, before);
  FRAY_CHECK(f->path, err, MEMORY, "out of memory");
  FRAY_ALLOC(f->curves, r->arena, 1, err);
  return fray_rep_make_catalogue(r, f->curves, err);
}

/* Before the rest of the page, which takes as long; pictures are drawn meanwhile. Not where order
 * shows. */
enum fray_status fray_rep_measures_begin(struct fray_rep_results *r, size_t section,
                                         const char *folder, struct fray_rep_measures_file *f,
                                         struct fray_err *err) {
  *f = (struct fray_rep_measures_file){0};
  if (!fray_rep_measures_are_apart(r))
    return FRAY_OK;
  FRAY_TRY(place_measures(r, section, folder, f, err));
  if (fray_beside_start(make_measures, f->curves, &f->beside))
    f->m = f->curves;
  return FRAY_OK;
}

/* measures.csv is written even where there is no curve and so no table: it holds groups and
 * scores off the axes too. section counts from 0; the first study's files have no prefix, so
 * that a report of one has plain names. */
enum fray_status fray_rep_methods(struct fray_rep_results *r, size_t section, const char *folder,
                                  struct fray_rep_measures_file *measures, struct fray_text *out,
                                  struct fray_err *err) {
  struct fray_rep_table table;
  const char *before = section ? fray_arena_printf(r->arena, "r%zu-", section + 1) : "";
  const char *tables = fray_arena_printf(r->arena, "%s/tables", folder);
  const char *name = before ? fray_arena_printf(r->arena, "%smethods", before) : NULL;
  FRAY_CHECK(before && tables && name, err, MEMORY, "out of memory");
  FRAY_TRY(fray_make_folders(tables, err));
  FRAY_TRY(fray_rep_columns_write(tables, err));
  if (!measures->curves)
    FRAY_TRY(place_measures(r, section, folder, measures, err));
  const struct fray_rep_catalogue *list[] = {measures->curves};
  /* What is not made beside is made at once: in the order in which the parts of a report take from
   * what they share. */
  if (!measures->m) {
    measures->m = measures->curves;
    FRAY_TRY(fray_rep_measures_end(measures, err));
  }
  FRAY_TRY(fray_rep_method_table(list, 1, false, name, &table, err));
  if (table.n_rows > 0) {
    FRAY_TRY(fray_rep_table_write(&table, tables, err));
    FRAY_TRY(fray_rep_table_html(&table, out, err));
    put_missing(measures->curves, out);
  }
  return fray_rep_costs(r, tables, before, out, err);
}
