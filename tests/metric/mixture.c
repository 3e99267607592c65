/* Two groups in points: the mixture against numpy's, the groups of FedCorr and FedNoRo, laws. */
#include "fray/metric/mixture.h"
#include "../ok.h"
#include "fray/base/size.h"
#include "fray/h5/h5.h"
#include "mixture_golden.h"

#include <math.h>
#include <stdio.h>

enum { MOST = 256 }; /* values of a data set */

static struct fray_arena arena;

static struct fray_rng stream(uint64_t seed) {
  return fray_rng_for(seed, "test/mixture", 0, 0, 0);
}

static struct fray_mixture fit(size_t n, size_t d, const double *x, uint64_t seed) {
  struct fray_rng rng = stream(seed);
  struct fray_mixture out;
  OK(fray_mixture_fit(n, d, x, &rng, &arena, &out, &err));
  return out;
}

static void near(double got, double want, double within) {
  if (!(fabs(got - want) <= within * (1 + fabs(want))))
    fail_msg("%.17g, not %.17g", got, want);
}

/* As make_mixture_golden.py makes them. */
static void make_points(size_t n, size_t d, size_t upper, double off, uint32_t x, double *out) {
  for (size_t i = 0; i < n; i++) {
    double *row = out + i * d;
    for (size_t j = 0; j < d; j++) {
      unsigned total = 0;
      for (int k = 0; k < 4; k++) {
        x = (1103515245U * x + 12345U) % 2147483648U;
        total += x / 65536U % 256U;
      }
      row[j] = total / 1024.0;
    }
    if (i < n - upper)
      continue;
    for (size_t j = 1; j < d; j++)
      row[j] = off + row[j] - 0.25 * row[0];
    row[0] = off + 1.5 * row[0];
  }
}

struct golden {
  size_t n, d, upper;
  double off;
  uint32_t seed;
  const double *sum, *weight, *mean, *covariance, *share;
  size_t steps;
};
#define GOLDEN(name, NAME)                                                                         \
  golden_##name##_sum, golden_##name##_weight, golden_##name##_mean, golden_##name##_covariance,   \
      golden_##name##_upper, GOLDEN_##NAME##_STEPS
static const struct golden goldens[] = {{40, 1, 12, 0.25, 7, GOLDEN(line, LINE)},
                                        {60, 2, 20, 0.4, 11, GOLDEN(plane, PLANE)},
                                        {50, 3, 30, 1, 13, GOLDEN(room, ROOM)}};

/* Wherever it starts: k-means comes to the same groups, and EM takes the same steps from there. */
static void fits_are_those_of_numpy(void **state) {
  (void)state;
  for (size_t k = 0; k < FRAY_COUNT(goldens); k++)
    for (uint64_t seed = 0; seed < 9; seed++) {
      const struct golden *g = &goldens[k];
      double x[MOST], sum = 0;
      make_points(g->n, g->d, g->upper, g->off, g->seed, x);
      for (size_t i = 0; i < g->n * g->d; i++)
        sum += x[i];
      near(sum, g->sum[0], 1e-12);
      const struct fray_mixture m = fit(g->n, g->d, x, seed);
      assert_true(m.split);
      assert_int_equal(m.iterations, g->steps);
      for (size_t c = 0; c < 2; c++) {
        near(m.weight[c], g->weight[c], 1e-10);
        for (size_t j = 0; j < g->d; j++)
          near(m.mean[c][j], g->mean[c * g->d + j], 1e-10);
        for (size_t j = 0; j < g->d * g->d; j++)
          near(m.covariance[c][j], g->covariance[c * g->d * g->d + j], 1e-10);
      }
      for (size_t i = 0; i < g->n; i++) {
        near(m.upper[i], g->share[i], 1e-9);
        assert_int_equal(m.of[i], g->share[i] > 0.5);
      }
    }
}

static size_t read(fray_h5 file, const char *path, double *out) {
  int rank;
  bool is_text;
  size_t dims[FRAY_H5_MAX_RANK], n = 1;
  OK(fray_h5_shape(file, path, &rank, dims, &is_text, &err));
  for (int i = 0; i < rank; i++)
    n *= dims[i];
  assert_true(n <= MOST);
  OK(fray_h5_read(file, path, FRAY_H5_F64, out, n, &err));
  return n;
}

static size_t read_whole(fray_h5 file, const char *path, int64_t *out, size_t most) {
  int rank;
  bool is_text;
  size_t dims[FRAY_H5_MAX_RANK];
  OK(fray_h5_shape(file, path, &rank, dims, &is_text, &err));
  assert_true(rank == 1 && dims[0] <= most);
  OK(fray_h5_read(file, path, FRAY_H5_I64, out, dims[0], &err));
  return dims[0];
}

/* FedCorr: cumulative dimensions of clients; the fixture has scikit-learn's means, variances and
 * weights as well. */
static void clients_of_fedcorr_are_split(void **state) {
  (void)state;
  fray_h5 file;
  double lid[MOST];
  int64_t noisy[MOST];
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/fed_noise.h5", &file, &err));
  const size_t n = read(file, "fedcorr/cumulative_lid", lid);
  assert_int_equal(read_whole(file, "fedcorr/noisy", noisy, MOST), n);
  for (uint64_t seed = 0; seed < 9; seed++) {
    const struct fray_mixture m = fit(n, 1, lid, seed);
    assert_true(m.split);
    for (size_t i = 0; i < n; i++)
      assert_int_equal(m.of[i], noisy[i]);
    near(m.mean[1][0], 7.43333333, 1e-6);
    near(m.mean[0][0], 3.14, 1e-6);
    near(m.covariance[1][0], 0.28222322, 1e-6);
    near(m.covariance[0][0], 0.034401, 1e-6);
    near(m.weight[1], 0.375, 1e-6);
  }
  OK(fray_h5_close(file, &err));
}

/* FedNoRo: clients by class, fewer clients in a group than would make a covariance regular. */
static void clients_of_fednoro_are_named_by_all(void **state) {
  (void)state;
  fray_h5 file;
  double x[MOST];
  int64_t noisy[MOST];
  uint8_t upper[MOST];
  size_t agreeing;
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/fed_noise.h5", &file, &err));
  const size_t n = read(file, "fednoro/indicator", x) / 4;
  const size_t named = read_whole(file, "fednoro/noisy_clients", noisy, MOST);
  OK(fray_h5_close(file, &err));
  struct fray_rng rng = stream(1);
  OK(fray_mixture_vote(n, 4, x, 9, &rng, &arena, upper, &agreeing, &err));
  assert_int_equal(agreeing, 9);
  size_t sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += upper[i];
  assert_int_equal(sum, named);
  for (size_t i = 0; i < named; i++)
    assert_int_equal(upper[(size_t)noisy[i]], 1);
}

/* ---- laws ---- */

/* To the byte: the order of clients must not decide. */
static void order_changes_nothing(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 20; seed++) {
    enum { N = 60, D = 2 };
    double x[N * D], y[N * D];
    uint32_t place[N];
    struct fray_rng rng = stream(100 + seed);
    make_points(N, D, 20, 0.1, (uint32_t)seed + 1, x);
    memcpy(x + 4, x, 2 * sizeof *x); /* equal points */
    for (uint32_t i = 0; i < N; i++)
      place[i] = i;
    fray_rng_shuffle(&rng, place, N);
    for (size_t i = 0; i < N; i++)
      memcpy(y + i * D, x + place[i] * D, D * sizeof *x);
    const struct fray_mixture a = fit(N, D, x, seed), b = fit(N, D, y, seed);
    assert_int_equal(a.split, b.split);
    assert_memory_equal(a.weight, b.weight, sizeof a.weight);
    assert_memory_equal(a.covariance[1], b.covariance[1], D * D * sizeof(double));
    for (size_t i = 0; i < N; i++)
      assert_true(b.upper[i] == a.upper[place[i]] && b.of[i] == a.of[place[i]]);
    assert_true(a.upper[0] == a.upper[2]);
  }
}

/* Wherever the points lie and in what unit, as far as the addend to variances is small. */
static void place_and_unit_change_no_group(void **state) {
  (void)state;
  enum { N = 60, D = 2 };
  double x[N * D], y[N * D];
  make_points(N, D, 20, 0.3, 3, x);
  const struct fray_mixture m = fit(N, D, x, 5);
  assert_true(m.split);
  static const double move[][2] = {{1, -7}, {1000, 0}, {1e8, 3}, {0.1, 0.5}};
  for (size_t k = 0; k < FRAY_COUNT(move); k++) {
    for (size_t i = 0; i < N * D; i++)
      y[i] = move[k][0] * x[i] + move[k][1];
    const struct fray_mixture other = fit(N, D, y, 5);
    assert_memory_equal(other.of, m.of, N);
  }
}

/* Groups far apart are found, whoever they are and however few. */
static void clear_groups_are_found(void **state) {
  (void)state;
  for (size_t upper = 1; upper < 40; upper++)
    for (size_t d = 1; d <= 3; d++) {
      double x[MOST];
      make_points(40, d, upper, 40, 17, x);
      const struct fray_mixture m = fit(40, d, x, upper);
      assert_true(m.split);
      for (size_t i = 0; i < 40; i++)
        assert_int_equal(m.of[i], i >= 40 - upper);
    }
}

/* What has no groups has none, and no number that is not finite comes of it. */
static void nothing_is_no_split(void **state) {
  (void)state;
  const double one[] = {3, 4}, equal[] = {0.1, 0.2, 0.1, 0.2, 0.1, 0.2}, bad[] = {1, NAN, 2, 3},
               far[] = {1e308, -1e308, 1e308, 0};
  struct fray_mixture none[5] = {fit(0, 1, one, 1), fit(1, 2, one, 1), fit(3, 2, equal, 1),
                                 fit(4, 1, bad, 1), fit(4, 1, far, 1)};
  static const size_t n[] = {0, 1, 3, 4, 4};
  for (size_t k = 0; k < FRAY_COUNT(none); k++) {
    assert_false(none[k].split);
    for (size_t i = 0; i < n[k]; i++)
      assert_true(none[k].of[i] == 0 && none[k].upper[i] == 0);
    assert_true(none[k].weight[0] == 0 && none[k].mean[1][0] == 0);
  }
  uint8_t upper[3];
  size_t agreeing;
  struct fray_rng rng = stream(1);
  OK(fray_mixture_vote(3, 2, equal, 9, &rng, &arena, upper, &agreeing, &err));
  assert_true(agreeing == 9 && !upper[0] && !upper[1] && !upper[2]);
}

/* Two points are two groups; variances are the addend alone. */
static void two_points_are_two_groups(void **state) {
  (void)state;
  const double x[] = {2, 1};
  const struct fray_mixture m = fit(2, 1, x, 1);
  assert_true(m.split && m.of[0] == 1 && m.of[1] == 0);
  near(m.mean[1][0], 2, 1e-12);
  near(m.covariance[0][0], 1e-6, 1e-12);
  near(m.weight[0], 0.5, 1e-12);
}

/* Scratch of a fit and of a vote is given back. */
static void a_vote_leaves_no_memory(void **state) {
  (void)state;
  double x[MOST];
  uint8_t upper[40];
  size_t agreeing;
  struct fray_rng rng = stream(2);
  make_points(40, 2, 10, 1, 23, x);
  const size_t before = arena.used;
  OK(fray_mixture_vote(40, 2, x, 9, &rng, &arena, upper, &agreeing, &err));
  assert_int_equal(arena.used, before);
  for (size_t i = 0; i < 40; i++)
    assert_int_equal(upper[i], i >= 30);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fits_are_those_of_numpy),
      cmocka_unit_test(clients_of_fedcorr_are_split),
      cmocka_unit_test(clients_of_fednoro_are_named_by_all),
      cmocka_unit_test(order_changes_nothing),
      cmocka_unit_test(place_and_unit_change_no_group),
      cmocka_unit_test(clear_groups_are_found),
      cmocka_unit_test(nothing_is_no_split),
      cmocka_unit_test(two_points_are_two_groups),
      cmocka_unit_test(a_vote_leaves_no_memory),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_arena_free(&arena);
  return failed;
}
