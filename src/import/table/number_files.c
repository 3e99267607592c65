/* Numbers in text files: matrices and columns. Not by strtod alone, which takes hexadecimal numbers
 * and "nan", and not as CSV, since blanks of any width separate; what could be read in two ways is
 * refused. */
#include "number_files.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t LARGEST = (size_t)4 << 30;

/* Number at the start of p, its end in *end (p itself if there is none). strtod alone would also
 * take hexadecimal numbers, "nan" and "inf". */
static double number_at(const char *p, const char **end) {
  const char *digit = p + (*p == '-' || *p == '+');
  double value;
  *end = p + fray_decimal_read(p, &value);
  if (*end != p)
    return value;
  if (!((*digit >= '0' && *digit <= '9') || *digit == '.') || digit[0] == '\0' ||
      (digit[0] == '0' && (digit[1] == 'x' || digit[1] == 'X')))
    return 0;
  char *stop;
  value = strtod(p, &stop);
  *end = stop;
  return value;
}

bool fray_number_parse(const char *text, double *out) {
  /* As people and programs write them behind commas. */
  static const char blanks[] = " \t";
  const char *end, *first = text + strspn(text, blanks);
  double value = number_at(first, &end);
  if (end == first || end[strspn(end, blanks)] || !isfinite(value))
    return false;
  *out = value;
  return true;
}

/* The end of a sentence, so that cells, matrices and columns say the same. */
const char *fray_number_flaw(bool is_number, double value) {
  if (!is_number || !isfinite(value))
    return "is no finite number";
  return isfinite((float)value) ? NULL : "is beyond float32, whose largest is 3.4e38";
}

enum style { UNKNOWN, BLANKS, COMMAS }; /* what separates numbers */
struct matrix {
  const char *path;
  float *x;
  size_t used, room, rows, columns;
  enum style style;
  bool tab_before, tab_behind; /* of the first row */
};

/* Doubling: how many numbers there are is known at the end only. */
static enum fray_status add_value(struct matrix *m, double value, struct fray_err *err) {
  if (m->used == m->room) {
    size_t room = FRAY_MAX(2 * m->room, 1024);
    float *x = realloc(m->x, room * sizeof *x);
    FRAY_CHECK(x, err, MEMORY, "out of memory (%zu numbers)", room);
    m->x = x;
    m->room = room;
  }
  m->x[m->used++] = (float)value;
  return FRAY_OK;
}

/* A CR before the LF is a blank, not a sign. */
static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

/* What stands before, between and behind the numbers of a row. */
struct gap {
  size_t commas, tabs;
};

/* Blanks and commas in any mixture; what they mean is judged by check_gap. */
static struct gap take_gap(const char **at) {
  struct gap gap = {0};
  const char *p = *at;
  for (; is_blank(*p) || *p == ','; p++) {
    gap.commas += *p == ',';
    gap.tabs += *p == '\t';
  }
  *at = p;
  return gap;
}

/* Cells that are empty would move all behind them by one. */
static enum fray_status check_gap(struct matrix *m, struct gap gap, size_t n, bool last,
                                  struct fray_err *err) {
  bool between = n > 0 && !last;
  /* Two commas, or two tabs without a comma, enclose nothing; two blanks are but a wide gap. */
  bool empty = between ? gap.commas > 1 || (gap.commas == 0 && gap.tabs > 1) : gap.commas > 0;
  FRAY_CHECK(!empty, err, INPUT, "%s:%zu: an empty cell %s number %zu of the row", m->path,
             m->rows + 1, last ? "behind" : "before", last ? n : n + 1);
  if (between) {
    enum style style = gap.commas ? COMMAS : BLANKS;
    /* "1,5 2,5" may be two numbers or four: the first row decides, and a mixture is refused. */
    m->style = m->style == UNKNOWN ? style : m->style;
    FRAY_CHECK(
        m->style == style, err, INPUT,
        "%s:%zu: numbers are separated by commas and by blanks, before number %zu of the row "
        "by %s; decimal commas are to be points",
        m->path, m->rows + 1, n + 1, style == COMMAS ? "a comma" : "blanks");
    return FRAY_OK;
  }
  /* A tab at an end is a habit of whoever wrote all rows so, or an empty cell in one of them. */
  bool tabs = gap.tabs > 0;
  bool *first = last ? &m->tab_behind : &m->tab_before;
  *first = m->rows == 0 ? tabs : *first;
  FRAY_CHECK(*first == tabs, err, INPUT, "%s:%zu: an empty cell %s number %zu of the row", m->path,
             m->rows + 1, last ? "behind" : "before", last ? n : 1);
  return FRAY_OK;
}

static enum fray_status parse_row(struct matrix *m, const char **at, size_t *n,
                                  struct fray_err *err) {
  const char *p = *at;
  /* A gap, then a number, and so on: the gap behind the last number ends the row. */
  for (*n = 0;;) {
    struct gap gap = take_gap(&p);
    bool last = *p == '\n' || *p == '\0';
    if (!last || *n || gap.commas)
      FRAY_TRY(check_gap(m, gap, *n, last, err));
    if (last)
      break;
    const char *end;
    double value = number_at(p, &end);
    /* A number must end where a cell ends: "12abc" is none. */
    bool good = end > p && (is_blank(*end) || *end == ',' || *end == '\n' || *end == '\0');
    const char *flaw = fray_number_flaw(good, value);
    FRAY_CHECK(!flaw, err, INPUT, "%s:%zu: \"%.*s\" %s", m->path, m->rows + 1,
               (int)FRAY_MIN(strcspn(p, " \t,\r\n"), 40), p, flaw);
    FRAY_TRY(add_value(m, value, err));
    ++*n;
    p = end;
  }
  *at = *p == '\n' ? p + 1 : p;
  return FRAY_OK;
}

/* The first row settles how many numbers a row has. */
static enum fray_status parse_matrix(struct matrix *m, const char *text, struct fray_err *err) {
  size_t empty = 0; /* line of the first empty line */
  for (const char *p = text; *p; m->rows++) {
    size_t n;
    FRAY_TRY(parse_row(m, &p, &n, err));
    /* Empty lines are held back: at the end of a file they mean nothing, within it they are a
     * fault. */
    if (n == 0 && !empty)
      empty = m->rows + 1;
    if (n == 0)
      continue;
    FRAY_CHECK(!empty, err, INPUT, "%s:%zu: an empty line within the matrix", m->path, empty);
    if (m->rows == 0)
      m->columns = n;
    FRAY_CHECK(n == m->columns, err, INPUT, "%s:%zu: %zu numbers, the rows before have %zu",
               m->path, m->rows + 1, n, m->columns);
  }
  m->rows = empty ? empty - 1 : m->rows;
  FRAY_CHECK(m->rows > 0, err, INPUT, "%s: holds no numbers", m->path);
  return FRAY_OK;
}

/* Without a byte order mark, and with LF for CR and CRLF, as CSV files are read. */
static void tidy(struct fray_text *file) {
  static const char mark[] = "\xef\xbb\xbf";
  const char *from = file->data, *end = from + file->size;
  char *to = file->data;
  if (strncmp(from, mark, 3) == 0)
    from += 3;
  for (; from < end; from++)
    if (*from != '\r')
      *to++ = *from;
    else if (from[1] != '\n')
      *to++ = '\n';
  *to = '\0';
  file->size = (size_t)(to - file->data);
}

static enum fray_status check_utf8(const char *path, const char *text, size_t size,
                                   struct fray_err *err) {
  size_t end = fray_utf8_valid(text, size), line = 1;
  for (size_t i = 0; i < end; i++)
    line += text[i] == '\n';
  FRAY_CHECK(end == size, err, INPUT, "%s:%zu: byte 0x%02x is not UTF-8 text", path, line,
             (unsigned char)text[end]);
  return FRAY_OK;
}

/* Marks and line ends are made alike before anything is parsed. */
static enum fray_status read_text(const char *path, struct fray_text *file, struct fray_err *err) {
  FRAY_TRY(fray_file_read(path, LARGEST, file, err));
  /* A NUL within: UTF-16, or no text at all. */
  bool text = file->data && strlen(file->data) == file->size;
  if (text)
    tidy(file);
  enum fray_status status = text
                                ? check_utf8(path, file->data, file->size, err)
                                : fray_fail(err, FRAY_INPUT, "%s: empty, or not a text file", path);
  if (status != FRAY_OK)
    fray_text_free(file);
  return status;
}

static enum fray_status read_matrix(struct matrix *m, struct fray_err *err) {
  struct fray_text file = {0};
  FRAY_TRY(read_text(m->path, &file, err));
  enum fray_status status = parse_matrix(m, file.data, err);
  fray_text_free(&file);
  return status;
}

/* Copied to its final size: what doubling took too much goes back. */
enum fray_status fray_matrix_read(const char *path, struct fray_arena *arena, float **out,
                                  size_t *rows, size_t *columns, struct fray_err *err) {
  /* Numbers gather outside the arena, which could not give back what doubling leaves. */
  struct matrix m = {.path = path};
  enum fray_status status = read_matrix(&m, err);
  float *copy = status == FRAY_OK ? fray_arena_alloc(arena, m.used, sizeof *copy) : NULL;
  if (copy)
    memcpy(copy, m.x, m.used * sizeof *copy);
  free(m.x);
  FRAY_TRY(status);
  FRAY_CHECK(copy, err, MEMORY, "out of memory (%zu numbers)", m.used);
  *out = copy;
  *rows = m.rows;
  *columns = m.columns;
  return FRAY_OK;
}

/* Room for as many texts as there are lines, which bounds them. */
static enum fray_status read_column(const char *path, const char *text, struct fray_arena *arena,
                                    const char ***out, size_t *n, struct fray_err *err) {
  size_t lines = 1;
  for (const char *c = text; *c; c++)
    lines += *c == '\n';
  FRAY_ALLOC(*out, arena, lines, err);
  *n = 0;
  for (const char *p = text; p[strspn(p, " \t\r\n")]; ++*n) { /* up to blank lines at the end */
    while (is_blank(*p))
      p++;
    const char *end, *rest;
    double value = number_at(p, &end);
    for (rest = end; is_blank(*rest);)
      rest++;
    if (end == p || (*rest && *rest != '\n') || !isfinite(value))
      return fray_fail(err, FRAY_INPUT, "%s:%zu: expected one number, found \"%.*s\"", path, *n + 1,
                       (int)FRAY_MIN(strcspn(p, "\r\n"), 40), p);
    /* 15 digits give back every decimal text of as many, and write whole numbers without a point.
     */
    (*out)[*n] = fray_arena_printf(arena, "%.15g", value);
    FRAY_CHECK((*out)[*n], err, MEMORY, "out of memory");
    p = *rest ? rest + 1 : rest;
  }
  FRAY_CHECK(*n > 0, err, INPUT, "%s: holds no numbers", path);
  return FRAY_OK;
}

/* Kept as text: labels and clients are names, even where they are written as numbers. */
enum fray_status fray_column_read(const char *path, struct fray_arena *arena, const char ***out,
                                  size_t *n, struct fray_err *err) {
  struct fray_text file = {0};
  FRAY_TRY(read_text(path, &file, err));
  enum fray_status status = read_column(path, file.data, arena, out, n, err);
  fray_text_free(&file);
  return status;
}
