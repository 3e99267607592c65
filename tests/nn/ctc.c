/* The loss of sequences: losses and gradients of PyTorch and sums over all alignments
 * (tests/fixtures/ctc.h5), alignments counted here, central differences, and laws. */
#include "fray/nn/ctc.h"
#include "../ok.h"
#include "fray/base/rng.h"
#include "fray/h5/h5.h"
#include "fray/nn/loss.h"

#include <math.h>
#include <stdio.h>

enum { MOST = 64 };

static struct fray_arena arena;
static fray_h5 fixture;

static int begin(void **state) {
  (void)state;
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/ctc.h5", &fixture, &err));
  return 0;
}

static int end(void **state) {
  (void)state;
  fray_arena_free(&arena);
  OK(fray_h5_close(fixture, &err));
  return 0;
}

/* A data set of a case as doubles; *dims: of its shape. */
static double *doubles(const char *of, const char *name, size_t dims[FRAY_H5_MAX_RANK]) {
  char path[64];
  int rank;
  bool is_text, is_float;
  size_t n = 1;
  snprintf(path, sizeof path, "%s/%s", of, name);
  OK(fray_h5_shape(fixture, path, &rank, dims, &is_text, &err));
  for (int i = 0; i < rank; i++)
    n *= dims[i];
  double *x = fray_arena_alloc(&arena, n, sizeof *x);
  int64_t *whole = fray_arena_alloc(&arena, n, sizeof *whole);
  OK(fray_h5_is_float(fixture, path, &is_float, &err));
  if (is_float) {
    OK(fray_h5_read(fixture, path, FRAY_H5_F64, x, n, &err));
    return x;
  }
  OK(fray_h5_read(fixture, path, FRAY_H5_I64, whole, n, &err));
  for (size_t i = 0; i < n; i++)
    x[i] = (double)whole[i];
  return x;
}

static void near(double got, double want, double within) {
  if (!(fabs(got - want) <= within) && !(isinf(got) && isinf(want)))
    fail_msg("%.17g, not %.17g", got, want);
}

static double loss_of(size_t time, size_t symbols, const double *logits, size_t n,
                      const int16_t *target, double *gradient) {
  const struct fray_ctc of = {time, symbols, logits, n, target};
  double loss = NAN;
  OK(fray_ctc_loss(&of, &arena, &loss, gradient, &err));
  return loss;
}

static void check_case(const char *of) {
  size_t dims[FRAY_H5_MAX_RANK], shape[FRAY_H5_MAX_RANK];
  const double *logits = doubles(of, "logits", shape), *want = doubles(of, "gradient", dims);
  const double *loss = doubles(of, "loss", dims), *brute = doubles(of, "loss_brute", dims);
  const double *time = doubles(of, "time", dims), *length = doubles(of, "target_length", dims);
  const double *target = doubles(of, "target", dims), *said = doubles(of, "said", dims);
  const double *said_length = doubles(of, "said_length", dims);
  const size_t padded = shape[1], symbols = shape[2];
  double gradient[31 * 11];
  for (size_t i = 0; i < shape[0]; i++) {
    const size_t n = (size_t)length[i], steps = (size_t)time[i];
    const double *x = logits + i * padded * symbols;
    int16_t words[MOST];
    float single[31 * 11];
    int16_t path[MOST];
    for (size_t k = 0; k < n; k++)
      words[k] = (int16_t)*target++;
    near(loss_of(steps, symbols, x, n, words, gradient), loss[i], 1e-8);
    if (!isnan(brute[i]))
      near(loss_of(steps, symbols, x, n, words, NULL), brute[i], 1e-8);
    for (size_t k = 0; k < steps * symbols; k++) {
      near(gradient[k], want[i * padded * symbols + k], 1e-8);
      single[k] = (float)x[k];
    }
    assert_int_equal(fray_ctc_greedy(steps, symbols, single, path), (size_t)said_length[i]);
    for (size_t k = 0; k < (size_t)said_length[i]; k++)
      assert_int_equal(path[k], (int)*said++);
  }
}

static void test_fixture(void **state) {
  (void)state;
  check_case("digits");
  check_case("ragged");
  check_case("too_short");
}

/* ---- alignments counted here ---- */

enum { TIME = 5, SYMBOLS = 3, PATHS = 243 };

static void random_logits(uint64_t seed, double *x) {
  struct fray_rng rng = fray_rng_for(seed, "ctc test", 0, 0, 0);
  for (size_t i = 0; i < TIME * SYMBOLS; i++)
    x[i] = 4 * fray_rng_uniform(&rng) - 2;
}

/* What path number p says, as a number in base 3 with a 1 in front, and its probability. */
static double path_of(size_t p, const double *logits, size_t *word) {
  double probability = 1;
  size_t before = SYMBOLS;
  *word = 1;
  for (size_t t = 0; t < TIME; t++, p /= SYMBOLS) {
    const double *row = logits + t * SYMBOLS;
    const size_t k = p % SYMBOLS;
    probability *= exp(row[k]) / (exp(row[0]) + exp(row[1]) + exp(row[2]));
    if (k != SYMBOLS - 1 && k != before)
      *word = *word * SYMBOLS + k;
    before = k;
  }
  return probability;
}

/* All that five steps can say of two classes; the probabilities of all that can be said sum to 1.
 */
static void test_all_paths(void **state) {
  (void)state;
  double logits[TIME * SYMBOLS], sum = 0;
  random_logits(3, logits);
  for (size_t n = 0; n <= TIME; n++)
    for (size_t code = 0; code < (size_t)1 << n; code++) {
      int16_t target[TIME];
      size_t number = 1;
      double want = 0;
      for (size_t k = 0; k < n; k++) {
        target[k] = (int16_t)(code >> k & 1);
        number = number * SYMBOLS + (size_t)target[k];
      }
      for (size_t p = 0; p < PATHS; p++) {
        size_t word;
        const double probability = path_of(p, logits, &word);
        want += word == number ? probability : 0;
      }
      const double loss = loss_of(TIME, SYMBOLS, logits, n, target, NULL);
      assert_true(isinf(loss) == (fray_ctc_least_time(n, target) > TIME));
      near(exp(-loss), want, 1e-12);
      sum += exp(-loss);
    }
  near(sum, 1, 1e-12);
}

static void test_central_differences(void **state) {
  (void)state;
  const int16_t targets[][3] = {{0, 1, 0}, {1, 1, 0}, {0, 0, 0}};
  for (size_t i = 0; i < 3; i++) {
    double x[TIME * SYMBOLS], d[TIME * SYMBOLS];
    random_logits(i, x);
    loss_of(TIME, SYMBOLS, x, 3, targets[i], d);
    for (size_t k = 0; k < TIME * SYMBOLS; k++) {
      const double at = x[k], step = 1e-5;
      x[k] = at + step;
      const double high = loss_of(TIME, SYMBOLS, x, 3, targets[i], NULL);
      x[k] = at - step;
      const double low = loss_of(TIME, SYMBOLS, x, 3, targets[i], NULL);
      x[k] = at;
      near(d[k], (high - low) / (2 * step), 1e-8);
    }
  }
}

/* A softmax does not change by a shift of a row, so its slopes sum to 0; sound and target read
 * backwards are the same alignments. */
static void test_laws(void **state) {
  (void)state;
  double x[TIME * SYMBOLS], d[TIME * SYMBOLS], back[TIME * SYMBOLS];
  random_logits(9, x);
  const double loss = loss_of(TIME, SYMBOLS, x, 2, (int16_t[]){0, 1}, d);
  for (size_t t = 0; t < TIME; t++) {
    near(d[t * SYMBOLS] + d[t * SYMBOLS + 1] + d[t * SYMBOLS + 2], 0, 1e-12);
    memcpy(back + t * SYMBOLS, x + (TIME - 1 - t) * SYMBOLS, SYMBOLS * sizeof *x);
  }
  near(loss_of(TIME, SYMBOLS, back, 2, (int16_t[]){1, 0}, NULL), loss, 1e-12);
  for (size_t k = 0; k < SYMBOLS; k++)
    x[k] += 700; /* beyond what exp takes without its shift */
  near(loss_of(TIME, SYMBOLS, x, 2, (int16_t[]){0, 1}, NULL), loss, 1e-9);
  near(loss_of(0, SYMBOLS, x, 0, NULL, NULL), 0, 0);
  assert_true(isinf(loss_of(0, SYMBOLS, x, 1, (int16_t[]){1}, NULL)));
}

/* A model that broke must show it, whatever it says. */
static void test_not_a_number(void **state) {
  (void)state;
  double x[TIME * SYMBOLS], d[TIME * SYMBOLS];
  const double broken[] = {NAN, INFINITY};
  for (size_t i = 0; i < 2; i++) {
    random_logits(9, x);
    x[4] = broken[i];
    assert_true(isnan(loss_of(TIME, SYMBOLS, x, 1, (int16_t[]){1}, d)));
    assert_true(isnan(d[0]));
  }
  const float none[] = {NAN, NAN, NAN, 0, NAN, -1, INFINITY, 0.5f, -1, 0, 0, 0};
  int16_t said[4];
  assert_int_equal(fray_ctc_greedy(4, 3, none, said), 3); /* blank, 0, 1, the first of three */
  assert_int_equal(said[0] * 100 + said[1] * 10 + said[2], 10);
}

/* Floats in, floats out: the loss of training is the same sum. */
static void test_in_training(void **state) {
  (void)state;
  const struct fray_choice *ctc = fray_losses.v[fray_losses.n - 1];
  const struct fray_loss_ops *ops = ctc->impl;
  double x[TIME * SYMBOLS], d[TIME * SYMBOLS], loss = NAN;
  float single[TIME * SYMBOLS], slopes[TIME * SYMBOLS];
  for (size_t k = 0; k < TIME * SYMBOLS; k++) { /* quarters: the same in floats and in doubles */
    x[k] = (double)(k * 7 % 11) / 4 - 1;
    single[k] = (float)(k * 7 % 11) / 4 - 1;
  }
  const struct fray_utterance of = {TIME, SYMBOLS, single, 2, (int16_t[]){1, 1}};
  assert_non_null(ops->sequence);
  OK(ops->sequence(NULL, &of, &arena, &loss, slopes, &err));
  near(loss, loss_of(TIME, SYMBOLS, x, 2, of.target, d), 0);
  for (size_t k = 0; k < TIME * SYMBOLS; k++)
    near((double)slopes[k], d[k], 1e-7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fixture),      cmocka_unit_test(test_all_paths),
      cmocka_unit_test(test_laws),         cmocka_unit_test(test_central_differences),
      cmocka_unit_test(test_not_a_number), cmocka_unit_test(test_in_training),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
