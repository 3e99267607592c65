/* The filled map: complete, canonical, stable. */
#include "broad.h"
#include "fray/base/file.h"
#include "helper.h"
#include "scratch.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

static struct fray_node *fill(const struct fray_node *node, struct fray_arena *arena) {
  struct fray_err err = {0};
  struct fray_node *out = NULL;
  if (fray_schema_fill(&broad_table, node, arena, &out, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return out;
}

static void assert_same(const struct fray_node *a, const struct fray_node *b) {
  struct fray_text x = {0}, y = {0};
  fray_node_emit(a, &x);
  fray_node_emit(b, &y);
  assert_string_equal(x.data, y.data);
  assert_true(fray_node_equal(a, b));
  fray_text_free(&x);
  fray_text_free(&y);
}

static void test_content(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_text text = {0};
  fray_node_emit(fill(parse(broad_text, &arena), &arena), &text);
  char folder[PATH_MAX];
  assert_non_null(getcwd(folder, sizeof folder));
  *strrchr(folder, '/') = '\0';
  char *expected = fray_arena_printf(
      &arena,
      "name: \"study: one\"\nnote: \"it's \\\"so\\\"\"\nshards: %s/data/x\nseeds: [8, 16, 24]\n"
      "rates: [0, 1, 0.1]\nmetrics: [uar]\nmodalities: [acc, \"7\"]\n"
      "training:\n  local:\n    epochs: 2\n    lr: 0.5\n    clip: 10\n    nesterov: true\n"
      "  server:\n    algorithm: fedavgm\n    lr: 0.5\n    momentum: 0.9\n    every: 1\n"
      "  clients: 1.0\n"
      "model:\n  fusion: attention\n  heads: 4\n  pooling: last\n  hidden: 128\n"
      "corruption:\n"
      "  - id: wrong\n    kind: label_noise\n    model: matrix\n    sparsity: 0.4\n    rate: 0.2\n"
      "    at: train\n"
      "  - kind: nothing\n    at: both\n"
      "tests:\n  lost:\n    kind: label_noise\n    model: symmetric\n    same: true\n"
      "    rate: 0.1\n    at: both\n  none:\n    kind: nothing\n    at: both\n"
      "sweep:\n  - grid:\n      a.b: [0, 0.1]\n      c:\n        - x\n        - - y\n"
      "          - z: 1\n  - zip: {}\n",
      folder);
  assert_string_equal(text.data, expected);
  fray_text_free(&text);
  fray_arena_free(&arena);
}

static struct broad share(const struct fray_node *node, struct fray_schema_store *store,
                          struct fray_node **filled, struct fray_arena *arena) {
  struct broad out = {0};
  struct fray_err err = {0};
  if (fray_schema_share(&broad_table, node, store, &out, filled, arena, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return out;
}

/* Reading with what was read before is reading: equal keys are one, changed ones are their own. */
static void test_shared(void **state) {
  (void)state;
  struct fray_arena arena = {0}, scratch = {0};
  struct fray_schema_store store = {0};
  struct fray_node *first, *second, *third;
  const struct fray_node *given = parse(broad_text, &arena);
  struct broad a = share(given, &store, &first, &arena);
  assert_same(first, fill(given, &arena));
  const size_t known = store.n;
  struct fray_node *changed = fray_node_copy(given, &scratch);
  struct fray_err err = {0};
  assert_int_equal(fray_node_set_path(changed, "training.local.lr",
                                      fray_node_scalar("0.25", "t.yaml", 1, &scratch), &scratch,
                                      &err),
                   FRAY_OK);
  struct broad b = share(changed, &store, &second, &arena);
  assert_same(second, fill(changed, &arena));
  fray_arena_free(&scratch); /* what was read does not need it */
  assert_int_equal(store.n, known + 1);
  assert_true(a.training.local.lr == 0.5 && b.training.local.lr == 0.25);
  assert_ptr_equal(a.corruption.v, b.corruption.v);
  assert_ptr_equal(fray_node_get(first, "model")->child, fray_node_get(second, "model")->child);
  assert_ptr_not_equal(fray_node_get(first, "model"), fray_node_get(second, "model"));
  share(given, &store, &third, &arena);
  assert_int_equal(store.n, known + 1);
  assert_same(third, first);
  fray_arena_free(&arena);
}

/* A value that is the same on another line is read anew, since messages name lines. */
static void test_shared_keeps_lines(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_schema_store store = {0};
  struct fray_node *first, *second;
  share(parse("name: x\ncorruption: [{kind: nothing}]\n", &arena), &store, &first, &arena);
  share(parse("name: x\n\ncorruption: [{kind: nothing}]\n", &arena), &store, &second, &arena);
  assert_int_equal(fray_node_get(first, "corruption")->child->line, 2);
  assert_int_equal(fray_node_get(second, "corruption")->child->line, 3);
  struct fray_err err = {0};
  struct broad out;
  assert_int_equal(fray_schema_share(&broad_table, parse("name: x\nmodel: {hiden: 1}\n", &arena),
                                     &store, &out, &second, &arena, &err),
                   FRAY_INPUT);
  assert_string_equal(err.text, "t.yaml:2: model: unknown key 'hiden' (did you mean 'hidden'?)");
  fray_arena_free(&arena);
}

static void test_idempotent(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  const char *const texts[] = {broad_text, "name: x\n", "name: ~x\nmodel: concat\n",
                               "name: '1'\ntraining: {clients: 5}\nseeds: []\n"};
  for (size_t i = 0; i < 4; i++) {
    const struct fray_node *once = fill(parse(texts[i], &arena), &arena);
    assert_same(once, fill(once, &arena));
    struct fray_text text = {0};
    fray_node_emit(once, &text);
    const struct fray_node *back = parse(text.data, &arena);
    assert_true(fray_node_equal(once, back));
    assert_same(once, fill(back, &arena));
    fray_text_free(&text);
  }
  fray_arena_free(&arena);
}

/* What means the same is written the same. */
static void test_canonical(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  static const char *const pairs[][2] = {
      {"name: x\ntraining: {local: {lr: 1.0}}\n", "training: {local: {lr: 1}}\nname: 'x'\n"},
      {"name: x\nrates: 0.5\n", "name: x\nrates: [5e-1]\n"},
      {"name: x\nmodel: concat\n", "name: x\nmodel: {fusion: concat, hidden: 0128}\n"},
      {"name: x\ntraining: {clients: 0.10}\n", "name: x\n"},
      {"name: x\nrates: [-0.0]\n", "name: x\nrates: [0]\n"},
      {"name: x\nnote: ~\nmodalities: []\n", "name: x\n"},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    assert_same(fill(parse(pairs[i][0], &arena), &arena), fill(parse(pairs[i][1], &arena), &arena));
  const struct fray_node *share =
      fill(parse("name: x\ntraining: {clients: 1.0}\n", &arena), &arena);
  const struct fray_node *one = fill(parse("name: x\ntraining: {clients: 1}\n", &arena), &arena);
  assert_false(fray_node_equal(share, one));
  fray_arena_free(&arena);
}

static void test_paths(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  char folder[SCRATCH], real_folder[PATH_MAX];
  scratch(folder, "fray-fill-XXXXXX");
  assert_non_null(mkdtemp(folder));
  assert_non_null(realpath(folder, real_folder));
  char *sub = fray_arena_printf(&arena, "%s/sub", folder);
  assert_int_equal(fray_make_folders(sub, &err), FRAY_OK);
  assert_int_equal(symlink(sub, fray_arena_printf(&arena, "%s/link", folder)), 0);
  static const char *const cases[][2] = {{"../link", "/sub"},
                                         {"../link/*.h5", "/sub/*.h5"},
                                         {"./no/../such", "/sub/such"},
                                         {"../link/./a//b", "/sub/a/b"}};
  for (size_t i = 0; i < 4; i++) {
    char *text = fray_arena_printf(&arena, "name: x\nshards: \"%s\"\n", cases[i][0]);
    struct fray_node *node = parse_as(text, fray_arena_printf(&arena, "%s/s.yaml", sub), &arena);
    const struct fray_node *filled = fill(node, &arena);
    assert_string_equal(fray_node_get(filled, "shards")->scalar,
                        fray_arena_printf(&arena, "%s%s", real_folder, cases[i][1]));
    assert_same(filled, fill(filled, &arena));
  }
  assert_string_equal(
      fray_node_get(fill(parse("name: x\nshards: /../..\n", &arena), &arena), "shards")->scalar,
      "/");
  assert_int_equal(fray_remove_tree(folder, &err), FRAY_OK);
  fray_arena_free(&arena);
}

/* Lines survive, so that a later message still points into the user's file. */
static void test_lines(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  const struct fray_node *filled = fill(parse(broad_text, &arena), &arena);
  assert_int_equal(fray_node_at(filled, "training.local.lr")->line, 9);
  assert_int_equal(fray_node_at(filled, "tests.none.kind")->line, 18);
  assert_int_equal(fray_node_get(filled, "corruption")->child->next->line, 15);
  filled = fill(parse("name: x\nmodalities:\n  - a\n  - b\n", &arena), &arena);
  assert_int_equal(fray_node_get(filled, "modalities")->child->next->line, 4);
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_content),
      cmocka_unit_test(test_shared),
      cmocka_unit_test(test_shared_keeps_lines),
      cmocka_unit_test(test_idempotent),
      cmocka_unit_test(test_canonical),
      cmocka_unit_test(test_paths),
      cmocka_unit_test(test_lines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
