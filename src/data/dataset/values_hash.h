/* The attribute by which a shard says what values it holds; written and read. */
#ifndef FRAY_DATA_VALUES_HASH_H
#define FRAY_DATA_VALUES_HASH_H

#include "fray/h5/h5.h"

#define VALUES_HASH "values_hash" /* root attribute: 16 hexadecimal digits */

struct hashed_modality {
  const char *name;
  uint64_t hash; /* of all rows of its values, in order, as bytes */
};
/** Hash of a shard from those of its modalities (n), which are sorted by name. MEMORY. */
enum fray_status values_hash_join(struct hashed_modality *part, size_t n, uint64_t *out,
                                  struct fray_err *err);
/** What the attribute says; *found false if there is none. INPUT: it is no hash. */
enum fray_status values_hash_said(const char *path, fray_h5 file, uint64_t *out, bool *found,
                                  struct fray_err *err);
/** Of the values as they are in an open shard now, of all its modalities. INPUT, IO. */
enum fray_status values_hash_anew(const char *path, fray_h5 file, struct fray_arena *arena,
                                  uint64_t *out, struct fray_err *err);
/** As the attribute has it. */
void values_hash_text(uint64_t hash, char out[17]);
/** Joins the modalities (n) as above and writes the attribute. */
enum fray_status values_hash_write(fray_h5 file, struct hashed_modality *part, size_t n,
                                   struct fray_err *err);

#endif
