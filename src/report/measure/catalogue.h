/* Every robustness measure of a study, as rows: what tables/measures.csv and the method table show.
 */
#ifndef REPORT_CATALOGUE_H
#define REPORT_CATALOGUE_H

#include "estimate.h"

enum fray_rep_entry_kind {
  FRAY_REP_SCORE,
  FRAY_REP_RAUC,
  FRAY_REP_RETENTION,
  FRAY_REP_S50,
  FRAY_REP_SLOPE,
  FRAY_REP_CE,
  FRAY_REP_RELATIVE_CE,
  FRAY_REP_MCE,
  FRAY_REP_RELATIVE_MCE,
  FRAY_REP_EFFECTIVE,
  FRAY_REP_AGAINST_LATE,
  FRAY_REP_DIFFERENCE,
  FRAY_REP_LOSS,
  FRAY_REP_LOSS_DIFFERENCE,
  FRAY_REP_GROUP_EXCESS,
  FRAY_REP_WORST_GROUP,
  FRAY_REP_GAP,
  FRAY_REP_GAP_NULL_MEAN,
  FRAY_REP_GAP_NULL_Q95,
  FRAY_REP_EQUALISED_ODDS,
  FRAY_REP_CLIENT_VARIANCE,
  FRAY_REP_CLIENT_WORST10,
  FRAY_REP_CLIENT_BEST10,
  FRAY_REP_INTERACTION,
  FRAY_REP_INTERACTION_ADDITIVE,
  FRAY_REP_ROUNDS_TO,
  FRAY_REP_SECONDS_TO,
  FRAY_REP_UPDATES_REJECTED, /* from here on of updates, and of no score */
  FRAY_REP_UPDATES_HALVED,
  FRAY_REP_UPDATES_PART,
  FRAY_REP_REJECTED_EXCESS,
  FRAY_REP_HALVED_EXCESS,
  FRAY_REP_PART_EXCESS,
  FRAY_REP_MEMBERSHIP_AUC, /* from here on of training samples, and of no score */
  FRAY_REP_MEMBERSHIP_TPR,
  FRAY_REP_MEMBERSHIP_EXCESS,
  FRAY_REP_MEMBERSHIP_DIFFERENCE,
  FRAY_REP_MEMBERSHIP_GROUP_EXCESS,
  FRAY_REP_N_MEASURES
};
/** True of rows of updates, which have no metric and no samples. */
static inline bool fray_rep_is_of_updates(enum fray_rep_entry_kind kind) {
  return kind >= FRAY_REP_UPDATES_REJECTED && kind <= FRAY_REP_PART_EXCESS;
}
/** True of rows about who was in a training: they have no metric, and no test samples. */
static inline bool fray_rep_is_of_members(enum fray_rep_entry_kind kind) {
  return kind >= FRAY_REP_MEMBERSHIP_AUC && kind <= FRAY_REP_MEMBERSHIP_GROUP_EXCESS;
}
/** "rauc", as in the CSV. */
const char *fray_rep_entry_key(enum fray_rep_entry_kind kind);

struct fray_rep_entry {
  enum fray_rep_entry_kind kind;
  size_t axis;            /* index in axes, or n_axes: all test conditions together, or none */
  size_t series;          /* of the axis; else the cell */
  size_t cell;            /* of the score, or one of the series */
  double severity;        /* NaN: of the whole curve */
  bool is_first, is_last; /* a score: without damage, at the largest strength */
  size_t metric;
  const char *group; /* "all", "COLUMN=VALUE", or "COLUMN": all of its groups */
  enum fray_rep_samples samples;
  const char *name, *condition; /* NULL: those of the axis */
  struct fray_rep_estimate e;
  double p_holm; /* of differences: over all of the study on these samples */
};

struct fray_rep_catalogue {
  struct fray_rep_results *r;
  const char *study; /* its name in a table of several */
  struct fray_rep_axis *axes;
  size_t n_axes;
  struct fray_rep_entry *v;
  size_t n, capacity;
  size_t n_first;                      /* those that tables look up; behind them the rest */
  struct fray_rep_catalogue *controls; /* of the controls, or NULL */
  bool has_baselines,
      has_late; /* whether the scenario declares baselines; a late fusion is there */
};

/** Measures of the main metric on all test samples; of the others the scores at both ends. Arena
 *  memory of r. */
enum fray_status fray_rep_make_catalogue(struct fray_rep_results *r, struct fray_rep_catalogue *out,
                                         struct fray_err *err);
/** Adds what no table shows: own clients, groups, clients, faults together, controls. */
enum fray_status fray_rep_catalogue_complete(struct fray_rep_catalogue *m, struct fray_err *err);
/** True if that asks for nothing that is not in memory by now (but answers that had no room), and
 *  takes nothing that others would miss: so that a copy of this process may do it. */
bool fray_rep_measures_are_apart(const struct fray_rep_results *r);
/** The measure of a series, or NULL; FRAY_REP_SCORE: at the largest strength. */
const struct fray_rep_entry *fray_rep_entry_of(const struct fray_rep_catalogue *m, size_t axis,
                                               size_t series, enum fray_rep_entry_kind kind);
/** The score of a metric without damage, or NULL. */
const struct fray_rep_entry *fray_rep_clean_entry(const struct fray_rep_catalogue *m, size_t axis,
                                                  size_t series, size_t metric);

/** True if `baselines` of the scenario names this cell, whatever its strength along the axis. */
bool fray_rep_is_baseline(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                          size_t cell);
/** The series that `reference` selects for this one on an axis, or n_series. */
size_t fray_rep_reference_series(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                 size_t series);

/** "percentile", "t", "seeds" or "none". */
const char *fray_rep_interval_key(enum fray_interval_kind kind);
/** measures.csv. */
void fray_rep_catalogue_csv(const struct fray_rep_catalogue *m, struct fray_text *out);

#endif
