/* Coverage of the intervals by simulation: crossed data with a known truth, many times over. */
#include "../ok.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/metric/metric.h"
#include "fray/metric/resample.h"
#include "fray/metric/robustness.h"

#include <math.h>
#include <string.h>

enum { STRENGTHS = 4, DRAWS = 900, REPETITIONS = 1000, MOST_SEEDS = 20, MOST_CLUSTERS = 40 };
static const double strength[STRENGTHS] = {0, 0.2, 0.4, 0.6};
static const double truth[STRENGTHS] = {0.80, 0.72, 0.60, 0.45};
static const double chance = 0.1;

/* Deviations of the share that is right: of a seed, of a cluster, of both together; samples of a
 * cluster, each right or wrong. Four fifths of a deviation are common to the strengths and methods,
 * three fifths are their own, so that neither ratios nor differences are spared. */
struct law {
  const char *name;
  double seed, cluster, both;
  unsigned samples;
};
struct design {
  size_t n_seeds, n_clusters;
};

enum { METHODS = 2 };
struct data {
  unsigned samples;
  uint16_t right[METHODS][STRENGTHS][MOST_SEEDS][MOST_CLUSTERS];
};

static double normal(uint64_t key, const char *what, uint64_t who, uint64_t when) {
  struct fray_rng rng = fray_rng_for(key, what, who, when, 0);
  return fray_rng_normal(&rng);
}

static double deviation(uint64_t key, const char *what, uint64_t who, uint64_t when) {
  return 0.8 * normal(key, what, who, 0) + 0.6 * normal(key, what, who, 1 + when);
}

/* Of `samples`, a multiple of 4, each right with probability p; 16 bits decide each. */
static uint16_t count_right(struct fray_rng *rng, double p, unsigned samples) {
  unsigned limit = (unsigned)fmax(0, rint(65536 * p));
  uint16_t right = 0;
  for (unsigned k = 0; k < samples; k += 4) {
    uint64_t bits = fray_rng_u64(rng);
    for (int part = 0; part < 4; part++)
      right = (uint16_t)(right + ((bits >> (16 * part) & 65535) < limit));
  }
  return right;
}

static void make_cells(uint64_t key, const struct law *law, const struct design *d, size_t m,
                       size_t s, uint16_t out[MOST_SEEDS][MOST_CLUSTERS]) {
  uint64_t when = s * METHODS + m;
  double of_cluster[MOST_CLUSTERS];
  for (size_t j = 0; j < d->n_clusters; j++)
    of_cluster[j] = law->cluster * deviation(key, "cluster", j, when);
  for (size_t i = 0; i < d->n_seeds; i++) {
    double of_seed = law->seed * deviation(key, "seed", i, when);
    for (size_t j = 0; j < d->n_clusters; j++) {
      struct fray_rng rng = fray_rng_for(key, "cell", i, j, when);
      double p = truth[s] + of_seed + of_cluster[j] + law->both * fray_rng_normal(&rng);
      out[i][j] = count_right(&rng, p, law->samples);
    }
  }
}

/* Share of a draw. Sums of counts are at most 20 x 40, so 16 bits hold them. */
static double weighted(const struct data *data, size_t m, size_t s, const struct design *d,
                       const uint16_t *seed, const uint16_t *cluster) {
  uint16_t by_cluster[MOST_CLUSTERS] = {0};
  uint32_t sum = 0;
  for (size_t i = 0; i < d->n_seeds; i++)
    for (size_t j = 0; seed[i] && j < MOST_CLUSTERS; j++)
      by_cluster[j] = (uint16_t)(by_cluster[j] + seed[i] * data->right[m][s][i][j]);
  for (size_t j = 0; j < d->n_clusters; j++)
    sum += (uint32_t)cluster[j] * by_cluster[j];
  return sum / (double)(d->n_seeds * d->n_clusters * data->samples);
}

enum { MEAN, RAUC, DIFFERENCE, STATISTICS };
static void statistics_of(const struct data *data, const struct design *d, const uint16_t *seed,
                          const uint16_t *cluster, double *out, size_t stride) {
  double m[STRENGTHS];
  const char *status;
  for (size_t s = 0; s < STRENGTHS; s++)
    m[s] = weighted(data, 0, s, d, seed, cluster);
  struct fray_curve curve = {STRENGTHS, strength, m, chance};
  out[MEAN * stride] = m[0];
  out[RAUC * stride] = fray_rauc(&curve, true, &status);
  out[DIFFERENCE * stride] = m[0] - weighted(data, 1, 0, d, seed, cluster);
}

static double true_value(int statistic) {
  const char *status;
  struct fray_curve curve = {STRENGTHS, strength, truth, chance};
  return statistic == MEAN ? truth[0] : statistic == RAUC ? fray_rauc(&curve, true, &status) : 0;
}

struct tally {
  double covered, width;
};

static void repeat(uint64_t key, const struct law *law, const struct design *d,
                   const struct fray_resample *r, struct tally tally[STATISTICS]) {
  static struct data data;
  static double draw[STATISTICS][DRAWS];
  uint16_t ones[MOST_CLUSTERS];
  double value[STATISTICS];
  for (size_t j = 0; j < MOST_CLUSTERS; j++)
    ones[j] = 1;
  data.samples = law->samples;
  for (size_t s = 0; s < STRENGTHS; s++)
    make_cells(key, law, d, 0, s, data.right[0][s]);
  make_cells(key, law, d, 1, 0, data.right[1][0]);
  statistics_of(&data, d, ones, ones, value, 1);
  for (size_t i = 0; i < r->draws; i++)
    statistics_of(&data, d, r->seed + i * d->n_seeds, r->cluster + i * d->n_clusters, &draw[0][i],
                  DRAWS);
  for (int k = 0; k < STATISTICS; k++) {
    struct fray_interval in =
        fray_interval_of(value[k], draw[k], r->draws, d->n_seeds, d->n_clusters);
    tally[k].covered += in.low <= true_value(k) && true_value(k) <= in.high;
    tally[k].width += in.high - in.low;
  }
}

/* The lines printed here stand in docs/measures.md. */
static void simulate(const struct law *law, const struct design *d, size_t repetitions,
                     struct tally tally[STATISTICS]) {
  struct fray_arena arena = {0};
  struct fray_resample r;
  OK(fray_resample_make(1, d->n_seeds, d->n_clusters, DRAWS, &arena, &r, &err));
  memset(tally, 0, STATISTICS * sizeof *tally);
  for (size_t k = 0; k < repetitions; k++)
    repeat(k, law, d, &r, tally);
  print_message("| %zu, %zu | %s |", d->n_seeds, d->n_clusters, law->name);
  for (int k = 0; k < STATISTICS; k++) {
    tally[k].covered /= (double)repetitions;
    tally[k].width /= (double)repetitions;
    print_message(" %.1f (%.3f) |", 100 * tally[k].covered, tally[k].width);
  }
  print_message("\n");
  fray_arena_free(&arena);
}

static const struct law laws[] = {
    {"both vary", 0.03, 0.06, 0.02, 40},
    {"seeds vary", 0.04, 0.02, 0.01, 40},
    {"clusters vary", 0.005, 0.10, 0.02, 40},
};

static void covers_what_it_says(void **state) {
  (void)state;
  const struct design designs[] = {{3, 12}, {5, 9}, {5, 30}, {10, 20}, {20, 40}};
  for (size_t i = 0; i < FRAY_COUNT(designs); i++)
    for (size_t l = 0; l < FRAY_COUNT(laws); l++) {
      struct tally tally[STATISTICS];
      simulate(&laws[l], &designs[i], REPETITIONS, tally);
      for (int k = 0; k < STATISTICS; k++)
        assert_true(tally[k].covered >= 0.92 && tally[k].covered <= 0.98);
    }
}

/* Where neither seeds nor clusters differ, three estimates of one variance compete. */
static void errs_on_the_wide_side_where_all_is_noise(void **state) {
  (void)state;
  const struct law noise = {"only noise", 0, 0, 0, 12};
  const struct design designs[] = {{3, 12}, {5, 9}, {5, 30}, {10, 20}, {20, 40}};
  for (size_t i = 0; i < FRAY_COUNT(designs); i++) {
    struct tally tally[STATISTICS];
    simulate(&noise, &designs[i], REPETITIONS / 2, tally);
    for (int k = 0; k < STATISTICS; k++)
      assert_true(tally[k].covered >= 0.92);
  }
}

/* Two members of a factor: wide beyond use. One: nothing is known of that factor. */
static void says_where_it_cannot(void **state) {
  (void)state;
  const struct design two = {2, 30}, tiny = {2, 3}, one = {1, 12};
  struct tally tally[STATISTICS];
  simulate(&laws[0], &two, REPETITIONS / 2, tally);
  assert_true(tally[MEAN].covered > 0.98);
  simulate(&laws[0], &tiny, REPETITIONS / 2, tally);
  assert_true(tally[MEAN].covered > 0.98 && tally[MEAN].width > 0.5);
  simulate(&laws[1], &one, REPETITIONS / 2, tally);
  assert_true(tally[MEAN].covered < 0.92);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(covers_what_it_says),
      cmocka_unit_test(errs_on_the_wide_side_where_all_is_noise),
      cmocka_unit_test(says_where_it_cannot),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
