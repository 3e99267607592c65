/* conv_gru and gru: gradients, and the laws of ragged batches: every sample gives what it gives
 * alone. */
#include "fusion/central_difference.h"

#include "fray/base/size.h"
#include "fray/encoder/encoder.h"
#include "fray/tensor/blas.h"

#include <string.h>

enum { CHANNELS = 3, WIDTH = 5, MAX_TIME = 40 };

/* What is planned, and one batch. */
struct scene {
  struct fray_arena arena, pass_arena;
  struct fray_param_table table;
  const struct fray_encoder_ops *ops;
  struct fray_encoder *encoder;
  float *w, *x, *weights; /* weights: of the tokens in the objective */
  int32_t *length;
  size_t n, time;
};

/* yaml: the keys of conv_gru; NULL: gru, which has none. */
static enum fray_status plan(struct scene *s, const char *yaml, size_t time, double dropout,
                             struct fray_err *err) {
  const struct fray_choice *choice = fray_choice_find(&fray_encoders, yaml ? "conv_gru" : "gru");
  struct fray_node *node;
  void *params = NULL;
  assert_non_null(choice);
  if (yaml) {
    params = fray_arena_zero(&s->arena, 1, choice->table->size);
    FRAY_TRY(fray_yaml_parse(yaml, "t.yaml", &s->arena, &node, err));
    FRAY_TRY(fray_schema_read(choice->table, node, "", params, &s->arena, err));
  }
  s->ops = choice->impl;
  s->table = (struct fray_param_table){.arena = &s->arena};
  const struct fray_feature_shape shape = {FRAY_FEATURE_SEQUENCE, time, 1, 1, CHANNELS, 0};
  const struct fray_model_part part = {{&s->table, "acc", 0}, WIDTH, dropout, NULL};
  return s->ops->plan(params, &shape, &part, &s->encoder, err);
}

static float *noise(struct scene *s, size_t n, uint64_t who) {
  float *v = fray_arena_alloc(&s->arena, n, sizeof *v);
  assert_non_null(v);
  struct fray_rng rng = fray_rng_for(9, "test", who, 0, 0);
  for (size_t i = 0; i < n; i++)
    v[i] = (float)fray_rng_normal(&rng);
  return v;
}

/* A batch of noise in `time` rows per sample, zero past the lengths. The values of a sample do not
 * depend on `time` or on the other samples. */
static void fill(struct scene *s, size_t n, const int32_t *length, size_t time) {
  s->n = n;
  s->time = time;
  s->x = fray_arena_zero(&s->arena, n * time * CHANNELS, sizeof *s->x);
  s->length = fray_arena_alloc(&s->arena, n, sizeof *s->length);
  for (size_t i = 0; i < n; i++) {
    struct fray_rng rng = fray_rng_for(9, "sample", i, 0, 0);
    for (size_t k = 0; k < (size_t)length[i] * CHANNELS; k++)
      s->x[i * time * CHANNELS + k] = (float)fray_rng_normal(&rng);
    s->length[i] = length[i];
  }
}

static void start(struct scene *s, const char *yaml, double dropout) {
  struct fray_err err = {0};
  *s = (struct scene){0};
  if (plan(s, yaml, MAX_TIME, dropout, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  s->w = noise(s, s->table.total, 1);
  fray_param_init(&s->table, 3, s->w);
  for (size_t i = 0; i < s->table.total; i++)
    s->w[i] *= 1.5f;
  s->weights = noise(s, (size_t)256 * MAX_TIME * WIDTH, 2);
}

static void stop(struct scene *s) {
  fray_arena_free(&s->arena);
  fray_arena_free(&s->pass_arena);
}

/* Tokens of samples from .. from + n - 1; in pass_arena until the next call. */
static struct fray_tokens encode(struct scene *s, size_t from, size_t n, bool train, void **tape) {
  struct fray_err err = {0};
  struct fray_tokens tokens;
  const struct fray_feature_batch in = {
      .n = n, .time = s->time, .x = s->x + from * s->time * CHANNELS, .length = s->length + from};
  const struct fray_pass pass = {
      .train = train, .seed = 4, .who = 5, .w = s->w, .arena = &s->pass_arena};
  fray_arena_reset(&s->pass_arena);
  if (s->ops->forward(s->encoder, &in, &pass, &tokens, tape, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return tokens;
}

static double objective_of(void *context) {
  struct scene *s = context;
  void *tape;
  const struct fray_tokens tokens = encode(s, 0, s->n, true, &tape);
  double sum = 0;
  for (size_t i = 0; i < tokens.first[tokens.n] * WIDTH; i++)
    sum += (double)s->weights[i] * (double)tokens.x[i];
  return sum;
}

/* grad (table.total) += gradient of the tokens' combination with d (rows, width), for samples
 * from .. from + n - 1. */
static void gradient(struct scene *s, size_t from, size_t n, const float *d, float *grad) {
  void *tape;
  const struct fray_tokens tokens = encode(s, from, n, true, &tape);
  const struct fray_pass pass = {
      .train = true, .seed = 4, .who = 5, .w = s->w, .grad = grad, .arena = &s->pass_arena};
  const size_t size = tokens.first[n] * WIDTH;
  float *copy = fray_arena_alloc(&s->pass_arena, size, sizeof *copy);
  memcpy(copy, d, size * sizeof *copy);
  assert_int_equal(s->ops->backward(s->encoder, tape, copy, &pass, NULL), FRAY_OK);
}

static float *cleared(struct scene *s) {
  return fray_arena_zero(&s->arena, s->table.total, sizeof(float));
}

/* ReLU and max-pool have kinks, so a coordinate may agree at any of several steps; rounding at the
 * smallest costs about 1e-3 of the largest gradient, a forgotten term per cents. */
static void check_all_gradients(const char *yaml, double dropout, const int32_t *length, size_t n) {
  struct scene s;
  start(&s, yaml, dropout);
  fill(&s, n, length, MAX_TIME);
  float *grad = cleared(&s);
  gradient(&s, 0, n, s.weights, grad);
  for (size_t i = 0; i < s.table.n; i++) {
    const struct fray_param *p = &s.table.v[i];
    check_gradient(objective_of, &s, s.w + p->offset, p->size, grad + p->offset, 1, 4e-3, p->name);
  }
  stop(&s);
}

static const int32_t equal[] = {22, 22, 22}, ragged[] = {21, 1, 9, 4, 3};

static void test_gradients(void **state) {
  (void)state;
  check_all_gradients("{filters: [4, 6], kernel: 3}", 0, equal, 3);
  check_all_gradients("{filters: [4, 6], kernel: 3}", 0, ragged, 5);
  check_all_gradients("{filters: [4, 6], kernel: 5}", 0.3, ragged, 5);
  check_all_gradients("{filters: [4, 6], kernel: 5, padding: computed}", 0, ragged, 5);
  check_all_gradients("{filters: []}", 0, ragged, 5);
  check_all_gradients(NULL, 0, equal, 3);
  check_all_gradients(NULL, 0.3, ragged, 5);
}

/* Each sample of a ragged batch gives the tokens that it gives alone; train and evaluation agree
 * without dropout. */
static void check_ragged_is_alone(const char *yaml, const size_t want[5]) {
  struct scene s;
  start(&s, yaml, 0);
  fill(&s, 5, ragged, MAX_TIME);
  for (int train = 0; train < 2; train++) {
    void *tape;
    struct fray_tokens all = encode(&s, 0, 5, train, &tape);
    const size_t rows = all.first[5];
    float *x = fray_arena_alloc(&s.arena, rows * WIDTH, sizeof *x);
    memcpy(x, all.x, rows * WIDTH * sizeof *x);
    size_t at = 0;
    for (size_t i = 0; i < 5; i++) {
      const struct fray_tokens one = encode(&s, i, 1, false, NULL);
      assert_int_equal(one.first[1], want[i]);
      for (size_t k = 0; k < want[i] * WIDTH; k++)
        assert_true(fabsf(one.x[k] - x[at * WIDTH + k]) < 1e-5f);
      at += want[i];
    }
    assert_int_equal(at, rows);
  }
  stop(&s);
}

static void test_ragged_is_alone(void **state) {
  (void)state;
  check_ragged_is_alone("{filters: [4, 6], kernel: 3}", (const size_t[]){5, 1, 2, 1, 1});
  check_ragged_is_alone(NULL, (const size_t[]){21, 1, 9, 4, 3});
}

static void test_ragged_gradient_is_the_sum(void **state) {
  (void)state;
  struct scene s;
  start(&s, "{filters: [4, 6], kernel: 3}", 0);
  fill(&s, 5, ragged, MAX_TIME);
  float *whole = cleared(&s), *sum = cleared(&s);
  gradient(&s, 0, 5, s.weights, whole);
  size_t at = 0;
  for (size_t i = 0; i < 5; i++) {
    gradient(&s, i, 1, s.weights + at * WIDTH, sum);
    at += FRAY_MAX((size_t)ragged[i] / 4, (size_t)1);
  }
  for (size_t i = 0; i < s.table.total; i++)
    assert_true(fabsf(whole[i] - sum[i]) < 1e-4f * (1 + fabsf(sum[i])));
  stop(&s);
}

/* More or fewer rows of padding: the same bits, forward and backward. */
static void test_padding_is_irrelevant(void **state) {
  (void)state;
  static const char *const yaml[] = {"{filters: [4, 6], kernel: 3}", "{filters: []}", NULL};
  for (size_t k = 0; k < FRAY_COUNT(yaml); k++) {
    struct scene s;
    start(&s, yaml[k], 0.2);
    float *x[2], *grad[2];
    size_t rows = 0;
    for (int pad = 0; pad < 2; pad++) {
      fill(&s, 5, ragged, pad ? 21 : MAX_TIME);
      void *tape;
      const struct fray_tokens t = encode(&s, 0, 5, true, &tape);
      rows = t.first[5];
      x[pad] = fray_arena_alloc(&s.arena, rows * WIDTH, sizeof(float));
      memcpy(x[pad], t.x, rows * WIDTH * sizeof(float));
      grad[pad] = cleared(&s);
      gradient(&s, 0, 5, s.weights, grad[pad]);
    }
    assert_memory_equal(x[0], x[1], rows * WIDTH * sizeof(float));
    assert_memory_equal(grad[0], grad[1], s.table.total * sizeof(float));
    stop(&s);
  }
}

/* padding: computed. A sample gives the first tokens of the same values followed by zeros up to the
 * batch's longest, as PyTorch's convolutions see it; with a bias that differs from what the sample
 * gives alone. */
static void test_computed_padding(void **state) {
  (void)state;
  enum { LONGEST = 21 };
  static const int32_t full[] = {LONGEST, LONGEST, LONGEST, LONGEST, LONGEST};
  struct scene s;
  start(&s, "{filters: [4, 6], kernel: 3, padding: computed}", 0);
  fill(&s, 5, ragged, LONGEST);
  s.length = (int32_t *)full;
  const struct fray_tokens zeros = encode(&s, 0, 5, false, NULL);
  const size_t steps = zeros.first[1];
  float *want = fray_arena_alloc(&s.arena, zeros.first[5] * WIDTH, sizeof *want);
  memcpy(want, zeros.x, zeros.first[5] * WIDTH * sizeof *want);
  fill(&s, 5, ragged, LONGEST);
  float *alone = fray_arena_alloc(&s.arena, WIDTH, sizeof *alone);
  const struct fray_tokens one = encode(&s, 3, 1, false, NULL);
  memcpy(alone, one.x, WIDTH * sizeof *alone);
  for (int train = 0; train < 2; train++) {
    void *tape;
    const struct fray_tokens t = encode(&s, 0, 5, train, &tape);
    for (size_t i = 0; i < 5; i++)
      for (size_t k = 0; k < (t.first[i + 1] - t.first[i]) * WIDTH; k++)
        assert_true(fabsf(t.x[t.first[i] * WIDTH + k] - want[i * steps * WIDTH + k]) < 1e-6f);
    float most = 0;
    for (size_t k = 0; k < WIDTH; k++)
      most = fmaxf(most, fabsf(t.x[t.first[3] * WIDTH + k] - alone[k]));
    assert_true(most > 1e-3f);
  }
  stop(&s);
}

/* An evaluation runs in chunks; each sample still gives what it gives alone, ragged or not. */
static void check_large_block(const int32_t *length, size_t n) {
  struct scene s;
  start(&s, "{filters: [4, 6], kernel: 3}", 0.5); /* evaluation ignores dropout */
  fill(&s, n, length, MAX_TIME);
  const struct fray_tokens all = encode(&s, 0, n, false, NULL);
  const size_t size = all.first[n] * WIDTH;
  float *x = fray_arena_alloc(&s.arena, size, sizeof *x);
  memcpy(x, all.x, size * sizeof *x);
  size_t at = 0;
  for (size_t i = 0; i < n; i++) {
    const struct fray_tokens one = encode(&s, i, 1, false, NULL);
    assert_int_equal(one.first[1], FRAY_MAX(length[i] / 4, 1));
    for (size_t k = 0; k < one.first[1] * WIDTH; k++)
      assert_true(fabsf(one.x[k] - x[at++]) < 1e-5f);
  }
  assert_int_equal(at, size);
  stop(&s);
}

static void test_large_blocks(void **state) {
  (void)state;
  enum { MANY = 150 };
  int32_t full[MANY], mixed[MANY];
  for (int i = 0; i < MANY; i++) {
    full[i] = MAX_TIME;
    mixed[i] = 1 + 7 * i % MAX_TIME;
  }
  check_large_block(full, MANY);
  check_large_block(mixed, MANY);
}

static void test_dropout_is_keyed(void **state) {
  (void)state;
  struct scene s;
  start(&s, "{filters: [4, 6], kernel: 3}", 0.5);
  fill(&s, 3, equal, MAX_TIME);
  const double a = objective_of(&s), b = objective_of(&s);
  assert_true(a == b);
  void *tape;
  const struct fray_tokens train = encode(&s, 0, 3, true, &tape);
  float kept[3 * 5 * WIDTH];
  assert_int_equal(train.first[3], 15);
  memcpy(kept, train.x, sizeof kept);
  const struct fray_tokens evaluate = encode(&s, 0, 3, false, NULL);
  assert_memory_not_equal(kept, evaluate.x, sizeof kept);
  stop(&s);
}

/* h after one step, by the definition of the GRU, in double. */
static void gru_by_hand(const struct scene *s, const float *x, double h[WIDTH]) {
  const float *w_ih = s->w + fray_param_find(&s->table, "acc.gru.weight_ih")->offset;
  const float *w_hh = s->w + fray_param_find(&s->table, "acc.gru.weight_hh")->offset;
  const float *b_ih = s->w + fray_param_find(&s->table, "acc.gru.bias_ih")->offset;
  const float *b_hh = s->w + fray_param_find(&s->table, "acc.gru.bias_hh")->offset;
  double a[3 * WIDTH], g[3 * WIDTH];
  for (size_t k = 0; k < (size_t)3 * WIDTH; k++) {
    a[k] = (double)b_ih[k];
    g[k] = (double)b_hh[k];
    for (size_t j = 0; j < CHANNELS; j++)
      a[k] += (double)w_ih[k * CHANNELS + j] * (double)x[j];
    for (size_t j = 0; j < WIDTH; j++)
      g[k] += (double)w_hh[k * WIDTH + j] * h[j];
  }
  for (size_t k = 0; k < WIDTH; k++) {
    const double r = 1 / (1 + exp(-a[k] - g[k]));
    const double z = 1 / (1 + exp(-a[WIDTH + k] - g[WIDTH + k]));
    const double n = tanh(a[2 * WIDTH + k] + r * g[2 * WIDTH + k]);
    h[k] = (1 - z) * n + z * h[k];
  }
}

/* In a batch larger than one run of an evaluation; dropout does not touch it. */
static void test_gru_formula(void **state) {
  (void)state;
  enum { MANY = 300 };
  int32_t length[MANY];
  for (int i = 0; i < MANY; i++)
    length[i] = 1 + 7 * i % (MAX_TIME - 1);
  struct scene s;
  start(&s, NULL, 0.5);
  assert_int_equal(s.table.n, 4);
  fill(&s, MANY, length, MAX_TIME);
  for (int train = 0; train < 2; train++) {
    void *tape;
    const struct fray_tokens t = encode(&s, 0, MANY, train, &tape);
    for (size_t i = 0; i < MANY; i++) {
      double h[WIDTH] = {0};
      assert_int_equal(t.first[i + 1] - t.first[i], length[i]);
      for (size_t step = 0; step < (size_t)length[i]; step++) {
        gru_by_hand(&s, s.x + (i * MAX_TIME + step) * CHANNELS, h);
        for (size_t k = 0; k < WIDTH; k++)
          assert_true(fabs((double)t.x[(t.first[i] + step) * WIDTH + k] - h[k]) < 2e-6);
      }
    }
  }
  stop(&s);
}

/* A non-finite input reaches the tokens: divergence must not be hidden by ReLU or pooling. */
static void test_nan_shows(void **state) {
  (void)state;
  struct scene s;
  start(&s, "{filters: [4, 6], kernel: 3}", 0);
  fill(&s, 3, equal, MAX_TIME);
  s.x[7] = NAN;
  const struct fray_tokens t = encode(&s, 0, 3, false, NULL);
  assert_true(isnan(t.x[0]));
  assert_true(!isnan(t.x[t.first[1] * WIDTH]));
  stop(&s);
}

static void test_parameters(void **state) {
  (void)state;
  static const struct {
    const char *name;
    size_t shape[3];
    double bound;
  } want[] = {{"acc.conv1.weight", {32, 5, 3}, 0.2581988897},
              {"acc.conv1.bias", {32, 1, 1}, 0.2581988897},
              {"acc.conv2.weight", {64, 5, 32}, 0.0790569415},
              {"acc.conv2.bias", {64, 1, 1}, 0.0790569415},
              {"acc.conv3.weight", {128, 5, 64}, 0.0559016994},
              {"acc.conv3.bias", {128, 1, 1}, 0.0559016994},
              {"acc.gru.weight_ih", {3 * WIDTH, 128, 1}, 0.4472135955},
              {"acc.gru.weight_hh", {3 * WIDTH, WIDTH, 1}, 0.4472135955},
              {"acc.gru.bias_ih", {3 * WIDTH, 1, 1}, 0.4472135955},
              {"acc.gru.bias_hh", {3 * WIDTH, 1, 1}, 0.4472135955}};
  struct scene s;
  start(&s, "{}", 0.1);
  assert_int_equal(s.table.n, FRAY_COUNT(want));
  for (size_t i = 0; i < FRAY_COUNT(want); i++) {
    assert_string_equal(s.table.v[i].name, want[i].name);
    for (int k = 0; k < 3; k++)
      assert_int_equal(s.table.v[i].shape[k], want[i].shape[k]);
    assert_true(fabs(s.table.v[i].bound - want[i].bound) < 1e-9);
    assert_int_equal(s.table.v[i].modality, 0);
  }
  stop(&s);
}

static void test_refusals(void **state) {
  (void)state;
  static const struct {
    const char *yaml;
    size_t time;
    const char *says;
  } bad[] = {{"{}", 7, "7 time steps are too few"},
             {"{kernel: 4}", MAX_TIME, "4 is not odd"},
             {"{kernel: 0}", MAX_TIME, "kernel"},
             {"{filters: [8, 0]}", MAX_TIME, "filters"},
             {"{filters: [1, 1, 1, 1, 1, 1, 1, 1, 1]}", 4096, "9 layers"},
             {"{filter: [8]}", MAX_TIME, "filters"}};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
    struct scene s = {0};
    struct fray_err err = {0};
    assert_int_equal(plan(&s, bad[i].yaml, bad[i].time, 0, &err), FRAY_INPUT);
    if (!strstr(err.text, bad[i].says))
      fail_msg("%s: %s", bad[i].yaml, err.text);
    stop(&s);
  }
  struct scene s = {0};
  struct fray_err err = {0};
  assert_int_equal(plan(&s, "{}", 8, 0, &err), FRAY_OK); /* the shortest that will do */
  stop(&s);
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gradients),
      cmocka_unit_test(test_ragged_is_alone),
      cmocka_unit_test(test_ragged_gradient_is_the_sum),
      cmocka_unit_test(test_padding_is_irrelevant),
      cmocka_unit_test(test_computed_padding),
      cmocka_unit_test(test_large_blocks),
      cmocka_unit_test(test_dropout_is_keyed),
      cmocka_unit_test(test_gru_formula),
      cmocka_unit_test(test_nan_shows),
      cmocka_unit_test(test_parameters),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
