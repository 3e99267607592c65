/* UTF-8 without trust: overlong forms, surrogates and cut characters are no characters (RFC
 * 3629). */
#include "fray/base/utf8.h"

/* What the first byte promises: bytes in all, and the range of the second one, which rules out
 * overlong forms, surrogates and all above U+10FFFF. bytes is 0 for what cannot begin a character.
 */
struct promise {
  unsigned bytes, low, high;
};

/* C0 and C1 could only begin overlong forms, F5 and above only what lies beyond Unicode. */
static struct promise promise_of(unsigned first) {
  unsigned bytes = first < 0x80    ? 1
                   : first < 0xc2  ? 0
                   : first < 0xe0  ? 2
                   : first < 0xf0  ? 3
                   : first <= 0xf4 ? 4
                                   : 0;
  unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  return (struct promise){bytes, low, high};
}

size_t fray_utf8_read(const char *text, size_t size, uint32_t *code) {
  const unsigned char *p = (const unsigned char *)text;
  struct promise promise = promise_of(p[0]);
  uint32_t value = promise.bytes == 1 ? p[0] : p[0] & (0x7fu >> promise.bytes);
  *code = FRAY_UTF8_BAD;
  if (promise.bytes == 0)
    return 1;
  for (size_t i = 1; i < promise.bytes; i++) {
    /* What did not fit is not skipped: it may begin the next character (Unicode, maximal
     * subparts). */
    if (i >= size || p[i] < promise.low || p[i] > promise.high)
      return i;
    value = value << 6 | (p[i] & 0x3fu);
    /* Only the second byte has a narrower range. */
    promise.low = 0x80;
    promise.high = 0xbf;
  }
  *code = value;
  return promise.bytes;
}

size_t fray_utf8_length(const char *text, size_t size) {
  uint32_t code;
  size_t n = fray_utf8_read(text, size, &code);
  return code == FRAY_UTF8_BAD ? 0 : n;
}

/* How far a text is good, so that a message can name the byte. */
size_t fray_utf8_valid(const char *text, size_t size) {
  size_t at = 0;
  for (size_t n = 1; n > 0 && at < size; at += n)
    n = fray_utf8_length(text + at, size - at);
  return at;
}

/* From the last byte to the first, six bits each; the first takes what is left. */
size_t fray_utf8_write(uint32_t code, char out[FRAY_UTF8_MAX]) {
  size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = n; i-- > 1; code >>= 6)
    out[i] = (char)(0x80 | (code & 0x3f));
  out[0] = (char)(first[n] | code);
  return n;
}

bool fray_utf8_controls(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

const char *fray_utf8_control(const char *text) {
  uint32_t code;
  for (size_t n; *text; text += n) {
    n = fray_utf8_read(text, SIZE_MAX, &code);
    if (fray_utf8_controls(code))
      return text;
  }
  return NULL;
}

/* Embeddings and overrides, and isolates; the marks, which turn nothing but themselves, stay. */
bool fray_utf8_turns(uint32_t code) {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}
