/* FedMultimodal's own UCI-HAR files: counts as it has them. Needs FRAY_FIXTURES (a folder with
 * fedmultimodal/uci-har_*.json) and FRAY_UCI_HAR_SHARDS (UCI-HAR with source ids train/ROW,
 * test/ROW and modalities acc, gyro), as check_fedmultimodal.py makes them; skips without. */
#include "fray/base/file.h"
#include "fray/data/partition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fray_comm *world;

static struct fray_partition *made(struct fray_dataset *d, const char *file) {
  struct fray_err err = {0};
  struct fray_arena arena = {0};
  struct fray_node *node = NULL;
  struct fray_partition_config config;
  struct fray_partition *p = NULL;
  char yaml[600];
  snprintf(yaml, sizeof yaml, "{kind: file, path: %.400s/fedmultimodal/%s}",
           getenv("FRAY_FIXTURES"), file);
  enum fray_status status = fray_yaml_parse(yaml, "test", &arena, &node, &err);
  if (status == FRAY_OK)
    status = fray_schema_read(&fray_partition_table, node, "", &config, &arena, &err);
  if (status == FRAY_OK)
    status = fray_partition_make(&config, d, 0, &p, &err);
  fray_arena_free(&arena);
  if (status != FRAY_OK)
    fail_msg("%s", err.text);
  return p;
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
  struct fray_err err = {0};
  if (!getenv("FRAY_FIXTURES") || !getenv("FRAY_UCI_HAR_SHARDS")) {
    puts("skipped: FRAY_FIXTURES and FRAY_UCI_HAR_SHARDS are not set");
    return 77;
  }
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_comm_finish(world);
  return failed;
}
