/* Laws of damage by several entries: each acts on what the entries before it left, with the random
 * numbers that it has when it is alone, and a ledger repeats all of it. Over every pair of kinds of
 * a medium, and all kinds of it at once. One program for each family of kinds. */
#include "fray/base/size.h"
#include "fray/corrupt/ledger.h"
#include "signal_world.h"

#include "corrupt/scope/scope.h"

#include <stdio.h>
#include <string.h>

/* As test_signal_laws.c has it, from the same lines. */
struct subject {
  const char *kind, *at_ease, *weak, *strong, *more;
  size_t modality;
};
static const struct subject subjects[] = {
#include SUBJECTS_FILE
};
/* Those of all media, for pairs that never meet in one value. */
static const struct subject everyone[] = {
/* NOLINTBEGIN(readability-duplicate-include): one of them stands in the table above, too */
#include "subjects/audio.inc"
#include "subjects/features.inc"
#include "subjects/image.inc"
#include "subjects/series.inc"
#include "subjects/text.inc"
    /* NOLINTEND(readability-duplicate-include) */
};
enum { N = FRAY_COUNT(subjects), EVERYONE = FRAY_COUNT(everyone), SHOWN = 4, MOST = 64 };

static const struct fray_signal_ops *ops_of(const struct subject *s) {
  const struct fray_corruption_ops *ops = fray_choice_find(&fray_corruptions, s->kind)->impl;
  return ops->signal;
}

/* An entry with a name of its own, which its random numbers hang on. */
static const char *entry(struct signal_world *w, const struct subject *s, const char *keys,
                         const char *id, const char *more) {
  return fray_arena_printf(&w->arena, "{kind: %s%s%s%s, id: %s%s}", s->kind, *keys ? ", " : "",
                           keys, s->more, id, more);
}

static bool same_bytes(const struct fray_signal *a, const struct fray_signal *b) {
  if (a->length != b->length)
    return false;
  return a->text ? memcmp(a->text, b->text, a->length) == 0
                 : memcmp(a->x, b->x, signal_world_size(a) * sizeof *a->x) == 0;
}

/* What is left of a value when plans act one after another. */
static struct fray_signal in_turn(struct signal_world *w, const struct fray_damage *const *plans,
                                  size_t n, size_t sample, size_t m) {
  struct fray_signal x = signal_world_value(w, sample, m);
  for (size_t k = 0; k < n; k++)
    signal_world_damage(w, plans[k]->signal, sample, m, &x);
  return x;
}

/* Every pair in both orders, each entry on some of the samples only. A pair that commutes gives the
 * same in both orders and one that does not gives another, since each order is what the two make of
 * the value one after the other. */
static void entries_act_in_order_with_their_own_draws(void **state) {
  (void)state;
  size_t commute = 0, differ = 0;
  for (size_t a = 0; a < N; a++) {
    struct signal_world w;
    signal_world_make(&w);
    struct fray_population p = signal_world_population(&w, true, 0);
    const size_t m = subjects[a].modality;
    const char *first = entry(&w, &subjects[a], subjects[a].strong, "first", ", rate: 0.7");
    const struct fray_damage one = signal_world_corrupt(&w, &p, 8, first, NULL);
    for (size_t b = 0; b < N; b++) {
      const char *second = entry(&w, &subjects[b], subjects[b].strong, "second", ", rate: 0.7");
      const char *const orders[2][2] = {{first, second}, {second, first}};
      const struct fray_damage other = signal_world_corrupt(&w, &p, 8, second, NULL);
      const struct fray_damage both[2] = {signal_world_corrupt_by(&w, &p, 8, orders[0], 2),
                                          signal_world_corrupt_by(&w, &p, 8, orders[1], 2)};
      bool same = true;
      for (size_t i = 0; i < SHOWN; i++) {
        const size_t sample = (a + b) % 3 + 2 * i;
        struct fray_signal x[2];
        for (size_t o = 0; o < 2; o++) {
          const struct fray_damage *turns[2] = {o ? &other : &one, o ? &one : &other};
          const struct fray_signal y = in_turn(&w, turns, 2, sample, m);
          x[o] = signal_world_damaged(&w, both[o].signal, sample, m);
          if (!same_bytes(&x[o], &y))
            fail_msg("%s, then %s: sample %zu is not what they make one after the other",
                     orders[o][0], orders[o][1], sample);
        }
        same &= same_bytes(&x[0], &x[1]);
      }
      if (a != b)
        *(same ? &commute : &differ) += 1;
    }
    signal_world_free(&w);
  }
  print_message("%zu ordered pairs commute here, %zu do not\n", commute, differ);
  assert_true(differ > 0);
}

/* Entries that leave values alone, before and after one that does not: the same bytes, the same
 * number in the cache of features, the same ledger. */
static void neutral_entries_change_nothing(void **state) {
  (void)state;
  for (size_t a = 0; a < N; a++) {
    struct signal_world w;
    struct fray_text text = {0}, among = {0};
    const char *list[MOST];
    size_t n = 0;
    signal_world_make(&w);
    struct fray_population p = signal_world_population(&w, true, 0);
    const char *alone = entry(&w, &subjects[a], subjects[a].strong, "it", ", rate: 0.7");
    for (size_t b = 0; b < N && n + 3 < MOST; b++) {
      const char *id = fray_arena_printf(&w.arena, "none-%zu", b);
      if (b == N / 2)
        list[n++] = alone;
      if (subjects[b].at_ease)
        list[n++] = entry(&w, &subjects[b], subjects[b].at_ease, id, "");
      else
        list[n++] = entry(&w, &subjects[b], subjects[b].strong, id, ", rate: 0");
    }
    const struct fray_damage single = signal_world_corrupt(&w, &p, 8, alone, NULL);
    const struct fray_damage list_of_one = signal_world_corrupt_by(&w, &p, 8, &alone, 1);
    const struct fray_damage amid = signal_world_corrupt_by(&w, &p, 8, list, n);
    for (size_t sample = 0; sample < 3 * SHOWN; sample++)
      for (size_t m = 0; m < SIGNAL_MODALITIES; m++) {
        const struct fray_signal x = signal_world_damaged(&w, single.signal, sample, m);
        const struct fray_signal y = signal_world_damaged(&w, amid.signal, sample, m);
        const struct fray_signal z = signal_world_damaged(&w, list_of_one.signal, sample, m);
        if (!same_bytes(&x, &y) || !same_bytes(&x, &z))
          fail_msg("%s among %zu that do nothing: sample %zu differs", alone, n - 1, sample);
        assert_true(fray_signal_key(single.signal, sample, m) ==
                    fray_signal_key(amid.signal, sample, m));
      }
    fray_ledger_text(&p, &single, &text);
    fray_ledger_text(&p, &amid, &among);
    assert_true(text.size == among.size && memcmp(text.data, among.data, text.size) == 0);
    fray_text_free(&text);
    fray_text_free(&among);
    signal_world_free(&w);
  }
}

/* The damage of a ledger, on a population that has none. */
static struct fray_damage replayed(struct signal_world *w, const struct fray_population *p,
                                   const struct fray_damage *damage) {
  struct fray_damage again;
  struct fray_text text = {0};
  struct fray_err err = {0};
  fray_ledger_text(p, damage, &text);
  assert_int_equal(fray_damage_start(p, &w->arena, &again, &err), FRAY_OK);
  assert_int_equal(
      fray_signal_plan_start(p, &fray_corruption_table, &w->arena, &again.signal, &err), FRAY_OK);
  if (fray_ledger_parse("ledger.csv", text.data, text.size, p, &again, NULL, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  fray_text_free(&text);
  signal_world_lend(w, &again);
  return again;
}

/* All kinds of the medium in one list, each on a third of the samples: what is left is what each
 * makes of the value after the others, in the order of the list, and the ledger repeats it, in
 * whatever order its rows name the entries. */
static void long_lists_act_in_order_and_replay(void **state) {
  (void)state;
  for (int backwards = 0; backwards < 2; backwards++) {
    struct signal_world w;
    const char *list[MOST];
    struct fray_damage alone[MOST];
    const struct fray_damage *turns[MOST];
    const size_t n = FRAY_MIN((size_t)N, (size_t)MOST);
    size_t moved = 0;
    signal_world_make(&w);
    struct fray_population p = signal_world_population(&w, true, 0);
    for (size_t k = 0; k < n; k++) {
      const struct subject *s = &subjects[backwards ? n - 1 - k : k];
      /* Names whose order is not that of the list. */
      const char *id = fray_arena_printf(&w.arena, "entry-%zu", (k * 7 + 3) % 64);
      list[k] = entry(&w, s, s->weak, id, ", rate: 0.3");
      alone[k] = signal_world_corrupt(&w, &p, 8, list[k], NULL);
      turns[k] = &alone[k];
    }
    const struct fray_damage all = signal_world_corrupt_by(&w, &p, 8, list, n);
    const struct fray_damage again = replayed(&w, &p, &all);
    for (size_t sample = 0; sample < 8 * SHOWN; sample++)
      for (size_t m = 0; m < SIGNAL_MODALITIES; m++) {
        const struct fray_signal x = signal_world_damaged(&w, all.signal, sample, m);
        const struct fray_signal y = in_turn(&w, turns, n, sample, m);
        const struct fray_signal z = signal_world_damaged(&w, again.signal, sample, m);
        const struct fray_signal clean = signal_world_value(&w, sample, m);
        if (!same_bytes(&x, &y))
          fail_msg("%zu entries, sample %zu: not what they make one after the other", n, sample);
        if (!same_bytes(&x, &z))
          fail_msg("%zu entries, sample %zu is not replayed", n, sample);
        moved += !same_bytes(&x, &clean);
      }
    assert_true(moved > SHOWN);
    signal_world_free(&w);
  }
}

/* What damages other modalities is never met: alone, before and after, the same bytes. */
static void media_leave_each_other_alone(void **state) {
  (void)state;
  struct signal_world w;
  size_t pairs = 0;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t a = 0; a < N; a++)
    for (size_t k = 0; k < 5; k++) {
      const struct subject *s = &subjects[a], *other = &everyone[(11 * a + 17 * k) % EVERYONE];
      if (ops_of(s)->kinds & ops_of(other)->kinds)
        continue;
      const char *first = entry(&w, s, s->strong, "first", "");
      const char *second = entry(&w, other, other->strong, "second", "");
      const char *const orders[2][2] = {{first, second}, {second, first}};
      const struct fray_damage alone = signal_world_corrupt(&w, &p, 8, first, NULL);
      for (size_t o = 0; o < 2; o++) {
        const struct fray_damage both = signal_world_corrupt_by(&w, &p, 8, orders[o], 2);
        for (size_t sample = 0; sample < SHOWN; sample++) {
          const struct fray_signal x = signal_world_damaged(&w, alone.signal, sample, s->modality);
          const struct fray_signal y = signal_world_damaged(&w, both.signal, sample, s->modality);
          if (!same_bytes(&x, &y))
            fail_msg("%s and %s: sample %zu", orders[o][0], orders[o][1], sample);
        }
      }
      pairs++;
    }
  assert_true(pairs > 0);
  signal_world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(entries_act_in_order_with_their_own_draws),
      cmocka_unit_test(neutral_entries_change_nothing),
      cmocka_unit_test(long_lists_act_in_order_and_replay),
      cmocka_unit_test(media_leave_each_other_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
