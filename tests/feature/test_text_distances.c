/* How far damage moves texts: edits by hand, and of whole kinds whose edits can be counted. */
#include "edits.h"

#include "data_bench.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/data/synth.h"
#include "fray/feature/features.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fray_arena arena;

static void edits_are_counted(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    double edits;
  } cases[] = {{"sitting", "kitten", 3}, {"saturday", "sunday", 3},
               {"flaw", "lawn", 2},      {"same", "same", 0},
               {"", "abc", 3},           {"abcd", "b", 3}};
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    const size_t n = strlen(cases[c].a), m = strlen(cases[c].b);
    assert_true(edits_rate(cases[c].a, n, cases[c].b, m, 1) == cases[c].edits / (double)m);
  }
  /* Items of several bytes; and beyond the bound nothing is looked at. */
  const float x[] = {1, 2, 3, 4, 5, 6}, y[] = {3, 4, 5, 6};
  assert_true(edits_rate(x, 3, y, 2, 2 * sizeof *x) == 0.5);
  char *a = calloc(2, 2 * EDITS_MOST);
  assert_non_null(a);
  a[2 * EDITS_MOST - 1] = 'x';
  assert_true(edits_rate(a, 2 * EDITS_MOST, a + 2 * EDITS_MOST, 2 * EDITS_MOST, 1) == 0);
  free(a);
}

static struct fray_dataset *texts(void) {
  struct fray_synth_config synth;
  struct fray_node *node;
  struct fray_dataset *d = NULL;
  struct fray_err err = {0};
  good(fray_yaml_parse("{clients: 2, samples: 20, modalities: ['text:12']}", "t", &arena, &node,
                       &err),
       &err);
  good(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err), &err);
  good(fray_synth(&synth, in_folder("texts"), &err), &err);
  good(fray_dataset_open(in_folder("texts"), NULL, 0, world, &d, &err), &err);
  return d;
}

static const struct fray_signal_plan *plan_of(const struct fray_dataset *d, const char *yaml) {
  struct fray_corruption_config *entry = fray_arena_zero(&arena, 1, sizeof *entry);
  const struct fray_corruption_config *const entries[] = {entry};
  uint32_t *sample = fray_arena_alloc(&arena, d->n_samples, sizeof *sample);
  struct fray_population people = {.dataset = d,
                                   .n = d->n_samples,
                                   .sample = sample,
                                   .client = d->client,
                                   .n_clients = d->n_clients,
                                   .client_source = d->client_source,
                                   .client_name = d->client_name,
                                   .train = true};
  struct fray_node *node = NULL;
  struct fray_realised realised;
  struct fray_damage damage;
  struct fray_err err = {0};
  for (size_t i = 0; i < d->n_samples; i++)
    sample[i] = (uint32_t)i;
  good(fray_yaml_parse(yaml, "test", &arena, &node, &err), &err);
  good(fray_schema_read(&fray_corruption_table, node, "", entry, &arena, &err), &err);
  good(fray_damage_start(&people, &arena, &damage, &err), &err);
  good(fray_corrupt(entries, 1, &people, 4, &arena, &damage, &realised, &err), &err);
  return damage.signal;
}

/* Of each text all words but one go: what is lost are its bytes and words, whichever stayed.
 * Capitals move every letter, and no word where features fold case. */
static void kinds_move_texts_by_their_edits(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_data_config config;
  struct fray_node *node = NULL;
  struct fray_features *f = NULL;
  struct fray_dataset *d = texts();
  char raw[4096];
  good(fray_yaml_parse("shards: x", "test", &arena, &node, &err), &err);
  good(fray_schema_read(&fray_data_table, node, "data", &config, &arena, &err), &err);
  good(fray_features_open(d, &config, &f, &err), &err);
  const struct fray_signal_plan *lost = plan_of(d, "{kind: token_drop, share: 1}");
  const struct fray_signal_plan *shout = plan_of(d, "{kind: letter_case, to: upper}");
  for (size_t s = 0; s < 10; s++) {
    struct fray_distance at;
    size_t length = 0, words = 1, letters = 0;
    good(fray_sample_read(d, 0, s, raw, &length, &err), &err);
    for (size_t i = 0; i < length; i++) {
      words += raw[i] == ' ';
      letters += raw[i] >= 'a' && raw[i] <= 'z';
      assert_false(raw[i] >= 'A' && raw[i] <= 'Z');
    }
    good(fray_features_distance(f, 0, s, lost, &at, &err), &err);
    assert_true(at.raw > 0.5 && at.raw < 1);
    assert_true(at.features == (double)(words - 1) / (double)words);
    good(fray_features_distance(f, 0, s, shout, &at, &err), &err);
    /* Other scripts among them: a capital of two bytes differs in one of them, or in both. */
    assert_true(letters > 0 && at.raw >= (double)letters / (double)length);
    assert_true(at.raw <= (double)(length - words + 1) / (double)length);
    assert_true(at.features == 0);
    assert_true(at.changed == at.raw && isnan(at.snr_db)); /* edits; no sound */
  }
  fray_features_close(f);
  fray_dataset_close(d);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(edits_are_counted),
      cmocka_unit_test(kinds_move_texts_by_their_edits),
  };
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  fray_log_speaker(false);
  int failed = cmocka_run_group_tests(tests, make_folder, remove_folder);
  fray_arena_free(&arena);
  fray_comm_finish(world);
  return failed;
}
