/* What all models of a cell said, from results.h5, added up by person: thousands of draws then need
 * no samples. The worst case alone looks at samples one by one, and is added up here too.
 *
 * Answers of a training are held only until those of the next are asked for, and so whatever is
 * kept of them is copied. The file is not trusted; what is wrong with it is a reason like others.
 */
#include "matrix_parts.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/metric/robustness.h"

#include <string.h>

/* The key of the report: a share has the same interval in both. */
static const char draws_key[] = "fray report";

/* All trainings of the cell, as in the report: numbers of those that happened to succeed are better
 * than those of the method. */
static enum fray_status list_trials(const struct fray_rep_results *r, size_t cell,
                                    struct fray_arena *arena, size_t **trial,
                                    struct matrix_answers *a, struct fray_err *err) {
  FRAY_ALLOC(*trial, arena, r->seeds.n + 1, err);
  for (size_t s = 0; s < r->seeds.n; s++) {
    const size_t t = r->trial_of[cell * r->seeds.n + s];
    if (t == r->n_trials)
      continue;
    (*trial)[a->n++] = t;
    a->diverged += r->trial[t].n_diverged;
    a->trainings += r->trial[t].n_parts ? r->trial[t].n_parts : 1;
  }
  return FRAY_OK;
}

/* ---- families ---- */

/* The longest name of `tests` that the condition begins with: behind it stand its severity, the
 * values of several keys, or a group. SIZE_MAX: it is no test but a control or the trial itself. */
static const char *test_of(const struct fray_rep_results *r, const char *condition) {
  const struct fray_node *tests = fray_node_at(r->scenario, "tests");
  const char *found = NULL;
  for (const struct fray_node *t = tests ? tests->child : NULL; t; t = t->next) {
    const size_t n = t->key ? strlen(t->key) : 0;
    if (n > 0 && strncmp(condition, t->key, n) == 0 &&
        strchr("= /", condition[n]) /* or its end */ && (!found || strlen(found) < n))
      found = t->key;
  }
  return found;
}

/* `clean` stands there only where the trial itself is damaged at test. */
static enum fray_status find_families(const struct fray_rep_results *r, struct matrix_answers *a,
                                      struct fray_arena *arena, struct fray_err *err) {
  FRAY_ALLOC(a->family, arena, a->conditions + 1, err);
  FRAY_ALLOC(a->family_of, arena, a->conditions + 1, err);
  a->clean = a->conditions; /* none yet */
  for (size_t c = 0; c < a->conditions; c++)
    if (strcmp(a->condition[c], "clean") == 0)
      a->clean = c;
  for (size_t c = 0; a->clean == a->conditions && c < a->conditions; c++)
    if (strcmp(a->condition[c], "trial") == 0)
      a->clean = c;
  for (size_t c = 0; c < a->conditions; c++) {
    const char *test = test_of(r, a->condition[c]);
    if (!test && c != a->clean && strcmp(a->condition[c], "trial") == 0)
      test = a->condition[c];
    size_t f = test ? 0 : SIZE_MAX;
    while (f < a->families && strcmp(a->family[f], test) != 0)
      f++;
    if (f == a->families)
      a->family[a->families++] = test;
    a->family_of[c] = f;
  }
  return FRAY_OK;
}

/* ---- people ---- */

/* Of the clients of all trials those that this cell asked. place: SIZE_MAX of the others. */
static enum fray_status find_people(struct matrix_study *study, const size_t *trial,
                                    struct matrix_answers *a, struct fray_arena *arena,
                                    size_t **place, struct fray_err *err) {
  const struct fray_rep_clients *clients;
  FRAY_TRY(fray_pooled_clients(&study->r, &clients, err));
  FRAY_ALLOC(*place, arena, clients->n + 1, err);
  for (size_t k = 0; k < clients->n; k++)
    (*place)[k] = SIZE_MAX;
  for (size_t t = 0; t < a->n; t++) {
    const struct fray_rep_answers *one;
    FRAY_TRY(fray_pooled_answers(&study->r, trial[t], &one, err));
    a->why = one->status;
    if (strcmp(a->why, "ok") != 0)
      return FRAY_OK;
    for (size_t i = 0; i < one->n; i++)
      /* Sets of labels are refused further on, where it is told whose they are. */
      if (one->multi_label || one->label[i] >= 0)
        (*place)[one->client[i]] = 0;
  }
  for (size_t k = 0; k < clients->n; k++)
    if ((*place)[k] == 0)
      (*place)[k] = a->clusters++;
  return FRAY_OK;
}

/* The value of each person, who is told by the first of his samples that has one; where others of
 * his say otherwise, people have no group. */
static enum fray_status find_groups(const struct fray_rep_answers *one, const size_t *place,
                                    struct matrix_answers *a, struct fray_arena *arena,
                                    struct fray_err *err) {
  a->columns = one->n_columns;
  FRAY_ALLOC_ZERO(a->group, arena, a->columns + 1, err);
  for (size_t g = 0; g < a->columns; g++) {
    const struct fray_rep_column *column = &one->column[g];
    struct matrix_group *group = &a->group[g];
    const uint32_t none = (uint32_t)column->n_values;
    *group = (struct matrix_group){fray_arena_strdup(arena, column->name), "ok", none, NULL};
    FRAY_CHECK(group->name, err, MEMORY, "out of memory");
    FRAY_ALLOC(group->code, arena, a->clusters + 1, err);
    for (size_t k = 0; k < a->clusters; k++)
      group->code[k] = none;
    for (size_t i = 0; i < one->n; i++) {
      const size_t at = place[one->client[i]];
      if (at == SIZE_MAX || column->code[i] < 0)
        continue;
      if (group->code[at] != none && group->code[at] != (uint32_t)column->code[i])
        group->why = "its values differ within people";
      group->code[at] = (uint32_t)column->code[i];
    }
  }
  return FRAY_OK;
}

/* ---- counts ---- */

/* A refusal is no right answer. Best models alone: those that a user would get. */
static void count(const struct fray_rep_answers *one, const size_t *place, size_t t,
                  struct matrix_answers *a) {
  const size_t row = t * a->clusters, plane = a->n * a->clusters;
  for (size_t i = 0; i < one->n; i++)
    if (one->label[i] >= 0) {
      const size_t at = row + place[one->client[i]];
      a->of[at]++;
      a->samples += t == 0;
      for (size_t c = 0; c < a->conditions; c++) {
        const int16_t said = one->predicted[c * one->n + i];
        a->right[c * plane + at] += said == one->label[i];
        a->refused[c * plane + at] += said <= FRAY_REP_REFUSED;
      }
    }
}

/* family: one of them, or their number: all together. Clean is the first row. */
static enum fray_status count_worst(const struct fray_rep_answers *one, const size_t *place,
                                    size_t t, size_t family, struct matrix_answers *a,
                                    struct fray_arena *arena, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  double *value, *worst, *sum = a->worst + (family * a->n + t) * a->clusters;
  size_t rows = 0;
  /* Room for all conditions: of all tests together nearly all are looked at. */
  FRAY_ALLOC(value, arena, (a->conditions + 1) * one->n + 1, err);
  FRAY_ALLOC(worst, arena, one->n + 1, err);
  for (size_t c = 0; c < a->conditions; c++) {
    const bool is_of =
        a->family_of[c] < a->families && (family == a->families || a->family_of[c] == family);
    if (!is_of && c != a->clean)
      continue;
    for (size_t i = 0; i < one->n; i++)
      value[rows * one->n + i] = one->predicted[c * one->n + i] == one->label[i];
    rows++;
  }
  /* Means are made of the sums by person, in the draws; here the samples alone are wanted. */
  (void)fray_worst_case_of(value, rows, one->n, true, worst);
  for (size_t i = 0; rows > 0 && i < one->n; i++)
    if (one->label[i] >= 0)
      sum[place[one->client[i]]] += worst[i];
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Names of the first training; the others must have been asked the same. */
static enum fray_status keep_conditions(const struct fray_rep_answers *one,
                                        struct matrix_answers *a, struct fray_arena *arena,
                                        struct fray_err *err) {
  a->conditions = one->n_conditions;
  FRAY_ALLOC(a->condition, arena, a->conditions + 1, err);
  for (size_t c = 0; c < a->conditions; c++) {
    a->condition[c] = fray_arena_strdup(arena, one->condition[c]);
    FRAY_CHECK(a->condition[c], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* Names and not places: a training of another program might have had them in another order. */
static bool same_conditions(const struct fray_rep_answers *one, const struct matrix_answers *a) {
  bool same = one->n_conditions == a->conditions;
  for (size_t c = 0; same && c < a->conditions; c++)
    same = strcmp(one->condition[c], a->condition[c]) == 0;
  return same;
}

/* What one training said; the first says under which conditions. */
static enum fray_status add_trial(struct matrix *m, struct matrix_study *study, size_t trial,
                                  size_t t, const size_t *place, struct matrix_answers *a,
                                  struct fray_err *err) {
  const struct fray_rep_answers *one;
  FRAY_TRY(fray_pooled_answers(&study->r, trial, &one, err));
  /* Sets of labels and sequences have no share of right answers that others could stand beside. */
  FRAY_CHECK(
      one->predicted, err, INPUT,
      "%s: samples have no single answer (sets of labels, or sequences); the matrix is of single "
      "ones",
      study->r.folder);
  if (!m->classes_of) {
    m->n_classes = one->n_classes;
    m->classes_of = study->r.folder;
  }
  FRAY_CHECK(one->n_classes == m->n_classes, err, INPUT,
             "%s: %zu classes, and %s has %zu: they are no conditions of one task", study->r.folder,
             one->n_classes, m->classes_of, m->n_classes);
  if (t == 0) {
    const size_t plane = a->n * a->clusters;
    FRAY_TRY(keep_conditions(one, a, m->arena, err));
    FRAY_TRY(find_families(&study->r, a, m->arena, err));
    FRAY_TRY(find_groups(one, place, a, m->arena, err));
    FRAY_ALLOC_ZERO(a->of, m->arena, plane + 1, err);
    FRAY_ALLOC_ZERO(a->right, m->arena, a->conditions * plane + 1, err);
    FRAY_ALLOC_ZERO(a->refused, m->arena, a->conditions * plane + 1, err);
    FRAY_ALLOC_ZERO(a->worst, m->arena, (a->families + 1) * plane + 1, err);
    FRAY_ALLOC_ZERO(a->own_of, m->arena, plane + 1, err);
    FRAY_ALLOC_ZERO(a->own_right, m->arena, plane + 1, err);
    FRAY_ALLOC_ZERO(a->is_constant, m->arena, a->n + 1, err);
  }
  if (!same_conditions(one, a)) {
    a->why = "trainings were tested under different conditions";
    return FRAY_OK;
  }
  int32_t class = -1;
  bool known = true;
  if (study->r.trial[trial].n_diverged)
    FRAY_TRY(matrix_constant_find(m, &study->r, one, trial, &class, &known, err));
  if (!known)
    a->why = "what a diverged training counts as is not known";
  if (known && study->r.trial[trial].diverged)
    matrix_constant_count(one, place, class, t, a);
  if (!known || study->r.trial[trial].diverged)
    return FRAY_OK;
  count(one, place, t, a);
  for (size_t f = 0; f <= a->families; f++)
    FRAY_TRY(count_worst(one, place, t, f, a, m->arena, err));
  return FRAY_OK;
}

/* What stands in the way empties the cell with its reason and is no error: other cells of the
 * folder may be whole. That two folders are not of one task is one, since no number of them
 * compares. */
enum fray_status matrix_answers_read(struct matrix *m, struct matrix_study *study, size_t cell,
                                     struct matrix_answers *out, struct fray_err *err) {
  size_t *trial, *place;
  *out = (struct matrix_answers){.why = fray_pooled_status(&study->r)};
  FRAY_TRY(list_trials(&study->r, cell, m->arena, &trial, out, err));
  if (strcmp(out->why, "ok") != 0)
    return FRAY_OK;
  FRAY_TRY(find_people(study, trial, out, m->arena, &place, err));
  if (strcmp(out->why, "ok") == 0 && out->clusters == 0)
    out->why = "no sample has a label";
  for (size_t t = 0; t < out->n && strcmp(out->why, "ok") == 0; t++)
    FRAY_TRY(add_trial(m, study, trial[t], t, place, out, err));
  return strcmp(out->why, "ok") != 0
             ? FRAY_OK
             : fray_resample_make(fray_hash_text(draws_key), out->n, out->clusters, FRAY_DRAWS,
                                  m->arena, &out->draws, err);
}
