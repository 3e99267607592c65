/* What pairs did, for people: which of them flip more answers than neutral ones, by intervals and
 * p-values that hold for all of them at once; how many are not told from neutral ones; and of how
 * many nothing can be said. */
#include "instrument/folder/instrument_folder.h"
#include "pairs_parts.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 12 }; /* lines of a cell; the others stand in the table */

/* For all at once; neutral pairs are what others are held against, and no finding. */
static bool is_resolved(const struct pairs_row *row) {
  return row->is_one && !row->neutral && row->p_holm < 0.05;
}

/* The largest excess first; of equals the first of the file. */
static int compare(const void *left, const void *right) {
  const struct pairs_row *const *a = left, *const *b = right;
  const double x = (*a)->excess.value, y = (*b)->excess.value;
  return x != y ? (x < y) - (x > y) : (*a > *b) - (*a < *b);
}

/* To the width of the terminal, or 80 columns in a file. */
static void put_line(const char *words, size_t columns, struct fray_text *out) {
  fray_text_wrap(out, words ? words : "", 0, columns);
  fray_text_puts(out, "\n");
}

static void put_row(const struct pairs_row *row, struct fray_text *out) {
  struct fray_text name = {0};
  if (row->first)
    fray_text_printf(&name, "%s / %s", row->first, row->second);
  else
    fray_text_puts(&name, row->set);
  fray_text_puts(out, "  ");
  fray_text_cell(out, name.data ? name.data : "", 22);
  fray_text_printf(out, " flips %5.1f %%, excess %.1f points (95 %%: %.1f to %.1f)\n",
                   100 * row->flip.value, 100 * row->excess.value, 100 * row->excess.interval.low,
                   100 * row->excess.interval.high);
  fray_text_free(&name);
}

/* What is left out and what is not resolved is counted, so that silence is no finding. */
static void put_rest(size_t open, size_t few, size_t more, size_t columns, struct fray_text *out) {
  struct fray_text line = {0};
  if (more)
    fray_text_printf(&line, "%s more resolved in pairs.csv. ", FRAY_N(more, "pair"));
  if (open)
    fray_text_printf(&line, "Not told from neutral ones: %zu. ", open);
  if (few)
    fray_text_printf(&line, "In too few texts or of too few people: %zu.", few);
  if (line.size)
    put_line(line.data, columns, out);
  fray_text_free(&line);
}

/* The largest first, as nobody reads forty lines. */
static void put_cell(const struct pairs_tables *of, const struct pairs_cell *cell, size_t columns,
                     struct fray_text *out) {
  const struct pairs_row **row = calloc(cell->n_rows + 1, sizeof *row);
  const char *name = fray_instrument_cell(of->found->study, cell->cell, of->found->arena);
  size_t n = 0, open = 0, few = 0; /* resolved; not told from neutral ones; suppressed */
  if (!row) {
    out->failed = true;
    return;
  }
  for (size_t k = 0; k < cell->n_rows; k++) {
    const struct pairs_row *r = &cell->row[k];
    if (is_resolved(r))
      row[n++] = r;
    else if (r->is_one && !r->neutral)
      ++*(isnan(r->flip.value) ? &few : &open);
  }
  qsort(row, n, sizeof *row, compare);
  fray_text_printf(out, "\n%s, %s: neutral pairs flip %.1f %% of the answers\n", name ? name : "",
                   FRAY_N(cell->trials, "trial"), 100 * cell->row[0].neutral_flip);
  for (size_t k = 0; k < n && k < MOST; k++)
    put_row(row[k], out);
  put_rest(open, few, n > MOST ? n - MOST : 0, columns, out);
  free(row);
}

/* Cells in the order of the study. */
void pairs_say(const struct pairs_tables *of, size_t columns, struct fray_text *out) {
  struct fray_text head = {0};
  size_t pairs = 0;
  for (size_t k = 0; k < of->found->file->n; k++)
    pairs += of->found->file->item[k].both != NULL;
  /* What is not said below was asked all the same. */
  fray_text_printf(&head, "Terms exchanged in %s: %s", of->found->file->modality,
                   FRAY_N(pairs, "pair"));
  if (of->found->file->n > pairs)
    fray_text_printf(&head, ", %s", FRAY_N(of->found->file->n - pairs, "rewriting"));
  fray_text_puts(&head, ". Below are those that flip other numbers of answers than neutral ones, "
                        "for all pairs of a cell at once.");
  put_line(head.data, columns, out);
  fray_text_free(&head);
  for (size_t c = 0; c < of->n; c++)
    put_cell(of, &of->cell[c], columns, out);
}
