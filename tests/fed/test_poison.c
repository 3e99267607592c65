/* Attackers' data: what training on them comes to, beside trainings on data that were made so by
 * hand. */
#define SCENE_MODALITIES 2
#include "fray/corrupt/signal.h"
#include "scene.h"

#include <math.h>

#define TWO                                                                                        \
  "{fusion: concat, hidden: 6, head: 4, dropout: 0.2, encoders: {f: {kind: mlp, units: 5}, g: "    \
  "{kind: mlp, units: 5}}}"
#define LIARS "who: {clients: [client-1, client-4]}"
#define TRIGGER "trigger: {kind: trigger_mark, modalities: [g], strength: 2}"
#define EVALUATE "{every: 100, metrics: [accuracy]}"

static bool lies(size_t c) {
  return c == 1 || c == 4;
}

static void open_attacked(struct scene *s, int rounds, const char *attack, const char *server) {
  char training[900];
  snprintf(training, sizeof training,
           "{rounds: %d, " LOCAL ", server: {algorithm: %s}, attack: %s}", rounds, server, attack);
  open_model_scene(s, TWO, training, EVALUATE);
}

/* The last model (arena memory of the scene); its attackers in every round. */
static const float *train(struct scene *s) {
  struct fray_outcome out;
  OK(fray_federate(&s->f, &s->arena, &out, &err));
  assert_false(out.diverged);
  return out.last;
}

static void assert_same(const struct scene *s, const float *a, const float *b) {
  assert_memory_equal(a, b, fray_model_params(s->model)->total * sizeof *a);
}

static int32_t *own_labels(struct scene *s) {
  int32_t *label = fray_arena_alloc(&s->arena, SAMPLES, sizeof *label);
  memcpy(label, s->dataset->label, SAMPLES * sizeof *label);
  s->clients.data.label = label;
  return label;
}

/* Bytes of relabelled shards, also with methods that send or keep more than an update. */
static void flipped_labels_are_other_labels(void **state) {
  (void)state;
  static const char *const servers[] = {"fedavg", "scaffold", "coteaching", "fedrs",
                                        /* what is sent is coded, and what is left out is kept */
                                        "fedavg}, compression: {kind: top_k, k: 0.3"};
  for (size_t k = 0; k < FRAY_COUNT(servers); k++) {
    struct scene a, b;
    const char *server = k == 1 ? "scaffold, option: 1" : servers[k];
    open_attacked(&a, 3, "{kind: label_flip, " LIARS "}", server);
    open_attacked(&b, 3, "{}", server);
    int32_t *label = own_labels(&b);
    for (size_t c = 0; c < CLIENTS; c++)
      for (size_t i = c * EACH; i < (c + 1) * EACH && lies(c); i++)
        label[i] = CLASSES - 1 - label[i];
    assert_same(&a, train(&a), train(&b));
    assert_memory_equal(a.clients.data.label, a.dataset->label, SAMPLES * sizeof *label);
    close_scene(&a);
    close_scene(&b);
  }
}

/* Damage of all attackers' samples and the target's label, as entries of damage would have it. */
static void a_backdoor_is_a_trigger_and_a_label(void **state) {
  (void)state;
  struct scene a, b;
  open_attacked(&a, 3, "{kind: backdoor, target: \"2\", share: 1, " TRIGGER ", " LIARS "}",
                "fedavg");
  open_attacked(&b, 3, "{}", "fedavg");
  struct fray_corruption_config entry;
  struct fray_realised realised;
  struct fray_damage damage;
  uint32_t client[SAMPLES];
  int32_t *label = own_labels(&b);
  read_section(&b, &fray_corruption_table,
               "{kind: trigger_mark, modalities: [g], strength: 2, who: {clients: [client-1, "
               "client-4]}}",
               &entry);
  for (size_t i = 0; i < SAMPLES; i++) {
    client[i] = (uint32_t)(i / EACH);
    label[i] = lies(i / EACH) ? 2 : label[i];
  }
  const struct fray_population people = {.dataset = b.dataset,
                                         .n = SAMPLES,
                                         .sample = b.clients.data.sample,
                                         .client = client,
                                         .n_clients = CLIENTS,
                                         .client_source = b.dataset->client_source,
                                         .client_name = (const char *const *)b.name,
                                         .train = true};
  OK(fray_damage_start(&people, &b.arena, &damage, &err));
  const struct fray_corruption_config *const entries[] = {&entry};
  OK(fray_corrupt(entries, 1, &people, 5, &b.arena, &damage, &realised, &err));
  assert_non_null(damage.signal);
  b.clients.data.signal = damage.signal;
  assert_same(&a, train(&a), train(&b));
  close_scene(&a);
  close_scene(&b);
}

/* A share of 0 poisons nothing, and nobody who attacks does neither: the honest bytes. */
static void nothing_poisoned_is_honest(void **state) {
  (void)state;
  static const char *const none[] = {
      "{kind: backdoor, target: \"2\", share: 0, " TRIGGER ", " LIARS "}",
      "{kind: backdoor, target: \"2\", " TRIGGER ", who: 0}", "{kind: label_flip, who: 0}"};
  struct scene b;
  open_attacked(&b, 3, "{}", "fedavg");
  const float *honest = train(&b);
  for (size_t k = 0; k < FRAY_COUNT(none); k++) {
    struct scene a;
    open_attacked(&a, 3, none[k], "fedavg");
    assert_same(&a, train(&a), honest);
    close_scene(&a);
  }
  close_scene(&b);
}

static struct fray_poisoned poison(struct scene *s) {
  struct fray_poisoned out;
  uint8_t *attacks;
  OK(fray_federation_attackers(&s->training, s->dataset, &s->clients, s->name, 5, &s->arena,
                               &attacks, &err));
  OK(fray_federation_poison(&s->training, s->dataset, &s->clients, s->name, s->model, attacks, 5,
                            &s->arena, &out, &err));
  return out;
}

/* Who is poisoned at .3 is at .7; only attackers' samples, only in the named modality, and a sample
 * that lacks it keeps its label. */
static void shares_nest(void **state) {
  (void)state;
  struct scene less, more;
  open_attacked(&less, 1, "{kind: backdoor, target: \"2\", share: 0.3, " TRIGGER ", who: 0.7}",
                "fedavg");
  open_attacked(&more, 1, "{kind: backdoor, target: \"2\", share: 0.7, " TRIGGER ", who: 1.0}",
                "fedavg");
  uint8_t present[SAMPLES];
  memset(present, ALL_PRESENT, sizeof present);
  for (size_t i = 0; i < SAMPLES; i += 5)
    present[i] = 1; /* f alone */
  less.clients.data.present = more.clients.data.present = present;
  const struct fray_poisoned a = poison(&less), b = poison(&more);
  size_t few = 0, many = 0;
  for (size_t i = 0; i < SAMPLES; i++) {
    const bool at_a = fray_signal_key(a.data.signal, i, 1),
               at_b = fray_signal_key(b.data.signal, i, 1);
    assert_true(!at_a || at_b);
    assert_true(!at_b || i % 5 != 0);
    assert_int_equal(fray_signal_key(b.data.signal, i, 0), 0);
    assert_int_equal(b.data.label[i], at_b ? 2 : more.dataset->label[i]);
    few += at_a;
    many += at_b;
  }
  assert_true(few > 0 && many > few && many < SAMPLES);
  close_scene(&less);
  close_scene(&more);
}

/* One of two has its way: with weight p it sends 1 / p of its way, so that the mean is the other's
 * share and the whole of its own, against p of it unboosted. */
static void a_boosted_model_takes_the_place(void **state) {
  (void)state;
  static const char *const attacks[] = {
      "{kind: backdoor, target: \"2\", boost: true, " TRIGGER ", who: {clients: [client-4]}}",
      "{kind: backdoor, target: \"2\", " TRIGGER ", who: {clients: [client-4]}}"};
  struct scene s[3];
  const float *w[3];
  uint32_t alone[CLIENTS] = {[4] = EACH - 1}; /* as many as the scene gives it */
  double p = 0;
  for (size_t k = 0; k < 3; k++) {
    open_attacked(&s[k], 1, attacks[k > 0], "fedavg");
    if (k == 2)
      s[k].clients.n_labelled = alone;
    w[k] = train(&s[k]);
  }
  for (size_t c = 0; c < CLIENTS; c++)
    p += s[0].count[c];
  p = s[0].count[4] / p;
  const struct fray_param_table *table = fray_model_params(s[0].model);
  float *first = fray_arena_alloc(&s[0].arena, table->total, sizeof *first);
  memset(first, 0, table->total * sizeof *first);
  fray_param_init(table, 5, first);
  double moved = 0;
  for (size_t i = 0; i < table->total; i++) {
    const double own = (double)w[2][i] - (double)first[i];
    assert_true(fabs((double)w[0][i] - (double)w[1][i] - (1 - p) * own) < 2e-6);
    moved = fmax(moved, fabs(own));
  }
  assert_true(moved > 0.01);
  for (size_t k = 0; k < 3; k++)
    close_scene(&s[k]);
}

/* All attack: what is of other modalities or shared stays as it was drawn; the block is that of a
 * federation of flipped labels, or as far on the other side. */
static void one_modality_alone_moves(void **state) {
  (void)state;
  static const char *const attacks[] = {"{kind: modality_poisoning, modality: g, who: 1.0}",
                                        "{kind: label_flip, who: 1.0}",
                                        ("{kind: modality_poisoning, modality: g, by: ascent, who: "
                                         "1.0}"),
                                        "{}"};
  struct scene s[4];
  const float *w[4];
  size_t blocks = 0;
  for (size_t k = 0; k < 4; k++) {
    open_attacked(&s[k], 1, attacks[k], "fedavg");
    w[k] = train(&s[k]);
  }
  const struct fray_param_table *table = fray_model_params(s[0].model);
  float *first = fray_arena_alloc(&s[0].arena, table->total, sizeof *first);
  memset(first, 0, table->total * sizeof *first);
  fray_param_init(table, 5, first);
  for (size_t t = 0; t < table->n; t++)
    for (size_t i = table->v[t].offset; i < table->v[t].offset + table->v[t].size; i++) {
      const bool in = table->v[t].modality == 1;
      const double back = (double)first[i] - ((double)w[3][i] - (double)first[i]);
      assert_true(w[0][i] == (in ? w[1][i] : first[i]));
      assert_true(in ? fabs((double)w[2][i] - back) < 1e-6 : w[2][i] == first[i]);
      blocks += in && w[0][i] != first[i];
    }
  assert_true(blocks > 10);
  for (size_t k = 0; k < 4; k++)
    close_scene(&s[k]);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(flipped_labels_are_other_labels),
      cmocka_unit_test(a_backdoor_is_a_trigger_and_a_label),
      cmocka_unit_test(nothing_poisoned_is_honest),
      cmocka_unit_test(shares_nest),
      cmocka_unit_test(a_boosted_model_takes_the_place),
      cmocka_unit_test(one_modality_alone_moves),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}
