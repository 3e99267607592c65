/* The files of a results folder: what the rooms above write and read of it. */
#ifndef FRAY_STUDY_STORE_STORE_H
#define FRAY_STUDY_STORE_STORE_H

#include "fray/base/columns.h"
#include "fray/base/draft.h"
#include "fray/base/text.h"
#include "fray/h5/h5.h"

/** A data set of results.h5. Values are borrowed until the part is written. */
struct fray_part_set {
  const char *path; /* below the trial: "clients/name" */
  enum fray_h5_type type;
  int rank;
  size_t dims[FRAY_H5_MAX_RANK];
  const void *data;
  const char *const *texts; /* (dims[0]) instead of data */
};
/** Tables and long columns are compressed: those of a million clients are mostly zeros. */
static inline bool fray_is_packed(int rank, const size_t dims[FRAY_H5_MAX_RANK]) {
  return rank > 1 || dims[0] > 65536;
}
/** What one trial gives to the result files; rows are CSV text without swept columns. */
struct fray_part {
  char name[17], evaluation[17];
  bool diverged;
  char model[2][17];                      /* hashes of the kept models; "": there are none */
  struct fray_text trial, scores, rounds; /* trial: one row */
  struct fray_text metrics;               /* what an evaluation anew must give again */
  struct fray_arena arena;
  size_t n_sets, room;
  struct fray_part_set *set; /* (n_sets) in the arena, as their paths are */
};
/** Adds a data set. MEMORY. */
enum fray_status fray_part_add(struct fray_part *part, const struct fray_part_set *set,
                               struct fray_err *err);
void fray_part_free(struct fray_part *part);

/** Part files: FOLDER/parts/NAME.h5, renamed into place. Rank 0 only. */
enum fray_status fray_part_write(const char *folder, struct fray_part *part, struct fray_err *err);
/** Whether a trial has a part, what it holds, and whether it can be evaluated anew (models are
 * there, or it diverged). A file that is no part of this trial, or not as it was written, is
 * `broken`: it does not exist, and `why` says what is wrong with it. INPUT: path too long; IO,
 * MEMORY. Rank 0. */
struct fray_part_state {
  bool exists, has_models, is_sealed, broken;
  char evaluation[17];
  char why[512];
};
enum fray_status fray_part_look(const char *folder, const char *name, struct fray_part_state *out,
                                struct fray_err *err);
/** Opens a part, after its seal and its name were checked. INPUT. */
enum fray_status fray_part_open(const char *folder, const char *name, fray_h5 *file,
                                struct fray_err *err);
/** Reads what training gave: diverged, model, metrics and the rows of trials.csv and rounds.csv
 * into a zeroed part with its name. The file is not trusted: INPUT. Rank 0 only. */
enum fray_status fray_part_read(const char *folder, struct fray_part *part, struct fray_err *err);
/** Rows of a CSV file that a part holds ("trial", "scores", "rounds"), in the arena. */
enum fray_status fray_part_rows(fray_h5 file, const char *what, struct fray_arena *arena,
                                char **rows, size_t *size, struct fray_err *err);
/** An HDF5 file in the making. */
struct fray_output {
  fray_h5 file;
  struct fray_draft draft; /* its bytes are draft.path until it is closed */
  const char *listed_in;   /* folder whose checksums are to name it, or NULL; set after opening */
};
/** Creates it as a draft of path. INPUT: path too long; IO. */
enum fray_status fray_output_open(struct fray_output *output, const char *path,
                                  struct fray_err *err);
/** Closes it, seals it, and renames it into place if status is OK; else, or if that fails, frees
 * its room on the disk. Returns status, or what closing or renaming gave. */
enum fray_status fray_output_close(struct fray_output *output, enum fray_status status,
                                   struct fray_err *err);
/** Header row of trials.csv, scores.csv or rounds.csv; and columns.csv. */
void fray_study_header(const char *file, const struct fray_column_words *words,
                       struct fray_text *out);
void fray_study_columns(struct fray_text *out);
enum { PROVENANCE_BYTES = 64 << 20 }; /* more is no provenance.json */
enum fray_status fray_state_write(const char *folder, const char *state, struct fray_err *err);
/** State of a run that did not come to its end: interrupted or failed, and why. */
void fray_state_end(const char *folder, struct fray_err *why);

#endif
