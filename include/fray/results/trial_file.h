/* A trial file, FOLDER/parts/NAME.h5: what one finished trial gives to the tables, and what an
 * evaluation anew needs to know of it. Written by one rank, renamed into place; never trusted. */
#ifndef FRAY_RESULTS_TRIAL_FILE_H
#define FRAY_RESULTS_TRIAL_FILE_H

#include "fray/base/arena.h"
#include "fray/base/text.h"
#include "fray/h5/h5.h"

#include <stdbool.h>

/** A data set of results.h5. Values are borrowed until the part is written. */
struct fray_trial_file_set {
  const char *path; /* below the trial: "clients/name" */
  enum fray_h5_type type;
  int rank;
  size_t dims[FRAY_H5_MAX_RANK];
  const void *data;
  const char *const *texts; /* (dims[0]) instead of data */
  bool is_kept;             /* stays in the trial file, below answers/, and is no text */
};
/** Tables and long columns are compressed: those of a million clients are mostly zeros. */
static inline bool fray_is_packed(int rank, const size_t dims[FRAY_H5_MAX_RANK]) {
  return rank > 1 || dims[0] > 65536;
}
/** What one trial gives to the result files; rows are CSV text without swept columns. */
struct fray_trial_file {
  char name[17], evaluation[17];
  bool diverged;
  char model[2][17];                      /* hashes of the kept models; "": there are none */
  struct fray_text trial, scores, rounds; /* trial: one row */
  struct fray_text participation;         /* "": nobody was kept away */
  struct fray_text found;                 /* "": the method looks for nothing */
  struct fray_text influence;             /* "": nothing looked at single updates */
  /* What the two are made of, whichever groups are asked for: rows that hang on none, an empty
   * line, rows of each column of the data. "": there are none, or an older fray made the part. */
  struct fray_text participation_all, influence_all;
  struct fray_text secure;     /* "": no secure aggregation */
  struct fray_text privacy;    /* "": updates were not clipped; else one row */
  struct fray_text metrics;    /* what an evaluation anew must give again */
  size_t n_judged, n_recalled; /* conditions of all panels: judged now; kept from before */
  struct fray_arena arena;
  size_t n_sets, room;
  struct fray_trial_file_set *set; /* (n_sets) in the arena, as their paths are */
};
/** Adds a data set. MEMORY. */
enum fray_status fray_trial_file_add(struct fray_trial_file *part,
                                     const struct fray_trial_file_set *set, struct fray_err *err);
void fray_trial_file_free(struct fray_trial_file *part);

/** Part files: FOLDER/parts/NAME.h5, renamed into place. Rank 0 only. */
enum fray_status fray_trial_file_write(const char *folder, struct fray_trial_file *part,
                                       struct fray_err *err);
/** Whether a trial has a part, what it holds, and whether it can be evaluated anew (models are
 * there, or it diverged). A file that is no part of this trial, or not as it was written, is
 * `broken`: it does not exist, and `why` says what is wrong with it. INPUT: path too long; IO,
 * MEMORY. Rank 0. */
struct fray_trial_file_state {
  bool exists, has_models, is_sealed, broken;
  uint64_t seen; /* as fray_trial_file_seen, before it was read */
  char evaluation[17];
  char why[512];
};
enum fray_status fray_trial_file_look(const char *folder, const char *name,
                                      struct fray_trial_file_state *out, struct fray_err *err);
/** Which file it is and when it was last changed, as one number: the same as long as nobody puts
 *  another one in its place. 0: there is none. */
uint64_t fray_trial_file_seen(const char *folder, const char *name);
/** Opens a part, after its seal and its name were checked. INPUT. */
enum fray_status fray_trial_file_open(const char *folder, const char *name, fray_h5 *file,
                                      struct fray_err *err);
/** The same in two steps, for who asks for much of it between: its seal; its name. */
enum fray_status fray_trial_file_open_unread(const char *folder, const char *name, fray_h5 *file,
                                             struct fray_err *err);
enum fray_status fray_trial_file_check(const char *folder, const char *name, fray_h5 file,
                                       struct fray_err *err);
/** Reads what training gave: diverged, model, metrics and the rows of trials.csv and rounds.csv
 * into a zeroed part with its name. The file is not trusted: INPUT. Rank 0 only. */
enum fray_status fray_trial_file_read(const char *folder, struct fray_trial_file *part,
                                      struct fray_err *err);
/** Rows of a CSV file that a part holds ("trial", "scores", "rounds"), in the arena. */
enum fray_status fray_trial_file_rows(fray_h5 file, const char *what, struct fray_arena *arena,
                                      char **rows, size_t *size, struct fray_err *err);

#endif
