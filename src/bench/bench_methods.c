/* Algorithms of a federation in the bench: what a client's round costs with each of the registry,
 * beside the first of them, with and without what is the method's own arithmetic.
 *
 * All train the same clients with the same model, a network of vectors, plain steps and every
 * client in every round, so that no method is refused for what it does not take; methods without
 * rounds get a simulated clock, and as many client updates. All sides of a ratio are measured in
 * turn, so that what else the machine does falls on all. */
#include "bench_own.h"
#include "bench_parts.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/data/synth.h"
#include "fray/fed/federation.h"

#include <stdio.h>
#include <string.h>

const char *const bench_all_methods = "servers";

/* Rounds of a repetition: enough for methods whose clients keep something to use it. */
enum { CLIENTS = 16, ROUNDS = 10, BRIEF_ROUNDS = 1 };

struct methods {
  struct fray_arena arena;
  struct fray_dataset *dataset;
  struct fray_features *features;
  struct fray_model *model;
  struct fray_clients clients;
  struct fray_evaluate_config evaluate;
  const struct fray_choice *metric[1];
};

/* One method at work. */
struct subject {
  struct fray_federation federation;
  struct fray_training_config training;
  struct fray_arena arena;
  double updates, flops; /* of a training: clients that trained, over all rounds; operations */
};

/* A whole training, as a trial has it: what starting costs is shared by all rounds. */
static enum fray_status train(void *user, struct fray_err *err) {
  struct subject *s = user;
  struct fray_outcome outcome;
  const struct fray_arena_place mark = fray_arena_mark(&s->arena);
  const enum fray_status status = fray_federate(&s->federation, &s->arena, &outcome, err);
  s->updates = s->flops = 0;
  for (size_t i = 0; status == FRAY_OK && i < outcome.n_rows; i++) {
    s->updates += (double)outcome.row[i].cohort;
    s->flops += outcome.row[i].flops;
  }
  fray_arena_rewind(&s->arena, mark);
  return status;
}

/* A row: a method of the registry, with all clients there or not. */
struct entry {
  const struct fray_choice *method;
  const char *with, *availability; /* behind its name; a key of `training`, or "" */
};

/* Clients that differ in speed, for methods that take answers as they come. */
static const char clock[] = ", availability: {time: {kind: devices, classes: {fast: "
                            "{seconds_per_sample: 1}, slow: {seconds_per_sample: 4, spread: 1}}}}";
/* Half can be reached, and some of those are too late. */
static const char away[] =
    ", availability: {reachable: {kind: bernoulli, p: 0.5}, time: {kind: devices, classes: {fast: "
    "{seconds_per_sample: 1}, slow: {seconds_per_sample: 4, spread: 1}}}, deadline: 300}";

/* What a key without a default stands for: the column of groups, if the method asks for one. */
static const char *needed_keys(const struct fray_choice *method, const struct methods *m,
                               struct fray_arena *arena) {
  const struct fray_algorithm_ops *ops = method->impl;
  const char *text = "";
  for (size_t i = 0; method->table && i < method->table->n; i++)
    if (method->table->fields[i].required && ops->group)
      text = fray_arena_printf(arena, ", %s: %s", method->table->fields[i].key,
                               m->dataset->group[0].name);
  return text;
}

/* Other keys of a method are its defaults. */
static enum fray_status read_keys(struct subject *s, const struct entry *e, const struct methods *m,
                                  struct fray_err *err) {
  struct fray_node *node;
  const struct fray_algorithm_ops *ops = e->method->impl;
  const char *keys = needed_keys(e->method, m, &s->arena);
  const char *yaml =
      keys ? fray_arena_printf(&s->arena,
                               "{rounds: %d, clients_per_round: 1.0, local: {batch: 16, lr: 0.01, "
                               "momentum: 0, weight_decay: 0, clip_norm: 0}, server: {algorithm: "
                               "%s%s}%s}",
                               bench_is_brief() ? BRIEF_ROUNDS : ROUNDS, e->method->name, keys,
                               ops->arrivals ? clock : e->availability)
           : NULL;
  FRAY_CHECK(yaml, err, MEMORY, "out of memory");
  FRAY_TRY(fray_yaml_parse(yaml, e->method->name, &s->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_training_table, node, "", &s->training, &s->arena, err));
  /* As many answers as the others have. */
  const size_t arrivals = fray_algorithm_arrivals(&s->training.server.algorithm);
  if (arrivals)
    s->training.rounds =
        (int64_t)FRAY_MAX(CLIENTS * (size_t)s->training.rounds / arrivals, (size_t)1);
  return FRAY_OK;
}

/* The natural clients of the data; dev and test of a sample each, judged once, at the end. */
static enum fray_status start(struct subject *s, const struct entry *e, const struct methods *m,
                              struct fray_comm *comm, struct fray_err *err) {
  const struct fray_samples one = {.n = 1,
                                   .n_labelled = 1,
                                   .sample = m->clients.data.sample,
                                   .label = m->clients.data.label,
                                   .held = m->clients.data.present,
                                   .present = m->clients.data.present};
  *s = (struct subject){0};
  FRAY_TRY(read_keys(s, e, m, err));
  s->federation = (struct fray_federation){.comm = comm,
                                           .dataset = m->dataset,
                                           .features = m->features,
                                           .model = m->model,
                                           .training = &s->training,
                                           .evaluate = &m->evaluate,
                                           .metrics = m->metric,
                                           .seed = 1,
                                           .clients = &m->clients,
                                           .client_name = m->dataset->client_name,
                                           .dev = one,
                                           .test = one};
  return FRAY_OK;
}

/* Whole clients of the data, so that a column of groups parts them. */
static enum fray_status make_clients(struct methods *m, struct fray_err *err) {
  const struct fray_dataset *d = m->dataset;
  uint32_t *sample, *count;
  size_t *first;
  FRAY_ALLOC(sample, &m->arena, d->n_samples, err);
  FRAY_ALLOC_ZERO(count, &m->arena, d->n_clients, err);
  FRAY_ALLOC_ZERO(first, &m->arena, d->n_clients + 1, err);
  /* Samples of a client lie together. */
  for (size_t i = 0; i < d->n_samples; i++) {
    sample[i] = (uint32_t)i;
    first[d->client[i]] = count[d->client[i]]++ ? first[d->client[i]] : i;
  }
  m->clients = (struct fray_clients){.n = d->n_clients,
                                     .classes = d->n_classes,
                                     .source = d->client_source,
                                     .first = first,
                                     .count = count,
                                     .n_labelled = count,
                                     .data = {.n = d->n_samples,
                                              .n_labelled = d->n_samples,
                                              .sample = sample,
                                              .label = d->label,
                                              .present = d->present}};
  return FRAY_OK;
}

/* Written by what writes shards for tests: vectors, since features cost nothing then. */
static enum fray_status make_data(struct methods *m, const char *folder, struct fray_comm *comm,
                                  struct fray_err *err) {
  struct fray_synth_config synth;
  struct fray_node *node;
  const struct fray_data_config data = {.shards = folder, .cache_mb = 16};
  FRAY_TRY(fray_yaml_parse("{clients: 16, test_clients: 0, dev_fraction: 0, samples: 64, classes: "
                           "10, modalities: [\"feature:128\"]}",
                           "bench", &m->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_synth_table, node, "", &synth, &m->arena, err));
  FRAY_TRY(fray_synth(&synth, folder, err));
  /* Opened as any data set: what is measured is what a study runs. */
  FRAY_TRY(fray_dataset_open(folder, NULL, 0, comm, &m->dataset, err));
  FRAY_TRY(fray_features_open(m->dataset, &data, &m->features, err));
  return make_clients(m, err);
}

/* Large enough that products are most of the work, as in any study; small enough for many batches.
 */
static enum fray_status make_model(struct methods *m, struct fray_err *err) {
  static const char *const names[] = {"feature"};
  struct fray_model_config config;
  struct fray_node *node;
  FRAY_TRY(fray_yaml_parse("{fusion: concat, hidden: 64, head: 0, dropout: 0}", "bench", &m->arena,
                           &node, err));
  FRAY_TRY(fray_schema_read(&fray_model_table, node, "model", &config, &m->arena, err));
  /* Judged once, at the end of all rounds, by whatever metric comes first. */
  m->metric[0] = fray_metrics.v[0];
  const char *evaluate = fray_arena_printf(
      &m->arena, "{every: 1000, metrics: [%s], test: selected}", m->metric[0]->name);
  FRAY_CHECK(evaluate, err, MEMORY, "out of memory");
  FRAY_TRY(fray_yaml_parse(evaluate, "bench", &m->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_evaluate_table, node, "evaluate", &m->evaluate, &m->arena, err));
  return fray_model_new(&config,
                        &(struct fray_model_data){1, m->dataset->n_classes, names,
                                                  fray_features_shape(m->features, 0), NULL},
                        &m->model, err);
}

/* A message begins with the place in a file, which here is none. */
static const char *without_place(const struct fray_choice *method, const char *text) {
  const size_t n = strlen(method->name);
  return strncmp(text, method->name, n) == 0 && strncmp(text + n, ":1: ", 4) == 0 ? text + n + 4
                                                                                  : text;
}

/* In turn with the first and with the yardstick. Of a client: trainings may differ in how many
 * come. */
static enum fray_status measure_beside(const struct methods *m, struct subject *first,
                                       struct subject *s, struct fray_bench_method *out,
                                       struct fray_err *err) {
  const struct bench_own_plan plan = {.comm = s->federation.comm,
                                      .model = m->model,
                                      .features = m->features,
                                      .training = &s->training,
                                      .clients = &m->clients,
                                      .n_modalities = m->dataset->n_modalities,
                                      .rounds = (size_t)s->training.rounds,
                                      .visits = (size_t)s->updates,
                                      .flops = first->flops / first->updates,
                                      .more =
                                          s->flops - first->flops / first->updates * s->updates};
  struct bench_own own;
  struct bench_beside beside = {0};
  /* What is left of the ratio when the method's own arithmetic is taken off is the engine's. */
  enum fray_status status = bench_own_start(&plan, &own, err);
  const struct bench_part part = {bench_own_is_some(&own) ? bench_own_work : NULL, &own};
  if (status == FRAY_OK)
    status = bench_time_beside(train, first, s, &part, &beside, err);
  bench_own_end(&own);
  /* Ratios are of whole trainings; those of a client take as many updates for both. */
  const double each = first->updates / s->updates;
  out->client_us = bench_scaled(beside.seconds, 1e6 / s->updates);
  out->ratio = bench_scaled(beside.ratio, each);
  out->own = bench_scaled(beside.part, each);
  out->beyond = bench_scaled(beside.beyond, each);
  return status;
}

/* Of a client in a round, and how many times that of the first method. What cannot be run with
 * these keys is no fault of the bench: the row says why. */
static enum fray_status measure(const struct entry *e, const struct methods *m,
                                struct fray_comm *comm, struct subject *first,
                                struct fray_bench_method *out, struct fray_err *err) {
  struct subject s;
  *out = (struct fray_bench_method){.why = ""};
  snprintf(out->name, sizeof out->name, "%s%s", e->method->name, e->with);
  enum fray_status status = start(&s, e, m, comm, err);
  /* Once before anything is timed: what a method refuses it refuses now. */
  if (status == FRAY_OK)
    status = train(&s, err);
  if (status == FRAY_INPUT) {
    snprintf(out->why, sizeof out->why, "%.*s", (int)sizeof out->why - 1,
             without_place(e->method, err->text));
    status = FRAY_OK;
  } else if (status == FRAY_OK) {
    status = measure_beside(m, first, &s, out, err);
  }
  fray_arena_free(&s.arena);
  return status;
}

/* The first method with its updates coded: what is more of its time is the coder's. */
static enum fray_status measure_coders(const struct methods *m, struct fray_comm *comm,
                                       struct subject *first, struct fray_bench *out,
                                       struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; i < fray_compressions.n && status == FRAY_OK; i++) {
    const struct fray_choice *coder = fray_compressions.v[i];
    char with[64], key[128];
    snprintf(with, sizeof with, ", %s", coder->name);
    snprintf(key, sizeof key, ", compression: %s", coder->name);
    const struct entry entry = {fray_algorithms.v[0], with, key};
    /* One that codes nothing is the first itself. */
    if (((const struct fray_coder_ops *)coder->impl)->code)
      status = measure(&entry, m, comm, first, &out->method[out->n_methods++], err);
  }
  return status;
}

/* The first with sums on a public grid, open and masked: what is more of the latter's time are
 * masks, of which each client makes one with each of the others. */
static enum fray_status measure_sums(const struct methods *m, struct fray_comm *comm,
                                     struct subject *first, struct fray_bench *out,
                                     struct fray_err *err) {
  static const struct {
    const char *with, *key;
  } each[] = {{", on a grid", ", secure_aggregation: {protocol: open}"},
              {", masked", ", secure_aggregation: {protocol: masked}"}};
  for (size_t i = 0; i < FRAY_COUNT(each); i++) {
    const struct entry entry = {fray_algorithms.v[0], each[i].with, each[i].key};
    FRAY_TRY(measure(&entry, m, comm, first, &out->method[out->n_methods++], err));
  }
  return FRAY_OK;
}

/* The first is measured beside itself: its ratio says how far two equal things are from 1 here. */
static enum fray_status measure_all(const struct methods *m, struct fray_comm *comm,
                                    struct fray_bench *out, struct fray_err *err) {
  struct subject first;
  const struct entry plain = {fray_algorithms.v[0], "", ""},
                     some = {fray_algorithms.v[0], ", half away", away};
  enum fray_status status = start(&first, &plain, m, comm, err);
  if (status == FRAY_OK)
    status = train(&first, err);
  /* In the order of the registry. */
  for (size_t i = 0; i < fray_algorithms.n && status == FRAY_OK; i++)
    status = measure(&(struct entry){fray_algorithms.v[i], "", ""}, m, comm, &first,
                     &out->method[out->n_methods++], err);
  if (status == FRAY_OK)
    status = measure_coders(m, comm, &first, out, err);
  if (status == FRAY_OK)
    status = measure_sums(m, comm, &first, out, err);
  if (status == FRAY_OK)
    status = measure(&some, m, comm, &first, &out->method[out->n_methods++], err);
  fray_arena_free(&first.arena);
  return status;
}

/* The folder is the caller's, who removes it. */
enum fray_status bench_methods(const char *folder, struct fray_comm *comm, struct fray_bench *out,
                               struct fray_err *err) {
  struct methods m = {0};
  enum fray_status status = make_data(&m, folder, comm, err);
  if (status == FRAY_OK)
    status = make_model(&m, err);
  if (status == FRAY_OK)
    status = measure_all(&m, comm, out, err);
  fray_model_free(m.model);
  fray_features_close(m.features);
  fray_dataset_close(m.dataset);
  fray_arena_free(&m.arena);
  return status;
}
