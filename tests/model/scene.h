/* A small model of three kinds of modalities, and a batch in which samples lack some. */
#ifndef SCENE_H
#define SCENE_H

#include "fray/base/size.h"
#include "fray/model/model.h"
#include "fray/nn/linear.h"
#include "fray/tensor/blas.h"
#include "fusion/central_difference.h"
#include "ok.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { M = 3, N = 6, CLASSES = 4, TIME = 16, CHANNELS = 2, PIXELS = 6 * 5 * 2, VALUES = 4 };

struct scene {
  struct fray_arena arena;
  struct fray_model_config config;
  struct fray_model *model;
  const struct fray_param_table *table;
  float *w;
  struct fray_feature_batch feature[M];
  const int32_t *row[M];
  struct fray_batch batch;
  struct fray_objective objective;
};

static const char *const scene_names[M] = {"acc", "img", "vec"};
static const struct fray_feature_shape scene_shapes[M] = {
    {FRAY_FEATURE_SEQUENCE, .time = TIME, .height = 1, .width = 1, .channels = CHANNELS},
    {FRAY_FEATURE_IMAGE, .time = 1, .height = 6, .width = 5, .channels = 2},
    {FRAY_FEATURE_VECTOR, .time = 1, .height = 1, .width = 1, .channels = VALUES}};

/* Sample 3 has nothing; samples 0 and 5 have all. */
static const int32_t scene_rows[M][N] = {
    {0, -1, 1, -1, 2, 3}, {2, 0, -1, -1, -1, 1}, {0, 1, -1, -1, 2, 3}};
static const size_t scene_counts[M] = {4, 3, 4};
static const int32_t scene_lengths[4] = {16, 9, 12, 8};
static const int32_t scene_labels[N] = {2, 0, 3, 1, 0, 2};

static inline float *random_floats(struct fray_arena *arena, size_t n, const char *purpose) {
  float *x = fray_arena_alloc(arena, n, sizeof *x);
  assert_non_null(x);
  struct fray_rng rng = fray_rng_for(11, purpose, 0, 0, 0);
  for (size_t i = 0; i < n; i++)
    x[i] = (float)fray_rng_normal(&rng);
  return x;
}

static inline void read_config(const char *yaml, struct fray_arena *arena,
                               struct fray_model_config *config) {
  struct fray_node *node;
  OK(fray_yaml_parse(yaml, "test", arena, &node, &err));
  OK(fray_schema_read(&fray_model_table, node, "model", config, arena, &err));
}

static inline void scene_batch(struct scene *s) {
  static const size_t sizes[M] = {TIME * CHANNELS, PIXELS, VALUES};
  for (size_t m = 0; m < M; m++) {
    float *x = random_floats(&s->arena, scene_counts[m] * sizes[m], scene_names[m]);
    s->feature[m] =
        (struct fray_feature_batch){.n = scene_counts[m], .time = m == 0 ? TIME : 1, .x = x};
    s->row[m] = scene_rows[m];
  }
  s->feature[0].length = scene_lengths;
  float *x = (float *)s->feature[0].x;
  for (size_t i = 0; i < scene_counts[0]; i++)
    for (size_t j = (size_t)scene_lengths[i] * CHANNELS; j < TIME * CHANNELS; j++)
      x[i * TIME * CHANNELS + j] = 0;
  s->batch =
      (struct fray_batch){.n = N, .feature = s->feature, .row = s->row, .label = scene_labels};
}

/* Late fusion has small heads: one whose units are shut for all samples would test nothing. */
static inline void open_units(struct scene *s) {
  for (size_t m = 0; m < M; m++) {
    char name[FRAY_PARAM_NAME];
    snprintf(name, sizeof name, "%s.head.hidden.bias", scene_names[m]);
    const struct fray_param *p = fray_param_find(s->table, name);
    for (size_t i = 0; p && i < p->size; i++)
      s->w[p->offset + i] += 0.4f;
  }
}

/* Prototypes as if some clients had sent them: of all classes but the first. */
static struct fray_prototype_use scene_prototypes;
static int64_t scene_rebuild_units;
static inline void fill_prototypes(struct scene *s) {
  for (size_t k = 0; scene_prototypes.kept && k < s->table->n; k++) {
    const struct fray_param *p = &s->table->v[k];
    const bool counts = p->still && p->shape[1] == 1;
    const float *x = random_floats(&s->arena, p->size, p->name);
    for (size_t i = 0; p->still && i < p->size; i++)
      s->w[p->offset + i] = counts ? (float)i : x[i];
  }
}

/* Of the sequence. */
#define SCENE_CONV_GRU "{kind: conv_gru, filters: [3, 4]}"
static const char *scene_sequence = SCENE_CONV_GRU;

/* more: further keys of the section, like "fusion: concat, dropout: 0.3", or "head: 0". */
static inline struct scene *scene_new(const char *more) {
  struct scene *s = calloc(1, sizeof *s);
  assert_non_null(s);
  const char *yaml =
      fray_arena_printf(&s->arena,
                        "{hidden: 6, %sencoders: {acc: %s, "
                        "img: {kind: cnn, filters: [3]}, vec: {kind: mlp, units: 5}}, %s}",
                        strstr(more, "head: ") ? "" : "head: 5, ", scene_sequence, more);
  assert_non_null(yaml);
  read_config(yaml, &s->arena, &s->config);
  s->config.prototypes = scene_prototypes;
  s->config.rebuild_units = scene_rebuild_units;
  s->config.rebuild_weight = 0.8;
  OK(fray_model_new(&s->config,
                    &(struct fray_model_data){M, CLASSES, scene_names, scene_shapes, NULL},
                    &s->model, &err));
  s->table = fray_model_params(s->model);
  s->w = fray_arena_zero(&s->arena, s->table->total, sizeof *s->w);
  assert_non_null(s->w);
  fray_param_init(s->table, 5, s->w);
  open_units(s);
  fill_prototypes(s);
  scene_batch(s);
  return s;
}

static inline void scene_free(struct scene *s) {
  fray_model_free(s->model);
  fray_arena_free(&s->arena);
  free(s);
}

static bool scene_bare;
static inline struct fray_pass scene_pass(struct scene *s, bool train) {
  return (struct fray_pass){.train = train,
                            .bare = scene_bare,
                            .seed = 1,
                            .who = 2,
                            .when = 3,
                            .step = 4,
                            .w = s->w,
                            .arena = &s->arena};
}

/* logits (n, CLASSES) in the arena. */
static inline const float *logits_of(struct scene *s, const struct fray_batch *batch,
                                     const struct fray_pass *pass) {
  struct fray_forward forward;
  OK(fray_model_forward(s->model, batch, pass, &forward, &err));
  return forward.logits;
}

static inline void assert_close(const float *a, const float *b, size_t n, double tolerance) {
  for (size_t i = 0; i < n; i++)
    if (!(fabs((double)a[i] - (double)b[i]) <= tolerance))
      fail_msg("value %zu: %.8g against %.8g", i, (double)a[i], (double)b[i]);
}

#endif
