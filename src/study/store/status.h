/* status.json: how far a study is, for people and programs that look on; and the JSON lines of
 * `fray run --metrics`. Nothing that computes reads them. */
#ifndef FRAY_STUDY_STATUS_H
#define FRAY_STUDY_STATUS_H

#include "fray/fed/federation.h"
#include "fray/study/study.h"
#include "store.h"

/** How far a run is. Rank 0 knows it. */
struct fray_study_status {
  const char *state; /* as in the file `state`: running, interrupted, done, failed */
  const char *name;  /* of the study */
  int ranks, teams;
  size_t trials, kept, done, diverged, running; /* kept: from before this run; done: by it */
  double rounds_done, rounds_left, rounds_per_second;
  double elapsed, left; /* seconds; left NaN while unknown */
  double busy;          /* share of ranks x elapsed spent on trials; NaN while unknown */
};
/** The time of the wall clock as a JSON text. */
void fray_status_put_now(struct fray_text *out);
/** Writes FOLDER/status.json, beside and renamed. IO. */
enum fray_status fray_status_write(const char *folder, const struct fray_study_status *status,
                                   struct fray_err *err);

/** What a status.json says; of what is missing or no number: 0, or NaN where unknown is NaN. */
struct fray_status_file {
  struct fray_study_status status; /* its texts are those below, cut to fit */
  char state[256], name[256], time[32];
};
/** *found false if there is none. INPUT when it is none that fray_status_write wrote. */
enum fray_status fray_status_read(const char *folder, struct fray_status_file *out, bool *found,
                                  struct fray_err *err);
/** Its members as they stand in status.json, without the braces. time: "2026-..Z". */
void fray_status_put(struct fray_text *out, const struct fray_study_status *status,
                     const char *time);
/** "2026-11-21T16:04:05Z"; "" for what is no time. */
void fray_status_time(int64_t seconds, char out[32]);
/** Where the JSON lines go. */
struct fray_metrics_log;
/** path "-": stdout. A file is appended to. INPUT when it cannot be opened. Rank 0. */
enum fray_status fray_metrics_open(const char *path, const struct fray_study *study,
                                   struct fray_metrics_log **out, struct fray_err *err);
/** One line, flushed. log may be NULL. trial: index. IO when it cannot be written. */
enum fray_status fray_metrics_round(struct fray_metrics_log *log, size_t trial, const char *name,
                                    const struct fray_round_row *row, struct fray_err *err);
enum fray_status fray_metrics_trial(struct fray_metrics_log *log, size_t trial, const char *name,
                                    bool diverged, double seconds, struct fray_err *err);
enum fray_status fray_metrics_close(struct fray_metrics_log *log, struct fray_err *err);

/** Words for a cell: "unimodal:audio method=a lost.rate=0.2 ". */
void fray_cell_text(const struct fray_study *study, const struct fray_cell *cell, char *out,
                    size_t size);

#endif
