/* Noise, of whatever kind, added to sound at a ratio. */
#ifndef FRAY_CORRUPT_AUDIO_MIX_H
#define FRAY_CORRUPT_AUDIO_MIX_H

#include <stdbool.h>
#include <stddef.h>

/** Root mean square of n values; NaN of none. */
double fray_rms(const float *x, size_t n);
/** x += noise rms(x) / rms(noise) 10^(-snr_db / 20), both levels over all n samples, pauses
 * included; x keeps its level, and what goes beyond full scale is not cut. False, and x unchanged,
 * where there is no ratio: x or noise is silent. Source: audiomentations AddBackgroundNoise. */
bool fray_mix_noise(float *x, const float *noise, size_t n, double snr_db);

#endif
