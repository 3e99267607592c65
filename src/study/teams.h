/* Teams of ranks, and in which order they take trials. docs/decisions/0020-teams.md */
#ifndef FRAY_STUDY_TEAMS_H
#define FRAY_STUDY_TEAMS_H

#include "internal.h"

/** How much longer the training and judging of one trial takes than that of another, roughly: the
 *  samples that pass through its model, weighed by its parameters. Known without training. session
 *  holds the data of the cell. */
enum fray_status fray_trial_cost(const struct fray_study *study, const struct fray_trial *trial,
                                 const struct fray_session *session, double *cost,
                                 struct fray_err *err);

/** Number of teams that end the trials soonest. cost (n): of the trials to be done. ranks: all.
 *  cohort: clients a round, which bound what more ranks give to one trial. per_trial: ranks of a
 *  team as asked for, 0: as is best. At least 1, at most ranks and (unless asked) trials. */
int fray_teams_choose(const double *cost, size_t n, int ranks, size_t cohort, int per_trial);
/** Team of a rank: runs of neighbours, sizes differ by one at most. */
int fray_team_of(int rank, int ranks, int teams);
/** How much faster a team of so many ranks is than one rank. */
double fray_team_speed(int ranks, size_t cohort);
/** Longest first; among equals as in the sweep. order (n): trials. */
void fray_teams_order(const double *cost, size_t n, size_t *order);
/** Seconds until all are done when each team takes the next trial as it gets free. For tests and
 *  for plans. */
double fray_teams_makespan(const double *cost, size_t n, int ranks, int teams, size_t cohort);

#endif
