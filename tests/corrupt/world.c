#include "world.h"

#include "fray/base/hash.h"

#include <string.h>

static const char *class_names[] = {"walk", "up", "down", "sit", "stand", "lie"};
static const char *accents[] = {"scotland", "lancaster", "american"};
static const char *voices[] = {"m1", "m3", "f2", "f4"};

static void *make(struct world *world, size_t n, size_t size) {
  void *memory = fray_arena_zero(&world->arena, n, size);
  assert_non_null(memory);
  return memory;
}

static void make_clients(struct world *world) {
  struct fray_dataset *d = &world->dataset;
  d->n_clients = WORLD_CLIENTS;
  d->client_name = make(world, d->n_clients, sizeof *d->client_name);
  d->client_source = make(world, d->n_clients, sizeof *d->client_source);
  for (size_t c = 0; c < d->n_clients; c++) {
    d->client_name[c] = fray_arena_printf(&world->arena, "client-%zu", c);
    d->client_source[c] = fray_hash_text(d->client_name[c]);
  }
}

static void make_groups(struct world *world) {
  struct fray_dataset *d = &world->dataset;
  uint16_t *accent = make(world, WORLD_SAMPLES, sizeof *accent);
  uint16_t *voice = make(world, WORLD_SAMPLES, sizeof *voice);
  for (size_t s = 0; s < WORLD_SAMPLES; s++) {
    accent[s] = (uint16_t)(s % 3);
    voice[s] = (uint16_t)(s / 3 % 4);
  }
  world->group[0] = (struct fray_group){"accent", 3, accents, accent};
  world->group[1] = (struct fray_group){"voice", 4, voices, voice};
  d->n_groups = 2;
  d->group = world->group;
}

void world_make(struct world *world, bool holes) {
  *world = (struct world){0};
  struct fray_dataset *d = &world->dataset;
  d->name = "world";
  d->n_classes = WORLD_CLASSES;
  d->class_name = class_names;
  d->n_modalities = 2;
  d->modality[0].name = "acc";
  d->modality[1].name = "gyro";
  d->n_samples = WORLD_SAMPLES;
  d->label = make(world, WORLD_SAMPLES, sizeof *d->label);
  d->present = make(world, WORLD_SAMPLES, 1);
  d->split = make(world, WORLD_SAMPLES, 1);
  d->client = make(world, WORLD_SAMPLES, sizeof *d->client);
  d->source = make(world, WORLD_SAMPLES, sizeof *d->source);
  d->source_id = make(world, WORLD_SAMPLES, sizeof *d->source_id);
  make_clients(world);
  make_groups(world);
  for (size_t s = 0; s < WORLD_SAMPLES; s++) {
    d->label[s] = holes && s % 11 == 5 ? FRAY_UNLABELLED : (int32_t)(s % WORLD_CLASSES);
    d->present[s] = holes && s % 10 == 7 ? 1 : 3;
    d->client[s] = (uint32_t)(s / 2 % (s % 2 ? WORLD_CLIENTS : WORLD_CLIENTS / 2));
    d->source_id[s] = fray_arena_printf(&world->arena, "rec/%05zu,\"x\"", s);
    d->source[s] = fray_hash_text(d->source_id[s]);
  }
}

void world_free(struct world *world) {
  fray_arena_free(&world->arena);
}

/* What a sample looks like: 32 numbers that lean towards its class, by its number alone. */
static enum fray_status world_value(const void *user, size_t sample, size_t modality,
                                    struct fray_arena *arena, struct fray_signal *out,
                                    struct fray_err *err) {
  enum { PARTS = 32 };
  const struct fray_dataset *d = user;
  struct fray_rng rng = fray_rng_for(d->source[sample], "test/world_value", modality, 0, 0);
  float *x;
  FRAY_ALLOC(x, arena, PARTS, err);
  for (size_t k = 0; k < PARTS; k++)
    x[k] = (float)(fray_rng_normal(&rng) + (k / 5 == sample % WORLD_CLASSES ? 2 : 0));
  *out = (struct fray_signal){
      .kind = FRAY_SERIES, .x = x, .length = PARTS, .capacity = PARTS, .channels = 1};
  return FRAY_OK;
}

static uint32_t *permutation(struct world *world, size_t n, uint64_t seed, uint64_t which) {
  uint32_t *order = make(world, n, sizeof *order);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  struct fray_rng rng = fray_rng_for(seed, "test/permutation", which, 0, 0);
  if (seed)
    fray_rng_shuffle(&rng, order, n);
  return order;
}

struct fray_population world_population(struct world *world, bool train, uint64_t shuffle) {
  const struct fray_dataset *d = &world->dataset;
  uint32_t *sample = permutation(world, WORLD_SAMPLES, shuffle, 0);
  uint32_t *number = permutation(world, WORLD_CLIENTS, shuffle, 1);
  uint32_t *client = make(world, WORLD_SAMPLES, sizeof *client);
  uint64_t *source = make(world, WORLD_CLIENTS, sizeof *source);
  const char **name = make(world, WORLD_CLIENTS, sizeof *name);
  for (size_t i = 0; i < WORLD_SAMPLES; i++)
    client[i] = number[d->client[sample[i]]];
  for (size_t c = 0; c < WORLD_CLIENTS; c++) {
    source[number[c]] = d->client_source[c];
    name[number[c]] = d->client_name[c];
  }
  return (struct fray_population){.dataset = d,
                                  .n = WORLD_SAMPLES,
                                  .sample = sample,
                                  .client = client,
                                  .n_clients = WORLD_CLIENTS,
                                  .client_source = source,
                                  .client_name = name,
                                  .train = train,
                                  .read = world_value,
                                  .user = d};
}

struct fray_population world_dealt(struct world *world, bool train, size_t n_clients,
                                   size_t block) {
  struct fray_population p = world_population(world, train, 0);
  uint32_t *client = make(world, WORLD_SAMPLES, sizeof *client);
  uint64_t *source = make(world, n_clients, sizeof *source);
  const char **name = make(world, n_clients, sizeof *name);
  for (size_t i = 0; i < WORLD_SAMPLES; i++)
    client[i] = (uint32_t)(i / block % n_clients);
  for (size_t c = 0; c < n_clients; c++) {
    name[c] = fray_arena_printf(&world->arena, "dealt-%zu", c);
    source[c] = fray_hash_text(name[c]);
  }
  p.client = client;
  p.n_clients = n_clients;
  p.client_source = source;
  p.client_name = name;
  return p;
}

const struct fray_corruption_config *world_entry(struct world *world, const char *yaml,
                                                 struct fray_err *err) {
  struct fray_node *node = NULL;
  *err = (struct fray_err){0};
  if (fray_yaml_parse(yaml, "test.yaml", &world->arena, &node, err) != FRAY_OK)
    return NULL;
  struct fray_corruption_config *entry = make(world, 1, sizeof *entry);
  if (fray_schema_read(&fray_corruption_table, node, "", entry, &world->arena, err) != FRAY_OK)
    return NULL;
  return entry;
}

struct fray_damage world_corrupt(struct world *world, const struct fray_population *population,
                                 uint64_t seed, const char *yaml, struct fray_realised *realised) {
  struct fray_err err;
  struct fray_damage damage;
  struct fray_realised own;
  const struct fray_corruption_config *entry = world_entry(world, yaml, &err);
  if (!entry)
    fail_msg("%s: %s", yaml, err.text);
  assert_int_equal(fray_damage_start(population, &world->arena, &damage, &err), FRAY_OK);
  if (fray_corrupt(&entry, 1, population, seed, &world->arena, &damage, realised ? realised : &own,
                   &err) != FRAY_OK)
    fail_msg("%s: %s", yaml, err.text);
  return damage;
}

struct fray_damage world_by_sample(struct world *world, const struct fray_population *population,
                                   const struct fray_damage *damage) {
  struct fray_damage out = {.n = damage->n};
  out.present = make(world, WORLD_SAMPLES, 1);
  out.dropped = make(world, WORLD_SAMPLES, 1);
  out.label = make(world, WORLD_SAMPLES, sizeof *out.label);
  for (size_t i = 0; i < damage->n; i++) {
    uint32_t s = population->sample[i];
    out.present[s] = damage->present[i];
    out.dropped[s] = damage->dropped[i];
    out.label[s] = damage->label[i];
  }
  return out;
}

void world_assert_same(const struct fray_damage *a, const struct fray_damage *b) {
  assert_int_equal(a->n, b->n);
  assert_memory_equal(a->present, b->present, a->n);
  assert_memory_equal(a->dropped, b->dropped, a->n);
  assert_memory_equal(a->label, b->label, a->n * sizeof *a->label);
}

void world_assert_share(double hits, double n, double p, double sigmas) {
  double bound = sigmas * sqrt(p * (1 - p) / n) + 1e-12;
  if (!(fabs(hits / n - p) <= bound))
    fail_msg("share %g of %g is not within %g of %g", hits / n, n, bound, p);
}
