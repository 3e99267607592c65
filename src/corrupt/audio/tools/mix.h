/* Noise, of whatever kind, added to sound at a ratio. */
#ifndef FRAY_CORRUPT_AUDIO_MIX_H
#define FRAY_CORRUPT_AUDIO_MIX_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/** The row of a kind's table for its ratio: its struct begins with `double snr_db`. */
#define FRAY_SNR_FIELD(STRUCT)                                                                     \
  FRAY_FIELD(REAL, "snr_db", STRUCT, snr_db, .optional = true, .min = -100, .max = INFINITY,       \
             .infinite = true, .unit = "dB",                                                       \
             .help = "Ratio of signal to noise: 20 log10 of their root mean squares over the "     \
                     "whole clip, pauses included. Less is worse; .inf: no noise. The signal "     \
                     "keeps its level, and what goes beyond full scale is not cut.")
/** Its table: one row for all sound, as a ratio depends on neither length nor rate. */
#define FRAY_SNR_LEVELS FRAY_LEVELS("fray", SIZE_MAX, 0, 30, 20, 10, 5, 0)
/** The ratio of such a struct; NaN where a severity says it. */
static inline double fray_snr_of(const void *params) {
  return *(const double *)params;
}

/** A piece of x (n) that begins at a place drawn by `where` in [0, 1): of a longer one somewhere
 * within, of a shorter one its turns from anywhere on. out (length). */
void fray_loop_piece(const float *x, size_t n, double where, float *out, size_t length);
/** Root mean square of n values; NaN of none. */
double fray_rms(const float *x, size_t n);
/** x += noise rms(x) / rms(noise) 10^(-snr_db / 20), both levels over all n samples, pauses
 * included; x keeps its level, and what goes beyond full scale is not cut. False, and x unchanged,
 * where there is no ratio: x or noise is silent. Source: audiomentations AddBackgroundNoise. */
bool fray_mix_noise(float *x, const float *noise, size_t n, double snr_db);

#endif
