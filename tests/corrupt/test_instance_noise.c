/* Labels that are wrong by what samples look like, against rows and bounds that were made elsewhere
 * (numpy, scipy), and what the draws must obey. */
#include "world.h"

#include "fray/h5/h5.h"
#include "instance_law.h"
#include "label_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 40, S = 12, K = 5 };

static void read_set(fray_h5 file, const char *name, enum fray_h5_type type, void *out, size_t n) {
  char path[128];
  struct fray_err err = {0};
  snprintf(path, sizeof path, "exact/instance_dependent/%s", name);
  if (fray_h5_read(file, path, type, out, n, &err) != FRAY_OK)
    fail_msg("%s: %s", path, err.text);
}

static void compare(const char *path) {
  double x[N * S], w[K * S * K], q[N], want[N * K], quantile[5 * 5], mean[5], p[K];
  int64_t y[N];
  static const double rates[] = {.05, .1, .2, .3, .45}, at[] = {.01, .1, .5, .9, .99};
  fray_h5 file = -1;
  struct fray_err err = {0};
  if (fray_h5_open(path, &file, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  read_set(file, "x", FRAY_H5_F64, x, N * S);
  read_set(file, "W", FRAY_H5_F64, w, K * S * K);
  read_set(file, "q", FRAY_H5_F64, q, N);
  read_set(file, "P", FRAY_H5_F64, want, N * K);
  read_set(file, "y", FRAY_H5_I64, y, N);
  read_set(file, "truncnorm_quantiles", FRAY_H5_F64, quantile, 25);
  read_set(file, "truncnorm_mean", FRAY_H5_F64, mean, 5);
  assert_int_equal(fray_h5_close(file, &err), FRAY_OK);
  for (size_t i = 0; i < N; i++) {
    fray_instance_row(x + i * S, S, w + (size_t)y[i] * S * K, (size_t)y[i], q[i], K, p);
    for (size_t j = 0; j < K; j++)
      assert_near(p[j], want[i * K + j], 1e-10);
  }
  for (size_t e = 0; e < 5; e++) {
    enum { STEPS = 20000 };
    double sum = 0;
    for (size_t u = 0; u < 5; u++)
      assert_near(fray_truncated_normal(at[u], rates[e], .1), quantile[e * 5 + u], 1e-10);
    for (size_t k = 0; k < STEPS; k++)
      sum += fray_truncated_normal(((double)k + 0.5) / STEPS, rates[e], .1) / STEPS;
    assert_near(sum, mean[e], 1e-6);
  }
}

static void rows_are_the_published_ones(void **state) {
  (void)state;
  const char *whole = getenv("FRAY_FIXTURES");
  char path[4096];
  compare(FRAY_SOURCE_DIR "/tests/fixtures/corruptions/labels.h5");
  snprintf(path, sizeof path, "%s/corruptions/labels.h5", whole ? whole : "");
  if (whole)
    compare(path);
}

/* The class that holds u of what is left of the row without the true class. */
static void targets_follow_the_row(void **state) {
  (void)state;
  const double p[] = {.1, .6, .06, .24}, none[] = {0, 1, 0, 0};
  double count[4] = {0};
  for (size_t k = 0; k < 1000; k++)
    count[fray_instance_target(p, 1, ((double)k + 0.5) / 1000, 4)] += 1;
  assert_near(count[0], 250, 1);
  assert_near(count[1], 0, 0);
  assert_near(count[2], 150, 1);
  assert_near(count[3], 600, 1);
  assert_int_equal(fray_instance_target(none, 1, .3, 4), 2);
}

/* Of one scale whatever a value is made of; of a value without shape nothing. */
static void looks_have_one_scale(void **state) {
  (void)state;
  static const enum fray_modality_kind kinds[] = {FRAY_AUDIO, FRAY_IMAGE, FRAY_SERIES, FRAY_TEXT,
                                                  FRAY_FEATURES};
  struct fray_rng rng = fray_rng_for(4, "test/looks", 0, 0, 0);
  for (size_t k = 0; k < 5; k++)
    for (size_t n = 1; n < 400; n += n < 40 ? 1 : 97) {
      float x[400];
      char text[400];
      double look[FRAY_INSTANCE_PARTS], again[FRAY_INSTANCE_PARTS], sum = 0, squares = 0;
      for (size_t i = 0; i < n; i++) {
        x[i] = (float)fray_rng_normal(&rng) * 1000;
        text[i] = (char)('a' + fray_rng_below(&rng, 26));
      }
      struct fray_signal value = {.kind = kinds[k],
                                  .x = kinds[k] == FRAY_TEXT ? NULL : x,
                                  .text = kinds[k] == FRAY_TEXT ? text : NULL,
                                  .length = kinds[k] == FRAY_IMAGE ? 1 : n,
                                  .channels = 1,
                                  .height = 1,
                                  .width = kinds[k] == FRAY_IMAGE ? n : 0};
      fray_instance_look(&value, look);
      for (size_t i = 0; i < FRAY_INSTANCE_PARTS; i++) {
        sum += look[i];
        squares += look[i] * look[i];
      }
      assert_near(sum, 0, 1e-9);
      assert_true(fabs(squares - 1) < 1e-9 || (n == 1 && squares == 0));
      /* Twice as loud, or as bright, is the same look. */
      for (size_t i = 0; i < n; i++)
        x[i] *= 2;
      fray_instance_look(&value, again);
      for (size_t i = 0; i < FRAY_INSTANCE_PARTS; i++)
        assert_near(look[i], again[i], 1e-9);
      for (size_t i = 0; i < n; i++)
        x[i] = 7;
      fray_instance_look(&value, look);
      for (size_t i = 0; i < FRAY_INSTANCE_PARTS && kinds[k] != FRAY_TEXT; i++)
        assert_true(look[i] == 0);
    }
}

/* The mean level of many samples, of which 0.05 is not 0.05. */
static void levels_meet_the_counts_made_elsewhere(void **state) {
  (void)state;
  static const char *const rates[] = {"0.05", "0.1", "0.2", "0.3", "0.45"};
  for (size_t e = 0; e < 5; e++) {
    enum { SEEDS = 31 }; /* of 6600 samples: as many levels as elsewhere */
    double level = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
      struct world w;
      struct fray_realised r;
      world_make(&w, false);
      const struct fray_population p = world_population(&w, true, 0);
      world_corrupt(
          &w, &p, seed,
          fray_arena_printf(&w.arena, "{kind: label_noise, model: instance, rate: %s}", rates[e]),
          &r);
      world_assert_share((double)r.hit, (double)r.eligible, r.nominal, 5);
      level += r.nominal / SEEDS;
      world_free(&w);
    }
    rows_meet("instance_dependent", "", e + 1, "mean_level", level);
  }
  assert_int_equal(rows_met("instance_dependent"), 5);
}

/* What becomes of a label hangs on the look: samples of one class that look like different classes
 * become different classes, more than chance would have it. */
static void wrong_classes_depend_on_the_look(void **state) {
  (void)state;
  struct world w;
  world_make(&w, false);
  /* All are called walk; what they look like goes by their number. */
  for (size_t s = 0; s < WORLD_SAMPLES; s++)
    w.dataset.label[s] = 0;
  const struct fray_population p = world_population(&w, true, 0);
  static const char *const laws[] = {"model: instance, rate: 0.45", "model: symmetric, rate: 0.45"};
  double chi[2];
  for (size_t k = 0; k < 2; k++) {
    double count[WORLD_CLASSES][WORLD_CLASSES] = {{0}}, row[WORLD_CLASSES] = {0},
           column[WORLD_CLASSES] = {0}, n = 0;
    const struct fray_damage d = world_corrupt(
        &w, &p, 3, fray_arena_printf(&w.arena, "{kind: label_noise, %s}", laws[k]), NULL);
    for (size_t i = 0; i < p.n; i++) {
      if (d.label[i] == 0)
        continue;
      count[p.sample[i] % WORLD_CLASSES][d.label[i]] += 1;
      row[p.sample[i] % WORLD_CLASSES] += 1;
      column[d.label[i]] += 1;
      n += 1;
    }
    chi[k] = 0;
    for (size_t a = 0; a < WORLD_CLASSES; a++)
      for (size_t b = 1; b < WORLD_CLASSES; b++) {
        const double expected = row[a] * column[b] / n;
        chi[k] += (count[a][b] - expected) * (count[a][b] - expected) / expected;
      }
  }
  /* 5 x 4 degrees of freedom: 45.3 is exceeded with a chance of 0.001. */
  assert_true(chi[0] > 100 && chi[1] < 45.3);
  world_free(&w);
}

/* Exact counts in exactly floor(rate N) clients, never the true class, first what looks least like
 * its own. */
static void noisy_clients_mislabel_what_looks_otherwise(void **state) {
  (void)state;
  enum { CLIENTS = 40 };
  struct world w;
  world_make(&w, false);
  struct fray_population p = world_dealt(&w, true, CLIENTS, 1);
  /* One in ten looks like the class before its own. */
  for (size_t s = 0; s < WORLD_SAMPLES; s++)
    w.dataset.label[s] = (int32_t)((s + (s / 60 % 10 == 0)) % WORLD_CLASSES);
  struct fray_realised r;
  const struct fray_damage d = world_corrupt(
      &w, &p, 3,
      "{kind: label_noise, model: fednoro, mode: instance, rate: 0.4, level_min: 0.1, level_max: "
      "0.1}",
      &r);
  double wrong[CLIENTS] = {0}, n[CLIENTS] = {0}, odd = 0, odd_wrong = 0, odd_back = 0, all = 0;
  for (size_t i = 0; i < p.n; i++) {
    const uint32_t s = p.sample[i];
    const bool is_wrong = d.label[i] != w.dataset.label[s], is_odd = s / 60 % 10 == 0;
    wrong[p.client[i]] += is_wrong;
    n[p.client[i]] += 1;
    if (r.client_hit[p.client[i]] == 0)
      continue;
    odd += is_odd;
    odd_wrong += is_odd && is_wrong;
    odd_back += is_odd && is_wrong && d.label[i] == (int32_t)(s % WORLD_CLASSES);
    all += is_wrong;
  }
  size_t noisy = 0;
  for (size_t c = 0; c < CLIENTS; c++) {
    assert_true(wrong[c] == 0 || wrong[c] == floor(0.1 * n[c]));
    noisy += wrong[c] > 0;
  }
  assert_int_equal(noisy, 16);
  assert_near(r.rate, r.nominal, 1e-12);
  /* By lot a tenth of the odd ones would be hit, and a fifth of these would go back. */
  assert_true(odd > 100 && odd_wrong > 0.4 * odd && odd_back > 0.7 * odd_wrong && odd_wrong <= all);
  world_free(&w);
}

static void clients_meet_the_counts_made_elsewhere(void **state) {
  (void)state;
  enum { DRAWS = 400, CLIENTS = 40, EACH = 50 };
  double noisy = 0, rate = 0;
  for (uint64_t seed = 0; seed < DRAWS; seed++) {
    struct world w;
    struct fray_realised r;
    world_make(&w, false);
    w.dataset.n_classes = 5;
    for (size_t s = 0; s < WORLD_SAMPLES; s++)
      w.dataset.label[s] = (int32_t)((s / CLIENTS) % 5);
    struct fray_population p = world_dealt(&w, true, CLIENTS, 1);
    p.n = CLIENTS * EACH;
    world_corrupt(&w, &p, seed, "{kind: label_noise, model: fednoro, mode: instance, rate: 0.4}",
                  &r);
    double clients = 0, wrong = 0;
    for (size_t c = 0; c < CLIENTS; c++) {
      clients += r.client_hit[c] > 0;
      wrong += (double)r.client_hit[c] / EACH;
    }
    noisy += clients / CLIENTS / DRAWS;
    rate += wrong / clients / DRAWS;
    world_free(&w);
  }
  rows_meet("client_level", "FedNoRo instance", 0, "noisy_clients", noisy);
  rows_meet("client_level", "FedNoRo instance", 0, "rate_in_noisy_clients", rate);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_the_published_ones),
      cmocka_unit_test(targets_follow_the_row),
      cmocka_unit_test(looks_have_one_scale),
      cmocka_unit_test(levels_meet_the_counts_made_elsewhere),
      cmocka_unit_test(wrong_classes_depend_on_the_look),
      cmocka_unit_test(noisy_clients_mislabel_what_looks_otherwise),
      cmocka_unit_test(clients_meet_the_counts_made_elsewhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
