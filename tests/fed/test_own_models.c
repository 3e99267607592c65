/* Models of the clients' own, private blocks and Ditto's: laws of whole federations, on any number
 * of ranks and after a kill behind the last round. */
#include "fray/fed/schedule.h"
#include "scene.h"

#include <math.h>

#define PLAIN "local: {epochs: 2, batch: 3, lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}"
#define STILL                                                                                      \
  "{fusion: concat, hidden: 4, head: 4, dropout: 0, encoders: {f: {kind: mlp, units: 4}}}"

static size_t own_first[CLIENTS + 1];

/* The test samples are dealt to the clients as their own. */
static void open_scene(struct scene *s, const char *more, struct fray_evaluation_task *own) {
  char training[512];
  snprintf(training, sizeof training, "{rounds: %d, clients_per_round: 4, " PLAIN ", %s}", ROUNDS,
           more);
  open_model_scene(s, STILL, training, "{metrics: [accuracy]}");
  for (size_t c = 0; c <= CLIENTS; c++)
    own_first[c] = c * (TEST / CLIENTS);
  own_first[4] = own_first[3]; /* one client has none */
  *own = (struct fray_evaluation_task){.model = s->model,
                                       .features = s->features,
                                       .n_modalities = 1,
                                       .conditions = 1,
                                       .under = &s->f.test};
  s->f.own = own;
  s->f.own_first = own_first;
}

static size_t total_of(const struct scene *s) {
  return fray_model_params(s->model)->total;
}

/* What one model says of all samples. */
static const double *losses_of(struct scene *s, const float *w) {
  struct fray_arena work = {0};
  struct fray_evaluation out;
  struct fray_evaluation_task task = *s->f.own;
  task.w = w;
  OK(fray_evaluate_begin(&task, &s->arena, &s->arena, &out, &err));
  OK(fray_evaluate_range(&task, 0, s->f.test.n, &work, &out, &err));
  fray_arena_free(&work);
  return out.shared + out.numbers;
}

static float *initial_of(struct scene *s) {
  float *w = fray_arena_zero(&s->arena, total_of(s), sizeof *w);
  fray_param_init(fray_model_params(s->model), s->f.seed, w);
  return w;
}

/* ---- laws ---- */

static void plain_methods_have_none(void **state) {
  (void)state;
  struct scene s;
  struct fray_evaluation_task own;
  struct fray_outcome out;
  open_scene(&s, "server: {algorithm: fedavg}", &own);
  assert_false(fray_training_has_own_models(&s.training));
  OK(fray_federate(&s.f, &s.arena, &out, &err));
  assert_false(out.has_own);
  close_scene(&s);
}

/* Nothing of a private block reaches the server, whatever it makes of updates; the rest learns. */
static void private_blocks_of_the_server_rest(void **state) {
  (void)state;
  static const char *const servers[] = {"{algorithm: fedavg}",
                                        "{algorithm: fedavgm, momentum: 0.9}",
                                        "{algorithm: fednova}", "{algorithm: fedprox, mu: 0.1}"};
  for (size_t k = 0; k < FRAY_COUNT(servers); k++) {
    struct scene s;
    struct fray_evaluation_task own;
    struct fray_outcome out;
    char more[200];
    snprintf(more, sizeof more, "server: %s, private: {blocks: [head]}", servers[k]);
    open_scene(&s, more, &own);
    OK(fray_federate(&s.f, &s.arena, &out, &err));
    assert_true(out.has_own);
    const float *then = initial_of(&s);
    const struct fray_param_table *table = fray_model_params(s.model);
    for (size_t t = 0; t < table->n; t++) {
      const struct fray_param *p = &table->v[t];
      const bool same = memcmp(then + p->offset, out.last + p->offset, p->size * sizeof *then) == 0;
      assert_int_equal(same, strncmp(p->name, "head.", 5) == 0);
    }
    close_scene(&s);
  }
}

/* A client that is alone has nobody to keep anything from: its own model, shared blocks and private
 * ones, is the model of the federation without private blocks. */
static void alone_nothing_is_private(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_evaluation_task own, none;
  struct fray_outcome out, plain;
  open_scene(&s, "server: {algorithm: fedavg}, private: {blocks: [head.classes]}", &own);
  open_scene(&t, "server: {algorithm: fedavg}", &none);
  s.clients.n = t.clients.n = 1;
  OK(fray_federate(&s.f, &s.arena, &out, &err));
  OK(fray_federate(&t.f, &t.arena, &plain, &err));
  const double *loss = losses_of(&t, plain.last);
  for (size_t i = 0; i < own_first[1]; i++)
    assert_true(fabs(out.own.nll[i] - loss[i]) <= 1e-5 * fabs(loss[i]));
  close_scene(&s);
  close_scene(&t);
}

/* Who never took part answers with the model of the first round under Ditto, and with its private
 * blocks as they were drawn and what the others learnt in the shared ones. */
static void who_never_came_has_the_first_model(void **state) {
  (void)state;
  static const size_t first[ROUNDS + 1] = {0, 2, 4, 6, 8, 10, 12};
  static const uint32_t who[12] = {0, 1, 1, 2, 0, 2, 1, 3, 0, 1, 2, 3};
  static const struct fray_cohort_schedule cohorts = {
      .rounds = ROUNDS, .first = first, .client = who};
  static const char *const more[] = {"server: {algorithm: ditto, lambda: 0.2}",
                                     "server: {algorithm: fedavg}, private: {blocks: [f]}"};
  for (int k = 0; k < 2; k++) {
    struct scene s;
    struct fray_evaluation_task own;
    struct fray_outcome out;
    open_scene(&s, more[k], &own);
    s.f.cohorts = &cohorts;
    OK(fray_federate(&s.f, &s.arena, &out, &err));
    const double *loss = losses_of(&s, k ? out.last : initial_of(&s));
    bool others = false;
    for (size_t i = 0; i < own_first[3]; i++) /* of those who came */
      others = others || fabs(out.own.nll[i] - loss[i]) > 1e-3;
    assert_true(others);
    for (size_t i = own_first[5]; i < own_first[CLIENTS]; i++)
      assert_true(fabs(out.own.nll[i] - loss[i]) <= 1e-5 * fabs(loss[i]));
    close_scene(&s);
  }
}

/* Of Ditto the federation is FedAvg's to the byte, and without a pull a client that is alone trains
 * its own model as the federation trains its model. */
static void ditto_is_fedavg_beside_own_models(void **state) {
  (void)state;
  struct scene s, t, u;
  struct fray_evaluation_task own;
  struct fray_outcome out, plain, alone;
  open_scene(&s, "server: {algorithm: ditto, lambda: 0.7}", &own);
  OK(fray_federate(&s.f, &s.arena, &out, &err));
  open_scene(&t, "server: {algorithm: fedavg}", &own);
  OK(fray_federate(&t.f, &t.arena, &plain, &err));
  assert_memory_equal(out.last, plain.last, total_of(&s) * sizeof *out.last);
  assert_memory_equal(out.best, plain.best, total_of(&s) * sizeof *out.best);
  open_scene(&u, "server: {algorithm: ditto, lambda: 0}", &own);
  u.clients.n = 1;
  OK(fray_federate(&u.f, &u.arena, &alone, &err));
  const double *loss = losses_of(&u, alone.last);
  for (size_t i = 0; i < own_first[1]; i++)
    assert_true(fabs(alone.own.nll[i] - loss[i]) <= 1e-4 * fabs(loss[i]));
  close_scene(&s);
  close_scene(&t);
  close_scene(&u);
}

/* ---- ranks, and a kill behind the last round ---- */

struct keeper {
  struct fray_arena *arena;
  struct fray_federation_state state;
};

static void *copy(struct fray_arena *arena, const void *data, size_t bytes) {
  void *p = fray_arena_zero(arena, bytes + 1, 1);
  return bytes ? memcpy(p, data, bytes) : p;
}

static enum fray_status save(void *user, const struct fray_federation_state *s,
                             struct fray_err *err) {
  (void)err;
  struct keeper *k = user;
  k->state = *s;
  k->state.w = copy(k->arena, s->w, s->total * sizeof *s->w);
  k->state.best = copy(k->arena, s->best, s->total * sizeof *s->best);
  k->state.server = copy(k->arena, s->server, s->n_server * sizeof *s->server);
  k->state.row = copy(k->arena, s->row, s->round * sizeof *s->row);
  k->state.clients.client = copy(k->arena, s->clients.client, s->clients.n * sizeof(uint32_t));
  k->state.clients.version = copy(k->arena, s->clients.version, s->clients.n * sizeof(uint32_t));
  return FRAY_OK;
}

static enum fray_round_end save_last(void *user, const struct fray_round_row *row) {
  (void)user;
  return row->round == ROUNDS ? FRAY_ROUND_SAVE_AND_STOP : FRAY_ROUND_GO_ON;
}

static void same_own(const struct fray_outcome *a, const struct fray_outcome *b) {
  assert_true(a->has_own && b->has_own && a->own.n == b->own.n);
  assert_memory_equal(a->own.nll, b->own.nll, a->own.n * sizeof *a->own.nll);
  assert_memory_equal(a->own.predicted, b->own.predicted, a->own.n * sizeof *a->own.predicted);
}

static void ranks_and_kills_do_not_matter(void **state) {
  (void)state;
  static const char *const more[] = {
      "server: {algorithm: ditto, lambda: 0.2, keep: disk}",
      "server: {algorithm: fedavg}, private: {blocks: [head], keep: memory}"};
  struct fray_comm *self;
  OK(fray_comm_split(world, fray_comm_rank(world), &self, &err));
  for (int k = 0; k < 2; k++) {
    struct scene s;
    struct fray_evaluation_task own;
    struct fray_outcome together, alone, after;
    struct fray_err wrong = {0};
    char clients[128];
    open_scene(&s, more[k], &own);
    struct keeper keeper = {.arena = &s.arena};
    struct fray_federation f = s.f;
    snprintf(clients, sizeof clients, "%s/clients-%d", folder, k);
    f.trial = "0123456789abcdef";
    f.client_folder = clients;
    OK(fray_federate(&f, &s.arena, &together, &err));
    fray_comm_barrier(world);
    const struct fray_watch watch = {.round = save_last};
    f.watch = &watch;
    f.save = save;
    f.keeper = &keeper;
    assert_int_equal(fray_federate(&f, &s.arena, &after, &wrong), FRAY_STOPPED);
    fray_comm_barrier(world);
    if (fray_comm_rank(world) == 0) { /* rank 0 goes on alone */
      f.comm = self;
      f.watch = NULL;
      f.save = NULL;
      f.from = &keeper.state;
      OK(fray_federate(&f, &s.arena, &after, &err));
      same_own(&together, &after);
      f.from = NULL;
      snprintf(clients, sizeof clients, "%s/clients-alone-%d", folder, k);
      OK(fray_federate(&f, &s.arena, &alone, &err));
      same_own(&together, &alone);
    }
    fray_comm_barrier(world);
    close_scene(&s);
  }
  fray_comm_free(self);
}

/* ---- words ---- */

static void refuses(const char *blocks, const char *words) {
  struct scene s;
  struct fray_evaluation_task own;
  struct fray_outcome out;
  struct fray_err wrong = {0};
  char more[200];
  snprintf(more, sizeof more, "server: {algorithm: fedavg}, private: {blocks: %s}", blocks);
  open_scene(&s, more, &own);
  assert_int_equal(fray_federate(&s.f, &s.arena, &out, &wrong), FRAY_INPUT);
  if (!strstr(wrong.text, words))
    fail_msg("'%s' does not hold '%s'", wrong.text, words);
  close_scene(&s);
}

static void what_is_no_block_is_refused(void **state) {
  (void)state;
  refuses("[haed]", "'haed'; there are 'f', 'head' (did you mean 'head'?)");
  refuses("[hea]", "no parameters 'hea'");
  refuses("[head, f]", "nothing is left to learn together");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_methods_have_none),
      cmocka_unit_test(private_blocks_of_the_server_rest),
      cmocka_unit_test(alone_nothing_is_private),
      cmocka_unit_test(who_never_came_has_the_first_model),
      cmocka_unit_test(ditto_is_fedavg_beside_own_models),
      cmocka_unit_test(ranks_and_kills_do_not_matter),
      cmocka_unit_test(what_is_no_block_is_refused),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}
