/* The parts of a gnuplot script. Lengths are points of 1/72 inch, from the upper left corner. */
#ifndef REPORT_GNUPLOT_H
#define REPORT_GNUPLOT_H

#include "draw.h"
#include "layout.h"

#include "report/plot/figure.h"

#include "fray/base/text.h"

/** The sheet of paper: the title and the names of the styles above the panels of the layout. */
struct fray_gp_sheet {
  struct fray_rep_layout l;
  const struct fray_rep_paper *paper;
  double key; /* upper edge of the names */
};
struct fray_gp_tile {
  const struct fray_rep_figure *f;
  const struct fray_gp_sheet *sheet;
  struct fray_rep_tile t;
  size_t block; /* first data block of the panel */
};

struct fray_gp_sheet fray_gp_plan(const struct fray_rep_figure *f,
                                  const struct fray_rep_paper *paper);
struct fray_gp_tile fray_gp_place_tile(const struct fray_gp_sheet *s, size_t index);

/** How a text is set: the middle of its first line's height, size, wrap in em of it, colour (NULL:
 *  black), angle; lines are dx apart where it is turned. */
struct fray_gp_lettering {
  const char *anchor, *colour; /* "left", "center", "right" */
  double x, y, size, wrap;
  int angle;
  double dx;
  bool front;
};
/** `set label` for each line of a text. */
void fray_gp_label(const struct fray_gp_sheet *s, const struct fray_gp_lettering *t,
                   const char *text, struct fray_text *out);
/** A single-quoted string of gnuplot from n bytes of a text. */
void fray_gp_string(struct fray_text *out, const char *text, size_t n);
void fray_gp_real(struct fray_text *out, double value);
/** "X,Y" of a point of the sheet in screen coordinates. */
void fray_gp_at(const struct fray_gp_sheet *s, double x, double y, struct fray_text *out);
/** Colour of a series; with its width and dashes, and its marker, to stand in a plot item. */
const char *fray_gp_colour(const struct fray_rep_series *s);
void fray_gp_line_style(const struct fray_rep_series *s, struct fray_text *out);
void fray_gp_marker(const struct fray_rep_series *s, bool hollow, struct fray_text *out);
/** Fill of a bar of a style: solid or a pattern. */
void fray_gp_fill(size_t style, struct fray_text *out);
/** Line of the i-th reference. */
const char *fray_gp_level(size_t i);

/** Height of the names of the styles above the panels; draws them. */
double fray_gp_key_height(const struct fray_rep_figure *f, double width, double size);
void fray_gp_key(const struct fray_gp_sheet *s, struct fray_text *out);
/** What stands below them: colours of a heat map, remarks. */
void fray_gp_foot(const struct fray_gp_sheet *s, struct fray_text *out);
/** What the plot command of a tile draws, by kind; labels and objects go before it. */
void fray_gp_lines(const struct fray_gp_tile *t, struct fray_text *out);
void fray_gp_bars(const struct fray_gp_tile *t, struct fray_text *out);
void fray_gp_heat(const struct fray_gp_tile *t, struct fray_text *out);
void fray_gp_points(const struct fray_gp_tile *t, struct fray_text *out);

#endif
