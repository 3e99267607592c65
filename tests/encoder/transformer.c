/* The encoder of self-attention: PyTorch's numbers, central differences, and laws of packing. */
#include "fusion/central_difference.h"

#include "fray/base/size.h"
#include "fray/encoder/encoder.h"
#include "fray/tensor/blas.h"
#include "fusion/attention_golden.h"
#include "ok.h"
#include "transformer_golden.h"

#include <stdlib.h>

enum { MOST = 6, WIDTH = 5, ROOM = 512 };

struct scene {
  struct fray_arena arena, pass_arena;
  struct fray_param_table table;
  const struct fray_encoder_ops *ops;
  struct fray_encoder *encoder;
  struct fray_feature_batch in;
  size_t columns;
  float *w, *x, weights[ROOM];
  int32_t lengths[MOST];
};

static enum fray_status try_plan(struct scene *s, double dropout, const char *yaml,
                                 const struct fray_feature_shape *shape, struct fray_err *error) {
  const struct fray_choice *choice = fray_choice_find(&fray_encoders, "transformer");
  struct fray_node *node;
  assert_non_null(choice);
  void *params = fray_arena_zero(&s->arena, 1, choice->table->size);
  OK(fray_yaml_parse(yaml, "test", &s->arena, &node, &err));
  OK(fray_schema_read(choice->table, node, "", params, &s->arena, &err));
  s->ops = choice->impl;
  s->table.arena = &s->arena;
  const struct fray_model_part part = {{&s->table, "it", 1}, WIDTH, dropout, NULL};
  return s->ops->plan(params, shape, &part, &s->encoder, error);
}

/* n samples of those lengths; NaN past each length, which must not be read. Words have ids. */
static struct scene *scene_new(double dropout, const char *yaml, enum fray_feature_kind kind,
                               size_t n, const int32_t *lengths, size_t time) {
  struct scene *s = calloc(1, sizeof *s);
  assert_non_null(s);
  const bool words = kind == FRAY_FEATURE_TOKENS;
  s->columns = 4;
  OK(try_plan(s, dropout, yaml,
              &(struct fray_feature_shape){kind, 8, 1, 1, s->columns, words ? 9 : 0}, &err));
  s->w = fray_arena_zero(&s->arena, s->table.total, sizeof *s->w);
  fill_with_waves(&s->table, s->w);
  s->x = fray_arena_alloc(&s->arena, n * time * s->columns, sizeof *s->x);
  for (size_t i = 0; i < n; i++) {
    float *x = s->x + i * time * s->columns;
    const size_t size = (size_t)lengths[i] * s->columns;
    waves(x, size, 3000 + 100 * i);
    for (size_t k = 0; words && k < size; k++)
      x[k] = k % 4 > i % 3 ? -1 : floorf(4.5f + 4.4f * x[k]);
    for (size_t k = size; k < time * s->columns; k++)
      x[k] = NAN;
  }
  memcpy(s->lengths, lengths, n * sizeof *lengths);
  s->in = (struct fray_feature_batch){.n = n, .time = time, .x = s->x, .length = s->lengths};
  waves(s->weights, ROOM, 5000);
  return s;
}

static void scene_free(struct scene *s) {
  fray_arena_free(&s->arena);
  fray_arena_free(&s->pass_arena);
  free(s);
}

/* Without a tape there is nothing to train: dropout is off then. */
static struct fray_tokens encode(struct scene *s, bool train, void **tape) {
  const struct fray_pass pass = {.train = train, .w = s->w, .arena = &s->pass_arena};
  struct fray_tokens tokens;
  fray_arena_reset(&s->pass_arena);
  OK(s->ops->forward(s->encoder, &s->in, &pass, &tokens, tape, &err));
  assert_int_equal(tokens.n, s->in.n);
  assert_in_range(tokens.first[tokens.n] * WIDTH, 1, ROOM);
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
  float *grad = fray_arena_alloc(&s->arena, s->table.total, sizeof *grad), d[ROOM];
  const struct fray_pass pass = {.train = true, .w = s->w, .grad = grad, .arena = &s->pass_arena};
  assert_non_null(grad);
  for (size_t i = 0; i < s->table.total; i++)
    grad[i] = start;
  memcpy(d, s->weights, sizeof d);
  void *tape;
  encode(s, true, &tape);
  OK(s->ops->backward(s->encoder, tape, d, &pass, &err));
  return grad;
}

static const char golden_keys[] = "{width: 8, heads: 2, layers: 2, factor: 2, patch: 2}";
static const int32_t golden_lengths[] = {7, 3, 1};

/* Tokens without dropout, in one pass that keeps all and in one that keeps nothing. */
static void test_golden_tokens(void **state) {
  (void)state;
  struct scene *s = scene_new(0, golden_keys, FRAY_FEATURE_SEQUENCE, 3, golden_lengths, 8);
  const struct fray_tokens tokens = encode(s, false, NULL);
  static const size_t first[] = {0, 4, 6, 7};
  assert_memory_equal(tokens.first, first, sizeof first);
  for (size_t i = 0; i < FRAY_COUNT(golden_result); i++)
    if (!(fabs((double)tokens.x[i] - golden_result[i]) <= 1e-5))
      fail_msg("value %zu: %.9g, not %.9g", i, (double)tokens.x[i], golden_result[i]);
  scene_free(s);
}

static void test_golden_gradients(void **state) {
  (void)state;
  struct scene *s = scene_new(0, golden_keys, FRAY_FEATURE_SEQUENCE, 3, golden_lengths, 8);
  assert_int_equal(s->table.n, FRAY_COUNT(golden_names));
  assert_int_equal(2 * s->table.n, FRAY_COUNT(golden_gradients));
  const float *grad = gradient(s, 0);
  for (size_t k = 0; k < s->table.n; k++) {
    const struct fray_param *p = &s->table.v[k];
    assert_string_equal(p->name, golden_names[k]);
    assert_int_equal(p->modality, 1);
    holds(grad + p->offset, p->size, golden_gradients + 2 * k, p->name);
  }
  scene_free(s);
}

/* What the other tests try: positions of each kind, patches, words. */
static const struct {
  const char *keys;
  enum fray_feature_kind kind;
} ways[] = {
    {"{width: 6, heads: 3, layers: 2, factor: 1}", FRAY_FEATURE_SEQUENCE},
    {"{width: 6, heads: 2, layers: 1, factor: 1, patch: 3, positions: learnt}",
     FRAY_FEATURE_SEQUENCE},
    {"{width: 5, heads: 1, layers: 2, factor: 2, positions: none}", FRAY_FEATURE_TOKENS},
};
static const int32_t lengths[MOST] = {8, 1, 3, 8, 2, 5};

static void test_gradients(void **state) {
  (void)state;
  for (size_t way = 0; way < FRAY_COUNT(ways); way++) {
    struct scene *s = scene_new(0.3, ways[way].keys, ways[way].kind, 4, lengths, 8);
    const float *grad = gradient(s, 0);
    for (size_t k = 0; k < s->table.n; k++) {
      const struct fray_param *p = &s->table.v[k];
      check_gradient(objective_of, s, s->w + p->offset, p->size, grad + p->offset, 1, 5e-3,
                     p->name);
    }
    const float *more = gradient(s, 2); /* they are added to what is there */
    for (size_t i = 0; i < s->table.total; i++)
      assert_true(fabsf(grad[i] + 2 - more[i]) <= 1e-5f * (1 + fabsf(grad[i])));
    scene_free(s);
  }
}

/* More rows of padding: the same bytes, forward and backward, with dropout and without. */
static void test_padding_is_irrelevant(void **state) {
  (void)state;
  for (size_t way = 0; way < FRAY_COUNT(ways); way++) {
    struct scene *a = scene_new(0.3, ways[way].keys, ways[way].kind, MOST, lengths, 8);
    struct scene *b = scene_new(0.3, ways[way].keys, ways[way].kind, MOST, lengths, 13);
    for (int train = 0; train < 2; train++) {
      void *tape;
      const struct fray_tokens x = encode(a, train, &tape), y = encode(b, train, &tape);
      assert_memory_equal(x.first, y.first, (MOST + 1) * sizeof *x.first);
      assert_memory_equal(x.x, y.x, x.first[MOST] * WIDTH * sizeof *x.x);
    }
    assert_memory_equal(gradient(a, 0), gradient(b, 0), a->table.total * sizeof(float));
    scene_free(a);
    scene_free(b);
  }
}

/* Samples in another order, and each by itself, give the tokens that they give among others. */
static void test_others_are_irrelevant(void **state) {
  (void)state;
  static const size_t order[MOST] = {3, 0, 5, 4, 2, 1};
  for (size_t way = 0; way < FRAY_COUNT(ways); way++) {
    struct scene *s = scene_new(0.3, ways[way].keys, ways[way].kind, MOST, lengths, 8);
    const size_t size = 8 * s->columns;
    float whole[ROOM], x[MOST * 8 * 4];
    int32_t permuted[MOST];
    const struct fray_tokens all = encode(s, false, NULL);
    size_t first[MOST + 1];
    memcpy(first, all.first, sizeof first);
    memcpy(whole, all.x, first[MOST] * WIDTH * sizeof *whole);
    for (size_t i = 0; i < MOST; i++) {
      memcpy(x + i * size, s->x + order[i] * size, size * sizeof *x);
      permuted[i] = lengths[order[i]];
    }
    s->in = (struct fray_feature_batch){MOST, 8, x, permuted};
    const struct fray_tokens other = encode(s, false, NULL);
    for (size_t i = 0; i < MOST; i++) {
      const size_t rows = first[order[i] + 1] - first[order[i]];
      assert_int_equal(rows, other.first[i + 1] - other.first[i]);
      for (size_t k = 0; k < rows * WIDTH; k++)
        assert_true(fabsf(other.x[other.first[i] * WIDTH + k] -
                          whole[first[order[i]] * WIDTH + k]) <= 1e-6f);
    }
    for (size_t i = 0; i < MOST; i++) {
      s->in = (struct fray_feature_batch){1, 8, s->x + i * size, s->lengths + i};
      const struct fray_tokens alone = encode(s, false, NULL);
      for (size_t k = 0; k < alone.first[1] * WIDTH; k++)
        assert_true(fabsf(alone.x[k] - whole[first[i] * WIDTH + k]) <= 1e-6f);
    }
    scene_free(s);
  }
}

/* So many that they go through in groups: each gives what it gives among few, whether its rows are
 * kept for a backward pass or not. */
static void test_many_samples(void **state) {
  (void)state;
  enum { MANY = 15 * MOST, SIZE = 8 * 4 };
  static float x[MANY * SIZE];
  int32_t length[MANY];
  for (size_t way = 0; way < FRAY_COUNT(ways); way++) {
    struct scene *s = scene_new(0, ways[way].keys, ways[way].kind, MOST, lengths, 8);
    const struct fray_tokens few = encode(s, false, NULL);
    float want[ROOM];
    memcpy(want, few.x, few.first[MOST] * WIDTH * sizeof *want);
    for (size_t i = 0; i < MANY; i++) {
      memcpy(x + i * SIZE, s->x + i % MOST * SIZE, SIZE * sizeof *x);
      length[i] = lengths[i % MOST];
    }
    const size_t size = few.first[MOST] * WIDTH; /* of a turn through them */
    s->in = (struct fray_feature_batch){MANY, 8, x, length};
    for (int train = 0; train < 2; train++) {
      const struct fray_pass pass = {.train = train, .w = s->w, .arena = &s->pass_arena};
      struct fray_tokens many;
      void *tape;
      fray_arena_reset(&s->pass_arena);
      OK(s->ops->forward(s->encoder, &s->in, &pass, &many, train ? &tape : NULL, &err));
      assert_int_equal(many.first[MANY] * WIDTH, MANY / MOST * size);
      for (size_t k = 0; k < MANY / MOST * size; k++)
        assert_true(fabsf(many.x[k] - want[k % size]) <= 1e-6f);
    }
    scene_free(s);
  }
}

/* Without positions attention knows no order: steps turned round give tokens turned round. With
 * them it does. */
static void test_positions(void **state) {
  (void)state;
  static const char *const keys[] = {"{width: 8, heads: 2, positions: none}",
                                     "{width: 8, heads: 2, positions: sinusoidal}",
                                     "{width: 8, heads: 2, positions: learnt}"};
  for (size_t k = 0; k < FRAY_COUNT(keys); k++) {
    struct scene *s = scene_new(0, keys[k], FRAY_FEATURE_SEQUENCE, 1, lengths, 8);
    float straight[8 * WIDTH], turned[8 * 4], furthest = 0;
    memcpy(straight, encode(s, false, NULL).x, sizeof straight);
    for (size_t t = 0; t < 8; t++)
      memcpy(turned + t * 4, s->x + (7 - t) * 4, 4 * sizeof *turned);
    s->in.x = turned;
    const struct fray_tokens back = encode(s, false, NULL);
    for (size_t t = 0; t < 8; t++)
      for (size_t j = 0; j < WIDTH; j++)
        furthest = fmaxf(furthest, fabsf(back.x[(7 - t) * WIDTH + j] - straight[t * WIDTH + j]));
    assert_true(k == 0 ? furthest < 2e-6f : furthest > 1e-2f);
    scene_free(s);
  }
}

/* What does not fit is said, with the value and the bound. */
static void test_refusals(void **state) {
  (void)state;
  static const struct fray_feature_shape series = {FRAY_FEATURE_SEQUENCE, 8, 1, 1, 3, 0};
  static const struct fray_feature_shape text = {FRAY_FEATURE_TOKENS, 8, 1, 1, 3, 9};
  static const struct {
    const char *keys, *words;
    const struct fray_feature_shape *shape;
  } bad[] = {
      {"{width: 64, heads: 5}", "heads: 5 does not divide the width 64", &series},
      {"{patch: 9}", "patch: 9 steps, but the longest sample has 8", &series},
      {"{patch: 2}", "patch: 2, but words are tokens of their own", &text},
      {"{vectors: trained}", "vectors: trained, but these features are not words", &series},
      {"{vectors: frozen}", "vectors: frozen, but data.features names no file", &text},
  };
  for (size_t k = 0; k < FRAY_COUNT(bad); k++) {
    struct scene s = {0};
    struct fray_err error = {0};
    assert_int_equal(try_plan(&s, 0, bad[k].keys, bad[k].shape, &error), FRAY_INPUT);
    if (!strstr(error.text, bad[k].words))
      fail_msg("%s: %s", bad[k].keys, error.text);
    fray_arena_free(&s.arena);
  }
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_golden_tokens),
      cmocka_unit_test(test_golden_gradients),
      cmocka_unit_test(test_gradients),
      cmocka_unit_test(test_padding_is_irrelevant),
      cmocka_unit_test(test_others_are_irrelevant),
      cmocka_unit_test(test_many_samples),
      cmocka_unit_test(test_positions),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
