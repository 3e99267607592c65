/* Contents that are there twice. */
#ifndef FRAY_IMPORT_LEAKS_H
#define FRAY_IMPORT_LEAKS_H

#include "tally.h"

struct leaks; /* in the set's arena, 16 bytes for a value */
enum fray_status fray_leaks_begin(const struct set *set, struct leaks **out, struct fray_err *err);
/** Notes the content of a present value. sample: of the set. */
void fray_leaks_add(struct leaks *leaks, size_t sample, size_t m, const struct loaded *value);
/** Counts repeated values, and contents that stand in two splits, clients or classes, in built.
 *  Called once, when all values were added. O(n log n). */
void fray_leaks_count(struct leaks *leaks, struct built *built);
/** One warning per modality and kind of what was counted. */
void fray_leaks_warn(const struct leaks *leaks);

#endif
