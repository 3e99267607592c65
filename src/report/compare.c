#include "compare.h"

enum { ALL_PAIRS = 5 }; /* beyond, the family grows so large that nothing would resolve */

int fray_rep_resolved(const struct fray_rep_stat *s) {
  return !(s->p < 0.05) ? 0 : s->mean > 0 ? 1 : -1;
}

static size_t panel_size(const struct fray_rep_axis *a, size_t panel) {
  size_t n = 0;
  for (size_t s = 0; s < a->n_series; s++)
    n += a->panel[s] == panel;
  return n;
}

/* Whether a and b (a < b) are compared. */
static bool is_pair(const struct fray_rep_axis *axis, size_t a, size_t b) {
  if (axis->panel[a] != axis->panel[b])
    return false;
  if (panel_size(axis, axis->panel[a]) <= ALL_PAIRS)
    return true;
  for (size_t s = 0; s < a; s++)
    if (axis->panel[s] == axis->panel[a])
      return false;
  return true;
}

static void turn(struct fray_rep_stat *s) {
  double low = s->low;
  s->mean = -s->mean;
  s->low = -s->high;
  s->high = -low;
}

/* The difference of the scores at the largest strength, and of the losses up to there: the loss of
 * a less that of b. */
static enum fray_status compare(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                bool higher, struct fray_rep_pair *p, struct fray_err *err) {
  size_t end = g->axis->n_x - 1;
  const double sign = higher ? 1 : -1, level[2] = {1, -1}, drop[4] = {sign, -sign, -sign, sign};
  const struct fray_rep_address at[4] = {
      fray_rep_grid_address(g, p->a, 0), fray_rep_grid_address(g, p->a, end),
      fray_rep_grid_address(g, p->b, 0), fray_rep_grid_address(g, p->b, end)};
  const struct fray_rep_address ends[2] = {at[1], at[3]};
  struct fray_rep_quantity q;
  FRAY_TRY(fray_rep_sum(r, ends, level, 2, &q, err));
  p->level = fray_rep_stat_of(r, &q);
  FRAY_TRY(fray_rep_sum(r, at, drop, 4, &q, err));
  p->drop = fray_rep_stat_of(r, &q);
  if (!(higher ? p->level.mean < 0 : p->level.mean > 0))
    return FRAY_OK;
  size_t a = p->a;
  p->a = p->b;
  p->b = a;
  turn(&p->level);
  turn(&p->drop);
  return FRAY_OK;
}

/* p-values of one family, adjusted over it. */
static enum fray_status adjust(struct fray_rep_results *r, struct fray_rep_pair *pairs, size_t n,
                               bool drop, struct fray_err *err) {
  double *p;
  FRAY_ALLOC(p, r->arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    p[i] = drop ? pairs[i].drop.p : pairs[i].level.p;
  FRAY_TRY(fray_holm(p, n, p, err));
  for (size_t i = 0; i < n; i++)
    *(drop ? &pairs[i].drop.p : &pairs[i].level.p) = p[i];
  return FRAY_OK;
}

enum fray_status fray_rep_pairs(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                bool higher_is_better, struct fray_rep_pair **out, size_t *n,
                                struct fray_err *err) {
  const struct fray_rep_axis *axis = g->axis;
  *n = 0;
  for (size_t b = 0; b < axis->n_series; b++)
    for (size_t a = 0; a < b; a++)
      *n += is_pair(axis, a, b);
  FRAY_ALLOC(*out, r->arena, *n + 1, err);
  size_t i = 0;
  for (size_t b = 0; b < axis->n_series; b++)
    for (size_t a = 0; a < b; a++)
      if (is_pair(axis, a, b)) {
        (*out)[i] = (struct fray_rep_pair){.a = a, .b = b};
        FRAY_TRY(compare(r, g, higher_is_better, &(*out)[i++], err));
      }
  FRAY_TRY(adjust(r, *out, *n, false, err));
  return adjust(r, *out, *n, true, err);
}
