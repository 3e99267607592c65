/* The red team as a whole: what is asked, of which models, and the folder that comes of it.
 *
 * RESULTS is read and never changed. The folder appears as a whole or not at all, and what is wrong
 * with the file, the folder or the place is said before any model is asked. */
#include "instrument/folder/instrument_folder.h"
#include "red_parts.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "fray/results/folder.h"

#include <stdio.h>
#include <string.h>

/* The files, in the order in which they are made. */
static const struct {
  const char *name;
  void (*make)(const struct red_found *found, struct fray_text *out);
  bool of_sweep; /* there is none of searches */
} files[] = {{.name = "recipes.csv", .make = red_recipes},
             {.name = "strategies.csv", .make = red_strategies},
             {.name = "finds.csv", .make = red_finds},
             {.name = "columns.csv", .make = red_columns},
             {.name = "pack.yaml", .make = red_pack},
             {.name = "techniques.csv", .make = red_techniques, .of_sweep = true}};

/* One file of the folder in the making. */
static enum fray_status put_file(const struct red_found *found, const struct fray_making *making,
                                 size_t file, struct fray_err *err) {
  struct fray_text text = {0};
  char path[4200];
  const int length = snprintf(path, sizeof path, "%s/%s", making->path, files[file].name);
  /* One at a time in memory. */
  files[file].make(found, &text);
  enum fray_status status = text.failed ? fray_fail(err, FRAY_MEMORY, "out of memory") : FRAY_OK;
  if (status == FRAY_OK && (length < 0 || (size_t)length >= sizeof path))
    status = fray_fail(err, FRAY_INPUT, "%s: the path is too long", making->path);
  if (status == FRAY_OK)
    status = fray_file_write(path, text.data ? text.data : "", text.size, err);
  fray_text_free(&text);
  return status;
}

/* On rank 0: all of the folder, or nothing of it. */
static enum fray_status write_folder(const struct red_found *found, const char *out, bool overwrite,
                                     struct fray_err *err) {
  struct fray_making making = {0};
  /* Somebody may have made it meanwhile. */
  FRAY_TRY(fray_instrument_place(out, overwrite, files[0].name, NULL, 0, err));
  FRAY_TRY(fray_making_open(out, &making, err));
  enum fray_status status = FRAY_OK;
  for (size_t file = 0; status == FRAY_OK && file < FRAY_COUNT(files); file++)
    if (!files[file].of_sweep || found->sweep.of != RED_SEARCH)
      status = put_file(found, &making, file, err);
  if (status == FRAY_OK)
    status = fray_making_publish(&making, overwrite, err);
  else
    fray_making_drop(&making);
  return status;
}

/* Dev first, and then once the test; rank 0 writes, and the others learn how that ended. */
static enum fray_status search(const struct fray_redteam_wish *wish, struct red_target *target,
                               struct red_file *file, struct fray_arena *arena, const char *out,
                               struct fray_text *said, struct fray_err *err) {
  const struct fray_dataset *dataset;
  struct red_space space;
  /* Which kinds there are to try is known when the data are. */
  FRAY_TRY(red_target_clean(target, file, arena, &dataset, err));
  if (red_space_make(file, &target->quest, dataset, arena, &space, err) != FRAY_OK)
    return fray_at(err, "%s", wish->file);
  struct red_found found = {.arena = arena,
                            .file = file,
                            .target = target,
                            .space = &space,
                            .study = fray_kept_study(target->model[0].kept)->name};
  FRAY_TRY(
      red_older_read(file, &space, fray_comm_rank(target->comm) == 0, arena, &found.older, err));
  FRAY_TRY(red_sweep_make((enum red_sweep_of)wish->sweep, &space, file, arena, &found.sweep, err));
  /* Everything that is chosen is chosen before the first test sample is looked at. */
  FRAY_TRY(red_hunt(target, &found, err));
  FRAY_TRY(red_confirm(target, &found, err));
  enum fray_status status = FRAY_OK;
  /* All ranks have found the same; one of them writes. */
  if (fray_comm_rank(target->comm) == 0) {
    status = write_folder(&found, out, wish->overwrite, err);
    if (status == FRAY_OK)
      red_say(&found, wish->columns, said);
  }
  return fray_comm_agree(target->comm, status, err);
}

/* The place is tried before models are asked, and the file is read before they are opened. */
static enum fray_status redteam(const struct fray_redteam_wish *wish, struct fray_comm *comm,
                                struct fray_arena *arena, struct red_target *target,
                                struct fray_text *said, struct fray_err *err) {
  struct red_file file;
  const char *out = wish->out ? wish->out : fray_arena_printf(arena, "%s/redteam", wish->folder);
  FRAY_CHECK(out, err, MEMORY, "out of memory");
  FRAY_CHECK(!wish->sweep || !wish->budget, err, INPUT,
             "--budget: a sweep tries each technique once, whatever the budget");
  FRAY_TRY(red_file_read(wish->file, wish->budget, comm, arena, &file, err));
  /* Ranks may not see the same disk: rank 0 speaks for the folders. */
  const bool is_root = fray_comm_rank(comm) == 0;
  enum fray_status status =
      is_root ? fray_instrument_done(wish->folder, "a red team attacks finished models", err)
              : FRAY_OK;
  if (is_root && status == FRAY_OK)
    /* Before hours of asking. */
    status = fray_instrument_place(out, wish->overwrite, files[0].name, &wish->folder, 1, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(red_target_open(wish, &file, comm, arena, target, err));
  return search(wish, target, &file, arena, out, said, err);
}

/* Everything lies in one arena and goes with it, also after a failure. */
enum fray_status fray_redteam(const struct fray_redteam_wish *wish, struct fray_comm *comm,
                              struct fray_text *said, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct red_target target = {0};
  fray_progress_show(wish->progress);
  fray_stop_catch();
  const enum fray_status status = redteam(wish, comm, &arena, &target, said, err);
  fray_progress_end();
  red_target_close(&target);
  fray_arena_free(&arena);
  return status;
}
