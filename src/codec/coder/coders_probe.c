/* What the coders of this machine make of fixed values, as one number: their versions are a part of
 * what results depend on, and LAME's, libopus's and libjpeg's cannot all be asked for. */
#include "fray/base/hash.h"
#include "fray/codec/coder.h"
#include "fray/codec/sound_coder.h"

#include <string.h>

enum { N = 1200, RATE = 16000, SIDE = 16, CHANNELS = 3 };

/* Steep and soft teeth, which every stage of a coder has something to do with. Long enough for two
 * frames of MP3; longer sounds would be heard at the start of every run. */
static void fill(float *x) {
  for (int i = 0; i < N; i++)
    x[i] = (float)((i * 37 % 400 - 200) * (i % 300)) / 150000.0f;
}

/* A coder that is not there, or refuses, counts as such: whether a scenario may use it is asked
 * when one does. */
enum fray_status fray_coders_probe(uint64_t *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  uint64_t hash[FRAY_SOUND_CODERS + 1] = {0};
  enum fray_status status = FRAY_OK;
  for (enum fray_sound_coder k = 0; k < FRAY_SOUND_CODERS && status != FRAY_MEMORY; k++) {
    struct fray_err ignored = {0};
    float x[N];
    fill(x);
    if (fray_sound_coder_check(k, &ignored) != FRAY_OK)
      continue;
    status = fray_sound_code(k, 16, x, N, fray_sound_coder_rate(k, 16, RATE), &arena, err);
    hash[k] = status == FRAY_OK ? fray_hash64(x, sizeof x) : 0;
  }
  fray_arena_free(&arena);
  if (status == FRAY_MEMORY)
    return status;
  uint8_t picture[SIDE * SIDE * CHANNELS];
  for (int i = 0; i < SIDE * SIDE * CHANNELS; i++)
    picture[i] = (uint8_t)(i * i * 7 % 251);
  FRAY_TRY(fray_jpeg_code(picture, SIDE, SIDE, CHANNELS, 60, err));
  hash[FRAY_SOUND_CODERS] = fray_hash64(picture, sizeof picture);
  *out = fray_hash64(hash, sizeof hash);
  return FRAY_OK;
}
