/* Hashes: XXH3 (Collet), for names, files and keys. Not cryptographic. */
#ifndef FRAY_BASE_HASH_H
#define FRAY_BASE_HASH_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** XXH3 of 64 bits, seed 0; the same on every machine. text: NUL-terminated, without the NUL. */
uint64_t fray_hash64(const void *data, size_t size);
uint64_t fray_hash_text(const char *text);

struct fray_hash128 {
  uint64_t high, low;
};
struct fray_hash128 fray_hash128_of(const void *data, size_t size);
/** Writes 32 lower-case hexadecimal digits and a NUL. */
void fray_hash128_hex(struct fray_hash128 hash, char out[33]);
/** The first of n hashes that comes again, *first, and where it does, *again; *again = n where all
 *  differ. O(n log n). MEMORY. */
enum fray_status fray_hash128_twice(const struct fray_hash128 *hash, size_t n, size_t *first,
                                    size_t *again, struct fray_err *err);

/** Places of things in a list of theirs by the hashes of what they are called, so that one which
 * comes again is found without a walk. All zero at first. */
struct fray_hash_places {
  size_t n, n_slots; /* n_slots: a power of two above n, or 0 */
  struct fray_hash_slot *slot;
};
/** Arena memory, the same arena each time. MEMORY. */
enum fray_status fray_hash_places_add(struct fray_hash_places *places, uint64_t hash, size_t place,
                                      struct fray_arena *arena, struct fray_err *err);
/** The next place of this hash, in no order; things of one hash may still differ. *step is 0 before
 *  the first call. False: there is none left. */
bool fray_hash_places_next(const struct fray_hash_places *places, uint64_t hash, size_t *step,
                           size_t *place);

/** Running 128-bit hash; equals fray_hash128 of the whole. */
struct fray_hash128_state;
struct fray_hash128_state *fray_hash128_begin(void); /* NULL on lack of memory */
void fray_hash128_add(struct fray_hash128_state *state, const void *data, size_t size);
struct fray_hash128 fray_hash128_end(struct fray_hash128_state *state); /* releases the state */

/** Running 64-bit hash, for data that is not in one piece. */
struct fray_hash_state;
struct fray_hash_state *fray_hash_begin(void); /* NULL on lack of memory; ends with fray_hash_end */
void fray_hash_add(struct fray_hash_state *state, const void *data, size_t size);
uint64_t fray_hash_end(struct fray_hash_state *state); /* releases the state */

#endif
