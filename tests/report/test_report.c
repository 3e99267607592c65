/* Numbers of the fixture against hand-worked ones (fixture/README.md), and what the page and the
 * gnuplot script make of hostile names. */
#include "folder.h"

#include "fray/report/report.h"
#include "report/measure/losses.h"
#include "report/plot/figure.h"
#include "report/quantity/read_study.h"
#include "report/words/markup.h"

#include <ctype.h>
#include <math.h>
#include <unistd.h>

static void near(double a, double b) {
  if (!(fabs(a - b) < 1e-6))
    fail_msg("%.9g is not %.9g", a, b);
}

struct loaded {
  struct fray_arena arena;
  struct fray_rep_results r;
  struct fray_rep_axis *axes;
  size_t n;
};

static void load(const char *folder, struct loaded *l) {
  struct fray_err err = {0};
  *l = (struct loaded){0};
  if (fray_rep_study_read(folder, NULL, &l->arena, &l->r, &err) != FRAY_OK ||
      fray_rep_axes(&l->r, &l->axes, &l->n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static void unload(struct loaded *l) {
  fray_rep_study_free(&l->r);
  fray_arena_free(&l->arena);
}

static struct fray_rep_grid grid(struct loaded *l, const struct fray_rep_axis *axis, bool last) {
  struct fray_rep_grid g;
  assert_int_equal(fray_rep_make_grid(&l->r, axis, last, FRAY_REP_ALL, l->r.main_metric, &g, NULL),
                   FRAY_OK);
  return g;
}

static void makes_axes_and_cells(void **state) {
  (void)state;
  struct loaded l;
  load(FIXTURE, &l);
  assert_int_equal(l.r.n_trials, 12);
  assert_int_equal(l.r.n_cells, 4);
  assert_int_equal(l.r.seeds.n, 3);
  assert_int_equal(l.n, 2);
  assert_string_equal(l.axes[0].name, "lost.rate");
  assert_true(l.axes[0].is_key);
  assert_int_equal(l.axes[0].n_series, 2);
  assert_string_equal(l.axes[0].series[1], "mom");
  assert_string_equal(l.axes[1].name, "dark");
  assert_int_equal(l.axes[1].n_series, 4); /* every cell; a panel per rate, a line per method */
  assert_int_equal(l.axes[1].n_panels, 2);
  assert_string_equal(l.axes[1].panel_title[1], "lost 50 %");
  unload(&l);
}

static void means_and_bands_are_right(void **state) {
  (void)state;
  static const double mean[4] = {.82, .62, .81, .72};
  static const double half[4] = {.04968275, .06572409, .04302653, .04968275};
  struct loaded l;
  load(FIXTURE, &l);
  struct fray_rep_grid g = grid(&l, &l.axes[0], false), last = grid(&l, &l.axes[0], true);
  for (size_t i = 0; i < 4; i++) {
    size_t at = fray_rep_grid_at(&g, i / 2, i % 2);
    struct fray_rep_stat s = fray_rep_stat_of_values(g.value + at, g.n_seeds, 1);
    near(s.mean, mean[i]);
    near(s.low, mean[i] - half[i]);
    near(s.high, mean[i] + half[i]);
    near(fray_rep_mean(last.value + at, last.n_seeds), mean[i] - .01);
    near(fray_rep_mean(g.chance + at, g.n_seeds), .25);
    near(fray_rep_mean(g.realised + at, g.n_seeds), i % 2 ? .48 : 0);
  }
  unload(&l);
}

static void losses_are_paired(void **state) {
  (void)state;
  struct loaded l;
  struct fray_rep_pair *pairs;
  double drop[3];
  size_t n;
  load(FIXTURE, &l);
  struct fray_rep_grid g = grid(&l, &l.axes[0], false);
  fray_rep_drop(&g, 0, true, drop);
  struct fray_rep_stat s = fray_rep_stat_of_values(drop, 3, 1);
  near(s.mean, .20);
  near(s.high, .20 + .02484138);
  fray_rep_drop(&g, 1, false, drop); /* a metric of which less is better gains what it loses */
  near(fray_rep_mean(drop, 3), -.09);
  assert_int_equal(fray_rep_pairs(&l.r, &g, true, &pairs, &n, NULL), FRAY_OK);
  assert_int_equal(n, 1);
  assert_int_equal(pairs[0].a, 1); /* mom is ahead at .5 */
  near(pairs[0].level.mean, .10);
  near(pairs[0].level.low, .10 - .07452413);
  near(pairs[0].drop.mean, -.11);
  near(pairs[0].drop.high, -.11 + .08956661);
  assert_int_equal(fray_rep_resolved(&pairs[0].level), 1);
  assert_int_equal(fray_rep_resolved(&pairs[0].drop), -1);
  unload(&l);
}

/* 0.1 + 0.2 - 0.3 is 5.6e-17 in doubles. */
static void changes_that_cancel_are_none(void **state) {
  (void)state;
  const double v[] = {.1, .2, -.3}, tiny[] = {1e-20, NAN, 3e-20};
  assert_true(v[0] + v[1] + v[2] != 0 && fray_rep_mean(v, 3) == 0);
  near(fray_rep_mean(tiny, 3) / 2e-20, 1);
  assert_true(isnan(fray_rep_mean(NULL, 0)));
}

static void intervals_need_three_values(void **state) {
  (void)state;
  const double v[] = {.5, NAN, .7};
  struct fray_rep_stat s = fray_rep_stat_of_values(v, 3, 1);
  assert_int_equal(s.n, 2);
  near(s.mean, .6);
  assert_true(isnan(s.low) && isnan(s.high));
  assert_int_equal(fray_rep_resolved(&s), 0);
  const double w[] = {1, 2, 3};
  near(fray_rep_stat_of_values(w, 3, 1).high, 2 + 2.48413771);
  near(fray_rep_stat_of_values(w, 3, 2).high, 2 + 6.20534682 / sqrt(3)); /* t(.9875, 2) */
}

static void diverged_counts_as_chance(void **state) {
  const char *folder = *state;
  struct loaded l;
  edit(folder, "trials.csv", "avg,0.5,3,ok,,", "avg,0.5,3,diverged,7,", false);
  load(folder, &l);
  assert_int_equal(l.r.n_diverged, 1);
  struct fray_rep_grid g = grid(&l, &l.axes[0], false);
  size_t at = fray_rep_grid_at(&g, 0, 1);
  near(g.value[at + 2], .25);
  near(fray_rep_mean(g.value + at, 3), (.60 + .61 + .25) / 3);
  assert_int_equal(g.diverged[1], 1);
  assert_int_equal(g.diverged[0], 0);
  unload(&l);
}

/* An entry has columns for both stages; the realised rates come from the one where it acts. */
static void takes_rates_from_where_it_acts(void **state) {
  const char *folder = *state;
  struct loaded l;
  edit(folder, "trials.csv", ",lost.nominal,lost.realised,",
       ",lost.nominal,lost.realised,lost.test_nominal,lost.test_realised,", false);
  edit(folder, "trials.csv", ",1200,0,0,0,", ",1200,0,,,0,0,", true);
  edit(folder, "trials.csv", ",1200,0,0.5,0.48,", ",1200,0,,,0.5,0.48,", true);
  load(folder, &l);
  assert_int_equal(l.r.n_damages, 1);
  assert_true(l.r.damage[0].at_test);
  struct fray_rep_grid g = grid(&l, &l.axes[0], false);
  near(fray_rep_mean(g.realised + fray_rep_grid_at(&g, 0, 1), 3), .48);
  unload(&l);
}

static void empty_values_are_no_zeros(void **state) {
  const char *folder = *state;
  struct loaded l;
  edit(folder, "scores.csv",
       "00000000000000a1,best,trial,,,unseen_clients,all,400,12,accuracy,0.82",
       "00000000000000a1,best,trial,,,unseen_clients,all,400,12,accuracy,", false);
  load(folder, &l);
  struct fray_rep_grid g = grid(&l, &l.axes[0], false);
  near(fray_rep_mean(g.value, 3), .82); /* of .80 and .84 */
  assert_int_equal(fray_rep_stat_of_values(g.value, 3, 1).n, 2);
  unload(&l);
}

static void make_report(const char *folder) {
  struct fray_err err = {0};
  if (fray_report(&folder, 1, NULL, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static void has(const struct fray_text *text, const char *part) {
  if (!strstr(text->data, part))
    fail_msg("the page lacks: %s", part);
}

static void page_says_the_numbers(void **state) {
  const char *folder = *state;
  make_report(folder);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  has(&page, "<b>avg</b> loses 20.0 points (95&nbsp;% interval 17.5 to 22.5)");
  has(&page, "; adjusted to hold together.");
  has(&page, "<b>mom</b> <b>copes better</b>: it ends 10.0 points higher (2.5 to 17.5) and loses "
             "11.0 points less (2.0 to 20.0) than <b>avg</b>, both resolved.");
  has(&page, "on the test split, clients that no training saw, at");
  assert_null(strstr(page.data, "clipped"));
  assert_null(strstr(page.data, "The reference is"));
  has(&page, "<td>82.0</td><td class=\"range\">77.0 to 87.0</td>");
  has(&page, "south&nbsp;\u2020");  /* 3 clients */
  has(&page, "0.48 <small>of 0.5"); /* realised */
  has(&page, "1 score undefined and left out (class absent)");
  has(&page, "<caption>");
  has(&page, "scope=\"col\"");
  has(&page, "prefers-color-scheme:dark");
  has(&page, "color-scheme:light");
  has(&page, "@media print");
  has(&page, "role=\"img\"");
  has(&page, "numeric.blas");
  assert_null(strstr(page.data, "http-equiv=\"refresh\""));
  assert_null(strstr(page.data, "src="));
  for (char *link = strstr(page.data, "href="); link; link = strstr(link + 1, "href="))
    assert_true(strncmp(link, "href=\"#", 7) == 0 || strncmp(link, "href=\"figures/", 14) == 0);
  fray_text_free(&page);
}

/* Sets the main score of a trial (its last two digits), whatever it was. */
static void set_score(const char *folder, const char *trial, const char *value) {
  char start[120];
  snprintf(start, sizeof start, "00000000000000%s,best,trial,,,unseen_clients,all,400,12,accuracy,",
           trial);
  struct fray_text old = slurp(path_in(folder, "scores.csv")), out = {0};
  const char *hit = strstr(old.data, start);
  assert_non_null(hit);
  hit += strlen(start);
  fray_text_add(&out, old.data, (size_t)(hit - old.data));
  fray_text_puts(&out, value);
  fray_text_puts(&out, strchr(hit, ','));
  put_file(path_in(folder, "scores.csv"), out.data, out.size);
  fray_text_free(&old);
  fray_text_free(&out);
}

static void set_three(const char *folder, const char *const trials[3],
                      const char *const values[3]) {
  for (int i = 0; i < 3; i++)
    set_score(folder, trials[i], values[i]);
}

static const char *const mom_first[3] = {"a6", "a7", "a8"}, *const mom_end[3] = {"a9", "aa", "ab"};

/* The summary of the first curve of a folder; to be freed. */
static struct fray_text first_finding(const char *folder) {
  make_report(folder);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  char *start = strstr(page.data, "<ul class=\"findings\">");
  assert_non_null(start);
  size_t n = (size_t)(strstr(start, "</li>") - start);
  struct fray_text out = {0};
  fray_text_add(&out, start, n);
  fray_text_free(&page);
  return out;
}

/* Ends: equal on average; losses .34 .37 .34 against .20 .21 .19, a difference of .15 +- .0248. */
static void less_loss_alone_is_not_better(void **state) {
  const char *folder = *state;
  set_three(folder, mom_first, (const char *const[3]){"0.95", "0.97", "0.99"});
  set_three(folder, mom_end, (const char *const[3]){"0.61", "0.6", "0.65"});
  struct fray_text text = first_finding(folder);
  has(&text, "<b>avg</b> loses 15.0 points less (12.5 to 17.5) than <b>mom</b>, which is resolved, "
             "but it starts behind; which of them ends ahead is not resolved by these data");
  assert_null(strstr(text.data, "better"));
  fray_text_free(&text);
}

/* Ends .10 .13 .07 apart; losses .20 .18 .19 against .20 .21 .19. */
static void higher_end_alone_is_not_better(void **state) {
  const char *folder = *state;
  set_three(folder, mom_first, (const char *const[3]){"0.9", "0.92", "0.91"});
  struct fray_text text = first_finding(folder);
  has(&text, "<b>mom</b> ends 10.0 points higher (2.5 to 17.5) than <b>avg</b>, which is resolved; "
             "their losses are not told apart (first \u2212 second: \u22121.0 points, \u22125.3 to "
             "3.3).");
  assert_null(strstr(text.data, "better"));
  fray_text_free(&text);
}

/* Losses .29 .25 .27 against .20 .21 .19: .07 +- .0657 more. */
static void ahead_by_its_start_is_not_better(void **state) {
  const char *folder = *state;
  set_three(folder, mom_first, (const char *const[3]){"0.99", "0.99", "0.99"});
  struct fray_text text = first_finding(folder);
  has(&text, "<b>mom</b> ends 10.0 points higher (2.5 to 17.5) than <b>avg</b> because it starts "
             "ahead; it loses 7.0 points more (0.4 to 13.6), both resolved, so it does not cope "
             "better.");
  assert_null(strstr(text.data, "<b>copes better"));
  fray_text_free(&text);
}

/* Losses of mom .02 -.02 .00, so only that of avg is resolved. */
static void says_which_loss_is_resolved(void **state) {
  const char *folder = *state;
  set_three(folder, mom_first, (const char *const[3]){"0.72", "0.72", "0.72"});
  struct fray_text text = first_finding(folder);
  has(&text, "<b>avg</b> loses 20.0 points (95&nbsp;% interval 17.5 to 22.5) and <b>mom</b> is not "
             "told apart from no change (loss 0.0 points, 95&nbsp;% interval");
  fray_text_free(&text);
}

/* What was a loss of accuracy is a gain of hamming, a share like it. */
static void says_when_less_is_better(void **state) {
  const char *folder = *state;
  for (size_t i = 0; i < 2; i++)
    edit(folder, i ? "scores.csv" : "trials.csv", "accuracy", "hamming", true);
  edit(folder, "scenario.yaml", "accuracy", "hamming", true);
  edit(folder, "scores.csv", ",0.25\n", ",0.95\n", true); /* chance */
  make_report(folder);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  has(&page, "The score is Hamming loss (less is better) on the test split");
  has(&page, "<b>avg</b> gains 20.0 points (95&nbsp;% interval 17.5 to 22.5)");
  has(&page, "as less is better here, the other way round");
  fray_text_free(&page);
}

static void says_whose_samples_were_scored(void **state) {
  const char *folder = *state;
  edit(folder, "scores.csv", ",unseen_clients,", ",known_clients,", true);
  make_report(folder);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  has(&page, "on the test split, held-out samples of the training clients, at");
  has(&page, "<b>mom</b> <b>copes better</b>");
  fray_text_free(&page);
  edit(folder, "scores.csv", ",known_clients,", ",mixed,", true);
  make_report(folder);
  page = slurp(path_in(folder, "report.html"));
  has(&page, "partly clients that no training saw and partly held-out samples of the training");
  fray_text_free(&page);
  edit(folder, "scores.csv", ",mixed,", ",personal,", true);
  struct fray_err err = {0};
  const char *const folders[] = {folder};
  assert_int_equal(fray_report(folders, 1, NULL, &err), FRAY_INPUT);
}

/* .90 .99 .99: 96.0 +- 12.9. */
static void intervals_stay_in_the_range(void **state) {
  const char *folder = *state;
  struct fray_rep_stat s = {.low = -.1, .high = 1.2}, inside = {.low = .1, .high = .2};
  assert_true(fray_rep_clip(&s));
  near(s.low, 0);
  near(s.high, 1);
  assert_false(fray_rep_clip(&inside));
  near(inside.high, .2);
  set_three(folder, (const char *const[3]){"a0", "a1", "a2"},
            (const char *const[3]){"0.9", "0.99", "0.99"});
  make_report(folder);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  has(&page, "<td>96.0</td><td class=\"range\">83.1 to 100.0</td>");
  has(&page, "interval (clipped to 0\u2013100&nbsp;%)");
  has(&page, "Bands are clipped to 0\u2013100\u00a0%.");
  fray_text_free(&page);
  page = slurp(path_in(folder, "figures/curve1-lost-rate.csv"));
  has(&page, ",100,0,3,");
  fray_text_free(&page);
}

/* One cell has `clean` scores of its own; the others are undamaged at test, so `trial` is theirs.
 */
static void clean_is_trial_where_nothing_acts_at_test(void **state) {
  const char *folder = *state;
  struct fray_text scores = slurp(path_in(folder, "scores.csv"));
  for (int i = 3; i < 6; i++)
    fray_text_printf(
        &scores,
        "00000000000000a%d,best,clean,,,unseen_clients,all,400,12,accuracy,0.7%d,,,ok,,.25\n", i,
        i);
  put_file(path_in(folder, "scores.csv"), scores.data, scores.size);
  fray_text_free(&scores);
  for (int damaged = 0; damaged < 2; damaged++) {
    if (damaged) {
      edit(folder, "trials.csv", ",lost.nominal,lost.realised,",
           ",lost.test_nominal,lost.test_realised,", false);
      edit(folder, "trials.csv", "a6,mom,0,1,ok,,,20,17,40,0,1200,0,0,0,",
           "a6,mom,0,1,ok,,,20,17,40,0,1200,0,0.1,0.1,", false);
    }
    make_report(folder);
    struct fray_text page = slurp(path_in(folder, "report.html"));
    char *table = strstr(page.data, "<summary><b>undamaged");
    assert_non_null(table);
    *strstr(table, "</table>") = '\0';
    assert_non_null(strstr(table, "<td>82.0</td>")); /* avg 0, of `trial` */
    assert_non_null(strstr(table, "<td>74.0</td>")); /* avg 0.5, its own */
    /* mom 0: all three seeds, or the two that no entry damaged */
    assert_non_null(strstr(table, damaged ? "<td>81.5</td>" : "<td>81.0</td>"));
    fray_text_free(&page);
  }
}

static void names_the_reference(void **state) {
  const char *folder = *state;
  edit(folder, "scenario.yaml", "name: fixture-lost",
       "name: fixture-lost\nreference: {method: mom, lost.rate: 0.0}", false);
  make_report(folder);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  has(&page, "The reference is the cell with mom, lost 0 %.");
  has(&page,
      "<th scope=\"row\">mom&nbsp;<small>(reference)</small></th><td class=\"words\">0 %</td>");
  assert_null(strstr(page.data, "<th scope=\"row\">avg&nbsp;<small>"));
  fray_text_free(&page);
}

static void says_when_nothing_is_resolved(void **state) {
  const char *folder = *state;
  /* The losses .20 .21 .19 of avg against .10 .06 .21 now, and the levels cross. */
  edit(folder, "scores.csv",
       "00000000000000ab,best,trial,,,unseen_clients,all,400,12,accuracy,0.72",
       "00000000000000ab,best,trial,,,unseen_clients,all,400,12,accuracy,0.62", false);
  make_report(folder);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  has(&page, "copes better is <b>not resolved by these data</b>");
  assert_null(strstr(page.data, "<b>copes better</b>"));
  fray_text_free(&page);
}

static void warns_about_what_matters(void **state) {
  const char *folder = *state;
  edit(folder, "trials.csv", ",0.5,0.48,", ",0.5,0.3,", true);
  edit(folder, "trials.csv", "mom,0.5,2,ok,,", "mom,0.5,2,diverged,3,", false);
  edit(folder, "state", "done", "interrupted", false);
  make_report(folder);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  has(&page, "the realised rate is far from the nominal one in 6 of 12 trainings (worst: 0.3 "
             "instead of 0.5)");
  has(&page, "1 of 12 trainings diverged");
  has(&page, "state: interrupted");
  fray_text_free(&page);
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(makes_axes_and_cells),
      cmocka_unit_test(means_and_bands_are_right),
      cmocka_unit_test(losses_are_paired),
      cmocka_unit_test(changes_that_cancel_are_none),
      cmocka_unit_test(intervals_need_three_values),
      OWN(diverged_counts_as_chance),
      OWN(takes_rates_from_where_it_acts),
      OWN(empty_values_are_no_zeros),
      OWN(page_says_the_numbers),
      OWN(less_loss_alone_is_not_better),
      OWN(higher_end_alone_is_not_better),
      OWN(ahead_by_its_start_is_not_better),
      OWN(says_which_loss_is_resolved),
      OWN(says_when_less_is_better),
      OWN(says_whose_samples_were_scored),
      OWN(intervals_stay_in_the_range),
      OWN(clean_is_trial_where_nothing_acts_at_test),
      OWN(names_the_reference),
      OWN(says_when_nothing_is_resolved),
      OWN(warns_about_what_matters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
