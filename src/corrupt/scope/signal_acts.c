/* Acts of a signal plan: an entry becomes one, with the strength that it has on each modality, and
 * marks the raw values that it will change. */
#include "scope.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <stdio.h>
#include <string.h>

/* The strength that a severity means for what the modality looks like. */
static double level_of(const struct fray_signal_ops *ops, const struct fray_modality *m,
                       size_t severity) {
  const size_t side = m->kind == FRAY_IMAGE ? FRAY_MIN(m->height, m->width) : 0;
  for (size_t k = 0; k < ops->n_levels; k++) {
    const struct fray_levels *row = &ops->levels[k];
    if (side <= row->side && (!row->channels || row->channels == m->channels))
      return row->level[severity - 1];
  }
  return NAN;
}

/* Used by entries and by ledgers, which bring a strength that was recorded in place of a
 * severity. */
enum fray_status fray_signal_act_add(struct fray_signal_plan *plan, const char *id,
                                     const struct fray_choice *kind, const void *params,
                                     double strength, double severity, uint64_t seed, bool redraws,
                                     size_t *place, struct fray_err *err) {
  const struct fray_corruption_ops *ops = kind->impl;
  char purpose[256];
  /* Acts of a value are the bits of one word. */
  FRAY_CHECK(plan->n_acts < FRAY_MAX_ACTS, err, INPUT,
             "more than %d entries, or recorded strengths, damage raw values", FRAY_MAX_ACTS);
  struct fray_signal_act *act = &plan->act[plan->n_acts];
  *act = (struct fray_signal_act){.id = id,
                                  .kind = kind,
                                  .params = params,
                                  .severity = severity,
                                  .seed = seed,
                                  .redraws = redraws};
  for (size_t m = 0; m < plan->dataset->n_modalities; m++)
    /* Severity 0 is in no table: it is the neutral strength, which marks nothing. */
    act->strength[m] = isnan(severity) ? strength
                       : severity > 0
                           ? level_of(ops->signal, &plan->dataset->modality[m], (size_t)severity)
                           : ops->strength.none;
  /* Apart from the purpose of the draws that say whom it hits: another rate leaves the noise alone.
   */
  snprintf(purpose, sizeof purpose, "corruption-signal/%s", id);
  act->purpose = fray_rng_purpose(purpose);
  /* The strength is no part of the digest, as it differs by modality; the key adds it. */
  uint64_t keys = 0;
  if (kind->table)
    FRAY_TRY(fray_schema_hash(kind->table, params, &keys, err));
  const uint64_t all[] = {seed, act->purpose, fray_hash_text(kind->name), keys, redraws};
  act->digest = fray_hash64(all, sizeof all);
  *place = plan->n_acts++;
  return FRAY_OK;
}

/* A kind of sound finds no sound in pictures: an entry that can never act is a mistake. */
static enum fray_status narrow(const struct fray_corruption_config *entry, struct fray_scope *scope,
                               struct fray_err *err) {
  const struct fray_dataset *d = scope->people->dataset;
  const char *kind = entry->kind.choice->name;
  for (size_t m = 0; m < d->n_modalities; m++) {
    if (fray_corruption_fits_modality(entry->kind.choice, d->modality[m].kind))
      continue;
    FRAY_CHECK(!(entry->modalities.n && scope->modalities >> m & 1), err, INPUT,
               "modalities: %s is of kind %s, which %s does not damage", d->modality[m].name,
               fray_modality_kind_names[d->modality[m].kind], kind);
    scope->modalities &= ~(1u << m);
  }
  FRAY_CHECK(scope->modalities, err, INPUT, "the data have no modality that %s damages", kind);
  return FRAY_OK;
}

/* Of an entry at its neutral strength nothing is marked, so that it costs and changes nothing; it
 * counts as eligible all the same. */
static void mark(struct fray_signal_plan *plan, size_t act, const struct fray_rate_draws *draws,
                 struct fray_scope *scope, size_t i) {
  const double none = fray_corruption_strength(plan->act[act].kind).none;
  const unsigned may = scope->damage->present[i] & scope->modalities;
  unsigned hit = 0;
  for (size_t m = 0; m < draws->stride; m++) {
    if (!(may >> m & 1) || !fray_rate_hits(draws, fray_rate_draw(draws, scope, i, m)) ||
        plan->act[act].strength[m] == none)
      continue;
    plan->acts[i * draws->stride + m] |= (uint64_t)1 << act;
    hit++;
  }
  fray_scope_count(scope, i, (unsigned)__builtin_popcount(may), hit);
}

/* Whom it hits is decided here, once, from the index alone; what is done to a value follows when
 * the value is read, on whichever rank that is. */
enum fray_status fray_signal_act_plan(const struct fray_corruption_config *entry,
                                      struct fray_scope *scope, struct fray_err *err) {
  struct fray_signal_plan *plan = scope->damage->signal;
  const bool by_severity = entry->severity != INT64_MIN;
  const struct fray_corruption_ops *ops = fray_corruption_ops_of(entry);
  struct fray_rate_draws draws = {.rate = entry->rate, .unit = entry->unit, .how = entry->draw};
  size_t act;
  FRAY_TRY(narrow(entry, scope, err));
  FRAY_TRY(fray_rate_draws_make(&draws, scope, err));
  FRAY_TRY(fray_signal_act_add(plan, fray_corruption_id(entry), entry->kind.choice,
                               entry->kind.params, ops->signal->strength(entry->kind.params),
                               by_severity ? (double)entry->severity : NAN, scope->seed,
                               entry->redraw == FRAY_REDRAW_EPOCH, &act, err));
  for (size_t i = 0; i < scope->people->n; i++)
    if (fray_scope_takes(scope, i))
      mark(plan, act, &draws, scope, i);
  return FRAY_OK;
}
