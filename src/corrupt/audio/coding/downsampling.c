/* A lower rate: sound that was recorded or sent with fewer samples a second, and brought back to
 * the rate of the others. What lay above half of the lower rate is gone; what lay below stays, up
 * to 84 % of it untouched. */
#include "corrupt/audio/tools/retime.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct downsampling {
  double share; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct downsampling, share, .optional = true, .min = .015625,
               .max = 1, .unit = "share",
               .help = "Share of the sampling rate that is kept: .5 makes 8 kHz of 16 kHz, and "
                       "back. Less is worse; 1: all of it."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "downsampling", struct downsampling, fields,
                  .help = "Sound that was at a lower rate.");

/* Those of Speech Robust Bench, and one between. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray", SIZE_MAX, 0, .75, .5, .375, .25, .125),
    FRAY_LEVELS("srb", SIZE_MAX, 0, .75, .5, .25, .125, NAN)};

static double strength(const void *params) {
  return ((const struct downsampling *)params)->share;
}

/* Both ways by the same kernel, which on the way up has nothing to take away: it only fills in.
 * Some samples behind the end keep it from being read off a cliff. */
static enum fray_status apply(const void *params, double share, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const size_t fewer = (size_t)ceil((double)sound->length * share) + 32;
  float *low;
  (void)params;
  FRAY_ALLOC(low, place->scratch, fewer, err);
  FRAY_TRY(fray_retime(sound->x, sound->length, 1 / share, low, fewer, place->scratch, err));
  return fray_retime(low, fewer, share, sound->x, sound->length, place->scratch, err);
}

/* A lower cut may bring a single clip nearer by its ripples; the mean moves away. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "a lower sampling rate of the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "sampling rate",
                                               .strength = {"share", "share", 1, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_downsampling = {
    .name = "downsampling",
    .meaning = "Sound that went through a lower sampling rate and back.",
    .source = "windowed sinc (Kaiser, 32 zero crossings a side) down and up; srb: Speech "
              "Robust Bench",
    .table = &table,
    .impl = &ops};
