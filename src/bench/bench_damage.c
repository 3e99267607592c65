/* Damage of raw values in the bench: every kind of the registry, on values that the bench makes.
 *
 * A kind is measured as reading does it: all that stands between a clean value in memory and the
 * damaged one, its random numbers and the check for finite values included. Nobody lists kinds
 * here: a new one is measured by its line in corruptions.def, at severity 3, which is the middle of
 * the published tables; one without severities by its own defaults. */
#include "bench_parts.h"
#include "bench_values.h"
#include "fray/base/draft.h"
#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is told of a medium: how much of it a second of work damages. */
struct medium {
  enum fray_modality_kind kind;
  const char *unit;
  double (*amount)(const struct fray_signal *value);
};

/* Multiples of real time, as for features of sound: whoever records knows how long it took. */
static double seconds_of(const struct fray_signal *value) {
  return (double)value->length / value->rate;
}
static double pictures_of(const struct fray_signal *value) {
  (void)value;
  return 1;
}
/* As shards hold them: four bytes a number, one a letter. */
static double megabytes_of(const struct fray_signal *value) {
  return 1e-6 * (value->text ? 1.0 : 4.0 * (double)value->channels) * (double)value->length;
}

static const struct medium media[] = {{FRAY_AUDIO, "x real", seconds_of},
                                      {FRAY_IMAGE, "a second", pictures_of},
                                      {FRAY_SERIES, "MB/s", megabytes_of},
                                      {FRAY_TEXT, "MB/s", megabytes_of},
                                      {FRAY_FEATURES, "MB/s", megabytes_of}};

/* Half as long as for models, since there are a hundred kinds. */
#define BATCH_SECONDS 0.02

/* A kind at work on one medium: values, what damages them, and room for one damaged value. */
struct subject {
  struct bench_values *values;
  size_t modality;
  const struct fray_signal_plan *plan;
  struct fray_arena scratch;
  struct fray_signal work;
};

/* From its clean bytes each time, as a reader of shards has them. Value i, damaged, into s->work.
 */
static enum fray_status damage_one(struct subject *s, size_t i, struct fray_signal *out,
                                   struct fray_err *err) {
  const struct fray_signal *clean = &s->values->value[s->modality][i];
  *out = *clean;
  out->x = s->work.x;
  out->text = s->work.text;
  out->capacity = s->work.capacity;
  if (out->text)
    memcpy(out->text, clean->text, clean->length);
  else
    memcpy(out->x, clean->x, bench_value_numbers(clean) * sizeof *out->x);
  return fray_signal_apply(s->plan, i, s->modality, out, &s->scratch, err);
}

/* All values of the medium once, each from its clean bytes: what was damaged twice would be another
 * value, and soon one that no longer costs anything. */
static enum fray_status damage_all(void *user, struct fray_err *err) {
  struct subject *s = user;
  for (size_t i = 0; i < s->values->n[s->modality]; i++) {
    struct fray_signal x;
    FRAY_TRY(damage_one(s, i, &x, err));
  }
  return FRAY_OK;
}

/* Room for the longest that any of them becomes on its way. */
static enum fray_status make_room(struct subject *s, struct fray_arena *arena,
                                  struct fray_err *err) {
  size_t steps = 1, width = 1;
  for (size_t i = 0; i < s->values->n[s->modality]; i++) {
    const struct fray_signal *clean = &s->values->value[s->modality][i];
    steps = FRAY_MAX(steps, fray_signal_longest(s->plan, i, s->modality, clean->length));
    width = bench_value_numbers(clean) / clean->length;
  }
  s->work.capacity = steps;
  if (s->values->value[s->modality][0].text)
    FRAY_ALLOC(s->work.text, arena, steps, err);
  else
    FRAY_ALLOC(s->work.x, arena, steps * width, err);
  return FRAY_OK;
}

/* A key without a value of its own, such as a path, cannot be made up here. */
static const char *wanted_key(const struct fray_choice *kind) {
  for (size_t i = 0; i < kind->table->n; i++)
    if (kind->table->fields[i].required)
      return kind->table->fields[i].key;
  return NULL;
}

/* The entry as a scenario would hold it, and the plan that follows from it. */
static enum fray_status plan(const struct fray_choice *kind, struct subject *s,
                             struct fray_arena *arena, struct fray_err *err) {
  struct fray_corruption_config entry;
  const struct fray_corruption_config *const entries[] = {&entry};
  const char *level = fray_schema_field(kind->table, NULL, "severity") ? ", severity: 3" : "";
  const char *yaml = fray_arena_printf(arena, "{kind: %s%s, modalities: [%s]}", kind->name, level,
                                       s->values->dataset.modality[s->modality].name);
  struct fray_node *node;
  struct fray_damage damage;
  struct fray_realised realised;
  FRAY_CHECK(yaml, err, MEMORY, "out of memory");
  FRAY_TRY(fray_yaml_parse(yaml, kind->name, arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_corruption_table, node, "", &entry, arena, err));
  FRAY_TRY(fray_damage_start(&s->values->population, arena, &damage, err));
  FRAY_TRY(fray_corrupt(entries, 1, &s->values->population, 1, arena, &damage, &realised, err));
  s->plan = damage.signal;
  if (damage.signal) {
    damage.signal->read = bench_value_read;
    damage.signal->user = s->values;
  }
  /* The last: of a record the first may have nobody before it. */
  FRAY_CHECK(fray_signal_key(s->plan, s->values->n[s->modality] - 1, s->modality), err, INPUT,
             "changes nothing by its defaults");
  return FRAY_OK;
}

/* A message begins with the place in a file, which here is none. */
static const char *without_place(const struct fray_choice *kind, const char *text) {
  const size_t n = strlen(kind->name);
  return strncmp(text, kind->name, n) == 0 && strncmp(text + n, ":1: ", 4) == 0 ? text + n + 4
                                                                                : text;
}

/* What went in and what came out, so that other programs can be given the same and be compared. The
 * values of a medium are written again by each kind of it: they are the same. */
static enum fray_status write_values(const struct fray_choice *kind, const char *medium,
                                     struct subject *s, const char *folder, struct fray_err *err) {
  for (size_t i = 0; i < s->values->n[s->modality]; i++) {
    char clean[64], damaged[160];
    struct fray_signal x;
    snprintf(clean, sizeof clean, "%.32s-%zu", medium, i);
    snprintf(damaged, sizeof damaged, "%.80s-%s", kind->name, clean);
    FRAY_TRY(damage_one(s, i, &x, err));
    FRAY_TRY(bench_value_write(&s->values->value[s->modality][i], folder, clean, err));
    FRAY_TRY(bench_value_write(&x, folder, damaged, err));
  }
  return FRAY_OK;
}

/* What the row is a rate of is counted from the values, so that a change of them cannot be
 * forgotten here. */
static enum fray_status measure(const struct fray_choice *kind, const struct medium *medium,
                                struct subject *s, const char *folder, struct fray_arena *arena,
                                struct fray_bench_kind *out, struct fray_err *err) {
  const char *key = wanted_key(kind);
  double amount = 0;
  struct fray_spread seconds = {0};
  *out = (struct fray_bench_kind){
      .name = kind->name, .medium = fray_modality_kind_names[medium->kind], .unit = medium->unit};
  if (key) {
    out->why = fray_arena_printf(arena, "has no default for %s", key);
    FRAY_CHECK(out->why, err, MEMORY, "out of memory");
    return FRAY_OK;
  }
  /* What the kind asks for beside a severity, or a rate that it does not fit, is no fault of the
   * bench: the row says it. */
  const enum fray_status status = plan(kind, s, arena, err);
  if (status == FRAY_INPUT) {
    out->why = fray_arena_strdup(arena, without_place(kind, err->text));
    FRAY_CHECK(out->why, err, MEMORY, "out of memory");
    return FRAY_OK;
  }
  FRAY_TRY(status);
  FRAY_TRY(make_room(s, arena, err));
  if (folder)
    FRAY_TRY(write_values(kind, out->medium, s, folder, err));
  for (size_t i = 0; i < s->values->n[s->modality]; i++)
    amount += medium->amount(&s->values->value[s->modality][i]);
  FRAY_TRY(bench_time_batches(BATCH_SECONDS, damage_all, s, &seconds, err));
  out->rate = bench_rate(seconds, amount);
  return FRAY_OK;
}

/* A word selects all kinds, those of a medium, or one. */
static bool wanted(const char *only, const struct fray_choice *kind, const struct medium *medium) {
  return strcmp(only, bench_all_damage) == 0 || strcmp(only, kind->name) == 0 ||
         strcmp(only, fray_modality_kind_names[medium->kind]) == 0;
}

/* Kinds that act on the population have no value to be timed on. */
static bool fits(const struct fray_choice *kind, const struct medium *medium) {
  return fray_corruption_damages_signals(kind) && fray_corruption_fits_modality(kind, medium->kind);
}

const char *const bench_all_damage = "damage";

/* Asked before anything is measured: a wrong word should not take seconds to be refused. */
bool bench_is_damage(const char *only) {
  for (size_t k = 0; k < fray_corruptions.n; k++)
    for (size_t m = 0; m < FRAY_COUNT(media); m++)
      if (fits(fray_corruptions.v[k], &media[m]) && wanted(only, fray_corruptions.v[k], &media[m]))
        return true;
  return false;
}

/* A kind of several media has a row in each. */
static enum fray_status measure_all(const char *only, struct bench_values *values,
                                    const char *folder, struct fray_arena *own,
                                    struct fray_arena *arena, struct fray_bench *out,
                                    struct fray_err *err) {
  /* By medium first: what is compared stands together, in one unit. */
  for (size_t m = 0; m < FRAY_COUNT(media); m++)
    for (size_t k = 0; k < fray_corruptions.n; k++) {
      const struct fray_choice *kind = fray_corruptions.v[k];
      struct subject s = {.values = values, .modality = m};
      if (!fits(kind, &media[m]) || !wanted(only, kind, &media[m]))
        continue;
      const struct fray_arena_place mark = fray_arena_mark(own);
      struct fray_bench_kind *row = &out->kind[out->n_kinds++];
      enum fray_status status = measure(kind, &media[m], &s, folder, own, row, err);
      /* The reason outlives the memory that it was made in. */
      if (status == FRAY_OK && row->why && !(row->why = fray_arena_strdup(arena, row->why)))
        status = fray_fail(err, FRAY_MEMORY, "out of memory");
      fray_arena_rewind(own, mark);
      fray_arena_free(&s.scratch);
      FRAY_TRY(status);
    }
  return FRAY_OK;
}

enum fray_status bench_damage(const struct fray_bench_wish *wish, struct fray_arena *arena,
                              struct fray_bench *out, struct fray_err *err) {
  struct bench_values values;
  struct fray_arena own = {0};
  struct fray_making folder = {.claim = -1};
  /* Room for every kind in every medium; few are in more than one. */
  out->kind = fray_arena_zero(arena, fray_corruptions.n * FRAY_COUNT(media), sizeof *out->kind);
  FRAY_CHECK(out->kind, err, MEMORY, "out of memory");
  if (wish->values)
    FRAY_TRY(fray_making_open(wish->values, &folder, err));
  enum fray_status status = bench_values_make(&values, &own, err);
  if (status == FRAY_OK)
    status =
        measure_all(wish->only, &values, wish->values ? folder.path : NULL, &own, arena, out, err);
  /* The folder is seen whole or not at all. */
  if (status == FRAY_OK && wish->values)
    status = fray_making_publish(&folder, false, err);
  else if (wish->values)
    fray_making_drop(&folder);
  fray_arena_free(&own);
  return status;
}
