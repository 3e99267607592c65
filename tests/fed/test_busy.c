/* Trainings without cohorts: the driver against a second way through the same schedule, and what
 * does not go with them. */
#include "scene.h"

#include <malloc.h>
#include <math.h>

static void near(const char *what, const char *law, const struct scene *s, const float *x,
                 const float *y) {
  double worst = 0, scale = 0;
  for (size_t i = 0; i < fray_model_params(s->model)->total; i++) {
    const double off = fabs((double)x[i] - (double)y[i]);
    worst = off > worst || isnan(off) ? off : worst;
    scale = fmax(scale, fabs((double)y[i]));
  }
  if (!(worst <= 1e-6 * scale))
    fail_msg("%s: %s: off by %g of %g", what, law, worst, scale);
}

/* The rounds once more, from the schedule and one client's training, with every model that there
 * ever was at hand: the driver keeps those alone that somebody is still at work on. */
static void the_driver_follows_the_schedule(void **state) {
  (void)state;
  enum { MOST = 3 };
  static const char *const servers[] = {
      "{algorithm: fedbuff, buffer: 3, lr: 0.7}" BUSY,
      "{algorithm: fedasync, alpha: 1, staleness: constant, rho: 0}" BUSY};
  for (size_t k = 0; k < FRAY_COUNT(servers); k++) {
    struct scene s;
    struct fray_outcome out;
    struct fray_cohort_source source;
    struct fray_invitation who[MOST];
    struct fray_trainer trainer;
    float *model[ROUNDS + 1], *up;
    char training[640];
    double age = 0;
    snprintf(training, sizeof training, "{rounds: %d, clients_per_round: 4, %s, server: %s}",
             ROUNDS, LOCAL, servers[k]);
    open_model_scene(&s, MODEL("4"), training, "{every: 2, metrics: [accuracy, nll]}");
    const size_t total = fray_model_params(s.model)->total;
    OK(fray_federate(&s.f, &s.arena, &out, &err));
    OK(fray_federation_source(&s.training, s.dataset, &s.clients, s.name, NULL,
                              (struct fray_sent){total, 0}, 1, &s.arena, &source, &err));
    OK(fray_trainer_start(&trainer, s.model, s.features, 1, &s.training.local, &err));
    for (size_t r = 0; r <= ROUNDS; r++)
      assert_non_null(model[r] = fray_arena_zero(&s.arena, total, sizeof(float)));
    assert_non_null(up = fray_arena_zero(&s.arena, total, sizeof *up));
    fray_param_init(fray_model_params(s.model), s.f.seed, model[0]);
    for (size_t r = 1; r <= ROUNDS; r++) {
      struct fray_gathering about = {.seconds = NAN};
      const size_t n = source.invite(source.state, s.f.seed, r, who, &about);
      memcpy(model[r], model[r - 1], total * sizeof *up);
      assert_true(out.row[r - 1].seconds == about.seconds);
      for (size_t i = 0; i < n; i++) {
        const struct fray_client client = fray_client_of(&s.clients, who[i].client);
        struct fray_client_result result;
        struct fray_visit v = {.algorithm = &s.training.server.algorithm,
                               .source = client.source,
                               .seed = s.f.seed,
                               .round = who[i].visit,
                               .data = client.data,
                               .work = who[i].work,
                               .global = model[r - 1 - who[i].staleness],
                               .up = &up};
        OK(fray_client_visit(&trainer, &v, &result, &err));
        const double weight = 0.7 / sqrt(1 + (double)who[i].staleness) / (double)n;
        age += (double)who[i].staleness;
        for (size_t j = 0; j < total; j++) /* alpha 1, s 1: the last client's model */
          model[r][j] = k ? v.w[j] : (float)((double)model[r][j] + weight * (double)up[j]);
      }
    }
    near(servers[k], "the driver takes another way", &s, out.last, model[ROUNDS]);
    assert_true(age > 0 && out.row[ROUNDS - 1].clock > out.row[0].clock);
    fray_trainer_end(&trainer);
    close_scene(&s);
  }
}

/* Whoever is alone is never late: fedbuff with a buffer of 1 is training on and on. */
static void one_at_a_time_is_never_stale(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  open_model_scene(&s, MODEL("4"),
                   "{rounds: 6, clients_per_round: 1, " LOCAL
                   ", server: {algorithm: fedbuff, buffer: 1}" BUSY "}",
                   "{metrics: [accuracy]}");
  OK(fray_federate(&s.f, &s.arena, &out, &err));
  for (size_t r = 0; r < ROUNDS; r++)
    assert_true(out.row[r].staleness == 0 && out.row[r].cohort == 1);
  close_scene(&s);
}

/* All room is made before the first round. */
static void rounds_allocate_nothing(void **state) {
  (void)state;
  static const char *const each[] = {"{algorithm: fedavg}" AWAY, "{algorithm: fedbuff}" BUSY};
  for (size_t k = 0; k < FRAY_COUNT(each); k++) {
    struct scene s;
    struct fray_cohort_source source;
    struct fray_invitation *who;
    char training[640];
    snprintf(training, sizeof training, "{rounds: %d, clients_per_round: 4, %s, server: %s}",
             ROUNDS, LOCAL, each[k]);
    open_model_scene(&s, MODEL("4"), training, "{metrics: [accuracy]}");
    OK(fray_federation_source(&s.training, s.dataset, &s.clients, s.name, NULL,
                              (struct fray_sent){10, 0}, 1, &s.arena, &source, &err));
    assert_non_null(who = fray_arena_alloc(&s.arena, source.most + 1, sizeof *who));
    const size_t before = mallinfo2().uordblks, used = s.arena.used;
    for (size_t r = 1; r <= 300; r++)
      source.invite(source.state, 5, r, who, &(struct fray_gathering){.seconds = NAN});
    assert_true(mallinfo2().uordblks == before && s.arena.used == used);
    close_scene(&s);
  }
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

static void what_needs_a_cohort_is_refused(void **state) {
  (void)state;
  refuses("{server: {algorithm: fedasync}}", "needs simulated time");
  refuses("{server: {algorithm: fedbuff}" BUSY ", aggregation: {rule: median}}", "unweighted");
  refuses("{server: {algorithm: fedasync}" BUSY ", aggregation: {rule: median}}", "a cohort");
  refuses("{server: {algorithm: fedbuff}" BUSY ", cohorts: c.csv}", "no cohorts");
  refuses("{availability: {reachable: {kind: bernoulli, p: 0.5}}, cohorts: c.csv}", "who is asked");
  refuses("{server: {algorithm: fedbuff}, availability: {over_selection: 2, time: {kind: devices, "
          "classes: {a: {seconds_per_sample: 1}}}}}",
          "no cohorts");
  refuses("{server: {algorithm: afl}, availability: {dropout: {p: 0.1}}}", "keep nobody away");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_driver_follows_the_schedule),
      cmocka_unit_test(one_at_a_time_is_never_stale),
      cmocka_unit_test(rounds_allocate_nothing),
      cmocka_unit_test(what_needs_a_cohort_is_refused),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}
