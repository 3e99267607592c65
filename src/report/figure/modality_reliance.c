/* Figure: what each modality is worth to a trained model. */
#include "figures.h"

#include "report/plot/build.h"
#include "report/words/control_names.h"
#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/corrupt/corrupt.h"

#include <math.h>
#include <string.h>

enum { MODELS = 6 };

/* One set of modalities that a model was given at test. */
struct given {
  const char *label, *only; /* only: the modality that is left, NULL: several or none */
  size_t condition;         /* conditions.n: no condition asks for it, a control alone */
  double severity;
};

struct list {
  struct fray_rep_results *r;
  struct given *v;
  size_t n;
};

static void add(struct list *l, const char *label, const char *only, size_t condition,
                double severity) {
  l->v[l->n++] = (struct given){label, only, condition, severity};
}

/* The one modality that a test takes away entirely, or NULL. Entirely means at rate 1 and by a kind
 * that removes: noise leaves the model something to go by. The condition must have been scored
 * there, not only asked for. */
static const char *taken_by(const struct fray_rep_results *r, size_t condition) {
  const char *name = r->conditions.v[condition];
  const struct fray_node *entry = fray_node_get(fray_node_get(r->scenario, "tests"), name);
  const struct fray_node *list = fray_node_get(entry, "modalities");
  const struct fray_choice *kind =
      fray_choice_find(&fray_corruptions, fray_rep_scalar(entry, "kind", ""));
  if (!kind || !fray_corruption_removes(kind) || !list || list->n != 1 || !list->child ||
      !list->child->scalar)
    return NULL;
  size_t n;
  const struct fray_rep_score *s =
      fray_rep_scores(r, false, condition, FRAY_REP_ALL, r->main_metric, &n);
  for (size_t i = 0; i < n; i++)
    if (s[i].severity == 1)
      return list->child->scalar;
  return NULL;
}

/* The modality is what follows the prefix. Conditions of controls have no severity, hence NaN. */
static enum fray_status add_conditions(struct list *l, const char *prefix, const char *word,
                                       bool is_only, struct fray_err *err) {
  struct fray_rep_results *r = l->r;
  size_t n = strlen(prefix);
  for (size_t c = 0; c < r->conditions.n; c++)
    if (strncmp(r->conditions.v[c], prefix, n) == 0) {
      const char *label, *modality = r->conditions.v[c] + n;
      FRAY_TRY(fray_rep_words(r, &label, err, "%s %s", word, fray_rep_modality_title(r, modality)));
      add(l, label, is_only ? modality : NULL, c, NAN);
    }
  return FRAY_OK;
}

/* Modalities that some model was trained on alone, beside what the conditions leave. The name of
 * the control is the last swept key of the study of controls. A place without a condition has a bar
 * of the control alone. */
static enum fray_status add_trained_alone(struct list *l, struct fray_err *err) {
  const struct fray_rep_results *c = l->r->controls;
  if (c)
    for (size_t i = 0; i < c->n_cells; i++) {
      const char *modality = fray_rep_control_modality(c->cell[i]->value[c->n_keys - 1]), *label;
      bool known = modality == NULL;
      for (size_t k = 0; k < l->n && !known; k++)
        known = l->v[k].only && strcmp(l->v[k].only, modality) == 0;
      if (known)
        continue;
      FRAY_TRY(
          fray_rep_words(l->r, &label, err, "only %s", fray_rep_modality_title(l->r, modality)));
      add(l, label, modality, l->r->conditions.n, NAN);
    }
  return FRAY_OK;
}

/* All, each alone, each missing, none. */
static enum fray_status collect(struct list *l, struct fray_err *err) {
  struct fray_rep_results *r = l->r;
  size_t none = fray_rep_name_find(&r->conditions, FRAY_REP_NOTHING_LEFT);
  FRAY_ALLOC(l->v, r->arena, 2 * r->conditions.n + 2 + (r->controls ? r->controls->n_cells : 0),
             err);
  add(l, "all", NULL, fray_rep_clean_condition(r), NAN);
  FRAY_TRY(add_conditions(l, FRAY_REP_ONLY, "only", true, err));
  if (l->n != 3) /* of two modalities, without one is only the other */
    FRAY_TRY(add_conditions(l, FRAY_REP_WITHOUT, "without", false, err));
  /* Controls are asked for by name; tests that happen to take one modality away serve where
   * there are none. */
  bool is_asked = l->n > 1;
  for (size_t c = 0; c < r->conditions.n && !is_asked; c++) {
    const char *label, *modality = taken_by(r, c);
    if (!modality)
      continue;
    FRAY_TRY(fray_rep_words(r, &label, err, "without %s", fray_rep_modality_title(r, modality)));
    add(l, label, NULL, c, 1);
  }
  if (l->n > 1)
    FRAY_TRY(add_trained_alone(l, err));
  if (l->n > 1 && none < r->conditions.n)
    add(l, "none", NULL, none, NAN);
  return FRAY_OK;
}

/* x is the place in the list, which is that of the category: a place without a condition is passed
 * over, not closed up. */
static enum fray_status put_models(struct fray_rep_build *b, struct fray_rep_panel *panel,
                                   const struct list *l, const struct fray_rep_models *models,
                                   struct fray_err *err) {
  for (size_t m = 0; m < models->n; m++) {
    struct fray_rep_series *series;
    FRAY_TRY(fray_rep_build_series(b, panel, models->label[m], m, l->n, &series, err));
    for (size_t i = 0; i < l->n; i++) {
      struct fray_rep_stat stat;
      size_t samples;
      if (l->v[i].condition == l->r->conditions.n)
        continue;
      struct fray_rep_address at =
          fray_rep_main_score(l->r, models->cell[m], l->v[i].condition, l->v[i].severity);
      FRAY_TRY(fray_rep_stat_at(l->r, &at, &stat, &samples, err));
      fray_rep_build_put(b, series, (double)i, stat, NULL);
    }
  }
  return FRAY_OK;
}

/* True if a control was trained on this modality alone. */
static bool is_alone(const struct fray_rep_results *c, size_t cell, const char *modality) {
  const char *own = fray_rep_control_modality(c->cell[cell]->value[c->n_keys - 1]);
  return own && strcmp(own, modality) == 0;
}

/* Models that never saw another modality; of several the first, as their labels say nothing of the
 * rest of the sweep. */
static enum fray_status put_trained_alone(struct fray_rep_build *b, struct fray_rep_panel *panel,
                                          const struct list *l, size_t style,
                                          struct fray_err *err) {
  struct fray_rep_results *c = l->r->controls;
  struct fray_rep_series *series;
  size_t clean = c ? fray_rep_clean_condition(c) : 0;
  if (!c || clean == c->conditions.n)
    return FRAY_OK;
  FRAY_TRY(fray_rep_build_series(b, panel, "trained on it alone", style, l->n, &series, err));
  series->control = true;
  for (size_t i = 0; i < l->n; i++) {
    size_t cell = 0, samples;
    struct fray_rep_stat stat;
    if (!l->v[i].only)
      continue;
    while (cell < c->n_cells && !is_alone(c, cell, l->v[i].only))
      cell++;
    if (cell == c->n_cells)
      continue;
    struct fray_rep_address at = fray_rep_main_score(c, cell, clean, NAN);
    FRAY_TRY(fray_rep_stat_at(c, &at, &stat, &samples, err));
    fray_rep_build_put(b, series, (double)i, stat, NULL);
  }
  /* A line of the legend without a bar would be a riddle. */
  panel->n_series -= series->n == 0;
  return FRAY_OK;
}

/* With the complete set alone, or with more sets than can be read, there is no figure. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct list l = {.r = r};
  struct fray_rep_models models;
  struct fray_rep_build b;
  struct fray_rep_panel *panel;
  FRAY_TRY(fray_rep_models_of(r, MODELS, &models, err));
  if (models.n == 0)
    return FRAY_OK;
  FRAY_TRY(collect(&l, err));
  if (l.n < 2 || l.n > FRAY_REP_MOST_COLUMNS)
    return FRAY_OK;
  const char *name = fray_rep_figure_name(r->arena, section, "modality_reliance", 0, "");
  FRAY_TRY(
      fray_rep_build_begin(&b, r, out, FRAY_REP_BARS, name, "Score by the modalities given", err));
  b.f->x_label = "modalities given at test";
  FRAY_ALLOC(b.f->category, r->arena, l.n, err);
  for (size_t i = 0; i < l.n; i++)
    b.f->category[b.f->n_categories++] = l.v[i].label;
  FRAY_TRY(fray_rep_build_panels(&b, 1, err));
  FRAY_TRY(fray_rep_build_panel(&b, "", models.n + 1, &panel, err));
  FRAY_TRY(put_models(&b, panel, &l, &models, err));
  bool trained_alone = r->controls != NULL;
  FRAY_TRY(put_trained_alone(&b, panel, &l, models.n, err));
  trained_alone = trained_alone && panel->n_series > models.n;
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "The %s of the same trained models with some of the modalities at test, in all samples.%s A "
      "model that falls far without a modality (farther than its whiskers) lives on it; that does "
      "not mean the others hold nothing.%s",
      fray_rep_metric_title(r, r->metrics.v[r->main_metric]),
      trained_alone ? " Grey: a model trained and tested on that modality alone." : "",
      fray_rep_left_out(r, models.n_all, models.n, "models"));
}

extern const struct fray_rep_figure_kind fray_rep_figure_modality_reliance;
const struct fray_rep_figure_kind fray_rep_figure_modality_reliance = {
    .key = "modality_reliance",
    .heading = "What the models live on",
    .meaning = "The main metric with each modality alone, with each one missing, and without any.",
    .make = make,
};
