/* The guard: each sample has one role, so a gate that is calibrated on the test is found out; what
 * a model confuses; facts of raw values by hand; and rates of refusals with their people. */
#include "../ok.h"
#include "fray/base/file.h"
#include "fray/data/synth.h"
#include "fray/feature/facts.h"
#include "instrument/guard/guard_parts.h"
#include "scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct fray_comm *comm;
static char folder[64], results[96];
static struct fray_arena arena;

static void run_study(void) {
  static const char keys[] =
      "{modalities: ['feature:8', 'series:12x2'], clients: 5, test_clients: 3,"
      " samples: 20, classes: 3, dev_fraction: 0.3, separation: 1}";
  static const char yaml[] = "name: guarded\nseeds: [4]\ndata: {shards: data}\n"
                             "model: {fusion: concat, hidden: 6, encoders: {series: {kind: "
                             "conv_gru, filters: [4]}}}\n"
                             "training: {rounds: 2, clients_per_round: 3, local: {batch: 5}}\n"
                             "evaluate: {metrics: [accuracy], verify: 0.5}\n";
  struct fray_node *node;
  struct fray_synth_config synth;
  struct fray_study *study = NULL;
  char path[128];
  const char *where;
  snprintf(results, sizeof results, "%s/results", folder);
  snprintf(path, sizeof path, "%s/data", folder);
  OK(fray_yaml_parse(keys, "t", &arena, &node, &err));
  OK(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err));
  OK(fray_synth(&synth, path, &err));
  snprintf(path, sizeof path, "%s/s.yaml", folder);
  OK(fray_file_write(path, yaml, strlen(yaml), &err));
  OK(fray_study_load(path, NULL, 0, comm, &study, &err));
  const struct fray_run_options options = {
      .out = results, .no_report = true, .pace = fray_default_pace, .command = "test"};
  OK(fray_study_run(study, &options, comm, &where, &err));
  fray_study_free(study);
}

static int set_up(void **state) {
  (void)state;
  struct fray_err err = {0};
  if (fray_comm_start(NULL, NULL, &comm, &err) != FRAY_OK ||
      !mkdtemp(scratch(folder, "fray-guard-XXXXXX")))
    return -1;
  run_study();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  fray_arena_free(&arena);
  fray_comm_finish(comm);
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

/* ---- roles ---- */

static void a_gate_is_not_calibrated_on_the_test(void **state) {
  (void)state;
  static const char yaml[] =
      "gate: {scores: [energy, mahalanobis:series, signal:feature]}\n"
      "adherence: {other: {kind: conflict, modalities: [feature], rate: 1}}\n";
  static const enum fray_kept_split wrong[] = {FRAY_KEPT_TEST, FRAY_KEPT_VERIFY, FRAY_KEPT_REPORT,
                                               FRAY_KEPT_TRAIN};
  struct fray_arena scratch = {0};
  struct fray_kept *kept = NULL;
  struct guard_file file;
  struct guard_found found;
  char path[128];
  snprintf(path, sizeof path, "%s/gate.yaml", folder);
  OK(fray_file_write(path, yaml, strlen(yaml), &err));
  OK(guard_file_read(path, comm, &arena, &scratch, &file, &err));
  OK(fray_kept_open(results, &(struct fray_kept_options){0}, comm, &kept, &err));
  OK(guard_ask(kept, &file, FRAY_KEPT_DEV, comm, &arena, &found, &err));
  assert_int_equal(found.n_trials, 1);
  assert_int_equal(found.n_gates, 4);
  assert_int_equal(found.trial[0].panel[0].n, 20); /* two of three people are to verify */
  for (size_t k = 0; k < 4; k++) {
    struct fray_err fault = {0};
    assert_int_equal(guard_ask(kept, &file, wrong[k], comm, &arena, &found, &fault), FRAY_INTERNAL);
    SAYS(fault, k < 3 ? "is a test sample: a gate is fitted to training samples" : "has two roles");
  }
  fray_kept_close(kept);
  fray_arena_free(&scratch);
}

/* ---- what a model confuses ---- */

static struct guard_found asked(const char *yaml, struct guard_file *file) {
  static struct fray_arena scratch;
  struct fray_kept *kept = NULL;
  struct guard_found found;
  char path[128];
  snprintf(path, sizeof path, "%s/gate.yaml", folder);
  OK(fray_file_write(path, yaml, strlen(yaml), &err));
  OK(guard_file_read(path, comm, &arena, &scratch, file, &err));
  OK(fray_kept_open(results, &(struct fray_kept_options){0}, comm, &kept, &err));
  OK(guard_ask(kept, file, FRAY_KEPT_DEV, comm, &arena, &found, &err));
  fray_kept_close(kept);
  fray_arena_free(&scratch);
  return found;
}

/* The map that a model is asked for gives what the same map gives when somebody writes it down; and
 * not what any donor gives, so that the comparison can fail. */
static void similar_is_a_map_written_down(void **state) {
  (void)state;
  static const char form[] = "gate: {scores: [disagreement]}\nadherence:\n  like: {kind: conflict, "
                             "modalities: [feature], rate: 1, donor: %s}\n";
  struct fray_kept *kept = NULL;
  struct fray_node *map;
  struct fray_text donor = {0};
  struct guard_file file[3];
  struct guard_found found[3];
  char yaml[3][512];
  OK(fray_kept_open(results, &(struct fray_kept_options){0}, comm, &kept, &err));
  OK(fray_yaml_parse("a: {kind: conflict, donor: similar}", "t", &arena, &map, &err));
  OK(fray_kept_tell(kept, 0, FRAY_BEST, map, &arena, &err));
  fray_kept_close(kept);
  fray_text_puts(&donor, "similar, alike: ");
  fray_node_flow(fray_node_at(map, "a.alike"), &donor);
  const char *const of[3] = {"similar", donor.data, "any"};
  for (int k = 0; k < 3; k++) {
    snprintf(yaml[k], sizeof yaml[k], form, of[k]);
    found[k] = asked(yaml[k], &file[k]);
  }
  const struct guard_panel *one = &found[0].trial[0].panel[1];
  assert_true(one->n > 0);
  for (int k = 1; k < 3; k++) {
    const struct guard_panel *other = &found[k].trial[0].panel[1];
    assert_int_equal(one->n, other->n);
    assert_int_equal(memcmp(one->score, other->score, one->n * sizeof *one->score) == 0, k == 1);
  }
  assert_memory_equal(one->counts, found[1].trial[0].panel[1].counts, one->n);
  fray_text_free(&donor);
}

/* ---- cost ---- */

/* Minus the log likelihood of labels at a temperature, written down plainly. */
static double unlikely(const struct fray_probed *of, double temperature) {
  const struct fray_outputs *o = of->answers.outputs;
  double sum = 0;
  for (size_t i = 0; i < o->n; i++) {
    const float *z = o->logits + i * o->classes;
    double total = 0;
    for (size_t k = 0; k < o->classes; k++)
      total += exp((double)(z[k] - z[of->under.label[i]]) / temperature);
    sum += log(total);
  }
  return sum;
}

/* The temperature is the best one on dev, and with it the rule is that of the judge of a study,
 * which was written by itself. Without a cost nothing is refused. */
static void a_cost_is_chows_rule(void **state) {
  (void)state;
  static const char form[] =
      "gate: {cost: %g}\n"
      "adherence: {like: {kind: conflict, modalities: [feature], rate: 1}}\n";
  static const double cost[] = {0, 0.7, 1, 3, 20};
  struct fray_kept *kept = NULL;
  size_t refused = 0, before = 0;
  for (int k = 0; k < 5; k++) {
    struct fray_probed got;
    struct guard_file file;
    struct fray_node *node;
    struct fray_judge_config config;
    struct fray_judge judge;
    char yaml[256];
    snprintf(yaml, sizeof yaml, form, cost[k]);
    const struct guard_found found = asked(yaml, &file);
    const struct guard_trial *t = &found.trial[0];
    const struct guard_panel *p = &t->panel[0];
    OK(fray_kept_open(results, &(struct fray_kept_options){0}, comm, &kept, &err));
    struct fray_probe probe = {.split = FRAY_KEPT_DEV, .keep_outputs = true};
    OK(fray_kept_probe(kept, &probe, &got, &err));
    assert_true(unlikely(&got, t->temperature) <= unlikely(&got, t->temperature * 1.01));
    assert_true(unlikely(&got, t->temperature) <= unlikely(&got, t->temperature / 1.01));
    snprintf(yaml, sizeof yaml, "kind: {kind: chow, cost: %.17g, temperature: %.17g}", cost[k],
             t->temperature);
    OK(fray_yaml_parse(yaml, "t", &arena, &node, &err));
    OK(fray_schema_read(&fray_judge_table, fray_node_get(node, "kind"), "", &config, &arena, &err));
    OK(fray_judge_fit(&config, &(struct fray_judge_place){.n_classes = 3}, &arena, &judge, &err));
    probe = (struct fray_probe){.split = FRAY_KEPT_REPORT, .judge = &judge};
    OK(fray_kept_probe(kept, &probe, &got, &err));
    assert_int_equal(got.under.n, p->n);
    for (size_t i = 0; i < p->n; i++) {
      const double alpha = file.gate.false_refusal;
      assert_int_equal(alpha > 0 && p->p[i] <= alpha, fray_is_refused(got.answers.predicted[i]));
      refused += alpha > 0 && p->p[i] <= alpha;
    }
    assert_true(k > 0 ? refused >= before : refused == 0);
    before = refused;
    refused = 0;
    fray_kept_close(kept);
  }
  assert_true(before > 0);
}

/* ---- facts ---- */

static void near(double got, double want, double within) {
  if (!(fabs(got - want) <= within))
    fail_msg("%.17g, not %.17g", got, want);
}

static void facts_by_hand(void **state) {
  (void)state;
  static float x[16000];
  double out[8];
  struct fray_signal sound = {
      .kind = FRAY_AUDIO, .x = x, .length = 16000, .channels = 1, .rate = 8000};
  for (size_t i = 0; i < 16000; i++) /* a second of full scale, then one 40 dB below it */
    x[i] = (float)((i < 8000 ? 1 : 0.01) * sin(2 * M_PI * 400 * (double)i / 8000));
  OK(fray_facts_of_value(&sound, &arena, out, &err));
  near(out[0], 10 * log10((0.5 + 0.00005) / 2), 1e-4);
  near(out[1], 40, 1e-3);
  assert_true(out[2] == 2);
  memset(x, 0, sizeof x);
  OK(fray_facts_of_value(&sound, &arena, out, &err));
  assert_true(out[0] == -(double)INFINITY && out[1] == 0);
  sound.length = 1; /* shorter than a window */
  x[0] = 0.1f;
  OK(fray_facts_of_value(&sound, &arena, out, &err));
  near(out[0], -20, 1e-4);
  const struct fray_signal picture = {
      .kind = FRAY_IMAGE, .x = (float[]){0, 1, 0, 1, 0, 1}, .height = 1, .width = 2, .channels = 3};
  OK(fray_facts_of_value(&picture, &arena, out, &err));
  assert_true(out[0] == 0.5 && out[1] == 0.5);
  near(out[2], sqrt(1) / 0.5, 1e-12);
  const struct fray_signal square = {
      .kind = FRAY_IMAGE, .x = (float[]){0, 1, 2, 0, 1, 2}, .height = 2, .width = 3, .channels = 1};
  OK(fray_facts_of_value(&square, &arena, out,
                         &err)); /* four steps to the right, three of 0 down */
  near(out[2], sqrt(4. / 7) / sqrt(2. / 3), 1e-12);
  const struct fray_signal series = {
      .kind = FRAY_SERIES, .x = (float[]){1, 5, 3, 5}, .length = 2, .channels = 2};
  OK(fray_facts_of_value(&series, &arena, out, &err));
  assert_true(out[0] == 1 && out[1] == 0);
  char words[] = "  two\twords \n";
  const struct fray_signal text = {.kind = FRAY_TEXT, .text = words, .length = strlen(words)};
  OK(fray_facts_of_value(&text, &arena, out, &err));
  assert_true(out[0] == 2);
}

/* ---- rates ---- */

/* By hand: samples that do not count, groups, and what is wrong among the answered. */
static void rates_by_hand(void **state) {
  (void)state;
  enum { N = 8 };
  const uint32_t sample[N] = {0, 1, 2, 3, 4, 5, 6, 7}, cluster[N] = {3, 3, 3, 5, 5, 5, 9, 9};
  const uint8_t counts[N] = {1, 1, 1, 1, 1, 1, 1, 0}, right[N] = {1, 0, 1, 1, 0, 1, 1, 1};
  const double p[N] = {.01, .05, .2, .5, .04, .9, .051, .001};
  const uint16_t code[N] = {0, 0, 0, 1, 1, 1, 1, 1};
  const struct fray_group column = {.name = "c", .n = 2, .code = code};
  const struct guard_panel panel = {N, sample, cluster, counts, right, p, NULL, p}, *one = &panel;
  struct guard_rate rate;
  OK(guard_rate_of(&one, 1, 0, .05, NULL, 0, GUARD_REFUSED, 12, &arena, &rate, &err));
  assert_true(rate.n == 7 && rate.clusters == 3);
  near(rate.value, 3. / 7, 1e-15);
  assert_true(rate.interval.low <= rate.value && rate.interval.high >= rate.value);
  OK(guard_rate_of(&one, 1, 0, .05, &column, 1, GUARD_REFUSED, 12, &arena, &rate, &err));
  assert_true(rate.n == 4 && rate.clusters == 2);
  near(rate.value, 1. / 4, 1e-15);
  OK(guard_rate_of(&one, 1, 0, .05, NULL, 0, GUARD_UNWARRANTED, 12, &arena, &rate, &err));
  near(rate.value, 1. / 5, 1e-15);
  OK(guard_rate_of(&one, 1, 0, .05, NULL, 0, GUARD_ANSWERED_WRONG, 12, &arena, &rate, &err));
  assert_true(rate.n == 4 && rate.value == 0);
  OK(guard_rate_of(&one, 1, 0, 0, NULL, 0, GUARD_REFUSED, 12, &arena, &rate, &err));
  assert_true(rate.value == 0);
}

/* Two groups of ten people and a third of too few. Half of the second is refused, of everybody
 * alike or nearly: the worst is found, and its interval is wider than that of the group alone. */
static void the_worst_group_is_judged_as_one_of_several(void **state) {
  (void)state;
  enum { PEOPLE = 22, EACH = 10, ALL = PEOPLE * EACH };
  static uint32_t sample[ALL], cluster[ALL];
  static uint8_t counts[ALL];
  static double p[ALL];
  static uint16_t code[ALL];
  for (uint32_t i = 0; i < ALL; i++) {
    const uint32_t who = i / EACH, few = who % 3;
    sample[i] = i;
    cluster[i] = who;
    counts[i] = 1;
    code[i] = (uint16_t)(who / 10);
    p[i] =
        (who >= 20 || (who >= 10 && i % EACH < 4 + few) || (who < 10 && i % EACH < few)) ? .01 : .9;
  }
  const struct fray_group column = {.name = "c", .n = 3, .code = code}, *columns = &column;
  const struct guard_panel panel = {ALL, sample, cluster, counts, counts, p, NULL, p},
                           *one = &panel;
  struct guard_worst worst;
  struct guard_rate alone;
  OK(guard_worst_of(&one, 1, 0, .05, &columns, 1, PEOPLE, &arena, &worst, &err));
  OK(guard_rate_of(&one, 1, 0, .05, &column, 1, GUARD_REFUSED, PEOPLE, &arena, &alone, &err));
  assert_true(worst.groups == 2 && worst.code == 1);
  near(worst.rate.value, alone.value, 0);
  assert_true(worst.rate.interval.low < alone.interval.low && worst.rate.interval.low > .05);
  assert_true(worst.rate.interval.high > alone.interval.high);
  OK(guard_worst_of(&one, 1, 0, .05, &columns, 0, PEOPLE, &arena, &worst, &err));
  assert_true(worst.groups == 0);
}

/* Ten people in two groups of five and one who is a group of his own; of one group all is refused.
 * By counting: of 252 ways to deal them 2 have all five together, and 50 more four of them. */
static void groups_are_held_against_what_chance_makes(void **state) {
  (void)state;
  enum { PEOPLE = 10, EACH = 20, ALL = PEOPLE * EACH };
  static uint32_t sample[ALL], cluster[ALL];
  static uint8_t counts[ALL];
  static double p[ALL];
  static uint16_t code[ALL];
  for (uint32_t i = 0; i < ALL; i++) {
    sample[i] = i;
    cluster[i] = i / EACH;
    counts[i] = 1;
    code[i] = (uint16_t)(i / EACH / 5);
    p[i] = i / EACH < 5 ? .01 : .9;
  }
  const struct fray_group column = {.name = "c", .n = 3, .code = code};
  const struct guard_panel panel = {ALL, sample, cluster, counts, counts, p, NULL, p},
                           *twice[] = {&panel, &panel};
  struct guard_rate rate[3];
  struct guard_null null;
  OK(guard_groups_of(twice, 2, 0, .05, &column, PEOPLE, &arena, rate, &null, &err));
  assert_true(rate[0].value == 1 && rate[1].value == 0 && isnan(rate[2].value));
  near(null.q95, .8, 1e-12);
  near(null.p, 2. / 252, .006); /* 2,000 draws: three standard deviations */
  code[0] = 1;                  /* somebody is of both groups: nobody can change his */
  OK(guard_groups_of(twice, 2, 0, .05, &column, PEOPLE, &arena, rate, &null, &err));
  assert_true(isnan(null.q95) && isnan(null.p));
  code[0] = 0;
  /* Five people with three samples each: as many trainings do not make them thirty. */
  for (uint32_t i = 0; i < ALL; i++)
    counts[i] = i % EACH < 3;
  OK(guard_groups_of(twice, 2, 0, .05, &column, PEOPLE, &arena, rate, &null, &err));
  assert_true(rate[1].n == 30 && isnan(rate[1].value));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_gate_is_not_calibrated_on_the_test),
      cmocka_unit_test(similar_is_a_map_written_down),
      cmocka_unit_test(a_cost_is_chows_rule),
      cmocka_unit_test(facts_by_hand),
      cmocka_unit_test(rates_by_hand),
      cmocka_unit_test(the_worst_group_is_judged_as_one_of_several),
      cmocka_unit_test(groups_are_held_against_what_chance_makes),
  };
  return cmocka_run_group_tests_name("guard", tests, set_up, tear_down);
}
