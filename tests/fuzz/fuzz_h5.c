/* Changes of HDF5 files; see the header. HDF5 is called directly: fray's own door writes no such
 * things. */
#include "fuzz_h5.h"
#include "fuzz.h"

#include "fray/base/confine.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/seal.h"
#include "fray/h5/h5.h"

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_OBJECTS = 256, MOST_EDITS = 16, MOST_VALUES = 4096 };

struct attribute {
  int object;
  char name[64];
};
struct fuzz_h5_template {
  struct fray_text bytes;
  bool sealed;
  int n, n_attributes;
  char path[MOST_OBJECTS][128];
  struct attribute attribute[MOST_OBJECTS];
};

static const double numbers[] = {-1,   0,           1,    2,     3,     4,        5,
                                 127,  128,         255,  256,   32767, 65536,    1e9,
                                 -1e9, 4294967296., 9e15, 1e300, NAN,   INFINITY, 0.5};
static const hsize_t sizes[] = {
    0, 1, 2, 3, 4, 5, 6, 8, 12, 100, 65536, (hsize_t)1 << 31, (hsize_t)1 << 40, (hsize_t)1 << 60};
static const char *const texts[] = {
    "",         "a",     "nan",       "audio",        "series",      "text",    "../../x",
    "\xff\xc3", "1e400", "\n\x1b[2J", "single_label", "multi_label", "float32", NULL};

static const char *text_of(uint8_t b) {
  static char longest[2048];
  const char *out = texts[b % (sizeof texts / sizeof *texts)];
  memset(longest, 'x', sizeof longest - 1);
  return out ? out : longest;
}

static double number_of(uint8_t b) {
  return numbers[b % (sizeof numbers / sizeof *numbers)];
}

/* ---- what is there ---- */

static herr_t add_attribute(hid_t at, const char *name, const H5A_info_t *info, void *data) {
  struct fuzz_h5_template *t = data;
  (void)at;
  (void)info;
  if (t->n_attributes < MOST_OBJECTS && strlen(name) < sizeof t->attribute[0].name) {
    t->attribute[t->n_attributes].object = t->n - 1;
    strcpy(t->attribute[t->n_attributes++].name, name);
  }
  return 0;
}

static herr_t add_object(hid_t file, const char *name, const H5O_info_t *info, void *data) {
  struct fuzz_h5_template *t = data;
  (void)info;
  if (t->n < MOST_OBJECTS && strlen(name) < sizeof t->path[0]) {
    strcpy(t->path[t->n++], name);
    const hid_t object = H5Oopen(file, name, H5P_DEFAULT);
    H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, add_attribute, t);
    H5Oclose(object);
  }
  return 0;
}

/* The door is asked first: it makes HDF5 quiet before anything starts it. */
const struct fuzz_h5_template *fuzz_h5_read(const char *path) {
  struct fray_err err = {0};
  struct fuzz_h5_template *t = calloc(1, sizeof *t);
  fray_h5 probe = -1;
  fuzz_must(t && fray_h5_open(path, &probe, &err) == FRAY_OK, "a file of the study can be opened");
  fray_h5_close(probe, NULL);
  fuzz_must(fray_seal_check(path, &t->sealed, &err) == FRAY_OK, "it is as it was written");
  fuzz_must(fray_file_read(path, 1 << 24, &t->bytes, &err) == FRAY_OK, "it can be read");
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  /* Its tables of half a megabyte a file, which it would give back and take anew each time. */
  H5set_free_list_limits(-1, -1, -1, -1, -1, -1);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, add_object, t);
  H5Fclose(file);
  fuzz_must(t->n > 1, "it holds something");
  return t;
}

/* What is done in this process is what the product does where no child can be started. */
void fuzz_h5_where(const uint8_t *data, size_t size) {
  fray_h5_process()->is_here = fray_hash64(data, size) / 2 % 16 != 0;
}

/* ---- changes ---- */

static hid_t type_of(uint8_t b) {
  hid_t out;
  switch (b % 9) {
  case 0:
    return H5Tcopy(H5T_STD_U8LE);
  case 1:
    return H5Tcopy(H5T_STD_I16BE);
  case 2:
    return H5Tcopy(H5T_STD_I32LE);
  case 3:
    return H5Tcopy(H5T_STD_I64LE);
  case 4:
    return H5Tcopy(H5T_IEEE_F32LE);
  case 5:
    return H5Tcopy(H5T_IEEE_F64LE);
  case 6:
    return H5Tcopy(H5T_STD_U64LE);
  case 7:
    out = H5Tcopy(H5T_C_S1);
    H5Tset_size(out, H5T_VARIABLE);
    return out;
  default:
    out = H5Tcopy(H5T_C_S1);
    H5Tset_size(out, 5);
    return out;
  }
}

static size_t values_in(hid_t space) {
  const hssize_t n = H5Sget_simple_extent_npoints(space);
  return n > 0 && n <= MOST_VALUES ? (size_t)n : 0;
}

/* All values, or the one of that place, become a number. Of texts, a text. */
static void put_value(hid_t data, const uint8_t *edit, bool all) {
  const hid_t space = H5Dget_space(data), type = H5Dget_type(data);
  const size_t n = values_in(space), size = H5Tget_size(type);
  if (n && H5Tget_class(type) == H5T_STRING && !H5Tis_variable_str(type)) {
    char *text = calloc(n, size);
    H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text);
    for (size_t i = 0; i < n; i++)
      if (all || i == edit[2] % n)
        memcpy(text + i * size, text_of(edit[3]), strnlen(text_of(edit[3]), size));
    H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text);
    free(text);
  } else if (n && (H5Tget_class(type) == H5T_INTEGER || H5Tget_class(type) == H5T_FLOAT)) {
    double *x = calloc(n, sizeof *x);
    H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, x);
    for (size_t i = 0; i < n; i++)
      if (all || i == edit[2] % n)
        x[i] = number_of(edit[3]);
    H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, x);
    free(x);
  }
  H5Tclose(type);
  H5Sclose(space);
}

/* Another data set in its place: of other dimensions, or of another type. Written where it is small
 * and bit 7 of the last byte says so; in chunks, of which some stay unwritten, where bit 6 does. */
static void put_data(hid_t file, const char *path, const uint8_t *edit, bool other_type) {
  const hid_t old = H5Dopen2(file, path, H5P_DEFAULT);
  if (old < 0)
    return;
  hid_t type = H5Dget_type(old), space = H5Dget_space(old);
  const hid_t how = H5Pcreate(H5P_DATASET_CREATE);
  hsize_t dims[6];
  int rank = H5Sget_simple_extent_dims(space, dims, NULL);
  H5Dclose(old);
  if (other_type) {
    H5Tclose(type);
    type = type_of(edit[2]);
  } else {
    rank = edit[2] % 7;
    for (int i = 0; i < rank && i < 6; i++)
      dims[i] =
          sizes[(edit[3] % 64u + (unsigned)i * (edit[2] / 7u)) % (sizeof sizes / sizeof *sizes)];
    H5Sclose(space);
    space = rank > 0 && rank <= 6 ? H5Screate_simple(rank, dims, NULL)
                                  : H5Screate(edit[3] & 1 ? H5S_SCALAR : H5S_NULL);
  }
  if (edit[3] & 64 && rank > 0 && rank <= 6) {
    hsize_t chunk[6] = {1, 1, 1, 1, 1, 1};
    H5Pset_chunk(how, rank, chunk);
  }
  H5Ldelete(file, path, H5P_DEFAULT);
  const hid_t data = H5Dcreate2(file, path, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
  if (data >= 0 && edit[3] & 128)
    put_value(data, edit, true);
  H5Dclose(data);
  H5Sclose(space);
  H5Tclose(type);
  H5Pclose(how);
}

static void put_attribute(hid_t file, const struct fuzz_h5_template *t, const uint8_t *edit,
                          int what) {
  if (!t->n_attributes)
    return;
  const struct attribute *a = &t->attribute[edit[1] % t->n_attributes];
  const hid_t object = H5Oopen(file, t->path[a->object], H5P_DEFAULT);
  if (object < 0)
    return;
  H5Adelete(object, a->name);
  const hsize_t three = 3;
  const hid_t type = what == 0 ? type_of(edit[2] & 1 ? 7 : 8) : H5Tcopy(H5T_IEEE_F64LE);
  const hid_t space = edit[2] & 2 ? H5Screate_simple(1, &three, NULL) : H5Screate(H5S_SCALAR);
  if (what < 2) {
    const hid_t made = H5Acreate2(object, a->name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const double x[3] = {number_of(edit[3]), 1, 2};
    const char *text[3] = {text_of(edit[3]), "", "b"};
    char fixed[16]; /* of which the type takes 5 */
    snprintf(fixed, sizeof fixed, "%.15s", text_of(edit[3]));
    H5Awrite(made, type, what == 1 ? (const void *)x : edit[2] & 1 ? (const void *)text : fixed);
    H5Aclose(made);
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Oclose(object);
}

static void change(hid_t file, const struct fuzz_h5_template *t, const uint8_t *edit) {
  const char *path = t->path[edit[1] % t->n], *other = t->path[edit[2] % t->n];
  hid_t data;
  if (strcmp(path, ".") == 0 && edit[0] % 12 != 5)
    return;
  switch (edit[0] % 12) {
  case 0:
    H5Ldelete(file, path, H5P_DEFAULT);
    break;
  case 1:
    put_data(file, path, edit, false);
    break;
  case 2:
    put_data(file, path, edit, true);
    break;
  case 3:
  case 4:
    data = H5Dopen2(file, path, H5P_DEFAULT);
    if (data >= 0)
      put_value(data, edit, edit[0] % 12 == 4);
    H5Dclose(data);
    break;
  case 5:
  case 6:
  case 7:
    put_attribute(file, t, edit, edit[0] % 12 - 5);
    break;
  case 8: /* links: to another object, to itself, nowhere, into another file */
    H5Ldelete(file, path, H5P_DEFAULT);
    if (edit[3] & 1)
      H5Lcreate_external("/etc/passwd", "/", file, path, H5P_DEFAULT, H5P_DEFAULT);
    else
      H5Lcreate_soft(edit[3] & 2   ? other
                     : edit[3] & 4 ? path
                                   : "/",
                     file, path, H5P_DEFAULT, H5P_DEFAULT);
    break;
  case 9:
    H5Ldelete(file, path, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    break;
  case 10: /* one object under two names */
    H5Ldelete(file, path, H5P_DEFAULT);
    H5Lcreate_hard(file, other, file, path, H5P_DEFAULT, H5P_DEFAULT);
    break;
  default: { /* a member more, of any name */
    char name[256];
    snprintf(name, sizeof name, "%.120s/%.100s", path, text_of(edit[3]));
    H5Lcreate_hard(file, other, file, name, H5P_DEFAULT, H5P_DEFAULT);
  }
  }
}

/* In memory, from and to blocks of our own: a disk would be asked for each piece. */
static hid_t open_image(const struct fray_text *bytes) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 4096, false);
  H5Pset_file_image(access, bytes->data, bytes->size);
  const hid_t file = H5Fopen("image", H5F_ACC_RDWR, access);
  H5Pclose(access);
  fuzz_must(file >= 0, "it is HDF5");
  return file;
}

/* The bytes as the driver has them, with those before HDF5's own. A flush makes them as many as the
 * file claims. */
static void write_image(hid_t file, const char *path) {
  unsigned char **image = NULL;
  hsize_t size = 0;
  fuzz_must(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 && H5Fget_filesize(file, &size) >= 0 &&
                H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&image) >= 0,
            "a file in memory can be read");
  fuzz_file_at(path, *image, (size_t)size);
}

void fuzz_h5_change(const struct fuzz_h5_template *t, const uint8_t *data, size_t size,
                    const char *path) {
  const hid_t file = open_image(&t->bytes);
  for (size_t k = 0; k + 4 <= size && k < 4 * MOST_EDITS; k += 4)
    change(file, t, data + k);
  write_image(file, path);
  H5Fclose(file);
  if (t->sealed)
    fuzz_must(fray_seal_write(path, NULL) == FRAY_OK, "it can be sealed");
}
