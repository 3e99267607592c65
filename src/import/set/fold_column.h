/* Folds of a cross-validation, kept in the shards. */
#ifndef FRAY_IMPORT_FOLD_COLUMN_H
#define FRAY_IMPORT_FOLD_COLUMN_H

#include "sample_set.h"

/** Deals clients, or the values of a group, to `folds.k` folds by draws of the seed, evenly in each
 *  stratum, and adds the group `fold` with values "0" .. "k-1". INPUT: fewer of them than folds, an
 *  unknown group, a group `fold` that is there already, one of them in two strata. */
enum fray_status fray_folds_draw(struct set *set, struct fray_err *err);

#endif
