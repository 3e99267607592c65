/* Trainings of a matched volume: as much data as a method drops or adds, without its choice. Laws
 * over all methods that say that they have one, and of each; counts are those that runs report. */
#define SCENE_MODALITIES 2
#include "scene.h"

#include <math.h>

static const char text_of_model[] = "{fusion: concat, hidden: 4, head: 4, dropout: 0, encoders: "
                                    "{f: {kind: mlp, units: 4}, g: {kind: mlp, units: 3}}}";

static void open_with(struct scene *s, size_t rounds, const char *training) {
  char text[400];
  snprintf(text, sizeof text, "{rounds: %zu, clients_per_round: 5, " LOCAL ", %s}", rounds,
           training);
  open_model_scene(s, text_of_model, text, "{every: 2, metrics: [accuracy, nll]}");
}

static struct fray_outcome run(struct scene *s) {
  struct fray_outcome out;
  OK(fray_federate(&s->f, &s->arena, &out, &err));
  return out;
}

static bool is_same(const struct scene *s, const struct fray_outcome *a,
                    const struct fray_outcome *b) {
  return memcmp(a->last, b->last, fray_model_params(s->model)->total * sizeof(float)) == 0;
}

static uint32_t labelled_of[CLIENTS];
/* The first `labelled` samples of each client keep their label; `same`: the others are the first
 * ones over and over, with their labels. */
static void take_labels(struct scene *s, uint32_t labelled, bool same) {
  int32_t *label = fray_arena_alloc(&s->arena, SAMPLES, sizeof *label);
  uint32_t *sample = fray_arena_alloc(&s->arena, SAMPLES, sizeof *sample);
  assert_true(label && sample);
  for (size_t i = 0; i < SAMPLES; i++) {
    const size_t at = i % EACH, from = same ? i - at + at % labelled : i;
    sample[i] = s->clients.data.sample[from];
    label[i] = same || at < labelled ? s->dataset->label[sample[i]] : (int32_t)-1;
  }
  for (size_t c = 0; c < CLIENTS; c++) {
    s->count[c] = EACH;
    labelled_of[c] = labelled;
  }
  s->clients.data.label = label;
  s->clients.data.sample = sample;
  if (!same)
    s->clients.n_labelled = labelled_of;
}

/* ---- laws over both lists ---- */

static const struct fray_field *key_of(const struct fray_choice *choice, const char *key) {
  for (size_t i = 0; choice->table && i < choice->table->n; i++)
    if (strcmp(choice->table->fields[i].key, key) == 0)
      return &choice->table->fields[i];
  return NULL;
}

/* The key is one of the method's own, the value one that it knows, and not its default: no training
 * is matched unless it is asked for. */
static void is_a_key(const struct fray_choice *choice, struct fray_volume volume) {
  const struct fray_field *field = key_of(choice, volume.key);
  bool known = false;
  if (!field || field->type != FRAY_ENUM)
    fail_msg("%s: no key %s of names", choice->name, volume.key);
  for (size_t k = 0; field->names[k]; k++)
    known = known || strcmp(field->names[k], volume.value) == 0;
  if (!known || strcmp(field->def_text, volume.value) == 0)
    fail_msg("%s: %s: %s", choice->name, volume.key, volume.value);
}

static struct fray_volume volume_of(const struct scene *s, bool of_missing) {
  const struct fray_variant *v =
      of_missing ? &s->training.missing.kind : &s->training.server.algorithm;
  return of_missing ? ((const struct fray_missing_ops *)v->choice->impl)->volume(v->params)
                    : ((const struct fray_algorithm_ops *)v->choice->impl)->volume(v->params);
}

static void check_method(const struct fray_choice *choice, const char *section, const char *key,
                         bool of_missing) {
  struct scene s, matched;
  char text[200];
  snprintf(text, sizeof text, "%s: {%s: %s}", section, key, choice->name);
  open_with(&s, 1, text);
  const struct fray_volume volume = volume_of(&s, of_missing);
  assert_non_null(volume.key); /* by its defaults each of them drops or adds */
  is_a_key(choice, volume);
  snprintf(text, sizeof text, "%s: {%s: %s, %s: %s}", section, key, choice->name, volume.key,
           volume.value);
  open_with(&matched, 1, text);
  assert_null(volume_of(&matched, of_missing).key); /* a control has none */
  close_scene(&s), close_scene(&matched);
}

static void what_methods_say_of_their_volume(void **state) {
  (void)state;
  size_t n = 0;
  for (size_t k = 0; k < fray_algorithms.n; k++)
    if (((const struct fray_algorithm_ops *)fray_algorithms.v[k]->impl)->volume) {
      check_method(fray_algorithms.v[k], "server", "algorithm", false);
      n++;
    }
  for (size_t k = 0; k < fray_missing_methods.n; k++)
    if (((const struct fray_missing_ops *)fray_missing_methods.v[k]->impl)->volume) {
      check_method(fray_missing_methods.v[k], "missing", "kind", true);
      n++;
    }
  assert_true(n >= 3);
}

/* Nothing goes, so nothing is matched, and training is that without the method. */
static void without_a_volume_it_is_the_plain_training(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool of_missing;
  } each[] = {{"server: {algorithm: coteaching, tau: 0, choice: random}", false},
              {"missing: {kind: modality_dropout, p: 0, unit: sample}", true}};
  struct scene plain;
  open_with(&plain, 4, "server: fedavg");
  const struct fray_outcome wanted = run(&plain);
  for (size_t i = 0; i < FRAY_COUNT(each); i++) {
    struct scene s;
    open_with(&s, 4, each[i].text);
    const struct fray_outcome out = run(&s);
    assert_null(volume_of(&s, each[i].of_missing).key);
    if (!is_same(&s, &wanted, &out))
      fail_msg("%s is not the plain training", each[i].text);
    close_scene(&s);
  }
  close_scene(&plain);
}

/* What each method matches, round by round, as rounds.csv reports it. Of what the control of semifl
 * adds the first round alone is told by the same model. */
static void volumes_are_those_of_the_method(void **state) {
  (void)state;
  static const struct {
    const char *method, *control;
    bool samples, values;
    size_t rounds;
  } each[] = {{"server: {algorithm: coteaching, tau: 0.3, ramp: 3}",
               "server: {algorithm: coteaching, tau: 0.3, ramp: 3, choice: random}", true, true, 4},
              {"missing: {kind: modality_dropout, p: 0.4}",
               "missing: {kind: modality_dropout, p: 0.4, unit: sample}", false, true, 4},
              {"server: {algorithm: semifl, threshold: 0.35}",
               "server: {algorithm: semifl, threshold: 0.35, fill: repeats}", true, true, 1}};
  for (size_t i = 0; i < FRAY_COUNT(each); i++) {
    struct scene s, t;
    open_with(&s, 4, each[i].method);
    open_with(&t, 4, each[i].control);
    if (each[i].rounds == 1) {
      take_labels(&s, 3, false);
      take_labels(&t, 3, false);
    }
    const struct fray_outcome a = run(&s), b = run(&t);
    for (size_t r = 0; r < 4; r++) {
      const struct fray_round_row *x = &a.row[r], *y = &b.row[r];
      assert_true(x->taught > 0 && x->values >= x->taught && x->values <= 2 * x->taught);
      if (r < each[i].rounds && ((each[i].samples && x->taught != y->taught) ||
                                 (each[i].values && x->values != y->values)))
        fail_msg("%s, round %zu: %g samples and %g values, the control %g and %g", each[i].method,
                 r + 1, x->taught, x->values, y->taught, y->values);
    }
    close_scene(&s), close_scene(&t);
  }
}

/* One rank alone comes to the bytes of all. */
static void ranks_do_not_matter(void **state) {
  (void)state;
  static const char *const each[] = {
      "server: {algorithm: coteaching, tau: 0.4, choice: random}",
      "server: {algorithm: semifl, threshold: 0.3, fill: repeats}",
      "missing: {kind: modality_dropout, p: 0.5, unit: sample}",
      "server: {algorithm: coteaching, tau: 0.4}, missing: {kind: modality_dropout, unit: sample}"};
  struct fray_comm *self;
  OK(fray_comm_split(world, fray_comm_rank(world), &self, &err));
  for (size_t i = 0; i < FRAY_COUNT(each); i++) {
    struct scene s, t;
    open_with(&s, 3, each[i]);
    open_with(&t, 3, each[i]);
    t.f.comm = self;
    const struct fray_outcome together = run(&s), alone = run(&t);
    if (!is_same(&s, &together, &alone))
      fail_msg("%s: the number of ranks counts", each[i]);
    close_scene(&s), close_scene(&t);
  }
  fray_comm_free(self);
}

/* ---- co-teaching ---- */

/* As many samples are left out, round by round and for batches that are no whole number of them;
 * another choice, so another model. By chance wrong ones are hit as often as they come: with labels
 * that are all wrong, always. */
static void chance_leaves_out_as_many(void **state) {
  (void)state;
  static const double tau[] = {0.2, 0.34, 0.5, 0.9};
  for (size_t rounds = 1; rounds <= 3; rounds++)
    for (size_t k = 0; k < FRAY_COUNT(tau); k++) {
      struct scene s, t;
      char text[128];
      snprintf(text, sizeof text, "server: {algorithm: coteaching, tau: %g, ramp: 2}", tau[k]);
      open_with(&s, rounds, text);
      snprintf(text, sizeof text,
               "server: {algorithm: coteaching, tau: %g, ramp: 2, choice: random}", tau[k]);
      open_with(&t, rounds, text);
      const struct fray_outcome a = run(&s), b = run(&t);
      assert_true(a.found[0].seen == b.found[0].seen && a.found[0].called == b.found[0].called);
      assert_true(a.row[rounds - 1].flops == b.row[rounds - 1].flops);
      if (a.found[0].called > 0 && rounds == 3)
        assert_false(is_same(&s, &a, &b));
      close_scene(&s), close_scene(&t);
    }
}

/* Every second sample is wrong in its label: of those that chance leaves out a half are, and not
 * more. 35 samples, 2 epochs, seeds of their own. */
static void chance_does_not_look_at_labels(void **state) {
  (void)state;
  enum { SEEDS = 60 };
  double called = 0, right = 0, wrong = 0, seen = 0;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    struct scene s;
    open_with(&s, 1, "server: {algorithm: coteaching, tau: 0.34, ramp: 1, choice: random}");
    int32_t *label = fray_arena_alloc(&s.arena, SAMPLES, sizeof *label);
    assert_non_null(label);
    for (size_t i = 0; i < SAMPLES; i++)
      label[i] = (s.dataset->label[i] + (int32_t)(i % 2)) % CLASSES;
    s.clients.data.label = label;
    s.f.seed = seed;
    const struct fray_outcome out = run(&s);
    called += out.found[0].called, right += out.found[0].right;
    wrong += out.found[0].wrong, seen += out.found[0].seen;
    close_scene(&s);
  }
  const double share = wrong / seen, got = right / called;
  if (!(fabs(got - share) <= 4 * sqrt(share * (1 - share) / called)))
    fail_msg("of %g left out %g are wrong, of all %g", called, got, share);
}

/* ---- pseudo-labels ---- */

/* The one labelled sample in the place of six that the model is sure of: a client that has seven of
 * it, and as many steps and operations as the method's. */
static void repeats_are_samples_that_come_again(void **state) {
  (void)state;
  struct scene s, method, plain;
  open_with(&s, 3, "server: {algorithm: semifl, threshold: 0, mix: 0, fill: repeats}");
  open_with(&method, 3, "server: {algorithm: semifl, threshold: 0, mix: 0}");
  open_with(&plain, 3, "server: fedavg");
  take_labels(&s, 1, false);
  take_labels(&method, 1, false);
  take_labels(&plain, 1, true);
  const struct fray_outcome out = run(&s), given = run(&method), wanted = run(&plain);
  assert_true(is_same(&s, &out, &wanted));
  assert_false(is_same(&s, &out, &given));
  for (size_t r = 0; r < 3; r++)
    assert_true(out.row[r].flops == given.row[r].flops);
  close_scene(&s), close_scene(&method), close_scene(&plain);
}

/* Sure of nothing: no volume is added. No label of its own: nothing is repeated, and nothing sent,
 * mixed samples included. */
static void nothing_is_repeated_of_nothing(void **state) {
  (void)state;
  struct scene s, plain, bare;
  open_with(&s, 3, "server: {algorithm: semifl, threshold: 1, fill: repeats}");
  open_with(&plain, 3, "server: fedavg");
  open_with(&bare, 2, "server: {algorithm: semifl, threshold: 0, fill: repeats}");
  take_labels(&s, 4, false);
  take_labels(&plain, 4, false);
  const struct fray_outcome out = run(&s), wanted = run(&plain);
  assert_true(is_same(&s, &out, &wanted));
  take_labels(&bare, 0, false);
  const struct fray_outcome none = run(&bare);
  assert_true(none.row[0].bytes_up == 0 && none.row[0].cohort == 5);
  close_scene(&s), close_scene(&plain), close_scene(&bare);
}

/* ---- modality dropout ---- */

enum { MANY = 12, STEPS = 4000 };

static size_t values(const uint8_t *present, size_t n) {
  size_t sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (size_t)__builtin_popcount(present[i]);
  return sum;
}

/* In each batch as many values as by single modalities; whole samples but one; each is hit as often
 * as any other that has as much. */
static void whole_samples_of_as_many_values_go(void **state) {
  (void)state;
  struct scene s, t;
  double gone[MANY] = {0}, all = 0;
  open_with(&s, 1, "missing: {kind: modality_dropout, p: 0.4}");
  open_with(&t, 1, "missing: {kind: modality_dropout, p: 0.4, unit: sample}");
  const struct fray_missing_ops *ops = s.training.missing.kind.choice->impl;
  for (size_t step = 0; step < STEPS; step++) {
    const struct fray_missing_step at = {1, 2, 3, step, 2};
    uint8_t had[MANY], single[MANY], whole[MANY];
    size_t parts = 0, left = 0;
    /* Both, one of them, and none, in every second step; else all the same. */
    for (size_t i = 0; i < MANY; i++)
      had[i] = single[i] = whole[i] = (uint8_t)(step % 2 ? 3 : i % 4);
    ops->drop(s.training.missing.kind.params, &at, MANY, single);
    ops->drop(t.training.missing.kind.params, &at, MANY, whole);
    assert_int_equal(values(single, MANY), values(whole, MANY));
    for (size_t i = 0; i < MANY; i++) {
      assert_int_equal(whole[i] & ~had[i], 0);
      parts += whole[i] && whole[i] != had[i];
      left += whole[i] != 0;
      gone[i] += step % 2 && !whole[i];
      all += step % 2 && !whole[i];
    }
    assert_true(parts <= 1 && left >= 1);
  }
  const double mean = all / MANY, p = mean / (STEPS / 2);
  for (size_t i = 0; i < MANY; i++)
    if (!(fabs(gone[i] - mean) <= 5 * sqrt(STEPS / 2 * p * (1 - p))))
      fail_msg("sample %zu goes %g times, one of them %g in the mean", i, gone[i], mean);
  close_scene(&s), close_scene(&t);
}

/* A method that takes away samples which have g alone, as a whole. */
static void drop_those_of_g(const void *params, const struct fray_missing_step *step, size_t n,
                            uint8_t *present) {
  (void)params, (void)step;
  for (size_t i = 0; i < n; i++)
    present[i] = present[i] == 2 ? 0 : present[i];
}

/* Of clients of one batch a sample that is taken away whole teaches as much as one that was never
 * there; one that had nothing from the first stays. The order of sums differs by a place. */
static void a_sample_without_values_left_is_not_in_the_batch(void **state) {
  (void)state;
  static const struct fray_missing_ops ops = {.drop = drop_those_of_g};
  static const struct fray_choice choice = {.name = "test", .impl = &ops};
  static uint8_t present[SAMPLES];
  struct scene s[3]; /* gone as a whole, never there, there */
  struct fray_outcome out[3];
  for (size_t i = 0; i < SAMPLES; i++) /* g alone comes last, so the others keep their places */
    present[i] = i % EACH >= EACH - 2 ? 2 : i % EACH == 0 ? 0 : i % EACH == 1 ? 1 : 3;
  for (size_t k = 0; k < 3; k++) {
    open_with(&s[k], 3, "server: fedavg");
    s[k].training.local.batch = EACH;
    s[k].training.local.epochs = 1;
    s[k].clients.data.present = present;
    for (size_t c = 0; c < CLIENTS; c++)
      s[k].count[c] = EACH - (k == 1 ? 2 : 0);
  }
  s[0].training.missing.kind.choice = &choice;
  for (size_t k = 0; k < 3; k++)
    out[k] = run(&s[k]);
  const size_t n = fray_model_params(s[0].model)->total;
  bool other = false;
  for (size_t i = 0; i < n; i++) {
    const float gone = out[0].last[i], never = out[1].last[i];
    if (!(fabsf(gone - never) <= 1e-5f * (1 + fabsf(never))))
      fail_msg("weight %zu: %g, not %g", i, (double)gone, (double)never);
    other = other || fabsf(out[2].last[i] - never) > 1e-3f;
  }
  assert_true(other);
  for (size_t k = 0; k < 3; k++)
    close_scene(&s[k]);
}

int main(int argc, char **argv) {
  struct fray_err start = {0};
  if (fray_comm_start(&argc, &argv, &world, &start) != FRAY_OK)
    return 1;
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_methods_say_of_their_volume),
      cmocka_unit_test(without_a_volume_it_is_the_plain_training),
      cmocka_unit_test(volumes_are_those_of_the_method),
      cmocka_unit_test(ranks_do_not_matter),
      cmocka_unit_test(chance_leaves_out_as_many),
      cmocka_unit_test(chance_does_not_look_at_labels),
      cmocka_unit_test(repeats_are_samples_that_come_again),
      cmocka_unit_test(nothing_is_repeated_of_nothing),
      cmocka_unit_test(whole_samples_of_as_many_values_go),
      cmocka_unit_test(a_sample_without_values_left_is_not_in_the_batch),
  };
  int failed = cmocka_run_group_tests(tests, set_up, tear_down);
  fray_comm_finish(world);
  return failed;
}
