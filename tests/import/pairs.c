/* Two sets joined into one; the folders that an import reads and writes. */
#include "workbench.h"

#include "fray/data/dataset.h"

/* A set of features: n samples, clients of `each`, class = number modulo classes. */
static void put_set(const char *name, int n, int each, int classes, const char *more) {
  char path[64];
  struct fray_text text = {0};
  fray_text_puts(&text, "id,client,label,who,MOD\n");
  for (int i = 0; i < n; i++) {
    float value = (float)i;
    fray_text_printf(&text, "%s%d,%s%d,%d,%s%d,%d.npy\n", name, i, name, i / each, i % classes,
                     name, i / each, i);
    snprintf(path, sizeof path, "%s/%d.npy", name, i);
    put_npy(path, "<f4", "False", "(1,)", &value, sizeof value);
  }
  snprintf(path, sizeof path, "%s/m.csv", name);
  put(path, text.data);
  text.size = 0;
  fray_text_printf(&text,
                   "name: %s\nraw: %s\ngroups: [by_%s]\nmodalities: {v%s: {kind: feature}}\n"
                   "inputs:\n  - {reader: manifest, file: m.csv, files: {v%s: MOD},\n"
                   "     derive: {by_%s: {from: who, values: {}, otherwise: %s}}}\n%s",
                   name, name, name, name, name, name, name, more);
  snprintf(path, sizeof path, "%s.yaml", name);
  put(path, text.data);
  fray_text_free(&text);
}

/* 3 clients of 20 with 6 of 15: two to one, no sample twice, leftovers unused. */
static void pair(void **state) {
  (void)state;
  put_set("A", 60, 20, 5, "test: {fraction: 0.25, of: samples}\n");
  put_set("B", 90, 15, 5, "test: {fraction: 0.34, of: clients}\n");
  import_bench("name: AB\npair: {first: A.yaml, second: B.yaml}\n");
  open_shard("out/shard-0000.h5");
  EXPECT_TEXTS("/clients/id", "A0", "A1", "A2");
  int rank;
  size_t dims[FRAY_H5_MAX_RANK], n;
  bool text;
  struct fray_err err = {0};
  assert_int_equal(fray_h5_shape(shard, "/samples/label", &rank, dims, &text, &err), FRAY_OK);
  n = dims[0];
  assert_true(n >= 40 && n <= 60);
  float a[60], b[60];
  int64_t label[60], split[60];
  values("/modalities/vA/values", FRAY_H5_F32, a, n);
  values("/modalities/vB/values", FRAY_H5_F32, b, n);
  values("/samples/label", FRAY_H5_I64, label, n);
  values("/samples/split", FRAY_H5_I64, split, n);
  const char **id = texts_of("/samples/source", n);
  int home[6] = {-1, -1, -1, -1, -1, -1}, used[2][90] = {{0}}, side[6] = {-1, -1, -1, -1, -1, -1};
  for (size_t i = 0; i < n; i++) {
    int p = (int)a[i], q = (int)b[i];
    char expected[32];
    snprintf(expected, sizeof expected, "A%d+B%d", p, q);
    assert_string_equal(id[i], expected);
    assert_int_equal(p % 5, label[i]);
    assert_int_equal(q % 5, label[i]);
    assert_int_equal(used[0][p]++, 0);
    assert_int_equal(used[1][q]++, 0);
    if (home[q / 15] < 0) /* a client of B belongs to one client of A, and to one split */
      home[q / 15] = p / 20, side[q / 15] = (int)split[i];
    assert_int_equal(home[q / 15], p / 20);
    assert_int_equal(side[q / 15], split[i]);
  }
  EXPECT_TEXTS("/groups/by_A/values", "A");
  EXPECT_TEXTS("/groups/by_B/values", "B");
}

/* As many clients on both sides: the k-th with the k-th. */
static void pair_one_to_one(void **state) {
  (void)state;
  put_set("A", 24, 2, 2, "");
  put_set("B", 36, 3, 2, "");
  import_bench("name: AB\npair: {first: B.yaml, second: A.yaml}\ndev: {fraction: 0.5}\n");
  open_shard("out/shard-0000.h5");
  float a[24], b[24];
  values("/modalities/vA/values", FRAY_H5_F32, a, 24);
  values("/modalities/vB/values", FRAY_H5_F32, b, 24);
  for (int i = 0; i < 24; i++)
    assert_int_equal((int)a[i] / 2, (int)b[i] / 3);
  uint8_t split[24];
  values("/samples/split", FRAY_H5_U8, split, 24);
  assert_int_equal(count(split, 24, FRAY_DEV), 12);
}

/* ---- folders ---- */

static void dry_run_writes_nothing(void **state) {
  (void)state;
  struct fray_err err = {0};
  put_set("A", 4, 2, 2, "");
  assert_int_equal(fray_import(at("A.yaml"), at("out"), NULL, true, false, &err), FRAY_OK);
  assert_false(fray_file_exists(at("out")));
  assert_int_equal(drafts_in(at(".")), 0);
  assert_int_equal(fray_import(at("A.yaml"), NULL, NULL, true, false, &err), FRAY_OK);
}

static void raw_folder_and_overwriting(void **state) {
  (void)state;
  struct fray_err err = {0};
  put_set("A", 4, 2, 2, "");
  assert_int_equal(rename(at("A"), at("elsewhere")), 0);
  assert_int_equal(fray_import(at("A.yaml"), at("out/"), NULL, false, false, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "folder of raw files"));
  assert_int_equal(fray_import(at("A.yaml"), at("out/"), at("elsewhere"), false, false, &err),
                   FRAY_OK);
  assert_int_equal(fray_import(at("A.yaml"), at("out"), at("elsewhere"), false, false, &err),
                   FRAY_INPUT);
  assert_non_null(strstr(err.text, "exists already"));
  assert_int_equal(fray_import(at("A.yaml"), at("out"), at("elsewhere"), false, true, &err),
                   FRAY_OK);
  put("out/thesis.tex", "my life");
  assert_int_equal(fray_import(at("A.yaml"), at("out"), at("elsewhere"), false, true, &err),
                   FRAY_INPUT);
  assert_non_null(strstr(err.text, "thesis.tex"));
  assert_true(fray_file_exists(at("out/thesis.tex")));
  assert_true(fray_file_exists(at("out/shard-0000.h5")));
}

static void same_bytes_every_time(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_text a = {0}, b = {0};
  put_set("A", 30, 6, 3, "dev: {fraction: 0.4}\n");
  assert_int_equal(fray_import(at("A.yaml"), at("one"), NULL, false, false, &err), FRAY_OK);
  assert_int_equal(fray_import(at("A.yaml"), at("two"), NULL, false, false, &err), FRAY_OK);
  assert_int_equal(fray_file_read(at("one/shard-0000.h5"), 1 << 24, &a, &err), FRAY_OK);
  assert_int_equal(fray_file_read(at("two/shard-0000.h5"), 1 << 24, &b, &err), FRAY_OK);
  assert_int_equal(a.size, b.size);
  assert_memory_equal(a.data, b.data, a.size);
  fray_text_free(&a);
  fray_text_free(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(pair),
      ON_BENCH(pair_one_to_one),
      ON_BENCH(dry_run_writes_nothing),
      ON_BENCH(raw_folder_and_overwriting),
      ON_BENCH(same_bytes_every_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
