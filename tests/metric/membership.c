/* Membership inference: operating points and LiRA against tests/fixtures/membership.json, and laws
 * of attacks and of who is held out. */
#include "fray/metric/membership.h"
#include "../ok.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "membership.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 4096 };

static struct fray_arena arena;
static struct fray_node *fixture;

static int begin(void **state) {
  (void)state; /* JSON is YAML */
  OK(fray_yaml_load(FRAY_SOURCE_DIR "/tests/fixtures/membership.json", &arena, &fixture, &err));
  return 0;
}

static int end(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return 0;
}

static double real(const struct fray_node *node) {
  double value = NAN;
  assert_non_null(node);
  assert_true(fray_node_real(node, &value));
  return value;
}

static size_t reals(const struct fray_node *list, double *out) {
  size_t n = 0;
  assert_non_null(list);
  for (const struct fray_node *k = list->child; k; k = k->next)
    out[n++] = real(k);
  return n;
}

static double lira(const char *name) {
  return real(fray_node_get(fray_node_get(fixture, "lira"), name));
}

static void near(double got, double want, double within) {
  if (!(fabs(got - want) <= within))
    fail_msg("%.17g, not %.17g", got, want);
}

static struct fray_roc roc_of(size_t n, const double *score, const uint8_t *member) {
  struct fray_roc roc;
  OK(fray_roc_make(n, score, member, &arena, &roc, &err));
  return roc;
}

static void operating_points(void **state) {
  (void)state;
  static double score[MOST], want[2];
  static uint8_t member[MOST];
  size_t cases = 0;
  for (const struct fray_node *c = fray_node_get(fixture, "roc")->child; c; c = c->next, cases++) {
    const size_t in = reals(fray_node_get(c, "member"), score);
    const size_t n = in + reals(fray_node_get(c, "nonmember"), score + in);
    for (size_t i = 0; i < n; i++)
      member[i] = i < in;
    const struct fray_roc roc = roc_of(n, score, member);
    assert_true(roc.auc == real(fray_node_get(c, "auc")));
    near(roc.advantage, real(fray_node_get(c, "advantage")), 1e-12);
    const struct fray_node *tpr = fray_node_get(c, "tpr_at_fpr"), *point;
    for (const struct fray_node *t = tpr->child; t; t = t->next)
      assert_true(fray_roc_tpr(&roc, strtod(t->key, NULL)) == real(t));
    point = fray_node_get(c, "points");
    assert_int_equal(roc.n, point->n);
    point = point->child;
    for (size_t i = 0; i < roc.n; i++, point = point->next) {
      reals(point, want);
      assert_true(roc.point[i].fpr == want[0] && roc.point[i].tpr == want[1]);
    }
  }
  assert_int_equal(cases, 6);
}

/* Of nobody there is no rate; what has no score takes no part. */
static void nobody(void **state) {
  (void)state;
  const double score[] = {3, NAN, 1, 2};
  const uint8_t in[] = {1, 1, 1, 1}, some[] = {1, 0, 0, 0};
  struct fray_roc roc = roc_of(4, score, in);
  assert_true(isnan(roc.auc) && isnan(roc.advantage) && roc.n == 0 && roc.members == 3);
  assert_true(isnan(fray_roc_tpr(&roc, 0.5)));
  roc = roc_of(4, score, some);
  assert_true(roc.auc == 1 && roc.members == 1 && roc.nonmembers == 2);
}

static void ratios(void **state) {
  (void)state;
  const struct fray_node *n = fray_node_get(fixture, "lira");
  double in[8], out[8], p[8], phi = lira("logit_target");
  const size_t k = reals(fray_node_get(n, "logit_in"), in);
  assert_int_equal(reals(fray_node_get(n, "logit_out"), out), k);
  assert_int_equal(reals(fray_node_get(n, "p_in"), p), k);
  for (size_t i = 0; i < k; i++) { /* two classes: log p - log(1 - p) */
    const double logits[] = {log(p[i]), log(1 - p[i])};
    near(fray_log_odds(2, logits, 0), in[i], 1e-9);
  }
  struct fray_lira_fit fit = {fray_lira_centre(FRAY_CENTRE_MEAN, k, in), fray_lira_deviation(k, in),
                              fray_lira_centre(FRAY_CENTRE_MEAN, k, out),
                              fray_lira_deviation(k, out)};
  near(fit.in, lira("mean_in"), 1e-9);
  near(fit.out, lira("mean_out"), 1e-9);
  near(fit.s_in, lira("std_in"), 1e-9);
  near(fit.s_out, lira("std_out"), 1e-9);
  near(fray_lira_online(phi, &fit), lira("online_log_ratio"), 1e-9);
  near(exp(fray_lira_online(phi, &fit)), lira("online_ratio"), 1e-6);
  near(erfc(-fray_lira_offline(phi, &fit) / sqrt(2)) / 2, lira("offline_one_sided"), 1e-9);
  fit.in = fray_lira_centre(FRAY_CENTRE_MEDIAN, k, in);
  fit.out = fray_lira_centre(FRAY_CENTRE_MEDIAN, k, out);
  near(fit.in, lira("median_in"), 1e-9);
  near(fit.out, lira("median_out"), 1e-9);
  near(fray_lira_online(phi, &fit), lira("online_log_ratio_median"), 1e-9);
}

static void odds(void **state) {
  (void)state;
  const struct fray_node *n = fray_node_at(fixture, "lira.stable_logit");
  const struct fray_node *row = fray_node_get(n, "logits")->child;
  const struct fray_node *label = fray_node_get(n, "label")->child;
  const struct fray_node *phi = fray_node_get(n, "phi")->child;
  double logits[8];
  for (; row; row = row->next, label = label->next, phi = phi->next) {
    const size_t classes = reals(row, logits);
    near(fray_log_odds(classes, logits, (size_t)real(label)), real(phi), 1e-9);
  }
  const double sure[] = {2000, 0}, broken[] = {1, INFINITY};
  assert_true(fray_log_odds(2, sure, 0) == 2000 && isnan(fray_log_odds(2, broken, 0)));
}

/* The fixture's sample among shadows of a cell: leave one out, with deviations of its own. */
static void leave_one_out(void **state) {
  (void)state;
  double in[8], out[8], score[2];
  float phi[18];
  uint8_t member[18];
  const struct fray_node *n = fray_node_get(fixture, "lira");
  const size_t k = reals(fray_node_get(n, "logit_in"), in);
  reals(fray_node_get(n, "logit_out"), out);
  assert_int_equal(k, 4);
  for (size_t t = 0; t < 9; t++) { /* the second sample was never there */
    phi[2 * t] = t == 8 ? (float)lira("logit_target") : (float)(t < 4 ? in[t] : out[t - 4]);
    member[2 * t] = t < 4;
    phi[2 * t + 1] = NAN;
    member[2 * t + 1] = 0;
  }
  const struct fray_shadows shadows = {9, 2, phi, member};
  struct fray_membership_config config = {.deviation = FRAY_DEVIATION_EACH};
  OK(fray_lira_scores(&config, &shadows, 8, true, &arena, score, &err));
  near(score[0], lira("online_log_ratio"), 1e-5); /* phi is kept as float */
  assert_true(isnan(score[1]));
  config.centre = FRAY_CENTRE_MEDIAN;
  OK(fray_lira_scores(&config, &shadows, 8, true, &arena, score, &err));
  near(score[0], lira("online_log_ratio_median"), 1e-5);
  OK(fray_lira_scores(&config, &shadows, 8, false, &arena, score, &err));
  near(score[0], (lira("logit_target") - lira("median_out")) / lira("std_out"), 1e-5);
  /* With one sample to pool over, the deviation is its own with ddof 1. */
  config = (struct fray_membership_config){0};
  OK(fray_lira_scores(&config, &shadows, 8, false, &arena, score, &err));
  near(score[0], (lira("logit_target") - lira("mean_out")) / (lira("std_out") * sqrt(4.0 / 3.0)),
       1e-5);
}

/* Samples differ in how easy they are and members are answered a little better: LiRA finds what one
 * threshold for all cannot. With nothing to find, no attack finds anything. */
static void shadows_help(void **state) {
  (void)state;
  enum { TRIALS = 16, SAMPLES = 200 };
  static float phi[TRIALS * SAMPLES];
  static uint8_t member[TRIALS * SAMPLES];
  static double score[SAMPLES];
  for (int tell = 0; tell < 2; tell++) {
    double sum[3] = {0};
    for (size_t i = 0; i < SAMPLES; i++) {
      struct fray_rng rng = fray_rng_for(7, "test/membership", i, 0, 0);
      const double easy = 4 * fray_rng_normal(&rng);
      for (size_t t = 0; t < TRIALS; t++) {
        member[t * SAMPLES + i] = fray_rng_uniform(&rng) < 0.5;
        phi[t * SAMPLES + i] =
            (float)(easy + fray_rng_normal(&rng) + tell * member[t * SAMPLES + i]);
      }
    }
    const struct fray_shadows shadows = {TRIALS, SAMPLES, phi, member};
    const struct fray_membership_config config = {0};
    for (size_t t = 0; t < TRIALS; t++)
      for (int attack = 0; attack < 3; attack++) {
        for (size_t i = 0; i < SAMPLES; i++)
          score[i] = (double)phi[t * SAMPLES + i];
        if (attack)
          OK(fray_lira_scores(&config, &shadows, t, attack == 2, &arena, score, &err));
        sum[attack] += roc_of(SAMPLES, score, member + t * SAMPLES).auc / TRIALS;
      }
    for (int attack = 0; attack < 3; attack++) /* .5 within five deviations of such a mean */
      assert_true(tell || fabs(sum[attack] - 0.5) < 5 * 0.041 / 4);
    assert_true(!tell || (sum[0] < 0.6 && sum[1] > 0.68 && sum[2] > sum[1] - 0.02));
  }
}

/* By seed and source alone, as many as were asked for, and nested. */
static void held_out(void **state) {
  (void)state;
  enum { N = 101 };
  uint64_t source[N], turned[N];
  uint8_t half[N] = {0}, more[N] = {0}, other[N] = {0}, again[N] = {0};
  size_t n = 0, same = 0;
  for (size_t i = 0; i < N; i++) {
    source[i] = 1000 + 17 * i;
    turned[N - 1 - i] = source[i];
  }
  OK(fray_membership_hold_out(0.5, 3, N, source, &arena, half, &err));
  OK(fray_membership_hold_out(0.7, 3, N, source, &arena, more, &err));
  OK(fray_membership_hold_out(0.5, 4, N, source, &arena, other, &err));
  OK(fray_membership_hold_out(0.5, 3, N, turned, &arena, again, &err));
  for (size_t i = 0; i < N; i++) {
    n += half[i];
    same += half[i] == other[i];
    assert_true(more[i] >= half[i] && again[N - 1 - i] == half[i]);
  }
  assert_int_equal(n, 50);
  assert_true(same > 20 && same < 80);
}

int membership_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(operating_points), cmocka_unit_test(nobody),
      cmocka_unit_test(ratios),           cmocka_unit_test(odds),
      cmocka_unit_test(leave_one_out),    cmocka_unit_test(shadows_help),
      cmocka_unit_test(held_out),
  };
  return cmocka_run_group_tests_name("membership", tests, begin, end);
}
