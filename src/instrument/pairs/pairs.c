/* Pairs as a whole: what is asked, of which models, and the folder that comes of it.
 *
 * RESULTS is read and never changed. What is wrong with the files, the folder or the place is said
 * before any model is asked, and the folder appears as a whole or not at all. */
#include "instrument/folder/instrument_folder.h"
#include "pairs_parts.h"

#include "fray/base/size.h"
#include "fray/base/stop.h"

/* The files, in the order in which they are made. */
static const struct fray_instrument_file files[] = {
    {"pairs.csv", pairs_table}, {"toward.csv", pairs_toward}, {"columns.csv", pairs_columns}};

/* All ranks have the same answers; rank 0 writes and speaks. */
static enum fray_status find(const struct fray_pairs_wish *wish, struct fray_comm *comm,
                             struct fray_kept *kept, const struct pairs_file *file,
                             struct fray_arena *arena, const char *out, struct fray_text *said,
                             struct fray_err *err) {
  struct pairs_found found;
  struct pairs_cell *cell;
  struct pairs_tables of = {.found = &found};
  if (pairs_ask(kept, file, comm, arena, &found, err) != FRAY_OK)
    return fray_at(err, "%s", wish->folder);
  FRAY_TRY(fray_comm_agree(comm, pairs_rates(&found, &cell, &of.n, err), err));
  of.cell = cell;
  /* Before rank 0 writes the others wait: none goes on as if it had. */
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(comm) == 0) {
    status = fray_instrument_write(out, wish->overwrite, files, FRAY_COUNT(files), &of, err);
    if (status == FRAY_OK)
      pairs_say(&of, wish->columns, said);
  }
  return fray_comm_agree(comm, status, err);
}

/* The files are read before the models are opened, as a slip in them is soon mended. */
static enum fray_status ask(const struct fray_pairs_wish *wish, struct fray_comm *comm,
                            struct fray_arena *arena, struct fray_arena *scratch,
                            struct fray_kept **kept, struct fray_text *said, struct fray_err *err) {
  const struct fray_kept_options options = {wish->sets, wish->n_sets, wish->mixed};
  const char *out = wish->out ? wish->out : fray_arena_printf(arena, "%s/pairs", wish->folder);
  struct pairs_file file;
  enum fray_status status = FRAY_OK;
  FRAY_CHECK(out, err, MEMORY, "out of memory");
  FRAY_TRY(pairs_file_read(wish->file, comm, arena, scratch, &file, err));
  if (fray_comm_rank(comm) == 0) {
    status = fray_instrument_done(wish->folder, "pairs are put to finished models", err);
    if (status == FRAY_OK)
      status = fray_instrument_place(out, wish->overwrite, files[0].name, &wish->folder, 1, err);
  }
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(fray_kept_open(wish->folder, &options, comm, kept, err));
  return find(wish, comm, *kept, &file, arena, out, said, err);
}

/* Everything lies in two arenas and goes with them, also after a failure. */
enum fray_status fray_pairs(const struct fray_pairs_wish *wish, struct fray_comm *comm,
                            struct fray_text *said, struct fray_err *err) {
  struct fray_arena arena = {0}, scratch = {0};
  struct fray_kept *kept = NULL;
  fray_progress_show(wish->progress);
  fray_stop_catch();
  const enum fray_status status = ask(wish, comm, &arena, &scratch, &kept, said, err);
  fray_progress_end();
  fray_kept_close(kept);
  fray_arena_free(&arena);
  fray_arena_free(&scratch);
  return status;
}
