/* The card as Markdown, which is read on a terminal, kept beside code and compared line by line.
 * The dialect is CommonMark with tables and footnotes, as most programs read it.
 *
 * Nothing in it is markup but what this file puts there: names of files as code spans, so that no
 * markup in them works; words of others with every mark of Markdown taken from them; lines that a
 * terminal has room for. */
#include "card_parts.h"

#include <string.h>

/* A span is fenced by one mark more than the longest run within it (CommonMark 6.1). */
static void put_code(struct fray_text *out, const char *words, size_t n) {
  size_t run = 0, longest = 0;
  for (size_t i = 0; i < n; i++) {
    run = words[i] == '`' ? run + 1 : 0;
    longest = run > longest ? run : longest;
  }
  for (size_t k = 0; k <= longest; k++)
    fray_text_puts(out, "`");
  fray_text_puts(out, longest || n == 0 ? " " : "");
  fray_text_add(out, words, n);
  fray_text_puts(out, longest ? " " : "");
  for (size_t k = 0; k <= longest; k++)
    fray_text_puts(out, "`");
}

/* Each mark of Markdown and of HTML is shown and does nothing; a point behind digits, or a sign in
 * front of a line, would begin a list. */
static void put_plain(struct fray_text *out, const char *words, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const bool first = i == 0 || words[i - 1] == ' ';
    const bool behind = !first && words[i - 1] >= '0' && words[i - 1] <= '9';
    if (strchr("\\`*_[]<>|&#~$", words[i]) || (first && strchr("+-=:", words[i])) ||
        (behind && strchr(".)", words[i])))
      fray_text_puts(out, "\\");
    fray_text_add(out, words + i, 1);
  }
}

/* Marks do not lie within each other, so one piece has one of them. Intervals have none here:
 * brackets tell them apart already. */
static void put_marked(struct fray_text *out, const char *text) {
  struct card_piece piece;
  while (card_next(&text, &piece)) {
    const char *around = piece.mark == CARD_STRONG ? "**" : "";
    if (piece.mark == CARD_CODE) {
      put_code(out, piece.words, piece.n);
      continue;
    }
    if (piece.mark == CARD_PLAIN) {
      put_plain(out, piece.words, piece.n);
      continue;
    }
    fray_text_puts(out, piece.mark == CARD_NOTE ? "[^" : around);
    fray_text_add(out, piece.words, piece.n);
    fray_text_puts(out, piece.mark == CARD_NOTE ? "]" : around);
  }
}

/* Markdown joins lines again, so that they are broken for the terminal alone. */
static void put_wrapped(struct fray_text *out, const char *text, size_t indent, size_t width) {
  struct fray_text line = {0};
  put_marked(&line, text);
  fray_text_wrap(out, line.data ? line.data : "", indent, width);
  out->failed |= line.failed;
  fray_text_free(&line);
}

/* Whatever stood before a heading, its distance is the same. */
static void put_heading(struct fray_text *out, unsigned level, const char *heading) {
  while (out->size > 0 && out->data[out->size - 1] == '\n')
    out->size--;
  fray_text_puts(out, out->size ? "\n\n" : "");
  for (unsigned k = 0; k < level; k++)
    fray_text_puts(out, "#");
  fray_text_printf(out, " %s\n\n", heading);
}

/* Lines behind the first are indented, or they would end the list. */
static void put_entry(struct fray_text *out, const struct card_block *block) {
  struct fray_text line = {0};
  for (size_t k = 0; k < block->n; k++) {
    fray_text_puts(&line, k ? ", " : "");
    put_marked(&line, block->subject[k]);
  }
  fray_text_puts(&line, ": ");
  put_marked(&line, block->text);
  fray_text_puts(out, "- ");
  fray_text_wrap(out, line.data ? line.data : "", 2, CARD_WIDTH);
  fray_text_puts(out, "\n");
  out->failed |= line.failed;
  fray_text_free(&line);
}

/* Every line of a quotation has its mark, so that what is typed is seen to be so to its end. */
static void put_typed(struct fray_text *out, const struct card_block *block) {
  fray_text_printf(out, "%s (" CARD_IS_TYPED "):\n\n", block->text);
  for (size_t k = 0; k < block->n; k++) {
    struct fray_text safe = {0}, plain = {0}, lines = {0};
    fray_text_safe(&safe, block->word[k], false);
    put_plain(&plain, safe.data ? safe.data : "", safe.size);
    fray_text_wrap(&lines, plain.data ? plain.data : "", 0, CARD_WIDTH - 4);
    fray_text_puts(out, "> - ");
    for (const char *p = lines.data ? lines.data : ""; *p; p++) {
      fray_text_add(out, p, 1);
      fray_text_puts(out, *p == '\n' ? ">   " : "");
    }
    fray_text_puts(out, "\n");
    out->failed |= safe.failed || plain.failed || lines.failed;
    fray_text_free(&safe);
    fray_text_free(&plain);
    fray_text_free(&lines);
  }
  fray_text_puts(out, "\n");
}

/* A stroke would end a field of a table, in code spans too; elsewhere it is one like others. */
static void put_field(struct fray_text *out, const char *text) {
  struct fray_text words = {0};
  put_marked(&words, text);
  fray_text_puts(out, "| ");
  for (const char *p = words.data ? words.data : ""; *p; p++) {
    fray_text_puts(out, *p == '|' ? "\\" : "");
    fray_text_add(out, p, 1);
  }
  fray_text_puts(out, " ");
  out->failed |= words.failed;
  fray_text_free(&words);
}

/* Tables are not wrapped: a cell has two short fields. */
static void put_row(struct fray_text *out, const char *const subject[2], const char *number) {
  put_field(out, subject[0]);
  put_field(out, subject[1]);
  put_field(out, number);
  fray_text_puts(out, "|\n");
}

/* The row of strokes is what makes a table of it. */
static void put_table(struct fray_text *out, const char *title) {
  put_marked(out, title);
  fray_text_puts(out, ":\n\n");
  put_row(out, card_heads, card_heads[2]);
  fray_text_puts(out, "|---|---|---|\n");
}

/* Behind a list or a table there is no blank line yet, behind a paragraph there is one. */
static void put_block(struct fray_text *out, const struct card_block *block,
                      const struct card_block *before) {
  const bool open = before && (before->kind == CARD_ENTRY || before->kind == CARD_ROW);
  if (open && before->kind != block->kind && block->kind != CARD_HEADING)
    fray_text_puts(out, "\n");
  switch (block->kind) {
  case CARD_HEADING:
    put_heading(out, block->level, block->text);
    break;
  case CARD_SAY:
    put_wrapped(out, block->text, 0, CARD_WIDTH);
    fray_text_puts(out, "\n\n");
    break;
  case CARD_ENTRY:
    put_entry(out, block);
    break;
  case CARD_TYPED:
    put_typed(out, block);
    break;
  case CARD_TABLE:
    put_table(out, block->text);
    break;
  case CARD_ROW:
    put_row(out, block->subject, block->text);
    break;
  }
}

/* Footnotes in the order in which they were first used; a reader finds them by number. */
void card_markdown(const struct card *c, struct fray_text *out) {
  for (size_t k = 0; k < c->n; k++)
    put_block(out, &c->block[k], k ? &c->block[k - 1] : NULL);
  for (size_t k = 0; k < c->note.n; k++) {
    fray_text_printf(out, "[^%zu]: ", k + 1);
    put_wrapped(out, c->note.v[k], 4, CARD_WIDTH - 4);
    fray_text_puts(out, "\n");
  }
}
