/* Sweep expansion, seeds, and setting one key of a scenario tree. */
#include "study/scenario/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fray_arena arena;

static int tear_down(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return 0;
}

static struct fray_node *parse(const char *yaml) {
  struct fray_err err = {0};
  struct fray_node *root = NULL;
  if (fray_yaml_parse(yaml, "t.yaml", &arena, &root, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return root;
}

/* "a=1 b=x; a=2 b=x": the points in order, keys in order. */
static const char *points_of(const char *yaml) {
  struct fray_err err = {0};
  struct fray_axis_point *points = NULL;
  struct fray_text text = {0};
  size_t n = 0;
  if (fray_sweep_expand(parse(yaml), &arena, &points, &n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < points[i].n; k++)
      fray_text_printf(&text, "%s%s=%s",
                       k   ? " "
                       : i ? "; "
                           : "",
                       points[i].key[k],
                       points[i].value[k]->kind == FRAY_NODE_SCALAR ? points[i].value[k]->scalar
                                                                    : "(list)");
  fray_text_printf(&text, " #%zu", n);
  const char *copy = fray_arena_strdup(&arena, text.data);
  fray_text_free(&text);
  return copy;
}

static void refused(const char *yaml, const char *part) {
  struct fray_err err = {0};
  struct fray_axis_point *points = NULL;
  size_t n = 0;
  assert_int_equal(fray_sweep_expand(parse(yaml), &arena, &points, &n, &err), FRAY_INPUT);
  if (!strstr(err.text, part))
    fail_msg("'%s' is not in '%s'", part, err.text);
}

static void no_sweep_is_one_point(void **state) {
  (void)state;
  assert_string_equal(points_of("name: x"), " #1");
  assert_string_equal(points_of("sweep: null"), " #1");
  assert_string_equal(points_of("sweep: []"), " #1");
}

static void grids_multiply_first_key_slowest(void **state) {
  (void)state;
  assert_string_equal(points_of("sweep: [{grid: {a: [1, 2], b: [x, y]}}]"),
                      "a=1 b=x; a=1 b=y; a=2 b=x; a=2 b=y #4");
}

static void a_zip_goes_in_step(void **state) {
  (void)state;
  assert_string_equal(points_of("sweep: [{zip: {a: [1, 2, 2], b: [x, x, y]}}]"),
                      "a=1 b=x; a=2 b=x; a=2 b=y #3");
}

static void entries_multiply(void **state) {
  (void)state;
  assert_string_equal(points_of("sweep: [{zip: {a: [1, 2], b: [x, y]}}, {grid: {c: [0, 5, 7]}}]"),
                      "a=1 b=x c=0; a=1 b=x c=5; a=1 b=x c=7; a=2 b=y c=0; a=2 b=y c=5; "
                      "a=2 b=y c=7 #6");
  assert_string_equal(points_of("sweep: [{grid: {a: [[1, 2], [3]]}}]"), "a=(list); a=(list) #2");
}

static void methods_are_swept_unless_a_sweep_names_them(void **state) {
  (void)state;
  const char *methods = "methods: {m: {x.y: 1}, n: {x.y: 2}}\n";
  assert_string_equal(points_of(methods), "method=m; method=n #2");
  const char *grid = "methods: {m: {}, n: {}}\nsweep: [{grid: {a: [1, 2]}}]";
  assert_string_equal(points_of(grid), "a=1 method=m; a=1 method=n; a=2 method=m; a=2 method=n #4");
  const char *named = "methods: {m: {}, n: {}}\nsweep: [{grid: {method: [n], a: [1, 2]}}]";
  assert_string_equal(points_of(named), "method=n a=1; method=n a=2 #2");
  assert_string_equal(points_of("methods: {}"), " #1");
}

static void bad_sweeps_are_refused(void **state) {
  (void)state;
  refused("sweep: {grid: {a: [1]}}", "a list of");
  refused("sweep: [{gird: {a: [1]}}]", "each entry is");
  refused("sweep: [{grid: {a: [1]}, zip: {b: [1]}}]", "each entry is");
  refused("sweep: [{grid: {}}]", "each entry is");
  refused("sweep: [{grid: {a: 1}}]", "a must be a list");
  refused("sweep: [{grid: {a: []}}]", "at least one value");
  refused("sweep: [{grid: {a: [1, 2, 1]}}]", "a has the value 1 twice");
  refused("sweep: [{zip: {a: [1, 2, 1], b: [x, y, x]}}]", "a has the value 1 twice");
  refused("sweep: [{grid: {a: [1]}}, {grid: {a: [2]}}]", "a is swept twice");
  refused("sweep: [{zip: {a: [1, 2], b: [1]}}]", "b has 1 values, a has 2");
  refused("sweep: [{grid: {seeds: [1]}}]", "study as a whole");
  refused("sweep: [{grid: {seeds.trial: [[1]]}}]", "study as a whole");
  refused("methods: [a, b]", "a map from names");
  struct fray_text big = {0};
  fray_text_puts(&big, "sweep: [");
  for (int i = 0; i < 17; i++) /* 2^17 points */
    fray_text_printf(&big, "%s{grid: {k%d: [1, 2]}}", i ? ", " : "", i);
  fray_text_puts(&big, "]");
  refused(big.data, "more than 100000");
  fray_text_free(&big);
}

/* Seeds ------------------------------------------------------------------------------------- */

static enum fray_status read_seeds(const char *yaml, int64_t repeats, struct fray_trial **trial,
                                   size_t *n, struct fray_err *err) {
  struct fray_scenario config = {.repeats = repeats};
  config.seeds = yaml ? fray_node_get(parse(yaml), "seeds") : NULL;
  return fray_seeds_read(&config, &arena, trial, n, err);
}

static void expect_seeds(const char *yaml, int64_t repeats, size_t n, const uint64_t (*want)[3]) {
  struct fray_err err = {0};
  struct fray_trial *trial = NULL;
  size_t found = 0;
  if (read_seeds(yaml, repeats, &trial, &found, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(found, n);
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(trial[i].seed, want[i][0]);
    assert_int_equal(trial[i].partition_seed, want[i][1]);
    assert_int_equal(trial[i].corruption_seed, want[i][2]);
  }
}

static void seeds_and_repeats(void **state) {
  (void)state;
  /* trial, partition (fixed: 0), corruption (the trial's own) */
  expect_seeds(NULL, INT64_MIN, 1, (const uint64_t[][3]){{1, 0, 1}});
  expect_seeds(NULL, 3, 3, (const uint64_t[][3]){{1, 0, 1}, {2, 0, 2}, {3, 0, 3}});
  expect_seeds("seeds: [8, 16]", INT64_MIN, 2, (const uint64_t[][3]){{8, 0, 8}, {16, 0, 16}});
  expect_seeds("seeds: {trial: [8, 16], partition: per_trial, corruption: fixed}", INT64_MIN, 2,
               (const uint64_t[][3]){{8, 8, 0}, {16, 16, 0}});
  expect_seeds("seeds: {trial: [4], partition: 7, corruption: 9}", INT64_MIN, 1,
               (const uint64_t[][3]){{4, 7, 9}});
  expect_seeds("seeds: {partition: 7}", 2, 2, (const uint64_t[][3]){{1, 7, 1}, {2, 7, 2}});
}

static void bad_seeds_are_refused(void **state) {
  (void)state;
  static const char *const bad[][2] = {{"seeds: []", "at least one"},
                                       {"seeds: 4", "a list"},
                                       {"seeds: [1, -2]", "-2"},
                                       {"seeds: [1.5]", "1.5"},
                                       {"seeds: [1, 2, 1]", "twice"},
                                       {"seeds: [[1]]", "a list or map"},
                                       {"seeds: {trial: [1], partition: sometimes}", "sometimes"},
                                       {"seeds: {trail: [1]}", "'trial'"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct fray_err err = {0};
    struct fray_trial *trial = NULL;
    size_t n = 0;
    assert_int_equal(read_seeds(bad[i][0], INT64_MIN, &trial, &n, &err), FRAY_INPUT);
    if (!strstr(err.text, bad[i][1]))
      fail_msg("'%s' is not in '%s'", bad[i][1], err.text);
  }
  struct fray_err err = {0};
  struct fray_trial *trial = NULL;
  size_t n = 0;
  assert_int_equal(read_seeds("seeds: [1]", 2, &trial, &n, &err), FRAY_INPUT);
}

/* Keys -------------------------------------------------------------------------------------- */

static const char *const tree =
    "name: x\ncorruption:\n  - {id: lost, kind: missing_modality, rate: 0.5}\n"
    "  - {kind: label_noise, rate: 0.1}\ntests: {t: {kind: missing_modality, rate: 1}}\n";

static void keys_reach_sections_and_entries(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_node *root = parse(tree), *value = fray_node_get(parse("v: 0.25"), "v");
  static const char *const keys[] = {"lost.rate", "label_noise.rate", "training.local.lr",
                                     "tests.t.rate", "lost.who"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (fray_scenario_set(root, keys[i], value, &arena, &err) != FRAY_OK)
      fail_msg("%s", err.text);
  const struct fray_node *list = fray_node_get(root, "corruption");
  assert_string_equal(fray_node_get(list->child, "rate")->scalar, "0.25");
  assert_string_equal(fray_node_get(list->child, "who")->scalar, "0.25");
  assert_string_equal(fray_node_get(list->child->next, "rate")->scalar, "0.25");
  assert_string_equal(fray_node_at(root, "training.local.lr")->scalar, "0.25");
  assert_string_equal(fray_node_at(root, "tests.t.rate")->scalar, "0.25");
}

static void unknown_keys_name_the_nearest(void **state) {
  (void)state;
  static const char *const bad[][2] = {{"lost.rat", "'lost.rate'"},
                                       {"training.local.rl", "no key 'training.local.rl'"},
                                       {"traning.rounds", "'training.rounds'"},
                                       {"nobody.rate", "of ids there are 'lost', 'label_noise'"}};
  struct fray_node *value = fray_node_get(parse("v: 1"), "v");
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct fray_err err = {0};
    assert_int_equal(fray_scenario_set(parse(tree), bad[i][0], value, &arena, &err), FRAY_INPUT);
    if (!strstr(err.text, bad[i][1]))
      fail_msg("'%s' is not in '%s'", bad[i][1], err.text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_sweep_is_one_point),
      cmocka_unit_test(grids_multiply_first_key_slowest),
      cmocka_unit_test(a_zip_goes_in_step),
      cmocka_unit_test(entries_multiply),
      cmocka_unit_test(methods_are_swept_unless_a_sweep_names_them),
      cmocka_unit_test(bad_sweeps_are_refused),
      cmocka_unit_test(seeds_and_repeats),
      cmocka_unit_test(bad_seeds_are_refused),
      cmocka_unit_test(keys_reach_sections_and_entries),
      cmocka_unit_test(unknown_keys_name_the_nearest),
  };
  return cmocka_run_group_tests(tests, NULL, tear_down);
}
