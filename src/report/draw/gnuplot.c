/* A figure for gnuplot: numbers in a data file, and a script of our own words. */
#include "gnuplot.h"

#include "draw.h"
#include "palette.h"
#include "svg.h"

#include "report/words/markup.h"

#include "fray/base/made.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* How many there are before styles begin to repeat. */
enum { DASHES = 6, MARKERS = 6, FILLS = 6, CONTROL_DASHES = 3 };

/* Shortest decimal form, with a point in every locale; gnuplot is told that nan is a missing value.
 */
void fray_gp_real(struct fray_text *out, double value) {
  char number[32];
  fray_format_double(value, number);
  fray_text_puts(out, isnan(value) ? "nan" : number);
}

/* Four columns in every block, so that `using` means the same everywhere. */
static void data_point(struct fray_text *out, double x, double y, double low, double high) {
  const double v[] = {x, y, low, high};
  for (size_t i = 0; i < FRAY_COUNT(v); i++) {
    fray_text_puts(out, i ? " " : "");
    fray_gp_real(out, v[i]);
  }
  fray_text_puts(out, "\n");
}

/* Which points of a series go into its second block: those that are drawn in another way. Both
 * drawers mark the first client, even where it alone is more than the worst share; the tolerance is
 * for shares that were added up. */
static bool is_special(const struct fray_rep_figure *f, const struct fray_rep_series *s, size_t i) {
  const struct fray_rep_point *p = &s->point[i];
  if (f->kind == FRAY_REP_BARS)
    return p->label && *p->label;
  return f->kind == FRAY_REP_STEPS && f->worst > 0 && (i == 0 || p->y <= f->worst * (1 + 1e-9));
}

/* A block is addressed by its index, so an empty one keeps a line of nothing. */
static void end_block(struct fray_text *out) {
  fray_text_puts(out, "nan nan nan nan\n\n\n");
}

/* Two blocks. A distribution begins on the left edge at 0 and goes on to the right edge, as in
 * svg_lines.c; its first block has all points, as they carry the line, and the second repeats those
 * that are marked. Of bars each stands in one of the two. */
static void data_series(const struct fray_rep_figure *f, const struct fray_rep_series *s,
                        struct fray_text *out) {
  bool steps = f->kind == FRAY_REP_STEPS;
  if (steps && s->n)
    data_point(out, f->x0, 0, NAN, NAN);
  for (size_t i = 0; i < s->n; i++)
    if (steps || !is_special(f, s, i))
      data_point(out, s->point[i].x, s->point[i].y, s->point[i].low, s->point[i].high);
  if (steps && s->n)
    data_point(out, f->x1, s->point[s->n - 1].y, NAN, NAN);
  end_block(out);
  for (size_t i = 0; i < s->n; i++)
    if (is_special(f, s, i))
      data_point(out, s->point[i].x, s->point[i].y, s->point[i].low, s->point[i].high);
  for (size_t i = 0; i < s->n_singles; i++)
    data_point(out, s->single[i].x, s->single[i].y, NAN, NAN);
  end_block(out);
}

/* The order of the blocks is the address of the data: fray_gp_tile counts them in the same way. No
 * name from data gets in here, so nothing has to be escaped. */
void fray_rep_gnuplot_data(const struct fray_rep_figure *figure, struct fray_text *out) {
  fray_text_puts(out, "# x y low high; per panel: two blocks for each series (the second: single "
                      "seeds, the worst, the suppressed), then chance\n");
  for (size_t i = 0; i < figure->n_panels; i++) {
    const struct fray_rep_panel *panel = &figure->panel[i];
    for (size_t s = 0; s < panel->n_series; s++)
      data_series(figure, &panel->series[s], out);
    for (size_t k = 0; k < panel->n_chance; k++)
      data_point(out, panel->chance[k].x, panel->chance[k].y, NAN, NAN);
    end_block(out);
  }
}

/* The escape of a quote, a doubled quote, fails where two quotes follow each other, and the rest of
 * the name would be read as commands; so no quote is left inside, nor anything that starts a
 * substitution or ends the line. */
void fray_gp_string(struct fray_text *out, const char *text, size_t n) {
  fray_text_puts(out, "'");
  for (const char *end = text + n; text < end && *text;) {
    size_t step = fray_utf8_length(text, SIZE_MAX);
    if (*text == '\'' || *text == '`')
      fray_text_puts(out, "\u2019");
    else if (*text == '@')
      fray_text_puts(out, "(at)");
    else if (*text == '\\')
      fray_text_puts(out, "/");
    else if (step == 0 || iscntrl((unsigned char)*text) || fray_rep_is_unfit(text, step))
      fray_text_puts(out, " ");
    else
      fray_text_add(out, text, step);
    text += step ? step : 1;
  }
  fray_text_puts(out, "'");
}

/* Each line is a label of its own at its own place: where gnuplot would break or centre a text of
 * several lines depends on the terminal. */
void fray_gp_label(const struct fray_gp_sheet *s, const struct fray_gp_lettering *t,
                   const char *text, struct fray_text *out) {
  struct fray_rep_line line;
  for (size_t i = 0; fray_rep_take_line(&text, t->wrap, &line); i++) {
    fray_text_puts(out, "set label ");
    fray_gp_string(out, line.text, line.n);
    fray_text_printf(out, " noenhanced font ',%.3g'", t->size);
    if (t->colour)
      fray_text_printf(out, " tc rgb '%s'", t->colour);
    if (t->angle)
      fray_text_printf(out, " rotate by %d", t->angle);
    fray_text_printf(out, " %s%s at ", t->anchor, t->front ? " front" : "");
    fray_gp_at(s, t->x + (double)i * t->dx,
               t->y + (t->angle ? 0 : (double)i * fray_rep_leading(t->size)), out);
    fray_text_puts(out, "\n");
  }
}

/* Screen coordinates count from the lower left corner, the sheet from the upper one. */
void fray_gp_at(const struct fray_gp_sheet *s, double x, double y, struct fray_text *out) {
  fray_text_printf(out, "screen %.4f,%.4f", x / s->l.m.width, 1 - y / s->l.height);
}

/* Paper is light, so there is one set of colours. Controls are grey whatever their style. */
const char *fray_gp_colour(const struct fray_rep_series *s) {
  return s->control ? "#707070" : fray_rep_colour[s->style % FRAY_REP_COLOURS];
}

/* Told apart by dash, marker and lightness, so that a grey print will do. Controls have dashes of
 * their own and are thinner, as they are all of one grey. */
void fray_gp_line_style(const struct fray_rep_series *s, struct fray_text *out) {
  static const char *const dash[DASHES] = {"1", "(12,5)", "(3,4)", "(12,4,3,4)", "(20,5)", "(7,5)"};
  static const char *const control[CONTROL_DASHES] = {"(2,4)", "(9,3,2,3)", "(5,6)"};
  fray_text_printf(out, "lc rgb '%s' lw %s dt %s", fray_gp_colour(s), s->control ? "0.9" : "1.6",
                   s->control ? control[s->style % CONTROL_DASHES] : dash[s->style % DASHES]);
}

/* Numbers of gnuplot's point types; hollow and filled ones of a shape are neighbours. The variable
 * `scale` is set in the script for each terminal, since terminals disagree on the size of a point.
 */
void fray_gp_marker(const struct fray_rep_series *s, bool hollow, struct fray_text *out) {
  static const int filled[MARKERS] = {7, 5, 9, 13, 11, 2}, empty[MARKERS] = {6, 4, 8, 12, 10, 1};
  fray_text_printf(out, " pt %d ps %s*scale", (hollow ? empty : filled)[s->style % MARKERS],
                   s->control ? "0.3" : "0.5");
}

/* A second and a third level are told apart from the first by their dashes, as in the page. */
const char *fray_gp_level(size_t i) {
  static const char *const level[] = {"nohead lw 0.9 dt (2,3) lc rgb '#222222'",
                                      "nohead lw 0.9 dt (7,3) lc rgb '#222222'",
                                      "nohead lw 0.9 dt (1,5) lc rgb '#222222'"};
  return level[i % FRAY_COUNT(level)];
}

/* Patterns of which gnuplot numbers a few; the first style is plain, so that a figure with one
 * series is not hatched without need. */
void fray_gp_fill(size_t style, struct fray_text *out) {
  static const char *const fill[FILLS] = {"solid 1",   "pattern 4", "pattern 1",
                                          "pattern 2", "pattern 5", "solid 0.35"};
  fray_text_printf(out, "fs %s border", fill[style % FILLS]);
}

/* `reset`, since one gnuplot runs the scripts of all figures and would keep what the last one set.
 * `noenhanced`: names must not be read as markup, where _ and ^ move letters. */
static const char *const head =
    "reset\n"
    "set encoding utf8\n"
    "set datafile missing 'nan'\n"
    "set border 1 lc rgb '#666666' lw 0.6\n"
    "set tics nomirror out scale 0.4 textcolor rgb '#222222' noenhanced\n"
    "set ytics scale 0\n"
    "set grid ytics lt 1 lw 0.5 lc rgb '#dddddd'\n"
    "unset key\n";

/* A category fills the span from its index to the next, and its label stands in the middle. */
static void put_category_labels(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_layout *l = &t->sheet->l;
  double slot = t->t.width / (double)t->t.count, size = l->m.tick;
  double apart = l->angle ? fray_rep_leading(size) / sin(l->angle * 3.14159265358979 / 180) : 0;
  for (size_t i = 0; i < t->t.count; i++) {
    const char *text = t->f->category[t->t.first + i];
    struct fray_gp_lettering label = {.anchor = l->angle ? "right" : "center",
                                      .x = t->t.left + ((double)i + 0.5) * slot,
                                      .y = t->t.top + t->t.height + (l->angle ? 0.6 : 0.9) * size,
                                      .size = size,
                                      .wrap = l->label_wrap,
                                      .angle = l->angle,
                                      .dx = apart};
    label.x -= 0.5 * apart * (double)(fray_rep_count_lines(text, label.wrap) - 1);
    fray_gp_label(t->sheet, &label, text, out);
  }
  fray_text_puts(out, "set xtics scale 0 ('' 0)\n");
}

/* Digits as on the page, in the font of the sheet. */
static void put_number(const struct fray_gp_sheet *s, double x, double y, const char *anchor,
                       double value, struct fray_text *out) {
  struct fray_text number = {0};
  const struct fray_gp_lettering t = {
      .anchor = anchor, .colour = "#222222", .x = x, .y = y, .size = s->l.m.tick, .wrap = INFINITY};
  fray_rep_put_number(&number, value);
  fray_gp_label(s, &t, number.data ? number.data : "", out);
  out->failed |= number.failed;
  fray_text_free(&number);
}

/* Every tick has its line, and a label where it fits: at a place of ours, so that labels of
 * neighbours keep the distance that was planned for them. */
static void put_ticks(const struct fray_gp_tile *t, struct fray_text *out) {
  double own[FRAY_REP_TICKS], size = t->sheet->l.m.tick;
  size_t n;
  const double *tick = fray_rep_x_ticks(t->f, own, &n);
  size_t step = fray_rep_label_step(t->f, t->t.width, size, tick, n);
  fray_text_puts(out, "set xtics (");
  for (size_t i = 0; i < n; i++) {
    fray_text_puts(out, i ? ", '' " : "'' ");
    fray_gp_real(out, tick[i]);
  }
  fray_text_puts(out, ")\n");
  double bottom = t->t.top + t->t.height, drop = (t->f->n_realised ? 1.6 : 1.05) * size;
  for (size_t i = 0; i < n; i += step)
    put_number(t->sheet, t->t.left + t->t.width * (tick[i] - t->f->x0) / (t->f->x1 - t->f->x0),
               bottom + drop, "center", fray_rep_x_shown(t->f, tick[i]), out);
  /* Realised rates: a triangle below the axis, as in the page. */
  for (size_t i = 0; i < t->f->n_realised; i++) {
    fray_text_puts(out, "set label '' at first ");
    fray_gp_real(out, t->f->realised[i]);
    fray_text_printf(out, ", graph %.4f point pt 9 ps 0.4*scale lc rgb '#555555'\n",
                     -0.6 * size / t->t.height);
  }
}

/* Low may be above high: of a ratio the damage grows as the value falls. */
static void put_range(const char *axis, double low, double high, struct fray_text *out) {
  fray_text_printf(out, "set %s [", axis);
  fray_gp_real(out, low);
  fray_text_puts(out, ":");
  fray_gp_real(out, high);
  fray_text_puts(out, "]\n");
}

/* Tiles beside the first share its labels; its name is upright beside it, once a row. */
static void put_y_axis(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_layout *l = &t->sheet->l;
  const struct fray_rep_figure *f = t->f;
  size_t every, n = fray_rep_y_lines(l, &every);
  put_range("yrange", f->y0, f->y1, out);
  fray_text_puts(out, "set ytics ");
  fray_gp_real(out, (double)every * f->y_step);
  fray_text_puts(out, "\nset format y ''\n");
  for (size_t i = 0; t->t.y_labels && i < n; i += every) {
    double value = fray_rep_y_line(f, i);
    put_number(t->sheet, t->t.left - 0.5 * l->m.body,
               t->t.top + t->t.height * (f->y1 - value) / (f->y1 - f->y0), "right", value, out);
  }
  const struct fray_gp_lettering title = {.anchor = "center",
                                          .x = t->t.left - l->left + 0.8 * l->m.tick,
                                          .y = t->t.top + 0.5 * t->t.height,
                                          .size = l->m.tick,
                                          .wrap = l->tile_height / l->m.tick,
                                          .angle = 90,
                                          .dx = fray_rep_leading(l->m.tick)};
  if (t->t.y_labels)
    fray_gp_label(t->sheet, &title, f->y_label, out);
}

/* A heat map sets its own y range and rows (fray_gp_heat), which run downwards. */
static void put_axes(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_figure *f = t->f;
  if (fray_rep_has_categories(f)) {
    put_range("xrange", (double)t->t.first, (double)(t->t.first + t->t.count), out);
    put_category_labels(t, out);
  } else {
    put_range("xrange", f->x0, f->x1, out);
    put_ticks(t, out);
  }
  if (f->kind != FRAY_REP_HEAT)
    put_y_axis(t, out);
}

/* From the panel up: room for signs, the note, the title. */
static void put_titles(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_layout *l = &t->sheet->l;
  const double body = l->m.body, note = l->m.note;
  bool signs = t->f->kind == FRAY_REP_BARS && fray_rep_remark(t->f, 0);
  double y = t->t.top - 0.5 * body - (signs ? fray_rep_leading(note) : 0);
  struct fray_gp_lettering notes = {.anchor = "left",
                                    .colour = "#555555",
                                    .x = t->t.left,
                                    .size = note,
                                    .wrap = l->tile_width / note};
  struct fray_gp_lettering title = {
      .anchor = "left", .x = t->t.left, .size = body, .wrap = l->tile_width / body / fray_rep_bold};
  y -= (double)fray_rep_count_lines(t->t.note, notes.wrap) * fray_rep_leading(note);
  notes.y = y + 0.5 * fray_rep_leading(note);
  y -= (double)fray_rep_count_lines(t->t.title, title.wrap) * fray_rep_leading(body);
  title.y = y + 0.5 * fray_rep_leading(body);
  fray_gp_label(t->sheet, &title, t->t.title, out);
  fray_gp_label(t->sheet, &notes, t->t.note, out);
  struct fray_gp_lettering row = {.anchor = "center",
                                  .y = t->t.top + 0.5 * t->t.height,
                                  .size = body,
                                  .wrap = l->tile_height / body / fray_rep_bold,
                                  .angle = -90,
                                  .dx = -fray_rep_leading(body)};
  /* Turned to the right, the first line is the outer one. */
  size_t lines = fray_rep_count_lines(t->t.row_title, row.wrap);
  row.x = t->t.row_title_left + fray_rep_leading(body) * ((double)lines - 0.5);
  fray_gp_label(t->sheet, &row, t->t.row_title, out);
}

/* Margins, titles, axes and reference lines of a tile. Margins at screen coordinates, not gnuplot's
 * own layout: tiles then line up whatever the width of their tick labels. */
static void put_frame(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_layout *l = &t->sheet->l;
  const struct fray_rep_panel *panel = &t->f->panel[t->t.panel];
  fray_text_printf(out,
                   "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                   "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                   t->t.left / l->m.width, (t->t.left + t->t.width) / l->m.width,
                   1 - t->t.top / l->height, 1 - (t->t.top + t->t.height) / l->height);
  put_titles(t, out);
  put_axes(t, out);
  for (size_t i = 0; t->f->kind != FRAY_REP_HEAT && i < panel->n_references; i++) {
    const struct fray_rep_reference *r = &panel->reference[i];
    /* Not known, such as a quantile of a test that was not made. */
    if (isnan(r->y))
      continue;
    fray_text_puts(out, "set arrow from graph 0, first ");
    fray_gp_real(out, r->y);
    fray_text_puts(out, " to graph 1, first ");
    fray_gp_real(out, r->y);
    fray_text_printf(out, " %s\n", fray_gp_level(fray_rep_reference_index(t->f, r->label)));
  }
}

/* Labels, arrows and objects stay until they are unset and would appear in every plot that follows.
 */
static void put_tile(const struct fray_gp_tile *t, struct fray_text *out) {
  static void (*const draw[])(const struct fray_gp_tile *,
                              struct fray_text *) = {[FRAY_REP_LINES] = fray_gp_lines,
                                                     [FRAY_REP_STEPS] = fray_gp_lines,
                                                     [FRAY_REP_BARS] = fray_gp_bars,
                                                     [FRAY_REP_HEAT] = fray_gp_heat,
                                                     [FRAY_REP_POINTS] = fray_gp_points};
  put_frame(t, out);
  draw[t->f->kind](t, out);
  fray_text_puts(out, "unset label\nunset arrow\nunset object\n");
}

/* Title, key and foot are labels and objects of the first plot, as multiplot draws nothing without
 * a plot command. A part without categories is left out: gnuplot refuses an empty range. */
static void put_tiles(const struct fray_gp_sheet *s, struct fray_text *out) {
  const struct fray_rep_figure *f = s->l.f;
  const struct fray_gp_lettering title = {.anchor = "left",
                                          .x = 0.5 * s->l.m.body,
                                          .y = 1.1 * s->l.m.body,
                                          .size = s->l.m.body,
                                          .wrap = (s->l.m.width - s->l.m.body) / s->l.m.body};
  fray_text_puts(out, "set multiplot\n");
  fray_gp_label(s, &title, s->paper->title ? s->paper->title : "", out);
  fray_gp_key(s, out);
  fray_gp_foot(s, out);
  for (size_t i = 0; i < f->n_panels * s->l.parts; i++) {
    const struct fray_gp_tile t = fray_gp_place_tile(s, i);
    if (!fray_rep_has_categories(f) || t.t.count)
      put_tile(&t, out);
  }
  fray_text_puts(out, "unset multiplot\nset output\n");
}

/* One terminal: its own words, the same tiles. type: size of the font there, where 8 points of it
 * are one unit of markers. */
static void put_terminal(const struct fray_gp_sheet *s, const char *terminal, const char *size,
                         const char *rest, const char *ending, double scale,
                         struct fray_text *out) {
  fray_text_printf(out, "set terminal %s noenhanced size %s font '%s,%.4g' %s\n", terminal, size,
                   s->paper->font ? s->paper->font : "Helvetica", s->l.m.body, rest);
  fray_text_printf(out, "set output '%s.%s'\nscale = %.4g\n", s->l.f->name, ending,
                   scale * s->l.m.body / 8);
  put_tiles(s, out);
}

/* 300 is what journals ask for of pictures made of dots. A sheet of a hundred panels stands in no
 * journal, and is most of what gnuplot has to do for a large report. */
static unsigned dots_of(const struct fray_gp_sheet *s) {
  const double page = 29.7 / 2.54 * 72;
  return s->l.height > page ? 150 : 300;
}

unsigned fray_rep_png_dots(const struct fray_rep_figure *figure,
                           const struct fray_rep_paper *paper) {
  const struct fray_gp_sheet s = fray_gp_plan(figure, paper);
  return dots_of(&s);
}

void fray_rep_gnuplot_script(const struct fray_rep_figure *figure, unsigned formats,
                             const struct fray_rep_paper *paper, struct fray_text *out) {
  const struct fray_gp_sheet s = fray_gp_plan(figure, paper);
  const double width = s.l.m.width, height = s.l.height;
  char size[64], rest[96];
  /* The first words are how fray_made_figure knows the script for ours. */
  fray_text_printf(out, FRAY_MADE_FIGURE_SCRIPT "%s: gnuplot -d %s.gp\n%s", figure->name,
                   figure->name, head);
  if (formats & FRAY_REP_SVG) { /* 96 of its pixels to the inch */
    snprintf(size, sizeof size, "%.0f,%.0f", width * 4 / 3, height * 4 / 3);
    put_terminal(&s, "svg", size, "background rgb 'white' fontscale 1.3333 linewidth 0.9", "svg",
                 1.6, out);
  }
  if (formats & FRAY_REP_PNG) {
    const double dots = dots_of(&s);
    snprintf(size, sizeof size, "%.0f,%.0f", width * dots / 72, height * dots / 72);
    snprintf(rest, sizeof rest, "fontscale %.4g linewidth %.4g pointscale %.4g", dots / 96,
             2.9 * dots / 300, 4 * dots / 300);
    put_terminal(&s, "pngcairo", size, rest, "png", 1, out);
  }
  if (formats & FRAY_REP_PDF) {
    /* Whole points, to which the page would be cut otherwise. */
    snprintf(size, sizeof size, "%.6gin,%.6gin", (round(width) + 0.05) / 72,
             (round(height) + 0.05) / 72);
    put_terminal(&s, "pdfcairo", size, "fontscale 0.75 linewidth 0.7", "pdf", 1, out);
  }
}
