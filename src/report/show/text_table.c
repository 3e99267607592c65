/* Tables of texts for a terminal of any width. Three layouts are tried: as it is, turned about, and
 * block by block, which fits anywhere. */
#include "text_table.h"

#include "fray/base/size.h"
#include "fray/codec/text_width.h"

#include <string.h>

/* Columns between columns; how narrow and how wide labels of rows may be made. A wider label would
 * push the cells out of reach of the eye. */
enum { GAP = 2, LEAST_LABEL = 14, MOST_LABEL = 36 };

/* A table seen as it is, or with rows and columns exchanged. */
struct view {
  const struct fray_rep_text_table *t;
  bool turned;
};

/* All that follows asks the view, so that no layout knows whether it is turned. */
static size_t n_rows(const struct view *v) {
  return v->turned ? v->t->n_columns : v->t->n_rows;
}

static size_t n_columns(const struct view *v) {
  return v->turned ? v->t->n_rows : v->t->n_columns;
}

static const char *row_label(const struct view *v, size_t i) {
  return (v->turned ? v->t->column : v->t->row)[i];
}

static const char *column_label(const struct view *v, size_t k) {
  return (v->turned ? v->t->row : v->t->column)[k];
}

static const char *cell_at(const struct view *v, size_t i, size_t k) {
  const struct fray_rep_text_table *t = v->t;
  return v->turned ? t->cell[k * t->n_columns + i] : t->cell[i * t->n_columns + k];
}

/* Widths of a layout: of each column at least its cells and the longest word of its head, and more
 * if the head would be filled into many lines otherwise. */
/* Heads may be filled into lines, cells may not: a number and its interval are read as one. */
static size_t column_width(const struct view *v, size_t k, bool roomy) {
  enum { ROOMY = 20 };
  const char *label = column_label(v, k);
  size_t cells = fray_columns_longest(label);
  if (roomy) /* short cells would make a tower of a long head */
    cells = FRAY_MAX(cells, FRAY_MIN(fray_columns(label), (size_t)ROOMY));
  for (size_t i = 0; i < n_rows(v); i++)
    cells = FRAY_MAX(cells, fray_columns(cell_at(v, i, k)));
  return cells;
}

/* What the labels of rows get of the room that the columns leave; 0: the table does not fit. */
static size_t label_width(const struct view *v, const size_t *column, size_t width) {
  size_t taken = 0, wanted = 0, least = 0;
  for (size_t k = 0; k < n_columns(v); k++)
    taken += column[k] + GAP;
  for (size_t i = 0; i < n_rows(v); i++) {
    wanted = FRAY_MAX(wanted, fray_columns(row_label(v, i)));
    least = FRAY_MAX(least, fray_columns_longest(row_label(v, i)));
  }
  /* A label in three lines reads worse than another layout, unless it is short to begin with. */
  least = FRAY_MAX(least, FRAY_MIN(wanted, (size_t)LEAST_LABEL));
  if (taken + least > width)
    return 0;
  return FRAY_MIN(FRAY_MIN(wanted, (size_t)MOST_LABEL), width - taken);
}

/* A text filled to a width, as lines. */
struct lines {
  char **v;
  size_t n;
};

/* At least two columns, or a wide character could never be placed. */
static struct lines lines_of(const char *text, size_t width, struct fray_arena *arena,
                             bool *failed) {
  struct fray_text filled = {0};
  struct lines out = {0};
  fray_columns_wrap(&filled, text, 0, FRAY_MAX(width, (size_t)2));
  char *copy = filled.failed ? NULL : fray_arena_strdup(arena, filled.data ? filled.data : "");
  out.v = copy ? fray_arena_alloc(arena, strlen(copy) + 1, sizeof *out.v) : NULL;
  *failed = *failed || !out.v;
  for (char *p = copy; out.v && p;) {
    out.v[out.n++] = p;
    p = strchr(p, '\n');
    if (p)
      *p++ = '\0';
  }
  fray_text_free(&filled);
  return out;
}

/* No blanks at the end of a line: they would be copied, and wrap on a narrower screen. */
static void end_line(struct fray_text *out) {
  while (out->size && out->data[out->size - 1] == ' ')
    out->data[--out->size] = '\0';
  fray_text_puts(out, "\n");
}

/* Heads stand on their last lines, right above the cells. */
static void put_heads(const struct view *v, size_t label, const size_t *column,
                      struct fray_arena *arena, struct fray_text *out) {
  struct lines *head = fray_arena_alloc(arena, n_columns(v) + 1, sizeof *head);
  size_t most = 0;
  bool failed = !head;
  for (size_t k = 0; head && k < n_columns(v); k++) {
    head[k] = lines_of(column_label(v, k), column[k], arena, &failed);
    most = FRAY_MAX(most, head[k].n);
  }
  for (size_t i = 0; i < most && !failed; i++) {
    fray_columns_pad(out, "", label);
    for (size_t k = 0; k < n_columns(v); k++) {
      const size_t skipped = most - head[k].n;
      fray_columns_pad(out, "", GAP);
      fray_columns_pad(out, i < skipped ? "" : head[k].v[i - skipped], column[k]);
    }
    end_line(out);
  }
  out->failed |= failed;
}

/* Cells stand on the last line of a label: there the eye ends that has read it. */
/* Lines of the label before the last have no cells, and so end where the label does. */
static void put_row(const struct view *v, size_t row, size_t label, const size_t *column,
                    struct fray_arena *arena, struct fray_text *out) {
  bool failed = false;
  const struct lines lines = lines_of(row_label(v, row), label, arena, &failed);
  for (size_t i = 0; i < lines.n; i++) {
    fray_columns_pad(out, lines.v[i], label);
    for (size_t k = 0; k < n_columns(v) && i + 1 == lines.n; k++) {
      fray_columns_pad(out, "", GAP);
      fray_columns_pad(out, cell_at(v, row, k), column[k]);
    }
    end_line(out);
  }
  out->failed |= failed;
}

/* The whole table at once; false, with nothing written, if it does not fit. */
/* Nothing is written before it is known that all of it fits: half a table cannot be taken back. */
static bool put_whole(const struct view *v, size_t width, struct fray_arena *arena,
                      struct fray_text *out) {
  size_t *column = fray_arena_alloc(arena, n_columns(v) + 1, sizeof *column), label = 0;
  out->failed |= !column;
  for (int roomy = 1; column && roomy >= 0 && label == 0; roomy--) {
    for (size_t k = 0; k < n_columns(v); k++)
      column[k] = column_width(v, k, roomy);
    label = label_width(v, column, width);
  }
  if (label == 0)
    return false;
  put_heads(v, label, column, arena, out);
  for (size_t i = 0; i < n_rows(v); i++)
    put_row(v, i, label, column, arena, out);
  return true;
}

/* A row of a block: label and cell side by side, or where there is no room below each other. */
static void put_block_row(const char *label, const char *cell, size_t labels, size_t cells,
                          size_t width, struct fray_arena *arena, struct fray_text *out) {
  enum { INDENT = 2 };
  const bool beside = INDENT + LEAST_LABEL + GAP + cells <= width;
  const size_t room = beside ? FRAY_MIN(labels, width - INDENT - GAP - cells) : width - INDENT;
  bool failed = false;
  const struct lines lines = lines_of(label, room, arena, &failed);
  for (size_t i = 0; i < lines.n; i++) {
    fray_columns_pad(out, "", INDENT);
    fray_columns_pad(out, lines.v[i], beside ? room + GAP : 0);
    fray_text_puts(out, beside && i + 1 == lines.n ? cell : "");
    end_line(out);
  }
  if (!beside)
    fray_text_printf(out, "%*s%s\n",
                     (int)FRAY_MIN((size_t)2 * INDENT, width - FRAY_MIN(cells, width)), "", cell);
  out->failed |= failed;
}

/* For each column its name, and below it a row for each cell that it has. */
/* Columns of labels and cells are the same in all blocks, so that numbers can be compared down the
 * screen. Empty cells have no row: in a block there is no grid that they would keep. */
static void put_blocks(const struct view *v, size_t width, struct fray_arena *arena,
                       struct fray_text *out) {
  size_t labels = 0, cells = 0;
  for (size_t i = 0; i < n_rows(v); i++) {
    labels = FRAY_MAX(labels, fray_columns(row_label(v, i)));
    for (size_t k = 0; k < n_columns(v); k++)
      cells = FRAY_MAX(cells, fray_columns(cell_at(v, i, k)));
  }
  for (size_t k = 0; k < n_columns(v); k++) {
    fray_columns_wrap(out, column_label(v, k), 0, width);
    fray_text_puts(out, "\n");
    for (size_t i = 0; i < n_rows(v); i++)
      if (*cell_at(v, i, k))
        put_block_row(row_label(v, i), cell_at(v, i, k), labels, cells, width, arena, out);
  }
}

/* Turned about only where that makes a whole table of it: the layouts read the same either way. */
void fray_rep_put_text_table(const struct fray_rep_text_table *table, size_t width,
                             struct fray_arena *arena, struct fray_text *out) {
  const struct view as_it_is = {table, false}, turned = {table, true};
  const struct fray_arena_place mark = fray_arena_mark(arena);
  if (!put_whole(&as_it_is, width, arena, out) && !put_whole(&turned, width, arena, out))
    put_blocks(&as_it_is, width, arena, out);
  fray_arena_rewind(arena, mark);
}
