/* What the makers of figures share: which models and scores, points from scores, words. */
#ifndef REPORT_BUILD_H
#define REPORT_BUILD_H

#include "estimate.h"
#include "figures.h"

/** Beyond these a figure cannot be read; its caption says what it leaves to the tables. */
enum {
  FRAY_REP_MOST_FIGURES = 6, /* of one kind, per study */
  FRAY_REP_MOST_PANELS = 6,
  FRAY_REP_MOST_MODELS = 8, /* series or rows */
  FRAY_REP_MOST_COLUMNS = 12
};

/** A figure being built. */
struct fray_rep_build {
  struct fray_rep_results *r;
  struct fray_rep_figure *f;
  struct fray_rep_basis basis; /* of the intervals put so far */
  bool is_score;               /* values are scores, so intervals are cut to the metric's range */
  size_t n_points;
};

/** Adds a figure of the main metric to the list. name: from fray_rep_figure_name; title: as is. */
enum fray_status fray_rep_build_begin(struct fray_rep_build *b, struct fray_rep_results *r,
                                      struct fray_rep_figures *figures, enum fray_rep_kind kind,
                                      const char *name, const char *title, struct fray_err *err);
/** Takes a figure back that turned out empty; it must be the last one. */
void fray_rep_build_drop(struct fray_rep_build *b, struct fray_rep_figures *figures);
/** Room for panels; room for the series of one; room for the points of one. */
enum fray_status fray_rep_build_panels(struct fray_rep_build *b, size_t n, struct fray_err *err);
enum fray_status fray_rep_build_panel(struct fray_rep_build *b, const char *title, size_t n_series,
                                      struct fray_rep_panel **out, struct fray_err *err);
enum fray_status fray_rep_build_series(struct fray_rep_build *b, struct fray_rep_panel *panel,
                                       const char *label, size_t style, size_t n_points,
                                       struct fray_rep_series **out, struct fray_err *err);
/** Appends a value in units of the metric; on a figure in percent times 100, and the interval of a
 *  score is cut to the range. label: may be NULL. NULL, and nothing is put, where nothing was
 *  measured. */
struct fray_rep_point *fray_rep_build_put(struct fray_rep_build *b, struct fray_rep_series *series,
                                          double x, struct fray_rep_stat stat, const char *label);
/** Caption from printf, what the intervals rest on, legend, scale. */
enum fray_status fray_rep_build_end(struct fray_rep_build *b, struct fray_err *err,
                                    const char *caption, ...) __attribute__((format(printf, 3, 4)));

/** Text in the results' arena; MEMORY. */
enum fray_status fray_rep_words(struct fray_rep_results *r, const char **out, struct fray_err *err,
                                const char *format, ...) __attribute__((format(printf, 4, 5)));
/** " 3 more are in the tables." or "" */
const char *fray_rep_left_out(struct fray_rep_results *r, size_t all, size_t shown,
                              const char *what);

/** A score of the main metric, selection best, all test samples. */
struct fray_rep_address fray_rep_main_score(const struct fray_rep_results *r, size_t cell,
                                            size_t condition, double severity);
/** The score and what is to be drawn of it. */
enum fray_status fray_rep_stat_at(struct fray_rep_results *r, const struct fray_rep_address *at,
                                  struct fray_rep_stat *out, size_t *samples, struct fray_err *err);
struct fray_rep_stat fray_rep_stat_of_estimate(const struct fray_rep_estimate *e);
/** Condition of undamaged test data: `clean`, or `trial` where that is clean; conditions.n: none.
 */
size_t fray_rep_clean_condition(const struct fray_rep_results *r);
/** True for the conditions that controls add: all_missing, only:MODALITY, without:MODALITY. */
bool fray_rep_is_control_condition(const char *name);

/** The scores of a series from no damage to the strongest. */
struct fray_rep_path {
  size_t n;                    /* 0: not measured; 1: no damage alone */
  double *s;                   /* (n) s[0] = 0, or the smallest strength of a swept key */
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

/** Trained models in sweep order; of too many the reference and those trained without damage, or if
 *  there are none the first ones. */
struct fray_rep_models {
  size_t n, n_all; /* shown, there are */
  size_t *cell;    /* (n) */
  const char **label;
};
enum fray_status fray_rep_models_of(struct fray_rep_results *r, size_t most,
                                    struct fray_rep_models *out, struct fray_err *err);
/** "lost 0.3" for "lost.rate 0.3", where that is clear: a label in a narrow place. */
const char *fray_rep_short(struct fray_rep_results *r, const char *label);
/** "avg, lost 0.3": series and panel of an axis in one, short. */
const char *fray_rep_full_label(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                size_t series);
/** Cell of a series at strength x of its axis, n_cells: none. */
size_t fray_rep_cell_at(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                        size_t series, double x);
/** The value of an entry of a map in the scenario, or otherwise. */
const char *fray_rep_scalar(const struct fray_node *map, const char *key, const char *otherwise);

#endif
