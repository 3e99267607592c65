/* Local-only training that pauses, stops and goes on: the answers are the same to the bit as if it
 * had never stopped, on any number of ranks. */
#include "fray/fed/local_only.h"
#include "scene.h"

/* Asks for a pause after so many clients of this rank, or gives one up at a visit. */
struct pacer {
  struct fray_arena *arena;
  size_t every, asked, visits, give_up; /* give_up: at this visit of this rank; 0: never */
  enum fray_round_end answer;
  struct fray_local_only_state state;
  size_t saved, pauses;
};

static bool wants_pause(void *user) {
  struct pacer *p = user;
  return ++p->asked % p->every == 0;
}

static bool gives_up(void *user) {
  struct pacer *p = user;
  return ++p->visits == p->give_up;
}

static enum fray_round_end on_pause(void *user) {
  struct pacer *p = user;
  p->pauses++;
  return p->answer;
}

static void *copy(struct fray_arena *arena, const void *data, size_t bytes) {
  void *p = fray_arena_alloc(arena, bytes, 1);
  assert_non_null(p);
  return memcpy(p, data, bytes);
}

static enum fray_status save(void *user, const struct fray_local_only_state *state,
                             struct fray_err *err) {
  (void)err;
  struct pacer *p = user;
  assert_int_equal(fray_comm_rank(world), 0);
  p->state = *state;
  p->state.end = copy(p->arena, state->end, state->n_clients);
  p->state.flops = copy(p->arena, state->flops, state->n_clients * sizeof *state->flops);
  p->state.numbers = copy(p->arena, state->numbers, state->n_numbers * sizeof *state->numbers);
  p->saved++;
  return FRAY_OK;
}

/* Three own samples for each client but one, under two conditions. */
struct local_scene {
  struct scene s;
  size_t first[CLIENTS + 1];
  uint8_t absent[TEST];
  struct fray_samples under[2];
  struct fray_evaluation_task task;
};

static void open_local(struct local_scene *l) {
  memset(l, 0, sizeof *l);
  open_model_scene(&l->s, MODEL("4"),
                   "{rounds: 6, clients_per_round: 4, local: {epochs: 2, batch: 3, lr: 0.3}}",
                   "{metrics: [accuracy]}");
  for (size_t c = 0; c < CLIENTS; c++)
    l->first[c + 1] = l->first[c] + (c == 2 ? 0 : 3);
  for (int k = 0; k < 2; k++)
    l->under[k] = (struct fray_samples){.n = l->first[CLIENTS],
                                        .n_labelled = l->first[CLIENTS],
                                        .sample = l->s.test,
                                        .label = l->s.label,
                                        .held = l->s.present,
                                        .present = k ? l->absent : l->s.present};
  l->task = (struct fray_evaluation_task){.model = l->s.model,
                                          .features = l->s.features,
                                          .n_modalities = 1,
                                          .conditions = 2,
                                          .under = l->under,
                                          .scores = true};
}

static enum fray_status train_alone(struct local_scene *l, struct pacer *p,
                                    const struct fray_local_only_state *from,
                                    struct fray_local_only_outcome *out, struct fray_err *err) {
  const struct fray_watch watch = {
      .user = p, .wants_pause = wants_pause, .gives_up = gives_up, .pause = on_pause};
  const struct fray_local_only_keeper keeper = {.keeper = p, .from = from, .save = save};
  struct fray_federation f = l->s.f;
  f.watch = &watch;
  p->arena = &l->s.arena;
  return fray_train_local_only(&f, &l->task, l->first, &keeper, &l->s.arena, out, err);
}

static void same(const struct fray_local_only_outcome *a, const struct fray_local_only_outcome *b) {
  const size_t cells = a->answers.n * a->answers.conditions;
  assert_int_equal(a->n_clients, b->n_clients);
  assert_int_equal(a->n_diverged, b->n_diverged);
  assert_memory_equal(a->diverged, b->diverged, CLIENTS);
  assert_true(a->flops == b->flops);
  assert_memory_equal(a->answers.predicted, b->answers.predicted, cells * sizeof(int16_t));
  assert_memory_equal(a->answers.nll, b->answers.nll, cells * sizeof(double));
  assert_memory_equal(a->answers.score, b->answers.score, cells * CLASSES * sizeof(float));
}

/* As a checkpoint's reader shares it: ends on all ranks, numbers on rank 0 alone. */
static struct fray_local_only_state share(struct pacer *p) {
  struct fray_local_only_state s = p->state;
  fray_comm_broadcast(world, &s, sizeof s, 0);
  if (fray_comm_rank(world) != 0) {
    s.end = fray_arena_zero(p->arena, CLIENTS, 1);
    s.flops = fray_arena_zero(p->arena, CLIENTS, sizeof *s.flops);
    s.numbers = NULL;
  }
  fray_comm_broadcast(world, (uint8_t *)s.end, CLIENTS, 0);
  fray_comm_broadcast(world, (double *)s.flops, CLIENTS * sizeof *s.flops, 0);
  return s;
}

/* Stopped again and again until nothing is left; the number of stops. */
static size_t stop_and_go(struct local_scene *l, size_t every, size_t give_up,
                          struct fray_local_only_outcome *out) {
  struct fray_local_only_state from;
  for (size_t stops = 0;; stops++) {
    struct fray_err err = {0};
    struct pacer p = {.every = every, .give_up = give_up, .answer = FRAY_ROUND_SAVE_AND_STOP};
    enum fray_status status = train_alone(l, &p, stops ? &from : NULL, out, &err);
    if (status == FRAY_OK)
      return stops;
    assert_int_equal(status, FRAY_STOPPED);
    assert_non_null(strstr(err.text, "clients left to train alone"));
    assert_true(stops < 2 * CLIENTS);
    from = share(&p);
  }
}

static void stopped(void **state) {
  (void)state;
  struct local_scene l;
  struct fray_local_only_outcome whole, out;
  struct pacer never = {.every = 1000};
  open_local(&l);
  OK(train_alone(&l, &never, NULL, &whole, &err));
  assert_int_equal(whole.n_clients, CLIENTS - 1);
  /* By hand: 2 operations for each weight and sample forward, as many backward for the weights and,
   * above the first layer, as many for what lies below. */
  enum { FIRST = 5 * 4, ABOVE = 4 * 4 + 4 * 4 + 4 * 3 };
  double samples = 0;
  for (size_t c = 0; c < CLIENTS; c++)
    samples += c == 2 ? 0 : (double)l.s.count[c];
  assert_true(whole.flops == (double)whole.epochs * samples * 2 * (2 * FIRST + 3 * ABOVE));
  const size_t stops = stop_and_go(&l, 1, 0, &out);
  assert_true(stops >= 1 && stops < CLIENTS);
  same(&whole, &out);
  stop_and_go(&l, 2, 0, &out);
  same(&whole, &out);
  close_scene(&l.s);
}

/* In its last visit, each time after one client was done; it is trained anew and keeps no trace. */
static void given_up(void **state) {
  (void)state;
  struct local_scene l;
  struct fray_local_only_outcome whole, out;
  struct pacer never = {.every = 1000};
  open_local(&l);
  OK(train_alone(&l, &never, NULL, &whole, &err));
  assert_true(whole.visits > 1);
  assert_true(stop_and_go(&l, 1000, 2 * whole.visits, &out) >= 1);
  same(&whole, &out);
  close_scene(&l.s);
}

/* Saved on the way without stopping, with work dealt anew each time. */
static void saved(void **state) {
  (void)state;
  struct local_scene l;
  struct fray_local_only_outcome whole, out;
  struct pacer never = {.every = 1000}, often = {.every = 1, .answer = FRAY_ROUND_SAVE};
  open_local(&l);
  OK(train_alone(&l, &never, NULL, &whole, &err));
  OK(train_alone(&l, &often, NULL, &out, &err));
  assert_true(often.pauses > 2);
  if (fray_comm_rank(world) == 0)
    assert_int_equal(often.saved, often.pauses - 1); /* the last one finds all done */
  same(&whole, &out);
  close_scene(&l.s);
}

static void a_state_that_does_not_fit(void **state) {
  (void)state;
  struct local_scene l;
  struct fray_local_only_outcome out;
  struct fray_err err = {0};
  struct pacer p = {.every = 1, .answer = FRAY_ROUND_SAVE_AND_STOP}, q = {.every = 1};
  open_local(&l);
  assert_int_equal(train_alone(&l, &p, NULL, &out, &err), FRAY_STOPPED);
  struct fray_local_only_state from = share(&p);
  from.n_numbers--;
  assert_int_equal(train_alone(&l, &q, &from, &out, &err), FRAY_INTERNAL);
  close_scene(&l.s);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stopped),
      cmocka_unit_test(given_up),
      cmocka_unit_test(saved),
      cmocka_unit_test(a_state_that_does_not_fit),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}
