/* The rule of training.stop on made sequences of dev scores. */
#include "fray/fed/patience.h"

#include "fray/base/size.h"
#include "fray/metric/metric.h"
#include "fray/schema/node.h"
#include "ok.h"

#include <math.h>
#include <string.h>

/* The evaluated round, from 1, after which training ends; 0: it never does. */
static size_t ends_after(int64_t patience, double min_delta, bool higher, const double *dev,
                         size_t n) {
  const struct fray_stop_config config = {.patience = patience, .min_delta = min_delta};
  struct fray_patience p = {0};
  for (size_t i = 0; i < n; i++)
    if (fray_patience_look(&p, &config, higher, dev[i]))
      return i + 1;
  return 0;
}
#define ENDS(patience, delta, higher, ...)                                                         \
  ends_after(patience, delta, higher, (const double[]){__VA_ARGS__},                               \
             FRAY_COUNT(((const double[]){__VA_ARGS__})))

/* Losses, patience and the epoch that ends training, counted from 0, of the tests of PyTorch
 * Lightning's EarlyStopping (its test_early_stopping_patience).
 */
static void as_lightning_does(void **state) {
  (void)state;
  assert_int_equal(ENDS(3, 0, false, 6, 5, 5, 5, 5, 5), 4 + 1);
  assert_int_equal(ENDS(1, 0, false, 6, 5, 4, 4, 3, 3), 3 + 1);
  assert_int_equal(ENDS(3, 0, false, 6, 5, 6, 5, 5, 5), 4 + 1);
}

/* A score that rises for r rounds and then stays: training ends after r + patience. */
static void closed_form(void **state) {
  (void)state;
  enum { MOST = 12 };
  for (size_t rise = 1; rise <= MOST; rise++)
    for (int64_t patience = 0; patience <= MOST; patience++) {
      double up[MOST], down[MOST];
      for (size_t i = 0; i < MOST; i++) {
        up[i] = 0.125 * (double)FRAY_MIN(i + 1, rise);
        down[i] = -up[i];
      }
      const size_t end = rise + (size_t)patience;
      const size_t expected = patience > 0 && end <= MOST ? end : 0;
      assert_int_equal(ends_after(patience, 0, true, up, MOST), expected);
      assert_int_equal(ends_after(patience, 0, false, down, MOST), expected);
      /* Steps of exactly min_delta are none; half of it makes no difference. */
      assert_int_equal(ends_after(patience, 0.0625, true, up, MOST), expected);
      assert_int_equal(ends_after(patience, 0.125, true, (const double[]){0, 0.125, 0.125}, 3),
                       patience == 1 || patience == 2 ? patience + 1 : 0);
    }
}

/* Held against the last improvement: small steps add up. */
static void small_steps_add_up(void **state) {
  (void)state;
  assert_int_equal(ENDS(2, 0.25, true, 0, 0.125, 0.375, 0.5, 0.75, 1.0), 0);
  assert_int_equal(ENDS(2, 0.25, true, 0, 0.125, 0.25, 0.5), 3);
  assert_int_equal(ENDS(2, 0.25, false, 1, 0.875, 0.75, 0.5), 3);
}

/* A fall is no improvement, nor is the way back up to where it was. */
static void a_fall_and_back(void **state) {
  (void)state;
  assert_int_equal(ENDS(3, 0, true, 0.5, 0.25, 0.375, 0.5, 0.75), 4);
  assert_int_equal(ENDS(4, 0, true, 0.5, 0.25, 0.375, 0.5, 0.75), 0);
}

static void undefined_scores(void **state) {
  (void)state;
  assert_int_equal(ENDS(2, 0, true, NAN, NAN, 0.5), 2);
  assert_int_equal(ENDS(2, 0, true, NAN, 0.5, NAN, 0.75, NAN, NAN), 6);
  assert_int_equal(ENDS(2, 0, true, NAN, -1, NAN, NAN), 4);
  assert_int_equal(ENDS(2, 10, false, NAN, 0.5, 0.25), 0);
}

static enum fray_status read(const char *yaml, struct fray_stop_config *out, struct fray_err *e) {
  struct fray_node *node;
  static struct fray_arena arena;
  fray_arena_reset(&arena);
  assert_int_equal(fray_yaml_parse(yaml, "test", &arena, &node, e), FRAY_OK);
  return fray_schema_read(&fray_stop_table, node, "", out, &arena, e);
}

static void keys(void **state) {
  (void)state;
  struct fray_stop_config c;
  struct fray_err e = {0};
  assert_int_equal(read("{}", &c, &e), FRAY_OK);
  assert_true(c.patience == 0 && c.min_delta == 0 && !c.metric);
  assert_int_equal(read("{patience: 5, metric: nll, min_delta: 0.01}", &c, &e), FRAY_OK);
  assert_true(c.patience == 5 && c.min_delta == 0.01);
  assert_string_equal(c.metric, "nll");
  static const char *const bad[] = {"{patience: -1}",   "{patience: 1.5}",   "{min_delta: -0.1}",
                                    "{min_delta: nan}", "{metric: acuracy}", "{patients: 3}"};
  static const char *const part[] = {"patience",  "patience", "min_delta",
                                     "min_delta", "accuracy", "patience"};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
    assert_int_equal(read(bad[i], &c, &e), FRAY_INPUT);
    if (!strstr(e.text, part[i]))
      fail_msg("'%s' is not in: %s", part[i], e.text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(as_lightning_does),  cmocka_unit_test(closed_form),
      cmocka_unit_test(small_steps_add_up), cmocka_unit_test(a_fall_and_back),
      cmocka_unit_test(undefined_scores),   cmocka_unit_test(keys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
