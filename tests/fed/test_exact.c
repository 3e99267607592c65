/* Sums as integers. Exact addition: any order and any assignment to ranks give the same bytes, near
 * the true sum. Secure aggregation: what clients send, masks and shares, beside the numbers of
 * tests/fixtures/secure_aggregation.json. */
#include "fray/fed/exact.h"

#include "fray/base/hash.h"
#include "fray/base/rng.h"
#include "fray/fed/secure.h"
#include "fray/nn/touched.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

/* ---- secure sums ---- */

enum { SECURE = 5, WIDTH = 6, MOST_SHARES = 9 };
static struct fray_arena arena;

static uint64_t integer(const struct fray_node *node) {
  char *end;
  const bool below = node->scalar[0] == '-';
  const uint64_t value = strtoull(node->scalar + below, &end, 10);
  assert_int_equal(*end, '\0');
  return below ? 0 - value : value;
}

static const struct fray_node *item(const struct fray_node *list, size_t k) {
  const struct fray_node *node = list->child;
  while (k-- && node)
    node = node->next;
  assert_non_null(node);
  return node;
}

static const struct fray_node *fixture(void) {
  struct fray_err err = {0};
  struct fray_node *root;
  const enum fray_status status = fray_yaml_load(
      FRAY_SOURCE_DIR "/tests/fixtures/secure_aggregation.json", &arena, &root, &err);
  if (status != FRAY_OK)
    fail_msg("%s", err.text);
  return root;
}

static struct fray_secure_config section(const char *yaml) {
  struct fray_secure_config config;
  struct fray_err err = {0};
  struct fray_node *node;
  assert_int_equal(fray_yaml_parse(yaml, "test", &arena, &node, &err), FRAY_OK);
  if (fray_schema_read(&fray_secure_table, node, "", &config, &arena, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return config;
}

/* Masks that are given, of client i. */
struct given {
  const struct fray_node *pairs, *own;
  size_t i;
};
static void add_given(const void *of, size_t j, size_t first, size_t n, bool off, uint64_t *y) {
  const struct given *g = of;
  char key[8];
  snprintf(key, sizeof key, "%zu,%zu", g->i < j ? g->i : j, g->i < j ? j : g->i);
  const struct fray_node *mask = g->i == j ? item(g->own, j) : fray_node_get(g->pairs, key);
  assert_non_null(mask);
  for (size_t k = 0; k < n; k++)
    y[k] += off ? 0 - integer(item(mask, first + k)) : integer(item(mask, first + k));
}

/* Integers, what each sends, and the sums with nobody, one and two fallen out: all of the fixture.
 */
static void masks_cancel_as_elsewhere(void **state) {
  (void)state;
  const struct fray_node *root = fixture();
  const struct fray_secure_config config =
      section("{protocol: masked, clip: 4, exponent: 20, heaviest: 1}");
  struct given g = {fray_node_get(root, "pair_masks"), fray_node_get(root, "self_masks"), 0};
  const struct fray_secure_masks masks = {&g, add_given};
  uint64_t sent[SECURE][WIDTH];
  for (g.i = 0; g.i < SECURE; g.i++) {
    const struct fray_node *x = item(fray_node_get(root, "x"), g.i);
    const struct fray_node *q = item(fray_node_get(root, "q"), g.i);
    const struct fray_node *y = item(fray_node_get(root, "sent"), g.i);
    for (size_t k = 0; k < WIDTH; k++) { /* values are doubles there; those of a float here */
      const float value = strtof(item(x, k)->scalar, NULL);
      fray_secure_quantise(&config, 1, &value, 1, &sent[g.i][k]);
      const uint64_t want = integer(item(q, k));
      assert_true(sent[g.i][k] - want + 1 <= 2);
      sent[g.i][k] = want;
    }
    fray_secure_mask(&masks, g.i, SECURE, WIDTH, sent[g.i]);
    for (size_t k = 0; k < WIDTH; k++)
      assert_true(sent[g.i][k] == integer(item(y, k)));
  }
  for (const struct fray_node *r = fray_node_get(root, "results")->child; r; r = r->next) {
    uint8_t came[SECURE] = {0};
    uint64_t sum[WIDTH] = {0};
    float out[WIDTH];
    for (const struct fray_node *a = fray_node_get(r, "alive")->child; a; a = a->next)
      came[integer(a)] = 1;
    for (size_t i = 0; i < SECURE; i++)
      for (size_t k = 0; k < WIDTH && came[i]; k++)
        sum[k] += sent[i][k];
    for (g.i = 0; g.i < SECURE; g.i++)
      fray_secure_unmask(&masks, g.i, SECURE, came, WIDTH, sum);
    fray_secure_decode(&config, WIDTH, sum, 1, out);
    for (size_t k = 0; k < WIDTH; k++) {
      assert_true(sum[k] == integer(item(fray_node_get(r, "sum_mod_2_64"), k)));
      assert_true(sum[k] == integer(item(fray_node_get(r, "sum_signed"), k)));
      assert_true(out[k] == strtof(item(fray_node_get(r, "decoded"), k)->scalar, NULL));
    }
  }
}

/* The fixture's 3 of 5, and any threshold of any number of clients from any of their shares. */
static void shares_give_the_secret(void **state) {
  (void)state;
  const struct fray_node *shamir = fray_node_get(fixture(), "shamir");
  const uint64_t secret = integer(fray_node_get(shamir, "secret"));
  const struct fray_node *c = fray_node_get(shamir, "coefficients");
  const uint64_t coefficient[] = {integer(item(c, 0)), integer(item(c, 1))};
  assert_true(integer(fray_node_get(shamir, "prime")) == FRAY_SHAMIR_PRIME);
  for (uint64_t x = 1; x <= 5; x++)
    assert_true(fray_shamir_share(secret, 3, coefficient, x) ==
                integer(item(fray_node_get(shamir, "shares"), x - 1)));
  for (size_t t = 1; t <= MOST_SHARES; t++) {
    struct fray_rng rng = fray_rng_for(1, "test/shares", t, 0, 0);
    uint64_t of[MOST_SHARES], x[MOST_SHARES], share[MOST_SHARES];
    const uint64_t hidden = fray_rng_below(&rng, FRAY_SHAMIR_PRIME);
    for (size_t k = 0; k + 1 < t; k++)
      of[k] = fray_rng_below(&rng, FRAY_SHAMIR_PRIME);
    for (size_t k = 0; k < t; k++) { /* distinct, in any order */
      x[k] = 1 + (7 * k + 3) % 23;
      share[k] = fray_shamir_share(hidden, t, of, x[k]);
    }
    assert_true(fray_shamir_join(t, x, share) == hidden);
    share[t - 1] = (share[t - 1] + 1) % FRAY_SHAMIR_PRIME;
    assert_true(fray_shamir_join(t, x, share) != hidden);
  }
}

/* Both sides expand the same mask, in pieces of any size; what is revealed is all of it and no
 * more; whoever falls out, the sum of the rest is what they sent. */
static void who_falls_out_leaves_nothing(void **state) {
  (void)state;
  enum { N_SECURE = 7, LENGTH = 1300 };
  static uint64_t plain[N_SECURE][LENGTH], sent[N_SECURE][LENGTH];
  uint64_t source[N_SECURE], when[N_SECURE], own[N_SECURE][N_SECURE], stream[N_SECURE];
  struct fray_err err = {0};
  struct fray_secure_keys keys;
  for (size_t i = 0; i < N_SECURE; i++) {
    source[i] = 90 + i / 2, when[i] = 4 + i % 2; /* some are there twice */
    struct fray_rng rng = fray_rng_for(2, "test/plain", i, 0, 0);
    fray_rng_fill(&rng, LENGTH, plain[i]);
  }
  assert_int_equal(fray_secure_keys_make(3, N_SECURE, 4, source, when, &arena, &keys, &err),
                   FRAY_OK);
  for (size_t i = 0; i < N_SECURE; i++) {
    fray_secure_own_streams(&keys, i, own[i]);
    const struct fray_secure_masks masks = fray_secure_masks_of(own[i]);
    memcpy(sent[i], plain[i], sizeof sent[i]);
    fray_secure_mask(&masks, i, N_SECURE, LENGTH, sent[i]);
  }
  for (size_t i = 0; i < N_SECURE; i++)
    for (size_t j = 0; j < N_SECURE; j++) /* two agree, and no two pairs do on the same */
      assert_true(own[i][j] == own[j][i] && (i == j || own[i][j] != own[i][i]));
  for (unsigned out = 0; out < 1 << N_SECURE; out++) {
    static uint64_t sum[LENGTH];
    uint8_t came[N_SECURE];
    memset(sum, 0, sizeof sum);
    if (__builtin_popcount(out) > N_SECURE - 4)
      continue;
    for (size_t i = 0; i < N_SECURE; i++) {
      came[i] = !(out >> i & 1);
      for (size_t k = 0; k < LENGTH && came[i]; k++)
        sum[k] += sent[i][k] - plain[i][k];
    }
    for (size_t i = 0; i < N_SECURE; i++) {
      assert_int_equal(fray_secure_revealed(&keys, i, came, &arena, stream, &err), FRAY_OK);
      for (size_t j = 0; j < N_SECURE; j++) /* of those who sent, the self mask alone; else never */
        assert_true(stream[j] == ((i == j) == (came[i] == 1) ? own[i][j] : 0));
      const struct fray_secure_masks masks = fray_secure_masks_of(stream);
      fray_secure_unmask(&masks, i, N_SECURE, came, LENGTH, sum);
    }
    for (size_t k = 0; k < LENGTH; k++)
      assert_true(sum[k] == 0);
  }
}

/* Philox4x32-10 as its authors publish it (their known answers: key and counter 0), and values of
 * another key made elsewhere, in Python; in any pieces, on and off. */
static void masks_are_those_of_philox(void **state) {
  (void)state;
  enum { MOST = 5000 };
  static const struct {
    uint64_t seed;
    size_t at;
    uint64_t value;
  } each[] = {{0, 0, 0xe169c58d6627e8d5},
              {0, 32, 0x9b00dbd8bc57ac4c},
              {73961448676070774, 0, 0xbe98db7b1a1c0c1c},
              {73961448676070774, 31, 0x4229e718f3636ac9},
              {73961448676070774, 32, 0x8c0eb91ec06bd109},
              {73961448676070774, 63, 0x98b1029c0a77d839},
              {73961448676070774, 64, 0xb70687d9d4fd78ec},
              {73961448676070774, 1000, 0xd478b17e534afb9c},
              {73961448676070774, 4999, 0xd1aa13997815cb8e}};
  for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
    static uint64_t y[MOST];
    const struct fray_secure_masks masks = fray_secure_masks_of(&each[i].seed);
    memset(y, 0, sizeof y);
    for (size_t first = 0, size = 64; first < MOST; first += size, size = 64 * (1 + i))
      masks.add(masks.of, 0, first, first + size < MOST ? size : MOST - first, false, y + first);
    assert_true(y[each[i].at] == each[i].value);
    masks.add(masks.of, 0, 0, MOST, true, y);
    for (size_t k = 0; k < MOST; k++)
      assert_true(y[k] == 0);
  }
}

/* By hand: rounding of halves, the clip, weights; bounds that just fit, and that do not. */
static void the_grid_is_the_public_one(void **state) {
  (void)state;
  struct fray_secure_config config =
      section("{protocol: masked, clip: 2, exponent: 1, heaviest: 8, threshold: 0.5}");
  const float x[] = {0.25f, -0.25f, 0.75f, 2.5f, -9.0f, 0.0f};
  const int64_t plain[] = {1, 0, 2, 4, -4, 0}, thrice[] = {2, -1, 5, 12, -12, 0};
  uint64_t q[6];
  float back[6];
  struct fray_err err = {0};
  assert_int_equal(fray_secure_quantise(&config, 6, x, 1, q), 2);
  assert_memory_equal(q, plain, sizeof q);
  assert_int_equal(fray_secure_quantise(&config, 6, x, 3, q), 2);
  assert_memory_equal(q, thrice, sizeof q);
  fray_secure_decode(&config, 6, q, 0.5, back);
  for (size_t i = 0; i < 6; i++)
    assert_true(back[i] == (float)thrice[i] / 4);
  assert_true(fray_secure_number(&config, -1.3, 100) == (uint64_t)-3);
  const double odd = 0x1p52 + 1; /* which has no half beside it in a double */
  config.exponent = 0;
  assert_true(fray_secure_number(&config, odd, 0x1p60) == ((uint64_t)1 << 52) + 1);
  assert_true(fray_secure_number(&config, -odd, 0x1p60) == 0 - (((uint64_t)1 << 52) + 1));
  config.exponent = 1;
  assert_true(fray_secure_decoded(&config, (uint64_t)-3) == -1.5);
  for (size_t n = 1; n < 12; n++)
    assert_int_equal(fray_secure_threshold(&config, n), n < 4 ? 2 : (n + 1) / 2);
  config.exponent = 55; /* 2^3 x 2 x 2^55 = 2^59: 15 fit, 16 are 2^63 */
  assert_int_equal(fray_secure_fits(&config, 15, &err), FRAY_OK);
  assert_int_equal(fray_secure_fits(&config, 16, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "2^63"));
  assert_int_equal(fray_secure_fits(&config, 1, &err), FRAY_INPUT); /* a sum of one */
  assert_non_null(strstr(err.text, "threshold"));
  config.protocol = FRAY_SECURE_OPEN;
  assert_int_equal(fray_secure_fits(&config, 1, &err), FRAY_OK);
  config.protocol = FRAY_SECURE_NONE;
  assert_int_equal(fray_secure_fits(&config, 16, &err), FRAY_OK);
}

/* As many of the largest values as are allowed: their sum is right, whichever sign. */
static void the_largest_sums_do_not_overflow(void **state) {
  (void)state;
  struct fray_secure_config config =
      section("{protocol: masked, clip: 1, exponent: 60, heaviest: 1}");
  for (int sign = -1; sign <= 1; sign += 2) {
    const float x = (float)sign * 5;
    uint64_t q, sum = 0;
    for (int k = 0; k < 7; k++) {
      assert_int_equal(fray_secure_quantise(&config, 1, &x, 1, &q), 1);
      sum += q;
    }
    assert_true(fray_secure_decoded(&config, sum) == 7 * sign);
  }
  struct fray_err err = {0};
  assert_int_equal(fray_secure_fits(&config, 7, &err), FRAY_OK);
  assert_int_equal(fray_secure_fits(&config, 8, &err), FRAY_INPUT);
  for (size_t n = 1; n < 2000; n += 13) { /* numbers that are cut at their bound */
    config.exponent = (int64_t)(n % 40);
    const uint64_t each = fray_secure_number(&config, 1e300, fray_secure_most(&config, n));
    assert_true((int64_t)each > 0 && each <= ((uint64_t)INT64_MAX) / n);
  }
}

/* Updates that differ from 0 in a few lines: the same bytes as of whole ones, nothing is read
 * elsewhere, and less goes between ranks. */
static void untouched_lines_are_left_out(void **state) {
  (void)state;
  enum { LINES = 312, ALL = LINES * FRAY_LINE, WORDS = 5, SOME = 4 };
  static float update[SOME][ALL], sparse[SOME][ALL], whole[ALL], part[ALL];
  static uint64_t bits[SOME][WORDS];
  const float *of[SOME], *of_sparse[SOME];
  const uint64_t *touched[SOME];
  double weight[SOME];
  struct fray_err err = {0};
  struct fray_arena own = {0};
  size_t mine = 0;
  for (size_t c = 0; c < SOME; c++) {
    struct fray_rng rng = fray_rng_for(4, "test/touched", c, 0, 0);
    if ((int)(c % (size_t)fray_comm_size(world)) != fray_comm_rank(world))
      continue;
    memset(bits[mine], 0, sizeof bits[mine]);
    for (size_t l = 0; l < LINES; l++) {
      const bool is = l < 100 ? fray_rng_below(&rng, 9) == 0 : l == 150 + c; /* a block of none */
      bits[mine][l / 64] |= (uint64_t)is << l % 64;
      for (size_t i = l * FRAY_LINE; i < (l + 1) * FRAY_LINE; i++) {
        update[mine][i] = is ? (float)fray_rng_normal(&rng) : 0;
        sparse[mine][i] = is ? update[mine][i] : NAN;
      }
    }
    of[mine] = update[mine];
    of_sparse[mine] = sparse[mine];
    touched[mine] = bits[mine];
    weight[mine++] = weight_of(c);
  }
  const uint64_t before = fray_comm_traffic(world).bytes;
  assert_int_equal(fray_exact_sum(world, ALL, mine, of, weight, SOME, &own, whole, &err), FRAY_OK);
  const uint64_t between = fray_comm_traffic(world).bytes;
  assert_int_equal(
      fray_exact_sum_touched(world, ALL, mine, of_sparse, touched, weight, SOME, &own, part, &err),
      FRAY_OK);
  const uint64_t after = fray_comm_traffic(world).bytes;
  assert_memory_equal(whole, part, sizeof whole);
  if (fray_comm_size(world) > 1)
    assert_true(after - between < (between - before) / 4);
  fray_arena_free(&own);
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
      cmocka_unit_test(untouched_lines_are_left_out),
  };
  const struct CMUnitTest secure[] = {
      cmocka_unit_test(masks_cancel_as_elsewhere),
      cmocka_unit_test(shares_give_the_secret),
      cmocka_unit_test(who_falls_out_leaves_nothing),
      cmocka_unit_test(masks_are_those_of_philox),
      cmocka_unit_test(the_grid_is_the_public_one),
      cmocka_unit_test(the_largest_sums_do_not_overflow),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  if (fray_comm_size(world) == 1) /* no rank has a part in them */
    failed += cmocka_run_group_tests(secure, NULL, NULL);
  fray_arena_free(&arena);
  fray_comm_finish(world);
  return failed;
}
