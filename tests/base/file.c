/* Files in a folder of their own for each test. */
#include "fray/base/file.h"
#include "fray/base/seal.h"

#include "fray/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "ok.h"

static void put(const char *name, const char *text) {
  struct fray_err err = {0};
  if (fray_file_write(in_folder(name), text, strlen(text), &err) != FRAY_OK)
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
  (void)state;
  put("a", "one");
  assert_holds(in_folder("a"), "one");
  put("a", "");
  assert_holds(in_folder("a"), "");
  put("a", "three");
  assert_holds(in_folder("a"), "three");
  assert_false(fray_file_exists(in_folder("a.tmp")));
  uint64_t size = 0;
  struct fray_err err = {0};
  assert_int_equal(fray_file_size(in_folder("a"), &size, &err), FRAY_OK);
  assert_int_equal(size, 5);
}

static void test_read_refuses(void **state) {
  (void)state;
  struct fray_text text = {0};
  struct fray_err err = {0};
  put("a", "12345");
  assert_int_equal(fray_file_read(in_folder("a"), 4, &text, &err), FRAY_INPUT);
  SAYS(err, "5 bytes, more than the limit of 4");
  assert_int_equal(fray_file_read(in_folder("none"), 4, &text, &err), FRAY_INPUT);
  SAYS(err, "No such file");
  assert_int_equal(fray_file_read(folder, 4, &text, &err), FRAY_INPUT);
  SAYS(err, "not a regular file");
  assert_null(text.data);
}

/* A pipe that took a file's place after it was looked at: opening it must not wait for a writer. */
static void test_streams_are_of_files(void **state) {
  (void)state;
  assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
  assert_null(fopen(in_folder("pipe"), "rb"));
  assert_int_equal(errno, EINVAL);
  assert_null(fopen(folder, "rb"));
}

/* A NUL ends the text for who reads it as one: refused, with the line. */
static void test_texts_hold_no_nul(void **state) {
  (void)state;
  struct fray_text text = {0};
  struct fray_err err = {0};
  assert_int_equal(fray_file_write(in_folder("a"), "one\ntwo\0three", 13, &err), FRAY_OK);
  assert_int_equal(fray_file_read_text(in_folder("a"), 100, &text, &err), FRAY_INPUT);
  SAYS(err, "/a:2: holds a NUL byte");
  assert_null(text.data);
  put("a", "one\n");
  assert_int_equal(fray_file_read_text(in_folder("a"), 100, &text, &err), FRAY_OK);
  assert_string_equal(text.data, "one\n");
  fray_text_free(&text);
}

static void test_folders_that_are_there(void **state) {
  (void)state;
  struct fray_err err = {0};
  put("a", "x");
  assert_int_equal(fray_folder_there(folder, &err), FRAY_OK);
  assert_int_equal(fray_folder_there(in_folder("none"), &err), FRAY_INPUT);
  SAYS(err, "no such folder");
  assert_int_equal(fray_folder_there(in_folder("a"), &err), FRAY_INPUT);
  SAYS(err, "is not a folder");
}

/* A write that fails leaves the old file, and nothing beside it. */
static void test_failed_write_keeps_the_old(void **state) {
  (void)state;
  struct fray_err err = {0};
  put("a", "old");
  assert_int_equal(fray_file_write(in_folder("none/a"), "x", 1, &err), FRAY_IO);
  /* The target is a folder that holds something: the rename fails. */
  assert_int_equal(fray_make_folders(in_folder("b/c"), &err), FRAY_OK);
  assert_int_equal(fray_file_write(in_folder("b"), "x", 1, &err), FRAY_IO);
  assert_false(fray_file_exists(in_folder("b.tmp")));
  assert_true(fray_is_folder(in_folder("b/c")));
  assert_int_equal(fray_file_write("/dev/full/x", "x", 1, &err), FRAY_IO);
  assert_holds(in_folder("a"), "old");
}

/* A reader that looks while a writer replaces sees the whole old or the whole new file. */
static void test_replacement_is_atomic(void **state) {
  (void)state;
  enum { SIZE = 200000, TIMES = 20 };
  char *data = malloc(SIZE);
  struct fray_err err = {0};
  assert_non_null(data);
  memset(data, 'a', SIZE);
  assert_int_equal(fray_file_write(in_folder("x"), data, SIZE, &err), FRAY_OK);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    for (int i = 1; i <= TIMES; i++) {
      memset(data, 'a' + i, SIZE);
      if (fray_file_write(in_folder("x"), data, SIZE, &err) != FRAY_OK)
        _exit(1);
    }
    _exit(0);
  }
  int ended = 0, code = 0;
  while (!ended) {
    struct fray_text text = {0};
    ended = waitpid(child, &code, WNOHANG) == child;
    assert_int_equal(fray_file_read(in_folder("x"), SIZE, &text, &err), FRAY_OK);
    assert_int_equal(text.size, SIZE);
    for (size_t i = 1; i < SIZE; i += 997)
      assert_int_equal(text.data[i], text.data[0]);
    fray_text_free(&text);
  }
  assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
  free(data);
}

static void test_folders(void **state) {
  (void)state;
  struct fray_err err = {0};
  assert_int_equal(fray_make_folders(in_folder("a/b//c/"), &err), FRAY_OK);
  assert_int_equal(fray_make_folders(in_folder("a/b/c"), &err), FRAY_OK);
  assert_true(fray_is_folder(in_folder("a/b/c")));
  assert_int_equal(fray_make_folders("/", &err), FRAY_OK);
  assert_int_equal(fray_make_folders("", &err), FRAY_INPUT);
  put("a/file", "x");
  assert_int_equal(fray_make_folders(in_folder("a/file"), &err), FRAY_IO);
  assert_int_equal(fray_make_folders(in_folder("a/file/b"), &err), FRAY_IO);
  assert_false(fray_is_folder(in_folder("a/file")));
}

/* A link inside a tree goes, what it points to stays. */
static void test_remove_tree(void **state) {
  (void)state;
  struct fray_err err = {0};
  assert_int_equal(fray_make_folders(in_folder("keep"), &err), FRAY_OK);
  assert_int_equal(fray_make_folders(in_folder("gone/deep"), &err), FRAY_OK);
  put("keep/a", "x");
  put("gone/deep/b", "y");
  assert_int_equal(symlink(in_folder("keep"), in_folder("gone/link")), 0);
  assert_int_equal(fray_remove_tree(in_folder("gone"), &err), FRAY_OK);
  assert_false(fray_file_exists(in_folder("gone")));
  assert_holds(in_folder("keep/a"), "x");
  assert_int_equal(fray_remove_tree(in_folder("gone"), &err), FRAY_OK);
  assert_int_equal(fray_remove_tree(in_folder("keep/a"), &err), FRAY_OK);
  assert_false(fray_file_exists(in_folder("keep/a")));
}

static void assert_list(const char *pattern, const char *const *want, size_t n) {
  char **names = NULL;
  size_t got = 0;
  struct fray_err err = {0};
  if (fray_file_list(in_folder(pattern), ".h5", &names, &got, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(got, n);
  for (size_t i = 0; i < n; i++)
    assert_string_equal(names[i], in_folder(want[i]));
  fray_names_free(names, got);
}

static void test_list(void **state) {
  (void)state;
  static const char *const files[] = {"d/b.h5",  "d/a.h5",  "d/B.h5",
                                      "d/.c.h5", "d/a.h5x", "d/[x].h5"};
  struct fray_err err = {0};
  assert_int_equal(fray_make_folders(in_folder("d/sub.h5x"), &err), FRAY_OK);
  for (int i = 0; i < 6; i++)
    put(files[i], "");
  assert_list("d", (const char *[]){"d/B.h5", "d/[x].h5", "d/a.h5", "d/b.h5"}, 4);
  assert_list("d/?.h5", (const char *[]){"d/B.h5", "d/a.h5", "d/b.h5"}, 3);
  assert_list("d/*x", (const char *[]){"d/a.h5x"}, 1);      /* never a folder */
  assert_list("d/[x].h5", (const char *[]){"d/[x].h5"}, 1); /* a file of that very name */
  /* A folder whose name looks like a pattern. */
  assert_int_equal(fray_make_folders(in_folder("e[1]"), &err), FRAY_OK);
  put("e[1]/z.h5", "");
  assert_list("e[1]", (const char *[]){"e[1]/z.h5"}, 1);
}

static void test_list_refuses(void **state) {
  (void)state;
  struct fray_err err = {0};
  char **names = NULL;
  size_t n = 0;
  assert_int_equal(fray_file_list(folder, ".h5", &names, &n, &err), FRAY_INPUT);
  SAYS(err, "the folder holds no .h5 file");
  assert_int_equal(fray_file_list(in_folder("x*"), ".h5", &names, &n, &err), FRAY_INPUT);
  SAYS(err, "no such file");
  assert_null(names);
}

/* A child holds the lock until it is killed: the kernel gives it back. */
static void test_lock(void **state) {
  (void)state;
  struct fray_err err = {0};
  int ready[2], handle = -1;
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    int own = -1;
    if (fray_lock(folder, "lock", false, 0, &own, &err) != FRAY_OK || write(ready[1], "x", 1) != 1)
      _exit(1);
    for (;;)
      pause();
  }
  char byte;
  close(ready[1]);
  assert_int_equal(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  assert_int_equal(fray_lock_look(folder), FRAY_LOCK_HELD);
  double start = fray_seconds();
  assert_int_equal(fray_lock(folder, "lock", false, 0.3, &handle, &err), FRAY_INPUT);
  SAYS(err, "another run is using this folder");
  double waited = fray_seconds() - start;
  assert_true(waited >= 0.3 && waited < 20);
  assert_int_equal(handle, -1);
  kill(child, SIGKILL);
  assert_int_equal(fray_lock(folder, "lock", false, 20, &handle, &err), FRAY_OK);
  assert_int_equal(waitpid(child, NULL, 0), child);
  fray_unlock(handle);
  assert_int_equal(fray_lock(folder, "lock", false, 0, &handle, &err), FRAY_OK);
  fray_unlock(handle);
  fray_unlock(-1);
  assert_int_equal(fray_lock_look(folder), FRAY_LOCK_FREE);
  assert_int_equal(fray_lock_look(in_folder("none")), FRAY_LOCK_FREE);
  assert_int_equal(fray_lock(in_folder("none"), "lock", false, 0, &handle, &err), FRAY_IO);
}

/* Those who share keep out the one who does not, and the other way round. */
static void test_shared_lock(void **state) {
  (void)state;
  struct fray_err err = {0};
  int first, second, alone = -1;
  assert_int_equal(fray_lock(folder, "shared", true, 0, &first, &err), FRAY_OK);
  assert_int_equal(fray_lock(folder, "shared", true, 0, &second, &err), FRAY_OK);
  fray_unlock(first);
  assert_int_equal(fray_lock(folder, "shared", false, 0, &alone, &err), FRAY_INPUT);
  fray_unlock(second);
  assert_int_equal(fray_lock(folder, "shared", false, 0, &alone, &err), FRAY_OK);
  assert_int_equal(fray_lock(folder, "shared", true, 0, &first, &err), FRAY_INPUT);
  fray_unlock(alone);
}

static void test_copy_and_compare(void **state) {
  (void)state;
  struct fray_err err = {0};
  bool same = false;
  char *large = calloc(1, 200001); /* more than one block of either */
  memset(large, 'x', 200000);
  put("a", large);
  assert_int_equal(fray_file_copy(in_folder("a"), in_folder("b"), &err), FRAY_OK);
  assert_int_equal(fray_seal_same(in_folder("a"), in_folder("b"), &same, &err), FRAY_OK);
  assert_true(same);
  assert_false(fray_file_exists(in_folder("b.tmp")));
  large[199999] = 'y';
  put("b", large);
  assert_int_equal(fray_seal_same(in_folder("a"), in_folder("b"), &same, &err), FRAY_OK);
  assert_false(same);
  large[199999] = '\0';
  put("b", large);
  same = true;
  assert_int_equal(fray_seal_same(in_folder("a"), in_folder("b"), &same, &err), FRAY_OK);
  assert_false(same);
  put("b", "");
  assert_int_equal(fray_file_copy(in_folder("b"), in_folder("a"), &err), FRAY_OK);
  assert_holds(in_folder("a"), "");
  assert_int_equal(fray_file_copy(in_folder("none"), in_folder("c"), &err), FRAY_INPUT);
  assert_false(fray_file_exists(in_folder("c")));
  assert_int_equal(fray_file_copy(in_folder("a"), in_folder("none/c"), &err), FRAY_IO);
  assert_int_equal(fray_seal_same(in_folder("none"), in_folder("a"), &same, &err), FRAY_INPUT);
  assert_int_equal(fray_seal_same(in_folder("a"), in_folder("none"), &same, &err), FRAY_INPUT);
  free(large);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_write_and_read),
      TEST(test_read_refuses),
      TEST(test_streams_are_of_files),
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
