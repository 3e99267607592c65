/* Maps -> structs: values, defaults, and every message that a user can meet. */
#include "broad.h"
#include "helper.h"

#include "fray/base/size.h"
#include "ok.h"

#include <math.h>

static struct broad read_all(const char *text, struct fray_arena *arena) {
  struct broad b;
  struct fray_err err = {0};
  if (fray_schema_read(&broad_table, parse_as(text, "dir/t.yaml", arena), "", &b, arena, &err) !=
      FRAY_OK)
    fail_msg("%s", err.text);
  return b;
}

static void test_values(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct broad b = read_all(broad_text, &arena);
  assert_string_equal(b.name, "study: one");
  assert_string_equal(b.note, "it's \"so\"");
  assert_string_equal(b.shards, "dir/../data/x");
  assert_int_equal(b.seeds.n, 3);
  assert_int_equal(b.seeds.v[2], 24);
  assert_int_equal(b.rates.n, 3);
  assert_true(b.rates.v[2] == 0.1);
  assert_int_equal(b.metrics.n, 1);
  assert_string_equal(b.metrics.v[0], "uar");
  assert_string_equal(b.modalities.v[1], "7");
  assert_int_equal(b.training.local.epochs, 2);
  assert_true(b.training.local.limit == INT64_MIN);
  assert_true(b.training.local.lr == 0.5 && b.training.local.clip == 10);
  assert_true(b.training.local.nesterov);
  assert_true(b.training.clients.is_fraction && b.training.clients.value == 1);
  assert_non_null(b.sweep);
  assert_int_equal(b.sweep->n, 2);
  fray_arena_free(&arena);
}

static void test_kinds(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct broad b = read_all(broad_text, &arena);
  assert_string_equal(b.training.server.algorithm.choice->name, "fedavgm");
  const struct momentum *momentum = b.training.server.algorithm.params;
  assert_true(momentum->lr == 0.5 && momentum->momentum == 0.9);
  assert_string_equal(b.model.pooling.choice->name, "last");
  assert_null(b.model.pooling.params);
  assert_int_equal(((const struct attention *)b.model.fusion.params)->heads, 4);
  assert_int_equal(b.model.hidden, 128);
  const struct damage *damage = b.corruption.v;
  assert_int_equal(b.corruption.n, 2);
  assert_int_equal(damage[0].at, 0);
  const struct noise *noise = damage[0].kind.params;
  assert_true(noise->rate == 0.2);
  assert_string_equal(noise->model.choice->name, "matrix");
  assert_true(((const struct matrix *)noise->model.params)->sparsity == 0.4);
  assert_string_equal(damage[1].kind.choice->name, "nothing");
  assert_null(damage[1].id);
  assert_int_equal(damage[1].at, 2);
  assert_int_equal(b.tests.n, 2);
  assert_string_equal(b.tests.name[0], "lost");
  const struct damage *lost = b.tests.v;
  noise = lost[0].kind.params;
  assert_true(((const struct symmetric *)noise->model.params)->same);
  fray_arena_free(&arena);
}

static void test_defaults(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct broad b = read_all("name: x\ntraining: {clients: 10}\nmodel:\ncorruption:\n", &arena);
  assert_null(b.note);
  assert_null(b.shards);
  assert_null(b.sweep);
  assert_int_equal(b.seeds.n, 2);
  assert_int_equal(b.seeds.v[1], 16);
  assert_int_equal(b.rates.n, 0);
  assert_string_equal(b.metrics.v[0], "accuracy");
  assert_true(b.training.local.lr == 0.05 && isnan(b.training.local.clip));
  assert_true(!b.training.clients.is_fraction && b.training.clients.value == 10);
  assert_string_equal(b.training.server.algorithm.choice->name, "fedavg");
  assert_string_equal(b.model.fusion.choice->name, "attention");
  assert_int_equal(b.corruption.n + b.tests.n, 0);
  b = read_all("name: x\n", &arena);
  assert_true(b.training.clients.is_fraction && b.training.clients.value == 0.1);
  b = read_all("name: x\nmodel: concat\ntraining: {server: fedavgm}\n", &arena);
  assert_string_equal(b.model.fusion.choice->name, "concat");
  assert_string_equal(b.training.server.algorithm.choice->name, "fedavgm");
  fray_arena_free(&arena);
}

/* A bare name chooses only the outer KIND, never one inside the chosen method. */
static void test_shorthand_stays_outside(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct broad b = read_all("name: x\ncorruption: [label_noise]\n", &arena);
  const struct damage *damage = b.corruption.v;
  const struct noise *noise = damage->kind.params;
  assert_string_equal(noise->model.choice->name, "symmetric");
  struct server server;
  struct fray_err err = {0};
  struct fray_node *bare = parse("fedavg", &arena);
  const struct fray_table *training = NULL, *table = NULL;
  training = fray_schema_field(&broad_table, NULL, "training")->section;
  table = fray_schema_field(training, NULL, "server")->section;
  assert_int_equal(fray_schema_read(table, bare, "s", &server, &arena, &err), FRAY_OK);
  assert_string_equal(server.algorithm.choice->name, "fedavg");
  assert_null(fray_schema_field(table, bare, "momentum"));
  assert_non_null(fray_schema_field(table, parse("fedavgm", &arena), "momentum"));
  fray_arena_free(&arena);
}

static void refuse(const char *text, const char *message) {
  struct fray_arena arena = {0};
  struct broad b;
  struct fray_err err = {0};
  const struct fray_node *root = parse(text, &arena);
  assert_int_equal(fray_schema_read(&broad_table, root, "", &b, &arena, &err), FRAY_INPUT);
  assert_string_equal(err.text, message);
  fray_arena_free(&arena);
}

static void test_unknown_names(void **state) {
  (void)state;
  refuse("name: x\ntraining:\n  local:\n    lrr: 1\n",
         "t.yaml:4: training.local: unknown key 'lrr' (did you mean 'lr'?)");
  refuse("name: x\nmodle: {}\n", "t.yaml:2: unknown key 'modle' (did you mean 'model'?)");
  refuse("name: x\ntraining: {server: {zzzzzz: 1}}\n",
         "t.yaml:2: training.server: unknown key 'zzzzzz'; there are 'algorithm', 'every'");
  refuse("name: x\nmodel: {fusion: atention}\n",
         "t.yaml:2: model.fusion: unknown fusion 'atention'; there are 'attention', "
         "'concat' (did you mean 'attention'?)");
  refuse("name: x\nmodel: {fusion: zzzzzz}\n",
         "t.yaml:2: model.fusion: unknown fusion 'zzzzzz'; there are 'attention', 'concat'");
  refuse("name: x\nmetrics: [uar, acuracy]\n",
         "t.yaml:2: metrics[1]: unknown value 'acuracy'; there are 'accuracy', "
         "'macro_f1', 'uar' (did you mean 'accuracy'?)");
  refuse("name: x\ncorruption: [{kind: nothing, at: tests}]\n",
         "t.yaml:2: corruption[0].at: unknown value 'tests'; there are 'train', 'test', "
         "'both' (did you mean 'test'?)");
}

/* A key that belongs further down: its place is said. */
static void test_keys_of_sections_below(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  refuse("name: x\nfusion: concat\n",
         "t.yaml:2: unknown key 'fusion' (did you mean 'model.fusion'?)");
  assert_string_equal(fray_schema_below(&broad_table, "fusion", &arena), "'model.fusion'");
  assert_string_equal(fray_schema_below(&broad_table, "nesterov", &arena),
                      "'training.local.nesterov'");
  assert_null(fray_schema_below(&broad_table, "name", &arena));
  assert_null(fray_schema_below(&broad_table, "zzzzzz", &arena));
  fray_arena_free(&arena);
}

static void test_unused_keys(void **state) {
  (void)state;
  refuse("name: x\ntraining:\n  server:\n    algorithm: fedavg\n    momentum: 0.9\n",
         "t.yaml:5: training.server.momentum: not used by algorithm fedavg (used by fedavgm); "
         "leave it out, "
         "or write momentum: null");
  refuse("name: x\ntraining:\n  server: {lr: 0.9}\n",
         "t.yaml:3: training.server.lr: not used by algorithm fedavg (used by fedavgm, fedadam); "
         "leave it out, "
         "or write lr: null");
  refuse("name: x\ncorruption:\n- {kind: nothing, sparsity: 0.2}\n",
         "t.yaml:3: corruption[0].sparsity: not used by corruption nothing (used by label_noise); "
         "leave it out, "
         "or write sparsity: null");
  refuse("name: x\ncorruption:\n- {kind: label_noise, sparsity: 0.2}\n",
         "t.yaml:3: corruption[0].sparsity: not used by model symmetric (used by matrix); leave it "
         "out, "
         "or write sparsity: null");
  refuse("name: x\nmodel: {fusion: concat, heads: 2}\n",
         "t.yaml:2: model.heads: not used by fusion concat (used by attention); leave it out, "
         "or write heads: null");
}

/* Set to nothing, such a key is as if it were not there: what is read and what is filled in. */
static void test_unused_keys_taken_out(void **state) {
  (void)state;
  static const char *const out[] = {"{momentum: null}", "{momentum: none}", "{momentum: }"};
  struct fray_arena arena = {0};
  struct fray_node *node, *plain, *filled;
  struct broad config;
  OK(fray_yaml_parse("name: x\n", "t.yaml", &arena, &node, &err));
  OK(fray_schema_read(&broad_table, node, "", &config, &arena, &err));
  OK(fray_schema_fill(&broad_table, node, &arena, &plain, &err));
  for (size_t i = 0; i < FRAY_COUNT(out); i++) {
    const char *yaml = fray_arena_printf(&arena, "name: x\ntraining: {server: %s}\n", out[i]);
    OK(fray_yaml_parse(yaml, "t.yaml", &arena, &node, &err));
    OK(fray_schema_read(&broad_table, node, "", &config, &arena, &err));
    OK(fray_schema_fill(&broad_table, node, &arena, &filled, &err));
    assert_true(fray_node_equal(plain, filled));
  }
  /* Where the key counts, `none` is no number; and a word that is no key stays one. */
  refuse("name: x\ntraining: {server: {algorithm: fedavgm, momentum: none}}\n",
         "t.yaml:2: training.server.momentum: expected a finite number, got 'none'");
  refuse("name: x\ntraining: {server: {zzzzzz: null}}\n",
         "t.yaml:2: training.server: unknown key 'zzzzzz'; there are 'algorithm', 'every'");
  fray_arena_free(&arena);
}

static void test_ranges(void **state) {
  (void)state;
  refuse("name: x\ntraining: {local: {lr: 20}}\n",
         "t.yaml:2: training.local.lr: 20 is not in [1e-08, 10]");
  refuse("name: x\ntraining: {local: {epochs: 0}}\n",
         "t.yaml:2: training.local.epochs: 0 is not at least 1");
  refuse("name: x\ntraining: {local: {clip: 0}}\n",
         "t.yaml:2: training.local.clip: 0 is not above 0");
  refuse("name: x\ntraining: {server: {algorithm: fedavgm, lr: 0}}\n",
         "t.yaml:2: training.server.lr: 0 is not in (0, 10]");
  refuse("name: x\ntraining: {server: {algorithm: fedavgm, momentum: 1}}\n",
         "t.yaml:2: training.server.momentum: 1 is not in [0, 1)");
  refuse("name: x\ntraining: {server: {every: -1}}\n",
         "t.yaml:2: training.server.every: -1 is not at least 0");
  refuse("name: x\nrates: [0, 1.5]\n", "t.yaml:2: rates[1]: 1.5 is not in [0, 1]");
  refuse("name: x\nseeds: -3\n", "t.yaml:2: seeds: -3 is not at least 0");
}

static void test_amounts(void **state) {
  (void)state;
  refuse("name: x\ntraining: {clients: 0}\n", "t.yaml:2: training.clients: 0 is not in [1, 1000]");
  refuse("name: x\ntraining: {clients: -1}\n", "t.yaml:2: training.clients: -1 is not at least 0");
  refuse("name: x\ntraining: {clients: 1.5}\n",
         "t.yaml:2: training.clients: 1.5 is no fraction in (0, 1]; a count is written without a "
         "point");
  refuse("name: x\ntraining: {clients: all}\n",
         "t.yaml:2: training.clients: expected a count like 10 or a fraction like 0.1, got 'all'");
  refuse("name: x\ntraining: {clients: 30%}\n",
         "t.yaml:2: training.clients: '30%' is no count and no fraction; 30 % is written 0.3");
  const struct fray_amount tenth = {0.1, true}, whole = {1, true}, ten = {10, false};
  assert_int_equal(fray_amount_of(tenth, 105), 10);
  assert_int_equal(fray_amount_of(tenth, 5), 1);
  assert_int_equal(fray_amount_of(tenth, 0), 0);
  assert_int_equal(fray_amount_of(whole, 7), 7);
  assert_int_equal(fray_amount_of(ten, 7), 7);
  assert_int_equal(fray_amount_of(ten, 70), 10);
  assert_int_equal(fray_amount_of((struct fray_amount){0.29, true}, 100), 29);
}

static void test_types(void **state) {
  (void)state;
  refuse("name: [x]\n", "t.yaml:1: name: expected a text, got a list");
  refuse("name:\n", "t.yaml:1: name: no value is given");
  refuse("name: x\nseeds: [1.5]\n", "t.yaml:2: seeds[0]: expected a whole number, got '1.5'");
  refuse("name: x\nseeds: [1e3]\n", "t.yaml:2: seeds[0]: expected a whole number, got '1e3'");
  refuse("name: x\nseeds: ['1']\n",
         "t.yaml:2: seeds[0]: expected a whole number, got the text '1'");
  refuse("name: x\nrates: [nan]\n", "t.yaml:2: rates[0]: expected a finite number, got 'nan'");
  refuse("name: x\nrates: {a: 1}\n", "t.yaml:2: rates: expected a list, got a map");
  refuse("name: x\ntraining: {local: {lr: .inf}}\n",
         "t.yaml:2: training.local.lr: expected a finite number, got '.inf'");
  refuse("name: x\ntraining: {local: {nesterov: yes}}\n",
         "t.yaml:2: training.local.nesterov: expected true or false, got 'yes'");
  refuse("name: x\ntraining: 3\n", "t.yaml:2: training: expected a map of keys");
  refuse("name: x\ntraining: {local: [1]}\n", "t.yaml:2: training.local: expected a map of keys");
  refuse("name: x\ncorruption: {kind: nothing}\n", "t.yaml:2: corruption: expected a list");
  refuse("name: x\ntests: [1]\n", "t.yaml:2: tests: expected a map of names");
  refuse("name: x\nmodel: {fusion: [a]}\n",
         "t.yaml:2: model.fusion: expected the name of one fusion, got a list");
}

static void test_required(void **state) {
  (void)state;
  refuse("note: x\n", "t.yaml:1: name: required, but not given");
  refuse("", "t.yaml:1: name: required, but not given");
  refuse("name: x\ntests:\n  t: {at: test}\n", "t.yaml:3: tests.t.kind: required, but not given");
  refuse("name: x\ntraining: {server: fedadam}\n",
         "t.yaml:2: training.server.lr: required, but not given");
  struct broad b;
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  assert_int_equal(fray_schema_read(&broad_table, NULL, "top", &b, &arena, &err), FRAY_INPUT);
  assert_string_equal(err.text, "top.name: required, but not given");
  fray_arena_free(&arena);
}

static void test_checks_across_keys(void **state) {
  (void)state;
  refuse("name: x\ntraining:\n  local: {nesterov: true, epochs: 100}\n",
         "t.yaml:2: training: nesterov and 100 epochs do not go together");
}

static void test_paths(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct broad b = read_all("name: x\nshards: /abs/x\n", &arena);
  assert_string_equal(b.shards, "/abs/x");
  b = read_all("name: x\nshards: '-'\n", &arena);
  assert_string_equal(b.shards, "-");
  struct fray_node *root = parse_as("name: x\n", "dir/t.yaml", &arena);
  assert_int_equal(
      fray_node_set_path(root, "shards", fray_node_scalar("y", "--set", 0, &arena), &arena, &err),
      FRAY_OK);
  assert_int_equal(fray_schema_read(&broad_table, root, "", &b, &arena, &err), FRAY_OK);
  assert_string_equal(b.shards, "y");
  fray_arena_free(&arena);
}

static void test_has(void **state) {
  (void)state;
  static const char *const good[] = {
      "name",           "training.local.lr", "training.server.momentum", "training.server",
      "tests.any.rate", "tests.any",         "tests.any.sparsity",       "sweep.what.ever",
      "model.heads",    "corruption"};
  struct fray_arena arena = {0};
  const char *near = NULL;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_true(fray_schema_has(&broad_table, good[i], &arena, &near));
  static const char *const bad[][2] = {
      {"nam", "name"},
      {"training.local.lrr", "training.local.lr"},
      {"trainin.local.lr", "training.local.lr"},
      {"tests.any.rat", "tests.any.rate"},
      {"trainin.local.zzzzzz", "training"},
      {"qqqqqqqqq", NULL},
      {"name.x", "name"},
      {"", NULL},
      {"training..lr", NULL},
      {"tests.", "tests"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    near = "?";
    assert_false(fray_schema_has(&broad_table, bad[i][0], &arena, &near));
    if (bad[i][1])
      assert_string_equal(near, bad[i][1]);
    else
      assert_null(near);
  }
  fray_arena_free(&arena);
}

static void test_reference(void **state) {
  (void)state;
  struct fray_text text = {0}, again = {0};
  fray_schema_reference(&broad_table, &text);
  fray_schema_reference(&broad_table, &again);
  assert_string_equal(text.data, again.data);
  static const char *const rows[] = {
      "\n| `name` | text |  |  | required | name of the study |\n",
      "\n### `training`\n",
      "\n#### `training.local`\n\nLocal training.\n",
      "\n| `lr` | number | [1e-08, 10] | 1/step | `0.05` | SGD step \\| size |\n",
      "\n| `clip` | number | above 0 |  | none |  |\n",
      "\n| `algorithm` | method | `fedavg`, `fedavgm`, `fedadam` |  | `fedavg` | how updates",
      "\n##### `training.server.algorithm: fedavg`\n\nMean. Source: McMahan\n",
      "\n| `clients` | count or fraction | [1, 1000] |  | `0.1` |",
      "\n### `tests.NAME`\n",
      "\n### `corruption[]`\n",
      "\n| `sparsity` | number | [0, 1] |  | `0` |",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (!strstr(text.data, rows[i]))
      fail_msg("no '%s' in\n%s", rows[i], text.data);
  fray_text_free(&text);
  fray_text_free(&again);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_kinds),
      cmocka_unit_test(test_defaults),
      cmocka_unit_test(test_shorthand_stays_outside),
      cmocka_unit_test(test_unknown_names),
      cmocka_unit_test(test_keys_of_sections_below),
      cmocka_unit_test(test_unused_keys),
      cmocka_unit_test(test_unused_keys_taken_out),
      cmocka_unit_test(test_ranges),
      cmocka_unit_test(test_amounts),
      cmocka_unit_test(test_types),
      cmocka_unit_test(test_required),
      cmocka_unit_test(test_checks_across_keys),
      cmocka_unit_test(test_paths),
      cmocka_unit_test(test_has),
      cmocka_unit_test(test_reference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
