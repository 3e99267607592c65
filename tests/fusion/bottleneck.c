/* Bottleneck fusion against PyTorch's numbers, and laws of its own. */
#include "fusion/central_difference.h"

#include "attention_golden.h"
#include "bottleneck_golden.h"
#include "fray/base/size.h"
#include "fray/fusion/fusion.h"
#include "fray/tensor/blas.h"
#include "ok.h"

#include <stdio.h>

enum { N = 3, WIDTH = 8, MODALITIES = 2 };

static const size_t firsts[MODALITIES][N] = {{0, 3, 4}, {0, 2, 6}};
static const int32_t rows[MODALITIES][N] = {{0, -1, 1}, {0, 1, -1}};

struct scene {
  struct fray_arena arena;
  struct fray_param_table table;
  const struct fray_fusion_ops *ops;
  struct fray_fusion *fusion;
  size_t out;
  float *w, x[MODALITIES][6 * WIDTH];
  struct fray_tokens tokens[MODALITIES];
  struct fray_fusion_input in[MODALITIES];
};

static enum fray_status plan(struct scene *s, const char *yaml, struct fray_err *error) {
  const struct fray_choice *choice = fray_choice_find(&fray_fusions, "bottleneck");
  struct fray_node *node;
  assert_non_null(choice);
  void *params = fray_arena_zero(&s->arena, 1, choice->table->size);
  OK(fray_yaml_parse(yaml, "test", &s->arena, &node, &err));
  OK(fray_schema_read(choice->table, node, "", params, &s->arena, &err));
  s->ops = choice->impl;
  s->table.arena = &s->arena;
  const struct fray_model_part part = {{&s->table, "fusion", FRAY_PARAM_SHARED}, WIDTH, 0, NULL};
  return s->ops->plan(params, MODALITIES, &part, &s->out, &s->fusion, error);
}

static void start(struct scene *s, const char *yaml) {
  *s = (struct scene){0};
  OK(plan(s, yaml, &err));
  s->w = fray_arena_zero(&s->arena, s->table.total, sizeof *s->w);
  fill_with_waves(&s->table, s->w);
  for (size_t m = 0; m < MODALITIES; m++) {
    waves(s->x[m], firsts[m][N - 1] * WIDTH, 3000 + 500 * m);
    s->tokens[m] = (struct fray_tokens){N - 1, WIDTH, firsts[m], s->x[m]};
    s->in[m] = (struct fray_fusion_input){.tokens = &s->tokens[m], .row = rows[m]};
  }
}

static float *fuse(struct scene *s, const struct fray_fusion_input *in, size_t n) {
  float *fused;
  OK(s->ops->forward(s->fusion, &(struct fray_fusion_batch){n, in},
                     &(struct fray_pass){.w = s->w, .arena = &s->arena}, &fused, NULL, &err));
  return fused;
}

static void test_golden(void **state) {
  (void)state;
  struct scene s;
  float *fused, weights[FRAY_COUNT(golden_result)], *dtokens[MODALITIES];
  void *tape;
  start(&s, "{tokens: 2, layers: 2, heads: 2, factor: 2}");
  assert_int_equal(s.out, 2 * WIDTH);
  assert_int_equal(s.table.n, FRAY_COUNT(golden_names));
  struct fray_pass pass = {.train = true, .w = s.w, .arena = &s.arena};
  pass.grad = fray_arena_zero(&s.arena, s.table.total, sizeof *pass.grad);
  for (size_t m = 0; m < MODALITIES; m++)
    dtokens[m] = fray_arena_alloc(&s.arena, firsts[m][N - 1] * WIDTH, sizeof(float));
  OK(s.ops->forward(s.fusion, &(struct fray_fusion_batch){N, s.in}, &pass, &fused, &tape, &err));
  for (size_t i = 0; i < FRAY_COUNT(golden_result); i++)
    if (!(fabs((double)fused[i] - golden_result[i]) <= 1e-5))
      fail_msg("value %zu: %.9g, not %.9g", i, (double)fused[i], golden_result[i]);
  waves(weights, FRAY_COUNT(weights), 5000);
  OK(s.ops->backward(s.fusion, tape, weights, &pass, dtokens, &err));
  for (size_t k = 0; k < s.table.n; k++) {
    const struct fray_param *p = &s.table.v[k];
    assert_string_equal(p->name, golden_names[k]);
    assert_int_equal(p->modality, strstr(p->name, "modality1")   ? 0
                                  : strstr(p->name, "modality2") ? 1
                                                                 : FRAY_PARAM_SHARED);
    holds(pass.grad + p->offset, p->size, golden_gradients + 2 * k, p->name);
  }
  for (size_t m = 0; m < MODALITIES; m++)
    holds(dtokens[m], firsts[m][N - 1] * WIDTH, golden_gradients + 2 * (s.table.n + m), "tokens");
  fray_arena_free(&s.arena);
}

/* With one layer modalities meet in the mean alone, so before the norm a sample with both is the
 * mean of the samples with either; a gain of 1 and a bias of 0 leave normalised rows: of the mean
 * of two whose sizes are not known only the direction is. With more layers it is not so. */
static void test_layers_exchange(void **state) {
  (void)state;
  for (size_t layers = 1; layers <= 3; layers++) {
    struct scene s;
    char keys[64];
    snprintf(keys, sizeof keys, "{tokens: 1, layers: %zu, heads: 1}", layers);
    start(&s, keys);
    const struct fray_param *gain = fray_param_find(&s.table, "fusion.norm.weight");
    const struct fray_param *bias = fray_param_find(&s.table, "fusion.norm.bias");
    for (size_t j = 0; j < WIDTH; j++) {
      s.w[gain->offset + j] = 1;
      s.w[bias->offset + j] = 0;
    }
    static const int32_t first[3] = {0, 0, -1}, second[3] = {0, -1, 0}; /* both, either */
    const struct fray_fusion_input in[MODALITIES] = {{&s.tokens[0], first, NULL},
                                                     {&s.tokens[1], second, NULL}};
    const float *y = fuse(&s, in, 3);
    /* The rest of y[0] after its projection on the plane of the other two. */
    double aa = 0, ab = 0, bb = 0, ya = 0, yb = 0, rest = 0;
    for (size_t j = 0; j < WIDTH; j++) {
      const double a = (double)y[WIDTH + j], b = (double)y[2 * WIDTH + j], c = (double)y[j];
      aa += a * a, ab += a * b, bb += b * b, ya += c * a, yb += c * b;
    }
    const double det = aa * bb - ab * ab, p = (ya * bb - yb * ab) / det,
                 q = (yb * aa - ya * ab) / det;
    for (size_t j = 0; j < WIDTH; j++)
      rest =
          fmax(rest, fabs((double)y[j] - p * (double)y[WIDTH + j] - q * (double)y[2 * WIDTH + j]));
    assert_true(layers == 1 ? rest < 1e-4 && p > 0 && q > 0 : rest > 1e-2);
    fray_arena_free(&s.arena);
  }
}

/* Several samples on one row, as in evaluation under many patterns: each as it is alone. */
static void test_shared_rows(void **state) {
  (void)state;
  struct scene s;
  start(&s, "{heads: 2, layers: 3}");
  static const int32_t first[5] = {1, 0, 1, -1, 1}, second[5] = {0, -1, 1, 1, -1};
  const struct fray_fusion_input in[MODALITIES] = {{&s.tokens[0], first, NULL},
                                                   {&s.tokens[1], second, NULL}};
  const float *together = fuse(&s, in, 5);
  for (size_t i = 0; i < 5; i++) {
    const struct fray_fusion_input alone[MODALITIES] = {{&s.tokens[0], first + i, NULL},
                                                        {&s.tokens[1], second + i, NULL}};
    const float *one = fuse(&s, alone, 1);
    for (size_t j = 0; j < s.out; j++)
      assert_true(fabsf(one[j] - together[i * s.out + j]) < 1e-5f);
  }
  fray_arena_free(&s.arena);
}

static void test_refusal(void **state) {
  (void)state;
  struct scene s = {0};
  struct fray_err error = {0};
  assert_int_equal(plan(&s, "{heads: 3}", &error), FRAY_INPUT);
  assert_non_null(strstr(error.text, "heads: 3 does not divide the width 8"));
  fray_arena_free(&s.arena);
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_golden), cmocka_unit_test(test_layers_exchange),
      cmocka_unit_test(test_shared_rows), cmocka_unit_test(test_refusal)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
