/* HDF5, behind one door. Reads check type, rank and size before they touch memory; handles are
 * plain integers (hid_t) so that no other layer sees hdf5.h. HDF5's own error printing is off. */
#ifndef FRAY_H5_H5_H
#define FRAY_H5_H5_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t fray_h5;       /* file or group */
enum { FRAY_H5_MAX_RANK = 5 }; /* of data sets that we read and write */

enum fray_h5_type {
  FRAY_H5_U8,
  FRAY_H5_I16,
  FRAY_H5_U16,
  FRAY_H5_I32,
  FRAY_H5_I64,
  FRAY_H5_F32,
  FRAY_H5_F64
};

/** Starts the confined process that reads (fray/base/confine.h), before MPI starts; else the first
 *  file does. MEMORY. */
enum fray_status fray_h5_begin(struct fray_err *err);
/** That process, for who decodes files of other kinds there (fray_codec_share). Static. */
struct fray_confined;
struct fray_confined *fray_h5_process(void);
/** Opens read-only, in that process: what others wrote is read there, and HDF5 here never sees it.
 * INPUT: missing, unreadable, no plain file, not HDF5, truncated, made to end its reader. Links
 * into other files are followed nowhere in this layer: what lies behind one is refused (INPUT). */
enum fray_status fray_h5_open(const char *path, fray_h5 *out, struct fray_err *err);
/** Opens a file that fray wrote, after its seal has shown that no bit of it turned
 *  (fray/base/seal.h): HDF5 itself may crash on damage. *is_sealed false: of an older program,
 *  without a seal; nothing vouches for it. INPUT: damaged, cut, or as fray_h5_open. */
enum fray_status fray_h5_open_sealed(const char *path, bool *is_sealed, fray_h5 *out,
                                     struct fray_err *err);
/** Creates a file in place of what has its name; links are not followed. IO on failure. */
enum fray_status fray_h5_create(const char *path, fray_h5 *out, struct fray_err *err);
/** As fray_h5_create, with room in front for the seal, which fray_seal_write puts there once the
 *  file is closed. */
enum fray_status fray_h5_create_sealed(const char *path, fray_h5 *out, struct fray_err *err);
/** Opens a file to write over rows and attributes of it. INPUT as fray_h5_open. */
enum fray_status fray_h5_open_update(const char *path, fray_h5 *out, struct fray_err *err);
/** Closes a file; after writing, IO if what was buffered did not reach the disk. */
enum fray_status fray_h5_close(fray_h5 file, struct fray_err *err);

enum fray_status fray_h5_group(fray_h5 parent, const char *path, struct fray_err *err); /* create */
/** True also of a link that leads into another file or nowhere: reading it says so. */
bool fray_h5_has(fray_h5 parent, const char *path);
/** Names of the members of a group, in order of names. Arena memory. */
enum fray_status fray_h5_members(fray_h5 parent, const char *path, struct fray_arena *arena,
                                 const char ***names, size_t *n, struct fray_err *err);

/** Attributes of the object at path ("." for parent itself). Read: INPUT when missing or of another
 *  type. Strings may be fixed or variable length. */
enum fray_status fray_h5_attr_text(fray_h5 parent, const char *path, const char *name,
                                   struct fray_arena *arena, const char **out,
                                   struct fray_err *err);
enum fray_status fray_h5_attr_real(fray_h5 parent, const char *path, const char *name, double *out,
                                   struct fray_err *err); /* any number */
bool fray_h5_has_attr(fray_h5 parent, const char *path, const char *name);
enum fray_status fray_h5_put_attr_text(fray_h5 parent, const char *path, const char *name,
                                       const char *value, struct fray_err *err);
enum fray_status fray_h5_put_attr_real(fray_h5 parent, const char *path, const char *name,
                                       double value, struct fray_err *err);
enum fray_status fray_h5_put_attr_count(fray_h5 parent, const char *path, const char *name,
                                        uint64_t value, struct fray_err *err);

/** Shape of a data set. INPUT: missing, rank 0 or above FRAY_H5_MAX_RANK, not a number (strings:
 *  *is_text is set instead). dims beyond the rank are 1. */
enum fray_status fray_h5_shape(fray_h5 parent, const char *path, int *rank,
                               size_t dims[FRAY_H5_MAX_RANK], bool *is_text, struct fray_err *err);
/** True if the data set holds floating-point numbers. */
enum fray_status fray_h5_is_float(fray_h5 parent, const char *path, bool *out,
                                  struct fray_err *err);
/** Whole data set, converted to type; refused (INPUT) if its class differs (integer / float), it
 *  holds an integer beyond the type's range (names the value), has not exactly `count` values, or
 *  keeps them in another file, or was never written in part. h5py's booleans read as integers 0
 * and 1. A data set without dimensions counts as one value. IO: the read fails. */
enum fray_status fray_h5_read(fray_h5 parent, const char *path, enum fray_h5_type type, void *out,
                              size_t count, struct fray_err *err);
/** Rows first .. first+n-1 along the first axis. count: values expected in out. */
enum fray_status fray_h5_read_rows(fray_h5 parent, const char *path, enum fray_h5_type type,
                                   size_t first, size_t n, void *out, size_t count,
                                   struct fray_err *err);
/** The same with the data set kept open, for many reads: opening costs far more than reading a few
 *  rows. *out is the caller's to close (-1 is taken); closing the file closes it too, and it is not
 * to be used afterwards. path of rows_read: for messages. Errors as fray_h5_read_rows. */
enum fray_status fray_h5_rows_open(fray_h5 parent, const char *path, fray_h5 *out,
                                   struct fray_err *err);
enum fray_status fray_h5_rows_read(fray_h5 data, const char *path, enum fray_h5_type type,
                                   size_t first, size_t n, void *out, size_t count,
                                   struct fray_err *err);
void fray_h5_rows_close(fray_h5 data);
/** Rows first .. end-1 of which a part was never written, so that it would read as the fill value.
 */
struct fray_h5_gap {
  size_t first, end;
};
/** The gaps of a data set, in order, in the arena; *n 0 when all of it was written. A data set in
 *  one piece (contiguous) is written as a whole as soon as any of it is: HDF5 keeps no more. */
enum fray_status fray_h5_gaps(fray_h5 parent, const char *path, struct fray_arena *arena,
                              struct fray_h5_gap **out, size_t *n, struct fray_err *err);
/** 1-D data set of strings (fixed or variable length); also integers, as decimal text. */
enum fray_status fray_h5_read_texts(fray_h5 parent, const char *path, struct fray_arena *arena,
                                    const char ***out, size_t *n, struct fray_err *err);

/** What a reader will look up in many groups alike: a shape alone, numbers of a type, texts, the
 *  members of a group, or an attribute that is a text. leaf: path below the group (".": the file),
 *  and PATH@NAME of an attribute. */
enum fray_h5_kind { FRAY_H5_SHAPE, FRAY_H5_NUMBERS, FRAY_H5_TEXTS, FRAY_H5_MEMBERS, FRAY_H5_ATTR };
enum { FRAY_H5_MOST_WISHES = 128 };
struct fray_h5_wish {
  enum fray_h5_kind kind;
  enum fray_h5_type type;
  const char *leaf;
};
/** Has all wishes (n_wishes) of the first of the groups (n_groups) looked up at one asking, as each
 *  is a message to the reader and back; *done: groups that came, fewer where there are too many or
 *  they hold too much. fray_h5_has, _has_attr, _shape, _read, _read_texts, _members and _attr_text
 * of file answer from what came, for those very paths, until the next call or the end of the file.
 * What did not come, or not so, is asked for as ever, and errors are said then. MEMORY. */
enum fray_status fray_h5_ahead(fray_h5 file, const char *const *group, size_t n_groups,
                               const struct fray_h5_wish *wish, size_t n_wishes, size_t *done,
                               struct fray_err *err);

/** Has the reader begin with such wishes, and goes on meanwhile: fray_h5_ahead with the very same
 *  ones then takes what came, whatever else was asked between. The last call counts. A hint, which
 *  may do nothing. */
void fray_h5_ahead_next(fray_h5 file, const char *const *group, size_t n_groups,
                        const struct fray_h5_wish *wish, size_t n_wishes);

/** Writes a whole data set, contiguous; gzip: level 1 + shuffle in small chunks. Parents are made.
 */
enum fray_status fray_h5_write(fray_h5 parent, const char *path, enum fray_h5_type type, int rank,
                               const size_t *dims, const void *data, bool gzip,
                               struct fray_err *err);
enum fray_status fray_h5_write_texts(fray_h5 parent, const char *path, const char *const *texts,
                                     size_t n, struct fray_err *err); /* fixed length, UTF-8 */
/** An empty data set of known size, then rows into it (for what does not fit in memory). */
enum fray_status fray_h5_make(fray_h5 parent, const char *path, enum fray_h5_type type, int rank,
                              const size_t *dims, bool gzip, struct fray_err *err);
enum fray_status fray_h5_write_rows(fray_h5 parent, const char *path, enum fray_h5_type type,
                                    size_t first, size_t n, const void *data, size_t count,
                                    struct fray_err *err);
/** HDF5 library version, static storage. */
const char *fray_h5_version(void);

#endif
