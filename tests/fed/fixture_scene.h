/* A federation whose data, initial weights and answers are those of a fixture: what the tests that
 * follow a reference round by round share. */
#ifndef FRAY_TESTS_FED_FIXTURE_SCENE_H
#define FRAY_TESTS_FED_FIXTURE_SCENE_H

#include "fray/base/file.h"
#include "fray/data/shard_writer.h"
#include "fray/fed/client.h"
#include "fray/fed/federation.h"
#include "fray/h5/h5.h"
#include "on_ranks.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_CLIENTS = 8 };

struct scene {
  fray_h5 file;
  struct fray_arena arena;
  char folder[64];
  struct fray_dataset *dataset;
  struct fray_features *features;
  struct fray_model *model;
  const struct fray_param_table *table;
  struct fray_local_config local;
  size_t count[MOST_CLIENTS], first[MOST_CLIENTS + 1];
  struct fray_client client[MOST_CLIENTS];
};

static inline void *take(struct scene *s, size_t n, size_t size) {
  void *p = fray_arena_zero(&s->arena, n, size);
  assert_non_null(p);
  return p;
}

static inline void read_section(struct scene *s, const struct fray_table *table, const char *text,
                                void *out) {
  struct fray_node *node;
  OK(fray_yaml_parse(text, "test", &s->arena, &node, &err));
  OK(fray_schema_read(table, node, "", out, &s->arena, &err));
}

/* Of n clients, by their counts. */
static inline void list_clients(struct scene *s, size_t n) {
  for (size_t c = 0; c < n; c++) {
    uint32_t *sample = take(s, s->count[c], sizeof *sample);
    for (size_t i = 0; i < s->count[c]; i++)
      sample[i] = (uint32_t)(s->first[c] + i);
    s->client[c] = (struct fray_client){.source = c,
                                        .data = {.n = s->count[c],
                                                 .n_labelled = s->count[c],
                                                 .sample = sample,
                                                 .present = s->dataset->present + s->first[c],
                                                 .label = s->dataset->label + s->first[c]}};
  }
}

static inline void close_scene(struct scene *s) {
  fray_model_free(s->model);
  fray_features_close(s->features);
  fray_dataset_close(s->dataset);
  fray_h5_close(s->file, NULL);
  fray_remove_tree(s->folder, NULL);
  fray_arena_free(&s->arena);
}

#endif
