/* Resampling around a coder: there to its rate, back to the sound's. Down it takes away what the
 * coder could not carry; up it adds nothing. */
#include "recoded.h"

#include "retime.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* What retiming can do at once; sounds of stranger rates are coded as if they had one of those. */
static const double LARGEST_STEP = 64;

enum fray_status fray_sound_recode(enum fray_sound_coder coder, double kbps,
                                   struct fray_signal *sound, struct fray_arena *scratch,
                                   struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  const int rate = fray_sound_coder_rate(coder, kbps, sound->rate);
  const double step = fmin(fmax(sound->rate / rate, 1 / LARGEST_STEP), LARGEST_STEP);
  const size_t n = sound->length;
  if (step == 1)
    return fray_sound_code(coder, kbps, sound->x, n, rate, scratch, err);
  /* Some more than the clip, so that its last samples have neighbours on the way back. */
  const size_t m = (size_t)ceil((double)n / step) + 32;
  float *there;
  FRAY_ALLOC(there, scratch, m, err);
  FRAY_TRY(fray_retime(sound->x, n, step, there, m, scratch, err));
  FRAY_TRY(fray_sound_code(coder, kbps, there, m, rate, scratch, err));
  FRAY_TRY(fray_retime(there, m, 1 / step, sound->x, n, scratch, err));
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}
