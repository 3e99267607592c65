/* How modalities go missing beside one lot a sample: in bursts, k of m, by class and by group. Held
 * against counts that were made elsewhere (numpy) and closed forms. */
#include "world.h"

#include "label_rows.h"

#include <stdio.h>
#include <string.h>

/* One client after another, in the order of the data set: records of `length` samples. */
static struct fray_population records(struct world *w, size_t length) {
  struct fray_population p = world_population(w, true, 0);
  for (size_t s = 0; s < WORLD_SAMPLES; s++)
    w->dataset.client[s] = (uint32_t)(s / length);
  return p;
}

/* Share, mean run and correlation of neighbours of one sequence of 4000. */
struct run_sums {
  double lost, runs, pairs;
};
enum { STEPS = 4000 };

static struct run_sums sums_of(struct world *w, const struct fray_population *p, uint64_t seed,
                               double rate, double burst) {
  const char *yaml = fray_arena_printf(
      &w->arena,
      "{kind: missing_modality, if_all_lost: keep, modalities: [acc], rate: %g, burst: %g}", rate,
      burst);
  struct fray_damage d = world_corrupt(w, p, seed, yaml, NULL);
  struct run_sums sums = {0};
  bool before = false;
  for (size_t i = 0; i < STEPS; i++) {
    const bool lost = !(d.present[i] & 1);
    sums.lost += lost;
    sums.runs += lost && !before;
    sums.pairs += lost && before;
    before = lost;
  }
  return sums;
}

/* Correlation of x[t] and x[t + 1] over a sequence of STEPS, both around the mean of all. */
static double lag1_of(struct run_sums s) {
  const double mean = s.lost / STEPS, pairs = s.pairs / (STEPS - 1);
  return (pairs - mean * mean) / (mean - mean * mean);
}

static void bursts_meet_the_counts_made_elsewhere(void **state) {
  (void)state;
  static const double bursts[] = {2, 5, 20}, rates[] = {.1, .2, .3, .4, .5};
  enum { DRAWS = 300, POOL = 10 };
  for (size_t b = 0; b < 3; b++)
    for (size_t r = 0; r < 5; r++) {
      double rate = 0, run = 0, lag1 = 0;
      struct run_sums pool = {0};
      struct world w;
      world_make(&w, false);
      struct fray_population p = records(&w, STEPS);
      for (uint64_t seed = 0; seed < DRAWS; seed++) {
        const struct run_sums s = sums_of(&w, &p, 1000 * r + seed, rates[r], bursts[b]);
        rate += s.lost / STEPS / DRAWS;
        lag1 += lag1_of(s) / DRAWS;
        pool.lost += s.lost, pool.runs += s.runs;
        if (seed % POOL == POOL - 1) {
          run += pool.lost / pool.runs / (DRAWS / POOL);
          pool = (struct run_sums){0};
        }
      }
      world_free(&w);
      char table[32];
      snprintf(table, sizeof table, "mean burst %g", bursts[b]);
      rows_meet("bursty", table, r + 1, "rate", rate);
      rows_meet("bursty", table, r + 1, "burst", run);
      rows_meet("bursty", table, r + 1, "lag1", lag1);
    }
  assert_int_equal(rows_met("bursty"), 45);
}

/* The numbers of the samples are those of independent losses: a burst of 1 is that, to the byte. */
static void a_burst_of_one_is_no_burst(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population p = world_population(&w, true, 0);
  for (int step = 0; step <= 10; step++) {
    const char *plain =
        fray_arena_printf(&w.arena, "{kind: missing_modality, rate: 0.%d}", step % 10);
    const char *one =
        fray_arena_printf(&w.arena, "{kind: missing_modality, burst: 1, rate: 0.%d}", step % 10);
    struct fray_damage a = world_corrupt(&w, &p, 8, plain, NULL);
    struct fray_damage b = world_corrupt(&w, &p, 8, one, NULL);
    world_assert_same(&a, &b);
  }
  world_free(&w);
}

/* A burst does not cross from one client to the next: first samples are lost with the rate, and the
 * second follow them alike whatever the client before did. */
static void bursts_end_with_the_record(void **state) {
  (void)state;
  struct world w;
  world_make(&w, false);
  struct fray_population p = records(&w, 200); /* 33 clients */
  double after_lost = 0, lost = 0, after_kept = 0, kept = 0;
  for (uint64_t seed = 0; seed < 400; seed++) {
    struct fray_damage d = world_corrupt(
        &w, &p, seed,
        "{kind: missing_modality, if_all_lost: keep, modalities: [gyro], rate: 0.3, burst: 20}",
        NULL);
    for (size_t i = 200; i < WORLD_SAMPLES; i += 200) {
      const bool before = !(d.present[i - 1] & 2), now = !(d.present[i] & 2);
      lost += before, after_lost += before && now;
      kept += !before, after_kept += !before && now;
    }
  }
  world_assert_share(after_lost, lost, 0.3, 5);
  world_assert_share(after_kept, kept, 0.3, 5);
  world_free(&w);
}

/* k = round(rate m) for every client, without exception; a modality alike for all of its samples.
 */
static void k_of_m_are_lost_by_every_client(void **state) {
  (void)state;
  static const struct {
    size_t m, k;
    const char *rate, *table;
  } cases[] = {{3, 1, "0.33", "1 of 3 per client"},
               {3, 2, "0.67", "2 of 3 per client"},
               {4, 2, "0.5", "2 of 4 per client"}};
  for (size_t c = 0; c < 3; c++) {
    struct world w;
    world_make(&w, false);
    static const char *const names[] = {"acc", "gyro", "light", "sound"};
    w.dataset.n_modalities = cases[c].m;
    for (size_t m = 0; m < cases[c].m; m++)
      w.dataset.modality[m].name = names[m];
    memset(w.dataset.present, (1 << cases[c].m) - 1, WORLD_SAMPLES);
    struct fray_population p = world_population(&w, true, 3);
    struct fray_realised realised;
    const char *yaml = fray_arena_printf(
        &w.arena, "{kind: missing_modality, unit: client, draw: k_of_m, rate: %s}", cases[c].rate);
    double of_first = 0, clients = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
      struct fray_damage d = world_corrupt(&w, &p, seed, yaml, &realised);
      uint8_t seen[WORLD_CLIENTS] = {0};
      for (size_t i = 0; i < p.n; i++) {
        uint8_t *mine = &seen[p.client[i]];
        assert_int_equal(__builtin_popcount(d.present[i]), cases[c].m - cases[c].k);
        assert_true(*mine == 0 || *mine == d.present[i]);
        if (!*mine)
          clients += 1, of_first += !(d.present[i] & 1);
        *mine = d.present[i];
      }
      rows_meet("missing", cases[c].table, 0, "rate", realised.rate);
      assert_near(realised.nominal, realised.rate, 1e-12); /* k of m, and not the rate */
    }
    /* Any of the m alike. */
    world_assert_share(of_first, clients, (double)cases[c].k / (double)cases[c].m, 5);
    world_free(&w);
  }
}

/* Marginals, and both lost, with the bounds of the same numbers of draws. */
static void single_samples_meet_the_counts_made_elsewhere(void **state) {
  (void)state;
  enum { N = 200, DRAWS = 2000, PER_WORLD = WORLD_SAMPLES / N };
  for (size_t level = 1; level <= 5; level++)
    for (int protect = 0; protect < 2; protect++) {
      struct world w;
      world_make(&w, false);
      struct fray_population p = world_population(&w, true, 0);
      const char *yaml =
          fray_arena_printf(&w.arena, "{kind: missing_modality, rate: 0.%zu, if_all_lost: %s}",
                            level, protect ? "protect" : "keep");
      double lost = 0, both = 0, n = 0;
      for (uint64_t seed = 0; seed < DRAWS / PER_WORLD + 1; seed++) {
        struct fray_damage d = world_corrupt(&w, &p, seed, yaml, NULL);
        for (size_t i = 0; i < d.n; i++)
          n += 1, lost += 2 - __builtin_popcount(d.present[i]), both += d.present[i] == 0;
      }
      const char *table = protect ? "protect, 2 modalities" : "per sample, 2 modalities";
      rows_meet("missing", table, level, "rate", lost / n / 2);
      if (!protect)
        rows_meet("missing", table, level, "both", both / n);
      else
        assert_true(both == 0);
      world_free(&w);
    }
}

/* The marginal is sum_k share_k r_k, reported as nominal; each part has its own rate. */
static void rates_differ_by_group_and_class(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population p = world_population(&w, true, 4);
  struct fray_realised r;
  struct fray_damage d = world_corrupt(&w, &p, 8,
                                       "{kind: missing_modality, modalities: [acc], rate: 0.1, "
                                       "rate_by: {accent: {american: 0.6, scotland: 0}}}",
                                       &r);
  double lost[3] = {0};
  for (size_t i = 0; i < p.n; i++)
    lost[p.sample[i] % 3] += !(d.present[i] & 1);
  assert_true(lost[0] == 0); /* scotland */
  world_assert_share(lost[1], WORLD_SAMPLES / 3, 0.1, 5);
  world_assert_share(lost[2], WORLD_SAMPLES / 3, 0.6, 5);
  assert_near(r.nominal, 0.7 / 3, 1e-9);
  d = world_corrupt(&w, &p, 8,
                    "{kind: missing_label, rate: 0.05, rate_by: {label: {up: 0.8, lie: 1}}}", &r);
  double without[WORLD_CLASSES] = {0};
  for (size_t i = 0; i < p.n; i++)
    if (w.dataset.label[p.sample[i]] != FRAY_UNLABELLED)
      without[w.dataset.label[p.sample[i]]] += d.label[i] == FRAY_UNLABELLED;
  for (size_t c = 0; c < WORLD_CLASSES; c++)
    world_assert_share(without[c], WORLD_SAMPLES / 11 * 10 / WORLD_CLASSES,
                       c == 1   ? 0.8
                       : c == 5 ? 1.0
                                : 0.05,
                       5);
  assert_near(r.nominal, (4 * 0.05 + 0.8 + 1) / 6, 1e-9);
  world_free(&w);
}

/* The draw of a sample is one, whatever its rate: what one rate for all hits at .2 is hit where the
 * group has .2, and a larger rate of the group adds to it. */
static void rates_by_group_nest(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population p = world_population(&w, true, 0);
  static const char *const ways[] = {"", ", unit: client", ", unit: client, draw: k_of_m"};
  for (size_t way = 0; way < 3; way++) {
    struct fray_damage one[2], by;
    for (size_t k = 0; k < 2; k++)
      one[k] = world_corrupt(&w, &p, 8,
                             fray_arena_printf(&w.arena, "{kind: missing_modality, rate: %s%s}",
                                               k ? "0.7" : "0.2", ways[way]),
                             NULL);
    by = world_corrupt(&w, &p, 8,
                       fray_arena_printf(&w.arena,
                                         "{kind: missing_modality, rate: 0.2%s, rate_by: {accent: "
                                         "{american: 0.7}}}",
                                         ways[way]),
                       NULL);
    for (size_t i = 0; i < p.n; i++)
      assert_int_equal(by.present[i], one[p.sample[i] % 3 == 2].present[i]);
  }
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bursts_meet_the_counts_made_elsewhere),
      cmocka_unit_test(a_burst_of_one_is_no_burst),
      cmocka_unit_test(bursts_end_with_the_record),
      cmocka_unit_test(k_of_m_are_lost_by_every_client),
      cmocka_unit_test(single_samples_meet_the_counts_made_elsewhere),
      cmocka_unit_test(rates_differ_by_group_and_class),
      cmocka_unit_test(rates_by_group_nest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
