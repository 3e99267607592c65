/* The parts of an answer, in the order in which they are computed. */
#ifndef REPORT_ANSWER_PARTS_H
#define REPORT_ANSWER_PARTS_H

#include "answer.h"

/** Statistics of a - b, seed by seed and draw by draw (b NULL: of a). */
enum fray_status fray_rep_terms_less(struct fray_rep_results *r, const struct fray_rep_terms *a,
                                     const struct fray_rep_terms *b, struct fray_rep_stat *out,
                                     struct fray_err *err);
/** Mean over series of what each loses along the axis of a grid. A series without any value is
 *  left out, and so is one that loss says is at chance. series: (drop.n / 2) that are in it. */
enum fray_status fray_rep_mean_drop(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    const struct fray_rep_loss *loss, bool higher,
                                    struct fray_rep_terms *out, size_t *series,
                                    struct fray_err *err);

/** cost, first, n_measured, n_open, most, half, main. */
enum fray_status fray_rep_find_costs(struct fray_rep_answer *a, struct fray_err *err);
/** group, n_groups, n_small, worst_group. Behind costs. */
enum fray_status fray_rep_find_groups(struct fray_rep_answer *a, struct fray_err *err);
/** main_axis, main_grid, standing, best, n_panels_ahead, and the counts of pairs. Behind costs. */
enum fray_status fray_rep_find_standings(struct fray_rep_answer *a, struct fray_err *err);

#endif
