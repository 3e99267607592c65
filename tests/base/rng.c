/* The generator against Random123's known answers, the laws against their closed forms.
 *
 * The streams are fixed, so these tests cannot fail by chance; the limits are 5 standard errors of
 * the estimate, or the 1e-6 quantile of chi-square, for the sample sizes given. */
#include "fray/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))

/* Random123 1.14, its kat_vectors, the lines "philox4x64 10": counter, key, answer. */
static const uint64_t known[3][10] = {
    {0, 0, 0, 0, 0, 0, 0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b,
     0x7e68b68aec7ba23b},
    {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x87b092c3013fe90b,
     0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0},
    {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89,
     0x452821e638d01377, 0xbe5466cf34e90c6c, 0xa528f45403e61d95, 0x38c72dbd566e9788,
     0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6},
};

static void test_known_answers(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    const uint64_t *k = known[i];
    struct fray_rng rng = fray_rng_keyed(k[4], k[5], k[0], k[1], k[2]);
    rng.counter[3] = k[3]; /* the draw, which streams count from 0 */
    for (int j = 0; j < 4; j++)
      assert_true(fray_rng_u64(&rng) == k[6 + j]);
    assert_true(rng.counter[3] == k[3] + 1);
  }
}

/* Many at once are those that come one by one, from anywhere in a block and over the counter's end.
 */
static void test_fill(void **state) {
  (void)state;
  enum { MOST = 43 };
  for (size_t n = 0; n < MOST; n++)
    for (size_t before = 0; before < 6; before++) {
      const uint64_t *k = known[n % 3];
      uint64_t many[MOST];
      struct fray_rng rng = fray_rng_keyed(k[4], k[5], k[0], k[1], k[2]);
      rng.counter[3] = k[3] - n % 5;
      for (size_t i = 0; i < before; i++)
        (void)fray_rng_u64(&rng);
      struct fray_rng single = rng;
      fray_rng_fill(&rng, n, many);
      for (size_t i = 0; i < n; i++)
        assert_true(many[i] == fray_rng_u64(&single));
      assert_true(fray_rng_u64(&rng) == fray_rng_u64(&single));
      assert_true(rng.counter[3] == single.counter[3] && rng.left == single.left);
    }
}

static void test_streams_depend_on_every_part(void **state) {
  (void)state;
  struct fray_rng streams[] = {
      fray_rng_for(1, "a", 2, 3, 4), fray_rng_for(9, "a", 2, 3, 4), fray_rng_for(1, "b", 2, 3, 4),
      fray_rng_for(1, "a", 9, 3, 4), fray_rng_for(1, "a", 2, 9, 4), fray_rng_for(1, "a", 2, 3, 9),
  };
  uint64_t first[6];
  for (int i = 0; i < 6; i++)
    first[i] = fray_rng_u64(&streams[i]);
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < i; j++)
      assert_true(first[i] != first[j]);
  struct fray_rng same = fray_rng_keyed(1, fray_rng_purpose("a"), 2, 3, 4);
  assert_true(fray_rng_u64(&same) == first[0]);
}

static void test_uniform(void **state) {
  (void)state;
  enum { N = 200000, BINS = 64 };
  struct fray_rng rng = fray_rng_for(1, "test/uniform", 0, 0, 0);
  size_t bins[BINS] = {0};
  double sum = 0;
  for (int i = 0; i < N; i++) {
    double u = fray_rng_uniform(&rng);
    assert_true(u >= 0 && u < 1);
    assert_true(u * 0x1p53 == floor(u * 0x1p53));
    bins[(int)(u * BINS)]++;
    sum += u;
  }
  assert_near(sum / N, 0.5, 5 * sqrt(1.0 / 12 / N));
  double chi = 0, e = (double)N / BINS;
  for (int i = 0; i < BINS; i++)
    chi += ((double)bins[i] - e) * ((double)bins[i] - e) / e;
  assert_true(chi < 127); /* 63 degrees of freedom */
}

/* The largest value that 53 bits can give stays below 1. */
static void test_uniform_extremes(void **state) {
  (void)state;
  struct fray_rng rng = {.block = {0, 0, 0, UINT64_MAX}, .left = 1};
  double u = fray_rng_uniform(&rng);
  assert_true(u == 1.0 - 0x1p-53);
  rng.block[3] = 0;
  rng.left = 1;
  assert_true(fray_rng_uniform(&rng) == 0);
}

static void test_below(void **state) {
  (void)state;
  static const uint64_t sizes[] = {1, 2, 3, 7, 10, 64};
  for (size_t s = 0; s < 6; s++) {
    enum { N = 60000 };
    uint64_t n = sizes[s];
    size_t bins[64] = {0};
    struct fray_rng rng = fray_rng_for(2, "test/below", s, 0, 0);
    for (int i = 0; i < N; i++) {
      uint64_t x = fray_rng_below(&rng, n);
      assert_true(x < n);
      bins[x]++;
    }
    double chi = 0, e = (double)N / (double)n;
    for (uint64_t i = 0; i < n; i++)
      chi += ((double)bins[i] - e) * ((double)bins[i] - e) / e;
    double df = (double)n - 1;
    assert_true(chi <= df + 5 * sqrt(2 * df) + 25);
  }
}

/* n = 3 x 2^62: a plain multiplication or remainder would give some values twice as often. */
static void test_below_is_unbiased_for_large_n(void **state) {
  (void)state;
  enum { N = 100000 };
  uint64_t n = 0xC000000000000000u;
  struct fray_rng rng = fray_rng_for(3, "test/below large", 0, 0, 0);
  size_t thirds[3] = {0}, odd = 0, residue[3] = {0};
  for (int i = 0; i < N; i++) {
    uint64_t x = fray_rng_below(&rng, n);
    assert_true(x < n);
    thirds[x >> 62]++;
    residue[x % 3]++;
    odd += x & 1;
  }
  double limit = 5 * sqrt(N * (1.0 / 3) * (2.0 / 3));
  for (int i = 0; i < 3; i++) {
    assert_near((double)thirds[i], N / 3.0, limit);
    assert_near((double)residue[i], N / 3.0, limit);
  }
  assert_near((double)odd, N / 2.0, 5 * sqrt(N * 0.25));
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov distance of n values (sorted here) to a distribution function. */
static double ks(double *v, size_t n, double (*cdf)(double)) {
  qsort(v, n, sizeof *v, by_value);
  double worst = 0;
  for (size_t i = 0; i < n; i++) {
    double f = cdf(v[i]);
    worst = fmax(worst, fmax(f - (double)i / (double)n, (double)(i + 1) / (double)n - f));
  }
  return worst;
}

static double normal_cdf(double x) {
  return 0.5 * erfc(-x / sqrt(2.0));
}

enum { MANY = 100000 };
/* P(sqrt(n) D > 2.7) = 2 exp(-2 2.7^2) = 9e-7. */
static const double KS_LIMIT = 2.7;

static void test_normal(void **state) {
  (void)state;
  double *v = malloc(MANY * sizeof *v);
  assert_non_null(v);
  struct fray_rng rng = fray_rng_for(4, "test/normal", 0, 0, 0);
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < MANY; i++) {
    v[i] = fray_rng_normal(&rng);
    assert_true(isfinite(v[i]));
    sum += v[i];
    squares += v[i] * v[i];
    fourth += v[i] * v[i] * v[i] * v[i];
  }
  assert_near(sum / MANY, 0, 5 / sqrt(MANY));
  assert_near(squares / MANY, 1, 5 * sqrt(2.0 / MANY));
  assert_near(fourth / MANY, 3, 5 * sqrt(96.0 / MANY));
  assert_true(ks(v, MANY, normal_cdf) * sqrt(MANY) < KS_LIMIT);
  free(v);
  /* u = 0 would be log(0) */
  struct fray_rng edge = {.block = {0, 0, UINT64_MAX, 0}, .left = 2};
  assert_true(isfinite(fray_rng_normal(&edge)));
}

static double gamma_half_cdf(double x) {
  return erf(sqrt(x)); /* Gamma(1/2): a squared normal, halved */
}
static double gamma_one_cdf(double x) {
  return 1 - exp(-x);
}
static double gamma_three_cdf(double x) {
  return 1 - exp(-x) * (1 + x + x * x / 2); /* Erlang */
}

static void test_gamma(void **state) {
  (void)state;
  static const struct {
    double shape;
    double (*cdf)(double);
  } cases[] = {{0.5, gamma_half_cdf}, {1, gamma_one_cdf}, {3, gamma_three_cdf}};
  double *v = malloc(MANY * sizeof *v);
  assert_non_null(v);
  for (uint64_t c = 0; c < 3; c++) {
    struct fray_rng rng = fray_rng_for(5, "test/gamma", c, 0, 0);
    double sum = 0;
    for (int i = 0; i < MANY; i++) {
      v[i] = fray_rng_gamma(&rng, cases[c].shape);
      assert_true(v[i] >= 0 && isfinite(v[i]));
      sum += v[i];
    }
    assert_near(sum / MANY, cases[c].shape, 5 * sqrt(cases[c].shape / MANY));
    assert_true(ks(v, MANY, cases[c].cdf) * sqrt(MANY) < KS_LIMIT);
  }
  free(v);
}

/* Mean 1/n and variance (1/n)(1 - 1/n) / (n alpha + 1) of each part. */
static void test_dirichlet_moments(void **state) {
  (void)state;
  static const double alphas[] = {0.1, 1, 5};
  enum { N = 5, DRAWS = 20000 };
  for (uint64_t a = 0; a < 3; a++) {
    struct fray_rng rng = fray_rng_for(6, "test/dirichlet", a, 0, 0);
    double part[N], sum[N] = {0}, squares[N] = {0};
    for (int i = 0; i < DRAWS; i++) {
      double total = 0;
      fray_rng_dirichlet(&rng, alphas[a], N, part);
      for (int j = 0; j < N; j++) {
        assert_true(part[j] >= 0 && part[j] <= 1);
        total += part[j];
        sum[j] += part[j];
        squares[j] += (part[j] - 0.2) * (part[j] - 0.2);
      }
      assert_near(total, 1, 1e-12);
    }
    double variance = 0.2 * 0.8 / (N * alphas[a] + 1);
    for (int j = 0; j < N; j++) {
      assert_near(sum[j] / DRAWS, 0.2, 5 * sqrt(variance / DRAWS));
      assert_near(squares[j] / DRAWS, variance, 0.06 * variance);
    }
  }
}

/* Two parts of Dirichlet(1, 1): the first is uniform. */
static double uniform_cdf(double x) {
  return x;
}

static void test_dirichlet_edges(void **state) {
  (void)state;
  enum { N = 20000 };
  double *v = malloc(N * sizeof *v), part[10];
  assert_non_null(v);
  struct fray_rng rng = fray_rng_for(7, "test/dirichlet", 0, 0, 0);
  for (int i = 0; i < N; i++) {
    fray_rng_dirichlet(&rng, 1, 2, part);
    v[i] = part[0];
  }
  assert_true(ks(v, N, uniform_cdf) * sqrt(N) < KS_LIMIT);
  free(v);
  for (int i = 0; i < 2000; i++) { /* every gamma underflows */
    fray_rng_dirichlet(&rng, 1e-6, 10, part);
    double total = 0;
    for (int j = 0; j < 10; j++)
      total += part[j];
    assert_near(total, 1, 1e-12);
  }
  fray_rng_dirichlet(&rng, 0.3, 1, part);
  assert_true(part[0] == 1);
}

static void test_shuffle(void **state) {
  (void)state;
  enum { N = 60000 };
  size_t count[24] = {0};
  struct fray_rng rng = fray_rng_for(8, "test/shuffle", 0, 0, 0);
  for (int i = 0; i < N; i++) {
    uint32_t v[4] = {0, 1, 2, 3};
    fray_rng_shuffle(&rng, v, 4);
    unsigned seen = 0, code = 0;
    for (int j = 0; j < 4; j++) {
      seen |= 1u << v[j];
      unsigned smaller = 0; /* Lehmer code: which of the 24 orders */
      for (int k = j + 1; k < 4; k++)
        smaller += v[k] < v[j];
      code = code * (unsigned)(4 - j) + smaller;
    }
    assert_int_equal(seen, 15);
    count[code]++;
  }
  double chi = 0, e = N / 24.0;
  for (int i = 0; i < 24; i++)
    chi += ((double)count[i] - e) * ((double)count[i] - e) / e;
  assert_true(chi < 66); /* 23 degrees of freedom */
  fray_rng_shuffle(&rng, NULL, 0);
}

/* The order of Fisher and Yates with a value for each place from the end, and the stream where
 * those values left it: how many are made at once must not show. */
static void test_shuffle_takes_its_values_alone(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 2, 3, 5, 63, 64, 65, 66, 67, 129, 130, 1000};
  uint32_t v[1000], want[1000];
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
    for (size_t before = 0; before < 4; before++) { /* values of a block that are gone */
      struct fray_rng rng = fray_rng_for(8, "test/shuffle", k, before, 1), plain = rng;
      for (size_t i = 0; i < before; i++)
        assert_true(fray_rng_u64(&rng) == fray_rng_u64(&plain));
      for (size_t i = 0; i < sizes[k]; i++)
        v[i] = want[i] = (uint32_t)i;
      fray_rng_shuffle(&rng, v, sizes[k]);
      for (size_t i = sizes[k]; i > 1; i--) {
        const size_t j = (size_t)fray_rng_below(&plain, i);
        const uint32_t t = want[i - 1];
        want[i - 1] = want[j];
        want[j] = t;
      }
      assert_memory_equal(v, want, sizes[k] * sizeof *v);
      assert_true(fray_rng_u64(&rng) == fray_rng_u64(&plain));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known_answers),
      cmocka_unit_test(test_fill),
      cmocka_unit_test(test_streams_depend_on_every_part),
      cmocka_unit_test(test_uniform),
      cmocka_unit_test(test_uniform_extremes),
      cmocka_unit_test(test_below),
      cmocka_unit_test(test_below_is_unbiased_for_large_n),
      cmocka_unit_test(test_normal),
      cmocka_unit_test(test_gamma),
      cmocka_unit_test(test_dirichlet_moments),
      cmocka_unit_test(test_dirichlet_edges),
      cmocka_unit_test(test_shuffle),
      cmocka_unit_test(test_shuffle_takes_its_values_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
