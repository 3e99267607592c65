/* Texts -> trees -> texts. */
#include "helper.h"
#include "scratch.h"

#include "fray/base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void test_tree_and_lines(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_node *root = parse("# top\na: 1\nb:\n  c: [x, 'y', ~]\n  d: {}\ne:\n", &arena);
  assert_int_equal(root->kind, FRAY_NODE_MAP);
  assert_int_equal(root->n, 3);
  const struct fray_node *c = fray_node_at(root, "b.c");
  assert_non_null(c);
  assert_int_equal(c->kind, FRAY_NODE_LIST);
  assert_int_equal(c->n, 3);
  assert_int_equal(c->line, 4);
  assert_string_equal(c->child->scalar, "x");
  assert_false(c->child->quoted);
  assert_true(c->child->next->quoted);
  assert_int_equal(c->child->next->next->kind, FRAY_NODE_NULL);
  assert_int_equal(fray_node_get(root, "b")->line, 3);
  assert_int_equal(fray_node_get(root, "e")->kind, FRAY_NODE_NULL);
  assert_int_equal(fray_node_at(root, "b.d")->n, 0);
  assert_null(fray_node_at(root, "a.x"));
  assert_null(fray_node_at(root, "b..c"));
  assert_null(fray_node_get(NULL, "a"));
  char where[256];
  assert_string_equal(fray_node_where(c, where), "t.yaml:4");
  fray_arena_free(&arena);
}

static void test_empty_documents(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  const char *const texts[] = {"", "# only a comment\n", "---\n", "\n\n", "\xEF\xBB\xBF"};
  for (size_t i = 0; i < 5; i++) {
    const struct fray_node *root = parse(texts[i], &arena);
    assert_int_equal(root->kind, FRAY_NODE_MAP);
    assert_int_equal(root->n, 0);
  }
  assert_int_equal(parse("null", &arena)->kind, FRAY_NODE_NULL);
  assert_string_equal(parse("0.1", &arena)->scalar, "0.1");
  assert_string_equal(parse("\xEF\xBB\xBF"
                            "a: b",
                            &arena)
                          ->child->key,
                      "a");
  fray_arena_free(&arena);
}

static void refuse(const char *text, const char *message) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_node *root = NULL;
  assert_int_equal(fray_yaml_parse(text, "t.yaml", &arena, &root, &err), FRAY_INPUT);
  if (!strstr(err.text, message))
    fail_msg("'%s' does not say '%s'", err.text, message);
  assert_null(root);
  fray_arena_free(&arena);
}

static void test_refusals(void **state) {
  (void)state;
  refuse("a: 1\nb: 2\na: 3\n", "t.yaml:3: key 'a' is already given in line 1");
  refuse("x:\n  - {k: 1,\n     k: 2}\n", "t.yaml:3: key 'k' is already given in line 2");
  refuse("a: !!str 1\n", "t.yaml:1: tags (tag:yaml.org,2002:str) are not supported");
  refuse("a: &x {b: 1}\nc:\n  <<: *x\n", "t.yaml:3: merge keys (<<) are not supported");
  refuse("a: 1\n---\nb: 2\n", "more than one YAML document");
  refuse("a: *nowhere\n", "t.yaml:1: *nowhere refers to nothing before it");
  refuse("a: &x [*x]\n", "t.yaml:1: *x refers to nothing before it, or to itself");
  refuse("a: [1, 2\nb: 3\n", "t.yaml:2: YAML:");
  refuse("a: \"\\0\"\n", "t.yaml:1: a text holds a NUL character");
  refuse("? [a, b]\n: 1\n", "a key must be a plain text");
  refuse("'': 1\n", "a key is empty");
  refuse("a: 1\n\nb: \xFF\xFE\n", "t.yaml:3: YAML: invalid");
  refuse("a: 1\nb: \x01\n", "t.yaml:2: YAML: control characters");
  refuse("\ta: 1\n", "t.yaml:1: YAML:");
}

static void test_depth_is_bounded(void **state) {
  (void)state;
  char text[512] = "";
  memset(text, '[', 200);
  memset(text + 200, ']', 200);
  refuse(text, "t.yaml:1: nested deeper than 64");
}

static void test_aliases(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_node *root = parse("a: &x {b: [1, 2]}\nc: *x\nd: [*x, *x]\n", &arena);
  assert_true(fray_node_equal(fray_node_get(root, "a"), fray_node_get(root, "c")));
  assert_string_equal(fray_node_get(root, "c")->key, "c");
  assert_null(fray_node_get(root, "d")->child->key);
  /* A copy: changing one leaves the other. */
  struct fray_err err = {0};
  assert_int_equal(
      fray_node_set_path(root, "c.b", fray_node_scalar("9", "--set", 0, &arena), &arena, &err),
      FRAY_OK);
  assert_int_equal(fray_node_at(root, "a.b")->kind, FRAY_NODE_LIST);
  fray_arena_free(&arena);
}

static void test_alias_bomb(void **state) {
  (void)state;
  struct fray_text text = {0};
  fray_text_puts(&text, "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
  for (int i = 1; i < 12; i++) {
    fray_text_printf(&text, "a%d: &a%d [", i, i);
    for (int k = 0; k < 10; k++)
      fray_text_printf(&text, "%s*a%d", k ? ", " : "", i - 1);
    fray_text_puts(&text, "]\n");
  }
  refuse(text.data, "makes more than 1000000 values");
  fray_text_free(&text);
}

static struct fray_node word(const char *text) {
  return (struct fray_node){.kind = FRAY_NODE_SCALAR, .scalar = text};
}

static void test_numbers(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double value;
  } reals[] = {{"0", 0},           {"1.5", 1.5},      {"-2", -2},           {"+.5", 0.5},
               {"1.", 1},          {"1e3", 1000},     {"1E-3", 1e-3},       {"010", 10},
               {".inf", INFINITY}, {"inf", INFINITY}, {"-.inf", -INFINITY}, {"0.1", 0.1},
               {"1e-400", 0}};
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
    struct fray_node node = word(reals[i].text);
    double value = -77;
    assert_true(fray_node_real(&node, &value));
    assert_true(value == reals[i].value);
  }
  static const char *const bad[] = {"",    "0x10", "1e", "e3",  "1_000", " 1",       "1 ",   "1,5",
                                    "--1", ".",    "-",  "1e+", "nanx",  "infinity", "1e999"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct fray_node node = word(bad[i]);
    double value;
    long long whole;
    assert_false(fray_node_real(&node, &value));
    assert_false(fray_node_int(&node, &whole));
  }
  double value;
  struct fray_node nan_node = word("nan");
  assert_true(fray_node_real(&nan_node, &value) && isnan(value));
}

static void test_whole_numbers_and_bools(void **state) {
  (void)state;
  long long whole = 0;
  bool truth;
  struct fray_node node = word("-9223372036854775808");
  assert_true(fray_node_int(&node, &whole) && whole == INT64_MIN);
  static const char *const bad[] = {"9223372036854775808", "1.0", "1e3", "0x1", "true"};
  for (size_t i = 0; i < 5; i++) {
    node = word(bad[i]);
    assert_false(fray_node_int(&node, &whole));
  }
  node = word("true");
  assert_true(fray_node_bool(&node, &truth) && truth);
  node = word("false");
  assert_true(fray_node_bool(&node, &truth) && !truth);
  static const char *const not_bool[] = {"yes", "True", "1", "on", ""};
  for (size_t i = 0; i < 5; i++) {
    node = word(not_bool[i]);
    assert_false(fray_node_bool(&node, &truth));
  }
  node = word("true");
  node.quoted = true;
  assert_false(fray_node_bool(&node, &truth));
  node = word("1");
  node.quoted = true;
  assert_false(fray_node_int(&node, &whole));
}

static void test_put_and_set_path(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_node *root = parse("a: 1\nb: {c: 2}\nd:\n", &arena);
  struct fray_node *copy = fray_node_copy(root, &arena);
#define SCALAR(text) fray_node_scalar(text, "--set", 0, &arena)
  assert_int_equal(fray_node_put(root, "a", SCALAR("9"), &arena, &err), FRAY_OK);
  assert_int_equal(fray_node_set_path(root, "b.c", SCALAR("8"), &arena, &err), FRAY_OK);
  assert_int_equal(fray_node_set_path(root, "b.x.y", SCALAR("7"), &arena, &err), FRAY_OK);
  assert_int_equal(fray_node_set_path(root, "d.e", SCALAR("6"), &arena, &err), FRAY_OK);
  assert_true(fray_node_equal(root, parse("a: 9\nb: {c: 8, x: {y: 7}}\nd: {e: 6}\n", &arena)));
  assert_true(fray_node_equal(copy, parse("a: 1\nb: {c: 2}\nd:\n", &arena)));
  /* A map replaces the whole map. */
  assert_int_equal(fray_node_set_path(root, "b", parse("{z: 1}", &arena), &arena, &err), FRAY_OK);
  assert_true(fray_node_equal(root, parse("a: 9\nb: {z: 1}\nd: {e: 6}\n", &arena)));
  assert_int_equal(fray_node_set_path(root, "a.q", SCALAR("1"), &arena, &err), FRAY_INPUT);
  assert_string_equal(err.text, "a.q: 'a' holds a value, not keys");
  static const char *const bad[] = {"", ".", "a.", ".a", "q..r"};
  for (size_t i = 0; i < 5; i++)
    assert_int_equal(fray_node_set_path(root, bad[i], SCALAR("1"), &arena, &err), FRAY_INPUT);
  assert_int_equal(root->n, 3);
  struct fray_node *list = parse("[1]", &arena);
  assert_int_equal(fray_node_put(list, NULL, SCALAR("2"), &arena, &err), FRAY_OK);
  assert_true(fray_node_equal(list, parse("[1, 2]", &arena)));
  fray_arena_free(&arena);
}

static void test_equality(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  static const struct {
    const char *a, *b;
    bool equal;
  } pairs[] = {
      {"a: x", "a: 'x'", true},
      {"a: 1", "a: '1'", false},
      {"a: true", "a: 'true'", false},
      {"a: ~", "a:", true},
      {"a: ~", "a: '~'", false},
      {"a: 1", "a: 1.0", false},
      {"{a: 1, b: 2}", "{b: 2, a: 1}", false},
      {"[1]", "[1, 1]", false},
      {"[]", "{}", false},
      {"a: [1, {b: c}]", "a:\n- 1\n- b: c\n", true},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    assert_int_equal(fray_node_equal(parse(pairs[i].a, &arena), parse(pairs[i].b, &arena)),
                     pairs[i].equal);
  fray_arena_free(&arena);
}

/* Emits, parses, compares; gives the text for more looks. */
static void round_trip(const struct fray_node *node, struct fray_arena *arena) {
  struct fray_text text = {0};
  struct fray_err err = {0};
  struct fray_node *back = NULL;
  fray_node_emit(node, &text);
  if (fray_yaml_parse(text.data, "back", arena, &back, &err) != FRAY_OK)
    fail_msg("%s\nin:\n%s", err.text, text.data);
  if (!fray_node_equal(node, back))
    fail_msg("not equal after:\n%s", text.data);
  fray_text_free(&text);
}

static void test_emit_reads_back(void **state) {
  (void)state;
  static const char *const texts[] = {
      "a: 1\nb: [1, [2, x], []]\nc: {d: {}, e: [{f: 1, g: [1]}, {h: {i: j}}, [{k: l}], ~, {}]}\n",
      "[]",
      "{}",
      "x",
      "~",
      "'~'",
      "''",
      "- - - a: 1\n      b: 2\n    - c\n",
      "'1'",
      "true",
      "'true'",
      "\"<<\": 1\n\"a b: c\": '#x'\n'true': no\n'1': 2\n'null': ~\n'- a': '- b'\n",
      "a: |\n  two\n  lines\n\n\nb: \"tab\\tand \\u00e9 \\U0001F600 \\u2028 \\ufeff \\x85 end \"\n",
      "a: '...'\nb: '---'\nc: '%x'\nd: '@x'\ne: '!x'\nf: '&x'\ng: '*x'\nh: 'a: b'\ni: 'a #b'\n",
      "a: -x\nb: -1\nc: +1e5\nd: '-'\ne: '?'\nf: ' x'\ng: 'x '\nh: a,b\ni: \"a'b\"\nj: a\\b\n",
  };
  struct fray_arena arena = {0};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    round_trip(parse(texts[i], &arena), &arena);
  fray_arena_free(&arena);
}

static void test_emit_any_text(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  for (int first = 1; first < 128; first++)
    for (int second = 0; second < 128; second++) {
      char text[3] = {(char)first, (char)second, '\0'};
      struct fray_node *map = fray_node_map("t", 1, &arena);
      struct fray_node *value = fray_node_scalar(text, "t", 1, &arena);
      struct fray_err err = {0};
      value->quoted = second % 2;
      if (!value->quoted && strcmp(text, "~") == 0)
        continue; /* an unquoted scalar never holds null */
      /* Keys are names, which hold no control characters. */
      assert_int_equal(
          fray_node_put(map, fray_utf8_control(text) ? "key" : text, value, &arena, &err), FRAY_OK);
      round_trip(map, &arena);
      fray_arena_reset(&arena);
    }
  fray_arena_free(&arena);
}

static void test_emit_is_readable(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_text text = {0};
  fray_node_emit(parse("{name: a b, list: [1, '2'], items: [{k: v, m: {n: 1}}], e: {}}", &arena),
                 &text);
  assert_string_equal(text.data, "name: a b\nlist: [1, \"2\"]\nitems:\n  - k: v\n    m:\n"
                                 "      n: 1\ne: {}\n");
  fray_text_free(&text);
  fray_arena_free(&arena);
}

static void test_load(void **state) {
  (void)state;
  char path[SCRATCH];
  scratch(path, "fray-yaml-XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "a: 1\nb: \0\n", 10), 10);
  close(fd);
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_node *root = NULL;
  assert_int_equal(fray_yaml_load(path, &arena, &root, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, ":2: holds a NUL byte"));
  FILE *file = fopen(path, "w");
  fputs("a: 1\n", file);
  fclose(file);
  assert_int_equal(fray_yaml_load(path, &arena, &root, &err), FRAY_OK);
  assert_string_equal(root->child->source, path);
  unlink(path);
  assert_int_equal(fray_yaml_load(path, &arena, &root, &err), FRAY_INPUT);
  assert_int_equal(fray_yaml_load("/tmp", &arena, &root, &err), FRAY_INPUT);
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tree_and_lines),   cmocka_unit_test(test_empty_documents),
      cmocka_unit_test(test_refusals),         cmocka_unit_test(test_depth_is_bounded),
      cmocka_unit_test(test_aliases),          cmocka_unit_test(test_alias_bomb),
      cmocka_unit_test(test_numbers),          cmocka_unit_test(test_whole_numbers_and_bools),
      cmocka_unit_test(test_put_and_set_path), cmocka_unit_test(test_equality),
      cmocka_unit_test(test_emit_reads_back),  cmocka_unit_test(test_emit_any_text),
      cmocka_unit_test(test_emit_is_readable), cmocka_unit_test(test_load),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
