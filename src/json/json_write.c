/* Values as JSON text, one by one: what fray writes is small and flat, and needs no tree. Control
 * characters are escaped even where JSON would allow them, for lines that end on a terminal. */
#include "fray/base/utf8.h"
#include "fray/json/json.h"

#include <math.h>

/* What is no UTF-8 becomes U+FFFD: a reader of JSON would refuse the whole document. */
void fray_json_put_text(struct fray_text *out, const char *text) {
  fray_text_puts(out, "\"");
  for (const unsigned char *p = (const unsigned char *)text; *p;) {
    size_t n = fray_utf8_length((const char *)p, SIZE_MAX);
    if (n == 0)
      fray_text_puts(out, "\\ufffd"); /* a byte that is no text */
    else if (*p == '"' || *p == '\\')
      fray_text_printf(out, "\\%c", *p);
    else if (*p < 0x20 || *p == 0x7f)
      fray_text_printf(out, "\\u%04x", *p);
    else if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0) /* control characters too, to a terminal */
      fray_text_printf(out, "\\u%04x", p[1]);
    else
      fray_text_add(out, (const char *)p, n);
    p += n ? n : 1;
  }
  fray_text_puts(out, "\"");
}

/* JSON knows no NaN and no infinity; null says that there is no value. */
void fray_json_put_real(struct fray_text *out, double value) {
  char text[32];
  if (isfinite(value))
    fray_format_double(value, text);
  fray_text_puts(out, isfinite(value) ? text : "null");
}

/* A comma goes in front: the first entry of an object is written by its maker. */
static void add_key(struct fray_text *out, const char *key) {
  fray_text_puts(out, ", ");
  fray_json_put_text(out, key);
  fray_text_puts(out, ": ");
}

void fray_json_add_text(struct fray_text *out, const char *key, const char *text) {
  add_key(out, key);
  fray_json_put_text(out, text);
}

void fray_json_add_real(struct fray_text *out, const char *key, double value) {
  add_key(out, key);
  fray_json_put_real(out, value);
}

/* Whole numbers as such: a double would round beyond 2^53. */
void fray_json_add_count(struct fray_text *out, const char *key, uint64_t value) {
  add_key(out, key);
  fray_text_printf(out, "%llu", (unsigned long long)value);
}
