/* A folder of its own for each test of the HDF5 door, and files in it that must come out well. */
#ifndef FRAY_TESTS_H5_FOLDER_H
#define FRAY_TESTS_H5_FOLDER_H

#include "fray/base/arena.h"
#include "fray/base/file.h"
#include "fray/h5/h5.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static struct fray_arena arena;

/* Good until the fourth call after it. */
static const char *in_folder(const char *name) {
  static char path[4][128];
  static int at;
  at = (at + 1) % 4;
  snprintf(path[at], sizeof path[at], "%s/%s", folder, name);
  return path[at];
}

static int set_up(void **state) {
  (void)state;
  scratch(folder, "fray-h5-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

static void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

static inline void refused(enum fray_status status, const struct fray_err *err, const char *part) {
  assert_int_equal(status, FRAY_INPUT);
  if (!strstr(err->text, part))
    fail_msg("'%s' is not in '%s'", part, err->text);
}

static fray_h5 fresh(const char *name) {
  struct fray_err err = {0};
  fray_h5 file = -1;
  good(fray_h5_create(in_folder(name), &file, &err), &err);
  return file;
}

static inline fray_h5 reopen(fray_h5 file, const char *name) {
  struct fray_err err = {0};
  good(fray_h5_close(file, &err), &err);
  good(fray_h5_open(in_folder(name), &file, &err), &err);
  return file;
}

#endif
