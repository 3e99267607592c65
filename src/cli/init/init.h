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
  INIT_MOST_ROWS = 200000,
  INIT_MOST_JOINS = 4
};

/** A file below the folder, in order of names by bytes. kind: what its name says it holds, as a
 *  modality; NULL: nothing that is known. is_table: it may be a table of rows. used: by what was
 *  guessed. */
struct init_file {
  const char *path;
  const struct fray_choice *kind;
  bool is_table, used;
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
/** The file of that path, or NULL. O(log n). */
struct init_file *init_find(const struct init_listing *look, const char *path);

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
/** Counts distinct texts and chooses what is not chosen yet (values of n and above; a caller begins
 *  with SIZE_MAX); marks what it chose as taken. MEMORY. */
enum fray_status init_choose(struct init_fields *fields, struct init_roles *roles,
                             struct fray_err *err);
#define INIT_NO_ROLES ((struct init_roles){SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX})
/** Which split a word means ("val" is dev); FRAY_SPLITS: none. */
enum fray_split init_split_of(const char *text);
/** Each distinct text of a field once, in order of bytes; *out malloc'ed. MEMORY. */
enum fray_status init_distinct(const struct init_fields *fields, size_t field, const char ***out,
                               size_t *n, struct fray_err *err);

/** What words say. names: as people call columns; a name of several words holds one of them. */
enum init_word { INIT_LABEL, INIT_MAYBE_LABEL, INIT_CLIENT, INIT_ID, INIT_TIME, INIT_PATH };
bool init_is_called(const char *name, enum init_word what);
/** At least half of the texts are names of classes that are common: emotions, activities, ... */
bool init_are_classes(const char *const *text, size_t n);
/** Texts are numbers behind one word, as people are numbered: P01, P02; *bare: numbers alone. */
bool init_are_numbered(const char *const *text, size_t n, bool *bare);
/** The word is a word of a name: "train_list.csv" holds "train". */
enum fray_split init_split_in(const char *name);

/** A table of rows. Cells are without blanks at their ends. */
struct init_table {
  const char *path;
  char separator;  /* 0: a comma, or JSON Lines */
  bool is_numbers; /* hardly a cell is a text: most likely values */
  struct init_fields f;
};
struct init_tables {
  size_t n;
  struct init_table v[INIT_MOST_TABLES];
};
/** Reads the tables near the top of the folder, or the one that is named. What is none is left out.
 */
enum fray_status init_tables_read(const struct init_listing *look, const char *only,
                                  struct fray_arena *arena, struct init_tables *out,
                                  struct fray_err *err);

/** Tables with a row for each text of a field: their columns became fields. */
struct init_joins {
  size_t n, n_own; /* n_own: fields before those */
  struct init_join {
    const struct init_table *table;
    size_t field, key; /* of the fields; column of the table */
    bool partly;       /* some texts are not in it */
  } v[INIT_MOST_JOINS];
};
/** Looks for them among `tables` (not itself) and adds their columns. */
enum fray_status init_join_tables(const struct init_tables *tables, const struct init_table *self,
                                  struct init_fields *fields, struct fray_arena *arena,
                                  struct init_joins *out, struct fray_err *err);
void init_mark_joined(const struct init_listing *look, const struct init_joins *joins);
void init_put_joins(const struct init_fields *fields, const struct init_joins *joins,
                    struct fray_text *out);
/** Keys of an input that say how a table is cut. */
void init_put_separator(char separator, struct fray_text *out);

/** A modality of a table: files by a template, or texts by a column. */
struct init_guess {
  const char *name, *from; /* from: template or column */
  const char *first;       /* first file */
  const struct fray_choice *kind;
  bool is_text, lacks; /* lacks: some rows name files that are not there */
};
struct init_guesses {
  size_t n;
  struct init_guess v[FRAY_MAX_MODALITIES];
};
/** Modalities whose files the fields name: as paths, as names below a folder, as names of files
 *  that lie somewhere. Marks the files as used where `mark`. */
enum fray_status init_find_places(const struct init_listing *look, const char *table,
                                  struct init_fields *fields, struct fray_arena *arena,
                                  struct init_guesses *out, struct fray_err *err);
/** A name for a modality that none has yet: the wish, else that of the kind. */
const char *init_name_modality(const struct init_guesses *guesses, const char *wish,
                               const struct fray_choice *kind, struct fray_arena *arena);

/** Appends YAML with comments: modalities and inputs of a folder; *found false if nothing fits.
 *  first: the list is the first table, or none. only: a table of time steps that was named, or
 * NULL.
 */
enum fray_status init_guess_table(const struct init_listing *look, const struct init_tables *tables,
                                  bool first, struct fray_arena *arena, struct fray_text *out,
                                  bool *found, struct fray_err *err);
enum fray_status init_guess_files(const struct init_listing *look, const struct init_tables *tables,
                                  struct fray_arena *arena, struct fray_text *out, bool *found,
                                  struct fray_err *err);
enum fray_status init_guess_recordings(const struct init_listing *look, const char *only,
                                       const struct init_tables *tables, struct fray_arena *arena,
                                       struct fray_text *out, bool *found, struct fray_err *err);
/** A table of numbers where there are hardly any other files, NULL: none. It is no text. */
const char *init_find_matrix(const struct init_listing *look);
enum fray_status init_guess_idx(const struct init_listing *look, struct fray_arena *arena,
                                struct fray_text *out, bool *found, struct fray_err *err);
/** Comments: what lies there and no guess uses, by kind. */
void init_put_unused(const struct init_listing *look, struct fray_text *out);
/** Draws of test and dev for so many clients; few: as many have none to spare. */
void init_put_draws(size_t clients, size_t few, struct fray_text *out);
/** Fields that results of so many clients may be split by. */
void init_put_groups(const struct init_fields *fields, size_t clients, struct fray_text *out);
/** A comment for each field that says what it holds, so that a wrong guess is soon put right. */
enum fray_status init_put_fields(const struct init_fields *fields, struct fray_text *out,
                                 struct fray_err *err);

/** A scalar of YAML, quoted where it must be; a comment cannot be broken by it either. */
void init_put_scalar(struct fray_text *out, const char *text);
/** Lines of an input that say what its samples are, and splits of the set that go with it. */
enum fray_status init_put_roles(const struct init_fields *fields, const struct init_roles *roles,
                                const char *id, struct fray_text *out, struct fray_err *err);
enum fray_status init_put_splits(const struct init_fields *fields, const struct init_roles *roles,
                                 struct fray_text *out, struct fray_err *err);

/** `NAME: {kind: KIND, KEYS}` as a line of `modalities`. folder, first: a file of it, which may say
 *  more; NULL: none. */
void init_put_modality(const char *name, const struct fray_choice *kind, const char *folder,
                       const char *first, struct fray_text *out);

/** A scenario of these shards that `fray check` takes as it is. shards: path, as written. */
void init_put_scenario(const struct fray_dataset *d, const char *name, const char *shards,
                       struct fray_text *out);

#endif
