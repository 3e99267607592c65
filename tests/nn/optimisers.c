/* The local optimisers against PyTorch's rules, written here once more for one number at a time in
 * double: torch.optim.SGD (nesterov), Adam and AdamW as their documentation states them. */
#include "fray/nn/optimiser.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TENSORS = 3, SIZE = 20, STRIDE = 32, TOTAL = TENSORS * STRIDE, STEPS = 7 };

struct rule {
  double lr, decay, momentum, beta1, beta2, eps;
};

/* What PyTorch keeps for one number. */
struct kept {
  double w, a, b;
  int t;
};

static void nesterov(const struct rule *r, double g, struct kept *k) {
  g = g + r->decay * k->w;
  k->a = k->t == 0 ? g : r->momentum * k->a + g;
  k->t++;
  g = g + r->momentum * k->a;
  k->w = k->w - r->lr * g;
}

static void sgd(const struct rule *r, double g, struct kept *k) {
  g = g + r->decay * k->w;
  k->a = k->t == 0 ? g : r->momentum * k->a + g;
  k->t++;
  k->w = k->w - r->lr * k->a;
}

static void adam_moments(const struct rule *r, double g, struct kept *k) {
  k->t++;
  k->a = r->beta1 * k->a + (1 - r->beta1) * g;
  k->b = r->beta2 * k->b + (1 - r->beta2) * g * g;
  const double m_hat = k->a / (1 - pow(r->beta1, k->t));
  const double v_hat = k->b / (1 - pow(r->beta2, k->t));
  k->w = k->w - r->lr * m_hat / (sqrt(v_hat) + r->eps);
}

static void adam(const struct rule *r, double g, struct kept *k) {
  adam_moments(r, g + r->decay * k->w, k);
}

static void adamw(const struct rule *r, double g, struct kept *k) {
  k->w = k->w - r->lr * r->decay * k->w;
  adam_moments(r, g, k);
}

struct scene {
  struct fray_arena arena;
  struct fray_param_table table;
  struct fray_local_config config;
  float w[TOTAL], grad[TOTAL], state[FRAY_OPTIMISER_STATE * TOTAL];
  uint32_t steps[TENSORS];
};

/* Tensors of modality 0, modality 1 and shared. Nothing in state or grad may be read as left. */
static void start(struct scene *s, const char *yaml) {
  static const int block[TENSORS] = {0, 1, FRAY_PARAM_SHARED};
  static const char *const name[TENSORS] = {"a", "b", "c"};
  struct fray_node *node;
  *s = (struct scene){0};
  s->table.arena = &s->arena;
  for (size_t i = 0, offset; i < TENSORS; i++) {
    const struct fray_param_scope scope = {&s->table, "", block[i]};
    assert_int_equal(fray_param_add(&scope, name[i], (size_t[4]){SIZE, 1, 1, 1}, 1, &offset, NULL),
                     FRAY_OK);
  }
  assert_int_equal(s->table.total, TOTAL);
  assert_int_equal(fray_yaml_parse(yaml, "t.yaml", &s->arena, &node, NULL), FRAY_OK);
  assert_int_equal(fray_schema_read(&fray_local_table, node, "", &s->config, &s->arena, NULL),
                   FRAY_OK);
  for (size_t i = 0; i < FRAY_OPTIMISER_STATE * TOTAL; i++)
    s->state[i] = NAN;
}

/* The gradient of a number at a step: of all sizes and signs, and 0 now and then. */
static double gradient(size_t i, size_t step) {
  return (i + step) % 6 == 0
             ? 0
             : sin(1.7 * (double)i + 2.3 * (double)step) * pow(10, (double)(i % 5) - 2);
}

/* Tensor 0 rests at steps 0, 3 and 6; tensor 1 at odd ones; the shared one never. */
static void used_at(size_t step, bool used[2]) {
  used[0] = step % 3 != 0;
  used[1] = step % 2 == 0;
}

static void follow(const char *yaml, const struct rule *rule,
                   void (*move)(const struct rule *, double, struct kept *)) {
  struct scene s;
  struct kept kept[TENSORS][SIZE];
  start(&s, yaml);
  for (size_t k = 0; k < TENSORS; k++)
    for (size_t i = 0; i < SIZE; i++) {
      s.w[k * STRIDE + i] = (float)cos((double)(k * SIZE + i));
      kept[k][i] = (struct kept){.w = (double)s.w[k * STRIDE + i]};
    }
  for (size_t step = 0; step < STEPS; step++) {
    bool used[2];
    used_at(step, used);
    for (size_t k = 0; k < TENSORS; k++)
      for (size_t i = 0; i < SIZE; i++) {
        const bool rests = k < 2 && !used[k];
        const float g = (float)gradient(k * SIZE + i, step);
        s.grad[k * STRIDE + i] = rests ? 0 : g;
        if (!rests)
          move(rule, (double)g, &kept[k][i]);
      }
    fray_optimiser_step(
        &(struct fray_optimiser){
            .table = &s.table, .config = &s.config, .state = s.state, .steps = s.steps},
        used, s.w, s.grad);
    for (size_t k = 0; k < TENSORS; k++) {
      assert_int_equal(s.steps[k], kept[k][0].t);
      for (size_t i = 0; i < STRIDE; i++) {
        const double got = (double)s.w[k * STRIDE + i], want = i < SIZE ? kept[k][i].w : 0;
        if (!(fabs(got - want) <= 2e-6 * (1 + fabs(want))))
          fail_msg("%s: step %zu, tensor %zu, %zu: %.9g, not %.9g", yaml, step, k, i, got, want);
      }
    }
  }
  fray_arena_free(&s.arena);
}

static const struct rule momentum = {.lr = 0.02, .decay = 0.03, .momentum = 0.8};
static const struct rule usual = {
    .lr = 0.01, .decay = 0.2, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8};
static const struct rule other = {.lr = 0.1, .decay = 0.5, .beta1 = 0.5, .beta2 = 0.7, .eps = 0.1};

/* Every optimiser of the list needs a line here: its settings, and the rule in double to follow. */
static const struct {
  const char *yaml;
  const struct rule *rule;
  void (*move)(const struct rule *, double, struct kept *);
} examples[] = {
    {"{optimiser: sgd, lr: 0.02, weight_decay: 0.03, momentum: 0.8, clip_norm: 0}", &momentum, sgd},
    {"{optimiser: sgd, lr: 0.02, weight_decay: 0.03, momentum: 0.8, nesterov: true, clip_norm: 0}",
     &momentum, nesterov},
    {"{optimiser: adam, lr: 0.01, weight_decay: 0.2, clip_norm: 0}", &usual, adam},
    {"{optimiser: adam, lr: 0.1, weight_decay: 0.5, beta1: 0.5, beta2: 0.7, eps: 0.1, "
     "clip_norm: 0}",
     &other, adam},
    {"{optimiser: adamw, lr: 0.01, weight_decay: 0.2, clip_norm: 0}", &usual, adamw},
    {"{optimiser: adamw, lr: 0.1, weight_decay: 0.5, beta1: 0.5, beta2: 0.7, eps: 0.1, "
     "clip_norm: 0}",
     &other, adamw},
};

static void test_rules(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
    follow(examples[i].yaml, examples[i].rule, examples[i].move);
}

static void test_list(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_optimisers.n; k++) {
    bool found = false;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
      struct scene s;
      start(&s, examples[i].yaml);
      found |= s.config.optimiser.choice == fray_optimisers.v[k];
      fray_arena_free(&s.arena);
    }
    if (!found)
      fail_msg("optimiser %s has no line of examples", fray_optimisers.v[k]->name);
  }
}

/* One number, by hand. Nesterov: lr 0.1, momentum 0.5, g = 2 twice from w = 1: v = 2, step along
 * 2 + 0.5 2 = 3: w = 0.7; v = 3, step along 2 + 0.5 3 = 3.5: w = 0.35.
 * Adam's bias correction: m = 0.1 g, v = 0.001 g^2 at the first step, so that m^ / sqrt(v^) is the
 * sign of g and the step is lr whatever the size of g; and again at the second with the same g. */
static void test_by_hand(void **state) {
  (void)state;
  struct scene s;
  start(&s, "{lr: 0.1, momentum: 0.5, nesterov: true, weight_decay: 0, clip_norm: 0}");
  s.w[0] = 1;
  s.grad[0] = 2;
  fray_optimiser_step(
      &(struct fray_optimiser){
          .table = &s.table, .config = &s.config, .state = s.state, .steps = s.steps},
      NULL, s.w, s.grad);
  assert_true(fabs((double)s.w[0] - 0.7) < 1e-7);
  fray_optimiser_step(
      &(struct fray_optimiser){
          .table = &s.table, .config = &s.config, .state = s.state, .steps = s.steps},
      NULL, s.w, s.grad);
  assert_true(fabs((double)s.w[0] - 0.35) < 1e-7 && s.steps[0] == 2);
  fray_arena_free(&s.arena);

  start(&s, "{optimiser: adam, lr: 0.1, weight_decay: 0, clip_norm: 0}");
  s.grad[0] = 3e-3f;
  s.grad[1] = -500;
  for (int step = 1; step <= 2; step++) {
    fray_optimiser_step(
        &(struct fray_optimiser){
            .table = &s.table, .config = &s.config, .state = s.state, .steps = s.steps},
        NULL, s.w, s.grad);
    assert_true(fabs((double)s.w[0] + 0.1 * step) < 2e-6);
    assert_true(fabs((double)s.w[1] - 0.1 * step) < 2e-6);
    assert_true(s.w[2] == 0);
  }
  fray_arena_free(&s.arena);
}

/* Clipping comes before the optimiser: a gradient of norm 5 cut to 1 moves as (0.6, 0.8) does. */
static void test_clipping(void **state) {
  (void)state;
  static const char *const name[] = {"sgd, nesterov: true", "adam, eps: 0.5", "adamw, eps: 0.5"};
  for (size_t k = 0; k < 3; k++) {
    struct scene a, b;
    char yaml[100];
    snprintf(yaml, sizeof yaml, "{optimiser: %s, clip_norm: 1}", name[k]);
    start(&a, yaml);
    start(&b, yaml);
    a.grad[0] = 3, a.grad[STRIDE] = 4;
    b.grad[0] = 0.6f, b.grad[STRIDE] = 0.8f;
    assert_true(fray_optimiser_step(
                    &(struct fray_optimiser){
                        .table = &a.table, .config = &a.config, .state = a.state, .steps = a.steps},
                    NULL, a.w, a.grad) == 5);
    fray_optimiser_step(
        &(struct fray_optimiser){
            .table = &b.table, .config = &b.config, .state = b.state, .steps = b.steps},
        NULL, b.w, b.grad);
    assert_true(b.w[0] < 0 && fabs((double)(a.w[0] / b.w[0]) - 1) < 2e-6);
    assert_true(fabs((double)(a.w[STRIDE] / b.w[STRIDE]) - 1) < 2e-6);
    fray_arena_free(&a.arena);
    fray_arena_free(&b.arena);
  }
}

static void test_divergence_shows(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_optimisers.n; k++) {
    struct scene s;
    char yaml[100];
    snprintf(yaml, sizeof yaml, "optimiser: %s", fray_optimisers.v[k]->name);
    start(&s, yaml);
    assert_true(fray_optimiser_vectors(&s.config) <= FRAY_OPTIMISER_STATE);
    s.grad[0] = NAN;
    assert_true(isnan(fray_optimiser_step(
        &(struct fray_optimiser){
            .table = &s.table, .config = &s.config, .state = s.state, .steps = s.steps},
        NULL, s.w, s.grad)));
    assert_true(isnan(s.w[0]));
    fray_arena_free(&s.arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rules),
      cmocka_unit_test(test_list),
      cmocka_unit_test(test_by_hand),
      cmocka_unit_test(test_clipping),
      cmocka_unit_test(test_divergence_shows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
