/* Drawings of figures: for the page, for paper, and as numbers. */
#ifndef REPORT_DRAW_H
#define REPORT_DRAW_H

#include "report/plot/figure.h"

#include "fray/base/text.h"

/* Marks of a distribution function in SVG at most; of more points every k-th, all are in the CSV.
 */
enum { FRAY_REP_STEP_MARKS = 200 };

/** Inline SVG, `width` units wide (680 for wide screens, 340 for phones). id: unique in the page.
 *  Each series is <g class="series" data-series="STYLE">, each value has class "mark" and its
 *  numbers as data-tip. Colours are CSS variables (palette.h). Direct labels at the line ends when
 *  there is one panel of LINES and the drawing is wide. */
void fray_rep_svg(const struct fray_rep_figure *figure, double width, const char *id,
                  struct fray_text *out);
/** Legend as HTML: a swatch and a label per style, in buttons that a script may listen to. */
void fray_rep_legend(const struct fray_rep_figure *figure, struct fray_text *out);

/** The plotted data as CSV, a row per value: panel, series, kind (mean, single, value, line,
 * chance, reference), control (0, 1), x (number or category), y, low, high, realised, n, label. */
void fray_rep_figure_csv(const struct fray_rep_figure *figure, struct fray_text *out);
/** gnuplot's data (numbers only) and script, for a sheet of 3.3 or 7 inches width. Text from data
 *  stands in the script only inside single quotes, without quotes, backquotes, at signs,
 * backslashes and control characters. */
void fray_rep_gnuplot_data(const struct fray_rep_figure *figure, struct fray_text *out);
void fray_rep_gnuplot_script(const struct fray_rep_figure *figure, unsigned formats,
                             struct fray_text *out);
/** INPUT if the folder holds a file of one of these figures that no report drew. */
enum fray_status fray_rep_draw_check(const struct fray_rep_figure *figures, size_t n,
                                     const char *folder, struct fray_arena *arena,
                                     struct fray_err *err);
/** Writes FOLDER/NAME.csv and, for pictures, .dat and .gp of each figure, then lets one gnuplot
 * draw them all. formats: of enum fray_rep_format. Sets figure->drawn; pictures of an earlier
 * report are removed. *reason: why a picture is missing (static or arena memory), or NULL; no
 * error. IO: writing. */
enum fray_status fray_rep_draw(struct fray_rep_figure *figures, size_t n, const char *folder,
                               unsigned formats, struct fray_arena *arena, const char **reason,
                               struct fray_err *err);

#endif
