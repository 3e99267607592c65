/* What gnuplot draws inside a panel, by kind. */
#include "draw.h"
#include "gnuplot.h"
#include "palette.h"
#include "svg.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Most names that room is looked for; points beyond them are drawn without one. */
enum { MOST = 256 };

/* Every item ends by a comma and a continued line; this one draws nothing and ends the command. So
 * no item has to know whether it is the last one, and a panel without data has a command that is
 * not empty. */
static void end_plot(struct fray_text *out) {
  fray_text_puts(out, "1/0 notitle\n");
}

/* By the name of the file alone: gnuplot is at work in the folder where it lies. */
static void put_item(const struct fray_gp_tile *t, size_t block, const char *using,
                     struct fray_text *out) {
  fray_text_printf(out, "'%s.dat' index %zu using %s with ", t->f->name, block, using);
}

/* Whether any point has an interval: gnuplot complains about data without a point. */
static size_t intervals(const struct fray_rep_series *s) {
  size_t n = 0;
  for (size_t i = 0; i < s->n; i++)
    n += !isnan(s->point[i].x) && !isnan(s->point[i].low) && !isnan(s->point[i].high);
  return n;
}

/* Below two intervals there is no area; one alone gets a whisker from its caller. */
static void put_band(const struct fray_gp_tile *t, const struct fray_rep_series *s, size_t block,
                     struct fray_text *out) {
  if (intervals(s) < 2)
    return;
  put_item(t, block, "1:3:4", out);
  fray_text_printf(out,
                   "filledcurves fs transparent solid 0.15 noborder lc rgb '%s' notitle, \\\n  ",
                   fray_gp_colour(s));
}

/* In linespoints the marker belongs to the line; whoever draws markers alone takes put_markers. */
static void put_line(const struct fray_gp_tile *t, const struct fray_rep_series *s, size_t block,
                     const char *with, struct fray_text *out) {
  put_item(t, block, "1:2", out);
  fray_text_printf(out, "%s ", with);
  fray_gp_line_style(s, out);
  if (strcmp(with, "linespoints") == 0)
    fray_gp_marker(s, false, out);
  fray_text_puts(out, " notitle, \\\n  ");
}

/* Hollow ones are single seeds, which must not pass for means. */
static void put_markers(const struct fray_gp_tile *t, const struct fray_rep_series *s, size_t block,
                        bool hollow, struct fray_text *out) {
  put_item(t, block, "1:2", out);
  fray_text_printf(out, "points lc rgb '%s'", fray_gp_colour(s));
  fray_gp_marker(s, hollow, out);
  fray_text_puts(out, " notitle, \\\n  ");
}

/* From low to high with caps; gnuplot's error bars are cut where their point stands. offset: from
 * the category to the middle of the bar, 0 for curves. Data columns 3 and 4 are low and high. */
static void put_whiskers(const struct fray_gp_tile *t, size_t block, double offset,
                         const char *colour, struct fray_text *out) {
  fray_text_printf(
      out,
      "'%s.dat' index %zu using ($1+%.6g):3:(0):($4-$3) with vectors heads size screen "
      "%.4f,90 lw 0.8 lc rgb '%s' notitle, \\\n  ",
      t->f->name, block, offset, 2 / t->sheet->l.m.width, colour);
}

/* It is the last block of the panel, behind two of each series. */
static void put_chance(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_panel *panel = &t->f->panel[t->t.panel];
  if (panel->n_chance == 0)
    return;
  put_item(t, t->block + 2 * panel->n_series, "1:2", out);
  fray_text_puts(out, "lines lc rgb '#707070' lw 1 dt (6,4) notitle, \\\n  ");
}

/* worst is in units of the axis: a share, or a percentage. The key says what the line is. */
static void put_worst(const struct fray_gp_tile *t, struct fray_text *out) {
  if (t->f->kind != FRAY_REP_STEPS || !(t->f->worst > 0))
    return;
  fray_text_puts(out, "set arrow from graph 0, first ");
  fray_gp_real(out, t->f->worst);
  fray_text_puts(out, " to graph 1, first ");
  fray_gp_real(out, t->f->worst);
  fray_text_printf(out, " %s\n", fray_gp_level(0));
}

/* From where both axes have begun to where the first one ends, so that it never leaves the panel.
 * Ranges without a common part have no such line. */
static void put_diagonal(const struct fray_rep_figure *f, struct fray_text *out) {
  double a = fmax(f->x0, f->y0), b = fmin(f->x1, f->y1);
  if (!f->diagonal || !(a < b))
    return;
  fray_text_printf(
      out,
      "set arrow from first %.9g,%.9g to first %.9g,%.9g nohead lw 0.8 dt (1,3) lc rgb "
      "'#707070'\n",
      a, a, b, b);
}

/* Arrows and labels go before `plot`, which draws them. Order of the items is order of drawing:
 * chance lies over the bands and below the curves. */
void fray_gp_lines(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_panel *panel = &t->f->panel[t->t.panel];
  bool steps = t->f->kind == FRAY_REP_STEPS;
  put_worst(t, out);
  put_diagonal(t->f, out);
  fray_text_puts(out, "plot ");
  if (!steps)
    for (size_t s = 0; s < panel->n_series; s++) /* all bands first: none tints a line */
      put_band(t, &panel->series[s], t->block + 2 * s, out);
  put_chance(t, out);
  for (size_t s = 0; s < panel->n_series; s++) {
    const struct fray_rep_series *series = &panel->series[s];
    size_t block = t->block + 2 * s;
    if (intervals(series) == 1 && !steps) /* one point makes no band */
      put_whiskers(t, block, 0, fray_gp_colour(series), out);
    if (series->n)
      put_line(t, series, block, steps ? "steps" : "linespoints", out);
    if (steps && series->n && t->f->worst > 0)
      put_markers(t, series, block + 1, false, out);
    if (!steps && series->n_singles)
      put_markers(t, series, block + 1, true, out);
  }
  end_plot(out);
}

/* Signs of remarks above their bars. Bars of a category stand side by side around its middle; the
 * same offset as in put_bars, else a sign would stand over its neighbour. */
static void put_signs(const struct fray_gp_tile *t, double width, struct fray_text *out) {
  const struct fray_rep_panel *panel = &t->f->panel[t->t.panel];
  for (size_t s = 0; s < panel->n_series; s++)
    for (size_t i = 0; i < panel->series[s].n; i++) {
      const struct fray_rep_point *p = &panel->series[s].point[i];
      const char *sign = fray_rep_sign(t->f, p->label);
      size_t category = fray_rep_category(t->f, p);
      if (!sign || category < t->t.first || category >= t->t.first + t->t.count)
        continue;
      /* Above the whisker, or above the bar without one; never inside. A missing value has its sign
       * on the base line, where its bar would stand. */
      double top = isnan(p->y) ? 0 : fmax(0, isnan(p->high) ? p->y : p->high);
      double x = p->x + 0.5 + ((double)s - 0.5 * (double)(panel->n_series - 1)) * width;
      const struct fray_gp_lettering label = {
          .anchor = "center",
          .x = t->t.left + t->t.width * (x - (double)t->t.first) / (double)t->t.count,
          .y = t->t.top + t->t.height * (t->f->y1 - fmin(top, t->f->y1)) / (t->f->y1 - t->f->y0) -
               0.7 * t->sheet->l.m.note,
          .size = t->sheet->l.m.note,
          .wrap = INFINITY};
      fray_gp_label(t->sheet, &label, sign, out);
    }
}

/* The width is slightly less than the place, so that bars of one colour do not merge. */
static void put_bars(const struct fray_gp_tile *t, size_t s, double width, struct fray_text *out) {
  const struct fray_rep_panel *panel = &t->f->panel[t->t.panel];
  const struct fray_rep_series *series = &panel->series[s];
  double offset = 0.5 + ((double)s - 0.5 * (double)(panel->n_series - 1)) * width;
  char position[64];
  snprintf(position, sizeof position, "($1+%.6g):2:(%.6g)", offset, 0.92 * width);
  /* Whole bars and hollow ones are two blocks, since gnuplot has one style an item. */
  for (size_t special = 0; special < 2; special++) {
    size_t block = t->block + 2 * s + special, n = 0, ranges = 0;
    for (size_t i = 0; i < series->n; i++) {
      const struct fray_rep_point *p = &series->point[i];
      bool here = (p->label && *p->label) == (special > 0) && !isnan(p->y);
      n += here;
      ranges += here && !isnan(p->low) && !isnan(p->high);
    }
    /* gnuplot complains of data without a point, and ends. */
    if (n == 0)
      continue;
    put_item(t, block, position, out);
    fray_text_printf(out, "boxes lc rgb '%s' lw 0.7%s ", fray_gp_colour(series),
                     special ? " dt (3,2)" : "");
    if (special)
      fray_text_puts(out, "fs empty border");
    else
      fray_gp_fill(series->style, out);
    fray_text_puts(out, " notitle, \\\n  ");
    if (ranges)
      put_whiskers(t, block, offset, "#222222", out);
  }
}

/* The base line is an arrow, since the border of the panel lies at y0, which is below 0 where there
 * are negative values. Chance is the same over all categories, so its first point gives the level.
 */
void fray_gp_bars(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_panel *panel = &t->f->panel[t->t.panel];
  /* The rest is the space between the groups. */
  double width = 0.82 / (double)FRAY_MAX(panel->n_series, (size_t)1);
  put_signs(t, width, out);
  fray_text_puts(out, "set arrow from graph 0, first 0 to graph 1, first 0 nohead lw 0.6 lc rgb "
                      "'#666666'\n");
  if (panel->n_chance) {
    fray_text_puts(out, "set arrow from graph 0, first ");
    fray_gp_real(out, panel->chance[0].y);
    fray_text_puts(out, " to graph 1, first ");
    fray_gp_real(out, panel->chance[0].y);
    fray_text_puts(out, " nohead lc rgb '#707070' lw 1 dt (6,4)\n");
  }
  fray_text_puts(out, "plot ");
  for (size_t s = 0; s < panel->n_series; s++)
    put_bars(t, s, width, out);
  end_plot(out);
}

/* Cells are objects, not an image: viewers blur a small image. Numbers stand in front; a remark's
 * sign stands for a dash where there is no value. */
static void put_cell(const struct fray_gp_tile *t, size_t row, const struct fray_rep_point *p,
                     struct fray_text *out) {
  const struct fray_rep_figure *f = t->f;
  size_t category = fray_rep_category(f, p);
  if (category < t->t.first || category >= t->t.first + t->t.count)
    return;
  bool none = isnan(p->y);
  size_t shade = none ? 0 : fray_rep_shade(f, p->y);
  const char *sign = fray_rep_sign(f, p->label);
  fray_text_printf(out, "set object rectangle from first %zu,%zu to first %zu,%zu ", category, row,
                   category + 1, row + 1);
  if (none)
    fray_text_puts(out, "fc rgb '#999999' fs pattern 4 border lc rgb '#cccccc' lw 0.5\n");
  else
    fray_text_printf(out, "fc rgb '%s' fs solid 1 border lc rgb 'white' lw 1\n",
                     (f->diverging ? fray_rep_diverging : fray_rep_heat)[shade]);
  fray_text_puts(out, "set label '");
  if (!none)
    fray_rep_cell_value(f, p->y, out);
  fray_text_printf(out, "%s' font ',%.3g' tc rgb '%s' at first %.1f,%.1f center front\n",
                   sign   ? sign
                   : none ? "\u2013"
                          : "",
                   t->sheet->l.m.cell,
                   !none && fray_rep_white_on(f->diverging, shade) ? "white" : "#111111",
                   (double)category + 0.5, (double)row + 0.5);
}

/* Nothing is read from the data file: objects and labels are the map, and the plot command only
 * makes gnuplot draw them. */
void fray_gp_heat(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_panel *panel = &t->f->panel[t->t.panel];
  const struct fray_rep_layout *l = &t->sheet->l;
  size_t rows = FRAY_MAX(panel->n_series, (size_t)1);
  /* The first row on top, as in a table. */
  fray_text_printf(out, "unset border\nunset grid\nset yrange [%zu:0]\nset ytics scale 0 ('' 0)\n",
                   rows);
  for (size_t s = 0; t->t.y_labels && s < panel->n_series; s++) {
    const char *name = panel->series[s].label;
    double lines = (double)fray_rep_count_lines(name, l->row_wrap);
    const struct fray_gp_lettering label = {.anchor = "right",
                                            .x = t->t.left - 0.5 * l->m.body,
                                            .y = t->t.top +
                                                 t->t.height * ((double)s + 0.5) / (double)rows -
                                                 0.5 * (lines - 1) * fray_rep_leading(l->m.tick),
                                            .size = l->m.tick,
                                            .wrap = l->row_wrap};
    fray_gp_label(t->sheet, &label, name, out);
  }
  for (size_t s = 0; s < panel->n_series; s++)
    for (size_t i = 0; i < panel->series[s].n; i++)
      put_cell(t, s, &panel->series[s].point[i], out);
  fray_text_puts(out, "plot ");
  end_plot(out);
}

/* Without an output text, id and categories the view is only good for finding places. */
static void put_names(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_panel *panel = &t->f->panel[t->t.panel];
  struct fray_rep_view v = {.f = t->f,
                            .panel = panel,
                            .left = t->t.left,
                            .top = t->t.top,
                            .width = t->t.width,
                            .height = t->t.height};
  double place[MOST][2];
  /* The same search for room as on the page, in points of the sheet. */
  size_t n = fray_rep_place_names(&v, t->sheet->l.m.note, place, MOST), k = 0;
  for (size_t s = 0; s < panel->n_series; s++)
    for (size_t i = 0; i < panel->series[s].n && k < n; i++, k++) {
      if (isnan(place[k][0]))
        continue;
      const struct fray_gp_lettering label = {.anchor = "left",
                                              .x = place[k][0],
                                              .y = place[k][1] +
                                                   0.5 * fray_rep_leading(t->sheet->l.m.note),
                                              .size = t->sheet->l.m.note,
                                              .wrap = INFINITY,
                                              .front = true};
      fray_gp_label(t->sheet, &label, panel->series[s].point[i].label, out);
    }
}

/* Lines first, so that the points of the cloud lie over them. */
void fray_gp_points(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_panel *panel = &t->f->panel[t->t.panel];
  put_diagonal(t->f, out);
  put_names(t, out);
  fray_text_puts(out, "plot ");
  for (size_t s = 0; s < panel->n_series; s++)
    if (panel->series[s].line) {
      put_band(t, &panel->series[s], t->block + 2 * s, out);
      put_line(t, &panel->series[s], t->block + 2 * s, "lines", out);
    }
  put_chance(t, out);
  for (size_t s = 0; s < panel->n_series; s++) {
    if (panel->series[s].line)
      continue;
    if (intervals(&panel->series[s]))
      put_whiskers(t, t->block + 2 * s, 0, fray_gp_colour(&panel->series[s]), out);
    if (panel->series[s].n)
      put_markers(t, &panel->series[s], t->block + 2 * s, panel->series[s].hollow, out);
  }
  end_plot(out);
}
