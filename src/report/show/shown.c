/* Which models and conditions a study is shown by, with their scores: those that figures and tables
 * of the page show, by the same addresses, so that no number exists twice. */
#include "shown.h"

#include "report/stat/path.h"
#include "report/words/control_names.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* A sweep of a hundred methods would fill screens; --all shows them. Strengths without an order
 * have no largest one, so a few stand for themselves. */
enum { MOST_MODELS = 12, MOST_UNORDERED = 3 };

/* Of a swept key without an order - a frequency - no value is the one without damage. */
static bool is_key_axis(const struct fray_rep_axis *axis) {
  return axis->is_key && fray_rep_is_ordered(axis);
}

/* ---- axes ---- */

/* Along with the axes of the page those conditions that were measured at one strength only: no
 * curve runs over them, but they are results. `trial` is one where it is no end of a swept
 * strength. */
static enum fray_status add_single_conditions(struct fray_rep_shown *s, bool all,
                                              struct fray_err *err) {
  struct fray_rep_results *r = s->r;
  const size_t n = s->n_axes;
  const bool has_clean = fray_rep_name_find(&r->conditions, "clean") < r->conditions.n;
  for (size_t c = 0; c < r->conditions.n; c++) {
    bool known = strcmp(r->conditions.v[c], "clean") == 0;
    known = known || (!has_clean && strcmp(r->conditions.v[c], "trial") == 0);
    known = known || (!all && fray_rep_is_control_condition(r->conditions.v[c]));
    for (size_t i = 0; i < n; i++)
      known = known || s->axes[i].condition == c;
    if (!known)
      FRAY_TRY(fray_rep_condition_axis(r, c, &s->axes[s->n_axes++], err));
  }
  return FRAY_OK;
}

/* Copied, as the list of the page has no room behind it for what is added here. Arrays inside are
 * shared with it, and are of the arena of the results. */
static enum fray_status find_axes(struct fray_rep_shown *s, bool all, struct fray_err *err) {
  struct fray_rep_axis *axes;
  FRAY_TRY(fray_rep_axes(s->r, &axes, &s->n_axes, err));
  FRAY_ALLOC(s->axes, s->r->arena, s->n_axes + s->r->conditions.n, err);
  if (s->n_axes)
    memcpy(s->axes, axes, s->n_axes * sizeof *axes);
  return add_single_conditions(s, all, err);
}

/* ---- models ---- */

/* Whether a training is where a swept strength is least. Any of its series: which one, the cell
 * itself says. */
static bool begins(const struct fray_rep_shown *s, const struct fray_rep_axis *axis, size_t cell) {
  return fray_rep_cell_at(s->r, axis, axis->series_of_cell[cell], axis->x[0]) == cell;
}

/* Where the damage of every swept strength is least. */
static bool begins_all(const struct fray_rep_shown *s, size_t cell) {
  for (size_t i = 0; i < s->n_axes; i++)
    if (is_key_axis(&s->axes[i]) && !begins(s, &s->axes[i], cell))
      return false;
  return true;
}

/* Asked before models are chosen, since the choice depends on whether there is any such one.
 * A sweep need not be a grid: there may be no model without any damage. Then all are shown. */
static bool has_plain(const struct fray_rep_shown *s) {
  for (size_t c = 0; c < s->r->n_cells; c++)
    if (begins_all(s, c))
      return true;
  return false;
}

/* Keys in which the models differ, in the words of a label; of a study that sweeps nothing there is
 * one model, and it is called so. */
static enum fray_status label_model(const struct fray_rep_shown *s, struct fray_rep_shown_model *m,
                                    struct fray_err *err) {
  const struct fray_rep_results *r = s->r;
  const char *text = "";
  for (size_t k = 0; k < r->n_keys && text; k++) {
    bool differs = false;
    for (size_t i = 1; i < s->n_models; i++)
      differs = differs || strcmp(r->cell[s->model[i].cell]->value[k],
                                  r->cell[s->model[0].cell]->value[k]) != 0;
    if (!differs)
      continue;
    const char *value = fray_rep_value_label(r, r->key[k], r->cell[m->cell]->value[k]);
    text = value ? fray_arena_printf(r->arena, "%s%s%s", text, *text ? ", " : "", value) : NULL;
  }
  FRAY_CHECK(text, err, MEMORY, "out of memory");
  m->label = *text ? text : "model";
  return FRAY_OK;
}

/* In the order of the sweep, as everywhere. Labels come behind the choice: they say in what the
 * chosen models differ, and no more. */
static enum fray_status find_models(struct fray_rep_shown *s, bool all, struct fray_err *err) {
  const bool plain = !all && has_plain(s);
  FRAY_ALLOC(s->model, s->r->arena, s->r->n_cells + 1, err);
  for (size_t c = 0; c < s->r->n_cells; c++) {
    if (plain && !begins_all(s, c)) {
      s->n_damaged++;
      continue;
    }
    if (!all && s->n_models == MOST_MODELS) {
      s->n_left_out++;
      continue;
    }
    s->model[s->n_models++] =
        (struct fray_rep_shown_model){.cell = c, .is_reference = s->r->is_reference[c]};
  }
  for (size_t i = 0; i < s->n_models; i++)
    FRAY_TRY(label_model(s, &s->model[i], err));
  return FRAY_OK;
}

/* ---- conditions ---- */

/* The title is that of the axis, which differs from that of every other one; the strength tells its
 * points apart. Axis n_axes stands for undamaged data, which have neither. */
static enum fray_status add_condition(struct fray_rep_shown *s, size_t axis, size_t x,
                                      struct fray_err *err) {
  struct fray_rep_results *r = s->r;
  struct fray_rep_shown_condition *c = &s->condition[s->n_conditions++];
  *c = (struct fray_rep_shown_condition){
      .axis = axis, .x = x, .title = "clean", .strength = "", .label = "clean"};
  if (axis == s->n_axes)
    return FRAY_OK;
  const struct fray_rep_axis *a = &s->axes[axis];
  c->is_end = fray_rep_is_ordered(a) && x + 1 == a->n_x && a->n_x > 1;
  c->title = a->title;
  c->strength = isnan(a->x[x]) ? "" : fray_rep_strength_title(r, a->strength, a->x[x]);
  FRAY_CHECK(c->strength, err, MEMORY, "out of memory");
  c->label = fray_arena_printf(r->arena, "%s%s%s", c->title, *c->strength ? ", " : "", c->strength);
  FRAY_CHECK(c->label, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Of an axis with less and more damage the most; without an order there is no such strength, and a
 * few are shown one by one. Undamaged data are shown once, as such. */
static bool is_shown(const struct fray_rep_axis *a, size_t x, bool all) {
  if (all)
    return !fray_strength_is_none(a->strength, a->x[x]);
  return fray_rep_is_ordered(a) ? x + 1 == a->n_x : a->n_x <= MOST_UNORDERED;
}

/* Clean first: every loss is read from there. A study whose tests are all damaged has no such
 * column. */
static enum fray_status find_conditions(struct fray_rep_shown *s, bool all, struct fray_err *err) {
  size_t most = 1;
  for (size_t i = 0; i < s->n_axes; i++)
    most += s->axes[i].n_x;
  FRAY_ALLOC(s->condition, s->r->arena, most, err);
  if (fray_rep_clean_condition(s->r) < s->r->conditions.n)
    FRAY_TRY(add_condition(s, s->n_axes, 0, err));
  for (size_t i = 0; i < s->n_axes; i++)
    for (size_t x = 0; x < s->axes[i].n_x; x++)
      if (is_shown(&s->axes[i], x, all))
        FRAY_TRY(add_condition(s, i, x, err));
  return FRAY_OK;
}

/* ---- scores ---- */

/* Of a swept strength the score is that of another training: of the one that begins where the model
 * stands. Where all trainings are shown, each stands at its own strength. */
static size_t trained_at(const struct fray_rep_shown *s, const struct fray_rep_axis *a, size_t cell,
                         double x) {
  const size_t at = fray_rep_cell_at(s->r, a, a->series_of_cell[cell], x);
  const bool its_own = s->all ? at == cell : !fray_rep_is_ordered(a) || begins(s, a, cell);
  return its_own ? at : s->r->n_cells;
}

/* Metric and selection are those that were asked for; all else is as the figures have it. */
static struct fray_rep_address address_of(const struct fray_rep_shown *s, size_t cell,
                                          const struct fray_rep_shown_condition *c) {
  const struct fray_rep_results *r = s->r;
  const bool clean = c->axis == s->n_axes;
  const struct fray_rep_axis *a = clean ? NULL : &s->axes[c->axis];
  struct fray_rep_address at =
      fray_rep_main_score(r, cell, clean ? fray_rep_clean_condition(r) : a->condition,
                          clean || a->is_key ? NAN : a->x[c->x]);
  if (a && a->is_key)
    at.cell = trained_at(s, a, cell, a->x[c->x]);
  at.metric = s->metric;
  at.last = s->last;
  return at;
}

/* As the method table has it: an interval that any score would fit is none, and one of a share ends
 * where shares do. Draws are large, and needed for one interval only. */
static enum fray_status find_score(struct fray_rep_shown *s, struct fray_rep_shown_score *out,
                                   struct fray_err *err) {
  struct fray_rep_results *r = s->r;
  struct fray_rep_quantity q;
  out->stat = (struct fray_rep_stat){.mean = NAN, .low = NAN, .high = NAN, .p = NAN};
  if (out->at.cell >= r->n_cells)
    return FRAY_OK;
  struct fray_arena *work = fray_rep_store_work(r);
  struct fray_arena_place mark = fray_arena_mark(work);
  FRAY_TRY(fray_rep_quantity_in(r, &out->at, work, &q, err));
  out->stat = fray_rep_stat_of(r, &q);
  if (s->percent && !fray_rep_blank(&out->stat, true))
    fray_rep_clip(&out->stat);
  if (!isnan(q.value)) {
    s->samples = fmin(s->samples, (double)q.n_samples); /* fmin leaves NaN aside */
    s->clients = fmin(s->clients, (double)q.n_clusters);
  }
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

/* samples and clients become the least over all scores, so that the line above the table promises
 * no more than each of them has. */
static enum fray_status find_scores(struct fray_rep_shown *s, struct fray_err *err) {
  FRAY_ALLOC(s->score, s->r->arena, s->n_models * s->n_conditions + 1, err);
  s->samples = s->clients = NAN;
  for (size_t m = 0; m < s->n_models; m++)
    for (size_t c = 0; c < s->n_conditions; c++) {
      struct fray_rep_shown_score *score = &s->score[m * s->n_conditions + c];
      score->at = address_of(s, s->model[m].cell, &s->condition[c]);
      FRAY_TRY(find_score(s, score, err));
    }
  return FRAY_OK;
}

/* As the page gives them, over all series of the axis: a family of comparisons does not shrink
 * because fewer are shown. */
static enum fray_status find_verdicts(struct fray_rep_shown *s, struct fray_err *err) {
  FRAY_ALLOC_ZERO(s->verdicts, s->r->arena, s->n_axes + 1, err);
  for (size_t i = 0; i < s->n_axes; i++) {
    struct fray_rep_shown_verdicts *v = &s->verdicts[i];
    struct fray_rep_grid grid;
    if (!fray_rep_is_ordered(&s->axes[i]) || s->axes[i].n_x < 2)
      continue;
    FRAY_TRY(fray_rep_make_grid(s->r, &s->axes[i], s->last, FRAY_REP_ALL, s->metric, &grid, err));
    FRAY_TRY(fray_rep_losses(s->r, &grid, s->higher, &v->loss, err));
    FRAY_TRY(fray_rep_pairs(s->r, &grid, s->higher, &v->pair, &v->n_pairs, err));
  }
  return FRAY_OK;
}

/* A series of a swept strength begins at another training than it ends at: it is told by the first.
 */
size_t fray_rep_shown_model_of(const struct fray_rep_shown *s, const struct fray_rep_axis *axis,
                               size_t series) {
  size_t m = 0;
  while (m < s->n_models &&
         (axis->series_of_cell[s->model[m].cell] != series || !begins(s, axis, s->model[m].cell)))
    m++;
  return m;
}

/* Models before conditions and both before scores, which are their product. */
enum fray_status fray_rep_shown_of(struct fray_rep_results *r,
                                   const struct fray_rep_show_choice *choice,
                                   struct fray_rep_shown *out, struct fray_err *err) {
  char list[512];
  *out = (struct fray_rep_shown){
      .r = r, .metric = r->main_metric, .last = choice->last, .all = choice->all};
  if (choice->metric)
    out->metric = fray_rep_name_find(&r->metrics, choice->metric);
  FRAY_CHECK(out->metric < r->metrics.n, err, INPUT, "%s: no metric '%s'; %s", r->folder,
             choice->metric ? choice->metric : "",
             fray_there_are(choice->metric ? choice->metric : "", r->metrics.v, r->metrics.n, list,
                            sizeof list));
  out->percent = fray_rep_is_percent(r, out->metric);
  out->higher = fray_rep_higher_is_better(r->metrics.v[out->metric]);
  FRAY_TRY(find_axes(out, choice->all, err));
  FRAY_TRY(find_models(out, choice->all, err));
  FRAY_TRY(find_conditions(out, choice->all, err));
  FRAY_TRY(find_scores(out, err));
  return find_verdicts(out, err);
}
