/* Asked ahead or not, a file gives the same: values, shapes, names, what is missing, refusals. */
#include "h5_folder.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

enum { GROUPS = 3, VALUES = 5 };

static const char *const groups[] = {"trials/a/test", "trials/b/test", "trials/none/test"};
static const char *const leaves[] = {"client",  "label",   "name", "sub",
                                     "sub/odd", "missing", "wide"};

static const char *path_of(size_t g, size_t i) {
  static char path[80];
  snprintf(path, sizeof path, "%s/%s", groups[g], leaves[i]);
  return path;
}

static fray_h5 make(void) {
  struct fray_err err = {0};
  fray_h5 file = fresh("ahead.h5");
  const size_t five = VALUES, grid[] = {VALUES, 2};
  const int32_t client[] = {0, 1, 2, -1, 7};
  const int64_t wide[] = {1, 2, (int64_t)1 << 40, 4, 5};
  const uint8_t label[VALUES * 2] = {1, 0, 1, 1, 0, 255, 255, 0, 1, 0};
  static const char *const names[] = {"one", "", "drei"};
  for (size_t g = 0; g + 1 < GROUPS; g++) {
    good(fray_h5_write(file, path_of(g, 0), FRAY_H5_I32, 1, &five, client, g, &err), &err);
    good(fray_h5_write(file, path_of(g, 1), FRAY_H5_U8, 2, grid, label, g, &err), &err);
    good(fray_h5_write_texts(file, path_of(g, 2), names, 3, &err), &err);
    good(fray_h5_write_texts(file, path_of(g, 4), names, 1, &err), &err);
    good(fray_h5_write(file, path_of(g, 6), FRAY_H5_I64, 1, &five, wide, g, &err), &err);
    good(fray_h5_put_attr_text(file, path_of(g, 6), "type", "int64", &err), &err);
  }
  return reopen(file, "ahead.h5");
}

/* Everything that can be said of a path, as text. */
static void tell(fray_h5 file, const char *path, struct fray_text *out) {
  struct fray_err err = {0};
  size_t dims[FRAY_H5_MAX_RANK] = {0}, n = 0;
  int rank = 0;
  bool is_text = false;
  int32_t values[VALUES] = {0};
  uint8_t bytes[VALUES * 2] = {0};
  const char **text = NULL;
  fray_text_printf(out, "%s %d\n", path, fray_h5_has(file, path));
  const enum fray_status shape = fray_h5_shape(file, path, &rank, dims, &is_text, &err);
  fray_text_printf(out, "%d %d %zu %zu %d %s\n", shape, rank, dims[0], dims[1], is_text, err.text);
  err.text[0] = '\0';
  const enum fray_status read = fray_h5_read(file, path, FRAY_H5_I32, values, VALUES, &err);
  fray_text_printf(out, "%d %d %d %s\n", read, values[0], values[4], err.text);
  err.text[0] = '\0';
  const enum fray_status few = fray_h5_read(file, path, FRAY_H5_I32, values, 3, &err);
  fray_text_printf(out, "%d %s\n", few, err.text);
  err.text[0] = '\0';
  const enum fray_status small = fray_h5_read(file, path, FRAY_H5_U8, bytes, VALUES * 2, &err);
  fray_text_printf(out, "%d %d %d %s\n", small, bytes[0], bytes[5], err.text);
  const char *type = "";
  err.text[0] = '\0';
  const enum fray_status attr = fray_h5_attr_text(file, path, "type", &arena, &type, &err);
  fray_text_printf(out, "%d %d %s %s\n", fray_h5_has_attr(file, path, "type"), attr,
                   attr == FRAY_OK ? type : "", err.text);
  for (int k = 0; k < 2; k++) {
    err.text[0] = '\0';
    n = 0;
    const enum fray_status status =
        (k ? fray_h5_members : fray_h5_read_texts)(file, path, &arena, &text, &n, &err);
    fray_text_printf(out, "%d %zu %s", status, n, err.text);
    for (size_t i = 0; i < n && status == FRAY_OK; i++)
      fray_text_printf(out, " '%s'", text[i]);
    fray_text_puts(out, "\n");
  }
}

static void tell_all(fray_h5 file, struct fray_text *out) {
  for (size_t g = 0; g < GROUPS; g++)
    for (size_t i = 0; i < FRAY_COUNT(leaves); i++)
      tell(file, path_of(g, i), out);
  assert_false(out->failed);
}

/* Each leaf under every kind of wish, those that do not fit it too. */
static void asked_ahead_is_the_same(void **state) {
  (void)state;
  static const enum fray_h5_type types[] = {FRAY_H5_I32, FRAY_H5_U8, FRAY_H5_F32};
  struct fray_err err = {0};
  struct fray_text plain = {0};
  fray_h5 file = make();
  tell_all(file, &plain);
  for (int kind = FRAY_H5_SHAPE; kind <= FRAY_H5_MEMBERS; kind++)
    for (size_t t = 0; t < FRAY_COUNT(types); t++) {
      struct fray_h5_wish wish[FRAY_COUNT(leaves)];
      struct fray_text ahead = {0};
      size_t done = 0;
      for (size_t i = 0; i < FRAY_COUNT(leaves); i++)
        wish[i] = (struct fray_h5_wish){(enum fray_h5_kind)kind, types[t], leaves[i]};
      good(fray_h5_ahead(file, groups, GROUPS, wish, FRAY_COUNT(wish), &done, &err), &err);
      assert_int_equal(done, GROUPS);
      tell_all(file, &ahead);
      assert_string_equal(ahead.data, plain.data);
      fray_text_free(&ahead);
    }
  good(fray_h5_close(file, &err), &err);
  fray_text_free(&plain);
}

/* Of the whole file rather than of groups: each leaf, its attribute, and the group that it lies in;
 * waited for, or begun with before other questions. */
static void wishes_of_a_file_are_the_same(void **state) {
  (void)state;
  enum { WISHES = 2 * GROUPS * FRAY_COUNT(leaves) + 1 };
  static const char *const root[] = {"."};
  static char word[WISHES][96];
  struct fray_h5_wish wish[WISHES];
  struct fray_err err = {0};
  struct fray_text plain = {0};
  size_t n = 0, done = 0;
  for (size_t g = 0; g < GROUPS; g++)
    for (size_t i = 0; i < FRAY_COUNT(leaves); i++) {
      snprintf(word[n], sizeof word[n], "%s@type", path_of(g, i));
      wish[n] = (struct fray_h5_wish){FRAY_H5_ATTR, FRAY_H5_U8, word[n]};
      n++;
      snprintf(word[n], sizeof word[n], "%s", path_of(g, i));
      wish[n] =
          (struct fray_h5_wish){i == 3 ? FRAY_H5_MEMBERS : FRAY_H5_NUMBERS, FRAY_H5_I32, word[n]};
      n++;
    }
  wish[n++] = (struct fray_h5_wish){FRAY_H5_ATTR, FRAY_H5_U8, "no name of an attribute"};
  fray_h5 file = make();
  tell_all(file, &plain);
  for (int round = 0; round < 4; round++) {
    struct fray_text ahead = {0};
    if (round > 0)
      fray_h5_ahead_next(file, root, 1, wish, n);
    if (round > 1)
      assert_true(fray_h5_has(file, "trials")); /* asked between */
    if (round > 2)
      fray_h5_ahead_next(file, root, 1, wish, 1); /* the last one counts, which is another */
    good(fray_h5_ahead(file, root, 1, wish, n, &done, &err), &err);
    assert_int_equal(done, 1);
    assert_int_equal(fray_h5_shape(file, groups[0], &(int){0}, (size_t[FRAY_H5_MAX_RANK]){0},
                                   &(bool){false}, NULL),
                     FRAY_INPUT);
    tell_all(file, &ahead);
    assert_string_equal(ahead.data, plain.data);
    fray_text_free(&ahead);
  }
  fray_h5_ahead_next(file, root, 1, wish, n);
  good(fray_h5_close(file, &err), &err); /* with a question under way */
  fray_text_free(&plain);
}

/* What came of one file is not taken for the next one, which may get its number. */
static void the_end_of_a_file_ends_it(void **state) {
  (void)state;
  static const struct fray_h5_wish wish = {FRAY_H5_NUMBERS, FRAY_H5_I32, "client"};
  struct fray_err err = {0};
  size_t done = 0;
  int32_t values[VALUES];
  const int32_t other[VALUES] = {9, 9, 9, 9, 9};
  const size_t five = VALUES;
  fray_h5 file = make();
  good(fray_h5_ahead(file, groups, 1, &wish, 1, &done, &err), &err);
  assert_int_equal(done, 1);
  good(fray_h5_close(file, &err), &err);
  file = fresh("ahead.h5");
  good(fray_h5_write(file, path_of(0, 0), FRAY_H5_I32, 1, &five, other, false, &err), &err);
  file = reopen(file, "ahead.h5");
  good(fray_h5_read(file, path_of(0, 0), FRAY_H5_I32, values, VALUES, &err), &err);
  assert_int_equal(values[0], 9);
  good(fray_h5_close(file, &err), &err);
}

/* Of more groups than a request has room for, those come that do. */
static void many_groups_come_in_parts(void **state) {
  (void)state;
  enum { MANY = 500 };
  static const struct fray_h5_wish wish = {FRAY_H5_TEXTS, FRAY_H5_I32, "name"};
  const char *many[MANY];
  struct fray_err err = {0};
  size_t done = 0;
  fray_h5 file = make();
  for (size_t g = 0; g < MANY; g++)
    many[g] = groups[g % GROUPS];
  good(fray_h5_ahead(file, many, MANY, &wish, 1, &done, &err), &err);
  assert_true(done > 0 && done < MANY);
  good(fray_h5_close(file, &err), &err);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(asked_ahead_is_the_same),
      cmocka_unit_test(wishes_of_a_file_are_the_same),
      cmocka_unit_test(the_end_of_a_file_ends_it),
      cmocka_unit_test(many_groups_come_in_parts),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
