/* What `fray init` makes of what lies there: a first YAML for people to go on with. Every guess is
 * marked as one in what is written. */
#ifndef FRAY_CLI_INIT_INIT_H
#define FRAY_CLI_INIT_INIT_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/base/text.h"
#include "fray/data/dataset.h"
#include "fray/schema/schema.h"

#include <stdbool.h>
#include <stddef.h>

/** Bounds of what is looked at: of a folder, of a table. */
enum {
  INIT_MOST_FILES = 100000,
  INIT_DEEPEST = 8,
  INIT_MOST_FIELDS = 64,
  INIT_MOST_TABLES = 16,
  INIT_MOST_BYTES = 64 << 20, /* of a table */
  INIT_MOST_ROWS = 200000
};

/** A file below the folder, in order of names by bytes. kind: what its name says it holds, as a
 *  modality; NULL: nothing that is known. is_table: it may be a table of rows. */
struct init_file {
  const char *path;
  const struct fray_choice *kind;
  bool is_table;
};
struct init_listing {
  const char *folder;
  size_t n, room, n_odd; /* n_odd: names that YAML or a pattern cannot hold, left out */
  struct init_file *file;
  bool is_cut; /* more than the bounds */
};
/** Lists the files below a folder; what begins with a dot is left out. INPUT when it cannot be
 *  listed; MEMORY. All in the arena. */
enum fray_status init_look(const char *folder, struct fray_arena *arena, struct init_listing *out,
                           struct fray_err *err);
/** True if there is a file of that path. O(log n). */
bool init_has(const struct init_listing *look, const char *path);

/** Named texts of samples: columns of a table, or parts of names of files. */
struct init_fields {
  size_t n, n_rows, n_folders; /* the first are names of folders, which are preferred */
  const char *name[INIT_MOST_FIELDS];
  const char **cell[INIT_MOST_FIELDS]; /* (n_rows) each */
  bool taken[INIT_MOST_FIELDS];        /* by a modality, or by a role */
  size_t distinct[INIT_MOST_FIELDS];
};
/** Fields by what they seem to say, or n. */
struct init_roles {
  size_t label, client, split, id;
};
/** Counts distinct texts and chooses; marks what it chose as taken. MEMORY. */
enum fray_status init_choose(struct init_fields *fields, struct init_roles *out,
                             struct fray_err *err);
/** Which split a word means ("val" is dev); FRAY_SPLITS: none. */
enum fray_split init_split_of(const char *text);
/** Each distinct text of a field once, in order of bytes; *out malloc'ed. MEMORY. */
enum fray_status init_distinct(const struct init_fields *fields, size_t field, const char ***out,
                               size_t *n, struct fray_err *err);

/** Appends YAML with comments: modalities and inputs of a folder; *found false if nothing fits. */
enum fray_status init_guess_table(const struct init_listing *look, const char *only,
                                  struct fray_arena *arena, struct fray_text *out, bool *found,
                                  struct fray_err *err);
enum fray_status init_guess_files(const struct init_listing *look, struct fray_arena *arena,
                                  struct fray_text *out, bool *found, struct fray_err *err);

/** A scalar of YAML, quoted where it must be; a comment cannot be broken by it either. */
void init_put_scalar(struct fray_text *out, const char *text);
/** Lines of an input that say what its samples are, and splits of the set that go with it. */
enum fray_status init_put_roles(const struct init_fields *fields, const struct init_roles *roles,
                                const char *id, struct fray_text *out, struct fray_err *err);
enum fray_status init_put_splits(const struct init_fields *fields, const struct init_roles *roles,
                                 struct fray_text *out, struct fray_err *err);

/** `NAME: {kind: KIND, KEYS}` as a line of `modalities`. */
void init_put_modality(const char *name, const struct fray_choice *kind, struct fray_text *out);

/** A scenario of these shards that `fray check` takes as it is. shards: path, as written. */
void init_put_scenario(const struct fray_dataset *d, const char *name, const char *shards,
                       struct fray_text *out);

#endif
