/* Laws that each entry of algorithms.def keeps, whatever it does: for equal clients, for clients in
 * another order, on other ranks, and after a kill. */
#include "keeper.h"

#include <math.h>

#define PLAIN "local: {epochs: 2, batch: 3, lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}"

/* For those that have every client in every round; others draw 4. */
#define EVERYBODY "clients_per_round: 1.0, " LOCAL

/* Lines of example parameters: an algorithm without one fails. */
static const struct {
  const char *algorithm, *server, *local;
} examples[] = {
    {"fedavg", "{algorithm: fedavg}", LOCAL},
    {"fedavgm", "{algorithm: fedavgm, lr: 0.7, momentum: 0.8}", LOCAL},
    {"fedopt", "{algorithm: fedopt, lr: 0.05, momentum: 0.9}", LOCAL},
    {"fedprox", "{algorithm: fedprox, mu: 0.3}", LOCAL},
    {"fedavgm", "{algorithm: fedavgm}, aggregation: {rule: median}", LOCAL}, /* a rule between */
    {"fedavgm", "{algorithm: fedavgm}, aggregation: {blocks: holders}", LOCAL},
    {"scaffold", "{algorithm: scaffold}", PLAIN},
    {"scaffold", "{algorithm: scaffold, option: 1, lr: 0.5, keep: disk}", LOCAL},
    {"scaffold", "{algorithm: scaffold, compat: true}", LOCAL},
    {"scaffold", "{algorithm: scaffold}" AWAY, PLAIN},
    {"fedasync", "{algorithm: fedasync, rho: 0.1}" BUSY, LOCAL},
    {"fedbuff", "{algorithm: fedbuff, buffer: 3, lr: 0.7}" BUSY, LOCAL},
    {"fednova", "{algorithm: fednova, lr: 0.8}", PLAIN},
    {"fednova", "{algorithm: fednova, mu: 0.4}", PLAIN},
    {"fedadam", "{algorithm: fedadam, lr: 0.1}", LOCAL},
    {"fedyogi", "{algorithm: fedyogi, v0: zero}, aggregation: {rule: median}", LOCAL},
    {"fedadagrad", "{algorithm: fedadagrad, lr: 0.1, tau: 0.01}", LOCAL},
    {"feddyn", "{algorithm: feddyn, alpha: 0.1, keep: disk}", PLAIN},
    {"feddyn", "{algorithm: feddyn, alpha: 0.1, compat: authors}",
     "local: {epochs: 2, batch: 3, lr: 0.1, momentum: 0}"},
    {"qfedavg", "{algorithm: qfedavg, q: 2}", LOCAL},
    {"qfedavg", "{algorithm: qfedavg, q: 0.5}", LOCAL},
    {"afl", "{algorithm: afl, lr_lambda: 0.5}", EVERYBODY},
    {"groupdro", "{algorithm: groupdro, group: third, eta: 0.5}", LOCAL},
    {"fedrs", "{algorithm: fedrs}", LOCAL},
    {"fedrs", "{algorithm: fedrs, alpha: 0.9, bias: true}", LOCAL},
    {"moon", "{algorithm: moon}", LOCAL},
    {"moon", "{algorithm: moon, mu: 5, temperature: 0.1, keep: disk}", LOCAL},
    {"ditto", "{algorithm: ditto, lambda: 0.3}", LOCAL},
    {"ditto", "{algorithm: ditto, keep: disk}", PLAIN},
    {"coteaching", "{algorithm: coteaching, tau: 0.4, ramp: 3}", LOCAL},
    {"coteaching", "{algorithm: coteaching, compat: authors, exponent: 2}", PLAIN},
    {"semifl", "{algorithm: semifl}", LOCAL},
    {"fedcorr", "{algorithm: fedcorr, iterations: 1, finetune: 1, confidence: 0.3}", LOCAL},
    {"fedcorr", "{algorithm: fedcorr, iterations: 2, finetune: 1, confidence: 0, k: 4, keep: disk}",
     EVERYBODY},
    {"fedcorr", "{algorithm: fedcorr, iterations: 1, finetune: 1, confidence: 0.3}" AWAY, PLAIN},
    {"fednoro", "{algorithm: fednoro, warmup: 2, begin: 1, end: 4}", EVERYBODY},
    {"fednoro", "{algorithm: fednoro, warmup: 2, begin: 1, end: 4, compat: authors}", EVERYBODY},
    {"fedavgm", "{algorithm: fedavgm}, private: {blocks: [head.classes]}", LOCAL},
    {"fedprox", "{algorithm: fedprox}, private: {blocks: [f], keep: disk}", PLAIN},
    {"fedavg",
     "{algorithm: fedavg}, private: {blocks: [f]}, compression: {kind: top_k, k: 0.1, keep: disk}",
     LOCAL},
    {"scaffold", "{algorithm: scaffold}, compression: sign, aggregation: {blocks: whole}", PLAIN},
    {"fedcorr",
     "{algorithm: fedcorr, iterations: 1, finetune: 1, confidence: 0.3}, compression: sign" AWAY,
     PLAIN},
    {"fedasync", "{algorithm: fedasync}, compression: {kind: qsgd, bits: 4}" BUSY, LOCAL},
    {"qfedavg",
     "{algorithm: qfedavg}, aggregation: {blocks: whole, rule: median}, compression: int8", LOCAL},
    {"fedavgm",
     "{algorithm: fedavgm}, aggregation: {blocks: holders}, compression: {kind: top_k, k: 0.2}, "
     "attack: {kind: ipm, who: 0.4}",
     LOCAL},
    {"fedavgm",
     "{algorithm: fedavgm}, compression: {kind: top_k, k: 0.3}, privacy: {clip: 0.1, z: 0}, "
     "on_nonfinite: exclude",
     LOCAL},
};

static struct fray_comm *self; /* this rank alone */

/* The example's own number of clients, or this one. */
static const char *cohort_of(const char *local, const char *other) {
  return strncmp(local, "clients_per_round", 17) == 0 ? "" : other;
}

static void open_scene(struct scene *s, const char *local, const char *server, const char *more) {
  char training[640];
  snprintf(training, sizeof training, "{rounds: %d, %s%s, server: %s%s}", ROUNDS,
           cohort_of(local, "clients_per_round: 4, "), local, server, more);
  open_model_scene(s, MODEL("4"), training, "{every: 2, metrics: [accuracy, nll]}");
}

static void run(struct scene *s, struct fray_comm *comm, struct fray_outcome *out) {
  struct fray_federation f = s->f;
  f.comm = comm;
  OK(fray_federate(&f, &s->arena, out, &err));
}

static size_t total_of(const struct scene *s) {
  return fray_model_params(s->model)->total;
}

static void same_bytes(const char *what, const char *law, const struct scene *s, const float *x,
                       const float *y) {
  if (memcmp(x, y, total_of(s) * sizeof *x) != 0)
    fail_msg("%s: %s", what, law);
}

/* Sums in another order: roundings of float32 (6e-8), which a contrast at temperature .1 passes on
 * tenfold. A law that does not hold is off by more than a thousandth. */
static void near(const char *what, const char *law, const struct scene *s, const float *x,
                 const float *y) {
  double worst = 0, scale = 0;
  for (size_t i = 0; i < total_of(s); i++) {
    const double off = fabs((double)x[i] - (double)y[i]);
    worst = off > worst || isnan(off) ? off : worst;
    scale = fmax(scale, fabs((double)y[i]));
  }
  if (!(worst <= 3e-6 * scale))
    fail_msg("%s: %s: off by %g of %g", what, law, worst, scale);
}

/* ---- laws over the list ---- */

/* As many clones of one client as one likes are that client: their batches are all that it has, so
 * the order of samples is no difference between them. */
static void clones_are_one(const char *server, const char *local) {
  struct scene many, one;
  struct fray_outcome of_many, of_one;
  static const char model[] =
      "{fusion: concat, hidden: 4, head: 4, dropout: 0, encoders: {f: {kind: "
      "mlp, units: 4}}}";
  char training[640];
  snprintf(training, sizeof training, "{rounds: 4, %s%s, server: %s}",
           cohort_of(local, "clients_per_round: 1.0, "), local, server);
  memcpy(strstr(training, "batch: 3"), "batch: 9", 8);
  open_model_scene(&many, model, training, "{metrics: [accuracy]}");
  open_model_scene(&one, model, training, "{metrics: [accuracy]}");
  for (size_t c = 0; c < CLIENTS; c++) {
    many.first[c] = one.first[c] = 0;
    many.count[c] = one.count[c] = EACH;
  }
  one.clients.n = 1;
  run(&many, world, &of_many);
  run(&one, world, &of_one);
  near(server, "clones are not one of them", &many, of_many.last, of_one.last);
  close_scene(&many);
  close_scene(&one);
}

/* Who took part is counted alike, where that is simulated. */
static void same_visits(const char *what, const struct fray_outcome *a,
                        const struct fray_outcome *b) {
  if (!a->visits != !b->visits ||
      (a->visits && (memcmp(a->visits, b->visits, CLIENTS * sizeof *a->visits) != 0 ||
                     memcmp(a->trained, b->trained, CLIENTS * sizeof *a->trained) != 0)))
    fail_msg("%s: other clients took part", what);
}

/* Clients are known by their source; their numbers mean nothing. */
static void order_does_not_matter(const char *server, const char *local) {
  struct scene s, turned;
  struct fray_outcome out, other;
  uint64_t source[CLIENTS];
  open_scene(&s, local, server, "");
  open_scene(&turned, local, server, "");
  for (size_t c = 0; c < CLIENTS; c++) {
    const size_t from = (c * 4 + 3) % CLIENTS;
    source[c] = s.clients.source[from];
    turned.first[c] = s.first[from];
    turned.count[c] = s.count[from];
  }
  turned.clients.source = source;
  run(&s, world, &out);
  run(&turned, world, &other);
  same_bytes(server, "the order of clients counts", &s, out.last, other.last);
  close_scene(&s);
  close_scene(&turned);
}

static void ranks_do_not_matter(const char *server, const char *local) {
  struct scene s;
  struct fray_outcome together, alone;
  open_scene(&s, local, server, "");
  run(&s, world, &together);
  run(&s, self, &alone);
  same_bytes(server, "the number of ranks counts", &s, together.last, alone.last);
  same_bytes(server, "the number of ranks counts", &s, together.best, alone.best);
  assert_memory_equal(together.row, alone.row, ROUNDS * sizeof *alone.row);
  same_visits(server, &together, &alone);
  close_scene(&s);
}

/* An update of nobody moves nothing as long as the server's state is zeros. */
static void nothing_comes_of_nothing(const char *server, const char *local) {
  struct scene s;
  float zeros[3][8] = {{0}}, state[3][8] = {{0}}, w[8];
  const float *mean[3] = {zeros[0], zeros[1], zeros[2]};
  float *states[3] = {state[0], state[1], state[2]};
  open_scene(&s, local, server, "");
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&s.training.server);
  const struct fray_server_round r = {.round = 1, .clients = CLIENTS, .local_lr = 0.1};
  assert_true(ops->server_vectors <= 3 && ops->up <= 2 && ops->down <= ops->server_vectors);
  for (size_t i = 0; i < 8; i++)
    w[i] = (float)i - 3.5f;
  ops->step(s.training.server.algorithm.params, &r, 8, mean, w, states);
  for (size_t i = 0; i < 8; i++)
    if (!(w[i] == (float)i - 3.5f))
      fail_msg("%s: moves without an update", server);
  close_scene(&s);
}

/* Steps of length 0 lead nowhere, whatever is added to the gradient. */
static void no_step_no_update(const char *server, const char *local) {
  struct scene s;
  struct fray_trainer trainer;
  struct fray_client_result result;
  enum { MOST = 4, NUMBERS = 16 };
  float *vector[3][MOST];
  double number[NUMBERS] = {0}, word[NUMBERS * CLIENTS] = {0};
  open_scene(&s, local, server, "");
  const size_t total = total_of(&s);
  struct fray_local_config config = s.training.local;
  config.lr = 0;
  for (size_t i = 0; i < 3; i++)
    for (size_t k = 0; k < MOST; k++)
      vector[i][k] = fray_arena_zero(&s.arena, total, sizeof(float));
  float *w = fray_arena_zero(&s.arena, total, sizeof *w);
  fray_param_init(fray_model_params(s.model), 5, w);
  for (size_t i = 0; i < total; i++) /* a server that has been at work */
    vector[0][0][i] = w[i] / 2;
  const struct fray_client client = fray_client_of(&s.clients, 1);
  struct fray_visit v = {.algorithm = &s.training.server.algorithm,
                         .source = client.source,
                         .seed = 5,
                         .round = 2,
                         .data = client.data,
                         .work = 1,
                         .global = w,
                         .down = (const float *const *)vector[0],
                         .server = word,
                         .kept = vector[1],
                         .kept_samples = vector[1][MOST - 1],
                         .up = vector[2],
                         .number = number};
  OK(fray_trainer_start(&trainer, s.model, s.features, 1, &config, &err));
  OK(fray_client_visit(&trainer, &v, &result, &err));
  assert_int_equal(v.step, v.steps);
  for (size_t i = 0; i < total; i++)
    if (!(v.up[0][i] == 0))
      fail_msg("%s: moves with a step size of 0", server);
  fray_trainer_end(&trainer);
  close_scene(&s);
}

/* ---- kill and resume ---- */

/* Stopped after a round, gone on with by all ranks and by one alone: the same to the byte. */
static void a_kill_does_not_matter(const char *server, const char *local) {
  struct scene s;
  struct fray_outcome whole, out = {0};
  open_scene(&s, local, server, "");
  run(&s, world, &whole);
  /* On one rank after some rounds; on several after one, and with all of them and one alone. */
  const bool single = fray_comm_size(world) == 1;
  for (size_t round = single ? 1 : 3; round < (single ? ROUNDS : 4u); round += 2)
    for (int alone = 0; alone < (single ? 1 : 2); alone++) {
      struct keeper k = {.stop = round};
      struct fray_err err = {0};
      forget_clients();
      if (run_with(&s, world, &k, false, &out, &err) != FRAY_STOPPED)
        fail_msg("%s: %s", server, err.text);
      share(&k);
      k.stop = 0;
      if (alone && fray_comm_rank(world) != 0)
        continue;
      if (run_with(&s, alone ? self : world, &k, true, &out, &err) != FRAY_OK)
        fail_msg("%s: %s", server, err.text);
      same_bytes(server, "a kill counts", &s, whole.last, out.last);
      same_bytes(server, "a kill counts", &s, whole.best, out.best);
      assert_memory_equal(whole.row, out.row, ROUNDS * sizeof *out.row);
      same_visits(server, &whole, &out);
    }
  forget_clients();
  close_scene(&s);
}

static void every_algorithm_keeps_the_laws(void **state) {
  (void)state;
  for (size_t a = 0; a < fray_algorithms.n; a++) {
    size_t n = 0;
    for (size_t e = 0; e < FRAY_COUNT(examples); e++) {
      const char *server = examples[e].server, *local = examples[e].local;
      if (strcmp(examples[e].algorithm, fray_algorithms.v[a]->name) != 0)
        continue;
      n++;
      /* What has nothing to do with ranks is asked on one. */
      if (fray_comm_size(world) == 1) {
        /* Clones that are away are not those that are there; and they draw what is theirs, or
         * choose by what rounding made of them. */
        if (!strstr(server, "availability") && !strstr(server, "compression"))
          clones_are_one(server, local);
        order_does_not_matter(server, local);
        nothing_comes_of_nothing(server, local);
        no_step_no_update(server, local);
      } else {
        ranks_do_not_matter(server, local);
      }
      a_kill_does_not_matter(server, local);
    }
    if (n == 0)
      fail_msg("the algorithm %s has no line of example parameters", fray_algorithms.v[a]->name);
  }
}

#include "hidden_sums.h"

/* ---- laws of single ones ---- */

/* The model after `rounds` of clients_per_round of all, in the caller's arena. */
static float *model_of(struct scene *s, const char *local, const char *server) {
  struct fray_outcome out;
  open_scene(s, local, server, "");
  run(s, world, &out);
  return out.last;
}

static void fedprox_without_a_pull_is_fedavg(void **state) {
  (void)state;
  struct scene a, b, c, d, e;
  const char *one_step = "local: {epochs: 1, batch: 9, lr: 0.1, momentum: 0.5}";
  const float *fedavg = model_of(&a, LOCAL, "{algorithm: fedavg}");
  same_bytes("fedprox", "mu 0 is not fedavg", &a, fedavg,
             model_of(&b, LOCAL, "{algorithm: fedprox, mu: 0}"));
  const float *step = model_of(&c, one_step, "{algorithm: fedavg}");
  same_bytes("fedprox", "one local step is not fedavg", &c, step,
             model_of(&d, one_step, "{algorithm: fedprox, mu: 3}"));
  const float *pulled = model_of(&e, LOCAL, "{algorithm: fedprox, mu: 0.3}");
  assert_memory_not_equal(pulled, fedavg, total_of(&a) * sizeof *fedavg);
  close_scene(&a), close_scene(&b), close_scene(&c), close_scene(&d), close_scene(&e);
}

/* All controls are zeros in the first round, and clients of equal size have equal weight. */
static void scaffold_begins_as_unweighted_fedavg(void **state) {
  (void)state;
  struct scene s, t;
  struct fray_outcome out, other;
#define ONE_ROUND(name)                                                                            \
  "{rounds: 1, clients_per_round: 5, " PLAIN ", server: {algorithm: " name "}}"
  open_model_scene(&s, MODEL("4"), ONE_ROUND("fedavg"), "{metrics: [accuracy]}");
  open_model_scene(&t, MODEL("4"), ONE_ROUND("scaffold"), "{metrics: [accuracy]}");
  for (size_t c = 0; c < CLIENTS; c++)
    s.count[c] = t.count[c] = EACH;
  run(&s, world, &out);
  run(&t, world, &other);
  near("scaffold", "does not begin as fedavg", &s, other.last, out.last);
  close_scene(&s);
  close_scene(&t);
}

/* Clients of one size each, over which weights by samples are all alike. */
static float *even_model(struct scene *s, const char *training) {
  struct fray_outcome out;
  open_model_scene(s, MODEL("4"), training, "{metrics: [accuracy]}");
  for (size_t c = 0; c < CLIENTS; c++)
    s->count[c] = EACH;
  run(s, world, &out);
  return out.last;
}

/* With these parameters a method is fedavg, to the byte. */
static void some_parameters_make_it_fedavg(void **state) {
  (void)state;
  static const struct {
    const char *server, *rounds;
  } each[] = {{"{algorithm: qfedavg, q: 0}", "rounds: 4, clients_per_round: 5"},
              {"{algorithm: afl, lr_lambda: 0}", "rounds: 4, clients_per_round: 1.0"},
              {"{algorithm: moon, mu: 0}", "rounds: 4, clients_per_round: 5"},
              {"{algorithm: moon, mu: 10}", "rounds: 1, clients_per_round: 5"},
              {"{algorithm: fedrs, alpha: 1, bias: true}", "rounds: 4, clients_per_round: 5"},
              {"{algorithm: fednova}", "rounds: 4, clients_per_round: 5"}};
  for (size_t i = 0; i < FRAY_COUNT(each); i++) {
    struct scene s, t;
    char ours[300], theirs[300];
    snprintf(ours, sizeof ours, "{%s, " PLAIN ", server: %s}", each[i].rounds, each[i].server);
    snprintf(theirs, sizeof theirs, "{%s, " PLAIN ", server: {algorithm: fedavg}}", each[i].rounds);
    const float *w = even_model(&s, ours);
    same_bytes(each[i].server, "is not fedavg", &s, w, even_model(&t, theirs));
    close_scene(&s);
    close_scene(&t);
  }
}

/* A coder that leaves nothing out is none, to the byte, with rows but for what they cost; one that
 * leaves something out makes another model, and its error makes another one than if it had been
 * lost. */
static void all_values_are_no_compression(void **state) {
  (void)state;
  struct scene s, t, u, v;
  const float *plain = model_of(&s, LOCAL, "{algorithm: fedavg}");
  const float *all = model_of(&t, LOCAL, "{algorithm: fedavg}, compression: {kind: top_k, k: 1.0}");
  same_bytes("all values", "are not those without a coder", &s, plain, all);
  const float *some = model_of(&u, LOCAL, "{algorithm: fedavg}, compression: {kind: top_k, k: 1}");
  assert_memory_not_equal(plain, some, total_of(&s) * sizeof *plain);
  const float *zero = model_of(&v, LOCAL, "{algorithm: fedavg}, compression: uncompressed");
  same_bytes("uncompressed", "is not what it was", &s, plain, zero);
  close_scene(&s), close_scene(&t), close_scene(&u), close_scene(&v);
}

/* All that the model moved lies on one grid: 0, or one length. */
static void moved_by_one_length(const char *training, size_t round, double staleness) {
  struct scene s;
  struct fray_outcome out;
  double most = 0;
  open_model_scene(&s, MODEL("4"), training, "{metrics: [accuracy]}");
  run(&s, world, &out);
  assert_int_equal(out.rounds, round);
  assert_true(isnan(staleness) || out.row[round - 1].staleness == staleness);
  float *first = fray_arena_zero(&s.arena, total_of(&s), sizeof *first);
  fray_param_init(fray_model_params(s.model), 5, first);
  for (size_t i = 0; i < total_of(&s); i++)
    most = fmax(most, fabs((double)out.last[i] - (double)first[i]));
  assert_true(most > 1e-3);
  for (size_t i = 0; i < total_of(&s); i++) {
    const double moved = fabs((double)out.last[i] - (double)first[i]);
    if (!(moved < 1e-6 || fabs(moved - most) < 1e-6))
      fail_msg("%s: value %zu moved by %g, another one by %g", training, i, moved, most);
  }
  close_scene(&s);
}

/* An answer to an older model is coded as its client saw it: the server ends where that model and
 * what was sent lead, whatever came between. And what a liar sends is coded like all else. */
static void what_is_sent_is_coded(void **state) {
  (void)state;
  moved_by_one_length(
      "{rounds: 2, clients_per_round: 3, " LOCAL
      ", server: {algorithm: fedasync, alpha: 1, rho: 0, "
      "staleness: constant}, compression: {kind: qsgd, bits: 2}, availability: {time: {kind: "
      "devices, classes: {all: {seconds_per_sample: 1, spread: 0.01}}}}}",
      2, 1);
  moved_by_one_length("{rounds: 1, clients_per_round: 1, " LOCAL
                      ", compression: sign, attack: {kind: gaussian_update, who: 1.0}}",
                      1, NAN);
}

/* ... and with others it is not. */
static void others_do_not(void **state) {
  (void)state;
  static const char *const each[] = {
      "{algorithm: qfedavg, q: 1}",  "{algorithm: afl, lr_lambda: 0.5}",
      "{algorithm: moon, mu: 1}",    "{algorithm: groupdro, group: third, eta: 1}",
      "{algorithm: fedrs}",          "{algorithm: feddyn}",
      "{algorithm: fedadam, lr: 1}", "{algorithm: fedprox}"};
#define ALL "{rounds: 3, clients_per_round: 1.0, " PLAIN ", server: %s}"
  struct scene t;
  char text[300];
  snprintf(text, sizeof text, ALL, "{algorithm: fedavg}");
  const float *plain = even_model(&t, text);
  for (size_t i = 0; i < FRAY_COUNT(each); i++) {
    struct scene s;
    snprintf(text, sizeof text, ALL, each[i]);
    const float *ours = even_model(&s, text);
    if (memcmp(ours, plain, total_of(&s) * sizeof *plain) == 0)
      fail_msg("%s is fedavg", each[i]);
    close_scene(&s);
  }
  close_scene(&t);
}

/* Two federations of the same clients end alike, up to rounding. clients: of the nine. */
static void end_alike(const char *ours, const char *theirs, size_t clients) {
  struct scene s, t;
  struct fray_outcome a, b;
  open_model_scene(&s, MODEL("4"), ours, "{metrics: [accuracy]}");
  open_model_scene(&t, MODEL("4"), theirs, "{metrics: [accuracy]}");
  s.clients.n = t.clients.n = clients;
  run(&s, world, &a);
  run(&t, world, &b);
  near(ours, theirs, &s, a.last, b.last);
  close_scene(&s);
  close_scene(&t);
}

#define ROUNDS_OF(rounds, server)                                                                  \
  "{rounds: " rounds ", clients_per_round: 1.0, " PLAIN ", server: " server "}"

/* Clients of uneven sizes: scaffold's first round is the unweighted mean, as q = 0 is. Alone a
 * client has no drift: the server's control is its own. Groups as large as each other weigh alike.
 */
static void some_ends_are_others(void **state) {
  (void)state;
  static const char mean[] = ROUNDS_OF("1", "{algorithm: qfedavg, q: 0}");
  static const char alone[] = ROUNDS_OF("4", "{algorithm: fedavg}");
  end_alike(ROUNDS_OF("1", "{algorithm: scaffold}"), mean, CLIENTS);
  end_alike(ROUNDS_OF("1", "{algorithm: scaffold, option: 1}"), mean, CLIENTS);
  end_alike(ROUNDS_OF("1", "{algorithm: afl, lr_lambda: 3}"), mean, CLIENTS);
  end_alike(ROUNDS_OF("4", "{algorithm: scaffold}"), alone, 1);
  end_alike(ROUNDS_OF("4", "{algorithm: afl, lr_lambda: 3}"), alone, 1);
  end_alike(ROUNDS_OF("4", "{algorithm: groupdro, group: third, eta: 3}"), alone, 1);
  end_alike(ROUNDS_OF("4", "{algorithm: groupdro, group: third, eta: 0}"),
            ROUNDS_OF("4", "{algorithm: qfedavg, q: 0}"), 3);
}

/* All take part once: clients train as fedprox's, and the served model goes twice as far as their
 * mean, since h is minus alpha times all of that. */
static void feddyn_begins_as_fedprox_twice(void **state) {
  (void)state;
  struct scene s, t;
#define ONCE(server) "{rounds: 1, clients_per_round: 1.0, " PLAIN ", server: " server "}"
  float *ours = even_model(&s, ONCE("{algorithm: feddyn, alpha: 0.3}"));
  float *theirs = even_model(&t, ONCE("{algorithm: fedprox, mu: 0.3}"));
  float *first = fray_arena_zero(&s.arena, total_of(&s), sizeof *first);
  fray_param_init(fray_model_params(s.model), 5, first);
  for (size_t i = 0; i < total_of(&s); i++)
    theirs[i] = first[i] + 2 * (theirs[i] - first[i]);
  near("feddyn", "does not begin as fedprox", &s, ours, theirs);
  close_scene(&s);
  close_scene(&t);
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
  const char *const end = "weight_decay: 0, clip_norm: 0}, server: {algorithm: scaffold}}";
  char text[300];
  snprintf(text, sizeof text, "{local: {momentum: 0.9, %s", end);
  refuses(text, "has momentum");
  snprintf(text, sizeof text, "{local: {optimiser: adam, %s", end);
  refuses(text, "the optimiser adam");
  refuses("{local: {momentum: 0, clip_norm: 0}, server: {algorithm: scaffold}}", "weight_decay");
  refuses("{local: {momentum: 0, weight_decay: 0}, server: {algorithm: scaffold}}", "clip_norm 10");
  refuses("{server: {algorithm: scaffold, option: 1, compat: true}}", "compat");
  refuses("{server: {algorithm: scaffold, option: 1}, aggregation: {rule: median}}", "median");
  refuses("{server: {algorithm: fedavg, keep: disk}}", "keep");
  refuses("{local: {momentum: 0, clip_norm: 0}, server: {algorithm: feddyn}}", "weight_decay");
  refuses("{local: {optimiser: adam}, server: {algorithm: feddyn, compat: authors}}", "adam");
  refuses("{local: {momentum: 0.9}, server: {algorithm: feddyn, compat: authors}}", "has momentum");
  refuses("{clients_per_round: 5, server: {algorithm: afl}}", "clients_per_round: 1.0");
  refuses("{clients_per_round: 0.5, server: {algorithm: afl}}", "every client in every round");
  refuses("{cohorts: some.csv, server: {algorithm: afl}}", "without cohorts");
  refuses("{server: {algorithm: groupdro}}", "group");
  refuses("{local: {loss: bce}, server: {algorithm: fedrs}}", "bce, of sets of classes");
  refuses("{local: {loss: bce}, clients_per_round: 1.0, server: {algorithm: fednoro}}", "bce");
  refuses("{local: {loss: gce}, clients_per_round: 1.0, server: {algorithm: fednoro}}",
          "two corrections of one fault");
  refuses("{clients_per_round: 1.0, server: {algorithm: fednoro, begin: 49}}", "must end later");
  refuses("{clients_per_round: 4, server: {algorithm: fednoro}}", "every client in every round");
  refuses("{local: {optimiser: adam, weight_decay: 0, clip_norm: 0}, server: {algorithm: fednova}}",
          "adam");
#define WITH_MEDIAN(name) "{" PLAIN ", server: {algorithm: " name "}, aggregation: {rule: median}}"
  refuses(WITH_MEDIAN("fednova"), "judges updates by their lengths");
  refuses(WITH_MEDIAN("feddyn"), "goes with the mean only");
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK ||
      fray_comm_split(world, fray_comm_rank(world), &self, &err) != FRAY_OK)
    return 1;
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_algorithm_keeps_the_laws),
      cmocka_unit_test(sums_are_all_that_is_seen),
      cmocka_unit_test(who_looks_at_single_clients_is_refused),
      cmocka_unit_test(lost_rounds_count_nobody),
      cmocka_unit_test(fedprox_without_a_pull_is_fedavg),
      cmocka_unit_test(scaffold_begins_as_unweighted_fedavg),
      cmocka_unit_test(some_parameters_make_it_fedavg),
      cmocka_unit_test(others_do_not),
      cmocka_unit_test(all_values_are_no_compression),
      cmocka_unit_test(what_is_sent_is_coded),
      cmocka_unit_test(some_ends_are_others),
      cmocka_unit_test(feddyn_begins_as_fedprox_twice),
      cmocka_unit_test(what_does_not_go_together_is_refused),
  };
  int failed = cmocka_run_group_tests(tests, set_up, tear_down);
  fray_comm_free(self);
  fray_comm_finish(world);
  return failed;
}
