/* Sound through a coder that has rates of its own. */
#ifndef FRAY_CORRUPT_AUDIO_RECODED_H
#define FRAY_CORRUPT_AUDIO_RECODED_H

#include "fray/base/arena.h"
#include "fray/codec/sound_coder.h"
#include "fray/corrupt/signal.h"

/** Codes a sound there and back, in place, at the coder's rate for it: other rates are resampled
 * around. Length and place in time are kept. Memory: scratch, given back. MEMORY, INPUT. */
enum fray_status fray_sound_recode(enum fray_sound_coder coder, double kbps,
                                   struct fray_signal *sound, struct fray_arena *scratch,
                                   struct fray_err *err);

#endif
