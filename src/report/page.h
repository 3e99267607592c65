/* The parts of the page, in order. Each appends HTML; text from data is escaped. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "compare.h"
#include "figure.h"

/** The style sheet: light and dark, screen and print. Static storage. */
const char *fray_rep_style(void);

/** What was run, and per axis how much is lost and which series copes better. */
enum fray_status fray_rep_summary(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                  size_t n_axes, struct fray_text *out, struct fray_err *err);

/** List of what a reader must know before believing a number; nothing when there is nothing. */
enum fray_status fray_rep_warnings(struct fray_rep_results *r, struct fray_text *out,
                                   struct fray_err *err);

/** List items about damage of results.h5, and where it and scores.csv disagree. Reads all of it. */
enum fray_status fray_rep_warn_predictions(const struct fray_rep_results *r, struct fray_text *out,
                                           struct fray_err *err);

/** Drop of every series along an axis, and the paired comparisons. */
enum fray_status fray_rep_axis_tables(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                      struct fray_text *out, struct fray_err *err);

/** Value and drop of each group; grids: (groups->n) of the main metric. */
enum fray_status fray_rep_group_table(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                      const struct fray_rep_groups *groups,
                                      const struct fray_rep_grid *grids, struct fray_text *out,
                                      struct fray_err *err);

/** Every cell under every condition: best open for `trial`, the rest folded. */
enum fray_status fray_rep_cells(struct fray_rep_results *r, struct fray_text *out,
                                struct fray_err *err);

/** scenario.yaml and provenance.json. */
void fray_rep_plan(const struct fray_rep_results *r, struct fray_text *out);

/** How to read intervals, chance lines and diverged trials. */
void fray_rep_reading(const struct fray_rep_results *r, struct fray_text *out);

#endif
