/* Pages of others in the look of the report: its page without the script, and the parts that their
 * makers would otherwise draw by themselves. */
#include "fray/report/document.h"

#include "page.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>

struct fray_document {
  struct fray_rep_page page;
};

enum fray_status fray_document_new(struct fray_arena *arena, struct fray_document **out,
                                   struct fray_err *err) {
  FRAY_ALLOC_ZERO(*out, arena, 1, err);
  (*out)->page.base = 1;
  (*out)->page.plain = true;
  return FRAY_OK;
}

void fray_document_free(struct fray_document *document) {
  if (document)
    fray_rep_page_free(&document->page);
}

struct fray_text *fray_document_body(struct fray_document *document) {
  return &document->page.body;
}

void fray_document_widen(struct fray_document *document) {
  document->page.wide = true;
}

void fray_document_opened(struct fray_document *document) {
  document->page.n_first = document->page.body.size;
}

void fray_document_heading(struct fray_document *document, unsigned level, const char *text) {
  fray_rep_heading(&document->page, level, text, NULL);
}

void fray_document_text(struct fray_text *out, const char *text) {
  fray_rep_html(out, text);
}

/* On the line, whatever the number is. */
static double place(double value) {
  enum { FROM = 4, TO = 116 }; /* so that no mark is cut at an end */
  return FROM + (TO - FROM) * fmin(fmax(value, 0), 1);
}

/* Hidden from who hears the page: the number beside it says all of it. Tenths of a pixel. */
void fray_document_put_strip(struct fray_text *out, const struct fray_document_strip *strip) {
  fray_text_puts(out, "<svg class=\"strip\" viewBox=\"0 0 120 14\" aria-hidden=\"true\">"
                      "<path class=\"rule\" d=\"M4 4v6M4 7h112M116 4v6M60 5.5v3\"/>");
  if (!isnan(strip->beside))
    fray_text_printf(out, "<path class=\"beside\" d=\"M%.1f 1v12\"/>", place(strip->beside));
  if (!isnan(strip->value) && !isnan(strip->low))
    fray_text_printf(out,
                     "<path class=\"span\" d=\"M%.1f 7H%.1f\"/><circle class=\"dot\" cx=\"%.1f\" "
                     "cy=\"7\" r=\"3.2\"/>",
                     place(strip->low), place(strip->high), place(strip->value));
  fray_text_puts(out, "</svg>");
}

void fray_document_end(struct fray_document *document, const char *title,
                       const struct fray_text *what, struct fray_text *out) {
  fray_rep_document(&document->page, title, what, out);
}
