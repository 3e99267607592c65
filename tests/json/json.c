/* Reading (with what is refused) and writing, checked by reading back. */
#include "fray/json/json.h"
#include "scratch.h"

#include "fray/base/file.h"
#include "fray/base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ok.h"

static enum fray_status read_bytes(const char *text, size_t size, fray_json **out,
                                   struct fray_err *err) {
  char path[SCRATCH];
  scratch(path, "fray-json-XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_true(write(fd, text, size) == (ssize_t)size);
  close(fd);
  enum fray_status status = fray_json_read(path, 1 << 20, out, err);
  unlink(path);
  return status;
}

static fray_json *read_good(const char *text) {
  fray_json *root = NULL;
  struct fray_err err = {0};
  if (read_bytes(text, strlen(text), &root, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return root;
}

static void test_values(void **state) {
  (void)state;
  fray_json *root = read_good("{\"i\": -3, \"r\": 2.5, \"t\": \"\\u00e9\", \"a\": [1, [2], null], "
                              "\"o\": {}, \"big\": 9223372036854775807, \"b\": true}");
  int64_t whole = 0;
  double real = 0;
  assert_true(fray_json_is_object(root) && !fray_json_is_array(root));
  assert_int_equal(fray_json_size(root), 7);
  assert_true(fray_json_int(fray_json_get(root, "i"), &whole) && whole == -3);
  assert_true(fray_json_real(fray_json_get(root, "i"), &real) && real == -3);
  assert_true(fray_json_int(fray_json_get(root, "big"), &whole) && whole == INT64_MAX);
  assert_false(fray_json_int(fray_json_get(root, "r"), &whole));
  assert_true(fray_json_real(fray_json_get(root, "r"), &real) && real == 2.5);
  assert_false(fray_json_real(fray_json_get(root, "b"), &real));
  bool truth = false;
  assert_true(fray_json_bool(fray_json_get(root, "b"), &truth) && truth);
  assert_false(fray_json_bool(fray_json_get(root, "i"), &truth));
  assert_string_equal(fray_json_text(fray_json_get(root, "t")), "\xC3\xA9");
  assert_null(fray_json_text(fray_json_get(root, "i")));
  const fray_json *array = fray_json_get(root, "a");
  assert_true(fray_json_is_array(array));
  assert_int_equal(fray_json_size(array), 3);
  assert_int_equal(fray_json_size(fray_json_at(array, 1)), 1);
  assert_null(fray_json_at(array, 3));
  assert_null(fray_json_get(root, "none"));
  fray_json_free(root);
}

/* Questions about what is not there are answered, never a fault. */
static void test_absent_values(void **state) {
  (void)state;
  int64_t whole;
  double real;
  const char *key;
  const fray_json *value;
  void *iterator = NULL;
  assert_null(fray_json_get(NULL, "a"));
  assert_null(fray_json_at(NULL, 0));
  assert_null(fray_json_text(NULL));
  assert_false(fray_json_int(NULL, &whole));
  assert_false(fray_json_real(NULL, &real));
  bool truth;
  assert_false(fray_json_bool(NULL, &truth));
  assert_false(fray_json_is_object(NULL));
  assert_int_equal(fray_json_size(NULL), 0);
  assert_false(fray_json_next(NULL, &iterator, &key, &value));
  fray_json_free(NULL);
}

static void test_file_order(void **state) {
  (void)state;
  fray_json *root = read_good("{\"z\": 0, \"a\": 1, \"m\": 2, \"10\": 3, \"2\": 4}");
  static const char *const keys[] = {"z", "a", "m", "10", "2"};
  void *iterator = NULL;
  const char *key;
  const fray_json *value;
  int64_t n = 0, whole;
  for (; fray_json_next(root, &iterator, &key, &value); n++) {
    assert_in_range(n, 0, 4);
    assert_string_equal(key, keys[n]);
    assert_true(fray_json_int(value, &whole) && whole == n);
  }
  assert_int_equal(n, 5);
  fray_json_free(root);
}

static void test_refusals(void **state) {
  (void)state;
  static const char *const bad[][2] = {
      {"{\"a\": 1,\n \"a\": 2}", ":2: JSON: duplicate object key"},
      {"{\"a\": 1,\n \"b\"}", ":2: JSON: ':' expected"},
      {"[1, 2", ":1: JSON: "},
      {"[1] x", ":1: JSON: end of file expected"},
      {"", ":1: JSON: "},
      {"[\"\xFF\"]", ":1: JSON: "},
      {"[NaN]", ":1: JSON: "},
      {"[1e999]", ":1: JSON: real number overflow"},
      {"[99999999999999999999]", ":1: JSON: too big integer"},
      {"[\"\\u0000\"]", ":1: JSON: "},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    fray_json *root = NULL;
    struct fray_err err = {0};
    assert_int_equal(read_bytes(bad[i][0], strlen(bad[i][0]), &root, &err), FRAY_INPUT);
    SAYS(err, bad[i][1]);
    assert_null(root);
  }
  struct fray_err err = {0};
  fray_json *root = NULL;
  assert_int_equal(fray_json_read("/nonexistent/x.json", 100, &root, &err), FRAY_INPUT);
  assert_int_equal(read_bytes("[1]\0", 4, &root, &err), FRAY_INPUT);
}

static void test_limits(void **state) {
  (void)state;
  enum { DEEP = 100000 };
  char *text = malloc(DEEP + 1);
  assert_non_null(text);
  memset(text, '[', DEEP);
  text[DEEP] = '\0';
  fray_json *root = NULL;
  struct fray_err err = {0};
  assert_int_equal(read_bytes(text, DEEP, &root, &err), FRAY_INPUT);
  SAYS(err, "deeper than 2048");
  free(text);
  char path[SCRATCH];
  scratch(path, "fray-json-XXXXXX");
  int fd = mkstemp(path);
  assert_int_equal(write(fd, "[1, 2]", 6), 6);
  close(fd);
  assert_int_equal(fray_json_read(path, 5, &root, &err), FRAY_INPUT);
  assert_int_equal(fray_json_read(path, 6, &root, &err), FRAY_OK);
  fray_json_free(root);
  unlink(path);
}

static void test_text_round_trip(void **state) {
  (void)state;
  static const char *const texts[] = {"", "plain", "q\"b\\s/", "\x01\x1f\t\n\r\b\f\x7f",
                                      "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct fray_text out = {0};
    fray_text_puts(&out, "[");
    fray_json_put_text(&out, texts[i]);
    fray_text_puts(&out, "]");
    fray_json *root = read_good(out.data);
    assert_string_equal(fray_json_text(fray_json_at(root, 0)), texts[i]);
    fray_json_free(root);
    fray_text_free(&out);
  }
}

/* Any bytes become valid JSON. */
static void test_any_bytes(void **state) {
  (void)state;
  struct fray_text out = {0};
  fray_text_puts(&out, "[");
  for (uint64_t i = 0; i < 2000; i++) {
    struct fray_rng rng = fray_rng_for(3, "test/json", i, 0, 0);
    char text[9] = {0};
    for (int k = 0; k < 8; k++)
      text[k] = (char)(1 + fray_rng_below(&rng, 255));
    fray_text_puts(&out, i ? ", " : "");
    fray_json_put_text(&out, text);
  }
  fray_json_put_text(&out, "");
  out.data[out.size - 2] = ']'; /* the last text goes again */
  out.data[out.size - 1] = ' ';
  fray_json *root = read_good(out.data);
  assert_int_equal(fray_json_size(root), 2000);
  fray_json_free(root);
  fray_text_free(&out);
}

static void test_real_round_trip(void **state) {
  (void)state;
  static const double values[] = {0,      -1,   0.1,  1e-300,  1.7976931348623157e308,
                                  5e-324, 1e15, 1e22, 1.0 / 3, 123456789.125};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    struct fray_text out = {0};
    double real = -7;
    fray_text_puts(&out, "[");
    fray_json_put_real(&out, values[i]);
    fray_text_puts(&out, "]");
    fray_json *root = read_good(out.data);
    assert_true(fray_json_real(fray_json_at(root, 0), &real) && real == values[i]);
    fray_json_free(root);
    fray_text_free(&out);
  }
  struct fray_text out = {0};
  fray_json_put_real(&out, NAN);
  fray_json_put_real(&out, INFINITY);
  fray_json_put_real(&out, -INFINITY);
  assert_string_equal(out.data, "nullnullnull");
  fray_text_free(&out);
}

/* A document of every kind of member, deep and empty, reads back as what was written. */
static void test_documents(void **state) {
  (void)state;
  struct fray_text out = {0};
  struct fray_json_writer w = {.text = &out};
  fray_json_open(&w, NULL, false);
  fray_json_member_text(&w, "text", "a\"b\xe2\x80\xae");
  fray_json_member_text(&w, "none", NULL);
  fray_json_member_real(&w, "nan", NAN);
  fray_json_member_count(&w, "count", UINT64_C(9007199254740993));
  fray_json_member_bool(&w, "yes", true);
  fray_json_member_null(&w, "null");
  fray_json_open(&w, "empty", true);
  fray_json_close(&w, true);
  fray_json_open(&w, "deep", true);
  for (int i = 0; i < 7; i++) {
    fray_json_open(&w, NULL, true);
    fray_json_member_real(&w, NULL, i + 0.5);
  }
  for (int i = 0; i < 8; i++)
    fray_json_close(&w, true);
  fray_json_open(&w, "last", false);
  fray_json_member_bool(&w, "no", false);
  fray_json_close(&w, false);
  fray_json_close(&w, false);
  assert_int_equal(w.depth, 0);
  assert_int_equal(out.data[out.size - 1], '\n');
  assert_null(strstr(out.data, "\xe2\x80\xae")); /* it would turn a line of a terminal around */
  fray_json *root = read_good(out.data);
  int64_t count = 0;
  double real = 0;
  bool yes = false, no = true;
  assert_int_equal(fray_json_size(root), 9);
  assert_string_equal(fray_json_text(fray_json_get(root, "text")), "a\"b\xe2\x80\xae");
  assert_false(fray_json_real(fray_json_get(root, "nan"), &real));
  assert_null(fray_json_text(fray_json_get(root, "none")));
  assert_true(fray_json_int(fray_json_get(root, "count"), &count));
  assert_int_equal(count, INT64_C(9007199254740993));
  assert_true(fray_json_bool(fray_json_get(root, "yes"), &yes) && yes);
  assert_true(fray_json_bool(fray_json_get(fray_json_get(root, "last"), "no"), &no) && !no);
  assert_int_equal(fray_json_size(fray_json_get(root, "empty")), 0);
  const fray_json *deep = fray_json_get(root, "deep");
  for (int i = 0; i < 7; i++) {
    deep = fray_json_at(deep, i > 0);
    assert_true(fray_json_real(fray_json_at(deep, 0), &real) && real == i + 0.5);
  }
  fray_json_free(root);
  fray_text_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_documents),       cmocka_unit_test(test_values),
      cmocka_unit_test(test_absent_values),   cmocka_unit_test(test_file_order),
      cmocka_unit_test(test_refusals),        cmocka_unit_test(test_limits),
      cmocka_unit_test(test_text_round_trip), cmocka_unit_test(test_any_bytes),
      cmocka_unit_test(test_real_round_trip),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
