/* A data set in memory, for doors that hold a file against one: names "train/0" .. "train/11". */
#ifndef FRAY_TESTS_FUZZ_WORLD_H
#define FRAY_TESTS_FUZZ_WORLD_H

#include "fray/corrupt/corrupt.h"
#include "fray/data/dataset.h"

enum { WORLD_SAMPLES = 12, WORLD_CLIENTS = 3 };
/** Clients a, b, c; classes no, yes, "may be"; modalities sound, picture, motion, words; a group
 *  `accent`. Static. */
const struct fray_dataset *fuzz_world(void);
/** The same with sets of classes. */
const struct fray_dataset *fuzz_world_of_sets(void);
/** All its samples. */
struct fray_population fuzz_population(const struct fray_dataset *d, bool train);

#endif
