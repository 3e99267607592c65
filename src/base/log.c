#include "fray/base/log.h"

#include "fray/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
  enum fray_progress_style style;
  bool silent, live; /* live: an unfinished line stands on the terminal */
  double last;       /* time of the last plain line */
  bool any;
} log_state;

void fray_log_speaker(bool speaks) {
  log_state.silent = !speaks;
}

bool fray_log_speaks(void) {
  return !log_state.silent;
}

double fray_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void fray_progress_end(void) {
  if (log_state.live && !log_state.silent)
    fputc('\n', stderr);
  log_state.live = false;
}

static void line(const char *prefix, const char *format, va_list args) {
  struct fray_text words = {0}, safe = {0};
  if (log_state.silent)
    return;
  fray_progress_end();
  fray_text_vprintf(&words, format, args);
  fray_text_safe(&safe, words.data ? words.data : "", true);
  fprintf(stderr, "%s%s\n", prefix,
          safe.failed || words.failed ? "out of memory"
          : safe.data                 ? safe.data
                                      : "");
  fray_text_free(&words);
  fray_text_free(&safe);
}

void fray_warn(const char *format, ...) {
  va_list args;
  va_start(args, format);
  line("fray: warning: ", format, args);
  va_end(args);
}

void fray_note(const char *format, ...) {
  va_list args;
  va_start(args, format);
  line("", format, args);
  va_end(args);
}

void fray_progress_show(enum fray_progress_style style) {
  log_state.style = style;
}

/* One line of 80 columns, never wrapped; what has no room is left out field by field, since half a
 * number would be a wrong one. */
static void cut(char *text) {
  enum { COLUMNS = 79 };
  if (strlen(text) <= COLUMNS)
    return;
  size_t end = COLUMNS;
  while (end > 0 && strncmp(text + end, "  ", 2) != 0)
    end--;
  text[end ? end : COLUMNS] = '\0';
}

/* Under mpirun a rank's stderr is a pipe; mpirun forwards it, so a terminal is seen only by a
 * single process. Several ranks therefore get plain lines. */
void fray_progress(double interval, const char *format, ...) {
  if (log_state.silent)
    return;
  bool terminal = log_state.style == FRAY_PROGRESS_LIVE ||
                  (log_state.style == FRAY_PROGRESS_AUTO && isatty(STDERR_FILENO));
  double now = fray_seconds();
  if (log_state.any && now - log_state.last < (terminal ? 0.1 : interval))
    return;
  log_state.any = true;
  log_state.last = now;
  char text[256];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (!terminal) {
    fprintf(stderr, "%s\n", text);
    return;
  }
  cut(text);
  fprintf(stderr, "\r%s\033[K", text);
  fflush(stderr);
  log_state.live = true;
}
