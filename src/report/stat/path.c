/* Where the scores of a series lie: from no damage to the strongest. */
#include "path.h"

#include "report/words/names.h"
#include "report/words/phrases.h"

#include <math.h>
#include <string.h>

/* Whoever needs other samples or another group changes the address that comes back. A cell of
 * n_cells may be put in: looking it up then gives "not measured". */
struct fray_rep_address fray_rep_main_score(const struct fray_rep_results *r, size_t cell,
                                            size_t condition, double severity) {
  return (struct fray_rep_address){.cell = cell,
                                   .condition = condition,
                                   .severity = severity,
                                   .samples = FRAY_REP_TEST,
                                   .group = FRAY_REP_ALL,
                                   .metric = r->main_metric};
}

enum fray_status fray_rep_stat_at(struct fray_rep_results *r, const struct fray_rep_address *at,
                                  struct fray_rep_stat *out, size_t *samples,
                                  struct fray_err *err) {
  /* Draws are large and needed for one interval only; the arena of the study would keep them
   * all. */
  struct fray_arena *work = fray_rep_store_work(r);
  struct fray_arena_place mark = fray_arena_mark(work);
  struct fray_rep_quantity q;
  FRAY_TRY(fray_rep_quantity_once(r, at, work, &q, err));
  *out = fray_rep_stat_of(r, &q);
  *samples = q.n_samples;
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

size_t fray_rep_clean_condition(const struct fray_rep_results *r) {
  /* Where no entry acts at test `trial` is clean, and `clean` is not written a second time. */
  size_t clean = fray_rep_name_find(&r->conditions, "clean");
  return clean < r->conditions.n ? clean : fray_rep_name_find(&r->conditions, "trial");
}

/* True if at least one seed has something to show there. Points without any are left out of a path:
 * its users may then take every point for a score. */
static bool is_measured(const struct fray_rep_results *r, const struct fray_rep_address *at) {
  /* A grid with holes: that combination was not swept. */
  if (at->cell >= r->n_cells)
    return false;
  for (size_t s = 0; s < r->seeds.n; s++) {
    size_t t = r->trial_of[at->cell * r->seeds.n + s];
    /* A diverged training has no rows, and counts as the constant predictor all the same. */
    if (t < r->n_trials && (r->trial[t].diverged || fray_rep_score_at(r, t, at)))
      return true;
  }
  return false;
}

static void add_step(const struct fray_rep_results *r, struct fray_rep_path *path, double s,
                     struct fray_rep_address at) {
  if (!is_measured(r, &at))
    return;
  path->s[path->n] = s;
  path->at[path->n++] = at;
}

/* Values are parsed anew, by what parsed those of the axis, so that equality is exact. x may be any
 * number, also none of the axis: no damage is asked for like that. */
size_t fray_rep_cell_at(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                        size_t series, double x) {
  double value;
  if (!axis->is_key)
    return axis->cell_of_series[series];
  for (size_t c = 0; c < r->n_cells; c++)
    if (axis->series_of_cell[c] == series &&
        fray_rep_parse_real(r->cell[c]->value[axis->key], &value) && value == x)
      return c;
  return r->n_cells;
}

/* First the clean score where it belongs and is not on the axis itself, then each strength. `first`
 * stands under another condition and without severity, as `clean` has none; a swept key has none
 * either, since its strength is in the cell. Room for one more than the axis has. */
enum fray_status fray_rep_path_of(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                  size_t series, enum fray_rep_samples samples,
                                  struct fray_rep_path *out, struct fray_err *err) {
  size_t clean = fray_rep_clean_condition(r);
  *out = (struct fray_rep_path){0};
  FRAY_ALLOC(out->s, r->arena, axis->n_x + 1, err);
  FRAY_ALLOC(out->at, r->arena, axis->n_x + 1, err);
  for (size_t i = 0; i <= axis->n_x; i++) {
    bool first = i == 0; /* the clean score, where a condition was not measured at 0 */
    double x = first ? axis->strength->none : axis->x[i - 1];
    if (first && (!fray_rep_wants_clean(axis) || clean == r->conditions.n))
      continue;
    struct fray_rep_address at =
        fray_rep_main_score(r, fray_rep_cell_at(r, axis, series, x),
                            first ? clean : axis->condition, first || axis->is_key ? NAN : x);
    at.samples = samples;
    add_step(r, out, x, at);
  }
  out->clean = out->n > 0 && fray_strength_is_none(axis->strength, out->s[0]);
  return FRAY_OK;
}

/* Of the axis, not of a path: all panels of a figure must call their ends alike, and those whose
 * path is shorter are left out (fray_rep_has_ends). */
enum fray_status fray_rep_ends_of(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                  struct fray_rep_ends *out, struct fray_err *err) {
  *out = (struct fray_rep_ends){.weak = "without damage", .clean = fray_rep_begins_clean(axis)};
  /* The title of the figure says what it is a strength of. */
  if (!out->clean)
    FRAY_TRY(fray_rep_words(r, &out->weak, err, "at %s",
                            fray_rep_strength_title(r, axis->strength, axis->x[0])));
  return fray_rep_words(r, &out->strong, err, "at %s",
                        fray_rep_strength_title(r, axis->strength, axis->x[axis->n_x - 1]));
}

/* A path may lack its first or last point, and then the names of the ends would lie about what
 * is drawn. */
bool fray_rep_has_ends(const struct fray_rep_axis *axis, const struct fray_rep_path *path) {
  return fray_rep_is_ordered(axis) && path->n >= 2 && path->s[0] == axis->x[0] &&
         path->s[path->n - 1] == axis->x[axis->n_x - 1];
}
