/* Models of wrong labels against matrices and counts that were made elsewhere (numpy, and the rules
 * of FedCorr and FedNoRo), and rates by class and group. */
#include "world.h"

#include "fray/h5/h5.h"
#include "label_rows.h"
#include "noise_law.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum fray_status make_law(double rate, size_t classes, struct fray_arena *arena,
                                  struct fray_noise_law *out, struct fray_err *err);

static void compare(const char *path, const char *data, const struct fray_noise_law *law) {
  enum { MOST = 10 };
  const size_t k = law->classes;
  double t[MOST * MOST];
  fray_h5 file = -1;
  struct fray_err err = {0};
  if (fray_h5_open(path, &file, &err) != FRAY_OK ||
      fray_h5_read(file, data, FRAY_H5_F64, t, k * k, &err) != FRAY_OK)
    fail_msg("%s: %s", data, err.text);
  assert_int_equal(fray_h5_close(file, &err), FRAY_OK);
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < k; j++) {
      double target = law->target ? law->target[i * k + j] : i != j ? 1.0 / (double)(k - 1) : 0;
      assert_near(t[i * k + j], i == j ? 1 - law->wrong[i] : law->wrong[i] * target, 1e-12);
    }
}

static void matrices_are_the_published_ones(void **state) {
  (void)state;
  static const struct {
    const char *name;
    make_law *make;
  } models[] = {{"pair_flip", fray_noise_pair_flip},
                {"symmetric_all", fray_noise_resample},
                {"symmetric_other", fray_noise_symmetric}};
  static const size_t classes[] = {3, 6, 10};
  static const double rates[] = {.1, .2, .4};
  const char *whole = getenv("FRAY_FIXTURES");
  struct fray_arena arena = {0};
  for (size_t c = 0; c < 27; c++) {
    struct fray_noise_law law;
    char data[64], path[4096];
    snprintf(data, sizeof data, "exact/matrices/%s_K%zu_e%g", models[c / 9].name,
             classes[c / 3 % 3], rates[c % 3]);
    assert_int_equal(models[c / 9].make(rates[c % 3], classes[c / 3 % 3], &arena, &law, NULL),
                     FRAY_OK);
    compare(FRAY_SOURCE_DIR "/tests/fixtures/corruptions/labels.h5", data, &law);
    snprintf(path, sizeof path, "%s/corruptions/labels.h5", whole ? whole : "");
    if (whole)
      compare(path, data, &law);
  }
  fray_arena_free(&arena);
}

/* A world of n samples in K classes, dealt to clients. */
static struct fray_population labelled(struct world *w, size_t classes, size_t clients, size_t n) {
  world_make(w, false);
  w->dataset.n_classes = classes;
  for (size_t s = 0; s < WORLD_SAMPLES; s++)
    w->dataset.label[s] = (int32_t)((s / clients) % classes);
  struct fray_population p = world_dealt(w, true, clients, 1);
  p.n = n;
  return p;
}

static double share_wrong(const struct world *w, const struct fray_population *p,
                          const struct fray_damage *d) {
  double wrong = 0;
  for (size_t i = 0; i < p->n; i++)
    wrong += d->label[i] != w->dataset.label[p->sample[i]];
  return wrong / (double)p->n;
}

static void shares_meet_the_counts_made_elsewhere(void **state) {
  (void)state;
  enum { N = 1000, DRAWS = 2000 };
  for (size_t k = 3; k <= 10; k += 7)
    for (size_t level = 1; level <= 5; level++)
      for (int all = 0; all < 2; all++) {
        struct world w;
        struct fray_population p = labelled(&w, k, 10, WORLD_SAMPLES);
        const char *yaml =
            fray_arena_printf(&w.arena, "{kind: label_noise, model: %s, rate: 0.%zu}",
                              all ? "resample" : "symmetric", level);
        double wrong = 0;
        const uint64_t seeds = DRAWS * N / WORLD_SAMPLES + 1;
        for (uint64_t seed = 0; seed < seeds; seed++) {
          struct fray_damage d = world_corrupt(&w, &p, seed, yaml, NULL);
          wrong += share_wrong(&w, &p, &d) / (double)seeds;
        }
        char table[32];
        snprintf(table, sizeof table, "K %zu, %s classes", k, all ? "all" : "other");
        rows_meet("symmetric", table, level, "rate", wrong);
        world_free(&w);
      }
  assert_int_equal(rows_met("symmetric"), 20);
}

/* What one run did to its clients of 50 samples. */
struct noisy {
  double share, rate, overall;
};

static struct noisy noisy_of(const struct world *w, const struct fray_population *p,
                             const struct fray_damage *d) {
  enum { CLIENTS = 40 };
  double wrong[CLIENTS] = {0}, n[CLIENTS] = {0}, noisy = 0, rate = 0;
  for (size_t i = 0; i < p->n; i++) {
    wrong[p->client[i]] += d->label[i] != w->dataset.label[p->sample[i]];
    n[p->client[i]] += 1;
  }
  for (size_t c = 0; c < CLIENTS; c++)
    if (wrong[c] > 0)
      noisy += 1, rate += wrong[c] / n[c];
  return (struct noisy){noisy / CLIENTS, noisy > 0 ? rate / noisy : NAN, share_wrong(w, p, d)};
}

static struct noisy mean_of(const char *yaml, size_t classes) {
  enum { DRAWS = 400 };
  struct noisy mean = {0};
  for (uint64_t seed = 0; seed < DRAWS; seed++) {
    struct world w;
    struct fray_population p = labelled(&w, classes, 40, 2000);
    struct fray_damage d = world_corrupt(&w, &p, seed, yaml, NULL);
    const struct noisy now = noisy_of(&w, &p, &d);
    mean.share += now.share / DRAWS;
    mean.rate += now.rate / DRAWS;
    mean.overall += now.overall / DRAWS;
    world_free(&w);
  }
  return mean;
}

/* A noisy client whose level is near 0 may have no wrong label; then it cannot be told from a clean
 * one (tau 0: 2 % of them), hence whether it is noisy is asked of a level that cannot hide. */
static void clients_meet_the_counts_made_elsewhere(void **state) {
  (void)state;
  static const struct {
    const char *table, *keys;
    size_t classes;
  } cases[] = {{"FedCorr rho 0.4 tau 0.5", "model: fedcorr, rate: 0.4, level_min: 0.5", 10},
               {"FedCorr rho 0.6 tau 0.0", "model: fedcorr, rate: 0.6, level_min: 0", 10},
               {"FedCorr rho 0.8 tau 0.3", "model: fedcorr, rate: 0.8, level_min: 0.3", 10},
               {"FedNoRo random", "model: fednoro, rate: 0.4", 5}};
  for (size_t c = 0; c < 4; c++) {
    char yaml[128], sure[160];
    snprintf(yaml, sizeof yaml, "{kind: label_noise, %s}", cases[c].keys);
    const struct noisy mean = mean_of(yaml, cases[c].classes);
    snprintf(sure, sizeof sure, "{kind: label_noise, model: fedcorr, rate: %.3s, level_min: 1}",
             strstr(cases[c].keys, "rate: ") + 6);
    const bool hides = strcmp(cases[c].table, "FedCorr rho 0.6 tau 0.0") == 0;
    const double share = hides ? mean_of(sure, cases[c].classes).share : mean.share;
    rows_meet("client_level", cases[c].table, 0, "noisy_clients", share);
    rows_meet("client_level", cases[c].table, 0, "rate_in_noisy_clients",
              hides ? mean.overall / share : mean.rate);
    if (c < 3)
      rows_meet("client_level", cases[c].table, 0, "overall_rate", mean.overall);
  }
  assert_int_equal(rows_met("client_level"), 11);
}

/* The marginal is sum_k share_k r_k, and pairs flip to the next class alone. */
static void rates_differ_by_group_and_class(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population p = world_population(&w, true, 5);
  struct fray_realised r;
  struct fray_damage d = world_corrupt(
      &w, &p, 8,
      "{kind: label_noise, model: pair_flip, rate: 0.1, rate_by: {accent: {american: 0.8}}}", &r);
  double wrong[3] = {0}, n[3] = {0};
  for (size_t i = 0; i < p.n; i++) {
    const int32_t was = w.dataset.label[p.sample[i]];
    if (was == FRAY_UNLABELLED)
      continue;
    n[p.sample[i] % 3] += 1;
    wrong[p.sample[i] % 3] += d.label[i] != was;
    assert_true(d.label[i] == was || d.label[i] == (was + 1) % WORLD_CLASSES);
  }
  for (size_t g = 0; g < 3; g++)
    world_assert_share(wrong[g], n[g], g == 2 ? 0.8 : 0.1, 5);
  assert_near(r.nominal, 1.0 / 3, 1e-9);
  /* One class alone, at the rate that all others have in a plain entry: the same samples. */
  struct fray_damage plain = world_corrupt(&w, &p, 8, "{kind: label_noise, rate: 0.3}", NULL);
  struct fray_damage one =
      world_corrupt(&w, &p, 8, "{kind: label_noise, rate: 0, rate_by: {label: {down: 0.3}}}", &r);
  for (size_t i = 0; i < p.n; i++) {
    const int32_t was = w.dataset.label[p.sample[i]];
    assert_int_equal(one.label[i], was == 2 ? plain.label[i] : was);
  }
  assert_near(r.nominal, 0.05, 1e-9);
  world_free(&w);
}

/* What was hit is held against what the law gives each label, given the levels of the clients and
 * the classes that there are: beyond that only the draws of the samples are left. */
static void what_is_asked_for_is_told_by_the_law(void **state) {
  (void)state;
  static const char *const laws[] = {"model: fedcorr, rate: 0.4",
                                     "model: fednoro, rate: 0.3",
                                     "model: resample, rate: 0.5",
                                     "model: pair_flip, rate: 0.3",
                                     "model: symmetric, rate: 0.2",
                                     "model: class_matrix, rate: 0.4",
                                     "model: resample, rate: 0.1, rate_by: {label: {up: 0.9}}"};
  struct world w;
  world_make(&w, true);
  /* Few are of the classes behind the first two, so a mean over classes is not one over samples. */
  for (size_t s = 0; s < WORLD_SAMPLES; s++)
    if (w.dataset.label[s] > 1 && s % 20)
      w.dataset.label[s] = (int32_t)(s % 2);
  const struct fray_population p = world_population(&w, true, 0);
  for (size_t k = 0; k < sizeof laws / sizeof *laws; k++)
    for (uint64_t seed = 0; seed < 10; seed++) {
      struct fray_realised r;
      world_corrupt(&w, &p, seed, fray_arena_printf(&w.arena, "{kind: label_noise, %s}", laws[k]),
                    &r);
      assert_true(r.nominal > 0 && r.nominal < 1);
      world_assert_share((double)r.hit, (double)r.eligible, r.nominal, 5);
      if (k == 2)
        assert_near(r.nominal, 0.5 * 5 / 6, 1e-12);
      if (k == 4)
        assert_true(r.nominal == 0.2);
    }
  world_free(&w);
}

/* Whom it hits is what it was; these, and nobody else, take no part, and what was counted stays. An
 * entry behind it meets those that are left. */
static void samples_that_are_hit_can_go(void **state) {
  (void)state;
  static const char *const entries[] = {
      "kind: missing_label, rate: 0.4", "kind: missing_label, unit: client, rate: 0.3",
      "kind: label_noise, rate: 0.3", "kind: label_noise, model: fednoro, rate: 0.4"};
  struct world w;
  world_make(&w, true);
  const struct fray_population p = world_population(&w, true, 3);
  const struct fray_damage before =
      world_corrupt(&w, &p, 1, "{kind: missing_label, rate: 0}", NULL);
  for (size_t k = 0; k < sizeof entries / sizeof *entries; k++) {
    struct fray_realised keep, drop;
    char yaml[128];
    size_t gone = 0;
    snprintf(yaml, sizeof yaml, "{%s}", entries[k]);
    const struct fray_damage a = world_corrupt(&w, &p, 5, yaml, &keep);
    snprintf(yaml, sizeof yaml, "{%s, if_hit: drop}", entries[k]);
    const struct fray_damage b = world_corrupt(&w, &p, 5, yaml, &drop);
    assert_memory_equal(a.label, b.label, p.n * sizeof *a.label);
    assert_true(keep.hit == drop.hit && keep.eligible == drop.eligible && keep.hit > 0);
    for (size_t i = 0; i < p.n; i++) {
      assert_int_equal(b.dropped[i], a.label[i] != before.label[i]);
      assert_int_equal(a.dropped[i], 0);
      gone += b.dropped[i];
    }
    assert_int_equal(gone, drop.hit);
  }
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(matrices_are_the_published_ones),
      cmocka_unit_test(shares_meet_the_counts_made_elsewhere),
      cmocka_unit_test(clients_meet_the_counts_made_elsewhere),
      cmocka_unit_test(rates_differ_by_group_and_class),
      cmocka_unit_test(what_is_asked_for_is_told_by_the_law),
      cmocka_unit_test(samples_that_are_hit_can_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
