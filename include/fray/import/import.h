/* Raw files -> HDF5 shards, from one YAML and general readers. */
#ifndef FRAY_IMPORT_IMPORT_H
#define FRAY_IMPORT_IMPORT_H

#include "fray/base/arena.h"
#include "fray/base/csv.h"
#include "fray/base/status.h"
#include "fray/schema/schema.h"

#include <stdbool.h>

extern const struct fray_table fray_import_table; /* the whole DATASET.yaml */
/** An entry of `where`; a value or a list in its place stands for its key `in`. */
extern const struct fray_table fray_where_table;
extern const struct fray_choices fray_import_readers; /* of `inputs:`, for `fray list` */
extern const struct fray_choices fray_import_kinds;   /* of modalities */

/** The kind of modality that files of such a name usually are, by how it ends; NULL: none. */
const struct fray_choice *fray_import_kind_of(const char *path);
/** Keys to begin with, as YAML: "rate: 16000"; "" if the kind needs none. */
const char *fray_import_first_keys(const struct fray_choice *kind);
/** Appends them from a look at one file; as above where it says nothing, or path is NULL. */
void fray_import_guess_keys(const struct fray_choice *kind, const char *path,
                            struct fray_text *out);
/** The kind reads tables of numbers, by the names of their columns. */
bool fray_import_reads_columns(const struct fray_choice *kind);
/** The kind whose values may stand in a column of a table themselves. */
const struct fray_choice *fray_import_text_kind(void);

/** A table of rows as the reader `manifest` reads it: JSON Lines by its ending, else CSV with a
 * header and this separator (0: a comma). All of it in the arena. INPUT: it is no such table. */
enum fray_status fray_import_table_read(const char *path, char separator, struct fray_arena *arena,
                                        struct fray_csv *out, struct fray_err *err);

/** Reads everything, checks it, writes a folder beside DIR, which becomes DIR when it is whole.
 * dry_run: checks and prints the plan (counts by split, client, class), writes nothing. An existing
 * DIR is refused (INPUT) unless overwrite. Progress on stderr. raw: folder that replaces the YAML's
 * `raw` (may be NULL).
 */
enum fray_status fray_import(const char *yaml, const char *out, const char *raw, bool dry_run,
                             bool overwrite, struct fray_err *err);

#endif
