/* The guard as a whole: what is asked, of which models, and the folder that comes of it.
 *
 * RESULTS is read and never changed. The folder of a guard appears as a whole or not at all, and
 * what is wrong with the file, the folder or the place is said before any model is asked. */
#include "guard_parts.h"
#include "instrument/folder/instrument_folder.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"

#include <stdio.h>
#include <string.h>

/* A score that can refuse nothing must not look like safety. */
static void warn(const struct guard_found *found) {
  for (size_t t = 0; t < found->n_trials; t++)
    if (found->trial[t].idle) {
      fray_warn("trial %s: %s can refuse nothing in this gate: at %g it needs %zu dev samples, and "
                "there are %zu; fewer scores need fewer",
                found->trial[t].name, found->trial[t].idle, found->file->gate.false_refusal,
                found->trial[t].needed, found->trial[t].there);
      return;
    }
}

/* The files, in the order in which they are made. */
static const char *const file_names[] = {"fronts.csv",       "overall.csv", "groups.csv",
                                         "roc.csv",          "risk.csv",    "curves.csv",
                                         "gate.fitted.yaml", "columns.csv", "claims.csv"};

/* Made one after another, so that only one of them is in memory at a time. */
static enum fray_status make_text(const struct guard_found *found, size_t file,
                                  struct fray_text *text, struct fray_err *err) {
  switch (file) {
  case 0:
    return guard_fronts(found, text, err);
  case 1:
    return guard_overall(found, text, err);
  case 2:
    return guard_groups(found, text, err);
  case 3:
    guard_roc(found, text);
    return FRAY_OK;
  case 4:
    return guard_risk(found, text, err);
  case 5:
    return guard_curves(found, text, err);
  case 6:
    guard_fitted(found, text);
    return FRAY_OK;
  case 7:
    guard_columns(text);
    return FRAY_OK;
  default:
    return guard_claims_table(found, text, err);
  }
}

/* One file of the folder in the making. */
static enum fray_status put_file(const struct guard_found *found, const struct fray_making *making,
                                 size_t file, struct fray_err *err) {
  struct fray_text text = {0};
  char path[4200];
  const int length = snprintf(path, sizeof path, "%s/%s", making->path, file_names[file]);
  enum fray_status status = make_text(found, file, &text, err);
  if (status == FRAY_OK && text.failed)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK && (length < 0 || (size_t)length >= sizeof path))
    status = fray_fail(err, FRAY_INPUT, "%s: the path is too long", making->path);
  if (status == FRAY_OK)
    status = fray_file_write(path, text.data ? text.data : "", text.size, err);
  fray_text_free(&text);
  return status;
}

/* On rank 0: all of the folder, or nothing of it. */
static enum fray_status write_folder(const struct guard_found *found, const char *out,
                                     bool overwrite, struct fray_err *err) {
  struct fray_making making = {0};
  FRAY_TRY(fray_instrument_place(out, overwrite, file_names[0], NULL, 0, err));
  FRAY_TRY(fray_making_open(out, &making, err));
  enum fray_status status = FRAY_OK;
  /* The last one only if there are claims. */
  const size_t n_files = FRAY_COUNT(file_names) - !found->file->claims.claim;
  for (size_t file = 0; status == FRAY_OK && file < n_files; file++)
    status = put_file(found, &making, file, err);
  if (status == FRAY_OK)
    status = fray_making_publish(&making, overwrite, err);
  else
    fray_making_drop(&making);
  return status;
}

/* Rank 0 writes and speaks; the others learn how that ended. */
static enum fray_status find(const struct fray_guard_wish *wish, struct fray_comm *comm,
                             struct fray_kept *kept, const struct guard_file *file,
                             struct fray_arena *arena, const char *out, struct fray_text *said,
                             struct fray_err *err) {
  struct guard_found found;
  if (guard_ask(kept, file, FRAY_KEPT_DEV, comm, arena, &found, err) != FRAY_OK)
    return fray_at(err, "%s", wish->folder);
  /* Before rank 0 writes: the same on all ranks. */
  FRAY_TRY(guard_fitted_check(&found, err));
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(comm) == 0) {
    warn(&found);
    status = write_folder(&found, out, wish->overwrite, err);
    if (status == FRAY_OK)
      status = guard_say(&found, wish->columns, said, err);
  }
  return fray_comm_agree(comm, status, err);
}

/* The place is tried before models are asked, and the file is read before they are opened. */
static enum fray_status guard(const struct fray_guard_wish *wish, struct fray_comm *comm,
                              struct fray_arena *arena, struct fray_arena *scratch,
                              struct fray_kept **kept, struct fray_text *said,
                              struct fray_err *err) {
  struct guard_file file;
  const struct fray_kept_options options = {wish->sets, wish->n_sets, wish->mixed};
  const char *out = wish->out ? wish->out : fray_arena_printf(arena, "%s/guard", wish->folder);
  const bool is_root = fray_comm_rank(comm) == 0;
  FRAY_CHECK(out, err, MEMORY, "out of memory");
  FRAY_TRY(guard_file_read(wish->file, comm, arena, scratch, &file, err));
  enum fray_status status =
      is_root ? fray_instrument_done(wish->folder, "a guard asks finished models", err) : FRAY_OK;
  if (is_root && status == FRAY_OK)
    status = fray_instrument_place(out, wish->overwrite, file_names[0], &wish->folder, 1, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(fray_kept_open(wish->folder, &options, comm, kept, err));
  return find(wish, comm, *kept, &file, arena, out, said, err);
}

/* Everything lies in two arenas and goes with them, also after a failure. */
enum fray_status fray_guard(const struct fray_guard_wish *wish, struct fray_comm *comm,
                            struct fray_text *said, struct fray_err *err) {
  struct fray_arena arena = {0}, scratch = {0};
  struct fray_kept *kept = NULL;
  fray_progress_show(wish->progress);
  fray_stop_catch();
  const enum fray_status status = guard(wish, comm, &arena, &scratch, &kept, said, err);
  fray_progress_end();
  fray_kept_close(kept);
  fray_arena_free(&arena);
  fray_arena_free(&scratch);
  return status;
}
