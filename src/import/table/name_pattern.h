/* Patterns that cut a text, such as a file's name, into named parts. */
#ifndef FRAY_IMPORT_NAME_PATTERN_H
#define FRAY_IMPORT_NAME_PATTERN_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATTERN_PARTS = 16 };
/** What a part may hold; letters are those of ASCII and every character beyond it. */
enum part_of { PART_OF_NAME, PART_OF_ANYTHING, PART_OF_LETTERS, PART_OF_DIGITS };

struct pattern_part {
  const char *name; /* "": read, but not kept */
  enum part_of of;
  size_t least, most;   /* characters */
  size_t twin;          /* the first part of the same name */
  bool alone;           /* no part from here on refers to one before */
  size_t start, length; /* of the last match, in bytes */
};

/** "{label}/{who:2}_{take:digits}.wav": parts, and the literal texts between them. A part {NAME} is
 *  as short as can be and holds no "/"; {NAME:any} may; {NAME:3} has three characters (no "/"),
 *  {NAME:letters} and {NAME:digits} one or more, {NAME:letter} and {NAME:digit} one of them. */
struct name_pattern {
  const char *text;
  size_t n;
  struct pattern_part part[PATTERN_PARTS];
  const char *before[PATTERN_PARTS + 1]; /* literal before each, and after the last */
  size_t before_size[PATTERN_PARTS + 1];
  uint8_t *dead; /* scratch of matching; fray_pattern_free */
  size_t room;
};

/** INPUT: a brace without a name, an unknown kind of part, two open parts side by side, more than
 *  PATTERN_PARTS. Texts lie in the arena. */
enum fray_status fray_pattern_parse(const char *text, struct fray_arena *arena,
                                    struct name_pattern *out, struct fray_err *err);
/** Whether the whole name fits; part[].start and .length are set then. fold: capital letters of
 *  literals do not count. INPUT: a name that can be cut in too many ways (parts that stand twice).
 *  O(parts x length^2). */
enum fray_status fray_pattern_match(struct name_pattern *p, const char *name, bool fold, bool *fits,
                                    struct fray_err *err);
void fray_pattern_free(struct name_pattern *p);

#endif
