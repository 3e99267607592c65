/* Ledgers and replay: the text by hand, exact repetition, files that are wrong, and the columns of
 * a partition. */
#include "scratch.h"
#include "world.h"

#include "fray/base/file.h"
#include "fray/corrupt/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Four samples, two classes (one with a comma), modalities acc and gyro. */
struct small {
  struct fray_dataset dataset;
  int32_t label[4];
  uint8_t present[4];
  const char *source_id[4];
  uint64_t source[4], client_source[1];
  const char *client_name[1];
  uint32_t sample[4], client[4];
  const char *class_name[2];
  struct fray_arena arena;
};

static struct fray_population make_small(struct small *s, bool train) {
  *s = (struct small){.label = {0, 1, 0, FRAY_UNLABELLED},
                      .present = {3, 3, 1, 3},
                      .source_id = {"s0", "s\"1\"", "s,2", "s\n3"},
                      .sample = {0, 1, 2, 3},
                      .client_name = {"all"},
                      .class_name = {"on, off", "sit"}};
  s->dataset = (struct fray_dataset){.n_classes = 2,
                                     .class_name = s->class_name,
                                     .n_modalities = 2,
                                     .n_samples = 4,
                                     .label = s->label,
                                     .present = s->present,
                                     .source = s->source,
                                     .source_id = s->source_id};
  s->dataset.modality[0].name = "acc";
  s->dataset.modality[1].name = "gyro";
  return (struct fray_population){.dataset = &s->dataset,
                                  .n = 4,
                                  .sample = s->sample,
                                  .client = s->client,
                                  .n_clients = 1,
                                  .client_source = s->client_source,
                                  .client_name = s->client_name,
                                  .train = train};
}

static const char *temporary(struct fray_arena *arena, const char *text) {
  char *path = fray_arena_strdup(arena, scratch((char[SCRATCH]){0}, "fray-ledger-XXXXXX"));
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  assert_int_equal(fray_file_write(path, text, strlen(text), NULL), FRAY_OK);
  return path;
}

static const char written[] = "source,modality,what,value\n"
                              "s0,gyro,lost,\n"
                              "s0,,label,sit\n"
                              "\"s\"\"1\"\"\",,label,\"on, off\"\n"
                              "\"s,2\",acc,lost,\n"
                              "\"s,2\",,unlabelled,\n"
                              "\"s,2\",,dropped,\n"
                              "\"s\n3\",acc,lost,\n";

static void damage_by_hand(struct fray_damage *d) {
  d->present[0] = 1, d->label[0] = 1;
  d->label[1] = 0;
  d->present[2] = 0, d->label[2] = FRAY_UNLABELLED, d->dropped[2] = 1;
  d->present[3] = 2;
}

static void text_is_as_documented(void **state) {
  (void)state;
  struct small s;
  struct fray_population p = make_small(&s, true);
  struct fray_damage d;
  assert_int_equal(fray_damage_start(&p, &s.arena, &d, NULL), FRAY_OK);
  damage_by_hand(&d);
  struct fray_text text = {0};
  fray_ledger_text(&p, &d, &text);
  assert_string_equal(text.data, written);
  fray_text_free(&text);
  fray_arena_free(&s.arena);
}

/* Read back, also with carriage returns and without the last line end. */
static void text_reads_back(void **state) {
  (void)state;
  struct small s;
  struct fray_population p = make_small(&s, true);
  struct fray_damage expected, got;
  assert_int_equal(fray_damage_start(&p, &s.arena, &expected, NULL), FRAY_OK);
  damage_by_hand(&expected);
  struct fray_text other = {0};
  for (const char *c = written; c[0] && c[1]; c++)
    fray_text_printf(&other, "%s%c", *c == '\n' && c[-1] != 's' ? "\r" : "", *c);
  const char *texts[] = {written, other.data};
  for (size_t t = 0; t < 2; t++) {
    const char *path = temporary(&s.arena, texts[t]);
    uint8_t changed[4] = {0};
    struct fray_err err = {0};
    assert_int_equal(fray_damage_start(&p, &s.arena, &got, NULL), FRAY_OK);
    if (fray_ledger_apply(path, &p, &got, changed, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    world_assert_same(&expected, &got);
    assert_true(changed[0] && changed[1] && changed[2] && changed[3]);
    fray_remove_tree(path, NULL);
  }
  fray_text_free(&other);
  fray_arena_free(&s.arena);
}

/* Rows about samples elsewhere are skipped; repeating what is so already changes nothing. */
static void only_what_changes_counts(void **state) {
  (void)state;
  struct small s;
  struct fray_population p = make_small(&s, true);
  p.n = 3;
  const char *path = temporary(&s.arena, "source,modality,what,value\n\"s,2\",gyro,lost,\n"
                                         "\"s\n3\",acc,lost,\ns0,,label,\"on, off\"\n");
  struct fray_damage d;
  uint8_t changed[3] = {0};
  assert_int_equal(fray_damage_start(&p, &s.arena, &d, NULL), FRAY_OK);
  assert_int_equal(fray_ledger_apply(path, &p, &d, changed, NULL), FRAY_OK);
  assert_true(!changed[0] && !changed[1] && !changed[2]);
  fray_remove_tree(path, NULL);
  fray_arena_free(&s.arena);
}

static void bad_ledgers_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *says;
    bool test;
  } cases[] = {
      {"", "the file is empty", false},
      {"source,modality,what,values\n", ":1: expected the header", false},
      {"source,modality,what\n", ":1: expected", false},
      {"source,modality,what,value\ns0,acc,lost\n", ":2: 3 fields, but the header has 4", false},
      {"source,modality,what,value\ns0,acc,lost,,\n", ":2: 5 fields, but the header has 4", false},
      {"source,modality,what,value\n\"s0,acc,lost,\n", ":2: a quote is not closed", false},
      {"source,modality,what,value\n\"s0\"x,acc,lost,\n", ":2: text behind", false},
      {"source,modality,what,value\n\"", ":2: a quote is not closed", false},
      {"source,modality,what,value\ns9,acc,lost,\n", ":2: the data has no sample 's9'", false},
      {"source,modality,what,value\ns0,gyr,lost,\n", "did you mean 'gyro'", false},
      {"source,modality,what,value\ns0,acc,lst,\n", ":2: 'lst' is none", false},
      {"source,modality,what,value\ns0,,label,run\n", ":2: the data has no class 'run'; there are ",
       false},
      {"source,modality,what,value\n\"s\n3\",acc,lost,\ns0,,label,run\n", ":4: the data", false},
      {"source,modality,what,value\ns0,,label,sit\n", "test sample", true},
      {"source,modality,what,value\ns0,,unlabelled,\n", "test sample", true},
      {"source,modality,what,value\ns0,,dropped,\n", "test sample", true},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct small s;
    struct fray_population p = make_small(&s, !cases[c].test);
    struct fray_damage d;
    struct fray_err err = {0};
    const char *path = temporary(&s.arena, cases[c].text);
    assert_int_equal(fray_damage_start(&p, &s.arena, &d, NULL), FRAY_OK);
    enum fray_status status = fray_ledger_apply(path, &p, &d, NULL, &err);
    if (status != FRAY_INPUT || !strstr(err.text, cases[c].says))
      fail_msg("%s: '%s' does not contain '%s'", cases[c].text, err.text, cases[c].says);
    fray_remove_tree(path, NULL);
    fray_arena_free(&s.arena);
  }
}

/* No text makes the reader leave its buffer (run under the sanitizers), whatever it holds. */
static void noise_is_survived(void **state) {
  (void)state;
  static const char letters[] = "s0,\"\r\nacclostlabel\0x";
  struct small s;
  struct fray_population p = make_small(&s, true);
  for (uint64_t round = 0; round < 300; round++) {
    struct fray_rng rng = fray_rng_for(round, "test/noise", 0, 0, 0);
    char text[128];
    size_t head = strlen("source,modality,what,value\n");
    memcpy(text, written, head);
    size_t n = head + (size_t)fray_rng_below(&rng, sizeof text - head);
    for (size_t i = head; i < n; i++)
      text[i] = letters[fray_rng_below(&rng, sizeof letters)];
    const char *path = temporary(&s.arena, "");
    struct fray_damage d;
    assert_int_equal(fray_file_write(path, text, n, NULL), FRAY_OK);
    assert_int_equal(fray_damage_start(&p, &s.arena, &d, NULL), FRAY_OK);
    enum fray_status status = fray_ledger_apply(path, &p, &d, NULL, NULL);
    assert_true(status == FRAY_OK || status == FRAY_INPUT);
    fray_remove_tree(path, NULL);
    fray_arena_reset(&s.arena);
  }
  fray_arena_free(&s.arena);
}

/* The columns [missing_a, missing_b, label, missing_label] of a simulation file. */
static void partition_columns_are_replayed(void **state) {
  (void)state;
  struct small s;
  struct fray_population p = make_small(&s, true);
  struct fray_partition partition = {.n_clients = 1,
                                     .first = (size_t[]){0, 4},
                                     .sample = (uint32_t[]){3, 2, 1, 0},
                                     .has_replay = true,
                                     .replay_missing = (uint8_t[]){0, 1, 3, 2},
                                     .replay_label = (int32_t[]){1, 0, 1, 1},
                                     .replay_unlabelled = (uint8_t[]){1, 0, 0, 0}};
  p.partition = &partition;
  struct world w;
  world_make(&w, false);
  struct fray_realised r;
  struct fray_damage d = world_corrupt(&w, &p, 8, "{kind: replay, from: partition}", &r);
  const uint8_t present[] = {1, 0, 0, 3}, dropped[] = {0, 1, 1, 0};
  const int32_t label[] = {1, 1, 0, FRAY_UNLABELLED};
  assert_memory_equal(d.present, present, 4);
  assert_memory_equal(d.dropped, dropped, 4);
  assert_memory_equal(d.label, label, sizeof label);
  /* Four of seven (sample, modality) pairs, and one of three labels. */
  assert_int_equal(r.hit, 4 + 1);
  assert_int_equal(r.eligible, 7 + 3);
  partition.replay_label[2] = 2;
  struct fray_err err;
  const struct fray_corruption_config *entry =
      world_entry(&w, "{kind: replay, from: partition}", &err);
  assert_int_equal(fray_corrupt(&entry, 1, &p, 8, &w.arena, &d, &r, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "label 2"));
  world_free(&w);
  fray_arena_free(&s.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_is_as_documented),    cmocka_unit_test(text_reads_back),
      cmocka_unit_test(only_what_changes_counts), cmocka_unit_test(bad_ledgers_are_refused),
      cmocka_unit_test(noise_is_survived),        cmocka_unit_test(partition_columns_are_replayed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
