/* Fourier transforms in double: probabilities of 1e-10 are what is asked for, and the signal
 * layer's transforms are of floats. */
#ifndef FED_PRIVACY_SPECTRUM_H
#define FED_PRIVACY_SPECTRUM_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

/** The distribution of a sum of `times` independent draws, of two distributions at once: on 2^bits
 *  places, round which sums wrap. p (2^bits, 2): both side by side, in place. Scratch: as much
 *  again, given back. */
enum fray_status fray_compose(double (*p)[2], unsigned bits, double times,
                              struct fray_arena *scratch, struct fray_err *err);

#endif
