/* Metrics against values worked out by hand, and Student's t against tables and closed forms. */
#include "fray/metric/metric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* cmocka compares floats in single precision. */
#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))

static double value_of(const char *name, const struct fray_scored *scored, const char **status) {
  for (size_t i = 0; i < fray_metrics.n; i++)
    if (strcmp(fray_metrics.v[i]->name, name) == 0)
      return fray_metric_value(fray_metrics.v[i], scored, status);
  fail_msg("no metric %s", name);
  return NAN;
}

static const struct fray_choice *metric(const char *name) {
  for (size_t i = 0; i < fray_metrics.n; i++)
    if (strcmp(fray_metrics.v[i]->name, name) == 0)
      return fray_metrics.v[i];
  fail_msg("no metric %s", name);
  return NULL;
}

static void check(const char *name, const struct fray_scored *scored, double expected,
                  const char *expected_status) {
  const char *status = NULL;
  double value = value_of(name, scored, &status);
  assert_true(isnan(value) ? isnan(expected) : fabs(value - expected) <= 1e-15);
  assert_string_equal(status, expected_status);
}

/* truth   a a a a b b c c c c
 * answer  a a a b b c c c a c   -> recalls 3/4 1/2 3/4, precisions 3/4 1/2 3/4 */
static void three_classes_by_hand(void **state) {
  (void)state;
  int64_t confusion[] = {3, 1, 0, 0, 1, 1, 1, 0, 3};
  struct fray_scored scored = {.n = 10, .n_classes = 3, .confusion = confusion, .nll_sum = 5.0};
  check("accuracy", &scored, 0.7, "ok");
  check("uar", &scored, 2.0 / 3.0, "ok");
  check("macro_f1", &scored, 2.0 / 3.0, "ok");
  check("nll", &scored, 0.5, "ok");
}

/* Worked example with unequal precision and recall: 8 of class 0 (6 right), 2 of class 1 (1 right).
 * F1: 2*6/(8+7) = 0.8, 2*1/(2+3) = 0.4. */
static void precision_and_recall_differ(void **state) {
  (void)state;
  int64_t confusion[] = {6, 2, 1, 1};
  struct fray_scored scored = {.n = 10, .n_classes = 2, .confusion = confusion, .nll_sum = NAN};
  check("accuracy", &scored, 0.7, "ok");
  check("uar", &scored, (0.75 + 0.5) / 2, "ok");
  check("macro_f1", &scored, 0.6, "ok");
}

/* The example of scikit-learn's manual: y_true 0 1 2 0 1 2, y_pred 0 2 1 0 0 1; f1 macro 0.26...,
 * recall macro 1/3. */
static void manual_of_scikit_learn(void **state) {
  (void)state;
  int64_t confusion[] = {2, 0, 0, 1, 0, 1, 0, 2, 0};
  struct fray_scored scored = {.n = 6, .n_classes = 3, .confusion = confusion, .nll_sum = NAN};
  check("macro_f1", &scored, 0.8 / 3, "ok");
  check("uar", &scored, 1.0 / 3, "ok");
}

/* Class 2 has no sample but one answer: recall averages over two classes, F1 over three. Class 3 is
 * in neither and counts nowhere. */
static void absent_class(void **state) {
  (void)state;
  int64_t confusion[16] = {0};
  confusion[0] = 4, confusion[4 * 1 + 1] = 3, confusion[4 * 1 + 2] = 1;
  struct fray_scored scored = {.n = 8, .n_classes = 4, .confusion = confusion, .nll_sum = NAN};
  check("accuracy", &scored, 0.875, "ok");
  check("uar", &scored, (1 + 0.75) / 2, "class absent");
  check("macro_f1", &scored, (1 + 6.0 / 7.0 + 0) / 3, "class absent");
}

/* Three classes, five samples; tables true negatives, false positives, false negatives, true
 * positives. Class 0: P 2/3, R 2/2, F1 0.8. Class 1: P 1/1, R 1/3, F1 0.5. Class 2 has neither a
 * positive nor an answer and is left out of the means (scikit-learn: zero_division=nan). */
static void sets_by_hand(void **state) {
  (void)state;
  int64_t confusion[] = {2, 1, 0, 2, 2, 0, 2, 1, 5, 0, 0, 0};
  struct fray_scored scored = {.n = 5,
                               .n_classes = 3,
                               .confusion = confusion,
                               .nll_sum = 2.0,
                               .multi_label = true,
                               .exact = 2};
  check("accuracy", &scored, 0.4, "ok");
  check("macro_f1", &scored, (0.8 + 0.5) / 2, "class absent");
  check("uar", &scored, (1 + 1.0 / 3) / 2, "class absent");
  check("nll", &scored, 0.4, "ok");
  check("hamming", &scored, 3.0 / 15, "ok");
  confusion[8] = 4, confusion[9] = 1; /* class 2 is answered once, wrongly: F1 0, still no recall */
  check("macro_f1", &scored, (0.8 + 0.5 + 0) / 3, "class absent");
  check("uar", &scored, (1 + 1.0 / 3) / 2, "class absent");
  int64_t nothing[] = {5, 0, 0, 0, 5, 0, 0, 0}; /* no class is there: no mean */
  struct fray_scored empty = {.n = 5,
                              .n_classes = 2,
                              .confusion = nothing,
                              .nll_sum = 2.0,
                              .multi_label = true,
                              .exact = 5};
  const char *status;
  assert_true(isnan(value_of("macro_f1", &empty, &status)));
  assert_string_equal(status, "class absent");
  check("accuracy", &empty, 1, "ok");
}

/* The example of scikit-learn's multilabel_confusion_matrix: y_true 101 010, y_pred 100 011. */
static void manual_of_scikit_learn_for_sets(void **state) {
  (void)state;
  int64_t confusion[] = {1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0};
  struct fray_scored scored = {
      .n = 2, .n_classes = 3, .confusion = confusion, .nll_sum = NAN, .multi_label = true};
  check("accuracy", &scored, 0, "ok");
  check("macro_f1", &scored, 2.0 / 3, "ok");
  check("uar", &scored, 2.0 / 3, "ok");
  check("hamming", &scored, 2.0 / 6, "ok");
}

/* Four samples; class 0 in three, class 1 in one; always answering {0} is exact for two. */
static void chance_of_sets(void **state) {
  (void)state;
  const int64_t positives[] = {3, 1};
  const uint8_t answer[] = {1, 0};
  const char *status;
  const struct {
    const char *name;
    double value;
  } expected[] = {
      {"accuracy", 0.5}, {"macro_f1", (6.0 / 7 + 0) / 2}, {"uar", 0.5}, {"hamming", 2.0 / 8}};
  for (size_t i = 0; i < 4; i++)
    assert_near(fray_metric_chance_of_sets(metric(expected[i].name), 4, positives, 2, answer, 2, 2,
                                           &status),
                expected[i].value, 1e-15);
  assert_true(
      isnan(fray_metric_chance_of_sets(metric("nll"), 4, positives, 2, answer, 2, 2, &status)));
}

/* By hand: of seven samples of other classes than b two are answered with b; its own do not count.
 * The same of tables of each class against the rest, and of the constant predictor. */
static void success_is_of_other_classes(void **state) {
  (void)state;
  const int64_t confusion[] = {3, 1, 0, 0, 2, 1, 1, 1, 1};
  const int64_t tables[] = {5, 1, 1, 3, 5, 2, 1, 2, 6, 1, 2, 1}, count[] = {4, 3, 3};
  const size_t ranking[] = {1, 0, 2};
  const char *status = NULL;
  struct fray_scored s = {.n = 10, .n_classes = 3, .confusion = confusion, .nll_sum = NAN};
  assert_true(isnan(value_of("attack_success", &s, &status)));
  assert_string_equal(status, "no target");
  s.target = 2;
  assert_near(value_of("attack_success", &s, &status), 2.0 / 7, 1e-15);
  s.confusion = tables;
  s.multi_label = true;
  assert_near(value_of("attack_success", &s, &status), 2.0 / 7, 1e-15);
  const struct fray_choice *m = metric("attack_success");
  assert_near(fray_metric_chance_of_ranking(m, count, 3, ranking, 2, &status), 1, 0);
  assert_near(fray_metric_chance_of_ranking(m, count, 3, ranking, 1, &status), 0, 0);
  const int64_t one[] = {0, 5, 0};
  assert_true(isnan(fray_metric_chance_of_ranking(m, one, 3, ranking, 2, &status)));
  assert_string_equal(status, "no samples of other classes");
}

static void undefined_is_nan_and_says_why(void **state) {
  (void)state;
  int64_t confusion[4] = {0};
  struct fray_scored none = {.n = 0, .n_classes = 2, .confusion = confusion, .nll_sum = 0.0};
  for (size_t i = 0; i < fray_metrics.n; i++) {
    const char *status = NULL;
    assert_true(isnan(fray_metric_value(fray_metrics.v[i], &none, &status)));
    assert_string_equal(status, "no samples");
  }
  confusion[0] = 1;
  struct fray_scored unscored = {.n = 1, .n_classes = 2, .confusion = confusion, .nll_sum = NAN};
  const char *status = NULL;
  assert_true(isnan(value_of("nll", &unscored, &status)));
  assert_string_equal(status, "no probabilities");
}

/* Samples with these counts: of each the predicted class has the largest score, the others what is
 * left. to: where each class stands. */
struct drawn {
  float score[3 * 17];
  int32_t label[17];
};
static struct fray_scored draw(const int64_t *confusion, const int64_t *renamed, const size_t *to,
                               const float shares[3], struct drawn *out) {
  size_t n = 0;
  for (size_t cell = 0; cell < 9; cell++)
    for (int64_t k = 0; k < confusion[cell]; k++, n++) {
      const size_t truth = cell / 3, said = cell % 3, low = said == 0, high = 3 - said - low;
      out->label[n] = (int32_t)to[truth];
      out->score[3 * n + to[said]] = shares[0];
      out->score[3 * n + to[low]] = shares[1];
      out->score[3 * n + to[high]] = shares[2];
    }
  /* Whoever is unsure refuses a few, and believes what others say. */
  const size_t weak = shares[0] < 1;
  return (struct fray_scored){.n = n,
                              .n_classes = 3,
                              .confusion = renamed,
                              .nll_sum = weak ? 8.0 : 0.0,
                              .judged = true,
                              .target = 1 + to[0], /* the same class, whatever it is called */
                              .refused = 3 * weak,
                              .refused_right = 2 * weak,
                              .refuted = weak,
                              .lured = {.n = 8,
                                        .taken = 2 * weak,
                                        .kept = 8 - 5 * weak,
                                        .base = weak,
                                        .has_base = true,
                                        .refused = weak},
                              .samples = {.n = n, .score = out->score, .label = out->label}};
}

/* Laws for every metric of the list: a perfect answer is best, and renaming classes changes
 * nothing. */
static void laws(void **state) {
  (void)state;
  const float sure[3] = {1, 0, 0}, unsure[3] = {0.75f, 0.1875f, 0.0625f};
  int64_t perfect[] = {5, 0, 0, 0, 3, 0, 0, 0, 9}, flawed[] = {4, 1, 0, 1, 1, 1, 0, 2, 7};
  int64_t renamed[9];
  const size_t to[] = {2, 0, 1}, stay[] = {0, 1, 2};
  struct drawn drawn[3];
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 3; j++)
      renamed[to[i] * 3 + to[j]] = flawed[i * 3 + j];
  const struct fray_scored best = draw(perfect, perfect, stay, sure, &drawn[0]),
                           worse = draw(flawed, flawed, stay, unsure, &drawn[1]),
                           same = draw(flawed, renamed, to, unsure, &drawn[2]);
  for (size_t i = 0; i < fray_metrics.n; i++) {
    const struct fray_choice *m = fray_metrics.v[i];
    const char *status = NULL;
    if (fray_metric_of_sequences(m)) { /* classes tell it nothing; see sequences_by_hand */
      assert_true(isnan(fray_metric_value(m, &best, &status)));
      assert_string_equal(status, "of sequences alone");
      continue;
    }
    double b = fray_metric_value(m, &best, &status), w = fray_metric_value(m, &worse, &status);
    assert_string_equal(status, strcmp(m->name, "top3") == 0 || strcmp(m->name, "top5") == 0
                                    ? "no more classes than that"
                                    : "ok");
    assert_near(b, fray_metric_higher_is_better(m) ? 1.0 : 0.0, 0.0);
    if (strcmp(status, "ok") != 0) /* as many classes as are counted: all answers are right */
      assert_near(w, 1.0, 0.0);
    else
      assert_true(fray_metric_higher_is_better(m) ? b > w : b < w);
    assert_near(w, fray_metric_value(m, &same, &status), 1e-15);
    assert_true(m->name && m->meaning[0] && m->source[0]);
  }
}

/* Many resamples at once are to the bit what each is by itself: with classes that nobody has or
 * says, without samples, and with more of them than are taken in one go. */
static void many_at_once(void **state) {
  (void)state;
  enum { DRAWS = 601, STRIDE = 640, K = 4 };
  static int32_t of_all[2 * STRIDE], of[3 * K * STRIDE];
  static double value[DRAWS];
  size_t taken = 0;
  for (size_t d = 0; d < DRAWS; d++) {
    of_all[d] = d % 50 == 0 ? 0 : (int32_t)(40 + d % 7);
    of_all[STRIDE + d] = (int32_t)(d % (size_t)(of_all[d] + 1));
    for (size_t c = 0; of_all[d] && c < K; c++) {
      int32_t *class = of + 3 * c * STRIDE + d;
      class[STRIDE] = (d + c) % 3 == 0 || d % 31 == 1 ? 0 : (int32_t)(d * (c + 3) % 40);
      class[2 * STRIDE] = (d + c) % 4 == 0 || d % 31 == 1 ? 0 : (int32_t)(d * (c + 5) % 37);
      class[0] = class[STRIDE] < class[2 * STRIDE] ? class[STRIDE] / 2 : class[2 * STRIDE];
    }
  }
  for (size_t k = 0; k < fray_metrics.n; k++) {
    const struct fray_metric_ops *ops = fray_metrics.v[k]->impl;
    if (!ops->values)
      continue;
    const struct fray_class_draws draws = {DRAWS, K, STRIDE, of_all, of};
    ops->values(&draws, value);
    taken++;
    for (size_t d = 0; d < DRAWS; d++) {
      int64_t table[4 * K];
      const char *status;
      for (size_t c = 0; c < K; c++) {
        const int32_t *class = of + 3 * c * STRIDE + d;
        table[4 * c + 1] = class[2 * STRIDE] - class[0];
        table[4 * c + 2] = class[STRIDE] - class[0];
        table[4 * c + 3] = class[0];
        table[4 * c] = of_all[d] - table[4 * c + 1] - table[4 * c + 2] - table[4 * c + 3];
      }
      const struct fray_scored scored = {.n = (size_t)of_all[d],
                                         .n_classes = K,
                                         .confusion = table,
                                         .multi_label = true,
                                         .exact = (size_t)of_all[STRIDE + d]};
      const double alone = fray_metric_value(fray_metrics.v[k], &scored, &status);
      if (isnan(alone) ? !isnan(value[d]) : memcmp(&alone, &value[d], sizeof alone) != 0)
        fail_msg("%s, draw %zu: %.17g, alone %.17g", fray_metrics.v[k]->name, d, value[d], alone);
    }
  }
  assert_true(taken >= 3);
}

/* By hand, and shared fixtures/instruments/closed_form.json, `fronts`: of 8 benign samples that are
 * right 1 is refused; of 20 samples 12 are answered, 2 of these wrongly. */
static void refusals_by_hand(void **state) {
  (void)state;
  int64_t confusion[] = {4, 2, 0, 4}, fronts[] = {7, 0, 2, 0}, all[] = {10, 0, 10, 0};
  struct fray_scored s = {.n = 10, .n_classes = 2, .confusion = confusion, .nll_sum = NAN};
  check("answered", &s, NAN, "refusals not known");
  check("risk", &s, NAN, "refusals not known");
  check("hijack", &s, NAN, "nobody is lured");
  s.judged = true;
  check("answered", &s, 1, "ok");
  check("risk", &s, 0.2, "ok");
  check("refused_right", &s, 0, "ok");
  confusion[1] = 2;
  s.refused = 1;
  s.refused_right = 1;
  check("answered", &s, 0.9, "ok");
  check("risk", &s, 1 - 8.0 / 9, "ok");
  check("refused_right", &s, 1.0 / 9, "ok");
  check("refuted", &s, 0, "ok");
  s.refuted = 1;
  check("refuted", &s, 0.1, "ok");
  s = (struct fray_scored){
      .n = 9, .n_classes = 2, .confusion = fronts, .judged = true, .refused_right = 1};
  check("refused_right", &s, 0.125, "ok");
  s.refused = 9;
  check("risk", &s, NAN, "nothing answered");
  s = (struct fray_scored){.n = 20, .n_classes = 2, .confusion = all, .judged = true, .refused = 8};
  check("risk", &s, 1 - 10.0 / 12, "ok");
  /* Of 6 and 4 samples two and one are refused: recalls 4 of 6 and 2 of 4; nobody is said of them.
   */
  const int64_t of[] = {2, 1};
  int64_t rest[] = {4, 0, 1, 2};
  s = (struct fray_scored){
      .n = 10, .n_classes = 2, .confusion = rest, .judged = true, .refused = 3, .refused_of = of};
  check("accuracy", &s, 0.6, "ok");
  check("uar", &s, (4.0 / 6 + 2.0 / 4) / 2, "ok");
  check("macro_f1", &s, (8.0 / (6 + 5) + 4.0 / (4 + 2)) / 2, "ok");
  check("risk", &s, 1 - 6.0 / 7, "ok");
  s.lured = (struct fray_lured){.n = 8, .taken = 3, .kept = 2, .refused = 1, .base = 1};
  check("hijack", &s, 3.0 / 8, "ok");
  check("kept", &s, 0.25, "ok");
  check("hijack_base", &s, NAN, "clean answers not known");
  s.lured.has_base = true;
  check("hijack_base", &s, 0.125, "ok");
}

/* Law of all metrics: the constant predictor has a value of each that judges no probabilities. And
 * the shares of 5, 3 and 2 samples as probabilities are worth what the metric gives them. */
static void guessing(void **state) {
  (void)state;
  const int64_t count[] = {5, 3, 2};
  const size_t ranking[] = {0, 1, 2};
  const double share[] = {0.5, 0.3, 0.2}, none[3] = {0};
  const char *status = NULL;
  float score[30];
  int32_t label[10];
  double nll_sum = 0;
  for (size_t i = 0; i < 10; i++) {
    label[i] = i < 5 ? 0 : i < 8 ? 1 : 2;
    nll_sum -= log(share[label[i]]);
    for (size_t k = 0; k < 3; k++)
      score[3 * i + k] = (float)share[k];
  }
  /* As often as each class occurs: 100 answers to 100 samples, and so precisions and recalls. */
  int64_t confusion[] = {25, 15, 10, 15, 9, 6, 10, 6, 4};
  const struct fray_scored scored = {.n = 10,
                                     .n_classes = 3,
                                     .confusion = confusion,
                                     .nll_sum = nll_sum,
                                     .samples = {.n = 10, .score = score, .label = label}};
  for (size_t i = 0; i < fray_metrics.n; i++) {
    const struct fray_choice *m = fray_metrics.v[i];
    const struct fray_metric_ops *ops = m->impl;
    const double chance = fray_metric_chance_of_ranking(m, count, 3, ranking, 2, &status);
    assert_int_equal(isnan(chance), ops->of_probabilities || ops->of_sequences);
    const double guess = fray_metric_guess(m, share, 3, false);
    assert_int_equal(isnan(guess), !ops->guess);
    if (ops->guess)
      assert_near(guess, fray_metric_value(m, &scored, &status), 1e-7);
    assert_true(isnan(fray_metric_guess(m, none, 3, false)));
  }
  /* Sets of which class 0 holds half, class 1 a fifth, class 2 none. */
  const double sets[] = {0.5, 0.2, 0};
  assert_near(fray_metric_guess(metric("macro_f1"), sets, 3, true), (1 / 1.5 + 0.4 / 1.2) / 2,
              1e-15);
  assert_near(fray_metric_guess(metric("brier"), sets, 3, true), (0.25 + 0.16) / 3, 1e-15);
  assert_near(fray_metric_guess(metric("nll"), sets, 3, true),
              (log(2) - 0.2 * log(0.2) - 0.8 * log(0.8)) / 3, 1e-15);
  assert_near(fray_metric_guess(metric("brier"), (const double[]){0.3, 0.7}, 2, false), 0.21,
              1e-15);
}

/* Ten words of which one was taken for another, two were left out and three added. */
static void sequences_by_hand(void **state) {
  (void)state;
  int64_t edits[FRAY_EDIT_CELLS] = {
      [FRAY_HITS] = 7, [FRAY_SUBSTITUTIONS] = 1, [FRAY_DELETIONS] = 2, [FRAY_INSERTIONS] = 3};
  struct fray_scored s = {.n = 2, .n_classes = 10, .confusion = edits, .sequences = true};
  check("wer", &s, 0.6, "ok");
  check("mer", &s, 6.0 / 13, "ok");
  check("substitutions", &s, 10, "ok");
  check("deletions", &s, 20, "ok");
  check("insertions", &s, 30, "ok");
  for (size_t i = 0; i < fray_metrics.n; i++)
    if (!fray_metric_of_sequences(fray_metrics.v[i]))
      check(fray_metrics.v[i]->name, &s, NAN, "not of sequences");
  const int64_t nothing[FRAY_EDIT_CELLS] = {[FRAY_INSERTIONS] = 3};
  s.confusion = nothing;
  check("wer", &s, NAN, "no words");
  check("deletions", &s, NAN, "no words");
}

/* Of three classes, for who always answers this one. */
static double chance(const struct fray_choice *metric, const int64_t *count, size_t answer,
                     const char **status) {
  const size_t ranking[] = {answer, (answer + 1) % 3, (answer + 2) % 3};
  return fray_metric_chance_of_ranking(metric, count, 3, ranking, 2, status);
}

static void chance_line(void **state) {
  (void)state;
  int64_t count[] = {5, 3, 2}, absent[] = {0, 6, 4};
  const char *status = NULL;
  assert_near(chance(metric("accuracy"), count, 0, &status), 0.5, 1e-15);
  assert_near(chance(metric("accuracy"), count, 2, &status), 0.2, 1e-15);
  assert_near(chance(metric("uar"), count, 0, &status), 1.0 / 3, 1e-15);
  assert_near(chance(metric("macro_f1"), count, 0, &status), 2.0 / 9, 1e-15);
  assert_near(chance(metric("uar"), absent, 0, &status), 0.0, 0.0);
  assert_true(isnan(chance(metric("nll"), count, 0, &status)));
  assert_string_equal(status, "no probabilities");
  assert_true(isnan(chance(metric("uar"), count, 3, &status)));
  assert_string_equal(status, "no such class");
  int64_t empty[] = {0, 0, 0};
  assert_true(isnan(chance(metric("uar"), empty, 0, &status)));
  assert_string_equal(status, "no samples");
}

/* Closed forms: df 1: tan(pi (p - 1/2)); df 2: a sqrt(2 / (1 - a^2)), a = 2p - 1; df 4: the cosine
 * form; df 9, 30, infinity: printed tables (NIST/SEMATECH handbook 1.3.6.7.2, more digits from
 * published lists). */
static void student_t(void **state) {
  (void)state;
  const double pi = 3.14159265358979323846;
  assert_near(fray_student_t(0.975, 1), 12.706204736432095, 1e-6);
  assert_near(fray_student_t(0.975, 2), 4.302652729911275, 1e-6);
  assert_near(fray_student_t(0.975, 4), 2.7764451051977987, 1e-6);
  assert_near(fray_student_t(0.975, 9), 2.2621571627409915, 1e-6);
  assert_near(fray_student_t(0.975, 30), 2.0422724563012373, 1e-6);
  assert_near(fray_student_t(0.975, INFINITY), 1.959963984540054, 1e-6);
  double ps[] = {0.51, 0.6, 0.75, 0.9, 0.95, 0.975, 0.995, 0.9995};
  for (size_t i = 0; i < sizeof ps / sizeof *ps; i++) {
    double p = ps[i], a = 2 * p - 1, alpha = 4 * p * (1 - p);
    double two = a * sqrt(2 / (1 - a * a)), one = tan(pi * (p - 0.5));
    double four = 2 * sqrt(cos(acos(sqrt(alpha)) / 3) / sqrt(alpha) - 1);
    assert_near(fray_student_t(p, 1), one, 1e-9 * one);
    assert_near(fray_student_t(p, 2), two, 1e-9 * two);
    assert_near(fray_student_t(p, 4), four, 1e-9 * four);
  }
}

static void student_t_is_smooth_and_bounded(void **state) {
  (void)state;
  double below = fray_student_t(0.975, 999999), above = fray_student_t(0.975, 1000001);
  assert_true(below > above && below - above < 1e-8);
  for (double df = 0.5; df < 1e9; df *= 1.7)
    assert_true(fray_student_t(0.975, df) > fray_student_t(0.975, df * 1.7));
  assert_true(isnan(fray_student_t(0.5, 3)) && isnan(fray_student_t(1.0, 3)));
  assert_true(isnan(fray_student_t(0.975, 0)) && isnan(fray_student_t(0.975, NAN)));
  assert_true(isnan(fray_student_t(NAN, 3)) && isnan(fray_student_t(0.975, -1)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(three_classes_by_hand),
      cmocka_unit_test(sequences_by_hand),
      cmocka_unit_test(precision_and_recall_differ),
      cmocka_unit_test(manual_of_scikit_learn),
      cmocka_unit_test(absent_class),
      cmocka_unit_test(sets_by_hand),
      cmocka_unit_test(manual_of_scikit_learn_for_sets),
      cmocka_unit_test(chance_of_sets),
      cmocka_unit_test(success_is_of_other_classes),
      cmocka_unit_test(undefined_is_nan_and_says_why),
      cmocka_unit_test(laws),
      cmocka_unit_test(many_at_once),
      cmocka_unit_test(refusals_by_hand),
      cmocka_unit_test(guessing),
      cmocka_unit_test(chance_line),
      cmocka_unit_test(student_t),
      cmocka_unit_test(student_t_is_smooth_and_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
