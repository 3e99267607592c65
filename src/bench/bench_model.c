/* Models of the bench: training steps, evaluation, and the sum of updates, on random inputs.
 *
 * Operations are counted where the products are made, so that the rate is of work that was done. */
#include "bench_parts.h"
#include "fray/base/size.h"
#include "fray/encoder/encoder.h"
#include "fray/fed/evaluate.h"
#include "fray/fed/exact.h"
#include "fray/nn/optimiser.h"
#include "fray/tensor/blas.h"

#include <stdio.h>
#include <string.h>

enum { MODALITIES = 2, BLOCK = FRAY_EVALUATION_BLOCK };

/* Lengths of samples: all of `time`; drawn, from a quarter of it to all; as far apart, evenly; or
 * all as the mean of these, which is as many steps. */
enum lengths { FULL, DRAWN, SPREAD, MEAN };

struct kind {
  const char *name, *meaning;
  const char *config; /* section `model`; what is absent takes its default */
  size_t n_modalities, n_classes, batch;
  struct fray_feature_shape shape[MODALITIES];
  enum lengths lengths;
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
     FULL},
    {"vector-784",
     "784 values, mlp, hidden 64, 10 classes",
     "{fusion: concat, hidden: 64, head: 0}",
     1,
     10,
     16,
     {{FRAY_FEATURE_VECTOR, 1, 1, 1, 784, 0}},
     FULL},
    {"image-sound",
     "28 x 28 image, cnn; 50 x 40 frames, conv_gru; hidden 64, concat",
     "{fusion: concat, hidden: 64}",
     2,
     10,
     16,
     {{FRAY_FEATURE_IMAGE, 1, 28, 28, 1, 0}, {FRAY_FEATURE_SEQUENCE, 50, 1, 1, 40, 0}},
     FULL},
    {"sound-text",
     "ragged: up to 200 x 80, conv_gru; up to 32 x 512, gru; hidden 128, gated",
     "{fusion: gated, encoders: {second: {kind: gru}}}",
     2,
     4,
     16,
     {{FRAY_FEATURE_SEQUENCE, 200, 1, 1, 80, 0}, {FRAY_FEATURE_SEQUENCE, 32, 1, 1, 512, 0}},
     DRAWN},
    {"attention-ragged",
     "ragged: up to 200 x 80 in patches of 4, up to 32 x 512, transformer; hidden 64, bottleneck",
     "{fusion: bottleneck, hidden: 64, encoders: {first: {kind: transformer, patch: 4}, "
     "second: {kind: transformer}}}",
     2,
     4,
     16,
     {{FRAY_FEATURE_SEQUENCE, 200, 1, 1, 80, 0}, {FRAY_FEATURE_SEQUENCE, 32, 1, 1, 512, 0}},
     DRAWN},
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

/* Every training batch has the same lengths, so that all are the same work. Even ones are out of
 * order, as those of a batch are. */
static void draw_lengths(struct subject *s, size_t m) {
  const size_t batch = s->kind->batch;
  const uint64_t time = s->kind->shape[m].time, least = time / 4;
  const uint64_t step = (time - least) / (batch - 1);
  struct fray_rng rng = fray_rng_for(1, "bench", 200 + m, 0, 0);
  for (size_t i = 0; i < BLOCK; i++) {
    uint64_t length = time;
    if (i >= batch)
      length = (uint64_t)s->length[m][i - batch];
    else if (s->kind->lengths == DRAWN)
      length = least + fray_rng_below(&rng, time - least + 1);
    else if (s->kind->lengths == SPREAD)
      length = least + step * (7 * i % batch);
    else if (s->kind->lengths == MEAN)
      length = (least + time) / 2;
    s->length[m][i] = (int32_t)length;
  }
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

/* Forward and backward of a batch; the gradient stays where the optimiser would find it. */
static enum fray_status pass_batch(struct subject *s, struct fray_step *step,
                                   struct fray_err *err) {
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
  return fray_model_step(s->model, &batch, NULL, &pass, step, err);
}

/* Without the optimiser, whose step costs the same whatever the lengths are. */
static enum fray_status train_batch(void *user, struct fray_err *err) {
  struct fray_step step;
  return pass_batch(user, &step, err);
}

/* What a client does in each step, with the same optimiser. */
static enum fray_status train_step(void *user, struct fray_err *err) {
  struct subject *s = user;
  struct fray_step step;
  FRAY_TRY(pass_batch(s, &step, err));
  struct fray_optimiser optimiser = {
      .table = s->table, .config = &s->local, .state = s->state, .steps = s->steps};
  fray_optimiser_step(&optimiser, step.used, s->w, s->grad);
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
 * bench is that of its largest. Large pages as trainings have them: without, steps would take
 * longer here than there. */
enum fray_status bench_model(size_t number, struct fray_comm *comm, struct fray_bench_model *out,
                             struct fray_err *err) {
  struct subject s = {
      .kind = &kinds[number], .comm = comm, .keep.large_pages = true, .work.large_pages = true};
  const enum fray_status status = measure(&s, out, err);
  fray_model_free(s.model);
  fray_arena_free(&s.work);
  fray_arena_free(&s.keep);
  return status;
}

/* ---- ragged lengths ---- */

const char *const bench_ragged_lengths = "ragged";

/* Frames, as long as speech is; every length is a multiple of eight, since convolutions halve it
 * three times, and what they leave out of an odd one would be a difference of its own. */
static const struct fray_feature_shape frames = {FRAY_FEATURE_SEQUENCE, 320, 1, 1, 80, 0};

static enum fray_status prepare(struct subject *s, struct fray_err *err) {
  FRAY_TRY(plan(s, err));
  return fill(s, err);
}

/* In turns, so that both see the same machine; the two differ in lengths alone. */
static enum fray_status measure_ragged(struct subject s[2], struct fray_bench_ragged *out,
                                       struct fray_err *err) {
  const struct bench_part none = {0};
  struct bench_beside training, evaluation;
  double steps = 0;
  FRAY_TRY(prepare(&s[0], err));
  FRAY_TRY(prepare(&s[1], err));
  for (size_t i = 0; i < BLOCK; i++)
    steps += s[1].length[0][i];
  FRAY_TRY(bench_time_beside(train_batch, &s[0], &s[1], &none, &training, err));
  FRAY_TRY(bench_time_beside(evaluate_block, &s[0], &s[1], &none, &evaluation, err));
  /* Of the steps of a batch, and of those of a block. */
  const double batch = steps * (double)s[1].kind->batch / BLOCK;
  *out = (struct fray_bench_ragged){.name = s[1].kind->name,
                                    .training_us = bench_scaled(training.seconds, 1e6 / batch),
                                    .training_ratio = training.ratio,
                                    .evaluation_us = bench_scaled(evaluation.seconds, 1e6 / steps),
                                    .evaluation_ratio = evaluation.ratio};
  return FRAY_OK;
}

/* Two models that are alike. Released in any case: what was not made is empty. */
static enum fray_status ragged_encoder(const char *name, struct fray_comm *comm,
                                       struct fray_bench_ragged *out, struct fray_err *err) {
  char config[200];
  snprintf(config, sizeof config, "{fusion: concat, encoders: {first: {kind: %s}}}", name);
  struct kind equal = {name, "", config, 1, 4, 16, {frames}, MEAN};
  if (bench_is_brief())
    equal.shape[0].time /= 5;
  struct kind spread = equal;
  struct subject s[2] = {{.kind = &equal, .comm = comm}, {.kind = &spread, .comm = comm}};
  for (size_t k = 0; k < 2; k++)
    s[k].keep.large_pages = s[k].work.large_pages = true;
  spread.lengths = SPREAD;
  const enum fray_status status = measure_ragged(s, out, err);
  for (size_t k = 0; k < 2; k++) {
    fray_model_free(s[k].model);
    fray_arena_free(&s[k].work);
    fray_arena_free(&s[k].keep);
  }
  return status;
}

/* Every encoder of sequences that leaves tokens of its steps. */
enum fray_status bench_ragged(struct fray_comm *comm, struct fray_arena *arena,
                              struct fray_bench *out, struct fray_err *err) {
  FRAY_ALLOC_ZERO(out->ragged, arena, fray_encoders.n, err);
  for (size_t i = 0; i < fray_encoders.n; i++) {
    const struct fray_encoder_ops *ops = fray_encoders.v[i]->impl;
    if ((ops->kinds & 1u << FRAY_FEATURE_SEQUENCE) && ops->tokens)
      FRAY_TRY(ragged_encoder(fray_encoders.v[i]->name, comm, &out->ragged[out->n_ragged++], err));
  }
  return FRAY_OK;
}
