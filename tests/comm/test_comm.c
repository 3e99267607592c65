#include "fray/comm/comm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fray_comm *world;

static void all_good_is_good(void **state) {
  (void)state;
  struct fray_err err = {0};
  assert_int_equal(fray_comm_agree(world, FRAY_OK, &err), FRAY_OK);
  assert_int_equal(err.status, FRAY_OK);
}

/* The worst status wins, and every rank gets the text of the lowest rank that has it. */
static void one_failure_reaches_everybody(void **state) {
  (void)state;
  struct fray_err err = {0};
  int last = fray_comm_size(world) - 1;
  enum fray_status mine = FRAY_OK;
  if (fray_comm_rank(world) == last)
    mine = fray_fail(&err, FRAY_IO, "disk of rank %d", last);
  else if (fray_comm_rank(world) == 0)
    mine = fray_fail(&err, FRAY_INPUT, "a lesser fault");
  char expected[64];
  snprintf(expected, sizeof expected, "disk of rank %d", last);
  assert_int_equal(fray_comm_agree(world, mine, &err), FRAY_IO);
  assert_string_equal(err.text, expected);
}

static void same_sees_one_that_differs(void **state) {
  (void)state;
  assert_true(fray_comm_same(world, 0x123456789abcdef0ull));
  bool alone = fray_comm_size(world) == 1;
  assert_int_equal(fray_comm_same(world, fray_comm_rank(world) == 0 ? 0 : UINT64_MAX), alone);
}

static void integers_are_reduced(void **state) {
  (void)state;
  int64_t sums[3] = {1, fray_comm_rank(world), INT64_MIN / 16};
  int64_t size = fray_comm_size(world);
  fray_comm_sum_i64(world, sums, 3);
  assert_int_equal(sums[0], size);
  assert_int_equal(sums[1], size * (size - 1) / 2);
  assert_true(sums[2] == INT64_MIN / 16 * size);
  int32_t most[2] = {fray_comm_rank(world), INT32_MIN};
  fray_comm_max_i32(world, most, 2);
  assert_int_equal(most[0], size - 1);
  assert_true(most[1] == INT32_MIN);
  int64_t wide[1] = {-(int64_t)fray_comm_rank(world)};
  fray_comm_max_i64(world, wide, 1);
  assert_int_equal(wide[0], 0);
}

static void root_gathers_pieces_in_rank_order(void **state) {
  (void)state;
  struct fray_err err = {0};
  int me = fray_comm_rank(world), size = fray_comm_size(world);
  uint8_t mine[64];
  memset(mine, me, sizeof mine);
  void *all = NULL;
  size_t sizes[64] = {0}, at = 0;
  assert_int_equal(fray_comm_gather(world, mine, (size_t)me * 3, 0, &all, sizes, &err), FRAY_OK);
  if (me != 0) {
    assert_null(all);
    return;
  }
  for (int r = 0; r < size; r++) {
    assert_int_equal(sizes[r], (size_t)r * 3);
    for (size_t i = 0; i < sizes[r]; i++)
      assert_int_equal(((uint8_t *)all)[at++], r);
  }
  free(all);
}

static void broadcast_carries_any_size(void **state) {
  (void)state;
  int root = fray_comm_size(world) - 1;
  size_t n = 3000001;
  uint8_t *data = calloc(n, 1);
  assert_non_null(data);
  if (fray_comm_rank(world) == root)
    memset(data, 7, n);
  fray_comm_broadcast(world, data, n, root);
  for (size_t i = 0; i < n; i++)
    assert_int_equal(data[i], 7);
  fray_comm_broadcast(world, data, 0, root);
  free(data);
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_good_is_good),
      cmocka_unit_test(one_failure_reaches_everybody),
      cmocka_unit_test(same_sees_one_that_differs),
      cmocka_unit_test(integers_are_reduced),
      cmocka_unit_test(root_gathers_pieces_in_rank_order),
      cmocka_unit_test(broadcast_carries_any_size),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_comm_finish(world);
  return failed;
}
