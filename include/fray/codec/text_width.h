/* How much room text takes on a terminal, by Unicode's tables. */
#ifndef FRAY_CODEC_TEXT_WIDTH_H
#define FRAY_CODEC_TEXT_WIDTH_H

#include "fray/base/text.h"

#include <stddef.h>

/** Columns of UTF-8 text: 2 for a wide character (Han, kana, Hangul, emoji), 0 for one that
 *  combines with the character before it, 1 for any other; an ill-formed byte counts as the one
 *  mark that fray_text_safe makes of it. A terminal may draw characters that are newer than
 *  fray_unicode_library() otherwise. */
size_t fray_columns(const char *text);
/** The text, and blanks up to `width` columns: on its right, or on its left. Never cut. */
void fray_columns_pad(struct fray_text *out, const char *text, size_t width);
void fray_columns_pad_left(struct fray_text *out, const char *text, size_t width);
/** fray_text_wrap by columns: words from column `indent` on, filled up to column `width`, further
 *  lines indented. "5 %" is one word. A word that is longer than a line goes on in the next one;
 * one of Latin letters is parted nowhere else, one of wide characters wherever a line is full.
 * indent < width. */
void fray_columns_wrap(struct fray_text *out, const char *words, size_t indent, size_t width);
/** Columns of the longest piece that fray_columns_wrap does not part unless it has to. */
size_t fray_columns_longest(const char *words);

#endif
