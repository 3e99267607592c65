/* Features on demand, kept in a bounded cache of the least recently used blocks. */
#include "fray/feature/features.h"

#include "edits.h"
#include "features_parts.h"
#include "fray/base/hash.h"
#include "fray/base/memory.h"
#include "fray/base/size.h"
#include "fray/corrupt/raw.h"
#include "vocabulary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The list of use holds both kinds of what is kept: memory goes to whatever is asked for most. */
static void unlink_kept(struct fray_features *f, struct kept *k) {
  *(k->newer ? &k->newer->older : &f->newest) = k->older;
  *(k->older ? &k->older->newer : &f->oldest) = k->newer;
  k->newer = k->older = NULL;
}

/* What is used goes to the front, so the oldest is what was not asked for longest: it leaves
 * first. */
static void link_newest(struct fray_features *f, struct kept *k) {
  k->older = f->newest;
  *(f->newest ? &f->newest->newer : &f->oldest) = k;
  f->newest = k;
}

/* Keys are hashes, but sample and modality decide as well: two samples never share a place by
 * accident. */
static struct damaged **chain_of(const struct fray_features *f, uint64_t key, size_t modality,
                                 size_t sample) {
  const uint64_t place[] = {key, modality, sample};
  return &f->chain[fray_hash64(place, sizeof place) & (f->n_chains - 1)];
}

/* A block goes with all that was computed of it: its neighbours were asked for at the same time. */
static void drop(struct fray_features *f, struct kept *k) {
  unlink_kept(f, k);
  f->bytes -= k->bytes;
  f->n_dropped++;
  if (k->is_block) {
    struct block *b = (struct block *)k;
    for (size_t i = 0; i < BLOCK; i++)
      row_give(&f->slots, b->x[i]);
    f->block[b->modality][b->index] = NULL;
  } else {
    struct damaged *d = (struct damaged *)k, **at = chain_of(f, d->key, d->modality, d->sample);
    while (*at != d)
      at = &(*at)->next;
    *at = d->next;
    f->n_damaged--;
    row_give(&f->slots, d->x);
  }
  free(k);
}

/* The list of use reaches everything that is kept, of either kind: nothing is looked for in the
 * tables. Also closes what opening left half done. */
void fray_features_close(struct fray_features *f) {
  if (!f)
    return;
  while (f->newest)
    drop(f, f->newest);
  for (size_t m = 0; m < FRAY_MAX_MODALITIES; m++) {
    free(f->block[m]);
    recipe_free(&f->recipe[m]);
    standard_free(&f->standard[m]);
  }
  free(f->chain);
  free(f->raw);
  free(f->values);
  fray_arena_free(&f->scratch);
  row_slots_free(&f->slots);
  free(f);
}

/* A search: there are as many entries as modalities at most. NULL, all defaults, without a
 * section. */
static const struct fray_feature_config *config_of(const struct fray_data_config *config,
                                                   const char *name) {
  for (size_t i = 0; config && i < config->features.n; i++)
    if (strcmp(config->features.name[i], name) == 0)
      return (const struct fray_feature_config *)config->features.v + i;
  return NULL;
}

/* A misspelt modality would leave its features at their defaults. */
static enum fray_status check_names(const struct fray_dataset *dataset,
                                    const struct fray_data_config *config, struct fray_err *err) {
  const char *known[FRAY_MAX_MODALITIES];
  for (size_t m = 0; m < dataset->n_modalities; m++)
    known[m] = dataset->modality[m].name;
  for (size_t i = 0; config && i < config->features.n; i++) {
    const char *name = config->features.name[i];
    bool there = false;
    for (size_t m = 0; m < dataset->n_modalities; m++)
      there = there || strcmp(known[m], name) == 0;
    char list[512];
    FRAY_CHECK(there, err, INPUT, "data.features: no modality '%s'; %s", name,
               fray_there_are(name, known, dataset->n_modalities, list, sizeof list));
  }
  return FRAY_OK;
}

/* Tables of block pointers only: 8 bytes for 64 samples, until one of them is asked for. */
static enum fray_status open_all(struct fray_features *f, const struct fray_data_config *config,
                                 struct fray_err *err) {
  struct fray_dataset *dataset = f->dataset;
  size_t n_blocks = (dataset->n_samples + BLOCK - 1) / BLOCK, raw = 1;
  FRAY_TRY(check_names(dataset, config, err));
  for (size_t m = 0; m < dataset->n_modalities; m++) {
    const struct fray_modality *modality = &dataset->modality[m];
    FRAY_TRY(recipe_make(modality, config_of(config, modality->name), &f->recipe[m], err));
    raw = FRAY_MAX(raw, fray_sample_bytes(dataset, m));
    if (f->recipe[m].learns)
      FRAY_TRY(standard_start(&f->standard[m], f->recipe[m].shape.channels, err));
    f->block[m] = calloc(n_blocks, sizeof(struct block *));
    FRAY_CHECK(f->block[m], err, MEMORY, "out of memory");
  }
  if (dataset->n_modalities == 1 && !fray_feature_has_length(f->recipe[0].shape.kind))
    row_slots_start(&f->slots, fray_feature_size(&f->recipe[0].shape) * sizeof(float));
  f->raw = malloc(raw);
  FRAY_CHECK(f->raw, err, MEMORY, "out of memory (%zu bytes)", raw);
  return FRAY_OK;
}

/* What fails half-way is closed as a whole: closing takes what is not there. */
enum fray_status fray_features_open(struct fray_dataset *dataset,
                                    const struct fray_data_config *config,
                                    struct fray_features **out, struct fray_err *err) {
  struct fray_features *f = calloc(1, sizeof *f);
  FRAY_CHECK(f, err, MEMORY, "out of memory");
  f->dataset = dataset;
  /* Without a section its default holds. */
  f->limit = (config ? (size_t)config->cache_mb : 512) << 20;
  enum fray_status status = open_all(f, config, err);
  if (status != FRAY_OK) {
    fray_features_close(f);
    return status;
  }
  *out = f;
  return FRAY_OK;
}

/* Before anything is computed: a feature made earlier would say of every word that it has no
 * vector.
 */
enum fray_status fray_features_load_vectors(struct fray_features *f, struct fray_comm *comm,
                                            struct fray_err *err) {
  for (size_t m = 0; m < f->dataset->n_modalities; m++) {
    struct recipe *recipe = &f->recipe[m];
    if (!recipe->vectors || recipe->vectors->kept.n > 0)
      continue;
    if (vocabulary_vectors(f->dataset, m, recipe->vectors_path, recipe->tokens.fold,
                           recipe->tokens.max_words, f->raw, comm, recipe->vectors, err) != FRAY_OK)
      return fray_at(err, "data.features.%s.vectors", f->dataset->modality[m].name);
  }
  return FRAY_OK;
}

const struct fray_word_vectors *fray_features_vectors(const struct fray_features *features,
                                                      size_t modality, size_t *vocabulary,
                                                      uint64_t *hash) {
  const struct vectors *v = features->recipe[modality].vectors;
  *vocabulary = v ? v->vocabulary : 0;
  *hash = v ? v->hash : 0;
  return v ? &v->kept : NULL;
}

/* As the recipe has it, for the longest sample; a batch is as long as its own longest one. */
const struct fray_feature_shape *fray_features_shape(const struct fray_features *features,
                                                     size_t modality) {
  return &features->recipe[modality].shape;
}

/* Of the sample as the shards have it: damage that stretches time is not asked. */
size_t fray_features_steps(const struct fray_features *features, size_t modality, size_t sample) {
  const size_t length = fray_sample_length(features->dataset, modality, sample);
  return length ? recipe_steps(&features->recipe[modality], length) : 0;
}

/* Features and words of a sample are asked for together: batches know them by one place. */
const struct fray_transcripts *fray_features_words(const struct fray_features *features) {
  return features->dataset->words;
}

/* The cache is not asked, as the raw value may be one that no shard holds. */
enum fray_status fray_features_compute(const struct fray_features *features, size_t modality,
                                       const void *raw, size_t raw_length, float *out,
                                       size_t *length, struct fray_err *err) {
  return recipe_apply(&features->recipe[modality], &features->dataset->modality[modality], raw,
                      raw_length, out, length, err);
}

/* Float sound lies in -1 .. 1 by the format of shards, but not every writer keeps to it: sound on
 * the scale of integers would be another feature, and its damage another damage. */
static enum fray_status check_full_scale(const float *x, size_t n, struct fray_err *err) {
  for (size_t i = 0; i < n; i++)
    FRAY_CHECK(!isfinite(x[i]) || fabsf(x[i]) <= 1, err, INPUT,
               "step %zu: value %g is beyond full scale; float sound lies in -1 .. 1, and sound on "
               "the scale of 16-bit integers is stored as int16",
               i, (double)x[i]);
  return FRAY_OK;
}

/* One sample into its block. Room is counted with the most steps that it can have; what a text
 * turns out not to need is given back before it is counted. On failure the block stays, without the
 * sample. */
static enum fray_status compute(struct fray_features *f, struct block *b, size_t sample,
                                struct fray_err *err) {
  const struct recipe *recipe = &f->recipe[b->modality];
  size_t at = sample % BLOCK, length = 0, steps = 0;
  FRAY_TRY(fray_sample_read(f->dataset, b->modality, sample, f->raw, &length, err));
  FRAY_CHECK(length > 0, err, INTERNAL, "it lacks this modality");
  if (recipe->kind == FRAY_AUDIO)
    FRAY_TRY(check_full_scale(f->raw, length, err));
  size_t row = recipe->shape.height * recipe->shape.width * recipe->shape.channels;
  size_t bytes = row_room(&f->slots, recipe_steps(recipe, length) * row * sizeof(float));
  /* Room is made before memory is taken; the block at hand stays, even alone beyond the bound. */
  while (f->bytes + bytes > f->limit && f->oldest != &b->kept)
    drop(f, f->oldest); /* NOLINT(clang-analyzer-unix.Malloc): the oldest has no older one */
  float *x = row_take(&f->slots, bytes);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu bytes)", bytes);
  enum fray_status status = fray_features_compute(f, b->modality, f->raw, length, x, &steps, err);
  if (status != FRAY_OK) {
    row_give(&f->slots, x);
    return status;
  }
  if (recipe->kind == FRAY_TEXT) { /* its words are known only now */
    bytes = steps * row * sizeof(float);
    x = fray_memory_shrink(x, bytes);
  }
  b->x[at] = x;
  b->steps[at] = (int32_t)steps;
  b->kept.bytes += bytes;
  f->bytes += bytes;
  return FRAY_OK;
}

/* The block of a sample, with the sample in it, as the newest. It stays until the next call. */
static enum fray_status fetch(struct fray_features *f, size_t modality, size_t sample,
                              struct block **out, struct fray_err *err) {
  FRAY_CHECK(sample < f->dataset->n_samples, err, INTERNAL, "there is no sample %zu", sample);
  struct block **place = &f->block[modality][sample / BLOCK], *b = *place;
  if (b) {
    unlink_kept(f, &b->kept);
  } else {
    b = *place = calloc(1, sizeof *b);
    FRAY_CHECK(b, err, MEMORY, "out of memory");
    b->modality = modality;
    b->index = sample / BLOCK;
    b->kept = (struct kept){.bytes = sizeof *b, .is_block = true};
    f->bytes += sizeof *b;
  }
  link_newest(f, &b->kept);
  if (!b->x[sample % BLOCK] && compute(f, b, sample, err) != FRAY_OK)
    return fray_at(err, "modality %s, sample %.200s", f->dataset->modality[modality].name,
                   f->dataset->source_id[sample]);
  *out = b;
  return FRAY_OK;
}

/* Room for a raw value with so many floats, and for its features behind it. */
static enum fray_status make_values(struct fray_features *f, size_t n, struct fray_err *err) {
  if (n <= f->n_values)
    return FRAY_OK;
  float *grown = realloc(f->values, n * sizeof *grown);
  FRAY_CHECK(grown, err, MEMORY, "out of memory (%zu floats)", n);
  f->values = grown;
  f->n_values = n;
  return FRAY_OK;
}

/* A damaged value in f->values: so many floats, and features of so many steps from place `at` on.
 */
struct fresh {
  size_t raw, at, steps;
  size_t length; /* steps of the raw value; of a text its bytes */
};

/* Reads a sample and damages its raw value, which then lies at the front of f->values, with room
 * for features of `row` numbers a step behind it, from place *at on. */
static enum fray_status damage_raw(struct fray_features *f, size_t m, size_t sample,
                                   const struct fray_signal_plan *plan, size_t row,
                                   struct fray_signal *x, size_t *at, struct fray_err *err) {
  const struct fray_modality *modality = &f->dataset->modality[m];
  const struct recipe *recipe = &f->recipe[m];
  size_t length = 0;
  FRAY_TRY(fray_sample_read(f->dataset, m, sample, f->raw, &length, err));
  FRAY_CHECK(length > 0, err, INTERNAL, "it lacks this modality");
  if (recipe->kind == FRAY_AUDIO)
    FRAY_TRY(check_full_scale(f->raw, length, err));
  const size_t capacity = fray_signal_longest(plan, sample, m, length);
  const size_t most = FRAY_MIN(capacity, modality->time);
  *at = fray_raw_numbers(modality, capacity);
  FRAY_TRY(make_values(f, *at + FRAY_MAX(recipe_steps(recipe, most), (size_t)1) * row, err));
  *x = fray_raw_signal(modality, f->raw, length, capacity, f->values);
  fray_arena_reset(&f->scratch);
  FRAY_TRY(fray_raw_check(modality, f->raw, length, err));
  return plan ? fray_signal_apply(plan, sample, m, x, &f->scratch, err) : FRAY_OK;
}

/* Makes features of what damage left of a sample. What a kind lengthens beyond the longest sample
 * of the data is cut off there, as encoders have no more room. */
static enum fray_status compute_damaged(struct fray_features *f, size_t m, size_t sample,
                                        const struct fray_signal_plan *plan, struct fresh *out,
                                        struct fray_err *err) {
  const struct fray_modality *modality = &f->dataset->modality[m];
  const struct recipe *recipe = &f->recipe[m];
  struct fray_signal x;
  size_t at, row = recipe->shape.height * recipe->shape.width * recipe->shape.channels;
  FRAY_TRY(damage_raw(f, m, sample, plan, row, &x, &at, err));
  /* A kind may shorten it: behind its end stands what was there before. */
  *out = (struct fresh){.raw = fray_raw_numbers(modality, x.length), .at = at, .length = x.length};
  return recipe_apply_signal(recipe, modality, &x, f->values + at, &out->steps, err);
}

enum fray_status fray_features_raw(struct fray_features *f, size_t m, size_t sample,
                                   const struct fray_signal_plan *plan, struct fray_signal *out,
                                   struct fray_err *err) {
  size_t at;
  if (damage_raw(f, m, sample, plan, 1, out, &at, err) != FRAY_OK)
    return fray_at(err, "sample %s, modality %s", f->dataset->source_id[sample],
                   f->dataset->modality[m].name);
  return FRAY_OK;
}

/* Twice as many chains as they get full, so that one stays short; made when damage is first met. */
static enum fray_status make_chains(struct fray_features *f, struct fray_err *err) {
  const size_t n = f->n_chains ? 2 * f->n_chains : 1024;
  struct damaged **old = f->chain;
  const size_t n_old = f->n_chains;
  if (f->n_damaged < f->n_chains)
    return FRAY_OK;
  struct damaged **chain = calloc(n, sizeof *chain);
  FRAY_CHECK(chain, err, MEMORY, "out of memory");
  f->chain = chain;
  f->n_chains = n;
  for (size_t i = 0; i < n_old; i++)
    for (struct damaged *d = old[i], *next; d; d = next) {
      struct damaged **at = chain_of(f, d->key, d->modality, d->sample);
      next = d->next;
      d->next = *at;
      *at = d;
    }
  free(old);
  return FRAY_OK;
}

/* Copied out of the scratch, which the next sample overwrites. */
static enum fray_status keep_damaged(struct fray_features *f, size_t m, size_t sample, uint64_t key,
                                     const float *x, size_t steps, struct damaged **out,
                                     struct fray_err *err) {
  const struct fray_feature_shape *shape = &f->recipe[m].shape;
  const size_t n = steps * shape->height * shape->width * shape->channels;
  const size_t room = row_room(&f->slots, n * sizeof *x), bytes = sizeof(struct damaged) + room;
  while (f->bytes + bytes > f->limit && f->oldest)
    drop(f, f->oldest);
  FRAY_TRY(make_chains(f, err));
  struct damaged *d = malloc(sizeof *d), **at = chain_of(f, key, m, sample);
  float *to = row_take(&f->slots, room);
  if (!d || !to) {
    free(d);
    row_give(&f->slots, to);
    return fray_fail(err, FRAY_MEMORY, "out of memory (%zu bytes)", bytes);
  }
  *d = (struct damaged){.kept.bytes = bytes,
                        .next = *at,
                        .key = key,
                        .modality = m,
                        .sample = sample,
                        .steps = steps,
                        .x = to};
  /* x lies in f->values, not in the cache: what was dropped above cannot have been it. */
  memcpy(d->x, x, n * sizeof *x);
  *at = d;
  f->n_damaged++;
  f->bytes += bytes;
  link_newest(f, &d->kept);
  *out = d;
  return FRAY_OK;
}

/* Half at most: what is lent never goes by itself, and batches need room to pass through. Slots of
 * what is dropped stay slots, so of them no room is made. */
bool fray_features_lend(struct fray_features *f, size_t bytes) {
  if (f->slots.slot && f->bytes + bytes > f->limit)
    return false;
  if (bytes > f->limit / 2 || f->lent > f->limit / 2 - bytes)
    return false;
  while (f->bytes + bytes > f->limit && f->oldest)
    drop(f, f->oldest);
  f->lent += bytes;
  f->bytes += bytes;
  return true;
}

void fray_features_return(struct fray_features *f, size_t bytes) {
  f->lent -= bytes;
  f->bytes -= bytes;
}

/* Its place among what was used stays: whoever only looks does not keep it. */
const float *peek(const struct fray_features *f, size_t m, size_t sample) {
  const struct block *b = f->block[m][sample / BLOCK];
  return b ? b->x[sample % BLOCK] : NULL;
}

enum fray_status fetch_any(struct fray_features *f, size_t m, size_t sample,
                           const struct fray_signal_plan *plan, const float **x, size_t *steps,
                           struct fray_err *err) {
  /* Without damage everything is as if there were no plans: same blocks, same cost. */
  const uint64_t key = fray_signal_key(plan, sample, m);
  if (key == 0) {
    struct block *b = sample < f->dataset->n_samples ? f->block[m][sample / BLOCK] : NULL;
    /* Seldom: clients have neighbours, in two blocks if they cross a border. */
    if (!b || !b->x[sample % BLOCK] || (&b->kept != f->newest && &b->kept != f->newest->older))
      FRAY_TRY(fetch(f, m, sample, &b, err));
    *x = b->x[sample % BLOCK];
    *steps = (size_t)b->steps[sample % BLOCK];
    return FRAY_OK;
  }
  struct damaged *d = f->chain ? *chain_of(f, key, m, sample) : NULL;
  while (d && (d->key != key || d->modality != m || d->sample != sample))
    d = d->next;
  if (d) {
    unlink_kept(f, &d->kept);
    link_newest(f, &d->kept);
  } else {
    struct fresh fresh;
    if (compute_damaged(f, m, sample, plan, &fresh, err) != FRAY_OK)
      return fray_at(err, "modality %s, sample %.200s", f->dataset->modality[m].name,
                     f->dataset->source_id[sample]);
    *x = f->values + fresh.at;
    *steps = fresh.steps;
    /* The value stays in f->values, which the next damaged one overwrites: as long as any. */
    if (fray_signal_redraws(plan, sample, m))
      return FRAY_OK; /* nobody asks for it again */
    FRAY_TRY(keep_damaged(f, m, sample, key, *x, *steps, &d, err));
  }
  *x = d->x;
  *steps = d->steps;
  return FRAY_OK;
}

/* Valid steps of each sample, and the longest: from the index alone, except for texts, whose words
 * must be counted, and for damage that changes lengths. Where the cache holds less than a batch
 * those are computed once more later. */
static enum fray_status find_lengths(struct fray_features *f, size_t modality,
                                     const uint32_t *samples, size_t n,
                                     const struct fray_signal_plan *plan, int32_t *length,
                                     size_t *longest, struct fray_err *err) {
  const struct recipe *recipe = &f->recipe[modality];
  *longest = 1;
  for (size_t i = 0; i < n; i++) {
    const float *x;
    size_t steps = fray_sample_length(f->dataset, modality, samples[i]);
    if (recipe->kind == FRAY_TEXT || !fray_signal_keeps_length(plan, samples[i], modality))
      FRAY_TRY(fetch_any(f, modality, samples[i], plan, &x, &steps, err));
    else
      steps = steps ? recipe_steps(recipe, steps) : 0;
    length[i] = (int32_t)steps;
    *longest = FRAY_MAX(*longest, steps);
  }
  return FRAY_OK;
}

/* Zeros or raw values in place of standardised ones would train to something, and nobody would
 * notice. */
static enum fray_status check_learnt(const struct fray_features *f, size_t modality,
                                     struct fray_err *err) {
  FRAY_CHECK(f->standard[modality].used, err, INTERNAL, "the standards of %s were not learnt yet",
             f->dataset->modality[modality].name);
  return FRAY_OK;
}

/* Two passes: the lengths first, as the longest sets the layout, then the values. Each value is
 * copied before the next is fetched, since fetching may drop it from the cache. */
enum fray_status fray_features_batch(struct fray_features *f, size_t modality,
                                     const uint32_t *samples, size_t n,
                                     const struct fray_signal_plan *plan, struct fray_arena *arena,
                                     struct fray_feature_batch *out, struct fray_err *err) {
  const struct fray_feature_shape *shape = &f->recipe[modality].shape;
  const bool learns = f->recipe[modality].learns;
  bool sequence = fray_feature_has_length(shape->kind);
  size_t row = shape->height * shape->width * shape->channels, time = 1, size = 0;
  int32_t *length = NULL;
  float *x;
  if (learns)
    FRAY_TRY(check_learnt(f, modality, err));
  if (sequence) {
    FRAY_ALLOC(length, arena, n, err);
    FRAY_TRY(find_lengths(f, modality, samples, n, plan, length, &time, err));
  }
  FRAY_CHECK(fray_size_mul(time, row, &size), err, MEMORY, "a batch is too large");
  x = fray_arena_alloc(arena, n, size * sizeof *x);
  FRAY_CHECK(x, err, MEMORY, "out of memory (batch of %zu x %zu values)", n, size);
  for (size_t i = 0; i < n; i++) {
    const float *from;
    size_t steps = 1;
    FRAY_TRY(fetch_any(f, modality, samples[i], plan, &from, &steps, err));
    /* Padding is zeros, and encoders are told the lengths: what stood there before must not matter.
     */
    size_t filled = sequence ? steps * row : row;
    if (learns)
      standard_apply(&f->standard[modality], filled / shape->channels, from, x + i * size);
    else
      memcpy(x + i * size, from, filled * sizeof *x);
    memset(x + i * size + filled, 0, (size - filled) * sizeof *x);
  }
  *out = (struct fray_feature_batch){n, time, x, length};
  return FRAY_OK;
}

/* Root mean square of a - b over that of b; of what b lacks, zeros stand in. */
static double distance(const float *a, size_t n_a, const float *b, size_t n_b) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < FRAY_MAX(n_a, n_b); i++) {
    const double x = i < n_a ? (double)a[i] : 0, y = i < n_b ? (double)b[i] : 0;
    difference += (x - y) * (x - y);
    size += y * y;
  }
  /* Where b is all zeros, what was changed is infinitely far: there is no scale to measure it
   * by. */
  return difference == 0 ? 0 : sqrt(difference / size);
}

/* Exactly equal or not: a number that moved by a hair is changed, and how far says the distance.
 * What one of them lacks at its end counts as changed. */
static double share_changed(const float *a, size_t n_a, const float *b, size_t n_b) {
  const size_t most = FRAY_MAX(n_a, n_b), least = FRAY_MIN(n_a, n_b);
  size_t changed = most - least;
  for (size_t i = 0; i < least; i++)
    changed += a[i] != b[i];
  return most ? (double)changed / (double)most : 0;
}

/* As long as the clean value: what damage added behind its end is not looked at by the distance.
 * Bytes of a text are no numbers; they are counted. A ratio of root mean squares is one of powers
 * when it is squared, so decibels are 20 of its logarithm. */
static void measure_raw(const struct fray_signal *clean, const float *damaged, size_t n_damaged,
                        size_t n, struct fray_distance *out) {
  out->snr_db = NAN;
  if (clean->text) {
    out->raw = edits_rate(damaged, n_damaged, clean->text, clean->length, 1);
    out->changed = fmin(out->raw, 1);
    return;
  }
  out->raw = distance(damaged, FRAY_MIN(n_damaged, n), clean->x, n);
  out->changed = share_changed(damaged, n_damaged, clean->x, n);
  if (clean->kind == FRAY_AUDIO)
    out->snr_db = -20 * log10(out->raw);
}

/* The damaged value lies in f->values and the clean one in f->raw, so both are there at once. */
enum fray_status fray_features_distance(struct fray_features *f, size_t m, size_t sample,
                                        const struct fray_signal_plan *plan,
                                        struct fray_distance *out, struct fray_err *err) {
  const struct fray_modality *modality = &f->dataset->modality[m];
  const struct fray_feature_shape *shape = &f->recipe[m].shape;
  const size_t row = shape->height * shape->width * shape->channels;
  size_t length = 0;
  struct fresh fresh;
  struct block *b = NULL;
  float *clean = NULL;
  FRAY_TRY(compute_damaged(f, m, sample, plan, &fresh, err));
  FRAY_TRY(fray_sample_read(f->dataset, m, sample, f->raw, &length, err));
  const size_t n = fray_raw_numbers(modality, length);
  fray_arena_reset(&f->scratch);
  FRAY_ALLOC(clean, &f->scratch, n, err);
  const struct fray_signal x = fray_raw_signal(modality, f->raw, length, length, clean);
  measure_raw(&x, f->values, x.text ? fresh.length : fresh.raw, n, out);
  FRAY_TRY(fetch(f, m, sample, &b, err));
  float *damaged = f->values + fresh.at, *undamaged = b->x[sample % BLOCK];
  const size_t steps = (size_t)b->steps[sample % BLOCK];
  if (f->recipe[m].learns) { /* what lies in the cache stays as it is */
    FRAY_TRY(check_learnt(f, m, err));
    FRAY_ALLOC(undamaged, &f->scratch, steps * row, err);
    standard_apply(&f->standard[m], steps * row / shape->channels, b->x[sample % BLOCK], undamaged);
    standard_apply(&f->standard[m], fresh.steps * row / shape->channels, damaged, damaged);
  }
  out->features = x.text ? edits_rate(damaged, fresh.steps, undamaged, steps, row * sizeof *damaged)
                         : distance(damaged, fresh.steps * row, undamaged, steps * row);
  return FRAY_OK;
}
