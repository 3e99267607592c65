/* Edits of words against jiwer's on 200 pairs (tests/fixtures/wer.csv), and the laws of a distance.
 */
#include "fray/metric/words.h"
#include "../ok.h"
#include "fray/base/csv.h"
#include "fray/base/file.h"
#include "fray/base/rng.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 32 };

static struct fray_arena arena;

static int end(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return 0;
}

static struct fray_word_edits compare(size_t n, const int16_t *a, size_t m, const int16_t *b) {
  struct fray_word_edits out;
  OK(fray_words_compare(n, a, m, b, &arena, &out, &err));
  return out;
}

static int64_t distance(size_t n, const int16_t *a, size_t m, const int16_t *b) {
  const struct fray_word_edits e = compare(n, a, m, b);
  assert_int_equal(e.hits + e.substitutions + e.deletions, n);
  assert_int_equal(e.hits + e.substitutions + e.insertions, m);
  return e.substitutions + e.deletions + e.insertions;
}

/* Words as numbers, in the order in which they were first met. */
static size_t numbers(const char *text, int16_t *out) {
  static const char *known[64];
  static size_t n_known;
  size_t n = 0;
  char *copy = fray_arena_strdup(&arena, text), *rest = copy;
  for (char *word; (word = strtok_r(rest, " ", &rest));) {
    size_t k = 0;
    while (k < n_known && strcmp(known[k], word) != 0)
      k++;
    if (k == n_known)
      known[n_known++] = word;
    out[n++] = (int16_t)k;
  }
  return n;
}

static void near(double got, const char *want) {
  /* The file has twelve digits. */
  if (!(fabs(got - strtod(want, NULL)) <= 1e-12))
    fail_msg("%.15g, not %s", got, want);
}

static void test_pairs(void **state) {
  (void)state;
  static const char *const names[] = {"reference",  "hypothesis", "group",         "client",
                                      "words",      "hits",       "substitutions", "deletions",
                                      "insertions", "wer",        "mer",           "wil"};
  struct fray_text file = {0};
  struct fray_csv csv;
  struct fray_word_edits sum = {0};
  double weighted = 0;
  OK(fray_file_read(FRAY_SOURCE_DIR "/tests/fixtures/wer.csv", 1 << 20, &file, &err));
  OK(fray_csv_parse("wer.csv", file.data, file.size, &(struct fray_csv_rules){0}, &arena, &csv,
                    &err));
  OK(fray_csv_expect(&csv, names, 12, &err));
  assert_int_equal(csv.n_rows, 200);
  for (size_t i = 0; i < csv.n_rows; i++) {
    int16_t a[MOST], b[MOST];
    const size_t n = numbers(fray_csv_at(&csv, i, 0), a), m = numbers(fray_csv_at(&csv, i, 1), b);
    const struct fray_word_edits e = compare(n, a, m, b);
    assert_int_equal(n, atoi(fray_csv_at(&csv, i, 4)));
    assert_int_equal(e.hits, atoi(fray_csv_at(&csv, i, 5)));
    assert_int_equal(e.substitutions, atoi(fray_csv_at(&csv, i, 6)));
    assert_int_equal(e.deletions, atoi(fray_csv_at(&csv, i, 7)));
    assert_int_equal(e.insertions, atoi(fray_csv_at(&csv, i, 8)));
    near(fray_word_error_rate(&e), fray_csv_at(&csv, i, 9));
    near(fray_match_error_rate(&e), fray_csv_at(&csv, i, 10));
    near(fray_word_information_lost(&e), fray_csv_at(&csv, i, 11));
    assert_true((fray_word_error_rate(&e) == 0) == (n == m && memcmp(a, b, n * sizeof *a) == 0));
    sum.hits += e.hits, sum.substitutions += e.substitutions;
    sum.deletions += e.deletions, sum.insertions += e.insertions;
    weighted += fray_word_error_rate(&e) * (double)n;
  }
  /* Of all words: the mean of the samples' rates, each weighing as much as it has words. */
  fray_text_free(&file);
  const double words = (double)(sum.hits + sum.substitutions + sum.deletions);
  assert_true(fabs(fray_word_error_rate(&sum) - weighted / words) < 1e-12);
}

static size_t draw(uint64_t who, uint64_t which, int16_t *out) {
  struct fray_rng rng = fray_rng_for(1, "words test", who, which, 0);
  const size_t n = (size_t)fray_rng_below(&rng, 9);
  for (size_t i = 0; i < n; i++)
    out[i] = (int16_t)fray_rng_below(&rng, 3);
  return n;
}

/* The fewest edits by their definition, without a table. */
static int64_t by_recursion(size_t n, const int16_t *a, size_t m, const int16_t *b) {
  if (n == 0 || m == 0)
    return (int64_t)(n + m);
  if (a[n - 1] == b[m - 1])
    return by_recursion(n - 1, a, m - 1, b);
  const int64_t change = by_recursion(n - 1, a, m - 1, b), less = by_recursion(n - 1, a, m, b);
  const int64_t more = by_recursion(n, a, m - 1, b);
  const int64_t least = less < more ? less : more;
  return 1 + (change < least ? change : least);
}

static void test_distance(void **state) {
  (void)state;
  for (uint64_t i = 0; i < 300; i++) {
    int16_t a[MOST], b[MOST], c[MOST];
    const size_t n = draw(i, 0, a), m = draw(i, 1, b), k = draw(i, 2, c);
    const int64_t ab = distance(n, a, m, b);
    assert_int_equal(ab, distance(m, b, n, a));
    assert_int_equal(distance(n, a, n, a), 0);
    assert_true(ab <= distance(n, a, k, c) + distance(k, c, m, b));
    if (i < 60)
      assert_int_equal(ab, by_recursion(n, a, m, b));
  }
}

/* Every third word left out: that share is deleted, and nothing else is wrong. */
static void test_planted(void **state) {
  (void)state;
  struct fray_word_edits sum = {0};
  int64_t words = 0, dropped = 0;
  for (uint64_t i = 0; i < 50; i++) {
    int16_t a[MOST], b[MOST];
    const size_t n = draw(i, 3, a);
    size_t m = 0;
    for (size_t k = 0; k < n; k++)
      if (k % 3 == 2)
        dropped++;
      else
        b[m++] = a[k];
    words += (int64_t)n;
    const struct fray_word_edits e = compare(n, a, m, b);
    assert_int_equal(e.substitutions + e.insertions, 0);
    sum.hits += e.hits;
    sum.deletions += e.deletions;
  }
  assert_true(dropped > 30);
  assert_int_equal(sum.deletions, dropped);
  assert_true(fray_word_error_rate(&sum) == (double)dropped / (double)words);
}

static void test_undefined(void **state) {
  (void)state;
  const struct fray_word_edits nothing = {0}, added = {.insertions = 2}, silent = {.deletions = 3};
  assert_true(isnan(fray_word_error_rate(&nothing)) && isnan(fray_match_error_rate(&nothing)));
  assert_true(isnan(fray_word_error_rate(&added)) && fray_match_error_rate(&added) == 1);
  assert_true(fray_word_error_rate(&silent) == 1 && fray_word_information_lost(&silent) == 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pairs),
      cmocka_unit_test(test_distance),
      cmocka_unit_test(test_planted),
      cmocka_unit_test(test_undefined),
  };
  return cmocka_run_group_tests(tests, NULL, end);
}
