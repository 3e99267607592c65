#include "fray/import/import.h"

#include "parts.h"

#include "fray/base/file.h"
#include "fray/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Only a folder that holds shards of an import, and nothing else, may be replaced. */
static enum fray_status check_replaceable(const char *out, struct fray_err *err) {
  DIR *folder = opendir(out);
  FRAY_CHECK(folder, err, INPUT, "%s exists and is no folder", out);
  const struct dirent *entry;
  enum fray_status status = FRAY_OK;
  while (status == FRAY_OK && (entry = readdir(folder))) {
    const char *name = entry->d_name;
    size_t n = strlen(name);
    bool shard = n > 3 && strncmp(name, "shard-", 6) == 0 && strcmp(name + n - 3, ".h5") == 0;
    if (!shard && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
      status = fray_fail(err, FRAY_INPUT,
                         "%s holds %s, which no import wrote; it is not overwritten", out, name);
  }
  closedir(folder);
  return status;
}

static enum fray_status check_target(const char *out, bool overwrite, struct fray_err *err) {
  if (!fray_file_exists(out))
    return FRAY_OK;
  FRAY_CHECK(overwrite, err, INPUT, "%s exists already; --overwrite replaces it", out);
  return check_replaceable(out, err);
}

/* Puts the finished folder in place of an older one, which is there until the new one is. */
static enum fray_status publish(const char *from, const char *out, struct fray_arena *arena,
                                struct fray_err *err) {
  if (!fray_file_exists(out))
    return fray_file_publish(from, out, err);
  const char *old = fray_arena_printf(arena, "%s.old.tmp", out);
  FRAY_CHECK(old, err, MEMORY, "out of memory");
  FRAY_TRY(fray_remove_tree(old, err));
  FRAY_CHECK(rename(out, old) == 0, err, IO, "cannot rename %s: %s", out, strerror(errno));
  enum fray_status status = fray_file_publish(from, out, err);
  if (status != FRAY_OK) {
    if (rename(old, out) != 0)
      fray_warn("the former %s is now %s", out, old);
    return status;
  }
  return fray_remove_tree(old, err);
}

static enum fray_status write_set(struct set *set, const char *out, struct built *built,
                                  struct fray_err *err) {
  const char *folder = fray_arena_printf(set->arena, "%s.tmp", out);
  FRAY_CHECK(folder, err, MEMORY, "out of memory");
  FRAY_TRY(fray_remove_tree(folder, err)); /* of an import that was killed */
  enum fray_status status = fray_make_folders(folder, err);
  if (status == FRAY_OK)
    status = fray_set_build(set, folder, built, err);
  if (status == FRAY_OK)
    status = publish(folder, out, set->arena, err);
  if (status != FRAY_OK)
    fray_remove_tree(folder, NULL);
  return status;
}

static void report(const struct set *set, const struct built *built, const char *out) {
  for (size_t s = 0; s < 2; s++)
    if (set->unused[s])
      fray_note("%s: %zu samples of %s found no partner and are unused", set->config.name,
                set->unused[s], set->unused_of[s]);
  fray_note("%s: %zu samples in %zu shard%s: %s", set->config.name, set->n, built->shards,
            built->shards == 1 ? "" : "s", out);
}

static enum fray_status import_set(const char *yaml, const char *out, const char *raw, bool dry_run,
                                   struct fray_arena *arena, struct fray_err *err) {
  struct set *set;
  struct built built;
  FRAY_TRY(fray_set_load(yaml, raw, false, arena, &set, err));
  FRAY_TRY(fray_split_dev(set, err));
  FRAY_TRY(fray_split_warn(set, err));
  if (!dry_run) {
    FRAY_TRY(write_set(set, out, &built, err));
    report(set, &built, out);
    return FRAY_OK;
  }
  struct fray_text text = {0};
  enum fray_status status = fray_set_build(set, NULL, &built, err);
  if (status == FRAY_OK) {
    fray_set_print(set, &built, &text);
    fputs(text.data ? text.data : "", stdout);
  }
  fray_text_free(&text);
  return status;
}

enum fray_status fray_import(const char *yaml, const char *out, const char *raw, bool dry_run,
                             bool overwrite, struct fray_err *err) {
  struct fray_arena arena = {0};
  size_t n = dry_run ? 0 : strlen(out);
  while (n > 1 && out[n - 1] == '/')
    n--;
  const char *folder = fray_arena_strndup(&arena, dry_run ? "" : out, n);
  FRAY_CHECK(folder, err, MEMORY, "out of memory");
  enum fray_status status = dry_run ? FRAY_OK : check_target(folder, overwrite, err);
  if (status == FRAY_OK)
    status = import_set(yaml, folder, raw, dry_run, &arena, err);
  fray_arena_free(&arena);
  return status;
}
