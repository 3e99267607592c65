/* Curves with bands and distribution functions. */
#include "draw.h"
#include "svg.h"

#include <math.h>

/* One end alone is no interval, and a path must not get a number that is none. */
static bool has_interval(const struct fray_rep_point *p) {
  return !isnan(p->x) && !isnan(p->low) && !isnan(p->high);
}

/* Runs of neighbouring points with an interval make a polygon; a lone one makes a whisker. There
 * along the upper ends, back along the lower ones. Of a lone point this is a line from high to low.
 */
void fray_rep_svg_band(const struct fray_rep_view *v, const struct fray_rep_series *s) {
  for (size_t i = 0; i < s->n;) {
    size_t end = i;
    while (end < s->n && has_interval(&s->point[end]))
      end++;
    if (end == i) {
      i++;
      continue;
    }
    bool lone = end == i + 1;
    fray_text_printf(v->out, "<path class=\"%s\" d=\"M", lone ? "whisker" : "band");
    for (size_t k = i; k < end; k++)
      fray_text_printf(v->out, "%.1f,%.1f ", fray_rep_x_at(v, s->point[k].x),
                       fray_rep_y_at(v, s->point[k].high));
    for (size_t k = end; k-- > i;)
      fray_text_printf(v->out, "L%.1f,%.1f ", fray_rep_x_at(v, s->point[k].x),
                       fray_rep_y_at(v, s->point[k].low));
    fray_text_puts(v->out, lone ? "\"/>\n" : "z\"/>\n");
    i = end;
  }
}

void fray_rep_svg_line(const struct fray_rep_view *v, const struct fray_rep_series *s) {
  bool open = false;
  size_t drawn = 0;
  for (size_t i = 0; i < s->n; i++)
    drawn += !isnan(s->point[i].x) && !isnan(s->point[i].y);
  /* A lone point has its marker; a path of one point draws nothing and reads as a line. */
  if (drawn < 2)
    return;
  fray_text_printf(v->out, "<path class=\"line%s\" stroke-dasharray=\"%s\" d=\"",
                   s->control ? " control" : "", fray_rep_svg_dash(s));
  for (size_t i = 0; i < s->n; i++) {
    const struct fray_rep_point *p = &s->point[i];
    bool here = !isnan(p->x) && !isnan(p->y);
    if (here)
      fray_text_printf(v->out, "%s%.1f,%.1f", open ? "L" : "M", fray_rep_x_at(v, p->x),
                       fray_rep_y_at(v, p->y));
    /* A gap in the data is a gap in the line: nothing was measured there. */
    open = here;
  }
  fray_text_puts(v->out, "\"/>\n");
}

static void draw_marks(const struct fray_rep_view *v, const struct fray_rep_series *s) {
  for (size_t i = 0; i < s->n; i++)
    if (!isnan(s->point[i].x) && !isnan(s->point[i].y))
      fray_rep_svg_marker(v, s, fray_rep_x_at(v, s->point[i].x), fray_rep_y_at(v, s->point[i].y),
                          false, &s->point[i]);
}

/* Below the line and its marks, and hollow: they are seeds, not means. */
static void draw_singles(const struct fray_rep_view *v, const struct fray_rep_series *s) {
  for (size_t i = 0; i < s->n_singles; i++)
    if (!isnan(s->single[i].x) && !isnan(s->single[i].y))
      fray_rep_svg_marker(v, s, fray_rep_x_at(v, s->single[i].x), fray_rep_y_at(v, s->single[i].y),
                          true, &s->single[i]);
}

/* From the left edge along the bottom, up at every point, and on to the right edge. Steps too small
 * to be seen are taken together: there may be thousands of clients. */
static void draw_steps(const struct fray_rep_view *v, const struct fray_rep_series *s) {
  double last_x = -INFINITY, last_y = -INFINITY;
  if (s->n == 0)
    return;
  fray_text_printf(v->out, "<path class=\"line%s\" stroke-dasharray=\"%s\" d=\"M%.1f,%.1f",
                   s->control ? " control" : "", fray_rep_svg_dash(s), v->left,
                   fray_rep_y_at(v, 0));
  for (size_t i = 0; i < s->n; i++) {
    if (isnan(s->point[i].x) || isnan(s->point[i].y))
      continue;
    double x = fray_rep_x_at(v, s->point[i].x), y = fray_rep_y_at(v, s->point[i].y);
    /* The last one is always drawn, since it carries the line to the edge. */
    if (i + 1 < s->n && fabs(x - last_x) < 0.5 && fabs(y - last_y) < 0.5)
      continue;
    fray_text_printf(v->out, "H%.1fV%.1f", x, y);
    last_x = x;
    last_y = y;
  }
  fray_text_printf(v->out, "H%.1f\"/>\n", v->left + v->width);
}

/* A dot for every client, the marker of the series for the worst; of many, for some of them. The
 * first client is marked even if it alone is more than the worst share. */
static void draw_step_marks(const struct fray_rep_view *v, const struct fray_rep_series *s) {
  size_t every = (s->n + FRAY_REP_STEP_MARKS - 1) / FRAY_REP_STEP_MARKS;
  for (size_t i = 0; i < s->n; i += every) {
    const struct fray_rep_point *p = &s->point[i];
    if (isnan(p->x) || isnan(p->y))
      continue;
    double x = fray_rep_x_at(v, p->x), y = fray_rep_y_at(v, p->y);
    if (v->f->worst > 0 && (i == 0 || p->y <= v->f->worst * (1 + 1e-9))) {
      fray_rep_svg_marker(v, s, x, y, false, p);
      continue;
    }
    fray_text_printf(v->out, "<circle class=\"mark dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.2\"", x, y);
    fray_rep_svg_tip(v, s, p);
    fray_text_puts(v->out, "/>\n");
  }
}

/* worst is in units of the axis: a share, or a percentage. The legend says what the line is. */
static void draw_worst(const struct fray_rep_view *v) {
  if (v->f->kind == FRAY_REP_STEPS && v->f->worst > 0)
    fray_text_printf(v->out, "<path class=\"level\" d=\"M%.1f,%.1fh%.1f\"/>\n", v->left,
                     fray_rep_y_at(v, v->f->worst), v->width);
}

/* Of curves each series has two groups with the same number, and a legend hides both. */
void fray_rep_svg_lines(const struct fray_rep_view *v) {
  const struct fray_rep_panel *panel = v->panel;
  bool steps = v->f->kind == FRAY_REP_STEPS;
  draw_worst(v);
  if (!steps)
    for (size_t s = 0; s < panel->n_series; s++) { /* all first: none may tint a line */
      fray_rep_svg_series(v, &panel->series[s]);
      fray_rep_svg_band(v, &panel->series[s]);
      fray_text_puts(v->out, "</g>\n");
    }
  for (size_t s = 0; s < panel->n_series; s++) {
    const struct fray_rep_series *series = &panel->series[s];
    fray_rep_svg_series(v, series);
    if (steps) {
      draw_steps(v, series);
      draw_step_marks(v, series);
    } else {
      draw_singles(v, series);
      fray_rep_svg_line(v, series);
      draw_marks(v, series);
    }
    fray_text_puts(v->out, "</g>\n");
  }
}
