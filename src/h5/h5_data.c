/* Data sets of numbers: shapes, checked conversions, whole sets and runs of rows. HDF5 converts
 * between all types in silence and clamps; here a value that does not fit is an error with its
 * place. */
#include "h5_served.h"

#include "fray/base/size.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What messages and checks need of each type that fray reads or writes. */
struct type_facts {
  const char *name;
  size_t size;
  bool is_float;
  int64_t min, max; /* integers */
};

static const struct type_facts facts[] = {
    [FRAY_H5_U8] = {"uint8", 1, false, 0, UINT8_MAX},
    [FRAY_H5_I16] = {"int16", 2, false, INT16_MIN, INT16_MAX},
    [FRAY_H5_U16] = {"uint16", 2, false, 0, UINT16_MAX},
    [FRAY_H5_I32] = {"int32", 4, false, INT32_MIN, INT32_MAX},
    [FRAY_H5_I64] = {"int64", 8, false, INT64_MIN, INT64_MAX},
    [FRAY_H5_F32] = {"float32", 4, true, 0, 0},
    [FRAY_H5_F64] = {"float64", 8, true, 0, 0},
};

/* Both sides of the reader ask: the one for memory, the other for what to copy. */
size_t h5_type_bytes(enum fray_h5_type type) {
  return (unsigned)type < FRAY_COUNT(facts) ? facts[type].size : 0;
}

/* The H5T_NATIVE_ names are calls, so no static table can hold them. Of this machine: HDF5 turns
 * bytes where a file has another order. */
static hid_t native(enum fray_h5_type type) {
  switch (type) {
  case FRAY_H5_U8:
    return H5T_NATIVE_UINT8;
  case FRAY_H5_I16:
    return H5T_NATIVE_INT16;
  case FRAY_H5_U16:
    return H5T_NATIVE_UINT16;
  case FRAY_H5_I32:
    return H5T_NATIVE_INT32;
  case FRAY_H5_I64:
    return H5T_NATIVE_INT64;
  case FRAY_H5_F32:
    return H5T_NATIVE_FLOAT;
  case FRAY_H5_F64:
    return H5T_NATIVE_DOUBLE;
  }
  return -1;
}

enum fray_status h5_open_data(hid_t loc, const char *path, hid_t *out, struct fray_err *err) {
  char place[H5_PLACE], reason[H5_REASON];
  const char *leaf;
  h5_quiet();
  const hid_t near = h5_near(loc, path, &leaf);
  hid_t data = h5_open_listed(near, leaf, H5I_DATASET);
  if (data < 0) {
    FRAY_TRY(h5_reach(loc, path, "no such data set", err));
    data = H5Dopen2(near, leaf, H5P_DEFAULT);
  }
  if (data < 0)
    h5_reason(reason); /* before the next call forgets it */
  FRAY_CHECK(data >= 0, err, INPUT, "%s: is not a readable data set: %s",
             h5_place(loc, path, place), reason);
  hid_t plist = H5Dget_create_plist(data);
  H5D_layout_t layout = H5Pget_layout(plist);
  int external = H5Pget_external_count(plist);
  H5Pclose(plist);
  /* Both ways of HDF5 to take values from another file, beside the link that h5_look finds. A file
   * that somebody gave us must not read others of ours. */
  if (layout == H5D_VIRTUAL || external != 0) {
    H5Dclose(data);
    return fray_fail(err, FRAY_INPUT, "%s: its values lie in another file",
                     h5_place(loc, path, place));
  }
  *out = data;
  return FRAY_OK;
}

/* Deflate shrinks at most 1032-fold. Small sets need no such care. A header of a few bytes may
 * claim petabytes: nothing is allocated by its word alone. */
enum fray_status h5_check_stored(hid_t data, size_t bytes, const char *place,
                                 struct fray_err *err) {
  enum { SMALL = 1 << 20, MOST = 1100 };
  if (bytes <= SMALL)
    return FRAY_OK;
  size_t stored = (size_t)H5Dget_storage_size(data);
  FRAY_CHECK(stored >= bytes / MOST, err, INPUT,
             "%s: claims %zu bytes of values, but the file holds %zu", place, bytes, stored);
  return FRAY_OK;
}

/* Axes that are not there count as 1, so that products need no rank. */
enum fray_status h5_shape_of(hid_t data, const char *place, int *rank, size_t *dims, bool *is_text,
                             struct fray_err *err) {
  hsize_t extent[H5S_MAX_RANK];
  hid_t space = H5Dget_space(data), type = H5Dget_type(data);
  H5T_class_t class = H5Tget_class(type);
  int n = H5Sget_simple_extent_ndims(space);
  bool good = n > 0 && n <= FRAY_H5_MAX_RANK && H5Sget_simple_extent_dims(space, extent, NULL) > 0;
  H5Tclose(type);
  H5Sclose(space);
  FRAY_CHECK(good, err, INPUT, "%s: has %d dimensions, expected 1 to %d", place, n,
             FRAY_H5_MAX_RANK);
  /* h5py writes bool as an enum of 8 bits. */
  bool number = class == H5T_INTEGER || class == H5T_FLOAT || class == H5T_ENUM;
  FRAY_CHECK(number || class == H5T_STRING, err, INPUT, "%s: holds neither numbers nor text",
             place);
  *rank = n;
  *is_text = class == H5T_STRING;
  for (int i = 0; i < FRAY_H5_MAX_RANK; i++)
    dims[i] = i < n ? (size_t)extent[i] : 1;
  return FRAY_OK;
}

/* As that, for who may make room for so many values before they are read: a few bytes of a header
 * that claims billions, in chunks that nobody wrote, must not cost gigabytes. Not asked when rows
 * are read one run after the other, since storage is summed over all chunks. */
static enum fray_status shape_to_fill(hid_t data, const char *place, int *rank, size_t *dims,
                                      bool *is_text, struct fray_err *err) {
  FRAY_TRY(h5_shape_of(data, place, rank, dims, is_text, err));
  const hid_t type = H5Dget_type(data);
  size_t bytes = H5Tget_size(type);
  H5Tclose(type);
  for (int i = 0; i < *rank; i++)
    FRAY_CHECK(fray_size_mul(bytes, dims[i], &bytes), err, INPUT,
               "%s: claims more values than a computer can address", place);
  return h5_check_stored(data, bytes, place, err);
}

/* Axes that are not there are 1. */
enum fray_status h5_here_shape(fray_h5 parent, const char *path, int *rank,
                               size_t dims[FRAY_H5_MAX_RANK], bool *is_text, struct fray_err *err) {
  char place[H5_PLACE];
  hid_t data = -1;
  FRAY_TRY(h5_open_data(parent, path, &data, err));
  enum fray_status status =
      shape_to_fill(data, h5_place(parent, path, place), rank, dims, is_text, err);
  H5Dclose(data);
  return status;
}

/* Asked where both kinds may stand, such as a column of labels or scores. */
enum fray_status h5_here_is_float(fray_h5 parent, const char *path, bool *out,
                                  struct fray_err *err) {
  hid_t data = -1;
  FRAY_TRY(h5_open_data(parent, path, &data, err));
  hid_t type = H5Dget_type(data);
  *out = H5Tget_class(type) == H5T_FLOAT;
  H5Tclose(type);
  H5Dclose(data);
  return FRAY_OK;
}

/* One read: what is asked for and where it comes from. Whole sets and rows differ in their spaces
 * alone. */
struct reading {
  hid_t data, memory, space; /* spaces: H5S_ALL for everything */
  enum fray_h5_type type;
  size_t count;
  const char *place;
};

/* HDF5 turns bytes and widens, which loses nothing where read_values sends it here. */
static enum fray_status read_raw(const struct reading *r, hid_t type, void *out,
                                 struct fray_err *err) {
  char reason[H5_REASON];
  if (H5Dread(r->data, type, r->memory, r->space, H5P_DEFAULT, out) >= 0)
    return FRAY_OK;
  return fray_fail(err, h5_read_fault(), "%s: cannot be read: %s", r->place, h5_reason(reason));
}

/* The value was checked against the type, so no cast here loses anything. */
static void store(enum fray_h5_type type, void *out, size_t i, int64_t value) {
  switch (type) {
  case FRAY_H5_U8:
    ((uint8_t *)out)[i] = (uint8_t)value;
    break;
  case FRAY_H5_I16:
    ((int16_t *)out)[i] = (int16_t)value;
    break;
  case FRAY_H5_U16:
    ((uint16_t *)out)[i] = (uint16_t)value;
    break;
  case FRAY_H5_I32:
    ((int32_t *)out)[i] = (int32_t)value;
    break;
  default:
    ((int64_t *)out)[i] = value;
  }
}

/* Integers of a wider or differently signed type: HDF5 would clamp in silence, so read as 64 bits
 * and narrow with a check. */
static enum fray_status read_narrow(const struct reading *r, bool is_signed, void *out,
                                    struct fray_err *err) {
  const struct type_facts *t = &facts[r->type];
  int64_t *wide = malloc((r->count ? r->count : 1) * sizeof *wide);
  FRAY_CHECK(wide, err, MEMORY, "out of memory (%zu values)", r->count);
  enum fray_status status =
      read_raw(r, is_signed ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64, wide, err);
  for (size_t i = 0; i < r->count && status == FRAY_OK; i++) {
    /* Unsigned 64 bits in a signed word: what shows as negative lies above all that fits. */
    if (!is_signed && wide[i] < 0)
      status = fray_fail(err, FRAY_INPUT, "%s: value %" PRIu64 " (entry %zu) is above %" PRId64,
                         r->place, (uint64_t)wide[i], i, t->max);
    else if (wide[i] < t->min || wide[i] > t->max)
      status = fray_fail(err, FRAY_INPUT,
                         "%s: value %" PRId64 " (entry %zu) is not in [%" PRId64 ", %" PRId64 "]",
                         r->place, wide[i], i, t->min, t->max);
    else
      store(r->type, out, i, wide[i]);
  }
  free(wide);
  return status;
}

/* Which types may be read as which: integers as integers that hold them, floats as floats. A float
 * that is read as an integer would be cut without a word. */
static enum fray_status read_values(const struct reading *r, void *out, struct fray_err *err) {
  const struct type_facts *t = &facts[r->type];
  hid_t type = H5Dget_type(r->data);
  H5T_class_t class = H5Tget_class(type);
  hid_t base = class == H5T_ENUM ? H5Tget_super(type) : H5Tcopy(type);
  size_t size = H5Tget_size(base);
  bool is_signed = class != H5T_FLOAT && H5Tget_sign(base) == H5T_SGN_2;
  H5Tclose(base);
  H5Tclose(type);
  FRAY_CHECK(class == H5T_FLOAT || class == H5T_INTEGER || class == H5T_ENUM, err, INPUT,
             "%s: holds text, expected %s", r->place, t->name);
  FRAY_CHECK((class == H5T_FLOAT) == t->is_float, err, INPUT, "%s: holds %s, expected %s", r->place,
             class == H5T_FLOAT ? "floating-point numbers" : "integers", t->name);
  size_t bytes = 0;
  FRAY_CHECK(fray_size_mul(r->count, FRAY_MAX(size, t->size), &bytes), err, INPUT,
             "%s: %zu values are too many", r->place, r->count);
  if (r->count == 0)
    return FRAY_OK;
  /* A wider type of the same sign, or a wider signed one for unsigned: no value can be lost. */
  bool fits = is_signed == (t->min < 0) ? size <= t->size : !is_signed && size < t->size;
  return t->is_float || fits ? read_raw(r, native(r->type), out, err)
                             : read_narrow(r, is_signed, out, err);
}

/* Sizes come from a file: each product is checked. */
static enum fray_status product(const size_t *dims, size_t *out, const char *place,
                                struct fray_err *err) {
  size_t n = 1;
  for (int i = 0; i < FRAY_H5_MAX_RANK; i++)
    FRAY_CHECK(fray_size_mul(n, dims[i], &n), err, INPUT, "%s: the sizes overflow", place);
  *out = n;
  return FRAY_OK;
}

/* A number without dimensions. Not one with dimensions 1 x 1, which shape_of takes. */
static bool is_single(hid_t data) {
  hid_t space = H5Dget_space(data), type = H5Dget_type(data);
  H5T_class_t class = H5Tget_class(type);
  bool single = H5Sget_simple_extent_type(space) == H5S_SCALAR &&
                (class == H5T_INTEGER || class == H5T_FLOAT);
  H5Tclose(type);
  H5Sclose(space);
  return single;
}

static enum fray_status read_open(hid_t data, const char *place, enum fray_h5_type type, void *out,
                                  size_t count, struct fray_err *err) {
  int rank = 0;
  size_t dims[FRAY_H5_MAX_RANK], n = 0;
  bool is_text = false;
  if (is_single(data)) { /* as h5py and PyTorch users store one number */
    FRAY_CHECK(count == 1, err, INPUT, "%s: has 1 value, expected %zu", place, count);
    struct reading one = {data, H5S_ALL, H5S_ALL, type, count, place};
    return read_values(&one, out, err);
  }
  FRAY_TRY(h5_shape_of(data, place, &rank, dims, &is_text, err));
  FRAY_TRY(product(dims, &n, place, err));
  FRAY_CHECK(n == count, err, INPUT, "%s: has %zu values, expected %zu", place, n, count);
  struct reading r = {data, H5S_ALL, H5S_ALL, type, count, place};
  return read_values(&r, out, err);
}

/* A gap would read as zeros (h5_written.c): better no values than those. */
enum fray_status h5_here_read(fray_h5 parent, const char *path, enum fray_h5_type type, void *out,
                              size_t count, struct fray_err *err) {
  char place[H5_PLACE];
  hid_t data = -1;
  FRAY_TRY(h5_open_data(parent, path, &data, err));
  enum fray_status status = h5_check_written(data, h5_place(parent, path, place), err);
  if (status == FRAY_OK)
    status = read_open(data, place, type, out, count, err);
  H5Dclose(data);
  return status;
}

/* Opened once, for who wants to know how much it is and then have it: to open a data set takes
 * longer than to read a small one. */
enum fray_status h5_here_whole(fray_h5 parent, const char *path, enum fray_h5_type type, void *out,
                               size_t room, struct h5_found *found, struct fray_err *err) {
  char place[H5_PLACE];
  hid_t data = -1;
  size_t dims[FRAY_H5_MAX_RANK] = {0}, n = 0, bytes = 0;
  bool is_text = false;
  FRAY_TRY(h5_open_data(parent, path, &data, err));
  enum fray_status status =
      shape_to_fill(data, h5_place(parent, path, place), &found->rank, dims, &is_text, err);
  found->is_text = is_text;
  found->has_shape = status == FRAY_OK;
  for (int i = 0; i < FRAY_H5_MAX_RANK; i++)
    found->dims[i] = dims[i];
  if (status == FRAY_OK)
    status = product(dims, &n, place, err);
  if (status == FRAY_OK)
    status = h5_check_written(data, place, err);
  const bool fits =
      status == FRAY_OK && fray_size_mul(n, facts[type].size, &bytes) && bytes <= room;
  if (fits)
    status = read_open(data, place, type, out, n, err);
  found->has_values = fits && status == FRAY_OK;
  found->bytes = found->has_values ? bytes : 0;
  H5Dclose(data);
  return status;
}

/* Selects rows first .. first+n-1 after checking them; *space and *memory are to be closed. The
 * values in memory have as many dimensions as the rows: between other shapes HDF5 goes value by
 * value. An empty selection is made by hand: HDF5 refuses blocks of size 0. */
static enum fray_status select_rows(hid_t data, size_t first, size_t n, size_t count,
                                    const char *place, hid_t *space, hid_t *memory,
                                    struct fray_err *err) {
  int rank = 0;
  size_t dims[FRAY_H5_MAX_RANK], expected = 0;
  bool is_text = false;
  FRAY_TRY(h5_shape_of(data, place, &rank, dims, &is_text, err));
  FRAY_CHECK(n <= dims[0] && first <= dims[0] - n, err, INPUT,
             "%s: rows %zu to %zu, but it has %zu", place, first, first + n, dims[0]);
  size_t wanted[FRAY_H5_MAX_RANK];
  memcpy(wanted, dims, sizeof wanted);
  wanted[0] = n;
  FRAY_TRY(product(wanted, &expected, place, err));
  FRAY_CHECK(expected == count, err, INPUT, "%s: %zu rows are %zu values, expected %zu", place, n,
             expected, count);
  hsize_t start[FRAY_H5_MAX_RANK] = {first}, extent[FRAY_H5_MAX_RANK];
  for (int i = 0; i < rank; i++)
    extent[i] = wanted[i];
  *space = H5Dget_space(data);
  *memory =
      count > 0 ? H5Screate_simple(rank, extent, NULL) : H5Screate_simple(1, &(hsize_t){0}, NULL);
  if (n > 0 && H5Sselect_hyperslab(*space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0)
    return FRAY_OK;
  H5Sselect_none(*space);
  return FRAY_OK;
}

enum fray_status h5_here_rows_open(fray_h5 parent, const char *path, fray_h5 *out,
                                   struct fray_err *err) {
  hid_t data = -1;
  FRAY_TRY(h5_open_data(parent, path, &data, err));
  *out = data;
  return FRAY_OK;
}

/* Kept open over many reads: opening costs more than a few rows. */
void h5_here_rows_close(fray_h5 data) {
  if (data >= 0)
    H5Dclose(data);
}

/* Rows that were never written are asked for elsewhere, once per data set (fray_h5_gaps). */
enum fray_status h5_here_rows_read(fray_h5 data, const char *path, enum fray_h5_type type,
                                   size_t first, size_t n, void *out, size_t count,
                                   struct fray_err *err) {
  char place[H5_PLACE];
  hid_t space = -1, memory = -1;
  h5_place(data, path, place);
  FRAY_TRY(select_rows(data, first, n, count, place, &space, &memory, err));
  struct reading r = {data, memory, space, type, count, place};
  enum fray_status status = read_values(&r, out, err);
  H5Sclose(memory);
  H5Sclose(space);
  return status;
}

/* Chunks of about 64 KiB of whole rows: reading 64 neighbours decodes little more than them. A row
 * is never cut: a sample is read by one chunk. */
static void set_chunks(hid_t plist, enum fray_h5_type type, int rank, const size_t *dims) {
  hsize_t chunk[FRAY_H5_MAX_RANK];
  size_t row = facts[type].size;
  for (int i = 1; i < rank; i++) {
    chunk[i] = dims[i];
    row *= dims[i];
  }
  chunk[0] = FRAY_MIN(dims[0], FRAY_MAX((size_t)65536 / row, (size_t)1));
  H5Pset_chunk(plist, rank, chunk);
  /* Bytes of one significance side by side: deflate finds more in them, at hardly any cost. */
  H5Pset_shuffle(plist);
  H5Pset_deflate(plist, 1);
}

/* A new data set, open. */
static enum fray_status make(hid_t parent, const char *path, enum fray_h5_type type, int rank,
                             const size_t *dims, bool gzip, hid_t *out, struct fray_err *err) {
  char place[H5_PLACE], reason[H5_REASON];
  h5_quiet();
  FRAY_CHECK(rank > 0 && rank <= FRAY_H5_MAX_RANK, err, INTERNAL, "%s: rank %d",
             h5_place(parent, path, place), rank);
  hsize_t extent[FRAY_H5_MAX_RANK];
  size_t values = 1;
  for (int i = 0; i < rank; i++) {
    extent[i] = dims[i];
    FRAY_CHECK(fray_size_mul(values, dims[i], &values), err, INPUT, "%s: too large",
               h5_place(parent, path, place));
  }
  const bool packed = gzip && values > 0;
  const hid_t space = H5Screate_simple(rank, extent, NULL);
  const hid_t create = packed ? H5Pcopy(h5_plain_plist()) : h5_plain_plist();
  if (packed)
    set_chunks(create, type, rank, dims);
  const hid_t data =
      H5Dcreate2(parent, path, native(type), space, h5_link_plist(), create, H5P_DEFAULT);
  if (data < 0) {
    h5_reason(reason);
    h5_divert(parent);
  }
  if (packed)
    H5Pclose(create);
  H5Sclose(space);
  FRAY_CHECK(data >= 0, err, IO, "%s: cannot be created: %s", h5_place(parent, path, place),
             reason);
  *out = data;
  return FRAY_OK;
}

/* Made empty and filled in parts: a shard is never in memory as a whole. */
enum fray_status fray_h5_make(fray_h5 parent, const char *path, enum fray_h5_type type, int rank,
                              const size_t *dims, bool gzip, struct fray_err *err) {
  hid_t data = -1;
  FRAY_TRY(make(parent, path, type, rank, dims, gzip, &data, err));
  H5Dclose(data);
  return FRAY_OK;
}

/* A failed write is told, and the rest of the file goes to memory. */
static enum fray_status put_values(hid_t parent, const char *path, hid_t data,
                                   enum fray_h5_type type, hid_t memory, hid_t space,
                                   const void *values, struct fray_err *err) {
  char reason[H5_REASON], place[H5_PLACE];
  if (H5Dwrite(data, native(type), memory, space, H5P_DEFAULT, values) >= 0)
    return FRAY_OK;
  h5_reason(reason); /* before the next call forgets it */
  fray_fail(err, FRAY_IO, "%s: cannot be written: %s", h5_place(parent, path, place), reason);
  h5_divert(data);
  return FRAY_IO;
}

/* An empty data set is made and not written: HDF5 refuses to write nothing. Through the handle that
 * it was made with: to look for it again link by link would take longer than all the rest. */
enum fray_status fray_h5_write(fray_h5 parent, const char *path, enum fray_h5_type type, int rank,
                               const size_t *dims, const void *data, bool gzip,
                               struct fray_err *err) {
  hid_t set = -1;
  size_t count = 1;
  FRAY_TRY(make(parent, path, type, rank, dims, gzip, &set, err));
  for (int i = 0; i < rank; i++)
    count *= dims[i];
  enum fray_status status = FRAY_OK;
  if (count)
    status = put_values(parent, path, set, type, H5S_ALL, H5S_ALL, data, err);
  H5Dclose(set);
  return status;
}

enum fray_status fray_h5_write_rows(fray_h5 parent, const char *path, enum fray_h5_type type,
                                    size_t first, size_t n, const void *data, size_t count,
                                    struct fray_err *err) {
  char place[H5_PLACE];
  hid_t set = -1, space = -1, memory = -1;
  FRAY_TRY(h5_open_data(parent, path, &set, err));
  h5_place(parent, path, place);
  enum fray_status status = select_rows(set, first, n, count, place, &space, &memory, err);
  if (status == FRAY_OK) {
    if (count)
      status = put_values(parent, path, set, type, memory, space, data, err);
    H5Sclose(memory);
    H5Sclose(space);
  }
  H5Dclose(set);
  return status;
}
