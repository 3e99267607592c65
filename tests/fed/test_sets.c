/* Scores of sets of classes from answers written by hand. */
#include "fray/fed/evaluate.h"
#include "fray/nn/loss.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))

static double metric(const char *name, const struct fray_scored *scored) {
  const char *why;
  return fray_metric_value(fray_choice_find(&fray_metrics, name), scored, &why);
}

/* Two conditions of four samples and three classes; sample 3 is unlabelled.
 * truth 101 010 000; said of condition 1: 100 110 000 (class 0 first). */
static void counts_by_hand(void **state) {
  (void)state;
  enum { N = 4, CLASSES = 3, NONE = FRAY_NO_LABELS };
  const uint8_t labels[N * CLASSES] = {1, 0, 1, 0, 1, 0, 0, 0, 0, NONE, NONE, NONE};
  const int32_t label[N] = {0, 0, 0, FRAY_UNLABELLED};
  uint64_t said[2 * N] = {5, 2, 0, 0, 1, 3, 0, 7};
  double nll[2 * N] = {0, 0, 0, 0, 0.5, 0.25, 0.125, NAN};
  struct fray_answers answers = {.n = N, .conditions = 2, .said = said, .nll = nll};
  int64_t confusion[4 * CLASSES];
  struct fray_scored scored;
  fray_score(&answers, 0, label, labels, NULL, CLASSES, confusion, &scored);
  assert_true(scored.n == 3 && scored.exact == 3 && metric("accuracy", &scored) == 1);
  assert_true(metric("macro_f1", &scored) == 1 && metric("hamming", &scored) == 0);
  fray_score(&answers, 1, label, labels, NULL, CLASSES, confusion, &scored);
  /* Per class: true negatives, false positives, false negatives, true positives. */
  const int64_t expected[] = {1, 1, 0, 1, 2, 0, 0, 1, 2, 0, 1, 0};
  assert_memory_equal(confusion, expected, sizeof expected);
  assert_true(scored.n == 3 && scored.exact == 1 && scored.nll_sum == 0.875);
  assert_near(metric("accuracy", &scored), 1.0 / 3, 1e-15);
  assert_near(metric("macro_f1", &scored), (2.0 / 3 + 1 + 0) / 3, 1e-15);
  assert_near(metric("uar", &scored), (1.0 + 1 + 0) / 3, 1e-15);
  assert_near(metric("hamming", &scored), 2.0 / 9, 1e-15);
  assert_near(metric("nll", &scored), 0.875 / 3, 1e-15);
  const uint8_t mask[N] = {0, 1, 0, 1};
  fray_score(&answers, 1, label, labels, mask, CLASSES, confusion, &scored);
  assert_true(scored.n == 1 && scored.exact == 0 && scored.nll_sum == 0.25);
}

/* More classes than a word has bits: the sets said of random logits, read back class by class. */
static void many_classes(void **state) {
  (void)state;
  enum { N = 3, CLASSES = 130 };
  float logits[N * CLASSES];
  uint8_t labels[N * CLASSES] = {0};
  double nll[N];
  uint64_t said[N * 3];
  assert_int_equal(fray_set_words(CLASSES), 3);
  assert_int_equal(fray_set_words(64), 1);
  for (size_t i = 0; i < N * CLASSES; i++)
    logits[i] = (float)((i * 7919) % 13) - 6; /* -6 .. 6, with zeros */
  logits[CLASSES + 65] = NAN;
  fray_classify_sets(N, CLASSES, logits, labels, nll, said);
  struct fray_answers answers = {.n = N, .conditions = 1, .said = said, .nll = nll};
  for (size_t i = 0; i < N; i++)
    for (size_t c = 0; c < CLASSES; c++)
      assert_int_equal(fray_said(&answers, 0, i, c, CLASSES), logits[i * CLASSES + c] > 0);
  assert_true(isfinite(nll[0]) && isnan(nll[1]) && isfinite(nll[2]));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_by_hand),
      cmocka_unit_test(many_classes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
