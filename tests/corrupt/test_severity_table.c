/* Tables of severities of one's own: what they mean, what they may not say, and that nothing but
 * the strengths is left of them. */
#include "fray/base/file.h"
#include "fray/base/side.h"
#include "fray/base/size.h"
#include "fray/corrupt/ledger.h"
#include "fray/corrupt/severity_table.h"
#include "scratch.h"
#include "signal_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64];

static int set_up(void **state) {
  (void)state;
  scratch(folder, "fray-severity-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}
static int tear_down(void **state) {
  (void)state;
  fray_side_forget();
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

/* Each call forgets the files of the one before, as each study does. */
static const char *put_file(const char *name, const char *text) {
  static char path[128];
  struct fray_err err = {0};
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (fray_file_write(path, text, strlen(text), &err) != FRAY_OK)
    fail_msg("%s", err.text);
  fray_side_forget();
  return path;
}

static enum fray_status corrupt(struct signal_world *w, const char *yaml, struct fray_damage *out,
                                struct fray_err *err) {
  static struct fray_corruption_config entry;
  const struct fray_corruption_config *const entries[] = {&entry};
  struct fray_population p = signal_world_population(w, true, 0);
  struct fray_realised realised;
  struct fray_node *node;
  FRAY_TRY(fray_yaml_parse(yaml, "t.yaml", &w->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_corruption_table, node, "", &entry, &w->arena, err));
  FRAY_TRY(fray_damage_start(&p, &w->arena, out, err));
  return fray_corrupt(entries, 1, &p, 5, &w->arena, out, &realised, err);
}

#define HEAD "kind,medium,modality,data_set,severity,loss,key,unit,value\n"
static const char table_csv[] = HEAD "gaussian_noise,image,,signals,1,10,sigma,,0.05\n"
                                     "gaussian_noise,image,photo,,1,10,sigma,,0.11\n"
                                     "gaussian_noise,image,,,2,20,sigma,,0.3\n"
                                     "noise,audio,sound,,1,10,snr_db,dB,12.5\n"
                                     "noise,audio,sound,,2,20,snr_db,dB,\n"
                                     "jpeg_compression,image,,,3,30,quality,,7\n";
static const char table_yaml[] =
    "- {kind: gaussian_noise, medium: image, data_set: signals, loss: 10, key: sigma, value: "
    "0.05}\n"
    "- {kind: gaussian_noise, medium: image, modality: photo, severity: 1, key: sigma, value: "
    "0.11}\n"
    "- {kind: gaussian_noise, medium: image, loss: 20, key: sigma, value: 0.3}\n";

/* A level is the strength that stands for it: by the modality's name, else by its medium. */
static void a_level_is_its_strength(void **state) {
  (void)state;
  static const char *const files[][2] = {{"t.csv", table_csv}, {"t.yaml", table_yaml}};
  struct signal_world w;
  signal_world_make(&w);
  for (size_t f = 0; f < FRAY_COUNT(files); f++) {
    struct fray_err err = {0};
    struct fray_damage by_table, plain;
    const char *path = put_file(files[f][0], files[f][1]);
    const char *yaml = fray_arena_printf(
        &w.arena, "{kind: gaussian_noise, severity: 1, rate: 0.5, severity_table: %s}", path);
    if (corrupt(&w, yaml, &by_table, &err) != FRAY_OK)
      fail_msg("%s: %s", path, err.text);
    assert_true(by_table.signal->act[0].strength[DIGIT] == 0.05);
    assert_true(by_table.signal->act[0].strength[PHOTO] == 0.11);
    assert_int_equal(corrupt(&w, "{kind: gaussian_noise, sigma: 0.05, rate: 0.5}", &plain, &err),
                     FRAY_OK);
    for (size_t s = 0; s < SIGNAL_SAMPLES; s++) {
      assert_true(fray_signal_key(by_table.signal, s, DIGIT) ==
                  fray_signal_key(plain.signal, s, DIGIT));
      /* Where the strengths differ the same values are hit. */
      assert_true((fray_signal_key(by_table.signal, s, PHOTO) != 0) ==
                  (fray_signal_key(plain.signal, s, PHOTO) != 0));
    }
    yaml = fray_arena_printf(&w.arena, "{kind: gaussian_noise, severity: 0, severity_table: %s}",
                             path);
    assert_int_equal(corrupt(&w, yaml, &by_table, &err), FRAY_OK);
    assert_null(by_table.signal);
  }
  signal_world_free(&w);
}

/* Of kinds whose published levels set several parameters as well: those of the entry count. Then
 * the ledger alone repeats it; the file has gone by then. */
static void ledgers_need_no_table(void **state) {
  (void)state;
  struct signal_world w;
  struct fray_err err = {0};
  struct fray_damage damage, again, plain;
  struct fray_text ledger = {0};
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  const char *path = put_file("snow.csv", "kind,medium,severity,key,value\n"
                                          "snow,image,4,amount,0.35\nsnow,image,5,amount,0.5\n");
  const char *yaml =
      fray_arena_printf(&w.arena, "{kind: snow, severity: 4, severity_table: %s}", path);
  if (corrupt(&w, yaml, &damage, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_null(damage.signal->act[0].more[PHOTO]);
  assert_true(damage.signal->act[0].strength[PHOTO] == 0.35);
  assert_int_equal(corrupt(&w, "{kind: snow, amount: 0.35}", &plain, &err), FRAY_OK);
  fray_ledger_text(&p, &damage, &ledger);
  assert_false(ledger.failed);
  assert_null(strstr(ledger.data, "severity"));
  assert_null(strstr(ledger.data, path));
  put_file("snow.csv", "");
  assert_int_equal(fray_damage_start(&p, &w.arena, &again, &err), FRAY_OK);
  assert_int_equal(
      fray_signal_plan_start(&p, &fray_corruption_table, &w.arena, &again.signal, &err), FRAY_OK);
  if (fray_ledger_parse("l.csv", ledger.data, ledger.size, &p, &again, NULL, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_true(fray_signal_plans_equal(damage.signal, plain.signal));
  assert_true(fray_signal_plans_equal(damage.signal, again.signal));
  fray_text_free(&ledger);
  signal_world_free(&w);
}

/* One field after another. */
static void damaged_tables_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"", "empty"},
      {"kind,medium,severity,value\ngaussian_noise,image,1,0.1\n", "t.csv:2: key"},
      {"kind,medium,severity,key\n", "no severity 1 of gaussian_noise"},
      {"kind,medium,severty,key,value\ngaussian_noise,image,1,sigma,.1\n",
       "did you mean 'severity'?"},
      {HEAD "gausian_noise,image,,,1,,sigma,,0.1\n", "did you mean 'gaussian_noise'?"},
      {HEAD "missing_label,image,,,1,,rate,,0.1\n", "t.csv:2: kind: missing_label has no strength"},
      {HEAD "replay,image,,,1,,rate,,0.1\n", "t.csv:2: kind: replay has no strength"},
      {HEAD "gaussian_noise,picture,,,1,,sigma,,0.1\n", "t.csv:2: medium: unknown value 'picture'"},
      {HEAD "gaussian_noise,audio,,,1,,sigma,,0.1\n", "t.csv:2: medium: gaussian_noise does not"},
      {HEAD "gaussian_noise,image,foto,,1,,sigma,,0.1\n", "for modality digit (image); there are: "
                                                          "none"},
      {HEAD "gaussian_noise,image,,digits,1,,sigma,,0.1\n", "on the data set 'digits', and these"},
      {HEAD "gaussian_noise,image,,,6,,sigma,,0.1\n", "t.csv:2: severity: 6 is not in [1, 5]"},
      {HEAD "gaussian_noise,image,,,0,,sigma,,0.1\n", "t.csv:2: severity: 0 is not in [1, 5]"},
      {HEAD "gaussian_noise,image,,,one,,sigma,,0.1\n", "severity: expected a whole number"},
      {HEAD "gaussian_noise,image,,,,,sigma,,0.1\n", "severity: it or a loss is needed"},
      {HEAD "gaussian_noise,image,,,,0,sigma,,0.1\n", "t.csv:2: loss: 0 is not in (0, 100]"},
      {HEAD "gaussian_noise,image,,,,101,sigma,,0.1\n", "t.csv:2: loss: 101 is not in (0, 100]"},
      {HEAD "gaussian_noise,image,,,1,,snr_db,,0.1\n", "t.csv:2: key: 'snr_db' is not how strong"},
      {HEAD "gaussian_noise,image,,,1,,sigma,,11\n", "t.csv:2: sigma: 11 is not in [0, 10]"},
      {HEAD "gaussian_noise,image,,,1,,sigma,,-0.1\n", "t.csv:2: sigma: -0.1 is not in [0, 10]"},
      {HEAD "gaussian_noise,image,,,1,,sigma,,.nan\n", "value: expected a finite number"},
      {HEAD "gaussian_noise,image,,,1,,sigma,,.inf\n", "value: expected a finite number"},
      {HEAD "gaussian_noise,image,,,1,,sigma,,much\n", "value: expected a finite number"},
      {HEAD "gaussian_noise,image,,,1,,sigma,,\n", "no severity 1 of gaussian_noise"},
      {HEAD "gaussian_noise,image,,,1,,sigma,,0.1\ngaussian_noise,image,,,1,,sigma,,0.2\n",
       "t.csv:3: severity: gaussian_noise has 1 already, at "},
      {HEAD "gaussian_noise,image,,,1,20,sigma,,0.1\ngaussian_noise,image,,,2,10,sigma,,0.2\n",
       "t.csv:3: loss: 10 % at severity 2 does not follow 20 % at severity 1"},
      {HEAD "gaussian_noise,image,,,1,20,sigma,,0.1\ngaussian_noise,image,,,,30,sigma,,0.2\n",
       "t.csv:3: severity: other rows"},
      {HEAD "permutation,series,,,1,,segments,,2.5\n", "segments: expected a whole number"},
  };
  struct signal_world w;
  signal_world_make(&w);
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    struct fray_err err = {0};
    struct fray_damage damage;
    const char *yaml =
        fray_arena_printf(&w.arena, "{kind: gaussian_noise, severity: 1, severity_table: %s}",
                          put_file("t.csv", cases[k].text));
    assert_int_equal(corrupt(&w, yaml, &damage, &err), FRAY_INPUT);
    if (!strstr(err.text, cases[k].message))
      fail_msg("%s: %s", cases[k].text, err.text);
  }
  signal_world_free(&w);
}

/* What an entry may not say of it. */
static void contradictions_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *message;
  } cases[] = {
      {"{kind: gaussian_noise, sigma: 0.1, severity_table: t.csv}", "give severity too"},
      {"{kind: gaussian_noise, severity: 1, table: tiny64, severity_table: t.csv}",
       "give one of them"},
      {"{kind: gaussian_noise, severity: 1, severity_table: ''}", "path is empty"},
      {"{kind: missing_modality, rate: 0.1, severity_table: t.csv}", "severity_table"},
      {"{kind: gaussian_noise, severity: 1, severity_table: /nowhere/t.csv}", "/nowhere/t.csv"},
      {"{kind: gaussian_noise, severity: 1, severity_table: /}", "/: "},
  };
  struct signal_world w;
  signal_world_make(&w);
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    struct fray_err err = {0};
    struct fray_damage damage;
    fray_side_forget();
    if (corrupt(&w, cases[k].yaml, &damage, &err) != FRAY_INPUT ||
        !strstr(err.text, cases[k].message))
      fail_msg("%s: %s", cases[k].yaml, err.text);
  }
  signal_world_free(&w);
}

/* What is written is read back as it was, infinite ends of intervals and notes with commas too. */
static void rows_come_back(void **state) {
  (void)state;
  const struct fray_severity_row rows[] = {{"noise", "audio", "sound", "a, b", "snr_db", "dB", NULL,
                                            1, 10, 12.25, INFINITY, 8, 10.1, 8, 12},
                                           {"noise", "audio", "sound", "a, b", "snr_db", "dB",
                                            "loses 31 % at most, at -100", 5, 50, NAN, NAN, NAN,
                                            NAN, NAN, NAN}};
  struct fray_arena arena = {0};
  struct fray_text first = {0}, second = {0};
  struct fray_severity_row *back;
  struct fray_err err = {0};
  size_t n;
  fray_severity_rows_text(rows, 2, &first);
  if (fray_severity_rows_read("t.csv", first.data, first.size, &arena, &back, &n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(n, 2);
  assert_true(isinf(back[0].low) && isnan(back[1].value));
  assert_string_equal(back[1].note, rows[1].note);
  fray_severity_rows_text(back, n, &second);
  assert_string_equal(first.data, second.data);
  fray_text_free(&first);
  fray_text_free(&second);
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_level_is_its_strength),
      cmocka_unit_test(ledgers_need_no_table),
      cmocka_unit_test(damaged_tables_are_refused),
      cmocka_unit_test(contradictions_are_refused),
      cmocka_unit_test(rows_come_back),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
