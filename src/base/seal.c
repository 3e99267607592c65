/* Seals of files: their hash and size in a first block of text, in front of what HDF5 wrote. A file
 * that fray wrote and that changed since, by a bad disk or a hand, is recognised before a number of
 * it is used; people can read what it is with any pager. */
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

/* HDF5 begins with its signature and the version of its first block; in version 0, which it writes
 * unless told otherwise, two numbers of eight bytes say where the file begins and where it ends. */
enum { BLOCK = 1 << 17, VERSION_AT = 8, BEGIN_AT = 24, END_AT = 40, HEAD = 48 };
/* From this size on a file must not be mostly holes; a file system that packs well packs less. */
enum { LARGEST_HOLES = 1 << 30, MOST_PACKED = 64, DISK_BLOCK = 512 };
static const char mark[] = "fray-seal ";
enum { HASH_AT = sizeof "fray-seal 1\nxxh3-128 " - 1 };

/* Never waits: a FIFO is opened and then refused, as is all that is no plain file. */
static enum fray_status open_file(const char *path, int flags, int *out, uint64_t *size,
                                  struct fray_err *err) {
  struct stat info;
  int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) /* a process without files to open says nothing about the file */
    return fray_fail(err, errno == EMFILE || errno == ENFILE || errno == EIO ? FRAY_IO : FRAY_INPUT,
                     "%s: %s", path, strerror(errno));
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(fd);
    return fray_fail(err, FRAY_INPUT, "%s: not a regular file", path);
  }
  /* Terabytes of nothing cost who made them nothing, and who reads them hours. */
  if (info.st_size > LARGEST_HOLES && info.st_blocks < info.st_size / MOST_PACKED / DISK_BLOCK) {
    close(fd);
    return fray_fail(err, FRAY_INPUT, "%s: mostly holes: %lld bytes, of which %lld are on the disk",
                     path, (long long)info.st_size, (long long)info.st_blocks * DISK_BLOCK);
  }
  *out = fd;
  *size = (uint64_t)info.st_size;
  return FRAY_OK;
}

/* Of all bytes from `from` on. */
static enum fray_status hash_rest(int fd, const char *path, uint64_t from, char out[33],
                                  struct fray_err *err) {
  /* In blocks: a file of results may be larger than memory. */
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

/* The block was left free when HDF5 made the file (a user block), so nothing moves. */
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
  /* A file without a mark is no error: shards of other writers and results of older programs have
   * none. */
  *sealed = (size_t)n >= strlen(mark) && memcmp(is, mark, strlen(mark)) == 0;
  if (!*sealed)
    return FRAY_OK;
  /* First with the hash that it claims: a file of another size need not be read. */
  snprintf(hash, sizeof hash, "%.32s", n == FRAY_SEAL_BYTES ? is + HASH_AT : "");
  put_block(hash, size, block);
  bool good = n == FRAY_SEAL_BYTES && memcmp(is, block, FRAY_SEAL_BYTES) == 0;
  if (good) {
    FRAY_TRY(hash_rest(fd, path, FRAY_SEAL_BYTES, hash, err));
    put_block(hash, size, block);
    good = memcmp(is, block, FRAY_SEAL_BYTES) == 0;
  }
  FRAY_CHECK(good, err, INPUT, "%s: damaged or changed: not the bytes that its seal speaks of",
             path);
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

/* For the list of checksums: of a whole file, text or not. */
enum fray_status fray_file_hash(const char *path, char out[33], struct fray_err *err) {
  uint64_t size = 0;
  int fd = -1;
  FRAY_TRY(open_file(path, O_RDONLY, &fd, &size, err));
  enum fray_status status = hash_rest(fd, path, 0, out, err);
  close(fd);
  return status;
}

/* ---- the same, with a seal or without ---- */

struct side {
  int fd;
  uint64_t from; /* where HDF5's part begins */
};

/* The mark alone decides: whether the seal is right is asked elsewhere. */
static enum fray_status open_side(const char *path, struct side *out, struct fray_err *err) {
  char is[sizeof mark - 1];
  uint64_t size;
  FRAY_TRY(open_file(path, O_RDONLY, &out->fd, &size, err));
  const bool sealed =
      pread(out->fd, is, sizeof is, 0) == (ssize_t)sizeof is && memcmp(is, mark, sizeof is) == 0;
  out->from = sealed ? FRAY_SEAL_BYTES : 0;
  return FRAY_OK;
}

/* Up to BLOCK bytes; fewer only at the end. -1: cannot be read. */
static ssize_t read_block(const struct side *side, uint64_t at, unsigned char *block) {
  size_t got = 0;
  while (got < BLOCK) {
    ssize_t n = pread(side->fd, block + got, BLOCK - got, (off_t)(side->from + at + got));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (n == 0)
      break;
    got += (size_t)n;
  }
  return (ssize_t)got;
}

/* As if HDF5's part began the file. The version of the superblock must be 0: others hold the
 * numbers elsewhere, and are compared as they are. */
static void set_back(unsigned char *head, uint64_t by) {
  static const size_t at[] = {BEGIN_AT, END_AT};
  if (head[VERSION_AT] != 0)
    return;
  for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
    uint64_t number = 0;
    for (size_t k = 8; k-- > 0;)
      number = number << 8 | head[at[i] + k];
    number -= by;
    for (size_t k = 0; k < 8; k++)
      head[at[i] + k] = (unsigned char)(number >> 8 * k);
  }
}

/* block: 2 * BLOCK. */
static bool same_content(const struct side *a, const struct side *b, unsigned char *block) {
  ssize_t n, m;
  uint64_t at = 0;
  do {
    n = read_block(a, at, block);
    m = read_block(b, at, block + BLOCK);
    /* One has a seal and the other has not: HDF5 wrote the same file, but counted from another
     * byte. */
    if (at == 0 && a->from != b->from && n >= HEAD && m >= HEAD) {
      set_back(block, a->from);
      set_back(block + BLOCK, b->from);
    }
    if (n < 0 || n != m || memcmp(block, block + BLOCK, (size_t)n) != 0)
      return false;
    at += (uint64_t)n;
  } while (n > 0);
  return true;
}

/* For a merge of folders of which one was written by an older program: the same trial must count as
 * the same. */
enum fray_status fray_seal_same(const char *a, const char *b, bool *same, struct fray_err *err) {
  struct side left = {-1, 0}, right = {-1, 0};
  unsigned char *block = malloc((size_t)2 * BLOCK);
  enum fray_status status =
      block ? open_side(a, &left, err) : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK)
    status = open_side(b, &right, err);
  if (status == FRAY_OK)
    *same = same_content(&left, &right, block);
  if (left.fd >= 0)
    close(left.fd);
  if (right.fd >= 0)
    close(right.fd);
  free(block);
  return status;
}
