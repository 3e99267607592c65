/* A study with a judge: what it refuses stands in results.h5 and scores.csv, and nothing else of
 * the results moves; what is lured is counted; a list of one entry is the entry. */
#include "fray/base/file.h"
#include "fray/data/synth.h"
#include "fray/h5/h5.h"
#include "fray/results/read_tests.h"
#include "fray/study/kept.h"
#include "scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fray_comm *comm;
static char folder[64];

static void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

static void write_shards(void) {
  static const char keys[] = "{modalities: ['feature:8', 'image:6x6x1'], clients: 4, test_clients: "
                             "3, samples: 20, classes: 3, dev_fraction: 0.2, separation: 1}";
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_node *node;
  struct fray_synth_config synth;
  char path[128];
  snprintf(path, sizeof path, "%s/data", folder);
  good(fray_yaml_parse(keys, "t", &arena, &node, &err), &err);
  good(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err), &err);
  good(fray_synth(&synth, path, &err), &err);
  fray_arena_free(&arena);
}

static void run(const char *name, const char *evaluate) {
  static const char yaml[] =
      "name: judged\nseeds: [4]\ndata: {shards: data}\nmodel: {fusion: concat, hidden: 6}\n"
      "training: {rounds: 20, clients_per_round: 4, local: {batch: 5, lr: 0.05}}\n"
      "tests:\n  swapped: {kind: conflict, modalities: [image]}\n"
      "  put: {kind: payload, modalities: [feature], target: class1, strength: [0, 1]}\n"
      "  alone: {kind: gaussian_noise, sigma: 0.7}\n"
      "  both:\n"
      "    - {kind: gaussian_noise, sigma: 0.7}\n"
      "    - {kind: missing_modality, modalities: [feature], rate: [0.5, 1]}\n"
      "evaluate: {metrics: [accuracy, answered, risk, refused_right, hijack, hijack_base, "
      "kept]%s}\n";
  struct fray_err err = {0};
  struct fray_study *study = NULL;
  char path[128], out[128], text[2048];
  const char *where;
  snprintf(path, sizeof path, "%s/%s.yaml", folder, name);
  snprintf(out, sizeof out, "%s/%s", folder, name);
  snprintf(text, sizeof text, yaml, evaluate);
  good(fray_file_write(path, text, strlen(text), &err), &err);
  good(fray_study_load(path, NULL, 0, comm, &study, &err), &err);
  const struct fray_run_options options = {
      .out = out, .no_report = true, .pace = fray_default_pace, .command = "test"};
  good(fray_study_run(study, &options, comm, &where, &err), &err);
  fray_study_free(study);
}

static int set_up(void **state) {
  (void)state;
  struct fray_err err = {0};
  if (fray_comm_start(NULL, NULL, &comm, &err) != FRAY_OK)
    return -1;
  scratch(folder, "fray-judged-XXXXXX");
  if (!mkdtemp(folder))
    return -1;
  write_shards();
  run("plain", "");
  run("chow", ", judge: {kind: chow, cost: 2}, verify: 0.3");
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  fray_comm_finish(comm);
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

static struct fray_text text_of(const char *name, const char *file) {
  struct fray_text text = {0};
  struct fray_err err = {0};
  char path[160];
  snprintf(path, sizeof path, "%s/%s/%s", folder, name, file);
  good(fray_file_read(path, 1 << 24, &text, &err), &err);
  return text;
}

/* The value of a metric under a condition, as scores.csv has it; NaN: empty. */
static double score(const char *name, const char *condition, const char *metric) {
  struct fray_text text = text_of(name, "scores.csv");
  char begin[64], middle[64];
  double value = -1;
  snprintf(begin, sizeof begin, ",best,%s,", condition);
  snprintf(middle, sizeof middle, ",%s,", metric);
  for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n")) {
    const char *at = strstr(line, begin) ? strstr(line, middle) : NULL;
    if (at)
      value = at[strlen(middle)] == ',' ? NAN : atof(at + strlen(middle));
  }
  fray_text_free(&text);
  assert_true(value != -1);
  return value;
}

static void training_does_not_know_the_judge(void **state) {
  (void)state;
  static const char *const files[] = {"trials.csv", "rounds.csv"};
  for (int f = 0; f < 2; f++) {
    struct fray_text plain = text_of("plain", files[f]), chow = text_of("chow", files[f]);
    assert_string_equal(plain.data, chow.data); /* names of trials among them */
    fray_text_free(&plain);
    fray_text_free(&chow);
  }
}

/* Answers under all conditions, best model first; n of one condition. */
static int16_t *predicted(const char *name, size_t *conditions, size_t *n, uint8_t **verify) {
  struct fray_err err = {0};
  struct fray_kept *kept = NULL;
  fray_h5 file;
  char path[320], out[160];
  int rank;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text;
  snprintf(out, sizeof out, "%s/%s", folder, name);
  good(fray_kept_open(out, &(struct fray_kept_options){0}, comm, &kept, &err), &err);
  const char *trial = fray_kept_name(kept, 0);
  snprintf(path, sizeof path, "%s/results.h5", out);
  good(fray_h5_open(path, &file, &err), &err);
  snprintf(path, sizeof path, "trials/%s/test/predicted", trial);
  good(fray_h5_shape(file, path, &rank, dims, &is_text, &err), &err);
  *conditions = dims[1];
  *n = dims[2];
  int16_t *all = malloc(2 * dims[1] * dims[2] * sizeof *all);
  good(fray_h5_read(file, path, FRAY_H5_I16, all, 2 * dims[1] * dims[2], &err), &err);
  uint8_t *present = malloc(dims[1] * dims[2]);
  snprintf(path, sizeof path, "trials/%s/test/present", trial);
  good(fray_h5_read(file, path, FRAY_H5_U8, present, dims[1] * dims[2], &err), &err);
  for (size_t i = 0; i < dims[2]; i++) {
    assert_int_equal(present[i], 3);                           /* trial: nothing is lost */
    assert_int_equal(present[(dims[1] - 1) * dims[2] + i], 2); /* both=1: the feature is */
  }
  free(present);
  *verify = calloc(dims[2], 1);
  snprintf(path, sizeof path, "trials/%s/test/verify", trial);
  if (fray_h5_shape(file, path, &rank, dims, &is_text, NULL) == FRAY_OK)
    good(fray_h5_read(file, path, FRAY_H5_U8, *verify, *n, &err), &err);
  fray_h5_close(file, NULL);
  fray_kept_close(kept);
  return all;
}

static void a_refusal_is_its_own_answer(void **state) {
  (void)state;
  size_t conditions, n, same, refused = 0, first = 0, drawn = 0;
  uint8_t *verify, *nobody;
  int16_t *plain = predicted("plain", &same, &n, &nobody);
  int16_t *chow = predicted("chow", &conditions, &n, &verify);
  assert_int_equal(same, conditions);
  for (size_t i = 0; i < 2 * conditions * n; i++) {
    assert_true(plain[i] >= 0);
    assert_true(chow[i] == FRAY_REFUSED || chow[i] == plain[i]);
    refused += chow[i] == FRAY_REFUSED;
    first += i < n && chow[i] == FRAY_REFUSED;
  }
  assert_true(refused > 0 && refused < 2 * conditions * n);
  for (size_t i = 0; i < n; i++) {
    drawn += verify[i];
    assert_int_equal(nobody[i], 0);
  }
  assert_int_equal(3 * drawn, n); /* one of three clients */
  assert_true(fabs(score("chow", "trial", "answered") - (1 - (double)first / (double)n)) < 1e-12);
  assert_true(score("plain", "trial", "answered") == 1);
  assert_true(score("chow", "trial", "accuracy") <= score("plain", "trial", "accuracy"));
  free(plain);
  free(chow);
  free(verify);
  free(nobody);
}

/* hijack, kept, refused and other classes are all; without strength hijack is its base. */
static void who_is_lured_is_counted(void **state) {
  (void)state;
  static const char *const names[] = {"plain", "chow"};
  for (int k = 0; k < 2; k++) {
    assert_true(isnan(score(names[k], "trial", "hijack")));
    assert_true(isnan(score(names[k], "alone", "kept")));
    assert_true(score(names[k], "put,0", "hijack") == score(names[k], "put,0", "hijack_base"));
    assert_true(score(names[k], "put,0", "hijack_base") == score(names[k], "put,1", "hijack_base"));
    assert_true(score(names[k], "swapped", "hijack") + score(names[k], "swapped", "kept") <= 1);
    assert_true(score(names[k], "swapped", "kept") == score(names[k], "swapped", "accuracy"));
  }
  assert_true(score("plain", "put,1", "hijack") > score("plain", "put,1", "hijack_base"));
}

/* One by one: each sample that is lured is answered with what somebody wants, with its own class,
 * with another one or not at all, and with one of these only. Every fourth answer is refused. */
static void everybody_is_counted_once(const struct fray_probed *got) {
  const size_t n = got->under.n;
  int16_t *said = malloc(n * sizeof *said);
  size_t way[4] = {0}, eligible = 0; /* wanted, own, refused, another */
  struct fray_scored scored = {0};
  for (size_t i = 0; i < n; i++) {
    const int16_t a = got->lure[2 * i], b = got->lure[2 * i + 1];
    const int32_t own = got->under.label[i];
    said[i] = i % 4 ? got->answers.predicted[i] : FRAY_REFUSED;
    if (own < 0 || (a < 0 && b < 0))
      continue;
    eligible++;
    const bool is[3] = {said[i] >= 0 && (said[i] == a || said[i] == b), said[i] == own,
                        said[i] == FRAY_REFUSED};
    assert_true(is[0] + is[1] + is[2] <= 1);
    way[is[0] ? 0 : is[1] ? 1 : is[2] ? 2 : 3]++;
  }
  fray_score_lured(said, NULL, got->lure, n, 2, got->under.label, NULL, &scored);
  assert_int_equal(scored.lured.n, eligible);
  assert_int_equal(scored.lured.taken, way[0]);
  assert_int_equal(scored.lured.kept, way[1]);
  assert_int_equal(scored.lured.refused, way[2]);
  assert_int_equal(way[0] + way[1] + way[2] + way[3], eligible);
  assert_true(way[1] && way[2]);
  free(said);
}

/* Asked of the kept models, whose lures are those of the donors: another class than the sample's,
 * for the target itself none, and the same whatever the strength. */
static void lures_are_the_classes_of_donors(void **state) {
  (void)state;
  static const char *const entries[] = {
      "[{id: put, kind: payload, modalities: [image], target: class1, strength: 0}]",
      "[{id: put, kind: payload, modalities: [image], target: class1, strength: 1}]",
      "[{id: swapped, kind: conflict, modalities: [image]}]",
      "[{id: alone, kind: gaussian_noise, sigma: 0.7}]"};
  struct fray_kept *kept = NULL;
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  char out[160];
  snprintf(out, sizeof out, "%s/plain", folder);
  good(fray_kept_open(out, &(struct fray_kept_options){0}, comm, &kept, &err), &err);
  for (int k = 0; k < 4; k++) {
    struct fray_probe probe = {.split = FRAY_KEPT_TEST};
    struct fray_probed got;
    good(fray_kept_entries(entries[k], &arena, &probe.entry, &probe.n, &err), &err);
    good(fray_kept_probe(kept, &probe, &got, &err), &err);
    assert_true((got.lure != NULL) == (k < 3));
    for (size_t i = 0; i < got.under.n && got.lure; i++) {
      const int16_t *lure = got.lure + 2 * i;
      const size_t image = strcmp(got.dataset->modality[1].name, "image") == 0;
      assert_int_equal(lure[!image], -1);
      assert_true(lure[image] != got.under.label[i]);
      if (k < 2)
        assert_int_equal(lure[image], got.under.label[i] == 1 ? -1 : 1);
      else
        assert_true(lure[image] >= 0 && lure[image] < 3);
    }
    if (got.lure)
      everybody_is_counted_once(&got);
  }
  fray_arena_free(&arena);
  fray_kept_close(kept);
}

/* Last, as it changes a folder: what is judged anew is what a run with that judge gives. */
static void another_judge_is_another_evaluation(void **state) {
  (void)state;
  static const char file[] = "evaluate: {judge: {kind: chow, cost: 2}, verify: 0.3}\n";
  char path[128], results[128];
  struct fray_err err = {0};
  snprintf(path, sizeof path, "%s/judge.yaml", folder);
  snprintf(results, sizeof results, "%s/plain", folder);
  good(fray_file_write(path, file, strlen(file), &err), &err);
  const struct fray_evaluate_options options = {.tests = path, .command = "test"};
  good(fray_study_evaluate(results, &options, comm, &err), &err);
  static const char *const files[] = {"trials.csv", "rounds.csv", "scores.csv"};
  for (int f = 0; f < 3; f++) {
    struct fray_text anew = text_of("plain", files[f]), run = text_of("chow", files[f]);
    assert_string_equal(anew.data, run.data);
    fray_text_free(&anew);
    fray_text_free(&run);
  }
}

static enum fray_status read(const char *yaml, struct fray_arena *arena,
                             struct fray_condition **out, size_t *n, struct fray_err *err) {
  struct fray_node *tests;
  struct fray_arena scratch = {0};
  *n = 0;
  good(fray_yaml_parse(yaml, "t", arena, &tests, err), err);
  const enum fray_status status = fray_read_tests(tests, arena, &scratch, out, n, err);
  fray_arena_free(&scratch);
  return status;
}

/* Names key the draws: so equal names are equal bytes, and two tests of one name draw alike. */
static void a_list_of_one_entry_is_the_entry(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_condition *one, *list;
  struct fray_err err = {0};
  size_t n, m;
  good(read("a: {kind: gaussian_noise, sigma: [0.1, 0.2], rate: [0.5, 1]}", &arena, &one, &n, &err),
       &err);
  good(read("a: [{kind: gaussian_noise, sigma: [0.1, 0.2], rate: [0.5, 1]}]", &arena, &list, &m,
            &err),
       &err);
  assert_true(n == 4 && m == 4);
  for (size_t i = 0; i < n; i++) {
    assert_string_equal(one[i].name, list[i].name);
    assert_true(isnan(one[i].severity) && isnan(list[i].severity));
    assert_int_equal(list[i].n_entries, 1);
    assert_string_equal(fray_corruption_id(one[i].entry[0]), fray_corruption_id(list[i].entry[0]));
  }
  good(read("a: [{id: b, kind: gaussian_noise, sigma: 0.1}]", &arena, &list, &m, &err), &err);
  assert_string_equal(fray_corruption_id(list[0].entry[0]), "a.b");
  assert_int_equal(read("a: [{id: b, kind: gaussian_noise, sigma: 0.1}]\n"
                        "a.b: {kind: gaussian_noise, sigma: 0.1}",
                        &arena, &list, &m, &err),
                   FRAY_INPUT);
  assert_non_null(strstr(err.text, "a.b"));
  good(read("a: [{id: b, kind: gaussian_noise, sigma: 0.1}]\n"
            "a.c: {kind: gaussian_noise, sigma: [0.1, 0.2]}",
            &arena, &list, &m, &err),
       &err);
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(training_does_not_know_the_judge),
                                     cmocka_unit_test(a_refusal_is_its_own_answer),
                                     cmocka_unit_test(who_is_lured_is_counted),
                                     cmocka_unit_test(lures_are_the_classes_of_donors),
                                     cmocka_unit_test(a_list_of_one_entry_is_the_entry),
                                     cmocka_unit_test(another_judge_is_another_evaluation)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
