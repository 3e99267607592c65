/* Arena: alignment, no overlap, reset, marks; and the error records that every layer uses. */
#include "fray/base/arena.h"
#include "fray/base/arena_touched.h"

#include "fray/base/size.h"
#include "fray/base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_alignment_and_overlap(void **state) {
  (void)state;
  enum { N = 500 };
  struct fray_arena arena = {0};
  unsigned char *part[N];
  size_t size[N];
  for (size_t i = 0; i < N; i++) {
    size[i] = (i * i * 37) % 20000; /* over several chunks; also 0 bytes */
    part[i] = fray_arena_alloc(&arena, size[i], 1);
    assert_non_null(part[i]);
    assert_int_equal((uintptr_t)part[i] % 64, 0);
    memset(part[i], (int)(i % 251), size[i]);
  }
  for (size_t i = 0; i < N; i++)
    for (size_t k = 0; k < size[i]; k++)
      assert_int_equal(part[i][k], i % 251);
  fray_arena_free(&arena);
  assert_null(arena.first);
  fray_arena_free(&arena);
  fray_arena_free(NULL);
}

static void test_overflow_gives_null(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  assert_null(fray_arena_alloc(&arena, SIZE_MAX, 2));
  assert_null(fray_arena_alloc(&arena, SIZE_MAX, 1));
  assert_null(fray_arena_zero(&arena, SIZE_MAX / 8 + 1, 8));
  assert_int_equal(arena.used, 0);
  assert_non_null(fray_arena_alloc(&arena, 8, 8));
  fray_arena_free(&arena);
}

/* Chunks hold what was handed out; large ones of an arena of large pages up to a page of 2 MiB
 * more, whose memory is whole and can be written to its ends. */
static void test_touched(void **state) {
  (void)state;
  const size_t large = (size_t)9 << 20, page = (size_t)1 << 21;
  for (int pages = 0; pages < 2; pages++) {
    struct fray_arena arena = {.large_pages = pages};
    assert_non_null(fray_arena_alloc(&arena, 1000, 1));
    assert_int_equal(fray_arena_touched(&arena), 1024);
    char *x = fray_arena_alloc(&arena, large, 1);
    assert_non_null(x);
    memset(x, 1, large);
    const size_t held = fray_arena_touched(&arena);
    assert_true(held >= large + 1024 && held <= large + (pages ? page : 0) + 1024);
    fray_arena_reset(&arena);
    assert_int_equal(fray_arena_touched(&arena), held);
    fray_arena_free(&arena);
    assert_true(arena.large_pages == pages);
  }
}

/* The same work after a reset needs no new chunk and gives the same addresses. */
static void test_reset_reuses(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  void *first[40];
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 40; i++) {
      void *p = fray_arena_alloc(&arena, 10000, 1);
      assert_non_null(p);
      if (round == 0)
        first[i] = p;
      else
        assert_ptr_equal(p, first[i]);
    }
    assert_int_equal(arena.used, 40 * 10048); /* rounded up to 64 */
    assert_int_equal(arena.peak, arena.used);
    fray_arena_reset(&arena);
    assert_int_equal(arena.used, 0);
  }
  assert_int_equal(arena.peak, 40 * 10048);
  fray_arena_free(&arena);
}

static void test_zero_clears_used_memory(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  memset(fray_arena_alloc(&arena, 1000, 1), 0xAB, 1000);
  fray_arena_reset(&arena);
  const unsigned char *p = fray_arena_zero(&arena, 250, 4);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(p[i], 0);
  fray_arena_free(&arena);
}

static void test_marks_nest(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_arena_place empty = fray_arena_mark(&arena);
  char *keep = fray_arena_strdup(&arena, "keep");
  struct fray_arena_place outer = fray_arena_mark(&arena);
  const size_t before = arena.used;
  void *a = fray_arena_alloc(&arena, 100000, 1); /* a second chunk */
  struct fray_arena_place inner = fray_arena_mark(&arena);
  void *b = fray_arena_alloc(&arena, 1000000, 1);
  fray_arena_rewind(&arena, inner);
  assert_ptr_equal(fray_arena_alloc(&arena, 1000000, 1), b);
  fray_arena_rewind(&arena, outer);
  assert_int_equal(arena.used, before);
  assert_ptr_equal(fray_arena_alloc(&arena, 100000, 1), a);
  assert_string_equal(keep, "keep");
  fray_arena_rewind(&arena, empty);
  assert_int_equal(arena.used, 0);
  assert_ptr_equal(fray_arena_strdup(&arena, "other"), keep);
  fray_arena_free(&arena);
}

/* Texts lie side by side, and a rewind gives their room back, in blocks begun before it as well. */
static void test_texts_share_blocks(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  char *first = fray_arena_strdup(&arena, "first");
  const size_t used = arena.used;
  assert_ptr_equal(fray_arena_strndup(&arena, "second one", 6), first + sizeof "first");
  assert_int_equal(arena.used, used);
  struct fray_arena_place mark = fray_arena_mark(&arena);
  char *third = fray_arena_strdup(&arena, "third");
  char *many[1000];
  for (int i = 0; i < 1000; i++)
    many[i] = fray_arena_printf(&arena, "text %d", i);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(atoi(many[i] + strlen("text ")), i);
  fray_arena_rewind(&arena, mark);
  assert_ptr_equal(fray_arena_strdup(&arena, "third"), third);
  assert_string_equal(first, "first");
  fray_arena_reset(&arena);
  assert_int_equal(arena.used, 0);
  assert_string_equal(fray_arena_strdup(&arena, "again"), "again");
  fray_arena_free(&arena);
}

static void test_texts(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  assert_string_equal(fray_arena_strndup(&arena, "abcdef", 3), "abc");
  assert_string_equal(fray_arena_strdup(&arena, ""), "");
  assert_string_equal(fray_arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
  char *wide = fray_arena_printf(&arena, "%100000d", 1);
  assert_int_equal(strlen(wide), 100000);
  fray_arena_free(&arena);
}

static enum fray_status inner_step(int x, struct fray_err *err) {
  FRAY_CHECK(x >= 0, err, INPUT, "%d is below 0", x);
  return FRAY_OK;
}

static enum fray_status outer_step(int x, struct fray_err *err) {
  FRAY_TRY(inner_step(x, err));
  return fray_fail(err, FRAY_IO, "reached");
}

static void test_errors(void **state) {
  (void)state;
  struct fray_err err = {0};
  assert_int_equal(outer_step(-3, &err), FRAY_INPUT);
  assert_string_equal(err.text, "-3 is below 0");
  assert_int_equal(fray_at(&err, "line %d", 7), FRAY_INPUT);
  assert_string_equal(err.text, "line 7: -3 is below 0");
  assert_int_equal(outer_step(1, &err), FRAY_IO);
  assert_string_equal(err.text, "reached");
  assert_int_equal(fray_fail(NULL, FRAY_MPI, "x"), FRAY_MPI);
  assert_int_equal(fray_at(NULL, "x"), FRAY_INTERNAL);
  assert_string_equal(fray_status_text(FRAY_INPUT), "invalid input");
  assert_string_equal(fray_status_text((enum fray_status)99), "unknown status");
  for (int i = 0; i < 400; i++) /* longer than the record: cut, never beyond */
    fray_at(&err, "a longer place");
  assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void test_checked_sizes(void **state) {
  (void)state;
  size_t out;
  assert_true(fray_size_mul(SIZE_MAX / 2, 2, &out) && out == SIZE_MAX - 1);
  assert_false(fray_size_mul(SIZE_MAX / 2 + 1, 2, &out));
  assert_true(fray_size_add(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
  assert_false(fray_size_add(SIZE_MAX, 1, &out));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_alignment_and_overlap),
      cmocka_unit_test(test_overflow_gives_null),
      cmocka_unit_test(test_touched),
      cmocka_unit_test(test_reset_reuses),
      cmocka_unit_test(test_zero_clears_used_memory),
      cmocka_unit_test(test_marks_nest),
      cmocka_unit_test(test_texts_share_blocks),
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_checked_sizes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
