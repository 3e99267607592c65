/* Crossed draws, intervals and p-values made of them, Holm's adjustment. */
#include "../ok.h"
#include "fray/base/size.h"
#include "fray/metric/metric.h"
#include "fray/metric/resample.h"
#include "uncertainty_golden.h"

#include <string.h>

#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))
enum { DRAWS = 600 };

static struct fray_resample resample(uint64_t key, size_t n_seeds, size_t n_clusters, size_t draws,
                                     struct fray_arena *arena) {
  struct fray_resample out = {0};
  OK(fray_resample_make(key, n_seeds, n_clusters, draws, arena, &out, &err));
  return out;
}

static size_t row_sum(const uint16_t *row, size_t n, bool *all_once) {
  size_t sum = 0;
  *all_once = true;
  for (size_t i = 0; i < n; i++) {
    sum += row[i];
    *all_once = *all_once && row[i] == 1;
  }
  return sum;
}

static void rows_hold_as_many_as_there_are(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_resample r = resample(7, 5, 11, DRAWS, &arena);
  size_t crossed = fray_draws_crossed(DRAWS), alone = fray_draws_of_factor(DRAWS), kept[2] = {0};
  for (size_t i = 0; i < DRAWS; i++) {
    bool seeds_once, clusters_once;
    assert_int_equal(row_sum(r.seed + i * 5, 5, &seeds_once), 5);
    assert_int_equal(row_sum(r.cluster + i * 11, 11, &clusters_once), 11);
    if (i >= crossed + alone)
      assert_true(seeds_once);
    else
      kept[0] += seeds_once;
    if (i >= crossed && i < crossed + alone)
      assert_true(clusters_once);
    else
      kept[1] += clusters_once;
  }
  /* 5!/5^5 = 3.8 % of the draws of five happen to hold each once; of eleven, 0.014 %. */
  assert_in_range(kept[0], 5, 40);
  assert_in_range(kept[1], 0, 2);
  fray_arena_free(&arena);
}

static void draws_of_a_factor_do_not_depend_on_the_other(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_resample a = resample(7, 5, 11, DRAWS, &arena), b = resample(7, 3, 11, DRAWS, &arena);
  struct fray_resample c = resample(8, 5, 11, DRAWS, &arena), d = resample(7, 5, 11, DRAWS, &arena);
  size_t seeds = 5 * DRAWS * sizeof *a.seed, clusters = 11 * DRAWS * sizeof *a.cluster;
  assert_memory_equal(a.cluster, b.cluster, clusters);
  assert_memory_equal(a.cluster, d.cluster, clusters);
  assert_memory_equal(a.seed, d.seed, seeds);
  assert_true(memcmp(a.cluster, c.cluster, clusters) != 0);
  assert_true(memcmp(a.seed, c.seed, seeds) != 0);
  fray_arena_free(&arena);
}

/* Counts of a multinomial: mean 1, variance 1 - 1/n, covariance of two members -1/n. */
static void counts_are_multinomial(void **state) {
  (void)state;
  enum { N = 8, ROWS = 12000 };
  struct fray_arena arena = {0};
  struct fray_resample r = resample(1, N, N, ROWS, &arena);
  size_t rows = fray_draws_crossed(ROWS);
  double square = 0, product = 0, across = 0;
  for (size_t i = 0; i < rows; i++) {
    square += (r.seed[i * N] - 1.0) * (r.seed[i * N] - 1.0);
    product += (r.seed[i * N] - 1.0) * (r.seed[i * N + 1] - 1.0);
    across += (r.seed[i * N] - 1.0) * (r.cluster[i * N] - 1.0); /* the factors are independent */
  }
  /* Four standard errors of 8,000 rows: 1.4 x 4 / 89 for the square, less for the products. */
  assert_near(square / (double)rows, 1 - 1.0 / N, 0.06);
  assert_near(product / (double)rows, -1.0 / N, 0.045);
  assert_near(across / (double)rows, 0, 0.045);
  fray_arena_free(&arena);
}

static void single_members_stay(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_resample r = resample(3, 1, 4, DRAWS, &arena);
  for (size_t i = 0; i < DRAWS; i++)
    assert_int_equal(r.seed[i], 1);
  fray_arena_free(&arena);
}

static void impossible_designs_are_refused(void **state) {
  (void)state;
  const struct {
    size_t seeds, clusters, draws;
    const char *says;
  } cases[] = {{0, 3, 600, "seeds, there are 0"},
               {3, 0, 600, "clusters of test samples, there are 0"},
               {3, 65536, 600, "there are 65536"},
               {3, 3, 59, "at least 60 draws, not 59"}};
  struct fray_arena arena = {0};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct fray_err err = {0};
    struct fray_resample r;
    assert_int_equal(
        fray_resample_make(1, cases[i].seeds, cases[i].clusters, cases[i].draws, &arena, &r, &err),
        FRAY_INPUT);
    assert_non_null(strstr(err.text, cases[i].says));
  }
  fray_arena_free(&arena);
}

/* The draws of make_uncertainty_golden.py. */
static void golden_draws(double v[DRAWS]) {
  uint64_t x = 12345;
  size_t crossed = fray_draws_crossed(DRAWS), alone = fray_draws_of_factor(DRAWS);
  for (size_t i = 0; i < DRAWS; i++) {
    uint64_t total = 0;
    for (int k = 0; k < 3; k++) {
      x = (1103515245 * x + 12345) % 2147483648u;
      total += x / 65536 % 256;
    }
    double scale = i < crossed ? 1.0 : i < crossed + alone ? 0.75 : 0.5;
    v[i] = 0.25 + scale * ((double)total / 768 - 0.5);
  }
}

static void student_as_scipy_has_it(void **state) {
  (void)state;
  double v[DRAWS], sum = 0;
  golden_draws(v);
  for (size_t i = 0; i < DRAWS; i++)
    sum += v[i];
  assert_near(sum, golden_draw_sum[0], 1e-10);
  struct fray_interval in = fray_interval_of(0.24, v, DRAWS, 9, 4);
  assert_int_equal(in.kind, FRAY_INTERVAL_T);
  assert_string_equal(in.status, "ok");
  assert_near(in.error, golden_student[0], 1e-12);
  assert_near(in.df, golden_student[1], 1e-9);
  assert_near(in.low, golden_student[2], 1e-9);
  assert_near(in.high, golden_student[3], 1e-9);
  assert_near(fray_p_value(0.24, &in, NULL, 0), golden_student[4], 1e-9);
}

static void percentiles_as_numpy_has_them(void **state) {
  (void)state;
  double v[DRAWS];
  golden_draws(v);
  struct fray_interval in = fray_interval_of(0.24, v, DRAWS, 12, 40);
  assert_int_equal(in.kind, FRAY_INTERVAL_PERCENTILE);
  assert_near(in.error, golden_percentile[0], 1e-12);
  assert_near(in.df, golden_percentile[1], 1e-9);
  assert_near(in.low, golden_percentile[2], 1e-9);
  assert_near(in.high, golden_percentile[3], 1e-9);
  assert_near(fray_p_value(0.24, &in, v, DRAWS), golden_percentile[4], 1e-9);
}

/* Of 6, 10 and 48 people nobody: Clopper and Pearson's upper ends (scipy.stats.binomtest(0,
 * n).proportion_ci()), and the same from 1 downwards. What is not known stays so. */
static void shares_of_nobody_are_bounded(void **state) {
  (void)state;
  static const struct {
    size_t n;
    double high;
  } cases[] = {{6, 0.45925812644}, {10, 0.30849710782}, {48, 0.07397278535}};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    struct fray_interval none = {.low = 0, .high = 0}, all = {.low = 1, .high = 1};
    fray_interval_bound_share(0, cases[k].n, &none);
    fray_interval_bound_share(1, cases[k].n, &all);
    assert_true(none.low == 0 && fabs(none.high - cases[k].high) < 1e-9);
    assert_true(all.high == 1 && fabs(all.low - (1 - cases[k].high)) < 1e-9);
  }
  struct fray_interval wide = {.low = -0.1, .high = 1.2}, unknown = {.low = NAN, .high = NAN};
  fray_interval_bound_share(0.5, 6, &wide);
  fray_interval_bound_share(0.5, 6, &unknown);
  assert_true(wide.low == 0 && wide.high == 1);
  assert_true(isnan(unknown.low) && isnan(unknown.high));
}

static void seeds_alone_as_scipy_has_them(void **state) {
  (void)state;
  const double value[] = {0.71, NAN, 0.74, 0.69, 0.75}, two[] = {0.71, 0.74, NAN};
  struct fray_interval in = fray_interval_of_seeds(value, 5);
  assert_int_equal(in.kind, FRAY_INTERVAL_SEEDS);
  assert_near(in.low, golden_seeds[0], 1e-12);
  assert_near(in.high, golden_seeds[1], 1e-12);
  assert_near(in.error, golden_seeds[2], 1e-15);
  in = fray_interval_of_seeds(two, 3);
  assert_int_equal(in.kind, FRAY_INTERVAL_NONE);
  assert_string_equal(in.status, "fewer than 3 seeds");
  assert_true(isnan(fray_p_value(0.7, &in, NULL, 0)));
}

static void tails_as_scipy_has_them(void **state) {
  (void)state;
  const double at[][2] = {{0.5, 1}, {2, 4.5}, {6, 30}, {2, INFINITY}};
  for (size_t i = 0; i < 4; i++)
    assert_near(fray_student_tail(at[i][0], at[i][1]), golden_tail[i],
                1e-9 * golden_tail[i] + 1e-9 * (i == 3));
  assert_true(isnan(fray_student_tail(-1, 3)));
  assert_true(isnan(fray_student_tail(1, 0)));
}

/* Draws of the mean of a table, all made by the library's own rows. */
static void draws_of_mean(const double *table, const struct fray_resample *r, double *out) {
  for (size_t i = 0; i < r->draws; i++) {
    const uint16_t *seed = r->seed + i * r->n_seeds, *cluster = r->cluster + i * r->n_clusters;
    out[i] = 0;
    for (size_t s = 0; s < r->n_seeds; s++)
      for (size_t c = 0; c < r->n_clusters; c++)
        out[i] += seed[s] * cluster[c] * table[s * r->n_clusters + c];
    out[i] /= (double)(r->n_seeds * r->n_clusters);
  }
}

/* A table a_s + b_c without interaction: variance of the mean = var(a)/S + var(b)/C with the sample
 * variances (n - 1). a = 0 1 2 3 (var 5/3), b = 0 0 6 6 0 6 (var 54/5 = 10.8):
 * 5/12 + 10.8/6 = 2.21667. Without correction the bootstrap would say (3/4) 5/12 + (5/6) 1.8. */
static void standard_error_of_a_sum_of_effects(void **state) {
  (void)state;
  enum { S = 4, C = 6, MANY = 60000 };
  const double a[S] = {0, 1, 2, 3}, b[C] = {0, 0, 6, 6, 0, 6};
  static double draw[MANY];
  double table[S * C];
  for (size_t i = 0; i < S * C; i++)
    table[i] = a[i / C] + b[i % C];
  struct fray_arena arena = {0};
  struct fray_resample r = resample(5, S, C, MANY, &arena);
  draws_of_mean(table, &r, draw);
  struct fray_interval in = fray_interval_of(4.5, draw, MANY, S, C);
  assert_near(in.error * in.error, 5.0 / 12 + 10.8 / 6, 0.06); /* 10,000 draws: 1.4 % */
  /* Satterthwaite: 2.21667^2 / ((5/12)^2/3 + 1.8^2/5) = 7.0 */
  assert_near(in.df, 4.9136 / (0.057870 + 0.648), 0.4);
  fray_arena_free(&arena);
}

/* (-1)^(s+c): no row and no column differs from another, only the cells do. Their mean square is 1,
 * so by the rule of n - 1 the mean of S x C has the variance 1/((S - 1)(C - 1)). */
static void cells_alone_still_vary(void **state) {
  (void)state;
  enum { S = 6, C = 8, MANY = 12000 };
  static double draw[MANY];
  double table[S * C];
  for (size_t i = 0; i < S * C; i++)
    table[i] = (i / C + i % C) % 2 ? -1 : 1;
  struct fray_arena arena = {0};
  struct fray_resample r = resample(5, S, C, MANY, &arena);
  draws_of_mean(table, &r, draw);
  struct fray_interval in = fray_interval_of(0, draw, MANY, S, C);
  assert_near(in.error * in.error, 1.0 / 35, 0.004); /* 8,000 draws, heavy tails: four errors */
  assert_near(in.df, 35, 0.01);
  fray_arena_free(&arena);
}

/* Cells as a hash makes them: independent, of variance 1/12, so that the mean of 48 has 1/576. The
 * floor keeps the estimate above that; draws that are crossed alone would say 3/576. */
static void interaction_is_not_counted_three_times(void **state) {
  (void)state;
  enum { S = 6, C = 8, MANY = 12000 };
  static double draw[MANY];
  double table[S * C];
  struct fray_arena arena = {0};
  struct fray_resample r = resample(5, S, C, MANY, &arena);
  double ratio = 0;
  for (size_t repeat = 0; repeat < 40; repeat++) {
    for (size_t i = 0; i < S * C; i++)
      table[i] = (double)((repeat * 48 + i) * 2654435761u % 65536) / 65536;
    draws_of_mean(table, &r, draw);
    struct fray_interval in = fray_interval_of(0.5, draw, MANY, S, C);
    ratio += in.error * in.error * 48 * 12 / 40;
  }
  assert_in_range((long)(100 * ratio), 90,
                  170); /* the floor keeps it above 1; three would be 300 */
  fray_arena_free(&arena);
}

static void too_little_is_said_so(void **state) {
  (void)state;
  double v[DRAWS];
  golden_draws(v);
  const struct {
    size_t seeds, clusters;
    enum fray_interval_kind kind;
    double df;
    const char *status;
  } cases[] = {{1, 6, FRAY_INTERVAL_T, 5, "single seed: clusters only"},
               {1, 30, FRAY_INTERVAL_PERCENTILE, 29, "single seed: clusters only"},
               {4, 1, FRAY_INTERVAL_T, 3, "single cluster: seeds only"},
               {2, 1, FRAY_INTERVAL_T, 1, "single cluster, two seeds: very wide"},
               {1, 2, FRAY_INTERVAL_T, 1, "single seed, two clusters: very wide"},
               {2, 30, FRAY_INTERVAL_T, 1, "two seeds: very wide"},
               {30, 2, FRAY_INTERVAL_T, 1, "two clusters: very wide"}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct fray_interval in = fray_interval_of(0.2, v, DRAWS, cases[i].seeds, cases[i].clusters);
    assert_int_equal(in.kind, cases[i].kind);
    assert_near(in.df, cases[i].df, 0);
    assert_string_equal(in.status, cases[i].status);
    assert_true(in.low < 0.2 && in.high > 0.2);
  }
}

static void nothing_is_said_without_draws(void **state) {
  (void)state;
  double v[DRAWS];
  golden_draws(v);
  assert_string_equal(fray_interval_of(0.2, v, DRAWS, 1, 1).status, "single seed and cluster");
  assert_string_equal(fray_interval_of(NAN, v, DRAWS, 5, 9).status, "undefined");
  assert_string_equal(fray_interval_of(0.2, NULL, 0, 5, 9).status, "no predictions");
  assert_string_equal(fray_interval_of(0.2, v, DRAWS, 5, 0).status, "no predictions");
  assert_string_equal(fray_interval_of(0.2, v, 59, 5, 9).status, "few draws are defined");
  for (size_t i = 0; i < 20; i++)
    v[i] = NAN; /* 5 % of the 400 crossed ones */
  assert_int_equal(fray_interval_of(0.2, v, DRAWS, 5, 9).kind, FRAY_INTERVAL_T);
  v[20] = NAN;
  struct fray_interval in = fray_interval_of(0.2, v, DRAWS, 5, 9);
  assert_string_equal(in.status, "few draws are defined");
  assert_int_equal(in.kind, FRAY_INTERVAL_NONE);
  assert_true(isnan(in.low) && isnan(in.high) && isnan(in.error) && isnan(in.df));
  assert_true(isnan(fray_p_value(0.2, &in, v, DRAWS)));
}

static void constant_draws_have_no_width(void **state) {
  (void)state;
  double v[DRAWS];
  for (size_t i = 0; i < DRAWS; i++)
    v[i] = 1;
  struct fray_interval in = fray_interval_of(1, v, DRAWS, 20, 40);
  assert_true(in.low == 1 && in.high == 1 && in.error == 0);
  assert_string_equal(in.status, "no variation");
  assert_true(fray_p_value(1, &in, v, DRAWS) == 0);
  /* What cannot differ has no p, so that Holm's family is the smaller by it. */
  assert_true(isnan(fray_p_value(0, &in, v, DRAWS)));
  const double p[3] = {0.02, fray_p_value(0, &in, v, DRAWS), 0.04};
  double adjusted[3];
  assert_int_equal(fray_holm(p, 3, adjusted, NULL), FRAY_OK);
  assert_near(adjusted[0], 0.04, 1e-15);
  assert_true(isnan(adjusted[1]));
  assert_near(adjusted[2], 0.04, 1e-15);
}

/* The interval reaches 0 exactly where p reaches 0.05, whatever its kind. */
static void p_and_interval_agree(void **state) {
  (void)state;
  double v[DRAWS], moved[DRAWS];
  golden_draws(v);
  const size_t designs[][2] = {{3, 9}, {12, 40}, {1, 30}, {1, 5}, {2, 7}};
  size_t inside = 0, outside = 0;
  for (size_t k = 0; k < FRAY_COUNT(designs); k++)
    for (int shift = -800; shift <= 800; shift++) {
      double by = shift / 1000.0 - 0.25;
      for (size_t i = 0; i < DRAWS; i++)
        moved[i] = v[i] + by;
      struct fray_interval in =
          fray_interval_of(0.25 + by, moved, DRAWS, designs[k][0], designs[k][1]);
      double p = fray_p_value(0.25 + by, &in, moved, DRAWS);
      bool apart = in.low > 0 || in.high < 0;
      assert_true(p >= 0 && p <= 1 && apart == (p < 0.05));
      inside += !apart;
      outside += apart;
    }
  assert_true(inside > 1000 && outside > 1000);
}

/* Farther from 0 p only falls. Beyond the draws it is t's, so that what lies ten errors away is
 * resolved among a hundred numbers, which 2,000 draws by themselves could not say of anything. */
static void p_falls_beyond_the_draws(void **state) {
  (void)state;
  enum { FAMILY = 100 };
  double v[DRAWS], moved[DRAWS], last = 1, family[FAMILY];
  golden_draws(v);
  for (int shift = 0; shift <= 2000; shift++) {
    double by = shift / 1000.0;
    for (size_t i = 0; i < DRAWS; i++)
      moved[i] = v[i] + by;
    struct fray_interval in = fray_interval_of(0.25 + by, moved, DRAWS, 12, 40);
    double p = fray_p_value(0.25 + by, &in, moved, DRAWS);
    assert_true(p > 0 && p <= last + 1e-12);
    last = p;
    for (size_t i = 0; shift == 2000 && i < DRAWS; i++)
      moved[i] = -moved[i];
    if (shift < 2000)
      continue;
    assert_near(p, 2 * fray_student_tail(2.25 / in.error, in.df), 1e-15);
    in = fray_interval_of(-2.25, moved, DRAWS, 12, 40); /* on the other side, as well */
    assert_near(fray_p_value(-2.25, &in, moved, DRAWS), p, 1e-12);
  }
  for (size_t i = 0; i < FAMILY; i++)
    family[i] = i ? 0.9 : last;
  assert_int_equal(fray_holm(family, FAMILY, family, NULL), FRAY_OK);
  assert_true(family[0] < 0.05);
}

/* p = .01 .04 .03 .005: sorted .005 x 4 = .02, .01 x 3 = .03, .03 x 2 = .06, .04 x 1 -> .06. */
static void holm_by_hand(void **state) {
  (void)state;
  double p[] = {0.01, 0.04, NAN, 0.03, 0.005};
  const double expected[] = {0.03, 0.06, NAN, 0.06, 0.02};
  OK(fray_holm(p, 5, p, &err));
  for (size_t i = 0; i < 5; i++)
    assert_true(isnan(expected[i]) ? isnan(p[i]) : fabs(p[i] - expected[i]) < 1e-15);
  const double large[] = {0.6, 0.5}, equal[] = {0.02, 0.02, 0.02};
  double out[3];
  OK(fray_holm(large, 2, out, &err));
  assert_true(out[0] == 1 && out[1] == 1);
  OK(fray_holm(equal, 3, out, &err));
  for (size_t i = 0; i < 3; i++)
    assert_near(out[i], 0.06, 1e-15);
  OK(fray_holm(NULL, 0, NULL, &err));
}

static void holm_refuses_what_is_no_probability(void **state) {
  (void)state;
  const double p[] = {0.2, 1.5};
  double out[2] = {7, 7};
  struct fray_err err = {0};
  assert_int_equal(fray_holm(p, 2, out, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "p-value 1 is 1.5"));
  assert_true(out[0] == 7 && out[1] == 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_hold_as_many_as_there_are),
      cmocka_unit_test(draws_of_a_factor_do_not_depend_on_the_other),
      cmocka_unit_test(counts_are_multinomial),
      cmocka_unit_test(single_members_stay),
      cmocka_unit_test(impossible_designs_are_refused),
      cmocka_unit_test(student_as_scipy_has_it),
      cmocka_unit_test(percentiles_as_numpy_has_them),
      cmocka_unit_test(seeds_alone_as_scipy_has_them),
      cmocka_unit_test(shares_of_nobody_are_bounded),
      cmocka_unit_test(tails_as_scipy_has_them),
      cmocka_unit_test(standard_error_of_a_sum_of_effects),
      cmocka_unit_test(cells_alone_still_vary),
      cmocka_unit_test(interaction_is_not_counted_three_times),
      cmocka_unit_test(too_little_is_said_so),
      cmocka_unit_test(nothing_is_said_without_draws),
      cmocka_unit_test(constant_draws_have_no_width),
      cmocka_unit_test(p_and_interval_agree),
      cmocka_unit_test(p_falls_beyond_the_draws),
      cmocka_unit_test(holm_by_hand),
      cmocka_unit_test(holm_refuses_what_is_no_probability),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
