/* Products against the definition in double. */
#include "fray/tensor/blas.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/tensor/vec.h"
#include "openblas.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 200, LD = MAX + 7 };

static float a[LD * LD], b[LD * LD], c[LD * LD], want[LD * LD];

static void fill(float *v, size_t n, struct fray_rng *rng) {
  for (size_t i = 0; i < n; i++)
    v[i] = (float)fray_rng_normal(rng);
}

static double element(bool ta, bool tb, size_t i, size_t j, size_t k) {
  double sum = 0;
  for (size_t l = 0; l < k; l++)
    sum +=
        (double)(ta ? a[l * LD + i] : a[i * LD + l]) * (double)(tb ? b[j * LD + l] : b[l * LD + j]);
  return sum;
}

static void check_product(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, float beta,
                          struct fray_rng *rng) {
  fill(c, FRAY_COUNT(c), rng);
  memcpy(want, c, sizeof c);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      want[i * LD + j] =
          (float)((double)alpha * element(ta, tb, i, j, k) + (double)beta * (double)c[i * LD + j]);
  if (beta == 0) /* what was there must not matter */
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++)
        c[i * LD + j] = NAN;
  fray_gemm(ta, tb, m, n, k, alpha, a, LD, b, LD, beta, c, LD);
  const float tolerance = 1e-5f + 1e-7f * (float)k; /* rounding grows with the terms of a sum */
  for (size_t i = 0; i < FRAY_COUNT(c); i++)
    if (!(fabsf(c[i] - want[i]) <= tolerance * (1 + fabsf(want[i]))))
      fail_msg("%d%d %zux%zux%zu beta %g, at %zu: %g, not %g", ta, tb, m, n, k, (double)beta, i,
               (double)c[i], (double)want[i]);
}

/* Elements outside the m x n part are compared too: nothing else may be written. */
static void test_gemm(void **state) {
  (void)state;
  static const size_t size[][3] = {{1, 1, 1},
                                   {3, 5, 7},
                                   {16, 48, 33},
                                   {70, 64, 70},
                                   {17, 1, 70},
                                   {1, 70, 19},
                                   {0, 5, 3},
                                   {5, 0, 3},
                                   {31, 33, 65},
                                   {5, 7, 0},
                                   /* in runs of rows where small products are fast */
                                   {150, 130, 140},
                                   {129, 97, 161},
                                   {200, 198, 200}};
  struct fray_rng rng = fray_rng_for(1, "test", 0, 0, 0);
  fill(a, FRAY_COUNT(a), &rng);
  fill(b, FRAY_COUNT(b), &rng);
  for (size_t s = 0; s < FRAY_COUNT(size); s++)
    for (int t = 0; t < 4; t++) {
      const size_t m = size[s][0], n = size[s][1], k = size[s][2];
      check_product(t & 1, t & 2, m, n, k, 1, 0, &rng);
      check_product(t & 1, t & 2, m, n, k, 1, 1, &rng);
      check_product(t & 1, t & 2, m, n, k, -0.5f, 2, &rng);
    }
}

/* A B^T by a factor that was made for few or for many rows: the definition, whatever its form. */
static void check_right(size_t N) {
  enum { K = 90 };
  float bias[MAX];
  struct fray_arena arena = {0};
  struct fray_rng rng = fray_rng_for(3, "test", 0, 0, 0);
  fill(a, FRAY_COUNT(a), &rng);
  fill(b, FRAY_COUNT(b), &rng);
  fill(bias, MAX, &rng);
  for (size_t rows = 1; rows < 3000; rows *= 7) {
    struct fray_right right;
    assert_int_equal(fray_right_make(rows, N, K, b, &arena, &right, NULL), FRAY_OK);
    for (size_t m = 1; m <= MAX; m += 66) {
      fill(c, FRAY_COUNT(c), &rng);
      memcpy(want, c, sizeof c);
      for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < N; j++) {
          double sum = (double)bias[j];
          for (size_t l = 0; l < K; l++)
            sum += (double)a[i * LD + l] * (double)b[j * K + l];
          want[i * LD + j] = m > 100 && sum < 0 ? 0 : (float)sum;
        }
      fray_right_times(&right, m, a, LD, bias, m > 100, c, LD);
      for (size_t i = 0; i < FRAY_COUNT(c); i++)
        assert_true(fabsf(c[i] - want[i]) <= 2e-5f * (1 + fabsf(want[i])));
    }
  }
  fray_arena_free(&arena);
}

/* Columns in whole vectors and others, see fray_right_make. */
static void test_right(void **state) {
  (void)state;
  check_right(150);
  check_right(160);
}

/* Runs of rows, one after the other, are the sum of all of them. */
static void test_on(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(4, "test", 0, 0, 0);
  fill(a, FRAY_COUNT(a), &rng);
  fill(b, FRAY_COUNT(b), &rng);
  memset(c, 0, sizeof c);
  memset(want, 0, sizeof want);
  fray_gemm_on(37, 83, 190, a, LD, b, LD, want, LD);
  for (size_t i = 0; i < 190; i += 38)
    fray_gemm_on(37, 83, 38, a + i * LD, LD, b + i * LD, LD, c, LD);
  if (strcmp(fray_vec_level(), "avx512") == 0)
    assert_memory_equal(c, want, sizeof c);
  for (size_t i = 0; i < 37; i++)
    for (size_t j = 0; j < 83; j++)
      assert_true(fabs(c[i * LD + j] - element(true, false, i, j, 190)) < 1e-4);
}

/* Tiny products are made here, others by BLAS: a row's values are the same, in few rows or many. */
static void test_tiny(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(5, "test", 0, 0, 0);
  fill(a, FRAY_COUNT(a), &rng);
  fill(b, FRAY_COUNT(b), &rng);
  for (size_t n = 16; n < 60; n += 3) {
    fray_gemm(false, false, 150, n, 60, 0.3f, a, LD, b, LD, 0, want, LD);
    fray_gemm(false, false, 20, n, 60, 0.3f, a, LD, b, LD, 0, c, LD);
    for (size_t i = 0; i < 20; i++)
      for (size_t j = 0; j < n; j++)
        assert_true(fabsf(c[i * LD + j] - want[i * LD + j]) <= 1e-5f);
  }
}

static void test_transpose_rows(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(6, "test", 0, 0, 0);
  fill(a, FRAY_COUNT(a), &rng);
  for (size_t m = 1; m < 40; m += 7)
    for (size_t n = 1; n < 30; n += 4) {
      fray_transpose_rows(m, n, a, LD, c);
      for (size_t i = 0; i < m * n; i++)
        assert_true(c[i] == a[i % m * LD + i / m]);
    }
}

static void test_column_sums(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(2, "test", 0, 0, 0);
  fill(a, FRAY_COUNT(a), &rng);
  for (size_t m = 0; m < 12; m++)
    for (int beta = 0; beta < 3; beta++) {
      float out[MAX];
      for (size_t j = 0; j < MAX; j++)
        out[j] = beta == 0 ? NAN : (float)j;
      fray_column_sums(m, MAX - 3, a, LD, (float)beta, out);
      for (size_t j = 0; j < MAX - 3; j++) {
        float sum = (float)beta * (float)j; /* row order, so the bits agree */
        for (size_t i = 0; i < m; i++)
          sum += a[i * LD + j];
        assert_true(out[j] == sum);
      }
      assert_true(beta == 0 ? isnan(out[MAX - 1]) : out[MAX - 1] == (float)(MAX - 1));
    }
}

static void test_transpose(void **state) {
  (void)state;
  static const size_t size[][2] = {{1, 1}, {16, 16}, {17, 33}, {48, 16}, {5, 70}};
  for (size_t s = 0; s < FRAY_COUNT(size); s++) {
    const size_t m = size[s][0], n = size[s][1];
    for (size_t i = 0; i < m * n; i++)
      a[i] = (float)i;
    fray_transpose(m, n, a, b);
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++)
        assert_true(b[j * m + i] == (float)(i * n + j));
  }
}

static void test_kernel(void **state) {
  (void)state;
  assert_true(strlen(fray_blas_kernel()) > 0);
  /* Also of a CPU that is newer than the library. */
  if (!getenv("OPENBLAS_CORETYPE"))
    assert_true(openblas_level_of(fray_blas_kernel()) >= openblas_level_of_cpu());
  assert_non_null(strstr(fray_blas_version(), "OpenBLAS"));
  unsetenv("OPENBLAS_CORETYPE");
  setenv("OPENBLAS_L2_SIZE", "1", 1); /* 1 KiB: less than any machine has, where that is known */
  const char *pinned = fray_blas_pinned();
  assert_true(!pinned || strcmp(pinned, "OPENBLAS_L2_SIZE") == 0);
  unsetenv("OPENBLAS_L2_SIZE");
  assert_null(fray_blas_pinned());
}

static size_t threads(void) {
  size_t n = 0;
  DIR *tasks = opendir("/proc/self/task");
  assert_non_null(tasks);
  for (struct dirent *e; (e = readdir(tasks));)
    n += e->d_name[0] != '.';
  closedir(tasks);
  return n;
}

/* Also where the environment asks for more. */
static void one_thread(void **state) {
  (void)state;
  enum { SIDE = 512 };
  float *memory = calloc((size_t)3 * SIDE * SIDE, sizeof *memory);
  assert_non_null(memory);
  fray_gemm(false, false, SIDE, SIDE, SIDE, 1, memory, SIDE, memory + SIDE * SIDE, SIDE, 0,
            memory + 2 * SIDE * SIDE, SIDE);
  assert_int_equal(threads(), 1);
  assert_int_equal(fray_blas_start(NULL), FRAY_OK);
  assert_int_equal(threads(), 1);
  free(memory);
}

int main(void) {
  setenv("OPENBLAS_NUM_THREADS", "4", 1);
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_thread),       cmocka_unit_test(test_gemm),
      cmocka_unit_test(test_right),       cmocka_unit_test(test_on),
      cmocka_unit_test(test_tiny),        cmocka_unit_test(test_transpose_rows),
      cmocka_unit_test(test_column_sums), cmocka_unit_test(test_transpose),
      cmocka_unit_test(test_kernel),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
