/* Soft clipping: an overdriven amplifier, which bends loud sound before it cuts it. */
#include "corrupt/audio/tools/magnitudes.h"
#include "corrupt/audio/tools/mix.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

struct soft_clipping {
  double amount; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct soft_clipping, amount, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help =
                   "How much is bent: half of full scale is put at the percentile 100 - 99 amount "
                   "of the distances from 0. 0: nothing. The clip keeps its level."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "soft_clipping", struct soft_clipping, fields,
                  .help = "Overdriven sound.");

/* From a warm sound to a fuzz: at .7 the 31st percentile of the clip is at half of full scale. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .4, .7)};

/* A share and not a gain: gains mean something only where all clips have one level. */
static double strength(const void *params) {
  return ((const struct soft_clipping *)params)->amount;
}

/* 2^n for -126 <= n <= 127, as a float that holds a whole number. Adding 3 * 2^22 puts that into
 * its low bits, and its exponent into none of them. */
static const float magic = 0x1.8p23f;
static inline __attribute__((always_inline)) float power_of_2(float n) {
  const float moved = n + magic;
  uint32_t bits;
  memcpy(&bits, &moved, sizeof bits);
  bits = (bits + 127) << 23;
  float out;
  memcpy(&out, &bits, sizeof out);
  return out;
}

/* tanh = e / (e + 2), e = exp(2 x) - 1: 2 x = n ln 2 + r, and exp(r) - 1 by its series up to r^7 /
 * 7!, so that soft sound keeps all its digits. Within 3e-7; 1 beyond 9.02. Not libm's, which is a
 * call for each sample and differs between versions by the last place; these operations do not. */
static inline __attribute__((always_inline)) float bent(float x) {
  const float y = 2 * (x < -9.2f ? -9.2f : x > 9.2f ? 9.2f : x);
  const float n = (y * 1.44269504088896341f + magic) - magic;
  const float r = (y - n * 0.693359375f) + n * 2.12194440054690583e-4f; /* ln 2 in two parts */
  float p = 1 / 5040.0f;
  p = p * r + 1 / 720.0f;
  p = p * r + 1 / 120.0f;
  p = p * r + 1 / 24.0f;
  p = p * r + 1 / 6.0f;
  p = p * r + 0.5f;
  p = p * r * r + r;
  const float s = power_of_2(n), e = s * p + (s - 1);
  return e / (e + 2);
}

static FRAY_DISPATCH void bend(float *x, size_t n, float gain) {
  for (size_t i = 0; i < n; i++)
    x[i] = bent(gain * x[i]);
}

static FRAY_DISPATCH void turn_up(float *x, size_t n, double by) {
  for (size_t i = 0; i < n; i++)
    x[i] = (float)(by * (double)x[i]);
}

/* The little number keeps clips that are mostly silent finite: their percentile may be 0. */
static enum fray_status apply(const void *params, double amount, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const size_t n = sound->length;
  const double before = fray_rms(sound->x, n);
  const double knee = (double)fray_magnitude_percentile(sound->x, n, 100 - 99 * amount);
  const float gain = (float)(0.5 / (knee + 1e-6));
  (void)params;
  (void)place;
  (void)err;
  /* Silence has no level to come back to. */
  if (!(before > 0))
    return FRAY_OK;
  bend(sound->x, n, gain);
  /* By its level of before, so that loudness does not give it away. */
  turn_up(sound->x, n, before / fray_rms(sound->x, n));
  return FRAY_OK;
}

/* More bending at the same level may bring single values nearer to what they were. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "an overdriven amplifier in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "overdriven by",
                                               .strength = {"amount", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_soft_clipping = {
    .name = "soft_clipping",
    .meaning = "Sound bent by an overdriven amplifier, at its level of before.",
    .source =
        "tanh(g x), g = 0.5 / (percentile of |x| at 100 - 99 amount + 1e-6), as audiomentations' "
        "TanhDistortion",
    .table = &table,
    .impl = &ops};
