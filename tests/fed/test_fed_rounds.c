/* Four rounds of the reference federation with given cohorts and batches: fed_avg, fed_opt,
 * fed_prox and scaffold of FedMultimodal in PyTorch 1.13. tests/fixtures/fed_rounds.h5, or the file
 * of that name in the folder that FRAY_FIXTURES names. Local losses and the global model after each
 * round must agree to 1e-4 of the largest value of each tensor. */
#include "fixture_scene.h"
#include "fray/base/size.h"
#include "fray/fed/algorithm.h"
#include "fray/fed/exact.h"
#include "scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS = 8, COHORT = 4, ROUNDS = 4, TIME = 32, CHANNELS = 3, CLASSES = 4 };

static size_t length_of(struct scene *s, const char *path) {
  int rank;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text;
  OK(fray_h5_shape(s->file, path, &rank, dims, &is_text, &err));
  return dims[0];
}

static float *read_floats(struct scene *s, const char *path, size_t n) {
  float *x = take(s, n, sizeof *x);
  OK(fray_h5_read(s->file, path, FRAY_H5_F32, x, n, &err));
  return x;
}

static int64_t *read_ints(struct scene *s, const char *path, size_t n) {
  int64_t *x = take(s, n, sizeof *x);
  OK(fray_h5_read(s->file, path, FRAY_H5_I64, x, n, &err));
  return x;
}

/* ---- the clients' data as a shard ---- */

static struct fray_modality modality(const char *name) {
  return (struct fray_modality){.name = name,
                                .unit = "",
                                .kind = FRAY_SERIES,
                                .rate = 50,
                                .channels = CHANNELS,
                                .time = TIME};
}

static void append_values(struct scene *s, struct fray_shard_writer *writer) {
  char path[64];
  for (size_t c = 0; c < CLIENTS; c++) {
    for (size_t m = 0; m < 2; m++) {
      snprintf(path, sizeof path, "client/%zu/%c", c, (int)('a' + m));
      const float *x = read_floats(s, path, s->count[c] * TIME * CHANNELS);
      for (size_t i = 0; i < s->count[c]; i++)
        OK(fray_shard_append(writer, m, x + i * TIME * CHANNELS, TIME, &err));
    }
  }
}

static void write_shard(struct scene *s, const char *path) {
  size_t n = 0;
  int64_t first[CLIENTS], count[CLIENTS];
  const char *names[CLIENTS];
  char where[64];
  for (size_t c = 0; c < CLIENTS; c++) {
    snprintf(where, sizeof where, "client/%zu/y", c);
    s->count[c] = length_of(s, where);
    s->first[c] = n;
    first[c] = (int64_t)n;
    count[c] = (int64_t)s->count[c];
    names[c] = fray_arena_printf(&s->arena, "client-%zu", c);
    n += s->count[c];
  }
  s->first[CLIENTS] = n;
  int32_t *label = take(s, n, sizeof *label);
  const char **id = take(s, n, sizeof *id);
  uint8_t *present = take(s, n, 1);
  for (size_t c = 0; c < CLIENTS; c++) {
    snprintf(where, sizeof where, "client/%zu/y", c);
    const int64_t *y = read_ints(s, where, s->count[c]);
    for (size_t i = 0; i < s->count[c]; i++)
      label[s->first[c] + i] = (int32_t)y[i];
  }
  for (size_t i = 0; i < n; i++) {
    id[i] = fray_arena_printf(&s->arena, "sample-%zu", i);
    present[i] = 3;
  }
  const char *const classes[CLASSES] = {"0", "1", "2", "3"};
  struct fray_shard_plan plan = {.dataset = "fed_rounds",
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
                                 .n_modalities = 2,
                                 .modality = {modality("acc"), modality("gyro")},
                                 .present = present};
  struct fray_shard_writer *writer;
  OK(fray_shard_create(path, &plan, &writer, &err));
  append_values(s, writer);
  OK(fray_shard_finish(writer, &err));
}

/* ---- configuration, through the same tables as a scenario ---- */

static void open_scene(struct scene *s, const char *fixture) {
  char path[128], yaml[256];
  struct fray_data_config data;
  struct fray_model_config model;
  scratch(s->folder, "fray-fed-rounds-XXXXXX");
  assert_non_null(mkdtemp(s->folder));
  OK(fray_h5_open(fixture, &s->file, &err));
  snprintf(path, sizeof path, "%s/part.h5", s->folder);
  write_shard(s, path);
  snprintf(yaml, sizeof yaml,
           "{shards: %s, features: {acc: {standardise: none}, gyro: {standardise: none}}}", path);
  read_section(s, &fray_data_table, yaml, &data);
  OK(fray_dataset_open(path, NULL, 0, world, &s->dataset, &err));
  OK(fray_features_open(s->dataset, &data, &s->features, &err));
  read_section(s, &fray_model_table,
               "{fusion: attention, heads: 2, units: 512, hidden: 12, dropout: 0, encoders: "
               "{acc: {kind: conv_gru, filters: [4, 8, 16]}, gyro: {kind: conv_gru, filters: [4, "
               "8, 16]}}}",
               &model);
  struct fray_feature_shape shapes[2] = {*fray_features_shape(s->features, 0),
                                         *fray_features_shape(s->features, 1)};
  OK(fray_model_new(
      &model,
      &(struct fray_model_data){2, CLASSES, (const char *const[]){"acc", "gyro"}, shapes, NULL},
      &s->model, &err));
  s->table = fray_model_params(s->model);
  read_section(s, &fray_local_table,
               "{epochs: 1, batch: 5, lr: 0.05, momentum: 0.9, weight_decay: 1e-5, clip_norm: 10}",
               &s->local);
  list_clients(s, CLIENTS);
}

/* ---- PyTorch's names and layouts ---- */

static const char *their_name(struct scene *s, const char *group, const char *ours) {
  const char *rest = strchr(ours, '.') + 1;
  int stem = (int)(rest - 1 - ours);
  if (strncmp(ours, "fusion.", 7) == 0)
    return fray_arena_printf(&s->arena, "%s/fuse_att.%s", group, rest);
  if (strncmp(ours, "head.hidden.", 12) == 0)
    return fray_arena_printf(&s->arena, "%s/classifier.0.%s", group, ours + 12);
  if (strncmp(ours, "head.classes.", 13) == 0)
    return fray_arena_printf(&s->arena, "%s/classifier.3.%s", group, ours + 13);
  if (strncmp(rest, "gru.", 4) == 0)
    return fray_arena_printf(&s->arena, "%s/%.*s_rnn.%s_l0", group, stem, ours, rest + 4);
  return fray_arena_printf(&s->arena, "%s/%.*s_conv.%s", group, stem, ours, rest);
}

/* (filters, channels, kernel) becomes (filters, kernel, channels). */
static const float *read_tensor(struct scene *s, const char *group, const struct fray_param *p) {
  float *x = read_floats(s, their_name(s, group, p->name), p->size);
  if (p->shape[2] == 1)
    return x;
  size_t kernel = p->shape[1], channels = p->shape[2];
  float *turned = take(s, p->size, sizeof *turned);
  for (size_t i = 0; i < p->shape[0]; i++)
    for (size_t k = 0; k < kernel; k++)
      for (size_t c = 0; c < channels; c++)
        turned[(i * kernel + k) * channels + c] = x[(i * channels + c) * kernel + k];
  return turned;
}

static void compare_global(struct scene *s, const char *group, const float *w) {
  for (size_t i = 0; i < s->table->n; i++) {
    const struct fray_param *p = &s->table->v[i];
    const float *expected = read_tensor(s, group, p);
    double worst = 0.0, largest = 0.0;
    for (size_t k = 0; k < p->size; k++) {
      const double off = fabs((double)w[p->offset + k] - (double)expected[k]);
      const double size = fabs((double)expected[k]);
      worst = off > worst || isnan(off) ? off : worst;
      largest = size > largest ? size : largest;
    }
    if (!(worst <= 1e-4 * largest))
      fail_msg("%s %s: differs by %g of %g", group, p->name, worst, largest);
  }
}

/* ---- the rounds ---- */

struct federation {
  struct scene s;
  struct fray_trainer trainer;
  struct fray_server_config server;
  const struct fray_algorithm_ops *ops;
  float *w, *mean[2], *state[1], *kept[CLIENTS][1];
};

/* One client's visit; checks the mean loss of its batches. */
static void train_client(struct federation *f, const char *rule, size_t round, size_t c,
                         float *const *up) {
  struct scene *s = &f->s;
  const struct fray_client *client = &s->client[c];
  struct fray_client_result result;
  char path[96];
  snprintf(path, sizeof path, "order/%zu/%zu", round, c);
  const int64_t *given = read_ints(s, path, client->data.n);
  uint32_t *order = take(s, client->data.n, sizeof *order);
  for (size_t i = 0; i < client->data.n; i++)
    order[i] = (uint32_t)given[i];
  struct fray_visit v = {.algorithm = &f->server.algorithm,
                         .source = client->source,
                         .seed = 1,
                         .round = round,
                         .data = client->data,
                         .work = 1,
                         .order = order,
                         .global = f->w,
                         .down = (const float *const *)f->state,
                         .kept = f->kept[c],
                         .up = up};
  OK(fray_client_visit(&f->trainer, &v, &result, &err));
  assert_true(result.finite);
  snprintf(path, sizeof path, "%s/round%zu/client%zu/mean_batch_loss", rule, round, c);
  const double expected = (double)*read_floats(s, path, 1);
  if (!(fabs(result.loss_sum / (double)result.batches - expected) <= 1e-4 * fabs(expected)))
    fail_msg("%s: %g, expected %g", path, result.loss_sum / (double)result.batches, expected);
}

static void train_round(struct federation *f, const char *rule, size_t round) {
  struct scene *s = &f->s;
  char path[96];
  snprintf(path, sizeof path, "cohort/%zu", round);
  const int64_t *cohort = read_ints(s, path, COHORT);
  const size_t total = s->table->total;
  float *up[2][COHORT];
  double weight[COHORT], all = 0.0;
  const struct fray_visit_facts facts = {0};
  for (size_t k = 0; k < COHORT; k++) {
    const double samples = (double)s->client[cohort[k]].data.n;
    for (size_t v = 0; v < 2; v++)
      up[v][k] = take(s, total, sizeof(float));
    train_client(f, rule, round, (size_t)cohort[k], (float *[]){up[0][k], up[1][k]});
    weight[k] = f->ops->weight ? f->ops->weight(f->server.algorithm.params, &facts) : samples;
    all += weight[k];
  }
  for (size_t k = 0; k < COHORT; k++)
    weight[k] /= all;
  for (unsigned v = 0; v <= f->ops->up; v++)
    OK(fray_exact_sum(world, total, COHORT, (const float *const *)up[v], weight, COHORT, &s->arena,
                      f->mean[v], &err));
}

static void follow(const char *fixture, const char *rule, const char *server_yaml) {
  struct federation f = {0};
  struct scene *s = &f.s;
  open_scene(s, fixture);
  read_section(s, &fray_server_table, server_yaml, &f.server);
  f.ops = fray_algorithm_of(&f.server);
  OK(fray_trainer_start(&f.trainer, s->model, s->features, 2, &s->local, &err));
  const size_t total = s->table->total;
  f.w = take(s, total, sizeof(float));
  f.state[0] = take(s, total, sizeof(float));
  for (size_t v = 0; v < 2; v++)
    f.mean[v] = take(s, total, sizeof(float));
  for (size_t c = 0; c < CLIENTS; c++)
    f.kept[c][0] = take(s, total, sizeof(float));
  for (size_t i = 0; i < s->table->n; i++)
    memcpy(f.w + s->table->v[i].offset, read_tensor(s, "initial", &s->table->v[i]),
           s->table->v[i].size * sizeof *f.w);
  for (size_t round = 0; round < ROUNDS; round++) {
    char group[64];
    train_round(&f, rule, round);
    const struct fray_server_round r = {
        .round = round + 1, .updates = COHORT, .clients = CLIENTS, .local_lr = s->local.lr};
    f.ops->step(f.server.algorithm.params, &r, total, (const float *const *)f.mean, f.w, f.state);
    snprintf(group, sizeof group, "%s/round%zu/global", rule, round);
    compare_global(s, group, f.w);
  }
  fray_trainer_end(&f.trainer);
  close_scene(s);
}

static char fixture[4096];

static void fed_avg(void **state) {
  (void)state;
  follow(fixture, "fed_avg", "{algorithm: fedavg}");
}

static void fed_opt(void **state) {
  (void)state;
  follow(fixture, "fed_opt", "{algorithm: fedopt, lr: 0.025, momentum: 0.9}");
}

/* The same rule in the literature's terms: server step lr / local lr = 0.5. */
static void fed_opt_is_fedavgm_with_half_a_step(void **state) {
  (void)state;
  follow(fixture, "fed_opt", "{algorithm: fedavgm, lr: 0.5, momentum: 0.9}");
}

/* Its optimiser adds the term to the momentum buffer in place: the sum is that of a gradient which
 * had it before. */
static void fed_prox(void **state) {
  (void)state;
  follow(fixture, "fed_prox", "{algorithm: fedprox, mu: 0.01}");
}

/* Option II although momentum, weight decay and clipping bend the way from which controls are read.
 */
static void scaffold_as_fedmultimodal_runs_it(void **state) {
  (void)state;
  follow(fixture, "scaffold", "{algorithm: scaffold, compat: true}");
}

/* Without bias of the classes in training, absent classes at 0.9. */
static void fed_rs(void **state) {
  (void)state;
  follow(fixture, "fed_rs", "{algorithm: fedrs, alpha: 0.9}");
}

int main(int argc, char **argv) {
  const char *folder = getenv("FRAY_FIXTURES");
  snprintf(fixture, sizeof fixture, "%s/fed_rounds.h5",
           folder ? folder : FRAY_SOURCE_DIR "/tests/fixtures");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fed_avg),
      cmocka_unit_test(fed_opt),
      cmocka_unit_test(fed_opt_is_fedavgm_with_half_a_step),
      cmocka_unit_test(fed_prox),
      cmocka_unit_test(scaffold_as_fedmultimodal_runs_it),
      cmocka_unit_test(fed_rs),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), NULL, NULL);
}
