/* HDF5's own way to a file is by its name, which a confined process cannot open. This driver reads
 * from a file that is open already, by pread, and writes nowhere. */
#include "h5_served.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As HDF5's own driver: offsets of files are signed. */
static const haddr_t most = ((haddr_t)1 << 63) - 1;

/* Of a file whose structures lead nowhere, or of the device that it lies on. */
static bool is_device;

/* HDF5 asks for what it knows of objects in pieces of a few hundred bytes, a hundred of them for
 * the results of one training, which lie side by side. LARGE: what is read as it is asked for. */
enum { WINDOW = 1 << 16, LARGE = 1 << 12 };

struct open_file {
  H5FD_t head; /* HDF5 fills it and hands it back */
  int fd;
  haddr_t end_of_addresses, end_of_file;
  uint64_t number; /* no other file has it, nor had */
  haddr_t last;    /* where the small piece before this one lay */
};

/* Two, since some of what is asked for lies in tables behind all results. The number is that of the
 * file, 0 before the first one. */
static struct window {
  uint64_t number;
  haddr_t first;
  size_t held;
  char bytes[WINDOW];
} windows[2];

/* HDF5 copies what belongs to a list of properties, so a number stands for the file there. */
struct given {
  int fd;
};

/* Only for reading, whatever is asked: the file behind the number was opened so. */
static H5FD_t *open_it(const char *name, unsigned flags, hid_t access, haddr_t maximum) {
  (void)name, (void)maximum;
  const struct given *given = H5Pget_driver_info(access);
  struct stat info;
  if (!given || (flags & H5F_ACC_RDWR) || fstat(given->fd, &info) != 0)
    return NULL;
  struct open_file *file = calloc(1, sizeof *file);
  if (!file)
    return NULL;
  static uint64_t opened;
  file->number = ++opened;
  file->fd = given->fd;
  file->end_of_file = (haddr_t)info.st_size;
  return &file->head;
}

/* The file itself is closed by who gave it: HDF5 may open one twice while it looks at it. */
static herr_t close_it(H5FD_t *file) {
  free(file);
  return 0;
}

/* What HDF5 may do to reads of neighbours, as with its own driver. */
static herr_t query(const H5FD_t *file, unsigned long *flags) {
  (void)file;
  *flags = H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE;
  return 0;
}

/* Asked and set by HDF5 alone, which counts room in files that it writes. */
static haddr_t end_of_addresses(const H5FD_t *file, H5FD_mem_t type) {
  (void)type;
  return ((const struct open_file *)file)->end_of_addresses;
}

static herr_t set_end_of_addresses(H5FD_t *file, H5FD_mem_t type, haddr_t end) {
  (void)type;
  ((struct open_file *)file)->end_of_addresses = end;
  return 0;
}

/* As it was when it was opened: a file that grows is not read any further. */
static haddr_t end_of_file(const H5FD_t *file, H5FD_mem_t type) {
  (void)type;
  return ((const struct open_file *)file)->end_of_file;
}

/* In the words of HDF5's own driver, from which h5_reason takes the system's. */
static herr_t say(const char *reason) {
  H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_IO, H5E_READERROR,
           "error message = '%s'", reason);
  return -1;
}

/* As much as there is, up to size bytes; -1: the device failed, and errno says how. */
static ssize_t read_all(int fd, char *to, size_t size, haddr_t at) {
  size_t got = 0;
  while (got < size) {
    const ssize_t n = pread(fd, to + got, size - got, (off_t)(at + got));
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

static bool holds(const struct window *w, const struct open_file *file, haddr_t at, size_t size) {
  return w->number == file->number && at >= w->first && at + size <= w->first + w->held;
}

/* A small piece out of a window, which is filled anew where the piece before it was near: a single
 * piece far from all others is not worth one. False: it is to be read by itself, also where the
 * file ends or cannot be read, so that errors are those of the piece. */
static bool take_from_window(struct open_file *file, haddr_t at, size_t size, void *out) {
  static size_t latest;
  const haddr_t apart = at > file->last ? at - file->last : file->last - at;
  file->last = at;
  if (!holds(&windows[latest], file, at, size))
    latest = !latest;
  struct window *w = &windows[latest];
  if (!holds(w, file, at, size)) {
    if (apart >= WINDOW)
      return false;
    w->number = file->number;
    w->first = at / LARGE * LARGE;
    const ssize_t n = read_all(file->fd, w->bytes, WINDOW, w->first);
    w->held = n > 0 ? (size_t)n : 0;
    if (!holds(w, file, at, size))
      return false;
  }
  memcpy(out, w->bytes + (at - w->first), size);
  return true;
}

/* Behind the end of the file there are zeros, as HDF5's own driver has it. */
static herr_t read_it(H5FD_t *head, H5FD_mem_t type, hid_t list, haddr_t at, size_t size,
                      void *out) {
  (void)type, (void)list;
  struct open_file *file = (struct open_file *)head;
  if (at > most || size > most - at)
    return say("an address beyond all files");
  if (size < LARGE && take_from_window(file, at, size, out))
    return 0;
  const ssize_t n = read_all(file->fd, out, size, at);
  if (n < 0) {
    is_device = true;
    return say(strerror(errno));
  }
  memset((char *)out + n, 0, size - (size_t)n);
  return 0;
}

/* HDF5 asks for one; nothing opens a file to write by this driver. */
static herr_t refuse_to_write(H5FD_t *file, H5FD_mem_t type, hid_t list, haddr_t at, size_t size,
                              const void *from) {
  (void)file, (void)type, (void)list, (void)at, (void)size, (void)from;
  return say("opened for reading only");
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)701, /* of those that HDF5 leaves to others */
#endif
    .name = "fray",
    .maxaddr = ((haddr_t)1 << 63) - 1,
    .fc_degree = H5F_CLOSE_WEAK,
    .fapl_size = sizeof(struct given),
    .open = open_it,
    .close = close_it,
    .query = query,
    .get_eoa = end_of_addresses,
    .set_eoa = set_end_of_addresses,
    .get_eof = end_of_file,
    .read = read_it,
    .write = refuse_to_write,
    .fl_map = H5FD_FLMAP_DICHOTOMY};

static hid_t registered = -1;

/* Files that this process writes are read by HDF5's own driver: what fails there is the device. */
enum fray_status h5_read_fault(void) {
  const bool device = is_device || registered < 0;
  is_device = false;
  return device ? FRAY_IO : FRAY_INPUT;
}

/* Registered once; HDF5 keeps the class as long as it runs. It copies the number of the file, so
 * that a list of properties may be closed before the file that was opened with it. */
hid_t h5_driver_access(int fd) {
  const struct given given = {fd};
  if (registered < 0)
    registered = H5FDregister(&driver);
  hid_t access = registered < 0 ? -1 : H5Pcreate(H5P_FILE_ACCESS);
  if (access >= 0 && H5Pset_driver(access, registered, &given) < 0) {
    H5Pclose(access);
    return -1;
  }
  return access;
}
