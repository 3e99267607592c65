/* Work in a copy of this process: its text comes back whole or not at all, and nothing else does.
 */
#include "fray/base/beside.h"

#include "fray/base/confine.h"
#include "fray/base/machine.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINES = 50000 };
static int touched;

static void needs_cores(void) {
  if (fray_cores() < 2)
    skip();
}

static enum fray_status write_lines(void *user, struct fray_text *out, struct fray_err *err) {
  (void)err;
  touched = 1;
  for (int i = 0; i < LINES; i++)
    fray_text_printf(out, "%s %d\n", (const char *)user, i);
  return FRAY_OK;
}

static enum fray_status write_nothing(void *user, struct fray_text *out, struct fray_err *err) {
  (void)user;
  (void)out;
  (void)err;
  return FRAY_OK;
}

static void a_text_comes_back(void **state) {
  (void)state;
  char word[] = "line";
  struct fray_beside copy;
  struct fray_text found = {0}, wanted = {0};
  struct fray_err err = {0};
  needs_cores();
  fray_text_puts(&found, "before\n");
  fray_text_puts(&wanted, "before\n");
  assert_true(fray_beside_start(write_lines, word, &copy));
  assert_true(fray_beside_end(&copy, &found));
  assert_int_equal(touched, 0); /* of the copy alone */
  assert_int_equal(write_lines(word, &wanted, &err), FRAY_OK);
  assert_int_equal(found.size, wanted.size);
  assert_memory_equal(found.data, wanted.data, wanted.size);
  assert_false(fray_beside_end(&copy, &found)); /* there is none any more */
  assert_true(fray_beside_start(write_nothing, NULL, &copy));
  assert_true(fray_beside_end(&copy, &found));
  assert_int_equal(found.size, wanted.size);
  fray_text_free(&found);
  fray_text_free(&wanted);
}

/* ---- what gives no text ---- */

static enum fray_status end_badly(void *user, struct fray_text *out, struct fray_err *err) {
  const int how = *(const int *)user;
  fray_text_puts(out, "half of it");
  if (how == 0)
    return fray_fail(err, FRAY_INPUT, "no more");
  if (how == 1)
    out->failed = true;
  if (how == 2)
    raise(SIGKILL);
  if (how == 3)
    _exit(3);
  return FRAY_OK;
}

static void what_ended_badly_gives_nothing(void **state) {
  (void)state;
  needs_cores();
  for (int how = 0; how < 4; how++) {
    struct fray_beside copy;
    struct fray_text found = {0};
    assert_true(fray_beside_start(end_badly, &how, &copy));
    assert_false(fray_beside_end(&copy, &found));
    assert_int_equal(found.size, 0);
  }
}

static enum fray_status wait_for_ever(void *user, struct fray_text *out, struct fray_err *err) {
  (void)user;
  (void)out;
  (void)err;
  while (pause() < 0)
    continue;
  return FRAY_OK;
}

static void what_is_not_needed_ends(void **state) {
  (void)state;
  struct fray_beside copy;
  needs_cores();
  assert_true(fray_beside_start(wait_for_ever, NULL, &copy));
  fray_beside_drop(&copy);
  assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
  fray_beside_drop(&copy);
}

/* ---- confined children belong to one process ---- */

static const struct fray_confined_kind kind = {.does = "counts", .memory = 64 << 20, .seconds = 1};
static struct fray_confined child = {.kind = &kind};

static enum fray_status count(struct fray_confined_call *call, struct fray_err *err) {
  static int64_t n;
  (void)err;
  n++;
  memcpy(call->answer, &n, sizeof n);
  return FRAY_OK;
}

static enum fray_status ask(void *user, struct fray_text *out, struct fray_err *err) {
  (void)out;
  return fray_confined_ask(&child, count, "", 0, -1, user, sizeof(int64_t), err);
}

static void a_copy_asks_no_child(void **state) {
  (void)state;
  struct fray_beside copy;
  struct fray_text found = {0};
  struct fray_err err = {0};
  int64_t n = 0;
  needs_cores();
  assert_int_equal(ask(&n, &found, &err), FRAY_OK);
  assert_true(fray_beside_start(ask, &n, &copy));
  assert_false(fray_beside_end(&copy, &found));
  assert_int_equal(ask(&n, &found, &err), FRAY_OK);
  assert_int_equal(n, 2);
  fray_confined_end(&child);
}

static void one_core_is_not_shared(void **state) {
  (void)state;
  cpu_set_t all, one;
  struct fray_beside copy;
  char word[] = "line";
  assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
  CPU_ZERO(&one);
  for (size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; core++)
    if (CPU_ISSET(core, &all))
      CPU_SET(core, &one);
  assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
  assert_false(fray_beside_start(write_lines, word, &copy));
  fray_beside_drop(&copy);
  assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_text_comes_back),       cmocka_unit_test(what_ended_badly_gives_nothing),
      cmocka_unit_test(what_is_not_needed_ends), cmocka_unit_test(a_copy_asks_no_child),
      cmocka_unit_test(one_core_is_not_shared),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
