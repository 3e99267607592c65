/* The encoder text: central differences, and laws that tie it to the encoder gru. */
#include "fusion/central_difference.h"

#include "fray/base/size.h"
#include "fray/encoder/encoder.h"
#include "fray/tensor/blas.h"
#include "ok.h"

#include <stdlib.h>
#include <string.h>

enum { N = 5, TIME = 6, IDS = 4, BUCKETS = 9, DIM = 7, WIDTH = 3 };

static const int32_t lengths[N] = {6, 1, 3, 6, 2};

struct scene {
  struct fray_arena arena, pass_arena;
  struct fray_param_table table;
  const struct fray_encoder_ops *ops;
  struct fray_encoder *encoder;
  const struct fray_word_vectors *vectors; /* set before `plan` */
  struct fray_feature_batch in;
  float *w, *x, *weights; /* weights: (N TIME, WIDTH) of the objective */
};

static void plan(struct scene *s, const char *name, const char *yaml,
                 const struct fray_feature_shape *shape) {
  const struct fray_choice *choice = fray_choice_find(&fray_encoders, name);
  struct fray_node *node;
  void *params = NULL;
  assert_non_null(choice);
  if (choice->table) {
    params = fray_arena_zero(&s->arena, 1, choice->table->size);
    OK(fray_yaml_parse(yaml, "test", &s->arena, &node, &err));
    OK(fray_schema_read(choice->table, node, "", params, &s->arena, &err));
  }
  s->ops = choice->impl;
  s->table.arena = &s->arena;
  const struct fray_model_part part = {{&s->table, "it", 1}, WIDTH, 0.5, s->vectors};
  OK(s->ops->plan(params, shape, &part, &s->encoder, &err));
  s->w = fray_arena_zero(&s->arena, s->table.total, sizeof *s->w);
  fray_param_init(&s->table, 4, s->w);
}

/* Words with 1 to IDS ids, none of the last bucket; NaN past each length, as it must not be read.
 */
static struct scene *scene_new(size_t time) {
  struct scene *s = calloc(1, sizeof *s);
  assert_non_null(s);
  plan(s, "text", "{dim: 7}",
       &(struct fray_feature_shape){FRAY_FEATURE_TOKENS, TIME, 1, 1, IDS, BUCKETS});
  s->x = fray_arena_alloc(&s->arena, N * time * IDS, sizeof *s->x);
  s->weights = fray_arena_alloc(&s->arena, N * TIME * WIDTH, sizeof *s->weights);
  for (size_t i = 0; i < N; i++) {
    struct fray_rng rng = fray_rng_for(8, "words", i, 0, 0);
    for (size_t t = 0; t < time; t++) {
      size_t ids = 1 + fray_rng_below(&rng, IDS);
      for (size_t k = 0; k < IDS; k++)
        s->x[(i * time + t) * IDS + k] = t >= (size_t)lengths[i] ? NAN
                                         : k >= ids              ? -1
                                                    : (float)fray_rng_below(&rng, BUCKETS - 1);
    }
  }
  struct fray_rng rng = fray_rng_for(8, "weights", 0, 0, 0);
  for (size_t i = 0; i < N * TIME * WIDTH; i++)
    s->weights[i] = (float)fray_rng_normal(&rng);
  s->in = (struct fray_feature_batch){.n = N, .time = time, .x = s->x, .length = lengths};
  return s;
}

static void scene_free(struct scene *s) {
  fray_arena_free(&s->arena);
  fray_arena_free(&s->pass_arena);
  free(s);
}

static struct fray_tokens encode(struct scene *s, bool train, void **tape) {
  const struct fray_pass pass = {.train = train, .w = s->w, .arena = &s->pass_arena};
  struct fray_tokens tokens;
  fray_arena_reset(&s->pass_arena);
  OK(s->ops->forward(s->encoder, &s->in, &pass, &tokens, tape, &err));
  assert_int_equal(tokens.n, s->in.n);
  for (size_t i = 0; i < tokens.n; i++) /* one token per word */
    assert_int_equal(tokens.first[i + 1] - tokens.first[i], s->in.length[i]);
  return tokens;
}

static double objective_of(void *context) {
  struct scene *s = context;
  void *tape;
  const struct fray_tokens tokens = encode(s, true, &tape);
  double sum = 0;
  for (size_t i = 0; i < tokens.first[tokens.n] * WIDTH; i++)
    sum += (double)s->weights[i] * (double)tokens.x[i];
  return sum;
}

static float *gradient(struct scene *s, float start) {
  float *grad = fray_arena_alloc(&s->arena, s->table.total, sizeof *grad);
  const struct fray_pass pass = {.train = true, .w = s->w, .grad = grad, .arena = &s->pass_arena};
  float *d = fray_arena_alloc(&s->arena, N * TIME * WIDTH, sizeof *d);
  assert_true(grad && d);
  for (size_t i = 0; i < s->table.total; i++)
    grad[i] = start;
  memcpy(d, s->weights, N * TIME * WIDTH * sizeof *d);
  void *tape;
  encode(s, true, &tape);
  OK(s->ops->backward(s->encoder, tape, d, &pass, &err));
  return grad;
}

static const struct fray_param *param(const struct scene *s, const char *name) {
  const struct fray_param *p = fray_param_find(&s->table, name);
  assert_non_null(p);
  return p;
}

static void test_gradients(void **state) {
  (void)state;
  struct scene *s = scene_new(TIME);
  const float *grad = gradient(s, 0);
  for (size_t k = 0; k < s->table.n; k++) {
    const struct fray_param *p = &s->table.v[k];
    check_gradient(objective_of, s, s->w + p->offset, p->size, grad + p->offset, 1, 5e-3, p->name);
  }
  scene_free(s);
}

/* Only rows in use are touched, and gradients are added to what is there. */
static void test_gradient_is_sparse(void **state) {
  (void)state;
  struct scene *s = scene_new(TIME);
  const struct fray_param *p = param(s, "it.embedding.weight");
  const float *one = gradient(s, 0), *more = gradient(s, 2);
  size_t used = 0;
  for (size_t r = 0; r < BUCKETS; r++) {
    bool named = false;
    for (size_t i = 0; i < N * TIME * IDS; i++)
      named = named || s->x[i] == (float)r;
    used += named;
    for (size_t j = 0; j < DIM; j++) {
      const size_t at = p->offset + r * DIM + j;
      assert_true(named == (one[at] != 0));
      assert_true(named ? fabsf(one[at] + 2 - more[at]) < 1e-5f : more[at] == 2);
    }
  }
  assert_in_range(used, 4, BUCKETS - 1);
  scene_free(s);
}

/* A GRU over the product of the weights of ids (4 / sqrt n of a word's) with the table, worked out
 * here, gives the same. */
static void test_equals_gru_over_products(void **state) {
  (void)state;
  struct scene *s = scene_new(TIME), g = {0};
  plan(&g, "gru", "", &(struct fray_feature_shape){FRAY_FEATURE_SEQUENCE, TIME, 1, 1, DIM, 0});
  for (size_t k = 0; k < g.table.n; k++) {
    const struct fray_param *to = &g.table.v[k], *from = param(s, to->name);
    assert_int_equal(from->size, to->size);
    memcpy(g.w + to->offset, s->w + from->offset, to->size * sizeof *g.w);
  }
  assert_int_equal(s->table.count, g.table.count + BUCKETS * DIM);
  const float *table = s->w + param(s, "it.embedding.weight")->offset;
  float x[N * TIME * DIM] = {0};
  for (size_t word = 0; word < N * TIME; word++) {
    double share[BUCKETS] = {0}, n = 0;
    for (size_t k = 0; k < IDS; k++)
      n += s->x[word * IDS + k] >= 0;
    for (size_t k = 0; k < IDS; k++)
      if (s->x[word * IDS + k] >= 0)
        share[(size_t)s->x[word * IDS + k]] += 4 / sqrt(n);
    for (size_t j = 0; j < DIM; j++) {
      double sum = 0;
      for (size_t r = 0; r < BUCKETS; r++)
        sum += share[r] * (double)table[r * DIM + j];
      x[word * DIM + j] = (float)sum;
    }
  }
  g.in = (struct fray_feature_batch){.n = N, .time = TIME, .x = x, .length = lengths};
  const struct fray_tokens got = encode(s, false, NULL), want = encode(&g, false, NULL);
  for (size_t i = 0; i < got.first[N] * WIDTH; i++)
    assert_true(fabsf(got.x[i] - want.x[i]) < 1e-5f);
  fray_arena_free(&g.arena);
  fray_arena_free(&g.pass_arena);
  scene_free(s);
}

/* More rows of padding: the same bits, forward and backward, training or not. */
static void test_padding_is_irrelevant(void **state) {
  (void)state;
  struct scene *a = scene_new(TIME), *b = scene_new(TIME + 3);
  /* The draws of a sample follow one another, so both scenes have the same words. */
  for (int train = 0; train < 2; train++) {
    void *tape;
    const struct fray_tokens x = encode(a, train, &tape), y = encode(b, train, &tape);
    assert_memory_equal(x.x, y.x, x.first[N] * WIDTH * sizeof *x.x);
  }
  assert_memory_equal(gradient(a, 0), gradient(b, 0), a->table.total * sizeof(float));
  scene_free(a);
  scene_free(b);
}

/* Each sample by itself gives the tokens that it gives among others. */
static void test_ragged_is_alone(void **state) {
  (void)state;
  struct scene *s = scene_new(TIME);
  float whole[N * TIME * WIDTH];
  const struct fray_tokens all = encode(s, false, NULL);
  memcpy(whole, all.x, all.first[N] * WIDTH * sizeof *whole);
  const float *at = whole;
  for (size_t i = 0; i < N; i++) {
    s->in = (struct fray_feature_batch){1, TIME, s->x + i * TIME * IDS, lengths + i};
    const struct fray_tokens one = encode(s, false, NULL);
    for (size_t k = 0; k < (size_t)lengths[i] * WIDTH; k++)
      assert_true(fabsf(one.x[k] - *at++) < 1e-6f);
  }
  scene_free(s);
}

static void test_parameters(void **state) {
  (void)state;
  struct scene *s = scene_new(TIME);
  const struct fray_param *p = param(s, "it.embedding.weight");
  assert_int_equal(p->shape[0], BUCKETS);
  assert_int_equal(p->shape[1], DIM);
  assert_int_equal(p->modality, 1);
  /* 4 / sqrt n times the sum of n such rows has variance 1. */
  assert_true(fabs(16 * p->bound * p->bound / 3 - 1) < 1e-12);
  assert_int_equal(param(s, "it.gru.weight_ih")->shape[1], DIM);
  scene_free(s);
}

/* A cap that no word reaches changes nothing: the same table, and the same bits for the same words.
 */
static void test_cap_is_irrelevant(void **state) {
  (void)state;
  enum { MORE = 40 };
  struct scene *s = scene_new(TIME), wide = {0};
  float *x = malloc(sizeof(float[N * TIME * MORE]));
  assert_non_null(x);
  plan(&wide, "text", "{dim: 7}",
       &(struct fray_feature_shape){FRAY_FEATURE_TOKENS, TIME, 1, 1, MORE, BUCKETS});
  assert_int_equal(wide.table.total, s->table.total);
  assert_memory_equal(wide.w, s->w, s->table.total * sizeof *s->w);
  for (size_t word = 0; word < N * TIME; word++)
    for (size_t k = 0; k < MORE; k++)
      x[word * MORE + k] = k < IDS ? s->x[word * IDS + k] : -1;
  wide.in = (struct fray_feature_batch){.n = N, .time = TIME, .x = x, .length = lengths};
  const struct fray_tokens a = encode(s, false, NULL), b = encode(&wide, false, NULL);
  assert_memory_equal(a.x, b.x, a.first[N] * WIDTH * sizeof *a.x);
  free(x);
  fray_arena_free(&wide.arena);
  fray_arena_free(&wide.pass_arena);
  scene_free(s);
}

/* ---- pretrained vectors ---- */

enum { ROWS = 4, GIVEN = 3 };
static const float given[ROWS * GIVEN] = {0.5f, -1, 2, 0, 0.25f, -0.75f, 1, 1, -2, 3, 0.125f, 0};
static const struct fray_word_vectors pretrained = {ROWS, GIVEN, given};

/* The words of scene_new, each with a row of its own or none. */
static struct scene *scene_with_vectors(const char *yaml) {
  struct scene *plain = scene_new(TIME), *s = calloc(1, sizeof *s);
  assert_non_null(s);
  s->vectors = &pretrained;
  plan(s, "text", yaml,
       &(struct fray_feature_shape){FRAY_FEATURE_TOKENS, TIME, 1, 1, IDS + 1, BUCKETS});
  s->x = fray_arena_alloc(&s->arena, N * TIME * (IDS + 1), sizeof *s->x);
  s->weights = fray_arena_alloc(&s->arena, N * TIME * WIDTH, sizeof *s->weights);
  memcpy(s->weights, plain->weights, N * TIME * WIDTH * sizeof *s->weights);
  for (size_t word = 0; word < N * TIME; word++) {
    memcpy(s->x + word * (IDS + 1), plain->x + word * IDS, IDS * sizeof *s->x);
    s->x[word * (IDS + 1) + IDS] = isnan(plain->x[word * IDS]) ? NAN : (float)(word % 4) - 1;
  }
  s->in = (struct fray_feature_batch){.n = N, .time = TIME, .x = s->x, .length = lengths};
  scene_free(plain);
  return s;
}

/* Frozen: no parameter; trained: one that starts as it was given; the same tokens at first. Row 3
 * is of no word: its gradient is 0. */
static void test_vectors_frozen_and_trained(void **state) {
  (void)state;
  struct scene *frozen = scene_with_vectors("{dim: 7}");
  struct scene *trained = scene_with_vectors("{dim: 7, vectors: trained}");
  assert_null(fray_param_find(&frozen->table, "it.vectors.weight"));
  const struct fray_param *p = param(trained, "it.vectors.weight");
  assert_int_equal(trained->table.count, frozen->table.count + ROWS * GIVEN);
  assert_memory_equal(trained->w + p->offset, given, sizeof given);
  assert_int_equal(param(frozen, "it.gru.weight_ih")->shape[1], DIM + GIVEN);
  const struct fray_tokens a = encode(frozen, false, NULL), b = encode(trained, false, NULL);
  assert_memory_equal(a.x, b.x, a.first[N] * WIDTH * sizeof *a.x);
  const float *grad = gradient(trained, 0) + p->offset;
  for (size_t j = 0; j < GIVEN; j++)
    assert_true(grad[0 * GIVEN + j] != 0 && grad[3 * GIVEN + j] == 0);
  scene_free(frozen);
  scene_free(trained);
}

static void test_vectors_gradients(void **state) {
  (void)state;
  static const char *const ways[] = {"{dim: 7, vectors: frozen}", "{dim: 7, vectors: trained}"};
  for (size_t way = 0; way < FRAY_COUNT(ways); way++) {
    struct scene *s = scene_with_vectors(ways[way]);
    const float *grad = gradient(s, 0);
    for (size_t k = 0; k < s->table.n; k++) {
      const struct fray_param *p = &s->table.v[k];
      check_gradient(objective_of, s, s->w + p->offset, p->size, grad + p->offset, 1, 5e-3,
                     p->name);
    }
    scene_free(s);
  }
}

/* Vectors of zeros are as none, where the GRU's weights of the others are the same. */
static void test_vectors_of_zeros(void **state) {
  (void)state;
  static const float zeros[ROWS * GIVEN];
  static const struct fray_word_vectors of_zeros = {ROWS, GIVEN, zeros};
  struct scene *plain = scene_new(TIME), *s = scene_with_vectors("{dim: 7, vectors: trained}");
  for (size_t k = 0; k < plain->table.n; k++) {
    const struct fray_param *from = &plain->table.v[k], *to = param(s, from->name);
    const size_t width = from->shape[1], wide = to->shape[1];
    for (size_t r = 0; r < from->shape[0]; r++)
      memcpy(s->w + to->offset + r * wide, plain->w + from->offset + r * width,
             width * sizeof *s->w);
  }
  memcpy(s->w + param(s, "it.vectors.weight")->offset, of_zeros.x, sizeof zeros);
  const struct fray_tokens a = encode(plain, false, NULL), b = encode(s, false, NULL);
  for (size_t i = 0; i < a.first[N] * WIDTH; i++)
    assert_true(fabsf(a.x[i] - b.x[i]) < 1e-6f);
  scene_free(plain);
  scene_free(s);
}

static void test_refusals(void **state) {
  (void)state;
  static const float bad[] = {BUCKETS, -2, 0.5f, NAN, INFINITY};
  for (size_t k = 0; k < FRAY_COUNT(bad); k++) {
    struct scene *s = scene_new(TIME);
    struct fray_err err = {0};
    struct fray_tokens tokens;
    const struct fray_pass pass = {.w = s->w, .arena = &s->pass_arena};
    s->x[1] = bad[k];
    assert_int_equal(s->ops->forward(s->encoder, &s->in, &pass, &tokens, NULL, &err),
                     FRAY_INTERNAL);
    scene_free(s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gradients),
      cmocka_unit_test(test_gradient_is_sparse),
      cmocka_unit_test(test_equals_gru_over_products),
      cmocka_unit_test(test_padding_is_irrelevant),
      cmocka_unit_test(test_ragged_is_alone),
      cmocka_unit_test(test_parameters),
      cmocka_unit_test(test_cap_is_irrelevant),
      cmocka_unit_test(test_vectors_frozen_and_trained),
      cmocka_unit_test(test_vectors_gradients),
      cmocka_unit_test(test_vectors_of_zeros),
      cmocka_unit_test(test_refusals),
  };
  fray_blas_start(NULL);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
