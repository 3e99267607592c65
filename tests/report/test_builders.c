/* What each kind of figure shows of a study whose scores can be worked out by hand. */
#include "built_study.h"

#include "report/figure/figures.h"
#include "report/page/page.h"
#include "report/plot/build.h"
#include "report/quantity/read_study.h"
#include "report/stat/grid.h"

#include "fray/base/size.h"
#include "fray/h5/h5.h"

#include <math.h>

static void controls_stand_beside_the_curves(void **state) {
  struct made m;
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "curves", 0); /* lost.rate; wrong.rate 0 first */
  assert_true(f->x_share && strcmp(f->x_label, f->x_title) != 0);
  is_at(series(f, 0, "avg"), 1, 0.5, 70);
  const struct fray_rep_series *alone = series(f, 0, "sound alone");
  assert_true(alone->control && alone->n == 2);
  is_at(alone, 0, 0, 50);
  is_at(alone, 1, 0.5, 30);
  assert_string_equal(f->legend[alone->style], "sound alone");
  assert_true(series(f, 0, "no modality at test")->control);
  is_at(series(f, 0, "no modality at test"), 1, 0.5, 10);
  /* Controls were trained with right labels only, so they are no level of the other panel. */
  for (size_t s = 0; s < f->panel[1].n_series; s++)
    assert_string_not_equal(f->panel[1].series[s].label, "sound alone");
  f = need(&m, "curves", 1); /* the same for own_client */
  assert_true(f->x_share);
  is_at(series(f, 0, "avg"), 0, 0, 95);
  const struct fray_rep_series *local = series(f, 0, "each client alone");
  assert_int_equal(local->n, 2); /* one training: a level across the panel */
  is_at(local, 0, 0, 65);
  is_at(local, 1, 0.5, 65);
  drop(&m);
}

/* `dark` lists 0.5 and 1; what is lost is lost from the undamaged 0.9 on, 0.2 and not 0.1. */
static void tests_begin_at_no_damage(void **state) {
  struct made m;
  struct fray_rep_axis *axes;
  struct fray_rep_grid g;
  struct fray_rep_stat lost;
  struct fray_err err = {0};
  size_t n;
  make(*state, &m);
  good(fray_rep_axes(&m.r, &axes, &n, &err), &err);
  assert_int_equal(n, 3); /* fog has a single strength */
  assert_string_equal(axes[2].name, "dark");
  assert_int_equal(axes[2].n_x, 3);
  near(axes[2].x[0], 0);
  good(fray_rep_make_grid(&m.r, &axes[2], false, FRAY_REP_ALL, m.r.main_metric, &g, &err), &err);
  good(fray_rep_drop_stat(&m.r, &g, 0, true, &lost, &err), &err);
  near(lost.mean, 0.2);
  const struct fray_rep_figure *f = NULL;
  for (size_t i = 0; !f || !strstr(f->title, "dark"); i++)
    f = need(&m, "curves", i);
  is_at(series(f, 0, "avg"), 0, 0, 90);
  is_at(series(f, 0, "avg"), 1, 0.5, 80);
  drop(&m);
}

/* Where a sweep has no 0, its weakest damage is not called none. */
static void the_weakest_damage_is_named(void **state) {
  struct made m;
  edit(*state, "trials.csv", ",avg,0,", ",avg,0.1,", true);
  edit(*state, "trials.csv", ",mom,0,", ",mom,0.1,", true);
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "group_bars", 0);
  assert_string_equal(f->legend[0], "at 10 %");
  assert_string_equal(f->legend[1], "at 50 %");
  assert_non_null(strstr(f->caption, "under the weakest damage and at the strongest"));
  assert_null(strstr(f->caption, "without damage"));
  drop(&m);
}

static void has_findings(struct made *m, const char *part) {
  struct fray_text text = {0};
  struct fray_rep_answer answer;
  struct fray_err err = {0};
  good(fray_rep_answer_of(&m->r, &answer, &err), &err);
  fray_rep_findings(&answer, &text);
  if (!strstr(text.data, part))
    fail_msg("'%s' is not in %s", part, text.data);
  fray_text_free(&text);
}

/* A score that the constant predictor has no value of leaves diverged trainings out of the means;
 * a series of nothing else is not among those that a mean is of. */
static void diverged_without_chance(void **state) {
  struct made m;
  const char *both[] = {"avg,0,0,,1,ok", "avg,0,0,,1,diverged"};
  edit(*state, "trials.csv", both[0], both[1], false);
  make(*state, &m);
  has_findings(&m, "1 of 24 trainings diverged and count as chance.");
  has_findings(&m, "in the mean of 3 series, leaving out 1 series not told from chance");
  drop(&m);
  for (int seed = 1; seed <= SEEDS; seed++) {
    char from[40], to[40];
    snprintf(from, sizeof from, "mom,0,0,,%d,ok", seed);
    snprintf(to, sizeof to, "mom,0,0,,%d,diverged", seed);
    edit(*state, "trials.csv", from, to, false);
  }
  edit(*state, "scores.csv", ",ok,,0.1\n", ",ok,,\n", true);
  make(*state, &m);
  assert_false(fray_rep_has_chance(&m.r, m.r.main_metric));
  has_findings(&m, "4 of 24 trainings diverged and are in no mean, since this score has no chance");
  has_findings(&m, "in the mean of 3 series");
  drop(&m);
}

/* Clients of the own_client scope trained; they are no test clients. */
static void training_clients_are_named(void **state) {
  (void)state;
  struct fray_rep_stat stat = {
      .n = 5, .n_clusters = 16, .interval = {.kind = FRAY_INTERVAL_T, .df = 4}};
  for (int own = 0; own < 2; own++) {
    struct fray_rep_basis basis = {.own = own == 1};
    struct fray_text text = {0};
    fray_rep_basis_add(&basis, &stat);
    fray_rep_basis_words(&basis, &text);
    assert_non_null(strstr(text.data, own ? "over 5 seeds and 16 training clients,"
                                          : "over 5 seeds and 16 test clients,"));
    fray_text_free(&text);
  }
}

/* 9.6 and 10.4 degrees are more than half a degree apart, and shown as the same number. */
static void one_number_is_no_range(void **state) {
  (void)state;
  static const struct {
    double low, high;
    const char *words;
  } cases[] = {{9.6, 10.4, " with 10 degrees of freedom"},
               {9.4, 10.4, " with 9 to 10 degrees of freedom"},
               {10.4, 10.6, " with 10 degrees of freedom"},
               {1, 1.4, " with 1 degree of freedom"}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct fray_rep_stat stat = {
        .n = 5, .n_clusters = 16, .interval = {.kind = FRAY_INTERVAL_T, .df = cases[i].low}};
    struct fray_rep_basis basis = {0};
    struct fray_text text = {0};
    fray_rep_basis_add(&basis, &stat);
    stat.interval.df = cases[i].high;
    fray_rep_basis_add(&basis, &stat);
    fray_rep_basis_words(&basis, &text);
    assert_non_null(strstr(text.data, cases[i].words));
    fray_text_free(&text);
  }
}

static void controls_are_no_models(void **state) {
  struct made m;
  make(*state, &m);
  assert_int_equal(m.r.n_trials, 24);
  assert_int_equal(m.r.n_cells, 8);
  assert_non_null(m.r.controls);
  assert_int_equal(m.r.controls->n_trials, 9);
  assert_int_equal(m.r.controls->n_cells, 3);
  assert_string_equal(m.r.controls->cell[2]->value[3], "local_only");
  drop(&m);
}

static void heat_shows_what_is_left_above_chance(void **state) {
  struct made m;
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "heat_map", 0);
  assert_int_equal(f->n_panels, 2); /* of 8 models those trained without damage */
  assert_non_null(strstr(f->caption, "other 6 models"));
  assert_int_equal(f->n_categories, 2);
  assert_string_equal(f->category[0], "0.5");
  is_at(series(f, 0, "dark at test"), 0, 0,
        100 * 0.7 / 0.8); /* avg 0, 0: (0.8 - 0.1) / (0.9 - 0.1) */
  is_at(series(f, 0, "dark at test"), 1, 1, 100 * 0.6 / 0.8);
  is_at(series(f, 0, "fog at test"), 0, 1, 100 * 0.55 / 0.8);
  drop(&m);
}

/* Two keys beside the method: a row for each value of one, a column for each of the other. */
static void crossed_keys_make_a_grid(void **state) {
  struct made m;
  make(*state, &m);
  size_t i = 0;
  const struct fray_rep_figure *f = need(&m, "curves", i);
  while (!strstr(f->title, "dark"))
    f = need(&m, "curves", ++i);
  assert_int_equal(f->n_panels, 4);
  assert_true(f->n_rows == 2 && f->n_columns == 2);
  for (size_t p = 0; p < f->n_panels; p++) {
    const struct fray_rep_panel *panel = &f->panel[p];
    char title[200];
    snprintf(title, sizeof title, "%s, %s", f->row_title[panel->row],
             f->column_title[panel->column]);
    assert_string_equal(panel->title, title);
    for (size_t q = 0; q < p; q++)
      assert_false(f->panel[q].row == panel->row && f->panel[q].column == panel->column);
  }
  /* Groups by what makes the panels of an axis: 3 groups, and wrong labels of 0 and 40 %. */
  f = need(&m, "group_curves", 0);
  assert_true(f->n_panels == 6 && f->n_rows == 3 && f->n_columns == 2);
  assert_string_equal(f->row_title[1], "b");
  assert_true(f->panel[3].row == 1 && f->panel[3].column == 1);
  for (size_t p = 0; p < f->n_panels; p++) /* one model of each method in every panel */
    assert_true(f->panel[p].n_series == 2 &&
                strcmp(f->panel[p].series[0].label, f->panel[p].series[1].label) != 0);
  /* (score of avg, no loss, no wrong labels) less what group b lacks */
  is_at(series(f, 2, "avg"), 0, 0, 85);
  drop(&m);
}

static void scatter_sets_clean_against_damaged(void **state) {
  struct made m;
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "clean_vs_robust", 0);
  assert_true(f->diagonal);
  assert_string_equal(f->panel[0].title, "modalities lost at training");
  is_at(series(f, 0, "avg"), 0, 90, 70);
  is_at(series(f, 0, "mom"), 1, 50, 45);
  assert_string_equal(f->panel[2].title, "dark at test");
  is_at(series(f, 2, "avg"), 0, 90, 75); /* mean of 80 and 70 */
  drop(&m);
}

static void train_by_test_is_a_matrix(void **state) {
  struct made m;
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "train_test", 0); /* lost.rate and dark */
  assert_int_equal(f->n_categories, 3);
  assert_int_equal(f->n_panels, 4);
  is_at(series(f, 0, "0 %"), 0, 0, 90);
  is_at(series(f, 0, "0 %"), 2, 2, 70);
  is_at(series(f, 0, "50 %"), 1, 1, 60);
  drop(&m);
}

/* A damage of the same kind that acts at test alone is trained by nobody: it takes no figure from
 * those who are. */
static void train_by_test_counts_what_it_can_draw(void **state) {
  struct made m;
  edit(*state, "scenario.yaml", "id: wrong, kind: label_noise, at: train",
       "id: wrong, kind: dim, at: test", false);
  edit(*state, "trials.csv", "wrong.nominal", "wrong.test_nominal", false);
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "train_test", 0);
  assert_string_equal(f->title, "Training: modalities lost at training. Test: dark at test");
  drop(&m);
}

/* Too many models, and neither a reference nor an undamaged training among them: the first ones. */
static void of_too_many_models_the_first_are_shown(void **state) {
  struct made m;
  struct fray_rep_models models;
  struct fray_err err = {0};
  make(*state, &m);
  good(fray_rep_models_of(&m.r, 3, &models, &err), &err); /* avg and mom without damage */
  assert_int_equal(models.n, 2);
  assert_int_equal(models.cell[1], 4);
  drop(&m);
  edit(*state, "scenario.yaml", "reference: {method: avg, lost.rate: 0, wrong.rate: 0}\n", "",
       false);
  edit(*state, "trials.csv", ",ok,2,0,", ",ok,2,0.1,", true);
  make(*state, &m);
  good(fray_rep_models_of(&m.r, 3, &models, &err), &err);
  assert_int_equal(models.n, 3);
  assert_int_equal(models.n_all, 8);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(models.cell[i], i);
  drop(&m);
}

/* Both the name of a column and a value may hold a "=". */
static void groups_are_split_where_the_column_ends(void **state) {
  struct made m;
  struct fray_rep_groups *columns;
  struct fray_err err = {0};
  size_t n;
  edit(*state, "scores.csv", "g=a", "x=y=a=1", true);
  edit(*state, "scenario.yaml", "metrics: [accuracy]", "metrics: [accuracy], groups: [x=y, g]",
       false);
  make(*state, &m);
  good(fray_rep_group_columns(&m.r, &columns, &n, &err), &err);
  assert_int_equal(n, 2);
  assert_string_equal(columns[0].column, "x=y");
  assert_string_equal(columns[0].value[0], "a=1");
  assert_string_equal(columns[1].column, "g");
  assert_string_equal(columns[1].value[0], "b");
  drop(&m);
}

static void interaction_of_two_faults(void **state) {
  struct made m;
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "interactions", 0);
  assert_true(f->diverging && !f->percent);
  assert_int_equal(f->n_panels, 2);
  assert_string_equal(f->panel[0].title, "avg");
  /* R: 0.6/0.8, 0.5/0.8 and together 0.3/0.8; 0.6/0.7, 0.4/0.7 and 0.35/0.7 */
  is_at(series(f, 0, "50 %"), 0, 0, log(0.375 / (0.75 * 0.625)));
  is_at(series(f, 1, "50 %"), 0, 0, log(0.5 / (0.6 / 0.7 * 0.4 / 0.7)));
  assert_null(figure(&m, "interactions", 1));
  drop(&m);
}

static void groups_with_gap_and_hollow_bars(void **state) {
  struct made m;
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "group_bars", 0);
  assert_int_equal(f->n_categories, 3);
  is_at(series(f, 0, "without damage"), 0, 0, 95);
  is_at(series(f, 0, "at 50 %"), 1, 1, 65);
  assert_null(series(f, 0, "without damage")->point[1].label);
  assert_string_equal(series(f, 0, "without damage")->point[2].label, "2 clients");
  assert_non_null(strstr(f->panel[0].note, "gap 10"));
  /* Without predictions there is no null, so that the caption speaks of none and names no worst. */
  assert_null(strstr(f->caption, "null"));
  assert_null(strstr(f->caption, "Worst"));
  assert_non_null(strstr(f->caption, "Whether it is more than chance is not known"));
  drop(&m);
}

static void modalities_that_models_live_on(void **state) {
  struct made m;
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "modality_reliance", 0);
  static const char *const expected[] = {"all", "only sound", "only picture", "none"};
  assert_int_equal(f->n_categories, 4);
  for (size_t i = 0; i < 4; i++)
    assert_string_equal(f->category[i], expected[i]);
  const struct fray_rep_series *avg = series(f, 0, "avg, lost 0 %, wrong labels 0 %");
  is_at(avg, 0, 0, 90);
  is_at(avg, 1, 1, 45);
  is_at(avg, 2, 2, 30);
  is_at(avg, 3, 3, 10);
  const struct fray_rep_series *alone = series(f, 0, "trained on it alone");
  assert_true(alone->control && alone->n == 1);
  is_at(alone, 0, 1, 50);
  drop(&m);
}

static void rounds_with_the_selected_one(void **state) {
  struct made m;
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "convergence", 0);
  const struct fray_rep_series *avg = series(f, 0, "avg");
  assert_int_equal(avg->n, 2);
  is_at(avg, 0, 1, 20); /* mean of 10, 20 and 30 */
  near(avg->point[0].high, 20 + 4.302652729749 * 10 / sqrt(3));
  is_at(avg, 1, 2, 90);
  assert_int_equal(avg->n_singles, SEEDS);
  near(avg->single[0].x, 2);
  near(avg->single[0].y, 90);
  drop(&m);
}

/* What the data do not allow is not drawn: no predictions, no scores of classes. */
static void without_predictions_no_clients_and_no_confidence(void **state) {
  struct made m;
  make(*state, &m);
  assert_null(figure(&m, "client_spread", 0));
  assert_null(figure(&m, "reliability", 0));
  assert_null(figure(&m, "abstention", 0));
  drop(&m);
}

/* Eight baselines on a line in logit coordinates: logit of the damaged score = logit of the clean
 * one - 0.5. */
static void a_line_runs_through_the_baselines(void **state) {
  struct fray_text trials = {0}, scores = {0};
  struct made m;
  const char *yaml = "name: line\nbaselines: {width: [0, 1, 2, 3, 4, 5, 6, 7]}\n";
  fray_text_puts(&trials, "trial,width,seed,status\n");
  fray_text_puts(&scores, "trial,selection,condition,severity,parameter,scope,group,n,clusters,"
                          "metric,value,low,high,status,realised,chance\n");
  for (int i = 0; i < 9; i++) {
    char name[20];
    double clean = 0.5 + 0.05 * i, damaged = 1 / (1 + exp(0.5) * (1 - clean) / clean);
    snprintf(name, sizeof name, "w%d", i);
    fray_text_printf(&trials, "%s,%d,1,ok\n", name, i);
    put_row(&scores, name, "trial,,", "unseen_clients", "all", 100, 12, clean);
    for (int s = 1; s < 3; s++)
      put_row(&scores, name, s == 1 ? "dark,1,level" : "dark,2,level", "unseen_clients", "all", 100,
              12, i < 8 ? damaged : 0.9);
  }
  put_file(path_in(*state, "trials.csv"), trials.data, trials.size);
  put_file(path_in(*state, "scores.csv"), scores.data, scores.size);
  put_file(path_in(*state, "scenario.yaml"), yaml, strlen(yaml));
  fray_text_free(&trials);
  fray_text_free(&scores);
  make(*state, &m);
  const struct fray_rep_series *line =
      series(need(&m, "clean_vs_robust", 0), 0, "line of the baselines");
  assert_true(line->line);
  is_at(line, 0, 50, 100 / (1 + exp(0.5)));
  is_at(line, line->n - 1, 85, 100 / (1 + exp(0.5) * 0.15 / 0.85));
  drop(&m);
}

/* A single model without groups, rounds, tests or controls. */
static void a_bare_study_has_no_figures(void **state) {
  const char *trials = "trial,seed,status\nt,1,ok\n";
  const char *scores = "trial,selection,condition,severity,parameter,scope,group,n,clusters,metric,"
                       "value,low,high,status,realised,chance\n"
                       "t,best,trial,,,unseen_clients,all,100,12,accuracy,0.9,,,ok,,0.1\n";
  struct made m;
  put_file(path_in(*state, "trials.csv"), trials, strlen(trials));
  put_file(path_in(*state, "scores.csv"), scores, strlen(scores));
  put_file(path_in(*state, "scenario.yaml"), "name: bare\n", 11);
  remove(path_in(*state, "rounds.csv"));
  make(*state, &m);
  assert_int_equal(m.figures.n, 0);
  drop(&m);
}

/* ---- predictions: two clients of four samples, two classes, one seed ---- */

enum { SAMPLES = 8 };
/* Class 1 is always the true one. Sure .9 .9 .9 .6 | .9 .6 .6 .6 of the answer; damaged: less. */
static const float answers[2][SAMPLES] = {{0.9F, 0.9F, 0.9F, 0.4F, 0.9F, 0.6F, 0.4F, 0.4F},
                                          {0.6F, 0.6F, 0.4F, 0.4F, 0.6F, 0.4F, 0.4F, 0.4F}};

static void put_array(fray_h5 file, int trial, const char *name, enum fray_h5_type type, int rank,
                      const size_t *dims, const void *data) {
  struct fray_err err = {0};
  char path[200];
  snprintf(path, sizeof path, "trials/p%d/test/%s", trial, name);
  good(fray_h5_write(file, path, type, rank, dims, data, false, &err), &err);
}

static void put_predictions(fray_h5 file, int t) {
  struct fray_err err = {0};
  static const char *const names[] = {"ann", "ben"}, *const condition[] = {"trial"};
  int32_t label[SAMPLES], client[SAMPLES];
  int16_t said[2 * SAMPLES];
  float sure[4 * SAMPLES];
  int64_t confusion[8] = {0};
  size_t dims[] = {SAMPLES}, three[] = {2, 1, SAMPLES}, four[] = {2, 1, SAMPLES, 2},
         cells[] = {2, 1, 2, 2};
  char path[200];
  for (size_t i = 0; i < 2 * SAMPLES; i++) {
    float p = answers[t][i % SAMPLES];
    label[i % SAMPLES] = 1;
    client[i % SAMPLES] = i % SAMPLES / 4;
    said[i] = p > 0.5F;
    sure[2 * i] = 1 - p;
    sure[2 * i + 1] = p;
  }
  snprintf(path, sizeof path, "trials/p%d/test/clients/name", t);
  good(fray_h5_write_texts(file, path, names, 2, &err), &err);
  snprintf(path, sizeof path, "trials/p%d/test/condition", t);
  good(fray_h5_write_texts(file, path, condition, 1, &err), &err);
  put_array(file, t, "label", FRAY_H5_I32, 1, dims, label);
  put_array(file, t, "client", FRAY_H5_I32, 1, dims, client);
  put_array(file, t, "predicted", FRAY_H5_I16, 3, three, said);
  put_array(file, t, "score", FRAY_H5_F32, 4, four, sure);
  put_array(file, t, "confusion", FRAY_H5_I64, 4, cells, confusion);
}

static void put_sure_study(const char *folder) {
  struct fray_err err = {0};
  fray_h5 file;
  const char *trials = "trial,lost.rate,seed,status,lost.nominal\np0,0,1,ok,0\np1,0.5,1,ok,0.5\n";
  const char *scores =
      "trial,selection,condition,severity,parameter,scope,group,n,clusters,metric,value,low,high,"
      "status,realised,chance\n"
      "p0,best,trial,,,unseen_clients,all,8,2,accuracy,0.625,,,ok,,0.5\n"
      "p1,best,trial,,,unseen_clients,all,8,2,accuracy,0.375,,,ok,,0.5\n";
  put_file(path_in(folder, "trials.csv"), trials, strlen(trials));
  put_file(path_in(folder, "scores.csv"), scores, strlen(scores));
  put_file(path_in(folder, "scenario.yaml"), "name: sure\n", 11);
  remove(path_in(folder, "rounds.csv"));
  good(fray_h5_create(path_in(folder, "results.h5"), &file, &err), &err);
  for (int t = 0; t < 2; t++)
    put_predictions(file, t);
  good(fray_h5_close(file, &err), &err);
}

static void clients_are_steps(void **state) {
  struct made m;
  put_sure_study(*state);
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "client_spread", 0);
  const struct fray_rep_series *clean = series(f, 0, "without damage");
  is_at(clean, 0, 50, 50); /* ben has 2 of 4 right, ann 3 */
  is_at(clean, 1, 75, 100);
  assert_string_equal(clean->point[0].label, "ben");
  is_at(series(f, 0, "at 50 %"), 0, 25, 50);
  assert_string_equal(f->panel[0].note, "worst tenth 50 to 25, best 75 to 50");
  assert_non_null(strstr(f->caption, "Variance: 312 to 312")); /* of 50, 75 and 25, 50: 312.5 */
  drop(&m);
}

static void bins_of_confidence(void **state) {
  struct made m;
  put_sure_study(*state);
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "reliability", 0);
  const struct fray_rep_series *clean = series(f, 0, "without damage");
  assert_int_equal(clean->n, 2);
  is_at(clean, 0, 60.00000238, 25); /* four answers of confidence 0.6, one of them right */
  is_at(clean, 1, 89.99999762, 100);
  /* (4 x |0.25 - 0.6| + 4 x |1 - 0.9|) / 8 */
  assert_non_null(strstr(f->caption, "without damage 22.5"));
  drop(&m);
}

static void answers_only_where_sure(void **state) {
  struct made m;
  put_sure_study(*state);
  make(*state, &m);
  const struct fray_rep_series *clean = series(need(&m, "abstention", 0), 0, "without damage");
  assert_int_equal(clean->n, 20);
  near(clean->point[9].x, 50);
  near(clean->point[9].y, 100); /* the four surest are right */
  /* Of equals 1 in 4 is right: 4.5 of 6, 5 of 8. */
  near(clean->point[14].y, 75);
  near(clean->point[19].y, 62.5);
  drop(&m);
}

/* As make_folder, with this file's study in it. */
static int make_built(void **state) {
  if (make_folder(state) != 0)
    return -1;
  put_study(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(controls_stand_beside_the_curves, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(tests_begin_at_no_damage, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(the_weakest_damage_is_named, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(diverged_without_chance, make_built, drop_folder),
      cmocka_unit_test(one_number_is_no_range),
      cmocka_unit_test_setup_teardown(training_clients_are_named, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(controls_are_no_models, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(heat_shows_what_is_left_above_chance, make_built,
                                      drop_folder),
      cmocka_unit_test_setup_teardown(crossed_keys_make_a_grid, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(scatter_sets_clean_against_damaged, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(train_by_test_is_a_matrix, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(train_by_test_counts_what_it_can_draw, make_built,
                                      drop_folder),
      cmocka_unit_test_setup_teardown(of_too_many_models_the_first_are_shown, make_built,
                                      drop_folder),
      cmocka_unit_test_setup_teardown(groups_are_split_where_the_column_ends, make_built,
                                      drop_folder),
      cmocka_unit_test_setup_teardown(interaction_of_two_faults, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(groups_with_gap_and_hollow_bars, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(modalities_that_models_live_on, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(rounds_with_the_selected_one, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(without_predictions_no_clients_and_no_confidence, make_built,
                                      drop_folder),
      cmocka_unit_test_setup_teardown(a_line_runs_through_the_baselines, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(a_bare_study_has_no_figures, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(clients_are_steps, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(bins_of_confidence, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(answers_only_where_sure, make_built, drop_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
