/* What the page says first and what it warns of, on the hand-worked fixture (fixture/README.md),
 * and how its parts hang together. */
#include "folder.h"

#include "fray/report/report.h"

#include <ctype.h>

static struct fray_text page_of(const char *folder) {
  struct fray_err err = {0};
  if (fray_report(&folder, 1, NULL, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return slurp(path_in(folder, "report.html"));
}

static void has(const struct fray_text *text, const char *part) {
  if (!strstr(text->data, part))
    fail_msg("the page lacks: %s", part);
}

/* Seed by seed the two methods lose .15 .135 .15 in the mean; t .00866 / sqrt(3) = .02151. */
static void names_the_damage_that_costs_most(void **state) {
  struct fray_text page = page_of(*state);
  has(&page,
      "<dt>What breaks first</dt><dd><b>modalities lost at training</b> costs "
      "most: 14.5 points from 0 % to 50 % (95&nbsp;% interval 12.3 to 16.7) in the mean of 2 "
      "series, most for avg. That <b>modalities lost at test</b> (5.0 "
      "points) costs less is resolved.");
  assert_null(strstr(page.data, "More than half")); /* .67 of .815, chance .25 */
  fray_text_free(&page);
}

/* All end at .25, the chance value, in the mean. */
static void says_where_half_is_gone(void **state) {
  const char *folder = *state;
  edit(folder, "scores.csv", "all,400,12,accuracy,0.6,", "all,400,12,accuracy,0.2,", true);
  edit(folder, "scores.csv", "all,400,12,accuracy,0.61,", "all,400,12,accuracy,0.2,", true);
  edit(folder, "scores.csv", "all,400,12,accuracy,0.65,", "all,400,12,accuracy,0.2,", true);
  struct fray_text page = page_of(folder);
  has(&page, "More than half of what lay above chance is gone at 50 %.");
  fray_text_free(&page);
}

static void gains_break_nothing(void **state) {
  const char *folder = *state;
  edit(folder, "scores.csv", ",accuracy,", ",hamming,", true);
  edit(folder, "scenario.yaml", "[accuracy]", "[hamming]", false);
  edit(folder, "scores.csv", ",0.25\n", ",0.95\n", true); /* chance */
  struct fray_text page = page_of(folder);
  has(&page, "<b>Not resolved by these data</b>: no loss is told apart from none, with p "
             "adjusted for the 2 damages. Measured losses: <b>modalities lost at training</b>"
             ", \u221214.5 points from 0 % to 50 %");
  assert_null(strstr(page.data, "</b> costs"));
  fray_text_free(&page);
}

/* North is 300 samples of 9 clients; it ends at .51 .52 .56 and .61 .65 .63 instead of the .60 to
 * .74 of all, so it loses 10 points more, always. South is too small to speak of. */
static void names_the_group_that_loses_most(void **state) {
  const char *folder = *state;
  static const char *const ends[][2] = {{"0.61", "0.51"}, {"0.62", "0.52"}, {"0.66", "0.56"},
                                        {"0.71", "0.61"}, {"0.75", "0.65"}, {"0.73", "0.63"}};
  for (size_t i = 0; i < 6; i++) {
    char from[80], to[80];
    snprintf(from, sizeof from, "accent=north,300,9,accuracy,%s,", ends[i][0]);
    snprintf(to, sizeof to, "accent=north,300,9,accuracy,%s,", ends[i][1]);
    edit(folder, "scores.csv", from, to, true);
  }
  struct fray_text page = page_of(folder);
  has(&page, "<dt>For whom</dt><dd><b>accent north</b> loses 24.5 points along "
             "modalities lost at training, 10.0 points more than all test samples");
  has(&page, "That is resolved.");
  has(&page, "Groups under 30 samples or 5 clients are left out.");
  fray_text_free(&page);
}

static void speaks_of_no_small_group(void **state) {
  const char *folder = *state;
  edit(folder, "scores.csv", "accent=north,300,9,", "accent=north,29,9,", true);
  struct fray_text page = page_of(folder);
  has(&page, "Not known: no group has 30 samples and 5 clients at test");
  has(&page, "<b>accent</b>: 2 of 2 groups too small to speak of");
  has(&page, "north (29 samples, 9 clients), south (100 samples, 3 clients).");
  fray_text_free(&page);
}

static void counts_what_is_resolved(void **state) {
  struct fray_text page = page_of(*state);
  has(&page,
      "<dt>How sure</dt><dd>3 seeds, 400 test samples of 12 clients. Of 3 paired comparisons "
      "of series, <b>1</b> is resolved in score or in loss.");
  has(&page, "<b>modalities lost at test</b>: 2 of 2 comparisons not resolved");
  fray_text_free(&page);
}

static void names_the_trials_that_diverged(void **state) {
  const char *folder = *state;
  edit(folder, "trials.csv", "mom,0.5,2,ok,,", "mom,0.5,2,diverged,3,", false);
  struct fray_text page = page_of(folder);
  has(&page, "<li>1 of 12 trainings diverged</li>");
  has(&page, "in every mean: mom, lost 50 %, seed 2.");
  fray_text_free(&page);
}

static void counts_clients_that_fell_out(void **state) {
  const char *folder = *state;
  edit(folder, "trials.csv", "avg,0.5,1,ok,,,20,17,40,0,", "avg,0.5,1,ok,,,20,17,40,3,", false);
  edit(folder, "trials.csv", "avg,0.5,2,ok,,,20,17,40,0,", "avg,0.5,2,ok,,,20,17,40,1,", false);
  struct fray_text page = page_of(folder);
  has(&page, "<li>Clients fell out of 2 of 12 trainings</li>");
  has(&page, "without a usable sample (3 of 40 at most)");
  fray_text_free(&page);
}

static void says_what_the_study_is(void **state) {
  const char *folder = *state;
  edit(folder, "scenario.yaml", "name: fixture-lost",
       "name: fixture-lost\ndescription: \"half <gone>\"", false);
  struct fray_text page = page_of(folder);
  has(&page, "<h1>fixture-lost</h1>\n<p class=\"what\">half &lt;gone&gt;</p>");
  fray_text_free(&page);
}

/* Every heading is one level below or at most as deep as the one before, and each entry of the
 * contents leads to a heading. */
static void headings_are_in_order(void **state) {
  struct fray_text page = page_of(*state);
  int before = 0, count = 0;
  for (const char *p = page.data; (p = strstr(p, "<h")); p++) {
    if (!isdigit((unsigned char)p[2]))
      continue;
    assert_true(p[2] - '0' <= before + 1);
    before = p[2] - '0';
    count++;
  }
  assert_true(count > 12);
  for (const char *p = page.data; (p = strstr(p, "<li><a href=\"#")); p++, count--) {
    char id[80];
    p += strlen("<li><a href=\"#");
    snprintf(id, sizeof id, " id=\"%.*s\" class=\"level", (int)strcspn(p, "\""), p);
    has(&page, id);
  }
  assert_int_equal(count, 1); /* all but the title */
  fray_text_free(&page);
}

/* The page alone holds every number that its figures show. */
static void holds_the_numbers_of_its_figures(void **state) {
  struct fray_text page = page_of(*state);
  struct fray_text csv = slurp(path_in(*state, "figures/curve1-lost-rate.csv"));
  has(&page, csv.data); /* nothing in it needs escaping */
  has(&page, "<a href=\"figures/curve1-lost-rate.csv\">csv</a>");
  fray_text_free(&csv);
  fray_text_free(&page);
}

/* 18 is the last that is not of the last tenth of 20. */
static void says_what_was_not_finished(void **state) {
  const char *folder = *state;
  edit(folder, "trials.csv", ",20,17,", ",20,18,", true);
  struct fray_text page = page_of(folder);
  assert_null(strstr(page.data, "not finished"));
  fray_text_free(&page);
  edit(folder, "trials.csv", ",20,18,", ",20,19,", true);
  page = page_of(folder);
  has(&page, "<li>12 of 12 trainings selected one of their last rounds: not finished</li>");
  has(&page, "<code>training.rounds</code> makes them longer.");
  fray_text_free(&page);
  /* Of four evaluated rounds the last is often the best by accident. */
  edit(folder, "scenario.yaml", "every: 1", "every: 5", false);
  page = page_of(folder);
  assert_null(strstr(page.data, "not finished"));
  fray_text_free(&page);
}

static void says_what_had_nothing_to_train_on(void **state) {
  const char *folder = *state;
  edit(folder, "trials.csv", "avg,0.5,1,ok,,,20,17,40,0,", "avg,0.5,1,ok,,,20,17,40,40,", false);
  struct fray_text page = page_of(folder);
  has(&page, "<li>1 training had nothing to train on</li>");
  fray_text_free(&page);
}

/* What a control lacks is said of no training of the study. */
static void counts_no_control_among_trainings(void **state) {
  const char *folder = *state;
  edit(folder, "trials.csv", ",lost.rate,seed,", ",lost.rate,control,seed,", false);
  edit(folder, "trials.csv", ",1,ok,", ",,1,ok,", true);
  edit(folder, "trials.csv", ",2,ok,", ",,2,ok,", true);
  edit(folder, "trials.csv", ",3,ok,", ",,3,ok,", true);
  edit(folder, "trials.csv", "00000000000000a3,",
       "00000000000000c0,avg,0,local_only,1,ok,,,20,17,40,40,0,0,0,0,,,\n00000000000000a3,", false);
  struct fray_text page = page_of(folder);
  assert_null(strstr(page.data, "fell out of"));
  assert_null(strstr(page.data, "nothing to train on"));
  fray_text_free(&page);
  edit(folder, "trials.csv", "avg,0.5,,1,ok,,,20,17,40,0,", "avg,0.5,,1,ok,,,20,17,40,3,", false);
  page = page_of(folder);
  has(&page, "<li>Clients fell out of 1 of 12 trainings</li>");
  has(&page, "without a usable sample (3 of 40 at most)");
  fray_text_free(&page);
}

/* Without any chance level, and with a first cell of which nothing is known. */
static void tells_the_bound_of_what_scatters(void **state) {
  const char *folder = *state;
  edit(folder, "scores.csv", ",0.25\n", ",\n", true);
  for (int seed = 0; seed < 3; seed++) {
    char from[80], to[80];
    snprintf(from, sizeof from, "a%d,best,trial,,,unseen_clients,all,", seed);
    snprintf(to, sizeof to, "a%d,best,odd,,,unseen_clients,all,", seed);
    edit(folder, "scores.csv", from, to, false);
  }
  edit(folder, "scores.csv", "a3,best,trial,,,unseen_clients,all,400,12,accuracy,0.6,",
       "a3,best,trial,,,unseen_clients,all,400,12,accuracy,0.3,", false);
  struct fray_text page = page_of(folder);
  has(&page, "by a standard deviation above ten points: another");
  fray_text_free(&page);
}

/* avg at 0: .5 .82 .95, so a deviation of .23 around .757, .507 above chance. */
static void says_how_far_seeds_scatter(void **state) {
  const char *folder = *state;
  struct fray_text page = page_of(folder);
  assert_null(strstr(page.data, "scatter widely"));
  fray_text_free(&page);
  edit(folder, "scores.csv", "a0,best,trial,,,unseen_clients,all,400,12,accuracy,0.8,",
       "a0,best,trial,,,unseen_clients,all,400,12,accuracy,0.6,", false);
  edit(folder, "scores.csv", "a2,best,trial,,,unseen_clients,all,400,12,accuracy,0.84,",
       "a2,best,trial,,,unseen_clients,all,400,12,accuracy,0.95,", false);
  page = page_of(folder);
  has(&page, "<li>Seeds of 1 model scatter widely</li>");
  has(&page, "avg, lost 0 % (3 seeds from 60.0&nbsp;% to "
             "95.0&nbsp;%, standard deviation 17.7 points).");
  fray_text_free(&page);
}

static void says_that_two_people_are_few(void **state) {
  const char *folder = *state;
  edit(folder, "scores.csv", "all,400,12,", "all,400,2,", true);
  struct fray_text page = page_of(folder);
  has(&page, "<li>Only 2 test clients: nothing about other people</li>");
  has(&page, "They show how these models do on these. They cannot show how");
  fray_text_free(&page);
}

static void counts_content_that_is_there_twice(void **state) {
  const char *folder = *state;
  struct fray_text page = page_of(folder);
  assert_null(strstr(page.data, "Leak"));
  fray_text_free(&page);
  edit(folder, "provenance.json", "{",
       "{\"same_in_train_and_test\": \"7\", \"same_in_two_clients\": \"0\", "
       "\"same_in_two_classes\": \"1\",",
       false);
  page = page_of(folder);
  has(&page, "<li>Leak: training and test share content, 7 times</li>");
  has(&page, "7 contents of the data (the same values under two names) occur in training and in "
             "test, so that the test asks for what training showed");
  has(&page, "<li>Leak: classes share content, 1 time</li>");
  assert_null(strstr(page.data, "clients share content"));
  fray_text_free(&page);
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      OWN(names_the_damage_that_costs_most),
      OWN(says_where_half_is_gone),
      OWN(gains_break_nothing),
      OWN(names_the_group_that_loses_most),
      OWN(speaks_of_no_small_group),
      OWN(counts_what_is_resolved),
      OWN(names_the_trials_that_diverged),
      OWN(counts_clients_that_fell_out),
      OWN(says_what_was_not_finished),
      OWN(says_what_had_nothing_to_train_on),
      OWN(counts_no_control_among_trainings),
      OWN(says_how_far_seeds_scatter),
      OWN(tells_the_bound_of_what_scatters),
      OWN(says_that_two_people_are_few),
      OWN(counts_content_that_is_there_twice),
      OWN(says_what_the_study_is),
      OWN(headings_are_in_order),
      OWN(holds_the_numbers_of_its_figures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
