/* What can be said of a results folder from outside, whatever happens or happened in it. */
#ifndef FRAY_STUDY_LOOK_H
#define FRAY_STUDY_LOOK_H

#include "fray/base/file.h"
#include "study/store/board.h"
#include "study/store/status.h"

/** From the files `state`, lock, status.json, positions, parts and checkpoints. */
struct look {
  const char *folder;
  char state[2048];          /* first line of the file */
  enum fray_lock_state lock; /* held: a run is at work */
  bool killed;               /* says "running", but nobody holds the lock */
  bool has_file;
  struct fray_status_file file;
  struct fray_board_row *row; /* (ranks) */
  size_t ranks, parts, checkpoints;
  int64_t now;       /* seconds of the wall clock */
  char warning[256]; /* of a file that cannot be read; "" */
};
/** INPUT unless it is a folder with a `state`. To be given to look_free. */
enum fray_status look_at(const char *folder, struct look *look, struct fray_err *err);
void look_free(struct look *look);

/** One object. */
void look_json(const struct look *look, struct fray_text *out);
/** Lines of at most 80 columns. */
void look_text(const struct look *look, struct fray_text *out);
/** "12 s", "4 min", "3 h 05 min", "2 d 4 h"; "?" if not known. */
void look_span(double seconds, char out[32]);
/** Ranks from `first` on that are or were on the same trial of the same team. */
size_t look_group(const struct look *look, size_t first);
/** Where the last run in a folder ended, in one or two lines for people, each ended; nothing if it
 *  came to its end or left no trace. For --resume: to be asked while the lock is held, before
 *  `state` and the board are written anew. */
void fray_status_last(const char *folder, struct fray_text *out);

#endif
