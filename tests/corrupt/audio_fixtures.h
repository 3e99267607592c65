/* What was made elsewhere for sound: clips, outputs, bounds of means over many draws. Read from the
 * files beside these tests and, with FRAY_FIXTURES, from the whole collection. */
#ifndef FRAY_TESTS_CORRUPT_AUDIO_FIXTURES_H
#define FRAY_TESTS_CORRUPT_AUDIO_FIXTURES_H

#include "fray/corrupt/signal.h"
#include "fray/h5/h5.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Clips of 1 s: tones, a chirp, speech with pauses, bursts. Outputs are kept from sample FROM on.
 */
enum { CLIPS = 4, RATE = 16000, FROM = 4800, LEVELS = 5 };

/** Folders with audio.h5: 1, or 2 with the collection. */
size_t audio_folders(void);
/** The file of folder k, open; the test fails if it cannot be read. */
fray_h5 audio_open(size_t k);
/** Samples of each output that the file of folder k keeps. */
size_t audio_shown(size_t k);
/** A data set of exactly n numbers. */
void audio_read(fray_h5 file, const char *path, enum fray_h5_type type, void *out, size_t n);
/** The clips (CLIPS, RATE), the same in each folder. */
const float *audio_clips(void);
/** A value of n samples at RATE. */
struct fray_signal audio_sound(float *x, size_t n);
/** One call of the kind on a value with keys as YAML "{kind: .., ..}" and the stream of a draw. */
void audio_apply(const char *yaml, struct fray_signal *x, uint64_t draw);
/** Fails unless the output of severity s (from 0) and clip c, the whole of it given, is that of the
 * data set GROUP/NAME within the tolerance, and GROUP/NAME_rms and _mean_abs are met, in each
 * folder. levels: severities that the data set has. */
void audio_is(const char *group, const char *name, size_t levels, size_t s, size_t c,
              const float *whole, double tolerance);
/** Fails unless the mean over n draws lies within the bounds of the row, widened for a smaller n,
 * in each folder. */
void audio_meets(const char *kind, const char *table, size_t severity, const char *statistic,
                 double value, size_t n);

#endif
