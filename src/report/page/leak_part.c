/* The part of the page, and the sentence of its summary, about what models tell of who was in their
 * training.
 *
 * The sentence stands in the summary, since it is resolved; the table has a part of its own, since
 * most of what it says is not. Both read the file anew: a page is made once. */
#include "page.h"

#include "report/answer/leak_words.h"
#include "report/table/table_model.h"
#include "report/words/markup.h"

#include <math.h>
#include <string.h>

/* The area says how an attack does on average; what is found at few false alarms is what harms. */
enum column { MODEL, SAMPLES, ATTACK, AREA, AT_ONE, AT_TENTH, COLUMNS };

static const struct fray_rep_table_column columns[COLUMNS] = {
    [MODEL] = {.key = "model", .name = "model", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [SAMPLES] = {.key = "samples", .name = "samples", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [ATTACK] = {.key = "attack", .name = "attack", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [AREA] = {.key = "area",
              .name = "area under ROC",
              .unit = "",
              .kind = FRAY_REP_COLUMN_NUMBER,
              .interval = true,
              .decimals = 3},
    [AT_ONE] = {.key = "found_at_1",
                .name = "found at 1 %",
                .unit = "%",
                .kind = FRAY_REP_COLUMN_NUMBER,
                .interval = true,
                .scale = 100,
                .decimals = 1},
    [AT_TENTH] = {.key = "found_at_01",
                  .name = "found at 0.1 %",
                  .unit = "%",
                  .kind = FRAY_REP_COLUMN_NUMBER,
                  .interval = true,
                  .scale = 100,
                  .decimals = 1},
};

/* All of these are shares: an interval ends where shares do, and one that any share would fit is
 * none. */
static void put(struct fray_rep_cell *cell, struct fray_rep_stat s) {
  if (s.n == 0)
    return;
  if (!fray_rep_blank(&s, true))
    fray_rep_clip(&s);
  cell->value = s.mean;
  cell->low = s.low;
  cell->high = s.high;
}

/* Attacks of one model and group stand together, to be held against each other. */
static enum fray_status fill(struct fray_rep_table *t, const struct fray_rep_leak *leak,
                             struct fray_err *err) {
  for (size_t cell = 0; cell < leak->r->n_cells; cell++)
    for (size_t g = 0; g < leak->n_groups; g++)
      for (size_t a = 0; a < leak->n_attacks; a++) {
        const struct fray_rep_stat area = fray_rep_leak_of(leak, cell, a, g, FRAY_REP_LEAK_AREA);
        struct fray_rep_cell *cells;
        if (area.n == 0) /* nobody of that group, or no such attack on that model */
          continue;
        FRAY_TRY(fray_rep_table_row(t, &cells, err));
        cells[MODEL].text = leak->model[cell];
        cells[SAMPLES].text = fray_rep_leak_group(leak, g);
        cells[ATTACK].text = fray_rep_leak_title(leak->attack[a]);
        FRAY_CHECK(cells[SAMPLES].text, err, MEMORY, "out of memory");
        put(&cells[AREA], area);
        put(&cells[AT_ONE], fray_rep_leak_of(leak, cell, a, g, FRAY_REP_LEAK_AT_ONE));
        put(&cells[AT_TENTH], fray_rep_leak_of(leak, cell, a, g, FRAY_REP_LEAK_AT_TENTH));
      }
  return FRAY_OK;
}

/* The page and the files show one table. */
enum fray_status fray_rep_leaks(struct fray_rep_page *page, struct fray_rep_results *r,
                                size_t section, const char *folder, struct fray_err *err) {
  struct fray_rep_leak leak;
  FRAY_TRY(fray_rep_leak_read(r, &leak, err));
  if (leak.n_attacks == 0)
    return FRAY_OK;
  struct fray_rep_table table = {
      .arena = r->arena,
      .column = columns,
      .n_columns = COLUMNS,
      .caption =
          "What the selected models tell of who was in their training, to somebody who holds the "
          "model and like trainings: area under the ROC curve of \u201cit was in\u201d, .5 is "
          "chance; and the share of the members that are found while at most 1 or 0.1 % of the "
          "others are called members, chance is as much. With 95 % intervals over seeds, which "
          "are trainings on the same samples, some of them held out each time. Empty: fewer others "
          "than such a share needs."};
  /* Every attack and group, whether or not its area is resolved: the sentence is for that. */
  FRAY_TRY(fill(&table, &leak, err));
  return fray_rep_table_part(page, &table, "members", section, folder, "Who was in the training",
                             err);
}

/* As text of the data: titles of models and groups may hold any sign. */
enum fray_status fray_rep_leak_sentence(struct fray_rep_results *r, struct fray_text *out,
                                        struct fray_err *err) {
  struct fray_rep_leak leak;
  const char *words;
  FRAY_TRY(fray_rep_leak_read(r, &leak, err));
  FRAY_TRY(fray_rep_leak_words(&leak, &words, err));
  if (!*words)
    return FRAY_OK;
  fray_text_puts(out, "<p class=\"members\">");
  fray_rep_put_name(out, words);
  fray_text_puts(out, "</p>\n");
  return FRAY_OK;
}
