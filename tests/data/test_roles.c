/* Roles: whole clients by a draw of their own, nested in the share, the same in any order; and no
 * number on samples that chose it. */
#include "fray/data/roles.h"

#include "fray/base/hash.h"
#include "ok.h"

#include <stdio.h>
#include <string.h>

enum { N = 40 };
static uint64_t source[N];

static size_t draw(double share, size_t n, uint8_t *out) {
  size_t count = 0;
  OK(fray_roles_draw(source, n, share, out, &err));
  for (size_t i = 0; i < n; i++)
    count += out[i];
  return count;
}

static void a_larger_share_keeps_whom_a_smaller_one_drew(void **state) {
  (void)state;
  uint8_t before[N] = {0}, now[N];
  for (int k = 1; k <= 9; k++) {
    assert_int_equal(draw(k / 10.0, N, now), 4 * k);
    for (size_t i = 0; i < N; i++)
      assert_true(now[i] >= before[i]);
    memcpy(before, now, N);
  }
}

static void both_roles_have_somebody(void **state) {
  (void)state;
  uint8_t out[N];
  assert_int_equal(draw(0, N, out), 0);
  assert_int_equal(draw(0.001, N, out), 1);
  assert_int_equal(draw(0.9, 3, out), 2);
  assert_int_equal(draw(0.5, 1, out), 0);
  assert_int_equal(draw(0.5, 2, out), 1);
}

/* By name alone: neither the order of the clients nor who else there is moves anybody's draw. */
static void the_order_does_not_matter(void **state) {
  (void)state;
  uint8_t one[N], other[N];
  draw(0.3, N, one);
  for (size_t i = 0; i < N / 2; i++) {
    const uint64_t s = source[i];
    source[i] = source[N - 1 - i];
    source[N - 1 - i] = s;
  }
  draw(0.3, N, other);
  for (size_t i = 0; i < N; i++)
    assert_int_equal(one[i], other[N - 1 - i]);
}

static void nothing_is_reported_on_what_chose_it(void **state) {
  (void)state;
  for (unsigned chosen = 0; chosen < 1u << FRAY_ROLES; chosen++)
    for (int on = 0; on < FRAY_ROLES; on++) {
      struct fray_err err = {0};
      const enum fray_status status = fray_role_check(chosen, (enum fray_role)on, "the gate", &err);
      assert_int_equal(status, chosen >> on & 1 ? FRAY_INPUT : FRAY_OK);
      assert_true(status == FRAY_OK || strstr(err.text, fray_role_names[on]));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_larger_share_keeps_whom_a_smaller_one_drew),
                                     cmocka_unit_test(both_roles_have_somebody),
                                     cmocka_unit_test(the_order_does_not_matter),
                                     cmocka_unit_test(nothing_is_reported_on_what_chose_it)};
  for (size_t i = 0; i < N; i++) {
    char name[16];
    snprintf(name, sizeof name, "client-%zu", i);
    source[i] = fray_hash_text(name);
  }
  return cmocka_run_group_tests(tests, NULL, NULL);
}
