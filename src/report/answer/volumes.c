/* What a method does beyond the volume of data that it trains on: differences between models and
 * their controls of a matched volume, paired by seed and test client. */
#include "volumes.h"

#include "report/stat/model_labels.h"
#include "report/stat/path.h"
#include "report/words/control_names.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* A condition that both are asked under. */
struct place {
  size_t condition;
  double severity;
  const char *title;
};

/* Controls repeat the swept values of the cell that they are of, behind which the control stands.
 */
static size_t owner_of(const struct fray_rep_results *r, const struct fray_rep_trial *control) {
  size_t cell = 0;
  for (; cell < r->n_cells; cell++) {
    size_t k = 0;
    while (k < r->n_keys && strcmp(r->cell[cell]->value[k], control->value[k]) == 0)
      k++;
    if (k == r->n_keys)
      break;
  }
  return cell;
}

/* Undamaged data first, or where there are none those that all models are tested on; then the end
 * of each test. Swept damage of training is no place of its own: each strength has its controls. */
static enum fray_status find_places(struct fray_rep_results *r, struct place **out, size_t *n,
                                    struct fray_err *err) {
  struct fray_rep_axis *axes;
  size_t n_axes, clean = fray_rep_clean_condition(r);
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  FRAY_ALLOC(*out, r->arena, n_axes + 1, err);
  *n = 0;
  const char *title = "clean";
  if (clean == r->conditions.n) { /* damage of the scenario itself, at test */
    clean = fray_rep_name_find(&r->conditions, "trial");
    title = clean < r->conditions.n ? fray_rep_condition_title(r, clean) : "";
  }
  FRAY_CHECK(title, err, MEMORY, "out of memory");
  if (clean < r->conditions.n)
    (*out)[(*n)++] = (struct place){clean, NAN, title};
  for (size_t i = 0; i < n_axes; i++) {
    const struct fray_rep_axis *a = &axes[i];
    if (a->is_key || !fray_rep_is_ordered(a) || a->n_x < 2)
      continue;
    const double x = a->x[a->n_x - 1];
    const char *strength = fray_rep_strength_title(r, a->strength, x);
    title = strength ? fray_arena_printf(r->arena, "%s, %s", a->title, strength) : NULL;
    FRAY_CHECK(title, err, MEMORY, "out of memory");
    (*out)[(*n)++] = (struct place){a->condition, x, title};
  }
  return FRAY_OK;
}

/* As every table has them: an interval that any value would fit is none, and one of a share ends
 * where shares do. What is claimed follows from p, which stays. */
static void trim(struct fray_rep_results *r, struct fray_rep_volume *v) {
  if (!fray_rep_is_percent(r, r->main_metric))
    return;
  if (!fray_rep_blank(&v->score, true))
    fray_rep_clip(&v->score);
  if (!fray_rep_blank(&v->other, true))
    fray_rep_clip(&v->other);
  fray_rep_blank(&v->lead, false);
}

/* Score and difference. Both studies draw alike where they have as many seeds and the same test
 * samples, which the counts tell; otherwise nothing is compared. */
static enum fray_status compare(struct fray_rep_results *r, const struct place *place,
                                struct fray_rep_volume *v, struct fray_err *err) {
  struct fray_rep_results *c = r->controls;
  const struct fray_rep_quantity *q, *other;
  struct fray_rep_quantity less;
  struct fray_rep_address at = fray_rep_main_score(r, v->cell, place->condition, place->severity);
  FRAY_TRY(fray_rep_find_quantity(r, &at, &q, err));
  /* Conditions have other numbers there, so they are found by name. */
  struct fray_rep_address there = fray_rep_main_score(
      c, v->control, fray_rep_name_find(&c->conditions, r->conditions.v[place->condition]),
      place->severity);
  FRAY_TRY(fray_rep_find_quantity(c, &there, &other, err));
  v->score = fray_rep_stat_of(r, q);
  v->other = fray_rep_stat_of(c, other);
  v->lead = (struct fray_rep_stat){.mean = NAN, .low = NAN, .high = NAN, .p = NAN, .status = "ok"};
  if (r->seeds.n != c->seeds.n || q->n_samples != other->n_samples ||
      q->n_clusters != other->n_clusters)
    return FRAY_OK;
  /* Quality, not score: above 0 the model is better, whatever the metric. */
  const bool higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric]);
  FRAY_TRY(higher ? fray_rep_less(r, q, c, other, r->arena, &less, err)
                  : fray_rep_less(c, other, r, q, r->arena, &less, err));
  v->lead = fray_rep_stat_of(r, &less);
  v->is_same = v->lead.n > 0 && v->lead.mean == 0 && v->lead.low == 0 && v->lead.high == 0;
  /* Asked of whoever is ahead alone: that the other one learnt nothing is no reason for silence. */
  enum fray_rep_learnt learnt;
  FRAY_TRY(v->lead.mean >= 0 ? fray_rep_learnt_at(r, &at, &learnt, err)
                             : fray_rep_learnt_at(c, &there, &learnt, err));
  v->at_chance = learnt == FRAY_REP_AT_CHANCE;
  if (v->at_chance)
    v->lead.p = NAN;
  return FRAY_OK;
}

/* As the method and cost tables call it, so that a reader finds it again. */
static const char *label_of(const struct fray_rep_models *models, size_t cell) {
  size_t k = 0;
  while (k < models->n && models->cell[k] != cell)
    k++;
  return k < models->n ? models->label[k] : "";
}

/* One family: whoever reads the list reads all of it. */
static enum fray_status adjust(struct fray_rep_results *r, struct fray_rep_volume *v, size_t n,
                               struct fray_err *err) {
  double **p;
  FRAY_ALLOC(p, r->arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    p[i] = &v[i].lead.p;
  return fray_rep_adjust(r, p, n, err);
}

/* In the order of the controls, which is that of the sweep; the conditions of one behind each
 * other. */
enum fray_status fray_rep_volumes_of(struct fray_rep_results *r, struct fray_rep_volume **out,
                                     size_t *n, struct fray_err *err) {
  struct fray_rep_models models;
  struct place *place;
  size_t n_places = 0;
  *n = 0;
  if (!r->controls)
    return FRAY_OK;
  FRAY_TRY(find_places(r, &place, &n_places, err));
  FRAY_TRY(fray_rep_models_of(r, r->n_cells, &models, err));
  /* Room for the case that all controls are of volumes. */
  FRAY_ALLOC(*out, r->arena, r->controls->n_cells * n_places + 1, err);
  for (size_t i = 0; i < r->controls->n_cells; i++) {
    const struct fray_rep_trial *control = r->controls->cell[i];
    const char *what = fray_rep_control_volume(control->control);
    const size_t cell = owner_of(r, control);
    /* Other controls; and those of a cell that the tables lack, as its trials are not done. */
    if (!what || cell == r->n_cells)
      continue;
    for (size_t k = 0; k < n_places; k++) {
      struct fray_rep_volume *v = &(*out)[(*n)++];
      *v = (struct fray_rep_volume){.cell = cell,
                                    .control = i,
                                    .model = label_of(&models, cell),
                                    .what = what,
                                    .words = fray_rep_control_words(r, control->control),
                                    .condition = place[k].title};
      FRAY_CHECK(v->words, err, MEMORY, "out of memory");
      FRAY_TRY(compare(r, &place[k], v, err));
      trim(r, v);
    }
  }
  return adjust(r, *out, *n, err);
}
