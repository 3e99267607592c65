/* Several studies in one report: the first section of its page. */
#ifndef REPORT_ACROSS_H
#define REPORT_ACROSS_H

#include "report/plot/figure.h"

#include "fray/results/read_results.h"

/** A study's title, with its folder where another has the same one. NULL: out of memory. */
const char *fray_rep_study_name(const struct fray_rep_results *results, size_t n, size_t at);
/** The method tables of all studies with the first one's score as one:
 * FOLDER/tables/across-studies.csv and .tex, and as HTML; nothing where there is no curve. IO. */
enum fray_status fray_rep_across_table(struct fray_rep_results *results, size_t n,
                                       const char *folder, struct fray_text *out,
                                       struct fray_err *err);

/** Appends a curve figure for each axis with one name and score that several of these figures have.
 *  Its section is n: behind those of the studies. In one panel, with the names of the studies in
 *  front of the series, where there are colours enough; else a panel for each. */
enum fray_status fray_rep_across_figures(const struct fray_rep_results *results, size_t n,
                                         struct fray_rep_figures *figures, struct fray_err *err);

#endif
