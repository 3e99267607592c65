/* Simulated availability against tests/fixtures/availability.json, whose numbers are closed forms:
 * probabilities and traces exactly, what fray simulates within five standard errors. */
#include "fray/base/file.h"
#include "fray/fed/client.h"
#include "fray/fed/federation.h"
#include "ok.h"
#include "scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 64 };

static struct fray_arena arena;
static const struct fray_node *fixture;

static int open_fixture(void **state) {
  (void)state;
  struct fray_node *root; /* JSON is YAML */
  OK(fray_yaml_load(FRAY_SOURCE_DIR "/tests/fixtures/availability.json", &arena, &root, &err));
  fixture = root;
  return 0;
}

static int close_fixture(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return 0;
}

static const struct fray_node *at(const char *path) {
  const struct fray_node *node = fray_node_at(fixture, path);
  if (!node)
    fail_msg("the fixture has no %s", path);
  return node;
}

static double real(const struct fray_node *node) {
  double value = NAN;
  assert_true(fray_node_real(node, &value));
  return value;
}

static double number(const char *path) {
  return real(at(path));
}

static const struct fray_node *nth(const struct fray_node *list, size_t i) {
  const struct fray_node *node = list->child;
  while (node && i--)
    node = node->next;
  assert_non_null(node);
  return node;
}

/* ---- a crowd, and what a scenario says of it ---- */

struct crowd {
  struct fray_clients clients;
  struct fray_crowd of;
  uint64_t source[MOST];
  uint32_t samples[MOST];
  uint8_t able[MOST];
  const char *name[MOST];
};

/* Clients of so many samples each. */
static void gather(struct crowd *c, size_t n, uint32_t samples) {
  memset(c, 0, sizeof *c);
  for (size_t i = 0; i < n; i++) {
    c->source[i] = 77 + 1000003 * i;
    c->samples[i] = samples;
    c->able[i] = 1;
    c->name[i] = fray_arena_printf(&arena, "%zu", i);
  }
  c->clients = (struct fray_clients){
      .n = n, .source = c->source, .count = c->samples, .n_labelled = c->samples};
  c->of = (struct fray_crowd){
      .clients = &c->clients, .client_name = c->name, .is_able = c->able, .epochs = 1};
}

static struct fray_availability_config read_config(const char *yaml) {
  struct fray_availability_config config;
  struct fray_node *node;
  OK(fray_yaml_parse(yaml, "test", &arena, &node, &err));
  OK(fray_schema_read(&fray_availability_table, node, "", &config, &arena, &err));
  return config;
}

static struct fray_cohort_source simulate(struct crowd *c, const char *yaml, size_t wanted) {
  struct fray_availability_config *config = fray_arena_alloc(&arena, 1, sizeof *config);
  struct fray_cohort_source source;
  assert_non_null(config);
  *config = read_config(yaml);
  OK(fray_cohorts_simulated(config, &c->of, NULL, wanted, &arena, &source, &err));
  return source;
}

static size_t invite(const struct fray_cohort_source *s, size_t round, struct fray_invitation *who,
                     struct fray_gathering *about) {
  *about = (struct fray_gathering){.seconds = NAN};
  const size_t n = s->invite(s->state, 5, round, who, about);
  assert_true(n <= s->most && n <= MOST);
  for (size_t i = 1; i < n; i++)
    assert_true(who[i].client > who[i - 1].client || s->kept);
  return n;
}

/* Field by field: there is padding between. */
static void same(const struct fray_invitation *a, const struct fray_invitation *b, size_t n) {
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(a[i].client, b[i].client);
    assert_true(a[i].work == b[i].work && a[i].seconds == b[i].seconds);
    assert_true(a[i].returns == b[i].returns && a[i].late == b[i].late);
    assert_int_equal(a[i].staleness, b[i].staleness);
    assert_int_equal(a[i].received, b[i].received);
    assert_int_equal(a[i].visit, b[i].visit);
  }
}

/* Mean of n independent numbers. */
struct mean {
  double n, sum, squares;
};
static void add(struct mean *m, double x) {
  m->n++;
  m->sum += x;
  m->squares += x * x;
}
static void is_near(const char *what, const struct mean *m, double expected) {
  const double mean = m->sum / m->n, variance = m->squares / m->n - mean * mean;
  const double error = sqrt(variance / m->n);
  if (!(fabs(mean - expected) <= 5 * error + 1e-12))
    fail_msg("%s: %.6g, where theory has %.6g (standard error %.2g)", what, mean, expected, error);
}

/* ---- who is reachable ---- */

static void participants_are_as_many_as_chance_gives(void **state) {
  (void)state;
  struct crowd c;
  struct fray_invitation who[MOST];
  struct fray_gathering about;
  struct mean came = {0}, first = {0};
  enum { ROUNDS = 20000 };
  gather(&c, 30, 10);
  const struct fray_cohort_source s = simulate(&c, "{reachable: {kind: bernoulli, p: 0.35}}", 10);
  for (size_t r = 1; r <= ROUNDS; r++) {
    const size_t n = invite(&s, r, who, &about);
    bool is_in = false;
    for (size_t i = 0; i < n; i++)
      is_in = is_in || who[i].client == 3;
    add(&came, (double)n);
    add(&first, is_in);
  }
  is_near("participants", &came, number("bernoulli.expected_participants.value"));
  is_near("rate of a client", &first, number("bernoulli.per_client_rate"));
}

static const struct fray_reach_ops *reach(const char *yaml, const void **params) {
  struct fray_availability_config config = read_config(yaml);
  *params = config.reachable.kind.params;
  return config.reachable.kind.choice->impl;
}

static void days_are_as_long_as_they_say(void **state) {
  (void)state;
  const void *params;
  const struct fray_reach_ops *ops =
      reach("{reachable: {kind: diurnal, mean: 0.4, amplitude: 0.8, period: 24}}", &params);
  for (size_t k = 0; k < 3; k++)
    for (size_t t = 0; t < 24; t++) {
      const struct fray_draw_of of = {.round = t + 1};
      const double phase = real(nth(at("diurnal.phase"), k));
      const double p = real(nth(nth(at("diurnal.p"), k), t));
      assert_true(fabs(ops->rate(params, phase, &of) - p) <= 1e-12);
    }
  struct crowd c;
  struct fray_invitation who[MOST];
  struct fray_gathering about;
  struct mean came = {0};
  gather(&c, 40, 10);
  const struct fray_cohort_source s = simulate(
      &c, "{reachable: {kind: diurnal, mean: 0.7, amplitude: 0.8, period: 24, phase: client}}", 40);
  assert_int_equal(s.clipped, 40); /* .7 x 1.8 is above 1, which the user is told */
  for (size_t r = 1; r <= 24 * 100; r++)
    add(&came, (double)invite(&s, r, who, &about) / 40);
  is_near("clipped days", &came, number("diurnal.clipped_example.average"));
}

static void chains_go_on_as_they_should(void **state) {
  (void)state;
  const void *params;
  const struct fray_reach_ops *ops =
      reach("{reachable: {kind: markov, up: 0.1, down: 0.3}}", &params);
  const struct fray_node *uniforms = at("markov.trace.uniforms");
  bool on[3];
  for (size_t k = 0; k < 3; k++)
    on[k] = real(nth(at("markov.trace.start"), k)) > 0;
  for (size_t t = 0; t < uniforms->n; t++)
    for (size_t k = 0; k < 3; k++) {
      on[k] = ops->next(params, on[k], real(nth(nth(uniforms, t), k)));
      assert_int_equal(on[k], (int)real(nth(nth(at("markov.trace.state"), t), k)));
    }
  assert_true(fabs(ops->rate(params, 0, &(struct fray_draw_of){.round = 1}) -
                   number("markov.stationary.value")) <= 1e-15);
}

/* 60 clients, many stretches of 50 rounds: each is one of the fixture's averages over time. */
static void chains_have_their_stationary_law(void **state) {
  (void)state;
  enum { N = 60, STRETCH = 50, STRETCHES = 300 };
  struct crowd c;
  struct fray_invitation who[MOST];
  struct fray_gathering about;
  struct mean rate = {0}, square = {0}, product = {0};
  gather(&c, N, 10);
  const struct fray_cohort_source s =
      simulate(&c, "{reachable: {kind: markov, up: 0.1, down: 0.3}}", N);
  const double p = number("markov.stationary.value");
  for (size_t k = 0; k < STRETCHES; k++) {
    double there[N] = {0}, both[N] = {0};
    bool was[N] = {0};
    for (size_t r = 0; r < STRETCH; r++) {
      bool is[N] = {0};
      /* Stretches lie apart, so that they are all but independent. */
      const size_t n = invite(&s, 1 + k * 2 * STRETCH + r, who, &about);
      for (size_t i = 0; i < n; i++)
        is[who[i].client] = true;
      for (size_t i = 0; i < N; i++) {
        there[i] += is[i];
        both[i] += r && is[i] && was[i];
        was[i] = is[i];
      }
    }
    for (size_t i = 0; i < N; i++) {
      const double share = there[i] / STRETCH;
      add(&rate, share);
      add(&square, (share - p) * (share - p));
      add(&product, both[i] / (STRETCH - 1));
    }
  }
  is_near("stationary share", &rate, p);
  is_near("variance of the average over time", &square,
          number("markov.variance_of_time_average.value"));
  const double correlation = real(nth(at("markov.autocorrelation"), 1));
  is_near("both of two neighbours", &product, p * p + correlation * p * (1 - p));
  /* In any order of rounds the same. */
  struct fray_invitation again[MOST];
  const size_t n = invite(&s, 7, who, &about);
  invite(&s, 3000, again, &about);
  assert_int_equal(invite(&s, 7, again, &about), n);
  same(who, again, n);
}

static void larger_clients_come_more_often(void **state) {
  (void)state;
  struct crowd c;
  double each[6] = {0};
  const void *params;
  const struct fray_reach_ops *ops =
      reach("{reachable: {kind: by_size, mean: 0.3, beta: 0.5}}", &params);
  gather(&c, 6, 1);
  for (size_t k = 0; k < 6; k++)
    c.samples[k] = (uint32_t)real(nth(at("size_correlated.sizes"), k));
  OK(ops->prepare(params, &c.of, &arena, each, &err));
  for (size_t k = 0; k < 6; k++)
    assert_true(fabs(each[k] - real(nth(at("size_correlated.p"), k))) <= 1e-12);
}

/* ---- who drops out, and how much is done ---- */

static void some_drop_out_and_some_do_a_part(void **state) {
  (void)state;
  struct crowd c;
  struct fray_invitation who[MOST];
  struct fray_gathering about;
  struct mean dropped = {0}, share = {0}, part = {0};
  gather(&c, 20, 10);
  const struct fray_cohort_source s =
      simulate(&c, "{dropout: {p: 0.2}, partial: {p: 0.5, least: 0.2, most: 0.6}}", 20);
  for (size_t r = 1; r <= 2000; r++) {
    const size_t n = invite(&s, r, who, &about);
    assert_int_equal(n, 20);
    assert_true(isnan(about.seconds));
    for (size_t i = 0; i < n; i++) {
      add(&dropped, !who[i].returns);
      add(&part, who[i].work < 1);
      assert_true(who[i].work == 1 || (who[i].work >= 0.2 && who[i].work < 0.6));
      if (who[i].work < 1)
        add(&share, who[i].work);
    }
  }
  is_near("dropouts", &dropped, 0.2);
  is_near("parts", &part, 0.5);
  is_near("share of the work", &share, 0.4);
}

/* ---- deadlines ---- */

/* One class of devices, 10 samples: the fixture's median is 10 s. */
#define DEVICES "time: {kind: devices, classes: {phone: {seconds_per_sample: 1, spread: 0.6}}}"

static void deadlines_cut_as_theory_says(void **state) {
  (void)state;
  enum { ROUNDS = 20000 };
  struct crowd c;
  struct fray_invitation who[MOST];
  struct fray_gathering about;
  struct mean finish = {0}, all = {0}, length = {0}, truncated = {0}, work = {0}, kth = {0};
  const size_t m = (size_t)number("deadline.cohort");
  assert_true(fabs(exp(number("deadline.log_mean")) - 10) <= 1e-9);
  gather(&c, m, 10);
  const struct fray_cohort_source drop = simulate(&c, "{" DEVICES ", deadline: 15}", m);
  const struct fray_cohort_source partial =
      simulate(&c, "{" DEVICES ", deadline: 15, late: partial}", m);
  const struct fray_cohort_source over = simulate(&c, "{" DEVICES ", over_selection: 1.6}", 5);
  assert_int_equal(over.most, m);
  for (size_t r = 1; r <= ROUNDS; r++) {
    size_t n = invite(&drop, r, who, &about), came = 0;
    for (size_t i = 0; i < n; i++) {
      assert_true(who[i].returns != who[i].late && who[i].seconds <= 15);
      came += who[i].returns;
      add(&finish, who[i].returns);
      add(&truncated, who[i].seconds);
    }
    add(&all, came == m);
    add(&length, about.seconds);
    n = invite(&partial, r, who, &about);
    for (size_t i = 0; i < n; i++) {
      assert_true(who[i].returns);
      add(&work, who[i].work);
    }
    n = invite(&over, r, who, &about);
    came = 0;
    for (size_t i = 0; i < n; i++) {
      came += who[i].returns;
      assert_true(who[i].returns == (who[i].seconds <= about.seconds));
    }
    assert_int_equal(came, 5);
    add(&kth, about.seconds);
  }
  is_near("in time", &finish, number("deadline.finishes.value"));
  is_near("all in time", &all, number("deadline.all_finish"));
  is_near("time of a client", &truncated, number("deadline.expected_truncated_time.value"));
  is_near("time of a round", &length, number("deadline.round_time_wait_for_all_or_deadline.value"));
  is_near("share of the work", &work, number("deadline.expected_work_share.value"));
  is_near("fifth of eight", &kth, number("deadline.time_of_kth_of_m.value"));
}

static char *path_of(const char *text) {
  static char path[64];
  scratch(path, "fray-trace-XXXXXX");
  const int file = mkstemp(path);
  assert_true(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
  close(file);
  return path;
}

/* The fixture's times as a trace of one client. */
static void whole_steps_are_made(void **state) {
  (void)state;
  struct crowd c;
  struct fray_text text = {0};
  struct fray_invitation who[MOST];
  struct fray_gathering about;
  char yaml[256];
  const struct fray_node *examples = at("deadline.steps.examples");
  const size_t total = (size_t)number("deadline.steps.total");
  const struct fray_local_config local = {.epochs = 1, .batch = 1};
  fray_text_puts(&text, "seconds,round,client\n");
  for (size_t i = 0; i < examples->n; i++)
    fray_text_printf(&text, "%s,%zu,1\n", nth(nth(examples, i), 0)->scalar, i + 1);
  char *path = path_of(text.data);
  snprintf(yaml, sizeof yaml, "{time: {kind: trace, path: %s}, deadline: 15, late: partial}", path);
  gather(&c, 3, (uint32_t)total);
  const struct fray_cohort_source s = simulate(&c, yaml, 3);
  for (size_t i = 0; i < examples->n; i++) {
    assert_int_equal(invite(&s, i + 1, who, &about), 1); /* the others are not in the trace */
    assert_int_equal(who[0].client, 1);
    assert_int_equal(fray_visit_steps(&local, total, who[0].work),
                     (size_t)real(nth(nth(examples, i), 1)));
  }
  assert_int_equal(invite(&s, examples->n + 1, who, &about), 0);
  unlink(path);
  fray_text_free(&text);
}

static void refuses(const char *yaml, const char *words) {
  struct fray_availability_config config;
  struct fray_node *node;
  struct crowd c;
  struct fray_cohort_source source;
  struct fray_err wrong = {0};
  gather(&c, 3, 10);
  OK(fray_yaml_parse(yaml, "test", &arena, &node, &err));
  enum fray_status status =
      fray_schema_read(&fray_availability_table, node, "", &config, &arena, &wrong);
  if (status == FRAY_OK)
    status = fray_cohorts_simulated(&config, &c.of, NULL, 2, &arena, &source, &wrong);
  assert_int_equal(status, FRAY_INPUT);
  if (!strstr(wrong.text, words))
    fail_msg("'%s' does not hold '%s'", wrong.text, words);
}

static void refuses_trace(const char *text, const char *words) {
  char yaml[128], *path = path_of(text);
  snprintf(yaml, sizeof yaml, "{time: {kind: trace, path: %s}}", path);
  refuses(yaml, words);
  unlink(path);
}

static void what_cannot_be_is_refused(void **state) {
  (void)state;
  refuses("{reachable: {kind: bernoulli, p: 0}}", "p: 0 is not in (0, 1]");
  refuses("{reachable: {kind: markov, up: 0, down: 0.5}}", "up: 0 is not in (0, 1]");
  refuses("{reachable: {kind: diurnal, phase: group}}", "column");
  refuses("{reachable: {kind: by_group, column: accent}}", "no group columns");
  refuses("{reachable: {kind: by_group, column: accent, rate: {a: 2}}}", "rate.a: 2 is not");
  refuses("{dropout: {p: 1}}", "p: 1 is not in [0, 1)");
  refuses("{dropout: {rate: {a: 0.5}}}", "column");
  refuses("{partial: {least: 0.8, most: 0.2}}", "least 0.8 is above most 0.2");
  refuses("{deadline: 3}", "without `time` nobody is ever late");
  refuses("{over_selection: 2}", "without `time` nobody is the first");
  refuses("{time: {kind: devices}}", "at least one class");
  refuses("{time: {kind: devices, classes: {a: {seconds_per_sample: 1, share: 0}}}}", "shares");
  refuses("{time: {kind: trace, path: /nowhere/t.csv}}", "/nowhere/t.csv");
  refuses_trace("client,round,seconds\n1,1,0\n", ":2: '0' is no time");
  refuses_trace("client,round,seconds\n1,1,inf\n", ":2: 'inf' is no time");
  refuses_trace("client,round,seconds\n1,0,1\n", ":2: '0' is no round");
  refuses_trace("client,round,seconds\n9,1,1\n", ":2: unknown client '9'");
  refuses_trace("client,round,seconds\n1,1,1\n1,1,2\n", "client 1 stands twice in round 1");
}

/* ---- busy clients ---- */

static struct fray_cohort_source keep_busy(struct crowd *c, const char *yaml, size_t busy,
                                           size_t arrivals) {
  struct fray_availability_config *config = fray_arena_alloc(&arena, 1, sizeof *config);
  struct fray_cohort_source source;
  assert_non_null(config);
  *config = read_config(yaml);
  OK(fray_cohorts_busy(config, &c->of, busy, arrivals, &arena, &source, &err));
  return source;
}

/* Each arrival of the fixture, in its round. */
static void arrivals_follow_from_durations(void **state) {
  (void)state;
  struct crowd c;
  struct fray_text text = {0};
  struct fray_invitation who[MOST];
  struct fray_gathering about;
  char yaml[128];
  const struct fray_node *durations = at("async.trace.durations");
  const size_t buffer = (size_t)number("async.trace.buffer");
  fray_text_puts(&text, "client,round,seconds\n");
  for (size_t k = 0; k < durations->n; k++)
    for (size_t j = 0; j < nth(durations, k)->n; j++)
      fray_text_printf(&text, "%zu,%zu,%s\n", k, j + 1, nth(nth(durations, k), j)->scalar);
  char *path = path_of(text.data);
  snprintf(yaml, sizeof yaml, "{time: {kind: trace, path: %s}}", path);
  gather(&c, durations->n, 10);
  const struct fray_cohort_source s =
      keep_busy(&c, yaml, (size_t)number("async.trace.concurrency"), buffer);
  const struct fray_node *arrival = at("async.trace.arrivals");
  double clock = 0;
  for (size_t r = 0; (r + 1) * buffer <= arrival->n; r++) {
    const size_t n = invite(&s, r + 1, who, &about);
    assert_int_equal(n, buffer);
    clock += about.seconds;
    assert_true(fabs(clock - real(fray_node_get(nth(arrival, (r + 1) * buffer - 1), "time"))) <=
                1e-9);
    for (size_t k = 0; k < buffer; k++) { /* the round's list is by client, the fixture by time */
      const struct fray_node *a = nth(arrival, r * buffer + k);
      size_t found = 0;
      for (size_t i = 0; i < n; i++)
        found += who[i].client == (uint32_t)real(fray_node_get(a, "client")) &&
                 who[i].staleness == (size_t)real(fray_node_get(a, "staleness")) &&
                 r - who[i].staleness == (size_t)real(fray_node_get(a, "version"));
      assert_true(found >= 1);
    }
  }
  unlink(path);
  fray_text_free(&text);
}

/* Independent equal speeds: (clients at work - 1) / arrivals a round. */
static void staleness_is_as_theory_says(void **state) {
  (void)state;
  enum { ROUNDS = 4000, WARM = 200 };
  const struct fray_node *cases = at("async.mean_staleness");
  for (size_t k = 0; k < cases->n; k++) {
    struct crowd c;
    struct fray_invitation who[MOST];
    struct fray_gathering about;
    const struct fray_node *of = nth(cases, k);
    const size_t busy = (size_t)real(fray_node_get(of, "concurrency"));
    const size_t arrivals = (size_t)real(fray_node_get(of, "buffer"));
    double sum = 0, n_sum = 0;
    gather(&c, busy, 10);
    const struct fray_cohort_source s = keep_busy(&c, "{" DEVICES "}", busy, arrivals);
    for (size_t r = 1; r <= ROUNDS; r++) {
      const size_t n = invite(&s, r, who, &about);
      assert_int_equal(n, arrivals);
      for (size_t i = 0; i < n && r > WARM; i++) {
        sum += (double)who[i].staleness;
        n_sum++;
      }
    }
    /* Rounds are not independent: a sum of stalenesses is known up to those still at work. */
    const double expected = real(fray_node_get(of, "value")), mean = sum / n_sum;
    if (!(fabs(mean - expected) <= 0.01 * expected + 0.005))
      fail_msg("%zu at work, %zu a round: mean staleness %.4f, not %.4f", busy, arrivals, mean,
               expected);
  }
}

/* What a driver does with the places: a model that somebody has received is where the invitation
 * says until it has come back. */
static void kept_models_are_those_received(void **state) {
  (void)state;
  enum { BUSY = 7, ARRIVALS = 2 };
  struct crowd c;
  struct fray_invitation who[MOST], again[MOST];
  struct fray_gathering about;
  size_t model[BUSY + 1] = {0}, oldest = 0;
  gather(&c, 20, 10);
  const struct fray_cohort_source s = keep_busy(
      &c, "{" DEVICES ", dropout: {p: 0.2}, reachable: {kind: bernoulli, p: 0.3}, deadline: 30}",
      BUSY, ARRIVALS);
  assert_int_equal(s.kept, BUSY);
  for (size_t r = 1; r <= 500; r++) {
    const size_t n = invite(&s, r, who, &about);
    for (size_t i = 0; i < n; i++) {
      const size_t version = r - 1 - who[i].staleness;
      assert_true(who[i].received <= BUSY && who[i].returns && who[i].seconds <= 30);
      assert_int_equal(who[i].received == FRAY_PRESENT ? r - 1 : model[who[i].received], version);
      oldest = who[i].staleness > oldest ? who[i].staleness : oldest;
    }
    assert_true(about.keep <= BUSY);
    if (about.keep)
      model[about.keep] = r - 1;
  }
  assert_true(oldest >= 3);
  const size_t n = invite(&s, 250, who, &about); /* gone on with: the rounds before are passed */
  invite(&s, 400, again, &about);
  assert_int_equal(invite(&s, 250, again, &about), n);
  same(who, again, n);
}

/* Weights by age, of the algorithms that have them. */
static void ages_weigh(const char *server, const char *path) {
  struct fray_server_config config;
  struct fray_node *node;
  const struct fray_node *expected = at(path);
  OK(fray_yaml_parse(server, "test", &arena, &node, &err));
  OK(fray_schema_read(&fray_server_table, node, "", &config, &arena, &err));
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&config);
  for (size_t i = 0; i < expected->n; i++) {
    const struct fray_member member = {
        .samples = 5, .staleness = (size_t)real(nth(at("staleness_weights.staleness"), i))};
    double weight = NAN;
    ops->weigh(config.algorithm.params, &(struct fray_server_round){.round = 1}, 1, &member,
               &weight);
    assert_true(fabs(weight - real(nth(expected, i))) <= 1e-12);
  }
}

static void old_models_weigh_less(void **state) {
  (void)state;
  ages_weigh("{algorithm: fedbuff}", "staleness_weights.fedbuff");
  ages_weigh("{algorithm: fedasync, alpha: 1}", "staleness_weights.fedasync_poly_05");
  ages_weigh("{algorithm: fedasync, alpha: 1, staleness: hinge}",
             "staleness_weights.fedasync_hinge_a10_b4");
  ages_weigh("{algorithm: fedasync, alpha: 1, staleness: constant}", "staleness_weights.constant");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(participants_are_as_many_as_chance_gives),
      cmocka_unit_test(days_are_as_long_as_they_say),
      cmocka_unit_test(chains_go_on_as_they_should),
      cmocka_unit_test(chains_have_their_stationary_law),
      cmocka_unit_test(larger_clients_come_more_often),
      cmocka_unit_test(some_drop_out_and_some_do_a_part),
      cmocka_unit_test(deadlines_cut_as_theory_says),
      cmocka_unit_test(whole_steps_are_made),
      cmocka_unit_test(what_cannot_be_is_refused),
      cmocka_unit_test(arrivals_follow_from_durations),
      cmocka_unit_test(staleness_is_as_theory_says),
      cmocka_unit_test(old_models_weigh_less),
      cmocka_unit_test(kept_models_are_those_received),
  };
  return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
