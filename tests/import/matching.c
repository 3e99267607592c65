/* Expressions and patterns of names against regcomp of the C library, on texts and expressions that
 * are drawn; and what an expression may cost. */
#include "workbench.h"

#include "fray/base/log.h"
#include "fray/base/rng.h"
#include "import/table/expression.h"
#include "import/table/name_pattern.h"

#include <regex.h>

static size_t below(struct fray_rng *rng, size_t n) {
  return (size_t)fray_rng_below(rng, n);
}

/* An expression over a, b and c, at most so deep; braces are small, since regcomp counts them too.
 */
static void draw_expression(struct fray_rng *rng, int depth, struct fray_text *out) {
  static const char *const atoms[] = {"a", "b", "c", ".", "[ab]", "[^a]", "[a-b]", "[[:alpha:]]"};
  static const char *const repeats[] = {"",  "",    "",      "",      "*",   "+",
                                        "?", "{2}", "{1,2}", "{0,1}", "{1,}"};
  for (size_t n = 1 + below(rng, 3); n > 0; n--) {
    if (depth > 0 && below(rng, 3) == 0) {
      fray_text_puts(out, "(");
      draw_expression(rng, depth - 1, out);
      if (below(rng, 2)) {
        fray_text_puts(out, "|");
        draw_expression(rng, depth - 1, out);
      }
      fray_text_puts(out, ")");
    } else
      fray_text_puts(out, atoms[below(rng, FRAY_COUNT(atoms))]);
    fray_text_puts(out, repeats[below(rng, FRAY_COUNT(repeats))]);
  }
}

static const char *draw_text(struct fray_rng *rng, const char *letters, size_t most, char *out) {
  size_t n = below(rng, most + 1);
  for (size_t i = 0; i < n; i++)
    out[i] = letters[below(rng, strlen(letters))];
  out[n] = '\0';
  return out;
}

static void check_expression(const char *text, struct fray_rng *rng, size_t *found, size_t * not ) {
  regex_t regex;
  struct expression *e;
  struct fray_err err = {0};
  struct fray_arena scratch = {0};
  char subject[16];
  assert_int_equal(regcomp(&regex, text, REG_EXTENDED | REG_NOSUB), 0);
  if (fray_expression_make(text, &scratch, &e, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (int k = 0; k < 30; k++) {
    draw_text(rng, "aabbcd", 9, subject);
    bool expected = regexec(&regex, subject, 0, NULL, 0) == 0;
    if (fray_expression_found(e, subject) != expected)
      fail_msg("\"%s\" in \"%s\": %d expected", text, subject, expected);
    *(expected ? found : not ) += 1;
  }
  regfree(&regex);
  fray_arena_free(&scratch);
}

static void expressions_find_what_the_library_finds(void **state) {
  (void)state;
  size_t found = 0, not = 0;
  struct fray_rng rng = fray_rng_for(1, "test/expressions", 0, 0, 0);
  for (int k = 0; k < 3000; k++) {
    struct fray_text text = {0};
    fray_text_puts(&text, below(&rng, 3) == 0 ? "^" : "");
    draw_expression(&rng, 2, &text);
    fray_text_puts(&text, below(&rng, 3) == 0 ? "$" : "");
    if (text.size <= EXPRESSION_BYTES)
      check_expression(text.data, &rng, &found, &not );
    fray_text_free(&text);
  }
  assert_true(found > 20000 && not > 20000);
}

/* Written by hand: what no draw makes. */
static void expressions_by_hand(void **state) {
  (void)state;
  static const struct {
    const char *text, *subject;
    bool found;
  } cases[] = {
      {"^s[0-9]+$", "s12", true},
      {"^s[0-9]+$", "s", false},
      {"^$", "", true},
      {"^$", "x", false},
      {"", "x", true},
      {"^(ok|bad)$", "okbad", false},
      {"a\\.b", "a.b", true},
      {"a\\.b", "axb", false},
      {"[]x]", "]", true},
      {"[^]x]", "]", false},
      {"[a-]", "-", true},
      {"^.$", "\u00fc", true},
      {"^[\u00e4-\u00fc]$", "\u00f6", true},
      {"^[\u00e4-\u00fc]$", "o", false},
      {"^\u00fc{2}$", "\u00fc\u00fc", true},
      {"^(a|)$", "", true},
      {"(a*)*b", "aaab", true},
      {"^(a*)*$", "aaab", false},
      {"^a{0}b$", "b", true},
      {"x^y", "xy", false},
      {"a|^b$|c", "xbx", false},
      {"^[^a-z]$", "\xff", true},
      {"[[:digit:][:upper:]]", "a1", true},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct expression *e;
    struct fray_err err = {0};
    if (fray_expression_make(cases[i].text, &arena, &e, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    if (fray_expression_found(e, cases[i].subject) != cases[i].found)
      fail_msg("\"%s\" in \"%s\"", cases[i].text, cases[i].subject);
  }
}

static void expressions_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *part;
  } cases[] = {
      {"(", "not closed, at byte 2"},
      {")", "not opened, at byte 1"},
      {"a)b", "not opened, at byte 2"},
      {"[", "not closed"},
      {"[]", "not closed"},
      {"[a", "not closed"},
      {"*a", "a repeat of nothing"},
      {"a|*", "a repeat of nothing, at byte 3"},
      {"a{", "braces without numbers"},
      {"a{x}", "braces without numbers"},
      {"a{2,1}", "braces hold {m}, {m,} or {m,n}"},
      {"a{2", "braces hold"},
      {"\\d", "digits are [0-9]"},
      {"(a)\\1", "digits are [0-9]"},
      {"a\\", "a backslash is for signs"},
      {"[b-a]", "a range whose end comes before its beginning"},
      {"[[:word:]]", "no such class"},
      {"[[=a=]]", "[= and [. are not read"},
      {"(.{32}){33}", "more than 1024 steps"},
      {"((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))",
       "too many parent"},
      {"a{99999999999999999999}", "more than 1024 steps"},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct expression *e;
    struct fray_err err = {0};
    assert_int_equal(fray_expression_make(cases[i].text, &arena, &e, &err), FRAY_INPUT);
    if (!strstr(err.text, cases[i].part))
      fail_msg("\"%s\" lacks \"%s\"", err.text, cases[i].part);
  }
}

/* Each of these takes libraries that go back, or that keep what states they met, very long. */
static void expressions_cost_what_they_say(void **state) {
  (void)state;
  static const char *const hard[] = {"(a|b)*a(a|b){200}c", "(a*)*c$", "((a|aa)+)+c",
                                     "(.*)(.*)(.*)(.*)c", "(a|b|ab)*(ba|a|b)*c"};
  enum { LONG = 1 << 16 };
  char *text = malloc(LONG + 1);
  struct fray_rng rng = fray_rng_for(2, "test/expressions", 0, 0, 0);
  for (size_t i = 0; i < LONG; i++)
    text[i] = below(&rng, 2) ? 'a' : 'b';
  text[LONG] = '\0';
  double start = fray_seconds();
  for (size_t i = 0; i < FRAY_COUNT(hard); i++) {
    struct expression *e;
    assert_int_equal(fray_expression_make(hard[i], &arena, &e, NULL), FRAY_OK);
    assert_false(fray_expression_found(e, text));
  }
  /* A tenth of a second together; sanitizers and busy machines take longer, the library hours. */
  assert_true(fray_seconds() - start < 60);
  free(text);
}

/* ---- patterns of names ---- */

struct drawn {
  struct fray_text pattern, regex;
  size_t n;
  const char *letters[3], *literal[3]; /* of a name that may fit */
};

/* Parts with literals between them, and the same as an expression with a group for each part. */
static void draw_pattern(struct fray_rng *rng, struct drawn *out) {
  static const struct {
    const char *kind, *regex, *letters;
  } kinds[] = {{"", "([^/]+)", "ab1_"},        {":any", "(.+)", "ab1/"},
               {":letters", "([a-z]+)", "ab"}, {":letter", "([a-z])", "ab"},
               {":digits", "([0-9]+)", "12"},  {":digit", "([0-9])", "12"},
               {":2", "([^/]{2})", "ab1_"}};
  static const char *const literals[] = {"_", "a", "1", "/", "_a"};
  fray_text_puts(&out->regex, "^");
  for (size_t k = 0, n = 1 + below(rng, 3); k < n; k++) {
    size_t kind = below(rng, FRAY_COUNT(kinds)), literal = below(rng, FRAY_COUNT(literals));
    fray_text_printf(&out->pattern, "{p%zu%s}%s", k, kinds[kind].kind, literals[literal]);
    out->letters[k] = kinds[kind].letters;
    out->literal[k] = literals[literal];
    out->n = n;
    fray_text_printf(&out->regex, "%s%s", kinds[kind].regex, literals[literal]);
  }
  fray_text_puts(&out->regex, "$");
}

/* A name that fits, but for parts that were given another number of characters than they take. */
static const char *draw_name(struct fray_rng *rng, const struct drawn *d, char *out) {
  out[0] = '\0';
  for (size_t k = 0; k < d->n; k++) {
    draw_text(rng, d->letters[k], 2, out + strlen(out));
    strcat(out, d->literal[k]);
  }
  return out;
}

/* Where the library fits, the pattern does; its parts and literals make up the name. */
static bool check_name(struct name_pattern *p, const regex_t *regex, const char *name) {
  bool fits;
  size_t at = 0;
  assert_int_equal(fray_pattern_match(p, name, false, &fits, NULL), FRAY_OK);
  if (fits != (regexec(regex, name, 0, NULL, 0) == 0))
    fail_msg("\"%s\" and \"%s\": %d", p->text, name, fits);
  for (size_t f = 0; fits && f < p->n; f++) {
    assert_memory_equal(name + at, p->before[f], p->before_size[f]);
    at += p->before_size[f];
    assert_int_equal(p->part[f].start, at);
    assert_true(p->part[f].length >= 1);
    at += p->part[f].length;
  }
  if (fits)
    assert_string_equal(name + at, p->before[p->n]);
  return fits;
}

static void patterns_fit_what_the_library_fits(void **state) {
  (void)state;
  size_t fitted = 0, others = 0;
  struct fray_rng rng = fray_rng_for(3, "test/expressions", 0, 0, 0);
  for (int k = 0; k < 3000; k++) {
    struct drawn drawn = {.n = 0};
    struct fray_arena scratch = {0};
    struct name_pattern p;
    regex_t regex;
    draw_pattern(&rng, &drawn);
    assert_int_equal(regcomp(&regex, drawn.regex.data, REG_EXTENDED | REG_NOSUB), 0);
    assert_int_equal(fray_pattern_parse(drawn.pattern.data, &scratch, &p, NULL), FRAY_OK);
    for (int i = 0; i < 30; i++) {
      char name[16];
      const char *subject =
          i % 2 ? draw_name(&rng, &drawn, name) : draw_text(&rng, "ab12__a/", 9, name);
      bool fits = check_name(&p, &regex, subject);
      fitted += fits;
      others += !fits;
    }
    regfree(&regex);
    fray_pattern_free(&p);
    fray_arena_free(&scratch);
    fray_text_free(&drawn.pattern);
    fray_text_free(&drawn.regex);
  }
  assert_true(fitted > 5000 && others > 5000);
}

/* The first part is as short as can be, then the second; a part named twice reads the same. */
static void patterns_by_hand(void **state) {
  (void)state;
  static const struct {
    const char *pattern, *name, *parts; /* NULL: does not fit */
  } cases[] = {
      {"{a}_{b}", "x_y_z", "x|y_z"},
      {"{a:any}/{b}", "x/y/z", "x/y|z"},
      {"{a:letters}{b:digits}", "abc12", "abc|12"},
      {"{a}{b:digits}", "ab12", "ab|12"},
      {"{a}_{a}", "xy_xy", "xy|xy"},
      {"{a}_{a}", "x_y", NULL},
      {"{:3}{b}", "\u00fc12b", "\u00fc12|b"},
      {"{a:2}", "\u00fc\u00e4", "\u00fc\u00e4"},
      {"{a:letters}", "\u00fcb", "\u00fcb"},
      {"{a:digits}", "", NULL},
      {"x", "x", ""},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct name_pattern p;
    bool fits;
    char seen[64] = "";
    assert_int_equal(fray_pattern_parse(cases[i].pattern, &arena, &p, NULL), FRAY_OK);
    assert_int_equal(fray_pattern_match(&p, cases[i].name, false, &fits, NULL), FRAY_OK);
    assert_int_equal(fits, cases[i].parts != NULL);
    for (size_t f = 0; fits && f < p.n; f++)
      snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s%.*s", f ? "|" : "",
               (int)p.part[f].length, cases[i].name + p.part[f].start);
    if (fits)
      assert_string_equal(seen, cases[i].parts);
    fray_pattern_free(&p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(expressions_find_what_the_library_finds),
      cmocka_unit_test(expressions_by_hand),
      cmocka_unit_test(expressions_are_refused),
      cmocka_unit_test(expressions_cost_what_they_say),
      cmocka_unit_test(patterns_fit_what_the_library_fits),
      cmocka_unit_test(patterns_by_hand),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_arena_free(&arena);
  return failed;
}
