/* What a training that diverged counts as: the constant predictor, here as in the report. Which
 * class that is stands in no file, but what it reaches does, as the chance of each score.
 *
 * It reaches the same in every draw, as in the report: on other people it would do as well. */
#include "matrix_parts.h"

#include "fray/base/size.h"
#include "fray/metric/metric.h"

#include <math.h>
#include <string.h>

/* Labels of the samples behind a score, by class. */
static bool count_labels(const struct fray_rep_answers *one, const char *group, int64_t *count) {
  const int32_t *code;
  int32_t value;
  if (!fray_pooled_group(one, group, &code, &value))
    return false;
  memset(count, 0, one->n_classes * sizeof *count);
  for (size_t i = 0; i < one->n; i++)
    if (one->label[i] >= 0 && (!code || code[i] == value))
      count[one->label[i]]++;
  return true;
}

/* True if always answering class reaches what the table calls chance, of everybody and of each
 * group: data may hold several classes as often, but mostly not in each group. */
static bool explains(const struct fray_rep_results *r, const struct fray_rep_answers *one,
                     size_t trial, size_t class, int64_t *count, size_t *ranking) {
  const struct fray_rep_score *first = NULL;
  for (size_t k = 0, n = 1; k < one->n_classes; k++)
    ranking[k == class ? 0 : n++] = k;
  for (size_t i = 0; i < r->n_scores; i++) {
    const struct fray_rep_score *s = &r->score[i];
    const struct fray_choice *metric = fray_choice_find(&fray_metrics, r->metrics.v[s->metric]);
    const char *ignored;
    if (s->trial != trial || s->own || !metric || !isfinite(s->chance) ||
        fray_metric_needs_scores(metric))
      continue;
    /* Of every condition it is the same. */
    if (first && (s->condition != first->condition || s->last != first->last))
      continue;
    if (!count_labels(one, r->groups.v[s->group], count))
      continue;
    first = s;
    const double found = fray_metric_chance_of_ranking(metric, count, one->n_classes, ranking,
                                                       one->target, &ignored);
    if (!(fabs(found - s->chance) <= 1e-9 * fmax(1, fabs(s->chance))))
      return false;
  }
  return first != NULL;
}

/* Folds that diverged know their constants, each its own, and their answers are those. */
enum fray_status matrix_constant_find(const struct matrix *m, const struct fray_rep_results *r,
                                      const struct fray_rep_answers *one, size_t trial,
                                      int32_t *class, bool *known, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(m->arena);
  const struct fray_rep_trial *t = &r->trial[trial];
  int64_t *count;
  size_t *ranking;
  *class = -1;
  *known = t->n_parts > 0;
  for (size_t p = 0; p < t->n_parts; p++)
    *known = *known &&
             (!r->folds->trial[t->part[p]].diverged || r->folds->trial[t->part[p]].constant >= 0);
  if (t->n_parts > 0)
    return FRAY_OK;
  FRAY_ALLOC(count, m->arena, one->n_classes + 1, err);
  FRAY_ALLOC(ranking, m->arena, one->n_classes + 1, err);
  for (size_t c = 0; c < one->n_classes && !*known; c++)
    if (explains(r, one, trial, c, count, ranking)) {
      *class = (int32_t)c;
      *known = true;
    }
  fray_arena_rewind(m->arena, mark);
  return FRAY_OK;
}

/* Everybody counts once, so a share is the same whoever is drawn. What it says of each group is
 * kept beside, for gaps. */
void matrix_constant_count(const struct fray_rep_answers *one, const size_t *place, int32_t class,
                           size_t t, struct matrix_answers *a) {
  const size_t row = t * a->clusters, plane = a->n * a->clusters;
  double of = 0, right = 0;
  for (size_t i = 0; i < one->n; i++) {
    if (one->label[i] < 0)
      continue;
    const bool hit = (class >= 0 ? class : one->predicted[i]) == one->label[i];
    const size_t at = row + place[one->client[i]];
    a->own_of[at]++;
    a->own_right[at] += hit;
    a->samples += t == 0;
    of++;
    right += hit;
  }
  a->is_constant[t] = true;
  for (size_t k = row; k < row + a->clusters; k++) {
    a->of[k] = 1;
    for (size_t c = 0; c < a->conditions; c++)
      a->right[c * plane + k] = right / of;
    for (size_t f = 0; f <= a->families; f++)
      a->worst[f * plane + k] = right / of;
  }
}
