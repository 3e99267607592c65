/* CSV after RFC 4180: quotes, doubled quotes, line breaks within quotes, LF or CRLF. */
#include "parts.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 30 };

struct parser {
  const char *path;
  char separator, *at, *end;
  int line;
  struct fray_arena *arena;
};

/* A quoted field, unquoted in place; the parser stands behind the closing quote. */
static enum fray_status quoted_field(struct parser *p, char **out, struct fray_err *err) {
  int line = p->line;
  char *to = p->at;
  *out = to;
  for (p->at++;; p->at++) {
    FRAY_CHECK(p->at < p->end, err, INPUT, "%s:%d: a quote is not closed", p->path, line);
    if (*p->at == '"' && *++p->at != '"')
      break;
    p->line += *p->at == '\n';
    *to++ = *p->at;
  }
  /* What follows is needed before it is overwritten by the end of this text. */
  char next = p->at < p->end ? *p->at : '\n';
  bool ends = next == p->separator || next == '\n' || (next == '\r' && p->at[1] == '\n');
  FRAY_CHECK(ends, err, INPUT, "%s:%d: text after a closing quote", p->path, p->line);
  *to = '\0';
  return FRAY_OK;
}

/* Next field; *last when it ends its line. */
static enum fray_status next_field(struct parser *p, char **out, bool *last, struct fray_err *err) {
  if (p->at < p->end && *p->at == '"')
    FRAY_TRY(quoted_field(p, out, err));
  else
    for (*out = p->at; p->at < p->end && *p->at != p->separator && *p->at != '\n'; p->at++)
      FRAY_CHECK(*p->at != '"', err, INPUT, "%s:%d: a quote within an unquoted field", p->path,
                 p->line);
  char *stop = p->at;
  *last = p->at >= p->end || *p->at != p->separator;
  if (*last && stop > *out && stop < p->end && *stop == '\n' && stop[-1] == '\r')
    stop--;
  if (*last && *p->at == '\r') /* behind a quoted field */
    p->at++;
  if (p->at < p->end)
    p->at++;
  p->line += *last;
  *stop = '\0';
  return FRAY_OK;
}

static enum fray_status read_line(struct parser *p, const char **cell, size_t room, size_t *n,
                                  struct fray_err *err) {
  bool last = false;
  for (*n = 0; !last; ++*n) {
    char *field;
    FRAY_TRY(next_field(p, &field, &last, err));
    if (*n < room)
      cell[*n] = field;
  }
  return FRAY_OK;
}

static enum fray_status read_header(struct parser *p, struct csv *out, struct fray_err *err) {
  size_t room = 1;
  for (const char *c = p->at; c < p->end && *c != '\n'; c++)
    room += *c == p->separator;
  FRAY_ALLOC(out->header, p->arena, room, err);
  FRAY_TRY(read_line(p, out->header, room, &out->columns, err));
  FRAY_CHECK(out->columns <= room, err, INPUT, "%s:1: a column name holds a line break", p->path);
  for (size_t c = 0; c < out->columns; c++) {
    FRAY_CHECK(out->header[c][0], err, INPUT, "%s:1: column %zu has no name", p->path, c + 1);
    for (size_t d = 0; d < c; d++)
      FRAY_CHECK(strcmp(out->header[c], out->header[d]) != 0, err, INPUT,
                 "%s:1: two columns are named \"%s\"", p->path, out->header[c]);
  }
  return FRAY_OK;
}

static enum fray_status read_rows(struct parser *p, struct csv *out, struct fray_err *err) {
  size_t room = 1, cells;
  int *line;
  for (const char *c = p->at; c < p->end; c++)
    room += *c == '\n';
  FRAY_CHECK(fray_size_mul(room, out->columns, &cells), err, INPUT, "%s: too large", p->path);
  FRAY_ALLOC(out->cell, p->arena, cells, err);
  FRAY_ALLOC(line, p->arena, room, err);
  while (p->at < p->end) {
    size_t n;
    line[out->n] = p->line;
    FRAY_TRY(read_line(p, out->cell + out->n * out->columns, out->columns, &n, err));
    FRAY_CHECK(n == out->columns, err, INPUT, "%s:%d: %zu fields, the header names %zu", p->path,
               line[out->n], n, out->columns);
    out->n++;
  }
  out->line = line;
  return FRAY_OK;
}

/* Blank lines at the end are no rows: shortens the text to the end of the last other line. */
static size_t without_blank_end(const char *text, size_t size) {
  for (;;) {
    bool lf = size >= 2 && memcmp(text + size - 2, "\n\n", 2) == 0;
    bool crlf = size >= 3 && memcmp(text + size - 3, "\n\r\n", 3) == 0;
    if (!lf && !crlf)
      return size;
    size -= lf ? 1 : 2;
  }
}

enum fray_status fray_csv_read(const char *path, char separator, struct fray_arena *arena,
                               struct csv *out, struct fray_err *err) {
  struct fray_text file = {0};
  FRAY_TRY(fray_file_read(path, LARGEST, &file, err));
  char *copy = fray_arena_strndup(arena, file.data ? file.data : "", file.size);
  size_t size = file.size;
  bool zeros = file.data && memchr(file.data, '\0', file.size);
  fray_text_free(&file);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  FRAY_CHECK(!zeros, err, INPUT, "%s: not a text file (it holds NUL bytes)", path);
  FRAY_TRY(fray_import_utf8(path, copy, size, err));
  size = without_blank_end(copy, size);
  struct parser p = {path, separator, copy, copy + size, 1, arena};
  if (size >= 3 && memcmp(copy, "\xef\xbb\xbf", 3) == 0)
    p.at += 3;
  *out = (struct csv){0};
  FRAY_CHECK(p.at < p.end, err, INPUT, "%s: the file is empty, a header line was expected", path);
  FRAY_TRY(read_header(&p, out, err));
  return read_rows(&p, out, err);
}
