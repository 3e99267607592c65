/* A temporary folder with raw files, and imports of it looked at through HDF5. */
#ifndef FRAY_TESTS_IMPORT_WORKBENCH_H
#define FRAY_TESTS_IMPORT_WORKBENCH_H

#include "fray/base/arena.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/h5/h5.h"
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

extern struct fray_arena arena; /* freed with the bench */
extern fray_h5 shard;           /* the open one; -1: none */

int bench_open(void **state);
int bench_close(void **state);
#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_open, bench_close)

/** Path below the bench; the next five calls leave it alone. */
const char *at(const char *name);

void put_bytes(const char *name, const void *data, size_t size);
void put(const char *name, const char *text);
/** Mono 16-bit WAV; n may be 0. */
void put_wav(const char *name, unsigned rate, const int16_t *x, size_t n);
/** Grey image of h x w, value first + index. */
void put_pgm(const char *name, int h, int w, int first);
/** .npy with the given descr, order and shape texts. */
void put_npy(const char *name, const char *descr, const char *fortran, const char *shape,
             const void *data, size_t size);
void put_idx(const char *name, int rank, int n, int h, int w, const void *data, size_t size);

/** Writes set.yaml and imports it to `out`, which must not exist. */
void import_bench(const char *yaml);
/** Likewise, whatever was there; its first shard is open then. */
void import_anew(const char *yaml);
/** INPUT, with this part in the message, dry or not; nothing is left of it. */
void refuse(const char *yaml, const char *part);
/** What a dry import says on stderr. */
void said(const char *yaml, struct fray_text *out);

/* ---- the open shard ---- */
void open_shard(const char *name);
const char **texts_of(const char *path, size_t n);
void values(const char *path, enum fray_h5_type type, void *out, size_t n);
void expect_texts(const char *path, const char *const *expected, size_t n);
void expect_joined(const char *path, const char *joined); /* "a|b" */
void expect_floats(const char *path, const float *expected, size_t n);
void expect_ints(const char *path, const int64_t *expected, size_t n);
int count(const uint8_t *split, int n, int value);

#define EXPECT_TEXTS(path, ...)                                                                    \
  do {                                                                                             \
    const char *const expected_[] = {__VA_ARGS__};                                                 \
    expect_texts(path, expected_, FRAY_COUNT(expected_));                                          \
  } while (0)
#define EXPECT_INTS(path, ...)                                                                     \
  do {                                                                                             \
    const int64_t expected_[] = {__VA_ARGS__};                                                     \
    expect_ints(path, expected_, FRAY_COUNT(expected_));                                           \
  } while (0)
#define EXPECT_FLOATS(path, ...)                                                                   \
  expect_floats(path, (const float[]){__VA_ARGS__}, sizeof(float[]){__VA_ARGS__} / sizeof(float))

#endif
