/* measures.csv: one row per measure. */
#include "catalogue.h"
#include "columns.h"

#include <math.h>
#include <string.h>

static void put_real(struct fray_text *out, double value) {
  char number[32];
  fray_text_puts(out, ",");
  if (!isfinite(value))
    return;
  fray_format_double(value, number);
  fray_text_puts(out, number);
}

static void put_text(struct fray_text *out, const char *text) {
  fray_text_puts(out, ",");
  fray_text_csv(out, text);
}

const char *fray_rep_interval_key(enum fray_interval_kind kind) {
  static const char *const keys[] = {[FRAY_INTERVAL_NONE] = "none",
                                     [FRAY_INTERVAL_PERCENTILE] = "percentile",
                                     [FRAY_INTERVAL_T] = "t",
                                     [FRAY_INTERVAL_SEEDS] = "seeds"};
  return keys[kind];
}

static const char *scope_of(const struct fray_rep_results *r) {
  bool unseen = r->scope[FRAY_REP_UNSEEN], known = r->scope[FRAY_REP_KNOWN];
  if (r->scope[FRAY_REP_MIXED] || unseen == known)
    return "mixed";
  return unseen ? "unseen_clients" : "known_clients";
}

/* The swept values; those that a whole curve runs over stay empty. */
static void put_keys(const struct fray_rep_catalogue *m, const struct fray_rep_entry *v,
                     const struct fray_rep_axis *axis, struct fray_text *out) {
  for (size_t k = 0; k < m->r->n_keys; k++) {
    bool along = axis && axis->is_key && (k == axis->key || fray_rep_in_step(m->r, axis->key, k));
    bool whole = v->kind != FRAY_REP_SCORE;
    put_text(out, along && whole ? "" : m->r->cell[v->cell]->value[k]);
  }
}

static void put_row(const struct fray_rep_catalogue *m, const struct fray_rep_entry *v,
                    struct fray_text *out) {
  const struct fray_rep_axis *axis = v->axis < m->n_axes ? &m->axes[v->axis] : NULL;
  bool zero_means = v->kind == FRAY_REP_DIFFERENCE || v->kind == FRAY_REP_SLOPE ||
                    v->kind == FRAY_REP_EFFECTIVE || v->kind == FRAY_REP_AGAINST_LATE;
  fray_text_puts(out, fray_rep_entry_key(v->kind));
  put_text(out, axis ? axis->name : "");
  put_text(out, axis ? m->r->conditions.v[axis->condition] : "");
  put_real(out, v->severity);
  put_keys(m, v, axis, out);
  put_text(out, "best");
  put_text(out, scope_of(m->r));
  put_text(out, m->r->groups.v[v->group]);
  put_text(out, m->r->metrics.v[v->metric]);
  put_real(out, v->e.value);
  put_real(out, v->e.interval.low);
  put_real(out, v->e.interval.high);
  put_text(out, fray_rep_interval_key(v->e.interval.kind));
  put_real(out, v->e.interval.df);
  put_real(out, zero_means ? v->e.p : NAN);
  put_real(out, v->p_holm);
  fray_text_printf(out, ",%zu,%zu,%zu", v->e.n_seeds, v->e.n_clusters, v->e.n_diverged);
  put_text(out, v->e.status);
  fray_text_puts(out, "\n");
}

void fray_rep_catalogue_csv(const struct fray_rep_catalogue *m, struct fray_text *out) {
  fray_rep_header("tables/*measures.csv", m->r->key, m->r->n_keys, out);
  for (size_t i = 0; i < m->n; i++)
    put_row(m, &m->v[i], out);
}
