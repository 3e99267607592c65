/* Exact addition: any order and any assignment to ranks give the same bytes, near the true sum. */
#include "fray/fed/exact.h"

#include "fray/base/hash.h"
#include "fray/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 5000, CLIENTS = 13 };

static struct fray_comm *world;

/* Updates of very different size per client and block, to make a floating-point sum order-bound. */
static void make_update(size_t client, float *out) {
  struct fray_rng rng = fray_rng_for(3, "test/exact", client, 0, 0);
  for (size_t i = 0; i < N; i++)
    out[i] = (float)(fray_rng_normal(&rng) * pow(10.0, (double)((i / 700 + client) % 9) - 6.0));
}

static double weight_of(size_t client) {
  return (1.0 + (double)client) / 91.0;
}

/* Sums with client c hosted by rank (c * step) % size, visited forwards or backwards. */
static void sum_by(size_t step, bool backwards, float *out) {
  struct fray_err err = {0};
  struct fray_arena arena = {0};
  size_t mine = 0, ranks = (size_t)fray_comm_size(world), me = (size_t)fray_comm_rank(world);
  float *update[CLIENTS];
  double weight[CLIENTS];
  for (size_t k = 0; k < CLIENTS; k++) {
    size_t c = backwards ? CLIENTS - 1 - k : k;
    if (c * step % ranks != me)
      continue;
    update[mine] = malloc(N * sizeof(float));
    assert_non_null(update[mine]);
    make_update(c, update[mine]);
    weight[mine++] = weight_of(c);
  }
  assert_int_equal(fray_exact_sum(world, N, mine, (const float *const *)update, weight, CLIENTS,
                                  &arena, out, &err),
                   FRAY_OK);
  while (mine)
    free(update[--mine]);
  fray_arena_free(&arena);
}

static void any_assignment_gives_the_same_bytes(void **state) {
  (void)state;
  static float first[N], other[N];
  sum_by(1, false, first);
  sum_by(1, true, other);
  assert_memory_equal(first, other, sizeof first);
  sum_by(2, false, other);
  assert_memory_equal(first, other, sizeof first);
  sum_by(0, true, other); /* all on rank 0 */
  assert_memory_equal(first, other, sizeof first);
  assert_true(fray_comm_same(world, fray_hash64(first, sizeof first)));
}

static void is_near_the_true_sum(void **state) {
  (void)state;
  static float sum[N], update[N];
  static double truth[N];
  memset(truth, 0, sizeof truth);
  for (size_t c = 0; c < CLIENTS; c++) {
    make_update(c, update);
    for (size_t i = 0; i < N; i++)
      truth[i] += weight_of(c) * (double)update[i];
  }
  sum_by(1, false, sum);
  for (size_t block = 0; block < N; block += FRAY_EXACT_BLOCK) {
    size_t end = block + FRAY_EXACT_BLOCK < N ? block + FRAY_EXACT_BLOCK : N;
    double largest = 0.0;
    for (size_t i = block; i < end; i++)
      largest = fmax(largest, fabs(truth[i]));
    for (size_t i = block; i < end; i++) /* float rounding of the result, plus the quantum */
      assert_true(fabs((double)sum[i] - truth[i]) <= 6e-8 * fabs(truth[i]) + 1e-13 * largest);
  }
}

static void equal_updates_give_that_update(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_arena arena = {0};
  static float update[N], out[N];
  make_update(5, update);
  bool root = fray_comm_rank(world) == 0;
  const float *updates[4] = {update, update, update, update};
  const double weight[4] = {0.25, 0.25, 0.25, 0.25};
  assert_int_equal(fray_exact_sum(world, N, root ? 4 : 0, updates, weight, 4, &arena, out, &err),
                   FRAY_OK);
  for (size_t i = 0; i < N; i++) /* below the quantum of its block a value may vanish */
    assert_true(fabsf(out[i] - update[i]) <= 1e-6f * fabsf(update[i]) + 1e-15f);
  fray_arena_free(&arena);
}

static void zeros_and_one_rank_alone(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_arena arena = {0};
  static float zero[N], out[N];
  const float *updates[1] = {zero};
  const double weight[1] = {1.0};
  memset(out, 1, sizeof out);
  assert_int_equal(
      fray_exact_sum(world, N, fray_comm_rank(world) == 0, updates, weight, 1, &arena, out, &err),
      FRAY_OK);
  for (size_t i = 0; i < N; i++)
    assert_true(out[i] == 0.0f);
  fray_arena_free(&arena);
}

static void not_finite_is_refused_on_every_rank(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_arena arena = {0};
  static float update[N], out[N];
  update[N - 1] = fray_comm_rank(world) == fray_comm_size(world) - 1 ? NAN : 1.0f;
  const float *updates[1] = {update};
  const double weight[1] = {1.0};
  assert_int_equal(fray_exact_sum(world, N, 1, updates, weight, (size_t)fray_comm_size(world),
                                  &arena, out, &err),
                   FRAY_INTERNAL);
  assert_non_null(strstr(err.text, "not finite"));
  fray_arena_free(&arena);
}

static void sharing_keeps_every_bit(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_arena arena = {0};
  const double given[] = {0.1, -0.0, 1e-310, -INFINITY, 3.5, 1e308};
  double values[6] = {0};
  size_t ranks = (size_t)fray_comm_size(world), me = (size_t)fray_comm_rank(world);
  for (size_t i = 0; i < 6; i++)
    if (i % ranks == me)
      values[i] = given[i];
  assert_int_equal(fray_exact_share(world, values, 6, &arena, &err), FRAY_OK);
  assert_memory_equal(values, given, sizeof given);
  fray_arena_free(&arena);
}

/* Scale, quantise and finish, each client by itself and with masks that cancel modulo 2^64, give
 * the bytes of the sum in one. */
static void the_steps_give_the_same_with_masks_between(void **state) {
  (void)state;
  static float whole[N], out[N];
  static int64_t sum[N], part[N];
  static float update[CLIENTS][N];
  int32_t exponent[(N + FRAY_EXACT_BLOCK - 1) / FRAY_EXACT_BLOCK];
  int32_t agreed[(N + FRAY_EXACT_BLOCK - 1) / FRAY_EXACT_BLOCK];
  const size_t blocks = fray_exact_blocks(N);
  struct fray_err err = {0};
  sum_by(1, false, whole);
  for (size_t c = 0; c < CLIENTS; c++) {
    const float *one[] = {update[c]};
    const double weight = weight_of(c);
    make_update(c, update[c]);
    assert_int_equal(fray_exact_scale(N, 1, one, &weight, exponent, &err), FRAY_OK);
    for (size_t b = 0; b < blocks; b++)
      agreed[b] = c == 0 || exponent[b] > agreed[b] ? exponent[b] : agreed[b];
  }
  memset(sum, 0, sizeof sum);
  for (size_t c = CLIENTS; c-- > 0;) {
    const float *one[] = {update[c]};
    const double weight = weight_of(c);
    struct fray_rng mine = fray_rng_for(9, "test/mask", c, 0, 0);
    struct fray_rng next = fray_rng_for(9, "test/mask", (c + 1) % CLIENTS, 0, 0);
    memset(part, 0, sizeof part);
    fray_exact_quantise(N, 1, one, &weight, CLIENTS, agreed, part);
    for (size_t i = 0; i < N; i++)
      sum[i] = (int64_t)((uint64_t)sum[i] + (uint64_t)part[i] + fray_rng_u64(&mine) -
                         fray_rng_u64(&next));
  }
  fray_exact_finish(N, sum, CLIENTS, agreed, out);
  assert_memory_equal(whole, out, sizeof out);
}

/* A weight below 0 takes off what the same weight above adds. */
static void weights_may_be_negative(void **state) {
  (void)state;
  static float u[N], out[N];
  const float *twice[] = {u, u, u};
  const double weight[] = {-0.75, 0.5, 1.25};
  struct fray_err err = {0};
  struct fray_arena arena = {0};
  const bool root = fray_comm_rank(world) == 0;
  make_update(1, u);
  assert_int_equal(fray_exact_sum(world, N, root ? 3 : 0, twice, weight, 3, &arena, out, &err),
                   FRAY_OK);
  for (size_t i = 0; i < N; i++)
    assert_true(fabs((double)out[i] - (double)u[i]) <= 1e-6 * fabs((double)u[i]) + 1e-16);
  fray_arena_free(&arena);
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_assignment_gives_the_same_bytes),
      cmocka_unit_test(is_near_the_true_sum),
      cmocka_unit_test(equal_updates_give_that_update),
      cmocka_unit_test(zeros_and_one_rank_alone),
      cmocka_unit_test(not_finite_is_refused_on_every_rank),
      cmocka_unit_test(sharing_keeps_every_bit),
      cmocka_unit_test(the_steps_give_the_same_with_masks_between),
      cmocka_unit_test(weights_may_be_negative),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_comm_finish(world);
  return failed;
}
