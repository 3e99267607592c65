/* Teams of ranks, and in which order they take trials. docs/decisions/0020-teams.md */
#ifndef FRAY_STUDY_TEAMS_H
#define FRAY_STUDY_TEAMS_H

#include "plan.h"
#include "study/scenario/scenario.h"

/** About how long the training and judging of one trial takes one rank, in seconds of a core that
 *  multiplies matrices at 100 GFLOP/s: the operations of a pass of one sample through the model
 *  times the samples that pass, and what each step and each update costs for every parameter.
 *  What damage takes away is not known here. session holds the data of the cell. > 0. */
enum fray_status fray_trial_cost(const struct fray_study *study, const struct fray_trial *trial,
                                 struct fray_session *session, double *cost, struct fray_err *err);

/** Number of teams that end the trials soonest; of several the largest. cost (n): of the trials to
 *  be done, each >= 0. ranks: all. cohort: clients a round, which bound what more ranks give to one
 *  trial. per_trial: the most ranks of a team, as asked for; 0: as is best. At least 1, at most
 *  ranks and (unless asked) trials. When memory lacks, 1. */
int fray_teams_choose(const double *cost, size_t n, int ranks, size_t cohort, int per_trial);
/** Team of a rank: runs of neighbours, sizes differ by one at most, larger ones first. */
int fray_team_of(int rank, int ranks, int teams);
/** How much faster a team of so many ranks is than one rank. */
double fray_team_speed(int ranks, size_t cohort);
/** Ranks beside those of a team that has so many seconds left, which are worth the pause that their
 *  joining takes: the fewest, of those idle, whose help saves more than that. 0: none is. */
int fray_team_more(int ranks, int idle, size_t cohort, double left, double pause);
/** Longest first; among equals as in the sweep. order (n): trials. O(n log n), no memory. */
void fray_teams_order(const double *cost, size_t n, size_t *order);
/** Seconds until all are done when each team takes the next trial of that order as it gets free,
 * and ranks without a trial join those that still train. 1 <= teams <= ranks. Infinite when memory
 *  lacks. O(n log(n teams) + teams^2). */
double fray_teams_makespan(const double *cost, size_t n, int ranks, int teams, size_t cohort);

#endif
