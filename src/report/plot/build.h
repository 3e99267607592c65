/* What the makers of figures share: which models and scores, points from scores, words. */
#ifndef REPORT_BUILD_H
#define REPORT_BUILD_H

#include "figure.h"

#include "report/measure/estimate.h"
#include "report/stat/model_labels.h"
#include "report/stat/path.h"
#include "report/words/phrases.h"

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
/** Puts one end of a series into its panel; label: what that end is called; i: 0 the weak one, 1
 * the strong one, which comes second. */
typedef enum fray_status fray_rep_put_end(void *user, struct fray_rep_panel *panel,
                                          const struct fray_rep_address *at, const char *label,
                                          size_t i, struct fray_err *err);
/** A panel for each of the first `most` series of an axis that were measured at both of its ends.
 *  *ends: what they are called; *rest: " The other 3 models are in the tables." or "". */
enum fray_status fray_rep_build_ends(struct fray_rep_build *b, const struct fray_rep_axis *axis,
                                     enum fray_rep_samples samples, size_t most,
                                     fray_rep_put_end *put, void *user, struct fray_rep_ends *ends,
                                     const char **rest, struct fray_err *err);
/** Makes a figure whose panels are those of an axis the grid that they form there, if they do. */
void fray_rep_figure_grid(struct fray_rep_figure *figure, const struct fray_rep_axis *axis);
/** Its x axis is this one: label, title, and whether shares are percentages. */
void fray_rep_figure_along(struct fray_rep_figure *figure, const struct fray_rep_axis *axis);
/** Strengths of an axis from its first-th one on as labels of rows or columns: "60 %". (n_x -
 * first) texts in the arena. */
enum fray_status fray_rep_strength_labels(struct fray_rep_results *r,
                                          const struct fray_rep_axis *axis, size_t first,
                                          const char ***out, struct fray_err *err);
/** Caption from printf, what the intervals rest on, legend, scale. */
enum fray_status fray_rep_build_end(struct fray_rep_build *b, struct fray_err *err,
                                    const char *caption, ...) __attribute__((format(printf, 3, 4)));

#endif
