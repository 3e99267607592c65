#include "fray/comm/comm.h"
#include "fray/comm/launch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <mpi.h>

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

/* Ranks 0, 2, ... and 1, 3, ... are groups of their own, in the order of the world. */
static void split_keeps_order_and_company(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_comm *part = NULL;
  const int rank = fray_comm_rank(world), size = fray_comm_size(world);
  assert_int_equal(fray_comm_split(world, rank % 2, &part, &err), FRAY_OK);
  assert_int_equal(fray_comm_rank(part), rank / 2);
  assert_int_equal(fray_comm_size(part), (size + 1 - rank % 2) / 2);
  int64_t sum[1] = {rank};
  fray_comm_sum_i64(part, sum, 1);
  int64_t expected = 0;
  for (int r = rank % 2; r < size; r += 2)
    expected += r;
  assert_int_equal(sum[0], expected);
  fray_comm_free(part);
}

/* Counts up what rank 0 has taken while it waits for the others. */
struct inbox {
  int64_t sum, count;
  bool in_order;
};

/* The last rank first, then every second one from the front: as a leader and those that join it.
 * The others must not be needed, so they go on at once; again and again, as teams grow. */
static void a_group_has_the_order_of_its_list(void **state) {
  (void)state;
  const int last = fray_comm_size(world) - 1, rank = fray_comm_rank(world);
  struct fray_err err;
  for (int k = 0; k < 20; k++) {
    int list[64] = {last}, n = 1, mine = rank == last ? 0 : -1;
    for (int r = k % 2; r < last && n < 64; r += 2) {
      if (r == rank)
        mine = n;
      list[n++] = r;
    }
    struct fray_comm *group = NULL;
    if (mine < 0)
      continue;
    assert_int_equal(fray_comm_group(world, list, n, &group, &err), FRAY_OK);
    assert_int_equal(fray_comm_rank(group), mine);
    assert_int_equal(fray_comm_size(group), n);
    int64_t sum = rank;
    fray_comm_sum_i64(group, &sum, 1);
    for (int i = 0; i < n; i++)
      sum -= list[i];
    assert_int_equal(sum, 0);
    fray_comm_free(group);
  }
}

static void read_inbox(void *user) {
  struct inbox *inbox = user;
  static int last[64];
  int from, value;
  size_t bytes;
  char data[FRAY_MESSAGE_BYTES];
  while (fray_comm_take(world, &from, data, &bytes)) {
    memcpy(&value, data, sizeof value);
    inbox->in_order = inbox->in_order && from < 64 && bytes == sizeof value + (size_t)value % 100 &&
                      value == ++last[from];
    inbox->sum += value;
    inbox->count++;
  }
}

/* No rank waits for another while it posts; each pair's messages keep their order and length. */
static void messages_arrive_in_order(void **state) {
  (void)state;
  enum { EACH = 500 };
  struct fray_err err = {0};
  struct inbox inbox = {.in_order = true};
  char data[FRAY_MESSAGE_BYTES] = {0};
  const int rank = fray_comm_rank(world), others = fray_comm_size(world) - 1;
  for (int i = 1; rank > 0 && i <= EACH; i++) {
    memcpy(data, &i, sizeof i);
    assert_int_equal(fray_comm_post(world, 0, data, sizeof i + (size_t)i % 100, &err), FRAY_OK);
  }
  fray_comm_meet(world, rank == 0 ? read_inbox : NULL, &inbox);
  while (rank == 0 && inbox.count < EACH * others) /* some may still be under way */
    read_inbox(&inbox);
  assert_true(inbox.in_order);
  assert_int_equal(inbox.count, rank == 0 ? EACH * others : 0);
  assert_int_equal(inbox.sum, rank == 0 ? EACH * (EACH + 1) / 2 * others : 0);
  assert_int_equal(fray_comm_post(world, 0, data, FRAY_MESSAGE_BYTES + 1, &err), FRAY_INTERNAL);
}

/* What rank a sends to rank b: its length and each byte of it tell of both. Some are nothing. */
static size_t piece_size(int a, int b) {
  return (a + 2 * b) % 3 == 0 ? 0 : (size_t)(1000 * a + 10 * b + 1);
}

static uint8_t piece_byte(int a, int b, size_t i) {
  return (uint8_t)(31 * a + 7 * b + (int)(i % 251));
}

static void exchange_gives_each_pair_its_piece(void **state) {
  (void)state;
  enum { MOST = 64 };
  const int me = fray_comm_rank(world), ranks = fray_comm_size(world);
  const void *send[MOST];
  void *recv[MOST];
  size_t send_bytes[MOST], recv_bytes[MOST];
  assert_true(ranks <= MOST);
  for (int r = 0; r < ranks; r++) {
    send_bytes[r] = piece_size(me, r);
    recv_bytes[r] = piece_size(r, me);
    uint8_t *bytes = malloc(send_bytes[r] + 1);
    for (size_t i = 0; i < send_bytes[r]; i++)
      bytes[i] = piece_byte(me, r, i);
    send[r] = bytes;
    recv[r] = malloc(recv_bytes[r] + 1);
    ((uint8_t *)recv[r])[recv_bytes[r]] = 77; /* nothing is written behind */
  }
  for (int again = 0; again < 3; again++)
    fray_comm_exchange(world, send, send_bytes, recv, recv_bytes);
  for (int r = 0; r < ranks; r++) {
    const uint8_t *got = recv[r];
    for (size_t i = 0; i < recv_bytes[r]; i++)
      assert_int_equal(got[i], piece_byte(r, me, i));
    assert_int_equal(got[recv_bytes[r]], 77);
    free((void *)send[r]);
    free(recv[r]);
  }
}

/* One pair alone, while all others go on without waiting. */
static void exchange_waits_for_nobody_else(void **state) {
  (void)state;
  enum { MOST = 64 };
  const int me = fray_comm_rank(world), ranks = fray_comm_size(world), last = ranks - 1;
  const void *send[MOST] = {NULL};
  void *recv[MOST] = {NULL};
  size_t send_bytes[MOST] = {0}, recv_bytes[MOST] = {0};
  uint64_t given = 123456789, got = 0;
  if (me == last) {
    send[0] = &given;
    send_bytes[0] = sizeof given;
  }
  if (me == 0) {
    recv[last] = &got;
    recv_bytes[last] = sizeof got;
  }
  const uint64_t calls = fray_comm_traffic(world).calls;
  fray_comm_exchange(world, send, send_bytes, recv, recv_bytes);
  assert_int_equal(got, me == 0 ? given : 0);
  const bool takes_part = ranks > 1 && (me == 0 || me == last);
  assert_int_equal(fray_comm_traffic(world).calls - calls, takes_part);
}

static void traffic_is_what_was_given(void **state) {
  (void)state;
  struct fray_traffic before = fray_comm_traffic(world);
  int64_t values[10] = {0};
  char text[3] = "";
  fray_comm_sum_i64(world, values, 10);
  fray_comm_broadcast(world, text, sizeof text, 0);
  struct fray_traffic after = fray_comm_traffic(world);
  bool alone = fray_comm_size(world) == 1;
  assert_int_equal(after.calls - before.calls, alone ? 0 : 2);
  assert_int_equal(after.bytes - before.bytes, alone ? 0 : 83);
}

/* Tests run on one host, which all ranks then share, in their order. */
static void ranks_of_a_host_are_together(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_comm *host = NULL;
  assert_int_equal(fray_comm_split_host(world, &host, &err), FRAY_OK);
  assert_int_equal(fray_comm_size(host), fray_comm_size(world));
  assert_int_equal(fray_comm_rank(host), fray_comm_rank(world));
  fray_comm_free(host);
}

/* It goes on a line among others; MPICH begins its own with a tab in it. */
static void the_library_is_named_in_plain_words(void **state) {
  (void)state;
  const char *text = fray_comm_version();
  assert_true(strlen(text) > 3);
  for (const char *at = text; *at; at++)
    assert_in_range(*at, ' ', '~');
}

/* Whom no launcher started has nobody to talk to; one rank of mpirun has MPI, as have many. */
static void only_ranks_start_mpi(void **state) {
  (void)state;
  int started = -1;
  assert_int_equal(MPI_Initialized(&started), MPI_SUCCESS);
  assert_int_equal(started != 0, fray_launch_is_there());
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_ranks_start_mpi),
      cmocka_unit_test(all_good_is_good),
      cmocka_unit_test(one_failure_reaches_everybody),
      cmocka_unit_test(same_sees_one_that_differs),
      cmocka_unit_test(integers_are_reduced),
      cmocka_unit_test(root_gathers_pieces_in_rank_order),
      cmocka_unit_test(broadcast_carries_any_size),
      cmocka_unit_test(split_keeps_order_and_company),
      cmocka_unit_test(ranks_of_a_host_are_together),
      cmocka_unit_test(a_group_has_the_order_of_its_list),
      cmocka_unit_test(messages_arrive_in_order),
      cmocka_unit_test(exchange_gives_each_pair_its_piece),
      cmocka_unit_test(exchange_waits_for_nobody_else),
      cmocka_unit_test(traffic_is_what_was_given),
      cmocka_unit_test(the_library_is_named_in_plain_words),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_comm_finish(world);
  return failed;
}
