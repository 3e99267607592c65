/* One test sample at every strength of a damage of raw values. */
#ifndef REPORT_LADDER_H
#define REPORT_LADDER_H

#include "redo.h"

#include "report/stat/axis.h"

/** Appends, for each axis that damages raw values, one test sample at each of its strengths: of
 * those drawn at random the first that the strongest damage hits, by the first series and its first
 *  seed; nothing if there is no such axis. What cannot be redone is said. *bytes: of the values of
 *  the study so far; from `most` on values are left out, and that is said. Text from data is
 *  escaped. MEMORY. */
enum fray_status fray_rep_put_ladders(struct fray_rep_redo *redo, struct fray_rep_results *r,
                                      const struct fray_rep_axis *axes, size_t n_axes, size_t most,
                                      size_t *bytes, struct fray_text *out, struct fray_err *err);

#endif
