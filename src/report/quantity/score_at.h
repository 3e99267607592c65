/* Scores by their address. */
#ifndef REPORT_SCORE_AT_H
#define REPORT_SCORE_AT_H

#include "answer_file.h"

/** Which score. */
struct fray_rep_address {
  size_t cell, condition; /* cell n_cells: no such training. `clean` is `trial` for a model that no
                             entry damages at test */
  double severity;        /* NaN: the condition has none */
  enum fray_rep_samples samples;
  size_t group; /* FRAY_REP_ALL or index in results->groups */
  size_t metric;
  bool last;
};

/** False of an address that names what the study does not hold (cell n_cells is known). */
bool fray_rep_is_known(const struct fray_rep_results *r, const struct fray_rep_address *at);
/** The trial of its cell with this seed (by its place in seeds), n_trials: none. */
size_t fray_rep_trial_of(const struct fray_rep_results *r, const struct fray_rep_address *at,
                         size_t seed);
/** The score that a trial has at an address (its cell is not looked at), or NULL. Of a test
 *  condition at strength 0 that was not measured there: the score on undamaged data. */
const struct fray_rep_score *fray_rep_score_at(const struct fray_rep_results *r, size_t trial,
                                               const struct fray_rep_address *at);
/** True if the constant predictor has a value of this metric anywhere; nll and brier have none. */
bool fray_rep_has_chance(const struct fray_rep_results *r, size_t metric);
/** What the constant predictor reaches there: of this trial, of another with its seed, of any. */
double fray_rep_chance_at(const struct fray_rep_results *r, size_t trial,
                          const struct fray_rep_address *at);

#endif
