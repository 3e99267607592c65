/* Rows of a text table, one at a time: recordings of hours have millions of them. A row is found,
 * cut in place and forgotten; where it lies in the file is known, so that it can be read again. */
#include "row_stream.h"

#include "natural_names.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER = 1 << 16, LONGEST_ROW = 1 << 20 };

/* ---- bytes ---- */

/* Moves what is left to the front and reads more behind it; twice the room if none is free. */
static enum fray_status read_more(struct row_stream *s, struct fray_err *err) {
  if (s->start > 0) {
    memmove(s->buffer, s->buffer + s->start, s->end - s->start);
    s->base += s->start;
    s->end -= s->start;
    s->start = 0;
  }
  /* One byte stays free for the NUL behind the last row of a file that has no line end. */
  if (s->end + 1 >= s->room) {
    FRAY_CHECK(s->room <= LONGEST_ROW, err, INPUT, "%s:%zu: a row of more than %d bytes", s->path,
               s->next_line, LONGEST_ROW);
    size_t room = FRAY_MAX(2 * s->room, (size_t)BUFFER);
    char *more = realloc(s->buffer, room);
    FRAY_CHECK(more, err, MEMORY, "out of memory (%zu bytes)", room);
    s->buffer = more;
    s->room = room;
  }
  /* A short read is no end: the end is a read of nothing. */
  size_t n = fread(s->buffer + s->end, 1, s->room - s->end - 1, s->file);
  FRAY_CHECK(n > 0 || !ferror(s->file), err, INPUT, "%s: %s", s->path, strerror(errno));
  s->over = n == 0;
  s->end += n;
  return FRAY_OK;
}

/* Old Macs end lines by CR alone; CRLF is one end, which find_row takes together. */
static bool ends_row(const struct row_stream *s, char c) {
  return c == '\n' || c == '\r' || (s->rules.row_end && c == s->rules.row_end);
}

/* The row at the cursor, with a NUL in place of its end; *end is where the next one begins. */
static enum fray_status find_row(struct row_stream *s, size_t *size, size_t *next,
                                 struct fray_err *err) {
  size_t n = 0;
  for (;; n++) {
    /* One more than the end: a CR may be the first half of a line end. */
    while (s->start + n + 1 >= s->end && !s->over)
      FRAY_TRY(read_more(s, err));
    if (s->start + n >= s->end || ends_row(s, s->buffer[s->start + n]))
      break;
    FRAY_CHECK(s->buffer[s->start + n], err, INPUT,
               "%s:%zu: byte %llu is NUL: not a text file, or one in UTF-16; save it as UTF-8",
               s->path, s->next_line, (unsigned long long)(s->base + s->start + n));
  }
  /* The end itself belongs to neither row. */
  *size = n;
  *next = s->start + n;
  if (*next < s->end) {
    bool pair = s->buffer[*next] == '\r' && *next + 1 < s->end && s->buffer[*next + 1] == '\n';
    *next += pair ? 2 : 1;
  }
  return FRAY_OK;
}

/* ---- cells ---- */

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/* Cells are pointers into the buffer: valid until it is read further. */
static enum fray_status add_cell(struct row_stream *s, char *cell, struct fray_err *err) {
  if (s->n_cells == s->cell_room) {
    size_t room = FRAY_MAX(2 * s->cell_room, (size_t)64);
    char **more = realloc(s->cell, room * sizeof *more);
    FRAY_CHECK(more, err, MEMORY, "out of memory");
    s->cell = more;
    s->cell_room = room;
  }
  s->cell[s->n_cells++] = cell;
  return FRAY_OK;
}

/* A quoted cell, unquoted in place; p behind its closing quote. Line breaks within quotes would
 * make a row of several lines, which tables of numbers have not. */
static enum fray_status quoted(struct row_stream *s, char **p, struct fray_err *err) {
  char *from = *p + 1, *to = from;
  FRAY_TRY(add_cell(s, from, err));
  for (;; from++) {
    FRAY_CHECK(*from, err, INPUT,
               "%s:%zu: a quote is not closed; `quoting: none` takes quotes as "
               "letters",
               s->path, s->line);
    /* Two quotes are one; a single one ends the cell. */
    if (*from == '"' && *++from != '"')
      break;
    *to++ = *from;
  }
  while (is_blank(*from) && *from != s->rules.separator)
    from++;
  *p = from;
  FRAY_CHECK(!**p || **p == s->rules.separator, err, INPUT,
             "%s:%zu: text behind a closing quote; `quoting: none` takes quotes as letters",
             s->path, s->line);
  *to = '\0';
  return FRAY_OK;
}

/* Cells between separators, without the blanks around them (a tab may be the separator itself). */
static enum fray_status cut_cells(struct row_stream *s, char *p, struct fray_err *err) {
  char separator = s->rules.separator;
  for (;;) {
    while (is_blank(*p) && *p != separator)
      p++;
    char *end;
    if (*p == '"' && !s->rules.plain_quotes) {
      FRAY_TRY(quoted(s, &p, err));
      end = p;
    } else {
      FRAY_TRY(add_cell(s, p, err));
      end = strchr(p, separator);
      end = end ? end : p + strlen(p);
      char *last = end;
      while (last > p && is_blank(last[-1]))
        last--;
      p = end;
      if (last < end)
        *last = '\0';
    }
    /* A separator at the very end is followed by one more cell, an empty one. */
    if (!*end)
      return FRAY_OK;
    *end = '\0';
    p = end + 1;
  }
}

/* Runs of blanks and tabs separate; those at the ends mean nothing. */
static enum fray_status cut_blanks(struct row_stream *s, char *p, struct fray_err *err) {
  for (p += strspn(p, " \t"); *p; p += strspn(p, " \t")) {
    FRAY_TRY(add_cell(s, p, err));
    p += strcspn(p, " \t");
    if (*p)
      *p++ = '\0';
  }
  return FRAY_OK;
}

static enum fray_status next_own(struct row_stream *s, bool *there, struct fray_err *err) {
  /* Blank rows are skipped, not counted: many files end in some, and row_end leaves one behind
   * each line. */
  size_t size = 0, next = 0;
  do {
    FRAY_TRY(find_row(s, &size, &next, err));
    s->line = s->next_line;
    s->offset = s->base + s->start;
    char *row = s->buffer + s->start;
    *there = s->start < s->end;
    /* A row end that is no line end leaves the line as it is. */
    s->next_line += *there && next > s->start + size && strchr("\r\n", row[size]);
    s->start = next;
    /* Over the row's end, or the byte that is free behind the file's last one. */
    row[size] = '\0';
    s->n_cells = 0;
    if (row[strspn(row, " \t")]) {
      FRAY_TRY(s->rules.separator == STREAM_BLANKS ? cut_blanks(s, row, err)
                                                   : cut_cells(s, row, err));
      return FRAY_OK;
    }
  } while (*there);
  return FRAY_OK;
}

/* The rows of the files beside it, cell by cell behind its own. Rows are paired by their number
 * alone, so whatever could shift one against the other ends the reading. */
static enum fray_status add_beside(struct row_stream *s, bool there, struct fray_err *err) {
  for (size_t k = 0; k < s->n_beside; k++) {
    struct row_stream *b = &s->beside[k];
    bool other;
    FRAY_TRY(next_own(b, &other, err));
    FRAY_CHECK(other == there, err, INPUT,
               "%s:%zu: it ends, but %s goes on; files side by side have as many rows",
               there ? b->path : s->path, there ? b->line : s->line, there ? s->path : b->path);
    FRAY_CHECK(!there || b->n_cells == b->n_columns, err, INPUT,
               "%s:%zu: %zu cells, the first row has %zu", b->path, b->line, b->n_cells,
               b->n_columns);
    for (size_t c = 0; there && c < b->n_cells; c++)
      FRAY_TRY(add_cell(s, b->cell[c], err));
  }
  return FRAY_OK;
}

enum fray_status fray_stream_next(struct row_stream *s, bool *there, struct fray_err *err) {
  FRAY_TRY(next_own(s, there, err));
  return s->n_beside ? add_beside(s, *there, err) : FRAY_OK;
}

/* ---- opening ---- */

static enum fray_status open_file(const char *path, const struct stream_rules *rules,
                                  struct row_stream *out, struct fray_err *err) {
  uint64_t size;
  *out = (struct row_stream){.path = path, .rules = *rules, .next_line = 1};
  FRAY_TRY(fray_file_size(path, &size, err));
  /* Asked of the file system, so a folder or a pipe is refused before it is opened. */
  FRAY_CHECK(size > 0, err, INPUT, "%s: the file is empty", path);
  out->file = fopen(path, "rb");
  FRAY_CHECK(out->file, err, INPUT, "%s: %s", path, strerror(errno));
  return read_more(out, err);
}

enum fray_status fray_stream_open_at(const char *path, const struct stream_rules *rules,
                                     uint64_t offset, size_t line, struct row_stream *out,
                                     struct fray_err *err) {
  FRAY_TRY(open_file(path, rules, out, err));
  FRAY_CHECK(fseeko(out->file, (off_t)offset, SEEK_SET) == 0, err, INPUT, "%s: %s", path,
             strerror(errno));
  /* What open_file read of the file's beginning is forgotten. */
  out->start = out->end = 0;
  out->base = offset;
  out->next_line = line;
  out->over = false;
  return FRAY_OK;
}

void fray_stream_close(struct row_stream *s) {
  for (size_t k = 0; k < s->n_beside; k++)
    fray_stream_close(&s->beside[k]);
  free(s->beside);
  if (s->file)
    fclose(s->file);
  free(s->buffer);
  free(s->cell);
  *s = (struct row_stream){0};
}

/* A name that is nothing but a number: most likely a row of data where a header was expected. */
static bool looks_numeric(const char *text) {
  char *end;
  strtod(text, &end);
  return *text && !*end;
}

/* Names that can be told apart; several may be empty, since those are not asked for. */
static enum fray_status check_names(const struct row_stream *s, const char *const *name,
                                    struct fray_arena *arena, struct fray_err *err) {
  /* Sorted to see whether any name is there twice, and only then looked through for which. */
  size_t n = 0, n_unique, numbers = 0;
  const char **known, **unique;
  FRAY_ALLOC(known, arena, s->n_columns, err);
  for (size_t c = 0; c < s->n_columns; c++) {
    if (!name[c][0])
      continue;
    numbers += looks_numeric(name[c]);
    known[n++] = name[c];
  }
  FRAY_CHECK(n == 0 || numbers < n || s->rules.header == FRAY_CSV_NUMBERS, err, INPUT,
             "%s:%zu: the header is made of numbers; `header: none` if it is a row, `header: "
             "numbers` if these are names",
             s->path, s->line);
  FRAY_TRY(fray_names_unique(known, n, arena, &unique, &n_unique, err));
  for (size_t c = 0; n_unique < n && c < n; c++)
    for (size_t k = 0; k < c; k++)
      FRAY_CHECK(strcmp(known[c], known[k]) != 0, err, INPUT,
                 "%s:%zu: two columns are both named \"%.80s\"", s->path, s->line, known[c]);
  return FRAY_OK;
}

static enum fray_status take_header(struct row_stream *s, struct fray_arena *arena,
                                    const char ***column, struct fray_err *err) {
  const char **name;
  /* Copied: the row is cut from a buffer that is used again. */
  s->n_columns = s->n_cells;
  FRAY_ALLOC(name, arena, s->n_columns, err);
  for (size_t c = 0; c < s->n_columns; c++) {
    size_t size = strlen(s->cell[c]);
    FRAY_CHECK(fray_utf8_valid(s->cell[c], size) == size, err, INPUT,
               "%s:%zu: the name of column %zu is not UTF-8 text", s->path, s->line, c + 1);
    name[c] = s->rules.header == FRAY_CSV_NO_HEADER ? fray_arena_printf(arena, "%zu", c + 1)
                                                    : fray_arena_strdup(arena, s->cell[c]);
    FRAY_CHECK(name[c], err, MEMORY, "out of memory");
  }
  FRAY_TRY(fray_names_clean(name, s->n_columns, arena, err));
  *column = name;
  return s->rules.header == FRAY_CSV_NO_HEADER ? FRAY_OK : check_names(s, name, arena, err);
}

enum fray_status fray_stream_open(const char *path, const struct stream_rules *rules,
                                  struct fray_arena *arena, const char ***column,
                                  struct row_stream *out, struct fray_err *err) {
  bool there;
  FRAY_TRY(open_file(path, rules, out, err));
  /* A mark of UTF-16 is told by name; without one, its NUL bytes give it away at the first row. */
  const unsigned char *b = (const unsigned char *)out->buffer;
  bool wide = out->end >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff));
  FRAY_CHECK(!wide, err, INPUT, "%s: the text is UTF-16; save it as UTF-8", path);
  if (out->end >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0)
    out->start = 3;
  FRAY_TRY(fray_stream_next(out, &there, err));
  FRAY_CHECK(out->n_cells > 0, err, INPUT, "%s: holds no rows", path);
  FRAY_TRY(take_header(out, arena, column, err));
  if (rules->header != FRAY_CSV_NO_HEADER)
    return FRAY_OK;
  /* The first row was cut to count its cells; it is a row all the same, and read again. */
  struct row_stream again;
  enum fray_status status = fray_stream_open_at(path, rules, out->offset, out->line, &again, err);
  again.n_columns = out->n_columns;
  fray_stream_close(out);
  *out = again;
  return status;
}

/* Room for all at once; those that are open are closed with the stream, whatever happens. */
static enum fray_status make_beside(struct row_stream *s, size_t n, struct fray_err *err) {
  s->beside = calloc(n, sizeof *s->beside);
  FRAY_CHECK(s->beside, err, MEMORY, "out of memory");
  return FRAY_OK;
}

enum fray_status fray_stream_beside(struct row_stream *s, struct stream_side *side, size_t n,
                                    struct fray_arena *arena, const char ***column,
                                    struct fray_err *err) {
  FRAY_TRY(make_beside(s, n, err));
  for (size_t k = 0; k < n; k++) {
    const char **own, **all;
    struct row_stream *b = &s->beside[s->n_beside++];
    FRAY_TRY(fray_stream_open(side[k].path, &s->rules, arena, &own, b, err));
    side[k].n_columns = b->n_columns;
    FRAY_ALLOC(all, arena, s->n_columns + b->n_columns, err);
    memcpy(all, *column, s->n_columns * sizeof *all);
    for (size_t c = 0; c < b->n_columns; c++) {
      const char **name = &all[s->n_columns + c];
      *name = own[c][0] ? fray_arena_printf(arena, "%s%s", side[k].prefix, own[c]) : "";
      FRAY_CHECK(*name, err, MEMORY, "out of memory");
    }
    *column = all;
    s->n_columns += b->n_columns;
  }
  return FRAY_OK;
}

enum fray_status fray_stream_beside_at(struct row_stream *s, const struct stream_side *side,
                                       const struct stream_place *at, size_t n,
                                       struct fray_err *err) {
  FRAY_TRY(make_beside(s, n, err));
  for (size_t k = 0; k < n; k++) {
    struct row_stream *b = &s->beside[s->n_beside++];
    FRAY_TRY(fray_stream_open_at(side[k].path, &s->rules, at[k].offset, at[k].line, b, err));
    b->n_columns = side[k].n_columns;
  }
  return FRAY_OK;
}
