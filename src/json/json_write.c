/* Values as JSON text, one by one: what fray writes is small and flat, and needs no tree. Control
 * characters are escaped even where JSON would allow them, for lines that end on a terminal. */
#include "fray/base/utf8.h"
#include "fray/json/json.h"

#include <math.h>

static bool turns(const unsigned char *p, size_t n) {
  uint32_t code;
  return n == 3 && fray_utf8_read((const char *)p, n, &code) == n && fray_utf8_turns(code);
}

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
    else if (turns(p, n)) /* printing would make a question mark of it */
      fray_text_printf(out, "\\u%04x", (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu));
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

/* Outer levels have a line for each member, so that people can read a document as well; deeper ones
 * stand in one line, or a table of scores would fill screens. */
enum { LINES = 4 };
static void put_break(const struct fray_json_writer *w) {
  if (w->depth > 0 && w->depth <= LINES)
    fray_text_printf(w->text, "\n%*s", 2 * (int)w->depth, "");
}

/* In front of every value. */
static void next_member(struct fray_json_writer *w, const char *key) {
  if (w->follows)
    fray_text_puts(w->text, w->depth > LINES ? ", " : ",");
  put_break(w);
  w->follows = true;
  if (!key)
    return;
  fray_json_put_text(w->text, key);
  fray_text_puts(w->text, ": ");
}

/* The document itself is opened without a key at depth 0, where nothing stands before it and no
 * line is broken. */
void fray_json_open(struct fray_json_writer *w, const char *key, bool is_array) {
  next_member(w, key);
  fray_text_puts(w->text, is_array ? "[" : "{");
  w->depth++;
  w->follows = false;
}

/* An empty one is "[]". Whatever was closed is something that stands before the next member. */
void fray_json_close(struct fray_json_writer *w, bool is_array) {
  const bool was_empty = !w->follows;
  const unsigned inner = w->depth--;
  if (!was_empty && inner <= LINES)
    fray_text_printf(w->text, "\n%*s", 2 * (int)w->depth, "");
  fray_text_puts(w->text, is_array ? "]" : "}");
  w->follows = true;
  if (w->depth == 0)
    fray_text_puts(w->text, "\n");
}

/* A text that is not there and one that is empty are two things to a reader: NULL is null. */
void fray_json_member_text(struct fray_json_writer *w, const char *key, const char *text) {
  next_member(w, key);
  if (text)
    fray_json_put_text(w->text, text);
  else
    fray_text_puts(w->text, "null");
}

void fray_json_member_real(struct fray_json_writer *w, const char *key, double value) {
  next_member(w, key);
  fray_json_put_real(w->text, value);
}

void fray_json_member_count(struct fray_json_writer *w, const char *key, uint64_t value) {
  next_member(w, key);
  fray_text_printf(w->text, "%llu", (unsigned long long)value);
}

/* Not 0 and 1: a reader with types would take those for numbers. */
void fray_json_member_bool(struct fray_json_writer *w, const char *key, bool value) {
  next_member(w, key);
  fray_text_puts(w->text, value ? "true" : "false");
}

void fray_json_member_null(struct fray_json_writer *w, const char *key) {
  next_member(w, key);
  fray_text_puts(w->text, "null");
}
