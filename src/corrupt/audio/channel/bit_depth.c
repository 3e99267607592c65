/* Bit depth: a converter with few steps. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct bit_depth {
  double bits; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "bits", struct bit_depth, bits, .optional = true, .min = 1, .max = INFINITY,
               .infinite = true, .unit = "bits",
               .help =
                   "Bits of a sample: 2^bits steps of full scale. Less is worse; .inf: no steps. "
                   "No dither, and what lies beyond full scale is cut off, as a converter does "
                   "it."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "bit_depth", struct bit_depth, fields, .help = "Sound in few steps.");

/* From a step that nobody hears in speech to one that pauses fall below: 5 bits are 16 steps to
 * each side. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, 10, 8, 7, 6, 5)};

/* Parts of a bit are steps in between; so a strength can be searched for by halves. */
static double strength(const void *params) {
  return ((const struct bit_depth *)params)->bits;
}

/* Mid-tread: 0 stays 0. Ties go to the even step. */
static enum fray_status apply(const void *params, double bits, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const double steps = exp2(bits - 1); /* to each side */
  (void)params;
  (void)place;
  (void)err;
  for (size_t i = 0; i < sound->length; i++) {
    const double step = rint((double)sound->x[i] * steps);
    sound->x[i] = (float)(fmin(fmax(step, -steps), steps - 1) / steps);
  }
  return FRAY_OK;
}

/* Single values may lie on a coarse step by chance; only the mean is promised to grow. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "coarse steps in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "in steps of",
                                               .strength = {"bits", "bits", INFINITY, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_bit_depth = {
    .name = "bit_depth",
    .meaning = "Sound with few bits a sample.",
    .source =
        "clip(round(x q), -q, q - 1) / q, q = 2^(bits - 1); severities: range of audiomentations",
    .table = &table,
    .impl = &ops};
