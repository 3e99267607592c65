/* Laws that every kind of the list that damages raw values obeys: nothing at the neutral strength,
 * the same bytes from the same stream, shape and range kept, the rate that was asked for, nesting,
 * more damage where the kind declares it, odd values survived, exact replay, and nothing that
 * depends on the order of samples. One program for each family of kinds. */
#include "fray/base/size.h"
#include "fray/corrupt/ledger.h"
#include "signal_world.h"

#include "corrupt/scope/scope.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A line for each variant of a kind: keys that leave values as they are (NULL: there are none, as
 * of a coder), a weak and a strong strength (equal where there is none), the keys of the variant,
 * and a modality that it damages. */
struct subject {
  const char *kind, *at_ease, *weak, *strong, *more;
  size_t modality;
};
static const struct subject subjects[] = {
#include SUBJECTS_FILE
    {NULL, NULL, NULL, NULL, NULL, 0}, /* a family may have none yet */
};
static const size_t n_subjects = FRAY_COUNT(subjects) - 1;
enum {
  FAMILY_ANY = 0, /* kinds of several modalities */
  FAMILY_AUDIO = 1u << FRAY_AUDIO,
  FAMILY_IMAGE = 1u << FRAY_IMAGE,
  FAMILY_SERIES = 1u << FRAY_SERIES,
  FAMILY_TEXT = 1u << FRAY_TEXT,
  FAMILY_FEATURES = 1u << FRAY_FEATURES
};
/* Samples; fewer of those that take long, and fewest with sanitizers, which look for other things
 * than laws. */
#ifdef __SANITIZE_ADDRESS__
enum { FEWER = 12 };
#else
enum { FEWER = 20 };
#endif
/* NOLINTNEXTLINE(misc-redundant-expression): a family compared with itself, in its program */
enum { SHOWN = FAMILY == FAMILY_IMAGE || FAMILY == FAMILY_AUDIO ? FEWER : 40 };

static const char *yaml_of(struct signal_world *w, const struct subject *s, const char *keys,
                           const char *more) {
  return fray_arena_printf(&w->arena, "{kind: %s%s%s%s%s}", s->kind, *keys ? ", " : "", keys,
                           s->more, more);
}

static const struct fray_signal_ops *ops_of(const struct subject *s) {
  const struct fray_corruption_ops *ops = fray_choice_find(&fray_corruptions, s->kind)->impl;
  return ops->signal;
}

/* What depends on others than the sample itself: who there is matters to it. */
static bool looks_at_others(const struct subject *s) {
  return ops_of(s)->donors || ops_of(s)->typical;
}

/* A key of the line is not said a second time. */
static const char *modality_key(struct signal_world *w, const struct subject *s) {
  return strstr(s->more, "modalities: ") ? ""
                                         : fray_arena_printf(&w->arena, ", modalities: [%s]",
                                                             w->dataset.modality[s->modality].name);
}

/* Modalities of the world that a subject damages, one after another; SIGNAL_MODALITIES: no more. */
static size_t next_modality(const struct signal_world *w, const struct subject *s, size_t m) {
  const char *only = strstr(s->more, "modalities: ");
  while (m < SIGNAL_MODALITIES && (!(ops_of(s)->kinds >> w->dataset.modality[m].kind & 1) ||
                                   (only && !strstr(only, w->dataset.modality[m].name))))
    m++;
  return m;
}

static const char *per_client(const struct subject *s) {
  return strstr(s->more, "per: ") ? "" : ", per: client";
}

static bool has(const struct signal_world *w, size_t sample, size_t m) {
  return w->dataset.present[sample] >> m & 1;
}

static void every_kind_of_signal_is_tested(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_corruptions.n; k++) {
    const struct fray_choice *kind = fray_corruptions.v[k];
    const struct fray_corruption_ops *ops = kind->impl;
    if (!ops->signal)
      continue;
    const unsigned kinds = ops->signal->kinds;
    const bool single = (kinds & (kinds - 1)) == 0;
    /* NOLINTNEXTLINE(misc-redundant-expression): as above */
    bool found = single ? kinds != FAMILY : FAMILY != FAMILY_ANY;
    for (size_t s = 0; s < n_subjects; s++)
      found |= strcmp(kind->name, subjects[s].kind) == 0;
    if (!found)
      fail_msg("add %s to %s", kind->name, SUBJECTS_FILE);
    const struct fray_strength strength = fray_corruption_strength(kind);
    assert_true(strength.key && fray_schema_field(kind->table, NULL, strength.key));
    assert_true(strength.worse >= -1 && strength.worse <= 1);
    assert_true(strength.worse == 0 || !isnan(strength.none));
    /* Distances from an infinite none only mean something where there is an order. */
    assert_true(!isinf(strength.none) ||
                (strength.worse != 0 && (strength.none > 0) == (strength.worse < 0)));
    /* A direction is a promise that more is more. */
    assert_true(strength.worse == 0 || !ops->signal->strength ||
                ops->signal->grows != FRAY_GROWS_NOT);
    const char *common[] = {"rate", "unit", "draw", "redraw", "per"};
    for (size_t c = 0; c < FRAY_COUNT(common); c++)
      assert_non_null(fray_schema_field(kind->table, NULL, common[c]));
    assert_int_equal(ops->signal->levels != NULL,
                     fray_schema_field(kind->table, NULL, "severity") != NULL);
    for (size_t r = 0; r < ops->signal->n_levels; r++)
      assert_int_equal(ops->signal->levels[r].more != NULL, ops->signal->n_more > 0);
  }
}

/* A first scenario gives severities, to modalities of which it knows nothing but the kind; and each
 * medium that can be damaged has a kind that one looks for first. */
static void usual_kinds_ask_for_nothing(void **state) {
  (void)state;
  size_t kinds = 0, usual = 0;
  for (size_t k = 0; k < fray_corruptions.n; k++) {
    const struct fray_corruption_ops *ops = fray_corruptions.v[k]->impl;
    if (ops->usual)
      assert_true(ops->signal && ops->signal->levels && !ops->signal->fits && !ops->labels &&
                  ops->signal->grows != FRAY_GROWS_NOT);
    if (ops->signal && ops->signal->kinds == FAMILY) {
      kinds++;
      usual += ops->usual;
    }
  }
  if (kinds && !usual)
    fail_msg("no kind of this medium is usual, so fray init offers none");
}

static void neutral_is_identity(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < n_subjects; s++) {
    const char *none[] = {
        yaml_of(&w, &subjects[s], subjects[s].strong, ", rate: 0"),
        ops_of(&subjects[s])->levels ? yaml_of(&w, &subjects[s], "severity: 0", "") : NULL,
        subjects[s].at_ease ? yaml_of(&w, &subjects[s], subjects[s].at_ease, "") : NULL};
    for (size_t k = 0; k < FRAY_COUNT(none); k++) {
      struct fray_realised realised;
      if (!none[k])
        continue;
      struct fray_damage d = signal_world_corrupt(&w, &p, 8, none[k], &realised);
      if (d.signal)
        fail_msg("%s damages", none[k]);
      assert_int_equal(realised.hit, 0);
      assert_true(realised.eligible > 0);
      assert_true(fray_signal_key(d.signal, 3, subjects[s].modality) == 0);
    }
  }
  signal_world_free(&w);
}

static bool same_bytes(const struct fray_signal *a, const struct fray_signal *b) {
  if (a->length != b->length)
    return false;
  return a->text ? memcmp(a->text, b->text, a->length) == 0
                 : memcmp(a->x, b->x, signal_world_size(a) * sizeof *a->x) == 0;
}

/* Values depend on seed, entry, sample and modality alone; and so do their keys. Of a kind that
 * draws nothing neither seed nor entry matters. */
static void same_stream_same_bytes(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  struct fray_population shuffled = signal_world_population(&w, false, 77);
  struct fray_population training = signal_world_population(&w, true, 77);
  struct fray_population part = shuffled;
  part.n = SIGNAL_SAMPLES / 3;
  for (size_t s = 0; s < n_subjects; s++) {
    const struct subject *subject = &subjects[s];
    const bool fixed = ops_of(subject)->fixed;
    const size_t m = subject->modality;
    const char *yaml = yaml_of(&w, subject, subject->strong, "");
    struct fray_damage a = signal_world_corrupt(&w, &p, 8, yaml, NULL);
    const bool alone = !looks_at_others(subject);
    struct fray_damage b = signal_world_corrupt(&w, alone ? &shuffled : &training, 8, yaml, NULL);
    struct fray_damage c = signal_world_corrupt(&w, alone ? &part : &training, 8, yaml, NULL);
    struct fray_damage other = signal_world_corrupt(&w, &p, 9, yaml, NULL);
    struct fray_damage named = signal_world_corrupt(
        &w, &p, 8, yaml_of(&w, subject, subject->strong, ", id: another"), NULL);
    size_t by_seed = 0, by_name = 0;
    for (size_t i = 0; i < SHOWN; i++) {
      const size_t sample = part.sample[i];
      if (!has(&w, sample, m) || !fray_signal_key(a.signal, sample, m))
        continue;
      struct fray_signal x = signal_world_damaged(&w, a.signal, sample, m);
      struct fray_signal y = signal_world_damaged(&w, b.signal, sample, m);
      struct fray_signal z = signal_world_damaged(&w, c.signal, sample, m);
      if (!same_bytes(&x, &y) || !same_bytes(&x, &z))
        fail_msg("%s: the order of samples, or other samples, matter", yaml);
      assert_true(fray_signal_key(a.signal, sample, m) == fray_signal_key(c.signal, sample, m));
      y = signal_world_damaged(&w, other.signal, sample, m);
      z = signal_world_damaged(&w, named.signal, sample, m);
      by_seed += !same_bytes(&x, &y);
      by_name += !same_bytes(&x, &z);
      assert_int_equal(
          fray_signal_key(a.signal, sample, m) == fray_signal_key(other.signal, sample, m), fixed);
    }
    if ((by_seed > 0) == fixed || (by_name > 0) == fixed)
      fail_msg("%s: %zu of %d values differ under another seed", yaml, by_seed, (int)SHOWN);
  }
  signal_world_free(&w);
}

/* One set of random numbers for all samples of a client: the same value in the place of two of its
 * samples is damaged alike. */
static void clients_share_what_they_are_told_to(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < n_subjects; s++) {
    const size_t m = subjects[s].modality;
    /* What depends on the place in the record is another thing. */
    if (ops_of(&subjects[s])->fixed || ops_of(&subjects[s])->record ||
        ops_of(&subjects[s])->donors || !*per_client(&subjects[s]))
      continue;
    struct fray_damage d = signal_world_corrupt(
        &w, &p, 8, yaml_of(&w, &subjects[s], subjects[s].strong, per_client(&subjects[s])), NULL);
    for (size_t sample = 0; sample < 5; sample++) {
      struct fray_signal x = signal_world_value(&w, 3, m), y = signal_world_value(&w, 3, m);
      signal_world_damage(&w, d.signal, sample, m, &x);
      signal_world_damage(&w, d.signal, sample + SIGNAL_CLIENTS, m, &y);
      assert_true(same_bytes(&x, &y));
    }
  }
  signal_world_free(&w);
}

static void check_shape(const struct signal_world *w, const struct subject *s, size_t m,
                        const struct fray_signal *x, const struct fray_signal *clean) {
  if (!ops_of(s)->longest && !ops_of(s)->donor_lengths && !clean->text)
    assert_int_equal(x->length, clean->length);
  assert_true(x->length >= 1 && x->length <= x->capacity);
  for (size_t i = 0; x->x && i < signal_world_size(x); i++)
    if (!isfinite(x->x[i]) ||
        (w->dataset.modality[m].kind == FRAY_IMAGE && !(x->x[i] >= 0 && x->x[i] <= 1)))
      fail_msg("%s: value %zu is %g", s->kind, i, (double)x->x[i]);
}

static void shape_and_range_are_kept(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < n_subjects; s++) {
    const char *yaml = yaml_of(&w, &subjects[s], subjects[s].strong, "");
    struct fray_damage d = signal_world_corrupt(&w, &p, 8, yaml, NULL);
    double moved = 0;
    for (size_t sample = 0; sample < SHOWN; sample++)
      for (size_t m = 0; m < SIGNAL_MODALITIES; m++) {
        if (!fray_signal_key(d.signal, sample, m)) {
          /* Nobody may be there to give it a value. */
          assert_false(next_modality(&w, &subjects[s], m) == m && has(&w, sample, m) &&
                       !ops_of(&subjects[s])->donors);
          continue;
        }
        struct fray_signal x = signal_world_damaged(&w, d.signal, sample, m);
        struct fray_signal clean = signal_world_value(&w, sample, m);
        if (m == subjects[s].modality)
          moved += signal_world_distance(&x, &clean);
        check_shape(&w, &subjects[s], m, &x, &clean);
      }
    if (!(moved > 0))
      fail_msg("%s changes nothing", yaml);
  }
  signal_world_free(&w);
}

/* Values of one number, silence, constants, extremes of the range. */
static void odd_values_survive(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < n_subjects; s++) {
    struct fray_damage d =
        signal_world_corrupt(&w, &p, 8, yaml_of(&w, &subjects[s], subjects[s].strong, ""), NULL);
    for (size_t m = next_modality(&w, &subjects[s], 0); m < SIGNAL_MODALITIES;
         m = next_modality(&w, &subjects[s], m + 1))
      for (size_t k = 0; k < SIGNAL_ODD; k++) {
        struct fray_signal x = signal_world_odd(&w, k, m), clean = signal_world_odd(&w, k, m);
        signal_world_damage(&w, d.signal, k, m, &x);
        check_shape(&w, &subjects[s], m, &x, &clean);
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
  for (size_t s = 0; s < n_subjects; s++)
    for (size_t f = 0; f < 3; f++) {
      const size_t m = subjects[s].modality;
      uint8_t before[SIGNAL_SAMPLES] = {0}, now[SIGNAL_SAMPLES], able[SIGNAL_SAMPLES];
      const char *all =
          yaml_of(&w, &subjects[s], subjects[s].strong, modality_key(&w, &subjects[s]));
      struct fray_damage whole = signal_world_corrupt(&w, &p, 11, all, NULL);
      /* Who has nobody to give it a value cannot be hit, and is not counted. */
      const size_t n_able = count_hits(whole.signal, m, able);
      assert_true(looks_at_others(&subjects[s]) ? n_able >= SIGNAL_SAMPLES / 3
                  : m >= SOUND                  ? n_able == SIGNAL_SAMPLES * 9 / 10
                                                : n_able == SIGNAL_SAMPLES);
      for (size_t r = 0; r < FRAY_COUNT(rates); r++) {
        const char *more = fray_arena_printf(&w.arena, ", rate: %g%s%s", rates[r], forms[f],
                                             modality_key(&w, &subjects[s]));
        struct fray_realised realised;
        struct fray_damage d = signal_world_corrupt(
            &w, &p, 11, yaml_of(&w, &subjects[s], subjects[s].strong, more), &realised);
        const size_t hit = count_hits(d.signal, m, now);
        const double n = (double)realised.eligible, q = rates[r];
        assert_int_equal(hit, realised.hit);
        assert_int_equal(realised.eligible, n_able);
        if (f == 0)
          assert_true(fabs((double)hit / n - q) <= 5 * sqrt(q * (1 - q) / n));
        if (f == 1)
          assert_int_equal(hit, (size_t)floor(q * n + 1e-9));
        for (size_t i = 0; i < SIGNAL_SAMPLES; i++) {
          assert_true(before[i] <= now[i]);
          if (f == 2 && i >= SIGNAL_CLIENTS && able[i] && able[i - SIGNAL_CLIENTS])
            assert_int_equal(now[i], now[i - SIGNAL_CLIENTS]); /* of the same client */
        }
        memcpy(before, now, sizeof now);
      }
    }
  signal_world_free(&w);
}

/* Mean distance from the clean values over the samples that are shown. */
static double mean_distance(struct signal_world *w, const struct fray_signal_plan *plan, size_t m) {
  double sum = 0;
  for (size_t sample = 0; sample < SHOWN; sample++) {
    struct fray_signal clean = signal_world_value(w, sample, m);
    struct fray_signal x = signal_world_damaged(w, plan, sample, m);
    sum += has(w, sample, m) ? signal_world_distance(&x, &clean) : 0;
  }
  return sum / SHOWN;
}

/* More is more, number by number, since the draws do not depend on the strength. */
static void moves_at_least_as_far(struct signal_world *w, const struct subject *s,
                                  const struct fray_signal_plan *weak,
                                  const struct fray_signal_plan *strong, size_t m) {
  for (size_t sample = 0; sample < SHOWN; sample++) {
    struct fray_signal clean = signal_world_value(w, sample, m);
    struct fray_signal x = signal_world_damaged(w, weak, sample, m);
    struct fray_signal y = signal_world_damaged(w, strong, sample, m);
    if (x.text)
      assert_true(signal_world_distance(&x, &clean) <= signal_world_distance(&y, &clean));
    for (size_t i = 0; x.x && i < signal_world_size(&x); i++)
      if (!(fabsf(x.x[i] - clean.x[i]) <= fabsf(y.x[i] - clean.x[i]) + 1e-6f))
        fail_msg("%s: sample %zu, value %zu", s->kind, sample, i);
  }
}

/* Severities grow in each table, where the kind says that they do. A mean over other values than
 * those that the table was made for may stall where blocks or angles happen to fit them. */
static void severities_grow(struct signal_world *w, const struct fray_population *p,
                            const struct subject *s, size_t m) {
  const double stall = ops_of(s)->grows == FRAY_GROWS_EACH ? 1 : 0.9;
  double last = 0, first = 0;
  for (int level = 1; ops_of(s)->levels && level <= 5; level++) {
    const char *keys = fray_arena_printf(&w->arena, "severity: %d", level);
    struct fray_damage d = signal_world_corrupt(w, p, 8, yaml_of(w, s, keys, ""), NULL);
    const double far = mean_distance(w, d.signal, m);
    if (!(far >= stall * last) || (level == 5 && !(far > first)))
      fail_msg("%s: severity %d moves %s by %g, the one before by %g", s->kind, level,
               w->dataset.modality[m].name, far, last);
    first = level == 1 ? far : first;
    last = far;
  }
}

/* What a kind declares of more strength holds; nothing is asked of those that declare nothing. */
static void damage_grows(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < n_subjects; s++) {
    const struct subject *subject = &subjects[s];
    if (ops_of(subject)->grows == FRAY_GROWS_NOT || !ops_of(subject)->strength)
      continue;
    struct fray_damage a =
        signal_world_corrupt(&w, &p, 8, yaml_of(&w, subject, subject->weak, ""), NULL);
    struct fray_damage b =
        signal_world_corrupt(&w, &p, 8, yaml_of(&w, subject, subject->strong, ""), NULL);
    for (size_t m = next_modality(&w, subject, 0); m < SIGNAL_MODALITIES;
         m = next_modality(&w, subject, m + 1)) {
      const double weak = mean_distance(&w, a.signal, m), strong = mean_distance(&w, b.signal, m);
      if (!(weak <= strong && strong > 0))
        fail_msg("%s: %s moves by %g, and by %g where it is stronger", subject->kind,
                 w.dataset.modality[m].name, weak, strong);
      if (signal_world_nests(&w, yaml_of(&w, subject, subject->weak, "")) & FRAY_NESTS_VALUE)
        moves_at_least_as_far(&w, subject, a.signal, b.signal, m);
      severities_grow(&w, &p, subject, m);
    }
  }
  signal_world_free(&w);
}

/* Strength and turned keys of a severity, as a row of its table has them; "" where further
 * parameters are no keys. */
static const char *keys_of_severity(struct signal_world *w, const struct subject *s, size_t m,
                                    size_t level) {
  const struct fray_choice *kind = fray_choice_find(&fray_corruptions, s->kind);
  const struct fray_signal_ops *ops = ops_of(s);
  const struct fray_levels *row = fray_signal_levels(ops, &w->dataset.modality[m], NULL);
  size_t n, columns = 0;
  const struct fray_turn *turn = fray_corruption_turns(kind, &n);
  const char *out = fray_arena_printf(&w->arena, "%s: %.17g", fray_corruption_strength(kind).key,
                                      row->level[level - 1]);
  for (size_t k = 0; k < n; k++) {
    if (!turn[k].column)
      continue;
    columns++;
    const double value = row->more[(level - 1) * ops->n_more + turn[k].column - 1];
    out = fray_arena_printf(&w->arena, "%s, %s: %.17g", out, turn[k].key, value);
  }
  return columns == ops->n_more ? out : "";
}

/* A severity is the strength and the keys that its table says: so whoever searches them within the
 * severities searches nothing else. */
static void severities_are_keys(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, false, 0);
  size_t held = 0;
  for (size_t s = 0; s < n_subjects; s++) {
    if (!ops_of(&subjects[s])->n_more || *subjects[s].more)
      continue;
    for (size_t m = next_modality(&w, &subjects[s], 0); m < SIGNAL_MODALITIES;
         m = next_modality(&w, &subjects[s], m + 1))
      for (size_t level = 1; level <= 5; level++) {
        const char *keys = keys_of_severity(&w, &subjects[s], m, level);
        struct fray_realised r;
        if (!*keys)
          continue;
        struct fray_damage by_name = signal_world_corrupt(
            &w, &p, 7,
            yaml_of(&w, &subjects[s], fray_arena_printf(&w.arena, "severity: %zu", level), ""), &r);
        struct fray_damage by_keys =
            signal_world_corrupt(&w, &p, 7, yaml_of(&w, &subjects[s], keys, ""), &r);
        for (size_t i = 0; i < 3; i++) {
          struct fray_signal a = signal_world_damaged(&w, by_name.signal, i, m);
          struct fray_signal b = signal_world_damaged(&w, by_keys.signal, i, m);
          held++;
          if (!same_bytes(&a, &b))
            fail_msg("%s: severity %zu of %s is not {%s}", subjects[s].kind, level,
                     w.dataset.modality[m].name, keys);
        }
      }
  }
  assert_true(FAMILY != FAMILY_IMAGE || held > 0);
  signal_world_free(&w);
}

/* redraw: epoch is the one exception: whom it hits stays, the numbers change with the epoch. */
static void epochs_redraw_where_asked(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < n_subjects; s++)
    for (int anew = 0; anew < 2; anew++) {
      if (ops_of(&subjects[s])->fixed || ops_of(&subjects[s])->donors)
        continue; /* the key is refused */
      const size_t m = subjects[s].modality;
      const char *more = anew ? ", redraw: epoch, rate: 0.5" : ", rate: 0.5";
      struct fray_damage d = signal_world_corrupt(
          &w, &p, 8, yaml_of(&w, &subjects[s], subjects[s].strong, more), NULL);
      const struct fray_signal_plan first = fray_signal_plan_at(d.signal, 1),
                                    second = fray_signal_plan_at(d.signal, 2);
      size_t differ = 0;
      for (size_t sample = 0; sample < SHOWN; sample++) {
        assert_true((fray_signal_key(&first, sample, m) != 0) ==
                    (fray_signal_key(&second, sample, m) != 0));
        if (!fray_signal_key(&first, sample, m))
          continue;
        struct fray_signal x = signal_world_damaged(&w, &first, sample, m);
        struct fray_signal y = signal_world_damaged(&w, &second, sample, m);
        struct fray_signal again = signal_world_damaged(&w, &second, sample, m);
        assert_true(same_bytes(&y, &again));
        differ += !same_bytes(&x, &y);
        assert_int_equal(fray_signal_key(&first, sample, m) == fray_signal_key(&second, sample, m),
                         !anew);
        assert_int_equal(fray_signal_redraws(&first, sample, m), anew);
        assert_false(fray_signal_redraws(d.signal, sample, m));
      }
      assert_int_equal(differ > 0, anew);
    }
  signal_world_free(&w);
}

/* The damage of a ledger, on a population that has none. */
static struct fray_damage replayed(struct signal_world *w, const struct fray_population *p,
                                   struct fray_text *text) {
  struct fray_damage again;
  struct fray_err err = {0};
  assert_int_equal(fray_damage_start(p, &w->arena, &again, &err), FRAY_OK);
  assert_int_equal(
      fray_signal_plan_start(p, &fray_corruption_table, &w->arena, &again.signal, &err), FRAY_OK);
  if (fray_ledger_parse("ledger.csv", text->data, text->size, p, &again, NULL, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  signal_world_lend(w, &again);
  return again;
}

/* A ledger holds what it takes to damage each value again, under another seed too. */
static void ledgers_replay_exactly(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < n_subjects; s++) {
    const char *keys[] = {subjects[s].strong, "severity: 3", subjects[s].strong};
    for (size_t k = 0; k < FRAY_COUNT(keys); k++) {
      const struct fray_signal_ops *ops = ops_of(&subjects[s]);
      struct fray_text text = {0};
      struct fray_err err = {0};
      if ((k == 1 && !ops->levels) || (k == 2 && (ops->fixed || ops->donors)))
        continue;
      const char *more =
          fray_arena_printf(&w.arena, ", rate: 0.4%s", k == 2 ? per_client(&subjects[s]) : "");
      struct fray_damage d =
          signal_world_corrupt(&w, &p, 8, yaml_of(&w, &subjects[s], keys[k], more), NULL);
      fray_ledger_text(&p, &d, &text);
      struct fray_damage again = replayed(&w, &p, &text);
      for (size_t sample = 0; sample < SHOWN; sample++)
        for (size_t m = next_modality(&w, &subjects[s], 0); m < SIGNAL_MODALITIES;
             m = next_modality(&w, &subjects[s], m + 1)) {
          assert_true((fray_signal_key(d.signal, sample, m) != 0) ==
                      (fray_signal_key(again.signal, sample, m) != 0));
          struct fray_signal x = signal_world_damaged(&w, d.signal, sample, m);
          struct fray_signal y = signal_world_damaged(&w, again.signal, sample, m);
          if (!same_bytes(&x, &y))
            fail_msg("%s %s: sample %zu is not replayed", subjects[s].kind, keys[k], sample);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_of_signal_is_tested),
      cmocka_unit_test(usual_kinds_ask_for_nothing),
      cmocka_unit_test(neutral_is_identity),
      cmocka_unit_test(same_stream_same_bytes),
      cmocka_unit_test(clients_share_what_they_are_told_to),
      cmocka_unit_test(shape_and_range_are_kept),
      cmocka_unit_test(odd_values_survive),
      cmocka_unit_test(rates_are_met_and_nest),
      cmocka_unit_test(damage_grows),
      cmocka_unit_test(severities_are_keys),
      cmocka_unit_test(epochs_redraw_where_asked),
      cmocka_unit_test(ledgers_replay_exactly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
