/* The figures of a report, one kind a file, registered in figures.def. */
#ifndef REPORT_FIGURES_H
#define REPORT_FIGURES_H

#include "report/plot/figure.h"

#include "fray/results/read_results.h"

/** One kind of figure: what a study's data allow of it. */
struct fray_rep_figure_kind {
  const char *key;     /* of --figure: letters, digits and _ */
  const char *heading; /* above it on the page */
  const char *meaning; /* one sentence: what it shows; for fray report --help and the page */
  /** Appends as many figures as the data allow, none if they do not. section: index of the study
   *  on the page, for file names. */
  enum fray_status (*make)(struct fray_rep_results *r, size_t section, struct fray_rep_figures *out,
                           struct fray_err *err);
  bool needs_scores; /* is made from probabilities, which are kept on request only */
  bool joins; /* on a page of several studies, its figures of one axis are drawn together too */
};
extern const struct fray_rep_figure_kind *const fray_rep_figure_kinds[]; /* in page order */
extern const size_t fray_rep_n_figure_kinds;
/** The kind with that key, or NULL. */
const struct fray_rep_figure_kind *fray_rep_find_figure_kind(const char *key);

/** Appends all figures of a study, kind by kind, with their key and section. */
enum fray_status fray_rep_make_figures(struct fray_rep_results *r, size_t section,
                                       struct fray_rep_figures *out, struct fray_err *err);
#endif
