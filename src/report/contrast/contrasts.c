/* Paired differences by group: which are made, and what may be said of them.
 *
 * Two questions are asked of the same scores. Of two methods: for whom is the one better? On the
 * test split, by the pairs that the page compares anyway, so that a group never tells of a pair of
 * which the whole is not looked at. Of a method and clients that train alone: is the federation
 * better than each by itself, and for whom? On the clients' own samples, since a client alone is
 * worth nothing on those of others. */
#include "contrasts.h"

#include "report/measure/losses.h"
#include "report/stat/path.h"
#include "report/words/control_names.h"

#include "fray/base/size.h"
#include "fray/metric/fairness.h"

#include <math.h>
#include <string.h>

struct making {
  struct fray_rep_contrasts *out;
  struct fray_rep_results *r;
  const struct fray_rep_groups *column;
  size_t n_columns;
  bool higher;
};

/* ---- rows ---- */

/* Doubled as it grows: how many rows there are is known only when all groups were looked up. */
static enum fray_status add(struct making *m, const struct fray_rep_contrast *row,
                            struct fray_err *err) {
  struct fray_rep_contrasts *c = m->out;
  if (c->n == c->capacity) {
    const size_t capacity = 2 * c->capacity + 64;
    struct fray_rep_contrast *v;
    FRAY_ALLOC(v, m->r->arena, capacity, err);
    if (c->n)
      memcpy(v, c->v, c->n * sizeof *v);
    c->v = v;
    c->capacity = capacity;
  }
  c->v[c->n++] = *row;
  return FRAY_OK;
}

/* A row without a number says why, so that it is not taken for one that was forgotten. */
static void leave_empty(struct fray_rep_contrast *row, const char *why) {
  row->a = row->b = row->p = NAN;
  row->stat = (struct fray_rep_stat){.mean = NAN, .low = NAN, .high = NAN, .p = NAN};
  row->stat.interval = (struct fray_interval){NAN, NAN, NAN, NAN, FRAY_INTERVAL_NONE, why};
  row->status = why;
}

/* Of the one that is ahead, where it is ahead: a lead of guessing over worse guessing is none. */
static enum fray_status judge(const struct making *m, const struct fray_rep_side side[2],
                              struct fray_rep_contrast *row, struct fray_err *err) {
  enum fray_rep_learnt learnt;
  const struct fray_rep_side *ahead = &side[(row->stat.mean > 0) != m->higher];
  if (!(row->p < 0.05)) /* nothing is claimed anyway */
    return FRAY_OK;
  FRAY_TRY(fray_rep_learnt_at(ahead->r, &ahead->at, &learnt, err));
  if (learnt != FRAY_REP_AT_CHANCE)
    return FRAY_OK;
  row->stat.p = NAN;
  row->status = "whoever is ahead is not told from chance";
  return FRAY_OK;
}

/* p by itself is kept beside the one that families correct. Of a silent pair it is shown, and takes
 * no part in a family: what claims nothing must not make the others' claims weaker. */
static void take(const struct making *m, const struct fray_rep_quantity *d, bool silent,
                 struct fray_rep_contrast *row) {
  row->stat = fray_rep_stat_of(m->r, d);
  row->p = row->stat.p;
  row->n_samples = d->n_samples;
  row->n_diverged = d->n_diverged;
  row->status = isnan(d->value) ? d->status : row->stat.interval.status;
  if (!silent)
    return;
  row->stat.p = NAN;
  row->status = "a model is not told from chance";
}

/* ---- one difference ---- */

/* Within a study of one sum, whose parts are made anew of their common seeds; across two of what
 * both have. */
static enum fray_status subtract(const struct making *m, const struct fray_rep_side side[2],
                                 const struct fray_rep_quantity *const q[2],
                                 struct fray_rep_quantity *out, struct fray_err *err) {
  static const double weight[2] = {1, -1};
  const struct fray_rep_address both[2] = {side[0].at, side[1].at};
  if (side[0].r == side[1].r)
    return fray_rep_sum(m->r, both, weight, 2, m->r->arena, out, err);
  return fray_rep_less(side[0].r, q[0], side[1].r, q[1], m->r->arena, out, err);
}

/* A row, or none: what was not measured on both sides has no row, what was measured on too few has
 * one that says so. The two sides are of one group; its number may differ between studies. */
static enum fray_status compare(struct making *m, const struct fray_rep_side side[2], bool silent,
                                struct fray_rep_contrast row, struct fray_err *err) {
  const struct fray_rep_quantity *q[2];
  struct fray_rep_quantity d;
  for (size_t k = 0; k < 2; k++)
    FRAY_TRY(fray_rep_find_quantity(side[k].r, &side[k].at, &q[k], err));
  /* Nobody of this group is among these samples. */
  if (q[0]->n_seeds == 0 || q[1]->n_seeds == 0)
    return FRAY_OK;
  /* Other samples, or other people: nothing would be paired. */
  if (q[0]->n_samples != q[1]->n_samples || q[0]->n_clusters != q[1]->n_clusters)
    return FRAY_OK;
  row.n_samples = q[0]->n_samples;
  if (row.of == FRAY_REP_OF_GROUP && fray_group_suppressed(q[0]->n_samples, q[0]->n_clusters)) {
    leave_empty(&row, "under 30 samples or 5 clients");
    row.stat.n_clusters = q[0]->n_clusters;
    return add(m, &row, err);
  }
  /* Of a difference its draws are 24 kB, and it is asked for once. What it is made of is remembered
   * by now, and stays. */
  const struct fray_arena_place mark = fray_arena_mark(m->r->arena);
  FRAY_TRY(subtract(m, side, q, &d, err));
  row.a = q[0]->value;
  row.b = q[1]->value;
  take(m, &d, silent, &row);
  fray_arena_rewind(m->r->arena, mark);
  if (!silent)
    FRAY_TRY(judge(m, side, &row, err));
  return add(m, &row, err);
}

/* ---- the worst group of each ---- */

/* NaN of a seed or a draw that lacks a group is passed over: the worst is of those that are there.
 */
static double worst(const double *v, size_t n, bool higher) {
  size_t which;
  return fray_worst(v, n, higher, &which);
}

/* Of the means, of each seed and of each draw: whichever is worst there. q (n): of the kept groups.
 */
static enum fray_status worst_of(const struct making *m, size_t n_seeds,
                                 const struct fray_rep_quantity *const *q, size_t n,
                                 struct fray_rep_quantity *out, struct fray_err *err) {
  double *v, *by_seed, *draw;
  bool drawn = true;
  *out = (struct fray_rep_quantity){.value = NAN, .status = "ok"};
  FRAY_ALLOC(v, m->r->arena, n, err);
  FRAY_ALLOC(by_seed, m->r->arena, n_seeds, err);
  FRAY_ALLOC(draw, m->r->arena, FRAY_DRAWS, err);
  for (size_t i = 0; i < n; i++) {
    v[i] = q[i]->value;
    drawn = drawn && q[i]->draw;
    out->n_seeds = i ? FRAY_MIN(out->n_seeds, q[i]->n_seeds) : q[i]->n_seeds;
    out->n_clusters += q[i]->n_clusters; /* the clients of all groups stand behind it */
    out->n_samples += q[i]->n_samples;
    out->n_diverged = FRAY_MAX(out->n_diverged, q[i]->n_diverged);
  }
  out->value = worst(v, n, m->higher);
  out->least = q[0]->least; /* as of any of them: they are of one metric */
  out->most = q[0]->most;
  for (size_t s = 0; s < n_seeds; s++) {
    for (size_t i = 0; i < n; i++)
      v[i] = q[i]->by_seed[s];
    by_seed[s] = worst(v, n, m->higher);
  }
  for (size_t d = 0; drawn && d < FRAY_DRAWS; d++) {
    for (size_t i = 0; i < n; i++)
      v[i] = q[i]->draw[d];
    draw[d] = worst(v, n, m->higher);
  }
  out->by_seed = by_seed;
  out->draw = drawn ? draw : NULL;
  return FRAY_OK;
}

/* Groups that are large enough in both; of one alone "the worst" would be that group again. */
static enum fray_status compare_worst(struct making *m, const struct fray_rep_side side[2],
                                      bool silent, const struct fray_rep_groups *column,
                                      const size_t *other_group, struct fray_rep_contrast row,
                                      struct fray_err *err) {
  const struct fray_rep_quantity **q[2];
  struct fray_rep_quantity least[2], d;
  size_t n = 0;
  for (size_t k = 0; k < 2; k++)
    FRAY_ALLOC(q[k], m->r->arena, column->n + 1, err);
  for (size_t g = 0; g < column->n; g++) {
    struct fray_rep_side here[2] = {side[0], side[1]};
    here[0].at.group = column->group[g];
    here[1].at.group = other_group[g];
    if (other_group[g] == side[1].r->groups.n)
      continue;
    for (size_t k = 0; k < 2; k++)
      FRAY_TRY(fray_rep_find_quantity(here[k].r, &here[k].at, &q[k][n], err));
    n += q[0][n]->n_seeds > 0 && q[0][n]->n_samples == q[1][n]->n_samples &&
         q[0][n]->n_clusters == q[1][n]->n_clusters &&
         !fray_group_suppressed(q[0][n]->n_samples, q[0][n]->n_clusters);
  }
  if (n < 2)
    return FRAY_OK;
  for (size_t k = 0; k < 2; k++) {
    FRAY_TRY(worst_of(m, side[k].r->seeds.n, q[k], n, &least[k], err));
    least[k].n_clusters =
        fray_rep_at_most_clients(side[k].r, side[k].at.samples, least[k].n_clusters);
  }
  /* As of two studies, even if both are of one: what is subtracted is no single score. */
  FRAY_TRY(fray_rep_less(side[0].r, &least[0], side[1].r, &least[1], m->r->arena, &d, err));
  row.a = least[0].value;
  row.b = least[1].value;
  /* Of the means, as either is shown; the mean over seeds would be of other groups by seed. */
  d.value = d.n_seeds ? row.a - row.b : NAN;
  take(m, &d, silent, &row);
  return add(m, &row, err);
}

/* ---- what is compared ---- */

/* The group of the same name in the other study; groups.n: it has none. Names of groups hold their
 * column, so that two columns with equal values are not taken for each other. */
static enum fray_status groups_in(const struct making *m, const struct fray_rep_results *other,
                                  const struct fray_rep_groups *column, size_t **out,
                                  struct fray_err *err) {
  FRAY_ALLOC(*out, m->r->arena, column->n + 1, err);
  for (size_t g = 0; g < column->n; g++)
    (*out)[g] = other == m->r
                    ? column->group[g]
                    : fray_rep_name_find(&other->groups, m->r->groups.v[column->group[g]]);
  return FRAY_OK;
}

/* Columns as they come, their values in the order of the data, then the worst of each: rows of one
 * pair lie together, as a reader of the table wants them. */
static enum fray_status compare_groups(struct making *m, const struct fray_rep_side side[2],
                                       bool silent, struct fray_rep_contrast row,
                                       struct fray_err *err) {
  for (size_t k = 0; k < m->n_columns; k++) {
    const struct fray_rep_groups *column = &m->column[k];
    size_t *other;
    FRAY_TRY(groups_in(m, side[1].r, column, &other, err));
    row.column = column->column;
    for (size_t g = 0; g < column->n; g++) {
      struct fray_rep_side here[2] = {side[0], side[1]};
      here[0].at.group = column->group[g];
      here[1].at.group = other[g];
      row.of = FRAY_REP_OF_GROUP;
      row.value = column->value[g];
      if (other[g] < side[1].r->groups.n)
        FRAY_TRY(compare(m, here, silent, row, err));
    }
    row.of = FRAY_REP_OF_WORST;
    row.value = NULL;
    FRAY_TRY(compare_worst(m, side, silent, column, other, row, err));
  }
  return FRAY_OK;
}

/* Columns are those of the first side's study, which is the one that rows are numbered by. */
static enum fray_status begin(struct fray_rep_contrasts *out, size_t metric, struct making *m,
                              struct fray_err *err) {
  struct fray_rep_groups *column;
  *m = (struct making){
      .out = out, .r = out->r, .higher = fray_rep_higher_is_better(out->r->metrics.v[metric])};
  FRAY_TRY(fray_rep_group_columns(m->r, &column, &m->n_columns, err));
  m->column = column;
  return FRAY_OK;
}

enum fray_status fray_rep_contrast_groups(struct fray_rep_contrasts *out,
                                          const struct fray_rep_side side[2], bool silent,
                                          const struct fray_rep_contrast *row,
                                          struct fray_err *err) {
  struct making m;
  FRAY_TRY(begin(out, side[0].at.metric, &m, err));
  return compare_groups(&m, side, silent, *row, err);
}

/* At the strongest damage, where the pairs of an axis are judged. */
static enum fray_status compare_models(struct making *m, const struct fray_rep_axis *axis,
                                       struct fray_err *err) {
  struct fray_rep_grid grid;
  struct fray_rep_pair *pair;
  size_t n;
  FRAY_TRY(fray_rep_make_grid(m->r, axis, false, FRAY_REP_ALL, m->r->main_metric, &grid, err));
  FRAY_TRY(fray_rep_pairs(m->r, &grid, m->higher, &pair, &n, err));
  for (size_t i = 0; i < n; i++) {
    const struct fray_rep_side side[2] = {
        {m->r, fray_rep_grid_address(&grid, pair[i].a, axis->n_x - 1)},
        {m->r, fray_rep_grid_address(&grid, pair[i].b, axis->n_x - 1)}};
    const struct fray_rep_contrast row = {
        .axis = axis, .first = pair[i].a, .second = pair[i].b, .samples = FRAY_REP_TEST};
    if (side[0].at.cell < m->r->n_cells && side[1].at.cell < m->r->n_cells)
      FRAY_TRY(compare_groups(m, side, pair[i].silence != FRAY_REP_SPOKEN, row, err));
  }
  return FRAY_OK;
}

/* The training of clients alone that belongs to a cell: all swept values are its own but the
 * method, of which controls have one for all. n_cells: there is none. */
static size_t alone_cell(const struct fray_rep_results *r, size_t cell) {
  const struct fray_rep_results *c = r->controls;
  for (size_t i = 0; i < c->n_cells; i++) {
    bool fits = fray_rep_is_alone_control(c->cell[i]->control);
    for (size_t k = 0; k < r->n_keys && fits; k++)
      fits = strcmp(r->key[k], "method") == 0 ||
             strcmp(c->cell[i]->value[k], r->cell[cell]->value[k]) == 0;
    if (fits)
      return i;
  }
  return c->n_cells;
}

/* On the clients' own samples, which is where a client alone can be judged. A study whose condition
 * or metric the controls do not have is not compared: its numbers would be of other samples. */
static enum fray_status compare_with_alone(struct making *m, const struct fray_rep_axis *axis,
                                           struct fray_err *err) {
  struct fray_rep_results *c = m->r->controls;
  struct fray_rep_grid grid;
  const size_t condition =
                   c ? fray_rep_name_find(&c->conditions, m->r->conditions.v[axis->condition]) : 0,
               metric = c ? fray_rep_name_find(&c->metrics, m->r->metrics.v[m->r->main_metric]) : 0;
  if (!c || condition == c->conditions.n || metric == c->metrics.n)
    return FRAY_OK;
  FRAY_TRY(fray_rep_make_grid(m->r, axis, false, FRAY_REP_ALL, m->r->main_metric, &grid, err));
  for (size_t s = 0; s < axis->n_series; s++) {
    struct fray_rep_side side[2] = {{m->r, fray_rep_grid_address(&grid, s, axis->n_x - 1)}};
    const struct fray_rep_contrast row = {
        .axis = axis, .first = s, .second = axis->n_series, .samples = FRAY_REP_OWN};
    if (side[0].at.cell >= m->r->n_cells)
      continue;
    side[0].at.samples = FRAY_REP_OWN;
    side[1] = (struct fray_rep_side){c, side[0].at};
    side[1].at.cell = alone_cell(m->r, side[0].at.cell);
    side[1].at.condition = condition;
    side[1].at.metric = metric;
    if (side[1].at.cell == c->n_cells)
      continue;
    FRAY_TRY(compare(m, side, false, row, err));
    FRAY_TRY(compare_groups(m, side, false, row, err));
  }
  return FRAY_OK;
}

/* The ordered axes, and undamaged data where a swept strength does not hold these already: its
 * trainings are the series of that condition, too. */
static enum fray_status find_axes(struct fray_rep_results *r, struct fray_rep_axis **out, size_t *n,
                                  struct fray_err *err) {
  struct fray_rep_axis *axes, *ordered;
  bool swept = false;
  size_t clean = fray_rep_clean_condition(r);
  FRAY_TRY(fray_rep_axes(r, &axes, n, err));
  FRAY_TRY(fray_rep_ordered_axes(r, axes, *n, &ordered, n, err));
  FRAY_ALLOC(*out, r->arena, *n + 1, err);
  for (size_t i = 0; i < *n; i++) {
    (*out)[i] = ordered[i];
    swept = swept || ordered[i].is_key;
  }
  /* A study whose own damage is fixed has scores under that alone. */
  if (clean == r->conditions.n && *n == 0)
    clean = fray_rep_name_find(&r->conditions, "trial");
  if (swept || clean == r->conditions.n)
    return FRAY_OK;
  return fray_rep_condition_axis(r, clean, &(*out)[(*n)++], err);
}

/* Each of the two questions is a family of its own, over all axes, groups and pairs. */
enum fray_status fray_rep_adjust_contrasts(struct fray_rep_contrasts *c, size_t first,
                                           struct fray_err *err) {
  double **p;
  FRAY_ALLOC(p, c->r->arena, c->n - first + 1, err);
  for (size_t i = first; i < c->n; i++)
    p[i - first] = &c->v[i].stat.p;
  return fray_rep_adjust(c->r, p, c->n - first, err);
}

enum fray_status fray_rep_contrasts_of(struct fray_rep_results *r, struct fray_rep_contrasts *out,
                                       struct fray_err *err) {
  struct fray_rep_axis *axes;
  struct making m;
  size_t n, first;
  *out = (struct fray_rep_contrasts){.r = r};
  FRAY_TRY(begin(out, r->main_metric, &m, err));
  FRAY_TRY(find_axes(r, &axes, &n, err));
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(compare_models(&m, &axes[i], err));
  FRAY_TRY(fray_rep_adjust_contrasts(out, 0, err));
  first = out->n;
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(compare_with_alone(&m, &axes[i], err));
  return fray_rep_adjust_contrasts(out, first, err);
}
