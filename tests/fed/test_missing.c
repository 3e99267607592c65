/* Methods that cope with missing modalities: laws over all of missing.def (ranks, order, kills,
 * nothing missing), and of single ones: what modality dropout takes, and what prototypes are,
 * against tests/fixtures/fed_prototypes.h5, and where they stand. */
#define SCENE_MODALITIES 2
#include "fray/h5/h5.h"
#include "scene.h"

#include <math.h>

static const char text_of_model[] = "{fusion: concat, hidden: 4, head: 4, dropout: 0.2, encoders: "
                                    "{f: {kind: mlp, units: 4}, g: {kind: mlp, units: 3}}}";

/* One of each method; the suite fails where a method of the list has none. */
static const struct {
  const char *name, *text;
} examples[] = {{"mask", "mask"},
                {"zero_fill", "zero_fill"},
                {"modality_dropout", "{kind: modality_dropout, p: 0.4}"},
                {"modality_dropout", "{kind: modality_dropout, p: 0.4, unit: sample}"},
                {"prototypes", "prototypes"},
                {"prototypes", "{kind: prototypes, contrast: 0.5}"},
                {"cross_modal", "{kind: cross_modal, mu: 0.7}"},
                {"reconstruction", "{kind: reconstruction, units: 5, mu: 0.6}"}};

static uint8_t some[SAMPLES], all[SAMPLES];

/* Every third client lacks g, one lacks f, and single samples of the others one or both. */
static void deal_presence(void) {
  for (size_t i = 0; i < SAMPLES; i++) {
    const size_t c = i / EACH;
    all[i] = 3;
    some[i] = c % 3 == 0 ? 1 : c == 4 ? 2 : i % 11 == 5 ? 0 : i % 4 == 1 ? 2 : i % 4 == 2 ? 1 : 3;
  }
}

static void open_scene(struct scene *s, const char *missing, const uint8_t *present,
                       const char *more) {
  char training[400];
  snprintf(training, sizeof training, "{rounds: 4, clients_per_round: 6, " LOCAL ", missing: %s%s}",
           missing, more);
  open_model_scene(s, text_of_model, training, "{metrics: [accuracy]}");
  s->clients.data.present = present;
}

static size_t total_of(const struct scene *s) {
  return fray_model_params(s->model)->total;
}

static struct fray_outcome train(struct scene *s, struct fray_comm *comm) {
  struct fray_outcome out;
  s->f.comm = comm;
  OK(fray_federate(&s->f, &s->arena, &out, &err));
  return out;
}

static void same(const char *what, const char *law, const struct scene *s, const float *x,
                 const float *y) {
  if (memcmp(x, y, total_of(s) * sizeof *x) != 0)
    fail_msg("%s: %s", what, law);
}

/* ---- laws over the list ---- */

static void ranks_and_order(const char *missing) {
  struct scene s, turned;
  uint64_t source[CLIENTS];
  struct fray_comm *self = NULL;
  open_scene(&s, missing, some, "");
  open_scene(&turned, missing, some, "");
  for (size_t c = 0; c < CLIENTS; c++) {
    const size_t from = (c * 4 + 3) % CLIENTS;
    source[c] = s.clients.source[from];
    turned.first[c] = s.first[from];
    turned.count[c] = s.count[from];
  }
  turned.clients.source = source;
  OK(fray_comm_split(world, fray_comm_rank(world), &self, &err));
  const struct fray_outcome out = train(&s, world), alone = train(&s, self),
                            other = train(&turned, world);
  same(missing, "the number of ranks counts", &s, out.last, alone.last);
  same(missing, "the number of ranks counts", &s, out.best, alone.best);
  same(missing, "the order of clients counts", &s, out.last, other.last);
  fray_comm_free(self);
  close_scene(&s), close_scene(&turned);
}

struct keeper {
  struct fray_arena *arena;
  struct fray_federation_state state;
};

static void *copy(struct fray_arena *arena, const void *data, size_t bytes) {
  void *p = fray_arena_zero(arena, bytes + 1, 1);
  assert_non_null(p);
  return bytes ? memcpy(p, data, bytes) : p;
}

static enum fray_status save(void *user, const struct fray_federation_state *state,
                             struct fray_err *err) {
  struct keeper *k = user;
  (void)err;
  k->state = *state;
  k->state.w = copy(k->arena, state->w, state->total * sizeof *state->w);
  k->state.best = copy(k->arena, state->best, state->total * sizeof *state->best);
  k->state.row = copy(k->arena, state->row, state->round * sizeof *state->row);
  return FRAY_OK;
}

static enum fray_round_end stop_after_two(void *user, const struct fray_round_row *row) {
  (void)user;
  return row->round == 2 ? FRAY_ROUND_SAVE_AND_STOP : FRAY_ROUND_GO_ON;
}

/* The state of rank 0 becomes that of all, as a reader of checkpoints shares it. */
static void share(struct keeper *k) {
  struct fray_federation_state *s = &k->state;
  fray_comm_broadcast(world, s, sizeof *s, 0);
  const void **part[] = {(const void **)&s->w, (const void **)&s->best, (const void **)&s->row};
  const size_t bytes[] = {s->total * sizeof *s->w, s->total * sizeof *s->best,
                          s->round * sizeof *s->row};
  for (size_t i = 0; i < FRAY_COUNT(part); i++) {
    if (fray_comm_rank(world) != 0)
      *part[i] = fray_arena_zero(k->arena, bytes[i] + 1, 1);
    fray_comm_broadcast(world, (void *)*part[i], bytes[i], 0);
  }
  s->server = NULL, s->number = NULL;
}

static void a_kill_does_not_matter(const char *missing) {
  struct scene s;
  struct fray_outcome out = {0};
  struct fray_err stopped = {0};
  open_scene(&s, missing, some, "");
  struct keeper k = {.arena = &s.arena};
  const struct fray_watch watch = {.user = &k, .round = stop_after_two};
  const struct fray_outcome whole = train(&s, world);
  struct fray_federation f = s.f;
  f.watch = &watch, f.save = save, f.keeper = &k;
  assert_int_equal(fray_federate(&f, &s.arena, &out, &stopped), FRAY_STOPPED);
  share(&k);
  f.watch = NULL, f.save = NULL, f.from = &k.state;
  OK(fray_federate(&f, &s.arena, &out, &err));
  same(missing, "a kill counts", &s, whole.last, out.last);
  same(missing, "a kill counts", &s, whole.best, out.best);
  close_scene(&s);
}

static void every_method_keeps_the_laws(void **state) {
  (void)state;
  for (size_t m = 0; m < fray_missing_methods.n; m++) {
    size_t n = 0;
    for (size_t e = 0; e < FRAY_COUNT(examples); e++) {
      if (strcmp(examples[e].name, fray_missing_methods.v[m]->name) != 0)
        continue;
      n++;
      ranks_and_order(examples[e].text);
      a_kill_does_not_matter(examples[e].text);
    }
    if (n == 0)
      fail_msg("the method %s has no example", fray_missing_methods.v[m]->name);
  }
}

/* ---- modality dropout ---- */

static void without_a_chance_it_is_the_plain_method(void **state) {
  (void)state;
  struct scene s[5];
  static const char *const text[] = {"mask", "{kind: modality_dropout, p: 0}",
                                     "{kind: modality_dropout, p: 0.4}"};
  struct fray_outcome out[5];
  for (size_t i = 0; i < 3; i++) {
    open_scene(&s[i], text[i], some, "");
    out[i] = train(&s[i], world);
  }
  same("modality_dropout", "p 0 is not the plain method", &s[0], out[0].last, out[1].last);
  assert_memory_not_equal(out[0].last, out[2].last, total_of(&s[0]) * sizeof(float));
  /* Where each sample has one modality, none is its last one, whatever p. */
  uint8_t one[SAMPLES];
  for (size_t i = 0; i < SAMPLES; i++)
    one[i] = (uint8_t)(1 + i % 2);
  open_scene(&s[3], "mask", one, "");
  open_scene(&s[4], "{kind: modality_dropout, p: 1}", one, "");
  out[3] = train(&s[3], world);
  out[4] = train(&s[4], world);
  same("modality_dropout", "a last modality goes", &s[3], out[3].last, out[4].last);
  for (size_t i = 0; i < 5; i++)
    close_scene(&s[i]);
}

/* How often samples keep what, against the law of the draw; a sample's draws do not depend on what
 * the ones before it have. */
static void what_is_dropped(void **state) {
  (void)state;
  enum { MANY = 40000 };
  static uint8_t full[MANY], mixed[MANY];
  static const double p[] = {0.3, 0.5, 1};
  for (size_t k = 0; k < FRAY_COUNT(p); k++) {
    struct scene s;
    char text[64];
    snprintf(text, sizeof text, "{kind: modality_dropout, p: %g}", p[k]);
    open_scene(&s, text, all, "");
    const struct fray_missing_ops *ops = fray_missing_of(&s.training);
    const struct fray_missing_step step = {1, 2, 3, 4, 2};
    size_t count[4] = {0};
    for (size_t i = 0; i < MANY; i++) {
      full[i] = 3;
      mixed[i] = (uint8_t)(i % 3 == 0 ? 3 : i % 3);
    }
    ops->drop(s.training.missing.kind.params, &step, MANY, full);
    ops->drop(s.training.missing.kind.params, &step, MANY, mixed);
    for (size_t i = 0; i < MANY; i++) {
      count[full[i]]++;
      assert_int_equal(mixed[i], i % 3 == 0 ? full[i] : i % 3);
    }
    const double both = (1 - p[k]) * (1 - p[k]), one = (1 - both) / 2;
    const double law[4] = {0, one, one, both};
    for (size_t c = 0; c < 4; c++)
      if (!(fabs((double)count[c] - MANY * law[c]) <=
            5 * sqrt(MANY * law[c] * (1 - law[c])) + 1e-9))
        fail_msg("p %g: %zu of %d keep %zu, not %g", p[k], count[c], MANY, c, MANY * law[c]);
    close_scene(&s);
  }
}

/* ---- prototypes ---- */

/* Tensors of the one model in the other, by name; the other may have more. */
static void same_tensors(const struct scene *a, const float *x, const struct scene *b,
                         const float *y) {
  const struct fray_param_table *table = fray_model_params(a->model);
  for (size_t t = 0; t < table->n; t++) {
    const struct fray_param *p = &table->v[t],
                            *q = fray_param_find(fray_model_params(b->model), p->name);
    assert_non_null(q);
    if (memcmp(x + p->offset, y + q->offset, p->size * sizeof *x) != 0)
      fail_msg("%s differs", p->name);
  }
}

/* Decay and a server's momentum included: neither reaches a prototype, or is changed by one. */
static void where_nothing_is_missing_they_change_nothing(void **state) {
  (void)state;
  static const char *const servers[] = {"", ", server: {algorithm: fedadam, lr: 0.1}",
                                        ", server: {algorithm: fedavgm, lr: 0.5, momentum: 0.9}",
                                        ", server: {algorithm: fedprox, mu: 0.1}"};
  for (size_t k = 0; k < FRAY_COUNT(servers); k++) {
    struct scene a, b;
    open_scene(&a, "mask", all, servers[k]);
    open_scene(&b, "prototypes", all, servers[k]);
    const struct fray_outcome plain = train(&a, world), with = train(&b, world);
    assert_true(total_of(&b) > total_of(&a));
    same_tensors(&a, plain.last, &b, with.last);
    close_scene(&a), close_scene(&b);
  }
}

static const float *tensor(const struct scene *s, const float *w, const char *name, size_t *n) {
  const struct fray_param *p = fray_param_find(fray_model_params(s->model), name);
  assert_non_null(p);
  *n = p->size;
  return w + p->offset;
}

/* After one round of everybody: the counts are those of the samples, and the same samples dealt to
 * three clients make the same prototypes. */
static void they_do_not_depend_on_the_partition(void **state) {
  (void)state;
  struct scene s[2];
  struct fray_outcome out[2];
  static const char *const name[] = {"f", "g"};
  for (size_t i = 0; i < 2; i++) {
    open_model_scene(&s[i], text_of_model,
                     "{rounds: 1, clients_per_round: 1.0, " LOCAL ", missing: prototypes}",
                     "{metrics: [accuracy]}");
    s[i].clients.data.present = some;
    for (size_t c = 0; c < CLIENTS; c++) {
      s[i].first[c] = i ? c * 3 * EACH : c * EACH;
      s[i].count[c] = i ? 3 * EACH : EACH;
    }
    s[i].clients.n = i ? 3 : CLIENTS;
    out[i] = train(&s[i], world);
  }
  for (size_t m = 0; m < 2; m++) {
    char of[64];
    size_t n;
    snprintf(of, sizeof of, "%s.prototypes.count", name[m]);
    const float *count[2] = {tensor(&s[0], out[0].last, of, &n),
                             tensor(&s[1], out[1].last, of, &n)};
    assert_int_equal(n, CLASSES);
    for (size_t c = 0; c < CLASSES; c++) {
      size_t held = 0;
      for (size_t i = 0; i < SAMPLES; i++)
        held += i % CLASSES == c && some[i] >> m & 1;
      assert_true(count[0][c] == (float)held && count[1][c] == (float)held);
    }
    snprintf(of, sizeof of, "%s.prototypes.token", name[m]);
    const float *x = tensor(&s[0], out[0].last, of, &n), *y = tensor(&s[1], out[1].last, of, &n);
    bool moved = false;
    for (size_t i = 0; i < n; i++) {
      assert_true(fabsf(x[i] - y[i]) <= 1e-6f);
      moved = moved || x[i] != 0;
    }
    assert_true(moved);
  }
  close_scene(&s[0]), close_scene(&s[1]);
}

/* Where nobody holds g, nothing is known of it, and training is that of masking. */
static void who_lacks_a_modality_sends_nothing_of_it(void **state) {
  (void)state;
  struct scene a, b;
  uint8_t only_f[SAMPLES];
  size_t n;
  memset(only_f, 1, sizeof only_f);
  open_scene(&a, "mask", only_f, "");
  open_scene(&b, "prototypes", only_f, "");
  const struct fray_outcome plain = train(&a, world), with = train(&b, world);
  same_tensors(&a, plain.last, &b, with.last);
  const float *count = tensor(&b, with.last, "g.prototypes.count", &n);
  for (size_t c = 0; c < n; c++)
    assert_true(count[c] == 0);
  assert_true(tensor(&b, with.last, "f.prototypes.count", &n)[0] > 0);
  close_scene(&a), close_scene(&b);
}

enum { OF_THREE = 3, FOUR = 4, PEOPLE = 3, MOST = 8 };

static const struct fray_prototype_use stands_in = {.kept = true, .stand_in = true};

/* What a fusion with heads needs for three values a token. */
static const char *heads_of(const char *fusion) {
  const struct fray_table *table = fray_choice_find(&fray_fusions, fusion)->table;
  for (size_t i = 0; table && i < table->n; i++)
    if (strcmp(table->fields[i].key, "heads") == 0)
      return "heads: 1, ";
  return "";
}

/* A model whose tokens are the values themselves. */
static struct fray_model *identity_model(struct fray_arena *arena, const char *fusion,
                                         size_t modalities, struct fray_prototype_use use) {
  static const struct fray_feature_shape shape = {FRAY_FEATURE_VECTOR, .time = 1, .height = 1,
                                                  .width = 1, .channels = OF_THREE};
  const struct fray_feature_shape shapes[2] = {shape, shape};
  static const char *const names[2] = {"f", "g"};
  struct fray_model_config config;
  struct fray_model *model;
  struct fray_node *node;
  const char *yaml = fray_arena_printf(
      arena, "{fusion: %s, %shidden: 3, head: 0, dropout: 0, encoders: {f: identity%s}}", fusion,
      heads_of(fusion), modalities > 1 ? ", g: identity" : "");
  OK(fray_yaml_parse(yaml, "test", arena, &node, &err));
  OK(fray_schema_read(&fray_model_table, node, "model", &config, arena, &err));
  config.prototypes = use;
  OK(fray_model_new(&config, &(struct fray_model_data){modalities, FOUR, names, shapes, NULL},
                    &model, &err));
  return model;
}

static void *read_values(fray_h5 file, struct fray_arena *arena, const char *path,
                         enum fray_h5_type type, size_t *n) {
  int rank;
  bool is_text;
  size_t dims[FRAY_H5_MAX_RANK];
  OK(fray_h5_shape(file, path, &rank, dims, &is_text, &err));
  *n = 1;
  for (int i = 0; i < rank; i++)
    *n *= dims[i];
  void *x = fray_arena_zero(arena, *n, sizeof(double)); /* the widest of the types */
  OK(fray_h5_read(file, path, type, x, *n, &err));
  return x;
}

/* Sums of three clients, added and divided, are the prototypes of the reference. */
static void they_are_those_of_the_reference(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  fray_h5 file;
  size_t n;
  struct fray_model *model = identity_model(&arena, "concat", 1, stands_in);
  double sums[FOUR * (OF_THREE + 1)] = {0};
  float rounded[FOUR * (OF_THREE + 1)], *w;
  assert_int_equal(fray_model_prototype_sums(model), FRAY_COUNT(sums));
  w = fray_arena_zero(&arena, fray_model_params(model)->total, sizeof *w);
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/fed_prototypes.h5", &file, &err));
  for (size_t k = 0; k < PEOPLE; k++) {
    const double *x = read_values(file, &arena, fray_arena_printf(&arena, "client%zu/embedding", k),
                                  FRAY_H5_F64, &n);
    float values[MOST * OF_THREE];
    int32_t row[MOST], label[MOST];
    for (size_t i = 0; i < n; i++)
      values[i] = (float)x[i];
    const int64_t *y =
        read_values(file, &arena, fray_arena_printf(&arena, "client%zu/y", k), FRAY_H5_I64, &n);
    assert_true(n <= MOST);
    for (size_t i = 0; i < n; i++)
      row[i] = (int32_t)i, label[i] = (int32_t)y[i];
    const struct fray_feature_batch feature = {.n = n, .time = 1, .x = values};
    const int32_t *const rows[1] = {row};
    const struct fray_batch batch = {.n = n, .feature = &feature, .row = rows, .label = label};
    const struct fray_pass pass = {.w = w, .arena = &arena};
    OK(fray_model_add_prototypes(model, &batch, &pass, sums, &err));
  }
  for (size_t i = 0; i < FRAY_COUNT(sums); i++)
    rounded[i] = (float)sums[i];
  fray_model_set_prototypes(model, rounded, w);
  const struct scene s = {.model = model};
  const double *count = read_values(file, &arena, "count", FRAY_H5_F64, &n),
               *prototype = read_values(file, &arena, "prototype", FRAY_H5_F64, &n);
  const float *ours = tensor(&s, w, "f.prototypes.token", &n),
              *counted = tensor(&s, w, "f.prototypes.count", &n);
  for (size_t c = 0; c < FOUR; c++) {
    assert_true((double)counted[c] == count[c]);
    for (size_t k = 0; k < OF_THREE; k++)
      assert_true(fabs((double)ours[c * OF_THREE + k] - prototype[c * OF_THREE + k]) <= 1e-6);
  }
  fray_h5_close(file, NULL);
  fray_model_free(model);
  fray_arena_free(&arena);
}

/* A sample that lacks g is answered as one whose g is the prototype: of its class in a pass that
 * knows labels, the mean of all samples in evaluation; one of an unseen class, or with nothing, as
 * it is without. Whatever the fusion. */
static void where_they_stand(const char *fusion) {
  struct fray_arena arena = {0};
  struct fray_model *model = identity_model(&arena, fusion, 2, stands_in);
  const struct fray_param_table *table = fray_model_params(model);
  float *w = fray_arena_zero(&arena, table->total, sizeof *w);
  fray_param_init(table, 3, w);
  /* f; g of classes 0 and 2, seen 1 and 3 times, and their mean. */
  static const float f[] = {0.5f, -1, 2, 0.25f, 1, -0.5f},
                     g[] = {1, 2, 3, -1, 0, 4, -0.5f, 0.5f, 3.75f};
  static const float sums[2 * FOUR * (OF_THREE + 1)] = {[16] = 1, 2, 3, 1, [24] = -3, 0, 12, 3};
  fray_model_set_prototypes(model, sums, w);
  static const int32_t label[4] = {0, 2, 1, 0}, of_f[4] = {0, 1, 0, -1}, none[4] = {-1, -1, -1, -1},
                       classes[4] = {0, 1, -1, -1}, mean[4] = {2, 2, 2, -1};
  const struct fray_pass pass = {.w = w, .arena = &arena};
  const struct fray_feature_batch lacking[2] = {{.n = 2, .time = 1, .x = f}, {0}},
                                  full[2] = {{.n = 2, .time = 1, .x = f},
                                             {.n = 3, .time = 1, .x = g}};
  const int32_t *const rows[3][2] = {{of_f, none}, {of_f, classes}, {of_f, mean}};
  const struct fray_batch batch[3] = {{4, lacking, rows[0], label, NULL, NULL, NULL, NULL},
                                      {4, full, rows[1], NULL, NULL, NULL, NULL, NULL},
                                      {4, full, rows[2], NULL, NULL, NULL, NULL, NULL}};
  struct fray_forward ours, theirs;
  struct fray_encoded *encoded;
  float logits[4 * FOUR];
  OK(fray_model_forward(model, &batch[0], &pass, &ours, &err));
  OK(fray_model_forward(model, &batch[1], &pass, &theirs, &err));
  for (size_t i = 0; i < 4 * FOUR; i++)
    if (!(fabsf(ours.logits[i] - theirs.logits[i]) <= 1e-6f))
      fail_msg("%s: logit %zu is %g, not %g", fusion, i, (double)ours.logits[i],
               (double)theirs.logits[i]);
  OK(fray_model_encode(model, &batch[0], &pass, &encoded, &err));
  OK(fray_model_classify(model, encoded, NULL, &pass, logits, &err));
  OK(fray_model_forward(model, &batch[2], &pass, &theirs, &err));
  for (size_t i = 0; i < 4 * FOUR; i++)
    if (!(fabsf(logits[i] - theirs.logits[i]) <= 1e-6f))
      fail_msg("%s: in evaluation logit %zu is %g, not %g", fusion, i, (double)logits[i],
               (double)theirs.logits[i]);
  fray_model_free(model);
  fray_arena_free(&arena);
}

static void they_stand_where_a_token_is_missing(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_fusions.n; k++)
    where_they_stand(fray_fusions.v[k]->name);
}

/* By hand: z = (0.5, -1, 2) of class 0 in f, whose classes 0 and 2 have the prototypes (1, 0, 0)
 * and (0, 0, 1); g has (1, 2, 3) for class 0. Two samples, of which the other has nothing. */
static void what_pulls_is_the_formula(void **state) {
  (void)state;
  static const struct {
    struct fray_prototype_use use;
    double loss;
  } cases[] = {{{.kept = true, .pull = 2}, 2 * (0.25 + 9 + 1) / 3 / 2},
               {{.kept = true, .contrast = 1, .temperature = 0.5}, 1.5483304 / 2},
               {{.kept = true, .stand_in = true}, 0}};
  static const float f[] = {0.5f, -1, 2},
                     sums[2 * FOUR * (OF_THREE + 1)] = {[0] = 2, 0, 0,        2, [8] = 0, 0,
                                                        5,       5, [16] = 1, 2, 3,       1};
  static const int32_t label[2] = {0, 1}, of_f[2] = {0, -1}, none[2] = {-1, -1};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    struct fray_arena arena = {0};
    struct fray_model *model = identity_model(&arena, "concat", 2, cases[k].use);
    const size_t total = fray_model_params(model)->total;
    float *w = fray_arena_zero(&arena, total, sizeof *w);
    fray_model_set_prototypes(model, sums, w);
    const struct fray_feature_batch feature[2] = {{.n = 1, .time = 1, .x = f}, {0}};
    const int32_t *const rows[2] = {of_f, none};
    const struct fray_batch batch = {2, feature, rows, label, NULL, NULL, NULL, NULL};
    struct fray_pass pass = {.w = w, .arena = &arena};
    struct fray_forward forward;
    OK(fray_model_forward(model, &batch, &pass, &forward, &err));
    assert_true(forward.pull == 0); /* of training alone */
    pass.train = true;
    OK(fray_model_forward(model, &batch, &pass, &forward, &err));
    if (!(fabs(forward.pull - cases[k].loss) <= 1e-6))
      fail_msg("case %zu: %.9g, not %.9g", k, forward.pull, cases[k].loss);
    fray_model_free(model);
    fray_arena_free(&arena);
  }
}

/* No weight, no difference; and some weight moves what is trained. */
static void without_a_weight_nothing_pulls(void **state) {
  (void)state;
  static const char *const text[] = {"mask", "{kind: cross_modal, mu: 0}",
                                     "{kind: cross_modal, mu: 1}"};
  struct scene s[3];
  struct fray_outcome out[3];
  for (size_t i = 0; i < 3; i++) {
    open_scene(&s[i], text[i], some, "");
    out[i] = train(&s[i], world);
  }
  size_t n;
  same_tensors(&s[0], out[0].last, &s[1], out[1].last);
  const char *bias = "head.classes.bias";
  const float *plain = tensor(&s[0], out[0].last, bias, &n);
  assert_memory_not_equal(plain, tensor(&s[2], out[2].last, bias, &n), n * sizeof *plain);
  for (size_t i = 0; i < 3; i++)
    close_scene(&s[i]);
}

static void what_does_not_go_together_is_refused(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_node *node;
  struct fray_training_config config;
  struct fray_err wrong = {0};
  OK(fray_yaml_parse("{missing: prototypes, aggregation: {rule: median}}", "test", &arena, &node,
                     &err));
  assert_int_equal(fray_schema_read(&fray_training_table, node, "", &config, &arena, &wrong),
                   FRAY_INPUT);
  assert_non_null(strstr(wrong.text, "which median does not guard"));
  fray_arena_free(&arena);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_method_keeps_the_laws),
      cmocka_unit_test(without_a_chance_it_is_the_plain_method),
      cmocka_unit_test(what_is_dropped),
      cmocka_unit_test(where_nothing_is_missing_they_change_nothing),
      cmocka_unit_test(they_do_not_depend_on_the_partition),
      cmocka_unit_test(who_lacks_a_modality_sends_nothing_of_it),
      cmocka_unit_test(they_are_those_of_the_reference),
      cmocka_unit_test(they_stand_where_a_token_is_missing),
      cmocka_unit_test(what_pulls_is_the_formula),
      cmocka_unit_test(without_a_weight_nothing_pulls),
      cmocka_unit_test(what_does_not_go_together_is_refused),
  };
  deal_presence();
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}
