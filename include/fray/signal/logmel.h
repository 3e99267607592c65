/* Spectral features of sound: log-mel energies and MFCC. FFT by KissFFT. */
#ifndef FRAY_SIGNAL_LOGMEL_H
#define FRAY_SIGNAL_LOGMEL_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct fray_logmel_config {
  double rate;             /* Hz */
  double frame_ms, hop_ms; /* 25, 10 */
  size_t bands;            /* mel bands, HTK scale 2595 log10(1 + f / 700) */
  double low_hz, high_hz;  /* high 0 = rate / 2 */
  size_t coefficients;     /* > 0: MFCC (orthonormal DCT-II of the log energies), else log-mel */
  double pre_emphasis;     /* a of y[t] = x[t] - a x[t-1], y[0] = x[0]; 0 = off */
};
struct fray_logmel; /* tables and workspace; one per thread of use */

/** Tables for one configuration. A frame is frame_ms rounded to whole samples, its FFT the next
 * power of two. INPUT: rate, frame, hop, band edges or pre-emphasis out of range, frame shorter
 * than 2 samples or longer than 65536, a band too narrow to hold an FFT bin (names the largest
 * number of bands that works), more coefficients than bands. Free with fray_logmel_free. */
enum fray_status fray_logmel_new(const struct fray_logmel_config *config, struct fray_logmel **out,
                                 struct fray_err *err);
void fray_logmel_free(struct fray_logmel *logmel);
/** Frames of n samples: 1 + (n - frame) / hop, at least 1 (short sound is padded with zeros). */
size_t fray_logmel_frames(const struct fray_logmel *logmel, size_t n);
size_t fray_logmel_width(const struct fray_logmel *logmel); /* bands or coefficients */
/** out (frames, width). Periodic Hann window, power spectrum |X|^2, triangular filters of height 1,
 *  ln(energy + 1e-6); then the first `coefficients` of the orthonormal DCT-II, if asked for.
 *  Source: Davis & Mermelstein 1980; mel scale and filters as in the HTK book, section 5.4. */
void fray_logmel_compute(struct fray_logmel *logmel, const float *sound, size_t n, float *out);

#endif
