/* Two swept faults that a grid multiplies, and whether they cost more together. */
#ifndef REPORT_FAULT_PAIRS_H
#define REPORT_FAULT_PAIRS_H

#include "estimate.h"

#include "report/stat/axis.h"

/** Two axes of swept strengths that both begin without damage. */
struct fray_rep_fault_pair {
  struct fray_rep_results *r;
  const struct fray_rep_axis *a, *b;
  double *at_a, *at_b; /* (n_cells) strengths, NaN if a cell has none */
  size_t n_models;     /* series of a at the smallest strength of b */
  size_t *series;      /* (n_models) of a */
};
/** The pair of two axes; n_models 0 if they are none. Memory of r->arena. */
enum fray_status fray_rep_fault_pair_of(struct fray_rep_results *r, const struct fray_rep_axis *a,
                                        const struct fray_rep_axis *b,
                                        struct fray_rep_fault_pair *out, struct fray_err *err);

/** One model under both faults: ln R_AB - ln R_A - ln R_B (below 0: worse together), or additive:
 *  D_AB - D_A - D_B of the drops. */
struct fray_rep_interaction {
  size_t cell; /* under both; n_cells: one of the four models is not there, and nothing else is set
                */
  struct fray_rep_estimate e;
};
/** Of the model of a series, with both strengths a and b; out: cell n_cells where one of the four
 *  models was not run. Memory of r->arena. */
enum fray_status fray_rep_interaction_at(const struct fray_rep_fault_pair *p, size_t series,
                                         double a, double b, enum fray_rep_samples samples,
                                         bool additive, struct fray_rep_interaction *out,
                                         struct fray_err *err);

#endif
