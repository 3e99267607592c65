/* Metrics of scores against scikit-learn (sklearn_constants.h), values worked out by hand, and
 * laws. */
#include "fray/metric/metric.h"

#include "sklearn_constants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* cmocka compares floats in single precision. */
#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const score_metrics[] = {"top2", "top3", "top5", "auc", "brier", "ece"};

static double value_of(const char *name, const struct fray_scored *scored, const char **status) {
  const struct fray_choice *metric = fray_choice_find(&fray_metrics, name);
  assert_non_null(metric);
  assert_true(fray_metric_needs_scores(metric));
  return fray_metric_value(metric, scored, status);
}

static void check(const char *name, const struct fray_scored *scored, double expected,
                  const char *expected_status) {
  const char *status = NULL;
  double value = value_of(name, scored, &status);
  assert_string_equal(status, expected_status);
  if (isnan(expected))
    assert_true(isnan(value));
  else
    assert_near(value, expected, 1e-12);
}

static struct fray_scored of_labels(size_t n, size_t classes, const float *score,
                                    const int32_t *label) {
  return (struct fray_scored){
      .n = n, .n_classes = classes, .samples = {.n = n, .score = score, .label = label}};
}

static const int32_t zeros[256];

static struct fray_scored of_sets(size_t n, size_t classes, const float *score,
                                  const uint8_t *labels) {
  return (struct fray_scored){
      .n = n,
      .n_classes = classes,
      .multi_label = true,
      .samples = {.n = n, .score = score, .label = zeros, .labels = labels}};
}

static void agrees(const struct fray_scored *scored, const struct sklearn_values *expected,
                   const char *auc_status, const char *top3_status) {
  check("auc", scored, expected->auc, auc_status);
  check("brier", scored, expected->brier, "ok");
  check("ece", scored, expected->ece, "ok");
  check("top3", scored, expected->top3, top3_status);
}

static void as_scikit_learn(void **state) {
  (void)state;
  struct fray_scored scored = of_labels(FOUR_N, FOUR_CLASSES, four_score, four_label);
  agrees(&scored, &four_values, "ok", "ok");
  check("top2", &scored, four_values.top2, "ok");
  scored = of_labels(ABSENT_N, ABSENT_CLASSES, absent_score, absent_label);
  agrees(&scored, &absent_values, "class absent", "ok");
  check("top2", &scored, absent_values.top2, "ok");
  scored = of_labels(BINARY_N, BINARY_CLASSES, binary_score, binary_label);
  agrees(&scored, &binary_values, "ok", "no more classes than that");
  check("top2", &scored, binary_values.top2, "no more classes than that");
  scored = of_sets(SETS_N, SETS_CLASSES, sets_score, sets_label);
  agrees(&scored, &sets_values, "class absent", "several labels");
}

/* Positives .8 .5 .5, negatives .5 .1: .8 beats both, each .5 ties with one and beats the other, so
 * 2 + 1.5 + 1.5 of 6 pairs. */
static void area_by_hand(void **state) {
  (void)state;
  const float score[] = {0.2f, 0.8f, 0.5f, 0.5f, 0.9f, 0.1f, 0.5f, 0.5f, 0.5f, 0.5f};
  const int32_t label[] = {1, 1, 0, 1, 0};
  struct fray_scored scored = of_labels(5, 2, score, label);
  check("auc", &scored, 5.0 / 6, "ok");
  const int32_t turned[] = {0, 0, 1, 0, 1};
  scored.samples.label = turned; /* the other class as the positive one: what is left to 1 */
  check("auc", &scored, 1.0 / 6, "ok");
  const int32_t alone[] = {1, 1, 1, 1, 1};
  scored.samples.label = alone;
  check("auc", &scored, NAN, "class absent");
}

/* Three classes, three samples: (.5 - 1)^2 + .25^2 + .25^2 = .375; the true class at 0, another at
 * 1: 2; 0. Mean 2.375 / 3. Of two classes the same error counts once: ((.75 - 1)^2 + 1) / 2. */
static void brier_by_hand(void **state) {
  (void)state;
  const float score[] = {0.5f, 0.25f, 0.25f, 1, 0, 0, 0, 0, 1}, two[] = {0.75f, 0.25f, 1, 0};
  const int32_t label[] = {0, 2, 2}, classes[] = {0, 1};
  struct fray_scored scored = of_labels(3, 3, score, label);
  check("brier", &scored, 2.375 / 3, "ok");
  scored = of_labels(2, 2, two, classes);
  check("brier", &scored, (0.0625 + 1) / 2, "ok");
  const uint8_t sets[] = {1, 1, 0, 1}; /* errors .25 .75 | 1 1 */
  scored = of_sets(2, 2, two, sets);
  check("brier", &scored, ((0.0625 + 0.5625) / 2 + 1) / 2, "ok");
}

/* Confidence .75 four times, three of them right, and 1 once, right: calibrated. Then the last one
 * wrong: its bin is off by 1, and holds a fifth. .6 = 9/15 rounded up to a float lies above the
 * bound and shares no bin with .59. */
static void calibration_by_hand(void **state) {
  (void)state;
  const float score[] = {0.75f, 0.25f, 0.75f, 0.25f, 0.25f, 0.75f, 0.75f, 0.25f, 1, 0};
  int32_t label[] = {0, 0, 1, 1, 0};
  struct fray_scored scored = of_labels(5, 2, score, label);
  check("ece", &scored, 0, "ok");
  label[4] = 1;
  check("ece", &scored, 0.2, "ok");
  const float edge[] = {0.6f, 0.4f, 0.59f, 0.41f};
  scored = of_labels(2, 2, edge, label);
  struct fray_calibration bins;
  const char *status;
  assert_true(fray_calibrate(&scored, &bins, &status));
  assert_true(bins.n[9] == 1 && bins.n[8] == 1 && bins.right[8] == 1 && bins.right[9] == 1);
  /* Sets: said {0}, {0}; probabilities of what is said 1 - .25, .75 | 1, 1: two right in bin 11. */
  const float sure[] = {0.25f, 0.75f, 0, 1};
  const uint8_t sets[] = {0, 1, 1, 1};
  scored = of_sets(2, 2, sure, sets);
  assert_true(fray_calibrate(&scored, &bins, &status));
  assert_true(bins.n[11] == 2 && bins.right[11] == 2 && bins.n[14] == 2 && bins.right[14] == 1);
  check("ece", &scored, (0.5 + 1) / 4, "ok");
}

/* Scores .4 .4 .2 | .2 .2 .2 ... : the first of equals stands first. */
static void top_by_hand(void **state) {
  (void)state;
  enum { N = 4, CLASSES = 6 };
  const float score[N * CLASSES] = {0.4f, 0.4f, 0.1f, 0.1f, 0,   0,   0.1f, 0.1f,
                                    0.2f, 0.2f, 0.2f, 0.2f, 0,   0,   0,    0,
                                    0,    1,    NAN,  NAN,  NAN, NAN, NAN,  NAN};
  const int32_t label[N] = {1, 4, 4, 0}; /* ranks 1, 2, 5 (of equals 0 1 2 3 4), never */
  struct fray_scored scored = of_labels(N, CLASSES, score, label);
  check("top2", &scored, 0.25, "ok");
  check("top3", &scored, 0.5, "ok");
  check("top5", &scored, 0.5, "ok");
  check("auc", &scored, NAN, "undefined score");
  check("brier", &scored, NAN, "undefined score");
  check("ece", &scored, NAN, "undefined score");
  scored = of_labels(FOUR_N, 4, four_score, four_label);
  check("top5", &scored, 1, "no more classes than that");
}

/* An area sees only the order: scores halved, and cubed where that keeps them apart. */
static void area_is_of_the_order(void **state) {
  (void)state;
  float halved[SETS_N * SETS_CLASSES], cubed[SETS_N * SETS_CLASSES], even[SETS_N * SETS_CLASSES];
  for (size_t i = 0; i < COUNT(halved); i++) {
    halved[i] = sets_score[i] / 2;
    cubed[i] = sets_score[i] * sets_score[i] * sets_score[i];
    even[i] = 0.25f;
  }
  struct fray_scored scored = of_sets(SETS_N, SETS_CLASSES, halved, sets_label);
  check("auc", &scored, sets_values.auc, "class absent");
  scored.samples.score = cubed;
  check("auc", &scored, sets_values.auc, "class absent");
  scored.samples.score = even;
  check("auc", &scored, 0.5, "class absent");
}

/* Weights count as repeats do, a mask and an unlabelled sample as absence; an order made before
 * gives the same; scratch memory is given back. */
static void weights_are_repeats(void **state) {
  (void)state;
  enum { K = FOUR_CLASSES };
  float score[3 * FOUR_N * K];
  int32_t label[3 * FOUR_N], marked[FOUR_N];
  uint16_t weight[FOUR_N];
  uint8_t mask[FOUR_N];
  size_t n = 0;
  for (size_t i = 0; i < FOUR_N; i++) {
    weight[i] = (uint16_t)(i * 7 % 4);
    mask[i] = i % 5 != 0;
    marked[i] = i % 11 == 3 ? -1 : four_label[i];
    for (size_t k = 0; k < weight[i] && mask[i] && marked[i] >= 0; k++, n++) {
      memcpy(score + n * K, four_score + i * K, K * sizeof *score);
      label[n] = four_label[i];
    }
  }
  const struct fray_scored repeated = of_labels(n, K, score, label);
  struct fray_scored weighted = of_labels(FOUR_N, K, four_score, marked);
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  weighted.n = n;
  weighted.samples.weight = weight;
  weighted.samples.mask = mask;
  for (int ordered = 0; ordered < 2; ordered++) {
    for (size_t m = 0; m < COUNT(score_metrics); m++) {
      const char *status, *expected_status;
      const double expected = value_of(score_metrics[m], &repeated, &expected_status);
      const size_t used = arena.used;
      assert_near(value_of(score_metrics[m], &weighted, &status), expected, 1e-14);
      assert_string_equal(status, expected_status);
      assert_int_equal(arena.used, used);
    }
    weighted.samples.work = &arena;
    assert_int_equal(fray_score_order(four_score, FOUR_N, K, &arena, &weighted.samples.order, &err),
                     FRAY_OK);
  }
  fray_arena_free(&arena);
}

static void undefined_says_why(void **state) {
  (void)state;
  const struct fray_scored none = {.n = 3, .n_classes = 3},
                           empty = of_labels(0, 4, four_score, four_label);
  for (size_t m = 0; m < COUNT(score_metrics); m++) {
    check(score_metrics[m], &none, NAN, "no scores");
    check(score_metrics[m], &empty, NAN, "no samples");
  }
  struct fray_calibration bins;
  const char *status;
  assert_false(fray_calibrate(&none, &bins, &status));
  assert_string_equal(status, "no scores");
}

static void chance_line(void **state) {
  (void)state;
  const int64_t count[] = {5, 3, 2, 0}, one[] = {0, 4, 0, 0}, positives[] = {3, 4, 0};
  const size_t ranking[] = {2, 0, 1, 3};
  const uint8_t answer[] = {1, 1, 0};
  const char *status;
  const struct {
    const char *name, *status;
    double value;
  } expected[] = {
      {"top2", "ok", 0.7},         {"top3", "ok", 1.0},       {"auc", "class absent", 0.5},
      {"brier", "no scores", NAN}, {"ece", "no scores", NAN}, {"accuracy", "ok", 0.2},
  };
  for (size_t i = 0; i < COUNT(expected); i++) {
    const struct fray_choice *metric = fray_choice_find(&fray_metrics, expected[i].name);
    double value = fray_metric_chance_of_ranking(metric, count, 4, ranking, 0, &status);
    assert_string_equal(status, expected[i].status);
    assert_true(isnan(expected[i].value) ? isnan(value) : fabs(value - expected[i].value) < 1e-15);
  }
  const struct fray_choice *auc = fray_choice_find(&fray_metrics, "auc");
  assert_true(isnan(fray_metric_chance_of_ranking(auc, one, 4, ranking, 0, &status)));
  assert_string_equal(status, "class absent");
  assert_true(fray_metric_chance_of_sets(auc, 4, positives, 2, answer, 3, 0, &status) == 0.5);
  assert_string_equal(status, "class absent");
  const struct fray_choice *top2 = fray_choice_find(&fray_metrics, "top2");
  assert_true(isnan(fray_metric_chance_of_sets(top2, 4, positives, 2, answer, 3, 0, &status)));
  assert_string_equal(status, "several labels");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(as_scikit_learn),     cmocka_unit_test(area_by_hand),
      cmocka_unit_test(brier_by_hand),       cmocka_unit_test(calibration_by_hand),
      cmocka_unit_test(top_by_hand),         cmocka_unit_test(area_is_of_the_order),
      cmocka_unit_test(weights_are_repeats), cmocka_unit_test(undefined_says_why),
      cmocka_unit_test(chance_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
