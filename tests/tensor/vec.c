/* Element-wise functions against libm in double, on every instruction set that this machine has. */
#include "fray/tensor/vec.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/tensor/gates.h"
#include "vec_body.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

typedef void (*unary)(size_t, const float *, float *);

struct level {
  const char *name;
  bool (*runs_here)(void);
  unary exp, tanh, sigmoid, relu;
  double (*norm2)(size_t, const float *);
  float (*max_abs)(size_t, const float *);
};

static bool always(void) {
  return true;
}

/* The bodies that vec.c compiles behind its dispatch, compiled here once per level by name. */
#define LEVEL(NAME, ATTRIBUTE)                                                                     \
  ATTRIBUTE static void NAME##_exp(size_t n, const float *x, float *out) {                         \
    vec_exp_body(n, x, out);                                                                       \
  }                                                                                                \
  ATTRIBUTE static void NAME##_tanh(size_t n, const float *x, float *out) {                        \
    vec_tanh_body(n, x, out);                                                                      \
  }                                                                                                \
  ATTRIBUTE static void NAME##_sigmoid(size_t n, const float *x, float *out) {                     \
    vec_sigmoid_body(n, x, out);                                                                   \
  }                                                                                                \
  ATTRIBUTE static void NAME##_relu(size_t n, const float *x, float *out) {                        \
    vec_relu_body(n, x, out);                                                                      \
  }                                                                                                \
  ATTRIBUTE static double NAME##_norm2(size_t n, const float *x) {                                 \
    return vec_norm2_body(n, x);                                                                   \
  }                                                                                                \
  ATTRIBUTE static float NAME##_max_abs(size_t n, const float *x) {                                \
    return vec_max_abs_body(n, x);                                                                 \
  }
#define ROW(NAME, RUNS)                                                                            \
  {                                                                                                \
#NAME, RUNS, NAME##_exp, NAME##_tanh, NAME##_sigmoid, NAME##_relu, NAME##_norm2,               \
        NAME##_max_abs                                                                             \
  }

LEVEL(baseline, )
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
LEVEL(avx2, __attribute__((target("arch=x86-64-v3"))))
LEVEL(avx512, __attribute__((target("arch=x86-64-v4"))))
static bool has_avx2(void) {
  return __builtin_cpu_supports("x86-64-v3");
}
static bool has_avx512(void) {
  return __builtin_cpu_supports("x86-64-v4");
}
#endif

static const struct level levels[] = {
    {"dispatched", always, fray_vec_exp, fray_vec_tanh, fray_vec_sigmoid, fray_vec_relu,
     fray_vec_norm2, fray_vec_max_abs},
    ROW(baseline, always),
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    ROW(avx2, has_avx2),
    ROW(avx512, has_avx512),
#endif
};

enum { BLOCK = 1 << 12 };

static double sigmoid(double x) {
  return 1 / (1 + exp(-x));
}

/* The bound of the header, in units that count as 1. Results of exp below FLT_MIN are rounded to a
 * multiple of 2^-149, so one such step is allowed there. */
static bool exp_good(float x, float y) {
  const double want = exp((double)x);
  if (want > (double)FLT_MAX * (1 + 1e-7))
    return y == INFINITY;
  if (want > (double)FLT_MAX)
    return y == INFINITY || y > 0.999999f * FLT_MAX;
  return fabs((double)y - want) <= fmax(2e-7 * want, 0x1p-149);
}

/* Besides the absolute bound: small arguments keep their digits, and |tanh| never exceeds 1. */
static bool tanh_good(float x, float y) {
  const double want = tanh((double)x), error = fabs((double)y - want);
  return error < 3e-7 && error <= 6e-7 * fabs(want) + 0x1p-148 && fabsf(y) <= 1;
}

static bool sigmoid_good(float x, float y) {
  return fabs((double)y - sigmoid((double)x)) < 2e-7 && y >= 0 && y <= 1;
}

static void check_block(const struct level *level, const char *what, unary f,
                        bool (*good)(float, float), size_t n, const float *x) {
  float y[BLOCK];
  f(n, x, y);
  for (size_t i = 0; i < n; i++) {
    if (isnan(x[i]) ? !isnan(y[i]) : !good(x[i], y[i]))
      fail_msg("%s %s(%.9g) = %.9g", level->name, what, (double)x[i], (double)y[i]);
  }
}

static void check_all(const struct level *level, size_t n, const float *x) {
  check_block(level, "exp", level->exp, exp_good, n, x);
  check_block(level, "tanh", level->tanh, tanh_good, n, x);
  check_block(level, "sigmoid", level->sigmoid, sigmoid_good, n, x);
}

/* Bit patterns 0, 8191, ... (a prime): all exponents, both signs, denormals, NaNs. */
static void test_all_exponents(void **state) {
  (void)state;
  for (size_t l = 0; l < FRAY_COUNT(levels); l++) {
    if (!levels[l].runs_here())
      continue;
    uint64_t bits = 0;
    while (bits <= UINT32_MAX) {
      float x[BLOCK];
      size_t n = 0;
      for (; n < BLOCK && bits <= UINT32_MAX; bits += 8191)
        x[n++] = vec_float((uint32_t)bits);
      check_all(&levels[l], n, x);
    }
  }
}

/* The ranges where the functions change, densely. */
static void test_dense_ranges(void **state) {
  (void)state;
  static const float range[][2] = {{-105, -86}, {-10, 10}, {-1, 1}, {86, 90}, {-1e-3f, 1e-3f}};
  for (size_t l = 0; l < FRAY_COUNT(levels); l++) {
    if (!levels[l].runs_here())
      continue;
    for (size_t r = 0; r < FRAY_COUNT(range); r++)
      for (size_t part = 0; part < 16; part++) {
        float x[BLOCK];
        for (size_t i = 0; i < BLOCK; i++)
          x[i] = range[r][0] +
                 (range[r][1] - range[r][0]) * (float)(part * BLOCK + i) / (float)(16 * BLOCK);
        check_all(&levels[l], BLOCK, x);
      }
  }
}

static void test_special_values(void **state) {
  (void)state;
  const float x[] = {NAN, -NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 0x1p-149f, -0x1p-149f};
  for (size_t l = 0; l < FRAY_COUNT(levels); l++) {
    const struct level *level = &levels[l];
    if (!level->runs_here())
      continue;
    float y[8];
    level->exp(8, x, y);
    assert_true(isnan(y[0]) && isnan(y[1]) && y[2] == INFINITY && y[3] == 0);
    assert_true(y[4] == 1 && y[5] == 1 && y[6] == 1 && y[7] == 1);
    level->tanh(8, x, y);
    assert_true(isnan(y[0]) && isnan(y[1]) && y[2] == 1 && y[3] == -1 && y[4] == 0);
    level->sigmoid(8, x, y);
    assert_true(isnan(y[0]) && isnan(y[1]) && y[2] == 1 && y[3] == 0 && y[4] == 0.5f);
    level->relu(8, x, y);
    assert_true(isnan(y[0]) && isnan(y[1]) && y[2] == INFINITY && y[3] == 0 && y[4] == 0);
    assert_true(y[6] == 0x1p-149f && y[7] == 0);
  }
}

/* Every length up to several vectors: in place equals out of place, and nothing past the end is
 * written. */
static void test_lengths_and_in_place(void **state) {
  (void)state;
  for (size_t l = 0; l < FRAY_COUNT(levels); l++) {
    const struct level *level = &levels[l];
    const unary f[] = {level->exp, level->tanh, level->sigmoid, level->relu};
    if (!level->runs_here())
      continue;
    for (size_t k = 0; k < FRAY_COUNT(f); k++)
      for (size_t n = 0; n <= 70; n++) {
        float x[72], y[72];
        for (size_t i = 0; i < 72; i++)
          x[i] = 0.37f * (float)i - 11, y[i] = 77;
        f[k](n, x, y);
        assert_true(y[n] == 77);
        f[k](n, x, x);
        for (size_t i = 0; i < n; i++)
          assert_true(fabsf(x[i] - y[i]) <= 3e-7f * fabsf(y[i])); /* vector and remainder */
      }
  }
}

static void test_linear_functions(void **state) {
  (void)state;
  for (size_t n = 0; n < 70; n++) {
    float x[70] = {0}, y[70] = {0};
    for (size_t i = 0; i < n; i++)
      x[i] = (float)i - 20, y[i] = 3 * (float)i;
    fray_vec_axpy(n, -2, x, y);
    fray_vec_scale(n, 4, x);
    for (size_t i = 0; i < n; i++) {
      assert_true(y[i] == (float)i + 40);
      assert_true(x[i] == 4 * ((float)i - 20));
    }
  }
}

/* All levels give the same bits, and the value is that of a plain double sum up to its rounding. */
static void test_norm2(void **state) {
  (void)state;
  enum { N = 1003 };
  float x[N];
  struct fray_rng rng = fray_rng_for(3, "test", 0, 0, 0);
  long double want = 0;
  for (size_t i = 0; i < N; i++) {
    x[i] = (float)(fray_rng_normal(&rng) * exp(20 * fray_rng_uniform(&rng) - 10));
    want += (long double)x[i] * (long double)x[i];
  }
  const double got = fray_vec_norm2(N, x);
  assert_true(fabsl((long double)got - want) < 1e-14L * want);
  for (size_t l = 0; l < FRAY_COUNT(levels); l++)
    if (levels[l].runs_here())
      assert_true(levels[l].norm2(N, x) == got);
  assert_true(fray_vec_norm2(0, x) == 0);
  x[500] = NAN;
  assert_true(isnan(fray_vec_norm2(N, x)));
  x[500] = 1e30f; /* its square is no float */
  assert_true(fabs(fray_vec_norm2(N, x) / ((double)1e30f * (double)1e30f) - 1) < 1e-12);
}

/* Of every length, with what is not finite at every place. */
static void test_max_abs(void **state) {
  (void)state;
  static const float odd[] = {INFINITY, -INFINITY, NAN, -NAN};
  float x[70];
  for (size_t l = 0; l < FRAY_COUNT(levels); l++)
    for (size_t n = 0; levels[l].runs_here() && n < FRAY_COUNT(x); n++) {
      float largest = 0;
      for (size_t i = 0; i < n; i++) {
        x[i] = (float)((double)((i * 37 + n) % 71) - 35) * 1e-39f; /* denormal numbers too */
        largest = fmaxf(largest, fabsf(x[i]));
      }
      assert_true(levels[l].max_abs(n, x) == largest);
      for (size_t i = 0; i < n; i++) {
        const float kept = x[i];
        x[i] = -3.402823466e38f; /* the largest that is finite */
        assert_true(levels[l].max_abs(n, x) == 3.402823466e38f);
        x[i] = odd[i % FRAY_COUNT(odd)];
        assert_true(isinf(levels[l].max_abs(n, x)));
        x[i] = kept;
      }
    }
}

static void test_tanh_rows(void **state) {
  (void)state;
  enum { ROWS = 3, MOST = 40 };
  struct fray_rng rng = fray_rng_for(5, "test", 0, 0, 0);
  for (size_t n = 0; n <= MOST; n++) {
    float x[ROWS * MOST], was[ROWS * MOST], b[MOST];
    for (size_t i = 0; i < (size_t)ROWS * MOST; i++)
      x[i] = was[i] = (float)fray_rng_normal(&rng);
    for (size_t i = 0; i < MOST; i++)
      b[i] = (float)fray_rng_normal(&rng);
    fray_vec_tanh_rows(ROWS, n, b, x);
    for (size_t i = 0; i < (size_t)ROWS * MOST; i++) {
      if (i >= ROWS * n)
        assert_true(x[i] == was[i]);
      else
        assert_true(tanh_good(was[i] + b[i % n], x[i]));
    }
  }
}

/* GRU gates against the formulas in double; rows apart and out of order, with and without a state
 * before. */
static void test_gates(void **state) {
  (void)state;
  enum { N = 3, H = 37, ROWS = 7, LDA = 3 * H };
  static const size_t row[N] = {5, 1, 3};
  float a[ROWS * LDA], a2[ROWS * LDA], g[N * 3 * H], h[ROWS * H], kept[ROWS * H];
  float before[N * H], now[N * H];
  float b_i[3 * H], b_h[3 * H];
  struct fray_rng rng = fray_rng_for(4, "test", 0, 0, 0);
  for (size_t with = 0; with < 2; with++) {
    for (size_t i = 0; i < ROWS * LDA; i++)
      a[i] = a2[i] = (float)(3 * fray_rng_normal(&rng));
    for (size_t i = 0; i < N * 3 * H; i++)
      g[i] = (float)fray_rng_normal(&rng);
    for (size_t i = 0; i < N * H; i++)
      before[i] = now[i] = (float)fray_rng_normal(&rng);
    for (size_t i = 0; i < (size_t)3 * H; i++) {
      b_i[i] = (float)fray_rng_normal(&rng);
      b_h[i] = (float)fray_rng_normal(&rng);
    }
    struct fray_gru_step step = {N, H, row, b_i, b_h, !with, a, kept};
    fray_gru_gates_forward(&step, g, h, now);
    for (size_t i = 0; i < N; i++)
      for (size_t j = 0; j < H; j++) {
        double p[3], q[3];
        for (size_t k = 0; k < 3; k++) {
          p[k] = (double)a2[row[i] * LDA + k * H + j] + (double)b_i[k * H + j];
          q[k] = (with ? (double)g[(i * 3 + k) * H + j] : 0) + (double)b_h[k * H + j];
        }
        const double r = sigmoid(p[0] + q[0]), z = sigmoid(p[1] + q[1]);
        const double n = tanh(p[2] + r * q[2]);
        const double after = (1 - z) * n + (with ? z * (double)before[i * H + j] : 0);
        assert_true(fabs((double)h[row[i] * H + j] - after) < 2e-6);
        assert_true(now[i * H + j] == h[row[i] * H + j]);
        assert_true(fabs((double)a[row[i] * LDA + j] - r) < 1e-6);
        assert_true(fabs((double)a[row[i] * LDA + H + j] - z) < 1e-6);
        assert_true(fabs((double)a[row[i] * LDA + 2 * H + j] - n) < 2e-6);
        assert_true(fabs((double)kept[row[i] * H + j] - q[2]) < 1e-6);
      }
    float again[ROWS * H];
    step.gates = a2;
    step.kept = NULL;
    fray_gru_gates_forward(&step, g, again, before);
    for (size_t i = 0; i < N; i++)
      assert_memory_equal(again + row[i] * H, h + row[i] * H, H * sizeof *h);
  }
}

static void test_level_name(void **state) {
  (void)state;
  const char *name = fray_vec_level();
  bool known = false;
  for (size_t l = 1; l < FRAY_COUNT(levels); l++)
    known = known || (strcmp(levels[l].name, name) == 0 && levels[l].runs_here());
  assert_true(known);
}

/* Half a unit in the last place, and a hundredth that the formula may add, against libm's long
 * double; of every length, in place, and beyond what has a formula as exp. */
static void test_exp_double(void **state) {
  (void)state;
  const double special[] = {0,    -0.0,  -745.2, 709.79, -512, 512,       1e-320,
                            -800, 710.5, NAN,    -709,   -740, -INFINITY, INFINITY};
  double x[200], y[200];
  struct fray_rng rng = fray_rng_for(1, "exp", 0, 0, 0);
  for (size_t n = 0; n < 200; n++) {
    for (size_t i = 0; i < n; i++)
      x[i] = y[i] = (fray_rng_uniform(&rng) - 0.8) * (n % 3 ? 20 : 800);
    fray_vec_exp_double(n, y, y);
    for (size_t i = 0; i < n; i++) {
      const long double right = expl((long double)x[i]);
      const double unit = nextafter((double)right, INFINITY) - (double)right;
      assert_true(fabsl(y[i] - right) <= 0.52L * (long double)unit);
    }
  }
  fray_vec_exp_double(FRAY_COUNT(special), special, y);
  for (size_t i = 0; i < FRAY_COUNT(special); i++)
    assert_true(y[i] == exp(special[i]) || (isnan(special[i]) && isnan(y[i])));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_exponents),
      cmocka_unit_test(test_dense_ranges),
      cmocka_unit_test(test_special_values),
      cmocka_unit_test(test_exp_double),
      cmocka_unit_test(test_lengths_and_in_place),
      cmocka_unit_test(test_linear_functions),
      cmocka_unit_test(test_norm2),
      cmocka_unit_test(test_max_abs),
      cmocka_unit_test(test_tanh_rows),
      cmocka_unit_test(test_gates),
      cmocka_unit_test(test_level_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
