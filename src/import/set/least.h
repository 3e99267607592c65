/* Clients and classes that are too small: `at_least`. */
#ifndef FRAY_IMPORT_LEAST_H
#define FRAY_IMPORT_LEAST_H

#include "sample_set.h"

/** Leaves out the samples of clients and of classes with fewer samples than `at_least` asks for,
 * until all that are left have enough, and says how many and whose. Classes that go leave `classes`
 * too. Called before classes have codes. INPUT: `label` of a multi-label set; no sample that is
 * left. */
enum fray_status fray_least_apply(struct set *set, struct fray_err *err);

#endif
