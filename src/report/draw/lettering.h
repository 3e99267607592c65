/* How wide a text will be, and where it is broken into lines. Nothing is cut: what does not fit
 * stands in more lines. */
#ifndef REPORT_LETTERING_H
#define REPORT_LETTERING_H

#include <stdbool.h>
#include <stddef.h>

/** Part of a text: n bytes, whole characters. */
struct fray_rep_line {
  const char *text;
  size_t n;
};

/** Width of a part of a text in em. An estimate from above, since which font is at hand where the
 *  drawing is looked at is not known: widths of a wide face (DejaVu Sans). */
double fray_rep_width_of(const char *text, size_t n);
/** Of a whole text. */
double fray_rep_text_width(const char *text);
/** Width of a number as fray_rep_put_number writes it. */
double fray_rep_number_width(double value);
/** How much wider bold letters are. */
extern const double fray_rep_bold;

/** Takes the next line of at most `width` em from *rest: broken at blanks; a word that alone is
 *  wider is broken behind punctuation or, without any, anywhere. At least one character. False
 *  when nothing but blanks is left. */
bool fray_rep_take_line(const char **rest, double width, struct fray_rep_line *line);
/** Lines that a text takes; 0 of an empty one. */
size_t fray_rep_count_lines(const char *text, double width);
/** Width of the widest of these lines in em. */
double fray_rep_lines_width(const char *text, double width);
/** Width of the widest word in em: with less room words would be broken. */
double fray_rep_widest_word(const char *text);

#endif
