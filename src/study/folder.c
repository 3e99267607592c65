/* The results folder: claimed before the first write, refused when it holds a run. */
#include "folder.h"

#include "checkpoint.h"
#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/json/json.h"
#include "internal.h"
#include "status.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static const char *const contents[] = {
    "trials.csv",      "scores.csv",  "rounds.csv",  "results.h5",  "parts",
    "models",          "report.html", "figures",     "state",       "scenario.yaml",
    "provenance.json", "checkpoints", "cells.yaml",  "ledgers",     "columns.csv",
    "tables",          "positions",   "status.json", FRAY_CHECKSUMS};

enum fray_status fray_folder_path(const char *folder, const char *name, char out[4096],
                                  struct fray_err *err) {
  int n = snprintf(out, 4096, "%s/%s", folder, name);
  FRAY_CHECK(n > 0 && n < 4096, err, INPUT, "path too long: %.80s...", folder);
  return FRAY_OK;
}

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

static bool is_ours(const char *name) {
  size_t length = strlen(name);
  if (length > 4 && strcmp(name + length - 4, ".tmp") == 0)
    return true; /* left by a run that was killed */
  for (size_t i = 0; i < FRAY_COUNT(contents); i++)
    if (strcmp(name, contents[i]) == 0)
      return true;
  /* Locks stay: another run may hold the file that would be removed. */
  return strcmp(name, "lock") == 0 || strcmp(name, "lock.ranks") == 0 || strcmp(name, ".") == 0 ||
         strcmp(name, "..") == 0;
}

/* Files of others are neither mixed with results nor removed by --overwrite. */
static enum fray_status check_foreign(const char *folder, bool holds, struct fray_err *err) {
  char path[4096];
  DIR *entries = opendir(folder);
  if (!entries)
    return FRAY_OK;
  enum fray_status status = FRAY_OK;
  for (struct dirent *e; status == FRAY_OK && (e = readdir(entries));)
    if (!is_ours(e->d_name))
      status = fray_fail(err, FRAY_INPUT,
                         "%s holds '%s', which no run wrote; take an empty or a new folder", folder,
                         e->d_name);
  closedir(entries);
  FRAY_TRY(status);
  FRAY_TRY(fray_folder_path(folder, "state", path, err));
  FRAY_CHECK(!holds || fray_file_exists(path), err, INPUT,
             "%s holds files named like those of a run, but no `state`; take another folder",
             folder);
  return FRAY_OK;
}

static bool holds_run(const char *folder) {
  char path[4096];
  for (size_t i = 0; i < FRAY_COUNT(contents); i++)
    if (fray_folder_path(folder, contents[i], path, NULL) == FRAY_OK && fray_file_exists(path))
      return true;
  return false;
}

enum fray_status fray_folder_check(const char *folder, const struct fray_run_options *options,
                                   struct fray_err *err) {
  FRAY_CHECK(!fray_file_exists(folder) || fray_is_folder(folder), err, INPUT,
             "%s exists and is not a folder", folder);
  FRAY_TRY(check_foreign(folder, holds_run(folder), err));
  FRAY_CHECK(options->resume || options->overwrite || !holds_run(folder), err, INPUT,
             "%s already holds a run; --resume goes on with it, --overwrite starts anew, -o DIR "
             "takes another folder",
             folder);
  return FRAY_OK;
}

enum fray_status fray_folder_environment(const char *folder, struct fray_err *err) {
  char path[4096], now[32];
  FRAY_TRY(fray_folder_path(folder, "provenance.json", path, err));
  if (!fray_file_exists(path))
    return FRAY_OK;
  fray_json *root;
  struct fray_text here = {0};
  FRAY_TRY(fray_folder_trust(folder, "provenance.json", err));
  FRAY_TRY(fray_json_read(path, PROVENANCE_BYTES, &root, err));
  snprintf(now, sizeof now, "%016llx", (unsigned long long)fray_numeric_environment(&here));
  const char *then = fray_json_text(fray_json_get(root, "numeric_environment_hash"));
  const char *text = fray_json_text(fray_json_get(root, "numeric_environment"));
  enum fray_status status = FRAY_OK;
  if (fray_json_is_array(fray_json_get(root, "numeric_environment_hash")))
    status = fray_fail(err, FRAY_INPUT,
                       "%s: merged from %zu numeric environments, so no program can go on with it; "
                       "do it in the folders that it was merged from, then merge again",
                       folder, fray_json_size(fray_json_get(root, "numeric_environment_hash")));
  else if (!then || strcmp(then, now) != 0)
    status = fray_fail(err, FRAY_INPUT,
                       "%s: the run was made with another numeric environment (%s; here %s); "
                       "numbers of two programs or machines do not mix: use the one that made it, "
                       "or run into another "
                       "folder",
                       folder, text ? text : "unknown", here.data ? here.data : "");
  fray_text_free(&here);
  fray_json_free(root);
  return status;
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
static enum fray_status write_cells(const char *folder, const struct fray_study *study,
                                    struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_text text = {0};
  char key[32];
  struct fray_node *cells = fray_node_map("cells.yaml", 0, &arena);
  enum fray_status status = cells ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  for (size_t i = 0; status == FRAY_OK && i < study->n_cells; i++) {
    snprintf(key, sizeof key, "cell_%zu", i + 1);
    struct fray_node *cell = fray_node_copy(study->cell[i].node, &arena);
    const char *name = fray_arena_strdup(&arena, key);
    status = cell && name ? fray_node_put(cells, name, cell, &arena, err)
                          : fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  if (status == FRAY_OK) {
    fray_node_emit(cells, &text);
    status = fray_folder_put(folder, "cells.yaml", &text, err);
  }
  fray_text_free(&text);
  fray_arena_free(&arena);
  return status;
}

enum fray_status fray_folder_results(const char *folder, struct fray_err *err) {
  static const char *const needed[] = {"state", "scenario.yaml", "provenance.json", "parts",
                                       "models"};
  char path[4096];
  FRAY_CHECK(fray_is_folder(folder), err, INPUT, "%s: no such folder", folder);
  for (size_t i = 0; i < FRAY_COUNT(needed); i++) {
    FRAY_TRY(fray_folder_path(folder, needed[i], path, err));
    FRAY_CHECK(fray_file_exists(path), err, INPUT,
               "%s is not the results of a run that kept its models: it holds no '%s'", folder,
               needed[i]);
  }
  return FRAY_OK;
}

static bool ends_with(const char *name, const char *end) {
  const size_t n = strlen(name), m = strlen(end);
  return n > m && strcmp(name + n - m, end) == 0;
}

/* Half of a file that runs write into the folder itself, where others may keep a .tmp of theirs. */
static bool is_half(const char *name) {
  const size_t stem = strlen(name) - strlen(".tmp");
  for (size_t i = 0; i < FRAY_COUNT(contents); i++)
    if (strlen(contents[i]) == stem && strncmp(contents[i], name, stem) == 0)
      return true;
  return false;
}

/* True of what nobody needs: half a file, or the checkpoint of a trial that has its part. */
static bool is_spent(const char *folder, const char *below, const char *name) {
  char part[4096];
  if (ends_with(name, ".tmp"))
    return strcmp(below, ".") != 0 || is_half(name);
  if (strcmp(below, "checkpoints") != 0 || !ends_with(name, FRAY_CHECKPOINT_END))
    return false;
  const int stem = (int)(strlen(name) - strlen(FRAY_CHECKPOINT_END));
  const int n = snprintf(part, sizeof part, "%s/parts/%.*s.h5", folder, stem, name);
  return n > 0 && (size_t)n < sizeof part && fray_file_exists(part);
}

enum fray_status fray_folder_tidy(const char *folder, struct fray_err *err) {
  static const char *const below[] = {".", "parts", "models", "ledgers", "checkpoints"};
  char path[4096], file[4096];
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; status == FRAY_OK && i < FRAY_COUNT(below); i++) {
    FRAY_TRY(fray_folder_path(folder, below[i], path, err));
    DIR *entries = opendir(path);
    for (struct dirent *e; entries && status == FRAY_OK && (e = readdir(entries));)
      if (is_spent(folder, below[i], e->d_name)) {
        status = fray_folder_path(path, e->d_name, file, err);
        if (status == FRAY_OK)
          status = fray_remove_tree(file, err);
      }
    if (entries)
      closedir(entries);
  }
  return status;
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
  for (size_t i = 0; options->overwrite && !options->resume && i < FRAY_COUNT(contents); i++) {
    if (strcmp(contents[i], "state") == 0)
      continue;
    FRAY_TRY(fray_folder_path(folder, contents[i], path, err));
    FRAY_TRY(fray_remove_tree(path, err));
  }
  for (size_t i = 0; i < FRAY_COUNT(folders); i++) {
    FRAY_TRY(fray_folder_path(folder, folders[i], path, err));
    FRAY_TRY(fray_make_folders(path, err));
  }
  return fray_folder_describe(folder, study, err);
}

enum fray_status fray_folder_claim(const char *folder, const struct fray_run_options *options,
                                   const struct fray_study *study, int *lock,
                                   struct fray_err *err) {
  if (fray_make_folders(folder, err) != FRAY_OK)
    return err->status = FRAY_INPUT; /* a wrong -o: nothing was written yet */
  FRAY_TRY(fray_folder_lock(folder, options->resume, lock, err));
  FRAY_TRY(fray_folder_check(folder, options, err)); /* again, now that nobody else writes */
  if (options->resume) {
    FRAY_TRY(fray_folder_environment(folder, err));
    say_last(folder);
  }
  FRAY_TRY(fray_state_write(folder, "running", err)); /* first: it marks the folder as a run's */
  enum fray_status status = furnish(folder, options, study, err);
  if (status != FRAY_OK)
    fray_state_end(folder, err);
  return status;
}
