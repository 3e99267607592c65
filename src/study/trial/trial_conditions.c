/* What each condition does to the samples of a panel, before any model sees them.
 *
 * It depends on seed, entry and sample alone, so that all models of a study meet the same damage.
 */
#include "trial_work.h"

#include "fray/base/size.h"
#include "fray/corrupt/signal.h"

#include <math.h>

/* Modalities of a sample whose raw values are damaged. */
static unsigned damaged_bits(const struct fray_samples *under, size_t i, size_t n_modalities) {
  unsigned bits = 0;
  for (size_t m = 0; under->signal && m < n_modalities; m++)
    if (fray_signal_key(under->signal, under->sample[i], m))
      bits |= 1u << m;
  return bits;
}

/* Of one entry: hits over eligible. Several act on what the ones before left, so their rates do not
 * add up; then it is the share of the held (sample, modality) pairs that are absent, or damaged, in
 * the end. (held & (absent or damaged)): a modality that the sample never had was not hit. */
static double realised_of(const struct fray_samples *under, const struct judged_condition *c,
                          size_t n_modalities) {
  size_t acting = 0, held = 0, hit = 0;
  double rate = NAN;
  for (size_t i = 0; i < c->n_entries; i++)
    if (c->acts[i]) {
      acting++;
      rate = c->entries[i].rate;
    }
  /* The rate of the only one that acts, or NaN of none. */
  if (acting < 2)
    return rate;
  for (size_t i = 0; i < under->n; i++) {
    held += (size_t)__builtin_popcount(under->held[i]);
    hit += (size_t)__builtin_popcount(
        under->held[i] & (~(unsigned)under->present[i] | damaged_bits(under, i, n_modalities)));
  }
  return held ? (double)hit / (double)held : NAN;
}

/* The same plan as that of an earlier condition is the same pointer: that makes them one variant.
 */
static const struct fray_signal_plan *known_plan(const struct judged *panel, size_t conditions,
                                                 const struct fray_signal_plan *plan) {
  for (size_t c = 0; plan && c < conditions; c++)
    if (fray_signal_plans_equal(panel->under[c].signal, plan))
      return panel->under[c].signal;
  return plan;
}

/* What a condition makes of a panel's samples; the damage starts from the clean data. The labels of
 * the panel stay: at test they are the truth. panel->under[at] shares all other arrays with
 * panel->of. */
enum fray_status trial_meet(struct trial_work *t, struct judged *panel, size_t at,
                            const struct fray_corruption_config *const *entries,
                            struct fray_err *err) {
  struct judged_condition *c = &panel->condition[at];
  const struct fray_population population = {.dataset = t->session->dataset,
                                             .partition = t->partition,
                                             .n = panel->of.n,
                                             .sample = panel->of.sample,
                                             .client = panel->client,
                                             .n_clients = panel->n_clients,
                                             .client_source = panel->client_source,
                                             .client_name = panel->client_name,
                                             .train = false,
                                             .dev = panel->is_dev};
  struct fray_realised *realised;
  struct fray_damage damage;
  uint8_t *acts;
  FRAY_ALLOC_ZERO(realised, &t->arena, FRAY_MAX(c->n_entries, (size_t)1), err);
  FRAY_ALLOC(acts, &t->arena, FRAY_MAX(c->n_entries, (size_t)1), err);
  for (size_t i = 0; i < c->n_entries; i++)
    /* An entry of the training has its place in the list, but nothing to do here. */
    acts[i] = fray_corruption_acts(entries[i], panel->is_dev ? FRAY_AT_DEV : FRAY_AT_TEST);
  c->entries = realised;
  c->acts = acts;
  FRAY_TRY(fray_damage_start(&population, &t->arena, &damage, err));
  FRAY_TRY(fray_corrupt(entries, c->n_entries, &population, t->trial->corruption_seed, &t->arena,
                        &damage, realised, err));
  panel->under[at] = panel->of;
  panel->under[at].present = damage.present;
  panel->under[at].signal = known_plan(panel, at, damage.signal);
  /* Also where nothing was damaged at all: at strength 0 the plan is gone, and those whom it would
   * have hit are counted. */
  c->lure = damage.lure;
  c->realised = realised_of(&panel->under[at], c, population.dataset->n_modalities);
  return FRAY_OK;
}

/* All panels have the same conditions in the same places, so that one index speaks of both. */
static enum fray_status add_condition(struct trial_work *t, const char *name, double severity,
                                      const char *parameter,
                                      const struct fray_corruption_config *const *entries, size_t n,
                                      struct fray_err *err) {
  const size_t at = t->n_conditions;
  for (int k = 0; k < PANELS; k++) {
    struct judged *panel = &t->judged[k];
    panel->condition[at] = (struct judged_condition){
        .name = name, .parameter = parameter, .severity = severity, .n_entries = n};
    if (panel->of.n)
      FRAY_TRY(trial_meet(t, panel, at, entries, err));
  }
  t->n_conditions++;
  return FRAY_OK;
}

/* Where nothing is lost at test, `clean` would be `trial` under another name. Looked at by what
 * happened and not by what was asked for: a rate that hits nobody needs no second row. */
static bool is_damaged(const struct fray_samples *under) {
  if (under->signal)
    return true;
  for (size_t i = 0; i < under->n; i++)
    if (under->present[i] != under->held[i])
      return true;
  return false;
}

/* `trial` (what the corruption entries do at test), `clean` where that differs, then tests. Place 0
 * is always `trial`, on which the rows of training and the outlook rely; the conditions of `tests`
 * are the last ones, behind one place or two. */
enum fray_status trial_conditions(struct trial_work *t, struct fray_err *err) {
  const struct fray_cell *cell = t->cell;
  const size_t most = cell->n_conditions + 2;
  for (int k = 0; k < PANELS; k++) {
    FRAY_ALLOC_ZERO(t->judged[k].condition, &t->arena, most, err);
    FRAY_ALLOC_ZERO(t->judged[k].under, &t->arena, most, err);
    FRAY_ALLOC_ZERO(t->judged[k].is_known, &t->arena, most, err);
  }
  FRAY_TRY(add_condition(t, "trial", NAN, NULL, cell->entry, cell->n_entries, err));
  if (is_damaged(&t->judged[TEST].under[0]) || is_damaged(&t->judged[OWN].under[0]))
    FRAY_TRY(add_condition(t, "clean", NAN, NULL, NULL, 0, err));
  for (size_t k = 0; k < cell->n_conditions; k++) {
    const struct fray_condition *c = &cell->condition[k];
    if (add_condition(t, c->name, c->severity, c->parameter, c->entry, c->n_entries, err) !=
        FRAY_OK)
      return fray_at(err, "%s: tests.%s", c->where, c->test);
  }
  return FRAY_OK;
}
