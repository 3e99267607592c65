/* What a shard may lead to and what it may lack: links into other files, values that were never
 * written, seals in front of HDF5 files. */
#include "h5_folder.h"

#include "fray/base/seal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <hdf5.h>

enum { N = 100 };

static void put(fray_h5 file, const char *path) {
  struct fray_err err = {0};
  const int32_t value[4] = {1, 2, 3, 4};
  good(fray_h5_write(file, path, FRAY_H5_I32, 1, (size_t[]){4}, value, false, &err), &err);
}

/* This process has closed HDF5's external links, so a child that never opened anything makes them:
 * by the same library, before it is told. */
static void link_elsewhere(const char *name, const char *target) {
  pid_t child = fork();
  if (child == 0) {
    char self[8192];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    execl(self, self, "links", in_folder(name), target, (char *)NULL);
    _exit(9);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static int make_links(const char *path, const char *target) {
  hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  return file < 0 || H5Lcreate_external(target, "/d", file, "ext", H5P_DEFAULT, H5P_DEFAULT) < 0 ||
         H5Lcreate_external(target, "/", file, "group", H5P_DEFAULT, H5P_DEFAULT) < 0 ||
         H5Lcreate_soft("/ext", file, "soft", H5P_DEFAULT, H5P_DEFAULT) < 0 ||
         H5Lcreate_soft("soft", file, "softer", H5P_DEFAULT, H5P_DEFAULT) < 0 ||
         H5Lcreate_soft("in/d", file, "alias", H5P_DEFAULT, H5P_DEFAULT) < 0 ||
         H5Lcreate_soft("/none", file, "dangling", H5P_DEFAULT, H5P_DEFAULT) < 0 ||
         H5Lcreate_soft("loop", file, "loop", H5P_DEFAULT, H5P_DEFAULT) < 0 || H5Fclose(file) < 0;
}

static void check_elsewhere(fray_h5 file, const char *path) {
  struct fray_err err = {0};
  int32_t value[4];
  int rank;
  size_t dims[FRAY_H5_MAX_RANK], n;
  bool is_text;
  double real;
  const char **names, *text;
  static const char part[] = "its values lie in another file";
  assert_true(fray_h5_has(file, path));
  assert_true(fray_h5_has_attr(file, path, "kind"));
  refused(fray_h5_read(file, path, FRAY_H5_I32, value, 4, &err), &err, part);
  refused(fray_h5_shape(file, path, &rank, dims, &is_text, &err), &err, part);
  refused(fray_h5_read_texts(file, path, &arena, &names, &n, &err), &err, part);
  refused(fray_h5_members(file, path, &arena, &names, &n, &err), &err, part);
  refused(fray_h5_attr_text(file, path, "kind", &arena, &text, &err), &err, part);
  refused(fray_h5_attr_real(file, path, "kind", &real, &err), &err, part);
  if (!strstr(err.text, path))
    fail_msg("%s is not named: %s", path, err.text);
}

/* By a link, by a soft link to a link, below a group that is one; to a file that is there, to none,
 * to a FIFO. What lies in this file is read by any name. */
static void links_are_followed_in_this_file_only(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 other = fresh("other.h5");
  put(other, "/d");
  good(fray_h5_close(other, &err), &err);
  assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
  static const char *const targets[] = {"other.h5", "none.h5", "fifo", "/dev/zero"};
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    fray_h5 file = fresh("links.h5");
    int32_t value[4];
    put(file, "/in/d");
    good(fray_h5_close(file, &err), &err);
    link_elsewhere("links.h5", targets[i][0] == '/' ? targets[i] : in_folder(targets[i]));
    good(fray_h5_open(in_folder("links.h5"), &file, &err), &err);
    static const char *const away[] = {"/ext", "/soft", "/softer", "/group", "/group/d", "ext"};
    for (size_t k = 0; k < sizeof away / sizeof *away; k++)
      check_elsewhere(file, away[k]);
    good(fray_h5_read(file, "/alias", FRAY_H5_I32, value, 4, &err), &err);
    assert_int_equal(value[3], 4);
    static const char *const nowhere[] = {"/dangling", "/loop"};
    for (size_t k = 0; k < 2; k++) {
      assert_true(fray_h5_has(file, nowhere[k]));
      refused(fray_h5_read(file, nowhere[k], FRAY_H5_I32, value, 4, &err), &err, "leads nowhere");
    }
    assert_false(fray_h5_has(file, "/absent"));
    assert_false(fray_h5_has(file, "/absent/d"));
    refused(fray_h5_read(file, "/absent", FRAY_H5_I32, value, 4, &err), &err, "no such data set");
    good(fray_h5_close(file, &err), &err);
  }
}

/* A virtual data set, with a FIFO behind it. */
static void virtual_values_are_refused(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = fresh("v.h5");
  int32_t value[4];
  assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
  hid_t space = H5Screate_simple(1, &(hsize_t){4}, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
  assert_true(H5Pset_virtual(plist, space, in_folder("fifo"), "/d", space) >= 0);
  hid_t data = H5Dcreate2(file, "d", H5T_NATIVE_INT, space, H5P_DEFAULT, plist, H5P_DEFAULT);
  assert_true(data >= 0);
  H5Dclose(data), H5Pclose(plist), H5Sclose(space);
  file = reopen(file, "v.h5");
  refused(fray_h5_read(file, "d", FRAY_H5_I32, value, 4, &err), &err, "lie in another file");
  good(fray_h5_close(file, &err), &err);
}

static void what_is_no_file_is_not_opened(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = -1;
  bool is_sealed;
  assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
  refused(fray_h5_open(in_folder("fifo"), &file, &err), &err, "not a regular file");
  refused(fray_h5_open_sealed(in_folder("fifo"), &is_sealed, &file, &err), &err,
          "not a regular file");
  refused(fray_h5_open("/dev/zero", &file, &err), &err, "not a regular file");
  refused(fray_h5_open(folder, &file, &err), &err, "not a regular file");
}

/* A data set of N x 4 of which the first `rows` are written. chunk 0: in one piece. */
static void half(fray_h5 file, const char *name, hsize_t chunk, H5D_alloc_time_t when, bool gzip,
                 size_t rows) {
  struct fray_err err = {0};
  float value[N * 4];
  const hsize_t dims[2] = {N, 4}, chunks[2] = {chunk, 3};
  for (size_t i = 0; i < N * 4; i++)
    value[i] = (float)i;
  hid_t space = H5Screate_simple(2, dims, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
  if (chunk)
    H5Pset_chunk(plist, 2, chunks);
  if (gzip)
    H5Pset_deflate(plist, 1);
  H5Pset_alloc_time(plist, when);
  H5Dclose(H5Dcreate2(file, name, H5T_NATIVE_FLOAT, space, H5P_DEFAULT, plist, H5P_DEFAULT));
  H5Pclose(plist), H5Sclose(space);
  if (rows)
    good(fray_h5_write_rows(file, name, FRAY_H5_F32, 0, rows, value, rows * 4, &err), &err);
}

static void expect_gap(fray_h5 file, const char *name, size_t first) {
  struct fray_err err = {0};
  struct fray_h5_gap *gap = NULL;
  size_t n = 9;
  float value[N * 4];
  good(fray_h5_gaps(file, name, &arena, &gap, &n, &err), &err);
  if (first == N) {
    assert_int_equal(n, 0);
    good(fray_h5_read(file, name, FRAY_H5_F32, value, N * 4, &err), &err);
    return;
  }
  if (n != 1)
    fail_msg("%s: %zu gaps", name, n);
  assert_int_equal(gap[0].first, first);
  assert_int_equal(gap[0].end, N);
  refused(fray_h5_read(file, name, FRAY_H5_F32, value, N * 4, &err), &err, "never written");
}

/* Chunks of 10 x 3, so that some are cut by the edge. Room that is taken for all at once counts as
 * written: HDF5 says no more about it. */
static void what_was_never_written_is_known(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = fresh("half.h5");
  half(file, "piece", 0, H5D_ALLOC_TIME_LATE, false, 0);
  half(file, "piece-some", 0, H5D_ALLOC_TIME_LATE, false, 1);
  half(file, "piece-early", 0, H5D_ALLOC_TIME_EARLY, false, 0);
  half(file, "none", 10, H5D_ALLOC_TIME_INCR, false, 0);
  half(file, "some", 10, H5D_ALLOC_TIME_INCR, false, 41);
  half(file, "packed", 10, H5D_ALLOC_TIME_INCR, true, 41);
  half(file, "whole", 10, H5D_ALLOC_TIME_INCR, true, N);
  half(file, "odd", 7, H5D_ALLOC_TIME_INCR, false, 14);
  half(file, "late", 7, H5D_ALLOC_TIME_LATE, false, 14);
  half(file, "early", 10, H5D_ALLOC_TIME_EARLY, false, 0);
  hid_t none = H5Screate_simple(1, &(hsize_t){0}, NULL);
  H5Dclose(H5Dcreate2(file, "no", H5T_NATIVE_INT, none, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(none);
  hid_t five = H5Screate_simple(1, &(hsize_t){5}, NULL), text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 8);
  H5Dclose(H5Dcreate2(file, "text", text, five, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(five), H5Tclose(text);
  file = reopen(file, "half.h5");
  expect_gap(file, "piece", 0);
  expect_gap(file, "piece-some", N);
  expect_gap(file, "piece-early", N);
  expect_gap(file, "none", 0);
  expect_gap(file, "some", 50);
  expect_gap(file, "packed", 50);
  expect_gap(file, "whole", N);
  expect_gap(file, "odd", 14);
  expect_gap(file, "late", N);
  expect_gap(file, "early", N);
  const char **names;
  size_t n;
  good(fray_h5_read(file, "no", FRAY_H5_I32, &n, 0, &err), &err);
  refused(fray_h5_read_texts(file, "text", &arena, &names, &n, &err), &err, "never written");
  good(fray_h5_close(file, &err), &err);
}

/* Any program with HDF5 reads a sealed file; a byte more, less or other, and fray does not. */
static void sealed_files_are_hdf5_files(void **state) {
  (void)state;
  struct fray_err err = {0};
  fray_h5 file = -1;
  bool is_sealed = false;
  int32_t value[4] = {0};
  good(fray_h5_create_sealed(in_folder("s.h5"), &file, &err), &err);
  put(file, "/d");
  good(fray_h5_close(file, &err), &err);
  good(fray_seal_write(in_folder("s.h5"), &err), &err);
  hid_t plain = H5Fopen(in_folder("s.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t data = H5Dopen2(plain, "/d", H5P_DEFAULT);
  assert_true(H5Dread(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
  assert_int_equal(value[2], 3);
  H5Dclose(data), H5Fclose(plain);
  good(fray_h5_open_sealed(in_folder("s.h5"), &is_sealed, &file, &err), &err);
  assert_true(is_sealed);
  good(fray_h5_close(file, &err), &err);
  uint64_t size;
  good(fray_file_size(in_folder("s.h5"), &size, &err), &err);
  assert_int_equal(truncate(in_folder("s.h5"), (off_t)size + 1), 0);
  refused(fray_h5_open_sealed(in_folder("s.h5"), &is_sealed, &file, &err), &err, "damaged");
  assert_int_equal(truncate(in_folder("s.h5"), (off_t)size), 0);
  good(fray_h5_open_sealed(in_folder("s.h5"), &is_sealed, &file, &err), &err);
  good(fray_h5_close(file, &err), &err);
  int fd = open(in_folder("s.h5"), O_RDWR);
  assert_int_equal(pwrite(fd, "X", 1, 3), 1); /* the mark itself: no older program wrote that */
  close(fd);
  refused(fray_h5_open_sealed(in_folder("s.h5"), &is_sealed, &file, &err), &err, "neither a seal");
  file = fresh("old.h5");
  put(file, "/d");
  good(fray_h5_close(file, &err), &err);
  good(fray_h5_open_sealed(in_folder("old.h5"), &is_sealed, &file, &err), &err);
  assert_false(is_sealed);
  good(fray_h5_close(file, &err), &err);
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "links") == 0)
    return make_links(argv[2], argv[3]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(links_are_followed_in_this_file_only, set_up, tear_down),
      cmocka_unit_test_setup_teardown(virtual_values_are_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_is_no_file_is_not_opened, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_was_never_written_is_known, set_up, tear_down),
      cmocka_unit_test_setup_teardown(sealed_files_are_hdf5_files, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
