/* Attributes: one number or one text at an object. Reading checks what is there, since shards come
 * from anybody; writing replaces. */
#include "h5_served.h"

#include <string.h>

/* Single values only: what is a list is a data set here. */
static enum fray_status open_attr(hid_t parent, const char *path, const char *name, hid_t *out,
                                  struct fray_err *err) {
  char place[H5_PLACE];
  const char *leaf;
  h5_place(parent, path, place);
  FRAY_TRY(h5_reach(parent, path, "does not exist", err));
  const hid_t near = h5_near(parent, path, &leaf);
  FRAY_CHECK(H5Aexists_by_name(near, leaf, name, H5P_DEFAULT) > 0, err, INPUT,
             "%s: attribute %s is missing", place, name);
  hid_t attr = H5Aopen_by_name(near, leaf, name, H5P_DEFAULT, H5P_DEFAULT);
  FRAY_CHECK(attr >= 0, err, INPUT, "%s: attribute %s cannot be read", place, name);
  hid_t space = H5Aget_space(attr);
  hssize_t n = H5Sget_simple_extent_npoints(space);
  H5Sclose(space);
  if (n != 1) {
    H5Aclose(attr);
    return fray_fail(err, FRAY_INPUT, "%s: attribute %s has %lld values, expected 1", place, name,
                     (long long)n);
  }
  *out = attr;
  return FRAY_OK;
}

/* Through the same reader as data sets, with its bounds. */
enum fray_status h5_here_attr_text(fray_h5 parent, const char *path, const char *name,
                                   struct fray_arena *arena, const char **out,
                                   struct fray_err *err) {
  char place[H5_PLACE];
  hid_t attr = -1;
  h5_quiet();
  FRAY_TRY(open_attr(parent, path, name, &attr, err));
  enum fray_status status =
      h5_read_strings(attr, true, 1, h5_place(parent, path, place), arena, out, err);
  H5Aclose(attr);
  if (status != FRAY_OK)
    return fray_at(err, "attribute %s", name);
  return FRAY_OK;
}

/* Integers, too: whoever wrote the file may have written 2 for 2.0. */
enum fray_status h5_here_attr_real(fray_h5 parent, const char *path, const char *name, double *out,
                                   struct fray_err *err) {
  char place[H5_PLACE];
  hid_t attr = -1;
  h5_quiet();
  FRAY_TRY(open_attr(parent, path, name, &attr, err));
  hid_t type = H5Aget_type(attr);
  H5T_class_t class = H5Tget_class(type);
  /* HDF5 would convert a text or an enum to 0 without a word. */
  bool number = class == H5T_INTEGER || class == H5T_FLOAT;
  bool good = number && H5Aread(attr, H5T_NATIVE_DOUBLE, out) >= 0;
  H5Tclose(type);
  H5Aclose(attr);
  FRAY_CHECK(good, err, INPUT, "%s: attribute %s is not a number", h5_place(parent, path, place),
             name);
  return FRAY_OK;
}

/* Never an error: it answers where a caller chooses between two forms of a file. */
bool h5_here_has_attr(fray_h5 parent, const char *path, const char *name) {
  h5_quiet();
  enum h5_link found = h5_look(parent, path);
  /* What cannot be looked at counts as there: who reads it hears why. */
  return found == H5_HERE ? H5Aexists_by_name(parent, path, name, H5P_DEFAULT) != 0
                          : found != H5_ABSENT;
}

/* Writes one value; an attribute of that name is replaced. Removed and made anew: the type of an
 * attribute cannot change. */
static enum fray_status put_attr(hid_t parent, const char *path, const char *name, hid_t type,
                                 const void *value, struct fray_err *err) {
  char place[H5_PLACE], reason[H5_REASON];
  FRAY_CHECK(h5_look(parent, path) == H5_HERE, err, IO, "%s: does not exist, so has no attribute",
             h5_place(parent, path, place));
  if (H5Aexists_by_name(parent, path, name, H5P_DEFAULT) > 0)
    H5Adelete_by_name(parent, path, name, H5P_DEFAULT);
  hid_t space = H5Screate(H5S_SCALAR);
  hid_t attr =
      H5Acreate_by_name(parent, path, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  bool good = attr >= 0 && H5Awrite(attr, type, value) >= 0;
  if (!good) {
    h5_reason(reason);
    h5_divert(parent);
  }
  if (attr >= 0)
    H5Aclose(attr);
  H5Sclose(space);
  FRAY_CHECK(good, err, IO, "%s: attribute %s cannot be written: %s", h5_place(parent, path, place),
             name, reason);
  return FRAY_OK;
}

enum fray_status fray_h5_put_attr_text(fray_h5 parent, const char *path, const char *name,
                                       const char *value, struct fray_err *err) {
  h5_quiet();
  hid_t type = H5Tcopy(H5T_C_S1);
  /* With its NUL: h5py and h5dump show such texts without padding. */
  H5Tset_size(type, strlen(value) + 1);
  H5Tset_cset(type, H5T_CSET_UTF8);
  enum fray_status status = put_attr(parent, path, name, type, value, err);
  H5Tclose(type);
  return status;
}

enum fray_status fray_h5_put_attr_real(fray_h5 parent, const char *path, const char *name,
                                       double value, struct fray_err *err) {
  h5_quiet();
  return put_attr(parent, path, name, H5T_NATIVE_DOUBLE, &value, err);
}

/* In 64 bits: counts of samples outgrow 32. */
enum fray_status fray_h5_put_attr_count(fray_h5 parent, const char *path, const char *name,
                                        uint64_t value, struct fray_err *err) {
  h5_quiet();
  return put_attr(parent, path, name, H5T_NATIVE_UINT64, &value, err);
}
