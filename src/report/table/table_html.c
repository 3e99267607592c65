/* A table as HTML. */
#include "table_model.h"

#include "report/words/markup.h"

#include <math.h>
#include <string.h>

/* Blanks that do not break keep a unit with its name and a mark with its note. */
static const struct fray_rep_table_writer html = {.text = fray_rep_html,
                                                  .unit = ",&nbsp;",
                                                  .mark = "<sup>",
                                                  .after_mark = "</sup>&nbsp;",
                                                  .notes = "<p class=\"sub\"><small>",
                                                  .end = ".</small></p>\n"};

/* Empty columns are passed over here and in put_row by the same test; the two must agree. The
 * class tells the script to sort by letters. */
static void put_head(const struct fray_rep_table *t, struct fray_text *out) {
  fray_text_puts(out, "<thead><tr>");
  for (size_t k = 0; k < t->n_columns; k++) {
    if (fray_rep_table_is_empty_column(t, k))
      continue;
    bool words = t->column[k].kind == FRAY_REP_COLUMN_TEXT;
    fray_text_printf(out, "<th scope=\"col\"%s>", words ? " class=\"words\"" : "");
    fray_rep_table_put_name(&html, &t->column[k], out);
    fray_text_puts(out, "</th>");
  }
  fray_text_puts(out, "</tr></thead><tbody>\n");
}

/* A minus sign as wide as a plus. The number itself is escaped, as "<0.001" holds a character
 * that HTML would take for a tag. */
static void put_number(const struct fray_rep_table_column *column, double value,
                       struct fray_text *out) {
  char number[48];
  fray_rep_table_number(column, value, number);
  if (*number == '-')
    fray_text_puts(out, "\u2212");
  fray_rep_html(out, number + (*number == '-'));
}

/* The reason is in the title as well, so that it can be read beside the number and not only
 * below a long table. */
static void put_note(const struct fray_rep_footnotes *notes, const struct fray_rep_cell *cell,
                     struct fray_text *out) {
  char mark[8];
  if (!fray_rep_table_mark(notes, cell, mark))
    return;
  fray_text_puts(out, "<sup title=\"");
  fray_rep_html(out, cell->status);
  fray_text_printf(out, "\">%s</sup>", mark);
}

/* An interval without a value is not shown: it would look like one. data-value is empty for NaN,
 * which sorts apart from every number. */
static void put_value(const struct fray_rep_table_column *column, const struct fray_rep_cell *cell,
                      const struct fray_rep_footnotes *notes, struct fray_text *out) {
  char number[32] = "";
  /* The whole number, so that sorting does not depend on what is shown. */
  if (!isnan(cell->value))
    fray_format_double(cell->value, number);
  fray_text_printf(out, "<td data-value=\"%s\">", number);
  if (isnan(cell->value))
    /* A dash has a footnote; without a reason there is nothing to say. */
    fray_text_puts(out, cell->status ? "\u2013" : "");
  put_number(column, cell->value, out);
  if (!isnan(cell->low) && !isnan(cell->value)) {
    fray_text_puts(out, " <span class=\"range\">");
    put_number(column, cell->low, out);
    fray_text_puts(out, " to ");
    put_number(column, cell->high, out);
    fray_text_puts(out, "</span>");
  }
  put_note(notes, cell, out);
  fray_text_puts(out, "</td>");
}

/* The first one names the row for those who hear the page, so it is a heading. data-value is the
 * same text: sorting must not see the mark of a footnote. */
static void put_words(const struct fray_rep_cell *cell, bool first,
                      const struct fray_rep_footnotes *notes, struct fray_text *out) {
  const char *text = cell->shown ? cell->shown : cell->text ? cell->text : "";
  fray_text_puts(out,
                 first ? "<th scope=\"row\" data-value=\"" : "<td class=\"words\" data-value=\"");
  fray_rep_html(out, text);
  fray_text_puts(out, "\">");
  fray_rep_html(out, text);
  put_note(notes, cell, out);
  fray_text_puts(out, first ? "</th>" : "</td>");
}

static void put_row(const struct fray_rep_table *t, size_t row,
                    const struct fray_rep_footnotes *notes, struct fray_text *out) {
  bool first = true;
  fray_text_puts(out, "<tr>");
  for (size_t k = 0; k < t->n_columns; k++) {
    if (fray_rep_table_is_empty_column(t, k))
      continue;
    if (t->column[k].kind == FRAY_REP_COLUMN_TEXT)
      put_words(fray_rep_table_cell(t, row, k), first, notes, out);
    else
      put_value(&t->column[k], fray_rep_table_cell(t, row, k), notes, out);
    first = false;
  }
  fray_text_puts(out, "</tr>\n");
}

/* The frame scrolls by itself and can be reached by keyboard, as the table may be wider than the
 * page. Footnotes are found before any cell, as marks are their order. */
enum fray_status fray_rep_table_html(const struct fray_rep_table *table, struct fray_text *out,
                                     struct fray_err *err) {
  struct fray_rep_footnotes notes;
  FRAY_TRY(fray_rep_table_footnotes(table, &notes, err));
  fray_text_puts(out, "<div class=\"scroll\" tabindex=\"0\"><table class=\"sortable\"><caption>");
  fray_rep_html(out, table->caption);
  fray_text_puts(out, "</caption>\n");
  put_head(table, out);
  for (size_t i = 0; i < table->n_rows; i++)
    put_row(table, i, &notes, out);
  fray_text_puts(out, "</tbody></table></div>\n");
  fray_rep_table_put_notes(&html, &notes, out);
  return FRAY_OK;
}
