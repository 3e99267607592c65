/* What a character of a text is, and its capital: Unicode's tables, one code point at a time. Texts
 * are not normalised here, as those that are damaged stay as they are written; words of features
 * are read by fray/codec/words.h. */
#ifndef FRAY_CODEC_LETTERS_H
#define FRAY_CODEC_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fray_character {
  FRAY_CHARACTER_OTHER,  /* signs, controls, bytes that are no text */
  FRAY_CHARACTER_LETTER, /* general category L */
  FRAY_CHARACTER_MARK,   /* M: stands on the letter before */
  FRAY_CHARACTER_NUMBER, /* N */
  FRAY_CHARACTER_BLANK   /* Zs, Zl, Zp, tabs and line ends */
};

/** Reads one character of text (size >= 1 bytes): *code as of fray_utf8_read, ill-formed bytes
 * being OTHER. Returns how many bytes it takes, >= 1. */
size_t fray_character_read(const char *text, size_t size, uint32_t *code,
                           enum fray_character *what);
/** The capital of a letter, or the small letter, by Unicode's simple mapping (ß has none); any
 * other code point as it is. UTF-8 grows from two bytes to three at most. */
uint32_t fray_character_upper(uint32_t code);
uint32_t fray_character_lower(uint32_t code);

#endif
