/* The rows of a catalogue that say what is lost: from no damage to the strongest by all samples and
 * by each group, and differences of such losses - to the reference, and of a group to all samples.
 */
#include "loss_rows.h"
#include "catalogue_maker.h"
#include "formulas.h"
#include "groups.h"

#include "report/stat/path.h"
#include "report/stat/verdict.h"

#include "fray/base/size.h"
#include "fray/metric/fairness.h"

#include <math.h>

/* Both ends of a series along an axis; n 0: it has no two. */
struct ends {
  struct fray_rep_address at[2];
  double strongest;
  bool clean;
  size_t n;
};

/* A path of one point lost nothing that could be measured. */
static enum fray_status ends_of(struct fray_rep_maker *k, size_t series, struct ends *out,
                                struct fray_err *err) {
  struct fray_rep_path path;
  FRAY_TRY(fray_rep_path_of(k->r, k->a, series, k->samples, &path, err));
  *out = (struct ends){.n = path.n < 2 ? 0 : 2};
  if (out->n == 0)
    return FRAY_OK;
  out->at[0] = path.at[0];
  out->at[1] = path.at[path.n - 1];
  out->strongest = path.s[path.n - 1];
  out->clean = path.clean;
  return FRAY_OK;
}

static struct ends of_group(struct ends e, size_t group) {
  e.at[0].group = e.at[1].group = group;
  return e;
}

/* Who is not told from chance without damage has nothing to lose, so that no p is given. */
static enum fray_status has_learnt(struct fray_rep_maker *k, const struct ends *e, bool *out,
                                   struct fray_err *err) {
  enum fray_rep_learnt learnt;
  const struct ends all = of_group(*e, FRAY_REP_ALL);
  /* A group is too small to be told from chance by itself; the model is judged on all samples. */
  FRAY_TRY(fray_rep_learnt_at(k->r, &all.at[0], &learnt, err));
  *out = *out && learnt != FRAY_REP_AT_CHANCE;
  return FRAY_OK;
}

/* Quality that e loses, less that of `less` (NULL: nothing), as one sum over four scores: what they
 * share cancels seed by seed and client by client. */
static enum fray_status add_loss(struct fray_rep_maker *k, enum fray_rep_entry_kind kind,
                                 size_t series, const struct ends *e, const struct ends *less,
                                 struct fray_err *err) {
  const double sign = k->higher ? 1 : -1, weight[] = {sign, -sign, -sign, sign};
  const struct fray_rep_address at[] = {e->at[0], e->at[1], less ? less->at[0] : e->at[0],
                                        less ? less->at[1] : e->at[1]};
  struct fray_rep_quantity sum;
  const struct fray_rep_quantity *q = &sum;
  struct fray_rep_entry *v;
  struct fray_arena *work = fray_rep_store_work(k->r);
  const struct fray_arena_place mark = fray_arena_mark(work);
  bool learnt = true;
  FRAY_TRY(fray_rep_sum(k->r, at, weight, less ? 4 : 2, work, &sum, err));
  if (sum.n_seeds == 0) { /* not scored, such as a group that was not asked for under this test */
    fray_arena_rewind(work, mark);
    return FRAY_OK;
  }
  FRAY_TRY(has_learnt(k, e, &learnt, err));
  if (less)
    FRAY_TRY(has_learnt(k, less, &learnt, err));
  FRAY_TRY(fray_rep_add_entry(k, kind, series, e->at[1].cell, &v, err));
  v->severity = e->strongest;
  v->group = k->r->groups.v[e->at[1].group];
  FRAY_TRY(fray_rep_estimate_of(k->r, &q, 1, fray_rep_f_first, NULL, &v->e, err));
  if (isnan(v->e.value))
    v->e.status = sum.status;
  if (!learnt)
    v->e.p = NAN;
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

/* Losses are compared only from the same beginning to the same end. */
static bool comparable(const struct ends *a, const struct ends *b) {
  return a->n && b->n && a->strongest == b->strongest && a->clean == b->clean;
}

/* All samples, or one group: what it loses, and how much more than the reference does. */
static enum fray_status add_series(struct fray_rep_maker *k, size_t series, size_t group,
                                   struct fray_err *err) {
  const size_t reference = fray_rep_reference_series(k->r, k->a, series);
  struct ends mine, other = {.n = 0};
  FRAY_TRY(ends_of(k, series, &mine, err));
  if (mine.n == 0)
    return FRAY_OK;
  const struct ends all = mine;
  mine = of_group(mine, group);
  FRAY_TRY(add_loss(k, FRAY_REP_LOSS, series, &mine, NULL, err));
  if (group != FRAY_REP_ALL)
    FRAY_TRY(add_loss(k, FRAY_REP_GROUP_EXCESS, series, &mine, &all, err));
  if (reference == k->a->n_series || reference == series)
    return FRAY_OK;
  FRAY_TRY(ends_of(k, reference, &other, err));
  if (!comparable(&mine, &other))
    return FRAY_OK;
  other = of_group(other, group);
  return add_loss(k, FRAY_REP_LOSS_DIFFERENCE, series, &mine, &other, err);
}

/* Groups that are too small have no rows here; those of their scores say how small they are. */
static enum fray_status add_groups(struct fray_rep_maker *k, const struct fray_rep_groups *column,
                                   struct fray_err *err) {
  struct fray_rep_groups scored;
  FRAY_TRY(fray_rep_scored_groups(k->r, k->a, column, &scored, err));
  for (size_t g = 0; g < scored.n; g++) {
    struct fray_rep_grid grid;
    FRAY_TRY(fray_rep_make_grid(k->r, k->a, false, scored.group[g], k->r->main_metric, &grid, err));
    for (size_t s = 0; s < k->a->n_series && !fray_rep_unresolved(&grid); s++)
      FRAY_TRY(add_series(k, s, scored.group[g], err));
  }
  return FRAY_OK;
}

static bool is_in(const struct fray_rep_entry *v, const struct fray_rep_catalogue *m,
                  enum fray_rep_entry_kind kind, bool of_groups) {
  return v->kind == kind && (v->group != m->r->groups.v[FRAY_REP_ALL]) == of_groups;
}

/* Each kind answers a question of its own, of all samples and of the groups: its rows from the
 * first on are a family, or groups, of which there are many, would hide what all samples resolve.
 */
static enum fray_status adjust(struct fray_rep_maker *k, size_t first, struct fray_err *err) {
  static const struct {
    enum fray_rep_entry_kind kind;
    bool of_groups;
  } family[] = {{FRAY_REP_LOSS, false},
                {FRAY_REP_LOSS, true},
                {FRAY_REP_LOSS_DIFFERENCE, false},
                {FRAY_REP_LOSS_DIFFERENCE, true},
                {FRAY_REP_GROUP_EXCESS, true}};
  struct fray_rep_catalogue *m = k->out;
  double *p;
  FRAY_ALLOC(p, m->r->arena, m->n - first + 1, err);
  for (size_t f = 0; f < FRAY_COUNT(family); f++) {
    for (size_t i = first; i < m->n; i++)
      p[i - first] = is_in(&m->v[i], m, family[f].kind, family[f].of_groups) ? m->v[i].e.p : NAN;
    FRAY_TRY(fray_holm(p, m->n - first, p, err));
    for (size_t i = first; i < m->n; i++)
      if (is_in(&m->v[i], m, family[f].kind, family[f].of_groups))
        m->v[i].p_holm = p[i - first];
  }
  return FRAY_OK;
}

enum fray_status fray_rep_add_losses(struct fray_rep_maker *k, struct fray_err *err) {
  const size_t first = k->out->n;
  struct fray_rep_groups *column;
  size_t n_columns;
  FRAY_TRY(fray_rep_group_columns(k->r, &column, &n_columns, err));
  for (k->axis = 0; k->axis < k->out->n_axes; k->axis++) {
    k->a = &k->out->axes[k->axis];
    if (!fray_rep_is_ordered(k->a)) /* nothing is lost from less to more */
      continue;
    for (size_t s = 0; s < k->a->n_series; s++)
      FRAY_TRY(add_series(k, s, FRAY_REP_ALL, err));
    for (size_t c = 0; c < n_columns; c++)
      FRAY_TRY(add_groups(k, &column[c], err));
  }
  return adjust(k, first, err);
}
