/* Rows of one size in slots: what is given back is handed out again, and a cache that is made of
 * them gives the bytes that one without room gives, damaged or not. */
#include "fray/base/log.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/data/synth.h"
#include "fray/feature/features.h"
#include "plan_of.h"
#include "row_slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct fray_arena arena;

static void slots_are_handed_out_again(void **state) {
  (void)state;
  struct row_slots slots;
  float *row[9];
  row_slots_start(&slots, 700);
  assert_int_equal(row_room(&slots, 700), 704);
  for (size_t i = 0; i < FRAY_COUNT(row); i++) {
    row[i] = row_take(&slots, 700);
    assert_true((uintptr_t)row[i] % 64 == 0);
    memset(row[i], (int)i, 700);
  }
  for (size_t i = 0; i < FRAY_COUNT(row); i++)
    for (size_t k = 0; k < 700; k++)
      assert_true(((unsigned char *)row[i])[k] == i);
  row_give(&slots, row[4]);
  row_give(&slots, NULL);
  row_give(&slots, row[7]);
  assert_ptr_equal(row_take(&slots, 700), row[7]);
  assert_ptr_equal(row_take(&slots, 700), row[4]);
  row_slots_free(&slots);
  row_slots_start(&slots, 60); /* too short: the allocator's */
  assert_int_equal(row_room(&slots, 60), 60);
  row_give(&slots, row_take(&slots, 60));
  row_slots_free(&slots);
}

/* There are 2 MB of rows, and as much again of damaged ones. */
static struct fray_features *features_of(struct fray_dataset *d, size_t cache_mb) {
  struct fray_data_config config = {.cache_mb = (int64_t)cache_mb};
  struct fray_features *f = NULL;
  struct fray_err err = {0};
  good(fray_features_open(d, &config, &f, &err), &err);
  return f;
}

static void a_cache_of_slots_changes_no_byte(void **state) {
  (void)state;
  static const char *const noise[] = {"{kind: gaussian_noise, sigma: 0.2, rate: 0.5}"};
  struct fray_synth_config synth;
  struct fray_node *node;
  struct fray_dataset *d = NULL;
  struct fray_err err = {0};
  struct fray_arena keep = {0};
  good(fray_yaml_parse("{clients: 20, samples: 100, modalities: ['image:16x16x1']}", "t", &arena,
                       &node, &err),
       &err);
  good(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err), &err);
  good(fray_synth(&synth, in_folder("pictures"), &err), &err);
  good(fray_dataset_open(in_folder("pictures"), NULL, 0, world, &d, &err), &err);
  const struct fray_signal_plan *const plans[] = {NULL, plan_of(d, noise, 1, &keep)};
  struct fray_features *const of[] = {features_of(d, 0), features_of(d, 1), features_of(d, 64)};
  struct fray_rng rng = fray_rng_for(1, "test/slots", 0, 0, 0);
  for (size_t round = 0; round < 400; round++) {
    struct fray_feature_batch batch[3];
    uint32_t sample[16];
    for (size_t i = 0; i < FRAY_COUNT(sample); i++)
      sample[i] = (uint32_t)fray_rng_below(&rng, d->n_samples);
    for (size_t k = 0; k < FRAY_COUNT(of); k++)
      good(fray_features_batch(of[k], 0, sample, FRAY_COUNT(sample), plans[round % 2], &arena,
                               &batch[k], &err),
           &err);
    for (size_t k = 1; k < FRAY_COUNT(of); k++)
      assert_memory_equal(batch[k].x, batch[0].x, FRAY_COUNT(sample) * 256 * sizeof(float));
    assert_true(fray_features_held(of[1]) <= 1 << 20);
    fray_arena_reset(&arena);
  }
  assert_false(fray_features_lend(of[1], 1 << 18)); /* full: no slot becomes other memory */
  assert_true(fray_features_lend(of[2], 1 << 18));
  for (size_t k = 0; k < FRAY_COUNT(of); k++)
    fray_features_close(of[k]);
  fray_dataset_close(d);
  fray_arena_free(&keep);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slots_are_handed_out_again),
      cmocka_unit_test(a_cache_of_slots_changes_no_byte),
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
