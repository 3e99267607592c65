/* Widths of letters and breaks of lines, without a font at hand. */
#include "lettering.h"

#include "report/words/markup.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* From the blank to the tilde, in hundredths of an em: DejaVu Sans, which is wider than Helvetica,
 * Arial, Times and what systems show as their own face. Measured in a browser and rounded up. */
static const unsigned char advance[95] = {
    32, 41, 46, 84, 64, 96, 78, 28, 40,  40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79,
    61, 79, 70, 64, 62, 74, 69, 99, 69,  62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64,
    64, 28, 28, 58, 28, 98, 64, 62, 64,  64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84};

const double fray_rep_bold = 1.16;

/* Letters beyond ASCII are not measured one by one: a wide Latin or Cyrillic one, or the square of
 * an ideograph. Marks that combine stand over their letter. */
static double advance_of(const char *c, size_t n) {
  unsigned char first = (unsigned char)*c;
  if (n <= 1)
    return first >= 0x20 && first < 0x7f ? advance[first - 0x20] / 100.0 : 1;
  if (n == 2 && (first == 0xcc || first == 0xcd)) /* U+0300 to U+037F */
    return 0;
  if (n == 3 && memcmp(c, "\xe2\x80", 2) == 0) /* daggers, quotes and dashes, but for wide ones */
    return strchr("\x94\x95\xa6\xb0", c[2]) ? 1.1 : 0.6;
  return n == 2 || first == 0xe2 ? 0.86 : 1.06;
}

/* Of a character; a byte that is not UTF-8 counts alone, as it is drawn alone. */
static size_t step_of(const char *text) {
  size_t n = fray_utf8_length(text, SIZE_MAX);
  return n ? n : 1;
}

double fray_rep_width_of(const char *text, size_t n) {
  double width = 0;
  for (const char *end = text + n; text < end && *text;) {
    size_t step = step_of(text);
    width += advance_of(text, step);
    text += step;
  }
  return width;
}

double fray_rep_text_width(const char *text) {
  return fray_rep_width_of(text, strlen(text));
}

double fray_rep_number_width(double value) {
  struct fray_text label = {0};
  fray_rep_put_number(&label, value);
  /* Without memory 0, which only lets labels touch in a drawing that is not written anyway. */
  double width = label.data ? fray_rep_text_width(label.data) : 0;
  fray_text_free(&label);
  return width;
}

/* A line feed in a name is a blank like any other: lines are ours to make. */
static bool is_blank(const char *c) {
  return *c == ' ' || iscntrl((unsigned char)*c);
}

/* A number keeps its unit: no line breaks between a digit and a word of two letters at most. n:
 * bytes of the text before the blank at `c`. */
static bool holds_together(const char *c, size_t n) {
  return n > 0 && *c == ' ' && isdigit((unsigned char)c[-1]) && c[1] && !is_blank(c + 1) &&
         (!c[2] || is_blank(c + 2) || c[2] == ',' || !c[3] || is_blank(c + 3) || c[3] == ',');
}

/* Behind such a character a name may go on in the next line without a mark. */
static bool may_break_behind(char c) {
  return c && strchr("-_/.,:;=)+|", c) != NULL;
}

/* `fit` is the longest part that is no wider; `soft` ends behind a punctuation, `word` before a
 * blank. A blank right behind the fitting part is a good end as well. */
bool fray_rep_take_line(const char **rest, double width, struct fray_rep_line *line) {
  const char *text = *rest;
  while (*text && is_blank(text))
    text++;
  *rest = text;
  if (!*text)
    return false;
  size_t fit = 0, soft = 0, word = 0;
  double used = 0;
  while (text[fit]) {
    size_t step = step_of(text + fit);
    used += advance_of(text + fit, step);
    if (used > width + 1e-9 && fit > 0)
      break;
    if (is_blank(text + fit) && !holds_together(text + fit, fit))
      word = fit;
    else if (may_break_behind(text[fit]))
      soft = fit + step;
    fit += step;
  }
  size_t n = fit;
  if (text[fit] && (!is_blank(text + fit) || holds_together(text + fit, fit)))
    n = word ? word : soft ? soft : fit;
  *rest = text + n;
  /* Blanks at the end would move a centred line to the left. */
  while (n > 1 && is_blank(text + n - 1))
    n--;
  *line = (struct fray_rep_line){text, n};
  return true;
}

size_t fray_rep_count_lines(const char *text, double width) {
  struct fray_rep_line line;
  size_t n = 0;
  while (fray_rep_take_line(&text, width, &line))
    n++;
  return n;
}

double fray_rep_lines_width(const char *text, double width) {
  struct fray_rep_line line;
  double most = 0;
  while (fray_rep_take_line(&text, width, &line))
    most = fmax(most, fray_rep_width_of(line.text, line.n));
  return most;
}

double fray_rep_widest_word(const char *text) {
  double most = 0;
  while (*text) {
    size_t n = 0;
    while (text[n] && (!is_blank(text + n) || holds_together(text + n, n)))
      n++;
    most = fmax(most, fray_rep_width_of(text, n));
    text += n + (text[n] != '\0');
  }
  return most;
}
