/* The local optimiser against numbers worked by hand from PyTorch's rules (clip_grad_norm_, then
 * torch.optim.SGD with weight decay and momentum). */
#include "fray/nn/optimiser.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { A = 0, B = 16, C = 32, TOTAL = 48 }; /* offsets */

struct scene {
  struct fray_arena arena;
  struct fray_param_table table;
  struct fray_local_config config;
  float w[TOTAL], grad[TOTAL], velocity[TOTAL];
  uint32_t steps[3];
};

/* Three tensors of two values: modality 0, modality 1, shared. */
static void start(struct scene *s, const char *yaml) {
  struct fray_node *node;
  *s = (struct scene){0};
  assert_int_equal(fray_yaml_parse(yaml, "t.yaml", &s->arena, &node, NULL), FRAY_OK);
  assert_int_equal(fray_schema_read(&fray_local_table, node, "", &s->config, &s->arena, NULL),
                   FRAY_OK);
  s->table.arena = &s->arena;
  static const int block[] = {0, 1, FRAY_PARAM_SHARED};
  static const char *const name[] = {"a", "b", "c"};
  for (int i = 0; i < 3; i++) {
    const struct fray_param_scope scope = {&s->table, "", block[i]};
    size_t offset;
    assert_int_equal(fray_param_add(&scope, name[i], (size_t[4]){2, 1, 1, 1}, 1, &offset, NULL),
                     FRAY_OK);
  }
  assert_int_equal(s->table.total, TOTAL);
}

static void set(float *v, float x, float y) {
  v[0] = x;
  v[1] = y;
}

static void expect(const float *v, double x, double y) {
  if (!(fabs((double)v[0] - x) < 1e-6 && fabs((double)v[1] - y) < 1e-6))
    fail_msg("(%.8g, %.8g), not (%.8g, %.8g)", (double)v[0], (double)v[1], x, y);
}

static const char config[] = "{lr: 0.5, momentum: 0.9, weight_decay: 0.1, clip_norm: 2.5}";

/* w = (1, -2), g = (3, 4), norm 5, factor 1/2: g = (1.5, 2) + 0.1 w = (1.6, 1.8) = v;
 * w = (0.2, -2.9). Then g = (0.3, -0.4), norm 0.5, no clipping: g + 0.1 w = (0.32, -0.69);
 * v = 0.9 (1.6, 1.8) + that = (1.76, 0.93); w = (-0.68, -3.365). */
static void test_two_steps(void **state) {
  (void)state;
  struct scene s;
  double norm;
  start(&s, config);
  set(s.w + C, 1, -2);
  set(s.grad + C, 3, 4);
  set(s.velocity + C, NAN, 1e30f); /* left-overs: a first step does not read them */
  norm = fray_optimiser_step(
      &(struct fray_optimiser){
          .table = &s.table, .config = &s.config, .state = s.velocity, .steps = s.steps},
      NULL, s.w, s.grad);
  assert_true(fabs(norm - 5) < 1e-12);
  expect(s.velocity + C, 1.6, 1.8);
  expect(s.w + C, 0.2, -2.9);
  set(s.grad + C, 0.3f, -0.4f);
  norm = fray_optimiser_step(
      &(struct fray_optimiser){
          .table = &s.table, .config = &s.config, .state = s.velocity, .steps = s.steps},
      NULL, s.w, s.grad);
  assert_true(fabs(norm - 0.5) < 1e-7);
  expect(s.velocity + C, 1.76, 0.93);
  expect(s.w + C, -0.68, -3.365);
  fray_arena_free(&s.arena);
}

/* Blocks that took no part change nothing and count nothing, and meet their first step later. */
static void test_resting_blocks(void **state) {
  (void)state;
  struct scene s;
  double norm;
  start(&s, config);
  for (int i = 0; i < 3; i++) {
    set(s.w + 16 * i, 1, 1);
    set(s.grad + 16 * i, 100, 100);
    set(s.velocity + 16 * i, 7, 7);
  }
  set(s.grad + B, 3, 0);
  set(s.grad + C, 0, 4);
  const bool used[] = {false, true};
  norm = fray_optimiser_step(
      &(struct fray_optimiser){
          .table = &s.table, .config = &s.config, .state = s.velocity, .steps = s.steps},
      used, s.w, s.grad);
  assert_true(fabs(norm - 5) < 1e-12);
  expect(s.w + A, 1, 1);
  expect(s.velocity + A, 7, 7);
  assert_true(s.steps[0] == 0 && s.steps[1] == 1 && s.steps[2] == 1);
  expect(s.velocity + B, 1.6, 0.1);
  expect(s.w + B, 0.2, 0.95);
  expect(s.velocity + C, 0.1, 2.1);
  const bool other[] = {true, false};
  set(s.grad + A, 1, 0);
  set(s.grad + C, 0, 0);
  norm = fray_optimiser_step(
      &(struct fray_optimiser){
          .table = &s.table, .config = &s.config, .state = s.velocity, .steps = s.steps},
      other, s.w, s.grad);
  assert_true(fabs(norm - 1) < 1e-12);
  expect(s.velocity + A, 1.1, 0.1);
  expect(s.velocity + B, 1.6, 0.1);
  assert_true(s.steps[0] == 1 && s.steps[1] == 1 && s.steps[2] == 2);
  for (size_t i = 0; i < TOTAL; i++) /* padding */
    if (i % 16 >= 2)
      assert_true(s.w[i] == 0 && s.velocity[i] == 0);
  fray_arena_free(&s.arena);
}

/* Without clipping no norm is made: what comes back tells that the gradient is finite. */
static void test_no_clipping_and_divergence(void **state) {
  (void)state;
  struct scene s;
  double norm;
  start(&s, "{lr: 1, momentum: 0, weight_decay: 0, clip_norm: 0}");
  set(s.grad + A, 3e3f, -4e3f);
  norm = fray_optimiser_step(
      &(struct fray_optimiser){
          .table = &s.table, .config = &s.config, .state = s.velocity, .steps = s.steps},
      NULL, s.w, s.grad);
  assert_true(norm == 4e3);
  expect(s.w + A, -3e3, 4e3);
  for (size_t k = 0; k < 3; k++) {
    set(s.grad + A, 0, 0);
    set(s.grad + B, (const float[]){NAN, INFINITY, -INFINITY}[k], 1);
    norm = fray_optimiser_step(
        &(struct fray_optimiser){
            .table = &s.table, .config = &s.config, .state = s.velocity, .steps = s.steps},
        NULL, s.w, s.grad);
    assert_true(!isfinite(norm) && !isfinite(s.w[B]));
  }
  set(s.grad + B, 0, 0);
  s.config.clip_norm = 2.5;
  set(s.grad + A, 1e30f, 0); /* its square overflows a float, not the norm */
  norm = fray_optimiser_step(
      &(struct fray_optimiser){
          .table = &s.table, .config = &s.config, .state = s.velocity, .steps = s.steps},
      NULL, s.w, s.grad);
  assert_true(fabs(norm / 1e30 - 1) < 1e-6);
  set(s.grad + A, NAN, 0);
  norm = fray_optimiser_step(
      &(struct fray_optimiser){
          .table = &s.table, .config = &s.config, .state = s.velocity, .steps = s.steps},
      NULL, s.w, s.grad);
  assert_true(isnan(norm) && isnan(s.w[A]));
  fray_arena_free(&s.arena);
}

static void test_section(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_local_config c;
  struct fray_node *node;
  assert_int_equal(fray_schema_read(&fray_local_table, NULL, "", &c, &arena, &err), FRAY_OK);
  assert_true(c.epochs == 1 && c.batch == 16 && c.lr == 0.05);
  assert_true(c.weight_decay == 1e-5 && c.clip_norm == 10);
  assert_string_equal(c.optimiser.choice->name, "sgd");
  assert_string_equal(c.loss.choice->name, "cross_entropy");
  static const char *const bad[] = {"lr: 20",
                                    "momentum: 1",
                                    "batch: 0",
                                    "epochs: 0",
                                    "clip_norm: -1",
                                    "weight_decay: -1e-9",
                                    "lrr: 0.1",
                                    "{optimiser: adam, momentum: 0.9}",
                                    "beta1: 0.9",
                                    "{optimiser: adamw, beta2: 1}",
                                    "optimiser: adm",
                                    "loss: gc",
                                    "q: 0.5",
                                    "{loss: gce, q: 0}",
                                    "{loss: symmetric, log_zero: 0}",
                                    "{loss: label_smoothing, epsilon: 1.1}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(fray_yaml_parse(bad[i], "t.yaml", &arena, &node, &err), FRAY_OK);
    assert_int_equal(fray_schema_read(&fray_local_table, node, "", &c, &arena, &err), FRAY_INPUT);
  }
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_two_steps),
      cmocka_unit_test(test_resting_blocks),
      cmocka_unit_test(test_no_clipping_and_divergence),
      cmocka_unit_test(test_section),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
