/* The parts of the SVG drawings, one file per kind. */
#ifndef REPORT_SVG_H
#define REPORT_SVG_H

#include "layout.h"

#include "report/plot/figure.h"

#include "fray/base/text.h"

/** Where a panel lies, in the units of the view box, and which of its categories it shows. */
struct fray_rep_view {
  const struct fray_rep_figure *f;
  const struct fray_rep_layout *layout; /* NULL: only places are asked for */
  const struct fray_rep_panel *panel;
  const char *id; /* prefix of the ids in this drawing */
  double left, top, width, height;
  size_t first, count; /* BARS, HEAT: categories */
  bool small;          /* no room for every mark */
  bool y_labels;       /* else the ticks only */
  struct fray_text *out;
};

/** How a text is set: its class, its anchor (NULL: start), the baseline of the first line, its size
 *  and where it is wrapped, in em of that size. */
struct fray_rep_lettering {
  const char *style, *anchor;
  double x, y, size, wrap;
};
/** A text in lines, one below the other; nothing for an empty one. */
void fray_rep_svg_text(const struct fray_rep_lettering *t, const char *text, struct fray_text *out);
/** The same turned by an angle in degrees, lines dx apart. */
void fray_rep_svg_turned(const struct fray_rep_lettering *t, int angle, double dx, const char *text,
                         struct fray_text *out);

/** Where a value lies in the drawing, from the left and from the top, in its units. */
double fray_rep_x_at(const struct fray_rep_view *v, double x);
double fray_rep_y_at(const struct fray_rep_view *v, double y); /* y cut to the axis */

/** Opens a series group in its colour; the caller closes it with </g>. */
void fray_rep_svg_series(const struct fray_rep_view *v, const struct fray_rep_series *s);
/** ` data-tip="..." tabindex="-1"`: what a value is, in words. */
void fray_rep_svg_tip(const struct fray_rep_view *v, const struct fray_rep_series *s,
                      const struct fray_rep_point *p);
/** The marker of a series at a point of the drawing. p NULL: a mere picture, in a legend. */
void fray_rep_svg_marker(const struct fray_rep_view *v, const struct fray_rep_series *s, double x,
                         double y, bool hollow, const struct fray_rep_point *p);
/** The dashes of a series, a value of stroke-dasharray. Static memory. */
const char *fray_rep_svg_dash(const struct fray_rep_series *s);
/** Band or whisker, line or steps, and marks of a series. */
void fray_rep_svg_band(const struct fray_rep_view *v, const struct fray_rep_series *s);
void fray_rep_svg_line(const struct fray_rep_view *v, const struct fray_rep_series *s);
/** Pattern over the fill of a style, so that bars differ in grey; nothing for the first style. */
void fray_rep_svg_pattern(const char *id, size_t style, struct fray_text *out);
bool fray_rep_svg_has_pattern(size_t style);
/** A score or a difference of scores with few digits. */
void fray_rep_svg_value(const struct fray_rep_figure *f, double y, struct fray_text *out);

/** The inside of a panel, by kind; axes and titles stand already. */
void fray_rep_svg_lines(const struct fray_rep_view *v);
void fray_rep_svg_bars(const struct fray_rep_view *v);
void fray_rep_svg_heat(const struct fray_rep_view *v);
void fray_rep_svg_points(const struct fray_rep_view *v);
/** Bar of colours below a heat map, its ends and what they are. y: upper edge of the foot. */
void fray_rep_svg_colours(const struct fray_rep_layout *l, double y, struct fray_text *out);
/** What the drawing says, for those who do not see it. */
void fray_rep_svg_describe(const struct fray_rep_figure *f, struct fray_text *out);
/** A value in the words of the drawing: as many decimals as tell the colours apart. */
void fray_rep_cell_value(const struct fray_rep_figure *f, double y, struct fray_text *out);
/** Shade 0..8 of a value of a heat map. */
size_t fray_rep_shade(const struct fray_rep_figure *f, double y);

/** Where the names of a cloud's points find room: left and upper edge of each, in the view's units;
 *  a name is as high as a line of its size. NAN where there is none. place: (most) pairs, in the
 *  order of series and points. Returns the number of points. */
size_t fray_rep_place_names(const struct fray_rep_view *v, double size, double (*place)[2],
                            size_t most);

#endif
