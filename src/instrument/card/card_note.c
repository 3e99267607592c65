/* What a card says, piece by piece: names, footnotes, numbers, headings, entries. No form is known
 * here: marks are control characters, which each form turns into its own.
 *
 * A footnote is made where its number is written, so that footnotes are numbered in the order in
 * which a reader meets them. Whoever needs two of them in one sentence makes them one after the
 * other: in the arguments of a call C leaves their order open. */
#include "card_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const card_heads[CARD_SUBJECTS] = {"dimension", "evidence", "number"};

/* ---- texts ---- */

/* Texts are made in a buffer that grows and live as long as the card. A lack of memory is noted in
 * the card itself and told once, at its end. */
static const char *keep(struct card *c, struct fray_text *text) {
  const char *out = text->failed ? NULL : fray_arena_strdup(c->arena, text->data ? text->data : "");
  c->failed |= !out;
  fray_text_free(text);
  return out ? out : "";
}

/* Marks are bytes of the format like others. */
__attribute__((format(printf, 2, 0))) static const char *
format_text(struct card *c, const char *format, va_list args) {
  struct fray_text text = {0};
  fray_text_vprintf(&text, format, args);
  return keep(c, &text);
}

/* Made safe first: a control character would be a mark, or end one. */
static const char *marked(struct card *c, enum card_mark mark, const char *words) {
  struct fray_text safe = {0}, out = {0};
  fray_text_safe(&safe, words, false);
  fray_text_printf(&out, "\001%c%s\002", mark, safe.data ? safe.data : "");
  out.failed |= safe.failed;
  fray_text_free(&safe);
  return keep(c, &out);
}

/* Of data, folders and keys; words of the card itself need none. */
const char *card_name(struct card *c, const char *words) {
  return marked(c, CARD_CODE, words);
}

/* Words without a mark reach to the next one. */
bool card_next(const char **text, struct card_piece *out) {
  const char *p = *text;
  *out = (struct card_piece){0};
  if (!*p)
    return false;
  if (*p == '\001' && p[1]) {
    out->mark = p[1];
    p += 2;
  }
  out->words = p;
  out->n = strcspn(p, out->mark ? "\002" : "\001");
  *text = p + out->n + (p[out->n] == '\002');
  return true;
}

/* ---- footnotes ---- */

/* Two numbers of one place have one footnote. */
const char *card_note(struct card *c, const char *folder, const char *file, const char *format,
                      ...) {
  struct fray_err ignored = {0};
  size_t at = 0;
  va_list args;
  va_start(args, format);
  const char *rest = format_text(c, format, args);
  va_end(args);
  const char *text = fray_arena_printf(c->arena, "%s%s", file, rest);
  if (!text || fray_rep_intern(&c->note, text, c->arena, &at, &ignored) != FRAY_OK) {
    c->failed = true;
    return "";
  }
  if (at >= c->sources) {
    struct card_source *more;
    const size_t room = 2 * at + 64;
    more = fray_arena_alloc(c->arena, room, sizeof *more);
    c->failed |= !more;
    if (!more)
      return "";
    if (c->sources)
      memcpy(more, c->source, c->sources * sizeof *more);
    c->source = more;
    c->sources = room;
  }
  c->source[at] = (struct card_source){folder, file};
  struct fray_text mark = {0};
  fray_text_printf(&mark, "\001%c%zu\002", CARD_NOTE, at + 1);
  return keep(c, &mark);
}

/* These tables are made from what is kept, with the very functions that the card has its numbers
 * from; whoever wants to see a number makes them. */
const char *card_note_matrix(struct card *c, const struct card_cell *cell, size_t row,
                             const struct matrix_column *column) {
  return card_note(c, NULL, "matrix.csv",
                   " (made by fray matrix), columns value, low, high, status: folder=%s "
                   "cell=%s condition=%s measure=%s of=%s",
                   card_name(c, cell->made->folder), card_name(c, cell->made->name),
                   card_name(c, cell->made->row[row].condition), card_name(c, column->name),
                   card_name(c, column->of));
}

/* Families have a table of their own, whose rows are told apart by the measure as well. */
const char *card_note_family(struct card *c, const struct card_cell *cell, const char *family,
                             const char *measure) {
  return card_note(c, NULL, "families.csv",
                   " (made by fray matrix), columns value, low, high, status: "
                   "folder=%s cell=%s family=%s measure=%s",
                   card_name(c, cell->made->folder), card_name(c, cell->made->name),
                   card_name(c, family), card_name(c, measure));
}

/* ---- numbers ---- */

/* In points, as the other tables for people; costs to three digits. A reason may be a word of a
 * file.
 */
const char *card_number(struct card *c, const struct matrix_number *number, bool is_share,
                        const char *note) {
  struct fray_text out = {0};
  if (isnan(number->value))
    fray_text_printf(&out, CARD_NOT_TESTED ": %s%s", marked(c, CARD_PLAIN, number->why), note);
  else if (is_share)
    fray_text_printf(&out, "%.1f \001%c[%.1f, %.1f] %%\002%s", 100 * number->value, CARD_RANGE,
                     100 * number->low, 100 * number->high, note);
  else
    fray_text_printf(&out, "%.3g \001%c[%.3g, %.3g]\002%s", number->value, CARD_RANGE, number->low,
                     number->high, note);
  return keep(c, &out);
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
                     card_note(c, NULL, "matrix.csv",
                               " (made by fray matrix), column null_95: folder=%s "
                               "cell=%s condition=%s measure=%s of=%s",
                               card_name(c, cell->made->folder), card_name(c, cell->made->name),
                               card_name(c, cell->made->row[cell->clean].condition),
                               card_name(c, of->name), card_name(c, of->of)));
  return keep(c, &out);
}

/* ---- blocks ---- */

/* Zero but for its kind; without memory one that nobody looks at. */
static struct card_block *add(struct card *c, enum card_kind kind) {
  static struct card_block lost;
  if (c->n == c->room) {
    struct card_block *more;
    const size_t room = 2 * c->room + 64;
    more = fray_arena_alloc(c->arena, room, sizeof *more);
    c->failed |= !more;
    if (!more)
      return &lost;
    if (c->n)
      memcpy(more, c->block, c->n * sizeof *more);
    c->block = more;
    c->room = room;
  }
  struct card_block *block = &c->block[c->n++];
  *block = (struct card_block){.kind = kind, .strip = {NAN, NAN, NAN, NAN}};
  return block;
}

/* Headings are words of the card, and not made: they outlive it. */
void card_heading(struct card *c, unsigned level, const char *heading) {
  struct card_block *block = add(c, CARD_HEADING);
  block->level = level;
  block->text = heading;
}

/* Its lines are broken where it is written, if at all. */
void card_say(struct card *c, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const char *text = format_text(c, format, args);
  va_end(args);
  add(c, CARD_SAY)->text = text;
}

/* An interval that is not known leaves NaN, of which nothing is drawn. */
static void draw(struct card_block *block, const struct matrix_number *drawn,
                 const struct matrix_number *beside) {
  if (drawn)
    block->strip = (struct fray_document_strip){drawn->low, drawn->value, drawn->high,
                                                beside ? beside->value : (double)NAN};
}

/* The subjects apart: on a page they are columns, and of several entries the same one stands once.
 */
void card_entry(struct card *c, struct card_subjects of, const struct matrix_number *drawn,
                const struct matrix_number *beside, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const char *text = format_text(c, format, args);
  va_end(args);
  struct card_block *block = add(c, CARD_ENTRY);
  block->text = text;
  for (size_t k = 0; k < CARD_SUBJECTS && of.v[k]; k++)
    block->subject[block->n++] = of.v[k];
  draw(block, drawn, beside);
}

/* The words stay apart from those of the card to the last: each form frames them by itself. */
void card_typed(struct card *c, const char *title, const char *const *words, size_t n) {
  if (n == 0) {
    card_say(c, "%s: " CARD_NOT_STATED ".", title);
    return;
  }
  struct card_block *block = add(c, CARD_TYPED);
  block->text = title;
  block->word = words;
  block->n = n;
}

/* Rows follow as blocks of their own, until something else does. */
void card_table(struct card *c, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const char *text = format_text(c, format, args);
  va_end(args);
  add(c, CARD_TABLE)->text = text;
}

/* Nothing to be held against: a dimension is not judged. */
void card_row(struct card *c, const char *dimension, const char *evidence, const char *number,
              const struct matrix_number *drawn) {
  struct card_block *block = add(c, CARD_ROW);
  block->subject[0] = dimension;
  block->subject[1] = evidence;
  block->text = number;
  draw(block, drawn, NULL);
}
