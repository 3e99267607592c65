/* Where everything of a figure stands, for the page and for paper: panels, their titles, labels and
 * notes, each with the room that its text needs. So no two texts meet, whatever the names are. */
#ifndef REPORT_LAYOUT_H
#define REPORT_LAYOUT_H

#include "lettering.h"

#include "report/plot/figure.h"

/** What is drawn on. Lengths are of one unit: pixels of the page, points of paper. */
struct fray_rep_medium {
  double width;
  double body, tick, note, cell; /* sizes of type: names, axes, remarks, numbers of cells */
  double above;                  /* taken by what stands above the panels, such as a key */
  bool page;                     /* y is named above the panels, lines at their ends */
};

/** A tile is a panel or, where its categories need more than the width, a part of it. */
struct fray_rep_layout {
  const struct fray_rep_figure *f;
  struct fray_rep_medium m;
  double height, left, right, top, bottom; /* bottom: of the drawing, below the tiles */
  double below, gap, apart;                /* below a tile, beside it, between rows */
  double tile_width, tile_height;
  double names;                                  /* wrap of names at line ends, em of body */
  double side;                                   /* lines of the y title at the left */
  size_t columns, rows, parts, per_part, strips; /* strips: a grid in pieces of its columns */
  int angle;                                     /* of category labels, degrees */
  double label_wrap, row_wrap;                   /* of category labels, rows: em of tick */
  bool direct, narrow;
};

/** Where a tile lies, and what stands around it. */
struct fray_rep_tile {
  size_t panel, part, first, count; /* BARS, HEAT: its categories */
  double left, top, width, height;
  bool y_labels;         /* no tile to the left has them */
  const char *title;     /* "": none */
  const char *note;      /* "" */
  const char *row_title; /* a grid: upright at the right end of the row; "" */
  double row_title_left; /* of its block of lines */
};

/** Baselines or upper edges below the tiles, from the upper edge of the foot. */
struct fray_rep_foot {
  double x_title, z_title, bar, ends, remarks, height;
};

struct fray_rep_layout fray_rep_lay_out(const struct fray_rep_figure *f, struct fray_rep_medium m);
/** index: below n_panels * parts. count is 0 for a part without categories. */
struct fray_rep_tile fray_rep_place(const struct fray_rep_layout *l, size_t index);
struct fray_rep_foot fray_rep_foot_of(const struct fray_rep_layout *l);

/** Wrap of a remark behind its sign, em of note. */
double fray_rep_remark_wrap(const struct fray_rep_layout *l);
/** Width of what stands in a cell of HEAT: number and sign, em. */
double fray_rep_cell_width(const struct fray_rep_figure *f, const struct fray_rep_point *p);
/** Distance of two lines of a size of type. */
double fray_rep_leading(double size);
/** Every how many x ticks a label fits into a tile of this width. */
size_t fray_rep_label_step(const struct fray_rep_figure *f, double width, double size,
                           const double *tick, size_t n);
/** Lines of the y axis: their number, and how many stand from one label to the next. */
size_t fray_rep_y_lines(const struct fray_rep_layout *l, size_t *every);
/** Value of such a line; never -0 or what rounding left of it. */
double fray_rep_y_line(const struct fray_rep_figure *f, size_t i);
/** The distinct labels of the reference lines: the i-th or NULL; the index of one. */
const char *fray_rep_reference_label(const struct fray_rep_figure *f, size_t i);
size_t fray_rep_reference_index(const struct fray_rep_figure *f, const char *label);

#endif
