/* Report: HTML, SVG and PNG figures, tables, from the files of a results folder. */
#ifndef FRAY_REPORT_REPORT_H
#define FRAY_REPORT_REPORT_H

#include "fray/base/status.h"

#include <stddef.h>

/** Reads trials.csv, scores.csv, scenario.yaml, provenance.json and state of each folder and writes
 *  OUT/report.html (self-contained, no scripts) and, per figure, OUT/figures/NAME.csv (the plotted
 *  numbers), .dat and .gp (gnuplot's), .svg and .png; several folders become sections. out NULL:
 * the first folder itself. Everything is read before anything is written. A missing gnuplot is a
 *  warning. INPUT: no folder, one that holds no results, or a damaged CSV (with file and line); a
 *  missing scenario.yaml or provenance.json is said in the page. IO: writing. */
enum fray_status fray_report(const char *const *folders, size_t n, const char *out,
                             struct fray_err *err);

#endif
