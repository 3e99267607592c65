/* Laws that each entry of reaches.def and clocks.def keeps: a round is what seed and round make it,
 * whatever was asked before; clients are known by their keys; who has nothing to train on, or is
 * not there, is never invited; another seed is another draw. */
#include "fray/base/arena.h"
#include "fray/base/size.h"
#include "fray/fed/federation.h"
#include "ok.h"
#include "scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS = 24, ROUNDS = 40, WANTED = 6, SEEDS = 2 };

static char trace[64];

/* A line of keys for each entry: one without fails. */
static const struct {
  const char *kind, *yaml;
  bool changes; /* from round to round and seed to seed, beside whom the server draws */
} reaches[] = {{"always", "reachable: always", false},
               {"bernoulli", "reachable: {kind: bernoulli, p: 0.3}", true},
               {"diurnal", "reachable: {kind: diurnal, phase: client, period: 5}", true},
               {"diurnal", "reachable: {kind: diurnal, phase: group, column: site}", true},
               {"markov", "reachable: {kind: markov, up: 0.2, down: 0.4}", true},
               {"by_size", "reachable: {kind: by_size, mean: 0.3, beta: 1}", true},
               {"by_group", "reachable: {kind: by_group, column: site, rate: {b: 0.2}}", true}},
  clocks[] = {{"untimed", "time: untimed", false},
              {"devices",
               "time: {kind: devices, classes: {x: {seconds_per_sample: 1, up: 10}, y: "
               "{seconds_per_sample: 5}}}, deadline: 30, over_selection: 1.5",
               true},
              {"devices",
               "time: {kind: devices, column: site, classes: {a: {seconds_per_sample: "
               "1}, b: {seconds_per_sample: 5}}}, deadline: 30, late: partial",
               true},
              {"trace", "time: {kind: trace, path: PATH}, deadline: 5", false}};

struct world {
  struct fray_arena arena;
  struct fray_dataset dataset;
  struct fray_group site;
  struct fray_clients clients;
  struct fray_crowd crowd;
  uint64_t source[CLIENTS];
  uint32_t count[CLIENTS], sample[CLIENTS];
  size_t first[CLIENTS];
  uint16_t code[CLIENTS];
  uint8_t able[CLIENTS];
  const char *name[CLIENTS];
  struct fray_availability_config config;
};

/* The i-th client of a world is the who-th of all; each has one sample, of which many count. */
static size_t who(size_t i, bool turned) {
  return turned ? (5 * i + 3) % CLIENTS : i;
}

static void make(struct world *w, const char *yaml, bool turned) {
  static const char *values[] = {"a", "b"};
  struct fray_node *node;
  char whole[600];
  const char *at = strstr(yaml, "PATH"); /* of the trace, which is made for the test */
  *w = (struct world){.site = {.name = "site", .n = 2, .value = values}};
  for (size_t i = 0; i < CLIENTS; i++) {
    const size_t c = who(i, turned);
    w->source[i] = 1 + 0x9E3779B97F4A7C15u * c;
    w->count[i] = (uint32_t)(2 + c % 7);
    w->first[i] = w->sample[i] = (uint32_t)i;
    w->code[i] = c % 3 == 0;
    w->able[i] = c != 4;
    w->name[i] = fray_arena_printf(&w->arena, "c%zu", c);
  }
  w->site.code = w->code;
  w->dataset = (struct fray_dataset){.n_groups = 1, .group = &w->site};
  w->clients = (struct fray_clients){.n = CLIENTS,
                                     .source = w->source,
                                     .first = w->first,
                                     .count = w->count,
                                     .n_labelled = w->count,
                                     .data = {.n = CLIENTS, .sample = w->sample}};
  w->crowd = (struct fray_crowd){.dataset = &w->dataset,
                                 .clients = &w->clients,
                                 .client_name = w->name,
                                 .is_able = w->able,
                                 .epochs = 1,
                                 .down = 20,
                                 .up = 20};
  if (at)
    snprintf(whole, sizeof whole, "{%.*s%s%s}", (int)(at - yaml), yaml, trace, at + 4);
  else
    snprintf(whole, sizeof whole, "{%s}", yaml);
  OK(fray_yaml_parse(whole, "test", &w->arena, &node, &err));
  OK(fray_schema_read(&fray_availability_table, node, "", &w->config, &w->arena, &err));
}

/* A client has one sample in the list: groups look no further. */
static void with_one_sample_each(struct world *w) {
  static uint32_t one[CLIENTS];
  for (size_t i = 0; i < CLIENTS; i++)
    one[i] = 1;
  w->clients.count = one;
}

static struct fray_cohort_source source_of(struct world *w, bool busy) {
  struct fray_cohort_source s;
  with_one_sample_each(w);
  if (busy)
    OK(fray_cohorts_busy(&w->config, &w->crowd, WANTED, 2, &w->arena, &s, &err));
  else
    OK(fray_cohorts_simulated(&w->config, &w->crowd, NULL, WANTED, &w->arena, &s, &err));
  return s;
}

/* What a round comes to, by the names of the clients, as a number. */
static double round_of(const struct world *w, const struct fray_cohort_source *s, uint64_t seed,
                       size_t round) {
  struct fray_invitation out[CLIENTS];
  struct fray_gathering about = {.seconds = NAN};
  const size_t n = s->invite(s->state, seed, round, out, &about);
  double sum = isnan(about.seconds) ? 0 : about.seconds;
  assert_true(n <= s->most);
  for (size_t i = 0; i < n; i++) {
    const double key = (double)(w->source[out[i].client] >> 40);
    assert_true(w->able[out[i].client]);
    assert_true(out[i].work >= 0 && out[i].work <= 1 && out[i].seconds >= 0);
    assert_true(!(out[i].returns && out[i].late));
    assert_true(isnan(w->config.deadline) || out[i].seconds <= w->config.deadline);
    sum += key * (1 + out[i].work + 2 * out[i].returns + 4 * out[i].late) + out[i].seconds +
           (double)out[i].staleness;
  }
  return sum;
}

static void keeps_the_laws(const char *yaml, bool changes, bool busy) {
  struct world w, turned, again;
  double first[SEEDS][ROUNDS + 1];
  size_t other = 0, moved = 0;
  make(&w, yaml, false);
  make(&turned, yaml, true);
  make(&again, yaml, false);
  const struct fray_cohort_source s = source_of(&w, busy), t = source_of(&turned, busy),
                                  back = source_of(&again, busy);
  for (size_t seed = 0; seed < SEEDS; seed++)
    for (size_t r = 1; r <= ROUNDS; r++)
      first[seed][r] = round_of(&w, &s, seed, r);
  for (size_t r = ROUNDS; r >= 1; r -= 3) { /* backwards, and not all; seeds in turn */
    for (size_t seed = 0; seed < SEEDS; seed++)
      if (!(round_of(&again, &back, seed, r) == first[seed][r]))
        fail_msg("%s: round %zu depends on what was asked before", yaml, r);
    if (r < 3)
      break;
  }
  for (size_t r = 1; r <= ROUNDS; r++) {
    const double same = round_of(&turned, &t, 0, r);
    if (!(fabs(same - first[0][r]) <= 1e-9 * fabs(same)))
      fail_msg("%s: the order of clients counts in round %zu", yaml, r);
    other += first[0][r] != first[1][r];
    moved += r > 1 && first[0][r] != first[0][r - 1];
  }
  if (changes && (other < ROUNDS / 2 || moved < ROUNDS / 2))
    fail_msg("%s: seeds differ in %zu rounds, neighbours in %zu", yaml, other, moved);
  fray_arena_free(&w.arena);
  fray_arena_free(&turned.arena);
  fray_arena_free(&again.arena);
}

static void every_reach_keeps_the_laws(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_reaches.n; k++) {
    size_t n = 0;
    for (size_t e = 0; e < FRAY_COUNT(reaches); e++) {
      if (strcmp(reaches[e].kind, fray_reaches.v[k]->name) != 0)
        continue;
      n++;
      keeps_the_laws(reaches[e].yaml, reaches[e].changes, false);
    }
    if (n == 0)
      fail_msg("no line of keys for %s", fray_reaches.v[k]->name);
  }
}

/* Those that are timed also without cohorts. */
static void every_clock_keeps_the_laws(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_clocks.n; k++) {
    const struct fray_clock_ops *ops = fray_clocks.v[k]->impl;
    size_t n = 0;
    for (size_t e = 0; e < FRAY_COUNT(clocks); e++) {
      if (strcmp(clocks[e].kind, fray_clocks.v[k]->name) != 0)
        continue;
      n++;
      keeps_the_laws(clocks[e].yaml, clocks[e].changes, false);
      if (ops->is_timed)
        keeps_the_laws(clocks[e].yaml, clocks[e].changes, true);
    }
    if (n == 0)
      fail_msg("no line of keys for %s", fray_clocks.v[k]->name);
  }
}

/* Without scatter a visit takes what its samples and bytes take. */
static void links_take_bytes_over_speed(void **state) {
  (void)state;
  struct world w;
  struct fray_invitation out[CLIENTS];
  struct fray_gathering about = {.seconds = NAN};
  make(&w,
       "partial: {p: 1, least: 0.5, most: 0.5}, time: {kind: devices, classes: {x: "
       "{seconds_per_sample: 2, spread: 0, up: 4, down: 10, link_spread: 0}}}",
       false);
  w.crowd.epochs = 3;
  w.crowd.up = 28;
  const struct fray_cohort_source s = source_of(&w, false);
  const size_t n = s.invite(s.state, 1, 1, out, &about);
  assert_int_equal(n, WANTED);
  for (size_t i = 0; i < n; i++) {
    const double samples = w.count[out[i].client];
    /* half of three epochs at 2 s a sample; 20 bytes at 10, and 28 at 4 a second */
    assert_true(fabs(out[i].seconds - (0.5 * 3 * samples * 2 + 20.0 / 10 + 28.0 / 4)) <= 1e-9);
  }
  fray_arena_free(&w.arena);
}

/* Times of some, by name, all different. */
static int write_trace(void **state) {
  (void)state;
  struct fray_text text = {0};
  scratch(trace, "fray-reaches-XXXXXX");
  const int file = mkstemp(trace);
  fray_text_puts(&text, "client,round,seconds\n");
  for (size_t c = 0; c < CLIENTS; c += 2)
    for (size_t r = 1; r <= ROUNDS; r++)
      fray_text_printf(&text, "c%zu,%zu,%zu.%02zu\n", c, r, 1 + (c * r) % 7, (c + 3 * r) % 100);
  const bool good = file >= 0 && write(file, text.data, text.size) == (ssize_t)text.size;
  close(file);
  fray_text_free(&text);
  return good ? 0 : -1;
}

static int remove_trace(void **state) {
  (void)state;
  return unlink(trace);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_reach_keeps_the_laws),
      cmocka_unit_test(every_clock_keeps_the_laws),
      cmocka_unit_test(links_take_bytes_over_speed),
  };
  return cmocka_run_group_tests(tests, write_trace, remove_trace);
}
