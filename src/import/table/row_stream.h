/* Tables of text that are too long to be in memory: read row by row, and again from a row on. */
#ifndef FRAY_IMPORT_ROW_STREAM_H
#define FRAY_IMPORT_ROW_STREAM_H

#include "fray/base/arena.h"
#include "fray/base/csv.h"

#include <stdint.h>
#include <stdio.h>

struct stream_rules {
  char separator; /* between cells; STREAM_BLANKS: any number of blanks and tabs */
  char row_end;   /* ends a row too, as ';' does in some sets; 0: line ends alone do */
  bool plain_quotes;
  enum fray_csv_header header;
};
#define STREAM_BLANKS ' '

/** An open table. Cells are without blanks around them, and valid until the next row. */
struct row_stream {
  const char *path;
  struct stream_rules rules;
  size_t n_columns; /* of every row, those of the files beside it included */
  char **cell;      /* (n_cells) of the current row */
  size_t n_cells;
  size_t line;     /* of the current row, from 1 */
  uint64_t offset; /* of the current row, in bytes */
  /* private */
  FILE *file;
  char *buffer;
  size_t start, end, room, cell_room, next_line;
  uint64_t base;             /* where the buffer begins in the file */
  bool over;                 /* nothing is left in the file */
  struct row_stream *beside; /* (n_beside) files that are read in step with it */
  size_t n_beside;
};

/** A file beside another one, of as many rows: its columns follow, with a prefix to their names. */
struct stream_side {
  const char *path, *prefix;
  size_t n_columns; /* set when it is opened */
};
/** Where a row of it begins. */
struct stream_place {
  uint64_t offset;
  size_t line;
};

/** Opens a file and reads its header: names of columns (n_columns) in the arena, in their one form;
 *  "1", "2", ... where there is none, "" for a column without a name. The first row of such a file
 *  says how many columns there are. Holds a row and a buffer of 64 KiB, whatever the file's size.
 *  INPUT: missing, not a regular file, empty, UTF-16, names that stand twice or are all numbers
 *  (unless the rules say so). Close in any case. */
enum fray_status fray_stream_open(const char *path, const struct stream_rules *rules,
                                  struct fray_arena *arena, const char ***column,
                                  struct row_stream *out, struct fray_err *err);
/** The next row that is not blank; *there false at the end. INPUT with file and line: a NUL byte, a
 *  quote that is not closed, a row of more than 1 MiB. A row may have another number of cells than
 *  n_columns. */
enum fray_status fray_stream_next(struct row_stream *stream, bool *there, struct fray_err *err);
/** Opens a file at a row that was read before. */
enum fray_status fray_stream_open_at(const char *path, const struct stream_rules *rules,
                                     uint64_t offset, size_t line, struct row_stream *out,
                                     struct fray_err *err);
/** Opens files beside a stream that was just opened; *column, n_columns grow. A row of the stream
 * is then one of all. INPUT as fray_stream_open; later: one that ends before the others, or a row
 * of another length in one of them. */
enum fray_status fray_stream_beside(struct row_stream *stream, struct stream_side *side, size_t n,
                                    struct fray_arena *arena, const char ***column,
                                    struct fray_err *err);
/** The same at rows (n) that were read before, of a stream that was opened at one. */
enum fray_status fray_stream_beside_at(struct row_stream *stream, const struct stream_side *side,
                                       const struct stream_place *at, size_t n,
                                       struct fray_err *err);
void fray_stream_close(struct row_stream *stream);

#endif
