/* An import: what is there is checked, the shards are made beside, and put in place at once.
 * Whoever looks at the folder sees the old data set or the new one, never half of one. */
#include "fray/import/import.h"

#include "import/set/fold_column.h"
#include "import/set/splits.h"
#include "import/set/strings.h"
#include "import/write/shard_build.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/codec/codec.h"
#include "fray/h5/h5.h"
#include "fray/results/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Whether a file is a shard that an import wrote; others may call theirs so. */
static bool is_imported(const char *path) {
  struct fray_arena arena = {0};
  struct stat info;
  fray_h5 file;
  /* What cannot be opened as HDF5 was not written by us, whatever its name. */
  const char *maker = NULL;
  /* Not through links: what they lead to lies outside the folder and is not ours to remove. */
  if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode) ||
      fray_h5_open(path, &file, NULL) != FRAY_OK)
    return false;
  bool ours = fray_h5_attr_text(file, ".", "created_by", &arena, &maker, NULL) == FRAY_OK &&
              strncmp(maker, IMPORT_MAKER, strlen(IMPORT_MAKER)) == 0;
  fray_h5_close(file, NULL);
  fray_arena_free(&arena);
  return ours;
}

static bool is_ours(const char *name, const char *path) {
  /* Of both names: it was not hidden at first. */
  return strcmp(name, FRAY_PROVENANCE_OF_SHARDS) == 0 || strcmp(name, FRAY_PROVENANCE) == 0
             ? fray_manifest_alone(path)
             : strncmp(name, "shard-", 6) == 0 && is_imported(path);
}

/* Only a folder that holds shards of an import, and nothing else, may be replaced. */
static enum fray_status check_replaceable(const char *out, struct fray_err *err) {
  char path[4096];
  DIR *folder = opendir(out);
  FRAY_CHECK(folder, err, INPUT, "%s: %s", out, strerror(errno));
  const struct dirent *entry;
  enum fray_status status = FRAY_OK;
  while (status == FRAY_OK && (entry = readdir(folder))) {
    const char *name = entry->d_name;
    /* A path that is too long is not one of ours either. */
    int n = snprintf(path, sizeof path, "%s/%s", out, name);
    if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
        (n < 0 || (size_t)n >= sizeof path || !is_ours(name, path)))
      status = fray_fail(err, FRAY_INPUT,
                         "%s holds %s, which no import wrote; it is not overwritten", out, name);
  }
  closedir(folder);
  return status;
}

static enum fray_status check_target(const char *out, bool overwrite, struct fray_err *err) {
  if (!fray_file_exists(out))
    return FRAY_OK;
  /* Even an empty folder: whoever made it may be about to use it. */
  FRAY_CHECK(overwrite, err, INPUT, "%s exists already; --overwrite replaces it", out);
  return check_replaceable(out, err);
}

/* What was done to values of a modality, if anything. */
static void report_values(const struct set *set, const struct built *built) {
  for (size_t m = 0; m < set->source.n_modalities; m++) {
    const char *name = set->source.modality[m].m.name;
    struct fray_text counts = {0};
    fray_tally_counts(&built->tally[m], strlen(name) + 4, &counts);
    if (counts.size && !counts.failed)
      fray_note("  %s: %s", name, counts.data);
    fray_text_free(&counts);
  }
}

/* What was made, and what of a pair was left over. */
static void report(const struct set *set, const struct built *built, const char *out) {
  for (size_t s = 0; s < 2; s++)
    if (set->unused[s])
      fray_note("%s: %zu samples of %s found no partner and are unused", set->config.name,
                set->unused[s], set->unused_of[s]);
  fray_note("%s: %zu sample%s in %zu shard%s: %s", set->config.name, set->n, set->n == 1 ? "" : "s",
            built->shards, built->shards == 1 ? "" : "s", out);
  report_values(set, built);
}

static enum fray_status load(const char *yaml, const char *raw, struct fray_arena *arena,
                             struct set **set, struct fray_err *err) {
  /* Dev is drawn here, not when a set is loaded: a pair draws from what was joined. */
  FRAY_TRY(fray_set_load(yaml, raw, false, arena, set, err));
  FRAY_TRY(fray_split_dev(*set, err));
  FRAY_TRY(fray_strings_join(*set, err));
  FRAY_TRY(fray_folds_draw(*set, err));
  return fray_split_warn(*set, err);
}

/* A dry run loads every value as well, since most faults are in the files. */
static enum fray_status show_plan(const char *yaml, const char *raw, struct fray_arena *arena,
                                  struct fray_err *err) {
  struct set *set;
  struct built built;
  struct fray_text text = {0};
  FRAY_TRY(load(yaml, raw, arena, &set, err));
  enum fray_status status = fray_set_build(set, NULL, &built, err);
  if (status == FRAY_OK) {
    fray_set_print(set, &built, &text);
    fray_print("%s", text.data ? text.data : "");
  }
  fray_text_free(&text);
  return status;
}

/* Claimed first: of two that write one folder, the second need not read all its files to be told.
 */
static enum fray_status write_set(const char *yaml, const char *out, const char *raw,
                                  bool overwrite, struct fray_arena *arena, struct fray_err *err) {
  struct set *set = NULL;
  struct built built = {0};
  /* Claimed, then loaded, then built: a second import of the same folder is told so at once. */
  struct fray_making making;
  /* Asked three times: before anything, under the claim, and again before the folder is put in
   * place, for reading may take hours. */
  FRAY_TRY(fray_making_check(out, err));
  FRAY_TRY(check_target(out, overwrite, err));
  FRAY_TRY(fray_making_open(out, &making, err));
  enum fray_status status = check_target(out, overwrite, err);
  if (status == FRAY_OK)
    status = load(yaml, raw, arena, &set, err);
  if (status == FRAY_OK)
    status = fray_set_build(set, making.path, &built, err);
  if (status != FRAY_OK)
    fray_making_blame(&making, err);
  else /* what was put there meanwhile counts as well */
    status = check_target(out, overwrite, err);
  if (status == FRAY_OK)
    status = fray_making_publish(&making, overwrite, err);
  /* Also after publishing: then there is nothing left to drop but the claim. */
  fray_making_drop(&making);
  if (status == FRAY_OK)
    report(set, &built, out);
  return status;
}

/* One arena for the whole import: rows point into each other across readers, sets and shards. */
enum fray_status fray_import(const char *yaml, const char *out, const char *raw, bool dry_run,
                             bool overwrite, struct fray_err *err) {
  struct fray_arena arena = {0};
  /* While there is little in memory that a fork would copy. */
  FRAY_TRY(fray_codec_begin(err));
  enum fray_status status = dry_run ? show_plan(yaml, raw, &arena, err)
                                    : write_set(yaml, out, raw, overwrite, &arena, err);
  fray_arena_free(&arena);
  return status;
}
