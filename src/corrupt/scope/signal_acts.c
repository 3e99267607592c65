/* Acts of a signal plan: an entry becomes one, with the strength that it has on each modality, and
 * marks the raw values that it will change. */
#include "donors.h"
#include "scope.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of kinds that name files; see fray_signal_ops.contents. */
static const char *const contents_key = "contents";

/* The row of a severity for what the modality looks like, or of the table that was named. */
/* A named table counts whatever the shape: who names one wants the numbers of a paper. */
const struct fray_levels *fray_signal_levels(const struct fray_signal_ops *ops,
                                             const struct fray_modality *m, const char *table) {
  const size_t side = m->kind == FRAY_IMAGE   ? FRAY_MIN(m->height, m->width)
                      : m->kind == FRAY_AUDIO ? (size_t)m->rate
                                              : 0;
  for (size_t k = 0; k < ops->n_levels; k++) {
    const struct fray_levels *row = &ops->levels[k];
    if (table ? strcmp(row->name, table) == 0
              : side <= row->side && (!row->channels || row->channels == m->channels))
      return row;
  }
  return NULL; /* of modalities that the kind does not damage: the last row fits all others */
}

/* Severity 0 is in no table: it is the neutral strength, which marks nothing. */
static void set_strengths(const struct fray_signal_plan *plan, const struct fray_act_wish *wish,
                          struct fray_signal_act *act) {
  const struct fray_corruption_ops *ops = wish->kind->impl;
  for (size_t m = 0; m < plan->dataset->n_modalities; m++) {
    act->strength[m] = wish->strength;
    if (isnan(wish->severity))
      continue;
    /* The kind's own keys stand beside a strength of the user's table. */
    if (wish->levels) {
      act->strength[m] = wish->levels[m];
      continue;
    }
    const size_t level = (size_t)wish->severity;
    const struct fray_levels *row =
        level ? fray_signal_levels(ops->signal, &plan->dataset->modality[m], wish->table) : NULL;
    act->strength[m] = row ? row->level[level - 1] : ops->strength.none;
    act->more[m] = row && row->more ? row->more + (level - 1) * ops->signal->n_more : NULL;
  }
}

/* Paths as they are wherever the ledger will lie. One that cannot be followed from here, as on a
 * rank without that disk, stays as it stands. */
static enum fray_status settle_path(struct fray_node *key, struct fray_arena *arena,
                                    struct fray_err *err) {
  char *real = realpath(key->scalar, NULL);
  const char *whole = real ? fray_arena_strdup(arena, real) : key->scalar;
  free(real);
  FRAY_CHECK(whole, err, MEMORY, "out of memory");
  key->scalar = whole;
  return FRAY_OK;
}

/* The kind's own keys but for its strength, which a ledger has a column for. paths: also those that
 * name files. */
static enum fray_status put_own_keys(const struct fray_act_wish *wish, bool paths,
                                     struct fray_node *map, struct fray_arena *arena,
                                     struct fray_err *err) {
  const struct fray_corruption_ops *ops = wish->kind->impl;
  struct fray_node *all;
  FRAY_TRY(fray_schema_values(wish->kind->table, wish->params, arena, &all, err));
  for (struct fray_node *key = all->child, *next; key; key = next) {
    const struct fray_field *field = fray_schema_field(wish->kind->table, NULL, key->key);
    const bool path = field && field->type == FRAY_PATH;
    next = key->next;
    if ((ops->signal->strength && strcmp(key->key, ops->strength.key) == 0) ||
        (ops->signal->contents && strcmp(key->key, contents_key) == 0) || (path && !paths))
      continue;
    if (path)
      FRAY_TRY(settle_path(key, arena, err));
    FRAY_TRY(fray_node_put(map, key->key, key, arena, err));
  }
  return FRAY_OK;
}

/* What it takes to do the same again. Without paths it is what is done: two that lead to the same
 * bytes do the same. */
static enum fray_status keys_of(const struct fray_act_wish *wish, bool paths,
                                struct fray_arena *arena, const char **out, struct fray_err *err) {
  const struct fray_corruption_ops *ops = wish->kind->impl;
  const bool by_table = !isnan(wish->severity) && ops->signal->n_more && !wish->levels;
  const struct fray_field *per = fray_schema_field(wish->kind->table, NULL, "per");
  const bool of_devices = per && per->def_text && strcmp(per->def_text, fray_per_names[1]) == 0;
  struct fray_node *map = fray_node_map("", 0, arena);
  FRAY_CHECK(map, err, MEMORY, "out of memory");
  FRAY_TRY(put_own_keys(wish, paths, map, arena, err));
  char level[16], contents[20] = "";
  uint64_t hash;
  snprintf(level, sizeof level, "%.0f", wish->severity);
  if (ops->signal->contents) {
    FRAY_TRY(ops->signal->contents(wish->params, &hash, err));
    if (hash) /* 0: these keys name no files */
      snprintf(contents, sizeof contents, "%016" PRIx64, hash);
  }
  const char *const more[][2] = {
      {contents_key, *contents ? contents : NULL},
      {"severity", by_table ? level : NULL},
      {"table", by_table ? wish->table : NULL},
      {"per", wish->by_client != of_devices ? fray_per_names[wish->by_client] : NULL}};
  for (size_t k = 0; k < FRAY_COUNT(more); k++) {
    struct fray_node *value = more[k][1] ? fray_node_scalar(more[k][1], "", 0, arena) : NULL;
    if (value) {
      value->quoted = more[k][0] == contents_key; /* its digits are a text, and no number */
      FRAY_TRY(fray_node_put(map, more[k][0], value, arena, err));
    }
  }
  struct fray_text text = {0};
  if (map->child)
    fray_node_flow(map, &text);
  *out = fray_arena_strdup(arena, text.data ? text.data : "");
  const bool failed = text.failed || !*out;
  fray_text_free(&text);
  FRAY_CHECK(!failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

enum fray_status fray_signal_act_keys(const struct fray_act_wish *wish, struct fray_arena *arena,
                                      const char **out, struct fray_err *err) {
  return keys_of(wish, true, arena, out, err);
}

/* Where a sample stands in the record of its natural client, of all splits: a sensor that drifts
 * does not know of them. In the order of the data set, which is that of time where the data have
 * one. */
static enum fray_status count_records(struct fray_signal_plan *plan, struct fray_err *err) {
  const struct fray_dataset *d = plan->dataset;
  uint32_t *n;
  if (plan->nth)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(n, plan->arena, d->n_clients, err);
  FRAY_ALLOC(plan->of, plan->arena, d->n_samples, err);
  FRAY_ALLOC(plan->nth, plan->arena, d->n_samples, err);
  for (size_t s = 0; s < d->n_samples; s++)
    plan->nth[s] = n[d->client[s]]++;
  for (size_t s = 0; s < d->n_samples; s++)
    plan->of[s] = n[d->client[s]];
  return FRAY_OK;
}

/* Who there is, whatever their order: what is typical of them is part of the damage. */
static uint64_t population_key(const struct fray_signal_plan *plan) {
  uint64_t sum = plan->train;
  for (size_t s = 0; s < plan->dataset->n_samples; s++)
    if (plan->slot[s] != UINT32_MAX)
      sum += fray_hash64(&plan->dataset->source[s], sizeof plan->dataset->source[s]);
  return fray_hash64(&sum, sizeof sum);
}

/* Nobody's yet: an entry chooses them, a ledger names them. */
static enum fray_status make_donors(const struct fray_signal_plan *plan,
                                    struct fray_signal_act *act, struct fray_err *err) {
  const size_t n = plan->n * plan->dataset->n_modalities * act->n_donors;
  FRAY_ALLOC(act->donor, plan->arena, n + 1, err);
  for (size_t at = 0; at < n; at++)
    act->donor[at] = FRAY_NO_DONOR;
  return FRAY_OK;
}

/* Room alone: values are not read before one is damaged. Made here, since whoever reads values may
 * give the memory back that was taken meanwhile. */
static enum fray_status make_typical(const struct fray_signal_plan *plan, struct fray_err *err) {
  for (size_t m = 0; m < plan->dataset->n_modalities; m++) {
    const struct fray_modality *modality = &plan->dataset->modality[m];
    const size_t area = modality->kind == FRAY_IMAGE ? modality->height * modality->width : 1;
    struct fray_typical *room;
    if (plan->typical[m] || modality->kind == FRAY_TEXT)
      continue;
    FRAY_ALLOC_ZERO(room, plan->arena, 1, err);
    room->n = area * modality->channels;
    FRAY_ALLOC_ZERO(room->mean, plan->arena, room->n, err);
    FRAY_ALLOC_ZERO(room->deviation, plan->arena, room->n, err);
    plan->typical[m] = room;
  }
  return FRAY_OK;
}

/* Used by entries and by ledgers, which bring a strength that was recorded in place of a
 * severity. */
enum fray_status fray_signal_act_add(struct fray_signal_plan *plan,
                                     const struct fray_act_wish *wish, size_t *place,
                                     struct fray_err *err) {
  const struct fray_corruption_ops *ops = wish->kind->impl;
  const bool fixed = ops->signal->fixed;
  char purpose[256];
  /* Acts of a value are the bits of one word. */
  FRAY_CHECK(plan->n_acts < FRAY_MAX_ACTS, err, INPUT,
             "more than %d entries, or recorded strengths, damage raw values", FRAY_MAX_ACTS);
  struct fray_signal_act *act = &plan->act[plan->n_acts];
  const size_t donors = ops->signal->donors ? ops->signal->donors(wish->params) : 0;
  *act = (struct fray_signal_act){.id = wish->id,
                                  .kind = wish->kind,
                                  .params = wish->params,
                                  .severity = wish->severity,
                                  .table = wish->table,
                                  .seed = wish->seed,
                                  .redraws = wish->redraws && !fixed,
                                  .by_client = wish->by_client && !fixed,
                                  .n_donors = donors};
  set_strengths(plan, wish, act);
  const char *meant; /* wherever files lie, the same sounds do the same */
  FRAY_TRY(fray_signal_act_keys(wish, plan->arena, &act->keys, err));
  FRAY_TRY(keys_of(wish, false, plan->arena, &meant, err));
  if (ops->signal->record)
    FRAY_TRY(count_records(plan, err));
  if (donors)
    FRAY_TRY(make_donors(plan, act, err));
  if (ops->signal->typical)
    FRAY_TRY(make_typical(plan, err));
  /* Apart from the purpose of the draws that say whom it hits: another rate leaves the noise alone.
   */
  snprintf(purpose, sizeof purpose, "corruption-signal/%s", wish->id);
  act->purpose = fray_rng_purpose(purpose);
  /* The strength is no part of the digest, as it differs by modality; the key adds it. Of a kind
   * that draws nothing neither seed nor id matters, so that its features are shared over seeds. */
  const uint64_t all[] = {fixed ? 0 : act->seed,
                          fixed ? 0 : act->purpose,
                          fray_hash_text(wish->kind->name),
                          fray_hash_text(meant),
                          act->redraws,
                          act->by_client};
  act->digest = fray_hash64(all, sizeof all);
  if (ops->signal->typical)
    act->digest ^= population_key(plan);
  *place = plan->n_acts++;
  return FRAY_OK;
}

/* A kind of sound finds no sound in pictures: an entry that can never act is a mistake. */
static enum fray_status narrow(const struct fray_corruption_config *entry, struct fray_scope *scope,
                               struct fray_err *err) {
  const struct fray_corruption_ops *ops = fray_corruption_ops_of(entry);
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
  for (size_t m = 0; m < d->n_modalities && ops->signal->fits; m++)
    if (scope->modalities >> m & 1 &&
        ops->signal->fits(entry->kind.params, &d->modality[m], err) != FRAY_OK)
      return fray_at(err, "modality %s", d->modality[m].name);
  FRAY_CHECK(scope->modalities, err, INPUT, "the data have no modality that %s damages", kind);
  /* Before the refusal of all of them: with one there are no others to name, whatever is written.
   */
  FRAY_CHECK(!ops->signal->beside || d->n_modalities > 1, err, INPUT,
             "modalities: %s sets some modalities against the others, and here %s is the only one",
             kind, d->modality[0].name);
  FRAY_CHECK(!ops->signal->beside || scope->modalities != (1u << d->n_modalities) - 1, err, INPUT,
             "modalities: %s sets some modalities against the others, and here it would hit all "
             "%zu of the data; name those that it hits",
             kind, d->n_modalities);
  FRAY_CHECK(!ops->signal->single || !(scope->modalities & (scope->modalities - 1)), err, INPUT,
             "modalities: %s hits one modality; name one, not %d", kind,
             __builtin_popcount(scope->modalities));
  return FRAY_OK;
}

/* What the value of sample i says, for those who count who believed it: the class of its donor. */
static void note_lure(const struct fray_scope *scope, size_t act, size_t i, size_t m) {
  const struct fray_dataset *d = scope->people->dataset;
  const size_t at = i * d->n_modalities + m;
  const uint32_t donor = scope->damage->signal->act[act].donor[at];
  if (donor != FRAY_NO_DONOR)
    scope->damage->lure[at] = (int16_t)d->label[donor];
}

/* Of an entry at its neutral strength nothing is marked, so that it costs and changes nothing; it
 * counts as eligible all the same. */
static void mark(struct fray_signal_plan *plan, size_t act, const struct fray_rate_draws *draws,
                 struct fray_scope *scope, size_t i) {
  const double none = fray_corruption_strength(plan->act[act].kind).none;
  const bool lures = fray_corruption_signal(plan->act[act].kind)->lures;
  const bool off = plan->act[act].severity == 0; /* also of a kind without a neutral strength */
  const unsigned may = fray_scope_may(scope, i);
  const size_t modalities = plan->dataset->n_modalities;
  unsigned hit = 0;
  for (size_t m = 0; m < modalities; m++) {
    if (!(may >> m & 1) ||
        !(scope->tie ? fray_scope_follows(scope, i, m)
                     : fray_rate_hits(draws, fray_rate_draw(draws, scope, i, m))))
      continue;
    /* Whom it would hit is told at the neutral strength, too: entries tied to it hit the same. */
    fray_scope_drew(scope, i, 1u << m);
    /* Likewise: without it there would be nobody to compare the stronger ones with. */
    if (lures)
      note_lure(scope, act, i, m);
    if (off || plan->act[act].strength[m] == none)
      continue;
    plan->acts[i * modalities + m] |= (uint64_t)1 << act;
    hit++;
  }
  fray_scope_count(scope, i, (unsigned)__builtin_popcount(may), hit);
}

/* Once for all entries of a list: where two lure with the same modality, the later one's value is
 * what is there. In the memory of the plan, which is that of the damage. */
static enum fray_status make_lures(const struct fray_scope *scope, struct fray_err *err) {
  const size_t n = scope->people->n * scope->people->dataset->n_modalities;
  if (scope->damage->lure)
    return FRAY_OK;
  FRAY_ALLOC(scope->damage->lure, scope->damage->signal->arena, n + 1, err);
  for (size_t at = 0; at < n; at++)
    scope->damage->lure[at] = -1;
  return FRAY_OK;
}

/* Whom it hits is decided here, once, from the index alone; what is done to a value follows when
 * the value is read, on whichever rank that is. */
enum fray_status fray_signal_act_plan(const struct fray_corruption_config *entry,
                                      struct fray_scope *scope, struct fray_err *err) {
  const struct fray_signal_ops *ops = fray_corruption_ops_of(entry)->signal;
  struct fray_rate_draws draws = {.rate = entry->rate, .unit = entry->unit, .how = entry->draw};
  const struct fray_act_wish wish = {
      .id = fray_corruption_id(entry),
      .kind = entry->kind.choice,
      .params = entry->kind.params,
      .strength = ops->strength ? ops->strength(entry->kind.params) : 1,
      .severity = fray_corruption_by_severity(entry) ? (double)entry->severity : NAN,
      .table = entry->table,
      .levels = scope->levels,
      .seed = scope->seed,
      .redraws = entry->redraw == FRAY_REDRAW_EPOCH,
      .by_client = entry->per && strcmp(entry->per, fray_per_names[1]) == 0};
  size_t act;
  FRAY_TRY(narrow(entry, scope, err));
  FRAY_TRY(fray_signal_act_add(scope->damage->signal, &wish, &act, err));
  /* First: exact shares are of those who have a donor. */
  if (scope->damage->signal->act[act].n_donors)
    FRAY_TRY(fray_donors_choose(&wish, scope, &scope->damage->signal->act[act], err));
  if (ops->lures)
    FRAY_TRY(make_lures(scope, err));
  if (!scope->tie)
    FRAY_TRY(fray_rate_draws_make(&draws, scope, err));
  for (size_t i = 0; i < scope->people->n; i++)
    if (fray_scope_takes(scope, i))
      mark(scope->damage->signal, act, &draws, scope, i);
  return FRAY_OK;
}
