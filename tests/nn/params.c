/* Parameter layout and initial values. */
#include "fray/nn/params.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t must_add(struct fray_param_table *t, const char *prefix, const char *name, size_t m,
                       size_t n, double bound) {
  const struct fray_param_scope scope = {t, prefix, FRAY_PARAM_SHARED};
  size_t offset;
  assert_int_equal(fray_param_add(&scope, name, (size_t[4]){m, n, 1, 1}, bound, &offset, NULL),
                   FRAY_OK);
  assert_int_equal(offset, t->v[t->n - 1].offset);
  return t->n - 1;
}

static void test_layout(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_param_table t = {.arena = &arena};
  size_t total = 0, count = 0;
  for (size_t i = 0; i < 100; i++) { /* more than the first capacity */
    char name[16];
    snprintf(name, sizeof name, "t%zu", i);
    assert_int_equal(must_add(&t, i % 2 ? "a.b" : "", name, i + 1, 3, 0.5), i);
    assert_int_equal(t.v[i].offset, total);
    assert_int_equal(t.v[i].offset % 16, 0);
    assert_int_equal(t.v[i].size, 3 * (i + 1));
    count += 3 * (i + 1);
    total += (3 * (i + 1) + 15) / 16 * 16;
  }
  assert_int_equal(t.total, total);
  assert_int_equal(t.count, count);
  assert_ptr_equal(fray_param_find(&t, "a.b.t7"), &t.v[7]);
  assert_ptr_equal(fray_param_find(&t, "t8"), &t.v[8]);
  assert_null(fray_param_find(&t, "t7"));
  fray_arena_free(&arena);
}

static void test_refusals(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_param_table t = {.arena = &arena};
  struct fray_err err = {0};
  size_t offset;
  const struct fray_param_scope a = {&t, "a", 0}, none = {&t, "", 0};
  const size_t one[4] = {1, 1, 1, 1}, huge[4] = {SIZE_MAX / 2, 3, 1, 1};
  must_add(&t, "a", "b", 1, 1, 1);
  assert_int_equal(fray_param_add(&a, "b", one, 1, &offset, &err), FRAY_INTERNAL);
  assert_non_null(strstr(err.text, "a.b"));
  assert_int_equal(fray_param_add(&a, "c", huge, 1, &offset, &err), FRAY_INPUT);
  char name[FRAY_PARAM_NAME + 1];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  assert_int_equal(fray_param_add(&none, name, one, 1, &offset, &err), FRAY_INPUT);
  name[FRAY_PARAM_NAME - 1] = '\0'; /* the longest that fits */
  assert_int_equal(fray_param_add(&none, name, one, 1, &offset, &err), FRAY_OK);
  assert_int_equal(t.n, 2);
  fray_arena_free(&arena);
}

/* A layer's weight and bias, with the bound 1 / sqrt(fan in); also what a longer name costs. */
static void test_layers(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_param_table t = {.arena = &arena};
  const struct fray_param_scope scope = {&t, "acc", 1};
  size_t weight, bias;
  assert_int_equal(
      fray_param_add_layer(&scope, "conv1", (size_t[4]){5, 3, 3, 4}, &weight, &bias, NULL),
      FRAY_OK);
  assert_int_equal(t.n, 2);
  const struct fray_param *w = fray_param_find(&t, "acc.conv1.weight");
  const struct fray_param *b = fray_param_find(&t, "acc.conv1.bias");
  assert_true(w && b && w->offset == weight && b->offset == bias);
  assert_true(w->size == 180 && b->size == 5 && w->modality == 1 && b->modality == 1);
  assert_true(w->bound == 1 / 6.0 && b->bound == 1 / 6.0);
  char name[FRAY_PARAM_NAME];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  assert_int_equal(
      fray_param_add_layer(&scope, name, (size_t[4]){1, 1, 1, 1}, &weight, &bias, NULL),
      FRAY_INPUT);
  assert_int_equal(t.n, 2);
  fray_arena_free(&arena);
}

/* U(-b, b): mean 0 with deviation b / sqrt(3 n), variance b^2 / 3 with deviation
 * b^2 sqrt(4 / (45 n)); five deviations. Padding is 0 whatever the memory held. */
static void test_initial_values(void **state) {
  (void)state;
  enum { N = 100003 };
  struct fray_arena arena = {0};
  struct fray_param_table t = {.arena = &arena};
  must_add(&t, "", "small", 3, 1, 10);
  must_add(&t, "", "large", N, 1, 0.25);
  float *w = malloc(t.total * sizeof *w);
  assert_non_null(w);
  memset(w, 0x7f, t.total * sizeof *w);
  fray_param_init(&t, 8, w);
  const float *v = w + t.v[1].offset;
  double sum = 0, squares = 0;
  float low = 1, high = -1;
  for (size_t i = 0; i < N; i++) {
    sum += (double)v[i];
    squares += (double)v[i] * (double)v[i];
    low = fminf(low, v[i]);
    high = fmaxf(high, v[i]);
  }
  const double b = 0.25;
  assert_true(low >= -b && high <= b && low < -0.999 * b && high > 0.999 * b);
  assert_true(fabs(sum / N) < 5 * b / sqrt(3.0 * N));
  assert_true(fabs(squares / N - b * b / 3) < 5 * b * b * sqrt(4 / (45.0 * N)));
  for (size_t i = 3; i < 16; i++)
    assert_true(w[i] == 0);
  for (size_t i = t.v[1].offset + N; i < t.total; i++)
    assert_true(w[i] == 0);
  free(w);
  fray_arena_free(&arena);
}

/* A tensor's values depend on seed and name, not on its place in the table. */
static void test_streams_by_name(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_param_table t = {.arena = &arena}, u = {.arena = &arena};
  must_add(&t, "", "p", 20, 1, 1);
  must_add(&t, "", "q", 20, 1, 1);
  must_add(&u, "", "q", 20, 1, 1);
  float a[64], b[32], c[64];
  assert_int_equal(t.total, 64);
  fray_param_init(&t, 1, a);
  fray_param_init(&u, 1, b);
  fray_param_init(&t, 2, c);
  assert_memory_equal(a + 32, b, sizeof b);
  assert_memory_not_equal(a, a + 32, 20 * sizeof *a);
  assert_memory_not_equal(a, c, 20 * sizeof *a);
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_layout),          cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_layers),          cmocka_unit_test(test_initial_values),
      cmocka_unit_test(test_streams_by_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
