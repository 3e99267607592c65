/* What entries do to a population, one after another, each on what the ones before it left. */
#include "corrupt/scope/scope.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/corrupt/severity_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Natural absence and missing labels are where damage begins: they are nobody's doing, and not
 * counted. */
enum fray_status fray_damage_start(const struct fray_population *population,
                                   struct fray_arena *arena, struct fray_damage *out,
                                   struct fray_err *err) {
  const struct fray_dataset *dataset = population->dataset;
  struct fray_damage damage = {.n = population->n};
  const size_t classes = dataset->n_classes;
  FRAY_ALLOC(damage.present, arena, damage.n, err);
  FRAY_ALLOC(damage.label, arena, damage.n, err);
  FRAY_ALLOC_ZERO(damage.dropped, arena, damage.n, err);
  if (dataset->multi_label)
    FRAY_ALLOC(damage.labels, arena, damage.n * classes, err);
  for (size_t i = 0; i < damage.n; i++) {
    size_t sample = population->sample[i];
    damage.present[i] = dataset->present[sample];
    /* Of a set 0 says only that it is labelled; its classes lie in labels. With one label the
     * number itself is put there below. */
    damage.label[i] = fray_is_labelled(dataset, sample) ? 0 : FRAY_UNLABELLED;
    if (dataset->multi_label)
      memcpy(damage.labels + i * classes, dataset->labels + sample * classes, classes);
    else
      damage.label[i] = dataset->label[sample];
  }
  *out = damage;
  return FRAY_OK;
}

/* Counts of an entry that acts at the other stage stay 0, and its rate NaN: it was not asked. */
static enum fray_status start_realised(const struct fray_corruption_config *entry,
                                       const struct fray_population *population,
                                       struct fray_arena *arena, struct fray_realised *out,
                                       struct fray_err *err) {
  *out = (struct fray_realised){.id = fray_corruption_id(entry),
                                .kind = entry->kind.choice->name,
                                .nominal = fray_corruption_nominal(entry),
                                .rate = NAN,
                                .n_clients = population->n_clients};
  FRAY_ALLOC_ZERO(out->client_eligible, arena, out->n_clients, err);
  FRAY_ALLOC_ZERO(out->client_hit, arena, out->n_clients, err);
  return FRAY_OK;
}

/* Bits of the modalities named, all if none is. */
static enum fray_status select_modalities(const struct fray_strings *names,
                                          const struct fray_dataset *dataset, unsigned *out,
                                          struct fray_err *err) {
  const char *known[FRAY_MAX_MODALITIES];
  for (size_t m = 0; m < dataset->n_modalities; m++)
    known[m] = dataset->modality[m].name;
  *out = names->n ? 0 : (1u << dataset->n_modalities) - 1;
  for (size_t i = 0; i < names->n; i++) {
    size_t m = 0;
    while (m < dataset->n_modalities && strcmp(known[m], names->v[i]) != 0)
      m++;
    char list[512];
    FRAY_CHECK(m < dataset->n_modalities, err, INPUT,
               "modalities: the data has no modality '%s'; %s", names->v[i],
               fray_there_are(names->v[i], known, dataset->n_modalities, list, sizeof list));
    *out |= 1u << m;
  }
  return FRAY_OK;
}

/* A table of the user's is read here, where all kinds are known; the strengths that it gives are
 * all that is left of it, in acts and in ledgers. */
static enum fray_status read_levels(const struct fray_corruption_config *entry,
                                    struct fray_scope *scope, struct fray_err *err) {
  double *levels;
  if (!entry->severity_table)
    return FRAY_OK;
  FRAY_ALLOC(levels, scope->arena, FRAY_MAX_MODALITIES, err);
  FRAY_TRY(fray_severity_levels(entry, scope->people->dataset, scope->modalities, levels, err));
  scope->levels = levels;
  return FRAY_OK;
}

/* Where samples that are hit go: those whose label is another than before. Labels alone are looked
 * at, as only kinds of labels have the key; by what they are, so that no kind needs to say whom it
 * hit. */
static enum fray_status apply_and_drop(const struct fray_corruption_config *entry,
                                       struct fray_scope *scope, struct fray_err *err) {
  struct fray_damage *d = scope->damage;
  const size_t classes = d->labels ? scope->people->dataset->n_classes : 0;
  int32_t *label;
  uint8_t *labels = NULL;
  FRAY_ALLOC(label, scope->arena, d->n + 1, err);
  memcpy(label, d->label, d->n * sizeof *label);
  if (classes) {
    FRAY_ALLOC(labels, scope->arena, d->n * classes + 1, err);
    memcpy(labels, d->labels, d->n * classes);
  }
  FRAY_TRY(fray_corruption_ops_of(entry)->apply(entry, scope, err));
  for (size_t i = 0; i < d->n; i++)
    if (label[i] != d->label[i] ||
        (classes && memcmp(labels + i * classes, d->labels + i * classes, classes) != 0))
      d->dropped[i] = 1;
  return FRAY_OK;
}

static enum fray_status apply_entry(const struct fray_corruption_config *entry,
                                    struct fray_scope *scope, struct fray_err *err) {
  const struct fray_dataset *dataset = scope->people->dataset;
  const struct fray_corruption_ops *ops = fray_corruption_ops_of(entry);
  const char *id = fray_corruption_id(entry);
  char purpose[256];
  /* A longer one would be cut in the purposes, and two that differ behind the cut would draw
   * alike. */
  FRAY_CHECK(strlen(id) < 200, err, INPUT, "the id has more than 199 bytes");
  snprintf(purpose, sizeof purpose, "corruption/%s", id);
  scope->purpose = fray_rng_purpose(purpose);
  /* Keyed by the id and not by the place in the list: an entry that is added before this one leaves
   * its draws as they were. */
  snprintf(purpose, sizeof purpose, "corruption-plan/%s", id);
  scope->plan_purpose = fray_rng_purpose(purpose);
  FRAY_TRY(select_modalities(&entry->modalities, dataset, &scope->modalities, err));
  FRAY_ALLOC(scope->inside, scope->arena, scope->people->n + 1, err);
  FRAY_TRY(read_levels(entry, scope, err));
  if (scope->tie)
    memcpy(scope->inside, scope->tie->inside, scope->people->n);
  else
    FRAY_TRY(fray_who_select(entry->who, id, scope, err));
  /* One of both: a kind acts on the population or on raw values. */
  FRAY_TRY(ops->signal                         ? fray_signal_act_plan(entry, scope, err)
           : entry->if_hit == FRAY_IF_HIT_DROP ? apply_and_drop(entry, scope, err)
                                               : ops->apply(entry, scope, err));
  struct fray_realised *realised = scope->realised;
  /* Without anything eligible the rate stays NaN: 0 would say that damage was tried and missed. */
  if (realised->eligible)
    realised->rate = (double)realised->hit / (double)realised->eligible;
  return FRAY_OK;
}

/* One entry, in scratch memory of its own: what stays of it lies in the arena of the caller. */
static enum fray_status run_entry(const struct fray_corruption_config *entry,
                                  struct fray_scope *scope, struct fray_err *err) {
  fray_arena_reset(scope->arena);
  if (apply_entry(entry, scope, err) != FRAY_OK)
    return fray_at(err, "corruption %s", fray_corruption_id(entry));
  return FRAY_OK;
}

/* The entry whose draws decide for entry e: itself, or the one that it is tied to, which may be
 * tied in its turn. n: there is none. Ends, as each step leads to an earlier entry. */
static size_t root_of(const struct fray_corruption_config *const *entries, size_t e) {
  while (entries[e]->with) {
    size_t k = 0;
    while (k < e && strcmp(fray_corruption_id(entries[k]), entries[e]->with) != 0)
      k++;
    if (k == e)
      return SIZE_MAX;
    e = k;
  }
  return e;
}

/* Room for what entry e hits, if a later one is tied to it. */
static enum fray_status start_tie(const struct fray_corruption_config *const *entries, size_t e,
                                  size_t n, size_t samples, struct fray_arena *arena,
                                  struct fray_tie *out, struct fray_err *err) {
  for (size_t later = e + 1; later < n; later++)
    if (entries[later]->with && root_of(entries, later) == e) {
      FRAY_ALLOC_ZERO(out->drawn, arena, samples + 1, err);
      FRAY_ALLOC_ZERO(out->inside, arena, samples + 1, err);
      return FRAY_OK;
    }
  return FRAY_OK;
}

/* One entry with its ties: it leaves what it hit, or follows one that did. */
static enum fray_status run_tied(const struct fray_corruption_config *const *entries, size_t e,
                                 size_t n, struct fray_tie *ties, struct fray_arena *arena,
                                 struct fray_scope *scope, struct fray_err *err) {
  const size_t root = root_of(entries, e), samples = scope->people->n;
  FRAY_CHECK(root == e || (root < e && ties[root].drawn), err, INPUT,
             "corruption %s: with: there is no entry '%s' before it that acts on the same samples",
             fray_corruption_id(entries[e]), entries[e]->with);
  if (root != e)
    scope->tie = &ties[root];
  else
    FRAY_TRY(start_tie(entries, e, n, samples, arena, &ties[e], err));
  scope->drawn = ties[e].drawn;
  FRAY_TRY(run_entry(entries[e], scope, err));
  if (ties[e].drawn) {
    memcpy(ties[e].inside, scope->inside, samples);
    ties[e].modalities = fray_corruption_ops_of(entries[e])->labels ? 0 : scope->modalities;
  }
  return FRAY_OK;
}

/* What a sample looks like before any damage, for kinds that ask before a plan of signals is there.
 * A NaN of the shard is the shard's, and is said as such. */
static enum fray_status read_of_shards(const void *user, size_t sample, size_t modality,
                                       struct fray_arena *arena, struct fray_signal *out,
                                       struct fray_err *err) {
  const struct fray_dataset *d = user;
  const struct fray_modality *m = &d->modality[modality];
  const size_t area = m->kind == FRAY_IMAGE ? m->height * m->width : 1;
  size_t length = 0;
  float *raw, *x;
  FRAY_ALLOC(raw, arena, fray_sample_bytes(d, modality) / sizeof *raw + 1, err);
  /* Reading moves the file, and nothing that others see of the data set. */
  FRAY_TRY(fray_sample_read((struct fray_dataset *)user, modality, sample, raw, &length, err));
  *out = (struct fray_signal){.kind = m->kind,
                              .text = m->kind == FRAY_TEXT ? (char *)raw : NULL,
                              .length = length,
                              .capacity = length,
                              .channels = m->channels,
                              .height = m->height,
                              .width = m->width,
                              .rate = m->rate};
  if (out->text)
    return FRAY_OK;
  const size_t n = length * m->channels * area;
  FRAY_ALLOC(x, arena, n + 1, err);
  for (size_t i = 0; i < n; i++) {
    x[i] = m->kind == FRAY_IMAGE ? (float)((const uint8_t *)raw)[i] / 255.0f : raw[i];
    FRAY_CHECK(isfinite(x[i]), err, INPUT, "value %zu is %g, which is not finite", i, (double)x[i]);
  }
  out->x = x;
  return FRAY_OK;
}

bool fray_corruption_moves_values(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return ops->signal || ops->replays;
}

/* A plan costs 12 bytes a sample and more: studies without such damage have none. */
static bool damages_signals(const struct fray_corruption_config *const *entries, size_t n) {
  bool any = false;
  for (size_t e = 0; e < n; e++)
    any = any || fray_corruption_moves_values(entries[e]->kind.choice);
  return any;
}

/* A plan that changes nothing is none, so that whoever asks for one may ask no further. */
static void drop_empty_plan(struct fray_damage *damage) {
  const struct fray_signal_plan *plan = damage->signal;
  const size_t cells = plan ? plan->n * plan->dataset->n_modalities : 0;
  for (size_t at = 0; at < cells; at++)
    if (plan->acts[at])
      return;
  damage->signal = NULL;
}

enum fray_status fray_corrupt(const struct fray_corruption_config *const *entries, size_t n,
                              const struct fray_population *population, uint64_t seed,
                              struct fray_arena *arena, struct fray_damage *damage,
                              struct fray_realised *realised, struct fray_err *err) {
  /* Entries see what the ones before them left, so their order in the scenario is part of what they
   * mean: geometry before optics, optics before the sensor, the sensor before coding. */
  const int stage = population->train ? FRAY_AT_TRAIN
                    : population->dev ? FRAY_AT_DEV
                                      : FRAY_AT_TEST;
  struct fray_arena scratch = {0}, tied = {0};
  struct fray_tie *ties = fray_arena_zero(&tied, n + 1, sizeof *ties);
  enum fray_status status = ties ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  /* A caller may apply entries in several calls: then the plan that the first one began goes on. */
  if (status == FRAY_OK && damages_signals(entries, n) && !damage->signal)
    status =
        fray_signal_plan_start(population, &fray_corruption_table, arena, &damage->signal, err);
  for (size_t e = 0; status == FRAY_OK && e < n; e++) {
    struct fray_scope scope = {.people = population,
                               .damage = damage,
                               .arena = &scratch,
                               .realised = &realised[e],
                               .read = population->read ? population->read : read_of_shards,
                               .user = population->read ? population->user : population->dataset,
                               .seed = seed};
    /* Entries of the other stage too, so that realised has an element for each, with whom nothing
     * was asked. */
    status = start_realised(entries[e], population, arena, &realised[e], err);
    if (status == FRAY_OK && fray_corruption_acts(entries[e], stage))
      status = run_tied(entries, e, n, ties, &tied, &scope, err);
  }
  fray_arena_free(&scratch);
  fray_arena_free(&tied);
  drop_empty_plan(damage);
  return status;
}
