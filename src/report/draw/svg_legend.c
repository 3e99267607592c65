/* Legend of a figure and its description in words. */
#include "draw.h"
#include "palette.h"
#include "svg.h"

#include "report/words/markup.h"

#include <math.h>
#include <stdio.h>

/* The first series of a style, or NULL. All series of a style look alike, so one will do for its
 * swatch. */
static const struct fray_rep_series *of_style(const struct fray_rep_figure *f, size_t style) {
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++)
      if (f->panel[p].series[s].style == style)
        return &f->panel[p].series[s];
  return NULL;
}

/* The id of a pattern here begins with the name of the figure, those in drawings with the id of the
 * drawing: they do not meet. */
static void put_box(const struct fray_rep_figure *f, const struct fray_rep_series *s,
                    struct fray_text *out) {
  fray_text_puts(out, "<path class=\"shape\" d=\"M8,0h20v12h-20z\"/>");
  if (fray_rep_svg_has_pattern(s->style))
    fray_text_printf(out, "<path fill=\"url(#%s-p%zu)\" d=\"M8,0h20v12h-20z\"/>", f->name,
                     s->style);
}

/* Drawn by the same functions as the figure, so it cannot differ. p NULL: no tip, no mark. */
static void put_swatch(const struct fray_rep_figure *f, const struct fray_rep_series *s,
                       struct fray_text *out) {
  struct fray_rep_view v = {.f = f, .id = f->name, .out = out};
  fray_text_puts(out, "<svg aria-hidden=\"true\" viewBox=\"0 0 36 12\">");
  /* Patterns are defined in each swatch: a legend may be shown without its drawing. */
  if (f->kind == FRAY_REP_BARS) {
    fray_text_puts(out, "<defs>");
    fray_rep_svg_pattern(f->name, s->style, out);
    fray_text_puts(out, "</defs>");
  }
  fray_rep_svg_series(&v, s);
  if (f->kind == FRAY_REP_BARS)
    put_box(f, s, out);
  bool cloud = f->kind == FRAY_REP_POINTS && !s->line;
  if (f->kind != FRAY_REP_BARS && !cloud)
    fray_text_printf(out, "<path class=\"line%s\" stroke-dasharray=\"%s\" d=\"M0,6H36\"/>",
                     s->control ? " control" : "", fray_rep_svg_dash(s));
  if (f->kind != FRAY_REP_BARS && !(f->kind == FRAY_REP_POINTS && s->line))
    fray_rep_svg_marker(&v, s, 18, 6, s->hollow, NULL);
  fray_text_puts(out, "</g></svg>");
}

static void put_entry(const char *class_and_path, const char *text, struct fray_text *out) {
  fray_text_printf(out,
                   "<li><svg aria-hidden=\"true\" viewBox=\"0 0 36 12\"><path class=%s/></svg>",
                   class_and_path);
  fray_rep_html(out, text);
  fray_text_puts(out, "</li>\n");
}

/* Levels across the panels, named here rather than at the line, where marks would lie over words.
 */
static void put_levels(const struct fray_rep_figure *f, struct fray_text *out) {
  if (f->kind == FRAY_REP_STEPS && f->worst > 0) {
    char text[48];
    snprintf(text, sizeof text, "worst %.3g\u00a0%%", f->worst * (f->percent ? 1 : 100));
    put_entry("\"level\" d=\"M0,6H36\"", text, out);
  }
  for (size_t i = 0; fray_rep_reference_label(f, i); i++) {
    char path[48];
    snprintf(path, sizeof path, "\"level l%zu\" d=\"M0,6H36\"", i % 3);
    put_entry(path, fray_rep_reference_label(f, i), out);
  }
}

/* Buttons, as a script may hide series; without one they are plain words. What cannot be hidden is
 * no button. */
void fray_rep_legend(const struct fray_rep_figure *f, struct fray_text *out) {
  if (f->kind == FRAY_REP_HEAT) /* rows have names, and the colours their bar */
    return;
  fray_text_printf(out, "<ul class=\"legend%s\">\n",
                   f->n_panels == 1 && f->kind == FRAY_REP_LINES ? " direct" : "");
  for (size_t i = 0; i < f->n_styles; i++) {
    const struct fray_rep_series *s = of_style(f, i);
    if (!f->legend[i] || !s)
      continue;
    fray_text_printf(out,
                     "<li><button type=\"button\" class=\"toggle\" data-series=\"%zu\" "
                     "aria-pressed=\"true\">",
                     i);
    put_swatch(f, s, out);
    fray_rep_html(out, f->legend[i]);
    fray_text_puts(out, "</button></li>\n");
  }
  if (f->has_chance)
    put_entry("\"chance\" d=\"M0,6H36\"", "chance", out);
  if (f->diagonal)
    put_entry("\"diagonal\" d=\"M0,6H36\"", "equal", out);
  put_levels(f, out);
  if (f->n_realised)
    put_entry("\"real\" d=\"M18,2l4,8h-8z\"", "realised rate", out);
  fray_text_puts(out, "</ul>\n");
}

/* A missing value is a dash, without a unit. */
static void put_value(const struct fray_rep_figure *f, double y, struct fray_text *out) {
  fray_rep_svg_value(f, y, out);
  if (f->percent && !isnan(y))
    fray_text_puts(out, "\u00a0%");
}

/* A percent sign is said with each number, as a listener does not see the axis. */
static void say_point(const struct fray_rep_figure *f, const struct fray_rep_point *p,
                      struct fray_text *out) {
  size_t category = fray_rep_category(f, p);
  put_value(f, p->y, out);
  fray_text_puts(out, " at ");
  if (f->kind != FRAY_REP_BARS && f->kind != FRAY_REP_HEAT) {
    fray_rep_put_number(out, fray_rep_x_shown(f, p->x));
    fray_text_puts(out, f->x_share ? "\u00a0%" : "");
  } else if (category < f->n_categories) {
    fray_rep_html(out, f->category[category]);
  }
}

/* Its ends, or where there is no order its extremes. Missing values are passed over; the first and
 * last measured ones are the ends. */
static void say_series(const struct fray_rep_figure *f, const struct fray_rep_series *s,
                       struct fray_text *out) {
  const struct fray_rep_point *a = NULL, *b = NULL;
  bool ends = f->kind == FRAY_REP_LINES || s->line;
  for (size_t i = 0; i < s->n; i++) {
    const struct fray_rep_point *p = &s->point[i];
    if (isnan(p->y))
      continue;
    /* Of a line first and last are what happened; of a cloud only its span makes sense. */
    if (!a || (!ends && p->y < a->y))
      a = p;
    if (!b || ends || p->y > b->y)
      b = p;
  }
  if (!a) {
    fray_text_puts(out, "no value");
    return;
  }
  say_point(f, a, out);
  if (a == b)
    return;
  fray_text_puts(out, ends ? ", " : " to ");
  say_point(f, b, out);
}

/* The x values below which lie the worst share and half of a distribution. */
static void say_steps(const struct fray_rep_figure *f, const struct fray_rep_series *s,
                      struct fray_text *out) {
  double whole = f->percent ? 100 : 1;
  const struct fray_rep_point *half = NULL;
  for (size_t i = 0; i < s->n && !half; i++)
    /* Shares are added up, so half may miss itself by a rounding. */
    if (s->point[i].y >= 0.5 * whole * (1 - 1e-9))
      half = &s->point[i];
  if (!half) {
    fray_text_puts(out, "no value");
    return;
  }
  fray_text_puts(out, "lowest ");
  fray_rep_put_number(out, s->point[0].x);
  fray_text_puts(out, ", half at or below ");
  fray_rep_put_number(out, half->x);
  fray_text_puts(out, ", highest ");
  fray_rep_put_number(out, s->point[s->n - 1].x);
}

/* A sentence for each series, not each value: it is read out as a whole. Values are in the tips and
 * in the table of numbers. */
void fray_rep_svg_describe(const struct fray_rep_figure *f, struct fray_text *out) {
  const char *what = f->kind == FRAY_REP_HEAT && f->z_label ? f->z_label : f->y_label;
  fray_rep_html(out, what);
  fray_text_puts(out, f->kind == FRAY_REP_HEAT ? " by " : " over ");
  fray_rep_html(out, f->x_title ? f->x_title : f->x_label);
  fray_text_puts(out, ". ");
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++) {
      const struct fray_rep_series *series = &f->panel[p].series[s];
      if (series->n == 0)
        continue;
      fray_rep_html(out, f->panel[p].title);
      fray_text_puts(out, *f->panel[p].title ? ", " : "");
      fray_rep_html(out, series->label);
      fray_text_puts(out, ": ");
      if (f->kind == FRAY_REP_STEPS)
        say_steps(f, series, out);
      else
        say_series(f, series, out);
      fray_text_puts(out, ". ");
    }
}
