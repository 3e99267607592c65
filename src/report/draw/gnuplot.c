/* A figure for gnuplot: numbers in a data file, and a script of our own words. */
#include "gnuplot.h"

#include "draw.h"
#include "palette.h"
#include "svg.h"

#include "fray/base/made.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* DPI is what journals ask for of pictures made of dots. Of the others: how many there are before
 * styles begin to repeat. */
enum { DASHES = 6, MARKERS = 6, FILLS = 6, CONTROL_DASHES = 3, DPI = 300 };

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
  for (size_t seen = 0; *text && seen < n; seen++) {
    size_t step = fray_utf8_length(text, SIZE_MAX);
    if (*text == '\'' || *text == '`')
      fray_text_puts(out, "\u2019");
    else if (*text == '@')
      fray_text_puts(out, "(at)");
    else if (*text == '\\')
      fray_text_puts(out, "/");
    else if (step == 0 || iscntrl((unsigned char)*text))
      fray_text_puts(out, " ");
    else
      fray_text_add(out, text, step);
    text += step ? step : 1;
  }
  fray_text_puts(out, *text ? "...'" : "'");
}

/* Screen coordinates count from the lower left corner, the sheet from the upper one. */
void fray_gp_at(const struct fray_gp_sheet *s, double x, double y, struct fray_text *out) {
  fray_text_printf(out, "screen %.4f,%.4f", x / s->width, 1 - y / s->height);
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

/* A category fills the span from its index to the next, and its label stands in the middle. Slanted
 * labels are cut, since their length goes into the height of the sheet. */
static void put_category_ticks(const struct fray_gp_tile *t, struct fray_text *out) {
  fray_text_printf(out, "set xtics %s scale 0 (",
                   t->sheet->slanted ? "rotate by 38 right offset 0.6,0" : "norotate center");
  for (size_t i = 0; i < t->count; i++) {
    fray_text_puts(out, i ? ", " : "");
    fray_gp_string(out, t->f->category[t->first + i], t->sheet->slanted ? 18 : 60);
    fray_text_printf(out, " %.1f", (double)(t->first + i) + 0.5);
  }
  fray_text_puts(out, ")\n");
}

/* 24 points are what a label of three digits needs. At least one is written, else the axis would
 * have no measure at all. */
static void put_ticks(const struct fray_gp_tile *t, struct fray_text *out) {
  double own[FRAY_REP_TICKS];
  size_t n;
  const double *tick = fray_rep_x_ticks(t->f, own, &n);
  size_t most = FRAY_MAX((size_t)(t->width / 24), (size_t)1), every = n ? (n - 1) / most + 1 : 1;
  fray_text_puts(out, t->f->n_realised ? "set xtics offset 0,-0.2 (" : "set xtics (");
  for (size_t i = 0; i < n; i++) {
    /* Every tick has its line; labels only where they fit. */
    fray_text_printf(out, i % every ? "%s'' " : "%s'%.3g' ", i ? ", " : "", tick[i]);
    fray_gp_real(out, tick[i]);
  }
  fray_text_puts(out, ")\n");
  /* Realised rates: a triangle below the axis, as in the page. */
  for (size_t i = 0; i < t->f->n_realised; i++) {
    fray_text_puts(out, "set label '' at first ");
    fray_gp_real(out, t->f->realised[i]);
    fray_text_printf(out, ", graph %.4f point pt 9 ps 0.4*scale lc rgb '#555555'\n",
                     -5 / t->height);
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

/* A heat map sets its own y range and rows (fray_gp_heat), which run downwards. */
static void put_axes(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_rep_figure *f = t->f;
  bool heat = f->kind == FRAY_REP_HEAT;
  if (fray_rep_has_categories(f)) {
    put_range("xrange", (double)t->first, (double)(t->first + t->count), out);
    put_category_ticks(t, out);
  } else {
    put_range("xrange", f->x0, f->x1, out);
    put_ticks(t, out);
  }
  if (heat)
    return;
  put_range("yrange", f->y0, f->y1, out);
  fray_text_puts(out, "set ytics ");
  fray_gp_real(out, f->y_step);
  fray_text_printf(out, "\nset format y %s\n", t->column ? "''" : "'%g'");
  /* Tiles beside the first share its axis. */
  if (t->column)
    return;
  fray_text_puts(out, "set label ");
  fray_gp_string(out, f->y_label, (size_t)(t->height / 4));
  fray_text_puts(out, " noenhanced rotate by 90 center at ");
  fray_gp_at(t->sheet, 7, t->top + 0.5 * t->height, out);
  fray_text_puts(out, "\n");
}

/* Margins, title, axis labels and reference lines of a tile. Margins at screen coordinates, not
 * gnuplot's own layout: tiles then line up whatever the width of their tick labels. Names are cut
 * to the room by the mean width of a letter; the parts of a panel behind its first one have no
 * title, as they continue it. */
static void put_frame(const struct fray_gp_tile *t, struct fray_text *out) {
  const struct fray_gp_sheet *s = t->sheet;
  const struct fray_rep_panel *panel = &t->f->panel[t->panel];
  fray_text_printf(out,
                   "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                   "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                   t->left / s->width, (t->left + t->width) / s->width, 1 - t->top / s->height,
                   1 - (t->top + t->height) / s->height);
  if (*panel->title && t->part == 0) {
    fray_text_puts(out, "set label ");
    fray_gp_string(out, panel->title, (size_t)(t->width / 4.6));
    fray_text_puts(out, " noenhanced at ");
    fray_gp_at(s, t->left, t->top - (*panel->note ? 15 : 7), out);
    fray_text_puts(out, " left\n");
  }
  if (*panel->note && t->part == 0) {
    fray_text_puts(out, "set label ");
    fray_gp_string(out, panel->note, (size_t)(t->width / 3.8));
    fray_text_puts(out, " noenhanced font ',6.5' tc rgb '#555555' at ");
    fray_gp_at(s, t->left, t->top - 6, out);
    fray_text_puts(out, " left\n");
  }
  put_axes(t, out);
  if (t->f->kind != FRAY_REP_HEAT)
    for (size_t i = 0; i < panel->n_references; i++) {
      /* Not known, such as a quantile of a test that was not made. */
      if (isnan(panel->reference[i].y))
        continue;
      fray_text_puts(out, "set arrow from graph 0, first ");
      fray_gp_real(out, panel->reference[i].y);
      fray_text_puts(out, " to graph 1, first ");
      fray_gp_real(out, panel->reference[i].y);
      fray_text_puts(out, " nohead lw 0.9 dt (2,3) lc rgb '#222222'\nset label ");
      fray_gp_string(out, panel->reference[i].label, (size_t)(t->width / 3.8));
      fray_text_puts(out, " noenhanced font ',6.5' at graph 1, first ");
      fray_gp_real(out, panel->reference[i].y);
      fray_text_puts(out, " right offset 0,0.5\n");
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

/* Key and foot are labels and objects of the first plot, as multiplot draws nothing without a plot
 * command. A part without categories is left out: gnuplot refuses an empty range. */
static void put_tiles(const struct fray_rep_figure *f, const struct fray_gp_sheet *s,
                      struct fray_text *out) {
  fray_text_puts(out, "set multiplot\n");
  fray_gp_key(f, s, out);
  fray_gp_foot(f, s, out);
  for (size_t i = 0; i < f->n_panels * s->parts; i++) {
    struct fray_gp_tile t = fray_gp_place_tile(f, s, i);
    if (!fray_rep_has_categories(f) || t.count)
      put_tile(&t, out);
  }
  fray_text_puts(out, "unset multiplot\nset output\n");
}

void fray_rep_gnuplot_script(const struct fray_rep_figure *figure, unsigned formats,
                             struct fray_text *out) {
  /* The first words are how fray_made_figure knows the script for ours. The same tiles are written
   * for each terminal. */
  struct fray_gp_sheet s = fray_gp_plan(figure);
  fray_text_printf(out, FRAY_MADE_FIGURE_SCRIPT "%s: gnuplot -d %s.gp\n%sscale = 1\n", figure->name,
                   figure->name, head);
  if (formats & FRAY_REP_SVG) {
    fray_text_printf(out,
                     /* Sizes are points of 1/72 inch, of which SVG takes 96 to the inch. */
                     "set terminal svg noenhanced size %.0f,%.0f background rgb 'white' font "
                     "'Helvetica,8' fontscale 1.3333 linewidth 0.9\nset output '%s.svg'\n"
                     "scale = 1.6\n",
                     s.width * 4 / 3, s.height * 4 / 3, figure->name);
    put_tiles(figure, &s, out);
    fray_text_puts(out, "scale = 1\n");
  }
  if (formats & FRAY_REP_PNG) {
    fray_text_printf(out,
                     "set terminal pngcairo noenhanced size %.0f,%.0f font 'Helvetica,8' fontscale "
                     "%.4g linewidth 2.9 pointscale 4\nset output '%s.png'\n",
                     s.width * DPI / 72, s.height * DPI / 72, DPI / 96.0, figure->name);
    put_tiles(figure, &s, out);
  }
  if (formats & FRAY_REP_PDF) {
    fray_text_printf(
        out,
        "set terminal pdfcairo noenhanced size %.4gin,%.4gin font 'Helvetica,8' fontscale "
        "0.75 linewidth 0.7\nset output '%s.pdf'\n",
        s.width / 72, s.height / 72, figure->name);
    put_tiles(figure, &s, out);
  }
}
