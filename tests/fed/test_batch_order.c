/* Balanced sampling: laws over drawn clients. */
#include "fed/client/batch_order.h"

#include "fray/base/size.h"
#include "ok.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MOST = 60, CLASSES = 7 };

static struct fray_arena arena;

static void draw(const int32_t *label, size_t n, uint64_t epoch, uint32_t *out) {
  struct fray_rng rng = fray_rng_for(5, "order", 0, 0, epoch);
  OK(batch_order_balanced(label, n, CLASSES, &rng, &arena, out, &err));
}

/* How often each sample and each class was drawn; least and most over the classes that are there.
 */
struct tally {
  size_t sample[MOST], class[CLASSES], held[CLASSES];
};

static struct tally count(const int32_t *label, size_t n, const uint32_t *order) {
  struct tally t = {0};
  for (size_t i = 0; i < n; i++) {
    assert_true(order[i] < n);
    t.sample[order[i]]++;
    t.class[label[order[i]]]++;
    t.held[label[i]]++;
  }
  return t;
}

static void within_one(const size_t *of, const bool *counts, size_t n) {
  size_t least = SIZE_MAX, most = 0;
  for (size_t i = 0; i < n; i++)
    if (counts[i]) {
      least = FRAY_MIN(least, of[i]);
      most = FRAY_MAX(most, of[i]);
    }
  assert_true(most - least <= 1);
}

/* Clients of 1 to 60 samples and skewed labels: classes that are there differ by at most one,
 * samples of a class too, and the same stream draws the same. */
static void test_laws(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(3, "clients", 0, 0, 0);
  for (size_t n = 1; n <= MOST; n++) {
    int32_t label[MOST];
    uint32_t order[MOST], again[MOST];
    bool counts[MOST];
    for (size_t i = 0; i < n; i++)
      label[i] = (int32_t)fray_rng_below(&rng, 1 + fray_rng_below(&rng, CLASSES));
    draw(label, n, n, order);
    draw(label, n, n, again);
    assert_memory_equal(order, again, n * sizeof *order);
    const struct tally t = count(label, n, order);
    for (size_t c = 0; c < CLASSES; c++)
      counts[c] = t.held[c] > 0;
    within_one(t.class, counts, CLASSES);
    for (int32_t c = 0; c < CLASSES; c++) {
      for (size_t i = 0; i < n; i++)
        counts[i] = label[i] == c;
      if (t.held[c] > 0)
        within_one(t.sample, counts, n);
    }
  }
}

/* Equal classes need no balance: each sample once, as when shuffled. */
static void test_even_is_a_permutation(void **state) {
  (void)state;
  int32_t label[MOST];
  uint32_t order[MOST];
  for (size_t classes = 1; classes <= 6; classes++) {
    for (size_t i = 0; i < MOST; i++)
      label[i] = (int32_t)(i % classes);
    draw(label, MOST, classes, order);
    const struct tally t = count(label, MOST, order);
    for (size_t i = 0; i < MOST; i++)
      assert_int_equal(t.sample[i], 1);
  }
}

/* Over many epochs every sample of a class comes as often as any other of it: 40 of one class and
 * 20 of another in 60 draws are 30 / 40 and 30 / 20 an epoch each. */
static void test_means(void **state) {
  (void)state;
  enum { EPOCHS = 400 };
  int32_t label[MOST];
  uint32_t order[MOST];
  size_t total[MOST] = {0};
  for (size_t i = 0; i < MOST; i++)
    label[i] = i % 3 == 0;
  for (size_t e = 0; e < EPOCHS; e++) {
    draw(label, MOST, e, order);
    const struct tally t = count(label, MOST, order);
    for (size_t i = 0; i < MOST; i++)
      total[i] += t.sample[i];
  }
  for (size_t i = 0; i < MOST; i++) {
    const double want = label[i] ? 1.5 : 0.75, p = want - floor(want);
    /* Drawn or not each time: five deviations. */
    assert_true(fabs((double)total[i] / EPOCHS - want) < 5 * sqrt(p * (1 - p) / EPOCHS));
  }
}

static int teardown(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_laws),
      cmocka_unit_test(test_even_is_a_permutation),
      cmocka_unit_test(test_means),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
