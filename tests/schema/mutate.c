/* Damaged texts: whatever comes in, parsing and reading end with a status and a message; what is
 * read well survives filling and writing. Worth most under the address sanitizer. */
#include "broad.h"
#include "fray/base/rng.h"
#include "helper.h"

#include <stdlib.h>

static const char *const pieces[] = {"{",        "}",
                                     "[",        "]",
                                     ":",        "- ",
                                     "\n",       "  ",
                                     "&a ",      "*a",
                                     "!!x ",     "<<",
                                     "? ",       "'",
                                     "\"",       "#",
                                     "---\n",    "...",
                                     "\\x00",    "~",
                                     "null",     "1e999",
                                     "-1",       "nan",
                                     "\xC3\x28", "\xEF\xBB\xBF",
                                     "\t",       "|\n",
                                     ">-\n",     "%YAML 1.1\n",
                                     "training", "kind: label_noise\n"};

/* Overwrites, removes, repeats or inserts; keeps within capacity. */
static size_t mutate(struct fray_rng *rng, char *text, size_t size, size_t capacity) {
  size_t at = (size_t)fray_rng_below(rng, size + 1);
  size_t run = (size_t)fray_rng_below(rng, 24);
  switch (fray_rng_below(rng, 4)) {
  case 0:
    if (at < size)
      text[at] = (char)(1 + fray_rng_below(rng, 255));
    return size;
  case 1:
    run = run < size - at ? run : size - at;
    memmove(text + at, text + at + run, size - at - run);
    return size - run;
  case 2: {
    size_t from = (size_t)fray_rng_below(rng, size + 1);
    run = run < size - from ? run : size - from;
    char copy[24];
    memcpy(copy, text + from, run);
    if (size + run > capacity)
      return size;
    memmove(text + at + run, text + at, size - at);
    memcpy(text + at, copy, run);
    return size + run;
  }
  default: {
    const char *piece = pieces[fray_rng_below(rng, sizeof pieces / sizeof *pieces)];
    size_t n = strlen(piece);
    if (size + n > capacity)
      return size;
    memmove(text + at + n, text + at, size - at);
    memcpy(text + at, piece, n);
    return size + n;
  }
  }
}

/* True if the text was read. */
static bool try_text(const char *text, struct fray_arena *arena, bool *parsed) {
  struct fray_err err = {0};
  struct fray_node *root = NULL, *filled = NULL, *back = NULL;
  struct broad b;
  enum fray_status status = fray_yaml_parse(text, "t.yaml", arena, &root, &err);
  *parsed = status == FRAY_OK;
  struct fray_text emitted = {0};
  if (*parsed) {
    fray_node_emit(root, &emitted);
    assert_int_equal(fray_yaml_parse(emitted.data, "back", arena, &back, &err), FRAY_OK);
    if (!fray_node_equal(root, back))
      fail_msg("not equal after emit:\n%s\n---\n%s", text, emitted.data);
    status = fray_schema_read(&broad_table, root, "", &b, arena, &err);
  }
  if (status == FRAY_OK) {
    assert_int_equal(fray_schema_fill(&broad_table, root, arena, &filled, &err), FRAY_OK);
    assert_int_equal(fray_schema_read(&broad_table, filled, "", &b, arena, &err), FRAY_OK);
  } else {
    assert_int_equal(status, FRAY_INPUT);
    assert_true(strncmp(err.text, "t.yaml", 6) == 0);
  }
  fray_text_free(&emitted);
  return status == FRAY_OK;
}

static void test_mutations(void **state) {
  (void)state;
  enum { CAPACITY = 4096, ROUNDS = 3000 };
  char text[CAPACITY + 1];
  struct fray_arena arena = {0};
  size_t parsed = 0, read = 0;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    struct fray_rng rng = fray_rng_for(7, "test/mutate", round, 0, 0);
    size_t size = strlen(broad_text);
    memcpy(text, broad_text, size);
    for (uint64_t k = fray_rng_below(&rng, 4) + 1; k > 0; k--)
      size = mutate(&rng, text, size, CAPACITY);
    text[size] = '\0';
    bool good;
    read += try_text(text, &arena, &good);
    parsed += good;
    fray_arena_reset(&arena);
  }
  /* The mutations must reach all depths, else this test tests nothing. */
  assert_in_range(parsed, ROUNDS / 10, ROUNDS * 9 / 10);
  assert_in_range(read, ROUNDS / 50, ROUNDS / 2);
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutations)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
