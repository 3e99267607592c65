/* Text: growing buffers, nearest names, number formatting. */
#ifndef FRAY_BASE_TEXT_H
#define FRAY_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/** Growing text. Zero-initialised is empty. After a failed allocation `failed` stays set and
 *  further writes do nothing, so a caller tests once at the end. */
struct fray_text {
  char *data; /* NUL-terminated once something was written */
  size_t size, capacity;
  bool failed;
};

void fray_text_add(struct fray_text *text, const char *data, size_t size);
void fray_text_puts(struct fray_text *text, const char *string);
void fray_text_printf(struct fray_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void fray_text_vprintf(struct fray_text *text, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void fray_text_free(struct fray_text *text);

/** Shortest decimal text that reads back as the same double ("0.1", "1e-05", "nan"). out >= 32. */
void fray_format_double(double value, char out[32]);
/** Reads a plain decimal at the start of text, such as -12.5 or .25, to the same bits as strtod(),
 *  several times as fast. Returns its length, behind which stands no letter, digit or point; 0, and
 *  no value, where it is none of these or needs more than 19 digits: then strtod() is to be asked.
 */
size_t fray_decimal_read(const char *text, double *value);

/** A count with its noun, in the number that it asks for: "1 client", "0 studies", "12 classes".
 * The one place that says so: a word of two forms behind a number is a fault somewhere else. noun:
 * a regular English one, of one or several words of which the last is counted. Returns out. */
enum { FRAY_COUNTED = 64 };
const char *fray_counted(char out[FRAY_COUNTED], size_t n, const char *noun);
/** The same as an expression, to stand in the list of a printf. Holds as long as its block. */
#define FRAY_N(n, noun) fray_counted((char[FRAY_COUNTED]){0}, n, noun)

/** Edit distance with transpositions (optimal string alignment). Names longer than 63 count as far.
 */
size_t fray_edit_distance(const char *a, const char *b);
/** The candidate that name most likely means, or NULL: one change of a letter away (of names longer
 *  than three letters); else the only one that has all its words ("f1": "macro_f1"), or begins or
 *  ends with it ("cat": "concat"); else the closest one, if near enough to be a misspelling. */
const char *fray_nearest(const char *name, const char *const *candidates, size_t n);
/** The one wording of such a hint: " (did you mean 'x'?)", or "" where nothing is near. Returns
 * out, to be the last argument of a message. */
const char *fray_hint(const char *name, const char *const *candidates, size_t n, char out[128]);
/** "there is 'a', 'b', 'c' (did you mean 'a'?)" into out, cut after `room` bytes with "... (9 in
 * all)": what a message adds when a name is unknown. Of more than 24 names with one that is near,
 * that one alone. "there is none" where n is 0. Returns out. */
const char *fray_there_are(const char *name, const char *const *candidates, size_t n, char *out,
                           size_t room);

/** Appends text as it may be shown on a terminal, which must not obey it: control characters (those
 *  of two bytes too), those that turn the direction of writing, and ill-formed bytes become
 * question marks; so do line feeds, unless kept. */
void fray_text_safe(struct fray_text *text, const char *words, bool keeps_lines);

/** Words of `words` from column `indent` on, where `text` is to stand; a word that would end beyond
 *  column `width` begins a new line, indented. Columns are code points; blanks count as one. */
void fray_text_wrap(struct fray_text *text, const char *words, size_t indent, size_t width);

/** Words in `width` columns: filled up by blanks, or cut, with "..." at the end. Columns are code
 *  points. */
void fray_text_cell(struct fray_text *text, const char *words, size_t width);

/** A field of a CSV file, quoted (RFC 4180) when it needs to be. What a spreadsheet would run as a
 *  formula (=, +, -, @, tab or return in front; negative numbers are none) gets an apostrophe
 * before it, as does such a field behind apostrophes, so that fray_csv_plain finds the name again.
 *  Source: CWE-1236. */
void fray_text_csv(struct fray_text *text, const char *field);
/** The field as it was given to fray_text_csv; points into field. */
const char *fray_csv_plain(const char *field);

#endif
