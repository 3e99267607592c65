/* Figure: the score of each trained model against what its training cost.
 *
 * A cheap model that stands lower is no worse choice, and a dear one that stands higher no better:
 * the figure sets both sides beside each other, and says of the order only what intervals resolve.
 */
#include "figures.h"

#include "report/measure/prices.h"
#include "report/plot/build.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>

/* A panel of it: the condition that models are scored under. */
struct place {
  size_t condition;
  double severity;
  const char *title;
};

/* Without damage, and at the strongest end of each test condition that has an order. */
static enum fray_status find_places(struct fray_rep_results *r, struct place *out, size_t *n,
                                    struct fray_err *err) {
  struct fray_rep_axis *axes;
  size_t n_axes;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  out[0] = (struct place){fray_rep_clean_condition(r), NAN, "without damage"};
  *n = 1;
  /* A swept strength makes other trainings, which are points of their own. */
  for (size_t i = 0; i < n_axes && *n < FRAY_REP_MOST_PANELS; i++) {
    const struct fray_rep_axis *a = &axes[i];
    if (a->is_key || !fray_rep_is_ordered(a))
      continue;
    const double strongest = a->x[a->n_x - 1];
    const char *strength = fray_rep_strength_title(r, a->strength, strongest);
    FRAY_CHECK(strength, err, MEMORY, "out of memory");
    const char *title = fray_arena_printf(r->arena, "%s: %s", a->title, strength);
    FRAY_CHECK(title, err, MEMORY, "out of memory");
    out[(*n)++] = (struct place){a->condition, strongest, title};
  }
  return FRAY_OK;
}

/* Models keep their style from panel to panel and from price to price, so that the eye finds them
 * again. A point each, which says whether it is on the front; no line is drawn, as it would run
 * past points of which nothing is known. */
static enum fray_status put_panel(struct fray_rep_build *b, const struct fray_rep_models *models,
                                  const struct place *place, const double *price, double power,
                                  struct fray_err *err) {
  struct fray_rep_panel *panel;
  struct fray_rep_contest contest;
  FRAY_TRY(fray_rep_contest_of(b->r, models, place->condition, place->severity, &contest, err));
  FRAY_TRY(fray_rep_build_panel(b, place->title, models->n, &panel, err));
  for (size_t i = 0; i < models->n; i++) {
    struct fray_rep_series *series;
    const bool front = fray_rep_standing_of(&contest, price, i) == FRAY_REP_ON_FRONT;
    if (isnan(price[i])) /* it has no place on the x axis */
      continue;
    FRAY_TRY(fray_rep_build_series(b, panel, models->label[i], i, 1, &series, err));
    fray_rep_build_put(b, series, price[i] / power, contest.score[i],
                       front ? "on the front" : NULL);
  }
  return FRAY_OK;
}

/* Prices that are all alike compare nothing, and one that nobody counted has no figure. */
static bool differ(const double *price, size_t n, double *most) {
  double least = INFINITY;
  *most = 0;
  for (size_t i = 0; i < n; i++) {
    least = fmin(least, price[i]); /* fmin and fmax leave NaN out */
    *most = fmax(*most, price[i]);
  }
  return least < *most;
}

/* x is brought into the power of the dearest, so that its ticks are short numbers; y is done by the
 * builder. */
static enum fray_status make_one(struct fray_rep_results *r, size_t section,
                                 const struct fray_rep_models *models, enum fray_rep_price which,
                                 struct fray_rep_figures *out, struct fray_err *err) {
  const struct fray_rep_price_kind *kind = &fray_rep_price_kinds[which];
  struct place place[FRAY_REP_MOST_PANELS];
  struct fray_rep_build b;
  double *price, most;
  const char *prefix;
  size_t n;
  FRAY_ALLOC(price, r->arena, models->n + 1, err);
  for (size_t i = 0; i < models->n; i++)
    price[i] = fray_rep_price_of(r, models->cell[i], which);
  if (!differ(price, models->n, &most))
    return FRAY_OK;
  const double power = fray_rep_price_power(most, &prefix);
  FRAY_TRY(find_places(r, place, &n, err));
  const char *name = fray_rep_figure_name(r->arena, section, "cost", 0, kind->key);
  const char *title = fray_arena_printf(r->arena, "Score against %s", kind->title);
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_POINTS, name, title, err));
  FRAY_TRY(fray_rep_words(r, &b.f->x_label, err, "%s, %s%s", kind->title, prefix, kind->unit));
  FRAY_TRY(fray_rep_build_panels(&b, n, err));
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(put_panel(&b, models, &place[i], price, power, err));
  /* Scores may lack where costs do not; a single point compares nothing. */
  if (b.n_points < 2) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "Each point is one trained model: its score against the %s of its training, the mean over "
      "trainings that did not diverge, counted and not sampled. On the front is a model that is "
      "told to be better than "
      "each that costs as much or less, all pairs of a panel together (Holm); the cheapest is, "
      "whatever it scores. Of points without that mark nothing is said.%s",
      kind->title, fray_rep_left_out(r, models->n_all, models->n, "models"));
}

/* A figure for each price and not a panel: panels of one figure share their axis. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_models models;
  FRAY_TRY(fray_rep_models_of(r, FRAY_REP_MOST_MODELS, &models, err));
  for (int k = 0; k < FRAY_REP_PRICES && models.n >= 2; k++)
    FRAY_TRY(make_one(r, section, &models, (enum fray_rep_price)k, out, err));
  return FRAY_OK;
}

extern const struct fray_rep_figure_kind fray_rep_figure_cost_scores;
const struct fray_rep_figure_kind fray_rep_figure_cost_scores = {
    .key = "cost_scores",
    .heading = "What scores cost",
    .meaning = "The main metric against bytes sent, operations and simulated time, a point per "
               "model; the Pareto front as far as intervals resolve it.",
    .make = make,
};
