/* A table as LaTeX. */
#include "table_model.h"

#include "report/words/markup.h"

#include "fray/base/made.h"
#include "fray/base/utf8.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* What a character is written as, or NULL where it stands for itself. Only what needs more than
 * a backslash before it; the rest of the special characters is in fray_rep_latex. Quotes and < >
 * would come out as other characters in old encodings. */
static const char *escape_of(char c) {
  switch (c) {
  case '\\':
    return "\\textbackslash{}";
  case '~':
    return "\\textasciitilde{}";
  case '^':
    return "\\textasciicircum{}";
  case '<':
    return "\\textless{}";
  case '>':
    return "\\textgreater{}";
  case '|':
    return "\\textbar{}";
  case '`':
    return "\\textasciigrave{}";
  case '"':
    return "\\textquotedbl{}";
  case '\'':
    return "\\textquotesingle{}";
  case '-':
    return "-{}"; /* two of them would join to a dash */
  case '[':
    return "{[}"; /* behind a line break it would begin its option */
  case ']':
    return "{]}";
  default:
    return NULL;
  }
}

/* A line feed or a tab is a blank to LaTeX anyway; others it would refuse. 0x7f is none of the
 * first 32, and no letter either. */
static bool is_control(char c) {
  return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Names come from a user's files: none of them may become a command. A byte that is not UTF-8 is
 * passed over alone, so that what follows it is kept. */
void fray_rep_latex(struct fray_text *out, const char *text) {
  while (*text) {
    size_t n = fray_utf8_length(text, SIZE_MAX);
    const char *escaped = n == 1 ? escape_of(*text) : NULL;
    if (n == 0 || fray_rep_is_unfit(text, n)) /* neither is a letter to LaTeX */
      fray_text_puts(out, "?");
    else if (escaped)
      fray_text_puts(out, escaped);
    else if (n == 1 && is_control(*text))
      fray_text_puts(out, " ");
    else if (n == 1 && strchr("{}$&#_%", *text))
      fray_text_printf(out, "\\%c", *text);
    else
      fray_text_add(out, text, n);
    text += n ? n : 1;
  }
}

/* To half a unit of the last digit shown: a difference below that cannot be seen. half is in
 * units of the value, so it is divided by the scale. */
static bool is_symmetric(const struct fray_rep_table_column *column,
                         const struct fray_rep_cell *cell) {
  double half = 0.5 * pow(10, -column->decimals) / (column->scale != 0 ? column->scale : 1);
  double up = cell->high - cell->value, down = cell->value - cell->low;
  return fabs(up - down) < half;
}

/* All intervals of a column in one form, so that they compare. The whole column, since rows of
 * two forms do not compare at a glance. */
static bool all_symmetric(const struct fray_rep_table *t, size_t k) {
  for (size_t i = 0; i < t->n_rows; i++) {
    const struct fray_rep_cell *cell = fray_rep_table_cell(t, i, k);
    if (!isnan(cell->low) && !is_symmetric(&t->column[k], cell))
      return false;
  }
  return true;
}

/* Such columns take two of LaTeX's. All of put_alignment, put_head and put_cell ask this, and
 * must get the same answer, or rows would have too many cells. */
static bool has_intervals(const struct fray_rep_table *t, size_t k) {
  if (t->column[k].interval)
    for (size_t i = 0; i < t->n_rows; i++)
      if (!isnan(fray_rep_table_cell(t, i, k)->low))
        return true;
  return false;
}

static void put_number(const struct fray_rep_table_column *column, double value,
                       struct fray_text *out) {
  char number[48];
  fray_rep_table_number(column, value, number);
  if (*number == '\0')
    return;
  /* In math mode: a hyphen is no minus. */
  if (*number == '-' || *number == '<')
    fray_text_printf(out, "$%s$", number);
  else
    fray_text_puts(out, number);
}

static void put_note(const struct fray_rep_footnotes *notes, const struct fray_rep_cell *cell,
                     struct fray_text *out) {
  char mark[8];
  if (!fray_rep_table_mark(notes, cell, mark))
    return;
  fray_text_printf(out, "\\textsuperscript{%s}", mark);
}

/* The interval, in a column of its own so that the numbers before it align. Brackets are in
 * braces: behind the end of a row a bare one would begin an option. Half the width stands for
 * both sides, which all_symmetric has made sure of. */
static void put_interval(const struct fray_rep_table_column *column,
                         const struct fray_rep_cell *cell, bool symmetric, struct fray_text *out) {
  if (isnan(cell->low))
    return;
  if (symmetric) {
    fray_text_puts(out, "$\\pm$ ");
    put_number(column, (cell->high - cell->low) / 2, out);
    return;
  }
  fray_text_puts(out, "{[}");
  put_number(column, cell->low, out);
  fray_text_puts(out, ", ");
  put_number(column, cell->high, out);
  fray_text_puts(out, "{]}");
}

/* The interval's own "&" is written even where there is none, so that every row has as many
 * cells. The mark stands at the end, behind the interval. */
static void put_cell(const struct fray_rep_table *t, size_t row, size_t k,
                     const struct fray_rep_footnotes *notes, struct fray_text *out) {
  const struct fray_rep_cell *cell = fray_rep_table_cell(t, row, k);
  if (t->column[k].kind == FRAY_REP_COLUMN_TEXT) {
    fray_rep_latex(out, cell->shown ? cell->shown : cell->text ? cell->text : "");
    put_note(notes, cell, out);
    return;
  }
  if (isnan(cell->value))
    fray_text_puts(out, cell->status ? "--" : "");
  put_number(&t->column[k], cell->value, out);
  if (has_intervals(t, k)) {
    fray_text_puts(out, " & ");
    put_interval(&t->column[k], cell, all_symmetric(t, k), out);
  }
  put_note(notes, cell, out);
}

/* Numbers to the right, since a column has as many decimals throughout; the interval follows at
 * the width of a blank, without the usual gap between columns. */
static void put_alignment(const struct fray_rep_table *t, struct fray_text *out) {
  fray_text_puts(out, "{@{}");
  for (size_t k = 0; k < t->n_columns; k++)
    if (!fray_rep_table_is_empty_column(t, k))
      fray_text_puts(out, t->column[k].kind == FRAY_REP_COLUMN_TEXT ? "l"
                          : has_intervals(t, k)                     ? "r@{ }l"
                                                                    : "r");
  fray_text_puts(out, "@{}}\n");
}

static const struct fray_rep_table_writer latex = {.text = fray_rep_latex,
                                                   .unit = ", ",
                                                   .mark = "\\textsuperscript{",
                                                   .after_mark = "} ",
                                                   .notes = "\n\\smallskip\n{\\footnotesize ",
                                                   .end = ".}\n"};

/* A heading spans the number and its interval. No "&" before the first: empty columns may come
 * before it, so its index does not tell. */
static void put_head(const struct fray_rep_table *t, struct fray_text *out) {
  bool begun = false;
  for (size_t k = 0; k < t->n_columns; k++) {
    if (fray_rep_table_is_empty_column(t, k))
      continue;
    bool wide = t->column[k].kind != FRAY_REP_COLUMN_TEXT && has_intervals(t, k);
    fray_text_puts(out, begun ? " & " : "");
    fray_text_puts(out, wide ? "\\multicolumn{2}{c}{" : "");
    fray_rep_table_put_name(&latex, &t->column[k], out);
    fray_text_puts(out, wide ? "}" : "");
    begun = true;
  }
  fray_text_puts(out, " \\\\\n\\midrule\n");
}

static void put_rows(const struct fray_rep_table *t, const struct fray_rep_footnotes *notes,
                     struct fray_text *out) {
  for (size_t i = 0; i < t->n_rows; i++) {
    bool begun = false;
    for (size_t k = 0; k < t->n_columns; k++) {
      if (fray_rep_table_is_empty_column(t, k))
        continue;
      fray_text_puts(out, begun ? " & " : "");
      put_cell(t, i, k, notes, out);
      begun = true;
    }
    fray_text_puts(out, " \\\\\n");
  }
}

/* A whole float, to be read in by \input; booktabs and graphicx must be loaded there. The label
 * is of the table's name, so two tables of a report do not clash. */
enum fray_status fray_rep_table_latex(const struct fray_rep_table *table, struct fray_text *out,
                                      struct fray_err *err) {
  struct fray_rep_footnotes notes;
  FRAY_TRY(fray_rep_table_footnotes(table, &notes, err));
  fray_text_puts(out, FRAY_MADE_LATEX "% Names beyond Latin letters need LuaLaTeX or XeLaTeX.\n"
                                      "\\begin{table}\n\\centering\n\\caption{");
  fray_rep_latex(out, table->caption);
  fray_text_printf(out, "}\n\\label{tab:%s}\n", table->name);
  /* As wide as it is, but no wider than the text. */
  fray_text_puts(out, "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n"
                      "\\begin{tabular}");
  put_alignment(table, out);
  fray_text_puts(out, "\\toprule\n");
  put_head(table, out);
  put_rows(table, &notes, out);
  fray_text_puts(out, "\\bottomrule\n\\end{tabular}}\n");
  fray_rep_table_put_notes(&latex, &notes, out);
  fray_text_puts(out, "\\end{table}\n");
  return FRAY_OK;
}
