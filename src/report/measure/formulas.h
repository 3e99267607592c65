/* Measures as functions of scores, in the form that estimates take. */
#ifndef REPORT_FORMULAS_H
#define REPORT_FORMULAS_H

#include "estimate.h"

/** What the formulas of one curve, or of several in step, know besides the scores. */
struct fray_rep_shape {
  size_t n;        /* points of a curve */
  const double *s; /* (n) distances from no damage */
  const struct fray_strength_meaning
      *strength; /* what they are distances of; NULL: not asked for */
  double chance;
  bool higher;
  size_t n_baselines;            /* effective robustness: curves behind the first */
  size_t conditions, severities; /* errors: as in fray_mce */
  const bool *has;               /* (conditions, severities) */
  bool is_share;                 /* error = 1 - score, else the score itself */
};

/** m: (n) one curve. */
fray_rep_formula fray_rep_f_first, fray_rep_f_above_chance, fray_rep_f_rauc, fray_rep_f_retention,
    fray_rep_f_s50, fray_rep_f_slope;
/** m: (2, n) two curves: mean over the axis of the change since no damage, first less second. */
fray_rep_formula fray_rep_f_against;
/** m: (1 + n_baselines, n) */
fray_rep_formula fray_rep_f_effective;
/** m: the clean score, then those that there are of (conditions, severities); twice: of the model
 * and of the reference. lost: what the reference loses, m of the reference alone. */
fray_rep_formula fray_rep_f_mce, fray_rep_f_relative_mce, fray_rep_f_lost;

#endif
