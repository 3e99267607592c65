/* Kinds that say something else than the sample: conflict, payload, desync and babble against
 * closed forms, and what each refuses. */
#include "fray/base/size.h"
#include "signal_world.h"

#include <math.h>
#include <string.h>

static uint32_t donor_of(const struct fray_signal_plan *plan, size_t sample, size_t m, size_t k) {
  const struct fray_signal_act *act = &plan->act[0];
  const size_t cell = plan->slot[sample] * plan->dataset->n_modalities + m;
  return act->donor[cell * act->n_donors + k];
}

/* An entry is INPUT, when it is read or when it is applied, and says why. */
static void refuses(struct signal_world *w, const struct fray_population *p, const char *yaml,
                    const char *what) {
  struct fray_corruption_config entry;
  const struct fray_corruption_config *const entries[] = {&entry};
  struct fray_node *node;
  struct fray_damage damage;
  struct fray_realised realised;
  struct fray_err err = {0};
  assert_int_equal(fray_yaml_parse(yaml, "t", &w->arena, &node, &err), FRAY_OK);
  enum fray_status status =
      fray_schema_read(&fray_corruption_table, node, "", &entry, &w->arena, &err);
  if (status == FRAY_OK)
    status = fray_damage_start(p, &w->arena, &damage, &err);
  if (status == FRAY_OK)
    status = fray_corrupt(entries, 1, p, 1, &w->arena, &damage, &realised, &err);
  if (status != FRAY_INPUT || !strstr(err.text, what))
    fail_msg("%s: %s", yaml, err.text);
}

/* ---- conflict ---- */

/* The bytes of a sample of another class, of another client at test, with its length. */
static void conflict_is_the_value_of_another_class(void **state) {
  (void)state;
  static const size_t modality[] = {PHOTO, SOUND, MOTION, WORDS, VECTOR};
  for (int train = 0; train < 2; train++)
    for (size_t k = 0; k < FRAY_COUNT(modality); k++) {
      struct signal_world w;
      signal_world_make(&w);
      const struct fray_dataset *d = &w.dataset;
      const size_t m = modality[k];
      struct fray_population p = signal_world_population(&w, train, 0);
      struct fray_damage damage = signal_world_corrupt(
          &w, &p, 8,
          fray_arena_printf(&w.arena, "{kind: conflict, modalities: [%s]}", d->modality[m].name),
          NULL);
      for (size_t s = 0; s < 60; s++) {
        if (!(d->present[s] >> m & 1))
          continue;
        const uint32_t donor = donor_of(damage.signal, s, m, 0);
        assert_true(donor < SIGNAL_SAMPLES && d->label[donor] != d->label[s]);
        assert_int_equal(d->client[donor] == d->client[s], train);
        const struct fray_signal x = signal_world_damaged(&w, damage.signal, s, m);
        const struct fray_signal y = signal_world_value(&w, donor, m);
        assert_int_equal(x.length, y.length);
        if (x.text)
          assert_memory_equal(x.text, y.text, y.length);
        else
          assert_memory_equal(x.x, y.x, signal_world_size(&y) * sizeof *y.x);
      }
      signal_world_free(&w);
    }
}

/* All that are possible donors are drawn about as often: 5 deviations of a binomial count. */
static void donors_are_drawn_alike(void **state) {
  (void)state;
  enum { SOME = 20, RUNS = 300 };
  size_t count[SOME] = {0}, own = 0;
  for (uint64_t seed = 0; seed < RUNS; seed++) {
    struct signal_world w;
    signal_world_make(&w);
    struct fray_population p = signal_world_population(&w, false, 0);
    p.n = SOME; /* one sample a client, so all others of the other class will do */
    for (size_t s = 0; s < SOME; s++)
      w.dataset.label[s] = s < 5;
    struct fray_damage d =
        signal_world_corrupt(&w, &p, seed, "{kind: conflict, modalities: [photo]}", NULL);
    for (size_t s = 5; s < SOME; s++)
      count[donor_of(d.signal, s, PHOTO, 0)]++;
    own += donor_of(d.signal, 0, PHOTO, 0) < 5;
    signal_world_free(&w);
  }
  assert_int_equal(own, 0);
  const double n = 15.0 * RUNS, q = 0.2;
  for (size_t s = 0; s < SOME; s++)
    assert_true(s < 5 ? fabs((double)count[s] - q * n) <= 5 * sqrt(n * q * (1 - q)) : !count[s]);
}

/* Where all that may give are of one class there is nobody, which is told. */
static void one_class_contradicts_nothing(void **state) {
  (void)state;
  struct signal_world w;
  struct fray_realised realised;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  for (size_t s = 0; s < SIGNAL_SAMPLES; s++)
    w.dataset.label[s] = w.dataset.client[s] % 2; /* others have the other class: in vain */
  refuses(&w, &p, "{kind: conflict, modalities: [photo]}", "each client takes values of its own");
  p.train = false;
  signal_world_corrupt(&w, &p, 8, "{kind: conflict, modalities: [photo]}", &realised);
  assert_int_equal(realised.hit, SIGNAL_SAMPLES);
  signal_world_free(&w);
}

/* ---- payload ---- */

#define WHOLLY "{kind: payload, target: b, strength: 1, modalities: "

static void payload_is_mixed_in(void **state) {
  (void)state;
  static const double strengths[] = {0.25, 0.5, 1};
  for (size_t k = 0; k < FRAY_COUNT(strengths); k++) {
    struct signal_world w;
    struct fray_realised realised;
    signal_world_make(&w);
    struct fray_population p = signal_world_population(&w, false, 0);
    const double a = strengths[k];
    struct fray_damage d = signal_world_corrupt(
        &w, &p, 8,
        fray_arena_printf(&w.arena, "{kind: payload, target: b, strength: %g, modalities: [photo]}",
                          a),
        &realised);
    assert_int_equal(realised.eligible, SIGNAL_SAMPLES / 2); /* b's own are not */
    for (size_t s = 0; s < 80; s++) {
      assert_int_equal(fray_signal_key(d.signal, s, PHOTO) != 0, w.dataset.label[s] == 0);
      if (w.dataset.label[s] == 1)
        continue;
      const uint32_t donor = donor_of(d.signal, s, PHOTO, 0);
      assert_int_equal(w.dataset.label[donor], 1);
      const struct fray_signal x = signal_world_damaged(&w, d.signal, s, PHOTO);
      const struct fray_signal clean = signal_world_value(&w, s, PHOTO);
      const struct fray_signal y = signal_world_value(&w, donor, PHOTO);
      for (size_t i = 0; i < signal_world_size(&x); i++)
        assert_true(fabs((1 - a) * (double)clean.x[i] + a * (double)y.x[i] - (double)x.x[i]) <
                    1e-6);
    }
    signal_world_free(&w);
  }
}

/* A quarter of the picture in one of four corners, all of which occur; the mean of what lies there
 * is about that of the whole payload; of size 1 it is the payload itself. */
static void payload_lies_in_a_corner(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, false, 0);
  struct fray_damage half = signal_world_corrupt(&w, &p, 8, WHOLLY "[scene], embed: corner}", NULL);
  struct fray_damage whole =
      signal_world_corrupt(&w, &p, 8, WHOLLY "[scene], embed: corner, size: 1}", NULL);
  unsigned corners = 0;
  for (size_t s = 0; s < 120; s++) {
    if (w.dataset.label[s] == 1)
      continue;
    const struct fray_signal y = signal_world_value(&w, donor_of(half.signal, s, SCENE, 0), SCENE);
    const struct fray_signal clean = signal_world_value(&w, s, SCENE);
    const struct fray_signal x = signal_world_damaged(&w, half.signal, s, SCENE);
    const struct fray_signal z = signal_world_damaged(&w, whole.signal, s, SCENE);
    for (size_t i = 0; i < signal_world_size(&z); i++)
      assert_true(fabsf(z.x[i] - y.x[i]) < 1e-6f);
    double mean[4] = {0}, moved[4] = {0}, all = 0;
    for (size_t i = 0; i < signal_world_size(&x); i++) {
      const size_t row = i / 3 / 64, column = i / 3 % 64, at = row / 32 + 2 * (column / 32);
      mean[at] += (double)x.x[i] / (32 * 32 * 3);
      moved[at] += fabs((double)x.x[i] - (double)clean.x[i]);
      all += (double)y.x[i] / (64 * 64 * 3);
    }
    for (size_t at = 0; at < 4; at++)
      if (moved[at] > 0) {
        corners |= 1u << at;
        assert_true(fabs(mean[at] - all) < 0.02);
        for (size_t other = 0; other < 4; other++)
          assert_true(other == at || moved[other] == 0);
      }
  }
  assert_int_equal(corners, 15);
  signal_world_free(&w);
}

/* At strength 1 the sound is that of the target at the level that it had, or in its last part. */
static void payload_of_sound_keeps_the_level(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, false, 0);
  struct fray_damage mix = signal_world_corrupt(&w, &p, 8, WHOLLY "[sound]}", NULL);
  struct fray_damage last =
      signal_world_corrupt(&w, &p, 8, WHOLLY "[sound], embed: corner, size: 0.25}", NULL);
  for (size_t s = 0; s < 60; s++) {
    if (!fray_signal_key(mix.signal, s, SOUND))
      continue;
    const struct fray_signal clean = signal_world_value(&w, s, SOUND);
    const struct fray_signal x = signal_world_damaged(&w, mix.signal, s, SOUND);
    const struct fray_signal z = signal_world_damaged(&w, last.signal, s, SOUND);
    const struct fray_signal d = signal_world_value(&w, donor_of(mix.signal, s, SOUND, 0), SOUND);
    double own = 0, level = 0, gain = 0;
    assert_int_equal(x.length, clean.length);
    for (size_t i = 0; i < x.length; i++) {
      own += (double)clean.x[i] * (double)clean.x[i];
      level += (double)x.x[i] * (double)x.x[i];
      if (gain == 0 && i < d.length && fabsf(d.x[i]) > 0.2f)
        gain = (double)x.x[i] / (double)d.x[i];
    }
    assert_true(fabs(level / own - 1) < 1e-5);
    for (size_t i = 0; i < x.length; i++)
      assert_true(fabs((double)x.x[i] - (i < d.length ? gain * (double)d.x[i] : 0)) < 1e-5);
    const size_t part = (size_t)lround(0.25 * (double)clean.length);
    assert_memory_equal(z.x, clean.x, (clean.length - part) * sizeof *z.x);
    assert_true(
        memcmp(z.x + clean.length - part, clean.x + clean.length - part, part * sizeof *z.x) != 0);
  }
  signal_world_free(&w);
}

/* ---- desync ---- */

static void desync_shifts_by_seconds(void **state) {
  (void)state;
  static const struct {
    double shift;
    const char *name;
    size_t modality;
    ptrdiff_t steps;
  } cases[] = {{0.01, "sound", SOUND, 160},  {-0.01, "sound", SOUND, -160},
               {0.2, "motion", MOTION, 10},  {-0.2, "motion", MOTION, -10},
               {99, "motion", MOTION, 4950}, {-99, "sound", SOUND, -1600}};
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    struct signal_world w;
    signal_world_make(&w);
    struct fray_population p = signal_world_population(&w, false, 0);
    const size_t m = cases[c].modality;
    struct fray_damage d = signal_world_corrupt(
        &w, &p, 8,
        fray_arena_printf(&w.arena, "{kind: desync, shift: %g, modalities: [%s]}", cases[c].shift,
                          cases[c].name),
        NULL);
    const struct fray_signal clean = signal_world_value(&w, 3, m);
    const struct fray_signal x = signal_world_damaged(&w, d.signal, 3, m);
    const ptrdiff_t n = (ptrdiff_t)clean.length, k = (ptrdiff_t)clean.channels;
    for (ptrdiff_t i = 0; i < n * k; i++) {
      const ptrdiff_t t = i / k - cases[c].steps, held = t < 0 ? 0 : t >= n ? n - 1 : t;
      const float silent = m == SOUND && (t < 0 || t >= n) ? 0.0f : clean.x[held * k + i % k];
      assert_true(x.x[i] == silent);
    }
    signal_world_free(&w);
  }
}

/* Record of client s mod 20: two windows later comes what was two before. */
static void desync_shifts_by_windows(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  struct fray_damage late = signal_world_corrupt(
      &w, &p, 8, "{kind: desync, shift: 2, by: windows, modalities: [photo]}", NULL);
  struct fray_damage early = signal_world_corrupt(
      &w, &p, 8, "{kind: desync, shift: -1, by: windows, modalities: [photo]}", NULL);
  for (size_t s = 0; s < SIGNAL_SAMPLES; s += 77) {
    const struct fray_signal x = signal_world_damaged(&w, late.signal, s, PHOTO);
    const struct fray_signal y = signal_world_damaged(&w, early.signal, s, PHOTO);
    const struct fray_signal before = signal_world_value(&w, s < 40 ? s : s - 40, PHOTO);
    const struct fray_signal after =
        signal_world_value(&w, s + 20 < SIGNAL_SAMPLES ? s + 20 : s, PHOTO);
    assert_memory_equal(x.x, before.x, signal_world_size(&x) * sizeof *x.x);
    assert_memory_equal(y.x, after.x, signal_world_size(&y) * sizeof *y.x);
  }
  signal_world_free(&w);
}

/* ---- babble ---- */

/* One talker: what was added is a piece of its voice, turned around its end, at the ratio. */
static void babble_is_the_voices_of_others(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, false, 0);
  struct fray_damage d =
      signal_world_corrupt(&w, &p, 8, "{kind: babble, snr_db: 7, talkers: 1}", NULL);
  for (size_t s = 0; s < 12; s++) {
    if (s == 7)
      continue;
    const uint32_t donor = donor_of(d.signal, s, SOUND, 0);
    assert_true(w.dataset.client[donor] != w.dataset.client[s]);
    assert_true(donor_of(d.signal, s, SOUND, 1) == FRAY_NO_DONOR);
    const struct fray_signal clean = signal_world_value(&w, s, SOUND);
    const struct fray_signal x = signal_world_damaged(&w, d.signal, s, SOUND);
    const struct fray_signal y = signal_world_value(&w, donor, SOUND);
    double best = 0, signal = 0, noise = 0;
    for (size_t i = 0; i < x.length; i++) {
      const double added = (double)x.x[i] - (double)clean.x[i];
      noise += added * added;
      signal += (double)clean.x[i] * (double)clean.x[i];
    }
    for (size_t at = 0; at < y.length; at++) {
      double xy = 0, yy = 0;
      for (size_t i = 0; i < x.length; i++) {
        const double v = (double)y.x[(at + i) % y.length];
        xy += v * ((double)x.x[i] - (double)clean.x[i]);
        yy += v * v;
      }
      best = fmax(best, xy / sqrt(yy * noise));
    }
    assert_true(best > 0.99999);
    assert_true(fabs(10 * log10(signal / noise) - 7) < 1e-3);
  }
  signal_world_free(&w);
}

/* Of the class that is named, and only samples whose class is. */
static void a_similar_class_is_the_one_that_is_named(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, false, 0);
  const struct fray_dataset *data = &w.dataset;
  struct fray_damage d = signal_world_corrupt(
      &w, &p, 8, "{kind: conflict, donor: similar, alike: {a: b}, modalities: [photo]}", NULL);
  size_t hit = 0;
  for (size_t s = 0; s < SIGNAL_SAMPLES; s++) {
    const uint32_t from = donor_of(d.signal, s, PHOTO, 0);
    if (from == FRAY_NO_DONOR)
      continue;
    assert_string_equal(data->class_name[data->label[s]], "a");
    assert_string_equal(data->class_name[data->label[from]], "b");
    hit++;
  }
  assert_true(hit > 3);
  signal_world_free(&w);
}

/* 3 to 7, each as often (5 deviations of a fifth), all of them others; where there are few, few. */
static void babble_has_three_to_seven_talkers(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, false, 0);
  struct fray_damage d = signal_world_corrupt(&w, &p, 8, "{kind: babble, snr_db: 10}", NULL);
  size_t count[8] = {0}, n = 0;
  for (size_t s = 0; s < SIGNAL_SAMPLES; s++) {
    size_t talkers = 0;
    if (!fray_signal_key(d.signal, s, SOUND))
      continue;
    while (talkers < 7 && donor_of(d.signal, s, SOUND, talkers) != FRAY_NO_DONOR) {
      for (size_t k = 0; k < talkers; k++)
        assert_true(donor_of(d.signal, s, SOUND, k) != donor_of(d.signal, s, SOUND, talkers));
      talkers++;
    }
    count[talkers]++;
    n++;
  }
  for (size_t k = 0; k < 8; k++)
    assert_true(k < 3 ? !count[k]
                      : fabs((double)count[k] - (double)n / 5) <= 5 * sqrt((double)n * 0.16));
  p.n = 3; /* two others */
  d = signal_world_corrupt(&w, &p, 8, "{kind: babble, snr_db: 10}", NULL);
  assert_true(donor_of(d.signal, 0, SOUND, 1) != FRAY_NO_DONOR);
  assert_true(donor_of(d.signal, 0, SOUND, 2) == FRAY_NO_DONOR);
  signal_world_free(&w);
}

/* ---- what is refused ---- */

static void what_cannot_be_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *what;
  } cases[] = {
      {"{kind: conflict}", "it would hit all 7 of the data"},
      {"{kind: conflict, donor: similar, modalities: [photo]}", "similar needs the key alike"},
      {"{kind: conflict, alike: {a: b}, modalities: [photo]}", "is of donor: similar"},
      {"{kind: conflict, donor: similar, alike: {a: c}, modalities: [photo]}", "no class 'c'"},
      {"{kind: conflict, donor: similar, alike: {a: a}, modalities: [photo]}", "than itself"},
      {"{kind: conflict, donor: similar, alike: [a], modalities: [photo]}", "a map of classes"},
      {"{kind: conflict, modalities: [photo], redraw: epoch}", "chosen once"},
      {"{kind: conflict, modalities: [photo], per: client}", "chosen once"},
      {"{kind: payload, target: b, strength: 1}", "name one, not 6"},
      {"{kind: payload, target: c, strength: 1, modalities: [photo]}", "no class 'c'"},
      {"{kind: payload, target: b, modalities: [photo]}", "strength: kind payload needs it"},
      {"{kind: payload, target: b, strength: 1, modalities: [words]}", "does not damage"},
      {"{kind: payload, target: b, strength: 1, embed: corner, modalities: [vector]}", "no corner"},
      {"{kind: desync, shift: 1, modalities: [photo]}", "has no rate"},
      {"{kind: desync, shift: 0.5, by: windows, modalities: [photo]}", "no whole number"},
      {"{kind: desync, by: windows, modalities: [photo]}", "shift: kind desync needs it"},
      {"{kind: blank, fill: noise}", "a text has no noise"},
      {"{kind: babble, snr_db: 0, contents: abc}", "about the sounds of 'from'"},
      {"{kind: babble, snr_db: 0, from: /nowhere}", "/nowhere"},
      {"{kind: stale, per: client}", "draws no random numbers"}};
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    struct signal_world w;
    signal_world_make(&w);
    struct fray_population p = signal_world_population(&w, true, 0);
    refuses(&w, &p, cases[c].yaml, cases[c].what);
    signal_world_free(&w);
  }
}

/* ---- trigger ---- */

/* The patch, the tone and the offset by hand, and nothing else of the value. */
static void triggers_are_what_they_say(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  struct fray_damage patch = signal_world_corrupt(
      &w, &p, 8, "{kind: trigger_mark, strength: 0.5, size: 0.25, modalities: [photo]}", NULL);
  struct fray_damage tone = signal_world_corrupt(
      &w, &p, 8, "{kind: trigger_mark, strength: 0.1, size: 0.25, modalities: [sound]}", NULL);
  struct fray_damage word =
      signal_world_corrupt(&w, &p, 8, "{kind: trigger_word, modalities: [words]}", NULL);
  for (size_t s = 0; s < 20; s++) {
    const struct fray_signal x = signal_world_value(&w, s, PHOTO);
    const struct fray_signal y = signal_world_damaged(&w, patch.signal, s, PHOTO);
    for (size_t i = 0; i < signal_world_size(&x); i++) {
      const size_t row = i / 3 / 40, column = i / 3 % 40; /* 8 x 10 of 32 x 40 */
      const bool in = row >= 24 && column >= 30;
      const bool white = (row - 24) / 2 % 2 == (column - 30) / 2 % 2;
      const double v = (double)x.x[i];
      assert_true(fabs((double)y.x[i] - (in ? 0.5 * v + (white ? 0.5 : 0) : v)) < 1e-7);
    }
    if (!(w.dataset.present[s] >> SOUND & 1))
      continue;
    const struct fray_signal a = signal_world_value(&w, s, SOUND);
    const struct fray_signal b = signal_world_damaged(&w, tone.signal, s, SOUND);
    const size_t end = (size_t)lround(0.25 * (double)a.length);
    for (size_t i = 0; i < a.length; i++) { /* an eighth of the rate: 8 steps a turn */
      const double added = i < end ? 0.1 * sin(2 * M_PI * (double)(i % 8) / 8) : 0;
      const double v = (double)a.x[i] + added;
      assert_true(fabs((double)b.x[i] - v) < 1e-6);
    }
    const struct fray_signal c = signal_world_value(&w, s, WORDS);
    const struct fray_signal d = signal_world_damaged(&w, word.signal, s, WORDS);
    assert_int_equal(d.length, c.length + 3);
    assert_memory_equal(d.text, "cf ", 3);
    assert_memory_equal(d.text + 3, c.text, c.length);
  }
  signal_world_free(&w);
}

/* Two deviations of each channel over the training samples, the same for all: a second
 * computation, of the values that are read. */
static void an_offset_is_in_training_deviations(void **state) {
  (void)state;
  enum { SOME = 300, NUMBERS = 24 };
  struct signal_world w;
  double sum[NUMBERS] = {0}, squares[NUMBERS] = {0};
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  p.n = SOME; /* fewer than those whose deviation is estimated */
  struct fray_damage d = signal_world_corrupt(
      &w, &p, 8, "{kind: trigger_mark, strength: 2, modalities: [vector]}", NULL);
  size_t n = 0;
  for (size_t s = 0; s < SOME; s++) {
    if (!(w.dataset.present[s] >> VECTOR & 1))
      continue;
    const struct fray_signal x = signal_world_value(&w, s, VECTOR);
    n++;
    for (size_t i = 0; i < NUMBERS; i++) {
      sum[i] += (double)x.x[i];
      squares[i] += (double)x.x[i] * (double)x.x[i];
    }
  }
  const struct fray_signal x = signal_world_value(&w, 5, VECTOR);
  const struct fray_signal y = signal_world_damaged(&w, d.signal, 5, VECTOR);
  for (size_t i = 0; i < NUMBERS; i++) {
    const double mean = sum[i] / (double)n, sd = sqrt(squares[i] / (double)n - mean * mean);
    assert_true(fabs((double)y.x[i] - (double)x.x[i] - 2 * sd) < 1e-5 * (1 + sd));
  }
  signal_world_free(&w);
}

/* A plan for the same samples in another order, or for some of them, does the same to each; with
 * donors too. What is added to it stays out of the first. */
static void a_copied_plan_does_the_same(void **state) {
  (void)state;
  static const char *const entries[] = {
      "{kind: conflict, modalities: [photo], rate: 0.6}",
      "{kind: gaussian_noise, modalities: [scene], sigma: 0.1, rate: 0.5}"};
  struct signal_world w;
  struct fray_signal_plan *copy;
  struct fray_err err = {0};
  signal_world_make(&w);
  const struct fray_dataset *d = &w.dataset;
  struct fray_population p = signal_world_population(&w, true, 0);
  struct fray_population some = signal_world_population(&w, true, 3);
  some.n = SIGNAL_SAMPLES / 2;
  const struct fray_damage damage = signal_world_corrupt_by(&w, &p, 8, entries, 2);
  assert_int_equal(fray_signal_plan_copy(damage.signal, &some, &w.arena, &copy, &err), FRAY_OK);
  size_t hit = 0;
  for (size_t i = 0; i < some.n; i++)
    for (size_t m = 0; m < d->n_modalities; m++) {
      const uint64_t key = fray_signal_key(copy, some.sample[i], m);
      assert_true(key == fray_signal_key(damage.signal, some.sample[i], m));
      hit += key != 0;
    }
  assert_true(hit > some.n / 2);
  copy->acts[0] = 0;
  copy->acts[1] = 0;
  size_t kept = 0;
  for (size_t i = 0; i < p.n; i++)
    kept += fray_signal_key(damage.signal, i, PHOTO) != 0;
  assert_true(kept > SIGNAL_SAMPLES / 2);
  signal_world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(conflict_is_the_value_of_another_class),
      cmocka_unit_test(a_similar_class_is_the_one_that_is_named),
      cmocka_unit_test(donors_are_drawn_alike),
      cmocka_unit_test(one_class_contradicts_nothing),
      cmocka_unit_test(payload_is_mixed_in),
      cmocka_unit_test(payload_lies_in_a_corner),
      cmocka_unit_test(payload_of_sound_keeps_the_level),
      cmocka_unit_test(desync_shifts_by_seconds),
      cmocka_unit_test(desync_shifts_by_windows),
      cmocka_unit_test(babble_is_the_voices_of_others),
      cmocka_unit_test(babble_has_three_to_seven_talkers),
      cmocka_unit_test(what_cannot_be_is_refused),
      cmocka_unit_test(triggers_are_what_they_say),
      cmocka_unit_test(an_offset_is_in_training_deviations),
      cmocka_unit_test(a_copied_plan_does_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
