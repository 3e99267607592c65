/* Six rounds of a small federation of softmax regressions with given cohorts and batches, computed
 * apart from fray in float64 from the papers' formulas: clients' models, global models and what
 * clients and server keep must agree in each round to 1e-5 of the largest value (in float32 the
 * reference itself drifts by 3e-8 to 3e-7). tests/fixtures/fed_softmax.h5. */
#include "softmax_scene.h"

/* Where the reference keeps a state, and where the method does. */
struct held {
  const char *dataset;
  enum { SERVER, CLIENT, NUMBERS } with;
  size_t k;      /* vector */
  size_t n;      /* NUMBERS: how many */
  bool before;   /* the reference has the state before round 0 as well, or each of rounds */
  double factor; /* that makes theirs of ours; 0: 1 */
};

static void compare_numbers(const char *what, size_t round, size_t n, const double *ours,
                            const double *theirs) {
  for (size_t i = 0; i < n; i++)
    if (!(fabs(ours[i] - theirs[i]) <= 1e-5 * largest(theirs, n)))
      fail_msg("%s, round %zu: number %zu is %.9g, not %.9g", what, round, i, ours[i], theirs[i]);
}

/* What a client keeps, as its own model if it has one: that is something before it ever came. */
static const float *kept_of(struct federation *f, size_t c, size_t k) {
  struct scene *s = &f->s;
  if (!f->ops->personal)
    return f->kept[c][k];
  float *w = take(s, s->table->total, sizeof *w);
  const struct fray_own_model of = {.table = s->table,
                                    .global = f->w,
                                    .initial = f->initial,
                                    .kept = f->kept[c],
                                    .came = f->came[c]};
  f->ops->personal(f->training.server.algorithm.params, &of, w);
  return w;
}

/* What server and clients keep after the round. A client's state is compared relative to the
 * largest of all clients. */
static void compare_held(struct federation *f, const char *group, size_t round,
                         const struct held *held) {
  struct scene *s = &f->s;
  const size_t row = round + held->before, P = s->table->count;
  const double factor = held->factor != 0 ? held->factor : 1;
  const double *theirs = reals(s, fray_arena_printf(&s->arena, "%s/%s", group, held->dataset));
  if (held->with == NUMBERS)
    compare_numbers(held->dataset, round, held->n, f->number, theirs + row * held->n);
  if (held->with == SERVER)
    compare(s, held->dataset, round, 0, f->state[held->k], factor, theirs + row * P,
            largest(theirs + row * P, P));
  const double *each = theirs + row * CLIENTS * P;
  for (size_t c = 0; held->with == CLIENT && c < CLIENTS; c++)
    compare(s, held->dataset, round, c, kept_of(f, c, held->k), factor, each + c * P,
            largest(each, CLIENTS * P));
}

/* What a client says beside its update, against a row of the reference with a number for each. */
static void compare_said(struct federation *f, const char *group, const char *dataset,
                         size_t number, size_t round) {
  const double *theirs =
      reals(&f->s, fray_arena_printf(&f->s.arena, "%s/%s", group, dataset)) + round * CLIENTS;
  for (size_t c = 0; c < CLIENTS; c++) {
    const double ours = f->said[c][number];
    if (!isnan(theirs[c]) && f->is_here[c] && !(fabs(ours - theirs[c]) <= 1e-5 * fabs(theirs[c])))
      fail_msg("%s/%s, round %zu, client %zu: says %.9g, not %.9g", group, dataset, round, c, ours,
               theirs[c]);
  }
}

/* Of scaffold c is the mean of c_k, of feddyn h that of G_k: over all clients, those that never
 * came too. */
static void controls_are_a_mean(struct federation *f, const char *group, size_t round) {
  (void)group, (void)round;
  for (size_t i = 0; i < f->s.table->total; i++) {
    double mean = 0, scale = 0;
    for (size_t k = 0; k < CLIENTS; k++) {
      mean += (double)f->kept[k][0][i] / CLIENTS;
      scale = fmax(scale, fabs((double)f->kept[k][0][i]));
    }
    assert_true(fabs(mean - (double)f->state[0][i]) <= 1e-6 * fmax(scale, 1e-3));
  }
}

/* A group of the fixture may leave the given cohorts aside. */
static bool all_take_part(const double *models, size_t P) {
  bool all = true;
  for (size_t c = 0; c < CLIENTS; c++)
    all = all && !isnan(models[c * P]);
  return all;
}

/* training: the keys beside the batch, rate and epochs of the fixture. */
static void follow_of(const struct reference *reference, const char *group, bool uneven,
                      const char *local, const char *server, const struct held *held, size_t n_held,
                      void (*law)(struct federation *, const char *group, size_t round)) {
  struct federation f;
  struct scene *s = &f.s;
  char yaml[512];
  snprintf(yaml, sizeof yaml, "{local: {batch: 4, lr: 0.1, epochs: 2, %s}, server: %s}", local,
           server);
  start(&f, reference, yaml);
  const size_t P = s->table->count;
  const double *global = reals(s, fray_arena_printf(&s->arena, "%s/global", group));
  const double *models = reals(s, fray_arena_printf(&s->arena, "%s/local", group));
  size_t many;
  const int64_t *epochs = integers(s, "epochs_uneven", &many);
  for (size_t round = 0; round < ROUNDS; round++) {
    char path[64];
    size_t n;
    double weight[CLIENTS];
    float *w = take(s, s->table->total, sizeof *w);
    static const int64_t everybody[CLIENTS] = {0, 1, 2, 3, 4, 5};
    memset(f.is_here, 0, sizeof f.is_here);
    snprintf(path, sizeof path, "cohort/%zu", round);
    const int64_t *cohort = integers(s, path, &n);
    if (all_take_part(models + round * CLIENTS * P, P)) {
      cohort = everybody;
      n = CLIENTS;
    }
    const double scale = largest(global + (round + 1) * P, P);
    for (size_t i = 0; i < n; i++) {
      const size_t c = (size_t)cohort[i];
      weight[i] = visit(&f, round, c, uneven ? (size_t)epochs[round * CLIENTS + c] : 2);
      for (size_t k = 0; k < s->table->total; k++)
        w[k] = f.w[k] + f.up[c][0][k];
      compare(s, group, round, c, w, 1, models + (round * CLIENTS + c) * P, scale);
    }
    combine(&f, round, cohort, n, weight);
    compare(s, group, round, 99, f.w, 1, global + (round + 1) * P, scale);
    for (size_t k = 0; k < n_held; k++)
      compare_held(&f, group, round, &held[k]);
    if (law)
      law(&f, group, round);
  }
  end(&f);
}

static void follow_with(const char *group, bool uneven, const char *local, const char *server,
                        const struct held *held, size_t n_held,
                        void (*law)(struct federation *, const char *group, size_t round)) {
  follow_of(&softmax, group, uneven, local, server, held, n_held, law);
}

static void follow(const char *group, bool uneven, const char *local, const char *server) {
  follow_with(group, uneven, local, server, NULL, 0, NULL);
}

#define PLAIN "momentum: 0, weight_decay: 0, clip_norm: 0"

static void fedavg(void **state) {
  (void)state;
  follow("fedavg", false, PLAIN, "{algorithm: fedavg}");
  follow("fedavg_uneven", true, PLAIN, "{algorithm: fedavg}");
  follow("fedavg_local_momentum", false, "momentum: 0.9, weight_decay: 1e-3, clip_norm: 0",
         "{algorithm: fedavg}");
  follow("fedavg_clip", false, "momentum: 0, weight_decay: 0, clip_norm: 0.5",
         "{algorithm: fedavg}");
}

static void fedavgm(void **state) {
  (void)state;
  follow("fedavgm", false, PLAIN, "{algorithm: fedavgm, lr: 0.5, momentum: 0.9}");
}

static void fedprox(void **state) {
  (void)state;
  follow("fedprox", false, PLAIN, "{algorithm: fedprox, mu: 0.1}");
  follow("fedprox_uneven", true, PLAIN, "{algorithm: fedprox, mu: 1}");
}

static void scaffold(void **state) {
  (void)state;
  static const struct held held[] = {{"c", SERVER, 0, 0, true, 1},
                                     {"c_client", CLIENT, 0, 0, true, 1}};
  static const struct {
    const char *group, *server;
  } each[] = {{"scaffold", "{algorithm: scaffold}"},
              {"scaffold_lr_half", "{algorithm: scaffold, lr: 0.5}"},
              {"scaffold_option1", "{algorithm: scaffold, option: 1}"},
              {"scaffold_uneven", "{algorithm: scaffold}"}};
  for (size_t i = 0; i < FRAY_COUNT(each); i++)
    follow_with(each[i].group, i == 3, PLAIN, each[i].server, held, FRAY_COUNT(held),
                controls_are_a_mean);
}

/* ||a_k||_1, and the steps that it is of. */
static void lengths_are_theirs(struct federation *f, const char *group, size_t round) {
  const double *tau = reals(&f->s, fray_arena_printf(&f->s.arena, "%s/tau", group));
  compare_said(f, group, "a_norm", 0, round);
  for (size_t c = 0; c < CLIENTS; c++)
    assert_true(!f->is_here[c] || (double)f->member[c].steps == tau[round * CLIENTS + c]);
}

static void fednova(void **state) {
  (void)state;
  static const char momentum[] = "momentum: 0.9, weight_decay: 0, clip_norm: 0";
  follow_with("fednova", true, PLAIN, "{algorithm: fednova}", NULL, 0, lengths_are_theirs);
  follow_with("fednova_equal", false, PLAIN, "{algorithm: fednova}", NULL, 0, lengths_are_theirs);
  follow_with("fednova_momentum", true, momentum, "{algorithm: fednova}", NULL, 0,
              lengths_are_theirs);
  follow_with("fednova_prox", true, PLAIN, "{algorithm: fednova, mu: 0.5}", NULL, 0,
              lengths_are_theirs);
}

static void adaptive_servers(void **state) {
  (void)state;
  static const struct held held[] = {{"server_m", SERVER, 0, 0, false, 1},
                                     {"server_v", SERVER, 1, 0, false, 1}};
  static const struct {
    const char *group, *server;
  } each[] = {{"fedadam", "{algorithm: fedadam, lr: 0.03}"},
              {"fedadam_v0_zero", "{algorithm: fedadam, lr: 0.03, v0: zero}"},
              {"fedyogi", "{algorithm: fedyogi, lr: 0.03}"},
              {"fedadagrad", "{algorithm: fedadagrad, lr: 0.03}"}};
  for (size_t i = 0; i < FRAY_COUNT(each); i++)
    follow_with(each[i].group, false, PLAIN, each[i].server, held, FRAY_COUNT(held), NULL);
}

/* The mean of the cohort's models, which the authors report as well, is the served model less what
 * the server keeps. */
static void served_less_kept_is_the_mean(struct federation *f, const char *group, size_t round) {
  struct scene *s = &f->s;
  const size_t P = s->table->count;
  const double *mean =
      reals(s, fray_arena_printf(&s->arena, "%s/mean_of_clients", group)) + round * P;
  float *ours = take(s, s->table->total, sizeof *ours);
  for (size_t i = 0; i < s->table->total; i++)
    ours[i] = f->w[i] - f->state[0][i];
  compare(s, "mean_of_clients", round, 99, ours, 1, mean, largest(mean, P));
  controls_are_a_mean(f, group, round);
}

static void feddyn(void **state) {
  (void)state;
  /* Sums of updates are kept: G_k = -alpha times them. */
  static const struct held paper[] = {{"h", SERVER, 0, 0, true, -0.1},
                                      {"grad_client", CLIENT, 0, 0, true, -0.1}};
  static const struct held authors[] = {{"local_sum", CLIENT, 0, 0, true, 1}};
  follow_with("feddyn", false, PLAIN, "{algorithm: feddyn, alpha: 0.1}", paper, FRAY_COUNT(paper),
              served_less_kept_is_the_mean);
  follow_with("feddyn_code", false, "momentum: 0, weight_decay: 0, clip_norm: 10",
              "{algorithm: feddyn, alpha: 0.1, compat: authors}", authors, FRAY_COUNT(authors),
              served_less_kept_is_the_mean);
}

/* F_k at the received model. */
static void losses_are_theirs(struct federation *f, const char *group, size_t round) {
  compare_said(f, group, "loss_received", 0, round);
}

/* And the sum that q-FedAvg divides by, from what clients say, by the paper's formula; q is in the
 * name of the group. */
static void sums_are_theirs(struct federation *f, const char *group, size_t round) {
  const double theirs = reals(&f->s, fray_arena_printf(&f->s.arena, "%s/h_sum", group))[round];
  const double q = strcmp(group, "qffl") == 0 ? 1 : group[6] - '0', L = 1 / f->local.lr;
  double sum = 0;
  for (size_t c = 0; c < CLIENTS; c++) {
    const double loss = f->said[c][0], square = L * L * f->said[c][1];
    if (f->is_here[c])
      sum += q * pow(loss, q - 1) * square + L * pow(loss, q);
  }
  assert_true(fabs(sum - theirs) <= 1e-5 * theirs);
  losses_are_theirs(f, group, round);
}

static void fair_means(void **state) {
  (void)state;
  static const struct held lambda[] = {{"lambda", NUMBERS, 0, CLIENTS, true, 1}};
  static const struct held q[] = {{"q", NUMBERS, 0, 3, true, 1}};
  follow_with("qffl", false, PLAIN, "{algorithm: qfedavg, q: 1}", NULL, 0, sums_are_theirs);
  follow_with("qffl_q2", false, PLAIN, "{algorithm: qfedavg, q: 2}", NULL, 0, sums_are_theirs);
  follow_with("qffl_q0", false, PLAIN, "{algorithm: qfedavg, q: 0}", NULL, 0, sums_are_theirs);
  follow_with("afl", false, PLAIN, "{algorithm: afl, lr_lambda: 0.1}", lambda, 1,
              losses_are_theirs);
  follow_with("groupdro", false, PLAIN, "{algorithm: groupdro, group: any, eta: 0.5}", q, 1,
              losses_are_theirs);
}

static void fedrs(void **state) {
  (void)state;
  follow("fedrs", false, PLAIN, "{algorithm: fedrs}");
  follow("fedrs_bias", false, PLAIN, "{algorithm: fedrs, bias: true}");
}

/* In round 1 nobody has a model of before: it is fedavg's. The client's model stays with it. */
static void keeps_its_last_model(struct federation *f, const char *group, size_t round) {
  struct scene *s = &f->s;
  const size_t P = s->table->count;
  const double *models = reals(s, fray_arena_printf(&s->arena, "%s/local", group));
  const double *plain = reals(s, "fedavg/global"), *ours = reals(s, "moon/global");
  for (size_t c = 0; c < CLIENTS; c++)
    for (size_t r = round + 1; r-- > 0;) {
      const double *last = models + (r * CLIENTS + c) * P;
      if (isnan(last[0]))
        continue;
      compare(s, "last model", round, c, f->kept[c][0], 1, last, largest(last, P));
      break;
    }
  for (size_t i = 0; round == 0 && i < P; i++)
    assert_true(fabs(plain[P + i] - ours[P + i]) < 1e-12);
}

static void moon(void **state) {
  (void)state;
  follow_of(&mlp, "fedavg", false, PLAIN, "{algorithm: fedavg}", NULL, 0, NULL);
  follow_of(&mlp, "moon", false, PLAIN, "{algorithm: moon, mu: 1, temperature: 0.5}", NULL, 0,
            keeps_its_last_model);
}

static void ditto(void **state) {
  (void)state;
  static const struct held held[] = {{"personal", CLIENT, 0, 0, true, 1}};
  follow_with("ditto", false, PLAIN, "{algorithm: ditto, lambda: 0.5}", held, 1, NULL);
}

/* Without a driver: clients' updates are clipped, added without weights, blurred by given noise,
 * and divided by a cohort that is not the one that came. */
static void dpfedavg(void **state) {
  (void)state;
  struct federation f;
  struct scene *s = &f.s;
  start(&f, &softmax, "{local: {batch: 4, lr: 0.1, epochs: 2, " PLAIN "}}");
  OK(fray_h5_close(s->file, &err));
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/fed_private.h5", &s->file, &err));
  const size_t P = s->table->count, total = s->table->total;
  const double *global = reals(s, "dpfedavg/global"), *models = reals(s, "dpfedavg/local"),
               *norm = reals(s, "dpfedavg/norm"), *normals = reals(s, "noise");
  const struct fray_privacy_plan plan = {.clip = *reals(s, "dpfedavg/clip"),
                                         .expected = *reals(s, "dpfedavg/expected"),
                                         .clients = CLIENTS,
                                         .mechanism = {.z = *reals(s, "dpfedavg/z")}};
  struct fray_span span[2];
  for (size_t i = 0; i < 2; i++)
    span[i] = (struct fray_span){s->table->v[i].offset, s->table->v[i].size};
  for (size_t round = 0; round < ROUNDS; round++) {
    const float *update[CLIENTS];
    double *padded = take(s, total, sizeof *padded);
    size_t n = 0;
    for (size_t i = 0, at = 0; i < 2; at += span[i++].n) /* in double, as given */
      memcpy(padded + span[i].offset, normals + round * P + at, span[i].n * sizeof *padded);
    from_theirs(s, global + round * P, f.w);
    for (size_t c = 0; c < CLIENTS; c++) {
      const double *theirs = models + (round * CLIENTS + c) * P;
      float *up = f.up[c][0];
      if (isnan(*theirs))
        continue;
      from_theirs(s, theirs, up);
      for (size_t k = 0; k < total; k++)
        up[k] -= f.w[k];
      assert_int_equal(fray_privacy_clip(&plan, total, up), norm[round * CLIENTS + c] > plan.clip);
      update[n++] = up;
    }
    OK(fray_privacy_mean(world, &plan, 1, round, total, n, update, 2, span, padded, &s->arena,
                         f.mean[0], &err));
    for (size_t k = 0; k < total; k++)
      f.w[k] += f.mean[0][k];
    compare(s, "dpfedavg", round, 99, f.w, 1, global + (round + 1) * P,
            largest(global + (round + 1) * P, P));
  }
  end(&f);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fedavg),   cmocka_unit_test(fedavgm),    cmocka_unit_test(fedprox),
      cmocka_unit_test(scaffold), cmocka_unit_test(fednova),    cmocka_unit_test(adaptive_servers),
      cmocka_unit_test(feddyn),   cmocka_unit_test(fair_means), cmocka_unit_test(fedrs),
      cmocka_unit_test(moon),     cmocka_unit_test(ditto),      cmocka_unit_test(dpfedavg),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), NULL, NULL);
}
