/* How sure a model was of each answer, from kept scores. */
#ifndef REPORT_SURENESS_H
#define REPORT_SURENESS_H

#include "build.h"

#include "fray/metric/metric.h"

/** Scores of one trial at an address with its labels, in arena; *known false where they were not
 *  kept. Without counts: metrics that need scores alone, and fray_calibrate, take it. */
enum fray_status fray_rep_scored_answers(struct fray_rep_results *r, size_t trial,
                                         const struct fray_rep_address *at,
                                         struct fray_arena *arena, struct fray_scored *out,
                                         bool *known, struct fray_err *err);

/** Adds the curve of one address to a panel, if its scores were kept. notes: what the caption says
 *  in numbers. */
typedef enum fray_status fray_rep_put_sureness(struct fray_rep_build *b,
                                               struct fray_rep_panel *panel,
                                               const struct fray_rep_address *at, const char *label,
                                               size_t style, struct fray_text *notes,
                                               struct fray_err *err);
/** A figure per axis, a panel per series, with a curve without damage and one at the strongest. */
struct fray_rep_sureness {
  const char *file, *title, *x_label, *y_label, *caption;
  bool diagonal;
  fray_rep_put_sureness *put;
};
/** Adds them to out, of the first axes. Memory of r->arena. */
enum fray_status fray_rep_sureness_figures(struct fray_rep_results *r, size_t section,
                                           const struct fray_rep_sureness *what,
                                           struct fray_rep_figures *out, struct fray_err *err);

#endif
