/* Files, groups and links of HDF5, and what keeps the library from waiting, following, printing and
 * cleaning up by itself. Everything that is made here has no times, so that the same content gives
 * the same bytes. */
#include "h5_served.h"

#include "fray/base/memory.h"
#include "fray/base/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* FILE: /path, as every message here names a thing; "." is the root, which has no name. */
const char *h5_place(hid_t loc, const char *path, char out[H5_PLACE]) {
  char file[400];
  if (H5Fget_name(loc, file, sizeof file) < 0)
    strcpy(file, "(file)");
  bool root = strcmp(path, ".") == 0;
  snprintf(out, H5_PLACE, "%s: %s%.200s", file, path[0] == '/' || root ? "" : "/",
           root ? "/" : path);
  return out;
}

/* HDF5 tells of a failed call of the system with its name, time, addresses and sizes; what is of
 * use there is the system's own reason. */
static herr_t first_reason(unsigned n, const H5E_error2_t *entry, void *out) {
  static const char before[] = "error message = '";
  if (n != 0 || !entry->desc)
    return 0;
  const char *reason = strstr(entry->desc, before);
  if (reason)
    reason += sizeof before - 1;
  const char *text = reason ? reason : entry->desc;
  snprintf((char *)out, H5_REASON, "%.*s", (int)strcspn(text, reason ? "'\n" : "\n"), text);
  return 0;
}

const char *h5_reason(char out[H5_REASON]) {
  strcpy(out, "HDF5 gives no reason");
  /* Upward: the innermost call comes first, and it alone knows what the system said. */
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first_reason, out);
  return out;
}

/* Many readers have an answer to a file that cannot be read, which is not meant for a disk that
 * fails or for want of memory: both are noted, as they are of the program's own calls. HDF5 calls
 * this whenever one of its functions fails. */
static herr_t note_reason(unsigned n, const H5E_error2_t *entry, void *unused) {
  (void)n, (void)unused;
  if (entry->desc && strstr(entry->desc, "memory allocation failed"))
    fray_memory_note("HDF5", ENOMEM);
  else if (entry->desc && (strstr(entry->desc, strerror(EIO)) || strstr(entry->desc, "stat info")))
    fray_memory_note("HDF5", EIO);
  return 0;
}

static herr_t note_error(hid_t stack, void *unused) {
  (void)unused;
  return H5Ewalk2(stack, H5E_WALK_UPWARD, note_reason, NULL);
}

/* Each file that is opened has a table of its metadata of 1.5 MiB. HDF5 keeps such a block for the
 * next file only below these limits; else each opening has memory of the system, which a machine
 * that gives pages slowly may take milliseconds for. The others are HDF5's own. */
static void keep_tables(void) {
  H5set_free_list_limits(8 << 20, 4 << 20, 4 << 20, 256 << 10, 16 << 20, 1 << 20);
}

/* What could not be written stays open inside HDF5, where a limit of file sizes holds for h5_divert
 * as well; its clean-up at the end of the process then follows freed memory. Here every file is
 * closed by its owner, so nothing is left to be cleaned up. */
void h5_quiet(void) {
  static bool is_closed;
  if (!is_closed) {
    H5dont_atexit(); /* counts before its first call only */
    keep_tables();
  }
  /* HDF5 prints its stack to stderr unless told not to; what is of use of it stands in our
   * messages and notes. */
  H5Eset_auto2(H5E_DEFAULT, note_error, NULL);
  /* Once the class of external links is unknown, nothing follows one by any way: not into a file of
   * somebody else, not into a FIFO that never answers. Links of users' classes are unknown anyway.
   */
  if (!is_closed)
    is_closed = H5Lunregister(H5L_TYPE_EXTERNAL) >= 0;
}

/* HDF5's signature stands at byte 0, or where a user block of a power of two from 512 on ends. */
static bool begins_as_hdf5(int fd) {
  static const char signature[] = "\211HDF\r\n\032\n";
  char is[sizeof signature - 1];
  for (off_t at = 0; pread(fd, is, sizeof is, at) == (ssize_t)sizeof is; at = at ? 2 * at : 512)
    if (memcmp(is, signature, sizeof is) == 0)
      return true;
  return false;
}

/* HDF5 takes a signal that came while it opened a file for a fault of the file. */
static bool was_interrupted(hid_t result) {
  char reason[H5_REASON];
  return result < 0 && strcmp(h5_reason(reason), strerror(EINTR)) == 0;
}

/* How files are opened for writing. Some cluster file systems have no locks. What was forgotten in
 * a file is closed with it: no handle can outlive it.
 *
 * Values go to the file in the call that writes them, and not into a buffer of HDF5's
 * that is emptied when a data set is closed: what only closing finds out, nobody could handle. To
 * flush each data set would say as much, but walks through all metadata that the file holds in
 * memory, which is quadratic in the number of data sets. */
static hid_t writers_access(void) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_file_locking(access, false, true);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  H5Pset_sieve_buf_size(access, 0);
  H5Pset_cache(access, 0, 0, 0, 0.0); /* of chunks; that of metadata is not set here */
  return access;
}

/* HDF5 keeps what it knows of objects, up to 32 MiB as it counts them. Of a file that is read once
 * from end to end none of that is asked for again: the reader of 1,500 trainings held 119 MB with
 * it and holds 32 without. */
static void keep_little(hid_t access) {
  enum { MOST = 1 << 20 };
  H5AC_cache_config_t config = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
  if (H5Pget_mdc_config(access, &config) < 0)
    return;
  config.set_initial_size = true;
  config.initial_size = config.max_size = MOST;
  config.min_size = MOST / 2;
  H5Pset_mdc_config(access, &config);
}

/* HDF5's names of intents are calls that start it, so they stand behind h5_quiet. */
enum fray_status h5_here_open(int fd, const char *path, hid_t *out, struct fray_err *err) {
  char reason[H5_REASON];
  h5_quiet();
  FRAY_CHECK(begins_as_hdf5(fd), err, INPUT, "%s: not an HDF5 file", path);
  hid_t access = h5_driver_access(fd);
  /* What was forgotten in it is closed with the file: no handle can outlive it. */
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  keep_little(access);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
  h5_reason(reason); /* before the next call forgets it */
  H5Pclose(access);
  FRAY_CHECK(file >= 0, err, INPUT, "%s: cannot be opened as HDF5: %s", path, reason);
  *out = file;
  return FRAY_OK;
}

/* For the one writer into a file that is there: it writes into a copy of its own, which nobody else
 * has open. The confined reader goes first, so that this process opens nothing that ends a reader.
 */
enum fray_status fray_h5_open_update(const char *path, fray_h5 *out, struct fray_err *err) {
  char reason[H5_REASON];
  fray_h5 looked = -1;
  h5_quiet();
  FRAY_TRY(fray_h5_open(path, &looked, err));
  fray_h5_close(looked, NULL);
  hid_t file, access = writers_access();
  do
    file = H5Fopen(path, H5F_ACC_RDWR, access);
  while (was_interrupted(file));
  h5_reason(reason);
  H5Pclose(access);
  FRAY_CHECK(file >= 0, err, INPUT, "%s: cannot be opened as HDF5: %s", path, reason);
  *out = file;
  return FRAY_OK;
}

/* HDF5 follows links and empties what is there, so the file is made first: a new one in place of
 * any that is there, or the empty draft that the caller has made of it. Not the file of somebody
 * else, not one with a second name, not a link. */
static enum fray_status make_file(const char *path, struct fray_err *err) {
  /* A draft is recognised by being empty and ours. */
  struct stat info;
  if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0 &&
      info.st_uid == geteuid() && info.st_nlink == 1)
    return FRAY_OK;
  unlink(path);
  int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  FRAY_CHECK(file >= 0, err, IO, "cannot create %s: %s", path, strerror(errno));
  close(file);
  return FRAY_OK;
}

/* Sealed or as HDF5 files begin by nature, which those of older programs do. The mark may be
 * damaged itself; then the file begins like neither of the two. */
static enum fray_status check_own(const char *path, bool *is_sealed, struct fray_err *err) {
  static const char signature[] = "\211HDF\r\n\032\n";
  char first[sizeof signature - 1];
  FRAY_TRY(fray_seal_check(path, is_sealed, err));
  if (*is_sealed)
    return FRAY_OK;
  FILE *file = fopen(path, "rb");
  FRAY_CHECK(file, err, INPUT, "%s: %s", path, strerror(errno));
  bool good = fread(first, 1, sizeof first, file) == sizeof first &&
              memcmp(first, signature, sizeof first) == 0;
  fclose(file);
  FRAY_CHECK(good, err, INPUT, "%s: damaged or cut: neither a seal nor an HDF5 file", path);
  return FRAY_OK;
}

enum fray_status fray_h5_open_sealed(const char *path, bool *is_sealed, fray_h5 *out,
                                     struct fray_err *err) {
  FRAY_TRY(check_own(path, is_sealed, err));
  return fray_h5_open(path, out, err);
}

static enum fray_status create(const char *path, hsize_t user_block, fray_h5 *out,
                               struct fray_err *err) {
  char reason[H5_REASON];
  h5_quiet();
  FRAY_TRY(make_file(path, err));
  hid_t access = writers_access();
  hid_t properties = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_obj_track_times(properties, false); /* same content, same bytes */
  /* Free bytes in front of HDF5's part, for the seal. */
  H5Pset_userblock(properties, user_block);
  hid_t file;
  do
    file = H5Fcreate(path, H5F_ACC_TRUNC, properties, access);
  while (was_interrupted(file));
  h5_reason(reason);
  H5Pclose(properties);
  H5Pclose(access);
  FRAY_CHECK(file >= 0, err, IO, "cannot create %s: %s", path, reason);
  *out = file;
  return FRAY_OK;
}

enum fray_status fray_h5_create(const char *path, fray_h5 *out, struct fray_err *err) {
  return create(path, 0, out, err);
}

/* The seal itself is written when the file is closed and whole. */
enum fray_status fray_h5_create_sealed(const char *path, fray_h5 *out, struct fray_err *err) {
  return create(path, FRAY_SEAL_BYTES, out, err);
}

/* After a failed write HDF5 keeps what it could not write and tries again whenever it closes
 * something. From here on it writes into memory that nobody reads; the draft is dropped by its
 * owner. */
void h5_divert(hid_t object) {
  void *handle = NULL;
  int cause = errno, memory = memfd_create("fray-h5", MFD_CLOEXEC);
  hid_t file = H5Iget_file_id(object);
  if (memory >= 0 && H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) >= 0 && handle)
    dup2(memory, *(const int *)handle);
  if (memory >= 0)
    close(memory);
  H5Fclose(file); /* the count that H5Iget_file_id took */
  errno = cause;  /* for the caller's message */
}

enum fray_status h5_here_close(fray_h5 file, struct fray_err *err) {
  char place[H5_PLACE], reason[H5_REASON];
  if (file <= 0)
    return FRAY_OK;
  h5_place(file, "/", place);
  h5_forget(file);
  unsigned intent = 0;
  H5Fget_intent(file, &intent);
  /* Written out before it is closed: only then can a full disk be told with its reason. */
  bool flushed = !(intent & H5F_ACC_RDWR) || H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0;
  int cause = errno;
  if (!flushed) {
    h5_reason(reason);
    h5_divert(file);
  }
  bool closed = H5Fclose(file) >= 0;
  if (flushed && !closed)
    h5_reason(reason);
  if (!flushed)
    errno = cause; /* for the caller's message */
  FRAY_CHECK(flushed && closed, err, IO, "%s cannot be written: %s", place, reason);
  return FRAY_OK;
}

/* Groups on the way are made, and names are UTF-8 as everywhere here. */
hid_t h5_link_plist(void) {
  static hid_t plist = -1;
  if (plist < 0) {
    plist = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(plist, 1);
    H5Pset_char_encoding(plist, H5T_CSET_UTF8);
  }
  return plist;
}

/* Without times: the same content is the same bytes. */
hid_t h5_plain_plist(void) {
  static hid_t plist = -1;
  if (plist < 0) {
    plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(plist, false);
  }
  return plist;
}

/* A group that is there is left as it is: makers of several data sets need not ask. */
enum fray_status fray_h5_group(fray_h5 parent, const char *path, struct fray_err *err) {
  char place[H5_PLACE], reason[H5_REASON];
  if (h5_look(parent, path) == H5_HERE)
    return FRAY_OK;
  /* Without times, like everything else that is made here. */
  hid_t create = H5Pcreate(H5P_GROUP_CREATE);
  H5Pset_obj_track_times(create, false);
  hid_t group = H5Gcreate2(parent, path, h5_link_plist(), create, H5P_DEFAULT);
  h5_reason(reason);
  H5Pclose(create);
  FRAY_CHECK(group >= 0, err, IO, "%s: cannot be created: %s", h5_place(parent, path, place),
             reason);
  H5Gclose(group);
  return FRAY_OK;
}

/* A link that leads elsewhere or nowhere is there too: who reads it hears why it cannot be read.
 * Asked before optional parts are read. */
bool h5_here_has(fray_h5 parent, const char *path) {
  h5_quiet();
  return !h5_is_absent(parent, path);
}

/* Room for all is taken before HDF5 calls back, from where no error can be returned. */
struct member_list {
  struct fray_arena *arena;
  const char **names;
  size_t n, capacity;
};

/* A callback of HDF5: -1 ends the walk. */
static herr_t add_member(hid_t group, const char *name, const H5L_info_t *info, void *out) {
  (void)group, (void)info;
  struct member_list *list = out;
  /* The group grew since it was asked: then somebody writes into a file that is read. */
  if (list->n == list->capacity)
    return -1;
  list->names[list->n] = fray_arena_strdup(list->arena, name);
  return list->names[list->n++] ? 0 : -1;
}

enum fray_status h5_here_members(fray_h5 parent, const char *path, struct fray_arena *arena,
                                 const char ***names, size_t *n, struct fray_err *err) {
  char place[H5_PLACE];
  H5G_info_t info;
  h5_quiet();
  h5_place(parent, path, place);
  FRAY_TRY(h5_reach(parent, path, "no such group", err));
  hid_t group = H5Gopen2(parent, path, H5P_DEFAULT);
  FRAY_CHECK(group >= 0, err, INPUT, "%s: is not a group", place);
  struct member_list list = {.arena = arena};
  bool good = H5Gget_info(group, &info) >= 0;
  list.capacity = good ? (size_t)info.nlinks : 0;
  list.names = fray_arena_zero(arena, list.capacity + 1, sizeof *list.names);
  good = good && list.names &&
         /* In order of names, not of making: the order of a report must not depend on how a file
          * was written. */
         H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, add_member, &list) >= 0;
  H5Gclose(group);
  if (!list.names)
    return fray_fail(err, FRAY_MEMORY, "out of memory");
  if (!good)
    return fray_fail(err, h5_read_fault(), "%s: its members cannot be listed", place);
  *names = list.names;
  *n = list.n;
  return FRAY_OK;
}

/* Of the library that is linked, not of its headers. */
const char *fray_h5_version(void) {
  static char text[32];
  unsigned major = 0, minor = 0, release = 0;
  h5_quiet();
  H5get_libversion(&major, &minor, &release);
  snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
  return text;
}
