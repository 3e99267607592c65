/* Panels of curves along an axis: of all test samples, or one for each group of them. */
#include "curve_panels.h"

#include "build.h"

#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>

/* One curve: means over seeds with their intervals. Room is for the most there can be, a point a
 * strength and a single value a seed and strength; it is not zeroed, as only what is counted in n
 * is read. */
static enum fray_status fill_series(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    size_t s, struct fray_rep_figure *f,
                                    struct fray_rep_basis *basis, struct fray_rep_series *out,
                                    struct fray_err *err) {
  double unit = f->percent ? 100 : 1;
  FRAY_ALLOC(out->point, r->arena, g->axis->n_x, err);
  FRAY_ALLOC(out->single, r->arena, g->axis->n_x * g->n_seeds, err);
  for (size_t x = 0; x < g->axis->n_x; x++) {
    const double *v = g->value + fray_rep_grid_at(g, s, x);
    struct fray_rep_stat stat;
    FRAY_TRY(fray_rep_grid_stat(r, g, s, x, &stat, err));
    /* No seed was scored at this strength: the line goes on to the next one. */
    if (stat.n == 0)
      continue;
    fray_rep_basis_add(basis, &stat);
    f->blank |= f->percent && fray_rep_blank(&stat, true);
    f->clipped |= f->percent && fray_rep_clip(&stat);
    out->point[out->n++] = (struct fray_rep_point){
        .x = g->axis->x[x],
        .y = unit * stat.mean,
        .low = unit * stat.low,
        .high = unit * stat.high,
        .realised = fray_rep_mean(g->realised + fray_rep_grid_at(g, s, x), g->n_seeds),
        .n = stat.n};
    /* Several seeds without an interval are shown one by one, so that their spread is seen; a
     * single seed would only be drawn over its own mean. */
    if (stat.n > 1 && isnan(stat.low))
      for (size_t i = 0; i < g->n_seeds; i++)
        if (!isnan(v[i]))
          out->single[out->n_singles++] = (struct fray_rep_point){
              .x = g->axis->x[x], .y = unit * v[i], .low = NAN, .high = NAN};
  }
  return FRAY_OK;
}

/* The constant predictor at each strength, over the series of the panel and all seeds. A group
 * without a sample of the class that it answers has no such line: 0 % there is no chance level, and
 * would make any answer look learnt. */
static enum fray_status fill_chance(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    size_t panel, struct fray_rep_figure *f,
                                    struct fray_rep_panel *out, struct fray_err *err) {
  double *all, unit = f->percent ? 100 : 1;
  bool lacks = false;
  FRAY_ALLOC(all, r->arena, g->axis->n_series, err);
  FRAY_ALLOC(out->chance, r->arena, g->axis->n_x, err);
  for (size_t x = 0; x < g->axis->n_x; x++) {
    for (size_t s = 0; s < g->axis->n_series; s++)
      all[s] = g->axis->panel[s] == panel
                   ? fray_rep_mean(g->chance + fray_rep_grid_at(g, s, x), g->n_seeds)
                   : NAN;
    double mean = fray_rep_mean(all, g->axis->n_series);
    bool none = g->group != FRAY_REP_ALL && mean == 0;
    lacks = lacks || none;
    if (!isnan(mean) && !none)
      out->chance[out->n_chance++] =
          (struct fray_rep_point){.x = g->axis->x[x], .y = unit * mean, .low = NAN, .high = NAN};
  }
  /* One strength without the class takes the whole line away: a line over the others alone would
   * look as if chance held everywhere. */
  if (lacks)
    out->n_chance = 0;
  f->lacks_chance = f->lacks_chance || lacks;
  return FRAY_OK;
}

/* Panel p of the axis. Series keep the style of the axis,
 * so a model has the same colour in every panel and in every figure of that axis. */
static enum fray_status fill_panel(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                   size_t p, struct fray_rep_figure *f,
                                   struct fray_rep_basis *basis, struct fray_rep_panel *out,
                                   struct fray_err *err) {
  FRAY_ALLOC_ZERO(out->series, r->arena, g->axis->n_series, err);
  out->note = "";
  for (size_t s = 0; s < g->axis->n_series; s++) {
    if (g->axis->panel[s] != p)
      continue;
    struct fray_rep_series *series = &out->series[out->n_series++];
    series->label = g->axis->series[s];
    series->style = g->axis->style[s];
    FRAY_TRY(fill_series(r, g, s, f, basis, series, err));
  }
  return fill_chance(r, g, p, f, out, err);
}

/* Called after fray_rep_scale, whose range of the x axis it replaces: ticks stand where something
 * was measured, and round numbers between them would promise values that there are not. */
static enum fray_status fill_ticks(struct fray_rep_results *r, struct fray_rep_figure *f,
                                   const struct fray_rep_grid *g, struct fray_err *err) {
  const struct fray_rep_axis *axis = g->axis;
  f->tick = axis->x;
  f->n_ticks = axis->n_x;
  /* From the least damage to the most, left to right: of a ratio the values fall. */
  const double first = axis->x[0], last = axis->x[axis->n_x - 1];
  /* The margin keeps the first and last mark inside the panel. Its sign follows that of the span,
   * so a falling axis is widened as well. */
  f->x0 = first - 0.02 * (last - first);
  f->x1 = last + 0.02 * (last - first);
  FRAY_ALLOC(f->realised, r->arena, axis->n_x, err);
  for (size_t x = 0; x < axis->n_x; x++) {
    double sum = 0;
    size_t n = 0;
    for (size_t s = 0; s < axis->n_series; s++) {
      double mean = fray_rep_mean(g->realised + fray_rep_grid_at(g, s, x), g->n_seeds);
      sum += isnan(mean) ? 0 : mean;
      n += isnan(mean) ? 0 : 1;
    }
    /* Of all series together: triangles for each would pile up. */
    double rate = n ? sum / (double)n : NAN;
    /* What was hit is a share, and has a place on an axis of shares only. */
    if (fray_strength_is_share(axis->strength) && fabs(rate - axis->x[x]) > 0.005 &&
        rate >= f->x0 && rate <= f->x1)
      f->realised[f->n_realised++] = rate;
  }
  return FRAY_OK;
}

/* Of the whole axis, not of the panels: two figures of an axis have the same legend even where a
 * group has no score of some model. */
static enum fray_status fill_legend(struct fray_rep_results *r, struct fray_rep_figure *f,
                                    const struct fray_rep_axis *axis, struct fray_err *err) {
  for (size_t s = 0; s < axis->n_series; s++)
    f->n_styles = FRAY_MAX(f->n_styles, axis->style[s] + 1);
  FRAY_ALLOC_ZERO(f->legend, r->arena, f->n_styles, err);
  for (size_t s = 0; s < axis->n_series; s++)
    f->legend[axis->style[s]] = axis->series[s];
  return FRAY_OK;
}

static enum fray_status begin(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                              const char *name, const char *title, struct fray_rep_figure *f,
                              struct fray_err *err) {
  const char *metric = fray_rep_metric_title(r, r->metrics.v[r->main_metric]);
  *f = (struct fray_rep_figure){.name = name, .title = title};
  fray_rep_figure_along(f, axis);
  FRAY_CHECK(name && title && metric, err, MEMORY, "out of memory");
  f->percent = fray_rep_is_percent(r, r->main_metric);
  f->y_label = f->percent ? fray_arena_printf(r->arena, "%s, %%", metric) : metric;
  FRAY_CHECK(f->y_label, err, MEMORY, "out of memory");
  return fill_legend(r, f, axis, err);
}

/* One basis for all panels, as the caption stands once below them. */
enum fray_status fray_rep_curves(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                 const char *name, struct fray_rep_figure *out,
                                 struct fray_err *err) {
  struct fray_rep_grid g;
  struct fray_rep_basis basis = {0};
  FRAY_TRY(begin(r, axis, name, axis->title, out, err));
  FRAY_TRY(fray_rep_make_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &g, err));
  out->n_panels = axis->n_panels;
  FRAY_ALLOC_ZERO(out->panel, r->arena, out->n_panels, err);
  for (size_t p = 0; p < out->n_panels; p++) {
    out->panel[p].title = axis->panel_title[p];
    FRAY_TRY(fill_panel(r, &g, p, out, &basis, &out->panel[p], err));
  }
  fray_rep_figure_grid(out, axis);
  fray_rep_scale(out);
  FRAY_TRY(fray_rep_basis_text(r, &basis, &out->basis, err));
  return fill_ticks(r, out, &g, err);
}

/* Samples and clients are counts, kept as reals since they may be unknown. */
static const char *counts_note(struct fray_rep_results *r, const struct fray_rep_grid *grid) {
  if (!(grid->clusters >= 0 && grid->clusters < 1e15))
    return fray_arena_printf(r->arena, "n %.0f", grid->samples);
  return fray_arena_printf(r->arena, "n %.0f, %s", grid->samples,
                           FRAY_N((size_t)grid->clusters, "client"));
}

/* One panel of a group: of all series, or of those that share a panel of the axis. */
static enum fray_status fill_group(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                   const struct fray_rep_groups *groups,
                                   const struct fray_rep_grid *grid, size_t p,
                                   struct fray_rep_basis *basis, struct fray_rep_figure *out,
                                   struct fray_err *err) {
  struct fray_rep_panel *panel = &out->panel[p];
  const size_t row = p / axis->n_panels, column = p % axis->n_panels;
  const char *group = fray_rep_group_title(r, groups->column, groups->value[row]);
  FRAY_TRY(fill_panel(r, grid, column, out, basis, panel, err));
  panel->title = axis->n_panels > 1 ? fray_arena_printf(r->arena, "%s, %s", group ? group : "",
                                                        axis->panel_title[column])
                                    : group;
  if (fray_rep_unresolved(grid)) {
    panel->note = counts_note(r, grid);
    out->unresolved = true;
  }
  FRAY_CHECK(group && panel->title && panel->note, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Groups are the rows of a grid, and what makes the panels of the axis its columns: series are
 * compared with all else equal. */
static enum fray_status cross(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                              const struct fray_rep_groups *groups, struct fray_rep_figure *out,
                              struct fray_err *err) {
  FRAY_ALLOC(out->row_title, r->arena, groups->n + 1, err);
  out->n_rows = groups->n;
  out->n_columns = axis->n_panels;
  out->column_title = axis->panel_title;
  for (size_t i = 0; i < groups->n; i++) {
    out->row_title[i] = fray_rep_group_title(r, groups->column, groups->value[i]);
    FRAY_CHECK(out->row_title[i], err, MEMORY, "out of memory");
  }
  for (size_t p = 0; p < out->n_panels; p++) {
    out->panel[p].row = p / axis->n_panels;
    out->panel[p].column = p % axis->n_panels;
  }
  return FRAY_OK;
}

enum fray_status fray_rep_group_curves(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                       const struct fray_rep_groups *groups,
                                       const struct fray_rep_grid *grids, const char *name,
                                       struct fray_rep_figure *out, struct fray_err *err) {
  const char *title = fray_arena_printf(r->arena, "%s, by %s", axis->title,
                                        fray_rep_column_title(r, groups->column));
  struct fray_rep_basis basis = {0};
  FRAY_TRY(begin(r, axis, name, title, out, err));
  const size_t n = axis->n_panels;
  out->n_panels = groups->n * n;
  FRAY_ALLOC_ZERO(out->panel, r->arena, out->n_panels, err);
  for (size_t p = 0; p < out->n_panels; p++)
    FRAY_TRY(fill_group(r, axis, groups, &grids[p / n], p, &basis, out, err));
  if (n > 1)
    FRAY_TRY(cross(r, axis, groups, out, err));
  fray_rep_scale(out);
  FRAY_TRY(fray_rep_basis_text(r, &basis, &out->basis, err));
  return fill_ticks(r, out, &grids[0], err);
}
