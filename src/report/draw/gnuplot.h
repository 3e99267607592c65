/* The parts of a gnuplot script. Lengths are points of 1/72 inch, from the upper left corner. */
#ifndef REPORT_GNUPLOT_H
#define REPORT_GNUPLOT_H

#include "report/plot/figure.h"

#include "fray/base/text.h"

enum { FRAY_GP_NAME = 28 }; /* longest name in a drawing, code points */

/** The sheet of paper and where its panels lie. A tile is a panel or, where its categories need
 * more than the width, a part of it. */
struct fray_gp_sheet {
  double width, height, left, right, top, bottom;
  double title, below, gap, tile_width, tile_height;
  size_t columns, rows, parts, per_part, key_rows;
  bool slanted;
};
/** Part of a panel. */
struct fray_gp_tile {
  const struct fray_rep_figure *f;
  const struct fray_gp_sheet *sheet;
  size_t panel, part, column, row, block; /* block: first data block of the panel */
  double left, top, width, height;
  size_t first, count; /* categories */
};

struct fray_gp_sheet fray_gp_plan(const struct fray_rep_figure *f);
struct fray_gp_tile fray_gp_place_tile(const struct fray_rep_figure *f,
                                       const struct fray_gp_sheet *s, size_t index);

/** A single-quoted string of gnuplot, cut to n code points. */
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

/** Names of the styles above the panels. */
void fray_gp_key(const struct fray_rep_figure *f, const struct fray_gp_sheet *s,
                 struct fray_text *out);
/** What stands below them: colours of a heat map, remarks. */
void fray_gp_foot(const struct fray_rep_figure *f, const struct fray_gp_sheet *s,
                  struct fray_text *out);
/** What the plot command of a tile draws, by kind; labels and objects go before it. */
void fray_gp_lines(const struct fray_gp_tile *t, struct fray_text *out);
void fray_gp_bars(const struct fray_gp_tile *t, struct fray_text *out);
void fray_gp_heat(const struct fray_gp_tile *t, struct fray_text *out);
void fray_gp_points(const struct fray_gp_tile *t, struct fray_text *out);

#endif
