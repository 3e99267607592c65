/* Figure: every test condition at every severity at once. */
#include "figures.h"

#include "report/plot/build.h"
#include "report/stat/plane.h"
#include "report/words/control_names.h"
#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/metric/robustness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The conditions that share a strength parameter and with it the columns. */
struct table {
  struct fray_rep_results *r;
  struct fray_rep_axis *row; /* (n_rows) */
  const char **label;        /* (n_rows) */
  size_t n_rows, n_rows_all;
  double *x; /* (n_x) from the least damage to the most; last NaN: of a condition without number */
  size_t n_x;
  bool retention; /* share of the clean score above chance that is left, else the score */
};

/* Score above chance that is left; user: chance. The sign of both parts goes out of the ratio. Only
 * a clean score of exactly chance is undefined here; decide() keeps models near it from being shown
 * like that. */
static double retention(const void *user, const double *m, const char **status) {
  double chance = *(const double *)user;
  *status = m[0] == chance ? "at chance when clean" : "ok";
  return m[0] == chance ? NAN : (m[1] - chance) / (m[0] - chance);
}

/* By the interval, as a ratio to a clean score that may be chance has any value. NaN ends and an
 * unknown chance are false. */
static bool is_told_from_chance(const struct fray_rep_results *r, const struct fray_rep_stat *clean,
                                double chance) {
  bool higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric]);
  return isfinite(chance) && (higher ? clean->low > chance : clean->high < chance);
}

static int compare_reals(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  if (isnan(x) || isnan(y))
    /* Conditions without a number stand last. */
    return isnan(x) - isnan(y);
  return (x > y) - (x < y);
}

/* Each strength once. Only numbers are compared, so that a column holds every condition that has
 * this strength. */
static enum fray_status collect_columns(struct table *t, struct fray_err *err) {
  size_t n = 0, kept = 0, known;
  for (size_t i = 0; i < t->n_rows; i++)
    n += t->row[i].n_x;
  FRAY_ALLOC(t->x, t->r->arena, n + 1, err);
  for (size_t i = 0; i < t->n_rows; i++)
    for (size_t x = 0; x < t->row[i].n_x; x++)
      if (!fray_strength_is_none(
              t->row[i].strength,
              t->row[i].x[x])) /* no damage: the column would say 100 % everywhere */
        t->x[t->n_x++] = t->row[i].x[x];
  qsort(t->x, t->n_x, sizeof *t->x, compare_reals);
  for (size_t i = 0; i < t->n_x; i++)
    if (kept == 0 || compare_reals(&t->x[i], &t->x[kept - 1]) != 0)
      t->x[kept++] = t->x[i];
  t->n_x = kept;
  /* Sorted, those without a number come last, and stay there. */
  known = kept;
  while (known > 0 && isnan(t->x[known - 1]))
    known--;
  /* From the least damage to the most: rows of one parameter get worse the same way. */
  if (known == 0 || t->row[0].strength->worse >= 0)
    return FRAY_OK;
  for (size_t i = 0; i < known / 2; i++) {
    double last = t->x[known - 1 - i];
    t->x[known - 1 - i] = t->x[i];
    t->x[i] = last;
  }
  return FRAY_OK;
}

/* `clean` and `trial` are what rows are compared with, and what controls add has a figure of its
 * own, as have points of a plane. Rows beyond the limit are counted for the caption, not drawn. */
static enum fray_status collect_rows(struct table *t, const char *parameter, struct fray_err *err) {
  struct fray_rep_results *r = t->r;
  struct fray_rep_plane *planes;
  size_t n_planes;
  FRAY_TRY(fray_rep_planes(r, &planes, &n_planes, err));
  FRAY_ALLOC(t->row, r->arena, r->conditions.n, err);
  FRAY_ALLOC(t->label, r->arena, r->conditions.n, err);
  for (size_t c = 0; c < r->conditions.n; c++) {
    const char *name = r->conditions.v[c], *own = r->parameter[c] ? r->parameter[c] : "";
    if (strcmp(name, "trial") == 0 || strcmp(name, "clean") == 0 ||
        fray_rep_is_control_condition(name) || strcmp(own, parameter) != 0 ||
        fray_rep_is_in_plane(planes, n_planes, c))
      continue;
    t->n_rows_all++;
    if (t->n_rows == 2 * FRAY_REP_MOST_COLUMNS)
      continue;
    FRAY_TRY(fray_rep_condition_axis(r, c, &t->row[t->n_rows], err));
    t->label[t->n_rows] = fray_rep_condition_title(r, c);
    FRAY_CHECK(t->label[t->n_rows++], err, MEMORY, "out of memory");
  }
  return collect_columns(t, err);
}

static size_t column_of(const struct table *t, double s) {
  size_t i = 0;
  while (i < t->n_x && compare_reals(&t->x[i], &s) != 0)
    i++;
  return i;
}

/* One row: a condition on a model. The first point of a path that begins clean is what the others
 * are relative to, and no column. Of a condition without severity the address has NaN, as the
 * column does; else both have the same number. */
static enum fray_status put_row(struct fray_rep_build *b, const struct table *t,
                                struct fray_rep_panel *panel, size_t row, size_t cell,
                                const char *label, size_t style, struct fray_err *err) {
  const struct fray_rep_axis *axis = &t->row[row];
  struct fray_rep_series *series;
  struct fray_rep_path path;
  FRAY_TRY(fray_rep_build_series(b, panel, label, style, t->n_x, &series, err));
  FRAY_TRY(fray_rep_path_of(t->r, axis, axis->series_of_cell[cell], FRAY_REP_TEST, &path, err));
  for (size_t i = 0; i < path.n; i++) {
    size_t column = column_of(t, isnan(path.at[i].severity) ? path.s[i] : path.at[i].severity);
    const struct fray_rep_quantity *q[2];
    struct fray_rep_estimate e;
    if (column == t->n_x || (i == 0 && path.clean))
      continue;
    FRAY_TRY(fray_rep_find_quantity(t->r, &path.at[0], &q[0], err));
    FRAY_TRY(fray_rep_find_quantity(t->r, &path.at[i], &q[1], err));
    struct fray_rep_stat stat = fray_rep_stat_of(t->r, q[1]);
    if (t->retention) {
      FRAY_TRY(fray_rep_estimate_of(t->r, q, 2, retention, &q[0]->chance, &e, err));
      stat = fray_rep_stat_of_estimate(&e);
    }
    fray_rep_build_put(b, series, (double)column, stat, NULL);
  }
  return FRAY_OK;
}

/* Retention can be shown if every model is better than chance without damage. One model that cannot
 * be shown turns all of the figure to scores: cells of two kinds could not share a colour. Chance
 * is that of undamaged data. */
static enum fray_status decide(struct table *t, const struct fray_rep_models *models,
                               struct fray_err *err) {
  t->retention = true;
  for (size_t i = 0; i < models->n; i++) {
    struct fray_rep_address at =
        fray_rep_main_score(t->r, models->cell[i], fray_rep_clean_condition(t->r), NAN);
    const struct fray_rep_quantity *q;
    FRAY_TRY(fray_rep_find_quantity(t->r, &at, &q, err));
    struct fray_rep_stat stat = fray_rep_stat_of(t->r, q);
    t->retention = t->retention && is_told_from_chance(t->r, &stat, q->chance);
  }
  return FRAY_OK;
}

static enum fray_status put_columns(struct fray_rep_build *b, const struct table *t,
                                    struct fray_err *err) {
  struct fray_rep_figure *f = b->f;
  FRAY_ALLOC(f->category, t->r->arena, t->n_x + 1, err);
  for (size_t i = 0; i < t->n_x; i++) {
    /* Rows of one parameter have one unit. */
    f->category[i] =
        isnan(t->x[i]) ? "on" : fray_rep_strength_title(t->r, t->row[0].strength, t->x[i]);
    FRAY_CHECK(f->category[i], err, MEMORY, "out of memory");
  }
  f->n_categories = t->n_x;
  return FRAY_OK;
}

/* Several conditions: a panel per model, a row per condition. The style of a row is its place, so
 * that a condition has one all over the figure. */
static enum fray_status put_conditions(struct fray_rep_build *b, const struct table *t,
                                       const struct fray_rep_models *models, struct fray_err *err) {
  FRAY_TRY(fray_rep_build_panels(b, models->n, err));
  for (size_t m = 0; m < models->n; m++) {
    struct fray_rep_panel *panel;
    FRAY_TRY(
        fray_rep_build_panel(b, models->n > 1 ? models->label[m] : "", t->n_rows, &panel, err));
    for (size_t row = 0; row < t->n_rows; row++)
      FRAY_TRY(put_row(b, t, panel, row, models->cell[m], t->label[row], row, err));
  }
  return FRAY_OK;
}

/* A single condition: a row per model, and a panel per method where more than that varies. */
static enum fray_status put_models(struct fray_rep_build *b, const struct table *t,
                                   const struct fray_rep_models *models, struct fray_err *err) {
  const struct fray_rep_axis *axis = &t->row[0];
  size_t n_styles = 0;
  for (size_t s = 0; s < axis->n_series; s++)
    n_styles = FRAY_MAX(n_styles, axis->style[s] + 1);
  bool split = axis->n_panels > 1;
  FRAY_TRY(fray_rep_build_panels(b, split ? n_styles : 1, err));
  for (size_t style = 0; style < (split ? n_styles : 1); style++) {
    struct fray_rep_panel *panel = NULL;
    for (size_t m = 0; m < models->n; m++) {
      size_t s = axis->series_of_cell[models->cell[m]];
      if (split && axis->style[s] != style)
        continue;
      if (!panel)
        FRAY_TRY(fray_rep_build_panel(b, split ? axis->series[s] : "", models->n, &panel, err));
      FRAY_TRY(put_row(b, t, panel, 0, models->cell[m],
                       split ? axis->panel_title[axis->panel[s]] : models->label[m], m, err));
    }
  }
  return FRAY_OK;
}

/* Models are rows (of a single condition) or panels, which bounds how many are shown. Less than two
 * rows over all, or no strength but none, is no map. */
static enum fray_status add_figure(struct table *t, const char *parameter, size_t section,
                                   size_t index, struct fray_rep_figures *figures,
                                   struct fray_err *err) {
  struct fray_rep_models models;
  struct fray_rep_build b;
  const char *name = fray_rep_figure_name(t->r->arena, section, "heat", index, parameter);
  const char *metric = fray_rep_metric_title(t->r, t->r->metrics.v[t->r->main_metric]);
  size_t most = t->n_rows == 1 ? 2 * FRAY_REP_MOST_COLUMNS : FRAY_REP_MOST_PANELS;
  FRAY_TRY(fray_rep_models_of(t->r, most, &models, err));
  if (models.n * t->n_rows < 2 || t->n_x == 0 || t->n_x > 2 * FRAY_REP_MOST_COLUMNS)
    return FRAY_OK;
  FRAY_TRY(decide(t, &models, err));
  FRAY_TRY(fray_rep_build_begin(&b, t->r, figures, FRAY_REP_HEAT, name,
                                t->n_rows == 1 ? t->row[0].title : "All test conditions", err));
  /* Retention may pass 1 and fall below 0: its intervals are not cut to the range of the metric,
   * but it is a percentage whatever the metric. */
  b.is_score = !t->retention;
  b.f->x_label = t->n_rows == 1 ? t->row[0].title : "strength of the damage";
  FRAY_TRY(fray_rep_words(t->r, &b.f->z_label, err, "%s%s%s", metric,
                          t->retention ? " retained" : "",
                          t->retention || b.f->percent ? ", %" : ""));
  b.f->percent = b.f->percent || t->retention;
  b.f->y_label = t->n_rows == 1 ? "trained model" : "test condition";
  FRAY_TRY(put_columns(&b, t, err));
  FRAY_TRY(t->n_rows == 1 ? put_models(&b, t, &models, err) : put_conditions(&b, t, &models, err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, figures);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err, "%s on damaged test data, of the same trained models.%s%s%s",
      t->retention ? "Share of the undamaged score above chance that is left, in percent,"
                   : "Score",
      t->retention ? " Equal shares do not mean equal scores: see the curves." : "",
      fray_rep_left_out(t->r, models.n_all, models.n, "models"),
      fray_rep_left_out(t->r, t->n_rows_all, t->n_rows, "conditions"));
}

/* A map for each strength parameter: columns of rates and of signal-to-noise ratios have nothing in
 * common. Conditions without one share the parameter "". */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  size_t first = out->n;
  struct fray_rep_names parameters = {0};
  size_t index;
  for (size_t c = 0; c < r->conditions.n; c++)
    FRAY_TRY(fray_rep_intern(&parameters, r->parameter[c] ? r->parameter[c] : "", r->arena, &index,
                             err));
  for (size_t i = 0; i < parameters.n && i < FRAY_REP_MOST_FIGURES; i++) {
    struct table t = {.r = r};
    FRAY_TRY(collect_rows(&t, parameters.v[i], err));
    FRAY_TRY(add_figure(&t, parameters.v[i], section, out->n - first, out, err));
  }
  return FRAY_OK;
}

extern const struct fray_rep_figure_kind fray_rep_figure_heat_map;
const struct fray_rep_figure_kind fray_rep_figure_heat_map = {
    .key = "heat_map",
    .heading = "Every condition at once",
    .meaning = "What is left of the main metric under each test condition at each severity.",
    .make = make,
};
