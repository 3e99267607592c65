/* A page of its own in the look of the report, for what others have to show: one file that fetches
 * nothing, without a script, light or dark as its reader prefers, with a list of contents. */
#ifndef FRAY_REPORT_DOCUMENT_H
#define FRAY_REPORT_DOCUMENT_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/base/text.h"

/** A page as it grows. */
struct fray_document;

/** Empty. Its texts are the heap's: free it, whatever becomes of it. */
enum fray_status fray_document_new(struct fray_arena *arena, struct fray_document **out,
                                   struct fray_err *err);
void fray_document_free(struct fray_document *document); /* NULL: nothing */
/** Where HTML is appended. */
struct fray_text *fray_document_body(struct fray_document *document);
/** For wide tables: the contents stand above the text and not beside it. */
void fray_document_widen(struct fray_document *document);
/** What stands in the body by now is above the contents, over the whole width. Once. */
void fray_document_opened(struct fray_document *document);
/** A heading, its anchor and its entry in the contents. level: from 1. text: escaped here. */
void fray_document_heading(struct fray_document *document, unsigned level, const char *text);
/** Appends text that HTML shows as it is, in attributes in quotes too; what turns the direction of
 *  writing or is no character becomes U+FFFD. */
void fray_document_text(struct fray_text *out, const char *text);

/** An interval drawn on a line from 0 to 1, to stand beside its number, which says the same. */
struct fray_document_strip {
  double low, value, high; /* value NaN: an empty line */
  double beside;           /* a stroke across, of what it is held against; NaN: none */
};
void fray_document_put_strip(struct fray_text *out, const struct fray_document_strip *strip);

/** The whole file. title: escaped here. what: HTML under it. out fails where a part did. */
void fray_document_end(struct fray_document *document, const char *title,
                       const struct fray_text *what, struct fray_text *out);

#endif
