/* Strings: recordings of one client joined to longer ones, of the task `sequence`. */
#ifndef FRAY_IMPORT_STRINGS_H
#define FRAY_IMPORT_STRINGS_H

#include "sample_set.h"

/** In place of the set's samples, `strings.per_client` of each client and split: as many takes as
 *  drawn from `length`, dealt from a shuffled pack of the client's takes of that split, which is
 *  shuffled anew when it is used up, so that no take is heard much more often than another. A group
 *  keeps its value where all takes have the same. Nothing without `strings`. INPUT: other
 * modalities or a kind that cannot be joined, sets of classes, a take without label or sound,
 * overlapping windows, a client with takes of one class only in a split. */
enum fray_status fray_strings_join(struct set *set, struct fray_err *err);

#endif
