/* The matrix for people: how much of it is filled, the numbers with their intervals as many side by
 * side as the terminal has room for, why the others are empty, and what was not tested.
 *
 * No number is called better or worse than another: whether two differ is the question of a paired
 * test, which `fray compare` and the report make. */
#include "matrix_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER = 20, LEAST = 22, MOST = 40 }; /* columns of a number; of the names of conditions */

/* To the width of the terminal; words of files must not move its cursor. */
static void put_line(struct fray_text *out, struct fray_text *line, size_t width) {
  struct fray_text safe = {0};
  fray_text_safe(&safe, line->data ? line->data : "", false);
  fray_text_wrap(out, safe.data ? safe.data : "", 0, width);
  fray_text_puts(out, "\n");
  out->failed |= line->failed || safe.failed;
  line->size = 0;
  fray_text_free(&safe);
}

/* Cut to its column: what is longer stands whole in the table. */
static void put_cell_text(struct fray_text *out, const char *words, size_t width) {
  struct fray_text safe = {0};
  fray_text_safe(&safe, words, false);
  fray_text_cell(out, safe.data ? safe.data : "", width);
  out->failed |= safe.failed;
  fray_text_free(&safe);
}

/* Blanks behind the last column are nobody's. */
static void end_line(struct fray_text *out) {
  while (out->size > 0 && out->data[out->size - 1] == ' ')
    out->size--;
  fray_text_puts(out, "\n");
}

/* In points, as people speak of shares; a number is never without its interval. */
static void put_number(const struct matrix_number *number, struct fray_text *out) {
  char words[96] = "-";
  if (!isnan(number->value))
    snprintf(words, sizeof words, "%.1f [%.1f, %.1f]", 100 * number->value, 100 * number->low,
             100 * number->high);
  fray_text_cell(out, words, NUMBER);
}

/* A column on the terminal: a gap has its null beside it. */
struct shown {
  size_t column;
  bool null;
};

/* What has a number in some row. The worst case is told by family, below; costs are no share. */
static size_t list_columns(const struct matrix *m, const struct matrix_cell *cell,
                           struct shown *list) {
  size_t n = 0;
  for (size_t k = 0; k < m->n_columns; k++) {
    const enum matrix_what what = m->column[k].what;
    bool any = false;
    for (size_t i = 0; i < cell->n_rows; i++)
      any = any || !isnan(cell->row[i].number[k].value);
    if (!any || !m->column[k].is_share || what == MATRIX_WORST || what == MATRIX_WORST_OF_MEANS ||
        what == MATRIX_MEAN_OF_MEANS)
      continue;
    list[n++] = (struct shown){k, false};
    if (what == MATRIX_GAP)
      list[n++] = (struct shown){k, true};
  }
  return n;
}

/* What chance exceeds in one case of twenty. */
static void put_null(const struct matrix_number *number, struct fray_text *out) {
  char words[64] = "-";
  if (!isnan(number->null.q95))
    snprintf(words, sizeof words, "up to %.1f", 100 * number->null.q95);
  fray_text_cell(out, words, NUMBER);
}

/* Conditions are the rows, as in the other tables of the program: there are more of them. */
static void put_block(const struct matrix *m, const struct matrix_cell *cell,
                      const struct shown *list, size_t n, size_t names, struct fray_text *out) {
  put_cell_text(out, "in %", names);
  for (size_t k = 0; k < n; k++)
    put_cell_text(out, list[k].null ? "by chance (95 %)" : m->column[list[k].column].title, NUMBER);
  end_line(out);
  for (size_t i = 0; i < cell->n_rows; i++) {
    put_cell_text(out, cell->row[i].condition, names);
    for (size_t k = 0; k < n; k++)
      (list[k].null ? put_null : put_number)(&cell->row[i].number[list[k].column], out);
    end_line(out);
  }
}

/* Chance makes a gap too, and the number of rows makes one of them small: told as what exceeds
 * chance in the single row, and of how many. */
bool matrix_gap_words(const struct matrix *m, const struct matrix_cell *cell, size_t column,
                      struct fray_text *out) {
  size_t n = 0, beyond = 0;
  for (size_t i = 0; i < cell->n_rows && m->column[column].what == MATRIX_GAP; i++) {
    const double p = cell->row[i].number[column].null.p;
    n += isnan(p) ? 0 : 1;
    beyond += !isnan(p) && p * (double)cell->n_rows <= 0.05;
  }
  if (n)
    fray_text_printf(out,
                     "Gaps between groups of %s: larger than chance makes them in %zu of %s "
                     "(permutations of people, corrected for the number of conditions).",
                     m->column[column].of, beyond, FRAY_N(n, "condition"));
  return n > 0;
}

/* A line for each column of groups. */
static void say_gaps(const struct matrix *m, const struct matrix_cell *cell, size_t width,
                     struct fray_text *out) {
  struct fray_text line = {0};
  for (size_t k = 0; k < m->n_columns; k++)
    if (matrix_gap_words(m, cell, k, &line))
      put_line(out, &line, width);
  fray_text_free(&line);
}

/* Once for a cell: a training costs what it costs, whatever is asked of its model later. */
static void say_costs(const struct matrix *m, const struct matrix_cell *cell, size_t width,
                      struct fray_text *out) {
  struct fray_text line = {0};
  for (size_t k = 0; k < m->n_columns && cell->n_rows; k++) {
    const struct matrix_number *number = &cell->row[0].number[k];
    if (m->column[k].what == MATRIX_COST && !isnan(number->value))
      fray_text_printf(&line, "%s %s %.3g [%.3g, %.3g]",
                       line.size ? "," : "A training:", m->column[k].title, number->value,
                       number->low, number->high);
  }
  if (line.size) {
    fray_text_puts(&line, ".");
    put_line(out, &line, width);
  }
  fray_text_free(&line);
}

/* Each reason once for a measure, with how often. */
static void say_empty(const struct matrix *m, const struct matrix_cell *cell, size_t width,
                      struct fray_text *out) {
  struct fray_text line = {0};
  for (size_t k = 0; k < m->n_columns; k++)
    for (size_t i = 0; i < cell->n_rows; i++) {
      const struct matrix_number *number = &cell->row[i].number[k];
      size_t n = 0, first = i;
      if (!isnan(number->value))
        continue;
      for (size_t j = 0; j < cell->n_rows; j++)
        if (isnan(cell->row[j].number[k].value) &&
            strcmp(cell->row[j].number[k].why, number->why) == 0) {
          first = j < first ? j : first;
          n++;
        }
      if (first == i)
        fray_text_printf(&line, "%s %s (%zu of %zu): %s",
                         line.size ? ";" : "Empty:", m->column[k].title, n, cell->n_rows,
                         number->why);
    }
  if (line.size) {
    fray_text_puts(&line, ".");
    put_line(out, &line, width);
  }
  fray_text_free(&line);
}

/* Without a test there is only clean, and its worst case is itself. */
static void say_families(const struct matrix_cell *cell, size_t names, struct fray_text *out) {
  static const char *const head[] = {"worst case", "worst condition", "mean"};
  if (cell->n_families < 2)
    return;
  fray_text_puts(out, "\n");
  put_cell_text(out, "clean and all of", names);
  for (size_t k = 0; k < FRAY_COUNT(head); k++)
    fray_text_cell(out, head[k], NUMBER);
  end_line(out);
  for (size_t f = 0; f < cell->n_families; f++) {
    const struct matrix_family *family = &cell->family[f];
    put_cell_text(out, family->name, names);
    put_number(&family->worst, out);
    put_number(&family->worst_of_means, out);
    put_number(&family->mean_of_means, out);
    end_line(out);
  }
}

/* What numbers are of stands above them: without it none of them can be read. */
void matrix_say_trainings(const struct matrix_cell *cell, struct fray_text *out) {
  fray_text_puts(out, FRAY_N(cell->trainings, "training"));
  if (cell->diverged)
    fray_text_printf(out, " (%zu diverged and %s as the constant predictor)", cell->diverged,
                     cell->diverged == 1 ? "counts" : "count");
}

static void say_cell(const struct matrix *m, const struct matrix_cell *cell, size_t width,
                     struct shown *list, struct fray_text *out) {
  struct fray_text line = {0};
  size_t names = LEAST;
  for (size_t i = 0; i < cell->n_rows; i++)
    names = strlen(cell->row[i].condition) + 2 > names ? strlen(cell->row[i].condition) + 2 : names;
  /* At 80 columns three numbers stand beside the shortest names. */
  names = names > MOST ? MOST : names;
  names = names + 2 * NUMBER > width ? LEAST : names;
  const size_t n = list_columns(m, cell, list);
  const size_t room = width > names + NUMBER ? (width + 2 - names) / NUMBER : 1;
  fray_text_printf(&line, "%s, %s: ", cell->folder, cell->name);
  matrix_say_trainings(cell, &line);
  if (cell->samples)
    fray_text_printf(&line, ", %s of %s", FRAY_N(cell->samples, "test sample"),
                     FRAY_N(cell->people, "client"));
  fray_text_puts(out, "\n");
  put_line(out, &line, width);
  for (size_t k = 0; k < n; k += room)
    put_block(m, cell, list + k, n - k < room ? n - k : room, names, out);
  say_families(cell, names, out);
  say_gaps(m, cell, width, out);
  say_costs(m, cell, width, out);
  say_empty(m, cell, width, out);
  fray_text_free(&line);
}

/* All of them: a list that is cut would say that the rest does not matter. */
static void say_untested(const struct matrix *m, size_t width, struct fray_text *out) {
  struct fray_text line = {0};
  fray_text_puts(out, "\n");
  if (strcmp(m->untested_status, "ok") != 0)
    fray_text_printf(&line, "What was not tested is not known: %s.", m->untested_status);
  else
    fray_text_printf(&line, "Not tested, of the kinds of damage that act on %s: %zu", m->modalities,
                     m->n_untested);
  for (size_t k = 0; k < m->n_untested; k++)
    fray_text_printf(&line, "%s %s", k ? "," : ":", m->untested[k].kind);
  if (m->n_untested)
    fray_text_puts(&line, ".");
  put_line(out, &line, width);
  fray_text_free(&line);
}

/* Of one task are folders of the same classes; where their names are not known that is hoped. */
bool matrix_unnamed_words(const struct matrix *m, struct fray_text *out) {
  if (m->unnamed)
    fray_text_printf(
        out,
        "Names of classes are not known of %s or %s, which an older program left: they "
        "were compared by their number alone.",
        m->study[0].r.folder, m->unnamed);
  return m->unnamed != NULL;
}

/* Coverage first: whoever reads a number knows by then how many are missing. */
void matrix_say(const struct matrix *m, size_t columns, struct fray_text *out) {
  struct fray_text line = {0};
  struct shown *list;
  size_t filled, all;
  list = fray_arena_alloc(m->arena, 2 * m->n_columns + 1, sizeof *list);
  if (!list) {
    out->failed = true;
    return;
  }
  matrix_coverage(m, &filled, &all);
  fray_text_printf(&line, "Coverage: %zu of %s (%.0f %%); each is a mean with its 95 %% interval.",
                   filled, FRAY_N(all, "number"), all ? 100 * (double)filled / (double)all : 0.0);
  put_line(out, &line, columns);
  for (size_t c = 0; c < m->n_cells; c++)
    say_cell(m, &m->cell[c], columns, list, out);
  say_untested(m, columns, out);
  if (matrix_unnamed_words(m, &line))
    put_line(out, &line, columns);
  fray_text_free(&line);
}
