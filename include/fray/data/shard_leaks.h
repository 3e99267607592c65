/* The same content where it must not be twice, as whoever wrote the shards counted it. */
#ifndef FRAY_DATA_SHARD_LEAKS_H
#define FRAY_DATA_SHARD_LEAKS_H

#include "fray/data/dataset.h"

/** Contents of a data set that occur in both of two places; NaN: not known. */
struct fray_leaks {
  double train_and_test, two_clients, two_classes;
};
/** Names of the root attributes of a shard, in the order of the members above; NULL at the end. */
extern const char *const fray_leak_names[];

/** Reads the root attributes of every shard: each counts over the whole data set, so the largest
 *  counts. For rank 0 alone. What cannot be read, is no number or negative is as if it were not
 *  there: whoever reads values says what is wrong with a shard. */
void fray_dataset_leaks(const struct fray_dataset *dataset, struct fray_leaks *out);

#endif
