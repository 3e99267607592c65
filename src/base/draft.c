/* Files in the making: created under a name of their own, locked by their maker, renamed when
 * whole. Whoever looks at a name of a user finds the old file or the new one, never a part. What
 * dead makers left is known by its name and by the lock that nobody holds, and is removed. */
#include "draft_parts.h"

#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/memory.h"
#include "fray/base/size.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TAIL = 8, TRIES = 100, LONGEST = 200 }; /* LONGEST: of a name, so that the rest has room */
static const char mark[] = ".fray-";
static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567"; /* 32 */

/* Nobody can guess them, so nobody can have put a link there. */
static void draw_tail(char tail[TAIL + 1]) {
  unsigned char bytes[TAIL];
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const unsigned long long seed =
        (unsigned long long)now.tv_nsec * 2654435761U + (unsigned long long)getpid();
    /* Without a source of randomness names may be guessed, but O_EXCL still refuses a link. */
    memcpy(bytes, &seed, sizeof bytes);
  }
  for (int i = 0; i < TAIL; i++)
    tail[i] = letters[bytes[i] & 31];
  tail[TAIL] = '\0';
}

/* A dot in front hides it from listings and patterns (listing.c). */
enum fray_status draft_name(const char *folder, const char *name, char out[4096],
                            struct fray_err *err) {
  char tail[TAIL + 1];
  draw_tail(tail);
  const char *slash = *folder && folder[strlen(folder) - 1] != '/' ? "/" : "";
  int n = snprintf(out, 4096, "%s%s.%.*s%s%s", folder, slash, LONGEST, name, mark, tail);
  FRAY_CHECK(n > 0 && n < 4096, err, INPUT, "path too long: %.80s...", folder);
  return FRAY_OK;
}

/* The form alone; whether somebody still works on it, its lock says. */
bool fray_is_draft(const char *name) {
  const size_t n = strlen(name), end = TAIL + sizeof mark - 1;
  return name[0] == '.' && n > end && strncmp(name + n - end, mark, sizeof mark - 1) == 0 &&
         strspn(name + n - TAIL, letters) == TAIL;
}

/* Long names are cut in a draft's name, so two of them may share drafts: a sweep then asks the
 * lock. */
bool draft_is_of(const char *entry, const char *name) {
  const size_t n = strlen(name), length = FRAY_MIN(n, (size_t)LONGEST);
  return fray_is_draft(entry) && strlen(entry) == 1 + length + sizeof mark - 1 + TAIL &&
         strncmp(entry + 1, name, length) == 0;
}

/* A file system without locks holds for everybody. Between open and lock a sweep may have removed
 * the file. */
bool draft_hold(int file) {
  struct stat info;
  if (flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return false;
  return fstat(file, &info) == 0 && info.st_nlink > 0;
}

/* FOLDER/ of a path, "" for a name alone. */
static void split(const char *path, char folder[4096], const char **name) {
  const char *slash = strrchr(path, '/');
  snprintf(folder, 4096, "%.*s", slash ? (int)(slash - path) + 1 : 0, path);
  *name = slash ? slash + 1 : path;
}

/* That the folder is no longer there says more than what the system says then. */
static enum fray_status fail_write(const char *target, int reason, struct fray_err *err) {
  FRAY_TRY(lock_check(target, err));
  return fray_fail(err, FRAY_IO, "cannot write %s: %s", target, strerror(reason));
}

enum fray_status fray_draft_open(const char *target, struct fray_draft *draft,
                                 struct fray_err *err) {
  char folder[4096];
  const char *name;
  draft->file = -1;
  FRAY_CHECK(strlen(target) < sizeof draft->target, err, INPUT, "path too long: %.80s...", target);
  FRAY_TRY(lock_check(target, err));
  strcpy(draft->target, target);
  split(target, folder, &name);
  /* A name is taken by chance, or by a sweep that took the fresh file for a dead one's: another
   * name then. */
  for (int i = 0; i < TRIES; i++) {
    FRAY_TRY(draft_name(folder, name, draft->path, err));
    int file = open(draft->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file >= 0 && draft_hold(file)) {
      draft->file = file;
      return FRAY_OK;
    }
    if (file >= 0)
      close(file);
    else if (errno != EEXIST)
      return fail_write(target, errno, err);
  }
  return fray_fail(err, FRAY_IO, "cannot write %s: every name beside it is taken", target);
}

void fray_draft_drop(struct fray_draft *draft) {
  if (draft->file < 0)
    return;
  unlink(draft->path);
  close(draft->file);
  draft->file = -1;
}

/* write may take less than it is given, and be interrupted by a signal that asks for a stop. */
enum fray_status fray_draft_write(const struct fray_draft *draft, const void *data, size_t size,
                                  struct fray_err *err) {
  const char *from = data;
  while (size) {
    ssize_t n = write(draft->file, from, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fail_write(draft->target, n < 0 ? errno : ENOSPC, err);
    from += n;
    size -= (size_t)n;
  }
  return FRAY_OK;
}

/* Some file systems refuse to sync; that is no fault of the run. An error of sync other than these
 * means that bytes are lost. */
static int sync_file(int file) {
  return fsync(file) != 0 && errno != EINVAL && errno != ENOTSUP ? -1 : 0;
}

/* For what another library wrote, HDF5 above all: it has closed the file, so it is opened once
 * more. */
int draft_sync(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  int result = file < 0 ? -1 : sync_file(file);
  int reason = errno;
  if (file >= 0)
    close(file);
  errno = reason;
  return result;
}

/* The name is an entry of the folder: without this a crash may leave the old file, or none. */
enum fray_status draft_sync_parent(const char *path, struct fray_err *err) {
  char parent[4096];
  FRAY_CHECK(strlen(path) < sizeof parent, err, INPUT, "path too long: %.80s...", path);
  strcpy(parent, path);
  FRAY_CHECK(draft_sync(dirname(parent)) == 0, err, IO, "cannot sync the folder of %s: %s", path,
             strerror(errno));
  return FRAY_OK;
}

/* The lock on the draft ends with close, after the rename: in no moment a sweep could take it. */
static enum fray_status publish(struct fray_draft *draft, bool sync, struct fray_err *err) {
  enum fray_status status = lock_check(draft->target, err);
  if (status == FRAY_OK &&
      ((sync && sync_file(draft->file) != 0) || rename(draft->path, draft->target) != 0))
    status = fail_write(draft->target, errno, err);
  if (status != FRAY_OK) {
    fray_draft_drop(draft);
    return status;
  }
  int closed = close(draft->file), reason = errno; /* where some file systems tell of a full disk */
  draft->file = -1;
  FRAY_CHECK(closed == 0, err, IO, "cannot write %s: %s", draft->target, strerror(reason));
  if (sync) /* what tells only of the moment is written by the thousand, and gone at the end */
    fray_deed(FRAY_DEED_WROTE, draft->target);
  return sync ? draft_sync_parent(draft->target, err) : FRAY_OK;
}

enum fray_status fray_draft_publish(struct fray_draft *draft, bool sync, struct fray_err *err) {
  enum fray_status status = fray_memory_check(err); /* nothing is shown that lacks what got none */
  if (status == FRAY_OK)
    return publish(draft, sync, err);
  fray_draft_drop(draft);
  return status;
}

enum fray_status fray_file_sync(const char *path, struct fray_err *err) {
  FRAY_CHECK(draft_sync(path) == 0, err, IO, "cannot write %s: %s", path, strerror(errno));
  return FRAY_OK;
}

/* What is not synced may be lost, or empty, when the machine stops. */
enum care { QUICK, SYNCED, LAST_WORDS };
static enum fray_status write_beside(const char *path, const void *data, size_t size,
                                     enum care care, struct fray_err *err) {
  struct fray_draft draft;
  FRAY_TRY(fray_draft_open(path, &draft, err));
  enum fray_status status = fray_draft_write(&draft, data, size, err);
  if (status == FRAY_OK)
    status = (care == SYNCED ? fray_draft_publish : publish)(&draft, care != QUICK, err);
  fray_draft_drop(&draft);
  return status;
}

enum fray_status fray_file_write(const char *path, const void *data, size_t size,
                                 struct fray_err *err) {
  /* Durable: what follows may rely on it after a crash of the machine. */
  return write_beside(path, data, size, SYNCED, err);
}

enum fray_status fray_file_replace(const char *path, const void *data, size_t size,
                                   struct fray_err *err) {
  /* For files that are written many times and tell only of the moment, such as status.json. */
  return write_beside(path, data, size, QUICK, err);
}

enum fray_status fray_file_write_last(const char *path, const void *data, size_t size,
                                      struct fray_err *err) {
  /* Without asking for lost memory: the state of a run that failed for want of it must be told. */
  return write_beside(path, data, size, LAST_WORDS, err);
}

/* Through memory: what the system could copy by itself differs by file system. */
static enum fray_status copy_bytes(int from, const char *name, const struct fray_draft *to,
                                   struct fray_err *err) {
  char block[1 << 16];
  for (;;) {
    ssize_t n = read(from, block, sizeof block);
    if (n < 0 && errno == EINTR)
      continue;
    FRAY_CHECK(n >= 0, err, IO, "cannot copy %s: %s", name, strerror(errno));
    if (n == 0)
      return FRAY_OK;
    FRAY_TRY(fray_draft_write(to, block, (size_t)n, err));
  }
}

/* As a draft, too: a cut copy must not look like the whole. */
enum fray_status fray_file_copy(const char *from, const char *to, struct fray_err *err) {
  struct fray_draft draft;
  int in = open(from, O_RDONLY | O_CLOEXEC);
  FRAY_CHECK(in >= 0, err, INPUT, "%s: %s", from, strerror(errno));
  enum fray_status status = fray_draft_open(to, &draft, err);
  if (status == FRAY_OK)
    status = copy_bytes(in, from, &draft, err);
  if (status == FRAY_OK)
    status = fray_draft_publish(&draft, true, err);
  close(in);
  fray_draft_drop(&draft);
  return status;
}

/* HDF5 and the system name the draft, which the user has never seen. */
void draft_blame(const char *path, const char *target, struct fray_err *err) {
  char *at = err && *path ? strstr(err->text, path) : NULL;
  if (!at)
    return;
  char rest[sizeof err->text];
  strcpy(rest, at + strlen(path));
  const size_t room = sizeof err->text - (size_t)(at - err->text);
  snprintf(at, room, "%.*s%s", (int)FRAY_MIN(room - 1, strlen(target)), target, rest);
}

void fray_draft_blame(const struct fray_draft *draft, struct fray_err *err) {
  draft_blame(draft->path, draft->target, err);
}

/* A file without a lock has no maker any more. */
static void sweep_file(int folder, const char *name) {
  struct stat info;
  int file = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0)
    return;
  if (fstat(file, &info) == 0 && S_ISREG(info.st_mode) && flock(file, LOCK_EX | LOCK_NB) == 0)
    unlinkat(folder, name, 0);
  close(file);
}

/* For folders in which the killed may have left files; those of living makers are locked. */
void fray_draft_sweep(const char *folder) {
  DIR *entries = opendir(folder);
  if (!entries)
    return;
  for (const struct dirent *e; (e = readdir(entries));)
    if (fray_is_draft(e->d_name))
      sweep_file(dirfd(entries), e->d_name);
  closedir(entries);
}
