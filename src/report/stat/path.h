/* Paths: where the scores of a series lie along an axis, and what its ends are called. */
#ifndef REPORT_PATH_H
#define REPORT_PATH_H

#include "grid.h"

/** A score of the main metric, selection best, all test samples. */
struct fray_rep_address fray_rep_main_score(const struct fray_rep_results *r, size_t cell,
                                            size_t condition, double severity);
/** The score and what is to be drawn of it. */
enum fray_status fray_rep_stat_at(struct fray_rep_results *r, const struct fray_rep_address *at,
                                  struct fray_rep_stat *out, size_t *samples, struct fray_err *err);
/** Condition of undamaged test data: `clean`, or `trial` where that is clean; conditions.n: none.
 */
size_t fray_rep_clean_condition(const struct fray_rep_results *r);
/** Cell of a series at strength x of its axis, n_cells: none. */
size_t fray_rep_cell_at(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                        size_t series, double x);

/** The scores of a series from no damage to the strongest. */
struct fray_rep_path {
  size_t n;   /* 0: not measured; 1: no damage alone */
  double *s;  /* (n) the first one leaves the data clean, or is the least of a key */
  bool clean; /* it does */
  struct fray_rep_address *at; /* (n) */
};
/** What the two ends of an axis are called: "without damage", or the smallest strength of a key
 * that is never 0; and the largest one. */
struct fray_rep_ends {
  const char *weak, *strong;
  bool clean; /* the weak end is no damage */
};
enum fray_status fray_rep_ends_of(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                  struct fray_rep_ends *out, struct fray_err *err);
/** True if a path has a score at both ends of its axis, so that their names hold for it. */
bool fray_rep_has_ends(const struct fray_rep_axis *axis, const struct fray_rep_path *path);
/** Along an axis; a test condition that was not measured at 0 begins with the clean score. Points
 *  without a score are left out. */
enum fray_status fray_rep_path_of(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                  size_t series, enum fray_rep_samples samples,
                                  struct fray_rep_path *out, struct fray_err *err);

#endif
