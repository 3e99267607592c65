/* Escaping for HTML, and numbers with as many digits as they deserve. */
#include "markup.h"

#include "fray/base/utf8.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What turns around the text behind it, which a name has no business to do (letters that are
 * written from right to left need none of it); controls of two bytes, which terminals obey; and the
 * two that are no characters, which XML does not allow. */
bool fray_rep_is_unfit(const char *p, size_t n) {
  uint32_t code;
  if (n < 2 || fray_utf8_read(p, n, &code) != n)
    return false;
  return fray_utf8_turns(code) || fray_utf8_controls(code) || code == 0xfffe || code == 0xffff;
}

/* One character of n bytes, n 0: a byte that is not UTF-8. The escapes hold in text, in attributes
 * in either quotes and in SVG, so that nobody has to choose. Control characters are replaced, not
 * escaped: XML allows none of them, not even as a reference, and one would make the SVG files
 * unreadable. */
static void put_character(struct fray_text *out, const char *p, size_t n) {
  unsigned char c = (unsigned char)*p;
  if (c == '&')
    fray_text_puts(out, "&amp;");
  else if (c == '<')
    fray_text_puts(out, "&lt;");
  else if (c == '>')
    fray_text_puts(out, "&gt;");
  else if (c == '"')
    fray_text_puts(out, "&quot;");
  else if (c == '\'')
    fray_text_puts(out, "&#39;");
  else if (n == 0 || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || fray_rep_is_unfit(p, n))
    fray_text_puts(out, "\ufffd");
  else
    fray_text_add(out, p, n);
}

/* SIZE_MAX as the size is safe since the text ends with a NUL. */
void fray_rep_html(struct fray_text *out, const char *text) {
  for (size_t step; *text; text += step ? step : 1) {
    step = fray_utf8_length(text, SIZE_MAX);
    put_character(out, text, step);
  }
}

/* An ill-formed byte is one step and one code point, as it is shown as one U+FFFD. */
size_t fray_rep_length(const char *text) {
  size_t n = 0;
  for (size_t step; *text; text += step ? step : 1, n++)
    step = fray_utf8_length(text, SIZE_MAX);
  return n;
}

/* A minus sign as wide as a plus; "-0.0" is 0. The minus of an exponent is turned as well. Numbers
 * come from printf in the C locale, so nothing else can stand in them. */
static void put_signed(struct fray_text *out, const char *number) {
  bool zero = number[strspn(number, "-0.")] == '\0';
  if (*number == '-')
    number++, fray_text_puts(out, zero ? "" : "\u2212");
  const char *exponent = strstr(number, "e-");
  if (!exponent) {
    fray_text_puts(out, number);
    return;
  }
  fray_text_add(out, number, (size_t)(exponent - number) + 1);
  fray_text_puts(out, "\u2212");
  fray_text_puts(out, exponent + 2);
}

void fray_rep_put_score(struct fray_text *out, double value, bool percent) {
  /* The largest double has 309 digits before its point. A percent that overflows is "inf". */
  char number[400];
  if (isnan(value)) {
    fray_text_puts(out, "\u2013");
    return;
  }
  snprintf(number, sizeof number, percent ? "%.1f" : "%.3g", percent ? 100 * value : value);
  put_signed(out, number);
}

/* low alone decides: intervals have both ends or none. */
void fray_rep_put_range(struct fray_text *out, double low, double high, bool percent) {
  fray_rep_put_score(out, low, percent);
  if (isnan(low))
    return;
  fray_text_puts(out, " to ");
  fray_rep_put_score(out, high, percent);
}

void fray_rep_put_number(struct fray_text *out, double value) {
  /* Counts are written in full, which %.3g would give as 1.62e+03. Below 1e15 every whole number is
   * exact in a double and fits into the buffer. */
  if (fabs(value) >= 1000 && fabs(value) < 1e15 && value == floor(value)) {
    char number[32];
    snprintf(number, sizeof number, "%.0f", value);
    put_signed(out, number);
    return;
  }
  fray_rep_put_score(out, value, false);
}
