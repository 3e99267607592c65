/* The matrix as a page: how much of it is filled, then a table for each cell of the studies, with
 * conditions below each other and measures side by side. A field holds a number with its interval
 * or a letter that is explained below the table, so that nothing depends on colour or on a pointer.
 *
 * What holds for all points of a test, or for every condition, stands once: repeated it would look
 * like so many measurements. Tables are as wide as they must be and scroll within their frames,
 * with the names of rows and columns in sight; so the page keeps the width of its reader's window.
 *
 * Every text that a file may have brought is escaped where it is put, and nowhere else: names stay
 * as they are in the matrix, which the tables for machines and the terminal share with the page. */
#include "matrix_parts.h"

#include "fray/base/size.h"
#include "fray/report/document.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- one field ---- */

/* Powers of a thousand, as people say them: "47.9 MB", "1.23 trillion". */
/* What is larger than the last word has many digits, and stays right. */
static double scale_of(double value, bool bytes, const char **unit) {
  static const char *const of_bytes[] = {" bytes", " kB", " MB", " GB", " TB", " PB"};
  static const char *const of_counts[] = {"",         " thousand", " million",
                                          " billion", " trillion", " quadrillion"};
  size_t k = 0;
  double scale = 1;
  while (k + 1 < FRAY_COUNT(of_bytes) && value >= 1000 * scale) {
    scale *= 1000;
    k++;
  }
  *unit = bytes ? of_bytes[k] : of_counts[k];
  return scale;
}

/* Shares in points, as everywhere; a minus as wide as a plus, and none of what is shown as 0. */
static void put_real(double value, bool is_share, struct fray_text *out) {
  char number[400]; /* the largest double has 309 digits before its point */
  snprintf(number, sizeof number, is_share ? "%.1f" : "%.3g", fabs(is_share ? 100 * value : value));
  fray_text_puts(out, value < 0 && strpbrk(number, "123456789") ? "\u2212" : "");
  fray_text_puts(out, number);
}

/* "57.3 to 81.3": a dash between numbers would read as a minus. */
static void put_range(const struct matrix_number *number, bool is_share, struct fray_text *out) {
  fray_text_puts(out, "<span class=\"range\">");
  put_real(number->low, is_share, out);
  fray_text_puts(out, " to ");
  put_real(number->high, is_share, out);
  fray_text_puts(out, "</span>");
}

/* Reasons of one table, lettered in the order in which they are met. */
struct reasons {
  struct fray_rep_names names;
  struct fray_arena *arena;
  bool failed;
};
/* Behind z come aa, ab, ...: there may be as many reasons as fields. */
static void put_letter(size_t at, struct fray_text *out) {
  if (at >= 26)
    put_letter(at / 26 - 1, out);
  fray_text_printf(out, "%c", 'a' + (int)(at % 26));
}

/* The letter is the same for a reason wherever it stands in the table, and begins anew in the next
 * one, whose reasons stand below it.
 *
 * A dash and a letter; the reason is under the pointer as well. */
static void put_reason(const char *why, struct reasons *reasons, struct fray_text *out) {
  struct fray_err ignored = {0};
  size_t at = 0;
  reasons->failed |=
      fray_rep_intern(&reasons->names, why, reasons->arena, &at, &ignored) != FRAY_OK;
  fray_text_puts(out, "<span class=\"none\" title=\"");
  fray_document_text(out, why);
  fray_text_puts(out, "\">\u2013<sup>");
  put_letter(at, out);
  fray_text_puts(out, "</sup></span>");
}

/* A gap without what chance makes of it says nothing, so that both stand in one field. */
static void put_number(const struct matrix_number *number, bool is_share, struct reasons *reasons,
                       struct fray_text *out) {
  if (isnan(number->value)) {
    put_reason(number->why, reasons, out);
    return;
  }
  put_real(number->value, is_share, out);
  put_range(number, is_share, out);
  if (!isnan(number->null.q95)) {
    fray_text_puts(out, "<span class=\"chance\">chance to ");
    put_real(number->null.q95, true, out);
    fray_text_puts(out, "</span>");
  }
}

/* ---- one table ---- */

/* Numbers of a test, which its points have in common. */
static bool is_of_family(enum matrix_what what) {
  return what == MATRIX_WORST || what == MATRIX_WORST_OF_MEANS || what == MATRIX_MEAN_OF_MEANS;
}

/* Asked by a guard alone; what it was asked of clean samples stands in their row. */
static bool is_guarded(const struct matrix_row *row) {
  return row->asked && strncmp(row->condition, "guard/", 6) == 0;
}

/* Rows behind each other that are points of one test, or of a guard. */
static size_t points(const struct matrix_cell *cell, size_t row) {
  const struct matrix_row *first = &cell->row[row];
  size_t n = 1;
  while ((*first->family || is_guarded(first)) && row + n < cell->n_rows &&
         strcmp(first->family, cell->row[row + n].family) == 0 &&
         is_guarded(first) == is_guarded(&cell->row[row + n]))
    n++;
  return n;
}

/* Names of groups and gates are words of files. */
static void put_head(const struct matrix *m, struct fray_text *out) {
  fray_text_puts(out, "<thead><tr><th scope=\"col\">condition</th>");
  for (size_t k = 0; k < m->n_columns; k++) {
    if (m->column[k].what == MATRIX_COST)
      continue;
    fray_text_puts(out, "<th scope=\"col\">");
    fray_document_text(out, m->column[k].title);
    fray_text_puts(out, "</th>");
    /* Beside the first number of a row it is drawn. */
    if (m->column[k].what == MATRIX_RIGHT)
      fray_text_puts(out, "<th scope=\"col\" class=\"drawn\"><span class=\"scale\"><span>0</span>"
                          "<span>100&nbsp;%</span></span></th>");
  }
  fray_text_puts(out, "</tr></thead>\n");
}

/* A line without a point would look like one that is hidden, so an empty field has none. */
static void put_drawing(const struct matrix_number *number, const struct matrix_number *clean,
                        struct fray_text *out) {
  const struct fray_document_strip strip = {number->low, number->value, number->high,
                                            clean ? clean->value : (double)NAN};
  fray_text_puts(out, "<td class=\"drawn\">");
  if (!isnan(number->value))
    fray_document_put_strip(out, &strip);
  fray_text_puts(out, "</td>");
}

/* same: how many rows the numbers of the test are for; 0: they stand in a row above. */
static void put_row(const struct matrix *m, const struct matrix_cell *cell, size_t at, size_t same,
                    const struct matrix_row *clean, struct reasons *reasons,
                    struct fray_text *out) {
  const struct matrix_row *row = &cell->row[at];
  fray_text_puts(out, "<tr><th scope=\"row\">");
  fray_document_text(out, row->condition);
  fray_text_puts(out, "</th>");
  for (size_t k = 0; k < m->n_columns; k++) {
    const struct matrix_column *column = &m->column[k];
    const bool shared = is_of_family(column->what);
    if (column->what == MATRIX_COST || (shared && same == 0))
      continue;
    if (shared && same > 1)
      fray_text_printf(out, "<td rowspan=\"%zu\" class=\"shared\">", same);
    else
      fray_text_puts(out, "<td>");
    put_number(&row->number[k], column->is_share, reasons, out);
    fray_text_puts(out, "</td>");
    if (column->what == MATRIX_RIGHT)
      put_drawing(&row->number[k], clean && clean != row ? &clean->number[k] : NULL, out);
  }
  fray_text_puts(out, "</tr>\n");
}

/* Whatever is asked of a model later, its training cost the same. */
static void put_costs(const struct matrix *m, const struct matrix_cell *cell,
                      struct reasons *reasons, struct fray_text *out) {
  size_t wide = 1;
  for (size_t k = 0; k < m->n_columns; k++)
    wide += m->column[k].what != MATRIX_COST;
  fray_text_puts(out, "<tfoot>\n");
  for (size_t k = 0; cell->n_rows && k < m->n_columns; k++) {
    const struct matrix_number *number = &cell->row[0].number[k];
    if (m->column[k].what != MATRIX_COST)
      continue;
    fray_text_puts(out, "<tr><th scope=\"row\">");
    fray_document_text(out, m->column[k].title);
    fray_text_printf(out, "</th><td colspan=\"%zu\" class=\"words\">", wide);
    if (isnan(number->value)) {
      put_reason(number->why, reasons, out);
    } else {
      const char *unit;
      const double scale = scale_of(number->value, strcmp(m->column[k].name, "bytes") == 0, &unit);
      struct matrix_number shown = *number;
      shown.low /= scale;
      shown.high /= scale;
      put_real(number->value / scale, false, out);
      fray_text_printf(out, "%s ", unit);
      put_range(&shown, false, out);
      fray_text_puts(out, " by a training, under every condition");
    }
    fray_text_puts(out, "</td></tr>\n");
  }
  fray_text_puts(out, "</tfoot>");
}

/* Below the table and in full: a reason under the pointer alone would be lost on paper, on a phone
 * and to the ear. */
static void put_reasons(const struct reasons *reasons, struct fray_text *out) {
  if (reasons->names.n == 0)
    return;
  fray_text_puts(out, "<p class=\"why\">Empty: ");
  for (size_t k = 0; k < reasons->names.n; k++) {
    fray_text_puts(out, k ? "; <b>" : "<b>");
    put_letter(k, out);
    fray_text_puts(out, "</b>&nbsp;");
    fray_document_text(out, reasons->names.v[k]);
  }
  fray_text_puts(out, ".</p>\n");
}

/* What a row is held against: the one without damage. */
static const struct matrix_row *clean_of(const struct matrix_cell *cell) {
  const struct matrix_row *found = NULL;
  for (size_t i = 0; i < cell->n_rows; i++)
    if (strcmp(cell->row[i].condition, "clean") == 0 ||
        (!found && strcmp(cell->row[i].condition, "trial") == 0))
      found = &cell->row[i];
  return found;
}

/* Each test is a body of its own, so that its points are seen to belong together. */
static void put_table(const struct matrix *m, const struct matrix_cell *cell,
                      struct fray_text *out) {
  struct reasons reasons = {.arena = m->arena};
  fray_text_puts(out,
                 "<div class=\"scroll long\" tabindex=\"0\"><table class=\"matrix\"><caption>"
                 "Numbers in points of percent, each with its 95&nbsp;% interval below. Drawn: "
                 "the share right, with a stroke at that without damage.</caption>\n");
  put_head(m, out);
  for (size_t i = 0, n; i < cell->n_rows; i += n) {
    n = points(cell, i);
    fray_text_puts(out, "<tbody>\n");
    for (size_t k = 0; k < n; k++)
      put_row(m, cell, i + k, k ? 0 : n, clean_of(cell), &reasons, out);
    fray_text_puts(out, "</tbody>\n");
  }
  put_costs(m, cell, &reasons, out);
  fray_text_puts(out, "</table></div>\n");
  put_reasons(&reasons, out);
  out->failed |= reasons.failed;
}

/* The worst of each sample beside the worst of all and the mean: what choosing is worth. */
static void put_families(const struct matrix *m, const struct matrix_cell *cell,
                         struct fray_text *out) {
  struct reasons reasons = {.arena = m->arena};
  if (cell->n_families < 2)
    return;
  fray_text_puts(out,
                 "<div class=\"scroll\" tabindex=\"0\"><table class=\"families\"><caption>Share "
                 "right, clean and all conditions of a test together. Drawn: the worst of each "
                 "sample, with a stroke at the mean.</caption>\n<thead><tr><th scope=\"col\">test"
                 "</th><th scope=\"col\">conditions</th><th scope=\"col\">worst of each sample</th>"
                 "<th scope=\"col\" class=\"drawn\"><span class=\"scale\"><span>0</span><span>"
                 "100&nbsp;%</span></span></th><th scope=\"col\">worst of all samples</th>"
                 "<th scope=\"col\">mean of means</th></tr></thead><tbody>\n");
  for (size_t f = 0; f < cell->n_families; f++) {
    const struct matrix_family *family = &cell->family[f];
    fray_text_puts(out, "<tr><th scope=\"row\">");
    fray_document_text(out, family->name);
    fray_text_printf(out, "</th><td>%zu</td><td>", family->conditions);
    put_number(&family->worst, true, &reasons, out);
    fray_text_puts(out, "</td>");
    put_drawing(&family->worst, &family->mean_of_means, out);
    fray_text_puts(out, "<td>");
    put_number(&family->worst_of_means, true, &reasons, out);
    fray_text_puts(out, "</td><td>");
    put_number(&family->mean_of_means, true, &reasons, out);
    fray_text_puts(out, "</td></tr>\n");
  }
  fray_text_puts(out, "</tbody></table></div>\n");
  put_reasons(&reasons, out);
  out->failed |= reasons.failed;
}

/* ---- the page ---- */

/* The same sentence as on the terminal. */
static void put_gaps(const struct matrix *m, const struct matrix_cell *cell,
                     struct fray_text *out) {
  for (size_t k = 0; k < m->n_columns; k++) {
    struct fray_text words = {0};
    if (matrix_gap_words(m, cell, k, &words)) {
      fray_text_puts(out, "<p class=\"why\">");
      fray_document_text(out, words.data ? words.data : "");
      fray_text_puts(out, "</p>\n");
    }
    out->failed |= words.failed;
    fray_text_free(&words);
  }
}

/* How much the numbers are of stands above them: without it none of them can be read. */
static void put_cell(const struct matrix *m, const struct matrix_cell *cell,
                     struct fray_document *document) {
  struct fray_text *out = fray_document_body(document);
  /* A cell of one study is told by what was swept; where nothing was, by its folder. */
  const char *title = strcmp(cell->name, "all") == 0 ? cell->folder
                      : m->n_studies == 1
                          ? cell->name
                          : fray_arena_printf(m->arena, "%s, %s", cell->folder, cell->name);
  out->failed |= !title;
  fray_document_heading(document, 1, title ? title : "");
  fray_text_puts(out, "<p class=\"sub\">");
  matrix_say_trainings(cell, out);
  if (cell->samples)
    fray_text_printf(out, ", %s of %s", FRAY_N(cell->samples, "test sample"),
                     FRAY_N(cell->people, "client"));
  fray_text_puts(out, "</p>\n");
  put_table(m, cell, out);
  put_families(m, cell, out);
  put_gaps(m, cell, out);
}

/* One of them, with modalities only where not all are meant. */
static void put_kind(const struct matrix *m, const struct matrix_untested *one,
                     struct fray_text *out) {
  fray_text_puts(out, "<span><code>");
  fray_document_text(out, one->kind);
  fray_text_puts(out, "</code>");
  if (strcmp(one->modalities, m->modalities) != 0) {
    fray_text_puts(out, " <small>");
    fray_document_text(out, one->modalities);
    fray_text_puts(out, "</small>");
  }
  fray_text_puts(out, "</span>");
}

/* By what is wrong with the input, in the order in which that is met. */
static void put_kinds(const struct matrix *m, struct fray_text *out) {
  fray_text_puts(out, "<dl class=\"untested\">\n");
  for (size_t k = 0; k < m->n_untested; k++) {
    const char *category = m->untested[k].category;
    size_t first = 0;
    while (strcmp(m->untested[first].category, category) != 0)
      first++;
    if (first < k)
      continue;
    fray_text_puts(out, "<dt>");
    fray_document_text(out, category);
    fray_text_puts(out, "</dt><dd>");
    for (size_t i = k; i < m->n_untested; i++)
      if (strcmp(m->untested[i].category, category) == 0) {
        fray_text_puts(out, i > k ? ", " : "");
        put_kind(m, &m->untested[i], out);
      }
    fray_text_puts(out, "</dd>\n");
  }
  fray_text_puts(out, "</dl>\n");
}

/* All of them: a list that is cut would say that the rest does not matter. */
static void put_untested(const struct matrix *m, struct fray_document *document) {
  struct fray_text *out = fray_document_body(document);
  fray_document_heading(document, 1, "Not tested");
  if (strcmp(m->untested_status, "ok") != 0) {
    fray_text_puts(out, "<p>What was not tested is not known: ");
    fray_document_text(out, m->untested_status);
    fray_text_puts(out, ".</p>\n");
    return;
  }
  fray_text_puts(out, "<p>Kinds of damage that act on ");
  fray_document_text(out, m->modalities);
  fray_text_printf(out, " and that no condition uses: %zu.</p>\n", m->n_untested);
  put_kinds(m, out);
}

/* In front of every number: whoever reads one knows by then how many are missing. */
static void put_coverage(const struct matrix *m, struct fray_text *out) {
  size_t filled, all;
  matrix_coverage(m, &filled, &all);
  const double share = all ? 100 * (double)filled / (double)all : 0;
  fray_text_printf(out,
                   "<div class=\"opening\"><p class=\"coverage\"><b>%.0f&nbsp;%%</b> "
                   "<span>covered: %zu of %s that could be there</span></p>\n"
                   "<svg class=\"filled\" viewBox=\"0 0 100 2\" preserveAspectRatio=\"none\" "
                   "aria-hidden=\"true\"><rect class=\"whole\" width=\"100\" height=\"2\"/>"
                   "<rect class=\"part\" width=\"%.1f\" height=\"2\"/></svg>\n"
                   "<p class=\"sub\">A field is a number with its 95&nbsp;%% interval, or a letter "
                   "for the reason why there is none; a number without an interval is left out. No "
                   "number is called better than another.</p></div>\n",
                   share, filled, FRAY_N(all, "number"), share);
}

/* At the end, as on the terminal: it is of all tables. */
static void put_unnamed(const struct matrix *m, struct fray_text *out) {
  struct fray_text words = {0};
  if (matrix_unnamed_words(m, &words)) {
    fray_text_puts(out, "<p class=\"sub\">");
    fray_document_text(out, words.data ? words.data : "");
    fray_text_puts(out, "</p>\n");
  }
  out->failed |= words.failed;
  fray_text_free(&words);
}

/* The document is the heap's, and the matrix's arena holds what it borrows. */
void matrix_page(const void *found, struct fray_text *out) {
  const struct matrix *m = found;
  struct fray_document *document = NULL;
  struct fray_text what = {0};
  struct fray_err ignored = {0};
  if (fray_document_new(m->arena, &document, &ignored) != FRAY_OK) {
    out->failed = true;
    return;
  }
  fray_text_puts(&what, "<p class=\"what\">of ");
  for (size_t s = 0; s < m->n_studies; s++) {
    fray_text_puts(&what, s ? ", <code>" : "<code>");
    fray_document_text(&what, m->study[s].r.folder);
    fray_text_puts(&what, "</code>");
  }
  fray_text_puts(&what, "</p>\n");
  fray_document_widen(document);
  put_coverage(m, fray_document_body(document));
  fray_document_opened(document);
  for (size_t c = 0; c < m->n_cells; c++)
    put_cell(m, &m->cell[c], document);
  put_untested(m, document);
  put_unnamed(m, fray_document_body(document));
  fray_document_end(document, "What was measured, and what was not", &what, out);
  fray_document_free(document);
  fray_text_free(&what);
}
