/* Figure: what exchanging terms does to answers, from pairs/pairs.csv of the folder, where `fray
 * pairs` has left one.
 *
 * Bars of the answers that change, with intervals over people and trainings: the neutral pairs
 * first, then the pairs and rewritings that change most beyond them. Whatever does not stand out
 * from the first bar is what any exchange does. */
#include "report/figure/figures.h"
#include "report/plot/build.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/results/csv_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A group of bars: the neutral pairs together, a pair, or a rewriting. */
struct category {
  const char *set, *first, *second;
  double excess; /* the largest of all cells; of the neutral ones infinite */
  size_t place;  /* of equals the first of the file */
};
struct table {
  struct fray_rep_csv csv;
  size_t cell, trials, set, first, second, neutral, clusters, flip, low, high, df, excess;
  size_t n, n_cells; /* groups of bars, and bars in each */
  struct category *category;
  const char **cells;
};

/* Columns by name: a later program may add some. */
static enum fray_status find_columns(struct table *t, struct fray_err *err) {
  const struct {
    const char *name;
    size_t *place;
  } need[] = {{"cell", &t->cell},         {"trials", &t->trials}, {"set", &t->set},
              {"first", &t->first},       {"second", &t->second}, {"neutral", &t->neutral},
              {"clusters", &t->clusters}, {"flips", &t->flip},    {"flips_low", &t->low},
              {"flips_high", &t->high},   {"flips_df", &t->df},   {"excess", &t->excess}};
  for (size_t k = 0; k < FRAY_COUNT(need); k++)
    FRAY_TRY(fray_rep_csv_need(&t->csv, need[k].name, need[k].place, err));
  return FRAY_OK;
}

static const char *at(const struct table *t, size_t row, size_t column) {
  return fray_rep_csv_at(&t->csv, row, column);
}

/* A pair is its three words: a term may stand in several sets. */
static bool is_of(const struct table *t, size_t row, const struct category *c) {
  return strcmp(at(t, row, t->set), c->set) == 0 && strcmp(at(t, row, t->first), c->first) == 0 &&
         strcmp(at(t, row, t->second), c->second) == 0;
}

/* Of a set as a whole only the neutral one is drawn, and of that no pair. A set as a whole follows
 * its pairs; a rewriting stands alone. */
static bool is_drawn(const struct table *t, size_t row) {
  const bool is_pair = *at(t, row, t->first) != '\0';
  const bool ends_set = row > 0 && *at(t, row - 1, t->first) != '\0' &&
                        strcmp(at(t, row, t->set), at(t, row - 1, t->set)) == 0;
  return strcmp(at(t, row, t->neutral), "1") == 0 ? !is_pair : is_pair || !ends_set;
}

static int compare(const void *left, const void *right) {
  const struct category *a = left, *b = right;
  if (a->excess < b->excess || a->excess > b->excess)
    return a->excess < b->excess ? 1 : -1;
  return (a->place > b->place) - (a->place < b->place);
}

/* What has no rate, of too few texts or people, has no bar either. */
static enum fray_status list(struct table *t, struct fray_arena *arena, struct fray_err *err) {
  FRAY_ALLOC(t->category, arena, t->csv.n_rows + 1, err);
  FRAY_ALLOC(t->cells, arena, t->csv.n_rows + 1, err);
  for (size_t row = 0; row < t->csv.n_rows; row++) {
    size_t c = 0, k = 0;
    double flip, excess;
    FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->flip, &flip, err));
    FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->excess, &excess, err));
    while (c < t->n_cells && strcmp(t->cells[c], at(t, row, t->cell)) != 0)
      c++;
    if (c == t->n_cells)
      t->cells[t->n_cells++] = at(t, row, t->cell);
    if (!is_drawn(t, row) || isnan(flip))
      continue;
    /* Again, for another cell. */
    while (k < t->n && !is_of(t, row, &t->category[k]))
      k++;
    if (k == t->n)
      t->category[t->n++] = (struct category){at(t, row, t->set), at(t, row, t->first),
                                              at(t, row, t->second), -(double)INFINITY, k};
    if (strcmp(at(t, row, t->neutral), "1") == 0)
      excess = INFINITY;
    t->category[k].excess = fmax(t->category[k].excess, excess);
  }
  qsort(t->category, t->n, sizeof *t->category, compare);
  return FRAY_OK;
}

/* A share of the file as a point. The file is not trusted: what is no share, or no count, ends the
 * report with its line. */
static enum fray_status put(struct fray_rep_build *b, const struct table *t, size_t row,
                            struct fray_rep_series *series, size_t x, struct fray_err *err) {
  struct fray_rep_stat stat = {.p = NAN, .status = "ok"};
  double trials, clusters, df;
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->flip, &stat.mean, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->low, &stat.low, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->high, &stat.high, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->df, &df, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->trials, &trials, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->clusters, &clusters, err));
  FRAY_CHECK(stat.mean >= 0 && stat.mean <= 1 && trials >= 1 && trials <= 1e6 && clusters >= 0 &&
                 clusters <= 1e9,
             err, INPUT, "%s, line %zu: no row of pairs", t->csv.path, t->csv.line[row]);
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

/* The neutral pairs have no excess of their own: they are what others are held against. */
static const char *label_of(const struct category *c, struct fray_arena *arena) {
  if (*c->first)
    return fray_arena_printf(arena, "%s / %s", c->first, c->second);
  return fray_arena_strdup(arena, isinf(c->excess) ? "neutral pairs" : c->set);
}

/* Texts are copied, as the table is freed. */
static enum fray_status fill(struct fray_rep_build *b, const struct table *t, size_t shown,
                             size_t cells, struct fray_err *err) {
  struct fray_arena *arena = b->r->arena;
  struct fray_rep_panel *panel;
  FRAY_ALLOC(b->f->category, arena, shown + 1, err);
  b->f->n_categories = shown;
  for (size_t k = 0; k < shown; k++) {
    b->f->category[k] = label_of(&t->category[k], arena);
    FRAY_CHECK(b->f->category[k], err, MEMORY, "out of memory");
  }
  /* One panel: bars are to be compared across pairs. */
  FRAY_TRY(fray_rep_build_panels(b, 1, err));
  FRAY_TRY(fray_rep_build_panel(b, "", cells, &panel, err));
  for (size_t c = 0; c < cells; c++) {
    struct fray_rep_series *series;
    const char *label = fray_arena_strdup(arena, t->cells[c]);
    FRAY_CHECK(label, err, MEMORY, "out of memory");
    FRAY_TRY(fray_rep_build_series(b, panel, label, c, shown, &series, err));
    for (size_t k = 0; k < shown; k++)
      for (size_t row = 0; row < t->csv.n_rows; row++)
        if (strcmp(at(t, row, t->cell), t->cells[c]) == 0 && is_drawn(t, row) &&
            is_of(t, row, &t->category[k]) && *at(t, row, t->flip))
          FRAY_TRY(put(b, t, row, series, k, err));
  }
  return FRAY_OK;
}

/* As many groups of bars as can be read; the caption says how many more there are. */
static enum fray_status draw(struct fray_rep_results *r, size_t section, struct table *t,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_build b;
  FRAY_TRY(find_columns(t, err));
  FRAY_TRY(list(t, r->arena, err));
  const size_t shown = FRAY_MIN(t->n, (size_t)FRAY_REP_MOST_COLUMNS);
  const size_t cells = FRAY_MIN(t->n_cells, (size_t)FRAY_REP_MOST_MODELS);
  /* All pairs of a small study may be suppressed. */
  if (shown == 0)
    return FRAY_OK;
  const char *name = fray_rep_figure_name(r->arena, section, "term_pairs", 0, "");
  const char *rest =
      t->n > shown ? fray_arena_printf(r->arena, " %s with a smaller excess in the table alone.",
                                       FRAY_N(t->n - shown, "more pair"))
                   : "";
  FRAY_CHECK(name && rest, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_BARS, name, "Terms exchanged", err));
  b.is_score = false; /* of no metric, but a share as many are */
  b.f->percent = true;
  b.f->x_label = "pair";
  b.f->y_label = "answers that change (%)";
  FRAY_TRY(fill(&b, t, shown, cells, err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(&b, err,
                            "Share of the answers to test texts that change when only a term is "
                            "exchanged for its counterpart; neutral pairs ought not to matter "
                            "(pairs/pairs.csv).%s",
                            rest);
}

/* Nothing without the file. A damaged one ends the report, as damaged tables do. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/pairs/pairs.csv", r->folder);
  struct table t = {0};
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_read(path, r->arena, &t.csv, err));
  const enum fray_status status = draw(r, section, &t, out, err);
  fray_rep_csv_free(&t.csv);
  return status;
}

extern const struct fray_rep_figure_kind fray_rep_figure_term_pairs;
const struct fray_rep_figure_kind fray_rep_figure_term_pairs = {
    .key = "term_pairs",
    .heading = "Terms exchanged",
    .meaning = "How many answers to texts change when only a term does.",
    .make = make,
};
