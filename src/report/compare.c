#include "compare.h"

#include <math.h>

enum { ALL_PAIRS = 5 }; /* beyond, the family grows so large that nothing would resolve */

int fray_rep_resolved(const struct fray_rep_stat *s) {
  const double noise = 1e-12; /* of adding up; a spread of exactly 0 leaves nothing else */
  return s->low > noise ? 1 : s->high < -noise ? -1 : 0;
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

static void compare(const struct fray_rep_grid *g, bool higher, size_t family, double *scratch,
                    struct fray_rep_pair *p) {
  double *other = scratch + g->n_seeds;
  fray_rep_level_difference(g, p->a, p->b, scratch);
  double ahead = fray_rep_mean(scratch, g->n_seeds);
  if (higher ? ahead < 0 : ahead > 0) {
    size_t t = p->a;
    p->a = p->b;
    p->b = t;
    fray_rep_level_difference(g, p->a, p->b, scratch);
  }
  p->level = fray_rep_stat(scratch, g->n_seeds, family);
  fray_rep_drop(g, p->a, higher, scratch);
  fray_rep_drop(g, p->b, higher, other);
  for (size_t i = 0; i < g->n_seeds; i++)
    scratch[i] -= other[i];
  p->drop = fray_rep_stat(scratch, g->n_seeds, family);
}

enum fray_status fray_rep_pairs(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                bool higher_is_better, struct fray_rep_pair **out, size_t *n,
                                struct fray_err *err) {
  const struct fray_rep_axis *axis = g->axis;
  double *scratch;
  *n = 0;
  for (size_t b = 0; b < axis->n_series; b++)
    for (size_t a = 0; a < b; a++)
      *n += is_pair(axis, a, b);
  FRAY_ALLOC(scratch, r->arena, 2 * g->n_seeds, err);
  FRAY_ALLOC(*out, r->arena, *n + 1, err);
  size_t i = 0;
  for (size_t b = 0; b < axis->n_series; b++)
    for (size_t a = 0; a < b; a++)
      if (is_pair(axis, a, b)) {
        (*out)[i] = (struct fray_rep_pair){.a = a, .b = b};
        compare(g, higher_is_better, *n, scratch, &(*out)[i++]);
      }
  return FRAY_OK;
}
