/* The table model: rows, shown numbers, footnotes; the CSV; and what all languages of tables
 * share. */
#include "table_model.h"

#include "fray/base/file.h"
#include "fray/results/csv_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Grows by doubling; the old cells stay in the arena, at most as much again. n_columns must be
 * set before and stay, and *cells is valid until the next row. */
enum fray_status fray_rep_table_row(struct fray_rep_table *table, struct fray_rep_cell **cells,
                                    struct fray_err *err) {
  if (table->n_rows == table->capacity) {
    size_t capacity = 2 * table->capacity + 8;
    struct fray_rep_cell *cell;
    FRAY_ALLOC(cell, table->arena, capacity * table->n_columns, err);
    if (table->n_rows)
      memcpy(cell, table->cell, table->n_rows * table->n_columns * sizeof *cell);
    table->cell = cell;
    table->capacity = capacity;
  }
  *cells = table->cell + table->n_rows++ * table->n_columns;
  for (size_t k = 0; k < table->n_columns; k++)
    (*cells)[k] = (struct fray_rep_cell){.value = NAN, .low = NAN, .high = NAN};
  return FRAY_OK;
}

const struct fray_rep_cell *fray_rep_table_cell(const struct fray_rep_table *table, size_t row,
                                                size_t column) {
  return &table->cell[row * table->n_columns + column];
}

/* Something to show: what does not apply holds neither a value nor a reason. */
static bool holds(const struct fray_rep_cell *cell) {
  return (cell->text && *cell->text) || !isnan(cell->value) || cell->status;
}

bool fray_rep_table_is_empty_column(const struct fray_rep_table *table, size_t column) {
  for (size_t i = 0; i < table->n_rows; i++)
    if (holds(fray_rep_table_cell(table, i, column)))
      return false;
  return true;
}

/* Scale 0 is what an initialiser leaves out, so it means none rather than that all is 0. */
static double shown(const struct fray_rep_table_column *column, double value) {
  return column->scale != 0 ? column->scale * value : value;
}

/* 48 characters hold any number below 1e9 with its decimals; beyond, the exponent keeps it
 * short. Only the printed form is freed of its minus: -0.04 with one decimal is no negative
 * number to a reader. */
void fray_rep_table_number(const struct fray_rep_table_column *column, double value, char out[48]) {
  double v = shown(column, value);
  out[0] = '\0';
  if (isnan(v))
    return;
  if (column->kind == FRAY_REP_COLUMN_P && v < pow(10, -column->decimals)) {
    snprintf(out, 48, "<%.*f", column->decimals, pow(10, -column->decimals));
    return;
  }
  snprintf(out, 48, fabs(v) < 1e9 ? "%.*f" : "%.*e", column->decimals, v);
  if (out[0] == '-' && out[strspn(out, "-0.")] == '\0') /* "-0.0" is 0 */
    memmove(out, out + 1, strlen(out));
}

/* "ok" is the status of a plain interval, and no remark. */
static bool has_note(const struct fray_rep_cell *cell) {
  return cell->status && *cell->status && strcmp(cell->status, "ok") != 0;
}

size_t fray_rep_footnote(const struct fray_rep_footnotes *notes, const struct fray_rep_cell *cell) {
  size_t i = 0;
  if (!has_note(cell))
    return notes->n;
  while (i < notes->n && strcmp(notes->text[i], cell->status) != 0)
    i++;
  return i;
}

/* Row by row, so that marks ascend as one reads. Room for all cells to differ; texts are
 * borrowed from the cells. A cell of a hidden column has no status, or it would not be hidden. */
enum fray_status fray_rep_table_footnotes(const struct fray_rep_table *table,
                                          struct fray_rep_footnotes *out, struct fray_err *err) {
  size_t n = table->n_rows * table->n_columns;
  *out = (struct fray_rep_footnotes){0};
  FRAY_ALLOC(out->text, table->arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    if (has_note(&table->cell[i]) && fray_rep_footnote(out, &table->cell[i]) == out->n)
      out->text[out->n++] = table->cell[i].status;
  return FRAY_OK;
}

/* Two letters go to 702; beyond, marks repeat. A table has a dozen reasons at most, and out must
 * never overflow. */
void fray_rep_footnote_mark(size_t index, char out[8]) {
  size_t rounds = index / 26 % 26;
  if (index < 26)
    snprintf(out, 8, "%c", (char)('a' + (int)index));
  else
    snprintf(out, 8, "%c%c", (char)('a' + (int)(rounds ? rounds - 1 : 25)),
             (char)('a' + (int)(index % 26)));
}

/* The text columns again on every line, as tidy data has it: each line can be read alone. Key
 * and unit are those of the column, the numbers in that unit. */
static void csv_row(const struct fray_rep_table *t, size_t row, size_t column,
                    struct fray_text *out) {
  const struct fray_rep_table_column *c = &t->column[column];
  const struct fray_rep_cell *cell = fray_rep_table_cell(t, row, column);
  for (size_t k = 0; k < t->n_columns && t->column[k].kind == FRAY_REP_COLUMN_TEXT; k++) {
    const char *text = fray_rep_table_cell(t, row, k)->text;
    fray_text_csv(out, text ? text : "");
    fray_text_puts(out, ",");
  }
  fray_text_printf(out, "%s,%s", c->key, c->unit);
  fray_rep_csv_put_real(out, shown(c, cell->value));
  fray_rep_csv_put_real(out, shown(c, cell->low));
  fray_rep_csv_put_real(out, shown(c, cell->high));
  fray_text_puts(out, ",");
  fray_text_csv(out, cell->status ? cell->status : "ok");
  fray_text_puts(out, "\n");
}

/* Numbers alone make lines; what does not apply makes none, while an empty number with a reason
 * does, with the reason as its status. */
void fray_rep_table_csv(const struct fray_rep_table *table, struct fray_text *out) {
  for (size_t k = 0; k < table->n_columns && table->column[k].kind == FRAY_REP_COLUMN_TEXT; k++)
    fray_text_printf(out, "%s,", table->column[k].key);
  fray_text_puts(out, "measure,unit,value,low,high,status\n");
  for (size_t i = 0; i < table->n_rows; i++)
    for (size_t k = 0; k < table->n_columns; k++)
      if (table->column[k].kind != FRAY_REP_COLUMN_TEXT && holds(fray_rep_table_cell(table, i, k)))
        csv_row(table, i, k, out);
}

static enum fray_status write_text(struct fray_arena *arena, const char *folder, const char *name,
                                   const char *ending, const struct fray_text *text,
                                   struct fray_err *err) {
  const char *path = fray_arena_printf(arena, "%s/%s%s", folder, name, ending);
  FRAY_CHECK(path && !text->failed, err, MEMORY, "out of memory");
  return fray_file_write(path, text->data, text->size, err);
}

/* Both are made before either is written. The texts are freed whatever happens, and the first
 * failure is what the caller gets. */
enum fray_status fray_rep_table_write(const struct fray_rep_table *table, const char *folder,
                                      struct fray_err *err) {
  struct fray_text csv = {0}, latex = {0};
  FRAY_TRY(fray_make_folders(folder, err));
  fray_rep_table_csv(table, &csv);
  enum fray_status status = fray_rep_table_latex(table, &latex, err);
  if (status == FRAY_OK)
    status = write_text(table->arena, folder, table->name, ".csv", &csv, err);
  if (status == FRAY_OK)
    status = write_text(table->arena, folder, table->name, ".tex", &latex, err);
  fray_text_free(&csv);
  fray_text_free(&latex);
  return status;
}

void fray_rep_table_put_name(const struct fray_rep_table_writer *w,
                             const struct fray_rep_table_column *column, struct fray_text *out) {
  w->text(out, column->name);
  if (!*column->unit)
    return;
  fray_text_puts(out, w->unit);
  w->text(out, column->unit);
}

void fray_rep_table_put_notes(const struct fray_rep_table_writer *w,
                              const struct fray_rep_footnotes *notes, struct fray_text *out) {
  char mark[8];
  if (notes->n == 0)
    return;
  fray_text_puts(out, w->notes);
  for (size_t i = 0; i < notes->n; i++) {
    fray_rep_footnote_mark(i, mark);
    fray_text_puts(out, i ? "; " : "");
    fray_text_puts(out, w->mark);
    fray_text_puts(out, mark);
    fray_text_puts(out, w->after_mark);
    w->text(out, notes->text[i]);
  }
  fray_text_puts(out, w->end);
}

/* mark is untouched where there is none. */
bool fray_rep_table_mark(const struct fray_rep_footnotes *notes, const struct fray_rep_cell *cell,
                         char mark[8]) {
  size_t i = fray_rep_footnote(notes, cell);
  if (i == notes->n)
    return false;
  fray_rep_footnote_mark(i, mark);
  return true;
}
