/* Laws that every corruption of the list obeys: nothing at 0, the same draws however the samples
 * lie and whoever holds them, the rate that was asked for, nesting where declared, honest counts.
 */
#include "scratch.h"
#include "world.h"

#include "fray/base/file.h"
#include "fray/corrupt/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  BY_CLIENT = 1,    /* draws belong to clients, so the partition matters */
  BY_PLACE = 2,     /* and to the numbers of clients: compat */
  EMPTIES = 4,      /* at rate 1 all is hit */
  BURSTY = 8,       /* neighbours are hit together */
  OTHER_SHARE = 16, /* the share that is hit is another number than the rate, tested elsewhere */
  BY_COUNT = 32,    /* how many there are matters */
  LOOSE = 64        /* declares that it does not nest */
};
struct subject {
  const char *kind, *yaml; /* %s: the rate */
  unsigned flags;
};
static const struct subject subjects[] = {
    {"missing_modality", "{kind: missing_modality, rate: %s}", EMPTIES},
    {"missing_modality", "{kind: missing_modality, unit: client, rate: %s}", BY_CLIENT | EMPTIES},
    {"missing_modality", "{kind: missing_modality, draw: exact, rate: %s}", EMPTIES},
    {"missing_modality", "{kind: missing_modality, draw: exact, unit: client, rate: %s}",
     BY_CLIENT | EMPTIES},
    {"missing_modality", "{kind: missing_modality, draw: exact, if_all_lost: protect, rate: %s}",
     0},
    {"missing_modality", "{kind: missing_modality, if_all_lost: keep, rate: %s}", EMPTIES},
    {"missing_modality", "{kind: missing_modality, if_all_lost: protect, rate: %s}", 0},
    {"missing_modality", "{kind: missing_modality, modalities: [gyro], rate: %s}", EMPTIES},
    {"missing_modality", "{kind: missing_modality, who: {accent: american}, rate: %s}", EMPTIES},
    {"missing_modality", "{kind: missing_modality, who: 0.5, rate: %s}", BY_CLIENT | EMPTIES},
    {"missing_modality",
     "{kind: missing_modality, at: train, unit: client, compat: fedmultimodal, rate: %s}",
     BY_CLIENT | BY_PLACE | EMPTIES},
    {"missing_modality", "{kind: missing_modality, burst: 4, rate: %s}", BURSTY | EMPTIES},
    {"missing_modality", "{kind: missing_modality, burst: 4, if_all_lost: protect, rate: %s}",
     BURSTY | LOOSE},
    {"missing_modality", "{kind: missing_modality, draw: k_of_m, unit: client, rate: %s}",
     BY_CLIENT | EMPTIES | OTHER_SHARE},
    {"missing_modality", "{kind: missing_modality, draw: k_of_m, rate: %s}", EMPTIES | OTHER_SHARE},
    {"missing_label", "{kind: missing_label, rate: %s}", EMPTIES},
    {"missing_label", "{kind: missing_label, unit: client, rate: %s}", BY_CLIENT | EMPTIES},
    {"label_noise", "{kind: label_noise, rate: %s}", EMPTIES},
    {"label_noise", "{kind: label_noise, model: pair_flip, rate: %s}", EMPTIES},
    {"label_noise", "{kind: label_noise, model: resample, rate: %s}", OTHER_SHARE},
    {"label_noise", "{kind: label_noise, model: fedcorr, rate: %s}", BY_CLIENT | OTHER_SHARE},
    {"label_noise", "{kind: label_noise, model: fednoro, level_min: 0.1, rate: %s}",
     BY_CLIENT | OTHER_SHARE | BY_COUNT},
    {"label_noise", "{kind: label_noise, model: fednoro, mode: instance, level_min: 0.1, rate: %s}",
     BY_CLIENT | OTHER_SHARE | BY_COUNT},
    {"label_noise", "{kind: label_noise, model: instance, rate: %s}", OTHER_SHARE},
    {"label_noise", "{kind: label_noise, model: class_matrix, rate: %s}", EMPTIES},
    {"label_noise", "{kind: label_noise, model: class_matrix, sparsity: 0.5, rate: %s}", EMPTIES},
    {"label_noise", "{kind: label_noise, model: class_matrix, compat: fedmultimodal, rate: %s}",
     BY_CLIENT | EMPTIES},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };
static const char *const rates[] = {"0", "0.05", "0.1", "0.3", "0.5", "0.77", "1"};
enum { RATES = sizeof rates / sizeof *rates };

static const char *with_rate(struct world *w, const struct subject *s, const char *rate) {
  const char *hole = strstr(s->yaml, "%s");
  return fray_arena_printf(&w->arena, "%.*s%s%s", (int)(hole - s->yaml), s->yaml, rate, hole + 2);
}

static void every_kind_is_tested(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_corruptions.n; k++) {
    const struct fray_choice *kind = fray_corruptions.v[k];
    bool found = strcmp(kind->name, "replay") == 0 || /* have files of laws of their own */
                 fray_corruption_damages_signals(kind);
    for (size_t s = 0; s < SUBJECTS; s++)
      found |= strcmp(kind->name, subjects[s].kind) == 0;
    if (!found)
      fail_msg("add %s to the subjects of this test", kind->name);
    assert_true(kind->meaning[0] && kind->source[0] && kind->table && kind->impl);
    assert_ptr_equal(fray_choice_find(&fray_corruptions, kind->name), kind);
  }
}

static void zero_is_identity(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  for (int train = 0; train < 2; train++) {
    struct fray_population p = world_population(&w, train, 0);
    struct fray_damage start;
    assert_int_equal(fray_damage_start(&p, &w.arena, &start, NULL), FRAY_OK);
    for (size_t s = 0; s < SUBJECTS; s++) {
      struct fray_realised realised;
      struct fray_damage d = world_corrupt(&w, &p, 8, with_rate(&w, &subjects[s], "0"), &realised);
      world_assert_same(&start, &d);
      assert_int_equal(realised.hit, 0);
      assert_true(realised.nominal == 0.0);
    }
  }
  world_free(&w);
}

static void same_seed_same_bytes(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population p = world_population(&w, true, 0);
  for (size_t s = 0; s < SUBJECTS; s++) {
    const char *yaml = with_rate(&w, &subjects[s], "0.3");
    struct fray_damage a = world_corrupt(&w, &p, 8, yaml, NULL);
    struct fray_damage b = world_corrupt(&w, &p, 8, yaml, NULL);
    struct fray_damage other = world_corrupt(&w, &p, 9, yaml, NULL);
    world_assert_same(&a, &b);
    assert_true(memcmp(a.present, other.present, a.n) != 0 ||
                memcmp(a.label, other.label, a.n * sizeof *a.label) != 0);
  }
  world_free(&w);
}

static void order_and_partition_do_not_matter(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population plain = world_population(&w, true, 0);
  struct fray_population shuffled = world_population(&w, true, 77);
  struct fray_population dealt = world_dealt(&w, true, 13, 1);
  for (size_t s = 0; s < SUBJECTS; s++) {
    const char *yaml = with_rate(&w, &subjects[s], "0.3");
    struct fray_damage a = world_corrupt(&w, &plain, 8, yaml, NULL);
    if (!(subjects[s].flags & BY_PLACE)) {
      struct fray_damage b = world_corrupt(&w, &shuffled, 8, yaml, NULL);
      b = world_by_sample(&w, &shuffled, &b);
      world_assert_same(&a, &b);
    }
    if (!(subjects[s].flags & BY_CLIENT)) {
      struct fray_damage c = world_corrupt(&w, &dealt, 8, yaml, NULL);
      world_assert_same(&a, &c);
    }
  }
  world_free(&w);
}

/* A subset of the samples is damaged as it is in the whole; exact draws count what is there. */
static void other_samples_do_not_matter(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population p = world_population(&w, true, 0), part = p;
  part.n = WORLD_SAMPLES / 3;
  for (size_t s = 0; s < SUBJECTS; s++) {
    if (subjects[s].flags & BY_COUNT || strstr(subjects[s].yaml, "exact") ||
        strstr(subjects[s].yaml, "who: 0.5"))
      continue;
    const char *yaml = with_rate(&w, &subjects[s], "0.3");
    struct fray_damage a = world_corrupt(&w, &p, 8, yaml, NULL);
    struct fray_damage b = world_corrupt(&w, &part, 8, yaml, NULL);
    a.n = part.n;
    world_assert_same(&a, &b);
  }
  world_free(&w);
}

static size_t changes(const struct fray_damage *start, const struct fray_damage *d, size_t i) {
  return (size_t)__builtin_popcount(start->present[i] ^ d->present[i]) +
         (start->label[i] != d->label[i]);
}

/* What realised says is what happened, overall and per client. */
static void check_counts(const struct fray_population *p, const struct fray_damage *start,
                         const struct fray_damage *d, const struct fray_realised *realised) {
  size_t client_hit[WORLD_CLIENTS] = {0}, hit = 0, eligible = 0;
  for (size_t i = 0; i < d->n; i++)
    client_hit[p->client[i]] += changes(start, d, i);
  for (size_t c = 0; c < WORLD_CLIENTS; c++) {
    assert_int_equal(client_hit[c], realised->client_hit[c]);
    assert_true(realised->client_hit[c] <= realised->client_eligible[c]);
    hit += realised->client_hit[c];
    eligible += realised->client_eligible[c];
  }
  assert_int_equal(hit, realised->hit);
  assert_int_equal(eligible, realised->eligible);
  assert_true(realised->rate == (double)hit / (double)eligible);
}

/* Draws of one client are taken as one draw, which bounds the variance of every kind from above;
 * under compat two clients share a draw, which at most doubles it. */
static double independent_units(const struct subject *s, const struct fray_realised *realised) {
  /* With a correlation of 3/4 or less between neighbours, (1 + 3/4) / (1 - 3/4) are one; beyond
   * that the mean of a burst at these rates is smaller than the bound below allows. */
  if (!(s->flags & BY_CLIENT))
    return (double)realised->eligible / (s->flags & BURSTY ? 8.0 : 1.0);
  double squares = 0.0, n = (double)realised->eligible;
  for (size_t c = 0; c < realised->n_clients; c++)
    squares += (double)realised->client_eligible[c] * (double)realised->client_eligible[c];
  return n * n / squares / (s->flags & BY_PLACE ? 2.0 : 1.0);
}

static void realised_rate_is_the_rate(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population p = world_population(&w, true, 0);
  struct fray_damage start;
  assert_int_equal(fray_damage_start(&p, &w.arena, &start, NULL), FRAY_OK);
  for (size_t s = 0; s < SUBJECTS; s++)
    for (size_t r = 0; r < RATES; r++) {
      struct fray_realised realised;
      const char *yaml = with_rate(&w, &subjects[s], rates[r]);
      struct fray_damage d = world_corrupt(&w, &p, 16, yaml, &realised);
      check_counts(&p, &start, &d, &realised);
      if (!strstr(yaml, "protect") && !(subjects[s].flags & OTHER_SHARE))
        world_assert_share(
            (double)realised.hit, (double)realised.eligible, realised.nominal,
            5.0 * sqrt((double)realised.eligible / independent_units(&subjects[s], &realised)));
      if (strcmp(rates[r], "1") == 0 && subjects[s].flags & EMPTIES)
        assert_int_equal(realised.hit, realised.eligible);
    }
  world_free(&w);
}

static void check_nested(unsigned nests, const struct fray_damage *start,
                         const struct fray_damage *low, const struct fray_damage *high) {
  for (size_t i = 0; i < start->n; i++) {
    if (nests & FRAY_NESTS_SET) {
      assert_int_equal(high->present[i] & ~low->present[i], 0);
      assert_true(low->dropped[i] <= high->dropped[i]);
      assert_true(low->label[i] == start->label[i] || high->label[i] != start->label[i]);
    }
    if (nests & FRAY_NESTS_VALUE && low->label[i] != start->label[i])
      assert_int_equal(low->label[i], high->label[i]);
  }
}

static void rates_nest(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population p = world_population(&w, true, 0);
  struct fray_damage start;
  assert_int_equal(fray_damage_start(&p, &w.arena, &start, NULL), FRAY_OK);
  for (size_t s = 0; s < SUBJECTS; s++) {
    struct fray_err err;
    unsigned nests =
        fray_corruption_nests(world_entry(&w, with_rate(&w, &subjects[s], "0.1"), &err));
    /* Every kind with a rate declares at least this, or that it does not. */
    assert_true(subjects[s].flags & LOOSE ? nests == 0 : nests & FRAY_NESTS_SET);
    struct fray_damage low = start;
    for (size_t r = 0; r < RATES; r++) {
      struct fray_damage high =
          world_corrupt(&w, &p, 24, with_rate(&w, &subjects[s], rates[r]), NULL);
      check_nested(nests, &start, &low, &high);
      low = high;
    }
  }
  world_free(&w);
}

/* The entry with its defaults written out, as scenario.yaml holds it, means the same. */
static void filled_entries_mean_the_same(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population p = world_population(&w, true, 0);
  for (size_t s = 0; s < SUBJECTS; s++) {
    const char *yaml = with_rate(&w, &subjects[s], "0.3");
    struct fray_node *node = NULL, *filled = NULL;
    struct fray_text text = {0};
    assert_int_equal(fray_yaml_parse(yaml, "test.yaml", &w.arena, &node, NULL), FRAY_OK);
    assert_int_equal(fray_schema_fill(&fray_corruption_table, node, &w.arena, &filled, NULL),
                     FRAY_OK);
    fray_node_emit(filled, &text);
    struct fray_damage a = world_corrupt(&w, &p, 8, yaml, NULL);
    struct fray_damage b = world_corrupt(&w, &p, 8, text.data, NULL);
    world_assert_same(&a, &b);
    fray_text_free(&text);
  }
  world_free(&w);
}

/* A recorded state, replayed, is the same state: for every kind, at training and at test. So is
 * what really happened; a record does not hold whom `who` and `modalities` spared. */
static void replay_repeats_every_kind(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  char path[SCRATCH];
  scratch(path, "fray-ledger-XXXXXX");
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  const char *replay = fray_arena_printf(&w.arena, "{kind: replay, ledger: %s}", path);
  for (int train = 0; train < 2; train++)
    for (size_t s = 0; s < SUBJECTS; s++) {
      struct fray_population p = world_population(&w, train, 0);
      struct fray_population shuffled = world_population(&w, train, 5);
      const char *yaml = with_rate(&w, &subjects[s], "0.3");
      struct fray_realised x, y;
      struct fray_damage a = world_corrupt(&w, &p, 32, yaml, &x);
      assert_int_equal(fray_ledger_save(path, &p, &a, NULL), FRAY_OK);
      struct fray_damage b = world_corrupt(&w, &shuffled, 1, replay, &y);
      assert_int_equal(x.hit, y.hit);
      if (x.hit && !strstr(yaml, "who") && !strstr(yaml, "modalities"))
        assert_int_equal(x.eligible, y.eligible);
      b = world_by_sample(&w, &shuffled, &b);
      world_assert_same(&a, &b);
    }
  fray_remove_tree(path, NULL);
  world_free(&w);
}

/* Each kind is of one of the seven, each has kinds that can be aimed at test, and there are no more
 * than seven. What a kind damages at 1 to 5 it can be asked for. */
static void every_kind_has_a_category(void **state) {
  size_t aimed[FRAY_CATEGORY_AVAILABILITY + 1] = {0};
  (void)state;
  for (size_t k = 0; k < fray_corruptions.n; k++) {
    const struct fray_choice *kind = fray_corruptions.v[k];
    const enum fray_category category = fray_corruption_category(kind);
    const size_t levels = fray_corruption_severities(kind);
    if (!category || !fray_category_name(category))
      fail_msg("%s has no category", kind->name);
    assert_true(levels == 0 || levels == 5);
    assert_true(!levels || fray_corruption_damages_signals(kind));
    if (fray_corruption_is_technique(kind)) {
      assert_true(fray_corruption_fits_test(kind));
      aimed[category]++;
    }
  }
  for (unsigned c = FRAY_CATEGORY_ABSENCE; c <= FRAY_CATEGORY_AVAILABILITY; c++) {
    assert_true(aimed[c] > 0);
    assert_non_null(fray_category_meaning((enum fray_category)c));
    for (unsigned b = FRAY_CATEGORY_ABSENCE; b < c; b++)
      assert_string_not_equal(fray_category_name((enum fray_category)b),
                              fray_category_name((enum fray_category)c));
  }
  assert_null(fray_category_name(0));
  assert_null(fray_category_name((enum fray_category)(FRAY_CATEGORY_AVAILABILITY + 1)));
}

/* What a search may turn of a kind is a number of its own, within its bounds, and none of it twice;
 * where it stands by itself the search passes by its default. */
static void turned_keys_are_numbers_of_the_kind(void **state) {
  size_t kinds = 0;
  (void)state;
  for (size_t i = 0; i < fray_corruptions.n; i++) {
    const struct fray_choice *kind = fray_corruptions.v[i];
    const struct fray_signal_ops *signal = fray_corruption_signal(kind);
    size_t n;
    const struct fray_turn *turn = fray_corruption_turns(kind, &n);
    kinds += n > 0;
    for (size_t k = 0; k < n; k++) {
      const struct fray_field *field = fray_schema_field(kind->table, NULL, turn[k].key);
      if (!field || field->outer || (field->type != FRAY_REAL && field->type != FRAY_INT))
        fail_msg("%s has no number '%s' of its own", kind->name, turn[k].key);
      assert_string_not_equal(turn[k].key, fray_corruption_strength(kind).key);
      for (size_t j = 0; j < k; j++)
        assert_string_not_equal(turn[k].key, turn[j].key);
      if (turn[k].column) {
        assert_true(signal && turn[k].column <= signal->n_more);
        continue;
      }
      assert_true(turn[k].low < turn[k].high);
      assert_true(turn[k].low >= field->min && turn[k].high <= field->max);
      if (!field->optional)
        assert_true(field->def >= turn[k].low && field->def <= turn[k].high);
    }
  }
  assert_true(kinds >= 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_is_tested),
      cmocka_unit_test(every_kind_has_a_category),
      cmocka_unit_test(turned_keys_are_numbers_of_the_kind),
      cmocka_unit_test(zero_is_identity),
      cmocka_unit_test(same_seed_same_bytes),
      cmocka_unit_test(order_and_partition_do_not_matter),
      cmocka_unit_test(other_samples_do_not_matter),
      cmocka_unit_test(realised_rate_is_the_rate),
      cmocka_unit_test(rates_nest),
      cmocka_unit_test(filled_entries_mean_the_same),
      cmocka_unit_test(replay_repeats_every_kind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
