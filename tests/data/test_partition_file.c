/* Partitions from CSV and from FedMultimodal's JSON, on the small shard: sources s0 .. s3, labels
 * 0 2 -1 1, splits train dev train test. */
#include "small_shard.h"

/* Writes the file and makes the partition it describes; the modalities are acc and snd. */
static enum fray_status try_file(const char *name, const char *text, const char *keys,
                                 struct fray_dataset **d, struct fray_partition **out,
                                 struct fray_err *err) {
  char yaml[512];
  snprintf(yaml, sizeof yaml, "{kind: file, path: %s%s}", in_folder(name), keys);
  FRAY_TRY(fray_file_write(in_folder(name), text, strlen(text), err));
  FRAY_TRY(fray_h5_close(small_shard(in_folder("one.h5"), "s", NULL), err));
  FRAY_TRY(
      fray_dataset_open(in_folder("one.h5"), (const char *[]){"acc", "snd"}, 2, world, d, err));
  return try_partition(yaml, *d, 1, out, err);
}

static struct fray_partition *made(const char *name, const char *text, const char *keys) {
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  struct fray_partition *p = NULL;
  good(try_file(name, text, keys, &d, &p, &err), &err);
  fray_dataset_close(d);
  return p;
}

static void refuse(const char *name, const char *text, const char *message) {
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  struct fray_partition *p = NULL;
  refused(try_file(name, text, ", train_id: 's{row}', test_id: 's{row}'", &d, &p, &err), &err,
          message);
  assert_non_null(strstr(err.text, name));
  fray_dataset_close(d);
}

static void csv_names_clients(void **state) {
  (void)state;
  struct fray_partition *p =
      made("p.csv", "client,source\r\n\"B, the \"\"second\"\"\",s2\r\nA,s0\r\n", "");
  assert_int_equal(p->n_clients, 2);
  assert_string_equal(p->name[0], "B, the \"second\"");
  assert_true(p->sample[0] == 2 && p->sample[1] == 0);
  assert_true(p->n_dev == 1 && p->dev[0] == 1 && p->n_test == 1 && p->test[0] == 3);
  fray_partition_free(p);
}

static void csv_may_set_the_splits(void **state) {
  (void)state;
  struct fray_partition *p =
      made("p.csv", "source,client,split\ns3,A,train\ns1,A,train\ns2,,test\n", "");
  assert_int_equal(p->n_clients, 1);
  assert_true(p->sample[0] == 3 && p->sample[1] == 1);
  assert_true(p->n_dev == 0 && p->n_test == 1 && p->test[0] == 2);
  fray_partition_free(p);
}

/* Blanks, Unicode forms, an index of pandas: the clients are those that people mean. */
static void clients_have_names_in_one_form(void **state) {
  (void)state;
  struct fray_partition *p = made(
      "p.csv", ",source,split , client\n0,s0 ,train ,k1\n1, s1,train,\"k1 \"\n2,s2,test,\n", "");
  assert_int_equal(p->n_clients, 1);
  assert_string_equal(p->name[0], "k1");
  assert_true(p->n_test == 1 && p->test[0] == 2);
  fray_partition_free(p);
  p = made("p.csv", "source,client\ns0,Ren\xc3\xa9\ns2,Rene\xcc\x81\n", "");
  assert_int_equal(p->n_clients, 1);
  fray_partition_free(p);
  p = made("p.json", "{\"a\": [[\"1\", 0, 0]], \" a \": [[\"1\", 1, 2]]}",
           ", train_id: \"s{row}\"");
  assert_int_equal(p->n_clients, 1);
  fray_partition_free(p);
}

static void flaws_of_csv_are_named(void **state) {
  (void)state;
  refuse("p.csv", "source,clint\ns0,A\n",
         ":1: there is no column 'client'; there are 'source', 'clint' (did you mean 'clint'?)");
  refuse("p.csv", "source,client\ns9,A\n", "line 2: the data set has no sample \"s9\"");
  refuse("p.csv", "source,client\ns0,A\n\ns0,B\n", "line 4: sample \"s0\" was named before");
  refuse("p.csv", "source,client\ns0\n", ":2: 1 field, but the header has 2");
  refuse("p.csv", "source,client\ns0,\n", "line 2: the client is empty");
  refuse("p.csv", "source,client\ns3,A\n", "belongs to the test split");
  refuse("p.csv", "source,client,split\ns3,A,tset\n", "split \"tset\"");
  refuse("p.csv", "source,client\n", "names no training sample");
  refuse("p.csv", "", "the file is empty");
  refuse("p.csv", "source;client\ns0;A\n", ":1: the header has no comma");
}

static void json_names_clients_and_splits(void **state) {
  (void)state;
  struct fray_partition *p = made(
      "p.json", "{\"2-1\": [[\"7\", 1, 2], [\"7\", 0, 0]], \"dev\": [[\"x\", 3, 1]], \"test\": []}",
      ", train_id: 's{row}'");
  assert_int_equal(p->n_clients, 1);
  assert_string_equal(p->name[0], "2-1");
  assert_true(p->sample[0] == 1 && p->sample[1] == 0); /* in the order of the file */
  assert_true(p->n_dev == 1 && p->dev[0] == 3 && p->n_test == 0);
  assert_false(p->has_replay);
  fray_partition_free(p);
}

static void json_ids_are_templates(void **state) {
  (void)state;
  struct fray_partition *p = made("p.json", "{\"a\": [[\"s\", 0, 0]], \"test\": [[1, 3, 1]]}",
                                  ", train_id: '{key}{row}', test_id: 's{row}'");
  assert_true(p->n_clients == 1 && p->sample[0] == 0);
  assert_true(p->n_dev == 1 && p->n_test == 1); /* no dev list: that of the shards */
  fray_partition_free(p);
}

/* [missing acc, missing snd, new label, unlabelled] of each training sample. */
static void json_carries_the_damage(void **state) {
  (void)state;
  struct fray_partition *p =
      made("p.json",
           "{\"a\": [[\"1\", 1, 2, [0, 1, 0, 0]], [\"1\", 0, 0, [1, 0, 2, 1]]],"
           " \"b\": [[\"1\", 3, 1, [1, 1, 1, 0]]],"
           " \"dev\": [], \"test\": []}",
           ", train_id: 's{row}'");
  assert_true(p->has_replay);
  assert_memory_equal(p->replay_missing, ((uint8_t[]){2, 1, 3}), 3);
  assert_memory_equal(p->replay_label, ((int32_t[]){0, 2, 1}), 12);
  assert_memory_equal(p->replay_unlabelled, ((uint8_t[]){0, 1, 0}), 3);
  fray_partition_free(p);
}

static void flaws_of_json_are_named(void **state) {
  (void)state;
  refuse("p.json", "{\"a\": [[\"1\", 0, 1]]}",
         "a[0]: label 1, but sample \"s0\" of the data set has 0");
  refuse("p.json", "{\"a\": [[\"1\", 0, 0], [\"1\", 0, 0]]}",
         "a[1]: sample \"s0\" was named before");
  refuse("p.json", "{\"a\": [[\"1\", 8, 0]]}", "a[0]: the data set has no sample \"s8\"");
  refuse("p.json", "{\"a\": [[\"1\", 0]]}", "a[0]: expected [key, row, label]");
  refuse("p.json", "{\"a\": 3}", "a: is not a list");
  refuse("p.json", "[]", "expected an object");
  refuse("p.json", "{\"a\": [[\"1\", 0, 0, [0, 0, 0]]]}", "a list of 2 missing flags");
  refuse("p.json", "{\"a\": [[\"1\", 0, 0, [0, 2, 0, 0]]]}", "missing flag 1 is not 0 or 1");
  refuse("p.json", "{\"a\": [[\"1\", 0, 0, [0, 0, 3, 0]]]}", "the new label is not in [0, 2]");
  refuse("p.json", "{\"a\": [[\"1\", 0, 0, [0, 0, 0, 0]], [\"1\", 1, 2]]}", "a fourth element");
  refuse("p.json", "{\"dev\": [[\"1\", 0, 0]]}", "names no training sample");
  refuse("p.json", "{\"a\": [", "p.json");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(csv_names_clients),
      cmocka_unit_test(csv_may_set_the_splits),
      cmocka_unit_test(clients_have_names_in_one_form),
      cmocka_unit_test(flaws_of_csv_are_named),
      cmocka_unit_test(json_names_clients_and_splits),
      cmocka_unit_test(json_ids_are_templates),
      cmocka_unit_test(json_carries_the_damage),
      cmocka_unit_test(flaws_of_json_are_named),
  };
  return run_data_tests(argc, argv, true, tests, FRAY_COUNT(tests), make_folder, remove_folder);
}
