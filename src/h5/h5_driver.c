/* HDF5's own way to a file is by its name, which a confined process cannot open. This driver reads
 * from a file that is open already, by pread, and writes nowhere. */
#include "h5_served.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As HDF5's own driver: offsets of files are signed. */
static const haddr_t most = ((haddr_t)1 << 63) - 1;

/* Of a file whose structures lead nowhere, or of the device that it lies on. */
static bool is_device;

struct open_file {
  H5FD_t head; /* HDF5 fills it and hands it back */
  int fd;
  haddr_t end_of_addresses, end_of_file;
};

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

/* Behind the end of the file there are zeros, as HDF5's own driver has it. */
static herr_t read_it(H5FD_t *head, H5FD_mem_t type, hid_t list, haddr_t at, size_t size,
                      void *out) {
  (void)type, (void)list;
  const struct open_file *file = (const struct open_file *)head;
  char *to = out;
  if (at > most || size > most - at)
    return say("an address beyond all files");
  while (size) {
    const ssize_t n = pread(file->fd, to, size, (off_t)at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      is_device = true;
      return say(strerror(errno));
    }
    if (n == 0)
      break;
    to += n;
    at += (haddr_t)n;
    size -= (size_t)n;
  }
  memset(to, 0, size);
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
