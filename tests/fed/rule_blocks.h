/* Laws of rules that judge each modality's block among its holders: part of test_rules.c. */
#ifndef RULE_BLOCKS_H
#define RULE_BLOCKS_H

#include "rule_examples.h"

enum { PIECES = 5 };

/* Tensors in a row, each of a modality, from first[k] to first[k + 1]. */
static struct fray_param_table make_table(const size_t first[PIECES + 1],
                                          const int modality[PIECES]) {
  struct fray_param_table table = {.total = first[PIECES]};
  table.v = fray_arena_zero(&arena, PIECES, sizeof *table.v);
  for (size_t k = 0; k < PIECES; k++)
    if (first[k + 1] > first[k])
      table.v[table.n++] = (struct fray_param){
          .offset = first[k], .size = first[k + 1] - first[k], .modality = modality[k]};
  return table;
}

/* Cuts within blocks of coordinates and at their ends; the first modality lies in two places. */
static const size_t cut[PIECES + 1] = {0, 700, 1024, 1500, 2048, N};
static const int of_modality[PIECES] = {0, FRAY_PARAM_SHARED, 1, 0, 2};

/* One block that all hold is the whole; and a rule that looks at coordinates by themselves makes
 * the same of them however they are cut. */
static void one_block_is_the_rule(const char *name, const struct fray_aggregation_config *config) {
  static const size_t all[PIECES + 1] = {0, N, N, N, N, N};
  static float whole[N], out[N];
  const struct fray_rule_ops *ops = config->rule.choice->impl;
  const bool by_coordinate =
      ops->form == FRAY_RULE_COORDINATE && !ops->choose && config->pre.n == 0;
  double share[MEMBERS], other[MEMBERS], even[MEMBERS];
  uint8_t holds[(MEMBERS + 1) * 3];
  bool rests[3];
  struct cohort c = make_cohort(N, MEMBERS);
  struct fray_judgement judged = {.influence = share};
  struct fray_judgement again = {.influence = other, .even = even, .rests = rests};
  memset(holds, 1, sizeof holds);
  OK(combine(world, config, &c, 1, whole, &judged, &err));
  for (int cuts = 0; cuts <= by_coordinate; cuts++) {
    const struct fray_param_table table = make_table(cuts ? cut : all, of_modality);
    const struct fray_held held = {.table = &table, .modalities = 3, .holds = holds};
    c.held = &held;
    OK(combine(world, config, &c, 1, out, &again, &err));
    assert_false(rests[0]);
    if (memcmp(whole, out, sizeof out) != 0 || judged.f != again.f)
      fail_msg("%s: a block that all hold is judged otherwise than the whole", name);
    for (size_t k = 0; k < MEMBERS; k++) {
      /* Of a block the same share whatever enters of each of its coordinates: nearly the whole's.
       */
      assert_true(cuts ? fabs(share[k] - other[k]) <= 0.02 : share[k] == other[k]);
      assert_true(fabs(even[k] - 1.0 / MEMBERS) <= 1e-12);
    }
  }
}

/* All hold the first modality, all but two the second, four the third. */
static void deal_blocks(uint8_t holds[(MEMBERS + 1) * 3]) {
  for (size_t k = 0; k < MEMBERS; k++) {
    holds[k * 3] = 1;
    holds[k * 3 + 1] = k != 2 && k != 7;
    holds[k * 3 + 2] = k % 3 == 1;
  }
}

/* The holders alone as a cohort of their own, with zeros beyond the block: what the block is to
 * come to. n: the f of the round, as a count. */
static void by_hand(const struct fray_aggregation_config *config, const struct cohort *c,
                    const uint8_t *holds, int modality, float *out) {
  struct cohort some = new_cohort(N, MEMBERS);
  some.members = 0;
  for (size_t k = 0; k < MEMBERS; k++)
    if (modality < 0 || holds[k * 3 + (size_t)modality])
      memcpy(some.x[some.members++], c->x[k], N * sizeof **c->x);
  memcpy(some.previous, c->previous, N * sizeof *c->previous);
  memcpy(some.root, c->root, N * sizeof *c->root);
  for (size_t p = 0; p < PIECES; p++)
    for (size_t i = cut[p]; i < cut[p + 1] && of_modality[p] != modality; i++) {
      some.previous[i] = some.root[i] = 0;
      for (size_t k = 0; k < some.members; k++)
        some.x[k][i] = 0;
    }
  OK(combine(world, config, &some, 1, out, NULL, &err));
}

/* Each block is what the rule makes of its holders; one that too few hold rests; what each had of
 * all is its shares by coordinates; whoever holds what, on any ranks. */
static void blocks_are_judged_among_their_holders(const char *name,
                                                  const struct fray_aggregation_config *config) {
  static float alone[N], out[N], own[N];
  const struct fray_param_table table = make_table(cut, of_modality);
  double share[MEMBERS], other[MEMBERS], even[MEMBERS], sum = 0, evens = 0;
  uint8_t holds[(MEMBERS + 1) * 3];
  bool rests[3], again[3];
  struct fray_judgement judged = {.influence = share, .even = even, .rests = rests};
  struct fray_judgement judged_again = {.influence = other, .rests = again};
  struct cohort c = make_cohort(N, MEMBERS);
  const struct fray_held held = {.table = &table, .modalities = 3, .holds = holds};
  c.held = &held;
  deal_blocks(holds);
  OK(combine(self, config, &c, 0, alone, &judged, &err));
  for (size_t step = 1; step < 4; step++) {
    OK(combine(world, config, &c, step, out, &judged_again, &err));
    if (memcmp(alone, out, sizeof out) != 0 || memcmp(share, other, sizeof share) != 0 ||
        memcmp(rests, again, sizeof rests) != 0)
      fail_msg("%s: other bytes of blocks with other hosts (%zu)", name, step);
  }
  for (size_t k = 0; k < MEMBERS; k++) {
    sum += share[k];
    evens += even[k];
  }
  assert_true(fabs(sum - 1) <= 1e-12 && fabs(evens - 1) <= 1e-12);
  for (int m = -1; m < 3; m++) {
    size_t holders = 0;
    char why[200];
    for (size_t k = 0; k < MEMBERS; k++)
      holders += m < 0 || holds[k * 3 + (size_t)m];
    const bool takes =
        m < 0 || fray_aggregation_takes_block(config, MEMBERS, holders, why, sizeof why);
    assert_true(m < 0 || rests[m] == !takes);
    if (takes)
      by_hand(config, &c, holds, m, own);
    for (size_t p = 0; p < PIECES; p++)
      for (size_t i = cut[p]; i < cut[p + 1] && of_modality[p] == m; i++)
        if (!(fabs((double)out[i] - (takes ? (double)own[i] : 0)) <= 1e-6 * largest(own, N)))
          fail_msg("%s, modality %d: %g, not %g, at %zu", name, m, (double)out[i],
                   takes ? (double)own[i] : 0, i);
  }
}

/* As many liars as f, all of them among the few who hold a block: it keeps to the honest, or rests.
 */
static void liars_who_hold_a_block_do_not_decide_it(const char *name,
                                                    const struct fray_aggregation_config *config) {
  static float out[N];
  const struct fray_param_table table = make_table(cut, of_modality);
  const size_t f = fray_aggregation_f(config, MEMBERS);
  const struct fray_rule_ops *ops = config->rule.choice->impl;
  for (size_t holders = 1; holders <= MEMBERS; holders++) {
    uint8_t holds[(MEMBERS + 1) * 3] = {0};
    bool rests[3];
    double honest = 0;
    struct fray_judgement judged = {.rests = rests};
    struct cohort c = make_cohort(N, MEMBERS);
    const struct fray_held held = {.table = &table, .modalities = 3, .holds = holds};
    c.held = &held;
    for (size_t k = 0; k < holders; k++)
      holds[k * 3 + 2] = 1;
    for (size_t k = 0; k < FRAY_MIN(f, holders); k++)
      for (size_t i = cut[4]; i < N; i++)
        c.x[k][i] = 1e6f;
    for (size_t k = f; k < MEMBERS; k++)
      honest = fmax(honest, largest(c.x[k] + cut[4], N - cut[4]));
    OK(combine(world, config, &c, 1, out, &judged, &err));
    assert_true(!rests[2] || largest(out + cut[4], N - cut[4]) == 0);
    if (!ops->root && holders < 2 * f + 1)
      assert_true(rests[2]);
    if (!(largest(out + cut[4], N - cut[4]) <= 8 * honest)) /* they would make 1e5 of it */
      fail_msg("%s: %zu liars of %zu holders made %g of a block of at most %g", name, f, holders,
               largest(out + cut[4], N - cut[4]), honest);
  }
}

static void every_rule_judges_blocks(void **state) {
  (void)state;
  /* Of longer compositions the mixes of neighbours are equal to one another, and rounding decides
   * whose a tie is: there is nothing to compare by hand. */
  for (size_t r = 0; r < FRAY_COUNT(examples) + fray_pre_aggregations.n; r++) {
    const bool is_rule = r < FRAY_COUNT(examples);
    const char *name = is_rule ? examples[r].rule : before[r - FRAY_COUNT(examples)].kind;
    char yaml[160];
    snprintf(yaml, sizeof yaml, "{blocks: holders, %s",
             (is_rule ? examples[r].yaml : before[r - FRAY_COUNT(examples)].yaml) + 1);
    const struct fray_aggregation_config config = read_rule(yaml);
    if (!fray_aggregation_judges_blocks(&config))
      continue;
    one_block_is_the_rule(name, &config);
    blocks_are_judged_among_their_holders(name, &config);
    if (is_rule && is(examples[r].is_not, LENGTH) && fray_comm_size(world) == 1)
      liars_who_hold_a_block_do_not_decide_it(name, &config);
    fray_arena_reset(&arena);
  }
}

/* A share is of those that came: of a block's holders alone it would be fewer than may hold it. */
static void f_of_a_block_is_that_of_the_round(void **state) {
  (void)state;
  char why[200];
  const struct fray_aggregation_config median = read_rule("{rule: median, blocks: holders}");
  const struct fray_aggregation_config krum = read_rule("{rule: krum, blocks: holders, f: 2}");
  const struct fray_aggregation_config found =
      read_rule("{rule: krum, blocks: holders, f: 0.2, f_by: estimated}");
  const struct fray_aggregation_config buckets =
      read_rule("{rule: median, pre: [bucketing], blocks: holders, f: 2}");
  const struct fray_aggregation_config trusted =
      read_rule("{rule: fltrust, root: c, blocks: holders}");
  assert_false(fray_aggregation_takes_block(&median, 10, 4, why, sizeof why));
  assert_non_null(strstr(why, "a majority needs 5"));
  assert_true(fray_aggregation_takes_block(&median, 10, 5, why, sizeof why));
  assert_true(fray_aggregation_takes_block(&median, 4, 1, why, sizeof why)); /* f is 0 of 4 */
  assert_false(fray_aggregation_takes_block(&median, 4, 0, why, sizeof why));
  assert_false(fray_aggregation_takes_block(&krum, 10, 6, why, sizeof why));
  assert_true(fray_aggregation_takes_block(&krum, 10, 7, why, sizeof why));
  assert_false(fray_aggregation_takes_block(&found, 10, 6, why, sizeof why));
  assert_true(fray_aggregation_takes_block(&found, 10, 7, why, sizeof why));
  assert_int_equal(fray_aggregation_bound_of_block(&found, 20, 8), 2);
  assert_false(fray_aggregation_takes_block(&buckets, 10, 8, why, sizeof why));
  assert_true(fray_aggregation_takes_block(&buckets, 10, 9, why, sizeof why));
  assert_false(fray_aggregation_takes_block(&trusted, 10, 2, why, sizeof why));
  assert_true(fray_aggregation_takes_block(&trusted, 10, 3, why, sizeof why));
  fray_arena_reset(&arena);
}

#endif
