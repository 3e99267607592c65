/* The files of a results folder: which are of a run, which are of others, which nobody needs.
 *
 * One list says what a run leaves. What is not in it belongs to somebody else, and no command
 * removes or overwrites it. */
#include "fray/results/folder.h"

#include "fray/base/checksums.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/made.h"
#include "fray/base/size.h"
#include "fray/results/checkpoint_file.h"
#include "fray/results/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_part(const char *folder, const char *name);
static bool is_model(const char *folder, const char *name);
static bool is_checkpoint(const char *folder, const char *name);
static bool is_ledger(const char *folder, const char *name);

/* What a run leaves; below: of the folders, whether a file in it is of a run or of its report. */
static const struct {
  const char *name;
  bool (*below)(const char *folder, const char *name);
} contents[] = {{"trials.csv", NULL},
                {"scores.csv", NULL},
                {"rounds.csv", NULL},
                {"results.h5", NULL},
                {"parts", is_part},
                {"models", is_model},
                {"report.html", NULL},
                {"figures", fray_made_figure},
                {"state", NULL},
                {"scenario.yaml", NULL},
                {"provenance.json", NULL},
                {"checkpoints", is_checkpoint},
                {"cells.yaml", NULL},
                {"ledgers", is_ledger},
                {"columns.csv", NULL},
                {"tables", fray_made_table},
                {"strengths.csv", NULL},
                {"conditions.csv", NULL},
                {"positions", NULL},
                {"status.json", NULL},
                {"participation.csv", NULL},
                {"found.csv", NULL},
                {"influence.csv", NULL},
                {"membership.csv", NULL},
                {"secure.csv", NULL},
                {"privacy.csv", NULL},
                {FRAY_CHECKSUMS, NULL},
                {FRAY_PROVENANCE, fray_manifest_owns}};

/* Locks stay: another run may hold the file that would be removed. */
static const char *const locks[] = {"lock", "lock.ranks"};

/* The name of a trial and this ending. */
static bool is_of_trial(const char *name, const char *end) {
  enum { DIGITS = 16 };
  return strspn(name, "0123456789abcdef") == DIGITS && strcmp(name + DIGITS, end) == 0;
}

static bool is_part(const char *folder, const char *name) {
  (void)folder;
  return is_of_trial(name, ".h5");
}

static bool is_model(const char *folder, const char *name) {
  (void)folder;
  return is_of_trial(name, "-best.h5") || is_of_trial(name, "-last.h5");
}

static bool is_checkpoint(const char *folder, const char *name) {
  (void)folder;
  return is_of_trial(name, FRAY_CHECKPOINT_END) || is_of_trial(name, FRAY_CHECKPOINT_CLIENTS);
}

static bool is_ledger(const char *folder, const char *name) {
  (void)folder;
  return is_of_trial(name, ".csv");
}

static bool is_dots(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* ---- files of others ---- */

/* Half of a file: a draft, or as earlier versions called them. */
static bool is_half_of(const char *name, const char *whole) {
  const size_t n = strlen(whole);
  return strncmp(name, whole, n) == 0 && strcmp(name + n, ".tmp") == 0;
}

/* Drafts have names of their own; files ending in .tmp are of earlier versions. */
static bool is_half(const char *name) {
  for (size_t i = 0; i < FRAY_COUNT(contents); i++)
    if (is_half_of(name, contents[i].name))
      return true;
  return fray_is_draft(name);
}

/* Locks and claims as well: they are of runs, even where they stay behind. */
static bool is_ours(const char *name) {
  for (size_t i = 0; i < FRAY_COUNT(contents); i++)
    if (strcmp(name, contents[i].name) == 0)
      return true;
  for (size_t i = 0; i < FRAY_COUNT(locks); i++)
    if (strcmp(name, locks[i]) == 0)
      return true;
  return is_half(name) || is_dots(name) || fray_is_claim(name);
}

/* Any of the files is enough: a run that was killed at once has left few. */
bool fray_folder_holds_run(const char *folder) {
  char path[4096];
  for (size_t i = 0; i < FRAY_COUNT(contents); i++)
    if (fray_folder_path(folder, contents[i].name, path, NULL) == FRAY_OK && fray_file_exists(path))
      return true;
  return false;
}

/* A stranger among the parts would stop the next run. */
enum fray_status fray_folder_apart(const char *out, const char *folder, struct fray_err *err) {
  char path[4096];
  for (size_t i = 0; i < FRAY_COUNT(contents); i++) {
    FRAY_TRY(fray_folder_path(folder, contents[i].name, path, err));
    FRAY_TRY(fray_place_apart("-o", out, path, err));
  }
  return FRAY_OK;
}

/* Nothing that a run did not write may be mixed with results, since --overwrite removes them: the
 * first stranger ends it. */
enum fray_status fray_folder_foreign(const char *folder, bool holds, struct fray_err *err) {
  char path[4096];
  DIR *entries = opendir(folder);
  /* A folder that is not there yet holds nothing of others. */
  if (!entries && errno == ENOENT)
    return FRAY_OK;
  FRAY_CHECK(entries, err, INPUT, "%s: %s", folder, strerror(errno));
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

/* True of what a run, or an earlier version of fray, left half written in a folder of parts, ... */
static bool is_half_below(size_t i, const char *path, const char *name) {
  static const char end[] = ".tmp";
  char whole[256];
  const size_t n = strlen(name);
  if (fray_is_draft(name) || fray_is_claim(name))
    return true;
  if (n < sizeof end || n >= sizeof whole || strcmp(name + n - strlen(end), end) != 0)
    return false;
  snprintf(whole, sizeof whole, "%.*s", (int)(n - strlen(end)), name);
  return contents[i].below(path, whole);
}

/* A strange file one level down would go with the folder that holds it. */
static enum fray_status check_below(const char *folder, size_t i, struct fray_err *err) {
  char path[4096];
  FRAY_TRY(fray_folder_path(folder, contents[i].name, path, err));
  DIR *entries = opendir(path);
  if (!entries && errno == ENOENT)
    return FRAY_OK;
  FRAY_CHECK(entries, err, INPUT, "%s: %s", path, strerror(errno));
  enum fray_status status = FRAY_OK;
  for (struct dirent *e; status == FRAY_OK && (e = readdir(entries));)
    if (!is_dots(e->d_name) && !contents[i].below(path, e->d_name) &&
        !is_half_below(i, path, e->d_name))
      status = fray_fail(err, FRAY_INPUT,
                         "%s holds '%s', which no run wrote; --overwrite would remove it: move it, "
                         "or take another folder",
                         path, e->d_name);
  closedir(entries);
  return status;
}

/* A file where a run has a folder, or the other way round, is not its own. */
static enum fray_status check_kind(const char *folder, size_t i, struct fray_err *err) {
  char path[4096];
  struct stat info;
  FRAY_TRY(fray_folder_path(folder, contents[i].name, path, err));
  if (lstat(path, &info) != 0)
    return FRAY_OK;
  FRAY_CHECK(contents[i].below ? S_ISDIR(info.st_mode) : !S_ISDIR(info.st_mode), err, INPUT,
             "%s is %s, which no run made; --overwrite would remove it: move it, or take another "
             "folder",
             path, S_ISDIR(info.st_mode) ? "a folder" : "no folder");
  return FRAY_OK;
}

/* Kinds first: a file in the place of a folder has no entries to look at. */
enum fray_status fray_folder_foreign_below(const char *folder, struct fray_err *err) {
  for (size_t i = 0; i < FRAY_COUNT(contents); i++) {
    FRAY_TRY(check_kind(folder, i, err));
    if (contents[i].below)
      FRAY_TRY(check_below(folder, i, err));
  }
  return FRAY_OK;
}

/* ---- what only looks like files ---- */

/* A pipe would be waited for, a device has no end, and a link leads to what its maker wished to be
 * read or written by somebody with other rights. */
static enum fray_status check_own(const char *path, bool is_folder, struct fray_err *err) {
  struct stat info;
  if (lstat(path, &info) != 0)
    return FRAY_OK;
  FRAY_CHECK(
      !S_ISLNK(info.st_mode), err, INPUT,
      "%s is a link; a results folder holds its own files: put in its place what it leads to",
      path);
  FRAY_CHECK(is_folder ? S_ISDIR(info.st_mode) : S_ISREG(info.st_mode), err, INPUT,
             "%s is no %s; no run made it", path, is_folder ? "folder" : "regular file");
  return FRAY_OK;
}

/* Strangers in it are nobody's business here: they are never opened. */
static enum fray_status check_own_below(const char *folder, size_t i, struct fray_err *err) {
  char path[4096], file[4096];
  FRAY_TRY(fray_folder_path(folder, contents[i].name, path, err));
  DIR *entries = opendir(path);
  enum fray_status status = FRAY_OK;
  for (struct dirent *e; entries && status == FRAY_OK && (e = readdir(entries));)
    if (e->d_type != DT_REG && contents[i].below(path, e->d_name)) {
      status = fray_folder_path(path, e->d_name, file, err);
      if (status == FRAY_OK)
        status = check_own(file, is_of_trial(e->d_name, FRAY_CHECKPOINT_CLIENTS), err);
    }
  if (entries)
    closedir(entries);
  return status;
}

enum fray_status fray_folder_own(const char *folder, bool with_files, struct fray_err *err) {
  char path[4096];
  for (size_t i = 0; i < FRAY_COUNT(contents); i++) {
    if (!contents[i].below && !with_files)
      continue;
    FRAY_TRY(fray_folder_path(folder, contents[i].name, path, err));
    FRAY_TRY(check_own(path, contents[i].below != NULL, err));
    if (contents[i].below && with_files)
      FRAY_TRY(check_own_below(folder, i, err));
  }
  for (size_t i = 0; with_files && i < FRAY_COUNT(locks); i++) {
    FRAY_TRY(fray_folder_path(folder, locks[i], path, err));
    FRAY_TRY(check_own(path, false, err));
  }
  return FRAY_OK;
}

/* ---- what goes ---- */

enum fray_status fray_folder_clear(const char *folder, struct fray_err *err) {
  char path[4096];
  for (size_t i = 0; i < FRAY_COUNT(contents); i++) {
    /* The state goes last, and is written anew: until then the folder is a run's. */
    if (strcmp(contents[i].name, "state") == 0)
      continue;
    FRAY_TRY(fray_folder_path(folder, contents[i].name, path, err));
    FRAY_TRY(fray_remove_tree(path, err));
  }
  return FRAY_OK;
}

/* True of the checkpoint of a trial that has its part. */
static bool is_spent(const char *folder, const char *name) {
  char part[4096];
  const int n = snprintf(part, sizeof part, "%s/parts/%.16s.h5", folder, name);
  return is_checkpoint(folder, name) && n > 0 && (size_t)n < sizeof part && fray_file_exists(part);
}

/* The drafts of others at work are locked; those of a dead one, and of its ranks, are not. */
static enum fray_status tidy_below(const char *folder, size_t i, struct fray_err *err) {
  char path[4096], file[4096];
  FRAY_TRY(fray_folder_path(folder, contents[i].name, path, err));
  fray_draft_sweep(path);
  DIR *entries = opendir(path);
  enum fray_status status = FRAY_OK;
  for (struct dirent *e; entries && status == FRAY_OK && (e = readdir(entries));)
    if ((!fray_is_draft(e->d_name) && is_half_below(i, path, e->d_name)) ||
        (contents[i].below == is_checkpoint && is_spent(folder, e->d_name))) {
      status = fray_folder_path(path, e->d_name, file, err);
      if (status == FRAY_OK)
        status = fray_remove_tree(file, err);
    }
  if (entries)
    closedir(entries);
  return status;
}

/* What a killed run left half written would be taken for files of others by the next one. */
enum fray_status fray_folder_tidy(const char *folder, struct fray_err *err) {
  char name[64], path[4096];
  fray_draft_sweep(folder);
  for (size_t i = 0; i < FRAY_COUNT(contents); i++) {
    snprintf(name, sizeof name, "%s.tmp", contents[i].name);
    FRAY_TRY(fray_folder_path(folder, name, path, err));
    FRAY_TRY(fray_remove_tree(path, err));
    if (contents[i].below)
      FRAY_TRY(tidy_below(folder, i, err));
  }
  return FRAY_OK;
}
