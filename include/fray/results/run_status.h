/* status.json: how far a run is, for people and programs that look on. Nothing that computes reads
 * it. */
#ifndef FRAY_RESULTS_RUN_STATUS_H
#define FRAY_RESULTS_RUN_STATUS_H

#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdint.h>

/** How far a run is. Rank 0 knows it. */
struct fray_run_status {
  const char *state; /* as in the file `state`: running, interrupted, done, failed */
  const char *name;  /* of the study */
  size_t ranks, teams;
  size_t trials, kept, done, diverged, running; /* kept: from before this run; done: by it */
  size_t
      may_stop; /* trials that are not over, and may train fewer rounds than rounds_left counts */
  double rounds_done, rounds_left, rounds_per_second;
  double elapsed, left; /* seconds; left NaN while unknown */
  double busy;          /* share of ranks x elapsed spent on trials; NaN while unknown */
};
/** Its numbers and what status.json calls them, in that order: X(KIND, field, "name"); KIND is
 * COUNT (a size_t) or REAL (a double, NaN while unknown). Written and read by this list. */
#define FRAY_RUN_STATUS_NUMBERS(X)                                                                 \
  X(COUNT, ranks, "ranks")                                                                         \
  X(COUNT, teams, "teams")                                                                         \
  X(COUNT, trials, "trials")                                                                       \
  X(COUNT, kept, "kept")                                                                           \
  X(COUNT, done, "done")                                                                           \
  X(COUNT, running, "running")                                                                     \
  X(COUNT, diverged, "diverged")                                                                   \
  X(COUNT, may_stop, "may_stop")                                                                   \
  X(REAL, rounds_done, "rounds_done")                                                              \
  X(REAL, rounds_left, "rounds_left")                                                              \
  X(REAL, rounds_per_second, "rounds_per_second")                                                  \
  X(REAL, elapsed, "elapsed_seconds")                                                              \
  X(REAL, left, "left_seconds")                                                                    \
  X(REAL, busy, "busy")
/** The time of the wall clock as a JSON text. */
void fray_put_now(struct fray_text *out);
/** Writes FOLDER/status.json, beside and renamed. IO. */
enum fray_status fray_run_status_write(const char *folder, const struct fray_run_status *status,
                                       struct fray_err *err);

/** What a status.json says; of what is missing or no number: 0, or NaN where unknown is NaN. */
struct fray_run_status_file {
  struct fray_run_status status; /* its texts are those below, cut to fit */
  char state[256], name[256], time[32];
};
/** *found false if there is none. INPUT when it is none that fray_run_status_write wrote. */
enum fray_status fray_run_status_read(const char *folder, struct fray_run_status_file *out,
                                      bool *found, struct fray_err *err);
/** Its members as they stand in status.json, without the braces. time: "2026-..Z". */
void fray_run_status_put(struct fray_text *out, const struct fray_run_status *status,
                         const char *time);
/** "2026-11-21T16:04:05Z"; "" for what is no time. */
void fray_time_text(int64_t seconds, char out[32]);

#endif
