/* Rows of what is reached when. */
#ifndef REPORT_TIME_ROWS_H
#define REPORT_TIME_ROWS_H

#include "catalogue_maker.h"

/** Appends for each cell and each dev score of `report.reach` the round in which its trainings
 * first reach it, and the simulated time, where there is a clock. Where one of them never does the
 * row has no value, and its status says how many: a mean of those that did would flatter. */
enum fray_status fray_rep_add_times(struct fray_rep_maker *k, struct fray_err *err);

#endif
