/* Embedding bags: equal to a product with counts, in both directions. */
#include "fray/nn/embedding.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { BAGS = 7, MOST = 5, ROWS = 11, DIM = 19, GAIN = 3 };

static float ids[BAGS * MOST], table[ROWS * DIM], dout[BAGS * DIM];

/* Bag b holds b ids (at most MOST), repeats allowed; bag 0 none. */
static int setup(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(1, "embedding", 0, 0, 0);
  for (size_t i = 0; i < BAGS * MOST; i++)
    ids[i] = i % MOST < i / MOST ? (float)fray_rng_below(&rng, ROWS - 1) : -1;
  for (size_t i = 0; i < ROWS * DIM; i++)
    table[i] = (float)fray_rng_normal(&rng);
  for (size_t i = 0; i < BAGS * DIM; i++)
    dout[i] = (float)fray_rng_normal(&rng);
  return 0;
}

/* Weight of row r in bag b: the matrix whose product with the table the bags are. */
static double weight(size_t b, size_t r) {
  double of = 0, n = 0;
  for (size_t k = 0; k < MOST; k++) {
    n += ids[b * MOST + k] >= 0;
    of += ids[b * MOST + k] == (float)r;
  }
  return n > 0 ? GAIN * of / sqrt(n) : 0;
}

static void test_product_with_weights(void **state) {
  (void)state;
  float out[BAGS * DIM], grad[ROWS * DIM];
  fray_embedding_bag_forward(BAGS, MOST, DIM, GAIN, ids, table, out);
  for (size_t i = 0; i < ROWS * DIM; i++)
    grad[i] = 0.5f; /* what is there stays: gradients are added */
  fray_embedding_bag_backward(BAGS, MOST, DIM, GAIN, ids, dout, grad);
  for (size_t j = 0; j < DIM; j++) {
    for (size_t b = 0; b < BAGS; b++) {
      double sum = 0;
      for (size_t r = 0; r < ROWS; r++)
        sum += weight(b, r) * (double)table[r * DIM + j];
      assert_true(fabs(sum - (double)out[b * DIM + j]) < 2e-5);
    }
    for (size_t r = 0; r < ROWS; r++) {
      double sum = 0.5;
      for (size_t b = 0; b < BAGS; b++)
        sum += weight(b, r) * (double)dout[b * DIM + j];
      assert_true(fabs(sum - (double)grad[r * DIM + j]) < 2e-5);
    }
    assert_true(out[j] == 0);                        /* the empty bag */
    assert_true(grad[(ROWS - 1) * DIM + j] == 0.5f); /* a row that no bag names */
  }
}

static void test_order_within_a_bag(void **state) {
  (void)state;
  float turned[BAGS * MOST], a[BAGS * DIM], b[BAGS * DIM];
  memcpy(turned, ids, sizeof ids);
  for (size_t bag = 0; bag < BAGS; bag++)
    for (size_t n = FRAY_MIN(bag, (size_t)MOST), k = 0; k < n; k++)
      turned[bag * MOST + k] = ids[bag * MOST + n - 1 - k];
  fray_embedding_bag_forward(BAGS, MOST, DIM, GAIN, ids, table, a);
  fray_embedding_bag_forward(BAGS, MOST, DIM, GAIN, turned, table, b);
  for (size_t i = 0; i < BAGS * DIM; i++)
    assert_true(fabsf(a[i] - b[i]) < 4e-6f);
}

/* Of independent rows of variance 1 the vector of a bag has variance GAIN^2, whatever it holds. */
static void test_variance(void **state) {
  (void)state;
  enum { LONG = 25, WIDE = 4096 };
  static float rows[LONG * WIDE], of[LONG], out[WIDE];
  struct fray_rng rng = fray_rng_for(2, "embedding", 0, 0, 0);
  for (size_t i = 0; i < FRAY_COUNT(rows); i++)
    rows[i] = (float)fray_rng_normal(&rng);
  for (size_t n = 1; n <= LONG; n++) {
    double squares = 0;
    for (size_t k = 0; k < LONG; k++)
      of[k] = k < n ? (float)k : -1;
    fray_embedding_bag_forward(1, LONG, WIDE, GAIN, of, rows, out);
    for (size_t j = 0; j < WIDE; j++)
      squares += (double)out[j] * (double)out[j];
    /* Six deviations of a mean of so many squares of normal numbers. */
    assert_true(fabs(squares / WIDE / (GAIN * GAIN) - 1) < 6 * sqrt(2.0 / WIDE));
  }
}

static void test_ids_that_fit(void **state) {
  (void)state;
  assert_true(fray_embedding_ids_fit(3, (float[]){-1, 0, 10}, 11));
  assert_false(fray_embedding_ids_fit(1, (float[]){11}, 11));
  assert_false(fray_embedding_ids_fit(1, (float[]){-2}, 11));
  assert_false(fray_embedding_ids_fit(1, (float[]){0.5f}, 11));
  assert_false(fray_embedding_ids_fit(1, (float[]){NAN}, 11));
  assert_false(fray_embedding_ids_fit(1, (float[]){INFINITY}, 11));
  /* The largest id is exact in a float, its neighbour above is refused. */
  assert_true(fray_embedding_ids_fit(1, (float[]){16777215}, (size_t)1 << 24));
  assert_false(fray_embedding_ids_fit(1, (float[]){16777216}, (size_t)1 << 24));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_product_with_weights),
      cmocka_unit_test(test_order_within_a_bag),
      cmocka_unit_test(test_variance),
      cmocka_unit_test(test_ids_that_fit),
  };
  return cmocka_run_group_tests(tests, setup, NULL);
}
