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
  const struct fray_strength_meaning *strength; /* which value is clean, which way is worse */
  const char *name;                             /* swept key or condition: text from data */
  const char *title; /* "sound lost at training and test": differs from that of every other axis */
  const char *label; /* of the x axis: the title with its unit */
  double *x;         /* (n_x) from the least damage to the most (without an order: ascending);
                        one NaN for a condition without severity */
  size_t n_x;
  size_t *series_of_cell; /* (n_cells) */
  size_t n_series;
  const char **series;    /* label, (n_series) */
  size_t *cell_of_series; /* a cell of it */
  size_t *panel, *style;  /* (n_series) */
  size_t n_panels;
  const char **panel_title; /* (n_panels), "" for a single one; no two are equal */
  const char **full;        /* (n_series) series and panel in one; no two are equal */
  const char **csv;         /* (n_series) likewise by the names of the scenario */
  /* Where two keys or more make the panels, these form a grid, more than half of which is full. */
  size_t n_rows, n_columns; /* 0: they do not */
  const char **row_title, **column_title;
  size_t *row, *column; /* (n_panels) */
};

/** With several keys that tell series apart, each combination of all but one of them (the method,
 * if it varies) is a panel of its own, so that methods are compared with all else equal. */

/** Axes along which at least two strengths were measured: first the swept keys of corruption
 *  entries, then the test conditions. Keys that change in step share one axis. */
enum fray_status fray_rep_axes(struct fray_rep_results *r, struct fray_rep_axis **axes, size_t *n,
                               struct fray_err *err);
/** The axis of a swept share that is no strength of an entry, as that of the clients that attack:
 *  scores are those of a condition. title: where the scenario gives none. *there false, and axis of
 *  no use: a value is no number, or all are alike. */
enum fray_status fray_rep_share_axis(struct fray_rep_results *r, size_t key, const char *title,
                                     size_t condition, struct fray_rep_axis *axis, bool *there,
                                     struct fray_err *err);
/** True if its values run from less damage to more: only then something is lost along it. */
bool fray_rep_is_ordered(const struct fray_rep_axis *axis);
/** True if its values are levels of a table of severities, of which 0 is no damage. */
bool fray_rep_is_of_levels(const struct fray_rep_axis *axis);
/** True if it begins where the data are as they are. */
bool fray_rep_begins_clean(const struct fray_rep_axis *axis);
/** True if the score on undamaged data belongs before its first value: a test condition that was
 *  not measured without damage, though there is such a strength. */
bool fray_rep_wants_clean(const struct fray_rep_axis *axis);
/** True if people read its strengths as percentages, though their values are shares. */
bool fray_rep_in_percent(const struct fray_rep_axis *axis);
/** "the smallest to the largest", the way that it gets worse. */
const char *fray_rep_way(const struct fray_rep_axis *axis);
/** The id of the entry that a swept key sets; otherwise its name. */
const char *fray_rep_entry_id(const struct fray_rep_results *r, const struct fray_rep_axis *axis);
/** Those of the axes that are ordered, in their order. Arena memory. */
enum fray_status fray_rep_ordered_axes(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                       size_t n, struct fray_rep_axis **out, size_t *n_out,
                                       struct fray_err *err);
/** True if two swept keys move together, as in a zip. */
bool fray_rep_in_step(const struct fray_rep_results *r, size_t a, size_t b);
/** The axis of any condition, with every cell a series of its own. */
enum fray_status fray_rep_condition_axis(struct fray_rep_results *r, size_t condition,
                                         struct fray_rep_axis *axis, struct fray_err *err);

#endif
