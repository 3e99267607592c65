/* Loading a study: what stands in each cell, its conditions and trials, and scenario.yaml. */
#include "fray/base/file.h"
#include "fray/study/study.h"
#include "scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fray_comm *comm;
static char folder[64];

static int set_up(void **state) {
  (void)state;
  struct fray_err err = {0};
  scratch(folder, "fray-study-XXXXXX");
  return mkdtemp(folder) && fray_comm_start(NULL, NULL, &comm, &err) == FRAY_OK ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  fray_comm_finish(comm);
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

static enum fray_status try_load(const char *yaml, const char *const *sets, size_t n_sets,
                                 struct fray_study **study, struct fray_err *err) {
  char path[128];
  snprintf(path, sizeof path, "%s/s.yaml", folder);
  assert_int_equal(fray_file_write(path, yaml, strlen(yaml), err), FRAY_OK);
  return fray_study_load(path, sets, n_sets, comm, study, err);
}

static struct fray_study *load(const char *yaml, const char *const *sets, size_t n_sets) {
  struct fray_err err = {0};
  struct fray_study *study = NULL;
  if (try_load(yaml, sets, n_sets, &study, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return study;
}

static void refused(const char *yaml, const char *part) {
  struct fray_err err = {0};
  struct fray_study *study = NULL;
  assert_int_equal(try_load(yaml, NULL, 0, &study, &err), FRAY_INPUT);
  assert_null(study);
  if (!strstr(err.text, part))
    fail_msg("'%s' is not in '%s'", part, err.text);
}

#define BASE "name: s\nseeds: [4, 5]\ndata: {shards: d}\n"

static const char *fusion_of(const struct fray_study *study, size_t cell) {
  return study->cell[cell].config.model.fusion.choice->name;
}

/* Base, then the method, then the other swept keys, whatever their order in the sweep. */
static void a_swept_key_refines_its_method(void **state) {
  (void)state;
  struct fray_study *s =
      load(BASE "training: {rounds: 9, local: {lr: 0.5, batch: 3}}\n"
                "methods:\n  a: {training.local.lr: 0.1, training.rounds: 2}\n"
                "  b: {training.local.lr: 0.2, model.fusion: concat}\n"
                "sweep: [{grid: {training.local.lr: [0.7, 0.8], method: [a, b]}}]\n",
           NULL, 0);
  assert_int_equal(s->n_cells, 4);
  assert_int_equal(s->n_trials, 8);
  const double lr[] = {0.7, 0.7, 0.8, 0.8};
  for (size_t i = 0; i < 4; i++) {
    assert_true(s->cell[i].config.training.local.lr == lr[i]);
    assert_int_equal(s->cell[i].config.training.rounds, i % 2 ? 9 : 2);
    assert_int_equal(s->cell[i].config.training.local.batch, 3);
    assert_string_equal(fusion_of(s, i), i % 2 ? "concat" : "attention");
    assert_string_equal(s->cell[i].value[1], i % 2 ? "b" : "a");
  }
  for (size_t i = 0; i < 8; i++) { /* cell by cell, seed by seed */
    assert_int_equal(s->trial[i].cell, i / 2);
    assert_int_equal(s->trial[i].seed, 4 + i % 2);
  }
  fray_study_free(s);
}

static void methods_do_not_leak_into_one_another(void **state) {
  (void)state;
  struct fray_study *s = load(BASE "methods:\n  a: {training.local.lr: 0.1}\n"
                                   "  b: {training.rounds: 3}\n",
                              NULL, 0);
  assert_int_equal(s->n_cells, 2);
  assert_true(s->cell[0].config.training.local.lr == 0.1);
  assert_true(s->cell[1].config.training.local.lr == 0.05);
  assert_int_equal(s->cell[0].config.training.rounds, 50);
  assert_int_equal(s->cell[1].config.training.rounds, 3);
  fray_study_free(s);
}

static void sets_override_keys(void **state) {
  (void)state;
  static const char *const sets[] = {"training.rounds=7", "seeds=[6]", "lost.rate=0.25",
                                     "methods.a={training.local.lr: 0.3}"};
  struct fray_study *s = load(BASE "methods: {a: {training.local.lr: 0.1}}\n"
                                   "corruption: [{id: lost, kind: missing_modality, rate: 0}]\n",
                              sets, 4);
  assert_int_equal(s->n_trials, 1);
  assert_int_equal(s->trial[0].seed, 6);
  assert_true(s->cell[0].config.training.local.lr == 0.3);
  assert_int_equal(s->cell[0].config.training.rounds, 7);
  assert_true(fray_corruption_nominal(s->cell[0].entry[0]) == 0.25);
  fray_study_free(s);
}

/* Methods and the sweep come after --set, so a key of theirs would silently lose. */
static void sets_that_would_lose_are_refused(void **state) {
  (void)state;
  static const char *const sets[][2] = {{"training.local.lr=0.9", "methods.a"},
                                        {"training.rounds=7", "`sweep`"}};
  for (size_t i = 0; i < 2; i++) {
    struct fray_err err = {0};
    struct fray_study *study = NULL;
    assert_int_equal(try_load(BASE "methods: {a: {training.local.lr: 0.1}}\n"
                                   "sweep: [{grid: {training.rounds: [1, 2]}}]\n",
                              &sets[i][0], 1, &study, &err),
                     FRAY_INPUT);
    if (!strstr(err.text, sets[i][1]))
      fail_msg("'%s' is not in '%s'", sets[i][1], err.text);
  }
}

static void a_list_in_tests_makes_a_curve(void **state) {
  (void)state;
  struct fray_study *s =
      load(BASE "tests:\n  one: {kind: missing_modality, rate: 0.3}\n"
                "  curve: {kind: missing_modality, modalities: [a, b], rate: [0, 0.5, 1]}\n",
           NULL, 0);
  const struct fray_cell *cell = &s->cell[0];
  const double rate[] = {0.3, 0, 0.5, 1};
  assert_int_equal(cell->n_conditions, 4);
  for (size_t i = 0; i < 4; i++) {
    const struct fray_condition *c = &cell->condition[i];
    assert_string_equal(c->name, i ? "curve" : "one");
    assert_int_equal(c->n_entries, 1);
    assert_string_equal(c->entry[0]->id, c->name);
    assert_string_equal(c->parameter, "rate");
    assert_int_equal(c->entry[0]->at, FRAY_AT_TEST);
    assert_int_equal(c->entry[0]->modalities.n, i ? 2 : 0);
    assert_true(c->severity == rate[i]);
    assert_true(fray_corruption_nominal(c->entry[0]) == rate[i]);
  }
  fray_study_free(s);
}

/* Lists of several keys multiply, in one entry or over a list of entries, the last one fastest; the
 * name tells the points apart. One varied key stays the severity. */
static void lists_of_several_keys_make_a_plane(void **state) {
  (void)state;
  struct fray_study *s = load(
      BASE
      "tests:\n"
      "  plane: {kind: gaussian_noise, sigma: [0.1, 0.2], rate: [0.5, 1]}\n"
      "  both: [{kind: missing_modality, rate: [0, 0.5]}, {kind: noise, snr_db: [20, .inf, 0]}]\n"
      "  curve: [{kind: missing_modality, rate: 0.5}, {kind: noise, id: hiss, snr_db: [20, 0]}]\n"
      "  fixed: [{kind: missing_modality, rate: 0.5}, {kind: noise, severity: 3}]\n",
      NULL, 0);
  const struct fray_cell *cell = &s->cell[0];
  static const char *const names[] = {"plane sigma=0.1 rate=0.5",
                                      "plane sigma=0.1 rate=1",
                                      "plane sigma=0.2 rate=0.5",
                                      "plane sigma=0.2 rate=1",
                                      "both missing_modality.rate=0 noise.snr_db=20",
                                      "both missing_modality.rate=0 noise.snr_db=inf",
                                      "both missing_modality.rate=0 noise.snr_db=0",
                                      "both missing_modality.rate=0.5 noise.snr_db=20",
                                      "both missing_modality.rate=0.5 noise.snr_db=inf",
                                      "both missing_modality.rate=0.5 noise.snr_db=0",
                                      "curve",
                                      "curve",
                                      "fixed"};
  assert_int_equal(cell->n_conditions, 13);
  for (size_t i = 0; i < 13; i++) {
    const struct fray_condition *c = &cell->condition[i];
    assert_string_equal(c->name, names[i]);
    assert_int_equal(c->n_entries, i < 4 ? 1 : 2);
    assert_int_equal(c->n_keys, 2);
    if (i == 10 || i == 11) {
      assert_string_equal(c->parameter, "snr_db");
      assert_true(c->severity == (i == 10 ? 20 : 0));
      assert_string_equal(c->entry[1]->id, "curve.hiss");
    } else {
      assert_null(c->parameter);
      assert_true(isnan(c->severity));
    }
  }
  assert_true(cell->condition[5].key[1].swept && cell->condition[5].key[1].value == INFINITY);
  assert_false(cell->condition[10].key[0].swept);
  assert_string_equal(cell->condition[12].key[1].key, "severity");
  assert_true(cell->condition[12].key[1].value == 3);
  fray_study_free(s);
}

static void a_test_can_be_swept(void **state) {
  (void)state;
  struct fray_study *s = load(BASE "tests: {t: {kind: missing_modality, rate: 0}}\n"
                                   "sweep: [{grid: {tests.t.rate: [0.2, 0.4]}}]\n",
                              NULL, 0);
  assert_int_equal(s->n_cells, 2);
  assert_true(s->cell[0].condition[0].severity == 0.2);
  assert_true(s->cell[1].condition[0].severity == 0.4);
  fray_study_free(s);
}

static void bad_studies_are_refused(void **state) {
  (void)state;
  refused(BASE "tests: {t: {kind: label_noise, rate: 0.1}}\n", "labels at test");
  refused(BASE "tests: {t: {kind: missing_modality, rate: 0.1, at: train}}\n", "at: train");
  refused(BASE "tests: {t: {kind: gaussian_noise, sigma: 0.1, redraw: epoch}}\n",
          "no epochs at test");
  refused(BASE "tests: {t: [{kind: noise, snr_db: [3, 6], redraw: epoch}]}\n", "no epochs at test");
  refused(BASE "tests: {t: {kind: missing_modality, rate: []}}\n", "empty");
  refused(BASE "tests: {t: {kind: missing_modality, rate: [0, 2]}}\n", "tests.t.rate: 2");
  refused(BASE "tests: {clean: {kind: missing_modality, rate: 0}}\n", "name of a condition");
  refused(BASE "tests: [a]\n", "map");
  refused(BASE "corruption: [{id: data, kind: missing_label, rate: 0}]\n", "name of a section");
  refused(BASE "corruption: [{id: a.b, kind: missing_label, rate: 0}]\n", "must not");
  refused(BASE "methods: {a: {}, b: {}}\n", "same configuration");
  refused(BASE "methods: {a: {seeds: [1]}}\n", "study as a whole");
  refused(BASE "reference: {method: a}\n", "no swept key");
  refused(BASE "data: {shards: e}\n", "already given");
}

/* scenario.yaml must give the same study again, also where methods switch a kind whose own keys
 * would be filled in. */
static void the_written_scenario_gives_the_same_cells(void **state) {
  (void)state;
  static const char *const scenarios[] = {
      BASE,
      BASE "methods: {a: {model.fusion: attention, model.heads: 3}, b: {model.fusion: concat}}\n"
           "corruption: [{kind: missing_label, rate: 0}]\n"
           "sweep: [{grid: {missing_label.rate: [0, 0.5], method: [b, a]}}]\n",
      BASE "training: {server: {algorithm: fedavgm}}\n"
           "methods: {a: {}, b: {training.server.algorithm: fedopt}}\n"};
  for (size_t k = 0; k < sizeof scenarios / sizeof *scenarios; k++) {
    struct fray_study *first = load(scenarios[k], NULL, 0);
    struct fray_study *again = load(first->yaml.data, NULL, 0);
    assert_int_equal(first->n_trials, again->n_trials);
    for (size_t i = 0; i < first->n_cells; i++)
      assert_true(fray_node_equal(first->cell[i].node, again->cell[i].node));
    assert_string_equal(first->yaml.data, again->yaml.data);
    fray_study_free(first);
    fray_study_free(again);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_swept_key_refines_its_method),
      cmocka_unit_test(methods_do_not_leak_into_one_another),
      cmocka_unit_test(sets_override_keys),
      cmocka_unit_test(sets_that_would_lose_are_refused),
      cmocka_unit_test(a_list_in_tests_makes_a_curve),
      cmocka_unit_test(lists_of_several_keys_make_a_plane),
      cmocka_unit_test(a_test_can_be_swept),
      cmocka_unit_test(bad_studies_are_refused),
      cmocka_unit_test(the_written_scenario_gives_the_same_cells),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
