/* Cohorts from large populations: the laws of a uniform draw without replacement, and what a client
 * that leaves may change. Bounds are of fixed seeds, five deviations wide. */
#include "fray/base/rng.h"
#include "fray/fed/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLIENTS = 70000, MOST = CLIENTS / FRAY_SPARSE_SHARE };
_Static_assert((int)CLIENTS > (int)FRAY_SPARSE_CLIENTS, "a large population");

struct population {
  struct fray_arena arena;
  uint64_t *source;
  uint8_t *eligible;
};

static struct population population(size_t n) {
  struct population p = {0};
  p.source = fray_arena_alloc(&p.arena, n, sizeof *p.source);
  p.eligible = fray_arena_alloc(&p.arena, n, 1);
  assert_true(p.source && p.eligible);
  struct fray_rng rng = fray_rng_for(4, "test", 0, 0, 0);
  for (size_t c = 0; c < n; c++)
    p.source[c] = fray_rng_u64(&rng);
  memset(p.eligible, 1, n);
  return p;
}

static struct fray_sampler sampler(struct population *p, size_t n, size_t count) {
  struct fray_sampler s;
  struct fray_err err = {0};
  if (fray_sampler_start(&s, n, p->source, p->eligible, count, &p->arena, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return s;
}

static void check_cohort(const struct population *p, const uint32_t *cohort, size_t n) {
  for (size_t i = 0; i < n; i++) {
    assert_true(p->eligible[cohort[i]]);
    assert_true(i == 0 || cohort[i] > cohort[i - 1]);
  }
}

/* Sum of (count - mean)^2 / mean, scaled for drawing without replacement: chi-square with n - 1
 * degrees of freedom, so n - 1 +- sqrt(2 (n - 1)). */
static void check_chi_square(const uint32_t *count, size_t n, size_t drawn, size_t rounds) {
  double mean = (double)drawn * (double)rounds / (double)n, sum = 0;
  for (size_t c = 0; c < n; c++)
    sum += ((double)count[c] - mean) * ((double)count[c] - mean) / mean;
  double freedom = (double)(n - 1), chi = sum * freedom / (double)(n - drawn);
  if (!(fabs(chi - freedom) <= 5 * sqrt(2 * freedom)))
    fail_msg("chi-square %.0f with %.0f degrees of freedom", chi, freedom);
}

static void every_client_is_drawn_equally_often(void **state) {
  (void)state;
  enum { ROUNDS = 2000 };
  struct population p = population(CLIENTS);
  struct fray_sampler s = sampler(&p, CLIENTS, MOST);
  assert_true(s.bits > 0);
  uint32_t *count = fray_arena_zero(&p.arena, CLIENTS, sizeof *count), cohort[MOST];
  /* Two of one cell are drawn together as often as any two are. */
  size_t pairs = 0, together = 0;
  for (size_t k = 0; k < (size_t)1 << s.bits; k++)
    pairs += (size_t)(s.first[k + 1] - s.first[k]) * (s.first[k + 1] - s.first[k] - 1u) / 2;
  assert_true(pairs > 10000);
  uint8_t *in = fray_arena_zero(&p.arena, CLIENTS, 1);
  uint32_t *cell = fray_arena_alloc(&p.arena, CLIENTS, sizeof *cell);
  for (uint32_t k = 0; k < 1u << s.bits; k++)
    for (uint32_t i = s.first[k]; i < s.first[k + 1]; i++)
      cell[s.order[i]] = k;
  for (uint64_t round = 1; round <= ROUNDS; round++) {
    assert_int_equal(fray_sampler_draw(&s, 7, round, cohort), MOST);
    check_cohort(&p, cohort, MOST);
    for (size_t i = 0; i < MOST; i++) {
      in[cohort[i]] = 1;
      count[cohort[i]]++;
    }
    for (size_t i = 0; i < MOST; i++)
      for (uint32_t k = s.first[cell[cohort[i]]]; k < s.first[cell[cohort[i]] + 1]; k++)
        together += s.order[k] < cohort[i] && in[s.order[k]];
    for (size_t i = 0; i < MOST; i++)
      in[cohort[i]] = 0;
  }
  check_chi_square(count, CLIENTS, MOST, ROUNDS);
  double chance = (double)MOST / CLIENTS * (MOST - 1) / (CLIENTS - 1);
  double expected = chance * (double)pairs * ROUNDS;
  assert_true(fabs((double)together - expected) <= 5 * sqrt(expected));
  fray_arena_free(&p.arena);
}

/* The cohort is what (seed, round) and the sources say, in whatever order the clients come. */
static void numbers_of_clients_do_not_matter(void **state) {
  (void)state;
  struct population p = population(CLIENTS), q = population(CLIENTS);
  for (size_t c = 0; c < CLIENTS; c++)
    q.source[c] = p.source[CLIENTS - 1 - c];
  struct fray_sampler a = sampler(&p, CLIENTS, 100), b = sampler(&q, CLIENTS, 100);
  uint32_t x[100], y[100], z[100];
  size_t same = 0;
  for (uint64_t round = 1; round <= 20; round++) {
    assert_int_equal(fray_sampler_draw(&a, 3, round, x), 100);
    assert_int_equal(fray_sampler_draw(&b, 3, round, y), 100);
    for (size_t i = 0; i < 100; i++)
      assert_int_equal(x[i], CLIENTS - 1 - y[99 - i]);
    fray_sampler_draw(&a, 3, round, z);
    assert_memory_equal(x, z, sizeof x);
    fray_sampler_draw(&a, 4, round, z);
    same += memcmp(x, z, sizeof x) == 0;
  }
  assert_int_equal(same, 0);
  fray_arena_free(&p.arena);
  fray_arena_free(&q.arena);
}

static bool is_in(const uint32_t *cohort, size_t n, uint32_t client) {
  for (size_t i = 0; i < n; i++)
    if (cohort[i] == client)
      return true;
  return false;
}

/* Those who are no longer eligible make room; the others stay. */
static void a_leaving_client_changes_no_other_draw(void **state) {
  (void)state;
  struct population p = population(CLIENTS);
  struct fray_sampler all = sampler(&p, CLIENTS, 200);
  for (size_t c = 0; c < CLIENTS; c += 3)
    p.eligible[c] = 0;
  struct fray_sampler less = sampler(&p, CLIENTS, 200);
  uint32_t x[200], y[200];
  for (uint64_t round = 1; round <= 50; round++) {
    fray_sampler_draw(&all, 9, round, x);
    assert_int_equal(fray_sampler_draw(&less, 9, round, y), 200);
    check_cohort(&p, y, 200);
    for (size_t i = 0; i < 200; i++)
      assert_true(x[i] % 3 == 0 || is_in(y, 200, x[i]));
  }
  fray_arena_free(&p.arena);
}

static void a_larger_cohort_only_adds(void **state) {
  (void)state;
  struct population p = population(CLIENTS);
  static const size_t counts[] = {1, 2, 17, 100, MOST};
  uint32_t less[MOST], more[MOST];
  for (size_t k = 1; k < sizeof counts / sizeof *counts; k++) {
    struct fray_sampler a = sampler(&p, CLIENTS, counts[k - 1]);
    struct fray_sampler b = sampler(&p, CLIENTS, counts[k]);
    for (uint64_t round = 1; round <= 20; round++) {
      assert_int_equal(fray_sampler_draw(&a, 1, round, less), counts[k - 1]);
      assert_int_equal(fray_sampler_draw(&b, 1, round, more), counts[k]);
      for (size_t i = 0; i < counts[k - 1]; i++)
        assert_true(is_in(more, counts[k], less[i]));
    }
  }
  fray_arena_free(&p.arena);
}

/* Nearly nobody is eligible: the tries do not find enough, and the cohort is still uniform. */
static void few_who_are_eligible(void **state) {
  (void)state;
  enum { ROUNDS = 300, LEFT = 10 };
  struct population p = population(CLIENTS);
  memset(p.eligible, 0, CLIENTS);
  for (size_t k = 0; k < LEFT; k++)
    p.eligible[k * 6999] = 1;
  struct fray_sampler s = sampler(&p, CLIENTS, 4), more = sampler(&p, CLIENTS, LEFT + 5);
  uint32_t count[LEFT] = {0}, cohort[LEFT];
  for (uint64_t round = 1; round <= ROUNDS; round++) {
    assert_int_equal(fray_sampler_draw(&s, 2, round, cohort), 4);
    check_cohort(&p, cohort, 4);
    for (size_t i = 0; i < 4; i++)
      count[cohort[i] / 6999]++;
  }
  check_chi_square(count, LEFT, 4, ROUNDS);
  assert_int_equal(fray_sampler_draw(&more, 2, 1, cohort), LEFT);
  check_cohort(&p, cohort, LEFT);
  memset(p.eligible, 0, CLIENTS);
  s = sampler(&p, CLIENTS, 4);
  assert_int_equal(fray_sampler_draw(&s, 2, 1, cohort), 0);
  fray_arena_free(&p.arena);
}

/* Sources that leave no even cells, small populations and large cohorts go the way of old. */
static void the_way_without_cells(void **state) {
  (void)state;
  static const struct {
    size_t clients, count;
    bool even;
  } cases[] = {{CLIENTS, 100, false},
               {CLIENTS, MOST + 1, true},
               {CLIENTS, CLIENTS, true},
               {FRAY_SPARSE_CLIENTS, 10, true},
               {1, 1, true}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    size_t n = cases[k].clients, count = cases[k].count;
    struct population p = population(n);
    for (size_t c = 0; !cases[k].even && c < n; c++)
      p.source[c] = c;
    p.eligible[n / 2] = n == 1;
    struct fray_sampler s = sampler(&p, n, count);
    assert_int_equal(s.bits, 0);
    uint32_t *a = fray_arena_alloc(&p.arena, count, sizeof *a);
    uint32_t *b = fray_arena_alloc(&p.arena, count, sizeof *b);
    for (uint64_t round = 1; round <= 3; round++) {
      size_t drawn = fray_sampler_draw(&s, 6, round, a);
      assert_int_equal(drawn, count < s.n_eligible ? count : s.n_eligible);
      assert_int_equal(
          fray_sample_cohort(6, round, s.eligible, s.n_eligible, p.source, count, s.scratch, b),
          drawn);
      assert_memory_equal(a, b, drawn * sizeof *a);
      check_cohort(&p, a, drawn);
    }
    fray_arena_free(&p.arena);
  }
}

/* Turned to others, it draws as one that was made for them, and as it did when it is turned back:
 * in both ways. */
static void a_sampler_that_is_turned_to_others(void **state) {
  (void)state;
  enum { COUNT = 40 };
  static const size_t clients[] = {CLIENTS, 500};
  for (size_t k = 0; k < 2; k++) {
    struct population p = population(clients[k]), few = population(clients[k]);
    for (size_t c = 0; c < clients[k]; c++)
      few.eligible[c] = c % 7 == 0 || c > clients[k] - 20;
    struct fray_sampler s = sampler(&p, clients[k], COUNT);
    struct fray_sampler of_few = sampler(&few, clients[k], COUNT);
    uint32_t first[COUNT], a[COUNT], b[COUNT];
    assert_int_equal(fray_sampler_draw(&s, 6, 1, first), COUNT);
    fray_sampler_turn_to(&s, few.eligible);
    for (uint64_t round = 1; round <= 3; round++) {
      assert_int_equal(fray_sampler_draw(&s, 6, round, a), COUNT);
      assert_int_equal(fray_sampler_draw(&of_few, 6, round, b), COUNT);
      assert_memory_equal(a, b, sizeof a);
    }
    fray_sampler_turn_to(&s, p.eligible);
    assert_int_equal(fray_sampler_draw(&s, 6, 1, a), COUNT);
    assert_memory_equal(a, first, sizeof a);
    fray_arena_free(&p.arena);
    fray_arena_free(&few.arena);
  }
}

/* The client at a place, by the definition: the slot-th by source of those in the cell. */
static int64_t client_at(const struct population *p, uint64_t place) {
  uint64_t found[16];
  int64_t client[16];
  size_t n = 0;
  for (size_t c = 0; c < CLIENTS; c++) {
    if (p->source[c] >> 47 != place >> 47) /* 2^17 cells */
      continue;
    size_t at = n++;
    for (; at > 0 && found[at - 1] > p->source[c]; at--) {
      found[at] = found[at - 1];
      client[at] = client[at - 1];
    }
    found[at] = p->source[c];
    client[at] = (int64_t)c;
  }
  return place % 16 < n ? client[place % 16] : -1;
}

/* A cohort by the definition, and written down: it must not change from version to version. */
static void known_cohort(void **state) {
  (void)state;
  static const uint32_t written[] = {14413, 23552, 43487, 53212, 61321};
  struct population p = population(CLIENTS);
  struct fray_sampler s = sampler(&p, CLIENTS, 5);
  uint32_t cohort[5];
  assert_int_equal(fray_sampler_draw(&s, 8, 1, cohort), 5);
  struct fray_rng rng = fray_rng_for(8, "cohort-places", 0, 1, 0);
  for (size_t n = 0; n < 5;) {
    int64_t client = client_at(&p, fray_rng_u64(&rng));
    if (client < 0)
      continue;
    assert_true(is_in(cohort, 5, (uint32_t)client));
    n++;
  }
  for (size_t i = 0; i < 5; i++)
    assert_int_equal(cohort[i], written[i]);
  fray_arena_free(&p.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_client_is_drawn_equally_often),
      cmocka_unit_test(numbers_of_clients_do_not_matter),
      cmocka_unit_test(a_leaving_client_changes_no_other_draw),
      cmocka_unit_test(a_larger_cohort_only_adds),
      cmocka_unit_test(few_who_are_eligible),
      cmocka_unit_test(the_way_without_cells),
      cmocka_unit_test(a_sampler_that_is_turned_to_others),
      cmocka_unit_test(known_cohort),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
