/* A figure as CSV, and for gnuplot as numbers in a data file and a script of our own words. */
#include "figure.h"
#include "markup.h"

#include "fray/base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { COLOURS = 8, CHANCE = 9, NAME = 28 }; /* NAME: longest name in a drawing */

static void put_real(struct fray_text *out, double value) {
  char number[32];
  fray_format_double(value, number);
  fray_text_puts(out, isnan(value) ? "nan" : number);
}

static void csv_real(struct fray_text *out, double value) {
  fray_text_puts(out, ",");
  if (!isnan(value))
    put_real(out, value);
}

static void csv_point(struct fray_text *out, const struct fray_rep_panel *panel, const char *kind,
                      const char *label, const struct fray_rep_point *p) {
  fray_text_csv(out, panel->title);
  fray_text_puts(out, ",");
  fray_text_csv(out, label);
  fray_text_printf(out, ",%s", kind);
  csv_real(out, p->x);
  csv_real(out, p->y);
  csv_real(out, p->low);
  csv_real(out, p->high);
  fray_text_puts(out, ",");
  if (p->n)
    fray_text_printf(out, "%zu", p->n);
  csv_real(out, p->n ? p->realised : NAN);
  fray_text_puts(out, "\n");
}

void fray_rep_figure_csv(const struct fray_rep_figure *figure, struct fray_text *out) {
  fray_text_puts(out, "panel,series,kind,x,y,low,high,n,realised\n");
  for (size_t i = 0; i < figure->n_panels; i++) {
    const struct fray_rep_panel *panel = &figure->panel[i];
    for (size_t s = 0; s < panel->n_series; s++) {
      const struct fray_rep_series *series = &panel->series[s];
      for (size_t k = 0; k < series->n; k++)
        csv_point(out, panel, "mean", series->label, &series->point[k]);
      for (size_t k = 0; k < series->n_singles; k++)
        csv_point(out, panel, "single", series->label, &series->single[k]);
    }
    for (size_t k = 0; k < panel->n_chance; k++)
      csv_point(out, panel, "chance", "chance", &panel->chance[k]);
  }
}

/* A block is addressed by its index, so an empty one keeps a line of nothing. */
static void data_block(struct fray_text *out, const struct fray_rep_point *p, size_t n) {
  for (size_t i = 0; i < n; i++) {
    put_real(out, p[i].x);
    fray_text_puts(out, " ");
    put_real(out, p[i].y);
    fray_text_puts(out, " ");
    put_real(out, p[i].low);
    fray_text_puts(out, " ");
    put_real(out, p[i].high);
    fray_text_puts(out, "\n");
  }
  fray_text_puts(out, n ? "\n\n" : "nan nan nan nan\n\n\n");
}

void fray_rep_gnuplot_data(const struct fray_rep_figure *figure, struct fray_text *out) {
  fray_text_puts(out, "# x y low high; per panel: means and singles of each series, chance\n");
  for (size_t i = 0; i < figure->n_panels; i++) {
    const struct fray_rep_panel *panel = &figure->panel[i];
    for (size_t s = 0; s < panel->n_series; s++) {
      data_block(out, panel->series[s].point, panel->series[s].n);
      data_block(out, panel->series[s].single, panel->series[s].n_singles);
    }
    data_block(out, panel->chance, panel->n_chance);
  }
}

/* A single-quoted string of gnuplot, cut to n code points. Its escape, a doubled quote, fails where
 * two quotes follow each other, and the rest of the name would be read as commands; so no quote is
 * left inside, nor anything that starts a substitution or ends the line. */
static void put_string(struct fray_text *out, const char *text, size_t n) {
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

static const char *const head =
    "set encoding utf8\n"
    "set datafile missing 'nan'\n"
    "set border 1 lc rgb '#888888'\n"
    "set tics nomirror out scale 0.5 textcolor rgb '#333333' noenhanced\n"
    "set ytics scale 0\n"
    "set grid ytics lt 1 lw 0.6 lc rgb '#dddddd'\n"
    "set style fill transparent solid 0.15 noborder\n"
    "set linetype 1 lc rgb '#0072b2' lw 2 pt 7 dt 1\n"
    "set linetype 2 lc rgb '#d55e00' lw 2 pt 5 dt (16,8)\n"
    "set linetype 3 lc rgb '#009e73' lw 2 pt 9 dt (4,6)\n"
    "set linetype 4 lc rgb '#cc79a7' lw 2 pt 13 dt (18,6,4,6)\n"
    "set linetype 5 lc rgb '#e69f00' lw 2 pt 11 dt (28,8)\n"
    "set linetype 6 lc rgb '#56b4e9' lw 2 pt 2 dt (8,6)\n"
    "set linetype 7 lc rgb '#000000' lw 2 pt 6 dt 1\n"
    "set linetype 8 lc rgb '#8a7a00' lw 2 pt 4 dt (16,8)\n"
    "set linetype 9 lc rgb '#777777' lw 1.2 dt (6,6)\n";

static void put_range(const struct fray_rep_figure *f, struct fray_text *out) {
  fray_text_puts(out, "set xrange [");
  put_real(out, f->x0);
  fray_text_puts(out, ":");
  put_real(out, f->x1);
  fray_text_puts(out, "]\nset yrange [");
  put_real(out, f->y0);
  fray_text_puts(out, ":");
  put_real(out, f->y1);
  fray_text_puts(out, "]\nset ytics ");
  put_real(out, f->y_step);
  fray_text_puts(out, f->n_realised ? "\nset xtics offset 0,-0.3 (" : "\nset xtics (");
  size_t every = (f->n_ticks - 1) / (f->n_panels > 1 ? 6 : 12) + 1;
  for (size_t i = 0; i < f->n_ticks; i++) {
    bool label = i % every == 0;
    fray_text_printf(out, label ? "%s'%.3g' " : "%s'' ", i ? ", " : "", f->tick[i]);
    put_real(out, f->tick[i]);
  }
  fray_text_puts(out, ")\n");
  /* Realised rates: a triangle below the axis, as in the page. */
  for (size_t i = 0; i < f->n_realised; i++) {
    fray_text_printf(out, "set label %zu '' at first ", i + 1);
    put_real(out, f->realised[i]);
    fray_text_puts(out, ", graph -0.03 point pt 9 ps 0.7 lc rgb '#555555'\n");
  }
}

/* Every item of one plot command; index: first data block of the panel. */
static void put_plot(const struct fray_rep_panel *panel, const char *file, size_t index,
                     struct fray_text *out) {
  fray_text_puts(out, "plot ");
  for (size_t s = 0; s < panel->n_series; s++) /* all bands first: none may tint a line */
    fray_text_printf(out, "'%s.dat' index %zu using 1:3:4 with filledcurves lt %zu notitle, \\\n  ",
                     file, index + 2 * s, panel->series[s].style % COLOURS + 1);
  for (size_t s = 0; s < panel->n_series; s++) {
    size_t lt = panel->series[s].style % COLOURS + 1, at = index + 2 * s;
    if (panel->series[s].n == 1) /* one point makes no band */
      fray_text_printf(out, "'' index %zu using 1:2:3:4 with yerrorbars lt %zu ps 0 notitle, ", at,
                       lt);
    if (panel->series[s].n_singles)
      fray_text_printf(out, "'' index %zu using 1:2 with points lt %zu ps 0.6 notitle, ", at + 1,
                       lt);
    fray_text_printf(out, "'' index %zu using 1:2 with linespoints lt %zu title ", at, lt);
    put_string(out, panel->series[s].label, NAME);
    fray_text_puts(out, " noenhanced, \\\n  ");
  }
  fray_text_printf(out, "%s index %zu using 1:2 with lines lt %d title 'chance'\n",
                   panel->n_series ? "''" : "", index + 2 * panel->n_series, CHANCE);
}

/* Size of the drawing and the shape of its panels. */
struct sheet {
  size_t columns, rows;
  double width, height;
};

static struct sheet plan(const struct fray_rep_figure *f) {
  struct sheet s = {1, 1, 760, 420};
  if (f->n_panels > 1) {
    s.columns = f->n_panels == 2 || f->n_panels == 4 ? 2 : 3;
    s.rows = (f->n_panels + s.columns - 1) / s.columns;
    s.width = 280.0 * (double)s.columns;
    s.height = 105 + 225.0 * (double)s.rows;
  }
  return s;
}

/* Panels between fixed margins, so that they line up; the key lies in a strip above them. */
static void begin_panels(const struct sheet *s, struct fray_text *out) {
  fray_text_printf(out,
                   "set multiplot layout %zu,%zu margins screen %.4f,%.4f,%.4f,%.4f spacing screen "
                   "%.4f,%.4f\n",
                   s->rows, s->columns, 62 / s->width, 1 - 16 / s->width, 62 / s->height,
                   1 - 66 / s->height, 22 / s->width, 80 / s->height);
}

/* A key across several panels: a line and a name per style, in the strip above them. gnuplot's own
 * key belongs to one panel and is folded to its width. */
static void put_key(const struct fray_rep_figure *f, const struct sheet *s, struct fray_text *out) {
  double x = 62, y = 1 - 18 / s->height;
  size_t n = f->n_styles + f->has_chance;
  for (size_t i = 0; i < n; i++) {
    const char *name = i < f->n_styles ? f->legend[i] : "chance";
    size_t lt = i < f->n_styles ? i % COLOURS + 1 : CHANCE;
    if (!name)
      continue;
    fray_text_printf(out, "set arrow %zu from screen %.4f,%.4f rto screen %.4f,0 nohead lt %zu\n",
                     101 + i, x / s->width, y, 30 / s->width, lt);
    if (i < f->n_styles)
      fray_text_printf(out, "set label %zu '' at screen %.4f,%.4f point lt %zu\n", 201 + i,
                       (x + 15) / s->width, y, lt);
    fray_text_printf(out, "set label %zu ", 301 + i);
    put_string(out, name, NAME);
    fray_text_printf(out, " at screen %.4f,%.4f left noenhanced\n", (x + 38) / s->width, y);
    x += 62 + 7.5 * fmin((double)fray_rep_length(name), NAME + 3);
  }
}

static void drop_key(const struct fray_rep_figure *f, struct fray_text *out) {
  for (size_t i = 0; i < f->n_styles + f->has_chance; i++)
    if (i == f->n_styles || f->legend[i])
      fray_text_printf(out, "unset arrow %zu\nunset label %zu\nunset label %zu\n", 101 + i, 201 + i,
                       301 + i);
}

static void put_panel(const struct fray_rep_figure *f, const struct sheet *s, size_t i,
                      size_t index, struct fray_text *out) {
  const struct fray_rep_panel *panel = &f->panel[i];
  bool bottom = i + s->columns >= f->n_panels, left = i % s->columns == 0;
  fray_text_puts(out, "set title ");
  put_string(out, panel->title, NAME);
  fray_text_puts(out, *panel->note ? ".' (unresolved)'" : "");
  fray_text_puts(out, " noenhanced\nset xlabel ");
  put_string(out, bottom ? f->x_label : "", 2 * NAME);
  if (f->n_panels == 1 && f->n_realised)
    fray_text_puts(out, ".' (triangles: realised)'");
  fray_text_puts(out, " noenhanced\nset ylabel ");
  put_string(out, left ? f->y_label : "", NAME);
  fray_text_printf(out, " noenhanced\nset format y %s\n", left ? "'%g'" : "''");
  if (f->n_panels == 1)
    fray_text_puts(out, "set key outside right center Left reverse samplen 3\n");
  else
    fray_text_puts(out, "unset key\n");
  if (f->n_panels > 1 && i == 0)
    put_key(f, s, out);
  put_plot(panel, f->name, index, out);
  if (f->n_panels > 1 && i == 0)
    drop_key(f, out);
}

static void put_panels(const struct fray_rep_figure *f, const struct sheet *s,
                       struct fray_text *out) {
  size_t index = 0;
  if (f->n_panels > 1)
    begin_panels(s, out);
  for (size_t i = 0; i < f->n_panels; i++) {
    put_panel(f, s, i, index, out);
    index += 2 * f->panel[i].n_series + 1;
  }
  if (f->n_panels > 1)
    fray_text_puts(out, "unset multiplot\n");
}

void fray_rep_gnuplot_script(const struct fray_rep_figure *figure, struct fray_text *out) {
  struct sheet s = plan(figure);
  fray_text_printf(out, "# Draws %s.svg and %s.png: gnuplot -d %s.gp\n%s", figure->name,
                   figure->name, figure->name, head);
  put_range(figure, out);
  fray_text_printf(out,
                   "set terminal svg size %.0f,%.0f noenhanced background rgb 'white' font "
                   "'Helvetica,13'\nset output '%s.svg'\n",
                   s.width, s.height, figure->name);
  put_panels(figure, &s, out);
  fray_text_printf(out,
                   "set output\nset terminal pngcairo size %.0f,%.0f noenhanced font "
                   "'Helvetica,10' fontscale 2 linewidth 2 pointscale 2\nset output '%s.png'\n",
                   2 * s.width, 2 * s.height, figure->name);
  put_panels(figure, &s, out);
  fray_text_puts(out, "set output\n");
}
