/* Six rounds of a small federation of softmax regressions with given cohorts and batches, computed
 * apart from fray in float64 from the papers' formulas: clients' models, global models and what
 * clients and server keep must agree in each round to 1e-5 of the largest value (in float32 the
 * reference itself drifts by 3e-8 to 3e-7). tests/fixtures/fed_softmax.h5. */
#include "fixture_scene.h"
#include "fray/base/size.h"
#include "fray/fed/exact.h"

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

static size_t shape_of(struct scene *s, const char *path, size_t dims[FRAY_H5_MAX_RANK]) {
  int rank;
  bool is_text;
  OK(fray_h5_shape(s->file, path, &rank, dims, &is_text, &err));
  size_t n = 1;
  for (int i = 0; i < rank; i++)
    n *= dims[i];
  return n;
}

static double *reals(struct scene *s, const char *path) {
  size_t dims[FRAY_H5_MAX_RANK];
  const size_t n = shape_of(s, path, dims);
  double *x = take(s, n, sizeof *x);
  OK(fray_h5_read(s->file, path, FRAY_H5_F64, x, n, &err));
  return x;
}

static int64_t *integers(struct scene *s, const char *path, size_t *n) {
  size_t dims[FRAY_H5_MAX_RANK];
  *n = shape_of(s, path, dims);
  int64_t *x = take(s, *n, sizeof *x);
  OK(fray_h5_read(s->file, path, FRAY_H5_I64, x, *n, &err));
  return x;
}

/* ---- the data as a shard, the model through the tables of a scenario ---- */

static void append_values(struct scene *s, struct fray_shard_writer *writer) {
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

static void write_shard(struct scene *s, const char *path) {
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

static void open_scene(struct scene *s, const struct reference *reference) {
  char path[256], yaml[320];
  struct fray_data_config data;
  struct fray_model_config model;
  strcpy(s->folder, "/tmp/fray-softmax-XXXXXX");
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
static void from_theirs(const struct scene *s, const double *theirs, float *ours) {
  memset(ours, 0, s->table->total * sizeof *ours);
  for (size_t i = 0, at = 0; i < s->table->n; at += s->table->v[i++].size)
    for (size_t k = 0; k < s->table->v[i].size; k++)
      ours[s->table->v[i].offset + k] = (float)theirs[at + k];
}

static void compare(const struct scene *s, const char *what, size_t round, size_t client,
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

static double largest(const double *x, size_t n) {
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
  bool came[CLIENTS];
  struct fray_member member[CLIENTS];
};

/* Where the reference keeps a state, and where the method does. */
struct held {
  const char *dataset;
  enum { SERVER, CLIENT, NUMBERS } with;
  size_t k;      /* vector */
  size_t n;      /* NUMBERS: how many */
  bool before;   /* the reference has the state before round 0 as well, or each of rounds */
  double factor; /* that makes theirs of ours; 0: 1 */
};

static void start(struct federation *f, const struct reference *reference, const char *yaml) {
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

static void end(struct federation *f) {
  fray_trainer_end(&f->trainer);
  close_scene(&f->s);
}

static double visit(struct federation *f, size_t round, size_t c, size_t epochs) {
  struct scene *s = &f->s;
  char path[64];
  size_t n;
  snprintf(path, sizeof path, "order/%zu/%zu", round, c);
  const int64_t *given = integers(s, path, &n);
  uint32_t *order = take(s, n, sizeof *order);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)given[i];
  f->local.epochs = (int64_t)epochs;
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

static void combine(struct federation *f, size_t round, const int64_t *cohort, size_t n,
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

static void compare_numbers(const char *what, size_t round, size_t n, const double *ours,
                            const double *theirs) {
  for (size_t i = 0; i < n; i++)
    if (!(fabs(ours[i] - theirs[i]) <= 1e-5 * largest(theirs, n)))
      fail_msg("%s, round %zu: number %zu is %.9g, not %.9g", what, round, i, ours[i], theirs[i]);
}

/* What a client keeps, as its own model if it has one: that is something before it ever came. */
static const float *kept_of(struct federation *f, size_t c, size_t k) {
  struct scene *s = &f->s;
  if (!f->ops->personal)
    return f->kept[c][k];
  float *w = take(s, s->table->total, sizeof *w);
  const struct fray_own_model of = {.table = s->table,
                                    .global = f->w,
                                    .initial = f->initial,
                                    .kept = f->kept[c],
                                    .came = f->came[c]};
  f->ops->personal(f->training.server.algorithm.params, &of, w);
  return w;
}

/* What server and clients keep after the round. A client's state is compared relative to the
 * largest of all clients. */
static void compare_held(struct federation *f, const char *group, size_t round,
                         const struct held *held) {
  struct scene *s = &f->s;
  const size_t row = round + held->before, P = s->table->count;
  const double factor = held->factor != 0 ? held->factor : 1;
  const double *theirs = reals(s, fray_arena_printf(&s->arena, "%s/%s", group, held->dataset));
  if (held->with == NUMBERS)
    compare_numbers(held->dataset, round, held->n, f->number, theirs + row * held->n);
  if (held->with == SERVER)
    compare(s, held->dataset, round, 0, f->state[held->k], factor, theirs + row * P,
            largest(theirs + row * P, P));
  const double *each = theirs + row * CLIENTS * P;
  for (size_t c = 0; held->with == CLIENT && c < CLIENTS; c++)
    compare(s, held->dataset, round, c, kept_of(f, c, held->k), factor, each + c * P,
            largest(each, CLIENTS * P));
}

/* Of scaffold c is the mean of c_k, of feddyn h that of G_k: over all clients, those that never
 * came too. */
static void controls_are_a_mean(struct federation *f, const char *group, size_t round) {
  (void)group, (void)round;
  for (size_t i = 0; i < f->s.table->total; i++) {
    double mean = 0, scale = 0;
    for (size_t k = 0; k < CLIENTS; k++) {
      mean += (double)f->kept[k][0][i] / CLIENTS;
      scale = fmax(scale, fabs((double)f->kept[k][0][i]));
    }
    assert_true(fabs(mean - (double)f->state[0][i]) <= 1e-6 * fmax(scale, 1e-3));
  }
}

/* A group of the fixture may leave the given cohorts aside. */
static bool all_take_part(const double *models, size_t P) {
  bool all = true;
  for (size_t c = 0; c < CLIENTS; c++)
    all = all && !isnan(models[c * P]);
  return all;
}

/* training: the keys beside the batch, rate and epochs of the fixture. */
static void follow_of(const struct reference *reference, const char *group, bool uneven,
                      const char *local, const char *server, const struct held *held, size_t n_held,
                      void (*law)(struct federation *, const char *group, size_t round)) {
  struct federation f;
  struct scene *s = &f.s;
  char yaml[512];
  snprintf(yaml, sizeof yaml, "{local: {batch: 4, lr: 0.1, epochs: 2, %s}, server: %s}", local,
           server);
  start(&f, reference, yaml);
  const size_t P = s->table->count;
  const double *global = reals(s, fray_arena_printf(&s->arena, "%s/global", group));
  const double *models = reals(s, fray_arena_printf(&s->arena, "%s/local", group));
  size_t many;
  const int64_t *epochs = integers(s, "epochs_uneven", &many);
  for (size_t round = 0; round < ROUNDS; round++) {
    char path[64];
    size_t n;
    double weight[CLIENTS];
    float *w = take(s, s->table->total, sizeof *w);
    static const int64_t everybody[CLIENTS] = {0, 1, 2, 3, 4, 5};
    snprintf(path, sizeof path, "cohort/%zu", round);
    const int64_t *cohort = integers(s, path, &n);
    if (all_take_part(models + round * CLIENTS * P, P)) {
      cohort = everybody;
      n = CLIENTS;
    }
    const double scale = largest(global + (round + 1) * P, P);
    for (size_t i = 0; i < n; i++) {
      const size_t c = (size_t)cohort[i];
      weight[i] = visit(&f, round, c, uneven ? (size_t)epochs[round * CLIENTS + c] : 2);
      for (size_t k = 0; k < s->table->total; k++)
        w[k] = f.w[k] + f.up[c][0][k];
      compare(s, group, round, c, w, 1, models + (round * CLIENTS + c) * P, scale);
    }
    combine(&f, round, cohort, n, weight);
    compare(s, group, round, 99, f.w, 1, global + (round + 1) * P, scale);
    for (size_t k = 0; k < n_held; k++)
      compare_held(&f, group, round, &held[k]);
    if (law)
      law(&f, group, round);
  }
  end(&f);
}

static void follow_with(const char *group, bool uneven, const char *local, const char *server,
                        const struct held *held, size_t n_held,
                        void (*law)(struct federation *, const char *group, size_t round)) {
  follow_of(&softmax, group, uneven, local, server, held, n_held, law);
}

static void follow(const char *group, bool uneven, const char *local, const char *server) {
  follow_with(group, uneven, local, server, NULL, 0, NULL);
}

#define PLAIN "momentum: 0, weight_decay: 0, clip_norm: 0"

static void fedavg(void **state) {
  (void)state;
  follow("fedavg", false, PLAIN, "{algorithm: fedavg}");
  follow("fedavg_uneven", true, PLAIN, "{algorithm: fedavg}");
  follow("fedavg_local_momentum", false, "momentum: 0.9, weight_decay: 1e-3, clip_norm: 0",
         "{algorithm: fedavg}");
  follow("fedavg_clip", false, "momentum: 0, weight_decay: 0, clip_norm: 0.5",
         "{algorithm: fedavg}");
}

static void fedavgm(void **state) {
  (void)state;
  follow("fedavgm", false, PLAIN, "{algorithm: fedavgm, lr: 0.5, momentum: 0.9}");
}

static void fedprox(void **state) {
  (void)state;
  follow("fedprox", false, PLAIN, "{algorithm: fedprox, mu: 0.1}");
  follow("fedprox_uneven", true, PLAIN, "{algorithm: fedprox, mu: 1}");
}

static void scaffold(void **state) {
  (void)state;
  static const struct held held[] = {{"c", SERVER, 0, 0, true, 1},
                                     {"c_client", CLIENT, 0, 0, true, 1}};
  static const struct {
    const char *group, *server;
  } each[] = {{"scaffold", "{algorithm: scaffold}"},
              {"scaffold_lr_half", "{algorithm: scaffold, lr: 0.5}"},
              {"scaffold_option1", "{algorithm: scaffold, option: 1}"},
              {"scaffold_uneven", "{algorithm: scaffold}"}};
  for (size_t i = 0; i < FRAY_COUNT(each); i++)
    follow_with(each[i].group, i == 3, PLAIN, each[i].server, held, FRAY_COUNT(held),
                controls_are_a_mean);
}

static void fednova(void **state) {
  (void)state;
  follow("fednova", true, PLAIN, "{algorithm: fednova}");
  follow("fednova_equal", false, PLAIN, "{algorithm: fednova}");
  follow("fednova_momentum", true, "momentum: 0.9, weight_decay: 0, clip_norm: 0",
         "{algorithm: fednova}");
  follow("fednova_prox", true, PLAIN, "{algorithm: fednova, mu: 0.5}");
}

static void adaptive_servers(void **state) {
  (void)state;
  static const struct held held[] = {{"server_m", SERVER, 0, 0, false, 1},
                                     {"server_v", SERVER, 1, 0, false, 1}};
  static const struct {
    const char *group, *server;
  } each[] = {{"fedadam", "{algorithm: fedadam, lr: 0.03}"},
              {"fedadam_v0_zero", "{algorithm: fedadam, lr: 0.03, v0: zero}"},
              {"fedyogi", "{algorithm: fedyogi, lr: 0.03}"},
              {"fedadagrad", "{algorithm: fedadagrad, lr: 0.03}"}};
  for (size_t i = 0; i < FRAY_COUNT(each); i++)
    follow_with(each[i].group, false, PLAIN, each[i].server, held, FRAY_COUNT(held), NULL);
}

/* The mean of the cohort's models, which the authors report as well, is the served model less what
 * the server keeps. */
static void served_less_kept_is_the_mean(struct federation *f, const char *group, size_t round) {
  struct scene *s = &f->s;
  const size_t P = s->table->count;
  const double *mean =
      reals(s, fray_arena_printf(&s->arena, "%s/mean_of_clients", group)) + round * P;
  float *ours = take(s, s->table->total, sizeof *ours);
  for (size_t i = 0; i < s->table->total; i++)
    ours[i] = f->w[i] - f->state[0][i];
  compare(s, "mean_of_clients", round, 99, ours, 1, mean, largest(mean, P));
  controls_are_a_mean(f, group, round);
}

static void feddyn(void **state) {
  (void)state;
  /* Sums of updates are kept: G_k = -alpha times them. */
  static const struct held paper[] = {{"h", SERVER, 0, 0, true, -0.1},
                                      {"grad_client", CLIENT, 0, 0, true, -0.1}};
  static const struct held authors[] = {{"local_sum", CLIENT, 0, 0, true, 1}};
  follow_with("feddyn", false, PLAIN, "{algorithm: feddyn, alpha: 0.1}", paper, FRAY_COUNT(paper),
              served_less_kept_is_the_mean);
  follow_with("feddyn_code", false, "momentum: 0, weight_decay: 0, clip_norm: 10",
              "{algorithm: feddyn, alpha: 0.1, compat: authors}", authors, FRAY_COUNT(authors),
              served_less_kept_is_the_mean);
}

static void fair_means(void **state) {
  (void)state;
  static const struct held lambda[] = {{"lambda", NUMBERS, 0, CLIENTS, true, 1}};
  static const struct held q[] = {{"q", NUMBERS, 0, 3, true, 1}};
  follow("qffl", false, PLAIN, "{algorithm: qfedavg, q: 1}");
  follow("qffl_q2", false, PLAIN, "{algorithm: qfedavg, q: 2}");
  follow("qffl_q0", false, PLAIN, "{algorithm: qfedavg, q: 0}");
  follow_with("afl", false, PLAIN, "{algorithm: afl, lr_lambda: 0.1}", lambda, 1, NULL);
  follow_with("groupdro", false, PLAIN, "{algorithm: groupdro, group: any, eta: 0.5}", q, 1, NULL);
}

static void fedrs(void **state) {
  (void)state;
  follow("fedrs", false, PLAIN, "{algorithm: fedrs}");
  follow("fedrs_bias", false, PLAIN, "{algorithm: fedrs, bias: true}");
}

/* In round 1 nobody has a model of before: it is fedavg's. The client's model stays with it. */
static void keeps_its_last_model(struct federation *f, const char *group, size_t round) {
  struct scene *s = &f->s;
  const size_t P = s->table->count;
  const double *models = reals(s, fray_arena_printf(&s->arena, "%s/local", group));
  const double *plain = reals(s, "fedavg/global"), *ours = reals(s, "moon/global");
  for (size_t c = 0; c < CLIENTS; c++)
    for (size_t r = round + 1; r-- > 0;) {
      const double *last = models + (r * CLIENTS + c) * P;
      if (isnan(last[0]))
        continue;
      compare(s, "last model", round, c, f->kept[c][0], 1, last, largest(last, P));
      break;
    }
  for (size_t i = 0; round == 0 && i < P; i++)
    assert_true(fabs(plain[P + i] - ours[P + i]) < 1e-12);
}

static void moon(void **state) {
  (void)state;
  follow_of(&mlp, "fedavg", false, PLAIN, "{algorithm: fedavg}", NULL, 0, NULL);
  follow_of(&mlp, "moon", false, PLAIN, "{algorithm: moon, mu: 1, temperature: 0.5}", NULL, 0,
            keeps_its_last_model);
}

static void ditto(void **state) {
  (void)state;
  static const struct held held[] = {{"personal", CLIENT, 0, 0, true, 1}};
  follow_with("ditto", false, PLAIN, "{algorithm: ditto, lambda: 0.5}", held, 1, NULL);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fedavg),   cmocka_unit_test(fedavgm),    cmocka_unit_test(fedprox),
      cmocka_unit_test(scaffold), cmocka_unit_test(fednova),    cmocka_unit_test(adaptive_servers),
      cmocka_unit_test(feddyn),   cmocka_unit_test(fair_means), cmocka_unit_test(fedrs),
      cmocka_unit_test(moon),     cmocka_unit_test(ditto),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), NULL, NULL);
}
