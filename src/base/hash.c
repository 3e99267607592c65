/* Hashes: xxHash behind names of fray's own, of bytes in one piece and in several. */
#include "fray/base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

uint64_t fray_hash64(const void *data, size_t size) {
  return XXH3_64bits(data, size);
}

uint64_t fray_hash_text(const char *text) {
  return XXH3_64bits(text, strlen(text));
}

struct fray_hash128 fray_hash128_of(const void *data, size_t size) {
  XXH128_hash_t hash = XXH3_128bits(data, size);
  return (struct fray_hash128){.high = hash.high64, .low = hash.low64};
}

void fray_hash128_hex(struct fray_hash128 hash, char out[33]) {
  snprintf(out, 33, "%016llx%016llx", (unsigned long long)hash.high, (unsigned long long)hash.low);
}

struct placed {
  struct fray_hash128 hash;
  size_t place;
};

static int by_hash(const void *left, const void *right) {
  const struct placed *a = left, *b = right;
  if (a->hash.high != b->hash.high)
    return a->hash.high < b->hash.high ? -1 : 1;
  if (a->hash.low != b->hash.low)
    return a->hash.low < b->hash.low ? -1 : 1;
  return (a->place > b->place) - (a->place < b->place);
}

enum fray_status fray_hash128_twice(const struct fray_hash128 *hash, size_t n, size_t *first,
                                    size_t *again, struct fray_err *err) {
  struct placed *list = malloc((n + 1) * sizeof *list);
  FRAY_CHECK(list, err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++)
    list[i] = (struct placed){hash[i], i};
  qsort(list, n, sizeof *list, by_hash);
  *first = *again = n;
  for (size_t i = 1; i < n; i++) {
    const struct placed *a = &list[i - 1], *b = &list[i];
    if (a->hash.high != b->hash.high || a->hash.low != b->hash.low || a->place >= *first)
      continue;
    *first = a->place;
    *again = b->place;
  }
  free(list);
  return FRAY_OK;
}

struct fray_hash128_state *fray_hash128_begin(void) {
  XXH3_state_t *state = XXH3_createState();
  if (state)
    XXH3_128bits_reset(state);
  return (struct fray_hash128_state *)state;
}

void fray_hash128_add(struct fray_hash128_state *state, const void *data, size_t size) {
  if (state && size)
    XXH3_128bits_update((XXH3_state_t *)state, data, size);
}

struct fray_hash128 fray_hash128_end(struct fray_hash128_state *state) {
  struct fray_hash128 out = {0};
  if (state) {
    XXH128_hash_t hash = XXH3_128bits_digest((XXH3_state_t *)state);
    out = (struct fray_hash128){.high = hash.high64, .low = hash.low64};
  }
  XXH3_freeState((XXH3_state_t *)state);
  return out;
}

struct fray_hash_state *fray_hash_begin(void) {
  XXH3_state_t *state = XXH3_createState();
  if (state)
    XXH3_64bits_reset(state);
  return (struct fray_hash_state *)state;
}

void fray_hash_add(struct fray_hash_state *state, const void *data, size_t size) {
  if (state && size)
    XXH3_64bits_update((XXH3_state_t *)state, data, size);
}

uint64_t fray_hash_end(struct fray_hash_state *state) {
  uint64_t hash = state ? XXH3_64bits_digest((XXH3_state_t *)state) : 0;
  XXH3_freeState((XXH3_state_t *)state);
  return hash;
}
