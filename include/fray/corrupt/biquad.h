/* Filters of second-order sections: Butterworth's, in the form that a causal device has. */
#ifndef FRAY_CORRUPT_BIQUAD_H
#define FRAY_CORRUPT_BIQUAD_H

#include <stdbool.h>
#include <stddef.h>

/** y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2] */
struct fray_biquad {
  double b[3], a[2]; /* a: a1, a2 */
};
enum { FRAY_BIQUADS_MOST = 4 };

/** Butterworth, order 4 (24 dB an octave), by the bilinear transform with its frequencies warped so
 *  that the response is -3.01 dB at the cut exactly. cut: as a share of half the sampling rate, in
 *  (0, 1). out (2). Source: Oppenheim & Schafer, Discrete-Time Signal Processing, 7.2-7.3. */
void fray_butterworth_low(double cut, struct fray_biquad out[2]);
void fray_butterworth_high(double cut, struct fray_biquad out[2]);
/** Order 4 a side, 8 poles; gain 1 at the warped geometric mean. 0 < low < high < 1. out (4). */
void fray_butterworth_band(double low, double high, struct fray_biquad out[4]);
/** x (n) through the sections one after another, causally, in place. settled: as if x had been the
 *  constant x[0] before; else 0. */
void fray_biquads_run(const struct fray_biquad *section, size_t n_sections, bool settled, float *x,
                      size_t n);

#endif
