/* The parsers by themselves: numbers, .npy, natural order. */
#include "workbench.h"

#include "import/table/csv_file.h"
#include "import/table/natural_names.h"
#include "import/table/npy.h"
#include "import/table/number_files.h"

static void blank_lines_at_the_end_are_no_rows(void **state) {
  (void)state;
  struct fray_err err = {0};
  const char **cell;
  size_t n;
  put("c.txt", "1\n2\r\n\n \r\n");
  assert_int_equal(fray_column_read(at("c.txt"), &arena, &cell, &n, &err), FRAY_OK);
  assert_int_equal(n, 2);
  put("c.txt", "1\n\n2\n");
  assert_int_equal(fray_column_read(at("c.txt"), &arena, &cell, &n, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "c.txt:2: expected one number"));
}

static void numbers(void **state) {
  (void)state;
  const char *good[] = {"0", "-1.5", "+2e3", ".5", "1e-300", "007", " 1", "1 \t"};
  const double value[] = {0, -1.5, 2000, 0.5, 1e-300, 7, 1, 1};
  const char *bad[] = {"",      " ",   "1 1", "0x10", "nan", "inf",
                       "1e999", "1,5", "-",   ".",    "one", "--1"};
  double out;
  for (size_t i = 0; i < FRAY_COUNT(good); i++) {
    assert_true(fray_number_parse(good[i], &out));
    assert_true(out == value[i]);
  }
  for (size_t i = 0; i < FRAY_COUNT(bad); i++)
    if (fray_number_parse(bad[i], &out))
      fail_msg("\"%s\" was taken for %g", bad[i], out);
}

static void matrices(void **state) {
  (void)state;
  struct fray_err err = {0};
  float *x;
  size_t rows, columns;
  static const char *const texts[] = {"  1.0e+00 -2 \t3\r\n4  5\t6\n\n", "1,-2 ,3\r\n4,5, 6\n",
                                      "\t1\t-2\t3\t\n\t4\t5\t6 \t\n", " 1 , -2,\t3\n4,5,6",
                                      ("\xef\xbb\xbf"
                                       "1 -2 3\r4 5 6\r")};
  const float expected[] = {1, -2, 3, 4, 5, 6};
  for (size_t i = 0; i < FRAY_COUNT(texts); i++) {
    put("m.txt", texts[i]);
    if (fray_matrix_read(at("m.txt"), &arena, &x, &rows, &columns, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    assert_int_equal(rows, 2);
    assert_int_equal(columns, 3);
    assert_memory_equal(x, expected, sizeof expected);
  }
}

static void refuse_matrix(const char *text, const char *part) {
  struct fray_err err = {0};
  float *x;
  size_t rows, columns;
  put("bad.txt", text);
  assert_int_equal(fray_matrix_read(at("bad.txt"), &arena, &x, &rows, &columns, &err), FRAY_INPUT);
  if (!strstr(err.text, part))
    fail_msg("\"%s\" lacks \"%s\"", err.text, part);
}

static void bad_matrices_are_refused(void **state) {
  (void)state;
  refuse_matrix("1 2\n3\n", "bad.txt:2: 1 numbers, the rows before have 2");
  refuse_matrix("1 2\n3 x4\n", "bad.txt:2: \"x4\" is no finite number");
  refuse_matrix("1 nan\n", "\"nan\" is no finite number");
  refuse_matrix("1 1e39\n", "\"1e39\" is beyond float32");
  refuse_matrix("1 2\n\n3 4\n", "bad.txt:2: an empty line");
  refuse_matrix("0,5\t0,25\n1,5\t2,75\n",
                "bad.txt:1: numbers are separated by commas and by blanks, "
                "before number 3 of the row by blanks; decimal commas");
  refuse_matrix("1 2\n0,5 0,25\n", "bad.txt:2: numbers are separated by commas and by blanks");
  refuse_matrix("1 2\n3,4\n", "bad.txt:2: numbers are separated by commas and by blanks");
  refuse_matrix("0,5;0,25\n", "\"5;0\" is no finite number");
  refuse_matrix("1,,3\n", "bad.txt:1: an empty cell before number 2 of the row");
  refuse_matrix("1,2,3\n1, ,3\n", "bad.txt:2: an empty cell before number 2 of the row");
  refuse_matrix("1,2\n,5,6\n", "bad.txt:2: an empty cell before number 1 of the row");
  refuse_matrix("7,8,\n", "bad.txt:1: an empty cell behind number 2 of the row");
  refuse_matrix("1,2\n,\n", "bad.txt:2: an empty cell");
  refuse_matrix("1\t2\t3\n1\t\t3\n", "bad.txt:2: an empty cell before number 2 of the row");
  refuse_matrix("5\t6\t\n\t5\t6\n", "bad.txt:2: an empty cell before number 1 of the row");
  refuse_matrix("5\t6\t\n5\t6\n", "bad.txt:2: an empty cell behind number 2 of the row");
  refuse_matrix("", "no numbers");
  refuse_matrix("\n\n", "no numbers");
}

static void columns(void **state) {
  (void)state;
  struct fray_err err = {0};
  const char **text;
  size_t n;
  put("c.txt", "5\n 1.0 \r\n100000001\n-0.5");
  assert_int_equal(fray_column_read(at("c.txt"), &arena, &text, &n, &err), FRAY_OK);
  const char *expected[] = {"5", "1", "100000001", "-0.5"};
  assert_int_equal(n, 4);
  for (size_t i = 0; i < n; i++)
    assert_string_equal(text[i], expected[i]);
  put("c.txt", "\xef\xbb\xbf"
               "5\r1\r100000001\r-0.5\r");
  assert_int_equal(fray_column_read(at("c.txt"), &arena, &text, &n, &err), FRAY_OK);
  assert_int_equal(n, 4);
  assert_string_equal(text[0], "5");
  put("c.txt", "5\n\n6\n");
  assert_int_equal(fray_column_read(at("c.txt"), &arena, &text, &n, &err), FRAY_INPUT);
  put("c.txt", "5\n6,\n");
  assert_int_equal(fray_column_read(at("c.txt"), &arena, &text, &n, &err), FRAY_INPUT);
  put("c.txt", "5\n6 7\n");
  assert_int_equal(fray_column_read(at("c.txt"), &arena, &text, &n, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "c.txt:2: expected one number, found \"6 7\""));
}

static void npy_files(void **state) {
  (void)state;
  struct fray_err err = {0};
  const double wide[] = {1, 2, 3, 4, 5, 6};
  const float narrow[] = {7, 8, 9};
  float *x;
  size_t length, width;
  bool flat;
  put_npy("w.npy", "<f8", "False", "(2, 3)", wide, sizeof wide);
  assert_int_equal(fray_npy_read(at("w.npy"), &x, &length, &width, &flat, &err), FRAY_OK);
  assert_true(length == 2 && width == 3 && !flat && x[0] == 1 && x[5] == 6);
  free(x);
  put_npy("n.npy", "<f4", "False", "(3,)", narrow, sizeof narrow);
  assert_int_equal(fray_npy_read(at("n.npy"), &x, &length, &width, &flat, &err), FRAY_OK);
  assert_true(length == 1 && width == 3 && flat && x[2] == 9);
  free(x);
}

/* A file that NumPy 1.24 itself wrote: np.save(f, np.array([[1.5, -2]], "f4")). */
static void npy_of_numpy(void **state) {
  (void)state;
  struct fray_err err = {0};
  char file[136];
  memset(file, ' ', sizeof file);
  memcpy(file, "\x93NUMPY\1\0v\0", 10);
  const char *head = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  memcpy(file + 10, head, strlen(head));
  file[127] = '\n';
  const float values[] = {1.5f, -2};
  memcpy(file + 128, values, 8);
  float *x;
  size_t length, width;
  bool flat;
  put_bytes("np.npy", file, sizeof file);
  assert_int_equal(fray_npy_read(at("np.npy"), &x, &length, &width, &flat, &err), FRAY_OK);
  assert_true(length == 1 && width == 2 && !flat && x[0] == 1.5f && x[1] == -2);
  free(x);
}

static void refuse_npy(const char *descr, const char *order, const char *shape, size_t bytes,
                       const char *part) {
  struct fray_err err = {0};
  float zero[32] = {0}, *x = NULL;
  size_t length, width;
  bool flat;
  put_npy("bad.npy", descr, order, shape, zero, bytes);
  assert_int_equal(fray_npy_read(at("bad.npy"), &x, &length, &width, &flat, &err), FRAY_INPUT);
  assert_null(x);
  if (!strstr(err.text, part) || !strstr(err.text, "bad.npy"))
    fail_msg("\"%s\" lacks \"%s\"", err.text, part);
}

static void refuse_file(const char *name, const char *part) {
  struct fray_err err = {0};
  float *x;
  size_t length, width;
  bool flat;
  assert_int_equal(fray_npy_read(at(name), &x, &length, &width, &flat, &err), FRAY_INPUT);
  if (!strstr(err.text, part) || !strstr(err.text, name))
    fail_msg("\"%s\" lacks \"%s\"", err.text, part);
}

static void bad_npy_is_refused(void **state) {
  (void)state;
  refuse_npy("<f4", "True", "(2, 3)", 24, "Fortran order");
  refuse_npy(">f4", "False", "(2, 3)", 24, "values of type \">f4\"");
  refuse_npy("<i8", "False", "(3,)", 24, "values of type \"<i8\"");
  refuse_npy("|O", "False", "(3,)", 24, "values of type");
  refuse_npy("<f4", "False", "(2, 4)", 24, "24 bytes of values, the shape asks for 32");
  refuse_npy("<f4", "False", "(2, 2)", 24, "24 bytes of values, the shape asks for 16");
  refuse_npy("<f4", "False", "(2, 1, 3)", 24, "3 axes");
  refuse_npy("<f4", "False", "()", 4, "0 axes");
  refuse_npy("<f4", "False", "(0,)", 0, "without values");
  refuse_npy("<f4", "False", "(99999999999, 99999999999)", 24, "the limit is");
  refuse_npy("<f4", "False", "(3", 24, "unreadable");
  refuse_npy("<f4", "Maybe", "(3,)", 12, "unreadable");
  float *x = NULL;
  size_t length, width;
  bool flat;
  struct fray_err err = {0};
  put("short.npy", "\x93NUMPY\1");
  assert_int_equal(fray_npy_read(at("short.npy"), &x, &length, &width, &flat, &err), FRAY_INPUT);
  const float bad[] = {1, INFINITY};
  put_npy("inf.npy", "<f4", "False", "(2,)", bad, sizeof bad);
  refuse_file("inf.npy", "value 1 (from 0) is infinite");
  const double wide[] = {1e300, NAN};
  put_npy("wide.npy", "<f8", "False", "(1,)", wide, 8);
  refuse_file("wide.npy", "value 0 (from 0) is 1e+300, beyond float32");
  put_npy("nan.npy", "<f8", "False", "(1,)", wide + 1, 8);
  refuse_file("nan.npy", "value 0 (from 0) is not a number");
}

/* What NumPy writes for arrays that are no plain numbers, or not one array. */
static void npy_messages_fit_the_fault(void **state) {
  (void)state;
  refuse_npy("<f2", "False", "(3,)", 6, "floats of another size");
  refuse_npy("|b1", "False", "(3,)", 3, "truth values");
  refuse_npy("<U5", "False", "(3,)", 60, "texts");
  refuse_npy("<c16", "False", "(3,)", 48, "complex numbers");
  refuse_npy("|O", "False", "(3,)", 24, "Python objects");
  refuse_npy("<M8[s]", "False", "(3,)", 24, "dates or times");
  refuse_npy(">f8", "False", "(3,)", 24, "big-endian");
  refuse_npy("<f8", "False", "(2, 2, 2, 2)", 128, "4 axes");
  refuse_npy("<f4", "False", "(3,)", 11, "truncated: 11 bytes of values");
  static const char fields[] = "{'descr': [('x', '<f4'), ('y', [('u', '<f4'), ('v', '<i4')])], "
                               "'fortran_order': False, 'shape': (3,)}  \n";
  struct fray_text text = {0};
  fray_text_add(&text, "\x93NUMPY\3\0", 8);
  fray_text_add(&text, (const char[]){(char)(sizeof fields - 1), 0, 0, 0}, 4);
  fray_text_puts(&text, fields);
  put_bytes("fields.npy", text.data, text.size);
  fray_text_free(&text);
  refuse_file("fields.npy", "a structured array with the fields x, y; save one array");
  put_bytes("a.npz", "PK\3\4\24\0\0\0\0\0\0\0\0\0", 14);
  refuse_file("a.npz", "a .npz archive can hold many arrays");
  put_bytes("new.npy", "\x93NUMPY\4\0\2\0\0\0{}", 14);
  refuse_file("new.npy", "format 4.0 of .npy");
}

static void natural_order(void **state) {
  (void)state;
  const char *sorted[] = {"1", "2", "10", "a", "a1b2", "a1b10", "a01c", "a1c", "a2", "a10", "b"};
  for (size_t i = 0; i < FRAY_COUNT(sorted); i++)
    for (size_t j = 0; j < FRAY_COUNT(sorted); j++) {
      int order = fray_natural_order(sorted[i], sorted[j]);
      assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
    }
  const char *names[] = {"s10", "s2", "s10", "s1"}, **unique;
  size_t n;
  struct fray_err err = {0};
  assert_int_equal(fray_names_unique(names, 4, &arena, &unique, &n, &err), FRAY_OK);
  assert_int_equal(n, 3);
  assert_string_equal(unique[2], "s10");
  assert_int_equal(fray_names_find(unique, n, "s2"), 1);
  assert_int_equal(fray_names_find(unique, n, "s3"), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blank_lines_at_the_end_are_no_rows),
      cmocka_unit_test(numbers),
      cmocka_unit_test(matrices),
      cmocka_unit_test(bad_matrices_are_refused),
      cmocka_unit_test(columns),
      cmocka_unit_test(npy_files),
      cmocka_unit_test(npy_of_numpy),
      cmocka_unit_test(bad_npy_is_refused),
      cmocka_unit_test(npy_messages_fit_the_fault),
      cmocka_unit_test(natural_order),
  };
  return cmocka_run_group_tests(tests, bench_open, bench_close);
}
