/* Kinds that take the place of what a value says: who may lend a value to whom, a law over all
 * kinds with donors; what is blank; what is stale. */
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/corrupt/ledger.h"
#include "signal_world.h"

#include "corrupt/scope/donors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- donors ---- */

/* A line for each kind that takes values of others; the strength lies in the keys. */
static const struct line {
  const char *kind, *keys;
  size_t modality;
} lines[] = {
    {"stale", "", MOTION},
    {"stale", ", lag: 3", WORDS},
    {"desync", ", shift: 2, by: windows, modalities: [photo]", PHOTO},
    {"desync", ", shift: -1, by: windows, modalities: [motion]", MOTION},
    {"conflict", ", modalities: [sound]", SOUND},
    {"conflict", ", modalities: [photo, scene]", SCENE},
    {"payload", ", target: b, strength: 1, modalities: [digit]", DIGIT},
    {"babble", ", snr_db: 10", SOUND},
};

/* A world of two splits: s mod 3 = 0 is the test. Training is dealt to 7 clients that are not those
 * of the data. */
static struct fray_population split_population(struct signal_world *w, bool train, size_t clients,
                                               uint64_t shuffle) {
  struct fray_population all = signal_world_population(w, train, shuffle);
  uint32_t *sample = fray_arena_alloc(&w->arena, SIGNAL_SAMPLES, sizeof *sample);
  uint32_t *client = fray_arena_alloc(&w->arena, SIGNAL_SAMPLES, sizeof *client);
  size_t n = 0;
  for (size_t i = 0; i < SIGNAL_SAMPLES; i++) {
    const uint32_t s = all.sample[i];
    w->dataset.split[s] = s % 3 ? FRAY_TRAIN : FRAY_TEST;
    if ((s % 3 != 0) != train)
      continue;
    sample[n] = s;
    client[n++] = clients ? (uint32_t)(s * 7 / 11 % clients) : w->dataset.client[s];
  }
  all.n = n;
  all.sample = sample;
  all.client = client;
  return all;
}

static uint32_t donor_of(const struct fray_signal_plan *plan, size_t sample, size_t m, size_t k) {
  const struct fray_signal_act *act = &plan->act[0];
  const size_t cell = plan->slot[sample] * plan->dataset->n_modalities + m;
  return k < act->n_donors ? act->donor[cell * act->n_donors + k] : FRAY_NO_DONOR;
}

/* Same split always; in training of the same federated client; with the modality; never itself. */
static size_t check_donors(const struct signal_world *w, const struct fray_population *p,
                           const struct fray_signal_plan *plan, size_t m) {
  uint32_t *client =
      fray_arena_zero((struct fray_arena *)(uintptr_t)&w->arena, SIGNAL_SAMPLES, sizeof *client);
  size_t found = 0;
  for (size_t i = 0; i < p->n; i++)
    client[p->sample[i]] = p->client[i] + 1;
  for (size_t i = 0; i < p->n; i++) {
    const uint32_t s = p->sample[i];
    for (size_t k = 0; fray_signal_key(plan, s, m) && k < plan->act[0].n_donors; k++) {
      const uint32_t donor = donor_of(plan, s, m, k);
      if (donor == FRAY_NO_DONOR) {
        assert_true(k > 0); /* what was hit has one */
        continue;
      }
      found++;
      assert_true(donor < SIGNAL_SAMPLES && donor != s && client[donor] > 0);
      assert_true(w->dataset.present[donor] >> m & 1);
      assert_int_equal(w->dataset.split[donor], w->dataset.split[s]);
      if (p->train)
        assert_int_equal(client[donor], client[s]);
    }
  }
  return found;
}

static void no_value_crosses_a_split_or_a_client(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_corruptions.n; k++) {
    const struct fray_corruption_ops *ops = fray_corruptions.v[k]->impl;
    bool listed = !ops->signal || !ops->signal->donors;
    for (size_t l = 0; l < FRAY_COUNT(lines); l++)
      listed |= strcmp(lines[l].kind, fray_corruptions.v[k]->name) == 0;
    if (!listed)
      fail_msg("add %s to the lines of test_content.c", fray_corruptions.v[k]->name);
  }
  for (size_t l = 0; l < FRAY_COUNT(lines); l++)
    for (int train = 0; train < 2; train++) {
      struct signal_world w;
      signal_world_make(&w);
      const char *yaml = fray_arena_printf(&w.arena, "{kind: %s%s}", lines[l].kind, lines[l].keys);
      const size_t m = lines[l].modality, clients = train ? 7 : 0;
      struct fray_population p = split_population(&w, train, clients, 0);
      struct fray_population q = split_population(&w, train, clients, 33);
      struct fray_damage d = signal_world_corrupt(&w, &p, 8, yaml, NULL);
      struct fray_damage e = signal_world_corrupt(&w, &q, 8, yaml, NULL);
      if (check_donors(&w, &p, d.signal, m) < p.n / 3)
        fail_msg("%s: few have a donor", yaml);
      /* Whoever reads them, in whichever order. */
      for (size_t i = 0; i < p.n; i++) {
        const uint32_t s = p.sample[i];
        assert_int_equal(fray_signal_key(d.signal, s, m), fray_signal_key(e.signal, s, m));
        for (size_t j = 0; fray_signal_key(d.signal, s, m) && j < d.signal->act[0].n_donors; j++)
          assert_int_equal(donor_of(d.signal, s, m, j), donor_of(e.signal, s, m, j));
      }
      signal_world_free(&w);
    }
}

/* A ledger that names a donor of the other split, or of another client, is refused with its line.
 */
static void ledgers_name_donors_that_may_be(void **state) {
  (void)state;
  static const struct {
    const char *donor, *what;
    bool train;
  } cases[] = {{"rec/00000", "same client", true}, {"rec/00002", "same client", true},
               {"nobody", "no sample", true},      {"", "takes the value", true},
               {"rec/00001", "same split", false}, {"rec/00003", "same split", false},
               {"rec/00027", "same split", false}};
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    struct signal_world w;
    signal_world_make(&w);
    struct fray_population p = split_population(&w, cases[c].train, cases[c].train ? 7 : 0, 0);
    struct fray_damage d;
    struct fray_err err = {0};
    char text[400];
    snprintf(text, sizeof text,
             "source,modality,what,value,entry,strength,donor,seed,keys\n"
             "rec/%s,motion,damaged,stale,stale,1,%s,8,{lag: 1}\n",
             cases[c].train ? "00001" : "00003", cases[c].donor);
    assert_int_equal(fray_damage_start(&p, &w.arena, &d, &err), FRAY_OK);
    assert_int_equal(fray_signal_plan_start(&p, &fray_corruption_table, &w.arena, &d.signal, &err),
                     FRAY_OK);
    assert_int_equal(fray_ledger_parse("l.csv", text, strlen(text), &p, &d, NULL, &err),
                     FRAY_INPUT);
    if (!strstr(err.text, "l.csv:2: donor") || !strstr(err.text, cases[c].what))
      fail_msg("'%s': %s", cases[c].donor, err.text);
    signal_world_free(&w);
  }
}

/* ---- stale ---- */

/* The sample before of client s mod 20 is s - 20. */
static void stale_is_the_value_before(void **state) {
  (void)state;
  struct signal_world w;
  struct fray_realised realised;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, false, 5);
  struct fray_damage d = signal_world_corrupt(
      &w, &p, 8, "{kind: stale, lag: 2, modalities: [sound, photo]}", &realised);
  /* Clients 7 and 17 have no sound. */
  assert_int_equal(realised.eligible, SIGNAL_SAMPLES - 2 * SIGNAL_CLIENTS +
                                          SIGNAL_SAMPLES * 9 / 10 - 2 * (SIGNAL_CLIENTS - 2));
  assert_int_equal(realised.hit, realised.eligible);
  for (size_t s = 0; s < 120; s++)
    for (size_t m = PHOTO; m <= SOUND; m += SOUND - PHOTO) {
      if (m == SOUND && s % 10 == 7)
        continue;
      struct fray_signal x = signal_world_damaged(&w, d.signal, s, m);
      struct fray_signal before =
          signal_world_value(&w, s < 2 * SIGNAL_CLIENTS ? s : s - 2 * SIGNAL_CLIENTS, m);
      assert_int_equal(x.length, before.length);
      assert_memory_equal(x.x, before.x, signal_world_size(&x) * sizeof *x.x);
    }
  signal_world_free(&w);
}

/* ---- blank ---- */

/* Of 300 samples all count, so the mean is that of all of them. */
static void blank_is_the_mean(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 9);
  p.n = 300;
  struct fray_damage d = signal_world_corrupt(&w, &p, 8, "{kind: blank}", NULL);
  static const size_t modality[] = {DIGIT, PHOTO, MOTION, VECTOR};
  for (size_t k = 0; k < FRAY_COUNT(modality); k++) {
    const size_t m = modality[k];
    const struct fray_signal some = signal_world_value(&w, 0, m);
    const size_t n = some.kind == FRAY_IMAGE ? signal_world_size(&some) : some.channels;
    double *sum = fray_arena_zero(&w.arena, n, sizeof *sum),
           *count = fray_arena_zero(&w.arena, n, sizeof *count);
    for (size_t i = 0; i < p.n; i++) {
      if (!(w.dataset.present[p.sample[i]] >> m & 1))
        continue;
      const struct fray_signal x = signal_world_value(&w, p.sample[i], m);
      for (size_t j = 0; j < signal_world_size(&x); j++) {
        sum[j % n] += (double)x.x[j];
        count[j % n]++;
      }
    }
    const size_t shown = p.sample[m >= SOUND && p.sample[0] % 10 == 7];
    const struct fray_signal x = signal_world_damaged(&w, d.signal, shown, m);
    for (size_t j = 0; j < signal_world_size(&x); j++)
      assert_true(fabs((double)x.x[j] - sum[j % n] / count[j % n]) < 1e-5);
  }
  const struct fray_signal text = signal_world_damaged(&w, d.signal, p.sample[1], WORDS);
  assert_true(text.length == 1 && text.text[0] == ' ');
  signal_world_free(&w);
}

/* Means of many blank values, within 5 standard errors of a normal sample. */
static void blank_noise_is_as_loud_as_training(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  p.n = 200;
  static const struct {
    const char *fill;
    double level;
  } cases[] = {{"noise", NAN}, {"mean", 1e-4}, {"zero", 0}};
  double squares = 0, count = 0;
  for (size_t i = 0; i < p.n; i++) {
    const struct fray_signal x = signal_world_value(&w, i, SOUND);
    for (size_t j = 0; i % 10 != 7 && j < x.length; j++, count++)
      squares += (double)x.x[j] * (double)x.x[j];
  }
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    const char *yaml = fray_arena_printf(
        &w.arena, "{kind: blank, fill: %s, modalities: [sound, motion]}", cases[c].fill);
    struct fray_damage d = signal_world_corrupt(&w, &p, 8, yaml, NULL);
    const double level = isnan(cases[c].level) ? sqrt(squares / count) : cases[c].level;
    double own = 0, n = 0;
    for (size_t s = 0; s < 60; s++) {
      const struct fray_signal x = signal_world_damaged(&w, d.signal, s, SOUND);
      for (size_t j = 0; s % 10 != 7 && j < x.length; j++, n++)
        own += (double)x.x[j] * (double)x.x[j];
    }
    assert_true(fabs(sqrt(own / n) - level) <= 5 * level / sqrt(2 * n));
    const struct fray_signal x = signal_world_damaged(&w, d.signal, 3, MOTION);
    for (size_t j = 0; c == 2 && j < signal_world_size(&x); j++)
      assert_true(x.x[j] == 0);
  }
  signal_world_free(&w);
}

/* Nobody is trained on: there is no mean, and the message says so. */
static void blank_needs_training_samples(void **state) {
  (void)state;
  struct signal_world w;
  struct fray_err err = {0};
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, false, 0);
  struct fray_damage d = signal_world_corrupt(&w, &p, 8, "{kind: blank}", NULL);
  struct fray_signal x = signal_world_value(&w, 0, PHOTO);
  assert_int_equal(fray_signal_apply(d.signal, 0, PHOTO, &x, &w.scratch, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "no training sample with the modality photo"));
  signal_world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_value_crosses_a_split_or_a_client),
      cmocka_unit_test(ledgers_name_donors_that_may_be),
      cmocka_unit_test(stale_is_the_value_before),
      cmocka_unit_test(blank_is_the_mean),
      cmocka_unit_test(blank_noise_is_as_loud_as_training),
      cmocka_unit_test(blank_needs_training_samples),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
