/* Folders in the making: in a private folder beside their place, put there at once when they are
 * whole. What dead makers left is removed; a folder that they had moved aside is put back. The
 * private folder is readable by its owner alone, and a marker in it says who made it. */
#include "draft_parts.h"

#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Within the private folder: the marker, what is made, and what it replaces. */
#define MARKER "fray"
#define NEW "new"
#define OLD "old"
static const char claim_text[] = "A folder that fray makes, or a dead fray left.\n";

static bool is_there(const char *path) {
  struct stat info;
  return lstat(path, &info) == 0;
}

/* ---- what dead makers left ---- */

/* Locks do not reach across hosts everywhere, so a marker says whose it is. The host stands in it:
 * a lock that another host holds may not be seen from here. */
static void marker_text(char out[512]) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  snprintf(out, 512, "%shost %s\n", claim_text, host);
}

/* Nothing but the marker lies there: of a maker that was killed before it wrote its text. */
static bool is_bare(const char *folder) {
  DIR *entries = opendir(folder);
  bool bare = entries != NULL;
  for (const struct dirent *e; bare && (e = readdir(entries));)
    bare = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
           strcmp(e->d_name, MARKER) == 0;
  if (entries)
    closedir(entries);
  return bare;
}

/* The marker, locked; -1 if it is not ours, its maker lives, or lives on another host. Folders of
 * other users and links are never touched, whatever they are called. */
static int hold_marker(const char *folder) {
  char path[4096], expected[512], text[512];
  struct stat info;
  marker_text(expected);
  if (lstat(folder, &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != geteuid() ||
      fray_folder_path(folder, MARKER, path, NULL) != FRAY_OK)
    return -1;
  int file = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0)
    return -1;
  const ssize_t n = pread(file, text, sizeof text, 0);
  const bool ours = n == (ssize_t)strlen(expected) && memcmp(text, expected, (size_t)n) == 0;
  if ((ours || (n == 0 && is_bare(folder))) && flock(file, LOCK_EX | LOCK_NB) == 0)
    return file;
  close(file);
  return -1;
}

/* Killed before it made its marker, or after it took it away. A maker that is alive makes another.
 */
static void drop_empty(const char *folder) {
  struct stat info;
  if (lstat(folder, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
      (info.st_mode & 0777) == 0700)
    rmdir(folder); /* of an empty folder alone */
}

static void sweep_private(const char *parent, const char *entry, const char *name) {
  char folder[4096], old[4096], target[4096];
  if (fray_folder_path(parent, entry, folder, NULL) != FRAY_OK ||
      fray_folder_path(folder, OLD, old, NULL) != FRAY_OK ||
      fray_folder_path(parent, name, target, NULL) != FRAY_OK)
    return;
  int marker = hold_marker(folder);
  if (marker < 0) {
    drop_empty(folder);
    return;
  }
  /* It was killed between taking the old folder away and putting the new one there. */
  const bool back = !is_there(old) || (!is_there(target) && rename(old, target) == 0);
  if (back)
    fray_remove_tree(folder, NULL);
  close(marker);
}

/* Whoever makes something in a folder first clears what the dead left under the same name. */
static void sweep(const char *parent, const char *name) {
  DIR *entries = opendir(parent);
  if (!entries)
    return;
  for (const struct dirent *e; (e = readdir(entries));)
    if (draft_is_of(e->d_name, name))
      sweep_private(parent, e->d_name, name);
  closedir(entries);
}

/* ---- private folders ---- */

/* Locked before it has its text. *reason EEXIST: somebody took the folder for a dead one's. */
static int make_marker(const char *folder, int *reason) {
  char path[4096], text[512];
  marker_text(text);
  *reason = ENAMETOOLONG;
  if (fray_folder_path(folder, MARKER, path, NULL) != FRAY_OK)
    return -1;
  int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  *reason = errno == ENOENT ? EEXIST : errno;
  if (file < 0)
    return -1;
  if (!draft_hold(file)) {
    *reason = EEXIST;
    close(file);
    return -1;
  }
  const ssize_t n = write(file, text, strlen(text));
  if (n == (ssize_t)strlen(text))
    return file;
  *reason = errno;
  close(file);
  return -1;
}

enum fray_status fray_private_open(const char *parent, const char *name, struct fray_private *out,
                                   struct fray_err *err) {
  enum { TRIES = 100 };
  int reason = EEXIST;
  out->lock = -1;
  sweep(parent, name);
  /* A sweep of another process may take the folder between mkdir and the marker; then another
   * name. */
  for (int i = 0; i < TRIES && reason == EEXIST; i++) {
    FRAY_TRY(draft_name(parent, name, out->path, err));
    reason = mkdir(out->path, 0700) == 0 ? 0 : errno;
    if (reason == EEXIST)
      continue;
    FRAY_CHECK(reason == 0, err, IO, "cannot create a folder in %s: %s", parent, strerror(reason));
    out->lock = make_marker(out->path, &reason);
    if (out->lock >= 0)
      return FRAY_OK;
    fray_remove_tree(out->path, NULL);
  }
  return fray_fail(err, FRAY_IO, "cannot write in %s: %s", parent, strerror(reason));
}

/* The marker goes last, so that what a kill leaves is known. */
void fray_private_close(struct fray_private *folder) {
  char path[4096];
  if (folder->lock < 0 || !folder->path[0])
    return;
  DIR *entries = opendir(folder->path);
  if (entries) {
    for (const struct dirent *e; (e = readdir(entries));)
      if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
          strcmp(e->d_name, MARKER) != 0 &&
          fray_folder_path(folder->path, e->d_name, path, NULL) == FRAY_OK)
        fray_remove_tree(path, NULL);
    closedir(entries);
  }
  fray_remove_tree(folder->path, NULL);
  close(folder->lock);
  folder->lock = -1;
}

/* ---- places ---- */

/* The reason that the user gave a wrong place, or that the disk is at its end. A place that cannot
 * be written is the user's choice (INPUT), a full disk is not (IO). */
static enum fray_status refuse(const char *option, const char *path, const char *at, int reason,
                               struct fray_err *err) {
  const bool disk = reason == ENOSPC || reason == EDQUOT || reason == EIO;
  const char *there = strcmp(path, at) == 0 ? "" : at;
  return fray_fail(err, disk ? FRAY_IO : FRAY_INPUT, "%s %s may not be written: %s%s%s", option,
                   path, there, *there ? ": " : "", strerror(reason));
}

/* The folder that is there, of those on the way; "" where even the first is not. A path whose
 * folders are still to be made is judged by the last one that exists. */
static void nearest(const char *path, char out[4096]) {
  char copy[4096];
  snprintf(out, 4096, "%s", path);
  while (!is_there(out)) {
    strcpy(copy, out);
    const char *up = dirname(copy);
    if (strcmp(up, out) == 0)
      return;
    memmove(out, up, strlen(up) + 1);
  }
}

/* Tried, since rights alone do not tell: read-only disks, folders of the kernel, quotas. beside: in
 * the folder that holds it, since it will be replaced as a whole. */
static enum fray_status try_place(const char *option, const char *path, bool beside,
                                  struct fray_err *err) {
  char at[4096], probe[4096], copy[4096];
  struct stat info;
  FRAY_CHECK(*path, err, INPUT,
             "%s: the path of a folder is expected, not an empty one (an unset "
             "variable?)",
             option);
  /* Room for the names that are put behind it later. */
  FRAY_CHECK(strlen(path) < sizeof at - 64, err, INPUT, "%s: path too long: %.80s...", option,
             path);
  nearest(path, at);
  if (stat(at, &info) != 0) {
    const int reason = errno;
    FRAY_CHECK(reason != ENOENT || lstat(at, &info) != 0, err, INPUT,
               "%s %s: %s is a link to something that is not there", option, path, at);
    return refuse(option, path, at, reason, err);
  }
  FRAY_CHECK(S_ISDIR(info.st_mode) || strcmp(at, path) != 0, err, INPUT,
             "%s %s exists and is not a folder", option, path);
  if (!S_ISDIR(info.st_mode))
    return refuse(option, path, at, ENOTDIR, err);
  if (beside && strcmp(at, path) == 0 && realpath(path, copy))
    strcpy(at, dirname(copy));
  sweep(at, "place");
  FRAY_TRY(draft_name(at, "place", probe, err));
  if (mkdir(probe, 0700) != 0)
    return refuse(option, path, at, errno, err);
  rmdir(probe);
  return FRAY_OK;
}

enum fray_status fray_place_check(const char *option, const char *path, struct fray_err *err) {
  return try_place(option, path, false, err);
}

enum fray_status fray_making_check(const char *target, struct fray_err *err) {
  return try_place("-o", target, true, err);
}

/* The part of a path that is there decides where the rest will lie. */
enum fray_status fray_place_apart(const char *option, const char *path, const char *folder,
                                  struct fray_err *err) {
  char at[4096], real[PATH_MAX], within[PATH_MAX];
  FRAY_CHECK(strlen(path) < sizeof at, err, INPUT, "%s: path too long: %.80s...", option, path);
  nearest(path, at);
  /* What is not there holds nothing; who reads it says so. */
  if (!realpath(at, real) || !fray_is_folder(folder) || !realpath(folder, within))
    return FRAY_OK;
  const size_t n = strcmp(within, "/") == 0 ? 0 : strlen(within);
  FRAY_CHECK(strncmp(real, within, n) != 0 || (real[n] != '/' && real[n] != '\0'), err, INPUT,
             "%s %s: lies in %s, which is read; take a place outside of it", option, path, folder);
  return FRAY_OK;
}

/* ---- folders in the making ---- */

/* A folder that is there is replaced where it really is; what is not has no other name yet. */
static enum fray_status find_target(const char *given, struct fray_making *m,
                                    struct fray_err *err) {
  char real[PATH_MAX];
  size_t n = strlen(given);
  while (n > 1 && given[n - 1] == '/')
    n--;
  FRAY_CHECK(n > 0 && n < sizeof m->target - 64, err, INPUT, "the path of the folder is %s",
             n ? "too long" : "empty");
  snprintf(m->target, sizeof m->target, "%.*s", (int)n, given);
  if (is_there(m->target)) {
    FRAY_CHECK(realpath(m->target, real) && strlen(real) < sizeof m->target - 64, err, INPUT,
               "%s: %s", m->target, strerror(errno));
    strcpy(m->target, real);
  }
  char copy[4096];
  strcpy(copy, m->target);
  strcpy(m->parent, dirname(copy));
  return FRAY_OK;
}

/* Of the place, for the claim and for drafts beside it. */
static const char *name_of(const struct fray_making *m) {
  const char *slash = strrchr(m->target, '/');
  return slash ? slash + 1 : m->target;
}

/* The first part of the path that is not there. What is made on the way is removed again if the
 * work fails. */
static void find_missing(const char *path, char out[4096]) {
  char copy[4096], up[4096];
  out[0] = '\0';
  strcpy(up, path);
  while (!is_there(up)) {
    strcpy(out, up);
    strcpy(copy, up);
    strcpy(up, dirname(copy));
  }
}

/* Only those that this maker made, and only as long as they are empty. */
static void remove_parents(struct fray_making *m) {
  char copy[4096], path[4096];
  if (!m->made[0])
    return;
  strcpy(path, m->parent);
  while (rmdir(path) == 0 && strcmp(path, m->made) != 0) {
    strcpy(copy, path);
    strcpy(path, dirname(copy));
  }
  m->made[0] = '\0';
}

static enum fray_status begin(struct fray_making *m, struct fray_err *err) {
  find_missing(m->parent, m->made);
  struct fray_err why = {0};
  FRAY_CHECK(fray_make_folders(m->parent, &why) == FRAY_OK, err, INPUT, "-o: %s", why.text);
  /* First the name, then the work: a second maker is told at once, not after an hour. */
  FRAY_TRY(fray_claim(m->parent, name_of(m), &m->claim, err));
  FRAY_TRY(fray_private_open(m->parent, name_of(m), &m->beside, err));
  FRAY_TRY(fray_folder_path(m->beside.path, NEW, m->path, err));
  FRAY_CHECK(mkdir(m->path, 0777) == 0, err, IO, "cannot create %s: %s", m->target,
             strerror(errno));
  return FRAY_OK;
}

/* From here on the place is claimed, and a private folder beside it waits for what is made. */
enum fray_status fray_making_open(const char *target, struct fray_making *making,
                                  struct fray_err *err) {
  *making = (struct fray_making){.beside = {.lock = -1}, .claim = -1};
  FRAY_TRY(fray_making_check(target, err));
  FRAY_TRY(find_target(target, making, err));
  enum fray_status status = begin(making, err);
  if (status != FRAY_OK)
    fray_making_drop(making);
  return status;
}

/* Also after success: then the private folder holds what was replaced, if anything. */
void fray_making_drop(struct fray_making *m) {
  if (!m->parent[0])
    return;
  fray_private_close(&m->beside);
  fray_claim_end(m->parent, name_of(m), m->claim);
  m->claim = -1;
  remove_parents(m);
}

void fray_making_blame(const struct fray_making *making, struct fray_err *err) {
  draft_blame(making->path, making->target, err);
}

/* File systems without such a rename say one of these. */
static bool is_unknown(int reason) {
  /* NOLINTNEXTLINE(misc-redundant-expression): the last two are one on Linux only */
  return reason == EINVAL || reason == ENOSYS || reason == ENOTSUP || reason == EOPNOTSUPP;
}

/* Without it, for a moment there is neither folder; who is killed then leaves the old one in the
 * private folder, where the next one finds it. */
static int exchange(struct fray_making *m) {
  char old[4096];
  if (renameat2(AT_FDCWD, m->path, AT_FDCWD, m->target, RENAME_EXCHANGE) == 0)
    return 0;
  if (!is_unknown(errno) || fray_folder_path(m->beside.path, OLD, old, NULL) != FRAY_OK)
    return -1;
  if (rename(m->target, old) != 0)
    return -1;
  if (rename(m->path, m->target) == 0)
    return 0;
  int reason = errno;
  if (rename(old, m->target) != 0)
    fray_warn("the former %s is now %s", m->target, old);
  errno = reason;
  return -1;
}

/* A folder takes the place of an empty one, or of none, and never of more. */
static int put_new(const struct fray_making *m) {
  if (renameat2(AT_FDCWD, m->path, AT_FDCWD, m->target, RENAME_NOREPLACE) == 0)
    return 0;
  if (is_unknown(errno) || errno == EEXIST)
    return rename(m->path, m->target);
  return -1;
}

/* The folder is synced first: after a crash its name must not lead to half of it. */
enum fray_status fray_making_publish(struct fray_making *m, bool replaces, struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  const bool exchanges = replaces && is_there(m->target);
  if (draft_sync(m->path) != 0)
    status = fray_fail(err, FRAY_IO, "cannot write %s: %s", m->target, strerror(errno));
  else if ((exchanges ? exchange(m) : put_new(m)) != 0)
    status = fray_fail(err, errno == ENOTEMPTY || errno == EEXIST ? FRAY_INPUT : FRAY_IO,
                       "cannot put %s in place: %s", m->target, strerror(errno));
  else
    m->made[0] = '\0'; /* they hold it now */
  if (status == FRAY_OK) {
    fray_deed(FRAY_DEED_WHOLE, m->target);
    status = draft_sync_parent(m->target, err);
  }
  fray_making_drop(m);
  return status;
}
