#include "fray/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FRAY_STATUS_TEXT(name, text) text,
static const char *const texts[] = {FRAY_STATUSES(FRAY_STATUS_TEXT)};

const char *fray_status_text(enum fray_status status) {
  return (unsigned)status < FRAY_STATUS_COUNT ? texts[status] : "unknown status";
}

enum fray_status fray_fail(struct fray_err *err, enum fray_status status, const char *format, ...) {
  if (err) {
    va_list args;
    va_start(args, format);
    err->status = status;
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
  }
  return status;
}

enum fray_status fray_at(struct fray_err *err, const char *format, ...) {
  if (!err)
    return FRAY_INTERNAL;
  char old[sizeof err->text];
  memcpy(old, err->text, sizeof old);
  va_list args;
  va_start(args, format);
  int n = vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= sizeof err->text)
    n = (int)sizeof err->text - 1;
  /* Copied by hand: a text cut at the buffer's end is what is wanted, not a warning. */
  size_t room = sizeof err->text - 1 - (size_t)n, length = strlen(old);
  if (room > 2) {
    memcpy(err->text + n, ": ", 2);
    length = length < room - 2 ? length : room - 2;
    memcpy(err->text + n + 2, old, length);
    err->text[(size_t)n + 2 + length] = '\0';
  }
  return err->status;
}
