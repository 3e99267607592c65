/* Claiming the folder of a run: before the first write, and refused when it holds another.
 *
 * The order of steps is what makes it safe: name, lock, look again, mark as running, and only then
 * clear or write. */
#include "run.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/results/folder.h"
#include "fray/results/run_state.h"
#include "study/status/status_reader.h"
#include "this_environment.h"

#include <stdio.h>
#include <string.h>

/* Called before the lock and again behind it: another run may have come in between. */
enum fray_status fray_folder_check(const char *folder, const struct fray_run_options *options,
                                   struct fray_err *err) {
  FRAY_TRY(fray_place_check("-o", folder, err));
  const bool holds_run = fray_folder_holds_run(folder);
  FRAY_TRY(fray_folder_foreign(folder, holds_run, err));
  FRAY_CHECK(options->resume || options->overwrite || !holds_run, err, INPUT,
             "%s already holds a run; --resume goes on with it, --overwrite starts anew, -o DIR "
             "takes another folder",
             folder);
  if (options->resume)
    FRAY_TRY(fray_folder_own(folder, false, err));
  return options->overwrite && !options->resume ? fray_folder_foreign_below(folder, err) : FRAY_OK;
}

/* Where a run that is gone on with ended; its traces are still there. */
static void say_last(const char *folder) {
  struct fray_text text = {0};
  fray_last_run_text(folder, &text);
  if (text.size)
    fray_note("%.*s", (int)text.size - 1, text.data);
  fray_text_free(&text);
}

/* Each cell with all its defaults: scenario.yaml leaves those out that depend on the cell. A
 * shallow copy of the root node takes another key and no next; its children stay those of the
 * cell. */
static void put_cells(const struct fray_study *study, struct fray_text *out) {
  for (size_t i = 0; i < study->n_cells; i++) {
    char key[32];
    struct fray_node cell = *study->cell[i].node;
    const struct fray_node cells = {.kind = FRAY_NODE_MAP, .child = &cell, .n = 1};
    snprintf(key, sizeof key, "cell_%zu", i + 1);
    cell.key = key;
    cell.next = NULL;
    fray_node_emit(&cells, out);
  }
}

/* Every default is in it, so that a later program with other defaults can be held against it. */
static enum fray_status write_cells(const char *folder, const struct fray_study *study,
                                    struct fray_err *err) {
  struct fray_text text = {0};
  put_cells(study, &text);
  enum fray_status status = fray_folder_put(folder, "cells.yaml", &text, err);
  fray_text_free(&text);
  return status;
}

/* scenario.yaml comes second: as long as it is the old one, a call that was killed is ended by the
 * same call. */
enum fray_status fray_folder_describe(const char *folder, const struct fray_study *study,
                                      struct fray_err *err) {
  FRAY_TRY(write_cells(folder, study, err));
  return fray_folder_put(folder, "scenario.yaml", &study->yaml, err);
}

/* What a run needs, in place of what the folder held if that is to go. --overwrite clears only now,
 * behind the lock and the mark: a kill in the middle leaves a folder that says running, and not
 * half of an older result. */
static enum fray_status furnish(const char *folder, const struct fray_run_options *options,
                                const struct fray_study *study, struct fray_err *err) {
  static const char *const folders[] = {"parts", "models", "checkpoints"};
  char path[4096];
  if (options->overwrite && !options->resume)
    FRAY_TRY(fray_folder_clear(folder, err));
  for (size_t i = 0; i < FRAY_COUNT(folders); i++) {
    FRAY_TRY(fray_folder_path(folder, folders[i], path, err));
    FRAY_TRY(fray_make_folders(path, err));
  }
  return fray_folder_describe(folder, study, err);
}

/* What fails before the mark is wrong input and changed nothing but, at most, an empty folder;
 * behind it the state says how it ended. The environment is asked again, as another run may have
 * been in the folder since it was asked before. */
enum fray_status fray_folder_claim(const char *folder, const struct fray_run_options *options,
                                   const struct fray_study *study, int *lock,
                                   struct fray_err *err) {
  FRAY_TRY(fray_place_check("-o", folder, err));
  if (fray_make_folders(folder, err) != FRAY_OK)
    return err->status = FRAY_INPUT; /* nothing was written yet */
  FRAY_TRY(fray_folder_lock(folder, options->resume, lock, err));
  FRAY_TRY(fray_folder_check(folder, options, err)); /* again, now that nobody else writes */
  if (options->resume) {
    FRAY_TRY(fray_folder_environment(folder, fray_this_environment(NULL), options->mixed, err));
    say_last(folder);
  }
  FRAY_TRY(fray_state_write(folder, "running", err)); /* first: it marks the folder as a run's */
  enum fray_status status = furnish(folder, options, study, err);
  if (status != FRAY_OK)
    fray_state_end(folder, err);
  return status;
}
