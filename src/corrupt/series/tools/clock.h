/* Other clocks: paths through time, and values of a window read at other times. */
#ifndef FRAY_CORRUPT_SERIES_CLOCK_H
#define FRAY_CORRUPT_SERIES_CLOCK_H

#include "fray/corrupt/signal.h"

/** A path: where in time, in steps, each step of the damaged window lies. speed: its curve about 1.
 * No step takes less than a tenth of one, so time never runs back; both ends stay. (steps) */
void fray_path_of_speed(const double *speed, size_t steps, double *path);
/** Step t becomes the value of `from` at path[t], linear between steps, the ends held. from: a copy
 * of the window. */
void fray_read_along(const float *from, const double *path, struct fray_signal *x);
/** Time stamps t + sigma z of the steps t. (steps) */
void fray_draw_stamps(struct fray_rng *rng, double sigma, size_t steps, double *time);
/** Sorts them; row: (steps) which step each one was. */
void fray_order_stamps(double *time, uint32_t *row, size_t steps);
/** Step t becomes the value at t of the line through (time[k], row row[k] of from), the ends held.
 * time: (steps) in order. */
void fray_read_between(const float *from, const double *time, const uint32_t *row,
                       struct fray_signal *x);

#endif
