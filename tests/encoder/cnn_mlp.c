/* The encoders cnn, mlp, layer and identity: the formula by hand, laws, central differences. */
#include "fusion/central_difference.h"

#include "fray/base/size.h"
#include "fray/encoder/encoder.h"
#include "fray/tensor/blas.h"
#include "ok.h"

#include <stdlib.h>
#include <string.h>

enum { N = 5, WIDTH = 4, HEIGHT = 7, COLUMNS = 6, CHANNELS = 2 };

static const struct fray_feature_shape image = {FRAY_FEATURE_IMAGE, .time = 1, .height = HEIGHT,
                                                .width = COLUMNS, .channels = CHANNELS};
static const struct fray_feature_shape vector = {FRAY_FEATURE_VECTOR, .time = 1, .height = 1,
                                                 .width = 1, .channels = 9};

struct scene {
  struct fray_arena arena;
  struct fray_param_table table;
  const struct fray_encoder_ops *ops;
  struct fray_encoder *encoder;
  struct fray_feature_batch in;
  float *w, *weights; /* weights: (n, WIDTH) of the objective */
};

static float *random_floats(struct fray_arena *arena, size_t n, const char *purpose) {
  float *x = fray_arena_alloc(arena, n, sizeof *x);
  assert_non_null(x);
  struct fray_rng rng = fray_rng_for(7, purpose, 0, 0, 0);
  for (size_t i = 0; i < n; i++)
    x[i] = (float)fray_rng_normal(&rng);
  return x;
}

static struct scene *scene_new(const char *name, const char *yaml,
                               const struct fray_feature_shape *shape, size_t n, double dropout) {
  struct scene *s = calloc(1, sizeof *s);
  assert_non_null(s);
  const struct fray_choice *choice = fray_choice_find(&fray_encoders, name);
  assert_non_null(choice);
  struct fray_node *node;
  OK(fray_yaml_parse(yaml, "test", &s->arena, &node, &err));
  void *params = fray_arena_zero(&s->arena, 1, choice->table ? choice->table->size : 1);
  if (choice->table)
    OK(fray_schema_read(choice->table, node, "", params, &s->arena, &err));
  s->table.arena = &s->arena;
  s->ops = choice->impl;
  assert_true(s->ops->kinds & 1u << shape->kind);
  const struct fray_model_part part = {{&s->table, "it", 2}, WIDTH, dropout, NULL};
  OK(s->ops->plan(params, shape, &part, &s->encoder, &err));
  s->w = fray_arena_zero(&s->arena, s->table.total, sizeof *s->w);
  fray_param_init(&s->table, 9, s->w);
  s->in = (struct fray_feature_batch){
      .n = n, .time = 1, .x = random_floats(&s->arena, n * fray_feature_size(shape), "features")};
  s->weights = random_floats(&s->arena, n * WIDTH, "objective");
  for (size_t k = 0; k < s->table.n; k++)
    assert_int_equal(s->table.v[k].modality, 2);
  return s;
}

static void scene_free(struct scene *s) {
  fray_arena_free(&s->arena);
  free(s);
}

static const float *param(const struct scene *s, const char *name) {
  const struct fray_param *p = fray_param_find(&s->table, name);
  assert_non_null(p);
  return s->w + p->offset;
}

static struct fray_pass pass_of(struct scene *s, bool train) {
  return (struct fray_pass){
      .train = train, .seed = 1, .who = 2, .when = 3, .step = 4, .w = s->w, .arena = &s->arena};
}

static struct fray_tokens encode(struct scene *s, const struct fray_pass *pass, void **tape) {
  struct fray_tokens tokens;
  OK(s->ops->forward(s->encoder, &s->in, pass, &tokens, tape, &err));
  assert_int_equal(tokens.n, s->in.n);
  assert_int_equal(tokens.width, WIDTH);
  for (size_t i = 0; i <= tokens.n; i++)
    assert_int_equal(tokens.first[i], i);
  return tokens;
}

static double token_objective(void *context) {
  struct scene *s = context;
  const struct fray_arena_place mark = fray_arena_mark(&s->arena);
  const struct fray_pass pass = pass_of(s, true);
  void *tape;
  const struct fray_tokens tokens = encode(s, &pass, &tape);
  double sum = 0;
  for (size_t i = 0; i < s->in.n * WIDTH; i++)
    sum += (double)s->weights[i] * (double)tokens.x[i];
  fray_arena_rewind(&s->arena, mark);
  return sum;
}

static void check_gradients(struct scene *s) {
  struct fray_pass pass = pass_of(s, true);
  float *grad = fray_arena_zero(&s->arena, s->table.total, sizeof *grad);
  pass.grad = grad;
  float *dtokens = fray_arena_alloc(&s->arena, s->in.n * WIDTH, sizeof *dtokens);
  memcpy(dtokens, s->weights, s->in.n * WIDTH * sizeof *dtokens);
  void *tape;
  encode(s, &pass, &tape);
  OK(s->ops->backward(s->encoder, tape, dtokens, &pass, &err));
  for (size_t k = 0; k < s->table.n; k++) {
    const struct fray_param *p = &s->table.v[k];
    check_gradient(token_objective, s, s->w + p->offset, p->size, grad + p->offset, 1, 1e-2,
                   p->name);
  }
  scene_free(s);
}

static void test_gradients(void **state) {
  (void)state;
  check_gradients(scene_new("cnn", "{filters: [3, 4]}", &image, N, 0));
  check_gradients(scene_new("cnn", "{filters: [3, 4]}", &image, N, 0.3));
  check_gradients(scene_new("cnn", "{filters: []}", &image, N, 0.3));
  check_gradients(scene_new("mlp", "{units: 6}", &vector, N, 0));
  check_gradients(scene_new("mlp", "{units: 6}", &vector, N, 0.3));
  check_gradients(scene_new("mlp", "{units: 6}", &image, N, 0.3));
  check_gradients(scene_new("layer", "{activation: tanh}", &vector, N, 0));
  check_gradients(scene_new("layer", "{activation: relu}", &image, N, 0));
}

/* relu of the 3 x 3 same-padded convolution at one place, in double. */
static double conv_at(const struct scene *s, const float *x, int r, int c, size_t f) {
  const float *w = param(s, "it.conv1.weight");
  double sum = (double)param(s, "it.conv1.bias")[f];
  for (int dr = -1; dr <= 1; dr++)
    for (int dc = -1; dc <= 1; dc++)
      for (int k = 0; k < CHANNELS; k++)
        if (r + dr >= 0 && r + dr < HEIGHT && c + dc >= 0 && c + dc < COLUMNS)
          sum += (double)
                     w[((f * 3 + (size_t)(dr + 1)) * 3 + (size_t)(dc + 1)) * CHANNELS + (size_t)k] *
                 (double)x[((r + dr) * COLUMNS + c + dc) * CHANNELS + k];
  return fmax(sum, 0);
}

static void test_cnn_formula(void **state) {
  (void)state;
  enum { F = 3, POOLED_HEIGHT = 3, POOLED_COLUMNS = 3 };
  struct scene *s = scene_new("cnn", "{filters: [3]}", &image, N, 0.5);
  assert_int_equal(s->table.count, F * 9 * CHANNELS + F + WIDTH * 27 + WIDTH);
  assert_true(fray_param_find(&s->table, "it.conv1.weight")->bound == 1 / sqrt(9 * CHANNELS));
  assert_true(fray_param_find(&s->table, "it.fc.bias")->bound == 1 / sqrt(27));
  const struct fray_pass pass = pass_of(s, false);
  void *tape;
  const struct fray_tokens tokens = encode(s, &pass, &tape);
  for (size_t i = 0; i < N; i++) {
    double expected[WIDTH];
    for (size_t j = 0; j < WIDTH; j++)
      expected[j] = (double)param(s, "it.fc.bias")[j];
    for (int r = 0; r < POOLED_HEIGHT; r++)
      for (int c = 0; c < POOLED_COLUMNS; c++)
        for (size_t f = 0; f < F; f++) {
          double top = 0;
          for (int k = 0; k < 4; k++)
            top = fmax(top, conv_at(s, s->in.x + i * HEIGHT * COLUMNS * CHANNELS, 2 * r + k / 2,
                                    2 * c + k % 2, f));
          for (size_t j = 0; j < WIDTH; j++)
            expected[j] +=
                top * (double)param(s, "it.fc.weight")[j * 27 + (size_t)(r * 3 + c) * F + f];
        }
    for (size_t j = 0; j < WIDTH; j++)
      assert_true(fabs((double)tokens.x[i * WIDTH + j] - expected[j]) < 1e-5);
  }
  scene_free(s);
}

/* An image is the vector of its values, row by row. */
static void check_mlp_formula(const struct fray_feature_shape *shape) {
  const size_t in = fray_feature_size(shape);
  struct scene *s = scene_new("mlp", "{units: 6}", shape, N, 0.5);
  assert_int_equal(s->table.count, 6 * in + 6 + WIDTH * 6 + WIDTH);
  assert_true(fray_param_find(&s->table, "it.fc1.weight")->bound == 1 / sqrt((double)in));
  const struct fray_pass pass = pass_of(s, false);
  void *tape;
  const struct fray_tokens tokens = encode(s, &pass, &tape);
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < WIDTH; j++) {
      double expected = (double)param(s, "it.fc2.bias")[j];
      for (size_t u = 0; u < 6; u++) {
        double hidden = (double)param(s, "it.fc1.bias")[u];
        for (size_t k = 0; k < in; k++)
          hidden += (double)param(s, "it.fc1.weight")[u * in + k] * (double)s->in.x[i * in + k];
        expected += (double)param(s, "it.fc2.weight")[j * 6 + u] * fmax(0, hidden);
      }
      assert_true(fabs((double)tokens.x[i * WIDTH + j] - expected) < 1e-5);
    }
  scene_free(s);
}

static void test_mlp_formula(void **state) {
  (void)state;
  check_mlp_formula(&vector);
  check_mlp_formula(&image);
}

static void check_layer_formula(const char *keys, double (*activation)(double)) {
  const size_t in = fray_feature_size(&vector);
  struct scene *s = scene_new("layer", keys, &vector, N, 0);
  assert_int_equal(s->table.count, WIDTH * in + WIDTH);
  const struct fray_pass pass = pass_of(s, false);
  void *tape;
  const struct fray_tokens tokens = encode(s, &pass, &tape);
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < WIDTH; j++) {
      double sum = (double)param(s, "it.fc.bias")[j];
      for (size_t k = 0; k < in; k++)
        sum += (double)param(s, "it.fc.weight")[j * in + k] * (double)s->in.x[i * in + k];
      assert_true(fabs((double)tokens.x[i * WIDTH + j] - activation(sum)) < 1e-5);
    }
  scene_free(s);
}

static double relu(double x) {
  return fmax(x, 0);
}

static void test_layer_formula(void **state) {
  (void)state;
  check_layer_formula("{activation: tanh}", tanh);
  check_layer_formula("{}", relu);
}

/* The tokens are the values; there is nothing to learn. */
static void test_identity(void **state) {
  (void)state;
  const struct fray_feature_shape shapes[] = {
      {FRAY_FEATURE_VECTOR, .time = 1, .height = 1, .width = 1, .channels = WIDTH},
      {FRAY_FEATURE_IMAGE, .time = 1, .height = WIDTH / 2, .width = 1, .channels = 2}};
  for (size_t k = 0; k < FRAY_COUNT(shapes); k++)
    for (int train = 0; train <= 1; train++) {
      struct scene *s = scene_new("identity", "{}", &shapes[k], N, 0.5);
      assert_int_equal(s->table.n, 0);
      const struct fray_pass pass = pass_of(s, train);
      void *tape;
      const struct fray_tokens tokens = encode(s, &pass, &tape);
      assert_memory_equal(tokens.x, s->in.x, N * WIDTH * sizeof *tokens.x);
      float dtokens[N * WIDTH] = {0};
      OK(s->ops->backward(s->encoder, tape, dtokens, &pass, &err));
      scene_free(s);
    }
}

/* Evaluation, which goes through in chunks, gives what a training pass without dropout gives. */
static void test_chunks(void **state) {
  (void)state;
  struct scene *s = scene_new("cnn", "{filters: [3, 4, 5, 6]}", &image, 41, 0);
  const struct fray_pass train = pass_of(s, true), quiet = pass_of(s, false);
  void *tape;
  const struct fray_tokens a = encode(s, &train, &tape), b = encode(s, &quiet, &tape);
  for (size_t i = 0; i < 41 * WIDTH; i++)
    assert_true(fabsf(a.x[i] - b.x[i]) < 1e-6f);
  scene_free(s);
}

/* The same stream, the same bytes; another key, another mask. */
static void check_dropout(struct scene *s) {
  struct fray_pass pass = pass_of(s, true);
  void *tape;
  const size_t size = N * WIDTH * sizeof(float);
  const struct fray_tokens a = encode(s, &pass, &tape), b = encode(s, &pass, &tape);
  assert_memory_equal(a.x, b.x, size);
  pass.when++;
  assert_memory_not_equal(encode(s, &pass, &tape).x, a.x, size);
  pass.train = false;
  assert_memory_not_equal(encode(s, &pass, &tape).x, a.x, size);
  scene_free(s);
}
static void test_dropout(void **state) {
  (void)state;
  check_dropout(scene_new("cnn", "{filters: [3, 4]}", &image, N, 0.5));
  check_dropout(scene_new("mlp", "{units: 6}", &vector, N, 0.5));
}

/* One-pixel images and one-value vectors are unusual, but fine. */
static void test_smallest(void **state) {
  (void)state;
  const struct fray_feature_shape pixel = {FRAY_FEATURE_IMAGE, .time = 1, .height = 1, .width = 1,
                                           .channels = 1};
  const struct fray_feature_shape value = {FRAY_FEATURE_VECTOR, .time = 1, .height = 1, .width = 1,
                                           .channels = 1};
  check_gradients(scene_new("cnn", "{}", &pixel, 1, 0));
  check_gradients(scene_new("mlp", "{units: 1}", &value, 1, 0));
}

static void test_bad_input(void **state) {
  (void)state;
  const struct fray_choice *cnn = fray_choice_find(&fray_encoders, "cnn");
  struct fray_arena arena = {0};
  struct fray_node *node;
  struct fray_err refusal = {0};
  void *params = fray_arena_zero(&arena, 1, cnn->table->size);
  OK(fray_yaml_parse("{filters: [4, 0]}", "test", &arena, &node, &err));
  assert_int_equal(fray_schema_read(cnn->table, node, "", params, &arena, &refusal), FRAY_INPUT);
  OK(fray_yaml_parse("{filters: [1, 1, 1, 1, 1, 1, 1, 1, 1]}", "test", &arena, &node, &err));
  OK(fray_schema_read(cnn->table, node, "", params, &arena, &err));
  struct fray_param_table table = {.arena = &arena};
  struct fray_encoder *encoder;
  const struct fray_encoder_ops *ops = cnn->impl;
  const struct fray_model_part part = {{&table, "it", 0}, WIDTH, 0, NULL};
  assert_int_equal(ops->plan(params, &image, &part, &encoder, &refusal), FRAY_INPUT);
  assert_non_null(strstr(refusal.text, "9 layers are more than 8"));
  fray_arena_free(&arena);
}

static void test_identity_width(void **state) {
  (void)state;
  const struct fray_encoder_ops *ops = fray_choice_find(&fray_encoders, "identity")->impl;
  struct fray_arena arena = {0};
  struct fray_param_table table = {.arena = &arena};
  struct fray_encoder *encoder;
  struct fray_err refusal = {0};
  const struct fray_model_part part = {{&table, "it", 0}, 128, 0, NULL};
  assert_int_equal(ops->plan(NULL, &image, &part, &encoder, &refusal), FRAY_INPUT);
  assert_non_null(strstr(refusal.text, "84 values"));
  assert_non_null(strstr(refusal.text, "model.hidden is 128"));
  assert_non_null(strstr(refusal.text, "model.hidden: 84"));
  fray_arena_free(&arena);
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gradients),      cmocka_unit_test(test_cnn_formula),
      cmocka_unit_test(test_mlp_formula),    cmocka_unit_test(test_chunks),
      cmocka_unit_test(test_dropout),        cmocka_unit_test(test_smallest),
      cmocka_unit_test(test_bad_input),      cmocka_unit_test(test_identity),
      cmocka_unit_test(test_identity_width), cmocka_unit_test(test_layer_formula),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
