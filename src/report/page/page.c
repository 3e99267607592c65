/* The document around the report: head, header, contents, script. */
#include "page.h"

#include "report/draw/palette.h"
#include "report/table/table_model.h"
#include "report/words/markup.h"

#include "fray/base/made.h"

#include <stdio.h>

void fray_rep_put_name(struct fray_text *out, const char *name) {
  if (name)
    fray_rep_html(out, name);
  out->failed |= !name;
}

/* depth 0 closes everything. An entry stays open until the next one, since a list of lower ones may
 * follow inside it. */
static void close_entries(struct fray_rep_page *page, unsigned depth) {
  for (; page->depth > depth; page->depth--)
    fray_text_puts(&page->contents, "</li></ol>");
}

/* Levels that were skipped get an empty item each, for a list may only lie in an item. */
static void put_entry(struct fray_rep_page *page, unsigned depth, const char *text,
                      const char *id) {
  struct fray_text *out = &page->contents;
  close_entries(page, depth);
  if (page->depth == depth)
    fray_text_puts(out, "</li>\n");
  for (; page->depth < depth; page->depth++)
    fray_text_puts(out, page->depth + 1 < depth ? "<ol><li>" : "<ol>\n");
  fray_text_printf(out, "<li><a href=\"#%s\">", id);
  fray_rep_html(out, text);
  fray_text_puts(out, "</a>");
}

/* Headings are counted even if they bring an id, so the numbers of the others do not depend on it.
 * Both texts are escaped; an id is ours and is not. */
void fray_rep_heading(struct fray_rep_page *page, unsigned level, const char *text,
                      const char *id) {
  char number[32];
  unsigned at = page->base + level;
  snprintf(number, sizeof number, "part%zu", ++page->n_headings);
  fray_text_printf(&page->body, "<h%u id=\"%s\" class=\"level%u\">", at, id ? id : number, level);
  fray_rep_html(&page->body, text);
  fray_text_printf(&page->body, "</h%u>\n", at);
  put_entry(page, at - 1, text, id ? id : number);
}

/* The heading stays in the summary, so that a folded part has its place in the outline of the page.
 */
void fray_rep_fold(struct fray_rep_page *page, unsigned level, const char *text, const char *id) {
  fray_text_printf(&page->body, "<details class=\"part part%u\"><summary>", level);
  fray_rep_heading(page, level, text, id);
  fray_text_puts(&page->body, "</summary>\n");
}

void fray_rep_fold_end(struct fray_rep_page *page) {
  fray_text_puts(&page->body, "</details>\n");
}

/* A fold's heading is in the table of contents like any other, so that nothing is hidden. */
enum fray_status fray_rep_table_part(struct fray_rep_page *page, struct fray_rep_table *table,
                                     const char *name, size_t section, const char *folder,
                                     const char *title, struct fray_err *err) {
  enum { MANY = 24 };
  const char *tables = fray_arena_printf(table->arena, "%s/tables", folder);
  table->name = section ? fray_arena_printf(table->arena, "r%zu-%s", section + 1, name) : name;
  FRAY_CHECK(table->name && tables, err, MEMORY, "out of memory");
  if (table->n_rows == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_table_write(table, tables, err));
  const bool many = table->n_rows > MANY;
  if (many)
    fray_rep_fold(page, 1, title, NULL);
  else
    fray_rep_heading(page, 1, title, NULL);
  FRAY_TRY(fray_rep_table_html(table, &page->body, err));
  if (many)
    fray_rep_fold_end(page);
  return FRAY_OK;
}

/* Neutral colours. Those of the series come from the palette. Print is always light: the dark rules
 * are for screens alone, as ink on a dark ground would cover the sheet. */
static void put_light(struct fray_text *out) {
  fray_text_puts(out, "color-scheme:light;--ground:#fff;--ink:#1d1f21;--muted:#5c6166;"
                      "--grid:#d9dcdf;--panel:#f5f6f7;--warn:#8a4b00;--accent:#0b5cad;");
  fray_rep_palette_css(false, out);
}

/* Not the light colours turned around: each was chosen to be read on this ground. */
static void put_dark(struct fray_text *out) {
  fray_text_puts(out, "color-scheme:dark;--ground:#16181a;--ink:#e6e7e8;--muted:#a3a8ad;"
                      "--grid:#383c40;--panel:#1f2224;--warn:#f0b35a;--accent:#7db8f0;");
  fray_rep_palette_css(true, out);
}

/* The first sheet holds all that a drawing needs, light: the script saves figures with it. Dark is
 * said twice: for the reader who chose it, and for the system that prefers it unless the reader
 * chose light. CSS has no way to name both in one rule. */
static void put_styles(struct fray_text *out, bool plain) {
  fray_text_puts(out, "<style id=\"figure-style\">\n:root{");
  put_light(out);
  fray_text_printf(out, "}\n%s</style>\n<style>\n@media screen{:root[data-theme=dark]{",
                   fray_rep_figure_css());
  put_dark(out);
  fray_text_puts(out, "}}\n@media screen and (prefers-color-scheme:dark){"
                      ":root:not([data-theme=light]){");
  put_dark(out);
  fray_text_printf(out, "}}\n%s%s</style>\n", fray_rep_page_css,
                   plain ? fray_rep_document_css : "");
}

/* Names from data are escaped; should one slip through, nothing may run but the one script that is
 * known by its hash. blob: is where the script draws a figure that is saved as PNG. A plain page
 * has neither. */
static void put_head(struct fray_text *out, const char *title, bool plain) {
  fray_text_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n"
                      "<meta name=\"referrer\" content=\"no-referrer\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src 'unsafe-inline'; ");
  if (!plain)
    fray_text_printf(out, "script-src '%s'; img-src blob: data:; media-src data:; ",
                     fray_rep_page_js_hash);
  fray_text_puts(out, "base-uri 'none'; form-action 'none'\">\n<title>");
  fray_rep_html(out, title);
  /* A report replaces pages that are reports. */
  fray_text_puts(out, plain ? " \u00b7 fray</title>\n" : FRAY_MADE_PAGE);
  put_styles(out, plain);
  fray_text_puts(out, "</head>\n");
}

/* FRAY_MADE_PAGE behind the title is what a later report knows its own page by. Failures of the
 * parts are taken over, so that the caller tests one text. */
void fray_rep_document(struct fray_rep_page *page, const char *title, const struct fray_text *what,
                       struct fray_text *out) {
  close_entries(page, 0);
  put_head(out, title, page->plain);
  fray_text_printf(out,
                   "<body>\n<a class=\"skip\" href=\"#main\">Skip to the %s</a>\n"
                   "<header class=\"top\">\n<h1>",
                   page->plain ? "content" : "report");
  fray_rep_html(out, title);
  fray_text_puts(out, "</h1>\n");
  fray_text_add(out, what->data, what->size);
  fray_text_printf(out, "</header>\n<main id=\"main\"%s tabindex=\"-1\">\n",
                   page->wide ? " class=\"wide\"" : "");
  fray_text_add(out, page->body.data, page->n_first);
  fray_text_puts(out, "<nav class=\"contents\" aria-label=\"Contents\">\n"
                      "<details open><summary>Contents</summary>\n");
  fray_text_add(out, page->contents.data, page->contents.size);
  fray_text_puts(out, "\n</details>\n</nav>\n<div class=\"rest\">\n");
  fray_text_add(out, page->body.data ? page->body.data + page->n_first : NULL,
                page->body.size - page->n_first);
  fray_text_puts(out, "</div>\n</main>\n");
  if (!page->plain)
    fray_text_printf(out, "<script>%s</script>\n", fray_rep_page_js);
  fray_text_puts(out, "</body>\n</html>\n");
  out->failed |= page->body.failed || page->contents.failed || what->failed;
}

void fray_rep_page_free(struct fray_rep_page *page) {
  fray_text_free(&page->body);
  fray_text_free(&page->contents);
}
