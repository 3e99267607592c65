/* The eight dimensions of responsible AI, each with its evidence. None is scored: a share right and
 * a gap are no points of one scale. */
#include "card_parts.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Several columns may be of a kind, one for each column of groups: the first that is filled, as the
 * others stand under their heading. */
size_t card_column(const struct card *c, const struct card_cell *cell, size_t row,
                   enum matrix_what what) {
  for (size_t i = 0; i < c->m.n_columns; i++)
    if (c->m.column[i].what == what && !isnan(cell->made->row[row].number[i].value))
      return i;
  return c->m.n_columns;
}

/* Without a number there is no footnote either: the headings above say why. */
static void put_measure(struct card *c, const struct card_cell *cell, const char *dimension,
                        const char *evidence, enum matrix_what what) {
  const size_t i = card_column(c, cell, cell->clean, what);
  if (i == c->m.n_columns)
    card_row(c, dimension, evidence, CARD_NOT_TESTED, NULL);
  else if (what == MATRIX_GAP)
    card_row(c, dimension, evidence, card_gap(c, cell, i), NULL);
  else
    card_row(c, dimension, evidence,
             card_number(c, &cell->made->row[cell->clean].number[i], c->m.column[i].is_share,
                         card_note_matrix(c, cell, cell->clean, &c->m.column[i])),
             c->m.column[i].is_share ? &cell->made->row[cell->clean].number[i] : NULL);
}

/* The last family is that of all tests together; without a test there is only clean. */
static void put_worst(struct card *c, const struct card_cell *cell) {
  const size_t n = cell->made->n_families;
  const struct matrix_family *family = n > 1 ? &cell->made->family[n - 1] : NULL;
  if (!family || isnan(family->worst.value))
    card_row(c, "veracity and robustness", "worst case of all tests", CARD_NOT_TESTED, NULL);
  else
    card_row(
        c, "veracity and robustness", "worst case of all tests",
        card_number(c, &family->worst, true, card_note_family(c, cell, family->name, "worst_case")),
        &family->worst);
}

/* A file is evidence that something was tried, and no number of it. */
static bool has(const struct card_cell *cell, const char *file) {
  struct fray_err ignored = {0};
  char path[4096];
  return fray_folder_path(cell->r->folder, file, path, &ignored) == FRAY_OK &&
         fray_file_exists(path);
}

/* A row for each attack: which one is the strongest is a question of its own. */
static enum fray_status put_privacy(struct card *c, const struct card_cell *cell,
                                    struct fray_err *err) {
  struct card_attacks attacks;
  FRAY_TRY(card_attacks_read(c, cell, &attacks, err));
  for (size_t k = 0; k < attacks.n; k++)
    card_row(c, "privacy and security", card_name(c, attacks.name[k]),
             card_attack(c, cell, &attacks, k), &attacks.number[k]);
  if (attacks.n == 0)
    card_row(c, "privacy and security", "membership inference", CARD_NOT_TESTED, NULL);
  return FRAY_OK;
}

/* All eight have their rows, with evidence or without: what is left out would not be missed. The
 * order is that of the dimensions as they are published, and no ranking.
 *
 * A table for each cell, since a card is of one model, and two of them have different evidence. */
enum fray_status card_dimensions(struct card *c, struct fray_err *err) {
  card_heading(c, 2, "The eight dimensions");
  for (size_t k = 0; k < c->m.n_cells; k++) {
    const struct card_cell cell = card_cell_of(c, k);
    const bool stated = c->intent.contact || c->intent.governance.n;
    card_table(c, "%s of %s", card_name(c, cell.made->name), card_name(c, cell.made->folder));
    FRAY_TRY(put_privacy(c, &cell, err));
    card_row(c, "safety", "red team", has(&cell, "redteam/finds.csv") ? "below" : CARD_NOT_TESTED,
             NULL);
    put_measure(c, &cell, "fairness", "gap between groups", MATRIX_GAP);
    put_worst(c, &cell);
    card_row(c, "explainability", "none", CARD_NOT_TESTED, NULL);
    put_measure(c, &cell, "controllability", "refused by a gate", MATRIX_REFUSED);
    card_row(c, "governance", "contact, rules", stated ? "typed, above" : CARD_NOT_STATED, NULL);
    put_measure(c, &cell, "transparency", "bytes sent by a training", MATRIX_COST);
  }
  return FRAY_OK;
}
