/* The list of corruptions, and the plan that applies them one after another. */
#include "fray/corrupt/corrupt.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "scope.h"

#include <stdio.h>
#include <string.h>

#define FRAY_CORRUPTION(name) extern const struct fray_choice fray_corruption_##name;
#include "corruptions.def"
#undef FRAY_CORRUPTION
#define FRAY_CORRUPTION(name) &fray_corruption_##name,
static const struct fray_choice *const kinds[] = {
#include "corruptions.def"
};
#undef FRAY_CORRUPTION

const struct fray_choices fray_corruptions = {
    .what = "corruption", .plural = "corruptions", .v = kinds, .n = FRAY_COUNT(kinds)};

static const char *const at_names[] = {"train", "test", "both", "auto", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "id", struct fray_corruption_config, id, .optional = true,
               .help =
                   "Name of this entry, for sweeps and results; it keys the random draws, so two "
                   "entries need two ids. Default: the kind."),
    FRAY_FIELD(KIND, "kind", struct fray_corruption_config, kind, .required = true,
               .choices = &fray_corruptions, .help = "What is damaged, and how."),
    FRAY_FIELD(
        ENUM, "at", struct fray_corruption_config, at, .def_text = "auto", .names = at_names,
        .help = "Which samples: those that train, those of the test, or both. auto: train for "
                "labels (at test they are the truth), compat fedmultimodal and 'from: partition', "
                "else both."),
    FRAY_FIELD(STRINGS, "modalities", struct fray_corruption_config, modalities, .optional = true,
               .help = "Modalities that may be hit. Default: all."),
    FRAY_FIELD(NODE, "who", struct fray_corruption_config, who,
               .help = "A fraction of the clients, drawn once and nested (0.2), or the samples of "
                       "groups ({accent: scotland}, {accent: [scotland, lancaster], voice: m3}); "
                       "several groups must all fit. Default: everyone."),
};

static const struct fray_corruption_ops *ops_of(const struct fray_corruption_config *entry) {
  return entry->kind.choice->impl;
}

static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  (void)node;
  const struct fray_corruption_config *entry = section;
  const struct fray_corruption_ops *ops = ops_of(entry);
  const char *kind = entry->kind.choice->name;
  int at = fray_corruption_at(entry);
  FRAY_CHECK(!(ops->labels && at != FRAY_AT_TRAIN), err, INPUT,
             "at: labels at test are the truth, so %s cannot act there; use 'at: train'", kind);
  FRAY_CHECK(ops->modalities_key || entry->modalities.n == 0, err, INPUT,
             "modalities: kind %s does not use this key", kind);
  FRAY_TRY(fray_who_check(entry->who, err));
  return ops->check ? ops->check(entry, at, err) : FRAY_OK;
}

FRAY_TABLE(fray_corruption_table, "corruption", struct fray_corruption_config, fields,
           .help = "Damage, applied in order.", .check = check);

const char *fray_corruption_id(const struct fray_corruption_config *entry) {
  return entry->id ? entry->id : entry->kind.choice->name;
}

int fray_corruption_at(const struct fray_corruption_config *entry) {
  const struct fray_corruption_ops *ops = ops_of(entry);
  if (entry->at != FRAY_AT_AUTO)
    return entry->at;
  if (ops->at)
    return ops->at(entry->kind.params);
  return ops->labels ? FRAY_AT_TRAIN : FRAY_AT_BOTH;
}

enum fray_status fray_corruption_ids_check(const struct fray_corruption_config *const *entries,
                                           size_t n, struct fray_err *err) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++) {
      const char *a = fray_corruption_id(entries[j]), *b = fray_corruption_id(entries[i]);
      FRAY_CHECK(strcmp(a, b) != 0, err, INPUT,
                 "two corruptions have the id '%s'; give one of them another 'id'", a);
      FRAY_CHECK(fray_hash_text(a) != fray_hash_text(b), err, INPUT,
                 "the ids '%s' and '%s' hash alike; rename one", a, b);
    }
  return FRAY_OK;
}

bool fray_corruption_fits_test(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return !ops->labels;
}

const char *fray_corruption_strength(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return ops->strength;
}

double fray_corruption_nominal(const struct fray_corruption_config *entry) {
  const struct fray_corruption_ops *ops = ops_of(entry);
  return ops->nominal ? ops->nominal(entry->kind.params) : NAN;
}

unsigned fray_corruption_nests(const struct fray_corruption_config *entry) {
  const struct fray_corruption_ops *ops = ops_of(entry);
  return ops->nests ? ops->nests(entry->kind.params) : 0;
}

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
    damage.label[i] = fray_is_labelled(dataset, sample) ? 0 : FRAY_UNLABELLED;
    if (dataset->multi_label)
      memcpy(damage.labels + i * classes, dataset->labels + sample * classes, classes);
    else
      damage.label[i] = dataset->label[sample];
  }
  *out = damage;
  return FRAY_OK;
}

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

static enum fray_status apply_entry(const struct fray_corruption_config *entry,
                                    struct fray_scope *scope, struct fray_err *err) {
  const struct fray_dataset *dataset = scope->people->dataset;
  const struct fray_corruption_ops *ops = ops_of(entry);
  const char *id = fray_corruption_id(entry);
  char purpose[256];
  FRAY_CHECK(strlen(id) < 200, err, INPUT, "the id has more than 199 bytes");
  snprintf(purpose, sizeof purpose, "corruption/%s", id);
  scope->purpose = fray_rng_purpose(purpose);
  snprintf(purpose, sizeof purpose, "corruption-plan/%s", id);
  scope->plan_purpose = fray_rng_purpose(purpose);
  FRAY_TRY(select_modalities(&entry->modalities, dataset, &scope->modalities, err));
  FRAY_ALLOC(scope->inside, scope->arena, scope->people->n, err);
  FRAY_TRY(fray_who_select(entry->who, id, scope, err));
  FRAY_TRY(ops->apply(entry->kind.params, scope, err));
  struct fray_realised *realised = scope->realised;
  if (realised->eligible)
    realised->rate = (double)realised->hit / (double)realised->eligible;
  return FRAY_OK;
}

enum fray_status fray_corrupt(const struct fray_corruption_config *const *entries, size_t n,
                              const struct fray_population *population, uint64_t seed,
                              struct fray_arena *arena, struct fray_damage *damage,
                              struct fray_realised *realised, struct fray_err *err) {
  int other_stage = population->train ? FRAY_AT_TEST : FRAY_AT_TRAIN;
  for (size_t e = 0; e < n; e++) {
    FRAY_TRY(start_realised(entries[e], population, arena, &realised[e], err));
    if (fray_corruption_at(entries[e]) == other_stage)
      continue;
    struct fray_arena_place mark = fray_arena_mark(arena);
    struct fray_scope scope = {.people = population,
                               .damage = damage,
                               .arena = arena,
                               .realised = &realised[e],
                               .seed = seed};
    enum fray_status status = apply_entry(entries[e], &scope, err);
    fray_arena_rewind(arena, mark);
    if (status != FRAY_OK)
      return fray_at(err, "corruption %s", fray_corruption_id(entries[e]));
  }
  return FRAY_OK;
}
