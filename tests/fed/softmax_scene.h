/* The federation of tests/fixtures/fed_softmax.h5 from the pieces that the driver uses: what tests
 * that follow its rounds or its arrivals share. */
#ifndef FRAY_TESTS_FED_SOFTMAX_SCENE_H
#define FRAY_TESTS_FED_SOFTMAX_SCENE_H

#include "fixture_scene.h"
#include "fray/base/size.h"
#include "fray/fed/exact.h"
#include "scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS = 6, ROUNDS = 6, D = 12, CLASSES = 4 };

/* Models of the references, whose tensors lie in the order of ours. */
struct reference {
  const char *file, *model;
  size_t tensors, parameters;
};
static const struct reference softmax = {
    "fed_softmax.h5",
    "{fusion: concat, hidden: 12, head: 0, dropout: 0, encoders: {f: {kind: identity}}}", 2,
    CLASSES *D + CLASSES};
static const struct reference mlp = {
    "fed_mlp.h5",
    "{fusion: concat, hidden: 8, head: 0, dropout: 0, encoders: {f: {kind: layer, activation: "
    "tanh}}}",
    4, 8 * D + 8 + CLASSES * 8 + CLASSES};

static inline size_t shape_of(struct scene *s, const char *path, size_t dims[FRAY_H5_MAX_RANK]) {
  int rank;
  bool is_text;
  OK(fray_h5_shape(s->file, path, &rank, dims, &is_text, &err));
  size_t n = 1;
  for (int i = 0; i < rank; i++)
    n *= dims[i];
  return n;
}

static inline double *reals(struct scene *s, const char *path) {
  size_t dims[FRAY_H5_MAX_RANK];
  const size_t n = shape_of(s, path, dims);
  double *x = take(s, n, sizeof *x);
  OK(fray_h5_read(s->file, path, FRAY_H5_F64, x, n, &err));
  return x;
}

static inline int64_t *integers(struct scene *s, const char *path, size_t *n) {
  size_t dims[FRAY_H5_MAX_RANK];
  *n = shape_of(s, path, dims);
  int64_t *x = take(s, *n, sizeof *x);
  OK(fray_h5_read(s->file, path, FRAY_H5_I64, x, *n, &err));
  return x;
}

/* ---- the data as a shard, the model through the tables of a scenario ---- */

static inline void append_values(struct scene *s, struct fray_shard_writer *writer) {
  char path[64];
  float row[D];
  for (size_t c = 0; c < CLIENTS; c++) {
    snprintf(path, sizeof path, "data/%zu/x", c);
    const double *x = reals(s, path);
    for (size_t i = 0; i < s->count[c]; i++) {
      for (size_t k = 0; k < D; k++)
        row[k] = (float)x[i * D + k];
      OK(fray_shard_append(writer, 0, row, 1, &err));
    }
  }
}

static inline void write_shard(struct scene *s, const char *path) {
  static const char *const classes[CLASSES] = {"0", "1", "2", "3"};
  int64_t first[CLIENTS], count[CLIENTS];
  const char *names[CLIENTS];
  int32_t *label = take(s, 1000, sizeof *label);
  size_t n = 0;
  for (size_t c = 0; c < CLIENTS; c++) {
    char where[64];
    snprintf(where, sizeof where, "data/%zu/y", c);
    const int64_t *y = integers(s, where, &s->count[c]);
    s->first[c] = n;
    first[c] = (int64_t)n;
    count[c] = (int64_t)s->count[c];
    names[c] = fray_arena_printf(&s->arena, "client-%zu", c);
    for (size_t i = 0; i < s->count[c]; i++)
      label[n++] = (int32_t)y[i];
  }
  s->first[CLIENTS] = n;
  const char **id = take(s, n, sizeof *id);
  uint8_t *present = take(s, n, 1);
  for (size_t i = 0; i < n; i++) {
    id[i] = fray_arena_printf(&s->arena, "sample-%zu", i);
    present[i] = 1;
  }
  struct fray_shard_plan plan = {
      .dataset = "fed_softmax",
      .licence = "none",
      .source = "fixture",
      .created_by = "test",
      .n_classes = CLASSES,
      .class_name = classes,
      .n_samples = n,
      .label = label,
      .split = take(s, n, 1),
      .source_id = id,
      .n_clients = CLIENTS,
      .client_name = names,
      .client_first = first,
      .client_count = count,
      .n_modalities = 1,
      .modality = {{.name = "f", .unit = "", .kind = FRAY_FEATURES, .time = 1, .channels = D}},
      .present = present};
  struct fray_shard_writer *writer;
  OK(fray_shard_create(path, &plan, &writer, &err));
  append_values(s, writer);
  OK(fray_shard_finish(writer, &err));
}

static inline void open_scene(struct scene *s, const struct reference *reference) {
  char path[256], yaml[320];
  struct fray_data_config data;
  struct fray_model_config model;
  scratch(s->folder, "fray-softmax-XXXXXX");
  assert_non_null(mkdtemp(s->folder));
  snprintf(path, sizeof path, FRAY_SOURCE_DIR "/tests/fixtures/%s", reference->file);
  OK(fray_h5_open(path, &s->file, &err));
  snprintf(path, sizeof path, "%s/part.h5", s->folder);
  write_shard(s, path);
  snprintf(yaml, sizeof yaml, "{shards: %s, features: {f: {standardise: none}}}", path);
  read_section(s, &fray_data_table, yaml, &data);
  OK(fray_dataset_open(path, NULL, 0, world, &s->dataset, &err));
  OK(fray_features_open(s->dataset, &data, &s->features, &err));
  read_section(s, &fray_model_table, reference->model, &model);
  struct fray_feature_shape shapes[1] = {*fray_features_shape(s->features, 0)};
  const struct fray_model_data of = {1, CLASSES, (const char *const[]){"f"}, shapes, NULL};
  OK(fray_model_new(&model, &of, &s->model, &err));
  s->table = fray_model_params(s->model);
  assert_int_equal(s->table->n, reference->tensors);
  assert_int_equal(s->table->count, reference->parameters);
  list_clients(s, CLIENTS);
}

/* The reference's flat vector: weights row by row, then biases. Ours has padding between. */
static inline void from_theirs(const struct scene *s, const double *theirs, float *ours) {
  memset(ours, 0, s->table->total * sizeof *ours);
  for (size_t i = 0, at = 0; i < s->table->n; at += s->table->v[i++].size)
    for (size_t k = 0; k < s->table->v[i].size; k++)
      ours[s->table->v[i].offset + k] = (float)theirs[at + k];
}

static inline void compare(const struct scene *s, const char *what, size_t round, size_t client,
                           const float *ours, double factor, const double *theirs, double scale) {
  double worst = 0;
  for (size_t i = 0, at = 0; i < s->table->n; at += s->table->v[i++].size)
    for (size_t k = 0; k < s->table->v[i].size; k++) {
      const double off = fabs(factor * (double)ours[s->table->v[i].offset + k] - theirs[at + k]);
      worst = off > worst || isnan(off) ? off : worst;
    }
  if (!(worst <= 1e-5 * scale))
    fail_msg("%s, round %zu, client %zu: differs by %g of %g", what, round, client, worst, scale);
}

static inline double largest(const double *x, size_t n) {
  double most = 0;
  for (size_t i = 0; i < n; i++)
    most = fmax(most, fabs(x[i]));
  return most;
}

/* ---- rounds, from the pieces that the driver uses ---- */

enum { MOST = 3 }; /* vectors of a kind */
static const int32_t group_of[CLIENTS] = {0, 0, 1, 1, 2, 2};
static const uint32_t samples_of[CLIENTS] = {4, 7, 10, 16, 25, 40};

struct federation {
  struct scene s;
  struct fray_training_config training;
  struct fray_local_config local;
  const struct fray_algorithm_ops *ops;
  struct fray_trainer trainer;
  struct fray_roster roster;
  float *w, *state[MOST], *kept[CLIENTS][MOST], *up[CLIENTS][MOST], *mean[MOST];
  double number[2 * CLIENTS], said[CLIENTS][MOST];
  float *initial;
  bool came[CLIENTS], is_here[CLIENTS]; /* in a round before; in the one at hand */
  struct fray_member member[CLIENTS];
};

static inline void start(struct federation *f, const struct reference *reference,
                         const char *yaml) {
  struct scene *s = &f->s;
  *f = (struct federation){0};
  open_scene(s, reference);
  read_section(s, &fray_training_table, yaml, &f->training);
  f->local = f->training.local;
  f->ops = fray_algorithm_of(&f->training.server);
  OK(fray_trainer_start(&f->trainer, s->model, s->features, 1, &f->local, &err));
  f->w = take(s, s->table->total, sizeof(float));
  from_theirs(s, reals(s, "initial"), f->w);
  f->initial = take(s, s->table->total, sizeof(float));
  memcpy(f->initial, f->w, s->table->total * sizeof(float));
  assert_true(f->ops->server_vectors <= MOST && f->ops->client_vectors <= MOST &&
              f->ops->up < MOST && f->ops->numbers <= MOST);
  for (size_t k = 0; k < MOST; k++) {
    f->state[k] = take(s, s->table->total, sizeof(float));
    f->mean[k] = take(s, s->table->total, sizeof(float));
  }
  for (size_t c = 0; c < CLIENTS; c++)
    for (size_t k = 0; k < MOST; k++) {
      f->kept[c][k] = take(s, s->table->total, sizeof(float));
      f->up[c][k] = take(s, s->table->total, sizeof(float));
    }
  const struct fray_variant *algorithm = &f->training.server.algorithm;
  f->roster = (struct fray_roster){
      .clients = CLIENTS, .groups = 3, .group = group_of, .samples = samples_of};
  assert_true(fray_server_numbers(algorithm, &f->roster) <= FRAY_COUNT(f->number));
  if (f->ops->start)
    f->ops->start(algorithm->params, &f->roster, s->table->total, f->state, f->number);
}

static inline void end(struct federation *f) {
  fray_trainer_end(&f->trainer);
  close_scene(&f->s);
}

static inline double visit(struct federation *f, size_t round, size_t c, size_t epochs) {
  struct scene *s = &f->s;
  char path[64];
  size_t n;
  snprintf(path, sizeof path, "order/%zu/%zu", round, c);
  const int64_t *given = integers(s, path, &n);
  uint32_t *order = take(s, n, sizeof *order);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)given[i];
  f->local.epochs = (int64_t)epochs;
  f->is_here[c] = true;
  struct fray_visit v = {.algorithm = &f->training.server.algorithm,
                         .source = c,
                         .seed = 1,
                         .round = round + 1,
                         .data = s->client[c].data,
                         .work = 1,
                         .order = order,
                         .global = f->w,
                         .initial = f->initial,
                         .came = f->came[c],
                         .down = (const float *const *)f->state,
                         .server = f->number,
                         .kept = f->kept[c],
                         .up = f->up[c],
                         .number = f->said[c]};
  memset(f->said[c], 0, sizeof f->said[c]);
  struct fray_client_result result;
  OK(fray_client_visit(&f->trainer, &v, &result, &err));
  assert_true(result.finite);
  f->came[c] = true;
  const struct fray_visit_facts facts = {s->count[c], result.batches,
                                         result.sample_loss_sum / (double)result.samples};
  f->member[c] = (struct fray_member){.client = (uint32_t)c,
                                      .group = group_of[c],
                                      .samples = facts.samples,
                                      .steps = facts.steps,
                                      .loss = facts.loss,
                                      .number = f->said[c]};
  return f->ops->weight ? f->ops->weight(f->training.server.algorithm.params, &facts)
                        : (double)s->count[c];
}

static inline void combine(struct federation *f, size_t round, const int64_t *cohort, size_t n,
                           const double *weight) {
  const size_t total = f->s.table->total;
  double sum = 0, share[CLIENTS], all[CLIENTS];
  const float *update[CLIENTS];
  struct fray_member member[CLIENTS];
  const struct fray_server_round r = {.round = round + 1,
                                      .updates = n,
                                      .clients = CLIENTS,
                                      .groups = f->roster.groups,
                                      .local_lr = f->local.lr,
                                      .number = f->number};
  for (size_t i = 0; i < n; i++)
    sum += weight[i];
  for (size_t i = 0; i < n; i++)
    member[i] = f->member[cohort[i]];
  if (f->ops->weigh)
    f->ops->weigh(f->training.server.algorithm.params, &r, n, member, all);
  for (unsigned v = 0; v <= f->ops->up; v++) {
    for (size_t i = 0; i < n; i++) {
      share[i] = f->ops->weigh ? all[i] : weight[i] / sum;
      update[i] = f->up[cohort[i]][v];
    }
    OK(fray_exact_sum(world, total, n, update, share, n, &f->s.arena, f->mean[v], &err));
  }
  f->ops->step(f->training.server.algorithm.params, &r, total, (const float *const *)f->mean, f->w,
               f->state);
}

#endif
