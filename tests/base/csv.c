/* The CSV reader: what it takes, what it refuses and where, and that its cost is linear. */
#include "fray/base/csv.h"

#include "fray/base/log.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ok.h"

static struct fray_arena arena;
static char *text;

static int release(void **state) {
  (void)state;
  fray_arena_free(&arena);
  free(text);
  text = NULL;
  return 0;
}

/* The text in memory of just its size, so that sanitizers see a byte too far. */
static enum fray_status parse(const char *bytes, size_t size, const struct fray_csv_rules *rules,
                              struct fray_csv *csv, struct fray_err *err) {
  free(text);
  text = malloc(size + 1);
  assert_non_null(text);
  memcpy(text, bytes, size);
  text[size] = '\0';
  return fray_csv_parse("f.csv", text, size, rules, &arena, csv, err);
}

/* "a|b\n1|2\n" for two columns and a row; | between fields, \n behind a line. */
static const char *table_of(const char *bytes, const struct fray_csv_rules *rules) {
  static char out[512];
  struct fray_csv csv;
  struct fray_err err = {0};
  if (parse(bytes, strlen(bytes), rules, &csv, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  size_t n = 0;
  for (size_t c = 0; c < csv.n_columns; c++)
    n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", c ? "|" : "", csv.column[c]);
  for (size_t i = 0; i < csv.n_rows; i++)
    for (size_t c = 0; c < csv.n_columns; c++)
      n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", c ? "|" : "\n",
                            fray_csv_at(&csv, i, c));
  return out;
}

static void fields_are_read_as_the_rfc_says(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"id,c\n1,2\n", "id|c\n1|2"},
      {"id,c\r\n1,2\r\n", "id|c\n1|2"},
      {"id,c\r1,2\r", "id|c\n1|2"},
      {"\xef\xbb\xbfid,\"the \"\"name\"\"\",c\r\n1,\"a,b\",\r\n\"2\",\"two\nlines\",x\r\n3,,\"\"",
       "id|the \"name\"|c\n1|a,b|\n2|two\nlines|x\n3||"},
      {"id,c", "id|c"},
      {"id,c\n\n\n", "id|c"},
      {"\n\nid,c\n\n1,2\n\n\n", "id|c\n1|2"},
      {"a\nb\n\"\"\nc\n\n", "a\nb\n\nc"},
      {" id ,\tc\n 1 ,2\n", "id|c\n 1 |2"}, /* names lose their blanks, fields keep them */
      {"a,b\n\"\"\"\",\"\r\n\"", "a|b\n\"|\r\n"},
      {"a;b,c\n1,2", "a;b|c\n1|2"},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++)
    assert_string_equal(table_of(cases[i][0], NULL), cases[i][1]);
}

static void lines_are_counted(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t line[3];
  } cases[] = {{"a,b\n1,\"x\ny\"\n\n2,3\n4,5", {2, 5, 6}},
               {"\r\na,b\r\n1,\"x\r\ny\"\r\n2,3\r\n4,5", {3, 5, 6}},
               {"a,b\r1,\"x\ry\"\r2,3\r4,5", {2, 4, 5}}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct fray_csv csv;
    assert_int_equal(parse(cases[i].text, strlen(cases[i].text), NULL, &csv, NULL), FRAY_OK);
    assert_int_equal(csv.n_rows, 3);
    for (size_t r = 0; r < 3; r++)
      assert_int_equal(csv.line[r], cases[i].line[r]);
  }
}

static void keys_change_how_it_is_read(void **state) {
  (void)state;
  const struct fray_csv_rules tabs = {.separator = '\t'}, one = {.separator = ','},
                              plain = {.separator = '\t', .plain_quotes = true},
                              headless = {.header = FRAY_CSV_NO_HEADER},
                              numbers = {.header = FRAY_CSV_NUMBERS};
  assert_string_equal(table_of("a\tb\n1,5\t\"2\t3\"\n", &tabs), "a|b\n1,5|2\t3");
  assert_string_equal(table_of("a;b\n1;2\n", &one), "a;b\n1;2");
  assert_string_equal(table_of("a\tb\n1\tsaid \"go\"\n2\t\"5 feet\n", &plain),
                      "a|b\n1|said \"go\"\n2|\"5 feet");
  assert_string_equal(table_of("0.1,2\n0.2,3\n", &headless), "1|2\n0.1|2\n0.2|3");
  assert_string_equal(table_of("0,1\n0.2,3\n", &numbers), "0|1\n0.2|3");
}

static void columns_without_a_name_are_left_out(void **state) {
  (void)state;
  assert_string_equal(table_of(",a,b\n0,1,2\n1,3,4\n", NULL), "a|b\n1|2\n3|4");
  assert_string_equal(table_of("a,b,\n1,2,\n3,4,\n", NULL), "a|b\n1|2\n3|4");
  struct fray_csv csv;
  assert_int_equal(parse(",a, \n0,1,2\n", 11, NULL, &csv, NULL), FRAY_OK);
  assert_int_equal(csv.n_nameless, 2);
}

static void columns_are_found(void **state) {
  (void)state;
  struct fray_csv csv;
  struct fray_err err = {0};
  static const char *const right[] = {"who", "label", "age"}, *const swapped[] = {"label", "who"};
  size_t c;
  assert_int_equal(parse("who,label,age\n", 14, NULL, &csv, NULL), FRAY_OK);
  assert_int_equal(fray_csv_find(&csv, "label"), 1);
  assert_int_equal(fray_csv_find(&csv, "Label"), 3);
  assert_int_equal(fray_csv_need(&csv, "age", &c, &err), FRAY_OK);
  assert_int_equal(c, 2);
  assert_int_equal(fray_csv_need(&csv, "lable", &c, &err), FRAY_INPUT);
  assert_string_equal(err.text, "f.csv:1: there is no column 'lable'; there are 'who', 'label', "
                                "'age' (did you mean 'label'?)");
  assert_int_equal(fray_csv_expect(&csv, right, 3, &err), FRAY_OK);
  assert_int_equal(fray_csv_expect(&csv, right, 2, &err), FRAY_INPUT);
  assert_int_equal(fray_csv_expect(&csv, swapped, 2, &err), FRAY_INPUT);
  assert_string_equal(err.text, "f.csv:1: expected the header label,who");
}

static void what_is_no_table_is_refused_with_its_place(void **state) {
  (void)state;
#define BYTES(literal) literal, sizeof literal - 1
  static const struct {
    const char *text;
    size_t size;
    const char *part;
  } bad[] = {
      {BYTES(""), "f.csv: the file is empty"},
      {BYTES("\n\r\n"), "f.csv: the file is empty"},
      {BYTES("\xef\xbb\xbf"), "f.csv: the file is empty"},
      {BYTES("\xff\xfe\x61\0\x62\0"), "f.csv: the text is UTF-16; save it as UTF-8"},
      {BYTES("\xfe\xff\0\x61"), "UTF-16"},
      {BYTES("a,b\n1,\0\n"), "f.csv:2: byte 6 is NUL"},
      {BYTES("a\0,\0b\0\n\0"), "f.csv:1: byte 1 is NUL: not a text file, or one in UTF-16"},
      {BYTES("a,b\n1,2\n3,c\xe9\n"), "f.csv:3: byte 0xe9 is not UTF-8 text"},
      {BYTES("a,b\n1\n"), "f.csv:2: 1 field, but the header has 2"},
      {BYTES("a,b\n1,2\n\n1,2,3\n"), "f.csv:4: 3 fields, but the header has 2"},
      {BYTES("a,b\n1,2\n1,\"2\n\n3,4\n"), "f.csv:3: a quote is not closed; `quoting: none`"},
      {BYTES("a,b\n1,\"2\"x\n"), "f.csv:2: text behind a closing quote"},
      {BYTES("a,b\n1,2\"x\n"), "f.csv:2: a quote within an unquoted field; `quoting: none`"},
      {BYTES("a,b\n1,2\rx\n"), "f.csv:2: a carriage return within a row"},
      {BYTES("a,b,a\n"), "f.csv:1: columns 1 and 3 are both named \"a\""},
      {BYTES("a, a\n"), "f.csv:1: columns 1 and 2 are both named \"a\""},
      {BYTES(",\n1,2\n"), "f.csv:1: no column has a name"},
      {BYTES("0.1,9.81\n0.2,9.80\n"), "f.csv:1: the line holds numbers, a header"},
      {BYTES(",0,1\n0,2,3\n"), "`header: numbers`"},
      {BYTES("1e3,-.5,nan\n"), "`header: none`"},
      {BYTES("a;b;c\n1;2;3\n"), "f.csv:1: the header has no comma, but 2 \";\"; set `separator: "
                                "\";\"`"},
      {BYTES("a\tb\n1\t2\n"), "set `separator: \"\\t\"`"},
      {BYTES("a|b;c|d\n"), "but 2 \"|\""},
      {BYTES("a\n1\n\n2\n"), "f.csv:3: an empty line; an empty field of a single column"},
  };
  const struct fray_csv_rules keys = {.has_keys = true};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
    struct fray_csv csv;
    struct fray_err err = {0};
    if (parse(bad[i].text, bad[i].size, &keys, &csv, &err) != FRAY_INPUT)
      fail_msg("not refused: %s", bad[i].part);
    SAYS(err, bad[i].part);
  }
}

/* Where the user can set no key, none is named. */
static void messages_name_keys_only_where_there_are_some(void **state) {
  (void)state;
  static const char *const bad[] = {"a;b\n", "1,2\n", "a,b\n1,\"\n"};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
    struct fray_csv csv;
    struct fray_err err = {0};
    assert_int_equal(parse(bad[i], strlen(bad[i]), NULL, &csv, &err), FRAY_INPUT);
    assert_null(strchr(err.text, '`'));
  }
}

static void put_quoted(struct fray_text *out, const char *field) {
  fray_text_puts(out, "\"");
  for (; *field; field++) {
    fray_text_add(out, field, 1);
    fray_text_puts(out, *field == '"' ? "\"" : "");
  }
  fray_text_puts(out, "\"");
}

/* Whatever is read, written with quotes and read again, is the same; and no text makes the reader
 * leave its buffer (run under the sanitizers). */
static void noise_is_refused_or_read_right(void **state) {
  (void)state;
  static const char letters[] = "ab,,\"\"\n\n\r; \xc3\xa9";
  const struct fray_csv_rules rules = {.separator = ','};
  size_t read = 0;
  for (uint64_t round = 0; round < 20000; round++) {
    struct fray_rng rng = fray_rng_for(round, "test/csv", 0, 0, 0);
    char noise[40];
    struct fray_csv first, again;
    struct fray_text other = {0};
    size_t n = 2 + (size_t)fray_rng_below(&rng, sizeof noise - 2);
    memcpy(noise, "h,", 2);
    for (size_t i = 2; i < n; i++)
      noise[i] = letters[fray_rng_below(&rng, sizeof letters - 1)];
    enum fray_status status = parse(noise, n, &rules, &first, NULL);
    assert_true(status == FRAY_OK || status == FRAY_INPUT);
    if (status != FRAY_OK)
      continue;
    read++;
    for (size_t i = 0; i < (first.n_rows + 1) * first.n_columns; i++) {
      bool head = i < first.n_columns;
      put_quoted(&other, head ? first.column[i] : first.field[i - first.n_columns]);
      fray_text_puts(&other, (i + 1) % first.n_columns ? "," : "\n");
    }
    char *bytes = malloc(other.size + 1);
    memcpy(bytes, other.data, other.size + 1);
    assert_int_equal(fray_csv_parse("g", bytes, other.size, &rules, &arena, &again, NULL), FRAY_OK);
    assert_int_equal(again.n_columns, first.n_columns);
    assert_int_equal(again.n_rows, first.n_rows);
    for (size_t i = 0; i < first.n_rows * first.n_columns; i++)
      assert_string_equal(again.field[i], first.field[i]);
    free(bytes);
    fray_text_free(&other);
    fray_arena_reset(&arena);
  }
  assert_true(read > 200);
}

/* 200,000 columns and as many rows: a table of both would be 4e10 cells. */
static void a_ragged_table_takes_no_memory(void **state) {
  (void)state;
  enum { N = 200000 };
  struct fray_text wide = {0};
  for (int c = 0; c < N; c++)
    fray_text_printf(&wide, "%sc%d", c ? "," : "", c);
  for (int r = 0; r < N; r++)
    fray_text_puts(&wide, "\n1");
  assert_false(wide.failed);
  struct fray_csv csv;
  struct fray_err err = {0};
  double start = fray_seconds();
  assert_int_equal(parse(wide.data, wide.size, NULL, &csv, &err), FRAY_INPUT);
  assert_string_equal(err.text, "f.csv:2: 1 field, but the header has 200000");
  assert_int_equal(arena.used, 0);
  /* Names are looked up for repetitions without comparing each with each: 2e10 comparisons. */
  size_t header = (size_t)(strchr(wide.data, '\n') - wide.data);
  assert_int_equal(parse(wide.data, header, NULL, &csv, &err), FRAY_OK);
  assert_int_equal(csv.n_columns, N);
  for (size_t c = 0; c < N; c += 1000)
    assert_int_equal(fray_csv_find(&csv, csv.column[c]), c);
  assert_true(fray_seconds() - start < 20); /* far below, with sanitizers too */
  assert_true(arena.used < 16u << 20);
  fray_text_free(&wide);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(fields_are_read_as_the_rfc_says, release),
      cmocka_unit_test_teardown(lines_are_counted, release),
      cmocka_unit_test_teardown(keys_change_how_it_is_read, release),
      cmocka_unit_test_teardown(columns_without_a_name_are_left_out, release),
      cmocka_unit_test_teardown(columns_are_found, release),
      cmocka_unit_test_teardown(what_is_no_table_is_refused_with_its_place, release),
      cmocka_unit_test_teardown(messages_name_keys_only_where_there_are_some, release),
      cmocka_unit_test_teardown(noise_is_refused_or_read_right, release),
      cmocka_unit_test_teardown(a_ragged_table_takes_no_memory, release),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
