/* Data for the tests of signal damage: an index in memory, and values made from the sample's
 * number. */
#include "signal_world.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <string.h>

static void *make(struct signal_world *world, size_t n, size_t size) {
  void *memory = fray_arena_zero(&world->arena, n, size);
  assert_non_null(memory);
  return memory;
}

void signal_world_make(struct signal_world *world) {
  static const struct fray_modality modalities[SIGNAL_MODALITIES] = {
      {.name = "digit", .kind = FRAY_IMAGE, .channels = 1, .time = 1, .height = 28, .width = 28},
      {.name = "photo", .kind = FRAY_IMAGE, .channels = 3, .time = 1, .height = 32, .width = 40},
      {.name = "scene", .kind = FRAY_IMAGE, .channels = 3, .time = 1, .height = 64, .width = 64},
      {.name = "sound", .kind = FRAY_AUDIO, .channels = 1, .time = 1600, .rate = 16000},
      {.name = "motion", .kind = FRAY_SERIES, .channels = 6, .time = 160, .rate = 50},
      {.name = "words", .kind = FRAY_TEXT, .channels = 1, .time = 400},
      {.name = "vector", .kind = FRAY_FEATURES, .channels = 24, .time = 1}};
  static const char *classes[] = {"a", "b"};
  *world = (struct signal_world){0};
  struct fray_dataset *d = &world->dataset;
  d->name = "signals";
  d->n_classes = 2;
  d->class_name = classes;
  d->n_modalities = SIGNAL_MODALITIES;
  memcpy(d->modality, modalities, sizeof modalities);
  d->n_samples = SIGNAL_SAMPLES;
  d->label = make(world, SIGNAL_SAMPLES, sizeof *d->label);
  d->present = make(world, SIGNAL_SAMPLES, 1);
  d->split = make(world, SIGNAL_SAMPLES, 1); /* all training */
  d->client = make(world, SIGNAL_SAMPLES, sizeof *d->client);
  d->source = make(world, SIGNAL_SAMPLES, sizeof *d->source);
  d->source_id = make(world, SIGNAL_SAMPLES, sizeof *d->source_id);
  d->n_clients = SIGNAL_CLIENTS;
  d->client_name = make(world, d->n_clients, sizeof *d->client_name);
  d->client_source = make(world, d->n_clients, sizeof *d->client_source);
  for (size_t c = 0; c < d->n_clients; c++) {
    d->client_name[c] = fray_arena_printf(&world->arena, "client-%zu", c);
    d->client_source[c] = fray_hash_text(d->client_name[c]);
  }
  for (size_t s = 0; s < SIGNAL_SAMPLES; s++) {
    d->label[s] = (int32_t)(s / SIGNAL_CLIENTS % 2); /* each client has both */
    d->present[s] = s % 10 == 7 ? (1u << SOUND) - 1 : (1u << SIGNAL_MODALITIES) - 1;
    d->client[s] = (uint32_t)(s % SIGNAL_CLIENTS);
    d->source_id[s] = fray_arena_printf(&world->arena, "rec/%05zu", s);
    d->source[s] = fray_hash_text(d->source_id[s]);
  }
}

void signal_world_free(struct signal_world *world) {
  fray_arena_free(&world->arena);
  fray_arena_free(&world->scratch);
}

struct fray_population signal_world_population(struct signal_world *world, bool train,
                                               uint64_t shuffle) {
  const struct fray_dataset *d = &world->dataset;
  uint32_t *sample = make(world, SIGNAL_SAMPLES, sizeof *sample);
  uint32_t *client = make(world, SIGNAL_SAMPLES, sizeof *client);
  for (size_t i = 0; i < SIGNAL_SAMPLES; i++)
    sample[i] = (uint32_t)i;
  struct fray_rng rng = fray_rng_for(shuffle, "test/permutation", 0, 0, 0);
  if (shuffle)
    fray_rng_shuffle(&rng, sample, SIGNAL_SAMPLES);
  for (size_t i = 0; i < SIGNAL_SAMPLES; i++)
    client[i] = d->client[sample[i]];
  return (struct fray_population){.dataset = d,
                                  .n = SIGNAL_SAMPLES,
                                  .sample = sample,
                                  .client = client,
                                  .n_clients = SIGNAL_CLIENTS,
                                  .client_source = d->client_source,
                                  .client_name = d->client_name,
                                  .train = train};
}

unsigned signal_world_nests(struct signal_world *world, const char *yaml) {
  struct fray_corruption_config *entry = make(world, 1, sizeof *entry);
  struct fray_node *node = NULL;
  struct fray_err err = {0};
  if (fray_yaml_parse(yaml, "test.yaml", &world->arena, &node, &err) != FRAY_OK ||
      fray_schema_read(&fray_corruption_table, node, "", entry, &world->arena, &err) != FRAY_OK)
    fail_msg("%s: %s", yaml, err.text);
  return fray_corruption_nests(entry);
}

struct fray_damage signal_world_corrupt(struct signal_world *world,
                                        const struct fray_population *population, uint64_t seed,
                                        const char *yaml, struct fray_realised *realised) {
  struct fray_corruption_config *entry = make(world, 1, sizeof *entry);
  const struct fray_corruption_config *const entries[] = {entry};
  struct fray_node *node = NULL;
  struct fray_realised own;
  struct fray_damage damage;
  struct fray_err err = {0};
  enum fray_status status = fray_yaml_parse(yaml, "test.yaml", &world->arena, &node, &err);
  if (status == FRAY_OK)
    status = fray_schema_read(&fray_corruption_table, node, "", entry, &world->arena, &err);
  if (status == FRAY_OK)
    status = fray_damage_start(population, &world->arena, &damage, &err);
  if (status == FRAY_OK)
    status = fray_corrupt(entries, 1, population, seed, &world->arena, &damage,
                          realised ? realised : &own, &err);
  if (status != FRAY_OK)
    fail_msg("%s: %s", yaml, err.text);
  signal_world_lend(world, &damage);
  return damage;
}

struct fray_damage signal_world_corrupt_by(struct signal_world *world,
                                           const struct fray_population *population, uint64_t seed,
                                           const char *const *yaml, size_t n) {
  const struct fray_corruption_config **entries = make(world, n, sizeof *entries);
  struct fray_realised *realised = make(world, n, sizeof *realised);
  struct fray_damage damage;
  struct fray_err err = {0};
  enum fray_status status = FRAY_OK;
  for (size_t k = 0; k < n && status == FRAY_OK; k++) {
    struct fray_corruption_config *entry = make(world, 1, sizeof *entry);
    struct fray_node *node = NULL;
    entries[k] = entry;
    status = fray_yaml_parse(yaml[k], "test.yaml", &world->arena, &node, &err);
    if (status == FRAY_OK)
      status = fray_schema_read(&fray_corruption_table, node, "", entry, &world->arena, &err);
  }
  if (status == FRAY_OK)
    status = fray_damage_start(population, &world->arena, &damage, &err);
  if (status == FRAY_OK)
    status = fray_corrupt(entries, n, population, seed, &world->arena, &damage, realised, &err);
  if (status != FRAY_OK)
    fail_msg("%s: %s", yaml[0], err.text);
  signal_world_lend(world, &damage);
  return damage;
}

void signal_world_lend(struct signal_world *world, struct fray_damage *damage) {
  if (!damage->signal)
    return;
  damage->signal->read = signal_world_read;
  damage->signal->user = world;
}

enum fray_status signal_world_read(const void *user, size_t sample, size_t modality,
                                   struct fray_arena *arena, struct fray_signal *out,
                                   struct fray_err *err) {
  (void)arena;
  (void)err;
  *out = signal_world_value((struct signal_world *)(uintptr_t)user, sample, modality);
  return FRAY_OK;
}

/* Words that kinds of text look for: long ones, contractions, pronouns, articles, negation,
 * capitals, endings in -ing. */
static const char *const vocabulary[] = {
    "the",   "quick",  "brown",    "fox",      "is",     "jumping", "over",     "lazy",     "dogs",
    "and",   "she",    "does",     "not",      "want",   "any",     "trouble",  "today",    "I'm",
    "going", "home",   "because",  "he",       "was",    "eating",  "an",       "apple",    "Don't",
    "you",   "think",  "anything", "happened", "there",  "with",    "children", "they",     "are",
    "a",     "doctor", "woman",    "really",   "cannot", "believe", "it's",     "Wonderful"};

static void make_text(struct signal_world *world, size_t sample, struct fray_signal *x) {
  struct fray_text text = {0};
  const size_t n = 8 + sample % 9;
  for (size_t k = 0; k < n; k++)
    fray_text_printf(&text, "%s%s", k ? k % 6 == 5 ? ", " : " " : "",
                     vocabulary[(sample * 7 + k * (1 + sample % 5)) % FRAY_COUNT(vocabulary)]);
  fray_text_puts(&text, ".");
  x->text = fray_arena_strdup(&world->arena, text.data);
  x->length = x->capacity = text.size;
  fray_text_free(&text);
}

static float value_at(const struct fray_signal *x, size_t i, size_t sample) {
  const double t = (double)i / (double)x->channels, c = (double)(i % x->channels);
  switch (x->kind) {
  case FRAY_AUDIO:
    return i / 200 % 3 == 2 ? 0.0f : 0.3f * (float)sin((double)i * 0.1 + (double)sample);
  default:
    return (float)((c + 1) * (0.2 + sin(t * 0.1 * (1 + c / 3) + (double)sample)));
  }
}

/* Disks of all sizes over each other, black and white ones among them, before a slope: edges at
 * every scale, as pictures have them (the dead leaves of Lee, Mumford & Huang 2001), so that what
 * blurs more also moves more. */
static void make_picture(size_t sample, struct fray_signal *x) {
  enum { DISKS = 14 };
  for (size_t i = 0; i < x->height * x->width; i++)
    for (size_t c = 0; c < x->channels; c++)
      x->x[i * x->channels + c] = (float)(i / x->width + i % x->width + 8 * c) /
                                  (float)(x->height + x->width + 8 * x->channels);
  for (size_t k = 0; k < DISKS; k++) {
    struct fray_rng rng = fray_rng_for(3, "test/disk", sample, k, 0);
    const double side = (double)FRAY_MIN(x->height, x->width);
    const double y = fray_rng_uniform(&rng) * (double)x->height;
    const double across = fray_rng_uniform(&rng) * (double)x->width;
    const double radius = side * 0.35 / (1 + 0.6 * (double)k);
    float light[4];
    for (size_t c = 0; c < 4; c++)
      light[c] = k == 2 ? 0.0f : k == 3 ? 1.0f : (float)fray_rng_below(&rng, 256) / 255.0f;
    /* Only the square around it: tests make many pictures. */
    const size_t top = (size_t)fmax(y - radius, 0), left = (size_t)fmax(across - radius, 0);
    for (size_t i = top; i < x->height && (double)i <= y + radius; i++)
      for (size_t j = left; j < x->width && (double)j <= across + radius; j++) {
        const double dy = (double)i - y, dx = (double)j - across;
        for (size_t c = 0; c < x->channels && dy * dy + dx * dx <= radius * radius; c++)
          x->x[(i * x->width + j) * x->channels + c] = light[c % 4];
      }
  }
}

struct fray_signal signal_world_value(struct signal_world *world, size_t sample, size_t modality) {
  const struct fray_modality *m = &world->dataset.modality[modality];
  struct fray_signal x = {.kind = m->kind,
                          .length = m->kind == FRAY_AUDIO    ? 800 + sample % 800
                                    : m->kind == FRAY_SERIES ? 100 + sample % 60
                                                             : 1,
                          .channels = m->channels,
                          .height = m->height,
                          .width = m->width,
                          .rate = m->rate};
  x.capacity = x.length;
  if (m->kind == FRAY_TEXT) {
    make_text(world, sample, &x);
    return x;
  }
  const size_t n = signal_world_size(&x);
  x.x = make(world, n, sizeof *x.x);
  if (m->kind == FRAY_IMAGE)
    make_picture(sample, &x);
  else
    for (size_t i = 0; i < n; i++)
      x.x[i] = value_at(&x, i, sample);
  return x;
}

struct fray_signal signal_world_odd(struct signal_world *world, size_t k, size_t modality) {
  static const char *const texts[SIGNAL_ODD] = {
      "a", " ", "?!", "\xc3\xa9t\xc3\xa9 \xe2\x82\xac", "\xff\xfe x", "the"};
  struct fray_signal x = signal_world_value(world, k, modality);
  const bool image = x.kind == FRAY_IMAGE;
  if (x.text) {
    x.text = fray_arena_strdup(&world->arena, texts[k]);
    x.length = x.capacity = strlen(texts[k]);
    return x;
  }
  /* 0, 1: all 0, all 1; 2: one number or pixel; 3: one step or row; 4: two; 5: a large constant. */
  if (image && k == 2)
    x.height = x.width = 1;
  if (image && (k == 3 || k == 4))
    x.height = k - 2;
  if (!image && k >= 2 && k <= 4 && x.kind != FRAY_FEATURES)
    x.length = x.capacity = k == 4 ? 2 : 1;
  for (size_t i = 0; i < signal_world_size(&x); i++)
    x.x[i] = k == 0 ? 0.0f : k == 1 ? 1.0f : k == 5 ? (image ? 0.5f : 1e6f) : x.x[i];
  return x;
}

/* Room as a reader of shards makes it: for the longest that the value may become on its way. */
void signal_world_damage(struct signal_world *world, const struct fray_signal_plan *plan,
                         size_t sample, size_t modality, struct fray_signal *x) {
  struct fray_err err = {0};
  const size_t room = fray_signal_longest(plan, sample, modality, x->length);
  if (room > x->capacity && x->text) {
    char *grown = make(world, room + 1, 1);
    memcpy(grown, x->text, x->length);
    x->text = grown;
  } else if (room > x->capacity) {
    float *grown = make(world, room * x->channels, sizeof *grown);
    memcpy(grown, x->x, signal_world_size(x) * sizeof *grown);
    x->x = grown;
  }
  x->capacity = FRAY_MAX(room, x->capacity);
  if (plan && fray_signal_apply(plan, sample, modality, x, &world->scratch, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

struct fray_signal signal_world_damaged(struct signal_world *world,
                                        const struct fray_signal_plan *plan, size_t sample,
                                        size_t modality) {
  struct fray_signal x = signal_world_value(world, sample, modality);
  signal_world_damage(world, plan, sample, modality, &x);
  return x;
}

/* Levenshtein's, by one row of the table. */
static double edits(const struct fray_signal *a, const struct fray_signal *b) {
  static size_t row[4096];
  assert_true(b->length < FRAY_COUNT(row));
  for (size_t j = 0; j <= b->length; j++)
    row[j] = j;
  for (size_t i = 1; i <= a->length; i++) {
    size_t corner = row[0]; /* of the row before, one column before */
    row[0] = i;
    for (size_t j = 1; j <= b->length; j++) {
      const size_t change = corner + (a->text[i - 1] != b->text[j - 1]);
      corner = row[j];
      row[j] = FRAY_MIN(change, FRAY_MIN(row[j], row[j - 1]) + 1);
    }
  }
  return (double)row[b->length];
}

size_t signal_world_size(const struct fray_signal *x) {
  if (x->text)
    return 0;
  return x->kind == FRAY_IMAGE ? x->height * x->width * x->channels : x->length * x->channels;
}

double signal_world_distance(const struct fray_signal *a, const struct fray_signal *b) {
  const size_t n = FRAY_MIN(signal_world_size(a), signal_world_size(b));
  double sum = 0;
  if (a->text)
    return edits(a, b);
  for (size_t i = 0; i < n; i++)
    sum += fabs((double)a->x[i] - (double)b->x[i]);
  return sum / (double)n;
}
