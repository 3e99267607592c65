/* Kept models, asked anew: what they answer is what the run noted of them, under the conditions of
 * the scenario and on dev; and a folder that was asked is the folder that it was. */
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/data/synth.h"
#include "fray/h5/h5.h"
#include "fray/study/kept.h"
#include "fray/tensor/blas.h"
#include "scratch.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct fray_comm *comm;
static char folder[64], results[96];

static void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

static void write_shards(void) {
  static const char keys[] = "{modalities: ['feature:8', 'series:12x2', 'image:6x6x1'], clients: "
                             "6, test_clients: 3, samples: 20,"
                             " classes: 3, dev_fraction: 0.2, separation: 0.4}";
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_node *node;
  struct fray_synth_config synth;
  char path[128];
  snprintf(path, sizeof path, "%s/data", folder);
  good(fray_yaml_parse(keys, "t", &arena, &node, &err), &err);
  good(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err), &err);
  good(fray_synth(&synth, path, &err), &err);
  fray_arena_free(&arena);
}

/* Two trials: one seed, with and without damage in training; and one that diverges. */
static void run_study(void) {
  static const char yaml[] =
      "name: kept\nseeds: [4]\ndata: {shards: data, features: {series: {standardise: train}, "
      "image: {standardise: train}}}\n"
      "model: {fusion: concat, hidden: 6, encoders: {series: {kind: conv_gru, filters: [4]}}}\n"
      "training: {rounds: 4, clients_per_round: 3, local: {batch: 5, lr: 0.05}}\n"
      "methods:\n  calm: {}\n"
      "  wild: {training.local.lr: 10, training.local.momentum: 0.99, training.local.clip_norm: 0,"
      " training.local.weight_decay: 1, training.local.epochs: 60}\n"
      "corruption:\n  - {id: lost, kind: missing_modality, at: both, rate: 0.3}\n"
      "tests:\n  gone: {kind: missing_modality, modalities: [series], rate: [0.5, 1]}\n"
      "  noisy: {kind: gaussian_noise, sigma: [0.2, 0.9]}\n"
      "evaluate: {metrics: [accuracy, nll]}\n"
      "sweep: [{grid: {method: [calm, wild]}}]\n";
  struct fray_err err = {0};
  struct fray_study *study = NULL;
  char path[128];
  const char *where;
  snprintf(path, sizeof path, "%s/s.yaml", folder);
  snprintf(results, sizeof results, "%s/results", folder);
  if (fray_comm_rank(comm) == 0) {
    write_shards();
    good(fray_file_write(path, yaml, strlen(yaml), &err), &err);
  }
  good(fray_comm_agree(comm, FRAY_OK, &err), &err); /* all is there */
  good(fray_study_load(path, NULL, 0, comm, &study, &err), &err);
  const struct fray_run_options options = {
      .out = results, .no_report = true, .pace = fray_default_pace, .command = "test"};
  good(fray_study_run(study, &options, comm, &where, &err), &err);
  fray_study_free(study);
}

static int set_up(void **state) {
  (void)state;
  struct fray_err err = {0};
  if (fray_comm_start(NULL, NULL, &comm, &err) != FRAY_OK)
    return -1;
  scratch(folder, "fray-kept-XXXXXX");
  if (fray_comm_rank(comm) == 0 && !mkdtemp(folder))
    return -1;
  fray_comm_broadcast(comm, folder, sizeof folder, 0);
  run_study();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  const bool is_root = fray_comm_rank(comm) == 0;
  fray_comm_agree(comm, FRAY_OK, NULL); /* nobody reads any more */
  fray_comm_finish(comm);
  return !is_root || fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

static struct fray_kept *opened(void) {
  struct fray_kept *kept = NULL;
  struct fray_err err = {0};
  good(fray_kept_open(results, &(struct fray_kept_options){0}, comm, &kept, &err), &err);
  return kept;
}

static struct fray_probed ask(struct fray_kept *kept, size_t trial, enum fray_selection selection,
                              enum fray_kept_split split, const char *yaml) {
  static struct fray_arena arena;
  struct fray_err err = {0};
  struct fray_probe probe = {.trial = trial, .selection = selection, .split = split};
  struct fray_probed out;
  fray_arena_free(&arena);
  arena = (struct fray_arena){0};
  if (yaml)
    good(fray_kept_entries(yaml, &arena, &probe.entry, &probe.n, &err), &err);
  good(fray_kept_probe(kept, &probe, &out, &err), &err);
  return out;
}

/* Place of a condition among those that results.h5 has of a trial. */
static size_t find_condition(fray_h5 file, const char *trial, const char *name) {
  struct fray_arena arena = {0};
  const char **names;
  size_t n, at = 0;
  char path[96];
  snprintf(path, sizeof path, "trials/%s/test/condition", trial);
  good(fray_h5_read_texts(file, path, &arena, &names, &n, NULL), &(struct fray_err){0});
  while (at < n && strcmp(names[at], name) != 0)
    at++;
  assert_true(at < n);
  fray_arena_free(&arena);
  return at;
}

static void the_conditions_of_the_scenario_give_its_answers(void **state) {
  (void)state;
  static const struct {
    const char *condition, *entries;
  } cases[] = {
      {"trial", "[{id: lost, kind: missing_modality, rate: 0.3}]"},
      {"clean", NULL},
      {"gone=0.5", "[{id: gone, kind: missing_modality, modalities: [series], rate: 0.5}]"},
      {"gone=1", "[{id: gone, kind: missing_modality, modalities: [series], rate: 1}]"},
      {"noisy=0.2", "[{id: noisy, kind: gaussian_noise, sigma: 0.2}]"},
      {"noisy=0.9", "[{id: noisy, kind: gaussian_noise, sigma: 0.9}]"},
  };
  struct fray_kept *kept = opened();
  struct fray_err err = {0};
  fray_h5 file;
  char path[128];
  snprintf(path, sizeof path, "%s/results.h5", results);
  good(fray_h5_open(path, &file, &err), &err);
  const char *trial = fray_kept_name(kept, 0);
  int rank;
  size_t dims[FRAY_H5_MAX_RANK], compared = 0;
  bool is_text;
  snprintf(path, sizeof path, "trials/%s/test/predicted", trial);
  good(fray_h5_shape(file, path, &rank, dims, &is_text, &err), &err);
  const size_t conditions = dims[1], n = dims[2], count = dims[0] * conditions * n;
  int16_t *noted = malloc(count * sizeof *noted);
  good(fray_h5_read(file, path, FRAY_H5_I16, noted, count, &err), &err);
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
    for (size_t s = 0; s < FRAY_SELECTIONS; s++) {
      const size_t at = find_condition(file, trial, cases[c].condition);
      const struct fray_probed got =
          ask(kept, 0, (enum fray_selection)s, FRAY_KEPT_TEST, cases[c].entries);
      assert_int_equal(got.answers.n, n);
      assert_memory_equal(got.answers.predicted, noted + (s * conditions + at) * n,
                          n * sizeof *noted);
      compared++;
    }
  assert_int_equal(compared, 12);
  free(noted);
  fray_h5_close(file, NULL);
  fray_kept_close(kept);
}

/* Which column of a header bears the name. */
static size_t column_of(char *text, const char *name) {
  const char *line = text, *found = strstr(text, name);
  size_t column = 0;
  assert_true(found && found < strchr(text, '\n'));
  for (; line < found; line++)
    column += *line == ',';
  return column;
}

/* By its name: columns may follow it. */
static double dev_accuracy(const char *trial) {
  char path[128];
  struct fray_text text = {0};
  struct fray_err err = {0};
  snprintf(path, sizeof path, "%s/trials.csv", results);
  good(fray_file_read(path, 1 << 20, &text, &err), &err);
  size_t left = column_of(text.data, "dev.accuracy");
  const char *row = strstr(text.data, trial);
  assert_non_null(row);
  for (; left; left--)
    row = strchr(row, ',') + 1;
  const double value = atof(row);
  fray_text_free(&text);
  return value;
}

static void the_selected_model_scores_on_dev_as_when_it_was_selected(void **state) {
  (void)state;
  struct fray_kept *kept = opened();
  const struct fray_probed got = ask(kept, 0, FRAY_BEST, FRAY_KEPT_DEV, NULL);
  size_t right = 0;
  for (size_t i = 0; i < got.under.n; i++)
    right += got.answers.predicted[i] == got.under.label[i];
  assert_true(got.under.n > 10);
  assert_true(fabs((double)right / (double)got.under.n - dev_accuracy(fray_kept_name(kept, 0))) <
              1e-12);
  fray_kept_close(kept);
}

static unsigned bit_of(const struct fray_dataset *d, const char *modality) {
  for (size_t m = 0; m < d->n_modalities; m++)
    if (strcmp(d->modality[m].name, modality) == 0)
      return 1u << m;
  return 0;
}

/* Several entries, one after another, on dev: only what is left of the first can be lost to the
 * second; and the numbers are those of the same question asked twice. */
static void any_damage_can_be_asked_for(void **state) {
  (void)state;
  static const char two[] =
      "- {id: a, kind: missing_modality, modalities: [series], rate: 1}\n"
      "- {id: b, kind: missing_modality, modalities: [feature], rate: 0.5, if_all_lost: keep}\n";
  struct fray_kept *kept = opened();
  struct fray_probed got = ask(kept, 0, FRAY_LAST, FRAY_KEPT_DEV, two);
  size_t none = 0, one = 0;
  double sum = 0;
  for (size_t i = 0; i < got.under.n; i++) {
    none += got.under.present[i] == bit_of(got.dataset, "image");
    one += got.under.present[i] == (bit_of(got.dataset, "image") | bit_of(got.dataset, "feature"));
    sum += got.answers.nll[i];
  }
  assert_int_equal(none + one, got.under.n);
  assert_true(none > 0 && one > 0);
  assert_true(got.realised[0].rate == 1);
  got = ask(kept, 0, FRAY_LAST, FRAY_KEPT_DEV, two);
  double again = 0;
  for (size_t i = 0; i < got.under.n; i++)
    again += got.answers.nll[i];
  assert_true(again == sum);
  fray_kept_close(kept);
}

/* Outputs come with the answers and change none; train is what the partition deals out, and clients
 * of the federation hold it, one after another. */
static void outputs_can_be_asked_for(void **state) {
  (void)state;
  static const enum fray_kept_split splits[] = {FRAY_KEPT_DEV, FRAY_KEPT_TEST, FRAY_KEPT_TRAIN};
  struct fray_kept *kept = opened();
  for (size_t s = 0; s < 3; s++) {
    struct fray_err err = {0};
    struct fray_probed got = ask(kept, 0, FRAY_BEST, splits[s], NULL);
    const size_t n = got.answers.n;
    int16_t *before = malloc(n * sizeof *before);
    memcpy(before, got.answers.predicted, n * sizeof *before);
    const struct fray_probe probe = {.split = splits[s],
                                     .keep_outputs = true,
                                     .outputs = FRAY_OUT_ALONE | FRAY_OUT_HIDDEN | FRAY_OUT_TOKENS};
    good(fray_kept_probe(kept, &probe, &got, &err), &err);
    const struct fray_outputs *of = got.answers.outputs;
    assert_int_equal(of->n, n);
    assert_int_equal(of->modalities, 3);
    assert_int_equal(of->token_width, 6);
    assert_memory_equal(before, got.answers.predicted, n * sizeof *before);
    for (size_t i = 0; i < n; i++) {
      const float *logits = of->logits + i * of->classes;
      for (size_t c = 0; c < of->classes; c++)
        assert_true(logits[c] <= logits[before[i]]);
      assert_true(got.client[i] < got.n_clients);
      assert_true(i == 0 || splits[s] != FRAY_KEPT_TRAIN || got.client[i - 1] <= got.client[i]);
      assert_true(got.under.label[i] == got.dataset->label[got.under.sample[i]]);
    }
    assert_true(splits[s] != FRAY_KEPT_TRAIN || got.n_clients == 6);
    free(before);
  }
  fray_kept_close(kept);
}

/* Draws are of an entry's name and not of its place: entries of different modalities may change
 * places, and one beside others does what it does alone; another name draws otherwise. */
static void an_entry_draws_by_its_name(void **state) {
  (void)state;
  static const char *const entries[] = {
      "[{id: n, kind: gaussian_noise, modalities: [image], sigma: 0.9}, "
      "{id: s, kind: jitter, modalities: [series], sigma: 0.9}]",
      "[{id: s, kind: jitter, modalities: [series], sigma: 0.9}, "
      "{id: n, kind: gaussian_noise, modalities: [image], sigma: 0.9}]",
      "[{id: s, kind: jitter, modalities: [series], sigma: 0.9}, "
      "{id: other, kind: gaussian_noise, modalities: [image], sigma: 0.9}]"};
  struct fray_kept *kept = opened();
  double *nll[3];
  size_t n = 0, moved = 0;
  for (int k = 0; k < 3; k++) {
    const struct fray_probed got = ask(kept, 0, FRAY_BEST, FRAY_KEPT_TEST, entries[k]);
    n = got.answers.n;
    nll[k] = malloc(n * sizeof(double));
    memcpy(nll[k], got.answers.nll, n * sizeof(double));
  }
  assert_memory_equal(nll[0], nll[1], n * sizeof(double));
  for (size_t i = 0; i < n; i++)
    moved += nll[2][i] != nll[0][i];
  assert_true(moved > n / 2);
  for (int k = 0; k < 3; k++)
    free(nll[k]);
  fray_kept_close(kept);
}

/* Undamaged blocks are kept from question to question: a recipe costs the encoders of what it
 * touches, and none where it touches nothing. Operations of products are counted, on one rank. */
static void a_question_costs_what_it_touches(void **state) {
  (void)state;
  static const char *const entries[] = {
      NULL, NULL, "[{id: a, kind: missing_modality, modalities: [series], rate: 0.5}]",
      "[{id: n, kind: gaussian_noise, modalities: [image], sigma: 0.3}]",
      /* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): the last one, in two lines */
      "[{id: n, kind: gaussian_noise, modalities: [image], sigma: 0.3}, "
      "{id: s, kind: jitter, modalities: [series], sigma: 0.3}]"};
  struct fray_kept *kept = opened();
  double cost[5];
  for (int k = 0; k < 5; k++) {
    const double before = fray_gemm_flops();
    ask(kept, 0, FRAY_BEST, FRAY_KEPT_TEST, entries[k]);
    cost[k] = fray_gemm_flops() - before;
  }
  if (fray_comm_size(comm) == 1) {
    assert_true(cost[0] > cost[4] && cost[4] > cost[3] && cost[3] > cost[1]);
    assert_true(cost[1] == cost[2] && cost[1] > 0);
  }
  fray_kept_close(kept);
}

/* Each class and the one that it is most confused with, either way round, by the answers that each
 * modality gives alone: counted here once more, from the outputs. */
static void similar_is_what_the_model_confuses(void **state) {
  (void)state;
  static const char yaml[] = "[{kind: conflict, modalities: [series], donor: similar}]";
  struct fray_kept *kept = opened();
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_probe probe = {
      .split = FRAY_KEPT_DEV, .keep_outputs = true, .outputs = FRAY_OUT_ALONE};
  struct fray_probed got;
  size_t count[3][3] = {{0}}, hit = 0;
  const struct fray_corruption_config *const *entry;
  size_t n;
  assert_int_equal(fray_kept_entries(yaml, &arena, &entry, &n, &err), FRAY_INPUT);
  good(fray_kept_probe(kept, &probe, &got, &err), &err);
  const struct fray_outputs *of = got.answers.outputs;
  for (size_t k = 0; k < of->modalities * of->n; k++) {
    const float *x = of->alone + 3 * k;
    const size_t truth = (size_t)got.under.label[k % of->n];
    const size_t said = x[0] >= x[1] && x[0] >= x[2] ? 0 : x[1] >= x[2] ? 1 : 2;
    if (!isnan(x[0]) && said != truth) {
      count[truth][said]++;
      count[said][truth]++;
    }
  }
  good(fray_kept_entries_for(kept, 0, FRAY_BEST, yaml, &arena, &entry, &n, &err), &err);
  probe = (struct fray_probe){.split = FRAY_KEPT_TEST, .entry = entry, .n = n};
  good(fray_kept_probe(kept, &probe, &got, &err), &err);
  for (size_t i = 0; i < got.under.n; i++)
    for (size_t m = 0; m < 3; m++) {
      const int16_t lure = got.lure[3 * i + m];
      if (lure < 0)
        continue;
      for (int o = 0; o < 3; o++)
        assert_true(count[got.under.label[i]][lure] >= count[got.under.label[i]][o]);
      hit++;
    }
  assert_true(hit > got.under.n / 2);
  fray_arena_free(&arena);
  fray_kept_close(kept);
}

/* Whole clients, each in one of both roles; without the key nobody verifies. */
static void roles_share_the_test_clients_out(void **state) {
  (void)state;
  static const char *const sets[] = {"evaluate.verify=0.4"};
  struct fray_kept *kept = opened();
  struct fray_err err = {0};
  struct fray_probed out;
  struct fray_probe probe = {.split = FRAY_KEPT_VERIFY};
  assert_int_equal(fray_kept_probe(kept, &probe, &out, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "evaluate.verify"));
  const size_t all = ask(kept, 0, FRAY_BEST, FRAY_KEPT_TEST, NULL).under.n;
  assert_int_equal(ask(kept, 0, FRAY_BEST, FRAY_KEPT_REPORT, NULL).under.n, all);
  assert_int_equal(fray_kept_roles(kept, FRAY_KEPT_TEST), 1u << FRAY_ROLE_REPORT);
  fray_kept_close(kept);
  good(fray_kept_open(results, &(struct fray_kept_options){.sets = sets, .n_sets = 1}, comm, &kept,
                      &err),
       &err);
  uint8_t role[64] = {0};
  size_t n[2], clients[2] = {0};
  for (int r = 0; r < 2; r++) {
    const struct fray_probed got =
        ask(kept, 0, FRAY_BEST, r ? FRAY_KEPT_REPORT : FRAY_KEPT_VERIFY, NULL);
    n[r] = got.under.n;
    for (size_t i = 0; i < got.under.n; i++)
      role[got.client[i]] |= (uint8_t)(1 << r);
  }
  for (size_t c = 0; c < 64; c++) {
    assert_true(role[c] != 3);
    clients[0] += role[c] == 1;
    clients[1] += role[c] == 2;
  }
  assert_int_equal(n[0] + n[1], all);
  assert_true(clients[0] == 1 && clients[1] == 2); /* of 3 */
  assert_int_equal(fray_kept_roles(kept, FRAY_KEPT_TEST),
                   1u << FRAY_ROLE_REPORT | 1u << FRAY_ROLE_VERIFY);
  fray_kept_close(kept);
}

static void what_cannot_be_asked_is_refused(void **state) {
  (void)state;
  struct fray_kept *kept = opened();
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_probed out;
  const struct fray_corruption_config *const *entry;
  size_t n;
  assert_true(fray_kept_has_models(kept, 0));
  assert_false(fray_kept_has_models(kept, 1)); /* it diverged */
  assert_false(fray_kept_has_models(kept, 2));
  for (size_t trial = 1; trial < 3; trial++)
    assert_int_equal(fray_kept_probe(kept, &(struct fray_probe){.trial = trial}, &out, &err),
                     FRAY_INPUT);
  static const char *const bad[] = {"{kind: missing_modality}", "[{kind: label_noise, rate: 1}]",
                                    "[{kind: missing_modality, rate: 2}]",
                                    "[{kind: missing_modality}, {kind: missing_modality}]"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(fray_kept_entries(bad[i], &arena, &entry, &n, &err), FRAY_INPUT);
  static const char unknown[] = "[{kind: missing_modality, modalities: [smell], rate: 1}]";
  good(fray_kept_entries(unknown, &arena, &entry, &n, &err), &err);
  const struct fray_probe probe = {.entry = entry, .n = n, .split = FRAY_KEPT_TEST};
  assert_int_equal(fray_kept_probe(kept, &probe, &out, &err), FRAY_INPUT);
  ask(kept, 0, FRAY_BEST, FRAY_KEPT_TEST, NULL); /* it goes on */
  fray_arena_free(&arena);
  fray_kept_close(kept);
  assert_int_equal(fray_kept_open(folder, &(struct fray_kept_options){0}, comm, &kept, &err),
                   FRAY_INPUT);
  assert_null(kept);
}

/* Names, sizes, times and bytes of all that lies in the results folder. */
static uint64_t hash_of(const char *path) {
  uint64_t hash = 0;
  DIR *entries = opendir(path);
  assert_non_null(entries);
  for (struct dirent *e; (e = readdir(entries));) {
    char below[512];
    struct stat info;
    struct fray_text text = {0};
    if (e->d_name[0] == '.')
      continue;
    snprintf(below, sizeof below, "%s/%s", path, e->d_name);
    assert_int_equal(stat(below, &info), 0);
    const uint64_t facts[] = {fray_hash_text(e->d_name), (uint64_t)info.st_mtim.tv_nsec};
    hash ^= fray_hash64(facts, sizeof facts); /* in any order */
    if (S_ISDIR(info.st_mode)) {
      hash ^= hash_of(below);
    } else {
      assert_int_equal(fray_file_read(below, 1 << 24, &text, NULL), FRAY_OK);
      hash ^= fray_hash64(text.data, text.size);
    }
    fray_text_free(&text);
  }
  closedir(entries);
  return hash;
}

static void nothing_is_written(void **state) {
  (void)state;
  const uint64_t before = hash_of(results);
  struct fray_kept *kept = opened();
  ask(kept, 0, FRAY_BEST, FRAY_KEPT_TEST, "[{kind: missing_modality, rate: 0.7}]");
  ask(kept, 0, FRAY_LAST, FRAY_KEPT_DEV, NULL);
  fray_kept_close(kept);
  assert_true(hash_of(results) == before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_conditions_of_the_scenario_give_its_answers),
      cmocka_unit_test(the_selected_model_scores_on_dev_as_when_it_was_selected),
      cmocka_unit_test(any_damage_can_be_asked_for),
      cmocka_unit_test(outputs_can_be_asked_for),
      cmocka_unit_test(roles_share_the_test_clients_out),
      cmocka_unit_test(an_entry_draws_by_its_name),
      cmocka_unit_test(a_question_costs_what_it_touches),
      cmocka_unit_test(similar_is_what_the_model_confuses),
      cmocka_unit_test(what_cannot_be_asked_is_refused),
      cmocka_unit_test(nothing_is_written),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
