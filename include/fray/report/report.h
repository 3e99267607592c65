/* Report: HTML, figures for paper (SVG, PNG, PDF, CSV), tables, from the files of a results folder.
 */
#ifndef FRAY_REPORT_REPORT_H
#define FRAY_REPORT_REPORT_H

#include "fray/base/status.h"

#include "fray/base/text.h"

#include <stdbool.h>
#include <stddef.h>

/** Reads trials.csv, scores.csv, scenario.yaml, provenance.json and state of each folder and writes
 *  OUT/report.html (self-contained) and, per figure, OUT/figures/NAME.csv (the plotted
 *  numbers), .dat and .gp (gnuplot's), .svg, .png and .pdf; several folders become sections. out
 * NULL: the first folder itself. Everything is read before anything is written. A missing gnuplot
 * is a warning. INPUT: no folder, one that holds no results, or a damaged CSV (with file and line);
 * a missing scenario.yaml or provenance.json is said in the page. IO: writing. */
enum fray_status fray_report(const char *const *folders, size_t n, const char *out,
                             struct fray_err *err);

/** How a page is made. All zero: as the scenarios say. */
struct fray_report_options {
  const char *samples; /* test samples shown of each damage: "none" or a count, see
                          fray/results/report_section.h; NULL: as each scenario says */
};
/** As fray_report. INPUT also for options that are none. */
enum fray_status fray_report_with(const char *const *folders, size_t n, const char *out,
                                  const struct fray_report_options *options, struct fray_err *err);

/** Which figures to draw, and as what. */
struct fray_report_choice {
  const char *const *figure; /* (n_figures) kinds, or names of single figures (file names) */
  size_t n_figures;
  const char *const *format; /* (n_formats) "svg", "png", "pdf", "csv"; none: all of them */
  size_t n_formats;
  /* How they look on paper, as texts; NULL: as they come. The CSV keeps the names of the data. */
  const char *width;               /* "single" (8.5 cm), "double" (17.5 cm), or 4 to 40 cm */
  const char *font;                /* "NAME" or "NAME,SIZE", 6 to 24 points */
  const char *title;               /* of a single figure */
  const char *x_title, *y_title;   /* of the axes */
  const char *const *series_title; /* (n_series_titles) "NAME=TITLE" */
  size_t n_series_titles;
};

/** Draws only these figures, without a page: FOLDER/NAME.csv and so on. folder NULL: figures/ in
 * the first results folder. Everything is read and chosen before anything is written. INPUT: as
 *  fray_report; an unknown figure or format (names the nearest and lists the keys); a figure that
 *  these results do not allow; a width, font or title that cannot be taken. A missing gnuplot is a
 * warning. IO: writing. */
enum fray_status fray_report_figures(const char *const *folders, size_t n, const char *folder,
                                     const struct fray_report_choice *choice, struct fray_err *err);

/** The kinds of figures: key and meaning of the i-th, in page order. Static storage; NULL: no more.
 */
const char *fray_report_figure_key(size_t i, const char **meaning);
/** The formats of single figures, likewise; their meanings are "". */
const char *fray_report_format_key(size_t i, const char **meaning);

/** How `fray show` shows results. */
struct fray_show_options {
  const char *metric; /* NULL: the first of each scenario */
  bool last;          /* models of the last round, not the selected ones */
  bool all;           /* every strength, and models that were trained under damage */
  bool json;          /* one document; what is below is not looked at */
  bool brief;         /* headline and table, without title and comparisons */
  size_t columns;     /* of a line, at least 20 */
};
/** Appends a table of methods by conditions of each folder, each score with its interval, and what
 *  is resolved; writes nothing. INPUT: as fray_report; a metric that a folder lacks (names the
 *  nearest). */
enum fray_status fray_show(const char *const *folders, size_t n,
                           const struct fray_show_options *options, struct fray_text *out,
                           struct fray_err *err);

/** What `fray compare` was asked for. */
struct fray_compare_options {
  const char *a, *b;  /* results folders, may be the same */
  const char *out;    /* folder to write to; NULL: compare-A-B here, of the folders' names */
  const char *metric; /* NULL: the main metric of a */
  const char *const *only_a, *const
                                 *only_b; /* (n) "KEY=VALUE": cells of a, of b that are looked at */
  size_t n_only_a, n_only_b;
  bool fail_on_worse; /* a script goes by it: conditions that are damaged must be in common */
  bool json;          /* printed is one document instead of the table */
};
/** What a comparison came to. */
struct fray_compared {
  char *folder; /* malloc'ed; the caller frees it */
  size_t n_tested,
      n_worse; /* lines that are not equal throughout; those where b is resolved worse */
};
/** Paired differences b - a of the scores of equal cells, conditions, seeds and test clients, with
 * 95 % intervals and p-values that hold together (Holm). Appends the table, at most 80 columns
 * wide, to printed; writes compare.csv, compare.tex and columns.csv to out->folder; *out is filled
 * on success alone. INPUT, nothing written: a folder without results, other data or test samples,
 * no common seed, cell, condition or metric, an out folder that holds such files of somebody else;
 * with fail_on_worse also: no damaged condition in common although a side has one. IO. */
enum fray_status fray_compare(const struct fray_compare_options *options, struct fray_text *printed,
                              struct fray_compared *out, struct fray_err *err);

#endif
