/* Bundles of folders, and side files that are folders. */
#include "fray/base/bundle.h"

#include "fray/base/file.h"
#include "fray/base/side.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[256];

static const char *in_folder(const char *name) {
  static char path[2][512];
  static int turn;
  turn ^= 1;
  snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
  return path[turn];
}

static void put(const char *name, const char *text) {
  struct fray_err err = {0};
  if (fray_file_write(in_folder(name), text, strlen(text), &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static int make(void **state) {
  const char *tmp = getenv("TMPDIR");
  (void)state;
  snprintf(folder, sizeof folder, "%s/fray-bundle-%ld", tmp ? tmp : "/tmp", (long)getpid());
  fray_make_folders(in_folder("b/deep"), NULL);
  fray_make_folders(in_folder("empty"), NULL);
  fray_make_folders(in_folder(".hidden"), NULL);
  put("z", "last");
  put("b/deep/one", "1");
  put("b/two", "");
  put("a", "first");
  put(".secret", "no");
  put(".hidden/three", "no");
  return 0;
}

static int clear(void **state) {
  (void)state;
  fray_side_forget();
  return fray_remove_tree(folder, NULL) != FRAY_OK;
}

static void check_bundle(const char *data, size_t size) {
  static const char *const want[][2] = {
      {"a", "first"}, {"b/deep/one", "1"}, {"b/two", ""}, {"z", "last"}};
  struct fray_bundle_file file;
  struct fray_err err = {0};
  size_t at = 0, n = 0;
  assert_true(fray_bundle_is(data, size));
  for (; fray_bundle_next(data, size, &at, &file, &err); n++) {
    assert_true(n < 4);
    assert_string_equal(file.name, want[n][0]);
    assert_int_equal(file.size, strlen(want[n][1]));
    assert_memory_equal(file.data, want[n][1], file.size);
  }
  assert_int_equal(err.status, FRAY_OK);
  assert_int_equal(n, 4);
}

static void files_come_in_order_of_their_paths(void **state) {
  (void)state;
  struct fray_text text = {0};
  struct fray_err err = {0};
  assert_int_equal(fray_bundle_read(folder, 1000, &text, &err), FRAY_OK);
  check_bundle(text.data, text.size);
  fray_text_free(&text);
  assert_int_equal(fray_bundle_read(folder, 100, &text, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "limit of 100 bytes"));
  assert_int_equal(fray_bundle_read(in_folder("empty"), 1000, &text, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "holds no files"));
  assert_int_equal(fray_bundle_read(in_folder("none"), 1000, &text, &err), FRAY_INPUT);
  /* A loop of links ends. */
  assert_int_equal(symlink(folder, in_folder("b/loop")), 0);
  assert_int_equal(fray_bundle_read(folder, 1 << 20, &text, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "one in another"));
  assert_int_equal(unlink(in_folder("b/loop")), 0);
}

/* Every cut, and sizes that reach over the end: never a byte beyond. */
static void cut_bundles_are_refused(void **state) {
  (void)state;
  struct fray_text text = {0};
  struct fray_bundle_file file;
  assert_int_equal(fray_bundle_read(folder, 1000, &text, NULL), FRAY_OK);
  for (size_t size = 16; size < text.size; size++) {
    char *cut = malloc(size); /* of that very size, for what watches memory */
    struct fray_err err = {0};
    size_t at = 0;
    memcpy(cut, text.data, size);
    while (fray_bundle_next(cut, size, &at, &file, &err))
      assert_true(file.data + file.size <= cut + size);
    assert_true(err.status == FRAY_INPUT || at == size);
    free(cut);
  }
  for (size_t byte = 16; byte < 32; byte++) {
    struct fray_err err = {0};
    size_t at = 0;
    text.data[byte] ^= (char)0xff;
    assert_false(fray_bundle_next(text.data, text.size, &at, &file, &err) &&
                 file.data + file.size > text.data + text.size);
    text.data[byte] ^= (char)0xff;
  }
  fray_text_free(&text);
}

/* A folder is one side file; who wants a text is told that it is none. */
static void folders_are_side_files(void **state) {
  (void)state;
  struct fray_text text = {0};
  struct fray_err err = {0};
  const char *data, *again;
  size_t size;
  assert_int_equal(fray_side_view(folder, 1000, &data, &size, &err), FRAY_OK);
  check_bundle(data, size);
  put("z", "else");
  assert_int_equal(fray_side_view(folder, 1000, &again, &size, &err), FRAY_OK);
  assert_ptr_equal(data, again);
  assert_int_equal(fray_side_view(folder, 10, &again, &size, &err), FRAY_INPUT);
  assert_int_equal(fray_side_read(folder, 1000, &text, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "not a regular file"));
  assert_int_equal(fray_side_view(in_folder("z"), 1000, &data, &size, &err), FRAY_OK);
  assert_int_equal(size, 4);
  fray_side_close();
  assert_int_equal(fray_side_view(in_folder("a"), 1000, &data, &size, &err), FRAY_INTERNAL);
  const uint64_t age = fray_side_age();
  fray_side_forget();
  assert_int_equal(fray_side_age(), age + 1);
  put("z", "last");
  assert_int_equal(fray_side_view(in_folder("a"), 1000, &data, &size, &err), FRAY_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_come_in_order_of_their_paths),
      cmocka_unit_test(cut_bundles_are_refused),
      cmocka_unit_test(folders_are_side_files),
  };
  return cmocka_run_group_tests(tests, make, clear);
}
