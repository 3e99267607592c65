/* measures.csv: one row per measure. */
#include "catalogue.h"

#include "report/words/table_columns.h"

#include "fray/results/csv_table.h"

#include <math.h>
#include <string.h>

const char *fray_rep_interval_key(enum fray_interval_kind kind) {
  static const char *const keys[] = {[FRAY_INTERVAL_NONE] = "none",
                                     [FRAY_INTERVAL_PERCENTILE] = "percentile",
                                     [FRAY_INTERVAL_T] = "t",
                                     [FRAY_INTERVAL_SEEDS] = "seeds"};
  return keys[kind];
}

static const char *scope_of(const struct fray_rep_results *r, enum fray_rep_samples samples) {
  if (samples == FRAY_REP_OWN)
    return "own_client";
  bool unseen = r->scope[FRAY_REP_UNSEEN], known = r->scope[FRAY_REP_KNOWN];
  /* Both, or neither known: not one of them. */
  if (r->scope[FRAY_REP_MIXED] || unseen == known)
    return "mixed";
  return unseen ? "unseen_clients" : "known_clients";
}

/* Rests on the order of the enum: kinds from WORST_GROUP on are of one end of a curve, so the
 * swept strength belongs into their row. */
static bool is_of_whole_curve(enum fray_rep_entry_kind kind) {
  return kind != FRAY_REP_SCORE && kind < FRAY_REP_WORST_GROUP;
}

/* The swept values, of which those that a whole curve runs over stay empty; and the control.
 * Controls have one key more than the study, which is their last: it goes into a column of its
 * own, so that both kinds of rows have equally many. */
static void put_keys(const struct fray_rep_catalogue *m, const struct fray_rep_entry *v,
                     const struct fray_rep_axis *axis, bool of_controls, struct fray_text *out) {
  size_t n = m->r->n_keys - of_controls;
  for (size_t k = 0; k < n; k++) {
    bool along = axis && axis->is_key && (k == axis->key || fray_rep_in_step(m->r, axis->key, k));
    fray_rep_csv_put_text(out,
                          along && is_of_whole_curve(v->kind) ? "" : m->r->cell[v->cell]->value[k]);
  }
  fray_rep_csv_put_text(out, of_controls ? m->r->cell[v->cell]->value[n] : "");
}

/* The others have one too, but "it is 0" is no question there: a ratio is held against 1, and a
 * score against chance. */
static double p_of(const struct fray_rep_entry *v) {
  switch (v->kind) {
  case FRAY_REP_DIFFERENCE:
  case FRAY_REP_LOSS:
  case FRAY_REP_LOSS_DIFFERENCE:
  case FRAY_REP_GROUP_EXCESS:
  case FRAY_REP_SLOPE:
  case FRAY_REP_EFFECTIVE:
  case FRAY_REP_AGAINST_LATE:
  case FRAY_REP_INTERACTION:
  case FRAY_REP_INTERACTION_ADDITIVE:
  case FRAY_REP_REJECTED_EXCESS:
  case FRAY_REP_HALVED_EXCESS:
  case FRAY_REP_PART_EXCESS:
  case FRAY_REP_MEMBERSHIP_EXCESS:
  case FRAY_REP_MEMBERSHIP_DIFFERENCE:
  case FRAY_REP_MEMBERSHIP_GROUP_EXCESS:
  case FRAY_REP_GAP: /* of its permutation null */
    return v->e.p;
  default: /* 0 means nothing */
    return NAN;
  }
}

/* Rows off the axes, and of two faults together, bring their own name and condition. */
static void put_place(const struct fray_rep_catalogue *m, const struct fray_rep_entry *v,
                      const struct fray_rep_axis *axis, struct fray_text *out) {
  fray_rep_csv_put_text(out, v->name ? v->name : axis ? axis->name : "");
  fray_rep_csv_put_text(out, axis           ? m->r->conditions.v[axis->condition]
                             : v->condition ? v->condition
                                            : "");
  fray_rep_csv_put_real(out, v->severity);
}

/* The columns must follow the header of measures.csv, which columns.csv explains. Scores are as
 * they are, not in percent. */
static void put_row(const struct fray_rep_catalogue *m, const struct fray_rep_entry *v,
                    bool of_controls, struct fray_text *out) {
  const struct fray_rep_axis *axis = v->axis < m->n_axes ? &m->axes[v->axis] : NULL;
  fray_text_puts(out, fray_rep_entry_key(v->kind));
  put_place(m, v, axis, out);
  put_keys(m, v, axis, of_controls, out);
  /* What became of updates is of the whole training: of no round, no samples, no score. Attacks
   * are on training samples, and take no metric of the study. */
  const bool of_updates = fray_rep_is_of_updates(v->kind),
             of_none = of_updates || fray_rep_is_of_members(v->kind);
  fray_rep_csv_put_text(out, of_updates ? "" : "best");
  fray_rep_csv_put_text(out, of_none ? "" : scope_of(m->r, v->samples));
  fray_rep_csv_put_text(out, v->group);
  fray_rep_csv_put_text(out, of_none ? "" : m->r->metrics.v[v->metric]);
  fray_rep_csv_put_real(out, v->e.value);
  fray_rep_csv_put_real(out, v->e.interval.low);
  fray_rep_csv_put_real(out, v->e.interval.high);
  fray_rep_csv_put_text(out, fray_rep_interval_key(v->e.interval.kind));
  fray_rep_csv_put_real(out, v->e.interval.df);
  fray_rep_csv_put_real(out, p_of(v));
  fray_rep_csv_put_real(out, v->p_holm);
  fray_text_printf(out, ",%zu,%zu,%zu", v->e.n_seeds, v->e.n_clusters, v->e.n_diverged);
  fray_rep_csv_put_text(out, v->e.status);
  fray_text_puts(out, "\n");
}

/* The header is of the study's keys; rows of the controls, read by their own catalogue, come
 * last. */
void fray_rep_catalogue_csv(const struct fray_rep_catalogue *m, struct fray_text *out) {
  fray_rep_header("tables/*measures.csv", m->r->key, m->r->n_keys, out);
  for (size_t i = 0; i < m->n; i++)
    put_row(m, &m->v[i], false, out);
  if (m->controls)
    for (size_t i = 0; i < m->controls->n; i++)
      put_row(m->controls, &m->controls->v[i], true, out);
}
