/* Fourier transform of real signals, by KissFFT. */
#ifndef FRAY_SIGNAL_FFT_H
#define FRAY_SIGNAL_FFT_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

/** Tables and workspace of one length and direction: kept by the program, or in the arena that it
 * was made in. Two of the same length and direction may be one. */
struct fray_fft;
enum { FRAY_FFT_LONGEST = 1 << 30 };

/** Smallest length of the form 2^a 3^b 5^c, even, that is at least n: such lengths are fast. n up
 * to FRAY_FFT_LONGEST. */
size_t fray_fft_length(size_t n);
/** For lengths that are even, 2 to FRAY_FFT_LONGEST. INPUT: another length. MEMORY. */
enum fray_status fray_fft_new(size_t n, bool inverse, struct fray_arena *arena,
                              struct fray_fft **out, struct fray_err *err);
/** X[k] = sum_t x[t] exp(-2 pi i k t / n) of x (n): spectrum (n / 2 + 1, 2) real and imaginary
 * part. Not in place. */
void fray_fft_forward(struct fray_fft *fft, const float *x, float *spectrum);
/** Its inverse, divided by n: x (n) of a spectrum (n / 2 + 1, 2), whose first and last imaginary
 *  parts are taken for 0. Not in place. */
void fray_fft_inverse(struct fray_fft *fft, const float *spectrum, float *x);
/** out (n) = the first n samples of x (n) convolved with h (taps): sum_j h[j] x[i - j], with
 * nothing before the first sample. out may be x. n, taps >= 1. Memory: scratch, given back. MEMORY.
 */
enum fray_status fray_convolve(const float *x, size_t n, const float *h, size_t taps, float *out,
                               struct fray_arena *scratch, struct fray_err *err);

#endif
