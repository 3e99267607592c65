/* Clipping: what an amplifier or a converter does to sound that is too loud for it. */
#include "corrupt/audio/tools/magnitudes.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>

struct clipping {
  double percentile; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "percentile", struct clipping, percentile, .optional = true, .min = 0,
               .max = 100, .unit = "%",
               .help = "Share of the clip that stays as it is: what is further from 0 than this "
                       "percentile of the distances (pauses included) is cut off there. Less is "
                       "worse; 100: nothing is cut. The level falls, as it does in life."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "clipping", struct clipping, fields, .help = "Sound cut off at a height.");

/* Of a clip of one second at 16 kHz the first cuts 160 values. audiomentations takes whole percents
 * in both tails together, so that its 99 cuts nothing. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, 99, 95, 90, 80, 60)};

/* A percentile and not a height: recordings have no common level that a height could be a share of.
 */
static double strength(const void *params) {
  return ((const struct clipping *)params)->percentile;
}

/* Comparisons in place of fmaxf, which is a call for each sample. */
static FRAY_DISPATCH void cut(float *x, size_t n, float t) {
  for (size_t i = 0; i < n; i++)
    x[i] = x[i] < -t ? -t : x[i] > t ? t : x[i];
}

/* By the clip's own distances, so that a soft clip is clipped as much as a loud one. */
static enum fray_status apply(const void *params, double percentile, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const float t = fray_magnitude_percentile(sound->x, sound->length, percentile);
  (void)params;
  (void)place;
  (void)err;
  cut(sound->x, sound->length, t);
  return FRAY_OK;
}

/* Lower heights cut all that higher ones do, and further. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_AUDIO, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "clipping in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "clipped at",
                                               .strength = {"percentile", "%", 100, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_clipping = {
    .name = "clipping",
    .meaning = "Sound cut off at a height.",
    .source = "clip(x, -t, t), t the percentile (type 7) of |x| over the clip",
    .table = &table,
    .impl = &ops};
