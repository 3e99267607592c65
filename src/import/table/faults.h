/* What an import says of many things at once: faults that end it, and warnings. */
#ifndef FRAY_IMPORT_FAULTS_H
#define FRAY_IMPORT_FAULTS_H

#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>

/** Faults of one sort, to be named together. Zero-initialised is none. */
struct faults {
  size_t n, of;          /* faults, of so many that were looked at */
  struct fray_text list; /* the first FAULTS_SHOWN texts, a NUL behind each */
};
enum { FAULTS_SHOWN = 100 };

void fray_faults_add(struct faults *faults, const char *text);
/** OK if there are none, else INPUT: "3 of 9 WHAT: ...; ...; ... and 1 moreHINT"; one fault stands
 *  for itself. Where there are many, a line on stderr for each (at most FAULTS_SHOWN) comes first.
 *  Releases the list. */
enum fray_status fray_faults_fail(struct faults *faults, const char *what, const char *hint,
                                  struct fray_err *err);
/** Texts of rows that nothing knows, counted; the first few different ones are kept. Zero is none.
 */
enum { UNKNOWN_SHOWN = 6 };
struct unknown {
  size_t n, n_seen, others; /* rows; different texts kept; rows whose text is not among those */
  struct {
    const char *text; /* borrowed */
    size_t n;
  } seen[UNKNOWN_SHOWN];
};
void fray_unknown_add(struct unknown *unknown, const char *text);
/** A line on stderr: how many of so many rows of a file were left out (dropped) or kept, what for,
 *  and the texts. */
void fray_unknown_say(const struct unknown *unknown, const char *file, const char *what,
                      bool dropped, size_t rows);
/** A warning in lines of 80 columns, with names (or NULL) below it. All of an import's are said by
 *  this. */
void fray_import_warn(const char *names, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
