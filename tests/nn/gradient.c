/* Backward of every layer against central differences.
 *
 * The objective is a fixed random combination of a layer's outputs, summed in double over the
 * float32 forward pass. Rounding of the forward pass (1e-7 of values around 1) over a step of 1e-2
 * costs about 1e-5, the third derivative of the smooth layers less than 1e-4 of a gradient; a
 * forgotten term costs per cents. Hence 2e-3 of a tensor's largest gradient. */
#include "fusion/central_difference.h"

#include "fray/base/rng.h"
#include "fray/nn/conv1d.h"
#include "fray/nn/conv2d.h"
#include "fray/nn/dropout.h"
#include "fray/nn/gru.h"
#include "fray/nn/linear.h"
#include "fray/nn/loss.h"
#include "fray/nn/pool.h"
#include "fray/tensor/blas.h"

#include <stdlib.h>
#include <string.h>

#define TOLERANCE 2e-3

static struct fray_arena arena;

static float *noise(size_t n, uint64_t who) {
  float *v = fray_arena_alloc(&arena, n, sizeof *v);
  assert_non_null(v);
  struct fray_rng rng = fray_rng_for(6, "test", who, 0, 0);
  for (size_t i = 0; i < n; i++)
    v[i] = (float)fray_rng_normal(&rng);
  return v;
}

static float *zeros(size_t n) {
  float *v = fray_arena_zero(&arena, n, sizeof *v);
  assert_non_null(v);
  return v;
}

/* Values whose order and sign no step of 1e-2 changes: 0.05, -0.10, 0.15, ... in random order. */
static float *separated(size_t n, uint64_t who) {
  float *v = fray_arena_alloc(&arena, n, sizeof *v);
  uint32_t *order = fray_arena_alloc(&arena, n, sizeof *order);
  assert_true(v && order);
  struct fray_rng rng = fray_rng_for(7, "test", who, 0, 0);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  fray_rng_shuffle(&rng, order, n);
  for (size_t i = 0; i < n; i++)
    v[order[i]] = 0.05f * (float)(i + 1) * (i % 2 ? -1.0f : 1.0f);
  return v;
}

static double combine(const float *weights, const float *y, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (double)weights[i] * (double)y[i];
  return sum;
}

static int teardown(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return 0;
}

/* ---- linear ---- */

enum { ROWS = 5, IN = 7, OUT = 3, LDX = 9, N_W = OUT * IN, N_P = N_W + OUT };

struct linear {
  float *x, *w, *y, *weights; /* w: weight, then bias */
};

static const struct fray_linear linear = {IN, OUT, 0, N_W};

static double linear_objective(void *context) {
  struct linear *l = context;
  const struct fray_pass pass = {.w = l->w, .arena = &arena};
  fray_linear_forward(&linear, &pass, &(struct fray_rows){ROWS, LDX, l->x}, l->y);
  return combine(l->weights, l->y, ROWS * OUT);
}

static void test_linear(void **state) {
  (void)state;
  struct linear l = {noise(ROWS * LDX, 1), noise(N_P, 2), zeros(ROWS * OUT), noise(ROWS * OUT, 4)};
  float *grad = zeros(N_P), *dx = zeros(ROWS * LDX);
  const struct fray_pass pass = {.train = true, .w = l.w, .grad = grad};
  const struct fray_rows x = {ROWS, LDX, l.x};
  fray_linear_backward(&linear, &pass, &x, l.weights, dx, false);
  check_gradient(linear_objective, &l, l.w, N_W, grad, 1, TOLERANCE, "weight");
  check_gradient(linear_objective, &l, l.w + N_W, OUT, grad + N_W, 1, TOLERANCE, "bias");
  check_gradient(linear_objective, &l, l.x, ROWS * LDX, dx, 1, TOLERANCE, "input");
  /* A second pass doubles what is added to, and dx when asked. */
  fray_linear_backward(&linear, &pass, &x, l.weights, dx, true);
  for (size_t i = 0; i < N_P; i++)
    grad[i] /= 2;
  for (size_t i = 0; i < ROWS * LDX; i++)
    dx[i] /= 2;
  check_gradient(linear_objective, &l, l.w, N_W, grad, 1, TOLERANCE, "weight, twice");
  check_gradient(linear_objective, &l, l.w + N_W, OUT, grad + N_W, 1, TOLERANCE, "bias, twice");
  check_gradient(linear_objective, &l, l.x, ROWS * LDX, dx, 1, TOLERANCE, "input, twice");
  /* Without a bias nothing is added in its place. */
  struct fray_linear bare = linear;
  bare.b = FRAY_NO_BIAS;
  memset(grad, 0, N_P * sizeof *grad);
  fray_linear_backward(&bare, &pass, &x, l.weights, NULL, false);
  check_gradient(linear_objective, &l, l.w, N_W, grad, 1, TOLERANCE, "weight, no bias");
  for (size_t i = N_W; i < N_P; i++)
    assert_true(grad[i] == 0);
}

/* ---- convolutions ---- */

struct conv {
  size_t n, time, stride;
  const size_t *first;
  struct fray_conv1d one;
  struct fray_conv2d two;
  float *x, *w, *y, *weights;
  size_t n_y;
};

static double conv1d_objective(void *context) {
  struct conv *c = context;
  const struct fray_pass pass = {.w = c->w, .arena = &arena};
  const struct fray_steps x = {c->n, c->time, c->stride, c->x, c->first};
  assert_int_equal(fray_conv1d_forward(&c->one, &pass, &x, c->y, NULL), FRAY_OK);
  return combine(c->weights, c->y, c->n_y);
}

/* first (n + 1): of ragged samples, packed; NULL: all have `time` rows. */
static void check_conv1d(size_t n, size_t time, const size_t *first, struct fray_conv1d one,
                         size_t check_every) {
  struct conv c = {
      .n = n, .time = time, .stride = first ? 0 : time * one.in, .first = first, .one = one};
  const size_t rows = first ? first[n] : n * time;
  const size_t n_w = one.out * one.kernel * one.in, n_x = rows * one.in;
  c.n_y = rows * one.out;
  c.x = noise(n_x, 1), c.w = noise(n_w, 2), c.y = zeros(c.n_y), c.weights = noise(c.n_y, 3);
  float *dw = zeros(n_w + one.out), *db = dw + n_w, *dx = noise(n_x, 4);
  float *again = zeros(n_w + one.out);
  one.b = c.one.b = n_w;
  struct fray_pass pass = {.train = true, .w = c.w, .grad = dw, .arena = &arena};
  const struct fray_steps x = {n, time, c.stride, c.x, first};
  assert_int_equal(fray_conv1d_backward(&one, &pass, &x, c.weights, dx, NULL), FRAY_OK);
  check_gradient(conv1d_objective, &c, c.w, n_w, dw, check_every, TOLERANCE, "weight");
  check_gradient(conv1d_objective, &c, c.x, n_x, dx, 11 * check_every, TOLERANCE, "input");
  for (size_t f = 0; f < one.out; f++) {
    double sum = 0; /* the bias adds to every output of its filter */
    for (size_t i = f; i < c.n_y; i += one.out)
      sum += (double)c.weights[i];
    assert_true(fabs((double)db[f] - sum) < 1e-5 * (double)c.n_y);
  }
  /* Without dx the rest is the same. */
  pass.grad = again;
  assert_int_equal(fray_conv1d_backward(&one, &pass, &x, c.weights, NULL, NULL), FRAY_OK);
  assert_memory_equal(dw, again, (n_w + one.out) * sizeof *dw);
}

static void test_conv1d(void **state) {
  (void)state;
  check_conv1d(3, 9, NULL, (struct fray_conv1d){4, 5, 5, 0, 0}, 1);
  check_conv1d(2, 2, NULL, (struct fray_conv1d){3, 2, 7, 0, 0},
               1); /* kernel longer than the sample */
  check_conv1d(30, 64, NULL, (struct fray_conv1d){16, 2, 5, 0, 0}, 53); /* several chunks */
  check_conv1d(4, 9, (const size_t[]){0, 3, 12, 13, 17}, (struct fray_conv1d){4, 5, 5, 0, 0}, 1);
}

static void take_band(void *user, size_t i, size_t first, size_t lines, const float *y) {
  const struct conv *c = user;
  const size_t line = c->two.width * c->two.out;
  memcpy(c->y + (i * c->two.height + first) * line, y, lines * line * sizeof *y);
}

static double conv2d_objective(void *context) {
  struct conv *c = context;
  const struct fray_pass pass = {.w = c->w, .arena = &arena};
  const struct fray_rows x = {c->n, c->two.height * c->two.width * c->two.in, c->x};
  const struct fray_conv2d_bands bands = {take_band, c};
  assert_int_equal(fray_conv2d_forward(&c->two, &pass, &x, &bands, NULL), FRAY_OK);
  return combine(c->weights, c->y, c->n_y);
}

static void put_slope(void *user, size_t i, float *dy, size_t line) {
  const struct conv *c = user;
  const size_t size = c->two.width * c->two.out;
  for (size_t r = 0; r < c->two.height; r++)
    memcpy(dy + r * line, c->weights + (i * c->two.height + r) * size, size * sizeof *dy);
}

static void check_conv2d(size_t n, struct fray_conv2d two, size_t check_every) {
  struct conv c = {.n = n, .two = two};
  const size_t pixels = n * two.height * two.width, n_x = pixels * two.in;
  const size_t n_w = two.out * two.kernel * two.kernel * two.in;
  c.n_y = pixels * two.out;
  c.x = noise(n_x, 1), c.w = noise(n_w, 2), c.y = zeros(c.n_y), c.weights = noise(c.n_y, 3);
  float *dw = zeros(n_w + two.out), *db = dw + n_w, *dx = noise(n_x, 4);
  two.b = c.two.b = n_w;
  const struct fray_pass pass = {.train = true, .w = c.w, .grad = dw, .arena = &arena};
  const struct fray_rows x = {n, n_x / n, c.x};
  const struct fray_conv2d_slope dy = {put_slope, &c};
  assert_int_equal(fray_conv2d_backward(&two, &pass, &x, &dy, dx, NULL), FRAY_OK);
  check_gradient(conv2d_objective, &c, c.w, n_w, dw, check_every, TOLERANCE, "weight");
  check_gradient(conv2d_objective, &c, c.x, n_x, dx, 7 * check_every, TOLERANCE, "input");
  for (size_t f = 0; f < two.out; f++) {
    double sum = 0;
    for (size_t i = f; i < c.n_y; i += two.out)
      sum += (double)c.weights[i];
    assert_true(fabs((double)db[f] - sum) < 1e-5 * (double)c.n_y);
  }
}

static void test_conv2d(void **state) {
  (void)state;
  check_conv2d(2, (struct fray_conv2d){5, 4, 3, 4, 3, 0, 0}, 1);
  check_conv2d(2, (struct fray_conv2d){1, 3, 2, 3, 5, 0, 0}, 1);
  check_conv2d(12, (struct fray_conv2d){16, 16, 4, 3, 3, 0, 0}, 13);
  check_conv2d(3, (struct fray_conv2d){6, 7, 1, 17, 3, 0, 0},
               1); /* all lines of a window at once */
}

/* ---- pooling ---- */

struct pool {
  bool over_time;
  struct fray_pool1d one;
  struct fray_pool2d two;
  size_t n_out;
  float *y, *bias, *out, *weights;
  int32_t *kept;
};

static double pool_objective(void *context) {
  struct pool *p = context;
  if (p->over_time)
    fray_relu_pool1d_forward(&p->one, p->y, p->bias, p->out, p->kept);
  else
    fray_relu_pool2d_forward(&p->two, p->y, p->bias, p->out, p->kept);
  return combine(p->weights, p->out, p->n_out);
}

/* height 0: over time, of width steps. */
static void check_pool(size_t n, size_t height, size_t width, size_t channels,
                       const size_t *first) {
  struct pool p = {.over_time = height == 0,
                   .one = {n, width, channels, first},
                   .two = {height, width, channels}};
  size_t pooled = n * (height ? fray_pooled(height) : 1) * fray_pooled(width);
  size_t n_y = n * (height ? height : 1) * width * channels;
  if (first) {
    n_y = first[n] * channels;
    pooled = 0;
    for (size_t i = 0; i < n; i++)
      pooled += fray_pooled(first[i + 1] - first[i]);
  }
  p.n_out = pooled * channels;
  p.y = separated(n_y, 1), p.bias = zeros(channels);
  p.out = zeros(p.n_out), p.weights = noise(p.n_out, 2);
  p.kept = calloc(p.n_out, sizeof *p.kept);
  assert_non_null(p.kept);
  float *dy = noise(n_y, 3);
  pool_objective(&p);
  if (p.over_time)
    fray_relu_pool1d_backward(&p.one, p.kept, 1, p.weights, dy);
  else
    fray_relu_pool2d_backward(&p.two, p.kept, 1, p.weights, dy, width * channels);
  check_gradient(pool_objective, &p, p.y, n_y, dy, 1, TOLERANCE, "input");
  free(p.kept);
}

static void test_pool(void **state) {
  (void)state;
  const size_t first[] = {0, 7, 8, 12};
  check_pool(2, 0, 8, 17, NULL);
  check_pool(3, 0, 7, 5, first);
  check_pool(2, 0, 1, 5, NULL);
  check_pool(1, 4, 6, 3, NULL);
  check_pool(1, 5, 3, 17, NULL);
  check_pool(1, 1, 4, 3, NULL);
  check_pool(1, 4, 1, 3, NULL);
  check_pool(1, 1, 1, 3, NULL);
}

/* ---- GRU ---- */

enum { N = 3, TIME = 6, GRU_IN = 4, H = 19, GRU_W = 3 * H * (GRU_IN + H + 2) };

struct gru {
  struct fray_gru g;
  struct fray_steps steps;
  float *w, *x, *h, *weights;
};

static double gru_objective(void *context) {
  struct gru *s = context;
  const struct fray_pass pass = {.w = s->w, .arena = &arena};
  s->steps.x = s->x;
  assert_int_equal(fray_gru_forward(&s->g, &pass, &s->steps, s->h, NULL, NULL), FRAY_OK);
  return combine(s->weights, s->h, fray_steps_before(&s->steps, N) * H);
}

static void check_gru(const size_t *first) {
  struct gru s = {
      .g = {GRU_IN, H, 0, 3 * H * GRU_IN, 3 * H * (GRU_IN + H), 3 * H * (GRU_IN + H + 1)},
      .steps = {.n = N, .time = TIME, .first = first}};
  const size_t rows = fray_steps_before(&s.steps, N);
  s.w = noise(GRU_W, 1), s.x = noise(rows * GRU_IN, 2);
  s.h = zeros(rows * H), s.weights = noise(rows * H, 3);
  for (size_t i = 0; i < GRU_W; i++)
    s.w[i] *= 0.4f; /* keeps the gates out of saturation */
  float *grad = zeros(GRU_W), *dx = noise(rows * GRU_IN, 4);
  const struct fray_pass pass = {.train = true, .w = s.w, .grad = grad, .arena = &arena};
  struct fray_gru_tape tape;
  s.steps.x = s.x;
  assert_int_equal(fray_gru_forward(&s.g, &pass, &s.steps, s.h, &tape, NULL), FRAY_OK);
  assert_int_equal(fray_gru_backward(&s.g, &pass, &tape, s.weights, dx, NULL), FRAY_OK);
  check_gradient(gru_objective, &s, s.w, s.g.w_hh, grad, 1, TOLERANCE, "weight_ih");
  check_gradient(gru_objective, &s, s.w + s.g.w_hh, s.g.b_ih - s.g.w_hh, grad + s.g.w_hh, 3,
                 TOLERANCE, "weight_hh");
  check_gradient(gru_objective, &s, s.w + s.g.b_ih, 3 * H, grad + s.g.b_ih, 1, TOLERANCE,
                 "bias_ih");
  check_gradient(gru_objective, &s, s.w + s.g.b_hh, 3 * H, grad + s.g.b_hh, 1, TOLERANCE,
                 "bias_hh");
  check_gradient(gru_objective, &s, s.x, rows * GRU_IN, dx, 1, TOLERANCE, "input");
}

static void test_gru(void **state) {
  (void)state;
  check_gru(NULL);
  check_gru((const size_t[]){0, 1, 7, 11});
}

/* ---- dropout and loss ---- */

enum { DROPPED = 53 };

struct dropout {
  float *x, *y, *mask, *weights;
};

static double dropout_objective(void *context) {
  struct dropout *d = context;
  memcpy(d->y, d->x, DROPPED * sizeof *d->y);
  const struct fray_dropout dropout = {0.3f, 2};
  const struct fray_pass pass = {.train = true, .seed = 1, .who = 3, .when = 4, .step = 5};
  fray_dropout_forward(&dropout, &pass, DROPPED, d->y, d->mask);
  return combine(d->weights, d->y, DROPPED);
}

static void test_dropout(void **state) {
  (void)state;
  struct dropout d = {noise(DROPPED, 1), zeros(DROPPED), zeros(DROPPED), noise(DROPPED, 2)};
  float *dx = zeros(DROPPED);
  dropout_objective(&d);
  memcpy(dx, d.weights, DROPPED * sizeof *dx);
  fray_dropout_backward(DROPPED, d.mask, dx);
  check_gradient(dropout_objective, &d, d.x, DROPPED, dx, 1, TOLERANCE, "input");
}

/* Values that begin anywhere have the masks that they have among all. */
static void test_dropout_from(void **state) {
  (void)state;
  enum { ALL = 2500 };
  static const size_t some[][2] = {{0, ALL}, {16, 40}, {37, 3}, {5, 2100}, {1023, 1400}};
  const struct fray_dropout d = fray_dropout_plan("acc", "conv1", 0.3);
  const struct fray_pass pass = {.train = true, .seed = 4, .who = 1, .when = 2, .step = 3};
  float *x = noise(ALL, 1), *all = zeros(ALL), *mask = zeros(ALL);
  float *as_kept = noise(ALL, 1);
  int32_t kept[ALL];
  fray_dropout_forward(&d, &pass, ALL, x, all);
  for (size_t i = 0; i < ALL; i++)
    kept[i] = 1 + (int32_t)(i % 4);
  fray_dropout_forward_kept(&d, &pass, 0, 900, as_kept, kept);
  fray_dropout_forward_kept(&d, &pass, 900, ALL - 900, as_kept + 900, kept + 900);
  assert_memory_equal(as_kept, x, ALL * sizeof *x);
  for (size_t i = 0; i < ALL; i++) {
    assert_int_equal(kept[i], all[i] > 0 ? 1 + i % 4 : 0);
    assert_true(all[i] == 0 || all[i] == fray_dropout_factor(&d, &pass));
  }
  for (size_t k = 0; k < sizeof some / sizeof *some; k++) {
    fray_dropout_forward_from(&d, &pass, some[k][0], some[k][1], x, mask);
    assert_memory_equal(mask, all + some[k][0], some[k][1] * sizeof *mask);
  }
}

static const int32_t label[] = {2, 0, 4, 4};
static const struct fray_truth truth = {4, 5, label, NULL};
static float unused[4 * 5];

static double loss_objective(void *context) {
  return fray_loss(NULL, &truth, context, unused);
}

static void test_cross_entropy(void **state) {
  (void)state;
  float *logits = noise(20, 1), d[20];
  fray_loss(NULL, &truth, logits, d);
  check_gradient(loss_objective, logits, logits, 20, d, 1, TOLERANCE, "logits");
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_linear),        cmocka_unit_test(test_conv1d),
      cmocka_unit_test(test_conv2d),        cmocka_unit_test(test_pool),
      cmocka_unit_test(test_gru),           cmocka_unit_test(test_dropout),
      cmocka_unit_test(test_cross_entropy), cmocka_unit_test(test_dropout_from),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
