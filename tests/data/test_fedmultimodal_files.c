/* FedMultimodal's own UCI-HAR files: counts as it has them. Needs FRAY_FIXTURES (a folder with
 * fedmultimodal/uci-har_*.json) and FRAY_UCI_HAR_SHARDS (UCI-HAR with source ids train/ROW,
 * test/ROW and modalities acc, gyro), as check_fedmultimodal.py makes them; skips without. */
#include "data_bench.h"

static struct fray_partition *made(struct fray_dataset *d, const char *file) {
  char yaml[600];
  snprintf(yaml, sizeof yaml, "{kind: file, path: %.400s/fedmultimodal/%s}",
           getenv("FRAY_FIXTURES"), file);
  return partition_of(yaml, d, 0);
}

static void partitions_and_simulations_are_read(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  if (fray_dataset_open(getenv("FRAY_UCI_HAR_SHARDS"), (const char *[]){"acc", "gyro"}, 2, world,
                        &d, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  const char *const files[] = {"uci-har_partition_alpha01.json", "uci-har_partition_alpha50.json",
                               "uci-har_mm03_alpha01.json", "uci-har_mm05_alpha01.json"};
  for (int i = 0; i < 4; i++) {
    struct fray_partition *p = made(d, files[i]);
    assert_int_equal(p->n_clients, 105);
    assert_int_equal(p->first[105], 5890);
    assert_int_equal(p->n_dev, 1462);
    assert_int_equal(p->n_test, 2947);
    assert_int_equal(p->has_replay, i >= 2);
    size_t lost[2] = {0}; /* clients; the damage is per client */
    for (size_t c = 0; c < 105 && p->has_replay; c++)
      for (int m = 0; m < 2; m++)
        lost[m] += p->replay_missing[p->first[c]] >> m & 1;
    if (i == 3) { /* measured in its files at nominal .5: .467 and .476 of 105 */
      assert_int_equal(lost[0], 49);
      assert_int_equal(lost[1], 50);
    }
    fray_partition_free(p);
  }
  fray_dataset_close(d);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(partitions_and_simulations_are_read)};
  if (!getenv("FRAY_FIXTURES") || !getenv("FRAY_UCI_HAR_SHARDS")) {
    puts("skipped: FRAY_FIXTURES and FRAY_UCI_HAR_SHARDS are not set");
    return 77;
  }
  return run_data_tests(argc, argv, false, tests, FRAY_COUNT(tests), NULL, NULL);
}
