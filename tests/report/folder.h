/* A copy of the fixture in a temp folder of its own, whose files a test may damage. */
#ifndef TESTS_REPORT_FOLDER_H
#define TESTS_REPORT_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fray/base/file.h"
#include "scratch.h"

#define FIXTURE FRAY_SOURCE_DIR "/tests/report/fixture"

static inline char *path_in(const char *folder, const char *name) {
  static char path[4][1400];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
  return path[turn];
}

static inline struct fray_text slurp(const char *path) {
  struct fray_text text = {0};
  struct fray_err err = {0};
  if (fray_file_read(path, (size_t)1 << 26, &text, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return text;
}

static inline void put_file(const char *path, const char *data, size_t size) {
  struct fray_err err = {0};
  if (fray_file_write(path, data, size, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

/* Replaces the first occurrence (every one: all) of a text in a file of the folder. */
static inline void edit(const char *folder, const char *name, const char *from, const char *to,
                        bool all) {
  struct fray_text old = slurp(path_in(folder, name)), out = {0};
  const char *p = old.data, *hit = strstr(p, from);
  assert_non_null(hit);
  for (; hit; hit = all ? strstr(p, from) : NULL) {
    fray_text_add(&out, p, (size_t)(hit - p));
    fray_text_puts(&out, to);
    p = hit + strlen(from);
  }
  fray_text_puts(&out, p);
  put_file(path_in(folder, name), out.data, out.size);
  fray_text_free(&old);
  fray_text_free(&out);
}

static inline int make_folder(void **state) {
  static const char *const names[] = {"trials.csv", "scores.csv", "scenario.yaml",
                                      "provenance.json", "state"};
  char *folder = strdup(scratch((char[SCRATCH]){0}, "fray-report-XXXXXX"));
  if (!folder || !mkdtemp(folder))
    return -1; /* NOLINT(clang-analyzer-unix.Malloc): the test ends */
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct fray_text text = slurp(path_in(FIXTURE, names[i]));
    put_file(path_in(folder, names[i]), text.data, text.size);
    fray_text_free(&text);
  }
  *state = folder;
  return 0;
}

static inline int drop_folder(void **state) {
  struct fray_err err = {0};
  int status = fray_remove_tree(*state, &err) == FRAY_OK ? 0 : -1;
  free(*state);
  return status;
}

#endif
