/* Softmax over rows against its definition in double, and its gradient against a difference. */
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/tensor/softmax_rows.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 37, MOST = 70, LD = 80 };

static float x[ROWS * LD], p[ROWS * LD], d[ROWS * LD];

static void fill(float *v, float scale, uint64_t which) {
  struct fray_rng rng = fray_rng_for(1, "test", which, 0, 0);
  for (size_t i = 0; i < ROWS * LD; i++)
    v[i] = scale * (float)fray_rng_normal(&rng);
}

/* All lengths of rows; what lies between them may be anything before, and is 0 behind. */
static void test_definition(void **state) {
  (void)state;
  for (size_t n = 1; n <= MOST; n++) {
    const size_t ld = fray_softmax_ld(n), m = n % ROWS + 1;
    fill(x, 20, n);
    for (size_t i = 0; i < m * ld; i++)
      x[i] = i % ld < n ? x[i] : NAN;
    memcpy(p, x, sizeof p);
    fray_softmax_rows(m, n, p);
    for (size_t r = 0; r < m; r++) {
      double top = -INFINITY, sum = 0;
      for (size_t j = 0; j < n; j++)
        top = fmax(top, (double)x[r * ld + j]);
      for (size_t j = 0; j < n; j++)
        sum += exp((double)x[r * ld + j] - top);
      for (size_t j = 0; j < ld; j++)
        assert_true(fabs((double)p[r * ld + j] -
                         (j < n ? exp((double)x[r * ld + j] - top) / sum : 0)) < 1e-6);
    }
    assert_memory_equal(p + m * ld, x + m * ld, (ROWS * LD - m * ld) * sizeof *p);
  }
}

/* d is the gradient behind; before it is p (d - sum p d). */
static void test_gradient(void **state) {
  (void)state;
  for (size_t n = 1; n <= MOST; n += 3) {
    const size_t ld = fray_softmax_ld(n), m = ROWS - n % 5;
    static float before[ROWS * LD];
    fill(p, 1, n);
    fill(d, 1, n + 100);
    fray_softmax_rows(m, n, p);
    memcpy(before, d, sizeof d);
    fray_softmax_backward(m, n, p, d);
    for (size_t r = 0; r < m; r++) {
      double sum = 0;
      for (size_t j = 0; j < n; j++)
        sum += (double)p[r * ld + j] * (double)before[r * ld + j];
      for (size_t j = 0; j < n; j++)
        assert_true(fabs((double)d[r * ld + j] -
                         (double)p[r * ld + j] * ((double)before[r * ld + j] - sum)) < 1e-6);
    }
  }
}

/* NaN and infinity stay in their own rows. */
static void test_not_finite(void **state) {
  (void)state;
  enum { N = 21 };
  const size_t ld = fray_softmax_ld(N);
  fill(x, 1, 7);
  x[2 * ld + 5] = NAN;
  x[4 * ld] = INFINITY;
  x[6 * ld + 3] = -INFINITY;
  fray_softmax_rows(ROWS, N, x);
  for (size_t r = 0; r < ROWS; r++)
    for (size_t j = 0; j < N; j++)
      assert_true((r == 2 || r == 4) ? isnan(x[r * ld + j]) || r == 4 : isfinite(x[r * ld + j]));
  assert_true(isnan(x[4 * ld]) && x[6 * ld + 3] == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_definition),
                                     cmocka_unit_test(test_gradient),
                                     cmocka_unit_test(test_not_finite)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
