/* Ways to cope with missing modalities together with algorithms: all pairs of missing.def and
 * algorithms.def. A pair is refused with its reason, in the table below, or keeps the laws: the
 * same bytes on any ranks and after a kill. And laws of what the added losses must not break. */
#define SCENE_MODALITIES 2
#include "keeper.h"

#include <math.h>

static const char text_of_model[] = "{fusion: concat, hidden: 4, head: 4, dropout: 0, encoders: "
                                    "{f: {kind: mlp, units: 4}, g: {kind: mlp, units: 3}}}";
#define ONE_STEP                                                                                   \
  "local: {epochs: 1, batch: 64, lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}"
#define STEPS "local: {epochs: 2, batch: 3, lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}"

/* Keys that show more of a kind, or of an algorithm, than its defaults do. */
static const struct {
  const char *name, *keys;
} kinds[] = {{"prototypes", ", contrast: 0.5"},
             {"cross_modal", ", mu: 0.7"},
             {"reconstruction", ", units: 5, mu: 0.6"}},
  algorithms[] = {{"semifl", ", threshold: 0.35, mix: 0"},
                  {"coteaching", ", tau: 0.4, ramp: 2"},
                  {"fedcorr", ", iterations: 1, finetune: 1, confidence: 0.3"},
                  {"moon", ", mu: 2"},
                  {"feddyn", ", alpha: 0.1"},
                  {"groupdro", ", group: third"}};

#define ONE_MODEL "are means of the tokens of one model"
/* What does not go together, and a word of the reason. */
static const struct {
  const char *kind, *server, *words;
} apart[] = {
    {"prototypes", "{algorithm: ditto}", ONE_MODEL},
    {"prototypes", "{algorithm: fedasync}" BUSY, ONE_MODEL},
    {"prototypes", "{algorithm: fedbuff}" BUSY, ONE_MODEL},
    {"prototypes", "{algorithm: coteaching}", "the second of which would have none"},
    {"prototypes", "{algorithm: semifl}", "mixes samples of two classes"},
    {"prototypes", "fedavg, aggregation: {rule: median}", "which median does not guard"},
    {"prototypes", "fedavg, private: {blocks: [head]}", ONE_MODEL},
    {"cross_modal", "{algorithm: ditto}", ONE_MODEL},
    {"cross_modal", "{algorithm: fedasync}" BUSY, ONE_MODEL},
    {"cross_modal", "{algorithm: fedbuff}" BUSY, ONE_MODEL},
    {"cross_modal", "{algorithm: coteaching}", "the second of which would have none"},
};

enum { FEW_ROUNDS = 4 };

static uint8_t some[SAMPLES];
static uint32_t labelled[CLIENTS];
static struct fray_comm *self;

/* Every third client lacks g, one lacks f, and single samples of the others one or both. */
static void deal_presence(void) {
  for (size_t i = 0; i < SAMPLES; i++) {
    const size_t c = i / EACH;
    some[i] = c % 3 == 0 ? 1 : c == 4 ? 2 : i % 11 == 5 ? 0 : i % 4 == 1 ? 2 : i % 4 == 2 ? 1 : 3;
  }
}

/* open: samples of each client whose label nobody knows. */
static void open_scene(struct scene *s, const char *missing, const char *training, unsigned open) {
  char text[900];
  snprintf(text, sizeof text, "{rounds: %d, missing: %s, %s}", FEW_ROUNDS, missing, training);
  open_model_scene(s, text_of_model, text, "{every: 2, metrics: [accuracy, nll]}");
  s->clients.data.present = some;
  for (size_t c = 0; c < CLIENTS; c++)
    labelled[c] = s->count[c] - open;
  s->clients.n_labelled = labelled;
}

static struct fray_outcome train(struct scene *s, struct fray_comm *comm) {
  struct fray_outcome out;
  struct fray_federation f = s->f;
  f.comm = comm;
  OK(fray_federate(&f, &s->arena, &out, &err));
  return out;
}

static size_t bytes_of(const struct scene *s) {
  return fray_model_params(s->model)->total * sizeof(float);
}

/* ---- all pairs ---- */

static const char *missing_of(const char *kind, struct fray_arena *arena) {
  const char *keys = "";
  for (size_t i = 0; i < FRAY_COUNT(kinds); i++)
    keys = strcmp(kinds[i].name, kind) == 0 ? kinds[i].keys : keys;
  return fray_arena_printf(arena, "{kind: %s%s}", kind, keys);
}

/* What a method asks of the rest, by what it says of itself. */
static const char *training_of(const struct fray_choice *method, struct fray_arena *arena) {
  const struct fray_algorithm_ops *ops = method->impl;
  const char *keys = "";
  for (size_t i = 0; i < FRAY_COUNT(algorithms); i++)
    keys = strcmp(algorithms[i].name, method->name) == 0 ? algorithms[i].keys : keys;
  return fray_arena_printf(arena, "clients_per_round: %s, " STEPS ", server: {algorithm: %s%s}%s",
                           ops->needs_everybody ? "1.0" : "4", method->name, keys,
                           ops->arrivals ? BUSY : "");
}

/* INPUT and its words, if the training section refuses the text. */
static bool is_refused(const char *text, struct fray_err *wrong) {
  struct fray_arena arena = {0};
  struct fray_node *node;
  struct fray_training_config config;
  OK(fray_yaml_parse(text, "test", &arena, &node, &err));
  const enum fray_status status =
      fray_schema_read(&fray_training_table, node, "", &config, &arena, wrong);
  assert_true(status == FRAY_OK || status == FRAY_INPUT);
  fray_arena_free(&arena);
  return status == FRAY_INPUT;
}

/* Together, alone, and stopped after the second round: in the middle of what methods remember. */
static void pair_keeps_the_laws(const char *missing, const char *training) {
  struct scene s;
  struct fray_outcome out = {0};
  struct keeper k = {.stop = 2};
  struct fray_err stopped = {0};
  open_scene(&s, missing, training, 2);
  const struct fray_outcome whole = train(&s, world);
  assert_false(whole.diverged);
  if (fray_comm_size(world) > 1) {
    const struct fray_outcome alone = train(&s, self);
    if (memcmp(whole.last, alone.last, bytes_of(&s)) != 0 ||
        memcmp(whole.row, alone.row, FEW_ROUNDS * sizeof *alone.row) != 0)
      fail_msg("%s, %s: the number of ranks counts", missing, training);
  }
  forget_clients();
  if (run_with(&s, world, &k, false, &out, &stopped) != FRAY_STOPPED)
    fail_msg("%s, %s: %s", missing, training, stopped.text);
  share(&k);
  OK(run_with(&s, world, &k, true, &out, &err));
  if (memcmp(whole.last, out.last, bytes_of(&s)) != 0 ||
      memcmp(whole.best, out.best, bytes_of(&s)) != 0)
    fail_msg("%s, %s: a kill counts", missing, training);
  forget_clients();
  close_scene(&s);
}

/* Which pairs several ranks are asked about: a kind that adds tensors or losses, and a method that
 * remembers something, or trains on other samples. The rest is the same code with nothing in it,
 * and every round of a small federation on many ranks is dear. */
static bool is_asked(const struct fray_choice *kind, const struct fray_choice *method) {
  const struct fray_algorithm_ops *ops = method->impl;
  bool adds = false;
  for (size_t i = 0; i < FRAY_COUNT(kinds); i++)
    adds = adds || strcmp(kinds[i].name, kind->name) == 0;
  return fray_comm_size(world) == 1 ||
         (adds && (ops->client_vectors || ops->up || ops->numbers || ops->needs_unlabelled));
}

static bool is_apart(const char *kind, const char *method) {
  char server[80];
  snprintf(server, sizeof server, "{algorithm: %s}", method);
  for (size_t i = 0; i < FRAY_COUNT(apart); i++)
    if (strcmp(apart[i].kind, kind) == 0 && strncmp(apart[i].server, server, strlen(server)) == 0)
      return true;
  return false;
}

static void every_pair_is_refused_or_keeps_the_laws(void **state) {
  (void)state;
  size_t kept = 0;
  for (size_t k = 0; k < fray_missing_methods.n; k++)
    for (size_t a = 0; a < fray_algorithms.n; a++) {
      struct fray_arena arena = {0};
      struct fray_err wrong = {0};
      const struct fray_choice *kind = fray_missing_methods.v[k], *method = fray_algorithms.v[a];
      const char *missing = missing_of(kind->name, &arena), *training = training_of(method, &arena);
      const char *text = fray_arena_printf(&arena, "{missing: %s, %s}", missing, training);
      if (!is_refused(text, &wrong)) {
        if (is_asked(kind, method))
          pair_keeps_the_laws(missing, training);
        kept++;
      } else if (!is_apart(kind->name, method->name)) {
        fail_msg("%s with %s is refused: %s", kind->name, method->name, wrong.text);
      }
      fray_arena_free(&arena);
    }
  assert_true(kept > fray_algorithms.n * (fray_missing_methods.n - 1));
}

/* Coders with algorithms: refused where a model of two would be coded, where what coding changed
 * stayed for ever, or where what was left out would have no next answer; else the laws hold. On one
 * rank: tests/fed/test_algorithms.c asks several. */
static void every_coder_is_refused_or_keeps_the_laws(void **state) {
  (void)state;
  size_t refused = 0;
  for (size_t k = 0; k < fray_compressions.n && fray_comm_size(world) == 1; k++)
    for (size_t a = 0; a < fray_algorithms.n; a++) {
      struct fray_arena arena = {0};
      struct fray_err wrong = {0};
      const struct fray_choice *coder = fray_compressions.v[k], *method = fray_algorithms.v[a];
      const struct fray_coder_ops *ops = coder->impl;
      const struct fray_algorithm_ops *of = method->impl;
      const bool is_other = ops->code && (of->models || strcmp(method->name, "feddyn") == 0 ||
                                          (of->arrivals && ops->keeps_error));
      const char *training = fray_arena_printf(&arena, "%s, compression: %s",
                                               training_of(method, &arena), coder->name);
      const char *text = fray_arena_printf(&arena, "{%s}", training);
      if (is_refused(text, &wrong) != is_other || (is_other && !strstr(wrong.text, "compression")))
        fail_msg("%s with %s: '%s'", coder->name, method->name, wrong.text);
      if (!is_other)
        pair_keeps_the_laws("mask", training);
      refused += is_other;
      fray_arena_free(&arena);
    }
  assert_true(fray_comm_size(world) > 1 || refused >= 10);
}

static void what_is_refused_says_why(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAY_COUNT(apart); i++) {
    char text[700];
    struct fray_err wrong = {0};
    snprintf(text, sizeof text, "{missing: %s, server: %s}", apart[i].kind, apart[i].server);
    if (!is_refused(text, &wrong) || !strstr(wrong.text, apart[i].words))
      fail_msg("%s with %s: '%s'", apart[i].kind, apart[i].server, wrong.text);
  }
}

/* ---- laws of single methods, with the losses that are added ---- */

/* Without a choice among the samples that a pass of its own would draw differently. */
static const char *const added[] = {"mask", "zero_fill", "{kind: prototypes, contrast: 0.5}",
                                    "{kind: cross_modal, mu: 0.7}",
                                    "{kind: reconstruction, units: 5, mu: 0.6}"};

/* Of two trainings: the same model, and the same mean losses of rounds. */
static void agree(const char *law, const char *missing, const char *one, const char *other,
                  double tolerance) {
  const char *const training[] = {one, other};
  struct scene s[2];
  struct fray_outcome out[2];
  double worst = 0, scale = 0;
  for (size_t i = 0; i < 2; i++) {
    open_scene(&s[i], missing, training[i], 0);
    for (size_t c = 0; c < CLIENTS; c++)
      labelled[c] = s[i].count[c] = EACH;
    out[i] = train(&s[i], world);
  }
  for (size_t i = 0; i < bytes_of(&s[0]) / sizeof(float); i++) {
    const double off = fabs((double)out[0].last[i] - (double)out[1].last[i]);
    worst = off > worst || isnan(off) ? off : worst;
    scale = fmax(scale, fabs((double)out[1].last[i]));
  }
  if (!(worst <= tolerance * scale))
    fail_msg("%s, %s: off by %g of %g", law, missing, worst, scale);
  for (size_t r = 0; r < FEW_ROUNDS; r++)
    if (!(fabs(out[0].row[r].train_loss - out[1].row[r].train_loss) <=
          fmax(tolerance, 1e-12) * fabs(out[1].row[r].train_loss)))
      fail_msg("%s, %s: round %zu has the losses %.9g and %.9g", law, missing, r + 1,
               out[0].row[r].train_loss, out[1].row[r].train_loss);
  close_scene(&s[0]), close_scene(&s[1]);
}

#define SOME "clients_per_round: 5, "
static void what_is_added_belongs_to_the_loss(void **state) {
  (void)state;
  if (fray_comm_size(world) > 1) /* what one rank computes, several do: see above */
    return;
  for (size_t k = 0; k < FRAY_COUNT(added); k++) {
    /* One step: the gradient at the received model is the mean along the way. What a control misses
     * of the loss, the one option or the other, shows here. */
    agree("options of scaffold", added[k], SOME ONE_STEP ", server: {algorithm: scaffold}",
          SOME ONE_STEP ", server: {algorithm: scaffold, option: 1}", 2e-6);
    agree("equal steps of fednova", added[k], SOME STEPS ", server: {algorithm: fednova}",
          SOME STEPS ", server: {algorithm: fedavg}", 2e-6);
    agree("moon without mu", added[k], SOME STEPS ", server: {algorithm: moon, mu: 0}",
          SOME STEPS ", server: {algorithm: fedavg}", 0);
    agree("semifl with all labels", added[k], SOME STEPS ", server: {algorithm: semifl, mix: 0}",
          SOME STEPS ", server: {algorithm: fedavg}", 2e-6);
  }
  static const char *const without_means[] = {"mask", "{kind: reconstruction, units: 5, mu: 0.6}"};
  for (size_t k = 0; k < FRAY_COUNT(without_means); k++)
    agree("coteaching that leaves nobody out", without_means[k],
          SOME STEPS ", server: {algorithm: coteaching, tau: 0}",
          SOME STEPS ", server: {algorithm: fedavg}", 0);
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK ||
      fray_comm_split(world, fray_comm_rank(world), &self, &err) != FRAY_OK)
    return 1;
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_pair_is_refused_or_keeps_the_laws),
      cmocka_unit_test(every_coder_is_refused_or_keeps_the_laws),
      cmocka_unit_test(what_is_refused_says_why),
      cmocka_unit_test(what_is_added_belongs_to_the_loss),
  };
  deal_presence();
  int failed = cmocka_run_group_tests(tests, set_up, tear_down);
  fray_comm_free(self);
  fray_comm_finish(world);
  return failed;
}
