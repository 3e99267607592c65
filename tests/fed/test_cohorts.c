/* Cohorts from a file. */
#include "fray/base/file.h"
#include "fray/fed/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const names[] = {"ann", "bob", "cleo", "dan"};

static enum fray_status read_text(const char *text, size_t rounds, struct fray_arena *arena,
                                  struct fray_cohort_schedule *out, struct fray_err *err) {
  char path[] = "/tmp/fray-cohorts-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  close(fd);
  enum fray_status status = fray_cohorts_read(path, rounds, names, 4, arena, out, err);
  unlink(path);
  return status;
}

static void rows_in_any_order_become_sorted_cohorts(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_cohort_schedule s;
  const char *text = "round,client\n2,dan\n1,cleo\r\n1,ann\n2,bob\n2,ann\n\n9,bob\n";
  assert_int_equal(read_text(text, 2, &arena, &s, &err), FRAY_OK);
  const uint32_t expected[] = {0, 2, 0, 1, 3};
  assert_int_equal(s.rounds, 2);
  assert_int_equal(s.first[0], 0);
  assert_int_equal(s.first[1], 2);
  assert_int_equal(s.first[2], 5);
  assert_memory_equal(s.client, expected, sizeof expected);
  fray_arena_free(&arena);
}

static void the_hash_follows_the_meaning(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_cohort_schedule a, b, c;
  assert_int_equal(read_text("round,client\n1,ann\n1,bob\n", 1, &arena, &a, NULL), FRAY_OK);
  assert_int_equal(read_text("round,client\n1,bob\n1,ann\n", 1, &arena, &b, NULL), FRAY_OK);
  assert_int_equal(read_text("round,client\n1,bob\n1,dan\n", 1, &arena, &c, NULL), FRAY_OK);
  assert_true(a.hash == b.hash);
  assert_true(a.hash != c.hash);
  fray_arena_free(&arena);
}

static void refuse(const char *text, size_t rounds, const char *expected) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_cohort_schedule s;
  assert_int_equal(read_text(text, rounds, &arena, &s, &err), FRAY_INPUT);
  if (!strstr(err.text, expected))
    fail_msg("'%s' does not hold '%s'", err.text, expected);
  fray_arena_free(&arena);
}

static void wrong_files_are_refused_with_the_line(void **state) {
  (void)state;
  refuse("client,round\n1,ann\n", 1, ":1: the header round,client");
  refuse("round,client\n1,ann\n1;bob\n", 1, ":3: round,client is expected");
  refuse("round,client\n0,ann\n", 1, ":2: '0' is no round");
  refuse("round,client\n1x,ann\n", 1, ":2: '1x' is no round");
  refuse("round,client\n1,cloe\n", 1, "unknown client 'cloe'; did you mean 'cleo'?");
  refuse("round,client\n1,ann\n1,ann\n", 1, "client ann stands twice in round 1");
  refuse("round,client\n1,ann\n3,ann\n", 3, "round 2 of 3 has no client");
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_cohort_schedule s;
  assert_int_equal(fray_cohorts_read("/nowhere/c.csv", 1, names, 4, &arena, &s, &err), FRAY_INPUT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_in_any_order_become_sorted_cohorts),
      cmocka_unit_test(the_hash_follows_the_meaning),
      cmocka_unit_test(wrong_files_are_refused_with_the_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
