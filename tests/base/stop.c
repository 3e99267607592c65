/* Requests to stop. Each case runs in a process of its own: signals change the whole process. */
#include "fray/base/stop.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { GOOD = 40 };

/* How a child ends that runs the function: its exit code, or minus the signal that ended it. */
static int ending_of(int (*run)(void)) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0)
    _exit(run());
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int take_all(void) {
  static const int numbers[] = {SIGUSR1, SIGTERM, SIGINT, SIGUSR2, SIGHUP, SIGXCPU};
  fray_stop_catch();
  if (fray_stop_asked())
    return 1;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    raise(SIGCONT);
    raise(numbers[i]);
    if (fray_stop_asked() != SIGUSR1)
      return 2;
  }
  return GOOD;
}

static void the_first_signal_is_told_and_the_process_goes_on(void **state) {
  (void)state;
  assert_int_equal(ending_of(take_all), GOOD);
}

static int uncaught(void) {
  raise(SIGTERM);
  return GOOD;
}

static void before_that_signals_do_what_they_always_did(void **state) {
  (void)state;
  assert_int_equal(ending_of(uncaught), -SIGTERM);
}

static int interrupt_twice(void) {
  fray_stop_catch();
  raise(SIGTERM);
  raise(SIGTERM);
  raise(SIGINT);
  if (fray_stop_asked() != SIGTERM)
    return 1;
  raise(SIGINT);
  return GOOD;
}

static void the_second_interrupt_ends_the_process(void **state) {
  (void)state;
  assert_int_equal(ending_of(interrupt_twice), -SIGINT);
}

/* `timeout` and launchers send it to the process and to its group. */
static int terminate_twice_at_once(void) {
  fray_stop_catch();
  raise(SIGTERM);
  raise(SIGTERM);
  return alarm(0) == 0 && fray_stop_asked() == SIGTERM ? GOOD : 1;
}

static int terminate_again_later(void) {
  fray_stop_catch();
  raise(SIGTERM);
  sleep(5);
  raise(SIGTERM);
  const unsigned left = alarm(0);
  if (left < 1 || left > 10)
    return 1;
  raise(SIGALRM); /* as if those were over */
  return GOOD;
}

static void a_later_term_ends_what_does_not_stop(void **state) {
  (void)state;
  assert_int_equal(ending_of(terminate_twice_at_once), GOOD);
  assert_int_equal(ending_of(terminate_again_later), -SIGTERM);
}

static int write_in_vain(void) {
  int ends[2];
  const struct rlimit none = {0, 0};
  FILE *file = tmpfile();
  fray_stop_as_errors();
  if (pipe(ends) != 0 || close(ends[0]) != 0 || !file || setrlimit(RLIMIT_FSIZE, &none) != 0)
    return 1;
  if (write(ends[1], "x", 1) != -1 || errno != EPIPE)
    return 2;
  return write(fileno(file), "x", 1) == -1 && errno == EFBIG ? GOOD : 3;
}

/* A program that is started finds the signal as it always was. */
static int start_a_writer(void) {
  fray_stop_as_errors();
  execl("/bin/sh", "sh", "-c", "kill -PIPE $$; exit 1", (char *)NULL);
  return 2;
}

static int ignore_pipes(void) {
  struct sigaction now;
  signal(SIGPIPE, SIG_IGN);
  fray_stop_as_errors();
  return sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_IGN ? GOOD : 1;
}

static void writes_that_cannot_be_are_errors(void **state) {
  (void)state;
  assert_int_equal(ending_of(write_in_vain), GOOD);
  assert_int_equal(ending_of(start_a_writer), -SIGPIPE);
  assert_int_equal(ending_of(ignore_pipes), GOOD);
}

static int ignore_interrupts(void) {
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  fray_stop_catch();
  raise(SIGHUP); /* nohup */
  raise(SIGINT);
  raise(SIGINT);
  if (fray_stop_asked())
    return 1;
  raise(SIGTERM);
  return fray_stop_asked() == SIGTERM ? GOOD : 2;
}

static void what_the_caller_ignores_stays_ignored(void **state) {
  (void)state;
  assert_int_equal(ending_of(ignore_interrupts), GOOD);
}

/* A read that waits when the signal comes is not broken off. */
static int read_through_a_signal(void) {
  int ends[2];
  char byte = 0;
  fray_stop_catch();
  if (pipe(ends) != 0)
    return 1;
  const pid_t parent = getpid(), child = fork();
  if (child == 0) {
    for (int i = 0; i < 20; i++) { /* some of them while it waits */
      kill(parent, SIGUSR1);
      usleep(2000);
    }
    _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
  }
  const ssize_t n = read(ends[0], &byte, 1);
  waitpid(child, NULL, 0);
  return n == 1 && byte == 'x' && fray_stop_asked() == SIGUSR1 ? GOOD : 2;
}

static void waiting_calls_go_on(void **state) {
  (void)state;
  assert_int_equal(ending_of(read_through_a_signal), GOOD);
}

static int ask(void) {
  fray_stop_ask(SIGALRM);
  fray_stop_ask(SIGTERM);
  return fray_stop_asked() == SIGALRM ? GOOD : 1;
}

static void asking_without_a_signal(void **state) {
  (void)state;
  assert_int_equal(ending_of(ask), GOOD);
  assert_int_equal(fray_stop_asked(), 0);
}

static void names(void **state) {
  (void)state;
  assert_string_equal(fray_stop_name(SIGTERM), "SIGTERM");
  assert_string_equal(fray_stop_name(SIGUSR1), "SIGUSR1");
  assert_string_equal(fray_stop_name(SIGINT), "SIGINT");
  assert_string_equal(fray_stop_name(SIGHUP), "SIGHUP");
  assert_string_equal(fray_stop_name(SIGUSR2), "SIGUSR2");
  assert_string_equal(fray_stop_name(SIGXCPU), "SIGXCPU");
  assert_string_equal(fray_stop_name(0), "a signal");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_signal_is_told_and_the_process_goes_on),
      cmocka_unit_test(before_that_signals_do_what_they_always_did),
      cmocka_unit_test(the_second_interrupt_ends_the_process),
      cmocka_unit_test(a_later_term_ends_what_does_not_stop),
      cmocka_unit_test(writes_that_cannot_be_are_errors),
      cmocka_unit_test(what_the_caller_ignores_stays_ignored),
      cmocka_unit_test(waiting_calls_go_on),
      cmocka_unit_test(asking_without_a_signal),
      cmocka_unit_test(names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
