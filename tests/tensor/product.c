/* Products with sliding windows, and with rows that lie apart, against the definition in double, by
 * each instruction set that this machine has. */
#include "fray/tensor/product.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/tensor/blas.h"
#include "product_kernels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { FLOATS = 1 << 14, LD = 81 };

static float x[FLOATS], b[FLOATS], c[FLOATS], before[FLOATS];

static const struct level {
  const char *name;
  product_kernel *kernel;
} levels[] = {{"any", product_any},
#if PRODUCT_X86
              {"avx2", product_avx2},
              {"avx512", product_avx512}
#endif
};

static bool runs_here(const char *name) {
  if (name[1] == 'n')
    return true;
#if PRODUCT_X86
  __builtin_cpu_init();
  return name[3] == '2'
             ? __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
             : __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

static void fill(float *v, uint64_t which) {
  struct fray_rng rng = fray_rng_for(1, "test", which, 0, 0);
  for (size_t i = 0; i < FLOATS; i++)
    v[i] = (float)fray_rng_normal(&rng);
}

/* Everything in c is looked at: what is not of the product must be as it was. */
static void check(const struct level *level, const struct fray_left *a, size_t n, bool add,
                  const struct fray_finish *finish) {
  const size_t m = a->lines * a->rows;
  for (size_t i = 0; i < FLOATS; i++)
    c[i] = before[i] = add || i % LD >= n ? (float)(i % 7) : NAN;
  level->kernel(a, n, b, LD, add, finish, c, LD);
  for (size_t i = 0; i < FLOATS / LD * LD; i++) {
    const size_t r = i / LD, j = i % LD;
    if (r >= m || j >= n) {
      assert_memory_equal(&c[i], &before[i], sizeof *c);
      continue;
    }
    const float *row = a->x + r / a->rows * a->line + r % a->rows * a->row;
    double sum = add ? before[i] : 0;
    for (size_t k = 0; k < a->runs * a->run; k++)
      sum += (double)row[k / a->run * a->leap + k % a->run * a->step] *
             (double)b[k * LD + k / a->run * a->gap + j];
    if (finish)
      sum = sum * (double)finish->scale + (finish->bias ? (double)finish->bias[j] : 0);
    if (finish && finish->relu && sum < 0)
      sum = 0;
    if (!(fabs(c[i] - sum) <= 2e-5 * (1 + fabs(sum))))
      fail_msg("%s: %zu x %zu, row %zu column %zu: %g, not %g", level->name, m, n, r, j,
               (double)c[i], sum);
  }
}

/* Rows of all counts up to two blocks, columns around the widths of vectors; windows that overlap,
 * their transpose, and an ordinary matrix. */
static void test_definition(void **state) {
  (void)state;
  static const size_t columns[] = {1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 64, 79};
  fill(x, 1);
  fill(b, 2);
  for (size_t l = 0; l < FRAY_COUNT(levels); l++)
    for (size_t rows = 1; rows <= 25 && runs_here(levels[l].name); rows++)
      for (size_t i = 0; i < FRAY_COUNT(columns); i++) {
        const struct fray_left windows = {x, 3, 90, rows, 3, 3, 90, 9, 1, 5};
        const struct fray_left transposed = {x, 2, 90, rows, 1, 2, 90, 11, 3, rows};
        const struct fray_left matrix = {x, 1, 0, rows, 40, 1, 0, 38, 1, 0};
        check(&levels[l], &windows, columns[i], rows % 2 == 0, NULL);
        check(&levels[l], &transposed, columns[i], rows % 2 == 1, NULL);
        check(&levels[l], &matrix, columns[i], rows % 3 == 0, NULL);
        const struct fray_finish finish = {-0.5f, rows % 2, rows % 3 ? x + 7 : NULL};
        check(&levels[l], &matrix, columns[i], false, &finish);
      }
}

/* Three lines of three rows are one block where that is faster, in the bits of each line alone. */
static void test_lines_together(void **state) {
  (void)state;
  fill(x, 1);
  fill(b, 2);
  for (size_t l = 0; l < FRAY_COUNT(levels); l++)
    for (size_t n = 1; n <= 48 && runs_here(levels[l].name); n++) {
      const struct fray_left lines = {x, 3, 30, 3, 1, 4, 30, 23, 1, 0};
      struct fray_left line = lines;
      line.lines = 1;
      levels[l].kernel(&lines, n, b, LD, false, NULL, c, LD);
      for (size_t i = 0; i < 3; i++, line.x += line.line) {
        levels[l].kernel(&line, n, b, LD, false, NULL, before, LD);
        for (size_t r = 0; r < 3; r++)
          assert_memory_equal(before + r * LD, c + (3 * i + r) * LD, n * sizeof *c);
      }
    }
}

/* Nothing to add up, nothing to write: and the count of operations of one that there is. */
static void test_edges(void **state) {
  (void)state;
  const struct fray_left none = {x, 1, 0, 5, 9, 1, 0, 0, 1, 0},
                         nobody = {x, 1, 0, 0, 9, 1, 0, 9, 1, 0};
  const struct fray_left some = {x, 2, 9, 5, 9, 3, 9, 4, 1, 0};
  for (size_t i = 0; i < FLOATS; i++)
    c[i] = 1;
  fray_product(&none, 3, b, LD, true, c, LD);
  fray_product(&nobody, 3, b, LD, false, c, LD);
  fray_product(&some, 0, b, LD, false, c, LD);
  for (size_t i = 0; i < FLOATS; i++)
    assert_true(c[i] == 1);
  fray_product(&none, 3, b, LD, false, c, LD);
  for (size_t i = 0; i < 5 * LD; i++)
    assert_true(c[i] == (i % LD < 3 ? 0 : 1));
  const double counted = fray_gemm_flops();
  fray_product(&some, 7, b, LD, false, c, LD);
  assert_true(fray_gemm_flops() - counted == 2.0 * 10 * 7 * 12);
}

/* A value that is not finite shows in its own row alone. */
static void test_nan(void **state) {
  (void)state;
  fill(x, 1);
  fill(b, 2);
  x[40 * 3 + 5] = NAN;
  const struct fray_left matrix = {x, 1, 0, 20, 40, 1, 0, 40, 1, 0};
  fray_product(&matrix, 30, b, LD, false, c, LD);
  for (size_t r = 0; r < 20; r++)
    for (size_t j = 0; j < 30; j++)
      assert_true(isnan(c[r * LD + j]) == (r == 3));
}

/* Rows that lie apart, in any order, against the definition; nothing else is written, and rows that
 * are only fetched add nothing. A value is the same whatever stands beside its row. */
static void check_apart(const struct product_level *level, size_t n, size_t m, size_t width) {
  const float *row[16];
  float one[16];
  for (size_t i = 0; i < 16; i++)
    row[i] = x + (i * 7 + 3) % 16 * 101;
  const struct fray_apart apart = {n, width, 16 - n, row, n / 2};
  for (size_t i = 0; i < FLOATS; i++)
    c[i] = before[i] = (float)(i % 5);
  level->dots(&apart, m, b, c);
  for (size_t i = 0; i < n; i++) {
    memcpy(one, before + i * m, m * sizeof *one);
    level->dots(&(struct fray_apart){1, width, 0, row + i, 0}, m, b, one);
    assert_memory_equal(one, c + i * m, m * sizeof *one);
    for (size_t j = 0; j < m; j++) {
      double sum = before[i * m + j];
      for (size_t k = 0; k < width; k++)
        sum += (double)row[i][k] * (double)b[j * width + k];
      assert_true(fabs(c[i * m + j] - sum) <= 2e-5 * (1 + fabs(sum)));
    }
  }
  assert_memory_equal(c + n * m, before + n * m, (FLOATS - n * m) * sizeof *c);
  memcpy(c, before, sizeof c);
  level->sums(&apart, m, b, c);
  for (size_t j = 0; j < m; j++)
    for (size_t k = 0; k < width; k++) {
      double sum = 0; /* what was there is written over */
      for (size_t i = 0; i < n; i++)
        sum += (double)b[i * m + j] * (double)row[i][k];
      assert_true(fabs(c[j * width + k] - sum) <= 2e-5 * (1 + fabs(sum)));
    }
  assert_memory_equal(c + m * width, before + m * width, (FLOATS - m * width) * sizeof *c);
}

static void test_rows_apart(void **state) {
  (void)state;
  static const size_t widths[] = {1, 3, 4, 15, 16, 17, 33, 64, 100};
  static const struct product_level here[] = {
    {product_any, apart_dots_any, apart_sums_any},
#if PRODUCT_X86
    {product_avx2, apart_dots_avx2, apart_sums_avx2},
    {product_avx512, apart_dots_avx512, apart_sums_avx512}
#endif
  };
  fill(x, 1);
  fill(b, 2);
  for (size_t l = 0; l < FRAY_COUNT(here); l++)
    for (size_t n = 1; n <= 10 && runs_here(levels[l].name); n += 3)
      for (size_t m = 1; m <= 11; m++)
        for (size_t i = 0; i < FRAY_COUNT(widths); i++)
          check_apart(&here[l], n, m, widths[i]);
}

/* ReLU is that of vec.c: NaN and the sign of 0 stay. */
static void test_finish(void **state) {
  (void)state;
  const float row[4] = {NAN, -0.0f, -1, 2}, one = 1;
  const struct fray_left matrix = {row, 1, 0, 4, 1, 1, 0, 1, 1, 0};
  const struct fray_finish finish = {1, true, NULL};
  for (size_t l = 0; l < FRAY_COUNT(levels); l++)
    if (runs_here(levels[l].name)) {
      levels[l].kernel(&matrix, 1, &one, 1, false, &finish, c, 1);
      assert_true(isnan(c[0]) && c[1] == 0 && c[2] == 0 && !signbit(c[2]) && c[3] == 2);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_definition), cmocka_unit_test(test_lines_together),
      cmocka_unit_test(test_edges),      cmocka_unit_test(test_nan),
      cmocka_unit_test(test_rows_apart), cmocka_unit_test(test_finish)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
