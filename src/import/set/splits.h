/* Splits that an import draws. */
#ifndef FRAY_IMPORT_SPLITS_H
#define FRAY_IMPORT_SPLITS_H

#include "sample_set.h"

/** Moves samples to test, as `test` says. INPUT: an unknown client, none to move, test samples that
 *  the inputs gave. */
enum fray_status fray_split_test(struct set *set, struct fray_err *err);
/** Moves samples to dev, as `dev` says; of a pair, those of the joined set. */
enum fray_status fray_split_dev(struct set *set, struct fray_err *err);
/** Says before training what the test split cannot show: no sample, or few clients. */
enum fray_status fray_split_warn(const struct set *set, struct fray_err *err);

#endif
