/* Whom damage hits and when: entries tied to one another, clients by name, dev alone. */
#include "signal_world.h"

#include "fray/corrupt/ledger.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 4 };

/* Entries of a list, read as one list of a scenario is; the test fails on any error. */
static size_t read_all(struct signal_world *w, const char *yaml,
                       const struct fray_corruption_config *entry[MOST]) {
  struct fray_node *list = NULL;
  struct fray_err err = {0};
  size_t n = 0;
  if (fray_yaml_parse(yaml, "test.yaml", &w->arena, &list, &err) != FRAY_OK)
    fail_msg("%s: %s", yaml, err.text);
  for (const struct fray_node *node = list->child; node; node = node->next) {
    struct fray_corruption_config *one = fray_arena_zero(&w->arena, 1, sizeof *one);
    if (fray_schema_read(&fray_corruption_table, node, "", one, &w->arena, &err) != FRAY_OK)
      fail_msg("%s: %s", yaml, err.text);
    entry[n++] = one;
  }
  return n;
}

static struct fray_damage corrupt_all(struct signal_world *w, const struct fray_population *p,
                                      const char *yaml, struct fray_realised realised[MOST]) {
  const struct fray_corruption_config *entry[MOST];
  struct fray_damage damage = {0};
  struct fray_err err = {0};
  const size_t n = read_all(w, yaml, entry);
  if (fray_corruption_ids_check(entry, n, &err) != FRAY_OK ||
      fray_damage_start(p, &w->arena, &damage, &err) != FRAY_OK ||
      fray_corrupt(entry, n, p, 5, &w->arena, &damage, realised, &err) != FRAY_OK)
    fail_msg("%s: %s", yaml, err.text);
  return damage;
}

/* Whether act number `act` changes a modality of the sample at i. */
static bool acts(const struct fray_damage *d, size_t i, size_t m, size_t act) {
  return d->signal && d->signal->acts[i * SIGNAL_MODALITIES + m] >> act & 1;
}

/* Entries that others follow, on the sound: whom they hit is seen as act 0. */
static const char *const roots[] = {
    "{id: a, kind: noise, snr_db: 5",
    "{id: a, kind: noise, snr_db: 5, unit: client",
    "{id: a, kind: noise, snr_db: 5, draw: exact",
    "{id: a, kind: noise, snr_db: 5, who: 0.5",
    "{id: a, kind: clipping, severity: 3",
};
static const double rates[] = {0, .05, .3, .77, 1};
static const char followers[] =
    "{id: b, kind: gaussian_noise, modalities: [photo], sigma: 0.1, with: a}, "
    "{id: c, kind: missing_modality, modalities: [vector], if_all_lost: keep, with: b}, "
    "{id: d, kind: label_noise, model: pair_flip, at: train, with: a}";

/* One follows on another modality, one follows that one, and one is about labels: all of them hit
 * the samples of the first, which lose nothing else. Samples without sound are hit by none. */
static void tied_entries_hit_the_same_samples_at_every_rate(void **state) {
  (void)state;
  for (size_t k = 0; k < sizeof roots / sizeof *roots; k++)
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
      struct signal_world w;
      struct fray_realised realised[MOST];
      char yaml[512];
      signal_world_make(&w);
      const struct fray_population p = signal_world_population(&w, true, k);
      snprintf(yaml, sizeof yaml, "[%s, rate: %g}, %s]", roots[k], rates[r], followers);
      const struct fray_damage d = corrupt_all(&w, &p, yaml, realised);
      size_t hit = 0;
      for (size_t i = 0; i < p.n; i++) {
        const bool first = acts(&d, i, SOUND, 0);
        const uint32_t s = p.sample[i];
        hit += first;
        assert_true(acts(&d, i, PHOTO, 1) == first);
        if (w.dataset.present[s] >> VECTOR & 1)
          assert_true((d.present[i] >> VECTOR & 1) == !first);
        assert_true((d.label[i] != w.dataset.label[s]) == first);
      }
      for (size_t e = 0; e < MOST; e++)
        assert_int_equal(realised[e].hit, hit);
      assert_true(rates[r] == 0 ? hit == 0 : hit > 0);
      signal_world_free(&w);
    }
}

#define FOLLOWER "{id: b, kind: gaussian_noise, modalities: [photo], sigma: 0.1, with: a}]"

/* At the strength that leaves values alone nothing is damaged, but whom it would hit is known: a
 * curve that begins there has the same samples at its first point. */
static void a_neutral_entry_still_says_whom(void **state) {
  (void)state;
  struct signal_world w;
  struct fray_realised realised[MOST], loud[MOST];
  signal_world_make(&w);
  const struct fray_population p = signal_world_population(&w, false, 0);
  const struct fray_damage none =
      corrupt_all(&w, &p, "[{id: a, kind: noise, snr_db: .inf, rate: 0.3}, " FOLLOWER, realised);
  const struct fray_damage some =
      corrupt_all(&w, &p, "[{id: a, kind: noise, snr_db: 0, rate: 0.3}, " FOLLOWER, loud);
  assert_int_equal(realised[0].hit, 0);
  assert_true(realised[1].hit > 0);
  assert_int_equal(realised[1].hit, loud[1].hit);
  for (size_t i = 0; i < p.n; i++)
    assert_true(acts(&none, i, PHOTO, 1) == acts(&some, i, PHOTO, 1));
  signal_world_free(&w);
}

/* On a modality that both act on, what is tied hits its values and not whole samples. */
static void on_one_modality_the_same_values_are_hit(void **state) {
  (void)state;
  struct signal_world w;
  struct fray_realised realised[MOST];
  signal_world_make(&w);
  const struct fray_population p = signal_world_population(&w, false, 0);
  const struct fray_damage d =
      corrupt_all(&w, &p,
                  "[{id: a, kind: gaussian_noise, sigma: 0.1, rate: 0.3}, "
                  "{id: b, kind: contrast, severity: 2, modalities: [digit, photo], with: a}]",
                  realised);
  size_t differ = 0;
  for (size_t i = 0; i < p.n; i++) {
    assert_true(acts(&d, i, DIGIT, 0) == acts(&d, i, DIGIT, 1));
    assert_true(acts(&d, i, PHOTO, 0) == acts(&d, i, PHOTO, 1));
    differ += acts(&d, i, DIGIT, 0) != acts(&d, i, PHOTO, 0);
  }
  assert_true(differ > 0);
  signal_world_free(&w);
}

/* Entries that are not tied draw for themselves, whoever else is there. */
static void untied_entries_do_not_change_one_another(void **state) {
  (void)state;
  static const char alone[] = "{id: z, kind: gaussian_noise, modalities: [photo], sigma: 0.1, "
                              "rate: 0.4}";
  struct signal_world w;
  struct fray_realised realised[MOST];
  char yaml[512];
  signal_world_make(&w);
  const struct fray_population p = signal_world_population(&w, true, 0);
  snprintf(yaml, sizeof yaml, "[%s]", alone);
  const struct fray_damage one = corrupt_all(&w, &p, yaml, realised);
  snprintf(yaml, sizeof yaml,
           "[{id: a, kind: noise, snr_db: 5, rate: 0.4}, "
           "{id: b, kind: echo, severity: 2, with: a}, %s]",
           alone);
  const struct fray_damage three = corrupt_all(&w, &p, yaml, realised);
  size_t both = 0, first = 0, second = 0;
  for (size_t i = 0; i < p.n; i++) {
    const bool hit = acts(&three, i, PHOTO, 2), sound = acts(&three, i, SOUND, 0);
    assert_true(acts(&one, i, PHOTO, 0) == hit);
    if (!(w.dataset.present[p.sample[i]] >> SOUND & 1))
      continue;
    both += hit && sound;
    first += sound;
    second += hit;
  }
  /* Independent: 0.16 of 1800 are hit by both, give or take 5 sigma of 15.6. */
  assert_true(both > 210 && both < 366 && both < first && both < second);
  signal_world_free(&w);
}

/* The ledger knows nothing of ties, and repeats them. */
static void the_ledger_repeats_tied_entries(void **state) {
  (void)state;
  struct signal_world w;
  struct fray_realised realised[MOST];
  struct fray_text text = {0}, again = {0};
  struct fray_damage replayed;
  struct fray_err err = {0};
  char yaml[512];
  signal_world_make(&w);
  const struct fray_population p = signal_world_population(&w, true, 0);
  snprintf(yaml, sizeof yaml, "[{id: a, kind: noise, snr_db: 5, rate: 0.3}, %s]", followers);
  const struct fray_damage d = corrupt_all(&w, &p, yaml, realised);
  fray_ledger_text(&p, &d, &text);
  char *copy = fray_arena_strndup(&w.arena, text.data, text.size);
  assert_int_equal(fray_damage_start(&p, &w.arena, &replayed, &err), FRAY_OK);
  assert_int_equal(
      fray_signal_plan_start(&p, &fray_corruption_table, &w.arena, &replayed.signal, &err),
      FRAY_OK);
  assert_int_equal(fray_ledger_parse("ledger", copy, text.size, &p, &replayed, NULL, &err),
                   FRAY_OK);
  fray_ledger_text(&p, &replayed, &again);
  assert_int_equal(text.size, again.size);
  assert_memory_equal(text.data, again.data, text.size);
  fray_text_free(&text);
  fray_text_free(&again);
  signal_world_free(&w);
}

/* By the client of the data that a sample is of, whoever holds it in the federation. */
static void clients_are_hit_by_name(void **state) {
  (void)state;
  struct signal_world w;
  struct fray_realised realised[MOST];
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 3);
  uint32_t holder[SIGNAL_SAMPLES] = {0}; /* one federated client has them all */
  p.client = holder;
  p.n_clients = 1;
  const struct fray_damage d = corrupt_all(
      &w, &p, "[{kind: noise, snr_db: 5, who: {clients: [client-3, client-11]}}]", realised);
  for (size_t i = 0; i < p.n; i++) {
    const uint32_t client = w.dataset.client[p.sample[i]];
    const bool there = w.dataset.present[p.sample[i]] >> SOUND & 1;
    assert_true(acts(&d, i, SOUND, 0) == (there && (client == 3 || client == 11)));
  }
  assert_true(realised[0].rate == 1);
  signal_world_free(&w);
}

/* Damage at test leaves what rounds are chosen by as it is, and the other way round. */
static void dev_is_a_stage_of_its_own(void **state) {
  (void)state;
  static const struct {
    const char *at;
    bool train, test, dev;
  } stages[] = {{"train", true, false, false},
                {"test", false, true, false},
                {"both", true, true, false},
                {"auto", true, true, false},
                {"dev", false, false, true}};
  for (size_t k = 0; k < sizeof stages / sizeof *stages; k++)
    for (size_t stage = 0; stage < 3; stage++) {
      struct signal_world w;
      struct fray_realised realised[MOST];
      char yaml[128];
      signal_world_make(&w);
      struct fray_population p = signal_world_population(&w, stage == 0, 0);
      p.dev = stage == 2;
      snprintf(yaml, sizeof yaml, "[{kind: noise, snr_db: 5, at: %s}]", stages[k].at);
      const struct fray_damage d = corrupt_all(&w, &p, yaml, realised);
      const bool expected = stage == 0   ? stages[k].train
                            : stage == 1 ? stages[k].test
                                         : stages[k].dev;
      assert_true((d.signal != NULL) == expected);
      assert_true((realised[0].eligible > 0) == expected);
      signal_world_free(&w);
    }
}

static void refuse(const char *yaml, const char *why) {
  const struct fray_corruption_config *entry[MOST];
  struct signal_world w;
  struct fray_err err = {0};
  signal_world_make(&w);
  const size_t n = read_all(&w, yaml, entry);
  assert_int_equal(fray_corruption_ids_check(entry, n, &err), FRAY_INPUT);
  if (!strstr(err.text, why))
    fail_msg("%s: %s", yaml, err.text);
  signal_world_free(&w);
}

static void ties_that_cannot_be_are_refused(void **state) {
  (void)state;
  refuse("[{id: a, kind: echo, severity: 1, with: b}, {id: b, kind: noise, snr_db: 1, with: a}]",
         "'b' stands behind it");
  refuse("[{kind: noise, snr_db: 1, with: noise}]", "tied to itself");
  refuse("[{kind: noise, snr_db: 1}, {kind: echo, severity: 1, with: nois}]",
         "did you mean 'noise'?");
  refuse("[{kind: noise, snr_db: 1, at: dev}, {kind: echo, severity: 1, with: noise, at: test}]",
         "it acts at test, where 'noise' does not");
  refuse("[{kind: replay, ledger: l.csv}, {kind: echo, severity: 1, with: replay}]",
         "repeats a record");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tied_entries_hit_the_same_samples_at_every_rate),
      cmocka_unit_test(a_neutral_entry_still_says_whom),
      cmocka_unit_test(on_one_modality_the_same_values_are_hit),
      cmocka_unit_test(untied_entries_do_not_change_one_another),
      cmocka_unit_test(the_ledger_repeats_tied_entries),
      cmocka_unit_test(clients_are_hit_by_name),
      cmocka_unit_test(dev_is_a_stage_of_its_own),
      cmocka_unit_test(ties_that_cannot_be_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
