/* The answer of a study: what its first sentences say and do not say, on the hand-worked fixture
 * (fixture/README.md) and on studies in which nothing has an effect (null_study.h). */
#include "null_study.h"
#include "scratch.h"

#include "report/answer/answer.h"
#include "report/quantity/read_study.h"

#include <math.h>

struct read {
  struct fray_arena arena;
  struct fray_rep_results r;
  struct fray_rep_answer a;
  const char *text;
};

static void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

static void ask(const char *folder, struct read *out) {
  struct fray_err err = {0};
  struct fray_rep_sentence headline;
  *out = (struct read){0};
  good(fray_rep_study_read(folder, NULL, &out->arena, &out->r, &err), &err);
  good(fray_rep_answer_of(&out->r, &out->a, &err), &err);
  good(fray_rep_headline(&out->a, &headline, &err), &err);
  good(fray_rep_sentence_text(&out->r, &headline, false, &out->text, &err), &err);
}

static void drop(struct read *m) {
  fray_rep_study_free(&m->r);
  fray_arena_free(&m->arena);
}

static void says(const struct read *m, const char *part) {
  if (!strstr(m->text, part))
    fail_msg("'%s' is not in: %s", part, m->text);
}

static void says_not(const struct read *m, const char *part) {
  if (strstr(m->text, part))
    fail_msg("'%s' is in: %s", part, m->text);
}

static bool limits_say(struct read *m, const char *part) {
  struct fray_err err = {0};
  const char **limit;
  size_t n;
  bool found = false;
  good(fray_rep_limits(&m->a, &limit, &n, &err), &err);
  assert_true(n > 0);
  for (size_t i = 0; i < n; i++)
    found = found || strstr(limit[i], part);
  return found;
}

/* avg .82 to .62 and mom .81 to .72, seed by seed; the other damage costs 5 points. */
static void names_cost_order_and_lead(void **state) {
  struct read m;
  ask(*state, &m);
  says(&m, "falls from 82 % to 67 %, in the mean of 2 methods; ");
  says(&m, " costs less. There mom ends ahead, at 72 %, 10.0 points above avg.");
  assert_int_equal(m.a.first, 0);
  assert_int_equal(m.a.n_open, 0);
  assert_true(fabs(m.a.cost[0].start.mean - 0.815) < 1e-9);
  assert_true(fabs(m.a.cost[0].end.mean - 0.67) < 1e-9);
  assert_true(fabs(m.a.cost[0].lost.mean - 0.145) < 1e-9);
  assert_string_equal(m.a.main_axis->series[m.a.best], "mom");
  assert_true(m.a.samples == 400 && m.a.clients == 12);
  assert_true(limits_say(&m, "no group is told apart from all"));
  drop(&m);
}

/* Every number of the headline has its interval beside it. */
static void numbers_have_intervals(void **state) {
  struct read m;
  struct fray_err err = {0};
  struct fray_rep_sentence headline;
  size_t n = 0;
  ask(*state, &m);
  good(fray_rep_headline(&m.a, &headline, &err), &err);
  for (size_t i = 0; i < headline.n; i++) {
    if (!headline.piece[i].detail)
      continue;
    n++;
    assert_non_null(strstr(headline.piece[i].detail, "95 % interval "));
  }
  assert_int_equal(n, 4);
  drop(&m);
}

/* A distance: what falls is better, so a loss rises; and here it falls, which is a gain. */
static void less_may_be_better(void **state) {
  const char *folder = *state;
  struct read m;
  edit(folder, "scores.csv", ",accuracy,", ",hamming,", true);
  edit(folder, "scenario.yaml", "[accuracy]", "[hamming]", false);
  edit(folder, "scores.csv", ",0.25\n", ",0.95\n", true); /* chance */
  ask(folder, &m);
  says(&m, "No damage tried is told apart from no loss. With ");
  says(&m, "falls from 82 % to 67 % (less is better), in the mean of 2 methods.");
  says_not(&m, "rises");
  assert_int_equal(m.a.first, m.a.n_axes);
  drop(&m);
}

static void nothing_learnt_nothing_lost(void **state) {
  const char *folder = *state;
  struct read m;
  edit(folder, "scores.csv", ",0.25\n", ",0.9\n", true); /* chance */
  ask(folder, &m);
  says(&m, "No model here is told from chance where damage is least");
  says_not(&m, "falls");
  says_not(&m, "ahead");
  assert_true(limits_say(&m, "no model is told from chance"));
  drop(&m);
}

/* Damage that no score shows has no p, yet its loss is known. */
static void no_change_is_no_lack_of_intervals(void **state) {
  const char *folder = *state;
  struct read m;
  for (int score = 55; score <= 85; score++) {
    char from[40];
    snprintf(from, sizeof from, ",accuracy,%g,", score / 100.0);
    if (score != 63 && score != 68 && score != 76) /* nobody has these */
      edit(folder, "scores.csv", from, ",accuracy,0.70,", true);
  }
  ask(folder, &m);
  says(&m, " went from 70.0 % to 70.0 %, in the mean of 2 methods: the same with every seed.");
  says_not(&m, "no intervals");
  drop(&m);
}

/* The mean is of the methods that beat chance, and says so: with mom it would be another. */
static void says_whom_a_mean_leaves_out(void **state) {
  const char *folder = *state;
  struct read m;
  for (size_t seed = 1; seed <= 3; seed++) {
    char from[40], to[40];
    snprintf(from, sizeof from, "mom,0,%zu,ok", seed);
    snprintf(to, sizeof to, "mom,0,%zu,diverged", seed);
    edit(folder, "trials.csv", from, to, false);
  }
  ask(folder, &m);
  assert_int_equal(m.a.cost[0].n_series, 1);
  assert_int_equal(m.a.cost[0].n_at_chance, 1);
  says(&m, "falls from 82 % to 62 %, in the 1 of 2 methods that beats chance");
  drop(&m);
}

static void says_that_all_diverged(void **state) {
  const char *folder = *state;
  struct read m;
  edit(folder, "trials.csv", ",ok,", ",diverged,", true);
  ask(folder, &m);
  assert_string_equal(m.text, "Every training diverged, so there is no model to speak of.");
  assert_true(limits_say(&m, "12 of 12 trainings diverged and count as chance"));
  drop(&m);
}

/* North ends 10 points below all, and is the only group that is large enough: it loses more than
 * all, and is the most of nothing. */
static void a_group_alone_is_not_the_worst(void **state) {
  const char *folder = *state;
  static const char *const ends[][2] = {{"0.61", "0.51"}, {"0.62", "0.52"}, {"0.66", "0.56"},
                                        {"0.71", "0.61"}, {"0.75", "0.65"}, {"0.73", "0.63"}};
  struct read m;
  for (size_t i = 0; i < 6; i++) {
    char from[80], to[80];
    snprintf(from, sizeof from, "accent=north,300,9,accuracy,%s,", ends[i][0]);
    snprintf(to, sizeof to, "accent=north,300,9,accuracy,%s,", ends[i][1]);
    edit(folder, "scores.csv", from, to, true);
  }
  ask(folder, &m);
  says(&m, "north loses more than all samples do: 24.5 points.");
  says_not(&m, "loses most");
  assert_int_equal(m.a.worst_group, m.a.n_groups);
  drop(&m);
  edit(folder, "scores.csv", "accent=south,100,3,", "accent=south,100,6,", true);
  edit(folder, "scores.csv", "accent=south,100,6,accuracy,,", "accent=south,100,6,accuracy,0.69,",
       false);
  ask(folder, &m);
  says(&m, "north loses most: 24.5 points.");
  assert_true(m.a.worst_group < m.a.n_groups);
  drop(&m);
}

static void claims_nothing_of(const struct null_design *d, const char *instead, const char *limit) {
  static const char *const claims[] = {"falls", "rises", "ends ahead", "costs less", "loses m"};
  struct fray_err err = {0};
  struct read m;
  char folder[SCRATCH];
  scratch(folder, "fray-answer-XXXXXX");
  assert_non_null(mkdtemp(folder));
  null_put(d, 7, folder);
  ask(folder, &m);
  says(&m, instead);
  for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
    const char *at = strstr(m.text, claims[i]);
    /* "which ends ahead is not resolved" */
    if (at && !strstr(at, "not resolved"))
      fail_msg("'%s' is claimed: %s", claims[i], m.text);
  }
  assert_true(limits_say(&m, limit));
  drop(&m);
  good(fray_remove_tree(folder, &err), &err);
}

static void claims_nothing_where_nothing_is(void **state) {
  (void)state;
  claims_nothing_of(&(struct null_design){"", 2, 3, 12, 20, 0.7, .02, .06, .03, 0},
                    "Of 2 damages tried, none is told apart from no loss of accuracy",
                    "no group is told apart from all");
  claims_nothing_of(&(struct null_design){"", 2, 1, 12, 20, 0.7, .02, .06, .03, 0},
                    "a single training of each model, which may be its luck",
                    "a single seed: what one training shows may be its luck");
  claims_nothing_of(&(struct null_design){"", 2, 3, 12, 20, 0.25, 0, 0, .005, 0},
                    "No model here is told from chance", "nothing is said of damage");
  claims_nothing_of(&(struct null_design){"", 1, 3, 3, 20, 0.7, .02, .06, .03, 0},
                    "none is told apart from no loss", "only 3 test clients");
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      OWN(names_cost_order_and_lead),
      OWN(numbers_have_intervals),
      OWN(less_may_be_better),
      OWN(nothing_learnt_nothing_lost),
      OWN(no_change_is_no_lack_of_intervals),
      OWN(says_whom_a_mean_leaves_out),
      OWN(says_that_all_diverged),
      OWN(a_group_alone_is_not_the_worst),
      cmocka_unit_test(claims_nothing_where_nothing_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
