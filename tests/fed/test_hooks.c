/* What the driver does with hooks, invitations and updates that are not finite, seen through
 * algorithms that stand in no list. */
#include "fray/fed/cohort.h"
#include "scene.h"

#include <math.h>

#define PLAIN "local: {epochs: 2, batch: 3, lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}"

static void open_scene(struct scene *s, const char *more) {
  char training[512];
  snprintf(training, sizeof training, "{rounds: %d, clients_per_round: 4, " PLAIN "%s}", ROUNDS,
           more);
  open_model_scene(s, MODEL("4"), training, "{every: 2, metrics: [accuracy, nll]}");
}

/* The algorithm of the scene becomes one of ours. */
static void take(struct scene *s, struct fray_choice *choice, const struct fray_algorithm_ops *ops,
                 void *params) {
  *choice = (struct fray_choice){.name = "ours", .impl = ops};
  s->training.server.algorithm = (struct fray_variant){.choice = choice, .params = params};
}

static size_t total_of(const struct scene *s) {
  return fray_model_params(s->model)->total;
}

static void same_model(const struct scene *s, const struct fray_outcome *a,
                       const struct fray_outcome *b) {
  assert_memory_equal(a->last, b->last, total_of(s) * sizeof *a->last);
}

/* As fedavg's. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  (void)params, (void)round, (void)state;
  for (size_t i = 0; i < n; i++)
    w[i] += mean[0][i];
}

/* ---- hooks ---- */

struct counts {
  size_t begun, gradients, stepped, ended, objectives, bad;
  size_t steps[CLIENTS]; /* made in its last visit */
  uint64_t source[CLIENTS];
};

static enum fray_status count_begin(const void *params, struct fray_visit *v,
                                    struct fray_err *err) {
  (void)err;
  struct counts *c = (struct counts *)params;
  c->begun++;
  c->bad += memcmp(v->w, v->global, v->total * sizeof *v->w) != 0;
  for (size_t i = 0; i < v->total; i++)
    c->bad += v->kept[0][i] != 0 && v->kept[0][i] != v->kept[0][0]; /* zeros, or as it was left */
  return FRAY_OK;
}

static enum fray_status count_objective(const void *params, struct fray_visit *v,
                                        const struct fray_batch *batch,
                                        const struct fray_forward *forward, double *loss,
                                        float *dlogits, float *dfused, struct fray_err *err) {
  (void)err, (void)dlogits;
  struct counts *c = (struct counts *)params;
  c->objectives++;
  c->bad += !isfinite(*loss) || batch->n != forward->n || v->step >= v->steps;
  for (size_t i = 0; i < forward->n * forward->width; i++)
    c->bad += dfused[i] != 0;
  return FRAY_OK;
}

static void count_gradient(const void *params, struct fray_visit *v) {
  (void)v;
  ((struct counts *)params)->gradients++;
}

static void count_stepped(const void *params, struct fray_visit *v) {
  (void)v;
  ((struct counts *)params)->stepped++;
}

static enum fray_status count_end(const void *params, struct fray_visit *v, struct fray_err *err) {
  (void)err;
  struct counts *c = (struct counts *)params;
  c->ended++;
  c->bad += v->step != v->steps;
  for (size_t i = 0; i < CLIENTS; i++)
    if (c->source[i] == v->source)
      c->steps[i] = v->step;
  for (size_t i = 0; i < v->total; i++) {
    c->bad += v->up[0][i] != v->w[i] - v->global[i];
    v->up[1][i] = 1;
    v->kept[0][i] = (float)v->round;
  }
  return FRAY_OK;
}

/* The means of the second vector are ones, and the first server vector goes down as it is. */
static void count_step(const void *params, const struct fray_server_round *round, size_t n,
                       const float *const *mean, float *w, float *const *state) {
  struct counts *c = (struct counts *)params;
  for (size_t i = 0; i < n; i++) {
    c->bad += fabsf(mean[1][i] - 1) > 1e-6f;
    state[0][i] = (float)round->round;
    w[i] += mean[0][i];
  }
}

static const struct fray_algorithm_ops counting = {.server_vectors = 1,
                                                   .down = 1,
                                                   .up = 1,
                                                   .client_vectors = 1,
                                                   .begin = count_begin,
                                                   .objective = count_objective,
                                                   .gradient = count_gradient,
                                                   .stepped = count_stepped,
                                                   .end = count_end,
                                                   .step = count_step};

static struct counts counts_of(const struct scene *s) {
  struct counts c = {0};
  memcpy(c.source, s->clients.source, sizeof c.source);
  return c;
}

static size_t on_all(size_t n) {
  int64_t sum = (int64_t)n;
  fray_comm_sum_i64(world, &sum, 1);
  return (size_t)sum;
}

/* Hooks that change nothing change no byte, and each is called where it says. */
static void hooks_are_called_and_cost_nothing(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_choice choice;
  struct fray_outcome plain, hooked;
  open_scene(&s, "");
  open_scene(&t, "");
  struct counts c = counts_of(&t);
  /* keep: the offset of an int in the parameters; all of ours are 0, memory */
  take(&t, &choice, &counting, &c);
  OK(fray_federate(&s.f, &s.arena, &plain, &err));
  OK(fray_federate(&t.f, &t.arena, &hooked, &err));
  same_model(&s, &plain, &hooked);
  size_t visits = 0;
  for (size_t r = 0; r < ROUNDS; r++)
    visits += hooked.row[r].cohort;
  assert_int_equal(on_all(c.begun), visits);
  assert_int_equal(on_all(c.ended), visits);
  assert_int_equal(on_all(c.objectives), on_all(c.gradients));
  assert_int_equal(on_all(c.stepped), on_all(c.gradients));
  assert_true(on_all(c.gradients) >= 4 * visits); /* two epochs of two or three batches */
  assert_int_equal(on_all(c.bad), 0);
  close_scene(&s);
  close_scene(&t);
}

/* Twice the loss at half the step size is the same way: both are powers of two, so to the byte. */
static enum fray_status double_loss(const void *params, struct fray_visit *v,
                                    const struct fray_batch *batch,
                                    const struct fray_forward *forward, double *loss,
                                    float *dlogits, float *dfused, struct fray_err *err) {
  (void)params, (void)v, (void)batch, (void)dfused, (void)err;
  *loss *= 2;
  for (size_t i = 0; i < forward->n * forward->classes; i++)
    dlogits[i] *= 2;
  return FRAY_OK;
}

static void an_objective_is_what_is_trained(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_choice choice;
  struct fray_outcome plain, doubled;
  const struct fray_algorithm_ops ops = {.objective = double_loss, .step = step};
  open_scene(&s, "");
  open_scene(&t, "");
  take(&t, &choice, &ops, NULL);
  t.training.local.lr = s.training.local.lr / 2;
  OK(fray_federate(&s.f, &s.arena, &plain, &err));
  OK(fray_federate(&t.f, &t.arena, &doubled, &err));
  same_model(&s, &plain, &doubled);
  for (size_t r = 0; r < ROUNDS; r++)
    assert_true(doubled.row[r].train_loss == 2 * plain.row[r].train_loss);
  close_scene(&s);
  close_scene(&t);
}

/* Weights of single clients decide as their numbers of samples would. */
static double by_samples(const void *params, const struct fray_visit_facts *facts) {
  (void)params;
  return 3.0 * (double)facts->samples;
}

static void weights_are_divided_by_their_sum(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_choice choice;
  struct fray_outcome plain, weighted;
  const struct fray_algorithm_ops ops = {.weight = by_samples, .step = step};
  open_scene(&s, "");
  open_scene(&t, "");
  take(&t, &choice, &ops, NULL);
  OK(fray_federate(&s.f, &s.arena, &plain, &err));
  OK(fray_federate(&t.f, &t.arena, &weighted, &err));
  for (size_t i = 0; i < total_of(&s); i++)
    assert_true(fabsf(plain.last[i] - weighted.last[i]) <= 1e-5f);
  close_scene(&s);
  close_scene(&t);
}

/* ---- weights of all at once ---- */

enum { SUM, LAST_ROUND, SERVER_NUMBERS };

static size_t two_numbers(const void *params, const struct fray_roster *roster) {
  (void)params;
  assert_int_equal(roster->clients, CLIENTS);
  assert_null(roster->group);
  return SERVER_NUMBERS;
}

static void begin_with_seven(const void *params, const struct fray_roster *roster, size_t n,
                             float *const *state, double *number) {
  (void)params, (void)roster, (void)n, (void)state;
  number[SUM] = 7;
}

static enum fray_status say_source(const void *params, struct fray_visit *v, struct fray_err *err) {
  (void)params, (void)err;
  v->number[0] = (double)v->steps;
  v->number[1] += 1; /* of the last visit nothing is left */
  return FRAY_OK;
}

/* Half of what samples alone would give, and what a server keeps of one round in the next. */
static void halve(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  size_t *bad = (size_t *)params;
  double samples = 0;
  for (size_t i = 0; i < n; i++)
    samples += (double)member[i].samples;
  for (size_t i = 0; i < n; i++) {
    *bad += (double)member[i].steps != member[i].number[0] || member[i].number[1] != 1 ||
            member[i].group != -1 || !(member[i].loss > 0) ||
            (i && member[i].client <= member[i - 1].client);
    weight[i] = 0.5 * (double)member[i].samples / samples;
  }
  *bad += round->number[LAST_ROUND] != (double)round->round - 1 ||
          round->number[SUM] != 7 + 4 * ((double)round->round - 1) || round->updates != n;
  round->number[LAST_ROUND] = (double)round->round;
  round->number[SUM] += (double)n;
}

static void twice(const void *params, const struct fray_server_round *round, size_t n,
                  const float *const *mean, float *w, float *const *state) {
  (void)params, (void)round, (void)state;
  for (size_t i = 0; i < n; i++)
    w[i] += 2 * mean[0][i];
}

static void weights_may_be_given_all_at_once(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_choice choice;
  struct fray_outcome plain, halved;
  size_t bad = 0;
  const struct fray_algorithm_ops ops = {.numbers = 2,
                                         .server_numbers = two_numbers,
                                         .start = begin_with_seven,
                                         .end = say_source,
                                         .weigh = halve,
                                         .step = twice};
  open_scene(&s, "");
  open_scene(&t, "");
  take(&t, &choice, &ops, &bad);
  OK(fray_federate(&s.f, &s.arena, &plain, &err));
  OK(fray_federate(&t.f, &t.arena, &halved, &err));
  assert_int_equal(bad, 0);
  for (size_t i = 0; i < total_of(&s); i++)
    assert_true(fabsf(plain.last[i] - halved.last[i]) <= 1e-5f);
  close_scene(&s);
  close_scene(&t);
}

/* Clients without labels take part where the algorithm gives them some: here those of the data. */
struct labels {
  const int32_t *of;
};

static enum fray_status give_labels(const void *params, struct fray_visit *v,
                                    struct fray_err *err) {
  const struct labels *labels = params;
  int32_t *label;
  FRAY_ALLOC(label, fray_visit_arena(v), v->data.n, err);
  for (size_t i = 0; i < v->data.n; i++)
    label[i] = labels->of[v->data.sample[i]];
  v->data.label = label;
  v->data.n_labelled = v->data.n;
  return FRAY_OK;
}

static void unlabelled_clients_train_where_they_are_needed(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_choice choice;
  struct fray_outcome plain, labelled;
  static uint32_t none[CLIENTS];
  open_scene(&s, "");
  open_scene(&t, "");
  struct labels labels = {s.dataset->label};
  const struct fray_algorithm_ops ops = {
      .needs_unlabelled = true, .begin = give_labels, .weight = by_samples, .step = step};
  take(&t, &choice, &ops, &labels);
  t.clients.n_labelled = none;
  OK(fray_federate(&s.f, &s.arena, &plain, &err));
  OK(fray_federate(&t.f, &t.arena, &labelled, &err));
  assert_int_equal(labelled.row[0].cohort, 4);
  assert_int_equal(labelled.row[0].samples, 0); /* with a label of their own */
  for (size_t i = 0; i < total_of(&s); i++)
    assert_true(fabsf(plain.last[i] - labelled.last[i]) <= 1e-5f);
  const struct fray_algorithm_ops without = {.step = step};
  take(&t, &choice, &without, NULL); /* who needs labels finds nobody */
  OK(fray_federate(&t.f, &t.arena, &labelled, &err));
  assert_int_equal(labelled.row[0].cohort, 0);
  close_scene(&s);
  close_scene(&t);
}

/* ---- invitations ---- */

/* Everybody, each round; what the test says of them. */
struct guests {
  size_t n;
  struct fray_invitation who[CLIENTS];
};

static size_t invite(void *state, uint64_t seed, size_t round, struct fray_invitation *out,
                     struct fray_gathering *about) {
  (void)seed, (void)round, (void)about;
  const struct guests *g = state;
  memcpy(out, g->who, g->n * sizeof *out);
  return g->n;
}

static struct guests all_guests(void) {
  struct guests g = {.n = CLIENTS};
  for (uint32_t c = 0; c < CLIENTS; c++)
    g.who[c] = (struct fray_invitation){.client = c, .work = 1, .returns = true};
  return g;
}

static void run_with(struct scene *s, struct guests *g, struct fray_outcome *out) {
  const struct fray_cohort_source source = {.state = g, .most = CLIENTS, .invite = invite};
  struct fray_federation f = s->f;
  f.source = &source;
  OK(fray_federate(&f, &s->arena, out, &err));
}

/* A number that is not finite spoils its update, and that alone. */
static enum fray_status say_nan(const void *params, struct fray_visit *v, struct fray_err *err) {
  (void)err;
  v->number[0] = v->source == *(const uint64_t *)params ? NAN : 1;
  return FRAY_OK;
}

static void evenly(const void *params, const struct fray_server_round *round, size_t n,
                   const struct fray_member *member, double *weight) {
  (void)params, (void)round;
  for (size_t i = 0; i < n; i++)
    weight[i] = member[i].number[0] / (double)n;
}

static void a_number_must_be_finite(void **state) {
  (void)state;
  struct scene s;
  struct fray_choice choice;
  struct fray_outcome out;
  const struct fray_algorithm_ops ops = {
      .numbers = 1, .end = say_nan, .weigh = evenly, .step = step};
  open_scene(&s, ", on_nonfinite: exclude");
  uint64_t bad = s.clients.source[2];
  take(&s, &choice, &ops, &bad);
  struct guests g = all_guests();
  run_with(&s, &g, &out);
  assert_int_equal(out.row[0].cohort, CLIENTS);
  assert_int_equal(out.row[0].excluded, 1);
  close_scene(&s);
}

/* Who does not come back is as if it had not been asked, but for the count. */
static void who_does_not_return_changes_nothing(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome asked, not_asked;
  struct guests g = all_guests(), fewer = all_guests();
  open_scene(&s, "");
  g.who[2].returns = g.who[7].returns = false;
  g.who[1].seconds = 4.5;
  g.who[2].seconds = 100; /* nobody waits for it */
  g.who[4].seconds = 7.25;
  memmove(&fewer.who[7], &fewer.who[8], sizeof *fewer.who);
  memmove(&fewer.who[2], &fewer.who[3], 5 * sizeof *fewer.who);
  fewer.n = CLIENTS - 2;
  run_with(&s, &g, &asked);
  run_with(&s, &fewer, &not_asked);
  same_model(&s, &asked, &not_asked);
  for (size_t r = 0; r < ROUNDS; r++) {
    assert_int_equal(asked.row[r].invited, CLIENTS);
    assert_int_equal(asked.row[r].cohort, CLIENTS - 2);
    assert_true(asked.row[r].seconds == 7.25);
    assert_int_equal(not_asked.row[r].invited, CLIENTS - 2);
    assert_true(isnan(not_asked.row[r].seconds));
  }
  close_scene(&s);
}

/* A share of the work is that share of the steps, rounded down; none is no answer. */
static void a_share_of_the_work_is_so_many_steps(void **state) {
  (void)state;
  struct scene s;
  struct fray_choice choice;
  struct fray_outcome out;
  struct guests g = all_guests();
  static const double work[CLIENTS] = {1, 0.5, 0.26, 0.25, 0.2, 0, 0.99, 0.75, 0.1};
  open_scene(&s, "");
  struct counts c = counts_of(&s);
  take(&s, &choice, &counting, &c);
  for (size_t i = 0; i < CLIENTS; i++)
    g.who[i].work = work[i];
  run_with(&s, &g, &out);
  size_t came = 0;
  for (size_t i = 0; i < CLIENTS; i++) {
    const size_t batches = (s.count[i] + 2) / 3;
    const size_t steps = (size_t)(work[i] * (double)(2 * batches));
    assert_int_equal(on_all(c.steps[i]), steps);
    came += steps > 0;
  }
  assert_int_equal(out.row[0].cohort, came);
  assert_int_equal(out.row[0].invited, CLIENTS);
  assert_int_equal(on_all(c.bad), 0);
  close_scene(&s);
}

/* ---- updates that are not finite ---- */

/* The gradient of one client is NaN in some rounds. */
struct spoiler {
  int keep; /* the offset that ops->keep says */
  uint64_t source;
  size_t from;
};

static void spoil(const void *params, struct fray_visit *v) {
  const struct spoiler *p = params;
  if (v->source == p->source && v->round >= p->from)
    v->grad[0] = NAN;
}

static enum fray_status remember(const void *params, struct fray_visit *v, struct fray_err *err) {
  (void)params, (void)err;
  v->kept[0][0] += 1;
  return FRAY_OK;
}

static const struct fray_algorithm_ops spoiling = {
    .client_vectors = 1, .gradient = spoil, .end = remember, .step = step};

static void a_bad_update_ends_the_trial(void **state) {
  (void)state;
  struct scene s;
  struct fray_choice choice;
  struct fray_outcome out;
  struct guests g = all_guests();
  open_scene(&s, "");
  struct spoiler p = {.source = s.clients.source[5], .from = 3};
  take(&s, &choice, &spoiling, &p);
  run_with(&s, &g, &out);
  assert_true(out.diverged);
  assert_int_equal(out.diverged_round, 3);
  assert_int_equal(out.diverged_client, 5);
  assert_int_equal(out.n_rows, 3);
  assert_int_equal(out.row[2].excluded, 0);
  close_scene(&s);
}

static void a_bad_update_may_be_left_out(void **state) {
  (void)state;
  static const char *const rules[] = {"mean", "median"};
  for (size_t k = 0; k < FRAY_COUNT(rules); k++) {
    struct scene s;
    struct fray_choice choice;
    struct fray_outcome out, without;
    struct guests g = all_guests(), fewer = all_guests();
    char more[80];
    snprintf(more, sizeof more, ", on_nonfinite: exclude, aggregation: {rule: %s}", rules[k]);
    open_scene(&s, more);
    struct spoiler p = {.source = s.clients.source[5], .from = 1};
    take(&s, &choice, &spoiling, &p);
    run_with(&s, &g, &out);
    memmove(&fewer.who[5], &fewer.who[6], 3 * sizeof *fewer.who);
    fewer.n = CLIENTS - 1;
    run_with(&s, &fewer, &without);
    assert_false(out.diverged);
    same_model(&s, &out, &without); /* as if it had not been asked */
    for (size_t r = 0; r < ROUNDS; r++) {
      assert_int_equal(out.row[r].excluded, 1);
      assert_int_equal(out.row[r].cohort, CLIENTS);
      assert_true(out.row[r].train_loss == without.row[r].train_loss);
    }
    close_scene(&s);
  }
}

/* With nobody left the model stays as it is, and the trial goes on. */
static void all_may_be_left_out(void **state) {
  (void)state;
  struct scene s;
  struct fray_choice choice;
  struct fray_outcome out;
  struct guests one = all_guests();
  open_scene(&s, ", on_nonfinite: exclude");
  struct spoiler p = {.source = s.clients.source[0], .from = 1};
  take(&s, &choice, &spoiling, &p);
  one.n = 1;
  run_with(&s, &one, &out);
  float *initial = fray_arena_zero(&s.arena, total_of(&s), sizeof *initial);
  fray_param_init(fray_model_params(s.model), s.f.seed, initial);
  assert_memory_equal(out.last, initial, total_of(&s) * sizeof *initial);
  assert_int_equal(out.rounds, ROUNDS);
  assert_true(isnan(out.row[0].train_loss));
  close_scene(&s);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hooks_are_called_and_cost_nothing),
      cmocka_unit_test(an_objective_is_what_is_trained),
      cmocka_unit_test(weights_are_divided_by_their_sum),
      cmocka_unit_test(weights_may_be_given_all_at_once),
      cmocka_unit_test(a_number_must_be_finite),
      cmocka_unit_test(unlabelled_clients_train_where_they_are_needed),
      cmocka_unit_test(who_does_not_return_changes_nothing),
      cmocka_unit_test(a_share_of_the_work_is_so_many_steps),
      cmocka_unit_test(a_bad_update_ends_the_trial),
      cmocka_unit_test(a_bad_update_may_be_left_out),
      cmocka_unit_test(all_may_be_left_out),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}
