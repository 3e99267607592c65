/* Names that shards may hold. */
#include "fray/data/names.h"

#include "index.h"

#include <string.h>

/* Length of the valid UTF-8 character at p, of which n bytes are there, or 0. */
static size_t character(const unsigned char *p, size_t n) {
  unsigned char low = 0x80, high = 0xbf; /* of the second byte */
  size_t length = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
  if (length == 1)
    return 1;
  if (p[0] < 0xc2 || p[0] > 0xf4 || n < length)
    return 0;
  if (p[0] == 0xe0) /* shorter forms exist */
    low = 0xa0;
  if (p[0] == 0xed) /* surrogates */
    high = 0x9f;
  if (p[0] == 0xf0)
    low = 0x90;
  if (p[0] == 0xf4) /* above U+10FFFF */
    high = 0x8f;
  if (p[1] < low || p[1] > high)
    return 0;
  for (size_t i = 2; i < length; i++)
    if (p[i] < 0x80 || p[i] > 0xbf)
      return 0;
  return length;
}

size_t fray_utf8_valid(const char *text, size_t size) {
  size_t at = 0;
  while (at < size) {
    size_t n = character((const unsigned char *)text + at, size - at);
    if (n == 0)
      break;
    at += n;
  }
  return at;
}

const char *fray_name_flaw(const char *text) {
  size_t n = strlen(text);
  if (n == 0)
    return "empty";
  if (n > FRAY_MAX_NAME_BYTES)
    return "longer than 1023 bytes";
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)text[i] < ' ' || text[i] == 127)
      return "with a control character";
  return fray_utf8_valid(text, n) < n ? "not UTF-8" : NULL;
}

bool name_is_plain(const char *name) {
  size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
  return n > 0 && n <= MAX_NAME && name[n] == '\0';
}
