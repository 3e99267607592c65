/* Names of models and series where there is little room. */
#ifndef REPORT_MODEL_LABELS_H
#define REPORT_MODEL_LABELS_H

#include "axis.h"

/** Trained models in sweep order; of too many the reference and those trained without damage, or if
 *  there are none the first ones. */
struct fray_rep_models {
  size_t n, n_all; /* shown, there are */
  size_t *cell;    /* (n) */
  const char **label;
};
enum fray_status fray_rep_models_of(struct fray_rep_results *r, size_t most,
                                    struct fray_rep_models *out, struct fray_err *err);
/** "lost 0.3" for "lost.rate 0.3", where that is clear: a label in a narrow place. */
const char *fray_rep_short(struct fray_rep_results *r, const char *label);
/** "avg, lost 0.3": series and panel of an axis in one, short. */
const char *fray_rep_full_label(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                size_t series);

#endif
