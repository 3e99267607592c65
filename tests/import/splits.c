/* Splits that an import draws, and how a set is cut into shards. */
#include "workbench.h"

#include "fray/data/dataset.h"

enum { CLIENTS = 5, EACH = 40 };

/* 5 clients of 40 samples, two classes in turn, a feature that is the sample's number. */
static void put_many(void) {
  struct fray_text text = {0};
  for (int i = 0; i < CLIENTS * EACH; i++)
    fray_text_printf(&text, "%d\n", i);
  put("v.txt", text.data);
  fray_text_free(&text);
  for (int i = 0; i < CLIENTS * EACH; i++)
    fray_text_printf(&text, "%d\n", i / EACH);
  put("c.txt", text.data);
  fray_text_free(&text);
  for (int i = 0; i < CLIENTS * EACH; i++)
    fray_text_printf(&text, "%d\n", i % EACH / 10 % 2);
  put("l.txt", text.data);
  fray_text_free(&text);
}

static void import_many(const char *more, uint8_t split[CLIENTS * EACH]) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml,
           "name: s\nmodalities: {v: {kind: feature}}\ninputs:\n  - {reader: matrix, id: \"{row}\","
           " client: \"{c}\", label: \"{l}\",\n     channels: {v: [v.txt]},"
           " columns: {c: c.txt, l: l.txt}}\n%s",
           more);
  assert_int_equal(fray_remove_tree(at("out"), NULL), FRAY_OK);
  import_bench(yaml);
  open_shard("out/shard-0000.h5");
  values("/samples/split", FRAY_H5_U8, split, CLIENTS * EACH);
}

static void dev_by_window(void **state) {
  (void)state;
  uint8_t a[CLIENTS * EACH], b[CLIENTS * EACH], c[CLIENTS * EACH];
  put_many();
  import_many("dev: {fraction: 0.2}\n", a);
  for (int k = 0; k < CLIENTS; k++)
    assert_int_equal(count(a + k * EACH, EACH, FRAY_DEV), EACH / 5);
  import_many("dev: {fraction: 0.2}\n", b);
  assert_memory_equal(a, b, sizeof a);
  import_many("dev: {fraction: 0.2}\nseed: 1\n", c);
  assert_memory_not_equal(a, c, sizeof a);
  import_many("dev: {fraction: 0.29, within: all}\n", c);
  assert_int_equal(count(c, sizeof c, FRAY_DEV), 58);
}

/* For every client and class one run of a fifth of its samples. */
static void dev_by_block(void **state) {
  (void)state;
  uint8_t split[CLIENTS * EACH];
  put_many();
  import_many("dev: {fraction: 0.2, by: block}\n", split);
  for (int k = 0; k < CLIENTS; k++)
    for (int class = 0; class < 2; class ++) {
      int first = -1, last = -1, n = 0, place = 0;
      for (int i = 0; i < EACH; i++) {
        if (i / 10 % 2 != class)
          continue;
        if (split[k * EACH + i] == FRAY_DEV) {
          first = first < 0 ? place : first;
          last = place;
          n++;
        }
        place++;
      }
      assert_int_equal(n, 4);
      assert_int_equal(last - first, 3);
    }
}

static void test_splits(void **state) {
  (void)state;
  uint8_t split[CLIENTS * EACH];
  put_many();
  import_many("test: {clients: [\"1\", \"3\"]}\ndev: {fraction: 0.5}\n", split);
  for (int k = 0; k < CLIENTS; k++) {
    assert_int_equal(count(split + k * EACH, EACH, FRAY_TEST), k % 2 ? EACH : 0);
    assert_int_equal(count(split + k * EACH, EACH, FRAY_DEV), k % 2 ? 0 : EACH / 2);
  }
  import_many("test: {fraction: 0.4}\n", split);
  int whole = 0;
  for (int k = 0; k < CLIENTS; k++)
    whole += count(split + k * EACH, EACH, FRAY_TEST) == EACH;
  assert_int_equal(whole, 2);
  assert_int_equal(count(split, sizeof split, FRAY_TEST), 2 * EACH);
  import_many("test: {fraction: 0.25, of: samples}\ndev: {from: test, fraction: 0.5}\n", split);
  for (int k = 0; k < CLIENTS; k++) {
    assert_int_equal(count(split + k * EACH, EACH, FRAY_TEST), 5);
    assert_int_equal(count(split + k * EACH, EACH, FRAY_DEV), 5);
  }
}

/* What the test split cannot show is said before anything is trained. */
static void few_test_clients_are_warned_of(void **state) {
  (void)state;
  struct fray_text rows = {0};
  fray_text_puts(&rows, "id,client,label,v\n");
  for (int i = 0; i < 9; i++) { /* contents differ: the same in two splits is another warning */
    const float vector[] = {-1, (float)i};
    char name[16];
    snprintf(name, sizeof name, "v%d.npy", i);
    put_npy(name, "<f4", "False", "(2,)", vector, sizeof vector);
    fray_text_printf(&rows, "%d,c%d,%d,%s\n", i, i, i % 2, name);
  }
  put("f.csv", rows.data);
  fray_text_free(&rows);
  static const struct {
    const char *clients, *says;
  } cases[] = {
      {"", "said.yaml: no sample is for test"},
      {"c1", "f: only 1 test client: scores tell how models do on that one"},
      {"c1, c2", "f: only 2 test clients: scores tell how models do on these"},
      {"c1, c2, c3, c4, c5", "f: only 5 test clients: scores tell how models do on these"},
      {"c1, c2, c3, c4, c5, c6", NULL},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct fray_text text = {0};
    char yaml[256];
    snprintf(yaml, sizeof yaml,
             "name: f\nmodalities: {v: {kind: feature}}\n"
             "inputs: [{reader: manifest, file: f.csv}]\ntest: {clients: [%s]}\n",
             cases[i].clients);
    said(yaml, &text);
    if (cases[i].says ? !strstr(text.data, cases[i].says) : strstr(text.data, "warning") != NULL)
      fail_msg("case %zu: %s", i, text.data);
    fray_text_free(&text);
  }
}

/* Three clients, of whom nobody is for test: folds would test three. */
static void few_clients_are_few_in_folds_too(void **state) {
  (void)state;
  struct fray_text rows = {0}, text = {0};
  fray_text_puts(&rows, "id,client,label,v\n");
  for (int i = 0; i < 6; i++) {
    const float vector[] = {-2, (float)i};
    char name[16];
    snprintf(name, sizeof name, "t%d.npy", i);
    put_npy(name, "<f4", "False", "(2,)", vector, sizeof vector);
    fray_text_printf(&rows, "%d,c%d,%d,%s\n", i, i / 2, i % 2, name);
  }
  put("three.csv", rows.data);
  said("name: f\nmodalities: {v: {kind: feature}}\nfolds: {of: client, k: 3}\n"
       "inputs: [{reader: manifest, file: three.csv}]\n",
       &text);
  if (!strstr(text.data, "f: even if each client is tested in turn: only 3 test clients"))
    fail_msg("%s", text.data);
  fray_text_free(&rows);
  fray_text_free(&text);
}

/* ---- shards ---- */

static void shards_hold_whole_clients(void **state) {
  (void)state;
  struct fray_err err = {0};
  put_many();
  char yaml[1024];
  snprintf(yaml, sizeof yaml,
           "name: s\nshards: {clients: 2, gzip: true}\nmodalities: {v: {kind: feature}}\ninputs:\n"
           "  - {reader: matrix, id: \"{row}\", client: \"{c}\", label: \"{l}\",\n"
           "     channels: {v: [v.txt]}, columns: {c: c.txt, l: l.txt}}\n");
  import_bench(yaml);
  for (int s = 0; s < 3; s++) {
    char name[32];
    snprintf(name, sizeof name, "out/shard-%04d.h5", s);
    open_shard(name);
    int n = s < 2 ? 2 : 1;
    float x[2 * EACH];
    values("/modalities/v/values", FRAY_H5_F32, x, (size_t)n * EACH);
    for (int i = 0; i < n * EACH; i++)
      assert_true(x[i] == (float)(2 * s * EACH + i));
    texts_of("/clients/id", (size_t)n);
  }
  assert_false(fray_file_exists(at("out/shard-0003.h5")));
  struct fray_comm *comm = NULL;
  struct fray_dataset *dataset = NULL;
  assert_int_equal(fray_comm_start(NULL, NULL, &comm, &err), FRAY_OK);
  if (fray_dataset_open(at("out"), NULL, 0, comm, &dataset, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(dataset->n_samples, CLIENTS * EACH);
  assert_int_equal(dataset->n_clients, CLIENTS);
  assert_int_equal(dataset->n_shards, 3);
  for (size_t i = 0; i < dataset->n_samples; i += 7) {
    float x = -1;
    size_t length = 0;
    assert_int_equal(fray_sample_read(dataset, 0, i, &x, &length, &err), FRAY_OK);
    assert_true(length == 1 && x == (float)i);
  }
  fray_dataset_close(dataset);
  fray_comm_finish(comm);
}

/* A shard whose samples all lack a modality. */
static void modality_absent_from_a_shard(void **state) {
  (void)state;
  const int16_t x[] = {1, 2};
  put_wav("a.wav", 8000, x, 2);
  put_pgm("a.pgm", 2, 2, 0);
  put("m.csv", "id,client,label,audio,image\na,c1,x,,a.pgm\nb,c2,y,a.wav,\n");
  import_bench("name: t\nshards: {clients: 1}\nmodalities: {audio: {kind: audio}, "
               "image: {kind: image}}\ninputs:\n  - {reader: manifest, file: m.csv}\n");
  open_shard("out/shard-0000.h5");
  EXPECT_INTS("/modalities/audio/present", 0);
  EXPECT_INTS("/modalities/audio/offset", 0, 0);
  open_shard("out/shard-0001.h5");
  EXPECT_INTS("/modalities/image/present", 0);
  EXPECT_INTS("/modalities/audio/offset", 0, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(dev_by_window),
      ON_BENCH(dev_by_block),
      ON_BENCH(test_splits),
      ON_BENCH(few_test_clients_are_warned_of),
      ON_BENCH(few_clients_are_few_in_folds_too),
      ON_BENCH(shards_hold_whole_clients),
      ON_BENCH(modality_absent_from_a_shard),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
