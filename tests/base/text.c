/* Numbers as text, nearest names, growing texts, CSV. */
#include "fray/base/text.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Columns are code points: both lines of the second case are full. */
static void test_wraps(void **state) {
  (void)state;
  static const struct {
    const char *words, *text;
  } cases[] = {
      {"", ""},
      {"aa bb cc", "aa bb\n  cc"},
      {"\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6 cc dd", "\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6\n  cc dd"},
      {"toolong b", "toolong\n  b"},
      {"a  toolong ", "a\n  toolong"}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct fray_text text = {0};
    fray_text_wrap(&text, cases[i].words, 2, 7);
    assert_false(text.failed);
    assert_string_equal(text.data ? text.data : "", cases[i].text);
    fray_text_free(&text);
  }
}

/* The same bits as strtod() for what it takes, and nothing taken that a number goes on behind. Ties
 * of the last bit, by hand: 2^53 + 1 lies between two doubles and goes to the even one below, 2^53
 * + 3 to the one above; 9007199254740993.0000000001 lies above the tie. */
static void test_reads_decimals(void **state) {
  (void)state;
  static const char *const not_mine[] = {"",      "-",    ".",
                                         "1.2.3", "1e5",  "0x1F",
                                         "nan",   "infi", "1234567890.12345678901",
                                         "12f",   "+-1",  "12345678901234567890"};
  static const struct {
    const char *text;
    size_t length;
    double value;
  } cases[] = {{"9007199254740993", 16, 9007199254740992.0},
               {"9007199254740995", 16, 9007199254740996.0},
               {"9007199254740993.001,", 20, 9007199254740994.0},
               {"900719925474099.3", 17, 900719925474099.25},
               {"-12.5 ", 5, -12.5},
               {"+.25\t", 4, 0.25},
               {"7.", 2, 7},
               {"18446744073709551615", 0, 0}};
  double value = 0;
  for (size_t i = 0; i < FRAY_COUNT(not_mine); i++)
    assert_int_equal(fray_decimal_read(not_mine[i], &value), 0);
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    assert_int_equal(fray_decimal_read(cases[i].text, &value), cases[i].length);
    assert_true(cases[i].length == 0 || value == cases[i].value);
  }
  assert_int_equal(fray_decimal_read("-0.0", &value), 4);
  assert_true(value == 0 && signbit(value));
  for (uint64_t i = 0; i < 200000; i++) {
    uint64_t m = (i + 1) * 0x9e3779b97f4a7c15u; /* any bits */
    m >>= i % 60;
    const int decimals = (int)(i % 20);
    char text[64];
    m %= 10000000000000000000u;
    uint64_t ten = 1;
    for (int k = 0; k < decimals; k++)
      ten *= 10;
    if (decimals)
      snprintf(text, sizeof text, "%llu.%0*llu", (unsigned long long)(m / ten), decimals,
               (unsigned long long)(m % ten));
    else
      snprintf(text, sizeof text, "%llu", (unsigned long long)m);
    if (fray_decimal_read(text, &value))
      assert_true(value == strtod(text, NULL));
  }
}

static void test_terminals_obey_nothing(void **state) {
  (void)state;
  static const char *const cases[][3] = {
      {"plain \xc3\xa9 \xe2\x82\xac", "plain \xc3\xa9 \xe2\x82\xac", "plain \xc3\xa9 \xe2\x82\xac"},
      {"\x1b[31mred\x07\x7f", "?[31mred??", "?[31mred??"},
      {"\xc2\x9b"
       "31m",
       "?31m", "?31m"}, /* the same sequence in one character */
      {"a\nb\tc\r", "a?b?c?", "a\nb?c?"},
      {"cut \xe2\x82", "cut ?", "cut ?"},
      /* NOLINTNEXTLINE(misc-misleading-bidirectional): what is given is meant to mislead */
      {"a\xe2\x80\xae"
       "b\xe2\x81\xa6",
       "a?b?", "a?b?"}, /* an override, an isolate */
      {"\xe2\x80\x8e\xe2\x80\x93", "\xe2\x80\x8e\xe2\x80\x93", "\xe2\x80\x8e\xe2\x80\x93"}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++)
    for (int lines = 0; lines < 2; lines++) {
      struct fray_text text = {0};
      fray_text_safe(&text, cases[i][0], lines);
      assert_false(text.failed);
      assert_string_equal(text.data, cases[i][1 + lines]);
      fray_text_free(&text);
    }
}

static void test_doubles_as_text(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *text;
  } cases[] = {
      {0.1, "0.1"},
      {1e-5, "1e-05"},
      {10, "10"},
      {1000, "1000"},
      {0, "0"},
      {-2.5, "-2.5"},
      {1e22, "1e+22"},
      {1.0 / 3, "0.3333333333333333"},
      {123456, "123456"},
      {NAN, "nan"},
      {-(double)NAN, "nan"},
      {INFINITY, "inf"},
      {-INFINITY, "-inf"},
      {0.0001, "0.0001"},
      {5e-324, "5e-324"},
      {123456.75, "123456.75"},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    char text[32];
    fray_format_double(cases[i].value, text);
    assert_string_equal(text, cases[i].text);
  }
}

/* Any bits of a finite double come back. */
static void test_doubles_read_back(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(1, "test/format", 0, 0, 0);
  for (int i = 0; i < 50000; i++) {
    uint64_t bits = fray_rng_u64(&rng);
    double value, near_integer = (double)(int64_t)(bits >> 10) / 4;
    memcpy(&value, &bits, sizeof value);
    char text[32];
    if (isfinite(value)) {
      fray_format_double(value, text);
      assert_true(strtod(text, NULL) == value);
    }
    fray_format_double(near_integer, text);
    assert_true(strtod(text, NULL) == near_integer);
  }
}

/* The fewest digits of the C library's own, which round to the nearest, that read back. */
static void fewest_digits(double value, char out[32]) {
  int digits = 0;
  do
    snprintf(out, 32, "%.*g", ++digits, value);
  while (strtod(out, NULL) != value);
}

/* Shares and their like, powers and their neighbours, where a step is half as long to one side. */
static void test_doubles_have_the_fewest_digits(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(2, "test/format", 0, 0, 0);
  for (int i = 0; i < 3000; i++) {
    const uint64_t bits = fray_rng_u64(&rng);
    const int step = (int)(bits % 70);
    const double unit = (double)(bits >> 11) * 0x1p-53, power = ldexp(1, -step);
    const double values[] = {unit,
                             ldexp(unit, 30 - step),
                             -(double)(bits % 1009) / (double)(1 + (bits >> 20) % 997),
                             pow(10, -(double)(step % 9)) * (double)(1 + (bits >> 30) % 999),
                             power,
                             nextafter(power, 0),
                             nextafter(power, 2),
                             nextafter(pow(10, -(double)(step % 9)), 0)};
    for (size_t k = 0; k < FRAY_COUNT(values); k++) {
      char text[32], wanted[32];
      if (values[k] == trunc(values[k]))
        continue;
      fewest_digits(values[k], wanted);
      fray_format_double(values[k], text);
      assert_string_equal(text, wanted);
    }
  }
}

static void test_edit_distance(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    size_t distance;
  } cases[] = {
      {"", "", 0},       {"", "abc", 3},      {"abc", "abc", 0},
      {"abc", "acb", 1}, {"ca", "abc", 3},    {"kitten", "sitting", 3},
      {"lrr", "lr", 1},  {"flaw", "lawn", 2}, {"atention", "attention", 1},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    assert_int_equal(fray_edit_distance(cases[i].a, cases[i].b), cases[i].distance);
    assert_int_equal(fray_edit_distance(cases[i].b, cases[i].a), cases[i].distance);
  }
  char longer[300];
  memset(longer, 'a', 299);
  longer[299] = '\0';
  assert_int_equal(fray_edit_distance(longer, "aaa"), 64);
  assert_int_equal(fray_edit_distance(longer + 299 - 63, longer + 299 - 63), 0);
}

static void test_nearest(void **state) {
  (void)state;
  static const char *const names[] = {"fedavg", "fedavgm", "fedopt", "lr", "b"};
  assert_string_equal(fray_nearest("fedavgg", names, 5), "fedavg");
  assert_string_equal(fray_nearest("FedAvg", names, 5), "fedavg");
  assert_string_equal(fray_nearest("fedotp", names, 5), "fedopt");
  assert_string_equal(fray_nearest("lrr", names, 5), "lr");
  assert_string_equal(fray_nearest("rl", names, 5), "lr");
  assert_null(fray_nearest("momentum", names, 5));
  assert_null(fray_nearest("a", names, 5));
  assert_null(fray_nearest("", names, 5));
  assert_null(fray_nearest("lr", names, 0));
  char longer[300];
  memset(longer, 'x', 299);
  longer[299] = '\0';
  assert_null(fray_nearest(longer, names, 5));
}

/* Words and pieces of names count; a guess among several is none. */
static void test_nearest_by_words(void **state) {
  (void)state;
  static const char *const metrics[] = {"accuracy", "macro_f1", "uar", "top2", "auc", "nll"};
  static const char *const fusions[] = {"attention", "concat", "gated", "late", "mean_late"};
  static const char *const servers[] = {"fedavg", "fedavgm", "fedopt"};
  static const char *const keys[] = {"training.local.lr", "data.partition.alpha"};
  assert_string_equal(fray_nearest("f1", metrics, 6), "macro_f1");
  assert_string_equal(fray_nearest("F1", metrics, 6), "macro_f1");
  assert_string_equal(fray_nearest("f1_macro", metrics, 6), "macro_f1");
  assert_string_equal(fray_nearest("acc", metrics, 6), "accuracy");
  assert_string_equal(fray_nearest("top", metrics, 6), "top2");
  assert_null(fray_nearest("loss", metrics, 6));
  assert_null(fray_nearest("_", metrics, 6));
  assert_string_equal(fray_nearest("cat", fusions, 5), "concat");
  assert_string_equal(fray_nearest("lat", fusions, 5), "late");
  assert_null(fray_nearest("fed", servers, 3));
  assert_string_equal(fray_nearest("alpha", keys, 2), "data.partition.alpha");
  assert_string_equal(fray_nearest("lr", keys, 2), "training.local.lr");
}

static void test_there_are(void **state) {
  (void)state;
  const char *const names[] = {"acc", "gyro", "face"};
  char out[200];
  assert_string_equal(fray_there_are("gyr", names, 3, out, sizeof out),
                      "there are 'acc', 'gyro', 'face' (did you mean 'gyro'?)");
  assert_string_equal(fray_there_are("gyr", names, 1, out, sizeof out), "there is 'acc'");
  assert_string_equal(fray_there_are("gyr", names, 0, out, sizeof out), "there is none");
  assert_string_equal(fray_there_are("gyr", names, 3, out, 60),
                      "there are 'acc', ... (3 in all) (did you mean 'gyro'?)");
  /* Of many names those that share a word or a piece, if they are few. */
  const char *many[30] = {"mains_hum",  "tonal_hum",  "aaaaa_blur", "bbbbb_blur",
                          "ccccc_blur", "ddddd_blur", "eeeee_blur", "fffff_blur",
                          "ggggg_blur", "hhhhh_blur", "iiiii_blur"};
  for (size_t i = 11; i < 30; i++)
    many[i] = "other";
  assert_string_equal(fray_there_are("hum", many, 30, out, sizeof out),
                      "there are 30, of that name 'mains_hum' and 'tonal_hum'");
  assert_non_null(strstr(fray_there_are("blur", many, 30, out, sizeof out), "... (30 in all)"));
  fray_there_are("hum", many, 30, out, 20);
  assert_true(strlen(out) < 20);
  char wide[400] = {0};
  memset(wide, 'w', sizeof wide - 1);
  const char *const one[] = {wide};
  fray_there_are("gyr", one, 1, out, 60);
  assert_string_equal(out, "there is 'wwwwwwwwwwwwwwwwwwwwwwwwwww...'");
  fray_there_are("gyr", names, 3, out, 5); /* never beyond the room */
  assert_string_equal(out, "ther");
}

static void test_cells(void **state) {
  (void)state;
  struct fray_text text = {0};
  fray_text_cell(&text, "caf\xc3\xa9", 6);
  fray_text_cell(&text, "\xc3\xa9\xc3\xa9\xc3\xa9", 2);
  fray_text_cell(&text, "", 1);
  fray_text_cell(&text, "\xc3\xa9tage", 4);
  fray_text_cell(&text, "\xc3\xa9tage", 5);
  assert_string_equal(text.data, "caf\xc3\xa9  \xc3\xa9\xc3\xa9 \xc3\xa9...\xc3\xa9tage");
  fray_text_free(&text);
}

static void test_growing(void **state) {
  (void)state;
  struct fray_text text = {0};
  for (int i = 0; i < 10000; i++)
    fray_text_printf(&text, "%d,", i % 10);
  assert_int_equal(text.size, 20000);
  assert_int_equal(strlen(text.data), 20000);
  assert_true(strncmp(text.data + 19980, "0,1,2,3,4,5,6,7,8,9,", 20) == 0);
  fray_text_add(&text, "\0x", 2);
  assert_int_equal(text.size, 20002);
  fray_text_free(&text);
  assert_null(text.data);
  fray_text_puts(&text, "");
  assert_string_equal(text.data, "");
  fray_text_add(&text, "x", SIZE_MAX / 2); /* refused before anything is read */
  assert_true(text.failed);
  fray_text_puts(&text, "more");
  assert_int_equal(text.size, 0);
  fray_text_free(&text);
  fray_text_free(NULL);
}

static void test_csv(void **state) {
  (void)state;
  static const char *const cases[][2] = {{"plain", "plain"},
                                         {"", ""},
                                         {"a,b", "\"a,b\""},
                                         {"say \"x\"", "\"say \"\"x\"\"\""},
                                         {"two\nlines", "\"two\nlines\""},
                                         {"a\rb", "\"a\ufffd"
                                                  "b\""},
                                         {"\x1b[2J", "\ufffd[2J"},
                                         {"\xc2\x9b", "\ufffd"},
                                         {"\xff", "\ufffd"},
                                         {" space ", " space "},
                                         /* What a spreadsheet would run. */
                                         {"=2*3", "'=2*3"},
                                         {"+1", "'+1"},
                                         {"@SUM(1)", "'@SUM(1)"},
                                         {"-2+3", "'-2+3"},
                                         {"-inf", "'-inf"},
                                         {"\tx", "'\tx"},
                                         {"=A1,\"B\"", "\"'=A1,\"\"B\"\"\""},
                                         {"\n=1", "\"'\n=1\""},
                                         {"\uff1d1", "'\uff1d1"},
                                         {"'=1", "''=1"},
                                         {"''=1", "'''=1"},
                                         /* What it would not. */
                                         {"'tis", "'tis"},
                                         {"-", "-"},
                                         {"-0.5", "-0.5"},
                                         {"-1.5e-05", "-1.5e-05"},
                                         {"a=b", "a=b"}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    if (!strpbrk(cases[i][0], ",\"\n\r\x1b\xff\xc2"))
      assert_string_equal(fray_csv_plain(cases[i][1]), cases[i][0]);
    struct fray_text text = {0};
    fray_text_csv(&text, cases[i][0]);
    assert_string_equal(text.data, cases[i][1]);
    fray_text_free(&text);
  }
}

static void test_counts_have_their_noun(void **state) {
  (void)state;
  static const struct {
    size_t n;
    const char *noun, *said;
  } cases[] = {{1, "client", "1 client"},   {0, "client", "0 clients"},
               {2, "study", "2 studies"},   {1, "study", "1 study"},
               {12, "class", "12 classes"}, {3, "test sample", "3 test samples"},
               {2, "key", "2 keys"},        {7, "modality", "7 modalities"},
               {2, "batch", "2 batches"},   {4, "epoch", "4 epochs"},
               {2, "box", "2 boxes"}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++)
    assert_string_equal(FRAY_N(cases[i].n, cases[i].noun), cases[i].said);
  /* The largest count and a noun beyond all bounds stay within their room. */
  char out[FRAY_COUNTED];
  fray_counted(out, SIZE_MAX, "a noun that is longer than any count of anything ever needs one, y");
  assert_true(strlen(out) < sizeof out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_doubles_as_text),
      cmocka_unit_test(test_wraps),
      cmocka_unit_test(test_reads_decimals),
      cmocka_unit_test(test_terminals_obey_nothing),
      cmocka_unit_test(test_doubles_read_back),
      cmocka_unit_test(test_doubles_have_the_fewest_digits),
      cmocka_unit_test(test_edit_distance),
      cmocka_unit_test(test_nearest),
      cmocka_unit_test(test_nearest_by_words),
      cmocka_unit_test(test_there_are),
      cmocka_unit_test(test_cells),
      cmocka_unit_test(test_growing),
      cmocka_unit_test(test_counts_have_their_noun),
      cmocka_unit_test(test_csv),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
