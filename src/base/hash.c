/* Hashes: xxHash behind names of fray's own, of bytes in one piece and in several. They key random
 * streams and name trials, so another version of XXH3 may not give other values; it is frozen since
 * 0.8.0. */
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

/* Hashes with their places, so that a sort finds pairs in n log n. */
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
  /* Neighbours in this order are equal or different for good; among several pairs the one whose
   * first place comes first. */
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

/* Open addressing: what finds its slot taken lies in the next free one behind it. Nothing is ever
 * taken out, so a walk may end at the first empty slot. */
struct fray_hash_slot {
  uint64_t hash;
  size_t after; /* the place and one; 0: empty */
};

/* Half of the slots at most are taken, so that a walk from any of them soon meets an empty one. */
static void put_place(struct fray_hash_places *places, struct fray_hash_slot entry) {
  size_t at = entry.hash & (places->n_slots - 1);
  while (places->slot[at].after)
    at = (at + 1) & (places->n_slots - 1);
  places->slot[at] = entry;
}

enum fray_status fray_hash_places_add(struct fray_hash_places *places, uint64_t hash, size_t place,
                                      struct fray_arena *arena, struct fray_err *err) {
  if (2 * (places->n + 1) > places->n_slots) {
    struct fray_hash_places grown = {.n = places->n,
                                     .n_slots = places->n_slots ? 2 * places->n_slots : 16};
    FRAY_ALLOC_ZERO(grown.slot, arena, grown.n_slots, err);
    for (size_t i = 0; i < places->n_slots; i++)
      if (places->slot[i].after)
        put_place(&grown, places->slot[i]);
    *places = grown;
  }
  put_place(places, (struct fray_hash_slot){hash, place + 1});
  places->n++;
  return FRAY_OK;
}

/* From where the hash points on, one slot further with each call; the caller keeps the distance, so
 * that the table itself is not touched by who reads. */
bool fray_hash_places_next(const struct fray_hash_places *places, uint64_t hash, size_t *step,
                           size_t *place) {
  while (places->n_slots) {
    const struct fray_hash_slot *slot = &places->slot[(hash + (*step)++) & (places->n_slots - 1)];
    if (!slot->after)
      return false;
    *place = slot->after - 1;
    if (slot->hash == hash)
      return true;
  }
  return false;
}

/* Ours is a pointer to theirs: no header of xxHash is needed to hold one. */
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

/* Zero where there was no memory for a state: its user has been told by the NULL of begin. */
struct fray_hash128 fray_hash128_end(struct fray_hash128_state *state) {
  struct fray_hash128 out = {0};
  if (state) {
    XXH128_hash_t hash = XXH3_128bits_digest((XXH3_state_t *)state);
    out = (struct fray_hash128){.high = hash.high64, .low = hash.low64};
  }
  XXH3_freeState((XXH3_state_t *)state);
  return out;
}

/* The same state of xxHash under two types of fray's own, so that 64 and 128 bits cannot be mixed
 * up. */
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
