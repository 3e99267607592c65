/* Files in a folder of their own for each test. */
#include "fray/base/file.h"
#include "fray/base/seal.h"

#include "fray/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state) {
  char *folder = strdup("/tmp/fray-file-XXXXXX");
  *state = folder && mkdtemp(folder) ? folder : NULL;
  return *state ? 0 : -1;
}

static int teardown(void **state) {
  struct fray_err err = {0};
  enum fray_status status = fray_remove_tree(*state, &err);
  bool left = fray_file_exists(*state);
  free(*state);
  return status == FRAY_OK && !left ? 0 : -1;
}

/* FOLDER/name; valid until the next call but three. */
static const char *in(void **state, const char *name) {
  static char paths[4][300];
  static unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, 300, "%s/%s", (const char *)*state, name);
  return path;
}

static void put(void **state, const char *name, const char *text) {
  struct fray_err err = {0};
  if (fray_file_write(in(state, name), text, strlen(text), &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static void assert_holds(const char *path, const char *text) {
  struct fray_text got = {0};
  struct fray_err err = {0};
  assert_int_equal(fray_file_read(path, 1000, &got, &err), FRAY_OK);
  assert_string_equal(got.data, text);
  assert_int_equal(got.size, strlen(text));
  fray_text_free(&got);
}

static void test_write_and_read(void **state) {
  put(state, "a", "one");
  assert_holds(in(state, "a"), "one");
  put(state, "a", "");
  assert_holds(in(state, "a"), "");
  put(state, "a", "three");
  assert_holds(in(state, "a"), "three");
  assert_false(fray_file_exists(in(state, "a.tmp")));
  uint64_t size = 0;
  struct fray_err err = {0};
  assert_int_equal(fray_file_size(in(state, "a"), &size, &err), FRAY_OK);
  assert_int_equal(size, 5);
}

static void test_read_refuses(void **state) {
  struct fray_text text = {0};
  struct fray_err err = {0};
  put(state, "a", "12345");
  assert_int_equal(fray_file_read(in(state, "a"), 4, &text, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "5 bytes, more than the limit of 4"));
  assert_int_equal(fray_file_read(in(state, "none"), 4, &text, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "No such file"));
  assert_int_equal(fray_file_read(*state, 4, &text, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "not a regular file"));
  assert_null(text.data);
}

/* A NUL ends the text for who reads it as one: refused, with the line. */
static void test_texts_hold_no_nul(void **state) {
  struct fray_text text = {0};
  struct fray_err err = {0};
  assert_int_equal(fray_file_write(in(state, "a"), "one\ntwo\0three", 13, &err), FRAY_OK);
  assert_int_equal(fray_file_read_text(in(state, "a"), 100, &text, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "/a:2: holds a NUL byte"));
  assert_null(text.data);
  put(state, "a", "one\n");
  assert_int_equal(fray_file_read_text(in(state, "a"), 100, &text, &err), FRAY_OK);
  assert_string_equal(text.data, "one\n");
  fray_text_free(&text);
}

static void test_folders_that_are_there(void **state) {
  struct fray_err err = {0};
  put(state, "a", "x");
  assert_int_equal(fray_folder_there(*state, &err), FRAY_OK);
  assert_int_equal(fray_folder_there(in(state, "none"), &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "no such folder"));
  assert_int_equal(fray_folder_there(in(state, "a"), &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "is not a folder"));
}

/* A write that fails leaves the old file, and nothing beside it. */
static void test_failed_write_keeps_the_old(void **state) {
  struct fray_err err = {0};
  put(state, "a", "old");
  assert_int_equal(fray_file_write(in(state, "none/a"), "x", 1, &err), FRAY_IO);
  /* The target is a folder that holds something: the rename fails. */
  assert_int_equal(fray_make_folders(in(state, "b/c"), &err), FRAY_OK);
  assert_int_equal(fray_file_write(in(state, "b"), "x", 1, &err), FRAY_IO);
  assert_false(fray_file_exists(in(state, "b.tmp")));
  assert_true(fray_is_folder(in(state, "b/c")));
  assert_int_equal(fray_file_write("/dev/full/x", "x", 1, &err), FRAY_IO);
  assert_holds(in(state, "a"), "old");
}

/* A reader that looks while a writer replaces sees the whole old or the whole new file. */
static void test_replacement_is_atomic(void **state) {
  enum { SIZE = 200000, TIMES = 20 };
  char *data = malloc(SIZE);
  struct fray_err err = {0};
  assert_non_null(data);
  memset(data, 'a', SIZE);
  assert_int_equal(fray_file_write(in(state, "x"), data, SIZE, &err), FRAY_OK);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    for (int i = 1; i <= TIMES; i++) {
      memset(data, 'a' + i, SIZE);
      if (fray_file_write(in(state, "x"), data, SIZE, &err) != FRAY_OK)
        _exit(1);
    }
    _exit(0);
  }
  int ended = 0, code = 0;
  while (!ended) {
    struct fray_text text = {0};
    ended = waitpid(child, &code, WNOHANG) == child;
    assert_int_equal(fray_file_read(in(state, "x"), SIZE, &text, &err), FRAY_OK);
    assert_int_equal(text.size, SIZE);
    for (size_t i = 1; i < SIZE; i += 997)
      assert_int_equal(text.data[i], text.data[0]);
    fray_text_free(&text);
  }
  assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
  free(data);
}

static void test_folders(void **state) {
  struct fray_err err = {0};
  assert_int_equal(fray_make_folders(in(state, "a/b//c/"), &err), FRAY_OK);
  assert_int_equal(fray_make_folders(in(state, "a/b/c"), &err), FRAY_OK);
  assert_true(fray_is_folder(in(state, "a/b/c")));
  assert_int_equal(fray_make_folders("/", &err), FRAY_OK);
  assert_int_equal(fray_make_folders("", &err), FRAY_INPUT);
  put(state, "a/file", "x");
  assert_int_equal(fray_make_folders(in(state, "a/file"), &err), FRAY_IO);
  assert_int_equal(fray_make_folders(in(state, "a/file/b"), &err), FRAY_IO);
  assert_false(fray_is_folder(in(state, "a/file")));
}

/* A link inside a tree goes, what it points to stays. */
static void test_remove_tree(void **state) {
  struct fray_err err = {0};
  assert_int_equal(fray_make_folders(in(state, "keep"), &err), FRAY_OK);
  assert_int_equal(fray_make_folders(in(state, "gone/deep"), &err), FRAY_OK);
  put(state, "keep/a", "x");
  put(state, "gone/deep/b", "y");
  assert_int_equal(symlink(in(state, "keep"), in(state, "gone/link")), 0);
  assert_int_equal(fray_remove_tree(in(state, "gone"), &err), FRAY_OK);
  assert_false(fray_file_exists(in(state, "gone")));
  assert_holds(in(state, "keep/a"), "x");
  assert_int_equal(fray_remove_tree(in(state, "gone"), &err), FRAY_OK);
  assert_int_equal(fray_remove_tree(in(state, "keep/a"), &err), FRAY_OK);
  assert_false(fray_file_exists(in(state, "keep/a")));
}

static void assert_list(void **state, const char *pattern, const char *const *want, size_t n) {
  char **names = NULL;
  size_t got = 0;
  struct fray_err err = {0};
  if (fray_file_list(in(state, pattern), ".h5", &names, &got, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(got, n);
  for (size_t i = 0; i < n; i++)
    assert_string_equal(names[i], in(state, want[i]));
  fray_names_free(names, got);
}

static void test_list(void **state) {
  static const char *const files[] = {"d/b.h5",  "d/a.h5",  "d/B.h5",
                                      "d/.c.h5", "d/a.h5x", "d/[x].h5"};
  struct fray_err err = {0};
  assert_int_equal(fray_make_folders(in(state, "d/sub.h5x"), &err), FRAY_OK);
  for (int i = 0; i < 6; i++)
    put(state, files[i], "");
  assert_list(state, "d", (const char *[]){"d/B.h5", "d/[x].h5", "d/a.h5", "d/b.h5"}, 4);
  assert_list(state, "d/?.h5", (const char *[]){"d/B.h5", "d/a.h5", "d/b.h5"}, 3);
  assert_list(state, "d/*x", (const char *[]){"d/a.h5x"}, 1);      /* never a folder */
  assert_list(state, "d/[x].h5", (const char *[]){"d/[x].h5"}, 1); /* a file of that very name */
  /* A folder whose name looks like a pattern. */
  assert_int_equal(fray_make_folders(in(state, "e[1]"), &err), FRAY_OK);
  put(state, "e[1]/z.h5", "");
  assert_list(state, "e[1]", (const char *[]){"e[1]/z.h5"}, 1);
}

static void test_list_refuses(void **state) {
  struct fray_err err = {0};
  char **names = NULL;
  size_t n = 0;
  assert_int_equal(fray_file_list(*state, ".h5", &names, &n, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "the folder holds no .h5 file"));
  assert_int_equal(fray_file_list(in(state, "x*"), ".h5", &names, &n, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "no such file"));
  assert_null(names);
}

/* A child holds the lock until it is killed: the kernel gives it back. */
static void test_lock(void **state) {
  struct fray_err err = {0};
  int ready[2], handle = -1;
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    int own = -1;
    if (fray_lock(*state, "lock", false, 0, &own, &err) != FRAY_OK || write(ready[1], "x", 1) != 1)
      _exit(1);
    for (;;)
      pause();
  }
  char byte;
  close(ready[1]);
  assert_int_equal(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  assert_int_equal(fray_lock_look(*state), FRAY_LOCK_HELD);
  double start = fray_seconds();
  assert_int_equal(fray_lock(*state, "lock", false, 0.3, &handle, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "another run is using this folder"));
  double waited = fray_seconds() - start;
  assert_true(waited >= 0.3 && waited < 20);
  assert_int_equal(handle, -1);
  kill(child, SIGKILL);
  assert_int_equal(fray_lock(*state, "lock", false, 20, &handle, &err), FRAY_OK);
  assert_int_equal(waitpid(child, NULL, 0), child);
  fray_unlock(handle);
  assert_int_equal(fray_lock(*state, "lock", false, 0, &handle, &err), FRAY_OK);
  fray_unlock(handle);
  fray_unlock(-1);
  assert_int_equal(fray_lock_look(*state), FRAY_LOCK_FREE);
  assert_int_equal(fray_lock_look(in(state, "none")), FRAY_LOCK_FREE);
  assert_int_equal(fray_lock(in(state, "none"), "lock", false, 0, &handle, &err), FRAY_IO);
}

/* Those who share keep out the one who does not, and the other way round. */
static void test_shared_lock(void **state) {
  struct fray_err err = {0};
  int first, second, alone = -1;
  assert_int_equal(fray_lock(*state, "shared", true, 0, &first, &err), FRAY_OK);
  assert_int_equal(fray_lock(*state, "shared", true, 0, &second, &err), FRAY_OK);
  fray_unlock(first);
  assert_int_equal(fray_lock(*state, "shared", false, 0, &alone, &err), FRAY_INPUT);
  fray_unlock(second);
  assert_int_equal(fray_lock(*state, "shared", false, 0, &alone, &err), FRAY_OK);
  assert_int_equal(fray_lock(*state, "shared", true, 0, &first, &err), FRAY_INPUT);
  fray_unlock(alone);
}

static void test_copy_and_compare(void **state) {
  struct fray_err err = {0};
  bool same = false;
  char *large = calloc(1, 200001); /* more than one block of either */
  memset(large, 'x', 200000);
  put(state, "a", large);
  assert_int_equal(fray_file_copy(in(state, "a"), in(state, "b"), &err), FRAY_OK);
  assert_int_equal(fray_seal_same(in(state, "a"), in(state, "b"), &same, &err), FRAY_OK);
  assert_true(same);
  assert_false(fray_file_exists(in(state, "b.tmp")));
  large[199999] = 'y';
  put(state, "b", large);
  assert_int_equal(fray_seal_same(in(state, "a"), in(state, "b"), &same, &err), FRAY_OK);
  assert_false(same);
  large[199999] = '\0';
  put(state, "b", large);
  same = true;
  assert_int_equal(fray_seal_same(in(state, "a"), in(state, "b"), &same, &err), FRAY_OK);
  assert_false(same);
  put(state, "b", "");
  assert_int_equal(fray_file_copy(in(state, "b"), in(state, "a"), &err), FRAY_OK);
  assert_holds(in(state, "a"), "");
  assert_int_equal(fray_file_copy(in(state, "none"), in(state, "c"), &err), FRAY_INPUT);
  assert_false(fray_file_exists(in(state, "c")));
  assert_int_equal(fray_file_copy(in(state, "a"), in(state, "none/c"), &err), FRAY_IO);
  assert_int_equal(fray_seal_same(in(state, "none"), in(state, "a"), &same, &err), FRAY_INPUT);
  assert_int_equal(fray_seal_same(in(state, "a"), in(state, "none"), &same, &err), FRAY_INPUT);
  free(large);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_write_and_read),
      TEST(test_read_refuses),
      TEST(test_failed_write_keeps_the_old),
      TEST(test_replacement_is_atomic),
      TEST(test_texts_hold_no_nul),
      TEST(test_folders_that_are_there),
      TEST(test_folders),
      TEST(test_remove_tree),
      TEST(test_copy_and_compare),
      TEST(test_list),
      TEST(test_list_refuses),
      TEST(test_lock),
      TEST(test_shared_lock),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
