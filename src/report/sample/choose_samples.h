/* Which test samples a page shows of a damage, and what the models said of them. */
#ifndef REPORT_CHOOSE_SAMPLES_H
#define REPORT_CHOOSE_SAMPLES_H

#include "report/stat/path.h"

/** Test samples of the study by name. */
struct fray_rep_test_set {
  size_t n;
  const char *const *source; /* (n) */
  const int32_t *label;      /* (n) class, -1: unlabelled; multi-label: 0 or -1 */
  const uint8_t *labels;     /* (n, n_classes) of multi-label data, else NULL */
  uint64_t *lot;             /* (n) a random number that follows from the name alone */
  size_t n_classes;
  uint8_t *has;       /* (trials) of those that were looked at: whether they have these samples */
  const char *status; /* "ok", else why there is none */
};
/** Of the first trial that has answers. Arena memory of the results. MEMORY. */
enum fray_status fray_rep_test_set_of(struct fray_rep_results *r, struct fray_rep_test_set *out,
                                      struct fray_err *err);

/** The two ends of an axis for one of its series and a seed: two sets of answers of one model, or,
 *  along a swept key, of two. */
struct fray_rep_twosome {
  size_t series, seed; /* seed: its place in the results' seeds */
  size_t trial[2];     /* at the weak end, at the strong one */
  struct fray_rep_address at[2];
};
/** What there is of an axis. */
struct fray_rep_change {
  struct fray_rep_twosome *pair; /* (n) series by series, seed by seed */
  size_t n, n_other;             /* n_other: trials with other test samples, which are left out */
  bool by_score;                 /* probabilities are at hand for all of them */
  double *change; /* (samples) mean over the pairs: how much the probability of the true class
                     falls, or else the share of pairs whose answer is another; NaN: not known */
};
/** Memory of arena. MEMORY. */
enum fray_status fray_rep_change_along(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                       const struct fray_rep_test_set *set,
                                       struct fray_arena *arena, struct fray_rep_change *out,
                                       struct fray_err *err);

/** The `most` samples with the smallest lots, in that order: no answer is looked at. Returns how
 *  many. out: (most). */
size_t fray_rep_draw_samples(const struct fray_rep_test_set *set, size_t most, uint32_t *out);
/** The `most` samples with the largest positive change, of equal ones those with the smallest lots.
 *  Returns how many. */
size_t fray_rep_largest_changes(const struct fray_rep_test_set *set, const double *change,
                                size_t most, uint32_t *out);

/** An answer to one sample. */
struct fray_rep_said {
  int32_t class;      /* -1: none; of multi-label data -1 */
  const uint8_t *set; /* (n_classes) of multi-label data, else NULL */
  float probability;  /* of the true class, of a set the mean over its classes; NaN: not kept */
};
/** Answers of a pair at one end (0: weak, 1: strong) to n samples, in order. Arena memory. */
enum fray_status fray_rep_said_of(struct fray_rep_results *r, const struct fray_rep_twosome *pair,
                                  int end, bool by_score, const struct fray_rep_test_set *set,
                                  const uint32_t *sample, size_t n, struct fray_arena *arena,
                                  struct fray_rep_said *out, struct fray_err *err);

#endif
