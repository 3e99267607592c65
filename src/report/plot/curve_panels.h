/* Figures of curves along an axis. */
#ifndef REPORT_CURVE_PANELS_H
#define REPORT_CURVE_PANELS_H

#include "figure.h"

#include "report/measure/groups.h"

/** Curves of the main metric along an axis (selection best). name from fray_rep_figure_name. */
enum fray_status fray_rep_curves(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                 const char *name, struct fray_rep_figure *out,
                                 struct fray_err *err);

/** A panel per value of a group column, series as lines; a grid where the axis has panels itself.
 * grids: (groups->n) of the main metric. */
enum fray_status fray_rep_group_curves(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                       const struct fray_rep_groups *groups,
                                       const struct fray_rep_grid *grids, const char *name,
                                       struct fray_rep_figure *out, struct fray_err *err);

#endif
