/* Aggregation rules: laws that each entry of rules.def keeps, on any number of ranks and with any
 * hosts; and results of ByzFL (tests/fixtures/aggregators.h5). */
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"
#include "fray/h5/h5.h"
#include "ok.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of example parameters for each rule: a rule without one fails. */
static const struct {
  const char *rule, *yaml;
} examples[] = {
    {"mean", "{rule: mean}"},
    {"median", "{rule: median}"},
};

enum { N = 2500, MEMBERS = 9 }; /* some blocks, the last one short; ranks without any too */

static struct fray_comm *world, *self; /* self: this rank alone */
static struct fray_arena arena;

static struct fray_variant read_rule(const char *yaml) {
  struct fray_node *node;
  struct fray_aggregation_config config;
  OK(fray_yaml_parse(yaml, "test", &arena, &node, &err));
  OK(fray_schema_read(&fray_aggregation_table, node, "", &config, &arena, &err));
  return config.rule;
}

/* A cohort on all ranks: member i lies on rank (i x step) % ranks. */
struct cohort {
  size_t n, members;
  float **x;      /* (members)(n), everywhere */
  double *weight; /* (members) */
};

static struct cohort make_cohort(size_t n, size_t members) {
  struct cohort c = {.n = n, .members = members};
  c.x = fray_arena_alloc(&arena, members, sizeof *c.x);
  c.weight = fray_arena_alloc(&arena, members, sizeof *c.weight);
  for (size_t k = 0; k < members; k++) {
    struct fray_rng rng = fray_rng_for(3, "test/rules", k, 0, 0);
    c.x[k] = fray_arena_alloc(&arena, n, sizeof **c.x);
    c.weight[k] = 1.0 / (double)members;
    for (size_t i = 0; i < n; i++)
      c.x[k][i] = (float)(fray_rng_normal(&rng) * pow(10.0, (double)(i / 700 % 5) - 2.0));
  }
  return c;
}

static enum fray_status combine(struct fray_comm *comm, const struct fray_variant *rule,
                                const struct cohort *c, size_t step, float *out,
                                struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(&arena);
  int *host = fray_arena_alloc(&arena, c->members, sizeof *host);
  const float **update = fray_arena_alloc(&arena, c->members, sizeof *update);
  double *weight = fray_arena_alloc(&arena, c->members, sizeof *weight);
  size_t mine = 0;
  for (size_t k = 0; k < c->members; k++) {
    host[k] = (int)(k * step % (size_t)fray_comm_size(comm));
    if (host[k] != fray_comm_rank(comm))
      continue;
    update[mine] = c->x[k];
    weight[mine++] = c->weight[k];
  }
  const struct fray_updates u = {
      .total = c->n, .members = c->members, .host = host, .update = update, .weight = weight};
  const enum fray_status status = fray_aggregate(comm, rule, &u, &arena, out, err);
  fray_arena_rewind(&arena, mark);
  return status;
}

static double largest(const float *x, size_t n) {
  double most = 0;
  for (size_t i = 0; i < n; i++)
    most = fmax(most, fabs((double)x[i]));
  return most;
}

static void near(const char *rule, const float *x, const float *y, size_t n, double share) {
  const double scale = largest(y, n);
  for (size_t i = 0; i < n; i++)
    if (!(fabs((double)x[i] - (double)y[i]) <= share * scale))
      fail_msg("%s: %g, not %g, at %zu", rule, (double)x[i], (double)y[i], i);
}

/* ---- laws ---- */

static void equal_updates_give_that_update(const char *name, const struct fray_variant *rule) {
  static float out[N];
  struct cohort c = make_cohort(N, MEMBERS);
  for (size_t k = 1; k < MEMBERS; k++)
    memcpy(c.x[k], c.x[0], N * sizeof **c.x);
  OK(combine(world, rule, &c, 1, out, &err));
  near(name, out, c.x[0], N, 1e-7);
}

/* As one rank alone would have it, whoever holds what. */
static void hosts_and_ranks_do_not_matter(const char *name, const struct fray_variant *rule) {
  static float alone[N], out[N];
  const struct cohort c = make_cohort(N, MEMBERS);
  OK(combine(self, rule, &c, 0, alone, &err));
  for (size_t step = 0; step < 4; step++) {
    memset(out, 0, sizeof out);
    OK(combine(world, rule, &c, step, out, &err));
    if (memcmp(alone, out, sizeof out) != 0)
      fail_msg("%s: other bytes with other hosts (%zu)", name, step);
  }
}

static void order_does_not_matter(const char *name, const struct fray_variant *rule) {
  static float out[N], turned[N];
  struct cohort c = make_cohort(N, MEMBERS), other = c;
  OK(combine(world, rule, &c, 1, out, &err));
  other.x = fray_arena_alloc(&arena, MEMBERS, sizeof *other.x);
  for (size_t k = 0; k < MEMBERS; k++)
    other.x[k] = c.x[(k * 4 + 2) % MEMBERS];
  OK(combine(world, rule, &other, 1, turned, &err));
  near(name, turned, out, N, 1e-7);
}

static void twice_the_updates_give_twice_the_result(const char *name,
                                                    const struct fray_variant *rule) {
  static float once[N], twice[N];
  const struct cohort c = make_cohort(N, MEMBERS);
  OK(combine(world, rule, &c, 1, once, &err));
  for (size_t k = 0; k < MEMBERS; k++)
    for (size_t i = 0; i < N; i++)
      c.x[k][i] *= 2;
  OK(combine(world, rule, &c, 1, twice, &err));
  for (size_t i = 0; i < N; i++)
    once[i] *= 2;
  near(name, twice, once, N, 1e-7);
}

/* What is not finite is an error on all ranks, and never a number. */
static void nan_is_refused(const char *name, const struct fray_variant *rule) {
  static float out[N];
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  for (size_t k = 0; k < FRAY_COUNT(bad); k++) {
    struct fray_err err = {0};
    const struct cohort c = make_cohort(N, MEMBERS);
    c.x[k * 3][N - 1 - k] = bad[k];
    if (combine(world, rule, &c, 1, out, &err) != FRAY_INTERNAL || !strstr(err.text, "finite"))
      fail_msg("%s: %g went through: %s", name, (double)bad[k], err.text);
  }
}

/* As many outliers as it tolerates, far away and all on one side, move the result by less than the
 * honest updates differ from one another. */
static void outliers_move_less_than_the_spread(const char *name, const struct fray_variant *rule) {
  static float honest[N], out[N];
  const struct fray_rule_ops *ops = rule->choice->impl;
  const size_t f = ops->tolerates ? ops->tolerates(rule->params, MEMBERS) : 0;
  struct cohort c = make_cohort(N, MEMBERS), good = c;
  good.members = MEMBERS - f;
  for (size_t k = 0; k < good.members; k++)
    good.weight[k] = 1.0 / (double)good.members;
  OK(combine(world, rule, &good, 1, honest, &err));
  for (size_t k = 0; k < MEMBERS; k++)
    c.weight[k] = 1.0 / MEMBERS;
  for (size_t k = MEMBERS - f; k < MEMBERS; k++)
    for (size_t i = 0; i < N; i++)
      c.x[k][i] = 1e6f;
  OK(combine(world, rule, &c, 1, out, &err));
  for (size_t i = 0; i < N; i++) {
    double low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < good.members; k++) {
      low = fmin(low, (double)c.x[k][i]);
      high = fmax(high, (double)c.x[k][i]);
    }
    if (!(fabs((double)out[i] - (double)honest[i]) <= high - low))
      fail_msg("%s: %zu outliers moved it by %g, the others lie within %g", name, f,
               fabs((double)out[i] - (double)honest[i]), high - low);
  }
}

static void too_few_are_refused(const char *name, const struct fray_variant *rule) {
  static float out[N];
  const struct fray_rule_ops *ops = rule->choice->impl;
  const size_t fewest = ops->fewest ? ops->fewest(rule->params) : 1;
  const struct cohort c = make_cohort(N, fewest);
  OK(combine(world, rule, &c, 1, out, &err));
  if (fewest == 1) {
    near(name, out, c.x[0], N, 1e-7); /* of one alone it is that one */
    return;
  }
  struct cohort few = c;
  struct fray_err err = {0};
  few.members--;
  assert_int_equal(combine(world, rule, &few, 1, out, &err), FRAY_INPUT);
  SAYS(err, "the aggregation rule needs at least");
}

static void every_rule_keeps_the_laws(void **state) {
  (void)state;
  for (size_t r = 0; r < fray_rules.n; r++) {
    const char *name = fray_rules.v[r]->name;
    size_t e = 0;
    while (e < FRAY_COUNT(examples) && strcmp(examples[e].rule, name) != 0)
      e++;
    if (e == FRAY_COUNT(examples))
      fail_msg("the rule %s has no line of example parameters", name);
    const struct fray_variant rule = read_rule(examples[e].yaml);
    equal_updates_give_that_update(name, &rule);
    hosts_and_ranks_do_not_matter(name, &rule);
    order_does_not_matter(name, &rule);
    twice_the_updates_give_twice_the_result(name, &rule);
    nan_is_refused(name, &rule);
    outliers_move_less_than_the_spread(name, &rule);
    too_few_are_refused(name, &rule);
  }
  fray_arena_reset(&arena);
}

/* ---- results made elsewhere ---- */

static fray_h5 fixture;

static double *read_doubles(const char *group, const char *name, size_t dims[2]) {
  char path[64];
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

/* In doubles, coordinate by coordinate: to the last bits. */
static void median_of_doubles(const double *x, size_t n, size_t d, const double *expected) {
  const struct fray_variant rule = read_rule("{rule: median}");
  const struct fray_rule_ops *ops = rule.choice->impl;
  double value[64];
  for (size_t i = 0; i < d; i++) {
    for (size_t k = 0; k < n; k++)
      value[k] = x[k * d + i];
    assert_true(fabs(ops->coordinate(rule.params, n, value) - expected[i]) <=
                1e-15 * fabs(expected[i]));
  }
}

static struct cohort cohort_of(const double *x, size_t n, size_t d) {
  struct cohort c = make_cohort(d, n);
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < d; i++)
      c.x[k][i] = (float)x[k * d + i];
  return c;
}

static void compare(const char *what, const float *out, const double *expected, size_t d) {
  double most = 0;
  for (size_t i = 0; i < d; i++)
    most = fmax(most, fabs(expected[i]));
  for (size_t i = 0; i < d; i++)
    if (!(fabs((double)out[i] - expected[i]) <= 1e-6 * most))
      fail_msg("%s: %g, not %g", what, (double)out[i], expected[i]);
}

static void mean_and_median_are_those_of_byzfl(void **state) {
  (void)state;
  static const char *const rules[] = {"mean", "median"}, *const names[] = {"average", "median"};
  for (int k = 0; k < 4; k++) {
    char group[16], yaml[32];
    size_t dims[2], out_dims[2];
    float out[64];
    snprintf(group, sizeof group, "case%d", k);
    const double *x = read_doubles(group, "x", dims);
    for (size_t r = 0; r < 2; r++) {
      snprintf(yaml, sizeof yaml, "{rule: %s}", rules[r]);
      const struct fray_variant rule = read_rule(yaml);
      const double *expected = read_doubles(group, names[r], out_dims);
      struct cohort c = cohort_of(x, dims[0], dims[1]);
      if (r == 1)
        c.weight[0] = 17; /* which only the mean looks at */
      OK(combine(world, &rule, &c, 1, out, &err));
      compare(yaml, out, expected, dims[1]);
    }
    median_of_doubles(x, dims[0], dims[1], read_doubles(group, "median", out_dims));
  }
  fray_arena_reset(&arena);
}

/* ---- the form MIX, with a rule that stands in no list ---- */

/* Krum as ByzFL has it: the update with the least sum of squared distances to its n - f - 1 nearest
 * others. params: f. */
static enum fray_status krum(const void *params, size_t n, const double *gram, double *weight,
                             struct fray_arena *scratch, struct fray_err *err) {
  const size_t f = *(const size_t *)params;
  size_t best = 0;
  double *d, least = INFINITY;
  FRAY_ALLOC(d, scratch, n, err);
  for (size_t a = 0; a < n; a++) {
    double sum = 0;
    for (size_t b = 0; b < n; b++)
      d[b] = a == b ? INFINITY : gram[a * n + a] + gram[b * n + b] - 2 * gram[a * n + b];
    for (size_t k = 0; k < n - f - 1; k++) {
      size_t next = 0;
      for (size_t b = 1; b < n; b++)
        next = d[b] < d[next] ? b : next;
      sum += d[next];
      d[next] = INFINITY;
    }
    best = sum < least ? a : best;
    least = sum < least ? sum : least;
  }
  for (size_t a = 0; a < n; a++)
    weight[a] = a == best;
  return FRAY_OK;
}

/* One nearest other at least. */
static size_t krum_fewest(const void *params) {
  return *(const size_t *)params + 2;
}

static void krum_by_the_gram_is_that_of_byzfl(void **state) {
  (void)state;
  const struct fray_rule_ops ops = {.form = FRAY_RULE_MIX, .mix = krum, .fewest = krum_fewest};
  for (int k = 0; k < 4; k++) {
    char group[16];
    size_t dims[2], one[2];
    float out[64];
    snprintf(group, sizeof group, "case%d", k);
    const double *x = read_doubles(group, "x", dims);
    const size_t f = (size_t)*read_doubles(group, "f", one);
    const struct fray_choice choice = {.name = "krum", .impl = &ops};
    const struct fray_variant rule = {.choice = &choice, .params = (void *)&f};
    const struct cohort c = cohort_of(x, dims[0], dims[1]);
    OK(combine(world, &rule, &c, 1, out, &err));
    compare("krum", out, read_doubles(group, "krum", one), dims[1]);
    too_few_are_refused("krum", &rule);
  }
  fray_arena_reset(&arena);
}

/* Weights of either sign: (u_1 - u_0) / 2 ... from the products; and the same bytes on all ranks.
 */
static enum fray_status contrast(const void *params, size_t n, const double *gram, double *weight,
                                 struct fray_arena *scratch, struct fray_err *err) {
  (void)params, (void)scratch, (void)err;
  for (size_t a = 0; a < n; a++)
    weight[a] = gram[a * n + (a + 1) % n] / gram[a * n + a];
  return FRAY_OK;
}

static void a_mix_is_the_same_on_any_ranks(void **state) {
  (void)state;
  static float alone[N], out[N];
  const struct fray_rule_ops ops = {.form = FRAY_RULE_MIX, .mix = contrast};
  const struct fray_choice choice = {.name = "contrast", .impl = &ops};
  const struct fray_variant rule = {.choice = &choice};
  const struct cohort c = make_cohort(N, MEMBERS);
  OK(combine(self, &rule, &c, 0, alone, &err));
  for (size_t i = 0; i < N; i++) { /* by hand, in doubles */
    double sum = 0;
    for (size_t a = 0; a < MEMBERS; a++) {
      double with_next = 0, with_itself = 0;
      for (size_t j = 0; i % 500 == 0 && j < N; j++) {
        with_next += (double)c.x[a][j] * (double)c.x[(a + 1) % MEMBERS][j];
        with_itself += (double)c.x[a][j] * (double)c.x[a][j];
      }
      if (i % 500 == 0)
        sum += with_next / with_itself * (double)c.x[a][i];
    }
    if (i % 500 == 0)
      assert_true(fabs(sum - (double)alone[i]) <= 1e-6 * largest(alone, N));
  }
  for (size_t step = 0; step < 4; step++) {
    OK(combine(world, &rule, &c, step, out, &err));
    assert_memory_equal(alone, out, sizeof out);
  }
  fray_arena_reset(&arena);
}

/* Parts that end within blocks, at their ends, and in the same block; the whole is one part. */
static void products_of_parts_are_those_by_hand(void **state) {
  (void)state;
  enum { PARTS = 6, TABLE = MEMBERS * MEMBERS };
  static const size_t end[PARTS] = {3, 700, 1024, 1030, 2048, N};
  static double alone[PARTS * TABLE], gram[PARTS * TABLE], whole[TABLE];
  const struct cohort c = make_cohort(N, MEMBERS);
  for (int k = 0; k < 2; k++) {
    struct fray_comm *comm = k ? world : self;
    const struct fray_arena_place mark = fray_arena_mark(&arena);
    int host[MEMBERS];
    const float *update[MEMBERS];
    struct fray_slice slice;
    size_t mine = 0;
    for (size_t i = 0; i < MEMBERS; i++) {
      host[i] = (int)(i * 2 % (size_t)fray_comm_size(comm));
      if (host[i] == fray_comm_rank(comm))
        update[mine++] = c.x[i];
    }
    const struct fray_updates u = {.total = N, .members = MEMBERS, .host = host, .update = update};
    OK(fray_slice_gather(comm, &u, &arena, &slice, &err));
    fray_slice_gram_parts(comm, &slice, PARTS, end, k ? gram : alone);
    fray_slice_gram(comm, &slice, whole);
    fray_arena_rewind(&arena, mark);
  }
  assert_memory_equal(alone, gram, sizeof gram);
  for (size_t at = 0; at < TABLE; at++) {
    double all = 0, scale = 0;
    for (size_t part = 0, i = 0; part < PARTS; part++) {
      double sum = 0;
      for (; i < end[part]; i++)
        sum += (double)c.x[at / MEMBERS][i] * (double)c.x[at % MEMBERS][i];
      scale += fabs(sum);
      all += gram[part * TABLE + at];
      assert_true(fabs(sum - gram[part * TABLE + at]) <= 1e-12 * (scale + 1));
    }
    assert_true(fabs(all - whole[at]) <= 1e-10 * (scale + 1));
  }
  fray_arena_reset(&arena);
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  char path[4096];
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK ||
      fray_comm_split(world, fray_comm_rank(world), &self, &err) != FRAY_OK)
    return 1;
  snprintf(path, sizeof path, "%s", FRAY_SOURCE_DIR "/tests/fixtures/aggregators.h5");
  if (fray_h5_open(path, &fixture, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_rule_keeps_the_laws),
      cmocka_unit_test(mean_and_median_are_those_of_byzfl),
      cmocka_unit_test(krum_by_the_gram_is_that_of_byzfl),
      cmocka_unit_test(a_mix_is_the_same_on_any_ranks),
      cmocka_unit_test(products_of_parts_are_those_by_hand),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_h5_close(fixture, NULL);
  fray_arena_free(&arena);
  fray_comm_free(self);
  fray_comm_finish(world);
  return failed;
}
