/* Axes: what a curve may run over, and which cells form its series and panels. */
#ifndef REPORT_AXIS_H
#define REPORT_AXIS_H

#include "fray/results/read_results.h"

/** A swept strength (every point is its own training) or a test condition (one training, several
 *  severities). */
struct fray_rep_axis {
  bool is_key;
  size_t key, condition; /* key: only if is_key; condition: where its scores lie */
  size_t damage;         /* entry with the realised rates of a key, or n_damages */
  const char *name;      /* swept key or condition: text from data */
  const char *title;     /* "lost.rate: missing_modality at train and test" */
  const char *label;     /* of the x axis */
  double *x;             /* (n_x) ascending; one NaN for a condition without severity */
  size_t n_x;
  size_t *series_of_cell; /* (n_cells) */
  size_t n_series;
  const char **series;    /* label, (n_series) */
  size_t *cell_of_series; /* a cell of it */
  size_t *panel, *style;  /* (n_series) */
  size_t n_panels;
  const char **panel_title; /* (n_panels), "" for a single one */
};

/** With several keys that tell series apart, each combination of all but one of them (the method,
 * if it varies) is a panel of its own, so that methods are compared with all else equal. */

/** Axes along which at least two strengths were measured: first the swept keys of corruption
 *  entries, then the test conditions. Keys that change in step share one axis. */
enum fray_status fray_rep_axes(struct fray_rep_results *r, struct fray_rep_axis **axes, size_t *n,
                               struct fray_err *err);
/** True if two swept keys move together, as in a zip. */
bool fray_rep_in_step(const struct fray_rep_results *r, size_t a, size_t b);
/** The axis of any condition, with every cell a series of its own. */
enum fray_status fray_rep_condition_axis(struct fray_rep_results *r, size_t condition,
                                         struct fray_rep_axis *axis, struct fray_err *err);

#endif
