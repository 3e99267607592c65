/* What can be said of a results folder from outside, whatever happens or happened in it. */
#ifndef FRAY_STUDY_STATUS_READER_H
#define FRAY_STUDY_STATUS_READER_H

#include "fray/base/file.h"
#include "fray/results/rank_positions.h"
#include "fray/results/run_status.h"

/** From the files `state`, lock, status.json, positions, parts and checkpoints. */
struct fray_run_view {
  const char *folder;
  char state[2048];          /* first line of the file */
  enum fray_lock_state lock; /* held: a run is at work */
  bool killed;               /* says "running", but nobody holds the lock */
  bool has_file;
  struct fray_run_status_file file;
  struct fray_rank_position *row; /* (ranks) */
  size_t ranks, parts, checkpoints;
  int64_t now;       /* seconds of the wall clock */
  char warning[256]; /* of a file that cannot be read; "" */
};
/** INPUT unless it is a folder with a `state`. To be given to fray_run_view_free. */
enum fray_status fray_run_view_open(const char *folder, struct fray_run_view *view,
                                    struct fray_err *err);
void fray_run_view_free(struct fray_run_view *view);

/** One object. */
void fray_run_view_json(const struct fray_run_view *view, struct fray_text *out);
/** Lines of at most 80 columns. */
void fray_run_view_text(const struct fray_run_view *view, struct fray_text *out);
/** "12 s", "4 min", "3 h 05 min", "2 d 4 h"; "?" if not known. */
void fray_span_text(double seconds, char out[32]);
/** Ranks from `first` on that are or were on the same trial of the same team. */
size_t fray_run_view_group(const struct fray_run_view *view, size_t first);
/** Where the last run in a folder ended, in one or two lines for people, each ended; nothing if it
 *  came to its end or left no trace. For --resume: to be asked while the lock is held, before
 *  `state` and the positions are written anew. */
void fray_last_run_text(const char *folder, struct fray_text *out);

#endif
