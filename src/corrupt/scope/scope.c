/* What a corruption may touch, the streams that it draws from, and what it is counted by. */
#include "scope.h"

#include "fray/base/hash.h"
#include "fray/base/text.h"

#include <stdio.h>

const char *const fray_unit_names[] = {"sample", "client", NULL};
const char *const fray_draw_names[] = {"bernoulli", "exact", NULL};
const char *const fray_redraw_names[] = {"never", "epoch", NULL};
const char *const fray_compat_names[] = {"none", "fedmultimodal", NULL};

bool fray_scope_takes(const struct fray_scope *scope, size_t i) {
  return scope->inside[i] && !scope->damage->dropped[i];
}

uint64_t fray_scope_source(const struct fray_scope *scope, enum fray_unit unit, size_t i) {
  const struct fray_population *people = scope->people;
  return unit == FRAY_UNIT_CLIENT ? people->client_source[i]
                                  : people->dataset->source[people->sample[i]];
}

struct fray_rng fray_scope_stream(const struct fray_scope *scope, enum fray_unit unit, size_t i,
                                  uint64_t what) {
  return fray_rng_keyed(scope->seed, scope->purpose, fray_scope_source(scope, unit, i), 0, what);
}

struct fray_rng fray_scope_plan_stream(const struct fray_scope *scope, uint64_t index) {
  return fray_rng_keyed(scope->seed, scope->plan_purpose, index, 0, 0);
}

uint64_t fray_scope_modality(const struct fray_scope *scope, size_t m) {
  return fray_hash_text(scope->people->dataset->modality[m].name);
}

void fray_scope_count(struct fray_scope *scope, size_t i, unsigned eligible, unsigned hit) {
  uint32_t client = scope->people->client[i];
  scope->realised->eligible += eligible;
  scope->realised->hit += hit;
  scope->realised->client_eligible[client] += eligible;
  scope->realised->client_hit[client] += hit;
}
