/* Rows of what is reached when, and of what models tell of who was in their training. */
#ifndef REPORT_TRAINING_ROWS_H
#define REPORT_TRAINING_ROWS_H

#include "catalogue_maker.h"

/** Appends for each cell and each dev score of `report.reach` the round in which its trainings
 * first reach it, and the simulated time, where there is a clock. Where one of them never does the
 * row has no value, and its status says how many: a mean of those that did would flatter. */
enum fray_status fray_rep_add_times(struct fray_rep_maker *k, struct fray_err *err);
/** Appends of each cell, attack and group of samples the area under the ROC curve and the share of
 *  members found at .1 % and 1 % false alarms; behind them the area
 *  above chance, above that of the reference, and of a group above that of all samples. */
enum fray_status fray_rep_add_leaks(struct fray_rep_maker *k, struct fray_err *err);

#endif
