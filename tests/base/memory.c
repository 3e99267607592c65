/* A failed allocation is remembered, and nothing is published after it; the store of side files. */
#include "fray/base/memory.h"
#include "fray/base/arena.h"
#include "fray/base/file.h"
#include "fray/base/side.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "ok.h"

static const size_t too_much = (size_t)1 << 60;

static int set_up(void **state) {
  fray_memory_forget();
  return make_folder(state);
}

static int tear_down(void **state) {
  fray_memory_forget();
  fray_side_forget();
  return remove_folder(state);
}

/* Each way to ask, on its own; what succeeds, or asks for nothing, leaves no trace. */
static void every_failure_is_noted(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  for (int way = 0; way < 5; way++) {
    struct fray_err err = {0};
    volatile size_t n = too_much; /* so that no compiler knows it beforehand */
    void *memory = malloc(8);
    fray_memory_forget();
    assert_false(fray_memory_lost());
    memory = realloc(memory, 16);
    assert_false(fray_memory_lost());
    void *lost = way == 0   ? malloc(n)
                 : way == 1 ? calloc(n, 1)
                 : way == 2 ? calloc(n, n)
                 : way == 3 ? aligned_alloc(64, n)
                            : fray_arena_alloc(&arena, n, 1);
    assert_null(lost);
    assert_true(fray_memory_lost());
    assert_int_equal(fray_memory_check(&err), FRAY_MEMORY);
    assert_non_null(strstr(err.text, "out of memory ("));
    free(memory);
  }
  fray_arena_free(&arena);
}

/* What is wanted lies in the block that there was. */
static void a_failed_shrink_is_no_loss(void **state) {
  (void)state;
  volatile size_t n = too_much;
  char *memory = malloc(64);
  assert_non_null(memory);
  memory[0] = 'a';
  char *smaller = fray_memory_shrink(memory, 1);
  assert_int_equal(smaller[0], 'a');
  assert_ptr_equal(fray_memory_shrink(smaller, n), smaller);
  assert_int_equal(smaller[0], 'a');
  assert_false(fray_memory_lost());
  free(smaller);
}

static void nothing_is_published_after_it(void **state) {
  (void)state;
  struct fray_err err = {0};
  volatile size_t n = too_much;
  assert_int_equal(fray_file_write(in_folder("a"), "a", 1, &err), FRAY_OK);
  void *volatile lost = malloc(n);
  assert_null(lost); /* NOLINT(clang-analyzer-unix.Malloc): it is NULL */
  assert_int_equal(fray_file_write(in_folder("a"), "b", 1, &err), FRAY_MEMORY);
  assert_int_equal(fray_file_write(in_folder("b"), "b", 1, &err), FRAY_MEMORY);
  assert_false(fray_file_exists(in_folder("b")));
  assert_false(fray_file_exists(in_folder("b.tmp")));
  assert_int_equal(fray_file_write_last(in_folder("state"), "failed", 6, &err), FRAY_OK);
  struct fray_text text = {0};
  assert_int_equal(fray_file_read(in_folder("a"), 10, &text, &err), FRAY_OK);
  assert_string_equal(text.data, "a");
  fray_text_free(&text);
}

static void expect(const char *path, const char *words) {
  struct fray_err err = {0};
  struct fray_text text = {0};
  if (fray_side_read(path, 100, &text, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_string_equal(text.data, words);
  fray_text_free(&text);
}

/* Kept bytes stand for the file, whatever becomes of it; a kept failure is the failure. */
static void kept_bytes_stand_for_the_file(void **state) {
  (void)state;
  struct fray_err err = {0}, why = {FRAY_INPUT, "gone: No such file"};
  struct fray_side_bytes *bytes, *none;
  struct fray_text text = {0};
  char path[128];
  strcpy(path, in_folder("c.csv"));
  assert_int_equal(fray_file_write(path, "disk", 4, &err), FRAY_OK);
  expect(path, "disk");
  assert_int_equal(fray_side_store("kept", 4, NULL, &bytes, &err), FRAY_OK);
  assert_int_equal(fray_side_store(NULL, 0, &why, &none, &err), FRAY_OK);
  assert_int_equal(fray_side_add(path, bytes, &err), FRAY_OK);
  assert_int_equal(fray_side_add("c.csv", bytes, &err), FRAY_OK);
  assert_int_equal(fray_side_add("gone", none, &err), FRAY_OK);
  expect(path, "kept");
  expect("c.csv", "kept");
  assert_int_equal(fray_side_read("gone", 100, &text, &err), FRAY_INPUT);
  assert_string_equal(err.text, "gone: No such file");
  assert_int_equal(fray_side_read(path, 3, &text, &err), FRAY_INPUT);
  SAYS(err, "more than the limit of 3");
  fray_side_close();
  assert_int_equal(fray_side_read("other", 100, &text, &err), FRAY_INTERNAL);
  fray_side_forget();
  expect(path, "disk");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_failure_is_noted, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_failed_shrink_is_no_loss, set_up, tear_down),
      cmocka_unit_test_setup_teardown(nothing_is_published_after_it, set_up, tear_down),
      cmocka_unit_test_setup_teardown(kept_bytes_stand_for_the_file, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
