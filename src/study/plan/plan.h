/* The plan of a study: what is to be done for each trial. */
#ifndef FRAY_STUDY_PLAN_PLAN_H
#define FRAY_STUDY_PLAN_PLAN_H

#include "study/trial/trial.h"

/** What is to be done for each trial. Cells that differ only in paths to equal content share a
 *  trial: the first does it, for the others it is DUPLICATE. ELSEWHERE: in another share. */
enum fray_work {
  FRAY_WORK_NONE,
  FRAY_WORK_EVALUATE,
  FRAY_WORK_TRAIN,
  FRAY_WORK_DUPLICATE,
  FRAY_WORK_ELSEWHERE,
  FRAY_WORKS
};
struct fray_plan {
  char (*name)[17], (*evaluation)[17]; /* (trials) */
  double *cost;                        /* (trials) see fray_trial_cost */
  uint64_t *data;                      /* (trials) hash of the data section */
  uint8_t *work;                       /* (trials) enum fray_work */
  uint64_t *seen;      /* (trials) what fray_trial_file_seen said of a whole part; 0: look at it */
  size_t *kept_rounds; /* (trials) in a checkpoint; clients of local-only training */
  size_t cohort;       /* clients a round of the first cell */
  size_t count[FRAY_WORKS];
  size_t begun, foreign;   /* trials with a checkpoint; parts of trials that are not in the plan */
  size_t broken, unsealed; /* parts that are damaged; of an older program, without a seal */
  char why[512];           /* what is wrong with the first broken one */
};
/** Opens and checks what every trial needs, and names it. Writes nothing. Collective, as are the
 *  next three. */
enum fray_status fray_plan_make(struct fray_study *study, struct fray_session *session,
                                struct fray_plan *plan, struct fray_err *err);
/** Puts the values of groups into the tests of a trial's cell, whose data are open (see
 *  fray_study_follow_groups). INPUT. */
enum fray_status fray_plan_groups(struct fray_study *study, struct fray_session *session,
                                  size_t trial, struct fray_err *err);
/** INPUT for a title of a modality, group or class that no cell's data have; each must have been
 * met (fray_titles_meet). Collective. */
enum fray_status fray_plan_titles(struct fray_study *study, struct fray_session *session,
                                  struct fray_err *err);
/** Fills work: kept are parts that hold the same evaluation; others are evaluated anew if their
 * models are there. pace: says which share is done here. */
enum fray_status fray_plan_look(const struct fray_study *study, struct fray_session *session,
                                const struct fray_pace *pace, const char *folder,
                                struct fray_plan *plan, struct fray_err *err);
/** INPUT unless all that is to be evaluated anew can be: parts and models are read and checked. */
enum fray_status fray_plan_check(const struct fray_study *study, struct fray_session *session,
                                 const char *folder, const struct fray_plan *plan,
                                 struct fray_err *err);
/** Rounds that a trial trains, at most if it may stop; 0: it is only judged, or local-only training
 *  has none. */
size_t fray_plan_rounds(const struct fray_study *study, const struct fray_plan *plan, size_t trial);
/** INPUT unless all ranks have named the same trials. Collective. */
enum fray_status fray_plan_same(const struct fray_study *study, const struct fray_plan *plan,
                                struct fray_comm *comm, struct fray_err *err);
/** What is left of the cost of a trial that is to be trained or judged. */
double fray_plan_left(const struct fray_study *study, const struct fray_plan *plan, size_t trial);
/** Says how much of the plan is done and how much is left. */
void fray_plan_tell(const struct fray_study *study, const struct fray_plan *plan,
                    const struct fray_pace *pace);

#endif
