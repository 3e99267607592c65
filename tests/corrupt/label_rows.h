/* Bounds of means over many draws that were counted elsewhere, for labels and presence. */
#ifndef FRAY_TESTS_CORRUPT_LABEL_ROWS_H
#define FRAY_TESTS_CORRUPT_LABEL_ROWS_H

#include <stddef.h>

/** Fails unless the value lies within the bounds of the row, beside these tests and with
 *  FRAY_FIXTURES in the whole collection; or if there is no such row. */
void rows_meet(const char *kind, const char *table, size_t severity, const char *statistic,
               double value);
/** Rows of the kind that were met, each once. */
size_t rows_met(const char *kind);

#endif
