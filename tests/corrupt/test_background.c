/* Sounds of the user's own in the background: which piece is heard and how loud, what is refused,
 * and that what files hold counts and not where they lie. */
#include "audio_fixtures.h"

#include "corrupt/audio/tools/sound_pool.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/corrupt/ledger.h"
#include "signal_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOUNDS FRAY_SOURCE_DIR "/tests/fixtures/sounds"
#define HISS SOUNDS "/hiss.wav"
#define FALL SOUNDS "/far/fall.wav"

static const float *pool_sound(const char *path, size_t k, size_t *n) {
  struct fray_sound_pool *pool;
  struct fray_err err = {0};
  const float *x = NULL;
  if (fray_sound_pool_open(path, &pool, &err) != FRAY_OK ||
      fray_sound_pool_get(pool, k, RATE, &x, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return x;
}

/* In order of paths, at the rate that is asked for, of one channel: the second has a third. */
static void pools_hold_what_folders_hold(void **state) {
  (void)state;
  struct fray_sound_pool *all, *same, *one;
  struct fray_err err = {0};
  size_t n, m;
  assert_int_equal(fray_sound_pool_open(SOUNDS, &all, &err), FRAY_OK);
  assert_int_equal(fray_sound_pool_open(SOUNDS "/.", &same, &err), FRAY_OK);
  assert_int_equal(fray_sound_pool_open(HISS, &one, &err), FRAY_OK);
  assert_int_equal(fray_sound_pool_size(all), 2);
  assert_int_equal(fray_sound_pool_size(one), 1);
  assert_true(fray_sound_pool_hash(all) == fray_sound_pool_hash(same));
  assert_true(fray_sound_pool_hash(all) != fray_sound_pool_hash(one));
  const float *fall = pool_sound(SOUNDS, 0, &n);
  assert_int_equal(n, 1600);
  const double t = 40.0 / RATE;
  const double tone = 9000 * exp(-20 * t) * sin(2 * M_PI * (1500 - 4000 * t) * t);
  assert_true(fabs((double)fall[40] - tone * 2 / 3 / 32768) < 2e-5);
  pool_sound(SOUNDS, 1, &n);
  assert_int_equal(n, 6000); /* 3000 at half the rate */
  const float *hiss = pool_sound(HISS, 0, &m);
  assert_memory_equal(hiss, pool_sound(SOUNDS, 1, &n), n * sizeof *hiss);
}

/* How well a piece of the sound that begins somewhere, turned around its end, is what was added. */
static double best_match(const float *added, size_t n, const float *x, size_t length,
                         size_t *place) {
  double best = 0;
  for (size_t at = 0; at < length; at++) {
    double xy = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
      const double a = (double)added[i], b = (double)x[(at + i) % length];
      xy += a * b;
      xx += b * b;
      yy += a * a;
    }
    const double match = xy / sqrt(xx * yy);
    if (match > best) {
      best = match;
      *place = at;
    }
  }
  return best;
}

/* A longer sound from within, a shorter one in turns; at the ratio. */
static void a_piece_is_added_at_the_ratio(void **state) {
  (void)state;
  static const char *const paths[] = {HISS, FALL};
  enum { N = 2400 };
  for (size_t k = 0; k < FRAY_COUNT(paths); k++) {
    size_t length, first = 0;
    bool differ = false;
    const float *x = pool_sound(paths[k], 0, &length);
    char yaml[256];
    snprintf(yaml, sizeof yaml, "{kind: background, snr_db: 7, from: %s}", paths[k]);
    for (uint64_t draw = 0; draw < 6; draw++) {
      float clip[N], added[N];
      struct fray_signal sound = audio_sound(clip, N);
      double signal = 0, noise = 0;
      size_t place = 0;
      memcpy(clip, audio_clips() + 2 * RATE + 3000, sizeof clip);
      audio_apply(yaml, &sound, draw);
      for (size_t i = 0; i < N; i++) {
        const double clean = (double)audio_clips()[2 * RATE + 3000 + i];
        added[i] = (float)((double)clip[i] - clean);
        signal += clean * clean;
        noise += (double)added[i] * (double)added[i];
      }
      assert_true(fabs(10 * log10(signal / noise) - 7) < 1e-3);
      assert_true(best_match(added, N, x, length, &place) > .9999);
      if (length > N)
        assert_true(place + N <= length);
      differ |= draw && place != first;
      first = place;
    }
    assert_true(differ);
  }
}

static enum fray_status try_entry(struct signal_world *w, const char *yaml, struct fray_err *err) {
  struct fray_population p = signal_world_population(w, true, 0);
  struct fray_corruption_config entry;
  const struct fray_corruption_config *const entries[] = {&entry};
  struct fray_node *node;
  struct fray_damage damage;
  struct fray_realised realised;
  FRAY_TRY(fray_yaml_parse(yaml, "t.yaml", &w->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_corruption_table, node, "", &entry, &w->arena, err));
  FRAY_TRY(fray_damage_start(&p, &w->arena, &damage, err));
  return fray_corrupt(entries, 1, &p, 1, &w->arena, &damage, &realised, err);
}

static void what_cannot_be_heard_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *keys, *message;
  } cases[] = {
      {"snr_db: 3", "from"},
      {"snr_db: 3, from: " SOUNDS "/none.wav", "none.wav"},
      {"snr_db: 3, from: " SOUNDS "/make_sounds.py", "make_sounds.py: not a readable sound"},
      {"snr_db: 3, from: " FRAY_SOURCE_DIR "/tests/fixtures/corruptions", "holds no sounds"},
      {"snr_db: 3, from: " HISS ", contents: '00'", "they were changed since"},
      {"from: " HISS, "snr_db: kind background needs it"},
  };
  struct signal_world w;
  signal_world_make(&w);
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    char yaml[512];
    struct fray_err err = {0};
    snprintf(yaml, sizeof yaml, "{kind: background, %s}", cases[k].keys);
    if (try_entry(&w, yaml, &err) != FRAY_INPUT || !strstr(err.text, cases[k].message))
      fail_msg("%s: %s", yaml, err.text);
  }
  signal_world_free(&w);
}

/* Two paths to the same bytes do the same, by the same key; other bytes do not. */
static void contents_count_and_not_places(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  const char *const from[] = {SOUNDS, SOUNDS "/far/..", SOUNDS "/far"};
  struct fray_damage d[3];
  for (size_t k = 0; k < 3; k++)
    d[k] = signal_world_corrupt(
        &w, &p, 8, fray_arena_printf(&w.arena, "{kind: background, snr_db: 0, from: %s}", from[k]),
        NULL);
  assert_true(fray_signal_plans_equal(d[0].signal, d[1].signal));
  assert_false(fray_signal_plans_equal(d[0].signal, d[2].signal));
  /* A ledger has the hash; with another one it is refused, by its line. */
  struct fray_text text = {0};
  struct fray_damage again;
  struct fray_err err = {0};
  fray_ledger_text(&p, &d[0], &text);
  char *hash = strstr(text.data, "contents: ");
  assert_non_null(hash);
  hash += strlen("contents: ''") - 1;
  *hash = *hash == '0' ? '1' : '0';
  assert_int_equal(fray_damage_start(&p, &w.arena, &again, &err), FRAY_OK);
  assert_int_equal(
      fray_signal_plan_start(&p, &fray_corruption_table, &w.arena, &again.signal, &err), FRAY_OK);
  assert_int_equal(fray_ledger_parse("l.csv", text.data, text.size, &p, &again, NULL, &err),
                   FRAY_INPUT);
  if (!strstr(err.text, "l.csv:2") || !strstr(err.text, "they were changed since"))
    fail_msg("%s", err.text);
  fray_text_free(&text);
  signal_world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pools_hold_what_folders_hold),
      cmocka_unit_test(a_piece_is_added_at_the_ratio),
      cmocka_unit_test(what_cannot_be_heard_is_refused),
      cmocka_unit_test(contents_count_and_not_places),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
