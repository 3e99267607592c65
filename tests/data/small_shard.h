/* A small shard written with the HDF5 layer alone. */
#ifndef FRAY_TESTS_DATA_SMALL_SHARD_H
#define FRAY_TESTS_DATA_SMALL_SHARD_H

#include "data_bench.h"
#include "fray/h5/h5.h"

/** Two clients (a: 3 samples, b: 1), classes x y z, labels 0 2 -1 1, splits train dev train test,
 *  group site (n s s n), modalities acc (series, 4 x 5 x 2: value = sample * 10 + step + channel /
 * 2), pic (image, 4 x 2 x 3 x 1: value = index), snd (audio int16, ragged, lengths 3 2 4 1: value =
 *  100 x row; 8 kHz; sample 1 lacks it). Sources PREFIX0 .. PREFIX3. skip: a path that is left out,
 * or NULL. The file stays open for changes. */
fray_h5 small_shard(const char *path, const char *prefix, const char *skip);

#endif
