/* Paths of files cut into pieces: what differs between them becomes fields of a pattern. */
#ifndef FRAY_CLI_INIT_NAME_CUTS_H
#define FRAY_CLI_INIT_NAME_CUTS_H

#include "init.h"

enum { INIT_MOST_PIECES = 14 };

/** A piece of all paths of one shape, and the sign behind it. */
struct init_piece {
  const char **cell; /* (n_rows of the paths) */
  char glue;         /* '\0': none */
  char part[24];     /* ":2", ":letters": how it ends where no sign does; "" */
  bool is_folder, differs;
  size_t twin; /* the first piece with the same texts in every path */
};

/** Files of one kind whose paths have one shape, as most of that kind have. */
struct init_paths {
  const struct fray_choice *kind;
  size_t n_files, n_rows, n; /* n_files: of the kind; n: pieces */
  struct init_piece piece[INIT_MOST_PIECES];
  struct init_file **file; /* (n_rows) */
};

/** Cuts the paths of the files of a kind (or of any with that ending, where kind is NULL). n_rows
 * 0: there is none. All in the arena. */
enum fray_status init_cut_paths(const struct init_listing *look, const struct fray_choice *kind,
                                const char *suffix, struct fray_arena *arena,
                                struct init_paths *out, struct fray_err *err);
/** The pieces that differ as fields, each once: named part1, part2, ...; field[p]: of piece p. */
enum fray_status init_piece_fields(const struct init_paths *paths, struct fray_arena *arena,
                                   struct init_fields *out, size_t field[INIT_MOST_PIECES],
                                   struct fray_err *err);
/** The pattern of the paths with an ending, names of fields as in `fields`. */
void init_put_pattern(const struct init_paths *paths, const size_t field[INIT_MOST_PIECES],
                      const struct init_fields *fields, const char *suffix, struct fray_text *out);

#endif
