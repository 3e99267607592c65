/* What a text must be to name something in a shard: a sample, a client, a class, a group's value.
 */
#ifndef FRAY_DATA_NAMES_H
#define FRAY_DATA_NAMES_H

#include <stdbool.h>

enum { FRAY_MAX_NAME_BYTES = 1023, FRAY_MAX_PLAIN_NAME = 63 };

/** What keeps a text from being such a name, as the end of a message ("empty", "longer than 1023
 *  bytes", "with a control character", "not UTF-8"); NULL if nothing does. Static storage. */
const char *fray_name_flaw(const char *text);

/** Whether a name may be that of a modality or a group, which is one of an HDF5 object: letters,
 *  digits, _ and -, 1 to FRAY_MAX_PLAIN_NAME of them. */
bool fray_name_is_plain(const char *name);

#endif
