/* Messages on stderr, of one rank, and what commands print on stdout. Everything passes
 * fray_text_safe on its way, since names and texts come from data; what could not be printed is
 * remembered and told at the end by the exit code. */
#include "fray/base/log.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static struct {
  enum fray_progress_style style;
  bool silent, quiet, live; /* live: an unfinished line stands on the terminal */
  double last;              /* time of the last plain line */
  bool any;
} log_state;

void fray_log_speaker(bool speaks) {
  log_state.silent = !speaks;
}

bool fray_log_speaks(void) {
  return !log_state.silent;
}

/* Since some moment in the past: for differences only. A clock that was to go on alone steps back
 * on some virtual machines; then it stands still here for that time, so that no span is negative
 * and no wait becomes longer by the step. */
double fray_seconds(void) {
  static _Thread_local double last, lost;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const double seconds = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec + lost;
  if (seconds < last) {
    lost += last - seconds;
    return last;
  }
  return last = seconds;
}

/* A message must not be written behind half a line. */
void fray_progress_end(void) {
  if (log_state.live && !log_state.silent)
    fputc('\n', stderr);
  log_state.live = false;
}

/* COLUMNS first, as POSIX has it: a person's own wish, and the only way to tell ranks, whose
 * terminal mpirun hides. What is no sensible number is passed over, since shells export all sorts
 * of things. */
size_t fray_columns_of(int file) {
  enum { LEAST = 20, MOST = 1000, USUAL = 80 };
  const char *said = getenv("COLUMNS");
  char *end;
  struct winsize size = {0};
  const long wanted = said ? strtol(said, &end, 10) : 0;
  if (said && *said && *end == '\0' && wanted >= LEAST && wanted <= MOST)
    return (size_t)wanted;
  if (isatty(file) && ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return FRAY_MIN(FRAY_MAX((size_t)size.ws_col, (size_t)LEAST), (size_t)MOST);
  return USUAL;
}

/* Characters from Hangul on may be wide. Too many columns leave a little room unused; too few would
 * wrap a live line, which then cannot be rewritten. */
static size_t width_of(const char *p, size_t *size) {
  enum { FIRST_WIDE = 0x1100, FIRST_SYMBOL = 0x2000, FIRST_CJK = 0x2e80 };
  uint32_t code;
  *size = fray_utf8_read(p, SIZE_MAX, &code);
  return (code >= FIRST_CJK && code != FRAY_UTF8_BAD) || (code >= FIRST_WIDE && code < FIRST_SYMBOL)
             ? 2
             : 1;
}

size_t fray_columns_at_most(const char *text) {
  size_t columns = 0, size;
  for (; *text; text += size)
    columns += width_of(text, &size);
  return columns;
}

/* One line, filled at words: lines of a paragraph behind the first are indented, so that it can be
 * told where the next message begins. */
static void put_filled(struct fray_text *out, const char *words, size_t width) {
  enum { INDENT = 2 };
  struct fray_text text = {0};
  if (fray_columns_at_most(words) <= width) {
    fray_text_puts(out, words);
    return;
  }
  /* Filled from the indent on and cut there, as the first line is to begin at the edge. */
  fray_text_wrap(&text, words, INDENT, width);
  const size_t blanks = strspn(words, " ");
  fray_text_printf(out, "%*s%s", (int)FRAY_MIN(blanks, (size_t)INDENT), "",
                   text.data ? text.data : "");
  out->failed |= text.failed;
  fray_text_free(&text);
}

/* What stands behind a line feed: it may have come with a name, which shall not look like another
 * message. */
static void hang(struct fray_text *out, const char *words) {
  for (; *words; words++) {
    fray_text_add(out, words, 1);
    if (*words == '\n' && !strchr(" \n", words[1]))
      fray_text_puts(out, "  ");
  }
}

/* Names from data may hold control characters, which would steer the terminal. Only a terminal gets
 * its lines filled: in a file a message stays one line, for programs that search. */
__attribute__((format(printf, 3, 0))) static void line(const char *prefix, bool hangs,
                                                       const char *format, va_list args) {
  struct fray_text words = {0}, hung = {0}, safe = {0}, filled = {0};
  if (log_state.silent)
    return;
  fray_progress_end();
  fray_text_puts(&words, prefix);
  fray_text_vprintf(&words, format, args);
  if (hangs && words.data)
    hang(&hung, words.data);
  fray_text_safe(&safe, hung.data ? hung.data : words.data ? words.data : "", true);
  const bool fills = isatty(STDERR_FILENO);
  for (char *p = safe.data, *end; fills && p; p = end) {
    end = strchr(p, '\n');
    if (end)
      *end++ = '\0';
    put_filled(&filled, p, fray_columns_of(STDERR_FILENO));
    fray_text_puts(&filled, end ? "\n" : "");
  }
  const bool failed = words.failed || hung.failed || safe.failed || filled.failed;
  const char *text = fills ? filled.data : safe.data;
  fprintf(stderr, "%s\n", failed ? "out of memory" : text ? text : "");
  fray_text_free(&words);
  fray_text_free(&hung);
  fray_text_free(&safe);
  fray_text_free(&filled);
}

void fray_log_quiet(bool quiet) {
  log_state.quiet = quiet;
}

void fray_warn(const char *format, ...) {
  va_list args;
  va_start(args, format);
  line("fray: warning: ", true, format, args);
  va_end(args);
}

void fray_note(const char *format, ...) {
  va_list args;
  va_start(args, format);
  if (!log_state.quiet)
    line("", false, format, args);
  va_end(args);
}

void fray_complain(const char *format, ...) {
  va_list args;
  va_start(args, format);
  line("", true, format, args);
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

/* A reader that has gone (`| head`) has what it wanted: that is no failure, whatever else the
 * command does goes on, and its exit code is its own. */
enum fray_status fray_print_end(struct fray_err *err) {
  /* ferror alone tells of an earlier failure but not of its reason. */
  errno = EIO;
  if ((fflush(stdout) != 0 || ferror(stdout)) && !print_reason)
    print_reason = errno;
  FRAY_CHECK(!print_reason || print_reason == EPIPE, err, IO,
             "cannot write to the standard output: %s", strerror(print_reason));
  return FRAY_OK;
}

void fray_progress_show(enum fray_progress_style style) {
  log_state.style = style;
}

/* One line, never wrapped; what has no room is left out field by field, since half a number would
 * be a wrong one. A first field without room is cut where lines are rewritten: it is that or a
 * broken line. */
static void cut(char *text, size_t columns, bool is_rewritten) {
  size_t at = 0, used = 0, field = 0, size;
  for (; text[at]; at += size) {
    const size_t width = width_of(text + at, &size);
    if (strncmp(text + at, "  ", 2) == 0 && (at == 0 || text[at - 1] != ' '))
      field = at;
    if (used + width > columns)
      break;
    used += width;
  }
  if (text[at] && field)
    text[field] = '\0';
  else if (text[at] && is_rewritten)
    text[at] = '\0';
}

/* Under mpirun a rank's stderr is a pipe; mpirun forwards it, so a terminal is seen only by a
 * single process. Several ranks therefore get plain lines. */
void fray_progress(double interval, const char *format, ...) {
  if (log_state.silent || log_state.quiet)
    return;
  bool terminal = log_state.style == FRAY_PROGRESS_LIVE ||
                  (log_state.style == FRAY_PROGRESS_AUTO && isatty(STDERR_FILENO));
  double now = fray_seconds();
  /* The first line always shows: a short run says something, too. */
  if (log_state.any && now - log_state.last < (terminal ? 0.1 : interval))
    return;
  log_state.any = true;
  log_state.last = now;
  char words[512], text[512];
  struct fray_text safe = {0};
  va_list args;
  va_start(args, format);
  vsnprintf(words, sizeof words, format, args);
  va_end(args);
  fray_text_safe(&safe, words, false);
  snprintf(text, sizeof text, "%s", safe.data && !safe.failed ? safe.data : "");
  fray_text_free(&safe);
  /* A character in the last column makes some terminals begin a new line. */
  cut(text, fray_columns_of(STDERR_FILENO) - terminal, terminal);
  if (!terminal) {
    fprintf(stderr, "%s\n", text);
    return;
  }
  fprintf(stderr, "\r%s\033[K", text);
  fflush(stderr);
  log_state.live = true;
}
