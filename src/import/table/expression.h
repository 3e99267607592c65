/* Regular expressions of users, whose cost does not depend on how they are written. */
#ifndef FRAY_IMPORT_EXPRESSION_H
#define FRAY_IMPORT_EXPRESSION_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>

/** Bytes of an expression; steps that it is compiled to (repeats written out); parentheses within
 *  each other. */
enum { EXPRESSION_BYTES = 256, EXPRESSION_STEPS = 1024, EXPRESSION_DEPTH = 32 };

struct expression;

/** POSIX extended syntax over characters of UTF-8: | ( ) * + ? {m,n} . [a-z] [^a] [[:alpha:]]
 * (classes of ASCII) ^ $, and a backslash before a sign. INPUT: a letter or digit behind a
 * backslash, which other languages give a meaning (\d, \1), braces without numbers, what is not
 * closed, an expression beyond the bounds. Memory is the arena's. */
enum fray_status fray_expression_make(const char *text, struct fray_arena *arena,
                                      struct expression **out, struct fray_err *err);
/** Whether it is found anywhere in the text. O(length of the text x steps), whatever both are. */
bool fray_expression_found(struct expression *e, const char *text);

#endif
