/* Cross-entropy, classification and dropout against their definitions. */
#include "fray/nn/loss.h"
#include "fray/base/rng.h"
#include "fray/nn/dropout.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two classes: -log p = log(1 + exp(other - own)). */
static void test_two_classes(void **state) {
  (void)state;
  const float logits[] = {1, 3, -2, -2, 800, -800};
  const int32_t label[] = {0, 1, 1};
  float d[6];
  const double loss = fray_loss(NULL, &(struct fray_truth){3, 2, label, NULL}, logits, d);
  assert_true(fabs(loss - (log1p(exp(2)) + log(2) + 1600) / 3) < 1e-12 * 600);
  const double p = 1 / (1 + exp(2));
  const double want[] = {(p - 1) / 3, (1 - p) / 3, 1 / 6.0, -1 / 6.0, 1 / 3.0, -1 / 3.0};
  for (int i = 0; i < 6; i++)
    assert_true(fabs((double)d[i] - want[i]) < 1e-7);
}

static void test_divergence_shows(void **state) {
  (void)state;
  const float a[] = {1, NAN}, b[] = {INFINITY, 0};
  const int32_t label[] = {0};
  float d[2];
  assert_true(!isfinite(fray_loss(NULL, &(struct fray_truth){1, 2, label, NULL}, a, d)));
  assert_true(!isfinite(fray_loss(NULL, &(struct fray_truth){1, 2, label, NULL}, b, d)));
}

static void test_classify(void **state) {
  (void)state;
  const float logits[] = {1, 2, 2, NAN, -5, -6, NAN, NAN, NAN, 0, 0, 1};
  const int32_t label[] = {1, 1, -1, 2};
  double nll[4];
  int16_t predicted[4];
  fray_classify(4, 3, logits, label, nll, predicted);
  assert_int_equal(predicted[0], 1);  /* the first of a tie */
  assert_int_equal(predicted[1], 1);  /* NaN loses */
  assert_int_equal(predicted[2], -1); /* nothing finite: no answer, not the first class */
  assert_int_equal(predicted[3], 2);
  assert_true(fabs(nll[0] - log(2 + exp(-1))) < 1e-12);
  assert_true(isnan(nll[1]) && isnan(nll[2]));
  assert_true(fabs(nll[3] - log(1 + 2 * exp(-1))) < 1e-12);
  fray_classify(4, 3, logits, label, NULL, predicted);
  fray_classify(4, 3, logits, NULL, NULL, predicted); /* labels are only for nll */
}

enum { N = 100000 };

/* The share of zeros within five deviations of p, the rest scaled by 1 / (1 - p). */
static void test_dropout_law(void **state) {
  (void)state;
  static const float rate[] = {0.1f, 0.5f, 0.9f};
  float *x = malloc(N * sizeof *x), *mask = malloc(N * sizeof *mask);
  assert_true(x && mask);
  for (int k = 0; k < 3; k++) {
    const double p = (double)rate[k];
    size_t zeros = 0;
    for (size_t i = 0; i < N; i++)
      x[i] = 2;
    const struct fray_dropout dropout = fray_dropout_plan("acc", "conv1", p);
    assert_true(dropout.layer == fray_rng_purpose("dropout/acc.conv1"));
    const struct fray_pass pass = {.train = true, .seed = 1, .who = 2, .when = 3, .step = 4};
    fray_dropout_forward(&dropout, &pass, N, x, mask);
    for (size_t i = 0; i < N; i++) {
      zeros += mask[i] == 0;
      assert_true(mask[i] == 0 || fabs((double)mask[i] - 1 / (1 - p)) < 1e-5);
      assert_true(x[i] == 2 * mask[i]);
    }
    assert_true(fabs((double)zeros - N * p) < 5 * sqrt(N * p * (1 - p)));
  }
  free(x);
  free(mask);
}

static void draw(size_t n, uint64_t seed, uint64_t layer, uint64_t who, uint64_t when,
                 uint64_t step, float *mask) {
  float x[2000];
  for (size_t i = 0; i < n; i++)
    x[i] = 1;
  const struct fray_dropout dropout = {0.5f, layer};
  const struct fray_pass pass = {
      .train = true, .seed = seed, .who = who, .when = when, .step = step};
  fray_dropout_forward(&dropout, &pass, n, x, mask);
}

/* Every part of the key matters, nothing else does; a shorter layer sees the same start. */
static void test_dropout_key(void **state) {
  (void)state;
  float a[2000], b[2000];
  draw(2000, 1, 2, 3, 4, 5, a);
  draw(2000, 1, 2, 3, 4, 5, b);
  assert_memory_equal(a, b, sizeof a);
  draw(1037, 1, 2, 3, 4, 5, b);
  assert_memory_equal(a, b, 1037 * sizeof *a);
  for (int part = 0; part < 5; part++) {
    draw(2000, 1 + (part == 0), 2 + (part == 1), 3 + (part == 2), 4 + (part == 3), 5 + (part == 4),
         b);
    size_t equal = 0;
    for (size_t i = 0; i < 2000; i++)
      equal += a[i] == b[i];
    assert_true(fabs((double)equal - 1000) < 5 * sqrt(500)); /* independent masks agree by half */
  }
}

static void test_no_dropout(void **state) {
  (void)state;
  float x[3] = {1, 2, 3}, mask[3] = {7, 7, 7};
  const struct fray_dropout none = {0, 2}, some = {0.5f, 2};
  const struct fray_pass train = {.train = true}, evaluate = {.train = false};
  assert_false(fray_dropout_drops(&none, &train));
  assert_false(fray_dropout_drops(&some, &evaluate));
  assert_true(fray_dropout_drops(&some, &train));
  fray_dropout_forward(&none, &train, 3, x, mask);
  fray_dropout_forward(&some, &train, 3, x, NULL);
  fray_dropout_backward(3, NULL, x);
  assert_true(x[0] == 1 && x[1] == 2 && x[2] == 3 && mask[0] == 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_two_classes), cmocka_unit_test(test_divergence_shows),
      cmocka_unit_test(test_classify),    cmocka_unit_test(test_dropout_law),
      cmocka_unit_test(test_dropout_key), cmocka_unit_test(test_no_dropout),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
