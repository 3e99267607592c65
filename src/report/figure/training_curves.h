/* Curves of training: scores on the dev data over rounds, or over simulated time. */
#ifndef REPORT_TRAINING_CURVES_H
#define REPORT_TRAINING_CURVES_H

#include "figures.h"

/** by_clock: against the simulated clock; nothing if no time was simulated. */
enum fray_status fray_rep_training_curves(struct fray_rep_results *r, size_t section, bool by_clock,
                                          struct fray_rep_figures *out, struct fray_err *err);

#endif
