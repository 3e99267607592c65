/* Names must differ, and so must their 64-bit hashes, which key random streams: two samples of one
 * key would meet the same fate in every corruption. A clash by chance is not to be expected, but it
 * is looked for. */
#include "unique.h"

#include <stdlib.h>
#include <string.h>

/* At most half full, so that runs of taken slots stay short. */
static size_t table_size(size_t n) {
  size_t size = 16;
  while (size < 2 * n)
    size *= 2;
  return size;
}

/* Open addressing by the hash itself, which is as good as random. slot (size): index + 1, 0 is
 * empty. A second text of one hash is found in any case, so no two streams are ever one. */
static enum fray_status put_each(const char *const *text, const uint64_t *hash, size_t n,
                                 uint32_t *slot, size_t size, const char *what,
                                 struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    size_t at = hash[i] & (size - 1);
    while (slot[at] && hash[slot[at] - 1] != hash[i])
      at = (at + 1) & (size - 1);
    if (!slot[at]) {
      slot[at] = (uint32_t)i + 1;
      continue;
    }
    const char *other = text[slot[at] - 1];
    FRAY_CHECK(strcmp(other, text[i]) != 0, err, INPUT,
               "%s \"%.200s\" appears twice (entries %u and %zu)", what, text[i], slot[at] - 1, i);
    return fray_fail(err, FRAY_INPUT,
                     "%s \"%.200s\" and \"%.200s\" share a 64-bit hash; rename one of them", what,
                     other, text[i]);
  }
  return FRAY_OK;
}

enum fray_status texts_are_unique(const char *const *text, const uint64_t *hash, size_t n,
                                  const char *what, struct fray_err *err) {
  size_t size = table_size(n);
  uint32_t *slot = calloc(size, sizeof *slot);
  FRAY_CHECK(slot, err, MEMORY, "out of memory (%zu bytes)", size * sizeof *slot);
  enum fray_status status = put_each(text, hash, n, slot, size, what, err);
  free(slot);
  return status;
}
