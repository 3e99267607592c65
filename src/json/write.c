#include "fray/json/json.h"

#include <math.h>

/* Length of the valid UTF-8 character at p, or 0 (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *p) {
  if (p[0] < 0x80)
    return 1;
  size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
  if (p[0] < 0xC2 || p[0] > 0xF4)
    return 0;
  unsigned low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
  unsigned high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
  if (p[1] < low || p[1] > high)
    return 0;
  for (size_t i = 2; i < n; i++)
    if ((p[i] & 0xC0) != 0x80)
      return 0;
  return n;
}

void fray_json_put_text(struct fray_text *out, const char *text) {
  fray_text_puts(out, "\"");
  for (const unsigned char *p = (const unsigned char *)text; *p;) {
    size_t n = utf8_length(p);
    if (n == 0)
      fray_text_puts(out, "\\ufffd"); /* a byte that is no text */
    else if (*p == '"' || *p == '\\')
      fray_text_printf(out, "\\%c", *p);
    else if (*p < 0x20)
      fray_text_printf(out, "\\u%04x", *p);
    else
      fray_text_add(out, (const char *)p, n);
    p += n ? n : 1;
  }
  fray_text_puts(out, "\"");
}

void fray_json_put_real(struct fray_text *out, double value) {
  char text[32];
  if (isfinite(value))
    fray_format_double(value, text);
  fray_text_puts(out, isfinite(value) ? text : "null");
}
