/* Aggregation rules and what goes before them against results made elsewhere
 * (tests/fixtures/robust_rules.h5): ByzFL, Flower, and the papers' formulas in float64. */
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/h5/h5.h"
#include "rule_scene.h"

#include <stdio.h>
#include <string.h>

static fray_h5 fixture;

static double *read_doubles(const char *group, const char *name, size_t dims[2]) {
  char path[96];
  int rank;
  size_t shape[FRAY_H5_MAX_RANK] = {0};
  bool is_text;
  snprintf(path, sizeof path, "%s/%s", group, name);
  OK(fray_h5_shape(fixture, path, &rank, shape, &is_text, &err));
  dims[0] = shape[0];
  dims[1] = rank > 1 ? shape[1] : 1;
  double *x = fray_arena_alloc(&arena, dims[0] * dims[1], sizeof *x);
  OK(fray_h5_read(fixture, path, FRAY_H5_F64, x, dims[0] * dims[1], &err));
  return x;
}

static double number(const char *group, const char *name) {
  size_t dims[2];
  return read_doubles(group, name, dims)[0];
}

static struct cohort cohort_of(const double *x, size_t n, size_t d) {
  struct cohort c = new_cohort(d, n);
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < d; i++)
      c.x[k][i] = (float)x[k * d + i];
  return c;
}

static void compare(const char *group, const char *what, const float *out, const double *expected,
                    size_t d) {
  double most = 0;
  for (size_t i = 0; i < d; i++)
    most = fmax(most, fabs(expected[i]));
  for (size_t i = 0; i < d; i++)
    if (!(fabs((double)out[i] - expected[i]) <= 1e-6 * most))
      fail_msg("%s %s: %.9g, not %.9g", group, what, (double)out[i], expected[i]);
}

/* f is that of the group. */
struct line {
  const char *result, *yaml;
};

static void follow(const char *group, size_t n, const struct line *line) {
  size_t dims[2], of[2];
  const double *x = read_doubles(group, "x", dims);
  const int f = (int)number(group, "f");
  for (size_t k = 0; k < n; k++) {
    char yaml[200];
    float out[64];
    const double *expected = read_doubles(group, line[k].result, of);
    snprintf(yaml, sizeof yaml, "{f: %d, %s}", f, line[k].yaml);
    const struct fray_aggregation_config config = read_rule(yaml);
    struct cohort c = cohort_of(x, dims[0], dims[1]);
    OK(combine(world, &config, &c, 1, out, NULL, &err));
    compare(group, line[k].result, out, expected, dims[1]);
  }
  fray_arena_reset(&arena);
}

static void rules_are_those_of_byzfl(void **state) {
  (void)state;
  static const struct line lines[] = {
      {"average", "rule: mean"},
      {"median", "rule: median"},
      {"trimmed_mean", "rule: trimmed_mean"},
      {"meamed", "rule: meamed"},
      {"krum", "rule: krum, neighbours: byzfl"},
      {"multi_krum", "rule: multi_krum, neighbours: byzfl"},
      {"mda", "rule: mda"},
      {"geometric_median", "rule: geometric_median, steps: 3, nu: 0.1"},
      {"centered_clipping", "rule: centered_clipping, tau: 10, steps: 3"},
  };
  for (int k = 0; k < 4; k++) {
    char group[16];
    snprintf(group, sizeof group, "byzfl%d", k);
    follow(group, FRAY_COUNT(lines), lines);
  }
}

static void rules_and_compositions_are_those_of_their_sources(void **state) {
  (void)state;
  static const struct line lines[] = {
      {"krum_paper", "rule: krum"},
      {"multi_krum_paper", "rule: multi_krum"},
      {"bulyan", "rule: bulyan"},
      {"mda", "rule: mda"},
      {"meamed", "rule: meamed"},
      {"geometric_median_T8", "rule: geometric_median, steps: 8, nu: 0.1"},
      {"geometric_median_exact", "rule: geometric_median, steps: 3000, nu: 1.0e-9"},
      {"nnm_trimmed_mean", "pre: [nnm], rule: trimmed_mean"},
      {"nnm_median", "pre: [nnm], rule: median"},
      {"nnm_krum", "pre: [nnm], rule: krum, neighbours: byzfl"},
      {"nnm_geometric_median", "pre: [nnm], rule: geometric_median, steps: 3, nu: 0.1"},
      {"arc_nnm_trimmed_mean", "pre: [arc, nnm], rule: trimmed_mean"},
      {"arc_geometric_median", "pre: [arc], rule: geometric_median, steps: 3, nu: 0.1"},
      {"clipping_2_nnm_median", "pre: [{kind: norm_clipping, norm: 2}, nnm], rule: median"},
  };
  for (int k = 0; k < 4; k++) {
    char group[16];
    snprintf(group, sizeof group, "case%d", k);
    follow(group, FRAY_COUNT(lines), lines);
  }
}

/* The centre of the second round is the result of the first. */
static void clipping_goes_on_from_where_it_was(void **state) {
  (void)state;
  const struct fray_aggregation_config config =
      read_rule("{rule: centered_clipping, tau: 3, steps: 1}");
  for (int k = 0; k < 4; k++) {
    char group[16];
    size_t dims[2], of[2];
    float first[64], second[64];
    snprintf(group, sizeof group, "case%d", k);
    const double *x = read_doubles(group, "x", dims);
    struct cohort c = cohort_of(x, dims[0], dims[1]);
    OK(combine(world, &config, &c, 1, first, NULL, &err));
    compare(group, "call1", first, read_doubles(group, "centered_clipping_call1", of), dims[1]);
    const double *next = read_doubles(group, "x_next", of);
    c = cohort_of(next, of[0], of[1]);
    memcpy(c.previous, first, dims[1] * sizeof *first);
    OK(combine(world, &config, &c, 1, second, NULL, &err));
    compare(group, "call2", second, read_doubles(group, "centered_clipping_call2", of), dims[1]);
  }
}

/* What the server trains itself stands beside the updates: with FLTrust the root, with MoNNA the
 * node's own, which is the fixture's last. */
static void trusted_updates_guide(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    char group[16], yaml[80];
    size_t dims[2], of[2];
    float out[64];
    snprintf(group, sizeof group, "case%d", k);
    const double *x = read_doubles(group, "x", dims), *root = read_doubles(group, "root", of);
    const struct fray_aggregation_config fltrust = read_rule("{rule: fltrust, root: c}");
    struct cohort c = cohort_of(x, dims[0], dims[1]);
    for (size_t i = 0; i < dims[1]; i++)
      c.root[i] = (float)root[i];
    OK(combine(world, &fltrust, &c, 1, out, NULL, &err));
    compare(group, "fltrust", out, read_doubles(group, "fltrust", of), dims[1]);
    snprintf(yaml, sizeof yaml, "{rule: monna, root: c, f: %d}", (int)number(group, "f"));
    const struct fray_aggregation_config monna = read_rule(yaml);
    memcpy(c.root, c.x[dims[0] - 1], dims[1] * sizeof *c.root);
    c.members--;
    OK(combine(world, &monna, &c, 1, out, NULL, &err));
    compare(group, "monna", out, read_doubles(group, "monna", of), dims[1]);
  }
}

/* All against it: nothing moves. */
static void nobody_is_trusted(void **state) {
  (void)state;
  size_t dims[2], of[2];
  float out[8] = {1, 1};
  const struct fray_aggregation_config config = read_rule("{rule: fltrust, root: c}");
  const double *x = read_doubles("fltrust_no_trust", "x", dims);
  const double *root = read_doubles("fltrust_no_trust", "root", of);
  struct cohort c = cohort_of(x, dims[0], dims[1]);
  for (size_t i = 0; i < dims[1]; i++)
    c.root[i] = (float)root[i];
  OK(combine(world, &config, &c, 1, out, NULL, &err));
  for (size_t i = 0; i < dims[1]; i++)
    assert_true(out[i] == 0);
}

/* ---- what goes before a rule, as the matrix that it is ---- */

/* In double: the fixture's updates, mixed. */
static void mixes_to(const char *group, const struct fray_variant *kind, size_t f, const double *x,
                     size_t n, size_t d, const char *result) {
  const struct fray_pre_aggregation_ops *ops = kind->choice->impl;
  const size_t left = ops->leaves ? ops->leaves(kind->params, n) : n;
  size_t of[2];
  const double *expected = read_doubles(group, result, of);
  double *gram = fray_arena_alloc(&arena, n * n, sizeof *gram);
  double *matrix = fray_arena_zero(&arena, left * n, sizeof *matrix);
  assert_int_equal(of[0], left);
  for (size_t a = 0; a < n; a++)
    for (size_t b = 0; b < n; b++) {
      gram[a * n + b] = 0;
      for (size_t i = 0; i < d; i++)
        gram[a * n + b] += x[a * d + i] * x[b * d + i];
    }
  const struct fray_judged judged = {
      .n = n, .width = n, .f = f, .gram = gram, .previous = n, .root = n, .seed = 5, .round = 2};
  OK(ops->mix(kind->params, &judged, matrix, &arena, &err));
  for (size_t a = 0; a < left; a++)
    for (size_t i = 0; i < d; i++) {
      double sum = 0;
      for (size_t k = 0; k < n; k++)
        sum += matrix[a * n + k] * x[k * d + i];
      if (!(fabs(sum - expected[a * d + i]) <= 1e-9 * fmax(1, fabs(expected[a * d + i]))))
        fail_msg("%s %s: %.12g, not %.12g", group, result, sum, expected[a * d + i]);
    }
}

static const struct fray_variant *only(const struct fray_aggregation_config *config) {
  assert_int_equal(config->pre.n, 1);
  return &((const struct fray_pre_aggregation *)config->pre.v)->kind;
}

static void what_goes_before_is_that_of_byzfl(void **state) {
  (void)state;
  static const struct {
    const char *group, *result, *yaml;
    bool no_f;
  } lines[] = {
      {"byzfl", "nnm", "{pre: [nnm]}", false},
      {"byzfl", "arc", "{pre: [arc]}", false},
      {"byzfl", "clipping", "{pre: [{kind: norm_clipping, norm: 2}]}", false},
      {"case", "nnm", "{pre: [nnm]}", false},
      {"case", "arc", "{pre: [arc]}", false},
      {"case", "arc_f0", "{pre: [arc]}", true},
      {"case", "clipping_0.5", "{pre: [{kind: norm_clipping, norm: 0.5}]}", false},
      {"case", "clipping_2", "{pre: [{kind: norm_clipping, norm: 2}]}", false},
      {"case", "clipping_10", "{pre: [{kind: norm_clipping, norm: 10}]}", false},
  };
  for (size_t r = 0; r < FRAY_COUNT(lines); r++)
    for (int k = 0; k < 4; k++) {
      char group[16];
      size_t dims[2];
      snprintf(group, sizeof group, "%s%d", lines[r].group, k);
      const double *x = read_doubles(group, "x", dims);
      const struct fray_aggregation_config config = read_rule(lines[r].yaml);
      mixes_to(group, only(&config), lines[r].no_f ? 0 : (size_t)number(group, "f"), x, dims[0],
               dims[1], lines[r].result);
      fray_arena_reset(&arena);
    }
}

/* The fixture gives a permutation; the updates are put where ours sends its places. */
static void buckets_are_those_of_byzfl(void **state) {
  (void)state;
  static const struct line lines[] = {{"bucketing", "{pre: [bucketing]}"},
                                      {"bucketing_3", "{pre: [{kind: bucketing, size: 3}]}"}};
  for (size_t r = 0; r < FRAY_COUNT(lines); r++)
    for (int k = 0; k < 4; k++) {
      char group[16], path[64];
      size_t dims[2], of[2];
      uint32_t order[64];
      struct fray_rng rng = fray_rng_for(5, "bucketing", 0, 2, 0);
      snprintf(group, sizeof group, "case%d", k);
      snprintf(path, sizeof path, "%s.permutation", lines[r].result);
      const double *x = read_doubles(group, "x", dims), *their = read_doubles(group, path, of);
      const size_t n = dims[0], d = dims[1];
      double *turned = fray_arena_alloc(&arena, n * d, sizeof *turned);
      for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
      fray_rng_shuffle(&rng, order, n);
      for (size_t i = 0; i < n; i++)
        memcpy(turned + order[i] * d, x + (size_t)their[i] * d, d * sizeof *x);
      const struct fray_aggregation_config config = read_rule(lines[r].yaml);
      mixes_to(group, only(&config), 0, turned, n, d, lines[r].result);
      fray_arena_reset(&arena);
    }
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK ||
      fray_comm_split(world, fray_comm_rank(world), &self, &err) != FRAY_OK ||
      fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/robust_rules.h5", &fixture, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rules_are_those_of_byzfl),
      cmocka_unit_test(rules_and_compositions_are_those_of_their_sources),
      cmocka_unit_test(clipping_goes_on_from_where_it_was),
      cmocka_unit_test(trusted_updates_guide),
      cmocka_unit_test(nobody_is_trusted),
      cmocka_unit_test(what_goes_before_is_that_of_byzfl),
      cmocka_unit_test(buckets_are_those_of_byzfl),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_h5_close(fixture, NULL);
  fray_arena_free(&arena);
  fray_comm_free(self);
  fray_comm_finish(world);
  return failed;
}
