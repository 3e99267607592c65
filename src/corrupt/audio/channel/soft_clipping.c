/* Soft clipping: an overdriven amplifier, which bends loud sound before it cuts it. */
#include "corrupt/audio/tools/magnitudes.h"
#include "corrupt/audio/tools/mix.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

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
  for (size_t i = 0; i < n; i++)
    sound->x[i] = tanhf(gain * sound->x[i]);
  /* By its level of before, so that loudness does not give it away. */
  const double scale = before / fray_rms(sound->x, n);
  for (size_t i = 0; i < n; i++)
    sound->x[i] = (float)(scale * (double)sound->x[i]);
  return FRAY_OK;
}

/* More bending at the same level may bring single values nearer to what they were. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "an overdriven amplifier in the %s",
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
