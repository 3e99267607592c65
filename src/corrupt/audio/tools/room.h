/* The sound of rooms: an exponential tail behind the direct sound. */
#ifndef FRAY_CORRUPT_AUDIO_ROOM_H
#define FRAY_CORRUPT_AUDIO_ROOM_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/base/status.h"

/** Taps of a room's response: 1.1 RT60, by when it has fallen by 66 dB; at least 2. */
size_t fray_room_taps(double rt60, double rate);
/** h (taps): h[0] = 1, the direct sound; then normal numbers that fall by 60 dB in rt60 seconds,
 *  together as much energy as the direct sound. Source: Polack 1988; direct to reverberant 0 dB is
 *  fray's choice. */
void fray_room_response(struct fray_rng *rng, double rt60, double rate, float *h, size_t taps);
/** x (n) = (x * h)[0 .. n) / sqrt(sum h^2), in place. MEMORY. */
enum fray_status fray_room_hear(float *x, size_t n, const float *h, size_t taps,
                                struct fray_arena *scratch, struct fray_err *err);

#endif
