/* Columns of text on a terminal. Tables of names in any script stay straight only where the width
 * of each character is known, and Unicode's tables lie behind this door. */
#include "fray/codec/text_width.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <string.h>
#include <utf8proc.h>

/* Columns of one character, and its bytes. Width 0 is also what the tables say of controls, which
 * fray_text_safe turns into one question mark each. */
static size_t columns_at(const char *p, size_t *size) {
  uint32_t code;
  *size = fray_utf8_read(p, SIZE_MAX, &code);
  if (code == FRAY_UTF8_BAD || code < 0x20 || (code >= 0x7f && code < 0xa0))
    return 1;
  const int width = utf8proc_charwidth((utf8proc_int32_t)code);
  return width < 0 ? 0 : (size_t)width;
}

/* Characters are added one by one: emoji that are joined to one picture count as several, as most
 * terminals draw them. */
size_t fray_columns(const char *text) {
  size_t columns = 0, size;
  for (; *text; text += size)
    columns += columns_at(text, &size);
  return columns;
}

void fray_columns_pad(struct fray_text *out, const char *text, size_t width) {
  fray_text_puts(out, text);
  for (size_t i = fray_columns(text); i < width; i++)
    fray_text_puts(out, " ");
}

void fray_columns_pad_left(struct fray_text *out, const char *text, size_t width) {
  for (size_t i = fray_columns(text); i < width; i++)
    fray_text_puts(out, " ");
  fray_text_puts(out, text);
}

/* Where the next line may begin at the latest: the first blank that is not within "5 %", or behind
 * a wide character, since scripts of such characters have no blanks. Marks stay with what they
 * combine with. */
static size_t piece(const char *words, size_t *columns) {
  size_t at = 0, size, last = 1;
  *columns = 0;
  while (words[at] && (words[at] != ' ' || words[at + 1] == '%')) {
    const size_t width = columns_at(words + at, &size);
    if (at && width > 0 && (width == 2 || last == 2))
      break;
    last = width > 0 ? width : last;
    *columns += width;
    at += size;
  }
  return at;
}

/* The indent is blanks and no tab: columns are counted from the left edge of what is printed. */
static void next_line(struct fray_text *out, size_t indent, size_t *column) {
  fray_text_printf(out, "\n%*s", (int)indent, "");
  *column = indent;
}

/* A piece without blanks; what is longer than a whole line is parted where the line is full. */
static void put_piece(struct fray_text *out, const char *words, size_t bytes, size_t indent,
                      size_t width, size_t *column) {
  for (size_t at = 0, size; at < bytes; at += size) {
    const size_t columns = columns_at(words + at, &size);
    if (*column + columns > width && *column > indent)
      next_line(out, indent, column);
    fray_text_add(out, words + at, size);
    *column += columns;
  }
}

/* Piece by piece, so that Latin and wide scripts may be mixed in one title. Blanks at the ends of
 * lines are left out, and several in a row are one. */
void fray_columns_wrap(struct fray_text *out, const char *words, size_t indent, size_t width) {
  size_t column = indent, columns;
  for (const char *p = words; *p;) {
    const size_t blanks = strspn(p, " ");
    p += blanks;
    const size_t bytes = piece(p, &columns);
    const bool parts = blanks > 0 && column > indent;
    if (column > indent && column + parts + columns > width)
      next_line(out, indent, &column);
    else if (parts && bytes) {
      fray_text_puts(out, " ");
      column++;
    }
    put_piece(out, p, bytes, indent, width, &column);
    p += bytes;
  }
}

size_t fray_columns_longest(const char *words) {
  size_t longest = 0, columns;
  for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
    words += piece(words, &columns);
    longest = FRAY_MAX(longest, columns);
  }
  return longest;
}
