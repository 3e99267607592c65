/* FedCorr: its numbers against some that were made elsewhere (tests/fixtures/fed_noise.h5), what
 * clients and server do with them step by step, and laws on whole federations. */
#include "fray/fed/sample_choice.h"
#include "fray/h5/h5.h"
#include "scene.h"

#include <math.h>

enum { MOST = 128 }; /* values of a data set of the fixture */
#define EVERY "{metrics: [accuracy]}"

static fray_h5 file;

static size_t numbers(const char *path, enum fray_h5_type type, void *out) {
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

/* ---- against the fixture ---- */

/* The authors' code adds 1e-6 beside r_k and has float32: some 1e-5 of it. */
static void dimensions_are_those_of_the_fixture(void **state) {
  (void)state;
  double x[MOST], nearest[MOST], got[MOST], want[MOST], theirs[MOST];
  const size_t values = numbers("fedcorr/predictions", FRAY_H5_F64, x);
  for (int i = 0; i < 2; i++) {
    const char *path = i ? "fedcorr/lid_k13" : "fedcorr/lid_k5";
    const size_t n = numbers(path, FRAY_H5_F64, want);
    numbers(i ? "fedcorr/lid_k13_public_code" : "fedcorr/lid_k5_public_code", FRAY_H5_F64, theirs);
    assert_int_equal(values, 4 * n);
    fray_local_dimensions(n, 4, x, (size_t)attribute(path, "k"), nearest, got);
    for (size_t j = 0; j < n; j++) {
      assert_true(fabs(got[j] - want[j]) <= 1e-9 * want[j]);
      assert_true(fabs(got[j] - theirs[j]) <= 3e-5 * theirs[j]);
    }
    if (i == 0)
      continue;
    /* Of 14 points each has 13 others: more are not asked for. */
    fray_local_dimensions(n, 4, x, 20, nearest, theirs);
    assert_memory_equal(got, theirs, n * sizeof *got);
  }
}

/* Distances in proportion to powers of one half: -1/k sum ln 2^-j = ln 2 (k - 1) / 2. Moved and
 * scaled points have the same dimensions. */
static void dimensions_have_laws(void **state) {
  (void)state;
  const double line[] = {0, 1, 2, 4, 8, 16}, corners[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  double moved[6], nearest[20], got[6], again[6];
  fray_local_dimensions(6, 1, line, 5, nearest, got);
  assert_true(fabs(got[0] - 2 / (log(2) * 4)) <= 1e-12);
  for (size_t i = 0; i < 6; i++)
    moved[i] = 3 - 0.25 * line[i];
  fray_local_dimensions(6, 1, moved, 5, nearest, again);
  for (size_t i = 0; i < 6; i++)
    assert_true(fabs(got[i] - again[i]) <= 1e-12 * got[i]);
  /* All others at one distance, too few of them, and points that lie on each other. */
  fray_local_dimensions(3, 3, corners, 20, nearest, got);
  assert_true(isnan(got[0]) && isnan(got[1]) && isnan(got[2]));
  fray_local_dimensions(2, 1, line, 20, nearest, got);
  assert_true(isnan(got[0]) && isnan(got[1]));
  fray_local_dimensions(1, 1, line, 20, nearest, got);
  assert_true(isnan(got[0]));
  const double same[] = {2, 2, 2, 2, 5};
  fray_local_dimensions(5, 1, same, 3, nearest, got);
  assert_true(got[0] == 0 && got[3] == 0 && isnan(got[4]));
  fray_local_dimensions(4, 1, same, 3, nearest, got);
  assert_true(got[0] == 0 && got[3] == 0);
}

static void relabelled_are_those_of_the_fixture(void **state) {
  (void)state;
  double loss[MOST], confidence[MOST], scratch[MOST];
  int32_t want[MOST];
  uint32_t order[MOST];
  uint8_t chosen[MOST];
  const char *path = "fedcorr/relabelled";
  const size_t n = numbers("fedcorr/sample_loss", FRAY_H5_F64, loss);
  assert_int_equal(numbers("fedcorr/confidence", FRAY_H5_F64, confidence), n);
  const size_t wanted = numbers(path, FRAY_H5_I32, want);
  const size_t count =
      fray_relabel_count(n, attribute(path, "estimated_noise"), attribute(path, "relabel_ratio"));
  assert_int_equal(count, 4);
  assert_int_equal(fray_choose_relabelled(n, loss, confidence, count,
                                          attribute(path, "confidence_threshold"), scratch, order,
                                          chosen),
                   wanted);
  for (size_t i = 0, k = 0; i < n; i++) {
    const bool is = k < wanted && (size_t)want[k] == i;
    assert_int_equal(chosen[i], is);
    k += is;
  }
  /* The whole part, where level x n is a whole number but for rounding. */
  for (size_t all = 1; all < 200; all++)
    for (size_t part = 0; part <= all; part++)
      assert_int_equal(fray_relabel_count(all, (double)part / (double)all, 0.5), part / 2);
}

/* ---- the server ---- */

static const struct fray_algorithm_ops *ops_of(const struct scene *s) {
  return fray_algorithm_of(&s->training.server);
}

static void open_with(struct scene *s, size_t rounds, const char *clients, const char *server,
                      const char *more) {
  char training[640];
  snprintf(training, sizeof training,
           "{rounds: %zu, clients_per_round: %s, " LOCAL ", server: {algorithm: %s}%s}", rounds,
           clients, server, more);
  open_model_scene(s, MODEL("4"), training, EVERY);
}

/* What clients say of themselves, as they all come in one round; the server's numbers follow. */
static double *judge(struct scene *s, size_t n, const double *dimension, double share,
                     size_t round) {
  static const uint32_t samples[CLIENTS] = {5, 5, 5, 5, 5, 5, 5, 5, 5};
  const struct fray_algorithm_ops *ops = ops_of(s);
  const void *params = s->training.server.algorithm.params;
  const struct fray_roster roster = {.clients = n, .samples = samples, .cohort = n};
  struct fray_member member[CLIENTS];
  double said[CLIENTS][16] = {{0}}, weight[CLIENTS];
  double *number = fray_arena_zero(&s->arena, ops->server_numbers(params, &roster), sizeof *number);
  assert_non_null(number);
  ops->start(params, &roster, 1, NULL, number);
  const struct fray_server_round r = {.round = round, .clients = n, .number = number};
  for (size_t c = 0; c < n; c++) {
    said[c][0] = dimension[c];
    said[c][1] = share;
    member[c] = (struct fray_member){.client = (uint32_t)c, .samples = 5, .number = said[c]};
  }
  ops->weigh(params, &r, n, member, weight);
  for (size_t c = 0; c < n; c++)
    assert_true(fabs(weight[c] - 1.0 / (double)n) <= 1e-15);
  OK(ops->review(params, &r, &s->arena, &err));
  return number;
}

/* Of the fixture's clients finetuning asks those that are not noisy there; those alone judged noisy
 * whose share is small take part as well. */
static void the_server_finds_the_noisy_clients_of_the_fixture(void **state) {
  (void)state;
  struct scene s;
  double lid[MOST];
  int32_t noisy[MOST];
  uint8_t asked[CLIENTS];
  const size_t n = numbers("fedcorr/cumulative_lid", FRAY_H5_F64, lid);
  assert_int_equal(numbers("fedcorr/noisy", FRAY_H5_I32, noisy), n);
  open_with(&s, 9, "1.0", "fedcorr, iterations: 1, finetune: 1", "");
  for (int little = 0; little < 2; little++) {
    double *number = judge(&s, n, lid, little ? 0.1 : 0.11, 1);
    const struct fray_server_round second = {.round = 2, .clients = n, .number = number};
    ops_of(&s)->welcome(s.training.server.algorithm.params, &second, asked);
    for (size_t c = 0; c < n; c++)
      assert_int_equal(asked[c], little || !noisy[c]);
    const struct fray_server_round third = {.round = 3, .clients = n, .number = number};
    ops_of(&s)->welcome(s.training.server.algorithm.params, &third, asked);
    for (size_t c = 0; c < n; c++)
      assert_int_equal(asked[c], 1);
    struct fray_found found[FRAY_MOST_FOUND];
    assert_int_equal(ops_of(&s)->found(NULL, number, found), 3);
    assert_true(found[0].seen == 8 && found[0].called == 3 && found[0].wrong == 0);
  }
  /* Who says no dimension is not judged, nor are clients that are all alike. */
  static const double none[CLIENTS] = {-1, -1, -1, -1, 4, 9, -1, 4, 4};
  static const double alike[CLIENTS] = {4, 4, 4 + 1e-7, 4, 4, 4, 4, 4, 4 - 1e-7};
  struct fray_found found[FRAY_MOST_FOUND];
  ops_of(&s)->found(NULL, judge(&s, CLIENTS, none, 0.5, 1), found);
  assert_true(found[0].seen == 4 && found[0].called == 1);
  ops_of(&s)->found(NULL, judge(&s, CLIENTS, alike, 0.5, 1), found);
  assert_true(found[0].seen == 9 && found[0].called == 0);
  close_scene(&s);
}

/* ---- a client ---- */

/* Client 5 at work, called noisy: all that a visit needs. */
struct visitor {
  struct scene s;
  struct fray_trainer trainer;
  float *w, *up[1], *kept;
  double said[16], *number;
  struct fray_visit v;
};

static void open_visitor(struct visitor *x, const char *server, double share) {
  static const double dimension[CLIENTS] = {2, 2.1, 1.9, 2.2, 1.8, 9, 9.2, 2.05, 1.95};
  struct scene *s = &x->s;
  *x = (struct visitor){0};
  open_with(s, 9, "1.0", server, "");
  const size_t total = fray_model_params(s->model)->total;
  OK(fray_trainer_start(&x->trainer, s->model, s->features, 1, &s->training.local, &err));
  x->w = fray_arena_zero(&s->arena, total, sizeof(float));
  x->up[0] = fray_arena_zero(&s->arena, total, sizeof(float));
  x->kept = fray_arena_zero(&s->arena, 2 * EACH, sizeof(float));
  fray_param_init(fray_model_params(s->model), 3, x->w);
  x->number = judge(s, CLIENTS, dimension, share, 1);
}

static void close_visitor(struct visitor *x) {
  fray_trainer_end(&x->trainer);
  close_scene(&x->s);
}

/* One visit in a round; its client came before. */
static void visit(struct visitor *x, size_t round, bool came) {
  const struct fray_client client = fray_client_of(&x->s.clients, 5);
  struct fray_client_result result;
  memset(x->said, 0, sizeof x->said);
  x->v = (struct fray_visit){.algorithm = &x->s.training.server.algorithm,
                             .source = client.source,
                             .client = 5,
                             .seed = 5,
                             .round = round,
                             .data = client.data,
                             .truth = x->s.dataset->label,
                             .work = 1,
                             .global = x->w,
                             .came = came,
                             .server = x->number,
                             .kept_samples = x->kept,
                             .up = x->up,
                             .number = x->said};
  OK(fray_client_visit(&x->trainer, &x->v, &result, &err));
  assert_true(result.finite);
}

/* Classes and their probabilities by the received model. */
static void ask(struct visitor *x, int32_t *best, double *confidence) {
  float p[EACH * CLASSES];
  uint8_t sure[EACH];
  const size_t n = x->v.given;
  OK(fray_visit_probabilities(&x->v, x->w, 0, n, p, &err));
  fray_sure(n, CLASSES, p, 0, best, sure);
  for (size_t i = 0; i < n; i++)
    confidence[i] = (double)p[i * CLASSES + (size_t)best[i]];
}

/* The losses that stay are those of the trained model, and its dimension follows from its answers.
 */
static void a_visit_leaves_losses_and_says_its_dimension(void **state) {
  (void)state;
  struct visitor x;
  float p[EACH * CLASSES];
  double points[EACH * CLASSES], nearest[EACH], dimension[EACH], mean = 0;
  open_visitor(&x, "fedcorr, iterations: 2, k: 3", 0.5);
  visit(&x, 2, false);
  const size_t n = x.v.given;
  OK(fray_visit_probabilities(&x.v, x.v.w, 0, n, p, &err));
  for (size_t i = 0; i < n * CLASSES; i++)
    points[i] = (double)p[i];
  fray_local_dimensions(n, CLASSES, points, 3, nearest, dimension);
  for (size_t i = 0; i < n; i++) {
    const int32_t label = x.v.data.label[i];
    assert_true(x.kept[i] == (float)label && label == x.s.dataset->label[x.v.data.sample[i]]);
    assert_true(fabs((double)x.kept[n + i] + log(points[i * CLASSES + (size_t)label])) <= 1e-6);
    mean += dimension[i] / (double)n;
  }
  assert_true(fabs(x.said[0] - mean) <= 1e-12 * mean);
  assert_true(x.said[1] >= 0 && x.said[1] < 1);
  /* In finetuning nothing of it is said, and losses stay as they are. */
  const float before = x.kept[n];
  visit(&x, 3, true);
  assert_true(x.said[0] == -1 && x.kept[n] == before);
  close_visitor(&x);
}

/* The server has heard of the client in that round too. */
static void hear_of(struct visitor *x, size_t round) {
  const double said[16] = {-1};
  const struct fray_member member = {.client = 5, .samples = 5, .number = said};
  const struct fray_server_round r = {.round = round, .clients = CLIENTS, .number = x->number};
  double weight;
  ops_of(&x->s)->weigh(x->s.training.server.algorithm.params, &r, 1, &member, &weight);
}

/* Rounds 1 and 2 are iterations, 3 and 4 finetuning. After an iteration it is the part of its
 * samples that the level says, by the losses that were kept; after finetuning all of which the
 * model is sure; else none, and nothing twice. */
static void labels_change_when_they_are_due(void **state) {
  (void)state;
  static const struct {
    size_t last, now;
    const char *changed; /* by sample */
  } each[] = {{1, 1, "....."}, {1, 2, ".xx.."}, {1, 3, ".xx.."}, {1, 5, "xxxxx"},
              {3, 4, "....."}, {3, 5, "xxxxx"}, {4, 9, "xxxxx"}, {5, 6, "....."}};
  static const float losses[] = {0, 1, 2, 0, 1};
  for (int sure = 0; sure < 2; sure++)
    for (size_t k = 0; k < FRAY_COUNT(each); k++) {
      struct visitor x;
      int32_t best[EACH];
      double confidence[EACH];
      open_visitor(&x,
                   sure ? "fedcorr, iterations: 2, finetune: 2, confidence: 0"
                        : "fedcorr, iterations: 2, finetune: 2, confidence: 1",
                   0.8);
      const size_t n = x.s.count[5];
      assert_int_equal(n, FRAY_COUNT(losses));
      x.s.training.local.epochs = 0; /* what changes is what begin does */
      visit(&x, 1, false);
      ask(&x, best, confidence);
      for (size_t i = 0; i < n; i++)
        x.kept[i] = (float)((best[i] + 1) % CLASSES);
      memcpy(x.kept + n, losses, sizeof losses);
      if (each[k].last > 1)
        hear_of(&x, each[k].last);
      visit(&x, each[k].now, true);
      for (size_t i = 0; i < n; i++) {
        const bool is = sure && each[k].changed[i] == 'x';
        if (x.v.data.label[i] != (is ? best[i] : (best[i] + 1) % CLASSES) ||
            x.kept[i] != (float)x.v.data.label[i])
          fail_msg("last %zu, now %zu: label of sample %zu", each[k].last, each[k].now, i);
      }
      close_visitor(&x);
    }
}

/* Who is not called noisy keeps its labels, and is not pulled. */
static void a_clean_client_is_left_alone(void **state) {
  (void)state;
  static const double dimension[CLIENTS] = {9, 9.1, 2, 2.2, 1.8, 2.1, 1.9, 2.05, 1.95};
  struct visitor x;
  open_visitor(&x, "fedcorr, iterations: 2, confidence: 0", 0.8);
  x.number = judge(&x.s, CLIENTS, dimension, 0.8, 1);
  const size_t n = x.s.count[5];
  visit(&x, 1, false);
  visit(&x, 5, true);
  for (size_t i = 0; i < n; i++)
    assert_int_equal(x.v.data.label[i], x.s.dataset->label[x.v.data.sample[i]]);
  for (size_t i = 0; i < x.v.total; i++)
    x.v.grad[i] = 1;
  ops_of(&x.s)->gradient(x.s.training.server.algorithm.params, &x.v);
  for (size_t i = 0; i < x.v.total; i++)
    assert_true(x.v.grad[i] == 1);
  close_visitor(&x);
}

/* beta mu times the distance: central differences, and nothing where there is no distance. */
static void the_pull_is_the_slope_of_the_distance(void **state) {
  (void)state;
  struct visitor x;
  const double h = 1e-4, mu = 0.4, beta = 3;
  open_visitor(&x, "fedcorr, iterations: 3, beta: 3, relabel_ratio: 0", mu);
  visit(&x, 2, false);
  const size_t total = x.v.total;
  double square = 0;
  for (size_t i = 0; i < total; i++) {
    x.v.grad[i] = 1;
    square += pow((double)x.v.w[i] - (double)x.w[i], 2);
  }
  assert_true(square > 0);
  ops_of(&x.s)->gradient(x.s.training.server.algorithm.params, &x.v);
  for (size_t i = 0; i < total; i++) {
    const double off = (double)x.v.w[i] - (double)x.w[i], rest = square - off * off;
    const double slope = beta * mu *
                         (sqrt(rest + (off + h) * (off + h)) - sqrt(rest + (off - h) * (off - h))) /
                         (2 * h);
    assert_true(fabs((double)x.v.grad[i] - 1 - slope) <= 1e-6);
  }
  memcpy(x.v.w, x.w, total * sizeof *x.w);
  for (size_t i = 0; i < total; i++)
    x.v.grad[i] = 1;
  ops_of(&x.s)->gradient(x.s.training.server.algorithm.params, &x.v);
  for (size_t i = 0; i < total; i++)
    assert_true(x.v.grad[i] == 1);
  close_visitor(&x);
}

/* ---- whole federations ---- */

static void run(struct scene *s, struct fray_outcome *out) {
  OK(fray_federate(&s->f, &s->arena, out, &err));
}

static bool is_same(const struct scene *s, const struct fray_outcome *a,
                    const struct fray_outcome *b) {
  return memcmp(a->last, b->last, fray_model_params(s->model)->total * sizeof *a->last) == 0;
}

/* Without iterations nobody is noisy; with them and everybody in each round, nothing is left of the
 * method where no label changes, nobody is pulled, and all are clean enough. */
static void some_parameters_make_it_fedavg(void **state) {
  (void)state;
  static const struct {
    const char *clients, *server;
    bool is_fedavg;
  } each[] = {
      {"5", "fedcorr, iterations: 0, finetune: 0", true},
      {"5", "fedcorr, iterations: 0, finetune: 3", true},
      {"1.0",
       "fedcorr, iterations: 2, finetune: 1, beta: 0, confidence: 1, "
       "clean_threshold: 1",
       true},
      {"1.0", "fedcorr, iterations: 2, finetune: 1, confidence: 1, clean_threshold: 1", false},
      {"1.0",
       "fedcorr, iterations: 2, finetune: 1, beta: 0, confidence: 0, "
       "clean_threshold: 1",
       false},
      {"1.0", "fedcorr, iterations: 2, finetune: 1, beta: 0, confidence: 1", false}};
  for (size_t i = 0; i < FRAY_COUNT(each); i++) {
    struct scene s, t;
    struct fray_outcome plain, ours;
    open_with(&s, 5, each[i].clients, "fedavg", "");
    open_with(&t, 5, each[i].clients, each[i].server, "");
    run(&s, &plain);
    run(&t, &ours);
    if (is_same(&s, &plain, &ours) != each[i].is_fedavg)
      fail_msg("%s: is %s", each[i].server, each[i].is_fedavg ? "not fedavg" : "fedavg");
    close_scene(&s), close_scene(&t);
  }
}

/* Labels of some clients that are all wrong. */
static void shift_labels(struct scene *s, size_t first) {
  int32_t *label = fray_arena_alloc(&s->arena, SAMPLES, sizeof *label);
  assert_non_null(label);
  for (size_t i = 0; i < SAMPLES; i++)
    label[i] = i >= first * EACH ? (s->dataset->label[i] + 1) % CLASSES : s->dataset->label[i];
  s->clients.data.label = label;
}

/* Nine clients in cohorts of four: an iteration is three rounds, and each comes once. Finetuning
 * asks those who are clean, or nearly so. What is found are counts of all of them. */
static void each_comes_once_in_an_iteration(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  static const size_t cohorts[] = {4, 4, 1, 4, 4, 1};
  open_with(&s, 14, "4", "fedcorr, iterations: 2, finetune: 2, clean_threshold: 0, confidence: 0.3",
            "");
  shift_labels(&s, 6);
  run(&s, &out);
  for (size_t r = 0; r < FRAY_COUNT(cohorts); r++)
    assert_int_equal(out.row[r].cohort, cohorts[r]);
  assert_int_equal(out.n_found, 3);
  const struct fray_found *c = &out.found[0], *x = &out.found[1], *l = &out.found[2];
  assert_string_equal(c->of, "clients");
  assert_string_equal(x->of, "samples");
  assert_string_equal(l->of, "labels");
  size_t samples = 0, wrong = 0;
  for (size_t i = 0; i < CLIENTS; i++) {
    samples += s.count[i];
    wrong += i >= 6 ? s.count[i] : 0;
  }
  assert_true(c->seen == CLIENTS && c->wrong == 3 && c->called > 0 && c->called < CLIENTS);
  assert_true(x->seen == (double)samples && x->wrong == (double)wrong);
  assert_true(l->seen == x->seen && l->wrong == x->wrong && l->called == x->called);
  assert_true(x->called > 0 && x->right <= x->called && l->right <= x->right);
  close_scene(&s);
}

/* Nor twice, where availability is simulated: of those who can be reached, or of all but for time.
 */
static void nobody_comes_twice_in_an_iteration(void **state) {
  (void)state;
  static const char *const each[] = {", availability: {reachable: {kind: bernoulli, p: 0.7}}",
                                     ", availability: {partial: {p: 0.5}}"};
  for (size_t k = 0; k < FRAY_COUNT(each); k++) {
    struct scene s;
    struct fray_outcome out;
    uint32_t visits = 0, most = 0;
    open_with(&s, 3, "3", "fedcorr, iterations: 1", each[k]);
    run(&s, &out);
    for (size_t c = 0; c < CLIENTS; c++) {
      visits += out.visits[c];
      most = FRAY_MAX(most, out.visits[c]);
    }
    assert_int_equal(visits, out.row[0].cohort + out.row[1].cohort + out.row[2].cohort);
    assert_int_equal(most, 1);
    assert_true(visits >= 6);
    close_scene(&s);
  }
}

/* One sample has no neighbour and two have no distances to compare: such clients train, and are not
 * judged. Samples without a label are nobody's. */
static void clients_of_few_samples_are_not_judged(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  uint32_t labelled[CLIENTS];
  open_with(&s, 6, "1.0", "fedcorr, iterations: 3, finetune: 1, confidence: 0.3", "");
  for (size_t c = 0; c < CLIENTS; c++)
    labelled[c] = c < 2 ? (uint32_t)c + 1 : 4;
  s.clients.n_labelled = labelled;
  run(&s, &out);
  assert_false(out.diverged);
  assert_int_equal(out.row[0].cohort, CLIENTS);
  assert_int_equal(out.row[5].cohort, CLIENTS);
  assert_true(out.found[0].seen == CLIENTS - 2 && out.found[1].seen == 3 + 4 * (CLIENTS - 2));
  close_scene(&s);
}

/* ---- what does not go together ---- */

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
#define CORR "server: {algorithm: fedcorr}}"
  refuses("{local: {loss: bce}, " CORR, "replaces the one label");
  refuses("{local: {loss: gce}, " CORR, "two corrections of one fault");
  refuses("{local: {loss: symmetric}, " CORR, "take cross_entropy");
  refuses("{local: {loss: label_smoothing}, " CORR, "label_smoothing makes light");
  refuses("{cohorts: some.csv, " CORR, "whom a round may ask");
  refuses("{private: {blocks: [f]}, " CORR, "no block of it can be private");
  refuses("{server: {algorithm: fedcorr, k: 1}}", "k");
}

/* Nine clients, four of them a round: three rounds until all came. */
static void too_few_rounds_are_told(void **state) {
  (void)state;
  struct scene s;
  struct fray_roster roster;
  char words[400];
  for (int enough = 0; enough < 2; enough++) {
    open_with(&s, enough ? 9 : 8, "4", "fedcorr, iterations: 2, finetune: 2", "");
    OK(fray_federation_roster(&s.training, s.dataset, &s.clients, s.name, &s.arena, &roster, &err));
    assert_int_equal(ops_of(&s)->idle(s.training.server.algorithm.params, &s.training, &roster, 4,
                                      words, sizeof words),
                     !enough);
    close_scene(&s);
  }
  assert_non_null(strstr(words, "2 iterations take 6 rounds (3 until all"));
}

static int open_all(void **state) {
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/fed_noise.h5", &file, &err));
  return set_up(state);
}

static int close_all(void **state) {
  OK(fray_h5_close(file, &err));
  return tear_down(state);
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dimensions_are_those_of_the_fixture),
      cmocka_unit_test(dimensions_have_laws),
      cmocka_unit_test(relabelled_are_those_of_the_fixture),
      cmocka_unit_test(the_server_finds_the_noisy_clients_of_the_fixture),
      cmocka_unit_test(a_visit_leaves_losses_and_says_its_dimension),
      cmocka_unit_test(labels_change_when_they_are_due),
      cmocka_unit_test(a_clean_client_is_left_alone),
      cmocka_unit_test(the_pull_is_the_slope_of_the_distance),
      cmocka_unit_test(some_parameters_make_it_fedavg),
      cmocka_unit_test(each_comes_once_in_an_iteration),
      cmocka_unit_test(nobody_comes_twice_in_an_iteration),
      cmocka_unit_test(clients_of_few_samples_are_not_judged),
      cmocka_unit_test(what_does_not_go_together_is_refused),
      cmocka_unit_test(too_few_rounds_are_told),
  };
  int failed = cmocka_run_group_tests(tests, open_all, close_all);
  fray_comm_finish(world);
  return failed;
}
