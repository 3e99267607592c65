/* What trained models gave away of their clients: privacy.csv by trained model. docs/measures.md */
#ifndef REPORT_BUDGET_H
#define REPORT_BUDGET_H

#include "grid.h"

/** Of one trained model. Numbers are those of its trials; where these differ, as with partitions of
 *  other sizes, of the one with the largest epsilon. Epsilons are INFINITY without noise. */
struct fray_rep_spent {
  bool is_private; /* its updates were clipped; else all that follows says nothing */
  double q, z, clip, clients, rounds, delta;
  double pld, rdp, classic;     /* epsilon: tight; by Renyi divergences, with either conversion */
  double noise;                 /* length in the mean that the server takes */
  struct fray_rep_stat clipped; /* share of updates longer than the clip, over seeds */
};
/** The file as a table. Arrays and texts in the arena of r. */
struct fray_rep_budget {
  struct fray_rep_results *r;
  size_t n_private;          /* cells; 0: there is nothing to say */
  struct fray_rep_spent *of; /* (n_cells) */
  const char **model;        /* (n_cells) what differs from the other models, or "the model" */
};
/** n_private 0 and FRAY_OK without the file. INPUT: a damaged one (file and line). MEMORY. */
enum fray_status fray_rep_budget_read(struct fray_rep_results *r, struct fray_rep_budget *out,
                                      struct fray_err *err);
/** "3.2", or "no noise". Arena memory; NULL: out of memory. */
const char *fray_rep_epsilon_text(struct fray_rep_results *r, double epsilon);

#endif
