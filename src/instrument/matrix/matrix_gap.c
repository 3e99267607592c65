/* The largest difference between groups of people, and how large chance makes it: of several groups
 * two always lie apart, so a gap without its null says nothing.
 *
 * The report has gaps too, of metrics, where a study asked for them; here they are of shares of
 * right answers, of every condition, and of the people who answered in this cell. */
#include "matrix_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* What gaps of one condition share. */
struct gap {
  const struct matrix_answers *a;
  const struct matrix_group *group;
  const double *right;            /* (n, clusters) */
  const bool *large;              /* (values) enough people and samples */
  double *of;                     /* (n, clusters) scratch: those of one group */
  double *value;                  /* (values) scratch */
  const double *constant;         /* (n, values) shares right of trainings that diverged */
  const uint16_t *seed, *cluster; /* of a draw; NULL: each once */
};

/* fray_gap_permute hands in people with other groups, the bootstrap the true ones and a draw. */
static double gap_with(void *user, const uint32_t *code) {
  const struct gap *g = user;
  const struct matrix_answers *a = g->a;
  const char *status; /* fewer than two values: NaN, and nothing more to say */
  for (size_t v = 0; v < g->group->n_values; v++) {
    g->value[v] = NAN;
    if (!g->large[v])
      continue;
    /* Shares of what is masked out are 0 of 0, since right answers are masked with it. */
    double *part = g->of + a->n * a->clusters;
    for (size_t i = 0; i < a->n * a->clusters; i++) {
      const size_t t = i / a->clusters;
      const bool is_of = code[i % a->clusters] == v;
      g->of[i] = is_of || a->is_constant[t] ? a->of[i] : 0;
      part[i] = a->is_constant[t] ? g->constant[t * g->group->n_values + v]
                : is_of           ? g->right[i]
                                  : 0;
    }
    g->value[v] = fray_mean_of_shares(a->n, a->clusters, g->of, part, g->seed, g->cluster);
  }
  return fray_gap(g->value, g->group->n_values, &status);
}

/* Groups that are too small to speak of take no part. */
static size_t find_large(const struct matrix_answers *a, const struct matrix_group *group,
                         bool *large) {
  size_t n = 0;
  for (size_t v = 0; v < group->n_values; v++) {
    size_t people = 0;
    double samples = 0;
    for (size_t k = 0; k < a->clusters; k++)
      if (group->code[k] == v) {
        people += (a->is_constant[0] ? a->own_of[k] : a->of[k]) > 0;
        samples += a->is_constant[0] ? a->own_of[k] : a->of[k];
      }
    large[v] = !fray_group_suppressed((size_t)samples, people);
    n += large[v];
  }
  return n;
}

/* What always saying one class reaches in each group, the same in every draw. */
static enum fray_status find_constants(const struct matrix *m, struct gap *g,
                                       struct fray_err *err) {
  const struct matrix_answers *a = g->a;
  const size_t values = g->group->n_values;
  double *of, *share;
  FRAY_ALLOC_ZERO(of, m->arena, a->n * values + 1, err);
  FRAY_ALLOC_ZERO(share, m->arena, a->n * values + 1, err);
  for (size_t i = 0; i < a->n * a->clusters; i++) {
    const size_t v = g->group->code[i % a->clusters], t = i / a->clusters;
    if (v == values || !a->is_constant[t])
      continue;
    of[t * values + v] += a->own_of[i];
    share[t * values + v] += a->own_right[i];
  }
  for (size_t k = 0; k < a->n * values; k++)
    share[k] /= of[k]; /* of nobody: NaN, as elsewhere */
  g->constant = share;
  return FRAY_OK;
}

/* As in the report the null is of trainings that have answers: a constant has no gap by chance. All
 * people count once there: chance is asked about them, and not about a draw of them. */
static enum fray_status find_null(const struct matrix *m, struct gap *g, struct fray_gap_null *null,
                                  struct fray_err *err) {
  const struct matrix_answers *a = g->a;
  uint16_t *others;
  size_t n = 0;
  *null = (struct fray_gap_null){NAN, NAN, NAN};
  FRAY_ALLOC(others, m->arena, a->n + 1, err);
  for (size_t t = 0; t < a->n; t++) {
    others[t] = !a->is_constant[t];
    n += others[t];
  }
  g->seed = others;
  return n == 0 ? FRAY_OK
                : fray_gap_permute(0, g->group->code, a->clusters, FRAY_PERMUTATIONS, gap_with, g,
                                   gap_with(g, g->group->code), m->arena, null, err);
}

static enum fray_status find(const struct matrix *m, struct gap *g, bool *large,
                             struct matrix_number *out, struct fray_err *err) {
  const struct matrix_answers *a = g->a;
  double *draw;
  FRAY_TRY(find_constants(m, g, err));
  FRAY_ALLOC(g->of, m->arena, 2 * a->n * a->clusters + 1, err);
  FRAY_ALLOC(g->value, m->arena, g->group->n_values + 1, err);
  FRAY_ALLOC(draw, m->arena, FRAY_DRAWS, err);
  g->large = large;
  const double value = gap_with(g, g->group->code);
  struct fray_gap_null null;
  FRAY_TRY(find_null(m, g, &null, err));
  for (size_t d = 0; d < FRAY_DRAWS; d++) {
    g->seed = a->draws.seed + d * a->n;
    g->cluster = a->draws.cluster + d * a->clusters;
    draw[d] = gap_with(g, g->group->code);
  }
  *out = matrix_number_of(a, value, draw, false);
  out->low = out->low < 0 ? 0 : out->low; /* no gap lies below 0, or is wider than 1 */
  out->high = out->high > 1 ? 1 : out->high;
  out->null = null;
  return FRAY_OK;
}

/* Why there is no gap is told in the order in which it could be mended: no groups, groups that are
 * none of people, groups that are too small. */
enum fray_status matrix_gap(const struct matrix *m, const struct matrix_answers *a,
                            size_t condition, const char *column, struct matrix_number *out,
                            struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(m->arena);
  const struct matrix_group *group = NULL;
  enum fray_status status = FRAY_OK;
  bool *large;
  *out = matrix_nothing;
  for (size_t g = 0; g < a->columns; g++)
    if (strcmp(a->group[g].name, column) == 0)
      group = &a->group[g];
  out->why = group ? group->why : "the study tells no such groups (evaluate.groups)";
  if (strcmp(out->why, "ok") != 0)
    return FRAY_OK;
  FRAY_ALLOC(large, m->arena, group->n_values + 1, err);
  if (find_large(a, group, large) < 2) {
    out->why = "fewer than two groups have 5 people and 30 samples";
  } else {
    struct gap g = {.a = a, .group = group, .right = a->right + condition * a->n * a->clusters};
    status = find(m, &g, large, out, err);
  }
  fray_arena_rewind(m->arena, mark);
  return status;
}
