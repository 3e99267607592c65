/* Channels of a window: level and deviation, and what is added to them by the deviation. */
#ifndef FRAY_CORRUPT_SERIES_CHANNELS_H
#define FRAY_CORRUPT_SERIES_CHANNELS_H

#include "fray/corrupt/signal.h"

/** Over the steps of the window alone, in units of the data. */
struct fray_channel {
  double mean, sd; /* population form: divided by the number of steps; 0 of a constant channel */
};
/** (channels), memory from scratch. MEMORY. */
enum fray_status fray_channels_measure(const struct fray_signal *x, struct fray_arena *scratch,
                                       struct fray_channel **out, struct fray_err *err);

/** Adds to each channel c a line from begin to end times size[c], from the first step to the last;
 * of a single step the middle. begin = end: a constant. */
void fray_channels_add_line(struct fray_signal *x, const double *size, double begin, double end);
/** Adds size[c] sin(2 pi hz t + phase[c]), t in seconds from the first step. x->rate: above 0. */
void fray_channels_add_tone(struct fray_signal *x, const double *size, double hz,
                            const double *phase);
/** Step t of channel c becomes 1 + by curve[t] times itself. curve: (steps). */
void fray_channel_multiply(struct fray_signal *x, size_t c, double by, const double *curve);
/** Channel c keeps the value of step `start` up to step start + length - 1. */
void fray_channel_hold(struct fray_signal *x, size_t c, size_t start, size_t length);

/** Fills n signs, each -1 or 1 with probability 1/2. */
void fray_draw_signs(struct fray_rng *rng, double *sign, size_t n);

#endif
