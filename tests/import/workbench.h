/* A temporary folder with raw files, and an import of it. */
#ifndef FRAY_TESTS_IMPORT_WORKBENCH_H
#define FRAY_TESTS_IMPORT_WORKBENCH_H

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/import/import.h"

#include "drafts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char bench[] = "/tmp/fray-import-XXXXXX";

static inline int bench_open(void **state) {
  (void)state;
  strcpy(strrchr(bench, '-') + 1, "XXXXXX");
  return mkdtemp(bench) ? 0 : -1;
}

static inline int bench_close(void **state) {
  (void)state;
  return fray_remove_tree(bench, NULL) == FRAY_OK ? 0 : -1;
}

/* Path below the bench; the next five calls leave it alone. */
static inline const char *at(const char *name) {
  static char path[6][512];
  static int next;
  next = (next + 1) % 6;
  snprintf(path[next], sizeof path[next], "%s/%s", bench, name);
  return path[next];
}

static inline void put_bytes(const char *name, const void *data, size_t size) {
  char folder[512];
  snprintf(folder, sizeof folder, "%s", at(name));
  *strrchr(folder, '/') = '\0';
  assert_int_equal(fray_make_folders(folder, NULL), FRAY_OK);
  FILE *file = fopen(at(name), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  fclose(file);
}

static inline void put(const char *name, const char *text) {
  put_bytes(name, text, strlen(text));
}

/* Mono 16-bit WAV; n may be 0. */
static inline void put_wav(const char *name, unsigned rate, const int16_t *x, size_t n) {
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

/* Grey image of h x w, value first + index. */
static inline void put_pgm(const char *name, int h, int w, int first) {
  char text[512];
  int n = snprintf(text, sizeof text, "P5\n%d %d\n255\n", w, h);
  for (int i = 0; i < h * w; i++)
    text[n++] = (char)(first + i);
  put_bytes(name, text, (size_t)n);
}

/* .npy with the given descr, order and shape texts. */
static inline void put_npy(const char *name, const char *descr, const char *fortran,
                           const char *shape, const void *data, size_t size) {
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

static inline void put_idx(const char *name, int rank, int n, int h, int w, const void *data,
                           size_t size) {
  uint8_t head[16] = {
      0, 0, 8, (uint8_t)rank, 0, 0, (uint8_t)(n >> 8), (uint8_t)n, 0, 0, 0, (uint8_t)h,
      0, 0, 0, (uint8_t)w};
  struct fray_text text = {0};
  fray_text_add(&text, (char *)head, 4 + 4 * (size_t)rank);
  fray_text_add(&text, data, size);
  put_bytes(name, text.data, text.size);
  fray_text_free(&text);
}

/* Imports set.yaml of the bench to `out`. */
static inline void import_bench(const char *yaml) {
  struct fray_err err = {0};
  put("set.yaml", yaml);
  if (fray_import(at("set.yaml"), at("out"), NULL, false, false, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(drafts_in(at(".")), 0);
}

#endif
