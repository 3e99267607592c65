/* HDF5 door: round trips, and every refusal with its message. Odd files (variable-length strings,
 * false sizes, values kept elsewhere) are made with HDF5 itself. */
#include "h5_folder.h"

#include "fray/base/confine.h"
#include "fray/base/size.h"

#include <hdf5.h>

static void numbers_of_every_type_come_back(void **state) {
  (void)state;
  struct fray_err err = {0};
  const size_t dims[] = {3, 2};
  const uint8_t u8[] = {0, 1, 2, 253, 254, 255};
  const int16_t i16[] = {-32768, -1, 0, 1, 2, 32767};
  const uint16_t u16[] = {0, 1, 2, 3, 65534, 65535};
  const int32_t i32[] = {INT32_MIN, -1, 0, 1, 2, INT32_MAX};
  const int64_t i64[] = {INT64_MIN, -1, 0, 1, 2, INT64_MAX};
  const float f32[] = {-1.5f, 0, 1e-38f, 1e38f, 2, 3};
  const double f64[] = {-1.5, 0, 1e-300, 1e300, 2, 3};
  const struct {
    const char *path;
    enum fray_h5_type type;
    const void *data;
    size_t size;
  } sets[] = {{"/a/u8", FRAY_H5_U8, u8, sizeof u8},     {"/a/i16", FRAY_H5_I16, i16, sizeof i16},
              {"/a/u16", FRAY_H5_U16, u16, sizeof u16}, {"/b/c/i32", FRAY_H5_I32, i32, sizeof i32},
              {"i64", FRAY_H5_I64, i64, sizeof i64},    {"f32", FRAY_H5_F32, f32, sizeof f32},
              {"f64", FRAY_H5_F64, f64, sizeof f64}};
  for (int gzip = 0; gzip < 2; gzip++) {
    fray_h5 file = fresh("types.h5");
    for (size_t i = 0; i < FRAY_COUNT(sets); i++)
      good(fray_h5_write(file, sets[i].path, sets[i].type, 2, dims, sets[i].data, gzip, &err),
           &err);
    file = reopen(file, "types.h5");
    for (size_t i = 0; i < FRAY_COUNT(sets); i++) {
      char back[64];
      int rank = 0;
      size_t shape[FRAY_H5_MAX_RANK];
      bool is_text = true;
      good(fray_h5_shape(file, sets[i].path, &rank, shape, &is_text, &err), &err);
      assert_int_equal(rank, 2);
      assert_false(is_text);
      assert_int_equal(shape[0] * 10 + shape[1], 32);
      assert_int_equal(shape[2] * shape[3], 1);
      good(fray_h5_read(file, sets[i].path, sets[i].type, back, 6, &err), &err);
      assert_memory_equal(back, sets[i].data, sets[i].size);
      good(fray_h5_read_rows(file, sets[i].path, sets[i].type, 1, 2, back, 4, &err), &err);
      assert_memory_equal(back, (const char *)sets[i].data + sets[i].size / 3,
                          sets[i].size * 2 / 3);
    }
    good(fray_h5_close(file, &err), &err);
  }
}

static void rows_are_written_one_by_one(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = fresh("rows.h5");
  size_t dims[] = {1000, 3};
  int32_t row[3], all[3000];
  good(fray_h5_make(file, "x", FRAY_H5_I32, 2, dims, true, &err), &err);
  for (int i = 0; i < 1000; i++) {
    row[0] = i, row[1] = 2 * i, row[2] = -i;
    good(fray_h5_write_rows(file, "x", FRAY_H5_I32, (size_t)i, 1, row, 3, &err), &err);
  }
  refused(fray_h5_write_rows(file, "x", FRAY_H5_I32, 1000, 1, row, 3, &err), &err, "it has 1000");
  file = reopen(file, "rows.h5");
  good(fray_h5_read(file, "x", FRAY_H5_I32, all, 3000, &err), &err);
  for (int i = 0; i < 1000; i++)
    assert_true(all[3 * i] == i && all[3 * i + 1] == 2 * i && all[3 * i + 2] == -i);
  refused(fray_h5_read_rows(file, "x", FRAY_H5_I32, 999, 2, all, 6, &err), &err, "it has 1000");
  refused(fray_h5_read_rows(file, "x", FRAY_H5_I32, SIZE_MAX, 2, all, 6, &err), &err, "it has");
  refused(fray_h5_read_rows(file, "x", FRAY_H5_I32, 0, 2, all, 5, &err), &err, "expected 5");
  good(fray_h5_close(file, &err), &err);
}

static void integers_convert_only_without_loss(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = fresh("narrow.h5");
  const int64_t small[] = {-1, 0, 255}, large[] = {0, 1, 3000000000};
  const size_t three = 3;
  int32_t out[3];
  uint8_t bytes[3];
  uint16_t shorts[3];
  float f[3];
  good(fray_h5_write(file, "small", FRAY_H5_I64, 1, &three, small, false, &err), &err);
  good(fray_h5_write(file, "large", FRAY_H5_I64, 1, &three, large, false, &err), &err);
  good(fray_h5_write(file, "bytes", FRAY_H5_U8, 1, &three, "\x01\x02\xff", false, &err), &err);
  good(fray_h5_read(file, "small", FRAY_H5_I32, out, 3, &err), &err);
  assert_true(out[0] == -1 && out[1] == 0 && out[2] == 255);
  refused(fray_h5_read(file, "small", FRAY_H5_U8, bytes, 3, &err), &err,
          "/small: value -1 (entry 0) is not in [0, 255]");
  refused(fray_h5_read(file, "large", FRAY_H5_I32, out, 3, &err), &err,
          "value 3000000000 (entry 2) is not in [-2147483648, 2147483647]");
  good(fray_h5_read(file, "bytes", FRAY_H5_U16, shorts, 3, &err), &err);
  assert_int_equal(shorts[2], 255);
  refused(fray_h5_read(file, "small", FRAY_H5_F32, f, 3, &err), &err, "expected float32");
  refused(fray_h5_read(file, "small", FRAY_H5_I32, out, 2, &err), &err, "has 3 values, expected 2");
  refused(fray_h5_read(file, "none", FRAY_H5_I32, out, 3, &err), &err, "no such data set");
  good(fray_h5_close(file, &err), &err);
}

static void texts_and_attributes_come_back(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = fresh("texts.h5");
  const char *const names[] = {"a", "", "Zürich", "longer name"};
  const int64_t ids[] = {7, -12, INT64_MIN};
  const size_t three = 3;
  good(fray_h5_write_texts(file, "/g/names", names, 4, &err), &err);
  good(fray_h5_write_texts(file, "/g/none", names, 0, &err), &err);
  good(fray_h5_write(file, "ids", FRAY_H5_I64, 1, &three, ids, false, &err), &err);
  good(fray_h5_put_attr_text(file, ".", "kind", "first", &err), &err);
  good(fray_h5_put_attr_text(file, ".", "kind", "audio", &err), &err);
  good(fray_h5_put_attr_real(file, "/g", "rate", 8000.5, &err), &err);
  file = reopen(file, "texts.h5");
  const char **back = NULL, *text = NULL;
  size_t n = 0;
  double rate = 0;
  good(fray_h5_read_texts(file, "/g/names", &arena, &back, &n, &err), &err);
  assert_int_equal(n, 4);
  for (size_t i = 0; i < n; i++)
    assert_string_equal(back[i], names[i]);
  good(fray_h5_read_texts(file, "/g/none", &arena, &back, &n, &err), &err);
  assert_int_equal(n, 0);
  good(fray_h5_read_texts(file, "ids", &arena, &back, &n, &err), &err);
  assert_string_equal(back[1], "-12");
  assert_string_equal(back[2], "-9223372036854775808");
  good(fray_h5_attr_text(file, ".", "kind", &arena, &text, &err), &err);
  assert_string_equal(text, "audio");
  good(fray_h5_attr_real(file, "/g", "rate", &rate, &err), &err);
  assert_true(rate == 8000.5);
  refused(fray_h5_attr_real(file, ".", "kind", &rate, &err), &err,
          "attribute kind is not a number");
  refused(fray_h5_attr_text(file, "/g", "rate", &arena, &text, &err), &err, "is not text");
  refused(fray_h5_attr_text(file, "/g", "unit", &arena, &text, &err), &err,
          "/g: attribute unit is missing");
  assert_true(fray_h5_has(file, "/g/names") && !fray_h5_has(file, "/g/x/y"));
  assert_true(fray_h5_has_attr(file, ".", "kind") && !fray_h5_has_attr(file, "/no", "kind"));
  good(fray_h5_members(file, "/g", &arena, &back, &n, &err), &err);
  assert_int_equal(n, 2);
  assert_string_equal(back[0], "names");
  assert_string_equal(back[1], "none");
  refused(fray_h5_members(file, "/ids", &arena, &back, &n, &err), &err, "is not a group");
  good(fray_h5_close(file, &err), &err);
}

/* As h5py writes them by default. */
static void variable_strings_are_read(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = fresh("variable.h5");
  const char *texts[] = {"one", "", "three"};
  hid_t type = H5Tcopy(H5T_C_S1), one = H5Screate(H5S_SCALAR);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  hid_t space = H5Screate_simple(1, &(hsize_t){3}, NULL);
  hid_t data = H5Dcreate2(file, "v", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts) >= 0);
  hid_t attr = H5Acreate2(file, "kind", type, one, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Awrite(attr, type, &texts[2]) >= 0);
  H5Aclose(attr), H5Dclose(data), H5Sclose(space), H5Sclose(one), H5Tclose(type);
  file = reopen(file, "variable.h5");
  const char **back = NULL, *text = NULL;
  size_t n = 0;
  good(fray_h5_read_texts(file, "v", &arena, &back, &n, &err), &err);
  assert_int_equal(n, 3);
  for (size_t i = 0; i < n; i++)
    assert_string_equal(back[i], texts[i]);
  good(fray_h5_attr_text(file, ".", "kind", &arena, &text, &err), &err);
  assert_string_equal(text, "three");
  good(fray_h5_close(file, &err), &err);
}

/* h5py stores booleans as an enumeration of int8. */
static void booleans_are_integers(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = fresh("bool.h5");
  hid_t type = H5Tenum_create(H5T_STD_I8LE), space = H5Screate_simple(1, &(hsize_t){3}, NULL);
  H5Tenum_insert(type, "FALSE", &(int8_t){0});
  H5Tenum_insert(type, "TRUE", &(int8_t){1});
  hid_t data = H5Dcreate2(file, "b", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, (int8_t[]){1, 0, 1}) >= 0);
  H5Dclose(data), H5Sclose(space), H5Tclose(type);
  uint8_t out[3] = {9, 9, 9};
  good(fray_h5_read(file, "b", FRAY_H5_U8, out, 3, &err), &err);
  assert_true(out[0] == 1 && out[1] == 0 && out[2] == 1);
  good(fray_h5_close(file, &err), &err);
}

static void false_sizes_are_refused_before_memory_is_taken(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = fresh("huge.h5");
  hid_t plist = H5Pcreate(H5P_DATASET_CREATE), text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 100);
  H5Pset_chunk(plist, 1, &(hsize_t){1024});
  hid_t space = H5Screate_simple(1, &(hsize_t){1000000000}, NULL);
  H5Dclose(H5Dcreate2(file, "t", text, space, H5P_DEFAULT, plist, H5P_DEFAULT));
  /* Those who ask for a shape make room by it. */
  H5Dclose(H5Dcreate2(file, "n", H5T_NATIVE_INT, space, H5P_DEFAULT, plist, H5P_DEFAULT));
  hid_t scalar = H5Screate(H5S_SCALAR);
  H5Dclose(H5Dcreate2(file, "s", H5T_NATIVE_INT, scalar, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Pset_layout(plist, H5D_CONTIGUOUS);
  H5Pset_external(plist, "/etc/passwd", 0, 100);
  hid_t hundred = H5Screate_simple(1, &(hsize_t){100}, NULL);
  H5Dclose(H5Dcreate2(file, "e", H5T_NATIVE_UINT8, hundred, H5P_DEFAULT, plist, H5P_DEFAULT));
  H5Sclose(hundred), H5Sclose(scalar), H5Sclose(space), H5Tclose(text), H5Pclose(plist);
  const char **back = NULL;
  size_t n = 0;
  uint8_t bytes[100];
  int rank = 0;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text = false;
  refused(fray_h5_read_texts(file, "t", &arena, &back, &n, &err), &err, "never written");
  refused(fray_h5_shape(file, "n", &rank, dims, &is_text, &err), &err,
          "n: claims 4000000000 bytes of values, but the file holds 0");
  refused(fray_h5_shape(file, "s", &rank, dims, &is_text, &err), &err, "0 dimensions");
  refused(fray_h5_read(file, "e", FRAY_H5_U8, bytes, 100, &err), &err, "lie in another file");
  good(fray_h5_close(file, &err), &err);
}

static void broken_files_are_refused(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = -1;
  refused(fray_h5_open(in_folder("absent.h5"), &file, &err), &err, "absent.h5: No such file");
  refused(fray_h5_open(folder, &file, &err), &err, "not a regular file");
  good(fray_file_write(in_folder("text.h5"), "hello, I am no HDF5", 19, &err), &err);
  refused(fray_h5_open(in_folder("text.h5"), &file, &err), &err, "text.h5: not an HDF5 file");
  file = fresh("cut.h5");
  static const float zeros[10000];
  const size_t n = 10000;
  good(fray_h5_write(file, "x", FRAY_H5_F32, 1, &n, zeros, false, &err), &err);
  good(fray_h5_close(file, &err), &err);
  assert_int_equal(truncate(in_folder("cut.h5"), 20000), 0);
  refused(fray_h5_open(in_folder("cut.h5"), &file, &err), &err, "truncated");
  assert_int_equal(fray_h5_create("/nonexistent/x.h5", &file, &err), FRAY_IO);
}

/* Object times are off, so a shard written twice is the same file. */
static void same_content_same_bytes(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_text files[2] = {{0}, {0}};
  for (int i = 0; i < 2; i++) {
    const size_t dims[] = {2, 2};
    fray_h5 file = fresh("same.h5");
    good(fray_h5_group(file, "/g/h", &err), &err);
    good(fray_h5_write(file, "/g/x", FRAY_H5_I16, 2, dims, "abcdefgh", true, &err), &err);
    good(fray_h5_put_attr_text(file, "/g", "unit", "m", &err), &err);
    good(fray_h5_close(file, &err), &err);
    good(fray_file_read(in_folder("same.h5"), 1 << 20, &files[i], &err), &err);
    if (i == 0)
      sleep(1); /* HDF5 keeps whole seconds */
  }
  assert_int_equal(files[0].size, files[1].size);
  assert_memory_equal(files[0].data, files[1].data, files[0].size);
  fray_text_free(&files[0]);
  fray_text_free(&files[1]);
}

/* The reader closes with the next question, of which there may be none before the next file is
 * closed; it has fewer files than are opened here. */
static void files_that_were_read_are_closed(void **state) {
  (void)state;
  struct fray_err err = {0};
  enum { ROUNDS = FRAY_CONFINED_FILES / 2, FILES = 3 };
  good(fray_h5_close(fresh("closed.h5"), &err), &err);
  for (int i = 0; i < ROUNDS; i++) {
    fray_h5 files[FILES];
    for (int k = 0; k < FILES; k++)
      good(fray_h5_open(in_folder("closed.h5"), &files[k], &err), &err);
    for (int k = 0; k < FILES; k++)
      good(fray_h5_close(files[k], &err), &err);
    /* A number that is given again is another file. */
    good(fray_h5_open(in_folder("closed.h5"), &files[0], &err), &err);
    assert_false(fray_h5_has(files[0], "a"));
    good(fray_h5_close(files[0], &err), &err);
  }
}

static void version_is_a_version(void **state) {
  (void)state;
  int major = 0, minor = 0;
  assert_int_equal(sscanf(fray_h5_version(), "%d.%d", &major, &minor), 2);
  assert_int_equal(major, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_of_every_type_come_back),
      cmocka_unit_test(rows_are_written_one_by_one),
      cmocka_unit_test(integers_convert_only_without_loss),
      cmocka_unit_test(texts_and_attributes_come_back),
      cmocka_unit_test(variable_strings_are_read),
      cmocka_unit_test(booleans_are_integers),
      cmocka_unit_test(false_sizes_are_refused_before_memory_is_taken),
      cmocka_unit_test(broken_files_are_refused),
      cmocka_unit_test(same_content_same_bytes),
      cmocka_unit_test(files_that_were_read_are_closed),
      cmocka_unit_test(version_is_a_version),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
