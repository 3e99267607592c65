/* Measures of the fixture, worked by hand from fixture/README.md, and the formulas of several
 * curves.
 *
 * Chance is .25. avg along lost.rate: R = (.62 - .25) / (.82 - .25) = .37 / .57, RAUC = (1 + R) /
 * 2, slope = -.20 / .5; mom: R = .47 / .56, slope = -.09 / .5. Under `dark` at 0.4 the four cells
 * make errors of .23 (avg, 0), .43 (avg, .5), .24 (mom, 0) and .33 (mom, .5), each .05 above the
 * clean one. p of mom - avg at 0.5: t = .10 / (.03 / sqrt 3), and for 2 degrees of freedom p = 1 -
 * t / sqrt(t^2 + 2). Four differences are corrected together: the others have p = .2254, .01307,
 * .00083. */
#include "folder.h"

#include "report/measure/catalogue.h"
#include "report/measure/formulas.h"
#include "report/quantity/read_study.h"
#include "report/table/method_table.h"

#include <math.h>

static void near(double a, double b) {
  if (!(fabs(a - b) < 1e-6))
    fail_msg("%.9g is not %.9g", a, b);
}

struct loaded {
  struct fray_arena arena;
  struct fray_rep_results r;
  struct fray_rep_catalogue m;
};

static void load(const char *folder, struct loaded *l) {
  struct fray_err err = {0};
  *l = (struct loaded){0};
  if (fray_rep_study_read(folder, NULL, &l->arena, &l->r, &err) != FRAY_OK ||
      fray_rep_make_catalogue(&l->r, &l->m, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static void unload(struct loaded *l) {
  fray_rep_study_free(&l->r);
  fray_arena_free(&l->arena);
}

static void add_keys(const char *folder, const char *keys) {
  edit(folder, "scenario.yaml", "name: fixture-lost\n", keys, false);
}

#define REFERENCE "name: fixture-lost\nreference: {method: avg, lost.rate: 0}\n"

static const struct fray_rep_entry *at(const struct loaded *l, size_t axis, size_t series,
                                       enum fray_rep_entry_kind kind) {
  const struct fray_rep_entry *m = fray_rep_entry_of(&l->m, axis, series, kind);
  assert_non_null(m);
  return m;
}

static void curves(void **state) {
  struct loaded l;
  add_keys(*state, REFERENCE);
  load(*state, &l);
  assert_int_equal(l.m.n_axes, 2);
  near(fray_rep_clean_entry(&l.m, 0, 0, l.r.main_metric)->e.value, 0.82);
  const struct fray_rep_entry *end = at(&l, 0, 0, FRAY_REP_SCORE);
  near(end->e.value, 0.62);
  near(end->e.interval.high - end->e.value, 0.065724); /* as in every other table */
  assert_int_equal(end->e.interval.kind, FRAY_INTERVAL_SEEDS);
  near(at(&l, 0, 0, FRAY_REP_RAUC)->e.value, (1 + 0.37 / 0.57) / 2);
  near(at(&l, 0, 1, FRAY_REP_RAUC)->e.value, (1 + 0.47 / 0.56) / 2);
  near(at(&l, 0, 0, FRAY_REP_RETENTION)->e.value, 0.37 / 0.57);
  near(at(&l, 0, 0, FRAY_REP_SLOPE)->e.value, -0.4);
  near(at(&l, 0, 1, FRAY_REP_SLOPE)->e.value, -0.18);
  assert_true(isnan(at(&l, 0, 0, FRAY_REP_S50)->e.value));
  assert_string_equal(at(&l, 0, 0, FRAY_REP_S50)->e.status, "> s_max");
  assert_null(fray_rep_entry_of(&l.m, 0, 0, FRAY_REP_CE)); /* a model for each strength */
  assert_null(fray_rep_entry_of(&l.m, 1, 0, FRAY_REP_CE)); /* the reference itself */
  unload(&l);
}

/* The seeds of the ratio follow from those of the scores. All seeds keep the same share of what is
 * above chance if the damaged scores are .25 + .4 (clean - .25): then nothing varies. */
static void ratios_pair_their_seeds(void **state) {
  struct loaded l;
  edit(*state, "scores.csv", "a0,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.75",
       "a0,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.47", false);
  edit(*state, "scores.csv", "a1,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.77",
       "a1,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.478", false);
  edit(*state, "scores.csv", "a2,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.79",
       "a2,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.486", false);
  load(*state, &l);
  const struct fray_rep_entry *m = at(&l, 1, 0, FRAY_REP_RETENTION);
  near(m->e.value, 0.4);
  near(m->e.interval.low, 0.4);
  near(m->e.interval.high, 0.4);
  near(at(&l, 1, 0, FRAY_REP_S50)->e.value, 0.4 * 0.5 / 0.6);
  near(at(&l, 1, 0, FRAY_REP_RAUC)->e.value, 0.7);
  unload(&l);
}

/* 98, 99 and 100 % right: t with two degrees of freedom would say up to 101.5 %. */
static void scores_stay_in_their_range(void **state) {
  struct loaded l;
  edit(*state, "scores.csv", "a0,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.75",
       "a0,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.98", false);
  edit(*state, "scores.csv", "a1,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.77",
       "a1,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.99", false);
  edit(*state, "scores.csv", "a2,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.79",
       "a2,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,1.0", false);
  load(*state, &l);
  const struct fray_rep_entry *end = at(&l, 1, 0, FRAY_REP_SCORE);
  near(end->e.value, 0.99);
  near(end->e.interval.low, 0.99 - 4.302653 * 0.01 / sqrt(3));
  near(end->e.interval.high, 1);
  unload(&l);
}

static void differences(void **state) {
  struct loaded l;
  add_keys(*state, REFERENCE);
  load(*state, &l);
  const struct fray_rep_entry *d = at(&l, 0, 1, FRAY_REP_DIFFERENCE);
  double t = 0.1 / (0.03 / sqrt(3));
  near(d->e.value, 0.1);
  near(d->e.interval.low, 0.1 - 0.074524);
  near(d->e.p, 1 - t / sqrt(t * t + 2));
  near(d->p_holm, 2 * d->e.p); /* third of four */
  assert_null(fray_rep_entry_of(&l.m, 0, 0, FRAY_REP_DIFFERENCE));
  near(at(&l, 1, 1, FRAY_REP_DIFFERENCE)->e.value, -0.2); /* (avg, .5) - (avg, 0) */
  near(at(&l, 1, 1, FRAY_REP_DIFFERENCE)->p_holm, 4 * at(&l, 1, 1, FRAY_REP_DIFFERENCE)->e.p);
  unload(&l);
}

static void errors(void **state) {
  struct loaded l;
  add_keys(*state, REFERENCE);
  load(*state, &l);
  static const double error[] = {0.23, 0.43, 0.24, 0.33}; /* cells in order of trials.csv */
  for (size_t cell = 1; cell < 4; cell++) {
    size_t series = l.m.axes[1].series_of_cell[cell];
    near(at(&l, 1, series, FRAY_REP_CE)->e.value, error[cell] / 0.23);
    near(at(&l, 1, series, FRAY_REP_RELATIVE_CE)->e.value, 1);
    near(at(&l, l.m.n_axes, cell, FRAY_REP_MCE)->e.value, error[cell] / 0.23);
  }
  assert_null(fray_rep_entry_of(&l.m, l.m.n_axes, 0, FRAY_REP_MCE));
  unload(&l);
}

/* The reference loses 0, .05 and .10: an interval that reaches 0, so that no ratio to it stands. */
static void unsure_denominators_are_empty(void **state) {
  struct loaded l;
  add_keys(*state, REFERENCE);
  edit(*state, "scores.csv", "a0,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.75",
       "a0,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.8", false);
  edit(*state, "scores.csv", "a2,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.79",
       "a2,best,dark,0.4,rate,unseen_clients,all,400,12,accuracy,0.74", false);
  load(*state, &l);
  const struct fray_rep_entry *m = at(&l, 1, 1, FRAY_REP_RELATIVE_CE);
  assert_true(isnan(m->e.value));
  assert_string_equal(m->e.status, "the reference's loss may be 0");
  near(at(&l, 1, 1, FRAY_REP_CE)->e.value, 0.43 / 0.23);
  unload(&l);
}

/* Scores that reach down to chance: everything relative to the clean score is empty. */
static void at_chance_when_clean(void **state) {
  struct loaded l;
  edit(*state, "scores.csv", ",0.25\n", ",0.8\n", true);
  load(*state, &l);
  for (enum fray_rep_entry_kind kind = FRAY_REP_RAUC; kind <= FRAY_REP_S50; kind++) {
    assert_true(isnan(at(&l, 0, 0, kind)->e.value));
    assert_string_equal(at(&l, 0, 0, kind)->e.status, "clean score not told from chance");
  }
  near(at(&l, 0, 0, FRAY_REP_SLOPE)->e.value, -0.4);
  unload(&l);
}

/* mom loses .09, avg .20; the mean over the axis of a straight line is half of its end. */
static void late_fusion(void **state) {
  struct loaded l;
  add_keys(*state, "name: fixture-lost\nmodel: {fusion: attention}\n"
                   "methods: {avg: {model.fusion: late}, mom: {}}\n");
  load(*state, &l);
  assert_true(l.m.has_late);
  near(at(&l, 0, 1, FRAY_REP_AGAINST_LATE)->e.value, (0.20 - 0.09) / 2);
  assert_null(fray_rep_entry_of(&l.m, 0, 0, FRAY_REP_AGAINST_LATE));
  unload(&l);
}

static void few_baselines(void **state) {
  struct loaded l;
  add_keys(*state, "name: fixture-lost\nbaselines: {method: [avg, mom]}\n");
  load(*state, &l);
  assert_true(l.m.has_baselines);
  const struct fray_rep_entry *m = at(&l, 0, 0, FRAY_REP_EFFECTIVE);
  assert_true(isnan(m->e.value));
  assert_string_equal(m->e.status, "fewer than 8 baselines");
  unload(&l);
}

/* Eight baselines on the line logit(corrupt) = -.5 + .8 logit(clean); a model at clean .8 is
 * expected at 1 / (1 + exp(.5 - .8 ln 4)) = .647721 and is at .7. */
static void effective_robustness(void **state) {
  (void)state;
  const double s[] = {0, 1};
  struct fray_rep_shape shape = {
      .n = 2, .s = s, .higher = true, .is_share = true, .n_baselines = 8};
  double m[18] = {0.8, 0.7};
  const char *status;
  for (int b = 0; b < 8; b++) {
    double clean = 0.55 + 0.05 * b;
    m[2 + 2 * b] = clean;
    m[3 + 2 * b] = 1 / (1 + exp(0.5 - 0.8 * log(clean / (1 - clean))));
  }
  near(fray_rep_f_effective(&shape, m, &status), 0.7 - 0.6477208);
  assert_string_equal(status, "ok");
  m[0] = 0.95; /* beyond the strongest baseline, which is at .9 */
  assert_true(isnan(fray_rep_f_effective(&shape, m, &status)));
  assert_string_equal(status, "outside the baselines");
  shape.n_baselines = 7;
  assert_true(isnan(fray_rep_f_effective(&shape, m, &status)));
  shape.n_baselines = 257; /* none of them is left out in silence */
  assert_true(isnan(fray_rep_f_effective(&shape, m, &status)));
  assert_string_equal(status, "more than 256 baselines");
}

/* Kept scores .0 -.1 -.3 against .0 -.2 -.5: gains 0 .1 .2 at 0 .5 1, mean .1. With less-is-better
 * the sign turns. */
static void against_on_an_uneven_axis(void **state) {
  (void)state;
  const double s[] = {0, 0.5, 1}, m[] = {0.8, 0.7, 0.5, 0.9, 0.7, 0.4};
  struct fray_rep_shape shape = {.n = 3, .s = s, .higher = true};
  const char *status;
  near(fray_rep_f_against(&shape, m, &status), 0.1);
  shape.higher = false;
  near(fray_rep_f_against(&shape, m, &status), -0.1);
}

static void the_table_and_its_files(void **state) {
  struct fray_text page = {0};
  struct fray_err err = {0};
  struct loaded l;
  add_keys(*state, REFERENCE);
  load(*state, &l);
  struct fray_rep_measures_file measures = {0};
  if (fray_rep_methods(&l.r, 0, *state, &measures, &page, &err) != FRAY_OK ||
      fray_rep_measures_end(&measures, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_non_null(strstr(page.data, "<table class=\"sortable\">"));
  assert_non_null(strstr(page.data, "avg (reference)"));
  assert_non_null(strstr(page.data, "declares no <code>baselines</code>"));
  assert_non_null(strstr(page.data, "<td data-value=\"0.62\">62.0"));
  assert_non_null(strstr(page.data, "&gt; s_max"));
  assert_null(strstr(page.data, "effective robustness</th>"));
  struct fray_text csv = slurp(path_in(*state, "tables/methods.csv"));
  assert_non_null(strstr(csv.data, "lost.rate,mom,difference,points,10"));
  struct fray_text tidy = slurp(path_in(*state, "tables/measures.csv"));
  assert_non_null(
      strstr(tidy.data, "\nrauc,lost.rate,trial,,mom,,,best,unseen_clients,all,accuracy,"));
  struct fray_text tex = slurp(path_in(*state, "tables/methods.tex"));
  assert_non_null(strstr(tex.data, "\\label{tab:methods}"));
  fray_text_free(&page);
  fray_text_free(&csv);
  fray_text_free(&tidy);
  fray_text_free(&tex);
  unload(&l);
}

#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {IN_FOLDER(curves),
                                     IN_FOLDER(ratios_pair_their_seeds),
                                     IN_FOLDER(scores_stay_in_their_range),
                                     IN_FOLDER(differences),
                                     IN_FOLDER(errors),
                                     IN_FOLDER(unsure_denominators_are_empty),
                                     IN_FOLDER(at_chance_when_clean),
                                     IN_FOLDER(late_fusion),
                                     IN_FOLDER(few_baselines),
                                     cmocka_unit_test(effective_robustness),
                                     cmocka_unit_test(against_on_an_uneven_axis),
                                     IN_FOLDER(the_table_and_its_files)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
