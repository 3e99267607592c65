/* How a card is written: names of files as code spans, so that no markup in them works; typed words
 * with every mark of Markdown taken from them; footnotes, one for each place that numbers are from.
 */
#include "card_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Texts are made in a buffer that grows and live as long as the card. A lack of memory is noted in
 * the card itself and told once, at its end. */
static const char *keep(struct card *c, struct fray_text *text) {
  const char *out = text->failed ? NULL : fray_arena_strdup(c->arena, text->data ? text->data : "");
  c->out.failed |= !out;
  fray_text_free(text);
  return out ? out : "";
}

/* A span is fenced by one mark more than the longest run within it (CommonMark 6.1). */
const char *card_name(struct card *c, const char *words) {
  struct fray_text safe = {0}, out = {0};
  size_t run = 0, longest = 0;
  fray_text_safe(&safe, words, false);
  const char *text = safe.data ? safe.data : "";
  for (const char *p = text; *p; p++) {
    run = *p == '`' ? run + 1 : 0;
    longest = run > longest ? run : longest;
  }
  for (size_t k = 0; k <= longest; k++)
    fray_text_puts(&out, "`");
  fray_text_puts(&out, longest || !*text ? " " : "");
  fray_text_puts(&out, text);
  fray_text_puts(&out, longest ? " " : "");
  for (size_t k = 0; k <= longest; k++)
    fray_text_puts(&out, "`");
  out.failed |= safe.failed;
  fray_text_free(&safe);
  return keep(c, &out);
}

/* Two numbers of one place have one footnote. */
const char *card_note(struct card *c, const char *format, ...) {
  struct fray_text text = {0};
  struct fray_err ignored = {0};
  size_t at = 0;
  va_list args;
  va_start(args, format);
  fray_text_vprintf(&text, format, args);
  va_end(args);
  c->out.failed |= fray_rep_intern(&c->note, keep(c, &text), c->arena, &at, &ignored) != FRAY_OK;
  struct fray_text mark = {0};
  fray_text_printf(&mark, "[^%zu]", at + 1);
  return keep(c, &mark);
}

/* Each mark of Markdown and of HTML is shown and does nothing; a point behind digits, or a sign in
 * front of a line, would begin a list. */
static const char *plain(struct card *c, const char *words) {
  struct fray_text safe = {0}, out = {0};
  fray_text_safe(&safe, words, false);
  for (const char *p = safe.data ? safe.data : ""; *p; p++) {
    const bool first = p == safe.data || p[-1] == ' ';
    const bool behind = !first && p[-1] >= '0' && p[-1] <= '9';
    if (strchr("\\`*_[]<>|&#~$", *p) || (first && strchr("+-=:", *p)) ||
        (behind && strchr(".)", *p)))
      fray_text_puts(&out, "\\");
    fray_text_add(&out, p, 1);
  }
  out.failed |= safe.failed;
  fray_text_free(&safe);
  return keep(c, &out);
}

/* In points, as the other tables for people; costs to three digits. A reason may be a word of a
 * file.
 */
const char *card_number(struct card *c, const struct matrix_number *number, bool is_share,
                        const char *note) {
  struct fray_text out = {0};
  if (isnan(number->value))
    fray_text_printf(&out, "**not tested**: %s%s", plain(c, number->why), note);
  else if (is_share)
    fray_text_printf(&out, "%.1f [%.1f, %.1f] %%%s", 100 * number->value, 100 * number->low,
                     100 * number->high, note);
  else
    fray_text_printf(&out, "%.3g [%.3g, %.3g]%s", number->value, number->low, number->high, note);
  return keep(c, &out);
}

/* Behind a list there is no blank line, behind a paragraph there is one.
 * Whatever stood before a heading, its distance is the same. */
void card_heading(struct card *c, const char *heading) {
  while (c->out.size > 0 && c->out.data[c->out.size - 1] == '\n')
    c->out.size--;
  fray_text_printf(&c->out, "\n\n%s\n\n", heading);
}

/* A paragraph. Markdown joins its lines again, so that they are broken for the terminal alone. */
void card_say(struct card *c, const char *format, ...) {
  struct fray_text line = {0};
  va_list args;
  va_start(args, format);
  fray_text_vprintf(&line, format, args);
  va_end(args);
  fray_text_wrap(&c->out, keep(c, &line), 0, CARD_WIDTH);
  fray_text_puts(&c->out, "\n\n");
}

/* Lines behind the first are indented, or they would end the list. */
void card_item(struct card *c, const char *format, ...) {
  struct fray_text line = {0};
  va_list args;
  va_start(args, format);
  fray_text_vprintf(&line, format, args);
  va_end(args);
  fray_text_puts(&c->out, "- ");
  fray_text_wrap(&c->out, keep(c, &line), 2, CARD_WIDTH);
  fray_text_puts(&c->out, "\n");
}

/* Every line of a quotation has its mark, so that what is typed is seen to be so to its end. */
void card_typed(struct card *c, const char *title, const char *const *words, size_t n) {
  if (n == 0) {
    card_say(c, "%s: **not stated**.", title);
    return;
  }
  card_say(c, "%s (typed, not measured):", title);
  for (size_t k = 0; k < n; k++) {
    struct fray_text lines = {0};
    fray_text_wrap(&lines, plain(c, words[k]), 0, CARD_WIDTH - 4);
    fray_text_puts(&c->out, "> - ");
    for (const char *p = lines.data ? lines.data : ""; *p; p++) {
      fray_text_add(&c->out, p, 1);
      fray_text_puts(&c->out, *p == '\n' ? ">   " : "");
    }
    fray_text_puts(&c->out, "\n");
    c->out.failed |= lines.failed;
    fray_text_free(&lines);
  }
  fray_text_puts(&c->out, "\n");
}

/* These tables are made from what is kept, with the very functions that the card has its numbers
 * from; whoever wants to see a number makes them. */
const char *card_note_matrix(struct card *c, const struct card_cell *cell, size_t row,
                             const struct matrix_column *column) {
  return card_note(c,
                   "matrix.csv (made by fray matrix), columns value, low, high, status: folder=%s "
                   "cell=%s condition=%s measure=%s of=%s",
                   card_name(c, cell->made->folder), card_name(c, cell->made->name),
                   card_name(c, cell->made->row[row].condition), card_name(c, column->name),
                   card_name(c, column->of));
}

/* Families have a table of their own, whose rows are told apart by the measure as well. */
const char *card_note_family(struct card *c, const struct card_cell *cell, const char *family,
                             const char *measure) {
  return card_note(c,
                   "families.csv (made by fray matrix), columns value, low, high, status: "
                   "folder=%s cell=%s family=%s measure=%s",
                   card_name(c, cell->made->folder), card_name(c, cell->made->name),
                   card_name(c, family), card_name(c, measure));
}

/* Of several groups two always lie apart, so a gap alone would say nothing. */
const char *card_gap(struct card *c, const struct card_cell *cell, size_t column) {
  const struct matrix_column *of = &c->m.column[column];
  const struct matrix_number *number = &cell->made->row[cell->clean].number[column];
  const char *gap = card_number(c, number, true, card_note_matrix(c, cell, cell->clean, of));
  struct fray_text out = {0};
  fray_text_puts(&out, gap);
  if (!isnan(number->null.q95))
    fray_text_printf(&out, "; by chance up to %.1f %%%s", 100 * number->null.q95,
                     card_note(c,
                               "matrix.csv (made by fray matrix), column null_95: folder=%s "
                               "cell=%s condition=%s measure=%s of=%s",
                               card_name(c, cell->made->folder), card_name(c, cell->made->name),
                               card_name(c, cell->made->row[cell->clean].condition),
                               card_name(c, of->name), card_name(c, of->of)));
  return keep(c, &out);
}

/* In the order in which they were first used; a reader finds them by number. */
void card_notes(struct card *c) {
  for (size_t k = 0; k < c->note.n; k++) {
    fray_text_printf(&c->out, "[^%zu]: ", k + 1);
    fray_text_wrap(&c->out, c->note.v[k], 4, CARD_WIDTH - 4);
    fray_text_puts(&c->out, "\n");
  }
}
