/* Figure: the dev metric against the simulated clock: what is reached when, where rounds of
 * different methods take different times. */
#include "training_curves.h"

/* Rounds of a method that waits for the slowest and of one that waits for nobody are not alike:
 * only the clock shows what a user of the federation would wait for.
 *
 * The same curves: only what lies below them differs, and a study without a clock has none. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  return fray_rep_training_curves(r, section, true, out, err);
}

extern const struct fray_rep_figure_kind fray_rep_figure_score_by_time;
const struct fray_rep_figure_kind fray_rep_figure_score_by_time = {
    .key = "score_by_time",
    .heading = "Training, by the simulated clock",
    .meaning = "The dev metric against simulated time, where a clock was simulated.",
    .make = make,
};
