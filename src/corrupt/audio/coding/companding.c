/* Companding: the eight bits of digital telephones. Steps are fine for soft sounds and coarse for
 * loud ones, mu law in North America and Japan, A law elsewhere. By the bare formula of G.711,
 * which gives what libsndfile does for each of the 65,536 values of 16 bits; CPython's audioop
 * differs at the edges of some steps.
 *
 * The eight bits of a code are a sign, an exponent and four bits of mantissa, and so a float has
 * them: a value is coded and decoded by what is left of its own bits, whole vectors at once. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

struct companding {
  int law;
};
static const char *const law_names[] = {"mu", "a", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "law", struct companding, law, .def_text = "mu", .names = law_names,
               .help = "mu: of North America and Japan; a: of the rest of the world."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "companding", struct companding, fields,
                  .help = "Sound in eight bits of a logarithmic scale.");

#define ALIKE static inline __attribute__((always_inline))

ALIKE uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

ALIKE float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* To 16 bits, halves to even, as lrintf. Beyond 2^23 a float has no places after the point. */
ALIKE int steps_of(float x) {
  const float magic = 0x1.8p23f, y = x * 32768.0f;
  const float cut = y < -32768.0f ? -32768.0f : y > 32767.0f ? 32767.0f : y;
  return (int)((cut + magic) - magic);
}

/* What the sign of the 16 bits makes of a distance from 0; soft values of mu law are 0 and not -0.
 */
ALIKE float signed_of(int steps, float size) {
  return (steps < 0 ? 0.0f - size : size) * (1 / 32768.0f);
}

enum { MANTISSA = 23 - 4 }; /* bits of a float's that a code drops */

/* 14 bits, moved by 33, so that every segment begins at a power of two and the softest is no
 * exception. A value becomes the middle of its step, which is the first bit that was dropped. */
ALIKE float mu_law(float x) {
  const int v = steps_of(x), size = (v < 0 ? -v : v) >> 2;
  const uint32_t code = bits_of((float)((size > 8158 ? 8158 : size) + 33)) >> MANTISSA;
  const float middle = float_of(code << MANTISSA | 1u << (MANTISSA - 1));
  return signed_of(v, (middle - 33) * 4);
}

/* 13 bits; the two softest segments, below 32, have one step, and so have no power of two to go by.
 */
ALIKE float a_law(float x) {
  const int v = steps_of(x), all = (v < 0 ? -v : v) >> 4, size = all > 2047 ? 2047 : all;
  const float low = float_of(bits_of((float)size) >> MANTISSA << MANTISSA);
  const float power = float_of(bits_of((float)(size < 16 ? 16 : size)) >> 23 << 23);
  return signed_of(v, (low + power * (1 / 32.0f)) * 16);
}

static FRAY_DISPATCH void by_mu_law(float *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    x[i] = mu_law(x[i]);
}

static FRAY_DISPATCH void by_a_law(float *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    x[i] = a_law(x[i]);
}

static enum fray_status apply(const void *params, double strength, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct companding *p = params;
  (void)strength;
  (void)place;
  (void)err;
  (p->law == 0 ? by_mu_law : by_a_law)(sound->x, sound->length);
  return FRAY_OK;
}

/* The scale has no rate of its own: each sample is coded by itself. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_AUDIO, .fixed = true, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "telephone steps in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "telephone steps",
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_companding = {
    .name = "companding",
    .meaning = "Sound in the eight logarithmic bits of a telephone line.",
    .source = "ITU-T G.711, decode(encode(round(32768 x))) / 32768, as libsndfile",
    .table = &table,
    .impl = &ops};
