/* Patterns of keys, and how they get into pictures and sound. */
#include "fray/base/size.h"
#include "fray/corrupt/biquad.h"
#include "fray/corrupt/gaussian.h"
#include "mark_parts.h"

#include <math.h>

/* +-1 by place: the bits of a stream, 64 a number, lowest first. */
static void draw_signs(struct fray_rng rng, size_t n, float *out) {
  uint64_t bits = 0;
  for (size_t i = 0; i < n; i++) {
    bits = i % 64 ? bits >> 1 : fray_rng_u64(&rng);
    out[i] = bits & 1 ? 1 : -1;
  }
}

/* Smoothed a little: single pixels do not outlive resampling, and large blots are seen. */
enum fray_status fray_mark_picture_pattern(struct fray_mark_key key, size_t height, size_t width,
                                           struct fray_arena *scratch, float *out,
                                           struct fray_err *err) {
  const size_t n = height * width;
  /* By shape: a pattern of 28 x 28 says nothing of that of 32 x 32. */
  draw_signs(mark_stream(key, "mark/picture", (uint64_t)height << 32 | width), n, out);
  FRAY_TRY(fray_gaussian_filter(out, height, width, 1, .7, .7, scratch, err));
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; i++)
    sum += (double)out[i];
  for (size_t i = 0; i < n; i++) {
    const double d = (double)out[i] - sum / (double)n;
    squares += d * d;
  }
  /* A picture of one pixel has no pattern. */
  const double scale = squares > 0 ? 1 / sqrt(squares / (double)n) : 0;
  for (size_t i = 0; i < n; i++)
    out[i] = (float)(((double)out[i] - sum / (double)n) * scale);
  return FRAY_OK;
}

/* Below .1 of the band hum and offsets lie, above .8 nothing outlives coding. */
void fray_mark_sound_pattern(struct fray_mark_key key, size_t n, float *out) {
  struct fray_biquad band[FRAY_BIQUADS_MOST];
  fray_butterworth_band(MARK_BAND_LOW, MARK_BAND_HIGH, band);
  draw_signs(mark_stream(key, "mark/sound", 0), n, out);
  fray_biquads_run(band, FRAY_BIQUADS_MOST, false, out, n);
}

/* Strength 0 gives the bytes back: 8 bits times 255 over 255 are whole numbers again. */
void fray_mark_picture(uint8_t *x, size_t height, size_t width, size_t channels,
                       const float *pattern, double strength) {
  for (size_t i = 0; i < height * width; i++)
    for (size_t c = 0; c < channels; c++) {
      const double value = x[i * channels + c] + 255 * strength * (double)pattern[i];
      x[i * channels + c] = (uint8_t)lround(fmin(fmax(value, 0), 255));
    }
}

/* Under the sound where that is loud: a mark of one level would be heard in the pauses. */
enum fray_status fray_mark_sound(float *x, size_t n, double rate, const float *pattern,
                                 double level, struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  double *clean, *envelope, power = 0, mark = 0;
  FRAY_ALLOC(clean, scratch, n, err);
  FRAY_ALLOC(envelope, scratch, n, err);
  for (size_t t = 0; t < n; t++)
    clean[t] = (double)x[t];
  fray_mark_envelope(clean, n, fray_mark_width(rate), envelope);
  for (size_t t = 0; t < n; t++) {
    envelope[t] *= (double)pattern[t % FRAY_MARK_STEPS];
    power += clean[t] * clean[t];
    mark += envelope[t] * envelope[t];
  }
  const double scale = mark > 0 ? sqrt(power / mark) * pow(10, level / 20) : 0;
  for (size_t t = 0; t < n; t++)
    x[t] = (float)fmin(fmax(clean[t] + scale * envelope[t], -1), 1);
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}
