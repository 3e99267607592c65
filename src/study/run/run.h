/* Doing what is planned, and what is written of it all. */
#ifndef FRAY_STUDY_RUN_RUN_H
#define FRAY_STUDY_RUN_RUN_H

#include "fray/results/provenance.h"
#include "study/plan/plan.h"

/** Does the work, with teams of the session's ranks. STOPPED when a signal or the deadline ended
 *  it; what was in progress has its checkpoint. again: the command that goes on. */
enum fray_status fray_plan_do(const struct fray_study *study, struct fray_session *session,
                              const struct fray_plan *plan, const struct fray_pace *pace,
                              const char *folder, const char *again, struct fray_err *err);
/** Assembles trials.csv, scores.csv, rounds.csv, columns.csv and results.h5 in sweep order. Rank 0.
 */
enum fray_status fray_study_assemble(const struct fray_study *study, const struct fray_plan *plan,
                                     const char *folder, struct fray_err *err);
/** What provenance.json is to say of a run, borrowed from it. MEMORY. */
enum fray_status fray_study_provenance(const struct fray_study *study,
                                       const struct fray_session *session, const char *command,
                                       int ranks, struct fray_provenance *out,
                                       struct fray_err *err);
/** INPUT when the folder may not be written, or holds a run and the options do not say what to do
 * with it. */
enum fray_status fray_folder_check(const char *folder, const struct fray_run_options *options,
                                   struct fray_err *err);
/** Makes and locks the folder, clears it for --overwrite, writes scenario.yaml and state. Rank 0.
 */
enum fray_status fray_folder_claim(const char *folder, const struct fray_run_options *options,
                                   const struct fray_study *study, int *lock, struct fray_err *err);
/** Writes cells.yaml, then scenario.yaml. Rank 0. */
enum fray_status fray_folder_describe(const char *folder, const struct fray_study *study,
                                      struct fray_err *err);

/** From now on, until fray_stall_end, a rank of which nothing moves for so many seconds ends the
 *  job: another rank, or a thread of the same, says which it is and what it did last, writes the
 *  state `failed`, and ends its process with code 1, upon which launchers end the others. Stopped
 *  processes, dead hosts and calls of a disk that do not return are such; long work is not, nor is
 *  waiting for others. seconds 0: never. The positions must be there. Collective, as it counts from
 *  here on what others tell. MEMORY, IO. */
enum fray_status fray_stall_begin(const char *folder, const struct fray_comm *world, double seconds,
                                  struct fray_err *err);
/** Does nothing where none has begun. */
void fray_stall_end(void);

#endif
