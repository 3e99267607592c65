/* The bench: the machine, and everything around the models.
 *
 * All on one core and on data that the bench makes itself, so that two machines, or two versions
 * on one machine, can be compared by numbers alone. */
#include "fray/bench/bench.h"

#include "bench_parts.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/corrupt/corrupt.h"
#include "fray/data/synth.h"
#include "fray/fed/client.h"
#include "fray/fed/compression.h"
#include "fray/fed/rule.h"
#include "fray/signal/logmel.h"
#include "fray/tensor/peak.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- machine ---- */

/* Linux says it; elsewhere, or on processors that have no such line, the numbers stand without a
 * name. */
static void read_cpu_name(char *out, size_t size) {
  char line[256];
  snprintf(out, size, "unknown");
  FILE *file = fopen("/proc/cpuinfo", "r");
  while (file && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !colon)
      continue;
    colon += 1 + strspn(colon + 1, " \t");
    snprintf(out, size, "%.*s", (int)strcspn(colon, "\n"), colon);
    break;
  }
  if (file)
    fclose(file);
}

/* The triad has its b and c in the halves of `from`, so its arrays are half as long. */
enum { COPY_BYTES = 128 << 20, TRIAD_FLOATS = COPY_BYTES / 2 / 4 };
struct buffers {
  char *from, *to;
};

/* Far larger than any cache, so what is timed is the memory. The repetitions time themselves by the
 * clock of the bench: what the function returns is not used. */
static enum fray_status copy(void *user, struct fray_err *err) {
  (void)err;
  const struct buffers *b = user;
  fray_copy_seconds(b->to, b->from, COPY_BYTES);
  return FRAY_OK;
}

/* What a vector operation of training does: two streams in, one out. */
static enum fray_status triad(void *user, struct fray_err *err) {
  (void)err;
  const struct buffers *b = user;
  const float *from = (const float *)b->from;
  fray_triad_seconds((float *)b->to, from, from + TRIAD_FLOATS, TRIAD_FLOATS);
  return FRAY_OK;
}

static enum fray_status measure_memory(struct buffers *b, struct fray_bench_machine *out,
                                       struct fray_err *err) {
  struct fray_spread seconds = {0};
  memset(b->from, 1, COPY_BYTES); /* untouched pages would all be the same one */
  FRAY_TRY(bench_time(copy, b, &seconds, err));
  /* GB/s: a copy reads and writes each byte, the triad moves three floats an element. */
  out->copy_gbs = bench_rate(seconds, 2e-9 * COPY_BYTES);
  FRAY_TRY(bench_time(triad, b, &seconds, err));
  out->triad_gbs = bench_rate(seconds, 3e-9 * 4 * TRIAD_FLOATS);
  return FRAY_OK;
}

/* One core, since that is what a rank has. */
static enum fray_status measure_machine(struct fray_bench_machine *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  read_cpu_name(out->cpu, sizeof out->cpu);
  /* Shown beside the numbers of one core, which do not depend on it. */
  out->cores = cores > 0 ? (size_t)cores : 1;
  out->peak_gflops = fray_peak_gflops();
  struct buffers b = {fray_arena_alloc(&arena, COPY_BYTES, 1),
                      fray_arena_alloc(&arena, COPY_BYTES, 1)};
  enum fray_status status = FRAY_OK;
  if (!b.from || !b.to)
    status = fray_fail(err, FRAY_MEMORY, "out of memory (two buffers of %d bytes)", COPY_BYTES);
  else
    status = measure_memory(&b, out, err);
  fray_arena_free(&arena);
  return status;
}

/* ---- shards and clients ---- */

enum { SERIES = 1 }; /* index of that modality; the other is a small feature */

struct shards {
  struct fray_arena arena;
  struct fray_dataset *dataset;
  void *buffer;
};

/* In order and one by one, as a pass over the clients of one rank reads them. */
static enum fray_status read_all(void *user, struct fray_err *err) {
  struct shards *s = user;
  for (size_t i = 0; i < s->dataset->n_samples; i++) {
    size_t length;
    FRAY_TRY(fray_sample_read(s->dataset, SERIES, i, s->buffer, &length, err));
  }
  return FRAY_OK;
}

/* Written by what writes shards for tests, so that its bytes are those of any shard. */
static enum fray_status write_shard(const char *folder, struct fray_arena *arena,
                                    struct fray_err *err) {
  struct fray_synth_config config;
  struct fray_node *node;
  FRAY_TRY(fray_yaml_parse("{clients: 16, test_clients: 0, dev_fraction: 0, samples: 40,"
                           " classes: 2, modalities: [\"feature:4\", \"series:1024x8\"]}",
                           "bench", arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_synth_table, node, "", &config, arena, err));
  return fray_synth(&config, folder, err);
}

/* The page cache is warm: this is the program's share of reading, not the disk's. */
static enum fray_status measure_reading(struct shards *s, struct fray_spread *mbs,
                                        struct fray_err *err) {
  const size_t bytes = fray_sample_bytes(s->dataset, SERIES);
  struct fray_spread seconds = {0};
  s->buffer = fray_arena_alloc(&s->arena, bytes, 1);
  FRAY_CHECK(s->buffer, err, MEMORY, "out of memory (%zu bytes)", bytes);
  FRAY_TRY(bench_time(read_all, s, &seconds, err));
  *mbs = bench_rate(seconds, 1e-6 * (double)(bytes * s->dataset->n_samples));
  return FRAY_OK;
}

/* Made by measure_client and used again by bench_round: the difference between the two times is
 * then the round's and not the model's. */
struct tiny {
  struct fray_arena arena;
  struct fray_dataset *dataset;
  struct fray_features *features;
  struct fray_model *model;
  struct fray_trainer trainer;
  float *global, *update;
  size_t round;
};

/* One sample and one step: what remains is the path around them. */
static enum fray_status train_client(void *user, struct fray_err *err) {
  static const uint32_t sample[] = {0};
  static const uint8_t present[] = {1};
  static const int32_t label[] = {0};
  static const struct fray_client client = {
      .source = 1,
      .data = {.n = 1, .n_labelled = 1, .sample = sample, .label = label, .present = present}};
  struct tiny *t = user;
  struct fray_client_result result;
  return fray_client_train(&t->trainer, t->global, &client, 1, t->round++, NULL, t->update, &result,
                           err);
}

/* A model so small that what is left is what a client costs by itself. */
static enum fray_status measure_client(const char *shards, struct fray_comm *comm, struct tiny *t,
                                       struct fray_spread *client_us, struct fray_err *err) {
  static const char *const names[] = {"feature"};
  struct fray_local_config local;
  const struct fray_data_config data = {.shards = shards, .cache_mb = 16};
  struct fray_model_config config;
  struct fray_node *node;
  struct fray_spread seconds = {0};
  /* Opened a second time, with the small modality alone: reading the series would hide what a
   * client costs. */
  FRAY_TRY(fray_dataset_open(shards, names, 1, comm, &t->dataset, err));
  FRAY_TRY(fray_features_open(t->dataset, &data, &t->features, err));
  FRAY_TRY(fray_yaml_parse("{fusion: concat, hidden: 4, head: 0,"
                           " encoders: {feature: {kind: mlp, units: 4}}}",
                           "bench", &t->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_model_table, node, "model", &config, &t->arena, err));
  FRAY_TRY(fray_model_new(&config,
                          &(struct fray_model_data){1, t->dataset->n_classes, names,
                                                    fray_features_shape(t->features, 0), NULL},
                          &t->model, err));
  FRAY_TRY(fray_yaml_parse("{batch: 1, lr: 0.01}", "bench", &t->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_local_table, node, "training.local", &local, &t->arena, err));
  FRAY_TRY(fray_trainer_start(&t->trainer, t->model, t->features, 1, &local, err));
  const struct fray_param_table *table = fray_model_params(t->model);
  FRAY_ALLOC_ZERO(t->global, &t->arena, table->total, err);
  FRAY_ALLOC_ZERO(t->update, &t->arena, table->total, err);
  /* As a trial begins, since a model of zeros would have gradients of zeros. */
  fray_param_init(table, 1, t->global);
  FRAY_TRY(bench_time(train_client, t, &seconds, err));
  *client_us = bench_scaled(seconds, 1e6);
  return FRAY_OK;
}

/* Everything is released, whichever step failed: what was not made is empty. */
static enum fray_status measure_shards(const char *folder, struct fray_comm *comm,
                                       struct fray_bench *out, struct fray_err *err) {
  struct shards s = {0};
  struct tiny t = {0};
  enum fray_status status = write_shard(folder, &s.arena, err);
  if (status == FRAY_OK)
    status = fray_dataset_open(folder, NULL, 0, comm, &s.dataset, err);
  if (status == FRAY_OK)
    status = measure_reading(&s, &out->shard_mbs, err);
  if (status == FRAY_OK)
    status = measure_client(folder, comm, &t, &out->client_us, err);
  if (status == FRAY_OK)
    status = bench_round(comm, t.dataset, t.features, t.model, &out->round_client_us, err);
  fray_trainer_end(&t.trainer);
  fray_model_free(t.model);
  fray_features_close(t.features);
  fray_dataset_close(t.dataset);
  fray_dataset_close(s.dataset);
  fray_arena_free(&t.arena);
  fray_arena_free(&s.arena);
  return status;
}

/* The folder goes away whatever happened in it. */
static enum fray_status
measure_in_folder(struct fray_comm *comm,
                  enum fray_status (*part)(const char *shards, struct fray_comm *comm,
                                           struct fray_bench *out, struct fray_err *err),
                  struct fray_bench *out, struct fray_err *err) {
  const char *base = getenv("TMPDIR");
  char folder[4096], shards[4104];
  const int n =
      snprintf(folder, sizeof folder, "%s/fray-bench-XXXXXX", base && *base ? base : "/tmp");
  FRAY_CHECK(n > 0 && (size_t)n < sizeof folder, err, INPUT, "TMPDIR is too long");
  FRAY_CHECK(mkdtemp(folder), err, IO, "%s: cannot be created: %s", folder, strerror(errno));
  snprintf(shards, sizeof shards, "%s/shards", folder);
  enum fray_status status = part(shards, comm, out, err);
  /* What went wrong first is told; that the folder stays is then a small thing. */
  struct fray_err ignored = {0};
  const enum fray_status removed = fray_remove_tree(folder, status == FRAY_OK ? err : &ignored);
  return status == FRAY_OK ? removed : status;
}

/* ---- log-mel ---- */

/* Sixteen thousand samples a second, as speech is recorded; ten seconds are long enough for tables
 * to be in the cache. */
enum { RATE = 16000, SOUND_SECONDS = 10 };

struct sound {
  struct fray_arena arena;
  struct fray_logmel *logmel;
  float *x, *out;
};

/* The filter bank alone, without cache or shard. */
static enum fray_status make_features(void *user, struct fray_err *err) {
  (void)err;
  struct sound *s = user;
  fray_logmel_compute(s->logmel, s->x, RATE * SOUND_SECONDS, s->out);
  return FRAY_OK;
}

/* Noise from the same random numbers: every machine hears the same. */
static enum fray_status prepare_sound(struct sound *s, struct fray_err *err) {
  static const struct fray_logmel_config config = {
      .rate = RATE, .frame_ms = 25, .hop_ms = 10, .bands = 40};
  const size_t n = RATE * SOUND_SECONDS;
  /* A number that no input of the models has. */
  struct fray_rng rng = fray_rng_for(1, "bench", 1000, 0, 0);
  FRAY_TRY(fray_logmel_new(&config, &s->logmel, err));
  FRAY_ALLOC(s->x, &s->arena, n, err);
  FRAY_ALLOC(s->out, &s->arena, fray_logmel_frames(s->logmel, n) * fray_logmel_width(s->logmel),
             err);
  for (size_t i = 0; i < n; i++)
    s->x[i] = (float)(0.1 * fray_rng_normal(&rng));
  return FRAY_OK;
}

/* Sound is the costliest of the raw values to make features of. */
static enum fray_status measure_sound(struct fray_spread *times_real, struct fray_err *err) {
  struct sound s = {0};
  struct fray_spread seconds = {0};
  enum fray_status status = prepare_sound(&s, err);
  if (status == FRAY_OK)
    status = bench_time(make_features, &s, &seconds, err);
  if (status == FRAY_OK)
    *times_real = bench_rate(seconds, SOUND_SECONDS);
  fray_logmel_free(s.logmel);
  fray_arena_free(&s.arena);
  return status;
}

/* ---- all ---- */

const char *const bench_all_conditions = "conditions";

/* Media by the names that scenarios and shards have for them. */
const char *fray_bench_part_at(size_t i, const char **meaning) {
  static const char *const all[] = {
      "training and evaluation under damage, against none",
      "training and evaluation of ragged lengths, against equal ones",
      "what a round costs with each algorithm, beside the first",
      "what rules of aggregation cost, beside the mean; several ranks",
      "every kind of damage of raw values, in about a minute",
      "the kinds of damage of one medium"};
  if (i < FRAY_BENCH_MODELS)
    return bench_model_at(i, meaning);
  i -= FRAY_BENCH_MODELS;
  /* Behind the models: words of their own, then the media by the same words as elsewhere. */
  *meaning = all[FRAY_MIN(i, (size_t)5)];
  return i == 0   ? bench_all_conditions
         : i == 1 ? bench_ragged_lengths
         : i == 2 ? bench_all_methods
         : i == 3 ? bench_all_rules
         : i == 4 ? bench_all_damage
                  : fray_modality_kind_names[i - 5];
}

/* An unknown name is answered with the nearest, of kinds of damage too. */
static enum fray_status check_part(const char *only, struct fray_err *err) {
  enum { MOST = 512 };
  const char *names[MOST], *meaning;
  size_t n = 0;
  if (!only || bench_find_model(only) < FRAY_BENCH_MODELS || bench_is_damage(only) ||
      strcmp(only, bench_all_conditions) == 0 || strcmp(only, bench_ragged_lengths) == 0 ||
      strcmp(only, bench_all_methods) == 0 || strcmp(only, bench_all_rules) == 0)
    return FRAY_OK;
  for (size_t i = 0; n < MOST && fray_bench_part_at(i, &meaning); i++)
    names[n++] = fray_bench_part_at(i, &meaning);
  for (size_t k = 0; n < MOST && k < fray_corruptions.n; k++)
    if (fray_corruption_damages_signals(fray_corruptions.v[k]))
      names[n++] = fray_corruptions.v[k]->name;
  char list[512];
  return fray_fail(err, FRAY_INPUT, "--only: no model and no damage of raw values '%.60s'; %s",
                   only, fray_there_are(only, names, n, list, sizeof list));
}

/* What rules share among ranks. */
static enum fray_status measure_rules(struct fray_comm *comm, const struct fray_bench_wish *wish,
                                      struct fray_arena *arena, struct fray_bench *out,
                                      struct fray_err *err) {
  out->rule_ranks = fray_comm_size(comm);
  FRAY_ALLOC_ZERO(out->rule, arena, fray_rules.n + 2 * fray_pre_aggregations.n, err);
  return bench_rules(comm, wish, out, err);
}

/* Before seconds of measuring: what may not be written is known now. A folder that is there is
 * left alone, empty or not: it is somebody's, and values of two runs would lie in one. */
static enum fray_status check_place(const char *values, struct fray_err *err) {
  if (!values)
    return FRAY_OK;
  FRAY_TRY(fray_place_check("--values", values, err));
  FRAY_CHECK(!fray_file_exists(values), err, INPUT,
             "--values %s: is there already; give another folder", values);
  return FRAY_OK;
}

/* One rank: several would share the caches and measure one another. */
enum fray_status fray_bench_run(struct fray_comm *comm, const struct fray_bench_wish *wish,
                                struct fray_arena *arena, struct fray_bench *out,
                                struct fray_err *err) {
  const char *only = wish->only;
  const bool rules = only && strcmp(only, bench_all_rules) == 0;
  FRAY_CHECK(fray_comm_size(comm) == 1 || rules, err, INPUT,
             "fray bench measures one process; it was started with %d ranks", fray_comm_size(comm));
  FRAY_TRY(check_part(only, err));
  FRAY_CHECK(!wish->values || rules || (only && bench_is_damage(only)), err, INPUT,
             "--values: values are those of damage; give --only with a kind, a medium or %s; or "
             "updates, with %s",
             bench_all_damage, bench_all_rules);
  /* Updates lie where they were made, so of several ranks none could write them all. */
  FRAY_CHECK(!wish->values || fray_comm_size(comm) == 1, err, INPUT,
             "--values: one rank has all updates; of several none has");
  FRAY_TRY(check_place(wish->values, err));
  memset(out, 0, sizeof *out);
  bench_be_brief(wish->brief);
  FRAY_TRY(measure_machine(&out->machine, err));
  for (size_t i = 0; i < FRAY_BENCH_MODELS; i++)
    if (!only || i == bench_find_model(only))
      FRAY_TRY(bench_model(i, comm, &out->model[out->n_models++], err));
  if (only && strcmp(only, bench_all_conditions) == 0)
    return measure_in_folder(comm, bench_conditions, out, err);
  if (only && strcmp(only, bench_ragged_lengths) == 0)
    return bench_ragged(comm, arena, out, err);
  /* Whoever asks for one part compares that part: shards and sound would only take time. */
  /* Training reads shards, so algorithms have a folder as well. */
  if (only && strcmp(only, bench_all_methods) == 0) {
    /* All algorithms, and the first with each coder, with sums on a grid and with some away. */
    FRAY_ALLOC_ZERO(out->method, arena, fray_algorithms.n + fray_compressions.n + BENCH_OTHERS,
                    err);
    return measure_in_folder(comm, bench_methods, out, err);
  }
  if (rules)
    return measure_rules(comm, wish, arena, out, err);
  if (only)
    return bench_is_damage(only) ? bench_damage(wish, arena, out, err) : FRAY_OK;
  out->around = true;
  FRAY_TRY(measure_in_folder(comm, measure_shards, out, err));
  return measure_sound(&out->log_mel_x, err);
}
