/* Pink noise of sound: as much power in each octave, as of rain or many machines at once. */
#include "corrupt/audio/tools/coloured.h"
#include "corrupt/audio/tools/mix.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct pink_noise {
  double snr_db; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_SNR_FIELD(struct pink_noise),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "pink_noise", struct pink_noise, fields,
                  .help = "Noise of sound whose power falls by 3 dB an octave.");

/* The ratios of white noise, so that the colours can be compared at one strength. */
static const struct fray_levels levels[] = {FRAY_SNR_LEVELS};

/* Of its own level, so that a ratio is that of the clip; the same draws at every ratio. */
static enum fray_status apply(const void *params, double snr_db, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  float *noise;
  (void)params;
  FRAY_ALLOC(noise, place->scratch, sound->length, err);
  FRAY_TRY(fray_coloured_noise(FRAY_PINK, &place->rng, sound->rate, noise, sound->length,
                               place->scratch, err));
  fray_mix_noise(sound->x, noise, sound->length, snr_db); /* silence stays silent */
  return FRAY_OK;
}

/* The same draws at each ratio: a lower one is more of the same noise. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO,
                                                  .levels = levels,
                                                  .n_levels = FRAY_COUNT(levels),
                                                  .strength = fray_snr_of,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "pink noise in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "pink noise",
                                               .strength = {"snr_db", "dB", INFINITY, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_pink_noise = {
    .name = "pink_noise",
    .meaning = "Sound with pink noise: power 1 / f above 20 Hz.",
    .source = "spectrum f^-1/2 of white noise from 20 Hz on, mixed as noise is",
    .table = &table,
    .impl = &ops};
