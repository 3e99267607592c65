/* Laws that hold for every encoder of the list, with each kind of features that it accepts, under
 * every fusion of the list and with 1 to 8 modalities: a method that is added is tested here. */
#include "fray/model/model.h"

#include "fray/base/size.h"
#include "fray/nn/loss.h"
#include "fray/tensor/blas.h"
#include "fusion/central_difference.h"
#include "ok.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8, N = 4, CLASSES = 3, HIDDEN = 12, KINDS = FRAY_FEATURE_TOKENS + 1, IDS = 20 };

static const char *const names[MOST] = {"m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"};
static const int32_t labels[N] = {0, 2, 1, 1};

/* Vectors and images have as many values as a token, so that an encoder may pass them on. */
static const struct fray_feature_shape shapes[KINDS] = {
    [FRAY_FEATURE_SEQUENCE] = {FRAY_FEATURE_SEQUENCE, 16, 1, 1, 3, 0},
    [FRAY_FEATURE_IMAGE] = {FRAY_FEATURE_IMAGE, 1, 4, 3, 1, 0},
    [FRAY_FEATURE_VECTOR] = {FRAY_FEATURE_VECTOR, 1, 1, 1, HIDDEN, 0},
    [FRAY_FEATURE_TOKENS] = {FRAY_FEATURE_TOKENS, 16, 1, 1, 3, IDS}};

/* An encoder with a kind of features that it accepts. */
struct pairing {
  const char *encoder;
  enum fray_feature_kind kind;
};

struct scene {
  struct fray_arena arena;
  size_t modalities;
  struct fray_model *model;
  const struct fray_param_table *table;
  float *w, *direction;
  struct fray_feature_shape shape[MOST];
  struct fray_feature_batch all[MOST], held[MOST];
  int32_t row[MOST][N], identity[N];
  const int32_t *rows[MOST], *all_rows[MOST];
  uint8_t present[N];
  double tokens[MOST]; /* of the first sample */
};

/* Every encoder needs a line here: keys that it is tried with, beside its defaults. */
static const struct {
  const char *encoder, *keys;
} examples[] = {
    {"conv_gru", "{kind: conv_gru, filters: [5], kernel: 3}"},
    {"gru", "gru"},
    {"cnn", "{kind: cnn, filters: [4]}"},
    {"mlp", "{kind: mlp, units: 9}"},
    {"layer", "{kind: layer, activation: tanh}"},
    {"text", "{kind: text, dim: 7}"},
    {"transformer", "{kind: transformer, layers: 1, heads: 3, width: 6, factor: 2}"},
    {"identity", "identity"},
};

static const char *example_of(const char *encoder) {
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
    if (strcmp(examples[i].encoder, encoder) == 0)
      return examples[i].keys;
  fail_msg("encoder %s has no line of examples", encoder);
  return NULL;
}

static size_t list_pairings(struct pairing *out) {
  size_t n = 0;
  for (size_t e = 0; e < fray_encoders.n; e++) {
    const struct fray_encoder_ops *ops = fray_encoders.v[e]->impl;
    for (int kind = 0; kind < KINDS; kind++)
      if (ops->kinds >> kind & 1)
        out[n++] = (struct pairing){fray_encoders.v[e]->name, (enum fray_feature_kind)kind};
  }
  return n;
}

/* Who has what: sample 0 all, sample 1 the even modalities, sample 2 the odd ones, sample 3 the
 * last one. With one modality sample 2 has nothing. */
static bool has(size_t sample, size_t m, size_t modalities) {
  return sample == 0 || (sample == 3 ? m + 1 == modalities : m % 2 == sample - 1);
}

static int32_t length_of(size_t sample) {
  return (int32_t)(16 - 3 * sample);
}

static float *values_of(struct scene *s, enum fray_feature_kind kind, size_t m, size_t sample) {
  const size_t size = fray_feature_size(&s->shape[m]);
  float *x = fray_arena_zero(&s->arena, size, sizeof *x);
  assert_non_null(x);
  struct fray_rng rng = fray_rng_for(7, "values", m, sample, 0);
  const size_t filled =
      fray_feature_has_length(kind) ? (size_t)length_of(sample) * s->shape[m].channels : size;
  for (size_t i = 0; i < filled; i++)
    x[i] = kind == FRAY_FEATURE_TOKENS ? (float)fray_rng_below(&rng, IDS)
                                       : (float)fray_rng_normal(&rng);
  return x;
}

/* held: the samples that have the modality; all: every sample, as a block to be masked. */
static void fill_modality(struct scene *s, enum fray_feature_kind kind, size_t m) {
  const size_t size = fray_feature_size(&s->shape[m]);
  float *all = fray_arena_alloc(&s->arena, N * size, sizeof *all);
  float *held = fray_arena_alloc(&s->arena, N * size, sizeof *held);
  int32_t *lengths = fray_arena_alloc(&s->arena, 2 * (size_t)N, sizeof *lengths);
  size_t count = 0;
  for (size_t i = 0; i < N; i++) {
    const float *x = values_of(s, kind, m, i);
    memcpy(all + i * size, x, size * sizeof *x);
    lengths[i] = length_of(i);
    s->row[m][i] = -1;
    if (!has(i, m, s->modalities))
      continue;
    s->present[i] |= (uint8_t)(1u << m);
    memcpy(held + count * size, x, size * sizeof *x);
    lengths[N + count] = length_of(i);
    s->row[m][i] = (int32_t)count++;
  }
  const bool sequence = fray_feature_has_length(kind);
  const size_t time = s->shape[m].time;
  s->all[m] = (struct fray_feature_batch){N, time, all, sequence ? lengths : NULL};
  s->held[m] = (struct fray_feature_batch){count, time, held, sequence ? lengths + N : NULL};
  s->rows[m] = s->row[m];
  s->all_rows[m] = s->identity;
}

/* Of 16 steps: each convolution halves them, three by default and one of the examples. */
static double tokens_of(const char *encoder, bool by_default) {
  if (strcmp(encoder, "conv_gru") == 0)
    return by_default ? 2 : 8;
  static const char *const each[] = {"gru", "text", "transformer"}; /* one for each step */
  for (size_t i = 0; i < FRAY_COUNT(each); i++)
    if (strcmp(encoder, each[i]) == 0)
      return 16;
  return 1;
}

static struct scene *scene_new(const struct pairing *pairing, size_t n_pairings, size_t from,
                               size_t modalities, const char *fusion) {
  struct scene *s = calloc(1, sizeof *s);
  assert_non_null(s);
  s->modalities = modalities;
  char text[1024];
  int at = snprintf(text, sizeof text, "{hidden: %d, head: 7, dropout: 0, fusion: %s, encoders: {",
                    HIDDEN, fusion);
  for (size_t m = 0; m < modalities; m++) {
    const char *encoder = pairing[(from + m) % n_pairings].encoder;
    const char *keys = example_of(encoder);
    at += snprintf(text + at, sizeof text - (size_t)at, "%s: %s, ", names[m],
                   modalities == 1 ? encoder : keys); /* alone with its defaults */
  }
  snprintf(text + at, sizeof text - (size_t)at, "}}");
  for (size_t i = 0; i < N; i++)
    s->identity[i] = (int32_t)i;
  for (size_t m = 0; m < modalities; m++) {
    const enum fray_feature_kind kind = pairing[(from + m) % n_pairings].kind;
    s->shape[m] = shapes[kind];
    s->tokens[m] = tokens_of(pairing[(from + m) % n_pairings].encoder, modalities == 1);
    fill_modality(s, kind, m);
  }
  struct fray_model_config config;
  struct fray_node *node;
  OK(fray_yaml_parse(text, "test", &s->arena, &node, &err));
  OK(fray_schema_read(&fray_model_table, node, "model", &config, &s->arena, &err));
  OK(fray_model_new(&config, &(struct fray_model_data){modalities, CLASSES, names, s->shape, NULL},
                    &s->model, &err));
  s->table = fray_model_params(s->model);
  s->w = fray_arena_zero(&s->arena, s->table->total, sizeof *s->w);
  s->direction = fray_arena_zero(&s->arena, s->table->total, sizeof *s->direction);
  fray_param_init(s->table, 5, s->w);
  return s;
}

static void scene_free(struct scene *s) {
  fray_model_free(s->model);
  fray_arena_free(&s->arena);
  free(s);
}

static struct fray_batch batch_of(const struct scene *s) {
  return (struct fray_batch){.n = N, .feature = s->held, .row = s->rows, .label = labels};
}

static double loss_at(struct scene *s, double step) {
  const struct fray_arena_place mark = fray_arena_mark(&s->arena);
  float *w = fray_arena_alloc(&s->arena, s->table->total, sizeof *w);
  const struct fray_pass pass = {.train = true, .w = w, .arena = &s->arena};
  struct fray_forward forward;
  float dlogits[N * CLASSES];
  for (size_t i = 0; i < s->table->total; i++)
    w[i] = (float)((double)s->w[i] + step * (double)s->direction[i]);
  const struct fray_batch batch = batch_of(s);
  OK(fray_model_forward(s->model, &batch, &pass, &forward, &err));
  const double loss =
      fray_loss(NULL, &(struct fray_truth){N, CLASSES, labels, NULL}, forward.logits, dlogits);
  fray_arena_rewind(&s->arena, mark);
  return loss;
}

/* The slope of the loss along its own gradient is the gradient's norm; also per modality's block,
 * so that a small block does not hide behind a large one. block: a modality, or -1 for what is
 * shared. A step may cross a kink of ReLU or a maximum, hence several. */
static void check_slope(struct scene *s, const float *grad, int block, const char *what) {
  double norm = 0, best = INFINITY, found = 0;
  for (size_t k = 0; k < s->table->n; k++) {
    const struct fray_param *p = &s->table->v[k];
    for (size_t i = p->offset; i < p->offset + p->size; i++) {
      s->direction[i] = p->modality == block ? grad[i] : 0;
      norm += (double)s->direction[i] * (double)s->direction[i];
    }
  }
  norm = sqrt(norm);
  if (!(norm > 1e-4)) { /* an encoder without parameters has no block */
    assert_true(block >= 0 && norm == 0);
    return;
  }
  for (size_t i = 0; i < s->table->total; i++)
    s->direction[i] = (float)((double)s->direction[i] / norm);
  static const double steps[] = {3e-3, 3e-4, 1e-4, 3e-5, 1e-5};
  for (size_t k = 0; k < FRAY_COUNT(steps); k++) {
    const double slope = (loss_at(s, steps[k]) - loss_at(s, -steps[k])) / (2 * steps[k]);
    if (fabs(slope - norm) < best) {
      best = fabs(slope - norm);
      found = slope;
    }
  }
  if (!(best <= 0.01 * norm))
    fail_msg("%s, block %d: slope %.6g, gradient %.6g", what, block, found, norm);
}

static void check_gradient_of(struct scene *s, const char *what) {
  const struct fray_batch batch = batch_of(s);
  float *grad = fray_arena_zero(&s->arena, s->table->total, sizeof *grad);
  const struct fray_pass pass = {.train = true, .w = s->w, .grad = grad, .arena = &s->arena};
  struct fray_step step;
  OK(fray_model_step(s->model, &batch, NULL, &pass, &step, &err));
  assert_true(isfinite(step.loss));
  for (int block = FRAY_PARAM_SHARED; block < (int)s->modalities; block++)
    check_slope(s, grad, block, what);
}

/* Encoding all samples and masking gives the logits of the batch that lacks them. */
static void check_masks(struct scene *s, const char *what) {
  const struct fray_pass pass = {.train = false, .w = s->w, .arena = &s->arena};
  const struct fray_batch held = batch_of(s);
  const struct fray_batch all = {.n = N, .feature = s->all, .row = s->all_rows};
  struct fray_forward lacking;
  float masked[N * CLASSES];
  struct fray_encoded *encoded;
  OK(fray_model_forward(s->model, &held, &pass, &lacking, &err));
  OK(fray_model_encode(s->model, &all, &pass, &encoded, &err));
  OK(fray_model_classify(s->model, encoded, s->present, &pass, masked, &err));
  for (size_t i = 0; i < (size_t)N * CLASSES; i++)
    if (!(fabsf(masked[i] - lacking.logits[i]) <= 1e-5f))
      fail_msg("%s: logit %zu: masked %.8g, lacking %.8g", what, i, (double)masked[i],
               (double)lacking.logits[i]);
}

/* Steps of sample i in each modality. */
static void steps_of(const struct scene *s, size_t i, size_t steps[MOST]) {
  for (size_t m = 0; m < s->modalities; m++)
    steps[m] = s->row[m][i] < 0                            ? 0
               : fray_feature_has_length(s->shape[m].kind) ? (size_t)length_of(i)
                                                           : 1;
}

/* What passes count is the sum of what each sample's formula says. */
static void check_sum_of_flops(struct scene *s, const char *what) {
  float *grad = fray_arena_zero(&s->arena, s->table->total, sizeof *grad);
  double counted = 0, sum = 0;
  const struct fray_pass pass = {
      .train = true, .w = s->w, .grad = grad, .arena = &s->arena, .flops = &counted};
  const struct fray_batch batch = batch_of(s);
  struct fray_step step;
  OK(fray_model_step(s->model, &batch, NULL, &pass, &step, &err));
  for (size_t i = 0; i < N; i++) {
    size_t steps[MOST];
    steps_of(s, i, steps);
    const struct fray_flops f = fray_model_flops(s->model, steps);
    sum += f.forward + f.backward;
  }
  if (counted != sum)
    fail_msg("%s: %.17g operations were counted, not %.17g", what, counted, sum);
}

/* The formulas against the products that are made for one sample, whose shapes OpenBLAS was given.
 * by_hand: operations of a forward pass that are none of its products. */
static void check_products(struct scene *s, double by_hand, const char *what) {
  float *grad = fray_arena_zero(&s->arena, s->table->total, sizeof *grad), dlogits[CLASSES] = {1};
  const struct fray_pass pass = {.train = true, .w = s->w, .grad = grad, .arena = &s->arena};
  struct fray_feature_batch alone[MOST];
  struct fray_forward forward;
  size_t steps[MOST];
  steps_of(s, 0, steps);
  for (size_t m = 0; m < s->modalities; m++) {
    alone[m] = s->all[m];
    alone[m].n = 1;
  }
  const struct fray_batch batch = {.n = 1, .feature = alone, .row = s->all_rows, .label = labels};
  const struct fray_flops f = fray_model_flops(s->model, steps);
  double before = fray_gemm_flops();
  OK(fray_model_forward(s->model, &batch, &pass, &forward, &err));
  const double there = fray_gemm_flops() - before + by_hand;
  before = fray_gemm_flops();
  OK(fray_model_backward(s->model, &forward, dlogits, NULL, &pass, &err));
  const double back = fray_gemm_flops() - before;
  if (there != f.forward || back != f.backward)
    fail_msg("%s: %g and %g operations by formula, %g and %g were made", what, f.forward,
             f.backward, there, back);
}

/* Weighted means of attention are added up token by token: heads x width values, whose heads the
 * fused vector's size tells. */
static double weighted_means(const struct scene *s, const char *fusion) {
  double tokens = 0;
  const struct fray_param *scores = fray_param_find(s->table, "fusion.att_fc2.weight");
  if (strcmp(fusion, "attention") != 0)
    return 0;
  for (size_t m = 0; m < s->modalities; m++)
    tokens += s->tokens[m];
  return 2 * tokens * HIDDEN * (double)scores->shape[0];
}

static void test_all(void **state) {
  (void)state;
  static const size_t counts[] = {1, 2, 5, MOST};
  struct pairing pairing[64];
  const size_t n = list_pairings(pairing);
  for (size_t f = 0; f < fray_fusions.n; f++)
    for (size_t c = 0; c < FRAY_COUNT(counts); c++)
      for (size_t from = 0; from < n; from++) {
        char what[160];
        snprintf(what, sizeof what, "%s of %zu modalities, the first with %s (features of kind %d)",
                 fray_fusions.v[f]->name, counts[c], pairing[from].encoder, pairing[from].kind);
        struct scene *s = scene_new(pairing, n, from, counts[c], fray_fusions.v[f]->name);
        check_gradient_of(s, what);
        check_masks(s, what);
        check_sum_of_flops(s, what);
        check_products(s, weighted_means(s, fray_fusions.v[f]->name), what);
        scene_free(s);
      }
}

/* Every kind of features has one encoder that is taken where the scenario names none, and that
 * takes it. */
static void test_preferred(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    size_t n = 0;
    for (size_t e = 0; e < fray_encoders.n; e++) {
      const struct fray_encoder_ops *ops = fray_encoders.v[e]->impl;
      const bool preferred = ops->preferred >> kind & 1;
      n += preferred;
      assert_true(!preferred || ops->kinds >> kind & 1);
    }
    assert_int_equal(n, 1);
  }
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_all), cmocka_unit_test(test_preferred)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
