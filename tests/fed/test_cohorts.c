/* Cohorts from a file. */
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/text.h"
#include "fray/fed/cohort.h"
#include "scratch.h"

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
  char path[SCRATCH];
  scratch(path, "fray-cohorts-XXXXXX");
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

/* Quotes, an index column of pandas, columns in another order, blanks, names in NFD, and a name
 * that a spreadsheet would compute. */
static void files_of_other_programs_are_read(void **state) {
  (void)state;
  static const char *const texts[] = {
      "round,client\n1,ann\n1,cleo\n",
      "\"round\",\"client\"\r\n1,\"cleo\"\r\n\"1\",ann\r\n",
      ",client,round\n0,ann,1\n1,cleo,1\n",
      "\xef\xbb\xbfround, client\n1, ann\n1 ,cleo \n",
  };
  struct fray_arena arena = {0};
  struct fray_cohort_schedule first, s;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct fray_err err = {0};
    if (read_text(texts[i], 1, &arena, &s, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    first = i ? first : s;
    assert_true(s.hash == first.hash);
    assert_int_equal(s.first[1], 2);
  }
  static const char *const odd[] = {"Ren\xc3\xa9", "=2", "'=2"};
  char text[] = "round,client\n1,Rene\xcc\x81\n2,'=2\n3,''=2\n4,=2\n";
  const uint32_t expected[] = {0, 2, 2, 1};
  assert_int_equal(fray_cohorts_parse("t", text, strlen(text), 4, odd, 3, &arena, &s, NULL),
                   FRAY_OK);
  assert_memory_equal(s.client, expected, sizeof expected);
  fray_arena_free(&arena);
}

/* Each row looked up in a list would be 6e9 comparisons. */
static void large_files_are_read_in_no_time(void **state) {
  (void)state;
  enum { CLIENTS = 60000, ROWS = 100000 };
  struct fray_arena arena = {0};
  struct fray_text text = {0};
  const char **name = fray_arena_alloc(&arena, CLIENTS, sizeof *name);
  for (int c = 0; c < CLIENTS; c++)
    name[c] = fray_arena_printf(&arena, "c%d", c);
  fray_text_puts(&text, "round,client\n");
  for (int i = 0; i < ROWS; i++)
    fray_text_printf(&text, "%d,c%d\n", 1 + i / 50000, CLIENTS - 1 - i % 50000);
  struct fray_cohort_schedule s;
  double start = fray_seconds();
  assert_int_equal(
      fray_cohorts_parse("t", text.data, text.size, 2, name, CLIENTS, &arena, &s, NULL), FRAY_OK);
  assert_true(fray_seconds() - start < 10);
  assert_int_equal(s.first[2], ROWS);
  assert_int_equal(s.client[0], CLIENTS - 50000);
  fray_text_free(&text);
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
  refuse("runde,client\n1,ann\n", 1, ":1: there is no column 'round'; there are 'runde', 'client'");
  refuse("1,ann\n1,bob\n", 1, ":1: there is no column 'round'; there are '1', 'ann'");
  refuse("round;client\n1;ann\n", 1, ":1: the header has no comma, but 1 \";\"; write commas");
  refuse("round,client\n1,ann\n1;bob\n", 1, ":3: 1 field, but the header has 2");
  refuse("round,client\n1,\"ann\n", 1, ":2: a quote is not closed");
  refuse("round,client\n0,ann\n", 1, ":2: '0' is no round");
  refuse("round,client\n1x,ann\n", 1, ":2: '1x' is no round");
  refuse("round,client\n1,cloe\n", 1,
         ":2: unknown client 'cloe'; there are 'ann', 'bob', 'cleo', 'dan' (did you mean 'cleo'?)");
  refuse("round,client\n1,ann\n1,ann\n", 1, "client ann stands twice in round 1");
  refuse("round,client\n1,ann\n3,ann\n", 3, "round 2 of 3 has no client");
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_cohort_schedule s;
  assert_int_equal(fray_cohorts_read("/nowhere/c.csv", 1, names, 4, &arena, &s, &err), FRAY_INPUT);
}

/* Invitations of both sources: whom the sampler draws and the schedule names, less those who have
 * nothing to train on; everybody makes all the steps and comes back. */
static void sources_invite_whom_they_should(void **state) {
  (void)state;
  enum { N = 40, ROUNDS = 5 };
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_cohort_source drawn, given;
  struct fray_sampler sampler;
  struct fray_cohort_schedule s;
  uint64_t source[N];
  uint8_t able[N];
  uint32_t expected[8];
  struct fray_invitation got[8];
  for (size_t c = 0; c < N; c++) {
    source[c] = 1000 - 7 * c;
    able[c] = c % 3 != 0;
  }
  assert_int_equal(fray_cohorts_drawn(N, source, able, 6, &arena, &drawn, &err), FRAY_OK);
  assert_int_equal(fray_sampler_start(&sampler, N, source, able, 6, &arena, &err), FRAY_OK);
  assert_int_equal(drawn.most, 6);
  for (size_t round = ROUNDS; round >= 1; round--) { /* backwards: no round depends on another */
    const size_t n = drawn.invite(drawn.state, 8, round, got, NULL);
    assert_int_equal(n, fray_sampler_draw(&sampler, 8, round, expected));
    for (size_t i = 0; i < n; i++) {
      assert_int_equal(got[i].client, expected[i]);
      assert_true(got[i].returns && got[i].work == 1.0);
    }
  }
  /* Fewer are admitted than a round asks for: all of them that are able come. */
  uint8_t admitted[N] = {[2] = 1, [3] = 1, [17] = 1, [38] = 1};
  drawn.admit(drawn.state, admitted);
  assert_int_equal(drawn.invite(drawn.state, 8, 1, got, NULL), 3);
  assert_true(got[0].client == 2 && got[1].client == 17 && got[2].client == 38);
  static const char text[] = "round,client\n1,ann\n1,dan\n2,cleo\n2,bob\n2,ann\n";
  assert_int_equal(read_text(text, 2, &arena, &s, &err), FRAY_OK);
  assert_int_equal(fray_cohorts_given(&s, able, &arena, &given, &err), FRAY_OK); /* ann, dan: no */
  assert_int_equal(given.most, 3);
  assert_int_equal(given.invite(given.state, 8, 1, got, NULL), 0);
  assert_int_equal(given.invite(given.state, 8, 2, got, NULL), 2);
  assert_int_equal(got[0].client, 1);
  assert_int_equal(got[1].client, 2);
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_in_any_order_become_sorted_cohorts),
      cmocka_unit_test(the_hash_follows_the_meaning),
      cmocka_unit_test(files_of_other_programs_are_read),
      cmocka_unit_test(large_files_are_read_in_no_time),
      cmocka_unit_test(sources_invite_whom_they_should),
      cmocka_unit_test(wrong_files_are_refused_with_the_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
