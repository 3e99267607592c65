/* A temporary folder with raw files, and imports of it looked at through HDF5; see the header. */
#include "workbench.h"
#include "scratch.h"

struct fray_arena arena;
fray_h5 shard = -1;
static char bench[SCRATCH];

static void close_shard(void) {
  if (shard >= 0)
    fray_h5_close(shard, NULL);
  shard = -1;
}

int bench_open(void **state) {
  (void)state;
  return mkdtemp(scratch(bench, "fray-import-XXXXXX")) ? 0 : -1;
}

int bench_close(void **state) {
  (void)state;
  close_shard();
  fray_arena_free(&arena);
  arena = (struct fray_arena){0};
  return fray_remove_tree(bench, NULL) == FRAY_OK ? 0 : -1;
}

const char *at(const char *name) {
  static char path[6][512];
  static int next;
  next = (next + 1) % 6;
  snprintf(path[next], sizeof path[next], "%s/%s", bench, name);
  return path[next];
}

void put_bytes(const char *name, const void *data, size_t size) {
  char folder[512];
  snprintf(folder, sizeof folder, "%s", at(name));
  *strrchr(folder, '/') = '\0';
  assert_int_equal(fray_make_folders(folder, NULL), FRAY_OK);
  FILE *file = fopen(at(name), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  fclose(file);
}

void put(const char *name, const char *text) {
  put_bytes(name, text, strlen(text));
}

void put_wav(const char *name, unsigned rate, const int16_t *x, size_t n) {
  struct fray_text text = {0};
  uint32_t word[] = {(uint32_t)(36 + 2 * n), 16, 1 | 1u << 16, rate, 2 * rate, 2 | 16u << 16,
                     (uint32_t)(2 * n)};
  fray_text_puts(&text, "RIFF");
  fray_text_add(&text, (char *)&word[0], 4);
  fray_text_puts(&text, "WAVEfmt ");
  fray_text_add(&text, (char *)&word[1], 20);
  fray_text_puts(&text, "data");
  fray_text_add(&text, (char *)&word[6], 4);
  fray_text_add(&text, (const char *)x, 2 * n);
  put_bytes(name, text.data, text.size);
  fray_text_free(&text);
}

void put_pgm(const char *name, int h, int w, int first) {
  char text[512];
  int n = snprintf(text, sizeof text, "P5\n%d %d\n255\n", w, h);
  for (int i = 0; i < h * w; i++)
    text[n++] = (char)(first + i);
  put_bytes(name, text, (size_t)n);
}

void put_npy(const char *name, const char *descr, const char *fortran, const char *shape,
             const void *data, size_t size) {
  char head[256];
  int n = snprintf(head + 10, sizeof head - 10,
                   "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr, fortran, shape);
  memcpy(head, "\x93NUMPY\1\0", 8);
  head[8] = (char)n;
  head[9] = 0;
  struct fray_text text = {0};
  fray_text_add(&text, head, (size_t)n + 10);
  fray_text_add(&text, data, size);
  put_bytes(name, text.data, text.size);
  fray_text_free(&text);
}

void put_idx(const char *name, int rank, int n, int h, int w, const void *data, size_t size) {
  uint8_t head[16] = {
      0, 0, 8, (uint8_t)rank, 0, 0, (uint8_t)(n >> 8), (uint8_t)n, 0, 0, 0, (uint8_t)h,
      0, 0, 0, (uint8_t)w};
  struct fray_text text = {0};
  fray_text_add(&text, (char *)head, 4 + 4 * (size_t)rank);
  fray_text_add(&text, data, size);
  put_bytes(name, text.data, text.size);
  fray_text_free(&text);
}

void import_bench(const char *yaml) {
  struct fray_err err = {0};
  put("set.yaml", yaml);
  if (fray_import(at("set.yaml"), at("out"), NULL, false, false, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(drafts_in(at(".")), 0);
}

void open_shard(const char *name) {
  struct fray_err err = {0};
  close_shard();
  if (fray_h5_open(at(name), &shard, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

const char **texts_of(const char *path, size_t n) {
  struct fray_err err = {0};
  const char **out;
  size_t found;
  if (fray_h5_read_texts(shard, path, &arena, &out, &found, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(found, n);
  return out;
}

void expect_texts(const char *path, const char *const *expected, size_t n) {
  const char **found = texts_of(path, n);
  for (size_t i = 0; i < n; i++)
    assert_string_equal(found[i], expected[i]);
}

void values(const char *path, enum fray_h5_type type, void *out, size_t n) {
  struct fray_err err = {0};
  if (fray_h5_read(shard, path, type, out, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

void expect_floats(const char *path, const float *expected, size_t n) {
  float found[256];
  assert_true(n <= 256);
  values(path, FRAY_H5_F32, found, n);
  for (size_t i = 0; i < n; i++)
    assert_true(fabsf(found[i] - expected[i]) < 1e-6f);
}

void expect_ints(const char *path, const int64_t *expected, size_t n) {
  int64_t found[256];
  assert_true(n <= 256);
  values(path, FRAY_H5_I64, found, n);
  for (size_t i = 0; i < n; i++)
    assert_int_equal(found[i], expected[i]);
}

int count(const uint8_t *split, int n, int value) {
  int found = 0;
  for (int i = 0; i < n; i++)
    found += split[i] == value;
  return found;
}

/* Where a message's lines end hangs on how long the folder's name is. */
static void join_lines(struct fray_text *text) {
  const size_t margin = strlen("fray: warning: ");
  char *to = text->data;
  for (const char *p = text->data; *p != '\0';) {
    const bool goes_on = *p == '\n' && strspn(p + 1, " ") == margin;
    *to++ = *p;
    if (goes_on)
      to[-1] = ' ';
    p += goes_on ? margin + 1 : 1;
  }
  *to = '\0';
  text->size = (size_t)(to - text->data);
}

void said(const char *yaml, struct fray_text *out) {
  struct fray_err err = {0};
  put("said.yaml", yaml);
  int screen = dup(STDERR_FILENO);
  assert_non_null(freopen(at("said.txt"), "w", stderr));
  enum fray_status status = fray_import(at("said.yaml"), NULL, NULL, true, false, &err);
  fflush(stderr);
  assert_true(dup2(screen, STDERR_FILENO) >= 0);
  close(screen);
  assert_int_equal(status, FRAY_OK);
  assert_int_equal(fray_file_read(at("said.txt"), 4096, out, &err), FRAY_OK);
  join_lines(out);
}

void import_anew(const char *yaml) {
  close_shard();
  assert_int_equal(fray_remove_tree(at("out"), NULL), FRAY_OK);
  import_bench(yaml);
  open_shard("out/shard-0000.h5");
}

void refuse(const char *yaml, const char *part) {
  struct fray_err err = {0};
  close_shard();
  fray_remove_tree(at("out"), NULL);
  put("set.yaml", yaml);
  for (int dry = 0; dry < 2; dry++) {
    enum fray_status status = fray_import(at("set.yaml"), at("out"), NULL, dry, false, &err);
    if (status != FRAY_INPUT)
      fail_msg("not refused (\"%s\" expected): %s", part, err.text);
    if (!strstr(err.text, part))
      fail_msg("\"%s\" lacks \"%s\"", err.text, part);
    assert_false(fray_file_exists(at("out")));
    assert_int_equal(drafts_in(at(".")), 0);
  }
}

void expect_joined(const char *path, const char *joined) {
  char seen[512] = "";
  struct fray_err err = {0};
  const char **text;
  size_t n;
  if (fray_h5_read_texts(shard, path, &arena, &text, &n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t i = 0; i < n; i++)
    snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s%s", i ? "|" : "", text[i]);
  assert_string_equal(seen, joined);
}
