/* Label noise: the laws behind the models, and the per-client remap of FedMultimodal. */
#include "world.h"

#include "noise_law.h"

#include <string.h>

static double zeros_off_diagonal(const struct fray_noise_law *law) {
  size_t zeros = 0, k = law->classes;
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < k; j++)
      zeros += i != j && law->target[i * k + j] == 0.0;
  return (double)zeros;
}

static void check_rows(const struct fray_noise_law *law) {
  for (size_t i = 0; i < law->classes; i++) {
    double sum = 0.0;
    for (size_t j = 0; j < law->classes; j++) {
      assert_true(law->target[i * law->classes + j] >= 0.0);
      sum += law->target[i * law->classes + j];
    }
    assert_near(sum, 1.0, 1e-12);
    assert_true(law->target[i * law->classes + i] == 0.0);
    assert_true(law->wrong[i] >= 0.0 && law->wrong[i] <= 1.0);
  }
}

/* Trace and number of zeros are exact for every seed, size and rate; rows are distributions. */
static void class_matrix_has_exact_trace_and_zeros(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  double rates[] = {0, 0.1, 0.4, 0.7, 1}, sparsities[] = {0, 0.2, 0.4, 0.66};
  size_t sizes[] = {4, 6, 51};
  for (uint64_t seed = 0; seed < 20; seed++)
    for (size_t c = 0; c < 3 * 4 * 5; c++) {
      double rate = rates[c % 5], sparsity = sparsities[c / 5 % 4];
      size_t k = sizes[c / 20];
      struct fray_rng rng = fray_rng_for(seed, "test", 0, 0, 0);
      struct fray_noise_law law;
      assert_int_equal(fray_noise_class_matrix(rate, sparsity, k, &rng, &arena, &law, NULL),
                       FRAY_OK);
      check_rows(&law);
      double sum = 0.0;
      for (size_t i = 0; i < k; i++)
        sum += law.wrong[i];
      assert_near(sum / (double)k, rate, 1e-12);
      assert_true(zeros_off_diagonal(&law) == round(sparsity * (double)(k * (k - 1))));
      fray_arena_reset(&arena);
    }
  fray_arena_free(&arena);
}

/* The benchmark draws its zeros with replacement: 1 - (1 - 1/n)^(.4 n) = .33 of them, not .4. */
static void fedmultimodal_matrix_has_fewer_zeros(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  double zeros = 0.0;
  enum { SEEDS = 500, K = 6 };
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    struct fray_rng rng = fray_rng_for(seed, "test", 0, 0, 0);
    struct fray_noise_law law;
    assert_int_equal(fray_noise_fedmultimodal(0.4, 0.4, K, &rng, &arena, &law, NULL), FRAY_OK);
    check_rows(&law);
    for (size_t i = 0; i < K; i++)
      assert_true(law.wrong[i] == 0.4);
    zeros += zeros_off_diagonal(&law) / (K * (K - 1)) / SEEDS;
    fray_arena_reset(&arena);
  }
  assert_near(zeros, 0.33, 0.03);
  fray_arena_free(&arena);
}

/* Inverse of the cumulated row, against a plain sum over T. */
static void row_is_inverted(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_rng rng = fray_rng_for(3, "test", 0, 0, 0);
  struct fray_noise_law law;
  assert_int_equal(fray_noise_class_matrix(0.45, 0.3, 6, &rng, &arena, &law, NULL), FRAY_OK);
  for (size_t i = 0; i < 6; i++)
    for (int step = 0; step < 1000; step++) {
      double u = (step + 0.5) / 1000, sum = 0.0, gap = 1.0;
      size_t expected = 6;
      for (size_t j = 0; j < 6; j++) {
        double t = i == j ? 1 - law.wrong[i] : law.wrong[i] * law.target[i * 6 + j];
        sum += t;
        gap = fmin(gap, fabs(sum - u));
        if (expected == 6 && u < sum)
          expected = j;
      }
      if (gap > 1e-9)
        assert_int_equal(fray_noise_row(&law, i, u), expected);
    }
  fray_arena_free(&arena);
}

/* Counts [true][given] of one run. */
static void count_labels(struct world *w, const struct fray_population *p, uint64_t seed,
                         const char *yaml, double count[WORLD_CLASSES][WORLD_CLASSES]) {
  struct fray_damage d = world_corrupt(w, p, seed, yaml, NULL);
  for (size_t i = 0; i < d.n; i++)
    count[w->dataset.label[p->sample[i]]][d.label[i]] += 1;
}

static void symmetric_is_uniform_over_the_others(void **state) {
  (void)state;
  struct world w;
  world_make(&w, false);
  struct fray_population p = world_population(&w, true, 0);
  double count[WORLD_CLASSES][WORLD_CLASSES] = {{0}}, all[WORLD_CLASSES][WORLD_CLASSES] = {{0}};
  for (uint64_t seed = 0; seed < 20; seed++)
    count_labels(&w, &p, seed, "{kind: label_noise, rate: 0.3}", count);
  count_labels(&w, &p, 1, "{kind: label_noise, rate: 1}", all);
  double n = 20.0 * WORLD_SAMPLES / WORLD_CLASSES;
  for (size_t i = 0; i < WORLD_CLASSES; i++) {
    for (size_t j = 0; j < WORLD_CLASSES; j++)
      world_assert_share(count[i][j], n, i == j ? 0.7 : 0.3 / (WORLD_CLASSES - 1), 5);
    assert_true(all[i][i] == 0.0); /* a draw never returns the true class */
  }
  world_free(&w);
}

static void given_matrix_is_followed(void **state) {
  (void)state;
  static const double t[WORLD_CLASSES][WORLD_CLASSES] = {
      {1, 0, 0, 0, 0, 0},       {0.25, 0.5, 0.25, 0, 0, 0}, {0, 0, 0, 1, 0, 0},
      {0, 0.1, 0.2, 0.7, 0, 0}, {0, 0, 0, 0, 0.9, 0.1},     {0.2, 0.2, 0.2, 0.2, 0.2, 0}};
  struct fray_text yaml = {0};
  fray_text_puts(&yaml, "{kind: label_noise, model: matrix, matrix: [");
  for (size_t i = 0; i < WORLD_CLASSES; i++)
    for (size_t j = 0; j < WORLD_CLASSES; j++)
      fray_text_printf(&yaml, "%s%g%s", j ? ", " : "[", t[i][j],
                       j + 1 < WORLD_CLASSES   ? ""
                       : i + 1 < WORLD_CLASSES ? "], "
                                               : "]]}");
  struct world w;
  world_make(&w, false);
  struct fray_population p = world_population(&w, true, 0);
  double count[WORLD_CLASSES][WORLD_CLASSES] = {{0}};
  for (uint64_t seed = 0; seed < 20; seed++)
    count_labels(&w, &p, seed, yaml.data, count);
  for (size_t i = 0; i < WORLD_CLASSES; i++)
    for (size_t j = 0; j < WORLD_CLASSES; j++)
      world_assert_share(count[i][j], 20.0 * WORLD_SAMPLES / WORLD_CLASSES, t[i][j], 5);
  struct fray_err err;
  assert_true(isnan(fray_corruption_nominal(world_entry(&w, yaml.data, &err))));
  assert_int_equal(fray_corruption_nests(world_entry(&w, yaml.data, &err)), 0);
  fray_text_free(&yaml);
  world_free(&w);
}

static void bad_matrices_are_refused(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"[[0.5, 0.5], [0.5, 0.4]]", "row 2 sums to 0.9"},
      {"[[0.5, 0.5], [1.5, -0.5]]", "row 2, column 1"},
      {"[[0.5, 0.5], [.nan, 1]]", "row 2, column 1"},
      {"[[0.5, 0.5], [x, 1]]", "row 2, column 1"},
      {"[[0.5, 0.5], [1]]", "row 2 must be a list of 2"},
      {"[[0.5, 0.5]]", "2 rows"},
      {"[[0.5, 0.5], 7]", "row 2"},
  };
  struct fray_arena arena = {0};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct fray_node *node = NULL;
    struct fray_noise_law law;
    struct fray_err err = {0};
    assert_int_equal(fray_yaml_parse(cases[c][0], "m.yaml", &arena, &node, &err), FRAY_OK);
    assert_int_equal(fray_noise_given(node, 2, &arena, &law, &err), FRAY_INPUT);
    if (!strstr(err.text, cases[c][1]) || !strstr(err.text, "m.yaml:1"))
      fail_msg("%s: %s", cases[c][0], err.text);
  }
  fray_arena_free(&arena);
}

/* New label of each class in each client, -1 where the client has no such sample; fails unless all
 * samples of a class within a client agree. */
static void remap_of(struct world *w, const struct fray_population *p, const struct fray_damage *d,
                     int remap[][WORLD_CLASSES]) {
  for (size_t c = 0; c < p->n_clients; c++)
    for (size_t y = 0; y < WORLD_CLASSES; y++)
      remap[c][y] = -1;
  for (size_t i = 0; i < p->n; i++) {
    int *to = &remap[p->client[i]][w->dataset.label[p->sample[i]]];
    assert_true(*to == -1 || *to == d->label[i]);
    *to = d->label[i];
  }
}

/* The published file at noise .4: of 105 clients 21 are clean and 12, 19, 20, 18, 15 have 1..5 of
 * the 6 classes flipped whole, none all 6. The shared uniform gives 1 - 2 r clean ones for r <=
 * 1/2. */
static void compat_remaps_classes_within_clients(void **state) {
  (void)state;
  enum { CLIENTS = 105, SEEDS = 100 };
  static const double published[] = {21, 12, 19, 20, 18, 15, 0};
  double clients_with[7] = {0}, flipped = 0.0;
  int remap[CLIENTS][WORLD_CLASSES];
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    struct world w;
    world_make(&w, false);
    struct fray_population p = world_dealt(&w, true, CLIENTS, 2 * WORLD_CLASSES);
    p.n = CLIENTS * 2 * WORLD_CLASSES; /* each client two samples of each class */
    struct fray_damage d = world_corrupt(
        &w, &p, seed, "{kind: label_noise, model: class_matrix, compat: fedmultimodal, rate: 0.4}",
        NULL);
    remap_of(&w, &p, &d, remap);
    for (size_t c = 0; c < CLIENTS; c++) {
      size_t flips = 0;
      for (int y = 0; y < WORLD_CLASSES; y++)
        flips += remap[c][y] != y;
      clients_with[flips] += 1;
      flipped += (double)flips;
    }
    world_free(&w);
  }
  double n = (double)CLIENTS * SEEDS;
  world_assert_share(clients_with[0], n, 0.2, 5);
  assert_true(clients_with[6] == 0.0);
  assert_near(flipped / (n * WORLD_CLASSES), 0.4, 5 * sqrt(0.24 / n));
  for (size_t f = 0; f < 6; f++)
    world_assert_share(published[f], CLIENTS, clients_with[f] / n, 3.5);
}

static void compat_inverts_binary_clients(void **state) {
  (void)state;
  struct world w;
  world_make(&w, false);
  w.dataset.n_classes = 2;
  for (size_t s = 0; s < WORLD_SAMPLES; s++)
    w.dataset.label[s] %= 2;
  struct fray_population p = world_dealt(&w, true, 600, 11);
  struct fray_damage d = world_corrupt(
      &w, &p, 8, "{kind: label_noise, model: class_matrix, compat: fedmultimodal, rate: 0.3}",
      NULL);
  size_t inverted = 0;
  for (size_t i = 0; i < p.n; i++) {
    bool flip = d.label[i] != w.dataset.label[i];
    size_t first = i / 11 * 11;
    assert_int_equal(flip, d.label[first] != w.dataset.label[first]);
    inverted += flip && i == first;
  }
  world_assert_share((double)inverted, 600, 0.3, 5);
  world_free(&w);
}

static void unlabelled_samples_stay_so(void **state) {
  (void)state;
  struct world w;
  world_make(&w, true);
  struct fray_population p = world_population(&w, true, 0);
  struct fray_realised r;
  struct fray_damage d = world_corrupt(&w, &p, 8, "{kind: label_noise, rate: 1}", &r);
  for (size_t i = 0; i < p.n; i++)
    assert_int_equal(d.label[i] == FRAY_UNLABELLED, i % 11 == 5);
  assert_int_equal(r.eligible, WORLD_SAMPLES / 11 * 10);
  world_free(&w);
}

static void one_class_is_refused(void **state) {
  (void)state;
  struct world w;
  world_make(&w, false);
  struct fray_population p = world_population(&w, true, 0);
  struct fray_err err = {0};
  struct fray_damage d;
  struct fray_realised r;
  const char *yaml[] = {
      "{kind: label_noise, rate: 0.1}",
      "{kind: label_noise, model: class_matrix, compat: fedmultimodal, rate: 0.1}"};
  w.dataset.n_classes = 1;
  memset(w.dataset.label, 0, WORLD_SAMPLES * sizeof *w.dataset.label);
  for (size_t c = 0; c < 2; c++) {
    const struct fray_corruption_config *entry = world_entry(&w, yaml[c], &err);
    assert_int_equal(fray_damage_start(&p, &w.arena, &d, &err), FRAY_OK);
    assert_int_equal(fray_corrupt(&entry, 1, &p, 8, &w.arena, &d, &r, &err), FRAY_INPUT);
    assert_non_null(strstr(err.text, "2 classes"));
  }
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(class_matrix_has_exact_trace_and_zeros),
      cmocka_unit_test(fedmultimodal_matrix_has_fewer_zeros),
      cmocka_unit_test(row_is_inverted),
      cmocka_unit_test(symmetric_is_uniform_over_the_others),
      cmocka_unit_test(given_matrix_is_followed),
      cmocka_unit_test(bad_matrices_are_refused),
      cmocka_unit_test(compat_remaps_classes_within_clients),
      cmocka_unit_test(compat_inverts_binary_clients),
      cmocka_unit_test(unlabelled_samples_stay_so),
      cmocka_unit_test(one_class_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
