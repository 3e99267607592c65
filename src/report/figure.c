/* Curves as a figure table, and the scales of every figure. */
#include "figures.h"

#include "fray/base/size.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

const char *fray_rep_figure_name(struct fray_arena *arena, size_t section, const char *kind,
                                 size_t index, const char *text) {
  char safe[41];
  size_t n = 0;
  for (const char *p = text; *p && n + 1 < sizeof safe; p++) {
    bool keep = isascii((unsigned char)*p) && (isalnum((unsigned char)*p) || *p == '_');
    if (keep || (n && safe[n - 1] != '-'))
      safe[n++] = keep ? *p : '-';
  }
  while (n && safe[n - 1] == '-')
    n--;
  safe[n] = '\0';
  const char *before = section ? fray_arena_printf(arena, "r%zu-", section + 1) : "";
  if (!before)
    return NULL;
  return fray_arena_printf(arena, "%s%s%zu%s%s", before, kind, index + 1, n ? "-" : "", safe);
}

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
    for (size_t i = 0; i < g->n_seeds && stat.n > 1 && isnan(stat.low); i++)
      if (!isnan(v[i]))
        out->single[out->n_singles++] =
            (struct fray_rep_point){.x = g->axis->x[x], .y = unit * v[i], .low = NAN, .high = NAN};
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
      all[s] = g->axis->panel[s] == panel || panel == g->axis->n_panels
                   ? fray_rep_mean(g->chance + fray_rep_grid_at(g, s, x), g->n_seeds)
                   : NAN;
    double mean = fray_rep_mean(all, g->axis->n_series);
    bool none = g->group != FRAY_REP_ALL && mean == 0;
    lacks = lacks || none;
    if (!isnan(mean) && !none)
      out->chance[out->n_chance++] =
          (struct fray_rep_point){.x = g->axis->x[x], .y = unit * mean, .low = NAN, .high = NAN};
  }
  if (lacks)
    out->n_chance = 0;
  f->lacks_chance = f->lacks_chance || lacks;
  return FRAY_OK;
}

/* Panel p of the axis; p = n_panels takes every series into one. */
static enum fray_status fill_panel(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                   size_t p, struct fray_rep_figure *f,
                                   struct fray_rep_basis *basis, struct fray_rep_panel *out,
                                   struct fray_err *err) {
  FRAY_ALLOC_ZERO(out->series, r->arena, g->axis->n_series, err);
  out->note = "";
  for (size_t s = 0; s < g->axis->n_series; s++) {
    if (g->axis->panel[s] != p && p != g->axis->n_panels)
      continue;
    struct fray_rep_series *series = &out->series[out->n_series++];
    series->label = g->axis->series[s];
    series->style = g->axis->style[s];
    FRAY_TRY(fill_series(r, g, s, f, basis, series, err));
  }
  return fill_chance(r, g, p, f, out, err);
}

static void widen(double *low, double *high, double value) {
  if (isnan(value))
    return;
  *low = fmin(*low, value);
  *high = fmax(*high, value);
}

static void widen_by(struct fray_rep_figure *f, const struct fray_rep_point *p, size_t n,
                     double *x0, double *x1) {
  for (size_t i = 0; i < n; i++) {
    widen(x0, x1, p[i].x);
    widen(&f->y0, &f->y1, p[i].y);
    if (f->kind == FRAY_REP_HEAT) /* the colour is of the value alone */
      continue;
    widen(&f->y0, &f->y1, p[i].low);
    widen(&f->y0, &f->y1, p[i].high);
  }
}

/* Range of the values; x0, x1: of the points as well. */
static void measure(struct fray_rep_figure *f, double *x0, double *x1) {
  f->y0 = *x0 = INFINITY;
  f->y1 = *x1 = -INFINITY;
  for (size_t p = 0; p < f->n_panels; p++) {
    const struct fray_rep_panel *panel = &f->panel[p];
    for (size_t s = 0; s < panel->n_series; s++) {
      widen_by(f, panel->series[s].point, panel->series[s].n, x0, x1);
      widen_by(f, panel->series[s].single, panel->series[s].n_singles, x0, x1);
    }
    for (size_t i = 0; i < panel->n_chance; i++)
      widen(&f->y0, &f->y1, panel->chance[i].y);
    for (size_t i = 0; i < panel->n_references; i++)
      widen(&f->y0, &f->y1, panel->reference[i].y);
    f->has_chance = f->has_chance || panel->n_chance;
  }
}

/* Ticks of 1, 2, 2.5 or 5 times a power of ten, about five of them. */
static double round_step(double span) {
  static const double steps[] = {1, 2, 2.5, 5, 10};
  double power = pow(10, floor(log10(span / 5)));
  size_t i = 0;
  while (i + 1 < FRAY_COUNT(steps) && steps[i] * power < span / 5)
    i++;
  return steps[i] * power;
}

static void round_axis(struct fray_rep_figure *f) {
  if (!(f->y0 <= f->y1)) {
    f->y0 = 0;
    f->y1 = f->percent ? 100 : 1;
  }
  f->y_step = round_step(fmax(f->y1 - f->y0, f->percent ? 5 : 1e-6 + 0.05 * fabs(f->y1)));
  f->y0 = f->y_step * floor(f->y0 / f->y_step + 1e-9);
  f->y1 = f->y_step * ceil(f->y1 / f->y_step - 1e-9);
  if (f->y1 <= f->y0)
    f->y1 = f->y0 + f->y_step;
}

/* Where the maker of the figure gave no range: that of the points, with a margin. */
static void round_x(struct fray_rep_figure *f, double x0, double x1) {
  bool categories = f->kind == FRAY_REP_BARS || f->kind == FRAY_REP_HEAT;
  if (f->x0 < f->x1 && !categories) {
    x0 = f->x0;
    x1 = f->x1;
  } else if (categories || !(x0 <= x1)) {
    x0 = 0;
    x1 = categories ? fmax((double)f->n_categories, 1) : 1;
  } else {
    double margin = x1 > x0 ? 0.04 * (x1 - x0) : fmax(0.05 * fabs(x1), 0.01);
    x0 -= margin;
    x1 += margin;
  }
  f->x0 = x0;
  f->x1 = x1;
  f->x_step = round_step(0.75 * (x1 - x0));
}

void fray_rep_scale(struct fray_rep_figure *figure) {
  double x0, x1;
  measure(figure, &x0, &x1);
  if (figure->kind == FRAY_REP_BARS || figure->kind == FRAY_REP_STEPS) /* they stand on 0 */
    widen(&figure->y0, &figure->y1, 0);
  if (figure->kind == FRAY_REP_HEAT && figure->diverging && figure->y0 <= figure->y1) {
    figure->y1 = fmax(fabs(figure->y0), fabs(figure->y1));
    figure->y0 = -figure->y1;
  }
  round_axis(figure);
  round_x(figure, x0, x1);
}

const double *fray_rep_x_ticks(const struct fray_rep_figure *figure, double *own, size_t *n) {
  *n = figure->n_ticks;
  if (*n)
    return figure->tick;
  double first = ceil(figure->x0 / figure->x_step - 1e-9);
  for (; *n < FRAY_REP_TICKS; ++*n) {
    double tick = figure->x_step * (first + (double)*n);
    if (tick > figure->x1 + 1e-9 * figure->x_step)
      break;
    own[*n] = fabs(tick) < 1e-9 * figure->x_step ? 0 : tick;
  }
  return own;
}

static enum fray_status fill_ticks(struct fray_rep_results *r, struct fray_rep_figure *f,
                                   const struct fray_rep_grid *g, struct fray_err *err) {
  const struct fray_rep_axis *axis = g->axis;
  f->tick = axis->x;
  f->n_ticks = axis->n_x;
  double margin = 0.02 * (axis->x[axis->n_x - 1] - axis->x[0]);
  f->x0 = axis->x[0] - margin;
  f->x1 = axis->x[axis->n_x - 1] + margin;
  FRAY_ALLOC(f->realised, r->arena, axis->n_x, err);
  for (size_t x = 0; x < axis->n_x; x++) {
    double sum = 0;
    size_t n = 0;
    for (size_t s = 0; s < axis->n_series; s++) {
      double mean = fray_rep_mean(g->realised + fray_rep_grid_at(g, s, x), g->n_seeds);
      sum += isnan(mean) ? 0 : mean;
      n += !isnan(mean);
    }
    double rate = n ? sum / (double)n : NAN;
    if (fabs(rate - axis->x[x]) > 0.005 && rate >= f->x0 && rate <= f->x1)
      f->realised[f->n_realised++] = rate;
  }
  return FRAY_OK;
}

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
  const char *metric = r->metrics.v[r->main_metric];
  *f = (struct fray_rep_figure){.name = name, .title = title, .x_label = axis->label};
  FRAY_CHECK(name && title, err, MEMORY, "out of memory");
  f->percent = fray_rep_is_percent(r, r->main_metric);
  f->y_label = f->percent ? fray_arena_printf(r->arena, "%s, %%", metric) : metric;
  FRAY_CHECK(f->y_label, err, MEMORY, "out of memory");
  return fill_legend(r, f, axis, err);
}

enum fray_status fray_rep_curves(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                 const char *name, struct fray_rep_figure *out,
                                 struct fray_err *err) {
  struct fray_rep_grid g;
  struct fray_rep_basis basis = {0};
  FRAY_TRY(begin(r, axis, name, axis->title, out, err));
  FRAY_TRY(fray_rep_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &g, err));
  out->n_panels = axis->n_panels;
  FRAY_ALLOC_ZERO(out->panel, r->arena, out->n_panels, err);
  for (size_t p = 0; p < out->n_panels; p++) {
    out->panel[p].title = axis->panel_title[p];
    FRAY_TRY(fill_panel(r, &g, p, out, &basis, &out->panel[p], err));
  }
  fray_rep_scale(out);
  FRAY_TRY(fray_rep_basis_text(r, &basis, &out->basis, err));
  return fill_ticks(r, out, &g, err);
}

enum fray_status fray_rep_group_columns(struct fray_rep_results *r, struct fray_rep_groups **out,
                                        size_t *n, struct fray_err *err) {
  *n = 0;
  FRAY_ALLOC_ZERO(*out, r->arena, r->groups.n, err);
  for (size_t g = 1; g < r->groups.n; g++) {
    const char *equals = strchr(r->groups.v[g], '=');
    if (!equals)
      continue;
    const char *column =
        fray_arena_strndup(r->arena, r->groups.v[g], (size_t)(equals - r->groups.v[g]));
    FRAY_CHECK(column, err, MEMORY, "out of memory");
    size_t i = 0;
    while (i < *n && strcmp((*out)[i].column, column) != 0)
      i++;
    struct fray_rep_groups *groups = &(*out)[i];
    if (i == *n) {
      groups->column = column;
      FRAY_ALLOC(groups->group, r->arena, r->groups.n, err);
      FRAY_ALLOC(groups->value, r->arena, r->groups.n, err);
      ++*n;
    }
    groups->group[groups->n] = g;
    groups->value[groups->n++] = equals[1] ? equals + 1 : "(empty)";
  }
  return FRAY_OK;
}

bool fray_rep_unresolved(const struct fray_rep_grid *g) {
  return g->samples < 30 || g->clusters < 5;
}

enum fray_status fray_rep_group_curves(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                       const struct fray_rep_groups *groups,
                                       const struct fray_rep_grid *grids, const char *name,
                                       struct fray_rep_figure *out, struct fray_err *err) {
  const char *title = fray_arena_printf(r->arena, "%s, by %s", axis->title, groups->column);
  struct fray_rep_basis basis = {0};
  FRAY_TRY(begin(r, axis, name, title, out, err));
  out->n_panels = groups->n;
  FRAY_ALLOC_ZERO(out->panel, r->arena, out->n_panels, err);
  for (size_t p = 0; p < groups->n; p++) {
    FRAY_TRY(fill_panel(r, &grids[p], axis->n_panels, out, &basis, &out->panel[p], err));
    out->panel[p].title = groups->value[p];
    if (fray_rep_unresolved(&grids[p])) {
      out->panel[p].note =
          fray_arena_printf(r->arena, "n %.0f, %.0f clients", grids[p].samples, grids[p].clusters);
      out->unresolved = true;
    }
    FRAY_CHECK(out->panel[p].note, err, MEMORY, "out of memory");
  }
  fray_rep_scale(out);
  FRAY_TRY(fray_rep_basis_text(r, &basis, &out->basis, err));
  return fill_ticks(r, out, &grids[0], err);
}
