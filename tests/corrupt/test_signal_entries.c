/* What entries of signal kinds may not say, and ledgers that cannot be read. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/corrupt/ledger.h"
#include "signal_world.h"

#include <string.h>

static void broken_ledgers_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"source,modality,what,value\nrec/00001,sound,damaged,noise\n", "needs the columns"},
      {"source,modality,what,value,entry,strength,donor,seed\n"
       "rec/00001,sound,damaged,nose,n,10,,1\n",
       "no kind that damages raw values"},
      {"source,modality,what,value,entry,strength,donor,seed\n"
       "rec/00001,sound,damaged,noise,n,loud,,1\n",
       "'loud' is not a number"},
      {"source,modality,what,value,entry,strength,donor,seed\n"
       "rec/00001,sound,damaged,noise,n,-1000,,1\n",
       "-1000 is not at least -100"},
      {"source,modality,what,value,entry,strength,donor,seed\n"
       "rec/00001,sound,damaged,noise,n,10,,-1\n",
       "'-1' is not a whole number"},
      {"source,modality,what,value,entry,strength,donor,seed\n"
       "rec/00001,digit,damaged,noise,n,10,,1\n",
       "does not damage the modality digit"},
      {"source,modality,what,value,entry,strength,donor,seed\n"
       "rec/00001,sound,damaged,missing_label,n,10,,1\n",
       "no kind that damages raw values"},
  };
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    struct fray_damage d;
    struct fray_err err = {0};
    char *text = fray_arena_strdup(&w.arena, cases[k].text);
    assert_int_equal(fray_damage_start(&p, &w.arena, &d, &err), FRAY_OK);
    assert_int_equal(fray_signal_plan_start(&p, &fray_corruption_table, &w.arena, &d.signal, &err),
                     FRAY_OK);
    assert_int_equal(fray_ledger_parse("l.csv", text, strlen(text), &p, &d, NULL, &err),
                     FRAY_INPUT);
    if (!strstr(err.text, cases[k].message) || !strstr(err.text, "l.csv:2"))
      fail_msg("%zu: %s", k, err.text);
  }
  signal_world_free(&w);
}

/* What an entry may not say. */
static void contradictions_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *message;
  } cases[] = {
      {"{kind: noise}", "snr_db: kind noise needs it, or severity"},
      {"{kind: noise, snr_db: 3, severity: 1}", "give one of them"},
      {"{kind: noise, severity: 6}", "6 is not in [0, 5]"},
      {"{kind: noise, snr_db: -.inf}", "is not at least -100"},
      {"{kind: noise, snr_db: .nan}", "expected a number or .inf"},
      {"{kind: gaussian_noise, sigma: .inf}", "expected a finite number"},
      {"{kind: gaussian_noise, sigma: 0.1, at: test, redraw: epoch}", "no epochs at test"},
      {"{kind: gaussian_noise, sigma: 0.1, snr_db: 3}", "used by noise"},
      {"{kind: missing_modality, rate: 0.1, severity: 3}", "used by "},
      {"{kind: gaussian_noise, sigma: 0.1, table: tiny64}", "give severity too"},
      {"{kind: gaussian_noise, severity: 1, table: tiny46}", "did you mean 'tiny64'?"},
      {"{kind: low_pass, severity: 5, table: srb}", "5 is not in [0, 4], all that table srb has"},
      {"{kind: tonal_hum, snr_db: 3, duty: 0}", "duty"},
      {"{kind: telephone, low: 400, high: 300}", "400 Hz is not below high, 300 Hz"},
      {"{kind: telephone, severity: 1}", "severity"},
      {"{kind: echo, delay_ms: 20, redraw: epoch, at: train}", "draws no random numbers"},
      {"{kind: gaussian_noise, sigma: 0.1, per: people}", "per: "},
      {"{kind: missing_label, rate: 0.1, draw: exact}", "used by missing_modality"},
  };
  struct fray_arena arena = {0};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    struct fray_corruption_config entry;
    struct fray_node *node;
    struct fray_err err = {0};
    assert_int_equal(fray_yaml_parse(cases[k].yaml, "t.yaml", &arena, &node, NULL), FRAY_OK);
    assert_int_equal(fray_schema_read(&fray_corruption_table, node, "", &entry, &arena, &err),
                     FRAY_INPUT);
    if (!strstr(err.text, cases[k].message))
      fail_msg("%s: %s", cases[k].yaml, err.text);
  }
  fray_arena_free(&arena);
}

/* Severities of a kind that has a table for each rate of sound are those of the data's rate, unless
 * a table is named. */
static void tables_follow_the_rate_of_sound(void **state) {
  (void)state;
  static const struct {
    double rate;
    const char *table;
    double cutoff;
  } cases[] = {{4000, "", 500},
               {8000, "", 1000},
               {11025, "", 2000},
               {16000, "", 2000},
               {22050, "", 3000},
               {44100, "", 6000},
               {96000, "", 6000},
               {8000, ", table: fray16k", 2000},
               {8000, ", table: srb", 2833}};
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    w.dataset.modality[SOUND].rate = cases[k].rate;
    const char *yaml =
        fray_arena_printf(&w.arena, "{kind: low_pass, severity: 2%s}", cases[k].table);
    struct fray_damage d = signal_world_corrupt(&w, &p, 1, yaml, NULL);
    assert_true(d.signal->act[0].strength[SOUND] == cases[k].cutoff);
  }
  signal_world_free(&w);
}

/* Whatever the rate, every severity that a kind has in Hz lies within what such sound holds, from
 * the weakest on; a cut at half the rate would leave all of it or nothing. */
static void severities_lie_within_sound_of_any_rate(void **state) {
  (void)state;
  static const double rates[] = {1000, 1600, 2000,  3000,  3999,  4000,  5000, 6000,
                                 7999, 8000, 11025, 16000, 22050, 44100, 96000};
  size_t kinds = 0;
  for (size_t k = 0; k < fray_corruptions.n; k++) {
    const struct fray_corruption_ops *ops = fray_corruptions.v[k]->impl;
    if (!ops->signal || !ops->signal->n_levels || !ops->strength.unit ||
        strcmp(ops->strength.unit, "Hz") != 0)
      continue;
    kinds++;
    for (size_t r = 0; r < FRAY_COUNT(rates); r++) {
      const struct fray_modality sound = {.kind = FRAY_AUDIO, .channels = 1, .rate = rates[r]};
      const double *level = fray_signal_levels(ops->signal, &sound, NULL)->level;
      const bool falls = level[0] > level[4];
      for (size_t s = 0; s < 5; s++) {
        if (!(level[s] > 0 && level[s] < rates[r] / 2))
          fail_msg("%s: severity %zu at %g Hz is %g Hz", fray_corruptions.v[k]->name, s + 1,
                   rates[r], level[s]);
        assert_true(s == 0 || falls == (level[s - 1] > level[s]));
      }
    }
  }
  assert_int_equal(kinds, 2);
}

/* A tone above half the rate would come out as another one. */
static void keys_that_do_not_fit_the_data_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *message;
  } cases[] = {
      {"{kind: tonal_hum, snr_db: 0, f0: 8000}", "8000 Hz is not under half the sampling rate"},
      {"{kind: mains_hum, snr_db: 0, mains: 60}", ""}, /* fits */
      {"{kind: telephone, low: 9000, high: 9500}", "9000 Hz is not under half"},
      {"{kind: tonal_hum, snr_db: 0, modalities: [photo]}", "does not damage"},
  };
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    struct fray_corruption_config entry;
    const struct fray_corruption_config *const entries[] = {&entry};
    struct fray_node *node;
    struct fray_damage damage;
    struct fray_realised realised;
    struct fray_err err = {0};
    assert_int_equal(fray_yaml_parse(cases[k].yaml, "t.yaml", &w.arena, &node, NULL), FRAY_OK);
    assert_int_equal(fray_schema_read(&fray_corruption_table, node, "", &entry, &w.arena, &err),
                     FRAY_OK);
    assert_int_equal(fray_damage_start(&p, &w.arena, &damage, &err), FRAY_OK);
    const enum fray_status status =
        fray_corrupt(entries, 1, &p, 1, &w.arena, &damage, &realised, &err);
    assert_int_equal(status, *cases[k].message ? FRAY_INPUT : FRAY_OK);
    if (!strstr(err.text, cases[k].message))
      fail_msg("%s: %s", cases[k].yaml, err.text);
  }
  signal_world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(broken_ledgers_are_refused),
      cmocka_unit_test(contradictions_are_refused),
      cmocka_unit_test(tables_follow_the_rate_of_sound),
      cmocka_unit_test(severities_lie_within_sound_of_any_rate),
      cmocka_unit_test(keys_that_do_not_fit_the_data_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
