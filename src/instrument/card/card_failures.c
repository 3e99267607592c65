/* The five worst things that are known: conditions of the studies under which least was right, and
 * finds of a red team. The two are not mixed: a find has the score of its goal, which may be no
 * share of right answers.
 *
 * Only what is sure to fall counts as a failure: a condition whose interval lies below that of no
 * damage, and a find that was confirmed on the test. */
#include "card_parts.h"

#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* ---- curves ---- */

struct worst {
  size_t cell, row, column; /* of the matrix */
  double drop;
};

/* Kept in order, the worst first; of two that are as bad the one that came first. */
static void keep(struct worst *list, size_t *n, const struct worst *one) {
  size_t at = *n;
  while (at > 0 && list[at - 1].drop < one->drop)
    at--;
  if (at == CARD_FAILURES)
    return;
  *n += *n < CARD_FAILURES;
  memmove(list + at + 1, list + at, (*n - at - 1) * sizeof *list);
  list[at] = *one;
}

/* Drawn with a stroke at the share without damage, so that the loss is seen as a distance.
 *
 * Over all cells together: what a reader of the card may be handed is any of these models. */
static void curves(struct card *c) {
  struct worst list[CARD_FAILURES];
  size_t n = 0;
  for (size_t k = 0; k < c->m.n_cells; k++) {
    const struct card_cell cell = card_cell_of(c, k);
    const size_t column = card_column(c, &cell, cell.clean, MATRIX_RIGHT);
    for (size_t i = 0; column < c->m.n_columns && i < cell.made->n_rows; i++) {
      const struct matrix_number *clean = &cell.made->row[cell.clean].number[column];
      const struct matrix_number *number = &cell.made->row[i].number[column];
      /* What is of no test is a control of the input, which is meant to leave nothing. */
      if (*cell.made->row[i].family && number->high < clean->low)
        keep(list, &n, &(struct worst){k, i, column, clean->value - number->value});
    }
  }
  card_say(c, "Conditions under which most is lost, of those whose interval lies below that of no "
              "damage. Their order among each other is not tested:");
  for (size_t k = 0; k < n; k++) {
    const struct card_cell cell = card_cell_of(c, list[k].cell);
    const struct matrix_column *column = &c->m.column[list[k].column];
    const char *right = card_number(c, &cell.made->row[list[k].row].number[list[k].column], true,
                                    card_note_matrix(c, &cell, list[k].row, column));
    const char *clean = card_number(c, &cell.made->row[cell.clean].number[list[k].column], true,
                                    card_note_matrix(c, &cell, cell.clean, column));
    card_entry(c,
               (struct card_subjects){{card_name(c, cell.made->name),
                                       card_name(c, cell.made->row[list[k].row].condition)}},
               &cell.made->row[list[k].row].number[list[k].column],
               &cell.made->row[cell.clean].number[list[k].column], "right %s; without damage %s",
               right, clean);
  }
  if (n == 0)
    card_entry(c, (struct card_subjects){{"none known"}}, NULL, NULL,
               "no test lowers the share right for certain, or none was made");
}

/* ---- red team ---- */

/* A folder of a red team may have been put there from other results: its pack names the trainings
 * that it attacked, by hashes of what they were made of. */
static enum fray_status check_pack(const struct fray_rep_results *r, const char *path,
                                   struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *root;
  FRAY_TRY(fray_checksums_check_path(path, err));
  FRAY_TRY(fray_yaml_load(path, arena, &root, err));
  const struct fray_node *models = fray_node_at(root, "pack.models");
  FRAY_CHECK(models && models->kind == FRAY_NODE_MAP && models->n > 0, err, INPUT,
             "%s: names no models that were attacked", path);
  for (const struct fray_node *one = models->child; one; one = one->next)
    FRAY_CHECK(matrix_knows_training(r, one->key), err, INPUT,
               "%s: attacked the training '%.40s', which is none of %s", path, one->key, r->folder);
  return FRAY_OK;
}

struct find {
  const char *name;
  double drop, low, high;
};

/* Columns by name: a newer program may write more of them.
 * The file is not trusted: whatever is no number is refused with its line. Of two finds with one
 * score the first in the file is the first here. */
static enum fray_status read_finds(const struct fray_rep_csv *csv, struct card *c,
                                   struct find *list, size_t *n, struct fray_err *err) {
  static const char *const names[] = {"name", "test_drop", "low", "high", "confirmed"};
  size_t column[FRAY_COUNT(names)];
  for (size_t k = 0; k < FRAY_COUNT(names); k++)
    FRAY_TRY(fray_rep_csv_need(csv, names[k], &column[k], err));
  for (size_t row = 0; row < csv->n_rows; row++) {
    struct find one = {.name = fray_arena_strdup(c->arena, fray_rep_csv_at(csv, row, column[0]))};
    size_t at = *n;
    FRAY_CHECK(one.name, err, MEMORY, "out of memory");
    FRAY_TRY(fray_rep_csv_real(csv, row, column[1], &one.drop, err));
    FRAY_TRY(fray_rep_csv_real(csv, row, column[2], &one.low, err));
    FRAY_TRY(fray_rep_csv_real(csv, row, column[3], &one.high, err));
    if (strcmp(fray_rep_csv_at(csv, row, column[4]), "1") != 0 || isnan(one.drop) || isnan(one.low))
      continue;
    while (at > 0 && list[at - 1].drop < one.drop)
      at--;
    if (at == CARD_FAILURES)
      continue;
    *n += *n < CARD_FAILURES;
    memmove(list + at + 1, list + at, (*n - at - 1) * sizeof *list);
    list[at] = one;
  }
  return FRAY_OK;
}

/* A red team that asked in vain is another thing than none. */
static enum fray_status finds(struct card *c, const struct fray_rep_results *r,
                              struct fray_err *err) {
  struct find list[CARD_FAILURES];
  struct fray_rep_csv csv;
  size_t n = 0;
  char path[4096], pack[4096];
  FRAY_TRY(fray_folder_path(r->folder, "redteam/finds.csv", path, err));
  FRAY_TRY(fray_folder_path(r->folder, "redteam/pack.yaml", pack, err));
  if (!fray_file_exists(path)) {
    card_entry(c, (struct card_subjects){{card_name(c, r->folder)}}, NULL, NULL,
               CARD_NOT_TESTED ", no red team was asked");
    return FRAY_OK;
  }
  FRAY_TRY(fray_checksums_check_path(path, err));
  FRAY_TRY(check_pack(r, pack, c->arena, err));
  FRAY_TRY(fray_rep_csv_read(path, c->arena, &csv, err));
  const enum fray_status status = read_finds(&csv, c, list, &n, err);
  fray_rep_csv_free(&csv);
  for (size_t k = 0; status == FRAY_OK && k < n; k++) {
    struct matrix_number found = matrix_nothing;
    found.value = list[k].drop;
    found.low = list[k].low;
    found.high = list[k].high;
    card_entry(c, (struct card_subjects){{card_name(c, list[k].name)}}, NULL, NULL, "score %s",
               card_number(c, &found, true,
                           card_note(c, r->folder, "redteam/finds.csv",
                                     ", columns test_drop, low, high: folder=%s name=%s",
                                     card_name(c, r->folder), card_name(c, list[k].name))));
  }
  if (status == FRAY_OK && n == 0)
    card_entry(c, (struct card_subjects){{card_name(c, r->folder)}}, NULL, NULL,
               "no find of the red team was confirmed");
  return status;
}

enum fray_status card_failures(struct card *c, struct fray_err *err) {
  card_heading(c, 2, "Failures");
  curves(c);
  card_say(c, "Finds of a red team, confirmed on the test, by the score of its goal:");
  for (size_t s = 0; s < c->m.n_studies; s++)
    FRAY_TRY(finds(c, &c->m.study[s].r, err));
  return FRAY_OK;
}
