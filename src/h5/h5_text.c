/* Strings: fixed and variable length, and integers as decimal text. Lengths and numbers of strings
 * come from the file and are bounded before anything is allocated for them. */
#include "h5_served.h"

#include "fray/base/size.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Far above any name or text of a sample, far below what would hurt. */
enum { LONGEST_TEXT = 1 << 16, LONGEST_LIST = 1 << 30 };

/* Attributes and data sets hold strings in the same ways; only the calls differ. */
static herr_t read_object(hid_t object, bool is_attr, hid_t type, void *out) {
  return is_attr ? H5Aread(object, type, out)
                 : H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
}

/* Variable length: HDF5 allocates each string, we copy and give them back. Each text is copied to
 * the arena and HDF5's own memory given back at once, also after an error. */
static enum fray_status read_variable(hid_t object, bool is_attr, size_t n, const char *place,
                                      struct fray_arena *arena, const char **out,
                                      struct fray_err *err) {
  hid_t file_type = is_attr ? H5Aget_type(object) : H5Dget_type(object);
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  /* HDF5 converts no character sets and refuses to read across them. */
  H5Tset_cset(type, H5Tget_cset(file_type));
  H5Tclose(file_type);
  hid_t space = is_attr ? H5Aget_space(object) : H5Dget_space(object);
  char **texts = calloc(n, sizeof *texts);
  enum fray_status status = FRAY_OK;
  if (!texts)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  else if (read_object(object, is_attr, type, texts) < 0)
    status = fray_fail(err, FRAY_INPUT, "%s: the strings cannot be read", place);
  else {
    for (size_t i = 0; i < n && status == FRAY_OK; i++) {
      const char *text = texts[i] ? texts[i] : "";
      if (strlen(text) > LONGEST_TEXT)
        status =
            fray_fail(err, FRAY_INPUT, "%s[%zu]: longer than %d bytes", place, i, LONGEST_TEXT);
      else if (!(out[i] = fray_arena_strdup(arena, text)))
        status = fray_fail(err, FRAY_MEMORY, "out of memory");
    }
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
  }
  free(texts);
  H5Sclose(space);
  H5Tclose(type);
  return status;
}

/* True of bytes behind a NUL, which would be cut off without a word. Behind the end of a text
 * that a NUL terminates stands what happens to be there. A text of fixed width with a NUL in the
 * middle. */
static bool is_cut(const char *text, size_t width, H5T_str_t padding) {
  size_t n = strnlen(text, width);
  while (n < width && text[n] == '\0')
    n++;
  return padding != H5T_STR_NULLTERM && n < width;
}

/* Fortran pads with blanks: they are none of the text. */
static size_t text_length(const char *text, size_t width, H5T_str_t padding) {
  size_t n = strnlen(text, width);
  while (padding == H5T_STR_SPACEPAD && n > 0 && text[n - 1] == ' ')
    n--;
  return n;
}

/* One allocation for all: an arena rounds each to 64 bytes, which for a million names would be
 * waste. So twice over the block: first how much memory, then the copies. */
static enum fray_status copy_texts(const char *block, size_t n, size_t width, H5T_str_t padding,
                                   const char *place, struct fray_arena *arena, const char **out,
                                   struct fray_err *err) {
  size_t total = 0;
  for (size_t i = 0; i < n; i++) {
    FRAY_CHECK(!is_cut(block + i * width, width, padding), err, INPUT,
               "%s[%zu]: holds a NUL byte within the text", place, i);
    total += text_length(block + i * width, width, padding) + 1;
  }
  char *to = fray_arena_alloc(arena, total, 1);
  FRAY_CHECK(to, err, MEMORY, "out of memory (%zu bytes)", total);
  for (size_t i = 0; i < n; i++) {
    size_t length = text_length(block + i * width, width, padding);
    memcpy(to, block + i * width, length);
    to[length] = '\0';
    out[i] = to;
    to += length + 1;
  }
  return FRAY_OK;
}

/* Fixed length: one block; `texts` point into it, as each row has one byte more for the NUL. */
static enum fray_status read_fixed(hid_t object, bool is_attr, size_t n, const char *place,
                                   struct fray_arena *arena, const char **out,
                                   struct fray_err *err) {
  hid_t type = is_attr ? H5Aget_type(object) : H5Dget_type(object);
  size_t width = H5Tget_size(type), bytes = 0;
  H5T_str_t padding = H5Tget_strpad(type);
  enum fray_status status = FRAY_OK;
  char *block = NULL;
  if (width > LONGEST_TEXT || !fray_size_mul(n, width, &bytes))
    status = fray_fail(err, FRAY_INPUT, "%s: strings of %zu bytes, longer than %d", place, width,
                       LONGEST_TEXT);
  if (status == FRAY_OK && !is_attr)
    status = h5_check_stored(object, bytes, place, err);
  if (status == FRAY_OK && !(block = malloc(bytes ? bytes : 1)))
    status = fray_fail(err, FRAY_MEMORY, "out of memory (%zu bytes)", bytes);
  if (status == FRAY_OK && read_object(object, is_attr, type, block) < 0)
    status = fray_fail(err, FRAY_INPUT, "%s: the strings cannot be read", place);
  if (status == FRAY_OK)
    status = copy_texts(block, n, width, padding, place, arena, out, err);
  free(block);
  H5Tclose(type);
  return status;
}

/* Both forms: writers differ in which they take. */
enum fray_status h5_read_strings(hid_t object, bool is_attr, size_t n, const char *place,
                                 struct fray_arena *arena, const char **out, struct fray_err *err) {
  hid_t type = is_attr ? H5Aget_type(object) : H5Dget_type(object);
  bool text = H5Tget_class(type) == H5T_STRING;
  bool variable = text && H5Tis_variable_str(type) > 0;
  H5Tclose(type);
  FRAY_CHECK(text, err, INPUT, "%s: is not text", place);
  return variable ? read_variable(object, is_attr, n, place, arena, out, err)
                  : read_fixed(object, is_attr, n, place, arena, out, err);
}

/* Integers become decimal text: people number their clients. One block for all, of equal places:
 * these are few bytes each. */
static enum fray_status read_numbers(hid_t parent, const char *path, size_t n,
                                     struct fray_arena *arena, const char **out,
                                     struct fray_err *err) {
  /* The longest int64 has 19 digits, a sign and a NUL. */
  enum { DIGITS = 21 };
  int64_t *values = malloc((n ? n : 1) * sizeof *values);
  char *text = fray_arena_alloc(arena, n, DIGITS);
  enum fray_status status = FRAY_OK;
  if (!values || !text)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  else
    status = h5_here_read(parent, path, FRAY_H5_I64, values, n, err);
  for (size_t i = 0; i < n && status == FRAY_OK; i++) {
    snprintf(text + i * DIGITS, DIGITS, "%" PRId64, values[i]);
    out[i] = text + i * DIGITS;
  }
  free(values);
  return status;
}

/* dims[0]: how many. */
static enum fray_status list_length(hid_t data, const char *place, size_t *dims, bool *is_text,
                                    struct fray_err *err) {
  int rank = 0;
  FRAY_TRY(h5_shape_of(data, place, &rank, dims, is_text, err));
  FRAY_CHECK(rank == 1, err, INPUT, "%s: has %d dimensions, expected 1", place, rank);
  FRAY_CHECK(dims[0] <= LONGEST_LIST, err, INPUT, "%s: %zu entries, more than the limit of %d",
             place, dims[0], LONGEST_LIST);
  return FRAY_OK;
}

/* A list of texts, or of integers that stand for names. */
enum fray_status h5_here_read_texts(fray_h5 parent, const char *path, struct fray_arena *arena,
                                    const char ***out, size_t *n, struct fray_err *err) {
  char place[H5_PLACE];
  size_t dims[FRAY_H5_MAX_RANK] = {0};
  bool is_text = false;
  hid_t data = -1;
  FRAY_TRY(h5_open_data(parent, path, &data, err));
  enum fray_status status = list_length(data, h5_place(parent, path, place), dims, &is_text, err);
  if (status == FRAY_OK)
    status = h5_check_written(data, place, err);
  /* Even variable strings take 16 bytes each in the file, so a false count is caught here. */
  if (status == FRAY_OK && is_text && dims[0])
    status = h5_check_stored(data, dims[0], place, err);
  const char **texts =
      status == FRAY_OK ? fray_arena_alloc(arena, dims[0] + 1, sizeof *texts) : NULL;
  if (status == FRAY_OK && !texts)
    status = fray_fail(err, FRAY_MEMORY, "out of memory (%zu names)", dims[0]);
  if (status == FRAY_OK && dims[0])
    status = is_text ? h5_read_strings(data, false, dims[0], place, arena, texts, err)
                     : read_numbers(parent, path, dims[0], arena, texts, err);
  H5Dclose(data);
  FRAY_TRY(status);
  *out = texts;
  *n = dims[0];
  return FRAY_OK;
}

/* As wide as the longest, filled with NULs. */
enum fray_status fray_h5_write_texts(fray_h5 parent, const char *path, const char *const *texts,
                                     size_t n, struct fray_err *err) {
  char place[H5_PLACE], reason[H5_REASON];
  size_t width = 1, bytes = 0;
  h5_quiet();
  for (size_t i = 0; i < n; i++)
    width = FRAY_MAX(width, strlen(texts[i]));
  h5_place(parent, path, place);
  FRAY_CHECK(fray_size_mul(width, n, &bytes), err, MEMORY, "%s: too large", place);
  char *block = calloc(bytes ? bytes : 1, 1);
  FRAY_CHECK(block, err, MEMORY, "out of memory (%zu bytes)", bytes);
  for (size_t i = 0; i < n; i++)
    memcpy(block + i * width, texts[i], strlen(texts[i]));
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, width);
  H5Tset_cset(type, H5T_CSET_UTF8);
  /* Of one width, padded: such texts lie in one block, compress well and need no heap of HDF5's. */
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  hid_t space = H5Screate_simple(1, &(hsize_t){n}, NULL);
  hid_t data =
      H5Dcreate2(parent, path, type, space, h5_link_plist(), h5_plain_plist(), H5P_DEFAULT);
  bool good =
      data >= 0 && (n == 0 || H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, block) >= 0);
  if (!good) {
    h5_reason(reason);
    h5_divert(parent);
  }
  if (data >= 0)
    H5Dclose(data);
  H5Sclose(space);
  H5Tclose(type);
  free(block);
  FRAY_CHECK(good, err, IO, "%s: cannot be written: %s", place, reason);
  return FRAY_OK;
}
