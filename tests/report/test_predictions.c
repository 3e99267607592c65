/* What is said when predictions lie, are missing, or come from a single seed. */
#include "loaded.h"

#include "report/quantity/store.h"
#include "report/stat/verdict.h"

#include "fray/report/report.h"

/* Edits of one trial's part of the file; what is said of it. */
static void expect_damage(const char *folder, const char *name, enum fray_h5_type type, int rank,
                          const size_t *dims, const void *data, const char *complaint) {
  struct study *s = make_study(false);
  struct fray_err err = {0};
  fray_h5 file;
  put_tables(folder, s);
  good(fray_h5_create(path_in(folder, "results.h5"), &file, &err), &err);
  for (size_t t = 1; t < TRIALS; t++)
    put_predictions(file, s, t);
  static const char *const client[] = {"c00"};
  static const int64_t nothing[2 * CONDITIONS * CLASSES * CLASSES];
  int32_t zeros[SAMPLES] = {0};
  int16_t said[2 * CONDITIONS * SAMPLES] = {0};
  const char *trial = trial_name(0);
  put_array(file, trial, name, type, rank, dims, data);
  if (strcmp(name, "label") != 0)
    put_array(file, trial, "label", FRAY_H5_I32, 1, (size_t[]){SAMPLES}, zeros);
  if (strcmp(name, "client") != 0)
    put_array(file, trial, "client", FRAY_H5_I32, 1, (size_t[]){SAMPLES}, zeros);
  if (strcmp(name, "confusion") != 0)
    put_array(file, trial, "confusion", FRAY_H5_I64, 4, (size_t[]){2, CONDITIONS, CLASSES, CLASSES},
              nothing);
  if (strcmp(name, "predicted") != 0)
    put_array(file, trial, "predicted", FRAY_H5_I16, 3, (size_t[]){2, CONDITIONS, SAMPLES}, said);
  put_texts(file, trial, "clients/name", client, 1);
  put_texts(file, trial, "condition", condition_name, CONDITIONS);
  good(fray_h5_close(file, &err), &err);
  struct loaded *l = load(folder);
  const struct fray_rep_quantity *q = quantity(l, address(l, 0, -1, "all", "accuracy"));
  const char *said_of_it;
  assert_null(q->draw);
  assert_string_equal(q->status, "its part of results.h5 is damaged");
  assert_int_equal(fray_rep_interval(&l->r, q).kind, FRAY_INTERVAL_SEEDS);
  assert_int_equal(fray_rep_file_damage(fray_rep_store_file(&l->r), &said_of_it), 1);
  if (!strstr(said_of_it, complaint))
    fail_msg("'%s' is not in '%s'", complaint, said_of_it);
  assert_non_null(quantity(l, address(l, 1, -1, "all", "accuracy"))->draw);
  unload(l);
  free(s);
}

static void files_that_lie_are_found_out(void **state) {
  int32_t labels[SAMPLES] = {0}, clients[SAMPLES] = {0};
  int16_t said[2 * CONDITIONS * SAMPLES] = {0};
  static const int64_t counts[2 * CONDITIONS * CLASSES * CLASSES];
  labels[5] = CLASSES;
  clients[7] = 1;
  said[9] = -4; /* -2 and -3 are refusals, and tables know of them */
  expect_damage(*state, "label", FRAY_H5_I32, 1, (size_t[]){SAMPLES}, labels,
                "sample 5 has 4, not in -1 .. 3");
  expect_damage(*state, "client", FRAY_H5_I32, 1, (size_t[]){SAMPLES}, clients,
                "sample 7 has 1, not in 0 .. 0");
  expect_damage(*state, "client", FRAY_H5_I32, 1, (size_t[]){SAMPLES - 1}, clients,
                "103 samples, expected 104");
  expect_damage(*state, "predicted", FRAY_H5_I16, 3, (size_t[]){2, CONDITIONS, SAMPLES}, said,
                "class -4 at value 9");
  expect_damage(*state, "predicted", FRAY_H5_I16, 2, (size_t[]){2 * CONDITIONS, SAMPLES}, said,
                "rank 2, expected rank 3");
  expect_damage(*state, "confusion", FRAY_H5_I64, 4,
                (size_t[]){2, CONDITIONS - 1, CLASSES, CLASSES}, counts, "3 names, expected 2");
}

/* Scores that cannot be read are missing and complained of; what the models answered stands. */
static void scores_that_lie_leave_the_answers(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  struct fray_err err = {0};
  fray_h5 file;
  static const float scores[2 * CONDITIONS * SAMPLES];
  put_tables(folder, s);
  good(fray_h5_create(path_in(folder, "results.h5"), &file, &err), &err);
  for (size_t t = 0; t < TRIALS; t++)
    put_predictions(file, s, t);
  put_array(file, trial_name(0), "score", FRAY_H5_F32, 4, (size_t[]){2, CONDITIONS, SAMPLES, 1},
            scores);
  good(fray_h5_close(file, &err), &err);
  struct loaded *l = load(folder);
  struct fray_rep_file *answers = fray_rep_store_file(&l->r);
  for (int again = 0; again < 2; again++) {
    const struct fray_rep_answers *a;
    const float *read;
    const char *said_of_it;
    good(fray_rep_file_scores(answers, FRAY_REP_TEST, 0, false, 0, &l->arena, &read, &err), &err);
    assert_null(read);
    good(fray_rep_file_answers(answers, FRAY_REP_TEST, 0, &a, &err), &err);
    assert_string_equal(a->status, "ok");
    assert_int_equal(fray_rep_file_damage(answers, &said_of_it), 1);
    assert_non_null(strstr(said_of_it, "1 classes, expected 4"));
  }
  unload(l);
  free(s);
}

static void has(const char *folder, const char *part) {
  struct fray_text page = slurp(path_in(folder, "report.html"));
  if (!strstr(page.data, part))
    fail_msg("the page lacks: %s", part);
  fray_text_free(&page);
}

static void make_report(const char *folder) {
  struct fray_err err = {0};
  good(fray_report(&folder, 1, NULL, &err), &err);
}

static void page_says_what_intervals_rest_on(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  put_study(folder, s);
  make_report(folder);
  has(folder, "95 % intervals, over 3 seeds and 13 test clients, both resampled: ");
  struct fray_text page = slurp(path_in(folder, "report.html"));
  assert_null(strstr(page.data, "results.h5 is damaged"));
  assert_null(strstr(page.data, "disagree"));
  struct fray_text file = slurp(path_in(folder, "results.h5"));
  put_file(path_in(folder, "results.h5"), file.data, file.size / 2);
  make_report(folder);
  has(folder, "results.h5 is damaged for 12 of 12 trainings");
  has(folder, "95 % intervals, Student&#39;s t over 3 seeds alone: they say nothing about other "
              "people in the test split (results.h5 cannot be read).");
  assert_int_equal(remove(path_in(folder, "results.h5")), 0);
  make_report(folder);
  has(folder, "in the test split (there is no results.h5).");
  fray_text_free(&page);
  fray_text_free(&file);
  free(s);
}

/* Without the first `n` of the seeds as they stand in the tables. */
static void drop_seeds(const char *folder, size_t n) {
  struct fray_text trials = slurp(path_in(folder, "trials.csv"));
  struct fray_text scores = slurp(path_in(folder, "scores.csv"));
  struct fray_text kept[2] = {{0}, {0}};
  for (int k = 0; k < 2; k++)
    for (char *line = k ? scores.data : trials.data, *end; *line; line = end + 1) {
      end = strchr(line, '\n');
      size_t t = strncmp(line, "trial", 5) == 0 ? SEEDS - 1 : strtoul(line, NULL, 16) - 0xb0;
      if (t % SEEDS >= n)
        fray_text_add(&kept[k], line, (size_t)(end + 1 - line));
    }
  put_file(path_in(folder, "trials.csv"), kept[0].data, kept[0].size);
  put_file(path_in(folder, "scores.csv"), kept[1].data, kept[1].size);
  fray_text_free(&trials);
  fray_text_free(&scores);
  fray_text_free(&kept[0]);
  fray_text_free(&kept[1]);
}

/* Clients alone make an interval, but no comparison: one training says nothing about its method. */
static void a_single_seed_decides_nothing(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  put_study(folder, s);
  drop_seeds(folder, SEEDS - 1);
  make_report(folder);
  has(folder, "95 % intervals, over 13 test clients, resampled, and a single seed, so they say "
              "nothing about other seeds: percentiles of the draws.");
  has(folder, "No comparison is made (single seed: clusters only).");
  struct fray_rep_quantity one = {.value = 1, .n_seeds = 1};
  struct fray_interval far = {
      .low = 0.9, .high = 1.1, .error = 0.05, .df = 12, .kind = FRAY_INTERVAL_T};
  assert_true(isnan(fray_rep_p_value(&one, &far)));
  one.n_seeds = 2;
  assert_true(fray_rep_p_value(&one, &far) < 0.001);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  assert_null(strstr(page.data, "<b>copes better"));
  assert_null(strstr(page.data, "</b> loses "));
  fray_text_free(&page);
  free(s);
}

/* Without looking: the shares of the classes as probabilities, which no accuracy needs. */
static void guessing_has_a_level(void **state) {
  const char *folder = *state;
  for (int multi_label = 0; multi_label < 2; multi_label++) {
    struct study *s = make_study(multi_label);
    double nll = 0, brier = 0, level, n = SAMPLES - 1;
    struct fray_err err = {0};
    put_study(folder, s);
    for (size_t k = 0; k < CLASSES; k++) {
      double p = 0;
      for (size_t i = 0; i < SAMPLES; i++)
        p += i != 17 && (multi_label ? s->labels[i * CLASSES + k] : s->label[i] == (int32_t)k);
      p /= n;
      nll -= p * log(p) + (multi_label ? (1 - p) * log(1 - p) : 0);
      brier += p * (1 - p);
    }
    struct loaded *l = load(folder);
    size_t m = fray_rep_name_find(&l->r.metrics, "hamming");
    assert_true(m < l->r.metrics.n);
    l->r.metrics.v[m] = "nll";
    good(fray_rep_blind_level(&l->r, m, NAN, &level, &err), &err);
    near(level, nll / (multi_label ? CLASSES : 1), 1e-9);
    l->r.metrics.v[m] = "brier";
    good(fray_rep_blind_level(&l->r, m, NAN, &level, &err), &err);
    near(level, brier / (multi_label ? CLASSES : 1), 1e-9);
    l->r.metrics.v[m] = "ece";
    good(fray_rep_blind_level(&l->r, m, NAN, &level, &err), &err);
    assert_true(isnan(level));
    unload(l);
    free(s);
  }
}

/* A study of nll alone is judged by that, one of nll and accuracy by accuracy. */
static void a_study_without_chance_is_judged(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  put_study(folder, s);
  struct loaded *l = load(folder);
  assert_string_equal(l->r.metrics.v[fray_rep_judge(&l->r)], "accuracy");
  const char **main_metric = &l->r.metrics.v[l->r.main_metric], *was = *main_metric;
  *main_metric = "attack_success"; /* how often a class is answered tells of no learning */
  assert_int_not_equal(fray_rep_judge(&l->r), l->r.main_metric);
  *main_metric = "refused_right"; /* nor is what is refused */
  assert_int_not_equal(fray_rep_judge(&l->r), l->r.main_metric);
  *main_metric = was;
  for (size_t i = 0; i < l->r.n_scores; i++)
    l->r.score[i].chance = NAN;
  l->r.metrics.v[l->r.metrics.n - 1] = "nll";
  assert_string_equal(l->r.metrics.v[fray_rep_judge(&l->r)], "nll");
  l->r.metrics.v[l->r.metrics.n - 1] = "ece";
  assert_int_equal(fray_rep_judge(&l->r), l->r.main_metric);
  unload(l);
  free(s);
}

/* Another value in scores.csv than the predictions give: they are not believed. */
static void disagreement_is_said(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  put_study(folder, s);
  s->predicted[0][0][0][0] = (int16_t)((s->predicted[0][0][0][0] + 1) % CLASSES);
  put_tables(folder, s);
  make_report(folder);
  has(folder, "results.h5 and scores.csv disagree about 1 of 12 trainings");
  struct loaded *l = load(folder);
  const struct fray_rep_quantity *q = quantity(l, address(l, 0, -1, "all", "accuracy"));
  assert_null(q->draw);
  assert_string_equal(q->status, "the predictions do not give the value of scores.csv");
  unload(l);
  free(s);
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      OWN(files_that_lie_are_found_out),
      OWN(page_says_what_intervals_rest_on),
      OWN(scores_that_lie_leave_the_answers),
      OWN(a_single_seed_decides_nothing),
      OWN(guessing_has_a_level),
      OWN(a_study_without_chance_is_judged),
      OWN(disagreement_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
