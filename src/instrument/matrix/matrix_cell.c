/* The numbers of one cell: each condition by itself, each family of conditions together. Every
 * number is made anew in the same draws of people and trainings, so two of them compare.
 *
 * The draws of a number are some thousand; all numbers of a study are some hundred, each a sum over
 * people, which takes a second or two. They are gone when the interval is known. */
#include "matrix_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

const struct matrix_number matrix_nothing = {
    .value = NAN, .low = NAN, .high = NAN, .df = NAN, .interval = "", .null = {NAN, NAN, NAN}};

/* A number whose interval is not known would be read as if it were sure: it is left out, with the
 * reason. */
struct matrix_number matrix_number_of(const struct matrix_answers *a, double value,
                                      const double *draw, bool is_share) {
  struct matrix_number out = matrix_nothing;
  struct fray_interval interval = fray_interval_of(value, draw, FRAY_DRAWS, a->n, a->clusters);
  if (is_share)
    fray_interval_bound_share(value, a->clusters, &interval);
  out.why = interval.status;
  if (isnan(value) || isnan(interval.low))
    return out;
  out.value = value;
  out.low = interval.low;
  out.high = interval.high;
  out.df = interval.df;
  out.interval = a->n > 1 ? "people and trainings" : "people";
  out.why = "ok";
  return out;
}

/* The mean over trainings of part / of, each of which counts as much. */
static enum fray_status share(const struct matrix *m, const struct matrix_answers *a,
                              const double *part, struct matrix_number *out, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(m->arena);
  double *draw;
  FRAY_ALLOC(draw, m->arena, FRAY_DRAWS, err);
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    draw[d] = fray_mean_of_shares(a->n, a->clusters, a->of, part, a->draws.seed + d * a->n,
                                  a->draws.cluster + d * a->clusters);
  const double value = fray_mean_of_shares(a->n, a->clusters, a->of, part, NULL, NULL);
  *out = matrix_number_of(a, value, draw, true);
  fray_arena_rewind(m->arena, mark);
  return FRAY_OK;
}

/* family: their number: all of them. */
static bool is_of(const struct matrix_answers *a, size_t condition, size_t family) {
  return condition == a->clean || (a->family_of[condition] < a->families &&
                                   (family == a->families || a->family_of[condition] == family));
}

/* The worst of the means in every draw anew: which condition is the worst differs between draws,
 * and the interval knows it. */
static void means_in(const struct matrix_answers *a, size_t family, const uint16_t *seed,
                     const uint16_t *cluster, double *worst, double *mean) {
  const size_t plane = a->n * a->clusters;
  size_t n = 0;
  *worst = INFINITY;
  *mean = 0;
  for (size_t c = 0; c < a->conditions; c++) {
    if (!is_of(a, c, family))
      continue;
    const double one =
        fray_mean_of_shares(a->n, a->clusters, a->of, a->right + c * plane, seed, cluster);
    *mean += one;
    *worst = one < *worst ? one : *worst;
    n++;
  }
  *mean /= (double)n; /* clean is always of it, so n is no 0 */
  if (isnan(*mean))
    *worst = NAN;
}

/* Three numbers of one family, in the same draws: their order holds in each of them, and so their
 * intervals can be read side by side. */
static enum fray_status family(const struct matrix *m, const struct matrix_answers *a, size_t f,
                               struct matrix_family *out, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(m->arena);
  double *worst, *mean, least, middle;
  *out = (struct matrix_family){.name = f < a->families ? a->family[f] : "all tests"};
  for (size_t c = 0; c < a->conditions; c++)
    out->conditions += c != a->clean && is_of(a, c, f);
  FRAY_ALLOC(worst, m->arena, FRAY_DRAWS, err);
  FRAY_ALLOC(mean, m->arena, FRAY_DRAWS, err);
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    means_in(a, f, a->draws.seed + d * a->n, a->draws.cluster + d * a->clusters, &worst[d],
             &mean[d]);
  means_in(a, f, NULL, NULL, &least, &middle);
  out->worst_of_means = matrix_number_of(a, least, worst, true);
  out->mean_of_means = matrix_number_of(a, middle, mean, true);
  fray_arena_rewind(m->arena, mark);
  return share(m, a, a->worst + f * a->n * a->clusters, &out->worst, err);
}

/* ---- one row ---- */

/* An empty number says why, whatever its column. */
static struct matrix_number nothing_since(const char *why) {
  struct matrix_number out = matrix_nothing;
  out.why = why;
  return out;
}

/* A judge may refuse nobody in this cell and somebody in another one: cells answer for themselves.
 * Where nobody is refused under any condition there is no gate, and a row of zeros would look as if
 * one had been tried. */
static bool refuses(const struct matrix_answers *a) {
  for (size_t i = 0; i < a->conditions * a->n * a->clusters; i++)
    if (a->refused[i] > 0)
      return true;
  return false;
}

/* The worst case is that of the family, so all points of a test have the same: it says what a user
 * meets who cannot know which of them comes. */
static enum fray_status of_answers(const struct matrix *m, const struct matrix_answers *a, size_t c,
                                   const struct matrix_cell *cell,
                                   const struct matrix_column *column, struct matrix_number *out,
                                   struct fray_err *err) {
  const size_t plane = a->n * a->clusters, f = a->family_of[c];
  const struct matrix_family *family = f < a->families ? &cell->family[f] : NULL;
  switch (column->what) {
  case MATRIX_RIGHT:
    return share(m, a, a->right + c * plane, out, err);
  case MATRIX_REFUSED:
    *out = nothing_since("no answer is refused under any condition");
    return refuses(a) ? share(m, a, a->refused + c * plane, out, err) : FRAY_OK;
  case MATRIX_GAP:
    return matrix_gap(m, a, c, column->of, out, err);
  case MATRIX_WORST:
    *out = family ? family->worst : nothing_since("a point of no test");
    return FRAY_OK;
  case MATRIX_WORST_OF_MEANS:
    *out = family ? family->worst_of_means : nothing_since("a point of no test");
    return FRAY_OK;
  case MATRIX_MEAN_OF_MEANS:
    *out = family ? family->mean_of_means : nothing_since("a point of no test");
    return FRAY_OK;
  case MATRIX_SCORE:
  case MATRIX_COST:
    break;
  }
  return FRAY_OK;
}

/* Of a guard, and not of the judge that the study was tested with. */
static bool is_of_gate(const struct matrix_column *column) {
  return column->what == MATRIX_REFUSED && *column->of;
}

/* What tables say of a training is there without its answers as well. */
static enum fray_status fill(const struct matrix *m, const struct matrix_study *study, size_t cell,
                             const struct matrix_answers *a, size_t c,
                             const struct matrix_cell *made, struct matrix_row *row,
                             struct fray_err *err) {
  const struct fray_rep_results *r = &study->r;
  FRAY_ALLOC_ZERO(row->number, m->arena, m->n_columns + 1, err);
  for (size_t k = 0; k < m->n_columns; k++) {
    const struct matrix_column *column = &m->column[k];
    if (is_of_gate(column) && study->n_refusals == 0)
      row->number[k] = nothing_since("no guard was asked");
    else if (is_of_gate(column))
      matrix_refused_by(study, made->name, column->of, row->asked ? row->asked : "",
                        &row->number[k]);
    else if (column->what == MATRIX_COST)
      FRAY_TRY(matrix_cost(m, r, cell, column->cost, &row->number[k], err));
    else if (c == SIZE_MAX)
      row->number[k] = nothing_since("asked by a guard alone, which counts refusals");
    else if (column->what == MATRIX_SCORE)
      FRAY_TRY(matrix_score(m, r, cell, row->condition, column->name, &row->number[k], err));
    else if (strcmp(a->why, "ok") != 0)
      row->number[k] = nothing_since(a->why);
    else
      FRAY_TRY(of_answers(m, a, c, made, column, &row->number[k], err));
  }
  return FRAY_OK;
}

/* ---- one cell ---- */

/* As tables of instruments have it; a study without swept keys has a single cell. */
static const char *name_of(const struct fray_rep_results *r, size_t cell,
                           struct fray_arena *arena) {
  struct fray_text name = {0};
  for (size_t k = 0; k < r->n_keys; k++)
    fray_text_printf(&name, "%s%s=%s", name.size ? " " : "", r->key[k], r->cell[cell]->value[k]);
  const char *out = name.failed ? NULL : fray_arena_strdup(arena, name.size ? name.data : "all");
  fray_text_free(&name);
  return out;
}

/* Behind the conditions of the study. */
static enum fray_status add_guarded(const struct matrix *m, const struct matrix_study *study,
                                    size_t cell, const struct matrix_answers *a,
                                    const struct fray_rep_names *asked, struct matrix_cell *made,
                                    struct fray_err *err) {
  for (size_t k = 0; k < asked->n; k++) {
    struct matrix_row *row = &made->row[made->n_rows];
    row->condition = fray_arena_printf(m->arena, "guard/%s", asked->v[k]);
    FRAY_CHECK(row->condition, err, MEMORY, "out of memory");
    row->asked = asked->v[k];
    row->family = "";
    FRAY_TRY(fill(m, study, cell, a, SIZE_MAX, made, row, err));
    made->n_rows++;
  }
  return FRAY_OK;
}

/* Without kept answers there is one row, whose fields say why they are empty: a cell that is left
 * out would not count against the coverage. */
enum fray_status matrix_cell_add(struct matrix *m, struct matrix_study *study, size_t cell,
                                 struct fray_err *err) {
  static const char *const nobody[] = {"trial"};
  struct matrix_answers a;
  struct fray_rep_names asked;
  struct matrix_cell *made = &m->cell[m->n_cells];
  FRAY_TRY(matrix_answers_read(m, study, cell, &a, err));
  const bool knows = strcmp(a.why, "ok") == 0;
  *made = (struct matrix_cell){.folder = study->r.folder,
                               .name = name_of(&study->r, cell, m->arena),
                               .trainings = a.trainings,
                               .diverged = a.diverged,
                               .samples = a.samples,
                               .people = a.clusters,
                               .n_rows = knows ? a.conditions : 1,
                               .n_families = knows ? a.families + 1 : 0};
  FRAY_CHECK(made->name, err, MEMORY, "out of memory");
  FRAY_TRY(matrix_guard_conditions(study, made->name, knows, &asked, m->arena, err));
  FRAY_ALLOC_ZERO(made->row, m->arena, made->n_rows + asked.n + 1, err);
  FRAY_ALLOC_ZERO(made->family, m->arena, made->n_families + 1, err);
  for (size_t f = 0; f < made->n_families; f++)
    FRAY_TRY(family(m, &a, f, &made->family[f], err));
  for (size_t c = 0; c < made->n_rows; c++) {
    struct matrix_row *row = &made->row[c];
    row->condition = knows ? a.condition[c] : nobody[0];
    row->family = knows && a.family_of[c] < a.families ? a.family[a.family_of[c]] : "";
    row->asked = knows && c == a.clean ? "clean" : NULL;
    FRAY_TRY(fill(m, study, cell, &a, c, made, row, err));
  }
  FRAY_TRY(add_guarded(m, study, cell, &a, &asked, made, err));
  m->n_cells++;
  return FRAY_OK;
}
