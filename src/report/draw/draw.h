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
/** A series under another name on paper. */
struct fray_rep_series_title {
  const char *name, *title;
};
/** How figures look on paper. Zero: as they come. */
struct fray_rep_paper {
  double width;     /* points of 1/72 inch; 0: one column of a journal or both, as it needs */
  const char *font; /* letters, digits, blanks and - only; NULL: Helvetica */
  double size;      /* of the font, points; 0: 8. Remarks are smaller, never below 6 */
  const char *title, *x_title, *y_title;      /* NULL: none; those of the figure */
  const struct fray_rep_series_title *series; /* (n_series) */
  size_t n_series;
};
/** One column of a journal, 8.5 cm, and both, 17.5 cm, in points. */
extern const double fray_rep_single, fray_rep_double;
/** Width on paper: that of paper, or one of the two. */
double fray_rep_paper_width(const struct fray_rep_figure *figure,
                            const struct fray_rep_paper *paper);

/** gnuplot's data (numbers only) and script, for a sheet of paper. Text from data stands in the
 *  script only inside single quotes, without quotes, backquotes, at signs, backslashes and control
 *  characters. */
void fray_rep_gnuplot_data(const struct fray_rep_figure *figure, struct fray_text *out);
void fray_rep_gnuplot_script(const struct fray_rep_figure *figure, unsigned formats,
                             const struct fray_rep_paper *paper, struct fray_text *out);
/** Dots to the inch of a PNG: 300, and 150 of a sheet that is higher than a page, which is looked
 * at and not printed. */
unsigned fray_rep_png_dots(const struct fray_rep_figure *figure,
                           const struct fray_rep_paper *paper);
/** INPUT if the folder holds a file of one of these figures that no report drew. */
enum fray_status fray_rep_draw_check(const struct fray_rep_figure *figures, size_t n,
                                     const char *folder, struct fray_arena *arena,
                                     struct fray_err *err);
/** Writes FOLDER/NAME.csv and, for pictures, .dat, .gp and, of PDF and PNG, .tex of each figure,
 * then lets gnuplot draw them, in as many processes as there are cores, which go on beside the
 * caller. formats: of enum fray_rep_format. paper: how they look, but for the CSV, which keeps the
 * names of the data. Pictures of an earlier report are removed. Figures, folder, paper and arena
 * stay until *out is ended, which it must be if this is OK. IO: writing. */
struct fray_rep_drawing;
enum fray_status fray_rep_draw_begin(struct fray_rep_figure *figures, size_t n, const char *folder,
                                     unsigned formats, const struct fray_rep_paper *paper,
                                     struct fray_arena *arena, struct fray_rep_drawing **out,
                                     struct fray_err *err);
/** Waits for the pictures and puts them into the folder. Sets figure->drawn. Why a picture is
 * missing (static or arena memory), or NULL; no error. */
const char *fray_rep_draw_end(struct fray_rep_drawing *drawing);
/** Both at once. *reason: of the end. */
enum fray_status fray_rep_draw(struct fray_rep_figure *figures, size_t n, const char *folder,
                               unsigned formats, const struct fray_rep_paper *paper,
                               struct fray_arena *arena, const char **reason, struct fray_err *err);
/** Removes what an earlier report drew in the folder and is none of these figures: the files of
 * each whose script bears its name. The caller holds a claim on the folder. IO. */
enum fray_status fray_rep_drop_old_figures(const struct fray_rep_figure *figures, size_t n,
                                           const char *folder, struct fray_arena *arena,
                                           struct fray_err *err);
/** A figure for LaTeX: \includegraphics in its width, the caption, a label. Every text of the data
 * is escaped. */
void fray_rep_latex_figure(const struct fray_rep_figure *figure, const struct fray_rep_paper *paper,
                           struct fray_text *out);
/** A copy of a figure with the names of paper, in the arena; NULL: out of memory. */
const struct fray_rep_figure *fray_rep_renamed(const struct fray_rep_figure *figure,
                                               const struct fray_rep_paper *paper,
                                               struct fray_arena *arena);

#endif
