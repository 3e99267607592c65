/* What a trial passes through its model, and what that costs. docs/decisions/0020-teams.md */
#ifndef FRAY_STUDY_COST_H
#define FRAY_STUDY_COST_H

#include "plan.h"
#include "study/scenario/scenario.h"

/** What a trial does, as far as the scenario and the partition say; damage and divergence make it
 *  less. Sums over all clients and rounds. */
struct fray_trial_amounts {
  double shown;     /* samples of training steps */
  double trained;   /* the same, as far as damage leaves them */
  double steps;     /* training steps */
  double updates;   /* client updates that are added */
  double masks;     /* that clients make, each as long as a model */
  double evaluated; /* samples scored between rounds */
  double judged;    /* samples scored at the end, of both kept models */
  double again;     /* of these, classified once more under a further condition */
};
/** Samples of training steps count as far as damage leaves their modalities, each by the size of
 *  its encoder, if the cell is known. INPUT: a list of cohorts that does not fit. */
enum fray_status fray_trial_count(const struct fray_cell *cell,
                                  const struct fray_partition *partition,
                                  const struct fray_model_size *size,
                                  struct fray_trial_amounts *out, struct fray_err *err);

/** In seconds of a core that multiplies matrices at 100 GFLOP/s. > 0. */
double fray_amounts_cost(const struct fray_trial_amounts *amounts,
                         const struct fray_model_size *size);

#endif
