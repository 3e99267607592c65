/* The confined child: it answers, ends alone, is told from its parent's own failures, and can do
 * none of what it has no need of. */
#include "fray/base/confine.h"

#include "fray/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const struct fray_confined_kind kind = {
    .does = "tries things", .memory = 64 << 20, .seconds = 0.3};
static struct fray_confined child = {.kind = &kind};

static bool is_watched(void) {
  return strstr(fray_confined_by(), "watches");
}

static bool has_filter(void) {
  return strncmp(fray_confined_by(), "seccomp", 7) == 0;
}

static enum fray_status ask(fray_confined_work *work, int64_t in, int64_t *out,
                            struct fray_err *err) {
  return fray_confined_ask(&child, work, &in, sizeof in, -1, out, sizeof *out, err);
}

static int64_t given(const struct fray_confined_call *call) {
  int64_t in;
  memcpy(&in, call->request, sizeof in);
  return in;
}

static void answer(struct fray_confined_call *call, int64_t value) {
  memcpy(call->answer, &value, sizeof value);
}

/* ---- what it is for ---- */

static enum fray_status add_up(struct fray_confined_call *call, struct fray_err *err) {
  static int64_t sum;
  FRAY_CHECK(given(call) != 13, err, INPUT, "13 is not added");
  sum += given(call);
  ((char *)call->window)[sum] = 'x';
  answer(call, sum);
  return FRAY_OK;
}

static void answers_memory_and_errors_come_back(void **state) {
  (void)state;
  struct fray_err err = {0};
  int64_t out = 0;
  assert_int_equal(ask(add_up, 5, &out, &err), FRAY_OK);
  assert_int_equal(ask(add_up, 4, &out, &err), FRAY_OK);
  assert_int_equal(out, 9);
  assert_int_equal(((char *)child.window)[9], 'x');
  assert_int_equal(ask(add_up, 13, &out, &err), FRAY_INPUT);
  assert_string_equal(err.text, "13 is not added");
  assert_int_equal(ask(add_up, 0, &out, &err), FRAY_OK);
  assert_int_equal(out, 9);
  assert_int_equal(child.started, 1);
}

/* ---- asked, and not waited for ---- */

static int64_t settled;

static void settle(void) {
  struct fray_err err = {0};
  assert_int_equal(fray_confined_take(&child, &settled, sizeof settled, &err), FRAY_OK);
}

static bool post(int64_t in) {
  return fray_confined_post(&child, add_up, &in, sizeof in, sizeof in, settle);
}

static void an_answer_is_taken_later(void **state) {
  (void)state;
  struct fray_err err = {0};
  int64_t out = 0, sum = 0;
  assert_int_equal(ask(add_up, 0, &sum, &err), FRAY_OK);
  assert_true(post(1));
  assert_false(post(1)); /* one at a time */
  assert_int_equal(fray_confined_take(&child, &out, sizeof out, &err), FRAY_OK);
  assert_int_equal(out, sum + 1);
  assert_int_equal(fray_confined_take(&child, &out, sizeof out, &err), FRAY_INTERNAL);
  settled = 0;
  assert_true(post(2));
  assert_int_equal(ask(add_up, 3, &out, &err), FRAY_OK); /* the other one goes before */
  assert_int_equal(settled, sum + 3);
  assert_int_equal(out, sum + 6);
  assert_true(post(13));
  assert_int_equal(fray_confined_take(&child, &out, sizeof out, &err), FRAY_INPUT);
  assert_true(post(1));
  fray_confined_end(&child);
  assert_null(child.settle);
  assert_false(post(1)); /* there is none to ask */
}

/* Where lines are counted the child has none of its limits, see filter.c. */
#ifdef FRAY_COVERAGE
enum { IS_LIMITED = 0 };
#else
enum { IS_LIMITED = 1 };
#endif

static enum fray_status read_file(struct fray_confined_call *call, struct fray_err *err) {
  char text[8] = "";
  FRAY_CHECK(pread(call->fd, text, 3, 1) == 3, err, INPUT, "cannot read");
  FRAY_CHECK(!IS_LIMITED || write(call->fd, text, 1) < 0, err, INPUT, "can write");
  answer(call, strcmp(text, "bcd") == 0);
  return FRAY_OK;
}

static void a_file_is_handed_over_open(void **state) {
  (void)state;
  struct fray_err err = {0};
  int64_t in = 0, out = 0;
  int fd = memfd_create("x", MFD_CLOEXEC);
  assert_int_equal(write(fd, "abcde", 5), 5);
  for (int i = 0; i < 2 * FRAY_CONFINED_FILES; i++) /* and none is left behind there */
    assert_int_equal(
        fray_confined_ask(&child, read_file, &in, sizeof in, fd, &out, sizeof out, &err), FRAY_OK);
  assert_int_equal(out, 1);
  close(fd);
}

/* ---- how it ends ---- */

enum end { NULL_POINTER, ABORT, SPIN, LEAVE, HOARD, RECURSE };

static int sink(volatile char *from) {
  volatile char block[65536];
  block[0] = *from;
  if (block[0] == 127)
    return 0;
  return block[0] + sink(block);
}

static enum fray_status end_somehow(struct fray_confined_call *call, struct fray_err *err) {
  static void *volatile kept;
  volatile char begin = 0;
  switch (given(call)) {
  case NULL_POINTER:
    raise(SIGSEGV);
    break;
  case ABORT:
    abort();
  case SPIN:
    for (volatile unsigned i = 0;; i++)
      ;
  case LEAVE:
    _exit(7);
  case HOARD:
    kept = malloc((size_t)100 << 20);
    FRAY_CHECK(kept, err, MEMORY, "out of memory");
    break;
  case RECURSE:
    answer(call, sink(&begin));
  }
  return FRAY_OK;
}

static void ends_badly(enum end how, const char *words) {
  struct fray_err err = {0};
  int64_t out = 0;
  assert_int_equal(ask(end_somehow, how, &out, &err), FRAY_INPUT);
  if (!strstr(err.text, words))
    fail_msg("%s: %s", words, err.text);
  /* And the next one works as if nothing had been. */
  assert_int_equal(ask(add_up, 2, &out, &err), FRAY_OK);
  assert_false(fray_memory_lost());
}

static void its_end_is_an_error_with_the_reason(void **state) {
  (void)state;
  if (is_watched())
    skip();
  ends_badly(NULL_POINTER, "that tries things was ended by signal 11");
  ends_badly(ABORT, "signal 6");
  ends_badly(SPIN, "more than the 0.3 s of work");
  ends_badly(LEAVE, "ended with code 7");
  ends_badly(HOARD, "more than the 64 MiB of memory");
  ends_badly(RECURSE, "signal 11");
}

/* A child that a file has taken over. */
static enum fray_status say_nonsense(struct fray_confined_call *call, struct fray_err *err) {
  static char bytes[9000];
  (void)err;
  memset(bytes, 0x7f, sizeof bytes);
  struct iovec part = {bytes, (size_t)given(call)};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  sendmsg(3, &message, MSG_NOSIGNAL);
  return FRAY_OK;
}

static void nonsense_is_not_believed(void **state) {
  (void)state;
  static const int64_t sizes[] = {1, 20, 1600, 6000, 9000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct fray_err err = {0};
    int64_t out = 77;
    assert_int_equal(ask(say_nonsense, sizes[i], &out, &err), FRAY_INPUT);
    assert_non_null(strstr(err.text, "an answer without sense"));
    assert_int_equal(out, 77);
  }
}

/* ---- what it cannot do ---- */

static enum fray_status try_doors(struct fray_confined_call *call, struct fray_err *err) {
  (void)err;
  int64_t open_doors = 0;
  open_doors |= open("/etc/hostname", O_RDONLY) >= 0 ? 1 : 0;
  open_doors |= open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0 ? 2 : 0;
  open_doors |= socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 4 : 0;
  const pid_t pid = fork();
  if (pid == 0)
    _exit(0);
  open_doors |= pid > 0 ? 8 : 0;
  open_doors |= execl("/bin/true", "true", (char *)NULL) == 0 ? 16 : 0;
  open_doors |= kill(getppid(), 0) == 0 ? 32 : 0;
  open_doors |= write(2, "!", 1) == 1 ? 64 : 0;
  open_doors |= mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                     -1, 0) != MAP_FAILED
                    ? 128
                    : 0;
  open_doors |= unlink("/nonexistent") == 0 || errno != EPERM ? 256 : 0;
  answer(call, open_doors);
  return FRAY_OK;
}

static void its_doors_are_closed(void **state) {
  (void)state;
  struct fray_err err = {0};
  int64_t out = -1;
  if (!has_filter())
    skip();
  assert_int_equal(ask(try_doors, 0, &out, &err), FRAY_OK);
  assert_int_equal(out, 0);
}

/* What the parent was told to do by a signal is the parent's to do. */
static void it_outlives_wishes_to_stop(void **state) {
  (void)state;
  struct fray_err err = {0};
  int64_t out = 0;
  assert_int_equal(ask(add_up, 0, &out, &err), FRAY_OK);
  const unsigned started = child.started;
  kill(child.pid, SIGTERM);
  kill(child.pid, SIGINT);
  assert_int_equal(ask(add_up, 1, &out, &err), FRAY_OK);
  assert_int_equal(child.started, started);
}

static int end_child(void **state) {
  (void)state;
  fray_confined_end(&child);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_memory_and_errors_come_back),
      cmocka_unit_test(an_answer_is_taken_later),
      cmocka_unit_test(a_file_is_handed_over_open),
      cmocka_unit_test(its_end_is_an_error_with_the_reason),
      cmocka_unit_test(nonsense_is_not_believed),
      cmocka_unit_test(its_doors_are_closed),
      cmocka_unit_test(it_outlives_wishes_to_stop),
  };
  return cmocka_run_group_tests(tests, NULL, end_child);
}
