/* The last mile as a whole: which folder is asked, and the folder that comes of it. What is wrong
 * with the wish, the folder or the place is said before anything is written. */
#include "mile_parts.h"

#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "instrument/folder/instrument_folder.h"

/* In the order in which they are made. */
static const struct fray_instrument_file files[] = {{"plane.csv", mile_plane},
                                                    {"did.csv", mile_did},
                                                    {"spread.csv", mile_spread},
                                                    {"columns.csv", mile_columns}};

/* All ranks have the same answers and judge them alike; one writes. */
static enum fray_status tell(const struct mile_found *found, const struct fray_lastmile_wish *wish,
                             const char *out, struct fray_comm *comm, struct fray_text *said,
                             struct fray_err *err) {
  struct mile_verdict *verdict;
  enum fray_status status = FRAY_OK;
  FRAY_ALLOC_ZERO(verdict, found->arena, found->n_cells + 1, err);
  for (size_t c = 0; c < found->n_cells; c++)
    FRAY_TRY(mile_judge(found, &found->cell[c], &verdict[c], err));
  const struct mile_told told = {found, verdict};
  if (fray_comm_rank(comm) == 0) {
    status = fray_instrument_write(out, wish->overwrite, files, FRAY_COUNT(files), &told, err);
    if (status == FRAY_OK)
      mile_say(&told, wish->columns, said);
  }
  return fray_comm_agree(comm, status, err);
}

/* The place is tried before models are asked. Ranks may not see the same disk: rank 0 speaks for
 * the folders. */
static enum fray_status lastmile(const struct fray_lastmile_wish *wish, struct fray_comm *comm,
                                 struct fray_arena *arena, struct fray_kept **kept,
                                 struct fray_text *said, struct fray_err *err) {
  const struct fray_kept_options options = {wish->sets, wish->n_sets, wish->mixed};
  const char *out = wish->out ? wish->out : fray_arena_printf(arena, "%s/lastmile", wish->folder);
  const bool is_root = fray_comm_rank(comm) == 0;
  FRAY_CHECK(out, err, MEMORY, "out of memory");
  enum fray_status status =
      is_root ? fray_instrument_done(wish->folder, "finished models are asked", err) : FRAY_OK;
  if (is_root && status == FRAY_OK)
    status = fray_instrument_place(out, wish->overwrite, files[0].name, &wish->folder, 1, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(fray_kept_open(wish->folder, &options, comm, kept, err));
  struct mile_found found = {.arena = arena, .study = fray_kept_study(*kept)};
  FRAY_TRY(mile_ask(*kept, wish, &found, err));
  return tell(&found, wish, out, comm, said, err);
}

/* Answers are counted as they come, so a plane of many points takes no more memory than its counts.
 * Everything lies in one arena and goes with it, also after a failure. */
enum fray_status fray_lastmile(const struct fray_lastmile_wish *wish, struct fray_comm *comm,
                               struct fray_text *said, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_kept *kept = NULL;
  fray_progress_show(wish->progress);
  fray_stop_catch();
  const enum fray_status status = lastmile(wish, comm, &arena, &kept, said, err);
  fray_progress_end();
  fray_kept_close(kept);
  fray_arena_free(&arena);
  return status;
}
