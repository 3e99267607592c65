/* A small federation in memory and one shard, over all ranks: what tests of whole federations
 * share.
 */
#ifndef FRAY_TESTS_FED_SCENE_H
#define FRAY_TESTS_FED_SCENE_H

#include "fray/base/file.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/data/shard_writer.h"
#include "fray/fed/federation.h"
#include "on_ranks.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS = 9, EACH = 7, SAMPLES = CLIENTS * EACH, CHANNELS = 5, CLASSES = 3, ROUNDS = 6 };
enum { DEV = 9, TEST = 300 }; /* few dev samples, so that rounds tie; several blocks of test */

#define LOCAL "local: {epochs: 2, batch: 3, lr: 0.1, momentum: 0.5}"
/* Not all come, and some too late. */
#define AWAY                                                                                       \
  ", availability: {reachable: {kind: markov, up: 0.5, down: 0.3}, dropout: {p: 0.1}, "            \
  "partial: {p: 0.5}, time: {kind: devices, classes: {fast: {seconds_per_sample: 1, down: 1e3}, "  \
  "slow: {share: 2, seconds_per_sample: 3, spread: 1}}}, deadline: 30, late: partial, "            \
  "over_selection: 1.5}"
/* Always at work, at very different speeds, some for nothing. */
#define BUSY                                                                                       \
  ", availability: {dropout: {p: 0.1}, partial: {p: 0.3, least: 0.5}, time: {kind: devices, "      \
  "classes: {fast: {seconds_per_sample: 1}, slow: {seconds_per_sample: 4, spread: 1}}}}"
/* units: of the hidden layer */
#define MODEL(units)                                                                               \
  "{fusion: concat, hidden: " units ", head: 4, dropout: 0.2, encoders: "                          \
  "{f: {kind: mlp, units: " units "}}}"

/* Of the shard, each of the same shape; a test may ask for two before it includes this. */
#ifndef SCENE_MODALITIES
#define SCENE_MODALITIES 1
#endif
enum { ALL_PRESENT = (1 << SCENE_MODALITIES) - 1 };

static char folder[64];

/* ---- the data ---- */

static void fill_shard(struct fray_shard_writer *writer, const int32_t *label) {
  struct fray_rng rng = fray_rng_for(7, "test", 0, 0, 0);
  for (size_t i = 0; i < SAMPLES; i++)
    for (size_t m = 0; m < SCENE_MODALITIES; m++) {
      float x[CHANNELS];
      for (size_t k = 0; k < CHANNELS; k++)
        x[k] = (float)(fray_rng_normal(&rng) + 0.8 * (double)(k == (size_t)label[i]));
      OK(fray_shard_append(writer, m, x, 1, &err));
    }
}

static void write_shard(const char *path) {
  static const char *const classes[CLASSES] = {"0", "1", "2"};
  struct fray_arena arena = {0};
  const char *id[SAMPLES], *name[CLIENTS];
  int32_t label[SAMPLES];
  uint8_t split[SAMPLES] = {0}, present[SAMPLES];
  int64_t first[CLIENTS], count[CLIENTS];
  uint16_t code[SAMPLES];
  const char *third[] = {"a", "b", "c"};
  const struct fray_group groups[] = {{"third", 3, third, code}};
  for (size_t i = 0; i < SAMPLES; i++) {
    code[i] = (uint16_t)(i / EACH % 3);
    id[i] = fray_arena_printf(&arena, "sample-%zu", i);
    label[i] = (int32_t)(i % CLASSES);
    present[i] = ALL_PRESENT;
  }
  for (size_t c = 0; c < CLIENTS; c++) {
    name[c] = fray_arena_printf(&arena, "client-%zu", c);
    first[c] = (int64_t)(c * EACH);
    count[c] = EACH;
  }
  const struct fray_shard_plan plan = {
      .dataset = "resume",
      .licence = "none",
      .source = "test",
      .created_by = "test",
      .n_classes = CLASSES,
      .class_name = classes,
      .n_samples = SAMPLES,
      .label = label,
      .split = split,
      .source_id = id,
      .n_clients = CLIENTS,
      .client_name = name,
      .client_first = first,
      .client_count = count,
      .n_groups = 1,
      .group = groups,
      .n_modalities = SCENE_MODALITIES,
      .modality =
          {{.name = "f", .unit = "", .kind = FRAY_FEATURES, .time = 1, .channels = CHANNELS},
           {.name = "g", .unit = "", .kind = FRAY_FEATURES, .time = 1, .channels = CHANNELS}},
      .present = present};
  struct fray_shard_writer *writer;
  OK(fray_shard_create(path, &plan, &writer, &err));
  fill_shard(writer, label);
  OK(fray_shard_finish(writer, &err));
  fray_arena_free(&arena);
}

/* ---- the federation ---- */

struct scene {
  struct fray_arena arena;
  struct fray_dataset *dataset;
  struct fray_features *features;
  struct fray_model *model;
  struct fray_training_config training;
  struct fray_evaluate_config evaluate;
  const struct fray_choice *metric[FRAY_MAX_METRICS];
  struct fray_clients clients;
  size_t first[CLIENTS];
  uint32_t count[CLIENTS];
  const char *name[CLIENTS];
  uint32_t dev[DEV], test[TEST];
  int32_t label[TEST];
  uint8_t present[TEST];
  struct fray_federation f;
};

static void read_section(struct scene *s, const struct fray_table *table, const char *text,
                         void *out) {
  struct fray_node *node;
  OK(fray_yaml_parse(text, "test", &s->arena, &node, &err));
  OK(fray_schema_read(table, node, "", out, &s->arena, &err));
}

static void open_data(struct scene *s, const char *model_text) {
  struct fray_data_config data;
  struct fray_model_config model;
  char path[128], yaml[256];
  snprintf(path, sizeof path, "%s/part.h5", folder);
  snprintf(yaml, sizeof yaml, "{shards: %s, features: {f: {standardise: none}%s}}", path,
           SCENE_MODALITIES > 1 ? ", g: {standardise: none}" : "");
  read_section(s, &fray_data_table, yaml, &data);
  OK(fray_dataset_open(path, NULL, 0, world, &s->dataset, &err));
  OK(fray_features_open(s->dataset, &data, &s->features, &err));
  read_section(s, &fray_model_table, model_text, &model);
  fray_missing_shape(&s->training.missing, &model);
  struct fray_feature_shape shapes[SCENE_MODALITIES];
  for (size_t m = 0; m < SCENE_MODALITIES; m++)
    shapes[m] = *fray_features_shape(s->features, m);
  OK(fray_model_new(&model,
                    &(struct fray_model_data){SCENE_MODALITIES, CLASSES,
                                              (const char *const[]){"f", "g"}, shapes, NULL},
                    &s->model, &err));
}

static void make_clients(struct scene *s) {
  uint32_t *sample = fray_arena_alloc(&s->arena, SAMPLES, sizeof *sample);
  assert_non_null(sample);
  for (uint32_t i = 0; i < SAMPLES; i++)
    sample[i] = i;
  for (size_t c = 0; c < CLIENTS; c++) {
    s->name[c] = s->dataset->client_name[c];
    s->first[c] = c * EACH;
    s->count[c] = (uint32_t)(EACH - c % 3); /* of unequal weight */
  }
  s->clients = (struct fray_clients){.n = CLIENTS,
                                     .classes = CLASSES,
                                     .source = s->dataset->client_source,
                                     .first = s->first,
                                     .count = s->count,
                                     .n_labelled = s->count,
                                     .data = {.n = SAMPLES,
                                              .sample = sample,
                                              .label = s->dataset->label,
                                              .present = s->dataset->present}};
}

static void make_panels(struct scene *s) {
  for (uint32_t i = 0; i < TEST; i++) {
    s->test[i] = i % SAMPLES;
    s->label[i] = s->dataset->label[i % SAMPLES];
    s->present[i] = ALL_PRESENT;
  }
  memcpy(s->dev, s->test, sizeof s->dev);
  s->f.dev = (struct fray_samples){.n = DEV,
                                   .n_labelled = DEV,
                                   .sample = s->dev,
                                   .label = s->label,
                                   .held = s->present,
                                   .present = s->present};
  s->f.test = (struct fray_samples){.n = TEST,
                                    .n_labelled = TEST,
                                    .sample = s->test,
                                    .label = s->label,
                                    .held = s->present,
                                    .present = s->present};
}

static void open_model_scene(struct scene *s, const char *model, const char *training,
                             const char *evaluate) {
  *s = (struct scene){.f = {.comm = world, .seed = 5}};
  read_section(s, &fray_training_table, training, &s->training);
  open_data(s, model);
  make_clients(s);
  make_panels(s);
  read_section(s, &fray_evaluate_table, evaluate, &s->evaluate);
  for (size_t k = 0; k < s->evaluate.metrics.n; k++)
    s->metric[k] = fray_choice_find(&fray_metrics, s->evaluate.metrics.v[k]);
  s->f.dataset = s->dataset;
  s->f.features = s->features;
  s->f.model = s->model;
  s->f.training = &s->training;
  s->f.evaluate = &s->evaluate;
  s->f.metrics = s->metric;
  s->f.clients = &s->clients;
  s->f.client_name = s->name;
}

static void close_scene(struct scene *s) {
  fray_model_free(s->model);
  fray_features_close(s->features);
  fray_dataset_close(s->dataset);
  fray_arena_free(&s->arena);
}

/* ---- where the shard lies ---- */

static bool make_folder(void) {
  scratch(folder, "fray-scene-XXXXXX");
  bool made = fray_comm_rank(world) != 0 || mkdtemp(folder);
  fray_comm_broadcast(world, &made, sizeof made, 0);
  fray_comm_broadcast(world, folder, sizeof folder, 0);
  return made;
}

static int set_up(void **state) {
  (void)state;
  char path[128];
  if (!make_folder())
    return -1;
  snprintf(path, sizeof path, "%s/part.h5", folder);
  if (fray_comm_rank(world) == 0)
    write_shard(path);
  fray_comm_barrier(world);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  fray_comm_barrier(world);
  return fray_comm_rank(world) != 0 || fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

#endif
