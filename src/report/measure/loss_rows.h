/* Rows of what is lost, and of differences of such losses. */
#ifndef REPORT_LOSS_ROWS_H
#define REPORT_LOSS_ROWS_H

#include "catalogue_maker.h"

/** Appends for each ordered axis, series and large enough group: the quality lost from no damage to
 *  the strongest (LOSS), that less the loss of the reference (LOSS_DIFFERENCE), and of a group that
 *  less the loss of all samples (GROUP_EXCESS). p_holm is set over all rows of a kind. */
enum fray_status fray_rep_add_losses(struct fray_rep_maker *k, struct fray_err *err);

#endif
