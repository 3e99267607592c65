/* Shared by the tests of this folder. */
#ifndef FRAY_TESTS_SCHEMA_HELPER_H
#define FRAY_TESTS_SCHEMA_HELPER_H

#include "fray/schema/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static inline struct fray_node *parse_as(const char *text, const char *source,
                                         struct fray_arena *arena) {
  struct fray_err err = {0};
  struct fray_node *root = NULL;
  if (fray_yaml_parse(text, source, arena, &root, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return root;
}

static inline struct fray_node *parse(const char *text, struct fray_arena *arena) {
  return parse_as(text, "t.yaml", arena);
}

#endif
