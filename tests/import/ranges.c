/* Recordings whose labels lie in a table of their own, as ranges of rows or of time; and recordings
 * that are brought to a lower rate, with a filter and without. */
#include "workbench.h"

static struct fray_text text;

#define RAW(columns, keys)                                                                         \
  "name: h\nmodalities: {acc: {kind: series, columns: [" columns "]}}\ninputs:\n"                  \
  "  - reader: recordings\n    pattern: \"acc_exp{exp}_user{user}.txt\"\n    separator: blanks\n"  \
  "    header: none\n    client: \"{user}\"\n    label: \"{activity}\"\n    windows: {" keys "}\n"
#define RANGES                                                                                     \
  "ranges: {file: labels.txt, separator: blanks, header: none, names: [exp, user, "                \
  "activity, from, to], on: [exp, user]}"

/* As UCI HAPT has them: files are numbered 01, the table says 1. */
static void put_hapt(const char *labels) {
  static const char *const names[] = {"acc_exp01_user01.txt", "acc_exp02_user01.txt"};
  for (int f = 0; f < 2; f++) {
    text.size = 0;
    for (int i = 1; i <= 20; i++)
      fray_text_printf(&text, " %d.5  %d \n", 100 * f + i, -i);
    put(names[f], text.data);
  }
  put("labels.txt", labels);
}

/* Rows 3 to 8 of the first file are 5, 9 to 12 are 4; rows 1 to 4 of the second are 5. */
static void of_rows(void **state) {
  (void)state;
  put_hapt("1 1 5 3 8\n1 1 4 9 12\n2 1 5 1 4\n2 1 7 17 18\n");
  import_anew(RAW("\"1\"", "length: 2, label: activity, purity: 1, " RANGES));
  EXPECT_TEXTS("/classes", "4", "5", "7");
  EXPECT_INTS("/samples/label", 1, 1, 1, 0, 0, 1, 1, 2);
  EXPECT_FLOATS("/modalities/acc/values", 3.5f, 4.5f, 5.5f, 6.5f, 7.5f, 8.5f, 9.5f, 10.5f, 11.5f,
                12.5f, 101.5f, 102.5f, 103.5f, 104.5f, 117.5f, 118.5f);
  text.size = 0;
  said(RAW("\"1\"", "length: 2, label: activity, purity: 1, skip: [\"7\"], " RANGES), &text);
  assert_non_null(strstr(text.data, "24 rows in no range of labels"));
  assert_non_null(strstr(text.data, "2 rows left out by `skip`"));
  /* Next to each other, so one stretch: a window may lie in both, and has the label of most. */
  put_hapt("1 1 5 3 8\n1 1 4 9 12\n2 1 4 1 4\n");
  import_anew(RAW("\"1\"", "length: 4, label: activity, " RANGES));
  EXPECT_INTS("/samples/label", 1, 1, 0);
  EXPECT_FLOATS("/modalities/acc/values", 3.5f, 4.5f, 5.5f, 6.5f, 7.5f, 8.5f, 9.5f, 10.5f, 101.5f,
                102.5f, 103.5f, 104.5f);
}

/* In seconds, the end not included; a header, and other names for everything. */
static void of_time(void **state) {
  (void)state;
  put("a_7.csv", "t,x\n0,1\n0.5,2\n1,3\n1.5,4\n2,5\n2.5,6\n3,7\n");
  put("b_8.csv", "t,x\n0,1\n0.5,2\n");
  put("seen.csv", "who,what,begin,end\n7,sit,0,1\n7,walk,1,2.5\n9,walk,0,1\n");
#define TIMED(more)                                                                                \
  "name: h\nmodalities: {acc: {kind: series, columns: [x]}}\ninputs:\n"                            \
  "  - {reader: recordings, pattern: \"{take}_{user}.csv\", client: \"{user}\", label: "           \
  "\"{what}\",\n     windows: {length: 1, label: what, time: t, gap: 1 s,\n"                       \
  "       ranges: {file: seen.csv, on: user, key: who, from: begin, to: end, in: time" more        \
  "}}}\n"
  import_anew(TIMED(""));
  EXPECT_TEXTS("/classes", "sit", "walk");
  EXPECT_INTS("/samples/label", 0, 0, 1, 1, 1);
  EXPECT_FLOATS("/modalities/acc/values", 1, 2, 3, 4, 5);
  text.size = 0;
  said(TIMED(""), &text);
  assert_non_null(strstr(text.data, "seen.csv: 1 range of no file, first in line 4"));
  assert_non_null(strstr(text.data, "4 rows in no range of labels"));
  refuse(TIMED(", to: last"), "already given");
#undef TIMED
}

static void wrong_ranges(void **state) {
  (void)state;
#define LABELLED RAW("\"1\"", "length: 2, label: activity, " RANGES)
  put_hapt("1 1 5 3 8\n1 1 4 8 12\n");
  refuse(LABELLED, "labels.txt:2: the range from 8 overlaps that of line 1, which ends at 8");
  put_hapt("1 1 5 3 2\n");
  refuse(LABELLED, "labels.txt:1: the range ends at 2, before it begins at 3");
  put_hapt("1 1 5 0 2\n");
  refuse(LABELLED, "labels.txt:1: row 0: rows are counted from 1");
  put_hapt("1 1 5 x 2\n");
  refuse(LABELLED, "labels.txt:1: from: \"x\"");
  put_hapt("1 1 5 1 2\n1 1 5 1\n");
  refuse(LABELLED, "labels.txt:2: 4 cells, the first row has 5");
  put_hapt("3 3 5 1 2\n");
  refuse(LABELLED, "no window");
  put_hapt("1 1 5 1 2\n");
  refuse(RAW("\"1\"", "length: 2, " RANGES), "`ranges` needs `label`");
  refuse(RAW("\"1\"", "length: 2, label: act, " RANGES),
         "windows.label: there is no column 'act'; there are 'exp', 'user', 'activity'");
  refuse(RAW("\"1\"", "length: 2, label: activity, ranges: {on: [exp]}"), "`file` is missing");
  refuse(RAW("\"1\"", "length: 2, label: activity, ranges: {file: labels.txt, separator: blanks, "
                      "header: none, names: [exp, user, activity, from, to], on: [expo]}"),
         "ranges.on: there is no column 'expo'");
  refuse(RAW("\"1\"", "length: 2, label: activity, ranges: {file: none.txt}"), "none.txt");
#undef LABELLED
}

/* Two sensors in files of their own, row by row the same moments: one recording, whose stretches
 * begin at other bytes in each. */
static void side_by_side(void **state) {
  (void)state;
#define BOTH(keys)                                                                                 \
  "name: h\nmodalities: {acc: {kind: series, columns: [\"1\"]}, gyro: {kind: series, "             \
  "columns: [g_2, g_1]}}\ninputs:\n  - reader: recordings\n"                                       \
  "    pattern: \"acc_exp{exp}_user{user}.txt\"\n    separator: blanks\n    header: none\n"        \
  "    beside: {g_: \"gyro_exp{exp}_user{user}.txt\"}\n    client: \"{user}\"\n"                   \
  "    label: \"{activity}\"\n    windows: {" keys ", " RANGES "}\n"
  put_hapt("1 1 5 3 8\n2 1 4 11 14\n");
  for (int f = 1; f <= 2; f++) {
    text.size = 0;
    for (int i = 1; i <= 20; i++)
      fray_text_printf(&text, "%s%d %d\n", i == 9 ? "\n" : "", 1000 * f + i, 7 * i);
    put(f == 1 ? "gyro_exp01_user01.txt" : "gyro_exp02_user01.txt", text.data);
  }
  import_anew(BOTH("length: 3, label: activity"));
  EXPECT_INTS("/samples/label", 1, 1, 0);
  EXPECT_FLOATS("/modalities/acc/values", 3.5f, 4.5f, 5.5f, 6.5f, 7.5f, 8.5f, 111.5f, 112.5f,
                113.5f);
  EXPECT_FLOATS("/modalities/gyro/values", 21, 1003, 28, 1004, 35, 1005, 42, 1006, 49, 1007, 56,
                1008, 77, 2011, 84, 2012, 91, 2013);
  text.size = 0;
  said(BOTH("length: 3, label: activity"), &text);
  assert_null(strstr(text.data, "gyro_exp01"));
  put("gyro_exp02_user01.txt", "1 2\n3 4\n");
  refuse(BOTH("length: 3, label: activity"), "gyro_exp02_user01.txt:3: it ends, but ");
  put("gyro_exp01_user01.txt", "1 2\n3\n");
  refuse(BOTH("length: 3, label: activity"),
         "gyro_exp01_user01.txt:2: 1 cells, the first row has 2");
  put("gyro_exp01_user01.txt", "");
  refuse(BOTH("length: 3, label: activity"), "gyro_exp01_user01.txt: the file is empty");
#undef BOTH
}

/* ---- a lower rate ---- */

#define LOWER(keys)                                                                                \
  "name: r\nclasses: [l, m]\nmodalities: {acc: {kind: series, columns: [x]}}\ninputs:\n"           \
  "  - {reader: recordings, pattern: s.csv, client: c, label: l, windows: {" keys "}}\n"

static void put_series(const char *head, size_t n, double (*value)(size_t i),
                       double (*time)(size_t i)) {
  text.size = 0;
  fray_text_printf(&text, "%s\n", head);
  for (size_t i = 0; i < n; i++) {
    if (time)
      fray_text_printf(&text, "%.6f,", time(i));
    fray_text_printf(&text, "%.9g\n", value(i));
  }
  put("s.csv", text.data);
}

static double uneven_value(size_t i) {
  return (double)((37 * i * i + 11 * i) % 101) - 50;
}

/* scipy.signal.resample_poly(x, 1, 5)[40:60] of scipy 1.10.1, of these 600 rows: x[i] = (37 i i +
 * 11 i) mod 101 - 50. */
static const float by_scipy[] = {-8.220427f, -0.1451153f, 17.34562f,  -22.98995f, 10.07956f,
                                 7.758518f,  -11.61023f,  4.507571f,  -6.241652f, -15.83963f,
                                 -8.466207f, -6.684989f,  7.125771f,  28.74015f,  18.0649f,
                                 -4.879552f, -6.119494f,  -14.47147f, -11.72076f, 2.520402f};

static void as_scipy(void **state) {
  (void)state;
  put_series("x", 600, uneven_value, NULL);
  import_anew(LOWER("length: 120, row_rate: 100, rate: 20, filter: lowpass"));
  float x[120];
  values("/modalities/acc/values", FRAY_H5_F32, x, 120);
  for (size_t k = 0; k < FRAY_COUNT(by_scipy); k++)
    assert_true(fabs((double)x[40 + k] - (double)by_scipy[k]) < 2e-5);
  /* Without the filter every fifth row, as it is. */
  import_anew(LOWER("length: 120, row_rate: 100, rate: 20"));
  values("/modalities/acc/values", FRAY_H5_F32, x, 120);
  for (size_t k = 0; k < 119; k++)
    assert_true(fabs((double)x[k] - uneven_value(5 * k)) < 1e-4);
  text.size = 0;
  said(LOWER("length: 120, row_rate: 100, rate: 20"), &text);
  assert_non_null(strstr(text.data, "s.csv: rows at 100 Hz"));
  text.size = 0;
  said(LOWER("length: 120, row_rate: 100, rate: 20, filter: lowpass"), &text);
  assert_null(strstr(text.data, "rows at 100 Hz"));
}

/* 3 Hz and 45 Hz at 100 Hz: of the second nothing may be left at 20 Hz, where it would be 5 Hz.
 * Times are 10 ms apart, by up to half a millisecond more or less. */
static double two_tones(size_t i);
static double shaken(size_t i) {
  return 0.01 * (double)i + 0.0005 * ((double)((29 * i) % 21) / 10 - 1);
}
static double two_tones(size_t i) {
  return sin(2 * M_PI * 3 * shaken(i)) + sin(2 * M_PI * 45 * shaken(i));
}

static void tones(void **state) {
  (void)state;
  put_series("t,x", 2000, two_tones, shaken);
  import_anew(LOWER("length: 390, time: t, gap: 1 s, rate: 20, filter: lowpass"));
  float x[390];
  values("/modalities/acc/values", FRAY_H5_F32, x, 390);
  double worst = 0;
  /* Steps begin with the first row, which came at shaken(0). */
  for (size_t k = 12; k < 380; k++)
    worst = fmax(worst, fabs((double)x[k] - sin(2 * M_PI * 3 * (shaken(0) + (double)k / 20))));
  assert_true(worst < 0.06);
  import_anew(LOWER("length: 390, time: t, gap: 1 s, rate: 20"));
  values("/modalities/acc/values", FRAY_H5_F32, x, 390);
  double without = 0;
  for (size_t k = 12; k < 380; k++)
    without = fmax(without, fabs((double)x[k] - sin(2 * M_PI * 3 * (shaken(0) + (double)k / 20))));
  assert_true(without > 0.5);
}

static double ramp(size_t i) {
  return (double)i / 7;
}

/* At an equal rate, and at a higher one, the filter has nothing to do: the same bytes. A constant
 * stays what it is up to the ends, and in gaps that hold no row. */
static double five(size_t i) {
  (void)i;
  return 5;
}
static double gap_time(size_t i) {
  return 0.01 * (double)i + (i >= 300 ? 0.9 : 0);
}

static void nothing_to_do(void **state) {
  (void)state;
  static float x[600], y[600];
  put_series("x", 600, ramp, NULL);
  import_anew(LOWER("length: 590, row_rate: 100, rate: 100, filter: lowpass"));
  values("/modalities/acc/values", FRAY_H5_F32, x, 590);
  import_anew(LOWER("length: 590, row_rate: 100, rate: 100"));
  values("/modalities/acc/values", FRAY_H5_F32, y, 590);
  assert_memory_equal(x, y, 590 * sizeof *x);
  put_series("t,x", 600, five, gap_time);
  import_anew(LOWER("length: 130, time: t, gap: 2 s, rate: 20, filter: lowpass"));
  values("/modalities/acc/values", FRAY_H5_F32, x, 130);
  for (size_t k = 0; k < 130; k++)
    assert_true(fabs((double)x[k] - 5) < 1e-5);
  refuse(LOWER("length: 2, filter: lowpass"), "`filter` needs `rate`");
  refuse(LOWER("length: 2, row_rate: 9, rate: 3, filter: low"), "lowpass");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(of_rows),  ON_BENCH(of_time), ON_BENCH(wrong_ranges),  ON_BENCH(side_by_side),
      ON_BENCH(as_scipy), ON_BENCH(tones),   ON_BENCH(nothing_to_do),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_text_free(&text);
  return failed;
}
