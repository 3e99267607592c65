/* Laws that every kind of the list that damages raw values obeys: nothing at the neutral strength,
 * the same bytes from the same stream, shape and range kept, the rate that was asked for, nesting,
 * more damage where more is worse, and nothing that depends on the order of samples. */
#include "fray/base/size.h"
#include "fray/corrupt/ledger.h"
#include "signal_world.h"

#include "corrupt/scope/scope.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A line for each kind of signal in corruptions.def: keys, the last of which may be replaced. */
struct subject {
  const char *kind, *at_ease, *weak, *strong; /* neutral, and two strengths, weak before strong */
  size_t modality;                            /* one that it damages */
  bool ranged;                                /* values stay in 0 .. 1 */
};
static const struct subject subjects[] = {
    {"gaussian_noise", "sigma: 0", "sigma: 0.05", "sigma: 0.3", PHOTO, true},
    {"noise", "snr_db: .inf", "snr_db: 20", "snr_db: -5", SOUND, false},
};
enum { SUBJECTS = FRAY_COUNT(subjects), SHOWN = 40 };

static const char *yaml_of(struct signal_world *w, const struct subject *s, const char *keys,
                           const char *more) {
  return fray_arena_printf(&w->arena, "{kind: %s, %s%s}", s->kind, keys, more);
}

static const struct fray_signal_ops *ops_of(const struct subject *s) {
  const struct fray_corruption_ops *ops = fray_choice_find(&fray_corruptions, s->kind)->impl;
  return ops->signal;
}

static void every_kind_of_signal_is_tested(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_corruptions.n; k++) {
    const struct fray_choice *kind = fray_corruptions.v[k];
    bool found = !fray_corruption_damages_signals(kind);
    for (size_t s = 0; s < SUBJECTS; s++)
      found |= strcmp(kind->name, subjects[s].kind) == 0;
    if (!found)
      fail_msg("add %s to the subjects of this test", kind->name);
    const struct fray_strength strength = fray_corruption_strength(kind);
    if (!fray_corruption_damages_signals(kind))
      continue;
    assert_true(strength.key && fray_schema_field(kind->table, NULL, strength.key));
    assert_true(strength.worse >= -1 && strength.worse <= 1);
    assert_true(strength.worse == 0 || !isnan(strength.none));
    const char *common[] = {"rate", "unit", "draw", "severity", "redraw"};
    for (size_t c = 0; c < FRAY_COUNT(common); c++)
      assert_non_null(fray_schema_field(kind->table, NULL, common[c]));
  }
}

static void neutral_is_identity(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < SUBJECTS; s++) {
    const char *none[] = {yaml_of(&w, &subjects[s], subjects[s].at_ease, ""),
                          yaml_of(&w, &subjects[s], "severity: 0", ""),
                          yaml_of(&w, &subjects[s], subjects[s].strong, ", rate: 0")};
    for (size_t k = 0; k < FRAY_COUNT(none); k++) {
      struct fray_realised realised;
      struct fray_damage d = signal_world_corrupt(&w, &p, 8, none[k], &realised);
      assert_null(d.signal);
      assert_int_equal(realised.hit, 0);
      assert_true(realised.eligible > 0);
      assert_true(fray_signal_key(d.signal, 3, subjects[s].modality) == 0);
    }
  }
  signal_world_free(&w);
}

static bool same_bytes(const struct fray_signal *a, const struct fray_signal *b) {
  return a->length == b->length && memcmp(a->x, b->x, signal_world_size(a) * sizeof *a->x) == 0;
}

/* Values depend on seed, entry, sample and modality alone; and so do their keys. */
static void same_stream_same_bytes(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  struct fray_population shuffled = signal_world_population(&w, false, 77);
  struct fray_population part = shuffled;
  part.n = SIGNAL_SAMPLES / 3;
  for (size_t s = 0; s < SUBJECTS; s++) {
    const struct subject *subject = &subjects[s];
    const size_t m = subject->modality;
    const char *yaml = yaml_of(&w, subject, subject->strong, "");
    struct fray_damage a = signal_world_corrupt(&w, &p, 8, yaml, NULL);
    struct fray_damage b = signal_world_corrupt(&w, &shuffled, 8, yaml, NULL);
    struct fray_damage c = signal_world_corrupt(&w, &part, 8, yaml, NULL);
    struct fray_damage other = signal_world_corrupt(&w, &p, 9, yaml, NULL);
    struct fray_damage named = signal_world_corrupt(
        &w, &p, 8, yaml_of(&w, subject, subject->strong, ", id: another"), NULL);
    assert_true(fray_signal_plans_equal(a.signal, b.signal) == false); /* other rows */
    for (size_t i = 0; i < part.n && i < SHOWN; i++) {
      const size_t sample = part.sample[i];
      if (!(w.dataset.present[sample] >> m & 1))
        continue;
      struct fray_signal x = signal_world_damaged(&w, a.signal, sample, m);
      struct fray_signal y = signal_world_damaged(&w, b.signal, sample, m);
      struct fray_signal z = signal_world_damaged(&w, c.signal, sample, m);
      assert_true(same_bytes(&x, &y) && same_bytes(&x, &z));
      assert_true(fray_signal_key(a.signal, sample, m) == fray_signal_key(c.signal, sample, m));
      y = signal_world_damaged(&w, other.signal, sample, m);
      z = signal_world_damaged(&w, named.signal, sample, m);
      assert_false(same_bytes(&x, &y) || same_bytes(&x, &z));
      assert_true(fray_signal_key(a.signal, sample, m) != fray_signal_key(other.signal, sample, m));
    }
  }
  signal_world_free(&w);
}

static void shape_and_range_are_kept(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < SUBJECTS; s++) {
    const char *yaml = yaml_of(&w, &subjects[s], subjects[s].strong, "");
    struct fray_damage d = signal_world_corrupt(&w, &p, 8, yaml, NULL);
    for (size_t sample = 0; sample < SHOWN; sample++)
      for (size_t m = 0; m < SIGNAL_MODALITIES; m++) {
        if (!fray_signal_key(d.signal, sample, m)) {
          assert_false((ops_of(&subjects[s])->kinds >> w.dataset.modality[m].kind & 1) &&
                       (w.dataset.present[sample] >> m & 1));
          continue;
        }
        struct fray_signal x = signal_world_damaged(&w, d.signal, sample, m);
        struct fray_signal clean = signal_world_value(&w, sample, m);
        if (!ops_of(&subjects[s])->longest)
          assert_int_equal(x.length, clean.length);
        assert_true(signal_world_distance(&x, &clean) > 0);
        for (size_t i = 0; i < signal_world_size(&x); i++) {
          assert_true(isfinite(x.x[i]));
          if (subjects[s].ranged)
            assert_true(x.x[i] >= 0 && x.x[i] <= 1);
        }
      }
  }
  signal_world_free(&w);
}

static size_t count_hits(const struct fray_signal_plan *plan, size_t m, uint8_t *hit) {
  size_t n = 0;
  for (size_t s = 0; s < SIGNAL_SAMPLES; s++)
    n += hit[s] = fray_signal_key(plan, s, m) != 0;
  return n;
}

/* Realised within 5 standard deviations; a larger rate hits the same samples and more, with the
 * same bytes; exact draws hit the exact count; a client is hit as a whole. */
static void rates_are_met_and_nest(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  const double rates[] = {0.1, 0.3, 0.77, 1};
  const char *forms[] = {"", ", draw: exact", ", unit: client"};
  for (size_t s = 0; s < SUBJECTS; s++)
    for (size_t f = 0; f < 3; f++) {
      const size_t m = subjects[s].modality;
      uint8_t before[SIGNAL_SAMPLES] = {0}, now[SIGNAL_SAMPLES];
      for (size_t r = 0; r < FRAY_COUNT(rates); r++) {
        const char *more = fray_arena_printf(&w.arena, ", rate: %g%s, modalities: [%s]", rates[r],
                                             forms[f], w.dataset.modality[m].name);
        struct fray_realised realised;
        struct fray_damage d = signal_world_corrupt(
            &w, &p, 11, yaml_of(&w, &subjects[s], subjects[s].strong, more), &realised);
        const size_t hit = count_hits(d.signal, m, now);
        const double n = (double)realised.eligible, q = rates[r];
        assert_int_equal(hit, realised.hit);
        assert_int_equal(realised.eligible, m == SOUND ? SIGNAL_SAMPLES * 9 / 10 : SIGNAL_SAMPLES);
        if (f == 0)
          assert_true(fabs((double)hit / n - q) <= 5 * sqrt(q * (1 - q) / n));
        if (f == 1)
          assert_int_equal(hit, (size_t)floor(q * n + 1e-9));
        for (size_t i = 0; i < SIGNAL_SAMPLES; i++) {
          assert_true(before[i] <= now[i]);
          if (f == 2 && i >= SIGNAL_CLIENTS && (w.dataset.present[i] >> m & 1) &&
              (w.dataset.present[i - SIGNAL_CLIENTS] >> m & 1))
            assert_int_equal(now[i], now[i - SIGNAL_CLIENTS]); /* of the same client */
        }
        memcpy(before, now, sizeof now);
      }
    }
  signal_world_free(&w);
}

/* Where a kind declares which way is worse, more is more, sample by sample, since the draws do not
 * depend on the strength; and severities grow in each table. */
static void damage_grows(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < SUBJECTS; s++) {
    if (fray_corruption_strength(fray_choice_find(&fray_corruptions, subjects[s].kind)).worse == 0)
      continue;
    const char *weak = yaml_of(&w, &subjects[s], subjects[s].weak, "");
    const char *strong = yaml_of(&w, &subjects[s], subjects[s].strong, "");
    struct fray_damage a = signal_world_corrupt(&w, &p, 8, weak, NULL);
    struct fray_damage b = signal_world_corrupt(&w, &p, 8, strong, NULL);
    for (size_t m = 0; m < SIGNAL_MODALITIES; m++) {
      double last = 0;
      if (!fray_signal_key(a.signal, 0, m))
        continue;
      struct fray_signal clean = signal_world_value(&w, 0, m);
      struct fray_signal x = signal_world_damaged(&w, a.signal, 0, m);
      struct fray_signal y = signal_world_damaged(&w, b.signal, 0, m);
      for (size_t i = 0; i < signal_world_size(&x); i++)
        assert_true(fabsf(x.x[i] - clean.x[i]) <= fabsf(y.x[i] - clean.x[i]) + 1e-6f);
      for (int level = 1; level <= 5; level++) {
        const char *keys = fray_arena_printf(&w.arena, "severity: %d", level);
        struct fray_damage d =
            signal_world_corrupt(&w, &p, 8, yaml_of(&w, &subjects[s], keys, ""), NULL);
        struct fray_signal z = signal_world_damaged(&w, d.signal, 0, m);
        const double far = signal_world_distance(&z, &clean);
        assert_true(far > last);
        last = far;
      }
    }
  }
  signal_world_free(&w);
}

/* redraw: epoch is the one exception: whom it hits stays, the numbers change with the epoch. */
static void epochs_redraw_where_asked(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < SUBJECTS; s++)
    for (int anew = 0; anew < 2; anew++) {
      const size_t m = subjects[s].modality;
      const char *more = anew ? ", redraw: epoch, rate: 0.5" : ", rate: 0.5";
      struct fray_damage d = signal_world_corrupt(
          &w, &p, 8, yaml_of(&w, &subjects[s], subjects[s].strong, more), NULL);
      const struct fray_signal_plan first = fray_signal_plan_at(d.signal, 1),
                                    second = fray_signal_plan_at(d.signal, 2);
      for (size_t sample = 0; sample < SHOWN; sample++) {
        assert_true((fray_signal_key(&first, sample, m) != 0) ==
                    (fray_signal_key(&second, sample, m) != 0));
        if (!fray_signal_key(&first, sample, m))
          continue;
        struct fray_signal x = signal_world_damaged(&w, &first, sample, m);
        struct fray_signal y = signal_world_damaged(&w, &second, sample, m);
        struct fray_signal again = signal_world_damaged(&w, &second, sample, m);
        assert_true(same_bytes(&y, &again));
        assert_int_equal(same_bytes(&x, &y), !anew);
        assert_int_equal(fray_signal_key(&first, sample, m) == fray_signal_key(&second, sample, m),
                         !anew);
        assert_int_equal(fray_signal_redraws(&first, sample, m), anew);
        assert_false(fray_signal_redraws(d.signal, sample, m));
      }
    }
  signal_world_free(&w);
}

/* A ledger holds what it takes to damage each value again, under another seed too. */
static void ledgers_replay_exactly(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < SUBJECTS; s++) {
    const char *keys[] = {subjects[s].strong, "severity: 3"};
    for (size_t k = 0; k < FRAY_COUNT(keys); k++) {
      struct fray_text text = {0};
      struct fray_damage again;
      struct fray_err err = {0};
      struct fray_damage d =
          signal_world_corrupt(&w, &p, 8, yaml_of(&w, &subjects[s], keys[k], ", rate: 0.4"), NULL);
      fray_ledger_text(&p, &d, &text);
      assert_int_equal(fray_damage_start(&p, &w.arena, &again, &err), FRAY_OK);
      assert_int_equal(
          fray_signal_plan_start(&p, &fray_corruption_table, &w.arena, &again.signal, &err),
          FRAY_OK);
      if (fray_ledger_parse("ledger.csv", text.data, text.size, &p, &again, NULL, &err) != FRAY_OK)
        fail_msg("%s", err.text);
      for (size_t sample = 0; sample < SHOWN; sample++)
        for (size_t m = 0; m < SIGNAL_MODALITIES; m++) {
          assert_true((fray_signal_key(d.signal, sample, m) != 0) ==
                      (fray_signal_key(again.signal, sample, m) != 0));
          struct fray_signal x = signal_world_damaged(&w, d.signal, sample, m);
          struct fray_signal y = signal_world_damaged(&w, again.signal, sample, m);
          assert_true(same_bytes(&x, &y));
        }
      fray_text_free(&text);
      /* On top of the entry itself it does nothing more, however strong that is where. */
      const size_t acts = d.signal->n_acts;
      uint8_t *changed = fray_arena_zero(&w.arena, p.n, 1);
      fray_ledger_text(&p, &d, &text);
      assert_int_equal(fray_ledger_parse("ledger.csv", text.data, text.size, &p, &d, changed, &err),
                       FRAY_OK);
      assert_int_equal(d.signal->n_acts, acts);
      for (size_t i = 0; i < p.n; i++)
        assert_false(changed[i]);
      fray_text_free(&text);
    }
  }
  signal_world_free(&w);
}

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
      {"{kind: missing_modality, rate: 0.1, severity: 3}", "used by gaussian_noise, noise"},
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_of_signal_is_tested),
      cmocka_unit_test(neutral_is_identity),
      cmocka_unit_test(same_stream_same_bytes),
      cmocka_unit_test(shape_and_range_are_kept),
      cmocka_unit_test(rates_are_met_and_nest),
      cmocka_unit_test(damage_grows),
      cmocka_unit_test(epochs_redraw_where_asked),
      cmocka_unit_test(ledgers_replay_exactly),
      cmocka_unit_test(broken_ledgers_are_refused),
      cmocka_unit_test(contradictions_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
