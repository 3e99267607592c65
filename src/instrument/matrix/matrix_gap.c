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
      const bool is_of = code[i % a->clusters] == v;
      g->of[i] = is_of ? a->of[i] : 0;
      part[i] = is_of ? g->right[i] : 0;
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
        people += a->of[k] > 0;
        samples += a->of[k];
      }
    large[v] = !fray_group_suppressed((size_t)samples, people);
    n += large[v];
  }
  return n;
}

/* The null first, while every person counts once: chance is asked about the people there are, and
 * not about a draw of them. */
static enum fray_status find(const struct matrix *m, struct gap *g, bool *large,
                             struct matrix_number *out, struct fray_err *err) {
  const struct matrix_answers *a = g->a;
  double *draw;
  FRAY_ALLOC(g->of, m->arena, 2 * a->n * a->clusters + 1, err);
  FRAY_ALLOC(g->value, m->arena, g->group->n_values + 1, err);
  FRAY_ALLOC(draw, m->arena, FRAY_DRAWS, err);
  g->large = large;
  const double value = gap_with(g, g->group->code);
  struct fray_gap_null null;
  FRAY_TRY(fray_gap_permute(0, g->group->code, a->clusters, FRAY_PERMUTATIONS, gap_with, g, value,
                            m->arena, &null, err));
  for (size_t d = 0; d < FRAY_DRAWS; d++) {
    g->seed = a->draws.seed + d * a->n;
    g->cluster = a->draws.cluster + d * a->clusters;
    draw[d] = gap_with(g, g->group->code);
  }
  *out = matrix_number_of(a, value, draw, false);
  out->low = out->low < 0 ? 0 : out->low; /* no gap lies below 0 */
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
