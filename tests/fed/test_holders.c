/* Block-wise averaging: a modality's block is averaged over those who hold it, and rests where
 * nobody does. Against the federation of tests/fixtures/fed_softmax.h5 (`modality_avg`,
 * `modality_avgm`: of its server, from the clients' models) and by laws of whole federations. */
#include "fray/fed/schedule.h"
#include "fray/h5/h5.h"
#include "scene.h"

#include <math.h>

static const char *const plain =
    "local: {epochs: 2, batch: 3, lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}";

/* ---- the fixture ---- */

enum { D = 12, OF_A = 7, K = 4, P = K * D + K, PEOPLE = 6 };

/* A table as a model with a head for each of two modalities has it; where theirs[i] lies in it. */
static void lay_out(struct fray_param_table *table, struct fray_arena *arena, size_t place[P]) {
  size_t a, b, bias;
  *table = (struct fray_param_table){.arena = arena};
  const struct fray_param_scope of_a = {table, "a", 0}, of_b = {table, "b", 1},
                                all = {table, "head", FRAY_PARAM_SHARED};
  OK(fray_param_add(&of_a, "weight", (size_t[4]){K, OF_A, 1, 1}, 0, &a, &err));
  OK(fray_param_add(&all, "bias", (size_t[4]){K, 1, 1, 1}, 0, &bias, &err));
  OK(fray_param_add(&of_b, "weight", (size_t[4]){K, D - OF_A, 1, 1}, 0, &b, &err));
  for (size_t k = 0; k < K; k++) {
    for (size_t d = 0; d < D; d++)
      place[k * D + d] = d < OF_A ? a + k * OF_A + d : b + k * (D - OF_A) + d - OF_A;
    place[K * D + k] = bias + k;
  }
}

static void *read_values(fray_h5 file, struct fray_arena *arena, const char *path,
                         enum fray_h5_type type, size_t *n) {
  int rank;
  bool is_text;
  size_t dims[FRAY_H5_MAX_RANK];
  OK(fray_h5_shape(file, path, &rank, dims, &is_text, &err));
  *n = 1;
  for (int i = 0; i < rank; i++)
    *n *= dims[i];
  void *x = fray_arena_zero(arena, *n, sizeof(double)); /* the widest of the types */
  OK(fray_h5_read(file, path, type, x, *n, &err));
  return x;
}

/* Samples of a client with a modality ("has_a"), or all. */
static double count_samples(fray_h5 file, struct fray_arena *arena, size_t client,
                            const char *what) {
  size_t n;
  double sum = 0;
  const int64_t *x = read_values(file, arena, fray_arena_printf(arena, "data/%zu/%s", client, what),
                                 FRAY_H5_I64, &n);
  for (size_t i = 0; i < n; i++)
    sum += strcmp(what, "y") == 0 ? 1 : (double)x[i];
  return sum;
}

/* A round of the server: the updates w_k - w of the cohort, with the weights of each block, and a
 * step of the method in the blocks that somebody holds. */
static void serve(const struct fray_param_table *table, const struct fray_variant *algorithm,
                  const struct fray_updates *u, size_t cohort, double held[3][PEOPLE], float *w,
                  float *velocity, size_t round) {
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  struct fray_arena work = {0};
  double weight[3][PEOPLE];
  float *mean = fray_arena_zero(&work, table->total, sizeof *mean);
  double sum[3] = {0};
  for (size_t b = 0; b < 3; b++) {
    for (size_t i = 0; i < cohort; i++)
      sum[b] += held[b][i];
    for (size_t i = 0; i < cohort; i++)
      weight[b][i] = sum[b] > 0 ? held[b][i] / sum[b] : 0;
  }
  const double *const weights[3] = {weight[0], weight[1], weight[2]};
  OK(fray_average_blocks(world, table, u, cohort, weights, &work, mean, &err));
  const struct fray_server_round r = {
      .round = round + 1, .updates = cohort, .clients = PEOPLE, .local_lr = 0.1};
  struct fray_block_run run;
  size_t runs = 0;
  for (size_t at = 0; fray_next_block(table, &at, &run); runs++) {
    if (!(sum[run.modality + 1] > 0))
      continue;
    const float *part[1] = {mean + run.offset};
    float *state[1] = {velocity + run.offset};
    ops->step(algorithm->params, &r, run.n, part, w + run.offset, state);
  }
  assert_int_equal(runs, 3);
  fray_arena_free(&work);
}

static void follow(const char *group, const char *server) {
  struct fray_arena arena = {0};
  struct fray_param_table table;
  struct fray_node *node;
  struct fray_server_config config;
  size_t place[P], n, many;
  fray_h5 file;
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/fed_softmax.h5", &file, &err));
  OK(fray_yaml_parse(server, "test", &arena, &node, &err));
  OK(fray_schema_read(&fray_server_table, node, "", &config, &arena, &err));
  lay_out(&table, &arena, place);
  float *w = fray_arena_zero(&arena, table.total, sizeof *w);
  float *velocity = fray_arena_zero(&arena, table.total, sizeof *w);
  const double *global =
      read_values(file, &arena, fray_arena_printf(&arena, "%s/global", group), FRAY_H5_F64, &n);
  const double *local =
      read_values(file, &arena, fray_arena_printf(&arena, "%s/local", group), FRAY_H5_F64, &n);
  for (size_t i = 0; i < P; i++)
    w[place[i]] = (float)global[i];
  for (size_t round = 0; round < ROUNDS; round++) {
    const int64_t *cohort = read_values(
        file, &arena, fray_arena_printf(&arena, "cohort/%zu", round), FRAY_H5_I64, &many);
    const float *update[PEOPLE];
    int host[PEOPLE] = {0};
    double held[3][PEOPLE];
    for (size_t k = 0; k < many; k++) {
      const size_t c = (size_t)cohort[k];
      const double *theirs = local + (round * PEOPLE + c) * P;
      float *x = fray_arena_zero(&arena, table.total, sizeof *x);
      for (size_t i = 0; i < P; i++)
        x[place[i]] = (float)(theirs[i] - (double)w[place[i]]);
      update[k] = x;
      held[0][k] = count_samples(file, &arena, c, "y");
      held[1][k] = count_samples(file, &arena, c, "has_a");
      held[2][k] = count_samples(file, &arena, c, "has_b");
    }
    const struct fray_updates u = {
        .total = table.total, .members = many, .host = host, .update = update};
    serve(&table, &config.algorithm, &u, many, held, w, velocity, round);
    const double *then = global + (round + 1) * P;
    double scale = 0;
    for (size_t i = 0; i < P; i++)
      scale = fmax(scale, fabs(then[i]));
    for (size_t i = 0; i < P; i++)
      if (!(fabs((double)w[place[i]] - then[i]) <= 1e-5 * scale))
        fail_msg("%s, round %zu, weight %zu: %.9g, not %.9g", group, round, i, (double)w[place[i]],
                 then[i]);
  }
  fray_h5_close(file, NULL);
  fray_arena_free(&arena);
}

/* On rank 0: all updates are here. */
static void the_server_is_that_of_the_reference(void **state) {
  (void)state;
  if (fray_comm_size(world) > 1)
    return;
  follow("modality_avg", "{algorithm: fedavg}");
  follow("modality_avgm", "{algorithm: fedavgm, lr: 0.5, momentum: 0.9}");
}

/* ---- whole federations ---- */

static uint8_t has[SAMPLES];

/* Clients with holds[c] false lack the modality in all samples. */
static void open_scene(struct scene *s, const char *blocks, const char *server,
                       const bool holds[CLIENTS], size_t rounds) {
  char training[512];
  snprintf(training, sizeof training,
           "{rounds: %zu, clients_per_round: 1.0, %s, server: %s, aggregation: {blocks: %s}}",
           rounds, plain, server, blocks);
  open_model_scene(s, MODEL("4"), training, "{metrics: [accuracy]}");
  for (size_t i = 0; i < SAMPLES; i++)
    has[i] = holds[i / EACH];
  s->clients.data.present = has;
}

static float *trained(struct scene *s) {
  struct fray_outcome out;
  OK(fray_federate(&s->f, &s->arena, &out, &err));
  return out.last;
}

static void near(const struct fray_param *p, const float *x, double factor, const float *y,
                 const float *start) {
  for (size_t i = p->offset; i < p->offset + p->size; i++) {
    const double ours = (double)x[i] - (double)start[i], theirs = (double)y[i] - (double)start[i];
    if (!(fabs(ours - factor * theirs) <= 1e-6))
      fail_msg("%s: %g, not %g x %g", p->name, ours, factor, theirs);
  }
}

/* Where all hold all there is no difference; where some do not, the encoder learns as from those
 * who do alone, and what is shared as before. */
static void holders_alone_count(void **state) {
  (void)state;
  static const bool all[CLIENTS] = {1, 1, 1, 1, 1, 1, 1, 1, 1},
                    some[CLIENTS] = {1, 0, 1, 1, 0, 0, 1, 0, 1};
  struct scene s[4];
  double samples = 0, held = 0;
  open_scene(&s[0], "whole", "{algorithm: fedavg}", all, 1);
  const float *whole_all = trained(&s[0]);
  open_scene(&s[1], "holders", "{algorithm: fedavg}", all, 1);
  const float *holders_all = trained(&s[1]);
  open_scene(&s[2], "whole", "{algorithm: fedavg}", some, 1);
  const float *whole = trained(&s[2]);
  open_scene(&s[3], "holders", "{algorithm: fedavg}", some, 1);
  const float *holders = trained(&s[3]);
  const struct fray_param_table *table = fray_model_params(s[0].model);
  float *start = fray_arena_zero(&s[0].arena, table->total, sizeof *start);
  fray_param_init(table, 5, start);
  for (size_t c = 0; c < CLIENTS; c++) {
    samples += s[0].count[c];
    held += some[c] ? s[0].count[c] : 0;
  }
  bool moved = false;
  for (size_t t = 0; t < table->n; t++) {
    const struct fray_param *p = &table->v[t];
    near(p, holders_all, 1, whole_all, start);
    near(p, holders, p->modality == FRAY_PARAM_SHARED ? 1 : samples / held, whole, start);
    moved = moved || (p->modality != FRAY_PARAM_SHARED &&
                      memcmp(holders + p->offset, whole + p->offset, p->size * sizeof *whole) != 0);
  }
  assert_true(moved);
  for (size_t i = 0; i < FRAY_COUNT(s); i++)
    close_scene(&s[i]);
}

/* Whoever has the modality comes in the first round alone: from then on its block and the velocity
 * of its block stay, and go on from there when it comes back. */
static void a_block_that_nobody_holds_rests(void **state) {
  (void)state;
  static const bool one[CLIENTS] = {1};
  static const size_t first[5] = {0, 2, 4, 6, 7};
  static const uint32_t who[7] = {0, 3, 1, 2, 4, 5, 6};
  const struct fray_cohort_schedule cohorts = {.rounds = 4, .first = first, .client = who};
  const char *server = "{algorithm: fedavgm, lr: 0.7, momentum: 0.9}";
  struct scene s[2];
  float *model[2];
  for (size_t i = 0; i < 2; i++) {
    open_scene(&s[i], "holders", server, one, i ? 4 : 1);
    s[i].f.cohorts = &cohorts;
    model[i] = trained(&s[i]);
  }
  const struct fray_param_table *table = fray_model_params(s[0].model);
  for (size_t t = 0; t < table->n; t++) {
    const struct fray_param *p = &table->v[t];
    const bool same =
        memcmp(model[0] + p->offset, model[1] + p->offset, p->size * sizeof **model) == 0;
    if (strcmp(p->name, "head.classes.bias") == 0) /* all that samples without anything teach */
      assert_false(same);
    if (p->modality != FRAY_PARAM_SHARED)
      assert_true(same);
  }
  close_scene(&s[0]);
  close_scene(&s[1]);
}

/* A rule with f 2: of eight who hold the block it is judged, and as the whole is, since all who
 * come hold it; of four it rests, as if nobody did, and that is counted. */
static void a_block_without_a_majority_rests(void **state) {
  (void)state;
  static const bool most[CLIENTS] = {1, 1, 1, 1, 1, 1, 1, 1, 0};
  static const size_t first[3] = {0, 8, 13};
  static const uint32_t who[13] = {0, 1, 2, 3, 4, 5, 6, 7, 0, 2, 4, 6, 8};
  const struct fray_cohort_schedule cohorts = {.rounds = 2, .first = first, .client = who};
  const char *const blocks[] = {"whole, rule: median", "holders, rule: median, f: 2",
                                "holders, rule: median, f: 2"};
  struct scene s[3];
  struct fray_outcome out[3];
  for (size_t i = 0; i < 3; i++) {
    open_scene(&s[i], blocks[i], "{algorithm: fedavgm, lr: 0.7, momentum: 0.9}", most,
               i < 2 ? 1 : 2);
    s[i].f.cohorts = &cohorts;
    OK(fray_federate(&s[i].f, &s[i].arena, &out[i], &err));
  }
  const struct fray_param_table *table = fray_model_params(s[0].model);
  assert_memory_equal(out[0].last, out[1].last, table->total * sizeof *out[0].last);
  for (size_t t = 0; t < table->n; t++) {
    const struct fray_param *p = &table->v[t];
    const bool same =
        memcmp(out[1].last + p->offset, out[2].last + p->offset, p->size * sizeof(float)) == 0;
    assert_int_equal(same, p->modality != FRAY_PARAM_SHARED);
  }
  assert_null(out[0].blocks);
  assert_true(out[1].blocks[FRAY_BLOCK_UPDATES] == 8 && out[1].blocks[FRAY_BLOCK_AT_REST] == 0);
  assert_true(out[2].blocks[FRAY_BLOCK_UPDATES] == 12 && out[2].blocks[FRAY_BLOCK_AT_REST] == 4);
  for (size_t i = 0; i < 3; i++)
    close_scene(&s[i]);
}

/* A rule that can never judge a block says so before anything is trained. */
static void a_block_that_no_round_can_judge_is_refused(void **state) {
  (void)state;
  static const bool few[CLIENTS] = {1, 1, 1, 1}, none[CLIENTS] = {0, 1, 1, 1, 1, 1, 1, 1, 1};
  static const struct {
    const bool *holds;
    const char *blocks, *words;
  } lines[] = {{few, "holders, rule: median, f: 2", "4 clients hold"},
               {few, "holders, rule: krum, f: 1", "of 4 that hold it krum outvotes 0, but 1"},
               {none, "holders, rule: fltrust, root: client-0", "client-0 has no labelled sample"}};
  for (size_t k = 0; k < FRAY_COUNT(lines); k++) {
    struct scene s;
    struct fray_outcome out;
    struct fray_err wrong = {0};
    open_scene(&s, lines[k].blocks, "{algorithm: fedavg}", lines[k].holds, 2);
    assert_int_equal(fray_federate(&s.f, &s.arena, &out, &wrong), FRAY_INPUT);
    if (!strstr(wrong.text, lines[k].words) || !strstr(wrong.text, "'f'"))
      fail_msg("'%s' does not hold '%s'", wrong.text, lines[k].words);
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

static void what_does_not_go_together_is_refused(void **state) {
  (void)state;
  refuses("{local: {momentum: 0, weight_decay: 0, clip_norm: 0}, server: {algorithm: scaffold}, "
          "aggregation: {blocks: holders}}",
          "scaffold has weights");
  refuses("{aggregation: {blocks: holder}}", "holders");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_server_is_that_of_the_reference),
      cmocka_unit_test(holders_alone_count),
      cmocka_unit_test(a_block_that_nobody_holds_rests),
      cmocka_unit_test(a_block_without_a_majority_rests),
      cmocka_unit_test(a_block_that_no_round_can_judge_is_refused),
      cmocka_unit_test(what_does_not_go_together_is_refused),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}
