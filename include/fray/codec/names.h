/* Names that people type: one form for what looks the same, and a look-up by it. */
#ifndef FRAY_CODEC_NAMES_H
#define FRAY_CODEC_NAMES_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** The name without white space at its ends (that of Unicode, and zero-width spaces and byte order
 *  marks), in the normal form NFC. Returns text itself where that changes nothing, else a copy in
 *  the arena; NULL when memory is out. Ill-formed UTF-8 only loses its ASCII blanks.
 *  Source: Unicode Standard Annex 15. */
const char *fray_name_clean(const char *text, struct fray_arena *arena);

/** The clean name without capital letters: NFKC_Casefold, which no locale changes ("STRASSE" is
 *  "strasse", as is "straße"). Ill-formed UTF-8 stays as it is. NULL when memory is out. */
const char *fray_name_fold(const char *text, struct fray_arena *arena);

/** Names to look up, by what they are and by what they look like. All memory is the arena's. */
struct fray_name_table {
  size_t n, size;
  const char *const *name; /* (n) borrowed */
  const char **clean;      /* (n) */
  uint32_t *slot;          /* (size) index + 1, by the hash of the clean name */
};
/** n < 2^31. O(n). */
enum fray_status fray_name_table_make(const char *const *name, size_t n, struct fray_arena *arena,
                                      struct fray_name_table *out, struct fray_err *err);
/** Index of the name: the one that is the same byte by byte, else the only one that is the same
 * when both are clean; n if there is none, or several and none of the same bytes. O(1). */
size_t fray_name_find(const struct fray_name_table *table, const char *name);
/** The first name that looks like one before it, and the index of that in *other; n if all differ.
 */
size_t fray_name_twin(const struct fray_name_table *table, size_t *other);

#endif
