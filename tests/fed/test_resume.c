/* A federation that stops after a round and goes on from its state: rows, models, selection and
 * every later state are the same to the bit as if it had never stopped, on any number of ranks. */
#include "scene.h"

#include <math.h>

static void open_scene(struct scene *s, const char *training, const char *evaluate) {
  open_model_scene(s, MODEL("4"), training, evaluate);
}

/* Says when to save and to stop, and keeps each state that it is given, as bytes. */
struct keeper {
  struct fray_arena *arena;
  enum fray_round_end answer[ROUNDS + 1]; /* by round */
  struct fray_federation_state state;     /* the last one saved */
  size_t saved, rounds, clients, blocks;
};

static void *copy(struct fray_arena *arena, const void *data, size_t bytes) {
  void *p = fray_arena_alloc(arena, bytes + 1, 1);
  assert_non_null(p);
  if (bytes) /* an algorithm without a state has none to copy */
    memcpy(p, data, bytes);
  return p;
}

static struct fray_federation_state copy_state(struct fray_arena *arena,
                                               const struct fray_federation_state *s) {
  struct fray_federation_state out = *s;
  out.w = copy(arena, s->w, s->total * sizeof *s->w);
  out.best = copy(arena, s->best, s->total * sizeof *s->best);
  out.server = copy(arena, s->server, s->n_server * sizeof *s->server);
  out.row = copy(arena, s->row, s->round * sizeof *s->row);
  return out;
}

static enum fray_status save(void *user, const struct fray_federation_state *state,
                             struct fray_err *err) {
  (void)err;
  struct keeper *k = user;
  assert_int_equal(fray_comm_rank(world), 0);
  k->state = copy_state(k->arena, state);
  k->saved++;
  return FRAY_OK;
}

static void work(void *user, size_t round, const char *client) {
  struct keeper *k = user;
  assert_true(round >= 1 && round <= ROUNDS);
  k->clients += client != NULL;
  k->blocks += client == NULL;
}

static enum fray_round_end end_round(void *user, const struct fray_round_row *row) {
  struct keeper *k = user;
  k->rounds++;
  return k->answer[row->round];
}

/* The state of rank 0 becomes that of all, as a checkpoint's reader shares it. */
static struct fray_federation_state share_state(struct keeper *k) {
  struct fray_federation_state s = k->state;
  fray_comm_broadcast(world, &s, sizeof s, 0);
  const void **part[] = {(const void **)&s.w, (const void **)&s.best, (const void **)&s.server,
                         (const void **)&s.row};
  const size_t bytes[] = {s.total * sizeof *s.w, s.total * sizeof *s.best,
                          s.n_server * sizeof *s.server, s.round * sizeof *s.row};
  for (size_t i = 0; i < FRAY_COUNT(part); i++) {
    if (fray_comm_rank(world) != 0)
      *part[i] = fray_arena_zero(k->arena, bytes[i] + 1, 1);
    fray_comm_broadcast(world, (void *)*part[i], bytes[i], 0);
  }
  return s;
}

static enum fray_status federate(struct scene *s, struct keeper *k,
                                 const struct fray_federation_state *from, struct fray_outcome *out,
                                 struct fray_err *err) {
  const struct fray_watch watch = {.user = k, .work = work, .round = end_round};
  struct fray_federation f = s->f;
  k->arena = &s->arena;
  f.watch = &watch;
  f.save = save;
  f.keeper = k;
  f.from = from;
  return fray_federate(&f, &s->arena, out, err);
}

static void same_bytes(const void *a, const void *b, size_t bytes, const char *what) {
  if (memcmp(a, b, bytes) != 0)
    fail_msg("%s differ", what);
}

static void same_outcome(const struct scene *s, const struct fray_outcome *a,
                         const struct fray_outcome *b) {
  const size_t total = fray_model_params(s->model)->total;
  assert_int_equal(a->diverged, b->diverged);
  assert_int_equal(a->rounds, b->rounds);
  assert_int_equal(a->n_rows, b->n_rows);
  assert_int_equal(a->best_round, b->best_round);
  same_bytes(&a->best_dev, &b->best_dev, sizeof a->best_dev, "best dev values");
  same_bytes(a->best, b->best, total * sizeof(float), "best models");
  same_bytes(a->last, b->last, total * sizeof(float), "last models");
  for (size_t i = 0; i < a->n_rows; i++) {
    same_bytes(a->row[i].dev, b->row[i].dev, sizeof a->row[i].dev, "dev values");
    same_bytes(a->row[i].test, b->row[i].test, sizeof a->row[i].test, "test values");
    same_bytes(&a->row[i].train_loss, &b->row[i].train_loss, sizeof(double), "losses");
    same_bytes(&a->row[i].update_norm, &b->row[i].update_norm, sizeof(double), "norms");
    assert_int_equal(a->row[i].round, b->row[i].round);
    assert_int_equal(a->row[i].cohort, b->row[i].cohort);
    assert_int_equal(a->row[i].samples, b->row[i].samples);
    assert_int_equal(a->row[i].evaluated, b->row[i].evaluated);
    assert_int_equal(a->row[i].tested, b->row[i].tested);
  }
}

static void stops(struct scene *s, struct keeper *k, const struct fray_federation_state *from,
                  size_t round) {
  struct fray_err err = {0};
  struct fray_outcome out;
  char text[64];
  snprintf(text, sizeof text, "stopped after round %zu of %d", round, ROUNDS);
  k->answer[round] = FRAY_ROUND_SAVE_AND_STOP;
  assert_int_equal(federate(s, k, from, &out, &err), FRAY_STOPPED);
  assert_non_null(strstr(err.text, text));
  if (fray_comm_rank(world) == 0)
    assert_int_equal(k->state.round, round);
  k->answer[round] = FRAY_ROUND_GO_ON;
}

/* Stopped after one round, and gone on to the end. */
static void interrupt_once(struct scene *s, const struct fray_outcome *whole) {
  for (size_t round = 1; round <= whole->rounds; round++) {
    struct keeper before = {0}, after = {0};
    struct fray_outcome out;
    stops(s, &before, NULL, round);
    assert_int_equal(before.rounds, round);
    const struct fray_federation_state from = share_state(&before);
    OK(federate(s, &after, &from, &out, &err));
    assert_int_equal(after.rounds, whole->rounds - round);
    same_outcome(s, whole, &out);
  }
}

/* Stopped after every round. */
static void interrupt_always(struct scene *s, const struct fray_outcome *whole) {
  struct keeper k = {0};
  struct fray_federation_state from;
  struct fray_outcome out;
  for (size_t round = 1; round <= whole->rounds; round++) {
    stops(s, &k, round > 1 ? &from : NULL, round);
    from = share_state(&k);
  }
  OK(federate(s, &k, &from, &out, &err));
  same_outcome(s, whole, &out);
  if (fray_comm_rank(world) == 0)
    assert_int_equal(k.saved, whole->rounds);
}

/* Saved after every round without stopping; each of these states leads to the same end. */
static void save_always(struct scene *s, const struct fray_outcome *whole) {
  struct keeper k = {0};
  struct fray_outcome out;
  for (size_t round = 1; round <= ROUNDS; round++)
    k.answer[round] = FRAY_ROUND_SAVE;
  OK(federate(s, &k, NULL, &out, &err));
  same_outcome(s, whole, &out);
  if (fray_comm_rank(world) == 0)
    assert_int_equal(k.saved, whole->rounds);
}

static void check_rounds(const char *training, const char *evaluate, size_t rounds) {
  struct scene s;
  struct keeper k = {0};
  struct fray_outcome whole;
  open_scene(&s, training, evaluate);
  OK(federate(&s, &k, NULL, &whole, &err));
  assert_int_equal(whole.rounds, rounds);
  assert_true(whole.row[rounds - 1].ends && whole.row[rounds - 1].evaluated);
  assert_int_equal(k.saved, 0);
  interrupt_once(&s, &whole);
  interrupt_always(&s, &whole);
  save_always(&s, &whole);
  close_scene(&s);
}

static void check(const char *training, const char *evaluate) {
  check_rounds(training, evaluate, ROUNDS);
}

static void every_server_and_tie(void **state) {
  (void)state;
  static const char *const servers[] = {"{algorithm: fedavg}",
                                        "{algorithm: fedavgm, lr: 0.7, momentum: 0.8}",
                                        "{algorithm: fedopt, lr: 0.05, momentum: 0.9}"};
  static const char *const ties[] = {"first", "last"};
  char training[512];
  for (size_t i = 0; i < FRAY_COUNT(servers); i++)
    for (size_t k = 0; k < FRAY_COUNT(ties); k++) {
      snprintf(training, sizeof training,
               "{rounds: %d, clients_per_round: 4, " LOCAL ", server: %s, selection: {tie: %s}}",
               ROUNDS, servers[i], ties[k]);
      check(training, "{every: 1, metrics: [accuracy, nll]}");
    }
}

static void evaluated_now_and_then(void **state) {
  (void)state;
  char training[512];
  snprintf(training, sizeof training,
           "{rounds: %d, clients_per_round: 0.5, " LOCAL
           ", server: {algorithm: fedavgm}, selection: {metric: nll, tie: last}}",
           ROUNDS);
  check(training, "{every: 4, metrics: [macro_f1, auc], test: selected}");
  check(training, "{every: 9, metrics: [accuracy]}");
}

/* No score rises by 100: training ends after the first evaluation and as many more as there is
 * patience, or with its last round, whose evaluation does not depend on `every`. */
static void patience_ends(void **state) {
  (void)state;
  static const struct {
    int patience, every;
    size_t rounds;
  } cases[] = {{1, 1, 2}, {3, 1, 4}, {5, 1, 6}, {6, 1, 6}, {9, 1, 6},
               {1, 2, 4}, {2, 2, 6}, {1, 4, 6}, {1, 5, 6}, {1, 9, 6}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    char training[512], evaluate[128];
    snprintf(training, sizeof training,
             "{rounds: %d, clients_per_round: 4, " LOCAL ", server: {algorithm: fedavgm}, "
             "selection: {tie: last}, stop: {patience: %d, metric: nll, min_delta: 100}}",
             ROUNDS, cases[i].patience);
    snprintf(evaluate, sizeof evaluate, "{every: %d, metrics: [accuracy, nll]}", cases[i].every);
    check_rounds(training, evaluate, cases[i].rounds);
  }
}

static struct fray_outcome train_with(struct scene *s, const char *stop) {
  struct keeper k = {0};
  struct fray_outcome out;
  char training[512];
  snprintf(training, sizeof training,
           "{rounds: %d, clients_per_round: 4, " LOCAL ", selection: {metric: accuracy}%s}", ROUNDS,
           stop);
  open_scene(s, training, "{metrics: [accuracy, nll]}");
  OK(federate(s, &k, NULL, &out, &err));
  return out;
}

/* A training that ends is the beginning of one that does not, and its end is that of the rule on
 * the rows of the other. */
static void patience_cuts_off(void **state) {
  (void)state;
  struct scene all, cut;
  const struct fray_outcome whole = train_with(&all, "");
  for (int patience = 1; patience <= ROUNDS; patience++) {
    char stop[64];
    size_t since = 1, end = 0;
    while (end < ROUNDS && since < (size_t)patience + 1) { /* the last maximum, strictly above */
      end++;
      size_t best = 0;
      for (size_t i = 0; i < end; i++)
        best = whole.row[i].dev[0] > whole.row[best].dev[0] ? i : best;
      since = end - best;
    }
    snprintf(stop, sizeof stop, ", stop: {patience: %d}", patience);
    const struct fray_outcome out = train_with(&cut, stop);
    assert_int_equal(out.rounds, end);
    assert_int_equal(out.n_rows, end);
    for (size_t i = 0; i < end; i++) {
      same_bytes(out.row[i].dev, whole.row[i].dev, sizeof out.row[i].dev, "dev values");
      same_bytes(out.row[i].test, whole.row[i].test, sizeof out.row[i].test, "test values");
      same_bytes(&out.row[i].train_loss, &whole.row[i].train_loss, sizeof(double), "losses");
    }
    if (end == ROUNDS)
      same_outcome(&cut, &out, &whole);
    close_scene(&cut);
  }
  close_scene(&all);
}

/* The number of clients and blocks that all ranks together were told of. */
static void work_is_told(void **state) {
  (void)state;
  struct scene s;
  struct keeper k = {0};
  struct fray_outcome out;
  open_scene(&s, "{rounds: 6, clients_per_round: 4, " LOCAL "}",
             "{every: 2, metrics: [accuracy], test: every}");
  OK(federate(&s, &k, NULL, &out, &err));
  int64_t told[2] = {(int64_t)k.clients, (int64_t)k.blocks};
  fray_comm_sum_i64(world, told, 2);
  assert_int_equal(told[0], ROUNDS * 4);
  assert_int_equal(told[1], ROUNDS / 2 * (1 + 3)); /* dev has one block, test three */
  close_scene(&s);
}

static void a_stop_without_a_keeper(void **state) {
  (void)state;
  struct scene s;
  struct keeper k = {.answer = {[2] = FRAY_ROUND_SAVE_AND_STOP, [1] = FRAY_ROUND_SAVE}};
  const struct fray_watch watch = {.user = &k, .round = end_round};
  struct fray_outcome out;
  struct fray_err err = {0};
  open_scene(&s, "{rounds: 6, clients_per_round: 4, " LOCAL "}", "{metrics: [accuracy]}");
  s.f.watch = &watch;
  assert_int_equal(fray_federate(&s.f, &s.arena, &out, &err), FRAY_STOPPED);
  assert_int_equal(k.rounds, 2);
  close_scene(&s);
}

static enum fray_status fail_to_save(void *user, const struct fray_federation_state *state,
                                     struct fray_err *err) {
  (void)user, (void)state;
  return fray_fail(err, FRAY_IO, "disk full");
}

/* All ranks learn that rank 0 could not save. */
static void a_failed_save_is_an_error(void **state) {
  (void)state;
  struct scene s;
  struct keeper k = {.answer = {[2] = FRAY_ROUND_SAVE_AND_STOP}};
  const struct fray_watch watch = {.user = &k, .round = end_round};
  struct fray_outcome out;
  struct fray_err err = {0};
  open_scene(&s, "{rounds: 6, clients_per_round: 4, " LOCAL "}", "{metrics: [accuracy]}");
  s.f.watch = &watch;
  s.f.save = fail_to_save;
  assert_int_equal(fray_federate(&s.f, &s.arena, &out, &err), FRAY_IO);
  assert_non_null(strstr(err.text, "disk full"));
  close_scene(&s);
}

/* A state of another model, or of more rounds than there are, never reaches the training. */
static void a_state_that_does_not_fit(void **state) {
  (void)state;
  struct scene s;
  struct keeper k = {0};
  open_scene(&s, "{rounds: 6, clients_per_round: 4, " LOCAL ", server: {algorithm: fedavgm}}",
             "{metrics: [accuracy]}");
  stops(&s, &k, NULL, 3);
  const struct fray_federation_state good = share_state(&k);
  struct fray_federation_state bad[4] = {good, good, good, good};
  bad[0].total--;
  bad[1].n_server = 0;
  bad[2].round = ROUNDS + 1;
  bad[3].best_round = 4;
  for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
    struct fray_outcome out;
    struct fray_err err = {0};
    assert_int_equal(federate(&s, &k, &bad[i], &out, &err), FRAY_INTERNAL);
  }
  close_scene(&s);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_server_and_tie),
      cmocka_unit_test(evaluated_now_and_then),
      cmocka_unit_test(patience_ends),
      cmocka_unit_test(patience_cuts_off),
      cmocka_unit_test(work_is_told),
      cmocka_unit_test(a_stop_without_a_keeper),
      cmocka_unit_test(a_failed_save_is_an_error),
      cmocka_unit_test(a_state_that_does_not_fit),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}
