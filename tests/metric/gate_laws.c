/* Laws of gates on drawn samples: what is refused at which rate, whatever the scores. */
#include "../ok.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/metric/gate.h"
#include "gate_tests.h"

#include <math.h>
#include <stdlib.h>

static struct fray_arena arena;

static int end(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return 0;
}

/* A gate of so many scores on dev samples: normal, with ties. */
struct made {
  struct fray_gate gate;
  struct fray_gate_line line[4];
  double *dev[4]; /* (n) by score */
  size_t n;
};

static double draw(uint64_t seed, const char *what, uint64_t i, uint64_t s) {
  struct fray_rng rng = fray_rng_for(seed, what, i, s, 0);
  return s == 3 ? floor(4 * fray_rng_uniform(&rng)) : fray_rng_normal(&rng);
}

static struct made gate_of(uint64_t seed, size_t n, size_t scores, bool two_sided) {
  struct made made = {.n = n};
  for (size_t s = 0; s < scores; s++) {
    made.dev[s] = fray_arena_alloc(&arena, n, sizeof(double));
    for (size_t i = 0; i < n; i++)
      made.dev[s][i] = draw(seed, "test/dev", i, s);
    OK(fray_gate_line_make(n, 1, two_sided, made.dev[s], &arena, &made.line[s], &err));
  }
  made.gate.n = scores;
  return made;
}

static void laws_of_refusing(void **state) {
  (void)state;
  static const double alphas[] = {0, .001, .01, .05, .1, .29, .5, .9, 1};
  for (uint64_t seed = 1; seed <= 8; seed++)
    for (size_t scores = 1; scores <= 4; scores++)
      for (int sides = 0; sides < 2; sides++) {
        struct made made = gate_of(seed, 30 + 13 * (size_t)seed, scores, sides);
        made.gate.line = made.line;
        size_t refused[FRAY_COUNT(alphas)] = {0};
        for (size_t i = 0; i < made.n + 100; i++) { /* dev, then others */
          double value[4];
          bool before = false;
          for (size_t s = 0; s < scores; s++)
            value[s] = i < made.n ? made.dev[s][i] : 1.5 * draw(seed, "test/other", i, s);
          for (size_t a = 0; a < FRAY_COUNT(alphas); a++) {
            const bool is = fray_gate_refuses(&made.gate, alphas[a], value);
            assert_true(is || !before); /* a larger alpha refuses a superset */
            assert_true(alphas[a] > 0 || !is);
            assert_true(alphas[a] < 1 || is);
            refused[a] += i < made.n && is;
            bool one = false; /* and several scores a superset of each at its share */
            for (size_t s = 0; s < scores && alphas[a] < 1; s++) {
              const struct fray_gate alone = {1, &made.line[s]};
              one = one || fray_gate_refuses(&alone, alphas[a] / (double)scores, &value[s]);
            }
            assert_true(is || !one);
            if (scores == 1 && !sides && alphas[a] > 0)
              assert_true(is == (value[0] > fray_conformal_threshold(made.line[0].dev->sorted,
                                                                     made.n, alphas[a])));
            before = is;
          }
        }
        for (size_t a = 0; a < FRAY_COUNT(alphas); a++)
          assert_true((double)refused[a] <= alphas[a] * (double)made.n);
        const double least = fray_gate_least(&made.gate, scores - 1, 1, NULL);
        near(least, (double)(scores * (sides ? 2 : 1)) / (double)(made.n + 1), 1e-15);
      }
}

/* Nothing but the order counts; of two sides not even its direction. */
static void monotone_transforms(void **state) {
  (void)state;
  for (int sides = 0; sides < 2; sides++) {
    const struct made made = gate_of(5, 80, 1, sides);
    double turned[80];
    struct fray_gate_line line, mirror;
    for (size_t i = 0; i < made.n; i++)
      turned[i] = exp(3 * made.dev[0][i]);
    OK(fray_gate_line_make(made.n, 1, sides, turned, &arena, &line, &err));
    for (size_t i = 0; i < made.n; i++)
      turned[i] = -made.dev[0][i];
    OK(fray_gate_line_make(made.n, 1, true, turned, &arena, &mirror, &err));
    const struct fray_gate plain = {1, &made.line[0]}, grown = {1, &line}, back = {1, &mirror};
    for (size_t i = 0; i < 300; i++) {
      const double x = 1.5 * draw(5, "test/other", i, 0), y = exp(3 * x), z = -x;
      assert_true(fray_gate_p(&plain, &x) == fray_gate_p(&grown, &y));
      assert_true(!sides || fray_gate_p(&plain, &x) == fray_gate_p(&back, &z));
    }
  }
}

/* Dev and test of one law: so many are refused in the mean as were asked for, whatever the law of
 * the score, over 200 seeds within three deviations of a binomial count. */
static void the_promise(void **state) {
  (void)state;
  enum { SEEDS = 200, DEV = 119, TEST = 60 };
  const double alpha = 0.05;
  for (int sides = 0; sides < 2; sides++) {
    size_t refused = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
      struct fray_arena_place mark = fray_arena_mark(&arena);
      const struct made made = gate_of(1000 + seed, DEV, 1, sides);
      const struct fray_gate gate = {1, &made.line[0]};
      for (size_t i = 0; i < TEST; i++) {
        const double x = draw(1000 + seed, "test/new", i, 0);
        refused += fray_gate_refuses(&gate, alpha, &x);
      }
      fray_arena_rewind(&arena, mark);
    }
    const double n = SEEDS * TEST;
    near((double)refused / n, alpha, 3 * sqrt(alpha * (1 - alpha) / n));
  }
}

/* Several values of one score share its part, and one that says nothing takes no part. */
static void several_values(void **state) {
  (void)state;
  double dev[2 * 19];
  struct fray_gate_line line;
  size_t needed;
  for (size_t i = 0; i < 19; i++) {
    dev[2 * i] = (double)i;
    dev[2 * i + 1] = i ? -(double)i : (double)NAN;
  }
  OK(fray_gate_line_make(19, 2, true, dev, &arena, &line, &err));
  const struct fray_gate gate = {1, &line};
  const double high[] = {100, -9}, none[] = {NAN, NAN}, low[] = {9, -100}, left[] = {NAN, -18};
  near(fray_gate_p(&gate, high), 2 * 2 * 1. / 20, 1e-15);
  near(fray_gate_p(&gate, low), 2 * 2 * 1. / 19, 1e-15);
  near(fray_gate_p(&gate, left), 2 * 2 * 2. / 19, 1e-15);
  assert_true(fray_gate_p(&gate, none) == 1);
  near(fray_gate_least(&gate, 0, 0.05, &needed), 0.2, 1e-15);
  assert_int_equal(needed, 79); /* 4 / 80 = .05 */
}

int gate_law_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(monotone_transforms),
      cmocka_unit_test(the_promise),
      cmocka_unit_test(several_values),
      cmocka_unit_test(laws_of_refusing),
  };
  return cmocka_run_group_tests(tests, NULL, end);
}
