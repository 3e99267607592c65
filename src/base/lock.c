/* Kernel locks: on a results folder while a run is at work in it, and on a name while something is
 * made under it. They end with the process that holds them, however it ends, so no stale lock has
 * to be recognised; on file systems without locks work goes on without them. */
#include "draft_parts.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_LENGTH = 4096 };
#define INSTANT 0.2 /* seconds that a look at a lock takes at most, by far */

/* The file may have gone, or moved, since it was opened; its lock is worth nothing there then. */
static bool is_still(int file, const char *path) {
  struct stat held, named;
  return fstat(file, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

/* ---- locks on folders ---- */

/* What this process holds, so that it notices when a folder is moved away under it, and does not
 * write into the one that took its place. */
static struct held {
  int file; /* 0: free */
  char folder[PATH_LENGTH], path[PATH_LENGTH];
} held[8];

/* Where the table is full the lock holds all the same; only a folder that moves goes unnoticed. */
static void remember(const char *folder, const char *path, int file) {
  for (size_t i = 0; i < FRAY_COUNT(held); i++)
    if (held[i].file == 0) {
      held[i].file = file;
      snprintf(held[i].folder, sizeof held[i].folder, "%s", folder);
      snprintf(held[i].path, sizeof held[i].path, "%s", path);
      return;
    }
}

/* The lock on a folder that a path lies in, or is; NULL. */
static const struct held *find_held(const char *path) {
  for (size_t i = 0; i < FRAY_COUNT(held); i++) {
    const size_t n = held[i].file ? strlen(held[i].folder) : 0;
    if (n && strncmp(path, held[i].folder, n) == 0 && (path[n] == '/' || path[n] == '\0'))
      return &held[i];
  }
  return NULL;
}

/* Asked before every write: a folder that was moved away would be made anew at its old place, with
 * half of a run in it. */
enum fray_status lock_check(const char *path, struct fray_err *err) {
  const struct held *lock = find_held(path);
  FRAY_CHECK(!lock || is_still(lock->file, lock->path), err, IO,
             "%s was moved, removed or replaced while fray was at work in it", lock->folder);
  return FRAY_OK;
}

/* An error of the disk says "no such file"; that the folder was taken away says why. */
void fray_lock_blame(const char *folder, struct fray_err *err) {
  struct fray_err why = {0};
  if (lock_check(folder, &why) != FRAY_OK && !strstr(err->text, why.text)) {
    fray_at(err, "%s", why.text);
    err->status = why.status;
  }
}

bool fray_lock_where(const char *folder, char out[4096]) {
  const struct held *lock = find_held(folder);
  char link[64];
  snprintf(out, 4096, "%s", folder);
  if (!lock || is_still(lock->file, lock->path))
    return true;
  /* The kernel knows where the file of the lock lies now, whatever it was called when it was
   * opened. */
  snprintf(link, sizeof link, "/proc/self/fd/%d", lock->file);
  ssize_t n = readlink(link, out, 4095);
  out[n > 0 ? n : 0] = '\0';
  char *slash = strrchr(out, '/');
  if (!slash || !is_still(lock->file, out)) /* the kernel adds a remark to what was removed */
    return false;
  *slash = '\0';
  return true;
}

enum fray_status fray_lock(const char *folder, const char *name, bool shared, double seconds,
                           int *handle, struct fray_err *err) {
  char path[PATH_LENGTH];
  int n = snprintf(path, sizeof path, "%s/%s", folder, name);
  FRAY_CHECK(n > 0 && (size_t)n < sizeof path, err, INPUT, "path too long: %.80s...", folder);
  int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  /* A folder that may not be written is a wrong choice; other failures are the disk's. */
  const bool forbidden = fd < 0 && (errno == EROFS || errno == EACCES || errno == EPERM);
  FRAY_CHECK(!forbidden, err, INPUT, "%s may not be written: %s", path, strerror(errno));
  FRAY_CHECK(fd >= 0, err, IO, "cannot open %s: %s", path, strerror(errno));
  /* Asked again and again instead of waiting in the kernel: a run that hangs must be told of, not
   * waited for. */
  for (double end = fray_seconds() + fmax(seconds, INSTANT);
       flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0;) {
    int reason = errno;
    if (reason != EWOULDBLOCK && reason != EINTR) {
      close(fd);
      return fray_fail(err, FRAY_IO, "cannot lock %s: %s", path, strerror(reason));
    }
    if (fray_seconds() >= end) {
      close(fd);
      return fray_fail(err, FRAY_INPUT, "%s: another run is using this folder", folder);
    }
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
  }
  remember(folder, path, fd);
  *handle = fd;
  return FRAY_OK;
}

/* Closing lets go of the lock; the file stays, since removing it would race with who takes it
 * next. */
void fray_unlock(int handle) {
  if (handle < 0)
    return;
  for (size_t i = 0; i < FRAY_COUNT(held); i++)
    if (held[i].file == handle)
      held[i].file = 0;
  close(handle);
}

/* For onlookers: they take the shared lock for a moment and may not make the file. */
enum fray_lock_state fray_lock_look(const char *folder) {
  char path[PATH_LENGTH];
  int n = snprintf(path, sizeof path, "%s/lock", folder);
  if (n <= 0 || (size_t)n >= sizeof path)
    return FRAY_LOCK_UNKNOWN;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT ? FRAY_LOCK_FREE : FRAY_LOCK_UNKNOWN;
  enum fray_lock_state state = FRAY_LOCK_FREE;
  if (flock(fd, LOCK_SH | LOCK_NB) != 0)
    state = errno == EWOULDBLOCK ? FRAY_LOCK_HELD : FRAY_LOCK_UNKNOWN;
  close(fd);
  return state;
}

/* ---- claims on names ---- */

/* Of one length, whatever the name's. */
static enum fray_status claim_path(const char *folder, const char *name, char path[4096],
                                   struct fray_err *err) {
  int n = snprintf(path, 4096, "%s/.fray-%016llx.lock", folder,
                   (unsigned long long)fray_hash64(name, strlen(name)));
  FRAY_CHECK(n > 0 && n < 4096, err, INPUT, "path too long: %.80s...", folder);
  return FRAY_OK;
}

bool fray_is_claim(const char *name) {
  enum { BEFORE = 6, DIGITS = 16 }; /* of the name above */
  return strncmp(name, ".fray-", BEFORE) == 0 &&
         strspn(name + BEFORE, "0123456789abcdef") == DIGITS &&
         strcmp(name + BEFORE + DIGITS, ".lock") == 0;
}

/* Only an empty regular file may be taken for a claim: everything else is somebody's data. */
static enum fray_status open_claim(const char *path, int *file, struct fray_err *err) {
  struct stat info;
  *file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  FRAY_CHECK(*file >= 0 || (errno != ENOSPC && errno != EDQUOT), err, IO, "cannot write %s: %s",
             path, strerror(errno));
  FRAY_CHECK(*file >= 0, err, INPUT, "%s may not be written: %s", path, strerror(errno));
  if (fstat(*file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0)
    return FRAY_OK;
  close(*file);
  return fray_fail(err, FRAY_INPUT, "%s is in the way: fray did not make it", path);
}

enum fray_status fray_claim(const char *folder, const char *name, int *handle,
                            struct fray_err *err) {
  enum { TRIES = 1000 };
  char path[4096];
  FRAY_TRY(claim_path(folder, name, path, err));
  for (int i = 0; i < TRIES; i++) {
    int file;
    FRAY_TRY(open_claim(path, &file, err));
    /* A file system without locks gives another reason than EWOULDBLOCK: then nobody can be kept
     * out, and work goes on. */
    const bool taken = flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    /* Between open and flock the holder may have ended and removed the file: a lock on that says
     * nothing. */
    if (!taken && is_still(file, path)) {
      *handle = file;
      return FRAY_OK;
    }
    close(file);
    FRAY_CHECK(!taken, err, INPUT, "another fray is writing %s/%s", folder, name);
  }
  return fray_fail(err, FRAY_IO, "%s changes all the time", path);
}

void fray_claim_end(const char *folder, const char *name, int handle) {
  char path[4096];
  if (handle < 0)
    return;
  if (claim_path(folder, name, path, NULL) == FRAY_OK && is_still(handle, path))
    unlink(path); /* while it is held: who opened it before finds out by is_still */
  close(handle);
}
