/* The results folder: claimed before the first write, refused when it holds a run. */
#include "folder.h"

#include "checkpoint.h"
#include "fray/base/checksums.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "internal.h"
#include "status.h"

#include <stdio.h>
#include <string.h>

enum fray_status fray_folder_put(const char *folder, const char *name, const struct fray_text *text,
                                 struct fray_err *err) {
  char path[4096];
  struct fray_checksum sum = {.name = name};
  FRAY_CHECK(!text->failed, err, MEMORY, "out of memory");
  FRAY_TRY(fray_folder_path(folder, name, path, err));
  const char *data = text->data ? text->data : "";
  fray_hash128_hex(fray_hash128(data, text->size), sum.hash);
  FRAY_TRY(fray_checksums_promise(folder, &sum, 1, err));
  return fray_file_write(path, data, text->size, err);
}

enum fray_status fray_folder_trust(const char *folder, const char *name, struct fray_err *err) {
  enum fray_checksum_state state;
  return fray_checksums_check(folder, name, &state, err);
}

enum fray_status fray_folder_check(const char *folder, const struct fray_run_options *options,
                                   struct fray_err *err) {
  FRAY_TRY(fray_place_check("-o", folder, err));
  const bool holds_run = fray_folder_holds_run(folder);
  FRAY_TRY(fray_folder_foreign(folder, holds_run, err));
  FRAY_CHECK(options->resume || options->overwrite || !holds_run, err, INPUT,
             "%s already holds a run; --resume goes on with it, --overwrite starts anew, -o DIR "
             "takes another folder",
             folder);
  return options->overwrite && !options->resume ? fray_folder_foreign_below(folder, err) : FRAY_OK;
}

/* Where a run that is gone on with ended; its traces are still there. */
static void say_last(const char *folder) {
  struct fray_text text = {0};
  fray_status_last(folder, &text);
  if (text.size)
    fray_note("%.*s", (int)text.size - 1, text.data);
  fray_text_free(&text);
}

/* Each cell with all its defaults: scenario.yaml leaves those out that depend on the cell. */
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

static enum fray_status write_cells(const char *folder, const struct fray_study *study,
                                    struct fray_err *err) {
  struct fray_text text = {0};
  put_cells(study, &text);
  enum fray_status status = fray_folder_put(folder, "cells.yaml", &text, err);
  fray_text_free(&text);
  return status;
}

enum fray_status fray_folder_results(const char *folder, struct fray_err *err) {
  static const char *const needed[] = {"state", "scenario.yaml", "provenance.json", "parts",
                                       "models"};
  char path[4096];
  FRAY_TRY(fray_folder_there(folder, err));
  for (size_t i = 0; i < FRAY_COUNT(needed); i++) {
    FRAY_TRY(fray_folder_path(folder, needed[i], path, err));
    FRAY_CHECK(fray_file_exists(path), err, INPUT,
               "%s is not the results of a run that kept its models: it holds no '%s'", folder,
               needed[i]);
  }
  return FRAY_OK;
}

enum fray_status fray_folder_describe(const char *folder, const struct fray_study *study,
                                      struct fray_err *err) {
  FRAY_TRY(write_cells(folder, study, err));
  return fray_folder_put(folder, "scenario.yaml", &study->yaml, err);
}

enum fray_status fray_folder_lock(const char *folder, bool wait, int *lock, struct fray_err *err) {
  static const double dying = 30; /* seconds that launchers take at most to end a broken job */
  int ranks = -1;
  FRAY_TRY(fray_lock(folder, "lock", false, wait ? dying : 0, lock, err));
  /* The other ranks of a run whose rank 0 is gone may still write. */
  enum fray_status status = fray_lock(folder, "lock.ranks", false, dying, &ranks, err);
  fray_unlock(ranks);
  if (status != FRAY_OK) {
    fray_unlock(*lock);
    *lock = -1;
  }
  return status;
}

enum fray_status fray_folder_join(const char *folder, bool must, int *lock, struct fray_err *err) {
  enum fray_status status = fray_lock(folder, "lock.ranks", true, 1, lock, err);
  return must ? status : FRAY_OK;
}

/* What a run needs, in place of what the folder held if that is to go. */
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

enum fray_status fray_folder_claim(const char *folder, const struct fray_run_options *options,
                                   const struct fray_study *study, int *lock,
                                   struct fray_err *err) {
  FRAY_TRY(fray_place_check("-o", folder, err));
  if (fray_make_folders(folder, err) != FRAY_OK)
    return err->status = FRAY_INPUT; /* nothing was written yet */
  FRAY_TRY(fray_folder_lock(folder, options->resume, lock, err));
  FRAY_TRY(fray_folder_check(folder, options, err)); /* again, now that nobody else writes */
  if (options->resume) {
    FRAY_TRY(fray_folder_environment(folder, options->mixed, err));
    say_last(folder);
  }
  FRAY_TRY(fray_state_write(folder, "running", err)); /* first: it marks the folder as a run's */
  enum fray_status status = furnish(folder, options, study, err);
  if (status != FRAY_OK)
    fray_state_end(folder, err);
  return status;
}
