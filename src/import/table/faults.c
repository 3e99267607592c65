/* Many faults, one message: how many there are of how many, and the first of them in words. Ten
 * thousand rows cannot be mended one message at a time. Warnings are wrapped here as well. */
#include "faults.h"

#include "fray/base/log.h"
#include "fray/base/size.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void fray_faults_add(struct faults *f, const char *text) {
  /* Counted beyond what is kept: a million missing files are one number. */
  if (f->n < FAULTS_SHOWN) {
    fray_text_puts(&f->list, text);
    fray_text_add(&f->list, "", 1); /* a NUL behind each */
  }
  f->n++;
}

/* As many as fit in one message, each whole; the first in any case, cut if need be. */
static void join(const struct faults *f, size_t shown, char *out, size_t room) {
  const char *text = f->list.data;
  size_t used = 0, k = 0;
  const size_t most = room - sizeof "; ... and 18446744073709551615 more";
  for (; k < shown && (k == 0 || used + 2 + strlen(text) < most); k++, text += strlen(text) + 1)
    used += (size_t)snprintf(out + used, room - used, "%s%.*s", k ? "; " : "", (int)most, text);
  /* Names that did not fit are counted, so that "3 of 9" adds up. */
  if (k < f->n)
    snprintf(out + used, room - used, "; ... and %zu more", f->n - k);
}

enum fray_status fray_faults_fail(struct faults *f, const char *what, const char *hint,
                                  struct fray_err *err) {
  /* A few fit into the message, which scripts see; many are a list, which people read. */
  enum { IN_MESSAGE = 5 };
  char list[1200];
  size_t shown = FRAY_MIN(f->n, (size_t)FAULTS_SHOWN), n = f->n;
  size_t in_message = n > IN_MESSAGE ? 1 : n; /* the others stand above it */
  bool failed = f->list.failed;
  if (n && !failed) {
    const char *text = f->list.data;
    if (n > IN_MESSAGE)
      for (size_t k = 0; k < shown; k++, text += strlen(text) + 1)
        fray_note("  %s", text);
    if (n > shown)
      fray_note("  ... and %zu more", n - shown);
    join(f, in_message, list, sizeof list);
  }
  fray_text_free(&f->list);
  FRAY_CHECK(!failed, err, MEMORY, "out of memory");
  if (n == 0)
    return FRAY_OK;
  if (n == 1)
    return fray_fail(err, FRAY_INPUT, "%s%s", list, hint);
  return fray_fail(err, FRAY_INPUT, "%zu of %zu %s: %s%s", n, f->of, what, list, hint);
}

/* Looked through: there are but a few, and most rows repeat the first. */
void fray_unknown_add(struct unknown *u, const char *text) {
  u->n++;
  for (size_t k = 0; k < u->n_seen; k++)
    if (strcmp(u->seen[k].text, text) == 0) {
      u->seen[k].n++;
      return;
    }
  if (u->n_seen == UNKNOWN_SHOWN) {
    u->others++;
    return;
  }
  u->seen[u->n_seen].text = text;
  u->seen[u->n_seen++].n = 1;
}

/* A note, not a warning: `otherwise` asked for it. */
void fray_unknown_say(const struct unknown *u, const char *file, const char *what, bool dropped,
                      size_t rows) {
  struct fray_text list = {0};
  for (size_t k = 0; k < u->n_seen; k++)
    fray_text_printf(&list, "%s\"%.60s\" (%zu)", k ? ", " : "", u->seen[k].text, u->seen[k].n);
  if (u->others)
    fray_text_printf(&list, ", others (%zu)", u->others);
  if (!list.failed)
    fray_note("%s: %s: %zu of %zu rows %s: %s", file, what, u->n, rows,
              dropped ? "left out, since their text is not known" : "keep a text that is not known",
              list.data);
  fray_text_free(&list);
}

void fray_import_warn(const char *names, const char *format, ...) {
  enum { PREFIX = 15, INDENT = 4, WIDTH = 80 }; /* columns of a terminal */
  struct fray_text sentence = {0}, text = {0};
  va_list args;
  va_start(args, format);
  fray_text_vprintf(&sentence, format, args);
  va_end(args);
  fray_text_wrap(&text, sentence.data ? sentence.data : "", PREFIX, WIDTH);
  if (names) {
    fray_text_puts(&text, "\n    ");
    fray_text_wrap(&text, names, INDENT, WIDTH);
  }
  fray_warn("%s", text.failed || sentence.failed ? "out of memory" : text.data);
  fray_text_free(&sentence);
  fray_text_free(&text);
}
