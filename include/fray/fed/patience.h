/* When training ends before its last round: once the dev score has not improved for a while. */
#ifndef FRAY_FED_PATIENCE_H
#define FRAY_FED_PATIENCE_H

#include "fray/schema/schema.h"

/** Section `training.stop`. */
struct fray_stop_config {
  int64_t patience;   /* evaluated rounds in a row without improvement; 0: never */
  const char *metric; /* one that there is; NULL: that of training.selection */
  double min_delta;   /* in units of the metric */
};
extern const struct fray_table fray_stop_table;

/** What was seen so far; all zero at the start. It follows from the dev scores alone, in their
 *  order, so that a training that goes on from a checkpoint looks at its rows again. */
struct fray_patience {
  size_t looks, waited; /* evaluated rounds; those since the last improvement */
  double best;          /* score of the last improvement; NaN: none was defined yet */
};
/** Looks at the dev score of the next evaluated round; true if training ends after it. A score that
 *  is NaN is no improvement; the first that is none always is. */
bool fray_patience_look(struct fray_patience *patience, const struct fray_stop_config *config,
                        bool higher_is_better, double dev);

#endif
