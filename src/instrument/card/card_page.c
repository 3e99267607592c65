/* The card as a page: the same blocks as in Markdown, lists as tables with their shares drawn
 * beside them, footnotes that lead to their files and back. Nothing runs in it and nothing is
 * fetched. */
/* What stands here in words is about the page alone (its drawings, the way back from a footnote);
 * whatever the card says is a block. A page that said more than the Markdown would be a second
 * card, and one of them would be looked at less. */
#include "card_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* ---- texts ---- */

struct page {
  const struct card *c;
  struct fray_document *document;
  struct fray_text *out;
  bool *seen;          /* (footnotes) it was called: the way back leads to the first call */
  const char **linked; /* (footnotes) address of the file; NULL: none */
};

/* Pieces are no texts of their own: n bytes of one. */
static void put_words(struct fray_text *out, const char *words, size_t n) {
  struct fray_text copy = {0};
  fray_text_add(&copy, words, n);
  fray_document_text(out, copy.data ? copy.data : "");
  out->failed |= copy.failed;
  fray_text_free(&copy);
}

/* A long name of swept keys may be broken where one of them ends; what is copied has no break. */
static void put_name(struct fray_text *out, const char *words, size_t n) {
  fray_text_puts(out, "<code>");
  while (n > 0) {
    const char *end = memchr(words, '=', n);
    const size_t part = end ? (size_t)(end - words) + 1 : n;
    put_words(out, words, part);
    fray_text_puts(out, end ? "<wbr>" : "");
    words += part;
    n -= part;
  }
  fray_text_puts(out, "</code>");
}

/* Numbers of footnotes are the card's own, from 1. */
static void put_call(struct page *page, const struct card_piece *piece) {
  size_t number = 0;
  for (size_t i = 0; i < piece->n; i++)
    number = 10 * number + (size_t)(piece->words[i] - '0');
  fray_text_puts(page->out, "<sup class=\"call\"><a ");
  if (!page->seen[number - 1])
    fray_text_printf(page->out, "id=\"call%zu\" ", number);
  page->seen[number - 1] = true;
  fray_text_printf(page->out, "href=\"#note%zu\">%zu</a></sup>", number, number);
}

/* Words of others need no mark of their own here, since all are escaped. */
static void put_marked(struct page *page, const char *text) {
  struct card_piece piece;
  while (card_next(&text, &piece)) {
    if (piece.mark == CARD_NOTE) {
      put_call(page, &piece);
      continue;
    }
    if (piece.mark == CARD_CODE) {
      put_name(page->out, piece.words, piece.n);
      continue;
    }
    fray_text_puts(page->out, piece.mark == CARD_STRONG  ? "<b class=\"missing\">"
                              : piece.mark == CARD_RANGE ? "<span class=\"range\">"
                                                         : "");
    put_words(page->out, piece.words, piece.n);
    fray_text_puts(page->out, piece.mark == CARD_STRONG  ? "</b>"
                              : piece.mark == CARD_RANGE ? "</span>"
                                                         : "");
  }
}

/* ---- lists ---- */

/* An empty field where others of the table have a drawing. */
static void put_drawing(struct page *page, const struct card_block *block) {
  fray_text_puts(page->out, "<td class=\"drawn\">");
  if (!isnan(block->strip.value))
    fray_document_put_strip(page->out, &block->strip);
  fray_text_puts(page->out, "</td>");
}

/* Entries behind each other that are of the same subject, and say something of a second one. */
static size_t alike(const struct card_block *block, size_t n) {
  size_t k = 1;
  while (k < n && block[0].n > 1 && block[k].n > 1 &&
         strcmp(block[0].subject[0], block[k].subject[0]) == 0)
    k++;
  return k;
}

/* rows: how many entries the first subject is for; 0: it stands above. What has fewer subjects than
 * others of the list reaches to where their last one ends. */
static void put_subjects(struct page *page, const struct card_block *block, size_t columns,
                         size_t rows) {
  for (size_t k = 0; k < block->n; k++) {
    const size_t wide = k + 1 == block->n ? columns - k : 1;
    if (k == 0 && rows == 0)
      continue; /* said by an entry above */
    fray_text_puts(page->out, k == 0 ? "<th scope=\"row\"" : "<td");
    if (k == 0 && rows > 1)
      fray_text_printf(page->out, " rowspan=\"%zu\"", rows);
    if (wide > 1)
      fray_text_printf(page->out, " colspan=\"%zu\"", wide);
    fray_text_puts(page->out, ">");
    put_marked(page, block->subject[k]);
    fray_text_puts(page->out, k == 0 ? "</th>" : "</td>");
  }
}

/* A list whose entries have their parts below each other. */
static void put_entries(struct page *page, const struct card_block *block, size_t n) {
  size_t columns = 1;
  bool drawn = false;
  for (size_t k = 0; k < n; k++) {
    columns = block[k].n > columns ? block[k].n : columns;
    drawn |= !isnan(block[k].strip.value);
  }
  fray_text_puts(page->out, "<table class=\"entries\"><tbody>\n");
  for (size_t k = 0, same = 0; k < n; k++) {
    const bool begins = same == 0;
    same = begins ? alike(block + k, n - k) : same;
    fray_text_puts(page->out, "<tr>");
    put_subjects(page, &block[k], columns, begins ? same : 0);
    fray_text_puts(page->out, "<td class=\"said\">");
    put_marked(page, block[k].text);
    fray_text_puts(page->out, "</td>");
    if (drawn)
      put_drawing(page, &block[k]);
    fray_text_puts(page->out, "</tr>\n");
    same--;
  }
  fray_text_puts(page->out, "</tbody></table>\n");
}

/* The eight dimensions of one cell; its rows stand behind the title. */
static void put_table(struct page *page, const struct card_block *title, size_t n) {
  fray_text_puts(page->out, "<table class=\"dimensions\"><caption>");
  put_marked(page, title->text);
  fray_text_puts(page->out, "</caption>\n<thead><tr>");
  for (size_t k = 0; k < CARD_SUBJECTS; k++)
    fray_text_printf(page->out, "<th scope=\"col\"%s>%s</th>",
                     k + 1 == CARD_SUBJECTS ? " colspan=\"2\"" : "", card_heads[k]);
  fray_text_puts(page->out, "</tr></thead><tbody>\n");
  for (size_t k = 1; k <= n; k++) {
    fray_text_puts(page->out, "<tr><th scope=\"row\">");
    put_marked(page, title[k].subject[0]);
    fray_text_puts(page->out, "</th><td>");
    put_marked(page, title[k].subject[1]);
    fray_text_puts(page->out, "</td><td class=\"said\">");
    put_marked(page, title[k].text);
    fray_text_puts(page->out, "</td>");
    put_drawing(page, &title[k]);
    fray_text_puts(page->out, "</tr>\n");
  }
  fray_text_puts(page->out, "</tbody></table>\n");
}

/* In a frame of its own, whose title says what it is: by words, and not by its looks alone. */
static void put_typed(struct page *page, const struct card_block *block) {
  fray_text_printf(page->out,
                   "<div class=\"typed\"><p class=\"title\">%s <span class=\"tag\">" CARD_IS_TYPED
                   "</span></p><ul>\n",
                   block->text);
  for (size_t k = 0; k < block->n; k++) {
    fray_text_puts(page->out, "<li>");
    fray_document_text(page->out, block->word[k]);
    fray_text_puts(page->out, "</li>\n");
  }
  fray_text_puts(page->out, "</ul></div>\n");
}

/* ---- the page ---- */

/* How many blocks from here on are of a kind. */
static size_t run_of(const struct card_block *block, size_t n, enum card_kind kind) {
  size_t k = 0;
  while (k < n && block[k].kind == kind)
    k++;
  return k;
}

/* The first heading is the title of the page. */
static void put_blocks(struct page *page) {
  const struct card *c = page->c;
  for (size_t k = 1, n; k < c->n; k += n) {
    const struct card_block *block = &c->block[k];
    n = 1;
    switch (block->kind) {
    case CARD_HEADING:
      fray_document_heading(page->document, block->level - 1, block->text);
      break;
    case CARD_SAY:
      fray_text_puts(page->out, "<p>");
      put_marked(page, block->text);
      fray_text_puts(page->out, "</p>\n");
      break;
    case CARD_ENTRY:
      n = run_of(block, c->n - k, CARD_ENTRY);
      put_entries(page, block, n);
      break;
    case CARD_TYPED:
      put_typed(page, block);
      break;
    case CARD_TABLE:
      n += run_of(block + 1, c->n - k - 1, CARD_ROW);
      put_table(page, block, n - 1);
      break;
    case CARD_ROW:
      break; /* behind their title */
    }
  }
}

/* The name of the file leads to it, where it is kept; the arrow back to the number. */
static void put_notes(struct page *page) {
  const struct card *c = page->c;
  fray_text_puts(page->out, "<ol class=\"notes\">\n");
  for (size_t k = 0; k < c->note.n; k++) {
    fray_text_printf(page->out, "<li id=\"note%zu\">", k + 1);
    if (page->linked[k])
      fray_text_printf(page->out, "<a href=\"%s\">", page->linked[k]);
    fray_document_text(page->out, c->source[k].file);
    fray_text_puts(page->out, page->linked[k] ? "</a>" : "");
    put_marked(page, c->note.v[k] + strlen(c->source[k].file));
    fray_text_printf(page->out,
                     " <a class=\"back\" href=\"#call%zu\" title=\"back to the number\" "
                     "aria-label=\"back to the number\">\u21a9</a></li>\n",
                     k + 1);
  }
  fray_text_puts(page->out, "</ol>\n");
}

/* What the card is of, and how its drawings are read, above all numbers. */
static void put_what(const struct card *c, struct fray_text *what) {
  fray_text_puts(what, "<p class=\"what\">of ");
  for (size_t s = 0; s < c->m.n_studies; s++) {
    fray_text_puts(what, s ? ", <code>" : "<code>");
    fray_document_text(what, c->m.study[s].r.folder);
    fray_text_puts(what, "</code>");
  }
  fray_text_puts(what, "</p>\n<p class=\"sub\">Beside a share its mean and its interval are drawn, "
                       "on a line from none to all; a stroke across is what it is held "
                       "against.</p>\n");
}

/* Links are found first: whoever writes the page cannot fail any more but for memory. */
enum fray_status card_page(const struct card *c, const char *path, struct fray_text *out,
                           struct fray_err *err) {
  struct page page = {.c = c};
  struct fray_text what = {0};
  FRAY_ALLOC_ZERO(page.seen, c->arena, c->note.n + 1, err);
  FRAY_ALLOC_ZERO(page.linked, c->arena, c->note.n + 1, err);
  for (size_t k = 0; k < c->note.n; k++)
    if (c->source[k].folder)
      FRAY_TRY(
          card_link(path, c->source[k].folder, c->source[k].file, c->arena, &page.linked[k], err));
  FRAY_TRY(fray_document_new(c->arena, &page.document, err));
  page.out = fray_document_body(page.document);
  put_blocks(&page);
  put_notes(&page);
  put_what(c, &what);
  fray_document_end(page.document, c->block[0].text, &what, out);
  fray_document_free(page.document);
  fray_text_free(&what);
  return FRAY_OK;
}
