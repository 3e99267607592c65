/* What a report says of who was in a training: rows, words and bars of a membership.csv whose
 * numbers can be worked out by hand. */
#include "leaks.h"
#include "built_study.h"

#include "report/answer/leak_words.h"
#include "report/measure/catalogue.h"

#include <math.h>

static const char head[] =
    "trial,selection,attack,group,members,nonmembers,metric,fpr,value,pseudo\n";

static void put_one(struct fray_text *out, int m, int s, const char *rest, double value,
                    double pseudo) {
  fray_text_printf(out, "t%d00%d,%s,%g,%g\n", m, s, rest, value, pseudo);
}

/* Two models of no damage: `avg` has online areas .60, .62, .64, whose mean scatters twice as much
 * as they do; `mom` .80, .82, .87, and more of group a than of all, with pseudo-values that lie
 * higher and scatter alike. Rows of the last model, and rates that no table shows, are passed over.
 */
static void put_attacks(const char *folder) {
  static const double online[METHODS][SEEDS] = {{0.60, 0.62, 0.64}, {0.80, 0.82, 0.87}};
  struct fray_text out = {0};
  fray_text_puts(&out, head);
  for (int m = 0; m < METHODS; m++)
    for (int s = 0; s < SEEDS; s++) {
      const double value = online[m][s], pseudo = m ? value + 0.01 : 0.62 + 2 * (value - 0.62),
                   loss = m ? 0.5 : 0.5 + 0.02 * s, rate = 0.2 + 0.1 * s,
                   more = m ? 0.05 + 0.01 * s : 0.01 * (s - 1);
      put_one(&out, m, s, "best,loss_threshold,all,9,9,roc_auc,", loss, loss);
      put_one(&out, m, s, "last,lira_online,all,9,9,roc_auc,", 0.1, 0.1);
      put_one(&out, m, s, "best,lira_online,all,9,9,roc_auc,", value, pseudo);
      put_one(&out, m, s, "best,lira_online,all,9,9,tpr,0.01", rate, rate);
      put_one(&out, m, s, "best,lira_online,all,9,9,tpr,0.05", 0.9, 0.9);
      put_one(&out, m, s, "best,lira_online,g=a,9,9,roc_auc,", value + more, pseudo + more);
      put_one(&out, m, s, "best,lira_online,g=b,9,9,roc_auc,", value, pseudo);
    }
  put_file(path_in(folder, "membership.csv"), out.data, out.size);
  fray_text_free(&out);
}

static const struct fray_rep_entry *row_of(const struct fray_rep_catalogue *m,
                                           enum fray_rep_entry_kind kind, const char *method,
                                           const char *attack, const char *group) {
  for (size_t i = 0; i < m->n; i++)
    if (m->v[i].kind == kind && strcmp(m->v[i].group, group) == 0 &&
        strcmp(m->r->cell[m->v[i].cell]->value[0], method) == 0 &&
        strcmp(m->v[i].condition, attack) == 0)
      return &m->v[i];
  fail_msg("no row of %s by %s, %s", method, attack, group);
  return NULL;
}

/* Two-sided, of two degrees of freedom. */
static double p_of(double t) {
  return 1 - t / sqrt(2 + t * t);
}

static const double t975 = 4.302652729749, sqrt3 = 1.7320508075688772;

static void attacks_have_rows(void **state) {
  struct made m;
  struct fray_rep_catalogue rows;
  struct fray_text csv = {0};
  struct fray_err err = {0};
  put_attacks(*state);
  make(*state, &m);
  good(fray_rep_make_catalogue(&m.r, &rows, &err), &err);
  good(fray_rep_catalogue_complete(&rows, &err), &err);
  const struct fray_rep_entry *v =
      row_of(&rows, FRAY_REP_MEMBERSHIP_AUC, "avg", "lira_online", "all");
  near(v->e.value, 0.62);
  near(v->e.interval.high, 0.62 + t975 * 0.04 / sqrt3);
  v = row_of(&rows, FRAY_REP_MEMBERSHIP_TPR, "mom", "lira_online", "all");
  near(v->e.value, 0.3);
  near(v->severity, 0.01);
  near(v->e.interval.low, 0.3 - t975 * 0.1 / sqrt3);
  /* .5, .52, .54 and two others are a family; the areas of .5 in every seed are none. */
  v = row_of(&rows, FRAY_REP_MEMBERSHIP_EXCESS, "avg", "loss_threshold", "all");
  near(v->e.value, 0.02);
  near(v->p_holm, p_of(sqrt3));
  v = row_of(&rows, FRAY_REP_MEMBERSHIP_EXCESS, "avg", "lira_online", "all");
  near(v->p_holm, 2 * p_of(3 * sqrt3)); /* the second of three */
  assert_true(
      isnan(row_of(&rows, FRAY_REP_MEMBERSHIP_EXCESS, "mom", "loss_threshold", "all")->p_holm));
  /* .23, .21, .22 and 0, -.02, -.04, paired by seed. */
  v = row_of(&rows, FRAY_REP_MEMBERSHIP_DIFFERENCE, "mom", "lira_online", "all");
  near(v->e.value, 0.21);
  near(v->e.p, p_of(21 * sqrt3));
  near(v->p_holm, 2 * p_of(21 * sqrt3));
  v = row_of(&rows, FRAY_REP_MEMBERSHIP_GROUP_EXCESS, "mom", "lira_online", "g=a");
  near(v->e.value, 0.06); /* .05, .06, .07: with avg's -.01, 0, .01; those of b do not vary */
  near(v->p_holm, 2 * p_of(6 * sqrt3));
  fray_rep_catalogue_csv(&rows, &csv);
  assert_non_null(strstr(csv.data, "membership_auc,,lira_online,,avg,0,0,,best,,all,,0.62"));
  fray_text_free(&csv);
  drop(&m);
}

static const char *words_of(struct made *m) {
  struct fray_rep_leak leak;
  const char *words;
  struct fray_err err = {0};
  good(fray_rep_leak_read(&m->r, &leak, &err), &err);
  good(fray_rep_leak_words(&leak, &words, &err), &err);
  return words;
}

/* Areas around `middle`, the same of both models. */
static void put_alike(const char *folder, double middle) {
  struct fray_text out = {0};
  fray_text_puts(&out, head);
  for (int i = 0; i < METHODS * SEEDS; i++)
    put_one(&out, i / SEEDS, i % SEEDS, "best,lira_online,all,9,9,roc_auc,",
            middle + 0.1 * (i % SEEDS - 1), middle + 0.1 * (i % SEEDS - 1));
  put_file(path_in(folder, "membership.csv"), out.data, out.size);
  fray_text_free(&out);
}

/* Nothing is said of what is not resolved, and chance is nothing. */
static void only_what_is_resolved_is_said(void **state) {
  struct made m;
  make(*state, &m);
  assert_string_equal(words_of(&m), ""); /* nobody was held out */
  assert_null(figure(&m, "membership_areas", 0));
  drop(&m);
  put_attacks(*state);
  make(*state, &m);
  const char *words = words_of(&m);
  assert_non_null(strstr(words, "1 of 4 attacks by membership inference told members"));
  assert_non_null(strstr(words, "(LiRA, online): area 0.830 (95 % interval 0.740 to 0.920)"));
  assert_non_null(strstr(words, "1 of 2 areas lay above or below that of the reference: "));
  assert_non_null(strstr(words, "+0.210 (95 % interval +0.185 to +0.235)."));
  assert_non_null(strstr(words, "1 of 4 areas of groups lay above or below that of all samples: "));
  drop(&m);
  put_alike(*state, 0.5);
  make(*state, &m);
  assert_string_equal(words_of(&m), "");
  drop(&m);
}

/* An area is a share: .8, .9 and 1 leave no room above 1. */
static void areas_end_at_one(void **state) {
  struct made m;
  struct fray_rep_leak leak;
  struct fray_err err = {0};
  put_alike(*state, 0.9);
  make(*state, &m);
  good(fray_rep_leak_read(&m.r, &leak, &err), &err);
  const struct fray_rep_stat area = fray_rep_leak_of(&leak, 0, 0, 0, FRAY_REP_LEAK_AREA);
  near(area.low, 0.9 - t975 * 0.1 / sqrt3);
  assert_true(area.high == 1 && area.interval.high == 1 && area.interval.low == area.low);
  drop(&m);
}

static void areas_are_drawn_beside_chance(void **state) {
  struct made m;
  put_attacks(*state);
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "membership_areas", 0);
  assert_true(f->kind == FRAY_REP_BARS && f->n_categories == 2);
  assert_string_equal(f->category[1], "LiRA, online");
  near(f->panel[0].reference[0].y, 0.5);
  is_at(series(f, 0, f->panel[0].series[0].label), 1, 1, 0.62);
  f = need(&m, "membership_areas", 1);
  assert_int_equal(f->n_categories, 3);
  assert_null(figure(&m, "membership_areas", 2));
  drop(&m);
}

static void damaged_tables_are_refused(void **state) {
  static const char *const rows[] = {"t0000,best,lira_online,all,9,9,roc_auc,,1.5,1\n",
                                     "t0000,best,lira_online,all,9,9,roc_auc,,x,1\n"};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fray_arena arena = {0};
    struct fray_rep_results r;
    struct fray_rep_leak leak;
    struct fray_err err = {0};
    struct fray_text out = {0};
    good(fray_rep_study_read(*state, NULL, &arena, &r, &err), &err);
    fray_text_printf(&out, "%s%s", head, rows[i]);
    put_file(path_in(*state, "membership.csv"), out.data, out.size);
    fray_text_free(&out);
    assert_int_equal(fray_rep_leak_read(&r, &leak, &err), FRAY_INPUT);
    assert_non_null(strstr(err.text, "membership.csv"));
    fray_rep_study_free(&r);
    fray_arena_free(&arena);
  }
}

static int set_up(void **state) {
  if (make_folder(state) != 0)
    return -1;
  put_study(*state);
  return 0;
}

int leak_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(attacks_have_rows, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(only_what_is_resolved_is_said, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(areas_end_at_one, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(areas_are_drawn_beside_chance, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(damaged_tables_are_refused, set_up, drop_folder),
  };
  return cmocka_run_group_tests_name("leaks", tests, NULL, NULL);
}
