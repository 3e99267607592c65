/* Noise whose power falls with the frequency. */
#ifndef FRAY_CORRUPT_AUDIO_COLOURED_H
#define FRAY_CORRUPT_AUDIO_COLOURED_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/base/status.h"

/** How power falls: as 1 / f (-3.01 dB an octave), or as 1 / f^2 (-6.02 dB). */
enum fray_colour { FRAY_PINK, FRAY_BROWN };
/** Gaussian noise of a colour into out (n), of no particular level. Nothing lies below 20 Hz (a
 *  quarter of very low rates): there nobody hears it, and it would hold most of the power. rate:
 * Hz. Draws depend on n alone. Memory: scratch, given back. MEMORY. */
enum fray_status fray_coloured_noise(enum fray_colour colour, struct fray_rng *rng, double rate,
                                     float *out, size_t n, struct fray_arena *scratch,
                                     struct fray_err *err);

#endif
