/* From samples to shards, and what is said of it. */
#ifndef FRAY_IMPORT_SHARD_BUILD_H
#define FRAY_IMPORT_SHARD_BUILD_H

#include "import/check/tally.h"

/** What the shards of an import say of their maker; by it they are known again. */
#define IMPORT_MAKER "fray import"

/** Loads every value, client by client, and writes shards to folder (NULL: only checks). Warns of
 *  values and of contents that may make numbers wrong. INPUT names all values that cannot be taken;
 *  from the first of them on nothing is written. Holds the values of one shard. */
enum fray_status fray_set_build(struct set *set, const char *folder, struct built *out,
                                struct fray_err *err);
/** The plan as a table. */
void fray_set_print(const struct set *set, const struct built *built, struct fray_text *out);

#endif
