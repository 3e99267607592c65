/* Messages on stderr, of one rank, and what commands print on stdout. Everything passes
 * fray_text_safe on its way, since names and texts come from data; what could not be printed is
 * remembered and told at the end by the exit code. */
#include "fray/base/log.h"

#include "fray/base/text.h"

#include <errno.h>
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

/* Since some moment in the past: for differences only. */
double fray_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A message must not be written behind half a line. */
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
  /* Names from data may hold control characters, which would steer the terminal. */
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

/* errno of the first write that failed, since a stream forgets the reason. */
static int print_reason;

void fray_print(const char *format, ...) {
  struct fray_text words = {0}, safe = {0};
  va_list args;
  va_start(args, format);
  fray_text_vprintf(&words, format, args);
  va_end(args);
  fray_text_safe(&safe, words.data ? words.data : "", true);
  /* A table of which a part is missing must not look whole: a failed allocation is remembered like
   * a full disk. */
  const bool lost = words.failed || safe.failed;
  errno = ENOMEM;
  if ((lost || (safe.size && fwrite(safe.data, 1, safe.size, stdout) != safe.size)) &&
      !print_reason)
    print_reason = errno;
  fray_text_free(&words);
  fray_text_free(&safe);
}

enum fray_status fray_print_end(struct fray_err *err) {
  /* ferror alone tells of an earlier failure but not of its reason. */
  errno = EIO;
  if ((fflush(stdout) != 0 || ferror(stdout)) && !print_reason)
    print_reason = errno;
  FRAY_CHECK(!print_reason, err, IO, "cannot write to the standard output: %s",
             strerror(print_reason));
  return FRAY_OK;
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
  /* The first line always shows: a short run says something, too. */
  if (log_state.any && now - log_state.last < (terminal ? 0.1 : interval))
    return;
  log_state.any = true;
  log_state.last = now;
  char words[256], text[256];
  struct fray_text safe = {0};
  va_list args;
  va_start(args, format);
  vsnprintf(words, sizeof words, format, args);
  va_end(args);
  fray_text_safe(&safe, words, false);
  snprintf(text, sizeof text, "%s", safe.data && !safe.failed ? safe.data : "");
  fray_text_free(&safe);
  if (!terminal) {
    fprintf(stderr, "%s\n", text);
    return;
  }
  cut(text);
  fprintf(stderr, "\r%s\033[K", text);
  fflush(stderr);
  log_state.live = true;
}
