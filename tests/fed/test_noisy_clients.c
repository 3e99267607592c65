/* FedNoRo: its parts against numbers made apart from fray in float64 (tests/fixtures/fed_noise.h5),
 * and whole federations some clients of which have wrong labels. */
#include "fray/fed/noisy_clients.h"
#include "fray/h5/h5.h"
#include "scene.h"

#include <math.h>

enum { MOST = 64 }; /* values of a data set of the fixture */

static fray_h5 file;

static size_t take_all(const char *path, enum fray_h5_type type, void *out) {
  int rank;
  bool is_text;
  size_t dims[FRAY_H5_MAX_RANK], n = 1;
  OK(fray_h5_shape(file, path, &rank, dims, &is_text, &err));
  for (int i = 0; i < rank; i++)
    n *= dims[i];
  assert_true(n <= MOST);
  OK(fray_h5_read(file, path, type, out, n, &err));
  return n;
}

static double attribute(const char *path, const char *name) {
  double x;
  OK(fray_h5_attr_real(file, path, name, &x, &err));
  return x;
}

static void near(double got, double want, double within) {
  if (!(fabs(got - want) <= within * (1 + fabs(want))))
    fail_msg("%.12g, not %.12g", got, want);
}

/* ---- parts ---- */

/* Logits are rounded to float, which moves a loss by some 1e-7 of it. */
static void losses_are_those_of_the_fixture(void **state) {
  (void)state;
  double logits[MOST], count[MOST], teacher[MOST], prior[4];
  float adjusted[MOST], d[MOST];
  int64_t y[MOST];
  int32_t label[MOST], held[MOST];
  size_t total = 0;
  take_all("losses/logits", FRAY_H5_F64, logits);
  const size_t n = take_all("losses/y", FRAY_H5_I64, y);
  take_all("fednoro/class_count", FRAY_H5_F64, count);
  take_all("fednoro/teacher", FRAY_H5_F64, teacher);
  for (int32_t c = 0; c < 4; c++)
    for (double k = 0; k < count[c]; k++)
      held[total++] = c;
  fray_log_priors(total, held, 4, prior);
  for (size_t i = 0; i < n; i++)
    label[i] = (int32_t)y[i];
  for (size_t i = 0; i < 4 * n; i++)
    adjusted[i] = (float)(logits[i] + prior[i % 4]);
  const double by_labels = fray_loss(NULL, &(struct fray_truth){n, 4, label, NULL}, adjusted, d);
  const double by_teacher = fray_divergence(n, 4, teacher, adjusted, d);
  const double lambda = attribute("fednoro", "kd");
  near(by_labels, attribute("fednoro", "la_loss"), 1e-6);
  near(lambda * by_teacher + (1 - lambda) * by_labels, attribute("fednoro", "la_kd_loss"), 1e-6);
}

/* Softened once more by the inverse temperature, probabilities are as they were. */
static void a_teacher_is_softened(void **state) {
  (void)state;
  double teacher[MOST], soft[MOST];
  float logits[MOST];
  const size_t n = take_all("fednoro/teacher", FRAY_H5_F64, teacher);
  const double temperature = attribute("fednoro/teacher", "temperature");
  for (size_t i = 0; i < n; i++)
    logits[i] = (float)(temperature * log(teacher[i]));
  fray_soften(n / 4, 4, logits, temperature, soft);
  for (size_t i = 0; i < n; i++)
    near(soft[i], teacher[i], 1e-6);
}

/* By differences; the third class is not held, and takes no part. */
static void the_slope_of_a_divergence_is_its_own(void **state) {
  (void)state;
  enum { N = 3, K = 4 };
  struct fray_rng rng = fray_rng_for(1, "test/divergence", 0, 0, 0);
  float logits[N * K], d[N * K], scratch[N * K];
  double p[N * K];
  for (size_t i = 0; i < N * K; i++)
    logits[i] = (float)fray_rng_normal(&rng);
  fray_soften(N, K, logits, 0.5, p);
  for (size_t i = 0; i < N * K; i++)
    logits[i] = i % K == 2 ? -INFINITY : (float)fray_rng_normal(&rng);
  fray_divergence(N, K, p, logits, d);
  for (size_t i = 0; i < N * K; i++) {
    if (i % K == 2) {
      assert_true(d[i] == 0);
      continue;
    }
    const float at = logits[i], h = 1.0f / 64;
    logits[i] = at + h;
    const double above = fray_divergence(N, K, p, logits, scratch);
    logits[i] = at - h;
    const double below = fray_divergence(N, K, p, logits, scratch);
    logits[i] = at;
    near((double)d[i], (above - below) / (2 * h), 1e-4);
  }
  /* Of a softmax and itself there is none. */
  for (size_t i = 0; i < N * K; i++)
    logits[i] = (float)fray_rng_normal(&rng);
  fray_soften(N, K, logits, 1, p);
  near(fray_divergence(N, K, p, logits, d), 0, 1e-12);
}

static void the_ramp_is_that_of_the_fixture(void **state) {
  (void)state;
  static const char path[] = "fednoro/kd_weight";
  double want[MOST];
  const size_t n = take_all(path, FRAY_H5_F64, want);
  assert_int_equal(n, 61);
  for (size_t t = 0; t < n; t++)
    near(attribute(path, "a") *
             fray_ramp((double)t, attribute(path, "begin"), attribute(path, "end")),
         want[t], 1e-12);
}

/* NaN stands in the fixture where a client lacks a class. */
static size_t read_losses(double *loss) {
  const size_t n = take_all("fednoro/class_loss", FRAY_H5_F64, loss);
  for (size_t i = 0; i < n; i++)
    loss[i] = isnan(loss[i]) ? FRAY_NO_LOSS : loss[i];
  return n / 4;
}

static void losses_by_class_are_scaled(void **state) {
  (void)state;
  double loss[MOST], want[MOST];
  const size_t n = read_losses(loss);
  take_all("fednoro/indicator", FRAY_H5_F64, want);
  fray_scale_class_losses(n, 4, loss);
  for (size_t i = 0; i < 4 * n; i++)
    near(loss[i], want[i], 1e-12);
  /* Alike, and of nobody: no client stands out, and no 0/0 comes of it. */
  double same[] = {3, FRAY_NO_LOSS, 3, FRAY_NO_LOSS};
  fray_scale_class_losses(2, 2, same);
  for (size_t i = 0; i < 4; i++)
    assert_true(same[i] == 0);
}

static void means_are_by_class(void **state) {
  (void)state;
  static const double value[] = {1, 5, 3, 2};
  static const int32_t label[] = {2, 0, 2, 0};
  double mean[3];
  fray_class_means(4, value, label, 3, mean);
  assert_true(mean[0] == 3.5 && mean[1] == FRAY_NO_LOSS && mean[2] == 2);
  fray_log_priors(4, label, 3, mean);
  assert_true(mean[0] == log(0.5) && isinf(mean[1]) && mean[1] < 0 && mean[2] == log(0.5));
}

/* ---- the server ---- */

/* The method as a server has it, of so many clients and four classes. */
struct server {
  struct fray_arena arena;
  struct fray_server_config config;
  const struct fray_algorithm_ops *ops;
  double number[MOST], said[MOST][8], weight[MOST], product[4 * MOST];
  struct fray_member member[MOST];
  struct fray_server_round round;
};

static void open_server(struct server *s, const char *yaml, size_t n, const int64_t *samples) {
  struct fray_node *node;
  *s = (struct server){.round = {.updates = n, .clients = n, .classes = 4, .seed = 1}};
  OK(fray_yaml_parse(yaml, "test", &s->arena, &node, &err));
  OK(fray_schema_read(&fray_server_table, node, "", &s->config, &s->arena, &err));
  s->ops = fray_algorithm_of(&s->config);
  assert_int_equal(fray_client_numbers(s->ops, 4), 5);
  s->round.number = s->number;
  for (uint32_t c = 0; c < n; c++)
    s->member[c] = (struct fray_member){
        .client = c, .samples = samples ? (size_t)samples[c] : 7, .number = s->said[c]};
}

static void tell(struct server *s, size_t round) {
  s->round.round = round;
  OK(s->ops->told(s->config.algorithm.params, &s->round, s->round.updates, s->member, &s->arena,
                  &err));
}

static size_t found_by(struct server *s, struct fray_found *out) {
  return s->ops->found(s->config.algorithm.params, s->number, out);
}

/* The clients of the fixture are called noisy in the round after the warm-up, and for good. */
static void clients_of_the_fixture_are_called_noisy(void **state) {
  (void)state;
  struct server s;
  struct fray_found found[FRAY_MOST_FOUND];
  double loss[MOST];
  int64_t noisy[MOST];
  const size_t n = read_losses(loss);
  open_server(&s, "{algorithm: fednoro, warmup: 3}", n, NULL);
  for (size_t c = 0; c < n; c++) {
    s.said[c][0] = c == 2 || c == 4 ? 3 : 0; /* labels that are wrong: of one that stands out */
    memcpy(s.said[c] + 1, loss + 4 * c, 4 * sizeof *loss);
  }
  tell(&s, 3);
  assert_int_equal(found_by(&s, found), 0);
  assert_int_equal(s.ops->products(s.config.algorithm.params, &s.round), FRAY_PRODUCTS_NONE);
  tell(&s, 4);
  assert_int_equal(found_by(&s, found), 1);
  assert_string_equal(found[0].of, "clients");
  const size_t named = take_all("fednoro/noisy_clients", FRAY_H5_I64, noisy);
  assert_true(found[0].seen == (double)n && found[0].called == (double)named);
  assert_true(found[0].wrong == 2 && found[0].right == 1);
  const size_t first =
      fray_server_numbers(&s.config.algorithm, &(struct fray_roster){.clients = (uint32_t)n}) - n;
  for (size_t i = 0; i < named; i++)
    assert_true(s.number[first + (size_t)noisy[i]] == 1);
  double before[MOST];
  memcpy(before, s.number, sizeof before);
  memset(s.said, 0, sizeof s.said);
  tell(&s, 5);
  assert_memory_equal(before, s.number, sizeof before);
  fray_arena_free(&s.arena);
}

/* Products of the fixture's models, by parts that end there. */
static void multiply(struct server *s, const double *model, size_t parts, const size_t *end) {
  const size_t n = s->round.updates;
  s->round.parts = parts;
  s->round.product = s->product;
  memset(s->product, 0, sizeof s->product);
  for (size_t part = 0, first = 0; part < parts; first = end[part++])
    for (size_t at = 0; at < n * n; at++)
      for (size_t i = first; i < end[part]; i++)
        s->product[part * n * n + at] += model[at / n * 8 + i] * model[at % n * 8 + i];
}

/* Clients 1 and 3 of five have the large losses. Weights of the paper, and of the authors' code. */
static void weights_are_those_of_the_fixture(void **state) {
  (void)state;
  double model[MOST], want[MOST], result[MOST];
  int64_t samples[MOST];
  take_all("fednoro/daagg/models", FRAY_H5_F64, model);
  take_all("fednoro/daagg/result", FRAY_H5_F64, result);
  const size_t n = take_all("fednoro/daagg/samples", FRAY_H5_I64, samples);
  for (int authors = 0; authors < 2; authors++) {
    static const size_t whole[] = {8}, tensors[] = {6, 8};
    struct server s;
    open_server(&s,
                authors ? "{algorithm: fednoro, warmup: 1, compat: authors}"
                        : "{algorithm: fednoro, warmup: 1}",
                n, samples);
    for (size_t c = 0; c < n; c++)
      for (size_t k = 1; k <= 4; k++)
        s.said[c][k] = (c % 2 ? 2 : 0.5) + 0.01 * (double)(c * k);
    tell(&s, 2);
    assert_int_equal(s.ops->products(s.config.algorithm.params, &s.round),
                     authors ? FRAY_PRODUCTS_BY_TENSOR : FRAY_PRODUCTS_WHOLE);
    multiply(&s, model, authors ? 2 : 1, authors ? tensors : whole);
    s.ops->weigh(s.config.algorithm.params, &s.round, n, s.member, s.weight);
    take_all(authors ? "fednoro/daagg/weights" : "fednoro/daagg/weights_flat_norm", FRAY_H5_F64,
             want);
    for (size_t i = 0; i < n; i++)
      near(s.weight[i], want[i], 1e-9);
    for (size_t k = 0; authors && k < 8; k++) {
      double sum = 0;
      for (size_t i = 0; i < n; i++)
        sum += s.weight[i] * model[8 * i + k];
      near(sum, result[k], 1e-9);
    }
    fray_arena_free(&s.arena);
  }
}

/* Nobody is noisy, or all who came are: by their samples, and no 0/0. */
static void without_two_kinds_of_clients_samples_decide(void **state) {
  (void)state;
  static const int64_t samples[] = {1, 2, 5};
  struct server s;
  open_server(&s, "{algorithm: fednoro, warmup: 1}", 3, samples);
  tell(&s, 2); /* losses are 0 throughout */
  assert_int_equal(s.ops->products(s.config.algorithm.params, &s.round), FRAY_PRODUCTS_NONE);
  s.ops->weigh(s.config.algorithm.params, &s.round, 3, s.member, s.weight);
  for (size_t i = 0; i < 3; i++)
    near(s.weight[i], (double)samples[i] / 8, 1e-15);
  for (size_t i = 0; i < MOST; i++)
    s.number[i] = 1;
  const double model[24] = {[0] = 1, [9] = 2};
  multiply(&s, model, 1, (const size_t[]){8});
  s.ops->weigh(s.config.algorithm.params, &s.round, 3, s.member, s.weight);
  for (size_t i = 0; i < 3; i++)
    near(s.weight[i], (double)samples[i] / 8, 1e-15);
  fray_arena_free(&s.arena);
}

/* ---- federations ---- */

#define PLAIN "local: {epochs: 2, batch: 3, lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}"

/* As many samples of each class in every client, but in the uneven ones. */
static void open_with(struct scene *s, size_t rounds, const char *server, bool even) {
  char training[512];
  snprintf(training, sizeof training,
           "{rounds: %zu, clients_per_round: 1.0, " PLAIN ", server: %s}", rounds, server);
  open_model_scene(s, MODEL("8"), training, "{every: 2, metrics: [accuracy, nll]}");
  for (size_t c = 0; even && c < CLIENTS; c++)
    s->count[c] = EACH / CLASSES * CLASSES;
}

/* These clients share the first samples, whose labels are those of other classes, and the others
 * the rest: so many that a loss by class says something. */
static void turn_labels(struct scene *s, const size_t *who, size_t n) {
  enum { TURNED = 27 };
  int32_t *label = fray_arena_alloc(&s->arena, SAMPLES, sizeof *label);
  assert_non_null(label);
  for (size_t i = 0; i < SAMPLES; i++)
    label[i] = (s->dataset->label[i] + (i < TURNED)) % CLASSES;
  for (size_t c = 0; c < CLIENTS; c++) {
    s->first[c] = TURNED + c % 6;
    s->count[c] = 30;
  }
  for (size_t k = 0; k < n; k++) {
    s->first[who[k]] = k;
    s->count[who[k]] = TURNED - 3;
  }
  s->clients.data.label = label;
}

static double off(const struct scene *s, const float *a, const float *b) {
  double worst = 0, scale = 0;
  for (size_t i = 0; i < fray_model_params(s->model)->total; i++) {
    worst = fmax(worst, fabs((double)a[i] - (double)b[i]));
    scale = fmax(scale, fabs((double)b[i]));
  }
  return worst / scale;
}

/* log 1/K on each logit moves no softmax: equal but for rounding. Where classes are uneven it is
 * another method. */
static void a_warm_up_of_even_classes_is_fedavg(void **state) {
  (void)state;
  for (int even = 0; even < 2; even++) {
    struct scene s, t;
    struct fray_outcome plain, ours;
    open_with(&s, 5, "{algorithm: fedavg}", even);
    open_with(&t, 5, "{algorithm: fednoro, warmup: 5}", even);
    OK(fray_federate(&s.f, &s.arena, &plain, &err));
    OK(fray_federate(&t.f, &t.arena, &ours, &err));
    assert_int_equal(ours.n_found, 0);
    assert_true(even ? off(&s, ours.last, plain.last) < 1e-5
                     : off(&s, ours.last, plain.last) > 1e-3);
    close_scene(&s), close_scene(&t);
  }
}

/* Three of nine clients: they are found, others are not, and from the next round on they alone ask
 * the teacher, a pass more for each of their steps. */
static void clients_with_wrong_labels_are_found(void **state) {
  (void)state;
  enum { WARMUP = 10 };
  static const size_t who[] = {1, 4, 5};
  struct scene s;
  struct fray_outcome out;
  open_with(&s, WARMUP + 2, "{algorithm: fednoro, warmup: 10, begin: 1, end: 2}", false);
  turn_labels(&s, who, FRAY_COUNT(who));
  OK(fray_federate(&s.f, &s.arena, &out, &err));
  const struct fray_found *f = &out.found[0];
  assert_int_equal(out.n_found, 1);
  assert_true(f->seen == CLIENTS && f->wrong == 3);
  if (f->called != 3 || f->right != 3)
    fail_msg("%g clients are called noisy, %g of them rightly", f->called, f->right);
  const double forward = 2.0 * (5 * 8 + 8 * 8 + 8 * 4 + 4 * 3);
  double all = 0, noisy = 0;
  for (size_t c = 0; c < CLIENTS; c++)
    all += s.count[c];
  for (size_t k = 0; k < FRAY_COUNT(who); k++)
    noisy += s.count[who[k]];
  near(out.row[WARMUP].flops - out.row[WARMUP - 1].flops, forward * all, 1e-12);
  near(out.row[WARMUP + 1].flops - out.row[WARMUP - 1].flops, forward * 2 * noisy, 1e-12);
  close_scene(&s);
}

/* Labels that nobody changed are none that are wrong; and without a truth nobody knows. */
static void the_truth_is_of_the_data(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  open_with(&s, 3, "{algorithm: fednoro, warmup: 1}", false);
  OK(fray_federate(&s.f, &s.arena, &out, &err));
  assert_true(out.found[0].seen == CLIENTS && out.found[0].wrong == 0 && out.found[0].right == 0);
  close_scene(&s);
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/fed_noise.h5", &file, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(losses_are_those_of_the_fixture),
      cmocka_unit_test(a_teacher_is_softened),
      cmocka_unit_test(the_slope_of_a_divergence_is_its_own),
      cmocka_unit_test(the_ramp_is_that_of_the_fixture),
      cmocka_unit_test(losses_by_class_are_scaled),
      cmocka_unit_test(means_are_by_class),
      cmocka_unit_test(clients_of_the_fixture_are_called_noisy),
      cmocka_unit_test(weights_are_those_of_the_fixture),
      cmocka_unit_test(without_two_kinds_of_clients_samples_decide),
      cmocka_unit_test(a_warm_up_of_even_classes_is_fedavg),
      cmocka_unit_test(clients_with_wrong_labels_are_found),
      cmocka_unit_test(the_truth_is_of_the_data),
  };
  const int failed = run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
  fray_h5_close(file, NULL);
  return failed;
}
