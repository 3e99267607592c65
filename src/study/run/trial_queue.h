/* The trial queue, on rank 0 of all: the trials that wait, what each team is doing, and what people
 * see. */
#ifndef FRAY_STUDY_RUN_TRIAL_QUEUE_H
#define FRAY_STUDY_RUN_TRIAL_QUEUE_H

#include "run.h"
#include "study/scenario/scenario.h"
#include "trial_words.h"

#define FRAY_NO_TRIAL SIZE_MAX

struct fray_trial_queue;

/** What a team says of a trial that it has finished. */
struct fray_trial_done {
  bool diverged;
  double seconds;
  uint64_t judged, recalled; /* conditions of all panels; recalled: their answers were kept */
  struct fray_trial_score score;
};

/** Borrows all. INPUT when the file of metrics cannot be opened. */
enum fray_status fray_trial_queue_open(const struct fray_study *study, const struct fray_plan *plan,
                                       const struct fray_pace *pace, const char *folder, int ranks,
                                       int teams, struct fray_trial_queue **out,
                                       struct fray_err *err);
void fray_trial_queue_close(struct fray_trial_queue *q);

/** The next trial for a team, or FRAY_NO_TRIAL: those with a checkpoint first, then the longest
 * that is left; but one as long (within a fifth) that works on the data which the team has open
 * goes first. last: the trial that the team had before, or FRAY_NO_TRIAL. */
size_t fray_trial_queue_take(struct fray_trial_queue *q, size_t last);
/** A team begins a trial. */
void fray_trial_queue_begun(struct fray_trial_queue *q, size_t trial);
/** A team has done so many more rounds of its trial; row (may be NULL): the last, if evaluated.
 *  longest: seconds of the longest round so far. */
void fray_trial_queue_rounds(struct fray_trial_queue *q, size_t trial, size_t rounds,
                             double longest, const struct fray_round_row *row);
/** A trial goes on with more ranks. */
void fray_trial_queue_grown(struct fray_trial_queue *q, size_t trial);
/** About how many seconds of training a running trial has left, as fast as its team is now; 0:
 *  none, or it is not known. pause: what it would take to go on with more ranks. */
double fray_trial_queue_left(const struct fray_trial_queue *q, size_t trial, double *pause);
/** A team has finished its trial. */
void fray_trial_queue_done(struct fray_trial_queue *q, size_t trial,
                           const struct fray_trial_done *done);
/** A signal asks for the end, or the deadline does (0). The first reason counts. */
void fray_trial_queue_stop(struct fray_trial_queue *q, int signal);
/** A team met a real fault, which ends the run. The first counts, and counts more than a signal. */
void fray_trial_queue_fail(struct fray_trial_queue *q, const struct fray_err *why);
/** True from the first of these on: no more trials are given, teams are to save and stop. */
bool fray_trial_queue_is_halted(const struct fray_trial_queue *q);
/** Shows the progress and keeps status.json up to date, both now and then; looks at the clock. */
void fray_trial_queue_tick(struct fray_trial_queue *q);
/** The end: busy is the share of all ranks' time that went into trials, joined how often a rank
 *  joined another team. Tells how the run went; STOPPED, or the fault. */
enum fray_status fray_trial_queue_conclude(struct fray_trial_queue *q, double busy, size_t joined,
                                           struct fray_err *err);
/** Seconds since the queue was opened. */
double fray_trial_queue_elapsed(const struct fray_trial_queue *q);

#endif
