/* Ranges and ticks of the axes: fitted to the values, with round numbers. */
#include "figure.h"

#include "fray/base/size.h"

#include <math.h>

/* NaN means "not known" all over the figure table and must not reach the range; it is skipped here
 * for all callers. */
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

/* Range of the values; x0, x1: of the points as well. Chance and references count, so that a level
 * which all values lie far from is still seen. Without any value the range stays inverted, which
 * round_axis takes for "none". */
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

/* Ticks of 1, 2, 2.5 or 5 times a power of ten, about five of them. span is positive: callers see
 * to that, as the logarithm of 0 has no power of ten. */
static double round_step(double span) {
  static const double steps[] = {1, 2, 2.5, 5, 10};
  double power = pow(10, floor(log10(span / 5)));
  size_t i = 0;
  while (i + 1 < FRAY_COUNT(steps) && steps[i] * power < span / 5)
    i++;
  return steps[i] * power;
}

/* All panels share the axis, so that heights may be compared across them. Both ends are ticks; the
 * drawers count steps from y0 and rely on it. */
static void round_axis(struct fray_rep_figure *f) {
  if (!(f->y0 <= f->y1)) {
    f->y0 = 0;
    f->y1 = f->percent ? 100 : 1;
  }
  /* At least 5 points, or a twentieth of the value: else differences of rounding would fill the
   * panel. */
  f->y_step = round_step(fmax(f->y1 - f->y0, f->percent ? 5 : 1e-6 + 0.05 * fabs(f->y1)));
  /* The small shift keeps a value that is a tick up to rounding from opening another step. */
  f->y0 = f->y_step * floor(f->y0 / f->y_step + 1e-9);
  f->y1 = f->y_step * ceil(f->y1 / f->y_step - 1e-9);
  /* Values that are all one: room above it, or below it where a share can be no larger. */
  if (f->y1 <= f->y0 && f->percent && f->y0 >= 100)
    f->y0 = f->y1 - f->y_step;
  else if (f->y1 <= f->y0)
    f->y1 = f->y0 + f->y_step;
}

/* Where the maker of the figure gave no range: that of the points, with a margin. */
static void round_x(struct fray_rep_figure *f, double x0, double x1) {
  bool categories = f->kind == FRAY_REP_BARS || f->kind == FRAY_REP_HEAT;
  if ((f->x0 < f->x1 || f->x0 > f->x1) && !categories) { /* falling: worse to the right */
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
  /* A few more ticks than on the y axis: panels are wider than high. */
  f->x_step = round_step(0.75 * fabs(x1 - x0));
}

/* A bar whose axis does not begin at 0 shows a wrong proportion; shares of clients begin at 0 by
 * their meaning. Around 0 both ends of a diverging map are equally far, else the middle colour
 * would not mean "no effect". */
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
  /* Ticks are multiples of the step, computed from an index: adding the step up would gather
   * rounding. The range rises here, since falling ones come with ticks of their own. */
  double first = ceil(figure->x0 / figure->x_step - 1e-9);
  for (; *n < FRAY_REP_TICKS; ++*n) {
    double tick = figure->x_step * (first + (double)*n);
    if (tick > figure->x1 + 1e-9 * figure->x_step)
      break;
    own[*n] = fabs(tick) < 1e-9 * figure->x_step ? 0 : tick;
  }
  return own;
}

double fray_rep_x_shown(const struct fray_rep_figure *figure, double x) {
  return figure->x_share ? 100 * x : x;
}
