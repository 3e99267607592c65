/* The score that a trial has at an address, and what the constant predictor has there. */
#include "score_at.h"

#include <math.h>
#include <string.h>

/* Rates of 0 that were realised leave the test data as they are, whatever was asked for. */
static bool is_damaged_at_test(const struct fray_rep_results *r, const struct fray_rep_trial *t) {
  for (size_t d = 0; d < r->n_damages; d++) {
    /* A share was hit; or, where that is not known, a strength was asked for that is some. */
    bool hit =
        isnan(t->realised[d])
            ? !isnan(t->nominal[d]) && !fray_strength_is_none(r->damage[d].strength, t->nominal[d])
            : t->realised[d] > 0;
    if (r->damage[d].at_test && hit)
      return true;
  }
  return false;
}

/* Three places hold the same undamaged score, and only those that the scenario asked for were
 * written: the condition at its strength of none, `clean`, and `trial`. They are tried in this
 * order. */
const struct fray_rep_score *fray_rep_score_at(const struct fray_rep_results *r, size_t trial,
                                               const struct fray_rep_address *at) {
  struct fray_rep_score wanted = {.last = at->last,
                                  .own = at->samples == FRAY_REP_OWN,
                                  .condition = at->condition,
                                  .group = at->group,
                                  .metric = at->metric,
                                  .trial = trial,
                                  .severity = at->severity};
  const struct fray_rep_score *s = fray_rep_score_like(r, &wanted);
  if (s || at->condition >= r->conditions.n)
    return s;
  if (fray_strength_is_none(r->of_condition[at->condition], at->severity)) {
    /* A test condition without strength is `clean`, and is often not asked for. */
    wanted.condition = fray_rep_name_find(&r->conditions, "clean");
    wanted.severity = NAN;
    s = wanted.condition < r->conditions.n ? fray_rep_score_like(r, &wanted) : NULL;
    if (s || is_damaged_at_test(r, &r->trial[trial]))
      return s;
  } else if (strcmp(r->conditions.v[at->condition], "clean") != 0 ||
             is_damaged_at_test(r, &r->trial[trial]))
    return NULL;
  /* Where no entry acts at test, `clean` is `trial` and is not scored again. */
  wanted.condition = fray_rep_name_find(&r->conditions, "trial");
  wanted.severity = NAN;
  return fray_rep_score_like(r, &wanted);
}

/* Metrics of probabilities have none: a constant class has no probability. */
bool fray_rep_has_chance(const struct fray_rep_results *r, size_t metric) {
  for (size_t i = 0; i < r->n_scores; i++)
    if (r->score[i].metric == metric && isfinite(r->score[i].chance))
      return true;
  return false;
}

double fray_rep_chance_at(const struct fray_rep_results *r, size_t trial,
                          const struct fray_rep_address *at) {
  const struct fray_rep_score *s = fray_rep_score_at(r, trial, at);
  if (s && isfinite(s->chance))
    return s->chance;
  /* The level belongs to the test samples, so another trial's row says it too; that of the same
   * seed first, whose partition is more likely the same. */
  for (int same = 1; same >= 0; same--)
    for (size_t t = 0; t < r->n_trials; t++) {
      if (same && r->trial[t].seed != r->trial[trial].seed)
        continue;
      s = fray_rep_score_at(r, t, at);
      if (s && isfinite(s->chance))
        return s->chance;
    }
  return NAN;
}

bool fray_rep_is_known(const struct fray_rep_results *r, const struct fray_rep_address *at) {
  return at->cell <= r->n_cells && at->condition < r->conditions.n && at->group < r->groups.n &&
         at->metric < r->metrics.n;
}

size_t fray_rep_trial_of(const struct fray_rep_results *r, const struct fray_rep_address *at,
                         size_t seed) {
  return at->cell == r->n_cells ? r->n_trials : r->trial_of[at->cell * r->seeds.n + seed];
}
