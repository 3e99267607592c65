/* The sheet of paper: one or two columns of a journal wide, the names above, remarks below. */
#include "draw.h"
#include "gnuplot.h"
#include "palette.h"
#include "svg.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

static const double single = 3.3 * 72, twofold = 7 * 72;
static const double character = 4.7; /* mean width of a character at 8 points */

/* Longest names of a row and of a slanted category, in characters. Widths are estimates, as no font
 * is at hand here. */
enum { ROW = 22, SLANTED = 18 };

/* In points. cut: the most characters that will be drawn, however long the text is. */
static double text_width(const char *text, size_t cut) {
  return character * (double)FRAY_MIN(fray_rep_length(text), cut);
}

/* A list may have NULL in it, for a style that is not in use. */
static double longest(const char *const *text, size_t n, size_t cut) {
  double most = 0;
  for (size_t i = 0; i < n; i++)
    most = fmax(most, text[i] ? text_width(text[i], cut) : 0);
  return most;
}

/* At least 1: it divides and multiplies lengths, which must not become 0. */
static size_t most_series(const struct fray_rep_figure *f) {
  size_t most = 1;
  for (size_t p = 0; p < f->n_panels; p++)
    most = FRAY_MAX(most, f->panel[p].n_series);
  return most;
}

/* Lengths are points. Three and one panel would leave a hole, so four stand two by two. Realised
 * rates need room for their triangles below the axis. */
static void plan_curves(const struct fray_rep_figure *f, struct fray_gp_sheet *s) {
  size_t n = f->n_panels;
  /* One column of a paper, or both. */
  s->width = n == 1 ? single : twofold;
  s->columns = n == 1 ? 1 : n == 2 || n == 4 ? 2 : 3;
  s->tile_height = n == 1 ? (f->kind == FRAY_REP_POINTS ? 185 : 135) : 100;
  s->below = f->n_realised ? 22 : 18;
}

/* `least` and `most`: width of a category at which its number or its bars can be read, and beyond
 * which they would only look coarse. What does not fit is continued in a part below; parts are of
 * equal size, as a last one of a single category would look like a mistake. */
static void plan_categories(const struct fray_rep_figure *f, struct fray_gp_sheet *s) {
  bool heat = f->kind == FRAY_REP_HEAT;
  size_t series = most_series(f), n = FRAY_MAX(f->n_categories, (size_t)1);
  if (heat)
    for (size_t p = 0; p < f->n_panels; p++)
      for (size_t k = 0; k < f->panel[p].n_series; k++)
        s->left = fmax(s->left, 16 + text_width(f->panel[p].series[k].label, ROW));
  double least = heat ? 21 : 8 + 6 * (double)series, most = heat ? 44 : 36 + 24 * (double)series;
  s->width = f->n_panels > 1 || least * (double)n > single - s->left - s->right ? twofold : single;
  double room = s->width - s->left - s->right;
  size_t fit = FRAY_MAX((size_t)(room / least), (size_t)1);
  s->parts = (n + fit - 1) / fit;
  s->per_part = (n + s->parts - 1) / s->parts;
  s->columns = s->parts > 1 ? 1 : f->n_panels;
  double own = heat ? s->left : s->gap; /* every heat map has its rows' names */
  for (; s->columns > 1; s->columns--)
    if ((room - (double)(s->columns - 1) * own) / (double)s->columns >= least * (double)s->per_part)
      break;
  s->gap = own;
  double tile = (room - (double)(s->columns - 1) * own) / (double)s->columns;
  s->tile_width = fmin(tile, most * (double)s->per_part);
  s->tile_height = heat ? 16 * (double)series : 110;
  s->slanted = longest(f->category, f->n_categories, 60) > s->tile_width / (double)s->per_part - 3;
  s->below = s->slanted ? 5 + 0.6 * longest(f->category, f->n_categories, SLANTED) : 14;
}

/* Entries of the key are put into rows as they fit. place NULL: only counts the rows. Used twice,
 * for the height of the sheet and for drawing, so that both agree. The key of a heat map is its bar
 * of colours. */
static size_t key_rows(const struct fray_rep_figure *f, double width, double (*place)[2]) {
  double x = 8;
  size_t row = 0;
  if (f->kind != FRAY_REP_HEAT)
    for (size_t i = 0; i < f->n_styles + f->has_chance; i++) {
      const char *name = i < f->n_styles ? f->legend[i] : "chance";
      if (!name)
        continue;
      double entry = 36 + text_width(name, FRAY_GP_NAME + 3);
      if (x > 8 && x + entry > width) {
        x = 8;
        row++;
      }
      if (place) {
        place[i][0] = x;
        place[i][1] = 9 + 11 * (double)row;
      }
      x += entry;
    }
  return row + (x > 8);
}

/* The height follows from the content, the width from the journal. There is at least one panel:
 * makers take a figure without points back. */
struct fray_gp_sheet fray_gp_plan(const struct fray_rep_figure *f) {
  struct fray_gp_sheet s = {
      .left = 40, .right = 8, .gap = 14, .parts = 1, .per_part = f->n_categories};
  bool titles = f->n_panels > 1 || (f->n_panels && *f->panel[0].title);
  if (fray_rep_has_categories(f))
    plan_categories(f, &s);
  else
    plan_curves(f, &s);
  if (s.tile_width <= 0)
    s.tile_width =
        (s.width - s.left - s.right - (double)(s.columns - 1) * s.gap) / (double)s.columns;
  s.key_rows = key_rows(f, s.width, NULL);
  s.top = 10 + 11 * (double)s.key_rows + (f->kind == FRAY_REP_HEAT ? 12 : 0);
  s.title = titles ? 20 : 0;
  s.rows = (f->n_panels * s.parts + s.columns - 1) / s.columns;
  s.bottom = 13 + (f->kind == FRAY_REP_HEAT ? 22 : 0);
  for (size_t i = 0; fray_rep_remark(f, i); i++)
    s.bottom += 9;
  s.height = s.top + (double)s.rows * (s.title + s.tile_height + s.below) + s.bottom;
  return s;
}

/* A panel with fewer rows than the largest one is less high, so that cells are equal in all of
 * them. columns is 1 wherever there are parts, so the parts of a panel stand below each other. */
struct fray_gp_tile fray_gp_place_tile(const struct fray_rep_figure *f,
                                       const struct fray_gp_sheet *s, size_t index) {
  struct fray_gp_tile t = {.f = f,
                           .sheet = s,
                           .panel = index / s->parts,
                           .part = index % s->parts,
                           .column = index % s->columns,
                           .row = index / s->columns,
                           .width = s->tile_width,
                           .height = s->tile_height};
  for (size_t p = 0; p < t.panel; p++)
    /* Two blocks for each series, one for chance: as fray_rep_gnuplot_data writes them. */
    t.block += 2 * f->panel[p].n_series + 1;
  t.left = s->left + (double)t.column * (s->tile_width + s->gap);
  t.top = s->top + s->title + (double)t.row * (s->title + s->tile_height + s->below);
  t.first = t.part * s->per_part;
  t.count = FRAY_MIN(s->per_part, f->n_categories - FRAY_MIN(t.first, f->n_categories));
  if (fray_rep_has_categories(f)) {
    /* The last part of a panel holds fewer categories, each as wide as elsewhere. */
    t.width *= (double)t.count / (double)FRAY_MAX(s->per_part, (size_t)1);
    if (f->kind == FRAY_REP_HEAT)
      t.height *= (double)f->panel[t.panel].n_series / (double)most_series(f);
  }
  return t;
}

/* The first series of a style stands for all, which look alike. NULL: no panel has one, as happens
 * where a legend is of a whole axis. */
static const struct fray_rep_series *of_style(const struct fray_rep_figure *f, size_t style) {
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++)
      if (f->panel[p].series[s].style == style)
        return &f->panel[p].series[s];
  return NULL;
}

/* A line, a marker or a box of a series. As the series is drawn, in miniature; objects and arrows,
 * since a key of gnuplot's own belongs to one plot and would stand inside it. */
static void put_sample(const struct fray_rep_figure *f, const struct fray_gp_sheet *sheet,
                       const struct fray_rep_series *s, double x, double y, struct fray_text *out) {
  if (f->kind == FRAY_REP_BARS) {
    fray_text_puts(out, "set object rectangle from ");
    fray_gp_at(sheet, x + 2, y + 3, out);
    fray_text_puts(out, " to ");
    fray_gp_at(sheet, x + 18, y - 3, out);
    fray_text_printf(out, " fc rgb '%s' ", fray_gp_colour(s));
    fray_gp_fill(s->style, out);
    fray_text_puts(out, " lw 0.6\n");
    return;
  }
  if (f->kind != FRAY_REP_POINTS || s->line) {
    fray_text_puts(out, "set arrow from ");
    fray_gp_at(sheet, x, y, out);
    fray_text_puts(out, " to ");
    fray_gp_at(sheet, x + 22, y, out);
    fray_text_puts(out, " nohead ");
    fray_gp_line_style(s, out);
    fray_text_puts(out, "\n");
  }
  if (!s->line) {
    fray_text_puts(out, "set label '' at ");
    fray_gp_at(sheet, x + 11, y, out);
    fray_text_printf(out, " point lc rgb '%s'", fray_gp_colour(s));
    fray_gp_marker(s, false, out);
    fray_text_puts(out, "\n");
  }
}

/* place is indexed like the legend, with chance behind the last style; an entry without a name has
 * no place there and must not be drawn. */
void fray_gp_key(const struct fray_rep_figure *f, const struct fray_gp_sheet *s,
                 struct fray_text *out) {
  double place[256][2];
  size_t n = f->n_styles + f->has_chance;
  /* A key of so many names would be larger than the figure. */
  if (n > FRAY_COUNT(place) || f->kind == FRAY_REP_HEAT)
    return;
  key_rows(f, s->width, place);
  for (size_t i = 0; i < n; i++) {
    const struct fray_rep_series *series = i < f->n_styles ? of_style(f, i) : NULL;
    if (i < f->n_styles && (!f->legend[i] || !series))
      continue;
    double x = place[i][0], y = place[i][1];
    if (series) {
      put_sample(f, s, series, x, y, out);
    } else {
      fray_text_puts(out, "set arrow from ");
      fray_gp_at(s, x, y, out);
      fray_text_puts(out, " to ");
      fray_gp_at(s, x + 22, y, out);
      fray_text_puts(out, " nohead lc rgb '#707070' lw 1 dt (6,4)\n");
    }
    fray_text_puts(out, "set label ");
    fray_gp_string(out, series ? f->legend[i] : "chance", FRAY_GP_NAME);
    fray_text_puts(out, " noenhanced at ");
    fray_gp_at(s, x + 26, y, out);
    fray_text_puts(out, " left\n");
  }
}

/* Steps rather than a gradient: the cells have these nine shades and no others. */
static void put_colours(const struct fray_rep_figure *f, const struct fray_gp_sheet *s, double y,
                        struct fray_text *out) {
  const char *const *shade = f->diverging ? fray_rep_diverging : fray_rep_heat;
  const char *name = f->z_label ? f->z_label : "";
  /* Moved to the left where the words beside it need the room. */
  double left = fmax(6, fmin(s->left, s->width - 100 - 0.9 * text_width(name, 2 * FRAY_GP_NAME)));
  for (size_t i = 0; i < FRAY_REP_SHADES; i++) {
    fray_text_puts(out, "set object rectangle from ");
    fray_gp_at(s, left + 10 * (double)i, y + 6, out);
    fray_text_puts(out, " to ");
    fray_gp_at(s, left + 10 * (double)(i + 1), y, out);
    fray_text_printf(out, " fc rgb '%s' fs solid 1 noborder\n", shade[i]);
  }
  for (int end = 0; end < 2; end++) {
    fray_text_puts(out, "set label '");
    fray_rep_cell_value(f, end ? f->y1 : f->y0, false, out);
    fray_text_puts(out, "' font ',6.5' at ");
    fray_gp_at(s, left + (end ? 90 : 0), y + 11, out);
    fray_text_puts(out, end ? " right\n" : " left\n");
  }
  fray_text_puts(out, "set label ");
  fray_gp_string(out, name, 2 * FRAY_GP_NAME);
  fray_text_puts(out, " noenhanced font ',7' at ");
  fray_gp_at(s, left + 95, y + 3, out);
  fray_text_puts(out, " left\n");
}

/* From the top down: name of the x axis, colours, remarks. fray_gp_plan has counted the same lines
 * into `bottom`, and the two must be changed together. */
void fray_gp_foot(const struct fray_rep_figure *f, const struct fray_gp_sheet *s,
                  struct fray_text *out) {
  double y = s->height - s->bottom + 4;
  double used = (double)s->columns * (s->tile_width + s->gap) - s->gap;
  fray_text_puts(out, "set label ");
  fray_gp_string(out, f->x_label, 2 * FRAY_GP_NAME);
  fray_text_puts(out,
                 f->n_realised ? ".' (triangles: realised)' noenhanced at " : " noenhanced at ");
  fray_gp_at(s, s->left + 0.5 * used, y, out);
  fray_text_puts(out, " center\n");
  y += 10;
  if (f->kind == FRAY_REP_HEAT) {
    fray_text_puts(out, "set label ");
    fray_gp_string(out, f->y_label, 2 * FRAY_GP_NAME);
    fray_text_puts(out, " noenhanced at ");
    fray_gp_at(s, 4, 7, out);
    fray_text_puts(out, " left\n");
    put_colours(f, s, y, out);
    y += 20;
  }
  for (size_t i = 0; fray_rep_remark(f, i); i++) {
    fray_text_printf(out, "set label '%s '.", fray_rep_sign(f, fray_rep_remark(f, i)));
    fray_gp_string(out, fray_rep_remark(f, i), (size_t)(s->width / 4));
    fray_text_puts(out, " noenhanced font ',6.5' tc rgb '#444444' at ");
    fray_gp_at(s, 6, y, out);
    fray_text_puts(out, " left\n");
    y += 9;
  }
}
