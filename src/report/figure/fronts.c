/* Figure: the two fronts of a guard, from guard/overall.csv of the folder, where `fray guard` has
 * left one.
 *
 * Bars of what was refused, with intervals over people and seeds: under conditions that ought to be
 * refused and under those that ought to be answered, with a line at the share that was asked for.
 * What lies above the line is caught on the one front and lost on the other. */
#include "figures.h"

#include "report/plot/build.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/results/csv_table.h"

#include <math.h>
#include <string.h>

/* Of the gate of all scores, which comes first in the file; in the order in which it names cells
 * and conditions. */
struct rows {
  struct fray_rep_csv csv;
  size_t cell, gate, condition, side, asked, refused, low, high, df, trials, clusters;
  const char *series[FRAY_REP_MOST_MODELS], *category[FRAY_REP_MOST_COLUMNS];
  size_t n_series, n_categories;
};

/* Columns by name: a later program may add some. */
static enum fray_status find_places(struct rows *t, struct fray_err *err) {
  FRAY_TRY(fray_rep_csv_need(&t->csv, "cell", &t->cell, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "gate", &t->gate, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "condition", &t->condition, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "side", &t->side, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "asked", &t->asked, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "refused", &t->refused, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "low", &t->low, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "high", &t->high, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "df", &t->df, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "trials", &t->trials, err));
  return fray_rep_csv_need(&t->csv, "clusters", &t->clusters, err);
}

/* Place in a list, to which it is added if there is room; `most`: there was none. */
static size_t place(const char **list, size_t *n, size_t most, const char *text) {
  size_t i = 0;
  while (i < *n && strcmp(list[i], text) != 0)
    i++;
  if (i == *n && *n < most)
    list[(*n)++] = text;
  return i;
}

/* Single scores are there for comparison; the gate that somebody would use is the first. */
static bool is_first_gate(const struct rows *t, size_t row) {
  return strcmp(fray_rep_csv_at(&t->csv, row, t->gate), fray_rep_csv_at(&t->csv, 0, t->gate)) == 0;
}

/* A share of the file into its bar. The file is not trusted: what is no share, or no count, ends
 * the report with its line. */
static enum fray_status put_row(struct fray_rep_build *b, const struct rows *t, size_t row,
                                struct fray_rep_series *series, size_t x, struct fray_err *err) {
  struct fray_rep_stat stat = {.p = NAN, .status = "ok"};
  double trials, clusters, df;
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->refused, &stat.mean, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->low, &stat.low, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->high, &stat.high, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->df, &df, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->trials, &trials, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->clusters, &clusters, err));
  FRAY_CHECK(!(stat.mean < 0) && !(stat.mean > 1) && trials >= 1 && trials <= 1e6 &&
                 clusters >= 0 && clusters <= 1e9,
             err, INPUT, "%s, line %zu: no row of a guard", t->csv.path, t->csv.line[row]);
  stat.n = (size_t)trials;
  stat.n_clusters = (size_t)clusters;
  stat.interval = (struct fray_interval){.low = stat.low,
                                         .high = stat.high,
                                         .error = NAN,
                                         .df = df,
                                         .kind = isnan(stat.low) ? FRAY_INTERVAL_NONE
                                                 : isnan(df)     ? FRAY_INTERVAL_PERCENTILE
                                                                 : FRAY_INTERVAL_T,
                                         .status = "ok"};
  fray_rep_build_put(b, series, (double)x, stat, NULL);
  return FRAY_OK;
}

/* Conditions as categories, cells as series; texts are copied, as the table is freed. */
static enum fray_status fill(struct fray_rep_build *b, struct rows *t, struct fray_err *err) {
  struct fray_arena *arena = b->r->arena;
  struct fray_rep_panel *panel;
  double asked;
  FRAY_TRY(fray_rep_csv_real(&t->csv, 0, t->asked, &asked, err));
  FRAY_ALLOC(b->f->category, arena, t->n_categories + 1, err);
  b->f->n_categories = t->n_categories;
  FRAY_TRY(fray_rep_build_panels(b, 1, err));
  FRAY_TRY(fray_rep_build_panel(b, "", t->n_series, &panel, err));
  FRAY_ALLOC(panel->reference, arena, 1, err);
  panel->reference[0] = (struct fray_rep_reference){.y = 100 * asked, .label = "asked"};
  if (!isnan(asked)) /* a gate of cost promises nothing */
    panel->n_references = 1;
  for (size_t s = 0; s < t->n_series; s++) {
    struct fray_rep_series *series;
    const char *label = fray_arena_strdup(arena, t->series[s]);
    FRAY_CHECK(label, err, MEMORY, "out of memory");
    FRAY_TRY(fray_rep_build_series(b, panel, label, s, t->n_categories, &series, err));
    for (size_t row = 0; row < t->csv.n_rows; row++) {
      const char *condition = fray_rep_csv_at(&t->csv, row, t->condition);
      size_t x = place(t->category, &t->n_categories, t->n_categories, condition);
      if (!is_first_gate(t, row) || x == t->n_categories ||
          strcmp(fray_rep_csv_at(&t->csv, row, t->cell), t->series[s]) != 0)
        continue;
      const bool adherence = strcmp(fray_rep_csv_at(&t->csv, row, t->side), "adherence") == 0;
      b->f->category[x] =
          fray_arena_printf(arena, "%s (%s)", condition, adherence ? "to refuse" : "to answer");
      FRAY_CHECK(b->f->category[x], err, MEMORY, "out of memory");
      FRAY_TRY(put_row(b, t, row, series, x, err));
    }
  }
  return FRAY_OK;
}

/* What there is no room for is left to the table, as in every figure. */
static enum fray_status draw(struct fray_rep_results *r, size_t section, struct rows *t,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_build b;
  FRAY_TRY(find_places(t, err));
  for (size_t row = 0; row < t->csv.n_rows; row++)
    if (is_first_gate(t, row)) {
      place(t->series, &t->n_series, FRAY_REP_MOST_MODELS, fray_rep_csv_at(&t->csv, row, t->cell));
      place(t->category, &t->n_categories, FRAY_REP_MOST_COLUMNS,
            fray_rep_csv_at(&t->csv, row, t->condition));
    }
  /* A file without rows is of a guard that found no model. */
  if (t->n_series == 0)
    return FRAY_OK;
  const char *name = fray_rep_figure_name(r->arena, section, "fronts", 0, "");
  const char *gate = fray_arena_strdup(r->arena, fray_rep_csv_at(&t->csv, 0, t->gate));
  FRAY_CHECK(gate, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_BARS, name, "Two fronts of a gate", err));
  b.is_score = false; /* of no metric, but a share as many are */
  b.f->percent = true;
  b.f->x_label = "condition";
  b.f->y_label = "refused (%)";
  FRAY_TRY(fill(&b, t, err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(&b, err,
                            "Share of test samples that the gate of %s refuses, where it ought to "
                            "refuse and where it ought to answer; a line is the share of harmless "
                            "samples that was asked for (guard/overall.csv).",
                            gate);
}

/* Nothing without the file. A damaged one ends the report, as damaged tables do. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/guard/overall.csv", r->folder);
  struct rows t = {0};
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_read(path, r->arena, &t.csv, err));
  const enum fray_status status = draw(r, section, &t, out, err);
  fray_rep_csv_free(&t.csv);
  return status;
}

extern const struct fray_rep_figure_kind fray_rep_figure_fronts;
const struct fray_rep_figure_kind fray_rep_figure_fronts = {
    .key = "fronts",
    .heading = "Two fronts of a gate",
    .meaning = "What a gate refuses of what it ought to refuse, and of what it ought to answer.",
    .make = make,
};
