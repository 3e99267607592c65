/* What a text must be to name something in a shard: a sample, a client, a class, a group's value.
 */
#ifndef FRAY_DATA_NAMES_H
#define FRAY_DATA_NAMES_H

enum { FRAY_MAX_NAME_BYTES = 1023 };

/** What keeps a text from being such a name, as the end of a message ("empty", "longer than 1023
 *  bytes", "with a control character", "not UTF-8"); NULL if nothing does. Static storage. */
const char *fray_name_flaw(const char *text);

#endif
