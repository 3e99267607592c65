/* Rows of what became of the updates of clients. */
#ifndef REPORT_INFLUENCE_ROWS_H
#define REPORT_INFLUENCE_ROWS_H

#include "catalogue_maker.h"

/** Appends for each cell whose rule looked at single updates, and each kind of clients, the shares
 *  rejected and halved and the mean part; behind them how much more of it damaged clients bore than
 *  undamaged ones, and each group than all honest clients. p_holm is over all rows of one measure,
 *  damage and groups apart. */
enum fray_status fray_rep_add_influence(struct fray_rep_maker *k, struct fray_err *err);

#endif
