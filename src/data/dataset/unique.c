/* Names must differ, and so must their 64-bit hashes, which key random streams. */
#include "unique.h"

#include <stdlib.h>
#include <string.h>

static size_t table_size(size_t n) {
  size_t size = 16;
  while (size < 2 * n)
    size *= 2;
  return size;
}

enum fray_status texts_are_unique(const char *const *text, const uint64_t *hash, size_t n,
                                  const char *what, struct fray_err *err) {
  size_t size = table_size(n);
  uint32_t *slot = calloc(size, sizeof *slot); /* index + 1; 0 is empty */
  FRAY_CHECK(slot, err, MEMORY, "out of memory (%zu bytes)", size * sizeof *slot);
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; i < n && status == FRAY_OK; i++) {
    size_t at = hash[i] & (size - 1);
    while (slot[at] && hash[slot[at] - 1] != hash[i])
      at = (at + 1) & (size - 1);
    if (!slot[at])
      slot[at] = (uint32_t)i + 1;
    else if (strcmp(text[slot[at] - 1], text[i]) == 0)
      status = fray_fail(err, FRAY_INPUT, "%s \"%.200s\" appears twice (entries %u and %zu)", what,
                         text[i], slot[at] - 1, i);
    else
      status = fray_fail(err, FRAY_INPUT,
                         "%s \"%.200s\" and \"%.200s\" share a 64-bit hash; rename one of them",
                         what, text[slot[at] - 1], text[i]);
  }
  free(slot);
  return status;
}
