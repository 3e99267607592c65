/* A look at a table of numbers: which sign cuts it, whether it has a header, and what its columns
 * hold. Only the beginning is read; nothing of it becomes a value. */
#include "numbers_look.h"

#include "init.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIRST_LINES = 20, MOST_STEPS = 1001 };

/* ---- lines and cells ---- */

/* The beginning of the file, without a line that is cut; *whole: its size. */
static char *read_start(const char *folder, const char *path, size_t *size, double *whole) {
  char *name = NULL, *text = malloc(INIT_NUMBERS_BYTES + 1);
  uint64_t all = 0;
  struct fray_text full = {0};
  fray_text_printf(&full, "%s/%s", folder, path);
  name = full.data;
  FILE *file = name && !full.failed && fray_file_size(name, &all, NULL) == FRAY_OK && text
                   ? fopen(name, "rb")
                   : NULL;
  *size = file ? fread(text, 1, INIT_NUMBERS_BYTES, file) : 0;
  *whole = (double)all;
  if (file)
    fclose(file);
  fray_text_free(&full);
  if (*size == INIT_NUMBERS_BYTES)
    while (*size && text[*size - 1] != '\n')
      --*size;
  /* A NUL byte, or what is no text: no table. */
  if (!*size || memchr(text, '\0', *size) || fray_utf8_valid(text, *size) != *size) {
    free(text);
    return NULL;
  }
  text[*size] = '\0';
  return text;
}

/* Cuts a line in place; cell may be NULL, to count. */
static size_t cut_line(char *line, char separator, char **cell, size_t room) {
  size_t n = 0;
  char *p = line + strspn(line, " \t");
  if (separator == INIT_BLANKS) {
    while (*p) {
      const size_t width = strcspn(p, " \t");
      char *next = p + width + strspn(p + width, " \t");
      if (cell && n < room) {
        cell[n] = p;
        p[width] = '\0';
      }
      n++;
      p = next;
    }
    return n;
  }
  for (char *end;; p = end + 1) {
    end = strchr(p, separator);
    if (cell && n < room) {
      cell[n] = p;
      if (end)
        *end = '\0';
      cell[n] += strspn(cell[n], " \t\"");
      cell[n][strcspn(cell[n], "\"")] = '\0';
      for (size_t k = strlen(cell[n]); k && (cell[n][k - 1] == ' ' || cell[n][k - 1] == '\t');)
        cell[n][--k] = '\0';
    }
    n++;
    if (!end)
      return n;
  }
}

/* The words that an import takes for a missing number as well. */
static bool is_missing(const char *cell) {
  static const char *const words[] = {"", "nan", "na", "null", "n/a", "?"};
  for (size_t k = 0; k < FRAY_COUNT(words); k++)
    if (strcasecmp(cell, words[k]) == 0)
      return true;
  return false;
}

/* No hexadecimal, no infinity: nobody writes measurements so. */
static bool is_number(const char *cell, double *value) {
  char *end;
  *value = strtod(cell, &end);
  return end != cell && *end == '\0' && isfinite(*value) && !strpbrk(cell, "xXpP");
}

/* Ends a line and gives the next one; NULL: there is none. */
/* Both kinds of line ends, as files from everywhere have them. */
static char *next_line(char **at) {
  char *line = *at;
  if (!line || !*line)
    return NULL;
  const size_t n = strcspn(line, "\r\n");
  char *end = line + n;
  end += end[0] == '\r' && end[1] == '\n' ? 2 : *end != '\0';
  line[n] = '\0';
  *at = end;
  return line;
}

/* The sign that cuts the first lines into equally many cells, and into most. */
static void find_separator(const char *text, struct init_numbers *out) {
  static const char signs[] = {',', ';', '\t', '|', INIT_BLANKS};
  /* One column is no table of time steps: a lone number a row has neither clock nor label. */
  size_t best = 1;
  for (size_t s = 0; s < sizeof signs; s++) {
    char *copy = strndup(text, 64 << 10), *at = copy, *line;
    size_t cells = 0, lines = 0, ends = 0, same = 0;
    /* A cut last line would be one of another length. */
    char *last = copy ? strrchr(copy, '\n') : NULL;
    if (last)
      last[1] = '\0';
    while ((line = next_line(&at)) && lines < FIRST_LINES) {
      const size_t length = strlen(line), n = cut_line(line, signs[s], NULL, 0);
      if (!length)
        continue;
      ends += line[length - 1] == ';';
      cells = lines++ ? cells : n;
      same += n == cells;
    }
    free(copy);
    /* Trailing signs and cells of several words are why no line is asked alone. */
    /* One of ten may be faulty, as in tables that phones wrote. */
    if (lines < 2 || same * 10 < lines * 9 || cells <= best)
      continue;
    best = cells;
    out->separator = signs[s];
    out->row_end = signs[s] != ';' && ends * 10 >= lines * 9 ? ';' : 0;
    out->n_columns = cells;
  }
}

/* ---- columns ---- */

/* Only short texts are remembered: long ones are no labels. */
static void add_value(struct init_column *c, const char *cell) {
  for (size_t k = 0; k < c->n_values; k++)
    if (strcmp(c->value[k], cell) == 0)
      return;
  if (c->n_values < INIT_MOST_VALUES) {
    snprintf(c->value[c->n_values], sizeof c->value[0], "%s", cell);
    c->n_values += strlen(cell) < sizeof c->value[0];
  }
}

/* One cell more of a column; the one before it in time tells how it changes. */
static void add_cell(struct init_column *c, const char *cell, const char *before, bool first) {
  double value;
  if (is_missing(cell)) {
    c->missing++;
    return;
  }
  if (is_number(cell, &value)) {
    c->whole += value == floor(value);
    c->rising += !first && c->numbers && value > c->last;
    c->first = c->numbers ? c->first : value;
    c->last = value;
    c->numbers++;
  } else
    c->texts++;
  c->changes += !first && strcmp(cell, before) != 0;
  if (c->n_values < INIT_MOST_VALUES)
    add_value(c, cell);
}

/* A header is a first row whose cells are texts where the rows below have numbers. */
static bool is_header(char *const *first, char *const *second, size_t n) {
  size_t texts = 0, numbers = 0;
  double value;
  for (size_t c = 0; c < n; c++) {
    if (!is_number(second[c], &value) && !is_missing(second[c]))
      continue;
    texts += !is_number(first[c], &value) && !is_missing(first[c]);
    numbers += is_number(first[c], &value);
  }
  return texts > numbers;
}

/* For the middle one. */
static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Most common distance between rows: the middle one, since gaps are few and long. */
static void set_step(struct init_column *c, double *steps, size_t n) {
  if (n == 0)
    return;
  qsort(steps, n, sizeof *steps, by_size);
  c->step = steps[n / 2];
}

/* Steps of the columns that rise, over the first rows. */
static void measure_steps(struct init_numbers *out, char *const *rows, size_t n_rows) {
  /* Scratch for one column after the other. */
  double *steps = malloc(MOST_STEPS * sizeof *steps);
  for (size_t c = 0; steps && c < out->n_columns; c++) {
    size_t n = 0;
    double before = 0, value;
    for (size_t i = 0; i < n_rows && n < MOST_STEPS; i++) {
      if (!is_number(rows[i * out->n_columns + c], &value))
        continue;
      if (n || i)
        steps[n++] = value - before;
      before = value;
    }
    set_step(&out->column[c], steps, n);
  }
  free(steps);
}

/* Names stay in the text that was cut; numbers need room of their own. */
static void name_columns(struct init_numbers *out, char *const *cell, bool header) {
  enum { DIGITS = 24 }; /* of any count, and its NUL */
  char *room = malloc(out->n_columns * DIGITS);
  out->header = header;
  out->names = room;
  for (size_t c = 0; room && c < out->n_columns; c++) {
    snprintf(room + DIGITS * c, DIGITS, "%zu", c + 1);
    out->column[c].name = header ? cell[c] : room + DIGITS * c;
  }
}

/* All rows of the text; the first ones are kept for the steps. */
static bool read_columns(struct init_numbers *out, char *text, bool again) {
  const size_t n = out->n_columns;
  /* Cells of the first rows stay, since the steps of a clock are measured in them. */
  char **kept = malloc((MOST_STEPS + 2) * n * sizeof *kept), *at = text, *line;
  size_t rows = 0, faulty = 0, all = 0;
  if (!kept)
    return false;
  while ((line = next_line(&at))) {
    /* The row before lies beside, as long as rows are kept; later ones take turns. */
    char **cell = kept + (rows < MOST_STEPS ? rows : MOST_STEPS + (rows & 1)) * n;
    const size_t length = strlen(line);
    if (length && out->row_end && line[length - 1] == out->row_end)
      line[length - 1] = '\0';
    if (!line[strspn(line, " \t")])
      continue;
    all++;
    if (cut_line(line, out->separator, cell, n) != n)
      faulty++;
    else
      rows++;
  }
  if (rows > 2 && !again)
    name_columns(out, kept, is_header(kept, kept + n, n));
  const bool skip = out->header;
  free(kept);
  out->faulty += faulty;
  out->n_rows += rows > skip ? rows - skip : 0;
  return rows > 2 && faulty * 2 < all;
}

/* A second walk, over the cells that the first one cut: each line is a run of texts now. */
static void count_cells(struct init_numbers *out, const char *folder, const char *path,
                        double *whole) {
  size_t size, row = 0, n = out->n_columns;
  char *text = read_start(folder, path, &size, whole), *at = text, *line;
  char **kept = malloc((MOST_STEPS + 2) * n * sizeof *kept);
  bool skip = out->header;
  while (text && kept && (line = next_line(&at))) {
    const size_t place = row < MOST_STEPS ? row : MOST_STEPS + (row & 1);
    const size_t last = row <= MOST_STEPS ? row - (row > 0) : MOST_STEPS + ((row - 1) & 1);
    char **cell = kept + place * n;
    const size_t length = strlen(line);
    if (length && out->row_end && line[length - 1] == out->row_end)
      line[length - 1] = '\0';
    if (cut_line(line, out->separator, cell, n) != n)
      continue;
    if (skip) {
      skip = false;
      continue;
    }
    for (size_t c = 0; c < n; c++)
      add_cell(&out->column[c], cell[c], row ? kept[last * n + c] : "", row == 0);
    row++;
  }
  if (kept)
    measure_steps(out, kept, FRAY_MIN(row, (size_t)MOST_STEPS));
  /* What was not read is taken to be like what was. */
  if (size && row && *whole > (double)size)
    out->rows_of_all += (size_t)((double)row * *whole / (double)size);
  else
    out->rows_of_all += row;
  free(kept);
  free(text);
}

/* Two walks: the first finds out what the table is, the second what its columns hold. */
bool init_numbers_read(const char *folder, const char *path, struct init_numbers *out) {
  size_t size, numbers = 0;
  double whole;
  const bool again = out->text != NULL;
  const size_t columns = out->n_columns;
  char *text = read_start(folder, path, &size, &whole);
  if (!text)
    return false;
  out->n_columns = 0;
  find_separator(text, out);
  /* The sign is found anew in each file: it must be the same. */
  /* Several files of one layout, or it is none. */
  if (out->n_columns < 2 || out->n_columns > INIT_MOST_COLUMNS ||
      (again && out->n_columns != columns) || !read_columns(out, text, again)) {
    free(text);
    return false;
  }
  if (again)
    free(text);
  else
    out->text = text;
  if (!out->names)
    return false;
  count_cells(out, folder, path, &whole);
  for (size_t c = 0; c < out->n_columns; c++)
    numbers += out->column[c].numbers > out->column[c].texts;
  return numbers * 2 >= out->n_columns;
}

/* Also of a look that failed half-way. */
void init_numbers_free(struct init_numbers *numbers) {
  if (!numbers)
    return;
  free(numbers->text);
  free(numbers->names);
}

/* By blanks and by commas alike, since nothing else is asked of it. */
bool init_holds_numbers(const char *folder, const char *path) {
  size_t size, lines = 0;
  double whole, value;
  char *text = read_start(folder, path, &size, &whole), *at = text, *line;
  bool good = text != NULL;
  while (good && lines < FIRST_LINES && (line = next_line(&at)))
    /* A line without a cell is none; a word anywhere makes it a text. */
    for (char *rest = NULL, *cell = strtok_r(line, " \t,;", &rest); cell && good;
         cell = strtok_r(NULL, " \t,;", &rest)) {
      lines += cell == line + strspn(line, " \t,;");
      good = is_number(cell, &value) || is_missing(cell);
    }
  free(text);
  return good && lines > 0;
}

/* ---- what they seem to be ---- */

/* A clock rises and is regular; a label lasts for many rows and has few values; so has a person,
 * who lasts longer still; all else that changes is measured. Names count where there are any.
 * Nothing of this is certain, and so each of it is marked in the YAML, with the number of values
 * beside it. */

/* Units by how fast sensors are: from once in ten seconds to ten thousand times a second. */
static void judge_time(struct init_numbers *l) {
  static const struct {
    const char *unit;
    double seconds;
  } units[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
  for (size_t c = 0; c < l->n_columns && l->time == l->n_columns; c++) {
    const struct init_column *column = &l->column[c];
    /* A counter of rows is no clock. */
    if (*column->name && !column->texts && !column->missing &&
        column->rising * 100 >= column->numbers * 95 && column->step > 0 && column->step != 1)
      l->time = c;
  }
  if (l->time == l->n_columns)
    return;
  /* A counter that rises is a clock only at a speed that a sensor may have. */
  const double step = l->column[l->time].step;
  for (size_t u = 0; u < FRAY_COUNT(units); u++) {
    const double rate = 1 / (step * units[u].seconds);
    if (rate < 0.1 || rate > 2000)
      continue;
    l->unit = units[u].unit;
    /* To three digits: clocks of devices are no better. */
    char text[32];
    snprintf(text, sizeof text, "%.3g", rate);
    l->rate = strtod(text, NULL);
    return;
  }
  l->time = l->n_columns;
}

/* Few values, each for many rows: what somebody does, or who it is. A measurement changes from row
 * to row. */
/* Sixteen rows at least in the mean: nobody changes what they do several times a second. */
static bool lasts(const struct init_numbers *l, const struct init_column *c) {
  return c->n_values >= 2 && c->n_values < INIT_MOST_VALUES && !c->missing &&
         (c->texts || c->whole == c->numbers) && c->changes * 16 <= l->n_rows &&
         (!c->texts || !c->numbers);
}

/* The first column that fits and has no part yet; n_columns: none. word < 0: whatever its name. */
static size_t pick(const struct init_numbers *l, int word, bool texts, bool needs_lasting) {
  for (size_t c = 0; c < l->n_columns; c++) {
    const struct init_column *column = &l->column[c];
    if (c == l->time || c == l->label || c == l->client || !*column->name ||
        (needs_lasting && !lasts(l, column)))
      continue;
    if (word >= 0 ? l->header && init_is_called(column->name, (enum init_word)word)
                  : !texts || column->texts)
      return c;
  }
  return l->n_columns;
}

/* Each column has one part; what is left and changes is a channel. */
void init_numbers_judge(struct init_numbers *l) {
  l->time = l->label = l->client = l->n_columns;
  judge_time(l);
  /* The person by name alone at first: whom a column without a name means is judged below, when
   * the label is known. */
  /* Names first; then texts, which are what somebody does; then numbers that last. */
  l->client = pick(l, INIT_CLIENT, false, false);
  l->label = pick(l, INIT_LABEL, false, true);
  if (l->label == l->n_columns)
    l->label = pick(l, -1, true, true);
  if (l->label == l->n_columns)
    l->label = pick(l, -1, false, true);
  /* Beside words a number that lasts is a person; of two numbers the one that lasts longer. */
  const size_t other = l->client == l->n_columns && l->label < l->n_columns
                           ? pick(l, -1, false, true)
                           : l->n_columns;
  if (other < l->n_columns &&
      (l->column[l->label].texts || l->column[other].changes < l->column[l->label].changes))
    l->client = other;
  else if (other < l->n_columns) {
    l->client = l->label;
    l->label = other;
  }
  for (size_t c = 0; c < l->n_columns; c++) {
    const struct init_column *column = &l->column[c];
    /* Columns that are mostly empty belong to slower sensors; a constant tells nothing. */
    if (c != l->time && c != l->label && c != l->client && *column->name && !column->texts &&
        column->missing * 2 < l->n_rows && column->n_values > 1 &&
        !(column->step == 1 && column->rising * 100 >= column->numbers * 95))
      l->channel[l->n_channels++] = c;
  }
}

/* ---- as YAML ---- */

/* As few keys as the table needs. */
void init_put_channels(const struct init_numbers *l, struct fray_text *out) {
  char number[32];
  if (l->rate > 0) {
    fray_format_double(l->rate, number);
    fray_text_printf(out, ", rate: %s", number);
  }
  for (size_t k = 0; k < l->n_channels; k++) {
    fray_text_puts(out, k ? ", " : ", columns: [");
    init_put_scalar(out, l->column[l->channel[k]].name);
  }
  fray_text_puts(out, l->n_channels ? "]" : "");
}

/* Plain CSV needs none. */
void init_put_cut(const struct init_numbers *l, const char *before, struct fray_text *out) {
  if (l->separator == INIT_BLANKS)
    fray_text_printf(out, "%sseparator: blanks", before);
  else if (l->separator != ',') {
    fray_text_printf(out, "%sseparator: ", before);
    init_put_separator(l->separator, out);
  }
  if (!l->header)
    fray_text_printf(out, "%sheader: none", before);
  if (l->row_end)
    fray_text_printf(out, "%srow_end: \"%c\"", before, l->row_end);
}
