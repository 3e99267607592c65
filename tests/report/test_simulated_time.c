/* What a report says of simulated time and of who took part, of a study whose numbers can be worked
 * out by hand: seed s of `avg` reaches .9 in round 2, at 30 s times s; `mom` reaches .8. */
#include "built_study.h"

#include "report/measure/catalogue.h"

#include <math.h>

/* Round r of seed s is over at 10 r s + 10 (r - 1) s = 10, 30 s times s. */
static void put_clock(const char *folder) {
  struct fray_text rounds = {0};
  fray_text_puts(&rounds, "trial,round,clock,dev.accuracy\n");
  for (int i = 0; i < METHODS * 2 * 2 * SEEDS; i++) {
    const int m = i / 12, lost = i / 6 % 2, wrong = i / 3 % 2, seed = i % 3;
    for (int round = 1; round <= 2; round++)
      fray_text_printf(&rounds, "t%d%d%d%d,%d,%d,%g\n", m, lost, wrong, seed, round,
                       (20 * round - 10) * (seed + 1),
                       round == 1 ? 0.1 * (seed + 1) : score[m][lost][wrong]);
  }
  put_file(path_in(folder, "rounds.csv"), rounds.data, rounds.size);
  fray_text_free(&rounds);
}

static void scores_lie_where_the_clock_is(void **state) {
  struct made m;
  make(*state, &m);
  assert_null(figure(&m, "score_by_time", 0)); /* no clock, no figure */
  drop(&m);
  put_clock(*state);
  make(*state, &m);
  const struct fray_rep_series *avg = series(need(&m, "score_by_time", 0), 0, "avg");
  assert_int_equal(avg->n, 2);
  is_at(avg, 0, 20, 20); /* seeds at 10, 20 and 30 s, of .1, .2 and .3 */
  is_at(avg, 1, 60, 90);
  assert_int_equal(avg->n_singles, SEEDS);
  near(avg->single[2].x, 90);
  is_at(series(need(&m, "convergence", 0), 0, "avg"), 1, 2, 90); /* rounds are still rounds */
  drop(&m);
}

static const struct fray_rep_entry *find(const struct fray_rep_catalogue *m,
                                         enum fray_rep_entry_kind kind, const char *method,
                                         double target) {
  for (size_t i = 0; i < m->n; i++)
    if (m->v[i].kind == kind && m->v[i].severity == target &&
        strcmp(m->r->cell[m->v[i].cell]->value[0], method) == 0)
      return &m->v[i]; /* the first cell of a method has no damage */
  fail_msg("no row for %s at %g", method, target);
  return NULL;
}

static void times_are_means_or_censored(void **state) {
  struct made m;
  struct fray_rep_catalogue rows;
  struct fray_err err = {0};
  put_clock(*state);
  edit(*state, "scenario.yaml", "name: built\n", "name: built\nreport: {reach: [0.3, 0.85, 0.2]}\n",
       false);
  make(*state, &m);
  good(fray_rep_make_catalogue(&m.r, &rows, &err), &err);
  good(fray_rep_catalogue_complete(&rows, &err), &err);
  const struct fray_rep_entry *v = find(&rows, FRAY_REP_SECONDS_TO, "avg", 0.85);
  near(v->e.value, 60); /* 30, 60 and 90 s */
  near(v->e.interval.high, 60 + 4.302652729749 * 30 / sqrt(3));
  near(find(&rows, FRAY_REP_ROUNDS_TO, "avg", 0.85)->e.value, 2);
  /* .1, .2 and .3 in round 1: the last two reach .2 at once. */
  near(find(&rows, FRAY_REP_ROUNDS_TO, "avg", 0.2)->e.value, 4.0 / 3);
  near(find(&rows, FRAY_REP_SECONDS_TO, "avg", 0.2)->e.value, (30 + 20 + 30) / 3.0);
  near(find(&rows, FRAY_REP_ROUNDS_TO, "mom", 0.3)->e.value, 5.0 / 3);
  v = find(&rows, FRAY_REP_SECONDS_TO, "mom", 0.85); /* which comes to .8 */
  assert_true(isnan(v->e.value) && isnan(v->e.interval.low));
  assert_string_equal(v->e.status, "never reached in 3 of 3 trainings");
  drop(&m);
}

static void weights_stand_beside_one(void **state) {
  struct made m;
  struct fray_text rows = {0};
  make(*state, &m);
  assert_null(figure(&m, "participants", 0));
  drop(&m);
  fray_text_puts(&rows, "trial,of,value,clients,samples,visits,held,trained,weight\n");
  for (int seed = 0; seed < SEEDS; seed++)
    fray_text_printf(&rows,
                     "t000%d,samples,4 to 7,2,11,3,0.25,0.5,%g\n"
                     "t000%d,samples,9,2,33,3,0.75,0.5,%g\n"
                     "t000%d,g,a,4,44,3,1,1,1\n" /* alone, and so no news */
                     "t000%d,h,b,2,22,3,0.5,0.25,0.5\nt000%d,h,c,2,22,3,0.5,0.75,1.5\n",
                     seed, 2 + 0.1 * seed, seed, 0.5, seed, seed, seed);
  put_file(path_in(*state, "participation.csv"), rows.data, rows.size);
  fray_text_free(&rows);
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "participants", 0);
  assert_int_equal(f->n_categories, 4);
  assert_string_equal(f->category[0], "4 to 7 samples");
  assert_string_equal(f->category[1], "9 samples");
  assert_string_equal(f->category[3], "h: c");
  near(f->panel[0].series[0].point[0].y, 2.1);
  near(f->panel[0].series[0].point[1].y, 0.5);
  near(f->panel[0].series[0].point[3].y, 1.5);
  near(f->panel[0].reference[0].y, 1);
  drop(&m);
}

static int set_up(void **state) {
  if (make_folder(state) != 0)
    return -1;
  put_study(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(scores_lie_where_the_clock_is, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(times_are_means_or_censored, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(weights_stand_beside_one, set_up, drop_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
