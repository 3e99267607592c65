/* Draws of what every figure asks for, made on all cores before the first one is. */
#ifndef REPORT_DRAW_AHEAD_H
#define REPORT_DRAW_AHEAD_H

#include "fray/results/read_results.h"

/** Reads the answers of all trainings and remembers the scores along all axes with their draws
 *  (fray_rep_find_quantity), as far as there is room for them: the work of copies of this process,
 *  one for each core, while the reader reads on. Numbers are those that would be made when they are
 *  asked for; without a second core, and for a few scores, nothing is done. MEMORY. */
enum fray_status fray_rep_draw_ahead(struct fray_rep_results *r, struct fray_err *err);

#endif
