/* Fusions: laws that hold for every entry of the list, formulas by hand, central differences. */
#include "fusion/central_difference.h"

#include "fray/base/size.h"
#include "fray/fusion/fusion.h"
#include "fray/tensor/blas.h"
#include "ok.h"

#include <stdlib.h>
#include <string.h>

enum { MODALITIES = 3, BATCH = 5, WIDTH = 6, ROWS = 4 };

/* Three modalities; sample 2 has none, sample 4 only the second; token counts differ. */
static const int32_t rows[MODALITIES][BATCH] = {
    {0, 1, -1, 2, -1}, {3, -1, -1, 0, 1}, {-1, 0, -1, 1, -1}};
static const size_t firsts[MODALITIES][ROWS + 1] = {
    {0, 3, 4, 9, 9}, {0, 2, 7, 8, 12}, {0, 1, 2, 2, 2}};

struct scene {
  struct fray_arena arena;
  struct fray_param_table table;
  const struct fray_fusion_ops *ops;
  struct fray_fusion *fusion;
  size_t out;
  float *w;
  struct fray_tokens tokens[MODALITIES];
  struct fray_fusion_input in[MODALITIES];
  float *weights; /* (BATCH, out) of the objective */
};

static float *random_floats(struct fray_arena *arena, size_t n, const char *purpose) {
  float *x = fray_arena_alloc(arena, n, sizeof *x);
  assert_non_null(x);
  struct fray_rng rng = fray_rng_for(7, purpose, 0, 0, 0);
  for (size_t i = 0; i < n; i++)
    x[i] = (float)fray_rng_normal(&rng);
  return x;
}

static void *read_params(const struct fray_choice *choice, const char *yaml,
                         struct fray_arena *arena) {
  if (!choice->table)
    return NULL;
  struct fray_node *node;
  OK(fray_yaml_parse(yaml, "test", arena, &node, &err));
  void *params = fray_arena_zero(arena, 1, choice->table->size);
  assert_non_null(params);
  OK(fray_schema_read(choice->table, node, "", params, arena, &err));
  return params;
}

/* Every fusion needs a line here: the keys that the laws below try it with. */
static const struct {
  const char *fusion, *keys;
} examples[] = {{"attention", "{heads: 3, units: 7}"},
                {"bottleneck", "{tokens: 3, heads: 3, factor: 1}"},
                {"concat", "{}"},
                {"gated", "{}"},
                {"late", "{}"}};

static const char *example_of(const char *fusion) {
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
    if (strcmp(examples[i].fusion, fusion) == 0)
      return examples[i].keys;
  fail_msg("fusion %s has no line of examples", fusion);
  return NULL;
}

static struct scene *scene_new(const struct fray_choice *choice) {
  struct scene *s = calloc(1, sizeof *s);
  assert_non_null(s);
  const char *yaml = example_of(choice->name);
  s->table.arena = &s->arena;
  s->ops = choice->impl;
  const struct fray_model_part part = {{&s->table, "fusion", FRAY_PARAM_SHARED}, WIDTH, 0, NULL};
  OK(s->ops->plan(read_params(choice, yaml, &s->arena), MODALITIES, &part, &s->out, &s->fusion,
                  &err));
  s->w = fray_arena_zero(&s->arena, s->table.total + 1, sizeof *s->w);
  fray_param_init(&s->table, 3, s->w);
  for (size_t m = 0; m < MODALITIES; m++) {
    char purpose[16] = "tokens0";
    purpose[6] = (char)('0' + m);
    s->tokens[m] =
        (struct fray_tokens){.n = ROWS,
                             .width = WIDTH,
                             .first = firsts[m],
                             .x = random_floats(&s->arena, firsts[m][ROWS] * WIDTH, purpose)};
    s->in[m] = (struct fray_fusion_input){.tokens = &s->tokens[m], .row = rows[m]};
  }
  s->weights = random_floats(&s->arena, BATCH * s->out, "objective");
  return s;
}

static void scene_free(struct scene *s) {
  fray_arena_free(&s->arena);
  free(s);
}

static float *fuse(struct scene *s, size_t batch, const struct fray_fusion_input *in) {
  const struct fray_pass pass = {.w = s->w, .arena = &s->arena};
  float *fused;
  OK(s->ops->forward(s->fusion, &(struct fray_fusion_batch){batch, in}, &pass, &fused, NULL, &err));
  return fused;
}

static double fused_objective(void *context) {
  struct scene *s = context;
  const struct fray_arena_place mark = fray_arena_mark(&s->arena);
  const float *fused = fuse(s, BATCH, s->in);
  double sum = 0;
  for (size_t i = 0; i < BATCH * s->out; i++)
    sum += (double)s->weights[i] * (double)fused[i];
  fray_arena_rewind(&s->arena, mark);
  return sum;
}

static void for_each(void (*law)(struct scene *s)) {
  for (size_t k = 0; k < fray_fusions.n; k++) {
    print_message("  %s\n", fray_fusions.v[k]->name);
    struct scene *s = scene_new(fray_fusions.v[k]);
    law(s);
    scene_free(s);
  }
}

static void check_central_differences(struct scene *s) {
  struct fray_pass pass = {.train = true, .w = s->w, .arena = &s->arena};
  float *fused, *dtokens[MODALITIES], *grad;
  void *tape;
  grad = fray_arena_zero(&s->arena, s->table.total + 1, sizeof *grad);
  pass.grad = grad;
  for (size_t m = 0; m < MODALITIES; m++) {
    dtokens[m] = random_floats(&s->arena, firsts[m][ROWS] * WIDTH, "to be overwritten");
  }
  OK(s->ops->forward(s->fusion, &(struct fray_fusion_batch){BATCH, s->in}, &pass, &fused, &tape,
                     &err));
  OK(s->ops->backward(s->fusion, tape, s->weights, &pass, dtokens, &err));
  for (size_t k = 0; k < s->table.n; k++) {
    const struct fray_param *p = &s->table.v[k];
    check_gradient(fused_objective, s, s->w + p->offset, p->size, grad + p->offset, 1, 5e-3,
                   p->name);
  }
  for (size_t m = 0; m < MODALITIES; m++)
    check_gradient(fused_objective, s, s->tokens[m].x, firsts[m][ROWS] * WIDTH, dtokens[m], 1, 5e-3,
                   "tokens");
}
static void test_gradients(void **state) {
  (void)state;
  for_each(check_central_differences);
}

/* Adding twice gives twice the gradient: backward adds, it does not set. */
static void check_gradient_adds(struct scene *s) {
  struct fray_pass pass = {.train = true, .w = s->w, .arena = &s->arena};
  float *fused, *dtokens[MODALITIES];
  void *tape;
  float *grad = fray_arena_zero(&s->arena, s->table.total + 1, sizeof *grad);
  float *twice = fray_arena_zero(&s->arena, s->table.total + 1, sizeof *grad);
  for (size_t m = 0; m < MODALITIES; m++)
    dtokens[m] = fray_arena_alloc(&s->arena, firsts[m][ROWS] * WIDTH, sizeof(float));
  for (size_t k = 0; k < 3; k++) {
    OK(s->ops->forward(s->fusion, &(struct fray_fusion_batch){BATCH, s->in}, &pass, &fused, &tape,
                       &err));
    pass.grad = k ? twice : grad;
    OK(s->ops->backward(s->fusion, tape, s->weights, &pass, dtokens, &err));
  }
  for (size_t i = 0; i < s->table.total; i++)
    assert_true(fabsf(twice[i] - 2 * grad[i]) <= 1e-5f * (1 + fabsf(grad[i])));
}
static void test_gradient_adds(void **state) {
  (void)state;
  for_each(check_gradient_adds);
}

static void check_permutation(struct scene *s) {
  static const size_t order[BATCH] = {3, 0, 4, 2, 1};
  int32_t permuted[MODALITIES][BATCH];
  struct fray_fusion_input in[MODALITIES];
  for (size_t m = 0; m < MODALITIES; m++) {
    for (size_t i = 0; i < BATCH; i++)
      permuted[m][i] = rows[m][order[i]];
    in[m] = (struct fray_fusion_input){.tokens = &s->tokens[m], .row = permuted[m]};
  }
  const float *plain = fuse(s, BATCH, s->in), *other = fuse(s, BATCH, in);
  for (size_t i = 0; i < BATCH; i++)
    assert_memory_equal(other + i * s->out, plain + order[i] * s->out, s->out * sizeof *plain);
}
static void test_permutation(void **state) {
  (void)state;
  for_each(check_permutation);
}

/* A sample without any modality gives zeros; masking all of a modality is the same as not having
 * it; scores prepared once give the same bytes. */
static void check_absence(struct scene *s) {
  const float *plain = fuse(s, BATCH, s->in);
  for (size_t j = 0; j < s->out; j++)
    assert_true(plain[2 * s->out + j] == 0);
  struct fray_fusion_input masked[MODALITIES], missing[MODALITIES];
  static const int32_t none[BATCH] = {-1, -1, -1, -1, -1};
  memcpy(masked, s->in, sizeof masked);
  memcpy(missing, s->in, sizeof missing);
  masked[1].row = none;
  missing[1] = (struct fray_fusion_input){.row = none};
  const size_t size = BATCH * s->out * sizeof *plain;
  assert_memory_equal(fuse(s, BATCH, masked), fuse(s, BATCH, missing), size);
  assert_memory_not_equal(fuse(s, BATCH, masked), plain, size);

  struct fray_fusion_input prepared[MODALITIES];
  memcpy(prepared, s->in, sizeof prepared);
  for (size_t m = 0; s->ops->prepare && m < MODALITIES; m++) {
    void *value;
    const struct fray_pass pass = {.w = s->w, .arena = &s->arena};
    OK(s->ops->prepare(s->fusion, m, &s->tokens[m], &pass, &value, &err));
    prepared[m].prepared = value;
  }
  assert_memory_equal(fuse(s, BATCH, prepared), plain, size);
}
static void test_absence(void **state) {
  (void)state;
  for_each(check_absence);
}

/* Masked samples get no gradient, whatever the space held before. */
static void check_masked_gradient(struct scene *s) {
  struct fray_pass pass = {.train = true, .w = s->w, .arena = &s->arena};
  float *fused, *dtokens[MODALITIES];
  void *tape;
  pass.grad = fray_arena_zero(&s->arena, s->table.total + 1, sizeof *pass.grad);
  for (size_t m = 0; m < MODALITIES; m++)
    dtokens[m] = random_floats(&s->arena, firsts[m][ROWS] * WIDTH, "to be overwritten");
  OK(s->ops->forward(s->fusion, &(struct fray_fusion_batch){BATCH, s->in}, &pass, &fused, &tape,
                     &err));
  OK(s->ops->backward(s->fusion, tape, s->weights, &pass, dtokens, &err));
  /* Row 2 of the second modality (token 7) belongs to no sample. */
  for (size_t j = 0; j < WIDTH; j++)
    assert_true(dtokens[1][7 * WIDTH + j] == 0);
}
static void test_masked_gradient(void **state) {
  (void)state;
  for_each(check_masked_gradient);
}

/* The definition, in double: fused[h] = sum_v softmax_v(W2 tanh(W1 x_v + b1) + b2)[h] x_v. */
static void attention_by_hand(const struct scene *s, size_t i, double *out) {
  enum { HEADS = 3, UNITS = 7 };
  const float *w1 = s->w + fray_param_find(&s->table, "fusion.att_fc1.weight")->offset;
  const float *b1 = s->w + fray_param_find(&s->table, "fusion.att_fc1.bias")->offset;
  const float *w2 = s->w + fray_param_find(&s->table, "fusion.att_fc2.weight")->offset;
  const float *b2 = s->w + fray_param_find(&s->table, "fusion.att_fc2.bias")->offset;
  double total[HEADS] = {0};
  memset(out, 0, HEADS * WIDTH * sizeof *out);
  for (size_t m = 0; m < MODALITIES; m++) {
    const int32_t row = rows[m][i];
    for (size_t v = row < 0 ? 0 : firsts[m][row]; row >= 0 && v < firsts[m][row + 1]; v++) {
      const float *x = s->tokens[m].x + v * WIDTH;
      double score[HEADS];
      for (size_t h = 0; h < HEADS; h++)
        score[h] = (double)b2[h];
      for (size_t u = 0; u < UNITS; u++) {
        double a = (double)b1[u];
        for (size_t j = 0; j < WIDTH; j++)
          a += (double)w1[u * WIDTH + j] * (double)x[j];
        for (size_t h = 0; h < HEADS; h++)
          score[h] += (double)w2[h * UNITS + u] * tanh(a);
      }
      for (size_t h = 0; h < HEADS; h++) {
        total[h] += exp(score[h]);
        for (size_t j = 0; j < WIDTH; j++)
          out[h * WIDTH + j] += exp(score[h]) * (double)x[j];
      }
    }
  }
  for (size_t h = 0; h < HEADS; h++)
    for (size_t j = 0; j < WIDTH && total[h] > 0; j++)
      out[h * WIDTH + j] /= total[h];
}

static void test_attention_formula(void **state) {
  (void)state;
  struct scene *s = scene_new(fray_choice_find(&fray_fusions, "attention"));
  assert_int_equal(s->out, 3 * WIDTH);
  assert_int_equal(s->table.count, 7 * WIDTH + 7 + 3 * 7 + 3);
  const float *fused = fuse(s, BATCH, s->in);
  for (size_t i = 0; i < BATCH; i++) {
    double expected[3 * WIDTH];
    attention_by_hand(s, i, expected);
    for (size_t j = 0; j < s->out; j++)
      assert_true(fabs((double)fused[i * s->out + j] - expected[j]) < 2e-6);
  }
  scene_free(s);
}

/* Weights sum to 1 even for scores far beyond what exp can take: equal tokens give that token. */
static void test_attention_extreme_scores(void **state) {
  (void)state;
  struct scene *s = scene_new(fray_choice_find(&fray_fusions, "attention"));
  const struct fray_param *w2 = fray_param_find(&s->table, "fusion.att_fc2.weight");
  for (size_t i = 0; i < w2->size; i++)
    s->w[w2->offset + i] *= 1e4f;
  for (size_t m = 0; m < MODALITIES; m++)
    for (size_t v = 0; v < firsts[m][ROWS]; v++)
      for (size_t j = 0; j < WIDTH; j++)
        s->tokens[m].x[v * WIDTH + j] = (float)j - 2.5f;
  const float *fused = fuse(s, BATCH, s->in);
  for (size_t i = 0; i < BATCH; i++)
    for (size_t h = 0; i != 2 && h < 3; h++)
      for (size_t j = 0; j < WIDTH; j++)
        assert_true(fabsf(fused[i * s->out + h * WIDTH + j] - ((float)j - 2.5f)) < 2e-6f);
  scene_free(s);
}

static void test_concat_formula(void **state) {
  (void)state;
  struct scene *s = scene_new(fray_choice_find(&fray_fusions, "concat"));
  assert_int_equal(s->out, MODALITIES * WIDTH);
  assert_int_equal(s->table.count, 0);
  const float *fused = fuse(s, BATCH, s->in);
  for (size_t i = 0; i < BATCH; i++)
    for (size_t m = 0; m < MODALITIES; m++)
      for (size_t j = 0; j < WIDTH; j++) {
        double sum = 0;
        size_t n = 0;
        const int32_t row = rows[m][i];
        for (size_t v = row < 0 ? 0 : firsts[m][row]; row >= 0 && v < firsts[m][row + 1]; v++, n++)
          sum += (double)s->tokens[m].x[v * WIDTH + j];
        const double expected = n > 0 ? sum / (double)n : 0;
        assert_true(fabs((double)fused[(i * MODALITIES + m) * WIDTH + j] - expected) < 1e-6);
      }
  scene_free(s);
}

/* x (WIDTH): the mean of the tokens of sample i in modality m. */
static void mean_by_hand(const struct scene *s, size_t m, size_t i, double *x) {
  const size_t from = firsts[m][rows[m][i]], to = firsts[m][rows[m][i] + 1];
  for (size_t j = 0; j < WIDTH; j++) {
    x[j] = 0;
    for (size_t v = from; v < to; v++)
      x[j] += (double)s->tokens[m].x[v * WIDTH + j] / (double)(to - from);
  }
}

/* sum of p_m tanh(W_m x_m + b_m), p_m = exp(u_m . x_m + c_m) / sum, over those that are there. */
static void gated_by_hand(struct scene *s, size_t i, double *out) {
  double total = 0;
  memset(out, 0, WIDTH * sizeof *out);
  for (size_t m = 0; m < MODALITIES; m++) {
    if (rows[m][i] < 0)
      continue;
    const float *v[4];
    static const char *const names[4] = {"value.weight", "value.bias", "score.weight",
                                         "score.bias"};
    for (size_t k = 0; k < 4; k++) {
      const char *name = fray_arena_printf(&s->arena, "fusion.gate%zu.%s", m + 1, names[k]);
      const struct fray_param *p = fray_param_find(&s->table, name);
      assert_non_null(p);
      assert_int_equal(p->modality, m);
      v[k] = s->w + p->offset;
    }
    double x[WIDTH], score = (double)v[3][0];
    mean_by_hand(s, m, i, x);
    for (size_t j = 0; j < WIDTH; j++)
      score += (double)v[2][j] * x[j];
    total += exp(score);
    for (size_t k = 0; k < WIDTH; k++) {
      double a = (double)v[1][k];
      for (size_t j = 0; j < WIDTH; j++)
        a += (double)v[0][k * WIDTH + j] * x[j];
      out[k] += exp(score) * tanh(a);
    }
  }
  for (size_t k = 0; k < WIDTH && total > 0; k++)
    out[k] /= total;
}

static void test_gated_formula(void **state) {
  (void)state;
  struct scene *s = scene_new(fray_choice_find(&fray_fusions, "gated"));
  assert_int_equal(s->out, WIDTH);
  assert_int_equal(s->table.count, MODALITIES * (WIDTH * WIDTH + WIDTH + WIDTH + 1));
  const float *fused = fuse(s, BATCH, s->in);
  for (size_t i = 0; i < BATCH; i++) {
    double expected[WIDTH];
    gated_by_hand(s, i, expected);
    for (size_t j = 0; j < WIDTH; j++)
      assert_true(fabs((double)fused[i * WIDTH + j] - expected[j]) < 2e-6);
  }
  scene_free(s);
}

/* Two modalities: the softmax is the sigmoid gate of Arevalo et al., z h_1 + (1 - z) h_2 with z the
 * sigmoid of the difference of the scores. And a score far beyond what exp can take leaves one. */
static void test_gated_sigmoid(void **state) {
  (void)state;
  struct scene *s = scene_new(fray_choice_find(&fray_fusions, "gated"));
  static const int32_t none = -1;
  const int32_t one = 0, other = 3;
  struct fray_fusion_input in[MODALITIES] = {
      {.tokens = &s->tokens[0], .row = &one}, {.row = &none}, {.row = &none}};
  const float *first = fuse(s, 1, in);
  in[0].row = &none;
  in[1] = (struct fray_fusion_input){.tokens = &s->tokens[1], .row = &other};
  const float *second = fuse(s, 1, in);
  in[0].row = &one;
  for (size_t m = 0; m < 2; m++)
    for (size_t j = 0; j < WIDTH; j++)
      s->w[fray_param_find(&s->table, m ? "fusion.gate2.score.weight" : "fusion.gate1.score.weight")
               ->offset +
           j] = 0;
  float *c1 = s->w + fray_param_find(&s->table, "fusion.gate1.score.bias")->offset;
  float *c2 = s->w + fray_param_find(&s->table, "fusion.gate2.score.bias")->offset;
  static const float scores[][2] = {{0.4f, -0.7f}, {1, 1}, {1e4f, -1e4f}, {-1e4f, 1e4f}};
  for (size_t k = 0; k < FRAY_COUNT(scores); k++) {
    *c1 = scores[k][0], *c2 = scores[k][1];
    const float *both = fuse(s, 1, in);
    const double z = 1 / (1 + exp((double)*c2 - (double)*c1));
    for (size_t j = 0; j < WIDTH; j++)
      assert_true(fabs((double)both[j] - z * (double)first[j] - (1 - z) * (double)second[j]) <
                  1e-6);
  }
  scene_free(s);
}

/* Late fusion hands over what concat does; that its heads are apart is the model's. */
static void test_late_is_concat(void **state) {
  (void)state;
  struct scene *late = scene_new(fray_choice_find(&fray_fusions, "late"));
  struct scene *concat = scene_new(fray_choice_find(&fray_fusions, "concat"));
  assert_true(late->ops->head_each && late->ops->masks_absent);
  assert_false(concat->ops->head_each);
  assert_int_equal(late->out, concat->out);
  assert_memory_equal(fuse(late, BATCH, late->in), fuse(concat, BATCH, concat->in),
                      BATCH * late->out * sizeof(float));
  scene_free(late);
  scene_free(concat);
}

/* More tokens than one chunk of rows: the same answer as sample by sample. */
static void test_attention_many_tokens(void **state) {
  (void)state;
  enum { N = 150, EACH = 5 };
  struct scene *s = scene_new(fray_choice_find(&fray_fusions, "attention"));
  size_t first[N + 1];
  int32_t row[N], one = 0;
  for (size_t i = 0; i <= N; i++)
    first[i] = i * EACH;
  for (int32_t i = 0; i < N; i++)
    row[i] = i;
  struct fray_tokens tokens = {.n = N,
                               .width = WIDTH,
                               .first = first,
                               .x = random_floats(&s->arena, N * EACH * WIDTH, "many")};
  struct fray_fusion_input in[MODALITIES] = {
      {.tokens = &tokens, .row = row}, {.row = (int32_t[N]){0}}, {.row = (int32_t[N]){0}}};
  const float *together = fuse(s, N, in);
  for (size_t i = 0; i < N; i++) {
    struct fray_tokens single = {
        .n = 1, .width = WIDTH, .first = first, .x = tokens.x + i * EACH * WIDTH};
    in[0] = (struct fray_fusion_input){.tokens = &single, .row = &one};
    const float *alone = fuse(s, 1, in);
    for (size_t j = 0; j < s->out; j++)
      assert_true(fabsf(alone[j] - together[i * s->out + j]) < 2e-6f);
  }
  scene_free(s);
}

/* What others may ask of a fusion that they know by name, from a results folder. */
static void test_decisions(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_fusions.n; k++) {
    const struct fray_fusion_ops *ops = fray_fusions.v[k]->impl;
    assert_int_equal(fray_fusion_joins_decisions(fray_fusions.v[k]->name), ops->head_each);
  }
  assert_true(fray_fusion_joins_decisions("late"));
  assert_false(fray_fusion_joins_decisions("concat"));
  assert_false(fray_fusion_joins_decisions("") || fray_fusion_joins_decisions("lat"));
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gradients),
      cmocka_unit_test(test_gradient_adds),
      cmocka_unit_test(test_permutation),
      cmocka_unit_test(test_absence),
      cmocka_unit_test(test_masked_gradient),
      cmocka_unit_test(test_attention_formula),
      cmocka_unit_test(test_attention_extreme_scores),
      cmocka_unit_test(test_concat_formula),
      cmocka_unit_test(test_attention_many_tokens),
      cmocka_unit_test(test_gated_formula),
      cmocka_unit_test(test_gated_sigmoid),
      cmocka_unit_test(test_decisions),
      cmocka_unit_test(test_late_is_concat),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
