/* Features on demand, kept in a bounded cache of the least recently used blocks. */
#include "fray/feature/features.h"

#include "fray/base/size.h"
#include "recipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 }; /* consecutive samples that are kept and dropped together */

/* Each sample of a block is computed when it is first asked for: of a million clients a round
 * touches few samples, and their neighbours may never be needed. */
struct block {
  struct block *newer, *older;
  size_t modality, index, bytes;
  float *x[BLOCK];
  int32_t steps[BLOCK];
};

struct fray_features {
  struct fray_dataset *dataset;
  struct recipe recipe[FRAY_MAX_MODALITIES];
  struct block **block[FRAY_MAX_MODALITIES]; /* (ceil(samples / BLOCK)) NULL if not kept */
  struct block *newest, *oldest;
  size_t bytes, limit;
  void *raw;
};

static void unlink_block(struct fray_features *f, struct block *b) {
  *(b->newer ? &b->newer->older : &f->newest) = b->older;
  *(b->older ? &b->older->newer : &f->oldest) = b->newer;
  b->newer = b->older = NULL;
}

static void link_newest(struct fray_features *f, struct block *b) {
  b->older = f->newest;
  *(f->newest ? &f->newest->newer : &f->oldest) = b;
  f->newest = b;
}

static void drop(struct fray_features *f, struct block *b) {
  unlink_block(f, b);
  for (size_t i = 0; i < BLOCK; i++)
    free(b->x[i]);
  f->bytes -= b->bytes;
  f->block[b->modality][b->index] = NULL;
  free(b);
}

void fray_features_close(struct fray_features *f) {
  if (!f)
    return;
  while (f->newest)
    drop(f, f->newest);
  for (size_t m = 0; m < FRAY_MAX_MODALITIES; m++) {
    free(f->block[m]);
    recipe_free(&f->recipe[m]);
  }
  free(f->raw);
  free(f);
}

static const struct fray_feature_config *config_of(const struct fray_data_config *config,
                                                   const char *name) {
  for (size_t i = 0; config && i < config->features.n; i++)
    if (strcmp(config->features.name[i], name) == 0)
      return (const struct fray_feature_config *)config->features.v + i;
  return NULL;
}

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

static enum fray_status open_all(struct fray_features *f, const struct fray_data_config *config,
                                 struct fray_err *err) {
  struct fray_dataset *dataset = f->dataset;
  size_t n_blocks = (dataset->n_samples + BLOCK - 1) / BLOCK, raw = 1;
  FRAY_TRY(check_names(dataset, config, err));
  for (size_t m = 0; m < dataset->n_modalities; m++) {
    const struct fray_modality *modality = &dataset->modality[m];
    FRAY_TRY(recipe_make(modality, config_of(config, modality->name), &f->recipe[m], err));
    raw = FRAY_MAX(raw, fray_sample_bytes(dataset, m));
    f->block[m] = calloc(n_blocks, sizeof(struct block *));
    FRAY_CHECK(f->block[m], err, MEMORY, "out of memory");
  }
  f->raw = malloc(raw);
  FRAY_CHECK(f->raw, err, MEMORY, "out of memory (%zu bytes)", raw);
  return FRAY_OK;
}

enum fray_status fray_features_open(struct fray_dataset *dataset,
                                    const struct fray_data_config *config,
                                    struct fray_features **out, struct fray_err *err) {
  struct fray_features *f = calloc(1, sizeof *f);
  FRAY_CHECK(f, err, MEMORY, "out of memory");
  f->dataset = dataset;
  f->limit = (config ? (size_t)config->cache_mb : 512) << 20;
  enum fray_status status = open_all(f, config, err);
  if (status != FRAY_OK) {
    fray_features_close(f);
    return status;
  }
  *out = f;
  return FRAY_OK;
}

const struct fray_feature_shape *fray_features_shape(const struct fray_features *features,
                                                     size_t modality) {
  return &features->recipe[modality].shape;
}

enum fray_status fray_features_compute(const struct fray_features *features, size_t modality,
                                       const void *raw, size_t raw_length, float *out,
                                       size_t *length, struct fray_err *err) {
  return recipe_apply(&features->recipe[modality], &features->dataset->modality[modality], raw,
                      raw_length, out, length, err);
}

/* Gives back what a text did not fill, as its words are known only now. */
static float *shrunk(float *x, size_t bytes) {
  float *smaller = realloc(x, bytes);
  return smaller ? smaller : x;
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

static enum fray_status compute(struct fray_features *f, struct block *b, size_t sample,
                                struct fray_err *err) {
  const struct recipe *recipe = &f->recipe[b->modality];
  size_t at = sample % BLOCK, length = 0, steps = 0;
  FRAY_TRY(fray_sample_read(f->dataset, b->modality, sample, f->raw, &length, err));
  FRAY_CHECK(length > 0, err, INTERNAL, "it lacks this modality");
  if (recipe->kind == FRAY_AUDIO)
    FRAY_TRY(check_full_scale(f->raw, length, err));
  size_t row = recipe->shape.height * recipe->shape.width * recipe->shape.channels;
  size_t bytes = recipe_steps(recipe, length) * row * sizeof(float);
  while (f->bytes + bytes > f->limit && f->oldest != b)
    drop(f, f->oldest);
  float *x = malloc(bytes);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu bytes)", bytes);
  enum fray_status status = fray_features_compute(f, b->modality, f->raw, length, x, &steps, err);
  if (status != FRAY_OK) {
    free(x);
    return status;
  }
  if (recipe->kind == FRAY_TEXT) {
    bytes = steps * row * sizeof(float);
    x = shrunk(x, bytes);
  }
  b->x[at] = x;
  b->steps[at] = (int32_t)steps;
  b->bytes += bytes;
  f->bytes += bytes;
  return FRAY_OK;
}

/* The block of a sample, with the sample in it, as the newest. It stays until the next call. */
static enum fray_status fetch(struct fray_features *f, size_t modality, size_t sample,
                              struct block **out, struct fray_err *err) {
  FRAY_CHECK(sample < f->dataset->n_samples, err, INTERNAL, "there is no sample %zu", sample);
  struct block **place = &f->block[modality][sample / BLOCK], *b = *place;
  if (b) {
    unlink_block(f, b);
  } else {
    b = *place = calloc(1, sizeof *b);
    FRAY_CHECK(b, err, MEMORY, "out of memory");
    b->modality = modality;
    b->index = sample / BLOCK;
    b->bytes = sizeof *b;
    f->bytes += sizeof *b;
  }
  link_newest(f, b);
  if (!b->x[sample % BLOCK] && compute(f, b, sample, err) != FRAY_OK)
    return fray_at(err, "modality %s, sample %.200s", f->dataset->modality[modality].name,
                   f->dataset->source_id[sample]);
  *out = b;
  return FRAY_OK;
}

/* Valid steps of each sample, and the longest: from the index alone, except for texts, whose words
 * must be counted. Where the cache holds less than a batch those are read once more later. */
static enum fray_status find_lengths(struct fray_features *f, size_t modality,
                                     const uint32_t *samples, size_t n, int32_t *length,
                                     size_t *longest, struct fray_err *err) {
  const struct recipe *recipe = &f->recipe[modality];
  *longest = 1;
  for (size_t i = 0; i < n; i++) {
    struct block *b = NULL;
    if (recipe->kind == FRAY_TEXT)
      FRAY_TRY(fetch(f, modality, samples[i], &b, err));
    size_t raw = fray_sample_length(f->dataset, modality, samples[i]);
    length[i] = b ? b->steps[samples[i] % BLOCK] : raw ? (int32_t)recipe_steps(recipe, raw) : 0;
    *longest = FRAY_MAX(*longest, (size_t)length[i]);
  }
  return FRAY_OK;
}

enum fray_status fray_features_batch(struct fray_features *f, size_t modality,
                                     const uint32_t *samples, size_t n, struct fray_arena *arena,
                                     struct fray_feature_batch *out, struct fray_err *err) {
  const struct fray_feature_shape *shape = &f->recipe[modality].shape;
  bool sequence = fray_feature_has_length(shape->kind);
  size_t row = shape->height * shape->width * shape->channels, time = 1, size = 0;
  int32_t *length = NULL;
  float *x;
  if (sequence) {
    FRAY_ALLOC(length, arena, n, err);
    FRAY_TRY(find_lengths(f, modality, samples, n, length, &time, err));
  }
  FRAY_CHECK(fray_size_mul(time, row, &size), err, MEMORY, "a batch is too large");
  x = fray_arena_alloc(arena, n, size * sizeof *x);
  FRAY_CHECK(x, err, MEMORY, "out of memory (batch of %zu x %zu values)", n, size);
  for (size_t i = 0; i < n; i++) {
    struct block *b = NULL;
    FRAY_TRY(fetch(f, modality, samples[i], &b, err));
    size_t at = samples[i] % BLOCK, filled = sequence ? (size_t)b->steps[at] * row : row;
    memcpy(x + i * size, b->x[at], filled * sizeof *x);
    memset(x + i * size + filled, 0, (size - filled) * sizeof *x);
  }
  *out = (struct fray_feature_batch){n, time, x, length};
  return FRAY_OK;
}
