/* What lies in a folder, by name. Links are not followed: what they lead to is no part of it. */
#include "manifest_parts.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 16 };

/* A walk, and what it has found. */
struct walk {
  const char *folder;
  bool drafts;
  struct fray_arena *arena;
  struct manifest_found *found;
  size_t n, room;
};

bool fray_manifest_owns(const char *folder, const char *name) {
  (void)folder;
  return strcmp(name, "manifest.json") == 0 || strcmp(name, "SHA256SUMS") == 0;
}

bool fray_manifest_alone(const char *provenance) {
  struct stat info;
  DIR *entries =
      lstat(provenance, &info) == 0 && S_ISDIR(info.st_mode) ? opendir(provenance) : NULL;
  bool alone = entries != NULL;
  for (const struct dirent *e; alone && (e = readdir(entries));)
    alone = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            fray_manifest_owns(provenance, e->d_name);
  if (entries)
    closedir(entries);
  return alone;
}

static bool is_folder_below(const char *folder, const char *name) {
  char path[4096];
  struct stat info;
  return fray_folder_path(folder, name, path, NULL) == FRAY_OK && lstat(path, &info) == 0 &&
         S_ISDIR(info.st_mode);
}

/* Shards are known by how their names end; of what a run leaves one file alone ends so. */
static bool holds_shards(const char *folder) {
  DIR *entries = opendir(folder);
  bool found = false;
  for (const struct dirent *e; entries && !found && (e = readdir(entries));) {
    const size_t n = strlen(e->d_name);
    found = n > 3 && strcmp(e->d_name + n - 3, ".h5") == 0 && strcmp(e->d_name, "results.h5") != 0;
  }
  if (entries)
    closedir(entries);
  return found;
}

const char *manifest_place(const char *folder) {
  if (is_folder_below(folder, FRAY_PROVENANCE))
    return FRAY_PROVENANCE;
  return is_folder_below(folder, FRAY_PROVENANCE_OF_SHARDS) || holds_shards(folder)
             ? FRAY_PROVENANCE_OF_SHARDS
             : FRAY_PROVENANCE;
}

enum fray_status manifest_path(const char *folder, const char *name, char path[4096],
                               struct fray_err *err) {
  char below[64];
  snprintf(below, sizeof below, "%s/%s", manifest_place(folder), name);
  return fray_folder_path(folder, below, path, err);
}

/* Beside the sums lie the signatures of them; what they are worth, their programs tell. */
static bool is_apart(const char *name) {
  static const char *const whole[] = {FRAY_MANIFEST, FRAY_SUMS};
  static const char *const signature[] = {".asc", ".sig", ".gpg", ".minisig"};
  const size_t n = strlen(FRAY_SUMS);
  const size_t hidden = strlen(FRAY_PROVENANCE_OF_SHARDS "/");
  if (strncmp(name, FRAY_PROVENANCE_OF_SHARDS "/", hidden) == 0)
    name++; /* the point */
  for (size_t i = 0; i < FRAY_COUNT(whole); i++)
    if (strcmp(name, whole[i]) == 0)
      return true;
  for (size_t i = 0; i < FRAY_COUNT(signature); i++)
    if (strncmp(name, FRAY_SUMS, n) == 0 && strcmp(name + n, signature[i]) == 0)
      return true;
  return false;
}

/* Locks are empty; one that holds something is somebody's file. */
static bool is_lock(const char *name, const struct stat *info) {
  const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
  return S_ISREG(info->st_mode) && info->st_size == 0 &&
         (strcmp(name, "lock") == 0 || strcmp(name, "lock.ranks") == 0 || fray_is_claim(last));
}

static enum fray_status keep(struct walk *w, const char *name, bool plain, bool apart,
                             struct fray_err *err) {
  if (w->n == w->room) {
    const size_t room = w->room ? 2 * w->room : 64;
    struct manifest_found *grown;
    FRAY_ALLOC(grown, w->arena, room, err);
    if (w->n)
      memcpy(grown, w->found, w->n * sizeof *grown);
    w->found = grown;
    w->room = room;
  }
  const char *copy = fray_arena_strdup(w->arena, name);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  w->found[w->n++] = (struct manifest_found){copy, plain, apart};
  return FRAY_OK;
}

/* What an instrument leaves in the results that it asked is a folder of its own. */
static bool has_manifest(const char *folder) {
  char path[4096];
  struct stat info;
  return manifest_path(folder, "manifest.json", path, NULL) == FRAY_OK && lstat(path, &info) == 0 &&
         S_ISREG(info.st_mode);
}

static enum fray_status descend(struct walk *w, const char *below, int depth, struct fray_err *err);

static enum fray_status look_at(struct walk *w, const char *below, const char *entry, int depth,
                                struct fray_err *err) {
  char name[4096], path[4096];
  struct stat info;
  const int n = snprintf(name, sizeof name, "%s%s%s", below, *below ? "/" : "", entry);
  FRAY_CHECK(n > 0 && (size_t)n < sizeof name, err, INPUT, "%s: path too long: %.80s...", w->folder,
             below);
  FRAY_TRY(fray_folder_path(w->folder, name, path, err));
  if (lstat(path, &info) != 0)
    return FRAY_OK; /* gone since it was listed */
  if (S_ISDIR(info.st_mode))
    return has_manifest(path) ? keep(w, name, false, true, err) : descend(w, name, depth + 1, err);
  if (is_apart(name) || is_lock(name, &info) || (!w->drafts && fray_is_draft(entry)))
    return FRAY_OK;
  return keep(w, name, S_ISREG(info.st_mode), false, err);
}

static enum fray_status descend(struct walk *w, const char *below, int depth,
                                struct fray_err *err) {
  char path[4096];
  FRAY_CHECK(depth < DEEPEST, err, INPUT, "%s/%s: more than %d folders deep", w->folder, below,
             DEEPEST);
  FRAY_TRY(fray_folder_path(w->folder, below, path, err));
  DIR *entries = opendir(path);
  FRAY_CHECK(entries, err, INPUT, "%s: %s", path, strerror(errno));
  enum fray_status status = FRAY_OK;
  for (const struct dirent *e; status == FRAY_OK && (e = readdir(entries));)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
      status = look_at(w, below, e->d_name, depth, err);
  closedir(entries);
  return status;
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const struct manifest_found *)a)->name, ((const struct manifest_found *)b)->name);
}

enum fray_status manifest_look(const char *folder, bool drafts, struct fray_arena *arena,
                               struct manifest_found **out, size_t *n, struct fray_err *err) {
  struct walk w = {.folder = folder, .drafts = drafts, .arena = arena};
  FRAY_TRY(descend(&w, "", 0, err));
  if (w.n)
    qsort(w.found, w.n, sizeof *w.found, by_name);
  *out = w.found;
  *n = w.n;
  return FRAY_OK;
}

/* A line of SHA256SUMS ends at a line feed, and a backslash in it means something. */
bool manifest_can_list(const char *name) {
  for (const unsigned char *p = (const unsigned char *)name; *p; p++)
    if (*p < 0x20 || *p == 0x7f || *p == '\\')
      return false;
  return fray_utf8_valid(name, strlen(name)) == strlen(name);
}
