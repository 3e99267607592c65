/* What is asked of the process that reads HDF5 files, and the same calls as they are done there. */
#ifndef FRAY_H5_SERVED_H
#define FRAY_H5_SERVED_H

#include "fray/base/confine.h"
#include "h5_parts.h"

/* One for each function of fray/h5/h5.h that reads; FETCH: more of what the last call found. */
enum h5_call {
  H5_OPEN,
  H5_CLOSE,
  H5_HAS,
  H5_MEMBERS,
  H5_ATTR_TEXT,
  H5_ATTR_REAL,
  H5_HAS_ATTR,
  H5_SHAPE,
  H5_IS_FLOAT,
  H5_READ,
  H5_ROWS_OPEN,
  H5_ROWS_READ,
  H5_ROWS_CLOSE,
  H5_GAPS,
  H5_TEXTS,
  H5_MANY,
  H5_FETCH
};

enum { H5_WORDS = 3000 };
struct h5_request {
  enum h5_call call;
  uint32_t slot; /* of a file or an open data set, as the reader numbers them */
  uint32_t done; /* 1 + that of a file to be closed before; 0: none */
  enum fray_h5_type type;
  uint64_t first, n, count, at;
  char words[H5_WORDS]; /* path, NUL, name of an attribute, NUL; sent as far as they go */
};
struct h5_reply {
  uint64_t n, bytes; /* of a list; of what lies in the window, or is to be fetched */
  uint64_t dims[FRAY_H5_MAX_RANK];
  double real;
  int32_t rank;
  uint32_t slot;
  uint8_t yes; /* no bool: another process wrote it, and a bool of 2 is neither true nor false */
};

/* Of many wishes (fray_h5_ahead). The words of the request: groups, each with its NUL, an empty
 * one, and for each wish two bytes, '0' + kind and '0' + type, with its leaf behind them; n is the
 * number of groups. The window holds one of these for each wish of each group that came (reply.n),
 * values behind them. */
struct h5_found {
  uint64_t dims[FRAY_H5_MAX_RANK];
  uint64_t n, at, bytes; /* n: of a list; at: of the values, from the beginning of the window */
  int32_t rank;
  /* Whether a link of that name was looked for, and is there; no bools, as above. */
  uint8_t is_known, is_there;
  uint8_t has_shape, is_text, has_values;
};
enum { H5_MOST_FOUND = 1024 };

/** Bytes of a value. 0: no such type. */
size_t h5_type_bytes(enum fray_h5_type type);

/** What the reader does with a request. */
fray_confined_work h5_serve;
/** The part of it that answers H5_MANY of an open file. */
enum fray_status h5_serve_many(const struct h5_request *request, hid_t file, char *window,
                               struct h5_reply *reply, struct fray_err *err);

/** What is asked ahead (h5_ahead.c): every wish of every group. */
struct h5_wanted {
  fray_h5 file;
  const char *const *group;
  size_t n_groups;
  const struct fray_h5_wish *wish;
  size_t n_wishes;
};
/** What came of a path, or NULL; *values its values. */
const struct h5_found *h5_ahead_find(fray_h5 file, const char *path, const char **values);
/** What came of an attribute. */
const struct h5_found *h5_ahead_attr(fray_h5 file, const char *path, const char *name,
                                     const char **values);
/** True if the members of a group came. */
bool h5_ahead_is_group(fray_h5 file, const char *path);
/** The same where it is a list of that kind. */
const struct h5_found *h5_ahead_list(fray_h5 file, const char *path, enum fray_h5_kind kind,
                                     const char **values);
/** The same where it is `count` numbers of that type. */
const struct h5_found *h5_ahead_numbers(fray_h5 file, const char *path, enum fray_h5_type type,
                                        size_t count, const char **values);
/** The words of a request for as many of the groups as find room, and how long they are. */
size_t h5_ahead_words(const struct h5_wanted *wanted, struct h5_request *request);
/** Keeps a copy of what came: window as the reader left it. False: it contradicts itself. MEMORY.
 */
enum fray_status h5_ahead_keep(const struct h5_wanted *wanted, const char *window,
                               const struct h5_reply *reply, bool *makes_sense,
                               struct fray_err *err);
/** Before other wishes, and before a file is closed: what came (of it) is gone. */
void h5_ahead_forget(void);
void h5_ahead_close(fray_h5 file);
void h5_serve_prepare(void);

/** Opens the file behind fd, which the driver reads by pread alone; path is its name in messages.
 *  fd is the caller's, to be closed after the file. */
enum fray_status h5_here_open(int fd, const char *path, hid_t *out, struct fray_err *err);
/** Of a reading that HDF5 gave up: IO where the device failed, INPUT where the file is damaged. */
enum fray_status h5_read_fault(void);
/** The access list of such a file. -1 on failure. */
hid_t h5_driver_access(int fd);

/* The functions of fray/h5/h5.h for what HDF5 has open in this process: files that are written,
 * and in the reader all. */
enum fray_status h5_here_close(fray_h5 file, struct fray_err *err);
bool h5_here_has(fray_h5 parent, const char *path);
enum fray_status h5_here_members(fray_h5 parent, const char *path, struct fray_arena *arena,
                                 const char ***names, size_t *n, struct fray_err *err);
enum fray_status h5_here_attr_text(fray_h5 parent, const char *path, const char *name,
                                   struct fray_arena *arena, const char **out,
                                   struct fray_err *err);
enum fray_status h5_here_attr_real(fray_h5 parent, const char *path, const char *name, double *out,
                                   struct fray_err *err);
bool h5_here_has_attr(fray_h5 parent, const char *path, const char *name);
enum fray_status h5_here_shape(fray_h5 parent, const char *path, int *rank,
                               size_t dims[FRAY_H5_MAX_RANK], bool *is_text, struct fray_err *err);
enum fray_status h5_here_is_float(fray_h5 parent, const char *path, bool *out,
                                  struct fray_err *err);
enum fray_status h5_here_read(fray_h5 parent, const char *path, enum fray_h5_type type, void *out,
                              size_t count, struct fray_err *err);
/** All of a data set that fits into room: its shape, and then its values. found is filled as far
 *  as it came, whatever the status is. */
enum fray_status h5_here_whole(fray_h5 parent, const char *path, enum fray_h5_type type, void *out,
                               size_t room, struct h5_found *found, struct fray_err *err);
enum fray_status h5_here_rows_open(fray_h5 parent, const char *path, fray_h5 *out,
                                   struct fray_err *err);
enum fray_status h5_here_rows_read(fray_h5 data, const char *path, enum fray_h5_type type,
                                   size_t first, size_t n, void *out, size_t count,
                                   struct fray_err *err);
void h5_here_rows_close(fray_h5 data);
enum fray_status h5_here_gaps(fray_h5 parent, const char *path, struct fray_arena *arena,
                              struct fray_h5_gap **out, size_t *n, struct fray_err *err);
enum fray_status h5_here_read_texts(fray_h5 parent, const char *path, struct fray_arena *arena,
                                    const char ***out, size_t *n, struct fray_err *err);

#endif
