#include "fray/base/stop.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* All that a handler may touch. */
static volatile sig_atomic_t asked, interrupts;

static void ask(int number) {
  if (!asked)
    asked = number;
  if (number == SIGINT && interrupts++) {
    signal(SIGINT, SIG_DFL); /* someone does not want to wait; taken when the handler returns */
    raise(SIGINT);
  }
}

/* A shell starts jobs in the background with INT ignored; what the caller ignores stays so. */
static bool is_ignored(int number) {
  struct sigaction now;
  return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void fray_stop_catch(void) {
  static const int numbers[] = {SIGUSR1, SIGTERM, SIGINT};
  struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (!is_ignored(numbers[i]))
      sigaction(numbers[i], &action, NULL);
  signal(SIGCONT, SIG_IGN);
}

int fray_stop_asked(void) {
  return asked;
}

void fray_stop_ask(int number) {
  if (!asked)
    asked = number;
}

const char *fray_stop_name(int number) {
  switch (number) {
  case SIGUSR1:
    return "SIGUSR1";
  case SIGUSR2:
    return "SIGUSR2";
  case SIGTERM:
    return "SIGTERM";
  case SIGINT:
    return "SIGINT";
  case SIGALRM:
    return "SIGALRM";
  default:
    return "a signal";
  }
}
