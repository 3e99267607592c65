/* Losses along an axis and paired comparisons of its series, with what bars a verdict. */
#include "losses.h"

#include "report/quantity/store.h"

#include <math.h>
#include <string.h>

enum { ALL_PAIRS = 5 }; /* beyond, the family grows so large that nothing would resolve */

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
  /* Beyond that size only the first series of the panel is compared, with each of the others. */
  for (size_t s = 0; s < a; s++)
    if (axis->panel[s] == axis->panel[a])
      return false;
  return true;
}

/* Seen from the other series. */
static void turn(struct fray_rep_stat *s) {
  double low = s->low;
  s->mean = -s->mean;
  s->low = -s->high;
  s->high = -low;
}

/* The difference of the scores at both ends, and of the losses between them: the loss of a less
 * that of b. */
static enum fray_status compare(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                bool higher, struct fray_rep_pair *p, struct fray_err *err) {
  size_t end = g->axis->n_x - 1;
  const double sign = higher ? 1 : -1, level[2] = {1, -1}, drop[4] = {sign, -sign, -sign, sign};
  const struct fray_rep_address at[4] = {
      fray_rep_grid_address(g, p->a, 0), fray_rep_grid_address(g, p->a, end),
      fray_rep_grid_address(g, p->b, 0), fray_rep_grid_address(g, p->b, end)};
  const struct fray_rep_address starts[2] = {at[0], at[2]}, ends[2] = {at[1], at[3]};
  FRAY_TRY(fray_rep_sum_stat(r, starts, level, 2, &p->start, err));
  FRAY_TRY(fray_rep_sum_stat(r, ends, level, 2, &p->level, err));
  /* In one sum, so that what the four scores share cancels draw by draw. */
  FRAY_TRY(fray_rep_sum_stat(r, at, drop, 4, &p->drop, err));
  /* Also true of NaN: an unmeasured pair keeps its order. */
  if (!(higher ? p->level.mean < 0 : p->level.mean > 0))
    return FRAY_OK;
  size_t a = p->a;
  p->a = p->b;
  p->b = a;
  turn(&p->start);
  turn(&p->level);
  turn(&p->drop);
  return FRAY_OK;
}

/* p-values of one family, adjusted over it. */
static enum fray_status adjust(struct fray_rep_results *r, struct fray_rep_pair *pairs, size_t n,
                               bool drop, struct fray_err *err) {
  double **p;
  FRAY_ALLOC(p, r->arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    p[i] = drop ? &pairs[i].drop.p : &pairs[i].level.p;
  return fray_rep_adjust(r, p, n, err);
}

/* Whether each series is told from chance at one strength. NOT_SAID silences
 * nothing: whether such a model is at chance is not known. */
static enum fray_status judge(struct fray_rep_results *r, const struct fray_rep_grid *g, size_t x,
                              enum fray_rep_learnt **out, struct fray_err *err) {
  FRAY_ALLOC(*out, r->arena, g->axis->n_series, err);
  for (size_t s = 0; s < g->axis->n_series; s++) {
    struct fray_rep_address at = fray_rep_grid_address(g, s, x);
    /* A group has too few clients to be told from chance by itself; the model is judged on all. */
    at.group = FRAY_REP_ALL;
    FRAY_TRY(fray_rep_learnt_at(r, &at, &(*out)[s], err));
  }
  return FRAY_OK;
}

/* What was compared along an axis before: half a dozen parts of a report ask for the same. */
struct fray_rep_compared {
  struct fray_rep_compared *next;
  struct fray_rep_grid grid; /* of the axis below: the caller's may be gone */
  struct fray_rep_axis axis;
  bool higher;
  struct fray_rep_loss *loss; /* (n_series), or NULL: not made yet */
  struct fray_rep_pair *pair; /* (n_pairs), or NULL */
  size_t n_pairs;
};

/* Scores along a swept key have no strength of their own. */
static bool has_same_strengths(const struct fray_rep_axis *a, const struct fray_rep_axis *b) {
  bool same = a->is_key == b->is_key && a->condition == b->condition && a->n_x == b->n_x;
  for (size_t i = 0; i < a->n_x && same && !a->is_key; i++)
    same = a->x[i] == b->x[i] || (isnan(a->x[i]) && isnan(b->x[i]));
  return same;
}

/* Comparisons follow from what is scored where, and from who stands with whom. */
static bool is_of(const struct fray_rep_compared *c, const struct fray_rep_grid *g, bool higher) {
  const struct fray_rep_axis *axis = g->axis;
  const size_t bytes = axis->n_series * sizeof *axis->panel;
  return c->higher == higher && c->grid.group == g->group && c->grid.metric == g->metric &&
         c->grid.last == g->last && c->axis.n_series == axis->n_series &&
         has_same_strengths(&c->axis, axis) && memcmp(c->axis.panel, axis->panel, bytes) == 0 &&
         memcmp(c->grid.cell, g->cell, axis->n_x * bytes) == 0;
}

/* Entered before anything was made: each part is made when it is first asked for. */
static enum fray_status compared_at(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    bool higher, struct fray_rep_compared **out,
                                    struct fray_err *err) {
  struct fray_rep_compared **first = fray_rep_store_compared(r), *c;
  for (c = *first; c; c = c->next)
    if (is_of(c, g, higher)) {
      *out = c;
      return FRAY_OK;
    }
  FRAY_ALLOC_ZERO(c, r->arena, 1, err);
  c->grid = *g;
  c->axis = *g->axis;
  c->grid.axis = &c->axis;
  c->higher = higher;
  c->next = *first;
  *first = *out = c;
  return FRAY_OK;
}

/* NaN takes a series out of the family, so the others are not corrected for a question that is
 * not asked. */
static enum fray_status make_losses(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    bool higher, struct fray_rep_loss **out, struct fray_err *err) {
  size_t n = g->axis->n_series;
  enum fray_rep_learnt *start;
  double **p;
  FRAY_TRY(judge(r, g, 0, &start, err));
  FRAY_ALLOC_ZERO(*out, r->arena, n, err);
  FRAY_ALLOC(p, r->arena, n, err);
  for (size_t s = 0; s < n; s++) {
    struct fray_rep_loss *loss = &(*out)[s];
    FRAY_TRY(fray_rep_drop_stat(r, g, s, higher, &loss->stat, err));
    loss->start = start[s];
    if (start[s] == FRAY_REP_AT_CHANCE)
      loss->stat.p = NAN;
    p[s] = &loss->stat.p;
  }
  return fray_rep_adjust(r, p, n, err);
}

/* A copy, which is the caller's own. */
enum fray_status fray_rep_losses(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                 bool higher, struct fray_rep_loss **out, struct fray_err *err) {
  struct fray_rep_compared *c;
  struct fray_rep_loss *made;
  FRAY_TRY(compared_at(r, g, higher, &c, err));
  if (!c->loss) {
    FRAY_TRY(make_losses(r, g, higher, &made, err));
    c->loss = made;
  }
  FRAY_ALLOC(*out, r->arena, c->axis.n_series, err);
  memcpy(*out, c->loss, c->axis.n_series * sizeof **out);
  return FRAY_OK;
}

/* Values and intervals stay: they were measured, and only the verdict is withheld. */
static void silence(struct fray_rep_pair *p, enum fray_rep_silence why, size_t series) {
  p->silence = why;
  p->silent = series;
  p->level.p = p->drop.p = p->start.p = NAN;
}

/* A model at chance has nothing to lose, so that it would win every comparison of losses. */
static void silence_starts(struct fray_rep_pair *pairs, size_t n,
                           const enum fray_rep_learnt *start) {
  for (size_t i = 0; i < n; i++)
    if (start[pairs[i].a] == FRAY_REP_AT_CHANCE)
      silence(&pairs[i], FRAY_REP_SILENT_START, pairs[i].a);
    else if (start[pairs[i].b] == FRAY_REP_AT_CHANCE)
      silence(&pairs[i], FRAY_REP_SILENT_START, pairs[i].b);
}

/* a is the one ahead, since compare has put the better one first. */
static void silence_ends(struct fray_rep_pair *pairs, size_t n, const enum fray_rep_learnt *end) {
  for (size_t i = 0; i < n; i++)
    if (pairs[i].silence == FRAY_REP_SPOKEN && end[pairs[i].a] == FRAY_REP_AT_CHANCE)
      silence(&pairs[i], FRAY_REP_SILENT_END, pairs[i].a);
}

/* The order matters: those at chance from the start leave the families before they are
 * corrected, as that is known without looking at who is ahead. */
static enum fray_status make_pairs(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                   bool higher_is_better, struct fray_rep_pair **out, size_t *n,
                                   struct fray_err *err) {
  const struct fray_rep_axis *axis = g->axis;
  enum fray_rep_learnt *start, *end;
  *n = 0;
  for (size_t b = 0; b < axis->n_series; b++)
    for (size_t a = 0; a < b; a++)
      *n += is_pair(axis, a, b);
  FRAY_ALLOC(*out, r->arena, *n + 1, err);
  size_t i = 0;
  for (size_t b = 0; b < axis->n_series; b++)
    for (size_t a = 0; a < b; a++)
      if (is_pair(axis, a, b)) {
        (*out)[i] = (struct fray_rep_pair){.a = a, .b = b, .silent = axis->n_series};
        FRAY_TRY(compare(r, g, higher_is_better, &(*out)[i++], err));
      }
  FRAY_TRY(judge(r, g, 0, &start, err));
  FRAY_TRY(judge(r, g, axis->n_x - 1, &end, err));
  silence_starts(*out, *n, start);
  FRAY_TRY(adjust(r, *out, *n, false, err));
  FRAY_TRY(adjust(r, *out, *n, true, err));
  silence_ends(*out, *n, end); /* behind the adjustment: what it depends on is compared there */
  return FRAY_OK;
}

enum fray_status fray_rep_pairs(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                bool higher_is_better, struct fray_rep_pair **out, size_t *n,
                                struct fray_err *err) {
  struct fray_rep_compared *c;
  struct fray_rep_pair *made;
  FRAY_TRY(compared_at(r, g, higher_is_better, &c, err));
  if (!c->pair) {
    FRAY_TRY(make_pairs(r, g, higher_is_better, &made, &c->n_pairs, err));
    c->pair = made;
  }
  *n = c->n_pairs;
  FRAY_ALLOC(*out, r->arena, *n + 1, err);
  memcpy(*out, c->pair, *n * sizeof **out);
  return FRAY_OK;
}
