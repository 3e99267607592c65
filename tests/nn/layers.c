/* Layers against their definitions, written as plain loops in double. */
#include "fray/base/rng.h"
#include "fray/nn/conv1d.h"
#include "fray/nn/conv2d.h"
#include "fray/nn/gru.h"
#include "fray/nn/linear.h"
#include "fray/nn/pool.h"
#include "fray/tensor/blas.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct fray_arena arena;

static float *noise(size_t n, uint64_t who) {
  float *v = fray_arena_alloc(&arena, n, sizeof *v);
  assert_non_null(v);
  struct fray_rng rng = fray_rng_for(5, "test", who, 0, 0);
  for (size_t i = 0; i < n; i++)
    v[i] = (float)fray_rng_normal(&rng);
  return v;
}

static void close_to(double got, double want, double tolerance) {
  if (!(fabs(got - want) <= tolerance * (1 + fabs(want))))
    fail_msg("%.9g, not %.9g", got, want);
}

static int teardown(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return 0;
}

static void test_linear(void **state) {
  (void)state;
  enum { FEW = 5, MANY = 70, IN = 7, OUT = 3, LDX = 9 }; /* many: by a copy of the weights */
  const float *values = noise(MANY * LDX, 1);
  const float *w = noise(OUT * IN + OUT, 2), *b = w + OUT * IN;
  const struct fray_pass pass = {.w = w, .arena = &arena};
  for (int turn = 0; turn < 4; turn++) {
    const bool with_bias = turn % 2;
    const size_t rows = turn < 2 ? FEW : MANY;
    const struct fray_rows x = {rows, LDX, values};
    const struct fray_linear layer = {IN, OUT, 0, with_bias ? OUT * IN : FRAY_NO_BIAS};
    float *y = noise(rows * OUT + 1, 4), last = y[rows * OUT];
    fray_linear_forward(&layer, &pass, &x, y);
    for (size_t i = 0; i < rows; i++)
      for (size_t o = 0; o < OUT; o++) {
        double sum = with_bias ? (double)b[o] : 0;
        for (size_t k = 0; k < IN; k++)
          sum += (double)x.x[i * LDX + k] * (double)w[o * IN + k];
        close_to((double)y[i * OUT + o], sum, 1e-6);
      }
    assert_true(y[rows * OUT] == last);
  }
}

static double conv1d_at(const struct fray_conv1d *c, size_t time, const float *x, const float *w,
                        size_t t, size_t f) {
  double sum = 0;
  for (size_t k = 0; k < c->kernel; k++)
    for (size_t j = 0; j < c->in; j++) {
      const ptrdiff_t at = (ptrdiff_t)(t + k) - (ptrdiff_t)(c->kernel / 2);
      if (at >= 0 && at < (ptrdiff_t)time)
        sum += (double)x[(size_t)at * c->in + j] * (double)w[(f * c->kernel + k) * c->in + j];
    }
  return sum;
}

/* The last case is cut into several chunks; in one, time is shorter than the kernel. */
static void test_conv1d(void **state) {
  (void)state;
  static const struct {
    size_t n, time, extra;
    struct fray_conv1d conv;
  } cases[] = {{2, 9, 0, {3, 4, 5, 0, 0}},
               {3, 1, 2, {2, 3, 5, 0, 0}},
               {2, 2, 0, {2, 3, 7, 0, 0}},
               {2, 6, 5, {1, 17, 1, 0, 0}},
               {45, 64, 0, {16, 3, 5, 0, 0}}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const struct fray_conv1d *c = &cases[i].conv;
    const size_t n = cases[i].n, time = cases[i].time, stride = time * c->in + cases[i].extra;
    const float *x = noise(n * stride, 1), *w = noise(c->out * c->kernel * c->in, 2);
    float *y = noise(n * time * c->out, 3);
    const struct fray_pass pass = {.w = w, .arena = &arena};
    const struct fray_steps steps = {n, time, stride, x, NULL};
    assert_int_equal(fray_conv1d_forward(c, &pass, &steps, y, NULL), FRAY_OK);
    for (size_t s = 0; s < n; s++)
      for (size_t t = 0; t < time; t++)
        for (size_t f = 0; f < c->out; f++)
          close_to((double)y[(s * time + t) * c->out + f],
                   conv1d_at(c, time, x + s * stride, w, t, f), 1e-5);
  }
}

static double conv2d_at(const struct fray_conv2d *c, const float *x, const float *w, size_t row,
                        size_t column, size_t f) {
  double sum = 0;
  const ptrdiff_t pad = (ptrdiff_t)(c->kernel / 2);
  for (size_t a = 0; a < c->kernel; a++)
    for (size_t b = 0; b < c->kernel; b++) {
      const ptrdiff_t r = (ptrdiff_t)(row + a) - pad, s = (ptrdiff_t)(column + b) - pad;
      if (r < 0 || s < 0 || r >= (ptrdiff_t)c->height || s >= (ptrdiff_t)c->width)
        continue;
      for (size_t j = 0; j < c->in; j++)
        sum += (double)x[((size_t)r * c->width + (size_t)s) * c->in + j] *
               (double)w[((f * c->kernel + a) * c->kernel + b) * c->in + j];
    }
  return sum;
}

/* Bands as one picture behind the other. */
struct whole {
  const struct fray_conv2d *conv;
  float *y;
};

static void take_band(void *user, size_t i, size_t first, size_t lines, const float *y) {
  const struct whole *w = user;
  const size_t line = w->conv->width * w->conv->out;
  assert_true(first % 2 == 0 && lines == (first + 1 < w->conv->height ? 2 : 1));
  memcpy(w->y + (i * w->conv->height + first) * line, y, lines * line * sizeof *y);
}

static void test_conv2d(void **state) {
  (void)state;
  static const struct {
    size_t n;
    struct fray_conv2d conv;
  } cases[] = {{2, {5, 7, 3, 4, 3, 0, 0}},
               {2, {1, 1, 2, 3, 5, 0, 0}},
               {3, {2, 9, 1, 5, 5, 0, 0}},
               {20, {16, 16, 8, 3, 3, 0, 0}}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const struct fray_conv2d *c = &cases[i].conv;
    const size_t n = cases[i].n, pixels = c->height * c->width;
    const float *x = noise(n * pixels * c->in, 1);
    const float *w = noise(c->out * c->kernel * c->kernel * c->in, 2);
    float *y = noise(n * pixels * c->out, 3);
    const struct fray_pass pass = {.w = w, .arena = &arena};
    const struct fray_rows images = {n, pixels * c->in, x};
    struct whole whole = {c, y};
    const struct fray_conv2d_bands bands = {take_band, &whole};
    assert_int_equal(fray_conv2d_forward(c, &pass, &images, &bands, NULL), FRAY_OK);
    for (size_t s = 0; s < n; s++)
      for (size_t p = 0; p < pixels; p++)
        for (size_t f = 0; f < c->out; f++)
          close_to((double)y[(s * pixels + p) * c->out + f],
                   conv2d_at(c, x + s * pixels * c->in, w, p / c->width, p % c->width, f), 1e-5);
  }
}

static void test_pool1d(void **state) {
  (void)state;
  enum { N = 4, TIME = 7, C = 19, ROWS = 15, POOLED = 7 };
  const size_t first[N + 1] = {100, 107, 111, 114, 115}; /* 7, 4, 3 and 1 rows */
  const float *y = noise(ROWS * C, 1), *bias = noise(C, 2);
  float *out = noise(POOLED * C, 3), *again = noise(POOLED * C, 5);
  int32_t kept[POOLED * C];
  const struct fray_pool1d pool = {N, TIME, C, first};
  fray_relu_pool1d_forward(&pool, y, bias, out, kept);
  fray_relu_pool1d_forward(&pool, y, bias, again, NULL);
  assert_memory_equal(out, again, POOLED * C * sizeof *out);
  size_t at = 0;
  for (size_t i = 0; i < N; i++)
    for (size_t t = 0; t < fray_pooled(first[i + 1] - first[i]); t++)
      for (size_t c = 0; c < C; c++, at++) {
        const float *p = y + (first[i] - first[0] + 2 * t) * C + c;
        const bool second = first[i + 1] - first[i] > 1 && p[C] > p[0];
        const float v = (second ? p[C] : p[0]) + bias[c];
        assert_true(out[at] == (v > 0 ? v : 0));
        assert_true(kept[at] == (v > 0 ? (second ? 2 : 1) : 0));
      }
  assert_int_equal(at, POOLED * C);
}

static void test_pool2d(void **state) {
  (void)state;
  static const size_t size[][2] = {{4, 6}, {5, 3}, {1, 4}, {4, 1}, {1, 1}};
  enum { C = 18, MOST = 4 * 6 * C };
  for (size_t s = 0; s < sizeof size / sizeof *size; s++) {
    const size_t h = size[s][0], w = size[s][1], ph = fray_pooled(h), pw = fray_pooled(w);
    const float *y = noise(h * w * C, 1), *bias = noise(C, 2);
    float *out = noise(ph * pw * C, 3);
    int32_t kept[MOST];
    fray_relu_pool2d_forward(&(struct fray_pool2d){h, w, C}, y, bias, out, kept);
    for (size_t i = 0; i < ph * pw * C; i++) {
      const size_t c = i % C, q = i / C % pw, r = i / C / pw;
      float best = -INFINITY;
      for (size_t a = 2 * r; a < (h > 1 ? 2 * r + 2 : 1); a++)
        for (size_t b = 2 * q; b < (w > 1 ? 2 * q + 2 : 1); b++)
          best = fmaxf(best, y[(a * w + b) * C + c] + bias[c]);
      assert_true(out[i] == fmaxf(best, 0));
      assert_true((kept[i] == 0) == (best <= 0) && kept[i] >= 0 && kept[i] <= 4);
    }
  }
}

/* A NaN anywhere in a window shows in the result: divergence must not be hidden. */
static void test_pool_keeps_nan(void **state) {
  (void)state;
  const float bias[1] = {0};
  float out[1];
  for (size_t at = 0; at < 4; at++) {
    float y[4] = {1, 5, -2, 3};
    y[at] = NAN;
    fray_relu_pool2d_forward(&(struct fray_pool2d){2, 2, 1}, y, bias, out, NULL);
    assert_true(isnan(out[0]));
    if (at < 2) {
      fray_relu_pool1d_forward(&(struct fray_pool1d){1, 2, 1, NULL}, y, bias, out, NULL);
      assert_true(isnan(out[0]));
    }
  }
}

static double sigmoid(double x) {
  return 1 / (1 + exp(-x));
}

/* One step of one sample by the formula; state (hidden) is replaced. */
static void gru_step(const struct fray_gru *g, const float *w, const float *x, double *state) {
  enum { MAX = 64 };
  double in[3 * MAX], rec[3 * MAX];
  const size_t H = g->hidden;
  assert_true(H <= MAX);
  for (size_t r = 0; r < 3 * H; r++) {
    in[r] = (double)w[g->b_ih + r];
    rec[r] = (double)w[g->b_hh + r];
    for (size_t k = 0; k < g->in; k++)
      in[r] += (double)w[g->w_ih + r * g->in + k] * (double)x[k];
    for (size_t k = 0; k < H; k++)
      rec[r] += (double)w[g->w_hh + r * H + k] * state[k];
  }
  for (size_t j = 0; j < H; j++) {
    const double r = sigmoid(in[j] + rec[j]), z = sigmoid(in[H + j] + rec[H + j]);
    const double n = tanh(in[2 * H + j] + r * rec[2 * H + j]);
    state[j] = (1 - z) * n + z * state[j];
  }
}

/* The same samples further apart than they are long, as they lie in a batch: the same states. */
static void check_gru_apart(const struct fray_gru *g, const struct fray_pass *pass,
                            const struct fray_steps *packed, const float *h) {
  const size_t size = packed->time * g->in, stride = size + 3, N = packed->n;
  float *x = noise(N * stride, 5), *apart = noise(N * packed->time * g->hidden, 6);
  for (size_t i = 0; i < N; i++)
    memcpy(x + i * stride, fray_steps_at(packed, i, g->in),
           fray_steps_rows(packed, i) * g->in * sizeof *x);
  const struct fray_steps steps = {N, packed->time, stride, x, packed->first};
  assert_int_equal(fray_gru_forward(g, pass, &steps, apart, NULL, NULL), FRAY_OK);
  for (size_t i = 0; i < fray_steps_before(packed, N) * g->hidden; i++)
    close_to((double)apart[i], (double)h[i], 1e-6);
}

/* Sample by sample, also where lengths differ, the longest not first, two alike. */
static void check_gru(const size_t *first, size_t time, size_t H) {
  enum { N = 5, IN = 4, MOST = 64 };
  const struct fray_gru g = {IN, H, 0, 3 * H * IN, 3 * H * (IN + H), 3 * H * (IN + H + 1)};
  float *w = noise(3 * H * (IN + H + 2), 1);
  for (size_t i = 0; H > 30 && i < 3 * H * (IN + H + 2); i++)
    w[i] *= 0.3f; /* keeps the gates of many units out of saturation */
  const float *x = noise(N * time * IN, 2);
  float *h = noise(N * time * H, 3), *again = noise(N * time * H, 4);
  const struct fray_pass pass = {.w = w, .arena = &arena};
  const struct fray_steps steps = {N, time, 0, x, first};
  struct fray_gru_tape tape;
  assert_int_equal(fray_gru_forward(&g, &pass, &steps, h, &tape, NULL), FRAY_OK);
  assert_int_equal(fray_gru_forward(&g, &pass, &steps, again, NULL, NULL), FRAY_OK);
  assert_memory_equal(h, again, fray_steps_before(&steps, N) * H * sizeof *h);
  check_gru_apart(&g, &pass, &steps, h);
  for (size_t i = 0; i < N; i++) {
    double s[MOST] = {0};
    for (size_t t = 0; t < fray_steps_rows(&steps, i); t++) {
      const size_t row = fray_steps_before(&steps, i) + t;
      gru_step(&g, w, x + row * IN, s);
      for (size_t j = 0; j < H; j++)
        close_to((double)h[row * H + j], s[j], 1e-5);
    }
  }
}

/* Few rows, and so many that weights are copied, in panels where their columns fill vectors. */
static void test_gru(void **state) {
  (void)state;
  check_gru(NULL, 6, 21);
  check_gru((const size_t[]){30, 32, 38, 39, 41, 45}, 6, 21); /* 2, 6, 1, 2 and 4 */
  check_gru((const size_t[]){0, 20, 50, 53, 73, 90}, 30, 21);
  check_gru((const size_t[]){0, 20, 50, 53, 73, 90}, 30, 32);
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_linear), cmocka_unit_test(test_conv1d),
      cmocka_unit_test(test_conv2d), cmocka_unit_test(test_pool1d),
      cmocka_unit_test(test_pool2d), cmocka_unit_test(test_pool_keeps_nan),
      cmocka_unit_test(test_gru),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
