/* The part of the page, and the sentence of its summary, about whose updates a rule took. */
#include "page.h"

#include "report/answer/update_words.h"
#include "report/table/table_model.h"
#include "report/words/markup.h"

#include <math.h>
#include <string.h>

/* Text columns come first, as the CSV repeats them at the start of each row. */
enum column { MODEL, CLIENTS, REJECTED, HALVED, PART, COLUMNS };

/* Shares are shown in percent and written as such; a part is a ratio, and has no unit. */
static const struct fray_rep_table_column columns[COLUMNS] = {
    [MODEL] = {.key = "model", .name = "model", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [CLIENTS] = {.key = "clients", .name = "updates of", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [REJECTED] = {.key = "rejected",
                  .name = "turned down",
                  .unit = "%",
                  .kind = FRAY_REP_COLUMN_NUMBER,
                  .interval = true,
                  .scale = 100,
                  .decimals = 1},
    [HALVED] = {.key = "halved",
                .name = "under half a part",
                .unit = "%",
                .kind = FRAY_REP_COLUMN_NUMBER,
                .interval = true,
                .scale = 100,
                .decimals = 1},
    [PART] = {.key = "influence",
              .name = "mean part",
              .unit = "",
              .kind = FRAY_REP_COLUMN_NUMBER,
              .interval = true,
              .decimals = 2},
};

/* An interval of a share ends where shares do, and one that any share would fit is none. */
static void put(struct fray_rep_cell *cell, struct fray_rep_stat s, bool is_share) {
  if (is_share && !fray_rep_blank(&s, true))
    fray_rep_clip(&s);
  cell->value = s.mean;
  cell->low = s.low;
  cell->high = s.high;
}

/* A row for each model and kind of clients, in the order of the sweep and of the file. */
static enum fray_status fill(struct fray_rep_table *t, const struct fray_rep_influence *in,
                             struct fray_err *err) {
  for (size_t cell = 0; cell < in->r->n_cells; cell++)
    for (size_t kind = 0; kind < in->n; kind++) {
      struct fray_rep_cell *cells;
      const struct fray_rep_stat s = fray_rep_influence_of(in, cell, kind, FRAY_REP_REJECTED);
      if (s.n == 0) /* nobody of that kind, or a rule that looks at no single update */
        continue;
      FRAY_TRY(fray_rep_table_row(t, &cells, err));
      cells[MODEL].text = in->model[cell];
      cells[CLIENTS].text = fray_rep_influence_title(in, kind);
      FRAY_CHECK(cells[CLIENTS].text, err, MEMORY, "out of memory");
      put(&cells[REJECTED], s, true);
      put(&cells[HALVED], fray_rep_influence_of(in, cell, kind, FRAY_REP_HALVED), true);
      put(&cells[PART], fray_rep_influence_of(in, cell, kind, FRAY_REP_PART), false);
    }
  return FRAY_OK;
}

/* As for volumes, the page and the files show one table. Its caption says what a share of turned
 * down updates is not, since it would be read as a verdict; what may be said stands in the summary.
 */
enum fray_status fray_rep_updates(struct fray_rep_page *page, struct fray_rep_results *r,
                                  size_t section, const char *folder, struct fray_err *err) {
  struct fray_rep_influence in;
  FRAY_TRY(fray_rep_influence_read(r, &in, err));
  if (in.n == 0)
    return FRAY_OK;
  struct fray_rep_table table = {
      .arena = r->arena,
      .column = columns,
      .n_columns = COLUMNS,
      .caption =
          "What became of the updates of training clients over all rounds: turned down, those with "
          "no part in what the rule made of its round; under half a part, with less than half of "
          "an equal one, those turned down among them; mean part, 1 if all counted alike. With 95 "
          "% intervals over seeds, which know of no other clients. A rule that picks one update "
          "of n turns down the others: hold the rows of a model against each other."};
  FRAY_TRY(fill(&table, &in, err));
  return fray_rep_table_part(page, &table, "updates", section, folder, "Whose updates counted",
                             err);
}

/* Under the three answers, as it is asked of rules and not of damage.
 * Read anew for the sentence: the file is small, and nobody keeps it between two parts of a page.
 */
enum fray_status fray_rep_update_sentence(struct fray_rep_results *r, struct fray_text *out,
                                          struct fray_err *err) {
  struct fray_rep_influence in;
  const char *words;
  FRAY_TRY(fray_rep_influence_read(r, &in, err));
  FRAY_TRY(fray_rep_update_words(&in, &words, err));
  if (!*words)
    return FRAY_OK;
  fray_text_puts(out, "<p class=\"updates\">");
  fray_rep_put_name(out, words);
  fray_text_puts(out, "</p>\n");
  return FRAY_OK;
}
