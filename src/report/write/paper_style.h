/* How figures look on paper, from the words of a user. */
#ifndef REPORT_PAPER_STYLE_H
#define REPORT_PAPER_STYLE_H

#include "report/draw/draw.h"

#include "fray/report/report.h"

/** Reads what a choice says of width, font and titles. Arena memory, or that of the choice. INPUT,
 *  with the option and what is expected. Looks at no results. */
enum fray_status fray_rep_paper_style(const struct fray_report_choice *choice,
                                      struct fray_arena *arena, struct fray_rep_paper *out,
                                      struct fray_err *err);
/** INPUT where the chosen figures do not fit: a title for several, a series that none has. */
enum fray_status fray_rep_check_style(const struct fray_rep_paper *paper,
                                      const struct fray_rep_figures *figures,
                                      struct fray_arena *arena, struct fray_err *err);

#endif
