/* Names that shards may hold. */
#include "fray/data/names.h"

#include "fray/base/utf8.h"

#include <string.h>

const char *fray_name_flaw(const char *text) {
  size_t n = strlen(text);
  if (n == 0)
    return "empty";
  if (n > FRAY_MAX_NAME_BYTES)
    return "longer than 1023 bytes";
  /* A line break in a name would forge lines of CSV files and of what a terminal shows. */
  if (fray_utf8_control(text))
    return "broken by a control character";
  return fray_utf8_valid(text, n) < n ? "not UTF-8" : NULL;
}

/* Slashes would make groups of HDF5, blanks would break keys such as data.features.NAME. */
bool fray_name_is_plain(const char *name) {
  size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
  return n > 0 && n <= FRAY_MAX_PLAIN_NAME && name[n] == '\0';
}
