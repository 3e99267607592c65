/* What a corruption may touch, the streams that it draws from, and what it is counted by. */
#include "scope.h"

#include "fray/base/hash.h"
#include "fray/base/text.h"

#include <stdio.h>

/* In the order of the enums, whose numbers the schema stores. */
const char *const fray_unit_names[] = {"sample", "client", NULL};
const char *const fray_draw_names[] = {"bernoulli", "exact", NULL};
const char *const fray_redraw_names[] = {"never", "epoch", NULL};
const char *const fray_per_names[] = {"sample", "client", NULL};
const char *const fray_if_hit_names[] = {"keep", "drop", NULL};
const char *const fray_compat_names[] = {"none", "fedmultimodal", NULL};

/* A sample that an earlier entry dropped takes no part: damage of what nobody sees would count as
 * realised. */
bool fray_scope_takes(const struct fray_scope *scope, size_t i) {
  return scope->inside[i] && !scope->damage->dropped[i];
}

/* Sources are hashes of names, not indices: those depend on the partition and on the order of
 * shards. */
uint64_t fray_scope_source(const struct fray_scope *scope, enum fray_unit unit, size_t i) {
  const struct fray_population *people = scope->people;
  return unit == FRAY_UNIT_CLIENT ? people->client_source[i]
                                  : people->dataset->source[people->sample[i]];
}

/* `when` is 0 in every stream of a plan: damage is a property of the sample, not of a round. */
struct fray_rng fray_scope_stream(const struct fray_scope *scope, enum fray_unit unit, size_t i,
                                  uint64_t what) {
  return fray_rng_keyed(scope->seed, scope->purpose, fray_scope_source(scope, unit, i), 0, what);
}

/* Another purpose than that of the units: index 0 must not meet a unit whose source is 0. */
struct fray_rng fray_scope_plan_stream(const struct fray_scope *scope, uint64_t index) {
  return fray_rng_keyed(scope->seed, scope->plan_purpose, index, 0, 0);
}

/* By name: a study of one modality draws for it what the study of all of them does. */
uint64_t fray_scope_modality(const struct fray_scope *scope, size_t m) {
  return fray_hash_text(scope->people->dataset->modality[m].name);
}

unsigned fray_scope_may(const struct fray_scope *scope, size_t i) {
  const unsigned may = scope->damage->present[i] & scope->modalities;
  return scope->able ? may & scope->able[i] : may;
}

/* On the modality itself where both act on it; else the sample is what they have in common. Asked
 * of what was drawn when the other entry had its turn, and not of what is left now: an entry
 * between the two may have taken the value away, or dropped the sample. */
bool fray_scope_follows(const struct fray_scope *scope, size_t i, size_t m) {
  const unsigned drawn = scope->tie->drawn[i];
  const bool shared = m < FRAY_MAX_MODALITIES && scope->tie->modalities >> m & 1;
  return shared ? drawn >> m & 1 : drawn != 0;
}

void fray_scope_drew(struct fray_scope *scope, size_t i, unsigned bits) {
  if (scope->drawn)
    scope->drawn[i] |= (uint16_t)bits;
}

/* Eligible and expected grow together, so that the nominal rate is that of those counted; one rate
 * for all stays what it is, to the last bit, and what has none (NaN) gets none. */
void fray_scope_expect(struct fray_scope *scope, double rate, unsigned eligible) {
  struct fray_realised *realised = scope->realised;
  if (realised->eligible)
    realised->nominal += (rate - realised->nominal) * eligible / (double)realised->eligible;
}

/* Per client as well, since federated damage is often uneven on purpose. */
void fray_scope_count(struct fray_scope *scope, size_t i, unsigned eligible, unsigned hit) {
  uint32_t client = scope->people->client[i];
  scope->realised->eligible += eligible;
  scope->realised->hit += hit;
  scope->realised->client_eligible[client] += eligible;
  scope->realised->client_hit[client] += hit;
}
