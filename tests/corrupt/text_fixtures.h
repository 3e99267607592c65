/* What was made elsewhere for texts: sentences, what they become, and bounds of means over many
 * draws. Read from the files beside these tests and, with FRAY_FIXTURES, from the whole collection.
 */
#ifndef FRAY_TESTS_CORRUPT_TEXT_FIXTURES_H
#define FRAY_TESTS_CORRUPT_TEXT_FIXTURES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** Folders with text.h5: 1, or 2 with the collection. */
size_t text_folders(void);
/** All texts of a data set in folder k; *n: how many. Valid until the program ends. */
const char **text_read(size_t k, const char *path, size_t *n);
/** Fails unless the value lies within the bounds of the row, in each folder. Returns n_test. */
size_t text_meets(const char *kind, const char *table, size_t severity, const char *statistic,
                  double value);
/** How many rows of the kind were met so far, each once, and how many there are beside these
 * tests. */
void text_met(const char *kind, size_t *met, size_t *all);

/** What a text becomes by one call of the kind with keys as YAML "{kind: .., ..}" and the stream of
 * a draw, with as much room as the kind asks for. Static memory, until the eighth next call; *size
 * (may be NULL): bytes. */
const char *text_apply(const char *yaml, const char *text, uint64_t draw, size_t *size);
/** The same with room for so many bytes. */
const char *text_apply_in(size_t room, const char *yaml, const char *text, uint64_t draw,
                          size_t *size);
/** How long the kind says that a text of `length` bytes can get. */
size_t text_longest(const char *yaml, size_t length);
/** Fails unless the kind makes of each sentence what /exact/NAME holds, in each folder. */
void text_equals(const char *yaml, const char *name);

/** Insertions, deletions and substitutions; neighbours: exchanges of neighbours count 1 too
 * (restricted: optimal string alignment). */
size_t text_distance(const char *a, const char *b, int neighbours);

#endif
