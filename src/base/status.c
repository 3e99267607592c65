/* Errors: their texts, recorded where they happen and extended with places on the way up. An error
 * is a value: nothing here prints or ends the program. */
#include "fray/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FRAY_STATUS_TEXT(name, text) text,
/* From the same list as the enum, so that no status lacks its words. */
static const char *const texts[] = {FRAY_STATUSES(FRAY_STATUS_TEXT)};

const char *fray_status_text(enum fray_status status) {
  /* A status may come from another rank, as a number. */
  return (unsigned)status < FRAY_STATUS_COUNT ? texts[status] : "unknown status";
}

/* The status comes back, so that failing is one line: return fray_fail(...). */
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
  /* The text goes behind what is put before it, so it cannot be extended in place. */
  char old[sizeof err->text];
  memcpy(old, err->text, sizeof old);
  va_list args;
  va_start(args, format);
  int n = vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  /* Places are short; where one is not, what happened gives way to where it did. */
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
