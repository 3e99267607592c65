/* Which trained models are shown, and their names. */
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

#endif
