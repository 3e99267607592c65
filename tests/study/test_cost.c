/* What a trial costs, against amounts worked by hand; and what a session keeps open. */
#include "fray/base/file.h"
#include "fray/data/synth.h"
#include "fray/tensor/blas.h"
#include "scratch.h"
#include "study/plan/cost.h"
#include "study/plan/teams.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fray_comm *comm;
static char folder[64];

static void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

static void write_shards(const char *name, const char *keys) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_node *node;
  struct fray_synth_config synth;
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  good(fray_yaml_parse(keys, "t", &arena, &node, &err), &err);
  good(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err), &err);
  good(fray_synth(&synth, path, &err), &err);
  fray_arena_free(&arena);
}

/* Six clients of 8 training samples, 12 dev samples, 20 test samples. */
static int set_up(void **state) {
  (void)state;
  struct fray_err err = {0};
  scratch(folder, "fray-cost-XXXXXX");
  if (!mkdtemp(folder) || fray_comm_start(NULL, NULL, &comm, &err) != FRAY_OK)
    return -1;
  const char keys[] = "{modalities: ['feature:8', 'image:6x6x1'], clients: 6, dev_clients: 0,"
                      " test_clients: 2, samples: 10, classes: 3, dev_fraction: 0.2, shards: 1}";
  write_shards("a", keys);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  fray_comm_finish(comm);
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

static struct fray_study *load(const char *keys) {
  struct fray_err err = {0};
  struct fray_study *study = NULL;
  char path[128], yaml[4096];
  snprintf(path, sizeof path, "%s/s.yaml", folder);
  snprintf(yaml, sizeof yaml, "name: s\ndescription: d\nseeds: [4, 5]\n%s", keys);
  good(fray_file_write(path, yaml, strlen(yaml), &err), &err);
  good(fray_study_load(path, NULL, 0, comm, &study, &err), &err);
  return study;
}

#define FEATURE "data: {shards: a, modalities: [feature]}\nmodel: {fusion: concat, head: 0}\n"
#define TEN_ROUNDS "rounds: 10, clients_per_round: 3, local: {epochs: 2, batch: 5}"

static struct fray_trial_amounts amounts_of(const char *keys, size_t cell) {
  struct fray_study *study = load(keys);
  struct fray_session session = {.comm = comm};
  struct fray_err err = {0};
  const struct fray_partition *partition;
  struct fray_trial_amounts amounts;
  struct fray_model_size size;
  good(fray_study_add_controls(study, &session, &err), &err);
  good(fray_session_open(&session, &study->cell[cell], &err), &err);
  good(fray_session_partition(&session, &study->cell[cell], 4, &partition, &err), &err);
  good(fray_session_model_size(&session, &study->cell[cell], &size, &err), &err);
  const size_t n = study->n_seeds;
  good(fray_trial_validate(study, &study->trial[cell * n], &session, &err), &err);
  good(fray_trial_count(&study->cell[cell], partition, &size, &amounts, &err), &err);
  fray_session_close(&session);
  fray_study_free(study);
  return amounts;
}

static double cost_of(const char *keys) {
  struct fray_study *study = load(keys);
  struct fray_session session = {.comm = comm};
  struct fray_err err = {0};
  double cost;
  good(fray_session_open(&session, &study->cell[0], &err), &err);
  good(fray_trial_cost(study, &study->trial[0], &session, &cost, &err), &err);
  fray_session_close(&session);
  fray_study_free(study);
  return cost;
}

static void amounts_of_rounds_by_hand(void **state) {
  (void)state;
  struct fray_trial_amounts a =
      amounts_of(FEATURE "training: {" TEN_ROUNDS "}\n"
                         "tests: {lost: {kind: missing_modality, rate: [0.5, 1]}}\n"
                         "evaluate: {every: 4}\n",
                 0);
  assert_true(a.updates == 10 * 3);
  assert_true(a.trained == 10 * 3 * 2 * 8);
  assert_true(a.steps == 10 * 3 * 2 * 2);    /* 5 + 3 samples */
  assert_true(a.evaluated == 3 * (12 + 20)); /* after rounds 4, 8 and 10 */
  assert_true(a.judged == 2 * 20);
  assert_true(a.again == 2 * 20 * 2);
  a = amounts_of(FEATURE "training: {" TEN_ROUNDS "}\nevaluate: {test: selected}\n", 0);
  assert_true(a.evaluated == 10 * (12 + 20 * 0.25));
  assert_true(a.again == 0);
  /* Half is held out, and all 48 are asked about once, by both kept models. */
  a = amounts_of(FEATURE "training: {" TEN_ROUNDS "}\nmembership: {held_out: 0.5}\n"
                         "tests: {lost: {kind: missing_modality, rate: [0.5, 1]}}\n",
                 0);
  assert_true(a.trained == 10 * 3 * 2 * 4 && a.steps == 10 * 3 * 2);
  assert_true(a.judged == 2 * 20 + 2 * 48 && a.again == 2 * 20 * 2);
}

/* What damage takes is not trained: of a modality by the size of its encoder. */
static void absent_modalities_cost_nothing(void **state) {
  (void)state;
  double trained[3];
  const char *const lost[] = {"feature", "image", "feature, image"};
  for (int k = 0; k < 3; k++) {
    char text[512];
    snprintf(text, sizeof text,
             "data: {shards: a}\ntraining: {" TEN_ROUNDS "}\n"
             "corruption: [{id: lost, kind: missing_modality, modalities: [%s], rate: 1,"
             " at: train, if_all_lost: keep}]\n",
             lost[k]);
    trained[k] = amounts_of(text, 0).trained;
  }
  assert_true(fabs(trained[0] + trained[1] - 10 * 3 * 2 * 8) < 1e-9);
  assert_true(trained[0] > trained[1]); /* a small image costs more than eight numbers */
  assert_true(trained[2] == 0);
}

/* Two of each client's ten training samples would be dev samples; of the other 8 it keeps 4 for
 * itself. Rounds, cohort and epochs give each of the six clients 10 epochs. */
static void amounts_of_local_only_by_hand(void **state) {
  (void)state;
  struct fray_trial_amounts a =
      amounts_of("data: {shards: a, modalities: [feature], partition: {own_test: 0.5}}\n"
                 "training: {" TEN_ROUNDS "}\ncontrols: [local_only]\n",
                 1);
  assert_true(a.updates == 0);
  assert_true(a.evaluated == 0);
  assert_true(a.trained == 10 * 6 * 4);
  assert_true(a.steps == 10 * 6);
  assert_true(a.judged == 6 * 4);
  a = amounts_of("data: {shards: a, modalities: [feature], partition: {own_test: 0.5}}\n"
                 "training: {" TEN_ROUNDS "}\ncontrols: [local_only]\n",
                 0);
  assert_true(a.trained == 10 * 3 * 2 * 4);
  assert_true(a.judged == 2 * (20 + 24));
}

static void cohorts_of_a_file_count(void **state) {
  (void)state;
  struct fray_err err = {0};
  char path[128];
  struct fray_study *study = load(FEATURE);
  struct fray_session session = {.comm = comm};
  good(fray_session_open(&session, &study->cell[0], &err), &err);
  char text[256];
  snprintf(text, sizeof text, "round,client\n1,%s\n1,%s\n2,%s\n", session.dataset->client_name[0],
           session.dataset->client_name[1], session.dataset->client_name[0]);
  snprintf(path, sizeof path, "%s/cohorts.csv", folder);
  good(fray_file_write(path, text, strlen(text), &err), &err);
  fray_session_close(&session);
  fray_study_free(study);
  const struct fray_trial_amounts a =
      amounts_of(FEATURE "training: {rounds: 2, cohorts: cohorts.csv, local: {batch: 100}}\n", 0);
  assert_true(a.updates == 3);
  assert_true(a.trained == 3 * 8);
  assert_true(a.steps == 3);
}

/* A dense model uses each weight once, in one multiplication and one addition. */
static void a_pass_is_counted_from_its_products(void **state) {
  (void)state;
  struct fray_study *study =
      load("data: {shards: a, modalities: [feature]}\nmodel: {fusion: concat}\n");
  struct fray_session session = {.comm = comm};
  struct fray_err err = {0};
  struct fray_model_size size;
  struct fray_model *model;
  double weights = 0;
  good(fray_session_open(&session, &study->cell[0], &err), &err);
  good(fray_model_measure(&study->cell[0], &session, &size, &err), &err);
  good(fray_cell_model(&study->cell[0], &session, &model, &err), &err);
  const struct fray_param_table *params = fray_model_params(model);
  for (size_t i = 0; i < params->n; i++)
    if (params->v[i].shape[1] > 1)
      weights += (double)params->v[i].size;
  assert_int_equal(size.parameters, params->total);
  assert_true(size.pass == 2 * weights);
  assert_true(size.classify > 0 && size.classify < size.pass);
  fray_model_free(model);
  fray_session_close(&session);
  fray_study_free(study);
}

static void costs_grow_with_the_work(void **state) {
  (void)state;
  const double ten = cost_of(FEATURE "training: {" TEN_ROUNDS "}\n");
  const double hundred = cost_of(FEATURE "training: {rounds: 100, clients_per_round: 3, "
                                         "local: {epochs: 2, batch: 5}}\n");
  const double larger = cost_of("data: {shards: a, modalities: [feature]}\n"
                                "model: {fusion: concat, head: 0, hidden: 1024}\n"
                                "training: {" TEN_ROUNDS "}\n");
  const double nothing =
      fray_amounts_cost(&(struct fray_trial_amounts){0}, &(struct fray_model_size){0});
  assert_true(nothing > 0);
  assert_true(ten > nothing);
  /* All but what is done once for each trial is ten times as much. */
  const double judged = cost_of(FEATURE "training: {rounds: 1, clients_per_round: 1, "
                                        "local: {epochs: 1, batch: 100}}\n");
  assert_true(hundred > 10 * (ten - judged));
  assert_true(hundred < 10 * ten);
  assert_true(larger > ten);
}

static void what_is_open_stays_open(void **state) {
  (void)state;
  struct fray_study *study = load("data: {shards: a}\nsweep: [{grid: {training.rounds: [1, 2],"
                                  " data.partition: [natural, {kind: iid, clients: 4}]}}]\n");
  struct fray_session session = {.comm = comm};
  struct fray_err err = {0};
  const struct fray_partition *natural, *iid, *again;
  assert_int_equal(study->n_cells, 4);
  good(fray_session_open(&session, &study->cell[0], &err), &err);
  const struct fray_dataset *dataset = session.dataset;
  const struct fray_features *features = session.features;
  good(fray_session_partition(&session, &study->cell[0], 4, &natural, &err), &err);
  for (size_t c = 0; c < 4; c++) {
    good(fray_session_open(&session, &study->cell[c], &err), &err);
    assert_ptr_equal(session.dataset, dataset);
    assert_ptr_equal(session.features, features);
  }
  good(fray_session_partition(&session, &study->cell[1], 4, &iid, &err), &err);
  assert_int_equal(natural->n_clients, 6);
  assert_int_equal(iid->n_clients, 4);
  good(fray_session_partition(&session, &study->cell[2], 4, &again, &err), &err);
  assert_ptr_equal(again, natural); /* training alone differs */
  good(fray_session_partition(&session, &study->cell[3], 4, &again, &err), &err);
  assert_ptr_equal(again, iid);
  good(fray_session_partition(&session, &study->cell[3], 5, &again, &err), &err);
  assert_ptr_not_equal(again, iid);
  fray_session_close(&session);
  assert_null(session.kept[0].key);
  fray_study_free(study);
}

/* Kept ones are as if they had been made anew, however many seeds pass by. */
static void partitions_are_those_of_their_seed(void **state) {
  (void)state;
  struct fray_study *study = load("data: {shards: a, partition: {kind: iid, clients: 4}}\n");
  struct fray_session session = {.comm = comm};
  struct fray_err err = {0};
  good(fray_session_open(&session, &study->cell[0], &err), &err);
  for (uint64_t k = 0; k < 200; k++) {
    const uint64_t seed = k % 3 ? k % 7 : k;
    const struct fray_partition *kept;
    struct fray_partition *made;
    good(fray_session_partition(&session, &study->cell[0], seed, &kept, &err), &err);
    good(fray_partition_make(&study->cell[0].config.data.partition, session.dataset, seed, &made,
                             &err),
         &err);
    assert_int_equal(kept->n_clients, made->n_clients);
    assert_memory_equal(kept->first, made->first, (made->n_clients + 1) * sizeof *made->first);
    assert_memory_equal(kept->sample, made->sample,
                        made->first[made->n_clients] * sizeof *made->sample);
    fray_partition_free(made);
  }
  fray_session_close(&session);
  fray_study_free(study);
}

static void other_data_are_opened(void **state) {
  (void)state;
  struct fray_study *study = load("data: {shards: a}\nsweep: [{grid: {data.modalities:"
                                  " [[feature], [image], [feature, image]]}}]\n");
  struct fray_session session = {.comm = comm};
  struct fray_err err = {0};
  const size_t modalities[] = {1, 1, 2};
  const char *const first[] = {"feature", "image", "feature"};
  for (size_t c = 0; c < 3; c++) {
    struct fray_model_size size;
    good(fray_session_open(&session, &study->cell[c], &err), &err);
    assert_int_equal(session.dataset->n_modalities, modalities[c]);
    assert_string_equal(session.dataset->modality[0].name, first[c]);
    assert_null(session.model_key); /* the same section, another model */
    good(fray_session_model_size(&session, &study->cell[c], &size, &err), &err);
  }
  fray_session_close(&session);
  fray_study_free(study);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(amounts_of_rounds_by_hand),
      cmocka_unit_test(absent_modalities_cost_nothing),
      cmocka_unit_test(amounts_of_local_only_by_hand),
      cmocka_unit_test(cohorts_of_a_file_count),
      cmocka_unit_test(a_pass_is_counted_from_its_products),
      cmocka_unit_test(costs_grow_with_the_work),
      cmocka_unit_test(what_is_open_stays_open),
      cmocka_unit_test(partitions_are_those_of_their_seed),
      cmocka_unit_test(other_data_are_opened),
  };
  fray_blas_start(NULL);
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
