/* What a manifest says, in memory, and what lies in a folder. Private to this room. */
#ifndef MANIFEST_PARTS_H
#define MANIFEST_PARTS_H

#include "fray/base/arena.h"
#include "fray/results/manifest.h"

/** A file of the folder. */
struct manifest_file {
  const char *name; /* below the folder, "/" between */
  uint64_t bytes;
  char sha256[FRAY_SHA256_TEXT];
  size_t action; /* which listed it */
  bool taken;    /* found there and listed; by no listed action written */
};
/** What was done, and the manifest of before. */
struct manifest_action {
  const char *command, *time, *version;
  char previous[FRAY_SHA256_TEXT]; /* "": there was none */
};
/** What it was done from. A folder's hash is that of its manifest, "" if it has none. */
struct manifest_ingredient {
  const char *kind, *path;
  char sha256[FRAY_SHA256_TEXT];
  char origin[FRAY_SHA256_TEXT]; /* of a folder: its first manifest, which tells it from others */
  size_t action;
};
/** Sorted by name, and in the order of time. Zeroed: empty. Memory from the arena. */
struct manifest {
  struct manifest_file *file;
  struct manifest_action *action;
  struct manifest_ingredient *ingredient;
  size_t n_files, n_actions, n_ingredients;
  char sha256[FRAY_SHA256_TEXT]; /* of the file that it was read from */
};

/** What lies at a name. */
struct manifest_found {
  const char *name;
  bool plain; /* else a link, a pipe, ... */
  bool apart; /* a folder with a manifest of its own, as RESULTS/redteam; what is in it is not told
               */
};
/** All that lies below a folder but folders, locks and the manifest with its sums and signatures,
 * sorted by name. drafts: also what is half written. INPUT: a folder that cannot be read, or is too
 * deep. */
enum fray_status manifest_look(const char *folder, bool drafts, struct fray_arena *arena,
                               struct manifest_found **out, size_t *n, struct fray_err *err);
/** Whether a file may be listed: its name is text, in one line, as SHA256SUMS can hold it. */
bool manifest_can_list(const char *name);

/** The folder in it that the manifest lies in, or is to lie in: hidden among shards. Static
 * storage. */
const char *manifest_place(const char *folder);
/** FOLDER/PLACE/NAME. INPUT: too long. */
enum fray_status manifest_path(const char *folder, const char *name, char path[4096],
                               struct fray_err *err);

/** INPUT with the place when it is no manifest that fray wrote. IO, MEMORY. */
enum fray_status manifest_read(const char *folder, struct fray_arena *arena, struct manifest *out,
                               struct fray_err *err);
/** The manifest's own hash, or that of its first version. */
const char *manifest_origin(const struct manifest *m);
void manifest_put(const struct manifest *m, struct fray_text *out);
/** SHA256SUMS: the hash of the manifest, which lies in `place`, then its files. */
void manifest_put_sums(const struct manifest *m, const char *place, const char *sha256,
                       struct fray_text *out);

/** Whether SHA256SUMS is that of the manifest which this one's last action replaced, or is not
 * there yet: a command was ended between the two renames. The next one goes on, as nothing was
 * lost. */
bool manifest_is_ahead(const char *folder, const struct manifest *m);
/** What differs between SHA256SUMS and what it should hold; NULL: nothing. Static storage. */
const char *manifest_sums_fault(const char *folder, const struct manifest *m);

#endif
