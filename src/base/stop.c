/* Signals: those that ask for a stop raise a flag, those that tell of a failed write become errors.
 * A run ends at the end of a round, with a checkpoint; handlers do no more than set numbers and, at
 * the very last, end the process. */
#include "fray/base/stop.h"

#include "fray/base/size.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

/* All that a handler may touch. */
static volatile sig_atomic_t asked, interrupts, terminated_at;

/* Batch systems, launchers and `timeout` send TERM more than once within moments. */
enum { SAME_WISH = 5, LAST_RESPITE = 10 }; /* seconds */

/* A wall clock could be set back; clock_gettime may be called in a handler. */
static int seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int)now.tv_sec;
}

/* Taken when the handler returns. */
static void end_by(int number) {
  signal(number, SIG_DFL);
  raise(number);
}

/* No stream may be touched here: the signal may have come within printf. */
static void end_at_last(int number) {
  static const char text[] = "fray: does not come to the end of its round; ended by SIGTERM\n";
  (void)number;
  (void)!write(STDERR_FILENO, text, sizeof text - 1);
  end_by(SIGTERM);
}

/* Who sends TERM again, after some time, does not see the end of a round: the process may hang in a
 * library. It has the time to write what it is writing. */
static void terminate(void) {
  if (!terminated_at)
    terminated_at = seconds_now() + 1; /* never 0 */
  else if (seconds_now() + 1 - terminated_at >= SAME_WISH)
    alarm(LAST_RESPITE);
}

/* The first one names the reason of the stop; those that follow only hurry. */
static void ask(int number) {
  if (!asked)
    asked = number;
  if (number == SIGTERM)
    terminate();
  else if (number == SIGINT && interrupts++)
    end_by(SIGINT); /* someone does not want to wait */
}

/* A shell starts jobs in the background with INT ignored, nohup with HUP; what the caller ignores
 * stays so. */
static void handle(int number, void (*handler)(int)) {
  struct sigaction now, action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
    sigaction(number, &action, NULL);
}

void fray_stop_catch(void) {
  static const int numbers[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP, SIGXCPU};
  for (size_t i = 0; i < FRAY_COUNT(numbers); i++)
    handle(numbers[i], ask);
  /* The respite of terminate ends here. CONT comes with TERM from some batch systems and says
   * nothing. */
  handle(SIGALRM, end_at_last);
  signal(SIGCONT, SIG_IGN);
}

static void do_nothing(int number) {
  (void)number;
}

/* Handled, not ignored: programs that are started from here find both as they always are. */
void fray_stop_as_errors(void) {
  handle(SIGPIPE, do_nothing);
  handle(SIGXFSZ, do_nothing);
}

int fray_stop_asked(void) {
  return asked;
}

void fray_stop_ask(int number) {
  if (!asked)
    asked = number;
}

/* strsignal would answer in the language of the user, and in words. */
const char *fray_stop_name(int number) {
  static const struct {
    int number;
    const char *name;
  } names[] = {{SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"}, {SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"},
               {SIGHUP, "SIGHUP"},   {SIGXCPU, "SIGXCPU"}, {SIGALRM, "SIGALRM"}};
  for (size_t i = 0; i < FRAY_COUNT(names); i++)
    if (names[i].number == number)
      return names[i].name;
  return "a signal";
}
