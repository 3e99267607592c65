/* The card as a whole: what is read, and the one file that comes of it. No model is asked.
 *
 * Its numbers are those of a matrix of the same folders, made by the same functions, so that a card
 * and a matrix cannot differ. */
#include "card_parts.h"

#include "instrument/folder/instrument_folder.h"

#include "fray/base/file.h"
#include "fray/results/folder.h"

#include <string.h>

/* One form at a time: a script that wants both asks twice, and gets the same numbers, since nothing
 * in them depends on the clock or on the run.
 *
 * The form is told by the name, as of every file that the program writes. */
static bool ends_with(const char *name, const char *end) {
  const size_t n = strlen(name), m = strlen(end);
  return n > m && strcmp(name + n - m, end) == 0;
}

static bool is_page(const char *name) {
  return ends_with(name, ".html");
}

/* Tried first: whoever asks for a form that is not made should not wait for the numbers. */
static enum fray_status check_out(const struct fray_card_wish *wish, struct fray_err *err) {
  if (!wish->out)
    return FRAY_OK;
  FRAY_CHECK(
      ends_with(wish->out, ".md") || is_page(wish->out), err, INPUT,
      "-o: %s: a card is Markdown or a page, in a file whose name ends with .md or .html; no "
      "other form is made",
      wish->out);
  FRAY_CHECK(!fray_is_folder(wish->out), err, INPUT, "-o: %s: is a folder", wish->out);
  FRAY_CHECK(wish->overwrite || !fray_file_exists(wish->out), err, INPUT,
             "%s: is there already; give another file by -o, or --overwrite", wish->out);
  for (size_t i = 0; i < wish->n; i++) /* a stranger among parts would stop the next run */
    FRAY_TRY(fray_folder_apart(wish->out, wish->folder[i], err));
  return FRAY_OK;
}

/* Cells of the matrix stand in the order of the studies. A trial that is damaged at test has
 * `clean` beside it; of another one `trial` itself is without damage. */
struct card_cell card_cell_of(const struct card *c, size_t k) {
  size_t s = 0, cell = k;
  while (cell >= c->m.study[s].r.n_cells)
    cell -= c->m.study[s++].r.n_cells;
  struct card_cell out = {.made = &c->m.cell[k], .r = &c->m.study[s].r, .cell = cell};
  for (size_t i = 0; i < out.made->n_rows; i++)
    if (strcmp(out.made->row[i].condition, "clean") == 0)
      out.clean = i;
  return out;
}

/* Written when all is known. */
static enum fray_status make(const struct fray_card_wish *wish, struct card *c,
                             struct fray_text *out, struct fray_err *err) {
  FRAY_TRY(check_out(wish, err));
  FRAY_TRY(card_intent_read(wish->intent, c->arena, &c->intent, err));
  FRAY_TRY(matrix_read(wish->folder, wish->n, "a card is of finished runs", &c->m, err));
  FRAY_TRY(card_sections(c, err));
  FRAY_CHECK(!c->failed, err, MEMORY, "out of memory");
  if (wish->out && is_page(wish->out))
    FRAY_TRY(card_page(c, wish->out, out, err));
  else
    card_markdown(c, out);
  FRAY_CHECK(!out->failed && out->data, err, MEMORY, "out of memory");
  return wish->out ? fray_file_write(wish->out, out->data, out->size, err) : FRAY_OK;
}

/* Written in memory first, whatever its form: a card is some hundred kilobytes at most, and a fault
 * in the last number leaves no file behind.
 *
 * Names that the card borrows are those of the folders, which stay open until it is written. */
enum fray_status fray_card(const struct fray_card_wish *wish, struct fray_text *said,
                           struct fray_err *err) {
  struct fray_arena arena = {0};
  struct card c = {.arena = &arena, .m = {.arena = &arena}};
  struct fray_text out = {0};
  enum fray_status status = make(wish, &c, &out, err);
  if (status == FRAY_OK && !wish->out)
    fray_text_puts(said, out.data);
  if (status == FRAY_OK && said->failed)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  matrix_close(&c.m);
  fray_text_free(&out);
  fray_arena_free(&arena);
  return status;
}
