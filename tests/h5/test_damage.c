/* Files that were damaged, or made to do harm: whatever HDF5 does with them, this process lives and
 * each call has an error or an answer. FRAY_MUTANTS=N tries N of them instead of a few, with
 * FRAY_SEED=S others. */
#include "h5_folder.h"

#include "fray/base/size.h"
#include "ok.h"

#include <hdf5.h>
#include <stdlib.h>

/* ---- a file with all that shards and results have ---- */

static void put_words(fray_h5 file) {
  static const char *const words[] = {"red", "green", "blue"};
  const char *variable[] = {"one", "two", "a longer one"};
  hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &(hsize_t){3}, NULL);
  OK(fray_h5_write_texts(file, "/classes", words, 3, &err));
  H5Tset_size(type, H5T_VARIABLE);
  hid_t data = H5Dcreate2(file, "/names", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, variable);
  H5Dclose(data);
  H5Sclose(space);
  H5Tclose(type);
  H5Lcreate_soft("/classes", file, "/soft", H5P_DEFAULT, H5P_DEFAULT);
}

static size_t make(const char *name, uint8_t **out) {
  float x[40 * 6];
  int16_t y[300];
  for (size_t i = 0; i < FRAY_COUNT(x); i++)
    x[i] = (float)i / 7;
  for (size_t i = 0; i < FRAY_COUNT(y); i++)
    y[i] = (int16_t)(i * i);
  fray_h5 file = fresh(name);
  OK(fray_h5_write(file, "/modalities/a/values", FRAY_H5_F32, 2, (size_t[]){40, 6}, x, true, &err));
  OK(fray_h5_write(file, "/modalities/b/values", FRAY_H5_I16, 1, (size_t[]){300}, y, false, &err));
  OK(fray_h5_put_attr_text(file, "/modalities/a", "kind", "series", &err));
  OK(fray_h5_put_attr_real(file, ".", "version", 1, &err));
  put_words(file);
  OK(fray_h5_close(file, &err));
  FILE *stream = fopen(in_folder(name), "rb");
  *out = malloc(1 << 20);
  const size_t size = fread(*out, 1, 1 << 20, stream);
  fclose(stream);
  assert_true(size > 1000 && size < 1 << 20);
  return size;
}

/* ---- all that can be read of it ---- */

static unsigned answered, refused_calls, ended;
static const char *now_read; /* named by each refusal */

static bool goes_on(enum fray_status status, const struct fray_err *err) {
  /* The disk is sound and memory is there: whatever fails is the file's fault. */
  if (status != FRAY_OK && status != FRAY_INPUT)
    fail_msg("%s: %s", fray_status_text(status), err->text);
  if (status != FRAY_OK)
    SAYS(*err, now_read);
  *(status == FRAY_OK ? &answered : &refused_calls) += 1;
  ended += status != FRAY_OK && strstr(err->text, "the process that reads") != NULL &&
           !strstr(err->text, "any more");
  return status == FRAY_OK;
}

static void read_set(fray_h5 file, const char *path, struct fray_arena *memory) {
  struct fray_err err = {0};
  static double values[4096];
  size_t dims[FRAY_H5_MAX_RANK], n = 0, count = 1;
  const char **texts, *text;
  struct fray_h5_gap *gaps;
  bool is_text = false, is_float = false;
  int rank = 0;
  goes_on(fray_h5_attr_text(file, path, "kind", memory, &text, &err), &err);
  if (!goes_on(fray_h5_shape(file, path, &rank, dims, &is_text, &err), &err))
    return;
  if (is_text) {
    goes_on(fray_h5_read_texts(file, path, memory, &texts, &n, &err), &err);
    return;
  }
  goes_on(fray_h5_gaps(file, path, memory, &gaps, &n, &err), &err);
  goes_on(fray_h5_is_float(file, path, &is_float, &err), &err);
  for (int i = 0; i < FRAY_H5_MAX_RANK; i++)
    if (!fray_size_mul(count, dims[i], &count) || count > FRAY_COUNT(values))
      return;
  const enum fray_h5_type type = is_float ? FRAY_H5_F64 : FRAY_H5_I64;
  goes_on(fray_h5_read(file, path, type, values, count, &err), &err);
  if (dims[0] > 2)
    goes_on(fray_h5_read_rows(file, path, type, 1, 2, values, count / dims[0] * 2, &err), &err);
}

static bool read_all(const char *path) {
  static const char *const sets[] = {"/modalities/a/values", "/modalities/b/values", "/classes",
                                     "/names", "/soft"};
  struct fray_err err = {0};
  const char **names;
  size_t n;
  double version;
  fray_h5 file = -1;
  const unsigned before = refused_calls;
  now_read = path;
  if (!goes_on(fray_h5_open(path, &file, &err), &err))
    return false;
  goes_on(fray_h5_members(file, "/modalities", &arena, &names, &n, &err), &err);
  goes_on(fray_h5_attr_real(file, ".", "version", &version, &err), &err);
  for (size_t i = 0; i < FRAY_COUNT(sets); i++)
    if (fray_h5_has(file, sets[i]))
      read_set(file, sets[i], &arena);
  fray_h5_close(file, NULL);
  fray_arena_reset(&arena);
  return refused_calls == before + 5; /* no set has a kind, but their group */
}

/* ---- damage ---- */

static uint64_t state;

static uint64_t draw(uint64_t n) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (state >> 33) % n;
}

/* One place: a bit, a byte, a number as sizes and addresses are, a piece of elsewhere. Most of
 * HDF5's own structures are numbers of 2, 4 and 8 bytes at even places. */
static void damage(uint8_t *p, size_t size) {
  static const uint64_t numbers[] = {
      0, 1, 0xff, 0xffff, 0x7fffffff, 0xffffffff, UINT64_MAX, INT64_MAX, UINT64_C(1) << 60, 4096};
  const size_t at = draw(size - 16), width = (size_t)1 << draw(4), even = at / width * width;
  const uint64_t value = draw(2) ? numbers[draw(FRAY_COUNT(numbers))] : draw(size);
  switch (draw(5)) {
  case 0:
    p[at] ^= (uint8_t)(1u << draw(8));
    break;
  case 1:
    p[at] = (uint8_t)draw(256);
    break;
  case 2:
  case 3:
    memcpy(p + even, &value, width);
    break;
  default:
    memmove(p + at, p + draw(size - 16), 1 + draw(16));
  }
}

static void put(const char *path, const uint8_t *p, size_t size) {
  FILE *stream = fopen(path, "wb");
  assert_int_equal(fwrite(p, 1, size, stream), size);
  fclose(stream);
}

static size_t wanted(const char *name, size_t otherwise) {
  const char *text = getenv(name);
  return text ? strtoull(text, NULL, 10) : otherwise;
}

static void no_damage_ends_this_process(void **nothing) {
  (void)nothing;
  uint8_t *whole, *bad = malloc(1 << 20);
  char path[256];
  const size_t size = make("good.h5", &whole), n = wanted("FRAY_MUTANTS", 150);
  assert_true(read_all(in_folder("good.h5")));
  state = wanted("FRAY_SEED", 1);
  snprintf(path, sizeof path, "%s", in_folder("bad.h5"));
  for (size_t i = 0; i < n; i++) {
    memcpy(bad, whole, size);
    for (size_t k = 1 + draw(3); k > 0; k--)
      damage(bad, size);
    put(path, bad, draw(16) ? size : 1 + draw(size));
    read_all(path);
  }
  assert_true(read_all(in_folder("good.h5")));
  print_message("%zu files: %u calls answered, %u refused; %u ended their reader\n", n, answered,
                refused_calls, ended);
  free(whole);
  free(bad);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(no_damage_ends_this_process)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
