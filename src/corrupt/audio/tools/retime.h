/* Sound on another grid of time: read faster or slower, at any ratio. */
#ifndef FRAY_CORRUPT_AUDIO_RETIME_H
#define FRAY_CORRUPT_AUDIO_RETIME_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

/** out[i] = x at i * step, i < m, by a windowed sinc (Kaiser, 32 zero crossings a side, stop band
 *  below -75 dB) that cuts at half of the lower rate: frequencies above that are gone where step
 * > 1. Before and behind its n samples x is silent. step in [1/64, 64]. out is not x. Unlike
 *  fray_resample_signal, which is exact for ratios of whole rates, it takes as long for any ratio.
 *  Memory: scratch, given back. MEMORY. */
enum fray_status fray_retime(const float *x, size_t n, double step, float *out, size_t m,
                             struct fray_arena *scratch, struct fray_err *err);
/** x (n) played `pace` times as fast at the same pitch, into out (m); silent behind its end. By
 *  overlapping pieces of 40 ms, each taken within 10 ms of its place where it goes on best as the
 * one before did (WSOLA, Verhelst & Roelands 1993). pace in [1/8, 8]; rate: Hz. out is not x.
 * Memory: scratch, given back. MEMORY. */
enum fray_status fray_stretch(const float *x, size_t n, double rate, double pace, float *out,
                              size_t m, struct fray_arena *scratch, struct fray_err *err);

/** A map of frequencies of two straight pieces, as of a vocal tract of another length. */
struct fray_warp {
  double from, to, half; /* Hz: `from` is heard at `to`, 0 at 0, half the rate at half the rate */
};
/** G(f) = a f up to F min(a, 1) / a, then straight to half the rate. F: 4800 Hz, or .6 of half the
 *  rate where that is less. Source: Jaitly & Hinton 2013, equation 1, with S the sampling rate. */
struct fray_warp fray_warp_of(double a, double rate);
double fray_warp_there(const struct fray_warp *warp, double hz);
double fray_warp_back(const struct fray_warp *warp, double hz);
/** Moves what x (n) has at f to G(f), in place: a phase vocoder of 32 ms frames that overlap by
 * three quarters. Its level is kept. Memory: scratch, given back. MEMORY. */
enum fray_status fray_warp_sound(const struct fray_warp *warp, double rate, float *x, size_t n,
                                 struct fray_arena *scratch, struct fray_err *err);

#endif
