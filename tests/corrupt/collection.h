/* The collection of fixtures of damage: the part beside the tests and, where FRAY_FIXTURES names
 * one, the whole of it; and its bounds of means over many draws. */
#ifndef FRAY_TESTS_CORRUPT_COLLECTION_H
#define FRAY_TESTS_CORRUPT_COLLECTION_H

#include <stdbool.h>
#include <stddef.h>

enum { COLLECTION_FOLDERS = 2, COLLECTION_ROWS = 400 };

/** Folders to read: 1, or 2 with the whole collection; without it that is said once. */
size_t collection_folders(void);
/** Path of a file in folder k: its name beside the tests (0), in the collection (1). Static memory,
 *  until the next call. */
const char *collection_path(size_t k, const char *beside, const char *whole);

struct collection_row {
  char kind[32], table[64], statistic[40];
  size_t severity, n_test;
  double lo, hi;
  bool met;
};
/** Rows of stats.csv of one family; what follows `slack` is the reader's, begin with zeros. */
struct collection_rows {
  const char *beside;   /* file beside the tests, as "text_stats.csv" */
  const char *media[2]; /* values of the column modality; the second may be NULL */
  double slack;         /* by which a bound may be passed: it is printed with seven digits */
  size_t n[COLLECTION_FOLDERS];
  struct collection_row row[COLLECTION_FOLDERS][COLLECTION_ROWS];
};
/** Fails unless the value lies within the bounds of the one row that is meant, in each folder.
 *  Kinds of features are asked for as "feature_KIND". Returns n_test. */
size_t collection_meets(struct collection_rows *rows, const char *kind, const char *table,
                        size_t severity, const char *statistic, double value);
/** How many rows of the kind were met so far, each once, and how many there are beside the tests.
 */
void collection_met(const struct collection_rows *rows, const char *kind, size_t *met, size_t *all);

#endif
