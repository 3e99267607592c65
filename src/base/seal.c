/* Seals of files: their hash and size in a first block of text. */
#include "fray/base/seal.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 17 };
static const char mark[] = "fray-seal ";

/* Never waits: a FIFO is opened and then refused, as is all that is no plain file. */
static enum fray_status open_file(const char *path, int flags, int *out, uint64_t *size,
                                  struct fray_err *err) {
  struct stat info;
  int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);
  FRAY_CHECK(fd >= 0, err, INPUT, "%s: %s", path, strerror(errno));
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(fd);
    return fray_fail(err, FRAY_INPUT, "%s: not a regular file", path);
  }
  *out = fd;
  *size = (uint64_t)info.st_size;
  return FRAY_OK;
}

/* Of all bytes from `from` on. */
static enum fray_status hash_rest(int fd, const char *path, uint64_t from, char out[33],
                                  struct fray_err *err) {
  struct fray_hash128_state *state = fray_hash128_begin();
  char *block = malloc(BLOCK);
  ssize_t n = 0;
  bool good = state && block;
  while (good && (n = pread(fd, block, BLOCK, (off_t)from)) != 0) {
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      break;
    fray_hash128_add(state, block, (size_t)n);
    from += (uint64_t)n;
  }
  int reason = errno;
  fray_hash128_hex(fray_hash128_end(state), out);
  free(block);
  FRAY_CHECK(good, err, MEMORY, "out of memory");
  FRAY_CHECK(n == 0, err, IO, "%s: cannot be read: %s", path, strerror(reason));
  return FRAY_OK;
}

/* The whole block, so that no bit of it can turn unseen. */
static void put_block(const char *hash, uint64_t size, char block[FRAY_SEAL_BYTES + 1]) {
  int n = snprintf(block, FRAY_SEAL_BYTES + 1,
                   "%s1\nxxh3-128 %s\nbytes %020" PRIu64 "\n"
                   "An HDF5 file of fray, which begins at byte %d. The hash is of all that follows "
                   "this block.\n",
                   mark, hash, size, FRAY_SEAL_BYTES);
  memset(block + n, '\n', (size_t)(FRAY_SEAL_BYTES - n));
}

enum fray_status fray_seal_write(const char *path, struct fray_err *err) {
  char hash[33], block[FRAY_SEAL_BYTES + 1];
  uint64_t size = 0;
  int fd = -1;
  FRAY_TRY(open_file(path, O_RDWR, &fd, &size, err));
  enum fray_status status = size < FRAY_SEAL_BYTES
                                ? fray_fail(err, FRAY_INTERNAL, "%s: no room for a seal", path)
                                : hash_rest(fd, path, FRAY_SEAL_BYTES, hash, err);
  if (status == FRAY_OK) {
    put_block(hash, size, block);
    if (pwrite(fd, block, FRAY_SEAL_BYTES, 0) != FRAY_SEAL_BYTES)
      status = fray_fail(err, FRAY_IO, "cannot write %s: %s", path, strerror(errno));
  }
  if (close(fd) != 0 && status == FRAY_OK)
    status = fray_fail(err, FRAY_IO, "cannot write %s: %s", path, strerror(errno));
  return status;
}

static enum fray_status check(int fd, const char *path, uint64_t size, bool *sealed,
                              struct fray_err *err) {
  char hash[33], block[FRAY_SEAL_BYTES + 1], is[FRAY_SEAL_BYTES];
  ssize_t n = pread(fd, is, FRAY_SEAL_BYTES, 0);
  FRAY_CHECK(n >= 0, err, IO, "%s: cannot be read: %s", path, strerror(errno));
  *sealed = (size_t)n >= strlen(mark) && memcmp(is, mark, strlen(mark)) == 0;
  if (!*sealed)
    return FRAY_OK;
  FRAY_TRY(hash_rest(fd, path, FRAY_SEAL_BYTES, hash, err));
  put_block(hash, size, block);
  FRAY_CHECK(n == FRAY_SEAL_BYTES && memcmp(is, block, FRAY_SEAL_BYTES) == 0, err, INPUT,
             "%s: damaged or changed: not the bytes that its seal speaks of", path);
  return FRAY_OK;
}

enum fray_status fray_seal_check(const char *path, bool *sealed, struct fray_err *err) {
  uint64_t size = 0;
  int fd = -1;
  *sealed = false;
  FRAY_TRY(open_file(path, O_RDONLY, &fd, &size, err));
  enum fray_status status = check(fd, path, size, sealed, err);
  close(fd);
  return status;
}

enum fray_status fray_file_hash(const char *path, char out[33], struct fray_err *err) {
  uint64_t size = 0;
  int fd = -1;
  FRAY_TRY(open_file(path, O_RDONLY, &fd, &size, err));
  enum fray_status status = hash_rest(fd, path, 0, out, err);
  close(fd);
  return status;
}
