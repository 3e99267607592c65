/* Rows brought to a lower rate without what is too fast for it. */
#ifndef FRAY_IMPORT_STEP_FILTER_H
#define FRAY_IMPORT_STEP_FILTER_H

#include <stddef.h>

/** Steps at k / rate seconds from rows x (n, channels) at rising times: each the mean of the rows
 *  within 10 steps on both sides, weighted by sinc x Kaiser window (beta 5) and by the time that a
 * row stands for; weights add up to 1. Of rows at equal distances, away from the ends, it is
 *  scipy.signal.resample_poly with its own filter. In gaps that
 *  hold no row out (n_steps, channels) stays as it is. scratch (n). O(rows in 20 steps) a step. */
void fray_steps_filter(const float *x, const double *seconds, size_t n, size_t channels,
                       double rate, size_t n_steps, double *scratch, float *out);

#endif
