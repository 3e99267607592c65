/* Models of the bench: training steps, evaluation, and the sum of updates, on random inputs.
 *
 * Operations are counted where the products are made, so that the rate is of work that was done. */
#include "bench_parts.h"
#include "fray/base/size.h"
#include "fray/fed/evaluate.h"
#include "fray/fed/exact.h"
#include "fray/nn/optimiser.h"
#include "fray/tensor/blas.h"

#include <stdio.h>
#include <string.h>

enum { MODALITIES = 2, BLOCK = FRAY_EVALUATION_BLOCK };

struct kind {
  const char *name, *meaning;
  const char *config; /* section `model`; what is absent takes its default */
  size_t n_modalities, n_classes, batch;
  struct fray_feature_shape shape[MODALITIES];
  bool ragged; /* lengths from a quarter of `time` to all of it; else all of it */
};

/* Each stands for a kind of work: recurrent layers on short series, plain products, convolutions
 * beside them, and ragged batches. Names are told to users and stay. */
static const struct kind kinds[FRAY_BENCH_MODELS] = {
    {"uci-har",
     "two series of 128 x 3, conv_gru, hidden 128, attention, 6 classes",
     "{}",
     2,
     6,
     16,
     {{FRAY_FEATURE_SEQUENCE, 128, 1, 1, 3, 0}, {FRAY_FEATURE_SEQUENCE, 128, 1, 1, 3, 0}},
     false},
    {"vector-784",
     "784 values, mlp, hidden 64, 10 classes",
     "{fusion: concat, hidden: 64, head: 0}",
     1,
     10,
     16,
     {{FRAY_FEATURE_VECTOR, 1, 1, 1, 784, 0}},
     false},
    {"image-sound",
     "28 x 28 image, cnn; 50 x 40 frames, conv_gru; hidden 64, concat",
     "{fusion: concat, hidden: 64}",
     2,
     10,
     16,
     {{FRAY_FEATURE_IMAGE, 1, 28, 28, 1, 0}, {FRAY_FEATURE_SEQUENCE, 50, 1, 1, 40, 0}},
     false},
    {"sound-text",
     "ragged: up to 200 x 80, conv_gru; up to 32 x 512, gru; hidden 128, gated",
     "{fusion: gated, encoders: {second: {kind: gru}}}",
     2,
     4,
     16,
     {{FRAY_FEATURE_SEQUENCE, 200, 1, 1, 80, 0}, {FRAY_FEATURE_SEQUENCE, 32, 1, 1, 512, 0}},
     true},
    {"attention-ragged",
     "ragged: up to 200 x 80 in patches of 4, up to 32 x 512, transformer; hidden 64, bottleneck",
     "{fusion: bottleneck, hidden: 64, encoders: {first: {kind: transformer, patch: 4}, "
     "second: {kind: transformer}}}",
     2,
     4,
     16,
     {{FRAY_FEATURE_SEQUENCE, 200, 1, 1, 80, 0}, {FRAY_FEATURE_SEQUENCE, 32, 1, 1, 512, 0}},
     true},
};

/* A model under measurement. keep holds what all repetitions use, work what one of them takes;
 * updates are of the size of the model. */
struct subject {
  const struct kind *kind;
  struct fray_comm *comm;
  struct fray_arena keep, work;
  struct fray_model *model;
  const struct fray_param_table *table;
  float *w, *grad, *state, *logits, *mean;
  float *update[FRAY_BENCH_UPDATES];
  uint32_t *steps;
  struct fray_local_config local;
  float *x[MODALITIES];
  int32_t length[MODALITIES][BLOCK], row[BLOCK], label[BLOCK];
  size_t step;
};

/* Keyed by place, so that inputs are the same on every machine. */
static enum fray_status noise(struct fray_arena *arena, size_t n, uint64_t which, float **out,
                              struct fray_err *err) {
  struct fray_rng rng = fray_rng_for(1, "bench", which, 0, 0);
  FRAY_ALLOC(*out, arena, n, err);
  for (size_t i = 0; i < n; i++)
    (*out)[i] = (float)fray_rng_normal(&rng);
  return FRAY_OK;
}

/* Every training batch has the same lengths, so that all are the same work. */
static void draw_lengths(struct subject *s, size_t m) {
  const size_t batch = s->kind->batch;
  const uint64_t time = s->kind->shape[m].time, least = s->kind->ragged ? time / 4 : time;
  struct fray_rng rng = fray_rng_for(1, "bench", 200 + m, 0, 0);
  for (size_t i = 0; i < BLOCK; i++)
    s->length[m][i] = i < batch ? (int32_t)(least + fray_rng_below(&rng, time - least + 1))
                                : s->length[m][i - batch];
}

/* The model is described in the words of a scenario, and made as for a trial. */
static enum fray_status plan(struct subject *s, struct fray_err *err) {
  static const char *const names[MODALITIES] = {"first", "second"};
  const struct kind *k = s->kind;
  struct fray_model_config config;
  struct fray_node *node;
  FRAY_TRY(fray_yaml_parse(k->config, "bench", &s->keep, &node, err));
  FRAY_TRY(fray_schema_read(&fray_model_table, node, "model", &config, &s->keep, err));
  FRAY_TRY(fray_model_new(
      &config, &(struct fray_model_data){k->n_modalities, k->n_classes, names, k->shape, NULL},
      &s->model, err));
  s->table = fray_model_params(s->model);
  return FRAY_OK;
}

/* Random numbers, since zeros and denormals would take another time. */
static enum fray_status fill(struct subject *s, struct fray_err *err) {
  const size_t total = s->table->total;
  FRAY_ALLOC_ZERO(s->w, &s->keep, total, err);
  FRAY_ALLOC_ZERO(s->grad, &s->keep, total, err);
  struct fray_node *node;
  FRAY_TRY(
      fray_yaml_parse("{batch: 16, lr: 0.01, momentum: 0.9, weight_decay: 1e-5, clip_norm: 10}",
                      "bench", &s->keep, &node, err));
  FRAY_TRY(fray_schema_read(&fray_local_table, node, "training.local", &s->local, &s->keep, err));
  /* One float more: an optimiser without vectors still has an address. */
  FRAY_ALLOC_ZERO(s->state, &s->keep, fray_optimiser_vectors(&s->local) * total + 1, err);
  FRAY_ALLOC(s->mean, &s->keep, total, err);
  FRAY_ALLOC_ZERO(s->steps, &s->keep, s->table->n, err);
  FRAY_ALLOC(s->logits, &s->keep, BLOCK * s->kind->n_classes, err);
  fray_param_init(s->table, 1, s->w);
  for (size_t k = 0; k < FRAY_BENCH_UPDATES; k++)
    /* Each update has numbers of its own, as those of clients have. */
    FRAY_TRY(noise(&s->keep, total, 100 + k, &s->update[k], err));
  for (size_t m = 0; m < s->kind->n_modalities; m++) {
    FRAY_TRY(noise(&s->keep, BLOCK * fray_feature_size(&s->kind->shape[m]), m, &s->x[m], err));
    draw_lengths(s, m);
  }
  for (int32_t i = 0; i < BLOCK; i++) {
    s->row[i] = i;
    s->label[i] = i % (int32_t)s->kind->n_classes;
  }
  return FRAY_OK;
}

/* The n samples from `from` on. */
static void take(struct subject *s, size_t from, size_t n, struct fray_feature_batch *feature) {
  for (size_t m = 0; m < s->kind->n_modalities; m++) {
    const struct fray_feature_shape *shape = &s->kind->shape[m];
    feature[m] = (struct fray_feature_batch){
        n, shape->time, s->x[m] + from * fray_feature_size(shape),
        shape->kind == FRAY_FEATURE_SEQUENCE ? s->length[m] + from : NULL};
  }
}

/* What a client does in each step, with the same optimiser. */
static enum fray_status train_step(void *user, struct fray_err *err) {
  struct subject *s = user;
  /* Batches walk through the block and begin anew at its end, so that successive steps see
   * different samples. */
  const size_t n = s->kind->batch, from = s->step % (BLOCK / n) * n;
  const int32_t *row[MODALITIES] = {s->row, s->row};
  struct fray_feature_batch feature[MODALITIES];
  take(s, from, n, feature);
  const struct fray_batch batch = {
      .n = n, .feature = feature, .row = row, .label = s->label + from};
  const struct fray_pass pass = {
      .train = true, .seed = 1, .step = s->step++, .w = s->w, .grad = s->grad, .arena = &s->work};
  struct fray_step step;
  FRAY_TRY(fray_model_step(s->model, &batch, NULL, &pass, &step, err));
  fray_optimiser_step(&(struct fray_optimiser){s->table, &s->local, s->state, s->steps}, step.used,
                      s->w, s->grad);
  return FRAY_OK;
}

/* A block as evaluation has them, with every modality there: the costliest case. */
static enum fray_status evaluate_block(void *user, struct fray_err *err) {
  struct subject *s = user;
  const int32_t *row[MODALITIES] = {s->row, s->row};
  struct fray_feature_batch feature[MODALITIES];
  struct fray_encoded *encoded;
  take(s, 0, BLOCK, feature);
  const struct fray_batch batch = {.n = BLOCK, .feature = feature, .row = row};
  /* A pass takes its memory anew each time, as between blocks of an evaluation; after the first
   * nothing is allocated. */
  fray_arena_reset(&s->work);
  const struct fray_pass pass = {.w = s->w, .arena = &s->work};
  FRAY_TRY(fray_model_encode(s->model, &batch, &pass, &encoded, err));
  return fray_model_classify(s->model, encoded, NULL, &pass, s->logits, err);
}

/* With equal weights: the exact sum does not care which. */
static enum fray_status add_updates(void *user, struct fray_err *err) {
  struct subject *s = user;
  double weight[FRAY_BENCH_UPDATES];
  for (size_t k = 0; k < FRAY_BENCH_UPDATES; k++)
    weight[k] = 1.0 / FRAY_BENCH_UPDATES;
  return fray_exact_sum(s->comm, s->table->total, FRAY_BENCH_UPDATES,
                        (const float *const *)s->update, weight, FRAY_BENCH_UPDATES, &s->work,
                        s->mean, err);
}

/* MFLOP of the matrix products of one repetition. It is the first one, which also allocates: its
 * time is not taken. */
static enum fray_status count(enum fray_status (*work)(void *user, struct fray_err *err),
                              struct subject *s, double *mflop, struct fray_err *err) {
  const double before = fray_gemm_flops();
  FRAY_TRY(work(s, err));
  *mflop = 1e-6 * (fray_gemm_flops() - before);
  return FRAY_OK;
}

/* Steps, evaluation and sums one after another on the same model, so that they see the same caches.
 */
static enum fray_status measure(struct subject *s, struct fray_bench_model *out,
                                struct fray_err *err) {
  struct fray_spread seconds = {0};
  FRAY_TRY(plan(s, err));
  FRAY_TRY(fill(s, err));
  *out = (struct fray_bench_model){.name = s->kind->name,
                                   .meaning = s->kind->meaning,
                                   .parameters = s->table->count,
                                   .batch = s->kind->batch};
  /* Counted once, outside of the clock. */
  FRAY_TRY(count(train_step, s, &out->step_mflop, err));
  FRAY_TRY(bench_time(train_step, s, &seconds, err));
  out->step_ms = bench_scaled(seconds, 1e3);
  FRAY_TRY(count(evaluate_block, s, &out->evaluate_mflop, err));
  /* A block was counted, and a sample is told. */
  out->evaluate_mflop /= BLOCK;
  FRAY_TRY(bench_time(evaluate_block, s, &seconds, err));
  out->evaluate_ms = bench_scaled(seconds, 1e3 / BLOCK);
  FRAY_TRY(bench_time(add_updates, s, &seconds, err));
  out->sum_ms = bench_scaled(seconds, 1e3);
  return FRAY_OK;
}

const char *bench_model_at(size_t i, const char **meaning) {
  *meaning = i < FRAY_BENCH_MODELS ? kinds[i].meaning : "";
  return i < FRAY_BENCH_MODELS ? kinds[i].name : NULL;
}

size_t bench_find_model(const char *name) {
  size_t i = 0;
  while (i < FRAY_BENCH_MODELS && !(name && strcmp(name, kinds[i].name) == 0))
    i++;
  return i;
}

/* Freed in any case: what was not made is empty. One model at a time, so that the memory of the
 * bench is that of its largest. */
enum fray_status bench_model(size_t number, struct fray_comm *comm, struct fray_bench_model *out,
                             struct fray_err *err) {
  struct subject s = {.kind = &kinds[number], .comm = comm};
  const enum fray_status status = measure(&s, out, err);
  fray_model_free(s.model);
  fray_arena_free(&s.work);
  fray_arena_free(&s.keep);
  return status;
}
