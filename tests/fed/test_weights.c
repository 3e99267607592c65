/* Weights of methods that weigh all updates at once, by themselves: against other ways to compute
 * them, and where numbers are extreme. */
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/fed/algorithm.h"
#include "ok.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 7 };

/* A method with its parameters, and a round of all clients. */
struct scene {
  struct fray_arena arena;
  struct fray_server_config server;
  const struct fray_algorithm_ops *ops;
  double number[3 * N], said[N][2], weight[N];
  struct fray_member member[N];
  struct fray_server_round round;
};

static const int32_t group_of[N] = {0, 0, 1, 1, 1, 2, 2};
static const uint32_t samples_of[N] = {1, 5, 2, 8, 3, 40, 6};

static void open_scene(struct scene *s, const char *yaml) {
  struct fray_node *node;
  const struct fray_roster roster = {
      .clients = N, .groups = 3, .group = group_of, .samples = samples_of};
  *s = (struct scene){
      .round = {.round = 1, .updates = N, .clients = N, .groups = 3, .local_lr = 0.1}};
  OK(fray_yaml_parse(yaml, "test", &s->arena, &node, &err));
  OK(fray_schema_read(&fray_server_table, node, "", &s->server, &s->arena, &err));
  s->ops = fray_algorithm_of(&s->server);
  s->round.number = s->number;
  for (uint32_t c = 0; c < N; c++)
    s->member[c] = (struct fray_member){
        .client = c, .group = group_of[c], .samples = samples_of[c], .number = s->said[c]};
  if (s->ops->start)
    s->ops->start(s->server.algorithm.params, &roster, 0, NULL, s->number);
}

/* Of the first n members. */
static void weigh(struct scene *s, size_t n) {
  s->ops->weigh(s->server.algorithm.params, &s->round, n, s->member, s->weight);
}

static double sum_of(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += x[i];
  return sum;
}

static int downwards(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}

/* Duchi et al. 2008, by sorting. */
static void project(double *v) {
  double sorted[N], sum = 0, level = 0;
  memcpy(sorted, v, sizeof sorted);
  qsort(sorted, N, sizeof *sorted, downwards);
  for (size_t k = 0; k < N; k++) {
    sum += sorted[k];
    if (sorted[k] > (sum - 1) / (double)(k + 1))
      level = (sum - 1) / (double)(k + 1);
  }
  for (size_t k = 0; k < N; k++)
    v[k] = fmax(v[k] - level, 0);
}

/* A hundred rounds of random losses: weights go to 0 and come back. */
static void afl_stays_on_the_simplex(void **state) {
  (void)state;
  struct scene s;
  struct fray_rng rng = fray_rng_for(1, "test", 0, 0, 0);
  double expected[N];
  size_t zeros = 0;
  open_scene(&s, "{algorithm: afl, lr_lambda: 0.4}");
  for (size_t c = 0; c < N; c++)
    expected[c] = 1.0 / N;
  for (size_t r = 0; r < 100; r++) {
    for (size_t c = 0; c < N; c++)
      s.said[c][0] = fabs(fray_rng_normal(&rng));
    weigh(&s, N);
    for (size_t c = 0; c < N; c++) /* the old ones decide */
      assert_true(fabs(s.weight[c] - expected[c]) < 1e-12);
    for (size_t c = 0; c < N; c++)
      expected[c] += 0.4 * s.said[c][0];
    project(expected);
    for (size_t c = 0; c < N; c++) {
      assert_true(fabs(s.number[c] - expected[c]) < 1e-12);
      zeros += s.number[c] == 0;
    }
  }
  assert_true(zeros > 20 && zeros < 100 * (N - 1));
  fray_arena_free(&s.arena);
}

/* Who does not count leaves its weight to the others for the round, and keeps it. */
static void afl_bears_who_is_missing(void **state) {
  (void)state;
  struct scene s;
  open_scene(&s, "{algorithm: afl, lr_lambda: 0}");
  for (size_t c = 0; c < N; c++)
    s.number[c] = (double)(c + 1) / 28;
  weigh(&s, 4);
  for (size_t c = 0; c < 4; c++)
    assert_true(fabs(s.weight[c] - (double)(c + 1) / 10) < 1e-12);
  assert_true(fabs(sum_of(s.number, N) - 1) < 1e-12);
  fray_arena_free(&s.arena);
}

/* q by hand for two rounds, the second without group 2, whose factor stays. */
static void groupdro_by_hand(void **state) {
  (void)state;
  struct scene s;
  const double loss[3] = {0.5, 2, 1}, samples[3] = {6, 13, 46};
  double q[3] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
  open_scene(&s, "{algorithm: groupdro, group: any, eta: 0.7}");
  for (size_t c = 0; c < N; c++)
    s.said[c][0] = loss[group_of[c]];
  for (size_t round = 0; round < 2; round++) {
    const size_t n = round ? 5 : N, groups = round ? 2 : 3;
    double all = 0, here = 0;
    weigh(&s, n);
    for (size_t g = 0; g < groups; g++)
      q[g] *= exp(0.7 * loss[g]);
    for (size_t g = 0; g < 3; g++)
      all += q[g];
    for (size_t g = 0; g < 3; g++)
      q[g] /= all;
    for (size_t g = 0; g < groups; g++)
      here += q[g];
    for (size_t g = 0; g < 3; g++)
      assert_true(fabs(s.number[g] - q[g]) < 1e-12);
    for (size_t c = 0; c < n; c++) {
      const double share = (double)samples_of[c] / samples[group_of[c]];
      assert_true(fabs(s.weight[c] - q[group_of[c]] * share / here) < 1e-12);
    }
  }
  fray_arena_free(&s.arena);
}

/* Losses as large as they get: weights are numbers that sum to 1, and a group that had next to none
 * of them can have all of them in the next round. */
static void groupdro_does_not_overflow(void **state) {
  (void)state;
  struct scene s;
  open_scene(&s, "{algorithm: groupdro, group: any, eta: 1000}");
  for (size_t r = 0; r < 3; r++) {
    for (size_t c = 0; c < N; c++)
      s.said[c][0] = group_of[c] == (int32_t)r ? 1e6 : 1;
    weigh(&s, N);
    assert_true(s.number[r] > 1 - 1e-9);
    assert_true(fabs(sum_of(s.weight, N) - 1) < 1e-12 && fabs(sum_of(s.number, 3) - 1) < 1e-12);
  }
  fray_arena_free(&s.arena);
}

/* A client without loss or without update, or with a loss beyond all bounds, does not break the
 * others. */
static void qfedavg_bears_zeros(void **state) {
  (void)state;
  static const char *const each[] = {"{algorithm: qfedavg, q: 0.2}", "{algorithm: qfedavg, q: 5}",
                                     "{algorithm: qfedavg, q: 0}", "{algorithm: qfedavg, q: 15}"};
  for (size_t k = 0; k < FRAY_COUNT(each); k++) {
    struct scene s;
    open_scene(&s, each[k]);
    for (size_t c = 0; c < N; c++) {
      s.said[c][0] = c ? 0.5 : 0;
      s.said[c][1] = c == 2 || c == 0 ? 0 : 0.01;
    }
    s.said[N - 1][0] = k == 3 ? 1e200 : 0.5;
    weigh(&s, N);
    for (size_t c = 0; c < N; c++)
      assert_true(isfinite(s.weight[c]) && s.weight[c] >= 0 && s.weight[c] <= 1);
    assert_true(s.weight[1] >= s.weight[0]);
    fray_arena_free(&s.arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(afl_stays_on_the_simplex), cmocka_unit_test(afl_bears_who_is_missing),
      cmocka_unit_test(groupdro_by_hand),         cmocka_unit_test(groupdro_does_not_overflow),
      cmocka_unit_test(qfedavg_bears_zeros),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
