/* Aggregation rules and what goes before them: laws that each entry of the lists keeps, on any
 * number of ranks and with any hosts. Results made elsewhere: test_rule_fixtures.c. */
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"
#include "ok.h"
#include "rule_blocks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- laws ---- */

static void equal_updates_give_that_update(const char *name,
                                           const struct fray_aggregation_config *config,
                                           int is_not) {
  static float out[N];
  struct cohort c = make_cohort(N, MEMBERS);
  for (size_t k = 1; k < MEMBERS; k++)
    memcpy(c.x[k], c.x[0], N * sizeof **c.x);
  memcpy(c.root, c.x[0], N * sizeof *c.root);
  OK(combine(world, config, &c, 1, out, NULL, &err));
  for (size_t i = 0; i < N && !is(is_not, VOTES); i++)
    assert_true(out[i] * c.x[0][i] >= 0); /* where it points */
  if (is(is_not, VOTES))
    near(name, out, c.x[0], N, 1e-6);
}

/* As one rank alone would have it, whoever holds what; and what each had of it. */
static void hosts_and_ranks_do_not_matter(const char *name,
                                          const struct fray_aggregation_config *config) {
  static float alone[N], out[N];
  double share[MEMBERS], other[MEMBERS], sum = 0;
  struct fray_judgement judged = {.influence = share}, again = {.influence = other};
  const struct cohort c = make_cohort(N, MEMBERS);
  OK(combine(self, config, &c, 0, alone, &judged, &err));
  for (size_t k = 0; k < MEMBERS; k++) {
    assert_true(share[k] >= 0);
    sum += share[k];
  }
  if (!(fabs(sum - 1) <= 1e-12))
    fail_msg("%s: shares add up to %g", name, sum);
  for (size_t step = 0; step < 4; step++) {
    memset(out, 0, sizeof out);
    OK(combine(world, config, &c, step, out, &again, &err));
    if (memcmp(alone, out, sizeof out) != 0 || memcmp(share, other, sizeof share) != 0 ||
        judged.f != again.f)
      fail_msg("%s: other bytes with other hosts (%zu)", name, step);
  }
}

static void order_does_not_matter(const char *name, const struct fray_aggregation_config *config) {
  static float out[N], turned[N];
  struct cohort c = make_cohort(N, MEMBERS), other = c;
  OK(combine(world, config, &c, 1, out, NULL, &err));
  other.x = fray_arena_alloc(&arena, MEMBERS, sizeof *other.x);
  for (size_t k = 0; k < MEMBERS; k++)
    other.x[k] = c.x[(k * 4 + 2) % MEMBERS];
  OK(combine(world, config, &other, 1, turned, NULL, &err));
  near(name, turned, out, N, 1e-6);
}

static void twice_the_updates_give_twice_the_result(const char *name,
                                                    const struct fray_aggregation_config *config) {
  static float once[N], twice[N];
  struct cohort c = make_cohort(N, MEMBERS);
  OK(combine(world, config, &c, 1, once, NULL, &err));
  for (size_t k = 0; k < MEMBERS; k++)
    for (size_t i = 0; i < N; i++)
      c.x[k][i] *= 2;
  for (size_t i = 0; i < N; i++) {
    c.root[i] *= 2;
    c.previous[i] *= 2;
  }
  OK(combine(world, config, &c, 1, twice, NULL, &err));
  for (size_t i = 0; i < N; i++)
    once[i] *= 2;
  near(name, twice, once, N, 1e-6);
}

/* All moved by the same: the result is moved by it. */
static void the_origin_does_not_matter(const char *name,
                                       const struct fray_aggregation_config *config) {
  static float here[N], there[N];
  struct cohort c = make_cohort(N, MEMBERS);
  OK(combine(world, config, &c, 1, here, NULL, &err));
  for (size_t i = 0; i < N; i++) {
    const float by = (float)(i % 7) - 3;
    for (size_t k = 0; k < MEMBERS; k++)
      c.x[k][i] += by;
    c.root[i] += by;
    c.previous[i] += by;
    here[i] += by;
  }
  OK(combine(world, config, &c, 1, there, NULL, &err));
  near(name, there, here, N, 2e-6);
}

/* What is not finite is an error on all ranks, and never a number. */
static void nan_is_refused(const char *name, const struct fray_aggregation_config *config) {
  static float out[N];
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  for (size_t k = 0; k < FRAY_COUNT(bad); k++) {
    struct fray_err err = {0};
    const struct cohort c = make_cohort(N, MEMBERS);
    c.x[k * 3][N - 1 - k] = bad[k];
    if (combine(world, config, &c, 1, out, NULL, &err) != FRAY_INTERNAL ||
        !strstr(err.text, "finite"))
      fail_msg("%s: %g went through: %s", name, (double)bad[k], err.text);
  }
}

static double distance(const float *x, const float *y) {
  double sum = 0;
  for (size_t i = 0; i < N; i++)
    sum += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
  return sqrt(sum);
}

/* In each coordinate it lies among the honest; of the whole: no farther from them than they are
 * from one another, times what f of n can pull a geometric median by. */
static void lies_among(const char *name, bool each, const struct cohort *good, size_t f,
                       const float *out) {
  double widest = 0, nearest = INFINITY;
  for (size_t a = 0; a < good->members; a++) {
    nearest = fmin(nearest, distance(out, good->x[a]));
    for (size_t b = 0; b < a; b++)
      widest = fmax(widest, distance(good->x[a], good->x[b]));
  }
  if (!(nearest <= 2.0 * MEMBERS / (double)(MEMBERS - 2 * f) * widest))
    fail_msg("%s: %zu outliers moved it by %g, the others lie within %g", name, f, nearest, widest);
  for (size_t i = 0; each && i < N; i++) {
    float low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < good->members; k++) {
      low = fminf(low, good->x[k][i]);
      high = fmaxf(high, good->x[k][i]);
    }
    if (!(out[i] >= low && out[i] <= high))
      fail_msg("%s: %g, the honest are in [%g, %g]", name, (double)out[i], (double)low,
               (double)high);
  }
}

/* Liar `which` of f: all where the others are, each on a side of its own, or each in coordinates of
 * its own. */
static void lie(int how, size_t which, size_t f, float far, float *x) {
  for (size_t i = 0; i < N; i++)
    if (how < 2 || i % f == which)
      x[i] = how == 1 && which % 2 ? -far : far;
}

/* As many outliers as it tolerates, or was told of, at several distances and in several ways,
 * before and behind the honest: the result stays where these are. */
static void outliers_are_outvoted(const char *name, const struct fray_aggregation_config *config,
                                  int is_not) {
  static float out[N];
  static const float far[] = {1e3f, 1e6f, -1e9f};
  enum { WAYS = 3 };
  const struct fray_rule_ops *ops = config->rule.choice->impl;
  const bool each = ops->form == FRAY_RULE_COORDINATE && is(is_not, HERE | LENGTH);
  const size_t left = fray_aggregation_leaves(config, MEMBERS);
  size_t f = ops->tolerates ? ops->tolerates(config->rule.params, left) : 0;
  if (fray_aggregation_uses_f(config))
    f = FRAY_MIN(f, fray_aggregation_f(config, MEMBERS));
  f = FRAY_MIN(f, (size_t)(MEMBERS - 1) / 2);
  for (size_t t = 0; t < FRAY_COUNT(far) * WAYS && f > 0; t++) {
    struct cohort c = make_cohort(N, MEMBERS), good = c;
    good.members = MEMBERS - f;
    if (t % 2) /* the honest are the last */
      good.x += f;
    for (size_t k = 0; k < f; k++)
      lie((int)(t / FRAY_COUNT(far)), k, f, far[t % FRAY_COUNT(far)],
          c.x[t % 2 ? k : MEMBERS - f + k]);
    memset(c.previous, 0, N * sizeof *c.previous);
    memcpy(c.root, good.x[1], N * sizeof *c.root);
    OK(combine(world, config, &c, 1, out, NULL, &err));
    if (is(is_not, VOTES))
      /* Liars that are like the others in most coordinates count there, and widen what is honest.
       */
      lies_among(name, each && t / FRAY_COUNT(far) < 2, &good, f, out);
    else
      assert_true(largest(out, N) <= 0.011);
  }
}

/* One less than it says is refused, and what it says is enough. */
static void too_few_are_refused(const char *name, const struct fray_aggregation_config *config) {
  static float out[N];
  char why[200];
  size_t n = 1;
  while (!fray_aggregation_takes(config, n, why, sizeof why))
    n++;
  assert_true(n <= MEMBERS);
  const struct cohort c = make_cohort(N, n);
  OK(combine(world, config, &c, 1, out, NULL, &err));
  if (n == 1)
    return;
  struct cohort few = c;
  struct fray_err err = {0};
  few.members--;
  if (combine(world, config, &few, 1, out, NULL, &err) != FRAY_INPUT)
    fail_msg("%s: %zu updates went through", name, few.members);
  SAYS(err, "(f)");
}

/* On several ranks the bytes are those of one, so that what is true of them need not be asked
 * again.
 */
static void keep_the_laws(const char *name, const struct fray_aggregation_config *config,
                          int is_not) {
  hosts_and_ranks_do_not_matter(name, config);
  nan_is_refused(name, config);
  too_few_are_refused(name, config);
  if (fray_comm_size(world) > 1)
    return;
  equal_updates_give_that_update(name, config, is_not);
  if (is(is_not, DRAWN))
    order_does_not_matter(name, config);
  if (is(is_not, LENGTH))
    twice_the_updates_give_twice_the_result(name, config);
  if (is(is_not, HERE))
    the_origin_does_not_matter(name, config);
  outliers_are_outvoted(name, config, is_not);
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
    const struct fray_aggregation_config config = read_rule(examples[e].yaml);
    keep_the_laws(name, &config, examples[e].is_not);
    fray_arena_reset(&arena);
  }
}

static void every_pre_aggregation_keeps_the_laws(void **state) {
  (void)state;
  for (size_t r = 0; r < fray_pre_aggregations.n; r++) {
    const char *name = fray_pre_aggregations.v[r]->name;
    size_t e = 0;
    while (e < FRAY_COUNT(before) && strcmp(before[e].kind, name) != 0)
      e++;
    if (e == FRAY_COUNT(before))
      fail_msg("%s has no line of example parameters", name);
  }
  for (size_t e = 0; e < FRAY_COUNT(before); e++) {
    const char *name = before[e].yaml;
    const int is_not = before[e].is_not;
    const struct fray_aggregation_config config = read_rule(name);
    keep_the_laws(name, &config, is_not);
    fray_arena_reset(&arena);
  }
}

/* Updates that are all equally far from one another, and as long: whoever is taken is the first. */
static void ties_go_to_the_first(void **state) {
  (void)state;
  static const struct {
    const char *yaml;
    size_t taken; /* of the result, the first so many alike */
  } lines[] = {{"{rule: krum, f: 3}", 1},
               {"{rule: krum, f: 3, neighbours: byzfl}", 1},
               {"{rule: multi_krum, f: 3}", MEMBERS - 3},
               {"{rule: mda, f: 3}", MEMBERS - 3},
               {"{rule: monna, root: c, f: 3}", MEMBERS - 3},
               {"{rule: bulyan, f: 2}", MEMBERS - 4},
               {"{pre: [arc], rule: krum, f: 3}", 1}};
  static float out[N];
  for (size_t r = 0; r < FRAY_COUNT(lines); r++) {
    const struct fray_aggregation_config config = read_rule(lines[r].yaml);
    double share[MEMBERS];
    struct fray_judgement judged = {.influence = share};
    struct cohort c = new_cohort(N, MEMBERS);
    for (size_t k = 0; k < MEMBERS; k++)
      for (size_t i = 0; i < N; i++)
        c.x[k][i] = i % MEMBERS == k && i < N / MEMBERS * MEMBERS;
    OK(combine(world, &config, &c, 1, out, &judged, &err));
    for (size_t k = 0; k < MEMBERS; k++)
      if ((share[k] > 0) != (k < lines[r].taken) ||
          (k < lines[r].taken && fabs(share[k] - share[0]) > 0.2 * share[0]))
        fail_msg("%s: of equals the first %zu are to be taken, but %zu has %g", lines[r].yaml,
                 lines[r].taken, k, share[k]);
    fray_arena_reset(&arena);
  }
}

/* Each update becomes the mean of itself and the first of those that are equally near. */
static void neighbours_are_the_first_of_equals(void **state) {
  (void)state;
  enum { FEW = 4 };
  const struct fray_aggregation_config config = read_rule("{pre: [nnm], rule: mean, f: 2}");
  const struct fray_pre_aggregation *pre = config.pre.v;
  const struct fray_pre_aggregation_ops *ops = pre->kind.choice->impl;
  static const double expected[FEW][FEW] = {
      {0.5, 0.5, 0, 0}, {0.5, 0.5, 0, 0}, {0.5, 0, 0.5, 0}, {0.5, 0, 0, 0.5}};
  double gram[FEW * FEW] = {0}, matrix[FEW * FEW] = {0};
  for (size_t k = 0; k < FEW; k++)
    gram[k * FEW + k] = 7;
  const struct fray_judged of = {
      .n = FEW, .width = FEW, .f = 2, .gram = gram, .previous = FEW, .root = FEW};
  OK(ops->mix(pre->kind.params, &of, matrix, &arena, &err));
  for (size_t k = 0; k < FEW * FEW; k++)
    assert_true(matrix[k] == expected[k / FEW][k % FEW]);
  fray_arena_reset(&arena);
}

/* Far ones are found, however many a share would have said; of updates that are alike none is. */
static void liars_are_counted(void **state) {
  (void)state;
  static float out[N];
  const struct fray_aggregation_config config =
      read_rule("{rule: trimmed_mean, f: 0.5, f_by: estimated}");
  for (size_t f = 0; f <= 4; f++) {
    struct fray_judgement judged = {0};
    struct cohort c = make_cohort(N, MEMBERS);
    for (size_t k = 0; k < f; k++)
      for (size_t i = 0; i < N; i++)
        c.x[k][i] = 50 * c.x[k][i] + 300;
    OK(combine(world, &config, &c, 1, out, &judged, &err));
    assert_int_equal(judged.f, f);
  }
  fray_arena_reset(&arena);
}

/* Where nothing of an update entered, its share is 0. */
static void outliers_have_no_share(void **state) {
  (void)state;
  static const char *const rules[] = {"{rule: median}",
                                      "{rule: krum, f: 2}",
                                      "{rule: multi_krum, f: 2}",
                                      "{rule: bulyan, f: 2}",
                                      "{rule: trimmed_mean, f: 2}",
                                      "{rule: mda, f: 2}",
                                      "{pre: [nnm], rule: krum, f: 2}"};
  static float out[N];
  for (size_t r = 0; r < FRAY_COUNT(rules); r++) {
    const struct fray_aggregation_config config = read_rule(rules[r]);
    double share[MEMBERS];
    struct fray_judgement judged = {.influence = share};
    struct cohort c = make_cohort(N, MEMBERS);
    for (size_t k = 4; k < 6; k++)
      for (size_t i = 0; i < N; i++)
        c.x[k][i] = 1e6f;
    OK(combine(world, &config, &c, 1, out, &judged, &err));
    for (size_t k = 0; k < MEMBERS; k++)
      if (k == 4 || k == 5)
        assert_true(share[k] == 0);
    fray_arena_reset(&arena);
  }
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
    OK(fray_gram_parts(comm, &slice, MEMBERS, slice.row, N, PARTS, end, &arena, k ? gram : alone,
                       &err));
    OK(fray_gram(comm, &slice, MEMBERS, slice.row, N, &arena, whole, &err));
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
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK ||
      fray_comm_split(world, fray_comm_rank(world), &self, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_rule_keeps_the_laws),
      cmocka_unit_test(products_of_parts_are_those_by_hand),
      cmocka_unit_test(every_pre_aggregation_keeps_the_laws),
      cmocka_unit_test(ties_go_to_the_first),
      cmocka_unit_test(neighbours_are_the_first_of_equals),
      cmocka_unit_test(liars_are_counted),
      cmocka_unit_test(outliers_have_no_share),
      cmocka_unit_test(every_rule_judges_blocks),
      cmocka_unit_test(f_of_a_block_is_that_of_the_round),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_arena_free(&arena);
  fray_comm_free(self);
  fray_comm_finish(world);
  return failed;
}
