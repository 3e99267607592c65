/* A visit that touches the words of its client alone: the same bytes as one that goes over every
 * row, and it tells where its update may differ from 0. */
#include "fed/step/server_step.h"
#include "fray/base/file.h"
#include "fray/data/synth.h"
#include "fray/fed/client.h"
#include "fray/fed/federation.h"
#include "fray/nn/touched.h"
#include "on_ranks.h"
#include "scratch.h"

#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 4, EACH = 12, VISITS = 3 * CLIENTS };

struct scene {
  struct fray_arena arena;
  struct fray_dataset *dataset;
  struct fray_features *features;
  struct fray_model *model;
  struct fray_local_config local;
};

static void read_section(struct scene *s, const struct fray_table *table, const char *text,
                         void *out) {
  struct fray_node *node;
  OK(fray_yaml_parse(text, "test", &s->arena, &node, &err));
  OK(fray_schema_read(table, node, "", out, &s->arena, &err));
}

/* Texts of a few words each; a table of 2,000 rows, of which a client names some hundreds. */
static void open_scene(struct scene *s, const char *folder, const char *local) {
  struct fray_synth_config synth;
  struct fray_data_config data;
  struct fray_model_config model;
  char yaml[256];
  *s = (struct scene){0};
  read_section(s, &fray_synth_table,
               "{clients: 4, test_clients: 0, dev_fraction: 0, samples: 12, classes: 3, "
               "modalities: [\"text:8\"]}",
               &synth);
  OK(fray_synth(&synth, folder, &err));
  OK(fray_dataset_open(folder, NULL, 0, world, &s->dataset, &err));
  snprintf(yaml, sizeof yaml, "{shards: %s, features: {%s: {buckets: 2000}}}", folder,
           s->dataset->modality[0].name);
  read_section(s, &fray_data_table, yaml, &data);
  OK(fray_features_open(s->dataset, &data, &s->features, &err));
  const char *name = s->dataset->modality[0].name;
  snprintf(yaml, sizeof yaml, "{fusion: concat, hidden: 8, encoders: {%s: {kind: text, dim: 24}}}",
           name);
  read_section(s, &fray_model_table, yaml, &model);
  const struct fray_model_data about = {1, s->dataset->n_classes, &name,
                                        fray_features_shape(s->features, 0), NULL};
  OK(fray_model_new(&model, &about, &s->model, &err));
  read_section(s, &fray_local_table, local, &s->local);
}

static struct fray_visit visit_of(const struct scene *s, size_t c, const float *global,
                                  float *const *up, uint32_t *sample) {
  for (size_t i = 0; i < EACH; i++)
    sample[i] = (uint32_t)(c * EACH + i);
  return (struct fray_visit){.source = c,
                             .seed = 5,
                             .round = 1,
                             .data = {.n = EACH,
                                      .n_labelled = EACH,
                                      .sample = sample,
                                      .label = s->dataset->label + c * EACH,
                                      .held = s->dataset->present + c * EACH,
                                      .present = s->dataset->present + c * EACH},
                             .work = 1,
                             .global = global,
                             .up = up};
}

static size_t lines_in(const uint64_t *bit, size_t words) {
  size_t n = 0;
  for (size_t i = 0; i < words; i++)
    n += (size_t)__builtin_popcountll(bit[i]);
  return n;
}

static void nothing(const void *params, struct fray_visit *visit) {
  (void)params, (void)visit;
}

static void pull(const void *params, struct fray_visit *visit) {
  (void)params;
  fray_pull_back(visit, 0.3f);
}

struct by_hook {
  struct fray_algorithm_ops ops;
  struct fray_choice choice;
  struct fray_variant variant;
};

/* [0] may move all gradients, for all that is known of its hook; [1] only pulls, or has none. */
static void set_hooks(struct by_hook of[2], bool pulls) {
  for (size_t k = 0; k < 2; k++) {
    of[k].ops = (struct fray_algorithm_ops){.gradient = pulls ? pull
                                                        : k   ? NULL
                                                              : nothing,
                                            .pulls = pulls && k};
    of[k].choice = (struct fray_choice){.name = "", .impl = &of[k].ops};
    of[k].variant = (struct fray_variant){.choice = &of[k].choice};
  }
}

/* Clients in turn on one trainer, the model of all moved once on the way. */
static void check(const char *local, bool pulls, bool rests) {
  struct scene s;
  struct fray_trainer trainer[2];
  struct by_hook hook[2];
  char folder[SCRATCH], shards[96];
  scratch(folder, "fray-rows-XXXXXX");
  uint32_t sample[EACH];
  assert_non_null(mkdtemp(folder));
  snprintf(shards, sizeof shards, "%s/shards", folder);
  open_scene(&s, shards, local);
  set_hooks(hook, pulls);
  const struct fray_param_table *table = fray_model_params(s.model);
  const size_t total = table->total, words = fray_touched_words(total);
  float *global = fray_arena_zero(&s.arena, total, sizeof *global), *up[2];
  uint64_t *touched = fray_arena_alloc(&s.arena, words, sizeof *touched);
  fray_param_init(table, 3, global);
  memset(touched, 0xff, words * sizeof *touched);
  for (size_t k = 0; k < 2; k++) {
    OK(fray_trainer_start(&trainer[k], s.model, s.features, 1, &s.local, &err));
    up[k] = fray_arena_alloc(&s.arena, total, sizeof **up);
    memset(up[k], 0x7f, total * sizeof **up);
  }
  assert_int_equal(trainer[0].touched.grain, 8);
  for (size_t v = 0; v < VISITS; v++) {
    struct fray_client_result result;
    for (size_t k = 0; k < 2; k++) {
      struct fray_visit visit = visit_of(&s, v % CLIENTS, global, &up[k], sample);
      visit.algorithm = &hook[k].variant;
      visit.again = v % 5 != 0;
      visit.touched = k ? touched : NULL;
      OK(fray_client_visit(&trainer[k], &visit, &result, &err));
      assert_true(result.finite);
    }
    assert_memory_equal(up[0], up[1], total * sizeof **up);
    assert_memory_equal(trainer[0].w, trainer[1].w, total * sizeof **up);
    for (size_t i = 0; i < total; i++)
      assert_true(up[1][i] == 0 || touched[i / 1024] >> i / FRAY_LINE % 64 & 1);
    assert_true((lines_in(touched, words) < total / FRAY_LINE / 2) == rests);
    if (v % 5 == 4)
      for (size_t i = 0; i < total; i++)
        global[i] += 0.5f * up[0][i] + 1e-3f;
  }
  for (size_t k = 0; k < 2; k++)
    fray_trainer_end(&trainer[k]);
  fray_model_free(s.model);
  fray_features_close(s.features);
  fray_dataset_close(s.dataset);
  fray_arena_free(&s.arena);
  OK(fray_remove_tree(folder, &err));
}

static void test_rows(void **state) {
  (void)state;
  check("{epochs: 2, batch: 5, lr: 0.05, weight_decay: 0, clip_norm: 1}", false, true);
  check("{epochs: 2, batch: 5, lr: 0.01, weight_decay: 0, optimiser: adam}", false, true);
  check("{epochs: 2, batch: 5, lr: 0.05, weight_decay: 0.1, clip_norm: 1}", false, true);
  check("{epochs: 2, batch: 5, lr: 0.01, weight_decay: 0.1, optimiser: adam}", false, true);
  check("{epochs: 2, batch: 5, lr: 0.01, weight_decay: 0.1, optimiser: adamw}", true, true);
  check("{epochs: 2, batch: 5, lr: 0.05, clip_norm: 0}", true, true);
  check("{epochs: 1, batch: 5, lr: 0.01, weight_decay_rows: all}", false, false);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
  return run_on_ranks(argc, argv, tests, sizeof tests / sizeof *tests, NULL, NULL);
}
