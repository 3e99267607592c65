/* What values of the training are like. */
#ifndef FRAY_SRC_CORRUPT_TYPICAL_H
#define FRAY_SRC_CORRUPT_TYPICAL_H

#include "fray/corrupt/signal.h"

/** Of a modality, read when it is first asked for and kept with the plan. In training over the
 * samples of the population; at test over the training samples of the data that are not among those
 * tested, as folds have them there. Of more than 512 those with the smallest hashes of their names.
 * INPUT where there are none. */
enum fray_status fray_typical_of(const struct fray_signal_plan *plan, size_t modality,
                                 struct fray_arena *scratch, const struct fray_typical **out,
                                 struct fray_err *err);

#endif
