/* What was made elsewhere for series and features: outputs, and bounds of means over many draws.
 * Read from the files beside these tests and, with FRAY_FIXTURES, from the whole collection. */
#ifndef FRAY_TESTS_CORRUPT_SERIES_FIXTURES_H
#define FRAY_TESTS_CORRUPT_SERIES_FIXTURES_H

#include "fray/corrupt/signal.h"
#include "fray/h5/h5.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SERIES = 6, STEPS = 128, CHANNELS = 6, SERIES_SIZE = STEPS * CHANNELS };

/** Folders with series.h5: 1, or 2 with the collection. */
size_t series_folders(void);
/** The file of folder k, open; the test fails if it cannot be read. */
fray_h5 series_open(size_t k);
/** A data set of exactly n numbers. */
void series_read(fray_h5 file, const char *path, enum fray_h5_type type, void *out, size_t n);
/** Fails unless the value lies within the bounds of the row, in each folder. Returns n_test. */
size_t series_meets(const char *kind, const char *table, size_t severity, const char *statistic,
                    double value);
/** How many rows of the kind were met so far, each once, and how many there are beside these
 * tests. */
void series_met(const char *kind, size_t *met, size_t *all);

/** The window of STEPS x CHANNELS as a value of 50 Hz. */
struct fray_signal series_window(float *x);
/** One call of the kind on a value with keys as YAML "{kind: .., ..}" and the stream of a draw. */
void series_apply(const char *yaml, struct fray_signal *x, uint64_t draw);
/** Mean over all channels that vary of |y - x| / deviation; six windows of the collection. */
double series_mean_abs(const float *x, const float *y);

#endif
