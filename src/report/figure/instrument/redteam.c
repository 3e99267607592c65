/* Figures of a red team, from redteam/recipes.csv and redteam/finds.csv of the folder, where `fray
 * redteam` has left them: what searches found by the number of recipes that they had tried, and
 * what is left of the best finds on the test.
 *
 * Success is not drawn: a search has many by returning to one hole. The greatest score so far and
 * the finds that differ by effect are what searches are for, and drawing at random, in grey, is
 * what they are held against. The band is the range of the search seeds, and no interval. */
#include "report/figure/figures.h"
#include "report/plot/build.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/results/csv_table.h"

#include <math.h>
#include <string.h>

/* Larger numbers in the file are no steps or seeds of a red team, which has these bounds as well.
 */
enum { MOST_STEPS = 100000, MOST_SEEDS = 100, MARKS = 12 }; /* MARKS: along the budget */
/* What is drawn of a search, a figure each: one has points, the other a count. */
enum what { BEST, DISTINCT, WHATS };

/* recipes.csv as what each search had found at each mark. */
struct courses {
  struct fray_rep_csv csv;
  size_t strategy, seed, step, score, distinct; /* columns */
  const char *name[FRAY_REP_MOST_MODELS];
  size_t n, seeds, steps, n_marks;
  size_t mark[MARKS]; /* recipes tried */
  double *so_far;     /* (WHATS, n, seeds, n_marks) NaN: nothing */
};

/* One number of the table, by all of its four indices. */
static double *at(const struct courses *c, enum what what, size_t strategy, size_t seed,
                  size_t mark) {
  return &c->so_far[(((size_t)what * c->n + strategy) * c->seeds + seed) * c->n_marks + mark];
}

/* Whole numbers of the file within bounds: they become indices. */
static enum fray_status whole(const struct fray_rep_csv *csv, size_t row, size_t column, double low,
                              double high, size_t *out, struct fray_err *err) {
  double value;
  FRAY_TRY(fray_rep_csv_real(csv, row, column, &value, err));
  FRAY_CHECK(value >= low && value <= high && floor(value) >= value, err, INPUT,
             "%s, line %zu: '%s' in column %s", csv->path, csv->line[row],
             fray_rep_csv_at(csv, row, column), csv->column[column]);
  *out = (size_t)value;
  return FRAY_OK;
}

/* Strategies in the order of the file. What there is no room for stays in the table. */
static size_t strategy_of(struct courses *c, size_t row) {
  const char *name = fray_rep_csv_at(&c->csv, row, c->strategy);
  size_t i = 0;
  while (i < c->n && strcmp(c->name[i], name) != 0)
    i++;
  if (i == c->n && c->n < FRAY_REP_MOST_MODELS)
    c->name[c->n++] = name;
  return i;
}

/* How large the table is, before there is one: what the file says of it is checked here, so that
 * the second time it can be believed. */
static enum fray_status measure(struct courses *c, struct fray_err *err) {
  FRAY_TRY(fray_rep_csv_need(&c->csv, "strategy", &c->strategy, err));
  FRAY_TRY(fray_rep_csv_need(&c->csv, "search_seed", &c->seed, err));
  FRAY_TRY(fray_rep_csv_need(&c->csv, "step", &c->step, err));
  FRAY_TRY(fray_rep_csv_need(&c->csv, "score", &c->score, err));
  FRAY_TRY(fray_rep_csv_need(&c->csv, "distinct", &c->distinct, err));
  for (size_t row = 0; row < c->csv.n_rows; row++) {
    size_t seed, step;
    FRAY_TRY(whole(&c->csv, row, c->seed, 1, MOST_SEEDS, &seed, err));
    FRAY_TRY(whole(&c->csv, row, c->step, 0, MOST_STEPS - 1, &step, err));
    strategy_of(c, row);
    c->seeds = FRAY_MAX(c->seeds, seed);
    c->steps = FRAY_MAX(c->steps, step + 1);
  }
  return FRAY_OK;
}

/* A mark has what the recipes before it have; a budget of a few recipes has fewer marks. */
static enum fray_status fill(struct courses *c, struct fray_arena *arena, struct fray_err *err) {
  c->n_marks = FRAY_MIN((size_t)MARKS, c->steps);
  for (size_t k = 0; k < c->n_marks; k++)
    c->mark[k] = (k + 1) * c->steps / c->n_marks;
  FRAY_ALLOC(c->so_far, arena, WHATS * c->n * c->seeds * c->n_marks + 1, err);
  for (size_t i = 0; i < WHATS * c->n * c->seeds * c->n_marks; i++)
    c->so_far[i] = NAN;
  /* The rest is that of a search that found nothing, or was cut short. */
  for (size_t row = 0; row < c->csv.n_rows; row++) {
    size_t seed, step;
    double value[WHATS];
    const size_t strategy = strategy_of(c, row);
    FRAY_TRY(whole(&c->csv, row, c->seed, 1, MOST_SEEDS, &seed, err));
    FRAY_TRY(whole(&c->csv, row, c->step, 0, MOST_STEPS - 1, &step, err));
    FRAY_TRY(fray_rep_csv_real(&c->csv, row, c->score, &value[BEST], err));
    FRAY_TRY(fray_rep_csv_real(&c->csv, row, c->distinct, &value[DISTINCT], err));
    for (size_t k = 0; strategy < c->n && k < c->n_marks; k++)
      for (int what = 0; what < WHATS && step < c->mark[k]; what++) {
        double *so_far = at(c, what, strategy, seed - 1, k);
        *so_far = fmax(*so_far, value[what]); /* counts only grow, and NaN counts for nothing */
      }
  }
  return FRAY_OK;
}

/* A point of no training: searches are what it is a mean of, so captions must not speak of seeds of
 * trainings, nor of how their intervals were made. In units of the axis. */
static struct fray_rep_point *put_point(struct fray_rep_build *b, struct fray_rep_series *series,
                                        double x, double y, double low, double high) {
  const double unit = b->f->percent ? 100 : 1;
  struct fray_rep_point *p = &series->point[series->n++];
  *p = (struct fray_rep_point){
      .x = x, .y = unit * y, .low = unit * low, .high = unit * high, .realised = NAN};
  b->n_points++;
  return p;
}

/* Mean and range over the seeds that have something there. */
static void put_mark(struct fray_rep_build *b, const struct courses *c, enum what what,
                     size_t strategy, size_t k, struct fray_rep_series *out) {
  double sum = 0, low = INFINITY, high = -INFINITY;
  size_t n = 0;
  for (size_t seed = 0; seed < c->seeds; seed++) {
    const double value = *at(c, what, strategy, seed, k);
    if (isnan(value))
      continue;
    n++;
    sum += value;
    low = fmin(low, value);
    high = fmax(high, value);
  }
  if (n > 0)
    put_point(b, out, (double)c->mark[k], sum / (double)n, n > 1 ? low : (double)NAN,
              n > 1 ? high : (double)NAN);
}

/* Counts of nothing are a sentence of the summary, and no figure. */
static bool is_any(const struct courses *c, enum what what) {
  for (size_t i = 0; i < c->n * c->seeds * c->n_marks; i++)
    if (what == BEST || *(at(c, what, 0, 0, 0) + i) > 0)
      return true;
  return false;
}

/* Drawing at random comes first in the file, as it cannot be left out. */
static enum fray_status add_courses(struct fray_rep_results *r, size_t section,
                                    const struct courses *c, enum what what,
                                    struct fray_rep_figures *out, struct fray_err *err) {
  static const char *const titles[WHATS] = {"Red team: the worst so far",
                                            "Red team: finds that differ"};
  static const char *const labels[WHATS] = {"greatest score so far, points",
                                            "finds that differ by effect"};
  struct fray_rep_build b;
  struct fray_rep_panel *panel;
  const char *name =
      fray_rep_figure_name(r->arena, section, "redteam", what, what == BEST ? "best" : "distinct");
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_LINES, name, titles[what], err));
  b.is_score = false;
  b.f->percent = what == BEST;
  b.f->x_label = "recipes tried";
  b.f->y_label = labels[what];
  b.f->x1 = (double)c->steps;
  FRAY_TRY(fray_rep_build_panels(&b, 1, err));
  FRAY_TRY(fray_rep_build_panel(&b, "", c->n, &panel, err));
  for (size_t s = 0; s < c->n; s++) {
    struct fray_rep_series *series;
    const char *label = fray_arena_strdup(r->arena, c->name[s]);
    FRAY_TRY(fray_rep_build_series(&b, panel, label, s, c->n_marks, &series, err));
    series->control = s == 0;
    for (size_t k = 0; k < c->n_marks; k++)
      put_mark(&b, c, what, s, k, series);
  }
  if (b.n_points == 0 || !is_any(c, what)) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "%s by the number of recipes that a search has tried, seeds of its pool among them; mean "
      "over %s%s. On the dev samples that chose them; drawing at random as "
      "many is in grey (redteam/recipes.csv).",
      what == BEST ? "The greatest score"
                   : "Successes that hit other samples (Jaccard distance at least .5)",
      FRAY_N(c->seeds, "search seed"), c->seeds > 1 ? ", and the band is their range" : "");
}

/* ---- finds ---- */

/* finds.csv as it was read. */
struct finds {
  struct fray_rep_csv csv;
  size_t name, dev, test, low, high, confirmed;
};

/* The interval is the file's: people and trainings were drawn where there were answers of each
 * sample, and the file has their outcome. */
static enum fray_status put_find(struct fray_rep_build *b, const struct finds *t, size_t row,
                                 struct fray_rep_series *out, struct fray_err *err) {
  double dev, test, low, high;
  const char *name = fray_arena_strdup(b->r->arena, fray_rep_csv_at(&t->csv, row, t->name));
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->dev, &dev, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->test, &test, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->low, &low, err));
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->high, &high, err));
  /* Of a group of few people the test says nothing. */
  if (!isnan(dev) && !isnan(test))
    put_point(b, out, 100 * dev, test, low, high)->label = name;
  return FRAY_OK;
}

/* What the test did not confirm is hollow; both are there, as a family is judged as a whole. */
static enum fray_status draw_finds(struct fray_rep_results *r, size_t section, struct finds *t,
                                   struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_build b;
  struct fray_rep_panel *panel;
  FRAY_TRY(fray_rep_csv_need(&t->csv, "name", &t->name, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "dev_drop", &t->dev, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "test_drop", &t->test, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "low", &t->low, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "high", &t->high, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "confirmed", &t->confirmed, err));
  const char *name = fray_rep_figure_name(r->arena, section, "redteam", WHATS, "finds");
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_POINTS, name, "Red team: dev and test", err));
  b.is_score = false;
  b.f->percent = b.f->diagonal = true;
  b.f->x_label = "score on dev, points";
  b.f->y_label = "score on the test, points";
  FRAY_TRY(fray_rep_build_panels(&b, 1, err));
  FRAY_TRY(fray_rep_build_panel(&b, "", 2, &panel, err));
  for (size_t confirmed = 2; confirmed-- > 0;) {
    struct fray_rep_series *series;
    FRAY_TRY(fray_rep_build_series(&b, panel, confirmed ? "confirmed" : "not confirmed", !confirmed,
                                   t->csv.n_rows, &series, err));
    series->hollow = !confirmed;
    for (size_t row = 0; row < t->csv.n_rows; row++) {
      size_t is_confirmed;
      FRAY_TRY(whole(&t->csv, row, t->confirmed, 0, 1, &is_confirmed, err));
      if (is_confirmed == confirmed)
        FRAY_TRY(put_find(&b, t, row, series, err));
    }
    panel->n_series -= series->n == 0;
  }
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "The best finds that differ: the score on the dev samples that chose them against that on "
      "the "
      "test, with its 95 %% interval over people and trainings; below the line less is left of it. "
      "Confirmed: above half of what counts as a success, by Holm over these finds "
      "(redteam/finds.csv).");
}

/* ---- both files ---- */

/* Both figures of searches are of one file, which is read once. */
static enum fray_status make_courses(struct fray_rep_results *r, size_t section,
                                     struct fray_rep_figures *out, struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/redteam/recipes.csv", r->folder);
  const char *swept = fray_arena_printf(r->arena, "%s/redteam/techniques.csv", r->folder);
  struct courses c = {0};
  FRAY_CHECK(path && swept, err, MEMORY, "out of memory");
  /* A sweep tries techniques in the order of a list: what it has found by then means nothing. */
  if (!fray_file_exists(path) || fray_file_exists(swept))
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_read(path, r->arena, &c.csv, err));
  enum fray_status status = measure(&c, err);
  if (status == FRAY_OK)
    status = fill(&c, r->arena, err);
  for (int what = 0; what < WHATS && status == FRAY_OK; what++)
    status = add_courses(r, section, &c, what, out, err);
  fray_rep_csv_free(&c.csv);
  return status;
}

/* Nothing without the files. A damaged one ends the report, as damaged tables do. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/redteam/finds.csv", r->folder);
  struct finds t = {0};
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  FRAY_TRY(make_courses(r, section, out, err));
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_read(path, r->arena, &t.csv, err));
  const enum fray_status status = draw_finds(r, section, &t, out, err);
  fray_rep_csv_free(&t.csv);
  return status;
}

extern const struct fray_rep_figure_kind fray_rep_figure_redteam;
const struct fray_rep_figure_kind fray_rep_figure_redteam = {
    .key = "redteam",
    .heading = "Red team",
    .meaning = "What searches for damage found by the number of recipes tried, and what is left of "
               "it on the test.",
    .make = make,
};
