/* Names that key random streams: they must differ, and so must their hashes. */
#ifndef FRAY_DATA_UNIQUE_H
#define FRAY_DATA_UNIQUE_H

#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** text, hash: (n), borrowed; hash[i] is that of text[i]. what: word for messages, "source id".
 *  INPUT if two texts are equal, or differ but share their hash. MEMORY. O(n). */
enum fray_status texts_are_unique(const char *const *text, const uint64_t *hash, size_t n,
                                  const char *what, struct fray_err *err);

#endif
