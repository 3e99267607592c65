/* What rounds say of their costs, by closed forms: bytes as papers have them, operations by hand,
 * and the same for any number of ranks. */
#include "fray/fed/cohort.h"
#include "fray/fed/schedule.h"
#include "scene.h"

#include <math.h>

struct sum {
  double down, up, flops, seconds;
  size_t updates;
};

static struct fray_comm *self; /* this rank alone */

static struct sum costs_on(struct scene *s, struct fray_comm *comm) {
  struct fray_federation f = s->f;
  struct fray_outcome out;
  struct sum sum = {0};
  f.comm = comm;
  OK(fray_federate(&f, &s->arena, &out, &err));
  assert_false(out.diverged);
  for (size_t i = 0; i < out.n_rows; i++) {
    sum.down += out.row[i].bytes_down;
    sum.up += out.row[i].bytes_up;
    sum.flops += out.row[i].flops;
    sum.seconds += out.row[i].seconds;
    sum.updates += out.row[i].cohort;
  }
  return sum;
}

/* On all ranks and on one: no number of ranks costs anything. */
static struct sum costs_of(struct scene *s) {
  const struct sum together = costs_on(s, world), alone = costs_on(s, self);
  assert_true(together.down == alone.down && together.up == alone.up);
  assert_true(together.flops == alone.flops);
  assert_int_equal(together.updates, alone.updates);
  return together;
}

static void opened(struct scene *s, const char *training) {
  open_model_scene(s, MODEL("4"), training, "{metrics: [accuracy]}");
}

/* 4 P down and up for each of 5 rounds' 4 clients. The model: mlp 5 -> 4 -> 4, head 4 -> 4 -> 3. */
static void fedavg_sends_the_model(void **state) {
  (void)state;
  enum { P = 5 * 4 + 4 + 4 * 4 + 4 + 4 * 4 + 4 + 4 * 3 + 3 };
  struct scene s;
  opened(&s, "{rounds: 5, clients_per_round: 4, " LOCAL "}");
  assert_int_equal(fray_model_params(s.model)->count, P);
  const struct sum sum = costs_of(&s);
  assert_int_equal(sum.updates, 20);
  assert_true(sum.down == 20 * 4 * P && sum.up == 20 * 4 * P);
  close_scene(&s);
}

/* Two epochs of everybody in each round: by hand, 2 operations for each weight and sample forward;
 * backward as many for the weights and, above the first layer, as many for what lies below. */
static void operations_follow_from_samples(void **state) {
  (void)state;
  enum { FIRST = 5 * 4, ABOVE = 4 * 4 + 4 * 4 + 4 * 3, EPOCHS = 2 };
  struct scene s;
  opened(&s, "{rounds: 3, clients_per_round: 1.0, " LOCAL "}");
  double samples = 0;
  for (size_t c = 0; c < CLIENTS; c++)
    samples += s.count[c];
  const struct sum sum = costs_of(&s);
  assert_true(sum.flops == 3 * EPOCHS * samples * 2 * (2 * FIRST + 3 * ABOVE));
  close_scene(&s);
}

/* What papers say of a client and round, in models of 4 P bytes down and up, and numbers of 8 bytes
 * beside the update; passes: forward passes for each training step. */
static const struct {
  const char *server;
  double down, up, numbers, passes;
} papers[] = {
    {"{algorithm: fedavg}", 1, 1, 0, 1},
    {"{algorithm: fedavgm}", 1, 1, 0, 1},
    {"{algorithm: fedadam}", 1, 1, 0, 1},
    {"{algorithm: fedprox, mu: 0.1}", 1, 1, 0, 1},
    {"{algorithm: fedrs}", 1, 1, 0, 1},
    {"{algorithm: scaffold}", 2, 2, 0, 1}, /* c comes down, and its change goes up: 8 P, 8 P */
    {"{algorithm: fednova}", 1, 1, 1, 1},  /* how much was done: the norm of a */
    {"{algorithm: feddyn, alpha: 0.1}", 1, 1, 0, 1},
    {"{algorithm: qfedavg, q: 1}", 1, 1, 2, 1.5}, /* its sums; the loss of the received model, once
                                                     for two epochs */
    /* dimension and share, and four that report what was found; a pass after two epochs */
    {"{algorithm: fedcorr, relabel_ratio: 0}", 1, 1, 6, 1.5},
    {"{algorithm: fednoro, warmup: 1}", 1, 1, 1 + CLASSES, 1.25}, /* a loss for each class, after
                                                                     one pass in the last round of
                                                                     two with two epochs each */
    {"{algorithm: moon}", 1, 1, 0, 2}, /* the received and the last model look on, two passes
                                          more, once there is a last one: in one round of two */
};

static void methods_send_what_papers_say(void **state) {
  (void)state;
  const double forward = 2.0 * (5 * 4 + 4 * 4 + 4 * 4 + 4 * 3);
  double plain = 0;
  for (size_t i = 0; i < FRAY_COUNT(papers); i++) {
    char training[512];
    snprintf(training, sizeof training,
             "{rounds: 2, clients_per_round: 1.0, local: {epochs: 2, batch: 3, lr: 0.1, momentum: "
             "0, weight_decay: 0, clip_norm: 0}, server: %s}",
             papers[i].server);
    struct scene s;
    opened(&s, training);
    const double model = 4 * (double)fray_model_params(s.model)->count, visits = 2 * CLIENTS;
    double samples = 0;
    for (size_t c = 0; c < CLIENTS; c++)
      samples += 2 * 2 * s.count[c]; /* rounds x epochs */
    const struct sum sum = costs_of(&s);
    plain = i ? plain : sum.flops;
    if (sum.down != visits * papers[i].down * model ||
        sum.up != visits * (papers[i].up * model + 8 * papers[i].numbers))
      fail_msg("%s: %g bytes down, %g up", papers[i].server, sum.down, sum.up);
    if (sum.flops != plain + (papers[i].passes - 1) * forward * samples)
      fail_msg("%s: %g operations beside %g of the first", papers[i].server, sum.flops, plain);
    close_scene(&s);
  }
}

/* By the formulas, of what travels: without the private head; what scaffold sends beside its update
 * goes whole. Links carry what is sent: their time is that of the bytes. */
static void coders_send_what_they_say(void **state) {
  (void)state;
  enum { P = 5 * 4 + 4 + 4 * 4 + 4 + 4 * 4 + 4 + 4 * 3 + 3 };
#define STEPS "local: {epochs: 1, batch: 3, momentum: 0, weight_decay: 0, clip_norm: 0}"
#define LINKS                                                                                      \
  ", availability: {time: {kind: devices, classes: {all: {seconds_per_sample: 1e-9, up: 1, "       \
  "down: 1e9, link_spread: 0}}}}"
  static const struct {
    const char *more;
    double up;
  } lines[] = {
      {"compression: uncompressed", 4 * P},
      {"compression: {kind: top_k, k: 5}", 5 * 5},
      {"compression: {kind: top_k, k: 0.1}, private: {blocks: [head]}", 5 * 5}, /* 4.4 of 44 */
      {"compression: {kind: qsgd, bits: 4}", (P + 1) / 2 + 4},
      {"compression: int8", P + 4},
      {"compression: sign", (P + 7) / 8 + 4},
      {"compression: sign, server: scaffold", (P + 7) / 8 + 4 + 4 * P},
      {"compression: sign, server: qfedavg", (P + 7) / 8 + 4 + 2 * 8},
  };
  for (size_t i = 0; i < FRAY_COUNT(lines); i++) {
    struct scene s;
    char training[512];
    snprintf(training, sizeof training, "{rounds: 2, clients_per_round: 3, %s, " STEPS LINKS "}",
             lines[i].more);
    opened(&s, training);
    const struct sum sum = costs_of(&s);
    assert_int_equal(sum.updates, 6);
    if (sum.up != 6 * lines[i].up)
      fail_msg("%s: %g bytes up in 6 updates, not %g each", lines[i].more, sum.up, lines[i].up);
    if (!(fabs(sum.seconds - 2 * lines[i].up) <= 1e-3))
      fail_msg("%s: %g s for two rounds of %g bytes", lines[i].more, sum.seconds, lines[i].up);
    close_scene(&s);
  }
}

/* Clients without the modality neither receive nor send its block: all but the head. */
static void blocks_that_are_not_held_stay_home(void **state) {
  (void)state;
  uint8_t has[SAMPLES];
  struct scene s;
  opened(&s, "{rounds: 2, clients_per_round: 1.0, aggregation: {blocks: holders}, " LOCAL "}");
  const struct fray_param_table *table = fray_model_params(s.model);
  double shared = 0, block = 0;
  for (size_t i = 0; i < SAMPLES; i++)
    has[i] = i / EACH < 3; /* 3 of 9 clients hold it */
  s.clients.data.present = has;
  for (size_t t = 0; t < table->n; t++)
    *(table->v[t].modality == FRAY_PARAM_SHARED ? &shared : &block) += (double)table->v[t].size;
  assert_true(shared > 0 && block > 0);
  const struct sum sum = costs_of(&s);
  if (sum.down != 2 * 4 * (CLIENTS * shared + 3 * block) || sum.up != sum.down)
    fail_msg("%g down, %g up, of %g shared and %g in the block", sum.down, sum.up, shared, block);
  close_scene(&s);
}

static size_t some_stay_away(void *state, uint64_t seed, size_t round, struct fray_invitation *out,
                             struct fray_gathering *about) {
  (void)state, (void)seed, (void)round;
  about->late = 1; /* one more, of whom nobody says who it was */
  for (uint32_t i = 0; i < 4; i++)
    out[i] = (struct fray_invitation){.client = i, .work = 1, .returns = i != 1};
  return 4;
}

/* What clients keep for themselves is never sent. */
static void private_blocks_stay_home(void **state) {
  (void)state;
  struct scene s;
  opened(&s, "{rounds: 2, clients_per_round: 1.0, private: {blocks: [head]}, " LOCAL "}");
  const struct fray_param_table *table = fray_model_params(s.model);
  double sent = 0;
  for (size_t t = 0; t < table->n; t++)
    sent += strncmp(table->v[t].name, "head.", 5) == 0 ? 0 : (double)table->v[t].size;
  assert_true(sent > 0 && sent < (double)table->count);
  const struct sum sum = costs_of(&s);
  assert_true(sum.down == 2 * 4 * CLIENTS * sent && sum.up == sum.down);
  close_scene(&s);
}

/* Nor does it take time: samples of two epochs at a second each, and the bytes of what is sent over
 * links of known speed. */
static void private_blocks_take_no_time(void **state) {
  (void)state;
  static const char *const blocks[] = {"[]", "[head]", "[f]"};
  for (size_t k = 0; k < FRAY_COUNT(blocks); k++) {
    struct fray_own_blocks own;
    struct fray_outcome out;
    struct scene s;
    char training[512];
    snprintf(training, sizeof training,
             "{rounds: 1, clients_per_round: 1.0, private: {blocks: %s}, availability: {time: "
             "{kind: devices, classes: {one: {seconds_per_sample: 1, spread: 0, link_spread: 0, "
             "down: 16, up: 8}}}}, " LOCAL "}",
             blocks[k]);
    opened(&s, training);
    OK(fray_federate(&s.f, &s.arena, &out, &err));
    const struct fray_param_table *table = fray_model_params(s.model);
    OK(fray_own_blocks_find(&s.training, table, &s.arena, &own, &err));
    double sent = 0, most = 0;
    for (size_t t = 0; t < table->n; t++)
      sent += own.n && strncmp(table->v[t].name, k == 1 ? "head." : "f.", k == 1 ? 5 : 2) == 0
                  ? 0
                  : (double)table->v[t].size;
    for (size_t c = 0; c < CLIENTS; c++)
      most = fmax(most, 2 * (double)s.count[c]);
    assert_int_equal(fray_own_blocks_sent(&own, table).values, (size_t)sent);
    assert_true(k == 0 || sent < (double)table->count);
    assert_true(fabs(out.row[0].seconds - (most + 4 * sent / 16 + 4 * sent / 8)) < 1e-9 * most);
    close_scene(&s);
  }
}

/* Of n clients each sends two keys of 32 bytes, two shares of 8 to each other, 8 for each of P
 * values and its weight, and a share of each client when masks are taken off; and is sent the keys
 * and shares of the others, and a bit for each of them. */
static void masks_cost_keys_and_shares(void **state) {
  (void)state;
  static const struct {
    const char *server;
    double vectors, numbers;
  } each[] = {{"{algorithm: fedavg}", 1, 1},
              {"{algorithm: scaffold}", 2, 1},
              {"{algorithm: fednova}", 1, 3},
              {"{algorithm: qfedavg}", 1, 2}};
  for (size_t i = 0; i < FRAY_COUNT(each); i++)
    for (size_t hides = 0; hides < 2; hides++) {
      const double n = 4, updates = 5 * n;
      char training[400];
      struct scene s;
      snprintf(training, sizeof training,
               "{rounds: 5, clients_per_round: 4, secure_aggregation: {protocol: %s}, server: %s, "
               "local: {epochs: 2, batch: 3, lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}}",
               hides ? "masked" : "open", each[i].server);
      opened(&s, training);
      const double p = (double)fray_model_params(s.model)->count;
      const struct sum sum = costs_of(&s);
      const double keys = hides ? 64 + 16 * (n - 1) + 8 * n : 0;
      const double up = 8 * (p * each[i].vectors + each[i].numbers) + keys;
      const double down = 4 * p * each[i].vectors + (hides ? 80 * (n - 1) + 1 : 0);
      if (sum.up != updates * up || sum.down != updates * down)
        fail_msg("%s: %g up for %g, %g down for %g", training, sum.up, updates * up, sum.down,
                 updates * down);
      close_scene(&s);
    }
}

/* Someone who never answers has received the model. */
static void who_stays_away_has_received(void **state) {
  (void)state;
  const struct fray_cohort_source source = {.most = 5, .invite = some_stay_away};
  struct scene s;
  opened(&s, "{rounds: 2, " LOCAL "}");
  s.f.source = &source;
  const double each = 4 * (double)fray_model_params(s.model)->count;
  const struct sum sum = costs_of(&s);
  assert_true(sum.down == 2 * 5 * each && sum.up == 2 * 3 * each);
  close_scene(&s);
}

static int start(void **state) {
  return fray_comm_split(world, fray_comm_rank(world), &self, NULL) == FRAY_OK ? set_up(state) : -1;
}

static int finish(void **state) {
  fray_comm_free(self);
  return tear_down(state);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fedavg_sends_the_model),
      cmocka_unit_test(operations_follow_from_samples),
      cmocka_unit_test(methods_send_what_papers_say),
      cmocka_unit_test(coders_send_what_they_say),
      cmocka_unit_test(blocks_that_are_not_held_stay_home),
      cmocka_unit_test(private_blocks_stay_home),
      cmocka_unit_test(private_blocks_take_no_time),
      cmocka_unit_test(masks_cost_keys_and_shares),
      cmocka_unit_test(who_stays_away_has_received),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), start, finish);
}
