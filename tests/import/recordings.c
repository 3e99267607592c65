/* Recordings that are cut into windows: small files in the layouts of published sets, with windows
 * worked out by hand. */
#include "workbench.h"

#include "fray/base/log.h"
#include "fray/data/dataset.h"

/* One modality `acc` of channels x (and y), an input with these keys. */
static void cut(const char *columns, const char *keys) {
  char yaml[2048];
  snprintf(yaml, sizeof yaml,
           "name: r\nmodalities: {acc: {kind: series, columns: %s}}\ninputs:\n"
           "  - {reader: recordings, %s}\n",
           columns, keys);
  import_anew(yaml);
}

static void cut_badly(const char *columns, const char *keys, const char *part) {
  char yaml[2048];
  snprintf(yaml, sizeof yaml,
           "name: r\nmodalities: {acc: {kind: series, columns: %s}}\ninputs:\n"
           "  - {reader: recordings, %s}\n",
           columns, keys);
  refuse(yaml, part);
}

/* WISDM v1.1: user, activity, timestamp in ns, three axes, a semicolon behind; two rows in one
 * line, an empty line and a cell without a number are all in the published file. */
static void wisdm(void **state) {
  (void)state;
  put("wisdm.txt", "33,Jogging,50000000,1,10,100;\n"
                   "33,Jogging,100000000,2,20,200;33,Jogging,150000000,3,30,300;\n"
                   "33,Jogging,200000000,4,40,400;\n\n"
                   "33,Walking,250000000,5,50,500;\n"
                   "17,Walking,50000000,6,60,600;\n"
                   "17,Walking,100000000,7,70,;\n"
                   "17,Walking,150000000,8,80,800;\n"
                   "17,Walking,200000000,9,90,900;\n"
                   "17,Walking,900000000,10,100,1000;\n"
                   "17,Walking,950000000,11,110,1100;\n");
  cut("[x, y, z]",
      "pattern: wisdm.txt, header: none, row_end: \";\", by: [user, activity],\n"
      "     names: [user, activity, t, x, y, z], client: \"{user}\", label: \"{activity}\",\n"
      "     windows: {length: 2, time: t, time_unit: ns, gap: 0.1 s, missing: cut}");
  EXPECT_TEXTS("/clients/id", "17", "33");
  EXPECT_INTS("/clients/count", 2, 2);
  EXPECT_TEXTS("/classes", "Jogging", "Walking");
  EXPECT_INTS("/samples/label", 1, 1, 0, 0);
  EXPECT_TEXTS("/samples/source", "wisdm.txt/2/1", "wisdm.txt/3/1", "wisdm.txt/1/1",
               "wisdm.txt/1/2");
  EXPECT_TEXTS("/modalities/acc/channel_names", "x", "y", "z");
  EXPECT_FLOATS("/modalities/acc/values", 8, 80, 800, 9, 90, 900, 10, 100, 1000, 11, 110, 1100, 1,
                10, 100, 2, 20, 200, 3, 30, 300, 4, 40, 400);
}

/* PAMAP2: a file a person, blanks, no header, NaN; the heart rate is seldom measured, activity 0
 * lies between activities. Rows of 0.01 s. */
static void pamap2(void **state) {
  (void)state;
  put("Protocol/subject101.dat", "8.38 0 104 30 2 \n"
                                 "8.39 1 100 30 2 \n"
                                 "8.40 1 NaN 31 3 \n"
                                 "8.41 1 NaN NaN 4 \n"
                                 "8.42 1 106 33 5 \n"
                                 "8.43 1 NaN 34 6 \n"
                                 "8.44 0 108 34 6 \n"
                                 "8.45 2 NaN 40 1 \n"
                                 "8.46 2 110 41 1 \n"
                                 "8.47 2 NaN 42 1 \n"
                                 "8.48 2 NaN 43 1 \n"
                                 "8.49 2 NaN 44 1 \n"
                                 "8.50 2 112 45 1 \n"
                                 "8.51 2 114 46 1 \n");
  import_anew("name: p\nmodalities:\n  heart: {kind: series, columns: [bpm]}\n"
              "  hand: {kind: series, columns: [\"5\", temperature]}\ninputs:\n"
              "  - reader: recordings\n    pattern: \"Protocol/subject{who}.dat\"\n"
              "    separator: blanks\n    header: none\n"
              "    names: {1: time, 2: activity, 3: bpm, 4: temperature}\n"
              "    client: \"{who}\"\n    label: \"{activity}\"\n"
              "    windows: {length: 2, time: time, gap: 0.02 s, label: activity, skip: \"0\",\n"
              "      missing: linear, fill_at_most: 2}\n");
  EXPECT_TEXTS("/classes", "1", "2");
  EXPECT_TEXTS("/samples/source", "Protocol/subject101.dat/1/1", "Protocol/subject101.dat/1/2",
               "Protocol/subject101.dat/2/1");
  EXPECT_INTS("/samples/label", 0, 0, 1);
  EXPECT_FLOATS("/modalities/heart/values", 100, 102, 104, 106, 112, 114);
  EXPECT_FLOATS("/modalities/hand/values", 2, 30, 3, 31, 4, 32, 5, 33, 1, 45, 1, 46);
  EXPECT_TEXTS("/modalities/hand/channel_names", "5", "temperature");
}

/* MHEALTH: tabs, 24 columns there, the label last, 0 for none; no clock, 50 Hz. */
static void mhealth(void **state) {
  (void)state;
  put("mHealth_subject1.log", "1\t-1\t0\n2\t-2\t1\n3\t-3\t1\n4\t-4\t1\n5\t-5\t2\n6\t-6\t2\n"
                              "7\t-7\t0\n8\t-8\t2\n9\t-9\t2\n");
  import_anew("name: m\nmodalities: {acc: {kind: series, rate: 50, columns: [\"1\", \"2\"]}}\n"
              "inputs:\n  - {reader: recordings, pattern: \"mHealth_subject{who}.log\",\n"
              "     separator: \"\\t\", header: none, client: \"{who}\", label: \"{3}\",\n"
              "     windows: {length: 40 ms, overlap: 0.5, label: \"3\", skip: [\"0\"],"
              " purity: 1}}\n");
  EXPECT_INTS("/samples/label", 0, 0, 1, 1);
  EXPECT_FLOATS("/modalities/acc/values", 2, -2, 3, -3, 3, -3, 4, -4, 5, -5, 6, -6, 8, -8, 9, -9);
  double overlap;
  assert_int_equal(fray_h5_attr_real(shard, ".", "window_overlap", &overlap, NULL), FRAY_OK);
  assert_true(overlap == 0.5);
  double whole;
  assert_int_equal(fray_h5_attr_real(shard, ".", "whole_stretches", &whole, NULL), FRAY_OK);
  assert_true(whole == 1);
  double rate;
  assert_int_equal(fray_h5_attr_real(shard, "/modalities/acc", "rate", &rate, NULL), FRAY_OK);
  assert_true(rate == 50);
}

/* MotionSense: a file a person and trial, named by both; pandas wrote its index, dots in names. */
static void motionsense(void **state) {
  (void)state;
  put("A_DeviceMotion_data/dws_1/sub_2.csv",
      ",attitude.roll,userAcceleration.x\n0,0.5,1\n1,0.25,2\n2,0.125,3\n");
  put("A_DeviceMotion_data/wlk_7/sub_10.csv",
      ",userAcceleration.x,attitude.roll\n0,4,8\n1,5,9\n2,6,10\n3,7,11\n");
  cut("[userAcceleration.x, attitude.roll]",
      "pattern: \"A_DeviceMotion_data/{act}_{trial}/sub_{who}.csv\", client: \"{who}\",\n"
      "     label: \"{act}\", windows: {length: 2, step: 1}");
  EXPECT_TEXTS("/clients/id", "2", "10");
  EXPECT_TEXTS("/classes", "dws", "wlk");
  EXPECT_FLOATS("/modalities/acc/values", 1, 0.5f, 2, 0.25f, 2, 0.25f, 3, 0.125f, 4, 8, 5, 9, 5, 9,
                6, 10, 6, 10, 7, 11);
}

/* KU-HAR: a file a person and trial without header, class and person in the path, a clock for each
 * sensor. Brought from 100 to 50 Hz; the clock begins anywhere and ticks unevenly. */
static void ku_har(void **state) {
  (void)state;
  put("0.Stand/1001_A_1.csv", "5.000,1,0\n5.010,3,0\n5.025,6,3\n5.040,9,6\n5.060,11,10\n");
  put("1.Sit/1002_B_1.csv", "0.01,0,0\n0.03,2,2\n0.05,4,8\n");
  cut("[x, y]", "pattern: \"{code}.{act}/{who}_{place}_{take}.csv\", header: none,\n"
                "     names: [t, x, y], client: \"{who}\", label: \"{act}\",\n"
                "     windows: {length: 60 ms, time: t, gap: 0.05 s, rate: 50}");
  EXPECT_TEXTS("/classes", "Sit", "Stand");
  EXPECT_TEXTS("/clients/id", "1001", "1002");
  /* At 5.00, 5.02 (two thirds from 5.010 to 5.025) and 5.04. */
  EXPECT_FLOATS("/modalities/acc/values", 1, 0, 5, 2, 9, 6, 0, 0, 2, 2, 4, 8);
}

/* Opportunity: blanks, milliseconds, NaN, labels in one of many columns; the end decides. */
static void opportunity(void **state) {
  (void)state;
  put("S1-ADL1.dat", "0 -5 1\n33 NaN 1\n66 -7 1\n100 -8 2\n133 -9 2\n166 -10 4\n");
  cut("[\"2\"]", "pattern: \"S{who}-{run}.dat\", separator: blanks, header: none,\n"
                 "     client: \"{who}\", label: \"{3}\",\n"
                 "     windows: {length: 3, step: 1, label: \"3\", rule: end, time: \"1\",\n"
                 "       time_unit: ms, gap: 50 ms, missing: linear, fill_at_most: 70 ms}");
  EXPECT_TEXTS("/classes", "1", "2", "4");
  EXPECT_INTS("/samples/label", 0, 1, 1, 2);
  EXPECT_FLOATS("/modalities/acc/values", -5, -6, -7, -6, -7, -8, -7, -8, -9, -8, -9, -10);
}

/* Hours of sound: a file a person, cut as it would be kept. */
static void sound(void **state) {
  (void)state;
  int16_t a[26], b[10];
  for (int16_t i = 0; i < 26; i++)
    a[i] = (int16_t)(100 + i);
  for (int16_t i = 0; i < 10; i++)
    b[i] = (int16_t)(-i);
  put_wav("ann_calm.wav", 1000, a, 26);
  put_wav("ben_loud.wav", 1000, b, 10);
#define SOUND                                                                                      \
  "name: s\nmodalities: {audio: {kind: audio}}\ninputs:\n  - {reader: recordings,\n"               \
  "     pattern: \"{who}_{how}.wav\", client: \"{who}\", label: \"{how}\", windows: "
  import_anew(SOUND "{length: 10 ms, step: 8}}\n");
  EXPECT_TEXTS("/samples/source", "ann_calm.wav/1/1", "ann_calm.wav/1/2", "ann_calm.wav/1/3",
               "ben_loud.wav/1/1");
  EXPECT_INTS("/modalities/audio/offset", 0, 10, 20, 30, 40);
  EXPECT_INTS("/modalities/audio/values", 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 108,
              109, 110, 111, 112, 113, 114, 115, 116, 117, 116, 117, 118, 119, 120, 121, 122, 123,
              124, 125, 0, -1, -2, -3, -4, -5, -6, -7, -8, -9);
  refuse(SOUND "{length: 27}}\n", "no window: the longest stretch has 26 steps, a window 27");
  refuse(SOUND "{length: 2, label: how}}\n", "its files have no columns");
#undef SOUND
}

/* What is known of people and trials lies in tables of their own; windows are rows like others. */
static void windows_are_rows(void **state) {
  (void)state;
  put("all.csv", "who,x,act\n1,1,sit\n1,2,sit\n1,3,none\n1,4,none\n2,5,walk\n2,6,walk\n");
  put("people.csv", "who,age\n1,old\n2,young\n");
  import_anew("name: r\ngroups: [age]\nmodalities: {acc: {kind: series, columns: [x]}}\ninputs:\n"
              "  - {reader: recordings, pattern: all.csv, by: [who], client: \"p{who}\",\n"
              "     label: \"{act}\", where: {act: {not_in: [none]}},\n"
              "     join: [{file: people.csv, on: who}], windows: {length: 2, label: act}}\n");
  EXPECT_TEXTS("/clients/id", "p1", "p2");
  EXPECT_TEXTS("/groups/age/values", "old", "young");
  EXPECT_FLOATS("/modalities/acc/values", 1, 2, 5, 6);
}

/* ---- laws ---- */

/* Rows number themselves, so a window shows which rows it is. */
static void no_window_spans_a_break(void **state) {
  (void)state;
  enum { ROWS = 600, LENGTH = 7 };
  struct fray_text text = {0};
  uint32_t random = 1;
  int who[ROWS], take = 0;
  double time[ROWS], now = 0;
  fray_text_puts(&text, "n,who,t\n");
  for (int i = 0; i < ROWS; i++) {
    random = random * 1664525u + 1013904223u;
    take += random >> 28 == 0;
    now += random >> 24 & 15 ? 0.5 : 3;
    who[i] = take % 3;
    time[i] = now;
    fray_text_printf(&text, "%d,%d,%.1f\n", i, who[i], now);
  }
  put("all.csv", text.data);
  fray_text_free(&text);
  cut("[n]", "pattern: all.csv, by: [who], client: \"{who}\", label: \"{parity}\",\n"
             "     derive: {parity: {from: who, values: {\"0\": even, \"1\": odd, \"2\": even}}},\n"
             "     windows: {length: 7, step: 3, time: t, gap: 1 s}");
  int64_t counts[3];
  values("/clients/count", FRAY_H5_I64, counts, 3);
  size_t n = (size_t)(counts[0] + counts[1] + counts[2]), expected = 0;
  float *x = malloc(n * LENGTH * sizeof *x);
  assert_non_null(x);
  values("/modalities/acc/values", FRAY_H5_F32, x, n * LENGTH);
  for (size_t w = 0; w < n; w++) {
    int client = w < (size_t)counts[0] ? 0 : w < (size_t)(counts[0] + counts[1]) ? 1 : 2;
    for (size_t k = 0; k < LENGTH; k++) {
      int row = (int)x[w * LENGTH + k];
      assert_int_equal(row, (int)x[w * LENGTH] + (int)k);
      assert_int_equal(who[row], client);
      assert_true(k == 0 || time[row] - time[row - 1] < 1);
    }
  }
  free(x);
  /* Counted the other way: windows of 7 in steps of 3 in each run between breaks. */
  for (int i = 1, run = 1; i <= ROWS; i++) {
    bool ends = i == ROWS || who[i] != who[i - 1] || time[i] - time[i - 1] > 1;
    if (ends && run >= LENGTH)
      expected += (size_t)(run - LENGTH) / 3 + 1;
    run = ends ? 1 : run + 1;
  }
  assert_true(n > 20);
  assert_int_equal(n, expected);
}

/* A file larger than the reader's buffer, with long lines: the second reading finds its rows. */
static void long_files(void **state) {
  (void)state;
  enum { ROWS = 3000 };
  struct fray_text text = {0};
  fray_text_puts(&text, "\xef\xbb\xbfpad,x,\"who\"\r\n");
  for (int i = 0; i < ROWS; i++)
    fray_text_printf(&text, "%0200d, %d ,\"%s\"\r\n", i, i, i / 1000 == 1 ? "b \"\"q\"\"" : "a");
  put("long.csv", text.data);
  fray_text_free(&text);
  cut("[x]", "pattern: long.csv, by: [who], client: \"{who}\", label: \"{who}\",\n"
             "     windows: {length: 500}");
  EXPECT_TEXTS("/clients/id", "a", "b \"q\"");
  float *x = malloc(ROWS * sizeof *x);
  assert_non_null(x);
  values("/modalities/acc/values", FRAY_H5_F32, x, ROWS);
  for (int i = 0; i < ROWS; i++)
    assert_true(x[i] == (float)(i < 1000 ? i : i < 2000 ? i + 1000 : i - 1000));
  free(x);
}

/* Majority with a tie goes to the first; `longest` cuts one recording into pieces. */
static void rules_and_pieces(void **state) {
  (void)state;
  put("a_1.csv", "x,act\n1,p\n2,q\n3,q\n4,p\n5,q\n6,q\n7,q\n8,p\n9,p\n");
  cut("[x]", "pattern: \"a_{who}.csv\", client: \"{who}\", label: \"{act}\",\n"
             "     windows: {length: 4, step: 1, label: act, longest: 5}");
  EXPECT_TEXTS("/samples/source", "a_1.csv/1/1", "a_1.csv/1/2", "a_1.csv/2/1");
  EXPECT_INTS("/samples/label", 0, 1, 1);
  EXPECT_FLOATS("/modalities/acc/values", 1, 2, 3, 4, 2, 3, 4, 5, 6, 7, 8, 9);
}

/* Times without a clock are rows of the rate: 100 ms of 50 Hz are 5, and 60 ms lie between the rows
 * on both sides of 2 that are missing; 3 of them cut. */
static void times_without_a_clock(void **state) {
  (void)state;
  static const char keys[] = "name: m\nmodalities: {acc: {kind: series, rate: 50, columns: [x]}}\n"
                             "inputs:\n  - {reader: recordings, pattern: \"%s_{who}.csv\", client: "
                             "\"{who}\", label: \"{act}\",\n"
                             "     windows: {label: act, %s}}\n";
  char yaml[600];
  put("a_1.csv", "x,act\n1,p\n2,q\n3,q\n4,p\n5,q\n6,q\n7,q\n8,p\n9,p\n");
  snprintf(yaml, sizeof yaml, keys, "a", "length: 4, step: 1, longest: 100 ms");
  import_anew(yaml);
  EXPECT_TEXTS("/samples/source", "a_1.csv/1/1", "a_1.csv/1/2", "a_1.csv/2/1");
  EXPECT_FLOATS("/modalities/acc/values", 1, 2, 3, 4, 2, 3, 4, 5, 6, 7, 8, 9);
  put("b_1.csv", "x,act\n1,p\n,p\n,p\n4,p\n5,p\n,p\n,p\n,p\n9,q\n10,q\n");
  snprintf(yaml, sizeof yaml, keys, "b", "length: 2, missing: linear, fill_at_most: 60 ms");
  import_anew(yaml);
  EXPECT_FLOATS("/modalities/acc/values", 1, 2, 3, 4, 9, 10);
}

/* Ten people of forty stretches each, 1 to 4 windows long: dev takes whole stretches, and no more
 * than its share. */
static void splits_take_whole_stretches(void **state) {
  (void)state;
  enum { PEOPLE = 10, STRETCHES = 40, MOST = PEOPLE * STRETCHES * 4 };
  struct fray_text text = {0};
  char keys[900];
  uint8_t split[MOST];
  int64_t counts[PEOPLE];
  fray_text_puts(&text, "x,bout,who,act\n");
  for (int i = 0; i < PEOPLE * STRETCHES; i++)
    for (int k = 0; k < 2 * (i * 7 % 4 + 1); k++)
      fray_text_printf(&text, "%d,%d,p%d,%d\n", i * 100 + k, i, i / STRETCHES, i % 3);
  put("all.csv", text.data);
  fray_text_free(&text);
  for (int of = 0; of < 3; of++) {
    static const char *const how[] = {"dev: {fraction: 0.2}", "dev: {fraction: 0.2, within: all}",
                                      "test: {fraction: 0.2, of: samples, stratify: label}"};
    snprintf(keys, sizeof keys,
             "name: r\nmodalities: {acc: {kind: series, columns: [x]}}\ninputs:\n"
             "  - {reader: recordings, pattern: all.csv, by: [who, bout], client: \"{who}\",\n"
             "     label: \"{act}\", windows: {length: 2, label: act}}\n%s\n",
             how[of]);
    import_anew(keys);
    values("/clients/count", FRAY_H5_I64, counts, PEOPLE);
    size_t n = 0, moved = 0;
    for (int p = 0; p < PEOPLE; p++)
      n += (size_t)counts[p];
    assert_true(n == PEOPLE * STRETCHES * 5 / 2);
    float *x = malloc(n * 2 * sizeof *x);
    assert_non_null(x);
    values("/samples/split", FRAY_H5_U8, split, n);
    values("/modalities/acc/values", FRAY_H5_F32, x, n * 2);
    for (size_t w = 0; w < n; w++) {
      moved += split[w] != FRAY_TRAIN;
      if (w && (int)x[2 * w] / 100 == (int)x[2 * w - 2] / 100)
        assert_int_equal(split[w], split[w - 1]);
    }
    assert_in_range(moved, n / 5 - 3 * PEOPLE, n / 5);
    free(x);
  }
}

static void what_tears_stretches_is_refused(void **state) {
  (void)state;
  put("a.csv", "x,act,who,part\n1,p,u,train\n2,p,u,train\n3,q,v,test\n4,q,v,test\n");
#define HEAD "pattern: a.csv, label: \"{act}\", "
  cut_badly("[x]", HEAD "client: \"{act}\", windows: {length: 2, label: act}",
            "a.csv:4: client \"q\", but the window before, of the same stretch, is of \"p\"");
  cut_badly("[x]",
            HEAD "client: all, derive: {split: {from: act, values: {p: train, q: test}}},\n"
                 "     windows: {length: 2, label: act}",
            "split test, but the window before");
  cut_badly("[x]",
            HEAD "client: all, windows: {length: 2, label: act}}\n"
                 "dev: {fraction: 0.5, by: block}\n#",
            "blocks would cut stretches");
  cut_badly("[x]",
            HEAD "client: all, windows: {length: 2, label: act}}\n"
                 "dev: {fraction: 0.5, stratify: label}\n#",
            "dev.stratify: this window and the one before are of one stretch, but do not");
  cut_badly("[x]",
            HEAD "client: all, windows: {length: 2, label: act}}\n"
                 "groups: [act]\nfolds: {of: act, k: 2}\n#",
            "folds.of: this window and the one before are of one stretch");
#undef HEAD
}

/* A pair with windows on one side, or on both: dev by client only. */
static void pairs(void **state) {
  (void)state;
  put("r.csv",
      "x,who,act\n1,u,p\n2,u,p\n3,u,q\n4,u,q\n5,v,p\n6,v,p\n7,w,q\n8,w,q\n9,w,q\n10,w,q\n");
  put("one.yaml", "name: one\nmodalities: {a: {kind: series, columns: [x]}}\ninputs:\n"
                  "  - {reader: recordings, pattern: r.csv, by: [who, act], client: \"{who}\",\n"
                  "     label: \"{act}\", windows: {length: 2}}\n");
  put("two.yaml", "name: two\nmodalities: {b: {kind: series, columns: [x]}}\ninputs:\n"
                  "  - {reader: recordings, pattern: r.csv, by: [who, act], client: \"{who}\",\n"
                  "     label: \"{act}\", windows: {length: 1}}\n");
#define PAIR "name: both\npair: {first: one.yaml, second: two.yaml}\n"
  import_anew(PAIR "dev: {fraction: 0.4, by: client}\n");
  EXPECT_TEXTS("/clients/id", "u", "v", "w");
  EXPECT_FLOATS("/modalities/a/values", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  refuse(PAIR "dev: {fraction: 0.4}\n", "`by: client` keeps their stretches whole");
#undef PAIR
}

/* Nothing is dropped in silence. */
static void counts(void **state) {
  (void)state;
  struct fray_text text = {0};
  put("a_1.csv", "t,x,act\n0,1,p\n1,2,p\n2,,p\n3,4,p\n4,5,q\n5,6,none\n6,7,q\nbad,8,q\n8,9,q\n"
                 "20,1,q\n21,2,q\n21,3,q\n22,4,q\n23,5,q\n");
  fray_log_speaker(true);
  said("name: r\nmodalities: {acc: {kind: series, columns: [x]}}\ninputs:\n"
       "  - {reader: recordings, pattern: \"a_{who}.csv\", client: \"{who}\", label: \"{act}\",\n"
       "     windows: {length: 2, label: act, purity: 1, skip: none, time: t, gap: 2 s,\n"
       "       faulty: cut, missing: linear, fill_at_most: 1}}\n",
       &text);
  fray_log_speaker(false);
  const char *const parts[] = {"1 data file, 14 rows, 3 stretches: 4 windows of 2 steps",
                               "1 row left out by `skip`",
                               "2 faulty rows left out",
                               "2 rows in stretches shorter than a window",
                               "1 step at the ends",
                               "1 gap in time",
                               "1 missing value filled"};
  for (size_t k = 0; k < FRAY_COUNT(parts); k++)
    if (!text.data || !strstr(text.data, parts[k]))
      fail_msg("\"%s\" is not said in: %s", parts[k], text.data);
  fray_text_free(&text);
}

/* ---- refusals ---- */

static void faults_name_their_place(void **state) {
  (void)state;
  put("a_1.csv", "t,x,act\n0,1,p\n1,2,q\n2,,p\n");
  put("b_1.csv", "t,x,act\n0,1,p\n2,2,q\n1,3,p\n");
  put("c_1.csv", "t,x,act\n0,1,p\n2,2,q,\n");
  put("d_1.csv", "t,x,act\n0,1,p\n2,1e39,q\n");
  put("e_1.csv", "t,x,act\n0,1,p\n20,2,q\n40,3,p\n60,4,p\n");
  put("f_1.csv", "1,2,3\n4,5,6\n");
#define KEYS(name) "pattern: \"" name "_{who}.csv\", client: \"{who}\", label: \"{act}\", "
  cut_badly("[x]", KEYS("a") "windows: {length: 2, label: act}",
            "a_1.csv:4: column 'x': \"\" is missing; `missing: cut`");
  cut_badly("[x]", KEYS("b") "windows: {length: 2, label: act, time: t, gap: 5 s}",
            "b_1.csv:4: column 't': 1 is not later than the row before (`faulty: cut`");
  cut_badly("[x]", KEYS("c") "windows: {length: 2, label: act}",
            "c_1.csv:3: 4 cells, the first row has 3");
  cut_badly("[x]", KEYS("d") "windows: {length: 2, label: act}",
            "d_1.csv:3: column 'x': \"1e39\" is beyond float32");
  cut_badly(
      "[xx]", KEYS("b") "windows: {length: 2, label: act}",
      "b_1.csv:1: acc: there is no column 'xx'; there are 't', 'x', 'act' (did you mean 'x'?)");
  cut_badly("[x]", KEYS("b") "windows: {length: 2, label: acts}",
            "windows.label: there is no column 'acts'");
  cut_badly("[x]", KEYS("b") "by: [who], windows: {length: 2, label: act}",
            "by: there is no column 'who'");
  cut_badly("[x]", KEYS("e") "windows: {length: 9, label: act}",
            "no window: the longest stretch has 4 steps, a window 9");
  cut_badly("[x]", KEYS("e") "windows: {length: 2, label: act, time: t, gap: 1 s}",
            "further apart than `gap`: is `time_unit` right?");
  cut_badly("[x]", KEYS("e") "windows: {length: 2, label: act, time: t, gap: 90 s, rate: 50}",
            "rows are 20 s apart, and would become 1000 steps each at 50 Hz");
  cut_badly("[x], rate: 50", KEYS("e") "windows: {length: 2, label: act, time: t, gap: 90 s}",
            "rows come at 0.05 Hz, but the modality's rate is 50 Hz; with `time_unit: ms`");
  cut_badly("[x]", KEYS("f") "windows: {length: 2}", "f_1.csv:1: the header is made of numbers");
#undef KEYS
}

/* Who asks another reader for a column of the tables is told which one has it. */
static void the_reader_is_named(void **state) {
  (void)state;
  put("a_1.csv", "t,x,act\n0,1,p\n1,2,q\n2,3,p\n");
#define FILES                                                                                      \
  "name: r\nmodalities: {acc: {kind: series, columns: [x]}}\ninputs:\n"                            \
  "  - {reader: files, pattern: \"a_{who}.csv\", modality: acc, id: \"{who}\", client: "           \
  "\"{who}\", "
  refuse(FILES "label: \"{act}\"}\n",
         "there is no field \"act\"; there are 'who', 'path'; columns of "
         "the tables themselves are fields of the reader `recordings`");
  refuse(FILES "label: a, windows: {length: 2}}\n", "recordings");
#undef FILES
}

static void keys_need_each_other(void **state) {
  (void)state;
  put("a_1.csv", "t,x,act\n0,1,p\n1,2,q\n2,3,p\n");
#define KEYS "pattern: \"a_{who}.csv\", client: \"{who}\", label: \"{act}\", windows: "
  cut_badly("[x]", KEYS "{length: 2 s, label: act}", "windows.length is a time, but no rate");
  cut_badly("[x]", KEYS "{length: two}", "windows.length: \"two\" is no number of steps");
  cut_badly("[x]", KEYS "{length: 1.5}", "windows.length: 1.5 steps: expected a whole number");
  cut_badly("[x]", KEYS "{length: 0}", "windows.length: \"0\" is no number of steps");
  cut_badly("[x]", KEYS "{length: 2, time: t}", "`time` needs `gap`");
  cut_badly("[x]", KEYS "{length: 2, gap: 1 s}", "`gap` needs `time`");
  cut_badly("[x]", KEYS "{length: 2, step: 1, overlap: 0.5}", "`step` and `overlap`");
  cut_badly("[x]", KEYS "{length: 2, rate: 5}", "`rate` needs `time`");
  cut_badly("[x]", KEYS "{length: 2, missing: linear}", "`fill_at_most` need each other");
  cut_badly("[x]", KEYS "{length: 2, purity: 1}", "need `label`");
  cut_badly("[x], rate: 3", KEYS "{length: 2, time: t, gap: 2 s, rate: 5}",
            "its rate is 3 Hz, but windows.rate brings it to 5 Hz");
  cut_badly("[]", KEYS "{length: 2}", "recordings need its `columns`");
  cut_badly("[x]", "modalities: [gyro], " KEYS "{length: 2}", "no modality of that name");
  cut_badly("[x]", "row_end: \",\", " KEYS "{length: 2}", "row_end");
  cut_badly("[x]", "names: [a, b], " KEYS "{length: 2}", "2 names, but");
  cut_badly("[x]", "names: {u: v}, " KEYS "{length: 2}", "there is no column 'u'");
  cut_badly("[x]", KEYS "{lenght: 2}", "lenght");
#undef KEYS
}

/* One table of all people whose clocks begin anew, the rows between them skipped: who comes next
 * may begin earlier than the one before ended. */
static void each_person_has_a_clock(void **state) {
  (void)state;
  put("all.csv", "who,act,t,x\n1,a,10,1\n1,a,11,2\n1,0,12,3\n2,a,1,4\n2,a,2,5\n2,a,9,6\n"
                 "3,0,1,7\n2,b,3,8\n2,b,4,9\n");
  cut("[x]", "pattern: all.csv, by: [who], client: \"{who}\", label: \"{act}\",\n"
             "     windows: {length: 2, time: t, gap: 2 s, label: act, skip: \"0\"}");
  EXPECT_TEXTS("/samples/source", "all.csv/1/1", "all.csv/2/1", "all.csv/3/1");
  EXPECT_FLOATS("/modalities/acc/values", 1, 2, 4, 5, 8, 9);
}

/* Blanks in quotes, and letters in two code points: one label and one person throughout. */
static void spellings_are_one_name(void **state) {
  (void)state;
  put("q.csv", "who,act,x\n\" 1 \",\"walk \",1\n1,walk,2\n\"1 \",\" walk\",3\n\" 1\",\"walk \",4\n"
               "e\xcc\x81,cafe\xcc\x81,5\ne\xcc\x81,cafe\xcc\x81,6\n\xc3\xa9,caf\xc3\xa9,7\n"
               "\xc3\xa9,\"no \",8\n");
  cut("[x]", "pattern: q.csv, by: [who], client: \"{who}\", label: \"{act}\",\n"
             "     windows: {length: 3, step: 1, label: act, purity: 1, skip: [no]}");
  EXPECT_TEXTS("/clients/id", "1", "\xc3\xa9");
  EXPECT_TEXTS("/classes", "caf\xc3\xa9", "walk");
  EXPECT_INTS("/samples/label", 1, 1, 0);
  EXPECT_FLOATS("/modalities/acc/values", 1, 2, 3, 2, 3, 4, 5, 6, 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(wisdm),
      ON_BENCH(pamap2),
      ON_BENCH(mhealth),
      ON_BENCH(motionsense),
      ON_BENCH(ku_har),
      ON_BENCH(opportunity),
      ON_BENCH(sound),
      ON_BENCH(windows_are_rows),
      ON_BENCH(no_window_spans_a_break),
      ON_BENCH(long_files),
      ON_BENCH(rules_and_pieces),
      ON_BENCH(times_without_a_clock),
      ON_BENCH(splits_take_whole_stretches),
      ON_BENCH(what_tears_stretches_is_refused),
      ON_BENCH(pairs),
      ON_BENCH(counts),
      ON_BENCH(faults_name_their_place),
      ON_BENCH(the_reader_is_named),
      ON_BENCH(keys_need_each_other),
      ON_BENCH(each_person_has_a_clock),
      ON_BENCH(spellings_are_one_name),
  };
  fray_log_speaker(false); /* sets without test samples are warned of */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
