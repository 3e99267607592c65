/* Coders of sound that lose something: a sound is encoded and decoded again in memory, as it would
 * be on its way through a telephone, a recorder or a call. By libsndfile. */
#ifndef FRAY_CODEC_SOUND_CODER_H
#define FRAY_CODEC_SOUND_CODER_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum fray_sound_coder {
  FRAY_CODER_GSM,  /* GSM 06.10 full rate, at 8 kHz */
  FRAY_CODER_MP3,  /* layer III, constant bit rate */
  FRAY_CODER_OPUS, /* mean bit rate */
  FRAY_SOUND_CODERS
};

/** INPUT, with what there is: this libsndfile was built without the coder. */
enum fray_status fray_sound_coder_check(enum fray_sound_coder coder, struct fray_err *err);
/** The rate at which a coder takes sound of `rate` Hz at `kbps` kbit/s: the lowest of its own that
 * is not below, or its highest; MP3 of under 32 kbit/s has none above 24 kHz. */
int fray_sound_coder_rate(enum fray_sound_coder coder, double kbps, double rate);
/** x (n), full scale -1 .. 1, at a rate of fray_sound_coder_rate, there and back in place. Length
 * is kept, and the delay of encoder and decoder is taken off. kbps: of MP3 and Opus, in what the
 * format has; no other coder asks for it. All cut off at full scale; GSM rounds to 16 bits.
 * Memory: scratch, given back. MEMORY; INPUT: libsndfile refuses. Same bytes for the same
 * libraries; see fray_coders_probe. */
enum fray_status fray_sound_code(enum fray_sound_coder coder, double kbps, float *x, size_t n,
                                 int rate, struct fray_arena *scratch, struct fray_err *err);
/** Hash of what all coders, of sound and of pictures, make of fixed values. MEMORY. */
enum fray_status fray_coders_probe(uint64_t *out, struct fray_err *err);

#endif
