/* The figure table: everything a drawing shows, in display units, free of any drawing language.
 * It feeds the SVG of the page, gnuplot and the CSV beside them. */
#ifndef REPORT_FIGURE_H
#define REPORT_FIGURE_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/** How a figure is drawn. On STEPS and LINES x is a number; on BARS and HEAT it is the index of a
 *  category. */
enum fray_rep_kind {
  FRAY_REP_LINES,  /* curves with bands */
  FRAY_REP_STEPS,  /* distribution functions: a step up to y at each x, ascending */
  FRAY_REP_BARS,   /* groups of bars over categories, whiskers from low to high */
  FRAY_REP_HEAT,   /* a row per series, a column per category, y as colour and as number */
  FRAY_REP_POINTS, /* a cloud: each point with a label; series with line: true are drawn as lines */
};

struct fray_rep_point {
  double x, y, low, high; /* low, high NaN: no interval */
  double realised;        /* NaN if not known */
  size_t n;
  const char *label; /* POINTS, STEPS: its name; HEAT and BARS: a remark ("suppressed"), which
                        makes a bar hollow; may be NULL */
};

/** A level to compare with, such as a quantile of a permutation null. */
struct fray_rep_reference {
  double y;
  const char *label;
};

struct fray_rep_series {
  const char *label;
  size_t style; /* colour, marker and dash */
  bool line;    /* POINTS: a line, not a cloud */
  bool hollow;  /* POINTS: a cloud of rings */
  bool control; /* a control of the study: drawn thin and grey, with its own dash */
  struct fray_rep_point *point;
  size_t n;
  struct fray_rep_point *single; /* LINES: one value per seed where there are too few for an
                                    interval */
  size_t n_singles;
};

struct fray_rep_panel {
  const char *title;  /* "" for a single panel */
  const char *note;   /* "" or how little its values rest on */
  size_t row, column; /* its place where the figure is a grid */
  struct fray_rep_series *series;
  size_t n_series;
  struct fray_rep_point *chance; /* x and y only */
  size_t n_chance;
  struct fray_rep_reference *reference; /* lines across the panel; not on HEAT */
  size_t n_references;
};

/** What a figure is written as. */
enum fray_rep_format {
  FRAY_REP_SVG = 1,
  FRAY_REP_PNG = 2,
  FRAY_REP_PDF = 4,
  FRAY_REP_CSV = 8,
};

struct fray_rep_figure {
  size_t section;   /* index of its study on the page */
  unsigned drawn;   /* formats that fray_rep_draw wrote */
  unsigned dots;    /* that its PNG has to the inch, since fray_rep_draw wrote its script */
  const char *key;  /* its kind in figures.def: "curves", "heat_map", ... */
  const char *name; /* file name without ending: letters, digits, - and _ only */
  enum fray_rep_kind kind;
  const char *title; /* text from data, like all labels */
  const char *x_label, *y_label;
  const char *x_title; /* x_label without its unit; NULL: it has none */
  bool x_share;        /* x is a share, shown as a percentage, and in x_label as one */
  bool percent;        /* y is in percent */
  struct fray_rep_panel *panel;
  size_t n_panels;
  /* A grid where two keys cross: each row and each column has a title, and panels have none. 0:
   * panels follow each other. A place without a panel stays empty. */
  size_t n_rows, n_columns;
  const char **row_title, **column_title;
  const char *caption;   /* plain text: what is shown, of what, how sure; escaped when put */
  const char *basis;     /* plain text: what kind of intervals these are; NULL: not said */
  const char *source;    /* plain text: of which data, models and trainings it is; NULL */
  const char **category; /* BARS, HEAT: (n_categories) labels along x */
  size_t n_categories;
  const char *z_label; /* HEAT: what the numbers are */
  bool diverging;      /* HEAT: colours around 0 */
  const char *hatched; /* HEAT: cells whose remark holds this have lines across their colour */
  bool diagonal;       /* POINTS, LINES: the line y = x */
  double worst;        /* STEPS: points up to this y are marked, as the worst 10 %; 0: none */
  double *tick;        /* measured strengths */
  size_t n_ticks;      /* 0: round numbers, x_step apart */
  double *realised;    /* realised strengths where they differ from the nominal ones */
  size_t n_realised;
  /* Range of the axes and of the colours (HEAT: y0 to y1), distance of round ticks. */
  double x0, x1, y0, y1, x_step, y_step;
  const char **legend; /* label of each style in use, NULL for unused ones */
  size_t n_styles;
  bool has_chance;
  bool clipped, unresolved; /* an interval was cut to the metric's range; a panel has a note */
  bool blank;               /* an interval that any value would fit was left out */
  bool lacks_chance;        /* a group has no chance line, since it lacks the class */
};

/** A growing list of figures; arena memory. */
struct fray_rep_figures {
  struct fray_rep_figure *v;
  size_t n, capacity;
};
/** Room for one more, zeroed. */
enum fray_status fray_rep_figures_add(struct fray_rep_figures *figures, struct fray_arena *arena,
                                      struct fray_rep_figure **out, struct fray_err *err);

/** Fits y0, y1 (on HEAT the range of the colours) to the figure's values, and x0, x1 where x0 < x1
 *  was not given, with round ticks. To be called once all panels stand. */
void fray_rep_scale(struct fray_rep_figure *figure);

/** A figure name from a number, and a text of which only safe characters survive. */
const char *fray_rep_figure_name(struct fray_arena *arena, size_t section, const char *kind,
                                 size_t index, const char *text);

enum { FRAY_REP_TICKS = 32 };
/** Ticks of the x axis: those measured, or round ones put into own (FRAY_REP_TICKS). */
const double *fray_rep_x_ticks(const struct fray_rep_figure *figure, double *own, size_t *n);
/** x as it is shown: a share as a percentage. */
double fray_rep_x_shown(const struct fray_rep_figure *figure, double x);
/** True of BARS and HEAT, whose x is a category and whose labels are remarks. */
bool fray_rep_has_categories(const struct fray_rep_figure *figure);
/** The category of a point of BARS or HEAT; n_categories if x names none. */
size_t fray_rep_category(const struct fray_rep_figure *figure, const struct fray_rep_point *point);

/** Remarks of BARS and HEAT get signs: the i-th distinct one, or NULL; the sign of a remark, or
 * NULL for none. */
const char *fray_rep_remark(const struct fray_rep_figure *figure, size_t i);
const char *fray_rep_sign(const struct fray_rep_figure *figure, const char *remark);

#endif
