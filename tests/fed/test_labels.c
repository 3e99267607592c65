/* Methods for wrong and for missing labels: laws of each, on whole federations. Numbers made
 * elsewhere are in test_label_rules.c. */
#include "scene.h"

#include <math.h>

static size_t total_of(const struct scene *s) {
  return fray_model_params(s->model)->total;
}

static void open_with(struct scene *s, size_t rounds, const char *server, const char *more) {
  char training[640];
  snprintf(training, sizeof training,
           "{rounds: %zu, clients_per_round: 5, " LOCAL ", server: %s%s}", rounds, server, more);
  open_model_scene(s, MODEL("4"), training, "{every: 2, metrics: [accuracy, nll]}");
  for (size_t c = 0; c < CLIENTS; c++) /* of one weight */
    s->count[c] = EACH;
}

static const float *run(struct scene *s, struct fray_outcome *out) {
  OK(fray_federate(&s->f, &s->arena, out, &err));
  return out->last;
}

static bool is_same(const struct scene *s, const float *a, const float *b) {
  return memcmp(a, b, total_of(s) * sizeof *a) == 0;
}

/* All samples teach both networks: the first is that of fedavg, and the second changes nothing of
 * it. */
static void coteaching_that_leaves_out_nobody_is_fedavg(void **state) {
  (void)state;
  struct scene s, t, u;
  struct fray_outcome plain, both, fewer;
  open_with(&s, 4, "{algorithm: fedavg}", "");
  open_with(&t, 4, "{algorithm: coteaching, tau: 0}", "");
  open_with(&u, 4, "{algorithm: coteaching, tau: 0.5, ramp: 1}", "");
  assert_true(is_same(&s, run(&s, &plain), run(&t, &both)));
  assert_false(is_same(&s, plain.last, run(&u, &fewer)));
  /* Two networks: twice the model down, and twice the arithmetic. */
  assert_true(both.row[0].bytes_down == 2 * plain.row[0].bytes_down);
  assert_true(both.row[0].flops == 2 * plain.row[0].flops);
  close_scene(&s), close_scene(&t), close_scene(&u);
}

/* In the last round: both epochs show each sample of the cohort once, and a share of each batch is
 * left out. The clean labels of the scene are no errors; shifted ones all are. */
static void what_coteaching_finds_is_counted(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_outcome clean, shifted;
  open_with(&s, 3, "{algorithm: coteaching, tau: 0.34, ramp: 1}", "");
  open_with(&t, 3, "{algorithm: coteaching, tau: 0.34, ramp: 1}", "");
  int32_t *label = fray_arena_alloc(&t.arena, SAMPLES, sizeof *label);
  assert_non_null(label);
  for (size_t i = 0; i < SAMPLES; i++)
    label[i] = (t.dataset->label[i] + 1) % CLASSES;
  t.clients.data.label = label;
  run(&s, &clean);
  run(&t, &shifted);
  const struct fray_found *a = &clean.found[0], *b = &shifted.found[0];
  assert_int_equal(clean.n_found, 1);
  assert_string_equal(a->of, "samples");
  assert_true(a->seen == 2 * 5 * EACH && a->wrong == 0 && a->right == 0);
  /* Batches of 3, 3 and 1: int(0.66 x 3) = 1 stays of three, and the one stays. */
  assert_true(a->called == 2 * 5 * 4);
  assert_true(b->seen == a->seen && b->wrong == b->seen && b->right == b->called);
  assert_true(b->called == a->called);
  close_scene(&s), close_scene(&t);
}

/* The first `labelled` samples of each client keep their label. */
static uint32_t labelled_of[CLIENTS];
static void take_labels(struct scene *s, uint32_t labelled, size_t but) {
  int32_t *label = fray_arena_alloc(&s->arena, SAMPLES, sizeof *label);
  assert_non_null(label);
  for (size_t c = 0; c < CLIENTS; c++) {
    labelled_of[c] = c == but ? EACH : labelled;
    for (size_t i = 0; i < EACH; i++)
      label[c * EACH + i] = i < labelled_of[c] ? s->dataset->label[c * EACH + i] : (int32_t)-1;
  }
  s->clients.data.label = label;
  s->clients.n_labelled = labelled_of;
}

static void semifl_of_labelled_clients_is_fedavg(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_outcome plain, semi;
  open_with(&s, 4, "{algorithm: fedavg}", "");
  open_with(&t, 4, "{algorithm: semifl}", "");
  assert_true(is_same(&s, run(&s, &plain), run(&t, &semi)));
  close_scene(&s), close_scene(&t);
}

/* Nobody is sure: what has a label trains, and it alone. */
static void semifl_that_is_never_sure_is_fedavg_of_the_labelled(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_outcome plain, semi;
  open_with(&s, 4, "{algorithm: fedavg}", "");
  open_with(&t, 4, "{algorithm: semifl, threshold: 1}", "");
  take_labels(&s, 4, CLIENTS);
  take_labels(&t, 4, CLIENTS);
  assert_true(is_same(&s, run(&s, &plain), run(&t, &semi)));
  close_scene(&s), close_scene(&t);
}

/* Without any label and any certainty nothing moves; where the model is always "sure" it does. */
static void semifl_without_certainty_sends_nothing(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_outcome unsure, sure;
  open_with(&s, 2, "{algorithm: semifl, threshold: 1}", "");
  open_with(&t, 2, "{algorithm: semifl, threshold: 0}", "");
  float *first = fray_arena_zero(&s.arena, total_of(&s), sizeof *first);
  fray_param_init(fray_model_params(s.model), s.f.seed, first);
  take_labels(&s, 0, CLIENTS);
  take_labels(&t, 0, CLIENTS);
  assert_true(is_same(&s, run(&s, &unsure), first));
  assert_int_equal(unsure.row[0].cohort, 5);
  assert_true(unsure.row[0].bytes_up == 0 && unsure.row[0].bytes_down > 0);
  assert_false(is_same(&s, run(&t, &sure), first));
  assert_true(sure.row[0].bytes_up == sure.row[0].bytes_down);
  close_scene(&s), close_scene(&t);
}

/* A server that alone has labels: as the one client of a federation, round by round. */
static void the_server_trains_on_its_own_set(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_outcome served, alone;
  open_with(&s, 3, "{algorithm: semifl, threshold: 1, server_set: client-4}", "");
  open_with(&t, 3, "{algorithm: fedavg}", "");
  take_labels(&s, 0, 4);
  t.clients.source += 4;
  t.first[0] = s.first[4];
  t.clients.n = 1;
  run(&s, &served);
  run(&t, &alone);
  for (size_t i = 0; i < total_of(&s); i++) /* w + (w_k - w) rounds once more than w_k */
    assert_true(fabsf(served.last[i] - alone.last[i]) <= 2e-6f * (1 + fabsf(alone.last[i])));
  close_scene(&s), close_scene(&t);
}

/* ... and is asked by no round, whatever the cohort. */
static void the_server_takes_part_in_no_round(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  open_with(&s, 3, "{algorithm: semifl, server_set: client-4}", "");
  s.training.clients_per_round.value = CLIENTS;
  run(&s, &out);
  for (size_t r = 0; r < 3; r++)
    assert_int_equal(out.row[r].cohort, CLIENTS - 1);
  close_scene(&s);
}

/* One rank alone comes to the bytes of all, with mixed samples, a server's set and two networks. */
static void ranks_do_not_matter(void **state) {
  (void)state;
  static const char *const each[] = {
      "{algorithm: semifl, threshold: 0.4, mix: 0.5, server_set: client-4}",
      "{algorithm: semifl, threshold: 0.3, beta: 2}", "{algorithm: coteaching, tau: 0.4, ramp: 3}"};
  struct fray_comm *self;
  OK(fray_comm_split(world, fray_comm_rank(world), &self, &err));
  for (size_t i = 0; i < FRAY_COUNT(each); i++) {
    struct scene s, t;
    struct fray_outcome together, alone;
    open_with(&s, 4, each[i], "");
    open_with(&t, 4, each[i], "");
    take_labels(&s, 3, 4);
    take_labels(&t, 3, 4);
    t.f.comm = self;
    if (!is_same(&s, run(&s, &together), run(&t, &alone)))
      fail_msg("%s: the number of ranks counts", each[i]);
    close_scene(&s), close_scene(&t);
  }
  fray_comm_free(self);
}

/* Mixed samples count: with them, labels alike, another model comes out. */
static void mixing_changes_what_is_learnt(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_outcome mixed, plain;
  open_with(&s, 2, "{algorithm: semifl, threshold: 0}", "");
  open_with(&t, 2, "{algorithm: semifl, threshold: 0, mix: 0}", "");
  take_labels(&s, 0, CLIENTS);
  take_labels(&t, 0, CLIENTS);
  assert_false(is_same(&s, run(&s, &mixed), run(&t, &plain)));
  close_scene(&s), close_scene(&t);
}

static void refuses(const char *training, const char *words) {
  struct fray_arena arena = {0};
  struct fray_node *node;
  struct fray_training_config config;
  struct fray_err wrong = {0};
  OK(fray_yaml_parse(training, "test", &arena, &node, &err));
  assert_int_equal(fray_schema_read(&fray_training_table, node, "", &config, &arena, &wrong),
                   FRAY_INPUT);
  if (!strstr(wrong.text, words))
    fail_msg("'%s' does not hold '%s'", wrong.text, words);
  fray_arena_free(&arena);
}

static void what_does_not_go_together_is_refused(void **state) {
  (void)state;
  refuses("{local: {loss: bce}, server: {algorithm: semifl}}", "no class is the largest");
  refuses("{local: {loss: bce}, server: {algorithm: coteaching}}", "whose one label may be wrong");
  refuses("{server: {algorithm: semifl}, aggregation: {rule: median}}", "send nothing");
  refuses("{server: {algorithm: coteaching}, aggregation: {rule: median}}", "median");
  refuses("{server: {algorithm: coteaching, exponent: 2}}", "compat: authors");
  refuses("{server: {algorithm: coteaching, tau: 1}}", "tau");
  /* Two corrections of one fault: a loss is one of the list, and has no keys of another. */
  refuses("{local: {loss: gce, epsilon: 0.1}}", "epsilon");
  refuses("{local: {loss: symmetric, epsilon: 0.1}}", "epsilon");
}

static void a_server_that_is_nobody_is_refused(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  struct fray_err wrong = {0};
  open_with(&s, 1, "{algorithm: semifl, server_set: client-44}", "");
  assert_int_equal(fray_federate(&s.f, &s.arena, &out, &wrong), FRAY_INPUT);
  assert_non_null(strstr(wrong.text, "client-4"));
  close_scene(&s);
  open_with(&s, 1, "{algorithm: semifl, server_set: client-2}", "");
  take_labels(&s, 0, CLIENTS);
  assert_int_equal(fray_federate(&s.f, &s.arena, &out, &wrong), FRAY_INPUT);
  assert_non_null(strstr(wrong.text, "no sample with a label"));
  close_scene(&s);
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(coteaching_that_leaves_out_nobody_is_fedavg),
      cmocka_unit_test(what_coteaching_finds_is_counted),
      cmocka_unit_test(semifl_of_labelled_clients_is_fedavg),
      cmocka_unit_test(semifl_that_is_never_sure_is_fedavg_of_the_labelled),
      cmocka_unit_test(semifl_without_certainty_sends_nothing),
      cmocka_unit_test(the_server_trains_on_its_own_set),
      cmocka_unit_test(the_server_takes_part_in_no_round),
      cmocka_unit_test(ranks_do_not_matter),
      cmocka_unit_test(mixing_changes_what_is_learnt),
      cmocka_unit_test(what_does_not_go_together_is_refused),
      cmocka_unit_test(a_server_that_is_nobody_is_refused),
  };
  int failed = cmocka_run_group_tests(tests, set_up, tear_down);
  fray_comm_finish(world);
  return failed;
}
