/* Which cells of a grid of two faults belong together, and the interaction of each four. */
#include "fault_pairs.h"

#include "report/stat/path.h"

#include "fray/metric/robustness.h"

#include <math.h>
#include <string.h>

/* True if two cells differ in nothing but what moves with the two axes. Keys that go in step
 * with an axis move with it, so they must be free to differ too. */
static bool same_but(const struct fray_rep_fault_pair *p, size_t i, size_t j) {
  const struct fray_rep_results *r = p->r;
  for (size_t k = 0; k < r->n_keys; k++)
    if (k != p->a->key && k != p->b->key && !fray_rep_in_step(r, k, p->a->key) &&
        !fray_rep_in_step(r, k, p->b->key) &&
        strcmp(r->cell[i]->value[k], r->cell[j]->value[k]) != 0)
      return false;
  return true;
}

/* The cell like `like` at these strengths, or n_cells. Compared exactly: strengths are parsed
 * numbers and never calculated. */
static size_t find(const struct fray_rep_fault_pair *p, size_t like, double a, double b) {
  for (size_t c = 0; c < p->r->n_cells; c++)
    if (p->at_a[c] == a && p->at_b[c] == b && same_but(p, c, like))
      return c;
  return p->r->n_cells;
}

static double strength(const struct fray_rep_results *r, size_t cell,
                       const struct fray_rep_axis *axis) {
  double value;
  return fray_rep_parse_real(r->cell[cell]->value[axis->key], &value) ? value : NAN;
}

/* A model is a cell without either fault: only there a ratio to the undamaged score can begin.
 * Test conditions make no pair, as one training has no second fault beside them. */
enum fray_status fray_rep_fault_pair_of(struct fray_rep_results *r, const struct fray_rep_axis *a,
                                        const struct fray_rep_axis *b,
                                        struct fray_rep_fault_pair *out, struct fray_err *err) {
  *out = (struct fray_rep_fault_pair){.r = r, .a = a, .b = b};
  if (!a->is_key || !b->is_key || !fray_rep_begins_clean(a) || !fray_rep_begins_clean(b))
    return FRAY_OK;
  FRAY_ALLOC(out->at_a, r->arena, r->n_cells, err);
  FRAY_ALLOC(out->at_b, r->arena, r->n_cells, err);
  FRAY_ALLOC(out->series, r->arena, r->n_cells, err);
  for (size_t c = 0; c < r->n_cells; c++) {
    out->at_a[c] = strength(r, c, a);
    out->at_b[c] = strength(r, c, b);
  }
  for (size_t s = 0; s < a->n_series; s++)
    for (size_t c = 0; c < r->n_cells; c++)
      if (a->series_of_cell[c] == s && fray_strength_is_none(a->strength, out->at_a[c]) &&
          fray_strength_is_none(b->strength, out->at_b[c]))
        out->series[out->n_models++] = s;
  return FRAY_OK;
}

struct context {
  double chance;
  bool higher;
};

/* chance is that of the undamaged cell, the same for all four. */
static double in_logs(const void *user, const double *m, const char **status) {
  const struct context *c = user;
  return fray_interaction(m[0], m[1], m[2], m[3], c->chance, c->higher, status);
}

static double in_scores(const void *user, const double *m, const char **status) {
  (void)user;
  double sum = fray_additive_interaction(m[0], m[1], m[2], m[3]);
  *status = isnan(sum) ? "a value is missing" : "ok";
  return sum;
}

/* cell is set only when the last of the four was found, so callers see by it whether e means
 * anything. The grid may have holes. */
enum fray_status fray_rep_interaction_at(const struct fray_rep_fault_pair *p, size_t series,
                                         double a, double b, enum fray_rep_samples samples,
                                         bool additive, struct fray_rep_interaction *out,
                                         struct fray_err *err) {
  struct fray_rep_results *r = p->r;
  const double none_a = p->a->strength->none, none_b = p->b->strength->none;
  const double at[4][2] = {{none_a, none_b}, {a, none_b}, {none_a, b}, {a, b}};
  const struct fray_rep_quantity *q[4];
  /* Four models: neither fault, each alone, both. */
  *out = (struct fray_rep_interaction){.cell = r->n_cells};
  for (size_t i = 0; i < 4; i++) {
    size_t cell = find(p, p->a->cell_of_series[series], at[i][0], at[i][1]);
    if (cell == r->n_cells)
      return FRAY_OK;
    struct fray_rep_address address = fray_rep_main_score(r, cell, p->a->condition, NAN);
    address.samples = samples;
    FRAY_TRY(fray_rep_find_quantity(r, &address, &q[i], err));
    out->cell = i == 3 ? cell : r->n_cells;
  }
  struct context c = {.chance = q[0]->chance,
                      .higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric])};
  FRAY_TRY(fray_rep_estimate_of(r, q, 4, additive ? in_scores : in_logs, &c, &out->e, err));
  if (additive && fray_rep_is_percent(r, r->main_metric))
    fray_interval_within(-2, 2, &out->e.interval);
  return FRAY_OK;
}
