/* Figure: a test that varies two keys, as one map of both. */
#include "figures.h"

#include "report/plot/build.h"
#include "report/stat/plane.h"
#include "report/words/phrases.h"

#include "fray/base/size.h"

#include <math.h>

/* The row of one value of the first key: a cell for each value of the second. */
static enum fray_status put_row(struct fray_rep_build *b, const struct fray_rep_plane *p,
                                struct fray_rep_panel *panel, size_t row, size_t cell,
                                struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  struct fray_rep_series *series;
  char number[32];
  const char *label;
  fray_format_double(p->x[0][row], number); /* its unit stands at the axis */
  FRAY_TRY(fray_rep_words(r, &label, err, "%s", number));
  FRAY_TRY(fray_rep_build_series(b, panel, label, row, p->n[1], &series, err));
  for (size_t column = 0; column < p->n[1]; column++) {
    const size_t condition = p->condition[row * p->n[1] + column];
    struct fray_rep_stat stat;
    size_t samples;
    /* A point that was not tested leaves its cell empty. */
    if (condition == r->conditions.n)
      continue;
    struct fray_rep_address at = fray_rep_main_score(r, cell, condition, NAN);
    FRAY_TRY(fray_rep_stat_at(r, &at, &stat, &samples, err));
    fray_rep_build_put(b, series, (double)column, stat, NULL);
  }
  return FRAY_OK;
}

/* Numbers as they are said: the axis has their unit. */
static enum fray_status put_columns(struct fray_rep_build *b, const struct fray_rep_plane *p,
                                    struct fray_err *err) {
  FRAY_ALLOC(b->f->category, b->r->arena, p->n[1] + 1, err);
  for (size_t i = 0; i < p->n[1]; i++) {
    char number[32];
    fray_format_double(p->x[1][i], number);
    FRAY_TRY(fray_rep_words(b->r, &b->f->category[i], err, "%s", number));
  }
  b->f->n_categories = p->n[1];
  return FRAY_OK;
}

/* A panel for each model, a row for each value of the first key. */
static enum fray_status add_figure(struct fray_rep_results *r, const struct fray_rep_plane *p,
                                   const char *name, struct fray_rep_figures *figures,
                                   struct fray_err *err) {
  struct fray_rep_models models;
  struct fray_rep_build b;
  FRAY_TRY(fray_rep_models_of(r, FRAY_REP_MOST_PANELS, &models, err));
  FRAY_TRY(fray_rep_build_begin(&b, r, figures, FRAY_REP_HEAT, name, p->title, err));
  /* On a heat map the metric is the colour; the builder took it for y. */
  b.f->z_label = b.f->y_label;
  b.f->y_label = p->label[0];
  b.f->x_label = p->label[1];
  FRAY_TRY(put_columns(&b, p, err));
  FRAY_TRY(fray_rep_build_panels(&b, models.n, err));
  for (size_t m = 0; m < models.n; m++) {
    struct fray_rep_panel *panel;
    FRAY_TRY(fray_rep_build_panel(&b, models.n > 1 ? models.label[m] : "", p->n[0], &panel, err));
    for (size_t row = 0; row < p->n[0]; row++)
      FRAY_TRY(put_row(&b, p, panel, row, models.cell[m], err));
  }
  /* No score of the main metric: a map of empty cells would say that nothing was lost. */
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, figures);
    return FRAY_OK;
  }
  return fray_rep_build_end(&b, err,
                            "The same trained models under a test that varies two keys: rows are "
                            "values of the one, columns of the other. Differences between cells "
                            "need their intervals (the tables have them).%s",
                            fray_rep_left_out(r, models.n_all, models.n, "models"));
}

/* A map of more rows or columns could not be read. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_plane *planes;
  size_t n, made = 0;
  FRAY_TRY(fray_rep_planes(r, &planes, &n, err));
  for (size_t p = 0; p < n && made < FRAY_REP_MOST_FIGURES; p++) {
    const size_t before = out->n;
    if (planes[p].n[0] > 2 * FRAY_REP_MOST_COLUMNS || planes[p].n[1] > FRAY_REP_MOST_COLUMNS)
      continue;
    FRAY_TRY(add_figure(r, &planes[p],
                        fray_rep_figure_name(r->arena, section, "plane", made, planes[p].test), out,
                        err));
    made += out->n - before;
  }
  return FRAY_OK;
}

extern const struct fray_rep_figure_kind fray_rep_figure_planes;
const struct fray_rep_figure_kind fray_rep_figure_planes = {
    .key = "planes",
    .heading = "Two keys of one damage",
    .meaning = "A test that varies two keys, as a map of both.",
    .make = make,
};
