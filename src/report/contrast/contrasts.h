/* For whom one model is better than another: paired differences of groups between models, and
 * between a model and the models of clients that train alone. */
#ifndef REPORT_CONTRASTS_H
#define REPORT_CONTRASTS_H

#include "report/measure/groups.h"
#include "report/stat/verdict.h"

/** Which groups a difference is of. */
enum fray_rep_contrast_of {
  FRAY_REP_OF_ALL,   /* all samples; only against clients alone, elsewhere pairs have it */
  FRAY_REP_OF_GROUP, /* the samples of one group */
  FRAY_REP_OF_WORST  /* the worst group of each, which need not be the same one */
};

/** Score of one model less that of another, paired by seed and test client. */
struct fray_rep_contrast {
  const struct fray_rep_axis *axis; /* at its last strength; NULL: the caller knows where */
  size_t first, second; /* series; second n_series: each client alone, on its own samples. Without
                           an axis the caller's own */
  enum fray_rep_samples samples;
  enum fray_rep_contrast_of of;
  const char *column, *value; /* NULL as far as `of` has none */
  double a, b;                /* the scores, a of the first; NaN of a group that is too small */
  struct fray_rep_stat stat;  /* a - b; p holds over its family (Holm), NaN: no verdict */
  double p;                   /* by itself */
  size_t n_samples, n_diverged;
  const char *status; /* "ok", or why there is no value or no verdict; static */
};

struct fray_rep_contrasts {
  struct fray_rep_results *r;
  struct fray_rep_contrast *v; /* those between models first, then those against clients alone */
  size_t n, capacity;
};

/** A score of one of the two, which may be of two studies. */
struct fray_rep_side {
  struct fray_rep_results *r;
  struct fray_rep_address at; /* whose group is not looked at */
};
/** Appends the differences side[0] - side[1] of all groups that both have, of the same samples and
 *  clients, and of the worst group of each column. row: what they have in common. silent: no
 *  verdict is given. out->r is that of side[0]. p is not adjusted. */
enum fray_status fray_rep_contrast_groups(struct fray_rep_contrasts *out,
                                          const struct fray_rep_side side[2], bool silent,
                                          const struct fray_rep_contrast *row,
                                          struct fray_err *err);
/** Makes the p-values from the first-th on hold together (Holm). */
enum fray_status fray_rep_adjust_contrasts(struct fray_rep_contrasts *c, size_t first,
                                           struct fray_err *err);

/** Of the main metric on the selected models: at the last strength of each ordered axis, and on
 *  undamaged data. Pairs are those of the axis (fray_rep_pairs); groups of under 30 samples or 5
 *  clients have a row without a number. Two families: models against each other by group, and
 *  models against clients alone. Where one of a pair is not told from chance at the smallest
 *  strength, or the one ahead not in the group, there is no verdict. Memory of r. MEMORY. */
enum fray_status fray_rep_contrasts_of(struct fray_rep_results *r, struct fray_rep_contrasts *out,
                                       struct fray_err *err);

/** Those of a kind (against_alone: against clients alone) that can be tested, and of these the ones
 *  that are resolved. */
void fray_rep_count_contrasts(const struct fray_rep_contrasts *c, bool against_alone,
                              size_t *tested, size_t *resolved);

/** group-differences.csv. */
void fray_rep_contrasts_csv(const struct fray_rep_contrasts *c, struct fray_text *out);
/** One or two plain sentences: what is resolved by name, at most a few, and of how many; of what is
 *  not, its number alone. "" where nothing was compared. Arena memory; NULL: out of memory. */
const char *fray_rep_contrasts_words(const struct fray_rep_contrasts *c);

#endif
