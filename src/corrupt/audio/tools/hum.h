/* Tones of machines. */
#ifndef FRAY_CORRUPT_AUDIO_HUM_H
#define FRAY_CORRUPT_AUDIO_HUM_H

#include <stddef.h>

/** A tone that is on for a part of each period, as of an engine or a reversing lorry. */
struct fray_hum {
  double f0;     /* Hz */
  double period; /* s */
  double duty;   /* share of the period that it is on; 1: always */
  double phase;  /* rad, of the tone at the first sample; it runs on through pauses */
  double start;  /* s: one of the times at which it goes on */
};
/** out (n) = env(t) sin(2 pi f0 t + phase), t = i / rate. env is 1 while it is on, with 5 ms of
 *  raised cosine inside at each end (less where it is on for less than 10 ms). */
void fray_hum_tone(const struct fray_hum *hum, double rate, float *out, size_t n);
/** Where a hum may go on in a clip of n samples, from a draw u in [0, 1): anywhere in a period; in
 *  clips shorter than that so that what is heard of it is a whole pulse, as far as that fits. */
double fray_hum_start(const struct fray_hum *hum, double rate, size_t n, double u);
/** out (n) = sum_k sin(k (2 pi mains t + phase)) / k over the first 5 harmonics that lie under half
 *  the rate. */
void fray_hum_mains(double mains, double phase, double rate, float *out, size_t n);

#endif
