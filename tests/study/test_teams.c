/* Teams: who is in which, in what order trials are taken, how many end soonest, and what ranks that
 * find no trial left do for those that still train. */
#include "study/plan/teams.h"
#include "study/run/team_table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 64 };

/* Small integers from a fixed stream, so that sums are exact. */
static unsigned next(unsigned *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 16;
}

static void every_rank_has_a_team_of_neighbours(void **state) {
  (void)state;
  for (int ranks = 1; ranks <= 17; ranks++)
    for (int teams = 1; teams <= ranks; teams++) {
      int size[17] = {0}, least = ranks, most = 0;
      for (int r = 0; r < ranks; r++) {
        const int team = fray_team_of(r, ranks, teams);
        assert_in_range(team, 0, teams - 1);
        if (r > 0)
          assert_in_range(team - fray_team_of(r - 1, ranks, teams), 0, 1);
        size[team]++;
      }
      for (int t = 0; t < teams; t++) {
        least = size[t] < least ? size[t] : least;
        most = size[t] > most ? size[t] : most;
        assert_true(t == 0 || size[t] <= size[t - 1]);
      }
      assert_in_range(least, 1, ranks);
      assert_in_range(most - least, 0, 1);
    }
  assert_int_equal(fray_team_of(2, 5, 2), 0); /* 3 + 2 */
  assert_int_equal(fray_team_of(3, 5, 2), 1);
}

static void speed_is_what_was_measured_on_two_ranks(void **state) {
  (void)state;
  assert_true(fray_team_speed(1, 10) == 1);
  assert_true(fabs(fray_team_speed(2, 10) - 1.88) < 1e-12);
}

/* Ranks without a client of the round wait; so do those beside the one that has one more. */
static void a_cohort_bounds_what_ranks_give(void **state) {
  (void)state;
  for (int ranks = 1; ranks <= 8; ranks++)
    assert_true(fray_team_speed(ranks, 1) == 1);
  assert_true(fray_team_speed(64, 10) == fray_team_speed(10, 10));
  assert_true(fray_team_speed(7, 10) == fray_team_speed(5, 10)); /* two clients each, or fewer */
  for (size_t cohort = 0; cohort <= 40; cohort++)
    for (int ranks = 1; ranks <= 40; ranks++) {
      assert_true(fray_team_speed(ranks, cohort) <= ranks + 1e-12);
      assert_true(fray_team_speed(ranks + 1, cohort) >= fray_team_speed(ranks, cohort));
    }
}

static void order_is_longest_first_then_as_in_the_sweep(void **state) {
  (void)state;
  const double cost[] = {1, 3, 2, 3, 1, 3};
  const size_t expected[] = {1, 3, 5, 2, 0, 4};
  size_t order[MOST];
  fray_teams_order(cost, 6, order);
  for (size_t i = 0; i < 6; i++)
    assert_int_equal(order[i], expected[i]);
  fray_teams_order(cost, 0, order);
}

static void order_is_a_permutation_with_falling_costs(void **state) {
  (void)state;
  unsigned stream = 1;
  for (size_t n = 1; n <= MOST; n++) {
    double cost[MOST];
    size_t order[MOST];
    bool seen[MOST] = {false};
    for (size_t i = 0; i < n; i++)
      cost[i] = next(&stream) % 9;
    fray_teams_order(cost, n, order);
    for (size_t i = 0; i < n; i++) {
      assert_in_range(order[i], 0, n - 1);
      assert_false(seen[order[i]]);
      seen[order[i]] = true;
      if (i > 0) {
        assert_true(cost[order[i]] <= cost[order[i - 1]]);
        assert_true(cost[order[i]] < cost[order[i - 1]] || order[i] > order[i - 1]);
      }
    }
  }
}

/* A hundredth of a trial is the price of a pause. */
static void makespans_worked_by_hand(void **state) {
  (void)state;
  const double three[] = {2, 3, 4}, equal[] = {1, 1, 1};
  const double speed = fray_team_speed(2, 10);
  /* 4 and 3 at once, then 2 where 3 was; at 4 the other rank joins, which halves the last second.
   */
  assert_true(fabs(fray_teams_makespan(three, 3, 2, 2, 10) - (4 + 0.02 + 1 / speed)) < 1e-12);
  assert_true(fray_teams_makespan(three, 3, 2, 2, 1) == 5); /* one client: nobody can help */
  assert_true(fabs(fray_teams_makespan(three, 3, 2, 1, 10) - 9 / 1.88) < 1e-12);
  assert_true(fabs(fray_teams_makespan(three, 3, 1, 1, 10) - 9) < 1e-12);
  /* A team of two and one of one: the first takes 4 and 2, the second 3 and then joins. */
  const double left = 6 / speed - 3, more = fray_team_speed(3, 10);
  assert_true(fabs(fray_teams_makespan(three, 3, 3, 2, 10) - (3 + 0.02 + left * speed / more)) <
              1e-12);
  assert_true(fabs(fray_teams_makespan(equal, 3, 2, 2, 10) - (1 + 0.01 + 1 / speed)) < 1e-12);
  assert_true(fray_teams_makespan(equal, 0, 2, 2, 10) == 0);
}

/* One long trial: the gain of a second rank is 0.47 of what is left. */
static void more_ranks_must_be_worth_the_pause(void **state) {
  (void)state;
  assert_int_equal(fray_team_more(1, 1, 10, 10, 4.6), 1);
  assert_int_equal(fray_team_more(1, 1, 10, 10, 4.7), 0);
  assert_int_equal(fray_team_more(1, 0, 10, 10, 0), 0);
  assert_int_equal(fray_team_more(5, 3, 10, 10, 0), 0); /* two clients each, as with eight */
  assert_int_equal(fray_team_more(5, 5, 10, 10, 0), 5);
  assert_int_equal(fray_team_more(10, 50, 10, 10, 0), 0);
  assert_int_equal(fray_team_more(1, 50, 1, 10, 0), 0);
}

static void no_makespan_beats_its_bounds(void **state) {
  (void)state;
  unsigned stream = 2;
  for (size_t n = 1; n <= MOST; n += 3)
    for (int teams = 1; teams <= 9; teams++) {
      double cost[MOST], total = 0, longest = 0;
      for (size_t i = 0; i < n; i++) {
        cost[i] = 1 + next(&stream) % 20;
        total += cost[i];
        longest = fmax(longest, cost[i]);
      }
      /* Teams of one that nobody can join: the bounds of any schedule, and Graham's of a list. */
      const double alone = fray_teams_makespan(cost, n, teams, teams, 1);
      assert_true(alone >= fmax(total / teams, longest) - 1e-9);
      assert_true(alone <= total / teams + longest * (1 - 1.0 / teams) + 1e-9);
      /* Those that can be joined end no later, and no sooner than all at work to the end. */
      const double end = fray_teams_makespan(cost, n, teams, teams, 10);
      assert_true(end >= total / teams - 1e-9 && end <= alone + 1e-9);
      assert_true(end >= longest / fray_team_speed(teams, 10) - 1e-9);
    }
}

static void the_choice_is_never_worse_than_another(void **state) {
  (void)state;
  unsigned stream = 3;
  for (int k = 0; k < 300; k++) {
    const size_t n = 1 + next(&stream) % MOST, cohort = 1 + next(&stream) % 20;
    const int ranks = 1 + (int)(next(&stream) % 24);
    double cost[MOST];
    for (size_t i = 0; i < n; i++)
      cost[i] = 1 + next(&stream) % 10;
    const int teams = fray_teams_choose(cost, n, ranks, cohort, 0);
    assert_in_range(teams, 1, (size_t)ranks < n ? (size_t)ranks : n);
    const double end = fray_teams_makespan(cost, n, ranks, teams, cohort);
    for (int other = 1; other <= ranks && other <= (int)n; other++)
      assert_true(end <= fray_teams_makespan(cost, n, ranks, other, cohort) * (1 + 0.01));
  }
}

static void choices_worked_by_hand(void **state) {
  (void)state;
  double cost[MOST];
  for (size_t i = 0; i < MOST; i++)
    cost[i] = 0.1;
  assert_int_equal(fray_teams_choose(cost, 24, 2, 10, 0), 2);
  assert_int_equal(fray_teams_choose(cost, 1, 2, 10, 0), 1);
  assert_int_equal(fray_teams_choose(cost, 1, 8, 10, 0), 1);
  assert_int_equal(fray_teams_choose(cost, 3, 2, 10, 0), 2); /* 1 + 0.01 + 1 / 1.88 < 3 / 1.88 */
  assert_int_equal(fray_teams_choose(cost, 4, 4, 1, 0), 4);
  assert_int_equal(fray_teams_choose(cost, 24, 8, 1, 0), 8); /* one client: ranks do not help */
  assert_int_equal(fray_teams_choose(cost, 25, 8, 1, 0), 8);
  assert_int_equal(fray_teams_choose(cost, 24, 1, 10, 0), 1);
  assert_int_equal(fray_teams_choose(cost, 0, 4, 10, 0), 1);
  cost[0] = 100; /* the others are nothing beside it, so it gets all ranks */
  assert_int_equal(fray_teams_choose(cost, 24, 2, 10, 0), 1);
}

static void what_was_asked_for_is_done(void **state) {
  (void)state;
  const double cost[] = {1, 1, 1, 1};
  assert_int_equal(fray_teams_choose(cost, 4, 8, 10, 1), 8); /* more teams than trials */
  assert_int_equal(fray_teams_choose(cost, 4, 8, 10, 2), 4);
  assert_int_equal(fray_teams_choose(cost, 4, 8, 10, 8), 1);
  assert_int_equal(fray_teams_choose(cost, 4, 8, 10, 2000000000), 1);
  for (int ranks = 1; ranks <= 20; ranks++)
    for (int per_trial = 1; per_trial <= 25; per_trial++) {
      const int teams = fray_teams_choose(cost, 4, ranks, 10, per_trial);
      int size = 0;
      for (int r = 0; r < ranks; r++)
        size += fray_team_of(r, ranks, teams) == 0;
      assert_in_range(size, 1, per_trial); /* the largest team */
      if (ranks % per_trial == 0)
        assert_int_equal(size, per_trial);
    }
}

/* docs/performance.md quotes these: trials of 1 to 10 in equal steps, ten clients a round. The
 * bound is that all ranks are at work to the end; two ranks of one trial count as 1.88. */
static void sixty_four_ranks(void **state) {
  (void)state;
  static const struct {
    size_t n;
    double least; /* per cent of ranks x time that are trials */
  } run[] = {{64, 93.9}, {90, 96.2}, {128, 97}, {160, 97}, {192, 99.1}, {256, 99.5}, {300, 98}};
  for (size_t k = 0; k < sizeof run / sizeof *run; k++) {
    double cost[300], total = 0;
    for (size_t i = 0; i < run[k].n; i++)
      total += cost[i] = 1 + 9.0 * (double)i / (double)(run[k].n - 1);
    const int teams = fray_teams_choose(cost, run[k].n, 64, 10, 0);
    const double busy = 100 * total / 64 / fray_teams_makespan(cost, run[k].n, 64, teams, 10);
    print_message("%zu trials on 64 ranks: %d teams, %.1f %%\n", run[k].n, teams, busy);
    assert_true(busy >= run[k].least);
  }
}

/* Of five teams of two three stand. The one that would end last gets two of them, which leaves it
 * 13.7 s, and with a third it would end no sooner; so that goes to the other one. */
static void idle_teams_join_those_that_end_last(void **state) {
  (void)state;
  struct fray_team_table t;
  struct fray_err err;
  const struct fray_team_need need[5] = {{.left = 30, .pause = 1, .cohort = 10},
                                         {.left = 10, .pause = 1, .cohort = 10}};
  const int expected[] = {0, 1, 4, 5, 6, 7};
  uint8_t bits[1] = {0};
  int ranks[10];
  assert_int_equal(fray_team_table_open(10, 5, 0, &t, &err), FRAY_OK);
  for (int k = 2; k < 5; k++)
    t.row[k].state = FRAY_TEAM_STANDS;
  assert_true(fray_team_table_assign(&t, need));
  assert_int_equal(t.row[2].with, 0);
  assert_int_equal(t.row[3].with, 0);
  assert_int_equal(t.row[4].with, 1);
  assert_false(fray_team_table_assign(&t, need)); /* both are awaiting somebody */
  for (int k = 2; k < 5; k++)
    t.row[k].state = FRAY_TEAM_OPENS;
  assert_int_equal(fray_team_table_ready(&t, 3), -1);
  assert_int_equal(fray_team_table_ready(&t, 4), 1);
  assert_int_equal(fray_team_table_ready(&t, 2), 0);
  fray_team_union(&t, 0, bits);
  assert_int_equal(fray_team_union_ranks(bits, t.row[0].leader, 10, 5, ranks), 6);
  for (int i = 0; i < 6; i++)
    assert_int_equal(ranks[i], expected[i]);
  fray_team_table_grown(&t, 0);
  assert_int_equal(t.row[0].size, 6);
  assert_int_equal(t.joined, 4);
  /* It stands as a whole, and joins the other with all that it is made of. */
  t.row[0].state = FRAY_TEAM_STANDS;
  fray_team_table_grown(&t, 1);
  t.row[0].with = 1;
  memset(bits, 0, sizeof bits);
  fray_team_union(&t, 1, bits);
  assert_int_equal(bits[0], 31);
  assert_int_equal(fray_team_union_ranks(bits, t.row[1].leader, 10, 5, ranks), 10);
  assert_int_equal(ranks[0], 2);
  fray_team_table_grown(&t, 1);
  assert_int_equal(t.row[1].size, 10);
  assert_int_equal(t.row[3].in, 1);
  fray_team_table_close(&t);
}

/* A team that ends its trial first lets those go that were on their way to it. */
static void who_comes_too_late_is_free_again(void **state) {
  (void)state;
  struct fray_team_table t;
  struct fray_err err;
  const struct fray_team_need need[3] = {{.left = 30, .pause = 1, .cohort = 10}};
  assert_int_equal(fray_team_table_open(3, 3, 0, &t, &err), FRAY_OK);
  t.row[1].state = t.row[2].state = FRAY_TEAM_STANDS;
  assert_true(fray_team_table_assign(&t, need));
  t.row[1].state = FRAY_TEAM_OPENS;
  t.row[2].state = FRAY_TEAM_PROMISED;
  fray_team_table_over(&t, 0);
  assert_int_equal(t.row[2].state, FRAY_TEAM_STANDS);
  assert_int_equal(t.row[1].state, FRAY_TEAM_OPENS);
  assert_int_equal(fray_team_table_ready(&t, 1), -1);
  assert_int_equal(t.row[1].state, FRAY_TEAM_STANDS);
  fray_team_table_close(&t);
}

/* --ranks-per-trial is never exceeded, nor are cores. */
static void no_team_grows_beyond_what_was_asked_for(void **state) {
  (void)state;
  struct fray_team_table t;
  struct fray_err err;
  const struct fray_team_need need[4] = {{.left = 30, .pause = 0, .cohort = 10}};
  assert_int_equal(fray_team_table_open(7, 4, 2, &t, &err), FRAY_OK); /* 2 + 2 + 2 + 1 */
  for (int k = 1; k < 4; k++)
    t.row[k].state = FRAY_TEAM_STANDS;
  assert_false(fray_team_table_assign(&t, need));
  t.most = 3;
  assert_true(fray_team_table_assign(&t, need));
  assert_int_equal(t.row[3].with, 0);
  assert_int_equal(t.row[1].with, -1);
  assert_int_equal(t.row[2].with, -1);
  /* Three cores: one is left beside the ranks that work. */
  t.row[3].with = -1;
  t.most = 0;
  t.cores = 2;
  assert_false(fray_team_table_assign(&t, need));
  t.cores = 3;
  assert_true(fray_team_table_assign(&t, need));
  assert_int_equal(t.row[3].with, 0);
  assert_int_equal(t.row[1].with, -1);
  fray_team_table_close(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_rank_has_a_team_of_neighbours),
      cmocka_unit_test(speed_is_what_was_measured_on_two_ranks),
      cmocka_unit_test(a_cohort_bounds_what_ranks_give),
      cmocka_unit_test(order_is_longest_first_then_as_in_the_sweep),
      cmocka_unit_test(order_is_a_permutation_with_falling_costs),
      cmocka_unit_test(makespans_worked_by_hand),
      cmocka_unit_test(no_makespan_beats_its_bounds),
      cmocka_unit_test(the_choice_is_never_worse_than_another),
      cmocka_unit_test(choices_worked_by_hand),
      cmocka_unit_test(what_was_asked_for_is_done),
      cmocka_unit_test(more_ranks_must_be_worth_the_pause),
      cmocka_unit_test(sixty_four_ranks),
      cmocka_unit_test(idle_teams_join_those_that_end_last),
      cmocka_unit_test(who_comes_too_late_is_free_again),
      cmocka_unit_test(no_team_grows_beyond_what_was_asked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
