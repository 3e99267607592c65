/* UTF-8: the one place that says what is well-formed. */
#ifndef FRAY_BASE_UTF8_H
#define FRAY_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAY_UTF8_BAD UINT32_MAX
enum { FRAY_UTF8_REPLACEMENT = 0xfffd, FRAY_UTF8_MAX = 4 };

/** Reads one character of text (size >= 1 bytes). *code: the code point, or FRAY_UTF8_BAD if the
 *  bytes are ill-formed. Returns how many bytes it takes, >= 1: of ill-formed ones the maximal
 *  subpart, for which one U+FFFD stands. No byte is read after the first one that does not fit, so
 *  that size may be SIZE_MAX for a text that ends with a NUL.
 *  Source: Unicode 15, section 3.9, table 3-7 and "U+FFFD Substitution of Maximal Subparts". */
size_t fray_utf8_read(const char *text, size_t size, uint32_t *code);
/** Bytes of the character at text, 0 if they are ill-formed. */
size_t fray_utf8_length(const char *text, size_t size);
/** Offset of the first byte that is not part of well-formed UTF-8, or size. */
size_t fray_utf8_valid(const char *text, size_t size);
/** True of characters that turn the direction of what stands behind them: a name that holds one
 * turns the rest of its line. Source: Unicode Standard Annex 9, explicit formatting characters. */
bool fray_utf8_turns(uint32_t code);
/** True of control characters, of one byte (C0, DEL) and of two (C1): a terminal obeys them, and
 * lines of a file are forged with them. */
bool fray_utf8_controls(uint32_t code);
/** The first control character of a text, or NULL. */
const char *fray_utf8_control(const char *text);
/** Writes a code point (not a surrogate, at most 0x10ffff); returns its bytes. No NUL follows. */
size_t fray_utf8_write(uint32_t code, char out[FRAY_UTF8_MAX]);

#endif
